"""A rule's words are shortened by words, and what they say stays true."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QFont, QFontMetricsF
from PySide6.QtWidgets import QApplication

from bcviewer.widgets.drawing.fewer_words import in_fewer_words, ways


@pytest.mark.parametrize(
    ("text", "shorter"),
    [
        (
            "first-peak width < 4 samples",
            ("peak 1 width < 4 samples", "peak 1 width < 4", "peak 1 width"),
        ),
        ("✗ RPV fraction 1.000 > 0.1", ("✗ RPV 1.000 > 0.1", "✗ RPV 1.000")),
        ("FAIL 1.000 > 0.1 · 1.0: no contamination", ("FAIL 1.000 > 0.1", "FAIL 1.000")),
        (
            "spatial decay 0.02 ≥ 0.01, ≤ 0.1 1/µm",
            ("spatial decay 0.02 ≥ 0.01", "spatial decay 0.02"),
        ),
        ("spatial decay (1/µm)", ("spatial decay",)),
        ("troughs", ()),
    ],
)
def test_ways(text: str, shorter: tuple[str, ...]) -> None:
    assert ways(text) == (text, *shorter)


def test_no_limit_that_is_only_tried_stands_alone() -> None:
    said = ways("presence ratio 0.61 ≥ 0.6 (saved 0.7)")
    assert all("≥" not in way or "(saved 0.7)" in way for way in said)


def test_the_longest_that_has_room_is_said(qapp: QApplication) -> None:
    text = "first-peak width < 4 samples"
    metrics = QFontMetricsF(QFont())
    for way in ways(text):
        assert in_fewer_words(text, metrics, metrics.horizontalAdvance(way)) == way
    cut = in_fewer_words(text, metrics, metrics.horizontalAdvance("peak …"))
    assert cut.endswith("…")
    assert text.endswith("samples")
