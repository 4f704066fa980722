"""The worker thread: newest wins, stale results are dropped, nothing is left running."""

from __future__ import annotations

import gc
import re
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QThread
from qt_fixtures import WAIT_MS, settle

from bcviewer.app.threads import worker as worker_module
from bcviewer.app.threads.job_thread import left_alone
from bcviewer.app.threads.worker import Control, Outcome, Progress, Worker
from bcviewer.errors import CancelledError, UserError

MakeWorker = Callable[[], Worker]


def outcomes_of(worker: Worker) -> list[Outcome]:
    out: list[Outcome] = []
    worker.finished.connect(out.append)
    return out


def test_result_and_progress_arrive_on_the_main_thread(qtbot: Any, make_worker: MakeWorker) -> None:
    worker = make_worker()
    seen: list[tuple[Progress, bool]] = []
    main = QCoreApplication.instance().thread()
    worker.progressed.connect(lambda p: seen.append((p, QThread.currentThread() is main)))
    ran_in: list[object] = []

    def work(control: Control) -> int:
        ran_in.append(threading.get_ident())
        control.progress(0.25, "a quarter")
        return 42

    with qtbot.waitSignal(worker.finished, timeout=WAIT_MS) as done:
        worker.submit("sum", work)
        assert worker.busy
    assert done.args == [Outcome("sum", 42, None)]
    assert seen == [(Progress("sum", 0.25, "a quarter"), True)]
    assert ran_in != [threading.get_ident()]
    assert not worker.busy


@pytest.mark.parametrize("error", [UserError("no such file"), ZeroDivisionError("odd")])
def test_an_error_is_delivered(qtbot: Any, make_worker: MakeWorker, error: Exception) -> None:
    worker = make_worker()

    def work(_: Control) -> None:
        raise error

    with qtbot.waitSignal(worker.finished, timeout=WAIT_MS) as done:
        worker.submit("load", work)
    assert done.args[0] == Outcome("load", None, error)
    with qtbot.waitSignal(worker.finished, timeout=WAIT_MS) as done:  # and the thread still works
        worker.submit("again", lambda _: "fine")
    assert done.args[0].value == "fine"


@pytest.mark.parametrize("fails", [False, True])
def test_what_a_job_held_goes_with_it(qtbot: Any, make_worker: MakeWorker, fails: bool) -> None:
    """Without the collector: what was frozen while a job ran would stay to the end."""

    class Held:
        pass

    held = Held()
    gone, worker = weakref.ref(held), make_worker()

    def work(control: Control, held: Held = held) -> None:
        control.at("")
        control.progress(0.5, "half")
        if fails:
            raise UserError("no such file")

    gc.disable()
    try:
        with qtbot.waitSignal(worker.finished, timeout=WAIT_MS) as done:
            worker.submit("load", work)
        del work, held
        done.args.clear()
        worker.submit("next", lambda _: None)
        qtbot.waitUntil(lambda: gone() is None, timeout=WAIT_MS)
    finally:
        gc.enable()


def test_newest_wins_and_the_stale_result_is_dropped(qtbot: Any, make_worker: MakeWorker) -> None:
    worker = make_worker()
    started, release = threading.Event(), threading.Event()
    outcomes, steps = outcomes_of(worker), []
    worker.progressed.connect(steps.append)

    def deaf(control: Control) -> str:
        report = control._report
        started.set()
        release.wait(20)
        report(0.9, "stale")  # deaf: it does not ask whether it was cancelled
        return "old"

    worker.submit("old", deaf)
    assert started.wait(20)
    worker.submit("new", lambda _: "new")
    assert [o.tag for o in outcomes] == ["old"]
    assert isinstance(outcomes[0].error, CancelledError)
    release.set()
    qtbot.waitUntil(lambda: len(outcomes) == 2, timeout=WAIT_MS)
    settle()
    assert outcomes[1:] == [Outcome("new", "new")]
    assert steps == []


def test_a_job_that_was_superseded_while_it_waited_never_runs(
    qtbot: Any, make_worker: MakeWorker
) -> None:
    worker = make_worker()
    started, release = threading.Event(), threading.Event()
    ran: list[str] = []

    def first(_: Control) -> None:
        started.set()
        release.wait(20)

    worker.submit("first", first)
    assert started.wait(20)
    worker.submit("second", lambda _: ran.append("second"))
    with qtbot.waitSignal(
        worker.finished, timeout=WAIT_MS, check_params_cb=lambda o: o.tag == "third"
    ):
        worker.submit("third", lambda _: ran.append("third"))
        release.set()
    assert ran == ["third"]


