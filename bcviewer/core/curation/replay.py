"""What curators said, from the actions of all of them: a pure replay that merges by time.

An action *says* values of fields of units. What is shown of a field is what was said last and not
taken back. Undo takes an action back, redo brings it back: both are actions themselves, and only a
person's own actions can be taken back. So undo never touches what another person said since: that
is later, and stays shown; and where nobody did, what was said before comes to light again.

The state depends on the set of actions only, never on the order they were read in.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import NamedTuple

from bcviewer.core.curation.entries import (
    DIFFERS,
    LABEL,
    MARKS,
    NOTE,
    UNDO,
    Action,
    Change,
    is_known,
    written_label,
    written_time,
)
from bcviewer.core.curation.label_source import SOURCE_KINDS, UNSOURCE, LabelSource, source_of
from bcviewer.core.curation.manual import ManualUnit
from bcviewer.core.rules.labels import Label

Key = tuple[str, str]
Field = tuple[int, str]


class Said(NamedTuple):
    """One value that one action gave one field of one unit.

    Attributes
    ----------
    key : tuple of str
        Time and id of the action; values are ordered by it.
    value : str or None
        The value as it is written; None: no label.
    person : str
        Whose opinion it is.
    """

    key: Key
    value: str | None
    person: str


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a person said last of a unit."""

    person: str
    label: Label | None
    at: str


@dataclass(frozen=True, slots=True)
class _Stacks:
    """Ids of one person's actions: those that undo and redo would reach, the next one last."""

    undo: tuple[str, ...] = ()
    redo: tuple[str, ...] = ()


class _OpenStacks:
    """The same while a state is built."""

    def __init__(self, stacks: _Stacks) -> None:
        self.undo = list(stacks.undo)
        self.redo = list(stacks.redo)

    def add(self, action: Action) -> None:
        """Take in one more action of the person."""
        if not action.is_mark:
            self.undo.append(action.id)
            self.redo.clear()
            return
        for stack in (self.undo, self.redo):
            if stack and stack[-1] == action.target:
                stack.pop()
            elif action.target in stack:
                stack.remove(action.target)
        (self.redo if action.kind == UNDO else self.undo).append(action.target)

    def freeze(self) -> _Stacks:
        """Return them as they are kept."""
        return _Stacks(tuple(self.undo), tuple(self.redo))


