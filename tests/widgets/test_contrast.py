"""Every text of the palette on every ground that it is written on, in light and dark."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QIcon, QPalette
from PySide6.QtWidgets import QApplication

from bcviewer.core.rules.palette import FAMILY_FILL, LABEL_FILL, ON_FILL
from bcviewer.widgets.drawing.shades import STEPS, shade, text_on
from bcviewer.widgets.drawing.theme import DARK, LIGHT, Theme, dark_palette, icon, light_palette

LEAST = 4.5
"""WCAG 2, level AA, of small text."""
TEXTS = ("text", "faint", "fail_text", "pass_text", "accent")
GROUNDS = ("base", "fail_tint", "warn_tint", "error_tint", "selected")


def contrast(one: QColor, other: QColor) -> float:
    low, high = sorted(_luminance(color) for color in (one, other))
    return (high + 0.05) / (low + 0.05)


def _luminance(color: QColor) -> float:
    channels = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in (color.redF(), color.greenF(), color.blueF())
    )
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), channels, strict=True))


def test_the_measure_is_wcags() -> None:
    assert contrast(QColor("#000000"), QColor("#FFFFFF")) == pytest.approx(21)
    assert contrast(QColor("#767676"), QColor("#FFFFFF")) == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_text_can_be_read_on_every_ground(theme: Theme) -> None:
    pairs = {
        (text, ground): contrast(QColor(getattr(theme, text)), QColor(getattr(theme, ground)))
        for text in TEXTS
        for ground in GROUNDS
    }
    assert {pair: round(found, 2) for pair, found in pairs.items() if found < LEAST} == {}
    # in the table; no other text is written there
    ground = QColor(theme.fail_selected)
    assert min(contrast(QColor(c), ground) for c in (theme.text, theme.accent)) >= LEAST
    shades = [shade(i / (STEPS - 1), theme.dark) for i in range(STEPS)]
    assert min(contrast(fill, text_on(fill)) for fill in shades) >= LEAST


def test_text_can_be_read_on_every_familys_fill() -> None:
    pairs = {family.name: contrast(QColor(f), QColor(ON_FILL)) for family, f in FAMILY_FILL.items()}
    assert {name: round(found, 2) for name, found in pairs.items() if found < LEAST} == {}


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("name", ["selected", "accent"])
def test_what_is_selected_has_no_classs_colour(theme: Theme, name: str) -> None:
    hue = QColor(getattr(theme, name)).hsvHue()
    fills = [QColor(fill) for fill in LABEL_FILL.values()]
    hues = [fill.hsvHue() for fill in fills if fill.hsvSaturation()]
    assert min(min(abs(hue - h), 360 - abs(hue - h)) for h in hues) >= 45


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_a_chip_that_is_on_and_a_selected_row_are_seen(theme: Theme) -> None:
    selected = QColor(theme.selected)
    assert contrast(selected, QColor(theme.base)) > 1.25
    assert contrast(QColor(theme.accent), QColor(theme.base)) > 3


@pytest.mark.parametrize("palette", [light_palette, dark_palette])
@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_an_icon_that_cannot_be_used_is_fainter(
    qapp: QApplication, palette: Callable[[], QPalette], ratio: float
) -> None:
    before = qapp.palette()
    qapp.setPalette(palette())
    try:
        ink = {mode: _ink(icon("undo"), mode, ratio) for mode in QIcon.Mode}
    finally:
        qapp.setPalette(before)
    assert 0 < ink[QIcon.Mode.Disabled] < 0.5 * ink[QIcon.Mode.Normal]


def _ink(of: QIcon, mode: QIcon.Mode, ratio: float) -> int:
    """Return how opaque the strongest part of an icon is."""
    drawn = of.pixmap(QSize(18, 18), ratio, mode).toImage()
    places = [(x, y) for x in range(drawn.width()) for y in range(drawn.height())]
    return max(drawn.pixelColor(x, y).alpha() for x, y in places)
