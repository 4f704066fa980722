"""Reasons by class, as stacked bars and as a matrix, and reasons that occur together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bcviewer.core.arrays import Ints
from bcviewer.core.audit.summary import top
from bcviewer.core.figures.parts import FigureBar, Grid, Heading, LegendKey, StackedBars
from bcviewer.core.figures.population import cooccurrence, present_classes, reasons_by_class
from bcviewer.core.figures.words import (
    CLICK_OR_ADD,
    block_name,
    cell_filter,
    reason_filter,
    reason_name,
    rule_fill,
    rule_tip,
    share,
)
from bcviewer.core.rules.counts import count_of
from bcviewer.core.rules.labels import CLASSES, LABEL_HELP, Label, class_name
from bcviewer.core.rules.palette import LABEL_FILL, LABEL_SIGN
from bcviewer.core.sheet.table import Table

TOP_STACKED, TOP_MATRIX, TOP_TOGETHER = 12, 20, 12


def reason_stacks(
    table: Table, rows: Ints | None = None, masked: bool = False, former: Table | None = None
) -> StackedBars:
    """Return the most frequent reasons, stacked by class (4), or were by the saved thresholds."""
    counts, units = reasons_by_class(table, rows, masked), _units(table, rows)
    of = int(units.sum())
    was = None if former is None else reasons_by_class(former, rows, masked).sum(axis=1)
    totals = counts.sum(axis=1)
    rules = top(totals if was is None else np.maximum(totals, was), TOP_STACKED)
    present = columns_of(present_classes(table, rows), counts)
    labels = [label for label in present if counts[rules, label].any()]
    return StackedBars(
        tuple(_whole(table, i, int(counts[i].sum()), of, masked) for i in rules),
        tuple(rules),
        tuple(LegendKey(class_name(k), LABEL_FILL[k], LABEL_SIGN[k]) for k in labels),
        tuple(int(k) for k in labels),
        counts[np.ix_(rules, labels)],
        tuple(tuple(cell_tip(table, i, k, counts, units) for k in labels) for i in rules),
        tuple(tuple(cell_filter(i, k, masked) for k in labels) for i in rules),
        () if was is None else tuple(was[rules].tolist()),
    )


def _whole(table: Table, rule: int, n: int, of: int, masked: bool) -> FigureBar:
    tip = f"{rule_tip(table, rule)}\n{n:,} of {count_of(of, 'unit')} ({share(n, of)})"
    text = reason_filter(rule, masked)
    name, group = reason_name(table, rule), block_name(rule)
    return FigureBar(name, n, f"{n:,}", rule_fill(rule), tip, text, group)


def reason_grid(table: Table, rows: Ints | None = None, masked: bool = False) -> Grid:
    """Return the most frequent reasons in each class as a matrix (5)."""
    counts, units = reasons_by_class(table, rows, masked), _units(table, rows)
    rules = top(counts.sum(axis=1), TOP_MATRIX)
    labels = columns_of(present_classes(table, rows), counts)
    cells = counts[np.ix_(rules, labels)]
    return Grid(
        tuple(
            _row(table, i, f"{rule_tip(table, i)}\n{count_of(int(counts[i].sum()), 'unit')}")
            for i in rules
        ),
        tuple(_column(label, int(units[label])) for label in labels),
        tuple(rules),
        tuple(labels),
        cells,
        cells / np.maximum(units[labels], 1),
        tuple(tuple(cell_tip(table, i, k, counts, units) for k in labels) for i in rules),
        tuple(tuple(cell_filter(i, k, masked) for k in labels) for i in rules),
        "share of the class",
    )


def together_grid(table: Table, rows: Ints | None = None, masked: bool = False) -> Grid:
    """Return how often two of the most frequent reasons meet (8)."""
    counts = cooccurrence(table, rows, masked)
    of = table.n_units if rows is None else len(rows)
    rules = top(counts.diagonal(), TOP_TOGETHER)
    cells = counts[np.ix_(rules, rules)]
    totals = cells.diagonal()
    shades = cells / np.maximum(totals[:, None] + totals[None, :] - cells, 1)
    np.fill_diagonal(shades, np.nan)
    heads = tuple(
        _row(table, i, f"{rule_tip(table, i)}\n{count_of(counts[i, i], 'unit')}") for i in rules
    )
    return Grid(
        heads,
        heads,
        tuple(rules),
        (),
        cells,
        shades,
        tuple(tuple(pair_tip(table, i, j, counts, of) for j in rules) for i in rules),
        tuple(tuple(pair_filter(i, j, masked) for j in rules) for i in rules),
        "both, of either",
    )


def _row(table: Table, rule: int, tip: str) -> Heading:
    return Heading(reason_name(table, rule), tip, group=block_name(rule))


def _column(label: Label, n: int) -> Heading:
    note = f"n = {n:,}"
    name = class_name(label)
    tip = f"{name}: {note}\n{LABEL_HELP[label]}"
    return Heading(name, tip, note, sign=LABEL_SIGN[label], fill=LABEL_FILL[label])


def _units(table: Table, rows: Ints | None) -> Ints:
    labels = table.labels if rows is None else table.labels[rows]
    return np.bincount(labels, minlength=len(Label)).astype(np.int64)


def columns_of(present: Sequence[Label], counts: Ints) -> list[Label]:
    """Return the classes that occur, and other labels where their units have a reason."""
    has = counts.sum(axis=0)
    return [label for label in present if label in CLASSES or has[label]]


def cell_tip(table: Table, rule: int, label: Label, counts: Ints, units: Ints) -> str:
    """Return the tool tip for the units of a class with a reason."""
    n, of, name = int(counts[rule, label]), int(units[label]), class_name(label)
    text = (
        f"{rule_tip(table, rule)}\n{name}: {n:,} of {count_of(of, 'unit')} ({share(n, of)});"
        f" {share(n, int(counts[rule].sum()))} of the units with this reason"
    )
    return f"{text}\n{CLICK_OR_ADD}" if n else text


def pair_tip(table: Table, i: int, j: int, counts: Ints, units: int) -> str:
    """Return the tool tip for the units with two reasons."""
    n = int(counts[i, j])
    of_all = f"{n:,} of {count_of(units, 'unit')} ({share(n, units)})"
    if i == j:
        return f"{rule_tip(table, i)}\n{of_all}\n{CLICK_OR_ADD}"
    first, second = (share(n, int(counts[k, k])) for k in (i, j))
    text = (
        f"{rule_tip(table, i)}\nand {rule_tip(table, j)}\n{of_all} have both:"
        f" {first} of the first's, {second} of the second's"
    )
    return f"{text}\n{CLICK_OR_ADD}" if n else text


def pair_filter(i: int, j: int, masked: bool) -> str:
    """Return the filter for the units with two reasons, or with the one."""
    return " and ".join(reason_filter(rule, masked) for rule in dict.fromkeys((i, j)))
