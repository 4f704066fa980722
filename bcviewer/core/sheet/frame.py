"""A sheet as columns and as a pandas frame, as ``bcviewer audit -o`` writes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from bcviewer.core.rules.column_choices import (
    EXPORT_FIRST,
    EXPORT_LAST,
    EXPORT_MANUAL,
    EXPORT_STABLE,
)
from bcviewer.core.rules.labels import label_names
from bcviewer.core.rules.rules import RULES
from bcviewer.core.run.run import Run
from bcviewer.core.sheet.derive import Settled, refuse_tried
from bcviewer.core.sheet.padding import CodesTexts, Values
from bcviewer.core.sheet.sheet import Sheet

if TYPE_CHECKING:
    import pandas as pd


def flag_columns(sheet: Sheet) -> dict[str, npt.NDArray[np.bool_]]:
    """Return the notebook's flag columns of the rules that this run tests.

    A flag is True where the comparison holds: it looks at no exemption, and a missing value
    is False. A rule that is switched off, or cannot be tested, has no column.
    """
    out: dict[str, npt.NDArray[np.bool_]] = {}
    for rule, status in zip(RULES, sheet.audit.rules, strict=True):
        value = sheet.run.units.numbers(rule.metric)
        absent = rule.parameter not in sheet.criteria.thresholds
        if not rule.flag or status.off or value is None or absent:
            continue
        limit = status.threshold
        out[rule.flag] = np.asarray(value < limit if rule.op == "<" else value > limit)
    return out


def exported(sheet: Settled) -> dict[str, Values | CodesTexts]:
    """Return the columns that are written of a run, in their order, without pandas.

    Units that Bombcell has not scored are not among them. A text is codes and distinct texts, but
    for what Bombcell saved as it is; a row without an id has ``NO_ID``.
    """
    refuse_tried(sheet)
    scored, n = sheet.run, sheet.n_scored
    own = {k: column for k, column in scored.units.columns.items() if k not in EXPORT_FIRST}
    first = {
        "bombcell_label": label_names(sheet.bombcell_labels[:n]),
        "unit_index": np.arange(n),
        "cluster_id": scored.cluster_id,
    }
    names = ("classification_reason", *EXPORT_LAST)
    last = {name: _spread(sheet, name) for name in names}
    last["n_failed"] = sheet.audit.n_failed[:n]
    columns: dict[str, Values | CodesTexts] = {**own, **first, **flag_columns(sheet), **last}
    if sheet.kind("shank"):
        shank = sheet.values("shank")[:n]
        columns["shank"] = shank if np.isnan(shank).any() else shank.astype(np.int64)
    more = [name for name in sheet.extra_names() if name not in columns]
    columns |= {name: _spread(sheet, name) for name in more}
    if sheet.manual.anything:
        manual, left_out = sheet.manual, set[str]()
        if not manual.conflict.any():
            left_out.add("opinions")
        if not manual.stable.codes.any():
            left_out |= {*EXPORT_STABLE}
        if sheet.kind("manual_under") is None:
            left_out.add("manual_under")
        said = [name for name in EXPORT_MANUAL if name not in left_out]
        columns |= {name: _spread(sheet, name) for name in said}
    return columns


def to_frame(sheet: Settled) -> pd.DataFrame:
    """Return the whole table as a pandas frame, as ``bcviewer audit -o`` writes it.

    Units that Bombcell has not scored are not in it.
    """
    import pandas as pd

    frame: dict[str, Any] = {}
    for name, column in exported(sheet).items():
        if isinstance(column, tuple):  # pandas keeps texts in less than an object each
            frame[name] = pd.Series(column[1]).array.take(column[0])
        else:
            # Copied one by one: pandas would gather them in blocks, which takes four times as long.
            frame[name] = column.copy()
    frame["cluster_id"] = _ids_for_frame(sheet.run)
    return pd.DataFrame(frame, copy=False)


def _spread(sheet: Sheet, name: str) -> Values | CodesTexts:
    n = sheet.n_scored
    if sheet.column(name).kind != "text":
        return sheet.values(name)[:n]
    codes, texts = sheet.codes(name)
    return codes[:n], texts


def _ids_for_frame(run: Run) -> Any:
    """Return the cluster ids for a frame; missing where a row has none."""
    import pandas as pd

    if run.ids.has_id.all():
        return run.cluster_id.copy()
    return pd.arrays.IntegerArray(run.cluster_id.copy(), ~run.ids.has_id)
