"""The filter bar: chips with counts, completion, errors, and the box for an id."""

from __future__ import annotations

from typing import Any

import pytest
from factories import again, make_run, sheet_of
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QListView, QToolButton
from qt_fixtures import KINDS, WAIT_MS, click, table_of

from bcviewer.app.view import FilterState
from bcviewer.core.comparison.proposal import Proposal
from bcviewer.core.comparison.what_if import tried
from bcviewer.core.rules.labels import Label
from bcviewer.widgets.chrome.filter_bar import FilterBar


@pytest.fixture
def bar(qtbot: Any, keep: Any) -> FilterBar:
    made = FilterBar()
    made.resize(900, 120)
    keep(made)
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow, timeout=WAIT_MS)
    made.show_table(table_of(KINDS, saved=["MUA", "MUA", "NOISE", "NON-SOMA", ""]))
    return made


def chip(bar: FilterBar, name: str) -> QToolButton:
    return bar.findChild(QToolButton, f"chip.{name}")


def popup(bar: FilterBar) -> QListView:
    return bar.edit._popup


# -- chips -----------------------------------------------------------------------------------


def test_chips_have_counts(bar: FilterBar) -> None:
    texts = {name: chip(bar, name).text() for name in ("GOOD", "MUA", "NOISE", "NON-SOMA")}
    assert texts == {"GOOD": "GOOD 1", "MUA": "MUA 1", "NOISE": "NOISE 1", "NON-SOMA": "NON-SOMA 1"}
    assert chip(bar, "sole_blocker").text() == "sole blocker 2"
    assert chip(bar, "disagreement").text() == "disagreement 1"
    assert chip(bar, "undecidable").text() == "undecidable 0"
    assert not chip(bar, "undecidable").isEnabled()


def test_what_is_counted_by_a_proposal_has_a_frame(bar: FilterBar) -> None:
    sheet = sheet_of(make_run(KINDS))
    proposal = Proposal.of({"minPresenceRatio": 0.1})
    bar.show_table(again(sheet, tried=tried(sheet.inputs, proposal)))
    for name in ("sole_blocker", "borderline", "undecidable"):
        assert not chip(bar, name).icon().isNull()
        assert "tried" in chip(bar, name).toolTip()
    assert chip(bar, "disagreement").icon().isNull(), "saved labels are no proposal's"
    bar.show_table(table_of(KINDS))
    assert chip(bar, "sole_blocker").icon().isNull()
    assert "tried" not in chip(bar, "sole_blocker").toolTip()


def test_only_the_classes_of_this_run_are_offered(bar: FilterBar) -> None:
    assert chip(bar, "NON-SOMA MUA").isHidden()
    assert not chip(bar, "NON-SOMA").isHidden()
    bar.show_table(table_of(KINDS, {"splitGoodAndMua_NonSomatic": True}))
    assert not chip(bar, "NON-SOMA MUA").isHidden()
    assert chip(bar, "NON-SOMA").isHidden()


def test_an_unused_class_is_offered_only_while_it_is_filtered_for(bar: FilterBar) -> None:
    bar.show_filter(FilterState(classes=frozenset({Label.NON_SOMA_MUA})))
    assert not chip(bar, "NON-SOMA MUA").isHidden()
    bar.show_filter(FilterState())
    assert chip(bar, "NON-SOMA MUA").isHidden()


def test_a_click_on_a_chip_is_told(qtbot: Any, bar: FilterBar) -> None:
    for name, signal, value in (
        ("MUA", bar.class_toggled, Label.MUA),
        ("sole_blocker", bar.chip_toggled, "sole_blocker"),
    ):
        button = chip(bar, name)
        with qtbot.waitSignal(signal) as told:
            click(button, button.rect().center())
        assert told.args == [value]


