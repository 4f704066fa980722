"""What a folder holds: Kilosort's output, Bombcell's results, or neither."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from pathlib import Path

from bcviewer.errors import UserError
from bcviewer.io import names
from bcviewer.io.files import one_line
from bcviewer.io.results.naming import letter_of

_MOST_FOLDERS = 2000
TABLES = frozenset({names.UNITS_PARQUET, names.UNITS_CSV})
"""One of these is in a folder of Bombcell's results."""
KILOSORT_FILES = frozenset({names.PARAMS_PY, names.SPIKE_TIMES, names.TEMPLATES})
"""One of these is in a Kilosort directory."""
_EXPORTED = (".csv", ".tsv", ".parquet", ".xlsx", ".xls", ".ods")
_DATED = re.compile(r"[_-](?P<rest>.+)")


def results_in(ks_dir: Path) -> Iterator[Path]:
    """Yield the results folders of a Kilosort directory that hold a table, the usual one first."""
    usual = [ks_dir / name for name in names.RESULTS_FOLDERS]
    yield from (folder for folder in usual if has_table(folder))
    if ks_dir.is_dir():
        # A Kilosort directory with a table in it is a run of its own, not this one's results.
        others = (f for f in subfolders(ks_dir) if f not in usual and not is_kilosort_dir(f))
        yield from (folder for folder in others if has_table(folder))
    if is_kilosort_dir(ks_dir) and has_table(ks_dir):
        yield ks_dir


def is_run(folder: Path) -> bool:
    """Whether a folder is a Kilosort directory or holds a folder of Bombcell's results."""
    return is_kilosort_dir(folder) or next(results_in(folder), None) is not None


def has_table(folder: Path) -> bool:
    """Whether a folder holds a table of units, in whatever state."""
    return _has_any(folder, TABLES)


def _has_any(folder: Path, files: frozenset[str]) -> bool:
    """Whether one of some files is there, as ``Path.exists`` says it; asked very often."""
    for name in sorted(files):
        try:
            os.stat(os.path.join(folder, name))  # noqa: PTH116, PTH118 - a third of the time
        except ValueError:
            continue
        except OSError as error:
            if error.errno not in (errno.ENOENT, errno.ENOTDIR, errno.EBADF, errno.ELOOP):
                raise
        else:
            return True
    return False


def is_kilosort_dir(folder: Path) -> bool:
    """Whether a folder holds Kilosort's output; one that cannot be looked into does not."""
    try:
        return _has_any(folder, KILOSORT_FILES)
    except (OSError, ValueError):
        return False


def is_results_name(name: str) -> bool:
    """Whether a folder's name says that it holds Bombcell's results."""
    return name.casefold().startswith(("bombcell", "qmetric"))


def is_kilosort_name(name: str) -> bool:
    """Whether a folder is called as Kilosort's or the notebook's are."""
    return name.casefold().startswith("kilosort")


def is_staging(children: tuple[Path, ...]) -> bool:
    """Whether folders are the probes of one recording, ``kilosort4_A`` and so on."""
    return any(letter_of(child.name) for child in children)


def subfolders(folder: Path) -> list[Path]:
    """Return a folder's sub-folders by name, links left out; refuse one that nobody meant."""
    children = sorted(c for c in folder.iterdir() if c.is_dir() and not c.is_symlink())
    if len(children) > _MOST_FOLDERS:
        raise UserError(
            f"{one_line(folder)}: {len(children):,} folders in it are too many to look into.",
            "Give one recording's folder.",
        )
    return children


def exported_in(folder: Path) -> str:
    """Return the name of a table that somebody saved in a results folder; empty: none."""
    try:
        files = sorted(child.name for child in folder.iterdir() if child.is_file())
    except OSError:
        return ""
    tables = [n for n in files if n.casefold().endswith(_EXPORTED) and "_bc_" not in n]
    return next((n for n in tables if "metric" in n.casefold()), next(iter(tables), ""))


def mode_of(folder: Path) -> str:
    """Return the run mode that a folder is for; empty where it is for none.

    ``bombcell_DEFAULT`` is ``batch``; a dated ``bombcell_batch_20260218`` is
    ``batch_20260218``; any other ``bombcell_*`` has its own name.
    """
    name = folder.name
    for mode, usual in names.MODE_FOLDERS.items():
        if name == usual:
            return mode
    if not name.startswith(names.MODE_PREFIX):
        return ""
    rest = name.removeprefix(names.MODE_PREFIX)
    return rest if kind_of(rest) and rest not in names.MODE_FOLDERS else name


def kind_of(mode: str) -> str:
    """Return the key of ``names.MODE_FOLDERS`` that a mode is a (dated) run of; empty: none."""
    plain = mode.partition("/")[0].removeprefix(names.MODE_PREFIX)
    for key, stems in names.MODE_STEMS.items():
        for stem in stems:
            if plain == stem or (plain.startswith(stem) and _DATED.match(plain[len(stem) :])):
                return key
    return ""


def mode_at(ks_dir: Path) -> tuple[str, Path | None]:
    """Return the run mode that a Kilosort directory is in, and the folder that says so.

    Parameters
    ----------
    ks_dir : Path
        ``…/bombcell_DEFAULT/kilosort4_A``, or a folder of its name in it.
    """
    for folder in (ks_dir.parent, ks_dir.parent.parent):
        mode = mode_of(folder)
        # bombcell_2024/mouse1 is no run mode; bombcell_01/kilosort4_A is
        placed = is_kilosort_name(ks_dir.name) or folder.parent.name == names.RECORDING_RESULTS
        if mode and (placed or kind_of(mode)):
            return mode, folder
    return "", None
