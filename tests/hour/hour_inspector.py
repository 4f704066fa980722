"""Answers the driver, in the program's process: what is shown, said, told; and menus without keys.

A thread serves the socket; what is asked is answered by the main thread, in a turn whose time is
told apart as the instrument's own.
"""

from __future__ import annotations

import json
import queue
import socket
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication

if TYPE_CHECKING:
    from meter import Meter

ANSWER_S = 60


class Inspector(QObject):
    """Knows the window; asked by a thread.

    Parameters
    ----------
    meter : Meter
        Told what is this one's own time.
    window : Window
        The program's.
    place : str
        Where it listens.
    """

    asked = Signal(object)

    def __init__(self, meter: Meter, window: Any, place: str) -> None:
        super().__init__()
        self.window, self._meter = window, meter
        self._said: list[str] = []
        session = window.session
        for signal in (session.notice, session.stage.warning):
            signal.connect(self._said.append)
        session.failed.connect(lambda error: self._said.append(f"FAILED {error}"))
        session.stage.changed.connect(self._on_changed)
        self.asked.connect(self._answer)
        self._answers: queue.Queue[dict[str, Any]] = queue.Queue()
        Path(place).unlink(missing_ok=True)
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(place)
        self._server.listen()
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._server.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            with connection, connection.makefile("rw") as file:
                for line in file:
                    self.asked.emit(json.loads(line))
                    try:
                        answer = self._answers.get(timeout=ANSWER_S)
                    except queue.Empty:
                        answer = {"error": "the main thread does not answer"}
                    file.write(json.dumps(answer) + "\n")
                    file.flush()

    def _answer(self, asked: dict[str, Any]) -> None:
        begun = time.thread_time()
        try:
            answer = getattr(self, f"do_{asked['do']}")(asked)
        except Exception as error:  # noqa: BLE001 - the driver is told, whatever it is
            answer = {"error": f"{type(error).__name__}: {error}"}
        self._answers.put(answer)
        if asked["do"] == "state":  # what a menu does is the program's
            self._meter.own += time.thread_time() - begun

    # -- what is asked -----------------------------------------------------------------------

    def do_trigger(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Do a command that has no key, as by its menu."""
        action = self.window.actions_by_key.by_key[asked["command"]]
        QTimer.singleShot(0, action.trigger)  # a dialog of it would not let us answer
        return {}

    def do_merges(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Open a file of proposed merges, as once it was chosen."""
        self.window.actions_by_key.merges.read_merges(Path(asked["path"]))
        return {}

    def do_state(self, _: dict[str, Any]) -> dict[str, Any]:
        said, self._said[:] = list(self._said), []
        state = {"said": said, "t": time.monotonic(), **self._seen()}
        for name, widget in (
            ("modal", QApplication.activeModalWidget()),
            ("popup", QApplication.activePopupWidget()),
            ("focus", QApplication.focusWidget()),
        ):
            words = "" if widget is None else f"{type(widget).__name__} {widget.objectName()}"
            state[name] = words
        return state

    def _seen(self) -> dict[str, Any]:
        session = self.window.session
        scene, table = session.scene, session.table
        state = {"busy": bool(session.busy), "open": table is not None}
        if table is None:
            return state
        ids = [int(i) for i in table.ids.cluster_id]
        link = scene.phy_link
        state |= {
            "ids": ids,
            "current": session.current_id(),
            "selected": [ids[row] for row in session.selected.tolist()],
            "shown": [ids[row] for row in np.flatnonzero(session.view.place >= 0).tolist()],
            "link": link.state,
            "shows": list(link.shows),
            "told": link.told,
            "unsaved": link.unsaved,
            "changed": texts_of(table, "phy_change", ids),
            "groups": texts_of(table, "phy_group", ids),
            "labels": labels_of(scene.sheet, ids),
            "notes": texts_of(table, "note", ids),
            "layout": self.window.prefs.layout_name(),
            "queue": self._queue(),
        }
        return state

    def _queue(self) -> int:
        merging = vars(self.window.session.saying).get("merging")  # looking makes none
        queue_now = None if merging is None else merging.queue
        return 0 if queue_now is None else len(queue_now.merges)

    # -- what is seen ------------------------------------------------------------------------

    def _on_changed(self, before: Any, scene: Any) -> None:
        """Have a row where what is highlighted, read or known of phy is another."""
        begun = time.thread_time()
        what = [
            name
            for name in ("marked", "phy_link", "book")
            if getattr(scene, name) is not getattr(before, name)
        ]
        if what and scene.book is not None:
            ids = scene.table.ids.cluster_id
            selected = [int(ids[row]) for row in scene.selected[:21].tolist()]
            current = int(ids[scene.current]) if scene.current >= 0 else None
            link = scene.phy_link
            self._meter.row(
                "scene",
                what=what,
                current=current,
                selected=selected,
                n=len(scene.selected),
                link=link.state,
                shows=list(link.shows),
                unsaved=link.unsaved,
            )
        self._meter.own += time.thread_time() - begun


def texts_of(table: Any, name: str, ids: list[int]) -> dict[str, str]:
    """Return the texts of a column by cluster id, without empty ones."""
    codes, words = table.codes(name)
    texts = ((i, str(words[code])) for i, code in zip(ids, codes.tolist(), strict=True))
    return {str(i): text for i, text in texts if text}


def labels_of(sheet: Any, ids: list[int]) -> dict[str, str]:
    """Return the manual labels by cluster id."""
    from bcviewer.core.curation.said_columns import NO_LABEL
    from bcviewer.core.rules.labels import LABEL_NAMES, Label

    codes = zip(ids, sheet.manual.labels.tolist(), strict=True)
    return {str(i): LABEL_NAMES[Label(code)] for i, code in codes if code != NO_LABEL}
