"""Merges that one phy is asked for: one after the other, each answered before the next is sent."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

from PySide6.QtCore import QObject, QTimer

from bcviewer.app.background.phy_server import ACTED_BY_MS, BUSY_MS, PhyPeer
from bcviewer.core.rules.counts import count_of, units_named
from bcviewer.io.exchange.phy_messages import Merged, written

MERGE = "merge"
"""What a plugin that merges says that it can."""
OLDER = (
    "phy's plugin is of another version: File > Link with phy… installs it anew. Nothing is sent."
)


class PhyMerging(QObject):
    """What is to be merged in one phy, as actions of phy's own.

    Nothing is sent twice: what is not answered is told, and may have been done.
    """

    def __init__(self, peer: PhyPeer, can: Iterable[str], tell: Callable[[str], None]) -> None:
        super().__init__(peer)
        self._peer, self._can, self._tell = peer, MERGE in can, tell
        self._groups: deque[tuple[int, ...]] = deque()
        self._seq = self._n_done = 0
        self._refused: list[str] = []
        self._again, self._unanswered = QTimer(self), QTimer(self)
        for timer, do in ((self._again, self._send), (self._unanswered, self._on_unanswered)):
            timer.setSingleShot(True)
            timer.timeout.connect(do)
        peer.ended.connect(self._on_ended)

    def merge(self, groups: Iterable[tuple[int, ...]]) -> None:
        """Have the clusters of each group merged, after what was asked before."""
        if not self._can:
            self._tell(OLDER)
            return
        rests = not self._groups
        self._groups.extend(groups)
        if rests:
            self._n_done, self._refused = 0, []
            self._send()

    def on_merged(self, said: Merged) -> None:
        """Take an answer."""
        if not self._groups or said.seq != self._seq or self._again.isActive():
            return
        self._unanswered.stop()
        if said.busy:
            self._again.start(BUSY_MS)
            return
        group = self._groups.popleft()
        if not said.made:
            gone = f"{units_named(list(said.gone))} no longer there" if said.gone else "refused"
            self._refused.append(f"{units_named(list(group))}: {gone}")
        else:
            self._n_done += 1
            self._tell(f"In phy: {units_named(list(group))} → {said.made[0]}, not saved yet.")
        if self._groups:
            self._send()
        else:
            self._say_end("")

    def _send(self) -> None:
        self._seq += 1
        self._peer.send(written(MERGE, seq=self._seq, ids=list(self._groups[0])))
        self._unanswered.start(ACTED_BY_MS)

    def _on_unanswered(self) -> None:
        self._say_end("phy does not answer")

    def _on_ended(self) -> None:
        self._again.stop()
        self._unanswered.stop()
        if self._groups:
            self._say_end("phy is gone")

    def _say_end(self, why: str) -> None:
        """Say what was done and what was not; of what waited nothing is sent any more."""
        left = [units_named(list(group)) for group in self._groups]
        self._groups.clear()
        if self._n_done + len(self._refused) + len(left) < 2 and not (self._refused or left):
            return  # it was said
        n = self._n_done
        done = f"In phy: {count_of(n, 'merge')} done, not saved yet." if n else "In phy: no merge."
        parts = [done, *(f"Not merged: {words}." for words in self._refused[:3])]
        more = len(self._refused) - 3
        parts += [f"{more:,} more not merged."] if more > 0 else []
        parts += [f"{why}: not merged, as far as is known: {'; '.join(left[:3])}."] if left else []
        self._tell(" ".join(parts))
