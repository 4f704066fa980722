"""The time in which a unit is stable: an action of its own, and a sentence of the unit's note.

The exact limits are a field of the journal; the note says them to whoever reads notes (phy, other
people). The one is what exports write, the other is text, and is never read for it.
"""

from __future__ import annotations

from bcviewer.core.curation.entries import STABLE
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
