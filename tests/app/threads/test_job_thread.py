"""Threads that are left alone: replaced, counted, bounded, and gone when their call comes back."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from bcviewer.app.threads import job_thread
from bcviewer.app.threads.job_thread import JobThread, Task, left_alone


class Drive:
    """Calls that hang until it is let go."""

    def __init__(self, place: str = "H:/x") -> None:
        self.place = place
        self.go = threading.Event()
        self.hanging = threading.Semaphore(0)

    def task(self) -> Task:
        def run() -> None:
            self.hanging.release()
            assert self.go.wait(30)

        return Task(run, self.place)


@pytest.fixture
def drive() -> Iterator[Drive]:
    drive = Drive()
    yield drive
    drive.go.set()
    until = time.monotonic() + 20
    while left_alone() and time.monotonic() < until:
        time.sleep(0.001)  # threads that end on their own: there is no signal
    assert left_alone() == 0


@pytest.fixture
def thread() -> Iterator[JobThread]:
    thread = JobThread("test")
    yield thread
    thread.end()
    assert thread.join(time.monotonic() + 20)


def hang(thread: JobThread, drive: Drive) -> None:
    thread.give(drive.task())
    assert drive.hanging.acquire(timeout=20)


def test_work_elsewhere_does_not_wait_for_a_call_that_hangs(
    thread: JobThread, drive: Drive
) -> None:
    hang(thread, drive)
    ran = threading.Event()
    thread.give(Task(ran.set, "C:/local"))
    assert thread.waits
    assert thread.leave()
    assert ran.wait(20)
    assert (left_alone(), left_alone("H:/x"), left_alone("C:/local")) == (1, 1, 0)
    drive.go.set()


def test_what_cannot_hang_is_not_left_alone(thread: JobThread, drive: Drive) -> None:
    drive.place = ""
    hang(thread, drive)
    thread.give(Task(lambda: None, "C:/local"))
    assert not thread.leave()
    assert left_alone() == 0
    drive.go.set()


def test_the_same_place_is_asked_again_later_and_a_few_times_only(
    thread: JobThread, drive: Drive, monkeypatch: pytest.MonkeyPatch
) -> None:
    hang(thread, drive)
    thread.give(drive.task())
    assert not thread.leave()  # it may answer in a moment
    monkeypatch.setattr(job_thread, "LEAVE_S", 0.0)
    for _ in range(job_thread.MOST_AT_A_PLACE):
        assert thread.leave()
        assert drive.hanging.acquire(timeout=20)
        thread.give(drive.task())
    for _ in range(50):
        thread.give(drive.task())
        assert not thread.leave()
    assert left_alone("H:/x") == job_thread.MOST_AT_A_PLACE
    ran = threading.Event()
    thread.give(Task(ran.set, "C:/local"))
    assert thread.leave()
    assert ran.wait(20)


def test_there_is_a_bound_for_all_places_together(
    thread: JobThread, drive: Drive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_thread, "MOST_LEFT", 2)
    drives = [Drive(f"H:/{i}") for i in range(4)]
    hang(thread, drives[0])
    for other, left in zip(drives[1:], (True, True, False), strict=True):
        thread.give(other.task())
        assert thread.leave() is left
        assert other.hanging.acquire(timeout=20) is left if left else True
    assert left_alone() == 2
    for other in drives:
        other.go.set()


def test_silence_is_one_call_that_does_not_come_back(thread: JobThread, drive: Drive) -> None:
    assert thread.silent_s() == 0
    hang(thread, drive)
    beats = [0]
    thread.silent_s()
    time.sleep(0.02)
    assert thread.silent_s() >= 0.02
    drive.go.set()
    going = threading.Event()

    def busy() -> None:  # a long loop over a slow drive, within one and the same line
        going.set()
        drive.hanging.acquire()

    thread.give(Task(busy, "H:/x", lambda: beats[0]))
    assert going.wait(20)
    for _ in range(3):
        beats[0] += 1
        assert thread.silent_s() == 0
    drive.hanging.release()


def test_closing_takes_no_longer_than_it_may(thread: JobThread, drive: Drive) -> None:
    hang(thread, drive)
    thread.end()
    start = time.monotonic()
    assert not thread.join(start + 0.05)
    assert time.monotonic() - start < 2
    ran: list[int] = []
    thread.give(Task(lambda: ran.append(1)))
    drive.go.set()
    assert thread.join(time.monotonic() + 20)
    assert ran == []
