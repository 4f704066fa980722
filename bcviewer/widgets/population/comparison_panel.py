"""What differs between the open run and another one: labels, why, parameters, measurement."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from bcviewer.app.scene import Scene
from bcviewer.app.wishes import BetweenRuns, ShowUnits, Wish
from bcviewer.core.comparison.changes import label_by_label, labels_in
from bcviewer.core.comparison.two_runs import TwoRuns, told
from bcviewer.core.comparison.two_runs_words import HIDDEN_WORDS, cell_filter, page_text
from bcviewer.core.figures.words import CLICK_OR_ADD
from bcviewer.core.rules.counts import count_of
from bcviewer.core.rules.labels import CLASSES, Label
from bcviewer.widgets.base.matrix_plot import MatrixPlot
from bcviewer.widgets.base.panel import Panel
from bcviewer.widgets.drawing.matrix_item import NOTHING, Matrix, MatrixHead
from bcviewer.widgets.drawing.scroll import scrolled
from bcviewer.widgets.drawing.text_labels import ElidedLabel, link
from bcviewer.widgets.drawing.theme import LABEL_FILL, LABEL_SIGN, theme
from bcviewer.widgets.population.comparison_text import differences_html, whys_html

NOTHING_COMPARED = "This run is compared with nothing."
_COMPARE = "compare"


class ComparisonPanel(Panel):
    """Label against label, why labels changed, and what differs; a click filters the table.

    Attributes
    ----------
    labels : tuple of Label
        The rows and columns of the matrix: before, and after.
    links : dict of str to str
        The filters of the links in its text.
    buttons : dict of str to QToolButton
        What can be done with the comparison.
    """

    panel_id = "comparison"
    n_plots = 1
    title = "Comparison"
    parts: ClassVar[tuple[str, ...]] = ("runs", "table", "comparison")

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.labels: tuple[Label, ...] = ()
        self._head = ElidedLabel(self)
        self._head.setObjectName("comparisonHead")
        self.plot = MatrixPlot(self)
        self.plot.cell_clicked.connect(self._on_clicked)
        self.whys, self.differences = self._words("whys"), self._words("differences")
        self.links: dict[str, str] = {}
        self.buttons = {
            "swap": self._button("Swap", "Compare the other way round", BetweenRuns("swap")),
            "copy": self._button("Copy", "Copy what is said as text", None),
            "export": self._button(
                "Export…", "Write it as a table or a page", BetweenRuns("export")
            ),
            "end": self._button("End", "Compare with nothing any more", BetweenRuns("end")),
        }
        self.buttons["copy"].clicked.connect(self.copy)
        self._lay_out()

    def _words(self, name: str) -> QLabel:
        text = QLabel(self)
        text.setObjectName(f"comparison.{name}")
        text.setTextFormat(Qt.TextFormat.RichText)
        text.setWordWrap(True)
        text.setAlignment(Qt.AlignmentFlag.AlignTop)
        text.setContentsMargins(8, 2, 8, 4)
        text.setTextInteractionFlags(Qt.TextInteractionFlag.TextBrowserInteraction)
        text.linkActivated.connect(self._on_link)
        return text

    def _button(self, title: str, tip: str, wish: Wish | None) -> QToolButton:
        button = QToolButton(self)
        button.setText(title)
        button.setToolTip(tip)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        if wish is not None:
            button.clicked.connect(lambda: self.wish.emit(wish))
        return button

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        line.setContentsMargins(8, 2, 4, 0)
        line.addWidget(self._head, 1)
        for name, button in self.buttons.items():
            button.setObjectName(f"comparison.{name}")
            line.addWidget(button)
        body = QWidget(self)
        inner = QVBoxLayout(body)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(0)
        inner.addWidget(self.whys)
        inner.addWidget(self.plot)
        inner.addWidget(self.differences)
        inner.addStretch(1)
        area = scrolled(body, self)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(2)
        box.addLayout(line)
        box.addWidget(area, 1)

    # -- drawing -----------------------------------------------------------------------------

    def redraw(self, scene: Scene) -> None:
        two = scene.comparison
        hidden = scene.book is not None and scene.book.n_hidden > 0
        told_now = two is not None and not hidden
        for button in self.buttons.values():
            button.setEnabled(told_now)
        self.buttons["end"].setEnabled(two is not None)
        self.plot.setVisible(told_now and two is not None and two.found.matched > 0)
        self.differences.setVisible(told_now)
        self.links, self.labels = {}, ()
        if two is None:
            self._head.setText(NOTHING_COMPARED)
            self.whys.setText(link(_COMPARE, "Compare with…"))
            return
        titles = f"{two.titles[0]} → {two.titles[1]}"
        many = scene.book is not None and len(scene.book) > 1
        self._head.setText(f"{scene.probe_of(two.run)}: {titles}" if many else titles)
        self._head.setToolTip(self._head.text())
        if hidden:
            self.whys.setText(f"{HIDDEN_WORDS[:1].upper()}{HIDDEN_WORDS[1:]}.")
            self.plot.show_matrix(NOTHING, theme(), "")
            return
        matrix = self._matrix(two)
        self.plot.show_matrix(matrix, theme(), "no unit")
        self.plot.setMaximumHeight(self.plot.minimumHeight() + 8 * len(self.labels))
        whys, self.links = whys_html(two)
        self.whys.setText(whys)
        self.differences.setText(differences_html(two))

    def forget(self) -> None:
        super().forget()
        self.links = {}

    def _matrix(self, two: TwoRuns) -> Matrix:
        counts = label_by_label(two.found)
        self.labels = labels_in(counts)
        inner = counts[np.ix_(self.labels, self.labels)]
        shades = inner / np.maximum(inner.sum(1, keepdims=True), 1)
        names = [told(label) for label in self.labels]
        n = len(names)
        return Matrix(
            [f"{_sign(label)}{told(label)}" for label in self.labels],
            [_head(label) for label in self.labels],
            inner,
            shades,
            [f"before: {names[i]}\n{_units(inner[i].sum())}" for i in range(n)],
            [f"after: {names[i]}\n{_units(inner[:, i].sum())}" for i in range(n)],
            [[_tip(names[i], names[j], int(inner[i, j])) for j in range(n)] for i in range(n)],
            "share of the label before",
        )

    # -- what is clicked ---------------------------------------------------------------------

    def _on_clicked(self, row: int, column: int, add: bool) -> None:
        self.want_filter(cell_filter(self.labels[row], self.labels[column]), add)

    def _on_link(self, href: str) -> None:
        if href == _COMPARE:
            self.wish.emit(BetweenRuns("choose"))
        elif href in self.links:
            self.wish.emit(ShowUnits(self.links[href]))

    def copy(self) -> None:
        """Put what is said on the clipboard."""
        scene = self.scene
        two = None if scene is None else scene.comparison
        if two is not None and scene is not None and scene.book and not scene.book.n_hidden:
            QGuiApplication.clipboard().setText(page_text(two))


def _sign(label: Label) -> str:
    return f"{LABEL_SIGN[label]} " if label in CLASSES else ""


def _head(label: Label) -> MatrixHead:
    if label in CLASSES:
        return MatrixHead(told(label), "", LABEL_SIGN[label], LABEL_FILL[label])
    return MatrixHead(told(label))


def _units(n: float) -> str:
    return count_of(n, "unit")


def _tip(before: str, after: str, n: int) -> str:
    text = f"before: {before}, after: {after}\n{_units(n)}"
    return f"{text}\n{CLICK_OR_ADD}" if n else text
