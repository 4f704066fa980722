"""Labels as SpikeInterface's curation, format version 2 (read by its release 0.105)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypedDict

import numpy as np

from bcviewer.core.arrays import Array, Bools
from bcviewer.core.rules.counts import count_of, units_named, verb_of
from bcviewer.core.rules.labels import Label, parse_label
from bcviewer.core.run.phy import PhyState
from bcviewer.core.sheet.derive import Settled
from bcviewer.errors import UsageError
from bcviewer.io import names
from bcviewer.io.exchange.export_units import (
    MOST_LEFT_OUT,
    ExportedUnits,
    exported_units,
    stable_warning,
    what_if_warning,
)
from bcviewer.io.exchange.manual_frames import Manual, final_by_id
from bcviewer.io.exchange.plan import Plan, planned

UnitId = int | str
"""SpikeInterface's id of a unit."""


_NOT_KNOWN = (
    "Which units the sort has now is not known ({}): those are written that Bombcell scored."
)


class _Entry(TypedDict):
    unit_id: UnitId
    labels: dict[str, list[str]]


FORMAT_VERSION = "2"
QUALITY, BOMBCELL, FINAL = "quality", "bombcell", "final"

QUALITY_NAMES: dict[Label, str] = {
    Label.GOOD: "good",
    Label.MUA: "MUA",
    Label.NOISE: "noise",
    Label.NON_SOMA: "non_soma",
    Label.NON_SOMA_GOOD: "non_soma_good",
    Label.NON_SOMA_MUA: "non_soma_mua",
}
"""The manual label: the first three as in SpikeInterface's own examples and its viewer."""
BOMBCELL_NAMES: dict[Label, str] = {**QUALITY_NAMES, Label.MUA: "mua"}
"""The automatic label, as SpikeInterface's ``bombcell_label_units`` spells it."""


def plan_spikeinterface(
    table: Settled,
    manual: Manual,
    path: Path,
    final: bool = False,
    merges: Sequence[tuple[int, ...]] = (),
) -> Plan:
    """Return what an export for SpikeInterface writes: one JSON file.

    Every unit of the saved sort is in ``unit_ids``: those that phy made, too, and none that it
    merged or split. Each has its label by Bombcell under ``bombcell`` and
    the curator's, where there is one, under ``quality``. Nothing is removed or split, and only what
    is given is merged. Where SpikeInterface's export to phy numbered the clusters anew, units have
    the ids that it kept of its own; those without one are left out.

    Parameters
    ----------
    table : Sheet
        A run and its audit.
    manual : mapping of int to ManualUnit
        What curators said, by cluster id.
    path : Path
        The file, ending in ``.json``.
    final : bool
        Whether ``final`` is written, too: the curator's label, else Bombcell's.
    merges : sequence of tuple of int
        Cluster ids of the units of each merge that a person accepted; no unit is twice in it.

    Raises
    ------
    UsageError
        If the name ends otherwise.
    """
    if path.suffix.lower() != ".json":
        raise UsageError(f"{path.name}: is no name of a curation file.", "End the name in .json.")
    units = exported_units(table, manual)
    keep, words = _still_there(table, units)
    warnings = [*units.warnings, *what_if_warning(table), *words]
    named, words = _unit_ids(table.si_ids, units, keep)
    warnings += words
    rows = units.rows[keep]
    clusters = units.ids[keep].tolist()
    ids: list[UnitId] = clusters if named is None else named
    labels = [Label(code) for code in table.bombcell_labels[rows].tolist()]
    ends = final_by_id(table, units.manual) if final else {}
    entries = _entries(clusters, ids, labels, units.manual, ends)
    if notes := [i for i, unit in units.manual.items() if unit.note]:
        whose, stay = units_named(notes), verb_of(len(notes), "stays", "stay")
        warnings.append(
            f"{count_of(len(notes), 'note')} ({whose}) {stay} here: the format has no notes."
        )
    warnings += stable_warning(units, "SpikeInterface's files")
    keys = (QUALITY, BOMBCELL, FINAL) if final else (QUALITY, BOMBCELL)
    groups, words = _merges(dict(zip(clusters, ids, strict=True)), merges)
    warnings += words
    content = json.dumps({**_curation(ids, entries, keys), "merges": groups}, indent=1).encode()
    labelled = sum(QUALITY in entry["labels"] for entry in entries)
    summary = f"{count_of(len(ids), 'unit')}, {labelled:,} labelled"
    summary += f", {count_of(len(groups), 'merge')}" if merges else ""
    head = [f"{key}: {_counts(entries, key)}" for key in keys]
    return Plan("SpikeInterface", (planned(path, content, summary, head=head),), tuple(warnings))


