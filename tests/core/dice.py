"""Whole tables out of one draw.

Hypothesis draws value by value, each as a choice that it keeps, repeats and shrinks: of a table of
a hundred cells that is many times dearer than what is tested with it. Here it draws bytes, once,
and a :class:`Dice` reads a choice out of each. A byte of zero is the first of a choice, which is to
be the usual one: a failing table shrinks to usual values but where the failure is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st

T = TypeVar("T")


class Dice:
    """Choices, read one after the other from bytes."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def __repr__(self) -> str:
        return f"Dice({self._data!r})"

    def take(self, n: int) -> bytes:
        """Return the next bytes; there are to be enough, or the rest would be all the same."""
        self._at += n
        assert self._at <= len(self._data), "draw more bytes"
        return self._data[self._at - n : self._at]

    def pick(self, values: Sequence[T]) -> T:
        """Return one of up to 256 values."""
        return values[self.take(1)[0] % len(values)]

    def picks(self, values: Sequence[T], n: int) -> list[T]:
        """Return so many, each one of the values."""
        return [values[byte % len(values)] for byte in self.take(n)]

    def number(self, least: int, most: int) -> int:
        """Return a whole number between two, both among them."""
        return least + self.take(1)[0] % (most - least + 1)

    def flag(self) -> bool:
        """Return False or True."""
        return bool(self.take(1)[0] & 1)

    def order(self, n: int) -> list[int]:
        """Return the numbers below ``n`` in some order: as they are, if all bytes are equal."""
        data = self.take(n)
        return sorted(range(n), key=data.__getitem__)

    def floats(self, n: int) -> np.ndarray:
        """Return doubles of any bits: every exponent as often as another."""
        return np.frombuffer(self.take(8 * n), np.float64).copy()

    def spread(self, least: float, most: float, n: int) -> np.ndarray:
        """Return numbers of any size between two: as many below 0.1 as in the tens."""
        parts = np.frombuffer(self.take(4 * n), np.uint32) / 2**32
        return least * (most / least) ** parts


def thrown(build: Callable[[Dice], T], size: int) -> st.SearchStrategy[T]:
    """Draw what is built from up to so many choices."""
    return st.binary(min_size=size, max_size=size).map(lambda data: build(Dice(data)))


def examples(n: int) -> int:
    """Return how many examples: ``n`` by `make properties`, and as large a part of it in the suite.

    Profiles say it of the properties that name no number; this is for those that do.
    """
    most = settings.get_profile("bcviewer").max_examples
    return max(1, n * settings().max_examples // most)
