"""Merges that somebody else proposed, in their file's order, and what a person says of each.

Nothing of it is a recommendation of this program's, and nothing is merged by it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from hashlib import blake2b

from bcviewer.core.rules.counts import count_of
from bcviewer.core.run.scored import listed

ACCEPTED, REJECTED, LEFT_OPEN = "accepted", "rejected", "skipped"
_SAYINGS = (ACCEPTED, REJECTED, LEFT_OPEN)
MOST_MERGES = 5_000
"""So many of a file are taken, the first ones."""
_VERSION = 1


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
    """

    source: str
    merges: tuple[ProposedMerge, ...]
    said: tuple[str, ...]
    at: int = 0
    past: tuple[tuple[int, str], ...] = ()

    @classmethod
    def of(cls, source: str, merges: Iterable[ProposedMerge]) -> MergeQueue:
        """Return a queue of which nothing is said yet."""
        those = tuple(merges)
        return cls(source, those, ("",) * len(those))

    @property
    def now(self) -> ProposedMerge:
        """The one that is looked at."""
        return self.merges[self.at]

    @property
    def done(self) -> bool:
        """Whether something is said of each."""
        return all(self.said)

    @property
    def accepted(self) -> tuple[tuple[int, ...], ...]:
        """The units of each that was accepted."""
        pairs = zip(self.merges, self.said, strict=True)
        return tuple(merge.ids for merge, word in pairs if word == ACCEPTED)

    def say(self, word: str) -> MergeQueue:
        """Say something of the one that is looked at, and go on to the next without a word."""
        said = (*self.said[: self.at], word, *self.said[self.at + 1 :])
        n = len(said)
        rest = ((self.at + by) % n for by in range(1, n + 1))
        at = next((i for i in rest if not said[i]), self.at)
        return replace(self, said=said, at=at, past=(*self.past, (self.at, self.said[self.at])))

    def back(self) -> MergeQueue:
        """Take back what was said last, and go to what it was said of; the same: nothing was."""
        if not self.past:
            return self
        at, word = self.past[-1]
        said = (*self.said[:at], word, *self.said[at + 1 :])
        return replace(self, said=said, at=at, past=self.past[:-1])

    @property
    def words(self) -> tuple[str, ...]:
        """What there is to say of where it is: which units, of what file, how many are left."""
        counts = Counter(self.said)
        each = (f"{counts[word]:,} {word}" for word in _SAYINGS if counts[word])
        here = self.said[self.at]
        return (
            f"Merge {self.at + 1:,} of {len(self.merges):,}: {self.now.words}",
            f"score {self.now.score}" if self.now.score else "no score",
            f"of {self.source}",
            *((f"this one {here}",) if here else ()),
            *each,
        )

    # -- kept --------------------------------------------------------------------------------

    @property
    def key(self) -> str:
        """What it is known by: its source and its units."""
        text = json.dumps([self.source, [merge.ids for merge in self.merges]])
        return blake2b(text.encode(), digest_size=8).hexdigest()

    @property
    def text(self) -> str:
        """What was said, as a text that :meth:`with_said` reads."""
        return json.dumps(
            {
                "version": _VERSION,
                "source": self.source,
                "merges": [[list(merge.ids), merge.score] for merge in self.merges],
                "said": self.said,
                "at": self.at,
                "past": self.past,
            }
        )

    def with_said(self, text: str) -> MergeQueue:
        """Return it with what was said before; the same where a text is not of this queue."""
        try:
            found = json.loads(text)
            said, at = tuple(found["said"]), found["at"]
            past = tuple((int(place), str(word)) for place, word in found["past"])
            ids = [tuple(merge[0]) for merge in found["merges"]]
        except (ValueError, KeyError, TypeError, IndexError, RecursionError):
            return self
        fits = found.get("version") == _VERSION and ids == [merge.ids for merge in self.merges]
        words = {"", *_SAYINGS}
        fits = fits and len(said) == len(ids) and all(isinstance(w, str) for w in said)
        fits = fits and words.issuperset(said) and type(at) is int and 0 <= at < len(ids)
        fits = fits and all(0 <= place < len(ids) and word in words for place, word in past)
        return replace(self, said=said, at=at, past=past) if fits else self


def joined(groups: Iterable[tuple[int, ...]]) -> tuple[tuple[int, ...], ...]:
    """Return groups of units in which none is twice: those that share a unit are one."""
    out: list[list[int]] = []
    for group in groups:
        mine = [other for other in out if not set(other).isdisjoint(group)]
        whole = [i for other in mine for i in other]
        out = [other for other in out if other not in mine]
        out.append(list(dict.fromkeys((*whole, *group))))
    return tuple(map(tuple, out))


def joined_words(groups: tuple[tuple[int, ...], ...]) -> str:
    """Say that groups share units, where they do: they are one then, and nobody looked at that."""
    whole = joined(groups)
    n = len(groups) - len(whole)
    if not n:
        return ""
    large = [listed(tuple(map(str, one))) for one in whole if one not in groups]
    what = count_of(len(large), "group")
    return f"Some share a unit and become one ({what}, which had no preview): {'; '.join(large)}."
