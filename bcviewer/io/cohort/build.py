"""Builds a cohort or brings it up to date: only what changed is read again."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from bcviewer.core.cohort.run_columns import FAILED, GONE, READ_STATUS, SKIPPED, RunRow
from bcviewer.core.rules.counts import count_of
from bcviewer.errors import UserError
from bcviewer.io.cohort.files import join_units, read_rows, write_rows
from bcviewer.io.cohort.place import (
    check_output,
    finish,
    is_unfinished,
    make_cohort,
    parts_in,
    remove,
)
from bcviewer.io.cohort.read_one import failed_row, row_in_part
from bcviewer.io.cohort.to_read import ToRead, task_of
from bcviewer.io.files import expanded
from bcviewer.io.results.find import Search, every_run
from bcviewer.io.results.folders import has_table
from bcviewer.io.results.location import RunLocation

ReadAll = Callable[[Sequence[ToRead]], Iterator[RunRow]]
"""Reads runs and yields a row for each, in any order."""
TellRun = Callable[[int, int, str], None]
"""Told how many of how many runs were read, and which one was last."""

MOST_FOLDERS = 2_000_000
"""A lab's drive has more folders than a recording's."""
_LOOKING = 16
"""Threads that ask a drive for names, sizes and times."""
_SAME_TIME = "SOURCE_DATE_EPOCH"
"""The usual variable for the time that is written in place of the clock's, in seconds."""


@dataclass(slots=True)
class Built:
    """What became of a build.

    Attributes
    ----------
    found, read, unchanged, gone : int
        Runs: that are there now; read now; not read again; that are no longer there.
    failed, skipped : list of (str, str)
        Where a run is that cannot be read, or where Bombcell has not been run, and why.
    notes : list of str
        What was not looked into, and why.
    errors : list of str
        Folders that lead to no run.
    searched : list of Path
        The folders below which all was looked for.
    """

    found: int = 0
    read: int = 0
    unchanged: int = 0
    gone: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    searched: list[Path] = field(default_factory=list)

    @property
    def words(self) -> str:
        """The last line of a build."""
        told = f"{self.read:,} read, {self.unchanged:,} unchanged, {len(self.failed):,} failed"
        n = len(self.skipped)
        more = f"; {count_of(n, 'place')} without a Bombcell run" if n else ""
        return f"{count_of(self.found, 'run')} found: {told}, {self.gone:,} gone{more}"


def build(
    roots: Sequence[Path],
    folder: Path,
    read_all: ReadAll,
    search: Search | None = None,
    tell: TellRun = lambda *_: None,
) -> Built:
    """Build a cohort of all runs below some folders, or bring it up to date.

    Parameters
    ----------
    roots : sequence of Path
        Where to look. Runs that an earlier build found below others stay as they are.
    folder : Path
        The cohort.
    read_all : callable
        Reads runs: :class:`~bcviewer.io.cohort.pool.Pool`, or
        :class:`~bcviewer.io.cohort.cluster.Cluster`.
    search : Search, optional
        How to look.
    tell : callable
        Told what was read.

    Raises
    ------
    UserError
        If the cohort cannot be there, or cannot be written. What was read is then kept for the
        next build.
    """
    check_output(folder)
    out = Built()
    locations = _found(roots, search or Search(), out)
    if not out.searched:
        return out
    known, parts = _known(folder)
    make_cohort(folder)
    with ThreadPoolExecutor(_LOOKING) as pool:
        tasks = sorted(pool.map(lambda at: task_of(at, folder), locations), key=lambda t: t.key)
    rows, to_read = _sorted_out(tasks, known, folder, out)
    for i, row in enumerate(read_all(to_read), 1):
        tell(i, len(to_read), str(row["results_dir"]))
        rows.append(_counted(row, out))
    there = {str(row["place"]) for row in rows}
    absent = [_absent(row, out) for place, row in known.items() if place not in there]
    rows = sorted((row for row in (*rows, *absent) if row is not None), key=_order)
    for part in parts - {str(row["part"]) for row in rows}:
        remove(folder, part)
    timed = [{**row, "read_at": _read_at(row, folder, known)} for row in rows]
    write_rows(folder, timed)
    join_units(folder, timed)
    finish(folder)
    return out


