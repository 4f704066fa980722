"""The open run compared with another one: what is said of its units, and in all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bcviewer.core.arrays import Ints
from bcviewer.core.comparison.causes import CAUSE_WORDS, Cause
from bcviewer.core.comparison.changes import ClassChange, class_changes, whys_of
from bcviewer.core.comparison.comparison import Comparison
from bcviewer.core.comparison.measures import Spread, spreads
from bcviewer.core.comparison.pairing import NOWHERE
from bcviewer.core.rules.labels import Label, class_name
from bcviewer.core.run.run import Run
from bcviewer.core.sheet.between import NOT_THERE, Between
from bcviewer.core.sheet.padding import CodesTexts

_TOLD: tuple[str, ...] = tuple(
    NOT_THERE if label == Label.UNSCORED else class_name(label) for label in Label
)


def told(label: Label) -> str:
    """Return a label as a comparison tells it: a unit without one has words, too."""
    return _TOLD[label]


@dataclass(frozen=True, slots=True)
class Why:
    """Some changed units with one why.

    Attributes
    ----------
    cause : Cause
        The cause.
    words : str
        Why, in words: what the column ``because`` says of each.
    n : int
        How many units of either run.
    n_here : int
        How many of them the open run has.
    """

    cause: Cause
    words: str
    n: int
    n_here: int


@dataclass(frozen=True, slots=True, eq=False)
class TwoRuns:
    """The open run and another one, compared.

    Attributes
    ----------
    found : Comparison
        What differs.
    titles : tuple of str
        What to call the run before and the run after.
    open_is_after : bool
        Whether the open run is the one after.
    classes : tuple of ClassChange
        How each class changed.
    whys : tuple of Why
        Why units changed: by cause, most first within each; none where nothing is matched.
    spreads : tuple of Spread
        What was measured.
    """

    found: Comparison
    titles: tuple[str, str]
    open_is_after: bool
    classes: tuple[ClassChange, ...]
    whys: tuple[Why, ...]
    spreads: tuple[Spread, ...]

    @classmethod
    def of(cls, found: Comparison, titles: tuple[str, str], open_is_after: bool) -> TwoRuns:
        """Count everything that is said of a comparison."""
        before, after = found.before.run, found.after.run
        here = _here(found, open_is_after) != NOWHERE
        whys = _whys(found, here.tolist()) if found.matched else ()
        measured = spreads(before, after, found.pairing)
        return cls(found, titles, open_is_after, class_changes(found), whys, measured)

    @property
    def run(self) -> Run:
        """The open run."""
        return (self.found.after if self.open_is_after else self.found.before).run

    @property
    def other(self) -> Run:
        """The run that it is compared with."""
        return (self.found.before if self.open_is_after else self.found.after).run

    @property
    def other_title(self) -> str:
        """What to call the other run."""
        return self.titles[0 if self.open_is_after else 1]

    @property
    def here(self) -> Ints:
        """The row of each unit of the comparison in the open run, NOWHERE where it has none."""
        return _here(self.found, self.open_is_after)

    @property
    def elsewhere(self) -> Ints:
        """The rows of the other run's units that the open run has not."""
        pairing = self.found.pairing
        rows = pairing.before if self.open_is_after else pairing.after
        return np.asarray(rows[self.here == NOWHERE])

    def beside(self) -> Between | None:
        """Return what the comparison says of the open run's units; None: nothing is matched."""
        if not self.found.matched:
            return None
        found, here = self.found, self.here
        place = np.empty(self.run.n_units, np.int64)
        there = np.flatnonzero(here != NOWHERE)
        place[here[there]] = there
        order = "before" if self.open_is_after else "after"
        labels = np.array(_TOLD, dtype=object)
        causes = np.array(CAUSE_WORDS, dtype=object)
        before, after = found.label_before[place], found.label_after[place]
        changes = zip(before.tolist(), after.tolist(), found.changed[place].tolist(), strict=True)
        change = [f"{_TOLD[a]} → {_TOLD[b]}" if moved else "" for a, b, moved in changes]
        because = [text.removeprefix("because ") for text in whys_of(found)]
        return Between(
            self.run,
            f"compared with {self.other_title} ({order})",
            _coded(change),
            (before, labels),
            (after, labels),
            (found.cause[place], causes),
            _coded([because[i] for i in place.tolist()]),
            _coded(found.metrics[place].tolist()),
        )


def _here(found: Comparison, open_is_after: bool) -> Ints:
    return found.pairing.after if open_is_after else found.pairing.before


def _whys(found: Comparison, here: Sequence[bool]) -> tuple[Why, ...]:
    keys = [*zip(found.cause.tolist(), whys_of(found), strict=True)]
    counts = Counter(key for key in keys if key[0] != Cause.NONE)
    own = Counter(key for key, is_here in zip(keys, here, strict=True) if is_here)
    by_cause = sorted(counts.items(), key=lambda item: (item[0][0], -item[1]))
    return tuple(Why(Cause(cause), words, n, own[cause, words]) for (cause, words), n in by_cause)


def _coded(texts: list[str]) -> CodesTexts:
    known = {text: i for i, text in enumerate(dict.fromkeys(("", *texts)))}
    codes = np.fromiter((known[text] for text in texts), np.int64, len(texts))
    return codes, np.array([*known], dtype=object)
