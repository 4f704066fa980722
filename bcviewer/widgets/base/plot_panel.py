"""What the population plots have in common: a scope, masked failures, marks, saving."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import numpy as np
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QVBoxLayout,
    QWidget,
)

from bcviewer.app.scene import Scene
from bcviewer.app.view import Marked
from bcviewer.app.wishes import ShowUnits
from bcviewer.core.arrays import Ints
from bcviewer.core.rules.counts import count_of
from bcviewer.core.sheet.veil import HIDDEN_WORDS
from bcviewer.widgets.base.former import OUTLINE, Former
from bcviewer.widgets.base.plot_cover import PlotCover
from bcviewer.widgets.base.savable_panel import SavablePanel
from bcviewer.widgets.drawing.legend import Entry, LegendLine, Stroke
from bcviewer.widgets.drawing.text_labels import BriefLabel
from bcviewer.widgets.drawing.theme import theme
from bcviewer.widgets.drawing.tick_box import TickBox
from bcviewer.widgets.drawing.tips import plain_tip

SCOPES: tuple[tuple[str, str], ...] = (
    ("all", "all units"),
    ("shown", "shown units"),
    ("selected", "selected units"),
)


class PlotPanel(SavablePanel):
    """A plot over the population.

    A subclass fills :attr:`body`, draws in :meth:`redraw` what depends on the units of the scope,
    marks in :meth:`mark` the current unit and the selection, and tells :meth:`numbers`.

    Attributes
    ----------
    offers_masked : bool
        Whether masked failures can be switched on.
    masked_first : bool
        Whether they are on to begin with.
    counts_verdicts : bool
        Whether it counts labels or failures: what a blind review hides is left out of it. Others
        draw these units as not scored.
    outlines : bool
        Whether bars are drawn as outlines of what they are by the saved thresholds
        (:attr:`former`), while others are tried.
    marks_judge : bool
        Whether the current unit's mark tells a verdict: it is left out while that is hidden.
    """

    parts: ClassVar[tuple[str, ...]] = ("table", "view", "selected", "current")
    counts_verdicts: ClassVar[bool] = True
    marks_judge: ClassVar[bool] = True
    outlines: ClassVar[bool] = False
    offers_masked: ClassVar[bool] = False
    masked_first: ClassVar[bool] = False

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.scope = QComboBox(self)
        self.scope.setObjectName(f"scope.{self.panel_id}")
        self.scope.setAccessibleName("Units that the plot is about")
        for key, title in SCOPES:
            self.scope.addItem(title, key)
        self.masked = TickBox("masked too", self)
        self.masked.setObjectName(f"masked.{self.panel_id}")
        self.masked.setToolTip("Count failures that a stronger rule hides as well")
        self.masked.setVisible(self.offers_masked)
        self.masked.setChecked(self.masked_first)
        self.note = BriefLabel(self)
        self.note.setObjectName(f"note.{self.panel_id}")
        self._note_tip = ""
        self.scope.currentIndexChanged.connect(self._draw)
        self.masked.toggled.connect(self._draw)
        self.head = QHBoxLayout()
        self.head.setContentsMargins(6, 2, 6, 0)
        self.head.addWidget(self.scope)
        self.head.addWidget(self.masked)
        self.head.addStretch(1)
        self.head.addWidget(self.note)
        self.body = QWidget(self)
        self.body.setAccessibleName(self.title)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 2, 0, 0)
        box.setSpacing(2)
        box.addLayout(self.head)
        box.addWidget(self.body, 1)
        self.cover = PlotCover(self.body)
        self.former = Former()
        self.outline = LegendLine(self)
        self.outline.setObjectName(f"outline.{self.panel_id}")
        self.outline.hide()
        box.addWidget(self.outline)
        self.shown: Scene | None = None
        """The scene that is drawn; :attr:`scene` is another one while the panel is hidden."""
        self._content: tuple[object, ...] | None = None
        self._scored: tuple[object, Ints | None, Ints] | None = None

    # -- for subclasses ----------------------------------------------------------------------

    def mark(self, scene: Scene) -> None:
        """Mark the current unit and the selection; called after each redraw and each step."""

    def content(self) -> tuple[object, ...]:
        """Return what the plot depends on beside scene and scope (its own choices)."""
        return (self.masked.isChecked(),)

    def rows(self, scene: Scene) -> Ints | None:
        """Return the rows of the scope; None: all units.

        Units that Bombcell has not scored are in no plot of the population; those of which a blind
        review hides the verdict are in none that counts verdicts: shares are of what is known.
        """
        scope, table, book = self.scope.currentData(), scene.table, scene.book
        rows = {"shown": scene.view.rows, "selected": scene.selected}.get(scope)
        hides = self.counts_verdicts and book is not None and book.n_hidden > 0
        if table is None or (table.n_units == table.n_scored and not hides):
            return rows
        basis = scene.basis
        if self._scored is None or self._scored[0] is not basis or self._scored[1] is not rows:
            kept = table.scored_rows() if rows is None else table.scored_among(rows)
            kept = scene.told_of(kept) if hides else kept
            self._scored = (basis, rows, kept)  # one array as long as the scope is the same
        return self._scored[2]

    def say_units(self, scene: Scene) -> None:
        """Write beside the scope how many units it is about."""
        rows = self.rows(scene)
        total = scene.table.n_units if scene.table else 0
        n = total if rows is None else len(rows)
        self.note.setText(count_of(n, "unit"))

    def tell_tip(self, tip: str) -> None:
        """Give the note a tip, a plain text that more may be added to."""
        self._note_tip = tip
        self.note.setToolTip(plain_tip(tip))

    def _add_tip(self, *parts: str) -> None:
        self.tell_tip("\n".join(filter(None, parts)))

    def _say_hidden(self, scene: Scene) -> None:
        """Say how many units of the scope a blind review hides, in the plot where it hides all."""
        n = self._n_hidden(scene)
        none_left = self.counts_verdicts and n > 0 and not len(self._known(scene))
        if none_left:
            self.cover.lay(f"Blind review: {count_of(n, 'unit')}, {HIDDEN_WORDS}.", opaque=True)
        else:
            self.cover.hide()
        if n:
            self.note.setText(", ".join(filter(None, (self.note.text(), f"{n:,} hidden"))))
            how = "left out" if self.counts_verdicts else "drawn as not scored"
            words = f"{count_of(n, 'unit is', 'units are')} {how}: {HIDDEN_WORDS}."
            self._add_tip(self._note_tip, words)

    def _n_hidden(self, scene: Scene) -> int:
        """Return how many units of the scope a blind review hides."""
        book, scope = scene.book, self.scope.currentData()
        if book is None or not book.n_hidden:
            return 0
        among = {"shown": scene.view.rows, "selected": scene.selected}.get(scope)
        hidden = book.hidden_rows()
        return len(hidden) if among is None else int(np.isin(hidden, among).sum())

    def _known(self, scene: Scene) -> Ints:
        """Return the rows of the scope, also where these are all."""
        rows = self.rows(scene)
        return np.arange(scene.table.n_units if scene.table else 0) if rows is None else rows

    def want_filter(self, text: str, add: bool = False) -> None:
        self.wish.emit(ShowUnits(text, add, str(self.scope.currentData())))

    # -- drawing -----------------------------------------------------------------------------

    def forget(self) -> None:
        self._content = self._scored = self.shown = None
        super().forget()

    def retheme(self) -> None:
        self._content = None
        super().retheme()

    def _draw(self) -> None:
        scene = self.scene
        if scene is None or not self.seen:
            return
        state = (scene.basis, self.rows(scene), *self.content())
        before = self._content
        same = before is not None and len(before) == len(state)
        if before is None or not same or not all(map(_equal, state, before)):
            self._content, self.shown = state, None  # what it lays out meanwhile marks nothing
            self.redraw(scene)
            self.note.setText("")  # not every panel says there how many units there are
            self.tell_tip("")
            self.say_units(scene)
            self._say_hidden(scene)
            if scene.table is not None and scene.table.proposes:
                self.note.setText(" · ".join(filter(None, (self.note.text(), "what if"))))
            if self.note.has_more():
                self._add_tip(self.note.text(), self._note_tip)
            self._say_outlines(scene)
        self.shown = scene
        self.mark(self._markable(scene))

    def _say_outlines(self, scene: Scene) -> None:
        shown = self.outlines and scene.table is not None and scene.table.proposes
        self.outline.setVisible(shown)
        self.outline.set_entries((Entry(OUTLINE, theme().text, Stroke.HOLLOW),) if shown else ())

    def _markable(self, scene: Scene) -> Scene:
        """Return a scene without a current unit where its place would tell a hidden verdict."""
        return replace(scene, marked=Marked()) if self.marks_judge and scene.is_hidden else scene


def _equal(a: object, b: object) -> bool:
    """Whether two parts of what was drawn are the same; arrays by identity, they are frozen."""
    if a is b:
        return True
    plain = (str, int, float, bool, tuple, type(None))
    return isinstance(a, plain) and isinstance(b, plain) and a == b