def test_cancel_tells_the_owner_at_once_and_the_job_soon(
    qtbot: Any, make_worker: MakeWorker
) -> None:
    worker = make_worker()
    outcomes = outcomes_of(worker)
    started, ended = threading.Event(), threading.Event()

    def work(control: Control) -> None:
        started.set()
        try:
            while True:
                control.check()
        finally:
            ended.set()

    worker.submit("long", work)
    assert started.wait(20)
    worker.cancel()
    assert not worker.busy
    assert isinstance(outcomes[0].error, CancelledError)
    assert ended.wait(20)
    settle()
    assert len(outcomes) == 1
    worker.cancel()  # nothing is under way: nothing to say
    assert len(outcomes) == 1


def test_progress_raises_in_a_cancelled_job() -> None:
    reports: list[tuple[float, str]] = []
    control = Control(lambda *args: reports.append(args))
    control.progress(0.5, "half")
    control.cancel()
    assert control.cancelled()
    with pytest.raises(CancelledError):
        control.progress(0.6, "more")
    assert reports == [(0.5, "half")]


def test_close_while_running_waits_and_says_nothing(make_worker: MakeWorker) -> None:
    worker = make_worker()
    outcomes = outcomes_of(worker)
    started, ended = threading.Event(), threading.Event()

    def work(control: Control) -> None:
        started.set()
        while not control.cancelled():
            pass
        ended.set()

    worker.submit("long", work)
    assert started.wait(20)
    worker.close()
    assert ended.is_set()
    assert not worker._thread.alive
    settle()
    assert outcomes == []
    worker.close()


def test_close_before_the_thread_ever_ran(make_worker: MakeWorker) -> None:
    worker = make_worker()
    worker.close()
    assert not worker._thread.alive


def test_a_newer_job_of_the_same_tag_is_no_cancellation(
    qtbot: Any, make_worker: MakeWorker
) -> None:
    worker = make_worker()
    outcomes = outcomes_of(worker)
    worker.submit("load", lambda _: "first")
    with qtbot.waitSignal(worker.finished, timeout=WAIT_MS):
        worker.submit("load", lambda _: "second")
    settle()
    assert outcomes == [Outcome("load", "second")]


def test_the_owner_of_an_overtaken_job_hears_it_while_the_worker_is_busy(
    qtbot: Any, make_worker: MakeWorker
) -> None:
    worker = make_worker()
    busy: list[tuple[str, bool]] = []
    worker.finished.connect(lambda o: busy.append((o.tag, worker.busy)))
    worker.submit("export", lambda _: None)
    worker.submit("load", lambda _: None)
    qtbot.waitUntil(lambda: len(busy) == 2, timeout=WAIT_MS)
    assert busy == [("export", True), ("load", False)]


# -- a drive that never answers --------------------------------------------------------------


class Hanging:
    """Work that hangs until it is let go."""

    def __init__(self) -> None:
        self.began, self.go = threading.Event(), threading.Event()

    def __call__(self, _: Control) -> str:
        self.began.set()
        assert self.go.wait(30)
        return "late"


@pytest.fixture
def hanging() -> Iterator[Hanging]:
    made = Hanging()
    yield made
    made.go.set()
    until = time.monotonic() + 20
    while left_alone() and time.monotonic() < until:
        time.sleep(0.001)  # a thread that ends on its own: there is no signal


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_module, "STUCK_S", 0.05)
    monkeypatch.setattr(worker_module, "WATCH_MS", 20)


def test_the_next_job_does_not_queue_behind_one_that_hangs(
    qtbot: Any, make_worker: MakeWorker, hanging: Hanging
) -> None:
    worker = make_worker()
    outcomes = outcomes_of(worker)
    worker.submit("load", hanging, "H:/x")
    assert hanging.began.wait(20)
    worker.submit("load", lambda _: "local", "C:/y")
    qtbot.waitUntil(lambda: bool(outcomes), timeout=WAIT_MS)
    assert outcomes == [Outcome("load", "local")]
    hanging.go.set()
    worker.close()
    settle()
    assert outcomes == [Outcome("load", "local")]  # what comes late is dropped


