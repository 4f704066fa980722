"""What curators said of one probe: by whom, how far it agrees, and the final labels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from bcviewer.core.curation.manual import ManualUnit
from bcviewer.core.curation.opinions import reviewers
from bcviewer.core.curation.said_columns import NO_LABEL
from bcviewer.core.curation.without_row import without_row
from bcviewer.core.rules.counts import count_of
from bcviewer.core.rules.labels import LABEL_NAMES, Label
from bcviewer.core.sheet.kappa import agreement_words, sampled
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.core.sheet.sources import confusion, source_codes, sources_of, title_of
from bcviewer.report.counts import Count, label_counts

MAX_SAID = 5_000
"""Most units with a label or a note that the page lists."""


@dataclass(frozen=True, slots=True)
class Person:
    """One who curated: how many units they labelled and noted, and when they did so last."""

    name: str
    labels: int
    notes: int
    last: str


@dataclass(frozen=True, slots=True)
class SaidUnit:
    """A unit that somebody labelled or noted: its codes name styles, empty where there is none."""

    name: str
    final: Label
    bombcell: Label
    said: ManualUnit
    blind: bool


@dataclass(frozen=True, slots=True)
class Curators:
    """What curators said.

    Attributes
    ----------
    people : tuple of Person
        Who did, by name.
    lines : tuple of str
        How far they agree with Bombcell, how their units were chosen, where they differ.
    final : tuple of Count
        The final labels.
    units : list of SaidUnit
        At most :data:`MAX_SAID`, by row.
    left_out : int
        How many are not listed.
    without_row : str
        How much was said of units that the page has no row of, a sentence; empty: nothing.
    """

    people: tuple[Person, ...] = ()
    lines: tuple[str, ...] = ()
    final: tuple[Count, ...] = ()
    units: list[SaidUnit] = field(default_factory=list)
    left_out: int = 0
    without_row: str = ""


def curators_of(table: Sheet) -> Curators:
    """Return what curators said of a run; nothing where they did not."""
    manual = table.manual
    further = without_row(table.inputs.said, frozenset(table.ids.ids_of().tolist())).words
    left_out = f"Left out, of units that are not in this report: {further}." if further else ""
    if not manual.anything:
        return Curators(without_row=left_out)
    final = table.parts.final_labels()
    said = np.flatnonzero((manual.labels != NO_LABEL) | (manual.note.codes > 0))
    blind = source_codes(table, "blind") if "blind" in sources_of(table) else None
    units = [
        SaidUnit(
            table.named(row),
            Label(int(final[row])),
            Label(int(table.bombcell_labels[row])),
            manual.said_of(row),
            blind is not None and int(blind[row]) != NO_LABEL,
        )
        for row in said[:MAX_SAID].tolist()
    ]
    return Curators(
        tuple(_people(table)),
        (*_lines(table), *filter(None, (left_out,))),
        label_counts(final),
        units,
        len(said) - len(units),
        left_out,
    )


def _people(table: Sheet) -> Iterator[Person]:
    state, there = table.inputs.said, set(table.ids.ids_of().tolist())
    labels = {name: len(ids & there) for name, ids in reviewers(state).items()}
    notes: dict[str, int] = {}
    for i, unit in state.units.items():
        if unit.note and i in there:
            notes[unit.note_by] = notes.get(unit.note_by, 0) + 1
    for name in sorted(labels.keys() | notes.keys(), key=str.casefold):
        given, noted = labels.get(name, 0), notes.get(name, 0)
        if given or noted:
            last = state.last_of(name).removeprefix("!")
            yield Person(name, given, noted, f"{last[:10]} {last[11:16]}".strip())


def _lines(table: Sheet) -> Iterator[str]:
    theirs = source_codes(table, "bombcell")
    for source in ("blind", "manual"):
        if source in sources_of(table):
            found = confusion(theirs, source_codes(table, source))
            if found.n:
                how = sampled([table], source)
                yield f"Bombcell and {title_of(source)} ({how}): {agreement_words(found)}."
    given = table.manual.n_labels
    yield f"{count_of(given, 'unit has a manual label', 'units have a manual label')}."
    differ = np.flatnonzero(table.manual.conflict).tolist()
    if differ:
        told = "; ".join(
            f"{table.named(row)} ({table.manual.said_of(row).opinions})" for row in differ[:10]
        )
        more = f"; and {len(differ) - 10:,} more" if len(differ) > 10 else ""
        yield f"People differ about {count_of(len(differ), 'unit')}: {told}{more}."


def label_name(label: Label) -> str:
    """Return a label as the page writes it."""
    return LABEL_NAMES[label] or "no label"
