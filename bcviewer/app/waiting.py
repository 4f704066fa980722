"""Waiting for something while events are handled."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QDeadlineTimer, QEventLoop, QObject, QTimer


def wait_until(reached: Callable[[], bool], signal: object, ms: int) -> bool:
    """Handle events until something is reached, looked at whenever a signal comes.

    Parameters
    ----------
    reached : callable
        Whether it is.
    signal : Signal
        What comes when it may be.
    ms : int
        Longest time, ms.
    """
    deadline = QDeadlineTimer(ms)
    # Again, where what was handled on the way out of the loop undid it.
    while not reached() and not deadline.hasExpired():
        loop, timer = QEventLoop(), QTimer()
        timer.setSingleShot(True)
        timer.timeout.connect(loop.quit)
        timer.start(deadline.remainingTime())

        def leave(*_: object, loop: QEventLoop = loop) -> None:
            if reached():
                loop.quit()

        connection = signal.connect(leave)  # type: ignore[attr-defined]
        loop.exec()
        timer.stop()
        QObject.disconnect(connection)
    return reached()
