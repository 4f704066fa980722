"""Listens for the phys that have a dataset open, and reads what they say. It waits for nobody."""

from __future__ import annotations

import logging
import time
from collections import deque
from contextlib import suppress

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from bcviewer.errors import UserError
from bcviewer.io.exchange.phy_messages import Lines, Message, read

AGAIN_MS = 2_000
"""So often is looked whether the address is free, where another window has it."""
BUSY_MS = 150
"""phy that was busy is asked again after this time."""
ACTED_BY_MS = 60_000
"""What phy has not answered of an act by then, it never does: of many spikes its step takes half a
minute."""
TURN_S = 0.02
"""What a phy says is listened to for so long in one turn: it may have said a thousand acts."""
MOST_PEERS = 8
MOST_DROPPED = 20
"""Lines that were no messages, until whoever sends them is not listened to any more."""

log = logging.getLogger("bcviewer")


class PhyPeer(QObject):
    """One program that came to the address: a phy, once it has said hello.

    Attributes
    ----------
    said : Signal(Message)
        A message.
    ended : Signal()
        It is gone.
    """

    said = Signal(object)
    ended = Signal()

    def __init__(self, socket: QLocalSocket, parent: QObject) -> None:
        super().__init__(parent)
        self._socket, self._lines, self._dropped = socket, Lines(), 0
        self._unheard: deque[bytes] = deque()
        self._turn = QTimer(self)
        self._turn.setSingleShot(True)
        self._turn.timeout.connect(self._listen)
        socket.setParent(self)
        socket.readyRead.connect(self._on_ready_read)
        socket.disconnected.connect(self._on_gone)

    def send(self, line: bytes) -> None:
        """Send a line, at once."""
        if self._socket.state() is QLocalSocket.LocalSocketState.ConnectedState:
            self._socket.write(line)
            self._socket.flush()

    def close(self) -> None:
        """Be silent, and gone."""
        self._unheard.clear()
        self._socket.blockSignals(True)
        self._socket.abort()

    def refuse(self) -> None:
        """Listen to it no more; it is told to be gone."""
        self._unheard.clear()
        self._socket.abort()

    def _on_ready_read(self) -> None:
        try:
            self._unheard += self._lines.feed(bytes(self._socket.readAll().data()))
        except UserError as error:
            self._drop(error)
            self._socket.abort()
            return
        if not self._turn.isActive():
            self._listen()

    def _on_gone(self) -> None:
        """Hear what it said last, and tell that it is gone."""
        while self._unheard:
            self._hear(self._unheard.popleft())
        self.ended.emit()

    def _listen(self) -> None:
        """Hear what it said; what takes longer than a turn has is heard in the next ones."""
        until = time.monotonic() + TURN_S
        while self._unheard:
            self._hear(self._unheard.popleft())
            if self._dropped > MOST_DROPPED:
                log.info("the link with phy: not listened to any more")
                self.refuse()
            elif self._unheard and time.monotonic() > until:
                self._turn.start()
                return

    def _hear(self, line: bytes) -> None:
        if not line.strip():
            return
        try:
            message: Message = read(line)
        except UserError as error:
            self._drop(error)
        else:
            self.said.emit(message)

    def _drop(self, error: UserError) -> None:
        self._dropped += 1
        log.info("the link with phy: a message was dropped, %s", error.message)


class PhyServer(QObject):
    """The address of one dataset.

    A socket's file of somebody who is there is never removed: first is tried to connect.

    Attributes
    ----------
    came : Signal(PhyPeer)
        Somebody connected.
    changed : Signal()
        It listens, or it does not: :attr:`why` says why.
    why : str
        Why it does not listen; empty where it does.
    """

    came = Signal(object)
    changed = Signal()

    def __init__(self, address: str, parent: QObject) -> None:
        super().__init__(parent)
        self.address, self.why = address, "not listening yet"
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._on_connection)
        self._probe: QLocalSocket | None = None
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.timeout.connect(self.start)
        self._n_peers = 0

    @property
    def listens(self) -> bool:
        """Whether it listens."""
        return self._server.isListening()

    def start(self) -> None:
        """Look whether somebody listens there already; if not, listen."""
        if self.listens or self._probe is not None:
            return
        self._probe = probe = QLocalSocket(self)
        probe.connected.connect(self._on_taken)
        probe.errorOccurred.connect(self._on_free)
        probe.connectToServer(self.address)

    def close(self) -> None:
        """Listen no more."""
        self._again.stop()
        self._end_probe()
        self._server.close()

    def _on_taken(self) -> None:
        self._end_probe()
        self._say("another window of bcviewer has this recording's link")
        self._again.start(AGAIN_MS)

    def _on_free(self, error: QLocalSocket.LocalSocketError) -> None:
        self._end_probe()
        if error is QLocalSocket.LocalSocketError.ConnectionRefusedError:
            QLocalServer.removeServer(self.address)  # nobody answers: its owner was killed
        if self._server.listen(self.address):
            self._say("")
        else:
            self._say(self._server.errorString() or "the address cannot be used")
            self._again.start(AGAIN_MS)

    def _end_probe(self) -> None:
        probe, self._probe = self._probe, None
        if probe is not None:
            probe.blockSignals(True)
            probe.abort()
            probe.deleteLater()

    def _say(self, why: str) -> None:
        if why != self.why:
            self.why = why
            self.changed.emit()

    def _on_connection(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            if self._n_peers >= MOST_PEERS:
                socket.abort()
                socket.deleteLater()
                continue
            self._n_peers += 1
            peer = PhyPeer(socket, self)
            peer.ended.connect(self._on_ended)
            self.came.emit(peer)

    def _on_ended(self) -> None:
        self._n_peers -= 1
        with suppress(RuntimeError):
            self.sender().deleteLater()
