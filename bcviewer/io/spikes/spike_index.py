"""The spikes of a recording, put in order of unit once, so that a unit is read in one piece.

Spikes are grouped by *segment*: the same template, the same cluster and, where Bombcell removed
duplicates, the same answer to whether it removed the spike. Within a segment they are in the
order of the files. A cluster is a union of segments and so is a template, and the sizes of the
segments are the table of templates × clusters: one index serves all three.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from bcviewer.core.arrays import Array, Bools, Ints


@dataclass(frozen=True, slots=True, eq=False)
class Segments:
    """Which spikes are where: one entry a segment, by template, cluster, and removed last.

    Attributes
    ----------
    template, cluster : numpy.ndarray
        Ids, int64.
    removed : numpy.ndarray
        Whether Bombcell removed these spikes as duplicates.
    count : numpy.ndarray
        Number of spikes, int64, above 0.
    """

    template: Ints
    cluster: Ints
    removed: Bools
    count: Ints

    @property
    def start(self) -> Ints:
        """Where each segment's spikes start."""
        return np.cumsum(self.count) - self.count


@dataclass(frozen=True, slots=True, eq=False)
class IndexSize:
    """What has to be known of an index before its arrays can be made.

    Attributes
    ----------
    n : int
        Number of spikes.
    segments : Segments
        How they are grouped.
    in_order : bool
        Whether the files' spikes are in the order of time.
    first, last : int
        Smallest and largest time, samples; 0 without spikes.
    amplitudes, depths : bool
        Whether there are any.
    """

    n: int
    segments: Segments
    in_order: bool
    first: int
    last: int
    amplitudes: bool
    depths: bool

    @property
    def sections(self) -> dict[str, np.dtype[np.generic]]:
        """Names and types of the arrays with one number a spike."""
        small = self.first >= 0 and self.last < 2**32
        out: dict[str, np.dtype[np.generic]] = {"times": np.dtype("<u4" if small else "<i8")}
        if self.amplitudes:
            out["amplitudes"] = np.dtype("<f4")
        if self.depths:
            out["depths"] = np.dtype("<f4")
        return out


IndexArrays = dict[str, Array]
Allocate = Callable[[IndexSize], IndexArrays]


class Store(Protocol):
    """Where the spikes' numbers are, in the order of the segments."""

    def read(self, name: str, start: int, count: int) -> Array:
        """Return some consecutive numbers; raise ``UserError`` where that fails."""
        ...


class ArrayStore:
    """Numbers that are arrays: in memory, or mapped to a temporary file."""

    def __init__(self, arrays: IndexArrays) -> None:
        self._arrays = arrays

    def read(self, name: str, start: int, count: int) -> Array:
        """Return some consecutive numbers, a view."""
        return self._arrays[name][start : start + count]


class SpikeIndex:
    """An index that has been built.

    Parameters
    ----------
    shape : IndexSize
        What it is of.
    store : Store
        The spikes' times, amplitudes and depths in the order of the segments.
    """

    def __init__(self, shape: IndexSize, store: Store) -> None:
        self.shape = shape
        self._store = store
        self._start = shape.segments.start

    @cached_property
    def _by_template(self) -> tuple[Ints, Ints]:
        return _sorted_ids(self.shape.segments.template)

    @cached_property
    def _by_cluster(self) -> tuple[Ints, Ints]:
        return _sorted_ids(self.shape.segments.cluster)

    def of_template(self, template: int) -> Ints:
        """Return the segments of a template, ascending; empty where it has no spikes."""
        return _find(self._by_template, template)

    def of_cluster(self, cluster: int) -> Ints:
        """Return the segments of a cluster, ascending; empty where it has no spikes."""
        return _find(self._by_cluster, cluster)

    def kept(self, segments: Ints) -> Ints:
        """Return those of some segments that Bombcell did not remove as duplicates."""
        return segments[~self.shape.segments.removed[segments]]

    def count(self, segments: Ints) -> int:
        """Return the number of spikes in some segments."""
        return int(self.shape.segments.count[segments].sum())

    def read(self, name: str, segments: Ints) -> Array | None:
        """Return ``times``, ``amplitudes`` or ``depths`` of some segments as they are stored.

        In the order of the segments; None where the index has no such array. A copy.

        Raises
        ------
        UserError
            If the index file cannot be read any more.
        """
        dtype = self.shape.sections.get(name)
        if dtype is None:
            return None
        starts, counts = self._start[segments], self.shape.segments.count[segments]
        parts = [
            self._store.read(name, int(a), int(n)) for a, n in zip(starts, counts, strict=True)
        ]
        return np.concatenate(parts) if parts else np.empty(0, dtype)

    def order(self, times: Array, segments: Ints) -> Ints | None:
        """Return what sorts times as :meth:`read` returned them; None: they are in order."""
        if self.shape.in_order and len(segments) < 2:
            return None
        return np.argsort(times, kind="stable")


def _sorted_ids(ids: Ints) -> tuple[Ints, Ints]:
    order = np.argsort(ids, kind="stable")
    return ids[order], order


def _find(ids: tuple[Ints, Ints], wanted: int) -> Ints:
    one = np.int64(wanted)  # the next one may be none
    low, high = np.searchsorted(ids[0], one, "left"), np.searchsorted(ids[0], one, "right")
    return np.sort(ids[1][low:high])
