"""What curators said, as columns of a run's table. Immutable; a change copies some arrays."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bcviewer.core.arrays import Codes, Floats, Ints, distinct
from bcviewer.core.curation.manual import ManualUnit
from bcviewer.core.curation.state import CurationState
from bcviewer.core.rules.labels import Label
from bcviewer.core.run.stretch import read_stretch
from bcviewer.core.run.unit_ids import UnitIds

NO_LABEL = -1
"""Code of a unit without a label by some source."""

_FEW = 512
_UNSAID = ManualUnit()


@dataclass(frozen=True, slots=True, eq=False)
class TextCodes:
    """A column of texts: the code of each unit, and what the codes mean (0: nothing)."""

    codes: npt.NDArray[np.int32]
    texts: npt.NDArray[Any]

    @classmethod
    def empty(cls, n: int) -> TextCodes:
        """Return a column without texts."""
        return cls(np.zeros(n, np.int32), np.array([""], dtype=object))

    def with_rows(self, rows: Ints, texts: list[str]) -> TextCodes:
        """Return the column with other texts in some rows."""
        if len(self.texts) > _FEW + 2 * len(self.codes):  # most are of no unit any more
            return self.compact().with_rows(rows, texts)
        # Where there are many texts they are mostly distinct, and looking each up would cost more
        # than a text that stands there twice.
        known = {"": 0}
        if len(self.texts) <= _FEW:
            known = {text: code for code, text in enumerate(self.texts.tolist())}
        start = len(self.texts)
        added: list[str] = []
        codes = self.codes.copy()
        for row, text in zip(rows.tolist(), texts, strict=True):
            if text not in known:
                known[text] = start + len(added)
                added.append(text)
            codes[row] = known[text]
        if not added:
            return TextCodes(codes, self.texts)
        return TextCodes(codes, np.concatenate([self.texts, np.array(added, dtype=object)]))

    def compact(self) -> TextCodes:
        """Return the column without texts that no unit has."""
        used = distinct(np.append(self.codes, 0))
        return TextCodes(np.searchsorted(used, self.codes).astype(np.int32), self.texts[used])


@dataclass(frozen=True, slots=True, eq=False)
class ManualColumns:
    """Manual labels and notes by row of a run.

    Attributes
    ----------
    labels : numpy.ndarray of int8
        Codes of the manual labels; :data:`NO_LABEL` where there is none.
    note : TextCodes
        Notes.
    by, at, note_by, note_at : TextCodes
        Who gave the label and wrote the note, and when (to the second, in UTC).
    opinions : TextCodes
        Each person's label, where people differ.
    stable : TextCodes
        The time in which a unit is stable, as it is written in journals.
    """

    labels: Codes
    note: TextCodes
    by: TextCodes
    at: TextCodes
    note_by: TextCodes
    note_at: TextCodes
    opinions: TextCodes
    stable: TextCodes

    @classmethod
    def empty(cls, n: int) -> ManualColumns:
        """Return the columns of a run of which nobody said anything."""
        nothing = TextCodes.empty(n)
        return cls(np.full(n, NO_LABEL, np.int8), *[nothing] * 7)

    @classmethod
    def of(cls, ids: UnitIds, state: CurationState) -> ManualColumns:
        """Return the columns of rows; units that are in none are left out."""
        empty = cls.empty(len(ids))
        return empty.with_units(ids, state, state.units) if state.units else empty

    def with_units(
        self, ids: UnitIds, state: CurationState, changed: Iterable[int]
    ) -> ManualColumns:
        """Return the columns after some units (by cluster id) changed."""
        rows = ids.rows_of_any(changed)
        if not len(rows):
            return self
        units = [state.units.get(i, _UNSAID) for i in ids.cluster_id[rows].tolist()]
        labels = self.labels.copy()
        labels[rows] = [NO_LABEL if u.label is None else int(u.label) for u in units]
        return ManualColumns(
            labels,
            _with(self.note, rows, [unit.note for unit in units]),
            _with(self.by, rows, [unit.by for unit in units]),
            _with(self.at, rows, [_seconds(unit.at) for unit in units]),
            _with(self.note_by, rows, [unit.note_by for unit in units]),
            _with(self.note_at, rows, [_seconds(unit.note_at) for unit in units]),
            _with(self.opinions, rows, [unit.opinions for unit in units]),
            _with(self.stable, rows, [unit.stable for unit in units]),
        )

    def said_of(self, row: int) -> ManualUnit:
        """Return what is shown of one row; the times to the second."""
        return self.said_of_all(np.array([row]))

    def said_of_all(self, rows: Ints) -> ManualUnit:
        """Return what is shown of some rows: what was said of each of them alike."""
        columns = (
            self.note,
            self.by,
            self.at,
            self.note_by,
            self.note_at,
            self.opinions,
            self.stable,
        )
        texts = (str(c.texts[c.codes[rows[0]]]) if _alike(c.codes[rows]) else "" for c in columns)
        label = int(self.labels[rows[0]])
        known = label != NO_LABEL and _alike(self.labels[rows])
        return ManualUnit(Label(label) if known else None, *texts)

    def stable_s(self, end: int) -> Floats:
        """Return from (0) or until (1) when each unit is stable, s; NaN: that was not kept."""
        found = [read_stretch(text) for text in self.stable.texts.tolist()]
        times = [(one.start_s, one.stop_s)[end] if one else float("nan") for one in found]
        return np.array(times, np.float64)[self.stable.codes]

    @property
    def n_labels(self) -> int:
        """How many units have a manual label."""
        return int(np.count_nonzero(self.labels != NO_LABEL))

    @property
    def conflict(self) -> npt.NDArray[np.bool_]:
        """Of which units people differ, shape (n_units,)."""
        return np.asarray(self.opinions.codes > 0)

    @property
    def anything(self) -> bool:
        """Whether anything was said of any unit."""
        return self.n_labels > 0 or bool(self.note.codes.any() or self.stable.codes.any())


def _alike(codes: npt.NDArray[Any]) -> bool:
    return bool((codes == codes[0]).all())


def _with(column: TextCodes, rows: Ints, texts: list[str]) -> TextCodes:
    """Return a column with other texts in some rows; the same one where nothing was or is said."""
    if not any(texts) and not column.codes[rows].any():
        return column
    return column.with_rows(rows, texts)


def _seconds(at: str) -> str:
    return f"{at[:10]} {at[11:19]}" if at else ""


def orphans(ids: UnitIds, state: CurationState) -> list[int]:
    """Return the cluster ids with a label or a note that no row has (any more)."""
    there = set(ids.ids_of().tolist())
    return sorted(
        i
        for i, unit in state.units.items()
        if i >= 0 and i not in there and (unit.label is not None or unit.note or unit.stable)
    )


def told_apart(before: ManualColumns, after: ManualColumns, rows: Ints) -> npt.NDArray[np.bool_]:
    """Return of which of some rows something else is shown, shape (len(rows),)."""
    if len(before.labels) != len(after.labels):
        return np.ones(len(rows), bool)
    labels = before.labels[rows] != after.labels[rows]
    notes = before.note.texts[before.note.codes[rows]] != after.note.texts[after.note.codes[rows]]
    was, now = (said.stable.texts[said.stable.codes[rows]] for said in (before, after))
    return np.asarray(labels | notes | (was != now), dtype=bool)
