"""Any two label sources against each other: counts, totals and Cohen's kappa."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QBoxLayout,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QMenu,
    QToolButton,
    QWidget,
)

from bcviewer.app.scene import Scene
from bcviewer.app.wishes import ImportLabels, RemoveSource, TakeOver, Wish
from bcviewer.core.arrays import Codes, Ints
from bcviewer.core.curation.said_columns import NO_LABEL
from bcviewer.core.rules.counts import count_of
from bcviewer.core.rules.labels import CLASSES, LABEL_NAMES, Label
from bcviewer.core.sheet.kappa import agreement_words, sampled
from bcviewer.core.sheet.sources import (
    Confusion,
    cell_filter,
    column_of,
    confusion,
    cross_table,
    label_filter,
    source_codes,
    sources_of,
    title_of,
)
from bcviewer.core.sheet.table import Table
from bcviewer.widgets.base.matrix_plot import MatrixPlot, scroll_body
from bcviewer.widgets.base.plot_panel import PlotPanel
from bcviewer.widgets.drawing.matrix_item import NOTHING, Matrix, MatrixHead
from bcviewer.widgets.drawing.theme import LABEL_FILL, LABEL_SIGN, theme
from bcviewer.widgets.drawing.tips import plain_tip

_Line = Label | str | None
"""A class, "total", or None: no label."""
FIRST, BLIND, MANUAL = "bombcell", "blind", "manual"
"""What is compared at first: labels that were given blind, where there are any."""
NO_LABEL_NAME, TOTAL_NAME = "no label", "total"
_CHOOSER = 12
"""Letters of a source's name that there is room for."""
_SCROLL_BAR = 24
"""Pixels."""


