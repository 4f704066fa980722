"""Folds the long journals of programs that ended into one file; a kill at any moment loses nothing.

The new file is written whole under another name, flushed and renamed; only then are the old ones
deleted. Until then both are there, and are read as one. In the results' folder, where a file cannot
be renamed into its place as surely, the last line tells that all lines before it are there.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bcviewer.core.curation.entries import FOLDED as _FOOTER
from bcviewer.core.curation.entries import Action, Who
from bcviewer.core.curation.folding import REACH, folded, folded_processes, footer
from bcviewer.core.curation.lines import JournalLine, LineError, LineReader, format_line
from bcviewer.core.curation.state import CurationState
from bcviewer.core.curation.times import raw_time, stamp
from bcviewer.errors import UserError
from bcviewer.io.files import open_input, open_ours, read_bytes
from bcviewer.io.journal.append_file import AppendFile
from bcviewer.io.journal.folder import MAX_TOTAL
from bcviewer.io.journal.journal_names import FOLDED, file_name, is_journal, kind_of, slug, stem_of
from bcviewer.io.journal.recording_key import RecordingKey
from bcviewer.io.put_file import flush_folder

FOLD_FROM = 1000
"""A journal is folded when it has so many actions beyond those that undo reaches."""
QUIET_S = 3600.0
"""A journal that was written to within this time may belong to a program that still runs, s."""
_UNFINISHED = ".unfinished"


@dataclass(slots=True)
class _Old:
    """Journals of one person at one machine that are to be one."""

    paths: list[Path]
    lines: dict[str, bytes]
    processes: dict[str, str]
    n: int = 0


def fold_journals(folder: Path, key: RecordingKey, state: CurationState, who: Who) -> Path | None:
    """Fold a person's own journals of programs that ended, where they are long.

    Parameters
    ----------
    folder : Path
        The local folder of the recording.
    key : RecordingKey
        What the recording is known by.
    state : CurationState
        What everybody said.
    who : Who
        The person and the machine, and the present run of the program.

    Returns
    -------
    Path or None
        The folded journal; None where there was nothing to gain.

    Raises
    ------
    UserError
        If it cannot be written. The old ones are then as they were.
    """
    old = _old(folder, who)
    if old is None or old.n < REACH + FOLD_FROM:
        return None
    left = folded(state, who, old.processes)
    if len(left) > old.n - FOLD_FROM:
        return None
    lines = [_line(action, state, old, key) for action in left]
    last = state.last_of(who.person)
    end = footer(
        secrets.token_hex(12), stamp(datetime.now(UTC), last), who, old.processes, len(lines)
    )
    lines.append(format_line(JournalLine(end, key.primary, key.results)).encode())
    path = folder / file_name(who, who.process, kind=FOLDED)
    _write_whole(path, lines)
    _clear(folder, path, who)
    return path


def _old(folder: Path, who: Who) -> _Old | None:
    """Return the person's journals that are no longer written; those not understood are left."""
    old = _Old([], {}, {})
    for path in _own(folder, who):
        with contextlib.suppress(OSError, UserError, LineError, UnicodeDecodeError):
            _add(old, path, who)
    return old if old.paths else None


def _own(folder: Path, who: Who) -> list[Path]:
    """Return the journals of a person at a machine, but for carried lines."""
    stem = stem_of(who)
    try:
        found = sorted(path for path in folder.iterdir() if path.name.startswith(stem))
    except OSError:
        return []
    return [p for p in found if is_journal(p.name) and kind_of(p.name) != "carried"]


def _add(old: _Old, path: Path, who: Who) -> None:
    with open_input(path, follow=False) as file:
        info = os.fstat(file.fileno())
        is_fold = kind_of(path.name) == "folded"
        if info.st_size > MAX_TOTAL or (not is_fold and time.time() - info.st_mtime < QUIET_S):
            return
        data = file.read(info.st_size)
    lines: dict[str, bytes] = {}
    processes: dict[str, str] = {}
    for line, action in _actions(data):
        if action.kind == _FOOTER:
            processes |= folded_processes(action, len(lines))
            continue
        one = action.who
        if (one.person, one.machine) != (who.person, who.machine) or one.process == who.process:
            return  # not to be folded: of this program, or of nobody knows whom
        lines[action.id] = line
        processes[one.process] = max(action.at, processes.get(one.process, ""))
    old.paths.append(path)
    old.n += len(lines.keys() - old.lines.keys())
    old.lines |= lines
    for name, at in processes.items():
        old.processes[name] = max(at, old.processes.get(name, ""))


