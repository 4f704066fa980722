"""The runs of a cohort as columns that a filter reads, and the order that people read them in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np

from bcviewer.core.arrays import Array, Bools, Floats, Ints
from bcviewer.core.cohort.run_columns import (
    COLUMNS_SAVED,
    COUNTS,
    MEASURED,
    PARAMETERS,
    RUN_COLUMNS,
    RunRow,
)
from bcviewer.core.cohort.unit_columns import UnitColumn
from bcviewer.core.filter.fields import factorise
from bcviewer.core.filter.language import evaluate, parse_filter
from bcviewer.core.rules.column import RUN, Column, Kind
from bcviewer.core.rules.labels import LABEL_NAMES, Label

SHARE = "good_share"
"""GOOD units per hundred with spikes: a column beside those of ``runs.parquet``."""
_OURS = frozenset({"part", "files", "read_by", PARAMETERS, COLUMNS_SAVED, MEASURED})
"""Columns of ``runs.parquet`` that a build goes by, and nobody asks for."""
_DECLARED: Mapping[str, UnitColumn] = {
    **{each.name: each for each in RUN_COLUMNS if each.name not in _OURS},
    SHARE: UnitColumn(SHARE, "number"),
}
_TITLES: Mapping[str, str] = {
    "bombcell_version": "version",
    "n_units": "units",
    "read_at": "read",
    SHARE: "GOOD share",
    **{name: LABEL_NAMES[label] or "no spikes" for label, name in COUNTS.items()},
}
_WITH_SPIKES: tuple[str, ...] = tuple(n for label, n in COUNTS.items() if label != Label.EMPTY)
_PARTS = re.compile(r"(\d+)")


class CohortRuns:
    """Runs as columns for a filter.

    Parameters
    ----------
    rows : sequence of mapping
        The runs, by :data:`~bcviewer.core.cohort.run_columns.RUN_COLUMNS`.
    """

    def __init__(self, rows: Sequence[RunRow]) -> None:
        self.rows = tuple(rows)
        self._floats: dict[str, Floats] = {}
        self._counts: dict[str, Ints] = {}

    @property
    def n_units(self) -> int:
        """Number of runs: what a filter goes through."""
        return len(self.rows)

    def names(self) -> Sequence[str]:
        """Return the names of all columns."""
        return list(_DECLARED)

    def kind(self, name: str) -> Kind | None:
        """Return what a column holds, or None where there is none of this name."""
        declared = _DECLARED.get(name)
        return None if declared is None else declared.kind

    def column(self, name: str) -> Column:
        """Return what a column is; KeyError where there is none."""
        declared = _DECLARED[name]
        return Column(name, _TITLES.get(name, name), declared.kind, reads=RUN)

    def values(self, name: str) -> Array:
        """Return a column: float64 (missing: NaN), bool (missing: False), or object (str)."""
        kind = _DECLARED[name].kind
        if kind == "text":
            return np.array([str(row.get(name) or "") for row in self.rows], dtype=object)
        if kind == "flag":
            return np.array([bool(row.get(name)) for row in self.rows], dtype=bool)
        if name not in self._floats:
            self._floats[name] = self._shares() if name == SHARE else self._numbers(name)
        return self._floats[name]

    def codes(self, name: str) -> tuple[Array, Sequence[str]]:
        """Return a text column as codes (−1: missing, or empty) and its distinct texts."""
        return factorise(self.values(name))

    def known(self, name: str) -> Bools:
        """Return of which runs a flag says anything, shape (n_runs,)."""
        return np.array([row.get(name) is not None for row in self.rows], dtype=bool)

    def counts(self, name: str) -> Ints:
        """Return a column of whole numbers; 0 where there is none."""
        if name not in self._counts:
            self._counts[name] = np.nan_to_num(self.values(name)).astype(np.int64)
        return self._counts[name]

    def shown(self, text: str) -> Bools:
        """Return which runs a filter shows, shape (n_runs,).

        Raises
        ------
        FilterError
            If it cannot be read.
        """
        return evaluate(parse_filter(text, self), self)

    def warm(self) -> None:
        """Work out what every window asks first."""
        self.values(SHARE)
        self.order  # noqa: B018  it is kept

    @cached_property
    def with_spikes(self) -> Ints:
        """How many units of each run have spikes, shape (n_runs,)."""
        counts = (self.counts(name) for name in _WITH_SPIKES)
        return sum(counts, start=np.zeros(len(self.rows), np.int64))

    @cached_property
    def order(self) -> Ints:
        """The runs by recording, probe and run, numbers within names as numbers."""
        keys = [tuple(natural(str(row.get(n) or "")) for n in _NAMES) for row in self.rows]
        return np.array(sorted(range(len(keys)), key=keys.__getitem__), np.int64)

    def _shares(self) -> Floats:
        of = self.with_spikes
        out = np.full(len(of), np.nan)
        np.divide(100.0 * self.counts(COUNTS[Label.GOOD]), of, out=out, where=of > 0)
        return out

    def _numbers(self, name: str) -> Floats:
        found = (row.get(name) for row in self.rows)
        return np.array(
            [float(v) if isinstance(v, (int, float)) else np.nan for v in found], np.float64
        )


_NAMES = ("recording", "probe", "run", "place")


def natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """Return what a name is ordered by: ``day 2`` before ``day 10``, whatever the case."""
    parts = (part for part in _PARTS.split(text.casefold()) if part)
    return tuple((0, int(p), "") if p.isdecimal() else (1, 0, p) for p in parts)
