"""The main window: panels into docks, commands into menus. No logic."""

from __future__ import annotations

import importlib
from functools import partial
from html import escape
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, assert_never

from PySide6.QtCore import QByteArray, QEvent, QPoint, QSize, Qt, QTimer
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QIcon,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QComboBox,
    QDockWidget,
    QMainWindow,
    QMenu,
    QSizePolicy,
    QStackedWidget,
    QToolBar,
    QVBoxLayout,
    QWidget,
)

from bcviewer.app import wishes
from bcviewer.app.commands import COMMANDS, MENUS
from bcviewer.app.curating.curation import Place as SavedAt
from bcviewer.app.curating.curation import SaveState
from bcviewer.app.opening.loader import Catalogue
from bcviewer.app.prefs import Prefs
from bcviewer.app.session import FIRST_UNIT, LAST_UNIT, Session
from bcviewer.app.threads.worker import Control, Outcome, Worker
from bcviewer.app.trace import Trace
from bcviewer.app.view import Arrived, FilterState, Ints, View
from bcviewer.app.wishes import Wish
from bcviewer.core.curation.history import gone_words
from bcviewer.core.curation.said_columns import orphans
from bcviewer.core.rules.columns import DEFAULT_COLUMNS
from bcviewer.core.rules.labels import CLASSES
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.errors import UserError
from bcviewer.frame.actions import Actions
from bcviewer.frame.curate_actions import BAR_KEYS
from bcviewer.frame.host import Host
from bcviewer.io.resources import resource_path
from bcviewer.oracle.client import Verification
from bcviewer.widgets.base.panel import Panel, Panels
from bcviewer.widgets.chrome.arrange import RIGHT, arrange
from bcviewer.widgets.chrome.docks import DOCKS, LAYOUT_VERSION, LAYOUTS
from bcviewer.widgets.chrome.filter_bar import FilterBar
from bcviewer.widgets.chrome.messages import Banner
from bcviewer.widgets.chrome.probe_bar import ProbeBar
from bcviewer.widgets.chrome.search_menu import SearchMenu
from bcviewer.widgets.chrome.status import StatusBar
from bcviewer.widgets.chrome.welcome import WelcomePage
from bcviewer.widgets.curate.curate_bar import CurateBar
from bcviewer.widgets.drawing.theme import theme
from bcviewer.widgets.table.unit_table import DEFAULT_FROZEN, UnitTable
from bcviewer.widgets.unit.why_panel import WhyPanel

if TYPE_CHECKING:
    from PySide6.QtCore import QObject

LABEL_SOURCES: tuple[tuple[str, str], ...] = (
    ("bombcell", "Bombcell's labels"),
    ("saved", "saved labels"),
    ("split", "labels if split"),
)

UNIT_MENU: tuple[str, ...] = (
    *BAR_KEYS,
    "",
    "export_labels",
    "export_selected",
    "copy_rows",
    "copy_ids",
    "",
    "open_in_phy",
)
"""What a right click on units offers; empty: a line."""

UNSEEN_MS = 1500
"""Plots are made ready this long after a run is there, even if the table was never painted."""

SETTLE_MS = 30
"""…and this long after its first paint: importing then does not keep the other widgets' waiting."""


MOST_COLUMNS = 400
"""Columns that are remembered: a person's choice, over all the runs they look at."""


