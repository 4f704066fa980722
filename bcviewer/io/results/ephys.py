"""Reads Bombcell's ephys properties where they were saved, and the cell types that follow."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from bcviewer.core.arrays import Array, Ints
from bcviewer.core.rules.column import OTHERS, RUN
from bcviewer.core.run.cell_types import (
    CELL_TYPES,
    Definition,
    cortex_types,
    rule_words,
    striatum_types,
    told_twice,
)
from bcviewer.core.run.foreign import ForeignColumn
from bcviewer.core.run.run import Issue
from bcviewer.errors import UserError
from bcviewer.io import names
from bcviewer.io.files import one_line
from bcviewer.io.results.tables import TableFile, read_record, read_table

_IDS = ("phy_clusterID", "unit_id")
"""phy's ids, by MATLAB and by Python."""
_NO_PROPERTY = frozenset({*_IDS, "clusterID", "maxChannels", "cell_type"})
_LIMITS = {
    "duration_striatum": "templateDuration_CP_threshold",
    "suppression": "postSpikeSup_CP_threshold",
    "long_isi": "propISI_CP_threshold",
    "duration_cortex": "templateDuration_Ctx_threshold",
}
"""MATLAB's limits, by the names that it saves them by; Python's are fixed in its code."""
_MOST_NAME = 60


def read_ephys(
    results_dir: Path, cluster_id: Ints
) -> tuple[tuple[ForeignColumn, ...], tuple[Issue, ...]]:
    """Return the ephys properties of a run's units, the types that follow, and what was wrong.

    Parameters
    ----------
    results_dir : Path
        The results.
    cluster_id : numpy.ndarray of int64
        phy's ids, shape (n_units,).
    """
    file = names.EPHYS_PARQUET
    path = results_dir / file
    if not path.exists():
        return (), ()
    try:
        table = read_table(path)
    except UserError as error:
        return (), (Issue(file, f"{error.message}.", "No cell types are shown."),)
    rows = _rows(table, cluster_id)
    if rows is None:
        what = "no column of unit ids, so that nobody knows whose properties these are."
        return (), (Issue(file, what, "Compute them with a newer Bombcell."),)
    by, issues = _definition(results_dir, table.columns)
    return tuple(_columns(_spread(table.columns, rows), by)), issues


def _rows(table: TableFile, cluster_id: Ints) -> Ints | None:
    """Return the table's row of each unit, −1 where it has none; None: it has no ids."""
    ids = next((table.columns[name] for name in _IDS if name in table.columns), None)
    if ids is None or ids.dtype == object:
        return None
    given = ids.astype(np.float64).tolist()
    known = {int(i): row for row, i in reversed(list(enumerate(given))) if i == i and i % 1 == 0}
    double = len(known) < sum(i == i for i in given)
    found = [known.get(i, -1) for i in cluster_id.tolist()]
    return None if double else np.array(found, np.int64)


def _spread(columns: Mapping[str, Array], rows: Ints) -> dict[str, Array]:
    """Return columns by the run's rows; what a unit does not have is missing."""
    out: dict[str, Array] = {}
    for name, column in columns.items():
        if column.dtype == object:
            texts = [column[row] if row >= 0 else "" for row in rows.tolist()]
            values: Array = np.array([text or "" for text in texts], dtype=object)
        else:
            values = np.full(len(rows), np.nan)
            values[rows >= 0] = column.astype(np.float64)[rows[rows >= 0]]
        out[name] = values
    return out


def _definition(
    results_dir: Path, columns: Mapping[str, Array]
) -> tuple[Definition, tuple[Issue, ...]]:
    """Return which version measured them, and the limits that types are told by."""
    if "clusterID" not in columns:
        return Definition("Python"), ()
    file = names.EPHYS_PARAMS_MATLAB
    by = Definition("MATLAB")
    if not (results_dir / file).exists():
        return by, ()
    try:
        record, _ = read_record(results_dir / file)
    except UserError as error:
        return by, (Issue(file, f"{error.message}.", "Cell types go by MATLAB's usual limits."),)
    limits = {name: record.get(key) for name, key in _LIMITS.items()}
    numbers = {
        name: float(value)
        for name, value in limits.items()
        if isinstance(value, (int, float)) and math.isfinite(value)
    }
    return (
        (Definition("MATLAB", **numbers, saved=True), ())
        if len(numbers) == len(limits)
        else (by, ())
    )


def _columns(columns: Mapping[str, Array], by: Definition) -> Iterator[ForeignColumn]:
    """Yield the types first, then what they follow from."""
    rules = (("striatum", striatum_types), ("cortex", cortex_types))
    for region, rule in rules:
        types = rule(columns, by)
        if types is not None:
            text = f"{rule_words(region)}."
            yield _column(f"cell_type_{region}", types, f"{region} type", by, text, RUN)
    saved = columns.get("cell_type")
    if saved is not None and saved.dtype == object:
        yield _column("cell_type_saved", saved, "cell type, as saved", by, _SAVED)
    for name, values in columns.items():
        if name in _NO_PROPERTY or told_twice(name, columns) or values.dtype == object:
            continue
        shown = one_line(name, _MOST_NAME)
        yield _column(f"ephys_{shown}", values, shown, by, _PROPERTY, RUN)


_SAVED = "The type that Bombcell saved, for the region that it was told of."
_PROPERTY = "An ephys property that Bombcell saved."


def _column(
    key: str,
    values: Array,
    title: str,
    by: Definition,
    what: str,
    reads: frozenset[str] = OTHERS,
) -> ForeignColumn:
    """Return a column that says by which definition it is."""
    text = f"{what} {by.words[:1].upper()}{by.words[1:]}; MATLAB and Python differ. It is no label"
    return ForeignColumn(
        key,
        names.EPHYS_PARQUET,
        values,
        title=f"{title} [Bombcell, {by.version}]",
        help=f"{text} of quality, and changes none.",
        group=CELL_TYPES,
        reads=reads,
    )
