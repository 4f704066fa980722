"""The main window: panels into docks, commands into menus. No logic."""

from __future__ import annotations

from functools import partial
from typing import Protocol

from PySide6.QtCore import QEvent
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QIcon
from PySide6.QtWidgets import QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from bcviewer.app.prefs import Prefs
from bcviewer.app.session import Session
from bcviewer.app.trace import Trace
from bcviewer.app.wishes import ShowUnits
from bcviewer.core.rules.column_choices import DEFAULT_COLUMNS
from bcviewer.frame.actions import Actions
from bcviewer.frame.chrome import (
    ActionsViewer,
    BannerViewer,
    ChromeViewer,
    CurateBarViewer,
    FewGoodViewer,
    FilterBarViewer,
    PageViewer,
    ProbeViewer,
    QueueBarViewer,
    StatusViewer,
    TableViewer,
    TitleViewer,
)
from bcviewer.frame.command_group import Pieces
from bcviewer.frame.curate_actions import BAR_KEYS
from bcviewer.frame.docked import Docked
from bcviewer.frame.layouts import Layouts
from bcviewer.frame.menus import Menus
from bcviewer.frame.quitting import Quitting
from bcviewer.frame.tool_bar import ChipBar, SourceViewer, ToolBar
from bcviewer.frame.viewers import Viewers
from bcviewer.frame.what_if_viewer import ComparedViewer, WhatIfViewer
from bcviewer.frame.wires import Wires
from bcviewer.io.resources import resource_path
from bcviewer.widgets.chrome.few_good_bar import FewGoodBar
from bcviewer.widgets.chrome.filter_bar import FilterBar
from bcviewer.widgets.chrome.label_source import LabelSourceBox
from bcviewer.widgets.chrome.messages import Banner
from bcviewer.widgets.chrome.probe_bar import ProbeBar
from bcviewer.widgets.chrome.status import StatusBar
from bcviewer.widgets.chrome.welcome import WelcomePage
from bcviewer.widgets.chrome.what_if_bar import WhatIfBar
from bcviewer.widgets.curate.curate_bar import CurateBar
from bcviewer.widgets.curate.queue_bar import QueueBar
from bcviewer.widgets.table.frozen_part import DEFAULT_FROZEN
from bcviewer.widgets.table.unit_table import UnitTable

_LOST = "Closing again loses it."
_KEPT = "Closing again leaves it unsaved: it is offered when that is open again."
"""What becomes of a note that cannot be saved."""


class _Colored(Protocol):
    def retheme(self) -> None:
        """Take the colours of the palette."""


