"""Where Bombcell's results of a new run go: never over anything, and whole or not at all.

A run writes into a folder of its own beside the place that its results will have, and is given
its name when it is done. That folder is held by a lock as long as it is in use, so that one whose
program died can be told from one of a run that goes on, and is taken away by the next run.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bcviewer.errors import UsageError, UserError
from bcviewer.io import names
from bcviewer.io.files import one_line, open_input, open_ours, reason
from bcviewer.io.put_file import flush_folder, refuse_demo
from bcviewer.io.results.folders import has_table, is_kilosort_dir

_MOST_NAMES = 10_000
_LARGEST_MARK = 4_096
_TRIES = 20
_PAUSE_S = 0.05


def free_results(ks_dir: Path) -> Path:
    """Return a results folder that is not there: ``bombcell``, else ``bombcell_2`` and so on."""
    usual = ks_dir / names.RESULTS_FOLDERS[0]
    for n in range(1, _MOST_NAMES):
        place = usual if n == 1 else usual.with_name(f"{usual.name}_{n}")
        if not os.path.lexists(place):
            return place
    raise UserError(f"{one_line(ks_dir)}: every name from {usual.name} on is taken.")


def check_results(place: Path) -> Path:
    """Return the absolute place that somebody named for results.

    Raises
    ------
    UsageError
        If something is there already, its folder is not there, it is in other results, or results
        cannot be there.
    """
    refuse_demo(place)
    place = place.absolute()
    shown = one_line(place)
    try:
        there, parent = os.path.lexists(place), place.parent.is_dir()
        within = _results_around(place)
    except (OSError, ValueError) as error:
        raise UsageError(f"{shown}: results cannot be there: {reason(error)}.") from None
    if there:
        raise UsageError(f"{shown}: is there already, and is not written over.", "Name another.")
    if not parent:
        raise UsageError(f"{shown}: there is no folder {one_line(place.parent)}.")
    if within is not None:
        raise UsageError(
            f"{shown}: is in {one_line(within)}, which holds results of another run.",
            "Name a folder beside it.",
        )
    return place


def _results_around(place: Path) -> Path | None:
    """Return the results folder that a place is in, at whatever depth; None: it is in none.

    A Kilosort directory is none, also where old results lie among its files.
    """
    around = Path(os.path.realpath(place.parent))
    found = (folder for folder in (around, *around.parents) if has_table(folder))
    return next((folder for folder in found if not is_kilosort_dir(folder)), None)


class Staging:
    """The folder in which a run writes.

    Attributes
    ----------
    folder : Path
        The folder itself.
    results : Path
        What Bombcell is told to write to: in it, under the name that the results will have.
    given : Path or None
        The place that the results were given; None: not yet.
    """

    def __init__(self, folder: Path, place: Path, or_next: bool = False) -> None:
        self.folder = folder
        self.results = folder / place.name
        self.given: Path | None = None
        self._place = place
        self._or_next = or_next

    def give(self) -> Path:
        """Give the results their place, and return it.

        Raises
        ------
        UserError
            If something is there by now, or it cannot be written.
        """
        place = _still_free(self._place, self._or_next)
        try:
            _renamed(self.results, place)
        except OSError as error:
            raise UserError(f"{one_line(place)}: {reason(error)}.") from None
        self.given = place
        flush_folder(place.parent)
        return place


@contextmanager
def staging(place: Path, *, or_next: bool = False) -> Iterator[Staging]:
    """Make the folder for a run whose results go to ``place``; it is taken away at the end.

    ``or_next`` says that nobody chose the name: where another run has it by now, or when this one
    is done, the next free one of :func:`free_results` is taken, and no work is lost.

    Raises
    ------
    UserError
        If something is there, or nothing can be written there.
    """
    place = _still_free(place, or_next)
    remove_stale(place.parent)
    folder = place.parent / f"{names.STAGING_PREFIX}{secrets.token_hex(6)}"
    try:
        folder.mkdir()
    except OSError as error:
        raise _unwritable(place, error) from None
    handle = -1
    try:
        handle = _mark(folder)
        yield Staging(folder, place, or_next)
    except OSError as error:
        raise _unwritable(place, error) from None
    finally:
        if handle >= 0:
            os.close(handle)
        remove_tree(folder)


def remove_stale(parent: Path) -> int:
    """Remove what runs of this machine left in a folder when their program died; return how many.

    A folder that is not marked as ours, is of another machine, or is in use stays.
    """
    removed = 0
    with contextlib.suppress(OSError):
        for folder in sorted(parent.glob(f"{names.STAGING_PREFIX}*")):
            if folder.is_dir() and not folder.is_symlink() and _is_left(folder):
                remove_tree(folder)
                removed += 1
    return removed


def remove_tree(folder: Path) -> None:
    """Remove a folder of ours; what another process still writes there is waited for a moment."""
    for _ in range(_TRIES):
        with contextlib.suppress(OSError):
            shutil.rmtree(folder)
        if not os.path.lexists(folder):
            return
        time.sleep(_PAUSE_S)


def _still_free(place: Path, or_next: bool) -> Path:
    """Return a place where nothing is; the next free one, or an error, where something is."""
    if not os.path.lexists(place):
        return place
    if or_next:
        return free_results(place.parent)
    raise UserError(f"{one_line(place)}: somebody made it meanwhile.", "Run again.")


def _renamed(source: Path, place: Path) -> None:
    """Rename a folder; on Windows a scanner of viruses may hold it for a moment."""
    for n in range(_TRIES):
        try:
            source.rename(place)
        except PermissionError:
            if sys.platform != "win32" or n == _TRIES - 1:
                raise
            time.sleep(_PAUSE_S)
        else:
            return


def _unwritable(place: Path, error: OSError) -> UserError:
    return UserError(
        f"{one_line(place.parent)}: cannot be written: {reason(error)}.", "Choose another with -o."
    )


def _mark(folder: Path) -> int:
    """Write whose folder it is, and return the open, locked file."""
    path = folder / names.STAGING_MARK
    handle = open_ours(path, os.O_RDWR | os.O_CREAT | os.O_EXCL)
    os.write(handle, json.dumps({"host": socket.gethostname()}).encode())
    _lock(handle)
    return handle


def _is_left(folder: Path) -> bool:
    """Whether a folder is of a run of this machine that is not under way any more."""
    path = folder / names.STAGING_MARK
    try:
        with open_input(path, follow=False) as file:
            said = json.loads(file.read(_LARGEST_MARK))
        if not isinstance(said, dict) or said.get("host") != socket.gethostname():
            return False
        handle = open_ours(path, os.O_RDWR)
    except (OSError, ValueError, UserError, RecursionError):
        return False
    try:
        return _lock(handle)
    finally:
        os.close(handle)


def _lock(handle: int) -> bool:
    """Hold a file until it is closed; return whether nobody else does."""
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(handle, _LARGEST_MARK, os.SEEK_SET)
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
