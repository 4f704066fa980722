"""Proposed merges go on with the units as they are read again, also where that is told later."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from factories import sheet_of
from phy_recordings import write_sorted
from PySide6.QtCore import QTimer
from qt_fixtures import WAIT_MS

from bcviewer.app.curating.merging import ENDED, NONE_OPEN, MergesRead
from bcviewer.app.session import Session
from bcviewer.core.curation.merge_queue import ACCEPTED, MergeQueue, ProposedMerge
from bcviewer.core.sheet.book import Book
from bcviewer.io.results.bombcell import read_run
from bcviewer.io.results.find import find_runs

QUEUE = MergeQueue.of("pairs.csv", [ProposedMerge((0, 1)), ProposedMerge((2, 3))])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_sorted(tmp_path / "kilosort4_A", 4)


@pytest.fixture
def session(qapp: Any, no_leaks: None, folder: Path) -> Iterator[Session]:
    made = Session()
    made.open(folder)
    assert made.wait_idle(WAIT_MS)
    yield made
    made.saying.merging.end()
    made.close()


def sorted_anew(folder: Path) -> None:
    """Let another sort be there, whose units have the same ids."""
    shutil.rmtree(folder)
    write_sorted(folder, 4, nSpikes=[9.0, 8.0, 7.0, 6.0])


def told(session: Session) -> list[str]:
    out: list[str] = []
    session.notice.connect(out.append)
    return out


def test_a_file_that_is_read_across_an_f5_is_of_the_run_as_it_is_now(session: Session) -> None:
    """Seen: no unit of a merge was found or highlighted, and Y accepted it."""
    read, words = MergesRead(session.scene.run, QUEUE, (), "key"), told(session)
    session.reload()
    assert session.wait_idle(WAIT_MS)
    merging = session.saying.merging
    assert merging.begin(read) == ""
    assert merging.run is session.scene.run is not read.run
    assert session.selected.tolist() == [0, 1]
    session.set_current(3)
    merging.say(ACCEPTED)
    assert words[-1].startswith("What is highlighted is another unit. Brought back: 0 and 1")
    merging.say(ACCEPTED)
    assert merging.queue.accepted == ((0, 1),)


def test_of_another_sort_in_the_same_place_they_are_over(session: Session, folder: Path) -> None:
    read = MergesRead(session.scene.run, QUEUE, (), "key")
    sorted_anew(folder)
    session.reload()
    assert session.wait_idle(WAIT_MS)
    merging = session.saying.merging
    assert merging.begin(read) == ENDED
    assert (merging.queue, merging.run) == (None, None)


@pytest.mark.parametrize("is_same", [True, False])
def test_a_key_that_comes_before_it_is_told_is_of_the_units_as_they_are(
    session: Session, folder: Path, qtbot: Any, *, is_same: bool
) -> None:
    """Seen: Y in that turn accepted a merge of a run that was left, whose spikes nobody knew."""
    merging, words, done = session.saying.merging, told(session), []
    merging.begin(MergesRead(session.scene.run, QUEUE, (), "key"))
    if not is_same:
        sorted_anew(folder)
    sheet = sheet_of(read_run(find_runs(folder)[0]))

    def act() -> None:
        for row in (2, 3):  # what is told once more in a turn is told in one of its own
            session.set_current(row)
        merging.show()
        session.stage.become(book=Book([sheet]))
        assert session.stage.busy
        merging.say(ACCEPTED)
        done.append((merging.run, None if merging.queue is None else merging.queue.accepted))

    QTimer.singleShot(0, act)
    qtbot.waitUntil(lambda: len(done) == 1, timeout=WAIT_MS)
    if is_same:
        assert done == [(sheet.run, ((0, 1),))]
        assert session.selected.tolist() == [2, 3]
    else:
        assert done == [(None, None)]
        assert words[-1] == ENDED
    merging.end()
    merging.back()
    assert words[-1] == NONE_OPEN
