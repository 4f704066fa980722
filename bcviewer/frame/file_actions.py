"""The File menu but for its exports: opening, phy, preferences."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtWidgets import QDialog, QFileDialog

from bcviewer.app.background.phy_watch import PhyWatch
from bcviewer.app.prefs import LARGEST_FONT, SMALLEST_FONT
from bcviewer.app.threads.answers import start_folder
from bcviewer.app.threads.worker import Outcome
from bcviewer.core.rules.barcode import BARCODE, TABLE_COLUMNS
from bcviewer.core.rules.column_choices import DEFAULT_COLUMNS
from bcviewer.core.run.phy_link import PhyLink
from bcviewer.errors import UserError
from bcviewer.frame.command_group import CommandGroup, Pieces
from bcviewer.frame.looks import apply_looks
from bcviewer.io.exchange.phy_start import FoundPhy, Started, bring_linked, start_phy
from bcviewer.io.resources import resource_path
from bcviewer.widgets.chrome.dialogs import ColumnsDialog
from bcviewer.widgets.chrome.preferences import Preferences, PreferencesDialog

_PHY = "phy"


class FileActions(CommandGroup):
    """Opens recordings, and owns the watch over the phy that was started."""

    def __init__(self, pieces: Pieces) -> None:
        super().__init__(pieces)
        self._phy_watch = PhyWatch(self)
        self._phy_watch.failed.connect(self._on_phy_failed)
        self._phy_words = self._phy_error = ""
        self.session.done.connect(self._on_done)

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
        here, run = self.session.scene.location, self.session.scene.run
        if here is None or run is None:
            return
        start = start_folder(here.ks_dir)
        path = QFileDialog.getExistingDirectory(
            self.window, f"Kilosort directory of {here.results_dir.name}", start
        )
        if path and not self.session.stage.is_left(run):
            self.session.opening.point_at_sort(path)

    def do_raw_file(self) -> None:
        """Ask for the raw file of the current unit's sort; it is remembered."""
        run = self.session.scene.run
        if run is None:
            return
        ks_dir = run.provenance.ks_dir
        known = self.session.scene.raw_files.get(ks_dir, "")
        path, _ = QFileDialog.getOpenFileName(
            self.window,
            f"Raw file of {run.provenance.name}",
            start_folder(Path(known).parent if known else "", ks_dir),
            "Raw file (*.bin *.dat *.raw);;All files (*)",
        )
        if path and not self.session.stage.is_left(run):
            self.session.background.point_at_raw(ks_dir, path)

    def do_demo(self) -> None:
        """Open the recording that ships with the program."""
        self.session.open(resource_path("demo", "recording_config.json"))

    def do_reload(self) -> None:
        """Read the files again."""
        self.session.reload()

    def _start(self) -> str:
        """Return where to look for recordings: beside the last one, if its drive answers."""
        last = self.prefs.recent()[:1]
        return start_folder(*(str(Path(path).parent) for path in last))

    def do_open_in_phy(self) -> None:
        """Start phy on this directory, or bring the one that is open on it forward."""
        sheet = self.session.scene.sheet
        if sheet is None or not self.something_shown():
            return
        folder = Path(sheet.run.provenance.ks_dir)
        linked = self.session.background.phy_link.show_in_phy()
        if linked is not None:  # wherever processes cannot be seen, a second one would be started
            self.session.run_job(_PHY, lambda _: bring_linked(folder, linked), folder)
            return
        command = self.prefs.phy_command()
        self.session.run_job(_PHY, lambda _: start_phy(command, folder), folder)

    def _end_phy_error(self) -> None:
        """Take away that phy could not be started: it was, or is there."""
        banner, error = self.pieces.banner, self._phy_error
        if error and banner.is_error and banner.text.startswith(error):
            banner.clear()
        self._phy_error = ""

    def _on_done(self, outcome: Outcome) -> None:
        if outcome.tag == _PHY and isinstance(outcome.error, UserError):
            self._phy_error = outcome.error.message
        elif outcome.tag == _PHY:
            self._end_phy_error()
        if isinstance(outcome.value, Started):
            self._on_phy(outcome.value)
        elif isinstance(outcome.value, FoundPhy):
            stays = "" if outcome.value.linked else _stays(self.session.scene.phy_link)
            self.session.notice.emit(f"{outcome.value.words}{stays}")

    def _on_phy(self, started: Started) -> None:
        text = f"phy was started on {started.folder.name}; it may take a while."
        self._phy_words = f"{text} {started.warning}".rstrip()
        self.session.notice.emit(self._phy_words)
        self._phy_watch.watch(started)

    def _on_phy_failed(self, error: UserError) -> None:
        """Tell that it ended at once; that it may take a while is no longer true."""
        self.pieces.status.unsay(self._phy_words)
        self._phy_error = error.message
        self.session.failed.emit(error)

    def close(self) -> None:
        """Watch nothing more: the window closes, and phy goes on."""
        self._phy_watch.stop()

    def do_preferences(self) -> None:
        """Ask for preferences; they are kept and applied at once, where cancelled not at all."""
        prefs = self.prefs
        now = Preferences(
            prefs.theme(),
            prefs.font_size(),
            tuple(prefs.columns()),
            prefs.person(),
            prefs.phy_command(),
        )
        sizes = SMALLEST_FONT, LARGEST_FONT
        dialog = PreferencesDialog(self.window, now, sizes, self._choose_columns)
        if dialog.exec() == QDialog.DialogCode.Accepted:
            self._prefer(now, dialog.chosen())
        dialog.deleteLater()

    def _choose_columns(self, columns: Sequence[str]) -> Sequence[str]:
        """Let the person choose columns of the table, or of what a table can have."""
        view, table = self.pieces.unit_table, self.session.table
        known = (BARCODE.key, *table.names()) if table is not None else tuple(TABLE_COLUMNS)
        shown = [key for key in columns or DEFAULT_COLUMNS if key in known]
        named = view.unit_model.column if table is not None else TABLE_COLUMNS.__getitem__
        dialog = ColumnsDialog(self.window, shown, known, named)
        said = dialog.exec() == QDialog.DialogCode.Accepted and dialog.columns()
        dialog.deleteLater()
        return said or columns

    def _prefer(self, before: Preferences, now: Preferences) -> None:
        """Keep what is preferred, and apply it."""
        prefs = self.prefs
        prefs.set_phy_command(now.phy)
        if now.person != before.person:
            self.set_person(now.person)
        if (now.theme, now.font_size) != (before.theme, before.font_size):
            prefs.set_looks(now.theme, now.font_size)
            apply_looks(now.theme, now.font_size)
        if now.columns != before.columns:
            self.pieces.unit_table.set_shown_columns(now.columns or DEFAULT_COLUMNS)
            prefs.set_columns(list(now.columns))  # what the table told is how it is shown now

    def set_person(self, name: str) -> None:
        """Remember who curates from now on."""
        self.prefs.set_person(name)
        self.session.saying.set_person(self.prefs.person())

    def do_quit(self) -> None:
        """Close the window."""
        self.window.close()


def _stays(link: PhyLink) -> str:
    """Say that a phy that is in front now does not go to the current unit, and why."""
    if link.state == "connected":
        return ""
    why = f"no link: {link.why}" if link.why else "it is not linked yet"
    return f" It stays at the unit that it shows ({why})."
