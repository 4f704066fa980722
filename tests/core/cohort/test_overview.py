"""What a cohort says at a glance."""

from __future__ import annotations

import numpy as np

from bcviewer.core.cohort.overview import Blocker, blockers, differing, status_words


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
    found = blockers(codes, ["a<b", "c>d", "e<f", "", "g<h"], which)
    assert found == [Blocker("c>d", 3, 2), Blocker("a<b", 1, 1), Blocker("e<f", 1, 1)]


def test_parameters_that_differ_are_told_with_their_values():
    rows = [row(), row(minSNR=4.0), row("gone", minSNR=4.0), row("failed", minSNR=1.0)]
    assert differing(rows) == {"minSNR": {"4": 2, "5": 1}}
    rows = [row(), {"status": "read", "minSNR": 5.0}]
    assert differing(rows) == {"computeDrift": {"none": 1, "true": 1}}
    assert differing([row()]) == {}