def _found(roots: Sequence[Path], how: Search, out: Built) -> list[RunLocation]:
    """Return every run below the roots once; the first one that can be opened of a place."""
    by_place: dict[str, RunLocation] = {}
    for root in roots:
        try:
            found = every_run(root, how)
        except UserError as error:
            out.errors.append(str(error))
            continue
        out.searched.append(_top(root))
        out.notes += found.notes
        for run in found.runs:
            key = os.path.realpath(run.results_dir)
            if key not in by_place or (by_place[key].problem and not run.problem):
                by_place[key] = run
    return list(by_place.values())


def _top(root: Path) -> Path:
    """Return the folder that a search goes down from, as paths below it begin."""
    place = expanded(root)
    whole = place.resolve() if ".." in place.parts else place.absolute()
    return whole if whole.is_dir() else whole.parent


def _known(folder: Path) -> tuple[dict[str, RunRow], set[str]]:
    """Return what earlier builds said, by place, and all their parts.

    Of a build that was killed that is in its parts.
    """
    rows: dict[str, RunRow] = {str(row["place"]): row for row in read_rows(folder) or ()}
    parts = {str(row.get("part")) for row in rows.values() if row.get("part")}
    if is_unfinished(folder) or not rows:
        for path in parts_in(folder):
            row = row_in_part(path)
            parts.add(path.relative_to(folder).as_posix())
            if row is not None and folder / str(row.get("part")) == path:
                rows[str(row["place"])] = row
    return rows, parts


def _sorted_out(
    tasks: Sequence[ToRead], known: dict[str, RunRow], folder: Path, out: Built
) -> tuple[list[RunRow], list[ToRead]]:
    """Return the rows of runs that need no reading, and what is to be read."""
    here: list[RunRow] = []
    to_read: list[ToRead] = []
    for task in tasks:
        row = known.get(task.place)
        if _never_run(task.location):
            out.skipped.append((str(task.location.ks_dir), task.location.problem))
            here.append(failed_row(task, task.location.problem, SKIPPED))
            continue
        out.found += 1
        if row is not None and _is_same(row, task, folder):
            out.unchanged += 1
            here.append({**row, "status": READ_STATUS})
        else:
            to_read.append(task)
    return here, to_read


def _is_same(row: RunRow, task: ToRead, folder: Path) -> bool:
    """Whether a run was read as it is now: its units are there, of the same files, by us."""
    asked = (task.part, task.files, task.read_by)
    was = (row.get("part"), row.get("files"), row.get("read_by"))
    return asked == was and (folder / task.part).is_file()


def _counted(row: RunRow, out: Built) -> RunRow:
    if row["status"] == FAILED:
        out.failed.append((str(row["results_dir"]), str(row["problem"])))
    else:
        out.read += 1
    return row


def _never_run(location: RunLocation) -> bool:
    """Whether there are no results, and could be seen if there were."""
    if not location.problem:
        return False
    try:
        return not stat.S_ISDIR(location.results_dir.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False


def _absent(row: RunRow, out: Built) -> RunRow | None:
    """Return the row of a run that was not found: gone where it was looked for and is not there.

    None of a place where there was never a run.
    """
    results = Path(str(row["results_dir"]))
    asked = any(results.is_relative_to(top) for top in out.searched)
    if row["status"] == GONE or (asked and _is_gone(results)):
        if row["status"] == SKIPPED:
            return None
        out.gone += 1
        return {**row, "status": GONE}
    return row


def _is_gone(results: Path) -> bool:
    try:
        return not has_table(results)
    except OSError:  # nobody may look
        return False


def _order(row: RunRow) -> tuple[str, ...]:
    return tuple(str(row[name]) for name in ("recording", "probe", "run", "place"))


def _read_at(row: RunRow, folder: Path, known: dict[str, RunRow]) -> str:
    """Return when a part was written, or when a run without one was tried."""
    given = os.environ.get(_SAME_TIME, "")
    if given.isdecimal():
        return _time(int(given))
    if part := row.get("part"):
        try:
            return _time((folder / str(part)).stat().st_mtime)
        except OSError as error:
            raise UserError(f"{part}: cannot be read: {error.strerror}.") from None
    before = known.get(str(row["place"]), {})
    same = all(before.get(name) == row.get(name) for name in ("status", "problem", "files"))
    tried = before.get("read_at") if same else None
    return str(tried or _time(datetime.now(UTC).timestamp()))


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