class Window(QMainWindow):
    """The program's window.

    Attributes
    ----------
    session : Session
        The state; scripts use it, too.
    unit_table : UnitTable
        The table.
    docks : dict of str to QDockWidget
        The docks by id.
    closes_anyway : bool
        Whether nobody is there to be told what cannot be saved, or to be asked.
    panels : Panels
        The panels by the ids of their docks. One is built when its dock is first seen, or when it
        is asked for: ``window.panels["scatter"]``.
    """

    closes_anyway = False
    _built = False
    _told_unsaved = ""
    """What the person was told is not saved: closing once more loses it."""

    def __init__(self, session: Session, prefs: Prefs, trace: Trace) -> None:
        super().__init__()
        self.session, self.prefs, self.trace = session, prefs, trace
        self._set_up()
        self.banner = Banner(self)
        self.filter_bar = FilterBar(self)
        self.curate_bar = CurateBar(self)
        self.queue_bar = QueueBar(self)
        self.what_if_bar = WhatIfBar(self)
        self.unit_table = UnitTable(self)
        self.welcome = WelcomePage(self)
        self.probe_bar = ProbeBar(self)
        self.label_source = LabelSourceBox(self)
        self.status = StatusBar(self)
        self.setStatusBar(self.status)
        self.viewers = Viewers(())
        self.viewers.paint_apart(self)
        pieces = self._pieces()
        self.viewers.waiting.connect(partial(session.under_way.hold, "drawing"))
        self.wires = Wires(pieces, self.viewers)
        self._build_centre()
        rows, grant = self.unit_table, self.wires.grant
        self.docked = Docked(self, rows, session, self.viewers, trace, grant)
        self.docks, self.panels = self.docked.docks, self.docked.panels
        self.layouts = Layouts(self, prefs, self.docks, self.unit_table.wanted_widths)
        self.layouts.changed.connect(self._on_layout)
        self.layouts.replaced.connect(self.docked.on_layout)
        for moved in (self.layouts.moved, self.filter_bar.chips.moving):
            moved.connect(self.docked.on_moved)
        self.actions_by_key = Actions(pieces, self.layouts)
        self._add_commands(pieces)
        self._add_viewers()
        self.wires.connect_all(self.actions_by_key, self.docked)
        self._quitting = Quitting(self, session.opening, self.status.say)
        self.few_good.chosen.connect(lambda text: self.wires.grant(ShowUnits(text)))
        self.unit_table.width_needed.connect(self.layouts.fit_soon)
        self._restore()
        self._built = True

    # -- building ----------------------------------------------------------------------------

    def _set_up(self) -> None:
        self.setWindowTitle("bcviewer")
        self.setWindowIcon(QIcon(str(resource_path("icon.svg"))))
        self.setAcceptDrops(True)
        options = QMainWindow.DockOption
        self.setDockOptions(options.AllowNestedDocks | options.AllowTabbedDocks)

    def _restore(self) -> None:
        """Show what is kept of the window, and what is open."""
        prefs = self.prefs
        self.layouts.restore()
        frozen = prefs.frozen()
        self.unit_table.set_frozen_count(DEFAULT_FROZEN if frozen is None else frozen)
        self.unit_table.set_widths(prefs.widths())
        self.viewers.show(self.session.scene)
        self.welcome.show_recent(prefs.recent())

    def _pieces(self) -> Pieces:
        return Pieces(
            window=self,
            session=self.session,
            prefs=self.prefs,
            trace=self.trace,
            banner=self.banner,
            filter_bar=self.filter_bar,
            curate_bar=self.curate_bar,
            queue_bar=self.queue_bar,
            what_if_bar=self.what_if_bar,
            unit_table=self.unit_table,
            welcome=self.welcome,
            probe_bar=self.probe_bar,
            label_source=self.label_source,
            status=self.status,
        )

    def _add_commands(self, pieces: Pieces) -> None:
        by_key = self.actions_by_key.by_key
        self.menus = Menus(pieces, by_key, self.docks)
        self.addToolBar(ToolBar(pieces, by_key))
        self.addToolBarBreak()
        self.addToolBar(ChipBar(self.filter_bar.chips, self))
        self.curate_bar.add_actions([by_key[key] for key in BAR_KEYS])

    def _build_centre(self) -> None:
        page = QWidget(self)
        box = QVBoxLayout(page)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        self.few_good = FewGoodBar(page)
        self.compared = ComparedViewer(box, self.wires.grant)
        box.addWidget(self.what_if_bar)
        box.addWidget(self.few_good)
        box.addWidget(self.filter_bar)
        box.addWidget(self.curate_bar)
        box.addWidget(self.queue_bar)
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

    def _add_viewers(self) -> None:
        viewers: tuple[ChromeViewer, ...] = (
            PageViewer(self._stack, self.unit_table, self.filter_bar),
            TableViewer(self.unit_table, lambda: self.prefs.columns() or DEFAULT_COLUMNS),
            FilterBarViewer(self.filter_bar),
            StatusViewer(self.status),
            BannerViewer(self.banner),
            FewGoodViewer(self.few_good),
            WhatIfViewer(self.what_if_bar, self.actions_by_key.by_key["proposal_for_all"]),
            self.compared,
            ProbeViewer(self.probe_bar, self.actions_by_key),
            SourceViewer(self.label_source),
            TitleViewer(self),
            CurateBarViewer(self.curate_bar, self.session.labelling.whom_to_label),
            QueueBarViewer(self.queue_bar),
            ActionsViewer(self.actions_by_key),
        )
        for viewer in viewers:
            self.viewers.add(viewer)

    # -- what the person does ----------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        """Notice each key that no text field keeps, before it does anything: it begins an act."""
        if self._built:
            self.actions_by_key.held.look(event)
            if event.type() == QEvent.Type.ShortcutOverride:
                self.status.next_act()
        return super().event(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        from bcviewer.frame.dropped import dropped_path

        if dropped_path(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        from bcviewer.frame.dropped import dropped_path

        if path := dropped_path(event.mimeData()):
            event.acceptProposedAction()
            self.session.open(path)

    # -- layouts and looks -------------------------------------------------------------------

    @property
    def remember(self) -> bool:
        """Whether the layout is kept for the next start."""
        return self.layouts.remember

    @remember.setter
    def remember(self, kept: bool) -> None:
        self.layouts.remember = kept

    def show_layout(self, name: str) -> None:
        """Show one of the layouts; the one left is remembered as it was arranged."""
        self.layouts.show(name)

    def _on_layout(self, name: str) -> None:
        self.few_good.set_always(name == "overview")
        self.queue_bar.offer(name == "curate")

    def arrange(self) -> None:
        """Arrange the docks of the present layout as it starts out."""
        self.layouts.arrange()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self._built:
            bars = (
                self.banner,
                self.what_if_bar,
                self.compared,
                self.few_good,
                self.filter_bar,
                self.curate_bar,
                self.queue_bar,
            )
            colored: tuple[_Colored, ...] = (*bars, self.unit_table, *self.panels.values())
            for widget in colored:
                widget.retheme()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Close, unless a note cannot be saved (once more loses it), or a file is being written."""
        self.session.stage.leaving.emit(True)
        unsaved = self.session.labelling.notes.kept.words()
        if unsaved and unsaved != self._told_unsaved and not self.closes_anyway:
            self._told_unsaved = unsaved
            kept = self.session.saying.keeps(self.session.labelling.notes.kept.texts)
            self.banner.show_error(f"Not closed. {unsaved}", _KEPT if kept else _LOST)
            event.ignore()
            return
        if not self.closes_anyway and not self._quitting.allows():
            event.ignore()
            return
        self.layouts.keep()
        if self.remember:
            self.prefs.sync()
        self.docked.stop()
        self.viewers.stop()
        self.actions_by_key.close()
        self.session.close(self.docked.imports)
        self.trace.close()
        super().closeEvent(event)
