"""The figures of an hour: ``python3 tests/hour/report.py OUT [--stacks]``.

Turns of bcviewer's event loop by the act in which they fell, gaps of a 10 ms timer beside those of
a bare program, how long what is done in one program takes to be seen in the other, and what did not
hold. Times from a key include its typing by xdotool (some 10 ms; of a burst, of all its keys).
"""

from __future__ import annotations

import argparse
import bisect
import collections
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from hour_setup import lines_of
from hour_stacks import stack_lines

START_S = 6.0
"""So long after a start its turns are the start's."""
LONG_MS, COUNTED_MS = 50.0, 5.0
MOST_LISTED, GAPS_LISTED = 40, 10
Row = dict[str, Any]
Found = dict[str, list[float | None]]


def of(rows: Iterable[Row], kind: str) -> list[Row]:
    return [row for row in rows if row["k"] == kind]


def quantiles(given: Sequence[float | None]) -> str:
    """Return how some values are spread; how many there should be and are not is told."""
    values = sorted(value for value in given if value is not None)
    unseen = f"  not seen {len(given) - len(values)}" if len(values) < len(given) else ""
    if not values:
        return f"none{unseen}"
    p50, p95 = (values[min(len(values) - 1, int(len(values) * q))] for q in (0.5, 0.95))
    return f"n {len(values):5}  p50 {p50:7.1f}  p95 {p95:7.1f}  max {values[-1]:7.1f}{unseen}"


def between(since: float, seen: Row | None) -> float | None:
    return None if seen is None else 1000 * (seen["t"] - since)


class Figures:
    """The rows of an hour, by their times.

    Parameters
    ----------
    out : Path
        Where the driver wrote.
    """

    def __init__(self, out: Path) -> None:
        self.viewer, self.phy = lines_of(out / "viewer.jsonl"), lines_of(out / "phy.jsonl")
        self.bare, self.driven = lines_of(out / "bare.jsonl"), lines_of(out / "acts.jsonl")
        self.acts = sorted(of(self.driven, "act"), key=lambda row: row["t"])
        self._begins = [min(row["begun"], row["t"]) for row in self.acts]
        self._starts = [row["begun"] for row in of(self.viewer, "start")]
        self.problems = of(self.driven, "problem")
        turns = of(self.viewer, "turn")
        ends = [*self._starts[1:], float("inf")]
        self.built = [
            next((row for row in turns if begun <= row["begin"] < end), None)
            for begun, end in zip(self._starts, ends, strict=True)
        ]
        """The first row of each program: what it does until it runs the event loop. None: it was
        killed before that."""
        self._turns = [row for row in turns if not any(row is one for one in self.built)]

    def in_start(self, t: float) -> bool:
        at = bisect.bisect(self._starts, t) - 1
        return at >= 0 and t - self._starts[at] < START_S

    def act_at(self, t: float) -> str:
        """Return during which act a time fell."""
        at = bisect.bisect(self._begins, t) - 1
        if at < 0:
            return "before the first"
        row = self.acts[at]
        late = t - row["settled"]
        after = f" (+{late:.1f} s after it)" if late > 0 else ""
        return f"{row['where']} {row['name']} #{row['n']}{after}"

    def turns(self, *, starting: bool) -> list[Row]:
        return [row for row in self._turns if self.in_start(row["begin"]) == starting]

    def window(self, act: Row) -> tuple[float, float]:
        """Return from when to when what an act did may be seen."""
        return act["t"], max(act["settled"], min(self.next_begin(act["t"]), act["t"] + 20))

    def next_begin(self, t: float) -> float:
        """Return when the first act after a time begins."""
        at = bisect.bisect(self._begins, t)
        return self._begins[at] if at < len(self._begins) else float("inf")


# -- latencies ---------------------------------------------------------------------------------


def first(rows: list[Row], since: float, until: float, test: Callable[[Row], bool]) -> Row | None:
    return next((row for row in rows if since < row["t"] <= until and test(row)), None)


