"""What was asked to be opened, and the probes and run modes that it led to."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from bcviewer.app.prefs import Left
from bcviewer.io.files import one_line
from bcviewer.io.results.choose import mode_titles
from bcviewer.io.results.find import FoundRuns
from bcviewer.io.results.location import RunLocation
from bcviewer.io.results.naming import tells_recording


@dataclass(frozen=True, slots=True)
class Request:
    """What to open.

    Attributes
    ----------
    path : str
        A path as the person gave it.
    mode, probe, root : str or None
        Choices from a config.
    results : str or None
        The results folder to open of what is found; None: the first one that can be opened.
    sorts : mapping of str to str
        Kilosort directories that somebody pointed at, by results folder.
    kilosort : str or None
        The Kilosort directory of all results that are in none.
    found : FoundRuns or None
        What the path leads to, where it was looked for already.
    unit : int or None
        The cluster id to start at; None: that of the unit looked at, or the first.
    left : Left or None
        Where it was left: gone on at where nothing else is asked for, and it is still there.
    """

    path: str
    mode: str | None = None
    probe: str | None = None
    root: str | None = None
    results: str | None = None
    sorts: Mapping[str, str] = field(default_factory=dict)
    kilosort: str | None = None
    found: FoundRuns | None = None
    unit: int | None = None
    left: Left | None = None

    @property
    def key(self) -> str:
        """The path as it is remembered: the same from any folder."""
        return str(Path(self.path).expanduser().absolute())


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The probes and run modes that a path leads to, which one is open, and what was left out."""

    request: Request
    locations: tuple[RunLocation, ...]
    index: int
    notes: tuple[str, ...] = ()

    @property
    def found(self) -> FoundRuns:
        """What the path leads to, so that another probe of it opens without a search."""
        return FoundRuns(self.locations, self.notes)

    def again(self) -> Request:
        """Return the request that reads the open one again, from another search."""
        results = str(self.location.results_dir)
        return replace(self.request, results=results, found=None, unit=None)

    def other(self, index: int) -> Request:
        """Return the request for another one that the path leads to, without another search."""
        results = str(self.locations[index].results_dir)
        return replace(self.request, results=results, found=self.found, unit=None)

    @property
    def location(self) -> RunLocation:
        """The one that is open."""
        return self.locations[self.index]

    @property
    def modes(self) -> dict[str, str]:
        """What each run mode is called, in their order."""
        return mode_titles(self.locations)

    @property
    def probes(self) -> list[int]:
        """Return the place of every probe: in the open run mode, else where it has results first.

        Places of one Kilosort directory are of one probe, whatever each is called.
        """
        names = [location.probe.casefold() for location in self.locations]
        folders = [location.ks_dir for location in self.locations]
        first: dict[str | Path, int] = {}
        for i, both in enumerate(zip(names, folders, strict=True)):
            at = min(first.get(key, i) for key in both)
            first |= {key: first.get(key, at) for key in both}
        rank = [min(first[one], first[two]) for one, two in zip(names, folders, strict=True)]
        here = [i for i, loc in enumerate(self.locations) if loc.mode == self.location.mode]
        there = {rank[i] for i in here}
        for i, location in enumerate(self.locations):
            if rank[i] not in there and not location.problem:
                there.add(rank[i])
                here.append(i)
        return sorted(here, key=lambda i: (rank[i], i))

    def in_mode(self, mode: str) -> int:
        """Return the place of the open probe in a run mode, or of the first with results there."""
        fits = [i for i, loc in enumerate(self.locations) if loc.mode == mode]
        usable = [i for i in fits if not self.locations[i].problem] or fits
        same = [i for i in usable if self.locations[i].probe == self.location.probe]
        return (same or usable)[0]

    def in_next_mode(self, by: int) -> int:
        """Return the place of the open probe in the next run mode (−1: the one before), around."""
        modes = list(self.modes)
        return self.in_mode(modes[(modes.index(self.location.mode) + by) % len(modes)])

    def instead_of(self, before: Catalogue | None) -> str:
        """Return that another probe or run mode is open than before, as the other one lacks it.

        Empty where it is the same probe, or one that was chosen in its mode.
        """
        if before is None or before.locations != self.locations:
            return ""
        here, was = self.location, before.location
        if here.mode == was.mode or here.probe == was.probe:
            return ""
        places = {(loc.mode, loc.probe) for loc in self.locations}
        if (was.mode, here.probe) not in places:  # the probe was chosen: only there it is
            probe, modes = one_line(here.probe, 60), self.modes
            lacks = f"{one_line(modes[was.mode], 60)} has no probe {probe}"
            return f"{probe} is open in {one_line(modes[here.mode], 60)}: {lacks}."
        listed = (here.mode, was.probe) in places
        lacks = "no results of probe" if listed else "no probe"
        mode = one_line(self.modes[here.mode], 60)
        return f"{mode} has {lacks} {one_line(was.probe, 60)}: {one_line(here.probe, 60)} is open."

    @property
    def left(self) -> Left | None:
        """Where it was left, if the probe that is open is the one that was."""
        left = self.request.left
        here = left is not None and left.results == str(self.location.results_dir)
        return left if here else None

    @property
    def title(self) -> str:
        """What is open, in one line: recording, probe, and run mode where there is one.

        The recording is called after the nearest folder that all probes are in and whose name
        tells which one it is.
        """
        here = self.location
        folder = here.ks_dir.absolute().parent
        folders = {location.ks_dir.absolute().parent for location in self.locations}
        if len({each.anchor for each in folders}) == 1:
            folder = Path(os.path.commonpath(folders))
        names = (each.name for each in (folder, *folder.parents))
        recording = next((name for name in names if tells_recording(name)), "")
        parts = dict.fromkeys((recording, here.probe, here.mode))
        return " · ".join(one_line(part, 60) for part in parts if part)
