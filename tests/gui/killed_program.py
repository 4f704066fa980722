"""The real program, started again and again and pressed label keys in, for a test that kills it.

It imports everything once and forks: a start then costs no imports. Each line on standard input
starts one; what a started program says goes to standard output, a line of JSON each:

- ``{"pid": 1}``: it was started
- ``{"shown": {"0": "GOOD"}}``: the recording is open, with these manual labels in the table
- ``{"trying": [unit, label]}`` and, when the key was handled, ``{"acknowledged": id}``
- ``{"mirrored": true}``: it was asked for no keys, and everything is in both places

Asked for :data:`NOTE` keys it types a note, a letter at a time, until it is killed:

- ``{"offered": text}``: what the line for the note begins with
- ``{"typed": text}``: a letter more; it is on the disk, and nothing was done but handling events
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

from bcviewer.app.background import evidence, verifier
from bcviewer.app.commands.table import COMMANDS
from bcviewer.app.prefs import data_folder
from bcviewer.app.session import Session
from bcviewer.app.threads.waiting import wait_until
from bcviewer.core.rules.labels import LABEL_NAMES, Label
from bcviewer.errors import UserError
from bcviewer.frame.application import application
from bcviewer.frame.window import Window
from bcviewer.io.names import DRAFTS
from bcviewer.main import start
from bcviewer.oracle.client import Bombcell

WAIT_MS = 20_000
NOTE = -1
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


def note(path: str) -> None:
    """Type a note until it is killed."""
    _, window = start([path])
    session, edit = window.session, window.curate_bar.edit
    session.wait_idle(WAIT_MS)
    QTest.qWait(300)  # what was left is read in the background, and may be nothing
    QTest.keyClick(window.unit_table, Qt.Key.Key_T)
    say(offered=edit.text())
    kept = data_folder() / DRAFTS
    while True:
        QTest.keyClicks(edit, "x")
        while not any(edit.text() in path.read_text("utf-8") for path in kept.glob("*/*.json")):
            QTest.qWait(1)
        say(typed=edit.text())


def program(path: str, seed: int, keys: int) -> None:
    """Start the program, press label keys until it is killed, and end only if it is not."""
    window = None
    if seed % 3 == 0:
        _, window = start([path])
        session = window.session
        if seed % 6 == 0:  # with all its plots; else as soon as a key can be pressed
            session.wait_idle(WAIT_MS)
    else:  # without the window, which takes longest to start
        application()
        session = Session()
        session.open(path)
    curation = session.curation
    if not wait_until(lambda: curation.is_open, curation.opened, WAIT_MS):
        sys.exit("the journals were not read")
    shown = session.table.values("manual_label").tolist()
    ids = session.table.ids.cluster_id.tolist()
    say(shown={str(i): label for i, label in zip(ids, shown, strict=True) if label})
    rng = random.Random(seed)
    for _ in range(keys):
        unit, label = rng.choice(ids), rng.choice(list(KEYS))
        session.go_to_id(unit)
        if curation.state.label(unit) == label:
            continue  # nothing would be written
        say(trying=[unit, LABEL_NAMES[label]])
        press(window, session, label)
        say(acknowledged=curation.state.undoable(curation.person).id)
        if rng.random() < 0.2:
            QApplication.processEvents()
    if not keys:
        say(mirrored=curation.wait_saved(WAIT_MS))
    session.close()
    window.close() if window else None


def press(window: Window | None, session: Session, label: Label) -> None:
    """Press the label's key where there is one; else do what the key does."""
    name = f"Alt+{KEYS[label].name[-1]}"
    if window and any(name in command.shortcuts for command in COMMANDS):
        target = window.focusWidget() or window
        QTest.keyClick(target, KEYS[label], Qt.KeyboardModifier.AltModifier)
    else:
        session.set_label(label)


def main() -> None:
    for line in iter(sys.stdin.readline, ""):
        path, seed, keys = json.loads(line)
        pid = os.fork()
        if pid == 0:
            note(path) if keys == NOTE else program(path, seed, keys)
            os._exit(0)
        say(pid=pid)
        os.waitpid(pid, 0)
        say(ended=pid)


if __name__ == "__main__":
    main()
