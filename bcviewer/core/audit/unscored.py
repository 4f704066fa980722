"""Rows for the units that Bombcell has not scored, after its own: visible, and without values."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from bcviewer.core.audit.audit import Audit, padded
from bcviewer.core.rules.labels import Label
from bcviewer.core.run.identity import Identity
from bcviewer.core.run.run import Array, Ints, RunData, UnitTable


def with_identity(run: RunData, audit: Audit, identity: Identity) -> tuple[RunData, Audit]:
    """Return a run and its audit with what became of its units in phy.

    Units that Bombcell has not scored become further rows: the rows before them stay where they
    are, and all metrics of theirs are missing.

    Parameters
    ----------
    run : RunData
        The run as Bombcell scored it.
    audit : Audit
        Its audit.
    identity : Identity
        What became of its units.
    """
    n = len(identity.new)
    if not n:
        return replace(run, identity=identity, before=run), audit
    ids = np.concatenate([run.cluster_id, identity.new])
    more = replace(
        run,
        units=UnitTable.from_columns(_columns(run, ids, n)),
        cluster_id=ids,
        saved=_more(run.saved, n),
        saved_codes=np.append(run.saved_codes, np.full(n, Label.UNSCORED, np.int8)),
        ks_label=None if run.ks_label is None else _more(run.ks_label, n, ""),
        phy_group=None if run.phy_group is None else _more(run.phy_group, n, ""),
        si_ids=None if run.si_ids is None else _more(run.si_ids, n, ""),
        foreign=tuple(column.padded(n) for column in run.foreign),
        identity=identity,
        before=run,
    )
    return more, padded(audit, n)


def padded_codes(codes: npt.NDArray[np.int8], n_units: int) -> npt.NDArray[np.int8]:
    """Return labels with those of the units that were not scored after them."""
    more = np.full(n_units - len(codes), Label.UNSCORED, np.int8)
    return np.concatenate([codes, more]) if len(more) else codes


def _columns(run: RunData, ids: Ints, n: int) -> dict[str, Array]:
    columns = {name: _more(column, n) for name, column in run.units.columns.items()}
    if np.array_equal(run.units.columns.get("phy_clusterID", ids[:0]), run.cluster_id):
        columns["phy_clusterID"] = ids
    return columns


def _more(column: Array, n: int, text: Any = None) -> Array:
    """Return a column with ``n`` missing values after it; whole numbers become float64."""
    if column.dtype == object:
        return np.append(column, np.full(n, text, dtype=object))
    dtype = column.dtype if column.dtype.kind == "f" else np.dtype(np.float64)
    return np.append(column.astype(dtype, copy=False), np.full(n, np.nan, dtype))
