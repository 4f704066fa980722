"""A proposal in words: what is tried, what it makes of the classes, and what it cannot say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bcviewer.core.arrays import Codes
from bcviewer.core.audit.rpv import is_saved
from bcviewer.core.audit.summary import class_counts
from bcviewer.core.comparison.proposal import Proposal, value_words
from bcviewer.core.comparison.retested import Retested, retest_words
from bcviewer.core.comparison.what_if import KEPT_TIME
from bcviewer.core.rules.comparisons import parameter_words
from bcviewer.core.rules.counts import count_of, known_count
from bcviewer.core.rules.criteria import Criteria
from bcviewer.core.rules.labels import CLASSES, LABEL_NAMES, Label
from bcviewer.core.sheet.book import Book
from bcviewer.core.sheet.parts import PROPOSED_SOURCES
from bcviewer.core.sheet.tried import EXACT, Tried


@dataclass(frozen=True, slots=True)
class WhatIfWords:
    """What is said of a proposal.

    Attributes
    ----------
    changes : tuple of (str, str)
        The parameters that are tried, each with its words: ``presence ratio ≥ 0.6 (0.7)``.
    classes : tuple of str
        What becomes of each class: ``GOOD 19 → 57 (+40 −2)``; nothing while verdicts are hidden.
    flips : int
        Units whose label it changes; −1: that is not told.
    notes : tuple of str
        What it cannot say, and what does not show it.
    """

    changes: tuple[tuple[str, str], ...]
    classes: tuple[str, ...]
    flips: int
    notes: tuple[str, ...]

    @property
    def text(self) -> str:
        """All of it on one line."""
        parts = ("What if", *(words for _, words in self.changes), *self.classes, *self.notes)
        return " · ".join(parts)


def what_if_words(book: Book, proposal: Proposal, retested: Sequence[Retested] = ()) -> WhatIfWords:
    """Return what is to be said of a proposal for all that is open, by what was tested anew."""
    own = [sheet.inputs.criteria for sheet in book.sheets]
    changes = tuple((name, tried_words(name, value, own)) for name, value in proposal.changes)
    source = book.sheets[0].source
    notes = () if source in PROPOSED_SOURCES else (f"the table shows the {source} labels",)
    if book.n_hidden:  # counts of some would tell verdicts of the others
        return WhatIfWords(changes, (), -1, ("its counts are hidden by the blind review", *notes))
    was = np.concatenate([sheet.bombcell_labels for sheet in book.sheets])
    now = np.concatenate([sheet.parts.verdicts for sheet in book.sheets])
    flips = int(((was != now) & (now != Label.UNSCORED)).sum())
    tests = filter(None, [retest_words(retested)])
    return WhatIfWords(changes, class_words(was, now), flips, (*_answers(book), *tests, *notes))


def tried_words(name: str, value: float | bool, own: list[Criteria]) -> str:
    """Return one change as people read it, with what was saved: ``presence ratio ≥ 0.6 (0.7)``."""
    saved = ", ".join(dict.fromkeys(value_words(one.values.get(name)) for one in own))
    return f"{parameter_words(name, value_words(value))} ({saved})"


def class_words(was: Codes, now: Codes) -> tuple[str, ...]:
    """Return what becomes of each class; of units without an answer nobody knows."""
    unknown = (now == Label.UNSCORED) & (was != Label.UNSCORED)
    out, counts, after = [], class_counts(was), class_counts(now)
    for label in CLASSES:
        n, m = int(counts[label]), int(after[label])
        if not n and not m:
            continue
        gained = int(((was != label) & (now == label)).sum())
        lost = int(((was == label) & (now != label) & ~unknown).sum())
        open_ones = int(((was == label) & unknown).sum())
        moved = [f"+{gained:,} −{lost:,}"] if gained or lost else []
        moved += [f"{open_ones:,} not known"] if open_ones else []
        after_words = known_count(m, int(unknown.any()))
        arrow = f"{n:,} → {after_words} ({', '.join(moved)})" if moved else f"{n:,}"
        out.append(f"{LABEL_NAMES[label]} {arrow}")
    return tuple(out)


def _answers(book: Book) -> tuple[str, ...]:
    """Return how many units it cannot answer for and why, and of how many under a condition."""
    found = [sheet.inputs.tried for sheet in book.sheets if sheet.inputs.tried is not None]
    answers: Counter[str] = Counter()
    for one in found:
        answers.update(one.answers.counted)
    out = []
    for kind, many in sorted(answers.items()):
        if kind == KEPT_TIME:
            out.append(f"{count_of(many, 'unit')} {kind}")
        elif kind != EXACT:
            out.append(f"{count_of(many, 'unit')}: {kind}")
    return (*out, *_verdicts(found))


def _verdicts(found: list[Tried]) -> tuple[str, ...]:
    """Return how many verdicts of the refractory test are of the saved limit still."""
    limits: Counter[str] = Counter()
    for one in found:
        limits[one.of_saved_limit] += int(np.count_nonzero(is_saved(one.audit.rpv)))
    return tuple(f"{count_of(n, 'RPV verdict')} {words}" for words, n in limits.items() if n)
