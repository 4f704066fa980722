"""Closing while a file is being written: it is asked, and nothing is dropped unsaid."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication, QMessageBox
from qt_fixtures import WAIT_MS, press, settle, write_recording

from bcviewer.errors import UserError
from bcviewer.frame import application, export_actions
from bcviewer.frame.window import Window

# Each test leaves the window as no other may have it.
pytestmark = pytest.mark.slow


N = 4


class Gate:
    """A drive that writes when it is let, or fails."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.fails = False
        self.fails_at = ""
        """The one file that it has no room for."""

    def write(self, frame: Any, path: Path, check: Any) -> None:
        while not self.go.wait(0.005):
            check()
        if self.fails or path.name == self.fails_at:
            raise UserError(f"{path.name}: the disk is full.")
        path.write_text(f"{len(frame)} rows")


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    gate = Gate()
    monkeypatch.setattr(export_actions, "write_frame", gate.write)
    yield gate
    gate.go.set()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    columns = {"nSpikes": [900.0 - i for i in range(N)]}
    return write_recording(tmp_path_factory.mktemp("quit") / "ks", columns, params_py=True)


@pytest.fixture
def window(shared_window: Any, folder: Path, gate: Gate) -> Window:
    made: Window = shared_window(folder)
    return made


def export(window: Window, *paths: Path) -> None:
    for path in paths:
        window.actions_by_key.exports.export(np.arange(N), path)


def question() -> QMessageBox | None:
    shown = (w for w in QApplication.topLevelWidgets() if w.objectName() == "quitDialog")
    return next((w for w in shown if w.isVisible()), None)


def answer(text: str) -> None:
    button = next(b for b in question().buttons() if b.text().startswith(text))
    button.click()
    settle()


def test_it_is_asked_and_staying_keeps_all(window: Window, gate: Gate, tmp_path: Path) -> None:
    out = tmp_path / "units.csv"
    export(window, out)
    press(window, "Ctrl+Q")
    assert window.isVisible()
    assert question().text() == "units.csv is still being written."
    window.close()
    assert window.isVisible(), "asked already"
    answer("Stay")
    assert question() is None
    gate.go.set()
    assert window.session.wait_idle(WAIT_MS)
    settle()
    assert window.isVisible()
    assert out.exists()


def test_it_closes_when_everything_is_written(
    qtbot: Any, window: Window, gate: Gate, tmp_path: Path
) -> None:
    outs = [tmp_path / f"{name}.csv" for name in "abcde"]
    export(window, *outs)
    window.close()
    assert question().text() == "a.csv, b.csv, c.csv and 2 more are still being written."
    answer("Quit when they are written")
    assert window.isVisible()
    assert "quits when a.csv, b.csv, c.csv and 2 more are written" in (
        window.status.currentMessage()
    )
    gate.go.set()
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=WAIT_MS)
    assert all(out.exists() for out in outs)


@pytest.mark.parametrize("answered", [True, False])
def test_what_cannot_be_written_keeps_the_window_open(
    qtbot: Any, window: Window, gate: Gate, tmp_path: Path, answered: bool
) -> None:
    gate.fails = True
    export(window, tmp_path / "units.csv")
    window.close()
    if answered:
        answer("Quit when")
    gate.go.set()
    qtbot.waitUntil(lambda: window.banner.is_error, timeout=WAIT_MS)
    settle()
    assert window.isVisible()
    assert "units.csv: the disk is full." in window.banner.text
    assert question() is None
    window.session.run_job("phy", lambda _: None)  # nor does it go with another job
    assert window.session.wait_idle(WAIT_MS)
    settle()
    assert window.isVisible()
    window.banner.clear()


def test_what_fails_while_it_is_asked_keeps_the_window_open_whatever_is_written_after(
    qtbot: Any, window: Window, gate: Gate, tmp_path: Path
) -> None:
    gate.fails_at = "a.csv"
    export(window, tmp_path / "a.csv", tmp_path / "b.csv")
    window.close()
    gate.go.set()
    qtbot.waitUntil((tmp_path / "b.csv").exists, timeout=WAIT_MS)
    assert window.session.wait_idle(WAIT_MS)
    settle()
    assert question() is None
    assert window.isVisible()
    window.close()
    assert not window.isVisible(), "nothing is written any more"


def test_what_writes_nothing_may_fail_before_it_closes(
    qtbot: Any, window: Window, gate: Gate, tmp_path: Path
) -> None:
    def fails(_: Any) -> None:
        while not gate.go.wait(0.005):
            pass
        raise UserError("No cell types.")

    window.session.run_job("cells", fails)
    export(window, tmp_path / "units.csv")
    window.close()
    answer("Quit when")
    gate.go.set()
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=WAIT_MS)
    assert (tmp_path / "units.csv").exists()


def test_without_it_nothing_is_waited_for(window: Window, gate: Gate, tmp_path: Path) -> None:
    out = tmp_path / "units.csv"
    export(window, out)
    window.close()
    answer("Quit without")
    assert not window.isVisible()
    assert not gate.go.is_set()
    assert not out.exists()


def test_what_is_dropped_is_dropped_once(
    window: Window, monkeypatch: pytest.MonkeyPatch, gate: Gate, tmp_path: Path
) -> None:
    """Something else (a note that cannot be saved) may keep the window open all the same."""
    export(window, tmp_path / "units.csv")
    window.close()
    with monkeypatch.context() as patch:
        patch.setattr(window, "close", lambda: False)
        answer("Quit without")
    window.close()
    assert window.isVisible()
    answer("Stay")
    gate.go.set()
    assert window.session.wait_idle(WAIT_MS)


def test_the_question_goes_with_its_reason(
    qtbot: Any, window: Window, gate: Gate, tmp_path: Path
) -> None:
    export(window, tmp_path / "units.csv")
    window.close()
    gate.go.set()
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=WAIT_MS)
    assert question() is None
    assert (tmp_path / "units.csv").exists()


def test_the_end_of_the_desktops_session_is_not_held_up(
    window: Window, gate: Gate, tmp_path: Path
) -> None:
    export(window, tmp_path / "units.csv")
    assert QApplication.instance().receivers("2commitDataRequest(QSessionManager&)") == 1
    application.end_session()
    window.close()
    assert not window.isVisible()
    assert question() is None
    assert not gate.go.is_set()
