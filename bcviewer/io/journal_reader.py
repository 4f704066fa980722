"""Reads journals of curation that anybody may have written, cut off or filled with anything."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bcviewer.core.actions import (
    Action,
    Line,
    LineError,
    LineReader,
    NewerError,
    is_known,
    time_text,
)
from bcviewer.core.run import Issue
from bcviewer.errors import UserError
from bcviewer.io import names
from bcviewer.io.append_file import MAX_FILE
from bcviewer.io.files import file_size, one_line, reason
from bcviewer.io.recording_key import RecordingKey

MAX_LINE = 16_000_000
"""Longer lines are neither written nor read, bytes."""
MAX_FILES = 50_000
"""Most journals that are read from one folder: the newest ones."""
MAX_TOTAL = 1_000_000_000
"""Most that is read from one folder, bytes."""

_AHEAD = timedelta(days=1)


class JournalReader:
    """Collects the actions of one recording from files and folders.

    Attributes
    ----------
    actions : list of Action
        What was read, each line once.
    """

    def __init__(self, key: RecordingKey) -> None:
        self.actions: list[Action] = []
        self._key = key
        self._seen: dict[bytes, bool] = {}
        self._lines = LineReader()
        self._files: dict[str, tuple[bytes, set[bytes]]] = {}
        self._fits: dict[tuple[str, str], bool] = {}
        self._issues: list[Issue] = []
        self._limit = time_text(datetime.now(UTC) + _AHEAD)

    def issues(self) -> tuple[Issue, ...]:
        """Return what was wrong with the files."""
        return tuple(dict.fromkeys(self._issues))

    def read_folder(self, folder: Path, check: Callable[[], None] = lambda: None) -> set[bytes]:
        """Read a folder's journals; return their lines that are about this recording."""
        files = journal_files(folder)
        if len(files) > MAX_FILES:
            what = f"{len(files):,} journals; only the newest {MAX_FILES:,} are read."
            self._issues.append(Issue(folder.name, what, "Move what is no journal away."))
            files = sorted(files, key=_modified)[-MAX_FILES:]
        out: set[bytes] = set()
        room = MAX_TOTAL
        for path in files:
            check()
            try:
                if path.stat().st_size == 0:
                    continue  # made, and nothing was written yet
                room -= file_size(path, limit=max(min(MAX_FILE, room), 0))
                data = path.read_bytes()
            except (UserError, OSError) as error:
                self._tell(path, f"{reason(error)}.", "It is not read.")
                continue
            twin = self._files.get(path.name)
            if twin is None or twin[0] != data:  # the mirror's copy is mostly the same, whole
                twin = self._files[path.name] = (data, _Journal(self, path, data).read())
            out |= twin[1]
        return out

    def _tell(self, path: Path, what: str, effect: str = "") -> None:
        self._issues.append(Issue(one_line(path.name, 80), what, effect))


class _Journal:
    """One file while it is read: its lines, and what is wrong with them."""

    def __init__(self, reader: JournalReader, path: Path, data: bytes) -> None:
        self._reader, self._path, self._data = reader, path, data
        self._bad: list[tuple[int, str]] = []
        self._newer = self._foreign = self._unknown = self._ahead = 0
        self._torn = False

    def read(self) -> set[bytes]:
        """Return the lines that are about this recording."""
        seen, out = self._reader._seen, set()
        lines = self._data.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").split(b"\n")
        for number, line in enumerate(lines, 1):
            ours = seen.get(line)
            if ours is None and line:
                last = number == len(lines)  # the file does not end with the end of a line
                ours = seen[line] = self._is_ours(line, number, last)
            if ours:
                out.add(line)
        self._report()
        return out

    def _is_ours(self, line: bytes, number: int, last: bool) -> bool:
        """Take a new line in, or note what is wrong with it."""
        try:
            if len(line) > MAX_LINE:
                raise LineError("too long")
            return self._take(self._reader._lines.read(line.decode()))
        except NewerError:
            self._newer += 1
        except (LineError, UnicodeDecodeError) as error:
            why = "not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)
            if last:
                self._torn = True
            else:
                self._bad.append((number, why))
        return False

    def _take(self, line: Line) -> bool:
        reader, action = self._reader, line.action
        keys = line.recording, line.results
        fits = reader._fits.get(keys)
        if fits is None:
            fits = reader._fits[keys] = reader._key.fits(*keys)
        if not fits:
            self._foreign += 1
            return False
        self._ahead += action.at > reader._limit
        if not action.is_mark:
            for change in action.changes:
                if not is_known(change):
                    self._unknown += 1
                    break
        reader.actions.append(action)
        return True

    def _report(self) -> None:
        def tell(what: str, effect: str) -> None:
            self._reader._tell(self._path, what, effect)

        if self._torn:
            tell(
                "its last line is cut off (the program or the machine stopped while it was"
                " written).",
                "That line is skipped; everything acknowledged before it is there.",
            )
        if self._bad:
            number, why = self._bad[0]
            more = f" and {len(self._bad) - 1:,} more" if len(self._bad) > 1 else ""
            tell(f"line {number:,}{more} cannot be read ({why}).", "Skipped; the others are there.")
        if self._newer:
            tell(
                f"{_n(self._newer, 'action')} by a newer version of the program.",
                "Kept, and not shown: update bcviewer.",
            )
        if self._foreign:
            tell(f"{_n(self._foreign, 'action')} about another sort.", "Kept, and not shown.")
        if self._unknown:
            tell(
                f"{_n(self._unknown, 'action')} with fields or labels that this version does not"
                " know.",
                "Kept; what is not known is not shown.",
            )
        if self._ahead:
            tell(f"{_n(self._ahead, 'action')} dated in the future.", "A clock was wrong.")


def _n(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def journal_files(folder: Path) -> list[Path]:
    """Return the journals in a folder, by name; none where it cannot be listed."""
    try:
        with os.scandir(folder) as entries:
            return sorted(folder / entry.name for entry in entries if is_journal(entry.name))
    except OSError:
        return []


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def is_journal(name: str) -> bool:
    """Return whether a file's name is a journal's."""
    return name.startswith(names.JOURNAL_PREFIX) and name.endswith(names.JOURNAL_SUFFIX)
