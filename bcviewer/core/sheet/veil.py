"""What hides the verdict of some units until they are labelled, as a blind review asks for.

A hidden unit is in its sheet as one that Bombcell has not scored: it has no label by any source, no
rule that passed or failed, and no margin; so whatever is drawn of a sheet shows none. Its metrics
and spikes are there: they are what the curator judges by.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bcviewer.core.audit.audit import Audit
from bcviewer.core.curation.said_columns import NO_LABEL, ManualColumns, TextCodes
from bcviewer.core.rules.labels import Codes, Label
from bcviewer.core.run.run import Ints
from bcviewer.core.sheet.padding import UNSCORED_VALUES, CodesTexts, Values

HIDDEN_WORDS = "hidden until you label it"
"""What stands in the place of a verdict."""
OTHER_LABELS = frozenset({"saved_label", "ks_label", "phy_group", "blind_label"})
"""Columns of labels that are read from files: hidden, too. Others follow from what is hidden."""


def veiled_audit(audit: Audit, rows: Ints) -> Audit:
    """Return an audit that says nothing of some rows."""
    changed: dict[str, Values] = {}
    for name in Audit.__dataclass_fields__:
        if name != "rules":
            array = getattr(audit, name).copy()
            array[..., rows] = UNSCORED_VALUES.get(name, 0)
            changed[name] = array
    return Audit(audit.rules, **changed)


def veiled_labels(codes: Codes, rows: Ints, hidden: Label = Label.UNSCORED) -> Codes:
    """Return labels without those of some rows."""
    codes = codes.copy()
    codes[rows] = hidden
    return codes


def veiled_said(manual: ManualColumns, rows: Ints) -> ManualColumns:
    """Return what curators said without any label of some rows; notes stay."""
    labels = manual.labels.copy()
    labels[rows] = NO_LABEL
    return replace(
        manual,
        labels=labels,
        by=_without(manual.by, rows),
        at=_without(manual.at, rows),
        opinions=_without(manual.opinions, rows),
    )


def _without(column: TextCodes, rows: Ints) -> TextCodes:
    codes = column.codes.copy()
    codes[rows] = 0
    return TextCodes(codes, column.texts)


class Veil:
    """Lies over the columns of a sheet: of hidden rows they say nothing that tells a verdict.

    Parameters
    ----------
    hidden : tuple of int
        The rows.
    """

    def __init__(self, hidden: tuple[int, ...]) -> None:
        self._rows, self._set = np.array(hidden, np.int64), frozenset(hidden)

    def hides(self, row: int) -> bool:
        """Whether no verdict of a unit may be shown."""
        return row in self._set

    def texts(self, found: CodesTexts) -> CodesTexts:
        """Return a text column that says nothing of the hidden rows."""
        if not self._set:
            return found
        codes, texts = found[0].astype(np.int64), found[1]
        codes[self._rows] = len(texts)
        return codes, np.append(texts, np.array([""], dtype=object))

    def numbers(self, values: Values) -> Values:
        """Return numbers that say nothing of the hidden rows: no rule that failed is no fact."""
        if not self._set or values.dtype == bool:
            return values
        values = values.astype(np.float64)
        values[self._rows] = np.nan
        return values
