"""The columns of a cohort's units: those of every version of Bombcell, in one schema."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from bcviewer.core.arrays import Array
from bcviewer.core.rules.column import RUN, Column, Kind
from bcviewer.core.rules.column_choices import EXPORT_FIRST, EXPORT_LAST
from bcviewer.core.rules.columns import COLUMNS
from bcviewer.core.rules.metrics import METRICS
from bcviewer.core.rules.rules import RULES
from bcviewer.core.sheet.derive import Settled
from bcviewer.core.sheet.frame import exported
from bcviewer.core.sheet.padding import CodesTexts, Values
from bcviewer.core.sheet.sheet import Sheet

Stored = Literal["number", "whole", "flag", "text"]
"""What is stored: float64, int64, bool or plain text; each may be missing."""

IDENTITY: tuple[str, ...] = ("recording", "probe", "run", "place")
"""Whose unit a row is. The last one is a hash of the folder of the results: two recordings below
different folders can have the same names."""
OTHER_COLUMNS = "other_columns"
"""What else a run's table, or a file beside it, says of a unit: a JSON object as text."""
_WHOLE = frozenset({"unit_index", "cluster_id", "phy_clusterID", "n_failed"})
_KILOSORTS: tuple[str, ...] = ("Amplitude", "ContamPct")
"""What Kilosort 4 says of each cluster, in files beside."""
_FLAGS: tuple[str, ...] = tuple(rule.flag for rule in RULES if rule.flag)


@dataclass(frozen=True, slots=True)
class UnitColumn:
    """A column of the units.

    Attributes
    ----------
    name : str
        Its name, as ``bcviewer audit -o`` writes it.
    stored : {'number', 'whole', 'flag', 'text'}
        How it is stored.
    """

    name: str
    stored: Stored

    @property
    def kind(self) -> Kind:
        """What a filter takes it for."""
        return "number" if self.stored == "whole" else self.stored

    @property
    def column(self) -> Column:
        """What it is called, and in which unit it is."""
        known = COLUMNS.get(self.name)
        return known or Column(self.name, self.name, self.kind, reads=RUN)


def _declared() -> tuple[UnitColumn, ...]:
    measured = (*METRICS, "phy_clusterID")
    numbers = (*measured, "unit_index", "cluster_id", "shank", *_KILOSORTS)
    last = (*EXPORT_LAST, "shank", *_KILOSORTS, OTHER_COLUMNS)
    names = (*IDENTITY, *measured, "bc_unitType", *EXPORT_FIRST, *_FLAGS, "classification_reason")
    out = []
    for name in (*names, *last):
        known = COLUMNS.get(name)
        stored: Stored = "text" if known is None else known.kind
        if name in _WHOLE:
            stored = "whole"
        elif name in numbers:
            stored = "number"
        elif name in _FLAGS:
            stored = "flag"
        out.append(UnitColumn(name, stored))
    return tuple(out)


UNIT_COLUMNS: tuple[UnitColumn, ...] = _declared()
"""All of them, in their order, whatever wrote the results."""


def unit_columns(sheet: Settled) -> dict[str, Values | CodesTexts]:
    """Return what a run has of :data:`UNIT_COLUMNS`, but for :data:`IDENTITY`.

    Numbers are float64, those saved in less digits by the decimals that they stand for; whole
    numbers that are missing are masked. What has no column of its own is in ``other_columns``.
    """
    columns = exported(sheet)
    out: dict[str, Values | CodesTexts] = {}
    for declared in UNIT_COLUMNS:
        found = columns.get(declared.name)
        stored = None if found is None else _stored(declared, found, sheet)
        if stored is not None:
            out[declared.name] = stored
            del columns[declared.name]
    if columns:
        out[OTHER_COLUMNS] = _as_json(columns)
    return out


def _stored(
    declared: UnitColumn, found: Values | CodesTexts, sheet: Sheet
) -> Values | CodesTexts | None:
    """Return a column as it is stored; None where it is of another kind in this run."""
    if isinstance(found, tuple) or found.dtype == object:
        return found if declared.stored == "text" else None
    if declared.stored == "flag":
        return found
    if declared.stored == "text":
        return None
    if declared.name == "cluster_id":
        return np.ma.array(found, mask=~sheet.run.ids.has_id)
    numbers = sheet.run.units.floats(declared.name)
    floats = np.asarray(found, np.float64) if numbers is None else numbers
    return floats if declared.stored == "number" else _whole(floats)


def _whole(floats: Values) -> Values | None:
    """Return whole numbers, masked where there is none; None where some are no whole numbers."""
    missing = np.isnan(floats)
    known = np.where(missing, 0.0, floats)
    if not ((known == np.rint(known)) & (np.abs(known) < 2**53)).all():
        return None
    return np.ma.array(known.astype(np.int64), mask=missing)


def _as_json(columns: Mapping[str, Values | CodesTexts]) -> Array:
    """Return, for each unit, what some columns say as a JSON object; None: they say nothing."""
    listed = {name: _plain(column) for name, column in columns.items()}
    out = []
    for values in zip(*listed.values(), strict=True):
        said = {n: v for n, v in zip(listed, values, strict=True) if v is not None and v != ""}
        out.append(json.dumps(said, ensure_ascii=False) if said else None)
    return np.array(out, dtype=object)


def _plain(column: Values | CodesTexts) -> list[object]:
    values = column[1][column[0]] if isinstance(column, tuple) else column
    return [plain_value(value) for value in values.tolist()]


def plain_value(value: object) -> object:
    """Return a value as JSON can say it: missing is None, an infinite one its name."""
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else f"{value}"
    return value
