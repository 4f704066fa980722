"""Label sources and how they agree: known answers, and the filter of every cell."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from curation_cases import act
from factories import again, make_run, sheet_of

from bcviewer.core.curation.blind import Sample, blind_field
from bcviewer.core.curation.replay import replay
from bcviewer.core.curation.said_columns import NO_LABEL
from bcviewer.core.filter.language import evaluate, parse_filter
from bcviewer.core.rules.labels import CLASSES, Label
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.core.sheet.sources import (
    SOURCE_COLUMNS,
    cell_filter,
    confusion,
    cross_table,
    label_filter,
    source_codes,
    sources_of,
)


def codes(*values: int) -> np.ndarray:
    return np.array(values, np.int8)


def many_sources() -> Sheet:
    """Return eight units, labelled by every source."""
    columns = {
        "presenceRatio": [1.0, 0.5, 1.0, 1.0, 0.5, 1.0, 1.0, np.nan],
        "nPeaks": [1.0, 1.0, 5.0, 1.0, 1.0, 1.0, 1.0, np.nan],
        "nSpikes": [2400.0] * 7 + [0.0],
    }
    run = make_run(
        columns,
        saved=["GOOD", "mua", "NOISE", "non_soma", "GOOD", "it's", None, ""],
        ks_label=np.array(["good", "mua", "mua", "good", "", "good", "mua", "good"], object),
        phy_group=np.array(["good", "unsorted", "noise", "MUA", "mua", "", "Good", "x"], object),
    )
    blind = blind_field(Sample(7, 1, 7))
    actions = [act("0", 0, unit=0), act("1", 1, unit=1, label="MUA", extra=blind)]
    actions.append(act("5", 5, unit=5, label="NON-SOMA"))
    table = sheet_of(run)
    return again(table, said=replay(actions))


def test_codes_of_each_source() -> None:
    table, none = many_sources(), NO_LABEL
    good, mua, noise = int(Label.GOOD), int(Label.MUA), int(Label.NOISE)
    soma = int(Label.NON_SOMA)
    expected = {
        "audit": [good, mua, noise, good, mua, good, good, none],
        "bombcell": [good, mua, noise, good, mua, good, good, none],
        "saved": [good, mua, noise, soma, good, none, none, none],
        "kilosort": [good, mua, mua, good, none, good, mua, good],
        "phy": [good, none, noise, mua, mua, none, good, none],
        "manual": [good, mua, none, none, none, soma, none, none],
        "blind": [none, mua, none, none, none, none, none, none],
    }
    assert set(expected) == set(SOURCE_COLUMNS) == set(sources_of(table))
    for source, values in expected.items():
        assert source_codes(table, source).tolist() == values, source
        assert source_codes(table, source).dtype == np.int8


def test_a_source_that_is_not_there() -> None:
    run = make_run()
    table = sheet_of(run)
    assert sources_of(table) == ("audit", "bombcell", "saved", "manual")
    for name in ("kilosort", "phy", "nobody"):
        with pytest.raises(KeyError):
            source_codes(table, name)


def test_bombcells_own_labels_are_the_source_whatever_is_shown() -> None:
    table = many_sources()
    table.codes("bombcell_label")
    recomputed = again(table, np.full(8, int(Label.NOISE), np.int8))
    assert (source_codes(recomputed, "bombcell") == Label.NOISE).all()
    assert (source_codes(again(recomputed, source="saved"), "bombcell") == Label.NOISE).all()
    assert source_codes(recomputed, "audit").tolist() == source_codes(table, "audit").tolist()


@pytest.mark.parametrize(
    ("counts", "kappa"),
    [
        ([[20, 5], [10, 15]], 0.4),  # the textbook's example: p_o = 0.7, p_e = 0.5
        ([[45, 15], [25, 15]], 0.13043478),  # p_o = 0.6, p_e = 0.54
        ([[25, 35], [5, 35]], 0.25925926),  # the same p_o, p_e = 0.46
        ([[10, 0], [0, 10]], 1.0),
        ([[0, 10], [10, 0]], -1.0),
        ([[5, 5], [5, 5]], 0.0),
    ],
)
def test_cohens_kappa(counts: list[list[int]], kappa: float) -> None:
    labels = (int(Label.GOOD), int(Label.MUA))
    pairs = [
        pair
        for (i, a), (j, b) in product(enumerate(labels), enumerate(labels))
        for pair in [(a, b)] * counts[i][j]
    ]
    np.random.default_rng(0).shuffle(pairs)
    a, b = np.array(pairs, np.int8).T
    found = confusion(a, b)
    assert found.classes == (Label.GOOD, Label.MUA)
    assert found.counts.tolist() == counts
    assert found.kappa == pytest.approx(kappa)
    assert confusion(b, a).kappa == pytest.approx(kappa)


def test_kappa_that_is_not_defined() -> None:
    assert np.isnan(confusion(codes(), codes()).kappa)
    assert np.isnan(confusion(codes(2, 2), codes(2, 2)).kappa)
    assert np.isnan(confusion(codes(2, 3), codes(NO_LABEL, NO_LABEL)).kappa)


def test_units_without_a_label_are_left_out_and_counted() -> None:
    found = confusion(codes(2, 3, -1, -1, 1), codes(2, -1, 3, -1, 2))
    assert found.classes == (Label.GOOD, Label.NOISE)
    assert found.counts.tolist() == [[1, 0], [1, 0]]
    assert (found.n, found.agreeing) == (2, 1)
    assert (found.without_first, found.without_second, found.left_out) == (2, 2, 3)


@pytest.mark.long
def test_every_cell_has_a_filter_for_exactly_its_units() -> None:
    table = many_sources()
    for first, second in product(SOURCE_COLUMNS, SOURCE_COLUMNS):
        asked = (*CLASSES, None)
        a, b = source_codes(table, first), source_codes(table, second)
        for x, y in product(asked, asked):
            text = cell_filter(table, first, x, second, y)
            shown = evaluate(parse_filter(text, table), table)
            code_x, code_y = (NO_LABEL if v is None else int(v) for v in (x, y))
            assert shown.tolist() == ((a == code_x) & (b == code_y)).tolist(), text


def test_a_filter_is_readable() -> None:
    table = many_sources()
    assert label_filter(table, "bombcell", Label.GOOD) == "bombcell_label == 'GOOD'"
    assert label_filter(table, "manual", None) == "missing(manual_label)"
    assert label_filter(table, "saved", Label.NON_SOMA) == "saved_label == 'non_soma'"
    assert (
        label_filter(table, "phy", None) == "(phy_group in ('unsorted', 'x') or missing(phy_group))"
    )


def test_a_cross_table_has_totals_and_units_without_a_label() -> None:
    good, mua, noise = (int(v) for v in (Label.GOOD, Label.MUA, Label.NOISE))
    first = codes(good, good, mua, NO_LABEL, noise)
    second = codes(good, mua, mua, good, NO_LABEL)
    found = cross_table(first, second, (Label.GOOD, Label.MUA, Label.NOISE))
    assert found.tolist() == [
        [1, 1, 0, 0, 2],
        [0, 1, 0, 0, 1],
        [0, 0, 0, 1, 1],
        [1, 0, 0, 0, 1],
        [2, 2, 0, 1, 5],
    ]


def test_a_class_that_is_not_asked_for_counts_as_no_label() -> None:
    found = cross_table(codes(int(Label.MUA)), codes(int(Label.GOOD)), (Label.GOOD,))
    assert found.tolist() == [[0, 0, 0], [1, 0, 1], [1, 0, 1]]
