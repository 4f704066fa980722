"""The cut-off fit of the amplitudes, by ``bombcell.quality_metrics.perc_spikes_missing``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from unittest import mock

import numpy as np
from bombcell import quality_metrics

from bcviewer.core.arrays import Array


def answer(
    params: Mapping[str, float | bool | str], arrays: Mapping[str, Array]
) -> dict[str, Array]:
    """Return the percentages of missing spikes and the Gaussian that was fitted.

    Parameters
    ----------
    params : mapping
        ``start`` and ``stop`` of the kept time, s.
    arrays : mapping
        ``amplitudes`` and ``times`` (s) of the spikes in it, shape (n,).

    Returns
    -------
    dict
        ``gaussian`` and ``symmetric``, %; where a fit was made also ``x`` and ``y``, the bins and
        counts it was made to, and ``fit``: height, centre, width and cut-off.
    """
    fits: list[tuple[Array, Array, Array]] = []
    fitted = quality_metrics.curve_fit

    def recorded(function: Any, x: Array, y: Array, **more: Any) -> Any:
        found = fitted(function, x, y, **more)
        fits.append((np.asarray(x), np.asarray(y), np.asarray(found[0])))
        return found

    chunks = np.array([params["start"], params["stop"]], np.float64)
    # WORKAROUND: bombcell returns the percentage but neither the bins nor the parameters of its
    # fit (0.94 keeps them in a local `fit_params_save`). A second fit of ours could differ from
    # it, so its own call is listened to.
    with mock.patch.object(quality_metrics, "curve_fit", recorded):
        gaussian, symmetric = quality_metrics.perc_spikes_missing(
            arrays["amplitudes"].astype(np.float64),
            arrays["times"],
            chunks,
            {"plotDetails": False},
            metric=True,
        )
    out: dict[str, Array] = {"gaussian": np.asarray(gaussian), "symmetric": np.asarray(symmetric)}
    for x, y, fit in fits[-1:]:
        out.update(x=x, y=y, fit=fit)
    return out
