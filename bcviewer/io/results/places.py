"""Collects the runs below a folder: probes, run modes, several results, results elsewhere."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from bcviewer.core.calls import Cancelled, TellFolder
from bcviewer.errors import UserError
from bcviewer.io import names
from bcviewer.io.files import one_line, reason
from bcviewer.io.results.folders import (
    KILOSORT_FILES,
    TABLES,
    exported_in,
    has_table,
    is_kilosort_dir,
    is_kilosort_name,
    is_results_name,
    is_run,
    is_staging,
    mode_at,
    results_in,
    subfolders,
)
from bcviewer.io.results.location import RunLocation
from bcviewer.io.results.naming import short, telling
from bcviewer.io.results.sort_of import sort_of
from bcviewer.io.results.tree import MOST_FOLDERS, Listing, Walk

_NEVER_RUN = "Bombcell has not been run here"


class RunPlaces:
    """The runs below a folder.

    Parameters
    ----------
    sorts : mapping of str to str
        Kilosort directories that somebody pointed at, by results folder.
    sort : Path, optional
        The Kilosort directory of all results that are in none.
    progress, cancelled, most : optional
        See :class:`bcviewer.io.results.tree.Walk`.

    Attributes
    ----------
    notes : list of str
        What was not looked into.
    """

    def __init__(
        self,
        sorts: Mapping[str, str],
        sort: Path | None = None,
        progress: TellFolder | None = None,
        cancelled: Cancelled | None = None,
        most: int = MOST_FOLDERS,
    ) -> None:
        self._sorts = sorts
        self._sort = sort
        self._progress = progress
        self._cancelled = cancelled
        self._most = most
        self.notes: list[str] = []

    def below(self, folder: Path) -> list[RunLocation]:
        """Return the runs of a folder and of those below it; none where nothing is there."""
        if has_table(folder) and not is_kilosort_dir(folder):
            return [replace(self._results_alone(folder), mode="")]
        walk = Walk(folder, self._progress, self._cancelled, self._most)
        runs: list[RunLocation] = []
        for found in walk:
            try:
                runs += self._visit(found, walk)
            except (OSError, UserError) as error:  # one folder does not hide the others
                walk.unread(found.path, error)
        self.notes += walk.notes()
        runs = self._sorted_out(runs)
        # a probe that was opened by itself was not chosen from run modes
        alone = all(run.ks_dir == folder for run in runs)
        return [replace(run, mode=run.variant) for run in runs] if alone else runs

    def _visit(self, found: Listing, walk: Walk) -> list[RunLocation]:
        """Return the runs of one folder, and say where to look on."""
        folder = found.path
        if names.COHORT_FILE in found.files:
            return []  # what we wrote ourselves: thousands of folders without a recording
        if found.files & TABLES and not found.files & KILOSORT_FILES:
            return [self._results_alone(folder)]
        if found.files & KILOSORT_FILES:
            runs = self._of_sort(folder)
            if any(run.problem for run in runs):
                walk.enter(found.folders)  # kilosort4_D/kilosort4_D: the run is in the inner one
            return runs
        if is_staging(found.folders):
            runs = self._probes_in(found, walk)
            if all(run.problem for run in runs):
                walk.enter(found.folders)  # sorts that nobody scored; the results may be deeper
                return [run for run in runs if _is_there(run)]
            return runs
        return self._copied(found, walk)

    def _copied(self, found: Listing, walk: Walk) -> list[RunLocation]:
        """Return results that were copied without their spikes, and look on in other folders."""
        named = is_kilosort_name(found.path.name)
        results = [f for f in found.folders if (named or is_results_name(f.name)) and has_table(f)]
        walk.enter(tuple(f for f in found.folders if f not in results))
        return self._results_of(found.path, results)

    def _probes_in(self, found: Listing, walk: Walk) -> list[RunLocation]:
        """Return the probes of a recording, also those that Bombcell has not run on."""
        runs: list[RunLocation] = []
        for child in found.folders:
            walk.check()
            try:
                runs += self._probe_in(child)
            except OSError as error:  # one folder that cannot be read does not hide the others
                if is_kilosort_name(child.name):
                    runs.append(replace(located(child), problem=f"cannot be read: {reason(error)}"))
        return runs

    def _probe_in(self, folder: Path) -> list[RunLocation]:
        if is_run(folder):
            return self._of_sort(folder)
        if not is_kilosort_name(folder.name):
            return []
        # kilosort4_D/kilosort4_D: a folder that was copied into one of its own name
        inner = [run for sub in subfolders(folder) if is_run(sub) for run in self._of_sort(sub)]
        return inner or [located(folder)]

    def _of_sort(self, ks_dir: Path) -> list[RunLocation]:
        """Return all results of a Kilosort directory, the usual one first."""
        runs = self._results_of(ks_dir, list(results_in(ks_dir)))
        if not runs:
            return [located(ks_dir)]
        usual = [ks_dir / name for name in names.RESULTS_FOLDERS]
        broken = [located(ks_dir, folder) for folder in usual if folder.is_dir()]
        return runs + [run for run in broken if run.problem]

    def _results_of(self, ks_dir: Path, results: list[Path]) -> list[RunLocation]:
        return [self._run(folder, ks_dir) for folder in results]

    def _results_alone(self, folder: Path) -> RunLocation:
        return self._run(folder, folder.parent)

    def _run(self, results: Path, parent: Path) -> RunLocation:
        """Return the run of a results folder: its sort by what is known, else what it is in."""
        known = sort_of(results, self._sorts)
        complete = (results.parent / names.SPIKE_TIMES).exists()
        if self._sort is not None and not complete and (known is None or known[1] != "person"):
            known = self._sort, "person"
        if results == parent or known is None:
            return located(parent, results)
        ks_dir, source = known
        return replace(located(ks_dir, results), sort_from=source)

    def _sorted_out(self, runs: list[RunLocation]) -> list[RunLocation]:
        """Return the runs once each; a sort whose results are elsewhere has been run."""
        once = {(run.ks_dir, run.results_dir): run for run in runs}.values()
        done = [run for run in once if not run.problem]
        had = {run.ks_dir for run in done}
        if len(done) == len(once):
            return _variants(done)
        # what is found inside a Kilosort directory without results is what was meant
        had |= {parent for run in done for parent in run.ks_dir.parents}
        left = [r for r in once if r.problem and (r.ks_dir not in had or r.results_dir.is_dir())]
        return _variants(done + left)


def _variants(runs: list[RunLocation]) -> list[RunLocation]:
    """Return runs so that several results of one sort are run modes of their own."""
    usual = {name: i for i, name in enumerate(names.RESULTS_FOLDERS)}

    def rank(run: RunLocation) -> tuple[bool, bool, int]:
        return bool(run.problem), bool(run.sort_from), usual.get(run.results_dir.name, len(usual))

    sorts: dict[Path, list[RunLocation]] = defaultdict(list)
    for run in sorted(runs, key=rank):
        sorts[run.ks_dir if _same_sort(run) else run.results_dir].append(run)
    out: list[RunLocation] = []
    for first, *more in sorts.values():
        folders = [_folder_name(run, [first, *more]) for run in (first, *more)]
        for i, run in enumerate((first, *more)):
            variant = folders[i] if i else ""
            mode = "/".join(filter(None, (run.mode, variant)))
            others = tuple(name for j, name in enumerate(folders) if j != i)
            out.append(replace(run, mode=mode, variant=variant, others=others))
    return out


def _folder_name(run: RunLocation, same: list[RunLocation]) -> str:
    """Return a results folder's name; where two are alike, with the folder that it is in."""
    name = run.results_dir.name
    alike = sum(other.results_dir.name.casefold() == name.casefold() for other in same) > 1
    return f"{run.results_dir.parent.name}/{name}" if alike and run.sort_from else name


