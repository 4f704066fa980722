"""A sample of a unit's first principal components on its main channel, read a spike at a time.

The file is the largest of a sort, 100 to 400 bytes a spike: it is never read as a whole.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from bcviewer.core.arrays import Floats
from bcviewer.errors import UserError
from bcviewer.io import names
from bcviewer.io.spikes.array_rows import ArrayRows
from bcviewer.io.spikes.spike_files import SpikeFiles

MOST = 128
"""So many spikes of a unit are looked at: a share of them is right to some 4 points."""
BLOCKS = 16
"""In so many places of the recording, evenly apart, they are looked for …"""
IN_BLOCK = 16_384
"""… among so many spikes of all units."""


def main_components(ks_dir: Path, files: SpikeFiles, unit: int, channel: int) -> Floats:
    """Return the first component of some spikes of a template on one channel.

    Raises
    ------
    UserError
        If there are none that can be used. Names the file.
    """
    features = ArrayRows(ks_dir / names.PC_FEATURES, 3)
    near = ArrayRows(ks_dir / names.PC_FEATURE_CHANNELS, 2).row(unit)
    header = features.header()
    n, n_components, n_near = header.shape
    if n != files.n or not n_components or n_near != len(near) or header.fortran:
        raise UserError(f"{names.PC_FEATURES}: not of these spikes, or in another order of memory.")
    at = np.flatnonzero(near == channel)
    if not len(at):
        raise UserError(f"{names.PC_FEATURE_CHANNELS}: has not the main channel of unit {unit}.")
    spikes = _some(files, unit)
    found = [features.row(int(spike))[0, at[0]] for spike in spikes]
    return np.array(found, np.float64)


def _some(files: SpikeFiles, unit: int) -> list[int]:
    """Return the places of some spikes of a template in the files."""
    n = files.n
    n_blocks = max(1, min(BLOCKS, n // IN_BLOCK))
    size = IN_BLOCK if n_blocks > 1 else min(n, 2 * IN_BLOCK)
    out: list[int] = []
    for start in np.linspace(0, n - size, n_blocks).astype(np.int64).tolist():
        own = start + np.flatnonzero(files.templates.ids(start, size) == unit)
        most = MOST // n_blocks
        out += own[:: max(1, -(-len(own) // most))].tolist()
    return out
