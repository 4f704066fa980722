"""Which sort results belong to, where they are not in its Kilosort directory.

Bombcell's ``save_path`` can be anywhere. Its saved parameters name the Kilosort directory that it
read: a text that anybody may have written, so that it is looked at (is it there, does it hold
Kilosort's files) and nothing more.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from bcviewer.errors import UserError
from bcviewer.io import names
from bcviewer.io.files import expanded, one_line
from bcviewer.io.results.folders import KILOSORT_FILES, is_kilosort_dir
from bcviewer.io.results.tables import read_record

Sorts = Mapping[str, str]
"""Kilosort directories that somebody pointed at, by results folder."""

_LONGEST = 4000


def sort_of(results: Path, told: Sorts) -> tuple[Path, str] | None:
    """Return the Kilosort directory of a results folder and who says so.

    Parameters
    ----------
    results : Path
        The results folder.
    told : mapping of str to str
        What somebody pointed at; that goes before everything else. One that is not there (any
        more) counts as not said.

    Returns
    -------
    tuple or None
        The directory and ``'person'``, ``'parameters'``, or ``''`` where the results are in it;
        None: nobody knows.
    """
    said = told.get(str(results))
    if said and is_kilosort_dir(Path(said)):
        return Path(said), "" if Path(said) == results.parent else "person"
    if is_kilosort_dir(results.parent):
        return results.parent, ""
    saved = _saved_path(results)
    if saved is not None and is_kilosort_dir(saved):
        return saved, "parameters"
    return None


def check_sort(path: Path) -> Path:
    """Return the directory that somebody points at.

    Raises
    ------
    UserError
        If it is not a Kilosort directory.
    """
    folder = expanded(path).absolute()
    if not is_kilosort_dir(folder):
        wanted = ", ".join(sorted(KILOSORT_FILES))
        raise UserError(
            f"{one_line(folder)}: not a Kilosort directory: none of {wanted} is in it.",
            "Choose the folder that Kilosort wrote.",
        )
    return folder


def _saved_path(results: Path) -> Path | None:
    """Return the path that the parameters name, if it can be one of this machine."""
    for name in (names.PARAMS_PARQUET, names.PARAMS_CSV):
        try:
            record, _ = read_record(results / name)
        except UserError:
            continue
        saved = next((record[key] for key in names.SORT_PARAMETERS if key in record), None)
        if not isinstance(saved, str) or not 0 < len(saved) < _LONGEST or "\0" in saved:
            return None
        # A path that begins with two separators is a share on some server: asking for it would
        # send this person's name and password to whoever wrote the file.
        if saved.replace("\\", "/").startswith("//") or not Path(saved).is_absolute():
            return None
        return Path(os.path.normpath(saved))
    return None
