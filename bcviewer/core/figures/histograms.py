"""The numbers behind the metric histograms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from bcviewer.core.arrays import Array, Floats, Ints
from bcviewer.core.figures.edges import DrawnThreshold, Edges, find_edges
from bcviewer.core.rules.columns import COLUMNS
from bcviewer.core.rules.labels import Label
from bcviewer.core.rules.metric import Metric
from bcviewer.core.rules.metrics import METRICS
from bcviewer.core.rules.rules import RULE_METRICS, RULES
from bcviewer.core.sheet.table import Table

_INF = "1e999"
"""Infinity as a filter can say it."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A threshold of a metric.

    Attributes
    ----------
    rule : int
        Index in ``RULES``.
    value : float
        Where it is.
    where : str
        The probes that it is of, as they stand behind a number; empty: of all.
    """

    rule: int
    value: float
    where: str = ""


@dataclass(frozen=True, slots=True)
class Aside:
    """Units that are not on a histogram's axis.

    Attributes
    ----------
    kind : {'below', 'above', 'missing', 'sentinel'}
        Why.
    short, words : str
        Its name beside the axis (``1.0``, ``∞``) and what it means.
    filter : str
        The filter for its units; empty where the run has no such column.
    """

    kind: str
    short: str
    words: str
    filter: str


@dataclass(frozen=True, slots=True, eq=False)
class Histogram:
    """One metric's distribution by class; every unit is in one bin or aside.

    Attributes
    ----------
    key : str
        The metric.
    log : bool
        Whether the edges are evenly spaced in the logarithm (its step is a factor).
    axis : Edges
        The bins.
    counts : numpy.ndarray
        Shape (len(Label), n_bins).
    asides : tuple of Aside
        Below the axis, above it, missing, then each sentinel.
    aside_counts : numpy.ndarray
        Shape (len(Label), n_asides).
    limits : tuple of Limit
        Thresholds of the rules that this run tests.
    """

    key: str
    log: bool
    axis: Edges
    counts: Ints
    asides: tuple[Aside, ...]
    aside_counts: Ints
    limits: tuple[Limit, ...]

    @property
    def edges(self) -> Floats:
        """Edges of the bins, shape (n_bins + 1,); empty where there is nothing to draw."""
        return self.axis.places

    @property
    def below(self) -> Ints:
        """Units below the axis by label, shape (len(Label),)."""
        return self._beside("below")

    @property
    def above(self) -> Ints:
        """Units above the axis."""
        return self._beside("above")

    @property
    def missing(self) -> Ints:
        """Units without a value."""
        return self._beside("missing")

    @property
    def sentinel(self) -> Ints:
        """Units with a sentinel."""
        return self._beside("sentinel")

    def _beside(self, kind: str) -> Ints:
        which = [i for i, aside in enumerate(self.asides) if aside.kind == kind]
        return np.asarray(self.aside_counts[:, which].sum(axis=1))

    def bin_filter(self, i: int) -> str:
        """Return the filter for exactly the units of a bin."""
        low, high = float(self.edges[i]), float(self.edges[i + 1])
        above = ">" if self.axis.closed[i] else ">="
        below = "<=" if self.axis.closed[i + 1] else "<"
        text = f"{self.key} {above} {low!r} and {self.key} {below} {high!r}"
        return text + _without(METRICS[self.key], low, high)


def _without(metric: Metric, low: float, high: float) -> str:
    """Return what a filter for a range adds to leave the sentinels in it out."""
    return "".join(
        f" and {metric.key} {'<' if sentinel.op == '>=' else '!='} {sentinel.value!r}"
        for sentinel in metric.sentinels
        if sentinel.value <= high and (sentinel.op == ">=" or sentinel.value >= low)
    )


def histogram_metrics() -> tuple[str, ...]:
    """Return every metric that a rule reads, in the order of the rules."""
    return RULE_METRICS


def limits_of(table: Table, key: str) -> tuple[Limit, ...]:
    """Return the thresholds of a metric that are tested, each with the probes that it is of."""
    return tuple(
        Limit(i, one.status.threshold, one.where)
        for i, rule in enumerate(RULES)
        if rule.metric == key
        for one in table.rules_of(i)
        if one.status.tested and np.isfinite(one.status.threshold)
    )


def histogram(table: Table, key: str, rows: Ints | None = None) -> Histogram:
    """Return a metric's distribution by class, once; see :class:`Histograms` for many times."""
    return Histograms(table).of(key, rows)


@dataclass(frozen=True, slots=True, eq=False)
class _Coded:
    """A metric's bins, and the part (bin or aside) that each unit is in."""

    log: bool
    axis: Edges
    asides: tuple[Aside, ...]
    limits: tuple[Limit, ...]
    values: Array
    """Of which it is: a table with these very values has these very bins, at these limits."""
    parts: npt.NDArray[np.int16]
    joint: npt.NDArray[np.int16]
    """Part and label in one number."""
    saved: tuple[float, ...]
    """Thresholds from which others are tried: the axis reaches them."""


