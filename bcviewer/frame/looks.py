"""The theme and the size of the font, as the person wants them or as the desktop has them."""

from __future__ import annotations

import os

from PySide6.QtGui import QFont, QPalette
from PySide6.QtWidgets import QApplication, QDockWidget, QWidget

from bcviewer.widgets.drawing.theme import dark_palette, light_palette, refit_fonts

THEME_ENV = "BCVIEWER_THEME"
"""Environment variable: ``light`` or ``dark``, whatever the preferences say."""

_FONT, _STYLE, _LOOKS = "desktopFont", "desktopStyle", "looks"
"""Properties of the application: what the desktop gave it, and what was applied."""


def keep_desktop(app: QApplication) -> None:
    """Note what the desktop gave the application, before anything is applied."""
    app.setProperty(_FONT, app.font())
    app.setProperty(_STYLE, app.style().objectName())


def apply_looks(theme: str, font_size: int) -> None:
    """Show a theme (empty: the desktop's) and a size of the font (0: the desktop's), at once.

    Parameters
    ----------
    theme : str
        ``light``, ``dark`` or empty.
    font_size : int
        In points.
    """
    app = QApplication.instance()
    if not isinstance(app, QApplication) or app.property(_STYLE) is None:
        return
    given = os.environ.get(THEME_ENV, "")
    theme = given if given in ("light", "dark") else theme
    before = str(app.property(_LOOKS) or "/0").split("/")
    app.setProperty(_LOOKS, f"{theme}/{font_size}")
    if theme != before[0]:
        app.setStyle("Fusion" if theme else str(app.property(_STYLE)))
        palettes = {"light": light_palette, "dark": dark_palette}
        app.setPalette(palettes[theme]() if theme else QPalette())
    if str(font_size) != before[1]:
        font = QFont(app.property(_FONT))
        if font_size:
            font.setPointSize(font_size)
        app.setFont(font)
        for window in app.topLevelWidgets():
            _refit(window)


def _refit(window: QWidget) -> None:
    for dock in window.findChildren(QDockWidget):
        dock.setFont(QApplication.font())  # the platform has one of its own for their titles
    refit_fonts(window)
    for panel in getattr(window, "panels", {}).values():
        panel.retheme()
