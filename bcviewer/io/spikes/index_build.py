"""Builds the spike index of a recording: a counting sort in blocks.

Count how many spikes each segment has, then send each spike of each block to its place. Memory
stays at some tens of megabytes beside the output, whatever the recording and its ids.
"""

from __future__ import annotations

import numpy as np

from bcviewer.core.arrays import Array, Ints
from bcviewer.core.calls import Cancelled, TellProgress
from bcviewer.errors import CancelledError, UserError
from bcviewer.io.spikes.spike_files import SpikeFiles
from bcviewer.io.spikes.spike_index import (
    Allocate,
    ArrayStore,
    IndexArrays,
    IndexSize,
    Segments,
    SpikeIndex,
)

BLOCK = 1 << 19
"""Spikes handled at a time."""
_TABLE = 1 << 21
"""Ids below it are looked up in a table of that many entries at most, others searched for."""


def build(
    files: SpikeFiles,
    allocate: Allocate,
    progress: TellProgress | None = None,
    cancelled: Cancelled | None = None,
) -> SpikeIndex:
    """Build the index of a recording.

    Parameters
    ----------
    files : SpikeFiles
        From :func:`bcviewer.io.spikes.spike_files.find_spike_files`.
    allocate : callable
        Makes the arrays that a shape needs: in memory, or mapped to a file.
    progress : callable, optional
        Called with a fraction (0 to 1) and what is being done, each block.
    cancelled : callable, optional
        Asked at each block.

    Raises
    ------
    UserError
        If a file cannot be read or holds no such numbers. Names the file.
    CancelledError
        If ``cancelled`` said so.
    """

    def blocks(low: float, high: float) -> list[tuple[int, int, float]]:
        starts = range(0, files.n, BLOCK)
        step = (high - low) / max(1, len(starts))
        return [(s, min(BLOCK, files.n - s), low + i * step) for i, s in enumerate(starts)]

    def check(fraction: float) -> None:
        if cancelled is not None and cancelled():
            raise CancelledError
        if progress is not None:
            progress(fraction, "spikes by unit")

    counter = _Counter(files)
    for start, n, fraction in blocks(0.0, 0.3):
        check(fraction)
        counter.add(start, n)
    shape = counter.shape()
    arrays = allocate(shape)
    scatter = _Scatter(files, counter.keys, shape, arrays)
    for start, n, fraction in blocks(0.3, 1.0):
        check(fraction)
        try:
            scatter.add(start, n)
        except (IndexError, ValueError) as error:  # an id or a number that was not counted
            raise UserError("The spikes changed while they were read.", "Try again.") from error
    check(1.0)
    return SpikeIndex(shape, ArrayStore(arrays))


def _read_keys(files: SpikeFiles, start: int, n: int) -> tuple[Ints, Ints, Ints]:
    """Return a block's ids, where template and cluster differ or it was removed, and keys there.

    A key is template, cluster and removed in one number: 31 + 31 + 1 bits, ids from -1 on. Most
    spikes are *plain*: their template is their cluster. The others alone need a key.
    """
    templates = files.templates.ids(start, n)
    clusters = templates if files.clusters == files.templates else files.clusters.ids(start, n)
    odd = templates != clusters
    removed = None
    if files.removed is not None:
        removed = files.removed.read(start, n) != 0
        odd |= removed
    where = np.flatnonzero(odd)
    keys = _key(templates[where], clusters[where])
    if removed is not None:
        keys |= removed[where]
    return templates, where, keys


def _key(template: Ints, cluster: Ints) -> Ints:
    return ((template + 1) << 32) | ((cluster + 1) << 1)


def count_segments(files: SpikeFiles) -> Segments:
    """Return how many spikes each segment has; no index is built, and no time is read.

    Raises
    ------
    UserError
        As :func:`build`.
    """
    sizes = _Sizes()
    for start in range(0, files.n, BLOCK):
        sizes.add(*_read_keys(files, start, min(BLOCK, files.n - start)))
    return sizes.segments()


