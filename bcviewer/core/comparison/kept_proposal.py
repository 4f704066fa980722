"""Proposals that somebody kept: with a name, a reason, and the record of what was tried before."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from bcviewer.core.audit.summary import class_counts
from bcviewer.core.comparison.proposal import Proposal, value_words
from bcviewer.core.rules.criteria import Criteria
from bcviewer.core.rules.labels import LABEL_NAMES
from bcviewer.core.sheet.book import Book

MAX_REASON = 2_000
"""Most characters of a reason."""
MOST_TRIED = 300
"""Most values that are kept of what was tried: the last ones."""

ParameterValues = tuple[tuple[str, float | bool | None], ...]


@dataclass(frozen=True, slots=True)
class Trial:
    """What somebody saw of one proposal.

    Attributes
    ----------
    proposal : Proposal
        What was tried; nothing: the saved thresholds and flags.
    counts : tuple of (str, int)
        Units of each class; nothing where a blind review hid them.
    unanswered : int
        Units of which saved metrics cannot say what they would be.
    """

    proposal: Proposal
    counts: tuple[tuple[str, int], ...] = ()
    unanswered: int = 0

    @property
    def words(self) -> str:
        """What it made, as in ``GOOD 57, MUA 726``."""
        told = ", ".join(f"{name} {n:,}" for name, n in self.counts) or "hidden by a blind review"
        return told + (f", {self.unanswered:,} need a run" if self.unanswered else "")


@dataclass(frozen=True, slots=True)
class TriedRecord:
    """What was tried, in order.

    Attributes
    ----------
    trials : tuple of Trial
        At most :data:`MOST_TRIED`, the first of them what was saved.
    n : int
        How many were seen in all.
    """

    trials: tuple[Trial, ...] = ()
    n: int = 0

    def with_trial(self, trial: Trial, *, goes_on: bool = False) -> TriedRecord:
        """Return it with one more; what was seen just so is not told twice.

        ``goes_on`` says that it goes on with the last one (a drag): that is told as one, where it
        ended, and counted as what it was.
        """
        if trial in self.trials:
            return self
        first, rest = self.trials[:1], self.trials[1:]
        if goes_on:
            rest = rest[:-1]
        return TriedRecord((*first, *rest[max(0, len(rest) + 2 - MOST_TRIED) :], trial), self.n + 1)

    def and_then(self, later: TriedRecord) -> TriedRecord:
        """Return it with what was tried later."""
        out = self
        for trial in later.trials:
            out = out.with_trial(trial)
        seen_on_the_way = max(0, later.n - len(later.trials))
        return replace(out, n=out.n + seen_on_the_way)


NO_RECORD = TriedRecord()


def trial_of(book: Book, proposal: Proposal) -> Trial:
    """Return what a proposal makes of all that is open; of nothing proposed what there is."""
    if book.n_hidden:
        return Trial(proposal)
    tried = [sheet.inputs.tried for sheet in book.sheets]
    codes = [s.parts.verdicts if proposal.changes else s.bombcell_labels for s in book.sheets]
    counts = class_counts(np.concatenate(codes))
    told = tuple((LABEL_NAMES[i], n) for i, n in counts.items() if n and LABEL_NAMES[i])
    return Trial(proposal, told, sum(int(t.unanswered.sum()) for t in tried if t is not None))


@dataclass(frozen=True, slots=True)
class KeptProposal:
    """A proposal that somebody kept, or is about to.

    Attributes
    ----------
    name, reason : str
        What it is called, and why it was kept.
    proposal : Proposal
        The changes.
    base : tuple of (str, value)
        What the changed parameters were without it; None: absent, or without a value.
    record : TriedRecord
        What was tried before it was kept.
    by, at : str
        Who kept it, and when (ISO 8601 in UTC).
    recording, results : str
        Of which recording, as the journals know it, and of which results.
    """

    name: str
    reason: str
    proposal: Proposal
    base: ParameterValues = ()
    record: TriedRecord = NO_RECORD
    by: str = ""
    at: str = ""
    recording: str = ""
    results: str = ""


def kept_since(kept: Iterable[KeptProposal], proposal: Proposal) -> str:
    """Return when just these changes were kept first, as ``at`` has it; empty: never."""
    times = [one.at for one in kept if one.proposal == proposal and one.at]
    return min(times, default="")


def base_of(proposal: Proposal, criteria: Criteria) -> ParameterValues:
    """Return what the changed parameters are in a run's own criteria; None: nothing, or NaN."""
    known = {name: value for name, value in criteria.values.items() if not math.isnan(value)}
    return tuple((name, known.get(name)) for name, _ in proposal.changes)


def other_base(kept: KeptProposal, criteria: Criteria) -> str:
    """Return how a run's own parameters differ from those that it was kept over; may be empty."""
    here = dict(base_of(kept.proposal, criteria))
    other = [
        f"{name} {value_words(value)}, here {value_words(here[name])}"
        for name, value in kept.base
        if name in here and value_words(here[name]) != value_words(value)
    ]
    return "; ".join(other)


def snippet(kept: KeptProposal) -> str:
    """Return a proposal as lines of Python that change Bombcell's ``param``."""
    about = [f"“{kept.name}”" if kept.name else "tried in bcviewer, and not kept"]
    about += [f"by {kept.by}"] if kept.by else []
    about += [kept.at[:10]] if kept.at else []
    lines = [f"# Proposal {', '.join(about)}"]
    lines += [f"# Results: {kept.results}"] if kept.results else []
    lines = [" ".join(_lines(line)) for line in lines]  # a path may hold anything
    lines += [f"# Reason: {line}" for line in _lines(kept.reason)]
    before = dict(kept.base)
    for name, value in kept.proposal.changes:
        was = f"  # was {value_words(before[name])}" if name in before else ""
        lines.append(f'param["{name}"] = {_python(value)}{was}')
    return "\n".join(lines) + "\n"


def _lines(text: str) -> list[str]:
    """Return the lines of a text, each printable: none may end a comment."""
    return ["".join(c if c.isprintable() else " " for c in line) for line in text.splitlines()]


def _python(value: float | bool) -> str:
    if isinstance(value, bool):
        return repr(value)
    words = value_words(value)
    return f'float("{words}")' if "inf" in words else words
