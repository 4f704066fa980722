"""Reads labels that were given elsewhere: in Bombcell's viewer, phy, a spreadsheet, by a model."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bcviewer.core.curation.entries import MAX_NOTE
from bcviewer.core.curation.imported import ImportedLabels
from bcviewer.core.curation.label_source import is_probability
from bcviewer.core.rules.column_choices import EXPORT_STABLE
from bcviewer.core.rules.counts import count_of
from bcviewer.errors import UserError
from bcviewer.io import names
from bcviewer.io.exchange.found_labels import FoundLabels
from bcviewer.io.exchange.import_si import is_curation, read_curation
from bcviewer.io.exchange.note_text import note_cell, note_of_cell
from bcviewer.io.exchange.table_rows import rows_of, text_of
from bcviewer.io.files import one_line, read_bytes, reason

LARGEST = 16_000_000
"""Largest file that is read, bytes."""
_HINT = "A table needs a column cluster_id and a column of labels, such as label."

_ID_COLUMNS = ("cluster_id", "phy_clusterid", "unit_id", "si_unit_id", "id")
_SI_COLUMNS = ("unit_id", "si_unit_id", "")
"""Headings of ids that are SpikeInterface's, where it has ids of its own."""
_PREDICTIONS = ("prediction", "unitrefine_prediction", "unitrefine_label")
"""What models call their labels."""
_LABEL_COLUMNS = (
    "manual_label",
    "bcv_label",
    "manual_classification",
    "group",
    "quality",
    "label",
    "manual",
    *_PREDICTIONS,
)
_NOTE_COLUMNS = ("note", "manual_note", "bcv_note", "notes", "comment", "comments")
_PROBABILITY, _PROBE = "probability", "probe"
_AUTOMATIC = {
    "kslabel": "Kilosort's own labels",
    "bc_unittype": "Bombcell's own labels",
    "bombcell_label": "Bombcell's own labels",
}
"""Columns that nobody curated: they are label sources of their own already."""


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where what is; −1: nowhere."""

    cluster_id: int
    label: int
    note: int
    probability: int
    stable: tuple[int, ...]
    id_name: str
    label_name: str
    label_names: tuple[str, ...]
    probe: int


def probes_of(path: Path) -> tuple[str, ...]:
    """Return what a table of labels says in its column ``probe``; empty: it has none.

    Raises
    ------
    UserError
        If the file cannot be read.
    """
    try:
        text = text_of(read_bytes(path, LARGEST))
        if is_curation(text):
            return ()
        rows = _table_rows(text)
        heads = [cell.strip().casefold() for cell in next(rows, (0, []))[1]]
        at = heads.index(_PROBE) if _PROBE in heads else len(heads)
        found = (row[at].strip() for _, row in rows if at < min(len(row), len(heads)))
        return tuple(dict.fromkeys(filter(None, found)))
    except UserError as error:
        raise UserError(f"{one_line(path, 300)}: {error.message}.", error.hint or _HINT) from None
    except csv.Error as error:
        raise UserError(f"{one_line(path, 300)}: damaged ({reason(error)}).", _HINT) from None


def read_labels(
    path: Path,
    *,
    split: bool = False,
    column: str = "",
    si_ids: Mapping[str, int] | None = None,
    ids: str = "",
    probe: str = "",
) -> ImportedLabels:
    """Read the labels (and notes, and stable times) in a file.

    Known are ``manual_unit_classifications`` and ``manual_classifications_for_optimization`` of
    Bombcell's viewer (CSV or TSV), phy's ``cluster_group.tsv``, what ``bcviewer`` exports,
    SpikeInterface's curation JSON, the tables of its models (``prediction`` and ``probability``;
    the ids may have no heading, as pandas writes an index), and any table with a column of cluster
    ids and one of labels: names in any case and with any dashes, or Bombcell's codes.

    Parameters
    ----------
    path : Path
        The file.
    split : bool
        Whether the run splits non-somatic units: Bombcell's code 3 then means the good ones.
    column : str
        The column of labels to read, where there are several; empty: the curator's, if any.
    si_ids : mapping of str to int, optional
        Cluster ids by SpikeInterface's, where it has ids of its own.
    ids : {'', 'cluster', 'si'}
        What the file's ids are; empty: by the file's format and headings.
    probe : str
        Only lines of this one, where the file's column ``probe`` names several.

    Raises
    ------
    UserError
        If the file cannot be read, is no such table, or has no label in it.
    """
    shown = one_line(path, 300)
    try:
        text = text_of(read_bytes(path, LARGEST))
        if is_curation(text):
            named = si_ids if ids != "cluster" else None
            return read_curation(text, str(path), FoundLabels(split, False, named), column)
        return _read_table(text, path, split, column, si_ids, ids, probe)
    except UserError as error:
        raise UserError(f"{shown}: {error.message}.", error.hint or _HINT) from None
    except csv.Error as error:
        raise UserError(f"{shown}: damaged ({reason(error)}).", _HINT) from None


def _read_table(
    text: str,
    path: Path,
    split: bool,
    column: str,
    si_ids: Mapping[str, int] | None,
    ids: str,
    probe: str,
) -> ImportedLabels:
    rows = _table_rows(text)
    header = [cell.strip() for cell in next(rows, (0, []))[1]]
    columns = _columns(header, path.name, column)
    viewer = columns.label_name == "manual_classification"  # it says unit_id of cluster ids
    theirs = columns.id_name in _SI_COLUMNS and not viewer if not ids else ids == "si"
    found = FoundLabels(split, columns.label_name not in _PREDICTIONS, si_ids if theirs else None)
    lines = [(line, row) for line, row in rows if any(map(str.strip, row))]
    own = _of_probe(lines, columns.probe, probe)
    for line, row in own:
        _take(found, columns, line, row)
    remark = ""
    if not columns.id_name:
        remark = "The column of ids has no heading: the first one was taken."
    if len(own) < len(lines):
        other = count_of(len(lines) - len(own), "line is", "lines are")
        remark = f"{remark} {other} of other probes, or of none that is named.".strip()
    return found.imported(
        str(path), _person(path.name, columns), columns.label_name, columns.label_names, remark
    )


def _table_rows(text: str) -> Iterator[tuple[int, list[str]]]:
    return _json_rows(text) if text.lstrip()[:1] == "[" else rows_of(text)


def _of_probe(
    lines: list[tuple[int, list[str]]], at: int, probe: str
) -> list[tuple[int, list[str]]]:
    """Return the lines of a probe; all, where they are of one only, whatever that is called."""
    cells = [row[at].strip() if 0 <= at < len(row) else "" for _, row in lines]
    names = list(dict.fromkeys(filter(None, cells)))
    if not probe or len(names) < 2:
        return lines
    if probe.casefold() not in map(str.casefold, names):
        listed = ", ".join(one_line(name, 40) for name in names[:8])
        raise UserError(f"has no line of {one_line(probe, 40)}: its column probe says {listed}")
    wanted = probe.casefold()  # not those that name none: any of the probes may have the id
    return [one for one, cell in zip(lines, cells, strict=True) if cell.casefold() == wanted]


def _json_rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the keys, then each entry of a list of objects, as our tables are written in JSON.

    They become the cells that a CSV of the same table has.
    """
    try:
        entries = json.loads(text)
    except (ValueError, RecursionError):
        raise UserError("not JSON, or cut off") from None
    if not all(isinstance(entry, dict) for entry in entries):
        raise UserError("a list of something else than units")
    heads = list(dict.fromkeys(key for entry in entries for key in entry))
    notes = {head for head in heads if head.casefold() in _NOTE_COLUMNS}
    yield 1, heads
    for number, entry in enumerate(entries, 1):
        cells = ((head, _json_cell(entry.get(head))) for head in heads)
        yield number, [note_cell(cell) if head in notes else cell for head, cell in cells]


