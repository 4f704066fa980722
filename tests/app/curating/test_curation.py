"""The curation of the open recording: saved before a call returns, mirrored, undone, merged."""

from __future__ import annotations

import errno
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from qt_fixtures import KINDS, WAIT_MS, write_recording

from bcviewer.app.curating import mirror
from bcviewer.app.curating import open_journals as module
from bcviewer.app.curating.curation import Curation
from bcviewer.app.curating.open_journals import mirrored_folder
from bcviewer.app.prefs import Prefs, data_folder
from bcviewer.app.save_state import SavedWhere, SaveState
from bcviewer.app.threads import worker
from bcviewer.app.threads.waiting import wait_until
from bcviewer.core.curation.entries import LABEL, NOTE, STABLE, Change
from bcviewer.core.curation.history import history
from bcviewer.core.curation.opinions import conflicts, reviewers
from bcviewer.core.curation.under import under_labels
from bcviewer.core.rules.labels import Label
from bcviewer.core.run.run import Run
from bcviewer.core.run.stretch import Stretch
from bcviewer.errors import UserError
from bcviewer.frame.application import demo_path
from bcviewer.io.journal import append_file
from bcviewer.io.journal.store import JournalStore
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
def make(qapp: Any, no_leaks: None, run: Run) -> Iterator[Make]:
    """Return a function that starts a program, with the recording open."""
    made: list[Curation] = []

    def started(person: str = "ada", of: Run = run) -> Curation:
        made.append(Curation(person))
        opened(made[-1], of)
        return made[-1]

    yield started
    for curation in made:
        curation.close()


def opened(curation: Curation, run: Run) -> Curation:
    curation.open(run)
    assert wait_until(lambda: not curation.busy, curation.settled, WAIT_MS)
    assert curation.is_open
    return curation


def mirror_of(ks_dir: Path) -> Path:
    return ks_dir / "bombcell" / "bcviewer"


def labels(curation: Curation) -> dict[int, Label]:
    return {i: u.label for i, u in curation.state.units.items() if u.label is not None}


# -- saying something ------------------------------------------------------------------------


def test_a_label_is_on_the_disk_when_the_call_returns(make: Make) -> None:
    curation = make()
    heard: list[Any] = []
    curation.changed.connect(lambda ids: heard.append((ids, labels(curation))))
    action = curation.set_label([1, 3], Label.MUA)
    (path,) = (data_folder() / "journals").glob("*/*.jsonl")
    assert action.id in path.read_text("utf-8")
    assert labels(curation) == {1: Label.MUA, 3: Label.MUA}
    assert heard == [(frozenset({1, 3}), {1: Label.MUA, 3: Label.MUA})]
    assert (curation.save.place, curation.save.n_actions) == (SavedWhere.LOCAL, 1)
    assert labels(make()) == {1: Label.MUA, 3: Label.MUA}  # while the first is still open


def test_saying_the_same_again_writes_nothing(make: Make) -> None:
    curation = make()
    curation.set_label([1], Label.GOOD)
    assert curation.set_label([1], Label.GOOD) is None
    assert curation.set_label([2], None) is None
    assert curation.set_note([1], "") is None
    assert curation.set_label([], Label.GOOD) is None
    action = curation.set_label([1, 2], Label.GOOD)
    assert [c.cluster_id for c in action.changes] == [2]


def test_agreeing_with_another_person_is_said_in_ones_own_name(make: Make) -> None:
    make("bob").set_label([1], Label.GOOD)
    ada = make("ada")
    assert ada.state.said_by(1) == "bob"
    assert ada.set_label([1], Label.GOOD) is not None
    assert ada.state.said_by(1) == "ada"
    assert conflicts(ada.state) == {}


def test_notes_labels_and_clearing(make: Make) -> None:
    curation = make()
    curation.set_note([1], "naïve\n猫")
    curation.set_label([1], Label.NOISE)
    curation.set_label([1], None)
    unit = make().state.unit(1)
    assert (unit.label, unit.note) == (None, "naïve\n猫")
    with pytest.raises(UserError, match="at most"):
        curation.set_note([1], "x" * 10_001)
    with pytest.raises(ValueError, match="no label"):
        curation.set_label([1], Label.EMPTY)


