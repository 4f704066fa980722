"""Builders of runs, tables and parameters, and Bombcell itself as the authority."""

from __future__ import annotations

import contextlib
import functools
import io
import os
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from bcviewer.core.audit.audit import Audit, audit
from bcviewer.core.rules.criteria import Criteria
from bcviewer.core.rules.labels import parse_labels
from bcviewer.core.rules.rules import RULES
from bcviewer.core.rules.settings import Settings
from bcviewer.core.run.run import Provenance, Run, SavedTable
from bcviewer.core.sheet.derive import derive
from bcviewer.core.sheet.inputs import Inputs, Oracle
from bcviewer.core.sheet.sheet import Sheet

SAMPLE_RATE = 30000.0

_PARAMS: dict[str, object] = {
    "plotDetails": False,
    "plotGlobal": False,
    "savePlots": False,
    "plotsSaveDir": None,
    "verbose": False,
    "reextractRaw": False,
    "saveAsTSV": True,
    "unit_type_for_phy": True,
    "removeDuplicateSpikes": False,
    "duplicateSpikeWindow_s": 3.4e-05,
    "saveSpikes_withoutDuplicates": True,
    "recomputeDuplicateSpikes": False,
    "detrendWaveform": True,
    "detrendForUnitMatch": False,
    "nRawSpikesToExtract": 100,
    "decompress_data": False,
    "extractRaw": True,
    "joblib_n_jobs": 1,
    "joblib_backend_preference": "threads",
    "probeType": 1,
    "rpv_method": "ibl_sliding",
    "keepUncertainRPVUnits": False,
    "tauC": 0.00025,
    "contamination_values": None,
    "confidence_threshold": 0.9,
    "tauR_reject": 0.0005,
    "tauR_valuesMin": 0.002,
    "tauR_valuesMax": 0.002,
    "tauR_valuesStep": 0.0005,
    "hillOrLlobetMethod": True,
    "computeTimeChunks": False,
    "deltaTimeChunk": 360,
    "presenceRatioBinSize": 60,
    "driftBinSize": 60,
    "computeDrift": True,
    "minThreshDetectPeaksTroughs": 0.2,
    "normalizeSpDecay": True,
    "spDecayLinFit": False,
    "computeSpatialDecay": True,
    "ephys_sample_rate": 30000,
    "nChannels": 33,
    "nSyncChannels": 1,
    "computeDistanceMetrics": True,
    "nChannelsIsoDist": 4,
    "splitGoodAndMua_NonSomatic": False,
    "maxNPeaks": 2,
    "maxNTroughs": 1,
    "minWvDuration": 100,
    "maxWvDuration": 1150,
    "minSpatialDecaySlope": -0.008,
    "minSpatialDecaySlopeExp": 0.01,
    "maxSpatialDecaySlopeExp": 0.1,
    "maxWvBaselineFraction": 0.3,
    "maxScndPeakToTroughRatio_noise": 0.8,
    "minTroughToPeak2Ratio_nonSomatic": 5,
    "minWidthFirstPeak_nonSomatic": 4,
    "minWidthMainTrough_nonSomatic": 5,
    "maxPeak1ToPeak2Ratio_nonSomatic": 3,
    "maxMainPeakToTroughRatio_nonSomatic": 0.8,
    "isoDmin": 20,
    "lratioMax": 0.3,
    "ss_min": None,
    "minAmplitude": 40,
    "maxRPVviolations": 0.1,
    "maxPercSpikesMissing": 20,
    "minNumSpikes": 300,
    "maxDrift": 100,
    "minPresenceRatio": 0.7,
    "minSNR": 5,
    "gain_to_uV": 2.34375,
    "spike_width": 61,
    "waveformBaselineNoiseWindow": 10,
    "waveform_baseline_window_start": 0,
    "waveform_baseline_window_stop": 10,
    "n_channels_rec": 33,
}

