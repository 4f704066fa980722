"""What is on screen each time Qt paints, and how often each panel is painted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QWidget

from bcviewer.frame.window import Window
from bcviewer.widgets.base.panel import Panel
from bcviewer.widgets.drawing.painting import Curtain


class PaintRecorder(QObject):
    """Looks at a window as long as it is entered, each time something of it is painted.

    Parameters
    ----------
    window : Window
        The window.
    look : callable, optional
        Returns what is wrong on screen, given the id of the panel that is painted ("": of none).

    Attributes
    ----------
    frames : Counter of str
        How often each panel, by its id, was painted: any part of it, once a frame.
    turns : list of set of str
        The panels that were painted in each frame, in their order.
    wrong : list of str
        What ``look`` said was wrong, each once.
    n_paints : int
        How many paint events there were.
    """

    def __init__(self, window: Window, look: Callable[[str], list[str]] | None = None) -> None:
        super().__init__()
        self._window, self._look = window, look
        self.frames: Counter[str] = Counter()
        self.wrong: list[str] = []
        self.n_paints = 0
        self.turns: list[set[str]] = []

    def __enter__(self) -> PaintRecorder:
        QApplication.instance().installEventFilter(self)
        return self

    def __exit__(self, *_: object) -> None:
        QApplication.instance().removeEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.UpdateRequest and watched is self._window:
            self.turns.append(set())
        elif kind == QEvent.Type.Paint and isinstance(watched, QWidget):
            self._on_paint(watched)
        return False

    def _on_paint(self, widget: QWidget) -> None:
        if widget.window() is not self._window:
            return
        self.n_paints += 1
        panel: QWidget | None = widget
        while panel is not None and not isinstance(panel, Panel):
            panel = panel.parentWidget()
        found = self._look("" if panel is None else panel.panel_id) if self._look else []
        self.wrong += [words for words in found if words not in self.wrong]
        if panel is None or isinstance(widget, Curtain):
            return
        if not self.turns:
            self.turns.append(set())
        if panel.panel_id not in self.turns[-1]:
            self.turns[-1].add(panel.panel_id)
            self.frames[panel.panel_id] += 1
