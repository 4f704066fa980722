"""Reads what is new in a folder of journals: regular files only, within bounds, no waiting."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from bcviewer.core.rules.counts import count_of
from bcviewer.core.run.run import Issue
from bcviewer.errors import UserError
from bcviewer.io.files import one_line, open_input, reason
from bcviewer.io.journal.append_file import MAX_FILE
from bcviewer.io.journal.journal_names import is_journal, kind_of

MAX_FILES = 50_000
"""Most journals that are read from one folder: the newest ones."""
MAX_TOTAL = 1_000_000_000
"""Most that is read from one folder, bytes."""

_ORDER = {"folded": 0, "": 1, "carried": 2}


class Piece(NamedTuple):
    """What is new in a journal.

    Attributes
    ----------
    path : Path
        The file.
    data : bytes
        Its lines; at the first reading also what is after the end of the last line.
    whole : bool
        Whether it is the first reading.
    """

    path: Path
    data: bytes
    whole: bool


@dataclass(frozen=True, slots=True)
class _Seen:
    """A file as it was read last, and up to where, bytes."""

    inode: int
    size: int
    modified_ns: int
    done: int


class JournalFolder:
    """One folder of journals, read again and again.

    Attributes
    ----------
    cut : bool
        Whether there is more in it than is read.
    lock : threading.Lock
        Held by who reads it: only one thread may.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.cut = False
        self.lock = threading.Lock()
        self._seen: dict[str, _Seen] = {}
        self._told: set[Issue] = set()
        self._issues: list[Issue] = []

    def issues(self) -> list[Issue]:
        """Return what was wrong since the last call, each thing once."""
        new, self._issues = self._issues, []
        return new

    def pieces(self, check: Callable[[], None] = lambda: None) -> Iterator[Piece]:
        """Yield what is new in each file: what is folded first, what is carried last."""
        room = MAX_TOTAL - sum(seen.size for seen in self._seen.values())
        for entry in self._entries():
            check()
            try:
                info = entry.stat(follow_symlinks=False)
                known = self._seen.get(entry.name)
                if _is_same(info, known) or (stat.S_ISREG(info.st_mode) and info.st_size == 0):
                    continue  # made, and nothing was written yet
                piece, read = self._read(Path(entry.path), known, room)
            except (UserError, OSError) as error:
                self._tell(entry.name, f"{reason(error)}.", "It is not read.")
                continue
            room -= read
            yield piece

    def _read(self, path: Path, known: _Seen | None, room: int) -> tuple[Piece, int]:
        with open_input(path, follow=False) as file:
            info = os.fstat(file.fileno())
            if known is None or info.st_ino != known.inode or info.st_size < known.done:
                known = None  # another file, or cut: what is known of it is told apart by its id
            start = known.done if known else 0
            if info.st_size > MAX_FILE or info.st_size - start > room:
                self.cut = self.cut or info.st_size <= MAX_FILE
                raise UserError(f"{info.st_size / 1e6:,.0f} MB, more than is read")
            file.seek(start)
            data = file.read(info.st_size - start)
        end = data.rfind(b"\n") + 1
        self._seen[path.name] = _Seen(info.st_ino, info.st_size, info.st_mtime_ns, start + end)
        return Piece(path, data if known is None else data[:end], known is None), len(data)

    def _entries(self) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(self.path) as entries:
                found = [entry for entry in entries if is_journal(entry.name)]
        except OSError:
            return []
        if len(found) > MAX_FILES:
            self.cut = True
            what = f"{count_of(len(found), 'journal')}; only the newest {MAX_FILES:,} are read."
            self._tell(self.path.name, what, "Move what is no journal away.")
            found = sorted(found, key=_modified)[-MAX_FILES:]
        return sorted(found, key=lambda entry: (_ORDER[kind_of(entry.name)], entry.name))

    def _tell(self, name: str, what: str, effect: str) -> None:
        issue = Issue(one_line(name, 80), what, effect)
        if issue not in self._told:
            self._told.add(issue)
            self._issues.append(issue)


def _is_same(info: os.stat_result, known: _Seen | None) -> bool:
    """Whether a file is as it was read; not every system tells a folder's entries' inodes."""
    if known is None or info.st_ino not in (0, known.inode):
        return False
    return (info.st_size, info.st_mtime_ns) == (known.size, known.modified_ns)


def _modified(entry: os.DirEntry[str]) -> float:
    try:
        return entry.stat(follow_symlinks=False).st_mtime
    except OSError:
        return 0.0
