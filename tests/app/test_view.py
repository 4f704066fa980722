"""The rows shown, and the masks of the chips."""

from __future__ import annotations

import numpy as np
from qt_fixtures import KINDS, table_of

from bcviewer.app.view import CHIP_FILTERS, FilterState, Marked, View, chip_mask, filter_mask
from bcviewer.core.audit.summary import family_counts
from bcviewer.core.filter.language import evaluate, parse_filter
from bcviewer.core.rules.labels import Label


def test_rows_and_places_are_each_others_inverse() -> None:
    order = np.array([3, 0, 4, 1, 2])
    view = View.of(order, np.array([True, False, True, True, False]))
    assert view.rows.tolist() == [3, 0, 2]
    assert view.place.tolist() == [1, -1, 2, 0, -1]
    assert view.n_shown == 3


def test_nothing_shown() -> None:
    view = View.of(np.arange(2), np.zeros(2, bool))
    assert view.n_shown == 0
    assert view.place.tolist() == [-1, -1]
    assert View.of(np.arange(0), np.zeros(0, bool)).n_shown == 0


def test_the_mask_is_box_and_classes_and_chips() -> None:
    table = table_of(KINDS)
    assert table.labels.tolist() == [
        Label.GOOD,
        Label.MUA,
        Label.NOISE,
        Label.NON_SOMA,
        Label.EMPTY,
    ]
    assert filter_mask(table, FilterState()).tolist() == [True] * 5
    box = FilterState("presenceRatio < 0.7", parse_filter("presenceRatio < 0.7", table))
    assert filter_mask(table, box).tolist() == [False, True, True, False, False]
    classes = frozenset({Label.MUA, Label.NON_SOMA})
    both = FilterState(box.text, box.applied, "", classes)
    assert filter_mask(table, both).tolist() == [False, True, False, False, False]
    chips = FilterState(chips=frozenset({"sole_blocker"}))
    assert filter_mask(table, chips).tolist() == [False, True, False, True, False]


def test_undecidable_is_of_units_that_it_decided() -> None:
    columns = {
        "fractionRPVs_estimatedTauR": [0.5, 0.5, 0.03, 0.5],
        "RPV_status": [0.0, -1.0, 0.0, 0.0],
        "nPeaks": [1.0, 1.0, 1.0, 5.0],
    }
    table = table_of(columns)
    assert chip_mask(table, "undecidable").tolist() == [True, False, False, False]
    # the family of MUA units is one number in the chip, the column and the summary; what the
    # test said of any unit is another one, by another word
    by_family = evaluate(parse_filter(CHIP_FILTERS["undecidable"], table), table)
    assert by_family.tolist() == chip_mask(table, "undecidable").tolist()
    assert family_counts(table.audit)["undecidable"] == 1
    said = table.values("rpv_verdict").tolist()
    few, failed = "too few spikes to say", "not shown clean"
    assert said == [few, failed, few, few]


def test_disagreement_with_the_saved_labels() -> None:
    table = table_of(KINDS, saved=["GOOD", "GOOD", "NOISE", None, ""])
    assert chip_mask(table, "disagreement").tolist() == [False, True, False, False, False]


def test_active_only_where_something_is_asked() -> None:
    assert not FilterState().active
    assert FilterState(text="x").active
    assert FilterState(classes=frozenset({Label.MUA})).active
    assert FilterState(chips=frozenset({"borderline"})).active


def view_of(rows: list[int], n: int = 8) -> View:
    mask = np.zeros(n, bool)
    mask[rows] = True
    return View.of(np.array([*rows, *(i for i in range(n) if i not in rows)]), mask)


def test_some_rows_as_they_are_anew_and_the_others_where_they_are() -> None:
    before, anew = view_of([5, 1, 3, 0]), view_of([0, 2, 3, 7])
    assert before.with_some(anew, np.array([1, 2])).rows.tolist() == [5, 3, 0, 2]
    assert before.with_some(anew, np.array([], np.int64)).rows.tolist() == [5, 1, 3, 0]
    grown = view_of([0, 2, 3, 7, 9, 8], 10)
    more = before.with_some(grown, np.array([8, 9]))
    assert more.rows.tolist() == [5, 1, 3, 0, 9, 8]
    assert more.place.tolist() == [3, 1, -1, 2, -1, 0, -1, -1, 5, 4]


def test_what_is_highlighted_is_shown_and_one_of_it_is_current() -> None:
    view = view_of([5, 1, 3, 0])
    marked = Marked.of(view, 3, np.array([0, 3, 5, 6, 3]))
    assert (marked.current, marked.selected.tolist()) == (3, [5, 3, 0])
    assert Marked.of(view, 1, np.array([0, 5])).current == 5, "the nearest one"
    assert Marked.of(view, 6, np.array([3, 1])).current == 1
    assert Marked.of(view, 5, np.array([6, 7])).current == -1
    assert Marked.one(-1).selected.tolist() == []


def test_where_the_current_row_is_hidden_one_row_is_left() -> None:
    marked = Marked(3, np.array([5, 3, 0]))
    assert marked.within(view_of([0, 3, 5])).selected.tolist() == [0, 3, 5]
    assert marked.within(view_of([0, 3])).selected.tolist() == [0, 3]
    for fallback, expected in ((-1, 7), (0, 0), (2, 7)):
        after = marked.within(view_of([7, 0]), fallback)
        assert (after.current, after.selected.tolist()) == (expected, [expected])
    assert marked.within(view_of([])).current == -1
    assert Marked().within(view_of([4])).current == 4
