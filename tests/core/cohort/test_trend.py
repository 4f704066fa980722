"""How many units are GOOD from recording to recording."""

from __future__ import annotations

import numpy as np
from cohort.test_cohort_runs import BROKEN, run

from bcviewer.core.cohort.cohort_runs import CohortRuns
from bcviewer.core.cohort.trend import trend


def test_a_recording_is_all_of_its_runs_that_are_shown():
    rows = [run("r10", 1, 9), run("r9", 5, 5), run("r9", 0, 30, probe="B"), BROKEN]
    table = CohortRuns([*rows, run("nothing", empty=3)])
    found = trend(table, np.ones(5, bool))
    assert found.recordings == ("r9", "r10")
    assert found.rows.tolist() == [1, 2, 0]
    assert found.places.tolist() == [0, 0, 1]
    assert found.shares.tolist() == [50.0, 0.0, 10.0]
    assert found.units.tolist() == [10, 30, 10]
    assert found.share.tolist() == [12.5, 10.0]
    assert found.total.tolist() == [40, 10]
    assert found.tried is None
    only = trend(table, np.array([True, True, False, True, True]))
    assert only.share.tolist() == [50.0, 10.0]


def test_what_is_tried_is_not_known_where_one_run_is_not():
    table = CohortRuns([run("a", 1, 9), run("a", 2, 8, probe="B"), run("b", 0, 10)])
    found = trend(table, np.ones(3, bool), np.array([5.0, np.nan, 4.0]))
    assert found.tried is not None
    assert np.isnan(found.tried[0])
    assert found.tried[1] == 40.0


def test_no_runs():
    found = trend(CohortRuns([]), np.ones(0, bool))
    assert found.recordings == ()
    assert len(found.share) == 0