class SourcesPanel(PlotPanel):
    """The confusion matrix of two label sources; a click filters the table to a cell's units.

    Attributes
    ----------
    classes : tuple of Label
        The rows and columns before "no label" and "total".
    found : Confusion or None
        The units that have a label by both.
    """

    panel_id = "sources"
    n_plots = 1
    title = "Label sources"
    parts: ClassVar[tuple[str, ...]] = (*PlotPanel.parts, "manual", "sources")

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.first, self.second = self._chooser("first"), self._chooser("second")
        against = QLabel("against", self)
        self.others = QToolButton(self)
        self.others.setObjectName("sources.others")
        self.others.setText("Others")
        self.others.setToolTip("Labels of others: import them, take them over, remove them")
        self.others.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.others.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.menu = QMenu(self.others)
        self.menu.aboutToShow.connect(self._fill_menu)
        self.others.setMenu(self.menu)
        self.head.insertWidget(1, self.others)
        pair = QHBoxLayout()  # beside the others they would be wider than any dock, and widen it
        pair.setContentsMargins(6, 0, 6, 0)
        for widget in (self.first, against, self.second):
            pair.addWidget(widget)
        pair.addStretch(1)
        self.kappa = QLabel(self)
        self.kappa.setObjectName("kappaLabel")
        self.kappa.setTextFormat(Qt.TextFormat.PlainText)
        self.kappa.setWordWrap(True)
        self.kappa.setContentsMargins(8, 0, 8, 0)
        layout = self.layout()
        box = scroll_body(self)
        self.plot = MatrixPlot(self.body)
        self.plot.cell_clicked.connect(self._on_clicked)
        box.addWidget(self.plot)
        if isinstance(layout, QBoxLayout):
            layout.insertLayout(1, pair)
            layout.addWidget(self.kappa)
        self.classes: tuple[Label, ...] = ()
        self.found: Confusion | None = None
        self._counts: Ints = np.zeros((0, 0), np.int64)
        self._down: list[_Line] = []
        self._across: list[_Line] = []
        self._wanted, self._by_hand = (FIRST, MANUAL), False

    def _chooser(self, which: str) -> QComboBox:
        box = QComboBox(self)
        box.setObjectName(f"sources.{which}")
        box.setAccessibleName(f"{which} label source")
        box.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        # the names of imported sources may be long: they must not widen the dock
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setMinimumContentsLength(_CHOOSER)
        box.activated.connect(self._on_chosen)
        return box

    def choose(self, first: str, second: str) -> None:
        """Compare two sources."""
        self._wanted, self._by_hand = (first, second), True
        self._content = None
        self._draw()

    def _on_chosen(self) -> None:
        self._wanted = (str(self.first.currentData()), str(self.second.currentData()))
        self._by_hand = True
        self._draw()

    def _fill_menu(self) -> None:
        """Offer to import labels, and what can be done with those that were."""
        self.menu.clear()
        self._offer_wish("Import labels…", ImportLabels())
        sheet = self.scene.sheet if self.scene else None
        for source in () if sheet is None else sheet.sources:
            shown = source.name.replace("&", "&&")
            self.menu.addSeparator()
            self._offer_wish(f"Take over “{shown}”…", TakeOver(source.name))
            self._offer_wish(f"Remove “{shown}”", RemoveSource(source.name))

    def _offer_wish(self, title: str, wish: Wish) -> None:
        self.menu.addAction(title).triggered.connect(partial(self.wish.emit, wish))

    # -- drawing -----------------------------------------------------------------------------

    def content(self) -> tuple[object, ...]:
        scene = self.scene
        said = scene is not None and not {MANUAL, BLIND}.isdisjoint(self._wanted)
        manual = scene.manual if scene is not None and said else None
        sources = scene.sources if scene is not None else None
        return (*super().content(), self._wanted, manual, sources)

    def redraw(self, scene: Scene) -> None:
        table = scene.table
        self.found, self.classes, self._down, self._across = None, (), [], []
        matrix = NOTHING
        if table is not None:
            self._offer(table)
            matrix = self._matrix(table, scene)
        self.plot.show_matrix(matrix, theme(), "no unit")
        self.kappa.setText("" if self.found is None else self._words(self.found))

    def _offer(self, table: Table) -> None:
        """Offer the sources that the run has."""
        there = sources_of(table)
        if not self._by_hand:
            self._wanted = (FIRST, BLIND if BLIND in there else MANUAL)
        for box, key in zip((self.first, self.second), self._wanted, strict=True):
            box.clear()
            for source in there:
                box.addItem(title_of(source), source)
            box.setCurrentIndex(max(0, box.findData(key)))
            box.setToolTip(plain_tip(box.currentText()))
            listed = box.view()
            listed.setMinimumWidth(listed.sizeHintForColumn(0) + _SCROLL_BAR)
        self._wanted = (str(self.first.currentData()), str(self.second.currentData()))

    def _codes(self, table: Table) -> tuple[Codes, Codes]:
        first, second = self._wanted
        return source_codes(table, first), source_codes(table, second)

    def _matrix(self, table: Table, scene: Scene) -> Matrix:
        rows = self.rows(scene)
        codes = self._codes(table)
        first, second = codes if rows is None else (codes[0][rows], codes[1][rows])
        self.found = confusion(first, second)
        used = {int(c) for c in (*np.unique(first), *np.unique(second)) if c != NO_LABEL}
        self.classes = tuple(label for label in CLASSES if int(label) in used)
        counts, n = cross_table(first, second, self.classes), len(self.classes)
        down, across = _used(counts[:, -1], n), _used(counts[-1], n)
        self._counts = counts[np.ix_(down, across)]
        lines = [*self.classes, None, TOTAL_NAME]
        self._down, self._across = [lines[i] for i in down], [lines[i] for i in across]
        shades = np.full(self._counts.shape, np.nan)
        inner = counts[:n, :n]
        shades[:n, :n] = inner / np.maximum(inner.sum(1, keepdims=True), 1)
        a, b = (title_of(source) for source in self._wanted)
        names = [_named(line) for line in self._down]
        heads = [_named(line) for line in self._across]
        return Matrix(
            [f"{_sign(line)}{name}" for line, name in zip(self._down, names, strict=True)],
            [_head(line) for line in self._across],
            self._counts,
            shades,
            _tips(a, names, self._counts[:, -1].tolist()),
            _tips(b, heads, self._counts[-1].tolist()),
            [
                [_tip(f"{a}: {name}, {b}: {head}", k) for head, k in zip(heads, line, strict=True)]
                for name, line in zip(names, self._counts.tolist(), strict=True)
            ],
            f"share of {a}'s",
        )

    def _words(self, found: Confusion) -> str:
        a, b = (title_of(source) for source in self._wanted)
        text = agreement_words(found)
        book = self.scene.book if self.scene is not None else None
        sheets = () if book is None else book.sheets
        how = {source: sampled(sheets, source) for source in self._wanted}
        text += "".join(f" · {words}" for words in dict.fromkeys(how.values()) if words)
        lacks = {a: found.without_first, b: found.without_second}
        left = [f"{k:,} without a label by {source}" for source, k in lacks.items() if k]
        return f"{text} · left out: {', '.join(left)}" if left else text

    def mark(self, scene: Scene) -> None:
        table, shape = scene.table, self._counts.shape
        marked, selected = np.zeros(shape, np.bool_), np.zeros(shape, np.int64)
        if table is not None and self._down and scene.current >= 0:
            first, second = self._codes(table)
            here = np.array([scene.current])
            marked = self._within(first[here], second[here]) > 0
            marked[-1, :] = marked[:, -1] = False  # the totals
            if len(scene.selected) > 1:
                selected = self._within(first[scene.selected], second[scene.selected])
        self.plot.set_marks(np.flatnonzero(marked.any(1)).tolist(), marked, selected)

    def _within(self, first: Codes, second: Codes) -> Ints:
        """Return the counts of some units in the cells that are shown."""
        lines = [*self.classes, None, TOTAL_NAME]
        down = [i for i, line in enumerate(lines) if line in self._down]
        across = [i for i, line in enumerate(lines) if line in self._across]
        return cross_table(first, second, self.classes)[np.ix_(down, across)]

    def numbers(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        names = [_named(line) for line in self._down]
        heads = [_named(line) for line in self._across]
        corner = " / ".join(column_of(source) for source in self._wanted)
        rows = zip(names, self._counts.tolist(), strict=True)
        return (corner, *heads), [(name, *counts) for name, counts in rows]

    def _on_clicked(self, row: int, column: int, add: bool) -> None:
        if self.scene is None or self.scene.table is None:
            return
        table = self.scene.table
        (first, second), a, b = self._wanted, self._down[row], self._across[column]
        if isinstance(a, str) and isinstance(b, str):
            text = "unit_index >= 0"
        elif isinstance(a, str):
            text = label_filter(table, second, None if isinstance(b, str) else b)
        elif isinstance(b, str):
            text = label_filter(table, first, a)
        else:
            text = cell_filter(table, first, a, second, b)
        self.want_filter(text, add)


def _used(totals: Ints, n: int) -> list[int]:
    """Return the classes, no label where a unit has none, and the total."""
    return [*range(n), *([n] if totals[n] else []), n + 1]


def _tip(what: str, k: int) -> str:
    text = f"{what}\n{count_of(k, 'unit')}"
    return f"{text}\nclick to show them, Ctrl adds them" if k else text


def _named(line: _Line) -> str:
    if isinstance(line, Label):
        return LABEL_NAMES[line]
    return NO_LABEL_NAME if line is None else line


def _sign(line: _Line) -> str:
    return f"{LABEL_SIGN[line]} " if isinstance(line, Label) else ""


def _head(line: _Line) -> MatrixHead:
    if isinstance(line, Label):
        return MatrixHead(LABEL_NAMES[line], "", LABEL_SIGN[line], LABEL_FILL[line])
    return MatrixHead(_named(line))


def _tips(source: str, names: Sequence[str], counts: Sequence[int]) -> list[str]:
    return [
        f"{source}: {name}\n{count_of(k, 'unit')}" for name, k in zip(names, counts, strict=True)
    ]
