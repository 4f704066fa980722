"""A review queue between two sessions: what it hides is hidden until it is read, and no longer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from qt_fixtures import WAIT_MS, write_recording

import bcviewer.app.curating.open_journals as module
from bcviewer.app.session import Session
from bcviewer.app.threads import worker
from bcviewer.app.threads.waiting import wait_until
from bcviewer.core.rules.labels import Label
from bcviewer.core.sheet.queue import QueueSpec
from bcviewer.errors import UserError
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
    session, held = make(), Held(error)
    sealed(session, ks_dir, monkeypatch, held)
    with qtbot.captureExceptions() as errors:
        held.go.set()
        assert session.wait_idle(WAIT_MS)
    assert len(errors) == isinstance(error, ZeroDivisionError)
    assert hidden(session) == []
    assert session.table.labels[0] == Label.GOOD
