"""Labels as Bombcell's own viewer saves them, so that its comparison and suggestions run on them.

Two tables, each as CSV and as TSV, in the results folder (``unit_quality_gui.py`` of bombcell
0.94). Rows are the units that its viewer shows: those with at least ``minNumSpikes`` spikes.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from bcviewer.core.arrays import Bools, Ints
from bcviewer.core.rules.counts import count_of, units_named, verb_of
from bcviewer.core.rules.labels import Label
from bcviewer.core.sheet.derive import Settled
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.io import names
from bcviewer.io.exchange.export_units import (
    MOST_LEFT_OUT,
    ExportedUnits,
    backup_folder,
    exported_units,
    stable_warning,
    what_if_warning,
)
from bcviewer.io.exchange.manual_frames import Manual
from bcviewer.io.exchange.plan import Plan, PlannedFile, planned, state_of, text_table

UNCLASSIFIED = -1
_SHOWN_FROM = 50.0
"""Spikes from which its viewer shows a unit where no ``minNumSpikes`` is saved."""
_CODES: dict[Label, int] = {
    Label.NOISE: 0,
    Label.GOOD: 1,
    Label.MUA: 2,
    Label.NON_SOMA: 3,
    Label.NON_SOMA_GOOD: 3,
    Label.NON_SOMA_MUA: 4,
}
_SPLIT = (Label.NON_SOMA_GOOD, Label.NON_SOMA_MUA)
_NO_NAME = "Unknown"


def is_split(table: Sheet) -> bool:
    """Whether the run itself splits non-somatic units, whatever labels are looked at."""
    return table.run.criteria.flags["splitGoodAndMua_NonSomatic"]


def plan_bombcell(table: Settled, manual: Manual) -> Plan:
    """Return what an export for Bombcell writes into the results folder.

    Parameters
    ----------
    table : Sheet
        A run and its audit.
    manual : mapping of int to ManualUnit
        What curators said, by cluster id.
    """
    units = exported_units(table, manual)
    codes, warnings = manual_codes(units, is_split(table))
    shown = _shown(table, units)
    labelled = np.array([codes.get(i, UNCLASSIFIED) >= 0 for i in units.ids.tolist()], dtype=bool)
    scored = units.rows < table.n_scored
    if (unscored := ~scored).any():
        what = _counted(units, unscored)
        said = units.with_what_was_said_of(units.ids[unscored].tolist())
        warnings.append(f"{what} that Bombcell has not scored: left out of its own files{said}.")
    labelled &= scored
    rows = np.flatnonzero(shown & scored | labelled)
    if (hidden := labelled & ~shown).any():
        what = _counted(units, hidden, "labelled unit")
        warnings.append(f"{what} with so few spikes that Bombcell's own viewer hides them.")
    if (few := scored & ~shown & ~labelled).any():
        what, least = _counted(units, few), count_of(_least(table), "spike")
        why = f"fewer than {least}, as in Bombcell's own viewer"
        warnings.append(f"{what} left out: without a manual label, and {why}.")
    if notes := [i for i, unit in units.manual.items() if unit.note]:
        named, stay = units_named(notes), verb_of(len(notes), "stays", "stay")
        warnings.append(
            f"{count_of(len(notes), 'note')} ({named}) {stay} here: Bombcell's files have no notes."
        )
    warnings += stable_warning(units, "Bombcell's files")
    files = _files(table, units, codes, rows)
    return Plan("Bombcell", files, (*units.warnings, *warnings, *what_if_warning(table)))


def manual_codes(units: ExportedUnits, split: bool) -> tuple[dict[int, int], list[str]]:
    """Return Bombcell's code of each labelled unit by cluster id, and what codes cannot say.

    Code 3 is *non-somatic* in a run that does not split them and *non-somatic good* in one that
    does: a label that does not say which of two classes it means there gets no code.
    """
    codes: dict[int, int] = {}
    vague = merged = 0
    for i, unit in units.manual.items():
        if unit.label is None:
            continue
        if split and unit.label == Label.NON_SOMA:
            vague += 1
            continue
        codes[i] = _CODES[unit.label]
        if not split and unit.label in _SPLIT:
            merged += 1
            codes[i] = _CODES[Label.NON_SOMA]
    warnings = []
    if vague:
        what = count_of(vague, "unit")
        warnings.append(
            f"{what} labelled NON-SOMA: left out, since this run splits them into good and MUA"
            " and the label does not say which."
        )
    if merged:
        what = count_of(merged, "unit")
        warnings.append(
            f"{what} labelled NON-SOMA GOOD or MUA: written as non-somatic, since this run"
            " does not split them."
        )
    return codes, warnings


def _shown(table: Sheet, units: ExportedUnits) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return which units Bombcell's own viewer shows, bool, shape (n_units,)."""
    spikes = table.floats("nSpikes")
    if spikes is None:
        return np.ones(len(units.rows), dtype=np.bool_)
    return np.asarray(spikes[units.rows] >= _least(table))


