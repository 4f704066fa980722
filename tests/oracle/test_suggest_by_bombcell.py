"""Thresholds by labels: bombcell's own, by its classifier's verdicts; several by the same folds."""

from __future__ import annotations

import json
import math

import numpy as np
import pandas as pd
import pytest
from audit.test_audit_parity import parameters, tables
from comparison.cases import run_of
from dice import examples
from factories import bombcell as imported
from factories import make_run, quiet, sheet_of
from hypothesis import given, settings
from hypothesis import strategies as st

from bcviewer.core.audit.audit import audit
from bcviewer.core.audit.states import State
from bcviewer.core.comparison.proposal import Proposal
from bcviewer.core.comparison.what_if import tried
from bcviewer.core.curation.counted import CountedLabels
from bcviewer.core.rules.labels import Label
from bcviewer.core.rules.rules import RULES, Block
from bcviewer.errors import UserError
from bcviewer.oracle import suggest_by_bombcell
from bcviewer.oracle.client import Bombcell
from bcviewer.oracle.suggest_by_bombcell import ask_suggestions, params_for_suggester

# The helper process imports bombcell.
pytestmark = pytest.mark.slow

DEMO = "session_demo/Demo_20260201_session001/bombcell/bombcell_DEFAULT/kilosort4_A"


class Direct:
    """Answers in this process, and keeps what it was asked."""

    def __init__(self) -> None:
        self.given: dict = {}
        self.metrics: dict = {}

    def ask(self, request, params, arrays, check=None):
        with quiet():
            imported()
            from bcviewer.oracle.requests.suggest import answer

            assert (request, params) == ("suggest", {})
            self.given = json.loads(arrays["given"].tobytes())
            self.metrics = {name: a for name, a in arrays.items() if name != "given"}
            return answer(params, arrays)


def counted(labels):
    return CountedLabels(labels, True, "made")


def noisy(values, limit, seed=0, flips=0.1):
    """Return labels that follow a limit, some of them wrong."""
    wrong = np.random.default_rng(seed).random(len(values)) < flips
    good = (values >= limit) ^ wrong
    return counted({i: Label.GOOD if g else Label.MUA for i, g in enumerate(good.tolist())})


def presence_run(params=None, n=200, **columns):
    presence = np.random.default_rng(1).uniform(0.3, 1.0, n)
    return make_run({"presenceRatio": presence, **columns}, params), presence


def suggest(run, labels, helper=None, **inputs):
    return ask_suggestions(sheet_of(run, **inputs), labels, helper or Direct())


def test_it_is_bombcells_own_answer_on_the_demonstration(
    real_bombcell: Bombcell, shared: object
) -> None:
    from bcviewer.cli.audit import audit_place
    from bcviewer.io.results.find import find_runs

    sheet = audit_place(find_runs(shared / DEMO)[0])
    presence = sheet.run.units.floats("presenceRatio")
    labels = noisy(np.nan_to_num(presence), np.nanmedian(presence))
    labels = counted({int(sheet.ids.cluster_id[i]): v for i, v in labels.labels.items()})
    found = ask_suggestions(sheet, labels, real_bombcell)
    helper = Direct()
    again = ask_suggestions(sheet, labels, helper)
    assert repr(again.suggestions) == repr(found.suggestions)
    n = found.n_units
    given = helper.given
    merged = pd.DataFrame(
        {
            "unit_id": np.arange(n),
            "manual_type_name": given["manual"],
            "Bombcell_unit_type_normalized": given["bombcell"],
        }
    )
    table = pd.DataFrame({"phy_clusterID": np.arange(n), **helper.metrics})
    with quiet():
        texts, details = imported().suggest_parameter_adjustments(
            merged, table, given["params"], return_details=True
        )
    theirs = details.set_index("parameter")
    assert [one.name for one in found.suggestions] == list(theirs.index)
    for one in found.suggestions:
        row = theirs.loc[one.name]
        assert (one.status, one.n_pass, one.n_fail) == (row.status, row.n_pass, row.n_fail)
        ours = (one.suggested, one.accuracy_now, one.accuracy, one.low, one.high)
        same = row[["suggested", "accuracy_current", "accuracy_suggested", "ci_low", "ci_high"]]
        assert np.array_equal(ours, same.to_numpy(float), equal_nan=True)
    said = [one.name for one in found.suggestions if one.status == "suggested"]
    assert said == [text.partition(":")[0] for text in texts]
    assert found.version == imported().__version__