def test_chips_show_the_filter(bar: FilterBar) -> None:
    state = FilterState(classes=frozenset({Label.MUA}), chips=frozenset({"borderline"}))
    bar.show_filter(state)
    buttons = [b for b in bar.findChildren(QToolButton) if not b.isHidden()]
    checked = {b.objectName() for b in buttons if b.isChecked()}
    assert checked == {"chip.MUA", "chip.borderline"}


def test_nothing_can_be_filtered_before_a_run(bar: FilterBar) -> None:
    bar.show_table(None)
    assert not bar.isEnabled()


def test_the_count(bar: FilterBar) -> None:
    bar.show_count(37, 1316)
    assert bar.count.text() == "37 of 1,316 shown"


# -- the box ---------------------------------------------------------------------------------


def test_typing_applies_after_a_pause_and_enter_at_once(qtbot: Any, bar: FilterBar) -> None:
    with qtbot.waitSignal(bar.text_chosen, timeout=WAIT_MS) as told:
        QTest.keyClicks(bar.edit, "1 < 2")
        assert bar._timer.isActive()
    assert told.args == ["1 < 2"]
    QTest.keyClicks(bar.edit, "3")
    with qtbot.waitSignal(bar.text_chosen) as told:
        QTest.keyClick(bar.edit, Qt.Key.Key_Return)
        assert not bar._timer.isActive()
    assert told.args == ["1 < 23"]


def test_enter_leaves_the_box_unless_there_is_an_error(qtbot: Any, bar: FilterBar) -> None:
    bar.edit.setText("1 <")
    bar.show_filter(FilterState("1 <", error="a number is missing"))
    with qtbot.assertNotEmitted(bar.left):
        QTest.keyClick(bar.edit, Qt.Key.Key_Return)
    bar.show_filter(FilterState("1 < 2"))
    with qtbot.waitSignal(bar.left):
        QTest.keyClick(bar.edit, Qt.Key.Key_Return)


def test_the_clear_button_clears_at_once(qtbot: Any, bar: FilterBar) -> None:
    bar.show_filter(FilterState("1 < 2"))
    button = bar.edit.findChild(QToolButton)
    with qtbot.waitSignal(bar.text_chosen) as told:
        click(button, button.rect().center())
    assert told.args == [""]
    assert bar.edit.text() == ""


def test_an_error_is_shown_as_plain_text_and_goes(bar: FilterBar) -> None:
    assert bar.error.isHidden()
    bar.show_filter(FilterState("<b>", error="“<b>” is not known"))
    assert not bar.error.isHidden()
    assert bar.error.text() == "“<b>” is not known"
    assert bar.error.textFormat() == Qt.TextFormat.PlainText
    bar.show_filter(FilterState("nSpikes > 3"))
    assert bar.error.isHidden()


def test_showing_what_was_typed_does_not_move_the_cursor(bar: FilterBar) -> None:
    QTest.keyClicks(bar.edit, "nSpikes > 3")
    bar.edit.setCursorPosition(4)
    bar.show_filter(FilterState("nSpikes > 3"))
    assert bar.edit.cursorPosition() == 4


# -- completion ------------------------------------------------------------------------------


def test_completion_offers_names_and_inserts_one(qtbot: Any, bar: FilterBar) -> None:
    bar.edit.setFocus()
    QTest.keyClicks(bar.edit, "1 < 2 and presenceR")
    view = popup(bar)
    assert view.isVisible()
    model = view.model()
    assert model.index(0, 0).data() == "presenceRatio"
    QTest.keyClick(view, Qt.Key.Key_Down)
    QTest.keyClick(view, Qt.Key.Key_Return)
    assert bar.edit.text() == "1 < 2 and presenceRatio"
    assert bar.edit.cursorPosition() == len("1 < 2 and presenceRatio")
    assert not view.isVisible()
    with qtbot.waitSignal(bar.text_chosen, timeout=WAIT_MS) as told:
        pass
    assert told.args == ["1 < 2 and presenceRatio"]


