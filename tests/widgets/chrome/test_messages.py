"""The banner and the status bar: plain text, and what bombcell said in words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QHelpEvent, QImage, QStatusTipEvent
from PySide6.QtWidgets import (
    QApplication,
    QLabel,
    QMainWindow,
    QProgressBar,
    QPushButton,
    QToolButton,
    QToolTip,
)
from qt_fixtures import KINDS, WAIT_MS, click, settle, table_of

from bcviewer.app.threads.worker import Progress
from bcviewer.core.rules.labels import Label
from bcviewer.core.run.phy_link import PhyLink
from bcviewer.core.sheet.book import Book
from bcviewer.oracle.client import Verification
from bcviewer.widgets.chrome.messages import Banner
from bcviewer.widgets.chrome.status import StatusBar, verification_words

SAVED = ["GOOD", "MUA", "NOISE", "MUA", ""]


@pytest.fixture
def banner(keep: Any) -> Banner:
    return keep(Banner(), shown=False)


@pytest.fixture
def status(keep: Any) -> StatusBar:
    return keep(StatusBar())


# -- the banner ------------------------------------------------------------------------------


def test_markup_is_shown_literally(banner: Banner) -> None:
    banner.show_error("<b>x</b>.json: not there.", "Try <i>this</i>.")
    assert banner.text == "<b>x</b>.json: not there. Try <i>this</i>."
    assert banner.findChild(QLabel, "bannerText").textFormat() == Qt.TextFormat.PlainText
    assert not banner.isHidden()


def test_more_lines_on_demand(qtbot: Any, banner: Banner) -> None:
    banner.show_issues(["one", "two", "three"])
    more = banner.findChild(QPushButton)
    assert banner.text == "one"
    assert more.text() == "2 more"
    click(more, more.rect().center())
    assert banner.text == "one\ntwo\nthree"
    assert more.text() == "Less"
    click(more, more.rect().center())
    assert banner.text == "one"
    banner.show_error("alone")
    assert more.isHidden()


def test_it_closes_and_says_so(qtbot: Any, banner: Banner) -> None:
    banner.show_error("x")
    close = banner.findChild(QToolButton)
    with qtbot.waitSignal(banner.closed):
        click(close, close.rect().center())
    assert banner.isHidden()
    with qtbot.assertNotEmitted(banner.closed):
        banner.clear()


def test_no_issues_close_it(banner: Banner) -> None:
    banner.show_issues(["odd"])
    banner.show_issues([])
    assert banner.isHidden()


def test_errors_and_warnings_look_different(banner: Banner) -> None:
    banner.show_error("x")
    error = banner.styleSheet()
    banner.show_issues(["x"])
    assert banner.styleSheet() != error


# -- the status bar --------------------------------------------------------------------------


def test_what_is_open(status: StatusBar) -> None:
    status.show_book(Book([table_of(KINDS, saved=SAVED)]))
    assert status.units.text().startswith("5 units · 4 of 5 labels as saved")
    status.show_book(Book([table_of(KINDS)]))
    assert status.units.text() == "5 units · no saved labels"
    status.show_book(None)
    assert status.units.text() == ""


def test_markup_in_what_is_open_stays_text(status: StatusBar) -> None:
    assert status.units.textFormat() == Qt.TextFormat.PlainText
    assert status.verdict.textFormat() == Qt.TextFormat.PlainText


def test_progress_comes_and_goes(qtbot: Any, status: StatusBar) -> None:
    bar = status.findChild(QProgressBar, "progressBar")
    cancel = status.findChild(QToolButton, "cancelButton")
    assert bar.isHidden()
    assert cancel.isHidden()
    status.show_progress(Progress("load", 0.427, "kilosort4_A: table"))
    assert not bar.isHidden()
    assert bar.value() == 43
    assert bar.text() == "kilosort4_A: table"
    with qtbot.waitSignal(status.cancel_chosen):
        click(cancel, cancel.rect().center())
    status.show_progress(None)
    assert bar.isHidden()
    assert cancel.isHidden()


def test_a_percent_sign_in_a_folder_stays_one(status: StatusBar) -> None:
    bar = status.findChild(QProgressBar, "progressBar")
    status.show_progress(Progress("load", 0.5, "rec%p_%v_%m: table"))
    assert bar.text() == "rec%p_%v_%m: table"


def test_long_words_do_not_widen_the_window(status: StatusBar) -> None:
    narrow = status.minimumSizeHint().width()
    status.verdict.setText("not verifiable " * 40)
    assert status.minimumSizeHint().width() == narrow


def test_asking_bombcell(status: StatusBar) -> None:
    status.show_verifications(Book([table_of(KINDS)]), [None])
    assert status.verdict.text() == "· asking bombcell …"
    status.show_verifications(None, [])
    assert status.verdict.text() == ""


def test_all_agree() -> None:
    table = table_of(KINDS)
    answer = Verification("verified", "0.94.1", table.audit.label.copy())
    text, tip = verification_words(answer, table)
    assert text == "5 of 5 labels agree with bombcell 0.94.1"
    assert "get_quality_unit_type" in tip


def test_some_disagree() -> None:
    table = table_of(KINDS)
    codes = table.audit.label.copy()
    codes[0] = Label.MUA
    text, _ = verification_words(Verification("verified", "0.94", codes), table)
    assert text == "4 of 5 labels agree with bombcell 0.94 (bombcell's are shown)"


def test_incomplete_labels_are_counted_apart() -> None:
    table = table_of(KINDS, drop=["isolationDistance"])
    left = int((table.audit.label == Label.INCOMPLETE).sum())
    assert left == 1  # the unit that was GOOD; the others are decided all the same
    codes = np.full(5, Label.MUA, np.int8)
    text, _ = verification_words(Verification("verified", "0.94", codes), table)
    assert f", {left} incomplete" in text


def test_not_verified_says_why_in_one_short_line(status: StatusBar) -> None:
    answer = Verification("not verified", "", None, "no module named <b>bombcell</b> " + "x" * 500)
    table = table_of(KINDS)
    text, tip = verification_words(answer, table)
    assert text.startswith("not verified: no module named <b>bombcell</b>")
    assert len(text) <= 140
    assert "x" * 500 in tip
    status.show_verifications(Book([table]), [answer])
    shown = status.verdict.toolTip()
    assert "<b>" not in shown  # tool tips are rich text


class Paintings(QObject):
    """Counts how often a widget is painted."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.n = 0

    def eventFilter(self, _: QObject, event: QEvent) -> bool:
        self.n += event.type() == QEvent.Type.Paint
        return False


