"""Merges that somebody else proposed, in their file's order, and what a person says of each.

Nothing of it is a recommendation of this program's, and nothing is merged by it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from bcviewer.core.curation.merge_fates import Fate, Group
from bcviewer.core.run.scored import listed
from bcviewer.core.run.unit_ids import SpikesById, has_still, is_digest

ACCEPTED, REJECTED, NEITHER = "accepted", "rejected", "skipped"
_SAYINGS = (ACCEPTED, REJECTED, NEITHER)
_DONE, _GONE, _UNKNOWN = "done in phy", "no longer there", "not compared with phy yet"
MOST_MERGES = 5_000
"""So many of a file are taken, the first ones."""
_VERSION = 1

Digests = tuple[str, ...]
"""Of which spikes the units of a merge were, each; empty: of whatever unit has the id."""
Decision = tuple[Group, Digests]
"""What something was said of."""


@dataclass(frozen=True, slots=True)
class ProposedMerge:
    """Units that are proposed as one.

    Attributes
    ----------
    ids : tuple of int
        Their cluster ids.
    score : str
        What the file says of how good it is, as it is written there; empty: nothing.
    """

    ids: tuple[int, ...]
    score: str = ""

    @property
    def words(self) -> str:
        """The units, to be read."""
        return listed(tuple(map(str, self.ids)))


@dataclass(frozen=True, slots=True)
class MergeQueue:
    """A file's merges, one after the other.

    Attributes
    ----------
    source : str
        The file's name.
    merges : tuple of ProposedMerge
        Its merges; at least one.
    said : tuple of str
        What was said of each; empty: nothing yet.
    at : int
        Which is looked at.
    past : tuple of (int, str)
        Of which something was said, and what had been said of it before, the last one last.
    mark : str
        What the file is known by; empty: it is none.
    elsewhere : mapping of tuple of int to str
        What was said of others of the file, which cannot be merged now: their units are gone.
    fates : mapping of tuple of int to Fate
        What became in phy of those whose units are not all there any more. It is not kept.
    spikes : mapping of tuple of int to tuple of str
        Of which spikes the units were of which something was said, where phy had made any.
    others : mapping of (tuple of int, tuple of str) to str
        What was said of other units of the same ids: phy gave these again. See :meth:`regarding`.
    unknown : frozenset of (tuple of int, tuple of str)
        What was said of spikes of which nobody knows yet whether the units have these. It is not
        kept.
    """

    source: str
    merges: tuple[ProposedMerge, ...]
    said: tuple[str, ...]
    at: int = 0
    past: tuple[tuple[int, str], ...] = ()
    mark: str = ""
    elsewhere: Mapping[tuple[int, ...], str] = field(default_factory=dict)
    fates: Mapping[tuple[int, ...], Fate] = field(default_factory=dict)
    spikes: Mapping[Group, Digests] = field(default_factory=dict)
    others: Mapping[Decision, str] = field(default_factory=dict)
    unknown: frozenset[Decision] = frozenset()

    @classmethod
    def of(cls, source: str, merges: Iterable[ProposedMerge], mark: str = "") -> MergeQueue:
        """Return a queue of which nothing is said yet."""
        those = tuple(merges)
        return cls(source, those, ("",) * len(those), mark=mark)

    @property
    def now(self) -> ProposedMerge:
        """The one that is looked at."""
        return self.merges[self.at]

    @property
    def done(self) -> bool:
        """Whether nothing is left to be said."""
        return not any(map(self._is_open, range(len(self.said))))

    def _is_open(self, place: int) -> bool:
        """Whether nothing is said of one, and its units are there."""
        return not self.said[place] and self.merges[place].ids not in self.fates

    @property
    def n_skipped(self) -> int:
        """How many nobody said yes or no of, though their units are there."""
        pairs = zip(self.merges, self.said, strict=True)
        return sum(word == NEITHER and merge.ids not in self.fates for merge, word in pairs)

    @property
    def accepted(self) -> tuple[Group, ...]:
        """The units of each that was accepted; not of one that may be of other units by now."""
        unknown, pairs = self._unknown_ids, zip(self.merges, self.said, strict=True)
        accepted = (merge.ids for merge, word in pairs if word == ACCEPTED)
        return tuple(ids for ids in accepted if ids not in unknown)

    @property
    def waiting(self) -> tuple[Group, ...]:
        """The units of each that was accepted, maybe of others: nobody knows yet."""
        said = {merge.ids: word for merge, word in zip(self.merges, self.said, strict=True)}
        by_id = {ids: word for ids, word in said.items() if word and ids not in self.spikes}
        each = self._said_of_spikes
        found = {one[0] for one in self.unknown if by_id.get(one[0], each.get(one)) == ACCEPTED}
        return tuple(merge.ids for merge in self.merges if merge.ids in found)

    @property
    def _unknown_ids(self) -> frozenset[Group]:
        return frozenset(ids for ids, _ in self.unknown)

    @property
    def _said_of_spikes(self) -> dict[Decision, str]:
        """What was said of units that phy had made, whether these are there or others."""
        said = {merge.ids: word for merge, word in zip(self.merges, self.said, strict=True)}
        return {**self.others, **{(ids, had): said[ids] for ids, had in self.spikes.items()}}

    @property
    def left(self) -> tuple[tuple[int, ...], ...]:
        """The units of each that was accepted, and that can still be merged in phy."""
        return tuple(ids for ids in self.accepted if ids not in self.fates)

    def say(self, word: str, spikes: Digests = ()) -> MergeQueue:
        """Say something of the one that is looked at, and go on to the next without a word.

        ``spikes`` says of which spikes each of its units is. Who passes one by before
        it is known of whom something was said says nothing of it: that stays.
        """
        if word == NEITHER and self.now.ids in self._unknown_ids:
            return self.gone_on()
        said = (*self.said[: self.at], word, *self.said[self.at + 1 :])
        past = (*self.past, (self.at, self.said[self.at]))
        of = {ids: had for ids, had in self.spikes.items() if ids != self.now.ids}
        of |= {self.now.ids: spikes} if any(spikes) else {}
        return replace(self, said=said, past=past, spikes=of).gone_on()

    def gone_on(self) -> MergeQueue:
        """Pass by the one that is looked at: go to the next without a word, and say nothing."""
        n = len(self.said)
        rest = ((self.at + by) % n for by in range(1, n + 1))
        return replace(self, at=next(filter(self._is_open, rest), self.at))

    @property
    def last_done(self) -> ProposedMerge | None:
        """The merge of which something was said last, where it was accepted and phy has done it."""
        if not self.past or not self._is_kept(self.past[-1][0]):
            return None
        return self.merges[self.past[-1][0]]

    def _is_kept(self, place: int) -> bool:
        """Whether one was accepted and is done in phy: nothing of it is taken back here."""
        fate = self.fates.get(self.merges[place].ids)
        return self.said[place] == ACCEPTED and fate is not None and fate.into is not None

    def back(self) -> MergeQueue:
        """Take back what was said last, and go to what it was said of; the same: nothing was.

        What phy has done of what was accepted stays: it is undone there.
        """
        places = ((n, at) for n, (at, _) in enumerate(self.past) if self.said[at])  # not of others
        free = [n for n, at in places if not self._is_kept(at)]
        if not free:
            return self
        last = free[-1]
        at, word = self.past[last]
        said = (*self.said[:at], word, *self.said[at + 1 :])
        past = self.past[:last] + self.past[last + 1 :]
        gone = "" if word else self.merges[at].ids
        of = {ids: had for ids, had in self.spikes.items() if ids != gone}
        return replace(self, said=said, at=at, past=past, spikes=of)

    def regarding(self, now: SpikesById) -> MergeQueue:
        """Return it with what was said of the units that there are; the same: nothing else was.

        Of a merge whose units are not all there any more nothing is found out. Where nobody knows
        which they are, what was said stays where it is until it is known.

        Parameters
        ----------
        now : mapping of int to str
            Of which spikes units are now (``Phy.spikes``).
        """
        if not (self.spikes or self.others or self.unknown):
            return self
        where = {merge.ids: place for place, merge in enumerate(self.merges)}
        said, of, others = list(self.said), dict(self.spikes), dict(self.others)
        unknown = set[Decision]()
        for one in ((ids, had) for ids, had in self.spikes.items() if ids not in self.fates):
            still = _have_still(now, *one)
            unknown |= {one} if still is None else set()
            if still is False:
                others[one], said[where[one[0]]] = said[where[one[0]]], ""
                del of[one[0]]
        there = where.keys() - self.fates.keys()
        for ids, had in (one for one in self.others if one[0] in there):
            still = _have_still(now, ids, had)
            unknown |= {(ids, had)} if still is None else set()
            if still and not said[where[ids]]:
                said[where[ids]], of[ids] = others.pop((ids, had)), had
        if of == self.spikes and unknown == self.unknown:
            return self
        after = replace(self, said=tuple(said), spikes=of, others=others)
        return replace(after, unknown=frozenset(unknown))

    def undecided_again(self, now: SpikesById) -> frozenset[Decision]:
        """Return what was said of other units of those merges of which nothing is said now."""
        left = {merge.ids for place, merge in enumerate(self.merges) if self._is_open(place)}
        others = (one for one in self.others if one[0] in left)
        return frozenset(one for one in others if _have_still(now, *one) is False)

    @property
    def words(self) -> tuple[str, ...]:
        """What there is to say of where it is: which units, of what file, how many are left."""
        ends = [self.fates.get(merge.ids) for merge in self.merges]
        each = zip(self.merges, self.said, ends, strict=True)
        unknown = self._unknown_ids
        known = (word for merge, word, end in each if not end and merge.ids not in unknown)
        counts = Counter(known)
        counts.update(_GONE if fate.into is None else _DONE for fate in filter(None, ends))
        counts[_UNKNOWN] = len(unknown)
        told = (*_SAYINGS, _DONE, _GONE, _UNKNOWN)
        numbers = (f"{counts[word]:,} {word}" for word in told if counts[word])
        end = ends[self.at]
        here = self.said[self.at] if end is None else end.words
        return (
            f"Merge {self.at + 1:,} of {len(self.merges):,}: {self.now.words}",
            f"score {self.now.score}" if self.now.score else "no score",
            f"of {self.source}",
            *((f"this one {here}",) if here else ()),
            *numbers,
        )

    # -- kept --------------------------------------------------------------------------------

    @property
    def text(self) -> str:
        """What was said, as a text that :meth:`with_said` reads."""
        said = {merge.ids: word for merge, word in zip(self.merges, self.said, strict=True) if word}
        by_id = {ids: word for ids, word in said.items() if ids not in self.spikes}
        kept = {
            "version": _VERSION,
            "source": self.source,
            "said": [[list(ids), word] for ids, word in {**self.elsewhere, **by_id}.items()],
            "at": self.now.ids,
            "past": [[self.merges[place].ids, word] for place, word in self.past],
        }
        if each := self._said_of_spikes:
            kept["of_spikes"] = [[ids, word, had] for (ids, had), word in each.items()]
        return json.dumps(kept)

    def with_said(self, text: str) -> MergeQueue:
        """Return it with what was said before; the same where a text is none of ours.

        A merge is known by its units: others of the file come and go with what phy saves. Of which
        of them something was said that has spikes, :meth:`regarding` finds out.
        """
        try:
            found = json.loads(text)
            said = dict(map(_saying, found["said"]))
            past = list(map(_saying, found["past"]))
            at = _ids(found["at"])
            others = dict(map(_saying_of_spikes, found.get("of_spikes", [])))
        except (ValueError, KeyError, TypeError, RecursionError):
            return self
        if found.get("version") != _VERSION:
            return self
        where = {merge.ids: place for place, merge in enumerate(self.merges)}
        words = tuple(said.get(merge.ids, "") for merge in self.merges)
        first = next((place for place, word in enumerate(words) if not word), 0)
        return replace(
            self,
            said=words,
            at=where.get(at, first),
            past=tuple((where[ids], word) for ids, word in past if ids in where),
            elsewhere={ids: word for ids, word in said.items() if ids not in where},
            others=others,
        )


def _have_still(now: SpikesById, ids: Group, had: Digests) -> bool | None:
    """Return whether units are those that had some spikes; None: nobody knows yet."""
    each = {has_still(now, one, spikes) for one, spikes in zip(ids, had, strict=True)}
    return False if False in each else None if None in each else True


def _saying(value: object) -> tuple[tuple[int, ...], str]:
    """Return units and what was said of them, as they are kept."""
    if not isinstance(value, list) or len(value) != 2 or value[1] not in ("", *_SAYINGS):
        raise TypeError
    return _ids(value[0]), value[1]


def _saying_of_spikes(value: object) -> tuple[Decision, str]:
    """Return units with their spikes, and what was said of them, as they are kept."""
    if not isinstance(value, list) or len(value) != 3 or not isinstance(value[2], list):
        raise TypeError
    ids, word = _saying(value[:2])
    if len(ids) != len(value[2]) or not all(map(_is_said, value[2])):
        raise TypeError
    return (ids, tuple(value[2])), word


def _is_said(value: object) -> bool:
    return value == "" or is_digest(value)


def _ids(value: object) -> tuple[int, ...]:
    if not isinstance(value, list) or not all(type(i) is int for i in value):
        raise TypeError
    return tuple(value)
