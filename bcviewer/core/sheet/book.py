"""One sheet or many in one row space: which unit of which recording a row is."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from bcviewer.core.arrays import Ints, distinct
from bcviewer.core.run.run import Run
from bcviewer.core.sheet.ids import ClusterId, GlobalRow, SheetRow, UnitKey
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.core.sheet.table import Table

_NUMBER = re.compile(r"\d{1,18}")


class Book:
    """Sheets, and the rows of all of them, one sheet after the other.

    Its :attr:`table` is what is drawn, sorted, filtered and counted: of one sheet that very
    sheet, of several their columns joined, with ``probe`` first. Who needs one run (evidence,
    why a unit has its label, what is written) asks for a row's sheet.

    Parameters
    ----------
    sheets : sequence of Sheet
        One or more.
    recordings : sequence of str, optional
        The key of each sheet's recording; by default its Kilosort directory.
    before : Book, optional
        Another one, to join nothing again whose parts are the same. Whether it is given makes no
        difference to what the book says.

    Attributes
    ----------
    sheets, recordings
        As given, as tuples.
    probes : tuple of str
        What people call each sheet, all different.
    table : Table
        The columns.
    """

    def __init__(
        self,
        sheets: Sequence[Sheet],
        recordings: Sequence[str] | None = None,
        before: Book | None = None,
    ) -> None:
        if not sheets:
            raise ValueError("a book has a sheet at least")
        self.sheets: tuple[Sheet, ...] = tuple(sheets)
        places = [sheet.run.provenance.ks_dir for sheet in self.sheets]
        self.recordings: tuple[str, ...] = tuple(places if recordings is None else recordings)
        if len(self.recordings) != len(self.sheets):
            raise ValueError("a key for each sheet")
        self.probes = _told_apart(self.sheets)
        self._starts = np.cumsum([0, *(sheet.n_units for sheet in self.sheets)])
        self.table: Table = self.sheets[0]
        if len(self.sheets) > 1:
            from bcviewer.core.sheet.joined import Joined  # a start with one has no need of it

            other = None if before is None else before.table
            joined = other if isinstance(other, Joined) else None
            self.table = Joined(self.sheets, self.probes, joined)

    def __len__(self) -> int:
        return len(self.sheets)

    def with_sheet(self, which: int, sheet: Sheet) -> Book:
        """Return the book with another sheet in place of one; nothing of the others is made anew.

        Parameters
        ----------
        which : int
            The number of the sheet to replace.
        sheet : Sheet
            The other one: of the same run after a label, say.
        """
        sheets = (*self.sheets[:which], sheet, *self.sheets[which + 1 :])
        return Book(sheets, self.recordings, self)

    def with_further(self, sheet: Sheet) -> Book:
        """Return the book with one more sheet, the last one: all rows are where they were."""
        recordings = (*self.recordings, sheet.run.provenance.ks_dir)
        return Book((*self.sheets, sheet), recordings, self)

    # -- rows --------------------------------------------------------------------------------

    @property
    def n_units(self) -> int:
        """Number of rows."""
        return int(self._starts[-1])

    def number_of(self, row: GlobalRow) -> int:
        """Return which sheet a row is in.

        Raises
        ------
        IndexError
            If there is no such row.
        """
        if not 0 <= row < self.n_units:
            raise IndexError(f"row {row} of {self.n_units}")
        return int(np.searchsorted(self._starts, row, "right")) - 1

    def place(self, row: GlobalRow) -> tuple[int, SheetRow]:
        """Return which sheet a row is in, and its row there."""
        which = self.number_of(row)
        return which, SheetRow(row - int(self._starts[which]))

    def sheet_of(self, row: GlobalRow) -> Sheet:
        """Return the sheet that a row is in."""
        return self.sheets[self.number_of(row)]

    def sheet_row(self, row: GlobalRow) -> SheetRow:
        """Return a row's row in its sheet."""
        return self.place(row)[1]

    def row_of(self, which: int, row: SheetRow) -> GlobalRow:
        """Return the book's row of a sheet's row."""
        return GlobalRow(int(self._starts[which]) + row)

    def rows_of(self, which: int, rows: Ints) -> Ints:
        """Return the book's rows of some of a sheet's rows."""
        return rows + self._starts[which] if which else rows

    def by_sheet(self, rows: Ints) -> list[tuple[int, Ints]]:
        """Return some rows as rows of their sheets, in their order; sheets without are left out.

        Returns
        -------
        list of (int, numpy.ndarray)
            The number of each sheet, and its rows.
        """
        if len(self.sheets) == 1:
            return [(0, rows)] if len(rows) else []
        which = np.searchsorted(self._starts, rows, "right") - 1
        return [(i, rows[which == i] - self._starts[i]) for i in distinct(which).tolist()]

    def sheet_with(self, run: Run) -> int | None:
        """Return the number of the sheet of a run; None where it is not (or no longer) there."""
        return next((i for i, sheet in enumerate(self.sheets) if sheet.run is run), None)

    def moved(self, before: Book) -> Ints | None:
        """Return where the rows of another book with the same sheets are in this one.

        A sheet to which phy added rows moves those of the sheets after it.

        Returns
        -------
        numpy.ndarray or None
            By row of the other book its row here; None: every one is where it was.
        """
        starts = self._starts[: len(before.sheets)]
        if np.array_equal(starts, before._starts[:-1]):
            return None
        by = np.repeat(starts - before._starts[:-1], np.diff(before._starts))
        return np.asarray(np.arange(before.n_units) + by)

    def is_read_again(self, before: Book) -> bool:
        """Whether these are the files of another book, read again, with the same units in place."""
        return self.n_units == before.n_units and self.keeps_rows(before)

    def keeps_rows(self, before: Book) -> bool:
        """Whether these are the files of another book, read again, and no row is of another unit.

        The last rows may be gone or new: those that phy made are known once its files are compared.
        """
        return (
            len(self) == len(before)
            and np.array_equal(self._starts[:-1], before._starts[:-1])
            and all(
                sheet.run.is_read_again(other.run) and sheet.ids.agree_with(other.ids)
                for sheet, other in zip(self.sheets, before.sheets, strict=True)
            )
        )

    def within(self, which: int, rows: Ints) -> Ints:
        """Return those of some rows that are in a sheet."""
        first, end = self._starts[which : which + 2]
        return rows if len(self.sheets) == 1 else rows[(rows >= first) & (rows < end)]

    def rows_in(self, which: int, rows: Ints) -> Ints:
        """Return those of some rows that are in a sheet, as rows of it."""
        found = self.within(which, rows)
        return found - self._starts[which] if which else found

    # -- what a blind review hides ----------------------------------------------------------

    @property
    def n_hidden(self) -> int:
        """Number of rows of which no verdict may be told."""
        return sum(len(sheet.veil) for sheet in self.sheets)

    @property
    def is_compared_with_phy(self) -> bool:
        """Whether phy's files were read of all of it: a unit that is not there may be phy's."""
        return all(sheet.inputs.is_compared_with_phy for sheet in self.sheets)

    def hidden_rows(self) -> Ints:
        """Return the rows of which no verdict may be told: those that a sheet's veil hides."""
        return np.concatenate([self.rows_of(i, s.veil.rows) for i, s in enumerate(self.sheets)])

    # -- units -------------------------------------------------------------------------------

    def unit(self, row: GlobalRow) -> UnitKey | None:
        """Return what a row's unit is known by; None where the row has no id."""
        which, at = self.place(row)
        cluster_id = self.sheets[which].ids.id_of(at)
        if cluster_id is None:
            return None
        return UnitKey(self.recordings[which], ClusterId(cluster_id))

    def rows_of_unit(self, unit: UnitKey) -> Ints:
        """Return the rows of a unit (damaged results may repeat one, and so may two runs)."""
        found = [
            self.rows_of(i, self.sheets[i].ids.rows_of(unit.cluster_id))
            for i, recording in enumerate(self.recordings)
            if recording == unit.recording
        ]
        return np.concatenate(found) if found else np.empty(0, np.int64)

    def rows_named(self, text: str) -> Ints:
        """Return the rows of a unit as people write it: ``412``, ``B:412``, ``B412``.

        Several, where the id alone is ambiguous.
        """
        typed = text.strip()
        if _NUMBER.fullmatch(typed):
            return self.table.ids.rows_of(int(typed))
        found = [np.empty(0, np.int64)]
        for which, probe in enumerate(self.probes):
            rest = typed[len(probe) :].lstrip(": ")
            if typed.casefold().startswith(probe.casefold()) and _NUMBER.fullmatch(rest):
                found.append(self.rows_of(which, self.sheets[which].ids.rows_of(int(rest))))
        return np.concatenate(found)


def _told_apart(sheets: tuple[Sheet, ...]) -> tuple[str, ...]:
    """Return what to call each sheet: its probe, with more where two have the same."""
    places = [sheet.run.provenance for sheet in sheets]
    names = [place.probe for place in places]
    if len(set(names)) < len(names):
        names = [
            f"{place.name} {place.probe}" if names.count(place.probe) > 1 else place.probe
            for place in places
        ]
    seen: dict[str, int] = {}
    out = []
    for name in names:
        while (n := seen.get(name, 0) + 1) > 1:
            seen[name] = n
            name = f"{name} ({n})"
        seen[name] = 1
        out.append(name)
    return tuple(out)
