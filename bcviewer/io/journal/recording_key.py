"""What a recording is known by: its content, wherever it is and whoever scored it last.

The **spikes** key is a hash of ``spike_times.npy`` and ``spike_templates.npy``: what the sorter
wrote and neither phy nor Bombcell ever changes. So it survives a re-run of Bombcell, merges and
splits in phy, deletion and re-making of the directory by a copy, and is the same for the copies
of one sort in several run modes. Path and time of the files do not enter.

Small files are hashed whole. Of large ones, their size, their head, their tail and blocks spread
evenly over the rest are (some 1.2 MB a file, so that a network drive is not read for seconds). Two
sorts of one recording differ in the number of their spikes, thus in size; if not, then in the order
of millions of spikes, which each of the blocks shows. What this does not see is a file edited by
hand in one place between two blocks; that is still the same recording.

The **results** key is what there is without spikes (results that were copied alone): a hash of the
units' cluster ids and peak channels, which a re-run of Bombcell on the same sort leaves as they
are. (The number of spikes is not: it depends on the parameters.) It is weaker: merging units in phy
and running Bombcell again changes it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import numpy as np

from bcviewer.core.run.run import Run
from bcviewer.errors import UserError
from bcviewer.io import names
from bcviewer.io.files import file_size, open_input, reason

HASHED = (names.SPIKE_TIMES, names.SPIKE_TEMPLATES)

_WHOLE = 2_000_000
"""Files up to this size are hashed whole, bytes."""
_END = 65_536
_BLOCK = 16_384
_BLOCKS = 64


@dataclass(frozen=True, slots=True)
class RecordingKey:
    """What a recording is known by.

    Attributes
    ----------
    spikes : str
        Hash of the spikes; empty: there are none beside the results.
    results : str
        Hash of the units' ids and peak channels.
    """

    spikes: str
    results: str

    @property
    def primary(self) -> str:
        """The stronger one of the two."""
        return self.spikes or self.results

    def fits(self, recording: str, results: str) -> bool:
        """Return whether what was written with other keys is about this recording.

        Where both know the spikes, these decide.
        """
        if self.spikes and recording.startswith("s"):
            return recording == self.spikes
        return bool(results) and results == self.results


def recording_key(run: Run) -> RecordingKey:
    """Return the keys of a run's recording.

    Reads some megabytes from the Kilosort directory: call it off the GUI thread.
    """
    try:
        spikes = spikes_key(Path(run.provenance.ks_dir))
    except UserError:
        spikes = ""
    return RecordingKey(spikes, results_key(run))


def spikes_key(ks_dir: Path) -> str:
    """Return the hash of a Kilosort directory's spikes, 17 characters.

    Raises
    ------
    UserError
        If one of the files is not there or cannot be read.
    """
    total = blake2b(digest_size=8)
    for name in HASHED:
        total.update(_digest(ks_dir / name))
    return "s" + total.hexdigest()


def _digest(path: Path) -> bytes:
    size = file_size(path)
    digest = blake2b(str(size).encode())
    try:
        with open_input(path) as file:
            for start, length in _parts(size):
                file.seek(start)
                digest.update(file.read(length))
            if os.fstat(file.fileno()).st_size != size:
                raise UserError(f"{path.name}: changed while it was read.")
    except OSError as error:
        raise UserError(f"{path.name}: {reason(error)}.") from None
    return digest.digest()


def _parts(size: int) -> list[tuple[int, int]]:
    """Return the start and the length of what is hashed of a file, bytes."""
    if size <= _WHOLE:
        return [(0, size)]
    starts = np.linspace(_END, size - _END - _BLOCK, _BLOCKS).astype(np.int64).tolist()
    return [(0, _END), *((start, _BLOCK) for start in starts), (size - _END, _END)]


def results_key(run: Run) -> str:
    """Return the hash of a run's cluster ids and peak channels, 17 characters."""
    digest = blake2b(run.cluster_id.astype("<i8").tobytes(), digest_size=8)
    channels = run.units.floats("maxChannels")
    if channels is not None:
        whole = np.nan_to_num(channels, nan=-1.0, posinf=-1.0, neginf=-1.0).clip(-1, 1e9)
        digest.update(whole.astype("<i8").tobytes())
    return "r" + digest.hexdigest()
