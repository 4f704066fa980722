"""Looks through folders for recordings: near ones first, within bounds, out of no link."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bcviewer.core.calls import Cancelled, TellFolder
from bcviewer.core.rules.counts import count_of, first_of, verb_of
from bcviewer.errors import CancelledError, UserError
from bcviewer.io.files import one_line, reason

MOST_DEEP = 10
"""Levels below the folder that was opened: Open Ephys' sorts are six below its parent."""
MOST_FOLDERS = 20_000
MOST_ENTRIES = 100_000
"""Of one folder: what has more holds images or chunks, not recordings."""
_MOST_LINKS = 1000
"""Of which it is said that they lead elsewhere."""
_TOLD_EVERY = 500
_NEVER = frozenset({"__pycache__", "for_GUI", "node_modules", "site-packages", "$RECYCLE.BIN"})
_CHUNKS = (".zarr", ".n5", ".nwb")
"""Endings of folders that are files in truth, with as many folders in them as they please."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What a folder holds, as its names say.

    Attributes
    ----------
    path : Path
        The folder.
    files : frozenset of str
        Names of all that is no folder.
    folders : tuple of Path
        Its folders, by name; links to folders are not among them.
    links : tuple of Path
        Links to folders.
    """

    path: Path
    files: frozenset[str]
    folders: tuple[Path, ...]
    links: tuple[Path, ...]


def listing(folder: Path) -> Listing:
    """Return what a folder holds.

    Raises
    ------
    OSError
        If it cannot be read.
    UserError
        If it holds too much.
    """
    files: set[str] = set()
    folders: list[Path] = []
    links: list[Path] = []
    with os.scandir(folder) as entries:
        for n, entry in enumerate(entries):
            if n >= MOST_ENTRIES:
                raise UserError(f"more than {MOST_ENTRIES:,} files in it")
            if entry.is_dir(follow_symlinks=False):
                folders.append(folder / entry.name)
            elif entry.is_symlink() and _is_dir(entry):
                links.append(folder / entry.name)
            else:
                files.add(entry.name)
    return Listing(folder, frozenset(files), tuple(sorted(folders)), tuple(sorted(links)))


def _is_dir(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False


@dataclass(slots=True)
class Walk:
    """A walk through a folder and what is below it, level by level.

    The caller says after each folder whether its folders are looked into, through
    :meth:`enter`. What was not looked into is counted and told by :meth:`notes`.

    Parameters
    ----------
    top : Path
        Where it starts.
    progress : callable, optional
        Called with a few words now and then.
    cancelled : callable, optional
        Asked at each folder.
    most : int
        Folders that are looked into at most.
    """

    top: Path
    progress: TellFolder | None = None
    cancelled: Cancelled | None = None
    most: int = MOST_FOLDERS
    n_seen: int = 0
    _queue: deque[tuple[int, Path]] = field(default_factory=deque)
    _depth: int = 0
    _links: list[Path] = field(default_factory=list)
    _unread: list[str] = field(default_factory=list)
    _too_deep: list[Path] = field(default_factory=list)

    def __iter__(self) -> Iterator[Listing]:
        self._queue.append((0, self.top))
        while self._queue and self.n_seen < self.most:
            self.check()
            self._depth, folder = self._queue.popleft()
            self.n_seen += 1
            if self.progress is not None and self.n_seen % _TOLD_EVERY == 0:
                self.progress(
                    f"{count_of(self.n_seen, 'folder')} looked into: {one_line(folder.name, 40)}"
                )
            try:
                found = listing(folder)
            except (OSError, UserError) as error:
                self.unread(folder, error)
                continue
            self._links += found.links
            yield found

    def check(self) -> None:
        """Raise ``CancelledError`` where nobody waits any more."""
        if self.cancelled is not None and self.cancelled():
            raise CancelledError

    def enter(self, folders: tuple[Path, ...]) -> None:
        """Look into folders of the one that was yielded last, after all that wait already."""
        worth = [folder for folder in folders if not _is_hidden(folder.name)]
        if self._depth < MOST_DEEP:
            self._queue.extend((self._depth + 1, folder) for folder in worth)
        else:
            self._too_deep += worth

    def unread(self, folder: Path, error: BaseException) -> None:
        """Note that a folder cannot be read."""
        self._unread.append(f"{one_line(self._shown(folder), 80)} ({reason(error)})")

    def notes(self) -> list[str]:
        """Return what was not looked into, a line each kind."""
        top = one_line(self.top)
        lines = []
        if self._queue:
            lines.append(f"{top}: only the first {count_of(self.most, 'folder')} were looked into")
        if self._too_deep:
            n = len(self._too_deep)
            what = f"{count_of(n, 'folder')} more than {MOST_DEEP} levels down"
            lines.append(f"{top}: {what} {verb_of(n, 'was', 'were')} not looked into")
        if self._unread:
            lines.append(f"{top}: cannot be read: {first_of(self._unread)}")
        if links := [link for link in self._links[:_MOST_LINKS] if self._leads_out(link)]:
            shown = first_of([one_line(self._shown(link), 80) for link in links])
            lines.append(f"{top}: links to folders are not followed: {shown}")
        return [f"{line}." for line in lines]

    def _leads_out(self, link: Path) -> bool:
        """Whether a link leads to where nothing was looked into; what it shows is there else."""
        top = os.path.realpath(self.top)
        return not Path(os.path.realpath(link)).is_relative_to(top)

    def _shown(self, path: Path) -> str:
        return str(path.relative_to(self.top)) if path != self.top else str(path)


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or name in _NEVER or name.casefold().endswith(_CHUNKS)
