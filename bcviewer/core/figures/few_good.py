"""Why so few units are GOOD: one sentence for window, report and command line.

Its parts are filters for exactly the units that they count.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bcviewer.core.arrays import Bools
from bcviewer.core.audit.summary import reason_counts
from bcviewer.core.figures.words import class_filter, reason_filter, reason_name, share
from bcviewer.core.rules.counts import count_of, verb_of
from bcviewer.core.rules.labels import Label
from bcviewer.core.rules.rules import MISSING_PEAKS, RPV_RULE, RULES, Family
from bcviewer.core.sheet.table import Table

FEW = 0.02
"""A smaller share of GOOD units asks for a reason."""
UNDECIDABLE_FILTER = "family == 'undecidable'"
"""Units that are MUA because nothing could be said: those of the chip *undecidable*."""


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a sentence.

    Attributes
    ----------
    text : str
        What it says.
    filter : str
        The filter for exactly the units that it counts; empty: it counts none.
    """

    text: str
    filter: str = ""


@dataclass(frozen=True, slots=True)
class FewGood:
    """Why so few units are GOOD.

    Attributes
    ----------
    parts : tuple of Part
        The sentence.
    few : bool
        Whether none is GOOD, or fewer than :data:`FEW` of those with spikes: it should be read.
    """

    parts: tuple[Part, ...]
    few: bool

    @property
    def text(self) -> str:
        """The sentence as plain text."""
        return "".join(part.text for part in self.parts)


def few_good(table: Table) -> FewGood:
    """Return what the units that are not GOOD fail, and how many are GOOD."""
    label = table.audit.label
    good = table.labels == Label.GOOD
    alive = good | ((label != Label.EMPTY) & (label != Label.UNSCORED))
    n, n_good = int(alive.sum()), int(good.sum())
    if not n:
        empty = bool((label == Label.EMPTY).any())
        text = (
            "No GOOD unit: no unit has a spike." if empty else "There is no unit in these results."
        )
        return FewGood((Part(text),), True)
    rest = alive & ~good
    why = _why_open(table) if (label[rest] == Label.INCOMPLETE).all() else ""
    if not n_good and why:
        return FewGood((Part(f"No unit can be decided: {why}."),), True)
    spikes = " with spikes" if n < table.n_scored else ""
    units = count_of(n, f"unit{spikes}", f"units{spikes}")
    if n_good:
        verb = verb_of(n_good, "is", "are")
        whom = f"{n_good:,} of {units}" if n > 1 else f"The only unit{spikes}"
        head = [Part(f"{whom} {verb} GOOD", class_filter(Label.GOOD))]
        head += [Part(f" ({share(n_good, n)})")] if n > 1 else []
        of, joint = _others(int(rest.sum())), "; "
    else:
        of = units if n > 1 else f"the only unit{spikes}"
        head, joint = [Part("No GOOD unit")], ": "
    tail = _failures(table, rest, of, joint)
    return FewGood((*head, *tail, Part(".")), n_good < FEW * n)


def _why_open(table: Table) -> str:
    """Return why the label of a unit that the rules cannot decide is open."""
    found = (each.status for i in range(len(RULES)) for each in table.rules_of(i))
    return next((status.why for status in found if status.open), "")


def _failures(table: Table, rest: Bools, of: str, joint: str) -> list[Part]:
    """Return what most of some units fail, and what most of the others of them do."""
    worst = _worst(table, rest)
    if worst < 0:
        return []
    hit = _fails(table, worst)
    guard = _guard(table, rest)
    out = [Part(joint), *_failing(table, worst, rest, of, guard)]
    others = rest & ~hit
    second = _worst(table, others)
    if second >= 0:
        of = _others(int(others.sum()))
        guard += f" and not {reason_filter(worst, masked=True)}"
        out += [Part("; "), *_failing(table, second, others, of, guard)]
    return out


def _others(n: int) -> str:
    return "the other one" if n == 1 else f"the other {n:,}"


def _worst(table: Table, rows: Bools) -> int:
    """Return the rule that most of some units fail, masked failures too; −1 where there is none."""
    counts = reason_counts(table.audit, np.flatnonzero(rows), masked=True)
    return int(counts.argmax()) if counts.any() else -1


def _fails(table: Table, rule: int) -> Bools:
    return np.asarray((table.audit.failed & np.uint32(1 << rule)) != 0)


def _guard(table: Table, rest: Bools) -> str:
    """Return what keeps units out that are called GOOD although a rule says that they fail."""
    odd = ~rest & (table.audit.failed != 0)
    return f" and label != {Label.GOOD.name!r}" if odd.any() else ""


def _failing(table: Table, rule: int, rows: Bools, of: str, guard: str) -> list[Part]:
    """Return how many of some units fail a rule, and of how many of them nothing can be said."""
    hit = rows & _fails(table, rule)
    n = int(hit.sum())
    every = int(rows.sum())
    alone = every == 1 or (n == every and of == _others(every))  # not “3 of the other 3”
    whom = of if alone else f"{n:,} of {of}"
    chosen = reason_filter(rule, masked=True) + guard
    if rule == MISSING_PEAKS:
        return [Part(f"in {whom} no peaks were found", chosen)]
    verb = verb_of(n, "fails", "fail")
    out = [Part(f"{whom} {verb} {reason_name(table, rule)}", chosen)]
    undecidable = table.audit.family == Family.UNDECIDABLE
    silent = int((hit & undecidable).sum())
    if rule == RPV_RULE and silent:
        words = _silent_words(silent, int(undecidable.sum()), n)
        where = UNDECIDABLE_FILTER + guard
        out += [Part(" ("), Part(words, where), Part(": MUA with too few spikes to say)")]
    return out


def _silent_words(silent: int, every: int, n: int) -> str:
    """Return what is said of the undecidable ones among ``n`` units.

    The chip counts every one: also one that another source of labels calls GOOD, or that another
    rule was named for. One word with two numbers would mislead.
    """
    if silent < every:
        return f"{silent:,} of the {every:,} undecidable"
    return "undecidable" if n == 1 else f"{silent:,} of them undecidable"
