"""Finds runs on disk: what a path leads to, and why something there cannot be opened."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from bcviewer.errors import UserError
from bcviewer.io import names
from bcviewer.io.choose import only, openable
from bcviewer.io.config import Config, read_config
from bcviewer.io.files import one_line, reason
from bcviewer.io.folders import (
    has_table,
    is_kilosort_dir,
    is_run,
    mode_of,
    probe_of,
    results_in,
    subfolders,
)

_NEVER_RUN = "Bombcell has not been run here"


@dataclass(frozen=True, slots=True)
class RunLocation:
    """One probe's results on disk, or a probe that was found but cannot be opened.

    Attributes
    ----------
    ks_dir, results_dir : Path
        The Kilosort directory and its results folder.
    name, probe : str
        The directory's name; the probe's letter, or the name where it has none.
    mode : str
        Run mode: a key of ``names.MODE_FOLDERS``, or the folder's name; may be empty.
    region : str
        Brain region, from a config.
    roi_um : float or None
        Length of the region of interest from the tip, µm, from a config.
    tip_at_top : bool
        Whether the tip is at the highest y.
    problem : str
        Why it cannot be opened; empty where it can.
    """

    ks_dir: Path
    results_dir: Path
    name: str
    probe: str
    mode: str = ""
    region: str = ""
    roi_um: float | None = None
    tip_at_top: bool = False
    problem: str = ""


def find_runs(
    path: str | Path,
    *,
    mode: str | None = None,
    probe: str | None = None,
    root: str | Path | None = None,
) -> tuple[RunLocation, ...]:
    """Return the runs that a path leads to, by mode and probe.

    Parameters
    ----------
    path : str or Path
        A Kilosort directory, its results folder or a file of either, a folder of probes, a
        recording folder with run modes, or a config (``.json``).
    mode, probe : str, optional
        Keep one run mode (its key or its folder's name), one probe (its letter or its name).
    root : str or Path, optional
        Where the recordings are, instead of the config's ``recordings_root``.

    Raises
    ------
    UserError
        If nothing can be opened, or a mode or probe is not there. One line.
    """
    place = Path(path).expanduser()
    shown = one_line(place)
    runs = _at(place, None if root is None else Path(root).expanduser())
    runs = only(only(runs, "mode", mode, shown), "probe", probe, shown)
    return openable(sorted(runs, key=_order), shown)


def _at(place: Path, root: Path | None) -> list[RunLocation]:
    shown = one_line(place)
    try:
        if place.is_file():
            return _from_file(place, root)
        if place.is_dir():
            return _from_folder(place.resolve() if ".." in place.parts else place.absolute())
        exists = place.exists()
    except (OSError, ValueError) as error:
        raise UserError(
            f"{shown}: cannot be opened: {reason(error)}.", "Check its name and its permissions."
        ) from None
    raise UserError(
        f"{shown}: neither a file nor a folder." if exists else f"{shown} does not exist.",
        "Give a Kilosort directory, a folder of probes, or a config .json.",
    )


def _order(run: RunLocation) -> tuple[int, str, str, str]:
    modes = ["", *names.MODE_FOLDERS]
    rank = modes.index(run.mode) if run.mode in modes else len(modes)
    return rank, run.mode, run.probe.casefold(), run.name


def _from_file(file: Path, root: Path | None) -> list[RunLocation]:
    if file.suffix.lower() == ".json":
        return _from_config(read_config(file, root))
    folder = file.absolute().parent
    if is_kilosort_dir(folder) or has_table(folder):
        return _from_folder(folder)
    raise UserError(
        f"{one_line(file)}: not a file of Bombcell or Kilosort.",
        "Give a Kilosort directory, a folder of probes, or a config .json.",
    )


def _from_folder(folder: Path) -> list[RunLocation]:
    """Return the runs of a folder, looking at most four levels down and never further."""
    if has_table(folder) and not is_kilosort_dir(folder):
        ks_dir = folder.parent
        return [RunLocation(ks_dir, folder, ks_dir.name, probe_of(ks_dir.name))]
    if is_run(folder):
        return [locate(folder)]
    if (runs := _probes_in(folder)) or (runs := _modes_in(folder)):
        return runs
    if folder.name in names.RESULTS_FOLDERS or folder.name.startswith("bombcell"):
        return [locate(folder.parent, folder)]
    config = next((file.name for file in sorted(folder.glob("*.json"))), "")
    raise UserError(
        f"{one_line(folder)}: no Kilosort directory and no Bombcell results in it.",
        f"If it is its config, open {one_line(config)}."
        if config
        else "Give a Kilosort directory that Bombcell has run on, or a folder of them.",
    )


def _modes_in(folder: Path) -> list[RunLocation]:
    """Return the runs of a recording folder, or of its ``bombcell`` folder, in all modes."""
    inner = folder / "bombcell"
    runs: list[RunLocation] = []
    for child in subfolders(inner if inner.is_dir() else folder):
        if mode_of(child):
            runs += _probes_in(child)
    return runs


def _probes_in(folder: Path) -> list[RunLocation]:
    """Return the probes that are sub-folders, also those that Bombcell has not run on."""
    mode = mode_of(folder)
    found: list[RunLocation] = []
    for child in subfolders(folder):
        try:
            found += _probe_in(child)
        except OSError as error:  # one folder that cannot be read does not hide the others
            if _is_named(child):
                run = RunLocation(child, child / "bombcell", child.name, probe_of(child.name))
                found.append(replace(run, problem=f"cannot be read: {reason(error)}"))
    if mode:
        found = [replace(run, mode=mode) for run in found]
    return found if any(not run.problem for run in found) or _kilosort_in(found) else []


def _probe_in(folder: Path) -> list[RunLocation]:
    if is_run(folder):
        return [locate(folder)]
    if not _is_named(folder):
        return []
    # kilosort4_D/kilosort4_D: a folder that was copied into one of its own name
    inner = [sub for sub in subfolders(folder) if is_run(sub)]
    return [locate(sub) for sub in inner] or [locate(folder)]


def _is_named(folder: Path) -> bool:
    return folder.name.casefold().startswith("kilosort")


def _kilosort_in(runs: Iterable[RunLocation]) -> bool:
    return any(is_kilosort_dir(run.ks_dir) or run.results_dir.is_dir() for run in runs)


def locate(ks_dir: Path, results: Path | None = None) -> RunLocation:
    """Return a Kilosort directory's run; ``problem`` says why it cannot be opened."""
    found = results or next(results_in(ks_dir), None)
    run = RunLocation(
        ks_dir, found or ks_dir / names.RESULTS_FOLDERS[0], ks_dir.name, probe_of(ks_dir.name)
    )
    return run if found and has_table(found) else replace(run, problem=_problem(run))


def _problem(run: RunLocation) -> str:
    folder = run.results_dir
    if not folder.is_dir():
        if not is_kilosort_dir(run.ks_dir):
            return "no Kilosort output and no Bombcell results here"
        if (run.ks_dir / names.SPIKEINTERFACE_TSV).exists():
            return f"{_NEVER_RUN}: its labels are SpikeInterface's, without a table of metrics"
        return _NEVER_RUN
    if (folder / names.GUI_FOLDER).is_dir() or (folder / names.PARAMS_PARQUET).exists():
        return f"Bombcell's run was aborted: {folder.name} has no table of units"
    return f"{_NEVER_RUN}, or it wrote nothing: {folder.name} has no table of units"


def _from_config(config: Config) -> list[RunLocation]:
    """Return the runs of a config: its probes, and others whose folders are there."""
    base = config.recording / "bombcell"
    if not base.is_dir():
        raise UserError(
            f"{config.file.name}: no folder {one_line(base)}.",
            "If the recordings are elsewhere, say where with --root.",
        )
    runs: list[RunLocation] = []
    for mode, name in names.MODE_FOLDERS.items():
        folder = base / name
        if folder.is_dir():
            found = {run.probe: run for run in _probes_in(folder)}
            for probe in config.probes_of(mode):
                found.setdefault(probe, locate(folder / names.PROBE_FOLDER.format(probe=probe)))
            runs += [_described(run, mode, config) for run in found.values()]
    if not runs:
        wanted = ", ".join(names.MODE_FOLDERS.values())
        raise UserError(
            f"{config.file.name}: {one_line(base)} has no folder of a run mode ({wanted}).",
            "Run Bombcell first, or say where the recordings are with --root.",
        )
    return runs


def _described(run: RunLocation, mode: str, config: Config) -> RunLocation:
    return replace(
        run,
        mode=mode,
        region=config.regions.get(run.probe, ""),
        roi_um=config.roi_um.get(run.probe),
        tip_at_top=config.tip_at_top.get(run.probe, False),
    )
