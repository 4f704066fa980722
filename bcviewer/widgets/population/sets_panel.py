"""The rules that fail together: which combinations, how often, deciding and masked apart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from bcviewer.app.session import Scene
from bcviewer.core.audit.reasons import bits, tokens
from bcviewer.core.figures.population import FailureSet, failure_sets, reason_masks
from bcviewer.core.filter.language import quote
from bcviewer.core.rules.labels import LABEL_NAMES, Label
from bcviewer.core.rules.rules import BLOCK_MASKS, RULES, Block
from bcviewer.core.sheet.table import AuditTable
from bcviewer.widgets.base.plot_panel import PlotPanel
from bcviewer.widgets.drawing.canvas import Canvas
from bcviewer.widgets.drawing.theme import LABEL_FILL, small_font, theme
from bcviewer.widgets.population.reasons_panel import BLOCK_LABEL, reason_name
from bcviewer.widgets.population.sets_item import RuleRow, SetColumn, SetsItem

TOP = 20
Keys = npt.NDArray[np.uint64]


class SetsPanel(PlotPanel):
    """An UpSet plot of failure sets; a click filters the table to exactly one set's units."""

    panel_id = "sets"
    title = "Rules that fail together"
    offers_masked = True
    masked_first = True

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.canvas = Canvas()
        self.item = SetsItem(self._on_chosen)
        self.item.font = small_font(self)
        self.canvas.addItem(self.item)
        self.canvas.resized.connect(self._lay_out)
        self.area = QScrollArea(self.body)
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setWidget(self.canvas)
        box = QVBoxLayout(self.body)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.area)
        self.body = self.canvas  # a picture has all rows, also those that are scrolled away
        self.canvas.setAccessibleName(self.title)
        self.sets: list[FailureSet] = []
        self.n_sets = self.n_failing = self.n_units = 0
        self._keys: Keys = np.empty(0, np.uint64)

    def redraw(self, scene: Scene) -> None:
        colors, table = theme(), scene.table
        self.canvas.recolor(colors)
        rows, masked = self.rows(scene), self.masked.isChecked()
        self.sets, self.n_sets, self.n_failing, self.n_units = [], 0, 0, 0
        columns: list[SetColumn] = []
        if table is not None:
            self.sets, self.n_sets = failure_sets(table, rows, masked, TOP)
            self._keys = _keys(table, masked)
            failing = reason_masks(table, masked) != 0
            self.n_failing = int(np.count_nonzero(failing if rows is None else failing[rows]))
            self.n_units = table.n_units if rows is None else len(rows)
            soles = set(np.unique(table.audit.sole_blocker).tolist()) if masked else set()
            columns = [self._column(table, one, soles) for one in self.sets]
        used = 0
        for one in self.sets:
            used |= one.failed
        names = [_row(table, i) for i in bits(used)] if table is not None else []
        self.item.set_sets(columns, names, self.said, colors)
        self._lay_out()

    def mark(self, scene: Scene) -> None:
        if scene.table is None:
            self.item.set_marks(-1, [])
            return
        wanted = [one.failed << 32 | one.deciding for one in self.sets]
        here = int(self._keys[scene.current]) if scene.current >= 0 else 0
        chosen = self._keys[scene.selected]
        counts = [int(np.count_nonzero(chosen == np.uint64(key))) for key in wanted]
        self.item.set_marks(wanted.index(here) if here in wanted else -1, counts)

    def said(self, drawn: int) -> Sequence[str]:
        """Return what stands above so many columns, in several lengths, the longest first."""
        if not self.n_failing:
            none = "No unit fails a rule." if self.n_units else "No units."
            return (none if self.scene and self.scene.table else "",)
        share = sum(one.n for one in self.sets[:drawn]) / self.n_failing
        shown = f"{drawn:,} of {self.n_sets:,} sets"
        legend = "   ● decides   ○ masked   bold: sole blocker" if self.masked.isChecked() else ""
        long = f"{shown}, {share:.0%} of the {self.n_failing:,} units that fail"
        return long + legend, long, f"{shown}, {share:.0%} of failing", shown

    def numbers(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        rows = [
            (tokens(one.deciding), tokens(one.failed & ~one.deciding), one.n, one.n / self.n_units)
            for one in self.sets
        ]
        return ("deciding", "masked", "units", "share"), rows

    def filter_of(self, index: int) -> str:
        """Return the filter for exactly the units of a set."""
        one = self.sets[index]
        decides = f"classification_reason == {quote(tokens(one.deciding))}"
        if not one.deciding:  # failed, but whether that decides cannot be told
            decides = f"audit_label == {quote(LABEL_NAMES[Label.INCOMPLETE])}"
        if not self.masked.isChecked():
            return decides
        hidden = one.failed & ~one.deciding
        text = f"masked_reasons == {quote(tokens(hidden))}" if hidden else "missing(masked_reasons)"
        return f"{decides} and {text}"

    def _column(self, table: AuditTable, one: FailureSet, soles: set[int]) -> SetColumn:
        hidden = one.failed & ~one.deciding
        sole = one.deciding == one.failed and one.failed in soles
        of_all, of_failing = one.n / self.n_units, one.n / self.n_failing
        lines = [
            f"{one.n:,} of {self.n_units:,} units ({of_all:.1%})",
            f"{of_failing:.1%} of those that fail",
            *(f"● {_words(table, i)}" for i in bits(one.deciding)),
            *(f"○ masked: {_words(table, i)}" for i in bits(hidden)),
        ]
        if not one.deciding:
            lines.append("The label cannot be decided: a rule cannot be tested in this run.")
        if sole:
            lines.append("Sole blocker: without it these units would be GOOD.")
        lines.append("Click to show exactly these units.")
        return SetColumn(
            frozenset(bits(one.deciding)),
            frozenset(bits(hidden)),
            one.n,
            sole,
            LABEL_FILL[_label(one.deciding)],
            "\n".join(lines),
        )

    def _lay_out(self) -> None:
        """Fit the plot; a scroll bar always has room, so that it cannot come and go."""
        bar = self.area.verticalScrollBar().sizeHint().width()
        self.item.resize(self.canvas.width(), self.canvas.height())
        self.item.measure(self.area.width() - bar)
        self.canvas.setMinimumHeight(int(self.item.least_height))

    def _on_chosen(self, column: int, add: bool) -> None:
        self.filter_chosen.emit(self.filter_of(column), add)


def _keys(table: AuditTable, masked: bool) -> Keys:
    """Return the set that each unit is in, as failed and deciding rules in one number."""
    failed = reason_masks(table, masked).astype(np.uint64)
    return np.asarray(failed << np.uint64(32) | table.audit.deciding.astype(np.uint64))


def _label(deciding: int) -> Label:
    """Return the class that the deciding rules of a set lead to."""
    hits = [block for block in Block if deciding & BLOCK_MASKS[block]]
    if len(hits) > 1:
        return Label.NON_SOMA_MUA
    return BLOCK_LABEL[hits[0]] if hits else Label.INCOMPLETE


def _row(table: AuditTable, rule: int) -> RuleRow:
    fill = LABEL_FILL[BLOCK_LABEL[RULES[rule].block]]
    tip = f"{_words(table, rule)}\n{RULES[rule].declared.help}"
    return RuleRow(rule, reason_name(table, rule), fill, tip)


def _words(table: AuditTable, rule: int) -> str:
    return f"{RULES[rule].token}  ({reason_name(table, rule)})"
