"""The dock of suggestions: curves, Bombcell's answer, what a click wishes, and what is hidden."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from curation_cases import act
from factories import make_run, sheet_of
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from qt_fixtures import scene_of

from bcviewer.app.scene import Scene
from bcviewer.app.view import Advice
from bcviewer.app.wishes import CountLabels, Suggest, TakeSuggestion
from bcviewer.core.comparison.proposal import Proposal
from bcviewer.core.comparison.suggested import Suggested, Suggestion
from bcviewer.core.comparison.what_if import tried
from bcviewer.core.curation.blind import Sample, blind_field
from bcviewer.core.curation.counted import counted_labels
from bcviewer.core.curation.replay import replay
from bcviewer.widgets.population.suggestions_panel import SuggestionsPanel

N, _LEFT = 20, Qt.MouseButton.LeftButton
BLIND = blind_field(Sample(7, 40, 1316))
STATE = replay(
    [act(f"a{i}", i, label="GOOD" if i < N else "MUA", unit=i, extra=BLIND) for i in range(2 * N)]
)
RUN = make_run({"presenceRatio": [0.9] * N + [0.5] * N})


@pytest.fixture
def panel(keep: Any) -> SuggestionsPanel:
    made = SuggestionsPanel()
    made.resize(700, 600)
    return keep(made)


def scene(suggestions: Advice | None = None, **inputs: Any) -> Scene:
    sheet = sheet_of(RUN, said=STATE, **inputs)
    return replace(scene_of(sheet), advice=suggestions or Advice())


def answered() -> Advice:
    numbers = (0.7, 0.6, "suggested", N, N, 0.7, 0.9, 0.55, 0.65)
    one = Suggestion("minPresenceRatio", "mua", *numbers)
    other = Suggestion("maxDrift", "mua", 100.0, 90.0, "ok as is", N, N, 0.7, 0.7, 80.0, 95.0)
    counted = counted_labels(STATE)
    found = Suggested(RUN, RUN.criteria, counted, "0.94", 2 * N, 0, (other, one), {})
    return Advice(found=found)


def wishes_of(panel: SuggestionsPanel) -> list[object]:
    told: list[object] = []
    panel.wish.connect(told.append)
    return told


def test_it_says_how_many_labels_and_draws_the_curve(panel: SuggestionsPanel) -> None:
    panel.show_scene(scene())
    assert panel.facts.facts[0] == "40 blind labels: 20 GOOD, 20 not"
    assert panel.facts.facts[1].endswith("of 40 of 1,316 units drawn at random (seed 7)")
    panel.choose("minPresenceRatio")
    assert panel.plot.isVisible()
    assert panel.curve is not None
    assert panel.curve.name == "minPresenceRatio"
    _, y = panel.plot.curve.getData()
    assert set(np.unique(y)) == {0.5, 1.0}
    assert panel.plot.best.getRegion() == (0.5, 0.9)
    assert panel.plot.saved.value() == 0.7
    assert not panel.plot.tried.isVisible()
    assert panel.tip_at(QPointF(0.6, 0.0)) == "at 0.6: balanced accuracy 1.00"
    header, rows = panel.numbers()
    assert len(header) == len(rows[0])


def test_a_proposal_is_drawn_beside_the_saved_value(panel: SuggestionsPanel) -> None:
    proposal = Proposal.of({"minPresenceRatio": 0.6})
    moved = tried(sheet_of(RUN).inputs, proposal)
    panel.show_scene(replace(scene(answered(), tried=moved), proposal=proposal))
    assert panel.plot.tried.isVisible()
    assert panel.plot.tried.value() == 0.6
    assert "tried 0.6" in [words for _, words in panel.plot.legend]
    assert any("as they are tried" in fact for fact in panel.facts.facts)
    assert panel.model.lines[0].texts[3] == "0.6 ✓ taken"
    assert not panel.take.isEnabled(), "nothing else is suggested"


def test_bombcells_answer_stands_first_and_can_be_taken(panel: SuggestionsPanel) -> None:
    panel.show_scene(scene(answered()))
    assert panel.curve is not None
    assert panel.curve.name == "minPresenceRatio", "what is offered is drawn"
    assert panel.plot.interval.getData()[0].tolist() == [0.55, 0.65]
    told = wishes_of(panel)
    panel.list.doubleClicked.emit(panel.model.index(0, 0))
    others = [line.name for line in panel.model.lines].index("maxDrift")
    panel.list.doubleClicked.emit(panel.model.index(others, 0))
    assert told == [TakeSuggestion("minPresenceRatio")]
    for name in ("askSuggestions", "takeSuggestion"):
        panel.findChild(QPushButton, name).click()
    assert told[1:] == [Suggest(), TakeSuggestion()]
    panel.counts.setFocus()
    panel.counts.activated.emit(1)
    assert told[-1] == CountLabels(False)


def test_a_click_draws_another_curve_and_it_stays(panel: SuggestionsPanel) -> None:
    panel.show_scene(scene())
    place = panel.list.visualRect(panel.model.index(1, 0)).center()
    QTest.mouseClick(panel.list.viewport(), _LEFT, pos=place)
    name = panel.model.lines[1].name
    assert panel.model.chosen == name
    panel.show_scene(scene(answered()))
    assert panel.model.chosen == name, "an answer does not take the choice away"


def test_a_blind_review_hides_all_of_it(panel: SuggestionsPanel) -> None:
    panel.show_scene(scene(answered(), hidden=(3,)))
    assert panel.cover.isVisible()
    assert "hidden until you label it" in panel.cover.words
    assert panel.model.rowCount() == 0
    assert panel.facts.facts == ()
    assert panel.plot.legend == []
    assert not panel.ask.isEnabled()
    panel.show_scene(scene(answered()))
    assert not panel.cover.isVisible()
    assert panel.model.rowCount()


def test_without_labels_it_says_what_to_do(panel: SuggestionsPanel) -> None:
    panel.show_scene(scene_of(sheet_of(RUN)))
    assert "in a blind review, or count all labels" in panel.cover.words
    panel.show_scene(replace(scene_of(sheet_of(RUN)), advice=Advice(blind=False)))
    assert panel.counts.currentIndex() == 1
    assert "blind review" not in panel.cover.words
