"""Finds the run that another one is compared with, and says what to call the two."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from bcviewer.core.rules.counts import first_of
from bcviewer.core.run.run import Run
from bcviewer.errors import UserError
from bcviewer.io import names
from bcviewer.io.files import one_line
from bcviewer.io.results.find import Search, search_runs
from bcviewer.io.results.location import RunLocation

_MOST_NAME = 60


def find_other(path: str | Path, here: Run, search: Search) -> RunLocation:
    """Return the run that a path leads to, as one to compare an open one with.

    Parameters
    ----------
    path : str or Path
        A results folder, a Kilosort directory, any folder above, or a config.
    here : Run
        The open one: of several the one of its probe is meant, and never itself.
    search : Search
        How to look.

    Raises
    ------
    UserError
        If there is none, none that can be opened, or more than one.
    """
    found = search_runs(path, search).runs
    shown = one_line(path)
    own = os.path.realpath(here.provenance.results_dir)
    others = [run for run in found if os.path.realpath(run.results_dir) != own]
    if not others:
        raise UserError(f"{shown}: is the run that is open.", "Choose another one.")
    usable = [run for run in others if not run.problem]
    if not usable:
        raise UserError(others[0].problem)
    probe = here.provenance.probe.casefold()
    same = [run for run in usable if run.probe.casefold() == probe]
    if len(usable) > 1 and not same:
        there = first_of([run.probe for run in usable], 8)
        raise UserError(f"{shown}: has no probe {here.provenance.probe}; there is: {there}.")
    meant = _usual(same) if same else usable
    if len(meant) > 1:
        there = first_of([str(run.results_dir) for run in meant], 3)
        raise UserError(f"{shown}: leads to several runs of this probe.", f"Choose one: {there}.")
    return meant[0]


def _usual(runs: Sequence[RunLocation]) -> Sequence[RunLocation]:
    """Return the usual results of each sort, where there are several of it."""
    return [run for run in runs if not run.variant] or runs


def titles_of(before: Run, after: Run) -> tuple[str, str]:
    """Return what to call two runs: run mode or folder, and when it was written.

    Also by what, where that is not the same.
    """
    runs = (before, after)
    writers = [run.provenance.writer for run in runs]
    same = writers[0] == writers[1]
    first, second = (
        " · ".join(filter(None, (name, _written(run), "" if same else run.provenance.writer)))
        for name, run in zip(_names(before, after), runs, strict=True)
    )
    return first, second


def _names(before: Run, after: Run) -> tuple[str, str]:
    """Return the shortest names that tell two runs apart."""
    first, second = before.provenance, after.provenance
    one, other = first.mode, second.mode
    if not one or not other or one == other:
        one, other = Path(first.results_dir).name, Path(second.results_dir).name
    if one == other:
        one, other = _parted(Path(first.results_dir), Path(second.results_dir))
    return one_line(one, _MOST_NAME), one_line(other, _MOST_NAME)


def _parted(one: Path, other: Path) -> tuple[str, str]:
    """Return what of two paths is not the same in both, their ends left out."""
    a, b = list(one.parts), list(other.parts)
    while len(a) > 1 and len(b) > 1 and a[-1] == b[-1]:
        a.pop()
        b.pop()
    while len(a) > 1 and len(b) > 1 and a[0] == b[0]:
        del a[0], b[0]
    return "/".join(a), "/".join(b)


def _written(run: Run) -> str:
    """Return the day on which a run's table was written; empty where nobody can say."""
    for name in (names.UNITS_PARQUET, names.UNITS_CSV):
        try:
            when = datetime.fromtimestamp(
                (Path(run.provenance.results_dir) / name).stat().st_mtime
            ).astimezone()
        except (OSError, ValueError, OverflowError):
            continue
        return f"{when.day} {when:%b %Y}"
    return ""
