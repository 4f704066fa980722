"""What an open phy did since it saved: merges, splits and labels, with what undo took back."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bcviewer.core.run.phy import BACK, WENT

MOST_NAMED = 5
"""So many ids are named in a sentence; the others are counted."""
GROUP, BCV_LABEL = "group", "bcv_label"
"""phy's own field, and the one that this program's labels go into that phy has no group for."""
COMPARED = (GROUP, BCV_LABEL)
"""The fields of which the files that are read here say what is saved."""
_UNDO = "undo"
AND = "; "
_ANEW, _AWAY = "made anew", "no longer there"
ACTS = (BACK, *WENT, _ANEW, _AWAY)
"""How what was done begins that is no label."""
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


Same = Callable[[int, str, str], bool | None]
_Labels = Mapping[tuple[int, str], tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Unsaved:
    """What phy did since it saved, as far as it stands: nothing of it is in its files.

    A phy never gives an id again: one that comes back with an undo is the cluster that it was.
    Another phy may give it to other spikes: that is told, should there be a unit of that id.

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
        Clusters that a save had taken away, and an undo or redo brought back.
    """

    origins: Mapping[int, frozenset[int]] = field(default_factory=dict)
    gone: frozenset[int] = frozenset()
    labels: _Labels = field(default_factory=dict)
    back: frozenset[int] = frozenset()

    def after(self, change: PhyChange) -> Unsaved:
        """Return the same after another act."""
        return self.after_all((change,))

    def after_all(self, changes: Iterable[PhyChange]) -> Unsaved:
        """Return the same after other acts, one after the other."""
        origins, labels = dict(self.origins), dict(self.labels)
        gone, back = set(self.gone), set(self.back)
        undone = {key for key, (_, times) in labels.items() if times < 0}
        for change in changes:
            if not change.history:  # phy forgets what could be redone
                labels |= {key: (labels[key][0], _FOR_GOOD) for key in undone if key in labels}
                undone = set()
            if change.name:
                _label(labels, change, undone)
                continue
            parents = defaultdict(list)
            for old, new in change.descendants:
                parents[new].append(origins.get(old, frozenset((old,))))
            for new in change.added:
                if new not in gone and new not in origins:
                    origins[new] = frozenset().union(*parents[new])
                    if change.history:
                        back.add(new)
            gone.update(change.deleted)
            gone.difference_update(change.added)
        return Unsaved(origins, frozenset(gone), labels, frozenset(back))

    def lost(self, known: Iterable[int], same: Same) -> tuple[int, ...]:
        """Return the clusters, of those that are known, that are as saved again if phy ends now.

        ``same`` is as for :meth:`words`.
        """
        differ = {i for i in self.gone if i not in self.origins} | (self.back - self.gone)
        differ.update(one for one, _, _ in self._labelled(same))
        return tuple(sorted(differ.intersection(known)))

    def _labelled(self, same: Same) -> Iterator[tuple[int, str, str]]:
        """Return the labels of clusters that are there that are not as saved: id, field and value.

        Where nobody knows what is saved, one that was set and undone is as it was.
        """
        for (one, name), (value, times) in self.labels.items():
            as_saved = one in self.gone or same(one, name, value)
            if not (not times if as_saved is None else as_saved):
                yield one, name, value

    def parents(self, cluster_id: int) -> tuple[int, ...]:
        """Return the saved clusters that one made since has spikes of; empty: it is saved."""
        return tuple(sorted(self.origins.get(cluster_id, ())))

    def made_of(self, cluster_id: int) -> tuple[int, ...]:
        """Return the same of one that is there; empty: it is saved, or gone again."""
        return () if cluster_id in self.gone else self.parents(cluster_id)

    def merged(self) -> dict[int, tuple[int, ...]]:
        """Return the saved clusters of each that has all their spikes, and no others, by its id.

        Of one that has some of a cluster's spikes nothing says which, until phy has saved it.
        """
        made = {new: of for new, of in self.origins.items() if new not in self.gone}
        into = Counter(old for of in made.values() for old in of)
        whole = (new for new, of in made.items() if of and all(into[old] == 1 for old in of))
        return {new: tuple(sorted(made[new])) for new in whole}

    def words(self, same: Same) -> dict[int, str]:
        """Return what became of each cluster, by id; those that are as saved are left out.

        Of one that was made since is said of what: should it have the id of a unit that was there.

        Parameters
        ----------
        same : callable
            Whether a value of a field is the one that is saved: of an id, the field, and it; None:
            that is not known.
        """
        out: dict[int, str] = {}
        made = defaultdict(list)
        for new, of in self.origins.items():
            for old in of if new not in self.gone else ():
                made[old].append(new)
        together: dict[tuple[int, ...], tuple[list[int], str]] = {}
        for old in sorted(i for i in self.gone if i not in self.origins):
            into = tuple(made[old])
            if into not in together:  # once for all that went into the same: they may be thousands
                ids = sorted({i for new in into for i in self.origins[new]})
                verb = "merged" if len(ids) > 1 and len(into) == 1 else "split"
                words = f"{verb} into {_listed(into)}" if into else _AWAY
                together[into] = ids, words
            ids, words = together[into]
            named = [i for i in ids[: MOST_NAMED + 1] if i != old]
            out[old] = f"{words} with {_listed(named, len(ids) - 1)}" if named else words
        for new in self.origins.keys() - self.gone:
            how = BACK if new in self.back else _ANEW
            out[new] = f"{how}, of {_listed(sorted(self.origins[new]))}"
        for cluster_id, name, value in self._labelled(same):
            said = f"{name} {value or 'cleared'}"
            out[cluster_id] = AND.join(filter(None, (out.get(cluster_id, ""), said)))
        return out


def without_labels(words: str) -> str:
    """Return what became of a cluster, and only that it was labelled: a label tells a verdict."""
    said = words.split(AND)
    acts = [part for part in said if part.startswith(ACTS)]
    return AND.join((*acts, *(["labelled"] if len(acts) < len(said) else [])))


def _label(
    labels: dict[tuple[int, str], tuple[str, int]],
    change: PhyChange,
    undone: set[tuple[int, str]],
) -> None:
    """Put in a label, or its undo: what is as it was saved is none; what redo brings is noted.

    Where the files say what is saved that is asked: an undo of phy's may give a cluster that was
    made since phy began another value than the one before.
    """
    step = -1 if change.history == _UNDO else 1
    for cluster_id, value in change.values.items():
        key = cluster_id, change.name
        times = labels.get(key, ("", 0))[1] + step
        labels[key] = (value, times)
        (undone.add if times < 0 else undone.discard)(key)
        if not times and change.name not in COMPARED:
            del labels[key]


def _listed(ids: Sequence[int], n: int | None = None) -> str:
    """Return ids as people write them, the first few by name; there may be more than are given."""
    named = [str(i) for i in ids[:MOST_NAMED]]
    more = (len(ids) if n is None else n) - len(named)
    if more:
        return f"{', '.join(named)} and {more:,} more"
    return " and ".join(filter(None, (", ".join(named[:-1]), named[-1]))) if named else ""
