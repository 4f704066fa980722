"""What can be asked about a unit, and what an answer can be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from bcviewer.core.run.run import Run
from bcviewer.core.run.stretch import Stretch
from bcviewer.core.sheet.ids import NO_ROW, SheetRow

AskValue = float | int | str | bool


@dataclass(frozen=True, slots=True)
class Ask:
    """Something a panel wants to know of a unit; hashable, so that answers can be kept.

    Attributes
    ----------
    kind : str
        A key of ``bcviewer.app.background.evidence_kinds.KINDS``.
    settings : tuple
        What else the answer depends on, in the order of the function's arguments.
    stretch : Stretch or None
        Which part of the recording it is asked of; None: of what Bombcell assessed.
    """

    kind: str
    settings: tuple[AskValue, ...] = ()
    stretch: Stretch | None = None


@dataclass(frozen=True, slots=True)
class Missing:
    """The answer where there is none.

    Attributes
    ----------
    reason : str
        One sentence for the curator: what is missing, and what to do.
    """

    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """The answers about one unit that are there so far.

    Attributes
    ----------
    row : SheetRow
        The unit, by its row in its sheet; −1: none.
    answers : mapping of Ask to object
        What each function returned, or :class:`Missing`. An ask that is not in it is under way.
    run : Run or None
        The unit's run; None: there is no unit.
    """

    row: SheetRow = NO_ROW
    answers: Mapping[Ask, object] = field(default_factory=lambda: MappingProxyType({}))
    run: Run | None = None

    def get(self, ask: Ask) -> object | None:
        """Return an answer; None: it is under way."""
        return self.answers.get(ask)
