"""What is told of what phy could not show: in full, and in short."""

from __future__ import annotations

from bcviewer.app.background.phy_told import Told, in_sign, missing, not_yet, together
from bcviewer.io.exchange.phy_messages import PhyShows


def shown(*ids: int, gone: tuple[int, ...] = (), hidden: tuple[int, ...] = ()) -> PhyShows:
    return PhyShows(1, ids, gone, hidden, busy=False)


def test_what_phy_could_not_show_is_told_in_full_and_in_short():
    assert missing(shown(2), (2,)) == Told()
    assert missing(shown(9, hidden=(13,)), (13,)) == Told("phy's filter hides unit 13.", "hides 13")
    assert missing(shown(9, gone=(13, 7, 8), hidden=(4, 5)), (9, 13, 7, 8, 4, 5)) == Told(
        "No longer in phy: units 7, 8, 13. phy's filter hides units 4, 5.",
        "13 +2 gone, hides 4, 5",
    )
    assert missing(shown(9, gone=tuple(range(6))), ()).words == "No longer in phy: 6 units."


def test_what_phy_did_not_show_without_a_reason_is_told():
    told = missing(shown(23), (2, 23, 4))
    assert told.words.startswith("phy did not show units 2, 4. If its question whether to save was")
    assert told.short == "not 2, 4"
    assert not_yet((2,)) == Told("phy has not shown unit 2 yet.", "not yet 2")
    silent = Told("phy does not answer, and has not shown units 2, 4 yet.", "not yet 2, 4")
    assert not_yet((2, 4), silent=True) == silent


def test_the_sign_stays_short():
    assert in_sign("", "7 gone") == "7 gone"
    assert in_sign("123456789012 gone", "hides 123456789012") == "123456789012 gone, hides 12…"


def test_several_phys_are_told_of_once_and_the_last_one_in_the_sign():
    one, other = Told("A.", "a"), Told("B.", "b")
    assert together([one, other, one, Told()]) == Told("A. B.", "a")
    assert together([one, other]) == Told("A. B.", "b")
    assert together([Told(), Told()]) == Told()