def test_of_which_spikes_units_are_is_news_unless_it_is_found_as_they_are_opened(
    make: Make,
) -> None:
    curation, heard = make(), list[Any]()
    known, now = curation.known, {5: "one"}
    known.spikes = lambda: now
    known.regard()
    curation.set_label([5], Label.NOISE)
    curation.changed.connect(heard.append)
    curation.told.connect(heard.append)
    now = {5: "two"}
    known.regard()
    assert heard == [{5}, "NOISE was said of another 5: its spikes were others."]
    known.regard()
    now = dict(now)
    known.regard()
    assert len(heard) == 2

    again = make()  # the files are read after the journals
    again.changed.connect(heard.append)
    again.told.connect(heard.append)
    assert again.state.label(5) == Label.NOISE
    again.known.spikes = lambda: now
    again.known.regard()
    assert again.state.label(5) is None
    assert len(heard) == 2
    assert again.run is not None
    opened(again, again.run)  # and here before: what was known of them holds
    assert again.state.label(5) is None


def test_many_units_are_one_action_and_one_undo(make: Make) -> None:
    curation = make()
    curation.set_label([0], Label.GOOD)
    action = curation.accept(dict.fromkeys(range(5), Label.MUA), "Bombcell's label")
    assert len(action.changes) == 5
    assert len(labels(curation)) == 5
    curation.undo()
    assert labels(curation) == {0: Label.GOOD}
    curation.redo()
    assert len(labels(curation)) == 5


def test_what_is_said_of_what_phy_made_is_said_of_its_spikes(make: Make, run: Run) -> None:
    """phy undid a merge, and gave its id to others: they had the label of the first ones."""
    curation, spikes = make(), {3: "one"}
    curation.known.spikes = lambda: dict(spikes)
    curation.known.regard()
    action = curation.set_label([1, 3], Label.NOISE)
    assert [change.spikes for change in action.changes] == ["", "one"]
    (path,) = (data_folder() / "journals").glob("*/*.jsonl")
    assert '{"unit":1,' in path.read_text("utf-8")
    assert '{"spikes":"one","unit":3,' in path.read_text("utf-8")
    heard, told = list[Any](), list[str]()
    curation.changed.connect(heard.append)
    curation.told.connect(told.append)
    curation.known.regard()
    assert (heard, told) == ([], [])
    spikes[3] = "two"
    curation.known.regard()
    curation.known.regard()
    assert heard == [frozenset({3})]
    assert told == ["NOISE was said of another 3: its spikes were others."]
    assert labels(curation) == {1: Label.NOISE}
    assert next(history(curation.state)).words.endswith(" · about another 3")
    assert curation.set_label([3], Label.NOISE).changes[0].old is None
    curation.set_label([3], Label.GOOD)
    assert labels(curation) == {1: Label.NOISE, 3: Label.GOOD}
    other = make()  # its copy of the recording may be another one
    assert labels(other) == {1: Label.NOISE, 3: Label.GOOD}
    other.known.spikes = lambda: {3: "one"}
    assert labels(opened(other, run)) == {1: Label.NOISE, 3: Label.NOISE}
    curation.known.hides = lambda cluster_id: cluster_id == 3
    spikes[3] = "one"
    curation.known.regard()
    assert (len(heard), len(told)) == (4, 1)
    assert labels(curation)[3] == Label.NOISE


def test_an_import_speaks_for_its_source(make: Make) -> None:
    curation = make()
    curation.set_label([1], Label.GOOD)
    changes = [Change(1, LABEL, None, "MUA"), Change(2, NOTE, None, "from phy")]
    curation.apply(changes, "cluster_group.tsv", "phy")
    assert curation.state.said_by(1) == "phy"
    assert set(conflicts(curation.state)) == {1}
    assert "from cluster_group.tsv" in next(history(curation.state)).words
    assert next(curation.state.newest_first()).changes[0].old == "GOOD"
    curation.undo()
    assert (labels(curation), curation.state.said_by(1)) == ({1: Label.GOOD}, "ada")
    with pytest.raises(UserError, match="no label"):
        curation.apply([Change(1, LABEL, None, "great")], "x.csv", "x")


