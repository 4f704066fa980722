"""What the rules say of the units of several sheets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from bcviewer.core.arrays import Bools, Codes, Floats, Ints, Masks
from bcviewer.core.audit.audit import Audit
from bcviewer.core.audit.cells import Cells
from bcviewer.core.rules.rules import RULES
from bcviewer.core.sheet.kept import KeptJoins


class JoinedAudit:
    """The arrays of several audits by unit, one after the other, each joined when first read.

    Parameters
    ----------
    audits : tuple of Audit
        One for each sheet.
    kept : KeptJoins
        Where the joined arrays are kept.
    """

    def __init__(self, audits: tuple[Audit, ...], kept: KeptJoins) -> None:
        self._audits = audits
        self._kept = kept

    def _join(self, name: str, of: Callable[[Audit], npt.NDArray[Any]]) -> npt.NDArray[Any]:
        return self._kept.get(("audit", name), lambda: tuple(map(of, self._audits)), np.concatenate)

    @property
    def n_units(self) -> int:
        """Number of units."""
        return sum(audit.n_units for audit in self._audits)

    @property
    def label(self) -> Codes:
        """The label by the rules."""
        return self._join("label", lambda a: a.label)

    @property
    def split_label(self) -> Codes:
        """The same as if NON-SOMA were split."""
        return self._join("split_label", lambda a: a.split_label)

    @property
    def failed(self) -> Masks:
        """The failed rules."""
        return self._join("failed", lambda a: a.failed)

    @property
    def deciding(self) -> Masks:
        """Those that decided."""
        return self._join("deciding", lambda a: a.deciding)

    @property
    def masked(self) -> Masks:
        """Those that a stronger block hides."""
        return self._join("masked", lambda a: a.masked)

    @property
    def family(self) -> Codes:
        """Why a MUA unit is MUA."""
        return self._join("family", lambda a: a.family)

    @property
    def rpv(self) -> Codes:
        """What Bombcell's sliding test said."""
        return self._join("rpv", lambda a: a.rpv)

    @property
    def n_failed(self) -> npt.NDArray[np.int64]:
        """How many rules failed."""
        return self._join("n_failed", lambda a: a.n_failed)

    @property
    def sole_blocker(self) -> Masks:
        """The only failed condition."""
        return self._join("sole_blocker", lambda a: a.sole_blocker)

    @property
    def steps_to_good(self) -> Floats:
        """Worst failure of a unit that is not GOOD."""
        return self._join("steps_to_good", lambda a: a.steps_to_good)

    @property
    def safety_of_good(self) -> Floats:
        """Weakest pass of a GOOD unit."""
        return self._join("safety_of_good", lambda a: a.safety_of_good)

    @property
    def borderline(self) -> Bools:
        """Whether it is within a step of another label."""
        return self._join("borderline", lambda a: a.borderline)

    @property
    def attention(self) -> Codes:
        """Group of the attention order."""
        return self._join("attention", lambda a: a.attention)

    @property
    def cells(self) -> Cells:
        """What every rule says of every unit in one code, shape (n_units, n_rules)."""
        return self._join("cells", lambda a: a.cells)

    def cells_at(self, rows: Ints) -> Cells:
        """Return the same of some units, shape (n_rows, n_rules)."""
        ends = np.cumsum([audit.n_units for audit in self._audits])
        of = np.searchsorted(ends, rows, "right")
        out = np.empty((len(rows), len(RULES)), np.uint8)
        for which, (audit, end) in enumerate(zip(self._audits, ends.tolist(), strict=True)):
            hit = of == which
            out[hit] = audit.cells_at(rows[hit] - (end - audit.n_units))
        return out

    def margin_key(self, rule: int) -> Floats:
        """Return what units are sorted by for a rule, each by the limit of its own sheet."""
        return self._join(f"margin key {rule}", lambda a: a.margin_key(rule))
