"""Names that older releases of Bombcell gave to today's columns and parameters.

Sources: results that Bombcell's authors committed over two years, and the renaming in
Bombcell's own MATLAB code. One table; nothing is renamed onto a name that is there already.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from bcviewer.core.rules.counts import count_of, first_of
from bcviewer.core.run.run import Issue

T = TypeVar("T")

COLUMN_RENAMES: dict[str, str] = {
    # Python, April 2025
    "phy_cluster_id": "phy_clusterID",
    "n_spikes": "nSpikes",
    "n_peaks": "nPeaks",
    "n_troughs": "nTroughs",
    "waveform_duration_peak_trough": "waveformDuration_peakTrough",
    "spatial_decay_slope": "spatialDecaySlope",
    "waveform_baseline_flatness": "waveformBaselineFlatness",
    "scnd_peak_to_trough_ratio": "scndPeakToTroughRatio",
    "main_peak_to_trough_ratio": "mainPeakToTroughRatio",
    "peak1_to_peak2_ratio": "peak1ToPeak2Ratio",
    "trough_to_peak2_ratio": "troughToPeak2Ratio",
    "peak_before_width": "mainPeak_before_width",
    "trough_width": "mainTrough_width",
    "percent_missing_gaussian": "percentageSpikesMissing_gaussian",
    "percent_missing_symmetric": "percentageSpikesMissing_symmetric",
    "RPV_use_tauR_est": "RPV_window_index",
    "fraction_RPVs": "fractionRPVs_estimatedTauR",
    "presence_ratio": "presenceRatio",
    "max_drift_estimate": "maxDriftEstimate",
    "cumulative_drift_estimate": "cumDriftEstimate",
    "raw_amplitude": "rawAmplitude",
    "signal_to_noise_ratio": "signalToNoiseRatio",
    "isolation_dist": "isolationDistance",
    "l_ratio": "Lratio",
    "silhouette_score": "silhouetteScore",
    "use_these_times_start": "useTheseTimesStart",
    "use_these_times_stop": "useTheseTimesStop",
    "peak_channels": "maxChannels",
    # Python, May 2025
    "fractionRPVs": "fractionRPVs_estimatedTauR",
    # MATLAB, 2024
    "isoD": "isolationDistance",
    "secndPeakToTroughRatio": "scndPeakToTroughRatio",
}
"""Old column to today's."""

