"""The history of curation in words: one line an action, newest first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from bcviewer.core.curation.entries import (
    DIFFERS,
    DROP,
    LABEL,
    NOTE,
    PROPOSAL,
    PROPOSAL_KINDS,
    REGION,
    SEEN,
    STABLE,
    UNDO,
    Action,
    Change,
    is_known,
)
from bcviewer.core.curation.label_source import SOURCE_KINDS, UNSOURCE, source_of
from bcviewer.core.curation.opinions import Opinion, crossed, opinions
from bcviewer.core.curation.state import CurationState
from bcviewer.core.curation.times import written_time
from bcviewer.core.rules.counts import count_of, first_of, verb_of
from bcviewer.core.run.region import read_region
from bcviewer.core.run.stretch import read_stretch

_MOST_NOTE = 60
_OF_NO_UNIT = (*SOURCE_KINDS, *PROPOSAL_KINDS, REGION)


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One action as people read it.

    Attributes
    ----------
    action : Action
        The action.
    words : str
        What it did, as one line of plain text.
    undone : bool
        Whether it is taken back.
    """

    action: Action
    words: str
    undone: bool


def history(state: CurationState) -> Iterator[HistoryLine]:
    """Yield what happened, newest first; take as many as are shown."""
    for action in state.newest_first():
        yield HistoryLine(action, words_of(state, action), state.is_undone(action.id))


def words_of(state: CurationState, action: Action) -> str:
    """Return what an action did, in words, and of which units of other spikes it is."""
    words = _words_of(state, action)
    if not state.elsewhere:
        return words
    from bcviewer.core.curation.whose_spikes import about_others  # hardly ever needed

    others = about_others(state, action)
    return f"{words} · {others}" if others else words


def _words_of(state: CurationState, action: Action) -> str:
    if action.is_mark:
        verb = "undid" if action.kind == UNDO else "redid"
        target = state.actions.get(action.target)
        if target is None or target.is_mark:
            return f"{verb} something that is not in these journals"
        return f"{verb} {brief(target)}{_now(action, target)}"
    if action.kind == DIFFERS:
        return _differing(state, action)
    other = crossed(state, action)
    return _did(action) + (f" · not knowing {_said_then(other)}" if other is not None else "")


def _now(mark: Action, target: Action) -> str:
    """Return what is shown since an undo: what it took back reads as if it had just been done."""
    values = {(change.field, change.new or "") for change in mark.changes if is_known(change)}
    if mark.kind != UNDO or target.kind in _OF_NO_UNIT or not values:
        return ""
    if len(values) > 1:
        return ": as before again"
    field, new = values.pop()
    if field == NOTE:
        return f": the note “{_short(new)}” again" if new else ": no note again"
    return f": {_named(new or None)} again"


def words_of_actions(action: Action) -> str:
    """Return what an action says, in words, where nothing is known but itself."""
    return f"{action.kind} of an action" if action.is_mark else _did(action)


def _differing(state: CurationState, action: Action) -> str:
    target = state.actions.get(action.target)
    ours = "" if target is None else f"; believed: {words_of_actions(target)}"
    return f"another content of one action: {dict(action.extra).get('says', '')}{ours}"


def _said_then(other: Action) -> str:
    at = clock_time(other.at)
    return f"what {other.who.person} said" + (f" at {at}" if at else "")


def clock_time(at: str) -> str:
    """Return when an action was done, ``14:02`` in local time; empty where nobody knows."""
    try:
        return f"{datetime.fromisoformat(written_time(at)).astimezone():%H:%M}"
    except (ValueError, OverflowError, OSError):
        return ""


def _did(action: Action) -> str:
    if action.kind in SOURCE_KINDS:
        return _about_source(action)
    if action.kind in PROPOSAL_KINDS:
        return _about_proposal(action)
    known = [change for change in action.changes if is_known(change)]
    if not known:
        return "something that this version does not know"
    if action.kind == REGION and known[0].field == REGION:
        region = read_region(known[0].new or "")
        where = region.words if region else "as the config says"
        return f"region of interest: {where}"
    seen = [change.cluster_id for change in known if change.field == SEEN]
    if seen:
        whose = _unit(seen[0]) if len(seen) == 1 else count_of(len(seen), "unit")
        return f"blind review revealed: {whose}"
    stable = [change for change in known if change.field == STABLE]
    if len(stable) == 1:  # its note says the same
        return _one(stable[0])
    text = _one(known[0]) if len(known) == 1 else _many(known)
    text += f" (from {action.source})" if action.source else ""
    text += " · said blind" if action.is_blind else ""
    if not action.is_under:
        return text
    from bcviewer.core.curation.under import under_words  # hardly ever needed

    return f"{text} · under {under_words(action)}"


def _about_source(action: Action) -> str:
    """Return what an action did to a source of labels."""
    source = source_of(action)
    if action.kind == UNSOURCE:
        return f"label source removed: {action.source}"
    if source is None:
        return "a label source that this version does not know"
    return f"label source added: {action.source} ({count_of(len(source.labels), 'label')})"