def test_half_a_word_is_no_error_while_names_are_offered(qtbot: Any, bar: FilterBar) -> None:
    bar.text_chosen.connect(
        lambda text: bar.show_filter(FilterState(text=text, error="no such column" if text else ""))
    )
    with qtbot.waitSignal(bar.text_chosen, timeout=WAIT_MS):
        QTest.keyClicks(bar.edit, "prese")
    assert popup(bar).isVisible()
    assert bar.error.isHidden()
    QTest.keyClick(popup(bar), Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not bar.error.isHidden(), timeout=WAIT_MS)


def test_completion_in_the_middle_of_a_text(bar: FilterBar) -> None:
    bar.edit.setFocus()
    bar.edit.setText("nSpi > 3")
    bar.edit.setCursorPosition(4)
    QTest.keyClicks(bar.edit, "k")
    view = popup(bar)
    assert view.isVisible()
    QTest.keyClick(view, Qt.Key.Key_Down)
    QTest.keyClick(view, Qt.Key.Key_Return)
    assert bar.edit.text() == "nSpikes > 3"


def test_no_completion_of_whole_words_texts_and_numbers(bar: FilterBar) -> None:
    bar.edit.setFocus()
    for text in ("nSpikes", "nSpikes > 3", "label == 'GOO", "zzzz"):
        bar.edit.clear()
        QTest.keyClicks(bar.edit, text)
        assert not popup(bar).isVisible(), text


def test_escape_closes_the_completion_first(bar: FilterBar) -> None:
    bar.edit.setFocus()
    QTest.keyClicks(bar.edit, "presen")
    view = popup(bar)
    assert view.isVisible()
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert not view.isVisible()
    assert bar.edit.text() == "presen"


# -- the box for an id -----------------------------------------------------------------------


def test_go_to(qtbot: Any, bar: FilterBar) -> None:
    assert bar.go_to.isHidden()
    bar.ask_go_to()
    assert bar.go_to.hasFocus()
    QTest.keyClicks(bar.go_to, "#12")
    with qtbot.waitSignal(bar.go_to_chosen) as told:
        QTest.keyClick(bar.go_to, Qt.Key.Key_Return)
    assert told.args == ["#12"]
    bar.show_go_to_error("no such unit")
    assert not bar.error.isHidden()
    assert not bar.go_to.isHidden()
    with qtbot.waitSignal(bar.left):
        bar.show_go_to_error("")
    assert bar.go_to.isHidden()
    assert bar.error.isHidden()


def test_escape_closes_the_box_for_an_id(qtbot: Any, bar: FilterBar) -> None:
    bar.ask_go_to()
    QTest.keyClicks(bar.go_to, "77")
    with qtbot.waitSignal(bar.left):
        QTest.keyClick(bar.go_to, Qt.Key.Key_Escape)
    assert bar.go_to.isHidden()
    bar.ask_go_to()
    assert bar.go_to.text() == ""


def test_leaving_the_box_for_an_id_keeps_the_filters_error(bar: FilterBar) -> None:
    bar.show_filter(FilterState("1 <", error="a number is missing"))
    bar.ask_go_to()
    bar.show_go_to_error("no such unit")
    QTest.keyClick(bar.go_to, Qt.Key.Key_Escape)
    assert bar.error.text() == "a number is missing"
    assert not bar.error.isHidden()


def test_the_same_counts_again_lay_nothing_out_anew(bar: FilterBar) -> None:
    """Each act in phy tells them again, and a layout paints the whole window once more."""
    table, asked = table_of(KINDS), []

    class Seen(QObject):
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            asked.extend([watched] if event.type() == QEvent.Type.LayoutRequest else [])
            return False

    seen = Seen()
    bar.chips.installEventFilter(seen)
    bar.show_table(table)
    QApplication.processEvents()
    assert asked  # other counts
    asked.clear()
    bar.show_table(table)
    QApplication.processEvents()
    assert not asked