class Window(Host):
    """The program's window.

    Attributes
    ----------
    session : Session
        The state; scripts use it, too.
    unit_table : UnitTable
        The table.
    docks : dict of str to QDockWidget
        The docks by id.
    panels : Panels
        The panels by the ids of their docks. One is built when its dock is first seen, or when it
        is asked for: ``window.panels["scatter"]``.
    """

    def __init__(self, session: Session, prefs: Prefs, trace: Trace) -> None:
        super().__init__()
        self.session = session
        self.prefs = prefs
        self.trace = trace
        self.setWindowTitle("bcviewer")
        self.setWindowIcon(QIcon(str(resource_path("icon.svg"))))
        self.setAcceptDrops(True)
        self.setDockOptions(
            QMainWindow.DockOption.AllowNestedDocks | QMainWindow.DockOption.AllowTabbedDocks
        )
        self.banner = Banner(self)
        self.filter_bar = FilterBar(self)
        self.curate_bar = CurateBar(self)
        self.unit_table = UnitTable(self)
        self.welcome = WelcomePage(self)
        self.probe_bar = ProbeBar(self)
        self.status = StatusBar(self)
        self.setStatusBar(self.status)
        self.docks: dict[str, QDockWidget] = {}
        self.panels = Panels(self._make_panel)
        self._behind: set[str] = set()
        self.remember = True
        """Whether the layout is kept for the next start."""
        self._unsaved = ""
        """The error that the banner shows while something is not saved."""
        self._layout_name = ""
        self._arranged = False
        self._awake = False
        self._built = False
        self._imported = False
        self._ready = False
        self._waiting: list[str] = []
        self._builder = QTimer(self)
        self._builder.setSingleShot(True)
        self._builder.timeout.connect(self._build_next_panel)
        self._unseen = QTimer(self)
        self._unseen.setSingleShot(True)
        self._unseen.setInterval(UNSEEN_MS)
        self._unseen.timeout.connect(self._import_plots)
        self._imports = Worker("imports", self)
        self._imports.finished.connect(self._on_imported)
        self._build_centre()
        self._build_docks()
        self.actions_by_key = Actions(self)
        self._build_menus()
        self._build_tool_bar()
        self._connect()
        self._restore()
        self.actions_by_key.enable(False)
        self.welcome.show_recent(prefs.recent())
        self._built = True

    # -- building ----------------------------------------------------------------------------

    def _build_centre(self) -> None:
        page = QWidget(self)
        box = QVBoxLayout(page)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(self.filter_bar)
        box.addWidget(self.curate_bar)
        box.addWidget(self.unit_table, 1)
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self.welcome)
        self._stack.addWidget(page)
        centre = QWidget(self)
        outer = QVBoxLayout(centre)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self.banner)
        outer.addWidget(self._stack, 1)
        self.setCentralWidget(centre)

    def _build_docks(self) -> None:
        for spec in DOCKS:
            dock = QDockWidget(spec.title, self)
            dock.setObjectName(f"dock.{spec.key}")
            self.addDockWidget(RIGHT, dock)
            self.docks[spec.key] = dock
            dock.visibilityChanged.connect(partial(self._on_dock_seen, spec.key))
            if not spec.module:
                self._put_panel(spec.key, WhyPanel(dock))

    def _put_panel(self, key: str, panel: Panel) -> None:
        panel.wish.connect(self._on_wish)
        self.panels[key] = panel
        panel.set_behind(key in self._behind)
        self.docks[key].setWidget(panel)

    def _on_dock_seen(self, key: str, seen: bool) -> None:
        (self._behind.discard if seen else self._behind.add)(key)
        if key in self.panels:
            self._want()  # before it draws, so that it draws what is known already
            self.panels[key].set_behind(not seen)
            self._ask()
        elif seen and key not in self._waiting:
            self._waiting.append(key)
            if self._imported:
                self.session.hold("plots", True)
                self._builder.start()

    def _build_menus(self) -> None:
        actions = self.actions_by_key.by_key
        menus = {name: self.menuBar().addMenu(name) for name in MENUS}
        self._recent_menu = QMenu("Open recent", self)
        self._recent_menu.aboutToShow.connect(self._fill_recent)
        for command in COMMANDS:
            menu = menus[command.menu]
            if command.separate:
                menu.addSeparator()
            menu.addAction(actions[command.key])
            if command.key == "demo":
                menu.addMenu(self._recent_menu)
            if command.key == "reset_layout":
                docks = SearchMenu("Docks", self)
                docks.setObjectName("docksMenu")
                docks.add([dock.toggleViewAction() for dock in self.docks.values()])
                menu.addMenu(docks)

    def _build_tool_bar(self) -> None:
        bar = QToolBar("Tools", self)
        bar.setObjectName("toolBar")
        bar.setIconSize(QSize(18, 18))
        bar.setMovable(False)
        actions = self.actions_by_key.by_key
        bar.addAction(actions["open"])
        bar.addWidget(self.probe_bar)
        self.label_source = QComboBox(bar)
        self.label_source.setObjectName("labelSource")
        self.label_source.setToolTip("Labels that classes, chips, plots and the table go by")
        self.label_source.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        for key, title in LABEL_SOURCES:
            self.label_source.addItem(title, key)
        self.label_source.activated.connect(self._on_label_source)
        bar.addSeparator()
        bar.addWidget(self.label_source)
        bar.addSeparator()
        for key in ("undo", "redo"):
            bar.addAction(actions[key])
        self.curate_bar.add_actions([actions[key] for key in BAR_KEYS])
        gap = QWidget(bar)
        gap.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        bar.addWidget(gap)
        for key in (f"layout_{layout.key}" for layout in LAYOUTS):
            bar.addAction(actions[key])
        bar.addSeparator()
        for key in ("columns", "export_selected", "open_in_phy", "keys"):
            bar.addAction(actions[key])
        self.addToolBar(bar)

    def _connect(self) -> None:
        session, table, bar = self.session, self.unit_table, self.filter_bar
        session.run_changed.connect(self._on_run)
        session.labels_changed.connect(self._on_labels)
        session.manual_changed.connect(self._on_manual)
        session.columns_changed.connect(self._on_columns)
        session.curation.opened.connect(self._on_journals)
        session.view_changed.connect(self._on_view)
        session.current_changed.connect(self._on_current)
        session.selection_changed.connect(self._on_marked)
        session.arrived_changed.connect(self._on_arrived)
        session.acted.connect(self.curate_bar.show_done)
        session.queue_changed.connect(self._on_queue)
        session.curation.changed.connect(self._on_said)
        session.curation.saved.connect(self._on_saved)
        session.evidence_changed.connect(self._show_scene)
        session.filter_changed.connect(self._on_filter)
        session.catalogue_changed.connect(self._on_catalogue)
        session.progressed.connect(self.status.show_progress)
        session.failed.connect(self._on_failed)
        session.notice.connect(self.status.say)
        session.verified.connect(self._on_verified)
        table.chosen.connect(self._on_chosen)
        table.sort_chosen.connect(session.set_sort)
        table.columns_changed.connect(self._remember_columns)
        table.columns_requested.connect(self.actions_by_key.do_columns)
        table.menu_requested.connect(self._unit_menu)
        table.painted.connect(self._on_painted)
        bar.text_chosen.connect(session.set_filter)
        bar.class_toggled.connect(session.toggle_class)
        bar.chip_toggled.connect(session.toggle_chip)
        bar.go_to_chosen.connect(self._go_to)
        bar.left.connect(table.setFocus)
        bar.queue_left.connect(session.end_queue)
        bar.refresh_chosen.connect(session.refresh_order)
        self.curate_bar.note_chosen.connect(self.actions_by_key.curate.save_note)
        self.curate_bar.left.connect(table.setFocus)
        self.curate_bar.undo_chosen.connect(session.undo_done)
        self.status.cancel_chosen.connect(session.cancel)
        self.welcome.open_chosen.connect(self.actions_by_key.do_open)
        self.welcome.demo_chosen.connect(self.actions_by_key.do_demo)
        self.welcome.recent_chosen.connect(session.open)
        self.probe_bar.chosen.connect(session.open_location)

    # -- what the session says ---------------------------------------------------------------

    def _on_catalogue(self, catalogue: Catalogue) -> None:
        self.probe_bar.show_catalogue(catalogue)
        for i, letter in enumerate("ABCDEF", 1):
            there = self.probe_bar.index_of_letter(letter) >= 0
            self.actions_by_key.by_key[f"probe_{i}"].setEnabled(there)
        # as it is found from any folder, at the next start as well
        self.prefs.add_recent(str(Path(catalogue.request.path).expanduser().absolute()))
        here = catalogue.location
        which = f" ({here.variant})" if here.variant else ""
        self.setWindowTitle(f"{here.name}{which} – bcviewer")

    def _on_run(self, table: Sheet) -> None:
        session = self.session
        if not self._awake:
            session.hold("plots", True)
            self._unseen.start()
        self._stack.setCurrentIndex(1)
        keys = self.prefs.columns() or DEFAULT_COLUMNS
        self.unit_table.show_table(table, session.view.rows, keys)
        self.unit_table.show_sort(session.sort.column, session.sort.descending)
        self.filter_bar.show_table(table)
        self.status.show_table(table)
        self.status.show_verification(session.verification, table)
        self.banner.show_issues([*self._left_out(), *(str(issue) for issue in table.run.issues)])
        self.actions_by_key.enable(True)
        self._on_view(session.view)
        self.trace.write("loaded", units=table.n_units, path=table.run.provenance.results_dir)
        if not self.filter_bar.edit.text():  # Qt gives the first box of a page the focus
            self.unit_table.setFocus()

    def _left_out(self) -> list[str]:
        """Return what was not looked into when the recording was looked for."""
        return [] if self.session.catalogue is None else list(self.session.catalogue.notes)

    def _on_labels(self, table: Sheet) -> None:
        self.unit_table.unit_model.set_labels(table)
        self.filter_bar.show_table(table)
        self.status.show_table(table)

    def _on_columns(self, table: Sheet) -> None:
        """Show the columns that the person chose, of those that there are now."""
        self.unit_table.show_columns(table, self.prefs.columns() or DEFAULT_COLUMNS)
        self.filter_bar.show_table(table)

    def _on_manual(self, table: Sheet, rows: Ints) -> None:
        self._time("label")
        self.unit_table.unit_model.set_manual(table, rows)
        self.filter_bar.show_manual(table)
        self._show_said()
        self._show_scene()

    def _on_journals(self) -> None:
        """Say what is wrong with the files and with the journals, and whose units are gone."""
        table, curation = self.session.table, self.session.curation
        if table is None:
            return
        gone = orphans(table.ids, curation.state)
        lines = [gone_words(gone)] if gone else []
        lines += self._left_out()
        lines += [str(issue) for issue in (*table.run.issues, *curation.issues)]
        if not self.banner.is_error:
            self.banner.show_issues(lines)
        self._show_said()

    def _on_said(self, *_: object) -> None:
        """Name what undo and redo would do; the table follows where the run is the shown one."""
        self.actions_by_key.curate.show_said()
        curation = self.session.curation
        last = curation.state.undoable(curation.person)
        self.curate_bar.show_undoable("" if last is None else last.id)

    def _on_saved(self, save: SaveState) -> None:
        """Say where labels and notes are; an error that is over is not shown any more."""
        table = self.session.table
        self.status.show_saved(0 if table is None else table.manual.n_labels, save)
        if save.place is not SavedAt.FAILED and self._unsaved:
            if self.banner.text == self._unsaved:
                self.banner.clear()
            self._unsaved = ""

    def _on_arrived(self, arrived: Arrived) -> None:
        self.unit_table.unit_model.set_news(arrived.rows)
        self.filter_bar.show_arrived(arrived.reorders, len(arrived.rows))

    def _on_queue(self, queue: Ints | None) -> None:
        self.filter_bar.show_queue(-1 if queue is None else len(queue))

    def _show_said(self) -> None:
        """Show what was said of the current unit."""
        session = self.session
        self.curate_bar.show_unit(session.table, session.current, len(session.selected))
        self._on_saved(session.curation.save)

    def _time(self, event: str) -> None:
        """Trace how long it takes from here until everything is repainted."""
        if self.trace.on:
            start = perf_counter()

            def painted() -> None:  # a timer of no time runs after the paint events in the queue
                self.trace.write(event, ms=round((perf_counter() - start) * 1000, 2))

            QTimer.singleShot(0, self, painted)

    def _on_view(self, view: View) -> None:
        self._time("filter" if view.n_shown != self.unit_table.unit_model.rowCount() else "sort")
        session = self.session
        total = session.table.n_units if session.table else 0
        hidden = total - view.n_shown
        empty = (
            f"No unit passes the filter ({hidden:,} hidden). Esc clears it."
            if hidden
            else ("There is no unit in these results.")
        )
        self.unit_table.show_rows(view.rows, empty)
        self.unit_table.show_sort(session.sort.column, session.sort.descending)
        self.filter_bar.show_count(view.n_shown, total)
        self._on_marked()

    def _on_current(self, *_: object) -> None:
        self._time("step")
        self.status.unsay(LAST_UNIT, FIRST_UNIT)
        self._on_marked()

    def _on_marked(self, *_: object) -> None:
        """Show what is highlighted: the table shows it exactly as the session has it."""
        self.unit_table.show_marked(self.session.current, self.session.selected)
        self._show_said()
        self._ask()

    def _on_chosen(self, current: int, rows: Ints) -> None:
        self.session.mark(current, rows)
        # also where the session keeps what was: the table may not be left with nothing
        self.unit_table.show_marked(self.session.current, self.session.selected)

    def _ask(self, *_: object) -> None:
        """Say what the panels want to know, and let them draw what is known."""
        self._want()
        self._show_scene()

    def _want(self) -> None:
        scene = self.session.scene
        if scene.table is None:
            return
        seen = [panel for panel in self.panels.values() if panel.seen]
        asks = [ask for panel in seen for ask in panel.asks(scene)]
        ahead = [ask for panel in seen for ask in panel.asks_ahead(scene)]
        self.session.want(asks, ahead)

    def _show_scene(self, *_: object) -> None:
        scene = self.session.scene
        for panel in self.panels.values():
            panel.show_scene(scene)

    def _on_filter(self, state: FilterState) -> None:
        self.filter_bar.show_filter(state)
        actions = self.actions_by_key.by_key
        for i, label in enumerate(CLASSES, 1):
            actions[f"class_{i}"].setChecked(label in state.classes)
        for key, action in actions.items():
            if key.startswith("chip_"):
                action.setChecked(key.removeprefix("chip_") in state.chips)

    def _on_failed(self, error: UserError) -> None:
        self.banner.show_error(error.message, error.hint)
        if self.session.curation.save.place is SavedAt.FAILED:
            self._unsaved = self.banner.text
        self.trace.write("error", message=error.message)

    def _on_verified(self, answer: Verification | None) -> None:
        self.status.show_verification(answer, self.session.table)
        if answer is not None:
            self.trace.write("verified", status=answer.status, version=answer.version)

    # -- what the person does ----------------------------------------------------------------

    def _on_wish(self, wish: Wish) -> None:
        """Grant what the person wishes by a click in a panel: the only place that does."""
        session, curate = self.session, self.actions_by_key.curate
        match wish:
            case wishes.Filter(text, add, within):
                session.choose(text, add, within)
            case wishes.GoTo(row):
                session.set_current(row)
            case wishes.Select(rows):
                self._on_selection_chosen(rows)
            case wishes.Queue(spec):
                session.set_queue(spec)
            case wishes.NextUnreviewed():
                session.next_unreviewed()
            case wishes.Know():
                self._ask()
            case wishes.ImportLabels():
                self.actions_by_key.do_import_labels()
            case wishes.TakeOver(name):
                curate.adopt(name)
            case wishes.RemoveSource(name):
                session.remove_source(name)
            case wishes.Fail(error):
                session.failed.emit(error)
            case _:
                assert_never(wish)

    def _on_selection_chosen(self, rows: Ints) -> None:
        shown = len(self.session.view.in_order(rows))
        self.session.set_selected(rows)
        hidden = len(rows) - shown
        also = f"; {hidden:,} more are hidden by the filter" if hidden else ""
        self.session.notice.emit(f"{shown:,} units inside the line selected{also}.")

    def _go_to(self, text: str) -> None:
        self.filter_bar.show_go_to_error(self.session.go_to_text(text))

    def _on_label_source(self, index: int) -> None:
        self.session.set_label_source(str(self.label_source.itemData(index)))

    def open_probe(self, letter: str) -> None:
        """Open another probe of the recording, in the same run mode."""
        index = self.probe_bar.index_of_letter(letter)
        if index >= 0 and self.session.catalogue and index != self.session.catalogue.index:
            self.session.open_location(index)

    def _unit_menu(self, place: QPoint) -> None:
        actions = self.actions_by_key.by_key
        menu = QMenu(self)
        menu.setObjectName("unitMenu")
        for key in UNIT_MENU:
            if key:
                menu.addAction(actions[key])
            else:
                menu.addSeparator()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(place)

    def _fill_recent(self) -> None:
        self._recent_menu.clear()
        for path in self.prefs.recent():
            action = self._recent_menu.addAction(path.replace("&", "&&"))
            action.triggered.connect(lambda _=False, p=path: self.session.open(p))
        if not self.prefs.recent():
            self._recent_menu.addAction("Nothing yet").setEnabled(False)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            self.session.open(paths[0])

    # -- plots, after the first paint --------------------------------------------------------

    def _on_painted(self) -> None:
        self.trace.write("painted", units=self.session.table.n_units if self.session.table else 0)
        if not self._awake:
            self._unseen.start(SETTLE_MS)

    def _import_plots(self) -> None:
        """Import pyqtgraph in a thread: it takes longer than the window may be silent."""
        self._unseen.stop()
        if self._awake:
            return
        self._awake = True
        modules = [spec.module for spec in DOCKS if spec.module]

        def work(_: Control) -> None:
            for module in modules:
                importlib.import_module(f"bcviewer.widgets.{module}")

        self._imports.submit("plots", work)

    def _on_imported(self, outcome: Outcome) -> None:
        if outcome.error is not None:
            self.session.hold("plots", False)
            raise outcome.error
        self._imported = True
        self._builder.start()

    def _build_next_panel(self) -> None:
        """Build one panel that is looked at an event, so that the window answers between them."""
        while self._waiting:
            key = self._waiting.pop(0)
            if key in self._behind or key in self.panels:
                continue  # docks are seen for a moment while a layout is arranged
            try:
                self.panels[key]
            finally:
                self._builder.start()
            return
        if not self._ready:
            self._ready = True
            self.trace.write("plots")
        self.session.hold("plots", False)

    def _make_panel(self, key: str) -> Panel:
        spec = next((spec for spec in DOCKS if spec.key == key and spec.module), None)
        if spec is None:
            raise KeyError(key)
        module = importlib.import_module(f"bcviewer.widgets.{spec.module}")
        panel: Panel = getattr(module, spec.panel)(self.docks[key])
        self._put_panel(key, panel)
        panel.show_scene(self.session.scene)
        self._want()
        return panel

    # -- layouts and memory ------------------------------------------------------------------

    def show_layout(self, name: str) -> None:
        """Show one of the layouts; the one left is remembered as it was arranged."""
        if name == self._layout_name:
            return
        if self._layout_name and self.remember:
            self.prefs.set_window(
                self.saveGeometry(), self._layout_name, self.saveState(LAYOUT_VERSION)
            )
        self._layout_name = name
        state = self.prefs.layout(name)
        self._arranged = state.isEmpty() or not self.restoreState(state, LAYOUT_VERSION)
        if self._arranged:
            self.arrange()

    def reset_layout(self) -> None:
        """Put every dock back in its place."""
        self.prefs.forget_layouts()
        self.arrange()

    def arrange(self) -> None:
        """Arrange the docks of the present layout as it starts out."""
        arrange(self, self.docks, self._layout_name)

    def _restore(self) -> None:
        geometry: QByteArray = self.prefs.geometry()
        if geometry.isEmpty() or not self.restoreGeometry(geometry):
            area = QGuiApplication.primaryScreen().availableGeometry()
            self.resize(min(1440, round(area.width() * 0.9)), min(900, round(area.height() * 0.9)))
        name = self.prefs.layout_name()
        known = {spec.key for spec in LAYOUTS}
        self.show_layout(name if name in known else LAYOUTS[0].key)
        frozen = self.prefs.frozen()
        self.unit_table.set_frozen_count(DEFAULT_FROZEN if frozen is None else frozen)
        self.unit_table.set_widths(self.prefs.widths())

    def _remember_columns(self) -> None:
        table, shown = self.session.table, self.unit_table.shown_columns()
        # what was chosen elsewhere is chosen there again: this run may lack a column of it
        lacking = [k for k in self.prefs.columns() if table is None or not table.kind(k)]
        self.prefs.set_columns([*shown, *lacking][:MOST_COLUMNS])
        self.prefs.set_widths(self.unit_table.widths())
        self.prefs.set_frozen(self.unit_table.frozen_count)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self._built:
            theme_widgets: tuple[QObject, ...] = (
                self.banner,
                self.filter_bar,
                self.curate_bar,
                self.unit_table,
            )
            for widget in (*theme_widgets, *self.panels.values()):
                widget.retheme()  # type: ignore[attr-defined]

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._arranged:  # docks take their sizes only once the window has its own
            self._arranged = False
            QTimer.singleShot(0, self, self.arrange)

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.remember:
            self.prefs.set_window(
                self.saveGeometry(), self._layout_name, self.saveState(LAYOUT_VERSION)
            )
            self.prefs.sync()
        self._unseen.stop()  # the thread it starts would outlive the window
        self._builder.stop()
        self.actions_by_key.close()
        self.session.close(self._imports)
        self.trace.close()
        super().closeEvent(event)

    def about_html(self) -> str:
        """Return versions and licence."""
        from importlib.metadata import PackageNotFoundError, version
        from platform import platform, python_version

        rows = [("Python", python_version()), ("System", platform())]
        for name in ("PySide6-Essentials", "pyqtgraph", "numpy", "pandas", "pyarrow", "bombcell"):
            try:
                rows.append((name, version(name)))
            except PackageNotFoundError:
                rows.append((name, "not installed"))
        lines = "".join(f"<tr><td>{k}&nbsp;&nbsp;</td><td>{escape(v)}</td></tr>" for k, v in rows)
        own = version("bcviewer")
        dark = "dark" if theme().dark else "light"
        return (
            f"<h3>bcviewer {escape(own)}</h3><p>Shows exactly why Bombcell called each unit GOOD, "
            "MUA, NOISE or NON-SOMA.</p><p>GPL-3.0-or-later, as Bombcell. Without any warranty."
            f"</p><table>{lines}</table><p>Theme: {dark}</p>"
        )
