"""Of which spikes clusters are, as digests: by one rule, whoever asks."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from bcviewer.core.evidence.recording import Contingency, Recording
from bcviewer.core.run.unit_ids import OF_NONE, REST
from bcviewer.errors import UserError


def whose_spikes(
    made: Iterable[int], digest: Callable[[int], str], table: Contingency
) -> dict[int, str]:
    """Return of which spikes each cluster is that phy made, by its id, and that others are of none.

    A cluster that is as Kilosort made it has never had other spikes under its id, and one that is
    gone has none: whatever is said of some spikes is said of neither. That is not said where the
    files do not tell of each.

    Parameters
    ----------
    made : iterable of int
        Clusters that have spikes.
    digest : callable
        Returns of which spikes a cluster is; empty where that is not known.
    table : Contingency
        Spikes of each template in each cluster.
    """
    if table.no_templates or table.no_clusters:
        return {}
    told = {one: digest(one) for one in made}
    found = {one: known for one, known in told.items() if known}
    return {**found, REST: OF_NONE} if len(found) == len(told) else found


def spikes_of(recording: Recording, cluster_ids: Iterable[int]) -> dict[int, str]:
    """Return of which spikes clusters are in a recording's files, as :func:`whose_spikes` does."""
    try:
        table = recording.table()
    except UserError:
        return {}
    there = set(table.cluster.tolist())
    made = [one for one in cluster_ids if one in there]
    return whose_spikes(made, lambda one: recording.digest((one,)), table)
