"""What a run's units would be by thresholds and flags that somebody tries: a proposal, no fact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from bcviewer.core.arrays import Array, Bools, Codes
from bcviewer.core.audit.audit import Audit
from bcviewer.core.audit.rpv import SAVED_LIMIT
from bcviewer.core.rules.criteria import Criteria
from bcviewer.core.rules.labels import Label
from bcviewer.core.rules.metric import NO_VALUE
from bcviewer.core.rules.rules import KEPT_UNCERTAIN
from bcviewer.core.run.run import Run

EXACT = "exact"
"""The answer for a unit of which saved metrics say what it would be."""


@dataclass(frozen=True, slots=True, eq=False)
class Answered:
    """Of which units saved metrics say what they would be, under which condition, and why not.

    Attributes
    ----------
    codes : numpy.ndarray of int8
        By unit the number of its text, shape (n_units,); 0: it is exact.
    texts : tuple of str
        :data:`EXACT` first, ``if the kept time stayed``, ``needs a run: why``.
    """

    codes: Codes
    texts: tuple[str, ...] = (EXACT,)

    def of(self, row: int) -> str:
        """Return what is said of a unit."""
        return self.texts[int(self.codes[row])]

    @property
    def by_unit(self) -> Array:
        """The text of each unit. Object array of str, shape (n_units,)."""
        return np.array(self.texts, dtype=object)[self.codes]

    @property
    def counted(self) -> Mapping[str, int]:
        """How many units each text is said of; those of none are left out."""
        counts = np.bincount(self.codes, minlength=len(self.texts)).tolist()
        return {text: n for text, n in zip(self.texts, counts, strict=True) if n}


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
    answers : Answered
        Whether they can, unit by unit.
    saved_limit : str
        The limit of refractory period violations that the saved verdicts are of, where another one
        is tried; else empty.
    waits : bool
        Whether units are being tested anew by the one that is tried.
    """

    run: Run
    criteria: Criteria
    words: str
    audit: Audit
    answers: Answered
    saved_limit: str = ""
    waits: bool = False

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
        return self.answers.of(row)

    # -- the refractory test's verdicts ------------------------------------------------------

    @property
    def of_saved_limit(self) -> str:
        """What is said of a verdict that is of the saved limit still: which that is."""
        return f"{SAVED_LIMIT} {self.saved_limit}"

    def marked(self, name: str, text: str) -> str:
        """Return a cell's text; a saved verdict says so where it is of another limit."""
        is_verdict = name == KEPT_UNCERTAIN.column and self.saved_limit and text != NO_VALUE
        return f"{text} (saved limit)" if is_verdict else text

    @property
    def not_known(self) -> str:
        """What is said of such a verdict by the limit that is tried."""
        rest = "is tested anew" if self.waits else "needs a run"
        return f"by the limit that is tried it {rest}"

    @property
    def why_untested(self) -> str:
        """Why a rule that hangs on such a verdict is not tested."""
        rest = "it is tested anew" if self.waits else "needs a run"
        return f"the refractory test's verdict is {self.of_saved_limit}: {rest}"
