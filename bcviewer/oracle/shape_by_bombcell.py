"""Asks bombcell for the shape of a unit's template, with the run's own parameters."""

from __future__ import annotations

import math
from types import MappingProxyType

import numpy as np

from bcviewer.core.arrays import Array
from bcviewer.core.evidence.decay import few_channels
from bcviewer.core.evidence.recording import UnitData
from bcviewer.core.evidence.shape import (
    DECAY_METRIC,
    WAVEFORM_METRICS,
    Fit,
    Shape,
    differences,
    unmeasured,
    unpaired,
)
from bcviewer.core.evidence.waveform import peak_channel, sample_rate
from bcviewer.core.rules.defaults import DEFAULT_COMPUTATION, DEFAULTS_OF
from bcviewer.errors import UserError
from bcviewer.oracle.asked import Helper

_WINDOW = ("waveform_baseline_window_start", "waveform_baseline_window_stop")


def ask_shape(unit: UnitData, bombcell: Helper) -> Shape:
    """Return what bombcell measures of a unit's template.

    Raises
    ------
    UserError
        Where there is no template, or bombcell cannot measure it.
    """
    # Kilosort writes single precision, and Bombcell computes in it.
    template = np.asarray(unit.recording.template(unit.row).values).astype(np.float32)
    peak, _ = peak_channel(unit, template.astype(np.float64))
    if not np.nan_to_num(template[:, peak]).any():
        raise UserError("The template is zero on its peak channel: there is nothing to measure.")
    params, notes = _params(unit)
    positions = np.zeros((template.shape[1], 2))
    no_fit = ""
    if unit.run.sites is not None:
        positions = unit.run.sites.xy
    if params["computeSpatialDecay"]:
        no_fit = _no_decay(unit)
        params["computeSpatialDecay"] = not no_fit
    elif not unit.run.criteria.flags["computeSpatialDecay"]:
        no_fit = "spatial decay is switched off in this run (computeSpatialDecay)"
    arrays: dict[str, Array] = {
        "template": template,
        "channel": np.array(peak),
        "positions": positions,
        "window": np.array([unit.run.settings.number(name) for name in _WINDOW]),
    }
    if np.isnan(arrays["window"]).any():
        notes.append("No baseline window is saved: flatness cannot be recounted.")
    if math.isnan(sample_rate(unit.run)):
        notes.append("The sample rate is not known: the duration cannot be recounted.")
    answer = bombcell.ask("shape", params, arrays)
    return _shape(unit, peak, answer, no_fit, notes)


def _params(unit: UnitData) -> tuple[dict[str, float | bool | str], list[str]]:
    """Return what ``waveform_shape`` reads, and what is not saved and taken from its defaults."""
    run = unit.run
    notes: list[str] = []
    out: dict[str, float | bool | str] = {
        "computeSpatialDecay": run.criteria.flags["computeSpatialDecay"],
        "spDecayLinFit": run.criteria.flags["spDecayLinFit"],
        "ephys_sample_rate": sample_rate(run),
    }
    filled = [f for f in ("computeSpatialDecay", "spDecayLinFit") if f in run.criteria.filled]
    notes += [f"{name} is not saved: Bombcell takes it as on." for name in filled]
    for name in ("minThreshDetectPeaksTroughs", "normalizeSpDecay"):
        default = DEFAULT_COMPUTATION[name]
        number = run.settings.number(name)
        value = float(default) if math.isnan(number) else number
        out[name] = bool(value) if isinstance(default, bool) else value
        if math.isnan(number):
            notes.append(f"{name} is not saved: {default} is {DEFAULTS_OF}'s.")
    return out, notes


def _no_decay(unit: UnitData) -> str:
    """Return why bombcell cannot be asked for the spatial decay; empty where it can."""
    sites = unit.run.sites
    if sites is None:
        return "the channels' positions are not known (channel_positions.npy)"
    if len(np.unique(sites.xy[:, 1])) < 2:
        return "all channels have one depth: Bombcell cannot compute a spatial decay"
    return ""


def _shape(
    unit: UnitData, peak: int, answer: dict[str, Array], no_fit: str, notes: list[str]
) -> Shape:
    measures = {key: float(answer[key]) for key in (*WAVEFORM_METRICS, DECAY_METRIC)}
    fit = None
    if answer["fit"].size == 2:
        slope, factor = (float(value) for value in answer["fit"])
        linear = unit.run.criteria.flags["spDecayLinFit"]
        fit = Fit(answer["fit_distance"], answer["fit_amplitude"], slope, factor, linear)
    elif not no_fit:
        trouble = answer["trouble"].astype(np.uint8).tobytes().decode("utf-8", "replace")
        no_fit = _why_no_fit(unit, peak, bool(answer["decay"]), trouble)
    compared = {key: measures[key] for key in measures if _can_be_recounted(unit, key, fit)}
    return Shape(
        MappingProxyType(measures),
        answer["peaks"],
        answer["troughs"],
        _sample(answer["peak"]),
        _sample(answer["trough"]),
        fit,
        "" if fit is not None else no_fit,
        differences(unit, compared),
        unpaired(unit, compared),
        unmeasured(unit),
        tuple(notes),
    )


def _can_be_recounted(unit: UnitData, key: str, fit: Fit | None) -> bool:
    """Return whether what a measure needs is there; else it differs from nothing."""
    if key == DECAY_METRIC:
        return fit is not None
    if key == "waveformDuration_peakTrough":
        return not math.isnan(sample_rate(unit.run))
    if key == "waveformBaselineFlatness":
        return not any(math.isnan(unit.run.settings.number(name)) for name in _WINDOW)
    return True


def _why_no_fit(unit: UnitData, peak: int, decay: bool, trouble: str) -> str:
    if trouble:
        return f"Bombcell's fit failed ({trouble[:120]})"
    if not decay:
        return "rows of channels are 30 µm or more apart: Bombcell switches the spatial decay off"
    return few_channels(unit.run, peak) or "Bombcell made no fit"


def _sample(place: Array) -> int:
    value = float(place)
    return int(value) if math.isfinite(value) else -1
