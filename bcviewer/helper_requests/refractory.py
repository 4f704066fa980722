"""Contamination by refractory period, with bombcell's own functions.

``answer`` takes the parameters ``method`` (``rpv_method``, or ``legacy``), ``sample_rate``,
``tauC``, ``tauR_reject``, ``confidence_threshold``, ``maxRPVviolations``, for ``legacy`` also
``hillOrLlobetMethod`` and ``tauR_valuesMin``, ``Max``, ``Step``; and the arrays ``samples``
(int64, ascending, of the kept time), ``chunk`` (its start and stop, s), ``tau_r`` and
``contamination`` (what was tested).

It returns, for each tested period, ``tau_r``, ``observed``, ``level``, ``expected``, ``clean_to``,
``contaminated_from``, ``undecided`` and ``enough``, and without dimensions ``n``, ``rpv``,
``estimated``, ``status``, ``by_ourselves``; what they mean stands in
:mod:`bcviewer.core.evidence.refractory`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from bombcell import quality_metrics as qm

from bcviewer.core.evidence.pairs import violations

Arrays = Mapping[str, npt.NDArray[Any]]
Out = dict[str, Any]

MOST_BY_BOMBCELL = 10_000
"""With more spikes, bombcell's count (three times a pass for each period) is too slow to step by:
0.3 s for 25,000 spikes, 12 s for a million.

