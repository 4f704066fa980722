"""The population's pictures as values: known answers, and a filter for exactly each part."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from factories import make_run, sheet_of

from bcviewer.core.figures.bars import class_bars, class_reason_bars, reason_bars, split_bars
from bcviewer.core.figures.boxes import boxes_figure
from bcviewer.core.figures.edges import Edges
from bcviewer.core.figures.family_bars import family_bars, family_stacks
from bcviewer.core.figures.histogram_words import metric_title, part_tip, turns
from bcviewer.core.figures.histograms import Histogram, Limit, histogram
from bcviewer.core.figures.matrices import reason_grid, reason_stacks, together_grid
from bcviewer.core.figures.population import families
from bcviewer.core.figures.sets import sets_figure
from bcviewer.core.figures.words import counted, reason_name, rule_words, share
from bcviewer.core.filter.language import evaluate, parse_filter
from bcviewer.core.rules.labels import CLASSES, Label
from bcviewer.core.rules.palette import FAMILY_FILL, LABEL_FILL
from bcviewer.core.rules.rules import RULES, Family
from bcviewer.core.run.run import Sites
from bcviewer.core.sheet.sheet import Sheet

SPLIT = {"splitGoodAndMua_NonSomatic": True}
ROWS = np.array([0, 1, 2, 4])


def sheet(params: object = None) -> Sheet:
    """Return two GOOD, two MUA (one by two rules), a NOISE with a masked failure, a NON-SOMA."""
    columns = {
        "presenceRatio": [1.0, 1.0, 0.5, 0.5, 0.5, 1.0],
        "rawAmplitude": [200.0, 200.0, 200.0, 9.0, 200.0, 200.0],
        "nPeaks": [1.0, 1.0, 1.0, 1.0, 9.0, 1.0],
        "mainPeakToTroughRatio": [0.2, 0.2, 0.2, 0.2, 0.2, 0.95],
        "maxChannels": [0.0, 1.0, 0.0, 1.0, 0.0, 1.0],
    }
    run = make_run(columns, params, sites=Sites(np.array([[0.0, 0.0], [0.0, 90.0]])))
    return sheet_of(run)


def rule(text: str) -> int:
    return next(i for i, one in enumerate(RULES) if one.token.partition(": ")[2] == text)


PRESENCE, AMPLITUDE = rule("presenceRatio<minPresenceRatio"), rule("rawAmplitude<minAmplitude")
PEAKS = rule("nPeaks>maxNPeaks")


def test_words_have_limit_and_unit() -> None:
    table = sheet()
    assert reason_name(table, PRESENCE) == "presence ratio < 0.7"
    assert reason_name(table, AMPLITUDE) == "amplitude < 40 µV"
    assert reason_name(table, rule("nPeaks missing")) == "no peaks found"
    assert rule_words(table, PRESENCE) == "MUA · presence ratio < 0.7"
    assert rule_words(table, PRESENCE, block=False) == "presence ratio < 0.7"


@pytest.mark.parametrize(
    ("n", "of", "wanted"),
    [
        (0, 0, "–"),
        (0, 9, "0 %"),
        (9, 9, "100 %"),
        (1, 3, "33 %"),
        (1, 100_000, "< 0.1 %"),
        (99_999, 100_000, "> 99.9 %"),
        (3, 39, "7.7 %"),
    ],
)
def test_a_share_is_all_or_nothing_only_where_it_is(n: int, of: int, wanted: str) -> None:
    assert share(n, of) == wanted
    assert counted(n, of) == (f"{n:,} ({wanted})" if n else "0")


def test_classes() -> None:
    figure = class_bars(sheet())
    assert [(bar.name, bar.n, bar.fill) for bar in figure.bars] == [
        ("● GOOD", 2, LABEL_FILL[Label.GOOD]),
        ("◆ MUA", 2, LABEL_FILL[Label.MUA]),
        ("✕ NOISE", 1, LABEL_FILL[Label.NOISE]),
        ("▲ NON-SOMA", 1, LABEL_FILL[Label.NON_SOMA]),
    ]
    assert figure.bars[0].note == "2 (33 %)"
    split = split_bars(sheet())
    assert [(bar.name, bar.n) for bar in split.bars] == [
        ("split: NON-SOMA GOOD", 1),
        ("split: NON-SOMA MUA", 0),
    ]
    assert split_bars(sheet(SPLIT)).bars == ()
    assert class_bars(sheet(), ROWS).of == 4


def test_reasons_have_their_blocks_colour() -> None:
    figure = reason_bars(sheet())
    assert figure.keys[0] == PRESENCE
    first, noise = figure.bars[0], figure.bars[figure.keys.index(PEAKS)]
    assert (first.n, first.note, first.full_name) == (2, "2 (33 %)", "MUA · presence ratio < 0.7")
    assert (first.fill, noise.fill) == (LABEL_FILL[Label.MUA], LABEL_FILL[Label.NOISE])
    masked = reason_bars(sheet(), masked=True)
    assert masked.bars[masked.keys.index(PRESENCE)].n == 3
    assert reason_bars(sheet(), ROWS).bars[0].note == "1 (25 %)"


def test_reasons_of_a_class_have_its_colour() -> None:
    found = class_reason_bars(sheet(), [Label.GOOD, Label.MUA])
    mua = found[Label.MUA]
    assert [(bar.name, bar.n) for bar in mua.bars] == [
        ("presence ratio < 0.7", 2),
        ("amplitude < 40 µV", 1),
    ]
    assert mua.of == 2
    assert {bar.fill for bar in mua.bars} == {LABEL_FILL[Label.MUA]}
    assert sum(found[Label.GOOD].counts) == 2
    assert "weakest_pass" in found[Label.GOOD].bars[0].filter


def test_reasons_by_class_as_stacks_and_as_a_matrix() -> None:
    stacks, grid = reason_stacks(sheet(), masked=True), reason_grid(sheet(), masked=True)
    assert stacks.keys[0] == grid.rules[0] == PRESENCE
    assert [key.text for key in stacks.legend] == ["◆ MUA", "✕ NOISE", "▲ NON-SOMA"]
    assert stacks.counts[0].tolist() == [2, 1, 0]
    assert stacks.rows[0].note == "3"
    assert [head.full_name for head in grid.columns][:2] == ["● GOOD", "◆ MUA"]
    assert [head.note for head in grid.columns] == ["n = 2", "n = 2", "n = 1", "n = 1"]
    assert grid.counts[0].tolist() == [0, 2, 1, 0]
    assert grid.shades[0].tolist() == [0, 1, 1, 0]


def test_reasons_together() -> None:
    grid = together_grid(sheet())
    at = [grid.rules.index(i) for i in (PRESENCE, AMPLITUDE)]
    assert grid.counts[np.ix_(at, at)].tolist() == [[2, 1], [1, 1]]
    assert grid.shades[at[0], at[1]] == 0.5
    assert np.isnan(grid.shades.diagonal()).all()
    assert (grid.counts == grid.counts.T).all()


def test_sets_are_coloured_by_what_decides() -> None:
    figure = sets_figure(sheet())
    assert (figure.n_sets, figure.n_failing, figure.n_units) == (4, 4, 6)
    hidden = next(column for column in figure.columns if PEAKS in column.deciding)
    assert (hidden.masked, hidden.n, hidden.fill) == ({PRESENCE}, 1, LABEL_FILL[Label.NOISE])
    alone = next(column for column in figure.columns if column.deciding == {PRESENCE})
    assert alone.sole
    assert alone.fill == LABEL_FILL[Label.MUA]
    assert figure.covered() == 4
    assert figure.covered(1) == 1
    row = next(row for row in figure.rows if row.rule == PRESENCE)
    assert (row.head.full_name, row.fill) == ("MUA · presence ratio < 0.7", alone.fill)


def test_failed_rules() -> None:
    figure = boxes_figure(sheet())
    assert [row.label for row in figure.rows] == list(CLASSES[:4])
    mua = figure.rows[1]
    assert (mua.bar.name, mua.bar.note, mua.box.median) == ("◆ MUA", "2 units", 1.5)
    assert [(pile.failed, pile.n) for pile in mua.piles] == [(1, 1), (2, 1)]
    noise = boxes_figure(sheet(), masked=False).rows[2]
    assert [(pile.failed, pile.n) for pile in noise.piles] == [(1, 1)]
    assert "1 NOISE unit fails 1 rule that decides (" in noise.piles[0].tip


def test_families() -> None:
    table = sheet()
    figure = family_bars(families(table))
    # one is there only while another limit is tried
    assert (figure.of, sum(figure.counts), len(figure.bars)) == (2, 2, len(FAMILY_FILL) - 1)
    most = max(figure.bars, key=lambda bar: bar.n)
    assert most.fill == FAMILY_FILL[Family(figure.keys[figure.bars.index(most)])]
    stacks = family_stacks(families(table, by="depth"), "depth")
    assert stacks.rows[0].name.startswith("90 ")  # the uppermost depth comes first
    assert stacks.rows[-1].name.startswith("0 ")
    assert [row.n for row in stacks.rows] == stacks.counts.sum(axis=1).tolist()
    assert stacks.rows[0].note == "1 (50 %)"
    assert family_stacks(families(table, by="roi"), "roi").counts.sum() == 0


def parts(table: Sheet, rows: np.ndarray | None, masked: bool) -> Iterator[tuple[int, str]]:
    """Yield number and filter of every part of every figure."""
    bars = [*class_bars(table, rows).bars, *split_bars(table, rows).bars]
    bars += reason_bars(table, rows, masked).bars
    for figure in class_reason_bars(table, list(CLASSES), rows, masked).values():
        bars += figure.bars
    grouped = families(table, rows)
    bars += family_bars(grouped).bars
    by_depth = family_stacks(families(table, rows, "depth"), "depth")
    for stacks in (reason_stacks(table, rows, masked), by_depth):
        bars += stacks.rows
        yield from zip(stacks.counts.ravel().tolist(), sum(stacks.filters, ()), strict=True)
    for grid in (reason_grid(table, rows, masked), together_grid(table, rows, masked)):
        yield from zip(grid.counts.ravel().tolist(), sum(grid.filters, ()), strict=True)
    for row in boxes_figure(table, rows, masked).rows:
        bars.append(row.bar)
        yield from ((pile.n, pile.filter) for pile in row.piles)
    yield from ((column.n, column.filter) for column in sets_figure(table, rows, masked).columns)
    yield from ((bar.n, bar.filter) for bar in bars)


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("rows", [None, ROWS], ids=["all", "some"])
@pytest.mark.parametrize("params", [None, SPLIT], ids=["whole", "split"])
def test_every_part_has_a_filter_for_exactly_its_units(
    params: object, rows: np.ndarray | None, masked: bool
) -> None:
    table = sheet(params)
    seen = 0
    for n, text in parts(table, rows, masked):
        passing = evaluate(parse_filter(text, table), table)
        assert np.count_nonzero(passing if rows is None else passing[rows]) == n, text
        seen += n
    assert seen


def test_a_figure_of_nothing_is_empty() -> None:
    run = make_run({"nPeaks": []})
    table = sheet_of(run)
    assert reason_bars(table).bars == ()
    assert reason_stacks(table).rows == reason_grid(table).rows == together_grid(table).rows == ()
    assert sets_figure(table).columns == boxes_figure(table).rows == ()
    assert family_bars(families(table)).of == 0


def counts_histogram(limit: float, op: str, quantum: float) -> Histogram:
    key = next(i for i, one in enumerate(RULES) if one.metric == "nPeaks" and one.op == op)
    axis = Edges(np.array([0.5, 1.5, 2.5, 3.5]), np.zeros(4, bool), quantum)
    nothing = np.zeros((len(Label), 3), np.int64)
    return Histogram("nPeaks", False, axis, nothing, (), nothing[:, :0], (Limit(key, limit),))


@pytest.mark.parametrize(
    ("limit", "quantum", "place"), [(2.0, 1.0, 2.5), (2.4, 1.0, 2.5), (2.4, 0.1, 2.4)]
)
def test_failing_begins_where_the_last_count_that_passes_ends(
    limit: float, quantum: float, place: float
) -> None:
    """A limit between two counts fails from the edge of a bin, not half a count beyond itself."""
    assert [at for at, _ in turns(counts_histogram(limit, ">", quantum))] == [place]


def test_a_threshold_off_the_axis_is_not_drawn() -> None:
    assert turns(counts_histogram(9.0, ">", 1.0)) == []


def test_a_bin_says_its_units_and_what_it_is_past() -> None:
    found = histogram(sheet(), "rawAmplitude")
    part = int(np.flatnonzero(found.counts.sum(axis=0))[0])
    tip = part_tip(found, part)
    assert "1 of 6 units (17 %)" in tip
    assert "◆ MUA 1" in tip
    assert f"past {RULES[AMPLITUDE].token}" in tip
    assert metric_title("rawAmplitude") == "amplitude (µV)"
