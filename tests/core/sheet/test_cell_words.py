"""What a tool tip says of a rule and a unit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from factories import make_run, sheet_of

from bcviewer.core.rules.rules import MISSING_PEAKS, RULE_INDEX
from bcviewer.core.sheet.cell_words import (
    SeenCells,
    cell_words,
    compared,
    display_text,
    fails,
    rule_says,
)

NAN = float("nan")
PRESENCE = RULE_INDEX["presenceRatio<minPresenceRatio"]
DRIFT = RULE_INDEX["maxDriftEstimate>maxDrift"]


def words(columns: dict[str, Any], rule: int, params: dict[str, Any] | None = None) -> list[str]:
    return cell_words(sheet_of(make_run(columns, params or {})), rule, 0).split("\n")


def test_a_cell_says_metric_value_limit_state_and_rule() -> None:
    assert words({"presenceRatio": [0.1]}, PRESENCE) == [
        "presence ratio 0.100 < 0.7",
        "failed, and decided the label, 11.4 steps",
        "MUA: presenceRatio<minPresenceRatio",
    ]
    assert words({"presenceRatio": [0.71]}, PRESENCE)[:2] == [
        "presence ratio 0.710 ≥ 0.7",
        "passed within a step, 0.2 steps",
    ]


@pytest.mark.parametrize(
    ("columns", "rule", "params", "said"),
    [
        ({"presenceRatio": [NAN]}, PRESENCE, {}, ["presence ratio", "no value"]),
        (
            {"presenceRatio": [1.0]},
            DRIFT,
            {"computeDrift": False},
            ["drift", "not tested: switched off: computeDrift is off"],
        ),
        (
            {"nPeaks": [NAN]},
            MISSING_PEAKS,
            {},
            ["peaks", "failed, and decided the label"],
        ),
        ({"nSpikes": [0.0]}, PRESENCE, {}, ["presence ratio", "not tested"]),
    ],
)
def test_where_nothing_can_be_compared_it_says_so(
    columns: dict[str, Any], rule: int, params: dict[str, Any], said: list[str]
) -> None:
    assert words(columns, rule, params)[:2] == said


def test_a_state_with_its_comparison() -> None:
    table = sheet_of(make_run({"presenceRatio": [0.1, NAN]}))
    key = "presenceRatio<minPresenceRatio"
    assert rule_says(table, PRESENCE, 0) == f"fail: {key}   0.100 < 0.7"
    assert rule_says(table, PRESENCE, 1) == f"missing: {key}"
    assert compared(table, PRESENCE, 1) == ""


def test_barcodes_in_sight_are_those_of_the_table_that_is_shown() -> None:
    seen, rows = SeenCells(), np.array([2, 0, 1])
    for ratios in ([0.1, 1.0, NAN], [1.0, 0.1, 0.2]):
        table = sheet_of(make_run({"presenceRatio": ratios}))
        for place in (1, 0, 2, 1):
            wanted = table.audit.cells[rows[place]].tobytes()
            assert seen.of(table, rows, place) == wanted
            assert display_text(table, "presenceRatio", int(rows[place]))


def test_a_cell_fails_where_a_rule_that_reads_its_column_does() -> None:
    table = sheet_of(make_run({"presenceRatio": [0.61, 0.9]}))
    assert [fails(table, "presenceRatio", row) for row in (0, 1)] == [True, False]
    assert not fails(table, "cluster_id", 0)
