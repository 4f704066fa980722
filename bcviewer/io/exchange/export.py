"""Writes tables: CSV, TSV, Parquet and JSON with the same numbers, atomically."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from bcviewer.core.arrays import Ints
from bcviewer.core.calls import Check
from bcviewer.core.comparison.what_if import WhatIf
from bcviewer.core.rules.columns import BETWEEN
from bcviewer.core.run.phy import CHANGED, PHY_STATES
from bcviewer.core.sheet.derive import Settled
from bcviewer.core.sheet.frame import to_frame
from bcviewer.errors import UsageError, UserError
from bcviewer.io import names
from bcviewer.io.exchange.manual_frames import Manual, labels_of, with_manual, writable
from bcviewer.io.exchange.note_text import note_cell, written_by_people
from bcviewer.io.exchange.tsv_text import escaped
from bcviewer.io.files import FORMULA
from bcviewer.io.put_file import final_place, write_atomically
from bcviewer.io.results.folders import is_kilosort_dir

if TYPE_CHECKING:
    import pandas as pd

SUFFIXES: tuple[str, ...] = (".csv", ".tsv", ".parquet", ".json")
"""The formats that can be written, by the ending of the file's name."""


WHAT_IF_COLUMNS: tuple[str, ...] = (
    "whatif_label",
    "whatif_reason",
    "whatif_answer",
    "whatif_parameters",
)
"""What a proposal makes of a unit, whether that is exact, and the proposal."""

PHY_COLUMN = "phy_state"
"""What phy did to a unit since Bombcell ran."""

COMPARED_COLUMNS: tuple[str, ...] = (*(f"compared_{name}" for name in BETWEEN), "compared_with")
"""What a comparison with another run says of a unit, and with which."""


def audit_frame(
    tables: Sequence[Settled],
    rows: Ints | None = None,
    manual: Sequence[Manual] | None = None,
    what_ifs: Sequence[WhatIf] = (),
) -> pd.DataFrame:
    """Return one frame for some runs, as ``bcviewer audit -o`` writes it.

    Parameters
    ----------
    tables : sequence of Sheet
        The runs; with several, the columns ``probe``, ``run_mode`` and ``ks_dir`` say whose
        unit a row is, and by which of the results of that sort.
    rows : numpy.ndarray, optional
        Only these rows of a book of them, in this order, but for units that Bombcell has not
        scored.
    manual : sequence of mapping of int to ManualUnit, optional
        What curators said, a mapping by cluster id for each run. Appends
        :data:`~bcviewer.io.exchange.manual_frames.MANUAL_COLUMNS`.
    what_ifs : sequence of WhatIf, optional
        What a proposal makes of each run. Appends :data:`WHAT_IF_COLUMNS`, the last of which names
        the proposal: no label of it is written without.

    Notes
    -----
    Where phy changed any of the units that are written since Bombcell ran, :data:`PHY_COLUMN` is
    the last column: a label alone would not tell that its unit is gone.
    """
    frames = []
    nobody: Sequence[Manual | None] = [None] * len(tables)
    for table, said in zip(tables, nobody if manual is None else manual, strict=True):
        frame = to_frame(table)
        if said is not None:
            frame = with_manual(frame, said)
        frames.append(frame)
    for frame, found in zip(frames, what_ifs, strict=bool(what_ifs)):
        given: tuple[Any, ...] = (found.labels, found.reasons, found.answers, found.proposal.words)
        for name, column in zip(WHAT_IF_COLUMNS, given, strict=True):
            frame[name] = column
    for frame, table in zip(frames, tables, strict=True):
        _add_compared(frame, table)
    joined = joined_frames(frames, tables)
    states = np.concatenate([_phy_states(table) for table in tables])
    if rows is not None:
        scored = np.concatenate([np.arange(table.n_units) < table.n_scored for table in tables])
        place = np.cumsum(scored) - 1  # in the frame, which has none of the others
        places = place[rows[scored[rows]]]
        joined, states = joined.iloc[places].reset_index(drop=True), states[places]
    if np.isin(states, [PHY_STATES[state] for state in CHANGED]).any():
        joined[PHY_COLUMN] = states
    return joined