class CurationState:
    """What is known of all units. Immutable; :meth:`with_action` makes the next one.

    Attributes
    ----------
    units : mapping of int to ManualUnit
        What is shown of each unit that anybody said anything of, by cluster id (units that are
        gone included).
    actions : mapping of str to Action
        Every action by its id.
    order : tuple of (str, str)
        Time and id of every action, oldest first.
    sources : tuple of LabelSource
        Labels of others that were imported beside the manual ones, in the order of import.
    """

    __slots__ = (
        "_last_at",
        "_marks",
        "_of_sources",
        "_said",
        "_since",
        "_stacks",
        "_token",
        "_undone",
        "actions",
        "order",
        "sources",
        "units",
    )

    def __init__(self, before: CurationState | None = None) -> None:
        # Shallow copies: what is in them is immutable. A key costs some tens of microseconds.
        self.units: Mapping[int, ManualUnit] = dict(before.units) if before else {}
        self.actions: Mapping[str, Action] = dict(before.actions) if before else {}
        self.order: tuple[Key, ...] = before.order if before else ()
        self._said: dict[Field, tuple[Said, ...]] = dict(before._said) if before else {}
        self._marks: dict[str, tuple[Key, ...]] = dict(before._marks) if before else {}
        self._undone: frozenset[str] = before._undone if before else frozenset()
        self._stacks: dict[str, _Stacks] = dict(before._stacks) if before else {}
        self._last_at: dict[str, str] = dict(before._last_at) if before else {}
        self.sources: tuple[LabelSource, ...] = before.sources if before else ()
        # what each action about a source adds; None: it takes one away, or is not understood
        self._of_sources: dict[str, LabelSource | None] = dict(before._of_sources) if before else {}
        # which state this one was made from, and the units that may differ; no state keeps another
        self._token = object()
        self._since: tuple[object, frozenset[int]] | None = None

    def with_action(self, action: Action) -> CurationState:
        """Return the state with one more action; the same state where it is known already."""
        if action.id in self.actions:
            return self
        fold = _Fold(self)
        fold.add(action)
        return fold.freeze()

    def with_actions(self, actions: Iterable[Action]) -> CurationState:
        """Return the state with more actions; the same state where all are known already."""
        new = [a for a in merged(actions) if a.id not in self.actions]
        if not new:
            return self
        if len(new) > _MANY:  # one by one, each that is read late goes through all others
            return replay([*self.actions.values(), *new])
        fold = _Fold(self)
        for action in new:
            fold.add(action)
        return fold.freeze()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, CurationState):
            return NotImplemented
        told = (name for name in self.__slots__ if name not in ("_token", "_since"))
        return all(getattr(self, name) == getattr(other, name) for name in told)

    __hash__ = None  # type: ignore[assignment]

    # -- what is shown -----------------------------------------------------------------------

    def unit(self, cluster_id: int) -> ManualUnit:
        """Return what is shown of a unit."""
        return self.units.get(cluster_id, _UNSAID)

    def units_since(self, before: CurationState) -> frozenset[int]:
        """Return the units of which something else may be shown than in another state."""
        if self._since is not None and self._since[0] is before._token:
            return self._since[1]
        was, now = before.units, self.units
        return frozenset(i for i in was.keys() | now.keys() if was.get(i) is not now.get(i))

    def label(self, cluster_id: int) -> Label | None:
        """Return the label that is shown of a unit."""
        return self.unit(cluster_id).label

    def reviewed(self) -> frozenset[int]:
        """Return the cluster ids of the units with a label."""
        return frozenset(i for i, unit in self.units.items() if unit.label is not None)

    def value(self, cluster_id: int, field: str) -> str | None:
        """Return a field as it is written in a change: None, or the empty note, where unsaid."""
        said = self._shown(cluster_id, field)
        return said.value if said else (None if field == LABEL else "")

    def said_by(self, cluster_id: int, field: str = LABEL) -> str:
        """Return whose opinion is shown; empty: nobody's."""
        said = self._shown(cluster_id, field)
        return said.person if said else ""

    def shown_action(self, cluster_id: int, field: str = LABEL) -> Action | None:
        """Return the action that gave a field what is shown; None: nobody's is."""
        said = self._shown(cluster_id, field)
        return None if said is None else self.actions[said.key[1]]

    def said_at(self, cluster_id: int, field: str = LABEL) -> str:
        """Return when a field was said last, undone or not; empty: never."""
        said = self._said.get((cluster_id, field))
        return said[-1].key[0] if said else ""

    def _shown(self, cluster_id: int, field: str) -> Said | None:
        said = self._said.get((cluster_id, field), ())
        return next((s for s in reversed(said) if s.key[1] not in self._undone), None)

    # -- who said what -----------------------------------------------------------------------

    def opinions(self, cluster_id: int) -> tuple[Opinion, ...]:
        """Return each person's last label of a unit, oldest first; a cleared one is None."""
        out: dict[str, Opinion] = {}
        for said in self._said.get((cluster_id, LABEL), ()):
            if said.key[1] not in self._undone:
                out.pop(said.person, None)
                label = written_label(said.value)
                out[said.person] = Opinion(said.person, label, said.key[0])
        return tuple(out.values())

    def conflicts(self) -> dict[int, tuple[Opinion, ...]]:
        """Return the units of which somebody's last label is not the one shown, by cluster id."""
        out = {}
        for cluster_id in self.units:
            if len(self._said.get((cluster_id, LABEL), ())) < 2:
                continue
            opinions, shown = self.opinions(cluster_id), self.label(cluster_id)
            if any(o.label is not None and o.label != shown for o in opinions):
                out[cluster_id] = opinions
        return out

    def reviewers(self) -> dict[str, frozenset[int]]:
        """Return the cluster ids that each person gave a label (and did not clear)."""
        out: dict[str, set[int]] = {}
        for cluster_id in self.units:
            for opinion in self.opinions(cluster_id):
                if opinion.label is not None:
                    out.setdefault(opinion.person, set()).add(cluster_id)
        return {person: frozenset(ids) for person, ids in out.items()}

    # -- undo, redo, history -----------------------------------------------------------------

    def is_undone(self, action_id: str) -> bool:
        """Return whether an action is taken back."""
        return action_id in self._undone

    def undoable(self, person: str) -> Action | None:
        """Return the person's last action that is not undone."""
        stack = self._stacks.get(person, _NO_STACKS).undo
        return self.actions[stack[-1]] if stack else None

    def redoable(self, person: str) -> Action | None:
        """Return the person's action that was undone last, if nothing was done since."""
        stack = self._stacks.get(person, _NO_STACKS).redo
        return self.actions[stack[-1]] if stack else None

    def undo_stack(self, person: str) -> tuple[str, ...]:
        """Return the ids of a person's actions that are not undone, the next to undo last."""
        return self._stacks.get(person, _NO_STACKS).undo

    def redo_stack(self, person: str) -> tuple[str, ...]:
        """Return the ids of a person's actions that can be brought back, the next one last."""
        return self._stacks.get(person, _NO_STACKS).redo

    def newest_first(self) -> Iterator[Action]:
        """Return every action, newest first."""
        return (self.actions[key[1]] for key in reversed(self.order))

    def last_of(self, person: str) -> str:
        """Return when a person acted last, whatever it was; empty: never."""
        return self._last_at.get(person, "")

    def changes_of_mark(self, kind: str, target: Action) -> tuple[Change, ...]:
        """Return what undoing or redoing an action would do to what is shown."""
        undone = self._undone | {target.id} if kind == UNDO else self._undone - {target.id}
        out = []
        for cluster_id, field in dict.fromkeys((c.cluster_id, c.field) for c in target.changes):
            said = self._said.get((cluster_id, field), ())
            shown = next((s for s in reversed(said) if s.key[1] not in undone), None)
            new = shown.value if shown else (None if field == LABEL else "")
            old = self.value(cluster_id, field)
            if new != old:
                out.append(Change(cluster_id, field, old, new))
        return tuple(out)

    def crossed(self, action: Action) -> Action | None:
        """Return what was said of a unit before an action by somebody who then did not know it.

        An action names what was shown when it was done. Where something else had been said by
        then, in another window or by another person, the later one came to win without a word.
        """
        if action.is_mark or action.is_folded:
            return None
        for change in action.changes[:_LOOKED_AT]:
            said = self._said.get(change[:2], ())
            if len(said) < 2:
                continue
            earlier = (s for s in reversed(said) if s.key < action.key)
            last = next((s for s in earlier if s.key[1] not in self._undone), None)
            if last is None or (last.value or "") in (change.old or "", change.new or ""):
                continue
            other = self.actions[last.key[1]]
            if other.who != action.who and not other.is_folded:
                return other
        return None

    def crossings(self, person: str) -> dict[int, tuple[Action, Action]]:
        """Return the units whose shown label a person, or a window, gave not knowing another's.

        By cluster id: the action that is shown, and the one that it did not know. Only where one
        of them is the given person's.
        """
        out = {}
        for cluster_id in self.units:
            said = self._shown(cluster_id, LABEL)
            if said is None or len(self._said[cluster_id, LABEL]) < 2:
                continue
            action = self.actions[said.key[1]]
            other = self.crossed(action)
            if other is not None and person in (action.who.person, other.who.person):
                out[cluster_id] = (action, other)
        return out


