"""Bars of the population: classes, reasons, and the reasons of one class."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bcviewer.core.arrays import Codes, Ints
from bcviewer.core.audit.summary import class_counts, reason_counts, top
from bcviewer.core.figures.parts import Bars, FigureBar
from bcviewer.core.figures.population import class_reasons, reasons_by_class
from bcviewer.core.figures.words import (
    CLICK,
    block_name,
    class_filter,
    counted,
    reason_filter,
    reason_name,
    rule_fill,
    share,
    signed_name,
)
from bcviewer.core.filter.quote import quote
from bcviewer.core.rules.counts import count_of
from bcviewer.core.rules.labels import Label, class_name
from bcviewer.core.rules.palette import LABEL_FILL
from bcviewer.core.rules.rules import RULES
from bcviewer.core.sheet.table import Table

TOP_REASONS, TOP_OF_CLASS = 15, 10
SPLIT = (Label.NON_SOMA_GOOD, Label.NON_SOMA_MUA)


def class_bars(table: Table, rows: Ints | None = None, former: Table | None = None) -> Bars:
    """Return the units of each class; of a split one only where there are any (1, 2).

    Parameters
    ----------
    table : Table
        The units.
    rows : numpy.ndarray, optional
        Those that are counted.
    former : Table, optional
        The same units by the saved thresholds, where others are tried.
    """
    labels = table.labels if rows is None else table.labels[rows]
    counts = class_counts(labels)
    was = {} if former is None else class_counts(former.labels[_all(rows)])
    counts.update({label: 0 for label in was if label not in counts})
    shown = [label for label, n in counts.items() if n or was.get(label) or label not in SPLIT]
    bars = (_class_bar(label, counts[label], len(labels)) for label in shown)
    found = Bars(tuple(bars), tuple(int(label) for label in shown), len(labels))
    return found if former is None else found.beside([was.get(label, 0) for label in shown])


def _all(rows: Ints | None) -> Ints | slice:
    return slice(None) if rows is None else rows


def split_bars(table: Table, rows: Ints | None = None, former: Table | None = None) -> Bars:
    """Return the non-somatic units as they would be split; nothing where they are."""
    which = slice(None) if rows is None else rows
    labels, split = table.labels[which], table.audit.split_label[which]
    if not (labels == Label.NON_SOMA).any():
        return Bars((), (), len(labels))
    counts = class_counts(split)
    bars = (_class_bar(label, counts[label], len(labels), "split_label") for label in SPLIT)
    found = Bars(tuple(bars), tuple(int(label) for label in SPLIT), len(labels))
    if former is None:
        return found
    was = class_counts(former.audit.split_label[which])
    return found.beside([was.get(label, 0) for label in SPLIT])


def _class_bar(label: Label, n: int, of: int, column: str = "label") -> FigureBar:
    name = signed_name(label) if column == "label" else f"split: {class_name(label)}"
    note = counted(n, of)
    tip = f"{name}: {n:,} of {count_of(of, 'unit')} ({share(n, of)}); {CLICK}"
    return FigureBar(name, n, note, LABEL_FILL[label], tip, class_filter(label, column))


def class_codes(table: Table, split: bool) -> Codes:
    """Return the labels that the bars of classes count."""
    return table.audit.split_label if split else table.labels


def reason_bars(
    table: Table, rows: Ints | None = None, masked: bool = False, former: Table | None = None
) -> Bars:
    """Return the rules that decided most labels, by block (3), or did by the saved thresholds."""
    of = table.n_units if rows is None else len(rows)
    counts = reason_counts(table.audit, rows, masked)
    was = counts if former is None else reason_counts(former.audit, rows, masked)
    rules = top(np.maximum(counts, was), TOP_REASONS)
    bars = (_reason_bar(table, i, int(counts[i]), of, masked) for i in rules)
    found = Bars(tuple(bars), tuple(rules), of)
    return found if former is None else found.beside(was[rules].tolist())


def _reason_bar(table: Table, rule: int, n: int, of: int, masked: bool) -> FigureBar:
    return FigureBar(
        reason_name(table, rule),
        n,
        counted(n, of),
        rule_fill(rule),
        f"{RULES[rule].token}\n{n:,} of {count_of(of, 'unit')} ({share(n, of)}); {CLICK}",
        reason_filter(rule, masked),
        block_name(rule),
    )


def class_reason_bars(
    table: Table,
    classes: Sequence[Label],
    rows: Ints | None = None,
    masked: bool = False,
    former: Table | None = None,
) -> dict[Label, Bars]:
    """Return the most frequent reasons of classes; of GOOD, what came closest to failing (7)."""
    units = np.bincount(table.labels if rows is None else table.labels[rows], minlength=len(Label))
    found = _by_class(table, classes, rows, masked)
    out = {
        label: _of_class(table, label, n, int(units[label]), masked) for label, n in found.items()
    }
    if former is None:
        return out
    was = _by_class(former, classes, rows, masked)
    return {label: bars.beside(was[label][list(bars.keys)].tolist()) for label, bars in out.items()}


def _by_class(
    table: Table, classes: Sequence[Label], rows: Ints | None, masked: bool
) -> dict[Label, Ints]:
    by_class = reasons_by_class(table, rows, masked)
    found = {label: by_class[:, label] for label in classes}
    if Label.GOOD in found:
        found[Label.GOOD] = class_reasons(table, Label.GOOD, rows)
    return found


def _of_class(table: Table, label: Label, counts: Ints, of: int, masked: bool) -> Bars:
    rules = top(counts, TOP_OF_CLASS)
    verb = "came closest to failing it" if label == Label.GOOD else None
    name = class_name(label)
    bars = (
        FigureBar(
            reason_name(table, i),
            n,
            counted(n, of),
            LABEL_FILL[label],
            f"{RULES[i].token}\n{RULES[i].title}: {n:,} of {count_of(of, f'{name} unit')}"
            f" ({share(n, of)}) {verb}; {CLICK}",
            f"{class_filter(label)} and {_which(label, i, masked)}",
            block_name(i) if label == Label.NON_SOMA_MUA else "",
        )
        for i, n in ((i, int(counts[i])) for i in rules)
    )
    return Bars(tuple(bars), tuple(rules), of)


def _which(label: Label, rule: int, masked: bool) -> str:
    if label == Label.GOOD:
        return f"weakest_pass == {quote(RULES[rule].key)}"
    return reason_filter(rule, masked)


def class_heading(label: Label, n: int) -> str:
    """Return the title of a class's reasons."""
    return f"{signed_name(label)} {n:,}" + (": closest to failing" * (label == Label.GOOD))
