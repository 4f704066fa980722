"""``bcviewer compare``: what differs between two runs, and why. No Qt."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from bcviewer.cli.audit import check_output
from bcviewer.cli.lookup import look_up
from bcviewer.cli.report import SUFFIXES as PAGES
from bcviewer.core.comparison.changes import summary_lines
from bcviewer.core.comparison.comparison import Comparison, RunVerdict, compare
from bcviewer.core.comparison.measures import spreads
from bcviewer.core.rules.counts import count_of, first_of
from bcviewer.core.rules.metrics import METRICS
from bcviewer.errors import UsageError, UserError
from bcviewer.io.comparing.pair_runs import pair_runs
from bcviewer.io.results.bombcell import read_run
from bcviewer.io.results.location import RunLocation
from bcviewer.io.terminal import DATA_AT_FAULT, OK, out, say_error, show_progress

Places = tuple[RunLocation, RunLocation]


def run_compare(given: argparse.Namespace) -> int:
    """Compare what the command line names; return the exit status."""
    output = Path(given.output) if given.output else None
    if output is not None:
        check_output(output, PAGES)
    sides = find_sides(given)
    pairs = probe_pairs(*sides)
    compared: list[tuple[str, Comparison]] = []
    failed = False
    for i, (name, places) in enumerate(pairs, 1):
        show_progress(i, len(pairs), name)
        try:
            found = compare_places(places)
        except UserError as error:
            failed = True
            say_error(f"{name}: {error}")
            continue
        report(name, places, found)
        compared.append((name, found))
    if output is not None and compared:
        write(compared, output)
    return DATA_AT_FAULT if failed else OK


def find_sides(given: argparse.Namespace) -> tuple[list[RunLocation], list[RunLocation]]:
    """Return the runs before and after: of two paths, or of two run modes of one."""
    paths: list[str] = given.paths
    if len(paths) > 2:
        raise UsageError(f"{len(paths)} paths: two are compared.", "Give A and B.")
    if len(paths) == 1 and not (given.mode and given.against):
        raise UsageError(
            f"{paths[0]}: is one path; two are compared.",
            "Give another one, or two run modes with --mode and --against.",
        )
    before = look_up(paths[0], given)
    if not given.against:
        return before, look_up(paths[-1], given)
    try:
        after = look_up(paths[-1], argparse.Namespace(**{**vars(given), "mode": given.against}))
    except UserError as error:  # it was not --mode that named this one
        raise UserError(error.message, error.hint.replace("--mode", "--against")) from None
    return before, after


def probe_pairs(
    before: Sequence[RunLocation], after: Sequence[RunLocation]
) -> list[tuple[str, Places]]:
    """Return the probes that both sides have, by name; of one run a side, these two.

    What only one side has is told on standard error.

    Raises
    ------
    UserError
        If they have none in common, or a side has a probe more than once.
    """
    if len(before) == 1 and len(after) == 1:
        return [(before[0].probe, (before[0], after[0]))]
    first, second = _by_probe(before), _by_probe(after)
    common = [name for name in first if name in second]
    if not common:
        there = [first_of([place.probe for place in side], 8) for side in (before, after)]
        raise UserError(f"No probe is in both: {there[0]} before, {there[1]} after.")
    for own, other, word in ((first, second, "before"), (second, first, "after")):
        if left := [place.probe for name, place in own.items() if name not in other]:
            say_error(f"note: only {word}: {first_of(left, 8)}")
    return [(first[name].probe, (first[name], second[name])) for name in common]


def _by_probe(places: Sequence[RunLocation]) -> dict[str, RunLocation]:
    out: dict[str, RunLocation] = {}
    for place in places:
        name = place.probe.casefold()
        if name in out:
            modes = ", ".join(p.mode or "none" for p in places if p.probe.casefold() == name)
            raise UserError(
                f"Probe {place.probe} is there {count_of(2, 'time')} or more (run modes: {modes}).",
                "Choose one with --mode, and --against for the second.",
            )
        out[name] = place
    return out


def compare_places(places: Places) -> Comparison:
    """Read and compare two runs."""
    before, after = (read_run(place) for place in places)
    return compare(RunVerdict.of(before), RunVerdict.of(after), pair_runs(before, after))


def report(name: str, places: Places, found: Comparison) -> None:
    """Print one probe's comparison."""
    out(f"{name}: {_titled(places[0])} → {_titled(places[1])}")
    for line in summary_lines(found):
        out(f"  {line}")
    if not found.matched:
        out("  median (quartiles), before → after:")
        for one in spreads(found.before.run, found.after.run, found.pairing):
            out(f"    {METRICS[one.metric].title}: {' → '.join(one.texts)}")
    out("")


def _titled(place: RunLocation) -> str:
    mode = f" ({place.mode})" if place.mode else ""
    return f"{place.results_dir}{mode}"


def write(compared: list[tuple[str, Comparison]], path: Path) -> None:
    """Write the comparisons as a page or as a table."""
    n = sum(found.n for _, found in compared)
    if path.suffix.lower() in PAGES:
        from bcviewer.report.compare_page import write_page

        write_page(compared, path)
    else:
        from bcviewer.io.comparing.compare_frame import compare_frame
        from bcviewer.io.exchange.export import write_frame

        write_frame(compare_frame(compared), path)
    out(f"{count_of(n, 'unit')} written to {path}")
