"""What all panels have in common: a scene goes in, wishes come out, hidden ones do nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from bcviewer.app.session import Scene
from bcviewer.core.evidence.ask import Ask


class Panel(QWidget):
    """Draws part of a :class:`~bcviewer.app.session.Scene`.

    Attributes
    ----------
    panel_id, title : str
        Its id in object names (``panel.<id>``, ``dock.<id>``), and its title.
    parts : tuple of str
        The fields of the scene that it draws; a change of others costs it nothing. ``"table"`` is
        all but what curators said, which is ``"manual"``.
    filter_chosen : Signal(str, bool)
        A filter text that the person asked for by a click, and whether to add it to the present
        one.
    unit_chosen : Signal(int)
        The row of a unit that the person clicked.
    asks_changed : Signal()
        :meth:`asks` returns something else.
    """

    panel_id: ClassVar[str] = ""
    title: ClassVar[str] = ""
    parts: ClassVar[tuple[str, ...]] = ("table", "current")

    filter_chosen = Signal(str, bool)
    unit_chosen = Signal(int)
    asks_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"panel.{self.panel_id}")
        self.scene: Scene | None = None
        self._drawn: tuple[object, ...] | None = None
        self._behind = False

    def asks(self, scene: Scene) -> tuple[Ask, ...]:  # noqa: ARG002  evidence panels need it
        """Return what it wants to know of the current unit."""
        return ()

    def asks_ahead(self, scene: Scene) -> tuple[Ask, ...]:
        """Return what it will want to know when another unit becomes the current one."""
        return self.asks(scene)

    @property
    def seen(self) -> bool:
        """Whether it is on screen; Qt calls a dock behind another tab visible as well."""
        return self.isVisible() and not self._behind

    def set_behind(self, behind: bool) -> None:
        """Say whether its dock is hidden or behind another tab; it draws when it is not."""
        self._behind = behind
        if self.seen:
            self._draw()

    def show_scene(self, scene: Scene) -> None:
        """Show another scene; drawn at once if the panel is visible, else when it is shown."""
        self.scene = scene
        if self.seen:
            self._draw()

    def retheme(self) -> None:
        """Take the colours of the palette."""
        self._drawn = None
        if self.seen:
            self._draw()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self.seen:
            self._draw()

    def _draw(self) -> None:
        if self.scene is None:
            return
        state = tuple(self.scene.part(part) for part in self.parts)
        drawn = self._drawn
        if drawn is not None and all(map(_same, state, drawn)):
            return
        self._drawn = state
        self.redraw(self.scene)

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


def _same(a: object, b: object) -> bool:
    """Whether two parts of a scene are the same; arrays by identity, they are frozen."""
    if a is b:
        return True
    return not isinstance(a, np.ndarray) and not isinstance(b, np.ndarray) and bool(a == b)
