"""Why the current unit has its label, in words."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextOption,
)
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QTextBrowser, QVBoxLayout, QWidget

from bcviewer.app.scene import Scene
from bcviewer.core.audit.states import State
from bcviewer.core.rules.labels import Label
from bcviewer.core.rules.rules import BLOCK_NAMES, RULES
from bcviewer.core.sheet.explain import Verdict, explain
from bcviewer.core.sheet.rule_lines import SECTION_TITLES, Section
from bcviewer.widgets.base.panel import Panel
from bcviewer.widgets.drawing.still_label import StillLabel
from bcviewer.widgets.drawing.theme import STATE_SIGN, Theme, label_icon, theme

_ICON = 20
_GAP = 10
"""Between the columns of the text, in pixels."""


class WhyPanel(Panel):
    """The label, the one-line verdict, and every rule as a sentence."""

    panel_id = "why"
    title = "Why"
    parts = ("table", "current", "identity")

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon = QLabel(self)
        self._icon.setFixedSize(QSize(_ICON + 4, _ICON + 4))
        self._shown: Label | None = None
        self._label = StillLabel(self, "whyLabel")
        font = self._label.font()
        font.setPointSizeF(font.pointSizeF() * 1.5)
        font.setBold(True)
        self._label.setFont(font)
        self._unit = StillLabel(self, "whyUnit", Qt.AlignmentFlag.AlignRight)
        self._headline = StillLabel(self, "whyHeadline", wraps=True)
        bold = self._headline.font()
        bold.setPointSizeF(bold.pointSizeF() * 1.08)
        self._headline.setFont(bold)
        self._text = QTextBrowser(self)
        self._text.setObjectName("whyText")
        self._text.setOpenLinks(False)
        self._text.setFrameShape(QFrame.Shape.NoFrame)
        self._text.setUndoRedoEnabled(False)
        line = QHBoxLayout()
        line.setSpacing(6)
        line.addWidget(self._icon)
        line.addWidget(self._label)
        line.addStretch(1)
        line.addWidget(self._unit)
        box = QVBoxLayout(self)
        box.setContentsMargins(8, 6, 8, 4)
        box.setSpacing(4)
        box.addLayout(line)
        box.addWidget(self._headline)
        box.addWidget(self._text, 1)

    def redraw(self, scene: Scene) -> None:
        sheet, row = scene.sheet, scene.sheet_row
        if sheet is None or scene.table is None or row < 0:
            self._shown = None
            self._icon.clear()
            self._label.setText("No unit")
            self._unit.clear()
            self._headline.setText("Choose a unit in the table." if sheet else "Nothing is open.")
            self._text.clear()
            return
        verdict = explain(sheet, row)
        label = Label(int(sheet.bombcell_labels[row]))
        if label != self._shown:  # another picture has the panel laid out anew
            self._shown = label
            self._icon.setPixmap(label_icon(label, _ICON).pixmap(_ICON, _ICON))
        self._label.setText(verdict.label or "no label")
        self._unit.setText(scene.table.named(scene.current))
        self._headline.setText(verdict.headline)
        metrics = QFontMetricsF(self._text.font())
        write_verdict(self._text.document(), verdict, theme(), metrics)
        self._text.verticalScrollBar().setValue(0)


def write_verdict(
    document: QTextDocument, verdict: Verdict, colors: Theme, metrics: QFontMetricsF
) -> None:
    """Fill a document with a verdict's facts and rules.

    Written at tab stops, not as HTML tables, which take twice as long at each step; nothing from
    a recording is read as markup.
    """
    plain, faint = _chars(), _chars(colors.faint)
    strong, heading = _chars(bold=True), _chars(colors.faint, bold=True)
    marks = {State.FAIL: _chars(colors.fail_text), State.PASS: _chars(colors.pass_text)}
    stops = _stops(verdict, metrics)
    lines, title = _hanging(stops), QTextBlockFormat()
    title.setTopMargin(8)
    cursor = QTextCursor(document)
    # In one edit: an empty document hides the scroll bar, and all is laid out a second time.
    cursor.beginEditBlock()
    cursor.select(QTextCursor.SelectionType.Document)
    cursor.removeSelectedText()
    cursor.setBlockFormat(_hanging(stops[:1]))
    cursor.insertText("\n".join(f"•\t{fact}" for fact in verdict.facts), plain)
    section = None
    for line in verdict.lines:
        if line.section != section:
            section = line.section
            cursor.insertBlock(title)
            cursor.insertText(SECTION_TITLES[section], heading)
        cursor.insertBlock(lines)
        rule = RULES[line.rule]
        name = rule.declared.title if rule.op != "missing" else "peaks found"
        note = f"{line.note} " if line.note else ""
        cursor.insertText(f"{STATE_SIGN[line.state]}\t", marks.get(line.state, faint))
        cursor.insertText(f"{name}\t", plain)
        cursor.insertText(f"{line.comparison}\t", strong if section == Section.DECIDING else plain)
        cursor.insertText(f"{note}· {BLOCK_NAMES[rule.block]}", faint)
    cursor.endEditBlock()


def _chars(color: str = "", *, bold: bool = False) -> QTextCharFormat:
    out = QTextCharFormat()
    if color:
        out.setForeground(QColor(color))
    if bold:
        out.setFontWeight(QFont.Weight.Bold)
    return out


def _stops(verdict: Verdict, metrics: QFontMetricsF) -> list[float]:
    """Return where titles, comparisons and notes begin, in pixels."""
    titles = max(metrics.horizontalAdvance(rule.declared.title) for rule in RULES)
    words = max((metrics.horizontalAdvance(x.comparison) for x in verdict.lines), default=0.0)
    sign = metrics.height()
    compared = sign + titles + _GAP
    return [sign, compared, compared + 1.1 * words + _GAP]  # some are bold


def _hanging(stops: list[float]) -> QTextBlockFormat:
    """Return a paragraph with tab stops whose further lines begin at the last of them."""
    out = QTextBlockFormat()
    left = QTextOption.TabType.LeftTab
    out.setTabPositions([QTextOption.Tab(stop, left) for stop in stops])
    out.setLeftMargin(stops[-1])
    out.setTextIndent(-stops[-1])
    return out