Then the same pairs are counted in one pass by :func:`bcviewer.core.evidence.pairs.violations`, and
RPV and status follow from them as in ``sliding_rp_violations`` and ``sliding_rp_status``; a test
holds both ways together, to the last bit.
"""


def answer(params: Mapping[str, Any], arrays: Arrays) -> dict[str, npt.NDArray[Any]]:
    """Return the contamination of one unit at each tested refractory period."""
    param = {
        **{name: params[name] for name in _PASSED if name in params},
        "tauR_values": arrays["tau_r"],
        "contamination_values": arrays["contamination"],
        "plotDetails": False,
    }
    method = params["method"]
    times = arrays["samples"] / params["sample_rate"]
    start, stop = arrays["chunk"]
    inside = (times >= start) & (times < stop)
    if method == "legacy":
        found = _legacy(param, times, arrays["chunk"])
    else:
        param["rpv_method"] = method
        compute = _sliding if method == "ibl_sliding" else _estimate
        found = compute(param, times, arrays, inside, float(params["sample_rate"]))
    found["n"] = np.count_nonzero(inside)
    k = len(found["tau_r"])
    empty = {name: np.full(k, np.nan) for name in ("expected", "clean_to", "contaminated_from")}
    rest = {"undecided": np.zeros(k, bool), "enough": np.full(k, np.nan), "by_ourselves": False}
    return {name: np.asarray(value) for name, value in {**empty, **rest, **found}.items()}


_PASSED = (
    "tauC",
    "tauR_reject",
    "confidence_threshold",
    "maxRPVviolations",
    "hillOrLlobetMethod",
    "tauR_valuesMin",
    "tauR_valuesMax",
    "tauR_valuesStep",
)


def _sliding(
    param: Out, times: Any, arrays: Arrays, inside: Any, sample_rate: float
) -> dict[str, Any]:
    from scipy.stats import poisson  # type: ignore[import-untyped]

    chunk, n = arrays["chunk"], int(np.count_nonzero(inside))
    duration, tau_c, sure = chunk[1] - chunk[0], param["tauC"], param["confidence_threshold"]
    by_ourselves = n > MOST_BY_BOMBCELL
    levels, limit = arrays["contamination"], param["maxRPVviolations"]
    if by_ourselves:
        tau_r = arrays["tau_r"][arrays["tau_r"] > max(tau_c, param["tauR_reject"])]
        effective = duration - 2 * n * tau_c
        counts = violations(arrays["samples"][inside], sample_rate, tau_c, tau_r)
        known = n > 1 and effective > 0 and len(tau_r) > 0
    else:
        values = qm._sliding_rp_violation_counts(
            times[inside], duration, arrays["tau_r"], tau_c, param["tauR_reject"]
        )
        known = values is not None
        tau_r, counts, effective = values if known else (np.zeros(0), np.zeros(0, np.int64), 1.0)
    if not known:
        return _nothing()

    def expected(level: Any) -> Any:
        return qm._sliding_rp_expected_violations(n, effective, tau_r[:, None], tau_c, level)

    by_level = expected(levels[None, :])
    confidence = 1 - poisson.cdf(counts[:, None], by_level)
    passing = confidence >= sure
    at_limit = expected(limit)[:, 0]
    out = {
        "tau_r": tau_r,
        "observed": counts,
        "level": np.where(passing.any(1), levels[passing.argmax(1)], np.nan),
        "expected": at_limit,
        **_bounds(counts, at_limit, sure),
        "by_ourselves": by_ourselves,
    }
    if by_ourselves:
        result = _from_counts(confidence, passing, tau_r, levels)
        status = _status(counts, at_limit, sure, out["undecided"])
    else:
        result = qm.sliding_rp_violations(times, chunk, param)[:2]
        status = qm.sliding_rp_status(times, chunk, param)
    return {**out, "rpv": result[0], "estimated": result[1], "status": status}


def _bounds(counts: Any, at_limit: Any, sure: float) -> dict[str, Any]:
    """Return which numbers of violations decide, and where these leave it open."""
    from scipy.special import gammaincinv  # type: ignore[import-untyped]
    from scipy.stats import poisson

    clean_to = poisson.ppf(1 - sure, at_limit)
    clean_to -= poisson.sf(clean_to, at_limit) < sure
    contaminated = 1 - poisson.sf(counts - 1, at_limit) >= sure
    could_pass = at_limit >= -np.log(1 - sure)
    return {
        "clean_to": clean_to,
        "contaminated_from": poisson.ppf(sure, at_limit) + 1,
        "undecided": ~contaminated & ~could_pass,
        "enough": gammaincinv(counts + 1, sure),  # sf(v; e) = P(v + 1, e), solved for e
    }


def _from_counts(confidence: Any, passing: Any, tau_r: Any, levels: Any) -> tuple[float, float]:
    """Return RPV and the estimated period as ``_compute_sliding_rp_ibl`` does."""
    confirmed = np.flatnonzero(passing.any(axis=0))
    if not len(confirmed):
        return 1.0, tau_r[0]
    first = confirmed[0]
    return levels[first], tau_r[np.argmax(confidence[:, first])]


def _status(counts: Any, at_limit: Any, sure: float, undecided: Any) -> float:
    """Return the status as ``sliding_rp_status`` does."""
    from scipy.stats import poisson

    if np.any(poisson.sf(counts, at_limit) >= sure):
        return 1.0
    return 0.0 if np.any(undecided) else -1.0


def _estimate(param: Out, times: Any, arrays: Arrays, inside: Any, _: float) -> dict[str, Any]:
    """Return the estimates of Hill et al. or Llobet et al."""
    chunk, spikes = arrays["chunk"], times[inside]
    if len(spikes) < 2:
        return _nothing()
    duration, tau_c, gaps = chunk[1] - chunk[0], param["tauC"], np.diff(spikes)
    levels, counts = [], []
    for tau_r in arrays["tau_r"].tolist():
        if param["rpv_method"] == "hill":
            close = int(np.sum(gaps <= tau_r))
            level = qm._compute_contamination_hill(close, len(spikes), duration, tau_r, tau_c)
        else:
            close = qm._count_pair_violations(spikes, tau_c, tau_r)
            level = qm._compute_contamination_llobet(spikes, duration, tau_r, tau_c)
        levels.append(level)
        counts.append(close)
    rpv, estimated, _violations = qm.sliding_rp_violations(times, chunk, param)
    status = np.nan if np.isnan(rpv) else 1.0 if rpv <= param["maxRPVviolations"] else -1.0
    found = {"tau_r": arrays["tau_r"], "observed": np.array(counts), "level": np.array(levels)}
    return {**found, "rpv": rpv, "estimated": estimated, "status": status}


def _legacy(param: Out, times: Any, chunk: Any) -> dict[str, Any]:
    """Return what Bombcell computed before ``rpv_method``: the curve, of which the run took one."""
    levels, counts = qm.fraction_RP_violations(times, None, chunk, param)
    found = {
        "tau_r": param["tauR_values"],
        "observed": counts[0].astype(np.int64),
        "level": levels[0],
    }
    return {**found, "rpv": np.nan, "estimated": np.nan, "status": np.nan}


def _nothing() -> dict[str, Any]:
    """Return the answer where nothing can be computed."""
    none = np.zeros(0)
    found = {"tau_r": none, "observed": none.astype(np.int64), "level": none}
    return {**found, "rpv": np.nan, "estimated": np.nan, "status": np.nan}
