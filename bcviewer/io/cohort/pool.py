"""Runs read by a pool of processes, which goes on when one of them is killed."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass

from bcviewer.core.cohort.run_columns import RunRow
from bcviewer.io.cohort.read_one import failed_row, read_one
from bcviewer.io.cohort.to_read import ToRead

ReadOne = Callable[[ToRead], RunRow]

_AHEAD = 2
"""Runs that are handed out for each process: one more than it reads, so that none waits."""


@dataclass(frozen=True, slots=True)
class Pool:
    """Reads runs in processes of this machine.

    A killed process ends the whole pool, and nobody can say which run it was at. So the pool is
    made again, and those that were handed out are read again one by one: a run that takes its
    process with it then, alone, is a failed one.

    Attributes
    ----------
    jobs : int
        How many processes. On a network drive, where each waits for answers most of the time,
        more than there are processors.
    read : callable
        Reads one run; a function of a module, which other processes can import.
    """

    jobs: int
    read: ReadOne = read_one

    def __call__(self, tasks: Sequence[ToRead]) -> Iterator[RunRow]:
        """Yield the row of each run, in any order.

        Raises
        ------
        UserError
            If the cohort cannot be written.
        """
        waiting = deque(tasks)
        while waiting:
            suspects: list[ToRead] = []
            yield from self._until_broken(waiting, suspects)
            yield from self._one_by_one(suspects)

    def _until_broken(self, waiting: deque[ToRead], suspects: list[ToRead]) -> Iterator[RunRow]:
        """Read until nothing waits, or a process was killed: then some are suspects."""
        jobs = min(self.jobs, len(waiting))
        handed: dict[Future[RunRow], ToRead] = {}
        with _executor(jobs) as pool:
            while waiting or handed:
                try:
                    while waiting and len(handed) < _AHEAD * jobs:
                        handed[pool.submit(self.read, waiting[0])] = waiting[0]
                        waiting.popleft()
                    done, _ = wait(handed, return_when=FIRST_COMPLETED)
                    for future in done:
                        row = future.result()
                        del handed[future]
                        yield row
                except BrokenProcessPool:
                    break
                except BaseException:
                    pool.shutdown(wait=False, cancel_futures=True)
                    raise
        for future, task in handed.items():
            if future.exception() is None:
                yield future.result()
            else:
                suspects.append(task)

    def _one_by_one(self, suspects: Sequence[ToRead]) -> Iterator[RunRow]:
        """Read runs alone, each of which may kill its process."""
        left = deque(suspects)
        while left:
            with _executor(1) as pool:
                try:
                    while left:
                        row = pool.submit(self.read, left[0]).result()
                        left.popleft()
                        yield row
                except BrokenProcessPool:
                    yield failed_row(left.popleft(), "the process that read it was killed, twice")


def _executor(jobs: int) -> ProcessPoolExecutor:
    # Not forked: a process that is forked from one with threads may wait for ever.
    started = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(jobs, mp_context=started, initializer=_begin)


def _begin() -> None:
    """Leave Ctrl+C to the process that asks, and end when that one has ended."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
