"""What is shown of a cohort, and what is worked out for it in threads."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from cohort_windows import BROKEN, demo_cohort
from qt_fixtures import WAIT_MS

from bcviewer.app.cohort import cohort_scene
from bcviewer.app.cohort.desk import CohortDesk
from bcviewer.core.comparison.proposal import NO_PROPOSAL, Proposal
from bcviewer.errors import UserError
from bcviewer.io import names
from bcviewer.io.cohort.opened import Cohort

LOOSER = Proposal.of({"minPresenceRatio": 0.1})


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return demo_cohort(tmp_path_factory.mktemp("demo_cohort"))


@pytest.fixture
def made(no_leaks: None) -> Iterator[Callable[[Path], CohortDesk]]:
    desks: list[CohortDesk] = []

    def open_(folder: Path) -> CohortDesk:
        desks.append(CohortDesk(folder))
        desks[-1].read()
        assert desks[-1].under_way.wait(WAIT_MS)
        return desks[-1]

    yield open_
    for desk in desks:
        desk.close()


@pytest.fixture
def desk(made: Any, cohort: Path) -> CohortDesk:
    return made(cohort)


def settled(desk: CohortDesk) -> cohort_scene.CohortScene:
    assert desk.under_way.wait(WAIT_MS)
    return desk.now


def test_it_is_read_and_what_costs_good_units_is_counted(desk: CohortDesk) -> None:
    scene = desk.now
    assert scene.opened is not None
    assert scene.shown.tolist() == [True] * 5
    assert scene.blocking is not None
    assert scene.blocking.units.shape == (len(scene.blocking.texts), 5)
    assert scene.blocking.units[:, BROKEN].sum() == 0
    blocked = scene.opened.cohort.shown("sole_blocker != ''")
    assert scene.blocking.units.sum() == blocked.sum() > 0


def test_runs_are_filtered_and_a_filter_that_cannot_be_read_changes_nothing(
    desk: CohortDesk,
) -> None:
    desk.filter_runs("status == 'failed'")
    assert desk.now.shown.nonzero()[0].tolist() == [BROKEN]
    desk.filter_runs("status ==")
    assert desk.now.run_error
    assert desk.now.shown.nonzero()[0].tolist() == [BROKEN]
    desk.filter_runs("")
    assert desk.now.run_error == ""
    assert desk.now.shown.all()


def test_units_that_a_filter_shows_are_counted_by_run(desk: CohortDesk) -> None:
    opened = desk.now.opened
    assert opened is not None
    desk.filter_units("label == 'GOOD'")
    assert desk.now.known_matching is None
    matching = settled(desk).known_matching
    assert matching is not None
    assert matching.units is not None
    assert matching.units.tolist() == opened.table.counts("n_good").tolist()
    desk.filter_units("label ==")
    wrong = settled(desk).known_matching
    assert wrong is not None
    assert wrong.units is None
    assert wrong.error
    desk.filter_units("")
    assert desk.now.matching is None


def test_an_answer_that_nobody_waits_for_any_more_is_dropped(desk: CohortDesk) -> None:
    desk.filter_units("label == 'GOOD'")
    desk.filter_units("")
    desk.propose(LOOSER)
    desk.propose(NO_PROPOSAL)
    scene = settled(desk)
    assert scene.matching is None
    assert scene.tried is None


def test_a_proposal_is_judged_by_run(desk: CohortDesk) -> None:
    desk.propose(LOOSER)
    assert desk.now.known_tried is None
    tried = settled(desk).known_tried
    assert tried is not None
    assert tried.gained.sum() > 0
    assert tried.good[BROKEN] == 0
    assert desk.now.opened is not None
    whole = desk.now.opened.cohort.what_if(LOOSER)
    assert tried.good.sum() == whole.moved()[:, :, 2].sum()
    desk.propose(NO_PROPOSAL)
    assert desk.now.tried is None


def test_read_again_with_what_was_asked(made: Any, cohort: Path, tmp_path: Path) -> None:
    folder = tmp_path / "cohort"
    shutil.copytree(cohort, folder)
    desk = made(folder)
    desk.filter_runs("status == 'read'")
    desk.filter_units("label == 'GOOD'")
    desk.propose(LOOSER)
    before = settled(desk)
    desk.read()
    scene = settled(desk)
    assert scene.opened is not before.opened
    assert scene.shown.tolist() == before.shown.tolist()
    assert scene.known_matching is not None
    assert scene.known_tried is not None
    assert scene.blocking is not None


def test_what_cannot_be_read_is_told_and_what_is_known_stays(
    made: Any, cohort: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "cohort"
    shutil.copytree(cohort, folder)
    desk, errors = made(folder), []
    desk.failed.connect(errors.append)
    desk.filter_units("label == 'GOOD'")
    before = settled(desk)
    joined = folder / names.COHORT_JOINED
    data = joined.read_bytes()
    joined.write_bytes(data[: len(data) // 2])
    desk.filter_units("presence ratio < 0.7")
    desk.propose(LOOSER)
    scene = settled(desk)
    assert [type(error) for error in errors] == [UserError] * 2
    assert (scene.unit_filter, scene.proposal) == ("label == 'GOOD'", NO_PROPOSAL)
    assert scene.known_matching is before.matching
    desk.read()
    assert settled(desk).opened is before.opened
    assert "is not of these runs" in str(errors[-1])


def test_work_that_is_cancelled_changes_nothing(
    desk: CohortDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait, told = Event(), []
    shown = Cohort.shown

    def slow(cohort: Cohort, text: str) -> Any:
        wait.wait(WAIT_MS / 1000)
        return shown(cohort, text)

    monkeypatch.setattr(Cohort, "shown", slow)
    desk.notice.connect(told.append)
    desk.filter_units("label == 'GOOD'")
    desk.cancel()
    assert (desk.now.unit_filter, desk.now.matching) == ("", None)
    assert told == ["Cancelled; nothing was changed."]
    wait.set()
    desk.filter_units("label == 'MUA'")
    matching = settled(desk).known_matching
    assert matching is not None
    assert matching.text == "label == 'MUA'"


def test_what_nobody_thought_of_is_reported(
    desk: CohortDesk, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise OverflowError("int too large")

    monkeypatch.setattr(Cohort, "shown", broken)
    with qtbot.capture_exceptions() as raised:
        desk.filter_units("label == 'GOOD'")
        settled(desk)
    assert [kind for kind, *_ in raised] == [OverflowError]
    assert desk.now.unit_filter == ""
