"""The status bar: counts, whether Bombcell agrees, progress with a way to cancel."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QPaintEvent, QStatusTipEvent
from PySide6.QtWidgets import (
    QStatusBar,
    QStyle,
    QStyleOption,
    QStylePainter,
    QToolButton,
    QWidget,
)

from bcviewer.app.save_state import SavedWhere, SaveState
from bcviewer.app.threads.worker import Progress
from bcviewer.core.audit.summary import Agreement, agreement
from bcviewer.core.rules.counts import count_of, known_count
from bcviewer.core.rules.labels import Label
from bcviewer.core.run.phy_link import PhyLink
from bcviewer.core.sheet.book import Book
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.core.sheet.table import unscored_words
from bcviewer.oracle.client import Verification
from bcviewer.widgets.drawing.text_labels import ElidedLabel, LateBar
from bcviewer.widgets.drawing.theme import theme
from bcviewer.widgets.drawing.tips import plain_tip

MESSAGE_MS = 6000
_MOST_WARNINGS = 5
_LEFT, _GAP = 6, 12
"""Pixels before a message, as Qt has it, and between it and what stands at the right."""


class _WordBar(LateBar):
    """A progress bar with words of its own: in Qt's, %p in a folder's name is a number."""

    words = ""

    def text(self) -> str:
        return self.words

    def show_value(self, percent: int, words: str) -> None:
        """Show how far it is."""
        self.words = words
        self.setValue(percent)


class _Text(ElidedLabel):
    """A text of the bar: while a message stands in its place, that is there for the mouse, too."""

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._is_covered:
            super().paintEvent(event)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and self._is_covered:
            event.ignore()
            return False
        return super().event(event)

    @property
    def _is_covered(self) -> bool:
        bar = self.parent()
        return isinstance(bar, StatusBar) and bool(bar.written)


class StatusBar(QStatusBar):
    """Says what is open, what Bombcell says of it, and what is under way.

    Its messages, and a command's tip, are its own: Qt hides what one lies over, and shows it again,
    each of which lays the whole window out within the call.

    Attributes
    ----------
    cancel_chosen : Signal()
        The person wants the work under way to stop.
    phy_chosen : Signal()
        The person wants to know of the link with phy.
    """

    cancel_chosen = Signal()
    phy_chosen = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.units = _Text(self)
        self.units.setObjectName("unitsLabel")
        self.verdict = _Text(self)
        self.verdict.setObjectName("verificationLabel")
        self.saved = _Text(self)
        self.saved.setObjectName("savedLabel")
        self._bar = _WordBar(self)
        self._bar.setObjectName("progressBar")
        self._bar.setRange(0, 100)
        self._bar.setFixedWidth(260)
        self._bar.setTextVisible(True)
        self._cancel = QToolButton(self)
        self._cancel.setObjectName("cancelButton")
        self._cancel.setText("Cancel")
        self._cancel.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._cancel.clicked.connect(self.cancel_chosen)
        self.phy = QToolButton(self)
        self.phy.setObjectName("phyLinkButton")
        self.phy.setAutoRaise(True)
        self.phy.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.phy.clicked.connect(self.phy_chosen)
        self.phy.hide()
        self.addWidget(self.units)
        self.addWidget(self.verdict)
        self.addWidget(self.saved)
        self.addPermanentWidget(self._bar)
        self.addPermanentWidget(self._cancel)
        self.addPermanentWidget(self.phy)
        self._message = self._news = self._passing = self._of_phy = self._tip = ""
        self._over = QTimer(self)
        self._over.setSingleShot(True)
        self._over.timeout.connect(self.clearMessage)
        self._warnings: tuple[str, ...] = ()
        self.setContentsMargins(4, 0, 0, 0)  # in line with messages, and with what is above
        self.show_progress(None)
        if parent is not None:
            parent.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Show what a command does while the mouse is over it; the message stands, and is back."""
        if isinstance(event, QStatusTipEvent):
            self._tip = event.tip()
            self.update()
            return True
        return super().eventFilter(watched, event)

    @property
    def written(self) -> str:
        """What is written over what stands in the bar: a command's tip, or the message."""
        return self._tip or self._message

    def currentMessage(self) -> str:
        """Return the message that is shown; empty: none is."""
        return self._message

    def showMessage(self, text: str, ms: int | None = 0) -> None:
        """Show a message for so long, ms; 0: until it is taken away."""
        self._over.stop()
        if ms:
            self._over.start(ms)
        if text != self._message:
            self._message = text
            self.setAccessibleName(text)
            self.update()
            self._on_message(text)

    def clearMessage(self) -> None:
        """Take the message away."""
        self.showMessage("")

    def say(self, text: str) -> None:
        """Show a short message for a while, after the warnings that stand."""
        self._passing = text
        self._show_said()

    def warn(self, text: str) -> None:
        """Let a message stay until the next act, whatever is said meanwhile; the newest first."""
        others = (one for one in self._warnings if one != text)
        self._warnings = (text, *others)[:_MOST_WARNINGS]
        if self._passing == text:
            self._passing = ""
        self._show_said()

    def _show_said(self) -> None:
        words = " ".join(filter(None, (*self._warnings, self._passing)))
        self.showMessage(words, MESSAGE_MS if self._passing else 0)

    def _on_message(self, text: str) -> None:
        self.setToolTip(plain_tip(text))
        if not text:
            self._passing = ""
            if self._warnings:
                self._show_said()

    def keep(self, text: str) -> None:
        """Let a message keep its time, whatever the person does: it answers none of their acts."""
        self._news = text

    def next_act(self) -> None:
        """Take away what was said of the act before: the person begins another one."""
        if not self._passing or self._passing != self._news:
            self._warnings = ()
            self.clearMessage()

    def unsay(self, *texts: str) -> None:
        """Take a message away that is no longer true; others keep their time."""
        if self._passing and self._passing in texts:
            self.clearMessage()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Elide a message before what stands at the right: Qt would cut it off there."""
        text = self.written
        if not text:
            super().paintEvent(event)
            return
        beside = [each.x() for each in (self._bar, self._cancel, self.phy) if each.isVisible()]
        area = self.rect().adjusted(_LEFT, 0, 0, 0)
        area.setRight(min((*beside, self.width())) - _GAP)
        painter, option = QStylePainter(self), QStyleOption()
        option.initFrom(self)
        try:
            painter.drawPrimitive(QStyle.PrimitiveElement.PE_PanelStatusBar, option)
            painter.setPen(self.palette().windowText().color())
            whole = self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, area.width())
            painter.drawText(area, int(Qt.AlignmentFlag.AlignVCenter), whole)
        finally:  # an open painter would end the program
            painter.end()

    def show_saved(self, n_reviewed: int, save: SaveState, n_hidden: int = 0) -> None:
        """Show how many units are reviewed, and where what was said is saved.

        Of ``n_hidden`` units it is not told whether they are.
        """
        n = known_count(n_reviewed, n_hidden)
        parts = [f"{n} reviewed"] if n_reviewed or save.words else []
        parts += [save.words] if save.words else []
        failed = save.place is SavedWhere.FAILED
        sign = "✗" if failed else "·"
        self.saved.setText(f"{sign} {', '.join(parts)}" if parts else "")
        color = theme().fail_text
        self.saved.setStyleSheet(f"color:{color};font-weight:bold" if failed else "")
        self.saved.setToolTip(plain_tip(_saved_tip(save)))

    def show_phy(self, link: PhyLink, is_open: bool) -> None:
        """Show how the link with phy is, where anything is open."""
        self.phy.setVisible(is_open)
        self.phy.setText(link.words)
        self.phy.setToolTip(plain_tip(link.tip))
        self.phy.setAccessibleName(link.tip)
        if link.told != self._of_phy:
            self.unsay(self._of_phy)  # it was said, too, and is no longer true
            self._of_phy = link.told

    def show_progress(self, progress: Progress | None) -> None:
        """Show how far the work is; None: it ended."""
        self._bar.setVisible(progress is not None)
        self._cancel.setVisible(progress is not None)
        if progress is not None:
            self._bar.show_value(round(100 * progress.fraction), progress.text)

    def show_book(self, book: Book | None) -> None:
        """Show what is open."""
        if book is None:
            self.units.clear()
            self._say_verdict("", "")
            return
        table = book.table
        text = count_of(table.n_scored, "unit") + unscored_words(table)
        ours = np.concatenate([sheet.parts.rule_labels for sheet in book.sheets])
        saved = agreement(ours, table.saved_codes)
        if book.n_hidden:
            text += f" · {book.n_hidden:,} hidden by the blind review"
        elif saved.compared:
            text += f" · {saved.agree:,} of {count_of(saved.compared, 'label')} as saved"
        else:
            text += " · no saved labels"
        writers = dict.fromkeys(sheet.run.provenance.writer for sheet in book.sheets)
        if any(writers):
            text += f" · {', '.join(filter(None, writers))}"
        self.units.setText(text)
        self.units.setToolTip(plain_tip(text))

    def show_verifications(self, book: Book | None, answers: Sequence[Verification | None]) -> None:
        """Show what Bombcell itself says of each sheet; None: it is being asked."""
        if book is None or book.n_hidden:  # of hidden labels nothing is said
            self._say_verdict("", "")
            return
        told = zip(book.probes, book.sheets, answers, strict=True)
        known = [(probe, sheet, answer) for probe, sheet, answer in told if answer is not None]
        if not known:
            tip = "Importing bombcell takes some seconds; nothing waits for it."
            self._say_verdict("· asking bombcell …", tip)
            return
        text, tip = verifications_words(known)
        whole = len(known) == len(book)
        names = ", ".join(probe for probe, _, _ in known)  # the others are being asked
        self._say_verdict(f"· {text}" if whole else f"· {names}: {text}", plain_tip(tip))

    def _say_verdict(self, text: str, tip: str) -> None:
        self.verdict.setText(text)
        self.verdict.setToolTip(tip)


def _saved_tip(save: SaveState) -> str:
    """Return where labels and notes are, in full."""
    if save.place is SavedWhere.NOWHERE:
        return "Labels and notes of earlier sessions were read; nothing new is to be saved."
    text = f"Labels and notes: {save.place.value}."
    if save.waiting:
        text += f" {save.waiting:,} of them wait for the results' folder."
    return f"{text}\n{save.why}" if save.why else text


def verifications_words(
    known: Sequence[tuple[str, Sheet, Verification]],
) -> tuple[str, str]:
    """Return what Bombcell said of some probes, in short and in full.

    In short it is one sentence where it labelled all of them by one release; else it is that of
    the first probe of which there is something to tell.
    """
    words = [verification_words(answer, sheet) for _, sheet, answer in known]
    if len(known) == 1:
        return words[0]
    tip = "\n".join(f"{known[i][0]}: {tip}" for i, (_, tip) in enumerate(words))
    odd = [i for i, (_, _, answer) in enumerate(known) if answer.codes is None]
    versions = {answer.version for _, _, answer in known}
    if odd or len(versions) > 1:
        first = odd[0] if odd else 0
        return f"{known[first][0]}: {words[first][0]}"[:140], tip
    each = [_agreement(answer, sheet) for _, sheet, answer in known]
    found = Agreement(sum(one.agree for one in each), sum(one.compared for one in each))
    left = sum(_n_incomplete(sheet) for _, sheet, _ in known)
    return _told(found, left, versions.pop()), tip


def verification_words(answer: Verification, table: Sheet) -> tuple[str, str]:
    """Return what Bombcell said, in short and in full."""
    version = f"bombcell {answer.version}".strip()
    if answer.codes is None:
        return f"{answer.status}: {answer.why}"[:140], f"{version}: {answer.why}"
    text = _told(_agreement(answer, table), _n_incomplete(table), answer.version)
    return text, f"bombcell.get_quality_unit_type on the saved metrics and parameters: {text}."


def _agreement(answer: Verification, table: Sheet) -> Agreement:
    ours = table.parts.rule_labels  # what is tried was asked of nobody
    codes = np.empty(0, np.int8) if answer.codes is None else answer.codes
    return agreement(ours[: len(codes)], codes)


def _n_incomplete(table: Sheet) -> int:
    return int((table.parts.rule_labels == Label.INCOMPLETE).sum())


def _told(found: Agreement, n_incomplete: int, version: str) -> str:
    text = f"{found.words} with {f'bombcell {version}'.strip()}"
    if n_incomplete:
        text += f", {n_incomplete:,} incomplete"
    return text + (" (bombcell's are shown)" if found.agree < found.compared else "")
