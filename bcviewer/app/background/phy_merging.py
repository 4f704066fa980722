"""Merges that one phy is asked for: one after the other, each answered before the next is sent."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

from PySide6.QtCore import QElapsedTimer, QObject, QTimer, Signal

from bcviewer.app.background.phy_server import ACTED_BY_MS, BUSY_BY_MS, BUSY_MS, PhyPeer
from bcviewer.app.background.phy_told import still_asked
from bcviewer.core.rules.counts import count_of, units_named
from bcviewer.core.run.phy_unsaved import PhyChange
from bcviewer.io.exchange.phy_messages import Merged, written

MERGE = "merge"
"""What a plugin that merges says that it can."""
OLDER = (
    "phy's plugin is of another version: File > Link with phy… installs it anew. Nothing is sent."
)
STAY = "What you accepted stays accepted."


class PhyMerging(QObject):
    """What is to be merged in one phy, as actions of phy's own.

    Nothing is sent twice: what is not answered is told, and may have been done. An answer is
    believed where phy told of that very merge before, and of a cluster that is new.

    Attributes
    ----------
    changed : Signal()
        Others are asked for and not answered.
    """

    changed = Signal()

    def __init__(self, peer: PhyPeer, can: Iterable[str], tell: Callable[[str], None]) -> None:
        super().__init__(peer)
        self._peer, self._can, self._tell = peer, MERGE in can, tell
        self._groups: deque[tuple[int, ...]] = deque()
        self._seq = self._n_done = 0
        self._refused: list[str] = []
        self._doubted: list[str] = []
        self._known: set[int] = set()
        """The clusters that a merge cannot have made: they were there before."""
        self._told: set[int] = set()
        """The new clusters of the merge that was asked for last, as phy told of it."""
        self._done: Callable[[], None] | None = None
        """Who is to hear of the first merge, until there is one."""
        self._busy_for = QElapsedTimer()
        self._again, self._unanswered = QTimer(self), QTimer(self)
        for timer, do in ((self._again, self._send), (self._unanswered, self._on_unanswered)):
            timer.setSingleShot(True)
            timer.timeout.connect(do)
        peer.ended.connect(self._on_ended)

    def merge(
        self,
        groups: Iterable[tuple[int, ...]],
        known: Iterable[int],
        done: Callable[[], None] = lambda: None,
    ) -> None:
        """Have the clusters of each group merged, after what was asked before.

        Parameters
        ----------
        groups : iterable of tuple of int
            The clusters of each.
        known : iterable of int
            Clusters that were there before.
        done : callable, optional
            Called once phy tells of the first merge, of all that are asked for by then.
        """
        if not self._can:
            self._tell(OLDER)
            return
        rests, self._done = not self._groups, done
        self._groups.extend(groups)
        self._known.update(known)
        if rests and self._groups:
            self._n_done, self._refused, self._doubted = 0, [], []
            self._begin()
        if self.n_left:  # a phy that hangs answers nothing for long
            self._tell(still_asked(self.n_left, ()).words)
        self.changed.emit()

    @property
    def n_left(self) -> int:
        """How many merges are asked for, or wait to be, and are not answered."""
        return len(self._groups)

    def on_clustered(self, change: PhyChange) -> None:
        """Note what phy did: its answer is believed where it agrees with that."""
        made = set(change.added) - self._known
        self._known.update(change.added)
        if self._groups and not change.history and set(self._groups[0]) <= set(change.deleted):
            self._told |= made
            if made and (done := self._done) is not None:
                self._done = None
                done()

    def on_merged(self, said: Merged) -> None:
        """Take an answer."""
        if not self._groups or said.seq != self._seq or self._again.isActive():
            return
        self._unanswered.stop()
        if said.busy:
            self._on_busy()
            return
        self._note(said, units_named(list(self._groups.popleft())))
        self.changed.emit()
        if self._groups:
            self._begin()
        else:
            self._say_end("")

    def _on_busy(self) -> None:
        if not self._busy_for.isValid():
            self._busy_for.start()
        if self._busy_for.elapsed() < BUSY_BY_MS:
            self._again.start(BUSY_MS)
        else:
            self.stop("phy stays busy")

    def _note(self, said: Merged, group: str) -> None:
        """Note, and say, what became of a group."""
        if not said.made:
            gone = f"{units_named(list(said.gone))} no longer there" if said.gone else "refused"
            self._refused.append(f"{group}: {gone}")
        elif set(said.made) <= self._told:
            self._n_done += 1
            self._tell(f"In phy: {group} → {said.made[0]}, not saved yet.")
        else:
            self._doubted.append(f"{group} → {said.made[0]}")

    def _begin(self) -> None:
        self._told.clear()
        self._busy_for.invalidate()
        self._send()

    def _send(self) -> None:
        self._seq += 1
        self._peer.send(written(MERGE, seq=self._seq, ids=list(self._groups[0])))
        self._unanswered.start(ACTED_BY_MS)

    def _on_unanswered(self) -> None:
        self.stop("phy does not answer")

    def _on_ended(self) -> None:
        self.stop("phy is gone")

    def stop(self, why: str) -> None:
        """Ask for nothing more; say what is not merged, as far as is known, if anything."""
        self._again.stop()
        self._unanswered.stop()
        if self._groups:
            self._say_end(why)

    def _say_end(self, why: str) -> None:
        """Say what was done and what was not; of what waited nothing is sent any more."""
        left = [units_named(list(group)) for group in self._groups]
        self._groups.clear()
        self.changed.emit()
        n, refused, doubted = self._n_done, self._refused, self._doubted
        if n < 2 and not (refused or doubted or left):
            return  # it was said
        done = f"In phy: {count_of(n, 'merge')} done, not saved yet." if n else ""
        parts = [done or ("" if doubted else "In phy: no merge.")]
        parts += [f"Not merged: {words}." for words in refused[:3]]
        more = len(refused) - 3
        parts += [f"{more:,} more not merged."] if more > 0 else []
        parts += [f"Not confirmed, though phy says so: {_listed(doubted)}."] if doubted else []
        parts += [f"{why}: not merged, as far as is known: {_listed(left)}."] if left else []
        parts += [STAY] if left else []
        self._tell(" ".join(filter(None, parts)))


def _listed(groups: list[str]) -> str:
    """Return the first few of some groups by name; the others are counted."""
    more = f" and {len(groups) - 3:,} more" if len(groups) > 3 else ""
    return "; ".join(groups[:3]) + more
