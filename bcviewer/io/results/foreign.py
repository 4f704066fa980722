"""Reads the columns of other programs from a Kilosort directory: a few files, never much."""

from __future__ import annotations

import os
from collections.abc import Mapping
from itertools import islice
from pathlib import Path

from bcviewer.core.arrays import Array, Ints
from bcviewer.core.rules.counts import count_of
from bcviewer.core.rules.metrics import METRICS
from bcviewer.core.run.foreign import ForeignColumn, is_copy, named
from bcviewer.core.run.run import Issue
from bcviewer.errors import UserError
from bcviewer.io import names
from bcviewer.io.files import FORMULA, one_line
from bcviewer.io.results.cluster_tsv import read_tsv_values
from bcviewer.io.results.renames import COLUMN_RENAMES
from bcviewer.io.results.saved_labels import COLUMN as LABEL_COLUMN

MOST_FILES = 40
"""Most files that are read; by name, the first ones."""
LARGEST = 16_000_000
"""Largest file that is read, bytes."""
_MOST_ENTRIES = 20_000
_MOST_NAME = 60

_KNOWN = frozenset(
    name.casefold()
    for name in (
        names.KS_LABEL_TSV,
        names.GROUP_TSV,
        names.GROUPS_CSV,
        names.LABELS_TSV,
        names.SI_IDS_TSV,
        names.INFO_TSV,
        *names.PHY_EXPORTS,
    )
)
"""What is read for what it is, our own, or phy's copy of all the others."""
_OLDER = frozenset(
    {
        "FractionRPVs",
        "L-ratio",
        "SNR",
        "frac_RPVs",
        "is_somatic",
        "isolation_distance",
        "max_drift",
        "peak_1_to_peak_2",
        "peak_2_to_trough",
        "peak_main_to_trough",
        "percentage_spikes_missing",
        "waveform_dur",
        "waveform_duration",
        "wv_baseline_flatness",
    }
)
"""What Bombcell's releases until 2025 called metrics in their files for phy, and nowhere else."""


def read_foreign(
    ks_dir: Path, cluster_id: Ints, columns: Mapping[str, Array]
) -> tuple[tuple[ForeignColumn, ...], tuple[Issue, ...]]:
    """Return the columns of other programs, and what was wrong with their files.

    Bombcell saves each of its metrics for phy as a file of its own: these are known by their name
    (today's or an older one), or because they repeat a column of its table, and left out.

    Parameters
    ----------
    ks_dir : Path
        The Kilosort directory.
    cluster_id : numpy.ndarray of int64
        phy's ids, shape (n_units,).
    columns : mapping of str to numpy.ndarray
        Bombcell's table.
    """
    files = [name for name in _files(ks_dir) if not _is_own(_middle(name), columns)]
    issues: list[Issue] = []
    if len(files) > MOST_FILES:
        what = f"{count_of(len(files), 'file')} of other programs; {MOST_FILES} are read."
        issues.append(Issue(one_line(ks_dir.name, 80), what, "Move away what nobody needs."))
    found: list[ForeignColumn] = []
    for name in files[:MOST_FILES]:
        try:
            read = read_tsv_values(ks_dir / name, cluster_id, largest=LARGEST)
        except UserError as error:
            issues.append(Issue(one_line(name, 80), f"{error.message}.", "It is not shown."))
            continue
        for heading, values in read:
            own = not heading or _is_own(heading, columns)
            if not own and not is_copy(values, columns.values()):
                # a heading is copied and exported: it must not be a spreadsheet's formula
                shown = one_line(heading.lstrip("".join(FORMULA) + "' "), _MOST_NAME) or "column"
                found.append(ForeignColumn(shown, one_line(name, 80), values))
    return named(found, columns), tuple(issues)


def _files(folder: Path) -> list[str]:
    """Return the names of files with a value a cluster, in order."""
    try:
        with os.scandir(folder) as entries:
            there = [entry.name for entry in islice(entries, _MOST_ENTRIES)]
    except OSError:
        return []
    return sorted(name for name in there if _fits(name.casefold()))


def _fits(name: str) -> bool:
    if not name.startswith(names.CLUSTER_PREFIX) or name in _KNOWN:
        return False
    return name.endswith(names.CLUSTER_SUFFIXES)


def _middle(name: str) -> str:
    return name[len(names.CLUSTER_PREFIX) :].rpartition(".")[0]


def _is_own(name: str, columns: Mapping[str, Array]) -> bool:
    """Whether a name is of a column of Bombcell's."""
    today = COLUMN_RENAMES.get(name, name)
    return today in METRICS or today in columns or name in _OLDER or today == LABEL_COLUMN
