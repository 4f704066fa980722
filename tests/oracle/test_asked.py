"""Who waits for bombcell waits for no drive, and only as long as somebody waits for the answer."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from bcviewer.errors import CancelledError, UserError
from bcviewer.oracle.asked import AskedFor, turn
from bcviewer.oracle.client import Bombcell


class Journey:
    """Notes where it is said to be."""

    def __init__(self) -> None:
        self.places: list[str] = []
        self.gone = False

    def check(self) -> None:
        if self.gone:
            raise CancelledError

    def at(self, place: str) -> None:
        self.places.append(place)


class Helper:
    def __init__(self, journey: Journey, error: Exception | None = None) -> None:
        self.journey, self.error = journey, error
        self.checks: list[Callable[[], None]] = []

    def ask(self, request: str, params: Any, arrays: Any, check: Any) -> dict[str, Any]:
        assert self.journey.places[-1] == ""
        self.checks.append(check)
        if self.error is not None:
            raise self.error
        return {"request": request}


def test_no_drive_is_waited_for_while_bombcell_is_asked() -> None:
    journey = Journey()
    journey.at("E:/raw.bin")
    asked = AskedFor(Helper(journey), journey, "D:/sort")
    assert asked.ask("raw", {}, {}) == {"request": "raw"}
    assert journey.places == ["E:/raw.bin", "", "D:/sort"]
    failing = AskedFor(Helper(journey, UserError("no")), journey, "D:/sort")
    with pytest.raises(UserError, match="no"):
        failing.ask("raw", {}, {})
    assert journey.places[-2:] == ["", "D:/sort"], "what is read next is on it again"


def test_the_helper_is_told_whether_somebody_waits() -> None:
    journey = Journey()
    helper = Helper(journey)
    AskedFor(helper, journey, "D:/sort").ask("raw", {}, {})
    (check,) = helper.checks
    check()
    journey.gone = True
    with pytest.raises(CancelledError):
        check()


def test_a_request_that_nobody_waits_for_any_more_is_not_made() -> None:
    journey, ended, lock = Journey(), threading.Event(), threading.Lock()

    def ask() -> None:
        with pytest.raises(CancelledError), turn(lock, journey.check):
            raise AssertionError
        ended.set()

    with lock:  # another request is under way
        thread = threading.Thread(target=ask)
        thread.start()
        journey.gone = True
        assert ended.wait(20)
    thread.join(20)
    with pytest.raises(CancelledError), turn(lock, journey.check):
        raise AssertionError
    assert not lock.locked()
    with Bombcell() as bombcell:
        with pytest.raises(CancelledError):
            AskedFor(bombcell, journey, "D:/sort").ask("raw", {}, {})
        assert bombcell.pid is None, "no helper was started"
