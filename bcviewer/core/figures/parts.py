"""What a figure of the population is made of, as plain values that two pens draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from bcviewer.core.arrays import Floats, Ints
from bcviewer.core.rules.labels import Label


@dataclass(frozen=True, slots=True)
class FigureBar:
    """A bar, or a segment of one.

    Attributes
    ----------
    name : str
        What it counts.
    n : int
        How many units.
    note : str
        What stands at its end.
    fill : str
        Its colour.
    tip, filter : str
        Its tool tip as plain text, and the filter of a click: exactly its units.
    group : str
        The block of its rule, for a pen that has no colour or tool tip to say it.
    """

    name: str
    n: int
    note: str
    fill: str
    tip: str
    filter: str
    group: str = ""

    @property
    def full_name(self) -> str:
        """Its name with its block."""
        return f"{self.group} · {self.name}" if self.group else self.name


@dataclass(frozen=True, slots=True)
class Bars:
    """Bars from the top.

    Attributes
    ----------
    bars : tuple of FigureBar
        None with a count of 0 but in figures of all classes or families, and beside former counts.
    keys : tuple of int
        What each is about: rules, labels or families.
    of : int
        How many units there are in all, of which the notes tell shares.
    """

    bars: tuple[FigureBar, ...]
    keys: tuple[int, ...]
    of: int

    former: tuple[int, ...] = ()
    """Units of each bar by the saved thresholds, while others are tried; else empty."""

    @property
    def counts(self) -> list[int]:
        """Units of each bar."""
        return [bar.n for bar in self.bars]

    @property
    def most(self) -> int:
        """Units of the longest bar, hollow ones too."""
        return max((*self.counts, *self.former), default=0)

    def beside(self, former: Sequence[int]) -> Bars:
        """Return the same bars with what they were by the saved thresholds."""
        was = tuple(int(n) for n in former)
        bars = (
            replace(bar, tip=f"{bar.tip}\n{former_words(n)}")
            for bar, n in zip(self.bars, was, strict=True)
        )
        return Bars(tuple(bars), self.keys, self.of, was)


def former_words(n: int) -> str:
    """Return what a count is by the saved thresholds, as a tool tip says it."""
    return f"by the saved thresholds: {n:,}"


@dataclass(frozen=True, slots=True)
class LegendKey:
    """An entry of a legend: its fill and sign (if it has one) and name."""

    name: str
    fill: str
    sign: str = ""

    @property
    def text(self) -> str:
        """Sign and name."""
        return f"{self.sign} {self.name}" if self.sign else self.name


@dataclass(frozen=True, slots=True, eq=False)
class StackedBars:
    """Bars made of segments.

    Attributes
    ----------
    rows : tuple of FigureBar
        Each whole bar, from the top.
    keys : tuple of int
        What each row is about: rules or groups.
    legend : tuple of LegendKey
        The segments, from the left.
    columns : tuple of int
        What each segment is about: labels or families.
    counts : numpy.ndarray
        Shape (n_rows, n_columns).
    tips, filters : tuple of tuple of str
        Of each segment.
    """

    rows: tuple[FigureBar, ...]
    keys: tuple[int, ...]
    legend: tuple[LegendKey, ...]
    columns: tuple[int, ...]
    counts: Ints
    tips: tuple[tuple[str, ...], ...]
    filters: tuple[tuple[str, ...], ...]
    former: tuple[int, ...] = ()
    """Units of each whole bar by the saved thresholds, while others are tried; else empty."""


@dataclass(frozen=True, slots=True)
class Heading:
    """The head of a row or column of a matrix.

    Attributes
    ----------
    name, note, tip : str
        What it says, below it, and in its tool tip.
    group : str
        The block of a rule.
    sign, fill : str
        Of a class.
    """

    name: str
    tip: str
    note: str = ""
    group: str = ""
    sign: str = ""
    fill: str = ""

    @property
    def full_name(self) -> str:
        """Its name with its block, or its sign."""
        parts = (f"{self.group} · " if self.group else "", f"{self.sign} " if self.sign else "")
        return f"{''.join(parts)}{self.name}"


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """A matrix of counts.

    Attributes
    ----------
    rows, columns : tuple of Heading
        From the top and from the left.
    rules : tuple of int
        The rule of each row.
    labels : tuple of Label
        The class of each column; empty where the columns are the rules.
    counts, shades : numpy.ndarray
        Shape (n_rows, n_columns): units, and how strong a cell's tint is from 0 to 1, NaN: none.
    tips, filters : tuple of tuple of str
        Of each cell.
    legend : str
        What the tint means.
    """

    rows: tuple[Heading, ...]
    columns: tuple[Heading, ...]
    rules: tuple[int, ...]
    labels: tuple[Label, ...]
    counts: Ints
    shades: Floats
    tips: tuple[tuple[str, ...], ...]
    filters: tuple[tuple[str, ...], ...]
    legend: str

    def beside(self, former: Ints) -> Grid:
        """Return it with what each cell is by the saved thresholds in its tool tip."""
        tips = tuple(
            tuple(f"{tip}\n{former_words(n)}" for tip, n in zip(row, was, strict=True))
            for row, was in zip(self.tips, former.tolist(), strict=True)
        )
        return replace(self, tips=tips)


_NONE = np.zeros((0, 0), np.int64)
NO_BARS = Bars((), (), 0)
NO_STACKS = StackedBars((), (), (), (), _NONE, (), ())
NO_GRID = Grid((), (), (), (), _NONE, np.zeros((0, 0)), (), (), "")