def test_the_silent_place_is_named_and_cancel_leaves_it(
    qtbot: Any, make_worker: MakeWorker, hanging: Hanging, impatient: None
) -> None:
    worker = make_worker()
    outcomes, told = outcomes_of(worker), []
    worker.progressed.connect(told.append)
    worker.submit("load", hanging, "H:/x")
    qtbot.waitUntil(lambda: len(told) > 1, timeout=WAIT_MS)
    assert re.fullmatch(r"H:/x has not answered for \d+ s; Cancel leaves it", told[-1].text)
    worker.cancel()
    assert not worker.busy
    assert re.fullmatch(r"H:/x has not answered for \d+ s", str(outcomes[0].error))
    assert isinstance(outcomes[0].error, CancelledError)
    n = len(told)
    qtbot.wait(60)
    assert len(told) == n


def test_what_waits_for_no_drive_is_not_called_silent_and_what_was_said_is_taken_back(
    qtbot: Any, make_worker: MakeWorker, hanging: Hanging, impatient: None
) -> None:
    worker = make_worker()
    told: list[Progress] = []
    worker.progressed.connect(told.append)
    answers = Hanging()

    def work(control: Control) -> str:
        answers(control)
        control.at("")
        return hanging(control)

    worker.submit("load", work, "H:/x")
    qtbot.waitUntil(lambda: "H:/x has not answered" in worker.silence, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: bool(told), timeout=WAIT_MS)  # it is told in time, asked at once
    answers.go.set()
    assert hanging.began.wait(20)
    assert worker.silence == "", "at once, whenever somebody asks"
    qtbot.waitUntil(lambda: told[-1] == Progress("load", 0.0, ""), timeout=WAIT_MS)
    n = len(told)
    qtbot.waitUntil(lambda: worker.silent_s > 2 * worker_module.STUCK_S, timeout=WAIT_MS)
    assert (len(told), worker.silence) == (n, "")
    outcomes = outcomes_of(worker)
    worker.submit("load", lambda _: "next", "H:/x")
    qtbot.waitUntil(lambda: bool(outcomes), timeout=WAIT_MS)
    assert outcomes == [Outcome("load", "next")], "it does not queue behind it"


def test_work_that_goes_on_is_not_called_silent(
    qtbot: Any, make_worker: MakeWorker, impatient: None
) -> None:
    worker = make_worker()
    told: list[Progress] = []
    worker.progressed.connect(told.append)

    before, after = [time.monotonic()], []

    def slow(control: Control) -> None:
        for _ in range(100):
            now = time.monotonic()
            control.check()
            before.append(now)
            after.append(time.monotonic())
            time.sleep(0.002)

    with qtbot.waitSignal(worker.finished, timeout=WAIT_MS):
        worker.submit("load", slow, "H:/x")
    after.append(time.monotonic())
    silent = max(until - since for since, until in zip(before, after, strict=True))
    # A machine that does something else may well have kept it silent.
    assert told == [] or silent >= worker_module.STUCK_S
    assert after[-1] - before[0] > 2 * worker_module.STUCK_S, "by the whole of its time it would be"


def test_all_workers_together_close_within_one_time(make_worker: MakeWorker) -> None:
    drives = [Hanging() for _ in range(4)]
    workers = [make_worker() for _ in drives]
    for worker, hanging in zip(workers, drives, strict=True):
        worker.submit("x", hanging, "H:/x")
        assert hanging.began.wait(20)
    start = time.monotonic()
    assert not worker_module.close_all(workers, 0.2)
    assert time.monotonic() - start < 0.7
    for hanging in drives:
        hanging.go.set()
    assert worker_module.close_all(workers, 20)
    settle()


def test_a_closed_worker_takes_no_job(make_worker: MakeWorker) -> None:
    worker = make_worker()
    worker.close()
    worker.submit("x", lambda _: None)
    assert not worker.busy
    assert not worker._thread.alive


def test_a_worker_that_nobody_closed_ends_its_thread(qapp: Any) -> None:
    """Seen: what the thread held was connected, and went in the thread while Qt was at it, too."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)  # the two meet within some hundred rounds
    try:
        for _ in range(500):
            worker, began = Worker("lost"), threading.Event()
            worker.submit("x", lambda _, began=began: began.set())
            assert began.wait(20)
            threads = [t for t in threading.enumerate() if t.name == "lost"]
            del worker
            gc.collect(0)
            for thread in threads:
                thread.join(20)
                assert not thread.is_alive()
    finally:
        sys.setswitchinterval(before)
