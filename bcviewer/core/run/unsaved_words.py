"""What is said of clusters that open phys changed, until it is saved or undone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from bcviewer.core.run.phy import WENT, MergedInto, Phy

_NOTHING: Mapping[int, str] = {}


class UnsavedWords:
    """Keeps what is said of clusters, by Kilosort directory, and shows it on what is read.

    Into what a cluster went stays known: where it is gone from the files, they do not say so of
    what phy itself had made.
    """

    def __init__(self) -> None:
        self._now: dict[str, tuple[Mapping[int, str], MergedInto]] = {}
        self._last: defaultdict[str, dict[int, str]] = defaultdict(dict)

    def say(self, ks_dir: str, words: Mapping[int, str], merged: MergedInto) -> None:
        """Take what is not saved by now: words by cluster id, and what was merged into what."""
        self._now[ks_dir] = words, merged
        went = {one: text for one, text in words.items() if text.startswith(WENT)}
        self._last[ks_dir].update(went)

    def merged(self, ks_dir: str) -> MergedInto:
        """Return what is merged and not saved."""
        return self._now.get(ks_dir, (_NOTHING, {}))[1]

    def marked(self, phy: Phy) -> Phy:
        """Return what is known of units, with what is not saved by now."""
        return phy.with_unsaved(*self._now.get(phy.run.provenance.ks_dir, (_NOTHING, {})))

    def shown_on(self, found: Phy, before: Phy | None) -> Phy:
        """Return what was read, with what is not saved, and with the rows that there were."""
        ks_dir = found.run.provenance.ks_dir
        (now, _), last = self._now.get(ks_dir, (_NOTHING, {})), self._last[ks_dir]
        read = found.after(before, last)
        for one in {*read.made()} - {*now}:  # what was said of it is saved, or undone
            last.pop(one, None)
        return self.marked(read)
