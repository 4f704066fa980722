"""A cohort that is open: its runs, and its units read column by column when asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from bcviewer.core.arrays import Array, Bools, Codes, Ints
from bcviewer.core.cohort.judged import CohortWhatIf, SavedRun, judged_by
from bcviewer.core.cohort.overview import sole_blockers
from bcviewer.core.cohort.run_columns import COLUMNS_SAVED, MEASURED, PARAMETERS, RunRow
from bcviewer.core.cohort.unit_columns import UNIT_COLUMNS, UnitColumn
from bcviewer.core.comparison.proposal import Proposal
from bcviewer.core.filter.language import evaluate, parse_filter
from bcviewer.core.rules.column import Column, Kind
from bcviewer.core.rules.columns import COLUMNS
from bcviewer.core.rules.labels import parse_labels
from bcviewer.errors import UserError
from bcviewer.io import names
from bcviewer.io.cohort.files import digest_of, joined_digest, read_rows, with_units
from bcviewer.io.cohort.place import check_format
from bcviewer.io.files import one_line, reason

_AGAIN = "Build it again with `bcviewer cohort ROOT... -o DIR`."
_STORED: Mapping[str, UnitColumn] = {each.name: each for each in UNIT_COLUMNS}
_DECLARED: Mapping[str, UnitColumn] = {**_STORED, "label": _STORED["bombcell_label"]}
"""By the names that a filter can say; ``label`` is that of the windows of recordings."""


class CohortUnits:
    """The units of all runs: columns for a filter, each read when it is first asked for.

    Parameters
    ----------
    path : Path
        The file with all of them.
    n_units : int
        How many there are.
    """

    def __init__(self, path: Path, n_units: int) -> None:
        self._path = path
        self._n = n_units
        self._read: dict[str, Any] = {}

    @property
    def n_units(self) -> int:
        """Number of units."""
        return self._n

    def names(self) -> Sequence[str]:
        """Return the names of all columns."""
        return list(_DECLARED)

    def kind(self, name: str) -> Kind | None:
        """Return what a column holds, or None where there is none of this name."""
        declared = _DECLARED.get(name)
        return None if declared is None else declared.kind

    def column(self, name: str) -> Column:
        """Return what a column is; KeyError where there is none."""
        return COLUMNS["label"] if name == "label" else _DECLARED[name].column

    def values(self, name: str) -> Array:
        """Return a column: float64 (missing: NaN), bool (missing: False), or object (str)."""
        if _DECLARED[name].stored == "text":
            codes, texts = self.codes(name)
            return np.array([*texts, ""], dtype=object)[codes]
        return np.asarray(self._kept(name)[0])

    def known(self, name: str) -> Bools:
        """Return for which units a flag says anything, shape (n_units,)."""
        return np.asarray(self._kept(name)[1])

    def codes(self, name: str) -> tuple[Array, Sequence[str]]:
        """Return a text column as codes (−1: missing, or empty) and its distinct texts."""
        codes, texts = self._kept(name)
        return codes, texts

    def _kept(self, name: str) -> Any:
        declared = _DECLARED[name]
        if declared.name not in self._read:
            self._read[declared.name] = self._load(declared)
        return self._read[declared.name]

    def _load(self, declared: UnitColumn) -> Any:
        text = declared.stored == "text"
        try:
            as_codes = [declared.name] if text else []
            with pq.ParquetFile(self._path, read_dictionary=as_codes, pre_buffer=False) as file:
                column = file.read([declared.name]).column(0)
        except (OSError, pa.ArrowException) as error:
            raise UserError(
                f"{one_line(self._path)}: cannot be read: {reason(error)}.", _AGAIN
            ) from None
        if text:
            return _coded(column)
        whole = column.combine_chunks()
        known = _bits(whole, 0, len(whole))
        if declared.stored == "flag":
            data = np.frombuffer(whole.buffers()[1], np.uint8)
            held = np.unpackbits(data, bitorder="little", count=len(whole)).astype(bool)
            return held & known, known
        kind = np.float64 if declared.stored == "number" else np.int64
        values = np.frombuffer(whole.buffers()[1], kind, len(whole)).astype(np.float64)
        values[~known] = np.nan
        return values, known


def _bits(array: Any, which: int, n: int) -> Bools:
    buffer = array.buffers()[which]
    if buffer is None:
        return np.ones(n, bool)
    raw = np.frombuffer(buffer, np.uint8)
    return np.unpackbits(raw, bitorder="little", count=n).astype(bool)


def _coded(column: Any) -> tuple[Array, tuple[str, ...]]:
    """Return texts as codes and distinct texts; −1 where there is none, or an empty one."""
    found: dict[str, int] = {}
    parts = [np.empty(0, np.int32)]
    for chunk in column.chunks:
        texts = chunk.dictionary.to_pylist()
        places = [found.setdefault(text, len(found)) if text else -1 for text in texts]
        to_code = np.array([*places, -1], np.int32)
        indices = chunk.indices.fill_null(len(texts))
        buffer = indices.buffers()[1]
        raw = np.frombuffer(buffer, np.int32, len(chunk) + chunk.offset)[chunk.offset :]
        parts.append(to_code[raw])
    return np.concatenate(parts), tuple(found)


@dataclass(frozen=True, slots=True, eq=False)
class Cohort:
    """A cohort.

    Attributes
    ----------
    folder : Path
        Where it is.
    rows : tuple of mapping
        Its runs, by :data:`~bcviewer.core.cohort.run_columns.RUN_COLUMNS`, in order.
    runs : tuple of mapping
        Those that have units.
    units : CohortUnits
        Their units, run by run in this order.
    which : numpy.ndarray of int64
        The run of each unit, a place in ``runs``.
    """

    folder: Path
    rows: tuple[RunRow, ...]
    runs: tuple[RunRow, ...]
    units: CohortUnits
    which: Ints

    @property
    def labels(self) -> Codes:
        """Bombcell's label of each unit."""
        codes, texts = self.units.codes("bombcell_label")
        return parse_labels(np.array([*texts, ""], dtype=object))[codes]

    def blocked(self) -> tuple[Ints, Sequence[str]]:
        """Return how many units of each run each condition alone keeps from GOOD, and these."""
        codes, texts = self.units.codes("sole_blocker")
        return sole_blockers(codes, texts, self.which, len(self.runs)), texts

    def shown(self, text: str) -> Bools:
        """Return which units a filter shows, shape (n_units,).

        Raises
        ------
        FilterError
            If it cannot be read.
        """
        return evaluate(parse_filter(text, self.units), self.units)

    def by_run(self, units: Bools) -> Ints:
        """Return how many of some units each run has, shape (n_runs,)."""
        counts = np.bincount(self.which[units], minlength=len(self.runs))
        return counts.astype(np.int64)

    def what_if(self, proposal: Proposal) -> CohortWhatIf:
        """Judge every unit by a proposal."""
        starts = np.cumsum([0, *(_n_units(row) for row in self.runs)]).tolist()
        saved = [
            SavedRun(start, _n_units(row), *(str(row[n]) for n in _JUDGED_BY))
            for start, row in zip(starts, self.runs, strict=False)
        ]
        return judged_by(proposal, saved, self.labels, self.units.values)


_JUDGED_BY = (PARAMETERS, COLUMNS_SAVED, MEASURED)


def _n_units(row: RunRow) -> int:
    n = row["n_units"]
    assert isinstance(n, int)  # noqa: S101  # the column's kind
    return n


def open_cohort(folder: Path) -> Cohort:
    """Open a cohort; its units are not read yet.

    Raises
    ------
    UserError
        If it is none, or its build did not come to its end.
    """
    check_format(folder)
    rows = read_rows(folder)
    if rows is None:
        raise UserError(f"{one_line(folder)}: has no {names.COHORT_RUNS} yet.", _AGAIN)
    if joined_digest(folder) != digest_of(rows):
        raise UserError(
            f"{one_line(folder)}: {names.COHORT_JOINED} is not of these runs: a build was ended"
            " before its end, or is under way.",
            _AGAIN,
        )
    runs = with_units(rows)
    lengths = [_n_units(row) for row in runs]
    which = np.repeat(np.arange(len(runs)), lengths)
    units = CohortUnits(folder / names.COHORT_JOINED, sum(lengths))
    return Cohort(folder, tuple(rows), tuple(runs), units, which)
