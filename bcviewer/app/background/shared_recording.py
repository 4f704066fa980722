"""A recording that several threads read: one at a time, and what was just read is kept."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from copy import copy
from typing import Any, TypeVar, cast

from bcviewer.core.arrays import Array, Floats, Ints
from bcviewer.core.evidence.cluster_spikes import ClusterSpikes
from bcviewer.core.evidence.raw_file import RawFile
from bcviewer.core.evidence.recording import (
    Contingency,
    Likeness,
    Recording,
    UnitSpikes,
    Waveform,
)
from bcviewer.core.run.unit_ids import UnitIds

KEPT = 8
"""Spike trains and waveforms that are kept: those of a unit and of its neighbours."""

LARGE = 4_000_000
"""More spikes than that are not kept for long: only the last train is."""

T = TypeVar("T")


class SharedRecording:
    """Reads a recording for the threads that answer; see ``Recording``.

    Attributes
    ----------
    inner : Recording
        What is read.
    """

    def __init__(self, inner: Recording) -> None:
        self.inner = inner
        self._lock = threading.Lock()
        self._n_rows = -1
        self._kept: OrderedDict[tuple[str, int], object] = OrderedDict()

    def spikes(self, row: int) -> UnitSpikes:
        """Return the spikes of a unit."""
        return self._once("spikes", row, self.inner.spikes)

    def template(self, row: int) -> Waveform:
        """Return the unwhitened template of a unit."""
        return self._once("template", row, self.inner.template)

    def clusters(self, cluster_ids: Sequence[int]) -> ClusterSpikes:
        """Return the spikes of some clusters as they are now."""
        with self._lock:
            return self.inner.clusters(cluster_ids)

    def digest(self, cluster_ids: Sequence[int]) -> str:
        """Return what tells whether others are the very same spikes as those of some clusters."""
        with self._lock:
            return self.inner.digest(cluster_ids)

    def clusters_template(self, cluster_ids: Sequence[int], templates: Ints) -> Array:
        """Return the template that Bombcell would give a unit of such spikes."""
        with self._lock:
            return self.inner.clusters_template(cluster_ids, templates)

    def positions(self) -> Array:
        """Return the channels' places, µm."""
        with self._lock:
            return self.inner.positions()

    def raw_waveform(self, row: int) -> Waveform:
        """Return the mean raw waveform of a unit."""
        return self._once("raw_waveform", row, self.inner.raw_waveform)

    def raw_file(self, chosen: str, at: Callable[[str], None]) -> RawFile:
        """Return the raw file. Nobody takes turns here: its drive may not answer."""
        return self.inner.raw_file(chosen, at)

    def similarity(self, row: int, other: int) -> float:
        """Return Kilosort's similarity of two units' templates."""
        with self._lock:
            return self.inner.similarity(row, other)

    def similar(self, row: int) -> Likeness:
        """Return the units with the most similar templates."""
        # of other rows others may be similar: phy's units come later
        return self._once(f"similar among {self._n_rows}", row, self.inner.similar)

    def n_spikes(self, row: int) -> int:
        """Return how many spikes a unit has."""
        with self._lock:
            return self.inner.n_spikes(row)

    def table(self) -> Contingency:
        """Return how the templates' spikes are spread over phy's clusters now."""
        with self._lock:
            return self.inner.table()

    def total_spikes(self) -> int:
        """Return how many spikes the whole recording has."""
        with self._lock:
            return self.inner.total_spikes()

    def session_s(self) -> tuple[float, float]:
        """Return the times of the recording's first and last spike, s."""
        with self._lock:
            return self.inner.session_s()

    def main_components(self, row: int) -> Floats:
        """Return first principal components of some of a unit's spikes on its main channel."""
        with self._lock:
            return self.inner.main_components(row)

    def kept_now(self, row: int) -> int:
        """Return how many spikes of a cluster are in the time that Bombcell kept, now."""
        with self._lock:
            return self.inner.kept_now(row)

    def with_ids(self, ids: UnitIds) -> SharedRecording:
        """Return the same for a sheet of the run, with its further rows; threads take turns still.

        What was kept is kept by row, and another unit may be in a row now.
        """
        other = copy(self)
        other._kept = OrderedDict()
        other.inner, other._n_rows = self.inner.with_ids(ids), len(ids)
        return other

    def _once(self, what: str, row: int, read: Callable[[int], T]) -> T:
        key = (what, row)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return cast(T, self._kept[key])
            value: Any = read(row)
            if isinstance(value, UnitSpikes) and value.n > LARGE:
                self._kept.clear()
            self._kept[key] = value
            while len(self._kept) > 3 * KEPT:
                self._kept.popitem(last=False)
            return cast(T, value)
