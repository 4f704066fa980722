"""Follows what phy's own hand selected, at once or once it is on screen here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from bcviewer.app.background.phy_sight import Sight, highlighted, sight_of
from bcviewer.app.background.phy_talk import PhyTalk
from bcviewer.app.background.phy_words import absent_words
from bcviewer.app.prefs import Prefs
from bcviewer.app.scene import Scene
from bcviewer.app.stage import Stage
from bcviewer.app.viewing.marking import Marking

_Here = tuple[str, tuple[int, ...]]
"""A dataset, and what is highlighted of it: it tells acts of the curator from rows that move."""


@dataclass(frozen=True, slots=True)
class _Pending:
    """What the last hand in a phy selected, and is not wholly seen here."""

    folder: str
    talk: PhyTalk
    ids: tuple[int, ...]
    seen: frozenset[int]
    here: _Here


class Following:
    """Goes to what a phy selected; what is not here yet is gone to once it is.

    Only the last hand counts: what is chosen, labelled or written here after it, or selected in
    another phy, ends the waiting for the rest.

    Parameters
    ----------
    stage, marking, prefs : Stage, Marking, Prefs
        What is shown, who highlights, and whether phy is followed.
    tell : callable
        Tells how the link is, once the words of a phy are others.
    """

    def __init__(
        self, stage: Stage, marking: Marking, prefs: Prefs, tell: Callable[[], None]
    ) -> None:
        self._stage, self._marking, self._prefs, self._tell = stage, marking, prefs, tell
        self._pending: _Pending | None = None

    def follow(self, folder: str, talk: PhyTalk, ids: tuple[int, ...]) -> None:
        """Go to what phy selected, as far as it is here and shown."""
        self.forget()
        scene = self._stage.scene
        if scene.book is None or not ids or not self._prefs.phy_switch("follow"):
            return
        sight = sight_of(scene, folder, ids)
        talk.told = _words(scene, talk, sight)
        if sight.rows:
            talk.agreed = tuple(sight.rows)
            rows = list(sight.rows.values())
            self._marking.mark(rows[0], np.array(rows, np.int64))
        else:  # it is no act of ours that phy shows another one
            talk.agreed = highlighted(scene, folder)
            self._stage.notice.emit(talk.told)
        if sight.unseen:
            self._pending = _Pending(folder, talk, ids, frozenset(sight.rows), self._here())

    def forget(self, talk: PhyTalk | None = None, shows: tuple[int, ...] = ()) -> None:
        """Wait no more for what is not here; of a talk, unless it shows all of that still."""
        pending = self._pending
        if pending is None or (talk is not None and _waits_still(pending, talk, shows)):
            return
        self._pending, pending.talk.told = None, ""
        self._tell()

    def on_changed(self, before: Scene, scene: Scene) -> None:
        """Go on where more is seen by now; leave it where the curator did something here."""
        pending = self._pending
        if pending is None:
            return
        acted = scene.done is not before.done and scene.done is not None
        if acted or scene.drafts is not before.drafts or self._here() != pending.here:
            self.forget()
        elif scene.book is not before.book or scene.view is not before.view:
            sight = sight_of(scene, pending.folder, pending.ids)
            if not pending.seen.issuperset(sight.rows):
                self.follow(pending.folder, pending.talk, pending.ids)
                self._tell()
            else:
                self._say(pending, _words(scene, pending.talk, sight))

    def on_clustered(self) -> None:
        """Say anew what is not here: phy made or undid it."""
        pending, scene = self._pending, self._stage.scene
        if pending is not None:
            sight = sight_of(scene, pending.folder, pending.ids)
            self._say(pending, _words(scene, pending.talk, sight))

    def on_saved(self) -> None:
        """Say nothing of it until phy's files are read."""
        if self._pending is not None:
            self._say(self._pending, "")

    def _say(self, pending: _Pending, words: str) -> None:
        if words != pending.talk.told:
            pending.talk.told = words
            self._tell()

    def _here(self) -> _Here:
        scene = self._stage.scene
        folder = "" if scene.run is None else scene.run.provenance.ks_dir
        return folder, highlighted(scene, folder)


def _waits_still(pending: _Pending, talk: PhyTalk, shows: tuple[int, ...]) -> bool:
    return talk is not pending.talk or set(pending.ids) <= set(shows)


def _words(scene: Scene, talk: PhyTalk, sight: Sight) -> str:
    made = {i: talk.unsaved.made_of(i) for i in sight.absent}
    by = "filter" if scene.filter.active else "review queue"
    return absent_words(made, list(sight.hidden), by)
