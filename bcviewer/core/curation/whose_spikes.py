"""What is said of units that phy made is said of their spikes, not of their ids.

phy gives an id again once the unit that had it was undone, and two copies of a recording that were
curated apart share ids for what is not the same. So a change of such a unit carries the field
``spikes``: what ``Recording.digest`` says of it. It says nothing of a unit of other spikes, or of
one that an open phy has by this id anew; where the files do not say of which spikes a unit is, it
is of whatever unit has the id, as all is that older versions wrote. Releases that do not know the
field keep it, and go by the id.
"""

from __future__ import annotations

from collections.abc import Iterable

from bcviewer.core.curation.entries import LABEL, NOTE, SEEN, SPIKES, STABLE, Action, Change
from bcviewer.core.curation.state import CurationState, Said
from bcviewer.core.rules.counts import first_of, units_named, verb_of

_OF_UNITS = (LABEL, NOTE, STABLE, SEEN)
_MOST_NAMED = 5


def of_their_spikes(state: CurationState, changes: Iterable[Change]) -> tuple[Change, ...]:
    """Return what is about to be said, with the spikes that its units have, where phy made them."""
    return tuple(_of_its_spikes(state, change) for change in changes)


def _of_its_spikes(state: CurationState, change: Change) -> Change:
    spikes = state.spikes.get(change.cluster_id, "") if change.field in _OF_UNITS else ""
    others = tuple(one for one in change.extra if one[0] != SPIKES)
    return change._replace(extra=(*others, (SPIKES, spikes))) if spikes else change


def about_others(state: CurationState, action: Action) -> str:
    """Return of which other units an action is: ``about another 5``; empty: of none."""
    about = state.actions.get(action.target, action) if action.is_mark else action
    found = (c.cluster_id for c in about.changes if state.is_of_others(c.cluster_id, c.spikes))
    whom = [f"another {i}{_or_not(state, i)}" for i in dict.fromkeys(found)]
    return f"about {first_of(whom, _MOST_NAMED)}" if whom else ""


def _or_not(state: CurationState, cluster_id: int) -> str:
    return "" if state.spikes.get(cluster_id) else ", or this one"


def said_of_another(state: CurationState, cluster_id: int) -> str:
    """Return what was said last of other spikes under a unit's id, in words; empty: nothing."""
    label, note, stable = (_last(state, cluster_id, field) for field in (LABEL, NOTE, STABLE))
    each = (label, "a note" if note else "", "a stable time" if stable else "")
    told = [one for one in each if one]
    if not told:
        return ""
    said = f"{' and '.join(told)} {verb_of(len(told), 'was', 'were')} said of"
    if maybe := _or_not(state, cluster_id):
        return f"{said} another {cluster_id}{maybe}: phy has not saved which spikes it has"
    return f"{said} another {cluster_id}: its spikes were others"


def words_of_others(state: CurationState, cluster_ids: Iterable[int]) -> str:
    """Say of which units something was said of other spikes, as a sentence; empty: of none."""
    found = {i: words for i in sorted(cluster_ids) if (words := said_of_another(state, i))}
    if len(found) < 2:
        return "".join(f"{words}." for words in found.values())
    return f"What was said of {units_named(found)} was of other spikes: phy gave these ids again."


def _last(state: CurationState, cluster_id: int, field: str) -> str:
    """Return what was said last of a field of others, and not taken back; empty: nothing."""
    said: tuple[Said, ...] = state.elsewhere.get((cluster_id, field), ())
    return next((s.value or "" for s in reversed(said) if not state.is_undone(s.key[1])), "")
