"""Opens the arrays of a run for the plots of single units."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Sequence
from copy import copy
from functools import cached_property
from pathlib import Path

import numpy as np

from bcviewer.core.arrays import Array, Floats, Ints
from bcviewer.core.calls import Cancelled, TellProgress
from bcviewer.core.evidence.cluster_spikes import ClusterSpikes
from bcviewer.core.evidence.likeness import MOST_READ, by_cosine, likest
from bcviewer.core.evidence.recording import (
    MOST_SIMILAR,
    Contingency,
    Likeness,
    UnitData,
    UnitSpikes,
    Waveform,
)
from bcviewer.core.run.run import Run
from bcviewer.core.run.unit_ids import UnitIds
from bcviewer.errors import UserError
from bcviewer.io import names
from bcviewer.io.spikes.contingency import contingency
from bcviewer.io.spikes.kilosort import read_array
from bcviewer.io.spikes.pc_sample import main_components
from bcviewer.io.spikes.raw_file import RawFiles, find_raw
from bcviewer.io.spikes.relatives import Relatives
from bcviewer.io.spikes.similar_templates import SimilarTemplates
from bcviewer.io.spikes.spike_cache import spike_index
from bcviewer.io.spikes.spike_files import SpikeFiles, find_spike_files
from bcviewer.io.spikes.spike_index import SpikeIndex
from bcviewer.io.spikes.unit_spikes import UnitSpikeReader
from bcviewer.io.spikes.waveforms import RawWaveforms, Templates

_log = logging.getLogger(__name__)

MOST_BYTES = 256_000_000
"""So much of the templates is read, at most, to compare them with one …"""
FEWEST = 2 * MOST_SIMILAR
"""… but never fewer of them than these."""


def open_recording(
    run: Run,
    cache: Path,
    progress: TellProgress | None = None,
    cancelled: Cancelled | None = None,
) -> KilosortRecording:
    """Open the arrays of a run; the index of its spikes is built where it is not kept already.

    Whatever is wrong with the files is told by the method that needs them, not here.

    Parameters
    ----------
    run : Run
        The run.
    cache : Path
        A folder for spike indexes; made where it is not there. Nothing is written elsewhere,
        unless it cannot be: then to the folder for temporary files, or nowhere.
    progress : callable, optional
        Called with a fraction (0 to 1) and what is being done.
    cancelled : callable, optional
        Asked some times a second.

    Raises
    ------
    CancelledError
        If ``cancelled`` said so.
    """
    ks_dir, results_dir = Path(run.provenance.ks_dir), Path(run.provenance.results_dir)
    duplicates = bool(run.settings.saved.get("removeDuplicateSpikes"))
    note = ""
    spikes: _Spikes | UserError
    try:
        files = find_spike_files(ks_dir, results_dir, duplicates=duplicates)
        index, note = spike_index(files, cache, progress, cancelled)
        spikes = _Spikes(run, run.ids, files, index)
    except UserError as error:
        _log.info("%s: %s", ks_dir, error)
        spikes = error
    return KilosortRecording(run, spikes, note)


class _Spikes:
    """The index of a recording with what is read through it."""

    def __init__(self, run: Run, ids: UnitIds, files: SpikeFiles, index: SpikeIndex) -> None:
        self.files = files
        self.index = index
        self.units = UnitSpikeReader(run, ids, files, index)

    @cached_property
    def made_any(self) -> bool:
        """Whether phy has made any cluster: one that is no template."""
        segments = self.index.shape.segments
        return not np.isin(segments.cluster, segments.template).all()


class KilosortRecording:
    """The arrays of one run: :class:`bcviewer.core.evidence.recording.Recording`.

    Made by :func:`open_recording`. Nothing of the recording stays open or mapped; the spike
    index, a file of our own, is mapped as long as the object lives.

    Attributes
    ----------
    note : str
        Why the index could not be kept, for the log; empty: it is.
    """

    def __init__(self, run: Run, spikes: _Spikes | UserError, note: str = "") -> None:
        self.note = note
        self._run = run
        self._ids = run.ids
        self._spikes = spikes
        ks_dir = Path(run.provenance.ks_dir)
        self._templates = Templates(ks_dir, 0 if run.sites is None else len(run.sites.xy))
        self._raw = RawWaveforms(run, run.ids)
        self._similar = SimilarTemplates(ks_dir, self._templates)

    def _indexed(self) -> _Spikes:
        if isinstance(self._spikes, UserError):
            raise UserError(self._spikes.message, self._spikes.hint)
        return self._spikes

    def spikes(self, row: int) -> UnitSpikes:
        """Return the spikes of the unit in a row, as Bombcell saw them where that is known.

        Its ``note`` says where they are not, and what is shown instead. Spikes that Bombcell
        removed as duplicates are left out.
        """
        return self._indexed().units.read(row)

    def n_spikes(self, row: int) -> int:
        """Return how many spikes :meth:`spikes` returns, without reading them."""
        spikes = self._indexed()
        return spikes.index.count(spikes.units.source(row).segments)

    def template(self, row: int) -> Waveform:
        """Return the unit's unwhitened template, as Bombcell computes it.

        A cluster that is no template, because phy made it, has the mean of the templates that
        its spikes had before, each counted once
        (``bombcell.loading_utils.handle_manual_curation``). ``scale_uv`` is NaN: Kilosort's
        units are arbitrary.
        """
        unit = self._ids.asked_id(row)
        parents = self._parents(row)
        if not len(parents):
            values, note = self._templates.unwhitened(unit)
            return Waveform(values.astype(np.float64), math.nan, note)
        read = [self._templates.unwhitened(int(parent)) for parent in parents]
        values = np.mean([values.astype(np.float64) for values, _ in read], axis=0)
        listed = " and ".join(map(str, parents))
        made = "the mean of templates" if len(parents) > 1 else "template"
        notes = [f"phy made this unit: {made} {listed}.", read[0][1]]
        return Waveform(values, math.nan, " ".join(filter(None, notes)))

    def clustered(self, row: int) -> Ints:
        """Return the spikes of the unit's cluster now, duplicates too, samples in order of time.

        That is what Bombcell would read, were it to run now; empty where it has no such cluster.
        """
        index = self._indexed().index
        segments = index.of_cluster(self._ids.asked_id(row))
        times = index.read("times", segments)
        assert times is not None  # noqa: S101 - an index without times is not made
        order = index.order(times, segments)
        return np.asarray(times if order is None else times[order], np.int64)

    def clustered_template(self, row: int) -> Array:
        """Return the unwhitened template of the unit's cluster now, to the last bit of Bombcell's.

        In single precision, as Kilosort writes it, unless phy has made any cluster: then Bombcell
        joins further templates to them in double precision.
        """
        unit, spikes = self._ids.asked_id(row), self._indexed()
        index, parents = spikes.index, np.array([unit])
        if not len(index.of_template(unit)):
            parents = np.unique(index.shape.segments.template[index.of_cluster(unit)])
        read = [self._templates.unwhitened(int(parent)) for parent in parents]
        if why := read[0][1]:
            raise UserError(why)
        values = [one.astype(np.float64) if spikes.made_any else one for one, _ in read]
        return np.mean(values, axis=0) if len(values) > 1 else values[0]

    def clusters(self, cluster_ids: Sequence[int]) -> ClusterSpikes:
        """Return the spikes of some clusters as they are now, without removed duplicates."""
        return self._indexed().units.clusters(cluster_ids)

    def digest(self, cluster_ids: Sequence[int]) -> str:
        """Return what tells whether others are the very same spikes; empty: there is nothing."""
        try:
            return self._indexed().units.digest(cluster_ids)
        except UserError:
            return ""

    def clusters_template(self, cluster_ids: Sequence[int], templates: Ints) -> Array:
        """Return the template that Bombcell would give a unit whose spikes have some templates.

        Of one cluster that is a template its own one (``clustered_template``); else the mean of
        those that are named, each as often as it is, in double precision.
        """
        spikes = self._indexed()
        own = len(cluster_ids) == 1 and len(spikes.index.of_template(cluster_ids[0])) > 0
        ids, times = np.unique(cluster_ids if own else templates, return_counts=True)
        read = [self._templates.unwhitened(int(one)) for one in ids]
        if why := next((note for _, note in read if note), ""):
            raise UserError(why)
        if own:
            return read[0][0].astype(np.float64) if spikes.made_any else read[0][0]
        values = [one.astype(np.float64) for one, _ in read]
        if (times == times[0]).all():
            return np.asarray(np.mean(values, axis=0))
        return np.asarray(np.average(values, axis=0, weights=times))

    def positions(self) -> Array:
        """Return the channels' places, µm, in the precision of their file: Bombcell fits in it."""
        path = Path(self._run.provenance.ks_dir) / names.CHANNEL_POSITIONS
        try:
            return read_array(path, ndim=(2,), kinds="fiu")
        except UserError as error:
            raise UserError(f"{path.name}: {error.message}.") from None

    def _parents(self, row: int) -> Ints:
        """Return the templates that a unit made by phy was made of; empty: it is a template."""
        try:
            return self._indexed().units.source(row).parents
        except UserError:
            return np.empty(0, np.int64)  # without spikes, an id can only be a template's

    def raw_waveform(self, row: int) -> Waveform:
        """Return the mean raw waveform that Bombcell saved, (samples, channels)."""
        return self._raw.waveform(row)

    def raw_file(self, chosen: str, at: Callable[[str], None]) -> RawFiles:
        """Return the raw file; it is looked for anew, since it may have come or gone."""
        return find_raw(self._run, chosen, at)

    def similarity(self, row: int, other: int) -> float:
        """Return Kilosort's similarity of two units' templates; NaN where it wrote NaN.

        Of units that phy made of several templates the largest, as phy takes it.
        """
        mine, others = self._templates_of(row), self._templates_of(other)
        self._similar.of(others)  # says what is wrong with these as well
        return float(np.fmax.reduce(self._similar.of(mine)[others]))

    def similar(self, row: int) -> Likeness:
        """Return the units with the most similar templates.

        By Kilosort's numbers; where there are none they are computed, and it is said why.
        """
        spikes = self._indexed()
        relatives = Relatives(self._ids, spikes.units, spikes.index)
        fits = relatives.apart_from(row)
        try:
            alike = self._similar.of(self._templates_of(row))
        except UserError as error:
            unit = UnitData(self._run, row, self, self._ids)
            return by_cosine(unit, fits, error.message, self._most_read())
        rows, values = likest(relatives.by_row(alike), fits)
        source = f"Kilosort's numbers ({names.SIMILAR_TEMPLATES})"
        if any(len(self._parents(one)) for one in (row, *rows.tolist())):
            source += "; of a unit that phy made, the largest of its templates'"
        return Likeness(rows, values, f"{source}.", by_kilosort=True)

    def _most_read(self) -> int:
        """Return how many templates may be read to compare them with one."""
        try:
            return min(max(MOST_BYTES // max(self._templates.read_bytes, 1), FEWEST), MOST_READ)
        except UserError:
            return MOST_READ  # whoever reads them says what is wrong

    def _templates_of(self, row: int) -> Ints:
        """Return the templates that a unit is made of: itself, unless phy made it."""
        unit, parents = self._ids.asked_id(row), self._parents(row)
        return parents if len(parents) else np.array([unit], np.int64)

    def table(self) -> Contingency:
        """Return how the templates' spikes are spread over phy's clusters now."""
        spikes = self._indexed()
        return contingency(spikes.files, spikes.index.shape.segments)

    def main_components(self, row: int) -> Floats:
        """Return first principal components of some of a unit's spikes on its main channel."""
        channels = self._run.units.floats("maxChannels")
        if channels is None or row >= len(channels) or not np.isfinite(channels[row]):
            raise UserError("The main channel is not known.")
        files, ks_dir = self._indexed().files, Path(self._run.provenance.ks_dir)
        return main_components(ks_dir, files, self._ids.asked_id(row), int(channels[row]))

    def kept_now(self, row: int) -> int:
        """Return how many spikes of the unit's cluster are in the time that Bombcell kept, now."""
        return self._indexed().units.kept_now(row)

    def with_ids(self, ids: UnitIds) -> KilosortRecording:
        """Return the same arrays for a sheet of the run: units that phy made are its last rows."""
        other = copy(self)
        other._ids = ids
        if isinstance(self._spikes, _Spikes):
            other._spikes = _Spikes(self._run, ids, self._spikes.files, self._spikes.index)
        other._raw = RawWaveforms(self._run, ids)
        return other

    def total_spikes(self) -> int:
        """Return how many spikes the whole recording has, duplicates included."""
        return self._indexed().index.shape.n

    def session_s(self) -> tuple[float, float]:
        """Return the times of the recording's first and last spike, s; NaN without spikes."""
        shape = self._indexed().index.shape
        rate = self._run.sample_rate
        if shape.n == 0 or not rate > 0:
            return math.nan, math.nan
        return shape.first / rate, shape.last / rate
