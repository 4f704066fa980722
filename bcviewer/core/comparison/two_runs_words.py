"""A comparison of the open run in words: the line over the table, and what the dock says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bcviewer.core.comparison.causes import CAUSE_WORDS, Cause
from bcviewer.core.comparison.changes import (
    SHOWN,
    SIDE_BY_SIDE,
    ClassChange,
    change_words,
    summary_lines,
    unchanged_words,
    writers_words,
)
from bcviewer.core.comparison.pairing import MATCHED_BY
from bcviewer.core.comparison.two_runs import TwoRuns, Why, told
from bcviewer.core.filter.quote import quote
from bcviewer.core.rules.counts import count_of
from bcviewer.core.rules.labels import Label

CHANGED = "not missing(cause)"
"""The filter for all units that changed."""
HIDDEN_WORDS = "what differs is hidden by the blind review"
_MOST_WHYS = 2
"""So many whys the line over the table tells; the dock has all."""

_MOST_LISTED = 60
"""So many units that only the other run has are named."""


@dataclass(frozen=True, slots=True)
class LinkWords:
    """Some units that a click shows.

    Attributes
    ----------
    text : str
        What the link says.
    filter : str
        The filter for them.
    """

    text: str
    filter: str


@dataclass(frozen=True, slots=True)
class LineWords:
    """The line over the table.

    Attributes
    ----------
    head : str
        What the open run is compared with.
    parts : tuple of str
        What follows.
    shown : tuple of LinkWords
        The units that its links show.
    details : bool
        Whether there is more to be told.
    """

    head: str
    parts: tuple[str, ...]
    shown: tuple[LinkWords, ...] = ()
    details: bool = False

    @property
    def text(self) -> str:
        """All of it on one line."""
        return " · ".join((self.head, *self.parts))


def line_words(two: TwoRuns, hidden: bool) -> LineWords:
    """Return what is said over the table; ``hidden``: no verdict may be told."""
    order = "before this run" if two.open_is_after else "after this run"
    head = f"Compared with {two.other_title}, {order}"
    if hidden:
        return LineWords(head, (HIDDEN_WORDS,))
    classes = [one for one in two.classes if one.label in SHOWN]
    good = next((one for one in classes if one.label == Label.GOOD), None)
    parts = [matched_words(two)]
    if not two.found.matched:
        return LineWords(head, (*parts, *(one.counts for one in classes)), details=True)
    if words := unchanged_words(two.found):
        return LineWords(head, (*parts, words), details=True)
    parts += [] if good is None else [_with_whys(good)]
    parts += [_counts(one) for one in classes if one is not good]
    return LineWords(head, tuple(parts), _links(two), True)


def matched_words(two: TwoRuns) -> str:
    """Return how many units were matched, and how: ``612 of 615 units matched by id``."""
    pairing = two.found.pairing
    by = [(int((pairing.by == i).sum()), how) for i, how in enumerate(MATCHED_BY) if how]
    said = [f"{n:,} by {how}" for n, how in by if n]
    if not said:
        return f"no unit is matched: {SIDE_BY_SIDE}"
    only = [int((pairing.by == 0)[rows >= 0].sum()) for rows in (pairing.before, pairing.after)]
    left = [f"{n:,} only {when}" for n, when in zip(only, ("before", "after"), strict=True) if n]
    return ", ".join((f"matched {' and '.join(said)}", *left))


def _counts(one: ClassChange) -> str:
    return one.words.partition(":")[0]


def _with_whys(one: ClassChange) -> str:
    """Return a class with its first whys; of a change that nothing matched tells there is none."""
    known = [(n, why) for n, why in one.whys if not why.startswith("only in")]
    first = [f"{n:,} {why}" if n > 0 else f"−{-n:,} {why}" for n, why in known[:_MOST_WHYS]]
    if len(known) > _MOST_WHYS:
        first.append(f"and {count_of(len(known) - _MOST_WHYS, 'more cause')}")
    return f"{_counts(one)}{': ' if first else ''}{'; '.join(first)}"


def _links(two: TwoRuns) -> tuple[LinkWords, ...]:
    good, found = told(Label.GOOD), two.found
    here = two.here >= 0
    was, now = found.label_before == Label.GOOD, found.label_after == Label.GOOD
    counts = {
        f"after == {quote(good)} and before != {quote(good)}": ("gained", now & ~was & here),
        f"before == {quote(good)} and after != {quote(good)}": ("lost", was & ~now & here),
        CHANGED: ("changed", found.changed & here),
    }
    return tuple(
        LinkWords(f"show the {int(rows.sum()):,} {what}", text)
        for text, (what, rows) in counts.items()
        if rows.any()
    )


def cell_filter(before: Label | None, after: Label | None) -> str:
    """Return the filter for the units that went from one label to another; None: any."""
    sides = (("before", before), ("after", after))
    parts = [f"{name} == {quote(told(label))}" for name, label in sides if label is not None]
    return " and ".join(parts) or "not missing(before)"


def cause_filter(cause: Cause) -> str:
    """Return the filter for the units that changed for a cause."""
    return f"cause == {quote(CAUSE_WORDS[cause])}"


def why_filter(why: Why) -> str:
    """Return the filter for the units that changed for one why."""
    return f"{cause_filter(why.cause)} and because == {quote(why.words.removeprefix('because '))}"


def parameter_lines(two: TwoRuns) -> Iterator[tuple[str, list[str]]]:
    """Yield the parameters that differ: those that the rules go by, those of measurement."""
    found = two.found
    yield "Thresholds and flags that differ", [change_words(change) for change in found.thresholds]
    measured = [change_words(change) for change in found.measured]
    if words := writers_words(found):
        measured.insert(0, words)
    yield "Parameters of measurement that differ", measured


def elsewhere_words(two: TwoRuns) -> str:
    """Return which units only the other run has, with their labels; empty: none."""
    rows, ids = two.elsewhere, two.other.ids
    if not len(rows):
        return ""
    found = two.found
    codes = found.label_before if two.open_is_after else found.label_after
    labels = codes[two.here < 0].tolist()
    named = [
        f"{ids.named(int(row)).removeprefix('unit ')} {told(Label(label))}"
        for row, label in zip(rows[:_MOST_LISTED].tolist(), labels, strict=False)
    ]
    more = len(rows) - len(named)
    tail = f" and {more:,} more" if more else ""
    return f"{count_of(len(rows), 'unit')} only in {two.other_title}: {', '.join(named)}{tail}"


def page_text(two: TwoRuns) -> str:
    """Return all of it as text, as the command prints it."""
    lines = [f"{two.titles[0]} → {two.titles[1]}", *summary_lines(two.found)]
    return "\n".join(filter(None, (*lines, elsewhere_words(two))))
