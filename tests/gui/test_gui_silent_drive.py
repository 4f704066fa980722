"""A drive that never answers: the window stays alive, other recordings open, and it closes."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dead_drive import DeadDrive
from phy_recordings import write_sorted
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QToolButton
from qt_fixtures import KINDS, WAIT_MS, click, press, write_recording
from silent_drive import silent_drive

from bcviewer.app.curating import mirror
from bcviewer.app.save_state import SavedWhere
from bcviewer.app.threads import worker
from bcviewer.app.threads.answers import is_silent
from bcviewer.app.threads.job_thread import left_alone
from bcviewer.core.rules.labels import Label
from bcviewer.frame import export_actions, file_actions, label_file_actions

OpenWindow = Any


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Name a place after a moment, and close in less than that."""
    monkeypatch.setattr(worker, "CLOSE_S", 0.5)
    for module in (worker, mirror):
        monkeypatch.setattr(module, "STUCK_S", 0.1)
        monkeypatch.setattr(module, "WATCH_MS", 20)


@pytest.fixture
def local(tmp_path: Path) -> Path:
    return write_recording(tmp_path / "local", KINDS, params_py=True)


@pytest.fixture
def drive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DeadDrive]:
    """Return a drive with a sorted recording, which answers until a test says so.

    Windows are closed before it comes back: it is asked for first.
    """
    folder = tmp_path / "drive"
    write_sorted(folder / "kilosort4_A", 20)
    drive = DeadDrive(folder, monkeypatch)
    yield drive
    drive.come_back()
    threads = ("answers", "mirror", "loader", "curation", "recording", "jobs", "comparer")
    until = time.monotonic() + 20
    while time.monotonic() < until and (
        left_alone() or any(t.name in threads for t in threading.enumerate())
    ):
        time.sleep(0.002)  # threads that were left alone end on their own: there is no signal
    assert drive.by_main == []


def closes_in_time(window: Any) -> None:
    start = time.monotonic()
    window.close()
    assert time.monotonic() - start < worker.CLOSE_S + 1.0
    assert not window.isVisible()


def recording(drive: DeadDrive) -> Path:
    return Path(drive.folder, "kilosort4_A")


@pytest.mark.long
def test_a_folder_that_hangs_is_named_and_left(
    drive: DeadDrive, open_window: OpenWindow, local: Path, impatient: None, qtbot: Any
) -> None:
    window = open_window(local)
    said: list[str] = []
    window.session.notice.connect(said.append)
    drive.die()
    window.session.open(recording(drive))
    words = f"{recording(drive)} has not answered for"
    qtbot.waitUntil(lambda: words in window.status._bar.words, timeout=WAIT_MS)
    assert "Cancel leaves it" in window.status._bar.words
    click(window.findChild(QToolButton, "cancelButton"), window.status._cancel.rect().center())
    assert words in said[-1]
    assert window.session.wait_idle(WAIT_MS)
    assert window.session.table.run.provenance.ks_dir == str(local)  # what was open stays
    for _ in range(40):  # an impatient person
        window.session.open(recording(drive))
    window.session.open(local)
    assert window.session.wait_idle(WAIT_MS)
    press(window, "Alt+M")
    assert window.session.curation.save.place is not SavedWhere.FAILED
    assert left_alone() < 5
    window.session.open(recording(drive))
    closes_in_time(window)


@pytest.mark.long
def test_a_recording_whose_drive_dies_while_it_is_open(
    drive: DeadDrive, open_window: OpenWindow, local: Path, impatient: None, qtbot: Any
) -> None:
    window = open_window(recording(drive))
    session = window.session
    assert session.curation.wait_saved(WAIT_MS)
    drive.die()
    press(window, "Alt+G", "Down", "Alt+M")  # labels are on this computer
    assert len(session.curation.state.units) == 2
    qtbot.waitUntil(lambda: "has not answered" in session.curation.save.why, timeout=WAIT_MS)
    assert session.curation.save.place is SavedWhere.LOCAL
    press(window, "F5", "Down")
    session.open(local)
    assert session.wait_idle(WAIT_MS)
    assert session.table.run.provenance.ks_dir == str(local)
    assert session.curation.is_open
    session.set_current(0)
    session.set_label(Label.NOISE)
    # its mirror waits for no other drive's
    qtbot.waitUntil(lambda: session.curation.save.place is SavedWhere.BOTH, timeout=WAIT_MS)
    closes_in_time(window)