_GOOD: dict[str, float] = {
    "nSpikes": 2400.0,
    "nPeaks": 1.0,
    "nTroughs": 1.0,
    "waveformDuration_peakTrough": 400.0,
    "spatialDecaySlope": 0.03,
    "waveformBaselineFlatness": 0.1,
    "scndPeakToTroughRatio": 0.35,
    "mainPeakToTroughRatio": 0.35,
    "peak1ToPeak2Ratio": 0.3,
    "troughToPeak2Ratio": 10.0,
    "mainPeak_before_width": 6.0,
    "mainTrough_width": 8.0,
    "percentageSpikesMissing_gaussian": 2.0,
    "percentageSpikesMissing_symmetric": 1.0,
    "RPV_window_index": 36.0,
    "fractionRPVs_estimatedTauR": 0.03,
    "estimatedTauR": 0.0025,
    "RPV_status": 1.0,
    "presenceRatio": 1.0,
    "maxDriftEstimate": 5.0,
    "cumDriftEstimate": 8.0,
    "rawAmplitude": 200.0,
    "signalToNoiseRatio": 30.0,
    "isolationDistance": 100.0,
    "Lratio": 0.001,
    "silhouetteScore": float("nan"),
    "useTheseTimesStart": 0.0,
    "useTheseTimesStop": 1200.0,
    "maxChannels": 3.0,
}


def default_params() -> dict[str, object]:
    """Return the parameters as bombcell 0.94 saves them (drift and distances computed)."""
    return dict(_PARAMS)


def good_unit() -> dict[str, float]:
    """Return the metrics of a clearly GOOD unit, two steps or more from every threshold."""
    return dict(_GOOD)


def make_table(columns: Mapping[str, Any] | None = None, drop: Iterable[str] = ()) -> SavedTable:
    """Return GOOD units with some columns replaced by values or sequences, some dropped."""
    return SavedTable.from_columns(make_columns(columns, drop))


def make_columns(
    columns: Mapping[str, Any] | None = None, drop: Iterable[str] = ()
) -> dict[str, np.ndarray]:
    """Return the columns of :func:`make_table`, float64 unless they hold text."""
    given = {**good_unit(), **(columns or {})}
    arrays = {name: np.atleast_1d(np.asarray(value)) for name, value in given.items()}
    n = max(len(a) if np.ndim(given[name]) else 1 for name, a in arrays.items())
    if any(np.ndim(given[name]) and len(a) == 0 for name, a in arrays.items()):
        n = 0
    out = {}
    for name, array in arrays.items():
        kept = array if array.dtype == object else array.astype(np.float64)
        out[name] = kept if np.ndim(given[name]) else np.repeat(kept, n)
    return {name: array for name, array in out.items() if name not in set(drop)}


class Params:
    """A set of saved parameters: what is judged by, and how it was measured."""

    def __init__(self, saved: Mapping[str, object]) -> None:
        self.saved = dict(saved)
        self.criteria = Criteria.from_saved(saved)
        self.settings = Settings.from_saved(saved, self.criteria.saved)
        self.thresholds, self.flags = self.criteria.thresholds, self.criteria.flags
        self.for_bombcell, self.absent = self.criteria.for_bombcell, self.criteria.absent
        self.filled, self.unreadable = self.criteria.filled, self.criteria.unreadable

    @classmethod
    def from_saved(cls, saved: Mapping[str, object]) -> Params:
        """Return the set of these and no others."""
        return cls(saved)


def make_params(params: Mapping[str, object] | Params | None = None, drop: Iterable[str] = ()):
    """Return Bombcell's defaults with some values replaced and some absent."""
    if isinstance(params, Params):
        return params
    saved = {**default_params(), **(params or {})}
    return Params.from_saved({k: v for k, v in saved.items() if k not in set(drop)})


