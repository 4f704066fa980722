"""Units and the report written to files, in the session's worker."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog

from bcviewer.app.opening.report_job import Reported, report_job
from bcviewer.app.threads.answers import remember_saved, start_file
from bcviewer.app.threads.worker import Control, Outcome
from bcviewer.core.arrays import Ints
from bcviewer.core.comparison.what_if import what_ifs
from bcviewer.core.rules.counts import count_of
from bcviewer.core.run.phy import PHY_STATES, PhyState
from bcviewer.core.sheet.derive import settled
from bcviewer.core.sheet.table import Table, units_called
from bcviewer.errors import UserError
from bcviewer.frame.command_group import CommandGroup, Pieces
from bcviewer.io.exchange.export import SUFFIXES, audit_frame, write_frame

_FORMATS = "CSV (*.csv);;TSV (*.tsv);;Parquet (*.parquet);;JSON (*.json)"


class ExportActions(CommandGroup):
    """Asks for a file, writes it, and says what was written."""

    def __init__(self, pieces: Pieces) -> None:
        super().__init__(pieces)
        self.session.done.connect(self._on_done)

    def do_export_selected(self) -> None:
        """Export the highlighted units."""
        if self.something_shown():
            self._ask_export(self.session.selected)

    def do_export_shown(self) -> None:
        """Export the units that pass the filter."""
        if self.something_shown():
            self._ask_export(self.session.view.rows)

    def _ask_export(self, rows: Ints) -> None:
        if self.verdicts_hidden():
            return
        sheet, table, book = self.session.scene.sheet, self.session.table, self.session.scene.book
        asked, rows = rows, rows if table is None else table.scored_among(rows)
        if sheet is None or book is None or not len(rows):
            self.session.notice.emit(f"No unit to export{_why_none(table, asked)}.")
            return
        name = start_file(f"{self.named_open()}_units.csv")
        path, chosen = QFileDialog.getSaveFileName(
            self.window, f"Export {count_of(len(rows), 'unit')}", name, _FORMATS
        )
        if path and not self.session.stage.is_left(sheet.run):
            if Path(path).suffix.lower() not in SUFFIXES:
                path += chosen[chosen.index("*") + 1 : -1] if "*" in chosen else ".csv"
            to = (self.session.scene.book or book).moved(book)  # phy may have made units meanwhile
            self.export(rows if to is None else to[rows], Path(path))

    def export(self, rows: Ints, path: Path) -> None:
        """Write some units to a file, in the worker."""
        book = self.session.scene.book
        if book is None or self.verdicts_hidden():  # by now, while a file was asked for
            return
        remember_saved(path)
        proposal, retested = self.session.scene.proposal, self.session.scene.retested
        sheets = [settled(sheet) for sheet in book.sheets]  # what is tried stands beside

        def work(control: Control) -> str:
            control.progress(0.1, f"Writing {path.name}")
            frame = audit_frame(sheets, rows, what_ifs=what_ifs(sheets, proposal, retested))
            control.progress(0.3, f"Writing {path.name}")
            write_frame(frame, path, control.check)
            return f"{count_of(len(rows), 'unit')} written to {path}"

        self.session.opening.run_job("export", work, path, path.name)

    def do_report(self) -> None:
        """Ask for a file and write the report of this probe, or of all that are open."""
        catalogue, run = self.session.catalogue, self.session.scene.run
        if catalogue is None or run is None or self.verdicts_hidden():
            return
        name = start_file(f"{self.named_open()}_report.html")
        path, _ = QFileDialog.getSaveFileName(self.window, "Write a report", name, "HTML (*.html)")
        if path and not self.session.stage.is_left(run):
            self.report(Path(path if Path(path).suffix else f"{path}.html"))

    def report(self, path: Path) -> None:
        """Write the report of what is open, in a process of its own."""
        catalogue = self.session.catalogue
        if catalogue is not None and not self.verdicts_hidden():
            remember_saved(path)
            self.session.opening.run_job("report", report_job(catalogue, path), path, path.name)

    def _on_done(self, outcome: Outcome) -> None:
        done = outcome.value
        if isinstance(done, Reported):
            self.session.notice.emit(done.words)
            self.pieces.banner.show_written(f"{done.words}.", str(done.path))
        elif outcome.tag == "export" and isinstance(done, str):
            self.session.notice.emit(done)

    def open_file(self, path: str) -> None:
        """Open a file with the program that the desktop has for it."""
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(path)):
            self.session.failed.emit(UserError(f"{path}: the desktop has no program to open it."))


def _why_none(table: Table | None, rows: Ints) -> str:
    """Return why none of some rows can be exported; empty: there are none."""
    if table is None or not len(rows):
        return ""
    states = table.values("phy_state")[rows] if table.kind("phy_state") else ()
    made = PHY_STATES[PhyState.LEFT_OUT] not in states
    return f": Bombcell's run has no row of {units_called(table, rows)}{', which phy made' * made}"
