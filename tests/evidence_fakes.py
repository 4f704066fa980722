"""A recording in memory, for tests of evidence without files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from factories import SAMPLE_RATE, make_run

from bcviewer.core.evidence.kept import KeptSpikes
from bcviewer.core.evidence.raw_file import RawAbout
from bcviewer.core.evidence.recording import (
    Contingency,
    Likeness,
    UnitData,
    UnitSpikes,
    Waveform,
)
from bcviewer.core.evidence.refractory import Contamination, Result, Setup
from bcviewer.core.evidence.tau_r import PeriodsTested
from bcviewer.core.run.unit_ids import UnitIds
from bcviewer.errors import UserError


def unit_spikes(times_s: Any, amplitudes: Any = None, depths: Any = None) -> UnitSpikes:
    """Return spikes at some times, s (rounded to samples and sorted)."""
    samples = np.sort(np.rint(np.asarray(times_s, float) * SAMPLE_RATE).astype(np.int64))
    kept = [None if a is None else np.asarray(a, np.float32) for a in (amplitudes, depths)]
    return UnitSpikes(samples, SAMPLE_RATE, *kept)


class FakeRawFile:
    """Traces in memory, shape (n_samples, n_channels), as a raw file."""

    def __init__(self, traces: np.ndarray) -> None:
        self.traces = traces
        self.about = RawAbout(("raw.bin",), "a test", *traces.shape)

    def snippets(self, starts: Any, width: int, channels: Any, check: Any) -> np.ndarray:
        check()
        cut = [self.traces[at : at + width, channels] for at in starts]
        return np.array(cut, self.traces.dtype).reshape(len(starts), width, len(channels))


@dataclass
class FakeRecording:
    """What is given is there; all else is missing, as a file would be."""

    spikes_of: Mapping[int, UnitSpikes] = field(default_factory=dict)
    template_of: Mapping[int, Waveform] = field(default_factory=dict)
    raw_of: Mapping[int, Waveform] = field(default_factory=dict)
    similarities: Any = None
    contingency: Contingency | None = None
    kept_of: Mapping[int, int] = field(default_factory=dict)
    similar_to: Mapping[int, Likeness] = field(default_factory=dict)
    raw_traces: Any = None
    digests: Mapping[int, str] = field(default_factory=dict)
    components: Mapping[int, Any] = field(default_factory=dict)

    def spikes(self, row: int) -> UnitSpikes:
        return _given(self.spikes_of, row, "spike_times.npy: not there.")

    def template(self, row: int) -> Waveform:
        return _given(self.template_of, row, "templates.npy: not there.")

    def raw_waveform(self, row: int) -> Waveform:
        return _given(self.raw_of, row, "no raw waveform was extracted.")

    def raw_file(self, chosen: str, at: Any) -> Any:
        at(chosen or "ks")
        if self.raw_traces is None:
            raise UserError("The raw file is not there.")
        return FakeRawFile(self.raw_traces)

    def similarity(self, row: int, other: int) -> float:
        if self.similarities is None:
            raise UserError("similar_templates.npy: not there.")
        return float(self.similarities[row][other])

    def similar(self, row: int) -> Likeness:
        return _given(self.similar_to, row, "similar_templates.npy: not there.")

    def n_spikes(self, row: int) -> int:
        return self.spikes(row).n

    def table(self) -> Contingency:
        if self.contingency is None:
            raise UserError("spike_clusters.npy: not there.")
        return self.contingency

    def main_components(self, row: int) -> Any:
        return _given(self.components, row, "pc_features.npy: not there.")

    def kept_now(self, row: int) -> int:
        return _given(self.kept_of, row, "The time that Bombcell kept is not known.")

    def digest(self, cluster_ids: Any) -> str:
        return self.digests.get(cluster_ids[0], "")

    def with_ids(self, _: UnitIds) -> FakeRecording:
        return self

    def total_spikes(self) -> int:
        return sum(spikes.n for spikes in self.spikes_of.values())

    def session_s(self) -> tuple[float, float]:
        times = [spikes.times for spikes in self.spikes_of.values() if spikes.n]
        return min((t[0] for t in times), default=np.nan), max(
            (t[-1] for t in times), default=np.nan
        )


def _given(what: Mapping[int, Any], row: int, reason: str) -> Any:
    if row not in what:
        raise UserError(reason)
    return what[row]


def unit_data(recording: Any, row: int = 0, columns: Any = None, params: Any = None, **more: Any):
    """Return a unit of ``make_run`` with the arrays of a recording."""
    return UnitData(make_run(columns, params, **more), row, recording)


CLEAN = Result(0.035, 0.002, 1.0)
SETUP = Setup("ibl_sliding", False, 0.00025, 0.1, 0.9, 0.35)
TAU_R = np.array([0.002, 0.005])


def contamination_of(now: Result = CLEAN, saved: Result | None = None, **fields: Any) -> Any:
    """Return a contamination at two refractory periods; saved was the same unless given."""
    made = Contamination(
        SETUP,
        PeriodsTested(TAU_R, "Tested."),
        TAU_R,
        observed=np.array([0, 3]),
        level=np.array([0.035, np.nan]),
        expected=np.array([1.5, 4.0]),
        clean_to=np.array([-1.0, 1.0]),
        above_from=np.array([5.0, 8.0]),
        undecided=np.array([True, False]),
        n=400,
        now=now,
        saved=now if saved is None else saved,
        need=None,
        by_ourselves=False,
        kept=KeptSpikes(400, 0.0, 1200.0),
    )
    return replace(made, **fields)
