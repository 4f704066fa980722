"""Cell types on demand: bombcell's, of the open run, by the rule of a brain region."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from bcviewer.app.background.cells_job import cells_job
from bcviewer.app.threads.worker import Outcome
from bcviewer.core.run.cells import CellTypes
from bcviewer.frame.command_group import CommandGroup, Pieces

_BESIDE = "reason"


class CellActions(CommandGroup):
    """Asks for cell types, and shows their columns once they are there."""

    def __init__(self, pieces: Pieces) -> None:
        super().__init__(pieces)
        self.session.done.connect(self._on_done)

    def do_cell_types(self, region: str) -> None:
        """Ask bombcell for the cell types of the run of the current unit, else of the first."""
        sheet = self.session.scene.sheet
        if sheet is not None:
            self.tell_one_probe("Cell types are computed")
            work = cells_job(sheet, region, self.session.background.bombcell)
            self.session.run_job("cell_types", work, sheet.run.provenance.ks_dir)

    def _on_done(self, outcome: Outcome) -> None:
        cells = outcome.value
        if not isinstance(cells, CellTypes):
            return
        if self.session.background.show_cells(cells):
            self._show_columns(cells.first)
            self.session.notice.emit(cells.words)

    def _show_columns(self, keys: Sequence[str]) -> None:
        """Show the type beside the reason, where it is in sight, and last what it follows from."""
        view = self.pieces.unit_table
        shown = view.chosen_columns()
        kind, *properties = [[key] if key not in shown else [] for key in keys]
        at = shown.index(_BESIDE) + 1 if _BESIDE in shown else len(shown)
        view.set_shown_columns([*shown[:at], *kind, *shown[at:], *chain(*properties)])
