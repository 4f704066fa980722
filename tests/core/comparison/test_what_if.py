"""What-if: bombcell's own labels by the proposal wherever an answer is exact, and refusals."""

from __future__ import annotations

import numpy as np
import pytest
from audit.test_audit_parity import parameters, tables
from dice import examples
from factories import bombcell_labels, make_params, make_run
from hypothesis import given, settings
from hypothesis import strategies as st

from bcviewer.core.comparison.causes import Cause
from bcviewer.core.comparison.comparison import RunVerdict, compare
from bcviewer.core.comparison.pairing import itself
from bcviewer.core.comparison.proposal import OFFERED, Proposal
from bcviewer.core.comparison.what_if import KEPT_TIME, is_on, stale_rows, what_if
from bcviewer.core.rules.criteria import FLAGS
from bcviewer.core.run.run import SavedTable
from bcviewer.core.sheet.inputs import Inputs
from bcviewer.core.sheet.tried import EXACT

NAN = float("nan")


def asked(changes, columns=None, params=None, fresh=None, **more):
    run = make_run(columns, params, **more)
    return what_if(Inputs.of(run), Proposal.of(changes), fresh)


def proposals() -> st.SearchStrategy[Proposal]:
    numbers = st.sampled_from([0.0, 0.1, 0.3, 0.8, 1.0, 5.0, 100.0, 1150.0, -0.008, float("inf")])
    return st.lists(st.sampled_from(OFFERED), max_size=5).flatmap(
        lambda names: st.fixed_dictionaries(
            {name: st.booleans() if name in FLAGS else numbers for name in names}
        ).map(Proposal.of)
    )


@settings(max_examples=examples(100))
@given(st.data())
def test_an_exact_answer_is_bombcells(data):
    saved = data.draw(parameters())
    table = data.draw(tables(saved))
    proposal = data.draw(proposals())
    run = make_run(SavedTable.from_columns(table), make_params_of(saved))
    inputs = Inputs.of(run)
    found = what_if(inputs, proposal)
    theirs = bombcell_labels(table, {**saved, **dict(proposal.against(run.criteria).changes)})
    told = found.answers == EXACT
    assert found.labels[told].tolist() == np.array(theirs, dtype=object)[told].tolist()
    assert (found.known == told).all()
    assert (found.labels[~told] == "").all()
    assert (found.reasons[~told] == "").all()
    refusals = [text for text in found.answers[~told] if not text.startswith("needs a run: ")]
    assert refusals == []


@given(st.data())
def test_a_comparison_of_a_run_with_itself_says_the_same(data):
    saved = data.draw(parameters())
    run = make_run(SavedTable.from_columns(data.draw(tables(saved))), make_params_of(saved))
    proposal = data.draw(proposals())
    found = what_if(Inputs.of(run), proposal)
    after = RunVerdict(run, found.inputs.criteria)
    compared = compare(RunVerdict.of(run), after, itself(run))
    assert compared.label_after[found.known].tolist() == found.codes[found.known].tolist()
    assert set(compared.cause[found.known].tolist()) <= {Cause.NONE, Cause.THRESHOLDS}
    assert not compared.measured
    asked = {name for name, _ in found.proposal.changes}
    filled = set(run.criteria.filled)  # Bombcell fills the four-way thresholds in as a group
    assert asked <= {change.name for change in compared.thresholds} <= asked | filled


def make_params_of(saved):
    return make_params(saved, drop=set(make_params().saved) - set(saved))


def test_a_threshold_is_answered_and_says_why():
    found = asked({"minPresenceRatio": 0.6}, {"presenceRatio": [0.65, 0.5, 0.6]})
    assert found.labels.tolist() == ["GOOD", "MUA", "GOOD"]
    assert found.answers.tolist() == [EXACT] * 3
    assert found.reasons[1] == "MUA: presenceRatio<minPresenceRatio"
    assert found.reasons[0].startswith("GOOD: passed")
    assert found.inputs.criteria.thresholds["minPresenceRatio"] == 0.6
    assert found.proposal.words == "minPresenceRatio=0.6"


def test_no_change_changes_nothing():
    found = asked({"minPresenceRatio": 0.7}, {"presenceRatio": [0.65, 0.8]})
    assert found.labels.tolist() == ["MUA", "GOOD"]
    assert found.proposal == Proposal()


@pytest.mark.parametrize("name", ["maxRPVviolations", "maxPercSpikesMissing"])
def test_what_chooses_the_kept_time_is_answered_as_if_it_stayed(name):
    columns = {"nSpikes": [2400.0, 0.0], "fractionRPVs_estimatedTauR": 0.15}
    params = {"computeTimeChunks": True}
    found = asked({name: 0.2}, columns, params)
    assert found.answers.tolist() == [KEPT_TIME, EXACT]
    assert found.labels.tolist()[1] == ""
    assert found.known.all()
    assert asked({"minSNR": 1.0}, columns, params).answers.tolist() == [EXACT] * 2
    assert asked({name: 0.2}, columns).answers.tolist() == [EXACT] * 2


