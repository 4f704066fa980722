"""Why the current unit has its label, in words."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QTextBrowser, QVBoxLayout, QWidget

from bcviewer.app.session import Scene
from bcviewer.core.explain import SECTION_TITLES, Line, Section, Verdict, explain
from bcviewer.core.labels import Label
from bcviewer.core.rules import BLOCK_NAMES, RULES
from bcviewer.core.states import State
from bcviewer.widgets.panel import Panel
from bcviewer.widgets.theme import STATE_SIGN, Theme, label_icon, theme

_ICON = 20


class WhyPanel(Panel):
    """The label, the one-line verdict, and every rule as a sentence."""

    panel_id = "why"
    title = "Why"
    parts = ("table", "current", "view")

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon = QLabel(self)
        self._icon.setFixedSize(QSize(_ICON + 4, _ICON + 4))
        self._label = QLabel(self)
        self._label.setObjectName("whyLabel")
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        font = self._label.font()
        font.setPointSizeF(font.pointSizeF() * 1.5)
        font.setBold(True)
        self._label.setFont(font)
        self._unit = QLabel(self)
        self._unit.setObjectName("whyUnit")
        self._headline = QLabel(self)
        self._headline.setObjectName("whyHeadline")
        self._headline.setTextFormat(Qt.TextFormat.PlainText)
        self._headline.setWordWrap(True)
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
        table, row = scene.table, scene.current
        if table is None or row < 0:
            self._icon.clear()
            self._label.setText("No unit")
            self._unit.clear()
            self._headline.setText("Choose a unit in the table." if table else "Nothing is open.")
            self._text.clear()
            return
        verdict = explain(table, row)
        label = Label(int(table.bombcell_labels[row]))
        self._icon.setPixmap(label_icon(label, _ICON).pixmap(_ICON, _ICON))
        self._label.setText(verdict.label or "no label")
        hidden = "" if scene.view.place[row] >= 0 else ", hidden by the filter"
        self._unit.setText(f"unit {verdict.cluster_id}{hidden}")
        self._headline.setText(verdict.headline)
        self._text.setHtml(verdict_html(verdict, theme()))


def verdict_html(verdict: Verdict, colors: Theme) -> str:
    """Return a verdict's facts and rules as HTML; everything from a recording is escaped."""
    facts = "".join(f"<li>{escape(fact)}</li>" for fact in verdict.facts)
    parts = [f"<ul style='margin:0 0 4px -24px'>{facts}</ul>"]
    for section in Section:
        lines = [line for line in verdict.lines if line.section == section]
        if lines:
            rows = "".join(_row(line, colors) for line in lines)
            parts.append(
                f"<p style='margin:8px 0 2px 0;color:{colors.faint}'><b>"
                f"{escape(SECTION_TITLES[section])}</b></p>"
                f"<table cellspacing='0' cellpadding='1'>{rows}</table>"
            )
    return "".join(parts)


def _row(line: Line, colors: Theme) -> str:
    rule = RULES[line.rule]
    color = {
        State.FAIL: colors.fail_text,
        State.PASS: colors.pass_text,
    }.get(line.state, colors.faint)
    strong = line.section == Section.DECIDING
    title = escape(rule.declared.title if rule.op != "missing" else "peaks found")
    words = escape(line.comparison)
    words = f"<b>{words}</b>" if strong else words
    block = escape(BLOCK_NAMES[rule.block])
    return (
        f"<tr><td style='color:{color}'>{STATE_SIGN[line.state]}&nbsp;</td>"
        f"<td>{title}&nbsp;&nbsp;</td><td style='white-space:nowrap'>{words}&nbsp;&nbsp;</td>"
        f"<td style='color:{colors.faint}'>{escape(line.note)}"
        f"{'' if line.note else '&nbsp;'} <span>· {block}</span></td></tr>"
    )
