"""What columns write."""

from __future__ import annotations

import pytest

from bcviewer.core.rules.column_choices import shown_at_first, with_passing, with_what_if
from bcviewer.core.rules.columns import COLUMNS
from bcviewer.core.rules.comparisons import margin_sign


@pytest.mark.parametrize("margin", [0.0, 0.04, -0.04, 1.04, -1.26, 25.0, -25.0])
def test_a_margin_is_written_in_the_table_as_in_why(margin: float) -> None:
    assert COLUMNS["good_margin"].text_of(margin) == margin_sign(margin)
    assert COLUMNS["good_margin"].text_of(float("nan")) == "–"


def test_a_region_is_shown_at_first_in_place_of_the_depth() -> None:
    assert shown_at_first(["label", "depth_um", "note"]) == ["label", "depth_um", "note"]
    assert shown_at_first(["label", "depth_um", "roi_label"]) == ["label", "roi_label"]


def test_flips_stand_by_the_label_and_what_was_comes_last() -> None:
    assert with_what_if(["cluster_id", "label", "reason"]) == [
        *("cluster_id", "label", "flip", "reason", "was")
    ]
    assert with_what_if(["was", "reason", "flip"]) == ["flip", "reason", "was"]
    kept = with_what_if(["label", "cluster_id", "reason"])
    assert kept == ["label", "cluster_id", "flip", "reason", "was"], "whose flip it is is seen"


def test_what_is_compared_stands_by_the_label_and_why_comes_last() -> None:
    shown = with_passing(["cluster_id", "label", "reason"], {"change"}.__contains__)
    assert shown == ["cluster_id", "label", "change", "cause", "reason", "because"]
    assert with_passing(shown, {"change"}.__contains__) == shown
    both = with_passing(["note"], {"change", "flip"}.__contains__)
    assert both == ["change", "cause", "flip", "note", "was", "because"]
    assert with_passing(["label"], set[str]().__contains__) == ["label"]
