"""What the panels of one unit's evidence have in common: they ask, wait in grey, then draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from operator import is_
from typing import ClassVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from bcviewer.app.no_unit import no_unit_words
from bcviewer.app.scene import Scene
from bcviewer.core.evidence.ask import Ask, Missing
from bcviewer.core.run.run import Provenance
from bcviewer.core.run.stretch import Stretch
from bcviewer.core.sheet.unsaved_only import why_nothing
from bcviewer.core.sheet.veil import HIDDEN_WORDS
from bcviewer.widgets.base.caption import Caption
from bcviewer.widgets.base.fact_line import FactLine
from bcviewer.widgets.base.plot_cover import PlotCover
from bcviewer.widgets.base.rule_words import RuleWords
from bcviewer.widgets.base.savable_panel import SavablePanel
from bcviewer.widgets.drawing.legend import LegendLine
from bcviewer.widgets.drawing.still_label import StillLabel
from bcviewer.widgets.drawing.trace_plot import TracePlot

NOT_FOR = "not for a stretch"
"""What is said where nothing of it can be computed for a part of the recording."""

LOW = 170
"""A panel of fewer pixels says less around its plot, in fewer lines: the plot is what it is for."""

STRETCH_COLUMNS = ("stretch_from_s", "stretch_to_s")
"""What is appended to the numbers of a stretch."""


class EvidencePanel(SavablePanel):
    """A plot of one unit; the rules of its :attr:`metrics` are written on it.

    A subclass fills :attr:`body` and may add widgets to :attr:`head`; it says in :meth:`asks` what
    it wants to know, the first of which it cannot do without, and draws in :meth:`draw`. While that
    one is under way the unit before stays, greyed and named; where it is :class:`Missing` its
    reason stands in place of the plot.

    Attributes
    ----------
    judges : bool
        Whether what it draws is a verdict: a blind review hides all of it, not the rules alone.
    rules_apart : bool
        Whether they stand in lines of their own, and not in the head's.
    rests : bool
        Whether it is answered only where a key comes to rest: the unit that it waits for is not
        named then, so that nothing is painted while the key is held.
    head : QHBoxLayout
        The line above the plot: choices on the left, then the rules, :attr:`note` on the right.
    rules : RuleWords
        The rules that the plot is the evidence of.
    note : StillLabel
        A short text about what is drawn.
    drawn_row : int
        The unit that is drawn; −1: none.
    drawn_stretch : Stretch or None
        The stretch of which the numbers are that are drawn; None: those of the whole.
    """

    parts: ClassVar[tuple[str, ...]] = ("table", "current", "evidence", "stretch", "identity")
    judges: ClassVar[bool] = False
    rules_apart: ClassVar[bool] = False
    rests: ClassVar[bool] = False

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rules = self.make_rules()
        self.note = StillLabel(self, f"note.{self.panel_id}", Qt.AlignmentFlag.AlignRight)
        self.head = QHBoxLayout()
        self.head.setContentsMargins(6, 2, 6, 0)
        self.head.addStretch(1) if self.rules_apart else self.head.addWidget(self.rules, 1)
        self.head.addWidget(self.note)
        self.body = QWidget(self)
        self.body.setAccessibleName(self.title)
        self.cover = PlotCover(self.body)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 2, 0, 0)
        box.setSpacing(2)
        box.addLayout(self.head)
        if self.rules_apart:
            box.addWidget(self.rules)
        box.addWidget(self.body, 1)
        self.drawn_row = -1
        self.drawn_stretch: Stretch | None = None
        self._noted_stretch: Stretch | None = None
        self._drawn_of: tuple[Provenance, ...] = ()
        self._answers: tuple[object, ...] | None = None

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        for caption in self.findChildren(Caption):
            caption.set_low(self.height() < LOW)

    # -- what is asked -----------------------------------------------------------------------

    def with_stretch(self, scene: Scene, *asks: Ask) -> tuple[Ask, ...]:
        """Return some asks, and after them the same of the stretch that is looked at."""
        chosen = scene.stretch
        if chosen is None:
            return asks
        return *asks, *(replace(ask, stretch=chosen) for ask in asks)

    def asks_ahead(self, scene: Scene) -> tuple[Ask, ...]:
        """Ask for the whole of neighbours: a stretch ends with its unit."""
        return tuple(ask for ask in self.asks(scene) if ask.stretch is None)

    # -- for subclasses ----------------------------------------------------------------------

    def make_rules(self) -> RuleWords:
        """Return the words for the rules: one line."""
        return RuleWords(self, 1)

    def draw(self, scene: Scene, answers: tuple[object, ...]) -> None:
        """Draw the current unit.

        Parameters
        ----------
        scene : Scene
            What is open; ``scene.sheet`` is there and ``scene.current`` is a unit.
        answers : tuple
            One for each of :meth:`asks`: what its function returned, ``Missing``, or None while it
            is under way. The first is neither.
        """
        raise NotImplementedError

    def no_unit(self, scene: Scene) -> str:
        """Return why there is nothing to ask about; empty where there is."""
        if scene.current < 0 or scene.table is None:
            return no_unit_words(scene)
        return f"Blind review: {HIDDEN_WORDS}." if self.judges and scene.is_hidden else ""

    def _set_rules(self, scene: Scene) -> None:
        """Write the rules of the current unit; a blind review hides them."""
        sheet = None if scene.is_hidden else scene.sheet
        self.rules.set_rules(sheet, scene.sheet_row, self.metrics)

    # -- drawing -----------------------------------------------------------------------------

    def forget(self) -> None:
        self._answers, self._drawn_of = None, ()
        super().forget()

    def retheme(self) -> None:
        self._answers = None
        super().retheme()

    def _draw(self) -> None:
        scene = self.scene
        if scene is None or not self.seen:
            return
        problem = self.no_unit(scene)
        asks = () if problem else self.asks(scene)
        found = scene.evidence
        there = found.row == scene.sheet_row and found.run is scene.run
        answers = tuple(found.get(ask) if there else None for ask in asks)
        first = answers[0] if answers else Missing(problem)
        if first is None:
            self._wait(scene)
        elif isinstance(first, Missing):
            sheet, why = None if problem else scene.sheet, first.reason
            self._draw_nothing(scene)
            if sheet is not None:
                why = why_nothing(sheet, why, scene.sheet_row)
            self.cover.lay(why, opaque=True)
        else:
            self.cover.hide()
            here = scene.sheet and scene.sheet.parts.scored_unit(scene.sheet_row)
            state = (scene.basis, scene.current, scene.stretch, here, *asks, *answers)
            if self._answers is None or not _same(state, self._answers):
                first = not self.drew(scene)
                self._answers, self.drawn_row = state, scene.current
                self._drawn_of = scene.origins
                self._set_rules(scene)
                self.drawn_stretch = None
                self.draw(scene, answers)
                self._name_body()
                if scene.stretch is not None and all(ask.stretch is None for ask in asks):
                    self.note.setText(" · ".join(filter(None, (self.note.text(), NOT_FOR))))
                self._give_room(scene, first)
                for plot in self.findChildren(TracePlot):
                    plot.settle()

    def _draw_nothing(self, scene: Scene) -> None:
        """Take away what is drawn and said: it is of another unit."""
        self.drawn_row, self.drawn_stretch, self._answers = -1, None, None
        self.note.clear()
        for line in self.findChildren(FactLine):
            line.set_facts(())
        for legend in self.findChildren(LegendLine):
            legend.set_entries(())
        self._set_rules(scene)

    def _give_room(self, scene: Scene, first: bool) -> None:
        """Give rules and plots the room again that words of another kind took.

        With a stretch all say far more; ``first``: it is the first unit of its recordings.
        """
        if scene.stretch != self._noted_stretch:
            self._noted_stretch, first = scene.stretch, True
            for legend in self.findChildren(LegendLine):
                legend.forget_room()
            for line in self.findChildren(FactLine):
                line.forget_room()
            for caption in self.findChildren(Caption):
                caption.forget_room()
        if first:
            self.note.forget_room()

    def _name_body(self) -> None:
        """Let the picture's title say of which time it is."""
        of = "" if self.drawn_stretch is None else f", {self.drawn_stretch.chosen}"
        if self.body.accessibleName() != f"{self.title}{of}":
            self.body.setAccessibleName(f"{self.title}{of}")

    def exported(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        """Return the numbers; those of a stretch carry its limits."""
        header, rows = self.numbers()
        chosen = self.drawn_stretch
        if chosen is None:
            return header, rows
        limits = (chosen.start_s, chosen.stop_s)
        return (*header, *STRETCH_COLUMNS), [(*row, *limits) for row in rows]

    def drew(self, scene: Scene) -> bool:
        """Whether what is drawn is of the recordings of a scene: its rows mean something there."""
        here, there = self._drawn_of, scene.origins
        return len(here) == len(there) and all(map(is_, here, there))

    def _wait(self, scene: Scene) -> None:
        table = scene.table
        if table is None:
            return
        named, drawn = table.named, self.drawn_row
        wanted = f"{named(scene.current)} …"
        if drawn < 0 or not self.drew(scene):
            self.cover.lay(wanted, opaque=True)
        elif drawn != scene.current:
            waits = "waiting …" if self.rests else f"waiting for {wanted}"
            self.cover.lay(f"{named(drawn)}, {waits}", opaque=False)


def _same(state: Sequence[object], before: Sequence[object]) -> bool:
    """Whether all that is drawn is the same; answers are frozen: the same one is the same thing."""
    if len(state) != len(before):
        return False
    pairs = zip(state, before, strict=True)
    return all(a is b or (isinstance(a, (int, str, Ask, Stretch)) and a == b) for a, b in pairs)
