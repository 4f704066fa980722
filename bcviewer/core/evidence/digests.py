"""Of which spikes clusters are, as digests: by one rule, whoever asks."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from bcviewer.core.arrays import Bools, Ints
from bcviewer.core.evidence.recording import Contingency, Recording
from bcviewer.core.run.unit_ids import OF_NONE, REST
from bcviewer.errors import UserError


def as_kilosort_made(ids: Ints, table: Contingency) -> Bools:
    """Return whether a cluster is exactly the template of its id: phy never changed it."""
    if table.no_templates:
        return np.zeros(len(ids), bool)
    alone = [
        found[times == 1]
        for found, times in (
            np.unique(of, return_counts=True) for of in (table.cluster, table.template)
        )
    ]
    same = table.template[table.template == table.cluster]
    return np.asarray(np.isin(ids, same) & np.isin(ids, alone[0]) & np.isin(ids, alone[1]))


def whose_spikes(
    clusters: Iterable[int], digest: Callable[[int], str], table: Contingency
) -> dict[int, str]:
    """Return of which spikes each cluster is that phy made, by its id, and that others are of none.

    A cluster that is as Kilosort made it has never had other spikes under its id, and one that is
    gone has none: whatever is said of some spikes is said of neither. That is not said where the
    files do not tell of each.

    Parameters
    ----------
    clusters : iterable of int
        Clusters that are asked for.
    digest : callable
        Returns of which spikes a cluster is; empty where that is not known.
    table : Contingency
        Spikes of each template in each cluster.
    """
    if table.no_templates or table.no_clusters:
        return {}
    asked = np.fromiter(clusters, np.int64)
    there = asked[np.isin(asked, table.cluster)]
    made = there[~as_kilosort_made(there, table)].tolist()
    told = {one: digest(one) for one in made}
    found = {one: known for one, known in told.items() if known}
    return {**found, REST: OF_NONE} if len(found) == len(told) else found


def spikes_of(recording: Recording, cluster_ids: Iterable[int]) -> dict[int, str]:
    """Return of which spikes clusters are in a recording's files, as :func:`whose_spikes` does."""
    try:
        table = recording.table()
    except UserError:
        return {}
    return whose_spikes(cluster_ids, lambda one: recording.digest((one,)), table)
