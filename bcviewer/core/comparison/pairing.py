"""Which units of two runs are the same: by cluster id, or by when they fire."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np

from bcviewer.core.arrays import Bools, Codes, Floats, Ints
from bcviewer.core.run.run import Run

MATCHED_BY: tuple[str, ...] = ("", "id", "spikes")
"""How a unit was found in the other run, by the code of it."""
BY_ID, BY_SPIKES = 1, 2
NOWHERE = -1
"""The row of a unit in a run that has none."""

WINDOW_S = 0.0004
"""Spikes that are so near in two sorts are one spike, s."""
LEAST_AGREEMENT = 0.5
"""Of two units that are the same, so much of their spikes is in both."""
_BLOCK = 1 << 20
_MOST_PAIRS = 16_000_000
"""Of more pairs of units than that no agreements are counted: 4,000 against 4,000."""


@dataclass(frozen=True, slots=True, eq=False)
class Pairing:
    """The units of two runs, each once: those of the first in their order, then the others.

    Attributes
    ----------
    before, after : numpy.ndarray of int64
        The row of each unit in either run, :data:`NOWHERE` where it has none. Shape (n,).
    by : numpy.ndarray of int8
        Index of :data:`MATCHED_BY`, shape (n,).
    agreement : numpy.ndarray
        The share of spikes that units matched by spikes have in common, NaN elsewhere.
    words : str
        How the units were matched, and what could not be checked; one line.
    """

    before: Ints
    after: Ints
    by: Codes
    agreement: Floats
    words: str = ""

    @property
    def both(self) -> Bools:
        """Which units are in both runs, shape (n,)."""
        return np.asarray(self.by != 0)


@dataclass(frozen=True, slots=True, eq=False)
class Trains:
    """The spikes of some units.

    Attributes
    ----------
    samples : numpy.ndarray of int64
        When, ascending, shape (n_spikes,).
    unit : numpy.ndarray of int64
        Whose: the unit's place in ``rows``, shape (n_spikes,).
    rows : numpy.ndarray of int64
        The units' rows in their run.
    """

    samples: Ints
    unit: Ints
    rows: Ints


def itself(run: Run) -> Pairing:
    """Return a run paired with itself."""
    rows = np.arange(run.n_units)
    return _pairing(run.n_units, run.n_units, rows, rows, "")


def nothing_matched(before: Run, after: Run, words: str) -> Pairing:
    """Return two runs of which no unit is known to be the same."""
    none = np.zeros(0, np.int64)
    return _pairing(before.n_units, after.n_units, none, none, words)


def by_id(before: Run, after: Run, words: str, unlike: Collection[int] = ()) -> Pairing:
    """Return two runs matched by cluster id.

    Parameters
    ----------
    before, after : Run
        Runs of one sort.
    words : str
        How it is known that an id means the same spikes in both.
    unlike : collection of int
        Ids that do not.

    An id that a damaged table has on several rows is matched to nothing: nobody knows which it is.
    """
    rows = []
    for run in (before, after):
        said = np.flatnonzero(run.ids.sayable)
        rows.append(dict(zip(run.ids.ids_of(said).tolist(), said.tolist(), strict=True)))
    common = [i for i in rows[0] if i in rows[1] and i not in unlike]
    first, second = (np.array([own[i] for i in common], np.int64) for own in rows)
    return _pairing(before.n_units, after.n_units, first, second, words)


def turned(found: Pairing) -> Pairing:
    """Return a pairing of the same units with the two runs the other way round."""
    there = np.flatnonzero(found.after != NOWHERE)
    first = there[np.argsort(found.after[there], kind="stable")]
    order = np.concatenate((first, np.flatnonzero(found.after == NOWHERE)))
    rows, others = found.after[order], found.before[order]
    return Pairing(rows, others, found.by[order], found.agreement[order], found.words)


def _pairing(n: int, m: int, first: Ints, second: Ints, words: str) -> Pairing:
    """Return two runs of which some rows are matched by cluster id, pair by pair."""
    after = np.full(n, NOWHERE, np.int64)
    after[first] = second
    left = np.setdiff1d(np.arange(m), second)
    nowhere = np.full(len(left), NOWHERE, np.int64)
    how = np.concatenate((np.where(after == NOWHERE, 0, BY_ID), np.zeros(len(left)))).astype(
        np.int8
    )
    return Pairing(
        np.concatenate((np.arange(n), nowhere)),
        np.concatenate((after, left)),
        how,
        np.full(n + len(left), np.nan),
        words,
    )


def with_spikes(found: Pairing, before: Trains, after: Trains, window: int) -> Pairing:
    """Return a pairing with units that were not matched yet matched by when they fire.

    Parameters
    ----------
    found : Pairing
        How far they are matched.
    before, after : Trains
        The spikes of units that are not.
    window : int
        Spikes no further from each other than so many samples are one.
    """
    if len(before.rows) * len(after.rows) > _MOST_PAIRS:
        pairs = f"{len(before.rows):,} × {len(after.rows):,}"
        words = f"Too many pairs to match by spikes ({pairs}): those are matched to nothing."
        return replace(found, words=f"{found.words} {words}".lstrip())
    agreement = agreements(before, after, window)
    first, second = assigned(agreement)
    n = int(np.count_nonzero(found.before != NOWHERE))
    whole = found.after[:n].copy()
    whole[before.rows[first]] = after.rows[second]
    gone = np.isin(found.after, after.rows[second]) & (found.before == NOWHERE)
    by, shares = found.by.copy(), found.agreement.copy()
    by[before.rows[first]] = BY_SPIKES
    shares[before.rows[first]] = agreement[first, second]
    rows = np.concatenate((whole, found.after[n:]))
    return Pairing(found.before[~gone], rows[~gone], by[~gone], shares[~gone], found.words)


def agreements(before: Trains, after: Trains, window: int) -> Floats:
    """Return how far each unit of one sort is each of another, shape (n_before, n_after).

    Coincidences ÷ (spikes of both − coincidences), counted no more often than the smaller train
    has spikes.
    """
    counts = coincidences(before, after, window)
    n = np.bincount(before.unit, minlength=len(before.rows))[:, None]
    m = np.bincount(after.unit, minlength=len(after.rows))[None, :]
    common = np.minimum(counts, np.minimum(n, m))
    return np.asarray(common / np.maximum(n + m - common, 1))


def coincidences(before: Trains, after: Trains, window: int) -> Ints:
    """Return how many pairs of spikes of two units are near each other, in one sweep.

    Shape (n_before, n_after).
    """
    n, m = len(before.rows), len(after.rows)
    counts = np.zeros(n * m, np.int64)
    low = np.searchsorted(after.samples, before.samples - window, "left")
    many = np.searchsorted(after.samples, before.samples + window, "right") - low
    ends = np.cumsum(many)
    start = 0
    while start < len(many):
        done = ends[start - 1] if start else 0
        stop = max(int(np.searchsorted(ends, done + _BLOCK, "right")), start + 1)
        here = many[start:stop]
        first = np.repeat(np.arange(start, stop), here)
        place = np.arange(len(first)) - np.repeat(ends[start:stop] - here - done, here)
        second = after.unit[np.repeat(low[start:stop], here) + place]
        counts += np.bincount(before.unit[first] * m + second, minlength=n * m)
        start = stop
    return counts.reshape(n, m)


def assigned(agreement: Floats) -> tuple[Ints, Ints]:
    """Return the pairs, one to one, that agree most in all and enough each."""
    from scipy.optimize import linear_sum_assignment  # type: ignore[import-untyped]

    enough = np.where(agreement >= LEAST_AGREEMENT, agreement, 0.0)
    first, second = linear_sum_assignment(enough, maximize=True)
    kept = enough[first, second] > 0
    return first[kept].astype(np.int64), second[kept].astype(np.int64)
