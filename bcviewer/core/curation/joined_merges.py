"""Accepted merges that share units: they become one."""

from __future__ import annotations

from collections.abc import Iterable

from bcviewer.core.rules.counts import count_of, first_of
from bcviewer.core.run.scored import listed

_MOST_NAMED = 12


def joined(groups: Iterable[tuple[int, ...]]) -> tuple[tuple[int, ...], ...]:
    """Return groups of units in which none is twice: those that share a unit are one."""
    whole: dict[int, list[int]] = {}
    """The group that each unit is in by now."""
    for group in groups:
        mine = {id(whole[i]): whole[i] for i in group if i in whole}
        largest = max(mine.values(), key=len, default=[])  # the others join it: each moves seldom
        rest = [i for other in mine.values() if other is not largest for i in other]
        new = [i for i in dict.fromkeys((*rest, *group)) if whole.get(i) is not largest]
        largest.extend(new)
        whole.update(dict.fromkeys(new, largest))
    return tuple(map(tuple, {id(one): one for one in whole.values()}.values()))


def joined_words(groups: tuple[tuple[int, ...], ...]) -> str:
    """Say that groups share units, where they do: they are one then, and nobody looked at that."""
    seen = set(map(frozenset, groups))
    large = [units_of(one) for one in joined(groups) if frozenset(one) not in seen]
    if not large:
        return ""
    what = f"{count_of(len(large), 'group')}, which had no preview"
    return f"Some share a unit and become one ({what}): {first_of(large, joint='; ')}."


def units_of(group: tuple[int, ...]) -> str:
    """Return a group's units, to be read: of many that became one the first ones."""
    ids = tuple(map(str, group))
    return listed(ids) if len(ids) <= _MOST_NAMED else first_of(ids, _MOST_NAMED)
