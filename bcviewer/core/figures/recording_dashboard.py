"""A recording probe by probe: what there is to say of each, in numbers that are filters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from bcviewer.core.audit.summary import Agreement, agreement
from bcviewer.core.figures.words import class_filter, signed_name
from bcviewer.core.filter.language import Filter, evaluate, parse_filter
from bcviewer.core.filter.quote import quote
from bcviewer.core.rules.counts import count_of, known_count
from bcviewer.core.rules.labels import CLASSES, Label, class_name
from bcviewer.core.rules.metric import NO_VALUE
from bcviewer.core.rules.rules import FAMILY_NAMES
from bcviewer.core.sheet.book import Book
from bcviewer.core.sheet.compute import INSIDE
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.core.sheet.table import is_gone

ALL_PROBES = "all"
"""What the row of all probes together is called."""
UNITS, INSIDE_GOOD, BLOCKERS = "units", "inside", "blockers"
REVIEWED, DISAGREE = "reviewed", "disagree"
_LABELS = (*CLASSES, Label.INCOMPLETE, Label.UNKNOWN, Label.EMPTY)
"""Each has units of its own, and no unit has none of them."""
_OF_LABEL, _OF_FAMILY = "label:", "family:"


@dataclass(frozen=True, slots=True)
class FilteredCount:
    """A number that is a filter: it counts the units that this shows.

    Attributes
    ----------
    n : int
        How many.
    filter : str
        The filter, over all that is open.
    """

    n: int
    filter: str


@dataclass(frozen=True, slots=True)
class Head:
    """A column of numbers.

    Attributes
    ----------
    key : str
        What :attr:`ProbeSummary.counts` knows it by.
    title, help : str
        What stands over it, and what it counts.
    label : Label or None
        The class whose units it counts.
    optional : bool
        Whether it is left out where no probe has such a unit.
    """

    key: str
    title: str
    help: str
    label: Label | None = None
    optional: bool = False


def _of_class(label: Label) -> Head:
    key, often = f"{_OF_LABEL}{label.name}", label in (Label.GOOD, Label.MUA, Label.NOISE)
    if label == Label.EMPTY:  # and all others that have none: filters know no difference
        words = "Units without a label: without spikes, not scored, or hidden by a blind review."
        return Head(key, "no label", words, label, optional=True)
    words = f"Units whose label is {class_name(label)}, by the label source that is chosen."
    return Head(key, signed_name(label), words, label, not often)


def _of_family(name: str) -> Head:
    return Head(f"{_OF_FAMILY}{name}", name, f"MUA units whose family is {name}.", optional=True)


HEADS: tuple[Head, ...] = (
    Head(UNITS, "units", "All units of the probe."),
    *map(_of_class, _LABELS),
    Head(INSIDE_GOOD, "GOOD in region", "GOOD units in the region of interest of the probe."),
    Head(BLOCKERS, "sole blocker", "Units that one failed condition alone keeps from GOOD."),
    *(_of_family(name) for name in FAMILY_NAMES if name),
    Head(REVIEWED, "reviewed", "Units that a person labelled."),
    Head(DISAGREE, "disagree", "Units whose label sources disagree."),
)
"""The columns, in their order."""
_KNOWN_OF_HIDDEN = (UNITS, f"{_OF_LABEL}{Label.EMPTY.name}", REVIEWED)
"""What no blind review hides anything of."""
_CONDITIONS: dict[str, str] = {
    UNITS: "",
    **{f"{_OF_LABEL}{label.name}": class_filter(label) for label in _LABELS},
    INSIDE_GOOD: f"roi_label == {quote(INSIDE)} and {class_filter(Label.GOOD)}",
    BLOCKERS: "not missing(sole_blocker)",
    **{f"{_OF_FAMILY}{name}": f"family == {quote(name)}" for name in FAMILY_NAMES if name},
    REVIEWED: "reviewed",
    DISAGREE: "disagreement",
}


@dataclass(frozen=True, slots=True)
class ProbeSummary:
    """A row of the dashboard.

    Attributes
    ----------
    probe : str
        What people call it.
    counts : mapping of str to FilteredCount or None
        Each head's number; None: it is not known.
    agreement : Agreement or None
        The rules' labels with the saved ones; None where a blind review hides any.
    n_hidden : int
        Units whose verdict a blind review hides: of these no number but the first tells.
    problems : tuple of str
        What is odd about its files, a line each.
    gone : mapping of str to int
        How many of each number are units that are gone in phy, where any are.
    """

    probe: str
    counts: Mapping[str, FilteredCount | None]
    agreement: Agreement | None
    n_hidden: int
    problems: tuple[str, ...] = ()
    gone: Mapping[str, int] = field(default_factory=dict)

    def n(self, key: str) -> int:
        """Return a number; 0 where it is not known."""
        found = self.counts[key]
        return 0 if found is None else found.n

    def words(self, key: str) -> str:
        """Return a number as it is shown: at least so many, where units are hidden."""
        told = self.counts[key]
        if told is None:
            return NO_VALUE
        return known_count(told.n, 0 if key in _KNOWN_OF_HIDDEN else self.n_hidden)

    @property
    def classes(self) -> tuple[tuple[Head, FilteredCount], ...]:
        """The labels that units of it have, in their order."""
        each = ((head, self.counts[head.key]) for head in HEADS if head.label is not None)
        return tuple((head, told) for head, told in each if told is not None and told.n)


def heads_of(rows: Sequence[ProbeSummary]) -> tuple[Head, ...]:
    """Return the heads that some probes need."""
    return tuple(
        head for head in HEADS if not head.optional or any(row.n(head.key) for row in rows)
    )


class Summaries:
    """Counts probes, each number by the very filter that it stands for.

    No probe is counted again whose sheet is the same.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[Sheet, str], ProbeSummary] = {}
        self._read: dict[str, Filter] = {}
        """The conditions, of columns of our own: they are read once, for any sheet."""

    def of(self, book: Book) -> tuple[ProbeSummary, ...]:
        """Return a row for each probe of a recording, and of several one for all of them."""
        each = [
            ((sheet, only_of(book, probe)), probe)
            for sheet, probe in zip(book.sheets, book.probes, strict=True)
        ]
        self._known = {
            key: self._known.get(key) or self._summary(key[0], probe, key[1]) for key, probe in each
        }
        rows = tuple(self._known.values())
        return rows if len(rows) == 1 else (*rows, total_of(rows))

    def _summary(self, sheet: Sheet, probe: str, only: str) -> ProbeSummary:
        n_hidden = len(sheet.veil)
        found = None if n_hidden else agreement(sheet.parts.rule_labels, sheet.saved_codes)
        return ProbeSummary(
            probe,
            {head.key: self._count(sheet, head.key, only) for head in HEADS},
            found,
            n_hidden,
            tuple(str(issue) for issue in sheet.run.issues),
            {head.key: n for head in HEADS if (n := self._gone(sheet, head.key))},
        )

    def _gone(self, sheet: Sheet, key: str) -> int:
        """Return how many of a number are units that are gone in phy."""
        gone = is_gone(sheet)
        if not gone.any() or key not in self._read:
            return 0
        return int(np.count_nonzero(evaluate(self._read[key], sheet) & gone))

    def _count(self, sheet: Sheet, key: str, only: str) -> FilteredCount | None:
        if key == INSIDE_GOOD and not _has_region(sheet):
            return None
        text = _CONDITIONS[key]
        if key not in self._read:
            self._read[key] = parse_filter(text, sheet)
        n = int(np.count_nonzero(evaluate(self._read[key], sheet)))
        return FilteredCount(n, both(only, text))


