"""Contamination by refractory period, with bombcell's own functions.

``answer`` takes the parameters ``method`` (``rpv_method``, or ``legacy``), ``sample_rate``,
``tauC``, ``tauR_reject``, ``confidence_threshold``, ``maxRPVviolations``, for ``legacy`` also
``hillOrLlobetMethod`` and ``tauR_valuesMin``, ``Max``, ``Step``; and the arrays ``samples``
(int64, ascending, of the kept time), ``chunk`` (its start and stop, s), ``tau_r`` and
``contamination`` (what was tested).

It returns, for each tested period, ``tau_r``, ``observed``, ``level``, ``expected``, ``clean_to``,
``above_from``, ``undecided`` and ``enough``, and without dimensions ``n``, ``rpv``,
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

RequestArrays = Mapping[str, npt.NDArray[Any]]
Out = dict[str, Any]

MOST_BY_BOMBCELL = 10_000
"""With more spikes, bombcell's count (three times a pass for each period) is too slow to step by:
0.3 s for 25,000 spikes, 12 s for a million.

Then the same pairs are counted in one pass by :func:`bcviewer.core.evidence.pairs.violations`, and
RPV and status follow from them as in ``sliding_rp_violations`` and ``sliding_rp_status``; a test
holds both ways together, to the last bit.
"""


def answer(params: Mapping[str, Any], arrays: RequestArrays) -> dict[str, npt.NDArray[Any]]:
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
    empty = {name: np.full(k, np.nan) for name in ("expected", "clean_to", "above_from")}
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
    param: Out, times: Any, arrays: RequestArrays, inside: Any, sample_rate: float
) -> dict[str, Any]:
    """Return the sliding refractory period test."""
    from scipy.stats import poisson  # type: ignore[import-untyped]

    chunk, n, sure = arrays["chunk"], int(np.count_nonzero(inside)), param["confidence_threshold"]
    by_ourselves = n > MOST_BY_BOMBCELL
    count = _counted_here if by_ourselves else _counted_by_bombcell
    counted = count(param, arrays, inside, sample_rate)
    if counted is None:
        return _nothing()
    tau_r, counts, effective = counted
    levels = arrays["contamination"]

    def expected(level: Any) -> Any:
        return qm._sliding_rp_expected_violations(
            n, effective, tau_r[:, None], param["tauC"], level
        )

    confidence = 1 - poisson.cdf(counts[:, None], expected(levels[None, :]))
    passing = confidence >= sure
    at_limit = expected(param["maxRPVviolations"])[:, 0]
    bounds = _bounds(counts, at_limit, sure)
    if by_ourselves:
        rpv, estimated = _from_counts(confidence, passing, tau_r, levels)
        status = _status(counts, at_limit, sure, bounds["undecided"])
    else:
        rpv, estimated, _violations = qm.sliding_rp_violations(times, chunk, param)
        status = qm.sliding_rp_status(times, chunk, param)
    return {
        "tau_r": tau_r,
        "observed": counts,
        "level": np.where(passing.any(1), levels[passing.argmax(1)], np.nan),
        "expected": at_limit,
        **bounds,
        "by_ourselves": by_ourselves,
        "rpv": rpv,
        "estimated": estimated,
        "status": status,
    }


def _counted_by_bombcell(
    param: Out, arrays: RequestArrays, inside: Any, sample_rate: float
) -> tuple[Any, Any, float] | None:
    """Return the periods that are tested, violations at each, and the effective duration."""
    chunk, spikes = arrays["chunk"], arrays["samples"][inside] / sample_rate
    found: tuple[Any, Any, float] | None = qm._sliding_rp_violation_counts(
        spikes, chunk[1] - chunk[0], arrays["tau_r"], param["tauC"], param["tauR_reject"]
    )
    return found


def _counted_here(
    param: Out, arrays: RequestArrays, inside: Any, sample_rate: float
) -> tuple[Any, Any, float] | None:
    """Return the same, in one pass over the spikes."""
    chunk, samples, tau_c = arrays["chunk"], arrays["samples"][inside], param["tauC"]
    tau_r = arrays["tau_r"][arrays["tau_r"] > max(tau_c, param["tauR_reject"])]
    effective = chunk[1] - chunk[0] - 2 * len(samples) * tau_c
    if len(samples) < 2 or effective <= 0 or not len(tau_r):
        return None
    return tau_r, violations(samples, sample_rate, tau_c, tau_r), effective


def _bounds(counts: Any, at_limit: Any, sure: float) -> dict[str, Any]:
    """Return which numbers of violations decide, and where these leave it open."""
    from scipy.special import gammaincinv  # type: ignore[import-untyped]
    from scipy.stats import poisson

    clean_to = poisson.ppf(1 - sure, at_limit)
    clean_to -= poisson.sf(clean_to, at_limit) < sure
    above = 1 - poisson.sf(counts - 1, at_limit) >= sure
    could_pass = at_limit >= -np.log(1 - sure)
    return {
        "clean_to": clean_to,
        "above_from": poisson.ppf(sure, at_limit) + 1,
        "undecided": ~above & ~could_pass,
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


def _estimate(
    param: Out, times: Any, arrays: RequestArrays, inside: Any, sample_rate: float
) -> dict[str, Any]:
    """Return the estimates of Hill et al. or Llobet et al."""
    chunk, spikes, tau_r = arrays["chunk"], times[inside], arrays["tau_r"]
    if len(spikes) < 2:
        return _nothing()
    duration, tau_c, gaps = chunk[1] - chunk[0], param["tauC"], np.diff(spikes)
    is_hill = param["rpv_method"] == "hill"
    by_ourselves = not is_hill and len(spikes) > MOST_BY_BOMBCELL
    if is_hill:
        counts = np.array([np.sum(gaps <= limit) for limit in tau_r])
        one = qm._compute_contamination_hill
        given = zip(counts.tolist(), tau_r.tolist(), strict=True)
        levels = np.array([one(n, len(spikes), duration, limit, tau_c) for n, limit in given])
    else:
        # One pass for all periods, at any number of spikes.
        samples = arrays["samples"][inside]
        counts = violations(samples, sample_rate, tau_c, tau_r, closed=True)
        levels = _llobet(counts, spikes, duration, tau_r, tau_c, by_ourselves)
    if by_ourselves:
        best = int(np.argmin(levels))
        rpv, estimated = levels[best], tau_r[best]
    else:
        rpv, estimated, _violations = qm.sliding_rp_violations(times, chunk, param)
    status = np.nan if np.isnan(rpv) else 1.0 if rpv <= param["maxRPVviolations"] else -1.0
    found = {"tau_r": tau_r, "observed": counts, "level": levels, "by_ourselves": by_ourselves}
    return {**found, "rpv": rpv, "estimated": estimated, "status": status}


def _llobet(
    counts: Any, spikes: Any, duration: float, tau_r: Any, tau_c: float, by_ourselves: bool
) -> Any:
    """Return the estimates of Llobet et al., as ``_compute_contamination_llobet``."""
    if not by_ourselves:
        one = qm._compute_contamination_llobet
        return np.array([one(spikes, duration, limit, tau_c) for limit in tau_r.tolist()])
    n, gap = len(spikes), tau_r - tau_c
    with np.errstate(divide="ignore", invalid="ignore"):
        root = 1 - (counts * (duration - 2 * n * tau_c)) / (n**2 * gap)
        level = np.where(root >= 0, 1 - np.sqrt(root), 1.0)
    return np.minimum(np.where(gap > 0, level, 0.0), 1.0)


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
