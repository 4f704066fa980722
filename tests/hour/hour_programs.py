"""The two programs of an hour: started, asked, killed, quit."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hour_hands import Hands
from hour_setup import HERE, Setup, python

ANSWER_S = 60
STARTED_S = 120
OPENED_S = 4.0
"""What phy selects before, it restores: by the link's rule nobody chose it."""
State = dict[str, Any]


class AskError(Exception):
    """A program does not answer."""


class Program:
    """One program: a process with a window, and a socket that answers.

    Parameters
    ----------
    setup, hands : Setup, Hands
        Where it runs, and who types.
    title : str
        What its window's name has.
    place : tuple of int
        x, y, width and height of its window; empty: it takes its place by itself.
    """

    name = ""
    title = ""
    place: tuple[int, ...] = ()

    def __init__(self, setup: Setup, hands: Hands) -> None:
        self.setup, self.hands = setup, hands
        self.process: subprocess.Popen[bytes] | None = None
        self.socket = str(setup.run / f"{self.name}.sock")
        self.starts = 0

    def launch(self) -> subprocess.Popen[bytes]:
        raise NotImplementedError

    @property
    def pid(self) -> int:
        return 0 if self.process is None else self.process.pid

    @property
    def runs(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Start it, and wait until its window is there and it answers."""
        Path(self.socket).unlink(missing_ok=True)
        self.process = self.launch()
        self.starts += 1
        if not self.hands.find(self.pid, self.title, STARTED_S):
            raise AskError(f"{self.name} has no window")
        if self.place:
            self.hands.place(self.pid, *self.place)
        until, why = time.monotonic() + STARTED_S, ""
        while time.monotonic() < until:
            try:
                if self.is_ready(self.state()):
                    return
            except (OSError, AskError) as error:
                why = str(error)
                if not self.runs:
                    break
            time.sleep(0.25)
        raise AskError(f"{self.name} is not ready: {why}")

    def is_ready(self, state: State) -> bool:
        return not state["busy"]

    def ask(self, do: str, **fields: Any) -> State:
        """Ask it something; raises where it does not answer."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(ANSWER_S)
            connection.connect(self.socket)
            connection.sendall(json.dumps({"do": do, **fields}).encode() + b"\n")
            with connection.makefile() as file:
                line = file.readline()
        answer: State = json.loads(line) if line else {"error": "nothing"}
        if "error" in answer:
            raise AskError(f"{self.name}: {answer['error']}")
        return answer

    def state(self) -> State:
        return self.ask("state")

    def key(self, *names: str) -> float:
        return self.hands.keys(self.pid, *names)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()  # nothing, where it has ended
            self.process.wait(10)

    @property
    def status(self) -> int | None:
        return None if self.process is None else self.process.poll()

    def quit(self, key: str = "ctrl+q", seconds: float = 30) -> int | None:
        """Quit it by a key; return its status, or None where it did not end."""
        assert self.process is not None
        self.key(key)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None


class Viewer(Program):
    """bcviewer, of the tree that is tried, with the meter."""

    name, title = "viewer", "bcviewer"

    def __init__(self, setup: Setup, hands: Hands, labels: Callable[[], bool]) -> None:
        super().__init__(setup, hands)
        self._labels = labels
        self._said: list[str] = []

    def launch(self) -> subprocess.Popen[bytes]:
        return self.setup.start(
            [
                *python(),
                str(HERE / "meter.py"),
                str(self.setup.out / "viewer.jsonl"),
                self.socket,
                str(self.setup.folder),
            ],
            "viewer.log",
            PYTHONPATH=str(self.setup.tree),
            BCVIEWER_CONFIG_DIR=str(self.setup.out / "config"),
            SAMPLE=os.environ.get("SAMPLE", ""),
            HOUR_LABELS=str(int(self._labels())),
        )

    def state(self) -> State:
        """Return what it shows; what it said is kept until it is taken, whoever asks meanwhile."""
        state = super().state()
        self._said += state["said"]
        return state

    def take_said(self) -> list[str]:
        """Return what it said since this was asked last."""
        said, self._said = self._said, []
        return said

    def is_ready(self, state: State) -> bool:
        return bool(state["open"]) and bool(state.get("ids"))


class Phy(Program):
    """The real phy."""

    name, title, place = "phy", "TemplateGUI", (1290, 0, 1280, 860)

    def launch(self) -> subprocess.Popen[bytes]:
        return self.setup.start(
            [self.setup.phy, "template-gui", "params.py"],
            "phy.log",
            cwd=self.setup.folder,
            HOUR_PHY_LOG=str(self.setup.out / "phy.jsonl"),
            HOUR_PHY_SOCKET=self.socket,
            QTWEBENGINE_CHROMIUM_FLAGS="--no-sandbox",
            QTWEBENGINE_DISABLE_SANDBOX="1",
            PYTHONFAULTHANDLER="1",
        )

    def is_ready(self, state: State) -> bool:
        opened = state["t"] - state["last"].get("start", state["t"]) > OPENED_S
        return opened and not state["busy"]
