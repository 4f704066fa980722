"""The run compared with another one: chosen, swapped, written, ended."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QDialog, QFileDialog

from bcviewer.app.threads.answers import remember_saved, start_file, start_folder
from bcviewer.app.threads.worker import Control, Outcome
from bcviewer.app.wishes import BetweenRuns
from bcviewer.core.comparison.two_runs import TwoRuns
from bcviewer.core.rules.counts import count_of
from bcviewer.frame.command_group import CommandGroup, Pieces
from bcviewer.io.results.location import RunLocation
from bcviewer.widgets.chrome.compare_dialog import CompareDialog

_FORMATS = "HTML (*.html);;CSV (*.csv);;TSV (*.tsv);;Parquet (*.parquet);;JSON (*.json)"
_PAGES = (".html", ".htm")
_NOT_NOW = "There is no comparison: choose a run to compare with first."


class CompareActions(CommandGroup):
    """Asks for another run, and writes what differs."""

    def __init__(self, pieces: Pieces) -> None:
        super().__init__(pieces)
        self.session.done.connect(self._on_done)

    def grant(self, wish: BetweenRuns) -> None:
        """Grant what is wished by a click."""
        match wish.what:
            case "choose":
                self.do_compare()
            case "swap":
                self.do_swap_comparison()
            case "export":
                self.do_export_comparison()
            case "end":
                self.do_end_comparison()

    # -- commands ----------------------------------------------------------------------------

    def do_compare(self) -> None:
        """Ask for another run: the other run modes of the probe first, else a folder or a file."""
        catalogue, run = self.session.catalogue, self.session.scene.run
        here = self.session.scene.location
        if catalogue is None or run is None or here is None or self.verdicts_hidden():
            return
        self.tell_one_probe("Runs are compared")
        dialog = CompareDialog(self.window, here, self._offered(), catalogue.modes)
        said = dialog.exec() == QDialog.DialogCode.Accepted
        place: str | RunLocation | None = dialog.place() if said else None
        by_file = dialog.asks_for_file
        dialog.deleteLater()
        if said and place is None:
            place = self._ask_file() if by_file else self._ask_folder()
        if place and not self.session.stage.is_left(run):
            self.session.comparing.compare_with(place)

    def _offered(self) -> list[RunLocation]:
        """Return the other runs of the open probe."""
        catalogue, here = self.session.catalogue, self.session.scene.location
        if catalogue is None or here is None:
            return []
        others = [one for one in catalogue.locations if one is not here and not one.problem]
        return [one for one in others if one.probe == here.probe]

    def _ask_folder(self) -> str:
        return QFileDialog.getExistingDirectory(
            self.window, "Compare with the run in this folder", self._start()
        )

    def _ask_file(self) -> str:
        path, _ = QFileDialog.getOpenFileName(
            self.window, "Compare with the run of this config", self._start(), "Config (*.json)"
        )
        return path

    def _start(self) -> str:
        here = self.session.scene.location
        return start_folder("" if here is None else here.ks_dir.parent)

    def do_swap_comparison(self) -> None:
        """Compare the same two runs the other way round."""
        self.session.comparing.swap()

    def do_end_comparison(self) -> None:
        """Compare with nothing any more."""
        self.session.comparing.end()

    def do_export_comparison(self) -> None:
        """Ask for a file and write the comparison."""
        two = self._known()
        if two is None:
            return
        name = start_file(f"{two.run.provenance.name}_comparison.html")
        path, _ = QFileDialog.getSaveFileName(self.window, "Export the comparison", name, _FORMATS)
        if path and not self.session.stage.is_left(two.run):
            self.export(Path(path if Path(path).suffix else f"{path}.html"))

    def export(self, path: Path) -> None:
        """Write the comparison as it is now, as ``bcviewer compare -o`` does."""
        two = self._known()
        if two is None:
            return
        remember_saved(path)
        compared = [(two.run.provenance.probe, two.found)]

        def work(control: Control) -> str:
            control.progress(0.1, f"Writing {path.name}")
            if path.suffix.lower() in _PAGES:
                from bcviewer.report.compare_page import write_page

                write_page(compared, path)
            else:
                from bcviewer.io.comparing.compare_frame import compare_frame
                from bcviewer.io.exchange.export import write_frame

                write_frame(compare_frame(compared), path, control.check)
            return f"{count_of(two.found.n, 'unit')} written to {path}"

        self.session.opening.run_job("export_comparison", work, path, path.name)

    def _known(self) -> TwoRuns | None:
        """Return the comparison, where there is one and it may be told."""
        two = self.session.scene.comparison
        if two is None:
            self.session.notice.emit(_NOT_NOW)
        return None if two is None or self.verdicts_hidden() else two

    def _on_done(self, outcome: Outcome) -> None:
        if outcome.tag == "export_comparison" and isinstance(outcome.value, str):
            self.session.notice.emit(outcome.value)
