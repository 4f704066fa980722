"""What a run's units would be by thresholds and flags that somebody tries: a proposal, no fact."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bcviewer.core.arrays import Array, Bools, Codes
from bcviewer.core.audit.audit import Audit
from bcviewer.core.rules.criteria import Criteria
from bcviewer.core.rules.labels import Label
from bcviewer.core.run.run import Run


@dataclass(frozen=True, slots=True, eq=False)
class Tried:
    """A run judged by other criteria than those that its sheet is by.

    Made by :func:`bcviewer.core.comparison.what_if.tried`; a sheet with one shows its verdicts,
    while Bombcell's label, and whatever is settled, stay those of the sheet's own criteria.

    Attributes
    ----------
    run : Run
        The run.
    criteria : Criteria
        The thresholds and flags that are tried.
    words : str
        What differs, as it is typed.
    audit : Audit
        What the rules say by them; of units that saved metrics cannot answer for, nothing.
    answers : numpy.ndarray
        ``exact``, ``if the kept time stayed`` or ``needs a run: why``. Object array of str, shape
        (n_units,).
    """

    run: Run
    criteria: Criteria
    words: str
    audit: Audit
    answers: Array

    @property
    def codes(self) -> Codes:
        """The labels; ``Label.UNSCORED`` where there is no answer."""
        return self.audit.label

    @property
    def unanswered(self) -> Bools:
        """Units of which saved metrics cannot say what they would be, shape (n_units,)."""
        return np.asarray(self.codes == Label.UNSCORED)

    def why_unanswered(self, row: int) -> str:
        """Return why there is no answer for a row; empty where there is one, or no such unit."""
        if row >= len(self.codes) or self.codes[row] != Label.UNSCORED:
            return ""
        return str(self.answers[row])