def make_run(
    columns: Mapping[str, Any] | SavedTable | None = None,
    params: Mapping[str, object] | Params | None = None,
    saved: Iterable[str | None] | None = None,
    *,
    drop: Iterable[str] = (),
    absent: Iterable[str] = (),
    **fields: Any,
) -> Run:
    """Return a run of GOOD units on default parameters, but for what is given.

    ``columns`` replaces metrics (a value for all units, or one each); ``drop`` leaves columns
    out and ``absent`` parameters; ``saved`` are the saved labels (none by default); ``fields``
    are further fields of ``Run``.
    """
    table = columns if isinstance(columns, SavedTable) else make_table(columns, drop)
    n = table.n_units
    labels = np.array([None] * n if saved is None else list(saved), dtype=object)
    fields.setdefault("cluster_id", np.arange(n, dtype=np.int64))
    fields.setdefault("provenance", Provenance("ks", "ks/bombcell", "kilosort4_A", "A"))
    fields.setdefault("sample_rate", SAMPLE_RATE)
    given = make_params(params, absent)
    return Run(
        units=table,
        criteria=given.criteria,
        settings=given.settings,
        saved=labels,
        saved_codes=parse_labels(labels),
        **fields,
    )


def sheet_of(run: Run, codes: Any = None, **inputs: Any) -> Sheet:
    """Return the sheet of a run by its own criteria.

    ``codes`` are Bombcell's own labels; ``inputs`` are further fields of ``Inputs``.
    """
    given = replace(Inputs.of(run), **inputs)
    if codes is not None:
        given = replace(given, oracle=Oracle(run, given.criteria, codes))
    return derive(given)


def again(sheet: Sheet, codes: Any = None, **inputs: Any) -> Sheet:
    """Return a sheet derived from another one's inputs but for what is given."""
    given = replace(sheet.inputs, **inputs)
    if codes is not None:
        given = replace(given, oracle=Oracle(given.run, given.criteria, codes))
    return derive(given, sheet)


def audit_of(
    columns: Mapping[str, Any] | None = None,
    params: Mapping[str, object] | None = None,
    **more: Any,
) -> Audit:
    """Return the audit of ``make_run`` with the same arguments."""
    return audit(make_run(columns, params, **more))


def mask(*keys: str) -> int:
    """Return the bit mask of the rules with these keys."""
    indices = {rule.key: i for i, rule in enumerate(RULES)}
    return sum(1 << indices[key] for key in keys)


def keys(bits: int) -> set[str]:
    """Return the keys of the rules in a bit mask."""
    return {rule.key for i, rule in enumerate(RULES) if int(bits) >> i & 1}


def shared_data() -> Path | None:
    """Return the folder of shared recordings, or None where there is none."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("BCVIEWER_SHARED_DATA") or beside)
    return folder if folder.is_dir() else None


OFF = {
    "plotDetails": False,
    "plotGlobal": False,
    "savePlots": False,
    "verbose": False,
    "saveAsTSV": False,
    "unit_type_for_phy": False,
    "extractRaw": False,
    "computeDrift": False,
    "computeDistanceMetrics": False,
    "removeDuplicateSpikes": False,
    "joblib_n_jobs": 1,
}
"""Neither raw file nor principal components are there, of the runs and of what is compared."""


@contextlib.contextmanager
def quiet():
    """Keep what Bombcell prints and warns of out of the tests."""
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@functools.cache
def bombcell() -> Any:
    """Return the imported package (2 to 4 s)."""
    os.environ.setdefault("MPLBACKEND", "Agg")
    with quiet():
        import bombcell as package
    return package


def bombcell_labels(columns: Mapping[str, np.ndarray], params: Mapping[str, Any]) -> list[str]:
    """Return Bombcell's own labels."""
    classify = bombcell().quality_metrics.get_quality_unit_type
    with quiet():
        return list(classify(dict(params), dict(columns))[1])


def bombcell_filled(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters as Bombcell fills them in."""
    with quiet():
        return bombcell().default_parameters.check_parameter_fields(dict(params))


def snapshot(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Return every file under a folder with its content and time."""
    return {
        path.relative_to(folder).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
