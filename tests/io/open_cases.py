"""Opens recordings as the program does and prints what became of each, as JSON.

A process of its own: its memory can be measured, and a crash is a test that fails.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import sys
from pathlib import Path

from bcviewer.core.audit.audit import audit
from bcviewer.errors import UserError
from bcviewer.io.results.bombcell import read_run
from bcviewer.io.results.find import find_runs


def outcome(path: str) -> dict[str, object]:
    """Open every run that a path leads to; UserError is the only error that is expected."""
    units: dict[str, int] = {}
    warnings: list[str] = []
    refused: list[str] = []
    try:
        runs = find_runs(path)
    except UserError as error:
        return {"units": {}, "warnings": [], "refused": [str(error)]}
    for location in runs:
        try:
            run = read_run(location)
        except UserError as error:
            refused.append(str(error))
            continue
        audit(run)
        units[location.name] = run.n_units
        warnings += [str(issue) for issue in run.issues]
    return {"units": units, "warnings": warnings, "refused": refused}


def peak_memory() -> int:
    """Return the most memory this process ever held, in bytes.

    Linux hands ``ru_maxrss`` down from the parent through exec; ``VmHWM`` is this program's own.
    """
    try:
        status = Path("/proc/self/status").read_bytes()  # "nobody" may not import a codec
        return next(int(s.split()[1]) * 1024 for s in status.splitlines() if b"VmHWM" in s)
    except (OSError, StopIteration):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main(as_nobody: bool, paths: list[str]) -> None:
    """Open each path, as the user "nobody" where asked and possible."""
    resource.setrlimit(resource.RLIMIT_AS, (6 << 30, 6 << 30))
    if as_nobody and os.geteuid() == 0:
        outcome(paths[0])  # everything that is imported late is imported now
        with contextlib.suppress(PermissionError):  # a container may forbid it
            os.setgroups([])
            os.setegid(65534)
            os.seteuid(65534)
    out = {path: outcome(path) for path in paths}
    peak = peak_memory()
    found = {"peak": peak, "outcomes": out, "root": os.geteuid() == 0}
    sys.stdout.write(json.dumps({**found, "modules": sorted(sys.modules)}))


if __name__ == "__main__":
    main(sys.argv[1] == "nobody", sys.argv[2:])
