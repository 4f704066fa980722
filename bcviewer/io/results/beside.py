"""What is beside the results and the table of units does not need: Kilosort's and phy's files."""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bcviewer.core.arrays import Array, Ints
from bcviewer.core.rules.counts import count_of
from bcviewer.core.rules.settings import Settings, as_number
from bcviewer.core.run.foreign import ForeignColumn
from bcviewer.core.run.run import Issue, Sites
from bcviewer.errors import UserError
from bcviewer.io import names
from bcviewer.io.files import one_line
from bcviewer.io.results.cluster_tsv import ClusterColumn, read_tsv_column
from bcviewer.io.results.foreign import read_foreign
from bcviewer.io.spikes.kilosort import check_arrays, read_session, read_sites
from bcviewer.io.spikes.params_py import read_params_py

SavedState = tuple[tuple[int, int] | None, ...]
"""Size and time of change of each file that phy saves what it did to; None: it is not there."""
_SAVED = names.SPIKE_CLUSTERS, names.GROUP_TSV, names.PHY_LABEL_TSV
_FASTEST = 1e6
"""Hz; a sample rate above it is a mistake."""


@dataclass(frozen=True, slots=True)
class KilosortSide:
    """What the Kilosort directory says of a run; see :class:`bcviewer.core.run.run.Run`."""

    ks_label: Array | None
    phy_group: Array | None
    si_ids: Array | None
    foreign: tuple[ForeignColumn, ...]
    sites: Sites | None
    sample_rate: float
    session_s: tuple[float, float]
    issues: tuple[Issue, ...]
    n_templates: int = 0


def read_beside(
    ks_dir: Path, settings: Settings, cluster_id: Ints, columns: Mapping[str, Array] | None = None
) -> KilosortSide:
    """Read what there is; whatever is absent or broken is an issue, never an error.

    Parameters
    ----------
    ks_dir : Path
        The Kilosort directory.
    settings : Settings
        Bombcell's parameters.
    cluster_id : numpy.ndarray of int64
        phy's ids, shape (n_units,).
    columns : mapping of str to numpy.ndarray, optional
        The unit table: files that repeat its columns are Bombcell's own.
    """
    sample_rate, rate_issues = _sample_rate(ks_dir, settings)
    labels, group, label_issues = _labels(ks_dir)
    si_ids, si_issues = read_si_ids(ks_dir)
    foreign, foreign_issues = read_foreign(ks_dir, cluster_id, columns or {})
    sites, site_issues = read_sites(ks_dir)
    headers, broken = check_arrays(ks_dir)
    if any(issue.file == names.CHANNEL_POSITIONS for issue in broken):
        site_issues = ()
    session = (math.nan, math.nan)
    if (ks_dir / names.SPIKE_TIMES).exists():
        try:
            session = read_session(ks_dir, sample_rate)
        except UserError as error:
            if not any(issue.file == names.SPIKE_TIMES for issue in broken):
                broken = (*broken, Issue(names.SPIKE_TIMES, f"{error.message}."))
    return KilosortSide(
        None if labels is None else labels.of(cluster_id),
        None if group is None else group.of(cluster_id),
        None if si_ids is None else si_ids.of(cluster_id),
        foreign,
        sites,
        sample_rate,
        session,
        (*rate_issues, *label_issues, *si_issues, *foreign_issues, *site_issues, *broken),
        headers[names.TEMPLATES].shape[0] if names.TEMPLATES in headers else 0,
    )


def read_groups(ks_dir: Path, cluster_id: Ints) -> Array | None:
    """Return phy's groups as they are now, by row; None where there are none that can be read."""
    group = _labels(ks_dir)[1]
    return None if group is None else group.of(cluster_id)


def read_tsv_labels(ks_dir: Path, cluster_ids: Iterable[int]) -> dict[int, str]:
    """Return what ``cluster_bc_unitType.tsv`` says of some clusters now, as text, where it does.

    phy rewrites it, also with rows for what it made: it is no source of verdicts.
    """
    try:
        found = read_tsv_column(ks_dir / names.LABELS_TSV).values
    except UserError:
        return {}
    return {i: shown_label(found[i]) for i in cluster_ids if found.get(i)}


