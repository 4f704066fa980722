"""Where a cohort is and where things are in it, and where none may be."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from urllib.parse import quote

from bcviewer.errors import UsageError, UserError
from bcviewer.io import names
from bcviewer.io.files import one_line, read_bytes
from bcviewer.io.put_file import refuse_demo, write_atomically
from bcviewer.io.results.folders import has_table, is_kilosort_dir, is_staging, mode_of
from bcviewer.io.results.tree import listing

FORMAT = 1
"""Of the folder. One of a later version is not written to, and not read."""
_LARGEST_MARK = 100_000
_LONGEST_NAME = 60
"""Of a part of a path: some systems take no more than 260 characters in all."""
_HALF_CODE = re.compile(r"%.?$")
_NO_NAME = "__HIVE_DEFAULT_PARTITION__"


def is_cohort(folder: Path) -> bool:
    """Whether a folder is a cohort that ``bcviewer cohort`` wrote."""
    return _format_of(folder) is not None


def _format_of(folder: Path) -> int | None:
    try:
        said = json.loads(read_bytes(folder / names.COHORT_FILE, _LARGEST_MARK))
    except (UserError, ValueError, RecursionError):
        return None
    found = said.get("cohort") if isinstance(said, dict) else None
    return found if type(found) is int else None


def check_format(folder: Path) -> None:
    """Refuse a folder that is no cohort, or one of a later version.

    Raises
    ------
    UserError
        One line that says so.
    """
    found = _format_of(folder)
    if found is None:
        raise UserError(
            f"{one_line(folder)}: no cohort.",
            "Make one with `bcviewer cohort ROOT... -o DIR`.",
        )
    if found != FORMAT:
        raise UserError(
            f"{one_line(folder)}: a cohort of another version of bcviewer (format {found}).",
            "Use that version, or make a new one in another folder.",
        )


def check_output(folder: Path) -> None:
    """Refuse a folder that is no place for a cohort: a recording's, or one that holds other things.

    Raises
    ------
    UsageError
        One line that says why.
    UserError
        If there is a cohort of another version.
    """
    refuse_demo(folder)
    if folder.is_symlink() and not folder.exists():
        raise UsageError(f"{one_line(folder)}: a link that leads nowhere.", "Name a folder.")
    whole, real = folder.absolute(), folder.resolve()
    for each in (real, *real.parents, *whole.parents):
        if what := _of_recording(each):
            raise UsageError(
                f"{one_line(folder)}: is in {what}, which is not written to.",
                "Choose a folder beside the recordings.",
            )
    if not folder.exists():
        return
    if not folder.is_dir():
        raise UsageError(f"{one_line(folder)}: is no folder.", "Name a folder.")
    if (folder / names.COHORT_FILE).exists():
        check_format(folder)
    elif any(each.name != names.COHORT_NEW for each in folder.iterdir()):
        raise UsageError(
            f"{one_line(folder)}: there are files in it, and it is no cohort.",
            "Name an empty folder, a new one, or a cohort.",
        )


def _of_recording(folder: Path) -> str:
    """Return what part of a recording a folder is; empty: none that can be seen."""
    with suppress(OSError, UserError):
        if is_kilosort_dir(folder):
            return "a Kilosort directory"
        if has_table(folder):
            return "a folder of Bombcell's results"
        if mode_of(folder) in names.MODE_FOLDERS:
            return "a run mode's folder"
        if is_staging(listing(folder).folders):
            return "a recording's folder"
    return ""


def make_cohort(folder: Path) -> None:
    """Make a folder a cohort, and the folder for files that are being written.

    Raises
    ------
    UserError
        If that is not possible.
    """
    new = folder / names.COHORT_NEW
    if new.is_symlink():
        raise UserError(f"{one_line(new)}: is a link, and is not followed.", "Remove it.")
    try:
        new.mkdir(parents=True, exist_ok=True)
        for left in new.iterdir():
            left.unlink()
    except OSError as error:
        raise UserError(
            f"{one_line(folder)}: cannot be written: {error.strerror or error}.",
            "Choose another folder.",
        ) from None
    if not is_cohort(folder):
        put(folder, names.COHORT_FILE, json.dumps({"cohort": FORMAT}).encode() + b"\n")


def is_unfinished(folder: Path) -> bool:
    """Whether a build of it was ended before its end, or is under way."""
    return (folder / names.COHORT_NEW).is_dir()


def finish(folder: Path) -> None:
    """Take away what is there as long as a build runs, and what a killed process left in it."""
    new = folder / names.COHORT_NEW
    with suppress(OSError):
        for left in new.iterdir():
            left.unlink()
        new.rmdir()


def put(folder: Path, name: str, data: bytes) -> None:
    """Write a file of a cohort, whole or not at all; a link on the way to it is not followed.

    Parameters
    ----------
    folder : Path
        The cohort.
    name : str
        The file, as a path below it with ``/``.
    data : bytes
        What is in it.

    Raises
    ------
    UserError
        If that is not possible.
    """
    path = folder / name
    for each in (path, *list(path.parents)[: name.count("/")]):
        if each.is_symlink():
            raise UserError(f"{one_line(each)}: is a link, and is not followed.", "Remove it.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{one_line(path)}: cannot be written: {error.strerror}.") from None
    write_atomically(path, lambda made: _write(made, data), folder / names.COHORT_NEW)


def _write(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def remove(folder: Path, name: str) -> None:
    """Remove a part, and the folders that were there for it alone."""
    path = folder / name
    with suppress(OSError):
        path.unlink(missing_ok=True)
        for each in list(path.parents)[: name.count("/")]:
            each.rmdir()  # stops at the first one with something else in it


def place_of(results: Path) -> str:
    """Return a hash of where results are, 12 characters."""
    where = os.path.normcase(os.path.realpath(results))
    return blake2b(os.fsencode(where), digest_size=6).hexdigest()


def part_name(recording: str, probe: str, run: str, place: str) -> str:
    """Return where the units of a run are in a cohort, with ``/``."""
    parts = (f"recording={_quoted(recording)}", f"probe={_quoted(probe)}")
    whose = f"run={_quoted(run)}.{place}"
    return "/".join((names.COHORT_UNITS, *parts, whose, names.COHORT_PART))


def is_part_name(name: str) -> bool:
    """Whether a name is one of :func:`part_name`: a table that others may have written says it."""
    parts = name.split("/")
    heads = ("recording=", "probe=", "run=")
    return (
        len(parts) == 2 + len(heads)
        and (parts[0], parts[-1]) == (names.COHORT_UNITS, names.COHORT_PART)
        and all(part.startswith(head) for part, head in zip(parts[1:-1], heads, strict=True))
        and not set(name) & set('\\:*?"<>|\0')
    )


def _quoted(text: str) -> str:
    """Return a text as a name that every system takes, as engines write values in paths."""
    plain = quote(text.encode("utf-8", "replace"), safe="")
    cut = _HALF_CODE.sub("", plain[:_LONGEST_NAME]) if len(plain) > _LONGEST_NAME else plain
    return cut.removesuffix(".") + "%2E" * cut.endswith(".") or _NO_NAME


def parts_in(folder: Path) -> Iterator[Path]:
    """Yield the files of units in a cohort; links are not followed."""
    for top, folders, files in os.walk(folder / names.COHORT_UNITS):
        folders.sort()
        if names.COHORT_PART in files:
            yield Path(top) / names.COHORT_PART
