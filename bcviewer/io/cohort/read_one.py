"""Reads one run of a cohort: all that another process, or another machine, does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from bcviewer.core.cohort.run_columns import FAILED, READ_STATUS, run_facts
from bcviewer.core.cohort.unit_columns import UNIT_COLUMNS, unit_columns
from bcviewer.core.run.run import Run
from bcviewer.core.sheet.derive import derive, settled
from bcviewer.core.sheet.inputs import Inputs
from bcviewer.errors import UserError
from bcviewer.io.cohort.arrow import table_of, to_bytes
from bcviewer.io.cohort.place import put
from bcviewer.io.cohort.to_read import READ_BY, ToRead
from bcviewer.io.exchange.manual_frames import writable
from bcviewer.io.files import one_line, read_bytes
from bcviewer.io.journal.recording_key import recording_key
from bcviewer.io.results.bombcell import read_run
from bcviewer.io.spikes.emptied import count_emptied

ROW_OF_PART = "bcviewer_run"
"""Key of a part's metadata with the row of its run: so a build that was killed goes on."""
_MOST_BYTES = 400_000_000
_LONGEST_PROBLEM = 2000


def read_one(task: ToRead) -> dict[str, object]:
    """Read a run, write its part, and return its row.

    Whatever is wrong with the run is in the row, whose status then is *failed*.

    Raises
    ------
    UserError
        If the cohort cannot be written, or if this is another version of bcviewer than asks.
    """
    if task.read_by != READ_BY:
        raise UserError(
            f"A worker has bcviewer {READ_BY.partition('/')[0]}, not "
            f"{task.read_by.partition('/')[0]}.",
            "Install the same version everywhere.",
        )
    try:
        run = count_emptied(read_run(task.location))
        facts, table = _told(task, run)
    except UserError as error:
        return failed_row(task, str(error))
    except Exception as error:  # noqa: BLE001 - told, and the other runs go on
        return failed_row(task, f"unexpected {type(error).__name__}: {error}")
    put(Path(task.folder), task.part, to_bytes(table))
    return facts


def _told(task: ToRead, run: Run) -> tuple[dict[str, object], Any]:
    sheet = settled(derive(Inputs.of(run)))
    facts = run_facts(sheet)
    problem = one_line(facts["problem"], _LONGEST_PROBLEM)
    key = recording_key(run).primary
    facts |= {**row_of(task, READ_STATUS, problem), "recording_key": key}
    columns = {**unit_columns(sheet), **_identity(task)}
    told = {ROW_OF_PART: json.dumps(facts, sort_keys=True)}
    return facts, table_of(UNIT_COLUMNS, columns, run.n_units, told)


def failed_row(task: ToRead, why: str, status: str = FAILED) -> dict[str, object]:
    """Return the row of a run that is not read."""
    return row_of(task, status, one_line(why, _LONGEST_PROBLEM))


def row_of(task: ToRead, status: str, problem: str) -> dict[str, object]:
    """Return what is told of every run."""
    part = task.part if status == READ_STATUS else ""
    where = {"ks_dir": task.location.ks_dir, "results_dir": task.location.results_dir}
    return {
        **_identity(task),
        **{name: writable(str(path)) for name, path in where.items()},
        "status": status,
        "problem": problem,
        "part": part,
        "files": task.files,
        "read_by": task.read_by,
    }


def _identity(task: ToRead) -> dict[str, str]:
    found = {"recording": task.recording, "probe": task.probe, "run": task.run}
    return {**{name: writable(text) for name, text in found.items()}, "place": task.place}


def row_in_part(path: Path) -> dict[str, object] | None:
    """Return the row that a part tells of its run; None: it is none, or not whole."""
    try:
        data = pa.py_buffer(read_bytes(path, _MOST_BYTES))
        said = pq.read_metadata(pa.BufferReader(data)).metadata or {}
        row = json.loads(said[ROW_OF_PART.encode()])
    except (UserError, OSError, pa.ArrowException, KeyError, ValueError):
        return None
    return row if isinstance(row, dict) else None
