"""``bcviewer report``: a self-contained HTML page about any number of probes. No Qt."""

from __future__ import annotations

import argparse
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from bcviewer.cli.audit import audit_place
from bcviewer.cli.lookup import look_up_each, other_results
from bcviewer.core.curation.state import CurationState
from bcviewer.core.rules.counts import count_of
from bcviewer.core.run.run import Issue
from bcviewer.core.sheet.derive import derive
from bcviewer.core.sheet.inputs import Inputs
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.errors import UsageError, UserError
from bcviewer.io.exchange.manual_reader import read_said
from bcviewer.io.put_file import final_place, refuse_link
from bcviewer.io.results.location import RunLocation
from bcviewer.io.spikes.phy_clusters import saved_in_phy
from bcviewer.io.terminal import DATA_AT_FAULT, OK, out, say_error, show_progress
from bcviewer.oracle.client import Bombcell
from bcviewer.report.beside_phy import BesidePhy
from bcviewer.report.page import NotRead, write_report

DEFAULT_OUTPUT = "bcviewer_report.html"
SUFFIXES = (".html", ".htm")
MOST_ON_ONE_PAGE = 20
"""With more probes the page has summaries, and each probe a page of its own beside it."""


def run_report(given: argparse.Namespace) -> int:
    """Write the page about what the command line names; return the exit status."""
    output = Path(given.output or DEFAULT_OUTPUT)
    check_output(output)
    if not given.output:
        refuse_link(output)
    places = find_places(given)
    if not any(isinstance(place, RunLocation) for place in places):
        return DATA_AT_FAULT  # nothing to write about: the errors have been said
    reader = RunReader(places)
    with _ends_cleanly(), Bombcell() as bombcell:
        write_report(reader.read(), output, bombcell, apart=len(places) > MOST_ON_ONE_PAGE)
    probes = count_of(reader.n_read, "probe")
    out(f"{count_of(reader.n_units, 'unit')} of {probes} written to {output}")
    return OK if reader.n_read == len(places) else DATA_AT_FAULT


@contextmanager
def _ends_cleanly() -> Iterator[None]:
    """Let a request to end (the window's Cancel) take away what is not finished, as Ctrl+C does."""
    if threading.current_thread() is not threading.main_thread():
        yield  # signals belong to the main thread
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def find_places(given: argparse.Namespace) -> list[RunLocation | NotRead]:
    """Return every run that the paths lead to, and the paths that lead to none."""
    places: list[RunLocation | NotRead] = []
    for path, found in look_up_each(given):
        if isinstance(found, UserError):
            say_error(str(found))
            places.append(NotRead(Path(path).name or path, path, str(found)))
        else:
            places.append(found)
    return places


class RunReader:
    """Reads one run after the other, so that only one is in memory.

    Parameters
    ----------
    places : list of RunLocation or NotRead
        What to read.
    """

    def __init__(self, places: list[RunLocation | NotRead]) -> None:
        self._places = places
        self.n_read = 0
        self.n_units = 0

    def read(self) -> Iterator[BesidePhy | NotRead]:
        """Yield each run, or why it cannot be read (said on standard error as well)."""
        for i, place in enumerate(self._places, 1):
            if isinstance(place, NotRead):
                yield place
                continue
            show_progress(i, len(self._places), place.name)
            try:
                table = with_said(audit_place(place))
            except UserError as error:
                say_error(f"{place.name}: {error}" if place.problem else str(error))
                yield NotRead(place.name, str(place.ks_dir), str(error))
                continue
            if others := other_results(place):
                say_error(f"{place.name}: note: {others}")
            self.n_read += 1
            self.n_units += table.n_units
            yield BesidePhy(table, saved_in_phy(table.run))


def with_said(table: Sheet) -> Sheet:
    """Return a sheet with what curators said of its units; what is wrong with that is an issue."""
    issues: list[Issue] = []
    try:
        said = read_said(table.run, issues.append)
    except UserError as error:
        said = CurationState()
        issues.append(Issue("Labels", error.message, "No curator's label is on this page."))
    if not issues:
        return derive(table.inputs.hears(said), table)
    run = replace(table.run, issues=(*table.run.issues, *issues))
    return derive(Inputs.of(run).hears(said))


def check_output(path: Path) -> None:
    """Refuse an output that cannot be written before anything is read."""
    if path.suffix.lower() not in SUFFIXES:
        raise UsageError(f"{path.name}: a report is an HTML page.", "End the name in .html.")
    final_place(path)
