"""Exports and imports of labels as jobs: planned, shown, and only then written."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from bcviewer.app.threads.worker import Control
from bcviewer.core.arrays import Ints
from bcviewer.core.curation.imported import Conflicts, ImportedLabels, conflicts
from bcviewer.core.curation.label_source import LabelSource
from bcviewer.core.curation.state import CurationState
from bcviewer.core.curation.whose_spikes import words_of_not_yet
from bcviewer.core.rules.counts import count_of, first_of, units_named, verb_of
from bcviewer.core.run.run import Run
from bcviewer.core.sheet.derive import Settled
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.errors import UserError
from bcviewer.io.exchange.manual_frames import Manual
from bcviewer.io.files import one_line

if TYPE_CHECKING:
    from bcviewer.io.exchange.plan import Plan

_NO_NAME = re.compile(r"[^\w.-]+")
"""What stands in no name of a file of ours."""
_MOST_NAMED = 8


@dataclass(frozen=True, slots=True)
class Choice:
    """What to export.

    Attributes
    ----------
    target : {'phy', 'bombcell', 'spikeinterface', 'table'}
        For whom.
    path : str
        The file, where the person chooses it.
    scope : {'all', 'shown', 'selected'}
        Which units, in a table.
    final : bool
        Whether the final labels, too, of all these units: the curators', else Bombcell's.
    """

    target: str
    path: str = ""
    scope: str = "all"
    final: bool = False


@dataclass(frozen=True, slots=True)
class Planned:
    """What an export would write, or why it cannot."""

    choice: Choice
    plan: Plan | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """What was written, in words."""

    words: str


@dataclass(frozen=True, slots=True)
class ProbeLabels:
    """Whose labels are exported: the units of one probe.

    Attributes
    ----------
    probe : str
        What it is called.
    table : Settled
        Its units.
    manual : mapping of int to ManualUnit
        What curators said of them.
    rows : numpy.ndarray
        Which of them, in a table.
    """

    probe: str
    table: Settled
    manual: Manual
    rows: Ints


def plan_job(parts: Sequence[ProbeLabels], choice: Choice) -> Callable[[Control], Planned]:
    """Return a job that finds out what an export would write; it writes nothing."""

    def work(control: Control) -> Planned:
        control.progress(0.1, "Preparing the preview")
        try:
            plan = _plan(parts, choice)
            not_yet = filter(None, (words_of_not_yet(one.table.inputs.said) for one in parts))
            return Planned(choice, replace(plan, warnings=(*plan.warnings, *not_yet)))
        except UserError as error:
            return Planned(choice, None, f"{error.message} {error.hint}".strip())

    return work


def _plan(parts: Sequence[ProbeLabels], choice: Choice) -> Plan:
    if choice.target == "table":
        return _plan_table(parts, choice)
    if len(parts) == 1:
        return _plan_one(parts[0], choice, Path(choice.path))
    paths = _a_file_each(Path(choice.path), [part.probe for part in parts])
    plans = [_plan_one(part, choice, path) for part, path in zip(parts, paths, strict=True)]
    warnings = [
        f"{part.probe}: {warning}"
        for part, plan in zip(parts, plans, strict=True)
        for warning in plan.warnings
    ]
    files = tuple(file for plan in plans for file in plan.files)
    return replace(plans[0], files=files, warnings=tuple(warnings))


def _a_file_each(path: Path, probes: Sequence[str]) -> list[Path]:
    """Return a file for each probe, with what it is called in its name, all different."""
    out: dict[str, Path] = {}
    for probe in probes:
        name = stem = f"{path.stem}_{_NO_NAME.sub('_', probe)}"
        while name.casefold() in out:
            name = f"{stem}_{len(out) + 1}"
        out[name.casefold()] = path.parent / f"{name}{path.suffix}"
    return list(out.values())


def _plan_one(part: ProbeLabels, choice: Choice, path: Path) -> Plan:
    """Return what another program gets of a probe: each has files of its own."""
    table, manual = part.table, part.manual
    if choice.target == "phy":
        from bcviewer.io.exchange.export_phy import plan_phy

        return plan_phy(table, manual, choice.final)
    if choice.target == "bombcell":
        from bcviewer.io.exchange.export_bombcell import plan_bombcell

        return plan_bombcell(table, manual)
    from bcviewer.io.exchange.export_si import plan_spikeinterface

    return plan_spikeinterface(table, manual, path, choice.final)


def _plan_table(parts: Sequence[ProbeLabels], choice: Choice) -> Plan:
    from bcviewer.io.exchange.export import joined_frames
    from bcviewer.io.exchange.export_table import plan_table
    from bcviewer.io.exchange.manual_frames import all_labels_of, labels_of

    frames = []
    for part in parts:
        frame = (all_labels_of if choice.final else labels_of)(part.table, part.manual)
        if choice.scope != "all":
            frame = frame[frame["cluster_id"].isin(part.table.ids.ids_of(part.rows).tolist())]
        frames.append(frame)
    joined = joined_frames(frames, [part.table for part in parts])
    return plan_table(joined.reset_index(drop=True), Path(choice.path))


def write_job(plan: Plan) -> Callable[[Control], Written]:
    """Return a job that writes what was shown."""

    def work(control: Control) -> Written:
        from bcviewer.io.exchange.apply_plan import apply_plan

        control.progress(0.2, f"Writing labels for {plan.title}")
        applied = apply_plan(plan)
        n = len(applied.written)
        folders = sorted({str(path.parent) for path in applied.written})
        words = f"{count_of(n, 'file')} written to {', '.join(folders)}"
        if applied.backups:
            k, where = len(applied.backups), applied.backups[0].parent
            words += f"; {k} of before kept in {where}"
        return Written(f"{words}.")

    return work


@dataclass(frozen=True, slots=True)
class Read:
    """A file of labels (or a source that was imported before), and what it would change."""

    run: Run
    """Whose units they are of."""
    imported: ImportedLabels
    found: Conflicts
    offers_ids: bool = False
    """Whether the ids may be SpikeInterface's or phy's."""
    is_kept: bool = False
    """Whether it is a source of the recording already."""
    sources: tuple[str, ...] = ()
    """The names of the sources that the recording has."""
    probe: str = ""
    """What the probe is called, where the file has labels of several."""
    also: tuple[Read, ...] = ()
    """What it would change of the other probes that it has labels of."""

    @property
    def all(self) -> tuple[Read, ...]:
        """What it would change of each probe."""
        return (self, *self.also)


def import_job(
    parts: Sequence[ProbeLabels], path: Path, column: str = "", ids: str = ""
) -> Callable[[Control], Read]:
    """Return a job that reads a file of labels, and what they would change.

    Where its column ``probe`` says so, of each probe that it has labels of; else of the first one.

    Parameters
    ----------
    parts : sequence of ProbeLabels
        The probes that are open, the current unit's first.
    path : Path
        The file.
    column, ids : str
        What the person chose, as for ``io.import_labels.read_labels``.
    """

    def work(control: Control) -> Read:
        from bcviewer.io.exchange.import_labels import probes_of

        control.progress(0.1, f"Reading {path.name}")
        named = probes_of(path) if len(parts) > 1 else ()
        folded = set(map(str.casefold, named))
        of = [p for p in parts if p.table.run.provenance.probe.casefold() in folded]
        if named and not of:  # they are of somebody: not of whoever has the same ids
            listed = first_of([one_line(name, 40) for name in named], _MOST_NAMED)
            words = f"{one_line(path, 300)}: no probe that is open is in it: it has {listed}."
            raise UserError(words, "Open the probe that they are of alone, and import them there.")
        if not of:
            read = _read(parts[0], path, column, ids)
            return _told_whose(read, parts[0].probe) if len(parts) > 1 else read
        reads = [replace(_read(part, path, column, ids), probe=part.probe) for part in of]
        return replace(reads[0], also=tuple(reads[1:]))

    return work


def _told_whose(read: Read, probe: str) -> Read:
    """Say of which probe a file's labels are taken to be, where it does not say so itself."""
    words = f"The file names no probe: these are taken for units of {probe}, the current unit's."
    remark = f"{words} {read.imported.remark}".strip()
    return replace(read, probe=probe, imported=replace(read.imported, remark=remark))


