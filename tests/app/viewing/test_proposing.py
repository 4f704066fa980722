"""A proposal: what it shows, what it leaves as it is, its own undo, and that it ends."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from factories import make_run, sheet_of
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication
from qt_fixtures import scene_of

from bcviewer.app.catalogue import Catalogue, Request
from bcviewer.app.stage import Stage
from bcviewer.app.viewing.proposing import FLIPS, NOTHING_TO_REDO, NOTHING_TO_UNDO, Proposing
from bcviewer.app.viewing.viewing import Viewing
from bcviewer.core.comparison.proposal import NO_PROPOSAL, Proposal
from bcviewer.core.comparison.what_if_words import what_if_words
from bcviewer.core.rules.labels import Label
from bcviewer.core.sheet.book import Book
from bcviewer.core.sheet.derive import derive, settled
from bcviewer.errors import UsageError

LOW = "minPresenceRatio"


class Made:
    """A stage with three units, of which only presence keeps the last two from GOOD."""

    def __init__(self, parent: QObject) -> None:
        presence = np.array([0.9, 0.65, 0.55])
        self.sheet = sheet_of(make_run({"presenceRatio": presence}))
        self.stage = Stage(scene_of(self.sheet), parent)
        self.viewing = Viewing(self.stage, parent)
        self.notices: list[str] = []
        self.stage.notice.connect(self.notices.append)

    @property
    def proposing(self) -> Proposing:
        return self.viewing.proposing

    @property
    def now(self):
        sheet = self.stage.scene.sheet
        assert sheet is not None
        return sheet

    def text(self, name: str) -> list[str]:
        return [self.now.text(name, row) for row in range(3)]


@pytest.fixture
def made(qapp: QApplication, no_leaks: None):
    parent = QObject()
    yield (found := Made(parent))
    found.stage.close()
    parent.deleteLater()


def test_a_proposal_changes_what_is_shown_and_nothing_that_is_settled(made: Made) -> None:
    before = made.now.parts.settled_labels().tolist()
    assert before == [Label.GOOD, Label.MUA, Label.MUA]
    made.proposing.propose(LOW, 0.6)
    now = made.now
    assert made.text("label") == ["GOOD", "GOOD", "MUA"]
    assert made.text("bombcell_label") == made.text("was") == ["GOOD", "MUA", "MUA"]
    assert made.text("final_label") == ["GOOD", "MUA", "MUA"]
    assert made.text("flip") == ["", "MUA → GOOD", ""]
    assert now.proposes
    assert now.parts.settled_labels().tolist() == before
    assert not now.values("disagreement").any(), "no source of labels is a proposal"
    assert settled(now).labels.tolist() == before
    assert settled(now).kind("flip") is None
    made.proposing.reset()
    assert made.stage.scene.proposal == NO_PROPOSAL
    assert made.text("label") == ["GOOD", "MUA", "MUA"]
    assert not made.now.proposes


def test_it_is_taken_back_and_brought_back_apart_from_labels(made: Made) -> None:
    made.proposing.undo()
    made.proposing.redo()
    assert made.notices == [NOTHING_TO_UNDO, NOTHING_TO_REDO]
    made.proposing.propose(LOW, 0.6)
    for value in (0.58, 0.56, 0.5):
        made.proposing.propose(LOW, value, goes_on=True)
    assert made.text("label") == ["GOOD"] * 3
    made.proposing.undo()
    assert made.stage.scene.proposal == Proposal.of({LOW: 0.6}), "a drag is one change"
    made.proposing.redo()
    assert made.stage.scene.proposal == Proposal.of({LOW: 0.5})
    made.proposing.propose("extractRaw", False)
    made.proposing.reset(LOW)
    assert made.stage.scene.proposal == Proposal.of({"extractRaw": False})
    made.proposing.undo()
    made.proposing.undo()
    made.proposing.undo()
    made.proposing.undo()
    assert made.stage.scene.proposal == NO_PROPOSAL


def test_what_is_as_saved_is_no_change_and_nonsense_is_refused(made: Made) -> None:
    made.proposing.propose(LOW, made.sheet.criteria.thresholds[LOW])
    assert made.stage.scene.proposal == NO_PROPOSAL
    assert made.stage.scene.book.sheets[0] is made.sheet
    for name, value in (("tauR_valuesMin", 1.0), (LOW, float("nan")), ("extractRaw", 0.5)):
        with pytest.raises(UsageError):
            made.proposing.propose(name, value)
    assert made.stage.scene.proposal == NO_PROPOSAL


def test_rows_stay_where_they_are_and_the_chip_goes_with_the_proposal(made: Made) -> None:
    rows = made.viewing.rows.anew().rows.tolist()
    made.viewing.rows.show_anew()
    made.proposing.propose(LOW, 0.6)
    assert made.stage.scene.view.rows.tolist() == rows
    made.viewing.filtering.toggle_chip(FLIPS)
    assert made.stage.scene.view.rows.tolist() == [1]
    made.proposing.reset()
    assert made.stage.scene.view.n_shown == 3
    assert not made.stage.scene.filter.chips


def test_its_words_count_every_class_and_say_nothing_of_what_is_hidden(made: Made) -> None:
    made.proposing.propose(LOW, 0.6)
    scene = made.stage.scene
    words = what_if_words(scene.book, scene.proposal)
    assert words.text == (
        "What if · presence ratio ≥ 0.6 (0.7) · GOOD 1 → 2 (+1 −0) · MUA 2 → 1 (+0 −1)"
    )
    assert words.flips == 1
    hidden = derive(replace(made.now.inputs, hidden=(1,)), made.now)
    words = what_if_words(Book([hidden]), scene.proposal)
    assert words.flips == -1
    assert words.classes == ()
    assert hidden.text("flip", 1) == hidden.text("was", 1) == ""
    assert hidden.text("label", 1) == settled(hidden).text("label", 1)


def test_a_record_keeps_what_was_seen_a_drag_as_one(made: Made) -> None:
    assert made.proposing.record is None
    tried: list[bool] = []
    made.proposing.tried.connect(lambda: tried.append(True))
    made.proposing.propose(LOW, 0.6)
    for value in (0.58, 0.56, 0.5):
        made.proposing.propose(LOW, value, goes_on=True)
    made.proposing.undo()
    made.proposing.reset()
    record = made.proposing.record
    told = [(t.proposal.words, dict(t.counts)) for t in record.trials]
    assert told == [
        ("", {"GOOD": 1, "MUA": 2}),
        ("minPresenceRatio=0.6", {"GOOD": 2, "MUA": 1}),
        ("minPresenceRatio=0.5", {"GOOD": 3}),
    ]
    assert record.n == 5, "each value that was seen"
    assert len(tried) == 6
    made.stage.become(book=Book([derive(replace(made.sheet.inputs, hidden=(1,)), made.sheet)]))
    made.proposing.propose(LOW, 0.4)
    assert made.proposing.record.trials[-1].counts == (), "a blind review tells no count"


def test_what_was_kept_is_taken_as_one_change_and_goes_along_only_with_something(
    made: Made,
) -> None:
    both = Proposal.of({LOW: 0.5, "extractRaw": False})
    made.proposing.set_for_all(True)
    assert not made.stage.scene.for_all
    made.proposing.take(both)
    made.proposing.set_for_all(True)
    assert made.stage.scene.proposal == both
    assert made.stage.scene.for_all
    made.proposing.undo()
    assert made.stage.scene.proposal == NO_PROPOSAL
    assert not made.stage.scene.for_all


def test_what_is_taken_back_and_brought_back_goes_along_as_before(made: Made) -> None:
    proposing, stage = made.proposing, made.stage

    def now() -> tuple[Proposal, bool]:
        return stage.scene.proposal, stage.scene.for_all

    low, lower = Proposal.of({LOW: 0.6}), Proposal.of({LOW: 0.5})
    proposing.propose(LOW, 0.6)
    proposing.set_for_all(True)
    proposing.undo()
    assert now() == (NO_PROPOSAL, False)
    proposing.redo()
    assert now() == (low, True)
    proposing.reset()
    assert now() == (NO_PROPOSAL, False)
    proposing.undo()
    assert now() == (low, True), "a reset is taken back whole"
    proposing.propose(LOW, 0.5)
    proposing.set_for_all(False)
    proposing.undo()
    assert now() == (low, False), "the switch is no step: it stays as it was set last"
    proposing.take(lower, for_all=True)
    assert now() == (lower, True)
    proposing.undo()
    assert now() == (low, False), "what was opened for all probes is one step"
    proposing.redo()
    assert now() == (lower, True)
    proposing.reset()
    proposing.propose(LOW, 0.6)
    assert now() == (low, False), "what is tried anew goes nowhere"


def test_what_changes_nothing_here_still_goes_along(made: Made) -> None:
    saved = made.sheet.criteria.thresholds[LOW]
    both = Proposal.of({LOW: saved, "minNumSpikes": 50.0})
    made.proposing.take(both, for_all=True)
    made.proposing.undo()
    made.proposing.redo()
    made.proposing.propose("minNumSpikes", 60.0)
    assert made.stage.scene.proposal == Proposal.of({"minNumSpikes": 60.0})
    other = sheet_of(make_run({"presenceRatio": np.array([0.9])}, {LOW: 0.9}))
    request = Request("here")
    made.stage.become(catalogue=Catalogue(request, (), 0))
    made.stage.become(catalogue=Catalogue(request, (), 1), book=Book([other]), proposal=NO_PROPOSAL)
    QApplication.processEvents()
    assert made.stage.scene.proposal == Proposal.of({LOW: saved, "minNumSpikes": 60.0})
    assert made.stage.scene.for_all


def test_verdicts_at_the_tried_limit_are_taken_and_those_of_another_are_dropped(
    made: Made,
) -> None:
    columns = {"RPV_status": [0.0, -1.0, 1.0], "fractionRPVs_estimatedTauR": [0.5, 0.5, 0.01]}
    params = {"keepUncertainRPVUnits": True}
    sheet = sheet_of(make_run(columns, params))
    made.stage.become(book=Book([sheet]))
    made.proposing.propose("maxRPVviolations", 0.2)
    (open_one,) = made.stage.scene.retested
    assert (open_one.limit, open_one.n_units, open_one.ended) == (0.2, 3, False)
    assert made.text("label") == ["–", "–", "GOOD"]
    assert made.text("reason")[0].startswith("not known yet: ")
    words = what_if_words(made.stage.scene.book, made.stage.scene.proposal, (open_one,))
    assert "RPV status of 3 units: 0 done" in words.notes
    other = replace(open_one, limit=0.3, statuses={0: 1.0}, ended=True)
    made.proposing.take_tested(other)
    assert made.stage.scene.retested == (open_one,)
    made.proposing.take_tested(replace(open_one, statuses={0: 0.0, 1: -1.0}, ended=True))
    assert made.text("label") == ["GOOD", "MUA", "GOOD"]
    made.proposing.propose("minPresenceRatio", 0.1)
    assert made.text("label") == ["GOOD", "MUA", "GOOD"], "what is known stays known"
    made.proposing.take_tested(replace(open_one, ended=True, why="there are no spikes"))
    assert made.text("reason")[0].startswith("needs a run: ")
    made.proposing.reset()
    assert made.stage.scene.retested == ()