@settings(max_examples=examples(40))
@given(st.data())
def test_its_verdicts_are_the_classifiers(data) -> None:
    """With what we give it, no unit is rejected that its classifier does not reject."""
    saved = data.draw(parameters())
    run = run_of(data.draw(tables(saved, most=12)), saved)
    criteria, states = run.criteria, audit(run).states
    params = params_for_suggester(criteria, run.units)
    full = pd.DataFrame(dict(suggest_by_bombcell.given_metrics(criteria, run.units)))
    with quiet():
        imported()
        from bombcell import manual_analysis
    failures = manual_analysis._criterion_failures(full, params)
    empty = run.units.floats("nSpikes") == 0
    for i, rule in enumerate(RULES):
        if rule.op == "missing" or rule.block == Block.NON_SOMA:
            continue
        key = (rule.metric, rule.parameter, "noise" if rule.block == Block.NOISE else "mua")
        theirs = failures.get(key, np.zeros(run.n_units, bool))
        finite = np.isfinite(full[rule.metric].to_numpy()) if rule.metric in full else ~empty
        ours = states[i] == State.FAIL
        assert (theirs[~empty & finite] == ours[~empty & finite]).all(), rule.key


def test_a_clear_limit_is_suggested_with_its_interval() -> None:
    run, presence = presence_run()
    found = suggest(run, noisy(presence, 0.5))
    (one,) = found.offered
    assert one.name == "minPresenceRatio"
    assert one.low - 0.001 < one.suggested < one.high + 0.001, "it rounds what it suggests"
    assert abs(one.suggested - 0.5) < 0.05
    assert one.current == 0.7
    assert one.accuracy > one.accuracy_now
    assert found.of("maxDrift").status != "suggested"
    assert found.of("minTroughToPeak2Ratio_nonSomatic") is None
    assert found.next_offered({}) == one
    changes = {"minPresenceRatio": one.suggested}
    assert (found.taken(changes), found.next_offered(changes)) == ((one,), None)
    assert found.joint(["minPresenceRatio"]) == ()


def test_few_labels_are_too_few_as_bombcell_says() -> None:
    run, presence = presence_run(n=30)
    found = suggest(run, noisy(presence, 0.5, flips=0.0))
    assert {one.status for one in found.suggestions} == {"too few labels"}
    assert not found.offered
    assert not found.folds


def test_two_are_held_together_on_the_same_folds() -> None:
    rng = np.random.default_rng(2)
    n = 400
    presence, spikes = rng.uniform(0.3, 1.0, n), rng.integers(100, 2000, n).astype(float)
    run = make_run({"presenceRatio": presence, "nSpikes": spikes}, {"minPresenceRatio": 0.4})
    good = (presence >= 0.7) & (spikes >= 1000)
    labels = counted({i: Label.GOOD if g else Label.MUA for i, g in enumerate(good.tolist())})
    found = suggest(run, labels)
    names = {one.name for one in found.offered}
    assert names == {"minPresenceRatio", "minNumSpikes"}
    (joint,) = found.joint(names)
    assert (joint.stage, joint.n_units, joint.n_folds) == ("mua", n, 200)
    folds = found.folds["mua"]
    assert joint.now == folds.accuracy(())
    assert joint.together > max(folds.accuracy([name]) for name in names)
    assert joint.together > joint.now
    # by hand, with bombcell's own score
    with quiet():
        imported()
        from bombcell.manual_analysis import _balanced_accuracy
    scores = []
    for k, units in enumerate(folds.held_out):
        rejected = folds.others.copy()
        for i in range(2):
            rejected |= folds.values[i] < folds.tuned[i, k]
        scores.append(_balanced_accuracy(rejected[units], folds.reject[units]))
    assert joint.together == pytest.approx(np.mean(scores), abs=1e-12)
    assert np.array_equal(folds.reject, ~good)
    assert folds.held_out.any(axis=1).all()
    shares = folds.held_out.mean()
    assert abs(shares - math.exp(-1)) < 0.02, "what a resample with replacement leaves out"


