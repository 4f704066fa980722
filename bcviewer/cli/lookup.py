"""What a path on the command line leads to, with a word about what is left out. No Qt."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from pathlib import Path

from bcviewer.errors import UserError
from bcviewer.io.files import expanded
from bcviewer.io.resources import resource_path
from bcviewer.io.results.find import Search, chosen, search_runs
from bcviewer.io.results.location import RunLocation
from bcviewer.io.results.sort_of import check_sort
from bcviewer.io.terminal import say_error, show_search


def look_up(path: str, given: argparse.Namespace) -> list[RunLocation]:
    """Return the runs that a path leads to; of several results of one sort, the usual ones.

    Parameters
    ----------
    path : str
        As it was given; ``demo`` is the recording that ships with the program.
    given : argparse.Namespace
        With ``mode``, ``probe``, ``root`` and ``kilosort``.

    Raises
    ------
    UserError
        If nothing can be opened.
    """
    where = demo_config() if path == "demo" else Path(path)
    root = expanded(given.root) if given.root else None
    sort = check_sort(Path(given.kilosort)) if given.kilosort else None
    found = search_runs(where, Search(root, sort=sort, progress=show_search))
    for note in found.notes:
        say_error(f"note: {note}")
    runs = chosen(found.runs, where, given.mode, given.probe)
    usual = [run for run in runs if given.mode or not run.variant]
    return usual or list(runs)


def look_up_each(given: argparse.Namespace) -> Iterator[tuple[str, RunLocation | UserError]]:
    """Yield the runs that the paths of a command lead to, each once, with their paths.

    Paths may overlap (a session and one of its probes): a run that counted twice would double its
    units in a table. For a path that leads to none, the error that says why is yielded.
    """
    seen: set[tuple[str, str]] = set()
    for path in given.paths:
        try:
            found = look_up(path, given)
        except UserError as error:
            yield path, error
            continue
        for place in found:
            key = os.path.realpath(place.results_dir), place.problem
            if key not in seen:
                seen.add(key)
                yield path, place


def other_results(place: RunLocation) -> str:
    """Return a line about other results of the same sort; empty where there are none."""
    if not place.others:
        return ""
    return f"other results of this sort, for --mode: {', '.join(place.others)}"


def demo_config() -> Path:
    """Return the config of the recording that ships with the program."""
    return resource_path("demo", "recording_config.json")
