"""A comparison as a table: a row for each unit of either run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from bcviewer.core.arrays import Floats, Ints
from bcviewer.core.comparison.causes import CAUSE_WORDS
from bcviewer.core.comparison.comparison import Comparison
from bcviewer.core.comparison.pairing import MATCHED_BY, NOWHERE
from bcviewer.core.rules.labels import label_names
from bcviewer.core.rules.rules import RULE_METRICS
from bcviewer.core.run.run import Run
from bcviewer.io.exchange.manual_frames import writable

if TYPE_CHECKING:
    import pandas as pd


def compare_frame(compared: Sequence[tuple[str, Comparison]]) -> pd.DataFrame:
    """Return one frame for the comparisons of some probes, as ``bcviewer compare -o`` writes it.

    Parameters
    ----------
    compared : sequence of (str, Comparison)
        The probes' names and their comparisons.
    """
    import pandas as pd

    frames = [pd.DataFrame(_columns(name, found), copy=False) for name, found in compared]
    return pd.concat(frames, ignore_index=True) if len(frames) > 1 else frames[0]


def _columns(name: str, found: Comparison) -> dict[str, Any]:
    pairing = found.pairing
    runs = ((found.before.run, pairing.before), (found.after.run, pairing.after))
    out: dict[str, Any] = {
        "probe": np.full(found.n, writable(name), dtype=object),
        "cluster_id": _ids(*runs[0]),
        "cluster_id_after": _ids(*runs[1]),
        "matched_by": np.array(MATCHED_BY, dtype=object)[pairing.by],
        "label_before": label_names(found.label_before),
        "label_after": label_names(found.label_after),
        "cause": np.array(CAUSE_WORDS, dtype=object)[found.cause],
        "parameters": found.parameters,
        "metrics": found.metrics,
    }
    for metric in RULE_METRICS:
        for end, (run, rows) in zip(("before", "after"), runs, strict=True):
            out[f"{metric}_{end}"] = _values(run, rows, metric)
    return out


def _ids(run: Run, rows: Ints) -> Any:
    """Return cluster ids; missing where the unit is not in this run, or has none."""
    import pandas as pd

    ids = [run.ids.id_of(row) for row in rows.tolist()]
    return pd.array(ids, dtype="Int64")


def _values(run: Run, rows: Ints, metric: str) -> Floats:
    column = run.units.floats(metric)
    if column is None or not len(column):
        return np.full(len(rows), np.nan)
    return np.where(rows == NOWHERE, np.nan, column[rows])
