"""The owners of what is shown, put together."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from bcviewer.app.stage import Stage
from bcviewer.app.viewing.filtering import Filtering
from bcviewer.app.viewing.marking import Marking
from bcviewer.app.viewing.proposing import Proposing
from bcviewer.app.viewing.rows import Rows
from bcviewer.app.viewing.shown import Shown
from bcviewer.app.viewing.start import Start, reads_of
from bcviewer.app.viewing.stretching import Stretching

if TYPE_CHECKING:
    from bcviewer.app.catalogue import Catalogue
    from bcviewer.app.viewing.encircling import Encircling
    from bcviewer.app.viewing.suggesting import Suggesting
    from bcviewer.core.sheet.ids import ClusterId
    from bcviewer.core.sheet.sheet import Sheet


class Viewing(QObject):
    """Which units are shown, in which order, and which is the current one.

    Attributes
    ----------
    marking : Marking
        What is highlighted.
    rows : Rows
        Which rows are shown, and in which order.
    filtering : Filtering
        What is filtered for.
    shown : Shown
        The table that is shown.
    start : Start
        Which unit a recording starts at.
    stretching : Stretching
        Which part of the recording is looked at.
    proposing : Proposing
        Which thresholds and flags are tried.
    """

    def __init__(self, stage: Stage, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._stage = stage
        self.marking = Marking(stage, self)
        self.rows = Rows(stage, self.marking, self)
        self.filtering = Filtering(stage, self.rows, self.marking, self)
        self.shown = Shown(stage, self.filtering, self.rows, self.marking, self)
        self.start = Start(stage, self.marking, self)
        self.stretching = Stretching(stage, self.marking, self)
        self.proposing = Proposing(stage, self.shown, self.filtering, self.rows, self)

    def open(
        self,
        catalogue: Catalogue,
        table: Sheet,
        kept: ClusterId | None,
        unopened: tuple[str, ...],
        *,
        is_whole: bool = True,
    ) -> None:
        """Show another run, at the unit that was asked for, or the one that was kept."""
        self._stage.become(is_whole=is_whole)
        self.shown.open(catalogue, table, unopened)
        self.start.begin(catalogue.request.unit, kept, reads_of(table.run))

    def join(self, table: Sheet | None, problem: str, *, is_last: bool) -> None:
        """Show the units of one more probe, or (None) tell why they are not there."""
        if table is None:
            self._stage.become(unopened=(*self._stage.scene.unopened, problem))
        else:
            self.start.expect(reads_of(table.run))
            self.shown.join(table, opening=self.start.is_untouched)
            self.proposing.extend()
        if is_last:
            self._stage.become(is_whole=True)
            self.start.end_opening()

    @cached_property
    def encircling(self) -> Encircling:
        """The line around spikes of the current unit; there is none at the start."""
        from bcviewer.app.viewing.encircling import Encircling

        return Encircling(self._stage, self.marking, self)

    @cached_property
    def suggesting(self) -> Suggesting:
        """Which labels judge thresholds, and what Bombcell suggests; nothing of it at the start."""
        from bcviewer.app.viewing.suggesting import Suggesting

        return Suggesting(self._stage, self)
