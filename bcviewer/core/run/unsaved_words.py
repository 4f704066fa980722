"""What is said of clusters that open phys changed, until it is saved or undone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from bcviewer.core.run.phy import BACK, WENT, MergedInto, Phy
from bcviewer.core.run.phy_unsaved import ACTS, AND
from bcviewer.core.run.run import Run
from bcviewer.core.run.unit_ids import BEING_READ

NOT_READ = ", since saved and not read yet"
"""What is said beside what a phy did where it has saved that, and nobody has read it so far."""
Acts = tuple[Mapping[int, str], MergedInto]
"""What a phy did to clusters, in words by their ids, and what it merged into what."""
_NO_ACTS: Acts = {}, {}


@dataclass(slots=True, eq=False)
class _Folder:
    """What is said of the clusters of a Kilosort directory."""

    words: Mapping[int, str] = field(default_factory=dict)
    merged: MergedInto = field(default_factory=dict)
    kept: MutableMapping[Run, Acts] = field(default_factory=WeakKeyDictionary)
    """What a phy did and saved, until that is read of a run: what is shown of it is of before."""
    last: dict[int, str] = field(default_factory=dict)
    """What was said last of those that went."""
    saved: Mapping[int, str] | None = None
    """Of which spikes those are that were saved, until they are read; None: all is read."""
    digests: dict[tuple[int, ...], str] = field(default_factory=dict)
    """Of which spikes clusters are together, as far as that was found out."""


class UnsavedWords:
    """Keeps what is said of clusters, by Kilosort directory, and shows it on what is read.

    Into what a cluster went stays known: where it is gone from the files, they do not say so of
    what phy itself had made.
    """

    def __init__(self) -> None:
        self._of: defaultdict[str, _Folder] = defaultdict(_Folder)

    def say(self, ks_dir: str, words: Mapping[int, str], merged: MergedInto) -> None:
        """Take what is not saved by now: words by cluster id, and what was merged into what."""
        of = self._of[ks_dir]
        of.words, of.merged = words, merged
        of.last.update(_went(words))

    def forget(self, ks_dir: str) -> None:
        """Know nothing more of what is not saved, nor of what is not read."""
        self.say(ks_dir, {}, {})
        self._of[ks_dir].kept.clear()

    def merged(self, ks_dir: str) -> MergedInto:
        """Return what is merged and not saved."""
        return self._of[ks_dir].merged

    def marked(self, phy: Phy) -> Phy:
        """Return what is known of units, with what is not saved by now."""
        of = self._of[phy.run.provenance.ks_dir]
        kept, merged = of.kept.get(phy.run, _NO_ACTS)
        words = dict(of.words)
        for one, text in kept.items():
            words[one] = _with(of.words.get(one, ""), text, NOT_READ)
        back = {one for one, text in of.words.items() if text.startswith(BACK)}
        merged = {new: tuple(i for i in old if i not in back) for new, old in merged.items()}
        return phy.with_unsaved(words, {**merged, **of.merged}, _spikes(of, phy))

    def saved(self, phy: Phy, acts: Acts | None = None) -> None:
        """Take that a phy saved: of what it had made is known what was, until it is read.

        Its ``acts`` that it had not saved before are told for so long.
        """
        of = self._of[phy.run.provenance.ks_dir]
        of.saved, of.digests = _spikes(of, phy), {}
        if acts is not None:
            of.last.update(_went(acts[0]))
            words, merged = of.kept.get(phy.run, _NO_ACTS)
            now = {one: _with(text, words.get(one, "")) for one, text in acts[0].items()}
            still = {new: tuple(i for i in old if i not in now) for new, old in merged.items()}
            of.kept[phy.run] = {**words, **now}, {**still, **acts[1]}

    def to_read(self, phy: Phy) -> tuple[tuple[int, ...], ...]:
        """Return the clusters of which is to be found out of which spikes they are together."""
        of = self._of[phy.run.provenance.ks_dir]
        if of.saved is not None or not of.merged:
            return ()  # as long as the files are not read again, they may be of others
        groups = (of.merged[one] for one in phy.as_read.away().intersection(of.merged))
        return tuple(group for group in groups if group not in of.digests)

    def take(self, ks_dir: str, digests: Mapping[tuple[int, ...], str]) -> None:
        """Take of which spikes clusters are together; empty: that cannot be known."""
        if self._of[ks_dir].saved is None:
            self._of[ks_dir].digests |= digests

    def shown_on(self, found: Phy, before: Phy | None) -> Phy:
        """Return what was read, with what is not saved, and with the rows that there were."""
        of = self._of[found.run.provenance.ks_dir]
        read = found.after(before, of.last)
        for one in {*read.made()} - {*of.words}:  # what was said of it is saved, or undone
            of.last.pop(one, None)
        of.saved, of.digests = None, {}
        if not found.why:  # else it is not read
            of.kept.pop(found.run, None)
        return self.marked(read)


def _went(words: Mapping[int, str]) -> dict[int, str]:
    """Return what is said of the clusters that went into others."""
    return {one: text for one, text in words.items() if text.startswith(WENT)}


def without_not_read(words: str) -> str:
    """Return what a phy did, whether or not that is saved and not read yet."""
    return words.replace(NOT_READ, "")


def _with(now: str, before: str, beside: str = "") -> str:
    """Return what a phy did by now, and what of that before it stands: labels of other fields."""
    parts = now.split(AND) if now else []
    done = {_kind(part) for part in parts}
    parts += [part + beside for part in before.split(AND) if part and _kind(part) not in done]
    return AND.join(sorted(parts, key=lambda part: _kind(part) != ""))  # labels last, as ever


def _kind(part: str) -> str:
    """Return the field of a label; empty: it is none."""
    return "" if part.startswith(ACTS) else part.split(" ")[0]


def _spikes(of: _Folder, phy: Phy) -> dict[int, str]:
    """Return of which spikes those are that an open phy has, under ids that are gone.

    Of one that it brought back itself all is as it was, where nothing else is known.
    """
    if not (of.words or of.saved):
        return {}
    away, out = phy.as_read.away(), dict[int, str]()
    for one in away.intersection(of.words):
        text, together = of.words[one], of.merged.get(one, ())
        unknown = BEING_READ if together or of.saved is not None else ""
        known = of.digests.get(together, unknown)
        if known not in ("", BEING_READ) or not text.startswith((BACK, *WENT)):
            out[one] = known
    return out | {one: was for one, was in (of.saved or {}).items() if one in away}
