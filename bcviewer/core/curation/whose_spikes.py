"""What is said of units that phy made is said of their spikes, not of their ids.

phy gives an id again once the unit that had it was undone, and two copies of a recording that were
curated apart share ids for what is not the same. So a change of such a unit carries the field
``spikes``: what ``Recording.digest`` says of it. It says nothing of a unit of other spikes; where
the files do not say of which spikes a unit is, it is of whatever unit has the id, as all is that
older versions wrote. Releases that do not know the field keep it, and go by the id.

Of a unit that an open phy made anew, under an id that another one had, nothing can be said until
it is known of which spikes it is: without them it would be said of the other one, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from bcviewer.core.curation.entries import LABEL, NOTE, SEEN, SPIKES, STABLE, Action, Change
from bcviewer.core.curation.state import CurationState
from bcviewer.core.rules.counts import first_of, units_named, verb_of
from bcviewer.core.run.scored import listed
from bcviewer.core.run.unit_ids import BEING_READ, is_not_yet
from bcviewer.errors import UserError

_SAID = (LABEL, NOTE, STABLE)
_MOST_NAMED = 5


def of_their_spikes(state: CurationState, changes: Iterable[Change]) -> tuple[Change, ...]:
    """Return what is about to be said, with the spikes that its units have, where phy made them.

    Raises
    ------
    UserError
        If nobody knows of which spikes one of these units is: an open phy made it anew, or the
        files are not read.
    """
    changes = tuple(changes)
    found = (c.cluster_id for c in changes if c.field in _SAID and is_unknown(state, c.cluster_id))
    if unknown := sorted({*found}):
        if is_not_yet(state.spikes):
            which = units_named(unknown)
            why = f"phy's files are not compared yet, and {which} may be another one by now"
            raise UserError(f"Nothing was said: {why}.", "Say it in a moment; after Cancel, F5.")
        which, has = units_named(unknown), verb_of(len(unknown), "it has", "they have")
        why = f"phy made {which} anew, and has not saved which spikes {has}"
        raise UserError(f"Nothing was said: {why}.", "Save in phy, and say it then.")
    return tuple(_of_its_spikes(state, change) for change in changes)


def spikes_of_each(state: CurationState, cluster_ids: Iterable[int]) -> tuple[str, ...]:
    """Return of which spikes units are of which something is about to be said; empty: Kilosort's.

    Raises
    ------
    UserError
        As :func:`of_their_spikes`.
    """
    asked = (Change(one, LABEL, None, None) for one in cluster_ids)
    return tuple(change.spikes for change in of_their_spikes(state, asked))


def _of_its_spikes(state: CurationState, change: Change) -> Change:
    unknown = change.field not in (*_SAID, SEEN) or is_unknown(state, change.cluster_id)
    spikes = "" if unknown else state.spikes.get(change.cluster_id, "")
    others = tuple(one for one in change.extra if one[0] != SPIKES)
    return change._replace(extra=(*others, (SPIKES, spikes))) if spikes else change


def is_unknown(state: CurationState, cluster_id: int) -> bool:
    """Whether nobody knows of which spikes a unit is, and it matters.

    An open phy has it by this id anew; or the files are not read, and something was said of some.
    """
    if state.is_known(cluster_id):
        return False
    asked = (*_SAID, SEEN)
    return cluster_id in state.spikes or any((cluster_id, f) in state.of_spikes for f in asked)


def about_others(state: CurationState, action: Action) -> str:
    """Return of which other units an action is: ``about another 5``; empty: of none."""
    about = state.actions.get(action.target, action) if action.is_mark else action
    found = (c.cluster_id for c in about.changes if state.is_of_others(c.cluster_id, c.spikes))
    whom = [f"another {i}{_or_not(state, i)}" for i in dict.fromkeys(found)]
    return f"about {first_of(whom, _MOST_NAMED)}" if whom else ""


def _or_not(state: CurationState, cluster_id: int) -> str:
    return ", or this one" if is_unknown(state, cluster_id) else ""


def said_of_another(state: CurationState, cluster_id: int) -> str:
    """Return what was said last of other spikes under a unit's id, in words; empty: nothing."""
    label, note, stable = (_last(state, cluster_id, field) for field in (LABEL, NOTE, STABLE))
    each = (label, "a note" if note else "", "a stable time" if stable else "")
    told = tuple(one for one in each if one)
    if not told:
        return ""
    said = f"{listed(told)} {verb_of(len(told), 'was', 'were')} said of"
    if state.spikes_now(cluster_id) == BEING_READ:
        return f"{said} another {cluster_id}, or this one: which spikes it has is being read"
    if maybe := _or_not(state, cluster_id):
        return f"{said} another {cluster_id}{maybe}: phy has not saved which spikes it has"
    return f"{said} another {cluster_id}: its spikes were others"


def words_of_others(state: CurationState, cluster_ids: Iterable[int]) -> str:
    """Say of which units something was said of other spikes; empty: of none."""
    found = {i: words for i in sorted(cluster_ids) if (words := said_of_another(state, i))}
    if len(found) == 1:
        return f"{next(iter(found.values()))}."
    maybe = [i for i in found if is_unknown(state, i)]
    sure = [i for i in found if i not in maybe]
    told = (
        (sure, "was of other spikes: phy gave these ids again"),
        (maybe, "was of others, or of these: phy has not saved which spikes they have"),
    )
    return " ".join(f"What was said of {units_named(ids)} {words}." for ids, words in told if ids)


def words_of_not_yet(state: CurationState) -> str:
    """Say what is of nobody because the files are not read, as a sentence; empty: nothing is."""
    apart = {i for i, _ in state.elsewhere} if is_not_yet(state.spikes) else None
    if not apart:
        return ""
    why = "phy's files are not compared yet (F5 reads them again)"
    return f"What was said of {units_named(apart)}, which phy made, is left out: {why}."


def news_of_others(
    before: CurationState,
    after: CurationState,
    cluster_ids: Iterable[int],
    hides: Callable[[int], bool],
) -> str:
    """Say what is found out by now, as :func:`words_of_others`, of units that are not hidden.

    Of which spikes a unit is that is being read is told when it is known, and not before.
    """
    if not after.elsewhere:
        return ""
    read = {i for i, spikes in before.spikes.items() if spikes == BEING_READ}
    known = (i for i in read.union(cluster_ids) if after.spikes_now(i) != BEING_READ)
    return words_of_others(after, [i for i in known if not hides(i)])


def _last(state: CurationState, cluster_id: int, field: str) -> str:
    """Return what was said last of a field of others, and not taken back; empty: nothing."""
    said = state.of_others.get((cluster_id, field))
    return (said.value or "") if said else ""
