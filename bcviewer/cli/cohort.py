"""``bcviewer cohort``: a lab's recordings as a folder of Parquet, and what it says. No Qt."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from bcviewer.cli.lookup import demo_config
from bcviewer.core.cohort.judged import CohortWhatIf
from bcviewer.core.cohort.overview import blockers, differing, status_words
from bcviewer.core.cohort.run_columns import COUNTS, RunRow
from bcviewer.core.comparison.proposal import parse_changes
from bcviewer.core.filter.filter_error import FilterError
from bcviewer.core.rules.counts import count_of, counts_of
from bcviewer.core.rules.labels import LABEL_NAMES, Label, class_name
from bcviewer.errors import UsageError
from bcviewer.io.cohort.opened import Cohort, open_cohort
from bcviewer.io.cohort.place import is_cohort
from bcviewer.io.files import expanded, one_line
from bcviewer.io.terminal import DATA_AT_FAULT, OK, out, say_error, show_progress, show_search

_MOST_BLOCKERS = 10


def run_cohort(given: argparse.Namespace) -> int:
    """Build the cohort that the command line names, or print what is in one."""
    if given.output:
        return build_cohort(given)
    if len(given.paths) > 1 or not is_cohort(expanded(given.paths[0])):
        raise UsageError(
            f"{one_line(given.paths[0])}: is no cohort.", "Say with -o DIR where to build one."
        )
    print_cohort(open_cohort(expanded(given.paths[0])), given)
    return OK


def build_cohort(given: argparse.Namespace) -> int:
    """Build a cohort or bring it up to date; return the exit status."""
    from bcviewer.io.cohort.build import MOST_FOLDERS, build
    from bcviewer.io.cohort.cluster import Cluster
    from bcviewer.io.cohort.pool import Pool
    from bcviewer.io.results.find import Search

    if given.set or given.filter:
        raise UsageError("--set and --filter ask a cohort that is built.", "Leave -o out.")
    jobs = given.jobs or os.cpu_count() or 1
    read_all = Cluster(given.scheduler) if given.scheduler else Pool(jobs)
    roots = [demo_config() if path == "demo" else Path(path) for path in given.paths]
    search = Search(progress=show_search, most_folders=MOST_FOLDERS)
    built = build(roots, expanded(given.output), read_all, search, show_progress)
    for note in built.notes:
        say_error(f"note: {note}")
    for place, why in built.skipped:
        say_error(f"note: {place}: skipped: {why}")
    for place, why in built.failed:
        say_error(f"{place}: {why}")
    for error in built.errors:
        say_error(error)
    out(built.words)
    return DATA_AT_FAULT if built.failed or built.errors else OK


def print_cohort(cohort: Cohort, given: argparse.Namespace) -> None:
    """Print what is in a cohort: all of it, the units that a filter shows, or what if."""
    if given.set:
        lines = what_if_lines(cohort, cohort.what_if(parse_changes(given.set)))
    elif given.filter:
        try:
            shown = cohort.by_run(cohort.shown(given.filter)).tolist()
        except FilterError as error:
            raise UsageError(f"--filter: {error}") from None
        lines = filter_lines(cohort, shown)
    else:
        lines = summary_lines(cohort)
    for line in lines:
        out(line)


def summary_lines(cohort: Cohort) -> Iterator[str]:
    """Yield what is in a cohort, line by line."""
    yield status_words(cohort.rows)
    yield f"{count_of(cohort.units.n_units, 'unit')}: {_counts_of(cohort.runs)}"
    yield ""
    for row in cohort.rows:
        yield f"{_named(row)}: {_what_of(row)}"
    found = blockers(*cohort.blocked())[:_MOST_BLOCKERS]
    yield ""
    yield "what alone keeps units from GOOD:" if found else "no unit has a sole blocker"
    for each in found:
        units, runs = count_of(each.units, "unit"), count_of(each.runs, "run")
        yield f"  {each.condition}: {units} of {runs}"
    differ = differing(cohort.rows)
    yield ""
    yield "parameters that differ:" if differ else "all runs were judged by the same parameters"
    for name, values in differ.items():
        told = ", ".join(f"{value} in {count_of(n, 'run')}" for value, n in values.items())
        yield f"  {name}: {told}"


def _named(row: RunRow) -> str:
    return one_line(" · ".join(str(row[name]) for name in ("recording", "probe", "run")))


def _what_of(row: RunRow) -> str:
    status = "" if row["status"] == "read" else f"{row['status']}: "
    if not row.get("part"):
        return one_line(f"{status}{row.get('problem', '')}")
    return f"{status}{count_of(int(str(row['n_units'])), 'unit')}: {_counts_of([row])}"


def _counts_of(rows: list[RunRow] | tuple[RunRow, ...]) -> str:
    counts = {
        class_name(label): sum(int(str(row[name])) for row in rows)
        for label, name in COUNTS.items()
    }
    return counts_of({name: n for name, n in counts.items() if n})


def filter_lines(cohort: Cohort, shown: list[int]) -> Iterator[str]:
    """Yield how many units of each run a filter shows."""
    yield f"{sum(shown):,} of {count_of(cohort.units.n_units, 'unit')}"
    for row, n in zip(cohort.runs, shown, strict=True):
        if n:
            yield f"{_named(row)}: {n:,} of {int(str(row['n_units'])):,}"


def what_if_lines(cohort: Cohort, found: CohortWhatIf) -> Iterator[str]:
    """Yield what a proposal makes of each run."""
    moved, unsure = found.moved(), found.not_exact().tolist()
    for name, matrix, n in [
        ("all runs", moved.sum(axis=0), sum(unsure)),
        *zip(map(_named, cohort.runs), moved, unsure, strict=True),
    ]:
        was, now = matrix.sum(axis=1), matrix.sum(axis=0)
        stayed = np.diagonal(matrix)
        words = [
            f"{LABEL_NAMES[label]} {was[label]:,} → {now[label]:,}"
            f" (+{now[label] - stayed[label]:,} −{was[label] - stayed[label]:,})"
            for label in COUNTS
            if label != Label.EMPTY and (was[label] != stayed[label] or now[label] != stayed[label])
        ]
        open_ = [f"{count_of(n, 'unit')} not answered for certain"] if n else []
        yield f"{name}: {', '.join([*words, *open_]) or 'no label changes'}"
