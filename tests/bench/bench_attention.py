"""Does the attention order lead to single neurons? On simulated units of which the truth is known.

By hand: ``python tests/bench/bench_attention.py [PROBES]``; a minute for twelve.

What suggested the order were the four recordings of the development's ``sim_*/ground_truth``,
sorted by Kilosort. A sorter is no part of the project's environment, so new recordings cannot be
sorted here. Instead whole probes are drawn of units as a sorter leaves them: single neurons, with
their own rate, refractory period and presence, some with spikes of others mixed in, mixtures of
many neurons, and noise. What decides in the first groups is measured, not drawn: refractory period
violations with their three-way status by bombcell's own functions, number of spikes and presence
from the spike trains, each with seeds and durations of its own. Amplitudes, drift and waveforms are
drawn. The shares below therefore hold for such probes; the program shows none of them.

A unit counts as a single neuron where at least nine of ten of its spikes are of one neuron. The
figure is the share of them among the first *k* units that are not GOOD, in the attention order, in
the order before it (sole blockers before undecidable units, then by id), and in any order.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections import defaultdict
from typing import Any

import numpy as np
from factories import Params, sheet_of

from bcviewer.core.arrays import Array
from bcviewer.core.audit.audit import Audit
from bcviewer.core.audit.order import ATTENTION_NAMES, SOLE_BLOCKER, UNDECIDABLE_ONLY
from bcviewer.core.rules.labels import Label, parse_labels
from bcviewer.core.run.run import Provenance, Run, SavedTable
from bcviewer.core.sheet.sheet import Sheet

FIRST_SEED = 20261128
DURATIONS_S = (240.0, 420.0, 600.0, 900.0, 1500.0, 2400.0)
KINDS = {"single": 0.45, "mixed": 0.25, "many": 0.2, "noise": 0.1}
"""How many units of a probe are one neuron, one with others, several, or no spikes at all."""
FIRST = (5, 10, 20, 40)
SINGLE = 0.9
RATE = 30_000.0
TAU_C = 0.00025
TAU_R = np.arange(0.001, 0.01001, 0.00025)
"""bombcell 0.94's defaults: 37 periods."""
LEVELS = np.arange(0.5, 35.5, 0.5) / 100

Rng = np.random.Generator


def main() -> int:
    """Print the shares over some probes."""
    n_probes = int(sys.argv[1]) if len(sys.argv) > 1 else 12
    os.environ.setdefault("MPLBACKEND", "Agg")
    with contextlib.redirect_stdout(io.StringIO()):
        from bombcell import quality_metrics

    shares: dict[tuple[str, int], list[float]] = defaultdict(list)
    groups = np.zeros((len(ATTENTION_NAMES), 2), int)
    for i in range(n_probes):
        duration = DURATIONS_S[i % len(DURATIONS_S)]
        run, single = probe(FIRST_SEED + i, duration, quality_metrics)
        table = sheet_of(run)
        rest = table.audit.label != Label.GOOD
        for g in range(len(ATTENTION_NAMES)):
            inside = rest & (table.audit.attention == g)
            groups[g] += int(single[inside].sum()), int(inside.sum())
        for name, order in orders(table).items():
            found = single[order[rest[order]]]
            for k in FIRST:
                shares[name, k].append(float(found[:k].mean()))
        for k in FIRST:
            shares["any order", k].append(float(single[rest].mean()))
    say(f"{n_probes} probes, durations {min(DURATIONS_S):g} to {max(DURATIONS_S):g} s")
    say("share of single neurons among the first k that are not GOOD (mean over probes)")
    for name in ("attention order", "as before", "any order"):
        figures = "  ".join(f"k={k}: {np.mean(shares[name, k]):.2f}" for k in FIRST)
        say(f"  {name:16s} {figures}")
    for name, (some, all_) in zip(ATTENTION_NAMES, groups, strict=True):
        if all_:
            say(f"  {name:16s} {some} of {all_} are single neurons")
    better = all(
        np.mean(shares["attention order", k]) > np.mean(shares[other, k])
        for k in FIRST
        for other in ("as before", "any order")
    )
    say("the order is justified" if better else "THE ORDER IS NOT JUSTIFIED")
    return 0 if better else 1


