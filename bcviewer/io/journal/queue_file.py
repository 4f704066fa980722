"""Texts of recordings in the user's data folder: review queues, and what is tried.

Nothing of them is in the results.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from bcviewer.core.curation.blind import has_seen
from bcviewer.core.curation.replay import replay
from bcviewer.core.run.run import Run
from bcviewer.core.sheet.kept_queue import from_text, hidden_by_all, is_same_queue, newest_first
from bcviewer.core.sheet.queue import Review
from bcviewer.errors import UserError
from bcviewer.io.files import decode, open_input, reason
from bcviewer.io.journal.recording_key import recording_key
from bcviewer.io.journal.store import JournalStore
from bcviewer.io.names import JOURNALS, MERGES, QUEUES, TRIED
from bcviewer.io.put_file import refuse_link, write_atomically

LARGEST = 12_000_000
"""Largest queue that is read, bytes."""
_HEAD = 4096
"""What a queue is like stands before its units, within so many bytes."""
_BLIND = re.compile(rb'"blind"\s*:\s*true')

MERGES_REPLACED = (
    "What another window said of these proposals was kept; now what this one says is kept in its"
    " place."
)
REPLACED = "The review queue of another window was kept; now this one is kept in its place."


def all_probes(key: str) -> str:
    """Return the key of the queue over all probes of a recording: a copy for each of them."""
    return f"{key}-all"


class Hidden(NamedTuple):
    """Whether a blind review hides any verdict: one of the recording alone, one of all probes."""

    alone: bool = False
    by_all: bool = False


class ReplacedError(UserError):
    """A queue was written over one that this program did not know of."""


class KeptTexts:
    """Texts by a key: what is put is there at once, for all threads.

    It is on the disk when :meth:`write` was called, in a thread: a home on the network may not
    answer. Until then, and where it cannot be written, it is what is read.

    Parameters
    ----------
    folder : Path
        Where they are.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._put: dict[str, str] = {}
        """The texts that are not on the disk, by key."""
        self._due: list[str] = []
        """The keys of those that nobody tried to write."""
        self._on_disk: dict[str, str] = {}
        """What was read or written there last, by key."""
        self._lock, self._writing = threading.Lock(), threading.Lock()

    def put(self, key: str, text: str) -> None:
        """Keep a text from now on."""
        with self._lock:
            self._put[key] = text
            self._due = [*(k for k in self._due if k != key), key]

    def read(self, key: str) -> str:
        """Return the text of a recording; empty: there is none, or no file of ours."""
        with self._lock:
            put = self._put.get(key)
        if put is not None:
            return put
        text = read_queue(self.path(key))
        with self._lock:
            self._on_disk[key] = text
        return text

    def known(self, key: str) -> str:
        """Return the text of a recording as far as it was put or read: no drive is looked at."""
        with self._lock:
            return self._put.get(key, self._on_disk.get(key, ""))

    def write(self) -> bool:
        """Write the first of what was put; return whether there was any.

        Raises
        ------
        UserError
            If it cannot be written: whole, or as it was.
        """
        with self._writing:  # one after the other: who hung must not write over what is newer
            with self._lock:
                if not self._due:
                    return False
                key = self._due.pop(0)
                text, known = self._put[key], self._on_disk.get(key, "")
            there = read_queue(self.path(key))
            write_queue(self.path(key), text)
            with self._lock:
                self._on_disk[key] = text
                if key not in self._due:  # else another one was put meanwhile
                    del self._put[key]
            self._replaced(there, known, text)
        return True

    def path(self, key: str) -> Path:
        """Return the file of a key."""
        return self.folder / f"{key}.json"

    def _replaced(self, there: str, known: str, text: str) -> None:
        """Say what became of a text that was there, and maybe was not known here."""


class KeptMerges(KeptTexts):
    """What is said of merges that others proposed."""

    def _replaced(self, there: str, known: str, text: str) -> None:
        """Say that what another window had put there was replaced.

        Raises
        ------
        ReplacedError
            If so.
        """
        if there not in (known, text):
            raise ReplacedError(MERGES_REPLACED)