def _json_cell(value: object) -> str:
    if value is None or isinstance(value, (list, dict)):
        return ""
    return value if isinstance(value, str) else json.dumps(value)


def _columns(header: list[str], file: str, wanted: str) -> _Columns:
    """Find the columns by their headings."""
    heads = [head.casefold() for head in header]
    known = [heads.index(name) for name in _LABEL_COLUMNS if name in heads]
    ids = [heads.index(name) for name in _ID_COLUMNS if name in heads]
    if not ids and known and not heads[0]:
        ids = [0]  # as pandas writes an index
    if not ids:
        raise UserError("no column cluster_id (or unit_id)")
    if file.casefold() in (names.GROUP_TSV, names.GROUPS_CSV) and "group" not in heads:
        whose = next((_AUTOMATIC[head] for head in heads if head in _AUTOMATIC), "no column group")
        raise UserError(
            f"not phy's: {whose}", "phy writes this file anew, with a column group, when it saves."
        )
    note = next((heads.index(name) for name in _NOTE_COLUMNS if name in heads), -1)
    sure = next((i for i, head in enumerate(heads) if head.endswith(_PROBABILITY)), -1)
    stable = tuple(heads.index(name) if name in heads else -1 for name in EXPORT_STABLE)
    probe = heads.index(_PROBE) if _PROBE in heads else -1
    others = [i for i in range(len(heads)) if i not in (ids[0], note, sure, probe, *stable)]
    if not known and len(others) == 1:
        known = others
        if heads[known[0]] in _AUTOMATIC:
            raise UserError(
                f"{_AUTOMATIC[heads[known[0]]]}, which nobody curated",
                "They are label sources of their own.",
            )
    if not known and note < 0 and min(stable) < 0:
        listed = ", ".join(one_line(head, 40) for head in header[:8])
        raise UserError(f"no column of labels among {listed or 'none'}")
    shown = tuple(one_line(heads[i], 40) for i in known)
    label = known[shown.index(wanted)] if wanted in shown else known[0] if known else -1
    name = one_line(heads[label], 40) if label >= 0 else ""
    return _Columns(ids[0], label, note, sure, stable, heads[ids[0]], name, shown, probe)