def say(text: str) -> None:
    """Print a line."""
    sys.stdout.write(text + "\n")


def orders(table: Sheet) -> dict[str, Array]:
    """Return the attention order, and the one before it."""
    return {"attention order": table.attention_rows(), "as before": order_before(table.audit)}


def order_before(found: Audit) -> Array:
    """Return the rows as version 0.1 had them: blockers first, the rest by id."""
    group = found.attention.astype(int)
    swapped = group.copy()
    swapped[group == UNDECIDABLE_ONLY] = SOLE_BLOCKER
    swapped[group == SOLE_BLOCKER] = UNDECIDABLE_ONLY
    distance = np.where(np.isnan(found.safety_of_good), found.steps_to_good, found.safety_of_good)
    ranked = group <= SOLE_BLOCKER
    return np.lexsort((np.where(ranked, distance, 0.0), np.where(ranked, swapped, 9)))


def probe(seed: int, duration: float, functions: Any) -> tuple[Run, Array]:
    """Draw one probe; return its run, and which of its units are single neurons."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(120, 220))
    kinds = rng.choice(list(KINDS), n, p=list(KINDS.values()))
    units = [unit(rng, str(kind), duration, functions) for kind in kinds]
    columns = {name: np.array([u[name] for u, _ in units], float) for name in units[0][0]}
    params = Params.from_saved(saved())
    empty = np.full(n, None, object)
    run = Run(
        SavedTable.from_columns(columns),
        np.arange(n),
        params,
        empty,
        parse_labels(empty),
        Provenance("simulated", "simulated", f"seed {seed}", "A"),
        sample_rate=RATE,
        session_s=(0.0, duration),
    )
    return run, np.array([is_single for _, is_single in units])


def unit(rng: Rng, kind: str, duration: float, functions: Any) -> tuple[dict[str, float], bool]:
    """Draw one unit; return its metrics, and whether it is a single neuron."""
    own = train(rng, float(np.clip(rng.lognormal(0.7, 1.1), 0.15, 30.0)), duration)
    others = np.empty(0)
    if kind == "mixed":
        share = rng.uniform(0.05, 0.5)
        others = poisson(rng, len(own) * share / (1 - share) / duration, duration)
    elif kind in ("many", "noise"):
        own, others = np.empty(0), poisson(rng, float(rng.uniform(1.0, 15.0)), duration)
    elif rng.random() < 0.3:
        share = rng.uniform(0.0, 0.08)  # sorters are never perfect
        others = poisson(rng, len(own) * share / duration, duration)
    times = np.sort(np.concatenate([own, others]))
    n = max(len(times), 1)
    metrics = {**waveform(rng, kind), **measured(times, duration, functions)}
    metrics["percentageSpikesMissing_gaussian"] = float(rng.gamma(1.2, 6.0))
    return metrics, len(own) / n >= SINGLE


def train(rng: Rng, rate: float, duration: float) -> Array:
    """Draw a neuron's spikes: a refractory period of its own, sometimes only part of the time."""
    dead = rng.uniform(0.0015, 0.004)
    gaps = dead + rng.exponential(max(1 / rate - dead, 1e-4), int(rate * duration * 1.5) + 50)
    times = np.cumsum(gaps)
    first, last = 0.0, duration
    if rng.random() < 0.25:
        first, last = rng.uniform(0, 0.4) * duration, rng.uniform(0.5, 1.0) * duration
    return np.asarray(times[(times > first) & (times < last)])


def poisson(rng: Rng, rate: float, duration: float) -> Array:
    """Draw spikes of many neurons together."""
    return np.sort(rng.uniform(0, duration, rng.poisson(rate * duration)))


