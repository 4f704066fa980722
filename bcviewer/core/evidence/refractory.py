"""Contamination of a unit by tested refractory period, and what it says, in words."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from bcviewer.core.audit import RPV_NAMES, Rpv
from bcviewer.core.evidence.kept import Kept
from bcviewer.core.evidence.recording import Ints
from bcviewer.core.evidence.tau_r import PeriodsTested
from bcviewer.core.metrics import Bools, Floats

SLIDING = "ibl_sliding"

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
        ``RPV_status``: 1 clean, −1 contaminated, 0 undecidable, NaN none.
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
    """How many spikes it would take to call an undecidable unit clean.

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
    clean_to, contaminated_from : numpy.ndarray
        Sliding: most violations that would confirm *clean* (−1: not even none), and fewest that
        would confirm *contaminated*, float64, shape (k,).
    undecided : numpy.ndarray
        Sliding: where too few spikes leave it open, bool, shape (k,).
    n : int
        Spikes counted: at the stop of the kept time none, as in Bombcell's chunks.
    now, saved : Result
        From the spikes, and as saved.
    need : Need or None
        What it would take, where undecidable.
    by_ourselves : bool
        Whether the pairs were counted here: too many spikes for bombcell's slow count.
    kept : Kept
        Where the spikes come from.
    """

    setup: Setup
    tested: PeriodsTested
    tau_r: Floats
    observed: Ints
    level: Floats
    expected: Floats
    clean_to: Floats
    contaminated_from: Floats
    undecided: Bools
    n: int
    now: Result
    saved: Result
    need: Need | None
    by_ourselves: bool
    kept: Kept

    @property
    def is_sliding(self) -> bool:
        """Whether it is a test with three outcomes and not an estimate."""
        return self.setup.method == SLIDING

    @property
    def verdict(self) -> Rpv:
        """The outcome from the spikes."""
        return _VERDICT.get(self.now.status, Rpv.NOT_ASSESSED)


_VERDICT = {1.0: Rpv.CLEAN, -1.0: Rpv.CONTAMINATED, 0.0: Rpv.UNDECIDABLE}


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


def sentences(found: Contamination) -> tuple[str, ...]:
    """Return what a contamination says: the verdict first, then RPV, then what differs."""
    out = [_verdict(found)]
    if found.need is not None:
        out.append(_need_words(found.need, found.n))
    if found.is_sliding:
        out.append(_level_words(found))
    return (*out, *differences(found))


def _verdict(found: Contamination) -> str:
    setup, verdict = found.setup, found.verdict
    limit = f"{setup.limit * 100:.3g}%"
    if verdict == Rpv.NOT_ASSESSED and setup.is_legacy and len(found.level) > 1:
        return (
            f"Not assessed: the run did not save at which of its {len(found.level)} refractory"
            " periods it took RPV."
        )
    if verdict == Rpv.NOT_ASSESSED:
        return "Not assessed: there is no limit, or too few spikes to compute anything."
    if not found.is_sliding:
        side = "≤" if verdict == Rpv.CLEAN else ">"
        name = METHOD_NAMES[setup.method]
        return (
            f"{RPV_NAMES[verdict].capitalize()} by the estimate of {name}:"
            f" {found.now.rpv * 100:.3g}% {side} {limit}. It has no outcome for too few spikes."
        )
    sure = f"{setup.confidence * 100:.3g}%"
    if verdict == Rpv.CLEAN:
        return f"Clean: contamination is below {limit}, with {sure} confidence or more."
    if verdict == Rpv.CONTAMINATED:
        return (
            f"Contaminated: at every tested τR it is above {limit} with {sure} confidence, or the"
            " spikes were enough to show it below and do not."
        )
    return f"Undecidable: too few spikes to say whether contamination is below {limit}."


def _need_words(needed: Need, n: int) -> str:
    limit = f"{needed.tau_r * 1000:g} ms"
    so_far = (
        f"none came closer than {limit}, as so far"
        if not needed.n_violations
        else f"no more than the {_count(needed.n_violations)} so far came closer than {limit}"
    )
    return (
        f"If {so_far}, {needed.longer:,} spikes would be enough to call it clean ({n:,} now):"
        f" at this rate {_minutes(needed.minutes)} more."
    )


def _count(n: int) -> str:
    return "one" if n == 1 else f"{n:,}"


def _minutes(minutes: float) -> str:
    if minutes >= 120:
        return f"{minutes / 60:,.0f} hours"
    return f"{minutes:.0f} min" if minutes >= 9.5 else f"{minutes:.1f} min"


def _level_words(found: Contamination) -> str:
    setup, now = found.setup, found.now
    if math.isnan(now.rpv):
        return "RPV could not be computed."
    if now.rpv >= 1.0:
        return (
            f"RPV = 1.0: no level up to {setup.highest * 100:.3g}% is confirmed at any τR. It"
            " does not mean that all spikes are foreign."
        )
    return (
        f"RPV = {now.rpv:.3g}: at most {now.rpv * 100:.3g}%, with"
        f" {setup.confidence * 100:.3g}% confidence, at τR {now.tau_r * 1000:g} ms."
    )


def differences(found: Contamination) -> tuple[str, ...]:
    """Return where the saved result is another than today's, a sentence each."""
    now, saved = found.now, found.saved
    names = saved.differs(now)
    if not names:
        return ()
    words = {
        "RPV": f"RPV {saved.rpv:.3g} (now {now.rpv:.3g})",
        "τR": f"τR {saved.tau_r * 1000:g} ms (now {now.tau_r * 1000:g} ms)",
        "status": f"{_status(saved.status)} (now {_status(now.status)})",
    }
    return (f"Saved was {', '.join(words[name] for name in names)}. {_reason(found)}",)


def _status(status: float) -> str:
    return RPV_NAMES[_VERDICT.get(status, Rpv.NOT_ASSESSED)]


def _reason(found: Contamination) -> str:
    if any("Bombcell counted" in note for note in found.kept.notes):
        return "The spikes are not those that Bombcell saw."
    if found.setup.is_legacy or not found.is_sliding:
        return "An older Bombcell may have computed it otherwise."
    if not found.tested.complete:
        return "Not all tested refractory periods are known."
    return "The saved status was decided at the limit of that run."
