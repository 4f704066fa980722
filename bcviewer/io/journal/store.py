"""Journals of curation: append-only files of JSON lines, one for each person, machine and process.

They are written on the local disk first (flushed before a call returns) and mirrored into the
results' folder. On opening, all journals of both places are read. What one place lacks (because a
program ended before it was mirrored, or a pipeline deleted the folder) is carried there, always
into a file of this process: no two programs ever write to one file. Into the results' folder
nothing is carried before somebody at this computer says something there. Later, only what was
added is read: what another window said, or somebody at another computer.
"""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from bcviewer.core.curation.entries import Action, Who
from bcviewer.core.curation.folding import REACH
from bcviewer.core.curation.lines import JournalLine, format_line
from bcviewer.core.curation.replay import replay
from bcviewer.core.rules.counts import count_of
from bcviewer.core.run.run import Issue
from bcviewer.errors import UserError
from bcviewer.io import names
from bcviewer.io.journal.acted_in import ActedIn
from bcviewer.io.journal.append_file import AppendFile
from bcviewer.io.journal.fold import FOLD_FROM, finish_folds, fold_journals, mirror_fold
from bcviewer.io.journal.folder import JournalFolder
from bcviewer.io.journal.journal_names import carried_name, file_name
from bcviewer.io.journal.piece import MAX_LINE
from bcviewer.io.journal.reader import JournalReader
from bcviewer.io.journal.recording_key import RecordingKey

ROLL = 32_000_000
"""A process goes on in another file when its journal is larger than this, bytes."""


