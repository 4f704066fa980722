"""The arrays that hold one number a spike: found, checked against each other, read in blocks."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bcviewer.core.arrays import Array, Ints
from bcviewer.core.rules.counts import count_of
from bcviewer.errors import UserError
from bcviewer.io import names
from bcviewer.io.files import open_input, reason
from bcviewer.io.spikes.kilosort import ArrayHeader, read_block, read_header

_HEAD = 65_536
"""Bytes of each file that go into the signature."""
_HINT = "They are not of one run: copy the folder again."
MOST_ID = 2**31 - 2
"""The largest cluster id; the smallest is -1 (no unit)."""
_LATEST = 2**62


@dataclass(frozen=True, slots=True)
class SpikeColumn:
    """One number a spike in an ``.npy`` file, or one column of such a file.

    Attributes
    ----------
    path : Path
        The file. It is opened for each block and closed: phy may rewrite it.
    header : ArrayHeader
        What it says of itself.
    width, which : int
        Number of columns, and the one that is meant.
    """

    path: Path
    header: ArrayHeader
    width: int = 1
    which: int = 0

    @property
    def n(self) -> int:
        """Number of spikes."""
        return self.header.size // self.width

    def read(self, start: int, count: int) -> Array:
        """Return the numbers of some consecutive spikes, shape (count,), as they are on disk."""
        try:
            if self.width == 1 or self.header.fortran:
                return read_block(self.path, self.header, self.which * self.n + start, count)
            both = read_block(self.path, self.header, start * self.width, count * self.width)
        except UserError as error:
            raise UserError(f"{self.path.name}: {error.message}.") from None
        return both.reshape(count, self.width)[:, self.which]

    def ids(self, start: int, count: int) -> Ints:
        """Return ids as int64, checked to be from -1 to :data:`MOST_ID`."""
        raw = self.read(start, count)
        whole = raw.dtype.kind != "f" or bool((raw == np.rint(raw)).all())
        if not whole or not _within(raw, -1, MOST_ID):
            raise UserError(f"{self.path.name}: holds numbers that are no cluster ids.")
        return raw.astype(np.int64, copy=False)

    def samples(self, start: int, count: int) -> Ints:
        """Return times as int64; times with a fraction are rounded to whole samples."""
        raw = self.read(start, count)
        if not _within(raw, -_LATEST, _LATEST):
            raise UserError(f"{self.path.name}: holds numbers that are no times in samples.")
        return (np.rint(raw) if raw.dtype.kind == "f" else raw).astype(np.int64, copy=False)


@dataclass(frozen=True, slots=True)
class SpikeFiles:
    """The files behind a spike index.

    Attributes
    ----------
    times : SpikeColumn
        When, in samples.
    templates, clusters : SpikeColumn
        Kilosort's unit and phy's; the same column where only one of the two can be used.
    amplitudes, depths, removed : SpikeColumn or None
        Scaling of the template; y, µm; whether Bombcell removed the spike. None: not to be had.
    no_amplitudes, no_depths, no_removed, one_only : str
        Why not, with the file's name; and which of templates and clusters stands for both.
        Empty where nothing is missing.
    """

    times: SpikeColumn
    templates: SpikeColumn
    clusters: SpikeColumn
    amplitudes: SpikeColumn | None
    depths: SpikeColumn | None
    removed: SpikeColumn | None
    no_amplitudes: str = ""
    no_depths: str = ""
    no_removed: str = ""
    one_only: str = ""

    @property
    def n(self) -> int:
        """Number of spikes."""
        return self.times.n

    def columns(self) -> Iterator[tuple[str, SpikeColumn]]:
        """Yield what there is, by name."""
        for name in ("times", "templates", "clusters", "amplitudes", "depths", "removed"):
            column = getattr(self, name)
            if column is not None:
                yield name, column

    def signature(self) -> str:
        """Return a hash of what the files are: path, size, time of change and first 64 KiB.

        Raises
        ------
        UserError
            If one of them cannot be read.
        """
        digest = hashlib.blake2b(digest_size=20)
        for name, column in self.columns():
            try:
                info = column.path.stat()
                with open_input(column.path) as file:
                    head = file.read(_HEAD)
            except OSError as error:
                raise UserError(f"{column.path.name}: {reason(error)}.") from None
            about = (name, str(column.path.resolve()), info.st_size, info.st_mtime_ns, len(head))
            digest.update(repr(about).encode("utf-8", "surrogatepass"))
            digest.update(head)
        return digest.hexdigest()


def find_spike_files(ks_dir: Path, results_dir: Path, *, duplicates: bool) -> SpikeFiles:
    """Find and check the files; only their headers are read.

    As Bombcell does, corrected times are taken where they are there
    (``bombcell.loading_utils.load_ephys_data``).

    Parameters
    ----------
    ks_dir, results_dir : Path
        Kilosort's folder and Bombcell's.
    duplicates : bool
        Whether Bombcell removed duplicate spikes in this run.

    Raises
    ------
    UserError
        If times are missing or unusable, templates and clusters both are, or their lengths
        disagree. Names the file.
    """
    corrected = ks_dir / names.SPIKE_TIMES_CORRECTED
    times = _column(corrected if corrected.exists() else ks_dir / names.SPIKE_TIMES)
    templates, no_templates = _try(ks_dir / names.SPIKE_TEMPLATES)
    clusters, no_clusters = _try(ks_dir / names.SPIKE_CLUSTERS)
    for column in (templates, clusters):
        if column is not None and column.n != times.n:
            raise UserError(_lengths(column, times), _HINT)
    either = templates or clusters
    if either is None:
        raise UserError(f"{no_clusters} {no_templates}", "Spikes cannot be told apart by unit.")
    one_only = ""
    if templates is None or clusters is None:
        one_only = f"{no_templates or no_clusters} {either.path.name} stands for it."
    amplitudes, no_amplitudes = _try(ks_dir / names.AMPLITUDES, times)
    depths, no_depths = _try(ks_dir / names.SPIKE_POSITIONS, times, which=1)
    removed, no_removed = None, ""
    if duplicates:
        removed, no_removed = _try(results_dir / names.DUPLICATES, times)
    return SpikeFiles(
        times,
        templates or either,
        clusters or either,
        amplitudes,
        depths,
        removed,
        no_amplitudes,
        no_depths,
        no_removed,
        one_only,
    )


def _try(
    path: Path, times: SpikeColumn | None = None, which: int = 0
) -> tuple[SpikeColumn | None, str]:
    """Return a column, or why there is none. It must be as long as ``times``."""
    try:
        column = _column(path, which)
    except UserError as error:
        return None, error.message
    if times is not None and column.n != times.n:
        return None, _lengths(column, times)
    return column, ""


def _column(path: Path, which: int = 0) -> SpikeColumn:
    """Check a file's header: shape (n,), (n, 1) or (1, n); with ``which``, (n, 2) or wider."""
    try:
        header = read_header(path, ndim=(1, 2) if which == 0 else (2,))
    except UserError as error:
        raise UserError(f"{path.name}: {error.message}.") from None
    shape = header.shape
    if which:
        if shape[1] <= which:
            raise UserError(f"{path.name}: has shape {shape}, not (spikes, 2).")
        return SpikeColumn(path, header, shape[1], which)
    if len(shape) == 2 and 1 not in shape and header.size:
        raise UserError(f"{path.name}: has shape {shape}, not one number a spike.")
    return SpikeColumn(path, header)


def _within(values: Array, low: float, high: float) -> bool:
    """Return whether all values are in a range; NaN is not."""
    return len(values) == 0 or (float(values.min()) >= low and float(values.max()) <= high)


def _lengths(column: SpikeColumn, times: SpikeColumn) -> str:
    return (
        f"{column.path.name} is for {count_of(column.n, 'spike')}, "
        f"{times.path.name} for {times.n:,}: their lengths disagree."
    )
