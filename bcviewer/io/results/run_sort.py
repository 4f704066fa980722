"""What a Kilosort directory holds for a run of Bombcell, and why it cannot be run there.

Only headers are read, and the ids of the spikes: nothing is opened that could run anything.
Whatever Bombcell would fail on, after minutes and with a traceback, is found here first.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bcviewer.core.calls import Check
from bcviewer.core.rules.counts import count_of
from bcviewer.core.rules.settings import Settings
from bcviewer.errors import UserError
from bcviewer.io import names
from bcviewer.io.files import one_line
from bcviewer.io.spikes.kilosort import read_array, read_header
from bcviewer.io.spikes.ops_npy import duplicate_window_s
from bcviewer.io.spikes.params_py import read_params_py
from bcviewer.io.spikes.spike_files import SpikeColumn, find_spike_files

_BLOCK = 4_000_000
_FEW = 1_000_000
"""More ids than any sort has."""
_MOST_BYTES = 64_000_000_000
"""So large may the templates be that Bombcell makes of clusters of phy, bytes."""


@dataclass(frozen=True, slots=True)
class FoundSort:
    """A sort as Bombcell would read it.

    Attributes
    ----------
    ks_dir : Path
        Its folder.
    n_units : int
        Rows that a table of it would have.
    n_new : int
        Clusters with spikes that Kilosort did not make: merged or split in phy.
    has_empty : bool
        Whether some row would be of no spikes.
    no_pcs : str
        Why its principal components cannot be used; empty where they can.
    said : Settings
        What ``params.py`` says.
    all_on_probe : bool
        Whether each channel of the raw file has a site, so that none is a sync channel.
    template_samples : int
        Length of its templates.
    window_s : float or None
        Kilosort 4's duplicate window, s; None: not known.
    """

    ks_dir: Path
    n_units: int
    n_new: int
    has_empty: bool
    no_pcs: str
    said: Settings
    all_on_probe: bool
    template_samples: int
    window_s: float | None


def read_sort(ks_dir: Path, check: Check) -> FoundSort:
    """Look through a Kilosort directory.

    Parameters
    ----------
    ks_dir : Path
        The directory.
    check : callable
        Called between blocks of spikes; may raise to end it.

    Raises
    ------
    UserError
        If Bombcell cannot be run on it. One line.
    """
    try:
        return _read(ks_dir, check)
    except UserError as error:
        shown = one_line(ks_dir)
        raise UserError(f"{shown}: Bombcell cannot be run here: {error}") from None


def _read(ks_dir: Path, check: Check) -> FoundSort:
    if not ks_dir.is_dir():
        raise UserError("there is no such folder.")
    _wanted(ks_dir)
    files = find_spike_files(ks_dir, ks_dir, duplicates=False)
    if files.amplitudes is None:
        raise UserError(files.no_amplitudes)
    if not files.n:
        raise UserError("there are no spikes.")
    n_templates, samples, n_channels = _templates(ks_dir)
    made, now = _ids(files.templates, check), _ids(files.clusters, check)
    n_units = _n_units(made, now, n_templates, samples * n_channels)
    n_new = len(set(now) - set(made))
    no_pcs = _why_no_pcs(ks_dir, files.n, n_templates)
    if n_new and no_pcs:
        raise UserError(
            f"{count_of(n_new, 'cluster was', 'clusters were')} made in phy, and then Bombcell "
            f"needs principal components ({no_pcs})."
        )
    said = Settings(read_params_py(ks_dir)[0])
    return FoundSort(
        ks_dir,
        n_units,
        n_new,
        len(now) < n_units,
        no_pcs,
        said,
        _all_on_probe(ks_dir, said),
        samples,
        duplicate_window_s(ks_dir),
    )


def _n_units(made: list[int], now: list[int], n_templates: int, size: int) -> int:
    """Return how many rows a table would have; ``size`` numbers are in a template."""
    if made[0] < 0 or made[-1] >= n_templates:
        raise UserError(
            f"{names.SPIKE_TEMPLATES} names template {made[0] if made[0] < 0 else made[-1]}, "
            f"{names.TEMPLATES} has {count_of(n_templates, 'template')}."
        )
    if now[0] < 0:
        raise UserError(f"{names.SPIKE_CLUSTERS}: holds a cluster {now[0]}.")
    n_units = max(n_templates, now[-1] + 1)
    if (bytes_ := n_units * size * 8) > _MOST_BYTES:
        raise UserError(
            f"{names.SPIKE_CLUSTERS}: for cluster {now[-1]:,} Bombcell would make templates of "
            f"{bytes_ / 1e9:,.0f} GB."
        )
    return n_units


def _wanted(ks_dir: Path) -> None:
    """Refuse a sort without one of the files of which others can do without."""
    for name in (names.SPIKE_TEMPLATES, names.SPIKE_CLUSTERS):
        try:
            read_header(ks_dir / name)
        except UserError as error:
            raise UserError(f"{name}: {error.message}.") from None


def _templates(ks_dir: Path) -> tuple[int, int, int]:
    """Return the number of templates, of their samples, and of their channels."""
    shapes = {}
    for name, ndim in (
        (names.TEMPLATES, 3),
        (names.WHITENING_INV, 2),
        (names.CHANNEL_POSITIONS, 2),
    ):
        try:
            shapes[name] = read_header(ks_dir / name, ndim=(ndim,)).shape
        except UserError as error:
            raise UserError(f"{name}: {error.message}.") from None
    n, samples, n_channels = shapes[names.TEMPLATES]
    if shapes[names.WHITENING_INV][0] != n_channels:
        raise UserError(
            f"{names.TEMPLATES} has {count_of(n_channels, 'channel')}, "
            f"{names.WHITENING_INV} {shapes[names.WHITENING_INV][0]}: are the templates sparse?"
        )
    if not n or not samples:
        raise UserError(f"{names.TEMPLATES}: there is none in it.")
    return n, samples, n_channels


def _ids(column: SpikeColumn, check: Check) -> list[int]:
    """Return the ids that spikes have, ascending."""
    seen = np.zeros(_FEW, bool)  # sorting each block would take ten times as long
    others: set[int] = set()
    for start in range(0, column.n, _BLOCK):
        check()
        ids = column.ids(start, min(_BLOCK, column.n - start))
        usual = (ids >= 0) & (ids < _FEW)
        seen[ids[usual]] = True
        others.update(np.unique(ids[~usual]).tolist())
    return sorted({*np.flatnonzero(seen).tolist(), *others})


def _why_no_pcs(ks_dir: Path, n_spikes: int, n_templates: int) -> str:
    """Return why the principal components cannot be used; empty where they can."""
    wanted = ((names.PC_FEATURES, n_spikes), (names.PC_FEATURE_CHANNELS, n_templates))
    for name, n in wanted:
        try:
            header = read_header(ks_dir / name)
        except UserError as error:
            return f"{name}: {error.message}"
        if not header.shape or header.shape[0] != n:
            return f"{name}: is of another sort"
    return ""


def _all_on_probe(ks_dir: Path, said: Settings) -> bool:
    """Whether every channel of the raw file has a site of the probe."""
    n = said.number("n_channels_dat")
    if math.isnan(n):
        return False
    try:
        columns = read_array(ks_dir / names.CHANNEL_MAP, kinds="iu", most_bytes=10_000_000)
    except UserError:
        return False
    return columns.size > 0 and int(columns.max()) + 1 == n
