"""A note that is being written, between two sessions: offered, and of one window only."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from qt_fixtures import WAIT_MS, write_recording

from bcviewer.app.curating import draft_writer
from bcviewer.app.prefs import data_folder
from bcviewer.app.session import Session
from bcviewer.core.curation.draft import Draft
from bcviewer.io.journal.draft_file import draft_path, lock_path, read_drafts, write_drafts
from bcviewer.io.journal.recording_key import recording_key
from bcviewer.io.names import DRAFTS

ENDED = "20260101T000000-1-abcdef"
"""The process that was killed."""
Make = Callable[[], Session]


def offered(session: Session) -> tuple[Draft, ...]:
    """Return the notes that are offered, of whichever recording."""
    return tuple(draft for _, drafts in session.scene.drafts for draft in drafts)


@pytest.fixture
def make(qapp: Any, no_leaks: None) -> Iterator[Make]:
    """Return a function that opens the recording in a session."""
    made: list[Session] = []

    def started(folder: Path) -> Session:
        made.append(Session())
        made[-1].open(folder)
        assert made[-1].wait_idle(WAIT_MS)
        return made[-1]

    yield started
    for session in made:
        session.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_recording(tmp_path / "ks", {"presenceRatio": [1.0, 0.6, 1.0, 0.5]})


def left(session: Session, *drafts: Draft, person: str = "") -> Path:
    """Write what a window that was killed left of the open recording; return where."""
    person = person or session.scene.person
    path = draft_path(data_folder(), recording_key(session.scene.run).primary, person, ENDED)
    write_drafts(path, person, drafts)
    return path


def files() -> list[Path]:
    return sorted((data_folder() / DRAFTS).rglob("*.json"))


def kept(person: str) -> list[tuple[Draft, ...]]:
    return [read_drafts(path, person) for path in files()]


def write(session: Session, text: str, *rows: int) -> None:
    """Type a note."""
    for end in range(1, len(text) + 1):
        session.saying.drafts.typed(text[:end], np.array(rows), session.scene.run)


def test_a_note_is_on_the_disk_while_it_is_typed_and_gone_when_it_is_saved(
    qtbot: Any, make: Any, folder: Path
) -> None:
    session = make(folder)
    write(session, "drifts", 2)
    qtbot.waitUntil(lambda: kept(session.scene.person) == [(Draft((2,), "drifts"),)])
    assert offered(session) == ()  # what is being written is not offered
    assert session.set_note("drifts", np.array([2]))
    qtbot.waitUntil(lambda: not any(map(Path.is_file, (data_folder() / DRAFTS).rglob("*"))))


def test_a_note_that_is_emptied_or_given_up_is_kept_no_longer(
    qtbot: Any, make: Any, folder: Path
) -> None:
    session, rows = make(folder), np.array([1])
    for text in ("x", "xy", ""):
        session.saying.drafts.typed(text, rows, session.scene.run)
    session.saying.drafts.typed("again", np.array([3]), session.scene.run)
    qtbot.waitUntil(lambda: kept(session.scene.person) == [(Draft((3,), "again"),)])


def test_what_a_killed_program_left_is_offered_and_kept_until_it_is_saved(
    qtbot: Any, make: Any, folder: Path
) -> None:
    first = make(folder)
    path = left(first, Draft((2,), "half a thou"), Draft((1,), "of one"))
    first.close()
    session, told = Session(), []
    session.notice.connect(told.append)
    session.open(folder)
    qtbot.waitUntil(lambda: len(offered(session)) == 2, timeout=WAIT_MS)
    assert any("units 1, 2 was not saved when the program ended" in words for words in told)
    session.go_to_id(2)
    assert session.scene.draft == "half a thou"
    qtbot.waitUntil(lambda: len(files()) == 1 and files() != [path])  # it is this window's now
    assert session.set_note("half a thought", np.array([2]))
    assert session.scene.draft == ""
    qtbot.waitUntil(lambda: kept(session.scene.person) == [(Draft((1,), "of one"),)])
    session.close()
    again = make(folder)  # nobody saved the other one
    qtbot.waitUntil(lambda: offered(again) == (Draft((1,), "of one"),), timeout=WAIT_MS)
    again.saying.drafts.typed("", np.array([1]), again.scene.run)  # given up by Esc
    qtbot.waitUntil(lambda: not files())
    assert offered(again) == ()


def test_what_was_saved_before_the_program_ended_is_not_offered(
    qtbot: Any, make: Any, folder: Path
) -> None:
    first = make(folder)
    first.set_note("there", np.array([2]))
    left(first, Draft((2,), "there"))
    first.close()
    session = make(folder)
    qtbot.waitUntil(lambda: not files(), timeout=WAIT_MS)
    assert offered(session) == ()


def test_the_draft_of_another_person_is_left_alone(qtbot: Any, make: Any, folder: Path) -> None:
    session = make(folder)
    theirs = left(session, Draft((2,), "ada's"), person="ada")
    session.close()
    again = make(folder)
    write(again, "mine", 2)
    qtbot.waitUntil(lambda: len(files()) == 2)
    assert read_drafts(theirs, "ada") == (Draft((2,), "ada's"),)
    assert offered(again) == ()
    again.saying.set_person("ada")
    qtbot.waitUntil(lambda: again.scene.draft == "" and len(offered(again)) == 1)
    assert offered(again) == (Draft((2,), "ada's"),)


def test_two_windows_of_a_person_do_not_touch_each_others_drafts(
    qtbot: Any, make: Any, folder: Path
) -> None:
    one = make(folder)
    write(one, "first", 2)
    qtbot.waitUntil(lambda: len(files()) == 1)
    other = make(folder)
    write(other, "second", 2)
    qtbot.waitUntil(lambda: len(files()) == 2)
    assert offered(other) == ()
    other.set_note("second", np.array([2]))
    qtbot.waitUntil(lambda: len(files()) == 1)  # else one is read that goes in that moment
    assert kept(one.scene.person) == [(Draft((2,), "first"),)]


def test_a_file_that_is_none_of_ours_is_one_line_and_the_others_are_offered(
    qtbot: Any, make: Any, folder: Path
) -> None:
    first = make(folder)
    good = left(first, Draft((2,), "half"))
    first.close()
    bad = [good.with_name(good.name.replace(ENDED, name)) for name in ("a", "b", "c")]
    os.mkfifo(bad[0])
    bad[1].symlink_to("/dev/zero")
    bad[2].write_bytes(b"\x00")
    piped = good.with_name(good.name.replace(ENDED, "d"))
    piped.write_bytes(good.read_bytes())
    os.mkfifo(lock_path(piped))  # Qt would wait for it
    session, failed = Session(), []
    session.failed.connect(failed.append)
    session.open(folder)
    qtbot.waitUntil(lambda: offered(session) == (Draft((2,), "half"),), timeout=WAIT_MS)
    assert len(failed) == 1
    assert "(2 more like it)" in failed[0].message
    assert str(bad[0]) in failed[0].message
    assert all(os.path.lexists(path) for path in (*bad, piped))
    session.close()


def test_what_another_window_took_over_meanwhile_is_no_error(
    qtbot: Any, make: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two windows opened after a crash: one lists a file that the other is done with by then."""
    whole = draft_writer.others

    def listed(path: Path) -> Iterator[Path]:
        yield from whole(path)
        path.parent.mkdir(parents=True, exist_ok=True)  # the other one made it
        yield path.with_name(f"{path.name.split('-', 1)[0]}-{ENDED}.json")

    monkeypatch.setattr(draft_writer, "others", listed)
    session, failed = Session(), []
    session.failed.connect(failed.append)
    with qtbot.waitSignal(session.saying.drafts.writer.found, timeout=WAIT_MS):
        session.open(folder)
    session.close()
    assert failed == []
    assert not any(map(Path.is_file, (data_folder() / DRAFTS).rglob("*")))


