"""Jobs end in their order, each in full, and none waits for one whose place does not answer."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Iterator
from typing import Any

import pytest

from bcviewer.app.threads import jobs as jobs_module
from bcviewer.app.threads import worker
from bcviewer.app.threads.jobs import Jobs
from bcviewer.app.threads.worker import Control, close_all


@pytest.fixture
def jobs(qapp: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Jobs]:
    monkeypatch.setattr(worker, "STUCK_S", 0.05)
    monkeypatch.setattr(worker, "WATCH_MS", 10)
    jobs = Jobs()
    yield jobs
    assert close_all([jobs], 20)


def test_they_end_in_their_order(qtbot: Any, jobs: Jobs) -> None:
    ended: list[str] = []
    jobs.finished.connect(lambda outcome: ended.append(outcome.value))
    for i in range(20):
        jobs.submit("export", lambda _, i=i: f"{i}", "H:/x")
    qtbot.waitUntil(lambda: not jobs.busy, timeout=20_000)
    assert ended == [f"{i}" for i in range(20)]


def test_one_that_hangs_is_passed_and_told_when_it_ends(qtbot: Any, jobs: Jobs) -> None:
    ended: list[str] = []
    jobs.finished.connect(lambda outcome: ended.append(outcome.tag))
    go = threading.Event()
    jobs.submit("far", lambda _: go.wait(30), "H:/x")
    for name in ("near", "next"):
        jobs.submit(name, lambda _: None, "C:/y")
    qtbot.waitUntil(lambda: len(ended) == 2, timeout=20_000)
    assert ended == ["near", "next"]
    assert jobs.busy
    go.set()
    qtbot.waitUntil(lambda: not jobs.busy, timeout=20_000)
    assert ended == ["near", "next", "far"]


def test_one_that_goes_on_is_waited_for(qtbot: Any, jobs: Jobs) -> None:
    ended: list[str] = []
    jobs.finished.connect(lambda outcome: ended.append(outcome.tag))
    enough = threading.Event()

    def slow(control: Control) -> None:
        while not enough.wait(0.001):
            control.check()

    jobs.submit("slow", slow, "H:/x")
    jobs.submit("next", lambda _: None, "C:/y")
    qtbot.wait(120)
    assert ended == []
    enough.set()
    qtbot.waitUntil(lambda: not jobs.busy, timeout=20_000)
    assert ended == ["slow", "next"]


def test_there_is_a_bound_and_cancel_forgets_all(
    qtbot: Any, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs_module, "MOST", 3)
    go, begun, ended = threading.Event(), threading.Semaphore(0), []
    jobs.finished.connect(lambda outcome: ended.append(str(outcome.error)))

    def hang(_: Control) -> None:
        begun.release()
        assert go.wait(30)

    for _ in range(9):
        jobs.submit("far", hang, "H:/x")
    for _ in range(3):
        qtbot.waitUntil(lambda: begun.acquire(blocking=False), timeout=20_000)
    qtbot.wait(150)
    assert not begun.acquire(blocking=False)
    jobs.cancel()
    assert not jobs.busy
    assert len(ended) == 3
    assert all("H:/x has not answered" in text for text in ended)
    go.set()


def test_what_is_written_is_known_by_its_name_until_it_is(qtbot: Any, jobs: Jobs) -> None:
    go = threading.Event()
    jobs.submit("report", lambda _: go.wait(30), "C:/x", "a.html")
    jobs.submit("plan", lambda _: None, "C:/x")
    jobs.submit("export", lambda _: None, "C:/x", "b.csv")
    assert jobs.writing == ("a.html", "b.csv")
    go.set()
    qtbot.waitUntil(lambda: not jobs.busy, timeout=20_000)
    assert jobs.writing == ()


def test_what_a_job_knew_does_not_outlive_it(qtbot: Any, jobs: Jobs) -> None:
    """Its work has the sheet of its recording: that is kept by no job that is done."""

    class Sheet:
        pass

    sheet = Sheet()
    there = weakref.ref(sheet)
    jobs.submit("export", lambda _, sheet=sheet: None, "C:/x", "a.csv")
    del sheet
    qtbot.waitUntil(lambda: not jobs.busy, timeout=20_000)
    gc.collect()  # a job and what it reports by know each other
    assert there() is None
