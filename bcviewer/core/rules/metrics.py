"""Every Bombcell metric, declared once."""

from __future__ import annotations

from bcviewer.core.rules.metric import Metric, Sentinel, Step

_FACTOR = Step("factor", 1.25)
_COUNT = Step("count")
_RPV_ONE = Sentinel("==", 1.0, "1.0: no contamination level could be confirmed; read the status")
_ALL_MISSING = Sentinel(">=", 100.0, "100 %: the peak of the distribution is cut off, no fit")
_START = Sentinel("==", -0.1, "−0.1: the fit stayed at its starting value")
_ISOLATED = Sentinel(">=", 1e10, "≥ 1e10: the covariance was singular, no distance")

_DECLARED: tuple[Metric, ...] = (
    Metric("nSpikes", "spikes", "", ",.0f", "Spikes in the kept time.", _FACTOR),
    Metric("nPeaks", "peaks", "", ".0f", "Peaks of the template waveform.", _COUNT),
    Metric("nTroughs", "troughs", "", ".0f", "Troughs of the template waveform.", _COUNT),
    Metric(
        "waveformDuration_peakTrough",
        "duration",
        "µs",
        ".0f",
        "Time from the main trough to the main peak of the template.",
        Step("sample"),
    ),
    Metric(
        "spatialDecaySlope",
        "spatial decay",
        "1/µm",
        ".3g",
        "How fast the amplitude falls with distance from the peak channel (linear or exponential"
        " fit, as the parameters say).",
        _FACTOR,
        (_START,),
    ),
    Metric(
        "waveformBaselineFlatness",
        "baseline flatness",
        "",
        ".3f",
        "Largest absolute value before the spike, as a share of the waveform's maximum.",
        _FACTOR,
    ),
    Metric(
        "scndPeakToTroughRatio",
        "second peak / trough",
        "",
        ".3g",
        "Size of the peak after the trough, relative to the trough.",
        _FACTOR,
    ),
    Metric(
        "mainPeakToTroughRatio",
        "main peak / trough",
        "",
        ".3g",
        "Size of the largest peak, relative to the trough.",
        _FACTOR,
    ),
    Metric(
        "peak1ToPeak2Ratio",
        "first / second peak",
        "",
        ".3g",
        "Size of the peak before the trough, relative to the peak after it.",
        _FACTOR,
    ),
    Metric(
        "troughToPeak2Ratio",
        "trough / first peak",
        "",
        ".3g",
        "Size of the trough relative to the peak before it (Bombcell's column name says peak 2).",
        _FACTOR,
    ),
    Metric(
        "mainPeak_before_width",
        "first-peak width",
        "samples",
        ".2f",
        "Width of the peak before the trough. Missing where there is no such peak: then the"
        " four-way non-somatic branch cannot fire.",
        _FACTOR,
    ),
    Metric(
        "mainTrough_width",
        "trough width",
        "samples",
        ".2f",
        "Width of the main trough.",
        _FACTOR,
    ),
    Metric(
        "percentageSpikesMissing_gaussian",
        "spikes missing",
        "%",
        ".1f",
        "Share of spikes below the detection threshold, from a cut Gaussian fitted to the"
        " amplitudes.",
        Step("add", 10.0),
        (_ALL_MISSING,),
    ),
    Metric(
        "percentageSpikesMissing_symmetric",
        "spikes missing (symmetric)",
        "%",
        ".1f",
        "The same, assuming a symmetric amplitude distribution. No rule reads it.",
    ),
    Metric(
        "fractionRPVs_estimatedTauR",
        "RPV fraction",
        "",
        ".3f",
        "Contamination from refractory period violations. With the sliding method it is a 90 %"
        " upper bound on a grid of 0.005 up to 0.35, then 1.0.",
        Step("add", 0.05),
        (_RPV_ONE,),
        "RPV",
    ),
    Metric(
        "estimatedTauR",
        "refractory period τR",
        "s",
        ".4f",
        "Refractory period at which the contamination was estimated; a fallback where RPV is 1.0.",
    ),
    Metric(
        "RPV_status",
        "RPV status",
        "",
        ".0f",
        "1 shown clean, −1 not shown clean although there were enough spikes, 0 too few spikes to"
        " say.",
    ),
    Metric("RPV_window_index", "RPV window index", "", ".0f", "Index of the τR that was used."),
    Metric(
        "presenceRatio",
        "presence ratio",
        "",
        ".3f",
        "Share of the presence bins of the kept time in which the unit fires.",
        Step("bin"),
    ),
    Metric(
        "maxDriftEstimate",
        "drift",
        "µm",
        ".1f",
        "Largest minus smallest depth. After Kilosort 4's registration it is what registration"
        " left; it inflates in sparse bins.",
        Step("add", 10.0),
    ),
    Metric("cumDriftEstimate", "cumulative drift", "µm", ".1f", "Sum of the depth changes."),
    Metric(
        "rawAmplitude",
        "amplitude",
        "µV",
        ".1f",
        "Maximum minus minimum of the mean raw waveform on its peak channel.",
        _FACTOR,
    ),
    Metric(
        "signalToNoiseRatio",
        "SNR",
        "",
        ".1f",
        "Peak of the mean raw waveform over the noise of its baseline.",
        _FACTOR,
    ),
    Metric(
        "isolationDistance",
        "isolation distance",
        "",
        ".1f",
        "Mahalanobis distance to the nearest other spikes; larger is better isolated.",
        _FACTOR,
        (_ISOLATED,),
    ),
    Metric(
        "Lratio",
        "L-ratio",
        "",
        ".3g",
        "Overlap with other spikes; smaller is better.",
        Step("factor", 2.0),
    ),
    Metric("silhouetteScore", "silhouette score", "", ".2f", "Not computed by Bombcell 0.94."),
    Metric("useTheseTimesStart", "kept from", "s", ".1f", "Start of the kept time."),
    Metric("useTheseTimesStop", "kept to", "s", ".1f", "End of the kept time."),
    Metric("maxChannels", "peak channel", "", ".0f", "Channel with the largest template."),
)

METRICS: dict[str, Metric] = {metric.key: metric for metric in _DECLARED}
"""Bombcell's metrics by column name, in the order people read them."""

SHORT_TITLES: dict[str, str] = {
    "RPV fraction": "RPV",
    "presence ratio": "presence",
    "spikes missing": "% missing",
    "isolation distance": "isolation",
    "baseline flatness": "flatness",
    "second peak / trough": "peak 2/trough",
    "main peak / trough": "main peak/trough",
    "first / second peak": "peak 1/2",
    "trough / first peak": "trough/peak 1",
    "first-peak width": "peak 1 width",
}
"""Shorter titles by those of ``METRICS``; others have none. The whole one is in a tool tip."""
