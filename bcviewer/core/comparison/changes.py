"""What changed between two verdicts, in numbers and words: by class, by cause, by parameters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from bcviewer.core.arrays import Bools, Ints
from bcviewer.core.audit.states import rule_status
from bcviewer.core.comparison.causes import Cause
from bcviewer.core.comparison.comparison import Comparison
from bcviewer.core.comparison.proposal import value_words
from bcviewer.core.rules.counts import count_of, first_of, verb_of
from bcviewer.core.rules.criteria import ParameterChange
from bcviewer.core.rules.labels import CLASSES, Label, class_name
from bcviewer.core.rules.rules import RULES

SHOWN: tuple[Label, ...] = (*CLASSES, Label.EMPTY, Label.INCOMPLETE)
"""The labels that units come from and go to, in the order in which they are told."""
_MOST = 6
_MOST_CHARACTERS = 40

SIDE_BY_SIDE = "counts side by side"
"""All that can be told where no unit is matched."""

CAUSE_HELP: dict[Cause, str] = {
    Cause.THRESHOLDS: "The new thresholds and flags alone lead to the new label.",
    Cause.MEASUREMENT: "The new metrics alone lead to the new label.",
    Cause.EITHER: "Thresholds alone would do, and so would measurement.",
    Cause.TOGETHER: "Only new thresholds and new metrics together lead to the new label.",
    Cause.GATE: "A gate was switched on, of whose metrics the run before holds no value.",
    Cause.UNKNOWN: "A label is incomplete: results lack a metric or a threshold.",
    Cause.ONLY_BEFORE: "The unit is in the first run only.",
    Cause.ONLY_AFTER: "The unit is in the second run only.",
}
"""What each cause means."""


@dataclass(frozen=True, slots=True)
class ClassChange:
    """How the units of a class changed.

    Attributes
    ----------
    label : Label
        The class.
    before, after : int
        How many units have it.
    gained, lost : int
        Units that have it now and had another label, or were not there; and the other way round.
    whys : tuple of (int, str)
        Why units were gained, most first; then why they were lost, with negative numbers.
    """

    label: Label
    before: int
    after: int
    gained: int
    lost: int
    whys: tuple[tuple[int, str], ...]

    @property
    def counts(self) -> str:
        """Both counts, where nobody knows which units changed: ``GOOD 19 before, 425 after``."""
        return f"{class_name(self.label)} {self.before:,} before, {self.after:,} after"

    @property
    def words(self) -> str:
        """The change as a line: ``GOOD 19 → 425 (+410 −4): 398 because …``."""
        head = f"{class_name(self.label)} {self.before:,} → {self.after:,}"
        if not self.gained and not self.lost:
            return head
        said = [f"{'+' if n > 0 else '−'}{abs(n):,} {why}" for n, why in self.whys[:_MOST]]
        if len(self.whys) > _MOST:
            said.append(f"and {count_of(len(self.whys) - _MOST, 'more cause')}")
        return f"{head} (+{self.gained:,} −{self.lost:,}): {'; '.join(said)}"


def unchanged_words(found: Comparison) -> str:
    """Return that no label changed, and which labels there are; empty where any did.

    Empty, too, where no unit is matched or a label is incomplete: nobody knows then.
    """
    if not found.matched or found.changed.any() or _open(found).any():
        return ""
    counts = first_of([f"{class_name(c.label)} {c.after:,}" for c in class_changes(found)], 8)
    return f"No label changed: {counts or 'no unit is there'}"


def _open(found: Comparison) -> Bools:
    """Return the units of which it is not known what changed, or why, shape (n,)."""
    labels = (found.label_before, found.label_after)
    incomplete = np.any([label == Label.INCOMPLETE for label in labels], axis=0)
    return np.asarray(incomplete | (found.cause == Cause.UNKNOWN))


def unsaid_words(found: Comparison) -> str:
    """Return of how many units it cannot be said what changed or why, and what lacks for it."""
    n = int(_open(found).sum()) if found.matched else 0
    if not n:
        return ""
    old, new = found.before, found.after
    judged = {
        "before": (old.run, old.criteria),
        "after": (new.run, new.criteria),
        "metrics before by thresholds after": (old.run, new.criteria),
        "metrics after by thresholds before": (new.run, old.criteria),
    }
    seen: set[str] = set()
    lacks = []
    for which, (run, criteria) in judged.items():
        status = (rule_status(rule, run.units, criteria) for rule in RULES)
        whys = [*dict.fromkeys(one.why for one in status if one.open and one.why not in seen)]
        seen.update(whys)
        lacks += [f"{which}: {first_of(whys, 6)}"] if whys else []
    return f"of {count_of(n, 'unit')} it cannot be said what changed, or why; {'; '.join(lacks)}"


def stays_words(found: Comparison) -> str:
    """Return how many labels stay although one side alone would change them; may be empty."""
    n = int(found.would_change.sum())
    stays = f"{count_of(n, 'label stays', 'labels stay')} although thresholds or measurement alone"
    return f"{stays} would change {verb_of(n, 'it', 'them')}" if n else ""


def label_by_label(found: Comparison) -> Ints:
    """Return how many units went from each label to each, shape (n_labels, n_labels).

    ``Label.UNSCORED`` stands for a unit that one of the runs has not.
    """
    out = np.zeros((len(Label), len(Label)), np.int64)
    np.add.at(out, (found.label_before, found.label_after), 1)
    return out


def labels_in(counts: Ints) -> tuple[Label, ...]:
    """Return the labels that units of :func:`label_by_label` come from or go to, in their order."""
    shown = (*SHOWN, Label.UNSCORED)
    return tuple(label for label in shown if counts[label].any() or counts[:, label].any())


def class_changes(found: Comparison) -> tuple[ClassChange, ...]:
    """Return how each class changed that has units in either run."""
    texts = whys_of(found)
    return tuple(
        _class_change(found, texts, label)
        for label in SHOWN
        if (found.label_before == label).any() or (found.label_after == label).any()
    )


def _class_change(found: Comparison, texts: list[str], label: Label) -> ClassChange:
    was, now = found.label_before == label, found.label_after == label
    gained, lost = now & ~was, was & ~now
    whys = [
        (sign * n, text)
        for sign, rows in ((1, gained), (-1, lost))
        for text, n in Counter(texts[i] for i in np.flatnonzero(rows).tolist()).most_common()
    ]
    n_was, n_now, n_gained, n_lost = (int(rows.sum()) for rows in (was, now, gained, lost))
    return ClassChange(label, n_was, n_now, n_gained, n_lost, tuple(whys))


def whys_of(found: Comparison) -> list[str]:
    """Return why each unit changed, in words that are the same for units of one why."""
    changes = {change.name: change for change in found.thresholds}
    known: dict[tuple[int, str, str], str] = {}
    out = []
    for cause, parameters, metrics in zip(
        found.cause.tolist(), found.parameters.tolist(), found.metrics.tolist(), strict=True
    ):
        key = (cause, parameters, metric_names(metrics) if metrics else "")
        if key not in known:
            known[key] = why_words(Cause(cause), parameters, changes, key[2])
        out.append(known[key])
    return out


def metric_names(metrics: str) -> str:
    """Return the names of the metrics of a change, without their values: ``nPeaks, nSpikes``."""
    return ", ".join(part.partition(" ")[0] for part in metrics.split(", ") if part)


def why_words(
    cause: Cause, parameters: str, changes: dict[str, ParameterChange], metrics: str = ""
) -> str:
    """Return a cause in words.

    Parameters
    ----------
    cause : Cause
        The cause.
    parameters : str
        The smallest sets of parameters that belong to it, as a comparison has them.
    changes : dict of str to ParameterChange
        What became of each, by its name.
    metrics : str
        The metrics that belong to it: their names, or with their values.
    """
    sets = sets_words(parameters, changes)
    measured = f"measured otherwise ({metrics})" if metrics else "measured otherwise"
    return {
        Cause.NONE: "",
        Cause.THRESHOLDS: f"because {sets}",
        Cause.MEASUREMENT: f"because it was {measured}",
        Cause.EITHER: f"because {sets}, or because it was {measured}: either would do",
        Cause.TOGETHER: f"only by both: {measured}, and {sets}",
        Cause.GATE: f"because of what was not measured before: {sets}",
        Cause.UNKNOWN: "why, cannot be said: a label is incomplete",
        Cause.ONLY_BEFORE: "only in the first",
        Cause.ONLY_AFTER: "only in the second",
    }[cause]


_LEAST = "at least "
_MOST_VALUES = 3
"""So many parameters are told with their values; of more their names only."""


def sets_words(parameters: str, changes: dict[str, ParameterChange]) -> str:
    """Return sets of parameters in words: ``a 1 → 2 and b 0 → 1 together, or c 3 → 4 alone``."""
    least = parameters.startswith(_LEAST)
    sets = [text.split("+") for text in parameters.removeprefix(_LEAST).split(" | ")]
    names = dict.fromkeys(name for own in sets for name in own)
    told = {
        name: change_words(changes[name])
        if name in changes and len(names) <= _MOST_VALUES
        else name
        for name in names
    }
    if least:
        return f"{_LEAST}{' and '.join(told.values())}"
    texts = [" and ".join(told[name] for name in own) for own in sets]
    tail = " alone" if len(sets[0]) == 1 else " together"
    return " or ".join(f"{text}{tail}" for text in texts)


def change_words(change: ParameterChange) -> str:
    """Return a parameter with both values: ``minNumSpikes 300 → 50``."""
    return f"{change.name} {_short(change.before)} → {_short(change.after)}"


def _short(value: object) -> str:
    """Return a value as it is typed; a long list (old releases saved ids) as far as it is read."""
    text = value_words(value)
    return text if len(text) <= _MOST_CHARACTERS else f"{text[:_MOST_CHARACTERS]}…"


def cause_counts(found: Comparison) -> dict[Cause, int]:
    """Return how many changes each cause has; they sum to the changed units."""
    counts = np.bincount(found.cause, minlength=len(Cause)).tolist()
    return {cause: counts[cause] for cause in Cause if cause != Cause.NONE and counts[cause]}


def writers_words(found: Comparison) -> str:
    """Return by which programs the two runs were written; empty: by the same one."""
    before, after = (v.run.provenance.writer for v in (found.before, found.after))
    return "" if before == after else f"written by {before} → {after}"


def summary_lines(found: Comparison) -> Iterator[str]:
    """Yield what differs, line by line."""
    yield found.pairing.words
    n_before, n_after = (v.run.n_units for v in (found.before, found.after))
    changed = f"{int(found.changed.sum()):,} changed" if found.matched else SIDE_BY_SIDE
    yield (
        f"{count_of(n_before, 'unit')} before, {n_after:,} after, {found.matched:,} matched;"
        f" {changed}"
    )
    if words := unchanged_words(found):
        yield words
    else:
        yield from (one.words if found.matched else one.counts for one in class_changes(found))
    if words := unsaid_words(found):
        yield words
    if words := stays_words(found):
        yield words
    if words := writers_words(found):
        yield words
    for title, changes in (
        ("thresholds and flags that differ", found.thresholds),
        ("measured otherwise", found.measured),
    ):
        yield f"{title}: {first_of([change_words(c) for c in changes], 12) or 'none'}"
