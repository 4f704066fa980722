"""A unit's note, as the curator's bar shows it beside what was written of it and not saved."""

from __future__ import annotations

from bcviewer.core.curation.manual import ManualUnit

NOT_SAVED = (
    "This note was being written, and is not saved. T goes on with it; then Esc gives it up."
)


def note_line(said: ManualUnit, draft: str) -> str:
    """Return the line of a unit's note; first, what was not saved of one."""
    line = " ".join(said.note.split())
    whose = f" {by_whom(said.note_by, said.note_at)}" if said.note_by != said.by else ""
    unsaved = f"not saved: “{' '.join(draft.split())}” (T goes on)" if draft else ""
    return " · ".join(filter(None, (unsaved, f"“{line}”{whose}" if line else "")))


def note_tip(said: ManualUnit, draft: str) -> str:
    """Return the whole of it, with who wrote the note and when."""
    unsaved = f"{draft}\n{NOT_SAVED}" if draft else ""
    noted = f"{said.note}\n{by_whom(said.note_by, said.note_at)}" if said.note.strip() else ""
    return "\n\n".join(filter(None, (unsaved, noted)))


def by_whom(name: str, at: str) -> str:
    """Return who said something and when; empty: nobody."""
    if not (name or at):
        return ""
    from bcviewer.widgets.drawing.local_time import local_time  # not at the start

    return ", ".join(filter(None, (name, local_time(at))))
