"""The real program, started again and again and pressed label keys in, for a test that kills it.

It imports everything once and forks: a start then costs no imports. Each line on standard input
starts one; what a started program says goes to standard output, a line of JSON each:

- ``{"pid": 1}``: it was started
- ``{"shown": {"0": "GOOD"}}``: the recording is open, with these manual labels in the table
- ``{"trying": [unit, label]}`` and, when the key was handled, ``{"acknowledged": id}``
- ``{"mirrored": true}``: it was asked for no keys, and everything is in both places
"""

from __future__ import annotations

import json
import os
import random
import sys
from typing import Any

os.environ["QT_QPA_PLATFORM"] = "offscreen"

import pyqtgraph  # noqa: F401 - imported before the fork
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from bcviewer.app import evidence, verifier
from bcviewer.app.commands import COMMANDS
from bcviewer.core.labels import LABEL_NAMES, Label
from bcviewer.errors import UserError
from bcviewer.io.verify import Bombcell
from bcviewer.main import start

WAIT_MS = 20_000
KEYS = {
    Label.GOOD: Qt.Key.Key_G,
    Label.MUA: Qt.Key.Key_M,
    Label.NOISE: Qt.Key.Key_N,
    Label.NON_SOMA: Qt.Key.Key_S,
}


def not_asked(*_: Any) -> Any:
    raise UserError("bombcell has no part in this")


verifier.START_MS, evidence.BOMBCELL_MS, Bombcell.ask = 10_000_000, 0, not_asked


def say(**what: Any) -> None:
    # one write a line: nothing of it waits in this process when it is killed
    os.write(1, json.dumps(what).encode() + b"\n")


def program(path: str, seed: int, keys: int) -> None:
    """Start the program, press label keys until it is killed, and end only if it is not."""
    _, window = start([path])
    session = window.session
    if not session.wait_idle(WAIT_MS):
        sys.exit(
            f"not idle: {session._worker.busy} {session._jobs.busy} {session.evidence.busy}"
            f" {session.curation.busy} {session._held}"
        )
    shown = session.table.values("manual_label").tolist()
    ids = session.table.run.cluster_id.tolist()
    say(shown={str(i): label for i, label in zip(ids, shown, strict=True) if label})
    rng = random.Random(seed)
    for _ in range(keys):
        unit, label = rng.choice(ids), rng.choice(list(KEYS))
        session.go_to_id(unit)
        if session.curation.state.label(unit) == label:
            continue  # nothing would be written
        say(trying=[unit, LABEL_NAMES[label]])
        press(window, label)
        say(acknowledged=session.curation.state.undoable(session.curation.person).id)
        if rng.random() < 0.2:
            QApplication.processEvents()
    if not keys:
        say(mirrored=session.curation.wait_saved(WAIT_MS))
    window.close()


def press(window: Any, label: Label) -> None:
    """Press the label's key where it is bound; else do what the key does."""
    name = f"Alt+{KEYS[label].name[-1]}"
    if any(name in command.shortcuts for command in COMMANDS):
        QTest.keyClick(window, KEYS[label], Qt.KeyboardModifier.AltModifier)
    else:
        window.session.set_label(label)


def main() -> None:
    for line in iter(sys.stdin.readline, ""):
        path, seed, keys = json.loads(line)
        pid = os.fork()
        if pid == 0:
            program(path, seed, keys)
            os._exit(0)
        say(pid=pid)
        os.waitpid(pid, 0)
        say(ended=pid)


if __name__ == "__main__":
    main()
