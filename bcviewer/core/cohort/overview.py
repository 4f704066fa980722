"""What a cohort says at a glance: classes by run, what costs GOOD units, parameters that differ."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bcviewer.core.arrays import Ints
from bcviewer.core.cohort.run_columns import FAILED, GONE, READ_STATUS, SKIPPED, RunRow
from bcviewer.core.comparison.proposal import value_words
from bcviewer.core.rules.counts import count_of
from bcviewer.core.rules.criteria import FLAGS, THRESHOLDS
from bcviewer.core.rules.rules import RULES

_NONE = "none"
_CONDITIONS: dict[str, str] = {
    rule.key: f"{rule.declared.title} {rule.op} {rule.parameter}"
    for rule in RULES
    if rule.parameter
}
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


def sole_blockers(codes: Ints, texts: Sequence[str], which: Ints, n_runs: int) -> Ints:
    """Return how many units of each run each condition alone keeps from being GOOD.

    Shape (n_texts, n_runs).

    Parameters
    ----------
    codes : numpy.ndarray
        The sole blocker of each unit, a place in ``texts`` or −1, shape (n_units,).
    texts : sequence of str
        The distinct conditions; an empty one is none.
    which : numpy.ndarray of int64
        The run of each unit.
    n_runs : int
        How many runs there are.
    """
    blocked = codes >= 0
    key = codes[blocked].astype(np.int64) * n_runs + which[blocked]
    counted = np.bincount(key, minlength=len(texts) * n_runs)
    return counted.astype(np.int64).reshape(len(texts), n_runs)


def blockers(counts: Ints, texts: Sequence[str]) -> list[Blocker]:
    """Return what alone keeps units from being GOOD, the most first.

    Parameters
    ----------
    counts : numpy.ndarray of int64
        As :func:`sole_blockers` has them, of the runs that count.
    texts : sequence of str
        The conditions.
    """
    out = [
        Blocker(text, int(of_runs.sum()), int(np.count_nonzero(of_runs)))
        for text, of_runs in zip(texts, counts, strict=True)
        if text and of_runs.any()
    ]
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
        values = Counter(row.get(name) for row in judged)
        if len(values) > 1:
            counts = {_NONE if v is None else value_words(v): n for v, n in values.items()}
            out[name] = dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
    return out


def value_filter(name: str, value: str) -> str:
    """Return the filter for the runs in which a parameter has a value that differs.

    Parameters
    ----------
    name, value : str
        As :func:`differing` tells them.
    """
    if value == _NONE:
        return f"missing({name})"
    if name in FLAGS:
        return name if value == "true" else f"not {name}"
    if math.isinf(float(value)):
        return f"{name} {'<' if value.startswith('-') else '>'} {'-' * value.startswith('-')}1e308"
    return f"{name} == {value}"


def condition_words(condition: str) -> str:
    """Return a condition as people read it: ``presence ratio < minPresenceRatio``."""
    return " & ".join(_CONDITIONS.get(part, part) for part in condition.split(" & "))
