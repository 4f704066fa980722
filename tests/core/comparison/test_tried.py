"""What a sheet shows of a proposal: refusals by unit, no verdict of another limit, handles."""

from __future__ import annotations

import math

import numpy as np
import pytest
from factories import again, make_run, sheet_of

from bcviewer.core.comparison.handles import handle_of, stepped, with_margin
from bcviewer.core.comparison.proposal import Proposal
from bcviewer.core.comparison.retested import Retested
from bcviewer.core.comparison.what_if import tried, tried_of, what_ifs
from bcviewer.core.comparison.what_if_words import what_if_words
from bcviewer.core.rules.rules import RULES
from bcviewer.core.sheet.book import Book
from bcviewer.core.sheet.explain import explain
from bcviewer.core.sheet.rule_lines import rule_line


def rule_of(name: str) -> int:
    return next(i for i, rule in enumerate(RULES) if rule.parameter == name)


def shown(changes, columns=None, params=None, **more):
    sheet = sheet_of(make_run(columns, params, **more))
    return again(sheet, tried=tried(sheet.inputs, Proposal.of(changes)))


def test_what_cannot_be_answered_has_no_label_and_says_why():
    run = make_run({"nPeaks": [1.0, 1.0]}, {"computeDrift": False}, drop=["maxDriftEstimate"])
    sheet = sheet_of(run)
    found = again(sheet, tried=tried(sheet.inputs, Proposal.of({"computeDrift": True})))
    assert found.text("label", 0) == "–"
    assert found.text("bombcell_label", 0) == "GOOD"
    assert found.text("reason", 0).startswith("needs a run: computeDrift was off")
    assert found.text("classification_reason", 0).startswith("needs a run")
    assert found.text("not_tested", 0).startswith("all rules: needs a run")
    assert found.text("flip", 0) == ""
    said = explain(found, 0).headline
    assert said.startswith("What if computeDrift=true: needs a run")
    assert said.endswith("Bombcell's label stays GOOD.")
    assert rule_line(found, 0, 1).note.startswith("needs a run")
    words = what_if_words(Book([found]), Proposal.of({"computeDrift": True}))
    assert words.flips == 0
    assert any(note.startswith("2 units: needs a run") for note in words.notes)
    assert words.changes == (("computeDrift", "computeDrift true (false)"),)


def test_verdicts_of_another_limit_are_not_shown():
    columns = {"RPV_status": [2.0], "fractionRPVs_estimatedTauR": [0.15]}
    params = {"rpv_method": "ibl_sliding", "keepUncertainRPVUnits": False}
    found = shown({"maxRPVviolations": 0.2}, columns, params)
    assert found.text("rpv_verdict", 0) == "not assessed"


def test_why_says_what_decided_before_and_what_decides_now():
    found = shown({"minPresenceRatio": 0.6}, {"presenceRatio": [0.65, 0.9]})
    assert explain(found, 0).headline == (
        "MUA: presence ratio 0.650 < 0.7 → with minPresenceRatio=0.6: GOOD"
    )
    assert explain(found, 0).label == "GOOD"
    assert "→ with" not in explain(found, 1).headline, "its label stays"
    timed = shown({"maxPercSpikesMissing": 1.0}, None, {"computeTimeChunks": True})
    headline = explain(timed, 0).headline
    assert "if the kept time stayed: MUA: " in headline or "→ with" not in headline


def test_another_run_cannot_be_tried():
    sheet, other = sheet_of(make_run()), sheet_of(make_run())
    with pytest.raises(ValueError, match="another run"):
        again(sheet, tried=tried(other.inputs, Proposal.of({"minPresenceRatio": 0.1})))


def test_a_step_moves_a_threshold_as_its_metric_is_measured():
    sheet = sheet_of(make_run({"nPeaks": [1.0, 1.0]}))
    spikes, peaks, presence = map(rule_of, ("minNumSpikes", "maxNPeaks", "minPresenceRatio"))
    step = RULES[spikes].step
    assert step is not None
    saved = sheet.criteria.thresholds["minNumSpikes"]
    assert stepped(sheet, 0, spikes, 1.0) == pytest.approx(saved * step.size, rel=1e-4)
    assert stepped(sheet, 0, peaks, 0.1) == sheet.criteria.thresholds["maxNPeaks"] + 1
    assert stepped(sheet, 0, peaks, -1.0) == sheet.criteria.thresholds["maxNPeaks"] - 1
    up, tenth = (stepped(sheet, 0, presence, n) for n in (1.0, 0.1))
    own = sheet.criteria.thresholds["minPresenceRatio"]
    assert up - own == pytest.approx(10 * (tenth - own), rel=1e-3)
    assert stepped(sheet, -1, presence, 1.0) > own
    first = next(i for i, rule in enumerate(RULES) if rule.op == "missing")
    assert handle_of(sheet, first) is None
    assert math.isnan(stepped(sheet, 0, first, 1.0))


