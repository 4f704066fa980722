"""What must hold after each act, by what both programs and the disk say; in words where not."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

State = dict[str, Any]
SELECTS_S = 2.0
"""phy selects what it made a second or so after it told of it, or nothing."""
MOST_SELECTED = 20
"""Of more that are highlighted phy is given the current unit, by design."""
TRACES = ("Traceback (most recent call last)", "Segmentation fault", "Fatal Python error")


def wanted(here: State) -> list[int]:
    """Return what phy is to show by what is highlighted here, the current unit first."""
    current, selected = here["current"], here["selected"]
    if current is None:
        return []
    if len(selected) > MOST_SELECTED:
        return [current]
    return [current, *(i for i in selected if i != current)]


def same(one: list[int], other: list[int]) -> bool:
    return one[:1] == other[:1] and set(one) == set(other)


@dataclass(frozen=True, slots=True)
class Excuse:
    """In what the selections may differ after an act, and after others that choose nothing.

    Attributes
    ----------
    of_none : bool
        phy may show nothing: past the last row of its table it forgets what it shows, and tells
        nobody.
    merges : bool
        phy merges from here: nothing that is highlighted here is there, and nobody chose what phy
        made.
    of_made : tuple
        What is highlighted here and what phy shows since then.
    """

    of_none: bool = False
    merges: bool = False
    of_made: tuple[Any, ...] = ()


def shown_by(here: State, phy: State) -> tuple[Any, ...]:
    """Return what is highlighted here and what phy shows, to be compared."""
    return tuple(wanted(here)), tuple(phy["selected"])


def disagreement(here: State, phy: State, excuse: Excuse) -> str:
    """Say how the selections differ, but for what is said to be absent in either; empty: agree."""
    if here["link"] != "connected":
        return f"the link is {here['link']}"
    want, there = wanted(here), phy["selected"]
    if not there:
        return "" if excuse.of_none or is_told(here, phy) else "phy shows nothing"
    if not same(here["shows"], there):
        return f"phy shows {there}, and is said here to show {here['shows']}"
    if not want and not set(there) & set(here["shown"]):  # all that phy shows is hidden here
        return ""
    made = excuse.merges and not set(want) & {int(i) for i in phy["now"]}
    if made or same(want, there) or excuse.of_made == shown_by(here, phy) or is_told(here, phy):
        return ""
    return f"here {want} ({len(here['selected'])}), phy {there}; told: {here['told']!r}"


def named_in(told: str, ids: set[int]) -> set[int]:
    """Return which units some words name; where they only count them, all.

    What is awaited, and how many are highlighted, is told of no unit that cannot be shown.
    """
    told = re.sub(r"[\d,]+ units are highlighted here[^.]*\.|Asked of phy: [^…]*…", "", told)
    if re.search(r"\b\d+ (units|more)\b", told):
        return ids
    lists = re.findall(r"\b(?:units?|phy shows) (\d+(?:(?:, | and )\d+)*)", told)
    return {int(one) for some in lists for one in re.findall(r"\d+", some)}


def is_told(here: State, phy: State) -> bool:
    """Whether each unit that only one of the two shows is named as one that the other cannot."""
    want, there = set(wanted(here)), set(phy["selected"])
    named = named_in(here["told"], want | there)
    if there - want:  # here what phy shows is hidden, or no row; or phy has none of what is here
        seen = set(here["shown"])
        cannot = (there - want) - seen, want - {int(i) for i in phy["now"]}
        return bool(named) and (there - want <= cannot[0] & named or want == cannot[1] & named)
    return want - there <= named


def changed_in(phy: State) -> set[int]:
    """Return the clusters that an open phy made, undid or labelled, and has not saved."""
    pairs = (phy["now"], phy["saved"]), (phy["labels"], phy["saved_labels"])
    return {int(i) for now, was in pairs for i in {*now, *was} if now.get(i) != was.get(i)}


def is_of_kind(phy: State, cluster: int, text: str) -> bool:
    """Whether what is told of a changed cluster is of one that is there, or of one that went."""
    return ("into" in text) == (str(cluster) not in phy["now"])


def untold(here: State, phy: State) -> str:
    """Say what of phy's unsaved changes is not told here, or told and not so; empty: nothing."""
    of_run = set(here["ids"])
    changed = here["changed"]
    told = {int(i) for i, words in changed.items() if "unsaved" in words}
    really = changed_in(phy)
    missing, wrong = sorted((really & of_run) - told), sorted(told - really)
    words = []
    if odd := [i for i in really & told if not is_of_kind(phy, i, changed[str(i)])]:
        words.append(f"told as other changes: {[(i, changed[str(i)]) for i in odd]}")
    if missing:
        words.append(f"unsaved in phy and not told: {missing}")
    if wrong:
        words.append(
            f"told as unsaved, and is not: {[(i, here['changed'][str(i)]) for i in wrong]}"
        )
    if len(really) != here["unsaved"]:
        words.append(f"{here['unsaved']} are said to be unsaved, and {len(really)} are")
    return "; ".join(words)


