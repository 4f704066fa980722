"""The population's pictures of several sheets: sums of theirs, a filter for exactly each part."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from books import books
from dice import examples
from factories import make_run, sheet_of
from hypothesis import given, settings
from test_histograms import check

from bcviewer.core.figures.bars import class_bars, class_reason_bars, reason_bars, split_bars
from bcviewer.core.figures.boxes import boxes_figure
from bcviewer.core.figures.family_bars import family_bars, family_stacks
from bcviewer.core.figures.histogram_words import metric_tip, part_tip, turns
from bcviewer.core.figures.histograms import histogram, limits_of
from bcviewer.core.figures.matrices import reason_grid, reason_stacks, together_grid
from bcviewer.core.figures.population import (
    cooccurrence,
    failed_by_class,
    families,
    known_groups,
    reasons_by_class,
)
from bcviewer.core.figures.scatter import scatter
from bcviewer.core.figures.sets import sets_figure
from bcviewer.core.figures.words import reason_name
from bcviewer.core.filter.language import evaluate, parse_filter
from bcviewer.core.rules.labels import CLASSES, Label
from bcviewer.core.rules.rules import RULE_INDEX
from bcviewer.core.run.run import Provenance
from bcviewer.core.sheet.book import Book
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.core.sheet.table import Table

PRESENCE = RULE_INDEX["presenceRatio<minPresenceRatio"]
AMPLITUDE = RULE_INDEX["rawAmplitude<minAmplitude"]


def probe(name: str, *ratios: float, **params: Any) -> Sheet:
    """Return a sheet of units by their presence ratio."""
    place = Provenance(f"ks_{name}", f"ks_{name}/b", f"ks_{name}", name)
    return sheet_of(make_run({"presenceRatio": list(ratios)}, params, provenance=place))


def parts(table: Table, masked: bool) -> Iterator[tuple[int, str]]:
    """Yield the count and the filter of every part of every picture."""
    bars = [class_bars(table), split_bars(table), reason_bars(table, masked=masked)]
    bars += class_reason_bars(table, CLASSES, masked=masked).values()
    groups = [families(table, by=by) for by in known_groups(table)]
    bars += [family_bars(groups[0])]
    stacks = [reason_stacks(table, masked=masked)]
    stacks += [family_stacks(g, by) for g, by in zip(groups, known_groups(table), strict=True)]
    grids = [reason_grid(table, masked=masked), together_grid(table, masked=masked)]
    for figure in bars:
        yield from ((bar.n, bar.filter) for bar in figure.bars)
    yield from ((bar.n, bar.filter) for bar in stacks[0].rows)
    for grid in (stacks[0], *stacks[2:], *grids):  # the stack of all units has no filter
        for counts, filters in zip(grid.counts.tolist(), grid.filters, strict=True):
            yield from zip(counts, filters, strict=True)
    for row in boxes_figure(table, masked=masked).rows:
        yield from ((pile.n, pile.filter) for pile in row.piles)
    yield from ((column.n, column.filter) for column in sets_figure(table, masked=masked).columns)


@pytest.mark.long
@settings(max_examples=examples(25))
@given(book=books())
def test_every_part_of_every_picture_is_exactly_its_filter(book: Book) -> None:
    table = book.table
    for masked in (False, True):
        for n, text in parts(table, masked):
            shown = evaluate(parse_filter(text, table), table)
            # what phy made has no label either
            assert int(shown[table.scored_rows()].sum()) == n, text


@settings(max_examples=examples(25))
@given(book=books())
def test_counts_are_the_sums_of_the_sheets(book: Book) -> None:
    for masked in (False, True):
        for of in (reasons_by_class, cooccurrence):
            total = sum(of(sheet, masked=masked) for sheet in book.sheets)
            np.testing.assert_array_equal(of(book.table, masked=masked), total)
        whole = failed_by_class(book.table, masked=masked)
        for sheet in book.sheets:
            own = failed_by_class(sheet, masked=masked)
            whole[:, : own.shape[1]] -= own
        assert not whole.any()
    total = sum(families(sheet).counts for sheet in book.sheets)
    np.testing.assert_array_equal(families(book.table).counts, total)
    for rows in (None, np.arange(0, book.n_units, 2)):
        of_all = class_bars(book.table, rows)
        of_each = [
            class_bars(book.sheets[i], own)
            for i, own in book.by_sheet(np.arange(book.n_units) if rows is None else rows)
        ]
        assert sum(of_all.counts) == sum(sum(bars.counts) for bars in of_each)


@pytest.mark.long
@settings(max_examples=examples(15))
@given(book=books())
def test_histograms_have_every_unit_once_and_exact_filters(book: Book) -> None:
    every = np.arange(book.n_units)
    for key in ("presenceRatio", "Lratio", "nPeaks", "fractionRPVs_estimatedTauR"):
        if book.table.kind(key) is not None and book.n_units:
            check(book.table, key, None, every[::2])


@settings(max_examples=examples(25))
@given(book=books())
def test_the_scatter_has_the_sheets_points(book: Book) -> None:
    found = scatter(book.table, "presenceRatio", "rawAmplitude")
    x, y, left = [], [], 0
    for sheet in book.sheets:
        own = scatter(sheet, "presenceRatio", "rawAmplitude")
        x, y, left = x + own.x.tolist(), y + own.y.tolist(), left + own.left_out
    assert (found.x.tolist(), found.y.tolist(), found.left_out) == (x, y, left)


# Thresholds are each sheet's own


def test_a_reason_names_each_limit_with_its_probes() -> None:
    a, b, c = probe("A", 0.6), probe("B", 0.6, minPresenceRatio=0.5), probe("C", 0.6)
    assert reason_name(Book([a, c]).table, PRESENCE) == "presence ratio < 0.7"
    table = Book([a, b, c]).table
    assert reason_name(table, PRESENCE) == "presence ratio < 0.7 (A, C) or 0.5 (B)"
    assert reason_name(table, AMPLITUDE) == "amplitude < 40 µV"
    assert reason_bars(table).bars[0].name == "presence ratio < 0.7 (A, C) or 0.5 (B)"
    assert reason_bars(table).bars[0].n == 2
    many = Book(
        [probe(p, 0.6, minPresenceRatio=x / 10) for p, x in zip("ABCD", (3, 9, 4, 5), strict=True)]
    )
    assert reason_name(many.table, PRESENCE) == "presence ratio < its limit (0.3 to 0.9, by probe)"
    off = Book([probe("A", 0.6), probe("B", 0.6, minPresenceRatio=float("nan"))])
    assert reason_name(off.table, PRESENCE) == "presence ratio < 0.7"
    none = Book([probe(p, 0.6, minPresenceRatio=float("nan")) for p in "AB"])
    assert reason_name(none.table, PRESENCE) == "presence ratio < ?"
    soft = Book([probe(p, 0.6, minAmplitude=x) for p, x in (("A", 40), ("B", 30))])
    assert reason_name(soft.table, AMPLITUDE) == "amplitude < 40 µV (A) or 30 µV (B)"


def test_a_histogram_has_each_probes_own_thresholds_as_edges() -> None:
    ratios = np.linspace(0.05, 1.0, 60).tolist()
    limits = {"A": 0.7, "B": 0.533, "C": 0.7, "D": 0.617}
    book = Book([probe(p, *ratios, minPresenceRatio=x) for p, x in limits.items()])
    found = histogram(book.table, "presenceRatio")
    assert [(limit.value, limit.where) for limit in found.limits] == [
        (0.7, " (A, C)"),
        (0.533, " (B)"),
        (0.617, " (D)"),
    ]
    assert set(limits.values()) <= set(found.edges.tolist())
    assert (np.diff(found.edges) > 0).all()
    assert [place for place, _ in turns(found)] == [0.7, 0.533, 0.617]
    assert limits_of(book.table, "presenceRatio") == found.limits
    first = part_tip(found, 0)
    assert "past MUA: presenceRatio<minPresenceRatio (A, C)" in first
    assert "past MUA: presenceRatio<minPresenceRatio (B)" in first
    between = int(np.flatnonzero(found.edges == 0.617)[0])
    assert "(A, C)" in part_tip(found, between)
    assert "(B)" not in part_tip(found, between)
    alone = histogram(Book([book.sheets[0], book.sheets[2]]).table, "presenceRatio")
    assert [(limit.value, limit.where) for limit in alone.limits] == [(0.7, "")]


def test_a_metrics_tip_tells_where_a_rule_is_not_tested() -> None:
    a, b = probe("A", 0.6), probe("B", 0.6, minPresenceRatio=float("nan"))
    lines = metric_tip(Book([a, b]).table, "presenceRatio").split("\n")
    assert "fails: presence ratio < 0.7" in lines
    end = "MUA: presenceRatio<minPresenceRatio (B): threshold minPresenceRatio has no value"
    assert lines[-1] == end
    alone = metric_tip(a, "presenceRatio").split("\n")
    assert alone[-1] == "fails: presence ratio < 0.7"
    assert len(alone) == len(lines) - 1


def test_durations_of_different_sample_rates_are_not_binned_by_the_sample() -> None:
    def of(name: str, rate: float) -> Sheet:
        place = Provenance(name, name, name, name)
        columns = {"waveformDuration_peakTrough": [100 + i * 1e6 / rate for i in range(20)]}
        return sheet_of(make_run(columns, sample_rate=rate, provenance=place))

    key = "waveformDuration_peakTrough"
    assert histogram(Book([of("A", 3e4), of("B", 3e4)]).table, key).axis.quantum > 0
    mixed = Book([of("A", 3e4), of("B", 25e3)]).table
    assert histogram(mixed, key).axis.quantum == 0
    check(mixed, key)
    assert int(histogram(mixed, key).counts[Label.GOOD].sum()) == 40