def _about_proposal(action: Action) -> str:
    """Return what an action did to a proposal that is kept."""
    if action.kind == DROP:
        return f"proposal removed: {action.source}"
    raw = dict(action.extra).get(PROPOSAL)
    reason = _short(str(raw.get("reason", ""))) if isinstance(raw, dict) else ""
    return f"proposal kept: {action.source}" + (f" (“{reason}”)" if reason else "")


def _one(change: Change) -> str:
    if change.field == NOTE:
        note = _short(change.new or "")
        return f"{_unit(change.cluster_id)}: " + (f"note “{note}”" if note else "note removed")
    if change.field == STABLE:
        kept = read_stretch(change.new or "")
        return f"{_unit(change.cluster_id)}: {kept.stable if kept else 'no stable time any more'}"
    return f"{_unit(change.cluster_id)}: {_named(change.old)} → {_named(change.new)}"


def _short(note: str) -> str:
    """Return a note in one line that is not too long."""
    line = " ".join(note.split())
    return line if len(line) <= _MOST_NOTE else line[: _MOST_NOTE - 1] + "…"


def _many(changes: list[Change]) -> str:
    labels = Counter(change.new for change in changes if change.field == LABEL)
    parts = [f"{n:,} × {_named(label)}" for label, n in labels.most_common()]
    notes = sum(change.field == NOTE for change in changes)
    if notes:
        parts.append(count_of(notes, "note"))
    units = len({change.cluster_id for change in changes})
    return f"{count_of(units, 'unit')}: {', '.join(parts)}"


def _named(label: str | None) -> str:
    return label or "no label"


def _unit(cluster_id: int) -> str:
    """Return a unit's name; older versions wrote −1 for any row without an id."""
    return f"unit {cluster_id}" if cluster_id >= 0 else "no unit (a row without an id)"


def overwritten(action: Action) -> str:
    """Return which labels an action replaced, to be put after what it did: `` (was MUA)``.

    Empty where its units had none: overwriting a decision is never silent, and only that is said.
    """
    changes = [c for c in action.changes if c.field == LABEL and c.old not in (None, c.new)]
    if not changes:
        return ""
    if len({change.cluster_id for change in action.changes}) == 1:
        return f" (was {changes[0].old})"
    before = Counter(str(change.old) for change in changes).most_common()
    parts = [f"{n:,} {verb_of(n, 'was', 'were')} {old}" for old, n in before]
    return f" ({', '.join(parts)})"


def brief(action: Action) -> str:
    """Return an action as undo and redo name it: ``MUA for 3 units``, ``note of unit 412``."""
    if action.kind in SOURCE_KINDS:
        verb = "removing" if action.kind == UNSOURCE else "adding"
        return f"{verb} the label source {action.source}"
    if action.kind in PROPOSAL_KINDS:
        verb = "removing" if action.kind == DROP else "keeping"
        return f"{verb} the proposal {action.source}"
    if action.kind == REGION:
        return "the region of interest"
    changes = [change for change in action.changes if is_known(change)]
    units = list(dict.fromkeys(change.cluster_id for change in changes))
    whom = _unit(units[0]) if len(units) == 1 else count_of(len(units), "unit")
    values = {change.new for change in changes if change.field == LABEL}
    if action.source:
        return f"{action.source} for {whom}"
    if action.kind == STABLE:
        return f"stable time of {whom}"
    if not values:
        return f"note of {whom}"
    if values == {None}:
        return f"label cleared of {whom}"
    return f"{values.pop()} for {whom}" if len(values) == 1 else f"labels of {whom}"


def units_of(state: CurationState, action: Action, field: str = "") -> tuple[int, ...]:
    """Return the cluster ids that an action is about; of a mark, those of its target.

    ``field`` is what is said of them, where only that counts: their label, say.
    """
    about = action
    if action.target:
        about = state.actions.get(action.target, action)
    if about.kind in _OF_NO_UNIT:
        return ()
    changes = (change for change in about.changes if field in ("", change.field))
    return tuple(dict.fromkeys(change.cluster_id for change in changes))


def disagree(state: CurationState, cluster_id: int) -> tuple[Opinion, ...]:
    """Return each person's last label of a unit where somebody's is not the one shown, else ()."""
    found, shown = opinions(state, cluster_id), state.label(cluster_id)
    apart = any(o.label is not None and o.label != shown for o in found)
    return found if apart else ()


def gone_words(ids: Sequence[int], damage: str = "", most: int = 8) -> str:
    """Return a line on units that were labelled and are not in these results (any more).

    Parameters
    ----------
    ids : sequence of int
        Their cluster ids.
    damage : str
        How ids are lost in these results, as :meth:`UnitIds.damage` says: then the units may be
        there, and only their ids are not.
    most : int
        So many are named.
    """
    which = first_of([*map(str, ids)], most)
    if damage:
        units = f"{count_of(len(ids), 'unit')} whose {'id is' if len(ids) == 1 else 'ids are'}"
        said = f"{units} on no row of these results: {which} ({damage})"
    else:
        said = f"{count_of(len(ids), 'unit')} that these results do not have: {which}"
    return f"Labels or notes of {said}. They are kept, and stand in the history."
