"""Contamination of a unit by tested refractory period, and how many spikes it would take."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from bcviewer.core.arrays import Bools, Floats, Ints
from bcviewer.core.audit.rpv import SLIDING, Rpv
from bcviewer.core.evidence.kept import KeptSpikes
from bcviewer.core.evidence.tau_r import PeriodsTested

METHOD_NAMES: dict[str, str] = {
    SLIDING: "sliding refractory period",
    "hill": "Hill et al.",
    "llobet": "Llobet et al.",
}
"""How contamination is estimated (``rpv_method``)."""

DEFAULT_CONTAMINATION: Floats = np.arange(0.5, 35.5, 0.5) / 100
"""The levels that bombcell 0.94 tests by default; no run saves them."""


@dataclass(frozen=True, slots=True)
class Setup:
    """What contamination is judged by.

    Attributes
    ----------
    method : {'ibl_sliding', 'hill', 'llobet'}
        How it is estimated.
    is_legacy : bool
        Whether by the code that ran before ``rpv_method`` existed.
    tau_c : float
        Censored period, s.
    limit : float
        ``maxRPVviolations``; NaN: the run has none.
    confidence : float
        Confidence asked for (sliding).
    highest : float
        Highest level that was tested (sliding).
    """

    method: str
    is_legacy: bool
    tau_c: float
    limit: float
    confidence: float
    highest: float


@dataclass(frozen=True, slots=True)
class Result:
    """One outcome: Bombcell's saved one, or today's from the spikes.

    Attributes
    ----------
    rpv : float
        ``fractionRPVs_estimatedTauR``; NaN: not assessed.
    tau_r : float
        ``estimatedTauR``, s; NaN: none. Where RPV is 1.0 it is only the shortest that was tested.
    status : float
        ``RPV_status``: 1 shown clean, −1 not shown clean, 0 too few spikes to say, NaN none.
    """

    rpv: float
    tau_r: float
    status: float

    def differs(self, other: Result) -> tuple[str, ...]:
        """Return what both have and is not the same: ``RPV``, ``τR``, ``status``."""
        pairs = {
            "RPV": (self.rpv, other.rpv),
            "τR": (self.tau_r, other.tau_r),
            "status": (self.status, other.status),
        }
        return tuple(
            name
            for name, (a, b) in pairs.items()
            if not (math.isnan(a) or math.isnan(b) or math.isclose(a, b, rel_tol=1e-9))
        )


@dataclass(frozen=True, slots=True)
class Need:
    """How many spikes it would take to show a unit clean of which too few say nothing.

    Attributes
    ----------
    tau_r : float
        Refractory period that is the soonest to be enough, s.
    n_violations : int
        Violations at it so far; the numbers hold if no further one comes.
    longer : int
        Spikes, at the present rate, in a longer recording.
    minutes : float
        How much longer, min.
    denser : int
        Spikes in the same time.
    """

    tau_r: float
    n_violations: int
    longer: int
    minutes: float
    denser: int


@dataclass(frozen=True, slots=True, eq=False)
class Contamination:
    """Contamination of a unit, recomputed from its spikes by bombcell's own functions.

    Attributes
    ----------
    setup : Setup
        What it is judged by.
    tested : PeriodsTested
        How the tested periods are known.
    tau_r : numpy.ndarray
        Tested refractory periods, s, ascending, shape (k,).
    observed : numpy.ndarray
        Violations at each, int64, shape (k,): pairs of at least tau_c and less than tau_r (hill:
        intervals of at most tau_r; llobet: pairs, tau_r included).
    level : numpy.ndarray
        Sliding: the lowest contamination that is confirmed, NaN where none is. Otherwise the
        estimate. Shape (k,).
    expected : numpy.ndarray
        Sliding: violations if contamination were exactly the limit, float64, shape (k,).
    clean_to, above_from : numpy.ndarray
        Sliding: most violations that would confirm contamination below the limit (−1: not even
        none), and fewest that would confirm it above, float64, shape (k,).
    undecided : numpy.ndarray
        Sliding: where too few spikes leave it open, bool, shape (k,).
    n : int
        Spikes counted: at the stop of the kept time none, as in Bombcell's chunks.
    now, saved : Result
        From the spikes, and as saved.
    need : Need or None
        What it would take, where there are too few spikes to say.
    by_ourselves : bool
        Whether the pairs were counted here: too many spikes for bombcell's slow count.
    kept : KeptSpikes
        Where the spikes come from.
    """

    setup: Setup
    tested: PeriodsTested
    tau_r: Floats
    observed: Ints
    level: Floats
    expected: Floats
    clean_to: Floats
    above_from: Floats
    undecided: Bools
    n: int
    now: Result
    saved: Result
    need: Need | None
    by_ourselves: bool
    kept: KeptSpikes

    @property
    def is_sliding(self) -> bool:
        """Whether it is a test with three outcomes and not an estimate."""
        return self.setup.method == SLIDING

    @property
    def verdict(self) -> Rpv:
        """The outcome from the spikes."""
        return verdict_of(self.now.status)

    @property
    def is_above(self) -> bool:
        """Whether every tested period confirms a contamination above the limit."""
        tested = self.is_sliding and len(self.observed) > 0
        return tested and bool((self.observed >= self.above_from).all())


_VERDICT = {1.0: Rpv.CLEAN, -1.0: Rpv.NOT_SHOWN_CLEAN, 0.0: Rpv.UNDECIDABLE}


def verdict_of(status: float) -> Rpv:
    """Return what an ``RPV_status`` means."""
    return _VERDICT.get(status, Rpv.NOT_ASSESSED)


def spikes_needed(
    expected: float, n: int, duration_s: float, tau_r: float, tau_c: float, contamination: float
) -> tuple[float, float]:
    """Return how many spikes make so many violations expected.

    From Llobet et al. (2022), as ``bombcell.quality_metrics._sliding_rp_expected_violations``:
    ``2 (τR − τC) / D · C N · ((1 − C) N + (C N − 1) / 2)`` with ``D = duration − 2 N τC``, solved
    for N.

    Parameters
    ----------
    expected : float
        Violations to be expected.
    n : int
        Spikes now.
    duration_s : float
        In this time, s.
    tau_r, tau_c : float
        Refractory and censored period, s.
    contamination : float
        The share of foreign spikes.

    Returns
    -------
    longer, denser : float
        Spikes in a longer time at the present rate, and spikes in the same time.
    """
    rate, gap = n / duration_s, 2.0 * (tau_r - tau_c)
    single = 1.0 - contamination / 2.0
    free = 1.0 - 2.0 * rate * tau_c
    longer = (expected * free / (gap * rate * contamination) + 0.5) / single
    a = gap * contamination * single
    b = 2.0 * expected * tau_c - gap * contamination / 2.0
    denser = (-b + math.sqrt(b * b + 4.0 * a * expected * duration_s)) / (2.0 * a)
    return longer, denser


def need(
    setup: Setup,
    n: int,
    duration_s: float,
    tau_r: Floats,
    observed: Ints,
    enough: Floats,
    undecided: Bools,
) -> Need | None:
    """Return what it would take to call a unit clean, at the period that needs the fewest spikes.

    Periods without a violation come first: only there can more spikes of a clean unit be expected
    to bring none.

    Parameters
    ----------
    setup : Setup
        What it is judged by.
    n, duration_s : int, float
        Spikes now, and in which time, s.
    tau_r, observed : numpy.ndarray
        Periods, s, and violations, shape (k,).
    enough : numpy.ndarray
        Expected violations at the limit that would confirm *clean* with the observed ones, (k,).
    undecided : numpy.ndarray
        Where it is open, bool, shape (k,).
    """
    if not 0 < setup.limit <= 1:
        return None  # no number of spikes shows that
    rows = np.flatnonzero(undecided & (observed == 0))
    if not len(rows):
        rows = np.flatnonzero(undecided)
    best: Need | None = None
    for i in rows.tolist():
        longer, denser = spikes_needed(
            float(enough[i]), n, duration_s, float(tau_r[i]), setup.tau_c, setup.limit
        )
        more = math.ceil(longer)
        if best is None or more < best.longer:
            minutes = (more - n) * duration_s / n / 60.0
            best = Need(float(tau_r[i]), int(observed[i]), more, minutes, math.ceil(denser))
    return best
