"""The addresses of the open recordings, and who listens there: found in a thread, as drives say."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from bcviewer.app.background.phy_server import PhyPeer, PhyServer
from bcviewer.app.threads.worker import Control, Outcome, Worker
from bcviewer.io.exchange import phy_plugin

NOT_INSTALLED = "its plugin is not installed"


class PhyAddresses(QObject):
    """Owns a server for each open recording, where phy's plugin is installed.

    Attributes
    ----------
    came : Signal(str, PhyPeer)
        Somebody came, to the address of a Kilosort directory.
    left : Signal(str)
        Nothing listens there any more: it is open no more, or there is no link.
    changed : Signal()
        What listens, or why nothing does, is another thing.
    """

    came = Signal(str, object)
    left = Signal(str)
    changed = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._servers: dict[str, PhyServer] = {}
        self._datasets: dict[str, str] = {}
        """What phy calls the directory of each server: its resolved path."""
        self._asked: tuple[str, ...] | None = None
        self._why = ""
        self._started = False
        self._worker = Worker("phy link", self)
        self._worker.finished.connect(self._on_found)

    def start(self, folders: tuple[str, ...]) -> None:
        """Look anew whether the plugin is installed; if so, listen for some directories."""
        self._started, self._asked = True, None
        self.serve(folders)

    def serve(self, folders: tuple[str, ...]) -> None:
        """Listen for these directories and no others, once it was started."""
        if not self._started or folders == self._asked:
            return
        self._asked, plugin = folders, phy_plugin.where()

        def work(control: Control) -> dict[str, tuple[str, str]] | None:
            from bcviewer.io.exchange.phy_address import address, dataset_key

            if not phy_plugin.is_installed(plugin):
                return None
            found = {}
            for folder in folders:
                control.at(folder)  # its path is resolved on its drive
                found[folder] = address(Path(folder)), dataset_key(Path(folder))
            return found

        self._worker.submit("phy link", work, str(plugin))

    @property
    def folders(self) -> tuple[str, ...]:
        """The directories that it was told to listen for last."""
        return self._asked or ()

    def listens(self, folder: str) -> bool:
        """Whether it listens for a directory."""
        return folder in self._servers and self._servers[folder].listens

    def is_of(self, folder: str, dataset: str) -> bool:
        """Whether a phy has a directory open, by the resolved path that it says."""
        return self._datasets.get(folder) == dataset

    def why(self, folder: str) -> str:
        """Return why it does not."""
        return self._servers[folder].why if folder in self._servers else self._why

    def end(self) -> None:
        """Listen no more, and ask the thread to end."""
        self._started = False
        for folder in tuple(self._servers):
            self._leave(folder)
        self._worker.end()

    def join(self, until: float) -> bool:
        """Wait until a time, s of the monotonic clock; return whether the thread ended."""
        return self._worker.join(until)

    def _on_found(self, outcome: Outcome) -> None:
        found = outcome.value if isinstance(outcome.value, dict) else {}
        self._why = NOT_INSTALLED if outcome.value is None else ""
        if outcome.error is not None:
            self._why = f"its address cannot be found ({outcome.error})"[:200]
        for folder in [f for f in self._servers if f not in found]:
            self._leave(folder)
        for folder, (address, dataset) in found.items():
            if folder not in self._servers:
                self._datasets[folder] = dataset
                self._listen(folder, address)
        self.changed.emit()

    def _listen(self, folder: str, address: str) -> None:
        server = self._servers[folder] = PhyServer(address, self)

        def came(peer: PhyPeer) -> None:
            self.came.emit(folder, peer)

        server.came.connect(came)
        server.changed.connect(self.changed)
        server.start()

    def _leave(self, folder: str) -> None:
        server = self._servers.pop(folder)
        self._datasets.pop(folder, None)
        self.left.emit(folder)
        server.close()
        server.deleteLater()