def test_an_import_brings_exact_stable_times_and_a_note_that_says_them(make: Make) -> None:
    curation = make()
    curation.set_note([1], "drifts")
    first, second = Stretch(1 / 3, 2520.123456789012), Stretch(0.0, 60.5)
    curation.keep_stable(2, second)
    changes = [Change(1, STABLE, None, first.written), Change(2, STABLE, None, first.written)]
    curation.apply([*changes, Change(2, NOTE, None, "theirs")], "labels.csv", "bob")
    units = make().state.units  # as the journal has it
    assert [units[i].stretch for i in (1, 2)] == [first, first]
    assert [units[i].note for i in (1, 2)] == ["drifts; stable 0–42 min", "theirs; stable 0–42 min"]
    curation.undo()
    units = curation.state.units
    assert [units[i].stretch for i in (1, 2)] == [None, second]
    assert [units[i].note for i in (1, 2)] == ["drifts", second.stable]
    with pytest.raises(UserError, match="no stable"):
        curation.apply([Change(1, STABLE, None, "soon")], "x.csv", "x")


def test_undo_reaches_yesterday_and_never_another_person(make: Make) -> None:
    first = make("ada")
    first.set_label([1], Label.GOOD)
    first.set_label([2], Label.MUA)
    first.close()
    make("bob").set_label([3], Label.NOISE)
    today = make("ada")
    assert today.undo() is not None
    assert labels(today) == {1: Label.GOOD, 3: Label.NOISE}
    assert today.undo() is not None
    assert today.undo() is None
    assert labels(today) == {3: Label.NOISE}
    tomorrow = make("ada")
    assert tomorrow.redo() is not None
    assert tomorrow.redo() is not None
    assert tomorrow.redo() is None
    assert labels(tomorrow) == {1: Label.GOOD, 2: Label.MUA, 3: Label.NOISE}


