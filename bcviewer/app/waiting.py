"""Waiting for something while events are handled."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEventLoop, QObject, QTimer


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
    if not reached():
        loop, timer = QEventLoop(), QTimer()
        timer.setSingleShot(True)
        timer.timeout.connect(loop.quit)
        timer.start(ms)

        def leave(*_: object) -> None:
            if reached():
                loop.quit()

        connection = signal.connect(leave)  # type: ignore[attr-defined]
        loop.exec()
        timer.stop()
        QObject.disconnect(connection)
    return reached()
