"""Bombcell's own measures of one template's shape, with the places that it counted."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np

from bcviewer.core.arrays import Array

Params = Mapping[str, float | bool | str]

MEASURES = (
    "nPeaks",
    "nTroughs",
    "waveformDuration_peakTrough",
    "spatialDecaySlope",
    "waveformBaselineFlatness",
    "scndPeakToTroughRatio",
    "peak1ToPeak2Ratio",
    "mainPeakToTroughRatio",
    "troughToPeak2Ratio",
    "mainPeak_before_width",
    "mainTrough_width",
)
"""What ``waveform_shape`` returns first, by the columns that ``run_bombcell`` saves it in."""


def answer(params: Params, arrays: Mapping[str, Array]) -> dict[str, Array]:
    """Return what ``bombcell.quality_metrics.waveform_shape`` says of a template.

    Parameters
    ----------
    params : mapping
        The run's parameters that the function reads.
    arrays : mapping
        ``template`` (n_samples, n_channels), ``channel`` (the peak channel), ``positions``
        (n_channels, 2) in µm, ``window`` (the baseline's first sample, and the one after its
        last).

    Returns
    -------
    dict
        Each measure by its column; ``peaks`` and ``troughs``, the samples that were counted;
        ``peak`` and ``trough``, the samples that the duration is between (NaN: none); ``decay``,
        whether Bombcell computes the spatial decay on this probe; ``fit_distance``,
        ``fit_amplitude`` and ``fit`` (slope and factor), the points and the result of its fit,
        empty without one; ``trouble``, UTF-8 of why the fit failed.
    """
    from bombcell import quality_metrics

    trouble = ""
    fits: list[SimpleNamespace] = []
    try:
        found = _shape(quality_metrics, dict(params), arrays, fits)
    except (RuntimeError, ValueError, TypeError) as error:
        # Without its fit the rest can still be measured; Bombcell's own run ends here.
        if not params["computeSpatialDecay"]:
            raise
        trouble, fits = f"{type(error).__name__}: {error}", []
        found = _shape(quality_metrics, {**params, "computeSpatialDecay": False}, arrays, fits)
    out = {name: np.array(value, float) for name, value in zip(MEASURES, found, strict=False)}
    n = len(MEASURES)
    out["peaks"], out["troughs"] = _samples(found[n]), _samples(found[n + 1])
    out["peak"], out["trough"] = (np.array(at, float) for at in found[n + 2 : n + 4])
    out["decay"] = np.array(bool(found[n + 4]["computeSpatialDecay"]) or bool(trouble))
    fit = fits[-1] if fits else SimpleNamespace(x=(), y=(), result=())
    out["fit_distance"], out["fit_amplitude"] = np.array(fit.x, float), np.array(fit.y, float)
    out["fit"] = np.array(fit.result, float)
    out["trouble"] = np.frombuffer(trouble.encode(), np.uint8)
    return out


def _shape(
    module: Any, params: dict[str, Any], arrays: Mapping[str, Array], fits: list[SimpleNamespace]
) -> tuple[Any, ...]:
    """Call ``waveform_shape`` and note what it fits.

    WORKAROUND: ``waveform_shape`` returns the slope of its spatial decay and neither the points it
    took nor the fit's factor, and what it takes depends on an unstable sort. Its ``curve_fit`` is
    wrapped while it runs, so that what is drawn is what was fitted.
    """
    fit = module.curve_fit

    def noted(function: Any, x: Any, y: Any, *args: Any, **more: Any) -> Any:
        result = fit(function, x, y, *args, **more)
        fits.append(SimpleNamespace(x=x, y=y, result=result[0]))
        return result

    module.curve_fit = noted
    try:
        found: tuple[Any, ...] = module.waveform_shape(
            arrays["template"][None],
            0,
            np.array([int(arrays["channel"])]),
            arrays["positions"],
            arrays["window"],
            params,
        )
    finally:
        module.curve_fit = fit
    return found


def _samples(places: Any) -> Array:
    """Return places as whole samples; NaN stands for none."""
    values = np.atleast_1d(np.asarray(places, float))
    return np.asarray(values[np.isfinite(values)], np.int64)