def _same_sort(run: RunLocation) -> bool:
    """Whether results are of their Kilosort directory, or only lie in one folder with others."""
    if run.sort_from or is_results_name(run.results_dir.name):
        return True
    return is_kilosort_name(run.ks_dir.name) or is_kilosort_dir(run.ks_dir)


def _is_there(run: RunLocation) -> bool:
    return is_kilosort_dir(run.ks_dir) or run.results_dir.is_dir()


def located(ks_dir: Path, results: Path | None = None) -> RunLocation:
    """Return a Kilosort directory's run; ``problem`` says why it cannot be opened."""
    found = results or next(results_in(ks_dir), None)
    told = telling(ks_dir)
    name, probe = told if told == ks_dir.name else short(told), short(told)
    where = found or ks_dir / names.RESULTS_FOLDERS[0]
    run = RunLocation(ks_dir, where, name, probe, mode_at(ks_dir)[0])
    return run if found and has_table(found) else replace(run, problem=_problem(run))


def _problem(run: RunLocation) -> str:
    folder = run.results_dir
    if not folder.is_dir():
        if not is_kilosort_dir(run.ks_dir):
            return "no Kilosort output and no Bombcell results here"
        if (run.ks_dir / names.SPIKEINTERFACE_TSV).exists():
            return f"{_NEVER_RUN}: its labels are SpikeInterface's, without a table of metrics"
        return _NEVER_RUN
    if exported := exported_in(folder):
        return (
            f"{folder.name} holds {one_line(exported, 80)}, a table that was exported, "
            f"but not Bombcell's own ({names.UNITS_PARQUET} or .csv)"
        )
    if (folder / names.GUI_FOLDER).is_dir() or (folder / names.PARAMS_PARQUET).exists():
        return f"Bombcell's run was aborted: {folder.name} has no table of units"
    return f"{_NEVER_RUN}, or it wrote nothing: {folder.name} has no table of units"
