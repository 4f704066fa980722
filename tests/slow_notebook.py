"""The notebook's flags and reasons, unit by unit, written from the page on Bombcell."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

NOISE = [
    ("nPeaks>maxNPeaks", "nPeaks"),
    ("nTroughs>maxNTroughs", "nTroughs"),
    ("wvDuration<minWvDuration", "waveformDuration_peakTrough"),
    ("wvDuration>maxWvDuration", "waveformDuration_peakTrough"),
    ("baselineFlatness>maxWvBaselineFraction", "waveformBaselineFlatness"),
    ("scndPeakToTroughRatio>maxScndPeakToTroughRatio_noise", "scndPeakToTroughRatio"),
]
LINEAR = [("spatialDecaySlope<minSpatialDecaySlope", "spatialDecaySlope")]
EXPONENTIAL = [
    ("spatialDecaySlope<minSpatialDecaySlopeExp", "spatialDecaySlope"),
    ("spatialDecaySlope>maxSpatialDecaySlopeExp", "spatialDecaySlope"),
]
MUA = [
    ("percentageSpikesMissing_gaussian>maxPercSpikesMissing", "percentageSpikesMissing_gaussian"),
    ("nSpikes<minNumSpikes", "nSpikes"),
    ("fractionRPVs_estimatedTauR>maxRPVviolations", "fractionRPVs_estimatedTauR"),
    ("presenceRatio<minPresenceRatio", "presenceRatio"),
]
RAW = [
    ("rawAmplitude<minAmplitude", "rawAmplitude"),
    ("signalToNoiseRatio<minSNR", "signalToNoiseRatio"),
]
DRIFT = [("maxDriftEstimate>maxDrift", "maxDriftEstimate")]
DISTANCE = [("isolationDistance<isoDmin", "isolationDistance"), ("Lratio>lratioMax", "Lratio")]
FOUR = [
    ("troughToPeak2Ratio<minTroughToPeak2Ratio_nonSomatic", "troughToPeak2Ratio"),
    ("mainPeak_before_width<minWidthFirstPeak_nonSomatic", "mainPeak_before_width"),
    ("mainTrough_width<minWidthMainTrough_nonSomatic", "mainTrough_width"),
    ("peak1ToPeak2Ratio>maxPeak1ToPeak2Ratio_nonSomatic", "peak1ToPeak2Ratio"),
]
RATIO = [("mainPeakToTroughRatio>maxMainPeakToTroughRatio_nonSomatic", "mainPeakToTroughRatio")]
FILL: dict[str, Any] = {
    "spDecayLinFit": True,
    "computeSpatialDecay": True,
    "extractRaw": True,
    "computeDrift": False,
    "computeDistanceMetrics": False,
    "splitGoodAndMua_NonSomatic": False,
    "keepUncertainRPVUnits": False,
    "minSpatialDecaySlopeExp": 0.01,
    "maxSpatialDecaySlopeExp": 0.1,
    "maxScndPeakToTroughRatio_noise": 0.8,
    "maxMainPeakToTroughRatio_nonSomatic": 0.8,
    "minTroughToPeak2Ratio_nonSomatic": 0.0,
    "minWidthFirstPeak_nonSomatic": 0.0,
    "minWidthMainTrough_nonSomatic": 0.0,
    "maxPeak1ToPeak2Ratio_nonSomatic": math.inf,
}
GOOD = "GOOD: passed NOISE and MUA thresholds, and not non-somatic"

Unit = Mapping[str, Any]
Params = Mapping[str, Any]


def filled(params: Params) -> dict[str, Any]:
    return {**FILL, **params}


def blocks(params: Params) -> dict[str, list[tuple[str, str]]]:
    """Return the comparisons that are switched on, by the prefix of their flags."""
    noise, mua = list(NOISE), list(MUA)
    if params["computeSpatialDecay"]:
        noise += LINEAR if params["spDecayLinFit"] else EXPONENTIAL
    if params["extractRaw"]:
        mua += RAW
    if params["computeDrift"]:
        mua += DRIFT
    if params["computeDistanceMetrics"]:
        mua += DISTANCE
    return {"noise_": noise, "mua_": mua, "nonsoma_": [*FOUR, *RATIO]}


def holds(unit: Unit, key: str, metric: str, params: Params) -> bool:
    op = "<" if "<" in key else ">"
    limit = params[key.split(op)[1]]
    value = unit[metric]
    if value is None or limit is None or math.isnan(value) or math.isnan(limit):
        return False
    return value < limit if op == "<" else value > limit


def flags(units: list[Unit], saved: Params) -> dict[str, list[bool]]:
    """Return the flag columns: name (in order) and one bool a unit."""
    params = filled(saved)
    return {
        prefix + key: [holds(unit, key, metric, params) for unit in units]
        for prefix, rules in blocks(params).items()
        for key, metric in rules
    }


def exempt(unit: Unit, metric: str, params: Params) -> bool:
    if metric == "fractionRPVs_estimatedTauR":
        return bool(params["keepUncertainRPVUnits"]) and unit.get("RPV_status") == 0
    if metric in ("rawAmplitude", "signalToNoiseRatio"):
        return math.isnan(unit["rawAmplitude"])
    return False


def verdict(unit: Unit, saved: Params) -> tuple[str, str]:
    """Return a unit's label and its reason."""
    params = filled(saved)
    if unit["nSpikes"] == 0:
        return "", "EMPTY: no spikes"
    found: dict[str, list[str]] = {}
    for prefix, rules in blocks(params).items():
        failed = [
            (key, metric)
            for key, metric in rules
            if holds(unit, key, metric, params) and not exempt(unit, metric, params)
        ]
        found[prefix] = [key for key, _ in failed]
    if not all(key in found["nonsoma_"] for key, _ in FOUR):
        found["nonsoma_"] = [key for key in found["nonsoma_"] if key == RATIO[0][0]]
    noise = ["NOISE: nPeaks missing"] if math.isnan(unit["nPeaks"]) else []
    noise += [f"NOISE: {key}" for key in found["noise_"]]
    mua = [f"MUA: {key}" for key in found["mua_"]]
    soma = [f"NON-SOMA: {key}" for key in found["nonsoma_"]]
    if noise:
        return "NOISE", " | ".join(noise)
    if soma and not params["splitGoodAndMua_NonSomatic"]:
        return "NON-SOMA", " | ".join(soma)
    if soma:
        return ("NON-SOMA MUA" if mua else "NON-SOMA GOOD"), " | ".join(mua + soma)
    return ("MUA", " | ".join(mua)) if mua else ("GOOD", GOOD)
