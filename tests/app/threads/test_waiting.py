"""Waiting with any number: it ends when it should, and turns no processor meanwhile."""

from __future__ import annotations

import math
import time
from typing import Any

import pytest
from PySide6.QtCore import QObject, QTimer, Signal

from bcviewer.app.threads.waiting import wait_until


class Thing(QObject):
    changed = Signal()
    other = Signal()


@pytest.mark.parametrize("ms", [-1, -0.5, None, 10**12, 2**31, 1e300, math.inf, 20_000.5])
@pytest.mark.parametrize("name", ["changed", "other"])
def test_odd_times_wait_without_spinning(qapp: Any, ms: Any, name: str) -> None:
    thing, done, looks = Thing(), [], [0]

    def reached() -> bool:
        looks[0] += 1
        return bool(done)

    def happen() -> None:
        done.append(1)
        getattr(thing, name).emit()

    QTimer.singleShot(30, happen)
    assert wait_until(reached, thing.changed, ms, thing.other)
    assert looks[0] < 10


@pytest.mark.parametrize("ms", [0, 0.0, -0.0, 1, 0.3])
def test_a_short_time_is_over_soon(qapp: Any, ms: float) -> None:
    thing, start = Thing(), time.monotonic()
    assert not wait_until(lambda: False, thing.changed, ms)
    assert time.monotonic() - start < 2


@pytest.mark.parametrize("ms", ["5", [], True, 1j])
def test_what_is_no_time_is_an_error(qapp: Any, ms: Any) -> None:
    with pytest.raises(TypeError, match="milliseconds"):
        wait_until(lambda: True, Thing().changed, ms)
    with pytest.raises(ValueError, match="nan"):
        wait_until(lambda: True, Thing().changed, math.nan)
