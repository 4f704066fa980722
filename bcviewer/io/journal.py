"""Journals of curation: append-only files of JSON lines, one for each person, machine and process.

They are written on the local disk first (flushed before a call returns) and mirrored into the
results' folder. On opening, all journals of both places are read. What one place lacks (because a
program ended before it was mirrored, or a pipeline deleted the folder) is carried there, always
into a file of this process: no two programs ever write to one file.
"""

from __future__ import annotations

import os
import re
import secrets
import threading
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path

from bcviewer.core.actions import Action, Line, Who, format_line
from bcviewer.core.run import Issue
from bcviewer.errors import UserError
from bcviewer.io import names
from bcviewer.io.append_file import AppendFile
from bcviewer.io.journal_reader import MAX_LINE, JournalReader
from bcviewer.io.recording_key import RecordingKey

ROLL = 32_000_000
"""A process goes on in another file when its journal is larger than this, bytes."""

_SLUG = 24
"""Most characters of a person's or machine's name in a file's name."""


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What the journals of a recording hold.

    Attributes
    ----------
    actions : tuple of Action
        All actions, each once, in no order.
    issues : tuple of Issue
        What was wrong with the files.
    """

    actions: tuple[Action, ...]
    issues: tuple[Issue, ...] = ()


@dataclass(slots=True)
class _Book:
    """One file of this process: its lines, here and in the mirror."""

    local: AppendFile
    mirror: AppendFile
    lines: list[bytes] = field(default_factory=list)
    size: int = 0
    mirrored: int = 0


class JournalStore:
    """The journals of one recording, in its two places.

    :meth:`append` belongs to one thread and :meth:`mirror` to another; they never wait for each
    other longer than a list takes to copy.

    Parameters
    ----------
    key : RecordingKey
        What the recording is known by.
    journals : Path
        The local folder of all journals.
    results_dir : Path or None
        The results' folder; None: there is no mirror.
    process : str
        Name of this run of the program, see :func:`process_name`.
    """

    def __init__(
        self, key: RecordingKey, journals: Path, results_dir: Path | None, process: str
    ) -> None:
        self.key = key
        self.local_dir = journals / key.primary
        self.also = () if not key.spikes else (journals / key.results,)
        self.mirror_dir = None if results_dir is None else results_dir / names.JOURNAL_FOLDER
        self._process = process
        self._books: dict[str, _Book] = {}
        self._parts: dict[str, int] = {}
        self._lock = threading.Lock()
        self._to_mirror: list[bytes] = []
        self._to_local: list[bytes] = []
        self._reader = JournalReader(key)
        self._here: set[bytes] = set()

    # -- reading -----------------------------------------------------------------------------

    def read(self, check: Callable[[], None] = lambda: None) -> Reading:
        """Read and merge all journals of both places; whatever is wrong with them is an issue.

        Parameters
        ----------
        check : callable
            Called before each file; what it raises ends the reading.
        """
        self.read_local(check)
        return self.read_mirror(check)

    def read_local(self, check: Callable[[], None] = lambda: None) -> Reading:
        """Read the journals of this computer only; :meth:`read_mirror` adds those of the results.

        No drive but the local one is looked at: labels can be taken whatever the others do.
        """
        self._reader = JournalReader(self.key)
        self._here = set()
        for folder in (self.local_dir, *self.also):
            self._here |= self._reader.read_folder(folder, check)
        return Reading(tuple(self._reader.actions), self._reader.issues())

    def read_mirror(self, check: Callable[[], None] = lambda: None) -> Reading:
        """Read what is in the results' folder, and return it with what :meth:`read_local` found."""
        reader, here, folder = self._reader, self._here, self.mirror_dir
        there = set() if folder is None else reader.read_folder(folder, check)
        with self._lock:
            self._to_mirror = [] if folder is None else sorted(here - there)
            self._to_local = sorted(there - here)
        return Reading(tuple(reader.actions), reader.issues())

    # -- writing -----------------------------------------------------------------------------

    def append(self, action: Action) -> None:
        """Write an action; it is on the local disk when this returns.

        Raises
        ------
        UserError
            If it is not, or not certainly: then it must not be shown as saved.
        """
        line = self._line(action)
        name = self._file_name(action.who, len(line))
        book = self._book(name)
        try:
            book.local.ensure([*book.lines, line])
        except UserError as error:
            raise UserError(
                f"Not saved: {self.local_dir} cannot be written ({error.message}).",
                "The unit keeps what it had. Make room or give write access, and do it again.",
            ) from None
        with self._lock:
            book.lines.append(line)
            book.size += len(line) + 1

    def _line(self, action: Action) -> bytes:
        text = format_line(Line(action, self.key.primary, self.key.results))
        try:
            line = text.encode()
        except UnicodeEncodeError:
            raise UserError("Not saved: the text has characters that cannot be written.") from None
        if len(line) > MAX_LINE:
            raise UserError(
                f"Not saved: {len(action.changes):,} units are too many for one action.",
                "Do it for fewer units at a time.",
            )
        return line

    def _file_name(self, who: Who, more: int) -> str:
        """Return the name of the file to write to, another one where the last is full."""
        part = self._parts.get(who.person, 0)
        book = self._books.get(file_name(who, self._process, part))
        if book is not None and book.lines and book.size + more > ROLL:
            book.local.close()
            part += 1
            self._parts[who.person] = part
        return file_name(who, self._process, part)

    def _book(self, name: str) -> _Book:
        if name not in self._books:
            mirror = (self.mirror_dir or self.local_dir) / name
            local = AppendFile(self.local_dir / name, keep_open=True)
            book = _Book(local, AppendFile(mirror, keep_open=False))
            with self._lock:
                self._books[name] = book
        return self._books[name]

    # -- mirroring ---------------------------------------------------------------------------

    @property
    def waiting(self) -> int:
        """How many lines the mirror lacks, as far as is known."""
        if self.mirror_dir is None:
            return 0
        with self._lock:
            return len(self._to_mirror) + sum(
                len(book.lines) - book.mirrored for book in self._books.values()
            )

    @property
    def unsettled(self) -> bool:
        """Whether :meth:`mirror` has anything to do."""
        return self.waiting > 0 or bool(self._to_local)

    def mirror(self) -> None:
        """Bring both places up to date; may take as long as a network drive takes.

        Raises
        ------
        UserError
            If something could not be written; call it again later. The message says why, without
            the folder.
        """
        problem: UserError | None = None
        if self._to_local:
            try:
                self._carry(self._to_local, self.local_dir)
            except UserError as error:
                problem = error
        if self.mirror_dir is not None:
            self._write_mirror(self.mirror_dir)
        if problem is not None:
            raise problem

    def _write_mirror(self, folder: Path) -> None:
        problem: UserError | None = None
        if folder.is_symlink():
            raise UserError("its folder bcviewer is a link to elsewhere")
        if not folder.parent.is_dir():
            raise UserError("the results' folder is not there")  # and is not ours to make
        with self._lock:
            work = [(book, tuple(book.lines)) for book in self._books.values()]
        for book, lines in work:
            try:
                book.mirror.ensure(lines)
            except UserError as error:
                problem = error
                continue
            with self._lock:
                book.mirrored = len(lines)
        if problem is not None:
            raise problem
        if self._to_mirror:
            self._carry(self._to_mirror, folder)

    def _carry(self, lines: list[bytes], folder: Path) -> None:
        """Write lines that a place lacks into a file of this process, and forget them."""
        name = f"{names.JOURNAL_PREFIX}carried-{self._process}"
        file = AppendFile(folder / f"{name}{names.JOURNAL_SUFFIX}", keep_open=False)
        file.ensure(lines)
        with self._lock:
            lines.clear()

    def close(self) -> None:
        """Close the local files; what was appended is on the disk."""
        for book in self._books.values():
            book.local.close()


# -- names -----------------------------------------------------------------------------------


def process_name() -> str:
    """Return a name for this run of the program that no other run has."""
    start = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    return f"{start}-{os.getpid()}-{secrets.token_hex(3)}"


def action_id() -> str:
    """Return a new id for an action."""
    return secrets.token_hex(12)


def file_name(who: Who, process: str, part: int = 0) -> str:
    """Return the name of a journal: safe on every system, and one for each person and machine.

    A few letters of the names make it readable, a hash of the whole names makes it unique. The
    prefix keeps it from being one of Windows' devices.
    """
    exact = blake2b(f"{who.person}\0{who.machine}".encode("utf-8", "replace"), digest_size=4)
    words = [slug(who.person), slug(who.machine), exact.hexdigest(), slug(process, 64)]
    if part:
        words.append(str(part + 1))
    return names.JOURNAL_PREFIX + "-".join(words) + names.JOURNAL_SUFFIX


def slug(text: str, most: int = _SLUG) -> str:
    """Return a text as plain lower-case letters, digits and underscores, never empty."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().casefold()
    return re.sub(r"[^a-z0-9-]+", "_", plain).strip("_-")[:most] or "_"
