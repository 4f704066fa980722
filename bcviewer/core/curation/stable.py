"""The time in which a unit is stable: an action of its own, and a sentence of the unit's note.

The exact limits are a field of the journal; the note says them to whoever reads notes (phy, other
people). The one is what exports write, the other is text, and is never read for it.
"""

from __future__ import annotations

from collections.abc import Iterable

from bcviewer.core.curation.entries import LABEL, MAX_NOTE, NOTE, STABLE, Change
from bcviewer.core.curation.state import CurationState
from bcviewer.core.run.stretch import Stretch, read_stretch

_BETWEEN = "; "


def stable_time(state: CurationState, cluster_id: int) -> Stretch | None:
    """Return the time in which a unit is kept for stable; None: none is."""
    return read_stretch(state.value(cluster_id, STABLE) or "")


def note_of_stable(note: str, before: Stretch | None, now: Stretch | None) -> str:
    """Return a note that says another stable time, and all else that it said.

    Parameters
    ----------
    note : str
        The note.
    before, now : Stretch or None
        The stable time that it may speak of, and the one that it is to.
    """
    gone = None if before is None else before.stable
    parts = [part for part in note.split(_BETWEEN) if part.strip() and part.strip() != gone]
    wanted = () if now is None else (now.stable,)
    kept = [*parts, *(words for words in wanted if words not in map(str.strip, parts))]
    return note if kept == note.split(_BETWEEN) else _BETWEEN.join(kept)


def values_by_field(
    state: CurationState, changes: Iterable[Change]
) -> dict[str, dict[int, str | None]]:
    """Return what somebody else's changes say, by field and cluster id.

    A unit that gets a stable time gets a note that says it, where there is room in it: the note is
    only what people read of the time.

    Parameters
    ----------
    state : CurationState
        What was said before.
    changes : iterable of Change
        Labels, notes and stable times.
    """
    out: dict[str, dict[int, str | None]] = {LABEL: {}, NOTE: {}, STABLE: {}}
    for change in changes:
        if change.field in out:
            out[change.field][change.cluster_id] = change.new
    notes = out[NOTE]
    for unit, written in out[STABLE].items():
        note = notes.get(unit, state.value(unit, NOTE)) or ""
        now = note_of_stable(note, stable_time(state, unit), read_stretch(written or ""))
        if now != note and len(now) <= MAX_NOTE:
            notes[unit] = now
    return out