def latencies(figures: Figures) -> Found:
    """Return how long each thing took to be seen, ms, by what it is; None: it was not seen."""
    found: Found = collections.defaultdict(list)
    scenes = of(figures.viewer, "scene")
    selects, changes = of(figures.phy, "select"), of(figures.phy, "cluster")
    for act in figures.acts:
        if act["where"] == "here":
            _from_here(found, act, figures.window(act), scenes, selects)
        elif act["where"] == "phy":
            _from_phy(found, act, figures.window(act), scenes, figures.phy)
    for change in changes:
        what = change["history"] or change["what"].split("_")[0]
        seen = first(scenes, change["t"], figures.next_begin(change["t"]), _tells)
        found[f"{what} in phy → told here"].append(between(change["t"], seen))
    return found


def _tells(row: Row) -> bool:
    """Whether a row may tell of what phy did; what changes nothing there has none."""
    return "book" in row["what"] or "phy_link" in row["what"]


def _from_here(
    found: Found,
    act: Row,
    window: tuple[float, float],
    scenes: list[Row],
    selects: list[Row],
) -> None:
    since, until = window
    marked = first(scenes, since, until, lambda row: "marked" in row["what"])
    if marked is None:
        return
    name = "burst" if act["name"] == "burst" else "key"
    found[f"{name} here → scene"].append(1000 * (marked["t"] - since))
    inside = [row for row in scenes if since < row["t"] <= until and "marked" in row["what"]]
    last = inside[-1]
    shown = first(selects, since, until, lambda row: row["ids"][:1] == [last["current"]])
    found[f"{name} here → the same in phy"].append(between(since, shown))


def _from_phy(
    found: Found, act: Row, window: tuple[float, float], scenes: list[Row], phy: list[Row]
) -> None:
    since, until = window
    chosen, changed, saved = (
        first(of(phy, kind), since, until, lambda _: True)
        for kind in ("select", "cluster", "saved")
    )
    if chosen and act["name"] in ("step", "next similar", "snippet", "command"):
        found["key in phy → phy has selected"].append(1000 * (chosen["t"] - since))

        def follows(row: Row) -> bool:
            return "marked" in row["what"] and row["current"] == chosen["ids"][0]

        seen = first(scenes, chosen["t"], until, follows)
        found["selected in phy → here"].append(between(chosen["t"], seen))
    if changed:
        found[f"{act['name']}: key in phy → phy has done it"].append(1000 * (changed["t"] - since))
    if act["name"] == "save":
        inside = [row for row in scenes if since < row["t"] <= until and "book" in row["what"]]
        if inside:
            found["Ctrl+S in phy → all read here"].append(1000 * (inside[-1]["t"] - since))
        if inside and saved:
            found["saved in phy → all read here"].append(1000 * (inside[-1]["t"] - saved["t"]))


# -- what is printed ---------------------------------------------------------------------------


def turn_lines(figures: Figures) -> list[str]:
    built = [None if row is None else row["cpu"] for row in figures.built]
    lines = [f"window built, until the event loop begins, CPU, ms: {quantiles(built)}"]
    for starting, title in ((False, "outside starts"), (True, f"first {START_S:.0f} s of a start")):
        turns = figures.turns(starting=starting)
        counted = [row["cpu"] for row in turns if row["cpu"] >= COUNTED_MS]
        lines.append(f"turns, CPU of the main thread ≥ {COUNTED_MS:.0f} ms, {title}, ms:")
        lines.append(f"  {quantiles(counted)}")
        long = sorted((row for row in turns if row["cpu"] > LONG_MS), key=lambda row: -row["cpu"])
        lines.append(f"  > {LONG_MS:.0f} ms: {len(long)}")
        lines += [
            f"    {row['cpu']:7.1f} CPU {row['wall']:7.1f} wall  {figures.act_at(row['begin'])}"
            for row in long[:MOST_LISTED]
        ]
    return lines


def by_act_lines(figures: Figures) -> list[str]:
    """Return the turns ≥ 5 ms of each kind of act."""
    kinds = collections.defaultdict(list)
    for row in figures.turns(starting=False):
        if row["cpu"] >= COUNTED_MS:
            kind = figures.act_at(row["begin"]).split(" #")[0]
            kinds[kind].append(row["cpu"])
    rows = sorted(kinds.items(), key=lambda pair: -max(pair[1]))
    return ["turns ≥ 5 ms by act, ms:", *(f"  {k:24} {quantiles(values)}" for k, values in rows)]


