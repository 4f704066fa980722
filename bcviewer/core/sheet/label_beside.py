"""The label of a unit that is seen beside the current one."""

from __future__ import annotations

from collections.abc import Iterable

from bcviewer.core.rules.labels import Label
from bcviewer.core.sheet.sheet import Sheet

LABEL_HIDDEN, NOT_SCORED = "label hidden", "not scored"


def label_beside(sheet: Sheet, row: int, beside: Iterable[int]) -> tuple[Label, str]:
    """Return a unit's label and its words, as they may be told while it is seen beside others.

    While a blind review hides the verdict of any of them, nothing is told: what Bombcell says of a
    unit that is much like another one is nearly what it says of that one.
    """
    if sheet.veil.hides(row, *beside):
        return Label.UNSCORED, LABEL_HIDDEN
    label = Label(int(sheet.labels[row]))
    if label != Label.UNSCORED:
        return label, sheet.text("label", row)
    verdict = sheet.parts.scored_here(row)  # beside another's label, a dash would say of whom?
    return label, f"here: {verdict}" if verdict else NOT_SCORED
