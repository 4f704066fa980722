"""Who said what of a unit, and where people do not agree, or did not know of each other."""

from __future__ import annotations

from dataclasses import dataclass

from bcviewer.core.curation.entries import LABEL, Action, written_label
from bcviewer.core.curation.state import CurationState
from bcviewer.core.rules.labels import Label

_LOOKED_AT = 50
"""Units of one action that are looked at for what it did not know."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a person said last of a unit."""

    person: str
    label: Label | None
    at: str


def opinions(state: CurationState, cluster_id: int) -> tuple[Opinion, ...]:
    """Return each person's last label of a unit, oldest first; a cleared one is None."""
    out: dict[str, Opinion] = {}
    for said in state.said.get((cluster_id, LABEL), ()):
        if not state.is_undone(said.key[1]):
            out.pop(said.person, None)
            label = written_label(said.value)
            out[said.person] = Opinion(said.person, label, said.key[0])
    return tuple(out.values())


def conflicts(state: CurationState) -> dict[int, tuple[Opinion, ...]]:
    """Return the units of which somebody's last label is not the one shown, by cluster id."""
    out = {}
    for cluster_id in state.units:
        if len(state.said.get((cluster_id, LABEL), ())) < 2:
            continue
        found, shown = opinions(state, cluster_id), state.label(cluster_id)
        if any(o.label is not None and o.label != shown for o in found):
            out[cluster_id] = found
    return out


def reviewers(state: CurationState) -> dict[str, frozenset[int]]:
    """Return the cluster ids that each person gave a label (and did not clear)."""
    out: dict[str, set[int]] = {}
    for cluster_id in state.units:
        for opinion in opinions(state, cluster_id):
            if opinion.label is not None:
                out.setdefault(opinion.person, set()).add(cluster_id)
    return {person: frozenset(ids) for person, ids in out.items()}


def crossed(state: CurationState, action: Action) -> Action | None:
    """Return what was said of a unit before an action by somebody who then did not know it.

    An action names what was shown when it was done. Where something else had been said by
    then, in another window or by another person, the later one came to win without a word.
    """
    if action.is_mark or action.is_folded:
        return None
    for change in action.changes[:_LOOKED_AT]:
        if state.is_of_others(change.cluster_id, change.spikes):
            continue
        said = state.said.get(change[:2], ())
        if len(said) < 2:
            continue
        earlier = (s for s in reversed(said) if s.key < action.key)
        last = next((s for s in earlier if not state.is_undone(s.key[1])), None)
        if last is None or (last.value or "") in (change.old or "", change.new or ""):
            continue
        other = state.actions[last.key[1]]
        if other.who != action.who and not other.is_folded:
            return other
    return None


def crossings(state: CurationState, person: str) -> dict[int, tuple[Action, Action]]:
    """Return the units whose shown label a person, or a window, gave not knowing another's.

    By cluster id: the action that is shown, and the one that it did not know. Only where one
    of them is the given person's.
    """
    out = {}
    for cluster_id in state.units:
        action = state.shown_action(cluster_id)
        if action is None or len(state.said[cluster_id, LABEL]) < 2:
            continue
        other = crossed(state, action)
        if other is not None and person in (action.who.person, other.who.person):
            out[cluster_id] = (action, other)
    return out
