"""What is asked of one phy: only its latest selection, one at a time, and labels in their order.

Selections wait for labels: phy is busy while it draws what was selected, and takes no label then.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QElapsedTimer, QObject, QTimer, Signal

from bcviewer.app.background.phy_labels import AskedLabel, BcvLabels
from bcviewer.app.background.phy_server import ACTED_BY_MS, BUSY_BY_MS, BUSY_MS, PhyPeer
from bcviewer.app.background.phy_told import Told, missing, not_yet, still_asked, unexplained
from bcviewer.core.run.phy_unsaved import PhyChange, Same, Unsaved
from bcviewer.io.exchange.phy_messages import (
    Hello,
    Labelled,
    Merged,
    PhyShows,
    Selected,
    written,
)

if TYPE_CHECKING:
    from bcviewer.app.background.phy_merging import PhyMerging

LATE_MS = 5_000
"""What phy has not answered of a selection by then is told: its two pictures are of two units."""
UNANSWERED_MS = 30_000
"""What phy has not answered of a selection by then is told, and what waits is sent after it.

It may yet do it: an act of its own blocks it for longer (``ACTED_BY_MS``).
"""


class PhyTalk(QObject):
    """One phy that said hello, and what is asked of it.

    Attributes
    ----------
    peer : PhyPeer
        Its end of the line.
    hello : Hello
        Who it is.
    shows : tuple of int
        What it has selected.
    agreed : tuple of int
        What is selected here since it was told of a selection there, or the other way round: that
        is the same act, and is not sent again.
    unsaved : Unsaved
        What it did since it saved.
    differ : frozenset of int
        The clusters that differ from what is saved, as they were marked last.
    late : Signal()
        It has not answered for some seconds, or for long: :attr:`told`, or `awaited`, says so; or
        what is awaited is otherwise, though it said nothing.
    told : Told
        What could not follow it, or be followed: ids that are gone, filtered, or no units here.
    """

    late = Signal()

    def __init__(
        self,
        peer: PhyPeer,
        hello: Hello,
        on_labels: Callable[[Sequence[tuple[Labelled, AskedLabel]]], None],
    ) -> None:
        super().__init__(peer)
        self.hello, self.shows = hello, hello.selected
        self.agreed: tuple[int, ...] = ()
        self.told = Told()
        self.unsaved, self.differ = Unsaved().after_all(hello.changes), frozenset[int]()
        self._bcv_labels = BcvLabels(hello.changes)
        self.peer, self._on_labels = peer, on_labels
        self._seq = self._first = 0
        """By which message it was asked last, and first for what it is asked for now; 0: none."""
        self._heard = 0
        """Which of them it answered last: what it says after that came after it had heard it."""
        self._wanted: tuple[int, ...] = ()
        """What is to be selected; empty: nothing."""
        self._in_flight: tuple[int, tuple[int, ...]] | None = None
        self._asked_again = False
        """Whether what was selected last is asked for once more: phy may only have been slow."""
        self._may_come = set[tuple[int, ...]]()
        """What it was asked for since it showed what it was asked for: it may select it late."""
        self._brings_back = False
        """Whether what is to be selected is what its own hand chose: ours leads it from there."""
        self._labels: deque[AskedLabel] = deque()
        self._label_seq = 0
        self._answered: list[tuple[Labelled, AskedLabel]] = []
        """What became of labels, until the last of them is answered, too."""
        self._busy_for = QElapsedTimer()
        """Since when it says that it is busy, of a label; not valid: it does not."""
        self._merging: PhyMerging | None = None
        self._again = self._timer(self._go_on)
        self._labels_again = self._timer(self._send_label)
        self._unanswered = self._timer(self._give_up)
        self._late = self._timer(self._tell_late)
        self._label_unanswered = self._timer(self._give_up_label)
        self._labels_late = self._timer(self.late.emit)

    def _timer(self, do: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.timeout.connect(do)
        return timer

    # -- selections --------------------------------------------------------------------------

    @property
    def coming(self) -> tuple[int, ...]:
        """The selection that is on its way, or waits to be; empty: none."""
        return self._wanted or (() if self._in_flight is None else self._in_flight[1])

    def select(self, ids: tuple[int, ...]) -> None:
        """Have clusters selected; what waits to be is not any more."""
        is_told = (not_yet(self.coming, silent=silent) for silent in (False, True))
        was_late = bool(self.coming) and self.told in is_told
        self.agreed = self._wanted = ids
        self._asked_again, self._brings_back, self._first = False, False, 0
        if was_late:
            self._tell_late()  # it was told of the one before
        elif not self._late.isActive():
            self._late.start(LATE_MS)
        if not self._again.isActive():
            self._go_on()

    def on_selected(self, said: Selected) -> bool:
        """Take what is selected there; return whether its hand chose that, and has the last word.

        It has not before phy heard what is asked for: phy selects that after it. It has from then
        on, also where the same is asked for once more: that is no act of the person's, and phy is
        brought back from it.
        """
        self.shows = said.ids
        if self.agreed and set(self.agreed) <= set(said.ids):
            self.told = Told()  # what was said not to be selected may have come late
        if not said.own or (self.coming and self._comes_after(said)):
            return False
        seq = 0 if self._in_flight is None else self._in_flight[0]
        self._end()
        self._brings_back = said.after < seq
        if self._brings_back:
            self._wanted, self._asked_again = said.ids, False
            self._late.start(LATE_MS)
        return True

    def _comes_after(self, said: Selected) -> bool:
        """Whether what is coming comes after what was selected there, or that is no choice.

        An undo in phy selects nothing; what it had not shown may come late.
        """
        heard = max(said.after, self._heard)
        before = not self._brings_back and heard < (self._first or self._seq)
        return before or not said.ids or said.ids in self._may_come

    def drop(self) -> None:
        """Have nothing more selected of what was chosen here: that is agreed no more, nor news."""
        if not self._brings_back:
            self._end()
        self.agreed, self.told = (), Told()

    def _end(self) -> None:
        self._wanted, self.told = (), Told()
        self._late.stop()
        if self._in_flight is not None:
            self._in_flight = (self._in_flight[0], ())

    def on_shown(self, shown: PhyShows) -> None:
        """Take an answer."""
        asked = self._in_flight
        if asked is None or asked[0] != shown.seq:
            return
        self._in_flight, self._heard = None, shown.seq
        self._unanswered.stop()
        if shown.busy:
            self._wanted = self._wanted or asked[1]
            self._again.start(BUSY_MS)
            if not self._late.isActive():  # what was told is of its silence, or of another one
                self._tell_late()
            return
        self.shows = shown.ids
        lost = unexplained(shown, asked[1])
        if asked[1] and not lost:
            self._may_come.clear()
        if lost and not self._wanted and not self._asked_again:
            self._wanted, self._asked_again = asked[1], True  # it is told once that is answered
        else:
            self._late.stop()
            of_it = asked[1] and not self._wanted  # nothing of what was dropped is missed
            self.told = missing(shown, asked[1]) if of_it else Told()
        self._go_on()

    def _go_on(self) -> None:
        """Ask for what waits; after a selection that is not answered only where that is long."""
        waits = self._in_flight is not None and self._unanswered.isActive()
        if self._wanted and self._labels and not self._late.isActive():
            self._late.start(LATE_MS)  # a label that is not answered holds it up
        if waits or not self._wanted or self._labels:
            return
        self._seq += 1
        self._first = self._first or self._seq
        self._may_come.add(self._wanted)
        self._in_flight, self._wanted = (self._seq, self._wanted), ()
        self.peer.send(written("select", seq=self._seq, ids=list(self._in_flight[1])))
        self._unanswered.start(UNANSWERED_MS)
        if not self._late.isActive():  # one that is busy is asked again: it has not answered yet
            self._late.start(LATE_MS)

    def _tell_late(self) -> None:
        if self.coming:
            self.told = not_yet(self.coming)
            self.late.emit()

    def _give_up(self) -> None:
        """Tell that it does not answer, or ask for what waits; what it answers yet is taken."""
        if not self._wanted and self.coming:
            self.told = not_yet(self.coming, silent=True)
            self.late.emit()
        self._go_on()

    # -- labels ------------------------------------------------------------------------------

    def label(self, asked: AskedLabel) -> None:
        """Have clusters labelled, after what was asked before."""
        self._labels.append(asked)
        if len(self._labels) == 1:
            self._labels_late.start(LATE_MS)
            self._send_label()

    def on_labelled(self, said: Labelled) -> None:
        """Take an answer."""
        if not self._labels or said.seq != self._label_seq:
            return
        self._label_unanswered.stop()
        if said.busy and not self._is_long_busy():
            self._labels_again.start(BUSY_MS)
            return
        self._busy_for.invalidate()
        self._labels_late.start(LATE_MS)
        for _ in range(len(self._labels) if said.busy else 1):  # busy for the others, too
            self._answered.append((said, self._labels.popleft()))
        self._send_label()
        if not self._labels:  # told at once: each notice takes the one before away
            self.tell_answered()
        self._go_on()

    def _is_long_busy(self) -> bool:
        if not self._busy_for.isValid():
            self._busy_for.start()
        return self._busy_for.elapsed() >= BUSY_BY_MS

    def tell_answered(self) -> None:
        """Tell what became of labels, also where it was gone before the last of them."""
        answered, self._answered = self._answered, []
        if answered:
            self._on_labels(answered)

    def _send_label(self) -> None:
        if self._labels:
            self._label_seq += 1
            label = self._labels[0]
            what = {"field": label.field, "value": label.value, "ids": list(label.ids)}
            self.peer.send(written("label", seq=self._label_seq, **what))
            self._label_unanswered.start(ACTED_BY_MS)

    def _give_up_label(self) -> None:
        """Go on with what comes after a label that phy did not answer, and never will."""
        self.on_labelled(Labelled(self._label_seq, (), (), busy=False))
        self.tell_answered()
        self.late.emit()

    def may_have(self, cluster_id: int, saved: Mapping[int, str] | None) -> bool:
        """Whether ``bcv_label`` may have a value there once phy took what it is asked for.

        ``saved`` is what phy saved of it, by id; None: nobody knows.
        """
        return self._bcv_labels.may_be(cluster_id, self._labels, self.unsaved, saved)

    @property
    def not_labelled(self) -> tuple[int, ...]:
        """The clusters of labels that it has not taken."""
        return tuple(dict.fromkeys(i for label in self._labels for i in label.ids))

    # -- merges ------------------------------------------------------------------------------

    def merge(
        self,
        groups: Iterable[tuple[int, ...]],
        known: Iterable[int],
        tell: Callable[[str], None],
        done: Callable[[], None],
    ) -> None:
        """Have the clusters of each group merged, where some are known; what becomes is told.

        ``done`` is called once the first of them is merged.
        """
        if self._merging is None:
            from bcviewer.app.background.phy_merging import PhyMerging

            self._merging = PhyMerging(self.peer, self.hello.can, tell)
            self._merging.changed.connect(self.late)
        self._merging.merge(groups, {*known, *self.unsaved.origins}, done)

    def on_clustered(self, change: PhyChange) -> None:
        """Note what was done in phy, by whom ever."""
        self.unsaved = self.unsaved.after(change)
        self._bcv_labels.note((change,))
        if self._merging is not None:
            self._merging.on_clustered(change)

    def on_done(self, said: Labelled | Merged) -> None:
        """Take an answer to a label or a merge."""
        if isinstance(said, Labelled):
            self.on_labelled(said)
        elif self._merging is not None:
            self._merging.on_merged(said)

    @property
    def awaited(self) -> Told:
        """Merges, and labels for some seconds already, that it was asked for and has not done."""
        n_merges = 0 if self._merging is None else self._merging.n_left
        return still_asked(n_merges, () if self._labels_late.isActive() else self.not_labelled)

    def unsaved_words(self, same: Same) -> dict[int, str]:
        """Return what became of each cluster and is not saved, to be marked; they are noted."""
        words = self.unsaved.words(same)
        self.differ = frozenset(words)
        return words

    # -- its window, and its end -------------------------------------------------------------

    def close(self) -> None:
        """Let it go; what it was asked for and has not done is told by who asked."""
        self.tell_answered()
        if self._merging is not None:
            self._merging.stop("The link ended")
        self.peer.close()

    def come_forward(self) -> None:
        """Ask it to come forward."""
        self.peer.send(written("front"))
