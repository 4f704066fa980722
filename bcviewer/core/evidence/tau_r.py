"""The refractory and the censored period of a unit, and which refractory periods were tested."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from bcviewer.core.arrays import Floats
from bcviewer.core.evidence.recording import UnitData
from bcviewer.core.rules.settings import Settings
from bcviewer.core.run.run import Run
from bcviewer.errors import UserError

DEFAULT_TAU_C = 0.1 / 1000
"""Bombcell's censored period where the parameters have none, s."""

DEFAULT_TAU_R: Floats = np.arange(4, 41) * 0.25 / 1000
"""The refractory periods that bombcell 0.94 tests by default, s; no run saves them."""

PLAIN_TAU_R = 2.0 / 1000
"""What close spikes are counted to where no refractory period was found, s."""

SAID_BY = ("fractionRPVs_estimatedTauR", "estimatedTauR")
"""The metrics that say which period was found, and whether it is a finding."""

MADE_BY_PHY = "phy made this unit, and Bombcell has not seen it"
"""Why there is no period of one that was not scored here either."""

LONGEST = 1.0
"""Longer ones are no refractory periods, but damaged results, s."""

_DEFAULT_WORDS = (
    "Tested: 1 to 10 ms in steps of 0.25 ms, bombcell 0.94's default (a run does not save them;"
    " the results fit)."
)
_LEGACY_WORDS = "Tested: tauR_valuesMin to tauR_valuesMax of the run's parameters."
_MOST_TESTED = 10_000


@dataclass(frozen=True, slots=True)
class Refractory:
    """What pairs of close spikes are held against.

    Attributes
    ----------
    tau_c : float
        Censored period, s: closer pairs are not counted.
    tau_r : float
        Refractory period that Bombcell found (``estimatedTauR``), s; NaN where it found none.
    limit : float
        Up to where close pairs are counted, s: ``tau_r``, else 2 ms.
    why_none : str
        Why there is no ``tau_r``; empty where there is one.
    """

    tau_c: float
    tau_r: float
    limit: float
    why_none: str = ""

    @property
    def apart(self) -> str:
        """How far apart the spikes of a pair are that is counted."""
        return f"{self.tau_c * 1000:g} to {self.limit * 1000:g} ms apart"

    @property
    def words(self) -> str:
        """Which pairs are counted, in words."""
        limit = f"less than {self.limit * 1000:g} ms"
        found = " (the estimated refractory period)" if not self.why_none else ""
        return f"at least {self.tau_c * 1000:g} and {limit} apart{found}"


def effective_tau_c(settings: Settings) -> float:
    """Return the censored period that Bombcell used, s (``bombcell.effective_tauC``).

    At least the window in which it removed duplicates, where it did.

    Raises
    ------
    UserError
        If what is saved is no such time.
    """
    saved = settings.number("tauC")
    tau_c = DEFAULT_TAU_C if math.isnan(saved) else saved
    window = settings.number("duplicateSpikeWindow_s")
    if bool(settings.saved.get("removeDuplicateSpikes", False)) and window > tau_c:
        tau_c = window
    if not 0 <= tau_c <= LONGEST:
        raise UserError(f"The censored period in the run's parameters is {tau_c:g} s.")
    return tau_c


def refractory(unit: UnitData, scored: tuple[float, ...] = ()) -> Refractory:
    """Return the periods of a unit.

    Where nothing was confirmed (RPV = 1.0 or missing), Bombcell's ``estimatedTauR`` is only the
    shortest period that it tested, and no finding.

    Parameters
    ----------
    unit : UnitData
        The unit.
    scored : tuple of float
        RPV and ``estimatedTauR`` (s) of a unit that phy made, as it was scored here; empty: what
        the run saved.
    """
    tau_c = effective_tau_c(unit.run.settings)
    rpv, tau_r = scored or (unit.metric(name) for name in SAID_BY)
    why = ""
    if unit.row >= unit.run.n_units and not scored:
        why = MADE_BY_PHY
    elif "estimatedTauR" not in unit.run.units:
        why = "these results hold no estimated refractory period"
    elif math.isnan(rpv) or math.isnan(tau_r):
        why = "Bombcell did not assess refractory periods of this unit"
    elif not 0 < tau_r <= LONGEST:
        why = f"the saved one is {tau_r:g} s"
    elif rpv >= 1.0:
        why = "none was confirmed (RPV = 1.0)"
    if why:
        return Refractory(tau_c, math.nan, PLAIN_TAU_R, why)
    return Refractory(tau_c, tau_r, tau_r)