def _least(table: Sheet) -> float:
    """Return from how many spikes on Bombcell's own viewer shows a unit."""
    return table.run.criteria.thresholds.get("minNumSpikes", _SHOWN_FROM)


def _counted(units: ExportedUnits, which: Bools, thing: str = "unit") -> str:
    """Return how many units, and which."""
    ids = units.ids[which].tolist()
    return f"{count_of(len(ids), thing)} ({units_named(ids, MOST_LEFT_OUT)})"


def _files(
    table: Sheet, units: ExportedUnits, codes: dict[int, int], rows: Ints
) -> tuple[PlannedFile, ...]:
    ids = units.ids[rows].tolist()
    manual = [codes.get(i, UNCLASSIFIED) for i in ids]
    labels = table.bombcell_labels[units.rows[rows]].tolist()
    theirs = [_CODES.get(Label(code)) for code in labels]
    floats = ["" if code is None else f"{code}.0" for code in theirs]
    called = class_names(is_split(table))
    manual_names = [called[code] for code in manual]
    their_names = [_NO_NAME if code is None else called[code] for code in theirs]
    source = ["bombcell" if code == UNCLASSIFIED else "manual" for code in manual]

    simple = {"unit_id": ids, "manual_classification": manual}
    full = {
        "unit_id": ids,
        "unit_index": list(range(len(ids))),
        "manual_classification": manual,
        "bombcell_classification": floats,
        "manual_classification_name": manual_names,
        "bombcell_classification_name": their_names,
    }
    both = {**simple, "bombcell_classification": floats, "classification_source": source}
    n = sum(code != UNCLASSIFIED for code in manual)
    summary = f"{count_of(len(ids), 'unit')}, {n:,} labelled"
    out = []
    for stem, columns in ((names.MANUAL_STEM, simple), (names.OPTIMIZATION_STEM, full)):
        out.append(_file(table, f"{stem}.csv", columns, summary))
        out.append(_file(table, f"{stem}.tsv", columns, summary))
    if state_of(_path(table, names.COMPARISON_CSV)) is not None:
        # Its viewer writes this one too; left alone, it would contradict the others.
        out.append(_file(table, names.COMPARISON_CSV, both, summary))
    return tuple(out)


def class_names(split: bool) -> dict[int, str]:
    """Return what Bombcell's viewer calls its codes."""
    return {
        UNCLASSIFIED: "Unclassified",
        0: "Noise",
        1: "Good",
        2: "MUA",
        3: "Non-somatic good" if split else "Non-somatic",
        4: "Non-somatic MUA",
    }


def _path(table: Sheet, name: str) -> Path:
    return Path(table.run.provenance.results_dir) / name


def _file(
    table: Sheet, name: str, columns: dict[str, list[int]] | dict[str, list[str]], summary: str
) -> PlannedFile:
    delimiter = "," if name.endswith(".csv") else "\t"
    content = text_table(list(columns), zip(*columns.values(), strict=True), delimiter)
    folder = backup_folder(table.run)
    return planned(_path(table, name), content, summary, backup_folder=folder)