def same_work(figures: Figures) -> list[float]:
    """Return the CPU of the work that the bare program does each second: how the machine varies."""
    return [row["cpu"] for row in of(figures.bare, "turn")]


def gap_lines(figures: Figures) -> list[str]:
    inside = [row["ms"] for row in of(figures.viewer, "gap") if not figures.in_start(row["t"])]
    bare = [row["ms"] for row in of(figures.bare, "gap")]
    pauses = [row["ms"] for row in of(figures.viewer, "gc") if not figures.in_start(row["t"])]
    turns = of(figures.viewer, "turn")
    faults = max((row["faults"] for row in turns), default=0)
    own = [row["own"] for row in figures.turns(starting=False) if row["own"] >= 1]
    return [
        "gaps of a 10 ms timer > 50 ms, outside starts, ms:",
        f"  bcviewer     {quantiles(inside)}",
        f"  bare program {quantiles(bare)}",
        f"  CPU of its same work each second {quantiles(same_work(figures))}",
        *longest_gaps(figures),
        f"instrument's own ≥ 1 ms in a turn (columns that it asked first): {quantiles(own)}",
        f"pauses of the collector ≥ 5 ms, outside starts: {quantiles(pauses)}",
        f"major faults of the main thread, most in a process: {faults}",
    ]


def longest_gaps(figures: Figures) -> list[str]:
    """Return bcviewer's longest gaps, each with the CPU that its main thread used meanwhile."""
    gaps = [row for row in of(figures.viewer, "gap") if not figures.in_start(row["t"])]
    turns, bare = of(figures.viewer, "turn"), of(figures.bare, "gap")
    lines = []
    for gap in sorted(gaps, key=lambda row: -row["ms"])[:GAPS_LISTED]:
        since = gap["t"] - gap["ms"] / 1000
        inside = [row for row in turns if row["t"] > since and row["begin"] < gap["t"]]
        cpu = sum(row["cpu"] + row["own"] for row in inside)
        also = [row["ms"] for row in bare if since < row["t"] < gap["t"] + 0.1]
        beside = f", bare {max(also):.0f}" if also else ""
        at = figures.act_at(since)
        lines.append(f"    {gap['ms']:7.1f} wall {cpu:7.1f} CPU{beside}  {at}")
    return lines


def act_lines(figures: Figures) -> list[str]:
    counts = collections.Counter(f"{row['where']} {row['name']}" for row in figures.acts)
    settled = [1000 * (row["settled"] - row["t"]) for row in figures.acts if row["where"] != "end"]
    named = ", ".join(f"{name} {n}" for name, n in sorted(counts.items()))
    return [
        f"{len(figures.acts)} acts: {named}",
        f"settled after (checks every 300 ms), ms: {quantiles(settled)}",
    ]


def problem_lines(figures: Figures) -> list[str]:
    lines = [f"{len(figures.problems)} problems"]
    lines += [f"  #{row['n']}: {row['words'][:400]}" for row in figures.problems[:MOST_LISTED]]
    dialogs = collections.Counter(row["words"] for row in of(figures.driven, "dialog"))
    return [*lines, f"dialogs that came: {dict(dialogs)}"] if dialogs else lines


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--stacks", action="store_true", help="stacks of turns > 40 ms (SAMPLE=1)")
    given = parser.parse_args()
    figures = Figures(given.out)
    lines = [*act_lines(figures), *turn_lines(figures), *by_act_lines(figures)]
    lines += [*gap_lines(figures), "latencies, ms:"]
    lines += [f"  {k:40} {quantiles(v)}" for k, v in sorted(latencies(figures).items())]
    lines += problem_lines(figures)
    if given.stacks:
        turns = [row for row in of(figures.viewer, "turn") if "stacks" in row]
        for row in sorted(turns, key=lambda row: -row["cpu"]):
            start = " (start)" if figures.in_start(row["begin"]) else ""
            lines.append(f"\n{row['cpu']:.1f} ms CPU, {figures.act_at(row['begin'])}{start}")
            lines += stack_lines(row["stacks"])
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
