"""What the units would be by the saved thresholds: the hollow bars beside a proposal's."""

from __future__ import annotations

from bcviewer.app.scene import Scene
from bcviewer.core.sheet.book import Book
from bcviewer.core.sheet.derive import settled
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.core.sheet.table import Table

OUTLINE = "outline: saved thresholds"
"""What a legend says of hollow bars."""


class Former:
    """The table without what is tried, made once for all moves of a proposal."""

    def __init__(self) -> None:
        self._sheets: tuple[Sheet, ...] = ()
        self._table: Table | None = None

    def table(self, scene: Scene) -> Table | None:
        """Return it, with the rows of the scene's; None where no proposal is shown."""
        book = scene.book
        if book is None or not book.table.proposes:
            self._sheets, self._table = (), None
            return None
        before = self._sheets if len(self._sheets) == len(book.sheets) else ()
        self._sheets = tuple(
            _settled(sheet, before[i] if before else None) for i, sheet in enumerate(book.sheets)
        )
        if self._table is None or self._sheets != before:
            self._table = Book(self._sheets, book.recordings).table
        return self._table


def _settled(sheet: Sheet, before: Sheet | None) -> Sheet:
    """Return a sheet without what is tried: the one before, where that is the same."""
    if before is not None and not sheet.inputs.settled().unlike(before.inputs):
        return before
    return settled(sheet)
