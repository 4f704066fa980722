"""What Bombcell measures of a template's shape, and how that compares with what it saved."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bcviewer.core.evidence.recording import UnitData
from bcviewer.core.explain import MIN_SPIKES_FOR_WAVEFORM
from bcviewer.core.metrics import METRICS, Floats

Samples = npt.NDArray[np.int64]

WAVEFORM_METRICS: tuple[str, ...] = (
    "nPeaks",
    "nTroughs",
    "waveformDuration_peakTrough",
    "waveformBaselineFlatness",
    "scndPeakToTroughRatio",
    "mainPeakToTroughRatio",
    "peak1ToPeak2Ratio",
    "troughToPeak2Ratio",
    "mainPeak_before_width",
    "mainTrough_width",
)
"""The metrics that are read off the waveform of the peak channel."""

DECAY_METRIC = "spatialDecaySlope"

_NEAR = 1e-4
"""Relative difference up to which a saved value and its recount are the same."""


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """Bombcell's own fit of amplitude against distance.

    Attributes
    ----------
    distance : numpy.ndarray
        From the peak channel, µm, ascending, shape (n,).
    amplitude : numpy.ndarray
        As Bombcell fits them, shape (n,).
    slope, factor : float
        ``factor * exp(slope * x)``, or where ``linear``, ``slope * x + factor``
        (``bombcell.quality_metrics.exp_fit`` and ``linear_fit``). Bombcell saves −``slope``.
    linear : bool
        Which of the two.
    """

    distance: Floats
    amplitude: Floats
    slope: float
    factor: float
    linear: bool

    def at(self, distance: Floats, slope: float | None = None) -> Floats:
        """Return the fitted curve at some distances, µm; with another slope, the same factor."""
        m = self.slope if slope is None else slope
        if self.linear:
            return np.asarray(m * distance + self.factor)
        return np.asarray(self.factor * np.exp(np.clip(m * distance, -700.0, 700.0)))

    @property
    def length_um(self) -> float:
        """Distance at which the exponential is 1/e of its start, or the line 0; NaN: nowhere."""
        if not self.slope < 0:
            return math.nan
        return -self.factor / self.slope if self.linear else -1.0 / self.slope


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """What ``bombcell.quality_metrics.waveform_shape`` says of a template.

    Attributes
    ----------
    measures : mapping of str to float
        Each metric by Bombcell's column; NaN where it gives none.
    peaks, troughs : numpy.ndarray
        Samples of the template that were counted.
    peak, trough : int
        Samples that the duration is between; −1: none.
    fit : Fit or None
        The spatial decay's fit.
    no_fit : str
        Why there is none; empty where there is.
    differences : tuple of str
        Each metric whose recount differs from the saved value, in words.
    notes : tuple of str
        What else must be known: parameters that were not saved, and what was taken instead.
    """

    measures: Mapping[str, float]
    peaks: Samples
    troughs: Samples
    peak: int
    trough: int
    fit: Fit | None
    no_fit: str
    differences: tuple[str, ...]
    notes: tuple[str, ...]


def differences(unit: UnitData, measures: Mapping[str, float]) -> tuple[str, ...]:
    """Return each metric whose recount is not the saved value, in words.

    Empty for a unit that Bombcell measured nothing of: there is nothing to compare with.
    """
    if unmeasured(unit):
        return ()
    out = []
    for key in (*WAVEFORM_METRICS, DECAY_METRIC):
        if key not in measures or unit.run.units.floats(key) is None:
            continue
        saved, found = unit.metric(key), measures[key]
        if not same(saved, found):
            metric = METRICS[key]
            texts = _apart(metric.fmt, found, saved)
            out.append(f"{metric.title}: recount {texts[0]}, saved {texts[1]}")
    return tuple(out)


def same(saved: float, found: float) -> bool:
    """Return whether a saved value and its recount are the same, but for rounding."""
    if math.isnan(saved) or math.isnan(found):
        return math.isnan(saved) and math.isnan(found)
    return saved == found or math.isclose(saved, found, rel_tol=_NEAR)


def _apart(fmt: str, found: float, saved: float) -> tuple[str, str]:
    """Return two numbers with as many digits as tell them apart."""
    texts = "", ""
    for digits in (fmt, ".3g", ".6g"):
        texts = _number(found, digits), _number(saved, digits)
        if texts[0] != texts[1]:
            break
    return texts


def _number(value: float, digits: str) -> str:
    return "none" if math.isnan(value) else format(value, digits).replace("-", "−")


def unmeasured(unit: UnitData) -> str:
    """Return why Bombcell measured nothing of a unit's waveform; empty where it did."""
    spikes = unit.metric("nSpikes")
    if spikes < MIN_SPIKES_FOR_WAVEFORM and math.isnan(unit.metric("nPeaks")):
        counted = "no spikes" if spikes == 0 else f"{spikes:,.0f} spikes"
        return f"Bombcell measured nothing: {counted}, fewer than {MIN_SPIKES_FOR_WAVEFORM}"
    return ""