def _take(found: FoundLabels, columns: _Columns, line: int, row: list[str]) -> None:
    """Take one row."""
    shown = ", ".join(row[:4])
    if len(row) <= max(columns.cluster_id, columns.label):
        found.skip(line, shown, "too few columns")
        return
    cluster = found.cluster(line, row[columns.cluster_id].strip(), shown)
    if cluster is None:
        return
    if columns.label >= 0 and found.take_label(cluster, line, row[columns.label].strip()):
        _take_probability(found, columns, cluster, row)
    if 0 <= columns.note < len(row) and row[columns.note]:
        note = note_of_cell(row[columns.note])
        if len(note) > MAX_NOTE:
            found.skip(line, shown, f"a note of {len(note):,} characters")
        else:
            found.notes[cluster] = note
    if min(columns.stable) >= 0 and max(columns.stable) < len(row):
        start, stop = (row[at] for at in columns.stable)
        found.take_stable(cluster, line, (start, stop))


def _take_probability(found: FoundLabels, columns: _Columns, cluster: int, row: list[str]) -> None:
    """Take how sure a model was; a number that is no probability is none."""
    if not 0 <= columns.probability < len(row):
        return
    try:
        value = float(row[columns.probability])
    except ValueError:
        return
    if is_probability(value):
        found.probability[cluster] = value


def _person(file: str, columns: _Columns) -> str:
    """Return whom the labels are from: the program where it is known, and the file."""
    program = {"group": "phy", "manual_classification": "Bombcell's viewer"}
    program |= dict.fromkeys(_PREDICTIONS, "model")
    whose = program.get(columns.label_name, "import")
    return f"{whose} ({one_line(file, 120)})"
