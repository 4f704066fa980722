"""The line in which another threshold is tried."""

from __future__ import annotations

from typing import Any

from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication

from bcviewer.widgets.drawing.theme import dark_palette, light_palette, theme
from bcviewer.widgets.unit.thresholds_panel import ThresholdsPanel


def test_the_number_takes_the_colours_of_another_theme(keep: Any, qapp: QApplication) -> None:
    """Seen: a white box in the dark theme."""
    panel, grounds = keep(ThresholdsPanel()), []
    try:
        for palette in (dark_palette(), light_palette()):
            qapp.setPalette(palette)
            panel.retheme()  # as the window does
            assert f"background:{theme().base}" in panel.line.edit.styleSheet()
            grounds.append(theme().base)
    finally:
        qapp.setPalette(QPalette())
    assert grounds[0] != grounds[1]
