"""What is on the screen, and the same painted wholly anew."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QGraphicsView, QWidget
from qt_fixtures import WAIT_MS, settle

from bcviewer.frame.window import Window


def on_screen(window: Window) -> np.ndarray:
    """Return what is on the screen, and is kept there: nothing is painted for it."""
    shot = window.screen().grabWindow(window.winId()).toImage()
    shot = shot.convertToFormat(QImage.Format.Format_RGB32)
    return np.frombuffer(shot.constBits(), np.uint32).reshape(shot.height(), shot.width()).copy()


def paint_all(window: Window) -> None:
    """Paint everything anew, also what is kept as it was painted."""
    for view in window.findChildren(QGraphicsView):
        for item in view.scene().items():
            item.update()
    if "histograms" in window.panels:
        for item in window.panels["histograms"].items.values():
            item.refresh(recount=True)
            item.strip.update()
    for widget in (window, *window.findChildren(QWidget)):
        widget.update()
    settle()


def at_rest(window: Window) -> None:
    settle()
    assert window.session.wait_idle(WAIT_MS)
    for panel in window.panels.values():
        panel.settle()  # the curves
    settle()
