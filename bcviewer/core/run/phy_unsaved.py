"""What an open phy did since it saved: merges, splits and labels, with what undo took back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

MOST_NAMED = 5
"""So many ids are named in a sentence; the others are counted."""
_UNDO = "undo"
_FOR_GOOD = 1_000_000
"""So often something was set that redo cannot bring back: phy forgets it with the next act."""


@dataclass(frozen=True, slots=True)
class PhyChange:
    """One act in phy.

    Attributes
    ----------
    what : str
        phy's word: ``merge``, ``assign``, ``metadata_group`` …
    history : str
        ``undo``, ``redo``, or empty: it was done; ``aside``: phy changed it with the act before.
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


_Labels = Mapping[tuple[int, str], tuple[str, int]]


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
        Value of each field that was set, by cluster id and field, and how often it was set; less
        than 0: what was saved is undone, and redo would bring it back.
    back : frozenset of int
        Clusters that a save had taken away, and an undo brought back.
    """

    origins: Mapping[int, frozenset[int]] = field(default_factory=dict)
    gone: frozenset[int] = frozenset()
    labels: _Labels = field(default_factory=dict)
    back: frozenset[int] = frozenset()

    def after(self, change: PhyChange) -> Unsaved:
        """Return the same after another act."""
        labels = self.labels if change.history else self._nothing_to_redo()
        if change.name:
            return replace(self, labels=_labelled(labels, change))
        origins, back = dict(self.origins), self.back
        known = self.gone | frozenset(origins)
        for new in change.added:
            if new not in known:
                parents = [old for old, into in change.descendants if into == new]
                whole = [origins.get(old, frozenset((old,))) for old in parents]
                origins[new] = frozenset().union(*whole)
                back |= {new} if change.history == _UNDO else frozenset()
        gone = (self.gone | frozenset(change.deleted)) - frozenset(change.added)
        return Unsaved(origins, gone, labels, back)

    def _nothing_to_redo(self) -> _Labels:
        return {
            key: (value, times if times > 0 else _FOR_GOOD)
            for key, (value, times) in self.labels.items()
        }

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
        for back in self.back - self.gone:
            out[back] = f"there again, of {_listed(sorted(self.origins[back]))}"
        for (cluster_id, name), (value, _) in self.labels.items():
            if cluster_id in self.gone or same(cluster_id, name, value):
                continue
            said = f"{name} {value or 'cleared'}"
            out[cluster_id] = "; ".join(filter(None, (out.get(cluster_id, ""), said)))
        return out


def _labelled(before: _Labels, change: PhyChange) -> _Labels:
    """Return labels after another one, or its undo: what is as it was saved is none of them."""
    labels, step = dict(before), -1 if change.history == _UNDO else 1
    for cluster_id, value in change.values.items():
        key = cluster_id, change.name
        times = labels.get(key, ("", 0))[1] + step
        labels[key] = (value, times)
        if not times:
            del labels[key]
    return labels


def _listed(ids: list[int]) -> str:
    """Return ids as people write them, the first few by name."""
    named = [str(i) for i in ids[:MOST_NAMED]]
    more = len(ids) - len(named)
    if more:
        return f"{', '.join(named)} and {more:,} more"
    return " and ".join(filter(None, (", ".join(named[:-1]), named[-1]))) if named else ""
