"""How far thresholds agree with the curator's labels, and what Bombcell suggests by them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar

from PySide6.QtCore import QModelIndex, QPointF, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QSplitter,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from bcviewer.app.scene import Scene
from bcviewer.app.wishes import CountLabels, Suggest, TakeSuggestion
from bcviewer.core.comparison.agreement import AgreementCurve, Agreements, agreements
from bcviewer.core.comparison.suggested import Suggested
from bcviewer.core.comparison.suggested_words import (
    HEADS,
    answer_words,
    joint_words,
    label_words,
    score_words,
    threshold_words,
)
from bcviewer.core.curation.counted import CountedLabels, counted_labels
from bcviewer.core.rules.counts import count_of
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.core.sheet.veil import HIDDEN_WORDS
from bcviewer.widgets.base.choice import choice
from bcviewer.widgets.base.fact_line import FactLine
from bcviewer.widgets.base.plot_cover import PlotCover
from bcviewer.widgets.base.savable_panel import SavablePanel
from bcviewer.widgets.drawing.row_list import leave_keys, set_up_rows
from bcviewer.widgets.drawing.scales import number
from bcviewer.widgets.drawing.theme import make_small, theme
from bcviewer.widgets.population.agreement_plot import AgreementPlot
from bcviewer.widgets.population.suggestions_model import SuggestionsModel

_PADDING = 3
_MOST_LINES, _FEW_LINES, _LOW = 7, 2, 420
"""Lines of facts in a panel that is high, and in one that is not, pixels: the tool tip has all."""
_WITH_PLOT = 250
"""A panel that is lower, in pixels, has no plot: the list is read first."""
_NO_LABELS = "No label counts yet: label units{how}, and see here how far each threshold agrees."
_BLIND_HOW = " in a blind review, or count all labels"

_Told = tuple[tuple[str, ...], tuple[str, ...]]
"""How well suggestions hold together, and how that was found out."""


class SuggestionsPanel(SavablePanel):
    """A table of thresholds, and the curve of the chosen one.

    Attributes
    ----------
    found : Agreements or None
        The curves of what is drawn; None: nothing is.
    """

    panel_id = "suggestions"
    n_plots = 1
    title = "Suggestions"
    parts: ClassVar[tuple[str, ...]] = ("table", "said", "proposal", "advice", "run")

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        tip = "Which manual labels thresholds are judged by"
        self.counts = choice(self, "suggestions.counts", tip, ("blind labels", "all labels"), 0)
        self.counts.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.counts.activated.connect(lambda at: self.wish.emit(CountLabels(at == 0)))
        self.ask = self._button("Ask Bombcell", "askSuggestions", Suggest())
        self.ask.setToolTip("Bombcell's own suggestions, by the same labels (Ctrl+Alt+S)")
        self.take = self._button("Take next", "takeSuggestion", TakeSuggestion())
        self.take.setToolTip("Try the next suggestion as a proposal (Ctrl+Alt+A)")
        self.body = QWidget(self)
        self.body.setAccessibleName(self.title)
        self.facts = FactLine(self.body)
        self.model = SuggestionsModel(self)
        self.list = QTableView(self.body)
        self.plot = AgreementPlot(self.body, self.tip_at)
        self._set_up_list()
        split = QSplitter(Qt.Orientation.Vertical, self.body)
        split.setChildrenCollapsible(False)
        split.addWidget(self.list)
        split.addWidget(self.plot)
        split.setStretchFactor(0, 3)
        split.setStretchFactor(1, 2)
        self.plot.hide()  # until there is room for it
        self._lay_out(split)
        self.cover = PlotCover(self.body)
        self.found: Agreements | None = None
        self._chosen, self._by_hand = "", False
        self._joint: tuple[Suggested, object, _Told] | None = None

    def _lay_out(self, split: QSplitter) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(6, 2, 6, 0)
        for widget in (self.counts, self.ask, self.take):
            head.addWidget(widget)
        head.addStretch(1)
        inner = QVBoxLayout(self.body)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(2)
        inner.addWidget(self.facts)
        inner.addWidget(split, 1)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 2, 0, 0)
        box.setSpacing(2)
        box.addLayout(head)
        box.addWidget(self.body, 1)

    def _button(self, text: str, name: str, wish: object) -> QPushButton:
        button = QPushButton(text, self)
        button.setObjectName(name)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # letters stay the curator's keys
        button.clicked.connect(lambda: self.wish.emit(wish))
        return button

    def _set_up_list(self) -> None:
        view = self.list
        view.setObjectName("suggestionsList")
        view.setAccessibleName("Thresholds by agreement with the labels")
        view.setModel(self.model)
        make_small(view)
        set_up_rows(view, _PADDING)
        leave_keys(view)
        view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        view.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        columns = view.horizontalHeader()
        columns.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        columns.setSectionsClickable(False)
        view.clicked.connect(self._on_clicked)
        view.doubleClicked.connect(self._on_double_clicked)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.facts.set_most(_MOST_LINES if self.height() >= _LOW else _FEW_LINES)
        self.plot.setVisible(self.height() >= _WITH_PLOT)

    # -- drawing -----------------------------------------------------------------------------

    def redraw(self, scene: Scene) -> None:
        self.plot.recolor(theme())
        sheet, hidden = scene.sheet, 0 if scene.book is None else scene.book.n_hidden
        self.counts.setCurrentIndex(0 if scene.advice.blind else 1)
        self.found, words = None, ""
        if hidden:
            words = f"Blind review: {count_of(hidden, 'unit')}, {HIDDEN_WORDS}."
        elif sheet is not None:
            counted = counted_labels(scene.said, scene.advice.blind)
            if not counted.labels:
                words = _NO_LABELS.format(how=_BLIND_HOW if counted.blind else "")
            else:
                self._show(scene, sheet, counted)
        if self.found is None:
            self._show_nothing(words)
        else:
            self.cover.hide()

    def _show_nothing(self, words: str) -> None:
        self.model.show_lines((), "")
        self.facts.set_facts(())
        self.plot.draw(None, math.nan, math.nan, None)
        self.ask.setEnabled(False)
        self.take.setEnabled(False)
        self.cover.lay(words, opaque=True)

    def _show(self, scene: Scene, sheet: Sheet, counted: CountedLabels) -> None:
        self.found = found = agreements(sheet, counted.labels)
        suggested, changes = scene.advice.found_of(sheet.run), dict(scene.proposal.changes)
        facts = list(label_words(found, counted))
        if scene.book is not None and len(scene.book) > 1:
            facts.insert(0, f"of {scene.book.probes[scene.which]} alone")
        if sheet.inputs.tried is not None and found.curves:
            facts.append("what if: the curves hold all other thresholds as they are tried")
        if suggested is not None:
            together, how = self._together(suggested, changes)
            facts = [*facts[:1], *together, *facts[1:], *answer_words(suggested, counted), *how]
        self.facts.set_facts(facts)
        lines = threshold_words(sheet, found, suggested, changes)
        names = [line.name for line in lines]
        if self._chosen not in names or not self._by_hand:
            self._by_hand = False
            offered = [line.name for line in lines if line.is_offered]
            self._chosen = (offered or names or [""])[0]
        self.model.show_lines(lines, self._chosen)
        self.ask.setEnabled(True)
        self.take.setEnabled(suggested is not None and suggested.next_offered(changes) is not None)
        self.list.scrollTo(
            self.model.index(names.index(self._chosen), 0) if names else QModelIndex()
        )
        self._draw_curve(scene)

    def _together(self, suggested: Suggested, changes: dict[str, float | bool]) -> _Told:
        """Return how well what is taken holds together; where less than two are, all offered."""
        taken = tuple(one.name for one in suggested.taken(changes))
        names = taken if len(taken) > 1 else tuple(one.name for one in suggested.offered)
        before, asked = self._joint, (names, len(taken) > 1)
        if before is None or before[0] is not suggested or before[1] != asked:
            words = joint_words(suggested, suggested.joint(names), len(taken) > 1)
            self._joint = before = suggested, asked, words
        return before[2]

    def _draw_curve(self, scene: Scene) -> None:
        sheet, name = scene.sheet, self._chosen
        if sheet is None or self.found is None:
            return
        suggested = scene.advice.found_of(sheet.run)
        curve = self.found.of(name)
        self.plot.setVisible(curve is not None and len(curve.values) > 0)
        self.plot.draw(
            curve,
            sheet.inputs.criteria.thresholds.get(name, math.nan),
            sheet.criteria.thresholds.get(name, math.nan),
            None if suggested is None else suggested.of(name),
        )
        self.plot.update()

    @property
    def curve(self) -> AgreementCurve | None:
        """The curve that is drawn; None: none."""
        return None if self.found is None else self.found.of(self._chosen)

    def tip_at(self, place: QPointF) -> str:
        if self.curve is None:
            return ""
        x = place.x()
        return f"at {number(x)}: balanced accuracy {score_words(self.curve.at(x))}"

    # -- the person --------------------------------------------------------------------------

    def choose(self, name: str) -> None:
        """Draw the curve of another threshold."""
        self._chosen, self._by_hand = name, True
        if self.scene is not None and self.found is not None:
            self.model.show_lines(self.model.lines, name)
            self._draw_curve(self.scene)

    def _on_clicked(self, index: QModelIndex) -> None:
        self.choose(self.model.lines[index.row()].name)

    def _on_double_clicked(self, index: QModelIndex) -> None:
        line = self.model.lines[index.row()]
        if line.is_offered:
            self.wish.emit(TakeSuggestion(line.name))

    def forget(self) -> None:
        self.found = None
        self._joint = None
        super().forget()

    def numbers(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        header = ("parameter", *(title for title, _ in HEADS))
        return header, [(line.name, *line.texts) for line in self.model.lines]
