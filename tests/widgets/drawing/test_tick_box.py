"""A box to tick has an outline that is seen, ticked or not, light or dark."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication, QCheckBox, QStyle, QStyleOptionButton

import bcviewer
from bcviewer.widgets.chrome.phy_dialog import SWITCHES, PhyDialog
from bcviewer.widgets.drawing.theme import dark_palette, light_palette, theme
from bcviewer.widgets.drawing.tick_box import TickBox


def outline(box: QCheckBox) -> set[str]:
    """Return the colours of the corners of what is ticked."""
    image, option = box.grab().toImage(), QStyleOptionButton()
    box.initStyleOption(option)
    which = QStyle.SubElement.SE_CheckBoxIndicator
    edge = box.style().subElementRect(which, option, box)
    corners = (edge.topLeft(), edge.topRight(), edge.bottomLeft(), edge.bottomRight())
    return {image.pixelColor(corner).name() for corner in corners}


@pytest.mark.parametrize("palette", [light_palette, dark_palette])
@pytest.mark.parametrize("ticked", [False, True])
def test_its_outline_is_seen(keep: Any, palette: Any, ticked: bool) -> None:
    before = QApplication.palette()
    QApplication.setPalette(palette())
    try:
        box = keep(TickBox("costs"))
        box.setChecked(ticked)
        box.resize(box.sizeHint())
        assert outline(box) == {theme().faint.lower()}
    finally:
        QApplication.setPalette(before)


def test_the_switches_of_the_link_with_phy_have_one(keep: Any) -> None:
    """Seen in the dark: three lines of words, and nothing to tick beside them."""
    before = QApplication.palette()
    QApplication.setPalette(dark_palette())
    try:
        dialog = keep(PhyDialog(None, dict.fromkeys(SWITCHES, False)))
        assert len(dialog.boxes) == 3
        assert all(outline(box) == {theme().faint.lower()} for box in dialog.boxes.values())
    finally:
        QApplication.setPalette(before)


def test_nothing_makes_a_check_box_of_another_kind() -> None:
    paths = Path(bcviewer.__file__).parent.rglob("*.py")
    assert [path.name for path in paths if re.search(r"QCheckBox\(", path.read_text("utf-8"))] == []