def measured(times: Array, duration: float, functions: Any) -> dict[str, float]:
    """Return what bombcell's own functions say of a spike train."""
    if len(times) < 50:  # bombcell.run_bombcell computes nothing
        names = ("fractionRPVs_estimatedTauR", "RPV_status", "estimatedTauR", "presenceRatio")
        none = dict.fromkeys((*names, "useTheseTimesStart", "useTheseTimesStop"), np.nan)
        return {"nSpikes": float(len(times)), **none, "nPeaks": np.nan}
    param = {
        "rpv_method": "ibl_sliding",
        "tauR_values": TAU_R,
        "tauC": TAU_C,
        "tauR_reject": 0.0005,
        "contamination_values": LEVELS,
        "confidence_threshold": 0.9,
        "maxRPVviolations": 0.1,
        "plotDetails": False,
    }
    chunk = np.array([0.0, duration])
    rpv, tau_r, _ = functions.sliding_rp_violations(times, chunk, param)
    bins = np.histogram(times, np.arange(0.0, duration, 60.0))[0]
    return {
        "nSpikes": float(len(times)),
        "fractionRPVs_estimatedTauR": float(rpv),
        "estimatedTauR": float(tau_r),
        "RPV_status": float(functions.sliding_rp_status(times, chunk, param)),
        "presenceRatio": float((bins > 0).mean()),
        "useTheseTimesStart": 0.0,
        "useTheseTimesStop": duration,
    }


def waveform(rng: Rng, kind: str) -> dict[str, float]:
    """Draw the metrics of a waveform: many neurons look like one, but smaller; noise like none."""
    noise = kind == "noise"
    amplitude = {"single": 110, "mixed": 85, "many": 55, "noise": 45}[kind]
    return {
        "nPeaks": float(rng.choice([1, 2, 3], p=[0.3, 0.3, 0.4] if noise else [0.6, 0.39, 0.01])),
        "nTroughs": float(rng.choice([1, 2], p=[0.4, 0.6] if noise else [0.97, 0.03])),
        "waveformDuration_peakTrough": float(
            rng.uniform(60, 1300) if noise else rng.normal(500, 90)
        ),
        "waveformBaselineFlatness": float(rng.gamma(2, 0.12 if noise else 0.05)),
        "scndPeakToTroughRatio": float(rng.uniform(0.1, 1.4) if noise else rng.uniform(0.1, 0.6)),
        "mainPeakToTroughRatio": float(rng.uniform(0.1, 1.4) if noise else rng.uniform(0.1, 0.6)),
        "spatialDecaySlope": float(rng.uniform(0.001, 0.05) if noise else rng.normal(0.035, 0.006)),
        "troughToPeak2Ratio": float(rng.uniform(4, 30)),
        "mainPeak_before_width": float(rng.uniform(2, 9)),
        "mainTrough_width": float(rng.uniform(4.5, 9)),
        "peak1ToPeak2Ratio": float(rng.gamma(2, 0.5)),
        "rawAmplitude": float(amplitude * rng.lognormal(0.0, 0.5)),
        "signalToNoiseRatio": float(amplitude / 7 * rng.lognormal(0.0, 0.4)),
        "maxDriftEstimate": float(rng.gamma(1.5, 8.0)),
        "isolationDistance": float(rng.lognormal(4.0 if kind == "single" else 3.5, 0.6)),
        "Lratio": float(rng.lognormal(-4.0 if kind == "single" else -3.0, 1.5)),
    }


def saved() -> dict[str, object]:
    """Return bombcell's defaults, with drift and distances computed."""
    from bcviewer.core.rules.defaults import DEFAULT_FLAGS, DEFAULT_THRESHOLDS

    on = {"computeDrift": True, "computeDistanceMetrics": True}
    return {**DEFAULT_THRESHOLDS, **DEFAULT_FLAGS, **on, "presenceRatioBinSize": 60.0}


if __name__ == "__main__":
    raise SystemExit(main())
