"""What another run says of a run's units, and why the two differ: beside its facts, not of them."""

from __future__ import annotations

from dataclasses import dataclass

from bcviewer.core.run.run import Run
from bcviewer.core.sheet.padding import CodesTexts

NOT_THERE = "not there"
"""Stands for the label of a unit that one of the two runs has not."""


@dataclass(frozen=True, slots=True, eq=False)
class Between:
    """A run's units in a comparison with another run.

    Made by :func:`bcviewer.core.comparison.two_runs.beside`; a sheet with one has further columns,
    and none of its own is another one by it.

    Attributes
    ----------
    run : Run
        The run.
    words : str
        What it is compared with, and which of the two was before.
    change, before, after, cause, because, moved : tuple of numpy.ndarray
        Text columns, as codes of shape (n_units,) and their texts: the label in either run, why it
        changed in one word and in more, and the metrics behind that with both values. All but the
        labels are empty where nothing changed.
    """

    run: Run
    words: str
    change: CodesTexts
    before: CodesTexts
    after: CodesTexts
    cause: CodesTexts
    because: CodesTexts
    moved: CodesTexts

    def text(self, name: str, row: int) -> str:
        """Return what one of its columns says of a row; nothing of units that phy made."""
        codes, texts = getattr(self, name)
        return str(texts[codes[row]]) if row < len(codes) else ""

    def fact(self, row: int) -> str:
        """Return what changed for a row, in a line; empty where nothing is known of it."""
        if not self.text("before", row):
            return ""
        if not self.text("cause", row):
            return f"{self.words}: {self.text('after', row)} in both"
        moved = self.text("moved", row)
        because = f"{self.text('change', row)}: {self.text('because', row)}"
        return f"{self.words}: {because}{f'; {moved}' if moved else ''}"
