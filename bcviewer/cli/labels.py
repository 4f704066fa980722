"""``bcviewer labels``: what curators said, as text and as a table. No Qt."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from bcviewer.cli.audit import audit_place, check_output, find_all
from bcviewer.cli.lookup import other_results
from bcviewer.core.rules.counts import count_of
from bcviewer.core.rules.labels import LABEL_NAMES, Label, class_name
from bcviewer.core.run.run import Issue, Run
from bcviewer.core.sheet.derive import Settled
from bcviewer.errors import UserError
from bcviewer.io.exchange.manual_frames import (
    LABELS_COLUMNS,
    Manual,
    labels_by_id,
    spoken_of,
    stable_of,
)
from bcviewer.io.files import one_line
from bcviewer.io.results.location import RunLocation
from bcviewer.io.terminal import DATA_AT_FAULT, OK, out, say_error, show_progress

ManualReader = Callable[[Run, Callable[[Issue], object]], Manual]
"""Returns what curators said of a run's units, by cluster id; tells what could not be read."""

_NOTE_WIDTH = 60


def run_labels(given: argparse.Namespace, read: ManualReader | None = None) -> int:
    """Print or write the manual labels of what the command line names; return the exit status.

    Parameters
    ----------
    given : argparse.Namespace
        As :func:`bcviewer.cli.parsers.labels_parser` reads it.
    read : callable, optional
        Where labels come from; by default the curators' journals.
    """
    output = Path(given.output) if given.output else None
    if output is not None:
        check_output(output)
    read = read or journal_reader()
    places, failed = find_all(given)
    tables: list[Settled] = []
    manual: list[Manual] = []
    for i, place in enumerate(places, 1):
        show_progress(i, len(places), place.name)
        issues: list[Issue] = []
        try:
            table = audit_place(place)
            said = read(table.run, issues.append)
        except UserError as error:
            failed = True
            say_error(str(error))
            continue
        tables.append(table)
        manual.append(said)
        if output is None:
            for line in listed(table, place, said, issues):
                out(line)
        else:
            for issue in issues:
                say_error(str(issue))
    if output is not None and tables:
        from bcviewer.io.exchange.export import labels_frame, write_frame

        frame = labels_frame(tables, manual)
        write_frame(frame, output)
        n = len(frame)
        rows = f"{count_of(n, 'row')} (one for each unit and run)"
        out(f"{count_of(n, 'unit') if len(tables) == 1 else rows} written to {output}")
    return DATA_AT_FAULT if failed else OK


def journal_reader() -> ManualReader:
    """Return the reader of the curators' journals."""
    from bcviewer.io.exchange.manual_reader import read_manual

    return read_manual


def listed(
    table: Settled, place: RunLocation, manual: Manual, issues: Sequence[Issue] = ()
) -> Iterator[str]:
    """Yield one probe's labels as lines of a table, by cluster id."""
    units = spoken_of(manual)
    ids = set(table.ids.ids_of().tolist())
    labelled = sum(unit.label is not None for i, unit in units.items() if i in ids)
    said = [f"{labelled:,} of {count_of(table.n_units, 'unit')} labelled"]
    said.append(count_of(sum(bool(unit.note) for unit in units.values()), "note"))
    if gone := len(units.keys() - ids):
        said.append(f"{count_of(gone, 'unit')} not in these results")
    mode = f" ({place.mode})" if place.mode else ""
    yield f"{place.name}{mode}: {', '.join(said)}   {place.results_dir}"
    if others := other_results(place):
        yield f"  note: {others}"
    yield from (f"  note: {issue}" for issue in issues)
    if units:
        yield from (f"  {line}" for line in _aligned([LABELS_COLUMNS, *_cells(table, manual)]))
    yield ""


def _cells(table: Settled, manual: Manual) -> Iterator[tuple[str, ...]]:
    theirs = {i: class_name(Label(code)) for i, code in labels_by_id(table).items()}
    for i, unit in spoken_of(manual).items():
        label = "–" if unit.label is None else LABEL_NAMES[unit.label]
        bombcell = theirs.get(i, "not in these results")
        note = one_line(unit.note, _NOTE_WIDTH) or "–"
        by, note_by = (one_line(name, 40) or "–" for name in (unit.by, unit.note_by))
        at, note_at = _seconds(unit.at), _seconds(unit.note_at)
        opinions = one_line(unit.opinions, _NOTE_WIDTH) or "–"
        times = ("–" if math.isnan(s) else f"{s:.3f}" for s in stable_of(unit))
        yield (str(i), label, bombcell, note, by, at, note_by, note_at, opinions, *times)


def _seconds(at: str) -> str:
    """Return a time in UTC without its fraction of a second."""
    return one_line(at.partition(".")[0].removesuffix("Z"), 30) + "Z" if at else "–"


def _aligned(rows: list[tuple[str, ...]]) -> Iterator[str]:
    """Yield rows as lines with aligned columns; ids to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for first, *rest in rows:
        texts = [text.ljust(width) for text, width in zip(rest, widths[1:], strict=True)]
        yield "  ".join([first.rjust(widths[0]), *texts]).rstrip()