def _phy_states(table: Settled) -> npt.NDArray[np.object_]:
    """Return what became of each unit that Bombcell scored in phy; empty: that is not read."""
    if table.kind(PHY_COLUMN) is None:
        return np.full(table.n_scored, "", object)
    return np.asarray(table.values(PHY_COLUMN)[: table.n_scored], object)


def _add_compared(frame: pd.DataFrame, table: Settled) -> None:
    """Append what a comparison says of the units; the last column says of which runs it is."""
    compared = table.inputs.compared
    if compared is None:
        return
    for name, key in zip(COMPARED_COLUMNS, BETWEEN, strict=False):
        frame[name] = table.values(key)[: table.n_scored]
    frame[COMPARED_COLUMNS[-1]] = writable(compared.words)


def joined_frames(frames: list[pd.DataFrame], tables: Sequence[Settled]) -> pd.DataFrame:
    """Return one frame; where there are several, three columns more say whose unit a row is."""
    import pandas as pd

    if len(frames) == 1:
        return frames[0]
    for frame, table in zip(frames, tables, strict=True):
        frame["probe"] = writable(table.run.provenance.probe)
        frame["run_mode"] = writable(table.run.provenance.mode)
        frame["ks_dir"] = writable(table.run.provenance.ks_dir)
    alike = _one_kind([_nullable(frame) for frame in frames])
    return _in_order(pd.concat(alike, ignore_index=True), frames)


def labels_frame(tables: Sequence[Settled], manual: Sequence[Manual]) -> pd.DataFrame:
    """Return what curators said of some runs, as ``bcviewer labels`` writes it.

    Parameters
    ----------
    tables : sequence of Sheet
        The runs; with several, the columns ``probe``, ``run_mode`` and ``ks_dir`` say whose
        unit a row is, and by which of the results of that sort.
    manual : sequence of mapping of int to ManualUnit
        What curators said, a mapping by cluster id for each run.
    """
    frames = [labels_of(table, said) for table, said in zip(tables, manual, strict=True)]
    return joined_frames(frames, tables)


NOTEBOOK_COLUMNS: tuple[str, ...] = (
    "unit_index",
    "cluster_id",
    "bombcell_label",
    "classification_reason",
    "nPeaks",
    "nTroughs",
    "waveformDuration_peakTrough",
    "fractionRPVs_estimatedTauR",
    "presenceRatio",
    "nSpikes",
)
"""The notebook's table, in its order."""


def notebook_frame(table: Settled) -> pd.DataFrame:
    """Return the notebook's columns first, ours after."""
    frame = to_frame(table)
    first = [name for name in NOTEBOOK_COLUMNS if name in frame]
    return frame[[*first, *(name for name in frame.columns if name not in first)]]


