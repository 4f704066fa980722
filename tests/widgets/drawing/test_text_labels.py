"""Bars and labels of one line: what they paint, and when."""

from __future__ import annotations

from typing import Any

from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from bcviewer.widgets.drawing.text_labels import LateBar


class Page(QWidget):
    """Counts how often it is painted."""

    def __init__(self) -> None:
        super().__init__()
        self.n = 0
        self.bar = LateBar(self)
        QVBoxLayout(self).addWidget(self.bar)

    def paintEvent(self, _: QPaintEvent) -> None:
        self.n += 1


def test_a_bar_that_moves_paints_nothing_at_once(qtbot: Any) -> None:
    """Seen: the table of one recording in a frame with the panels of another."""
    page = Page()
    qtbot.addWidget(page)
    page.show()
    qtbot.waitUntil(lambda: page.n > 0)
    before = page.n
    page.update()
    for value in (10, 50, 100):
        page.bar.setValue(value)
    assert page.n == before
    qtbot.waitUntil(lambda: page.n > before)
    assert page.bar.value() == 100
    before = page.n
    page.update()
    page.bar.setRange(0, 28)  # of fewer: Qt's begins anew, and paints
    page.bar.setValue(5)
    assert page.n == before
    qtbot.waitUntil(lambda: page.n > before)
    assert page.bar.value() == 5
