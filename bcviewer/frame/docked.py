"""The docks and their panels: one is built when its dock is first seen."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from functools import partial
from types import ModuleType

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtWidgets import QDockWidget, QGraphicsView, QMainWindow

from bcviewer.app.scene import Scene
from bcviewer.app.session import Session
from bcviewer.app.threads.waiting import OwnTurn, in_loop
from bcviewer.app.threads.worker import Control, Outcome, Worker
from bcviewer.app.trace import Trace
from bcviewer.app.wishes import OF_CURRENT_UNIT, OF_ROWS, Wish
from bcviewer.core.evidence.ask import Ask
from bcviewer.frame.actions import LATER
from bcviewer.frame.viewers import Appearing, Viewers, are_in_place
from bcviewer.widgets.base.panel import Panel, Panels
from bcviewer.widgets.chrome import docks as table
from bcviewer.widgets.chrome.arrange import RIGHT
from bcviewer.widgets.drawing.painting import MovedApart, StillScenes
from bcviewer.widgets.table.unit_table import UnitTable
from bcviewer.widgets.unit.why_panel import WhyPanel

FILTERS = "core.filter.language"
"""Reads filters, and completes them: nobody types any before the table is painted."""

PHY_LINK = tuple(f"app.background.{m}" for m in ("phy_link", "unsaved", "merged_spikes", "scoring"))
"""Brings Qt's network: nothing is linked before the table is painted."""

DEAR = "numpy.ma"
"""NumPy imports it when it is first asked what is distinct."""

UNSEEN_MS = 1500
"""Plots are made ready this long after a run is there, even if the table was never painted."""

SETTLE_MS = 30
"""…and this long after its first paint: importing then does not keep the other widgets' waiting."""


