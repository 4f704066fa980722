"""Whether the spikes of two units keep out of each other's refractory period."""

from __future__ import annotations

import math
from dataclasses import dataclass

from bcviewer.core.arrays import Ints
from bcviewer.core.evidence.minutes import Minutes
from bcviewer.core.evidence.pairs import close_pairs
from bcviewer.core.evidence.tau_r import PLAIN_TAU_R, Refractory
from bcviewer.core.rules.counts import count_of

ENOUGH = 6.0
"""So many pairs must be expected, wherever pairs of two units are counted: of fewer a share says
little. None of six is seen by chance in 0.2 % of cases (e⁻⁶), half of them in 15 %."""

_EDGE = 1e-3
"""Of a sample: a limit that is so near a whole number of samples is that number."""


@dataclass(frozen=True, slots=True)
class Dip:
    """Pairs of spikes, one of each unit, within the refractory period: counted, and expected.

    Attributes
    ----------
    observed : int
        Pairs whose lag, before or after, is at least ``tau_c`` and less than ``limit``.
    expected : float
        The same if the two fired independently at the rates of each minute.
    tau_c, limit : float
        From where to where pairs are counted, s.
    why_limit : str
        What the limit is, in words.
    """

    observed: int
    expected: float
    tau_c: float
    limit: float
    why_limit: str

    @property
    def share(self) -> float:
        """Pairs counted as a share of those expected; NaN where none are expected."""
        return self.observed / self.expected if self.expected > 0 else math.nan

    @property
    def is_enough(self) -> bool:
        """Whether so many are expected that having none says something."""
        return self.expected >= ENOUGH

    @property
    def words(self) -> str:
        """Both numbers, and what they mean: ``3 of 41 expected (0.07×)``."""
        if not self.expected > 0:
            return f"{count_of(self.observed, 'pair')}, none expected"
        both = f"{self.observed:,} of {few_digits(self.expected)} expected"
        return f"{both} ({self.share:.2f}×)" if self.is_enough else f"{both}: too few to say"

    @property
    def short(self) -> str:
        """Both numbers; in brackets where too few are expected to say anything."""
        both = f"{self.observed:,} of {few_digits(self.expected)}"
        return both if self.is_enough else f"({both})"

    @property
    def what(self) -> str:
        """What is counted: a sentence."""
        return (
            f"Pairs of spikes at least {self.tau_c * 1000:g} and less than"
            f" {self.limit * 1000:g} ms apart ({self.why_limit}), and how many there would be if"
            f" the two fired independently at the rates of each minute."
        )


def few_digits(number: float) -> str:
    """Return an expected number of pairs with the digits that mean something."""
    return f"{number:,.0f}" if number >= 10 else f"{number:.2g}"


def dip(a: Ints, b: Ints, minutes: Minutes, periods: tuple[Refractory, Refractory]) -> Dip:
    """Count the pairs of two units within the shorter of their refractory periods.

    Parameters
    ----------
    a, b : numpy.ndarray
        Spikes, int64 samples, ascending, shapes (n_a,) and (n_b,).
    minutes : Minutes
        Of the same spikes.
    periods : tuple of Refractory
        Of each unit.
    """
    tau_c = max(period.tau_c for period in periods)
    rate = minutes.sample_rate
    limit, why = _limit(periods)
    low, high = _whole(tau_c * rate), _whole(limit * rate)
    observed = 0
    for first, second in ((a, b), (b, a)):
        observed += sum(int((lag >= low).sum()) for _, lag in close_pairs(first, second, high))
    if low == 0 < high:  # pairs at the same sample were met from both sides
        observed -= sum(len(lag) for _, lag in close_pairs(a, b, 1))
    n_lags = max(0, 2 * (high - low) - (low == 0))
    expected = minutes.pairs_within(n_lags / rate)
    return Dip(observed, expected, tau_c, limit, why)


def _limit(periods: tuple[Refractory, Refractory]) -> tuple[float, str]:
    """Return up to which lag both units should be silent, s, and why to there."""
    known = [period.limit for period in periods if not period.why_none]
    if not known:
        return PLAIN_TAU_R, "a refractory period could be estimated of neither"
    if len(known) == 1:
        return known[0], "the refractory period of the one of which it could be estimated"
    return min(known), "the shorter of the two estimated refractory periods"


def _whole(samples: float) -> int:
    """Return the first whole lag that is not less than a limit."""
    near = round(samples)
    return near if abs(samples - near) < _EDGE else math.ceil(samples)
