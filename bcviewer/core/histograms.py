"""The numbers behind the metric histograms and the scatter of two metrics."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bcviewer.core.columns import COLUMNS
from bcviewer.core.labels import Label
from bcviewer.core.metrics import METRICS, Bools, Floats
from bcviewer.core.population import Counts, Rows
from bcviewer.core.rules import RULES
from bcviewer.core.table import AuditTable

MAX_BINS = 40
CENTRAL = (0.005, 0.995)
"""The quantiles that the axis covers (thresholds are always in it); the rest is counted."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A threshold of a metric.

    Attributes
    ----------
    rule : int
        Index in ``RULES``.
    value : float
        Where it is.
    """

    rule: int
    value: float


@dataclass(frozen=True, slots=True, eq=False)
class Histogram:
    """One metric's distribution by class.

    Attributes
    ----------
    key : str
        The metric.
    log : bool
        Whether the edges are evenly spaced in the logarithm (its step is a factor).
    edges : numpy.ndarray
        Shape (n_bins + 1,); empty where no unit has an ordinary value.
    counts : numpy.ndarray
        Shape (len(Label), n_bins).
    below, above, missing, sentinel : numpy.ndarray
        Units outside the axis, without a value, and with a sentinel; shape (len(Label),).
    limits : tuple of Limit
        Thresholds of the rules that this run tests.
    """

    key: str
    log: bool
    edges: Floats
    counts: Counts
    below: Counts
    above: Counts
    missing: Counts
    sentinel: Counts
    limits: tuple[Limit, ...]

    def bin_filter(self, i: int) -> str:
        """Return the filter for the units of a bin (the last one includes its upper edge)."""
        low, high = float(self.edges[i]), float(self.edges[i + 1])
        last = i == len(self.edges) - 2
        return f"{self.key} >= {low!r} and {self.key} {'<=' if last else '<'} {high!r}"


def histogram_metrics() -> tuple[str, ...]:
    """Return every metric that a rule reads, in the order of the rules."""
    return tuple(dict.fromkeys(rule.metric for rule in RULES))


def limits_of(table: AuditTable, key: str) -> tuple[Limit, ...]:
    """Return the thresholds of a metric that this run tests."""
    return tuple(
        Limit(i, status.threshold)
        for i, (rule, status) in enumerate(zip(RULES, table.audit.rules, strict=True))
        if rule.metric == key and status.tested and np.isfinite(status.threshold)
    )


def histogram(table: AuditTable, key: str, rows: Rows | None = None) -> Histogram:
    """Return a metric's distribution by class; nothing is dropped without being counted.

    Parameters
    ----------
    table : AuditTable
        The run.
    key : str
        A metric.
    rows : numpy.ndarray, optional
        Units to count. The edges come from all units, so that another scope moves no bin.
    """
    metric, values = METRICS[key], table.values(key)
    limits = limits_of(table, key)
    log = bool(metric.step and metric.step.kind == "factor")
    special = metric.sentinel_mask(values)
    ordinary = ~special & ~np.isnan(values)
    fits = ordinary & (values > 0) if log else ordinary
    edges = _edges(values[fits], [limit.value for limit in limits], key, log)
    chosen = np.ones(table.n_units, bool)
    if rows is not None:
        chosen[:] = False
        chosen[rows] = True

    def count(mask: Bools) -> Counts:
        labels = table.labels[mask & chosen]
        return np.bincount(labels, minlength=len(Label)).astype(np.int64)

    if not len(edges):
        none = np.zeros(len(Label), np.int64)
        empty = np.zeros((len(Label), 0), np.int64)
        missing = count(np.isnan(values))
        return Histogram(
            key, log, edges, empty, count(ordinary), none, missing, count(special), limits
        )
    below, above = ordinary & (values < edges[0]), ordinary & (values > edges[-1])
    inside = ordinary & ~below & ~above & chosen
    n = len(edges) - 1
    which = np.clip(np.searchsorted(edges, values[inside], "right") - 1, 0, n - 1)
    flat = np.bincount(table.labels[inside].astype(np.int64) * n + which, minlength=len(Label) * n)
    return Histogram(
        key,
        log,
        edges,
        flat.reshape(len(Label), n).astype(np.int64),
        count(below),
        count(above),
        count(np.isnan(values)),
        count(special),
        limits,
    )


def _edges(values: Floats, limits: list[float], key: str, log: bool) -> Floats:
    """Return edges that cover most values and every threshold."""
    if log:
        limits = [limit for limit in limits if limit > 0]
    if not len(values):
        return np.empty(0)
    low, high = (float(q) for q in np.quantile(values, CENTRAL))
    low, high = min([low, *limits]), max([high, *limits])
    step = METRICS[key].step
    if step is not None and step.kind == "count":
        return np.arange(np.floor(low) - 0.5, min(np.ceil(high), low + 60) + 1.0)
    if log:
        if high <= low * 1.001:
            low, high = low / 1.5, high * 1.5
        return np.asarray(np.geomspace(low / 1.05, high * 1.05, MAX_BINS + 1))
    if high <= low:
        low, high = low - 0.5, high + 0.5
    margin = (high - low) * 0.02
    return np.asarray(np.linspace(low - margin, high + margin, MAX_BINS + 1))


SCATTER_COLUMNS: tuple[str, ...] = (
    *histogram_metrics(),
    "depth_um",
    "firing_rate",
    "steps_to_good",
    "safety_of_good",
)
"""Columns that the scatter offers."""


@dataclass(frozen=True, slots=True, eq=False)
class Scatter:
    """Two columns against each other.

    Attributes
    ----------
    rows : numpy.ndarray
        Units that are drawn, shape (n,).
    x, y : numpy.ndarray
        Their values, shape (n,); logarithms (base 10) where the axis is logarithmic.
    log_x, log_y : bool
        Whether the axis is logarithmic.
    left_out : int
        Units of the scope without a value, with a sentinel, or not above 0 on a log axis.
    """

    rows: npt.NDArray[np.int64]
    x: Floats
    y: Floats
    log_x: bool
    log_y: bool
    left_out: int


def scatter(table: AuditTable, x: str, y: str, rows: Rows | None = None) -> Scatter:
    """Return the units of a scope by two columns."""
    scope = np.arange(table.n_units) if rows is None else rows
    xs, use_x, log_x = _axis(table, x)
    ys, use_y, log_y = _axis(table, y)
    drawn = scope[(use_x & use_y)[scope]]
    with np.errstate(divide="ignore", invalid="ignore"):
        px = np.log10(xs[drawn]) if log_x else xs[drawn]
        py = np.log10(ys[drawn]) if log_y else ys[drawn]
    return Scatter(drawn, px, py, log_x, log_y, len(scope) - len(drawn))


def _axis(table: AuditTable, key: str) -> tuple[Floats, Bools, bool]:
    values = np.asarray(table.values(key), np.float64)
    metric = METRICS.get(key)
    log = key == "firing_rate" or bool(metric and metric.step and metric.step.kind == "factor")
    use = np.isfinite(values)
    if metric is not None:
        use &= ~metric.sentinel_mask(values)
    if log:
        use &= values > 0
    return values, use, log


def axis_title(key: str) -> str:
    """Return a column's title with its unit."""
    column = COLUMNS[key]
    return f"{column.title} ({column.unit})" if column.unit else column.title