def test_many_steps_of_progress_are_painted_once(qtbot: Any, status: StatusBar) -> None:
    status.show_progress(Progress("load", 0.0, "reading"))
    bar = status.findChild(QProgressBar, "progressBar")
    qtbot.waitExposed(status)
    settle()
    paintings = Paintings(status)
    bar.installEventFilter(paintings)
    for step in range(1, 11):
        status.show_progress(Progress("load", step / 20, f"step {step}"))
    assert paintings.n == 0
    qtbot.waitUntil(lambda: paintings.n > 0, timeout=WAIT_MS)
    settle()
    assert paintings.n == 1
    assert (bar.value(), bar.text()) == (50, "step 10")


def test_what_was_done_stands_over_what_is_odd_until_it_is_let_go(keep):
    banner = keep(Banner())
    banner.show_issues(["odd", "odder"])
    done: list[str] = []
    banner.pin("Done.", "Next", lambda: done.append("next"))
    assert (banner.text, banner.is_error) == ("Done.", False)
    banner.show_issues(["odd of another"])
    assert banner.text == "Done."
    assert banner.offer.text() == "Next"
    banner.unpin()
    assert (banner.text, banner.offer.isVisible()) == ("odd of another", False)
    banner.pin("Again.")
    banner.show_error("Wrong.")
    banner.show_issues(["odd"])
    assert banner.text == "odd"
    banner.pin("Once more.", "Next", lambda: done.append("next"))
    banner.offer.click()
    assert (done, banner.isVisible()) == (["next"], False)


def test_a_message_lies_over_no_text(qtbot: Any) -> None:
    """Seen: “What was tried is on again” over “98 units”, as a recording was opened.

    Qt hides for a message what is seen by then only, and shows it again whenever the bar is laid
    out anew, as when one of its parts becomes higher.
    """
    window = QMainWindow()
    qtbot.addWidget(window)
    window.resize(900, 200)
    bar = StatusBar()
    window.setStatusBar(bar)
    texts = bar.units, bar.verdict, bar.saved
    bar.say("What was tried is on again.")
    window.show()
    settle()
    alone = bar.grab().toImage()
    for text in texts:
        text.setText("98 units")
        text.show()  # as Qt does
    settle()
    assert bar.grab().toImage() == alone
    bar.clearMessage()
    settle()
    assert bar.grab().toImage() != alone
    assert all(text.isVisible() for text in texts)


