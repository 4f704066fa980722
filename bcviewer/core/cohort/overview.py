"""What a cohort says at a glance: classes by run, what costs GOOD units, parameters that differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bcviewer.core.arrays import Ints
from bcviewer.core.cohort.run_columns import FAILED, GONE, READ_STATUS, SKIPPED, RunRow
from bcviewer.core.comparison.proposal import value_words
from bcviewer.core.rules.counts import count_of
from bcviewer.core.rules.criteria import FLAGS, THRESHOLDS

_STATUSES = (READ_STATUS, FAILED, GONE, SKIPPED)


@dataclass(frozen=True, slots=True)
class Blocker:
    """What alone keeps units from being GOOD.

    Attributes
    ----------
    condition : str
        The failed condition, as the column ``sole_blocker`` has it.
    units, runs : int
        How many units it keeps, and in how many runs.
    """

    condition: str
    units: int
    runs: int


def status_words(rows: Sequence[RunRow]) -> str:
    """Return how many runs there are, and what became of them."""
    counts = {status: sum(row["status"] == status for row in rows) for status in _STATUSES}
    told = ", ".join(f"{n:,} {status}" for status, n in counts.items() if n)
    return f"{count_of(len(rows), 'run')}: {told}" if told else count_of(0, "run")


def blockers(codes: Ints, texts: Sequence[str], which: Ints) -> list[Blocker]:
    """Return what alone keeps units from being GOOD, the most first.

    Parameters
    ----------
    codes : numpy.ndarray
        The sole blocker of each unit, a place in ``texts`` or −1, shape (n_units,).
    texts : sequence of str
        The distinct conditions; an empty one is none.
    which : numpy.ndarray of int64
        The run of each unit.
    """
    out = []
    for code, text in enumerate(texts):
        runs = which[codes == code]
        if text and len(runs):
            out.append(Blocker(text, len(runs), len(np.unique(runs))))
    return sorted(out, key=lambda each: (-each.units, each.condition))


def differing(rows: Sequence[RunRow]) -> dict[str, dict[str, int]]:
    """Return the thresholds and flags that are not the same in all runs that were read.

    Returns
    -------
    dict of str to dict of str to int
        By parameter: in how many runs it has each value, the most frequent first; ``none`` where
        it has none.
    """
    judged = [row for row in rows if row["status"] in (READ_STATUS, GONE)]
    out: dict[str, dict[str, int]] = {}
    for name in (*THRESHOLDS, *FLAGS):
        counts: dict[str, int] = {}
        for row in judged:
            value = row.get(name)
            words = "none" if value is None else value_words(value)
            counts[words] = counts.get(words, 0) + 1
        if len(counts) > 1:
            out[name] = dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
    return out
