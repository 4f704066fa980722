"""*Open in phy* with stand-ins for phy: started once, watched, and told where it fails."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from qt_fixtures import KINDS, WAIT_MS, click, press, write_recording

from bcviewer.frame.window import Window
from bcviewer.widgets.chrome.preferences import PreferencesDialog


def open_in_phy(window: Window) -> None:
    window.actions_by_key.by_key["open_in_phy"].trigger()
    assert window.session.wait_idle(WAIT_MS)


FakePhy = Callable[..., Path]


@pytest.fixture
def fake_phy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakePhy]:
    """Return a function that writes a stand-in for phy, which logs how it was called."""
    if sys.platform == "win32":
        pytest.skip("the stand-in for phy is a shell script")
    folder = tmp_path / "my bin"
    folder.mkdir()
    script, log = folder / "phy", tmp_path / "called.log"
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("TMPDIR", str(tmp_path))

    def make(then: str = "exec sleep 60") -> Path:
        script.write_text(f'#!/bin/sh\necho "$$|$PWD|$*" >> "{log}"\n{then}\n')
        script.chmod(0o755)
        return log

    yield make
    for pid, *_ in called(log):
        end(int(pid))


def called(log: Path) -> list[list[str]]:
    """Return the process, the folder and the arguments of each call."""
    text = log.read_text() if log.exists() else ""
    return [line.split("|") for line in text.splitlines(keepends=True) if line.endswith("\n")]


def end(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, ChildProcessError):
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


@pytest.fixture
def phy_window(open_window: Any, tmp_path: Path, fake_phy: FakePhy) -> Window:
    return open_window(write_recording(tmp_path / "ks dir", KINDS, params_py=True))


def test_phy_is_started_in_the_kilosort_directory(
    qtbot: Any,
    phy_window: Window,
    fake_phy: FakePhy,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    program = tmp_path / "my bin" / "phy"
    monkeypatch.setenv("HOME", str(tmp_path))
    commands = ("", str(program), f"'{program}' --debug", "~/my bin/phy")
    log = fake_phy("exec sleep 60")
    for i, command in enumerate(commands):
        phy_window.prefs.set_phy_command(command)
        open_in_phy(phy_window)
        qtbot.waitUntil(lambda i=i: len(called(log)) > i, timeout=WAIT_MS)
        pid, folder, arguments = called(log)[-1]
        assert Path(folder) == tmp_path / "ks dir"
        options = "--debug " if "--debug" in command else ""
        assert arguments.strip() == f"{options}template-gui params.py"
        assert not phy_window.banner.text.startswith("phy")
        started = "phy was started on ks dir; it may take a while."
        assert phy_window.status.currentMessage() == started
        phy_window.actions_by_key.close()  # not watched: its end is no error
        end(int(pid))


def test_that_phy_was_not_found_is_said_until_it_is_started(
    qtbot: Any, phy_window: Window, fake_phy: FakePhy, tmp_path: Path
) -> None:
    """Seen: the red banner stayed after phy was set and started."""
    phy_window.prefs.set_phy_command("no-such-phy")
    press(phy_window, "P")
    qtbot.waitUntil(lambda: phy_window.banner.is_error, timeout=WAIT_MS)
    assert phy_window.banner.text.startswith("no-such-phy: not found.")
    log = fake_phy("exec sleep 60")
    phy_window.prefs.set_phy_command(f"'{tmp_path / 'my bin' / 'phy'}'")
    press(phy_window, "P")
    qtbot.waitUntil(lambda: len(called(log)) > 0, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: not phy_window.banner.is_error, timeout=WAIT_MS)
    phy_window.actions_by_key.close()
    end(int(called(log)[-1][0]))


ENDINGS = (
    (
        "echo Traceback; echo; echo 'ImportError: No module named phylib.' >&2; exit 3",
        "with exit status 3: Traceback · ImportError: No module named phylib. Try it in a terminal",
    ),
    ("exit 0", "with exit status 0: it printed nothing."),
    ("kill -9 $$", "by signal 9: it printed nothing."),
    (
        "echo 'qt.qpa.plugin: Could not load the Qt platform plugin \"xcb\" in'; kill -6 $$",
        "On Debian and Ubuntu: apt install libxcb-xinerama0",
    ),
    ("head -c 3000000 /dev/zero | tr '\\0' 'x'; echo; echo the end; exit 1", "· the end."),
)


@pytest.mark.long
def test_a_phy_that_ends_at_once_is_an_error_with_its_last_lines(
    qtbot: Any, phy_window: Window, fake_phy: FakePhy
) -> None:
    for then, says in ENDINGS:
        fake_phy(then)
        with qtbot.waitSignal(phy_window.session.failed, timeout=WAIT_MS):
            phy_window.actions_by_key.by_key["open_in_phy"].trigger()
        text = phy_window.banner.text
        assert text.startswith("phy ended at once on ks dir ")
        assert says in text
        assert phy_window.status.currentMessage() == "", "not “it may take a while” beside it"
        assert "\n" not in text
        assert len(text) < 700


def test_a_second_phy_on_the_directory_is_told(
    qtbot: Any, phy_window: Window, fake_phy: FakePhy, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "XDG_SESSION_TYPE"):
        monkeypatch.delenv(name, raising=False)
    log = fake_phy()
    open_in_phy(phy_window)
    qtbot.waitUntil(log.exists, timeout=WAIT_MS)
    open_in_phy(phy_window)
    pid = log.read_text().split("|")[0]
    assert phy_window.banner.text == (
        f"phy is open on ks dir already (process {pid}), and its window could not be brought "
        "forward: no screen is known here (DISPLAY is not set). "
        "Go to its window: two would overwrite each other's work."
    )
    assert log.read_text().count("\n") == 1
    os.kill(int(pid), signal.SIGKILL)  # closed: another one may be started
    qtbot.waitUntil(lambda: "by signal 9" in phy_window.banner.text, timeout=WAIT_MS)
    open_in_phy(phy_window)
    qtbot.waitUntil(lambda: log.read_text().count("\n") == 2, timeout=WAIT_MS)


def test_phy_prints_without_a_reader_and_outlives_the_window(
    qtbot: Any, phy_window: Window, fake_phy: FakePhy, tmp_path: Path
) -> None:
    """A pipe would fill up and stop it, or end it when the window closes."""
    go, done = tmp_path / "go", tmp_path / "done"
    os.mkfifo(go)
    log = fake_phy(
        f'much() {{ head -c 1000000 /dev/zero || exit 1; }}\nmuch; read line < "{go}"\n'
        f'much && touch "{done}"\nexec sleep 60'
    )
    open_in_phy(phy_window)
    qtbot.waitUntil(log.exists, timeout=WAIT_MS)
    phy_window.close()
    go.write_text("on\n")
    qtbot.waitUntil(done.exists, timeout=WAIT_MS)
    assert not list(tmp_path.glob("bcviewer-phy-*"))


def test_a_phy_that_was_not_closed_is_named(
    qtbot: Any, phy_window: Window, fake_phy: FakePhy, tmp_path: Path
) -> None:
    log = fake_phy()
    (tmp_path / "ks dir" / "phy.log").touch()
    open_in_phy(phy_window)
    qtbot.waitUntil(lambda: len(called(log)) == 1, timeout=WAIT_MS)
    assert "was not closed, maybe on another machine." in phy_window.status.currentMessage()


def test_what_cannot_be_started_is_told(
    phy_window: Window, fake_phy: FakePhy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = fake_phy()
    phy_window.prefs.set_phy_command(str(tmp_path / "not" / "there"))
    open_in_phy(phy_window)
    banner = phy_window.banner
    assert "not found. Set where phy is in File > Preferences." in banner.text
    asked: list[str] = []

    def prefer(dialog: PreferencesDialog) -> int:
        asked.append(dialog.chosen().phy)
        return 0

    monkeypatch.setattr(PreferencesDialog, "exec", prefer)
    assert banner.offer.text() == "Preferences…"
    click(banner.offer, banner.offer.rect().center())
    assert asked == [str(tmp_path / "not" / "there")]
    phy_window.prefs.set_phy_command("")
    (tmp_path / "ks dir" / "params.py").rename(tmp_path / "params.py")
    open_in_phy(phy_window)
    assert "there is no params.py, which phy needs" in phy_window.banner.text
    (tmp_path / "params.py").rename(tmp_path / "ks dir" / "params.py")
    program = Path(shutil.which("phy") or "")
    program.write_bytes(b"\x7fELF rubbish")
    open_in_phy(phy_window)
    assert f"{program}: could not be started: exec format error." in phy_window.banner.text
    assert not log.exists()
