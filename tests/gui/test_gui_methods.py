"""The methods text in the real window: asked in the background, marked, copied, saved, closed."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication
from qt_fixtures import WAIT_MS, press, settle

from bcviewer.app.threads.waiting import wait_until
from bcviewer.core.sheet.queue import QueueSpec
from bcviewer.errors import UserError
from bcviewer.frame.window import Window
from bcviewer.oracle.client import Bombcell
from bcviewer.widgets.chrome.methods_dialog import MethodsDialog

# Each test leaves the window as no other may have it.
pytestmark = pytest.mark.slow


@pytest.fixture
def window(shared_window: Any) -> Iterator[Window]:
    window = shared_window("demo")
    yield window
    window.session.viewing.proposing.reset()
    for dialog in window.findChildren(MethodsDialog):
        dialog.close()
    settle()


def writes(_: Any, request: str, __: Any, arrays: Any, *___: Any) -> dict[str, Any]:
    if request != "methods":  # what panels ask
        raise UserError("Nobody answers here.")
    given = json.loads(arrays["given"].tobytes())
    n = 0 if given["labels"] is None else len(given["labels"])
    text = f"Text at {given['params']['minPresenceRatio']}, censored period of 9.9 ms."
    if n:
        text += f" Of {n} total units, 1 good."
    said = {"text": text, "references": ["Ref A"], "bibtex": ["@a{b}"]}
    return {"said": np.frombuffer(json.dumps(said).encode(), np.uint8)}


def command(window: Window) -> None:
    """Give the command, whether or not a dialog has the keys."""
    window.actions_by_key.by_key["methods"].trigger()


def opened(window: Window, monkeypatch: pytest.MonkeyPatch, ask: Any = writes) -> MethodsDialog:
    monkeypatch.setattr(Bombcell, "ask", ask)
    command(window)
    dialog = window.findChild(MethodsDialog)
    assert dialog is not None
    return dialog


def test_it_is_shown_marked_copied_and_saved(
    window: Window, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(Bombcell, "ask", writes)
    press(window, "Ctrl+Shift+M")
    dialog = window.findChild(MethodsDialog)
    assert not dialog.isModal()
    assert not dialog.copy.isEnabled()
    assert window.session.wait_idle(WAIT_MS)
    assert dialog.text.toPlainText().startswith("Text at 0.7")
    assert not dialog.of.isEnabled()
    marked = [one.cursor.selectedText() for one in dialog.text.extraSelections()]
    assert marked == ["9.9", "1"]
    assert "The labels are, of" in dialog.notes.text()
    dialog.copy.click()
    assert QApplication.clipboard().text() == dialog.text.toPlainText()
    dialog.pages.setCurrentIndex(2)
    dialog.copy.click()
    assert QApplication.clipboard().text() == "@a{b}"
    for ending, start in (("md", "## Methods"), ("txt", "Methods\n---"), ("bib", "@a{b}")):
        path = tmp_path / f"methods.{ending}"
        window.actions_by_key.methods.save(dialog.said, path)
        assert window.session.wait_idle(WAIT_MS)
        assert path.read_text("utf-8").startswith(start)
    assert window.status.currentMessage() == f"Methods written to {path}"


@pytest.mark.long
def test_a_proposal_says_so_in_the_text_and_follows_what_is_tried(
    window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = window.session
    session.viewing.proposing.propose("minPresenceRatio", 0.5)
    dialog = opened(window, monkeypatch)
    assert session.wait_idle(WAIT_MS)
    text = dialog.text.toPlainText()
    assert text.startswith("Text at 0.5")
    assert "A proposal of " in text
    assert "(not kept), by which Bombcell was not run: minPresenceRatio 0.7 → 0.5." in text
    assert "Not the defaults of bombcell 0.94 (in parentheses): minPresenceRatio 0.5 (0.7)" in text
    changed = dialog.text.textChanged
    session.saying.say(lambda: session.saying.proposals.keep("looser", "units come and go"))
    of_a_day = re.compile(r"A proposal of \d{4}-\d\d-\d\d, by which")
    assert wait_until(lambda: of_a_day.search(dialog.text.toPlainText()), changed, WAIT_MS)
    session.viewing.proposing.propose("minPresenceRatio", 0.4)
    assert wait_until(lambda: dialog.text.toPlainText().startswith("Text at 0.4"), changed, WAIT_MS)
    dialog.of.setCurrentIndex(0)
    dialog.of.activated.emit(0)
    assert session.wait_idle(WAIT_MS)
    assert dialog.text.toPlainText().startswith("Text at 0.7")
    assert "A proposal" not in dialog.text.toPlainText()
    session.viewing.proposing.reset()
    assert not dialog.of.isEnabled()


def test_trouble_and_cancelling_are_said(window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(*_: Any) -> Any:
        raise UserError("bombcell cannot be imported")

    dialog = opened(window, monkeypatch, silent)
    assert window.session.wait_idle(WAIT_MS)
    assert dialog.text.toPlainText() == "bombcell cannot be imported"
    going, go = threading.Event(), threading.Event()

    def slow(*given: Any) -> Any:
        going.set()
        assert go.wait(WAIT_MS / 1000)
        return writes(*given)

    monkeypatch.setattr(Bombcell, "ask", slow)
    command(window)  # again, with the dialog open
    assert going.wait(WAIT_MS / 1000)
    window.session.step(1)  # the window answers meanwhile
    window.session.cancel()
    go.set()
    assert window.session.wait_idle(WAIT_MS)
    assert dialog.text.toPlainText() == "Cancelled."


def test_it_goes_with_its_recording_and_before_a_blind_review(
    window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = window.session
    opened(window, monkeypatch)
    session.set_queue(QueueSpec("random", 5, seed=7, blind=True))
    settle()
    assert window.findChild(MethodsDialog) is None
    command(window)
    assert window.findChild(MethodsDialog) is None
    assert window.status.currentMessage().startswith("Not done: it would tell the verdicts")
    session.viewing.rows.reveal()
    session.viewing.rows.end_queue()
    settle()
    opened(window, monkeypatch)
    session.reload()
    assert session.wait_idle(WAIT_MS)
    settle()
    assert window.findChild(MethodsDialog) is None
