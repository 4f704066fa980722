"""Writes what a plan says: all of it or none of it, with copies of what is replaced."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bcviewer.errors import UserError
from bcviewer.io import names
from bcviewer.io.exchange.plan import Plan, PlannedFile, check_target, state_of
from bcviewer.io.files import open_input, reason
from bcviewer.io.put_file import flush_folder, hidden_name, new_beside


@dataclass(frozen=True, slots=True)
class Applied:
    """What was written.

    Attributes
    ----------
    written : tuple of Path
        The files of the plan.
    backups : tuple of Path
        Copies of what was there before.
    """

    written: tuple[Path, ...]
    backups: tuple[Path, ...]


def apply_plan(plan: Plan, *, backup: bool = True, now: datetime | None = None) -> Applied:
    """Write the files of a plan.

    Every file is first written whole under another name in its folder, and flushed; then what is
    replaced is copied; only then do the new files take their places. Where anything fails, what
    was replaced is put back (without needing room on the disk, where the file system has hard
    links) and what was added is taken away.

    Parameters
    ----------
    plan : Plan
        What to write.
    backup : bool
        Whether to keep a copy of each file that is replaced, as ``NAME.bak-YYYYmmddTHHMMSS``.
    now : datetime, optional
        The time in the copies' names; by default the local time.

    Raises
    ------
    UserError
        Naming the file that could not be written. The recording is then as it was before; if
        even that failed, the message says which file was not put back.
    """
    stamp = (now or datetime.now()).strftime("%Y%m%dT%H%M%S")
    steps = [_Step(file) for file in plan.files]
    try:
        for step in steps:
            step.stage()
        for step in steps:
            step.keep(stamp if backup else None)
        for step in steps:
            step.put()
    except BaseException as error:
        lost = [sentence for step in reversed(steps) if (sentence := step.undo())]
        if isinstance(error, UserError):
            state = " ".join(lost) or "Nothing was changed."
            raise UserError(f"{error.message} {state}", error.hint) from None
        raise
    finally:
        for step in steps:
            step.clean()
    for folder in {file.path.parent for file in plan.files}:
        flush_folder(folder)
    backups = tuple(step.backup for step in steps if step.backup is not None)
    return Applied(tuple(file.path for file in plan.files), backups)


class _Step:
    """One file on its way."""

    def __init__(self, file: PlannedFile) -> None:
        self.file = file
        self.backup: Path | None = None
        self._new: Path | None = None
        self._old: Path | None = None
        self._made: list[Path] = []
        self._in_place = False

    def stage(self) -> None:
        """Write the new content beside its place."""
        path = self.file.path
        check_target(path)
        if state_of(path) != self.file.replaces:
            raise UserError(f"{path}: has changed since the preview.", "Look at the preview again.")
        with _naming(path):
            self._new = new_beside(path)
            _fill(self._new, self.file)

    def keep(self, stamp: str | None) -> None:
        """Keep what is replaced: under another name to put it back, and as a copy for people."""
        if self.file.replaces is None:
            return
        path = self.file.path
        with _naming(path):
            self._old = _spare(path)
        if stamp is not None:
            with _naming(self.file.backup_folder / path.name, "backed up"):
                self._make_folder(self.file.backup_folder)
                self._copy(stamp)

    def _make_folder(self, folder: Path) -> None:
        """Make a folder and those above it; our own are never followed where they are links."""
        if folder.name in names.BACKUP_FOLDER and folder.is_symlink():
            raise UserError(f"{folder}: is a link to elsewhere, and no place for copies.")
        if folder.name in names.BACKUP_FOLDER or not folder.is_dir():
            self._make_folder(folder.parent)
        if not folder.is_dir():
            folder.mkdir()
            self._made.append(folder)

    def _copy(self, stamp: str) -> None:
        """Copy what is replaced to a name that is free; nothing is ever written over."""
        path, n = self.file.path, 1
        while True:
            end = f".bak-{stamp}" + (f"-{n}" if n > 1 else "")
            copy = self.file.backup_folder / f"{path.name}{end}"
            try:
                out = copy.open("xb")
            except FileExistsError:
                n += 1
                continue
            self.backup = copy
            with out, open_input(path, follow=False) as source:
                shutil.copyfileobj(source, out)
                out.flush()
                os.fsync(out.fileno())
            shutil.copystat(path, copy)
            return

    def put(self) -> None:
        """Put the new file in its place."""
        if self._new is None:
            raise ValueError(f"{self.file.path} is not staged")
        with _naming(self.file.path):
            self._new.replace(self.file.path)
        self._new = None
        self._in_place = True

    def undo(self) -> str:
        """Make the place as it was; return what could not be done, empty where all could."""
        path = self.file.path
        try:
            if self._in_place and self._old is not None:
                self._old.replace(path)
                self._old = None
            elif self._in_place:
                path.unlink()
        except OSError as error:
            kept = self.backup or self._old
            self._old = None  # not to be cleaned away: it may be the only copy
            return f"{path} could not be put back ({reason(error)}); what it was is in {kept}."
        if self.backup is not None:
            with contextlib.suppress(OSError):  # a copy too many does no harm
                self.backup.unlink()
        for folder in reversed(self._made):
            with contextlib.suppress(OSError):  # another file's copy is still in it
                folder.rmdir()
        self.backup = None
        return ""

    def clean(self) -> None:
        """Take away what was only for the way."""
        for path in (self._new, self._old):
            if path is not None:
                with contextlib.suppress(OSError):  # hidden, and of no name that anything reads
                    path.unlink(missing_ok=True)


def _fill(path: Path, file: PlannedFile) -> None:
    """Write a file's content and flush it to the disk."""
    if not isinstance(file.content, bytes):
        file.content(path)
    with path.open("rb+") as out:
        if isinstance(file.content, bytes):
            out.write(file.content)
            out.flush()
        os.fsync(out.fileno())


def _spare(path: Path) -> Path:
    """Give a file a second name in its folder: a hard link, or a copy where there are none."""
    spare = hidden_name(path)
    try:
        os.link(path, spare)
    except OSError:
        shutil.copy2(path, spare)
    return spare


@contextlib.contextmanager
def _naming(path: Path, done: str = "written") -> Iterator[None]:
    """Say which file an error of the system is about."""
    try:
        yield
    except OSError as error:
        raise UserError(
            f"{path}: cannot be {done}: {reason(error)}.",
            "Make room or give write access, or choose another folder.",
        ) from None
