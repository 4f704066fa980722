"""Where somebody at this computer said something: only there journals are written by themselves.

Labels of the same sort that were given in sight of other results (another run mode, a copy) are
known wherever it is opened, but opening writes into no results: they are carried into those of
which somebody says something. What could not be mirrored then is at the next start.
"""

from __future__ import annotations

import contextlib
from hashlib import blake2b
from pathlib import Path

from bcviewer.errors import UserError
from bcviewer.io.files import reason

PLACES = "places"
"""Folder of the marks, beside the folders of journals; a mark is an empty file."""


def results_key(results: Path) -> str:
    """Return what results are known by on this computer: by their place."""
    place = str(results.absolute()).encode("utf-8", "surrogateescape")
    return blake2b(place, digest_size=12).hexdigest()


class ActedIn:
    """Whether somebody at this computer said something in sight of some results.

    Parameters
    ----------
    journals : Path
        The local folder of all journals.
    results : Path or None
        The results; None: nobody may write there.

    Attributes
    ----------
    is_so : bool
        Whether it is so, as far as was looked.
    """

    def __init__(self, journals: Path, results: Path | None) -> None:
        self.is_so = False
        self._mark: Path | None = None
        if results is not None:
            self._mark = journals / PLACES / results_key(results)

    def look(self) -> None:
        """Look whether somebody did before."""
        with contextlib.suppress(OSError):
            if self._mark is not None and self._mark.lstat():
                self.is_so = True

    def remember(self) -> None:
        """Remember that somebody does now.

        Raises
        ------
        UserError
            If the local disk cannot be written.
        """
        if self.is_so or self._mark is None:
            return
        try:
            self._mark.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(FileExistsError):
                self._mark.open("xb").close()
        except OSError as error:
            raise UserError(reason(error)) from None
        self.is_so = True
