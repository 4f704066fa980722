"""The session: one method an intent, one signal a change, and nothing moves on a mistake."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ears import Ear
from PySide6.QtCore import QTimer
from qt_fixtures import KINDS, WAIT_MS, write_recording

from bcviewer.app.opening import opening as module
from bcviewer.app.prefs import Prefs
from bcviewer.app.session import Session
from bcviewer.app.threads.worker import Control, Outcome
from bcviewer.app.view import CHIPS, chip_mask
from bcviewer.core.filter.language import evaluate, parse_filter
from bcviewer.core.rules.labels import Label
from bcviewer.errors import CancelledError, UserError
from bcviewer.frame.application import demo_path

HEARD = (
    "run",
    "view",
    "current",
    "selected",
    "filter",
    "catalogue",
    "failed",
    "notice",
    "idle",
)


@pytest.fixture
def session(qapp: Any, no_leaks: None) -> Iterator[Session]:
    made = Session()
    yield made
    made.close()


def opened(session: Session, path: object = None, **choice: Any) -> Session:
    session.open(str(path or demo_path()), **choice)
    assert session.wait_idle(WAIT_MS)
    assert session.table is not None
    return session


@pytest.fixture
def demo(session: Session) -> Session:
    return opened(session)


# -- opening ---------------------------------------------------------------------------------


def test_opening_shows_the_first_probe_in_attention_order(session: Session) -> None:
    ear = Ear(session, *HEARD)
    opened(session)
    table = session.table
    assert session.catalogue.location.probe == "A"
    assert session.view.rows.tolist() == table.attention_rows().tolist()
    assert session.current == session.view.rows[0]
    names = ear.names()
    assert names.count("run") == names.count("catalogue") == names.count("current") == 1
    assert {"run", "catalogue", "view", "current", "selected"} <= set(ear.turns[0])
    assert names[-1] == "idle"


@pytest.mark.parametrize(
    ("choice", "mode", "probe"),
    [
        ({"probe": "B"}, "batch", "B"),
        ({"mode": "np20_rerun", "probe": "C"}, "np20_rerun", "C"),
        ({"mode": "np20_rerun"}, "np20_rerun", "A"),
    ],
)
def test_mode_and_probe_choose_and_the_others_stay_on_offer(
    session: Session, choice: dict[str, str], mode: str, probe: str
) -> None:
    opened(session, **choice)
    assert (session.catalogue.location.mode, session.catalogue.location.probe) == (mode, probe)
    assert len(session.catalogue.locations) == 5


def test_unit_starts_there(session: Session) -> None:
    assert opened(session, unit=12).current_id() == 12


def test_a_session_that_is_killed_has_kept_its_unit(session: Session, qtbot: Any) -> None:
    """Seen: the next start was at the unit of the last quiet end, and led phy back to it."""
    opened(session, unit=12)
    left = Prefs().left(session.catalogue.request.key)
    assert left.unit == 12
    session.step(1)
    now = session.current_id()
    assert now != 12

    def kept() -> bool:
        left = Prefs().left(session.catalogue.request.key)
        return left.unit == now

    qtbot.waitUntil(kept, timeout=module.KEEP_MS + WAIT_MS)


def test_a_unit_that_is_not_there_starts_at_the_first_and_says_so(session: Session) -> None:
    ear = Ear(session, *HEARD)
    opened(session, unit=4711)
    assert session.current == session.view.rows[0]
    assert ear.take("notice") == ["No unit has the cluster id 4711 in kilosort4_A."]


def test_a_failed_open_keeps_what_was_open(demo: Session, tmp_path: Path) -> None:
    demo.set_current(int(demo.view.rows[3]))
    before = (demo.table, demo.view, demo.current, demo.catalogue)
    ear = Ear(demo, *HEARD)
    demo.open(tmp_path / "nothing")
    assert demo.wait_idle(WAIT_MS)
    errors = ear.take("failed")
    assert len(errors) == 1
    assert "nothing" in errors[0].message
    assert "\n" not in str(errors[0])
    assert (demo.table, demo.view, demo.current, demo.catalogue) == before


def test_a_failed_open_leaves_no_wish_for_the_next_one(demo: Session, tmp_path: Path) -> None:
    demo.open(tmp_path / "nothing", unit=12)
    assert demo.wait_idle(WAIT_MS)
    demo.open_location(1)
    assert demo.wait_idle(WAIT_MS)
    assert demo.current == demo.view.rows[0]


def test_a_wish_is_granted_once_and_reading_again_stays_at_the_current_unit(
    session: Session,
) -> None:
    opened(session, unit=12)
    session.step(1 if session.view.place[session.current] == 0 else -1)
    unit = session.current_id()
    assert unit != 12
    session.reload()
    assert session.wait_idle(WAIT_MS)
    assert session.current_id() == unit


def test_an_unexpected_error_reaches_the_excepthook_and_the_session_is_idle(
    qtbot: Any, demo: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("a defect")

    monkeypatch.setattr(module, "load", broken)
    before = demo.table
    with qtbot.captureExceptions() as errors:
        demo.open("anything")
        assert demo.wait_idle(WAIT_MS)
    assert [kind for kind, *_ in errors] == [ZeroDivisionError]
    assert demo.table is before
    assert not demo.busy


def test_that_a_job_ended_is_told_however_it_ended(qtbot: Any, demo: Session) -> None:
    ended: list[tuple[str, str, type]] = []
    demo.done.connect(lambda end: ended.append((end.tag, end.writes, type(end.error))))
    with qtbot.captureExceptions() as errors:
        demo.opening.run_job("export", lambda _: 1 / 0, "", "units.csv")
        assert demo.wait_idle(WAIT_MS)
    assert [kind for kind, *_ in errors] == [ZeroDivisionError]
    assert ended == [("export", "units.csv", ZeroDivisionError)]


class Gate:
    """A load that waits until it is let through, or cancelled."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.started, self.go = threading.Event(), threading.Event()
        self._load = module.load
        monkeypatch.setattr(module, "load", self)

    def __call__(self, request: Any, queues: Any, person: str, control: Control) -> Any:
        self.started.set()
        while not self.go.wait(0.001):
            control.check()
        return self._load(request, queues, person, control)


