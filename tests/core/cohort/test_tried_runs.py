"""What a proposal makes of a cohort's runs, in numbers and in words."""

from __future__ import annotations

from cohort.test_judged import cohort_of
from factories import make_run, sheet_of

from bcviewer.core.cohort.run_columns import run_facts
from bcviewer.core.cohort.tried_runs import own_criteria, tried_runs
from bcviewer.core.comparison.proposal import NO_PROPOSAL, Proposal

RUNS = [
    make_run({"presenceRatio": [0.65, 0.9, 0.1]}),
    make_run({"presenceRatio": [0.9, 0.75]}, {"minPresenceRatio": 0.8}),
]


def tried(proposal: Proposal):
    return tried_runs(proposal, cohort_of(RUNS, proposal))


def test_good_units_by_run():
    found = tried(Proposal.of({"minPresenceRatio": 0.6}))
    assert found.good.tolist() == [2, 2]
    assert found.gained.tolist() == [1, 1]
    assert found.lost.tolist() == [0, 0]
    assert found.open.tolist() == found.unsure.tolist() == [0, 0]
    assert found.words == ("GOOD 2 → 4 (+2 −0)", "MUA 3 → 1 (+0 −2)")
    stricter = tried(Proposal.of({"minPresenceRatio": 0.95}))
    assert stricter.lost.tolist() == [1, 1]
    assert stricter.gained.tolist() == stricter.good.tolist() == [0, 0]


def test_nothing_changes():
    assert tried(NO_PROPOSAL).words == ("no label changes",)


def test_what_needs_a_run_is_told():
    found = tried(Proposal.of({"spDecayLinFit": True}))
    assert found.open.tolist() == found.unsure.tolist() == [3, 2]
    assert found.good.tolist() == found.gained.tolist() == found.lost.tolist() == [0, 0]
    assert found.words == (
        "GOOD 2 → ≥ 0 (2 not known)",
        "MUA 3 → ≥ 0 (3 not known)",
        "5 units not answered for certain",
    )


def test_what_runs_were_judged_by_is_told_once():
    rows = [run_facts(sheet_of(run)) for run in (*RUNS, RUNS[0])]
    limits = [one.thresholds["minPresenceRatio"] for one in own_criteria(rows)]
    assert limits == [0.7, 0.8]
    assert own_criteria([]) == ()
