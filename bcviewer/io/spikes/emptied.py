"""How many spikes the sort has of units that Bombcell left none of."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from bcviewer.core.rules.params import Params
from bcviewer.core.run.run import Ints, UnitTable
from bcviewer.errors import UserError
from bcviewer.io import names
from bcviewer.io.spikes.kilosort import read_array

_MOST_BYTES = 100_000_000
"""Of an array of spikes: a longer one is not worth the wait when a run is opened."""


def emptied_units(
    ks_dir: Path, units: UnitTable, params: Params, cluster_id: Ints
) -> dict[int, int]:
    """Return, by row, the spikes in the sort of each unit without any after Bombcell.

    Only where Bombcell removed duplicates: elsewhere such a unit has no spikes in the sort
    either. −1 where the sort cannot say.
    """
    spikes = units.numbers("nSpikes")
    if spikes is None or not params.saved.get("removeDuplicateSpikes"):
        return {}
    rows = np.flatnonzero(spikes == 0)
    if not len(rows):
        return {}
    counts = np.zeros(len(rows), np.int64)
    known = False
    for name in (names.SPIKE_CLUSTERS, names.SPIKE_TEMPLATES):  # phy may have moved the spikes
        ids = _ids(ks_dir / name)
        if ids is not None:
            known = True
            found, n = np.unique(ids[np.isin(ids, cluster_id[rows])], return_counts=True)
            by_id = dict(zip(found.tolist(), n.tolist(), strict=True))
            here = np.array([by_id.get(one, 0) for one in cluster_id[rows].tolist()])
            counts = np.where(counts > 0, counts, here)
        if known and counts.all():
            break
    numbers = counts.tolist() if known else [-1] * len(rows)
    return dict(zip(rows.tolist(), numbers, strict=True))


def _ids(path: Path) -> Ints | None:
    try:
        return read_array(path, ndim=(1, 2), kinds="iu", most_bytes=_MOST_BYTES).ravel()
    except UserError:
        return None  # told with the other arrays that cannot be used
