"""Two windows of one person, and other people: each sees what the others say, and is told."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from qt_fixtures import KINDS, WAIT_MS, write_recording

from bcviewer.app.curating import arrivals, open_journals
from bcviewer.app.curating.curation import Curation
from bcviewer.app.threads.waiting import wait_until
from bcviewer.app.threads.worker import Progress
from bcviewer.core.curation.entries import LABEL, Action, Change, Who
from bcviewer.core.curation.history import clock_time, history
from bcviewer.core.curation.lines import JournalLine, format_line
from bcviewer.core.curation.opinions import conflicts
from bcviewer.core.curation.times import time_text
from bcviewer.core.rules.labels import Label
from bcviewer.core.run.run import Run
from bcviewer.io.journal.journal_names import file_name
from bcviewer.io.journal.recording_key import recording_key
from bcviewer.io.journal.store import JournalsRead, JournalStore, action_id
from bcviewer.io.results.bombcell import read_run
from bcviewer.io.results.find import find_runs

Make = Callable[..., Curation]


@pytest.fixture
def ks_dir(tmp_path: Path) -> Path:
    return write_recording(tmp_path / "ks", KINDS)


@pytest.fixture
def run(ks_dir: Path) -> Run:
    return read_run(find_runs(str(ks_dir))[0])


@pytest.fixture
def make(qapp: Any, no_leaks: None, run: Run, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """Return a function that opens the recording in one more window, of a program of its own."""
    monkeypatch.setattr(arrivals, "THERE_S", 0.1)
    made: list[Curation] = []

    def started(person: str = "ada") -> Curation:
        curation = Curation(person)
        made.append(curation)
        curation.open(run)
        assert wait_until(lambda: not curation.busy, curation.settled, WAIT_MS)
        return curation

    yield started
    for curation in made:
        curation.close()


def shows(curation: Curation, unit: int, label: Label | None) -> bool:
    """Wait until a window shows a label."""
    return wait_until(lambda: curation.state.label(unit) == label, curation.changed, WAIT_MS)


def test_two_windows_see_each_others_labels_within_a_second(make: Make) -> None:
    one, two = make(), make()
    heard: list[Any] = []
    two.changed.connect(heard.append)
    start = time.monotonic()
    one.set_label([1, 3], Label.MUA)
    assert shows(two, 3, Label.MUA)
    assert time.monotonic() - start < 1
    assert heard == [frozenset({1, 3})]
    two.set_label([1], Label.GOOD)  # in sight of it: nobody is overruled
    assert heard[-1] == frozenset({1})
    assert shows(one, 1, Label.GOOD)
    assert one.state == two.state
    one.undo()  # takes back what one said last: two's label of unit 1, by the same person
    assert shows(two, 1, Label.MUA)


@pytest.mark.slow
def test_what_another_window_overrules_is_told_and_marked(make: Make) -> None:
    one, two = make(), make()
    told: list[str] = []
    one.told.connect(told.append)
    one.journals._arrivals.watch(None)  # does not see the other one for a while
    two.journals._arrivals.watch(None)
    one.set_label([1], Label.MUA)
    two.set_label([1], Label.GOOD)
    one.journals._arrivals.watch(one.journals.store)
    assert shows(one, 1, Label.GOOD)
    at = clock_time(two.state.unit(1).at)
    assert told == [
        f"Unit 1: you said MUA, another window of yours said GOOD at {at}. History has both."
    ]
    words = next(history(one.state)).words
    assert words.startswith("unit 1: no label → GOOD · not knowing what ada said at ")
    again = make()
    assert any("1 got two labels from two windows of ada" in str(i) for i in again.issues)
    again.set_label([1], Label.NOISE)  # who says it anew has seen both
    assert not any("two labels" in str(i) for i in make().issues)


def test_an_undo_in_one_window_is_told_as_one_in_the_other(make: Make) -> None:
    one, two = make(), make()
    one.set_label([1], Label.NOISE)
    assert shows(two, 1, Label.NOISE)
    two.set_label([1], Label.GOOD)
    assert shows(one, 1, Label.GOOD)
    told: list[str] = []
    two.told.connect(told.append)
    one.undo()
    assert shows(two, 1, Label.NOISE)
    (words,) = told
    assert words.startswith("Unit 1: you said GOOD, another window of yours took it back at ")
    assert words.endswith(": NOISE again. History has both.")


def test_others_labels_are_shown_when_they_arrive_in_the_results(
    make: Make, run: Run, ks_dir: Path
) -> None:
    ada = make()
    told: list[str] = []
    ada.told.connect(told.append)
    ada.set_label([2], Label.MUA)
    key, who = recording_key(run), Who("bob", "far", "b1")
    said = [(1, "NOISE", None), (2, "GOOD", None)]
    lines = []
    for unit, label, old in said:
        at = time_text(datetime.now(UTC))
        one = Action(action_id(), at, who, "label", (Change(unit, LABEL, old, label),))
        lines.append(format_line(JournalLine(one, key.primary, key.results)).encode() + b"\n")
    folder = ks_dir / "bombcell" / "bcviewer"
    folder.mkdir(exist_ok=True)
    (folder / file_name(who, "b1")).write_bytes(b"".join(lines))
    assert shows(ada, 1, Label.NOISE)
    assert shows(ada, 2, Label.GOOD)
    assert "you said MUA, bob said GOOD" in told[-1]
    assert set(conflicts(ada.state)) == {2}


def test_reading_a_long_journal_of_others_is_shown_until_it_is_read(
    qapp: Any, no_leaks: None, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    release, read = threading.Event(), JournalStore.read_mirror

    def slowly(store: JournalStore, check: Callable[[], None]) -> JournalsRead:
        release.wait(30)
        return read(store, check)

    monkeypatch.setattr(JournalStore, "read_mirror", slowly)
    monkeypatch.setattr(open_journals, "MERGE_MS", 1)
    curation = Curation("ada")
    shown: list[Progress] = []
    ended: list[bool] = []
    curation.progressed.connect(shown.append)
    curation.settled.connect(lambda: ended.append(True))
    curation.open(run)
    assert wait_until(lambda: bool(shown), curation.progressed, WAIT_MS)
    assert shown[-1].text.startswith("Reading what others said, in ")
    assert not ended
    assert curation.is_open, "labels need not wait for it"
    release.set()
    assert wait_until(lambda: not curation.busy, curation.settled, WAIT_MS)
    assert ended
    assert len(shown) == 1
    curation.close()


def test_damage_that_arrives_is_told(make: Make, ks_dir: Path) -> None:
    ada = make()
    folder = ks_dir / "bombcell" / "bcviewer"
    folder.mkdir(exist_ok=True)
    (folder / "labels-x.jsonl").write_bytes(b"junk\n")
    assert wait_until(lambda: bool(ada.issues), ada.opened, WAIT_MS)
    assert [issue.file for issue in ada.issues] == ["labels-x.jsonl"]


def test_a_look_that_was_under_way_is_waited_for_at_the_end_too(
    qapp: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks, go_on = threading.Event(), threading.Event()

    def first_is_slow(_: JournalStore) -> JournalsRead:
        if not looks.is_set():
            looks.set()
            go_on.wait(WAIT_MS / 1000)
        return JournalsRead(())

    monkeypatch.setattr(JournalStore, "look_here", first_is_slow)
    monkeypatch.setattr(arrivals, "HERE_S", 0.0)
    watcher = arrivals.Arrivals()
    before = set(threading.enumerate())
    store: Any = SimpleNamespace(mirror_dir=None)
    watcher.watch(store)
    assert looks.wait(WAIT_MS / 1000)
    watcher.watch(SimpleNamespace(mirror_dir=None))  # while the first look is under way
    watcher.end()
    timer = threading.Timer(0.1, go_on.set)
    timer.start()
    assert watcher.join(time.monotonic() + WAIT_MS / 1000)
    assert go_on.is_set()
    timer.join()
    assert set(threading.enumerate()) <= before


def test_a_drive_that_does_not_answer_keeps_neither_windows_apart_nor_the_end(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    release, looked = threading.Event(), threading.Event()

    def hang(store: JournalStore) -> Any:
        looked.set()
        release.wait(30)
        return JournalsRead(())

    monkeypatch.setattr(arrivals.JournalStore, "look_there", hang)
    one, two = make(), make()
    assert looked.wait(5)
    one.set_label([1], Label.MUA)
    assert shows(two, 1, Label.MUA)
    start = time.monotonic()
    two.journals._arrivals.end()
    two.journals._arrivals.join(start + 0.1)
    assert time.monotonic() - start < 2
    release.set()


def test_a_wrong_clock_is_told_once_and_loses_nothing(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Clock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return datetime(1966, 1, 1, tzinfo=tz)

    monkeypatch.setattr("bcviewer.app.curating.speaker.datetime", Clock)
    ada = make()
    told: list[str] = []
    ada.told.connect(told.append)
    ada.set_label([1], Label.GOOD)
    ada.set_label([1], Label.MUA)
    assert told == ["This computer's clock says 1966: what you say is dated wrongly."]
    assert make().state.label(1) == Label.MUA