def test_labels_are_taken_while_the_results_folder_hangs(
    drive: DeadDrive, open_window: OpenWindow, monkeypatch: pytest.MonkeyPatch, qtbot: Any
) -> None:
    window = open_window(recording(drive))
    session = window.session
    press(window, "Alt+G")
    assert session.curation.wait_saved(WAIT_MS)
    mine = session.curation.state
    drive.folder = str(recording(drive) / "bombcell")  # the spikes still answer
    drive.die()
    session.curation.refresh()
    qtbot.waitUntil(lambda: session.curation.is_open, timeout=WAIT_MS)
    assert session.curation.state == mine
    assert session.curation.busy
    press(window, "Down", "Alt+M")
    assert len(session.curation.state.units) == 2
    session.cancel()
    assert not session.curation.busy
    drive.come_back()
    qtbot.waitUntil(lambda: session.curation.save.place is SavedWhere.BOTH, timeout=WAIT_MS)
    assert len(session.curation.state.units) == 2


def test_an_export_does_not_wait_for_one_that_hangs(
    drive: DeadDrive,
    open_window: OpenWindow,
    local: Path,
    impatient: None,
    qtbot: Any,
    tmp_path: Path,
) -> None:
    window = open_window(local)
    session, done = window.session, []
    session.done.connect(lambda outcome: done.append(outcome.value))
    drive.die()
    rows = session.view.rows
    window.actions_by_key.exports.export(rows, Path(drive.folder, "a.csv"))
    window.actions_by_key.exports.export(rows, tmp_path / "b.csv")
    qtbot.waitUntil(lambda: bool(done), timeout=WAIT_MS)
    assert done == [f"{len(rows)} units written to {tmp_path / 'b.csv'}"]
    drive.come_back()
    qtbot.waitUntil(lambda: len(done) == 2, timeout=WAIT_MS)
    assert Path(drive.folder, "a.csv").is_file()


@pytest.mark.long
def test_the_main_thread_looks_at_no_drive(
    drive: DeadDrive, open_window: OpenWindow, local: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = open_window(recording(drive))
    first.close()
    drive.die()
    window = open_window()  # its welcome page lists the dead folder
    asked: list[str] = []
    dialogs = ("getSaveFileName", "getOpenFileName", "getExistingDirectory")
    for module in (file_actions, export_actions, label_file_actions):
        for name in dialogs:
            monkeypatch.setattr(
                module.QFileDialog,
                name,
                lambda *given: asked.append(str(given[2])) or ("" if len(given) == 3 else ("", "")),
            )
    press(window, "Ctrl+O")
    window.menus.fill_recent()
    window.actions_by_key.by_key["open_config"].trigger()
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(recording(drive)))])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    place, action = QPointF(9, 9), Qt.DropAction.CopyAction
    window.dragEnterEvent(QDragEnterEvent(place.toPoint(), action, data, buttons, keys))
    window.dropEvent(QDropEvent(place, action, data, buttons, keys))
    window.session.open(local)
    assert window.session.wait_idle(WAIT_MS)
    shutil.move(local, local.with_name("was"))  # what was open may be gone as well
    for key in ("export_shown", "report", "import_labels", "open_in_phy", "export_labels"):
        window.actions_by_key.by_key[key].trigger()
    assert len(asked) == 5
    assert not any(drive.folder in folder for folder in asked)
    assert is_silent(drive.folder, 0.01)
    closes_in_time(window)


@pytest.mark.long
def test_a_real_drive_that_stops(
    open_window: OpenWindow,
    tmp_path: Path,
    local: Path,
    qtbot: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(worker, "STUCK_S", 0.5)
    write_sorted(tmp_path / "far" / "kilosort4_A", 20)
    with silent_drive(tmp_path / "far", tmp_path / "mounted") as drive:
        if drive is None:
            pytest.skip("this machine mounts no FUSE file system for us")
        window = open_window(drive.path / "kilosort4_A")
        session = window.session
        assert session.background.evidence.arrays.problem == ""
        drive.stop()
        press(window, "Alt+G", "F5", "Down", "Alt+M")
        assert len(session.curation.state.units) == 2
        words = "has not answered for"
        qtbot.waitUntil(lambda: words in window.status._bar.words, timeout=WAIT_MS)
        start = time.monotonic()
        session.open(local)
        assert session.wait_idle(WAIT_MS)
        assert time.monotonic() - start < 10
        assert session.table.run.provenance.ks_dir == str(local)
        session.open(drive.path)
        closes_in_time(window)
        drive.go_on()
        qtbot.waitUntil(lambda: left_alone() == 0, timeout=WAIT_MS)
