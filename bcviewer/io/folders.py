"""What a folder holds: Kilosort's output, Bombcell's results, or neither."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from bcviewer.errors import UserError
from bcviewer.io import names
from bcviewer.io.files import one_line

_PROBE = re.compile(r"kilosort\d*(?:\.\d+)?[_-](?P<probe>[A-Za-z0-9]+)$", re.IGNORECASE)
_MOST_FOLDERS = 2000


def probe_of(name: str) -> str:
    """Return the probe's letter from ``kilosort4_B``, or the whole name where it has none."""
    match = _PROBE.match(name)
    return match["probe"] if match else name


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
    return (folder / names.UNITS_PARQUET).exists() or (folder / names.UNITS_CSV).exists()


def is_kilosort_dir(folder: Path) -> bool:
    """Whether a folder holds Kilosort's output."""
    return any(
        (folder / name).exists() for name in (names.PARAMS_PY, names.SPIKE_TIMES, names.TEMPLATES)
    )


def subfolders(folder: Path) -> list[Path]:
    """Return a folder's sub-folders by name; refuse one that nobody meant to open."""
    children = sorted(child for child in folder.iterdir() if child.is_dir())
    if len(children) > _MOST_FOLDERS:
        raise UserError(
            f"{one_line(folder)}: {len(children):,} folders in it are too many to look into.",
            "Give one recording's folder.",
        )
    return children


def mode_of(folder: Path) -> str:
    """Return the run mode that a folder is for; empty where it is for none."""
    for mode, name in names.MODE_FOLDERS.items():
        if folder.name == name:
            return mode
    inside = folder.parent.name == "bombcell" and folder.name.startswith("bombcell_")
    return folder.name if inside else ""
