"""Journals for tests: stores in two places, and actions to write."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bcviewer.core.curation.entries import LABEL, Action, Change, Who
from bcviewer.core.curation.lines import JournalLine, format_line
from bcviewer.core.curation.replay import replay
from bcviewer.core.curation.times import time_text
from bcviewer.io import names
from bcviewer.io.journal.recording_key import RecordingKey
from bcviewer.io.journal.store import JournalStore, action_id

KEY = RecordingKey("s0123456789abcdef", "r0123456789abcdef")
ADA = Who("ada", "lab-pc", "p1")


def action(unit: int = 1, label: str | None = "GOOD", who: Who = ADA, **more: Any) -> Action:
    from datetime import UTC, datetime

    changes = (Change(unit, LABEL, None, label),)
    made = Action(action_id(), time_text(datetime.now(UTC)), who, "label", changes)
    return made._replace(**more)


class Places:
    """A local folder and a results' folder, and the programs that use them."""

    def __init__(self, root: Path) -> None:
        self.journals = root / "data" / "journals"
        self.results = root / "ks" / "bombcell"
        self.results.mkdir(parents=True)

    @property
    def local(self) -> Path:
        return self.journals / KEY.primary

    @property
    def mirror(self) -> Path:
        return self.results / names.JOURNAL_FOLDER

    def store(self, process: str = "p1", key: RecordingKey = KEY, **more: Any) -> JournalStore:
        return JournalStore(key, more.get("journals", self.journals), self.results, process)

    def ids(self, process: str = "reader", **more: Any) -> set[str]:
        """Return the ids of all actions that a program started now finds."""
        return {a.id for a in self.store(process, **more).read().actions}

    def labels(self) -> dict[int, str | None]:
        state = replay(self.store("reader").read().actions)
        return {i: state.value(i, LABEL) for i in state.units}

    def write(self, name: str, *parts: bytes, folder: Path | None = None) -> Path:
        """Write a journal as somebody may have left it."""
        folder = folder or self.local
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{names.JOURNAL_PREFIX}{name}{names.JOURNAL_SUFFIX}"
        path.write_bytes(b"".join(parts))
        return path


def line(*args: Any, key: RecordingKey = KEY, **more: Any) -> bytes:
    """Return an action as a line with its end."""
    return (
        format_line(JournalLine(action(*args, **more), key.primary, key.results)).encode() + b"\n"
    )
