"""The numbers behind every summary: classes, reasons, families, blockers, agreement."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bcviewer.core.arrays import Codes, Ints
from bcviewer.core.audit.audit import Audit
from bcviewer.core.audit.outcomes import Outcomes
from bcviewer.core.audit.reasons import bits, blocker
from bcviewer.core.rules.counts import count_of, verb_of
from bcviewer.core.rules.labels import CLASSES, Label
from bcviewer.core.rules.rules import (
    BLOCK_MASKS,
    FAMILY_NAMES,
    RULES,
    Block,
)


@dataclass(frozen=True, slots=True)
class Agreement:
    """How two label sources compare.

    Attributes
    ----------
    agree, compared : int
        Units with equal labels, of those that have both.
    """

    agree: int
    compared: int

    @property
    def words(self) -> str:
        """How many agree, as in ``1 of 18 labels agrees``."""
        verb = verb_of(self.agree, "agrees", "agree")
        return f"{self.agree:,} of {count_of(self.compared, 'label')} {verb}"


def class_counts(codes: Codes) -> dict[Label, int]:
    """Return how many units have each label: all classes first, others only where there are any.

    Units that Bombcell has not scored have none.
    """
    counts = np.bincount(codes, minlength=len(Label))
    out = {label: int(counts[label]) for label in CLASSES}
    extra = (Label.EMPTY, Label.INCOMPLETE, Label.UNKNOWN)
    out.update({label: int(counts[label]) for label in extra if counts[label]})
    return out


def reason_counts(audit: Outcomes, rows: Ints | None = None, masked: bool = False) -> Ints:
    """Return how many units each rule decided, shape (n_rules,).

    Parameters
    ----------
    audit : Outcomes
        The audit, of one run or of several.
    rows : numpy.ndarray, optional
        Count these units only.
    masked : bool
        Count failures that a stronger block hides as well. *Beyond* never counts.
    """
    masks = audit.failed if masked else audit.deciding
    if rows is not None:
        masks = masks[rows]
    counts = [np.count_nonzero(masks & np.uint32(1 << i)) for i in range(len(RULES))]
    return np.array(counts, dtype=np.int64)


def top(counts: Ints, n: int) -> list[int]:
    """Return the rules with the largest counts above zero; ties keep the rules' order."""
    order = np.argsort(-counts, kind="stable")[:n]
    return [int(i) for i in order if counts[i] > 0]


def family_counts(audit: Outcomes) -> dict[str, int]:
    """Return how many MUA units each family explains; families without units are left out."""
    counts = np.bincount(audit.family, minlength=len(FAMILY_NAMES))
    return {name: int(n) for name, n in zip(FAMILY_NAMES, counts, strict=True) if name and n}


def blocker_counts(audit: Outcomes) -> dict[str, int]:
    """Return how many units each sole blocker keeps from GOOD, most first."""
    masks, counts = np.unique(audit.sole_blocker[audit.sole_blocker != 0], return_counts=True)
    order = np.argsort(-counts, kind="stable")
    return {blocker(int(masks[i])): int(counts[i]) for i in order}


def agreement(labels: Codes, other: Codes) -> Agreement:
    """Compare two label sources where both say something."""
    silent = (Label.INCOMPLETE, Label.UNKNOWN, Label.UNSCORED)
    both = ~np.isin(labels, silent) & ~np.isin(other, silent)
    return Agreement(int((labels[both] == other[both]).sum()), int(both.sum()))


def block_profile(audit: Audit, row: int) -> list[tuple[Block, int, int, int]]:
    """Return for each block its failed, tested and all rules for one unit."""
    failed = int(audit.failed[row])
    out = []
    for block in Block:
        rules = bits(BLOCK_MASKS[block])
        tested = sum(audit.rules[i].tested for i in rules)
        out.append((block, (failed & BLOCK_MASKS[block]).bit_count(), tested, len(rules)))
    return out
