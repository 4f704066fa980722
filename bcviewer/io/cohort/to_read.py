"""What is to be read for a cohort: where each run is, what it is called, what its files are."""

from __future__ import annotations

import os
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from bcviewer import __version__
from bcviewer.io import names
from bcviewer.io.cohort.place import part_name, place_of
from bcviewer.io.results.choose import path_to_name
from bcviewer.io.results.folders import mode_at
from bcviewer.io.results.location import RunLocation
from bcviewer.io.results.naming import recording_and_probe

READ_BY = f"{__version__}/1"
"""Who wrote a part: another version, or another form of the columns, reads all runs again."""
_READ = (".parquet", ".csv", ".tsv", ".npy", ".py")
"""Endings of the files that a run is read from."""


@dataclass(frozen=True, slots=True)
class ToRead:
    """One run to read. Plain values only: it goes to other processes, and to other machines.

    Attributes
    ----------
    folder : str
        The cohort.
    location : RunLocation
        Where the run is.
    recording, probe, run, place : str
        What it is called, and the hash of where its results are.
    files : str
        What its files are, before they are read: names, sizes and times, as a hash.
    read_by : str
        The version that asks.
    """

    folder: str
    location: RunLocation
    recording: str
    probe: str
    run: str
    place: str
    files: str
    read_by: str = READ_BY

    @property
    def part(self) -> str:
        """Where its units are in the cohort."""
        return part_name(self.recording, self.probe, self.run, self.place)

    @property
    def key(self) -> tuple[str, str, str, str]:
        """By what runs are in order."""
        return self.recording, self.probe, self.run, self.place


def task_of(location: RunLocation, folder: Path) -> ToRead:
    """Return what is to be read of a run; looks at its files, and reads none."""
    recording, probe = recording_and_probe(path_to_name(location))
    return ToRead(
        str(folder),
        location,
        recording,
        probe,
        _run_name(location),
        place_of(location.results_dir),
        files_of(location),
    )


def _run_name(location: RunLocation) -> str:
    """Return what a run is called, whatever others there are: its mode, and an unusual folder."""
    mode = mode_at(location.ks_dir)[0]
    name = location.results_dir.name
    return "/".join(filter(None, (mode, "" if mode and name == names.RESULTS_FOLDERS[0] else name)))


def files_of(location: RunLocation) -> str:
    """Return a hash of the files of a run: their names, sizes and times, 32 characters.

    Names of folders are in it, too: whether phy has been there tells how labels are read.
    """
    digest = blake2b(digest_size=16)
    told = (location.region, location.roi_um, location.tip_at_top, location.problem)
    digest.update(repr(told).encode())
    for folder in (location.results_dir, location.ks_dir):
        digest.update(os.fsencode(folder) + b"\0")
        for line in _lines(folder):
            digest.update(line)
    return digest.hexdigest()


def _lines(folder: Path) -> list[bytes]:
    out = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                name = os.fsencode(entry.name)
                if entry.is_dir(follow_symlinks=False):
                    out.append(name + b"/\0")
                elif entry.name.endswith(_READ):
                    out.append(name + _state(entry))
    except OSError as error:
        return [repr(error.errno).encode()]
    return sorted(out)


def _state(entry: os.DirEntry[str]) -> bytes:
    try:
        info = entry.stat()
    except OSError as error:  # a link that leads nowhere
        return f" {error.errno}\0".encode()
    return f" {info.st_size} {info.st_mtime_ns}\0".encode()
