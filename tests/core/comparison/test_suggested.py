"""Bombcell's suggestions: which can be taken, how several hold together, and what is said."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from factories import make_run, sheet_of

from bcviewer.core.comparison.agreement import agreements
from bcviewer.core.comparison.proposal import Proposal
from bcviewer.core.comparison.suggested import Folds, Suggested, Suggestion, withheld
from bcviewer.core.comparison.suggested_words import (
    HEADS,
    answer_words,
    interval_words,
    joint_words,
    label_words,
    score_words,
    threshold_words,
)
from bcviewer.core.comparison.what_if import tried
from bcviewer.core.curation.counted import CountedLabels
from bcviewer.core.rules.labels import Label
from bcviewer.core.rules.rules import RULES

NAN = float("nan")
LESS, MORE = RULES[13], RULES[10]
"""A minimum and a maximum."""


def said(name, suggested=0.5, status="suggested", **more):
    fields = {
        "stage": "mua",
        "current": 0.7,
        "n_pass": 30,
        "n_fail": 25,
        "accuracy_now": 0.61,
        "accuracy": 0.823,
        "low": 0.48,
        "high": 0.52,
    }
    fields |= more
    return Suggestion(name=name, suggested=suggested, status=status, **fields)


def folds(names=("minPresenceRatio", "maxPercSpikesMissing")):
    """Four units, of which each threshold finds another one; two folds leave out all of them."""
    return Folds(
        names,
        np.array([True, False]),
        np.array([[0.2, 0.9, 0.9, 0.9], [1.0, 50.0, 1.0, 1.0]]),
        np.array([0.0, 100.0]),
        np.array([[0.5, 0.5, 0.5], [20.0, 20.0, 20.0]]),
        np.array([[True] * 4, [True, True, False, True], [False, False, True, True]]),
        np.array([True, True, False, False]),
        np.zeros(4, bool),
    )


def answer(*suggestions, run=None, labels=None, blind=True, stages=None):
    run = run or make_run({"nPeaks": np.ones(60)})
    counted = CountedLabels(labels or {}, blind, "made")
    found = {"mua": folds()} if stages is None else stages
    return Suggested(run, run.criteria, counted, "0.94", 55, 0, suggestions, found)


def test_only_what_bombcell_stands_by_and_nothing_speaks_against_can_be_taken() -> None:
    assert said("minPresenceRatio").is_offered
    assert not said("minPresenceRatio", status="inconclusive").is_offered
    assert not said("minPresenceRatio", withheld="withheld: why").is_offered
    assert not said("minPresenceRatio", suggested=NAN).is_offered


def test_what_was_rounded_out_of_its_interval_is_told() -> None:
    assert said("lratioMax", 0.0, low=1e-11, high=8e-11).is_rounded_out is False
    assert said("lratioMax", 0.0, low=0.01, high=0.011).is_rounded_out
    assert not said("minPresenceRatio", 0.479).is_rounded_out
    assert not said("maxNPeaks", 2.0, low=2.5, high=2.5).is_rounded_out


def test_together_is_scored_where_both_sides_were_held_out() -> None:
    found = folds()
    assert found.accuracy(()) == 0.5
    assert found.accuracy(["minPresenceRatio"]) == 0.75
    assert found.accuracy(found.names) == 1.0
    none = Folds(
        found.names,
        *(getattr(found, n) for n in ("below", "values", "current", "tuned")),
        np.zeros((3, 4), bool),
        found.reject,
        found.others,
    )
    assert math.isnan(none.accuracy(()))


def test_the_next_one_is_the_first_that_is_not_taken() -> None:
    first, last = said("minPresenceRatio"), said("minNumSpikes", 200.0)
    found = answer(first, said("maxDrift", status="ok as is"), last)
    assert found.offered == (first, last)
    assert found.next_offered({}) == first
    assert found.next_offered({"minPresenceRatio": 0.5}) == last
    assert found.next_offered({"minPresenceRatio": 0.6}) == first, "another value was tried"
    assert found.of("nothing") is None
    (joint,) = found.joint(["minPresenceRatio", "maxPercSpikesMissing"])
    assert (joint.now, joint.together, joint.n_units, joint.n_folds) == (0.5, 1.0, 4, 3)
    assert found.joint(["minPresenceRatio"]) == ()


def halves(params=None, **columns):
    run = make_run({"presenceRatio": [0.9] * 20 + [0.5] * 20, **columns}, params)
    return run, {i: Label.GOOD if i < 20 else Label.MUA for i in range(40)}


def test_a_line_says_what_is_tried_and_saved_and_how_each_agrees() -> None:
    run, labels = halves()
    one = said("minPresenceRatio", 0.6, low=0.55, high=0.65)
    found = answer(one, said("minSNR", withheld="withheld: why"), run=run, labels=labels)
    moved = tried(sheet_of(run).inputs, Proposal.of({"minPresenceRatio": 0.6}))
    sheet = sheet_of(run, tried=moved)
    lines = threshold_words(sheet, agreements(sheet, labels), found, {"minPresenceRatio": 0.6})
    by_name = {line.name: line for line in lines}
    line = by_name["minPresenceRatio"]
    assert lines[0] is line, "what can be taken comes first"
    assert line.texts == (
        "presence ratio ≥ 0.6 (0.7)",
        "1.00",
        "0.5 to 0.9: 1.00",
        "0.6 ✓ taken",
        "0.55 to 0.65",
        "0.61 → 0.82",
        "30 + 25",
    )
    assert (line.is_offered, line.is_taken) == (True, True)
    assert by_name["minSNR"].texts[3:] == ("withheld", "–", "–", "30 + 25")
    assert by_name["minSNR"].tip == "minSNR\nwithheld: why"
    assert all(len(each.texts) == len(HEADS) for each in lines)
    sheet = sheet_of(run)
    untaken = threshold_words(sheet, agreements(sheet, labels), found, {})[0]
    assert untaken.texts[0] == "presence ratio ≥ 0.7"
    assert untaken.texts[3] == "0.6 → suggested"


def test_what_needs_a_run_says_so() -> None:
    kept = {"keepUncertainRPVUnits": True, "rpv_method": "ibl_sliding"}
    rpv = [0.05] * 20 + [0.5] * 20
    run, labels = halves(kept, fractionRPVs_estimatedTauR=rpv, RPV_status=[1.0] * 40)
    why = withheld(run, run.criteria, run.units)
    assert why == {
        "maxRPVviolations": "needs a run: RPV_status was decided at the saved limit",
    }
    one = said("maxRPVviolations", withheld=why["maxRPVviolations"])
    found = answer(one, run=run, labels=labels)
    sheet = sheet_of(run)
    lines = threshold_words(sheet, agreements(sheet, labels), found, {})
    (line,) = [each for each in lines if each.name == "maxRPVviolations"]
    assert line.texts[1:4] == ("needs a run", "–", "needs a run")


def test_exempt_units_and_the_kept_time_withhold_a_threshold() -> None:
    run, _ = halves({"computeTimeChunks": True}, rawAmplitude=[NAN] * 2 + [90.0] * 38)
    why = withheld(run, run.criteria, run.units)
    assert {name for name, text in why.items() if text.startswith("needs a run")} == {
        "maxPercSpikesMissing",
        "maxRPVviolations",
    }
    words = "Bombcell's suggester ignores that rawAmplitude is missing, which exempts 2 units"
    assert why["minSNR"] == why["minAmplitude"] == f"withheld: {words}"
    kept = {"keepUncertainRPVUnits": True, "rpv_method": "hill"}
    run, _ = halves(kept, RPV_status=[0.0] + [1.0] * 39)
    why = withheld(run, run.criteria, run.units)
    assert why["maxRPVviolations"].endswith("keepUncertainRPVUnits, which exempts 1 unit")


def test_where_no_verdict_is_known_no_interval_is_best() -> None:
    run, labels = halves()
    found = agreements(sheet_of(run), labels)
    curve = found.of("minPresenceRatio")
    unknown = replace(curve, scores=np.full(len(curve.scores), NAN))
    lines = threshold_words(sheet_of(run), replace(found, curves=(unknown,)), None, {})
    assert [line.texts[2] for line in lines] == ["–"]


def test_what_was_rounded_out_is_said_beside_its_interval() -> None:
    run, labels = halves()
    one = said("lratioMax", 0.0, low=0.01, high=0.011)
    sheet = sheet_of(run)
    line = threshold_words(sheet, agreements(sheet, labels), answer(one, run=run), {})[0]
    assert line.texts[3:5] == ("0 → suggested", "0.01 to 0.011, rounded out of it")


def test_few_labels_and_no_answer() -> None:
    run, labels = halves()
    none = {"low": NAN, "high": NAN, "accuracy_now": NAN, "accuracy": NAN}
    few = said("minPresenceRatio", NAN, "too few labels", **none)
    found, sheet = answer(few, run=run), sheet_of(run)
    lines = threshold_words(sheet, agreements(sheet, {}), found, {})
    assert [line.texts[1:] for line in lines] == [("–", "–", "too few labels", "–", "–", "30 + 25")]
    assert "Bombcell asks for 20 labels on either side." in lines[0].tip
    alone = threshold_words(sheet, agreements(sheet, labels), None, {})
    assert {line.texts[3] for line in alone} == {"–"}


@pytest.mark.parametrize(
    ("rule", "low", "high", "words"),
    [
        (LESS, -math.inf, math.inf, "anywhere"),
        (LESS, -math.inf, 0.5, "≤ 0.5"),
        (MORE, -math.inf, 20.0, "< 20"),
        (LESS, 0.5, math.inf, "> 0.5"),
        (MORE, 20.0, math.inf, "≥ 20"),
        (LESS, 0.5, 0.66667, "0.5 to 0.6667"),
    ],
)
def test_intervals_in_words(rule, low, high, words) -> None:
    assert interval_words(rule, low, high) == words


def test_scores_are_one_only_where_they_are() -> None:
    assert [score_words(s) for s in (1.0, 0.9999, 0.5, NAN)] == ["1.00", ">0.99", "0.50", "–"]


def test_how_many_labels_and_how_sampled() -> None:
    run, labels = halves()
    found = agreements(sheet_of(run), {**labels, 99: Label.GOOD})
    counted = CountedLabels({**labels, 99: Label.GOOD}, True, "blind, drawn")
    assert label_words(found, counted) == (
        "41 blind labels: 20 GOOD, 20 not",
        "blind, drawn",
    )
    few = agreements(sheet_of(run), {0: Label.GOOD})
    words = label_words(few, CountedLabels({0: Label.GOOD}, False, ""))
    assert words[0] == "1 label: 1 GOOD, 0 not"
    assert words[-1].startswith("Too few labels")
    run, labels = halves(nSpikes=[0.0] + [900.0] * 39)
    left = label_words(agreements(sheet_of(run), labels), CountedLabels(labels, False, "in sight"))
    assert "1 unit without a verdict left out" in left


def test_what_bombcell_answered_and_whether_it_still_holds() -> None:
    labels = {1: Label.GOOD}
    found = answer(said("minPresenceRatio"), labels=labels)
    (words,) = answer_words(found, CountedLabels(labels, True, ""))
    assert words == "Bombcell 0.94, of 55 labels and the saved thresholds: 1 suggestion"
    _, again = answer_words(found, CountedLabels({}, True, ""))
    assert again == "the labels are others by now: ask again"
    (none,) = answer_words(answer(labels=labels), CountedLabels(labels, True, ""))
    assert none.endswith("no suggestion")


def test_together_says_how_it_was_found_out() -> None:
    names = ("minPresenceRatio", "maxPercSpikesMissing")
    found = answer(said(names[0]), said(names[1], 25.0))
    told, how = joint_words(found, found.joint(names), taken=False)
    assert told == ("MUA, all 2 that are suggested together: 0.50 → 1.00 held out",)
    words = (
        "Bombcell tunes each alone (minPresenceRatio 0.82, maxPercSpikesMissing 0.82); together:"
        " each tuned alone on the same 3 resamples of 4 labels, all judging the labels that a"
        " resample left out"
    )
    assert how == (words,)
    found = answer(said(names[0]), said(names[1], 25.0), stages={"noise": folds()})
    told, _ = joint_words(found, found.joint(names), taken=True)
    assert told == ("noise, the 2 that are taken together: 0.50 → 1.00 held out",)
