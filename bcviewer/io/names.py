"""The names of files and folders of a recording. No other module spells them."""

from __future__ import annotations

UNITS_PARQUET = "templates._bc_qMetrics.parquet"
UNITS_CSV = "templates._bc_qMetrics.csv"
PARAMS_PARQUET = "_bc_parameters._bc_qMetrics.parquet"
PARAMS_CSV = "_bc_parameters._bc_qMetrics.csv"
LABELS_TSV = "cluster_bc_unitType.tsv"
RPV_PARQUET = "templates._bc_fractionRefractoryPeriodViolationsPerTauR.parquet"
BOMBCELL_TABLES = (UNITS_PARQUET, UNITS_CSV, PARAMS_PARQUET, PARAMS_CSV, RPV_PARQUET, LABELS_TSV)
"""Bombcell's own tables, which nothing of ours may replace."""
EPHYS_PARQUET = "templates._bc_ephysProperties.parquet"
EPHYS_PARAMS_MATLAB = "_bc_parameters._bc_ephysProperties.parquet"
"""The limits of cell types, which MATLAB's version saves."""
RAW_BY_ID = "_bc_rawWaveforms_kilosort_format.npy"
"""Mean raw waveforms, row = cluster id."""
RAW_IN_ORDER = "templates._bc_rawWaveforms.npy"
"""The same, a row for each id that has spikes, ids ascending."""
DUPLICATES = "spikes._bc_duplicateSpikes.npy"
"""A number a spike: not 0 where Bombcell removed it as a duplicate."""
GUI_FOLDER = "for_GUI"

PARAMS_PY = "params.py"
SPIKE_TIMES = "spike_times.npy"
SPIKE_TIMES_CORRECTED = "spike_times_corrected.npy"
"""Bombcell reads these times instead, where they are there."""
SPIKE_CLUSTERS = "spike_clusters.npy"
SPIKE_TEMPLATES = "spike_templates.npy"
TEMPLATES = "templates.npy"
TEMPLATE_CHANNELS = ("templates_ind.npy", "template_ind.npy")
"""Channels of sparse templates: by Kilosort, and by SpikeInterface."""
WHITENING_INV = "whitening_mat_inv.npy"
SIMILAR_TEMPLATES = "similar_templates.npy"
AMPLITUDES = "amplitudes.npy"
SPIKE_POSITIONS = "spike_positions.npy"
CHANNEL_MAP = "channel_map.npy"
CHANNEL_POSITIONS = "channel_positions.npy"
CHANNEL_SHANKS = "channel_shanks.npy"
PC_FEATURES, PC_FEATURE_CHANNELS = "pc_features.npy", "pc_feature_ind.npy"
OPS = "ops.npy"
"""Kilosort 4's own settings: a pickle, never opened as one."""
SPIKEINTERFACE_TSV = "cluster_bombcell_label.tsv"
KS_LABEL_TSV = "cluster_KSLabel.tsv"
GROUP_TSV = "cluster_group.tsv"
GROUPS_CSV = "cluster_groups.csv"
"""What phy 1 called it; separated by tabs all the same."""
SI_IDS_TSV = "cluster_si_unit_ids.tsv"
"""SpikeInterface's ids, where its export to phy numbered the clusters anew."""
INFO_TSV = "cluster_info.tsv"
"""phy's copy of its whole table, written at saving and never read by it."""
CLUSTER_PREFIX, CLUSTER_SUFFIXES = "cluster_", (".tsv", ".csv")
"""What the names of files with a value a cluster begin and end with."""
PHY_FOLDER = ".phy"
PHY_LOG = "phy.log"
PHY_STATE = "state.json"

