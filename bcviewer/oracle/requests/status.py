"""The outcome of the sliding refractory period test at a limit, of units that were counted before.

``bombcell.quality_metrics.sliding_rp_status`` decides. It counts a unit's pairs of spikes at each
call, which takes nearly all of its time and does not depend on the limit: it is given what it (or
:mod:`bcviewer.oracle.requests.refractory`, for many spikes) counted once.
"""

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
    """Return the outcome for each unit.

    Parameters
    ----------
    params : mapping
        ``maxRPVviolations``, ``tauC``, ``tauR_reject`` and ``confidence_threshold``.
    arrays : mapping
        ``tau_r``, the refractory periods that were tested, s, shape (k,); by unit ``n``, spikes in
        the kept time, ``duration``, its length, s, shape (n_units,), and ``counts``, violations at
        each period, shape (n_units × k,).

    Returns
    -------
    dict
        ``status``, shape (n_units,).
    """
    tau_r, n, duration = arrays["tau_r"], arrays["n"], arrays["duration"]
    counts = arrays["counts"].reshape(len(n), len(tau_r))
    given = zip(n.tolist(), duration.tolist(), counts, strict=True)
    return {"status": np.array([_status(params, tau_r, *unit) for unit in given], np.float64)}


def _status(
    params: Mapping[str, float | bool | str], tau_r: Array, n: int, duration: float, counts: Array
) -> float:
    def counted(spikes: Array, length: float, *_: Any) -> tuple[Array, Array, float]:
        return tau_r, counts, length - 2 * len(spikes) * float(params["tauC"])

    times = np.zeros(n)  # only how many there are is read
    chunk = np.array([0.0, duration])
    with mock.patch.object(quality_metrics, "_sliding_rp_violation_counts", counted):
        found = quality_metrics.sliding_rp_status(times, chunk, {**params, "tauR_values": tau_r})
    return float(found)
