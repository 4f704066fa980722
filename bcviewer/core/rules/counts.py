"""Counts and lists of things in words, for every layer: ``1 unit``, ``units 1, 2 and 7 more``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

MOST_NAMED = 8
"""So many units are named by their ids; further ones are counted."""


def known_count(n: int, n_unknown: int) -> str:
    """Return how many units are known to be something: ``≥ n`` where some might be, too."""
    return f"≥ {n:,}" if n_unknown else f"{n:,}"


def count_of(n: float, thing: str, things: str = "") -> str:
    """Return ``1 unit``, ``1,316 units``.

    Parameters
    ----------
    n : float
        How many; whole numbers in whatever type they were counted in.
    thing : str
        What one of them is called.
    things : str
        What others than one are called, where that is more than an *s* after it: ``unit is``,
        ``units are``.
    """
    return f"{n:,.0f} {thing if n == 1 else things or f'{thing}s'}"


def counts_of(counts: Mapping[str, int]) -> str:
    """Return ``GOOD 11, MUA 13``; ``none`` where there is nothing to count."""
    return ", ".join(f"{name} {n:,}" for name, n in counts.items()) or "none"


def verb_of(n: float, one: str, more: str) -> str:
    """Return the verb for so many, where it does not follow their name: ``3 of 18 units fail``."""
    return one if n == 1 else more


def first_of(texts: Sequence[str], most: int = 3, joint: str = ", ") -> str:
    """Return the first of some texts and how many more there are: ``a, b and 7 more``."""
    more = f" and {len(texts) - most:,} more" if len(texts) > most else ""
    return joint.join(texts[:most]) + more


def units_named(ids: Iterable[int], most: int = MOST_NAMED) -> str:
    """Return ``unit 5``, ``units 1, 2`` or ``units 1, 2 and 7 more``: ids in ascending order."""
    known = sorted(ids)
    return f"unit{'' if len(known) == 1 else 's'} {first_of([*map(str, known)], most)}"
