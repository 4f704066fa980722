"""What became in phy of merges that are proposed: done there, or not to be done any more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bcviewer.core.rules.counts import count_of, first_of, verb_of
from bcviewer.core.run.phy import Phy
from bcviewer.core.run.scored import listed

Group = tuple[int, ...]
"""Cluster ids of the units of a merge."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a merge whose units are not all there any more.

    Attributes
    ----------
    into : int or None
        The unit that all of them are in; None: there is none, or which is not known.
    saved : bool
        Whether phy has saved that.
    """

    into: int | None
    saved: bool = True

    @property
    def words(self) -> str:
        """What it is, to be read."""
        if self.into is None:
            return "no longer there"
        return f"done in phy ({self.into}{'' if self.saved else ', not saved'})"


def fates_of(
    phy: Phy | None, groups: Iterable[Group], before: Mapping[Group, Fate] | None = None
) -> dict[Group, Fate]:
    """Return what became of merges; those are left out whose units are all there.

    Parameters
    ----------
    phy : Phy or None
        What became of the units; None, or where that is not known: nothing is said of any.
    groups : iterable of tuple of int
        The units of each.
    before : mapping of tuple of int to Fate, optional
        What was known before: phy's files do not say what became of a unit that phy had made.
    """
    if phy is None:
        return {}
    now, read = phy.gone(), phy.as_read
    made, gone = set(phy.new.tolist()) - now, read.gone()
    saved = {*read.run.ids.ids_of().tolist(), *read.new.tolist()} - gone
    out = {}
    for group in groups:
        if now.isdisjoint(group):
            continue
        known = (before or {}).get(group, Fate(None)).into
        known = known if known in made else None
        into = _together(group, now, phy.into, known)
        out[group] = Fate(into, into is None or (into in saved and gone.issuperset(group)))
    return out


def _together(
    group: Group, gone: frozenset[int], into: Mapping[int, Group], known: int | None
) -> int | None:
    """Return the unit that the spikes of some are in; None: not all are in one, as is known."""
    if not gone.issuperset(group):
        return None
    ends: set[int] = set()
    todo, seen, lost = list(group), set[int](), False
    while todo:
        one = todo.pop()
        if one in seen:
            continue
        seen.add(one)
        if one not in gone:
            ends.add(one)
        todo.extend(into.get(one, ()))
        lost = lost or (one in gone and not into.get(one))
    if lost:
        return known
    return ends.pop() if len(ends) == 1 else None


def to_be_written(phy: Phy | None, groups: Iterable[Group]) -> tuple[tuple[Group, ...], list[str]]:
    """Return the merges that what phy saved can still have, and what is said of the others."""
    groups = tuple(groups)
    shown = fates_of(phy, groups)
    saved = fates_of(None if phy is None else phy.as_read, groups)
    done = {g: fate.into for g, fate in saved.items() if fate.into is not None}
    gone = [listed(tuple(map(str, g))) for g, fate in saved.items() if fate.into is None]
    ahead = {g: f.into for g, f in shown.items() if g not in saved and f.into is not None}
    words = []
    if done:
        which = first_of(_named(done))
        words.append(f"{count_of(len(done), 'merge is', 'merges are')} done in phy already")
        words[-1] += f" ({which}): left out."
    if gone:
        n, which = count_of(len(gone), "merge"), first_of(gone, joint="; ")
        words.append(f"{n} left out, whose units are no longer there: {which}.")
    if ahead:
        n, which = count_of(len(ahead), "merge is", "merges are"), first_of(_named(ahead))
        have = verb_of(len(ahead), "it is", "they are")
        words.append(f"{n} done in phy, not saved there ({which}): {have} written all the same.")
    return tuple(g for g in groups if g not in saved), words


def _named(done: Mapping[Group, int | None]) -> list[str]:
    return list(dict.fromkeys(map(str, done.values())))
