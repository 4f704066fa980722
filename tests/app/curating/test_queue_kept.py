"""A review queue between two sessions: what it hides is hidden until it is read, and no longer."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from phy_recordings import merge, write_sorted
from qt_fixtures import WAIT_MS, write_recording

import bcviewer.app.curating.open_journals as module
from bcviewer.app.opening import opening
from bcviewer.app.prefs import data_folder
from bcviewer.app.session import Session
from bcviewer.app.threads import worker
from bcviewer.app.threads.waiting import wait_until
from bcviewer.core.rules.labels import Label
from bcviewer.core.sheet.queue import QueueSpec
from bcviewer.errors import UserError
from bcviewer.io import names
from bcviewer.io.journal import queue_file
from bcviewer.io.journal.recording_key import recording_key

N = 8
BLIND = QueueSpec("random", 3, seed=7, blind=True)
COLUMNS: dict[str, Any] = {"presenceRatio": [1.0, 0.6, 1.0, 0.5, 1.0, 0.4, 1.0, 0.3]}
Make = Callable[[], Session]


@pytest.fixture
def make(qapp: Any, no_leaks: None) -> Iterator[Make]:
    """Return a function that starts a session."""
    made: list[Session] = []

    def started() -> Session:
        made.append(Session())
        return made[-1]

    yield started
    for session in made:
        session.close()


@pytest.fixture
def ks_dir(make: Make, tmp_path: Path) -> Path:
    """Return a recording of which a blind review is on, in a session that is over."""
    folder = write_recording(tmp_path / "ks", COLUMNS)
    session = opened(make(), folder)
    session.set_queue(BLIND)
    session.close()
    return folder


def opened(session: Session, folder: Path) -> Session:
    session.open(folder)
    assert session.wait_idle(WAIT_MS)
    return session


def hidden(session: Session) -> list[int]:
    return [] if session.scene.book is None else session.scene.book.hidden_rows().tolist()


def sealed(session: Session, folder: Path, monkeypatch: pytest.MonkeyPatch, key: Any) -> None:
    """Open a recording; the journals' thread is at ``key`` then, and nothing is known."""
    monkeypatch.setattr(module, "recording_key", key)
    session.open(folder)
    assert wait_until(lambda: session.table is not None, session.changed, WAIT_MS)
    assert hidden(session) == list(range(N))


class Held:
    """What the journals are known by, once it is let go; or an error."""

    def __init__(self, error: Exception | None = None) -> None:
        self.go, self._error = threading.Event(), error

    def __call__(self, run: Any) -> Any:
        self.go.wait(30)
        if self._error is not None:
            raise self._error
        return None


def test_what_is_not_known_is_hidden_until_reading_is_given_up(
    make: Make, ks_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "STUCK_S", 0.1)
    monkeypatch.setattr(worker, "WATCH_MS", 20)
    session, held, told = make(), Held(), []
    session.curation.progressed.connect(told.append)
    sealed(session, ks_dir, monkeypatch, held)
    assert wait_until(lambda: bool(told), session.curation.progressed, WAIT_MS)
    session.cancel()
    assert hidden(session) == []
    assert session.table.labels[0] == Label.GOOD
    held.go.set()
    session.set_label(Label.MUA)  # of what could not be read nothing is said, hidden or not
    assert session.table.manual.n_labels == 0
    monkeypatch.setattr(module, "recording_key", recording_key)
    opened(session, ks_dir)  # F5
    assert len(hidden(session)) == 3


