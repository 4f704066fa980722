"""Labels to files and from files: the two dialogs, and who works for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from PySide6.QtWidgets import QFileDialog

from bcviewer.app.curating.label_jobs import (
    Planned,
    ProbeLabels,
    Read,
    Written,
    import_job,
    kept_source,
    plan_job,
    write_job,
)
from bcviewer.app.curating.speaker import source_name
from bcviewer.app.threads.answers import start_folder
from bcviewer.app.threads.worker import Outcome
from bcviewer.core.arrays import Ints
from bcviewer.core.curation.imported import ImportedLabels
from bcviewer.core.curation.manual import ManualUnit
from bcviewer.core.run.run import Run
from bcviewer.core.sheet.derive import Settled, settled
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.frame.command_group import CommandGroup, Pieces
from bcviewer.io.exchange.manual_frames import spoken_of
from bcviewer.io.exchange.plan import Plan
from bcviewer.widgets.curate.export_labels import Choice, ExportLabelsDialog
from bcviewer.widgets.curate.import_labels import ImportLabelsDialog

_TABLES = "Tables and curations (*.csv *.tsv *.txt *.json);;All files (*)"


class LabelFileActions(CommandGroup):
    """Owns the dialogs of an export and of an import, while they are open."""

    def __init__(self, pieces: Pieces) -> None:
        super().__init__(pieces)
        self.export_dialog: ExportLabelsDialog | None = None
        self._export_of: tuple[Run, ...] = ()
        self._import: ImportLabelsDialog | None = None
        self.session.done.connect(self._on_done)

    # -- export ------------------------------------------------------------------------------

    def do_export_labels(self) -> None:
        """Open the dialog that shows what an export would write, of all that is open."""
        sheets = self._sheets()
        if not sheets or self.verdicts_hidden() or self._parts(sheets, "all") is None:
            return
        every, said = dict[str, int](), dict[str, int]()
        for scope in ("all", "shown", "selected"):
            parts = self._parts(sheets, scope) or []
            every[scope] = sum(len(part.rows) for part in parts)
            said[scope] = sum(map(_n_spoken if scope == "all" else _n_spoken_among, parts))
        dialog = ExportLabelsDialog(self.window, self.named_open(), every, said)
        dialog.plan_wanted.connect(self._plan)
        dialog.write_chosen.connect(self._write)
        dialog.finished.connect(self._on_export_closed)
        self.export_dialog, self._export_of = dialog, tuple(sheet.run for sheet in sheets)
        dialog.open()
        dialog.ask()

    def _on_export_closed(self) -> None:
        if self.export_dialog is not None:
            self.export_dialog.deleteLater()
            self.export_dialog = None

    def _plan(self, choice: Choice) -> None:
        found = [self._sheet_of(run) for run in self._export_of]
        sheets = [sheet for sheet in found if sheet is not None]
        whole = len(sheets) == len(found) and not self.verdicts_hidden()
        parts = self._parts(sheets, choice.scope) if whole else None
        if not parts:  # it was left while the dialog was open
            if self.export_dialog is not None:
                self.export_dialog.close()
            return
        place = choice.path or sheets[0].run.provenance.ks_dir
        self.session.run_job("plan_labels", plan_job(parts, choice), place)

    def _parts(self, sheets: Sequence[Settled], scope: str) -> list[ProbeLabels] | None:
        """Return what curators said of some sheets' units, with the rows of a scope.

        None, and that is said, where it is not known of any of them.
        """
        parts = []
        for sheet in sheets:
            said = self.session.saying.said_of(sheet.run)
            if said is None:
                return None
            probe, rows = self.session.scene.probe_of(sheet.run), self._rows(sheet, scope)
            parts.append(ProbeLabels(probe, sheet, said.units, rows))
        return parts

    def _sheet_of(self, run: Run) -> Settled | None:
        """Return the sheet of a run that was open; say so where it is open no more."""
        stage = self.session.stage
        if stage.is_left(run):
            return None
        now = stage.now(run)
        return next((sheet for sheet in self._sheets() if sheet.run is now), None)

    def _current_sheet(self) -> Settled | None:
        """Return the sheet of the current unit, or the first one, without what is only tried."""
        sheet = self.session.scene.sheet
        return None if sheet is None else settled(sheet)

    def _sheets(self) -> tuple[Settled, ...]:
        book = self.session.scene.book
        # what is only tried is written nowhere, and compared with nothing
        return () if book is None else tuple(map(settled, book.sheets))

    def _said_of(self, sheet: Sheet) -> Mapping[int, ManualUnit] | None:
        """Return what curators said of a sheet's own units.

        None, and that is said, where it is not known, or must not be compared with anything.
        """
        if self.verdicts_hidden():
            return None
        said = self.session.saying.said_of(sheet.run)
        return None if said is None else said.units

    def _rows(self, sheet: Sheet, scope: str) -> Ints:
        """Return the rows of a scope that are in a sheet, as rows of it."""
        scene = self.session.scene
        rows = {"shown": scene.view.rows, "selected": scene.selected}.get(scope)
        which = None if scene.book is None else scene.book.sheet_with(sheet.run)
        if rows is None or scene.book is None or which is None:
            return np.arange(sheet.n_units)
        return scene.book.rows_in(which, rows)

    def _write(self, plan: Plan) -> None:
        paths = [file.path for file in plan.files]
        place, names = paths[0] if paths else "", ", ".join(path.name for path in paths)
        self.session.opening.run_job("write_labels", write_job(plan), place, names)

    # -- import ------------------------------------------------------------------------------

    def do_import_labels(self) -> None:
        """Ask for a file of labels."""
        sheet = self._current_sheet()
        if sheet is None or self._said_of(sheet) is None:
            return
        folder = start_folder(sheet.run.provenance.ks_dir)
        path, _ = QFileDialog.getOpenFileName(self.window, "Import labels", folder, _TABLES)
        if path and not self.session.stage.is_left(sheet.run):
            self.read_labels(Path(path), run=sheet.run)

    def read_labels(
        self, path: Path, column: str = "", ids: str = "", run: Run | None = None
    ) -> None:
        """Read a file of labels, and show what it would change of the units of a run.

        Of those of the current unit's, where none is given; and of those of the other probes,
        where the file says of which probe its labels are.
        """
        sheet = self._current_sheet() if run is None else self._sheet_of(run)
        if sheet is None or self.verdicts_hidden():
            return
        hearing_of = self.session.saying.hearings.of
        others = [
            one
            for one in self._sheets()
            if one.run is not sheet.run
            if (hearing := hearing_of(one.run)) is not None and hearing.curation.is_open
        ]
        parts = self._parts([sheet, *others], "all")
        if parts is not None:
            self.session.run_job("read_labels", import_job(parts, path, column, ids), path)

    def adopt(self, name: str) -> None:
        """Show what taking over the labels of a source would change."""
        sheet = self._current_sheet()
        source = next((s for s in sheet.sources if s.name == name), None) if sheet else None
        units = None if sheet is None or source is None else self._said_of(sheet)
        if sheet is not None and source is not None and units is not None:
            self.tell_one_probe("Labels are taken over")
            self._show_import(kept_source(sheet, units, source))

    def remove(self, name: str) -> None:
        """Take a source of labels away, of the current unit's recording."""
        self.session.labelling.remove_source(name, self.session.scene.run)

    def _show_import(self, read: Read) -> None:
        if self.verdicts_hidden():  # by now
            return
        if self._import is not None:  # the same file, read in another way
            self._import.show_read(read)
            return
        dialog = ImportLabelsDialog(self.window, read)
        path = Path(read.imported.source)
        run = read.run
        dialog.apply_chosen.connect(self.session.labelling.take_over)
        dialog.keep_chosen.connect(self._keep)
        dialog.again_chosen.connect(lambda column, ids: self.read_labels(path, column, ids, run))
        dialog.finished.connect(self._on_import_closed)
        self._import = dialog
        dialog.open()

    def _on_import_closed(self) -> None:
        if self._import is not None:
            self._import.deleteLater()
            self._import = None

    def _keep(self, parts: Sequence[tuple[Run, ImportedLabels]], name: str) -> None:
        """Keep labels of others as a source, and show its column beside the manual label."""
        if not self.session.labelling.add_source(parts, name):
            return
        sheet, view = self._sheet_of(parts[0][0]), self.pieces.unit_table
        shown = view.chosen_columns()
        # not always the last one: it may have been there already, just so
        named = (s for s in sheet.sources if s.name == source_name(name)) if sheet else ()
        source = next(iter(named), None)
        if source is not None and source.key not in shown:
            key = source.key
            at = shown.index("manual_label") + 1 if "manual_label" in shown else len(shown)
            view.set_shown_columns([*shown[:at], key, *shown[at:]])

    def _on_done(self, outcome: Outcome) -> None:
        value = outcome.value
        if isinstance(value, Planned) and self.export_dialog is not None:
            self.export_dialog.show_plan(value.choice, value.plan, value.problem)
        elif isinstance(value, Written):
            self.session.notice.emit(value.words)
        elif isinstance(value, Read):
            if not self.session.stage.is_left(value.run):
                self._show_import(value)
        elif outcome.tag == "read_labels" and self._import is not None:
            self._import.show_problem(str(outcome.error))


def _n_spoken(part: ProbeLabels) -> int:
    """Return of how many units anything was said, also of those no more in the results."""
    return len(spoken_of(part.manual))


def _n_spoken_among(part: ProbeLabels) -> int:
    """Return of how many of the rows of a part anything was said."""
    ids = set(part.table.ids.ids_of(part.rows).tolist())
    return len(spoken_of(part.manual).keys() & ids)
