"""Writes the report of the open probe, or of all that are open, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bcviewer.app.catalogue import Catalogue
from bcviewer.app.threads.worker import Control
from bcviewer.errors import UserError
from bcviewer.io import own_process
from bcviewer.io.files import expanded

_POLL_S = 0.2
_PATIENCE_S = 2.0
"""How long a cancelled report may take to tidy up, s."""


@dataclass(frozen=True, slots=True)
class Reported:
    """The page that was written."""

    path: Path

    @property
    def words(self) -> str:
        """That it was, and where."""
        return f"The report was written to {self.path}"


def report_job(catalogue: Catalogue, path: Path) -> Callable[[Control], Reported]:
    """Return the work that writes a report: it takes the processor for a second."""

    def work(control: Control) -> Reported:
        control.progress(0.0, f"Writing {path.name}")
        try:
            status, errors = _run(report_command(catalogue, path), control)
        except OSError as error:
            raise UserError(f"{path.name}: the report could not be written: {error}") from error
        control.check()
        if status:
            last = errors.strip().splitlines()[-1:] or [f"status {status}"]
            raise UserError(f"{path.name}: the report could not be written: {last[0]}")
        return Reported(path)

    return work


def report_command(catalogue: Catalogue, path: Path) -> list[str]:
    """Return the command for what is open: no name of a file or a probe can be an option."""
    here, request = catalogue.location, catalogue.request
    sort = str(here.ks_dir) if here.sort_from else None
    given = {
        "mode": here.mode,
        "probe": None if catalogue.every else here.probe,
        "root": request.root,
        "kilosort": sort,
        "output": str(path),
    }
    options = [f"--{name}={value}" for name, value in given.items() if value]
    source = str(expanded(request.path).absolute())
    return [*own_process.command("bcviewer"), "report", *options, source]


def _run(command: list[str], control: Control) -> tuple[int, str]:
    """Return the exit status of a process and what it wrote on its standard error."""
    flags = 0
    if sys.platform == "win32":
        flags = subprocess.CREATE_NO_WINDOW
    with subprocess.Popen(  # noqa: S603 - our own program, no shell
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
        env=own_process.environment(),
        creationflags=flags,
    ) as process:
        asked = 0.0
        while True:
            try:
                errors = process.communicate(timeout=_POLL_S)[1]
            except subprocess.TimeoutExpired:
                if not control.cancelled():
                    continue
                asked += _POLL_S
                if asked > _PATIENCE_S:
                    process.kill()
                else:
                    process.terminate()  # it takes away what is not finished
            else:
                return process.returncode, errors
