"""A phy that is open on the directory comes forward: on a real screen, with a real window."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from qt_fixtures import KINDS, WAIT_MS, write_recording

from bcviewer.frame.window import Window

PROGRAMS = ("Xvfb", "openbox", "xdotool")

WINDOW = """
import os, sys
os.environ["QT_QPA_PLATFORM"] = "xcb"
from PySide6.QtWidgets import QApplication, QLabel
app = QApplication(sys.argv[:1])
window = QLabel("a window")
window.setWindowTitle(sys.argv[1])
window.resize(300, 200)
window.show()
app.exec()
"""


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Make a screen with a window manager the one of ``DISPLAY``."""
    if missing := [name for name in PROGRAMS if shutil.which(name) is None]:
        pytest.skip(f"a screen of its own needs {', '.join(missing)}")
    reads, writes = os.pipe()
    words = ["Xvfb", "-displayfd", str(writes), "-screen", "0", "800x600x24"]
    server = subprocess.Popen(words, pass_fds=(writes,), stderr=subprocess.DEVNULL)
    os.close(writes)
    with os.fdopen(reads) as told:
        number = told.readline().strip()
    manager = None
    try:
        assert number, "Xvfb did not start"
        monkeypatch.setenv("DISPLAY", f":{number}")
        for name in ("WAYLAND_DISPLAY", "XDG_SESSION_TYPE"):
            monkeypatch.delenv(name, raising=False)
        manager = managed()
        yield
    finally:
        for process in (manager, server):
            if process is not None:
                process.terminate()
                process.wait(10)


def managed() -> subprocess.Popen[bytes]:
    """Start the window manager; a window that is shown before has no focus, and never gets it."""
    until = time.monotonic() + WAIT_MS / 1000
    words = ["openbox", "--sm-disable"]
    manager = subprocess.Popen(words, stderr=subprocess.DEVNULL)
    while subprocess.run(["xdotool", "get_desktop"], capture_output=True, check=False).returncode:
        assert time.monotonic() < until, "openbox did not start"
        if manager.poll() is not None:  # the screen was not there yet
            manager = subprocess.Popen(words, stderr=subprocess.DEVNULL)
    return manager


def active() -> str:
    """Return the name of the active window; empty: there is none yet."""
    words = ["xdotool", "getactivewindow", "getwindowname"]
    return subprocess.run(words, capture_output=True, text=True, check=False).stdout.strip()


def minimise_phy() -> None:
    subprocess.run(["xdotool", "search", "--name", "^phy.py$", "windowminimize"], check=True)


@pytest.mark.long
def test_the_phy_that_is_open_is_brought_forward(
    qtbot: Any, screen: None, open_window: Any, tmp_path: Path
) -> None:
    """Also where a launcher started it, and where it is minimised."""
    program = tmp_path / "window.py"
    program.write_text(WINDOW)
    phy = tmp_path / "phy"  # as phy.exe, or conda run: the window is of what it starts
    phy.write_text(f"#!/bin/sh\n'{sys.executable}' '{program}' phy.py\nexit 0\n")
    phy.chmod(0o755)
    window: Window = open_window(write_recording(tmp_path / "ks dir", KINDS, params_py=True))
    window.prefs.set_phy_command(str(phy))
    open_in_phy = window.actions_by_key.by_key["open_in_phy"].trigger
    open_in_phy()
    qtbot.waitUntil(lambda: active() == "phy.py", timeout=WAIT_MS)
    other = subprocess.Popen([sys.executable, str(program), "other.py"])
    try:
        for hide in (lambda: None, minimise_phy):
            hide()
            qtbot.waitUntil(lambda: active() == "other.py", timeout=WAIT_MS)
            window.status.clearMessage()
            open_in_phy()
            assert window.session.wait_idle(WAIT_MS)
            assert "phy is open on ks dir already (process " in window.status.currentMessage()
            assert "): its window is in front. It stays at " in window.status.currentMessage()
            assert active() == "phy.py"
            assert not window.banner.text.startswith("phy")
            subprocess.run(
                ["xdotool", "search", "--name", "^other.py$", "windowactivate"], check=True
            )
    finally:
        other.kill()
        other.wait(10)
        subprocess.run(["xdotool", "search", "--name", "^phy.py$", "windowkill"], check=False)
