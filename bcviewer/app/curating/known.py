"""What is known of what curators said: by whom, here or elsewhere, as their journals tell."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject, Signal

from bcviewer.app.curating.open_journals import OpenJournals
from bcviewer.app.curating.opened import Opened
from bcviewer.app.curating.speaker import Speaker
from bcviewer.core.curation.entries import Action
from bcviewer.core.curation.history import units_of
from bcviewer.core.curation.overruled import crossing_words, overruled_words
from bcviewer.core.curation.replay import with_action, with_actions, with_spikes
from bcviewer.core.curation.state import CurationState
from bcviewer.core.run.run import Issue
from bcviewer.core.run.unit_ids import is_not_yet
from bcviewer.io.journal.store import JournalsRead

NO_SPIKES: Mapping[int, str] = {}
"""Where it is not known of any unit."""


class Known(QObject):
    """Owns the state that the journals of the open recording tell.

    Attributes
    ----------
    changed : Signal(frozenset of int or None)
        Units (by cluster id; None: any) have another label or note: :attr:`state` says which.
    opened : Signal()
        The journals of the recording were read.
    told : Signal(str)
        What a curator should know now: another window overruled what they said, or it was said of
        other spikes than a unit has by now.
    hides : callable
        Whether what others say of a cluster id must not be told: a blind review hides it.
    spikes : callable
        Of which spikes the units are by now that phy made, by cluster id, where that is known.
    """

    changed = Signal(object)
    opened = Signal()
    told = Signal(str)

    def __init__(
        self, journals: OpenJournals, speaker: Speaker, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._speaker = speaker
        self._state = CurationState()
        self._issues: tuple[Issue, ...] = ()
        self.hides: Callable[[int], bool] = _hides_nothing
        self.spikes: Callable[[], Mapping[int, str]] = _knows_none
        self._regarded: Mapping[int, str] = NO_SPIKES
        """What was taken in of them last: asked at each telling, and hardly ever another."""
        journals.left.connect(self._on_left)
        journals.read.connect(self._on_read)
        journals.merged.connect(self._on_merged)
        journals.arrived.connect(self._on_arrived)

    @property
    def state(self) -> CurationState:
        """What is known of all units."""
        return self._state

    @property
    def issues(self) -> tuple[Issue, ...]:
        """What was wrong with the journals."""
        return self._issues

    def add(self, action: Action, target: Action | None) -> None:
        """Take in what was just said here; ``target`` is what it takes or brings back."""
        self._state = with_action(self._state, action)
        about = action.changes if target is None else target.changes
        self.changed.emit(frozenset(c.cluster_id for c in about))

    def regard(self) -> None:
        """Take in of which spikes phy's units are: what was said of others is not of them."""
        before, spikes = self._state, self.spikes()
        if spikes is self._regarded:
            return
        self._regarded = spikes
        self._state = after = with_spikes(before, spikes)
        if is_not_yet(before.spikes):
            self._look_for_crossing()
            return  # what is found at the opening is no news: History and Why have it
        if after is before:
            return
        ids = after.units_since(before).intersection(before.spikes)
        if ids:
            self.changed.emit(ids)
        if not after.elsewhere:
            return
        from bcviewer.core.curation.whose_spikes import news_of_others  # hardly ever needed

        if words := news_of_others(before, after, ids, self.hides):
            self.told.emit(words)

    def _on_left(self) -> None:
        known = bool(self._state.units or self._state.sources)
        self._state, self._issues = CurationState(), ()
        if known:
            self.changed.emit(None)

    def _on_read(self, read: Opened) -> None:
        self._take(read.state or CurationState(), read.issues)

    def _on_merged(self, read: Opened) -> None:
        """Merge what was in the results' folder; what was said meanwhile stays."""
        if read.state is not None:
            state = read.state
            for action in self._state.actions.values():
                state = with_action(state, action)
            self._take(state, read.issues)

    def _take(self, state: CurationState, issues: tuple[Issue, ...]) -> None:
        self._regarded = self.spikes()
        self._state, self._issues = with_spikes(state, self._regarded), issues
        self._issues += self._crossing()
        self.changed.emit(None)
        self.opened.emit()

    def _crossing(self) -> tuple[Issue, ...]:
        """Return what to say of labels of people who did not know of each other."""
        words = crossing_words(self._state, self._speaker.person)
        return (Issue("Labels", words, "The later one is shown; see History."),) if words else ()

    def _look_for_crossing(self) -> None:
        """Say it of what phy made, too, now that it is known of which units its labels are."""
        crossing = tuple(one for one in self._crossing() if one not in self._issues)
        if crossing:
            self._issues += crossing
            self.opened.emit()

    def _on_arrived(self, reading: JournalsRead) -> None:
        """Take in what another window, or somebody at another computer, said meanwhile."""
        before, self._state = self._state, with_actions(self._state, reading.actions)
        after, speaker = self._state, self._speaker
        if after is not before:
            ids = frozenset(i for action in reading.actions for i in units_of(after, action))
            self.changed.emit(ids)
            about = [i for i in ids if not self.hides(i)]
            if words := overruled_words(before, after, about, speaker.person, speaker.process):
                self.told.emit(words)
        if reading.issues:
            self._issues += reading.issues
            self.opened.emit()


def _knows_none() -> Mapping[int, str]:
    return NO_SPIKES


def _hides_nothing(_: int) -> bool:
    return False
