"""Listens for the phys that have a dataset open, and reads what they say. It waits for nobody."""

from __future__ import annotations

import logging
import tempfile
import time
from collections import deque
from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QLockFile, QObject, QTimer, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from bcviewer.errors import UserError
from bcviewer.io.exchange.phy_messages import Lines, Message, read

AGAIN_MS = 2_000
"""So often is looked whether the address is free, where another window has it."""
BUSY_MS = 150
"""phy that was busy is asked again after this time."""
BUSY_BY_MS = 60_000
"""phy that says for longer that it is busy is asked for that act no more."""
ACTED_BY_MS = 60_000
"""What phy has not answered of an act by then, it never does: of many spikes its step takes half a
minute."""
TURN_S = 0.02
"""What a phy says is listened to for so long in one turn: it may have said a thousand acts."""
MOST_READ = 1_000_000
"""Bytes that are taken from it at once."""
MOST_UNHEARD = 50_000_000
"""Bytes that wait to be heard, until whoever sends them is not listened to any more."""
LOCKED_MS = 100
"""So soon an address is looked at again that another window looks at now."""
LOCK_STALE_MS = 10_000
"""Whoever looks at an address for longer was killed meanwhile."""
ELSEWHERE = "another window of bcviewer has this recording's link"
"""Why it does not listen where somebody does already."""
MOST_PEERS = 8
MOST_DROPPED = 20
"""Lines that were no messages, until whoever sends them is not listened to any more."""

_FREE = (
    QLocalSocket.LocalSocketError.ConnectionRefusedError,
    QLocalSocket.LocalSocketError.ServerNotFoundError,
)
"""What is said where nobody is at an address."""

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
        self._n_unheard = 0
        """Bytes of it."""
        self._hears = self._gone = False
        self._turn = QTimer(self)
        self._turn.setSingleShot(True)
        self._turn.timeout.connect(self._listen)
        socket.setParent(self)
        socket.setReadBufferSize(MOST_READ)
        socket.readyRead.connect(self._on_ready_read)
        socket.disconnected.connect(self._on_gone)

    def send(self, line: bytes) -> None:
        """Send a line, at once."""
        if self._socket.state() is QLocalSocket.LocalSocketState.ConnectedState:
            self._socket.write(line)
            self._socket.flush()

    def close(self) -> None:
        """Be silent, and gone."""
        self._forget()
        self._gone = False
        self._turn.stop()
        self._socket.blockSignals(True)
        self._socket.abort()

    def refuse(self) -> None:
        """Listen to it no more; it is told to be gone."""
        self._forget()
        self._socket.abort()

    def _forget(self) -> None:
        self._unheard.clear()
        self._n_unheard = 0

    def _on_ready_read(self) -> None:
        try:
            lines = self._lines.feed(bytes(self._socket.readAll().data()))
        except UserError as error:
            self._drop(error)
            self._socket.abort()
            return
        self._unheard += lines
        self._n_unheard += sum(map(len, lines))
        if self._n_unheard > MOST_UNHEARD:
            log.info("the link with phy: it says more than can be heard, not listened to any more")
            self.refuse()
        self._go_on()

    def _on_gone(self) -> None:
        """Tell that it is gone, once what it said last is heard."""
        self._gone = True
        self._go_on()

    def _go_on(self) -> None:
        if not self._turn.isActive() and not self._hears:  # what it says may have it refused
            self._listen()

    def _listen(self) -> None:
        """Hear what it said; what takes longer than a turn has is heard in the next ones."""
        self._hears = True
        try:
            self._hear_for(TURN_S)
        finally:
            self._hears = False
        if self._unheard:
            self._turn.start()
        elif self._gone:
            self._gone = False
            self.ended.emit()

    def _hear_for(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while self._unheard:
            line = self._unheard.popleft()
            self._n_unheard -= len(line)
            self._hear(line)
            if self._dropped > MOST_DROPPED:
                log.info("the link with phy: not listened to any more")
                self.refuse()
            if time.monotonic() > until:
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


def lock_of(address: str) -> str:
    """Return the file that is locked while an address is looked at and taken."""
    place = Path(address)  # on Windows the name of a pipe, beside which is no file
    return f"{place if place.is_absolute() else Path(tempfile.gettempdir(), address)}.lock"


class PhyServer(QObject):
    """The address of one dataset.

    A socket's file of somebody who is there is never removed: first is tried to connect. From there
    until it listens a lock is held, for another window that also found nobody would remove the
    socket of this one; it is never waited for.

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
        self._lock = QLockFile(lock_of(address))
        self._lock.setStaleLockTime(LOCK_STALE_MS)
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
        if not self._lock.tryLock(0):
            self._on_locked()
            return
        self._probe = probe = QLocalSocket(self)
        probe.connected.connect(self._on_taken)
        probe.errorOccurred.connect(self._on_free)
        probe.connectToServer(self.address)

    def close(self) -> None:
        """Listen no more."""
        self._again.stop()
        self._end_probe()
        self._lock.unlock()
        self._server.close()

    def _on_locked(self) -> None:
        if self._lock.error() is QLockFile.LockError.LockFailedError:
            self._again.start(LOCKED_MS)  # another window looks, for a moment
        else:
            self._say(f"{self._lock.fileName()} cannot be written")
            self._again.start(AGAIN_MS)

    def _on_taken(self) -> None:
        self._end_probe()
        self._lock.unlock()
        self._say(ELSEWHERE)
        self._again.start(AGAIN_MS)

    def _on_free(self, error: QLocalSocket.LocalSocketError) -> None:
        self._end_probe()
        why = "the address cannot be used"
        if error is QLocalSocket.LocalSocketError.ConnectionRefusedError:
            QLocalServer.removeServer(self.address)  # nobody answers: its owner was killed
        if error in _FREE:  # else somebody may be there, whose socket would be replaced
            why = "" if self._server.listen(self.address) else self._server.errorString() or why
        self._lock.unlock()
        self._say(why)
        if why:
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
