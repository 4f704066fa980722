"""Has one unit scored by bombcell's own loop: one that phy made, or several as if they were one."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from bcviewer.core.arrays import Array, Floats
from bcviewer.core.audit.states import rule_status
from bcviewer.core.evidence.cluster_spikes import ClusterSpikes
from bcviewer.core.evidence.raw_cut import cut_of
from bcviewer.core.evidence.recording import PATIENT, Asker, Recording
from bcviewer.core.evidence.tau_r import periods_tested
from bcviewer.core.rules.defaults import DEFAULT_COMPUTATION, DEFAULTS_OF, LEAST_SPIKES
from bcviewer.core.rules.labels import parse_label
from bcviewer.core.rules.metrics import METRICS
from bcviewer.core.rules.rules import RULES
from bcviewer.core.run.run import Run, SavedTable
from bcviewer.core.run.scored import Scored
from bcviewer.errors import UserError
from bcviewer.oracle.asked import Helper

_FROM_RAW = ("rawAmplitude", "signalToNoiseRatio")
_FROM_PCS = ("maxDriftEstimate", "isolationDistance", "Lratio")
"""Metrics from principal components. Of a merged unit Bombcell itself has none that mean anything:
it averages the *numbers* of its units' channels."""
_CHUNK_EDGES = "useTheseTimesStart", "useTheseTimesStop"
_TODAYS = "bombcell ≥ 0.94"
"""How what wrote a run is called where it measures as the helper's bombcell does."""
_LONGEST = 1_000_000
"""Chunks: more are damaged parameters."""
_Given = dict[str, float | bool | str]


def score(
    run: Run,
    recording: Recording,
    cluster_ids: Sequence[int],
    bombcell: Helper,
    chosen: str = "",
    asker: Asker = PATIENT,
) -> Scored:
    """Return what bombcell says of a unit with the spikes of some clusters as they are now.

    Parameters
    ----------
    run : Run
        By whose parameters.
    recording : Recording
        Its arrays.
    cluster_ids : sequence of int
        One: the unit that it is. Several: as if phy had merged them.
    bombcell : Helper
        Who is asked.
    chosen : str
        The raw file that somebody pointed at; empty: nobody did.
    asker : Asker
        Who waits for the answer.

    Raises
    ------
    UserError
        Where something that it follows from is not known, or bombcell cannot be asked.
    """
    spikes = recording.clusters(cluster_ids)
    found = score_spikes(run, recording, spikes, cluster_ids, bombcell, chosen, asker)
    return replace(found, spikes=recording.digest(cluster_ids))


def score_spikes(
    run: Run,
    recording: Recording,
    spikes: ClusterSpikes,
    cluster_ids: Sequence[int],
    bombcell: Helper,
    chosen: str = "",
    asker: Asker = PATIENT,
) -> Scored:
    """Return what bombcell says of a unit with some spikes.

    As :func:`score`, but that ``cluster_ids`` are those that have these spikes and no others; there
    may be none, for spikes that no cluster has for itself: they are scored as phy would give them
    an id.
    """
    if spikes.amplitudes is None:
        raise UserError(spikes.no_amplitudes or "amplitudes.npy: not usable.")
    params, notes = _params(run)
    distinct = np.unique(spikes.templates)
    template = recording.clusters_template(cluster_ids, distinct)
    arrays: dict[str, Array] = {
        "samples": spikes.samples,
        "amplitudes": spikes.amplitudes,
        "chunks": _chunks(run, recording),
        "template": template,
        "positions": recording.positions(),
        **_tested(run),
    }
    weighted = recording.clusters_template(cluster_ids, spikes.templates)
    if not np.array_equal(weighted, template):
        arrays["other"] = weighted
    if len(spikes.samples) >= LEAST_SPIKES and any(_is_read(run, name) for name in _FROM_RAW):
        _add_raw(run, recording, arrays, params, chosen, asker)
    answer = bombcell.ask("score", params, arrays)
    if len(distinct) == 1 and list(cluster_ids) != distinct.tolist():
        notes.append(f"its shape is template {distinct[0]}'s")
    if spikes.duplicates:
        notes.append(spikes.duplicates)
    if len(spikes.samples) < LEAST_SPIKES:
        notes.append(f"Bombcell measures nothing of fewer than {LEAST_SPIKES} spikes")
    found = _scored(run, cluster_ids, answer, notes, raw="snippets" in arrays)
    return replace(found, chosen=chosen)


def _add_raw(
    run: Run,
    recording: Recording,
    arrays: dict[str, Array],
    params: _Given,
    chosen: str,
    asker: Asker,
) -> None:
    """Add the unit's spikes in the raw file that Bombcell takes, where it is there.

    Bombcell gets the snippets, not the file: its process must not hang in a drive.
    """
    width, n_channels = arrays["template"].shape
    try:
        cut = cut_of(run.settings, width)
        file = recording.raw_file(chosen, asker.at)
        asker.at(run.provenance.ks_dir)  # what is read next is there again
        inside = arrays["samples"][cut.inside(arrays["samples"], file.about.n_samples)]
        starts = cut.starts(cut.mean_of(inside))
        if not len(starts):
            return
        every = np.arange(n_channels)
        arrays["snippets"] = file.snippets(starts, cut.width, every, asker.check)
    except UserError:
        return  # it is told as not tested; *Raw* says what is wrong with the file
    params |= {"half": float(cut.half), "baseline": float(cut.baseline), "detrend": cut.detrend}