def test_a_key_waits_for_no_disk(
    qtbot: Any, make: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, goes_on, hangs = make(folder), threading.Event(), threading.Event()
    whole = draft_writer.write_drafts

    def hanging(*what: Any) -> None:
        hangs.set()
        assert goes_on.wait(WAIT_MS / 1000)
        whole(*what)

    monkeypatch.setattr(draft_writer, "write_drafts", hanging)
    write(session, "typed while the disk hangs", 1)
    assert hangs.wait(WAIT_MS / 1000)
    assert files() == []
    goes_on.set()
    qtbot.waitUntil(
        lambda: kept(session.scene.person) == [(Draft((1,), "typed while the disk hangs"),)]
    )


def test_a_draft_that_cannot_be_written_is_said_once(qtbot: Any, make: Any, folder: Path) -> None:
    session, told = make(folder), []
    data_folder().mkdir(exist_ok=True)
    (data_folder() / DRAFTS).write_text("", "utf-8")
    session.notice.connect(told.append)
    write(session, "abc", 1)
    qtbot.waitUntil(lambda: any("kept only once it is saved" in words for words in told))
    write(session, "abcd", 1)
    assert session.set_note("abcd", np.array([1]))  # the journal does not depend on it
    session.close()
    assert sum("kept only once it is saved" in words for words in told) == 1


def test_what_could_not_be_saved_is_kept_when_its_recording_is_left(
    qtbot: Any, make: Any, folder: Path, tmp_path: Path
) -> None:
    session = make(folder)
    run = session.scene.run
    write(session, "half", 2)
    session.labelling.notes.keep("half", np.array([2]), run)
    session.open(write_recording(tmp_path / "other", {"presenceRatio": [1.0]}))
    assert session.wait_idle(WAIT_MS)
    assert kept(session.scene.person) == [(Draft((2,), "half"),)]
    session.open(folder)  # and is saved when that is open again
    assert session.wait_idle(WAIT_MS)
    qtbot.waitUntil(lambda: not files(), timeout=WAIT_MS)
    assert session.table.text("note", 2) == "half"
    assert offered(session) == ()