@dataclass(frozen=True, slots=True, eq=False)
class PeriodsTested:
    """The refractory periods that a run tested.

    Attributes
    ----------
    tau_r : numpy.ndarray
        s, ascending as Bombcell had them, shape (k,).
    words : str
        How they are known, a sentence.
    complete : bool
        Whether these are all; otherwise they are those that the run's units name.
    """

    tau_r: Floats
    words: str
    complete: bool = True


def periods_tested(run: Run) -> PeriodsTested:
    """Return the refractory periods that a run tested.

    Bombcell saves no arrays, so they are inferred: in today's runs ``RPV_window_index`` + 1 is how
    many there were, and each unit's ``estimatedTauR`` is one of them.

    Raises
    ------
    UserError
        If nothing is known of them.
    """
    if not run.settings.text("rpv_method"):
        given = _legacy(run.settings, whole_step=True)
        if given is None:
            raise UserError(
                "The run's parameters do not say which refractory periods were tested"
                " (tauR_valuesMin, tauR_valuesMax, tauR_valuesStep)."
            )
        return PeriodsTested(given, _LEGACY_WORDS)
    named = _named(run)
    count = _count(run)
    for tau_r, words in _candidates(run.settings):
        if count in (0, len(tau_r)) and np.isin(named.round(9), tau_r.round(9)).all():
            return PeriodsTested(tau_r, words)
    if not len(named):
        raise UserError("The run does not say which refractory periods were tested.")
    if count == len(named) == 1:
        return PeriodsTested(named, f"Tested: {named[0] * 1000:g} ms, the only one in the results.")
    return PeriodsTested(
        named,
        f"The run tested {count or 'some'} refractory periods and did not save which: drawn are"
        f" the {len(named)} that its units name.",
        complete=False,
    )


def _candidates(settings: Settings) -> Iterator[tuple[Floats, str]]:
    """Yield what the run may have tested, the likeliest first."""
    saved = settings.saved.get("tauR_values")
    values = saved if isinstance(saved, list) else [saved]
    if values and all(isinstance(value, (int, float)) for value in values):
        yield np.array(values, np.float64), "Tested: tauR_values of the run's parameters."
    yield DEFAULT_TAU_R, _DEFAULT_WORDS
    legacy = _legacy(settings, whole_step=False)
    if legacy is not None:
        yield legacy, _LEGACY_WORDS


def _legacy(settings: Settings, *, whole_step: bool) -> Floats | None:
    """Return ``tauR_valuesMin`` to ``tauR_valuesMax``, as Bombcell's old or new code makes them."""
    low, high, step = (settings.number(f"tauR_values{end}") for end in ("Min", "Max", "Step"))
    if not (step > 0 and 0 <= low <= high <= LONGEST and (high - low) / step < _MOST_TESTED):
        return None
    return np.arange(low, high + (step if whole_step else step / 2), step)


def _named(run: Run) -> Floats:
    """Return the different values of ``estimatedTauR``, s, ascending."""
    column = run.units.floats("estimatedTauR")
    if column is None:
        return np.zeros(0)
    return np.unique(column[(column > 0) & (column <= LONGEST)])


def _count(run: Run) -> int:
    """Return how many were tested; 0: not known."""
    column = run.units.floats("RPV_window_index")
    if column is None:
        return 0
    known = column[(column >= 0) & (column < _MOST_TESTED)]
    return int(known.max()) + 1 if len(known) else 0
