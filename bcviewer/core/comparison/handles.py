"""Thresholds as handles: which there are, where each was saved, and how far a step moves one."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from bcviewer.core.audit.margins import presence_bins
from bcviewer.core.rules.comparisons import passing
from bcviewer.core.rules.metric import Step, StepContext
from bcviewer.core.rules.rules import RULES
from bcviewer.core.run.run import Run
from bcviewer.core.sheet.sheet import Sheet


@dataclass(frozen=True, slots=True)
class Handle:
    """A threshold that can be moved.

    Attributes
    ----------
    name : str
        The parameter.
    title : str
        The comparison that passes, without its threshold: ``presence ratio ≥``.
    value, saved : float
        What it is now, and what it is without the proposal.
    off : str
        Why its rule is tested by nobody, as where a gate is off; empty where it is tested.
    """

    name: str
    title: str
    value: float
    saved: float
    off: str = ""

    @property
    def is_moved(self) -> bool:
        """Whether it is another one than the saved one."""
        return self.value != self.saved


def handle_of(sheet: Sheet, rule: int) -> Handle | None:
    """Return the handle of a rule; None where there is no threshold, or none in this run."""
    declared = RULES[rule]
    name = declared.parameter
    saved = sheet.inputs.criteria.thresholds.get(name) if name else None
    now = sheet.criteria.thresholds.get(name) if name else None
    if saved is None or now is None or math.isnan(saved):
        return None
    return Handle(name, passing(declared), now, saved, sheet.audit.rules[rule].why)


def stepped(sheet: Sheet, row: int, rule: int, steps: float) -> float:
    """Return a rule's threshold moved by some steps of measurement error, up or down.

    A count moves by whole counts. Where a step is another one for each unit (a presence bin) it is
    that of the unit in ``row``, or of the median one where there is none.
    """
    handle, step = handle_of(sheet, rule), RULES[rule].step
    if handle is None or not math.isfinite(handle.value):
        return math.nan if handle is None else handle.value
    if step is not None and step.kind == "factor" and handle.value:
        found = handle.value * step.size**steps
    elif step is not None and step.is_count:
        found = handle.value + math.copysign(max(abs(steps), 1.0), steps)
    else:
        found = handle.value + steps * _width(step, handle.saved, sheet.run, row)
    return float(f"{found:.6g}")  # as people would type it


def with_margin(sheet: Sheet, row: int, rule: int, wanted: float) -> float:
    """Return the threshold of a rule by which a unit's margin would be another one.

    Parameters
    ----------
    sheet : Sheet
        A run.
    row : int
        The unit.
    rule : int
        Which of ``RULES``.
    wanted : float
        The margin, in steps of measurement error; a count comes as near as whole counts do.

    Returns
    -------
    float
        In the metric's unit; NaN where the unit has no value from which there are steps.
    """
    handle, step, values = (
        handle_of(sheet, rule),
        RULES[rule].step,
        sheet.run.units.floats(RULES[rule].metric),
    )
    if handle is None or values is None or step is None:
        return math.nan
    value, side = float(values[row]), 1.0 if RULES[rule].op == ">" else -1.0
    away = side * wanted
    if step.is_count:
        return value + away - side * 0.5
    if step.kind == "factor":
        found = value * step.size**away if value > 0 else math.nan
    elif step.kind == "share":
        rest = 1.0 - away * step.size
        found = value / rest if rest > 0 else math.nan
    else:
        found = value + away * _width(step, handle.saved, sheet.run, row)
    return float(f"{found:.6g}")


def _width(step: Step | None, saved: float, run: Run, row: int) -> float:
    """Return one additive step: it does not change while the threshold is moved."""
    if step is None or step.kind == "factor":
        return 0.05 * abs(saved) or 0.01
    bins = 1.0 / presence_bins(run.units, run.settings)
    wide = np.atleast_1d(step.width(saved, StepContext(1e6 / run.sample_rate, bins)))
    one = wide[row] if len(wide) > 1 and 0 <= row < len(wide) else np.median(wide)
    return float(one) if np.isfinite(one) and one > 0 else 0.05 * abs(saved) or 0.01
