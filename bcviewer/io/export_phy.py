"""Labels, notes and reasons as fields of our own in phy's table; nothing of phy's is touched."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from bcviewer.core.labels import LABEL_NAMES
from bcviewer.core.table import AuditTable
from bcviewer.errors import UserError
from bcviewer.io import names
from bcviewer.io.export import harmless
from bcviewer.io.export_units import (
    ExportedUnits,
    backup_folder,
    exported_units,
    what_if_warning,
)
from bcviewer.io.folders import is_kilosort_dir
from bcviewer.io.manual_columns import Manual
from bcviewer.io.phy_open import phy_warning
from bcviewer.io.plan import Plan, PlannedFile, counted, planned, state_of, text_table

_ID = "cluster_id"


def plan_phy(table: AuditTable, manual: Manual) -> Plan:
    """Return what an export for phy writes into the Kilosort directory.

    One TSV a field: ``bcv_label`` and ``bcv_note`` of the units that have them,
    ``bc_classificationReason`` of all units, with every deciding rule, and ``bc_roiLabel`` where a
    region of interest is set. ``cluster_group.tsv``, the spikes and phy's own folder are never
    written. A field without any value is written only where it replaces an older one.

    Parameters
    ----------
    table : AuditTable
        A run and its audit.
    manual : mapping of int to ManualUnit
        What curators said, by cluster id.

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
    units = exported_units(table, manual)
    files = [
        _file(table, names.PHY_LABEL_TSV, _labels(units), "label"),
        _file(table, names.PHY_NOTE_TSV, _notes(units), "note"),
        _file(table, names.PHY_REASON_TSV, _column(table, units, "classification_reason"), "unit"),
        _file(table, names.PHY_ROI_TSV, _column(table, units, "roi_label"), "unit"),
    ]
    found = [phy_warning(ks_dir), _ascii_warning(units)]
    warnings = (*filter(None, found), *units.warnings, *what_if_warning(table))
    return Plan("phy", tuple(file for file in files if file is not None), warnings)


def _labels(units: ExportedUnits) -> list[tuple[int, str]]:
    labels = ((i, unit.label) for i, unit in units.manual.items())
    return [(i, LABEL_NAMES[label]) for i, label in labels if label is not None]


def _notes(units: ExportedUnits) -> list[tuple[int, str]]:
    notes = ((i, single_line(unit.note)) for i, unit in units.manual.items())
    return [(i, note) for i, note in notes if note]


def _column(table: AuditTable, units: ExportedUnits, name: str) -> list[tuple[int, str]]:
    """Return a text column by cluster id, empty where the run does not have it."""
    if table.kind(name) is None:
        return []
    texts = table.values(name)[units.rows].tolist()
    by_id = sorted(zip(units.ids.tolist(), texts, strict=True))
    return [(i, single_line(text)) for i, text in by_id if text]


def _file(
    table: AuditTable, name: str, rows: Sequence[tuple[int, str]], thing: str
) -> PlannedFile | None:
    """Return the file of a field; None where there is nothing to say and nothing to replace."""
    path = Path(table.run.provenance.ks_dir) / name
    if not rows and state_of(path) is None:
        return None
    field = name.removeprefix("cluster_").removesuffix(".tsv")
    content = text_table((_ID, field), rows)
    summary = counted(len(rows), thing)
    return planned(path, content, summary, backup_folder=backup_folder(table.run))


def single_line(text: str) -> str:
    """Return a text as one line without tabs, and harmless in a spreadsheet."""
    words = "".join(c if c.isprintable() else " " for c in text).split()
    return harmless(" ".join(words))


def _ascii_warning(units: ExportedUnits) -> str:
    n = _count(not unit.note.isascii() for unit in units.manual.values())
    if not n:
        return ""
    notes = counted(n, "note")
    return f"{notes} with characters beyond ASCII: phy on Windows may show other characters."


def _count(which: Iterable[bool]) -> int:
    return sum(which)