def test_cancel_keeps_what_was_open(demo: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    gate, before, ear = Gate(monkeypatch), demo.table, Ear(demo, *HEARD)
    demo.open_location(1)
    assert gate.started.wait(20)
    assert demo.busy
    demo.cancel()
    assert not demo.busy
    assert demo.wait_idle(WAIT_MS)
    assert demo.table is before
    assert ear.take("notice") == ["Cancelled; nothing was changed."]


def test_cancel_with_nothing_under_way_says_nothing(demo: Session) -> None:
    ear = Ear(demo, *HEARD)
    demo.cancel()
    assert ear.heard == []


def test_the_last_of_many_opens_wins(session: Session, tmp_path: Path) -> None:
    ear = Ear(session, *HEARD)
    for probe in "ABCAB":
        session.open(demo_path(), probe=probe)
    assert session.wait_idle(WAIT_MS)
    assert session.catalogue.location.probe == "B"
    assert ear.names().count("run") == 1
    # nobody cancelled anything: the first opens were only overtaken
    assert ear.take("notice") == []


def test_progress_is_told_and_ended(session: Session) -> None:
    steps: list[Any] = []
    session.progressed.connect(steps.append)
    opened(session)
    for tag in ("load", "evidence"):
        fractions = [s.fraction for s in steps if s is not None and s.tag == tag]
        assert fractions == sorted(fractions)
    assert len([s for s in steps if s is not None and s.tag == "load"]) >= 3
    assert steps[-1] is None


def test_reload_stays_at_the_unit(demo: Session) -> None:
    demo.go_to_id(17)
    before = demo.table
    demo.reload()
    assert demo.wait_idle(WAIT_MS)
    assert demo.table is not before
    assert demo.current_id() == 17


def test_another_run_is_told_even_if_its_unit_is_in_the_same_row(demo: Session) -> None:
    demo.set_current(0)
    ear = Ear(demo, *HEARD)
    demo.open(demo_path(), probe="B", unit=0)
    assert demo.wait_idle(WAIT_MS)
    assert demo.current == 0
    assert ear.take("run") == [demo.scene.run]


def test_wait_idle_gives_up_after_its_time(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate(monkeypatch)
    session.open(demo_path())
    assert not session.wait_idle(30)
    gate.go.set()
    assert session.wait_idle(WAIT_MS)
    assert session.table is not None


def test_wait_idle_outlasts_an_open_that_is_overtaken(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate(monkeypatch)
    session.open(demo_path())

    def overtake() -> None:
        gate.go.set()
        session.open(demo_path(), probe="B")

    QTimer.singleShot(0, overtake)
    assert session.wait_idle(WAIT_MS)
    assert session.catalogue.location.probe == "B"


def test_wait_idle_waits_for_what_is_held(session: Session) -> None:
    session.under_way.hold("plots", True)
    assert session.busy
    assert not session.wait_idle(10)
    QTimer.singleShot(0, lambda: session.under_way.hold("plots", False))
    assert session.wait_idle(WAIT_MS)


def test_jobs_run_in_the_worker_and_tell_their_end(qtbot: Any, demo: Session) -> None:
    with qtbot.waitSignal(demo.done, timeout=WAIT_MS) as done:
        demo.run_job("export", lambda _: "written")
    assert done.args == [Outcome("export", "written")]

    def refuse(_: Control) -> None:
        raise UserError("disk full")

    ear = Ear(demo, *HEARD)
    with qtbot.waitSignal(demo.done, timeout=WAIT_MS) as done:
        demo.run_job("export", refuse)
    assert [e.message for e in ear.take("failed")] == ["disk full"]

    def until_cancelled(control: Control) -> None:
        while not control.cancelled():
            threading.Event().wait(0.01)

    with qtbot.waitSignal(demo.done, timeout=WAIT_MS) as done:
        demo.run_job("export", until_cancelled)
        demo.cancel()
    assert isinstance(done.args[0].error, CancelledError)


def test_a_job_waits_for_the_one_before_it(qtbot: Any, demo: Session) -> None:
    written: list[str] = []
    demo.done.connect(lambda outcome: written.append(outcome.value))
    for name in ("first", "second", "third"):
        demo.run_job("export", lambda _, name=name: name)
    assert demo.wait_idle(WAIT_MS)
    assert written == ["first", "second", "third"]


def test_cancelling_a_job_also_cancels_those_that_wait(demo: Session) -> None:
    def until_cancelled(control: Control) -> None:
        while not control.cancelled():
            threading.Event().wait(0.01)

    written: list[str] = []
    demo.run_job("export", until_cancelled)
    demo.run_job("export", lambda _: written.append("second"))
    demo.cancel()
    assert demo.wait_idle(WAIT_MS)
    demo.run_job("export", lambda _: written.append("third"))
    assert demo.wait_idle(WAIT_MS)
    assert written == ["third"]


def test_progress_of_a_job_stays_while_a_recording_is_opened(demo: Session) -> None:
    go = threading.Event()

    def report(control: Control) -> None:
        control.progress(0.2, "Writing")
        go.wait(WAIT_MS / 1000)

    seen: list[str] = []
    demo.progressed.connect(lambda p: seen.append(p.text if p else ""))
    demo.done.connect(lambda _: seen.append("done"))
    demo.changed.connect(lambda was, now: now.run is not was.run and go.set())
    demo.run_job("report", report)
    demo.open(demo_path(), probe="B")
    assert demo.wait_idle(WAIT_MS)
    assert seen[-1] == ""
    assert "" not in seen[: seen.index("done") - 1], "the job's own end is told just before"


# -- a part of a plot ------------------------------------------------------------------------


def shown(session: Session) -> list[int]:
    return sorted(session.view.rows.tolist())


def rows_of(session: Session, text: str) -> list[int]:
    assert session.table is not None
    return np.flatnonzero(evaluate(parse_filter(text, session.table), session.table)).tolist()


def test_choosing_adds_to_what_is_shown_while_the_box_cannot_be_read(demo: Session) -> None:
    demo.set_filter("nSpikes > 1000")
    demo.set_filter("nSpikes > ")
    demo.viewing.filtering.choose("label == 'NOISE'", add=True)
    assert demo.filter.error == ""
    assert shown(demo) == rows_of(demo, "nSpikes > 1000 or label == 'NOISE'")


@pytest.mark.parametrize("within", ["shown", "selected"])
def test_choosing_within_a_scope_holds_for_every_alternative(demo: Session, within: str) -> None:
    demo.set_filter("nSpikes > 1000")
    demo.set_selected(demo.view.rows[:5])
    scope = demo.view.rows[:5] if within == "selected" else demo.view.rows
    demo.viewing.filtering.choose("label == 'GOOD' or label == 'NOISE'", within=within)
    wanted = rows_of(demo, "label in ('GOOD', 'NOISE')")
    assert shown(demo) == sorted(set(wanted) & set(scope.tolist()))


def test_adding_many_parts_nests_nothing(demo: Session) -> None:
    for row in range(80):
        demo.viewing.filtering.choose(f"unit_index == {row}", add=row > 0)
    assert demo.filter.error == ""
    assert shown(demo) == list(range(demo.table.n_units))[:80]


def test_a_part_that_makes_the_filter_too_long_changes_nothing(demo: Session) -> None:
    demo.set_filter("label == 'GOOD'")
    before, rows = demo.filter, shown(demo)
    ear = Ear(demo, *HEARD)
    demo.viewing.filtering.choose(
        " or ".join(f"unit_index == {row}" for row in range(1000)), add=True
    )
    assert demo.filter == before
    assert shown(demo) == rows
    assert "The filter stays as it was." in ear.take("notice")[0]


# -- the current unit ------------------------------------------------------------------------


def test_step_first_last(demo: Session) -> None:
    rows = demo.view.rows.tolist()
    ear = Ear(demo, *HEARD)
    demo.step(1)
    demo.step(1)
    demo.step(-1)
    demo.go_to_place(-1)
    demo.go_to_place(0)
    assert ear.take("current") == [rows[1], rows[2], rows[1], rows[-1], rows[0]]


def test_step_stops_at_the_ends_and_says_so(demo: Session) -> None:
    ear = Ear(demo, *HEARD)
    demo.step(-1)
    assert ear.heard == [("notice", "This is the first one.")]
    demo.go_to_place(-1)
    ear.heard.clear()
    demo.step(1)
    assert ear.heard == [("notice", "This is the last unit shown.")]


def test_step_with_nothing_shown(demo: Session) -> None:
    demo.set_filter("nSpikes < 0")
    ear = Ear(demo, *HEARD)
    demo.step(1)
    demo.go_to_place(0)
    demo.viewing.marking.next_borderline()
    assert ear.heard == [("notice", "No unit is shown.")]


def test_where_the_filter_hides_the_current_unit_the_first_one_shown_is_it(demo: Session) -> None:
    good = np.flatnonzero(demo.table.labels == Label.GOOD)
    demo.viewing.marking.mark(int(good[0]), good)
    demo.toggle_class(Label.NOISE)
    first = demo.view.rows[0]
    assert demo.current == first
    assert demo.selected.tolist() == [first]
    demo.step(1)
    assert demo.current == demo.view.rows[1]
    demo.clear_filter()
    assert demo.selected.tolist() == [demo.current], "what was hidden is not highlighted again"


def test_what_is_hidden_is_not_highlighted_any_more(demo: Session) -> None:
    good, noise = (np.flatnonzero(demo.table.labels == x) for x in (Label.GOOD, Label.NOISE))
    demo.viewing.marking.mark(int(good[1]), np.concatenate([noise, good]))
    demo.toggle_class(Label.GOOD)
    assert demo.current == good[1]
    assert demo.selected.tolist() == demo.view.in_order(good).tolist()
    demo.toggle_class(Label.GOOD)
    assert set(demo.selected) == set(good)


def test_where_nothing_is_shown_nothing_is_highlighted(demo: Session) -> None:
    demo.set_filter("nSpikes < 0")
    assert (demo.current, demo.selected.tolist()) == (-1, [])
    demo.clear_filter()
    assert demo.current == demo.view.rows[0]


def test_next_borderline_goes_round(demo: Session) -> None:
    borderline = demo.table.audit.borderline
    wanted = [r for r in demo.view.rows.tolist() if borderline[r]]
    seen = []
    demo.go_to_place(-1)
    for _ in range(len(wanted) + 1):
        demo.viewing.marking.next_borderline()
        seen.append(demo.current)
    assert seen == [*wanted, wanted[0]]
    demo.set_filter("steps_to_good > 5")
    ear = Ear(demo, *HEARD)
    demo.viewing.marking.next_borderline()
    assert ear.heard == [("notice", "No unit shown is borderline.")]


@pytest.mark.parametrize(
    ("text", "row"), [("7", 7), (" 7 ", 7), ("#12", 12), (" # 3", 3), ("#0", 0), ("#38", 38)]
)
def test_go_to(demo: Session, text: str, row: int) -> None:
    assert demo.go_to_text(text) == ""
    assert demo.current == row


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("4711", "No unit has the cluster id 4711 in kilosort4_A."),
        ("-1", "No unit has the cluster id -1 in kilosort4_A."),
        ("99999999999999999999999", "No unit has the cluster id 99999999999999999999999 in"),
        ("#39", "There is no row 39: rows are 0 to 38."),
        ("#-1", "There is no row -1: rows are 0 to 38."),
        ("abc", "“abc” is neither a cluster id nor # and a row number."),
        ("", "“” is neither"),
        ("#", "“#” is neither"),
        ("1.5", "“1.5” is neither"),
        ("9" * 5000, "is neither"),
    ],
)
def test_go_to_what_is_not_there_moves_nothing(demo: Session, text: str, why: str) -> None:
    demo.go_to_text("5")
    ear = Ear(demo, *HEARD)
    assert why in demo.go_to_text(text)
    assert demo.current_id() == 5
    assert "current" not in ear.names()


def test_go_to_before_anything_is_open(session: Session) -> None:
    assert session.go_to_text("1") == "No recording is open."
    assert not session.go_to_id(1)
    session.step(1)
    session.viewing.marking.next_borderline()
    session.set_sort("nSpikes")
    session.clear_filter()
    session.reload()
    session.open_location(0)
    assert session.current == -1
    assert session.current_id() is None
    assert not session.busy


def test_an_id_that_is_there_twice_goes_to_the_first_and_says_so(
    session: Session, tmp_path: Path
) -> None:
    opened(session, write_recording(tmp_path / "ks", KINDS, ids=[9, 4, 4, 7, 8]))
    ear = Ear(session, *HEARD)
    assert session.go_to_text("4") == ""
    assert session.current == 1
    assert ear.take("notice") == ["2 rows have the cluster id 4: the first."]


def test_going_to_a_hidden_unit_says_so(demo: Session) -> None:
    demo.toggle_class(Label.GOOD)
    hidden = int(np.flatnonzero(demo.table.labels == Label.NOISE)[0])
    ear = Ear(demo, *HEARD)
    before = demo.current
    assert demo.go_to_text(f"#{hidden}") == ""
    assert demo.current == before
    words = "The filter hides this unit; Esc clears the filter, and goes to the unit."
    assert ear.take("notice") == [words]
    demo.clear_filter()
    assert demo.current == hidden
    demo.toggle_class(Label.GOOD)
    demo.go_to_text(f"#{hidden}")
    demo.step(1)  # goes on without it
    here = demo.current
    demo.clear_filter()
    assert demo.current == here


# -- filter and sort -------------------------------------------------------------------------


def test_filter_by_text(demo: Session) -> None:
    demo.set_filter("nSpikes > 1000 and label == 'mua'")
    spikes = demo.table.values("nSpikes")
    expected = (spikes > 1000) & (demo.table.labels == Label.MUA)
    assert sorted(demo.view.rows.tolist()) == np.flatnonzero(expected).tolist()
    assert 0 < demo.view.n_shown < 39
    demo.set_filter("")
    assert demo.view.n_shown == 39


def test_an_error_keeps_the_last_good_filter(demo: Session) -> None:
    demo.set_filter("nSpikes > 1000")
    shown = demo.view
    ear = Ear(demo, *HEARD)
    demo.set_filter("nSpikes > 1000 and nonsense <")
    assert demo.view is shown
    assert demo.filter.error
    assert demo.filter.text == "nSpikes > 1000 and nonsense <"
    assert demo.filter.applied is not None
    assert ear.names() == ["filter"]
    demo.set_filter("nSpikes > 2000")
    assert demo.filter.error == ""
    assert demo.view.n_shown < shown.n_shown


def test_classes_add_up_and_chips_must_all_hold(demo: Session) -> None:
    labels = demo.table.labels
    demo.toggle_class(Label.GOOD)
    demo.toggle_class(Label.MUA)
    both = (labels == Label.GOOD) | (labels == Label.MUA)
    assert set(demo.view.rows.tolist()) == set(np.flatnonzero(both).tolist())
    for chip in ("sole_blocker", "borderline"):
        demo.toggle_chip(chip)
        both &= chip_mask(demo.table, chip)
    assert set(demo.view.rows.tolist()) == set(np.flatnonzero(both).tolist())
    assert demo.view.n_shown > 0
    demo.toggle_class(Label.GOOD)
    demo.toggle_class(Label.MUA)
    demo.toggle_chip("sole_blocker")
    demo.toggle_chip("borderline")
    assert demo.view.n_shown == 39
    assert not demo.filter.active


@pytest.mark.parametrize("chip", CHIPS)
def test_every_chip_shows_its_units(demo: Session, chip: str) -> None:
    demo.toggle_chip(chip)
    assert sorted(demo.view.rows) == np.flatnonzero(chip_mask(demo.table, chip)).tolist()
    assert demo.filter.chips == {chip}


def test_clear_filter_clears_all_of_it(demo: Session) -> None:
    demo.set_filter("nSpikes > 1000")
    demo.toggle_class(Label.MUA)
    demo.toggle_chip("borderline")
    ear = Ear(demo, *HEARD)
    demo.clear_filter()
    assert demo.view.n_shown == 39
    assert not demo.filter.active
    assert ear.names() == ["view", "filter"]


def test_current_is_kept_through_sort_and_filter(demo: Session) -> None:
    good = int(np.flatnonzero(demo.table.labels == Label.GOOD)[2])
    demo.set_current(good)
    ear = Ear(demo, *HEARD)
    demo.set_sort("nSpikes", True)
    demo.toggle_class(Label.GOOD)
    demo.toggle_class(Label.GOOD)
    demo.clear_filter()
    assert demo.current == good
    assert "current" not in ear.names()


def test_sort_by_a_column(demo: Session) -> None:
    demo.set_sort("nSpikes")
    spikes = demo.table.values("nSpikes")[demo.view.rows]
    assert (np.diff(spikes) >= 0).all()
    demo.set_sort("nSpikes", True)
    assert (np.diff(demo.table.values("nSpikes")[demo.view.rows]) <= 0).all()
    demo.set_sort("attention")
    assert demo.view.rows.tolist() == demo.table.attention_rows().tolist()


def test_what_changes_nothing_emits_nothing(demo: Session) -> None:
    demo.set_filter("nSpikes > 0")
    demo.set_selected(np.array([1, 2]))
    ear = Ear(demo, *HEARD)
    demo.set_filter("nSpikes > 0")
    demo.set_sort("attention")
    demo.set_sort("no such column")
    demo.set_current(10_000)
    demo.set_current(-1)
    demo.set_selected(np.array([1, 2]))
    demo.set_selected(np.array([], np.int64))
    assert ear.heard == []
    demo.set_current(demo.current)
    ear.heard.clear()
    demo.set_current(demo.current)
    assert ear.heard == []
    demo.clear_filter()
    ear.heard.clear()
    demo.clear_filter()
    assert ear.heard == []


def test_the_filter_survives_another_probe(demo: Session) -> None:
    demo.set_filter("nSpikes > 1000")
    demo.toggle_class(Label.MUA)
    demo.set_sort("nSpikes")
    demo.open_location(2)
    assert demo.wait_idle(WAIT_MS)
    table = demo.table
    expected = (table.values("nSpikes") > 1000) & (table.labels == Label.MUA)
    assert sorted(demo.view.rows) == np.flatnonzero(expected).tolist()
    assert demo.filter.error == ""
    assert demo.sort.column == "nSpikes"
    assert demo.current == demo.view.rows[0]


def test_what_does_not_fit_another_run_is_dropped(demo: Session, tmp_path: Path) -> None:
    ear = Ear(demo, *HEARD)
    demo.set_filter("ks_label == 'good'")
    assert demo.view.n_shown < 39
    demo.set_sort("ks_label")
    opened(demo, write_recording(tmp_path / "ks", KINDS))
    assert demo.view.n_shown == 5
    # not kept in the box unapplied; what is said is about the column, not about its text
    assert ("notice", "Filter dropped: These results have no column ks_label.") in ear.heard
    assert (demo.filter.text, demo.filter.applied, demo.filter.error) == ("", None, "")
    assert demo.sort.column == "attention"


def test_half_a_filter_is_not_dropped_by_another_probe(demo: Session) -> None:
    ear = Ear(demo, *HEARD)
    demo.set_filter("nSpikes > 1000")
    demo.set_filter("nSpikes >")
    demo.open_location(2)
    assert demo.wait_idle(WAIT_MS)
    assert demo.filter.text == "nSpikes >"
    assert demo.filter.error
    assert demo.view.n_shown == int((demo.table.values("nSpikes") > 1000).sum())
    assert not [said for said in ear.heard if "dropped" in str(said)]


def test_a_filter_typed_before_anything_is_open_applies_later(session: Session) -> None:
    session.set_filter("label == 'GOOD'")
    opened(session)
    assert session.view.n_shown == 8


def test_a_run_without_units(session: Session, tmp_path: Path) -> None:
    empty = {"nSpikes": [], "nPeaks": []}
    opened(session, write_recording(tmp_path / "ks", empty))
    assert session.table.n_units == 0
    assert session.current == -1
    assert session.go_to_text("#0") != ""
    session.step(1)
    assert session.current == -1


def test_close_while_loading(monkeypatch: pytest.MonkeyPatch, qapp: Any) -> None:
    gate = Gate(monkeypatch)
    session = Session()
    ear = Ear(session, *HEARD)
    session.open(demo_path())
    assert gate.started.wait(20)
    session.close()
    qapp.processEvents()
    assert "run" not in ear.names()
    assert session.table is None


def test_the_spikes_of_emptied_units_are_counted_after_the_opening(
    session: Session, tmp_path: Path
) -> None:
    folder = write_recording(tmp_path / "k", KINDS, {"removeDuplicateSpikes": True})
    np.save(folder / "spike_clusters.npy", np.array([4, 4, 1]))
    said: list[str] = []
    session.changed.connect(lambda _, now: said.append(now.table.text("reason", 4)))
    opened(session, folder)
    assert said[0] == "no spikes left after duplicates were removed"
    assert session.table.text("reason", 4) == "all 2 spikes removed as duplicates"


def moved_to(session: Session, index: int) -> int | None:
    session.open_location(index)
    assert session.wait_idle(WAIT_MS)
    return session.current_id()


def test_coming_back_is_to_the_unit_that_was_left(demo: Session, tmp_path: Path) -> None:
    assert demo.current != 7
    demo.set_current(7)
    left = demo.current_id()
    assert left not in (moved_to(demo, 2), demo.view.rows[0])
    assert moved_to(demo, 0) == left
    opened(demo, write_recording(tmp_path / "ks", KINDS))
    assert demo.current == demo.view.rows[0], "ids of another recording say nothing here"
    assert opened(demo, mode="batch").current_id() == left, "also by its path"
    assert opened(demo, unit=12).current_id() == 12, "what is asked for goes first"


def test_where_it_was_left_moves_no_filter(demo: Session) -> None:
    demo.set_current(7)
    left = demo.current_id()
    moved_to(demo, 2)
    demo.set_filter(f"cluster_id != {left}")
    assert moved_to(demo, 0) == demo.table.ids.id_of(int(demo.view.rows[0]))
    assert demo.filter.text


def test_what_was_said_is_over_with_its_recording(demo: Session) -> None:
    demo.step(-1)
    ear = Ear(demo, "notice")
    demo.reload()
    assert demo.wait_idle(WAIT_MS)
    assert ear.take("notice") == [], "the same one: still true"
    demo.set_filter("ks_label == 'good'")
    moved_to(demo, 2)
    assert ear.take("notice")[0] == ""
