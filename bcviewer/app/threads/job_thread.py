"""Threads that can be left alone: what hangs in a dead drive can be neither ended nor awaited.

They are Python threads and daemons, so that the interpreter ends without them. A thread that is
left alone ends by itself when its call comes back; until then it is counted.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

MOST_LEFT = 32
"""No more threads than this are left alone; further work then waits for those there are."""
LEAVE_S = 5.0
"""Work at the same place waits this long, s, for a call that does not come back."""
MOST_AT_A_PLACE = 3
"""…nor more than this at one place: many clicks on a dead folder are not many threads."""


@dataclass(slots=True, eq=False, weakref_slot=True)
class Task:
    """What a thread is to do.

    Attributes
    ----------
    run : callable
        The work. It raises nothing.
    place : str
        The folder or file that it waits for; empty: none, for now.
    beats : callable
        Counts something that grows while the work goes on.
    """

    run: Callable[[], None]
    place: str = ""
    beats: Callable[[], int] = field(default=lambda: 0)
    may_hang: bool = field(init=False)
    """Whether it waits for a place at all: one that was given none is never left alone."""

    def __post_init__(self) -> None:
        self.may_hang = bool(self.place)


class _Hand:
    """One thread and what it does now."""

    def __init__(self, owner: JobThread) -> None:
        self.task: Task | None = None
        self.thread = threading.Thread(
            target=owner._loop, args=(self,), name=owner.name, daemon=True
        )


_left: set[_Hand] = set()
_left_lock = threading.Lock()


def left_alone(place: str | None = None) -> int:
    """Return how many threads were left alone (at a place) and still hang."""
    with _left_lock:
        return sum(place is None or _place(hand) == place for hand in _left)


def _place(hand: _Hand) -> str:
    task = hand.task
    return task.place if task is not None else ""


class JobThread:
    """Does the newest of the tasks it is given, in a thread that is replaced where it hangs.

    Attributes
    ----------
    name : str
        The thread's name.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._wake = threading.Condition()
        self._waiting: Task | None = None
        self._hand: _Hand | None = None
        self._closed = False
        self._mark: tuple[object, ...] = ()
        self._marked = 0.0

    @property
    def alive(self) -> bool:
        """Whether there is a thread, those that were left alone not counted."""
        hand = self._hand
        return hand is not None and hand.thread.is_alive()

    @property
    def place(self) -> str:
        """What the task under way waits for; empty: no drive."""
        hand = self._hand
        return "" if hand is None else _place(hand)

    @property
    def waits(self) -> bool:
        """Whether a task was given that no thread has begun."""
        return self._waiting is not None

    def give(self, task: Task) -> None:
        """Do a task next, in place of one that waits; nothing once it is closed."""
        with self._wake:
            if self._closed:
                return
            self._waiting = task
            self._start()

    def forget(self) -> None:
        """Do not begin what waits."""
        with self._wake:
            self._waiting = None

    def leave(self) -> bool:
        """Go on in another thread where the task under way hangs; return whether it did.

        A task for another place does not wait at all: who knows when this one answers.
        """
        silent = self.silent_s()
        with self._wake:
            hand, waiting = self._hand, self._waiting
            if hand is None or waiting is None or self._closed:
                return False
            if hand.task is None or not hand.task.may_hang:
                return False
            if waiting.place == _place(hand) and silent < LEAVE_S:
                return False
            if left_alone() >= MOST_LEFT or left_alone(waiting.place) >= MOST_AT_A_PLACE:
                return False
            with _left_lock:
                _left.add(hand)
            self._hand = None
            self._start()
            return True

    def silent_s(self) -> float:
        """Return how long the thread has been within one and the same call, s.

        Call it again and again: it compares with what it saw before.
        """
        hand, now = self._hand, time.monotonic()
        task = None if hand is None else hand.task
        if hand is None or task is None:
            self._mark = ()
            return 0.0
        frame = sys._current_frames().get(hand.thread.ident or 0)
        where = (0, 0) if frame is None else (id(frame), frame.f_lasti)
        mark = (id(hand), id(task), task.beats(), *where)
        if mark != self._mark:
            self._mark, self._marked = mark, now
        return now - self._marked

    def end(self) -> None:
        """Begin nothing more, and end the thread as soon as what it does is done."""
        with self._wake:
            self._closed = True
            self._waiting = None
            self._wake.notify_all()

    def join(self, until: float) -> bool:
        """Wait for the thread to end; return whether it did.

        Parameters
        ----------
        until : float
            The time, s of the monotonic clock, until which is waited.
        """
        hand = self._hand
        if hand is None or not hand.thread.is_alive():
            return True
        hand.thread.join(max(0.0, until - time.monotonic()))
        return not hand.thread.is_alive()

    def _start(self) -> None:
        if self._hand is None:
            self._hand = _Hand(self)
            self._hand.thread.start()
        self._wake.notify_all()

    def _loop(self, me: _Hand) -> None:
        try:
            while (task := self._next(me)) is not None:
                task.run()
                del task  # nothing that it knows outlives it
        finally:
            with _left_lock:
                _left.discard(me)

    def _next(self, me: _Hand) -> Task | None:
        """Return what to do, once there is something; None: the thread is to end."""
        with self._wake:
            me.task = None
            while self._waiting is None and self._hand is me and not self._closed:
                self._wake.wait()
            if self._hand is not me or self._closed:
                return None
            me.task, self._waiting = self._waiting, None
            return me.task
