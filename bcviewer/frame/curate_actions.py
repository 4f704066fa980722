"""What the commands of curation do beyond one call of the session: texts, questions, dialogs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QMessageBox

from bcviewer.app.commands import COMMANDS
from bcviewer.app.curating.curation import source_name
from bcviewer.app.curating.label_jobs import (
    Planned,
    Read,
    Written,
    import_job,
    kept_source,
    plan_job,
    write_job,
)
from bcviewer.app.scene import Scene
from bcviewer.app.threads.answers import start_folder
from bcviewer.app.threads.worker import Outcome
from bcviewer.app.view import Ints
from bcviewer.app.viewing.marking import NOTHING_SHOWN
from bcviewer.core.curation.entries import Action
from bcviewer.core.curation.history import brief
from bcviewer.core.curation.imported import ImportedLabels
from bcviewer.core.curation.said_columns import NO_LABEL
from bcviewer.core.rules.labels import LABEL_NAMES, Label
from bcviewer.frame.host import Host
from bcviewer.io.exchange.plan import Plan
from bcviewer.widgets.chrome.dialogs import native_keys
from bcviewer.widgets.chrome.typing_guard import TypingGuard
from bcviewer.widgets.curate.export_labels import Choice, ExportLabelsDialog
from bcviewer.widgets.curate.import_labels import ImportLabelsDialog
from bcviewer.widgets.drawing.theme import label_icon

ASK_ABOVE = 50
"""Accepting labels for more units than this asks first; so does replacing any that differ."""

LABEL_KEYS: tuple[tuple[str, Label], ...] = (
    ("label_good", Label.GOOD),
    ("label_mua", Label.MUA),
    ("label_noise", Label.NOISE),
    ("label_nonsoma", Label.NON_SOMA),
    ("label_nonsoma_mua", Label.NON_SOMA_MUA),
)
BAR_KEYS: tuple[str, ...] = (*(key for key, _ in LABEL_KEYS), "label_clear", "note")
"""The commands with a button in the curator's bar."""

_TABLES = "Tables and curations (*.csv *.tsv *.txt *.json);;All files (*)"
_COMMANDS = {command.key: command for command in COMMANDS}