def test_what_is_said_comes_after_what_is_seen_whatever_the_clocks(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = "bcviewer.app.curating.speaker.datetime"

    def clock(offset: timedelta) -> None:
        class Clock(datetime):
            @classmethod
            def now(cls, tz: Any = None) -> datetime:
                return datetime.now(tz) + offset

        monkeypatch.setattr(module, Clock)

    clock(timedelta(days=1))
    bob = make("bob")
    bob.set_label([1], Label.GOOD)
    clock(timedelta(days=-1))
    ada = make("ada")
    ada.set_label([1], Label.MUA)  # in sight of bob's, which is dated tomorrow
    assert labels(ada)[1] == Label.MUA
    ada.set_label([2], Label.GOOD)
    clock(timedelta(days=-3))  # set back
    ada.set_label([2], Label.NOISE)
    ada.undo()
    assert labels(ada) == {1: Label.MUA, 2: Label.GOOD}
    assert labels(make()) == labels(ada)


def test_nothing_can_be_said_before_the_journals_are_read(
    qapp: Any, no_leaks: None, run: Run
) -> None:
    curation = Curation("ada")
    with pytest.raises(UserError, match="still being read"):
        curation.set_label([1], Label.GOOD)
    curation.open(run)
    with pytest.raises(UserError, match="still being read"):
        curation.set_label([1], Label.GOOD)
    assert curation.undo() is None
    curation.close()


# -- people and programs ---------------------------------------------------------------------


def test_two_programs_at_once_lose_nothing(make: Make) -> None:
    one, two = make("ada"), make("bob")
    for i in range(5):
        one.set_label([i], Label.GOOD)
        two.set_label([i], Label.MUA)
    assert set(labels(one).values()) == {Label.GOOD}  # each shows its own until it reads again
    one.refresh()
    assert wait_until(lambda: not one.busy, one.settled, WAIT_MS)
    assert set(labels(one).values()) == {Label.MUA}
    assert set(conflicts(one.state)) == set(range(5))
    assert reviewers(one.state) == {"ada": set(range(5)), "bob": set(range(5))}


def test_a_person_is_the_systems_unless_the_settings_say_otherwise(qapp: Any) -> None:
    prefs = Prefs()
    assert prefs.person()
    prefs.set_person("  Ada  ")
    assert prefs.person() == "Ada"
    prefs.set_person("")
    assert prefs.person() not in ("", "Ada")
    assert Curation("a\nb\u202e" + "x" * 500).person.startswith("a b x")
    assert Curation("").person == "somebody"


def test_another_run_mode_of_the_same_sort_shares_labels(
    make: Make, run: Run, tmp_path: Path
) -> None:
    make().set_label([1], Label.GOOD)
    other = write_recording(tmp_path / "mode2" / "ks", KINDS)
    curation = make(of=read_run(find_runs(str(other))[0]))
    assert labels(curation) == {1: Label.GOOD}
    assert curation.wait_saved(WAIT_MS)
    assert not mirror_of(other).exists()  # opening writes into no results
    assert curation.save.waiting == 0
    curation.set_label([2], Label.MUA)
    assert curation.wait_saved(WAIT_MS)
    assert len(list(mirror_of(other).iterdir())) == 2  # the first act brings all of it there


# -- the two places --------------------------------------------------------------------------


def test_it_is_mirrored_at_once_in_the_background(make: Make, ks_dir: Path) -> None:
    curation = make()
    curation.set_label([1], Label.GOOD)
    assert curation.wait_saved(WAIT_MS)
    assert (curation.save.place, curation.save.waiting) == (SavedWhere.BOTH, 0)
    assert curation.save.words == f"saved {curation.save.at:%H:%M}"
    shutil.rmtree(data_folder())
    assert labels(make()) == {1: Label.GOOD}


def test_who_waits_until_all_is_saved_is_shown_that_it_is(make: Make) -> None:
    curation = make()
    curation.set_label([1], Label.GOOD)
    store, end = curation.journals.store, time.monotonic() + WAIT_MS / 1000
    while store.unsettled and time.monotonic() < end:  # no event is handled here
        threading.Event().wait(0.002)
    assert curation.save.place is SavedWhere.LOCAL
    assert curation.wait_saved(WAIT_MS)
    assert curation.save.place is SavedWhere.BOTH


def test_a_vanished_results_folder_is_told_and_made_good(
    make: Make, ks_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mirror, "RETRY_S", 0.05)
    curation = make()
    curation.set_label([1], Label.GOOD)
    assert curation.wait_saved(WAIT_MS)
    (ks_dir / "bombcell").rename(ks_dir / "away")
    curation.set_label([2], Label.GOOD)
    assert not curation.wait_saved(WAIT_MS)
    assert (curation.save.place, curation.save.waiting) == (SavedWhere.LOCAL, 1)
    assert "on this computer only: the results' folder is not there" in curation.save.words
    (ks_dir / "bombcell").mkdir()  # made anew, empty
    reached = lambda: curation.save.place is SavedWhere.BOTH  # noqa: E731
    assert wait_until(reached, curation.saved, WAIT_MS)  # without any further key
    shutil.rmtree(data_folder())
    assert labels(make()) == {1: Label.GOOD, 2: Label.GOOD}


def test_the_kilosort_directory_deleted_and_made_anew_loses_nothing(
    make: Make, run: Run, ks_dir: Path
) -> None:
    first = make()
    first.set_label([1], Label.GOOD)
    assert first.wait_saved(WAIT_MS)
    shutil.rmtree(ks_dir)
    first.set_label([2], Label.MUA)
    write_recording(ks_dir, KINDS)
    second = make("bob", of=read_run(find_runs(str(ks_dir))[0]))
    assert labels(second) == {1: Label.GOOD, 2: Label.MUA}
    assert second.wait_saved(WAIT_MS)
    shutil.rmtree(data_folder())
    assert labels(make()) == {1: Label.GOOD, 2: Label.MUA}


def read_only(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have every file below a folder refused for writing, as the system does where it is."""
    real = os.open

    def refuse(path: Any, flags: int, *args: Any, **more: Any) -> int:
        if flags & os.O_RDWR and Path(path).is_relative_to(folder):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return real(path, flags, *args, **more)

    monkeypatch.setattr(append_file.os, "open", refuse)


def test_read_only_results_keep_labels_on_this_computer(
    make: Make, ks_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_only(ks_dir, monkeypatch)
    curation = make()
    curation.set_label([1], Label.GOOD)
    assert not curation.wait_saved(WAIT_MS)
    assert curation.save.words.endswith("on this computer only: permission denied")
    curation.set_label([2], Label.GOOD)
    assert curation.save.place is SavedWhere.LOCAL
    assert labels(make()) == {1: Label.GOOD, 2: Label.GOOD}


def test_a_local_folder_that_cannot_be_written_shows_nothing_as_saved(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    curation = make()
    curation.set_label([1], Label.GOOD)
    state = curation.state
    heard: list[SaveState] = []
    curation.saved.connect(heard.append)

    def full(*_: Any) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(append_file.os, "write", full)
        for say in (
            lambda: curation.set_label([2], Label.MUA),
            lambda: curation.set_note([1], "x"),
            curation.undo,
        ):
            with pytest.raises(UserError, match=r"Not saved.*no space left"):
                say()
        assert curation.state is state
        assert heard[-1].place is SavedWhere.FAILED
        assert heard[-1].words.startswith("not saved:")
    curation.set_label([2], Label.MUA)
    assert heard[-1].place is not SavedWhere.FAILED
    assert labels(make()) == {1: Label.GOOD, 2: Label.MUA}


def test_a_hanging_network_drive_stops_neither_a_key_nor_the_end(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = threading.Event()
    real = JournalStore.mirror
    monkeypatch.setattr(JournalStore, "mirror", lambda store: release.wait(30) and real(store))
    for closed in (mirror, worker):
        monkeypatch.setattr(closed, "CLOSE_S", 0.05)
    curation = make()
    for i in range(5):
        curation.set_label([i], Label.GOOD)
    assert curation.save.place is SavedWhere.LOCAL
    start = time.monotonic()
    assert curation.journals._mirror.close() is False
    curation.close()
    assert time.monotonic() - start < 2
    release.set()
    assert curation.journals._mirror.close(10)
    assert labels(make()) == dict.fromkeys(range(5), Label.GOOD)


def test_the_demo_recording_is_not_written_to(qapp: Any, no_leaks: None) -> None:
    run = read_run(find_runs(demo_path())[0])
    assert mirrored_folder(run) is None
    curation = opened(Curation("ada"), run)
    curation.set_label([1], Label.GOOD)
    assert curation.wait_saved(WAIT_MS)
    assert curation.save.place is SavedWhere.LOCAL
    assert "demo" in curation.save.words
    curation.close()
    assert not (Path(run.provenance.results_dir) / "bcviewer").exists()


def test_opening_another_recording_and_back(make: Make, run: Run, tmp_path: Path) -> None:
    other = write_recording(tmp_path / "other", {"nSpikes": [500.0, 900.0]})
    second = read_run(find_runs(str(other))[0])
    curation = make()
    curation.set_label([1], Label.GOOD)
    opened(curation, second)
    assert labels(curation) == {}
    assert curation.save == SaveState()
    curation.set_label([0], Label.NOISE)
    opened(curation, run)
    curation.set_label([2], Label.MUA)
    assert labels(curation) == {1: Label.GOOD, 2: Label.MUA}
    assert curation.wait_saved(WAIT_MS)
    opened(curation, second)
    assert labels(curation) == {0: Label.NOISE}


def test_damaged_journals_are_told(make: Make, ks_dir: Path) -> None:
    mirror_of(ks_dir).mkdir()
    (mirror_of(ks_dir) / "labels-x.jsonl").write_bytes(b"\x00\xff junk\n")
    curation = make()
    assert [issue.file for issue in curation.issues] == ["labels-x.jsonl"]
    assert labels(curation) == {}


# -- drives that do not answer ---------------------------------------------------------------


class Hanging:
    """Has the journals of results' folders read only once it is let go."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, method: str, where: str = "") -> None:
        self.go, self.began = threading.Event(), threading.Event()
        real = getattr(JournalStore, method)

        def late(store: JournalStore, *args: Any) -> Any:
            if where in str(store.mirror_dir):
                self.began.set()
                assert self.go.wait(30)
            return real(store, *args)

        monkeypatch.setattr(JournalStore, method, late)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mirror, "STUCK_S", 0.1)
    monkeypatch.setattr(mirror, "WATCH_MS", 20)


def test_labels_are_taken_before_the_mirror_is_read_and_merged_with_it(
    make: Make, ks_dir: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    bob = make("bob")
    bob.set_label([1, 2], Label.GOOD)
    assert bob.wait_saved(WAIT_MS)
    shutil.rmtree(data_folder())  # bob works on another computer
    hanging = Hanging(monkeypatch, "read_mirror")
    ada = Curation("ada")
    heard: list[dict[int, Label]] = []
    ada.changed.connect(lambda *_: heard.append(labels(ada)))
    ada.open(run)
    assert wait_until(lambda: ada.is_open, ada.opened, WAIT_MS)
    assert hanging.began.wait(20)
    assert ada.busy
    ada.set_label([2, 3], Label.MUA)
    assert labels(ada) == {2: Label.MUA, 3: Label.MUA}
    hanging.go.set()
    assert wait_until(lambda: not ada.busy, ada.settled, WAIT_MS)
    assert labels(ada) == {1: Label.GOOD, 2: Label.MUA, 3: Label.MUA} == heard[-1]
    assert ada.state.undoable("ada") is not None
    assert ada.wait_saved(WAIT_MS)
    ada.close()
    bob.close()
    assert labels(make()) == heard[-1]


def test_a_mirror_that_hangs_is_named_and_the_session_is_idle(
    make: Make, run: Run, monkeypatch: pytest.MonkeyPatch, impatient: None
) -> None:
    make().close()
    hanging = Hanging(monkeypatch, "read_mirror")
    curation = make()  # waits until it is not busy any more
    curation.set_label([1], Label.GOOD)
    assert wait_until(lambda: bool(curation.save.why), curation.saved, WAIT_MS)
    assert "bombcell" in curation.save.why
    assert "has not answered for" in curation.save.words
    assert curation.save.place is SavedWhere.LOCAL
    assert not curation.wait_saved(WAIT_MS)
    hanging.go.set()
    assert wait_until(lambda: curation.save.place is SavedWhere.BOTH, curation.saved, WAIT_MS)
    assert curation.save.why == ""


def test_no_mirror_waits_for_another_that_hangs(
    make: Make, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = {"nSpikes": [500.0, 900.0, 700.0]}
    near = read_run(find_runs(str(write_recording(tmp_path / "near", few)))[0])
    curation = make()
    hanging = Hanging(monkeypatch, "mirror", str(tmp_path / "ks"))
    curation.set_label([1], Label.GOOD)
    assert hanging.began.wait(20)
    opened(curation, near)
    curation.set_label([2], Label.MUA)
    assert wait_until(lambda: curation.save.place is SavedWhere.BOTH, curation.saved, WAIT_MS)
    assert list((tmp_path / "near" / "bombcell" / "bcviewer").iterdir())
    hanging.go.set()
    opened(curation, run)
    assert labels(curation) == {1: Label.GOOD}
    assert curation.wait_saved(WAIT_MS)


def test_reading_again_asks_the_drive_for_no_key(
    make: Make, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    curation = make()
    curation.set_label([1], Label.GOOD)
    monkeypatch.setattr(module, "recording_key", None)
    curation.refresh()
    assert wait_until(lambda: not curation.busy, curation.settled, WAIT_MS)
    assert labels(curation) == {1: Label.GOOD}


def test_a_sort_whose_key_hangs_is_named_and_left(
    qapp: Any, no_leaks: None, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "STUCK_S", 0.1)
    monkeypatch.setattr(worker, "WATCH_MS", 20)
    go = threading.Event()
    monkeypatch.setattr(module, "recording_key", lambda _: go.wait(30))
    curation, told = Curation("ada"), []
    curation.progressed.connect(told.append)
    curation.open(run)
    assert wait_until(lambda: bool(told), curation.progressed, WAIT_MS)
    assert f"{run.provenance.ks_dir} has not answered" in told[0].text
    with pytest.raises(UserError, match="still being read"):
        curation.set_label([1], Label.GOOD)
    curation.cancel()
    assert not curation.busy
    with pytest.raises(UserError, match=r"could not be read: .* has not answered"):
        curation.set_label([1], Label.GOOD)
    go.set()
    curation.close()


def test_labels_say_what_is_tried_while_they_are_given(make: Make) -> None:
    curation, on = make(), ["minPresenceRatio=0.6"]
    curation.told_under(lambda: on[0])
    curation.set_label([1, 2], Label.GOOD)
    curation.accept({3: Label.MUA}, "Bombcell's label")
    curation.set_note([1], "hm")
    assert under_labels(curation.state) == dict.fromkeys((1, 2, 3), on[0])
    assert curation.set_label([1], Label.GOOD) is None, "just that is said"
    on[0] = ""
    again = curation.set_label([1, 2, 4], Label.GOOD)
    assert again is not None
    assert [c.cluster_id for c in again.changes] == [4, 1, 2], "said again, it counts"
    assert under_labels(curation.state) == {3: "minPresenceRatio=0.6"}
    assert curation.set_label([1], Label.GOOD) is None
    curation.undo()
    assert under_labels(make("bob").state) == dict.fromkeys((1, 2, 3), "minPresenceRatio=0.6")
