"""Rows for the units that Bombcell has not scored, after its own: visible, and without values.

phy made them, so they belong to the sheet and not to the run: here, and nowhere else, what is
known of a run's units is made as long as its sheet.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from bcviewer.core.arrays import Codes
from bcviewer.core.audit.audit import Audit
from bcviewer.core.audit.order import UNSCORED_GROUP
from bcviewer.core.audit.states import State
from bcviewer.core.rules.labels import Label
from bcviewer.core.run.phy import Phy
from bcviewer.core.run.run import Run
from bcviewer.core.run.unit_ids import UnitIds

Values = npt.NDArray[Any]
CodesTexts = tuple[Values, Values]

UNSCORED_VALUES: dict[str, float] = {
    "states": State.NOT_TESTED,
    "margins": np.nan,
    "label": Label.UNSCORED,
    "split_label": Label.UNSCORED,
    "steps_to_good": np.nan,
    "safety_of_good": np.nan,
    "attention": UNSCORED_GROUP,
}
"""What :class:`Audit` says of a unit that Bombcell has not scored; the rest is 0."""


def ids_with(run: Run, phy: Phy | None) -> UnitIds:
    """Return the ids of a run's units, then of those that phy made."""
    if phy is None or not len(phy.new):
        return run.ids
    return UnitIds(np.concatenate([run.cluster_id, phy.new]))


def padded_audit(audit: Audit, n_units: int) -> Audit:
    """Return an audit of ``n_units`` units: of those after its own nothing is known."""
    n = n_units - audit.n_units
    if not n:
        return audit
    out: dict[str, Values] = {}
    for name in Audit.__dataclass_fields__:
        if name != "rules":
            array = getattr(audit, name)
            more = np.full((*array.shape[:-1], n), UNSCORED_VALUES.get(name, 0), array.dtype)
            out[name] = np.concatenate([array, more], axis=-1)
    return Audit(audit.rules, **out)


def padded_labels(codes: Codes, n_units: int) -> Codes:
    """Return labels with those of the units that were not scored after them."""
    more = np.full(n_units - len(codes), Label.UNSCORED, np.int8)
    return np.concatenate([codes, more]) if len(more) else codes


def padded(values: Values, n_units: int) -> Values:
    """Return values with missing ones after them; whole numbers become float64."""
    n = n_units - len(values)
    if not n:
        return values
    if values.dtype == object:
        return np.append(values, np.full(n, "", dtype=object))
    if values.dtype.kind == "b":
        return np.append(values, np.zeros(n, bool))
    dtype = values.dtype if values.dtype.kind == "f" else np.dtype(np.float64)
    return np.append(values.astype(dtype, copy=False), np.full(n, np.nan, dtype))


def padded_texts(found: CodesTexts, n_units: int) -> CodesTexts:
    """Return a text column that says nothing of the rows after its own."""
    codes, texts = found
    n = n_units - len(codes)
    if not n:
        return found
    nothing = np.flatnonzero(texts == "")
    code = int(nothing[0]) if len(nothing) else len(texts)
    if not len(nothing):
        texts = np.append(texts, np.array([""], dtype=object))
    return np.append(codes.astype(np.int64, copy=False), np.full(n, code, np.int64)), texts