class QueueFiles(KeptTexts):
    """The queues by what a recording is known by.

    Parameters
    ----------
    data : Path
        The user's data folder.

    Attributes
    ----------
    tried : KeptTexts
        What is tried of a recording, by what its results are known by (:func:`results_key`).
    merges : KeptMerges
        What is said of merges that others proposed, by the same and what they are.
    """

    def __init__(self, data: Path) -> None:
        super().__init__(data / QUEUES)
        self._journals = data / JOURNALS
        self.tried = KeptTexts(data / TRIED)
        self.merges = KeptMerges(data / MERGES)

    def _replaced(self, there: str, known: str, text: str) -> None:
        """Say that another queue was replaced, which another window had put there.

        Raises
        ------
        ReplacedError
            If so.
        """
        if there != known and not is_same_queue(there, text):
            raise ReplacedError(REPLACED)

    def kept(self, key: str, run: Run) -> Review | None:
        """Return the queue of a recording, of the units that a run has; None: there is none."""
        text = self.read(key)
        return from_text(text, run.ids) if text else None

    def kept_or_why(self, key: str, run: Run) -> tuple[Review | None, str]:
        """Return the queue of a recording, or why the one that is there cannot be read."""
        review, path = self.kept(key, run), self.path(key)
        if review is not None or not os.path.lexists(path):
            return review, ""
        why = "its text is damaged, or none of its units is in these results"
        return None, f"{path}: {why if self.read(key) else 'it is no file of ours'}."

    def of_all_or_why(self, key: str) -> tuple[str, str]:
        """Return the text of the queue over all probes that a recording keeps, or why it is none.

        Both are empty where there is none.
        """
        text, path = self.read(all_probes(key)), self.path(all_probes(key))
        if newest_first([text]) or not os.path.lexists(path):
            return text, ""
        return "", f"{path}: {'its text is damaged' if text else 'it is no file of ours'}."

    def is_blind(self, run: Run) -> bool:
        """Return whether a blind review is on of a run's recording, wherever that is.

        Of it alone, or of all probes. Some megabytes of spikes are read: ask :meth:`any_blind`
        before.
        """
        key = recording_key(run).primary
        return len(self._drawn_alone(key, run)) > 0 or len(self._drawn_of_all(key)) > 0

    def who_hides(self, run: Run, person: str, check: Callable[[], None]) -> Hidden:
        """Return which blind reviews of a run's recording hide any verdict from a person still."""
        key = recording_key(run)
        alone, of_all = self._drawn_alone(key.primary, run), self._drawn_of_all(key.primary)
        if not alone and not of_all:
            return Hidden()
        store = JournalStore(key, self._journals, None, "")
        said = replay(store.read_local(check).actions)
        alone, of_all = (
            [i for i in ids if not has_seen(said, i, person)] for ids in (alone, of_all)
        )
        return Hidden(bool(alone), bool(of_all))

    def _drawn_alone(self, key: str, run: Run) -> list[int]:
        review = self.kept(key, run)
        blind = review is not None and review.spec.blind
        return run.ids.ids_of(review.rows).tolist() if review is not None and blind else []

    def _drawn_of_all(self, key: str) -> list[int]:
        text, why = self.of_all_or_why(key)
        if not why:
            return hidden_by_all(text, key)
        try:  # its own copy is damaged: the other probes' say the same
            texts = [read_queue(path) for path in self.folder.glob(f"{all_probes('*')}.json")]
        except OSError:
            return []
        found = (hidden_by_all(text, key) for text in newest_first(texts))
        return next(filter(None, found), [])

    def any_blind(self) -> bool:
        """Return whether a blind review is on of any recording: most have none, and know at once.

        Of a file that is none of ours it may be said, too.
        """
        with self._lock:
            put = [text.encode() for text in self._put.values()]
        return any(map(_says_blind, put)) or any(map(_says_blind, self._heads()))

    def _heads(self) -> list[bytes]:
        try:
            return [_head(path) for path in self.folder.glob("*.json")]
        except OSError:
            return []


def _says_blind(text: bytes) -> bool:
    return _BLIND.search(text[:_HEAD]) is not None


def _head(path: Path) -> bytes:
    try:
        with open_input(path, follow=False) as file:
            return file.read(_HEAD)
    except (UserError, OSError):
        return b""


def read_queue(path: Path) -> str:
    """Return what is kept there; empty: nothing, or no file of ours."""
    try:
        with open_input(path, follow=False) as file:
            data = file.read(LARGEST + 1)
            return decode(data) if len(data) <= LARGEST else ""
    except (UserError, OSError):
        return ""


def write_queue(path: Path, text: str) -> None:
    """Keep a queue: whole, or as it was.

    Raises
    ------
    UserError
        If it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{path}: cannot be written: {reason(error)}.") from None
    refuse_link(path)
    write_atomically(path, lambda temporary: _fill(temporary, text))


def _fill(path: Path, text: str) -> None:
    path.write_text(text, "utf-8")
