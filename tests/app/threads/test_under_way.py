"""What is under way: how far, and whether anything is waited for."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QTimer

from bcviewer.app.threads.under_way import UnderWay
from bcviewer.app.threads.worker import Progress


class Work:
    busy = False


@pytest.fixture
def under_way(qapp: Any) -> UnderWay:
    return UnderWay()


def test_the_work_that_goes_on_is_shown_once_another_ended(under_way: UnderWay) -> None:
    told: list[Progress | None] = []
    under_way.progressed.connect(told.append)
    load, export = Progress("load", 0.5, "reads"), Progress("export", 0.1, "writes")
    under_way.show(load)
    under_way.show(export)
    under_way.end("load")
    under_way.end("load")
    under_way.end("nothing that was shown")
    under_way.end("export")
    assert told == [load, export, export, None]


def test_work_that_has_nothing_to_say_any_more_is_not_shown(under_way: UnderWay) -> None:
    told: list[Progress | None] = []
    under_way.progressed.connect(told.append)
    silent = Progress("evidence", 0.0, "D: has not answered")
    under_way.show(Progress("evidence", 0.0, ""))
    under_way.show(silent)
    under_way.show(Progress("evidence", 0.0, ""))
    assert told == [silent, None]


def test_it_is_idle_once_no_work_is_busy_and_nothing_is_held(under_way: UnderWay) -> None:
    idle: list[bool] = []
    under_way.idle.connect(lambda: idle.append(under_way.busy))
    first, second = Work(), Work()
    under_way.follow((first, second))
    second.busy = True
    under_way.hold("plots", True)
    under_way.hold("plots", False)
    under_way.check()
    assert under_way.busy
    assert not idle
    second.busy = False
    under_way.check()
    assert idle == [False]


def test_waiting_ends_as_soon_as_it_is_idle(under_way: UnderWay) -> None:
    under_way.hold("plots", True)
    assert under_way.wait(0) is False
    QTimer.singleShot(1, lambda: under_way.hold("plots", False))
    assert under_way.wait(5000) is True


def test_nothing_is_waited_for_once_it_is_closed(under_way: UnderWay) -> None:
    under_way.hold("plots", True)
    QTimer.singleShot(1, under_way.close)
    assert under_way.wait(5000) is True
    assert not under_way.busy
