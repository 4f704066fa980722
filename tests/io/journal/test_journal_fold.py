"""Long journals become short ones; a kill at any moment loses nothing."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from journal_cases import Places, action, line

from bcviewer.core.curation import folding
from bcviewer.core.curation.entries import LABEL, UNDO, Who
from bcviewer.core.curation.replay import replay, with_action
from bcviewer.core.curation.state import CurationState
from bcviewer.core.curation.times import stamp
from bcviewer.io.journal import fold as journal_fold
from bcviewer.io.journal import store as journal
from bcviewer.io.journal.journal_names import file_name, kind_of
from bcviewer.io.journal.store import JournalStore

N = 60


class KilledError(Exception):
    """The program ended here."""


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Places:
    for module in (folding, journal, journal_fold):
        monkeypatch.setattr(module, "REACH", 10)
    for module in (journal, journal_fold):
        monkeypatch.setattr(module, "FOLD_FROM", 20)
    monkeypatch.setattr(journal_fold, "QUIET_S", -1.0)
    return Places(tmp_path)


def say(places: Places, process: str, n: int = N) -> JournalStore:
    """Label units again and again in one program, and mirror it."""
    store = places.store(process)
    state = replay(store.read().actions)
    for i in range(n):
        at = stamp(action_time(), state.last_of("ada"))
        one = action(i % 5, ["GOOD", "MUA", "NOISE"][i % 3], Who("ada", "lab-pc", process), at=at)
        store.append(one)
        state = with_action(state, one)
    return store


def action_time() -> Any:
    from datetime import UTC, datetime

    return datetime.now(UTC)


def state_of(places: Places, process: str = "reader", **more: Any) -> CurationState:
    return replay(places.store(process, **more).read().actions)


def fold(places: Places, process: str = "folder") -> JournalStore:
    """Start a program that has something to mirror."""
    store = places.store(process)
    store.read()
    store.fold()
    return store


def n_lines(folder: Path) -> int:
    return sum(path.read_bytes().count(b"\n") for path in folder.iterdir())


def test_a_long_journal_is_folded_in_both_places(places: Places, tmp_path: Path) -> None:
    for process in ("p1", "p2"):
        store = say(places, process)
        store.mirror()
        store.close()
    before = state_of(places)
    fold(places)
    for folder in (places.local, places.mirror):
        assert [kind_of(path.name) for path in folder.iterdir()] == ["folded"]
        assert n_lines(folder) <= 10 + 5 + 1
    after = state_of(places)
    assert after.units == before.units
    assert after.stacks["ada"].undo == before.stacks["ada"].undo[-10:]
    elsewhere = state_of(places, journals=tmp_path / "another computer")
    assert elsewhere.units == before.units
    again = fold(places, "f2")
    assert not again.unsettled
    assert len(list(places.local.iterdir())) == 1  # there was nothing to gain


def test_what_is_said_after_is_folded_with_it(places: Places) -> None:
    say(places, "p1").close()
    fold(places, "f1")
    say(places, "p2").close()
    before = state_of(places)
    store = fold(places, "f2")
    store.mirror()
    assert [kind_of(path.name) for path in places.local.iterdir()] == ["folded"]
    assert state_of(places).units == before.units


def test_old_copies_elsewhere_bring_nothing_back(places: Places, tmp_path: Path) -> None:
    store = say(places, "p1")
    store.mirror()
    store.close()
    theirs = tmp_path / "another computer"
    other = places.store("b1", journals=theirs)
    other.read()
    other.mirror()  # carries it all there
    before = state_of(places)
    fold(places)
    for process in ("b2", "b3"):
        other = places.store(process, journals=theirs)
        assert replay(other.read().actions).units == before.units
        other.mirror()
    assert n_lines(places.mirror) <= 16
    mine = places.store("p9")
    assert replay(mine.read().actions).units == before.units
    assert not mine.unsettled


def test_a_program_that_still_runs_loses_nothing(places: Places) -> None:
    living = say(places, "p1")
    fold(places)
    late = action(7, "GOOD", at=stamp(action_time(), *(a.at for a in living.reader.known())))
    living.append(late)
    undo = action(7, None, kind=UNDO, target=late.id, at=stamp(action_time(), late.at))
    assert state_of(places).value(7, LABEL) == "GOOD"
    living.append(undo)
    living.close()
    assert state_of(places).value(7, LABEL) is None


def test_a_fold_on_the_shared_folder_hides_nothing_of_this_computer(places: Places) -> None:
    store, who = places.store("p1"), Who("ada", "lab-pc", "p1")
    mine = action(1, "MUA", who)
    store.append(mine)
    store.close()
    end = folding.footer("e" * 12, stamp(action_time(), mine.at), who, {"p1": "2099"}, 0)
    name = file_name(who, "evil", kind="folded-").removeprefix("labels-").removesuffix(".jsonl")
    places.write(name, line(**end._asdict()), folder=places.mirror)
    assert places.labels() == {1: "MUA"}


def test_a_fold_that_is_cut_off_in_the_mirror_hides_nothing(places: Places, tmp_path: Path) -> None:
    store = say(places, "p1")
    store.mirror()
    store.close()
    saved = tmp_path / "saved"
    shutil.copytree(places.mirror, saved)
    before = state_of(places)
    fold(places)
    (path,) = places.mirror.iterdir()
    data = path.read_bytes().split(b"\n")
    path.write_bytes(b"\n".join(data[:3] + data[-2:]))  # the footer, but not all it counts
    shutil.copytree(saved, places.mirror, dirs_exist_ok=True)
    elsewhere = state_of(places, journals=tmp_path / "another computer")
    assert elsewhere.units == before.units


def calls(monkeypatch: pytest.MonkeyPatch, stop: int) -> list[str]:
    """Have the program end at the so-manieth call that changes a disk."""
    done: list[str] = []

    def counted(name: str, real: Any) -> Any:
        def call(*args: Any, **more: Any) -> Any:
            if len(done) == stop:
                raise KilledError(name)
            done.append(name)
            return real(*args, **more)

        return call

    for name in ("fsync", "write"):
        monkeypatch.setattr(os, name, counted(name, getattr(os, name)))
    for name in ("replace", "unlink"):
        monkeypatch.setattr(Path, name, counted(name, getattr(Path, name)))
    return done


@pytest.mark.slow
@pytest.mark.parametrize("stop", range(14))
def test_a_kill_at_any_moment_loses_nothing(
    places: Places, tmp_path: Path, stop: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for process in ("p1", "p2"):
        store = say(places, process)
        store.mirror()
        store.close()
    before = state_of(places)
    with monkeypatch.context() as patch:
        done = calls(patch, stop)
        try:
            fold(places)
        except KilledError:
            assert len(done) == stop
        else:
            assert len(done) <= stop
    after = state_of(places)
    assert after.units == before.units
    assert after.stacks["ada"].undo[-10:] == before.stacks["ada"].undo[-10:]
    elsewhere = state_of(places, journals=tmp_path / "another computer")
    assert elsewhere.units == before.units
    fold(places, "f2").mirror()  # and the next start ends it
    assert state_of(places).units == before.units
    assert n_lines(places.local) <= 40
