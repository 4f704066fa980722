"""Who listens for phys: its turns, its bounds, and two windows that want one address at once."""

from __future__ import annotations

import json
import logging
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QObject, QTimer
from PySide6.QtNetwork import QLocalServer, QLocalSocket
from qt_fixtures import WAIT_MS

from bcviewer.app.background import phy_server
from bcviewer.app.background.phy_server import PhyPeer, PhyServer, lock_of
from bcviewer.io.exchange.phy_messages import Saved, written

SAVED = written("saved")


@pytest.fixture
def address() -> Iterator[str]:
    """Return where to listen; nothing may be left there."""
    if sys.platform == "win32":
        pytest.skip("sockets with a path")
    place = Path(tempfile.mkdtemp(prefix="bcv-", dir="/tmp"))  # a socket's path is short
    yield str(place / "s")
    assert not list(place.iterdir()), "a socket, or a lock, was left"
    shutil.rmtree(place)


@pytest.fixture
def owner(qapp: Any) -> Iterator[QObject]:
    made = QObject()
    yield made
    for server in made.findChildren(PhyServer):
        server.close()


class Ears:
    """What a server's peers said, and how many messages between two turns of the event loop."""

    def __init__(self, server: PhyServer) -> None:
        self.heard: list[object] = []
        self.n_at_once = self.most_at_once = self.n_ended = 0
        self.takes_s = 0.0
        self._tick = QTimer(server)
        self._tick.timeout.connect(self._on_tick)
        self._tick.start(0)
        server.came.connect(self._on_came)

    def _on_tick(self) -> None:
        self.n_at_once = 0

    def _on_came(self, peer: PhyPeer) -> None:
        peer.said.connect(self._on_said)
        peer.ended.connect(self._on_ended)

    def _on_said(self, message: object) -> None:
        time.sleep(self.takes_s)
        self.heard.append(message)
        self.n_at_once += 1
        self.most_at_once = max(self.most_at_once, self.n_at_once)

    def _on_ended(self) -> None:
        self.n_ended += 1


@pytest.fixture
def listening(address: str, owner: QObject, qtbot: Any) -> tuple[Ears, QLocalSocket]:
    """Return what is heard, and somebody who came."""
    server = PhyServer(address, owner)
    ears = Ears(server)
    server.start()
    qtbot.waitUntil(lambda: server.listens, timeout=WAIT_MS)
    phy = QLocalSocket(owner)
    phy.connectToServer(address)
    assert phy.waitForConnected(WAIT_MS)
    return ears, phy


def test_what_was_said_last_is_heard_in_turns_too_and_then_the_end_is_told(
    listening, qtbot, monkeypatch
):
    """Seen: 2,890 lines before the end of a phy were heard in one go, the window silent."""
    monkeypatch.setattr(phy_server, "TURN_S", 0.003)
    ears, phy = listening
    ears.takes_s = 0.001
    phy.write(SAVED * 200)
    phy.flush()
    phy.disconnectFromServer()
    qtbot.waitUntil(lambda: ears.n_ended > 0, timeout=WAIT_MS)
    assert ears.heard == [Saved()] * 200
    assert ears.n_ended == 1
    assert ears.most_at_once <= 5


def test_who_says_more_than_can_be_heard_is_listened_to_no_more(
    listening, qtbot, monkeypatch, caplog
):
    monkeypatch.setattr(phy_server, "TURN_S", 0.0)
    monkeypatch.setattr(phy_server, "MOST_UNHEARD", 100_000)
    caplog.set_level(logging.INFO, "bcviewer")
    ears, phy = listening
    ears.takes_s = 0.001
    phy.write(SAVED * 20_000)
    phy.flush()
    qtbot.waitUntil(lambda: ears.n_ended > 0, timeout=WAIT_MS)
    assert ears.n_ended == 1
    assert len(ears.heard) < 20_000
    assert "more than can be heard" in caplog.text


def test_as_much_as_is_said_at_once_is_read_in_parts(listening, qtbot, monkeypatch):
    ears, phy = listening
    (server,) = phy.parent().findChildren(PhyServer)
    qtbot.waitUntil(lambda: bool(server.findChildren(PhyPeer)), timeout=WAIT_MS)
    (its_end,) = server.findChildren(PhyPeer)[0].findChildren(QLocalSocket)
    assert its_end.readBufferSize() == phy_server.MOST_READ
    long = json.dumps({**json.loads(SAVED), "words": 4000 * "x"}).encode() + b"\n"
    n = 3 * phy_server.MOST_READ // len(long)
    phy.write(long * n)
    phy.disconnectFromServer()
    qtbot.waitUntil(lambda: ears.n_ended > 0, timeout=WAIT_MS)
    assert len(ears.heard) == n, "nothing of it is lost where it is gone meanwhile"


def test_of_two_windows_that_find_nobody_one_listens_and_keeps_its_socket(
    address, owner, qtbot, monkeypatch
):
    """Each saw that nobody answers, and then removed the socket of the other."""
    monkeypatch.setattr(phy_server, "AGAIN_MS", 20)
    monkeypatch.setattr(phy_server, "LOCKED_MS", 20)
    left = socket.socket(socket.AF_UNIX)
    left.bind(address)
    left.close()
    one, other = PhyServer(address, owner), PhyServer(address, owner)
    real, raced = QLocalServer.removeServer, []

    def remove(name: str) -> bool:
        if not raced:
            raced.append(name)
            other.start()  # it looks after the first one saw nobody, and before that listens
        return real(name)

    monkeypatch.setattr(phy_server.QLocalServer, "removeServer", remove)
    one.start()
    qtbot.waitUntil(lambda: one.listens and "another window" in other.why, timeout=WAIT_MS)
    assert raced
    assert not other.listens
    phy = QLocalSocket(owner)
    phy.connectToServer(address)
    assert phy.waitForConnected(WAIT_MS), "its socket is there"
    one.close()
    qtbot.waitUntil(lambda: other.listens, timeout=WAIT_MS)


def test_only_a_socket_that_nobody_answers_is_removed(address, owner, qtbot, monkeypatch):
    """Whoever has it may be there: seen, to listen replaces what is at the address."""
    monkeypatch.setattr(phy_server, "AGAIN_MS", 20)
    there = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)  # it refuses nobody
    there.bind(address)
    file = Path(address).stat().st_ino
    server = PhyServer(address, owner)
    server.start()
    qtbot.waitUntil(lambda: server.why != "not listening yet", timeout=WAIT_MS)
    assert (server.listens, server.why) == (False, "the address cannot be used")
    assert Path(address).stat().st_ino == file
    there.close()
    Path(address).unlink()
    qtbot.waitUntil(lambda: server.listens, timeout=WAIT_MS)
    assert server.why == ""


def test_where_no_lock_can_be_written_that_is_said(owner, qtbot, tmp_path, monkeypatch):
    monkeypatch.setattr(phy_server, "AGAIN_MS", 20)
    place = tmp_path / "not there"
    server = PhyServer(str(place / "s"), owner)
    server.start()
    assert server.why == f"{lock_of(server.address)} cannot be written"
    assert not server.listens


def test_the_name_of_a_pipe_is_locked_in_the_temporary_folder():
    name = lock_of("bcviewer-0123")
    assert Path(name) == Path(tempfile.gettempdir(), "bcviewer-0123.lock")