def unread(here: State, phy: State) -> str:
    """Say what phy saved and is not read here; empty: all is."""
    missing = {int(i) for i in phy["saved"]} - set(here["ids"])
    words = [f"saved in phy and no row here: {sorted(missing)}"] if missing else []
    if changed_in(phy):
        return "; ".join(words)
    groups = {i: g for i, g in here["groups"].items() if g != "unsorted" and i in phy["saved"]}
    there = {i: g for i, g in phy["saved"].items() if g}
    odd = sorted(i for i in {*groups, *there} if groups.get(i) != there.get(i))
    if odd:
        words.append(f"groups: {[(i, groups.get(i), there.get(i)) for i in odd]}")
    return "; ".join(words)


def dead_selected(phy: State) -> str:
    dead = [i for i in phy["selected"] if str(i) not in phy["now"]]
    return f"phy has dead clusters selected: {dead}" if dead else ""


def on_disk(folder: Path, field: str) -> dict[str, str]:
    """Return the labels or notes that the journals beside the results hold, folded on our own.

    Those of clusters that phy made are left out: they hold of their spikes, not of the id.
    """
    actions = []
    for path in folder.glob("bombcell/bcviewer/labels-*.jsonl"):
        for line in path.read_text("utf-8").splitlines():
            if line.strip():
                actions.append(json.loads(line))
    said: dict[str, str] = {}
    for action in sorted(actions, key=lambda action: action["at"]):
        for change in action.get("changes", ()):
            if change["field"] == field and "spikes" not in change:
                said[str(change["unit"])] = change["new"] or ""
    return {i: words for i, words in said.items() if words}


def not_saved(here: State, folder: Path, scored: set[int], field: str) -> str:
    """Say what is here and not on the disk, or the other way round; of scored units."""
    disk = {i: words for i, words in on_disk(folder, field).items() if int(i) in scored}
    said = {i: words for i, words in here[f"{field}s"].items() if int(i) in scored}
    if disk == said:
        return ""
    odd = sorted(i for i in {*disk, *said} if disk.get(i) != said.get(i))
    return f"{field}s (unit, here, disk): {[(i, said.get(i), disk.get(i)) for i in odd]}"


def still_acting(phy: State) -> str:
    """Say that phy did something and has not selected what it selects then; empty: it has."""
    last = phy["last"]
    waits = phy["t"] - last.get("cluster", 0.0) < SELECTS_S
    return "phy is still to select" if waits and last["cluster"] > last.get("select", 0.0) else ""


class Logs:
    """Reads what the programs said since the last time."""

    def __init__(self, paths: tuple[Path, ...]) -> None:
        self._read = dict.fromkeys(paths, 0)

    def traces(self) -> list[str]:
        """Return the tracebacks that are new, each with its program's log."""
        found = []
        for path, done in self._read.items():
            if not path.exists():
                continue
            text = path.read_text("utf-8", errors="replace")
            self._read[path] = len(text)
            new = text[done:]
            at = min((new.find(trace) for trace in TRACES if trace in new), default=-1)
            if at >= 0:
                found.append(f"{path.name}: {new[max(0, at - 300) : at + 3000]}")
        return found
