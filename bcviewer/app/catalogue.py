"""What was asked to be opened, and the probes and run modes that it led to."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from bcviewer.app.prefs import Left
from bcviewer.io.files import expanded, one_line
from bcviewer.io.results.choose import mode_titles
from bcviewer.io.results.find import FoundRuns
from bcviewer.io.results.location import RunLocation
from bcviewer.io.results.naming import tells_recording

ALL_PROBES = "All probes"
"""What all probes of a run mode are called together."""


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
    every : bool or None
        Whether all probes of the run mode are opened as one table; None: as it was left.
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
    every: bool | None = None

    @property
    def is_config(self) -> bool:
        """Whether it is a config's path."""
        return Path(self.path).suffix.lower() == ".json"

    @property
    def key(self) -> str:
        """The path as it is remembered: the same from any folder."""
        return str(expanded(self.path).absolute())


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The probes and run modes that a path leads to, which is open, and what was left out.

    Attributes
    ----------
    request : Request
        What was asked for.
    locations : tuple of RunLocation
        All that there are.
    index : int
        The one that is open; of several the one that was shown first.
    notes : tuple of str
        What was left out.
    every : bool
        Whether all probes of its run mode are open, or being opened, as one table.
    """

    request: Request
    locations: tuple[RunLocation, ...]
    index: int
    notes: tuple[str, ...] = ()
    every: bool = False

    @property
    def found(self) -> FoundRuns:
        """What the path leads to, so that another probe of it opens without a search."""
        return FoundRuns(self.locations, self.notes)

    def again(self, here: RunLocation) -> Request:
        """Return the request that reads what is open again, that one first, from another search."""
        results, every = str(here.results_dir), self.wants_every
        return replace(self.request, results=results, found=None, unit=None, every=every)

    def other(self, index: int, *, every: bool = False) -> Request:
        """Return the request for another one that the path leads to, without another search.

        With ``every`` for all probes of its run mode, that one first.
        """
        results = str(self.locations[index].results_dir)
        return replace(self.request, results=results, found=self.found, unit=None, every=every)

    @property
    def together(self) -> tuple[int, ...]:
        """The places of the probes of the open run mode: those that can be one table."""
        return probes_beside(self.locations, self.index)

    def is_other_mode(self, index: int) -> bool:
        """Whether one of them is a probe of the open run mode in another one."""
        here = {self.locations[i].probe for i in self.together}
        return index not in self.together and self.locations[index].probe in here

    @property
    def wants_every(self) -> bool:
        """Whether another run mode opens with all its probes: these do, or there is one only."""
        return self.every or (len(self.together) < 2 and self.request.every is True)

    def is_alone(self, index: int) -> bool:
        """Whether one of them is what is open, and nothing else is."""
        return index == self.index and not self.every

    @property
    def location(self) -> RunLocation:
        """The one that is open."""
        return self.locations[self.index]

    def location_of(self, results_dir: str) -> RunLocation:
        """Return where some results are; the one that is open, where they are none of these."""
        found = (one for one in self.locations if str(one.results_dir) == results_dir)
        return next(found, self.location)

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

    def in_mode(self, mode: str, probe: str = "") -> int:
        """Return the place of a probe in a run mode, or of the first with results there.

        Of the open one where none is given.
        """
        probe = probe or self.location.probe
        fits = [i for i, loc in enumerate(self.locations) if loc.mode == mode]
        usable = [i for i in fits if not self.locations[i].problem] or fits
        same = [i for i in usable if self.locations[i].probe == probe]
        return (same or usable)[0]

    def next_mode(self, by: int) -> str:
        """Return the next run mode (−1: the one before), around."""
        modes = list(self.modes)
        return modes[(modes.index(self.location.mode) + by) % len(modes)]

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
        opens = "" if self.every else f": {one_line(here.probe, 60)} is open"
        return f"{mode} has {lacks} {one_line(was.probe, 60)}{opens}."

    @property
    def left(self) -> Left | None:
        """Where it was left, if the probe that is open is the one that was."""
        left = self.request.left
        here = left is not None and left.results == str(self.location.results_dir)
        return left if here else None

    @property
    def recording(self) -> str:
        """What the recording is called; empty: no folder says it.

        After the nearest folder that all probes are in and whose name tells which one it is.
        """
        folder = self.location.ks_dir.absolute().parent
        folders = {location.ks_dir.absolute().parent for location in self.locations}
        if len({each.anchor for each in folders}) == 1:
            folder = Path(os.path.commonpath(folders))
        names = (each.name for each in (folder, *folder.parents))
        return next((name for name in names if tells_recording(name)), "")

    @property
    def title(self) -> str:
        """What is open, in one line: recording, probe, and run mode where there is one."""
        here = self.location
        parts = (self.recording, ALL_PROBES if self.every else here.probe, here.mode)
        return " · ".join(one_line(part, 60) for part in dict.fromkeys(parts) if part)


def probes_beside(locations: Sequence[RunLocation], index: int) -> tuple[int, ...]:
    """Return the places of the probes of the run mode that one of some locations is of."""
    mode = locations[index].mode
    return tuple(i for i, location in enumerate(locations) if location.mode == mode)