class _Sizes:
    """How many spikes each segment has."""

    def __init__(self) -> None:
        self.keys: Ints = np.empty(0, np.int64)
        self._counts: Ints = np.empty(0, np.int64)

    def add(self, templates: Ints, where: Ints, odd_keys: Ints) -> None:
        """Count a block, as :func:`_read_keys` returns it."""
        plain = np.delete(templates, where) if len(where) else templates
        ids, counts = _distinct(plain)
        odd, odd_counts = np.unique(odd_keys, return_counts=True)
        keys = np.concatenate([self.keys, _key(ids, ids), odd])
        self.keys, which = np.unique(keys, return_inverse=True)
        total = np.zeros(len(self.keys), np.int64)
        np.add.at(total, which, np.concatenate([self._counts, counts, odd_counts]))
        self._counts = total

    def segments(self) -> Segments:
        """Return what was counted."""
        return Segments(
            (self.keys >> 32) - 1,
            ((self.keys >> 1) & (2**31 - 1)) - 1,
            (self.keys & 1).astype(bool),
            self._counts,
        )


class _Counter:
    """First pass: how many spikes each segment has, and what their times are like."""

    def __init__(self, files: SpikeFiles) -> None:
        self._files = files
        self._sizes = _Sizes()
        self._first: list[int] = []
        self._last: list[int] = []
        self._latest: int | None = None
        self._in_order = True

    def add(self, start: int, n: int) -> None:
        """Count a block."""
        self._sizes.add(*_read_keys(self._files, start, n))
        times = self._files.times.samples(start, n)
        self._first.append(int(times.min()))
        self._last.append(int(times.max()))
        if self._latest is not None and times[0] < self._latest:
            self._in_order = False
        if self._in_order:
            self._in_order = not bool((times[1:] < times[:-1]).any())
        self._latest = int(times[-1])

    @property
    def keys(self) -> Ints:
        """Keys of the segments, ascending."""
        return self._sizes.keys

    def shape(self) -> IndexSize:
        """Return what was counted."""
        files, segments = self._files, self._sizes.segments()
        first, last = min(self._first, default=0), max(self._last, default=0)
        has = files.amplitudes is not None, files.depths is not None
        return IndexSize(files.n, segments, self._in_order, first, last, *has)


def _distinct(ids: Ints) -> tuple[Ints, Ints]:
    """Return the distinct ids of a block, ascending, and how often each is there."""
    if len(ids) and int(ids.min()) >= -1 and int(ids.max()) < _TABLE:
        counts = np.bincount(ids + 1)
        found = np.flatnonzero(counts)
        return found - 1, counts[found]
    return np.unique(ids, return_counts=True)


class _Scatter:
    """Second pass: sends every spike to its place."""

    def __init__(
        self, files: SpikeFiles, keys: Ints, shape: IndexSize, arrays: IndexArrays
    ) -> None:
        self._files = files
        self._keys = keys
        self._arrays = arrays
        self._next = shape.segments.start
        segments = shape.segments
        # A stable argsort of 16-bit numbers is a radix sort, six times faster than of wider ones.
        self._type = np.dtype(np.uint16 if len(keys) <= 2**16 else np.int32)
        plain = np.flatnonzero((segments.template == segments.cluster) & ~segments.removed)
        self._plain_ids, self._plain_codes = segments.template[plain], plain.astype(self._type)
        self._table: Array | None = None
        if len(keys) and int(segments.template[-1]) < _TABLE:
            # Templates whose spikes are all odd have no code of their own: any will do there.
            self._table = np.zeros(int(segments.template[-1]) + 2, self._type)
            self._table[self._plain_ids + 1] = self._plain_codes

    def add(self, start: int, n: int) -> None:
        """Send a block's spikes."""
        codes = self._codes(start, n)
        order = np.argsort(codes, kind="stable")
        counts = np.bincount(codes, minlength=len(self._next))
        here = np.cumsum(counts) - counts
        to = np.arange(n) + np.repeat(self._next - here, counts)
        self._next += counts
        for name, out in self._arrays.items():
            with np.errstate(over="ignore"):  # float64 amplitudes that float32 cannot hold: inf
                out[to] = self._values(name, start, n)[order]

    def _values(self, name: str, start: int, n: int) -> Array:
        if name == "times":
            return self._files.times.samples(start, n)
        column = self._files.amplitudes if name == "amplitudes" else self._files.depths
        assert column is not None  # noqa: S101 - the shape says so
        return column.read(start, n)

    def _codes(self, start: int, n: int) -> Array:
        """Return the number of each spike's segment."""
        templates, where, keys = _read_keys(self._files, start, n)
        if self._table is not None:
            codes = self._table[templates + 1]
        elif len(self._plain_ids):
            at = np.searchsorted(self._plain_ids, templates)
            codes = self._plain_codes[np.minimum(at, len(self._plain_ids) - 1)]
        else:
            codes = np.zeros(n, self._type)
        if len(where):
            codes[where] = np.searchsorted(self._keys, keys)
        return codes
