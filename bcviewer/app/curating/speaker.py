"""Who says things in this window, and how it is put into an action of the journal."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from bcviewer.app.prefs import Prefs
from bcviewer.app.scene import Scene
from bcviewer.core.curation.across import TOGETHER
from bcviewer.core.curation.entries import (
    LABEL,
    MAX_WORD,
    NOTE,
    SPIKES,
    Action,
    Change,
    Extra,
    Who,
    is_known,
)
from bcviewer.core.curation.label_source import MAX_NAME, payload, there
from bcviewer.core.curation.stable import values_by_field
from bcviewer.core.curation.state import CurationState
from bcviewer.core.curation.times import is_believed, stamp, time_text
from bcviewer.core.rules.labels import Label
from bcviewer.errors import UserError
from bcviewer.io.files import printable
from bcviewer.io.journal.store import action_id, process_name


class Speaker:
    """Puts what a person says at this machine, in this process, into actions.

    Attributes
    ----------
    person : str
        Who curates now.
    process : str
        The name of this process in journals.
    """

    def __init__(self, person: str) -> None:
        self.process = process_name()
        self._machine = named(platform.node())
        self._clock_told = False
        self._last = ""
        """When something was said here last, of whatever recording."""
        self._act = ""
        """What the act is called that is said of several recordings just now."""
        self.set_person(person)

    def set_person(self, person: str) -> None:
        """Say who curates from now on."""
        self.person = named(person)

    @contextmanager
    def at_once(self, n: int) -> Iterator[None]:
        """Let what is said meanwhile be one act, of ``n`` recordings."""
        self._act = action_id() if n > 1 else ""
        try:
            yield
        finally:
            self._act = ""

    def changes(
        self,
        state: CurationState,
        field: str,
        values: Mapping[int, str | None],
        voice: str = "",
        again: bool = False,
    ) -> tuple[Change, ...]:
        """Return what is new in some values, by cluster id.

        What somebody else said is said again in the person's (or the voice's) own name; with
        ``again`` everything is, though it was said before.
        """
        person, out = voice or self.person, []
        for cluster_id, new in values.items():
            if cluster_id < 0:
                continue  # stands for a row without an id: nothing can be said about it
            old = state.value(cluster_id, field)
            mine = not old or state.said_by(cluster_id, field) == person
            if old != new or not mine or again:
                out.append(Change(int(cluster_id), field, old, new))
        return tuple(out)

    def labels(
        self,
        state: CurationState,
        values: Mapping[int, str | None],
        *,
        again: bool = False,
        under: str = "",
    ) -> tuple[Change, ...]:
        """Return what is new in some labels; see :meth:`changes`.

        What was given under a proposal is said again where none is on (``under`` is empty): it
        counts from then on.
        """
        changes = self.changes(state, LABEL, values, again=again)
        if again or under or not state.under:
            return changes
        from bcviewer.core.curation.under import under_labels  # hardly ever needed

        same = values.keys() - {change.cluster_id for change in changes}
        meant = sorted(same & under_labels(state).keys())
        return changes + self.changes(state, LABEL, {i: values[i] for i in meant}, again=True)

    def note(
        self, state: CurationState, ids: Iterable[int], note: str, begun: Mapping[int, str]
    ) -> tuple[Change, ...]:
        """Return what is new in a note; of a unit that has other spikes by now, of those it had.

        ``begun`` says of which spikes units were when the note was begun, by cluster id.
        """
        ids = list(ids)
        had = ((i, begun.get(i, "")) for i in ids)
        others = {i: spikes for i, spikes in had if state.is_of_others(i, spikes)}
        values = {i: note for i in ids if i not in others}
        told = (Change(i, NOTE, "", note, ((SPIKES, had),)) for i, had in others.items())
        return (*self.changes(state, NOTE, values), *told)

    def of_others(
        self, state: CurationState, wanted: Iterable[Change], voice: str
    ) -> tuple[Change, ...]:
        """Return what is new in what somebody else said; the old values are filled in.

        Raises
        ------
        UserError
            If a value is none that a curator gives.
        """
        wanted, out = list(wanted), list[Change]()
        for change in wanted:
            if not is_known(change):
                said = f"{str(change.new)[:40]!r} is no {change.field}"
                raise UserError(f"unit {change.cluster_id}: {said}.")
        for field, values in values_by_field(state, wanted).items():
            out += self.changes(state, field, values, voice)
        return tuple(out)

    def source(
        self,
        state: CurationState,
        name: str,
        labels: Mapping[int, Label],
        probability: Mapping[int, float],
    ) -> tuple[tuple[Change, ...], Extra] | None:
        """Return what a source of labels changes, and carries; None: it is there, just so.

        They are of the units that are there: a file says no more of one than its id.
        """
        wanted = tuple(Change(i, LABEL, None, None) for i in labels if i in state.spikes)
        spikes = {c.cluster_id: c.spikes for c in _of_their_spikes(state, wanted) if c.spikes}
        known = next((one for one in state.sources if one.name == name), None)
        told = (labels, probability, spikes)
        if known is not None and (known.labels, known.probability, known.spikes) == told:
            return None
        change = there(name, known is not None, True)
        return (change,), payload(labels, probability, spikes)

    def action(
        self,
        state: CurationState,
        kind: str,
        changes: tuple[Change, ...],
        *,
        target: Action | None = None,
        source: str = "",
        voice: str = "",
        extra: Extra = (),
    ) -> Action:
        """Return an action, dated after all that is known of what it is about.

        Parameters
        ----------
        state : CurationState
            What is known.
        kind, changes : str, tuple of Change
            Its kind, and what it changes.
        target : Action, optional
            What it takes or brings back.
        source, voice : str
            Where it comes from; whose opinion it is, where not this person's.
        extra : Extra
            What else it carries.
        """
        about = changes if target is None else target.changes
        seen = (state.said_at(c.cluster_id, c.field) for c in about)
        if self._act and target is None:
            extra += ((TOGETHER, self._act),)
        if state.spikes and target is None:
            now = iter(_of_their_spikes(state, [c for c in changes if not c.spikes]))
            changes = tuple(c if c.spikes else next(now) for c in changes)
        self._last = stamp(datetime.now(UTC), self._last, state.last_of(self.person), *seen)
        return Action(
            action_id(),
            self._last,
            Who(self.person, self._machine, self.process),
            kind,
            changes,
            target.id if target is not None else "",
            source,
            "" if voice == self.person else voice,
            extra,
        )

    def clock_words(self) -> str:
        """Return what is wrong with this computer's clock, once; empty: nothing, or it is known."""
        now = datetime.now(UTC)
        if self._clock_told or is_believed(time_text(now)):
            return ""
        self._clock_told = True
        return f"This computer's clock says {now:%Y}: what you say is dated wrongly."


def _of_their_spikes(state: CurationState, changes: Sequence[Change]) -> Sequence[Change]:
    if not changes:
        return ()
    from bcviewer.core.curation.whose_spikes import of_their_spikes  # what phy made, only

    return of_their_spikes(state, changes)


def named(text: str) -> str:
    """Return a name as it is written in journals: printable, and not too long."""
    return " ".join(printable(text, MAX_WORD).split()) or "somebody"


def source_name(text: str) -> str:
    """Return the name of a source of labels as it is written in journals."""
    return named(text)[:MAX_NAME].strip()


def first_scene(prefs: Prefs) -> Scene:
    """Return the scene of a session that has opened nothing: who speaks, what was chosen before."""
    return Scene(person=named(prefs.person()), raw_files=prefs.raw_files())
