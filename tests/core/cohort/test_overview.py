"""What a cohort says at a glance."""

from __future__ import annotations

import math

import numpy as np
import pytest

from bcviewer.core.cohort.cohort_runs import CohortRuns
from bcviewer.core.cohort.overview import (
    Blocker,
    blockers,
    condition_words,
    differing,
    sole_blockers,
    status_words,
    value_filter,
)
from bcviewer.core.rules.rules import RULES


def row(status: str = "read", **more: object) -> dict[str, object]:
    return {"status": status, "minSNR": 5.0, "computeDrift": True, **more}


def test_runs_are_counted_by_what_became_of_them():
    assert status_words([]) == "0 runs"
    assert status_words([row()]) == "1 run: 1 read"
    many = [row(), row("failed"), row("gone"), row("gone"), row("skipped")]
    assert status_words(many) == "5 runs: 1 read, 1 failed, 2 gone, 1 skipped"


def test_what_alone_keeps_units_from_good_is_told_the_most_first():
    codes = np.array([0, 1, 1, -1, 2, 1, 3])
    which = np.array([0, 0, 0, 0, 1, 1, 1])
    texts = ["a<b", "c>d", "e<f", "", "g<h"]
    counts = sole_blockers(codes, texts, which, 3)
    assert counts.tolist() == [[1, 0, 0], [2, 1, 0], [0, 1, 0], [0, 1, 0], [0, 0, 0]]
    found = blockers(counts, texts)
    assert found == [Blocker("c>d", 3, 2), Blocker("a<b", 1, 1), Blocker("e<f", 1, 1)]
    assert blockers(counts[:, 1:], texts) == [Blocker("c>d", 1, 1), Blocker("e<f", 1, 1)]
    assert sole_blockers(np.empty(0, np.int32), [], np.empty(0, np.int64), 0).shape == (0, 0)


def test_conditions_are_said_in_words():
    assert condition_words("presenceRatio<minPresenceRatio") == "presence ratio < minPresenceRatio"
    four_way = " & ".join(rule.key for rule in RULES if rule.four_way)
    assert condition_words(four_way).count(" & ") == four_way.count(" & ")
    assert condition_words("of an older version") == "of an older version"


def test_parameters_that_differ_are_told_with_their_values():
    rows = [row(), row(minSNR=4.0), row("gone", minSNR=4.0), row("failed", minSNR=1.0)]
    assert differing(rows) == {"minSNR": {"4": 2, "5": 1}}
    rows = [row(), {"status": "read", "minSNR": 5.0}]
    assert differing(rows) == {"computeDrift": {"none": 1, "true": 1}}
    assert differing([row()]) == {}


PAIRS = [("minSNR", value) for value in (5.0, -0.008, 1e-5, 1e6, math.inf, -math.inf, None)]
PAIRS += [("computeDrift", value) for value in (True, False, None)]


@pytest.mark.parametrize("name", ["minSNR", "computeDrift"])
def test_a_value_that_differs_is_a_filter_for_the_runs_that_have_it(name: str):
    values = [value for key, value in PAIRS if key == name]
    rows = [row(**{name: value}) for value in values]
    table, told = CohortRuns(rows), differing(rows)[name]
    shown = [table.shown(value_filter(name, words)).tolist() for words in told]
    assert sorted(shown, reverse=True) == np.eye(len(values), dtype=bool).tolist()