def _nullable(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame whose flags can be null: a rule that one probe does not test is missing."""
    flags = [name for name, kind in frame.dtypes.items() if kind == np.bool_]
    return frame.astype(dict.fromkeys(flags, "boolean"))


def _one_kind(frames: list[pd.DataFrame]) -> list[pd.DataFrame]:
    """Return the frames with numbers as text where another frame's column holds text."""
    texts = {name for frame in frames for name in frame if _is_text(frame[name])}
    out = []
    for frame in frames:
        alike = frame.copy(deep=False)
        for name in texts.intersection(frame.columns):
            if not _is_text(frame[name]):
                known = frame[name].notna()
                alike[name] = frame[name].astype(object).where(known, None).map(str, "ignore")
        out.append(alike)
    return out


def _in_order(joined: pd.DataFrame, frames: list[pd.DataFrame]) -> pd.DataFrame:
    """Return the joined frame with its columns in the order of the widest of the frames."""
    order = list(max(frames, key=lambda frame: len(frame.columns)).columns)
    for frame in frames:
        previous = None
        for name in frame.columns:
            if name not in order:
                order.insert(order.index(previous) + 1 if previous else 0, name)
            previous = name
    return joined[order]


def write_frame(frame: pd.DataFrame, path: Path, check: Check = lambda: None) -> None:
    """Write a frame in the format of the file's ending; the file appears whole or not at all.

    Parameters
    ----------
    frame : pandas.DataFrame
        The table.
    path : Path
        Where to; the ending is one of :data:`SUFFIXES`.
    check : callable
        Called now and then; what it raises ends the writing and leaves nothing behind.

    Raises
    ------
    UserError
        Where the ending is unknown or the file cannot be written.
    """
    write = frame_writer(frame, path, check)
    check_place(path)
    check()
    write_atomically(path, write)


def frame_writer(
    frame: pd.DataFrame, path: Path, check: Check = lambda: None
) -> Callable[[Path], None]:
    """Return a function that writes a frame to any file, in the format of ``path``'s ending.

    Raises
    ------
    UserError
        Where the ending is unknown.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise UserError(
            f"{path.name}: cannot tell the format from “{suffix or 'no ending'}”.",
            f"End the name in {', '.join(SUFFIXES)}.",
        )

    def write(temporary: Path) -> None:
        if suffix == ".parquet":
            frame.to_parquet(temporary, index=False)
        elif suffix == ".json":
            _write_json(frame, temporary, check)
        else:
            _write_text(frame, temporary, "," if suffix == ".csv" else "\t", check)

    return write


def check_place(path: Path) -> None:
    """Refuse a place where a table would replace a recording's file or change what phy shows.

    Raises
    ------
    UsageError
        For one of Bombcell's own tables, phy's own folder, and for a CSV or TSV in a Kilosort
        directory: phy takes every one there for columns of its table, and rewrites it. Likewise
        for a link to such a place.
    """
    _check_name(path)
    if path.is_symlink():
        _check_name(final_place(path))


def _check_name(path: Path) -> None:
    if path.name in names.BOMBCELL_TABLES or names.PHY_FOLDER in path.parts:
        raise UsageError(
            f"{path}: belongs to the recording and is not written over.", "Give another name."
        )
    if path.suffix.lower() in (".csv", ".tsv") and is_kilosort_dir(path.parent):
        raise UsageError(
            f"{path}: phy would read this file as columns of its own table.",
            "Choose another folder, or .parquet or .json.",
        )


def harmless(text: str) -> str:
    """Return a text that a spreadsheet shows instead of running it as a formula.

    A line break becomes a newline: a lone carriage return would end the row, because the csv
    module does not quote it, and what follows it could be a formula again.
    """
    safe = f"'{text}" if text.startswith(FORMULA) else text
    return safe.replace("\r\n", "\n").replace("\r", "\n")


def _write_text(frame: pd.DataFrame, path: Path, separator: str, check: Check) -> None:
    def safely(text: str, mark: Callable[[str], str] = harmless) -> str:
        return escaped(mark(text)) if separator == "\t" else mark(text)

    safe = frame.copy(deep=False)
    people = written_by_people(frame.columns)
    for name in safe.columns:
        if not _is_text(safe[name]):
            continue
        known: dict[Any, Any] = {}
        mark = note_cell if name in people else harmless
        safe[name] = [
            known.setdefault(value, safely(value, mark)) if isinstance(value, str) else value
            for value in safe[name]
        ]
        check()
    safe.columns = [safely(str(name)) for name in safe.columns]
    chunk = 50_000
    with path.open("w", encoding="utf-8", newline="") as file:
        for start in range(0, max(len(safe), 1), chunk):
            check()
            part = safe.iloc[start : start + chunk]
            part.to_csv(file, sep=separator, index=False, header=start == 0, lineterminator="\n")


def _is_text(column: pd.Series[Any]) -> bool:
    import pandas as pd

    return pd.api.types.is_object_dtype(column) or pd.api.types.is_string_dtype(column)


def _write_json(frame: pd.DataFrame, path: Path, check: Check) -> None:
    """Write records; missing is null, and infinity 1e999, which parsers read as infinity."""
    columns = [_plain_values(frame[name]) for name in frame.columns]
    names = [json.dumps(str(name)) for name in frame.columns]
    with path.open("w", encoding="utf-8") as file:
        file.write("[")
        for i, values in enumerate(zip(*columns, strict=True)):
            if i % 10_000 == 0:
                check()
            cells = ", ".join(f"{n}: {_json(v)}" for n, v in zip(names, values, strict=True))
            file.write(("," if i else "") + "\n{" + cells + "}")
        file.write("\n]\n")


def _plain_values(column: pd.Series[Any]) -> Iterator[object]:
    import pandas as pd

    for value in column.tolist():
        yield None if value is pd.NA else value


def _json(value: object) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        return "null" if math.isnan(value) else ("1e999" if value > 0 else "-1e999")
    return json.dumps(value, ensure_ascii=False)
