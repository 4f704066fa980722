"""Text that is cut off to some lines."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QApplication

from bcviewer.widgets.drawing.cut_text import cut_to_lines, fits_lines

WRAP = int(Qt.TextFlag.TextWordWrap)
PATH = "No raw file where it was expected: D:/recordings/Demo_20260201_session001/raw/ProbeB/x.dat"


@pytest.mark.parametrize("width", [150, 220, 340])
@pytest.mark.parametrize("lines", [1, 2, 3])
def test_what_is_cut_off_is_said_and_nothing_is_lost_unseen(
    qapp: QApplication, width: int, lines: int
) -> None:
    metrics = QFontMetrics(qapp.font())
    cut = cut_to_lines(PATH, metrics, WRAP, width, lines)
    assert fits_lines(cut, metrics, WRAP, width, lines)
    assert cut == PATH or (cut.endswith("…") and PATH.startswith(cut[:-1]))
    longer = f"{PATH[: len(cut) + 1]}…"
    assert cut == PATH or not fits_lines(longer, metrics, WRAP, width, lines)


def test_what_has_room_is_whole(qapp: QApplication) -> None:
    metrics = QFontMetrics(qapp.font())
    assert cut_to_lines(PATH, metrics, WRAP, 4000, 1) == PATH
    assert cut_to_lines("", metrics, WRAP, 0, 1) == ""
    assert cut_to_lines("wide", metrics, WRAP, 1, 1) == "…"
