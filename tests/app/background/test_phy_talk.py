"""What is asked of one phy: which selections of its own hand count, and which ours overtake."""

from __future__ import annotations

import json
from collections import deque
from typing import Any

import pytest
from fake_phy import Peer
from PySide6.QtCore import QTimer
from qt_fixtures import WAIT_MS

from bcviewer.app.background import phy_talk
from bcviewer.app.background.phy_labels import AskedLabel
from bcviewer.app.background.phy_talk import PhyTalk
from bcviewer.io.exchange.phy_messages import Hello, Labelled, PhyShows, Selected

LONGEST = 4
"""All orders of so many acts are tried, and what comes of each."""
LONG = (
    ("here", "old", "hear", "busy", "hear", "here", "late"),
    ("here", "leave", "here", "old", "hear", "here", "busy", "late"),
    ("here", "old", "late", "hear", "hear", "there", "hear", "shown", "hear", "deaf"),
)
"""…and these: what comes late after another choice here, and a phy that is slow to be back."""


class Both:
    """The two programs with what each shows, and the lines between them: any order may be tried.

    Attributes
    ----------
    here, there : tuple of int
        What each shows.
    wins : tuple of int
        Whose choice was the last; empty: neither can say.
    """

    def __init__(self, qapp: Any) -> None:
        self._qapp, self.peer = qapp, Peer()
        self.talk = PhyTalk(self.peer, Hello(1, "", (), ()), lambda _: None)  # type: ignore[arg-type]
        self.here = self.there = self.wins = (0,)
        self._n = self._n_read = self._applied = 0
        self._said: deque[Selected | PhyShows] = deque()
        self._was_deaf, self.is_linked, self._is_led = False, True, True
        self._to_come: tuple[int, ...] = ()
        self._asked: tuple[int, ...] = ()
        """What was chosen here last, until phy has read of it."""

    def can(self) -> list[str]:
        """Return what may be next."""
        acts = ["here", "there", "leave"] if self._n < 4 else []
        if self._n_read < len(self.peer.lines):
            acts += ["shown", "busy", "old", "between"] + ["deaf"] * (not self._was_deaf)
        elif self.talk.coming:
            acts += ["turn"]
        return acts + ["late"] * bool(self._to_come) + ["hear"] * bool(self._said)

    def do(self, act: str) -> None:
        getattr(self, f"_{act}")()

    def end(self) -> None:
        """Go on until nothing is under way; phy does what it is asked."""
        for _ in range(20):
            while act := next((a for a in ("late", "hear", "shown") if a in self.can()), ""):
                self.do(act)
            self._turn()

    def _chosen(self) -> tuple[int, ...]:
        self._n += 1
        return (self._n,)

    def _here(self) -> None:
        """The hand here; what was clicked in phy and is not heard yet may be before or after it."""
        self.here = self._asked = self._chosen()
        self.is_linked = self._is_led = True
        self.wins = () if self._said else self.here
        self.talk.select(self.here)

    def _leave(self) -> None:
        """The hand here, and phy is not led."""
        self.here, self.wins, self.is_linked = self._chosen(), (), False
        self._is_led = False
        self._asked = ()
        self.talk.drop()

    def _there(self) -> None:
        """The hand in phy; before phy has read what was chosen here, that comes after it."""
        self.there = self._chosen()
        self._said.append(Selected(self.there, self._applied, own=True))
        is_sent = self._n_read < len(self.peer.lines)
        self.wins = self.there if not self._asked else self.wins if is_sent else ()
        self.wins = () if self._to_come else self.wins

    def _read(self) -> tuple[int, tuple[int, ...]]:
        said = json.loads(self.peer.lines[self._n_read])
        self._n_read += 1
        if tuple(said["ids"]) == self._asked:
            self._asked = ()
        return said["seq"], tuple(said["ids"])

    def _answer(self, seq: int, *, busy: bool = False) -> None:
        self._said.append(PhyShows(seq, self.there, (), (), busy=busy))

    def _shown(self) -> None:
        """phy selects what it is asked for, after what it was asked for before."""
        if self._to_come:
            self._late()
        self._applied, self.there = self._read()
        self._answer(self._applied)

    def _busy(self) -> None:
        self._answer(self._read()[0], busy=True)

    def _old(self) -> None:
        """phy is slow: what it is asked for is selected after it was answered."""
        self._applied, self._to_come = self._read()
        self._answer(self._applied)

    def _deaf(self) -> None:
        """phy's table does not answer, once: what it is asked for is never selected."""
        self._was_deaf = True
        self._answer(self._read()[0])

    def _late(self) -> None:
        self.wins = self.wins if self._asked else ()
        self.there, self._to_come = self._to_come, ()
        self._said.append(Selected(self.there, self._applied, own=True))

    def _between(self) -> None:
        """The hand in phy is between what is asked of it and its selecting that."""
        self._applied, ids = self._read()
        self._there()
        self._answer(self._applied)
        self.wins, self.there = (), ids
        self._said.append(Selected(ids, self._applied, own=True))

    def _hear(self) -> None:
        said = self._said.popleft()
        if isinstance(said, PhyShows):
            self.talk.on_shown(said)
        elif self.talk.on_selected(said):
            self.here = self.talk.agreed = said.ids
            self.is_linked = True
            if not self._is_led:
                self.talk.drop()

    def _turn(self) -> None:
        self._qapp.processEvents()


