"""What was joined of several parts, and holds as long as they are the same ones."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")
P = TypeVar("P")

UNASKED = 8
"""A join for which so many tables in a row are not asked is let go: it, and the parts it is of."""


class _Join(NamedTuple):
    parts: tuple[Any, ...]
    made: Any
    unasked: int = 0
    """How many tables in a row were not asked for it."""


class KeptJoins:
    """Keeps what was made of some parts, for itself and for the one that comes after it.

    Parameters
    ----------
    lengths : tuple of int
        How many rows each part has: a part that is not there is as long, and reads nothing else.
    before : KeptJoins, optional
        Another one, whose joins are taken over where their parts are the same objects, and as
        long; those that nobody asks for any more are not (:data:`UNASKED`).
    """

    def __init__(self, lengths: tuple[int, ...], before: KeptJoins | None = None) -> None:
        self._lengths = lengths
        self._now: dict[Hashable, _Join] = {}
        self._before: dict[Hashable, _Join] = {}
        if before is not None and before._lengths == lengths:
            # copied: another thread may be reading columns there
            left = before._before.copy().items()
            older = {k: j._replace(unasked=j.unasked + 1) for k, j in left if j.unasked < UNASKED}
            self._before = older | before._now.copy()

    def get(
        self, key: Hashable, parts: Callable[[], tuple[P, ...]], make: Callable[[tuple[P, ...]], T]
    ) -> T:
        """Return what is made of some parts, made once.

        Parameters
        ----------
        key : hashable
            What it is called.
        parts : callable
            Returns the parts; asked once.
        make : callable
            Makes it of them.
        """
        found = self._now.get(key)
        if found is None:
            given = parts()
            old = self._before.pop(key, None)
            same = old is not None and _same(old.parts, given)
            found = _Join(given, old.made if old is not None and same else make(given))
            self._now[key] = found
        out: T = found.made
        return out


def _same(old: tuple[object, ...], new: tuple[object, ...]) -> bool:
    return len(old) == len(new) and all(a is b for a, b in zip(old, new, strict=True))