def test_a_warning_outlasts_what_is_said_meanwhile(status: StatusBar) -> None:
    """Seen: what phy had changed silently was replaced after half a second by another notice."""
    status.say("phy changed unit 4.")  # as a notice it is said first
    status.warn("phy changed unit 4.")
    status.say("The filter hides unit 8.")
    assert status.currentMessage() == "phy changed unit 4. The filter hides unit 8."
    status.clearMessage()  # its time is over
    assert status.currentMessage() == "phy changed unit 4."
    status.say("This is the last unit.")
    status.unsay("This is the last unit.")
    assert status.currentMessage() == "phy changed unit 4."
    status.warn("phy changed unit 5.")
    assert status.currentMessage() == "phy changed unit 5. phy changed unit 4."
    status.next_act()
    assert status.currentMessage() == ""


def test_what_was_said_of_phy_is_taken_back_where_it_is_no_longer_true(keep: Any) -> None:
    status = StatusBar()
    keep(status)
    words = "phy shows 41, which is unsaved in phy (of 28, 30)."
    status.say(words)
    status.show_phy(PhyLink("connected", (41,), words), True)
    status.show_phy(PhyLink("connected", (41,), words, 1), True)
    assert status.currentMessage() == words
    status.show_phy(PhyLink("connected", (41,)), True)
    assert status.currentMessage() == ""
    status.show_phy(PhyLink("connected", (41,), words), True)
    status.say("GOOD → 4")
    status.show_phy(PhyLink("connected", (41,)), True)
    assert status.currentMessage() == "GOOD → 4"


def test_a_message_is_whole_for_a_mouse_that_is_over_what_it_stands_in_place_of(keep: Any) -> None:
    """Seen: of a long message the tip was that of the text that it covered."""
    window, status = QMainWindow(), StatusBar()
    window.setStatusBar(status)
    keep(window).show()
    status.units.setText("15 units")
    status.units.setToolTip("15 units")
    settle()
    at = status.units.geometry().center()
    assert status.childAt(at) is status.units
    told: list[str] = []
    for said in ("", "phy shows 41, which is unsaved in phy (of 28, 30)."):
        status.say(said)
        tip = QHelpEvent(QEvent.Type.ToolTip, at, status.mapToGlobal(at))
        QApplication.sendEvent(status.units, tip)
        told.append(QToolTip.text())
        QToolTip.hideText()
    assert told[0] == "15 units"
    assert said in told[1]


def test_a_commands_tip_covers_a_message_and_neither_moves_anything(keep: Any) -> None:
    """Seen: the tip of a command was not there, and a message that it had covered stayed."""
    window = QMainWindow()
    status = StatusBar(window)
    window.setStatusBar(status)
    keep(window).show()
    status.units.setText("15 units")
    settle()
    plain = shown_left_of(status, 300)
    status.say("GOOD → 4")
    said = shown_left_of(status, 300)
    QApplication.sendEvent(window, QStatusTipEvent("Open another folder."))
    tip = shown_left_of(status, 300)
    assert len({bytes(one.constBits()) for one in (plain, said, tip)}) == 3
    assert status.units.isVisible()
    QApplication.sendEvent(window, QStatusTipEvent(""))
    assert shown_left_of(status, 300) == said
    assert "GOOD → 4" in status.toolTip()
    status.unsay("GOOD → 4")
    assert shown_left_of(status, 300) == plain


def test_a_message_ends_in_an_ellipsis_before_what_stands_at_the_right(keep: Any) -> None:
    """Seen: a message ran into the button of the link with phy, without a sign of more."""
    status = StatusBar()
    keep(status)
    status.resize(300, 24)
    status.show_phy(PhyLink("connected", (4,)), True)
    settle()
    status.say("x")
    short = shown_left_of(status, status.phy.x())
    status.say("4 merges are done in phy already (44, 45, 46): left out of what is sent now")
    assert status.currentMessage() in status.toolTip()
    image = shown_left_of(status, status.phy.x())
    paper = short.pixel(image.width() - 1, 2)
    gap = range(image.width() - 6, image.width())
    assert all(image.pixel(x, y) == paper for x in gap for y in range(4, image.height() - 4))


def shown_left_of(status: StatusBar, x: int) -> QImage:
    return status.grab().toImage().copy(0, 0, x, status.height())
