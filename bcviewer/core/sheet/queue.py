"""The review queue: which units to look at, in which order, and how far that is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from bcviewer.core.arrays import Codes, Ints
from bcviewer.core.audit.order import (
    AT_RISK,
    NOISE,
    SOLE_BLOCKER,
    UNDECIDABLE_ONLY,
    UNSCORED_GROUP,
)
from bcviewer.core.curation.blind import Sample
from bcviewer.core.curation.said_columns import NO_LABEL
from bcviewer.core.rules.columns import PROBE
from bcviewer.core.rules.counts import count_of, known_count
from bcviewer.core.rules.labels import CLASSES, LABEL_NAMES, Label
from bcviewer.core.sheet.ids import NO_ROWS
from bcviewer.core.sheet.table import Table, is_gone, unscored_rows

Order = Literal["attention", "random"]
QueueUnit = int | tuple[str, int]
"""A unit: its cluster id, of several recordings with the key of its one."""


@dataclass(frozen=True, slots=True)
class QueueSpec:
    """What to review.

    Attributes
    ----------
    order : {'attention', 'random'}
        The attention order, or at random.
    size : int or None
        At most so many units; None: all.
    classes : frozenset of Label
        Only these classes, by Bombcell's label; empty: all that have spikes, and in the end those
        that phy made. Of a blind review these are none: there is no verdict to hide.
    seed : int
        The same seed gives the same order at random, for every curator of the same units.
    blind : bool
        Whether the verdict is hidden until a unit is labelled; such a queue is at random.
    """

    order: Order = "attention"
    size: int | None = None
    classes: frozenset[Label] = frozenset()
    seed: int = 0
    blind: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Review:
    """A review queue as it was drawn up.

    Attributes
    ----------
    spec : QueueSpec
        What was to be reviewed.
    rows : numpy.ndarray
        The rows, in order.
    among : int
        Of how many units they were drawn.
    on : bool
        Whether the table shows these units only; else the queue is left, and can be resumed.
    missing : tuple of int, or of (str, int)
        Cluster ids of units that were drawn and that the results do not have (any more): also
        where another unit has the id; of a
        queue over several recordings each with the key of its recording.
    left_out : int
        Of how many units that are like these none was drawn, because their verdicts were known.
    spikes : mapping of int, or of (str, int), to str
        Of which spikes those are that phy made, as digests, where that is known: another unit of
        the same id is none of it.
    """

    spec: QueueSpec
    rows: Ints
    among: int = 0
    on: bool = True
    missing: tuple[QueueUnit, ...] = ()
    left_out: int = 0
    spikes: Mapping[QueueUnit, str] = field(default_factory=dict)

    @property
    def is_blind(self) -> bool:
        """Whether verdicts are hidden until their units are labelled."""
        return self.spec.blind

    @property
    def sample(self) -> Sample:
        """How the units were drawn, as labels that are given blind say it."""
        classes = tuple(LABEL_NAMES[label] for label in CLASSES if label in self.spec.classes)
        gone = len(self.missing)
        drawn = len(self.rows) + gone
        return Sample(self.spec.seed, drawn, self.among, classes, gone, self.left_out)


def draw_up(table: Table, spec: QueueSpec, seen: Ints = NO_ROWS) -> Review:
    """Return the review queue of a table.

    It is drawn up once and stays as it is while its units are reviewed, so that "the 50 that
    matter most" has an end. Units that are gone in phy are none of it. Unreviewed units come first,
    but in a blind review, whose units keep the order of the drawing. Of those whose verdicts the
    person knows nothing can be said blind: a blind review leaves these rows (``seen``) out, and
    says how many.
    """
    order, left_out = candidates(table, spec), 0
    if spec.blind:
        known = np.isin(order, seen)
        order, left_out = order[~known], int(known.sum())
    else:
        reviewed = table.manual.labels[order] != NO_LABEL
        order = np.concatenate([order[~reviewed], order[reviewed]])
    rows = order if spec.size is None else order[: max(spec.size, 0)]
    return Review(spec, rows, len(order), left_out=left_out)


def candidates(table: Table, spec: QueueSpec) -> Ints:
    """Return the rows that may be reviewed, in the order that is wanted."""
    unscored = unscored_rows(table)
    if spec.order == "random" or spec.blind:
        by_id = _by_id(table, table.scored_rows())
        order = by_id[np.random.default_rng(spec.seed).permutation(len(by_id))]
        # after the others, which a seed puts in one order whatever phy made
        order = order if spec.blind else np.concatenate([order, _by_id(table, unscored)])
    else:
        order = table.attention_rows()
    work = table.ids.sayable & ~is_gone(table)  # the others can take no label, or are gone
    order = order[work[order]]
    codes = table.bombcell_labels[order]
    if spec.classes:
        order = order[np.isin(codes, [int(label) for label in spec.classes])]
    else:
        is_made = np.isin(order, unscored)
        order = order[(codes != Label.EMPTY) & ((codes != Label.UNSCORED) | is_made)]
    return order


def _by_id(table: Table, rows: Ints) -> Ints:
    """Return some rows by probe and cluster id, so that the table's order does not matter."""
    keys = [table.ids.cluster_id[rows]]
    if table.kind(PROBE.key) is not None:
        codes, texts = table.codes(PROBE.key)
        keys.append(np.argsort(np.argsort(texts.astype(str)))[codes[rows]])
    return rows[np.lexsort(keys)]


