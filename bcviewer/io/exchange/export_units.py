"""What the exports for other programs have in common: which units, and what is said of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bcviewer.core.arrays import Ints
from bcviewer.core.curation.manual import ManualUnit, said_words
from bcviewer.core.curation.under import under_labels
from bcviewer.core.rules.counts import count_of, first_of, units_named, verb_of
from bcviewer.core.run.run import Run
from bcviewer.core.sheet.derive import Settled, refuse_tried
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.io import names
from bcviewer.io.exchange.manual_frames import Manual, spoken_of

MOST_LEFT_OUT = 40
"""So many units that an export leaves out are named."""
_MOST_DIFFERING = 20
"""So many units that people differ about are named, with everybody's label."""


@dataclass(frozen=True, slots=True, eq=False)
class ExportedUnits:
    """The units of a run, each once, and what curators said of them.

    Attributes
    ----------
    rows : numpy.ndarray
        Rows of the run, int64, in the table's order: the first one of each cluster id. Rows
        without an id are not among them.
    ids : numpy.ndarray
        Their cluster ids, int64.
    manual : dict of int to ManualUnit
        What was said of them, by cluster id.
    warnings : tuple of str
        What is left out.
    """

    rows: Ints
    ids: Ints
    manual: dict[int, ManualUnit]
    warnings: tuple[str, ...]

    def with_what_was_said_of(self, ids: Iterable[int]) -> str:
        """Return what goes with units that are left out: ``, with 1 note``; empty: nothing."""
        words = said_words(self.manual[i] for i in ids if i in self.manual)
        return words and f", with {words}"


def exported_units(table: Settled, manual: Manual) -> ExportedUnits:
    """Return the units that can be exported to a program that knows them by cluster id."""
    refuse_tried(table)
    there = table.ids
    named = np.flatnonzero(there.has_id)
    rows = named[np.sort(np.unique(there.cluster_id[named], return_index=True)[1])]
    ids = there.cluster_id[rows]
    known = set(ids.tolist())
    spoken = spoken_of(manual)
    warnings = []
    if gone := spoken.keys() - known:
        of = f"{count_of(len(gone), 'unit')} ({units_named(gone, MOST_LEFT_OUT)})"
        warnings.append(f"Labels and notes of {of} that are not in these results are left out.")
    if nameless := table.n_units - len(named):
        warnings.append(f"{count_of(nameless, 'row')} without a cluster id: left out.")
    if double := len(named) - len(rows):
        one, more = "row that repeats a cluster id is", "rows that repeat a cluster id are"
        kinds, n = np.unique(there.cluster_id[named], return_counts=True)
        which = units_named(kinds[n > 1].tolist(), MOST_LEFT_OUT)
        warnings.append(f"{count_of(double, one, more)} left out: {which}.")
    kept = {i: unit for i, unit in spoken.items() if i in known}
    if differ := [f"{i} ({unit.opinions})" for i, unit in kept.items() if unit.opinions]:
        which = first_of(differ, _MOST_DIFFERING)
        one, more = "unit: the latest label is", "units: the latest labels are"
        of = count_of(len(differ), one, more)
        warnings.append(f"People differ about {of} written. {which}.")
    under = under_labels(table.inputs.said).keys() & kept.keys()
    if under := {i for i in under if kept[i].label is not None}:
        of = f"{count_of(len(under), 'label')} ({units_named(under, MOST_LEFT_OUT)})"
        were = verb_of(len(under), "was", "were")
        warnings.append(
            f"{of} {were} given while other thresholds were tried: a weak judge of any."
        )
    return ExportedUnits(rows, ids, kept, tuple(warnings))


def stable_warning(units: ExportedUnits, whose: str) -> tuple[str, ...]:
    """Return a sentence where stable times are not written: ``whose`` files have none."""
    kept = [i for i, unit in units.manual.items() if unit.stretch is not None]
    if not kept:
        return ()
    times, names_of = count_of(len(kept), "stable time"), units_named(kept)
    return (f"{times} ({names_of}) {verb_of(len(kept), 'stays', 'stay')} here: {whose} have none.",)


def backup_folder(run: Run) -> Path:
    """Return where copies of replaced files go: never where phy would read them."""
    return Path(run.provenance.results_dir).joinpath(*names.BACKUP_FOLDER)


def what_if_warning(table: Sheet) -> tuple[str, ...]:
    """Return a sentence where the audit is by other thresholds than the run's."""
    if not table.run.criteria.diff(table.criteria):
        return ()
    return ("Bombcell's labels and reasons are by changed thresholds, not by the saved ones.",)
