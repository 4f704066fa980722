"""What the rules say of the stretch that is looked at; it can be kept as the unit's stable time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from bcviewer.app.scene import Scene
from bcviewer.app.wishes import KeepStable, LookAtAll
from bcviewer.core.audit.states import STATE_NAMES
from bcviewer.core.evidence.ask import Ask, Missing
from bcviewer.core.evidence.refractory import Contamination
from bcviewer.core.evidence.stretch_verdict import stretch_verdict
from bcviewer.core.evidence.time_numbers import TimeNumbers, beside_words
from bcviewer.core.rules.counts import count_of
from bcviewer.oracle.amplitude_by_bombcell import COLUMN, CutOffFit
from bcviewer.widgets.base.evidence_panel import EvidencePanel
from bcviewer.widgets.base.fact_line import FactLine
from bcviewer.widgets.unit.stretch_rows import StretchRows

NONE_CHOSEN = (
    "No stretch is chosen. Drag over Amplitudes, or press Shift+T: the evidence of that time is"
    " shown beside the whole."
)
RPV = "fractionRPVs_estimatedTauR"


class StretchPanel(EvidencePanel):
    """The verdict by hand: no label follows from it."""

    panel_id = "stretch"
    title = "Stretch"
    judges: ClassVar[bool] = True

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.keep = QPushButton("Keep as stable", self)
        self.keep.setObjectName("keepStable")
        self.end = QPushButton("End", self)
        self.end.setObjectName("endStretch")
        for place, (button, wish) in enumerate(((self.keep, KeepStable), (self.end, LookAtAll))):
            self.head.insertWidget(place, button)
            button.clicked.connect(lambda _, wish=wish: self.wish.emit(wish()))
        self.rows = StretchRows(self.body)
        self.facts = FactLine(self.body)
        box = QVBoxLayout(self.body)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(self.rows, 1)
        box.addWidget(self.facts)
        self.cover.raise_()

    def no_unit(self, scene: Scene) -> str:
        problem = super().no_unit(scene)
        return problem or ("" if scene.stretch is not None else NONE_CHOSEN)

    def _draw(self) -> None:
        there = self.scene is not None and self.scene.stretch is not None
        for button in (self.keep, self.end):
            button.setEnabled(there)
        super()._draw()

    def asks(self, scene: Scene) -> tuple[Ask, ...]:
        if self.no_unit(scene):
            return ()
        of = scene.stretch
        kinds = ("contamination", "amplitude_fit")
        parts = (Ask(kind, stretch=of) for kind in kinds)
        return (Ask("time", stretch=of), *parts, Ask("time"))

    def draw(self, scene: Scene, answers: tuple[object, ...]) -> None:
        time, rpv, fit, whole = answers
        assert isinstance(time, TimeNumbers)  # noqa: S101  what its kind answers
        assert scene.sheet is not None  # noqa: S101  the base class looked
        assert scene.stretch is not None  # noqa: S101  the same
        values, why = {"nSpikes": float(time.kept.n)}, dict[str, str]()
        if time.presence is None:
            why["presenceRatio"] = time.no_presence
        else:
            values["presenceRatio"] = time.presence.ratio
            bins = count_of(time.presence.n_bins, "bin")
            why["presenceRatio"] = f"present in {time.presence.n_present} of {bins}"
        for name, answer in ((RPV, rpv), (COLUMN, fit)):
            if isinstance(answer, Missing):
                why[name] = answer.reason
        if isinstance(fit, CutOffFit):
            values[COLUMN] = fit.percent
        status = float("nan")
        if isinstance(rpv, Contamination):
            values[RPV], status = rpv.now.rpv, rpv.now.status
        verdict = stretch_verdict(scene.sheet, scene.sheet_row, scene.stretch, values, why, status)
        self.drawn_stretch = scene.stretch
        self.rows.show_verdict(verdict)
        others = beside_words(time, whole) if isinstance(whole, TimeNumbers) else ()
        self.facts.set_facts((verdict.words, *others, *filter(None, (verdict.others_words,))))

    def numbers(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        header = ("metric", "in_stretch", "comparison_in_stretch", "state", "whole", "note")
        verdict = self.rows.verdict
        if verdict is None or self.drawn_row < 0:
            return header, ()
        return header, [
            (
                line.name,
                "" if line.value != line.value else line.value,
                line.stretch,
                STATE_NAMES[line.state],
                line.whole,
                line.note,
            )
            for line in verdict.lines
        ]
