"""Tables of units to a place of the curator's choice, as a plan."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bcviewer.core.rules.counts import count_of
from bcviewer.io.exchange.export import frame_writer
from bcviewer.io.exchange.note_text import note_warnings, written_by_people
from bcviewer.io.exchange.plan import Plan, planned
from bcviewer.io.files import one_line

if TYPE_CHECKING:
    import pandas as pd

_NAMED = 100
"""Most characters of the columns' names in a preview."""


def plan_table(frame: pd.DataFrame, path: Path) -> Plan:
    """Return what an export of a frame writes: one file, CSV, TSV, Parquet or JSON.

    Parameters
    ----------
    frame : pandas.DataFrame
        As :func:`~bcviewer.io.exchange.export.audit_frame` or
        :func:`~bcviewer.io.exchange.export.labels_frame` makes it.
    path : Path
        The file; its ending tells the format.

    Raises
    ------
    UserError
        If the ending is none of these, or the place is one where nothing of ours may be.
    """
    write = frame_writer(frame, path)
    columns = [one_line(name, 40) for name in frame.columns]
    while columns and len(", ".join(columns)) > _NAMED:
        columns.pop()
    left = len(frame.columns) - len(columns)
    head = ", ".join(columns) + (f" and {left:,} more" if left > 0 else "")
    summary = f"{count_of(len(frame), 'unit')}, {count_of(len(frame.columns), 'column')}"
    return Plan("table", (planned(path, write, summary, head=[head]),), _warnings(frame, path))


def _warnings(frame: pd.DataFrame, path: Path) -> tuple[str, ...]:
    """Say which notes a text file has otherwise than they are; the other formats have all."""
    people = written_by_people(frame.columns)
    if path.suffix.lower() not in (".csv", ".tsv") or not people:
        return ()
    said = frame[["cluster_id", people[0]]].dropna()
    pairs = zip(said["cluster_id"].tolist(), said[people[0]].tolist(), strict=True)
    return tuple(note_warnings({int(i): str(note) for i, note in pairs}))