@pytest.mark.parametrize("wanted", [-3.0, -0.25, 0.5, 4.0])
def test_a_threshold_is_moved_to_where_a_margin_is_another_one(wanted):
    sheet, tested = sheet_of(make_run()), 0
    for i, rule in enumerate(RULES):
        value = with_margin(sheet, 0, i, wanted)
        if handle_of(sheet, i) is None or not np.isfinite(rule_line(sheet, 0, i).margin):
            continue
        if rule.is_count:
            value = round(value)
        found = again(sheet, tried=tried(sheet.inputs, Proposal.of({rule.parameter: value})))
        there = rule_line(found, 0, i).margin
        assert there == pytest.approx(wanted, rel=2e-3, abs=1.0 if rule.is_count else 2e-3), rule
        tested += 1
    assert tested > 10
    none = next(i for i, rule in enumerate(RULES) if rule.op == "missing")
    assert math.isnan(with_margin(sheet, 0, none, wanted))


def test_no_threshold_is_so_many_shares_of_itself_away():
    share = next(i for i, rule in enumerate(RULES) if rule.step and rule.step.kind == "share")
    all_of_it = (1.0 if RULES[share].op == ">" else -1.0) / RULES[share].step.size
    assert math.isnan(with_margin(sheet_of(make_run()), 0, share, all_of_it))


def test_no_factor_leads_from_a_value_of_zero():
    sheet = sheet_of(make_run({"nSpikes": [0.0]}))
    assert math.isnan(with_margin(sheet, 0, rule_of("minNumSpikes"), 1.0))


def test_a_moved_handle_knows_where_it_was_saved():
    found = shown({"minPresenceRatio": 0.6})
    handle = handle_of(found, rule_of("minPresenceRatio"))
    assert handle is not None
    assert (handle.title, handle.value, handle.saved) == ("presence ratio ≥", 0.6, 0.7)
    assert handle.is_moved
    other = handle_of(found, rule_of("minNumSpikes"))
    assert other is not None
    assert not other.is_moved
    assert np.isfinite(stepped(found, 0, rule_of("minNumSpikes"), -1.0))


def test_two_probes_are_tried_together_and_each_is_named():
    found = shown({"minPresenceRatio": 0.6}, {"presenceRatio": [0.65]})
    fact = sheet_of(make_run())
    assert Book([found, fact], ["a", "b"]).table.proposes
    assert not Book([fact, sheet_of(make_run())], ["a", "b"]).table.proposes
    proposal = Proposal.of({"minPresenceRatio": 0.6})
    assert [one.labels.tolist() for one in what_ifs([found], proposal)] == [["GOOD"]]
    assert what_ifs([found], Proposal()) == []


def test_what_is_written_goes_by_what_was_tested_anew():
    columns = {"fractionRPVs_estimatedTauR": [0.15, 0.15], "RPV_status": [0.0, 0.0]}
    sheet = sheet_of(make_run({**columns, "nPeaks": [1.0, 1.0]}, {"keepUncertainRPVUnits": True}))
    proposal = Proposal.of({"maxRPVviolations": 0.05})
    known = Retested(sheet.run, 0.05, 2, 1, {0: -1.0})
    (found,) = what_ifs([sheet], proposal, [known])
    shown_now = tried_of(sheet.inputs, proposal, [known])
    assert shown_now is not None
    assert found.codes.tolist() == shown_now.codes.tolist()
    assert found.labels.tolist() == ["MUA", ""]
    assert found.answers[1].startswith("needs a run: ")  # a file does not wait
    (unknown,) = what_ifs([sheet], proposal)
    assert unknown.labels.tolist() == ["", ""]


def test_the_words_say_under_which_condition_labels_hold():
    timed = shown({"maxPercSpikesMissing": 1.0}, None, {"computeTimeChunks": True})
    words = what_if_words(Book([timed]), Proposal.of({"maxPercSpikesMissing": 1.0}))
    assert any("if the kept time stayed" in note for note in words.notes)


def test_a_threshold_of_zero_moves_although_no_factor_would():
    found = shown({"minNumSpikes": 0.0})
    assert stepped(found, 0, rule_of("minNumSpikes"), 1.0) > 0


def test_what_is_hidden_is_not_explained_by_a_proposal():
    found = shown({"minPresenceRatio": 0.6}, {"presenceRatio": [0.65, 0.9]})
    hidden = again(found, hidden=(0,))
    assert "GOOD" not in explain(hidden, 0).headline
    assert "MUA" not in explain(hidden, 0).headline


def test_what_is_saved_already_tries_nothing():
    sheet = sheet_of(make_run(None, {"minPresenceRatio": 0.7}))
    assert tried(sheet.inputs, Proposal.of({"minPresenceRatio": 0.7})) is None


def test_a_class_is_told_to_lose_no_unit_of_which_nobody_knows():
    run = make_run({"nPeaks": [1.0, 1.0, 9.0]}, {"computeDrift": False}, drop=["maxDriftEstimate"])
    sheet = sheet_of(run)
    proposal = Proposal.of({"computeDrift": True})
    found = again(sheet, tried=tried(sheet.inputs, proposal))
    words = what_if_words(Book([found]), proposal)
    assert words.classes == ("GOOD 2 → ≥ 0 (2 not known)", "NOISE 1")
