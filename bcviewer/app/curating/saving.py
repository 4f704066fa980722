"""Where what was said is saved: here before a key is done, in the results soon after."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QObject, Signal

from bcviewer.app.curating.mirror import Mirrored
from bcviewer.app.curating.open_journals import OpenJournals
from bcviewer.app.save_state import SavedWhere, SaveState
from bcviewer.app.threads.waiting import wait_until
from bcviewer.core.curation.entries import Action
from bcviewer.errors import UserError
from bcviewer.io.journal.store import JournalStore


class Saving(QObject):
    """Writes actions, and knows where all of them are.

    Attributes
    ----------
    saved : Signal(SaveState)
        What is saved, and where.
    """

    saved = Signal(object)

    def __init__(self, journals: OpenJournals, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._journals = journals
        self._journals.left.connect(self._on_left)
        self._journals.mirrored.connect(self._on_mirrored)
        self._save = SaveState()
        self._rounds = 0

    @property
    def save(self) -> SaveState:
        """What is saved, and where."""
        return self._save

    def append(self, store: JournalStore, action: Action) -> None:
        """Write an action to the local disk, and have it mirrored.

        Raises
        ------
        UserError
            If it is not on the disk.
        """
        before = self._save
        try:
            store.append(action)
        except UserError as error:
            n, why = before.n_actions, error.message
            self._tell(SaveState(SavedWhere.FAILED, before.at, n, store.waiting, why))
            raise
        self._journals.poke()
        why = _why_not_mirrored(store) or (before.why if before.place is SavedWhere.LOCAL else "")
        n = before.n_actions + 1
        self._tell(SaveState(SavedWhere.LOCAL, datetime.now(), n, store.waiting, why))

    def wait(self, ms: int) -> bool:
        """Handle events until everything is in both places, at most ``ms`` ms.

        Returns
        -------
        bool
            Whether it is. False as soon as the results' folder cannot be written.
        """
        before = self._rounds
        self._journals.poke()

        def ended() -> bool:
            store = self._journals.store
            if store is None or not store.unsettled:
                # what is shown of it is one event behind
                return store is None or store.mirror_dir is None or not self._save.waiting
            return self._rounds > before and bool(self._save.why)

        wait_until(ended, self.saved, ms)
        store = self._journals.store
        return store is not None and not store.unsettled

    def _on_left(self) -> None:
        self._tell(SaveState())

    def _on_mirrored(self, report: Mirrored) -> None:
        self._rounds += 1
        save, store = self._save, report.store
        place, waiting = save.place, store.waiting
        if report.problem and place is not SavedWhere.FAILED:
            place = SavedWhere.LOCAL
        elif place is not SavedWhere.FAILED and place is not SavedWhere.NOWHERE:
            place = SavedWhere.LOCAL if waiting or store.mirror_dir is None else SavedWhere.BOTH
        why = save.why if place is SavedWhere.FAILED else report.problem or _why_not_mirrored(store)
        self._tell(SaveState(place, save.at, save.n_actions, waiting, why))

    def _tell(self, save: SaveState) -> None:
        self._save = save
        self.saved.emit(save)


def _why_not_mirrored(store: JournalStore) -> str:
    return "the demo recording is not written to" if store.mirror_dir is None else ""
