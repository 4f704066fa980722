"""How far thresholds agree with labels, equal to judging the labelled units anew at every value."""

from __future__ import annotations

import math

import numpy as np
import pytest
from audit.test_audit_parity import MAY_LACK, parameters, tables
from comparison.cases import run_of
from dice import examples
from factories import make_run, sheet_of
from hypothesis import given, settings
from hypothesis import strategies as st

from bcviewer.core.comparison import agreement
from bcviewer.core.comparison.agreement import FEWEST, agreements
from bcviewer.core.comparison.judging import labelled, mixed
from bcviewer.core.comparison.proposal import Proposal
from bcviewer.core.comparison.what_if import KEPT_TIME, tried
from bcviewer.core.rules.labels import Label
from bcviewer.core.rules.rules import RULES

NAN = float("nan")
SAID = (Label.GOOD, Label.MUA, Label.NOISE, Label.NON_SOMA_GOOD)


def by_hand(run, labels, name, value):
    """Judge the labelled units anew, and count."""
    moved = mixed(run.criteria, run.criteria.replace(**{name: value}), [name])
    verdict, _ = labelled(run.units, moved)
    now, _ = labelled(run.units, run.criteria)
    silent = (Label.EMPTY, Label.INCOMPLETE)
    shares = []
    for side in (True, False):
        units = [i for i, said in labels.items() if (said == Label.GOOD) == side]
        units = [i for i in units if now[i] not in silent and verdict[i] not in silent]
        right = sum((verdict[i] == Label.GOOD) == side for i in units)
        shares.append(right / len(units) if units else NAN)
    return sum(shares) / 2


def agrees_everywhere(run, labels):
    for curve in agreements(sheet_of(run), labels).curves:
        if curve.needs_run:
            assert not len(curve.values)
            continue
        column = run.units.numbers(RULES[curve.rule].metric)
        values = np.unique(column[np.isfinite(column)]).tolist()
        near = [math.nextafter(v, e) for v in values for e in (math.inf, -math.inf)]
        for value in {*values, *near, 0.0, math.inf, -math.inf}:
            expected = by_hand(run, labels, curve.name, value)
            assert curve.at(value) == pytest.approx(expected, abs=1e-12, nan_ok=True)
        for k, edge in enumerate(curve.values.tolist()):
            least = RULES[curve.rule].op == "<"  # a value equal to its threshold passes
            assert curve.scores[k if least else k + 1] == pytest.approx(curve.at(edge), nan_ok=True)
        assert len(curve.scores) == len(curve.values) + 1


@settings(max_examples=examples(25))
@given(st.data())
def test_it_is_another_judgement_at_every_value(data):
    saved = data.draw(parameters())
    table = data.draw(tables(saved, MAY_LACK, most=10))
    said = data.draw(st.lists(st.sampled_from(SAID), min_size=10, max_size=10))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(agreement, "FEWEST", 1)
        agrees_everywhere(run_of(table, saved), dict(enumerate(said[: len(table["nSpikes"])])))


def halves(presence, n=FEWEST, params=None, **columns):
    """Return a run of 2 n units with such presence ratios, the first half labelled GOOD."""
    run = make_run({"presenceRatio": presence, **columns}, params)
    return run, {i: Label.GOOD if i < n else Label.MUA for i in range(2 * n)}


def test_the_best_interval_is_the_one_near_the_saved_value():
    off = {"computeDrift": False}
    run, labels = halves([0.9] * 10 + [0.6] * 10 + [0.5] * 20, params=off)
    found = agreements(sheet_of(run), labels)
    assert (found.n_good, found.n_rest, found.why) == (20, 20, "")
    curve = found.of("minPresenceRatio")
    assert curve.values.tolist() == [0.5, 0.6, 0.9]
    assert curve.scores.tolist() == [0.5, 1.0, 0.75, 0.5]
    best = curve.best(0.7)
    assert (best.low, best.high, best.score, best.n_others) == (0.5, 0.6, 1.0, 0)
    assert curve.at(0.5) == 0.5
    assert curve.at(0.6) == 1.0
    assert found.of("maxDrift") is None, "it is switched off: no label hangs on it"


