"""Suggestions in the real window: by keys, in the background, cancelled, hidden when blind."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from qt_fixtures import WAIT_MS, press, settle

from bcviewer.app.threads.waiting import wait_until
from bcviewer.app.wishes import CountLabels
from bcviewer.core.comparison.proposal import NO_PROPOSAL
from bcviewer.core.rules.labels import Label
from bcviewer.core.sheet.queue import QueueSpec
from bcviewer.errors import UserError
from bcviewer.frame.window import Window
from bcviewer.oracle.client import Bombcell

# Each test leaves the window as no other may have it.
pytestmark = pytest.mark.slow


NAMES = ("minPresenceRatio", "minNumSpikes")
VALUES = (0.5, 250.0)


@pytest.fixture
def window(shared_window: Any) -> Iterator[Window]:
    window = shared_window("demo")
    yield window
    window.session.viewing.proposing.reset()


def reply(n: int) -> dict[str, Any]:
    """Return what a helper answers of n units: two suggestions, and folds of both."""
    numbers = {"accuracy_current": 0.6, "accuracy_suggested": 0.8, "n_pass": 25, "n_fail": 22}
    rows = [
        {
            "parameter": name,
            "stage": "mua",
            "status": "suggested",
            "current": 0.7,
            "suggested": value,
            "ci_low": value * 0.9,
            "ci_high": value * 1.1,
            **numbers,
        }
        for name, value in zip(NAMES, VALUES, strict=True)
    ]
    said = {"rows": rows, "version": "0.94", "stages": {"mua": NAMES}}
    reject = np.arange(n) % 2 == 0
    folds = {
        "below": np.ones(2, bool),
        "values": np.where(reject, 0.0, 1000.0)[None].repeat(2, 0),
        "current": np.zeros(2),
        "tuned": np.array([[0.5, 0.5], [250.0, 250.0]]),
        "held_out": np.ones((2, n), bool),
        "reject": reject,
        "others": np.zeros(n, bool),
    }
    said_bytes = np.frombuffer(json.dumps(said).encode(), np.uint8)
    return {"said": said_bytes, **{f"mua.{name}": array for name, array in folds.items()}}


def answers(monkeypatch: pytest.MonkeyPatch, ask: Any) -> None:
    monkeypatch.setattr(Bombcell, "ask", lambda _, request, *given: ask(request, *given))


def at_once(request: str, _: Any, arrays: Any, *__: Any) -> dict[str, Any]:
    if request != "suggest":  # what panels ask
        raise UserError("Nobody answers here.")
    return reply(len(json.loads(arrays["given"].tobytes())["manual"]))


def label_some(window: Window) -> None:
    session = window.session
    table = session.table
    assert table is not None
    labels = table.bombcell_labels
    for label in (Label.GOOD, Label.MUA):
        rows = np.flatnonzero(labels == label)
        session.set_current(int(rows[0]))
        session.set_selected(rows)
        session.set_label(label)
    window.wires.grant(CountLabels(False))
    settle()


def test_keys_ask_show_and_take(window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    session = window.session
    answers(monkeypatch, at_once)
    press(window, "Ctrl+Alt+S")
    assert "no blind label yet" in window.status.currentMessage()
    label_some(window)
    press(window, "Ctrl+Alt+S")
    assert session.wait_idle(WAIT_MS)
    settle()
    panel = window.panels["suggestions"]
    assert panel.seen
    assert window.status.currentMessage().startswith("Bombcell: 2 suggestions by ")
    assert [line.name for line in panel.model.lines[:2]] == sorted(NAMES)
    assert any("all 2 that are suggested together: 0.50 → 1.00" in f for f in panel.facts.facts)
    press(window, "Ctrl+Alt+A")
    assert session.scene.proposal.words == "minPresenceRatio=0.5"
    press(window, "Ctrl+Alt+A")
    assert set(session.scene.proposal.changes) == set(zip(NAMES, VALUES, strict=True))
    settle()
    assert any("the 2 that are taken together" in fact for fact in panel.facts.facts)
    press(window, "Ctrl+Alt+A")
    assert window.status.currentMessage() == "Bombcell suggested nothing that could be taken."
    press(window, "Ctrl+Alt+Z")
    assert len(session.scene.proposal.changes) == 1


def test_the_bar_leads_there(window: Window) -> None:
    session = window.session
    session.viewing.proposing.propose("minNumSpikes", 1e9)
    settle()
    assert not window.docks["suggestions"].isVisible()
    window.what_if_bar.linkActivated.emit("suggest")
    settle()
    assert window.panels["suggestions"].seen


def test_it_can_be_cancelled_while_bombcell_works(
    window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, going, go = window.session, threading.Event(), threading.Event()

    def slow(*given: Any) -> Any:
        going.set()
        assert go.wait(WAIT_MS / 1000)
        return at_once(*given)

    answers(monkeypatch, slow)
    label_some(window)
    told: list[str] = []

    def hear(progress: Any) -> None:
        told.append("" if progress is None else progress.text)

    session.progressed.connect(hear)
    press(window, "Ctrl+Alt+S")
    assert wait_until(lambda: any("tunes" in text for text in told), session.progressed, WAIT_MS)
    assert going.wait(WAIT_MS / 1000)
    session.step(1)  # the window answers meanwhile
    session.cancel()
    go.set()
    assert session.wait_idle(WAIT_MS)
    session.progressed.disconnect(hear)
    assert window.status.currentMessage() == "Cancelled; nothing was changed."
    assert session.scene.advice.found is None


def test_a_blind_review_asks_and_takes_nothing(
    window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = window.session
    answers(monkeypatch, at_once)
    label_some(window)
    press(window, "Ctrl+Alt+S")
    assert session.wait_idle(WAIT_MS)
    session.set_queue(QueueSpec("random", 5, seed=7, blind=True))
    settle()
    try:
        assert session.scene.book.n_hidden
        press(window, "Ctrl+Alt+A")
        assert session.scene.proposal == NO_PROPOSAL
        panel = window.panels["suggestions"]
        assert panel.model.rowCount() == 0
    finally:
        session.viewing.rows.reveal()
        session.viewing.rows.end_queue()
        settle()