PHY_LABEL_TSV = "cluster_bcv_label.tsv"
PHY_FINAL_TSV = "cluster_bcv_final.tsv"
PHY_OPINIONS_TSV = "cluster_bcv_opinions.tsv"
PHY_NOTE_TSV = "cluster_bcv_note.tsv"
PHY_STABLE_TSVS = ("cluster_bcv_stable_from_s.tsv", "cluster_bcv_stable_to_s.tsv")
PHY_REASON_TSV = "cluster_bc_classificationReason.tsv"
PHY_ROI_TSV = "cluster_bc_roiLabel.tsv"
PHY_EXPORTS = (
    PHY_LABEL_TSV,
    PHY_FINAL_TSV,
    PHY_OPINIONS_TSV,
    PHY_NOTE_TSV,
    *PHY_STABLE_TSVS,
    PHY_REASON_TSV,
    PHY_ROI_TSV,
)
"""Fields of our own in phy's table, written by an export only."""

MANUAL_STEM = "manual_unit_classifications"
OPTIMIZATION_STEM = "manual_classifications_for_optimization"
COMPARISON_CSV = "manual_vs_bombcell_classifications.csv"
MANUAL_EXPORTS = (
    *(f"{stem}{end}" for stem in (MANUAL_STEM, OPTIMIZATION_STEM) for end in (".csv", ".tsv")),
    COMPARISON_CSV,
)
"""What Bombcell's own viewer writes of a curator's labels; no phy reads them (no cluster_id)."""
BACKUP_FOLDER = ("bcviewer", "backup")
"""Where copies of replaced files go, inside the results folder."""

MODE_FOLDERS: dict[str, str] = {
    "batch": "bombcell_DEFAULT",
    "np20_rerun": "bombcell_NP2.0",
    "single_probe": "bombcell_single_probe",
}
"""Folder of each run mode, in the order they are listed."""

MODE_STEMS: dict[str, tuple[str, ...]] = {
    "batch": ("batch", "DEFAULT"),
    "np20_rerun": ("np20_rerun", "NP2.0"),
    "single_probe": ("single_probe",),
}
"""Beginnings, after ``bombcell_``, of dated folders of a run mode: ``bombcell_batch_20260218``."""
MODE_PREFIX = "bombcell_"
RECORDING_RESULTS = "bombcell"
"""Folder of a recording that holds those of its run modes."""

SORT_PARAMETERS = ("ephysKilosortPath", "ephys_kilosort_path")
"""Parameters that name the Kilosort directory, by Python and MATLAB, and by early Python."""

RESULTS_FOLDERS = ("bombcell", "qMetrics")
"""Where the results are: today, and by MATLAB before 2025."""
PROBE_FOLDER = "kilosort4_{probe}"
"""Folder of a probe in a run mode's folder."""

STAGING_PREFIX = ".bcviewer-run-"
"""Beginning of the name of a folder in which Bombcell runs, until its results are whole."""
STAGING_MARK = "bcviewer-run.json"
"""What says in it that it is ours, and of which machine."""

JOURNAL_FOLDER = "bcviewer"
"""Folder of our own in the results: the curators' journals, mirrored."""
JOURNAL_PREFIX, JOURNAL_SUFFIX = "labels-", ".jsonl"

COHORT_FILE = "bcviewer_cohort.json"
"""By which a folder is known as a cohort of ours: nothing in it is a recording."""
COHORT_UNITS, COHORT_PART = "units", "part.parquet"
"""Folder of a cohort with a folder for each run, and the file in that."""
COHORT_RUNS, COHORT_JOINED = "runs.parquet", "units.parquet"
"""A row a run, and the units of all runs in one file."""
COHORT_NEW = ".new"
"""Folder of a cohort for files that are being written; it is there as long as a build runs."""

JOURNALS, QUEUES, DRAFTS, TRIED = "journals", "queues", "drafts", "tried"
"""Folders in the user's data folder: all journals, the review queues, notes not saved yet, and the
proposals that are on."""
MERGES = "merges"
"""The same, for what is said of merges that other programs propose."""
RUN_LOGS = "runs"
"""The same, for what Bombcell printed where a run failed."""
