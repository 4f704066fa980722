"""What was measured otherwise in two runs: how each metric is spread, and for whom it differs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from bcviewer.core.arrays import Floats
from bcviewer.core.comparison.pairing import Pairing
from bcviewer.core.rules.metrics import METRICS
from bcviewer.core.rules.rules import RULE_METRICS
from bcviewer.core.run.run import Run


@dataclass(frozen=True, slots=True)
class Spread:
    """A metric in two runs.

    Attributes
    ----------
    metric : str
        Its name.
    differ : int
        How many of the matched units have another value, or a value in one run only; −1: none is
        matched, so that nobody knows.
    before, after : tuple of float
        Lower quartile, median and upper quartile of each run's finite values; NaN where there are
        none.
    n_before, n_after : int
        How many finite values there are.
    """

    metric: str
    differ: int
    before: tuple[float, float, float]
    after: tuple[float, float, float]
    n_before: int
    n_after: int

    @property
    def texts(self) -> tuple[str, str]:
        """Median and quartiles of each run: ``0.61 (0.5–0.75)``."""
        return (
            _texts(self.metric, self.before, self.n_before),
            _texts(self.metric, self.after, self.n_after),
        )


def spreads(before: Run, after: Run, pairing: Pairing) -> tuple[Spread, ...]:
    """Return how each metric that a rule reads is spread, where either run has values of it."""
    both = pairing.both
    out = []
    for name in RULE_METRICS:
        old, new = _values(before, name), _values(after, name)
        one, other = old[pairing.before[both]], new[pairing.after[both]]
        same = (one == other) | (np.isnan(one) & np.isnan(other))
        differ = int(np.count_nonzero(~same)) if len(same) else -1
        known = [values[np.isfinite(values)] for values in (old, new)]
        if any(map(len, known)):
            first, second = (_quarters(values) for values in known)
            out.append(Spread(name, differ, first, second, len(known[0]), len(known[1])))
    return tuple(out)


def _texts(metric: str, quarters: tuple[float, float, float], n: int) -> str:
    if not n:
        return "no value"
    low, middle, high = (METRICS[metric].text(value) for value in quarters)
    return f"{middle} ({low}–{high})"


def differing(found: Iterable[Spread]) -> tuple[Spread, ...]:
    """Return those that differ for any unit; where none is matched all."""
    return tuple(one for one in found if one.differ)


def _values(run: Run, name: str) -> Floats:
    column = run.units.floats(name)
    return np.full(run.n_units, np.nan) if column is None else column


def _quarters(values: Floats) -> tuple[float, float, float]:
    if not len(values):
        return (np.nan, np.nan, np.nan)
    low, middle, high = np.quantile(values, (0.25, 0.5, 0.75)).tolist()
    return low, middle, high
