"""A row a run: where it is, what was counted, and every threshold and flag it was judged by."""

from __future__ import annotations

import json
from collections.abc import Mapping

import numpy as np

from bcviewer.core.cohort.unit_columns import IDENTITY, UnitColumn, plain_value
from bcviewer.core.comparison.judging import READ
from bcviewer.core.rules.criteria import FLAGS, THRESHOLDS
from bcviewer.core.rules.labels import CLASSES, Label
from bcviewer.core.sheet.derive import Settled

READ_STATUS, FAILED, GONE, SKIPPED = "read", "failed", "gone", "skipped"
"""What became of a run: its units are there; it could not be read; it is no longer where it was
(its units are kept); Bombcell has not been run there."""

COUNTS: dict[Label, str] = {
    label: f"n_{label.name.lower()}" for label in (*CLASSES, Label.EMPTY, Label.INCOMPLETE)
}
"""The count of each label, as ``bombcell_label`` of the units has it."""

MEASURED_BY: tuple[str, ...] = ("computeTimeChunks", "rpv_method")
"""Settings that tell whether saved metrics can answer what if."""

PARAMETERS, COLUMNS_SAVED, MEASURED = "saved_parameters", "saved_columns", "measured_by"
"""What the units are judged anew by: JSON objects as text."""

_TEXTS_FIRST = ("ks_dir", "results_dir", "recording_key", "bombcell_version")
_TEXTS_LAST = ("filled_in", "read_at", "status", "problem", "part", "files", "read_by")

RUN_COLUMNS: tuple[UnitColumn, ...] = (
    *(UnitColumn(name, "text") for name in (*IDENTITY, *_TEXTS_FIRST)),
    UnitColumn("bombcell_version_inferred", "flag"),
    *(UnitColumn(name, "whole") for name in ("n_units", *COUNTS.values())),
    *(UnitColumn(name, "number") for name in THRESHOLDS),
    *(UnitColumn(name, "flag") for name in FLAGS),
    *(UnitColumn(name, "text") for name in _TEXTS_LAST),
    *(UnitColumn(name, "text") for name in (PARAMETERS, COLUMNS_SAVED, MEASURED)),
)
"""All of them, in their order."""

RunRow = Mapping[str, object]
"""One run by :data:`RUN_COLUMNS`; what it has not is missing."""

_INFERRED = " (inferred)"


def run_facts(sheet: Settled) -> dict[str, object]:
    """Return what is told of a run that was read, but for where it is and when that was."""
    run, criteria = sheet.run, sheet.run.criteria
    writer = run.provenance.writer
    counts = np.bincount(sheet.bombcell_labels, minlength=len(Label)).tolist()
    own = {name: column.dtype.str for name, column in run.units.columns.items() if name in READ}
    measured = {name: run.settings.saved.get(name) for name in MEASURED_BY}
    return {
        "bombcell_version": writer.removesuffix(_INFERRED),
        "bombcell_version_inferred": writer.endswith(_INFERRED),
        "n_units": run.n_units,
        **{name: counts[label] for label, name in COUNTS.items()},
        **{name: _number(criteria.thresholds.get(name)) for name in THRESHOLDS},
        **criteria.flags,
        "filled_in": " ".join(criteria.filled),
        "problem": " · ".join(" ".join(str(issue).split()) for issue in run.issues),
        PARAMETERS: _json(criteria.saved),
        COLUMNS_SAVED: _json(own),
        MEASURED: _json(measured),
    }


def _number(value: float | None) -> float | None:
    return None if value is None or value != value else value


def _json(values: Mapping[str, object]) -> str:
    """Return plain values as JSON; a number without a value is the word that says so.

    Saved as text it is read as a number again, and as a flag it is on, as Bombcell has it.
    """
    plain = {
        name: "nan" if isinstance(value, float) and value != value else plain_value(value)
        for name, value in values.items()
    }
    return json.dumps(plain, sort_keys=True)
