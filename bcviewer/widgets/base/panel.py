"""What all panels have in common: a scene goes in, wishes come out, hidden ones do nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from bcviewer.app.same_part import is_same
from bcviewer.app.scene import Scene
from bcviewer.app.wishes import ShowUnits
from bcviewer.core.evidence.ask import Ask
from bcviewer.widgets.drawing.painting import Curtain

_LEAST_HEIGHT = 145
"""Pixels that every panel is content with."""


class Panel(QWidget):
    """Draws part of a :class:`~bcviewer.app.scene.Scene`.

    Attributes
    ----------
    panel_id, title : str
        Its id in object names (``panel.<id>``, ``dock.<id>``), and its title.
    parts : tuple of str
        The fields of the scene that it draws; a change of others costs it nothing. ``"table"`` is
        all but what curators said, which is ``"manual"``.
    waits : bool
        Whether it may draw in a later turn of the event loop than the table.
    metrics : tuple of str
        The metrics that it is the evidence of.
    n_plots : int
        How many plots of pyqtgraph it has; they are made before it, one in a turn.
    wish : Signal(Wish)
        What the person wishes by a click: one of :mod:`bcviewer.app.wishes`.
    appeared : Signal()
        It came on screen; it draws the scene that it is given then, or that it has.
    """

    panel_id: ClassVar[str] = ""
    title: ClassVar[str] = ""
    parts: ClassVar[tuple[str, ...]] = ("table", "current")
    waits: ClassVar[bool] = True
    metrics: ClassVar[tuple[str, ...]] = ()
    n_plots: ClassVar[int] = 0

    wish = Signal(object)
    appeared = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"panel.{self.panel_id}")
        # Else the window paints beneath it, and dots of a line that lay there a moment ago stay.
        self.setAutoFillBackground(True)
        self.scene: Scene | None = None
        self._drawn: tuple[object, ...] | None = None
        self._behind = False
        self._kept_back = False
        self._curtain = Curtain(self)

    def asks(self, scene: Scene) -> tuple[Ask, ...]:  # noqa: ARG002  evidence panels need it
        """Return what it wants to know of the current unit."""
        return ()

    def asks_ahead(self, scene: Scene) -> tuple[Ask, ...]:
        """Return what it will want to know when another unit becomes the current one."""
        return self.asks(scene)

    def want_filter(self, text: str, add: bool = False) -> None:
        """Wish for exactly the units of a part of the plot, or for them as well."""
        self.wish.emit(ShowUnits(text, add))

    @property
    def seen(self) -> bool:
        """Whether it is on screen; Qt calls a dock behind another tab visible as well."""
        return self.isVisible() and not self._behind

    def set_behind(self, behind: bool) -> None:
        """Say whether its dock is hidden or behind another tab; it draws when it is not."""
        self._behind = behind
        self.appear()

    def show_scene(self, scene: Scene) -> None:
        """Show another scene; drawn at once if the panel is visible, else when it is shown."""
        self.scene = scene
        if self.seen:
            self._draw()

    def reveal(self, metric: str) -> None:
        """Bring what it draws of a metric into sight, where it has to be scrolled to."""

    def settle(self) -> None:
        """Do at once what waits until its size stays the same: a picture is taken."""

    def forget(self) -> None:
        """Let go of the recording that was drawn: another one is open."""
        self.scene = self._drawn = None

    def retheme(self) -> None:
        """Take the colours of the palette."""
        self._drawn = None
        if self.seen:
            self._draw()

    def minimumSizeHint(self) -> QSize:
        """Ask for little height: else a tab would move what is beside it when it is chosen.

        With large letters three panels on top of each other would not fit on a screen. What is
        lower than it would like to be draws less: a plot gives way to the words around it.
        """
        hint = super().minimumSizeHint()
        return QSize(hint.width(), min(hint.height(), _LEAST_HEIGHT))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.appear()

    def appear(self) -> None:
        """Draw what there is to draw, if it is on screen, and is not kept from being painted."""
        if self.seen:
            self.appeared.emit()
            if not self._kept_back:
                self._draw()

    def keep_back(self) -> None:
        """Keep it from being painted, and from drawing because it appears: what is there stays.

        Nor is what is in it laid out, whatever size it gets meanwhile.
        """
        self._kept_back = True
        self.setUpdatesEnabled(False)
        if (layout := self.layout()) is not None:
            layout.setEnabled(False)

    def blank(self) -> None:
        """Keep it from being painted with nothing in its place: what is there is of another one."""
        self._curtain.drop()
        self.setUpdatesEnabled(True)

    def come_forward(self) -> None:
        """Draw what there is to draw, and let it be painted from now on."""
        self._kept_back = False
        if (layout := self.layout()) is not None and not layout.isEnabled():
            layout.setEnabled(True)
            layout.invalidate()
            layout.activate()
        self._curtain.lift()
        self.setUpdatesEnabled(True)
        self.appear()

    def _draw(self) -> None:
        if self.scene is None:
            return
        state = tuple(self.scene.part(part) for part in self.parts)
        drawn = self._drawn
        if drawn is not None and all(map(is_same, state, drawn)):
            return
        self._drawn = state
        try:
            self.redraw(self.scene)
        except BaseException:
            self._drawn = None  # else it would not be drawn again before another thing is shown
            self._curtain.drop()  # what is there is of another unit
            raise
        if not self._kept_back:
            self._curtain.lift()

    def redraw(self, scene: Scene) -> None:
        """Draw the scene."""
        raise NotImplementedError


class Panels(dict[str, Panel]):
    """Panels by the ids of their docks, each made when it is first asked for.

    What it holds, and goes through, are the panels made so far.

    Parameters
    ----------
    make : callable
        Makes the panel of an id; ``KeyError`` where there is none.
    """

    def __init__(self, make: Callable[[str], Panel]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, key: str) -> Panel:
        self[key] = panel = self._make(key)
        return panel
