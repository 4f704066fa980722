"""The window of a cohort: its runs, how they come out, what costs GOOD units, what if. No logic."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QGuiApplication, QIcon
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QMainWindow,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from bcviewer.app.cohort.cohort_scene import CohortScene
from bcviewer.app.cohort.desk import CohortDesk
from bcviewer.app.prefs import Prefs
from bcviewer.app.threads.answers import start_folder
from bcviewer.core.cohort.overview import status_words
from bcviewer.core.cohort.run_cells import PROBLEM, run_text
from bcviewer.core.cohort.run_columns import COUNTS
from bcviewer.core.figures.words import counted
from bcviewer.core.rules.counts import count_of
from bcviewer.core.rules.labels import class_name
from bcviewer.errors import UserError
from bcviewer.frame.cohort_menus import add_menus, cohort_keys_html
from bcviewer.frame.cohort_what_if import CohortTrial
from bcviewer.frame.dropped import dropped_path
from bcviewer.io.files import expanded, one_line
from bcviewer.io.resources import resource_path
from bcviewer.widgets.chrome.dialogs import TextDialog, filter_html
from bcviewer.widgets.chrome.messages import Banner
from bcviewer.widgets.chrome.status import StatusBar
from bcviewer.widgets.cohort.cohort_lists import BlockerList, DifferList
from bcviewer.widgets.cohort.run_list import RunList
from bcviewer.widgets.cohort.trend_plot import TrendPlot
from bcviewer.widgets.cohort.tried_bar import TriedBar
from bcviewer.widgets.cohort.two_filters import TwoFilters
from bcviewer.widgets.drawing.text_labels import ElidedLabel
from bcviewer.widgets.drawing.tips import plain_tip

SIZE = (1280, 800)
"""Width and height of a window that was never arranged, in pixels."""
_SHARES = ((11, 8), (4, 3, 3))
"""How the table and what is below it share the height, and the parts below the width."""


class CohortWindow(QMainWindow):
    """Shows a cohort.

    Parameters
    ----------
    folder : Path
        The cohort.
    prefs : Prefs
        What is remembered.
    open_path : callable
        Opens a recording, or another cohort, in a window of its own.

    Attributes
    ----------
    desk : CohortDesk
        What is shown, and what is under way.
    remember : bool
        Whether the layout is kept for the next start.
    closes_anyway : bool
        It holds up nothing: it writes nothing.
    """

    closes_anyway = True
    remember = True

    def __init__(self, folder: Path, prefs: Prefs, open_path: Callable[[str], object]) -> None:
        super().__init__()
        self.setObjectName("cohortWindow")
        self.setWindowTitle(f"{one_line(folder.name)} (cohort) – bcviewer")
        self.setWindowIcon(QIcon(str(resource_path("icon.svg"))))
        self.setAcceptDrops(True)
        self._prefs, self._open_path = prefs, open_path
        self.desk = CohortDesk(folder, self)
        self.banner, self.status = Banner(self), StatusBar(self)
        self.trial = CohortTrial(self, self.desk, self.status.say)
        self.setStatusBar(self.status)
        self.heading = ElidedLabel(self)
        self.heading.setObjectName("cohortHeading")
        self.filters, self.tried_bar = TwoFilters(self), TriedBar(self)
        self.runs, self.trend = RunList(self), TrendPlot(self)
        self.blockers, self.differ = BlockerList(self), DifferList(self)
        self._lay_out()
        self.actions_by_act = add_menus(self)
        self._connect()
        self._restore()
        self._show(self.desk.now, None)
        self.desk.read()

    # -- building ----------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self.below = QSplitter(Qt.Orientation.Horizontal, self)
        self.stacked = QSplitter(Qt.Orientation.Vertical, self)
        parts = (
            (self.stacked, (self.runs, self.below), _SHARES[0]),
            (self.below, (self.trend, self.blockers, self.differ), _SHARES[1]),
        )
        for splitter, widgets, shares in parts:
            splitter.setChildrenCollapsible(False)
            for i, (widget, share) in enumerate(zip(widgets, shares, strict=True)):
                splitter.addWidget(widget)
                splitter.setStretchFactor(i, share)
            splitter.setSizes([100 * share for share in shares])
        centre = QWidget(self)
        box = QVBoxLayout(centre)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        line = QHBoxLayout()
        line.setContentsMargins(8, 6, 8, 2)
        line.addWidget(self.heading)
        box.addWidget(self.banner)
        box.addLayout(line)
        box.addWidget(self.filters)
        box.addWidget(self.tried_bar)
        box.addWidget(self.stacked, 1)
        self.setCentralWidget(centre)

    def _connect(self) -> None:
        desk, filters = self.desk, self.filters
        desk.changed.connect(lambda before, scene: self._show(scene, before))
        desk.failed.connect(self._on_failed)
        desk.notice.connect(self.status.say)
        desk.under_way.progressed.connect(self.status.show_progress)
        self.status.cancel_chosen.connect(desk.cancel)
        filters.runs.chosen.connect(desk.filter_runs)
        filters.units.chosen.connect(desk.filter_units)
        filters.left.connect(self.runs.setFocus)
        self.runs.run_chosen.connect(self._open_run)
        self.runs.current_changed.connect(self._on_current)
        self.trend.row_chosen.connect(self.runs.show_current)
        self.blockers.filter_chosen.connect(self._toggle_units)
        self.differ.filter_chosen.connect(self._toggle_runs)
        self.tried_bar.reset_chosen.connect(self.trial.reset)

    def _restore(self) -> None:
        prefs = self._prefs
        self.resize(*SIZE)
        self.restoreGeometry(prefs.cohort_state("geometry"))
        self.stacked.restoreState(prefs.cohort_state("upper"))
        self.below.restoreState(prefs.cohort_state("lower"))
        self.runs.set_widths(prefs.widths("cohort"))
        self.runs.sort_by(*prefs.cohort_sort())

    # -- what is shown -----------------------------------------------------------------------

    def _show(self, scene: CohortScene, before: CohortScene | None) -> None:
        anew = before is None or scene.opened is not before.opened
        if anew and scene.opened is not None:
            self.banner.clear()
            self._prefs.add_recent(str(expanded(scene.folder).absolute()))

        def differs(*parts: str) -> bool:
            """Whether any of some parts of the scene are others."""
            return anew or any(getattr(scene, p) is not getattr(before, p) for p in parts)

        self.filters.show_scene(scene)
        self.tried_bar.show_scene(scene)
        if differs("shown", "unit_filter", "matching", "proposal", "tried"):
            self.runs.show_scene(scene, anew)
        if differs("shown", "blocking"):
            self.blockers.show_scene(scene)
        if differs("shown"):
            self.differ.show_scene(scene)
            self.heading.setText(_heading(scene))
        if differs("shown", "proposal", "tried"):
            self.trend.show_scene(scene)
        if differs("proposal"):
            self.trial.show_offers()
        if anew and scene.opened is not None and not self.filters.has_focus():
            self.runs.setFocus()

    def _on_current(self, row: int) -> None:
        """Mark the current run, and say what is odd about it, or where it is."""
        self.trend.show_current(row)
        opened = self.desk.now.opened
        if opened is not None and row >= 0:
            said = run_text(opened.table, PROBLEM, row)
            where = one_line(opened.table.rows[row]["results_dir"])
            self.status.units.setText(said or where)
            self.status.units.setToolTip(plain_tip("\n".join(filter(None, (where, said)))))
        else:
            self.status.units.clear()

    def _on_failed(self, error: UserError) -> None:
        self.banner.show_error(error.message, error.hint)

    # -- what the person does ----------------------------------------------------------------

    def _open_run(self, row: int) -> None:
        opened = self.desk.now.opened
        if opened is None:
            return
        facts = opened.table.rows[row]
        if facts.get("part"):
            self._open_path(str(facts["results_dir"]))
        else:
            self.status.say("There is nothing to open: why stands under problem.")

    def do_open_run(self) -> None:
        """Open the current run."""
        if self.runs.current >= 0:
            self._open_run(self.runs.current)

    def do_open(self) -> None:
        """Ask for a folder."""
        start = start_folder(self.desk.now.folder.parent)
        path = QFileDialog.getExistingDirectory(self, "Open a recording, or a cohort", start)
        if path:
            self._open_path(path)

    def do_copy(self) -> None:
        """Copy where the results of the current run are."""
        opened = self.desk.now.opened
        if opened is not None and self.runs.current >= 0:
            place = str(opened.table.rows[self.runs.current]["results_dir"])
            QGuiApplication.clipboard().setText(place)
            self.status.say(f"Copied: {one_line(place)}")

    def do_reload(self) -> None:
        """Read the cohort again."""
        self.desk.read()

    def do_quit(self) -> None:
        """Close this window."""
        self.close()

    def do_filter_runs(self) -> None:
        """Go to the box that filters runs."""
        self.filters.runs.ask()

    def do_filter_units(self) -> None:
        """Go to the box that filters units."""
        self.filters.units.ask()

    def do_try(self) -> None:
        """List all thresholds and flags."""
        self.trial.ask()

    def do_reset(self) -> None:
        """Try nothing any more."""
        self.trial.reset()

    def do_clear(self) -> None:
        """Show all runs, and count no units."""
        self.desk.filter_runs("")
        self.desk.filter_units("")
        self.runs.setFocus()

    def _toggle_runs(self, text: str) -> None:
        self.desk.filter_runs("" if self.desk.now.run_filter == text else text)

    def _toggle_units(self, text: str) -> None:
        self.desk.filter_units("" if self.desk.now.unit_filter == text else text)

    def do_keys(self) -> None:
        """Show the list of keys."""
        TextDialog(self, "cohortKeys", "Keys", cohort_keys_html()).show()

    def do_language(self) -> None:
        """Show what a filter can say."""
        TextDialog(self, "filterDialog", "The filter language", filter_html()).show()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take folders and files."""
        if dropped_path(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open what is dropped."""
        if path := dropped_path(event.mimeData()):
            event.acceptProposedAction()
            self._open_path(path)

    # -- looks and end -----------------------------------------------------------------------

    def changeEvent(self, event: QEvent) -> None:
        """Take the colours of another palette."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "actions_by_act"):
            self.runs.color_selection()
            lists = (self.blockers, self.differ)
            for part in (self.banner, self.filters, self.tried_bar, self.trend, *lists):
                part.retheme()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Remember the layout, and end the threads."""
        if self.remember:
            prefs = self._prefs
            prefs.set_cohort_state("geometry", self.saveGeometry())
            prefs.set_cohort_state("upper", self.stacked.saveState())
            prefs.set_cohort_state("lower", self.below.saveState())
            prefs.set_widths(self.runs.widths, "cohort")
            prefs.set_cohort_sort(*self.runs.runs.sorted_by)
            prefs.sync()
        self.desk.close()
        super().closeEvent(event)


def _heading(scene: CohortScene) -> str:
    """Return what is in a cohort, in a line."""
    opened = scene.opened
    if opened is None:
        return ""
    table = opened.table
    if not table.n_units:
        return "No run is in it yet: build it with `bcviewer cohort ROOT... -o DIR`."
    of = int(table.with_spikes.sum())
    counts = {class_name(label): int(table.counts(name).sum()) for label, name in COUNTS.items()}
    told = ", ".join(f"{name} {counted(n, of)}" for name, n in counts.items() if n)
    return f"{status_words(table.rows)} · {count_of(opened.cohort.units.n_units, 'unit')}: {told}"
