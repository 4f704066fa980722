"""The review queue: which units to look at, in which order, and how far that is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from bcviewer.core.curation.said_columns import NO_LABEL
from bcviewer.core.rules.columns import PROBE
from bcviewer.core.rules.labels import Label
from bcviewer.core.run.run import Ints
from bcviewer.core.sheet.table import Table

Order = Literal["attention", "random"]


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
        Only these classes, by Bombcell's label; empty: all that have spikes and were scored.
    seed : int
        The same seed gives the same order at random, for every curator of the same units.
    """

    order: Order = "attention"
    size: int | None = None
    classes: frozenset[Label] = frozenset()
    seed: int = 0


def review_queue(table: Table, spec: QueueSpec) -> Ints:
    """Return the rows to review, in order: unreviewed ones first, then cut to the size.

    It is drawn up once and stays as it is while its units are reviewed, so that "the 50 that
    matter most" has an end.
    """
    if spec.order == "random":
        by_id = _by_id(table)
        order = by_id[np.random.default_rng(spec.seed).permutation(len(by_id))]
    else:
        order = table.attention_rows()
    order = order[table.ids.sayable[order]]  # the others can take no label
    codes = table.bombcell_labels[order]
    if spec.classes:
        order = order[np.isin(codes, [int(label) for label in spec.classes])]
    else:
        order = order[(codes != Label.EMPTY) & (codes != Label.UNSCORED)]
    reviewed = table.manual.labels[order] != NO_LABEL
    order = np.concatenate([order[~reviewed], order[reviewed]])
    return order if spec.size is None else order[: max(spec.size, 0)]


def _by_id(table: Table) -> Ints:
    """Return the scored rows by probe and cluster id, so that the table's order does not matter."""
    rows = table.scored_rows()
    keys = [table.ids.cluster_id[rows]]
    if table.kind(PROBE.key) is not None:
        codes, texts = table.codes(PROBE.key)
        keys.append(np.argsort(np.argsort(texts.astype(str)))[codes[rows]])
    return rows[np.lexsort(keys)]


@dataclass(frozen=True, slots=True)
class QueueProgress:
    """How many units of a queue have a manual label."""

    reviewed: int
    total: int

    @property
    def words(self) -> str:
        """As it is shown: ``128 of 1,316 reviewed``."""
        return f"{self.reviewed:,} of {self.total:,} reviewed"


def progress(table: Table, rows: Ints | None = None) -> QueueProgress:
    """Return how many units of a queue (None: of the run) are reviewed."""
    labels = table.manual.labels if rows is None else table.manual.labels[rows]
    return QueueProgress(int(np.count_nonzero(labels != NO_LABEL)), len(labels))
