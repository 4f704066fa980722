"""What is known of all units after a replay: what is shown, and what a replay goes on from."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterator, Mapping
from operator import attrgetter
from typing import NamedTuple

from bcviewer.core.curation.entries import LABEL, NO_UNIT_ID, REGION, UNDO, Action, Change
from bcviewer.core.curation.label_source import LabelSource
from bcviewer.core.curation.manual import ManualUnit
from bcviewer.core.curation.undo_stacks import NO_STACKS, UndoStacks
from bcviewer.core.rules.labels import Label
from bcviewer.core.run.region import Region, read_region
from bcviewer.core.run.unit_ids import BEING_READ, REST, has_still

SaidKey = tuple[str, str]
Field = tuple[int, str]

_UNSAID = ManualUnit()


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
    spikes : str
        Of which spikes the unit was; empty: of whatever unit has the id.
    """

    key: SaidKey
    value: str | None
    person: str
    spikes: str = ""


class CurationState:
    """What is known of all units. Immutable; ``replay.with_action`` makes the next one.

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
    said : dict of (int, str) to tuple of Said
        All that was said of each field of each unit, oldest first; undone or not. What was said of
        other spikes than the unit has is not among it.
    spikes : mapping of int to str
        Of which spikes the units that phy made are now, by cluster id, as a digest. No digest
        (``Phy.spikes``): a phy made it anew, and it is not known yet; what was said of any spikes
        is not shown of it. Of an id that is not in it the files do not say: all is shown.
    of_spikes : dict of (int, str) to tuple of Said
        All that was said of a field, where some of it says of which spikes it is.
    elsewhere : dict of (int, str) to tuple of Said
        What of that was said of other spikes.
    of_others : dict of (int, str) to Said
        The last of that which is not taken back.
    marks : dict of str to tuple of (str, str)
        Time and id of the marks that take an action back, or bring it back, by the action's id.
    undone : frozenset of str
        Ids of the actions that are taken back.
    stacks : dict of str to UndoStacks
        What undo and redo would reach, by person.
    last_at : dict of str to str
        When each person acted last.
    about_sources : dict of str to LabelSource or None
        What each action about a source adds; None: it takes one away, or is not understood.
    blind : frozenset of str
        Ids of the actions whose labels were given blind, undone or not.
    under : frozenset of str
        Ids of the actions whose labels were given while a proposal was on, undone or not.
    token, since : object, tuple or None
        What tells states apart; which state this one was made from, and the units that may differ.
    """

    __slots__ = (
        "about_sources",
        "actions",
        "blind",
        "elsewhere",
        "last_at",
        "marks",
        "of_others",
        "of_spikes",
        "order",
        "said",
        "since",
        "sources",
        "spikes",
        "stacks",
        "token",
        "under",
        "undone",
        "units",
    )

    def __init__(self, before: CurationState | None = None) -> None:
        # Shallow copies: what is in them is immutable. A key costs some tens of microseconds.
        self.units: Mapping[int, ManualUnit] = dict(before.units) if before else {}
        self.actions: Mapping[str, Action] = dict(before.actions) if before else {}
        self.order: tuple[SaidKey, ...] = before.order if before else ()
        self.said: dict[Field, tuple[Said, ...]] = dict(before.said) if before else {}
        self.spikes: Mapping[int, str] = before.spikes if before else {}
        self.of_spikes: dict[Field, tuple[Said, ...]] = dict(before.of_spikes) if before else {}
        self.elsewhere: dict[Field, tuple[Said, ...]] = dict(before.elsewhere) if before else {}
        self.of_others: dict[Field, Said] = before.of_others if before else {}
        self.marks: dict[str, tuple[SaidKey, ...]] = dict(before.marks) if before else {}
        self.undone: frozenset[str] = before.undone if before else frozenset()
        self.stacks: dict[str, UndoStacks] = dict(before.stacks) if before else {}
        self.last_at: dict[str, str] = dict(before.last_at) if before else {}
        self.sources: tuple[LabelSource, ...] = before.sources if before else ()
        self.about_sources: dict[str, LabelSource | None] = (
            dict(before.about_sources) if before else {}
        )
        self.blind: frozenset[str] = before.blind if before else frozenset()
        self.under: frozenset[str] = before.under if before else frozenset()
        # no state keeps another alive: only its token
        self.token = object()
        self.since: tuple[object, frozenset[int]] | None = None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, CurationState):
            return NotImplemented
        told = (name for name in self.__slots__ if name not in ("token", "since"))
        return all(getattr(self, name) == getattr(other, name) for name in told)

    __hash__ = None  # type: ignore[assignment]

    # -- what is shown -----------------------------------------------------------------------

    def unit(self, cluster_id: int) -> ManualUnit:
        """Return what is shown of a unit."""
        return self.units.get(cluster_id, _UNSAID)

    def units_since(self, before: CurationState) -> frozenset[int]:
        """Return the units of which something else may be shown than in another state."""
        if self.since is not None and self.since[0] is before.token:
            return self.since[1]
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

    @property
    def region(self) -> Region | None:
        """The region of interest that was set last, by whomever; None: as the config says."""
        return read_region(self.value(NO_UNIT_ID, REGION) or "")

    @property
    def region_by(self) -> str:
        """Who set it; empty: nobody did."""
        return "" if self.region is None else self.said_by(NO_UNIT_ID, REGION)

    def said_at(self, cluster_id: int, field: str = LABEL) -> str:
        """Return when a field was said last, undone or not; empty: never."""
        said = self.said.get((cluster_id, field))
        return said[-1].key[0] if said else ""

    def _shown(self, cluster_id: int, field: str) -> Said | None:
        said = self.said.get((cluster_id, field), ())
        return next((s for s in reversed(said) if s.key[1] not in self.undone), None)

    def is_of_others(self, cluster_id: int, spikes: str) -> bool:
        """Whether what was said of some spikes is of others than a unit has, as far as is known."""
        return has_still(self.spikes, cluster_id, spikes) is not True

    def spikes_now(self, cluster_id: int) -> str | None:
        """Return what is known of a unit's spikes (``Phy.spikes``); None: the files do not say."""
        return self.spikes.get(cluster_id, self.spikes.get(REST))

    def is_known(self, cluster_id: int) -> bool:
        """Whether it is known of which spikes a unit is, or that the files do not say."""
        return self.spikes_now(cluster_id) not in ("", BEING_READ)

    def digest(self, cluster_id: int) -> str:
        """Return of which spikes a unit is; empty: Kilosort made it, or that is not known."""
        known = self.spikes.get(cluster_id, "")
        return "" if known == BEING_READ else known

    def ids_of_spikes(self) -> frozenset[int]:
        """Return the ids of which something was said that says of which spikes it is."""
        sources = filter(None, self.about_sources.values())
        fields = (cluster_id for cluster_id, _ in self.of_spikes)
        return frozenset(fields).union(*(source.spikes for source in sources))

    # -- undo, redo, history -----------------------------------------------------------------

    def is_undone(self, action_id: str) -> bool:
        """Return whether an action is taken back."""
        return action_id in self.undone

    def undoable(self, person: str) -> Action | None:
        """Return the person's last action that is not undone."""
        stack = self.stacks.get(person, NO_STACKS).undo
        return self.actions[stack[-1]] if stack else None

    def redoable(self, person: str) -> Action | None:
        """Return the person's action that was undone last, if nothing was done since."""
        stack = self.stacks.get(person, NO_STACKS).redo
        return self.actions[stack[-1]] if stack else None

    def newest_first(self) -> Iterator[Action]:
        """Return every action, newest first."""
        return (self.actions[key[1]] for key in reversed(self.order))

    def last_of(self, person: str) -> str:
        """Return when a person acted last, whatever it was; empty: never."""
        return self.last_at.get(person, "")

    def changes_of_mark(self, kind: str, target: Action) -> tuple[Change, ...]:
        """Return what undoing or redoing an action would do to what is shown."""
        undone = self.undone | {target.id} if kind == UNDO else self.undone - {target.id}
        out = []
        for cluster_id, field in dict.fromkeys((c.cluster_id, c.field) for c in target.changes):
            said = self.said.get((cluster_id, field), ())
            shown = next((s for s in reversed(said) if s.key[1] not in undone), None)
            new = shown.value if shown else (None if field == LABEL else "")
            old = self.value(cluster_id, field)
            if new != old:
                out.append(Change(cluster_id, field, old, new))
        return tuple(out)


def put_in(before: list[Said], said: Said) -> None:
    """Put one more value among those that were said of a field, by its time."""
    insort(before, said, key=attrgetter("key"))


def tell_apart(state: CurationState, field: Field) -> None:
    """Keep what was said of the spikes that a unit has apart from what was said of others."""
    apart = list[Said](), list[Said]()
    for said in state.of_spikes[field]:
        apart[state.is_of_others(field[0], said.spikes)].append(said)
    for kept, found in zip((state.said, state.elsewhere), apart, strict=True):
        kept.pop(field, None)
        if found:
            kept[field] = tuple(found)
