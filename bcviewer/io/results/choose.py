"""Which of the runs that were found are wanted, what they are called, and in which order."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from bcviewer.core.rules.counts import count_of
from bcviewer.errors import NoResultsError, UserError
from bcviewer.io import names
from bcviewer.io.files import one_line
from bcviewer.io.results.folders import (
    is_kilosort_dir,
    is_kilosort_name,
    is_results_name,
    kind_of,
    mode_at,
)
from bcviewer.io.results.location import RunLocation
from bcviewer.io.results.naming import distinct, is_telling, own_names, probe_of, short

NO_MODE = "no run mode"
_WHAT = {"mode": "run mode", "probe": "probe"}


def only(
    runs: Sequence[RunLocation], what: str, wanted: str | None, shown: str
) -> list[RunLocation]:
    """Keep the runs of one mode or one probe, by key or by folder name, in any case.

    Parameters
    ----------
    runs : sequence of RunLocation
        What was found.
    what : {'mode', 'probe'}
        What ``wanted`` names.
    wanted : str or None
        The mode or probe; None keeps all.
    shown : str
        The path as it is shown in a message.

    Raises
    ------
    UserError
        If there is none; the message lists those that are there.
    """
    if wanted is None:
        return list(runs)
    for names_of in _NAMES[what]:  # what is called exactly so goes before what can be meant
        if kept := [run for run in runs if wanted.casefold() in names_of(run)]:
            return kept
    titles = mode_titles(runs).values() if what == "mode" else (run.probe for run in runs)
    there = sorted(set(titles) - {NO_MODE})
    raise UserError(
        f"{shown}: no {_WHAT[what]} '{one_line(wanted)}'; there is: "
        f"{one_line(', '.join(there) or 'none')}.",
        f"Choose one of them with --{what}." if there else f"Leave --{what} out.",
    )


def _mode(run: RunLocation) -> set[str]:
    return {run.mode.casefold()} - {""}


def _kind_or_folder(run: RunLocation) -> set[str]:
    """Return what a mode can be called: the key that it is a dated run of, or a folder's name."""
    if run.variant:
        return {run.variant.casefold()}
    folder = mode_at(run.ks_dir)[1]
    found = {kind_of(run.mode), folder.name if folder else "", run.results_dir.name}
    return {name.casefold() for name in found} - {""}


def _probe(run: RunLocation) -> set[str]:
    return {run.probe.casefold(), run.name.casefold()}


def _letter_or_folder(run: RunLocation) -> set[str]:
    return {run.ks_dir.name.casefold(), probe_of(run.ks_dir.name).casefold()}


_NAMES: dict[str, tuple[Callable[[RunLocation], set[str]], ...]] = {
    "mode": (_mode, _kind_or_folder),
    "probe": (_probe, _letter_or_folder),
}


def mode_titles(runs: Iterable[RunLocation]) -> dict[str, str]:
    """Return what to call each run mode, in the runs' order.

    The usual results have no mode of their own: beside other results of the same sort they are
    called after their folder.
    """
    runs = list(runs)
    variants = any(run.variant for run in runs)
    found: dict[str, str] = {}
    for run in runs:
        usual = run.results_dir.name if variants else NO_MODE
        found.setdefault(run.mode, run.mode or usual)
    return found


def ordered(runs: Iterable[RunLocation]) -> list[RunLocation]:
    """Return runs by mode (the usual ones first, then the newest) and probe."""
    modes = ["", *names.MODE_FOLDERS]

    def order(run: RunLocation) -> tuple[object, ...]:
        mode = run.mode.removesuffix(f"/{run.variant}") if run.variant else run.mode
        kind = kind_of(mode) or ("" if not mode or mode == run.variant else None)
        rank = len(modes) if kind is None else modes.index(kind)
        date = re.search(r"\d{6,}", mode) if kind else None
        newest = -int(date[0][:14]) if date else 0
        dated = bool(kind) and mode != kind
        return rank, dated, newest, run.mode, _numbered(run.probe), run.name

    return sorted(runs, key=order)


def _numbered(text: str) -> tuple[str, int]:
    """Return a key that sorts imec2 before imec10."""
    match = re.fullmatch(r"(?P<stem>.*?)(?P<number>\d{1,4})", text.casefold())
    return (match["stem"], int(match["number"])) if match else (text.casefold(), -1)


def told_apart(
    runs: Sequence[RunLocation], probe_name: Callable[[str, str], str] | None = None
) -> list[RunLocation]:
    """Name the runs so that no two of one run mode are alike.

    The same probe of several run modes has one name in all of them.

    Parameters
    ----------
    runs : sequence of RunLocation
        What was found.
    probe_name : callable, optional
        Returns the name for a probe's name and its directory's, from a config.
    """
    paths = [path_to_name(run) for run in runs]
    base = own_names(paths)
    if probe_name is not None:
        base = {path: probe_name(name, path.name) for path, name in base.items()}
    alike = _alike(runs, paths, base)
    told = distinct({path: base[path] for path in alike}, set(base.values()))
    found = {**base, **told}
    return [_renamed(run, path, found[path]) for run, path in zip(runs, paths, strict=True)]


def _alike(
    runs: Sequence[RunLocation], paths: Sequence[Path], base: Mapping[Path, str]
) -> list[Path]:
    """Return the paths whose name another one has as well in some run mode."""
    owners: dict[tuple[str, str], set[Path]] = defaultdict(set)
    for run, path in zip(runs, paths, strict=True):
        owners[run.mode, base[path].casefold()].add(path)
    alike = {name for (_, name), own in owners.items() if len(own) > 1}
    return [path for path in dict.fromkeys(paths) if base[path].casefold() in alike]


def path_to_name(run: RunLocation) -> Path:
    """Return the path that a run is named after: its sort's, without the run mode's folder."""
    known = is_kilosort_name(run.ks_dir.name) or is_results_name(run.results_dir.name)
    if run.ks_dir == run.results_dir.parent and not known and not is_kilosort_dir(run.ks_dir):
        return run.results_dir
    folder = mode_at(run.ks_dir)[1]
    return run.ks_dir if folder is None else folder.parent / run.ks_dir.relative_to(folder)


def _renamed(run: RunLocation, path: Path, probe: str) -> RunLocation:
    own = short(path.name)
    if is_telling(path.name) and probe.endswith(own):
        return replace(run, probe=probe, name=probe.removesuffix(own) + path.name)
    return replace(run, probe=probe, name=probe)


def cannot_be_opened(run: RunLocation, message: str, hint: str = "") -> UserError:
    """Return the error for a run that cannot be opened: Bombcell can be run on a sort."""
    if is_kilosort_dir(run.ks_dir):
        return NoResultsError(str(run.ks_dir), message, hint)
    return UserError(message, hint)


def openable(runs: Sequence[RunLocation], shown: str) -> tuple[RunLocation, ...]:
    """Return all runs, also those with a problem; refuse where none can be opened."""
    if any(not run.problem for run in runs):
        return tuple(runs)
    hint = "Run Bombcell on it, or open the folder that it wrote its results to."
    if len(runs) == 1:
        raise cannot_be_opened(runs[0], f"{one_line(runs[0].ks_dir)}: {runs[0].problem}.", hint)
    each = "; ".join(f"{run.name}: {run.problem}" for run in runs[:3])
    raise UserError(
        f"{shown}: none of {count_of(len(runs), 'probe')} can be opened ({one_line(each)}).", hint
    )