class Docked(QObject):
    """Owns the docks and their panels.

    Attributes
    ----------
    docks : dict of str to QDockWidget
        The docks by id.
    rows : MovedApart
        Paints the table beside them in turns of its own.
    panels : Panels
        The panels made so far, by the ids of their docks; another is made when it is asked for.
    imports : Worker
        Imports the panels' modules; the window waits for it when it closes.
    imported : Signal()
        What the first paint did not need is imported.
    """

    imported = Signal()

    def __init__(
        self,
        window: QMainWindow,
        rows: UnitTable,
        session: Session,
        viewers: Viewers,
        trace: Trace,
        grant: Callable[[Wish], None],
    ) -> None:
        super().__init__(window)
        self._window = window
        self._session, self._viewers, self._trace, self._grant = session, viewers, trace, grant
        self.docks: dict[str, QDockWidget] = {}
        self.panels, self._built = Panels(self._make), dict[str, Panel]()
        """Panels; those that have no place in their docks yet: to lay one out has its own turn."""
        self._behind: set[str] = set()
        self._covered: list[str] = []
        """Docks in the order in which they went out of sight."""
        self._awake = self._imported = self._ready = False
        self._still = StillScenes(self)
        self.rows = MovedApart(rows, rows.make_ready)
        self.rows.waiting.connect(partial(session.under_way.hold, "moved table"))
        self._appearing = Appearing(self, self.rows)
        self._appearing.waiting.connect(partial(session.under_way.hold, "appearing"))
        for let in (self._appearing.let_all, self.rows.let):
            viewers.same_frame.connect(let)
        window.installEventFilter(self)
        self._asking, self._builder = OwnTurn(self), OwnTurn(self)
        self._asking.come.connect(session.background.ask)
        self._builder.come.connect(self.build_next)
        self.waiting: list[str] = []
        """Docks that were seen and whose panels are to be built."""
        self._unseen = QTimer(self)
        self._unseen.setSingleShot(True)
        self._unseen.timeout.connect(self._import_plots)
        self.imports = Worker("imports", self)
        self.imports.finished.connect(self._on_imported)
        self._add_docks(window)
        session.background.asking = self.asks
        session.background.evidence.open_arrays.waits = self._is_to_be_painted

    def _add_docks(self, window: QMainWindow) -> None:
        for spec in table.DOCKS:
            dock = QDockWidget(spec.title, window)
            dock.setObjectName(f"dock.{spec.key}")
            window.addDockWidget(RIGHT, dock)
            self.docks[spec.key] = dock
            dock.visibilityChanged.connect(partial(self._on_seen, spec.key))
            if not spec.module:
                self._put(spec.key, WhyPanel(dock))

    def asks(self, scene: Scene) -> tuple[Sequence[Ask], Sequence[Ask]]:
        """Return what the panels on screen ask about the current unit, and about the next one."""
        seen = [panel for panel in self.panels.values() if panel.seen]
        asks = [ask for panel in seen for ask in panel.asks(scene)]
        return asks, [ask for panel in seen for ask in panel.asks_ahead(scene)]

    def is_in_front(self, key: str) -> bool:
        """Whether a dock is on screen, and not behind another tab."""
        return not self.docks[key].isHidden() and key not in self._behind

    def raise_dock(self, key: str) -> None:
        """Show a dock, in front of those that it shares its place with."""
        self.docks[key].show()
        self.docks[key].raise_()

    def give_way(self, key: str) -> bool:
        """Raise again the dock that another one covers: what was in front before it.

        Returns whether it covered one.
        """
        there = {dock.objectName() for dock in self._window.tabifiedDockWidgets(self.docks[key])}
        under = [k for k in self._covered if self.docks[k].objectName() in there]
        under = [k for k in under if not self.docks[k].isHidden()]
        if not under or not self.is_in_front(key):
            return False
        self.docks[under[-1]].raise_()
        return True

    def _put(self, key: str, panel: Panel) -> None:
        panel.wish.connect(partial(self._on_wish, panel))
        panel.appeared.connect(partial(self._on_appeared, panel))
        self.panels[key] = panel
        self._viewers.add(panel)
        for view in panel.findChildren(QGraphicsView):
            view.scene().installEventFilter(self._still)
        panel.set_behind(key in self._behind)
        self.docks[key].setWidget(panel)

    def _on_wish(self, panel: Panel, wish: Wish) -> None:
        """Grant it, unless it means the unit, or rows, that the panel shows, and these are others.

        A click may come between two turns: before the panel drew what the table shows by now.
        """
        shown, scene = panel.scene, self._session.scene
        if isinstance(wish, OF_ROWS) and not are_in_place(shown, scene):
            return
        current = -1 if shown is None else shown.current
        if not isinstance(wish, OF_CURRENT_UNIT) or current == scene.current:
            self._grant(wish)

    def _on_appeared(self, panel: Panel) -> None:
        if self._appearing.hold(panel):
            return
        self._session.background.ask()  # before it draws, so that it draws what is known already
        # What all others draw by now: a scene that is still to be told would be torn from theirs.
        self._viewers.call(panel, self._session.stage.told)

    def _on_seen(self, key: str, seen: bool) -> None:
        (self._behind.discard if seen else self._behind.add)(key)
        if not seen:
            self._covered = [*(k for k in self._covered if k != key), key]
        if key in self.panels:
            self.panels[key].set_behind(not seen)
            self.ask()
        elif seen and key not in self.waiting:
            self.waiting.append(key)
            if self._imported:
                self._session.under_way.hold("plots", True)
                self._builder.start()

    def ask(self) -> None:
        """Ask what is on screen by now; once, where a layout shows and hides many docks."""
        if in_loop():
            self._asking.start(0)
        else:
            self._session.background.ask()

    def on_moved(self) -> None:
        """Paint the panels, and the table beside them, in turns: they have other places, or sizes.

        A window that is not painted as large as it is has nothing of them that could stay.
        """
        if self.rows.may_wait:
            self._appearing.hold_all(self.panels.values())
            self.rows.hold()

    def on_layout(self) -> None:
        """Paint the panels of another layout in turns, and nothing of those that it left."""
        self.on_moved()
        self._appearing.blank()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Paint all panels at once in a window of another size: nothing is left of what was."""
        if event.type() == QEvent.Type.Resize:
            self._appearing.let_all()
        return super().eventFilter(watched, event)

    def show_evidence(self, metric: str, dock: str = "") -> None:
        """Raise the plot that is the evidence of a metric: the one on screen, where there is.

        With ``dock`` it is that one (its id).
        """
        found = [spec.key for spec in table.DOCKS if metric in _metrics_of(spec)]
        found = [dock] if dock else found or [table.ANY_METRIC]
        there = [key for key in found if not self.docks[key].isHidden()]
        seen = [key for key in there if key not in self._behind]
        key = (seen or there or found)[0]
        self.show(key)
        panel = self.panels[key]
        self._appearing.let_all()  # what is brought into sight has to be drawn
        panel.reveal(metric)

    def show(self, key: str) -> None:
        """Raise a dock; one that is not on screen appears as a tab of what it belongs to."""
        dock, host = self.docks[key], self.docks.get(table.BESIDE.get(key, ""))
        if dock.isHidden():
            if host is not None and not host.isHidden():
                self._window.tabifyDockWidget(host, dock)
            dock.show()
        dock.raise_()

    def wake(self) -> None:
        """Make the table ready before it is painted, and plots after a while: a run is there."""
        if not self._awake:
            if not self._unseen.isActive():  # a probe that joins begins nothing anew
                self.rows.begin()
            self._session.under_way.hold("plots", True)
            self._unseen.start(UNSEEN_MS)

    def settle(self) -> None:
        """Make the plots ready soon: the table was painted."""
        if not self._awake:
            self._unseen.start(SETTLE_MS)

    def _is_to_be_painted(self) -> bool:
        """Whether the table never was; so long at most as plots wait for that."""
        return not self._awake and self._unseen.isActive() and self._window.isVisible()

    def stop(self) -> None:
        """Build nothing any more: the thread that it starts would outlive the window."""
        for coming in (self._unseen, self._builder, self._asking, self.rows):
            coming.stop()
        self._appearing.stop()
        self._built.clear()
        if self._imported:
            _spare_items().forget_spare()

    def _import_plots(self) -> None:
        """Import pyqtgraph in a thread: it takes longer than the window may be silent."""
        self._unseen.stop()
        if self._awake:
            return
        self._awake = True
        modules = [f"widgets.{spec.module}" for spec in table.DOCKS if spec.module]
        # what keys need comes before plots
        modules = [FILTERS, *(f"frame.{module}" for module in LATER), *PHY_LINK, *modules]

        def work(_: Control) -> None:
            for module in modules:
                importlib.import_module(f"bcviewer.{module}")
            importlib.import_module(DEAR)

        self.imports.submit("plots", work)

    def _on_imported(self, outcome: Outcome) -> None:
        if outcome.error is not None:
            self._session.under_way.hold("plots", False)
            raise outcome.error
        self._imported = True
        self.imported.emit()
        self._builder.start()

    def build_next(self) -> None:
        """Build one panel that is looked at an event, so that the window answers between them."""
        while self.waiting:
            if self._appearing.busy:
                self._builder.start()
                return
            key = self.waiting.pop(0)
            if key in self._behind or key in self.panels:
                continue  # docks are seen for a moment while a layout is arranged
            try:  # one that fails keeps no other from being built
                if self._is_built(key):
                    self.panels[key]
                else:
                    self.waiting.insert(0, key)
            finally:
                self._builder.start()
            return
        if not self._ready:
            self._ready = True
            self._trace.write("plots")
        self._session.under_way.hold("plots", False)

    def _is_built(self, key: str) -> bool:
        """Return whether only its place is missing to a panel; else build some more of it."""
        built = key in self._built
        if not built and _has_plots(key):
            self._built[key] = self._build(key)
        return built

    def _build(self, key: str) -> Panel:
        spec = next((spec for spec in table.DOCKS if spec.key == key and spec.module), None)
        if spec is None:
            raise KeyError(key)
        return _kind_of(spec)(self.docks[key])

    def _make(self, key: str) -> Panel:
        panel = self._built.pop(key) if key in self._built else self._build(key)
        self._put(key, panel)
        return panel


def _spare_items() -> ModuleType:
    """Return the module that makes plots ahead: it is imported with the plots."""
    return importlib.import_module("bcviewer.widgets.drawing.spare_items")


def _has_plots(key: str) -> bool:
    """Return whether all plots are there that a dock's panel takes; else make one more of them."""
    spec = next(spec for spec in table.DOCKS if spec.key == key)
    return bool(_spare_items().make_spare(_kind_of(spec).n_plots))


def _kind_of(spec: table.DockSpec) -> type[Panel]:
    """Return the class of a dock's panel; its module is imported."""
    module = importlib.import_module(f"bcviewer.widgets.{spec.module}")
    kind: type[Panel] = getattr(module, spec.panel)
    return kind


def _metrics_of(spec: table.DockSpec) -> Sequence[str]:
    """Return the metrics that a dock's panel is the evidence of."""
    return _kind_of(spec).metrics if spec.module else ()