@dataclass(frozen=True, slots=True, eq=False)
class JournalsRead:
    """What the journals of a recording hold, or what is new in them.

    Attributes
    ----------
    actions : tuple of Action
        The actions, each once, in no order.
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

    :meth:`append` belongs to one thread, :meth:`look_here` to another, and :meth:`look_there` and
    :meth:`mirror` to a third; they never wait for each other while a disk is read or written.

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

    Attributes
    ----------
    reader : JournalReader
        What was read of both places.
    """

    def __init__(
        self, key: RecordingKey, journals: Path, results_dir: Path | None, process: str
    ) -> None:
        self.key = key
        self.process = process
        self.local_dir = journals / key.primary
        self.also = () if not key.spikes else (journals / key.results,)
        self.mirror_dir = None if results_dir is None else results_dir / names.JOURNAL_FOLDER
        self.reader = JournalReader(key)
        self._here = [JournalFolder(folder) for folder in (self.local_dir, *self.also)]
        self._there = None if self.mirror_dir is None else JournalFolder(self.mirror_dir)
        self._books: dict[str, _Book] = {}
        self._parts: dict[str, int] = {}
        self._folded = False
        self._acted = ActedIn(journals, results_dir)
        self._lock = threading.Lock()

    # -- reading -----------------------------------------------------------------------------

    def read(self, check: Callable[[], None] = lambda: None) -> JournalsRead:
        """Read and merge all journals of both places; whatever is wrong with them is an issue.

        Parameters
        ----------
        check : callable
            Called before each file; what it raises ends the reading.
        """
        self.read_local(check)
        return self.read_mirror(check)

    def read_local(self, check: Callable[[], None] = lambda: None) -> JournalsRead:
        """Read the journals of this computer only; :meth:`read_mirror` adds those of the results.

        No drive but the local one is looked at: labels can be taken whatever the others do.
        """
        self._acted.look()
        for folder in self._here:
            self.reader.read(folder, True, check)
        return JournalsRead(*self.reader.take())

    def read_mirror(self, check: Callable[[], None] = lambda: None) -> JournalsRead:
        """Read what is in the results' folder, and return it with what :meth:`read_local` found."""
        if self._there is not None and not self._there.path.is_symlink():
            self.reader.read(self._there, False, check)
        return JournalsRead(*self.reader.take(first=True))

    def look_here(self) -> JournalsRead:
        """Read what was added in the local folder."""
        for folder in self._here:
            self.reader.read(folder, True)
        return JournalsRead(*self.reader.take())

    def look_there(self) -> JournalsRead:
        """Read what was added in the results' folder; as slow as its drive."""
        if self._there is not None and not self._there.path.is_symlink():
            self.reader.read(self._there, False)
        return JournalsRead(*self.reader.take())

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
        self.reader.wrote(action)
        try:
            self._acted.remember()
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
        text = format_line(JournalLine(action, self.key.primary, self.key.results))
        try:
            line = text.encode()
        except UnicodeEncodeError:
            raise UserError("Not saved: the text has characters that cannot be written.") from None
        if len(line) > MAX_LINE:
            raise UserError(
                f"Not saved: {count_of(len(action.changes), 'unit')} are too many for one action.",
                "Do it for fewer units at a time.",
            )
        return line

    def _file_name(self, who: Who, more: int) -> str:
        """Return the name of the file to write to, another one where the last is full."""
        part = self._parts.get(who.person, 0)
        book = self._books.get(file_name(who, self.process, part))
        if book is not None and book.lines and book.size + more > ROLL:
            book.local.close()
            part += 1
            self._parts[who.person] = part
        return file_name(who, self.process, part)

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
        if self.mirror_dir is None or not self._acted.is_so:
            return 0
        with self._lock:
            own = sum(len(book.lines) - book.mirrored for book in self._books.values())
        return own + len(self.reader.to_there)

    @property
    def unsettled(self) -> bool:
        """Whether :meth:`mirror` has anything to do."""
        return self.waiting > 0 or bool(self.reader.to_here)

    def mirror(self) -> None:
        """Bring both places up to date; may take as long as a network drive takes.

        Raises
        ------
        UserError
            If something could not be written; call it again later. The message says why, without
            the folder.
        """
        problem: UserError | None = None
        if self.reader.to_here:
            for folder in self._here:  # another window may have carried it
                self.reader.read(folder, True)
            try:
                self._carry(self._here[0], here=True)
            except UserError as error:
                problem = error
        if self.mirror_dir is not None and self._acted.is_so:
            self._write_mirror(self.mirror_dir)
        if problem is not None:
            raise problem
        if self.reader.has_both and not self._folded:
            self._folded = True
            self.fold()

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
        if self.reader.to_there and self._there is not None:
            self.reader.read(self._there, False)  # somebody else may have carried it
            self._carry(self._there, here=False)

    def fold(self) -> None:
        """Fold the long journals of this computer's programs that ended; see :mod:`.folding`.

        Only once both places were read and written: what is not known would be forgotten.

        Raises
        ------
        UserError
            If a file cannot be written. Nothing is lost then.
        """
        there = self.mirror_dir if self._acted.is_so else None
        for done, processes in self.reader.folds_here():
            finish_folds(self.local_dir, there, done, processes)
        for person in self.reader.long_ones(REACH + FOLD_FROM):
            who = Who(person.person, person.machine, self.process)
            state = replay(self.reader.known())
            path = fold_journals(self.local_dir, self.key, state, who)
            if path is not None and there is not None:
                mirror_fold(path, there, who)

    def _carry(self, folder: JournalFolder, *, here: bool) -> None:
        """Write what a place lacks into files of this process, one for each who signed it."""
        lines = self.reader.lacking(here=here)
        if lines and folder.cut:
            raise UserError("there are more journals than are read; none is carried there")
        groups: dict[Who | None, list[str]] = {}
        for action_id in lines:
            whose = self.reader.signer(action_id)
            key = None if whose is None else Who(whose.person, whose.machine)
            groups.setdefault(key, []).append(action_id)
        for signer, ids in groups.items():
            for some in _below(ROLL, ids, lines):
                batch = [lines[i] for i in some]
                path = self._room_for(batch, folder.path, signer)
                AppendFile(path, keep_open=False).ensure(batch)
                self.reader.carried(some, here=here)

    def _room_for(self, lines: list[bytes], folder: Path, signer: Who | None) -> Path:
        """Return the first file of this process that does not get too large by some lines."""
        more, part = sum(map(len, lines)) + len(lines), 0
        while True:
            path = folder / carried_name(signer, self.process, part)
            try:
                if path.lstat().st_size + more <= ROLL:
                    return path
            except OSError:
                return path  # not there; anything else is told by who writes to it
            part += 1

    def close(self) -> None:
        """Close the local files; what was appended is on the disk."""
        for book in self._books.values():
            book.local.close()


def _below(most: int, ids: list[str], lines: dict[str, bytes]) -> Iterator[list[str]]:
    """Yield ids in order, in groups whose lines have at most so many bytes, or are one."""
    group: list[str] = []
    size = 0
    for action_id in ids:
        length = len(lines[action_id]) + 1
        if group and size + length > most:
            yield group
            group, size = [], 0
        group.append(action_id)
        size += length
    if group:
        yield group


def process_name() -> str:
    """Return a name for this run of the program that no other run has."""
    start = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    return f"{start}-{os.getpid()}-{secrets.token_hex(3)}"


def action_id() -> str:
    """Return a new id for an action."""
    return secrets.token_hex(12)