@dataclass(frozen=True, slots=True)
class QueueProgress:
    """How many units of a queue have a manual label, and of how many that must not be told."""

    reviewed: int
    total: int
    n_hidden: int = 0

    @property
    def words(self) -> str:
        """As it is shown: ``128 of 1,316 reviewed``."""
        return f"{known_count(self.reviewed, self.n_hidden)} of {self.total:,} reviewed"

    @property
    def short(self) -> str:
        """As it is shown where there is little room: ``128/1,316``."""
        return f"{known_count(self.reviewed, self.n_hidden)}/{self.total:,}"


def to_decide(table: Table, review: Review) -> Ints:
    """Return the rows of a queue that are work: none of a unit that is gone in phy.

    A blind review keeps what was drawn: such a verdict is hidden until it is given, too.
    """
    return review.rows if review.is_blind else review.rows[~is_gone(table)[review.rows]]


def progress(table: Table, review: Review | None = None, n_hidden: int = 0) -> QueueProgress:
    """Return how many units of a queue (None: of all that are there) are reviewed.

    Units that are gone in phy count in neither, whatever was said of them before.

    A blind review counts for what it is: labels of before are none of it, and its hidden units are
    still to be labelled. Whether one of them has a label is not told where units of all kinds are
    counted: ``n_hidden`` is how many there are.
    """
    rows = np.flatnonzero(~is_gone(table)) if review is None else to_decide(table, review)
    return count_labels(table.manual.labels[rows], n_hidden)


def count_labels(labels: Codes, n_hidden: int = 0) -> QueueProgress:
    """Return how many units are reviewed by their manual labels; see :func:`progress`."""
    return QueueProgress(int(np.count_nonzero(labels != NO_LABEL)), len(labels), n_hidden)


_AHEAD: dict[int, tuple[str, str]] = {
    AT_RISK: ("GOOD unit at risk", "GOOD units at risk"),
    UNDECIDABLE_ONLY: ("undecidable unit", "undecidable units"),
    SOLE_BLOCKER: ("near miss", "near misses"),
    NOISE: ("NOISE unit", "NOISE units"),
    UNSCORED_GROUP: ("unit not scored by Bombcell", "units not scored by Bombcell"),
}
"""What the units of a group of the attention order are called, where they come next."""


def next_words(table: Table, review: Review) -> str:
    """Return what comes next in a queue: ``next: 3 near misses``; empty: nothing is left.

    Near misses are units with a sole blocker. Counted are the units still to be reviewed up to the
    first one of another group. Of units at random nothing is said: each is another kind.
    """
    rows = to_decide(table, review)
    left = rows[table.manual.labels[rows] == NO_LABEL]
    if not len(left) or review.spec.order == "random" or review.spec.blind:
        return ""
    groups = table.audit.attention[left]
    others = np.flatnonzero(groups != groups[0])
    n = int(others[0]) if len(others) else len(left)
    one, more = _AHEAD.get(int(groups[0]), ("other unit", "other units"))
    return f"next: {count_of(n, one, more)}"
