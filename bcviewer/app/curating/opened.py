"""What threads read of a recording's journals: first on this computer, then in the results."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bcviewer.core.curation.replay import replay
from bcviewer.core.curation.state import CurationState
from bcviewer.core.run.run import Issue
from bcviewer.core.sheet.queue import Review
from bcviewer.io.journal.store import JournalsRead, JournalStore


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """A recording's journals, read and replayed.

    Attributes
    ----------
    store : JournalStore
        The journals.
    state : CurationState or None
        What they say; None: the same as before.
    issues : tuple of Issue
        What was wrong with them.
    queue : Review or None
        The review queue that is kept beside them.
    queue_of_all : str
        The text of the one that is kept of all probes of the recording; empty: there is none.
    why_no_queue : str
        Why there is one that cannot be brought back; empty: it can, or there is none.
    why_no_queue_of_all : str
        The same of the one of all probes.
    tried : str
        What was tried when these results were open last, as it is kept; empty: nothing.
    """

    store: JournalStore
    state: CurationState | None
    issues: tuple[Issue, ...]
    queue: Review | None = None
    queue_of_all: str = ""
    why_no_queue: str = ""
    why_no_queue_of_all: str = ""
    tried: str = ""


ReadJournals = Callable[[JournalStore, Callable[[], None]], JournalsRead]
_pausing = threading.Lock()
_paused: list[bool] = []
"""Who reads journals now, and whether the collector of garbage ran when they began: it is the
process's own, as is its switch. While a program starts it is off."""


@contextmanager
def _no_collection() -> Iterator[None]:
    """Collect no garbage meanwhile, however many threads say so.

    Tens of thousands of values are made and none of them is garbage: looking through them again
    and again would take half as long once more. Nothing that may hang belongs in here.
    """
    with _pausing:
        _paused.append(gc.isenabled())
        gc.disable()
    try:
        yield
    finally:
        with _pausing:
            ran = _paused.pop()
            if _paused:
                _paused[0] |= ran
            elif ran:
                gc.enable()


def _nothing() -> None:
    pass


def read_state(
    store: JournalStore,
    check: Callable[[], None] = _nothing,
    read: ReadJournals = JournalStore.read,
) -> Opened:
    """Read the journals of a recording and replay them."""
    with _no_collection():
        reading = read(store, check)
        return Opened(store, replay(reading.actions), reading.issues)


def merger(local: Opened) -> Callable[[Callable[[], None]], Opened]:
    """Return what reads the results' folder, once the journals of this computer are read."""
    store, issues = local.store, local.issues
    known = 0 if local.state is None else len(local.state.actions)

    def merge(check: Callable[[], None]) -> Opened:
        reading = store.read_mirror(check)
        if reading.issues == issues and len({a.id for a in reading.actions}) == known:
            return Opened(store, None, issues)
        with _no_collection():
            return Opened(store, replay(reading.actions), reading.issues)

    return merge
