"""The numbers behind every plot of the population, vectorised over units.

A *reason* is a failed rule that decided a label; masked failures are added on request, and
*beyond* never counts. Every function takes the rows it is about (the plot's scope), or None for
all units, and counts classes by :attr:`Table.labels`, so a class is a class and never a
part of another one's name.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from bcviewer.core.arrays import Floats, Ints
from bcviewer.core.rules.labels import CLASSES, Label
from bcviewer.core.rules.rules import FAMILY_NAMES, RULES
from bcviewer.core.sheet.compute import INSIDE, OUTSIDE
from bcviewer.core.sheet.table import Table

N_RULES = len(RULES)


def _pick(values: npt.NDArray[Any], rows: Ints | None) -> npt.NDArray[Any]:
    return values if rows is None else values[rows]


def present_classes(table: Table, rows: Ints | None = None) -> tuple[Label, ...]:
    """Return the labels that occur, classes first, in the order people read them."""
    counts = np.bincount(_pick(table.labels, rows), minlength=len(Label))
    rest = (Label.EMPTY, Label.INCOMPLETE, Label.UNKNOWN)
    return tuple(label for label in (*CLASSES, *rest) if counts[label])


def reason_masks(table: Table, masked: bool) -> npt.NDArray[np.uint32]:
    """Return each unit's reasons as a bit mask of rules, shape (n_units,)."""
    return table.audit.failed if masked else table.audit.deciding


def reasons_by_class(table: Table, rows: Ints | None = None, masked: bool = False) -> Ints:
    """Return how many units of each label have each reason, shape (n_rules, len(Label))."""
    labels = _pick(table.labels, rows)
    masks = _pick(reason_masks(table, masked), rows)
    key = masks.astype(np.int64) * len(Label) + labels
    distinct, counts = np.unique(key, return_counts=True)
    out = np.zeros((N_RULES, len(Label)), np.int64)
    mask, label = distinct // len(Label), distinct % len(Label)
    for i in range(N_RULES):
        hit = (mask >> i & 1) == 1
        out[i] = np.bincount(label[hit], counts[hit], len(Label))
    return out


def failed_by_class(table: Table, rows: Ints | None = None, masked: bool = True) -> Ints:
    """Return how many units of each label fail how many rules, shape (len(Label), most + 1)."""
    labels = _pick(table.labels, rows).astype(np.int64)
    failed = np.bitwise_count(_pick(reason_masks(table, masked), rows)).astype(np.int64)
    most = int(failed.max(initial=0)) + 1
    flat = np.bincount(labels * most + failed, minlength=len(Label) * most)
    return flat.reshape(len(Label), most).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Box:
    """A box plot's numbers (Tukey's: whiskers reach the last value within 1.5 box lengths)."""

    low: float
    lower: float
    median: float
    upper: float
    high: float
    n: int


def box_of_counts(counts: Ints) -> Box | None:
    """Return the box of a whole number's distribution; ``counts[k]`` units have the value k."""
    n = int(counts.sum())
    if not n:
        return None
    ends = np.cumsum(counts)
    lower, median, upper = (_quantile(ends, q) for q in (0.25, 0.5, 0.75))
    reach = 1.5 * (upper - lower)
    there = np.flatnonzero(counts)
    inside = there[(there >= lower - reach) & (there <= upper + reach)]
    # a quartile between two numbers can lie beyond the last one within reach
    return Box(min(float(inside[0]), lower), lower, median, upper, max(float(inside[-1]), upper), n)


def _quantile(ends: Ints, q: float) -> float:
    """Return a quantile as ``numpy.percentile``; ``ends``: the summed counts of whole numbers."""
    place = q * (int(ends[-1]) - 1)
    low = int(place)
    first, second = np.searchsorted(ends, [low, min(low + 1, int(ends[-1]) - 1)], "right").tolist()
    return float(first + (second - first) * (place - low))


def class_reasons(
    table: Table, label: Label, rows: Ints | None = None, masked: bool = False
) -> Ints:
    """Return how many units of a class have each reason, shape (n_rules,).

    For GOOD, which has no reasons: how many came closest to failing each rule. Only units that
    the rules call GOOD themselves count there (see the column ``weakest_pass``).
    """
    if label != Label.GOOD:
        return reasons_by_class(table, rows, masked)[:, label]
    good = (table.labels == Label.GOOD) & (table.audit.label == Label.GOOD)
    which = _pick(np.where(good, table.weakest_pass, -1), rows)
    return np.bincount(which[which >= 0], minlength=N_RULES).astype(np.int64)


def cooccurrence(table: Table, rows: Ints | None = None, masked: bool = False) -> Ints:
    """Return how many units have both of two reasons, shape (n_rules, n_rules), symmetric.

    The diagonal is the number of units with the one reason.
    """
    distinct, counts = np.unique(_pick(reason_masks(table, masked), rows), return_counts=True)
    has = (distinct[:, None].astype(np.int64) >> np.arange(N_RULES) & 1).astype(np.int64)
    return np.asarray(has.T @ (has * counts[:, None]))


@dataclass(frozen=True, slots=True)
class FailureSet:
    """Units that fail exactly the same rules.

    Attributes
    ----------
    failed, deciding : int
        Bit masks over ``RULES``: all rules of the set, and those that decided.
    n : int
        How many units.
    """

    failed: int
    deciding: int
    n: int


