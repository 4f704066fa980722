"""Which units of two runs on disk are the same: one sort or two, and what phy did to it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from bcviewer.core.arrays import Bools, Ints
from bcviewer.core.calls import Check
from bcviewer.core.comparison.pairing import (
    NOWHERE,
    WINDOW_S,
    Pairing,
    Trains,
    by_id,
    itself,
    nothing_matched,
    with_spikes,
)
from bcviewer.core.rules.counts import count_of
from bcviewer.core.run.run import Run
from bcviewer.errors import UserError
from bcviewer.io.journal.recording_key import recording_key
from bcviewer.io.spikes.spike_files import SpikeFiles, find_spike_files

_BLOCK = 1_000_000


def pair_runs(before: Run, after: Run, check: Check = lambda: None) -> Pairing:
    """Return which units of two runs are the same.

    By cluster id where both are of one sort, and the id is of the same spikes in both; else by
    spikes, where both have them; else nothing is matched, and that is said.

    Parameters
    ----------
    before, after : Run
        The runs.
    check : callable
        Called between blocks of spikes; may raise to end it.
    """
    if before is after:
        return itself(before)
    files = [_files(run) for run in (before, after)]
    keys = [recording_key(run) for run in (before, after)]
    first, second = files
    if first is None or second is None:
        return _without_spikes(before, after)
    if keys[0].spikes and keys[0].spikes == keys[1].spikes:
        moved = moved_ids(first, second, check)
        gone = _emptied_by_phy(before, after, first, check)
        words = "One sort: matched by cluster id"
        if moved or gone:
            n = count_of(len(moved | gone), "id")
            how = "by spikes" if moved else "not matched"
            words += f"; {n} not of the same spikes in both, since phy changed them: {how}"
        found = by_id(before, after, f"{words}.", moved | gone)
        return _by_spikes(found, (before, after), (first, second), check) if moved else found
    words = "Two sorts: matched by spikes within 0.4 ms, one to one, half of them in common or more"
    apart = nothing_matched(before, after, f"{words}.")
    return _by_spikes(apart, (before, after), (first, second), check)


def _files(run: Run) -> SpikeFiles | None:
    where = run.provenance
    try:
        return find_spike_files(Path(where.ks_dir), Path(where.results_dir), duplicates=False)
    except UserError:
        return None


def _without_spikes(before: Run, after: Run) -> Pairing:
    """Match results that have no spikes, by id: where all they hold says that it is one sort."""
    found = by_id(before, after, "")
    both = found.both
    columns = [run.units.floats("maxChannels") for run in (before, after)]
    if columns[0] is not None and columns[1] is not None and both.any():
        one, other = columns[0][found.before[both]], columns[1][found.after[both]]
        known = np.isfinite(one) & np.isfinite(other)
        if known.any() and (one[known] == other[known]).all():
            unlike = _empty_in_one(before, after, found)
            words = "Matched by cluster id and peak channel alone: spikes of one or both are absent"
            if unlike:
                words += f"; {count_of(len(unlike), 'id')} empty in one of the two: not matched"
            return by_id(before, after, f"{words}.", unlike)
    words = "Nothing is matched: spikes of one or both are absent, and ids alone do not tell."
    return nothing_matched(before, after, words)


def _empty_in_one(before: Run, after: Run, found: Pairing) -> set[int]:
    """Return ids of units that have spikes in one run and none in the other."""
    both = found.both
    sides = ((before, found.before), (after, found.after))
    empty = [_is_empty(run, rows[both]) for run, rows in sides]
    ids = before.ids.ids_of(found.before[both])
    return set(ids[empty[0] != empty[1]].tolist())


def _is_empty(run: Run, rows: Ints) -> Bools:
    spikes = run.units.floats("nSpikes")
    return np.zeros(len(rows), bool) if spikes is None else np.asarray(spikes[rows] == 0)


def _emptied_by_phy(before: Run, after: Run, files: SpikeFiles, check: Check) -> set[int]:
    """Return ids that are empty in one run because phy took their spikes between the two."""
    unlike = _empty_in_one(before, after, by_id(before, after, ""))
    if not unlike:
        return unlike
    there: set[int] = set()
    for block in _blocks(files.clusters.n, check):
        there.update(np.unique(files.clusters.ids(*block)).tolist())
    return unlike - there  # with spikes now: Bombcell removed them as duplicates


def moved_ids(first: SpikeFiles, second: SpikeFiles, check: Check) -> set[int]:
    """Return the cluster ids that are not of the same spikes in two copies of one sort."""
    out: set[int] = set()
    if first.clusters.path.resolve() == second.clusters.path.resolve():
        return out
    for block in _blocks(first.clusters.n, check):
        one, other = first.clusters.ids(*block), second.clusters.ids(*block)
        differ = one != other
        out.update(np.unique(one[differ]).tolist(), np.unique(other[differ]).tolist())
    return out


def _by_spikes(
    found: Pairing, runs: tuple[Run, Run], files: tuple[SpikeFiles, SpikeFiles], check: Check
) -> Pairing:
    """Match what is left by when it fires; of two sorts at different rates, at the first's."""
    left = [found.before[(found.after == NOWHERE)], found.after[(found.before == NOWHERE)]]
    rates = [run.sample_rate for run in runs]
    rate = rates[0] if rates[0] == rates[0] else rates[1]
    trains = [
        read_trains(run, own, rows, check) for run, own, rows in zip(runs, files, left, strict=True)
    ]
    if rates[0] == rates[0] and rates[1] == rates[1] and rates[0] != rates[1]:
        scaled = np.rint(trains[1].samples * (rates[0] / rates[1])).astype(np.int64)
        trains[1] = Trains(scaled, trains[1].unit, trains[1].rows)
    if not (rate == rate and len(left[0]) and len(left[1])):
        return found
    return with_spikes(found, trains[0], trains[1], round(WINDOW_S * rate))


def read_trains(run: Run, files: SpikeFiles, rows: Ints, check: Check) -> Trains:
    """Return the spikes of some rows of a run, in the order of time."""
    sayable = rows[run.ids.sayable[rows]]
    ids = run.ids.ids_of(sayable)
    order = np.argsort(ids)
    samples, units = [], []
    for block in _blocks(files.n, check):
        clusters = files.clusters.ids(*block)
        place = np.searchsorted(ids[order], clusters).clip(0, max(len(ids) - 1, 0))
        own = np.zeros(len(clusters), bool) if not len(ids) else ids[order][place] == clusters
        samples.append(files.times.samples(*block)[own])
        units.append(order[place[own]])
    times = np.concatenate((*samples, np.zeros(0, np.int64)))
    whose = np.concatenate((*units, np.zeros(0, np.int64)))
    by_time = np.argsort(times, kind="stable")
    return Trains(times[by_time], whose[by_time], sayable)


def _blocks(n: int, check: Check) -> list[tuple[int, int]]:
    check()
    return [(start, min(_BLOCK, n - start)) for start in range(0, n, _BLOCK)]
