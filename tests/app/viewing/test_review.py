"""Which unit comes next: pure functions over what is shown."""

from __future__ import annotations

import numpy as np
import pytest
from factories import make_run
from qt_fixtures import KINDS, table_of

from bcviewer.app.view import View
from bcviewer.app.viewing.review import following, is_same_sort, neighbour, stayer


def shown(*rows: int, n: int = 10) -> View:
    mask = np.zeros(n, bool)
    mask[list(rows)] = True
    order = np.array([*rows, *(i for i in range(n) if i not in rows)], np.int64)
    return View.of(order, mask)


@pytest.mark.parametrize(
    ("rows", "current", "after", "beside"),
    [
        ([7], 7, 2, 2),
        ([2], 2, 5, 5),
        ([7, 2], 7, 5, 5),
        ([5], 5, -1, 2),
        ([7, 5], 7, -1, 2),
        ([7, 2, 5], 2, -1, -1),
        ([1], 1, -1, 7),
        ([], -1, -1, 7),
    ],
)
def test_what_follows_the_labelled_rows(
    rows: list[int], current: int, after: int, beside: int
) -> None:
    view = shown(7, 2, 5)
    assert following(view, np.array(rows, np.int64), current) == after
    if rows != [1] and rows:  # rows that are not shown are never labelled
        assert neighbour(view, np.array(rows, np.int64), current) == beside


def test_who_stays_is_looked_for_after_the_current_row_not_after_the_last_that_goes() -> None:
    view = shown(7, 2, 5, 1, 9)
    assert stayer(view, np.array([2, 9]), 2) == 5
    assert stayer(view, np.array([1, 9]), 9) == 5
    assert stayer(view, view.rows, 2) == -1


def test_runs_of_one_sort() -> None:
    from dataclasses import replace

    one, other = table_of(KINDS).run, table_of(KINDS).run
    assert is_same_sort(one, other, 0, same_recording=False), "the same place"
    moved = replace(
        other, provenance=replace(other.provenance, ks_dir="elsewhere", results_dir="elsewhere")
    )
    assert is_same_sort(one, moved, 0, same_recording=False), "the same units and channels"
    pointed = replace(other, provenance=replace(other.provenance, ks_dir="elsewhere", probe="B"))
    assert is_same_sort(one, pointed, 0, same_recording=True), "the same results"
    more = replace(moved, cluster_id=np.arange(5) + 1)
    assert not is_same_sort(one, more, 1, same_recording=False)
    assert is_same_sort(one, more, 1, same_recording=True), "the same probe and peak channel"
    probe = replace(more, provenance=replace(more.provenance, probe="B"))
    assert not is_same_sort(one, probe, 1, same_recording=True)
    assert not is_same_sort(one, more, 0, same_recording=True), "no unit 0 there"
    assert not is_same_sort(one, more, -1, same_recording=True)
    other_probe = replace(moved, provenance=replace(moved.provenance, probe="B"))
    assert not is_same_sort(one, other_probe, 0, same_recording=True), "two probes, ids alike"
    bare = make_run(KINDS, drop=("maxChannels",))
    copied = replace(
        bare, provenance=replace(bare.provenance, ks_dir="elsewhere", results_dir="elsewhere")
    )
    assert not is_same_sort(bare, copied, 0, same_recording=False), "nothing but ids"
