"""What the rules say of units, whether these are of one run or of several."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

from bcviewer.core.arrays import Bools, Codes, Floats, Ints, Masks
from bcviewer.core.audit.cells import Cells


class Outcomes(Protocol):
    """The arrays of an :class:`~bcviewer.core.audit.audit.Audit` by unit, shape (n_units,) each.

    The rules' own states and margins are not among them: they mean something by the thresholds of
    one run only, which several runs need not share. What became of a rule (``cells``), and how far
    from its limit a unit is, can be compared.
    """

    @property
    def n_units(self) -> int:
        """Number of units."""

    @property
    def label(self) -> Codes:
        """The label by the rules."""

    @property
    def split_label(self) -> Codes:
        """The same as if NON-SOMA were split."""

    @property
    def failed(self) -> Masks:
        """The failed rules."""

    @property
    def deciding(self) -> Masks:
        """Those that decided."""

    @property
    def masked(self) -> Masks:
        """Those that a stronger block hides."""

    @property
    def family(self) -> Codes:
        """Why a MUA unit is MUA."""

    @property
    def rpv(self) -> Codes:
        """What Bombcell's sliding test said."""

    @property
    def n_failed(self) -> npt.NDArray[np.int64]:
        """How many rules failed."""

    @property
    def sole_blocker(self) -> Masks:
        """The only failed condition."""

    @property
    def steps_to_good(self) -> Floats:
        """Worst failure of a unit that is not GOOD."""

    @property
    def safety_of_good(self) -> Floats:
        """Weakest pass of a GOOD unit."""

    @property
    def borderline(self) -> Bools:
        """Whether it is within a step of another label."""

    @property
    def attention(self) -> Codes:
        """Group of the attention order."""

    @property
    def cells(self) -> Cells:
        """What every rule says of every unit in one code, shape (n_units, n_rules)."""

    def cells_at(self, rows: Ints) -> Cells:
        """Return the same of some units, shape (n_rows, n_rules)."""

    def margin_key(self, rule: int) -> Floats:
        """Return what units are sorted by for a rule: how far they are from its limit."""
