"""The window's layouts: which is shown, how it was arranged, and how it shares the room."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QByteArray, QEvent, QObject, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDockWidget, QMainWindow, QTabBar, QWidget

from bcviewer.app.prefs import Prefs
from bcviewer.widgets.chrome.arrange import DockTabs, arrange, resize
from bcviewer.widgets.chrome.docks import LAYOUTS, layout_version
from bcviewer.widgets.chrome.shares import Shares, arranged, share_out, shares_of, table_width

_ROUNDING = 12
"""Pixels that rounding may cost."""
_HELD_MS = 100
"""How often it is looked whether a button of the mouse is still held."""


@dataclass(frozen=True, slots=True)
class _Room:
    """What there is to share out, and how."""

    name: str
    width: int
    height: int
    beside: int
    shares: Shares | None


class Layouts(QObject):
    """Shows layouts, remembers each as it was arranged, and keeps its proportions at any size.

    As long as nobody moved anything the table has what its columns need, and at most what the
    layout grants it; the docks share the rest as the layout starts out.

    Parameters
    ----------
    window : QMainWindow
        The window.
    prefs : Prefs
        Where they are remembered.
    docks : dict of str to QDockWidget
        The docks by id.
    needed : callable
        Returns the width that the table needs, the one in which all of it is whole, and the one in
        which a reason has its fewest words, in pixels.

    Attributes
    ----------
    name : str
        The layout that is shown.
    remember : bool
        Whether the layout is kept for the next start.
    shares : Shares or None
        How the person shared the room out; None: it is as the layout starts out.
    changed : Signal(str)
        This layout is shown now.
    replaced : Signal()
        The docks of another layout are where those of this one were.
    moved : Signal()
        The docks have other places or sizes, or are to get them, in a window of the same size.
    """

    changed = Signal(str)
    replaced = Signal()
    moved = Signal()

    def __init__(
        self,
        window: QMainWindow,
        prefs: Prefs,
        docks: dict[str, QDockWidget],
        needed: Callable[[], tuple[int, int, int]],
    ) -> None:
        super().__init__(window)
        self._window, self._prefs, self._docks, self._needed = window, prefs, docks, needed
        self.name = ""
        self.remember = True
        self.shares: Shares | None = None
        self._there: set[str] = set()
        self._pressed: Shares | None = None
        self._busy = False
        self._fitted: _Room | None = None
        """What the room was shared out for last; None: it is not as it was shared out."""
        self._places: tuple[QSize, dict[str, QRect]] = (QSize(), {})
        """How large the window was when it was last looked at, and where its docks were."""
        self._pushed: tuple[int, int, int] | None = None
        """When it was last shared out anew since something had pushed the docks aside."""
        self._tabs = DockTabs(self)
        self._wanted = ""
        """The layout that is to be shown once no dock is dragged any more."""
        self._taking, self._fitting, self._freed = QTimer(self), QTimer(self), QTimer(self)
        for timer, what in (
            (self._taking, self._take),
            (self._fitting, self._fit_free),
            (self._freed, self._show_wanted),
        ):
            timer.setSingleShot(True)
            timer.timeout.connect(what)
        for dock in docks.values():
            dock.visibilityChanged.connect(self._on_moved)
            dock.topLevelChanged.connect(self._on_moved)
        window.installEventFilter(self)

    def keep(self) -> None:
        """Remember the window as it is."""
        if self.remember:
            state = self._window.saveState(layout_version())
            self._prefs.set_window(self._window.saveGeometry(), self.name, state)
            self._prefs.set_shares(self.name, "" if self.shares is None else self.shares.as_text())

    def show(self, name: str) -> None:
        """Show one of the layouts; the one left is remembered as it was arranged.

        The one that is shown gets the sizes back that it starts out with. Under a hand that may
        drag a dock it waits: to put the docks in their places meanwhile ends the program within Qt.
        """
        if self._drags_dock:
            self._wanted = name
            self._freed.start(_HELD_MS)
            return
        self._freed.stop()
        self._fitted = self._pressed = None
        if name == self.name:
            self.shares = None
            self.fit()
            self.changed.emit(name)
            return
        if self.name:
            self._say_moved()
            self.keep()
        shares = Shares.from_text(self._prefs.shares(name))
        if not self.take_up(name, self._prefs.layout(name), shares):
            self.arrange()
        if self.remember:  # by now, too: a program that is killed keeps nothing
            self._prefs.set_layout_name(name)
        self.fit()
        self.changed.emit(name)
        self.replaced.emit()

    @property
    def _drags_dock(self) -> bool:
        """Whether a hand may drag a dock: Qt has the mouse, or one is out of the window."""
        out = any(dock.window() is not self._window for dock in self._docks.values())
        return (out and is_held()) or QWidget.mouseGrabber() is not None

    def _show_wanted(self) -> None:
        self.show(self._wanted)

    def take_up(self, name: str, state: QByteArray, shares: Shares | None) -> bool:
        """Arrange the docks of a layout as they were; return whether that is known.

        Parameters
        ----------
        name : str
            The layout.
        state : QByteArray
            The window's state; empty: it is not known.
        shares : Shares or None
            How the person shared the room out then.
        """
        self.name = name
        self._busy = True  # the docks are put back, not moved
        if not state.isEmpty():
            self._hide_tabs()
        known = not state.isEmpty() and self._window.restoreState(state, layout_version())
        self._busy = False
        self.shares = shares if known else None
        self._there = set(arranged(self._docks))
        return known

    def _hide_tabs(self) -> None:
        """Hide the tabs between docks: Qt takes others for a state, and leaves these on screen."""
        direct = Qt.FindChildOption.FindDirectChildrenOnly
        for bar in self._window.findChildren(QTabBar, options=direct):
            bar.hide()

    def arrange(self) -> None:
        """Arrange the docks of the present layout as it starts out."""
        self.shares = self._fitted = None
        self._busy = True
        arrange(self._window, self._docks, self.name, self._beside())
        self._busy = False
        self._there = set(arranged(self._docks))

    def reset(self) -> None:
        """Forget how all layouts were arranged, and arrange the present one as it starts out."""
        self._prefs.forget_layouts()
        self.arrange()

    # -- proportions -------------------------------------------------------------------------

    def _beside(self) -> int:
        """Return the width that the docks are to have, in pixels."""
        width = self._window.width()
        most = 1 - next(spec.share for spec in LAYOUTS if spec.key == self.name)
        chosen = self.shares.table if self.shares is not None else 0.0
        needed, whole, fewest = self._needed()
        return width - table_width(width, needed, most, chosen, whole, fewest)

    def fit(self) -> None:
        """Share out the room that there is now."""
        window, beside = self._window, self._beside() if self.name else 0
        due = _Room(self.name, window.width(), window.height(), beside, self.shares)
        if not self.name or not window.isVisible() or due == self._fitted:
            return
        if self.shares is None:
            resize(window, self._docks, self.name, beside)
        else:
            share_out(window, self._docks, self.shares, beside)
        there, was = window.width() - window.centralWidget().width(), self._places[0]
        self._fitted = due if abs(there - beside) <= _ROUNDING else None  # else once more, later
        self._places = self._where()
        if was == window.size():
            self.moved.emit()

    def _say_moved(self) -> None:
        self._places = self._where()
        self.moved.emit()

    def _where(self) -> tuple[QSize, dict[str, QRect]]:
        """Return the size of the window, and where the docks are in it that are on screen."""
        docks = {k: d.geometry() for k, d in self._docks.items() if d.isVisible()}
        # those behind a tab are put out of sight, and a floating one is on the desktop
        seen = {k for k, area in docks.items() if area.intersects(self._window.rect())}
        return self._window.size(), {k: docks[k] for k in seen if not self._docks[k].isFloating()}

    def _look_for_moves(self) -> None:
        """Say that docks moved by something that is around them: a bar that came, or grew.

        Not in a window of another size, nor under a hand that drags what lies between them.
        """
        (was, before), self._places = self._places, self._where()
        size, now = self._places
        moved = any(now[key] != before[key] for key in now.keys() & before.keys())
        if was == size and moved and not self._is_dragged and not self._busy:
            self.moved.emit()

    @property
    def _is_dragged(self) -> bool:
        """Whether a hand may drag what lies between the docks."""
        return is_held() and self._pressed is not None

    def _on_laid_out(self) -> None:
        """Share the room out anew where what had asked for more of it asks for less by now.

        Seen: a bar over the table that is wider until the labels are read; the docks stayed aside.
        """
        window, table = self._window, self._window.centralWidget()
        if not self.name or self._busy or self._is_dragged or not window.isVisible():
            return
        beside, there = self._beside(), window.width() - table.width()
        now = (beside, there, table.minimumSizeHint().width())
        if abs(there - beside) > _ROUNDING and now != self._pushed:  # once: it may be impossible
            self._pushed, self._fitted = now, None
            self.fit_soon()

    def fit_soon(self) -> None:
        """Share out the room once Qt knows how much each part of the window asks for."""
        self._fitting.start()

    def _fit_free(self) -> None:
        """Share it out, but move nothing under a hand that drags: a plot keeps what it holds."""
        if not is_held():
            self._fitting.setInterval(0)
            self.fit()
        else:
            self._fitting.start(_HELD_MS)

    def _on_moved(self) -> None:
        """Take the room as it is shared once a dock was opened, closed or let float."""
        if self._busy or not self._window.isVisible():
            return
        there = set(arranged(self._docks))
        if there != self._there:
            self._there = there
            self._taking.start()

    def _take(self) -> None:
        chosen = self.shares.table if self.shares is not None else 0.0
        now = shares_of(self._window, self._docks, chosen)
        if now is not None:  # with no dock left there is nothing to share: the sizes come back
            self.shares = now

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the window's size, its tabs, and what is dragged: what lies between the docks."""
        kind = event.type()
        if kind == QEvent.Type.Resize and not self._busy:
            self.fit()  # Qt has given the docks their room by now: all that is new to the table
        elif kind in (QEvent.Type.Resize, QEvent.Type.Show):
            # while docks are put back none has its place yet, nor before the window has its size
            self.fit_soon()
        elif kind == QEvent.Type.LayoutRequest:
            self._on_laid_out()
            self._look_for_moves()
        elif kind == QEvent.Type.ChildPolished:
            child = event.child()  # type: ignore[attr-defined]
            if isinstance(child, QTabBar):
                self._tabs.watch(child)
        elif kind == QEvent.Type.MouseButtonPress:
            self._pressed = shares_of(self._window, self._docks, 0.0)
        elif kind == QEvent.Type.MouseButtonRelease and self._pressed is not None:
            before, self._pressed = self._pressed, None
            self._places = self._where()
            self._on_dragged(before)
        return super().eventFilter(watched, event)

    def _on_dragged(self, before: Shares) -> None:
        now = shares_of(self._window, self._docks, 0.0)
        if now is None or now == before:
            return
        table = self.shares.table if self.shares is not None else 0.0
        if now.width != before.width:
            table = self._window.centralWidget().width() / self._window.width()
        self.shares = Shares(now.width, now.height, now.docks, table)

    def restore(self) -> None:
        """Show the window as it was left."""
        window, geometry = self._window, self._prefs.geometry()
        if not QByteArray(geometry).isEmpty() and window.restoreGeometry(geometry):
            from bcviewer.frame.on_screen import OnScreen  # not at the very first start

            OnScreen(window)
        else:
            area = QGuiApplication.primaryScreen().availableGeometry()
            window.resize(
                min(1440, round(area.width() * 0.9)), min(900, round(area.height() * 0.9))
            )
        name = self._prefs.layout_name()
        known = {spec.key for spec in LAYOUTS}
        self.show(name if name in known else LAYOUTS[0].key)


def is_held() -> bool:
    """Whether a button of the mouse is held."""
    return QGuiApplication.mouseButtons() != Qt.MouseButton.NoButton
