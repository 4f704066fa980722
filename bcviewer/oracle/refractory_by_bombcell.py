"""Contamination by refractory period, recomputed by bombcell in the helper process."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from bcviewer.core.arrays import Array, Floats
from bcviewer.core.evidence.kept import KeptSpikes, kept_spikes
from bcviewer.core.evidence.recording import UnitData, UnitSpikes
from bcviewer.core.evidence.refractory import (
    DEFAULT_CONTAMINATION,
    METHOD_NAMES,
    Contamination,
    Result,
    Setup,
    need,
)
from bcviewer.core.evidence.tau_r import effective_tau_c, periods_tested
from bcviewer.core.rules.counts import verb_of
from bcviewer.core.rules.criteria import Criteria
from bcviewer.core.rules.defaults import LEAST_SPIKES
from bcviewer.core.rules.settings import Settings
from bcviewer.core.run.run import Run
from bcviewer.errors import UserError
from bcviewer.oracle.asked import Helper

DEFAULT_CONFIDENCE, DEFAULT_REJECT = 0.9, 0.5 / 1000
"""What Bombcell takes where ``confidence_threshold`` and ``tauR_reject`` are absent."""

MADE_BY_PHY = (
    "phy made this unit, and Bombcell has not seen it: what it is scored here by is in Why."
)


def contamination(unit: UnitData, bombcell: Helper) -> Contamination:
    """Return a unit's contamination at each refractory period that its run tested.

    Raises
    ------
    UserError
        If Bombcell did not assess the unit, its spikes cannot be read, what was tested is not
        known, or bombcell cannot be asked.
    """
    spikes, kept = kept_spikes(unit)
    if unit.row >= unit.run.n_units and unit.stretch is None:
        raise UserError(MADE_BY_PHY)
    _refuse_few(spikes, kept)
    tested, setup = periods_tested(unit.run), _setup(unit.run)
    arrays = {
        "samples": spikes.samples,
        "chunk": np.array([kept.start_s, kept.stop_s]),
        "tau_r": tested.tau_r,
        "contamination": _levels(unit.run.settings),
    }
    found = bombcell.ask("refractory", _given(unit.run.settings, setup, spikes), arrays)
    undecided, counts = found["undecided"].astype(bool), found["observed"].astype(np.int64)
    now, n = _result(found, setup, unit), int(found["n"])
    wanted = None
    if now.status == 0:
        duration = kept.duration_s
        wanted = need(setup, n, duration, found["tau_r"], counts, found["enough"], undecided)
    return Contamination(
        setup,
        tested,
        tau_r=found["tau_r"],
        observed=counts,
        level=found["level"],
        expected=found["expected"],
        clean_to=found["clean_to"],
        above_from=found["above_from"],
        undecided=undecided,
        n=n,
        now=now,
        saved=_saved(unit, setup),
        need=wanted,
        by_ourselves=bool(found["by_ourselves"]),
        kept=kept,
    )


def _refuse_few(spikes: UnitSpikes, kept: KeptSpikes) -> None:
    """Raise ``UserError`` where Bombcell assesses nothing: it asks for some spikes."""
    if not kept.by_bombcell:
        few = f" it has {spikes.n:,}" if spikes.n < LEAST_SPIKES else " this one it left out"
        raise UserError(f"Bombcell assesses units of {LEAST_SPIKES} spikes or more;{few}.")
    if kept.chosen is not None and spikes.n < LEAST_SPIKES:
        raise UserError(
            f"Not for {kept.chosen.words}: Bombcell assesses {LEAST_SPIKES} spikes or more, and"
            f" there {verb_of(spikes.n, 'is', 'are')} {spikes.n:,}."
        )


def _given(settings: Settings, setup: Setup, spikes: UnitSpikes) -> dict[str, float | bool | str]:
    """Return what bombcell is told of the run."""
    return {
        "method": "legacy" if setup.is_legacy else setup.method,
        "sample_rate": spikes.sample_rate,
        "tauC": setup.tau_c,
        "tauR_reject": _number(settings, "tauR_reject", DEFAULT_REJECT),
        "confidence_threshold": setup.confidence,
        "maxRPVviolations": setup.limit,
        "hillOrLlobetMethod": setup.method == "hill",
        **{name: settings.number(name) for name in _LEGACY},
    }


_LEGACY = ("tauR_valuesMin", "tauR_valuesMax", "tauR_valuesStep")


def given_of(run: Run, criteria: Criteria) -> dict[str, float | bool | str]:
    """Return what bombcell is told for a verdict at the limit of some criteria."""
    setup = _setup(replace(run, criteria=criteria))
    return {
        "tauC": setup.tau_c,
        "tauR_reject": _number(run.settings, "tauR_reject", DEFAULT_REJECT),
        "confidence_threshold": setup.confidence,
        "maxRPVviolations": setup.limit,
    }


def _setup(run: Run) -> Setup:
    """Return what the run's contamination was judged by."""
    settings = run.settings
    method = settings.text("rpv_method")
    is_legacy = not method
    if is_legacy:
        hill = settings.saved.get("hillOrLlobetMethod", True)
        method = "hill" if hill else "llobet"
    if method not in METHOD_NAMES:
        raise UserError(f"The run's rpv_method, {method!r}, is not known here.")
    return Setup(
        method,
        is_legacy,
        effective_tau_c(settings),
        run.criteria.thresholds.get("maxRPVviolations", math.nan),
        _number(settings, "confidence_threshold", DEFAULT_CONFIDENCE),
        float(_levels(settings)[-1]),
    )


def _levels(settings: Settings) -> Floats:
    """Return the tested levels of contamination; a run saves them only if they were a list."""
    saved = settings.saved.get("contamination_values")
    if isinstance(saved, list) and saved and all(isinstance(v, (int, float)) for v in saved):
        return np.array(saved, np.float64)
    return DEFAULT_CONTAMINATION


def _number(settings: Settings, name: str, default: float) -> float:
    number = settings.number(name)
    return default if math.isnan(number) else number


def _result(found: dict[str, Array], setup: Setup, unit: UnitData) -> Result:
    """Return today's result; the old code took RPV where the chunks had least contamination."""
    rpv, tau_r = float(found["rpv"]), float(found["estimated"])
    status = float(found["status"])
    if setup.is_legacy:
        level, index = found["level"], unit.metric("RPV_window_index")
        index -= "MATLAB" in unit.run.provenance.writer  # which counts from 1
        at = 0 if len(level) == 1 else int(index) if 0 <= index < len(level) else -1
        rpv, tau_r = (float(level[at]), float(found["tau_r"][at])) if at >= 0 else (math.nan,) * 2
        status = math.copysign(1.0, setup.limit - rpv) if setup.limit != rpv else 1.0
    if math.isnan(setup.limit) or math.isnan(rpv):
        status = math.nan
    return Result(rpv, tau_r, status)


def _saved(unit: UnitData, setup: Setup) -> Result:
    """Return what the run holds: of a stretch nothing, and from the old code no status."""
    status = math.nan if setup.is_legacy else unit.saved("RPV_status")
    return Result(unit.saved("fractionRPVs_estimatedTauR"), unit.saved("estimatedTauR"), status)