def test_one_alone_on_the_folds_is_what_bombcell_says_of_it() -> None:
    """The first threshold that it tunes draws the resamples that ours are."""
    run, presence = presence_run()
    labels = noisy(presence, 0.5)
    helper = Direct()
    found = suggest(run, labels, helper)
    given = {**helper.given["params"]}
    only = {k: v for k, v in given.items() if k == "minPresenceRatio" or isinstance(v, bool)}
    merged = pd.DataFrame(
        {
            "unit_id": np.arange(found.n_units),
            "manual_type_name": helper.given["manual"],
            "Bombcell_unit_type_normalized": helper.given["bombcell"],
        }
    )
    table = pd.DataFrame({"phy_clusterID": np.arange(found.n_units), **helper.metrics})
    with quiet():
        _, details = imported().suggest_parameter_adjustments(
            merged, table, only, return_details=True
        )
    (theirs,) = details["accuracy_suggested"]
    assert found.folds["mua"].accuracy(["minPresenceRatio"]) == pytest.approx(theirs, abs=1e-12)


def test_rules_with_exempt_units_are_withheld_and_reject_none_of_them() -> None:
    n = 200
    amplitude = np.where(np.arange(n) < 3, np.nan, 90.0)
    snr = np.full(n, 0.1)
    snr[3:] = 9.0
    run, presence = presence_run(rawAmplitude=amplitude, signalToNoiseRatio=snr)
    helper = Direct()
    found = suggest(run, noisy(presence, 0.5), helper)
    why = found.of("minSNR").withheld
    assert why == (
        "withheld: Bombcell's suggester ignores that rawAmplitude is missing, which exempts 3 units"
    )
    assert found.of("minAmplitude").withheld == why
    assert np.isnan(helper.metrics["signalToNoiseRatio"][:3]).all()
    assert found.of("minPresenceRatio").withheld == ""


def test_who_is_kept_though_uncertain_withholds_the_refractory_limit() -> None:
    rpv = np.where(np.arange(200) < 5, 0.9, 0.02)
    status = np.where(np.arange(200) < 5, 0.0, 1.0)
    columns = {"fractionRPVs_estimatedTauR": rpv, "RPV_status": status}
    keep = {"keepUncertainRPVUnits": True}
    run, presence = presence_run({**keep, "rpv_method": "hill"}, **columns)
    helper = Direct()
    found = suggest(run, noisy(presence, 0.5), helper)
    why = found.of("maxRPVviolations").withheld
    assert "ignores keepUncertainRPVUnits, which exempts 5 units" in why
    assert np.isnan(helper.metrics["fractionRPVs_estimatedTauR"]).sum() == 5
    run, presence = presence_run({**keep, "rpv_method": "ibl_sliding"}, **columns)
    found = suggest(run, noisy(presence, 0.5))
    assert found.of("maxRPVviolations").withheld.startswith("needs a run: RPV_status")


def test_with_time_chunks_two_limits_need_a_run() -> None:
    run, presence = presence_run({"computeTimeChunks": True})
    found = suggest(run, noisy(presence, 0.5))
    for name in ("maxRPVviolations", "maxPercSpikesMissing"):
        assert found.of(name).withheld == "needs a run: it chooses the kept time"
        assert not found.of(name).is_offered


def test_it_is_given_what_the_classifier_fills_in() -> None:
    run, presence = presence_run()
    helper = Direct()
    run = make_run({"presenceRatio": presence}, absent=("spDecayLinFit",))
    suggest(run, noisy(presence, 0.5), helper)
    assert helper.given["params"]["spDecayLinFit"] is True
    assert "minSpatialDecaySlope" in helper.given["params"]


def test_it_is_asked_about_the_saved_thresholds_whatever_is_tried() -> None:
    run, presence = presence_run()
    moved = tried(sheet_of(run).inputs, Proposal.of({"minPresenceRatio": 0.5}))
    found = suggest(run, noisy(presence, 0.5), tried=moved)
    assert found.of("minPresenceRatio").current == 0.7
    assert found.criteria is run.criteria


def test_units_without_a_verdict_or_peaks_are_not_asked_about() -> None:
    n = 200
    peaks = np.ones(n)
    peaks[:2] = np.nan
    spikes = np.full(n, 900.0)
    spikes[2] = 0
    run, presence = presence_run(nPeaks=peaks, nSpikes=spikes)
    found = suggest(run, noisy(presence, 0.5))
    assert (found.n_units, found.left_out) == (n - 3, 3)


def test_no_labels_and_too_many_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    run, presence = presence_run()
    with pytest.raises(UserError, match="no blind labels"):
        suggest(run, counted({}))
    monkeypatch.setattr(suggest_by_bombcell, "MOST", 10)
    with pytest.raises(UserError, match="200 labels: more than"):
        suggest(run, noisy(presence, 0.5))