def _read(part: ProbeLabels, path: Path, column: str, ids: str) -> Read:
    from bcviewer.io.exchange.export_bombcell import is_split
    from bcviewer.io.exchange.import_labels import read_labels

    table = part.table
    si_ids, probe = table.run.clusters_by_si_id(), table.run.provenance.probe
    # by the run, not by the labels that are looked at: code 3 means what Bombcell meant
    imported = read_labels(
        path, split=is_split(table), column=column, si_ids=si_ids, ids=ids, probe=probe
    )
    if words := _taken_for(imported, table.inputs.said):
        imported = replace(imported, remark=f"{words} {imported.remark}".strip())
    found = conflicts(imported, part.manual, table.ids)
    there = tuple(source.name for source in table.sources)
    return Read(table.run, imported, found, si_ids is not None, sources=there)


def _taken_for(imported: ImportedLabels, said: CurationState) -> str:
    """Say of which units a file means the ones that are there: it has no more than their ids."""
    named = imported.labels.keys() | imported.notes.keys() | imported.stable.keys()
    made = sorted(named & said.spikes.keys())
    if not made:
        return ""
    ends = verb_of(len(made), "is: it is taken for the one", "are: they are taken for those")
    return f"It does not say of which spikes {units_named(made)} {ends} that phy has now."


def kept_source(table: Sheet, manual: Manual, source: LabelSource) -> Read:
    """Return what adopting a source of the recording would change."""
    imported = ImportedLabels(source.name, source.name, source.labels, {})
    return Read(table.run, imported, conflicts(imported, manual, table.ids), is_kept=True)
