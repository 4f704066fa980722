"""Hands on the two windows: keys and clicks by xdotool, as the X server's own."""

from __future__ import annotations

import subprocess
import time

FOUND_S = 60


class Hands:
    """Types into one window of a screen.

    Parameters
    ----------
    env : dict of str to str
        The environment with the screen.
    """

    def __init__(self, env: dict[str, str]) -> None:
        self._env = env
        self.windows: dict[int, str] = {}
        """The window of each process."""

    def _xdotool(self, *words: str, timeout: float = 20) -> str:
        done = subprocess.run(
            ["xdotool", *words],
            env=self._env,
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout,
        )
        return done.stdout.strip()

    def find(self, pid: int, name: str, seconds: float = FOUND_S) -> str:
        """Return the window of a process that has a name; empty: it did not come."""
        until = time.monotonic() + seconds
        words = ("search", "--all", "--onlyvisible", "--pid", str(pid), "--name", name)
        while time.monotonic() < until:
            if found := self._xdotool(*words).split():
                self.windows[pid] = found[-1]
                return found[-1]
            time.sleep(0.2)
        return ""

    def place(self, pid: int, x: int, y: int, width: int, height: int) -> None:
        window = self.windows[pid]
        self._xdotool("windowsize", window, str(width), str(height))
        self._xdotool("windowmove", window, str(x), str(y))

    def focus(self, pid: int) -> None:
        """Have the window of a process get the keys, unless a window of that process does."""
        active = self._xdotool("getactivewindow", "getwindowpid")
        if active != str(pid):
            self._xdotool("windowactivate", "--sync", self.windows[pid], timeout=20)
            time.sleep(0.1)

    def keys(self, pid: int, *names: str, delay_ms: int = 30) -> float:
        """Press keys; return when, just before the first."""
        self.focus(pid)
        pressed = time.monotonic()
        self._xdotool("key", "--delay", str(delay_ms), *names)
        return pressed

    def type(self, pid: int, text: str) -> float:
        self.focus(pid)
        pressed = time.monotonic()
        self._xdotool("type", "--delay", "25", text)
        return pressed

    def click(self, pid: int, x: int, y: int) -> float:
        """Click at a place of the window of a process."""
        self.focus(pid)
        window = self.windows[pid]
        pressed = time.monotonic()
        self._xdotool("mousemove", "--window", window, str(x), str(y), "click", "1")
        return pressed
