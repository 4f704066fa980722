"""What is told of what could not follow: in full, and in short for the sign of the link."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from bcviewer.core.rules.counts import count_of, units_named
from bcviewer.io.exchange.phy_messages import PhyShows

_SHORT = 28
"""So many letters of it stand in the sign: it gives no room back to what is beside it."""
_LET_GO = (
    "If its question whether to save was cancelled, it selects and saves nothing any more (a fault "
    "of phy 2.1): start it anew."
)
"""Measured: its parts are disconnected before it asks, that which writes among them."""


class Told(NamedTuple):
    """What could not follow, or be followed; empty: all did.

    Attributes
    ----------
    words : str
        In sentences.
    short : str
        In a few letters, as *hides 13*.
    """

    words: str = ""
    short: str = ""


def many(ids: tuple[int, ...]) -> str:
    """Return ids in words: the first few by name, else how many."""
    return units_named(list(ids)) if len(ids) <= 5 else count_of(len(ids), "unit")


def few(ids: Sequence[int]) -> str:
    """Return ids in short: two of them, or the first and how many more."""
    return ", ".join(map(str, ids)) if len(ids) <= 2 else f"{ids[0]} +{len(ids) - 1}"


def in_sign(*parts: str) -> str:
    """Return what is told in short, no longer than there is room for."""
    short = ", ".join(filter(None, parts))
    return short if len(short) <= _SHORT else f"{short[: _SHORT - 1]}…"


def too_many(n: int, most: int) -> Told:
    """Return that of ``n`` highlighted units phy is told of the current one; 0: of all."""
    if not n:
        return Told()
    words = f"{count_of(n, 'unit')} are highlighted here, and phy is told of the current one only"
    return Told(f"{words} (it is sent {most} at most).", in_sign(f"1 of {n:,}"))


def still_asked(n_merges: int, labelled: Sequence[int]) -> Told:
    """Return that phy was asked for merges, or to label some units, and has not done it so far."""
    merges = count_of(n_merges, "merge") if n_merges else ""
    labels = f"your label of {many(tuple(labelled))}" if labelled else ""
    if not (merges or labels):
        return Told()
    short = in_sign(f"merging {n_merges:,}" if merges else f"labelling {len(labelled):,}")
    return Told(f"Asked of phy: {', '.join(filter(None, (merges, labels)))} …", short)


def not_shown(ids: tuple[int, ...]) -> Told:
    """Return that phy did not show clusters, and gave no reason."""
    if not ids:
        return Told()
    return Told(f"phy did not show {many(ids)}. {_LET_GO}", in_sign(f"not {few(ids)}"))


def not_yet(ids: tuple[int, ...], silent: bool = False) -> Told:
    """Return that phy has not said so far that it shows clusters; ``silent``: nor anything else."""
    lead = "phy does not answer, and has not shown" if silent else "phy has not shown"
    return Told(f"{lead} {many(ids)} yet.", in_sign(f"not yet {few(ids)}"))


def unexplained(shown: PhyShows, asked: tuple[int, ...]) -> tuple[int, ...]:
    """Return what of a selection phy does not show, where it gives no reason at all."""
    if shown.gone or shown.hidden:
        return ()
    return tuple(i for i in asked if i not in shown.ids)


def missing(shown: PhyShows, asked: tuple[int, ...]) -> Told:
    """Return what of a selection phy could not show, or did not though it gave no reason."""
    if not (shown.gone or shown.hidden):
        return not_shown(unexplained(shown, asked))
    gone = f"No longer in phy: {many(shown.gone)}." if shown.gone else ""
    hidden = f"phy's filter hides {many(shown.hidden)}." if shown.hidden else ""
    short = in_sign(
        f"{few(shown.gone)} gone" if shown.gone else "",
        f"hides {few(shown.hidden)}" if shown.hidden else "",
    )
    return Told(" ".join(filter(None, (gone, hidden))), short)


def together(each: Sequence[Told]) -> Told:
    """Return what is told of several phys: in short of the last one, which is shown, if of it."""
    words = dict.fromkeys(told.words for told in each if told.words)
    short = (told.short for told in reversed(each) if told.short)
    return Told(" ".join(words), next(short, ""))