def only_of(book: Book, probe: str) -> str:
    """Return what a filter begins with for the units of one probe; one alone has no column."""
    return f"probe == {quote(probe)}" if len(book) > 1 else ""


def both(*conditions: str) -> str:
    """Return the filter for what is in all of some conditions; empty ones are none."""
    return " and ".join(filter(None, conditions))


def total_of(rows: Sequence[ProbeSummary]) -> ProbeSummary:
    """Return the row of all probes: of each number the sum of those that are known."""
    counts: dict[str, FilteredCount | None] = {}
    for key, text in _CONDITIONS.items():
        known = [told.n for row in rows if (told := row.counts[key]) is not None]
        counts[key] = FilteredCount(sum(known), text) if known else None
    found = [row.agreement for row in rows if row.agreement is not None]
    agreed = None
    if len(found) == len(rows):
        agreed = Agreement(sum(one.agree for one in found), sum(one.compared for one in found))
    gone = {key: n for key in _CONDITIONS if (n := sum(row.gone.get(key, 0) for row in rows))}
    n_hidden = sum(row.n_hidden for row in rows)
    return ProbeSummary(ALL_PROBES, counts, agreed, n_hidden, gone=gone)


def _has_region(sheet: Sheet) -> bool:
    """Whether it is known of any unit whether it is in the region of interest."""
    if sheet.kind("roi_label") is None:
        return False
    codes, texts = sheet.codes("roi_label")
    return any(texts[code] for code in np.unique(codes[codes >= 0]).tolist())


def problem_words(row: ProbeSummary) -> str:
    """Return in a line what is wrong with a probe; empty: nothing is."""
    hidden = f"{count_of(row.n_hidden, 'unit')} hidden: blind review" if row.n_hidden else ""
    return "; ".join(filter(None, (hidden, *row.problems)))
