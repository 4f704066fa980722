"""What the worker does to open a recording: find it, read it, audit it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from bcviewer.app.catalogue import Catalogue, Request
from bcviewer.app.threads.worker import Control
from bcviewer.core.rules.column_choices import DEFAULT_COLUMNS
from bcviewer.core.rules.counts import count_of
from bcviewer.core.run.phy import unread
from bcviewer.core.sheet.derive import derive
from bcviewer.core.sheet.inputs import Inputs
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.errors import UserError
from bcviewer.io.files import one_line
from bcviewer.io.journal.queue_file import QueueFiles
from bcviewer.io.results.bombcell import read_run
from bcviewer.io.results.choose import cannot_be_opened
from bcviewer.io.results.find import Search, chosen, search_runs
from bcviewer.io.results.location import RunLocation
from bcviewer.io.results.sort_of import check_sort


@dataclass(frozen=True, slots=True, eq=False)
class Loaded:
    """A run that is ready to be shown."""

    catalogue: Catalogue
    table: Sheet


def load(request: Request, control: Control) -> Loaded:
    """Open a recording.

    Raises
    ------
    UserError
        Where the data are at fault.
    CancelledError
        Where nobody waits for it any more.
    """
    control.progress(0.0, "Looking for results")
    found = request.found or search_runs(request.path, _search(request, control))
    locations = found.runs
    index = _choose(locations, request)
    location = locations[index]
    if location.problem:
        raise cannot_be_opened(location, location.problem)
    name = location.name
    run = read_run(
        location,
        lambda fraction, text: control.progress(0.1 + 0.6 * fraction, f"{name}: {text}"),
        control.cancelled,
    )
    control.progress(0.7, f"{name}: applying the rules to {count_of(run.n_units, 'unit')}")
    table = derive(replace(Inputs.of(run), phy=unread(run)))
    control.progress(0.9, f"{name}: sorting")
    _warm(table, control)
    return Loaded(Catalogue(request, locations, index, found.notes), table)


def load_with_sort(request: Request, results: str, ks_dir: str, control: Control) -> Loaded:
    """Open results with the Kilosort directory that somebody pointed at.

    Raises
    ------
    UserError
        If it is none.
    """
    sorts = {**request.sorts, results: str(check_sort(Path(ks_dir)))}
    return load(replace(request, sorts=sorts, results=results, found=None), control)


def seal(loaded: Loaded, queues: QueueFiles, control: Control) -> Loaded:
    """Return a run that is ready with every verdict hidden where a blind review of it is on.

    What the journals say, and so whose verdicts may be shown, is read after it is shown.
    """
    table = loaded.table
    control.at(str(queues.folder))
    if not queues.any_blind():
        return loaded
    control.at(table.run.provenance.ks_dir)
    if not queues.is_blind(table.run):
        return loaded
    table = derive(replace(table.inputs, hidden=tuple(range(table.n_units))), table)
    _warm(table, control)
    return replace(loaded, table=table)


def _warm(table: Sheet, control: Control) -> None:
    """Compute what is seen first: the first paint then only formats what is on screen."""
    table.attention_rows()
    for key in DEFAULT_COLUMNS:
        if table.kind(key):
            control.check()
            table.warm(key)


def _search(request: Request, control: Control) -> Search:
    # The whole recording is listed, so that the chooser can offer its other probes and modes.
    return Search(
        Path(request.root).expanduser() if request.root else None,
        request.sorts,
        check_sort(Path(request.kilosort)) if request.kilosort else None,
        lambda text: control.progress(0.0, f"Looking for results: {text}"),
        control.cancelled,
    )


def _choose(locations: tuple[RunLocation, ...], request: Request) -> int:
    """Return the place of the location that was left, or the first, that fits and can be opened."""
    if request.results is not None:
        same = [i for i, run in enumerate(locations) if str(run.results_dir) == request.results]
        if not same:
            raise UserError(f"{one_line(request.results)}: not there any more.")
        return same[0]
    wanted = chosen(locations, request.path, request.mode, request.probe)
    fits = [i for i, location in enumerate(locations) if location in wanted]
    usable = [i for i in fits if not locations[i].problem]
    left = "" if request.left is None else request.left.results
    return next((i for i in usable if str(locations[i].results_dir) == left), (usable or fits)[0])
