"""``bcviewer run``: Bombcell, on a Kilosort directory. No Qt."""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from itertools import count

from bcviewer.core.comparison.run_parameters import not_default, parse_run_changes, run_words
from bcviewer.core.rules.counts import count_of
from bcviewer.core.run.run import Run
from bcviewer.errors import UserError
from bcviewer.io.files import expanded, one_line
from bcviewer.io.put_file import refuse_demo
from bcviewer.io.results.bombcell import read_run
from bcviewer.io.results.find import find_runs
from bcviewer.io.results.run_folder import check_results, free_results
from bcviewer.io.results.run_plan import plan_run
from bcviewer.io.terminal import OK, out, say_error, say_progress
from bcviewer.oracle.run_by_bombcell import run_bombcell

MOST_FOLDERS = 1_000
"""So many are looked into for the run whose parameters are taken: it is near what is named."""
_NAME_IT = "Name its results folder."
_TELL_S = 2.0
"""A log or a pipe is told this often how far it is, s; a terminal each time."""


def run_run(given: argparse.Namespace) -> int:
    """Run Bombcell as the command line says; return the exit status."""
    values = parse_run_changes(given.set)
    ks_dir = expanded(given.ks_dir).absolute()
    place = check_results(expanded(given.output)) if given.output else None
    like = _read(given.like) if given.like else None
    raw = str(expanded(given.raw).absolute()) if given.raw else ""
    plan = replace(plan_run(ks_dir, values, like, raw, _nothing, _go_on), tsv=given.tsv)
    by_itself = place is None
    if place is None:
        place = free_results(ks_dir)
        refuse_demo(place)
    for note in plan.notes:
        say_error(f"note: {note}")
    changed = not_default(plan.values, values)
    if words := ", ".join(f"{name}={run_words(value)}" for name, value in changed.items()):
        say_error(f"not Bombcell's defaults: {one_line(words, 2_000)}")
    made = run_bombcell(plan, place, _Told(), _go_on, or_next=by_itself)
    say_error(made.words)
    out(str(made.results))
    return OK


def _read(path: str) -> Run:
    """Return the run that a path names; of several the one that is opened without a choice."""
    n_asked = count(1)

    def too_many() -> bool:  # asked at each folder: it is not looked for all over a drive
        if next(n_asked) > MOST_FOLDERS:
            why = f"more than {count_of(MOST_FOLDERS, 'folder')} would be looked into for one run"
            raise UserError(f"{one_line(path)}: {why}.", _NAME_IT)
        return False

    found = find_runs(path, cancelled=too_many)
    runs = [run for run in found if not run.problem and not run.variant]
    if len(runs) != 1:
        why = f"leads to {count_of(len(runs), 'run')}, but one's are taken"
        raise UserError(f"{one_line(path)}: {why}.", _NAME_IT)
    return read_run(runs[0])


class _Told:
    """Says how far a run is on standard error."""

    def __init__(self) -> None:
        self._last, self._words = 0.0, ""

    def __call__(self, _: float, words: str) -> None:
        now = time.monotonic()
        of = words.partition(":")[0]
        if say_progress(words, always=of != self._words or now - self._last >= _TELL_S):
            self._last, self._words = now, of


def _nothing(_: str) -> None:
    """Nobody waits for a drive but the person at the terminal."""


def _go_on() -> None:
    """Ctrl+C ends it."""
