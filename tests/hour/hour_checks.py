"""What must hold after each act, by what both programs and the disk say; in words where not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

State = dict[str, Any]
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


def disagreement(here: State, phy: State) -> str:
    """Say how the selections differ, but for what is said to be absent in either; empty: agree."""
    if here["link"] != "connected":
        return f"the link is {here['link']}"
    want, there = wanted(here), phy["selected"]
    if not there:  # past the last row of its table phy forgets what it shows, and tells nobody
        return ""
    if not same(here["shows"], there):
        return f"phy shows {there}, and is said here to show {here['shows']}"
    if same(want, there):
        return ""
    clusters = {int(i) for i in phy["now"]}
    if not set(want) & clusters:  # merged from here: phy shows what it made, and nobody chose it
        return ""
    if here["told"] and (set(want) - clusters or set(there) - set(here["shown"])):
        return ""
    return f"here {want} ({len(here['selected'])}), phy {there}; told: {here['told']!r}"


def changed_in(phy: State) -> set[int]:
    """Return the clusters that an open phy made, undid or labelled, and has not saved."""
    now, saved = phy["now"], phy["saved"]
    return {int(i) for i in {*now, *saved} if now.get(i) != saved.get(i)}


def untold(here: State, phy: State) -> str:
    """Say what of phy's unsaved changes is not told here, or told and not so; empty: nothing."""
    of_run = set(here["ids"])
    changed = here["changed"].items()
    told = {int(i) for i, words in changed if "unsaved" in words}
    of_ours = {int(i) for i, words in changed if "bcv_label" in words}  # no group: not looked at
    really = changed_in(phy)
    missing, wrong = sorted((really & of_run) - told), sorted(told - really - of_ours)
    words = []
    if missing:
        words.append(f"unsaved in phy and not told: {missing}")
    if wrong:
        words.append(
            f"told as unsaved, and is not: {[(i, here['changed'][str(i)]) for i in wrong]}"
        )
    if not really | of_ours and here["unsaved"]:
        words.append(f"{here['unsaved']} changes are said to be unsaved, and none is")
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


def on_disk(folder: Path) -> dict[str, str]:
    """Return the manual labels that the journals beside the results hold, folded on our own.

    Labels of clusters that phy made are left out: they hold of their spikes, not of the id.
    """
    actions = []
    for path in folder.glob("bombcell/bcviewer/labels-*.jsonl"):
        for line in path.read_text("utf-8").splitlines():
            if line.strip():
                actions.append(json.loads(line))
    labels: dict[str, str] = {}
    for action in sorted(actions, key=lambda action: action["at"]):
        for change in action.get("changes", ()):
            if change["field"] == "label" and "spikes" not in change:
                labels[str(change["unit"])] = change["new"] or ""
    return {i: label for i, label in labels.items() if label}


def unsaved_labels(here: State, folder: Path, scored: set[int]) -> str:
    """Say which labels are here and not on the disk, or the other way round; of scored units."""
    disk = {i: label for i, label in on_disk(folder).items() if int(i) in scored}
    labels = {i: label for i, label in here["labels"].items() if int(i) in scored}
    if disk == labels:
        return ""
    odd = sorted(i for i in {*disk, *labels} if disk.get(i) != labels.get(i))
    return f"labels (unit, here, disk): {[(i, labels.get(i), disk.get(i)) for i in odd]}"


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
