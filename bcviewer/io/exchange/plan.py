"""What an export will write, to be shown before anything is written."""

from __future__ import annotations

import csv
import io
import stat
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bcviewer.errors import UsageError, UserError
from bcviewer.io import names
from bcviewer.io.exchange.export import check_place
from bcviewer.io.files import one_line, printable, reason
from bcviewer.io.put_file import refuse_demo

Writer = Callable[[Path], None]
"""Writes a file's content into the (temporary) file that it is given."""

_HEAD = 4
_WIDTH = 120
_OURS = (*names.PHY_EXPORTS, *names.MANUAL_EXPORTS)
_NEVER = (names.PARAMS_PY, names.GROUP_TSV, names.GROUPS_CSV, names.KS_LABEL_TSV)


@dataclass(frozen=True, slots=True)
class Replaced:
    """The file that is there now.

    Attributes
    ----------
    size : int
        Bytes.
    modified_ns : int
        When it was written last, ns since 1970.
    """

    size: int
    modified_ns: int

    def __str__(self) -> str:
        when = datetime.fromtimestamp(self.modified_ns / 1e9).strftime("%Y-%m-%d %H:%M")
        return f"{self.size:,} bytes of {when}"


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """One file to write.

    Attributes
    ----------
    path : Path
        Where to.
    content : bytes or callable
        What is written, or a function that writes it to a path.
    summary : str
        What is in it, in a few words: ``12 units``.
    head : tuple of str
        Its first lines, printable.
    replaces : Replaced or None
        What is there now.
    backup_folder : Path
        Where the copy of what is there now goes.
    """

    path: Path
    content: bytes | Writer
    summary: str
    head: tuple[str, ...]
    replaces: Replaced | None
    backup_folder: Path


@dataclass(frozen=True, slots=True)
class Plan:
    """All that an export writes.

    Attributes
    ----------
    title : str
        Whom it is for: ``phy``.
    files : tuple of PlannedFile
        What is written.
    warnings : tuple of str
        What a person should know before.
    """

    title: str
    files: tuple[PlannedFile, ...]
    warnings: tuple[str, ...] = ()

    def preview(self) -> tuple[str, ...]:
        """Return what will be written, line by line, for people."""
        lines = [f"warning: {warning}" for warning in self.warnings]
        for file in self.files:
            there = f", replaces {file.replaces}" if file.replaces else ", new"
            lines.append(f"{one_line(file.path, 300)}: {file.summary}{there}")
            lines += [f"    {line}" for line in file.head]
        return tuple(lines)


def planned(
    path: Path,
    content: bytes | Writer,
    summary: str,
    *,
    head: Sequence[str] | None = None,
    backup_folder: Path | None = None,
) -> PlannedFile:
    """Return a file to write, with what is there now.

    Parameters
    ----------
    path : Path
        Where to.
    content : bytes or callable
        Its content.
    summary : str
        What is in it.
    head : sequence of str, optional
        Its first lines; by default those of the content.
    backup_folder : Path, optional
        Where copies of what is replaced go; by default its own folder.

    Raises
    ------
    UserError
        If the file belongs to the recording, or is there and is no plain file.
    """
    check_target(path)
    if head is None:
        head = first_lines(content) if isinstance(content, bytes) else ()
    shown = tuple(printable(line, _WIDTH) for line in head)
    return PlannedFile(path, content, summary, shown, state_of(path), backup_folder or path.parent)


def first_lines(content: bytes) -> list[str]:
    """Return a text's first lines, and what is left out."""
    lines = content.decode("utf-8", "replace").splitlines()
    left = len(lines) - _HEAD
    return lines[:_HEAD] + ([f"… {left:,} more"] if left > 0 else [])


def check_target(path: Path) -> None:
    """Refuse what belongs to the recording; our own exports may go where phy reads them.

    Raises
    ------
    UsageError
        For a file of Kilosort's, phy's or Bombcell's, for tables of other names that phy would
        take for columns of its own, and for the recording that ships with the program.
    """
    refuse_demo(path)
    if path.name in _NEVER or path.suffix.lower() == ".npy" or names.PHY_FOLDER in path.parts:
        raise UsageError(
            f"{path}: belongs to the recording and is not written over.", "Give another name."
        )
    if path.name not in _OURS:
        check_place(path)


def state_of(path: Path) -> Replaced | None:
    """Return what is at a path now, or None.

    Raises
    ------
    UserError
        If it is a folder, a link or something else that cannot be replaced and restored.
    """
    try:
        info = path.lstat()
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: cannot be written: {reason(error)}.") from None
    if not stat.S_ISREG(info.st_mode):
        raise UserError(f"{path}: is not a plain file, and is not replaced.")
    return Replaced(info.st_size, info.st_mtime_ns)


def text_table(
    header: Sequence[str], rows: Iterable[Sequence[object]], delimiter: str = "\t"
) -> bytes:
    """Return a table as UTF-8 text, quoted as phy, pandas and spreadsheets read it."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue().encode("utf-8", "replace")
