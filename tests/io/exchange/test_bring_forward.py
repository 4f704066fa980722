"""Which way a window is brought forward, whose window it is, and what is said where it is not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bcviewer.errors import UserError
from bcviewer.io.exchange import bring_forward as module
from bcviewer.io.exchange import phy_start, win32_windows, x11_windows
from bcviewer.io.exchange.bring_forward import NO_WINDOW, REFUSED, Way, bring_forward, way_of
from bcviewer.io.exchange.process_tree import family, pairs_of, parents
from bcviewer.io.exchange.x11_windows import Owned


@pytest.mark.parametrize(
    ("platform", "environ", "way", "why"),
    [
        ("win32", {}, Way.WINDOWS, NO_WINDOW),
        ("darwin", {"DISPLAY": ":0"}, Way.MAC, NO_WINDOW),
        ("linux", {"DISPLAY": ":0"}, Way.X11, NO_WINDOW),
        ("linux", {"DISPLAY": ":0", "WAYLAND_DISPLAY": "wayland-0"}, Way.X11, "Wayland lets no"),
        ("linux", {"DISPLAY": ":0", "XDG_SESSION_TYPE": "wayland"}, Way.X11, "Wayland lets no"),
        ("linux", {"WAYLAND_DISPLAY": "wayland-0"}, Way.NONE, "Wayland lets no"),
        ("linux", {"XDG_SESSION_TYPE": "x11"}, Way.NONE, "DISPLAY is not set"),
        ("freebsd14", {"DISPLAY": ""}, Way.NONE, "DISPLAY is not set"),
    ],
)
def test_the_way_is_the_systems(platform: str, environ: dict[str, str], way: Way, why: str) -> None:
    found, words = way_of(platform, environ)
    assert found is way
    assert why in words


def test_all_that_a_launcher_started_is_its_family() -> None:
    parent_of = {1: 0, 10: 1, 11: 10, 12: 11, 13: 1, 14: 13, 5: 5}
    assert family(10, parent_of) == {10, 11, 12}
    assert family(5, parent_of) == {5}
    assert family(99, {}) == {99}


def test_a_process_is_of_its_parents_family() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        assert parents()[child.pid] == os.getpid()
    finally:
        child.communicate(b"\n")


def test_odd_names_of_processes_do_not_mislead(tmp_path: Path) -> None:
    for pid, stat in ((7, b"7 (a) S 1) R 3 7 7"), (8, b"gone"), (9, b"9 (sh) S x")):
        (tmp_path / str(pid)).mkdir()
        (tmp_path / str(pid) / "stat").write_bytes(stat)
    (tmp_path / "self").mkdir()
    assert parents(tmp_path) == {7: 3}
    assert pairs_of("  1     0\n 20 1\nPID PPID\n3\n") == {1: 0, 20: 1}


def test_the_topmost_window_of_the_process_on_this_machine_is_chosen() -> None:
    windows = (
        Owned(1, 10, "rig"),
        Owned(2, 10, "Rig.lab.org"),
        Owned(3, 10, "server"),  # over ssh: another process of that number
        Owned(4, 99, "rig"),
        Owned(5, 0, ""),
    )
    assert x11_windows.choose(windows, {10, 11}, "rig.local") == 2
    assert x11_windows.choose((*windows, Owned(6, 11)), {10, 11}, "rig") == 6
    assert x11_windows.choose(windows, {7}, "rig") is None
    assert win32_windows.choose(((1, 5), (2, 7), (3, 7)), {7, 8}) == 2
    assert win32_windows.choose(((1, 5),), {7}) is None


def _says(monkeypatch: pytest.MonkeyPatch, answer: bool | Exception) -> str:
    def bring(_: object, __: object) -> bool:
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(module, "_bring", bring)
    return bring_forward(os.getpid())


def test_what_could_not_be_done_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":0")
    for name in ("WAYLAND_DISPLAY", "XDG_SESSION_TYPE"):
        monkeypatch.delenv(name, raising=False)
    assert _says(monkeypatch, True) == ""
    assert _says(monkeypatch, False) == REFUSED
    assert _says(monkeypatch, LookupError()) == NO_WINDOW
    assert _says(monkeypatch, OSError("libxcb.so.1: not there")) == "libxcb.so.1: not there"


def test_a_number_that_is_a_process_which_started_this_one_brings_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """phy in a container says 1, which here has started every window there is."""
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr(module, "parents", lambda: {os.getpid(): 5, 5: 1})
    monkeypatch.setattr(module, "_bring", lambda *_: True)
    assert (bring_forward(1), bring_forward(7)) == (REFUSED, "")


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="X11 only")
def test_a_screen_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":59871")
    assert bring_forward(os.getpid()) in (
        "the screen of DISPLAY does not answer",
        "libxcb.so.1: cannot open shared object file: No such file or directory",
    )
    monkeypatch.delenv("DISPLAY")
    assert bring_forward(os.getpid()) == way_of(sys.platform, os.environ)[1]


def _mac(
    monkeypatch: pytest.MonkeyPatch, done: subprocess.CompletedProcess[bytes] | Exception
) -> list[list[str]]:
    calls: list[list[str]] = []

    def run(words: list[str], **_: object) -> subprocess.CompletedProcess[bytes]:
        calls.append(words)
        if isinstance(done, Exception):
            raise done
        return done

    monkeypatch.setattr(module, "parents", dict)
    monkeypatch.setattr(module.sys, "platform", "darwin")
    monkeypatch.setattr(module.subprocess, "run", run)
    return calls


def test_macos_is_asked_by_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    denied = b"execution error: Not authorized to send Apple events. (-1743)\n"
    gone = b"execution error: Can't get process 1 whose unix id = 42. (-1719)"
    for status, said, why in (
        (0, b"", ""),
        (1, denied, "execution error: Not authorized to send Apple events. (-1743)"),
        (1, gone, NO_WINDOW),
        (1, b"", REFUSED),
    ):
        with monkeypatch.context() as patch:
            calls = _mac(patch, subprocess.CompletedProcess([], status, b"", said))
            assert bring_forward(42) == why
            assert calls == [module.mac_words(42)]
            assert "unix id is 42)" in calls[0][-1]
    with monkeypatch.context() as patch:
        _mac(patch, subprocess.TimeoutExpired("osascript", 10))
        assert bring_forward(42) == "macOS has not answered whether bcviewer may do that"


def test_a_phy_that_is_open_is_brought_forward_and_needs_no_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(phy_start, "open_on", lambda _: 4321)
    monkeypatch.setattr(phy_start, "bring_forward", lambda process: "")
    command = str(tmp_path / "not there")
    assert phy_start.start_phy(command, tmp_path) == phy_start.FoundPhy(tmp_path, 4321)
    monkeypatch.setattr(phy_start, "bring_forward", lambda process: f"{process} hides")
    with pytest.raises(UserError) as told:
        phy_start.start_phy(command, tmp_path)
    assert told.value.message == (
        f"phy is open on {tmp_path.name} already (process 4321), and its window could not be "
        "brought forward: 4321 hides."
    )
    assert told.value.hint == "Go to its window: two would overwrite each other's work."
