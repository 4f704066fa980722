"""Runs Bombcell in a process of its own: told how far it is, cancelled, whole or not at all."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from bcviewer.core.audit.summary import class_counts
from bcviewer.core.calls import Check, TellProgress
from bcviewer.core.rules.counts import count_of
from bcviewer.core.rules.labels import class_name
from bcviewer.errors import UserError
from bcviewer.io import own_process
from bcviewer.io.files import one_line
from bcviewer.io.journal.user_data import run_logs_folder
from bcviewer.io.results.bombcell import read_run
from bcviewer.io.results.places import located
from bcviewer.io.results.run_folder import Staging, staging
from bcviewer.io.results.run_plan import RunPlan

_LOOK_S = 0.1
"""How often is looked whether the run is still wanted."""
_PATIENCE_S = 1.0
"""A run that is not wanted any more has this long to end by itself."""
_MOST_LOG = 2_000_000
_MOST_LOGS = 20

_ROOM = 4_000_000
"""A drive with fewer bytes free than this is full."""

_Told = queue.SimpleQueue[bytes]


@dataclass(frozen=True, slots=True)
class BombcellRun:
    """A run that Bombcell has made.

    Attributes
    ----------
    ks_dir, results : Path
        The sort, and the folder of its results.
    version : str
        Bombcell's version.
    counts : str
        How many units of each class there are, in words.
    """

    ks_dir: Path
    results: Path
    version: str
    counts: str

    @property
    def words(self) -> str:
        """That it was made, and what came of it."""
        return f"Bombcell {self.version} wrote {self.results.name}: {self.counts}."


def run_bombcell(
    plan: RunPlan, place: Path, tell: TellProgress, check: Check, *, or_next: bool = False
) -> BombcellRun:
    """Run Bombcell, and give its results their place once they are whole.

    Whatever ends it before, nothing is left of it.

    Parameters
    ----------
    plan : RunPlan
        What it is run with.
    place : Path
        Where the results go; nothing is there.
    tell : callable
        Told how far it is, 0 to 1, and what it does; may raise.
    check : callable
        Called again and again; raises where the run is not wanted any more.
    or_next : bool
        Whether the next free name is taken where another run has that place by now.

    Raises
    ------
    RunFailedError
        If Bombcell fails. One line; what it printed is kept in the user's data folder, and named.
    UserError
        If nothing can be written there.
    """
    with staging(place, or_next=or_next) as where, tempfile.TemporaryFile() as printed:
        try:
            with _started(printed) as (process, told):
                _ask(process, plan, where)
                version = _followed(process, told, tell, check)
                counts = _checked(plan, where)
                check()
                place = where.give()  # until then its process takes it away if this one dies
        except KeyboardInterrupt:
            if where.given is None:
                raise
            place = where.given  # too late: nothing would be left that it could end
        except _RunError as error:
            full = f" The drive of {one_line(place.parent)} is full." if _is_full(where) else ""
            words = f"Bombcell failed: {error}{full}"
            raise RunFailedError(words, _kept(printed, place)) from None
        return BombcellRun(plan.ks_dir, place, version, counts)


class RunFailedError(UserError):
    """Bombcell failed.

    Attributes
    ----------
    log : str
        The file with what it printed; empty: none could be kept.
    """

    def __init__(self, message: str, log: str) -> None:
        super().__init__(message, f"What it printed: {log}" if log else "")
        self.log = log


class _RunError(Exception):
    """Why a run failed."""


@contextmanager
def _started(printed: IO[bytes]) -> Iterator[tuple[subprocess.Popen[bytes], _Told]]:
    """Start the process, and read what it tells.

    It has ended when this is left, and what it started, too.
    """
    program = own_process.command("bcviewer.oracle.runner", "-W", "ignore")
    if getattr(sys, "frozen", False):
        program = [*program, "--bombcell-run"]
    try:
        process = own_process.start(program, printed, session=True)
    except OSError as error:
        raise _RunError(f"its process does not start: {error}") from error
    told: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    stdout = cast(IO[bytes], process.stdout)
    reader = threading.Thread(target=_read, args=(stdout, told), daemon=True)
    reader.start()
    try:
        yield process, told
    finally:
        _end(process)
        reader.join(_PATIENCE_S)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process: it takes its folder away by itself, unless it cannot."""
    with contextlib.suppress(OSError):
        cast(IO[bytes], process.stdin).close()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_PATIENCE_S)
    if sys.platform == "win32":
        process.kill()
    else:
        with contextlib.suppress(OSError):  # with the workers that it started
            os.killpg(process.pid, signal.SIGKILL)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_PATIENCE_S)


