"""Which spikes a unit had when Bombcell saw it: phy may have changed it before, since, or both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from bcviewer.core.arrays import Ints
from bcviewer.core.evidence.cluster_spikes import ClusterSpikes, spikes_digest
from bcviewer.core.evidence.recording import UnitSpikes
from bcviewer.core.rules.counts import count_of
from bcviewer.core.run.run import Run
from bcviewer.core.run.unit_ids import UnitIds
from bcviewer.errors import UserError
from bcviewer.io import names
from bcviewer.io.spikes.spike_files import SpikeFiles
from bcviewer.io.spikes.spike_index import SpikeIndex

_KEPT = ("useTheseTimesStart", "useTheseTimesStop")
REMOVED = "duplicates as removed before"
NOT_REMOVED = "duplicates are among its spikes: which ones were removed before is not known"
_COPIED = "phy has removed it since Bombcell ran, or the files are of another run."
_ELSEWHERE = (
    f"Bombcell counted no spikes: {names.SPIKE_CLUSTERS} gives those of template {{unit}} to "
    "other clusters."
)


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """Where a unit's spikes are taken from.

    Attributes
    ----------
    segments : numpy.ndarray
        Segments of the index.
    note : str
        As :attr:`bcviewer.core.evidence.recording.UnitSpikes.note`.
    parents : numpy.ndarray
        The templates that the unit was made of where phy made it before Bombcell ran; empty: it
        is a template.
    """

    segments: Ints
    note: str = ""
    parents: Ints = field(default_factory=lambda: np.empty(0, np.int64))


class UnitSpikeReader:
    """Finds and reads the spikes of a run's units.

    Bombcell ran on ``spike_clusters.npy`` as it was then. Where a cluster is a template, nothing
    has changed. Where it is not, phy changed it before or after Bombcell: the saved number of
    spikes tells which. It is Bombcell's count in the kept time (``useTheseTimesStart`` to
    ``useTheseTimesStop``, both included), or in the whole session for units of fewer than 50
    spikes and in some releases (``bombcell.helper_functions.get_all_quality_metrics``).
    """

    def __init__(self, run: Run, ids: UnitIds, files: SpikeFiles, index: SpikeIndex) -> None:
        self._run = run
        self._ids = ids
        self._files = files
        self._index = index
        self._sources: dict[int, Source] = {}

    def source(self, row: int) -> Source:
        """Return where the spikes of the unit in a row are; raises ``UserError`` as ``read``."""
        if row not in self._sources:
            self._sources[row] = self._find(row)
        return self._sources[row]

    def read(self, row: int) -> UnitSpikes:
        """Return the spikes of the unit in a row, in the order of time.

        Raises
        ------
        UserError
            If the unit has no spikes any more, or the sample rate is not known.
        """
        source = self.source(row)
        return self._read(source.segments, source.note)

    def kept_now(self, row: int) -> int:
        """Return how many spikes of the unit's cluster are in the time that Bombcell kept, now.

        Raises
        ------
        UserError
            If that time, or the sample rate, is not known.
        """
        cluster = self._index.of_cluster(self._ids.asked_id(row))
        n = self._n_kept(self._index.kept(cluster), row)
        if n is None:
            raise UserError("The time that Bombcell kept is not known.")
        return n

    def clusters(self, cluster_ids: Sequence[int]) -> ClusterSpikes:
        """Return the spikes of some clusters as they are now, without removed duplicates.

        Raises
        ------
        UserError
            If there are none, or the sample rate is not known.
        """
        index = self._index
        segments = index.kept(self._segments(cluster_ids))
        if not len(segments):
            listed = ", ".join(map(str, cluster_ids)) or "of no cluster"
            raise UserError(f"Unit {listed} has no spikes in {self._files.clusters.path.name}.")
        found = self._read(segments)
        table = index.shape.segments
        templates = np.repeat(table.template[segments], table.count[segments])
        times = index.read("times", segments)
        assert times is not None  # noqa: S101 - an index without times is not made
        order = index.order(times, segments)
        templates = templates if order is None else templates[order]
        removed = bool(self._run.settings.saved.get("removeDuplicateSpikes"))
        known = REMOVED if not self._files.no_removed else NOT_REMOVED
        return ClusterSpikes(
            found.samples,
            found.amplitudes,
            templates,
            found.sample_rate,
            found.depths,
            found.no_amplitudes,
            found.no_depths,
            known if removed else "",
        )

    def digest(self, cluster_ids: Sequence[int]) -> str:
        """Return ``spikes_digest`` of some clusters as they are now, with removed duplicates.

        Which are removed is the run's to say, and none of what a cluster is. Empty: no spikes, or
        their templates are not known: a digest says which these are.
        """
        if self._files.templates.path.name != names.SPIKE_TEMPLATES:
            return ""
        segments, table = self._segments(cluster_ids), self._index.shape.segments
        times = self._index.read("times", segments)
        assert times is not None  # noqa: S101 - an index without times is not made
        templates = np.repeat(table.template[segments], table.count[segments])
        return spikes_digest(times, templates) if len(times) else ""

    def _segments(self, cluster_ids: Sequence[int]) -> Ints:
        of = [self._index.of_cluster(one) for one in dict.fromkeys(cluster_ids)]
        return np.sort(np.concatenate([np.empty(0, np.int64), *of]))

    def _read(self, segments: Ints, note: str = "") -> UnitSpikes:
        rate = self._run.sample_rate
        if not rate > 0:
            raise UserError("The sample rate is not known.", "Put it into params.py.")
        times = self._index.read("times", segments)
        assert times is not None  # noqa: S101 - an index without times is not made
        order = self._index.order(times, segments)
        amplitudes = self._index.read("amplitudes", segments)
        depths = self._index.read("depths", segments)
        if order is not None:
            times = times[order]
            amplitudes = None if amplitudes is None else amplitudes[order]
            depths = None if depths is None else depths[order]
        why = self._files.no_amplitudes, self._files.no_depths
        return UnitSpikes(times.astype(np.int64), rate, amplitudes, depths, note, *why)

    def _find(self, row: int) -> Source:
        index, unit = self._index, self._ids.asked_id(row)
        cluster, template = index.of_cluster(unit), index.of_template(unit)
        counted = self._number("nSpikes", row)
        if index.shape.n == 0 and counted != 0:
            raise UserError(f"{self._files.times.path.name}: no spikes.")
        if len(cluster) + len(template) == 0 and counted != 0:
            raise UserError(f"Unit {unit} has no spikes in {self._names()}.", _COPIED)
        now, first = index.kept(cluster), index.kept(template)
        if row >= self._run.n_units:  # made by phy since: Bombcell has seen no spikes of it
            return Source(cluster, self._joined(""), self._parents(cluster, template))
        fits_now, fits_first = self._fits(now, row), self._fits(first, row)
        if np.array_equal(cluster, template):
            wrong = not fits_now and not np.isnan(counted)
            return Source(now, self._joined(self._miscount(now, row) if wrong else ""))
        if fits_now and not fits_first:
            taken = "" if len(now) else _ELSEWHERE.format(unit=unit)
            return Source(now, self._joined(taken), self._parents(cluster, template))
        if fits_first and not fits_now:
            return Source(first, self._changed(unit, first, gone=not len(cluster)))
        note = self._joined(self._undecided(row, now, first, shows_now=len(cluster) > 0))
        if len(cluster):
            return Source(now, note, self._parents(cluster, template))
        return Source(first, note)

    def _parents(self, cluster: Ints, template: Ints) -> Ints:
        """Return the templates of a cluster that is no template itself; else none."""
        parents = self._index.shape.segments.template[cluster]
        return np.unique(parents[: 0 if len(template) else None])

    def _changed(self, unit: int, first: Ints, gone: bool) -> str:
        """Return the note where phy changed a unit after Bombcell ran."""
        n = self._index.count(first)
        where = f" (unit {unit} is not in it any more)" if gone else ""
        these = (
            f"these are the {count_of(n, 'spike')} of template {unit}, as many as Bombcell counted."
        )
        if n == 0:
            these = f"Bombcell counted no spikes of unit {unit}."
        return f"{names.SPIKE_CLUSTERS} has changed since Bombcell ran{where}: {these}"

    def _undecided(self, row: int, now: Ints, first: Ints, shows_now: bool) -> str:
        """Return the note where the number of spikes does not tell which Bombcell saw."""
        unit, counted = self._ids.asked_id(row), self._number("nSpikes", row)
        n_now, n_first = self._index.count(now), self._index.count(first)
        if np.isnan(counted):
            why = "how many Bombcell counted is not known"
        else:
            why = f"Bombcell counted {counted:,.0f}"
        which = names.SPIKE_CLUSTERS if shows_now else names.SPIKE_TEMPLATES
        return (
            f"Which spikes Bombcell saw is not known: unit {unit} has {n_now:,} in "
            f"{names.SPIKE_CLUSTERS}, its template {n_first:,}, and {why}. Shown: {which}."
        )

    def _fits(self, segments: Ints, row: int) -> bool:
        """Return whether Bombcell's count is that of some segments, whole or in the kept time."""
        counted = self._number("nSpikes", row)
        return counted in {self._index.count(segments), self._n_kept(segments, row)}

    def _n_kept(self, segments: Ints, row: int) -> int | None:
        """Return how many spikes are in the kept time; None where that is not known."""
        start, stop = (self._number(name, row) for name in _KEPT)
        if not start <= stop or not self._run.sample_rate > 0:
            return None
        return self._read(segments).between(start, stop).n

    def _miscount(self, segments: Ints, row: int) -> str:
        if self._files.no_removed:
            return (
                "Bombcell removed duplicate spikes. Which ones is not known, so that they are "
                f"among these: {self._files.no_removed}"
            )
        n, kept = self._index.count(segments), self._n_kept(segments, row)
        inside = "" if kept is None or kept == n else f" ({kept:,} in the kept time)"
        return (
            f"Bombcell counted {count_of(self._number('nSpikes', row), 'spike')}, the files have "
            f"{n:,}{inside}: they are not those that it ran on."
        )

    def _joined(self, note: str) -> str:
        return " ".join(part for part in (self._files.one_only, note) if part)

    def _names(self) -> str:
        columns = (self._files.clusters, self._files.templates)
        return " or ".join(dict.fromkeys(column.path.name for column in columns))

    def _number(self, name: str, row: int) -> float:
        column = self._run.units.floats(name)
        if column is None or row >= len(column):
            return float("nan")
        return float(column[row])
