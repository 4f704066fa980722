"""How many units are GOOD from recording to recording."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bcviewer.core.arrays import Bools, Floats, Ints
from bcviewer.core.cohort.cohort_runs import SHARE, CohortRuns
from bcviewer.core.cohort.run_columns import COUNTS
from bcviewer.core.rules.labels import Label


@dataclass(frozen=True, slots=True, eq=False)
class Trend:
    """Runs by recording.

    Attributes
    ----------
    recordings : tuple of str
        Their names in order, numbers within them as numbers: what time there is to go by.
    rows : numpy.ndarray of int64
        The runs that have units with spikes, by recording, shape (n,).
    places : numpy.ndarray of int64
        The place of each one's recording, shape (n,).
    shares, units : numpy.ndarray
        GOOD units per hundred with spikes, and how many these are, shape (n,).
    share, total : numpy.ndarray
        The same of all shown runs of each recording, shape (n_recordings,).
    tried : numpy.ndarray of float64 or None
        ``share`` as a proposal makes it, NaN where it needs a run; None: nothing is tried.
    """

    recordings: tuple[str, ...]
    rows: Ints
    places: Ints
    shares: Floats
    units: Ints
    share: Floats
    total: Ints
    tried: Floats | None


def trend(table: CohortRuns, shown: Bools, tried: Floats | None = None) -> Trend:
    """Return how some runs come out, recording by recording.

    Parameters
    ----------
    table : CohortRuns
        All runs.
    shown : numpy.ndarray of bool
        Which of them count.
    tried : numpy.ndarray of float64, optional
        GOOD units of each run by a proposal; NaN: that is not known.
    """
    usable = shown & (table.with_spikes > 0)
    rows = table.order[usable[table.order]]
    names = table.values("recording")[rows].tolist()
    recordings = tuple(dict.fromkeys(names))
    place_of = {name: place for place, name in enumerate(recordings)}
    places = np.array([place_of[name] for name in names], np.int64)
    units = table.with_spikes[rows]

    def by_recording(of_runs: Floats) -> Floats:
        summed: Floats = np.bincount(places, of_runs[rows], len(recordings)).astype(np.float64)
        return summed

    total = by_recording(table.with_spikes.astype(np.float64))
    good = by_recording(table.values(COUNTS[Label.GOOD]))
    return Trend(
        recordings,
        rows,
        places,
        table.values(SHARE)[rows],
        units,
        100.0 * good / total,
        total.astype(np.int64),
        None if tried is None else 100.0 * by_recording(tried) / total,
    )
