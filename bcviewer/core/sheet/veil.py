"""What hides the verdict of some units until they are labelled, as a blind review asks for.

A hidden unit is in its sheet as one that Bombcell has not scored: it has no label by any source, no
rule that passed or failed, and no margin; so whatever is drawn of a sheet shows none. Its metrics
and spikes are there: they are what the curator judges by.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bcviewer.core.arrays import Codes, Ints
from bcviewer.core.audit.audit import Audit
from bcviewer.core.curation.said_columns import NO_LABEL, ManualColumns, TextCodes
from bcviewer.core.rules.columns import BETWEEN
from bcviewer.core.rules.labels import Label
from bcviewer.core.run.phy import Phy
from bcviewer.core.sheet.padding import UNSCORED_VALUES, CodesTexts, Values

HIDDEN_WORDS = "hidden until you label it"
"""What stands in the place of a verdict."""
OTHER_LABELS = frozenset(
    {"saved_label", "ks_label", "phy_group", "blind_label", "scored_here", *BETWEEN}
)
"""Columns of labels that come from elsewhere: hidden, too. Others follow from what is hidden."""


def without_rows(audit: Audit, rows: Ints) -> Audit:
    """Return an audit that says nothing of some rows."""
    changed: dict[str, Values] = {}
    for name in Audit.__dataclass_fields__:
        if name != "rules":
            array = getattr(audit, name).copy()
            array[..., rows] = UNSCORED_VALUES.get(name, 0)
            changed[name] = array
    return Audit(audit.rules, **changed)


class Veil:
    """Lies over a sheet: of hidden rows it says nothing that tells a verdict.

    Whoever wants to know what is hidden asks the veil of the sheet, or the book of all of them.

    Parameters
    ----------
    hidden : tuple of int
        The rows, in order.

    Attributes
    ----------
    rows : numpy.ndarray
        The rows.
    """

    def __init__(self, hidden: tuple[int, ...] = ()) -> None:
        self.rows: Ints = np.array(hidden, np.int64)
        self._set = frozenset(hidden)

    def __len__(self) -> int:
        return len(self.rows)

    def hides(self, *rows: int) -> bool:
        """Whether no verdict of a unit, or of one of several, may be shown."""
        return not self._set.isdisjoint(rows)

    def unsaved(self, phy: Phy, row: int) -> str:
        """Return what :meth:`Phy.unsaved` does; of a hidden row not which label phy gave it."""
        words = phy.unsaved(row)
        if not words or not self.hides(row):
            return words
        from bcviewer.core.run.phy_unsaved import without_labels  # not at the start

        detail = phy.detail(row)
        return words.removesuffix(detail) + without_labels(detail)

    def phy_texts(self, phy: Phy) -> CodesTexts:
        """Return what :meth:`Phy.texts` does; of hidden rows not which label phy gave them."""
        codes, texts = phy.texts()
        told = {row: self.unsaved(phy, row) for row in self.rows.tolist()}
        rows = [row for row, words in told.items() if words]
        if not rows:
            return codes, texts
        codes[rows] = len(texts) + np.arange(len(rows))
        texts = np.append(texts, np.array([told[row] for row in rows], dtype=object))
        used, codes = np.unique(codes, return_inverse=True)  # what no row says any more is no text
        return codes, texts[used]

    def audit(self, audit: Audit) -> Audit:
        """Return an audit that says nothing of the hidden rows."""
        return without_rows(audit, self.rows) if self._set else audit

    def labels(self, codes: Codes, instead: Label = Label.UNSCORED) -> Codes:
        """Return labels without those of the hidden rows."""
        if self._set:
            codes = codes.copy()
            codes[self.rows] = instead
        return codes

    def said(self, manual: ManualColumns) -> ManualColumns:
        """Return what curators said without any label of the hidden rows; notes stay."""
        if not self._set:
            return manual
        labels = manual.labels.copy()
        labels[self.rows] = NO_LABEL
        return replace(
            manual,
            labels=labels,
            by=self._without(manual.by),
            at=self._without(manual.at),
            opinions=self._without(manual.opinions),
        )

    def _without(self, column: TextCodes) -> TextCodes:
        codes = column.codes.copy()
        codes[self.rows] = 0
        return TextCodes(codes, column.texts)

    def texts(self, found: CodesTexts) -> CodesTexts:
        """Return a text column that says nothing of the hidden rows."""
        if not self._set:
            return found
        codes, texts = found[0].astype(np.int64), found[1]
        codes[self.rows] = len(texts)
        return codes, np.append(texts, np.array([""], dtype=object))

    def numbers(self, values: Values) -> Values:
        """Return numbers that say nothing of the hidden rows: no rule that failed is no fact."""
        if not self._set or values.dtype == bool:
            return values
        values = values.astype(np.float64)
        values[self.rows] = np.nan
        return values