def _actions(data: bytes) -> Iterator[tuple[bytes, Action]]:
    """Yield the lines of a journal; an error of reading one where it is not understood."""
    reader = LineReader()
    for line in data.split(b"\n"):
        if line:
            yield line, reader.read(line.decode()).action


def _line(action: Action, state: CurationState, old: _Old, key: RecordingKey) -> bytes:
    """Return an action's line: as it was, where it is as it was."""
    if action is state.actions[action.id] and action.id in old.lines:
        return old.lines[action.id]
    raw = action._replace(at=raw_time(action.at))
    return format_line(JournalLine(raw, key.primary, key.results)).encode()


def _write_whole(path: Path, lines: list[bytes]) -> None:
    """Write a file under another name, and give it its own when it is on the disk."""
    unfinished = path.with_name(path.name + _UNFINISHED)
    try:
        with contextlib.suppress(FileNotFoundError):
            unfinished.unlink()
        fd = open_ours(unfinished, os.O_RDWR | os.O_CREAT | os.O_EXCL)
        with os.fdopen(fd, "wb") as file:
            file.writelines(line + b"\n" for line in lines)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
        flush_folder(path.parent)
    except OSError as error:
        raise UserError(str(error.strerror or error)) from None
    finally:
        with contextlib.suppress(OSError):
            unfinished.unlink()


def finish_folds(folder: Path, mirror: Path | None, who: Who, processes: Collection[str]) -> None:
    """Do what is left to do where a program ended between folding and deleting.

    Parameters
    ----------
    folder, mirror : Path
        The local folder, and the results' where there is one.
    who : Who
        The person and the machine.
    processes : collection of str
        The runs of the program that are folded.

    Raises
    ------
    UserError
        If the mirror cannot be written.
    """
    own, stem = _own(folder, who), stem_of(who)
    stale = tuple(stem + slug(name, 64) for name in processes)
    for path in own:
        if kind_of(path.name) == "folded" and path.exists():  # one may have cleared another
            if any(one.name.startswith(stale) for one in own):
                _clear(folder, path, who)
            if mirror is not None and path.exists() and not os.path.lexists(mirror / path.name):
                mirror_fold(path, mirror, who)


def mirror_fold(path: Path, folder: Path, who: Who) -> None:
    """Bring a folded journal to the results' folder, and take away there what it stands for.

    Raises
    ------
    UserError
        If it cannot be written. Nothing is taken away then.
    """
    if not folder.is_dir():
        return
    lines = [line for line in read_bytes(path, MAX_TOTAL).split(b"\n") if line]
    AppendFile(folder / path.name, keep_open=False).ensure(lines)
    _clear(folder, path, who)


def _clear(folder: Path, fold: Path, who: Who) -> None:
    """Delete a person's journals of which a folded one keeps the rest, but for that itself."""
    told: list[tuple[bytes, Action]] = []
    with contextlib.suppress(OSError, UserError, LineError, UnicodeDecodeError):
        told = list(_actions(read_bytes(fold, MAX_TOTAL)))
    ends = folded_processes(told[-1][1], len(told) - 1) if told else {}
    for one in _own(folder, who):
        if one.name == fold.name:
            continue
        with contextlib.suppress(OSError, UserError, LineError, UnicodeDecodeError):
            if all(_is_in(action, ends) for _, action in _actions(read_bytes(one, MAX_TOTAL))):
                one.unlink()


def _is_in(action: Action, ends: dict[str, str]) -> bool:
    """Whether a line of an older journal is folded, or tells what another one folds."""
    if action.kind == _FOOTER:
        named = dict(action.extra).get("processes")
        return isinstance(named, dict) and named.keys() <= ends.keys()
    return action.at <= ends.get(action.who.process, "")
