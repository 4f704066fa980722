"""Follows what phy's own hand selected, at once or once it is on screen here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from bcviewer.app.background.phy_sight import (
    MOST_SELECTED,
    Sight,
    as_read,
    dataset_sheet,
    highlighted,
    sight_of,
)
from bcviewer.app.background.phy_talk import PhyTalk
from bcviewer.app.background.phy_told import Told
from bcviewer.app.background.phy_words import absent_words
from bcviewer.app.prefs import Prefs
from bcviewer.app.scene import Scene
from bcviewer.app.stage import Stage
from bcviewer.app.viewing.marking import Marking
from bcviewer.core.run.phy import Phy


@dataclass(frozen=True, slots=True)
class _Pending:
    """What the last hand in a phy selected, and is not wholly seen here."""

    folder: str
    talk: PhyTalk
    ids: tuple[int, ...]
    seen: frozenset[int]


class Following:
    """Goes to what a phy selected; what is not here yet is gone to once it is.

    Only the last hand counts: what is chosen, labelled or written here after it, or selected in
    another phy, ends the waiting for the rest; so does the end of the phy. A unit that is current
    because the one before it is hidden was chosen by nobody.

    Parameters
    ----------
    stage, marking, prefs : Stage, Marking, Prefs
        What is shown, who highlights, and whether phy is followed.
    tell : callable
        Tells how the link is, once the words of a phy are others.
    lead : callable
        Has phy show what is here, once nothing of it is waited for any more: where a hand was at
        work here, and chose what was chosen already.
    """

    def __init__(
        self,
        stage: Stage,
        marking: Marking,
        prefs: Prefs,
        tell: Callable[[], None],
        lead: Callable[[], None],
    ) -> None:
        self._stage, self._marking, self._prefs, self._tell = stage, marking, prefs, tell
        self._lead = lead
        marking.chosen.connect(self.leave)  # its own waiting begins after it marked
        self._pending: _Pending | None = None
        self._told = Told()
        """What is said of what is not here."""
        self._unread: Phy | None = None
        """What was read before the phy saved that it waits for; None: all is read."""

    def follow(self, folder: str, talk: PhyTalk, ids: tuple[int, ...]) -> None:
        """Go to what phy selected, as far as it is here and shown."""
        self.forget()
        scene = self._stage.scene
        if scene.book is None or not ids or not self._prefs.phy_switch("follow"):
            return
        sight = sight_of(scene, folder, ids)
        if sight.rows:
            rows = list(sight.rows.values())
            shown = tuple(sight.rows)  # of many phy is told of the current one: no act of ours
            talk.agreed = shown if len(shown) <= MOST_SELECTED else shown[:1]
            self._marking.mark(rows[0], np.array(rows, np.int64))
        else:  # it is no act of ours that phy shows another one
            talk.agreed = highlighted(scene, folder)
        if sight.unseen:
            self._pending = _Pending(folder, talk, ids, frozenset(sight.rows))
            self._say_anew(sight)
            if self._told.words:
                self._stage.notice.emit(self._told.words)

    @property
    def waits(self) -> bool:
        """Whether a phy shows what is not wholly here, and is gone to once it is."""
        return self._pending is not None

    def leave(self) -> None:
        """Wait no more: a hand is at work here, and it is the last one."""
        if self.waits:
            self.forget()
            self._lead()

    def told_of(self, talk: PhyTalk) -> Told:
        """Say what a phy shows and is not shown here, or else what of it did not follow."""
        of_it = self._pending is not None and self._pending.talk is talk and self._told.words
        return self._told if of_it else talk.told

    def forget(self, talk: PhyTalk | None = None, shows: tuple[int, ...] = ()) -> None:
        """Wait no more for what is not here; of a talk, unless it shows all of that still."""
        pending = self._pending
        if pending is None or (talk is not None and _waits_still(pending, talk, shows)):
            return
        self._pending, self._unread, self._told = None, None, Told()
        self._tell()

    def on_changed(self, before: Scene, scene: Scene) -> None:
        """Go on where more is seen by now; leave it where the curator labelled something."""
        pending = self._pending
        if pending is None:
            return
        if scene.done is not before.done and scene.done is not None:
            self.leave()
        elif scene.book is not before.book or scene.view is not before.view:
            sight = sight_of(scene, pending.folder, pending.ids)
            if not pending.seen.issuperset(sight.rows):
                self.follow(pending.folder, pending.talk, pending.ids)
                self._tell()
            else:
                self._say_anew(sight)

    def on_clustered(self) -> None:
        """Say anew what is not here: phy made or undid it."""
        if self._pending is not None:
            self._say_anew(sight_of(self._stage.scene, self._pending.folder, self._pending.ids))

    def on_saved(self, talk: PhyTalk) -> None:
        """Say nothing of what has no row until the files that a phy saved are read."""
        pending = self._pending
        if pending is not None and pending.talk is talk:
            self._unread = as_read(self._stage.scene, pending.folder)
            self.on_clustered()

    def _say_anew(self, sight: Sight) -> None:
        scene, pending = self._stage.scene, self._pending
        assert pending is not None  # noqa: S101 - only then is there anything to say
        if self._unread is not as_read(scene, pending.folder):
            self._unread = None
        here = dataset_sheet(scene, pending.folder) is not None  # else it is still to be read
        absent = sight.absent if here and self._unread is None else ()
        made = {i: pending.talk.unsaved.made_of(i) for i in absent}
        by = "filter" if scene.filter.active else "review queue"
        told = absent_words(made, list(sight.hidden), by)
        if told != self._told:
            self._told = told
            self._tell()


def _waits_still(pending: _Pending, talk: PhyTalk, shows: tuple[int, ...]) -> bool:
    return talk is not pending.talk or set(pending.ids) <= set(shows)
