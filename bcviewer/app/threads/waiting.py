"""Waiting for something while events are handled."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from PySide6.QtCore import (
    QAbstractEventDispatcher,
    QEventLoop,
    QObject,
    QThread,
    QTimer,
    Signal,
)

_MOST_MS = 3_600_000
"""One timer waits at most this long; Qt's count in 32 bits."""
PAINTED_MS = 10
"""What was given to paint is painted by then: Qt gathers what there is for half as long."""
LONG_MS = 6.0
"""A turn that took so much CPU is long: what can wait comes in the next one."""
_MOST_LATE = 3
"""So often at most: not every system says where a turn ends."""


_first_turn: ContextVar[bool] = ContextVar("first_turn", default=False)


@contextmanager
def first_turn() -> Iterator[None]:
    """Count what is done within as a turn of the event loop that is about to be run."""
    before = _first_turn.set(True)
    try:
        yield
    finally:
        _first_turn.reset(before)


def in_loop() -> bool:
    """Whether an event loop is running: else a script's calls are turns of their own."""
    return QThread.currentThread().loopLevel() > 0 or _first_turn.get()


class TurnClock(QObject):
    """Knows how much CPU the present turn of a thread's event loop has taken: there is one each.

    Attributes
    ----------
    is_given : bool
        Whether it is somebody's own by now.
    """

    def __init__(self, dispatcher: QAbstractEventDispatcher) -> None:
        super().__init__(dispatcher)
        self._begun, self.is_given = time.thread_time(), False
        dispatcher.aboutToBlock.connect(self._begin)

    @staticmethod
    def here() -> TurnClock:
        """Return the one of this thread, which has an event loop."""
        dispatcher = QAbstractEventDispatcher.instance()
        return dispatcher.findChild(TurnClock) or TurnClock(dispatcher)

    @property
    def took_ms(self) -> float:
        """What it took by now, ms of CPU."""
        return 1e3 * (time.thread_time() - self._begun)

    def _begin(self) -> None:
        self._begun, self.is_given = time.thread_time(), False


class OwnTurn(QObject):
    """A turn of the event loop that comes when what was drawn before is painted, as a rule.

    In a loop that is late the times of several have come at once: one turn would do the work of
    all. So one that took long already is nobody's second one, and no first one but where the turn
    before took long, too. A script that handles events has no turns.

    Attributes
    ----------
    come : Signal()
        This is it.
    """

    come = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._n_late = 0
        """How often its time has come, and another turn was to be waited for."""
        self._painted, self._turn = QTimer(self), QTimer(self)
        for timer, then in ((self._painted, self._turn.start), (self._turn, self._come)):
            timer.setSingleShot(True)
            timer.timeout.connect(then)

    @property
    def is_coming(self) -> bool:
        """Whether it is on its way."""
        return self._painted.isActive() or self._turn.isActive()

    def start(self, ms: int = PAINTED_MS) -> None:
        """Let it come, unless it is on its way: each start would put it off once more.

        With 0 ms it only is another turn than this one: it may come before the painting.
        """
        if not self.is_coming:
            self._painted.start(ms)

    def stop(self) -> None:
        """Let it not come."""
        self._painted.stop()
        self._turn.stop()

    def _come(self) -> None:
        clock = TurnClock.here()
        most = _MOST_LATE if clock.is_given else 1
        if in_loop() and clock.took_ms > LONG_MS and self._n_late < most:
            self._n_late += 1
            self._turn.start()
        else:
            self._n_late, clock.is_given = 0, True
            self.come.emit()


def wait_until(
    reached: Callable[[], bool], signal: object, ms: float | None, *more: object
) -> bool:
    """Handle events until something is reached, looked at whenever a signal comes.

    Parameters
    ----------
    reached : callable
        Whether it is.
    signal : Signal
        What comes when it may be.
    ms : float or None
        Longest time, ms; None, or a negative one as Qt has it: as long as it takes.
    *more : Signal
        Other signals that may come.

    Raises
    ------
    TypeError, ValueError
        If ``ms`` is no number, or not a number.
    """
    deadline = _deadline(ms)
    # Again, where what was handled on the way out of the loop undid it.
    while not reached() and (left := deadline - time.monotonic()) > 0:
        loop, timer = QEventLoop(), QTimer()
        timer.setSingleShot(True)
        timer.timeout.connect(loop.quit)
        timer.start(math.ceil(min(1000 * left, _MOST_MS)))

        def leave(*_: object, loop: QEventLoop = loop) -> None:
            if reached():
                loop.quit()

        connections = [s.connect(leave) for s in (signal, *more)]  # type: ignore[attr-defined]
        loop.exec()
        timer.stop()
        for connection in connections:
            QObject.disconnect(connection)
    return reached()


def _deadline(ms: float | None) -> float:
    """Return when to stop, s of the monotonic clock."""
    if ms is None:
        return math.inf
    if isinstance(ms, bool) or not isinstance(ms, (int, float)):
        raise TypeError(f"ms: a number of milliseconds or None, not {type(ms).__name__}")
    if math.isnan(ms):
        raise ValueError("ms: nan is no time")
    if ms < 0:
        return math.inf
    return time.monotonic() + min(ms, 1e15) / 1000