class CurateActions(QObject):
    """Labels, notes, undo, exports and imports, as far as they talk to the person."""

    def __init__(self, window: Host, by_key: Mapping[str, QAction]) -> None:
        super().__init__(window)
        self.window = window
        self.session = window.session
        self.by_key = by_key
        self._export: ExportLabelsDialog | None = None
        self._import: ImportLabelsDialog | None = None
        keys = [key for c in COMMANDS if c.menu == "Curate" for key in c.shortcuts]
        self._guard = TypingGuard(keys, self)
        for key, label in LABEL_KEYS:
            by_key[key].setIcon(label_icon(label))
        by_key["advance"].setChecked(window.prefs.advance())
        self.session.done.connect(self._on_done)

    # -- what can be done --------------------------------------------------------------------

    def nonsoma(self) -> Label:
        """Return what Alt+S means for the open run."""
        table = self.session.table
        return Label.NON_SOMA_GOOD if table is not None and table.is_split else Label.NON_SOMA

    def show_said(self, scene: Scene) -> None:
        """Grey out what cannot be done now, and name what undo and redo would do."""
        there = scene.table is not None
        split = self.nonsoma() == Label.NON_SOMA_GOOD
        self.by_key["label_nonsoma"].setText(f"Label {LABEL_NAMES[self.nonsoma()]}")
        self.by_key["label_nonsoma"].setIcon(label_icon(self.nonsoma()))
        self.by_key["label_nonsoma_mua"].setVisible(split)
        self.by_key["label_nonsoma_mua"].setEnabled(there and split)
        state, person = scene.said, scene.person
        self._name("undo", state.undoable(person) if there else None)
        self._name("redo", state.redoable(person) if there else None)

    def _name(self, key: str, action: Action | None) -> None:
        command, shown = _COMMANDS[key], self.by_key[key]
        text = command.title if action is None else f"{command.title}: {brief(action)}"
        shown.setEnabled(action is not None)
        shown.setText(text.replace("&", "&&"))
        tip = text if action is not None else f"Nothing to {command.title.lower()}"
        shown.setToolTip(f"{tip} ({native_keys(command.shortcuts)})")

    def set_person(self, name: str) -> None:
        """Remember who curates from now on."""
        self.window.prefs.set_person(name)
        self.session.said.set_person(self.window.prefs.person())

    # -- notes and labels --------------------------------------------------------------------

    def write_note(self) -> None:
        """Open the line for a note of the selected units."""
        table, rows = self.session.table, self.session.labelling.rows_to_label()
        if table is None or not len(rows):
            return
        notes = {table.manual.said_of(row).note for row in rows.tolist()}
        self.window.curate_bar.ask_note(rows, notes.pop() if len(notes) == 1 else "")

    def save_note(self, text: str, rows: Ints) -> None:
        """Save what was written in that line."""
        self.window.curate_bar.note_saved(self.session.set_note(text, rows))

    def accept(self) -> None:
        """Accept Bombcell's label for the shown units, after a question where it is much."""
        table, rows = self.session.table, self.session.view.rows
        if table is None or not len(rows):
            self.session.notice.emit(NOTHING_SHOWN)
            return
        rows = rows[table.ids.has_id[rows]]
        manual = table.manual.labels[rows]
        replaced = int(((manual != NO_LABEL) & (manual != table.bombcell_labels[rows])).sum())
        if (len(rows) > ASK_ABOVE or replaced) and not self._sure(len(rows), replaced):
            return
        self.session.accept_bombcell()

    def _sure(self, n: int, replaced: int) -> bool:
        box = QMessageBox(self.window)
        box.setObjectName("acceptDialog")
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle("Accept Bombcell's labels")
        box.setText(f"Give all {n:,} units shown Bombcell's label as their manual label?")
        also = f"{replaced:,} manual labels that differ are replaced. " if replaced else ""
        box.setInformativeText(f"{also}One undo takes all of it back.")
        accept = box.addButton(f"Accept {n:,} labels", QMessageBox.ButtonRole.AcceptRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(accept)
        box.exec()
        sure = box.clickedButton() is accept
        box.deleteLater()
        return sure

    # -- export ------------------------------------------------------------------------------

    def export_labels(self) -> None:
        """Open the dialog that shows what an export would write."""
        table = self.session.table
        if table is None:
            return
        counts = {
            "all": table.n_units,
            "shown": self.session.view.n_shown,
            "selected": len(self.session.selected),
        }
        dialog = ExportLabelsDialog(self.window, table.run.provenance, counts)
        dialog.plan_wanted.connect(self._plan)
        dialog.write_chosen.connect(self._write)
        dialog.finished.connect(self._on_export_closed)
        self._export = dialog
        dialog.open()
        dialog.ask()

    def _on_export_closed(self) -> None:
        if self._export is not None:
            self._export.deleteLater()
            self._export = None

    def _plan(self, choice: Choice) -> None:
        table = self.session.table
        if table is None:
            return
        rows = {"shown": self.session.view.rows, "selected": self.session.selected}
        which = rows.get(choice.scope, np.arange(table.n_units))
        units = self.session.curation.state.units
        place = choice.path or table.run.provenance.ks_dir
        self.session.run_job("plan_labels", plan_job(table, units, which, choice), place)

    def _write(self, plan: Plan) -> None:
        place = plan.files[0].path if plan.files else ""
        self.session.run_job("write_labels", write_job(plan), place)

    # -- import ------------------------------------------------------------------------------

    def import_labels(self) -> None:
        """Ask for a file of labels."""
        table = self.session.table
        if table is None:
            return
        folder = start_folder(table.run.provenance.ks_dir)
        path, _ = QFileDialog.getOpenFileName(self.window, "Import labels", folder, _TABLES)
        if path:
            self.read_labels(Path(path))

    def read_labels(self, path: Path, column: str = "", ids: str = "") -> None:
        """Read a file of labels, and show what it would change."""
        table = self.session.table
        if table is not None:
            units = self.session.curation.state.units
            job = import_job(table, units, path, column, ids)
            self.session.run_job("read_labels", job, path)

    def adopt(self, name: str) -> None:
        """Show what taking over the labels of a source would change."""
        table = self.session.table
        source = next((s for s in table.sources if s.name == name), None) if table else None
        if table is not None and source is not None:
            units = self.session.curation.state.units
            self._show_import(kept_source(table, units, source))

    def _show_import(self, read: Read) -> None:
        if self._import is not None:  # the same file, read in another way
            self._import.show_read(read)
            return
        dialog = ImportLabelsDialog(self.window, read)
        path = Path(read.imported.source)
        dialog.apply_chosen.connect(self.session.labelling.take_over)
        dialog.keep_chosen.connect(self._keep)
        dialog.again_chosen.connect(lambda column, ids: self.read_labels(path, column, ids))
        dialog.finished.connect(self._on_import_closed)
        self._import = dialog
        dialog.open()

    def _on_import_closed(self) -> None:
        if self._import is not None:
            self._import.deleteLater()
            self._import = None

    def _keep(self, imported: ImportedLabels, name: str) -> None:
        """Keep labels of others as a source, and show its column beside the manual label."""
        if not self.session.labelling.add_source(imported, name):
            return
        table, view = self.session.table, self.window.unit_table
        shown = view.shown_columns()
        # not always the last one: it may have been there already, just so
        named = (s for s in table.sources if s.name == source_name(name)) if table else ()
        source = next(iter(named), None)
        if source is not None and source.key not in shown:
            key = source.key
            at = shown.index("manual_label") + 1 if "manual_label" in shown else len(shown)
            view.set_shown_columns([*shown[:at], key, *shown[at:]])

    def _on_done(self, outcome: Outcome) -> None:
        value = outcome.value
        if isinstance(value, Planned) and self._export is not None:
            self._export.show_plan(value.choice, value.plan, value.problem)
        elif isinstance(value, Written):
            self.session.notice.emit(value.words)
        elif isinstance(value, Read):
            self._show_import(value)
        elif outcome.tag == "read_labels" and self._import is not None:
            self._import.show_problem(str(outcome.error))