STALE = {
    "fractionRPVs_estimatedTauR": [0.5, 0.15, 0.5, 0.5, 0.5],
    "RPV_status": [0.0, 0.0, -1.0, 0.0, NAN],
    "presenceRatio": [1.0, 1.0, 1.0, 0.1, 1.0],
}
KEEP = {"keepUncertainRPVUnits": True}


def test_a_verdict_of_the_old_limit_is_not_taken_for_one_of_the_new():
    found = asked({"maxRPVviolations": 0.2}, STALE, KEEP)
    old = "needs a run: RPV_status was decided at maxRPVviolations 0.1"
    assert found.answers.tolist() == [old, EXACT, old, EXACT, EXACT]
    assert found.labels.tolist() == ["", "GOOD", "", "MUA", "MUA"]
    # the refractory rule may have failed or not: presence decides either way
    assert found.reasons[3] == "MUA: presenceRatio<minPresenceRatio"
    inputs = Inputs.of(make_run(STALE, KEEP))
    assert stale_rows(inputs, Proposal.of({"maxRPVviolations": 0.2})).tolist() == [0, 2]
    for other in ({"minSNR": 1.0}, {"maxRPVviolations": 0.2, "keepUncertainRPVUnits": False}):
        assert stale_rows(inputs, Proposal.of(other)).tolist() == []


def test_new_verdicts_answer_it():
    found = asked({"maxRPVviolations": 0.2}, STALE, KEEP, fresh={0: 0.0, 2: 1.0})
    assert found.answers.tolist() == [EXACT] * 5
    assert found.labels.tolist() == ["GOOD", "GOOD", "MUA", "MUA", "MUA"]
    found = asked({"maxRPVviolations": 0.2}, STALE, KEEP, fresh={0: 0.0})
    assert found.known.tolist() == [True, True, False, True, True]


def test_other_methods_and_flags_alone_are_exact():
    assert asked({"maxRPVviolations": 0.2}, STALE).answers.tolist() == [EXACT] * 5
    assert asked(KEEP, STALE).labels.tolist() == ["GOOD", "GOOD", "MUA", "MUA", "MUA"]
    hill = {**KEEP, "rpv_method": "hill"}
    assert asked({"maxRPVviolations": 0.2}, STALE, hill).answers.tolist() == [EXACT] * 5
    found = asked({"maxRPVviolations": 0.2}, STALE, KEEP, drop=["RPV_status"])
    assert found.answers.tolist() == [EXACT] * 5


@pytest.mark.parametrize(
    ("flag", "columns"),
    [
        ("computeDrift", ["maxDriftEstimate"]),
        ("computeDistanceMetrics", ["isolationDistance", "Lratio"]),
        ("extractRaw", ["rawAmplitude", "signalToNoiseRatio"]),
        ("computeSpatialDecay", ["spatialDecaySlope"]),
    ],
)
def test_a_gate_switched_on_without_values_needs_a_run(flag, columns):
    noise = flag == "computeSpatialDecay"
    given = {"nPeaks": [1.0, 9.0, 1.0], "presenceRatio": [1.0, 1.0, 0.1]}
    void = dict.fromkeys(columns, NAN)
    found = asked({flag: True}, {**given, **void}, {flag: False})
    why = f"needs a run: {flag} was off, and there are no values of {columns[0]}"
    assert found.labels.tolist() == ["", "NOISE", "" if noise else "MUA"]
    assert [text.startswith(why) for text in found.answers] == [True, False, noise]
    assert found.answers[1] == EXACT
    # as columns that are not there
    absent = asked({flag: True}, given, {flag: False}, drop=columns)
    assert absent.labels.tolist() == found.labels.tolist()
    # with values, and off again, it is exact
    assert asked({flag: True}, given, {flag: False}).answers.tolist() == [EXACT] * 3
    assert asked({flag: False}, {**given, **void}, {flag: True}).answers.tolist() == [EXACT] * 3


def test_another_slope_needs_a_run_where_it_is_read():
    given = {"nPeaks": [1.0, 9.0]}
    found = asked({"spDecayLinFit": True}, given)
    assert found.labels.tolist() == ["", "NOISE"]
    assert found.answers[0] == "needs a run: spDecayLinFit chooses another slope"
    off = {"computeSpatialDecay": False}
    assert asked({"spDecayLinFit": True}, given, off).answers.tolist() == [EXACT] * 2


def test_what_the_results_never_held_is_named():
    found = asked({"minSNR": 1.0}, {"nPeaks": [1.0, 9.0]}, drop=["presenceRatio"])
    assert found.labels.tolist() == ["", "NOISE"]
    assert found.answers[0] == ("needs a run: not in these results: presenceRatio<minPresenceRatio")


def test_a_saved_flag_is_on_as_bombcell_takes_it():
    assert [is_on(value) for value in (True, 1.0, NAN, 0.0, None, "False", "True")] == [
        True,
        True,
        True,
        False,
        False,
        False,
        True,
    ]