def test_both_hands_at_once_end_at_one_unit_in_whatever_order(
    qapp: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen: phy was led away from what was clicked there, by what it was asked for once more."""
    monkeypatch.setattr(phy_talk, "BUSY_MS", 0)
    orders = deque([(), *LONG])
    while orders:
        order = orders.popleft()
        both = Both(qapp)
        for act in order:
            both.do(act)
        if len(order) < LONGEST:
            orders.extend((*order, act) for act in both.can())
        both.end()
        assert both.talk.coming == (), order
        if both.is_linked:
            assert both.there == both.here == (both.wins or both.here), order


def test_what_it_showed_before_is_a_choice_there_and_nothing_is_none(qapp: object) -> None:
    peer = Peer()
    talk = PhyTalk(peer, Hello(1, "", (), ()), lambda _: None)  # type: ignore[arg-type]
    talk.select((4,))
    talk.on_shown(PhyShows(peer.seq, (4,), (), (), busy=False))
    talk.select((5,))
    assert not talk.on_selected(Selected((), peer.seq, own=True)), "as after an undo there"
    assert talk.coming == (5,)
    assert talk.on_selected(Selected((4,), peer.seq, own=True))
    assert talk.coming == ()


def test_each_selection_is_asked_for_once_more_and_the_one_before_is_not(qapp: object) -> None:
    peer = Peer()
    talk = PhyTalk(peer, Hello(1, "", (), ()), lambda _: None)  # type: ignore[arg-type]
    for ids in ((4,), (5,)):
        talk.select(ids)
        asked = peer.seq
        talk.on_shown(PhyShows(asked, (3,), (), (), busy=False))
        assert peer.seq == asked + 1
        assert not talk.told.words
        talk.on_shown(PhyShows(peer.seq, ids, (), (), busy=False))
    talk.select((6,))
    talk.select((7,))
    talk.on_shown(PhyShows(peer.seq, (5,), (), (6,), busy=False))  # 6 is no news any more
    assert talk.coming == (7,)
    assert not talk.told.short.startswith("hides")
    talk.on_shown(PhyShows(peer.seq, (7,), (), (), busy=False))
    assert talk.coming == ()


def test_a_phy_that_is_silent_for_long_is_asked_for_what_waits(
    qapp: object, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(phy_talk, "UNANSWERED_MS", 20)
    peer = Peer()
    talk = PhyTalk(peer, Hello(1, "", (), ()), lambda _: None)  # type: ignore[arg-type]
    talk.select((4,))
    talk.select((5,))
    first = peer.seq
    qtbot.waitUntil(lambda: peer.seq > first, timeout=WAIT_MS)
    assert talk.coming == (5,)


def test_one_that_answers_that_it_is_busy_is_silent_no_more(
    qapp: object, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(phy_talk, "LATE_MS", 0)
    peer = Peer()
    talk = PhyTalk(peer, Hello(1, "", (), ()), lambda _: None)  # type: ignore[arg-type]
    talk.select((4,))
    qtbot.waitUntil(lambda: bool(talk.told.words), timeout=WAIT_MS)
    talk.told = phy_talk.not_yet((4,), silent=True)
    talk.on_shown(PhyShows(peer.seq, (3,), (), (), busy=True))
    assert talk.told == phy_talk.not_yet((4,))


def test_what_was_dropped_is_not_missed(qapp: object) -> None:
    """Seen: phy's own hand had chosen another unit, and the sign said what its filter hides."""
    peer = Peer()
    talk = PhyTalk(peer, Hello(1, "", (), ()), lambda _: None)  # type: ignore[arg-type]
    talk.select((13, 20))
    assert talk.on_selected(Selected((30,), peer.seq, own=True))
    talk.on_shown(PhyShows(peer.seq, (30,), (), (13,), busy=False))
    assert (talk.shows, talk.told.words) == ((30,), "")


def test_what_waits_for_a_label_that_is_not_answered_is_not_yet_shown(
    qapp: object, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen: phy was at an act of its own for a minute, and the sign said nothing."""
    monkeypatch.setattr(phy_talk, "LATE_MS", 20)
    peer = Peer()
    talk = PhyTalk(peer, Hello(1, "", (), ()), lambda _: None)  # type: ignore[arg-type]
    talk.label(AskedLabel("group", "good", (1,)))
    talk.select((2,))
    assert not talk.told.words
    qtbot.waitUntil(lambda: talk.told.short == "not yet 2", timeout=WAIT_MS)
    talk.select((3,))
    assert talk.told.short == "not yet 3"
    talk.on_labelled(Labelled(peer.seq, (1,), (), busy=False))
    talk.on_shown(PhyShows(peer.seq, (3,), (), (), busy=False))
    assert (talk.shows, talk.told.words) == ((3,), "")


def test_what_was_dropped_or_is_hidden_is_not_taken_for_late(
    qapp: object, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen: what was chosen after it was *not yet* shown at once."""
    peer = Peer()
    talk = PhyTalk(peer, Hello(1, "", (), ()), lambda _: None)  # type: ignore[arg-type]
    monkeypatch.setattr(phy_talk, "LATE_MS", 20)
    talk.select((4,))
    monkeypatch.setattr(phy_talk, "LATE_MS", WAIT_MS)
    talk.drop()
    talk.select((5,))
    passed: list[int] = []
    QTimer.singleShot(60, lambda: passed.append(1))
    qtbot.waitUntil(lambda: bool(passed), timeout=WAIT_MS)
    assert (talk.coming, talk.told.words) == ((5,), "")
    talk.on_shown(PhyShows(peer.seq, (3,), (), (), busy=False))
    talk.on_shown(PhyShows(peer.seq, (3,), (), (5,), busy=False))
    assert talk.told.short == "hides 5"
    talk.label(AskedLabel("group", "good", (1,)))
    talk.select((6,))
    assert talk.told.short == "hides 5"
