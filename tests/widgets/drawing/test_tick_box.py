"""A box to tick has an outline that is seen, ticked or not, light or dark."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtWidgets import QApplication, QStyle, QStyleOptionButton

from bcviewer.widgets.drawing.theme import dark_palette, light_palette, theme
from bcviewer.widgets.drawing.tick_box import TickBox


@pytest.mark.parametrize("palette", [light_palette, dark_palette])
@pytest.mark.parametrize("ticked", [False, True])
def test_its_outline_is_seen(keep: Any, palette: Any, ticked: bool) -> None:
    before = QApplication.palette()
    QApplication.setPalette(palette())
    try:
        box = keep(TickBox("costs"))
        box.setChecked(ticked)
        box.resize(box.sizeHint())
        image, option = box.grab().toImage(), QStyleOptionButton()
        box.initStyleOption(option)
        which = QStyle.SubElement.SE_CheckBoxIndicator
        edge = box.style().subElementRect(which, option, box)
        corners = (edge.topLeft(), edge.topRight(), edge.bottomLeft(), edge.bottomRight())
        assert {image.pixelColor(corner).name() for corner in corners} == {theme().faint.lower()}
    finally:
        QApplication.setPalette(before)