class Histograms:
    """The histograms of one run. Which bin a unit is in is found once for each metric.

    Parameters
    ----------
    table : Table
        The run.
    before : Histograms, optional
        Those of another table, to find no bin again that is the same: where only the labels are
        others, as while a threshold is moved. Makes no difference to what is counted.
    saved : callable, optional
        Returns the saved thresholds of a metric from which others are tried: they stay in sight.
    """

    def __init__(
        self,
        table: Table,
        before: Histograms | None = None,
        saved: Callable[[str], Sequence[float]] = lambda _: (),
    ) -> None:
        self.table = table
        self._saved = saved
        self._coded: dict[str, _Coded] = {}
        same = before is not None and before.table.ids is table.ids  # else nothing of it is kept
        self._before = before._coded if before is not None and same else {}

    def of(self, key: str, rows: Ints | None = None) -> Histogram:
        """Return a metric's distribution by class.

        Parameters
        ----------
        key : str
            A metric.
        rows : numpy.ndarray, optional
            Units to count. The edges come from all units, so that another scope moves no bin.
        """
        coded = self._code(key)
        n = coded.axis.n_bins
        width = n + len(coded.asides)
        joint = coded.joint if rows is None else coded.joint[rows]
        flat = np.bincount(joint, minlength=len(Label) * width).astype(np.int64)
        counts = flat.reshape(len(Label), width)
        return Histogram(
            key, coded.log, coded.axis, counts[:, :n], coded.asides, counts[:, n:], coded.limits
        )

    def parts(self, key: str, rows: Ints) -> Ints:
        """Return the part of each unit: its bin, or the number of bins and its place aside."""
        return self._code(key).parts[rows].astype(np.int64)

    def _code(self, key: str) -> _Coded:
        if key not in self._coded:
            saved = tuple(self._saved(key))
            self._coded[key] = _code(self.table, key, saved, self._before.pop(key, None))
        return self._coded[key]


def _code(table: Table, key: str, saved: tuple[float, ...], before: _Coded | None = None) -> _Coded:
    metric, values = METRICS[key], np.asarray(table.values(key), np.float64)
    limits = limits_of(table, key)
    drawn = limits, saved
    if before is not None and before.values is values and (before.limits, before.saved) == drawn:
        return replace(before, joint=_joint(table, before.parts, before))
    log = bool(metric.step and metric.step.kind == "factor")
    special = metric.sentinel_mask(values)
    missing = np.isnan(values)
    ordinary = ~(special | missing)
    fits = values[ordinary & (values > 0) if log else ordinary]
    cuts = [DrawnThreshold(limit.value, RULES[limit.rule].op) for limit in limits]
    with np.errstate(divide="ignore"):
        sample_us = float(np.divide(1e6, table.sample_rate))
    axis = find_edges(fits, cuts, metric.step, log, sample_us, saved)
    n = axis.n_bins
    asides = _asides(table, metric, axis, bool(np.isinf(values).any()))
    found = axis.bins(values) if n else np.where(values < 0, -1, 0)
    found[found < 0] = n
    above = (values > axis.places[-1]) if n else values >= 0
    found[above] = n + 1
    found[missing] = n + 2
    for place, sentinel in enumerate(metric.sentinels, n + 3):
        found[sentinel.found(values)] = place
    found[np.isinf(values)] = n + 3 + len(metric.sentinels)
    parts = found.astype(np.int16)
    coded = _Coded(log, axis, asides, limits, values, parts, parts, saved)
    return replace(coded, joint=_joint(table, parts, coded))


def _joint(table: Table, parts: npt.NDArray[np.int16], of: _Coded) -> npt.NDArray[np.int16]:
    """Return part and label in one number."""
    return parts + table.labels.astype(np.int16) * np.int16(of.axis.n_bins + len(of.asides))


def _asides(table: Table, metric: Metric, axis: Edges, infinite: bool) -> tuple[Aside, ...]:
    """Return what stands beside the axis; all of it, whether or not it has units."""
    key = metric.key
    low, high = (float(axis.places[0]), float(axis.places[-1])) if axis.n_bins else (0.0, 0.0)
    above = f"{key} {'>' if axis.n_bins else '>='} {high!r}"
    finite = f" and {key} > -{_INF}", f" and {key} < {_INF}"
    sides = [
        (f"{key} < {low!r}{_without(metric, -np.inf, low)}", finite[0]),
        (f"{above}{_without(metric, high, np.inf)}", finite[1]),
    ]
    below, above = (text + (end if infinite else "") for text, end in sides)
    out = [
        Aside("below", f"< {low:.4g}", "below the axis", below),
        Aside("above", f"> {high:.4g}", "above the axis", above),
        Aside("missing", "none", "without a value", f"missing({key})"),
    ]
    for sentinel in metric.sentinels:
        short = sentinel.words.partition(":")[0]
        test = f"{key} {sentinel.op} {sentinel.value!r}"
        finite_only = f" and {key} < {_INF}" if infinite and sentinel.op == ">=" else ""
        out.append(Aside("sentinel", short, sentinel.words, test + finite_only))
    infinity = metric.sentinel_words(np.inf) if not metric.sentinels else ""
    words = infinity or "infinite: the fit or the ratio did not end"
    out.append(Aside("sentinel", "∞", words, f"abs({key}) == {_INF}"))
    if table.kind(key) is None:
        out = [Aside(aside.kind, aside.short, aside.words, "") for aside in out]
    return tuple(out)


def axis_title(key: str) -> str:
    """Return a column's title with its unit."""
    column = COLUMNS[key]
    return f"{column.title} ({column.unit})" if column.unit else column.title
