"""Bombcell's parameters that no rule reads: how metrics are measured, and what is done beside it.

A test holds both lists and the installed package together.
"""

from __future__ import annotations

MEASURED: frozenset[str] = frozenset(
    {
        "computeTimeChunks",
        "confidence_threshold",
        "contamination_values",
        "deltaTimeChunk",
        "detrendForUnitMatch",
        "detrendWaveform",
        "driftBinSize",
        "duplicateSpikeWindow_s",
        "ephys_sample_rate",
        "gain_to_uV",
        "hillOrLlobetMethod",
        "minThreshDetectPeaksTroughs",
        "nChannels",
        "nChannelsIsoDist",
        "nRawSpikesToExtract",
        "nSyncChannels",
        "normalizeSpDecay",
        "presenceRatioBinSize",
        "probeType",
        "recomputeDuplicateSpikes",
        "reextractRaw",
        "removeDuplicateSpikes",
        "rpv_method",
        "spike_width",
        "ss_min",
        "tauC",
        "tauR_reject",
        "tauR_values",
        "tauR_valuesMax",
        "tauR_valuesMin",
        "tauR_valuesStep",
        "waveformBaselineNoiseWindow",
        "waveform_baseline_window_start",
        "waveform_baseline_window_stop",
    }
)
"""They choose how a metric is measured: to change one, Bombcell has to run again."""

BESIDE: frozenset[str] = frozenset(
    {
        "decompress_data",
        "ephysKilosortPath",
        "ephys_meta_file",
        "joblib_backend_preference",
        "joblib_n_jobs",
        "plotDetails",
        "plotGlobal",
        "plotsSaveDir",
        "raw_data_file",
        "saveAsTSV",
        "savePlots",
        "saveSpikes_withoutDuplicates",
        "unit_type_for_phy",
        "verbose",
    }
)
"""Where files are, what is drawn and saved: no metric follows from them."""
