"""What every rule says of every unit in one code: the cells of the table's barcode."""

from __future__ import annotations

from enum import IntEnum
from typing import Protocol
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from bcviewer.core.arrays import Codes, Floats, Ints, Masks
from bcviewer.core.audit.states import State, States
from bcviewer.core.rules.labels import Label
from bcviewer.core.rules.rules import COUNTS, RULES

Cells = npt.NDArray[np.uint8]
"""Codes of :class:`RuleCell`, shape (n_units, n_rules): a unit's are contiguous."""

NEAR_STEPS = 1.0
"""A pass with less margin than this is near its limit."""


class RuleCell(IntEnum):
    """What a rule says of a unit. A pass, a value that is missing and no test are three things.

    The failures come last and one after the other: :func:`cells_of` counts up and down in them.
    """

    NOT_TESTED = 0
    PASSED = 1
    NEAR = 2
    EXEMPT = 3
    MISSING = 4
    BEYOND = 5
    OPEN = 6
    MASKED = 7
    DECIDED = 8


CELL_WORDS: tuple[str, ...] = (
    "not tested",
    "passed",
    "passed within a step",
    "exempt",
    "no value",
    "beyond the limit, not counted",
    "failed, while the label cannot be decided",
    "failed, but hidden by a stronger rule",
    "failed, and decided the label",
)
"""In words, by code."""

FAILURES = frozenset({RuleCell.OPEN, RuleCell.MASKED, RuleCell.DECIDED})
"""Failed rules, whatever became of them."""

_CELLS = {
    State.PASS: RuleCell.PASSED,
    State.FAIL: RuleCell.MASKED,
    State.BEYOND: RuleCell.BEYOND,
    State.NOT_TESTED: RuleCell.NOT_TESTED,
    State.EXEMPT: RuleCell.EXEMPT,
    State.MISSING: RuleCell.MISSING,
}
_OF_STATE = np.array([*(_CELLS[s] for s in State), *(_CELLS[s] for s in State)], np.uint8)
"""By state, and once more for those within a step of the limit."""
_OF_STATE[len(State) + State.PASS] = RuleCell.NEAR


class Judged(Protocol):
    """What the cells follow from: an :class:`~bcviewer.core.audit.audit.Audit`."""

    @property
    def states(self) -> States:
        """Shape (n_rules, n_units)."""

    @property
    def margins(self) -> npt.NDArray[np.float32]:
        """Shape (n_rules, n_units)."""

    @property
    def label(self) -> Codes:
        """The label by the rules."""

    @property
    def deciding(self) -> Masks:
        """The failures that decided."""


_KEPT: WeakKeyDictionary[Judged, Cells] = WeakKeyDictionary()
"""By audit, and no longer than it is there."""


def cells_of(audit: Judged) -> Cells:
    """Return the cells of all units, made when they are first asked for."""
    cells = _KEPT.get(audit)
    if cells is None:
        n_units = len(audit.label)
        cells = _KEPT[audit] = np.empty((n_units, len(RULES)), np.uint8)
        for start in range(0, n_units, _CHUNK):  # turned round in chunks that stay in the cache
            rows = slice(start, start + _CHUNK)
            cells[rows] = _made(audit, rows)
    return cells


def cells_at(audit: Judged, rows: Ints) -> Cells:
    """Return the cells of some units, shape (n_rows, n_rules); no other unit's are made."""
    cells = _KEPT.get(audit)
    return _made(audit, rows) if cells is None else cells[rows]


def _made(audit: Judged, rows: slice | Ints) -> Cells:
    near = (audit.margins[:, rows] < NEAR_STEPS).view(np.uint8)  # of no margin it is not
    near[list(COUNTS)] = 0  # a count has no measurement error
    codes = np.take(_OF_STATE, near * np.uint8(len(State)) + audit.states[:, rows])
    decides = audit.deciding[rows] >> _BITS & np.uint32(1)
    codes += decides.astype(np.uint8)  # a masked failure, and then one that decided
    undecided = (audit.label[rows] == Label.INCOMPLETE).view(np.uint8)
    if undecided.any():
        codes -= (codes == RuleCell.MASKED).view(np.uint8) * undecided
    return codes.T


_CHUNK = 1 << 13
_BITS = np.arange(len(RULES), dtype=np.uint32)[:, np.newaxis]


def margin_key(audit: Judged, rule: int) -> Floats:
    """Return what units are sorted by for a rule: its margin, shape (n_units,).

    A failure without a margin (a sentinel, a count of peaks that is missing) comes before all
    that have one, a pass without one after them; NaN where the rule says nothing.
    """
    state: npt.NDArray[np.uint8] = audit.states[rule]
    key: Floats = audit.margins[rule].astype(np.float64)
    unknown = np.isnan(key)
    key[unknown & (state == State.FAIL)] = -np.inf
    key[unknown & (state == State.PASS)] = np.inf
    return key