def _ask(process: subprocess.Popen[bytes], plan: RunPlan, where: Staging) -> None:
    asked = {
        "ks_dir": str(plan.ks_dir),
        "results": str(where.results),
        "staging": str(where.folder),
        "raw": plan.raw,
        "meta": plan.meta,
        "values": dict(plan.values),
        "n_units": plan.n_units,
        "tsv": plan.tsv,
    }
    stdin = cast(IO[bytes], process.stdin)
    try:
        stdin.write(json.dumps(asked).encode() + b"\n")
        stdin.flush()
    except OSError as error:
        raise _RunError(f"its process ended at once: {error}") from error


def _followed(
    process: subprocess.Popen[bytes], told: _Told, tell: TellProgress, check: Check
) -> str:
    """Tell how far the run is until it has ended; return Bombcell's version."""
    while True:
        check()
        try:
            line = told.get(timeout=_LOOK_S)
        except queue.Empty:
            continue
        if not line:
            raise _RunError(f"its process died ({_exit_words(process)}).")
        message = json.loads(line)
        if "error" in message:
            raise _RunError(f"{one_line(message['error'], 300)}.")
        if "done" in message:
            return one_line(message["done"])
        tell(*_progress(message))


def _read(stdout: IO[bytes], told: _Told) -> None:
    """Hand on each line, and at last an empty one."""
    with contextlib.suppress(OSError), stdout:
        for line in stdout:
            told.put(line)
    told.put(b"")


def _progress(message: Mapping[str, Any]) -> tuple[float, str]:
    """Return how far a run is: half of its time is the raw file's, where there is one."""
    words, n, total = message["of"], int(message["n"]), max(1, int(message["total"]))
    if not n and words.startswith("Starting"):
        return 0.0, words
    low = 0.0 if words.startswith("Raw") else 0.5
    return low + 0.5 * min(1.0, n / total), f"{words}: {n:,}/{count_of(total, 'unit')}"


def _exit_words(process: subprocess.Popen[bytes]) -> str:
    try:
        status = process.wait(_PATIENCE_S)
    except subprocess.TimeoutExpired:
        return "it closed its channel"
    return own_process.exit_words(status)


def _checked(plan: RunPlan, where: Staging) -> str:
    """Read the results as they will be read; return the counts of their labels."""
    try:
        run = read_run(located(plan.ks_dir, where.results))
    except UserError as error:
        raise _RunError(f"its results cannot be read: {error}") from None
    if run.n_units != plan.n_units:
        raise _RunError(f"it wrote {count_of(run.n_units, 'unit')} of {plan.n_units:,}.")
    if not run.criteria.saved:
        raise _RunError("its parameters cannot be read.")
    counts = class_counts(run.saved_codes)
    named = (f"{n:,} {class_name(label)}" for label, n in counts.items() if n)
    return ", ".join(named) or "no units"


def _is_full(where: Staging) -> bool:
    """Whether there is hardly any room left: NumPy does not say so when it cannot write."""
    try:
        return shutil.disk_usage(where.folder).free < _ROOM
    except OSError:
        return False


def _kept(printed: IO[bytes], place: Path) -> str:
    """Keep what a failed run printed; return where it is."""
    folder = run_logs_folder()
    size = printed.seek(0, os.SEEK_END)
    printed.seek(max(0, size - _MOST_LOG))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for old in sorted(folder.glob("run-*.log"))[: -_MOST_LOGS + 1]:
            old.unlink(missing_ok=True)
        path = folder / f"run-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.log"
        path.write_bytes(f"{place}\n".encode("utf-8", "replace") + printed.read())
    except OSError:
        return ""
    return str(path)
