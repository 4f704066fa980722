"""What curators said, from the actions of all of them: a pure replay that merges by time.

An action *says* values of fields of units. What is shown of a field is what was said last and not
taken back. Undo takes an action back, redo brings it back: both are actions themselves, and only a
person's own actions can be taken back. So undo never touches what another person said since: that
is later, and stays shown; and where nobody did, what was said before comes to light again.

The state depends on the set of actions only, never on the order they were read in.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Mapping
from operator import attrgetter

from bcviewer.core.curation.entries import (
    DIFFERS,
    LABEL,
    MARKS,
    NOTE,
    REVEAL,
    STABLE,
    UNDO,
    Action,
    is_known,
    last_of_each,
    written_label,
)
from bcviewer.core.curation.label_source import (
    SOURCE_KINDS,
    UNSOURCE,
    LabelSource,
    now_of,
    source_of,
)
from bcviewer.core.curation.manual import ManualUnit
from bcviewer.core.curation.opinions import opinions
from bcviewer.core.curation.state import CurationState, Field, Said, SaidKey, put_in, tell_apart
from bcviewer.core.curation.times import written_time
from bcviewer.core.curation.undo_stacks import NO_STACKS, OpenStacks
from bcviewer.core.rules.labels import LABEL_NAMES

_FOR_GOOD = (DIFFERS, REVEAL)
"""Kinds of actions that undo does not reach."""
_MANY = 50
"""More new actions than this are replayed with all others."""


def replay(actions: Iterable[Action]) -> CurationState:
    """Return the state that actions lead to, whatever their order; doubles count once."""
    fold = _Fold()
    fold.add_in_order(merged(actions))
    return fold.freeze()


def merged(actions: Iterable[Action]) -> list[Action]:
    """Return actions by time, each id once (of two that share an id, the first by time)."""
    out: dict[str, Action] = {}
    for action in sorted(actions, key=attrgetter("at", "id")):
        out.setdefault(action.id, action)
    return list(out.values())


def with_action(state: CurationState, action: Action) -> CurationState:
    """Return a state with one more action; the same state where it is known already."""
    if action.id in state.actions:
        return state
    fold = _Fold(state)
    fold.add(action)
    return fold.freeze()


def with_actions(state: CurationState, actions: Iterable[Action]) -> CurationState:
    """Return a state with more actions; the same state where all are known already."""
    new = [a for a in merged(actions) if a.id not in state.actions]
    if not new:
        return state
    if len(new) > _MANY:  # one by one, each that is read late goes through all others
        return with_spikes(replay([*state.actions.values(), *new]), state.spikes)
    fold = _Fold(state)
    for action in new:
        fold.add(action)
    return fold.freeze()


def with_spikes(state: CurationState, spikes: Mapping[int, str]) -> CurationState:
    """Return a state where units that phy made are of some spikes; the same one where they were.

    What was said of other spikes under the same id says nothing of them.

    Parameters
    ----------
    state : CurationState
        What is known.
    spikes : mapping of int to str
        What ``Recording.digest`` says of each, by cluster id, where that is known.
    """
    if state.spikes is spikes or state.spikes == spikes:
        return state
    fold = _Fold(state)
    fold.regard(spikes)
    return fold.freeze()


class _Fold:
    """Builds a state, action by action, in any order."""

    def __init__(self, before: CurationState | None = None) -> None:
        self._state = CurationState(before)
        self._from = None if before is None else before.token
        self._units: dict[int, ManualUnit] = self._state.units  # type: ignore[assignment]
        self._actions: dict[str, Action] = self._state.actions  # type: ignore[assignment]
        self._order = list(self._state.order)
        self._undone = set(self._state.undone)
        self._blind: set[str] = set()
        self._under: set[str] = set()
        self._stacks: dict[str, OpenStacks] = {}
        self._touched: dict[int, None] = {}
        self._mixed: dict[Field, list[Said]] = {}
        """All that was said of fields that grew, where some of it says of which spikes it is."""

    def freeze(self) -> CurationState:
        """Return the state; nothing may be added after."""
        self._state.undone = frozenset(self._undone)
        self._state.blind |= self._blind
        self._state.under |= self._under
        for field, said in self._mixed.items():  # once: each goes through all of its field
            self._state.of_spikes[field] = tuple(said)
            tell_apart(self._state, field)
        for cluster_id in self._touched:
            self._show(cluster_id)
        for person, stacks in self._stacks.items():
            self._state.stacks[person] = stacks.freeze()
        self._state.order = tuple(self._order)
        self._state.of_others = self._of_others()
        if self._state.about_sources:
            self._state.sources = self._sources()
        if self._from is not None:
            self._state.since = self._from, frozenset(self._touched)
        return self._state

    def _of_others(self) -> dict[Field, Said]:
        """Return what was said last of other spikes, and is not taken back."""
        undone, of_all = self._undone, self._state.elsewhere.items()
        return {field: s for field, of in of_all for s in of if s.key[1] not in undone}

    def _sources(self) -> tuple[LabelSource, ...]:
        """Return the sources that are there: of those with one name the last, unless taken away."""
        known, there = self._state.about_sources, dict[str, LabelSource]()
        before = self._state.sources
        for action in sorted((self._actions[i] for i in known), key=attrgetter("key")):
            source = known[action.id]
            if action.id in self._undone or (source is None and action.kind != UNSOURCE):
                continue
            there.pop(action.source, None)
            if source is not None:
                there[action.source] = now_of(source, self._state.is_of_others, before)
        return tuple(there.values())

    def add(self, action: Action) -> None:
        """Take in one more action that is not known yet."""
        self._actions[action.id] = action
        key, person, last_at = action.key, action.who.person, self._state.last_at
        in_order = not self._order or key > self._order[-1]
        if in_order:
            self._order.append(key)
            last_at[person] = action.at
        else:
            insort(self._order, key)
            last_at[person] = max(action.at, last_at.get(person, ""))
        if action.is_mark:
            self._mark(action)
        else:
            self._say(action, key)
        if action.kind in SOURCE_KINDS:
            self._state.about_sources[action.id] = source_of(action)
        if action.is_blind:
            self._blind.add(action.id)
        if action.is_under:
            self._under.add(action.id)
        if in_order:
            self._stack(action)
        else:
            self._stack_again(person)

    def add_in_order(self, actions: Iterable[Action]) -> None:
        """Take in actions that are sorted and later than all that is known."""
        actions_by_id, order, said_all = self._actions, self._order, self._state.said
        marks, last_at = self._state.marks, self._state.last_at
        of_spikes, mixed = self._state.of_spikes, self._mixed
        growing: dict[Field, list[Said]] = {}
        for action in actions:
            action_id, at, who, kind, changes, _, _, voice, extra = action
            is_mark = kind in MARKS
            alone = len(changes) == 1 and not changes[0].extra
            alone = alone and not (mixed and changes[0][:2] in mixed)
            alone = alone and not (of_spikes and changes[0][:2] in of_spikes)
            if is_mark or not alone or extra or kind == REVEAL or action_id in marks:
                for change in () if is_mark else changes:
                    if said := growing.pop(change[:2], None):
                        said_all[change[:2]] = tuple(said)
                self.add(action)
                continue
            # What :meth:`add` does, written out for what nearly all of them are.
            key, change, person = (at, action_id), changes[0], who.person
            actions_by_id[action_id] = action
            order.append(key)
            last_at[person] = at
            if kind in SOURCE_KINDS:
                self._state.about_sources[action_id] = source_of(action)
            if is_known(change):
                field = change[:2]
                said = growing.get(field)
                if said is None:
                    said = growing[field] = list(said_all.get(field, ()))
                said.append(Said(key, change.new, voice or person))
            stacks = self._stacks.get(person) or self._open(person)
            stacks.undo.append(action_id)
            if stacks.redo:
                stacks.redo.clear()
        self._touched.update(dict.fromkeys(field[0] for field in growing))
        said_all.update((field, tuple(said)) for field, said in growing.items())

    def _say(self, action: Action, key: SaidKey) -> None:
        said_all, of_spikes, mixed = self._state.said, self._state.of_spikes, self._mixed
        person, touched = action.said_by, self._touched
        touched.update(dict.fromkeys(change.cluster_id for change in action.changes))
        for change in last_of_each(action.changes):
            field = (change.cluster_id, change.field)
            said = Said(key, change.new, person, change.spikes)
            if said.spikes or field in of_spikes or field in mixed:
                if field not in mixed:
                    mixed[field] = list(of_spikes.get(field, said_all.get(field, ())))
                put_in(mixed[field], said)
                continue
            before = said_all.get(field, ())
            if not before or before[-1].key < key:
                said_all[field] = (*before, said)
            else:
                put_in(late := list(before), said)
                said_all[field] = tuple(late)
        if action.id in self._state.marks:
            self._switch(action)

    def regard(self, spikes: Mapping[int, str]) -> None:
        """Let phy's units be of some spikes."""
        state = self._state
        state.spikes = spikes
        for field in state.of_spikes:
            before = state.said.get(field)
            tell_apart(state, field)
            if state.said.get(field) != before:
                self._touched[field[0]] = None

    def _mark(self, mark: Action) -> None:
        """Keep a mark: it may come before its target is read."""
        marks = self._state.marks
        marks[mark.target] = tuple(sorted((*marks.get(mark.target, ()), mark.key)))
        target = self._actions.get(mark.target)
        if target is not None and not target.is_mark:
            self._switch(target)
            self._touched.update(dict.fromkeys(c.cluster_id for c in target.changes))

    def _switch(self, target: Action) -> None:
        """Set whether an action is undone: by the last mark of the person whose it is."""
        marks = (self._actions[key[1]] for key in reversed(self._state.marks.get(target.id, ())))
        last = next((m for m in marks if self._counts(m, target)), None)
        if last is not None and last.kind == UNDO:
            self._undone.add(target.id)
        else:
            self._undone.discard(target.id)

    def _counts(self, mark: Action, target: Action | None) -> bool:
        """Whether a mark is about an action of the same person, and later than it."""
        if target is None or target.is_mark or target.who.person != mark.who.person:
            return False
        return target.key < mark.key

    def _stack(self, action: Action) -> None:
        """Bring the person's undo and redo stacks up to date after their last action."""
        if action.is_mark and not self._counts(action, self._actions.get(action.target)):
            return
        if action.is_folded or action.kind in _FOR_GOOD:
            return
        (self._stacks.get(action.who.person) or self._open(action.who.person)).add(action)

    def _open(self, person: str) -> OpenStacks:
        stacks = OpenStacks(self._state.stacks.get(person, NO_STACKS))
        self._stacks[person] = stacks
        return stacks

    def _stack_again(self, person: str) -> None:
        """Build the stacks of a person of whom an action was read late.

        Its place is among what is known, and marks may have waited for it.
        """
        fresh, any_counts = OpenStacks(NO_STACKS), False
        for _, i in self._order:
            one = self._actions[i]
            if one.who.person != person or one.is_folded or one.kind in _FOR_GOOD:
                continue
            if not one.is_mark or self._counts(one, self._actions.get(one.target)):
                fresh.add(one)
                any_counts = True
        if any_counts:
            self._stacks[person] = fresh

    def _show(self, cluster_id: int) -> None:
        """Bring what is shown of a unit up to date."""
        label, note = self._last(cluster_id, LABEL), self._last(cluster_id, NOTE)
        stable = self._last(cluster_id, STABLE)
        if label is None and note is None and stable is None:
            self._units.pop(cluster_id, None)
            return
        text = (note.value or "") if note else ""
        self._units[cluster_id] = ManualUnit(
            written_label(label.value) if label else None,
            text,
            label.person if label else "",
            written_time(label.key[0]) if label else "",
            note.person if note and text else "",
            written_time(note.key[0]) if note and text else "",
            self._opinions(cluster_id, label),
            (stable.value or "") if stable else "",
        )

    def _opinions(self, cluster_id: int, shown: Said | None) -> str:
        """Return each person's label where somebody's is not the one shown, else nothing."""
        if shown is None or len(self._state.said[cluster_id, LABEL]) < 2:
            return ""
        label = written_label(shown.value)
        theirs = [one for one in opinions(self._state, cluster_id) if one.label is not None]
        if all(one.label == label for one in theirs):
            return ""
        return "; ".join(f"{one.person}: {LABEL_NAMES[one.label]}" for one in theirs if one.label)

    def _last(self, cluster_id: int, field: str) -> Said | None:
        said = self._state.said.get((cluster_id, field))
        if said is None:
            return None
        if not self._undone or said[-1].key[1] not in self._undone:
            return said[-1]
        return next((s for s in reversed(said) if s.key[1] not in self._undone), None)
