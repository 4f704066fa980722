"""What a methods text is written of: saved thresholds, or a proposal, which says that it is one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from bcviewer.core.arrays import Array, Codes
from bcviewer.core.comparison.changes import change_words
from bcviewer.core.comparison.proposal import value_words
from bcviewer.core.comparison.what_if import KEPT_TIME
from bcviewer.core.curation.times import is_believed, is_time
from bcviewer.core.rules.counts import count_of
from bcviewer.core.rules.criteria import Criteria
from bcviewer.core.rules.defaults import DEFAULTS_OF, settings
from bcviewer.core.rules.labels import Label
from bcviewer.oracle.methods_by_bombcell import Methods


@dataclass(frozen=True, slots=True, eq=False)
class MethodsBasis:
    """What a text is of.

    Attributes
    ----------
    criteria : Criteria
        The thresholds and flags that it names.
    labels : numpy.ndarray of int8 or None
        The labels to count; None: they are not all known.
    paragraph : str
        What ends the text: that it is of a proposal. Empty: it is not.
    notes : tuple of str
        What is to be known beside it.
    """

    criteria: Criteria
    labels: Codes | None
    paragraph: str = ""
    notes: tuple[str, ...] = ()

    def around(self, said: Methods) -> Methods:
        """Return what bombcell wrote with what is to be said beside it."""
        text = f"{said.text}\n\n{self.paragraph}" if self.paragraph else said.text
        return replace(said, text=text, notes=(*self.notes, *said.notes))


def saved_basis(criteria: Criteria, labels: Codes) -> MethodsBasis:
    """Return the basis of a run as it was saved."""
    return MethodsBasis(criteria, labels, "", tuple(differing(criteria)))


def proposed_basis(
    before: Criteria, after: Criteria, codes: Codes, answers: Array, kept_at: str = ""
) -> MethodsBasis:
    """Return the basis of a proposal.

    Parameters
    ----------
    before, after : Criteria
        What the run was judged by, and what is proposed.
    codes, answers : numpy.ndarray
        The proposed labels, and whether saved metrics answer for them; shape (n_units,).
    kept_at : str
        When it was kept, ISO 8601; empty, or no time: it was not, which is said, and it is of now.
    """
    each = ", ".join(map(change_words, before.diff(after)))
    told = [
        f"A proposal of {_day(kept_at)}, by which Bombcell was not run: {each}.",
        *differing(after),
    ]
    labels: Codes | None = codes
    notes = ["A proposal: its labels follow from the saved metrics, Bombcell was not run by it."]
    if unknown := int((codes == Label.UNSCORED).sum()):
        labels = None
        notes.append(f"No counts: {count_of(unknown, 'unit needs', 'units need')} a run.")
    elif (answers == KEPT_TIME).any():
        notes.append("The counts hold the kept time fixed, which these thresholds choose.")
    return MethodsBasis(after, labels, " ".join(told), tuple(notes))


def _day(kept_at: str) -> str:
    if is_believed(kept_at) and is_time(kept_at):
        return f"{datetime.fromisoformat(kept_at).astimezone():%Y-%m-%d}"
    return f"{datetime.now().astimezone():%Y-%m-%d} (not kept)"


def differing(criteria: Criteria) -> list[str]:
    """Return which thresholds and flags are not Bombcell's defaults, in a line."""
    moved = [s for s in settings(criteria) if s.differs and s.value == s.value]
    if not moved:
        return []
    each = ", ".join(f"{s.name} {value_words(s.value)} ({value_words(s.default)})" for s in moved)
    return [f"Not the defaults of {DEFAULTS_OF} (in parentheses): {each}."]
