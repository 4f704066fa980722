"""Finds runs on disk: what a path leads to, and why something there cannot be opened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from bcviewer.core.calls import Cancelled, TellFolder
from bcviewer.errors import CohortFoundError, UserError
from bcviewer.io import names
from bcviewer.io.files import expanded, one_line, reason
from bcviewer.io.results.choose import only, openable, ordered, told_apart
from bcviewer.io.results.config import Config, read_config
from bcviewer.io.results.folders import (
    exported_in,
    has_table,
    is_kilosort_dir,
    is_results_name,
    mode_at,
)
from bcviewer.io.results.location import RunLocation
from bcviewer.io.results.naming import short, telling
from bcviewer.io.results.places import RunPlaces, located
from bcviewer.io.results.tree import MOST_FOLDERS

_WHAT_TO_GIVE = "Give a Kilosort directory, a folder of probes, or a config .json."


@dataclass(frozen=True, slots=True)
class FoundRuns:
    """What a path leads to.

    Attributes
    ----------
    runs : tuple of RunLocation
        By run mode and probe, also those that cannot be opened.
    notes : tuple of str
        What was not looked into, and why; a line each.
    """

    runs: tuple[RunLocation, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Search:
    """How to look for runs.

    Attributes
    ----------
    root : Path or None
        Where the recordings are, instead of a config's ``recordings_root``.
    sorts : mapping of str to str
        Kilosort directories of results that are elsewhere, by results folder.
    sort : Path or None
        The Kilosort directory of all results that are in none.
    progress : callable or None
        Called with a few words now and then.
    cancelled : callable or None
        Asked at each folder.
    most_folders : int
        Folders that are looked into at most.
    """

    root: Path | None = None
    sorts: Mapping[str, str] = field(default_factory=dict)
    sort: Path | None = None
    progress: TellFolder | None = None
    cancelled: Cancelled | None = None
    most_folders: int = MOST_FOLDERS

    def places(self) -> RunPlaces:
        """Return what collects the runs."""
        return RunPlaces(self.sorts, self.sort, self.progress, self.cancelled, self.most_folders)


def find_runs(
    path: str | Path,
    *,
    mode: str | None = None,
    probe: str | None = None,
    root: str | Path | None = None,
    cancelled: Cancelled | None = None,
) -> tuple[RunLocation, ...]:
    """Return the runs that a path leads to, by mode and probe.

    Parameters
    ----------
    path : str or Path
        A Kilosort directory, its results folder or a file of either, a folder of probes, a
        recording folder with run modes, any folder above these, or a config (``.json``).
    mode, probe : str, optional
        Keep one run mode (its key or its folder's name), one probe (its letter or its name).
    root : str or Path, optional
        Where the recordings are, instead of the config's ``recordings_root``.
    cancelled : callable, optional
        Asked at each folder.

    Raises
    ------
    UserError
        If nothing can be opened, or a mode or probe is not there. One line.
    """
    search = Search(None if root is None else expanded(root), cancelled=cancelled)
    found = search_runs(path, search)
    return chosen(found.runs, path, mode, probe)


def chosen(
    runs: tuple[RunLocation, ...], path: str | Path, mode: str | None, probe: str | None
) -> tuple[RunLocation, ...]:
    """Keep the runs of one mode and one probe; refuse where there are none to open."""
    shown = one_line(expanded(path))
    kept = only(only(list(runs), "mode", mode, shown), "probe", probe, shown)
    return openable(kept, shown)


def search_runs(path: str | Path, search: Search | None = None) -> FoundRuns:
    """Return the runs that a path leads to, and what was not looked into.

    Raises
    ------
    UserError
        If there is nothing; see :func:`find_runs`.
    CancelledError
        If ``search.cancelled`` said so.
    """
    found = every_run(path, search)
    openable(found.runs, one_line(expanded(path)))
    return found


def every_run(path: str | Path, search: Search | None = None) -> FoundRuns:
    """Return the runs that a path leads to, also where none of them can be opened.

    Raises
    ------
    UserError, CancelledError
        As :func:`search_runs` does, but for runs that cannot be opened.
    """
    how = search or Search()
    places = how.places()
    runs = _at(expanded(path), how, places)
    return FoundRuns(tuple(ordered(runs)), tuple(places.notes))


def _at(place: Path, search: Search, places: RunPlaces) -> list[RunLocation]:
    shown = one_line(place)
    try:
        if place.is_file():
            return _from_file(place, search, places)
        if place.is_dir():
            # a link that was given by name is followed; those that are met on the way are not
            folder = place.resolve() if ".." in place.parts else place.absolute()
            return told_apart(_from_folder(folder, places))
        exists = place.exists()
    except (OSError, ValueError) as error:
        raise UserError(
            f"{shown}: cannot be opened: {reason(error)}.", "Check its name and its permissions."
        ) from None
    raise UserError(
        f"{shown}: neither a file nor a folder." if exists else f"{shown} does not exist.",
        _WHAT_TO_GIVE,
    )


def _from_file(file: Path, search: Search, places: RunPlaces) -> list[RunLocation]:
    if file.suffix.lower() == ".json":
        return _from_config(read_config(file, search.root), places)
    folder = file.absolute().parent
    if is_kilosort_dir(folder) or has_table(folder):
        return told_apart(_from_folder(folder, places))
    if exported_in(folder) and is_results_name(folder.name):
        return [located(folder.parent, folder)]
    raise UserError(f"{one_line(file)}: not a file of Bombcell or Kilosort.", _WHAT_TO_GIVE)


def _from_folder(folder: Path, places: RunPlaces) -> list[RunLocation]:
    if runs := places.below(folder):
        return runs
    if is_results_name(folder.name):
        return [located(folder.parent, folder)]
    if (folder / names.COHORT_FILE).is_file():
        raise CohortFoundError(
            str(folder),
            f"{one_line(folder)}: a cohort, and no recording.",
            f"`bcviewer cohort {one_line(folder)}` says what is in it,"
            f" `bcviewer {one_line(folder)}` shows it.",
        )
    config = next((file.name for file in sorted(folder.glob("*.json"))), "")
    why = f" {' '.join(places.notes)}" if places.notes else ""
    raise UserError(
        f"{one_line(folder)}: no Kilosort directory and no Bombcell results in it.{why}",
        f"If it is its config, open {one_line(config)}."
        if config
        else "Give a Kilosort directory that Bombcell has run on, or a folder of them.",
    )


def _from_config(config: Config, places: RunPlaces) -> list[RunLocation]:
    """Return the runs of a config: its probes, and others whose folders are there."""
    hint = "If the recordings are elsewhere, say where with --root."
    name = one_line(config.file.name)
    if not config.recording.is_dir():
        raise UserError(f"{name}: no folder {one_line(config.recording)}.", hint)
    runs = places.below(config.recording)
    if not runs:
        wanted = ", ".join(names.MODE_FOLDERS.values())
        raise UserError(
            f"{name}: {one_line(config.recording)} has no folder of a run mode "
            f"({wanted}) and no Bombcell results.",
            f"Run Bombcell first. {hint}",
        )
    runs = told_apart(runs, config.probe_of)
    return [_described(run, config) for run in [*runs, *_absent(runs, config)]]


def _absent(runs: list[RunLocation], config: Config) -> list[RunLocation]:
    """Return the probes that a run mode should have and has not."""
    folders = {r.mode: folder for r in runs if (folder := mode_at(r.ks_dir)[1]) is not None}
    wanted = {mode: config.probes_of(mode) for mode in folders}
    if not folders:  # no run modes: the probes lie in the recording
        folders, wanted = {"": config.recording}, {"": config.probes}
    missing = []
    for mode, folder in folders.items():
        there = {probe_in(config, run.ks_dir) for run in runs if run.mode == mode}
        for probe in wanted[mode]:
            if probe not in there:
                run = located(folder / names.PROBE_FOLDER.format(probe=probe))
                missing.append(replace(run, probe=probe, mode=mode))
    return missing


def probe_in(config: Config, ks_dir: Path) -> str:
    """Return the config's name for the probe of a sort, whatever tells it apart from others."""
    return config.probe_of(short(telling(ks_dir)), ks_dir.name)


def _described(run: RunLocation, config: Config) -> RunLocation:
    probe = probe_in(config, run.ks_dir)
    return replace(
        run,
        region=config.regions.get(probe, ""),
        roi_um=config.roi_um.get(probe),
        tip_at_top=config.tip_of(probe),
    )
