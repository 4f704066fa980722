"""The sentence over the table: plain words, links, and when it is seen."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from bcviewer.core.figures.few_good import FewGood, Part
from bcviewer.widgets.chrome.few_good_bar import FewGoodBar
from bcviewer.widgets.drawing.theme import DARK, LIGHT, dark_palette, light_palette

PARTS = (
    Part("No GOOD unit: "),
    Part("5 of 9 units fail <b>x</b> > 1", "a > 'x' & <b>"),
    Part(", "),
    Part("2 of them undecidable", "family == 'undecidable'"),
)


@pytest.fixture
def bar(keep: Any) -> FewGoodBar:
    made = FewGoodBar()
    made.resize(700, 40)
    return keep(made, shown=False)


def test_it_is_seen_while_few_units_are_good_or_always(bar: FewGoodBar) -> None:
    assert bar.isHidden()
    for few, always, hidden in (
        (True, False, False),
        (False, False, True),
        (False, True, False),
        (True, True, False),
    ):
        bar.set_always(always)
        bar.show_sentence(FewGood(PARTS, few))
        assert bar.isHidden() == hidden
    bar.show_sentence(None)
    assert bar.isHidden()
    bar.set_always(True)
    assert bar.isHidden(), "nothing is open"


def test_markup_in_a_part_is_shown_as_it_is(bar: FewGoodBar) -> None:
    bar.show_sentence(FewGood(PARTS, True))
    assert "&lt;b&gt;x&lt;/b&gt; &gt; 1" in bar.text()
    assert bar.accessibleName() == "".join(part.text for part in PARTS)


def test_its_links_are_reached_and_chosen_by_keys(bar: FewGoodBar, qtbot: Any) -> None:
    bar.show_sentence(FewGood(PARTS, True))
    bar.show()
    bar.activateWindow()
    assert QTest.qWaitForWindowActive(bar)
    for part in (1, 3):
        bar.setFocus(Qt.FocusReason.TabFocusReason)
        QTest.keyClick(bar, Qt.Key.Key_Tab)
        with qtbot.waitSignal(bar.chosen) as chosen:
            QTest.keyClick(bar, Qt.Key.Key_Return)
        assert chosen.args == [PARTS[part].filter]


def test_a_link_that_is_hovered_says_its_filter_as_text(bar: FewGoodBar) -> None:
    bar.show_sentence(FewGood(PARTS, True))
    bar.linkHovered.emit("1")
    assert bar.toolTip() == "Show these units: a &gt; &#x27;x&#x27; &amp; &lt;b&gt;"
    bar.linkHovered.emit("")
    assert bar.toolTip() == ""


def test_it_takes_the_colours_of_the_palette(bar: FewGoodBar) -> None:
    bar.show_sentence(FewGood(PARTS, True))
    before = QApplication.palette()
    try:
        for palette, colors in ((dark_palette(), DARK), (light_palette(), LIGHT)):
            QApplication.setPalette(palette)
            bar.retheme()
            assert colors.warn_tint in bar.styleSheet()
            assert colors.accent in bar.text()
    finally:
        QApplication.setPalette(before)


def test_it_says_that_it_is_of_what_is_tried(bar: FewGoodBar) -> None:
    bar.show_sentence(FewGood(PARTS, True), proposed=True)
    assert bar.text().startswith("<b>What if: </b>")
    assert bar.accessibleName().startswith("What if: ")
    bar.show_sentence(FewGood(PARTS, True))
    assert "What if" not in bar.text() + bar.accessibleName()
