"""Which units phy merged, split or made since Bombcell ran, by its clusters alone.

Two files are gone through once, block by block, and no index is built: for a report that is all
that there is to know of phy.
"""

from __future__ import annotations

from pathlib import Path

from bcviewer.core.evidence.compare_phy import phy_of
from bcviewer.core.run.phy import not_known
from bcviewer.core.run.run import Run
from bcviewer.core.run.saved_in_phy import SavedInPhy
from bcviewer.errors import UserError
from bcviewer.io import names
from bcviewer.io.spikes.contingency import contingency
from bcviewer.io.spikes.index_build import count_segments
from bcviewer.io.spikes.spike_files import find_spike_files


def saved_in_phy(run: Run) -> SavedInPhy | None:
    """Return what phy saved since Bombcell ran; None: no clusters are there, or no units.

    Raises nothing where the files cannot be read: that, too, is said.
    """
    if not run.n_units:
        return None  # nothing of it can be gone
    ks_dir, results_dir = Path(run.provenance.ks_dir), Path(run.provenance.results_dir)
    try:
        (ks_dir / names.SPIKE_CLUSTERS).lstat()
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    except OSError:
        pass  # it is there, or nobody knows: whoever reads it says what is wrong
    try:
        # which spikes Bombcell removed tells how many a unit has, not whether it is there
        files = find_spike_files(ks_dir, results_dir, duplicates=False)
        table = contingency(files, count_segments(files))
    except UserError as error:
        return SavedInPhy.of(not_known(run, error.message))
    return SavedInPhy.of(phy_of(run, table, _not_asked), table.no_templates)


def _not_asked(_: int) -> int:
    raise UserError("how many spikes it has is not asked")
