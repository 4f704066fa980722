"""Brings columns of any writer to today's types, units and signs, and says what it did."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from bcviewer.core.arrays import Array, Ints, distinct
from bcviewer.core.rules.counts import count_of, first_of
from bcviewer.core.rules.metrics import METRICS
from bcviewer.core.rules.settings import as_number
from bcviewer.core.run.run import Issue
from bcviewer.core.run.unit_ids import NO_ID
from bcviewer.io.files import one_line

_LARGEST_ID = 2**31 - 1
_DECAY = "spatialDecaySlope"
_LINEAR = "minSpatialDecaySlope"
_EXPONENTIAL = ("minSpatialDecaySlopeExp", "maxSpatialDecaySlopeExp")

ID_COLUMNS = {"phy_clusterID": 0, "clusterID": 1, "cluster_id": 0}
"""Columns of cluster ids, in the order they are looked for, and the first id of each."""

SavedColumns = dict[str, Array]


def metric_columns(columns: Mapping[str, Array], file: str) -> tuple[SavedColumns, list[Issue]]:
    """Return the columns with every metric as numbers; one that cannot be is left out."""
    out: SavedColumns = {}
    dropped: list[str] = []
    for name, column in columns.items():
        if name not in METRICS:
            out[name] = column
            continue
        numbers = _parsed(column) if column.dtype == object else column
        if numbers is None:
            dropped.append(name)
        else:
            out[name] = numbers
    if not dropped:
        return out, []
    what = f"no numbers in {one_line(', '.join(dropped))}."
    return out, [Issue(file, what, "Left out: their rules are not tested.")]


def _parsed(column: Array) -> Array | None:
    """Return text as float64, each distinct text read once; None if one is no number."""
    known = {text: as_number(text) for text in set(column.tolist())}
    if None in known.values():
        return None
    return np.array([known[text] for text in column.tolist()], dtype=np.float64)


def is_matlab(columns: Mapping[str, Array]) -> bool:
    """Whether MATLAB wrote the table: it alone saves these columns."""
    return "clusterID" in columns or "ksTest_pValue" in columns


def matlab_channels(columns: SavedColumns, file: str) -> tuple[SavedColumns, list[Issue]]:
    """Return the columns with MATLAB's 1-based peak channels counted from 0."""
    channels = columns.get("maxChannels")
    if channels is None or channels.dtype == object or not is_matlab(columns):
        return columns, []
    issue = Issue(file, "written by MATLAB, which counts channels from 1.", "Here: from 0.")
    return {**columns, "maxChannels": _signed(channels) - 1}, [issue]


def turn_decay(
    columns: SavedColumns, params: dict[str, object], file: str
) -> tuple[SavedColumns, dict[str, object], list[Issue]]:
    """Turn the sign of decay slopes and limits that older writers stored negative.

    Today a slope is positive where the amplitude falls with distance. Early Python's exponential
    limits were −0.01 (minimum) and −0.1 (maximum): no value lies between a minimum and a maximum
    below it, so that this is certain to be the old sign. MATLAB's linear slopes were negative and
    NOISE *above* the limit; turned, they are NOISE below it, as today's rule asks.
    """
    linear = bool(params.get("spDecayLinFit", True))
    names = (_LINEAR,) if linear else _EXPONENTIAL
    limits = [as_number(params.get(name, "?")) for name in names]
    slopes = columns.get(_DECAY)
    if slopes is None or any(limit is None or not limit < 0 for limit in limits):
        return columns, params, []
    numbers = [-limit for limit in limits if limit is not None]
    falling = int(np.sum(slopes < 0)) > int(np.sum(slopes > 0))
    old = falling and not _is_recent(columns) if linear else numbers[0] < numbers[1]
    if not old:
        return columns, params, []
    params = {**params, **dict(zip(names, numbers, strict=True))}
    what = "decay slopes and limits have a minus sign, as older versions wrote them."
    if not falling:
        return columns, params, [Issue(file, what, "The sign of the limits is turned.")]
    turned = {**columns, _DECAY: -_signed(slopes)}
    return turned, params, [Issue(file, what, "Their sign is turned.")]


def _signed(column: Array) -> Array:
    """Return numbers in a type that has negative ones."""
    return column.astype(np.int64) if column.dtype.kind in "ub" else column


def _is_recent(columns: Mapping[str, Array]) -> bool:
    return "estimatedTauR" in columns and not is_matlab(columns)


def cluster_ids(columns: Mapping[str, Array], n: int, file: str) -> tuple[Ints, list[Issue]]:
    """Return phy's id of each row, ``NO_ID`` where it has none, and what is wrong with them.

    From ``phy_clusterID``, else MATLAB's ``clusterID`` less one, else ``cluster_id``, else the
    row's number.
    """
    for name, first in ID_COLUMNS.items():
        column = columns.get(name)
        numbers = _parsed(column) if column is not None and column.dtype == object else column
        if numbers is not None:
            return _checked_ids(numbers, first, file)
    issue = Issue(file, "no column of cluster ids.", "The ids are row numbers.")
    return np.arange(n, dtype=np.int64), [issue]


def with_ids(columns: SavedColumns, ids: Ints) -> SavedColumns:
    """Return the columns with ``phy_clusterID`` as whole numbers, where all of them are usable."""
    if "phy_clusterID" not in columns or (ids < 0).any():
        return columns
    return {**columns, "phy_clusterID": ids}


def _checked_ids(numbers: Array, first: int, file: str) -> tuple[Ints, list[Issue]]:
    issues: list[Issue] = []
    if numbers.dtype.kind in "iub":
        ids: Ints = numbers.astype(np.int64) - first
        good = (ids >= 0) & (ids <= _LARGEST_ID)
    else:
        good = np.isfinite(numbers) & (numbers >= first) & (numbers <= _LARGEST_ID)
        good &= numbers == np.rint(numbers)
        ids = np.where(good, numbers, first - 1).astype(np.int64) - first
    if bad := int(np.sum(~good)):
        ids = np.where(good, ids, NO_ID)
        what = f"{count_of(bad, 'unit')} without a usable cluster id."
        effect = "Shown without an id: nothing can be said about them, and they take no label."
        issues.append(Issue(file, what, effect))
    ordered = np.sort(ids[good])
    repeated = distinct(ordered[1:][ordered[1:] == ordered[:-1]])
    if len(repeated):
        shown = first_of([*map(str, repeated.tolist())], 5)
        what = f"cluster ids that are there more than once: {shown}."
        issues.append(Issue(file, what, "Rows are kept apart; which one is right cannot be told."))
    return ids, issues
