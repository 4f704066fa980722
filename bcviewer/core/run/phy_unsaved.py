"""What an open phy did since it saved: merges, splits and labels, with what undo took back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

MOST_NAMED = 5
"""So many ids are named in a sentence; the others are counted."""
_UNDO = "undo"


@dataclass(frozen=True, slots=True)
class PhyChange:
    """One act in phy.

    Attributes
    ----------
    what : str
        phy's word: ``merge``, ``assign``, ``metadata_group`` …
    history : str
        ``undo``, ``redo``, or empty: it was done.
    added, deleted : tuple of int
        Clusters that are there since, and that are not any more.
    descendants : tuple of (int, int)
        Pairs of a cluster that went, and one that its spikes are in.
    name : str
        The field of a label; empty: it is no label.
    values : mapping of int to str
        What it is by now, by cluster id.
    """

    what: str
    history: str = ""
    added: tuple[int, ...] = ()
    deleted: tuple[int, ...] = ()
    descendants: tuple[tuple[int, int], ...] = ()
    name: str = ""
    values: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Unsaved:
    """What phy did since it saved, as far as it stands: nothing of it is in its files.

    phy never gives an id again: one that comes back with an undo is the cluster that it was.

    Attributes
    ----------
    origins : mapping of int to frozenset of int
        The saved clusters that each cluster made since has spikes of.
    gone : frozenset of int
        Clusters, saved or made since, that are not there now.
    labels : mapping of (int, str) to (str, int)
        Value of each field that was set, by cluster id and field, and how often it was set.
    """

    origins: Mapping[int, frozenset[int]] = field(default_factory=dict)
    gone: frozenset[int] = frozenset()
    labels: Mapping[tuple[int, str], tuple[str, int]] = field(default_factory=dict)

    def after(self, change: PhyChange) -> Unsaved:
        """Return the same after another act."""
        if change.name:
            return Unsaved(self.origins, self.gone, self._labelled(change))
        origins = dict(self.origins)
        known = self.gone | frozenset(origins)
        for new in change.added:
            if new not in known:
                parents = [old for old, into in change.descendants if into == new]
                whole = [origins.get(old, frozenset((old,))) for old in parents]
                origins[new] = frozenset().union(*whole)
        gone = (self.gone | frozenset(change.deleted)) - frozenset(change.added)
        return Unsaved(origins, gone, self.labels)

    def _labelled(self, change: PhyChange) -> dict[tuple[int, str], tuple[str, int]]:
        labels, step = dict(self.labels), -1 if change.history == _UNDO else 1
        for cluster_id, value in change.values.items():
            key = cluster_id, change.name
            times = labels.get(key, ("", 0))[1] + step
            labels[key] = (value, times)
            if times <= 0:
                del labels[key]
        return labels

    @property
    def count(self) -> int:
        """How many clusters differ from what is saved."""
        lost = {i for i in self.gone if i not in self.origins}
        made = {i for i in self.origins if i not in self.gone}
        return len(lost | made | {i for i, _ in self.labels if i not in self.gone})

    def parents(self, cluster_id: int) -> tuple[int, ...]:
        """Return the saved clusters that one made since has spikes of; empty: it is saved."""
        return tuple(sorted(self.origins.get(cluster_id, ())))

    def merged(self) -> dict[int, tuple[int, ...]]:
        """Return the saved clusters of each that has all their spikes, and no others, by its id.

        Of one that has some of a cluster's spikes nothing says which, until phy has saved it.
        """
        made = {new: of for new, of in self.origins.items() if new not in self.gone}
        return {
            new: tuple(sorted(of))
            for new, of in made.items()
            if not any(other != new and of & theirs for other, theirs in made.items())
        }

    def words(self, same: Callable[[int, str, str], bool]) -> dict[int, str]:
        """Return what became of each saved cluster, by id; those that are as saved are left out.

        Parameters
        ----------
        same : callable
            Whether a value of a field is the one that is saved: of an id, the field, and it.
        """
        out: dict[int, str] = {}
        for old in sorted(i for i in self.gone if i not in self.origins):
            into = [new for new, of in self.origins.items() if old in of and new not in self.gone]
            others = sorted({i for new in into for i in self.origins[new]} - {old})
            verb = "merged" if others and len(into) == 1 else "split"
            with_them = f" with {_listed(others)}" if others else ""
            out[old] = f"{verb} into {_listed(into)}{with_them}" if into else "no longer there"
        for (cluster_id, name), (value, _) in self.labels.items():
            if cluster_id in self.gone or same(cluster_id, name, value):
                continue
            said = f"{name} {value or 'cleared'}"
            out[cluster_id] = "; ".join(filter(None, (out.get(cluster_id, ""), said)))
        return out


def _listed(ids: list[int]) -> str:
    """Return ids as people write them, the first few by name."""
    named = [str(i) for i in ids[:MOST_NAMED]]
    more = len(ids) - len(named)
    if more:
        return f"{', '.join(named)} and {more:,} more"
    return " and ".join(filter(None, (", ".join(named[:-1]), named[-1]))) if named else ""
