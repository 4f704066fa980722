"""What Bombcell measures of a template's shape, and how that compares with what it saved."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bcviewer.core.arrays import Floats
from bcviewer.core.evidence.recording import UnitData
from bcviewer.core.rules.defaults import LEAST_SPIKES
from bcviewer.core.rules.metrics import METRICS

Samples = npt.NDArray[np.int64]

NO_SAMPLES: Samples = np.empty(0, np.int64)

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

_START = 0.1
"""Where Bombcell lets the exponential's optimiser start; saved as −0.1."""

_HUGE = 1e9
_NEAR = 1e-3
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
    def is_start(self) -> bool:
        """Whether the optimiser never left where Bombcell let it start."""
        return not self.linear and self.slope == _START

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
    unpaired : tuple of str
        Each metric of which there is only the saved value or only the recount, in words.
    unmeasured : str
        Why Bombcell saved nothing to compare with; empty where it did.
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
    unpaired: tuple[str, ...]
    unmeasured: str
    notes: tuple[str, ...]


def differences(unit: UnitData, measures: Mapping[str, float]) -> tuple[str, ...]:
    """Return each metric whose recount is another number than the saved one, in words.

    Empty for a unit that Bombcell measured nothing of: there is nothing to compare with.
    """
    return _compared(unit, measures, one_is_missing=False)


def unpaired(unit: UnitData, measures: Mapping[str, float]) -> tuple[str, ...]:
    """Return each metric that is only saved or only recounted, in words: no match, no mismatch."""
    return _compared(unit, measures, one_is_missing=True)


def _compared(
    unit: UnitData, measures: Mapping[str, float], *, one_is_missing: bool
) -> tuple[str, ...]:
    out: list[str] = []
    if unmeasured(unit):
        return ()
    for key in (*WAVEFORM_METRICS, DECAY_METRIC):
        if key not in measures or unit.run.units.floats(key) is None:
            continue
        saved, found = unit.metric(key), measures[key]
        missing = math.isnan(saved) or math.isnan(found)
        if missing == one_is_missing and not same(saved, found):
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
    if math.isnan(value):
        return "none"
    return format(value, ".3g" if abs(value) >= _HUGE else digits).replace("-", "−")


def unmeasured(unit: UnitData) -> str:
    """Return why Bombcell measured nothing of a unit's waveform; empty where it did."""
    if unit.row >= unit.run.n_units:
        return "Nothing is saved of it: phy made this unit after Bombcell ran"
    spikes = unit.metric("nSpikes")
    if spikes < LEAST_SPIKES and math.isnan(unit.metric("nPeaks")):
        few = f", fewer than {LEAST_SPIKES}" if spikes else ""
        return f"Bombcell measured nothing: {unit.counted_words()}{few}"
    return ""


_AS_SAVED = ("Recount by bombcell: as saved",)


def waveform_facts(shape: Shape, writer: str) -> tuple[str, ...]:
    """Return what is to be said of a recount of the waveform, the most important first."""
    return (*_recounted(shape, writer, decay=False), *shape.notes)


def decay_facts(shape: Shape, writer: str) -> tuple[str, ...]:
    """Return what is to be said of a recount of the spatial decay, the most important first."""
    fit = shape.fit
    if fit is None:
        return (f"No slope: {shape.no_fit}.",)
    recounted = _recounted(shape, writer, decay=True)
    last = recounted == _AS_SAVED
    words = (fit_words(fit), *recounted) if last else (*recounted, fit_words(fit))
    return (*words, *shape.notes)


def mismatch(shape: object, *, decay: bool) -> bool:
    """Whether a number that is saved and its recount are two: where one is missing it is none."""
    title = METRICS[DECAY_METRIC].title
    lines = shape.differences if isinstance(shape, Shape) else ()
    return any(line.startswith(f"{title}:") == decay for line in lines)


def _recounted(shape: Shape, writer: str, *, decay: bool) -> tuple[str, ...]:
    title = METRICS[DECAY_METRIC].title
    told = (*shape.differences, *shape.unpaired)
    found = [line for line in told if line.startswith(f"{title}:") == decay]
    if found:
        return (f"{'; '.join(found)} (saved by {writer})",)
    if shape.unmeasured:
        return (f"{shape.unmeasured}; shown is what it would measure",)
    return _AS_SAVED


def fit_words(fit: Fit) -> str:
    """Return a fit in words, with its slope as a length."""
    if fit.is_start:
        return "The fit stayed at its starting value (0.1): −0.1 is no measurement"
    if math.isnan(fit.length_um):
        return "The fit does not fall with distance"
    if fit.linear:
        return f"Falls to zero at {fit.length_um:,.0f} µm"
    return f"Falls to 37 % in {fit.length_um:,.0f} µm"
