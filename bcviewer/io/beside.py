"""What is beside the results and the table of units does not need: Kilosort's and phy's files."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from bcviewer.core.params import Params, as_number
from bcviewer.core.run import Array, Ints, Issue, Sites
from bcviewer.errors import UserError
from bcviewer.io import names
from bcviewer.io.cluster_tsv import ClusterColumn, read_tsv_column
from bcviewer.io.kilosort import check_arrays, read_session, read_sites
from bcviewer.io.params_py import read_params_py

_FASTEST = 1e6
"""Hz; a sample rate above it is a mistake."""


@dataclass(frozen=True, slots=True)
class KilosortSide:
    """What the Kilosort directory says of a run; see :class:`bcviewer.core.run.RunData`."""

    ks_label: Array | None
    phy_group: Array | None
    sites: Sites | None
    sample_rate: float
    session_s: tuple[float, float]
    issues: tuple[Issue, ...]


def read_beside(ks_dir: Path, params: Params, cluster_id: Ints) -> KilosortSide:
    """Read what there is; whatever is absent or broken is an issue, never an error."""
    sample_rate, rate_issues = _sample_rate(ks_dir, params)
    labels, group, label_issues = _labels(ks_dir)
    sites, site_issues = read_sites(ks_dir)
    broken = check_arrays(ks_dir)
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
        sites,
        sample_rate,
        session,
        (*rate_issues, *label_issues, *site_issues, *broken),
    )


def _sample_rate(ks_dir: Path, params: Params) -> tuple[float, tuple[Issue, ...]]:
    """Return the sample rate from Bombcell's parameters, else from ``params.py``."""
    said, issues = read_params_py(ks_dir)
    saved = params.number("ephys_sample_rate")
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
    not the file's name decides whose they are.
    """
    issues: list[Issue] = []
    ks_label = _read(ks_dir / names.KS_LABEL_TSV, issues)
    group = _read(ks_dir / names.GROUP_TSV, issues)
    if group is not None and group.name.casefold() == "kslabel":
        return ks_label or group, None, tuple(issues)
    if group is not None and group.name.casefold() != "group":
        issues.append(Issue(names.GROUP_TSV, "no column group.", "phy's labels are not shown."))
        group = None
    return ks_label, group, tuple(issues)


def _read(path: Path, issues: list[Issue]) -> ClusterColumn | None:
    if not path.exists():
        return None
    try:
        column = read_tsv_column(path)
    except UserError as error:
        issues.append(Issue(path.name, f"{error.message}.", "It is ignored."))
        return None
    if column.skipped:
        what = f"{column.skipped} lines without a cluster id."
        issues.append(Issue(path.name, what, "They are ignored."))
    return column