def _still_there(table: Settled, units: ExportedUnits) -> tuple[Bools, list[str]]:
    """Return which units the saved sort has, and words about the others.

    SpikeInterface's own sort, where it has ids of its own, is as it was before phy.
    """
    spikes = table.floats("nSpikes")
    keep = units.rows >= 0 if spikes is None else spikes[units.rows] != 0
    gone, words = np.zeros(len(keep), bool), []
    if table.phy is not None and table.si_ids is None:
        phy = table.phy.as_read
        state = phy.state[units.rows]
        known = ~np.isin(state, (PhyState.UNREAD, PhyState.UNKNOWN))
        keep = np.where(known, ~np.isin(state, (PhyState.GONE, PhyState.EMPTY)), keep)
        gone = state == PhyState.GONE
        if phy.why or (state == PhyState.UNREAD).any():
            words.append(_NOT_KNOWN.format(phy.why or "it is not read yet"))
        if gone.any():
            what = f"{count_of(gone.sum(), 'unit')} ({units_named(units.ids[gone], MOST_LEFT_OUT)})"
            said = units.with_what_was_said_of(units.ids[gone].tolist())
            words.append(f"{what} no longer there, merged or split in phy: left out{said}.")
    if empty := units.ids[~keep & ~gone].tolist():
        what = f"{count_of(len(empty), 'unit')} ({units_named(empty, MOST_LEFT_OUT)})"
        said = units.with_what_was_said_of(empty)
        words.append(
            f"{what} without spikes: left out{said}, since SpikeInterface has no such units."
        )
    return keep, words


def _merges(
    named: Mapping[int, UnitId], merges: Sequence[tuple[int, ...]]
) -> tuple[list[dict[str, list[UnitId]]], list[str]]:
    """Return merges as the format has them, and which are left out."""
    whole = [group for group in merges if all(i in named for i in group)]
    words = [
        f"The merge of {units_named(list(group))} is left out: not all of them are written."
        for group in merges
        if group not in whole
    ]
    return [{"unit_ids": [named[i] for i in group]} for group in whole], words


def _unit_ids(
    si_ids: Array | None, units: ExportedUnits, keep: Bools
) -> tuple[list[UnitId] | None, list[str]]:
    """Return SpikeInterface's ids of the units to keep, and words about them.

    ``keep`` then leaves out those without one. None: cluster ids are SpikeInterface's own. Ids
    that are all whole numbers are written as numbers, as SpikeInterface compares them.
    """
    if si_ids is None:
        return None, []
    texts = si_ids[units.rows]
    lacking = units.ids[keep & (texts == "")].tolist()
    keep &= texts != ""
    kept = texts[keep].tolist()
    words = [f"Units have SpikeInterface's ids, from {names.SI_IDS_TSV}."]
    if lacking:
        what = f"{count_of(len(lacking), 'unit')} ({units_named(lacking, MOST_LEFT_OUT)})"
        said = units.with_what_was_said_of(lacking)
        words.append(
            f"{what} without an id there: left out{said}, since SpikeInterface has none of it."
        )
    whole = all(text.isascii() and text.isdecimal() and str(int(text)) == text for text in kept)
    return [int(text) for text in kept] if whole else kept, words


def _entries(
    clusters: list[int],
    ids: list[UnitId],
    labels: list[Label],
    manual: Manual,
    ends: Mapping[int, str],
) -> list[_Entry]:
    """Return the labels of each unit that has any."""
    out: list[_Entry] = []
    for cluster, i, label in zip(clusters, ids, labels, strict=True):
        said = manual.get(cluster)
        named: dict[str, list[str]] = {}
        if said is not None and said.label is not None:
            named[QUALITY] = [QUALITY_NAMES[said.label]]
        if label in BOMBCELL_NAMES:
            named[BOMBCELL] = [BOMBCELL_NAMES[label]]
        if ends.get(cluster):
            named[FINAL] = [QUALITY_NAMES[parse_label(ends[cluster])]]
        if named:
            out.append({"unit_id": i, "labels": named})
    return out


def _counts(entries: list[_Entry], key: str) -> str:
    """Return how often each label is given: ``good 12, MUA 3``."""
    found = Counter(label for entry in entries for label in entry["labels"].get(key, ()))
    return ", ".join(f"{label} {n:,}" for label, n in found.most_common()) or "none"


def _curation(ids: list[UnitId], entries: list[_Entry], keys: Sequence[str]) -> dict[str, object]:
    options = {QUALITY: QUALITY_NAMES, BOMBCELL: BOMBCELL_NAMES, FINAL: QUALITY_NAMES}
    return {
        "format_version": FORMAT_VERSION,
        "unit_ids": ids,
        "label_definitions": {
            key: {"name": key, "label_options": list(options[key].values()), "exclusive": True}
            for key in keys
        },
        "manual_labels": entries,
        "removed": [],
        "merges": [],
        "splits": [],
    }
