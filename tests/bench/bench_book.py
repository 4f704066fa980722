"""A book beside its bare sheets: of one sheet no slower, of six probes not by much.

Figures and references start from the same parts with nothing computed, and are timed in turn.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from bench_audit import read
from bench_measure import BIG_UNITS, UNITS, Data, Row, interleaved, median
from curation_cases import act
from factories import again, sheet_of

from bcviewer.core.curation.replay import replay
from bcviewer.core.filter.language import evaluate, parse_filter
from bcviewer.core.rules.labels import LABEL_NAMES, Label
from bcviewer.core.run.run import Provenance, Run, SavedTable
from bcviewer.core.sheet.book import Book
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.core.sheet.table import Table
from bcviewer.io.exchange.export import audit_frame

TIMES = {UNITS: 25, BIG_UNITS[0]: 9}
PROBES = "ABCDEF"
FILTER = "presenceRatio < 0.7 and label == 'MUA' or reason contains 'drift'"
ONE, SIX = 1.2, 2.0
"""How many times as long a book of one sheet, and of six probes, may take."""

LABEL_MS = 4.0
"""A quarter of a frame, after each label."""

Work = Callable[[Table, list[Sheet]], object]
WORK: dict[str, Work] = {
    "a column of numbers": lambda table, _: table.values("steps_to_good"),
    "a column of texts": lambda table, _: table.codes("classification_reason"),
    "sort by a number": lambda table, _: table.order("rawAmplitude"),
    "sort by a text": lambda table, _: table.order("reason", True),
    "attention order": lambda table, _: table.attention_rows(),
    "filter": lambda table, _: evaluate(parse_filter(FILTER, table), table),
    "to_frame": lambda _, sheets: audit_frame(sheets),
}


def rows(data: Data) -> list[Row]:
    out = []
    for n, times in TIMES.items():
        whole = sheet_of(read(data.units(n)))
        probes = [sheet_of(run) for run in split(whole.run)]
        for what, work in WORK.items():
            name = f"{what}, {n:,} units"
            out.append(beside(f"{name}, a book of one", work, [whole], times, ONE))
            # joining frames is pandas' work, and a bare column is not even copied
            six = None if what in ("to_frame", "a column of numbers") else SIX
            out.append(beside(f"{name}, of six", work, probes, times, six))
        out.append(relabelled(whole, probes, n, times))
    return out


def split(run: Run) -> list[Run]:
    """Return six probes with a sixth of the units each."""
    ends = np.linspace(0, run.n_units, len(PROBES) + 1).astype(int).tolist()
    out = []
    for probe, first, last in zip(PROBES, ends, ends[1:], strict=False):
        part = slice(first, last)
        given = {
            name: None if getattr(run, name) is None else getattr(run, name)[part]
            for name in ("cluster_id", "saved", "saved_codes", "ks_label", "phy_group", "si_ids")
        }
        units = SavedTable.from_columns({k: c[part] for k, c in run.units.columns.items()})
        place = Provenance(f"ks_{probe}", f"ks_{probe}/b", f"ks_{probe}", probe)
        foreign = tuple(replace(c, values=c.values[part]) for c in run.foreign)
        out.append(
            replace(run, units=units, provenance=place, foreign=foreign, emptied={}, **given)
        )
    return out


def beside(what: str, work: Work, sheets: list[Sheet], times: int, goal: float | None) -> Row:
    """Time something in a book of sheets, and in each of these by itself."""
    ours = [[Sheet(sheet.parts) for sheet in sheets] for _ in range(times)]
    books = [(Book(fresh).table, fresh) for fresh in ours]
    bare = [[Sheet(sheet.parts) for sheet in sheets] for _ in range(times)]

    def by_itself() -> None:
        for sheet in bare.pop():
            work(sheet, [sheet])

    figures, references = interleaved(lambda: work(*books.pop()), by_itself, times)
    words = "the bare sheet" if len(sheets) == 1 else "six bare sheets"
    return Row(what, median(figures), "ms", None, median(references), words, goal)


def relabelled(whole: Sheet, probes: list[Sheet], n: int, times: int) -> Row:
    """Time what the table needs after a label: of one probe of six, and of the whole sheet."""
    said = replay([act("a", 1, unit=int(whole.ids.cluster_id[0]), label=LABEL_NAMES[Label.MUA])])
    book = Book(probes)

    def read_all(table: Table) -> None:
        for name in ("label", "manual_label", "reason", "rawAmplitude"):
            table.warm(name)
        table.order("rawAmplitude")
        table.attention_rows()

    read_all(book.table)
    read_all(whole)
    ours, theirs = interleaved(
        lambda: read_all(book.with_sheet(0, again(probes[0], said=said)).table),
        lambda: read_all(again(whole, said=said)),
        times,
    )
    what = f"after a label, {n:,} units, a book of six"
    return Row(what, median(ours), "ms", LABEL_MS, median(theirs), "one sheet of all", None)
