"""How many spikes the sort has of units that Bombcell left none of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from bcviewer.core.arrays import Ints
from bcviewer.core.rules.settings import Settings
from bcviewer.core.run.run import Run, SavedTable
from bcviewer.errors import UserError
from bcviewer.io import names
from bcviewer.io.spikes.kilosort import read_block, read_header

_MOST_BYTES = 400_000_000
"""Of an array of spikes: a longer one is not worth the wait."""
_BLOCK = 1_000_000


def emptied_rows(units: SavedTable, settings: Settings) -> dict[int, int]:
    """Return −1, not known, by row of each unit without any spikes after Bombcell.

    Only where Bombcell removed duplicates: elsewhere such a unit has no spikes in the sort
    either. No file is read.
    """
    spikes = units.numbers("nSpikes")
    if spikes is None or not settings.saved.get("removeDuplicateSpikes"):
        return {}
    return dict.fromkeys(np.flatnonzero(spikes == 0).tolist(), -1)


def count_emptied(run: Run, check: Callable[[], None] = lambda: None) -> Run:
    """Return a run that knows how many spikes the sort has of its emptied units.

    The arrays of all spikes are read for it, which takes a second where a drive is slow: not
    before a run is shown.

    Parameters
    ----------
    run : Run
        The run; −1 stays where the sort cannot say.
    check : callable
        Called now and then; may raise to end it.
    """
    if not run.emptied:
        return run
    rows = np.array([row for row in run.emptied if run.ids.id_of(row) is not None], np.int64)
    ids = run.ids.ids_of(rows)
    counts = np.zeros(len(rows), np.int64)
    known = False
    for name in (names.SPIKE_CLUSTERS, names.SPIKE_TEMPLATES):  # phy may have moved the spikes
        here = _spikes_of(ids, Path(run.provenance.ks_dir) / name, check)
        if here is not None:
            known = True
            counts = np.where(counts > 0, counts, here)
        if known and counts.all():
            break
    numbers = counts.tolist() if known else [-1] * len(rows)
    return replace(run, emptied={**run.emptied, **dict(zip(rows.tolist(), numbers, strict=True))})


def _spikes_of(ids: Ints, path: Path, check: Callable[[], None]) -> Ints | None:
    """Return how many spikes of an array are of each id, block by block; None: not to be read."""
    wanted, which = np.unique(ids, return_inverse=True)
    counts = np.zeros(len(wanted), np.int64)
    try:
        header = read_header(path, ndim=(1, 2), kinds="iu")
        if header.size * header.dtype.itemsize > _MOST_BYTES:
            return None
        for start in range(0, header.size, _BLOCK):
            check()
            block = read_block(path, header, start, min(_BLOCK, header.size - start))
            found = block[np.isin(block, wanted)]
            counts += np.bincount(np.searchsorted(wanted, found), minlength=len(wanted))
    except UserError:
        return None  # told with the other arrays that cannot be used
    return np.asarray(counts[which])