_UNSAID = ManualUnit()
_MANY = 50
_LOOKED_AT = 50
"""Units of one action that are looked at for what it did not know."""
_NO_STACKS = _Stacks()


class _Fold:
    """Builds a state, action by action, in any order."""

    def __init__(self, before: CurationState | None = None) -> None:
        self._state = CurationState(before)
        self._from = None if before is None else before._token
        self._units: dict[int, ManualUnit] = self._state.units  # type: ignore[assignment]
        self._actions: dict[str, Action] = self._state.actions  # type: ignore[assignment]
        self._order = list(self._state.order)
        self._undone = set(self._state._undone)
        self._stacks: dict[str, _OpenStacks] = {}
        self._touched: dict[int, None] = {}

    def freeze(self) -> CurationState:
        """Return the state; nothing may be added after."""
        for cluster_id in self._touched:
            self._show(cluster_id)
        for person, stacks in self._stacks.items():
            self._state._stacks[person] = stacks.freeze()
        self._state.order = tuple(self._order)
        self._state._undone = frozenset(self._undone)
        if self._state._of_sources:
            self._state.sources = self._sources()
        if self._from is not None:
            self._state._since = self._from, frozenset(self._touched)
        return self._state

    def _sources(self) -> tuple[LabelSource, ...]:
        """Return the sources that are there: of those with one name the last, unless taken away."""
        known, there = self._state._of_sources, dict[str, LabelSource]()
        for action in sorted((self._actions[i] for i in known), key=attrgetter("key")):
            source = known[action.id]
            if action.id in self._undone or (source is None and action.kind != UNSOURCE):
                continue
            there.pop(action.source, None)
            if source is not None:
                there[action.source] = source
        return tuple(there.values())

    def add(self, action: Action) -> None:
        """Take in one more action that is not known yet."""
        self._actions[action.id] = action
        key, person, last_at = action.key, action.who.person, self._state._last_at
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
            self._state._of_sources[action.id] = source_of(action)
        if in_order:
            self._stack(action)
        else:
            self._stack_again(person)

    def add_in_order(self, actions: Iterable[Action]) -> None:
        """Take in actions that are sorted and later than all that is known."""
        actions_by_id, order, said_all = self._actions, self._order, self._state._said
        marks, last_at = self._state._marks, self._state._last_at
        growing: dict[Field, list[Said]] = {}
        for action in actions:
            action_id, at, who, kind, changes, _, _, voice, extra = action
            is_mark = kind in MARKS
            if is_mark or len(changes) != 1 or extra or action_id in marks:
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
                self._state._of_sources[action_id] = source_of(action)
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

    def _say(self, action: Action, key: Key) -> None:
        said_all, person = self._state._said, action.said_by
        touched = self._touched
        for change in action.changes:
            touched[change.cluster_id] = None
            if not is_known(change):
                continue
            field = (change.cluster_id, change.field)
            said = Said(key, change.new, person)
            before = said_all.get(field)
            if before is None:
                said_all[field] = (said,)
            elif before[-1].key < key:
                said_all[field] = (*before, said)
            else:  # read late, or said twice in one action: then the last counts
                kept = [*(s for s in before if s.key != key), said]
                said_all[field] = tuple(sorted(kept, key=attrgetter("key")))
        if action.id in self._state._marks:
            self._switch(action)

    def _mark(self, mark: Action) -> None:
        """Keep a mark: it may come before its target is read."""
        marks = self._state._marks
        marks[mark.target] = tuple(sorted((*marks.get(mark.target, ()), mark.key)))
        target = self._actions.get(mark.target)
        if target is not None and not target.is_mark:
            self._switch(target)
            self._touched.update(dict.fromkeys(c.cluster_id for c in target.changes))

    def _switch(self, target: Action) -> None:
        """Set whether an action is undone: by the last mark of the person whose it is."""
        marks = (self._actions[key[1]] for key in reversed(self._state._marks.get(target.id, ())))
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
        if action.is_folded or action.kind == DIFFERS:
            return
        (self._stacks.get(action.who.person) or self._open(action.who.person)).add(action)

    def _open(self, person: str) -> _OpenStacks:
        stacks = _OpenStacks(self._state._stacks.get(person, _NO_STACKS))
        self._stacks[person] = stacks
        return stacks

    def _stack_again(self, person: str) -> None:
        """Build the stacks of a person of whom an action was read late.

        Its place is among what is known, and marks may have waited for it.
        """
        fresh, any_counts = _OpenStacks(_NO_STACKS), False
        for _, i in self._order:
            one = self._actions[i]
            if one.who.person != person or one.is_folded or one.kind == DIFFERS:
                continue
            if not one.is_mark or self._counts(one, self._actions.get(one.target)):
                fresh.add(one)
                any_counts = True
        if any_counts:
            self._stacks[person] = fresh

    def _show(self, cluster_id: int) -> None:
        """Bring what is shown of a unit up to date."""
        label, note = self._last(cluster_id, LABEL), self._last(cluster_id, NOTE)
        both = [said for said in (label, note) if said is not None]
        last = max(both, key=attrgetter("key"), default=None)
        if last is None:
            self._units.pop(cluster_id, None)
            return
        self._units[cluster_id] = ManualUnit(
            written_label(label.value) if label else None,
            (note.value or "") if note else "",
            last.person,
            written_time(last.key[0]),
        )

    def _last(self, cluster_id: int, field: str) -> Said | None:
        said = self._state._said.get((cluster_id, field))
        if said is None:
            return None
        if not self._undone or said[-1].key[1] not in self._undone:
            return said[-1]
        return next((s for s in reversed(said) if s.key[1] not in self._undone), None)


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
