"""The window that tests share is as good as new, or is not used again."""

from __future__ import annotations

from typing import Any

import pytest
from qt_fixtures import WAIT_MS, press, settle
from shared_window import SharedWindow

from bcviewer.frame.window import Window


def wait(window: Window) -> None:
    assert window.session.wait_idle(WAIT_MS)
    settle()


@pytest.mark.slow
def test_what_a_test_did_is_put_back(shared_window: Any, pool: SharedWindow) -> None:
    window = shared_window("demo")
    press(window, "End", "1", "Alt+M", "D")
    assert pool._differs()
    assert pool.put_back(wait) == []
    assert shared_window("demo") is window
    assert window.session.table.manual.n_labels == 0


def test_no_number_is_as_it_was(shared_window: Any, pool: SharedWindow) -> None:
    window = shared_window("demo")
    window.panels["why"].no_number = float("nan")
    assert pool.looks()["why.no_number"] == pool.looks()["why.no_number"]
    del window.panels["why"].no_number
    assert pool.put_back(wait) == []


def test_what_cannot_be_put_back_is_noticed(shared_window: Any, pool: SharedWindow) -> None:
    window = shared_window("demo")
    window.panels["why"].redraw = lambda _: None  # type: ignore[method-assign]
    listen = lambda *_: None  # noqa: E731
    window.session.changed.connect(listen)
    window.panels["classes"]
    found = pool.put_back(wait)
    assert {"names of why", "listeners of session", "panels"} <= set(found)


@pytest.mark.slow
def test_the_next_one_has_another(shared_window: Any, pool: SharedWindow) -> None:
    window = shared_window("demo")
    assert pool.put_back(wait) == []
    assert "classes" not in window.panels
    assert "redraw" not in vars(window.panels["why"])
