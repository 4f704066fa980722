"""What each command does: glue between the window's widgets and the session."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QAction, QDesktopServices, QGuiApplication, QKeySequence
from PySide6.QtWidgets import QDialog, QFileDialog

from bcviewer.app.background.phy_watch import PhyWatch
from bcviewer.app.commands import COMMANDS, Command
from bcviewer.app.opening.report_job import report_job
from bcviewer.app.prefs import log_file
from bcviewer.app.threads.answers import remember_saved, start_file, start_folder
from bcviewer.app.threads.worker import Control, Outcome
from bcviewer.app.view import Ints
from bcviewer.app.viewing.marking import NOTHING_SHOWN
from bcviewer.core.rules.labels import CLASSES, Label
from bcviewer.errors import UserError
from bcviewer.frame.about import about_html
from bcviewer.frame.curate_actions import CurateActions
from bcviewer.frame.host import Host
from bcviewer.io.exchange.export import SUFFIXES, audit_frame, harmless, write_frame
from bcviewer.io.exchange.phy_start import Started, start_phy
from bcviewer.io.resources import resource_path
from bcviewer.widgets.chrome.dialogs import (
    ColumnsDialog,
    PreferencesDialog,
    TextDialog,
    filter_html,
    keys_html,
    native_keys,
)
from bcviewer.widgets.drawing.theme import icon

_FORMATS = "CSV (*.csv);;TSV (*.tsv);;Parquet (*.parquet);;JSON (*.json)"
_MAX_COPY = 200_000


class Actions(QObject):
    """The window's actions, made from the command table; ``do_<key>`` does command ``key``."""

    def __init__(self, window: Host) -> None:
        super().__init__(window)
        self.window = window
        self.session = window.session
        self.by_key: dict[str, QAction] = {}
        for command in COMMANDS:
            self.by_key[command.key] = self._action(command)
        self.curate = CurateActions(window, self.by_key)
        self._phy_watch = PhyWatch(self)
        self._phy_watch.failed.connect(self._on_phy_failed)
        self._phy_words = ""
        self.session.done.connect(self._on_done)

    def _action(self, command: Command) -> QAction:
        action = QAction(command.title, self.window)
        action.setObjectName(f"action.{command.key}")
        action.setShortcuts([QKeySequence(key) for key in command.shortcuts])
        keys = native_keys(command.shortcuts)
        action.setToolTip(f"{command.help} ({keys})" if keys else command.help)
        action.setStatusTip(command.help)
        action.setCheckable(command.checkable)
        if command.icon:
            action.setIcon(icon(command.icon))
        action.triggered.connect(self._doer(command))
        self.window.addAction(action)
        return action

    def _doer(self, command: Command) -> Callable[[], None]:
        if command.key.startswith("class_"):
            label = CLASSES[int(command.key[-1]) - 1]
            return lambda: self.session.toggle_class(label)
        if command.key.startswith("chip_"):
            return lambda: self.session.toggle_chip(command.key.removeprefix("chip_"))
        if command.key.startswith("probe_"):
            return lambda: self.window.open_probe(command.title[-1])
        method: Callable[[], None] = getattr(self, f"do_{command.key}")
        return lambda: method()

    def enable(self, has_run: bool) -> None:
        """Grey out what needs an open run."""
        for command in COMMANDS:
            if not command.key.startswith("probe_"):
                self.by_key[command.key].setEnabled(has_run or not command.needs_run)

    # -- File --------------------------------------------------------------------------------

    def do_open(self) -> None:
        """Ask for a folder."""
        path = QFileDialog.getExistingDirectory(
            self.window,
            "Open a Kilosort directory, folder of probes or any folder above",
            self._start(),
        )
        if path:
            self.session.open(path)

    def do_open_config(self) -> None:
        """Ask for a config file."""
        path, _ = QFileDialog.getOpenFileName(
            self.window, "Open a recording's config file", self._start(), "Config (*.json)"
        )
        if path:
            self.session.open(path)

    def do_kilosort_folder(self) -> None:
        """Ask for the Kilosort directory of the open results."""
        catalogue = self.session.catalogue
        if catalogue is None:
            return
        start = str(catalogue.location.ks_dir)
        path = QFileDialog.getExistingDirectory(
            self.window, f"Kilosort directory of {catalogue.location.results_dir.name}", start
        )
        if path:
            self.session.opening.point_at_sort(path)

    def do_demo(self) -> None:
        """Open the recording that ships with the program."""
        self.session.open(resource_path("demo", "recording_config.json"))

    def do_reload(self) -> None:
        """Read the files again."""
        self.session.reload()

    def do_export_selected(self) -> None:
        """Export the highlighted units."""
        if self._something_shown():
            self._ask_export(self.session.selected)

    def do_export_shown(self) -> None:
        """Export the units that pass the filter."""
        if self._something_shown():
            self._ask_export(self.session.view.rows)

    def _something_shown(self) -> bool:
        """Return whether any unit is highlighted; where none is, say so: nothing is done then."""
        if self.session.table is not None and not len(self.session.selected):
            self.session.notice.emit(NOTHING_SHOWN)
        return len(self.session.selected) > 0

    def _ask_export(self, rows: Ints) -> None:
        table = self.session.table
        rows = rows if table is None else rows[rows < table.n_scored]
        if table is None or not len(rows):
            self.session.notice.emit("No unit to export.")
            return
        name = start_file(f"{table.run.provenance.name}_units.csv")
        path, chosen = QFileDialog.getSaveFileName(
            self.window, f"Export {len(rows):,} units", name, _FORMATS
        )
        if path:
            if Path(path).suffix.lower() not in SUFFIXES:
                path += chosen[chosen.index("*") + 1 : -1] if "*" in chosen else ".csv"
            self.export(rows, Path(path))

    def _start(self) -> str:
        """Return where to look for recordings: beside the last one, if its drive answers."""
        last = self.window.prefs.recent()[:1]
        return start_folder(*(str(Path(path).parent) for path in last))

    def export(self, rows: Ints, path: Path) -> None:
        """Write some units to a file, in the worker."""
        table = self.session.table
        if table is None:
            return
        remember_saved(path)

        def work(control: Control) -> str:
            control.progress(0.1, f"Writing {path.name}")
            frame = audit_frame([table], rows)
            control.progress(0.3, f"Writing {path.name}")
            write_frame(frame, path, control.check)
            return f"{len(rows):,} units written to {path}"

        self.session.run_job("export", work, path)

    def do_report(self) -> None:
        """Ask for a file and write the report of this probe."""
        catalogue = self.session.catalogue
        if catalogue is None:
            return
        name = start_file(f"{catalogue.location.name}_report.html")
        path, _ = QFileDialog.getSaveFileName(self.window, "Write a report", name, "HTML (*.html)")
        if path:
            self.report(Path(path if Path(path).suffix else f"{path}.html"))

    def report(self, path: Path) -> None:
        """Write the report of the open probe, in a process of its own."""
        catalogue = self.session.catalogue
        if catalogue is not None:
            remember_saved(path)
            self.session.run_job("report", report_job(catalogue, path), path)

    def _on_done(self, outcome: Outcome) -> None:
        if outcome.tag in ("export", "report") and isinstance(outcome.value, str):
            self.session.notice.emit(outcome.value)
        elif isinstance(outcome.value, Started):
            self._on_phy(outcome.value)

    def do_open_in_phy(self) -> None:
        """Start phy on this directory."""
        table = self.session.table
        if table is None or not self._something_shown():
            return
        command = self.window.prefs.phy_command()
        folder = Path(table.run.provenance.ks_dir)
        self.session.run_job("phy", lambda _: start_phy(command, folder), folder)

    def _on_phy(self, started: Started) -> None:
        text = f"phy was started on {started.folder.name}; it may take a while."
        self._phy_words = f"{text} {started.warning}".rstrip()
        self.session.notice.emit(self._phy_words)
        self._phy_watch.watch(started)

    def _on_phy_failed(self, error: UserError) -> None:
        """Tell that it ended at once; that it may take a while is no longer true."""
        self.window.status.unsay(self._phy_words)
        self.session.failed.emit(error)

    def close(self) -> None:
        """Watch nothing more: the window closes, and phy goes on."""
        self._phy_watch.stop()

    def do_preferences(self) -> None:
        """Ask for preferences."""
        prefs = self.window.prefs
        dialog = PreferencesDialog(self.window, prefs.person(), prefs.phy_command())
        if dialog.exec() == QDialog.DialogCode.Accepted:
            prefs.set_phy_command(dialog.phy.text().strip())
            self.curate.set_person(dialog.person.text())
        dialog.deleteLater()

    def do_quit(self) -> None:
        """Close the window."""
        self.window.close()

    # -- Units -------------------------------------------------------------------------------

    def do_next_unit(self) -> None:
        """Step down."""
        self.session.step(1)

    def do_previous_unit(self) -> None:
        """Step up."""
        self.session.step(-1)

    def do_first_unit(self) -> None:
        """Go to the top."""
        self.session.go_to_place(0)

    def do_last_unit(self) -> None:
        """Go to the bottom."""
        self.session.go_to_place(-1)

    def do_next_borderline(self) -> None:
        """Go to the next borderline unit."""
        self.session.viewing.marking.next_borderline()

    def do_go_to(self) -> None:
        """Open the box for an id."""
        self.window.filter_bar.ask_go_to()

    def do_select_shown(self) -> None:
        """Select all shown units."""
        self.window.unit_table.selectAll()

    def do_copy_rows(self) -> None:
        """Copy the selected rows as tab-separated text."""
        table, rows = self.session.table, self.session.selected
        if table is None or not self._something_shown():
            return
        keys = self.window.unit_table.shown_columns()
        lines = ["\t".join(table.column(key).title for key in keys)]
        for row in rows[:_MAX_COPY].tolist():
            cells = (_pasted(table.text(key, row), table.column(key).kind) for key in keys)
            lines.append("\t".join(cells))
        QGuiApplication.clipboard().setText("\n".join(lines))
        self.session.notice.emit(f"{min(len(rows), _MAX_COPY):,} rows copied.")

    def do_copy_ids(self) -> None:
        """Copy the selected cluster ids, separated by blanks, as phy takes them."""
        table, rows = self.session.table, self.session.selected
        if table is None or not self._something_shown():
            return
        ids = table.ids.ids_of(rows).tolist()
        if ids:
            QGuiApplication.clipboard().setText(" ".join(str(i) for i in ids))
        nameless = len(rows) - len(ids)
        also = f" {nameless:,} rows have none." if nameless else ""
        self.session.notice.emit(f"{len(ids):,} cluster ids copied.{also}")

    # -- Curate ------------------------------------------------------------------------------

    def do_label_good(self) -> None:
        """Label GOOD."""
        self.session.set_label(Label.GOOD)

    def do_label_mua(self) -> None:
        """Label MUA."""
        self.session.set_label(Label.MUA)

    def do_label_noise(self) -> None:
        """Label NOISE."""
        self.session.set_label(Label.NOISE)

    def do_label_nonsoma(self) -> None:
        """Label NON-SOMA, or NON-SOMA GOOD where the run splits these."""
        self.session.set_label(self.curate.nonsoma())

    def do_label_nonsoma_mua(self) -> None:
        """Label NON-SOMA MUA."""
        self.session.set_label(Label.NON_SOMA_MUA)

    def do_label_clear(self) -> None:
        """Clear the label."""
        self.session.set_label(None)

    def do_note(self) -> None:
        """Write a note."""
        self.curate.write_note()

    def do_accept(self) -> None:
        """Accept Bombcell's labels."""
        self.curate.accept()

    def do_undo(self) -> None:
        """Undo."""
        self.session.undo()

    def do_redo(self) -> None:
        """Redo."""
        self.session.redo()

    def do_next_unreviewed(self) -> None:
        """Go to the next unit without a manual label."""
        self.session.viewing.rows.next_unreviewed(1)

    def do_previous_unreviewed(self) -> None:
        """Go to the previous unit without a manual label."""
        self.session.viewing.rows.next_unreviewed(-1)

    def do_next_disagreement(self) -> None:
        """Go to the next unit whose sources disagree."""
        self.session.viewing.rows.next_disagreement()

    def do_advance(self) -> None:
        """Remember whether a label goes on to the next unit."""
        self.window.prefs.set_advance(self.by_key["advance"].isChecked())

    def do_export_labels(self) -> None:
        """Export labels."""
        self.curate.export_labels()

    def do_import_labels(self) -> None:
        """Import labels."""
        self.curate.import_labels()

    # -- Filter ------------------------------------------------------------------------------

    def do_filter(self) -> None:
        """Put the cursor into the filter box."""
        edit = self.window.filter_bar.edit
        edit.setFocus()
        edit.selectAll()

    def do_clear_filter(self) -> None:
        """Show all units and give the table the focus."""
        self.session.clear_filter()
        self.window.filter_bar.show_filter(self.session.filter)  # also what is not applied yet
        self.window.unit_table.setFocus()

    # -- View and Help -----------------------------------------------------------------------

    def do_layout_unit(self) -> None:
        """Show the Unit layout."""
        self.window.show_layout("unit")

    def do_layout_overview(self) -> None:
        """Show the Overview layout."""
        self.window.show_layout("overview")

    def do_layout_metrics(self) -> None:
        """Show the Metrics layout."""
        self.window.show_layout("metrics")

    def do_layout_evidence(self) -> None:
        """Show the Evidence layout."""
        self.window.show_layout("evidence")

    def do_layout_curate(self) -> None:
        """Show the Curate layout."""
        self.window.show_layout("curate")

    def do_reset_layout(self) -> None:
        """Put the docks back."""
        self.window.reset_layout()

    def do_columns(self) -> None:
        """Choose columns."""
        table = self.session.table
        if table is None:
            return
        view = self.window.unit_table
        dialog = ColumnsDialog(self.window, view.shown_columns(), table.names(), table.column)
        if dialog.exec() == QDialog.DialogCode.Accepted and dialog.columns():
            view.set_shown_columns(dialog.columns())
        dialog.deleteLater()

    def do_sort_attention(self) -> None:
        """Sort by attention."""
        self.session.set_sort("attention")

    def do_sort_depth(self) -> None:
        """Sort by depth."""
        sort = self.session.sort
        self.session.set_sort("depth_um", sort.column == "depth_um" and not sort.descending)

    def do_refresh_order(self) -> None:
        """Put the rows in order by what arrived since."""
        self.session.refresh_order()

    def do_keys(self) -> None:
        """Show the keys."""
        self._show_text("keysDialog", "Keys", keys_html())

    def do_filter_help(self) -> None:
        """Show the filter language."""
        self._show_text("filterHelpDialog", "The filter language", filter_html())

    def do_log(self) -> None:
        """Open the folder of the log file."""
        folder = log_file().parent
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))):
            self.session.notice.emit(f"The log file is {log_file()}")

    def do_about(self) -> None:
        """Show versions and licence."""
        self._show_text("aboutDialog", "About bcviewer", about_html())

    def _show_text(self, name: str, title: str, html: str) -> None:
        TextDialog(self.window, name, title, html).show()


def _pasted(text: str, kind: str) -> str:
    """Return a cell as a spreadsheet may be given it: on one line, and never a formula."""
    line = text.replace("\t", " ").replace("\n", " ").replace("\r", " ")
    return harmless(line) if kind == "text" else line
