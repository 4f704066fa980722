"""What the worker does to open a recording: find it, read it, audit it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path

from bcviewer.app.catalogue import Catalogue, Request, probes_beside
from bcviewer.app.threads.worker import Control
from bcviewer.core.rules.column_choices import DEFAULT_COLUMNS
from bcviewer.core.rules.counts import count_of
from bcviewer.core.run.phy import unread
from bcviewer.core.sheet.derive import derive
from bcviewer.core.sheet.inputs import Inputs
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.errors import UserError
from bcviewer.io.files import expanded, one_line
from bcviewer.io.journal.queue_file import Hidden, QueueFiles
from bcviewer.io.journal.recording_key import recording_key
from bcviewer.io.results.bombcell import read_run
from bcviewer.io.results.choose import cannot_be_opened
from bcviewer.io.results.find import Search, chosen, search_runs
from bcviewer.io.results.location import RunLocation
from bcviewer.io.results.sort_of import check_sort

TO_JOIN = ("bcviewer.core.sheet.joined", "bcviewer.core.comparison.differing", "numpy.ma")
"""What it takes to show one more probe, and NumPy to tell what is distinct, is imported in the
thread: it takes longer than the window may be silent."""
_IN_BLIND_REVIEW = "a blind review of it alone hides its verdicts; open it by itself to go on."
_OF_ALL = "All probes are open: a blind review of all of them hides verdicts of {} still."


@dataclass(frozen=True, slots=True, eq=False)
class Loaded:
    """A run that is ready to be shown.

    Attributes
    ----------
    catalogue : Catalogue
        What it is one of.
    table : Sheet
        Its units.
    rest : tuple of int
        The places in the catalogue of the probes that are still to be read, for the same table.
    unopened : tuple of str
        What is open otherwise than it was asked for: the probes that cannot be, a line each.
    key : str
        What its recording is known by, where others are to be read; else empty.
    """

    catalogue: Catalogue
    table: Sheet
    rest: tuple[int, ...] = ()
    unopened: tuple[str, ...] = ()
    key: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Further:
    """One more probe of what is open.

    Attributes
    ----------
    catalogue : Catalogue
        What it is one of.
    index : int
        Its place there.
    table : Sheet or None
        Its units; None: it cannot be opened.
    problem : str
        Why not, in a line.
    is_last : bool
        Whether no other one is still to be read.
    key : str
        What its recording is known by.
    """

    catalogue: Catalogue
    index: int
    table: Sheet | None = None
    problem: str = ""
    is_last: bool = False
    key: str = ""


def load(request: Request, queues: QueueFiles, person: str, control: Control) -> Loaded:
    """Open a recording: one probe of it, or the first of all that are to be opened.

    All are where a blind review of all hides verdicts of the one from the person still.

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
    beside = probes_beside(locations, index)
    request = replace(request, every=_wants_every(request))
    every = len(beside) > 1 and request.every is True
    others = [i for i in beside if i != index]
    unopened: list[str] = []
    while True:
        try:
            table = _read(locations[index], control)
            hidden = who_hides(table, queues, person, control)
            if every and others and hidden.alone:
                raise UserError(_IN_BLIND_REVIEW)
        except UserError as error:
            unopened.append(_unopened(locations[index], error))
            if not every or not others:
                raise
            index = others.pop(0)
        else:
            if hidden.by_all and others and not every:
                unopened.append(_OF_ALL.format(one_line(locations[index].probe, 60)))
            every = hidden.by_all or (every and not hidden.alone)  # the last one: alone, as ever
            catalogue = Catalogue(request, locations, index, found.notes, every)
            return _loaded(catalogue, table, others, unopened)


def _loaded(
    catalogue: Catalogue, table: Sheet, others: Sequence[int], unopened: Sequence[str]
) -> Loaded:
    if not catalogue.every:
        return Loaded(catalogue, table, unopened=tuple(unopened))
    key = recording_key(table.run).primary
    return Loaded(catalogue, table, tuple(others), tuple(unopened), key)


def load_further(
    catalogue: Catalogue,
    index: int,
    known: Mapping[str, str],
    queues: QueueFiles,
    person: str,
    control: Control,
) -> Further:
    """Open one more probe of what is open.

    One whose spikes are those of another one is not opened: what is said of either would be said
    of the same units. ``known`` are those that are open, by what they are known by.

    Raises
    ------
    CancelledError
        Where nobody waits for it any more.
    """
    place = catalogue.locations[index]
    control.at(str(place.results_dir))
    try:
        table = _read(place, control)
        if who_hides(table, queues, person, control).alone:
            raise UserError(_IN_BLIND_REVIEW)
        key = recording_key(table.run).primary
        if key in known:
            raise UserError(f"it is the same sort as {known[key]}, with the same spikes.")
        for module in TO_JOIN:
            import_module(module)
        return Further(catalogue, index, sealed(table, queues, control), key=key)
    except UserError as error:
        return Further(catalogue, index, problem=_unopened(place, error))


def _unopened(location: RunLocation, error: UserError) -> str:
    return f"{one_line(location.probe, 60)} could not be opened: {error.message}"


def _wants_every(request: Request) -> bool:
    """Whether all probes are to be opened: as it is asked, else as it was left."""
    if request.every is not None:
        return request.every
    if request.probe is not None:
        return False
    left = None if request.left is None else request.left.every
    return EVERY_BY_DEFAULT if left is None else left


def _read(location: RunLocation, control: Control) -> Sheet:
    """Read a run, and apply the rules to it.

    Raises
    ------
    UserError
        If it cannot be read.
    """
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
    return table


def load_with_sort(
    request: Request, results: str, ks_dir: str, queues: QueueFiles, person: str, control: Control
) -> Loaded:
    """Open results with the Kilosort directory that somebody pointed at.

    Raises
    ------
    UserError
        If it is none.
    """
    sorts = {**request.sorts, results: str(check_sort(Path(ks_dir)))}
    return load(replace(request, sorts=sorts, results=results, found=None), queues, person, control)


def sealed(table: Sheet, queues: QueueFiles, control: Control) -> Sheet:
    """Return a sheet with every verdict hidden where a blind review of its recording is on.

    What the journals say, and so whose verdicts may be shown, is read after it is shown.
    """
    if not is_sealed(table, queues, control):
        return table
    table = derive(replace(table.inputs, hidden=tuple(range(table.n_units))), table)
    _warm(table, control)
    return table


def is_sealed(table: Sheet, queues: QueueFiles, control: Control) -> bool:
    """Whether a blind review of a sheet's recording is on."""
    control.at(str(queues.folder))
    if not queues.any_blind():
        return False
    control.at(table.run.provenance.ks_dir)
    return queues.is_blind(table.run)


def who_hides(table: Sheet, queues: QueueFiles, person: str, control: Control) -> Hidden:
    """Return which blind reviews hide any verdict of a sheet from a person still."""
    if not is_sealed(table, queues, control):
        return Hidden()
    return queues.who_hides(table.run, person, control.check)


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
        expanded(request.root) if request.root else None,
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


EVERY_BY_DEFAULT = True
"""Whether two or more probes open as one table where nothing else is asked for, or was left."""