def test_of_several_best_intervals_the_others_are_counted():
    run, labels = halves([0.9] * 10 + [0.5] * 10 + [0.7] * 10 + [0.3] * 10)
    curve = agreements(sheet_of(run), labels).of("minPresenceRatio")
    assert curve.scores.tolist() == [0.5, 0.75, 0.5, 0.75, 0.5]
    assert (curve.best(0.4).low, curve.best(0.4).n_others) == (0.3, 1)
    assert (curve.best(2.0).low, curve.best(2.0).high) == (0.7, 0.9)


def test_below_twenty_on_a_side_there_is_no_curve():
    run, labels = halves([0.9] * 20 + [0.5] * 20)
    found = agreements(sheet_of(run), {i: said for i, said in labels.items() if i})
    assert not found.curves
    assert (
        found.why == "Too few labels: 19 GOOD and 20 others; 20 labels are needed on either side."
    )


def test_units_without_a_verdict_are_counted_apart():
    n = 2 * FEWEST
    run, labels = halves([0.9] * 20 + [0.5] * 20, nSpikes=[0.0] + [900.0] * (n - 1))
    assert agreements(sheet_of(run), labels).left_out == 1
    assert agreements(sheet_of(run), {**labels, n + 5: Label.GOOD}).left_out == 1


def test_a_slope_of_the_other_fit_says_nothing():
    run, labels = halves([0.9] * 20 + [0.5] * 20)
    linear = not run.criteria.flags["spDecayLinFit"]
    proposal = Proposal.of({"spDecayLinFit": linear})
    sheet = sheet_of(run, tried=tried(sheet_of(run).inputs, proposal))
    found = agreements(sheet, labels)
    assert (found.left_out, found.n_good, found.curves) == (2 * FEWEST, 0, ())


def test_with_time_chunks_the_kept_time_is_held():
    chunked = {"computeTimeChunks": True}
    missing = [5.0] * 20 + [30.0] * 20
    run, labels = halves([0.9] * 40, params=chunked, percentageSpikesMissing_gaussian=missing)
    sheet = sheet_of(run)
    assert agreements(sheet, labels).of("maxPercSpikesMissing").caveat == KEPT_TIME
    run, labels = halves([0.9] * 20 + [0.5] * 20, params=chunked)
    sheet = sheet_of(run)
    assert agreements(sheet, labels).of("minPresenceRatio").caveat == ""
    moved = tried(sheet.inputs, Proposal.of({"maxPercSpikesMissing": 25.0}))
    found = agreements(sheet_of(run, tried=moved), labels)
    assert found.of("minPresenceRatio").caveat == KEPT_TIME


def test_a_limit_that_chose_who_is_kept_has_no_curve():
    kept = {"keepUncertainRPVUnits": True, "rpv_method": "ibl_sliding"}
    rpv, status = [0.05] * 20 + [0.5] * 20, [1.0] * 40
    run, labels = halves(
        [0.9] * 20 + [0.5] * 20, params=kept, fractionRPVs_estimatedTauR=rpv, RPV_status=status
    )
    sheet = sheet_of(run)
    curve = agreements(sheet, labels).of("maxRPVviolations")
    assert curve.caveat == "needs a run: RPV_status was decided at another limit"
    assert (len(curve.values), curve.best(0.1)) == (0, None)
    assert math.isnan(curve.at(0.1))
    moved = tried(sheet.inputs, Proposal.of({"maxRPVviolations": 0.2}))
    found = agreements(sheet_of(run, tried=moved), labels)
    assert (found.n_good, found.curves) == (20, ())
    assert found.why == "needs a run: RPV_status was decided at another limit."