def read_bcv_labels(ks_dir: Path) -> dict[int, str] | None:
    """Return what phy saved last of the field ``bcv_label``, by cluster id, where it has a value.

    The person's labels are in it as they were sent to phy, or exported: they are read as labels
    only where they are imported. None: there are some, and they cannot be read.
    """
    path = ks_dir / names.PHY_LABEL_TSV
    try:
        found = read_tsv_column(path).values
    except UserError:
        return None if os.path.lexists(path) else {}
    return {i: shown_label(value) for i, value in found.items() if value}


def shown_label(text: str) -> str:
    """Return the value of a field as it is shown, and compared."""
    return one_line(text, 30)


def saved_state(ks_dir: Path) -> SavedState:
    """Return what the files are by now that phy saves what it did to, to be held against later."""
    return tuple(map(_state, (ks_dir / name for name in _SAVED)))


def _state(path: Path) -> tuple[int, int] | None:
    try:
        info = path.stat()
    except OSError:
        return None
    return info.st_size, info.st_mtime_ns


def _sample_rate(ks_dir: Path, settings: Settings) -> tuple[float, tuple[Issue, ...]]:
    """Return the sample rate from Bombcell's parameters, else from ``params.py``."""
    said, issues = read_params_py(ks_dir)
    saved = settings.number("ephys_sample_rate")
    theirs = as_number(said.get("sample_rate"))
    theirs = math.nan if theirs is None else theirs
    for rate in (saved, theirs):
        if 0 < rate < _FASTEST:
            if 0 < theirs < _FASTEST and abs(theirs / rate - 1) > 0.01:
                what = f"sample rate {theirs:g} Hz, but Bombcell's parameters say {rate:g} Hz."
                issues = (*issues, Issue(names.PARAMS_PY, what, "Bombcell's is used."))
            return rate, issues
    issue = Issue(names.PARAMS_PY, "the sample rate is not known.", "Times stay unknown.")
    return math.nan, (*issues, issue)


def _labels(
    ks_dir: Path,
) -> tuple[ClusterColumn | None, ClusterColumn | None, tuple[Issue, ...]]:
    """Return Kilosort's labels and phy's groups.

    Kilosort 4 writes ``cluster_group.tsv`` as a copy of its own labels, so that the heading and
    not the file's name decides whose they are. phy 1 wrote ``cluster_groups.csv``: read where the
    newer file has no groups of a curator's.
    """
    issues: list[Issue] = []
    ks_label = _read(ks_dir / names.KS_LABEL_TSV, issues)
    group = _read(ks_dir / names.GROUP_TSV, issues)
    if group is not None and group.name.casefold() == "kslabel":
        ks_label, group = ks_label or group, None
    elif group is not None and not _is_group(group, names.GROUP_TSV, issues):
        group = None
    if group is None:
        group = _read(ks_dir / names.GROUPS_CSV, issues)
        if group is not None and not _is_group(group, names.GROUPS_CSV, issues):
            group = None
    return ks_label, group, tuple(issues)


def _is_group(column: ClusterColumn, file: str, issues: list[Issue]) -> bool:
    if column.name.casefold() == "group":
        return True
    issues.append(Issue(file, "no column group.", "phy's labels are not shown."))
    return False


def read_si_ids(ks_dir: Path) -> tuple[ClusterColumn | None, tuple[Issue, ...]]:
    """Return SpikeInterface's ids, where its export to phy kept them.

    An id that two clusters have names neither of them.
    """
    issues: list[Issue] = []
    column = _read(ks_dir / names.SI_IDS_TSV, issues)
    if column is None:
        return None, tuple(issues)
    times = Counter(column.values.values())
    double = [text for text, n in times.items() if text and n > 1]
    if double:
        many = count_of(len(double), "id")
        what = f"{many} of more than one cluster ({one_line(double[0], 40)})."
        issues.append(Issue(names.SI_IDS_TSV, what, "They are not used."))
        kept = {i: text for i, text in column.values.items() if times[text] == 1}
        column = ClusterColumn(column.name, kept, column.skipped)
    return column, tuple(issues)


def _read(path: Path, issues: list[Issue]) -> ClusterColumn | None:
    if not path.exists():
        return None
    try:
        column = read_tsv_column(path)
    except UserError as error:
        issues.append(Issue(path.name, f"{error.message}.", "It is ignored."))
        return None
    if column.skipped:
        what = f"{count_of(column.skipped, 'line')} without a cluster id."
        issues.append(Issue(path.name, what, "They are ignored."))
    return column
