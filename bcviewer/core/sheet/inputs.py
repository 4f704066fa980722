"""What a sheet follows from: the run, criteria, and what others said of its units."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bcviewer.core.arrays import Codes
from bcviewer.core.curation.label_source import LabelSource
from bcviewer.core.curation.state import CurationState
from bcviewer.core.rules.criteria import Criteria
from bcviewer.core.run.cells import CellTypes
from bcviewer.core.run.foreign import ForeignColumn
from bcviewer.core.run.phy import Phy
from bcviewer.core.run.region import Region, region_of_config
from bcviewer.core.run.run import Run

if TYPE_CHECKING:
    from bcviewer.core.run.scored import ScoredUnits
    from bcviewer.core.sheet.between import Between
    from bcviewer.core.sheet.tried import Tried


@dataclass(frozen=True, slots=True, eq=False)
class Oracle:
    """The labels that Bombcell itself gave.

    Attributes
    ----------
    run, criteria : Run, Criteria
        What it answers: of another run, or by other criteria, it says nothing.
    codes : numpy.ndarray of int8
        :class:`~bcviewer.core.rules.labels.Label` of each unit of the run.
    """

    run: Run
    criteria: Criteria
    codes: Codes


@dataclass(frozen=True, slots=True, eq=False)
class Inputs:
    """All that :func:`~bcviewer.core.sheet.derive.derive` reads; columns name these fields.

    Attributes
    ----------
    run : Run
        The run as it was read.
    criteria : Criteria
        The thresholds and flags to judge it by.
    phy : Phy or None
        What became of its units in phy; None: nobody asks.
    oracle : Oracle or None
        What Bombcell itself says; None: it has not answered, or says the same as the rules.
    said : CurationState
        What curators said.
    source : {'bombcell', 'saved', 'split', 'final'}
        Which labels classes are counted by.
    sources : tuple of LabelSource
        Labels of others that curators imported.
    region : Region or None
        The region of interest that curators set; None: nobody did.
    hidden : tuple of int
        Rows of which no verdict may be shown; see :mod:`bcviewer.core.sheet.veil`.
    cells : CellTypes or None
        Cell types that were computed here; None: nobody asked for any.
    tried : Tried or None
        What its units would be by a proposal, which is shown instead; None: there is none.
    compared : Between or None
        What another run says of its units; None: it is compared with none.
    scored : ScoredUnits or None
        Units that phy made, scored here; None: none is, or is to be.

    Raises
    ------
    ValueError
        If an answer is not one of this run by these criteria.
    """

    run: Run
    criteria: Criteria
    phy: Phy | None = None
    oracle: Oracle | None = None
    said: CurationState = field(default_factory=CurationState)
    source: str = "bombcell"
    sources: tuple[LabelSource, ...] = ()
    region: Region | None = None
    hidden: tuple[int, ...] = ()
    cells: CellTypes | None = None
    tried: Tried | None = None
    compared: Between | None = None
    scored: ScoredUnits | None = None

    @property
    def is_compared_with_phy(self) -> bool:
        """Whether phy's files were read, or tried to be, whatever an open phy says."""
        return self.phy is not None and self.phy.as_read.is_read

    def __post_init__(self) -> None:
        if self.phy is not None and self.phy.run is not self.run:
            raise ValueError("phy was compared with another run")
        if self.cells is not None and self.cells.run is not self.run:
            raise ValueError("these are the cells of another run")
        if self.tried is not None and self.tried.run is not self.run:
            raise ValueError("another run was judged by the proposal")
        if self.compared is not None and self.compared.run is not self.run:
            raise ValueError("another run was compared")
        if self.scored is not None and self.scored.run is not self.run:
            raise ValueError("units of another run were scored")
        oracle = self.oracle
        if oracle is not None and (
            oracle.run is not self.run or oracle.criteria is not self.criteria
        ):
            raise ValueError("Bombcell answered for another run, or other criteria")

    @classmethod
    def of(cls, run: Run) -> Inputs:
        """Return the inputs of a run by its own criteria, of which nobody said anything."""
        return cls(run, run.criteria)

    @property
    def foreign(self) -> tuple[ForeignColumn, ...]:
        """The columns that no verdict has a part in: of files beside, then of cells."""
        return self.run.foreign if self.cells is None else (*self.run.foreign, *self.cells.columns)

    @property
    def of_interest(self) -> Region | None:
        """The region of interest: that of curators, else that of the config."""
        return region_of_config(self.run) if self.region is None else self.region

    @property
    def of_interest_by(self) -> str:
        """Who says what the region of interest is, to be read; empty: nobody does."""
        if self.region is None:
            return "" if self.of_interest is None else "from the config"
        by = self.said.region_by  # opened again it is known before the journals are read
        return f"set by {by}" if by else "set here"

    def hears(self, said: CurationState) -> Inputs:
        """Return them with what curators said."""
        return replace(self, said=said, sources=said.sources, region=said.region)

    def judged_by(self, criteria: Criteria) -> Inputs:
        """Return them with other criteria; what Bombcell said of the ones before goes."""
        return replace(self, criteria=criteria, oracle=None, tried=None)

    def settled(self) -> Inputs:
        """Return them without what is tried only: what may be written as it is."""
        return self if self.tried is None else replace(self, tried=None)

    def unlike(self, other: Inputs) -> frozenset[str]:
        """Return the names of the fields that are not the same objects."""
        names = self.__dataclass_fields__
        return frozenset(n for n in names if not _same(getattr(self, n), getattr(other, n)))


def _same(a: object, b: object) -> bool:
    return a is b or (isinstance(a, (str, tuple, Region)) and a == b)
