"""What each threshold costs in all that is open: the curves of its runs, and a step's worth.

A threshold is one parameter for all runs: moved, it is moved in each. A step is taken from where it
stands in each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from bcviewer.core.arrays import Bools, Floats, Ints
from bcviewer.core.comparison.curves import Curves, StepCurve
from bcviewer.core.comparison.handles import Handle, handle_of, stepped
from bcviewer.core.comparison.what_if import condition_of, unmeasured, without_columns
from bcviewer.core.rules.labels import CLASSES_FIRST, Label
from bcviewer.core.rules.rules import RULES
from bcviewer.core.run.run import Run
from bcviewer.core.sheet.book import Book
from bcviewer.core.sheet.ids import NO_ROW, SheetRow
from bcviewer.core.sheet.sheet import Sheet

STEEP = 0.1
"""A threshold is steep where one step moves such a share of a class…"""
FEW = 2
"""…and at least so many units: a single one is no slope."""


@dataclass(frozen=True, slots=True, eq=False)
class CostCurve:
    """How many units each class has by one threshold, in all runs.

    Attributes
    ----------
    rule : int
        Which of ``RULES``.
    labels : tuple of Label
        Those that it moves anywhere, classes first.
    parts : tuple of StepCurve
        The curve of each run.
    """

    rule: int
    labels: tuple[Label, ...]
    parts: tuple[StepCurve, ...]

    def along(self, thresholds: Floats) -> Ints:
        """Return the units of each label, shape (len(Label), n_thresholds)."""
        return sum_of([part.along(thresholds) for part in self.parts])

    def at_each(self, thresholds: Sequence[float]) -> Ints:
        """Return the units of each label where it stands elsewhere in each run, (len(Label),)."""
        return sum_of([p.at(t) for p, t in zip(self.parts, thresholds, strict=True)])


def sum_of(counts: Sequence[Ints]) -> Ints:
    """Return the sum of some counts of the same shape."""
    return np.asarray(np.sum(counts, axis=0, dtype=np.int64))


class Costs:
    """The cost of every threshold of all that is open, each computed when it is asked for.

    Parameters
    ----------
    book : Book
        The runs, by what is tried where anything is.
    rows : numpy.ndarray, optional
        The units that are counted; all by default. Units whose verdict a blind review hides are
        not counted in any case.
    """

    def __init__(self, book: Book, rows: Ints | None = None) -> None:
        self._sheets, self._asked = book.sheets, (book, rows)
        self._curves: list[Curves] = []
        self._found: dict[int, CostCurve] = {}

    def curve(self, rule: int) -> CostCurve:
        """Return the curve of a rule that has a threshold."""
        if not self._curves:
            self._curves = _curves(*self._asked)
        if rule not in self._found:
            parts = tuple(curves.curve(rule) for curves in self._curves)
            moved = {label for part in parts for label in part.labels}
            self._found[rule] = CostCurve(
                rule, tuple(k for k in CLASSES_FIRST if k in moved), parts
            )
        return self._found[rule]

    def cost(self, rule: int) -> ThresholdCost | None:
        """Return what a rule's threshold costs; None where no run has it or tests it."""
        curve = self.curve(rule)
        handles = [handle_of(sheet, rule) for sheet in self._sheets]
        handle = next((one for one in handles if one is not None), None)
        tested = [sheet.audit.rules[rule].tested for sheet in self._sheets]
        if handle is None or not any(tested):
            return None
        now, looser, stricter = [], [], []
        sign = -1.0 if RULES[rule].op == "<" else 1.0
        for sheet in self._sheets:
            own = sheet.criteria.thresholds.get(handle.name, np.nan)
            now.append(own)
            looser.append(_stepped(sheet, rule, sign, own))
            stricter.append(_stepped(sheet, rule, -sign, own))
        never = [sign * np.inf] * len(now)
        counts = [curve.at_each(where) for where in (now, never, looser, stricter)]
        where = {sheet.criteria.thresholds.get(handle.name) for sheet in self._sheets}
        conditions = {
            _condition(s, handle.name, to) for s, to in zip(self._sheets, looser, strict=True)
        }
        conditions.discard("")
        return ThresholdCost(
            rule,
            handle,
            len(where) > 1,
            counts[0],
            int(counts[1][Label.GOOD] - counts[0][Label.GOOD]),
            counts[2] - counts[0],
            counts[3] - counts[0],
            " or ".join(sorted(conditions)),
        )


@dataclass(frozen=True, slots=True, eq=False)
class ThresholdCost:
    """What one threshold costs where it stands, all others as they are.

    Attributes
    ----------
    rule : int
        Which of ``RULES``.
    handle : Handle
        The threshold; of several runs, that of the first one that has it.
    differs : bool
        Whether it is another one in another run.
    now : numpy.ndarray
        Units of each label, shape (len(Label),).
    lost_alone : int
        Units that would be GOOD if this rule failed nobody.
    looser, stricter : numpy.ndarray
        What each label gains (or loses) by one step, shape (len(Label),).
    condition : str
        On what that hangs; empty: it is exact.
    """

    rule: int
    handle: Handle
    differs: bool
    now: Ints
    lost_alone: int
    looser: Ints
    stricter: Ints
    condition: str

    @property
    def gained(self) -> int:
        """GOOD units more by one step looser."""
        return int(self.looser[Label.GOOD])

    @property
    def lost(self) -> int:
        """GOOD units fewer by one step stricter."""
        return -int(self.stricter[Label.GOOD])

    @property
    def moved(self) -> int:
        """Units whose label one step either way changes, the larger of both."""
        return max(int(np.abs(way).sum()) // 2 for way in (self.looser, self.stricter))

    @property
    def is_flat(self) -> bool:
        """Whether no label changes within a step."""
        return self.moved == 0

    @property
    def is_steep(self) -> bool:
        """Whether a step moves a tenth of a class, and more than a single unit."""
        most = np.maximum(np.abs(self.looser), np.abs(self.stricter))
        return bool(((most >= FEW) & (most >= STEEP * self.now)).any())


def _curves(book: Book, rows: Ints | None) -> list[Curves]:
    """Return the curves of each run; none of them is computed yet."""
    counted = _counted(book, rows)
    out = []
    for which, sheet in enumerate(book.sheets):
        judged, run = sheet.parts.scored, sheet.run
        tried = sheet.inputs.tried
        if tried is not None:
            judged = tried.audit
            run = _measured(run, unmeasured(run, sheet.inputs.criteria, tried.criteria))
        among = None
        if counted is not None:
            first = book.row_of(which, SheetRow(0))
            among = counted[first : first + run.n_units]
        out.append(Curves(run, sheet.criteria, judged, among))
    return out


def _measured(run: Run, missing: dict[str, str]) -> Run:
    """Return a run without what would be another measurement by what is tried."""
    return replace(run, units=without_columns(run.units, missing)) if missing else run


def _counted(book: Book, rows: Ints | None) -> Bools | None:
    if rows is None and not book.n_hidden:
        return None
    out = np.ones(book.n_units, bool)
    if rows is not None:
        out[:] = False
        out[rows] = True
    out[book.hidden_rows()] = False
    return out


def _stepped(sheet: Sheet, rule: int, steps: float, own: float) -> float:
    """Return a threshold moved by some steps; where there is none to move, itself."""
    found = stepped(sheet, NO_ROW, rule, steps)
    return own if np.isnan(found) else found


def _condition(sheet: Sheet, name: str, to: float) -> str:
    before = sheet.inputs.criteria
    if name not in before.thresholds or np.isnan(to):
        return ""
    return condition_of(sheet.run, before, sheet.criteria.replace(**{name: to}))
