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

_ROWS = 3
"""Rows in a preview."""
_WIDTH = 100
"""Most characters of a line in a preview, what else there is apart."""
_CELL = 30
"""Most characters of a cell in a preview."""


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
    summary = f"{count_of(len(frame), 'unit')}, {count_of(len(frame.columns), 'column')}"
    return Plan(
        "table", (planned(path, write, summary, head=_head(frame)),), _warnings(frame, path)
    )


def _head(frame: pd.DataFrame) -> list[str]:
    """Return the names and the first rows of a frame in columns, and what is left out.

    Whose probe a unit is comes first where that differs: an id alone is a unit of several.
    """
    if "probe" in frame.columns and len(set(frame["probe"])) > 1:
        frame = frame[["probe", *frame.columns.drop("probe")]]
    lines = [""] * (1 + min(_ROWS, len(frame)))
    for n, name in enumerate(frame.columns):
        values = frame[name].head(_ROWS)
        texts = ["" if gone else str(v) for v, gone in zip(values, values.isna(), strict=True)]
        cells = [one_line(text, _CELL) for text in (str(name), *texts)]
        width = max(map(len, cells))
        if n and len(lines[0]) + 2 + width > _WIDTH:
            lines[0] += f"  and {count_of(len(frame.columns) - n, 'more column')}"
            break
        gap = "  " if n else ""
        lines = [f"{line}{gap}{cell:<{width}}" for line, cell in zip(lines, cells, strict=True)]
    left = len(frame) - _ROWS
    return [line.rstrip() for line in lines] + ([f"… {left:,} more"] if left > 0 else [])


def _warnings(frame: pd.DataFrame, path: Path) -> tuple[str, ...]:
    """Say which notes a text file has otherwise than they are; the other formats have all."""
    people = written_by_people(frame.columns)
    if path.suffix.lower() not in (".csv", ".tsv") or not people:
        return ()
    said = frame[["cluster_id", people[0]]].dropna()
    pairs = zip(said["cluster_id"].tolist(), said[people[0]].tolist(), strict=True)
    return tuple(note_warnings({int(i): str(note) for i, note in pairs}))
