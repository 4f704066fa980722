"""A comparison as a self-contained page, in the dress of the report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bcviewer.core.comparison.causes import CAUSE_WORDS
from bcviewer.core.comparison.changes import (
    CAUSE_HELP,
    SIDE_BY_SIDE,
    ClassChange,
    cause_counts,
    class_changes,
    label_by_label,
    labels_in,
    stays_words,
    unchanged_words,
    unsaid_words,
)
from bcviewer.core.comparison.comparison import Comparison
from bcviewer.core.comparison.measures import Spread, differing, spreads
from bcviewer.core.comparison.pairing import MATCHED_BY
from bcviewer.core.comparison.proposal import value_words
from bcviewer.core.comparison.two_runs import told
from bcviewer.core.figures.parts import FigureBar
from bcviewer.core.rules.counts import count_of
from bcviewer.core.rules.criteria import ParameterChange
from bcviewer.core.rules.defaults import DEFAULT_FLAGS, DEFAULT_THRESHOLDS
from bcviewer.core.rules.labels import Label
from bcviewer.core.rules.metrics import METRICS
from bcviewer.core.rules.palette import FAIL_FILL
from bcviewer.core.run.run import Run
from bcviewer.report import svg
from bcviewer.report.folder import Pages
from bcviewer.report.page import dress, template
from bcviewer.report.pens import Plot, bars_svg
from bcviewer.report.unit_rows import MAX_ROWS


@dataclass(frozen=True, slots=True)
class ChangedUnit:
    """One changed unit as the page lists it."""

    before: str
    after: str
    matched_by: str
    was: Label
    now: Label
    cause: str
    parameters: str
    metrics: str


@dataclass(frozen=True, slots=True)
class ComparedProbe:
    """One probe on the page.

    Attributes
    ----------
    key, name : str
        Unique on the page; what to call it.
    sides : tuple of (str, str)
        Folder and run mode before and after.
    words : str
        How units were matched.
    said : tuple of str
        How many units changed, and of which it is not known; a line each.
    labels : tuple of Label
        Rows and columns of ``table``; ``Label.UNSCORED`` is a unit that one run has not.
    table : list of list of int
        Units from each label to each.
    """

    key: str
    name: str
    sides: tuple[tuple[str, str], tuple[str, str]]
    words: str
    said: tuple[str, ...]
    n_matched: int
    labels: tuple[Label, ...]
    table: list[list[int]]
    classes: tuple[ClassChange, ...]
    causes: tuple[tuple[str, int, str], ...]
    plot: Plot
    thresholds: tuple[tuple[str, str, str, str], ...]
    measured: tuple[tuple[str, str, str, str], ...]
    spreads: tuple[Spread, ...]
    units: tuple[ChangedUnit, ...]
    left_out: int


def write_page(compared: Sequence[tuple[str, Comparison]], output: Path) -> None:
    """Write one page about some comparisons; it appears whole or not at all.

    Raises
    ------
    UserError
        If it cannot be written.
    """
    probes = [probe_of(name, found, f"p{i}") for i, (name, found) in enumerate(compared, 1)]
    with Pages(output) as pages:
        pages.finish(render_comparison(probes))


def render_comparison(probes: Sequence[ComparedProbe]) -> str:
    """Return the page."""
    names = ", ".join(probe.name for probe in probes[:3]) + (" …" if len(probes) > 3 else "")
    return template("compare.html").render(
        probes=probes,
        title=f"What changed: {names}",
        label_name=told,
        metrics=METRICS,
        max_rows=MAX_ROWS,
        **dress(),
    )


def probe_of(name: str, found: Comparison, key: str) -> ComparedProbe:
    """Return what the page says of one probe."""
    counts = label_by_label(found)
    labels = labels_in(counts)
    causes = tuple((CAUSE_WORDS[c], n, CAUSE_HELP[c]) for c, n in cause_counts(found).items())
    if not found.matched:
        causes = ()
    rows = np.flatnonzero(found.changed).tolist() if found.matched else []
    return ComparedProbe(
        key,
        name,
        (_side(found.before.run), _side(found.after.run)),
        found.pairing.words,
        tuple(f"{words[:1].upper()}{words[1:]}." for words in _said(found) if words),
        found.matched,
        labels,
        counts[np.ix_(labels, labels)].tolist(),
        class_changes(found),
        causes,
        _cause_plot(key, causes, _no_change_words(found)),
        tuple(_parameter(change) for change in found.thresholds),
        tuple(_parameter(change) for change in found.measured),
        differing(spreads(found.before.run, found.after.run, found.pairing)),
        tuple(_unit(found, row) for row in rows[:MAX_ROWS]),
        max(0, len(rows) - MAX_ROWS),
    )


def _said(found: Comparison) -> Iterator[str]:
    """Yield what is said of all units, as the command prints it; some may be empty."""
    n, many = int(found.changed.sum()), count_of(found.n, "unit")
    yield f"{n:,} of {many} changed" if found.matched else f"no unit is matched: {SIDE_BY_SIDE}"
    yield stays_words(found)
    yield unsaid_words(found)


def _side(run: Run) -> tuple[str, str]:
    return run.provenance.results_dir, run.provenance.mode


def _no_change_words(found: Comparison) -> str:
    """Return what is said where no unit has a cause."""
    if not found.matched:
        return "Which labels changed is not known."
    known = unchanged_words(found)
    return "No label changed." if known else "No label is known to have changed."


def _cause_plot(key: str, causes: Sequence[tuple[str, int, str]], none: str) -> Plot:
    bars = [FigureBar(name, n, f"{n:,}", FAIL_FILL, text, "") for name, n, text in causes]
    caption = "Each changed unit has one cause; they sum to all changes."
    if not bars:
        return Plot(f"{key}-causes", "Why labels changed", none)
    drawn = bars_svg(f"{key}-causes", bars, svg.WIDE)
    return Plot(f"{key}-causes", "Why labels changed", caption, drawn)


def _parameter(change: ParameterChange) -> tuple[str, str, str, str]:
    default = {**DEFAULT_THRESHOLDS, **DEFAULT_FLAGS}.get(change.name)
    shown = "" if default is None else value_words(default)
    return change.name, value_words(change.before), value_words(change.after), shown


def _unit(found: Comparison, row: int) -> ChangedUnit:
    pairing = found.pairing
    return ChangedUnit(
        _id(found.before.run, int(pairing.before[row])),
        _id(found.after.run, int(pairing.after[row])),
        MATCHED_BY[pairing.by[row]],
        Label(int(found.label_before[row])),
        Label(int(found.label_after[row])),
        CAUSE_WORDS[found.cause[row]],
        str(found.parameters[row]),
        str(found.metrics[row]),
    )


def _id(run: Run, row: int) -> str:
    found = run.ids.id_of(row)
    return "–" if found is None else str(found)