def _scored(
    run: Run, cluster_ids: Sequence[int], answer: dict[str, Array], notes: list[str], *, raw: bool
) -> Scored:
    texts = {
        name: answer.pop(name).tobytes().decode()
        for name in ("label", "other_label", "version")
        if name in answer
    }
    label = parse_label(texts["label"])
    other = parse_label(texts["other_label"]) if "other_label" in texts else label
    if _TODAYS not in run.provenance.writer:
        by = run.provenance.writer or "another program"
        notes.append(f"scored by bombcell {texts['version']}, the run by {by}")
    columns = {
        name: np.array([float(answer[name]) if name in answer else math.nan])
        for name in run.units
        if name in METRICS or name in answer
    }
    unit = replace(
        run,
        units=SavedTable.from_columns(columns),
        cluster_id=np.array([cluster_ids[0] if len(cluster_ids) == 1 else -1]),
        saved=np.array([texts["label"]], dtype=object),
        saved_codes=np.array([label], np.int8),
        ks_label=None,
        phy_group=None,
        si_ids=None,
        foreign=(),
        emptied={},
    )
    return Scored(
        unit,
        label,
        None if other == label else other,
        _untested(run, raw=raw),
        tuple(notes),
    )


def _untested(run: Run, *, raw: bool) -> tuple[str, ...]:
    """Return the rules of a run that a unit is not tested by here, by the titles of metrics."""
    names = _FROM_PCS if raw else (*_FROM_RAW, *_FROM_PCS)
    return tuple(METRICS[name].title for name in names if _is_read(run, name))


def _is_read(run: Run, metric: str) -> bool:
    """Whether a rule of a run reads a metric that any of its units has."""
    values = run.units.floats(metric)
    if values is None or not np.isfinite(values).any():
        return False
    rules = (rule for rule in RULES if rule.metric == metric)
    return any(rule_status(rule, run.units, run.criteria).tested for rule in rules)


def _params(run: Run) -> tuple[_Given, list[str]]:
    """Return what bombcell is told, and what is not saved and taken from its defaults."""
    given: _Given = {}
    for name, value in run.settings.saved.items():
        if isinstance(value, (bool, str)):
            given[name] = value
        elif isinstance(value, (int, float)) and not math.isnan(value):
            given[name] = float(value)
    given |= run.criteria.for_bombcell()
    given |= {name: run.criteria.flags[name] for name in ("computeSpatialDecay", "spDecayLinFit")}
    notes = []
    for name, default in DEFAULT_COMPUTATION.items():
        if name not in given and name != "rpv_method":  # without it the old method is meant
            given[name] = default
            if name in _MEASURED_BY:
                notes.append(f"{name} is not saved: {default} is {DEFAULTS_OF}'s")
    off = ("computeDrift", "computeDistanceMetrics", "extractRaw", "plotDetails", "verbose")
    given |= dict.fromkeys(off, False)
    given.setdefault("ephys_sample_rate", run.sample_rate)
    if not float(given["ephys_sample_rate"]) > 0:
        raise UserError("The sample rate is not known.", "Put it into params.py.")
    return given, notes


_MEASURED_BY = (
    "computeTimeChunks",
    "presenceRatioBinSize",
    "minThreshDetectPeaksTroughs",
    "normalizeSpDecay",
)


def _tested(run: Run) -> Mapping[str, Array]:
    """Return the refractory periods and levels of contamination that a run tested."""
    periods = periods_tested(run)
    if not periods.complete:
        raise UserError(
            "Not scored: the run does not say which refractory periods it tested.",
            "Run Bombcell again.",
        )
    saved = run.settings.saved.get("contamination_values")
    if isinstance(saved, list) and saved and all(isinstance(v, (int, float)) for v in saved):
        return {"tau_r": periods.tau_r, "contamination": np.array(saved, np.float64)}
    return {"tau_r": periods.tau_r}


def _chunks(run: Run, recording: Recording) -> Floats:
    """Return the edges of the chunks of time that Bombcell judges each unit in, s."""
    first, last = recording.session_s()
    if not run.settings.saved.get("computeTimeChunks"):
        start, stop = (run.units.floats(name) for name in _CHUNK_EDGES)
        if start is not None and stop is not None and np.isfinite(start * stop).any():
            return np.array([np.nanmin(start), np.nanmax(stop)])
        return np.array([first, last])
    length = run.settings.number("deltaTimeChunk")
    if not (length > 0 and (last - first) / length < _LONGEST):
        raise UserError(f"The run's parameters cut the session into {length:g} s (deltaTimeChunk).")
    return np.append(np.arange(first, last, length), last)
