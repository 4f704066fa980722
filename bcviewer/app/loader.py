"""What the worker does to open a recording: find it, read it, audit it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bcviewer.app.view import Ints
from bcviewer.app.worker import Control
from bcviewer.core.audit import audit
from bcviewer.core.columns import DEFAULT_COLUMNS
from bcviewer.core.identity import unread
from bcviewer.core.table import AuditTable
from bcviewer.errors import UserError
from bcviewer.io.bombcell import read_run
from bcviewer.io.layout import RunLocation, find_runs


@dataclass(frozen=True, slots=True)
class Request:
    """What to open.

    Attributes
    ----------
    path : str
        A path as the person gave it.
    mode, probe, root : str or None
        Choices from a config.
    index : int or None
        Place in the catalogue; None: the first one that can be opened.
    """

    path: str
    mode: str | None = None
    probe: str | None = None
    root: str | None = None
    index: int | None = None


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The probes and run modes that a path leads to, and which one is open."""

    request: Request
    locations: tuple[RunLocation, ...]
    index: int

    @property
    def location(self) -> RunLocation:
        """The one that is open."""
        return self.locations[self.index]


@dataclass(frozen=True, slots=True, eq=False)
class Loaded:
    """A run that is ready to be shown."""

    catalogue: Catalogue
    table: AuditTable
    attention: Ints


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
    # The whole recording is listed, so that the chooser can offer its other probes and modes.
    locations = find_runs(request.path, root=request.root)
    index = request.index if request.index is not None else _choose(locations, request)
    location = locations[index]
    if location.problem:
        raise UserError(location.problem)
    name = location.name
    run = read_run(
        location,
        lambda fraction, text: control.progress(0.1 + 0.6 * fraction, f"{name}: {text}"),
        control.cancelled,
    )
    run = replace(run, identity=unread(run.n_units))
    control.progress(0.7, f"{name}: applying the rules to {run.n_units:,} units")
    table = AuditTable(run, audit(run))
    control.progress(0.9, f"{name}: sorting")
    attention = table.attention_rows()
    for key in DEFAULT_COLUMNS:  # the first paint then only formats what is on screen
        if table.kind(key):
            control.check()
            table.warm(key)
    return Loaded(Catalogue(request, locations, index), table, attention)


def _choose(locations: tuple[RunLocation, ...], request: Request) -> int:
    """Return the first location that fits the request and can be opened."""
    wanted = locations
    if request.mode or request.probe:
        wanted = find_runs(request.path, mode=request.mode, probe=request.probe, root=request.root)
    fits = [i for i, location in enumerate(locations) if location in wanted]
    return next((i for i in fits if not locations[i].problem), fits[0])
