"""A row a run: its parameters as used, its problems in a line, and what judges it anew."""

from __future__ import annotations

import json

import numpy as np
from factories import make_run, sheet_of

from bcviewer.core.cohort.run_columns import (
    COLUMNS_SAVED,
    COUNTS,
    MEASURED,
    PARAMETERS,
    run_facts,
)
from bcviewer.core.rules.criteria import FLAGS, THRESHOLDS, Criteria
from bcviewer.core.run.run import Issue, Provenance

NAN = float("nan")


def test_every_threshold_and_flag_is_told_as_it_was_used():
    run = make_run(None, {"minSNR": NAN}, absent=("isoDmin", "computeDistanceMetrics"))
    facts = run_facts(sheet_of(run))
    assert facts["minPresenceRatio"] == 0.7
    assert facts["minSNR"] is None
    assert facts["isoDmin"] is None
    assert facts["computeDistanceMetrics"] is False
    assert facts["filled_in"] == "computeDistanceMetrics"
    assert {*THRESHOLDS, *FLAGS, *COUNTS.values()} <= set(facts)


def test_problems_are_one_line_and_the_version_says_that_it_is_inferred():
    issues = (Issue("a.tsv", "is\nodd.", "Ignored."), Issue("b.npy", "is not there."))
    here = Provenance("ks", "ks/bombcell", "A", "A", writer="bombcell 0.90 (inferred)")
    facts = run_facts(sheet_of(make_run(issues=issues, provenance=here)))
    assert facts["problem"] == "a.tsv: is odd. Ignored. · b.npy: is not there."
    assert facts["bombcell_version"] == "bombcell 0.90"
    assert facts["bombcell_version_inferred"] is True


def test_criteria_come_back_from_the_row_as_they_were():
    odd = {"minSNR": NAN, "maxDrift": float("inf"), "computeDrift": NAN, "minAmplitude": "x"}
    run = make_run({"nPeaks": [1.0]}, {**odd, "computeTimeChunks": True})
    facts = run_facts(sheet_of(run))
    again = Criteria.from_saved(json.loads(facts[PARAMETERS]))
    assert not run.criteria.diff(again)
    assert (again.filled, again.unreadable) == (run.criteria.filled, run.criteria.unreadable)
    assert json.loads(facts[COLUMNS_SAVED])["nPeaks"] == np.dtype(np.float64).str
    assert json.loads(facts[MEASURED]) == {"computeTimeChunks": True, "rpv_method": "ibl_sliding"}