def failure_sets(
    table: Table, rows: Ints | None = None, masked: bool = True, most: int = 20
) -> tuple[list[FailureSet], int]:
    """Return the most frequent combinations of rules that fail together, and how many there are.

    Ties keep the rules' order. Units that fail nothing are no set.
    """
    failed = _pick(reason_masks(table, masked), rows).astype(np.uint64)
    deciding = _pick(table.audit.deciding, rows).astype(np.uint64)
    key = failed << np.uint64(32) | deciding
    distinct, counts = np.unique(key[failed != 0], return_counts=True)
    order = np.lexsort((distinct, -counts))
    sets = [
        FailureSet(int(distinct[i]) >> 32, int(distinct[i]) & 0xFFFFFFFF, int(counts[i]))
        for i in order[:most]
    ]
    return sets, len(distinct)


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """Groups of units, whatever their labels.

    Attributes
    ----------
    names : tuple of str
        Name of each group.
    filters : tuple of str
        Filter text of each group; empty for all units.
    of : numpy.ndarray
        Group of each unit of the run, −1: in none (unknown); shape (n_units,).
    """

    names: tuple[str, ...]
    filters: tuple[str, ...]
    of: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Grouped:
    """Families of MUA units by group.

    Attributes
    ----------
    groups : tuple of str
        Name of each group.
    filters : tuple of str
        Filter text of each group; empty for all units.
    counts : numpy.ndarray
        Shape (n_groups, len(FAMILY_NAMES)); the first family, *none*, is always 0.
    """

    groups: tuple[str, ...]
    filters: tuple[str, ...]
    counts: Ints


def families(
    table: Table, rows: Ints | None = None, by: str = "all", groups: Groups | None = None
) -> Grouped:
    """Return how many MUA units each family explains.

    Parameters
    ----------
    table : Table
        The run.
    rows : numpy.ndarray, optional
        Units to count.
    by : {'all', 'roi', 'depth'}
        Groups: all units, the region of interest, or some ten depths.
    groups : Groups, optional
        The groups of ``by``, where they are already there.
    """
    found = groups or groups_of(table, by)
    n = len(FAMILY_NAMES)
    family = _pick(table.audit.family, rows).astype(np.int64)
    which = _pick(found.of, rows)
    use = (which >= 0) & (family > 0)
    flat = np.bincount(which[use] * n + family[use], minlength=len(found.names) * n)
    return Grouped(found.names, found.filters, flat.reshape(len(found.names), n).astype(np.int64))


def groups_of(table: Table, by: str) -> Groups:
    """Return the groups of all units, by ``'all'``, ``'roi'`` or ``'depth'``."""
    if by == "roi":
        return _roi_groups(table)
    if by == "depth":
        return _depth_groups(table)
    return Groups(("all units",), ("",), np.zeros(table.n_units, np.int64))


def known_groups(table: Table) -> tuple[str, ...]:
    """Return the groups that :func:`families` can make of a run: those with any known unit."""
    known = ["all"]
    if table.kind("roi_label") is not None and (_roi_groups(table).of >= 0).any():
        known.append("roi")
    if np.isfinite(table.values("depth_um")).any():
        known.append("depth")
    return tuple(known)


def _roi_groups(table: Table) -> Groups:
    codes, texts = table.codes("roi_label")
    names = (INSIDE, OUTSIDE)
    place = np.array([names.index(t) if t in names else -1 for t in texts])
    return Groups(names, tuple(f"roi_label == '{name}'" for name in names), place[codes])


def _depth_groups(table: Table) -> Groups:
    depth = table.values("depth_um")
    known = np.isfinite(depth)
    if not known.any():
        return Groups((), (), np.full(table.n_units, -1))
    edges = nice_edges(float(depth[known].min()), float(depth[known].max()), 10)
    group = np.full(table.n_units, -1, np.int64)
    group[known] = np.clip(np.searchsorted(edges, depth[known], "right") - 1, 0, len(edges) - 2)
    names, filters = [], []
    for low, high in pairwise(edges.tolist()):
        names.append(f"{low:g} to {high:g} µm")
        filters.append(depth_filter(low, high))
    return Groups(tuple(names), tuple(filters), group)


def depth_filter(low: float, high: float) -> str:
    """Return the filter for the units of a range of depths, µm; its upper end is not in it."""
    return f"depth_um >= {_exact(low)} and depth_um < {_exact(high)}"


def _exact(value: float) -> str:
    """Return a number as a filter reads it, without loss."""
    short = f"{value:g}"
    return short if float(short) == value else repr(value)


def nice_edges(low: float, high: float, about: int) -> Floats:
    """Return evenly spaced round edges that cover a range; the last lies above its end.

    A range without extent gets one bin, whose width goes with the size of its value.
    """
    size = max(abs(low), abs(high))
    span = high - low if high - low > 1e-9 * size else max(size, 1.0) / 10
    raw = span / about
    power = 10.0 ** np.floor(np.log10(raw))
    step = next(power * f for f in (1, 2, 2.5, 5, 10) if power * f >= raw * 0.999)
    first = int(np.floor(low / step))
    last = int(np.floor(high / step)) + 1
    first -= int(first * step > low)  # the quotients are rounded
    last += int(last * step <= high)
    return np.asarray(np.arange(first, last + 1) * step)