PARAM_RENAMES: dict[str, str] = {
    # Python, April and May 2025: thresholds and flags
    "max_n_peaks": "maxNPeaks",
    "max_n_troughs": "maxNTroughs",
    "min_wv_duration": "minWvDuration",
    "max_wv_duration": "maxWvDuration",
    "min_spatial_decay_slope": "minSpatialDecaySlope",
    "min_spatial_decay_slope_exp": "minSpatialDecaySlopeExp",
    "max_spatial_decay_slope_exp": "maxSpatialDecaySlopeExp",
    "max_wv_baseline_fraction": "maxWvBaselineFraction",
    "max_scnd_peak_to_trough_ratio_noise": "maxScndPeakToTroughRatio_noise",
    "min_trough_to_peak2_ratio_non_somatic": "minTroughToPeak2Ratio_nonSomatic",
    "min_width_first_peak_non_somatic": "minWidthFirstPeak_nonSomatic",
    "min_width_main_trough_non_somatic": "minWidthMainTrough_nonSomatic",
    "max_peak1_to_peak2_ratio_non_somatic": "maxPeak1ToPeak2Ratio_nonSomatic",
    "max_main_peak_to_trough_ratio_non_somatic": "maxMainPeakToTroughRatio_nonSomatic",
    "iso_d_min": "isoDmin",
    "lratio_max": "lratioMax",
    "min_amplitude": "minAmplitude",
    "max_RPV": "maxRPVviolations",
    "max_perc_spikes_missing": "maxPercSpikesMissing",
    "min_num_spikes_total": "minNumSpikes",
    "max_drift": "maxDrift",
    "min_presence_ratio": "minPresenceRatio",
    "min_SNR": "minSNR",
    "compute_spatial_decay": "computeSpatialDecay",
    "sp_decay_lin_fit": "spDecayLinFit",
    "extract_raw_waveforms": "extractRaw",
    "compute_drift": "computeDrift",
    "compute_distance_metrics": "computeDistanceMetrics",
    "split_good_and_mua_non_somatic": "splitGoodAndMua_NonSomatic",
    # the same: how the metrics were computed
    "show_detail_plots": "plotDetails",
    "show_summary_plots": "plotGlobal",
    "re_extract_raw": "reextractRaw",
    "save_as_tsv": "saveAsTSV",
    "remove_duplicate_spike": "removeDuplicateSpikes",
    "duplicate_spikes_window_s": "duplicateSpikeWindow_s",
    "save_spike_without_duplicates": "saveSpikes_withoutDuplicates",
    "recompute_duplicate_spike": "recomputeDuplicateSpikes",
    "detrend_waveform": "detrendWaveform",
    "n_raw_spikes_to_extract": "nRawSpikesToExtract",
    "probe_type": "probeType",
    "tauR_values_min": "tauR_valuesMin",
    "tauR_values_max": "tauR_valuesMax",
    "tauR_values_steps": "tauR_valuesStep",
    "use_hill_method": "hillOrLlobetMethod",
    "compute_time_chunks": "computeTimeChunks",
    "delta_time_chunk": "deltaTimeChunk",
    "presence_ratio_bin_size": "presenceRatioBinSize",
    "drift_bin_size": "driftBinSize",
    "min_thresh_detect_peaks_troughs": "minThreshDetectPeaksTroughs",
    "normalize_spatial_decay": "normalizeSpDecay",
    "n_channels": "nChannels",
    "n_sync_channels": "nSyncChannels",
    "n_channels_iso_dist": "nChannelsIsoDist",
    "waveform_baseline_noise_window": "waveformBaselineNoiseWindow",
    # Python, May and June 2025: a blank at the end
    "isoDmin ": "isoDmin",
    # MATLAB, 2024 (Bombcell's own renaming)
    "minWidthFirstPeak": "minWidthFirstPeak_nonSomatic",
    "minWidthMainTrough": "minWidthMainTrough_nonSomatic",
    "firstPeakRatio": "maxPeak1ToPeak2Ratio_nonSomatic",
    "minTroughToPeakRatio": "maxScndPeakToTroughRatio_noise",
    # MATLAB: how the metrics were computed
    "rawFile": "raw_data_file",
    "ephysMetaFile": "ephys_meta_file",
    "waveformBaselineWindowStart": "waveform_baseline_window_start",
    "waveformBaselineWindowStop": "waveform_baseline_window_stop",
}
"""Old parameter to today's. ``minMainPeakToTroughRatio`` has no counterpart today, and Bombcell's
back-fill reads ``spikeWidth`` and ``standardSpikeWidth`` under these names."""


def renamed(
    values: Mapping[str, T], table: Mapping[str, str]
) -> tuple[dict[str, T], tuple[str, ...]]:
    """Return values under today's names, in their order, and the old names that were replaced.

    An old name stays where today's is there as well: two columns are never merged.
    """
    out: dict[str, T] = {}
    old: list[str] = []
    for name, value in values.items():
        today = table.get(name, name)
        if today != name and (today in values or today in out):
            today = name
        elif today != name:
            old.append(name)
        out[today] = value
    return out, tuple(old)


def rename_issue(file: str, columns: tuple[str, ...], params: tuple[str, ...]) -> Issue | None:
    """Return one line for all that was renamed, or None."""
    parts = [
        f"{count_of(len(old), what)} ({first_of(old)})"
        for what, old in (("column", columns), ("parameter", params))
        if old
    ]
    if not parts:
        return None
    return Issue(file, f"older names of {' and '.join(parts)}.", "They are read by today's names.")
