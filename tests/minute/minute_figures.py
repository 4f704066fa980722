"""What a scripted hand is measured by, and whether that is reached."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

Given = tuple[int, str | None]
"""A cluster id, and the label that it was given; None: it was cleared."""


@dataclass(frozen=True)
class Figure:
    """What one task took.

    Attributes
    ----------
    task : str
        Its letter in the issue, and what is done.
    keys : int
        Keys, clicks and lines that were typed.
    most : float
        So many are allowed, for each of ``units``.
    units : int
        How many units it was done for.
    ms : float
        Time of the machine.
    mistakes : tuple of str
        What is not as it must be, in words.
    note : str
        What was found.
    """

    task: str
    keys: int
    most: float
    units: int
    ms: float
    mistakes: tuple[str, ...] = ()
    note: str = ""

    @property
    def reached(self) -> bool:
        """Whether it took no more than is allowed, of something, and nothing was wrong."""
        return self.units > 0 and self.keys <= self.most * self.units and not self.mistakes


def line_of(figure: Figure) -> str:
    """Return a figure as a line of the table, its mistakes below it."""
    each = f"{figure.keys / figure.units:.2f}" if figure.units else "-"
    verdict = "yes" if figure.reached else "NO"
    line = (
        f"{figure.task:58} {figure.keys:4} {figure.units:5} {each:>5} ≤ {figure.most:<3g}"
        f" {figure.ms:8.0f} ms {len(figure.mistakes):4}  {verdict:3} {figure.note}"
    )
    return "\n".join((line.rstrip(), *(f"    {mistake}" for mistake in figure.mistakes)))


def status_of(figures: Iterable[Figure], wanted: int) -> int:
    """Return the status to exit with: 0 where every task was done and reached its figure."""
    found = list(figures)
    return 0 if len(found) == wanted and all(figure.reached for figure in found) else 1


def missed(key: str, eye: tuple[int, ...], meant: str, given: list[Given]) -> list[str]:
    """Return what is wrong with a label that was given.

    Parameters
    ----------
    key : str
        What was pressed.
    eye : tuple of int
        The ids that the table highlighted when it was pressed.
    meant : str
        The label that the key stands for.
    given : list of (int, str)
        What stands in the journals for it.
    """
    if sorted(given, key=str) == sorted(((unit, meant) for unit in eye), key=str):
        return []
    landed = ", ".join(f"{label} on {unit}" for unit, label in given) or "nothing"
    return [f"{key} with {', '.join(map(str, eye)) or 'nothing'} highlighted: {landed}"]


class Journals:
    """The journals of a folder, read from the disk as lines of JSON and by nothing of ours."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: set[str] = set()

    def new(self) -> list[Given]:
        """Return the labels that were written since this was asked last."""
        found: list[Given] = []
        for path in sorted(self._folder.rglob("*.jsonl")):
            for line in path.read_text("utf-8").splitlines():
                action = json.loads(line)
                if action["id"] in self._known:
                    continue
                self._known.add(action["id"])
                found += [
                    (change["unit"], change["new"])
                    for change in action.get("changes", ())
                    if change["field"] == "label"
                ]
        return found
