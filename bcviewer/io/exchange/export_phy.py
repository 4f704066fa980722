"""Labels, notes and reasons as fields of our own in phy's table; nothing of phy's is touched."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bcviewer.core.curation.manual import ManualUnit
from bcviewer.core.rules.counts import count_of, units_named, verb_of
from bcviewer.core.rules.labels import LABEL_NAMES
from bcviewer.core.sheet.derive import Settled
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.core.sheet.table import is_gone
from bcviewer.errors import UserError
from bcviewer.io import names
from bcviewer.io.exchange.export import harmless
from bcviewer.io.exchange.export_units import (
    MOST_LEFT_OUT,
    ExportedUnits,
    backup_folder,
    exported_units,
    what_if_warning,
)
from bcviewer.io.exchange.manual_frames import Manual, final_by_id
from bcviewer.io.exchange.note_text import note_cell, note_warnings
from bcviewer.io.exchange.phy_open import phy_warning
from bcviewer.io.exchange.plan import Plan, PlannedFile, planned, state_of, text_table
from bcviewer.io.results.folders import is_kilosort_dir

_HEAD = 4
_NOTHING = ManualUnit()


def plan_phy(table: Settled, manual: Manual, final: bool = False) -> Plan:
    """Return what an export for phy writes into the Kilosort directory.

    One TSV a field: ``bcv_label``, ``bcv_opinions`` where people differ, and ``bcv_note`` (empty
    where there is none), ``bcv_final`` where it is asked for,
    ``bc_classificationReason`` with every deciding rule, and ``bc_roiLabel`` where a region of
    interest is set. ``cluster_group.tsv``, the spikes and phy's own folder are never
    written, and nothing of a unit that is gone in phy. A field without any value is written only
    where it replaces an older one.

    Parameters
    ----------
    table : Sheet
        A run and its audit.
    manual : mapping of int to ManualUnit
        What curators said, by cluster id.
    final : bool
        Whether the final labels are written, too: the curators', else Bombcell's.

    Raises
    ------
    UserError
        If the run is not in a Kilosort directory: phy reads nothing elsewhere.
    """
    ks_dir = Path(table.run.provenance.ks_dir)
    if not is_kilosort_dir(ks_dir):
        raise UserError(
            f"{ks_dir}: is not a Kilosort directory, so that phy would not read what is written.",
            "Export a table instead.",
        )
    units = _in_phy(table, exported_units(table, manual))
    said = [units.manual.get(i, _NOTHING) for i in units.ids.tolist()]
    ends = final_by_id(table, units.manual) if final else {}
    stable = _stable(said)
    fields = (
        (names.PHY_LABEL_TSV, [_label(unit) for unit in said], "label"),
        (names.PHY_FINAL_TSV, [ends.get(i, "") for i in units.ids.tolist()], "final label"),
        (names.PHY_OPINIONS_TSV, [single_line(unit.opinions) for unit in said], "unit"),
        (names.PHY_NOTE_TSV, [note_cell(unit.note) for unit in said], "note"),
        (names.PHY_STABLE_TSVS[0], stable[0], "unit"),
        (names.PHY_STABLE_TSVS[1], stable[1], "unit"),
        (names.PHY_REASON_TSV, _column(table, units, "classification_reason"), "unit"),
        (names.PHY_ROI_TSV, _column(table, units, "roi_label"), "unit"),
    )
    files = [_file(table, units, *field) for field in fields]
    found = [phy_warning(ks_dir), _ascii_warning(units)]
    notes = note_warnings({i: unit.note for i, unit in units.manual.items()})
    warnings = (*filter(None, found), *notes, *units.warnings, *what_if_warning(table))
    return Plan("phy", tuple(file for file in files if file is not None), warnings)


def _in_phy(table: Sheet, units: ExportedUnits) -> ExportedUnits:
    """Return the units without those that are gone in phy: it would show rows of no cluster."""
    gone = is_gone(table, units.rows)
    if not gone.any():
        return units
    left = units.ids[gone].tolist()
    n, named = count_of(len(left), "unit"), units_named(left, MOST_LEFT_OUT)
    are, said = verb_of(len(left), "is", "are"), units.with_what_was_said_of(left)
    told = f"{n} that {are} no longer in phy left out ({named}){said}."
    kept = {i: unit for i, unit in units.manual.items() if i not in set(left)}
    there = ~gone
    return ExportedUnits(units.rows[there], units.ids[there], kept, (*units.warnings, told))


def _label(unit: ManualUnit) -> str:
    return "" if unit.label is None else LABEL_NAMES[unit.label]


def _stable(said: Sequence[ManualUnit]) -> tuple[list[str], list[str]]:
    """Return from when and to when each unit is stable, s; empty: not kept."""
    kept = [unit.stretch for unit in said]
    start = ["" if one is None else repr(one.start_s) for one in kept]
    return start, ["" if one is None else repr(one.stop_s) for one in kept]


def _column(table: Sheet, units: ExportedUnits, name: str) -> list[str]:
    """Return a text column, empty where the run does not have it."""
    if table.kind(name) is None:
        return [""] * len(units.rows)
    return [single_line(text) for text in table.values(name)[units.rows].tolist()]


def _file(
    table: Sheet, units: ExportedUnits, name: str, texts: Sequence[str], thing: str
) -> PlannedFile | None:
    """Return the file of a field; None where there is nothing to say and nothing to replace.

    It has a row for every unit. phy leaves empty cells out, and reads quoted line breaks and tabs
    as every reader of CSV does; SpikeInterface, which reads this folder too, keeps only the units
    that are in all of its tables.
    """
    path = Path(table.run.provenance.ks_dir) / name
    given = sum(map(bool, texts))
    if not given and state_of(path) is None:
        return None
    rows = sorted(zip(units.ids.tolist(), texts, strict=True))
    field = name.removeprefix("cluster_").removesuffix(".tsv")
    header = ("cluster_id", field)
    head = ["  ".join(header), *(f"{i}  {text}" for i, text in rows if text)]
    left = len(head) - _HEAD
    further = [count_of(left, f"more {thing}")] if left > 0 else []
    if empty := len(rows) - given:
        further.append(f"{count_of(empty, 'unit')} with an empty cell")
    head[_HEAD:] = [f"… {' and '.join(further)}"] if further else []
    folder = backup_folder(table.run)
    summary = f"{count_of(given, thing)}, in {count_of(len(rows), 'row')}"
    return planned(path, text_table(header, rows), summary, head=head, backup_folder=folder)


def single_line(text: str) -> str:
    """Return a text as one line without tabs, and harmless in a spreadsheet."""
    words = "".join(c if c.isprintable() else " " for c in text).split()
    return harmless(" ".join(words))


def _ascii_warning(units: ExportedUnits) -> str:
    n = sum(not unit.note.isascii() for unit in units.manual.values())
    if not n:
        return ""
    notes = count_of(n, "note")
    return f"{notes} with characters beyond ASCII: phy on Windows may show other characters."
