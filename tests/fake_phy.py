"""A phy that speaks the protocol of the link, without phy: with latency, busy, garbage, echo."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtNetwork import QLocalSocket
from shared_window import WAIT_MS

from bcviewer.io.exchange.phy_address import address, dataset_key
from bcviewer.io.exchange.phy_messages import VERSION


class FakePhy(QObject):
    """One phy: it has some clusters, of which a filter hides some.

    Attributes
    ----------
    asked : list of tuple of int
        The selections that it was asked for, in their order.
    labels : list of (str, str, tuple of int)
        The labels that it was given.
    busy : int
        So often it says that it is busy.
    deaf : bool
        It answers no label and no merge: something of it failed meanwhile.
    deaf_to : set of str
        The labels that it does not answer.
    old : bool
        Its plugin cannot merge.
    lies : str
        It says that it merged into a cluster that was there: ``untold`` as a change, or ``told``.
    stuck : bool
        It selects nothing that it is asked for, and gives no reason.
    refuses : set of int
        The clusters that it does not label.
    latency_ms : int or None
        How long it takes for a selection; None: it is blocked, until :meth:`answer`.
    """

    def __init__(self, folder: Path, clusters: range, *, dataset: str = "") -> None:
        super().__init__()
        self.clusters, self.hidden = set(clusters), set[int]()
        self.shows: list[int] = []
        self.asked: list[tuple[int, ...]] = []
        self.labels: list[tuple[str, str, tuple[int, ...]]] = []
        self.busy, self.latency_ms, self.applied, self.fronts = 0, 0, 0, 0
        self.deaf, self.old, self.lies, self.refuses = False, False, "", set[int]()
        self.stuck = False
        self.pid, self.deaf_to = 1, set[str]()
        self.changes: list[dict[str, Any]] = []
        self._dataset, self._pending = dataset or dataset_key(folder), None
        self._rest = b""
        self.socket = QLocalSocket(self)
        self.socket.readyRead.connect(self._on_ready_read)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.answer)
        self.socket.connectToServer(address(folder))

    def hello(self) -> None:
        self.say(
            "hello",
            phy="2.1.0",
            pid=self.pid,
            dataset=self._dataset,
            selected=self.shows,
            changes=self.changes,
            **({} if self.old else {"can": ["merge"]}),
        )

    def say(self, kind: str, **fields: Any) -> None:
        self.raw(json.dumps({"v": VERSION, "type": kind, **fields}).encode() + b"\n")

    def raw(self, data: bytes) -> None:
        self.socket.write(data)
        self.socket.flush()

    def close(self) -> None:
        self._timer.stop()
        self.socket.abort()

    # -- the hand of who curates there -------------------------------------------------------

    def choose(self, *ids: int, own: bool = True, after: int | None = None) -> None:
        """Select clusters by hand."""
        self.shows = list(ids)
        self.say("select", ids=self.shows, after=self.applied if after is None else after, own=own)

    def change(self, what: str, **fields: Any) -> None:
        empty = {"history": "", "added": [], "deleted": [], "descendants": []}
        change = {"what": what, **empty, "field": "", "values": {}, **fields}
        self.changes.append(change)
        self.say("cluster", **change)

    def merge(self, into: int, *ids: int) -> None:
        pairs = [[i, into] for i in ids]
        self.change("merge", added=[into], deleted=list(ids), descendants=pairs)

    # -- what it is asked --------------------------------------------------------------------

    def _on_ready_read(self) -> None:
        *lines, self._rest = (self._rest + bytes(self.socket.readAll().data())).split(b"\n")
        for line in lines:
            said = json.loads(line)
            assert said["v"] == VERSION
            getattr(self, f"_{said['type']}")(said)

    def _select(self, said: dict[str, Any]) -> None:
        assert self._pending is None, "one in flight"
        self.asked.append(tuple(said["ids"]))
        self._pending = said
        if self.latency_ms is not None:
            self._timer.start(self.latency_ms)

    def answer(self) -> None:
        """Do what it was asked, and say what it shows."""
        said, self._pending = self._pending, None
        ids, gone = said["ids"], [i for i in said["ids"] if i not in self.clusters]
        hidden = [i for i in ids if i in self.hidden]
        busy, self.busy = self.busy > 0, max(self.busy - 1, 0)
        if not busy:
            self.applied = said["seq"]
        if not busy and not self.stuck:
            self.shows = [i for i in ids if i not in (*gone, *hidden)] or self.shows
        self.say("shown", seq=said["seq"], ids=self.shows, gone=gone, hidden=hidden, busy=busy)

    def _label(self, said: dict[str, Any]) -> None:
        busy, self.busy = self.busy > 0, max(self.busy - 1, 0)
        ids = [] if busy else [i for i in said["ids"] if i in self.clusters - self.refuses]
        deaf = self.deaf or said["value"] in self.deaf_to
        if ids and not deaf:
            values = {str(i): said["value"] for i in ids}
            self.labels.append((said["field"], said["value"], tuple(ids)))
            self.change(f"metadata_{said['field']}", field=said["field"], values=values)
        gone = [] if busy else [i for i in said["ids"] if i not in self.clusters]
        if not deaf:
            self.say("labelled", seq=said["seq"], ids=ids, gone=gone, busy=busy)

    def _merge(self, said: dict[str, Any]) -> None:
        busy, self.busy = self.busy > 0, max(self.busy - 1, 0)
        gone = [] if busy else [i for i in said["ids"] if i not in self.clusters]
        into = max(self.clusters) + 1
        done = not (busy or gone or self.deaf)
        if self.lies:
            into = min(self.clusters)
            if self.lies == "told":
                self.merge(into, *said["ids"])
        elif done:
            self.clusters = {*self.clusters - set(said["ids"]), into}
            self.merge(into, *said["ids"])
            self.choose(into, own=False)  # as after its own key
        if not self.deaf:
            self.say("merged", seq=said["seq"], made=[into][:done], gone=gone, busy=busy)

    def _front(self, _: dict[str, Any]) -> None:
        self.fronts += 1


def linked_phy(window: Any, folder: Path, qtbot: Any, n: int, pid: int | None = None) -> FakePhy:
    """Return a phy of so many clusters that a window is linked with."""
    link = lambda: window.session.scene.phy_link.state  # noqa: E731
    qtbot.waitUntil(lambda: link() == "waiting", timeout=WAIT_MS)
    phy = FakePhy(folder, range(n))
    qtbot.waitUntil(lambda: phy.socket.isValid(), timeout=WAIT_MS)
    if pid is not None:
        phy.pid = pid
    phy.hello()
    qtbot.waitUntil(lambda: link() == "connected", timeout=WAIT_MS)
    return phy


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Keep the sockets of a test in a folder of its own."""
    run = tempfile.mkdtemp(prefix="bcv-", dir="/tmp")  # a socket's path is short
    monkeypatch.setenv("XDG_RUNTIME_DIR", run)
    yield Path(run)
    shutil.rmtree(run)


class Peer(QObject):
    """Keeps what it is sent."""

    ended = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[bytes] = []

    def send(self, line: bytes) -> None:
        self.lines.append(line)

    @property
    def seq(self) -> int:
        return int(json.loads(self.lines[-1])["seq"])