@pytest.mark.parametrize("error", [UserError("the drive is gone."), ZeroDivisionError("a defect")])
def test_or_until_it_fails(
    qtbot: Any, make: Make, ks_dir: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    session, held, told = make(), Held(error), []
    session.failed.connect(told.append)
    sealed(session, ks_dir, monkeypatch, held)
    with qtbot.captureExceptions() as errors:
        held.go.set()
        assert session.wait_idle(WAIT_MS)
    assert len(errors) == isinstance(error, ZeroDivisionError)
    why = "the drive is gone" if isinstance(error, UserError) else "the labels were not read"
    assert told[-1].message == f"The blind review could not be brought back: {why}."
    assert hidden(session) == []
    assert session.table.labels[0] == Label.GOOD


def later(go: threading.Event) -> Callable[[Any], Any]:
    """Return what reads the journals' key once it is let go."""

    def read(run: Any) -> Any:
        go.wait(30)
        return recording_key(run)

    return read


def test_a_queue_that_began_before_the_journals_were_read_is_kept(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is in the file is older than it, and does not come back."""
    folder = write_recording(tmp_path / "ks", COLUMNS)
    first = opened(make(), folder)
    first.set_queue(QueueSpec("attention", 2))
    first.close()
    session, go = make(), threading.Event()
    monkeypatch.setattr(module, "recording_key", later(go))
    session.open(folder)
    assert wait_until(lambda: session.table is not None, session.changed, WAIT_MS)
    session.set_queue(BLIND)
    go.set()
    assert session.wait_idle(WAIT_MS)
    assert session.scene.review.spec == BLIND
    opened(session, folder)  # F5
    assert session.scene.review.spec == BLIND
    assert len(hidden(session)) == 3
    session.close()
    assert opened(make(), folder).scene.review.spec == BLIND


def test_of_what_is_sealed_no_queue_is_drawn(
    make: Make, ks_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, go, told = make(), threading.Event(), []
    session.notice.connect(told.append)
    sealed(session, ks_dir, monkeypatch, later(go))
    session.set_queue(QueueSpec("random", 4, seed=9))
    assert "Try again when the labels are read." in told[-1]
    assert session.scene.review is None
    go.set()
    assert session.wait_idle(WAIT_MS)
    assert session.scene.review.spec == BLIND


def test_through_a_link_it_is_the_same_recording(
    make: Make, ks_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = tmp_path / "link"
    link.symlink_to(ks_dir.parent)
    session, held = make(), Held(UserError("the drive is gone."))
    sealed(session, link / "ks", monkeypatch, held)
    held.go.set()
    assert session.wait_idle(WAIT_MS)


def test_a_review_that_begins_while_it_is_read_again_shows_nothing_either(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_recording(tmp_path / "ks", COLUMNS)
    session, told = opened(make(), folder), []
    monkeypatch.setattr(opening, "sealed", lambda table, *_: table)  # there was none by then
    session.reload()
    session.set_queue(BLIND)
    queue = set(session.scene.queue.tolist())
    session.changed.connect(lambda _, scene: told.append(set(scene.book.hidden_rows().tolist())))
    assert session.wait_idle(WAIT_MS)
    assert told
    assert all(rows >= queue for rows in told)
    assert set(hidden(session)) == queue


class HangingHome:
    """A home on a drive that does not answer until it is let go."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.began, self.go, self.threads = threading.Event(), threading.Event(), set()
        self._write = queue_file.write_queue
        monkeypatch.setattr(queue_file, "write_queue", self)

    def __call__(self, path: Path, text: str) -> None:
        self.threads.add(threading.current_thread().name)
        self.began.set()
        assert self.go.wait(30)
        self._write(path, text)


def test_a_home_that_does_not_answer_holds_up_nobody(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_recording(tmp_path / "ks", COLUMNS)
    session, home = opened(make(), folder), HangingHome(monkeypatch)
    session.set_queue(BLIND)
    assert home.began.wait(30)
    assert home.threads == {"queue"}
    queue = session.scene.queue.tolist()
    opened(session, folder)  # F5: what is not on the disk is kept all the same
    assert session.scene.queue.tolist() == queue
    assert hidden(session) == sorted(queue)
    session.viewing.rows.reveal()
    opened(session, folder)
    assert hidden(session) == []
    assert session.scene.queue.tolist() == queue
    home.go.set()
    session.close()  # waits for what is owed
    assert hidden(opened(make(), folder)) == []


def test_where_it_cannot_be_written_is_said(qtbot: Any, make: Make, tmp_path: Path) -> None:
    session, told = opened(make(), write_recording(tmp_path / "ks", COLUMNS)), []
    session.notice.connect(told.append)
    folder = session.saying.queues.folder
    folder.parent.mkdir(exist_ok=True)
    folder.write_text("a file")
    with qtbot.waitSignal(session.saying.kept_queue.writer.failed, timeout=WAIT_MS):
        session.set_queue(BLIND)
    assert "The review queue ends with the program" in told[-1]
    session.set_queue(None)
    opened(session, tmp_path / "ks")
    assert len(hidden(session)) == 3  # of this program it is


def test_over_a_re_read_that_fails_the_queue_stays(
    make: Make, ks_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, held = opened(make(), ks_dir), Held(UserError("the drive is gone."))
    queue, run = session.scene.queue.tolist(), session.scene.run
    monkeypatch.setattr(module, "recording_key", held)
    session.open(ks_dir)  # F5
    assert wait_until(lambda: session.scene.run is not run, session.changed, WAIT_MS)
    assert hidden(session) == list(range(N))
    held.go.set()
    assert session.wait_idle(WAIT_MS)
    assert session.scene.queue.tolist() == queue
    assert hidden(session) == sorted(queue)


@pytest.mark.parametrize("kind", ["torn", "pipe", "other units"])
def test_a_file_that_is_no_queue_is_told_of(make: Make, ks_dir: Path, kind: str) -> None:
    file = next((data_folder() / names.QUEUES).glob("*.json"))
    text = file.read_text()
    file.unlink()
    if kind == "pipe":
        os.mkfifo(file)
    else:
        other = re.sub(r'"ids":.*]', '"ids":[991,992]', text)
        file.write_text(text[:40] if kind == "torn" else other)
    session, told = make(), []
    session.failed.connect(told.append)
    opened(session, ks_dir)
    assert told[-1].message.startswith(f"The review queue could not be brought back: {file}: ")
    assert ("no file of ours" in told[-1].message) == (kind == "pipe")
    assert "Verdicts are shown." in told[-1].hint


def opened_at(session: Session, folder: Path, unit: int | None = None) -> Session:
    session.open(folder, unit=unit)
    assert session.wait_idle(WAIT_MS)
    return session


def leave(session: Session) -> None:
    """Close a session as a window does."""
    session.stage.leaving.emit(True)
    session.close()


def ids_shown(session: Session) -> list[int]:
    return session.table.ids.ids_of(session.view.rows).tolist()


@pytest.mark.parametrize("how", ["read again", "later", "asked for"])
@pytest.mark.parametrize("every", [False, True])
def test_who_left_a_queue_at_what_phy_made_is_there_again(
    make: Make, as_people_open: None, tmp_path: Path, how: str, every: bool
) -> None:
    """What phy made is known later than the queue; seen: the first one without a label."""
    folder = write_sorted(tmp_path / "rec" / "kilosort4_A", N)
    if every:
        write_sorted(tmp_path / "rec" / "kilosort4_B", 6)
    merge(folder, [0, 1], 10)
    merge(folder, [2, 3], 11)
    session, said = opened_at(make(), tmp_path / "rec"), []
    session.set_queue(QueueSpec())
    assert session.go_to_id(10)
    before = ids_shown(session)
    if how == "read again":
        session.reload()
        assert session.wait_idle(WAIT_MS)
    else:
        leave(session)
        session = make()
        session.notice.connect(said.append)
        opened_at(session, tmp_path / "rec", 10 if how == "asked for" else None)
    assert (session.current_id(), sorted(ids_shown(session))) == (10, sorted(before))
    assert session.scene.review.on
    assert not any("is kept" in words for words in said)


def test_who_left_a_queue_at_a_unit_that_is_gone_is_at_the_first_that_is_to_be_reviewed(
    make: Make, tmp_path: Path
) -> None:
    folder = write_sorted(tmp_path / "kilosort4_A", N)
    before = np.load(folder / names.SPIKE_CLUSTERS)
    merge(folder, [6, 7], 10)
    session = opened(make(), folder)
    session.set_queue(QueueSpec())
    session.prefs.set_advance(False)
    first = ids_shown(session)[0]
    session.set_label(Label.GOOD)
    assert session.go_to_id(10)
    leave(session)
    np.save(folder / names.SPIKE_CLUSTERS, before)
    session = opened(make(), folder)
    assert session.scene.review.missing == (10,)
    assert session.current_id() == ids_shown(session)[1]
    assert ids_shown(session)[0] == first


@pytest.mark.parametrize("touched", [True, False])
def test_what_a_queue_finds_again_moves_nothing_under_a_hand(
    make: Make, tmp_path: Path, touched: bool
) -> None:
    """Seen: filtered and sorted anew, another unit the current one, the offered order gone."""
    folder = write_sorted(tmp_path / "kilosort4_A", N)
    before = np.load(folder / names.SPIKE_CLUSTERS)
    merge(folder, [0, 1], 10)
    session = opened(make(), folder)
    session.set_queue(QueueSpec())
    session.close()
    np.save(folder / names.SPIKE_CLUSTERS, before)
    session = opened(make(), folder)
    assert session.scene.review.missing == (10,)
    if touched:
        session.set_filter("phy_state == 'current'")
        assert session.go_to_id(5)
    here, shown, acts = session.current_id(), ids_shown(session), []
    session.viewing.marking.touched.connect(lambda: acts.append(1))
    merge(folder, [0, 1], 10)
    merge(folder, [here, 6], 11)
    session.background.read_phy_again(session.scene.run)  # phy saved
    assert wait_until(lambda: not session.scene.review.missing, session.changed, WAIT_MS)
    assert session.wait_idle(WAIT_MS)
    assert session.current_id() == here
    assert ids_shown(session) == (shown if touched else [*shown, 10])
    assert session.scene.arrived.reorders == touched
    assert not acts
