"""What a proposal makes of a cohort: of the GOOD units of each run, and in a line of words."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bcviewer.core.arrays import Ints
from bcviewer.core.cohort.judged import CohortWhatIf
from bcviewer.core.cohort.run_columns import PARAMETERS, RunRow
from bcviewer.core.comparison.proposal import Proposal
from bcviewer.core.comparison.what_if_words import class_words
from bcviewer.core.rules.counts import count_of
from bcviewer.core.rules.criteria import Criteria
from bcviewer.core.rules.labels import Label


@dataclass(frozen=True, slots=True, eq=False)
class TriedRuns:
    """What becomes of each run, and of all of them.

    Attributes
    ----------
    proposal : Proposal
        What is tried.
    good : numpy.ndarray of int64
        GOOD units by it, of those whose label it tells, shape (n_runs,).
    gained, lost : numpy.ndarray of int64
        Units that become GOOD, and that are GOOD no longer, shape (n_runs,).
    open : numpy.ndarray of int64
        Units whose label needs a run of Bombcell, shape (n_runs,).
    unsure : numpy.ndarray of int64
        Units that the saved metrics do not answer for certain, those among them, shape (n_runs,).
    words : tuple of str
        What becomes of each class of all runs, and what is not known.
    """

    proposal: Proposal
    good: Ints
    gained: Ints
    lost: Ints
    open: Ints
    unsure: Ints
    words: tuple[str, ...]


def tried_runs(proposal: Proposal, found: CohortWhatIf) -> TriedRuns:
    """Return what a proposal that a cohort was judged by makes of it.

    Parameters
    ----------
    proposal : Proposal
        What was tried.
    found : CohortWhatIf
        What came of it.
    """
    moved, open_, unsure = found.moved(), found.without_label(), found.not_exact()
    good = moved[:, :, Label.GOOD].sum(axis=1)
    stayed = moved[:, Label.GOOD, Label.GOOD]
    left = moved[:, Label.GOOD, :].sum(axis=1)
    flips = int(moved.sum()) - int(np.trace(moved.sum(axis=0)))
    n = int(unsure.sum())
    changes = bool(flips or open_.any())
    words = class_words(found.before, found.codes) if changes else ("no label changes",)
    not_sure = (f"{count_of(n, 'unit')} not answered for certain",) if n else ()
    gained, lost = good - stayed, left - stayed
    return TriedRuns(proposal, good, gained, lost, open_, unsure, (*words, *not_sure))


def own_criteria(rows: Sequence[RunRow]) -> tuple[Criteria, ...]:
    """Return what runs were judged by, each once."""
    texts = dict.fromkeys(str(row[PARAMETERS]) for row in rows)
    return tuple(Criteria.from_saved(json.loads(text)) for text in texts)
