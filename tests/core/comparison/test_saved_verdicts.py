"""Verdicts of the saved limit while another one is tried: no place shows one as a fact of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from factories import again, make_run, sheet_of

from bcviewer.app.view import chip_mask, n_of_saved_limit, n_unanswered
from bcviewer.core.audit.cells import RuleCell
from bcviewer.core.audit.order import OTHER, UNDECIDABLE_ONLY
from bcviewer.core.audit.rpv import Rpv
from bcviewer.core.comparison.proposal import Proposal
from bcviewer.core.comparison.retested import to_retest
from bcviewer.core.comparison.verdicts import untested_rows, verdicts
from bcviewer.core.comparison.what_if import tried, tried_of, what_ifs
from bcviewer.core.comparison.what_if_words import what_if_words
from bcviewer.core.figures.family_bars import family_bars, family_tip
from bcviewer.core.figures.population import families
from bcviewer.core.rules.rules import FAMILY_NAMES, RPV_RULE, Family
from bcviewer.core.sheet.book import Book
from bcviewer.core.sheet.explain import explain
from bcviewer.core.sheet.rule_lines import rule_line

NAN = float("nan")
OFF = {"rpv_method": "ibl_sliding", "keepUncertainRPVUnits": False}
ON = {**OFF, "keepUncertainRPVUnits": True}
MOVED = {"maxRPVviolations": 0.2}
UNITS = {
    "fractionRPVs_estimatedTauR": [0.5, 0.5, 0.15, 0.5, 0.02],
    "RPV_status": [0.0, -1.0, -1.0, NAN, 1.0],
}
"""Undecidable, not shown clean, between the two limits, not assessed, clean."""


def shown(params, changes=MOVED, columns=UNITS, fresh=None, waits=False):
    sheet = sheet_of(make_run(columns, params))
    found = tried(sheet.inputs, Proposal.of(changes), fresh, waits=waits)
    return again(sheet, tried=found)


def test_with_keep_off_labels_are_exact_and_no_verdict_is_told_as_one_of_the_tried_limit():
    sheet = shown(OFF)
    labels = [sheet.text("label", row) for row in range(5)]
    assert labels == ["MUA", "MUA", "GOOD", "MUA", "GOOD"]
    assert sheet.inputs.tried.answers.counted == {"exact": 5}
    assert [sheet.text("rpv_verdict", row) for row in range(5)] == [
        "too few spikes to say, of the saved limit 0.1",
        "not shown clean, of the saved limit 0.1",
        "not shown clean, of the saved limit 0.1",
        "not assessed",
        "shown clean, of the saved limit 0.1",
    ]
    assert [sheet.text("RPV_status", row) for row in range(5)] == [
        "0 (saved limit)",
        "-1 (saved limit)",
        "-1 (saved limit)",
        "–",
        "1 (saved limit)",
    ]
    kinds = [sheet.text("family", row) for row in range(5)]
    # not assessed is not assessed at any limit
    assert kinds == ["RPV not tested anew"] * 2 + ["–", "not shown clean", "–"]
    assert sheet.text("reason", 0) == "RPV not tested anew: RPV fraction"
    assert sheet.audit.attention.tolist().count(UNDECIDABLE_ONLY) == 0
    fact = sheet_of(make_run(UNITS, OFF))
    assert fact.audit.attention[0] == UNDECIDABLE_ONLY
    assert fact.text("rpv_verdict", 0) == "too few spikes to say"
    assert fact.text("RPV_status", 0) == "0"


@pytest.mark.parametrize(("waits", "rest"), [(False, "needs a run"), (True, "is tested anew")])
def test_why_says_which_limit_a_verdict_is_of(waits, rest):
    sheet = shown(OFF, waits=waits)
    facts = explain(sheet, 0).facts
    assert facts[0] == (
        f"RPV of the saved limit 0.1: too few spikes to say; by the limit that is tried it {rest}"
    )
    assert explain(sheet, 3).facts[0] == "RPV: not assessed (no verdict in these results)"
    assert not any("not assessed" in fact for fact in facts)


def test_the_chip_the_families_and_the_bar_count_what_is_not_known_apart():
    sheet = shown(OFF)
    assert not chip_mask(sheet, "undecidable").any()
    assert n_of_saved_limit(sheet, "undecidable") == 2
    assert n_of_saved_limit(sheet, "borderline") == n_unanswered(sheet) == 0
    figure = family_bars(families(sheet))
    names = {FAMILY_NAMES[key]: bar.n for key, bar in zip(figure.keys, figure.bars, strict=True)}
    assert names["RPV not tested anew"] == 2
    assert (names["undecidable"], names["not shown clean"]) == (0, 1)
    assert "of the saved limit" in family_tip(Family.SAVED_LIMIT, 2, 3)
    assert Family.SAVED_LIMIT not in family_bars(families(sheet_of(make_run(UNITS, OFF)))).keys
    words = what_if_words(Book([sheet]), Proposal.of(MOVED))
    assert words.notes == ("4 RPV verdicts of the saved limit 0.1",)


def test_with_keep_on_a_label_that_hangs_on_one_is_empty_and_says_why():
    sheet = shown(ON)
    assert [sheet.text("label", row) for row in range(5)] == ["–", "–", "GOOD", "MUA", "GOOD"]
    old = "needs a run: RPV_status was decided at maxRPVviolations 0.1"
    assert sheet.text("reason", 0) == old
    assert n_unanswered(sheet) == 2
    assert sheet.audit.rpv.tolist()[2:] == [
        Rpv.SAVED_NOT_SHOWN_CLEAN,
        Rpv.NOT_ASSESSED,
        Rpv.SAVED_CLEAN,
    ]
    waiting = shown(ON, waits=True)
    assert waiting.text("reason", 0) == (
        "not known yet: RPV_status was decided at maxRPVviolations 0.1, and is tested anew"
    )
    assert explain(waiting, 0).headline.endswith("Bombcell's label stays GOOD.")
    words = what_if_words(Book([sheet]), Proposal.of(MOVED))
    assert words.notes == (f"2 units: {old}", "2 RPV verdicts of the saved limit 0.1")


def test_a_rule_that_hangs_on_one_is_neither_a_failure_nor_a_pass_while_another_decides():
    columns = {**UNITS, "presenceRatio": [0.65] * 5}
    sheet = shown(ON, columns=columns)
    assert [sheet.text("label", row) for row in range(5)] == ["MUA"] * 5
    assert sheet.audit.cells[0, RPV_RULE] == RuleCell.NOT_TESTED
    assert rule_line(sheet, 0, RPV_RULE).note == (
        "the refractory test's verdict is of the saved limit 0.1: needs a run"
    )
    assert sheet.text("family", 0) == "incomplete"
    assert sheet.text("reason", 0) == "incomplete: presence ratio"
    assert not sheet.audit.sole_blocker[0], "RPV may be another one"
    assert np.isnan(sheet.audit.steps_to_good[0])
    assert not sheet.audit.borderline[0]
    assert sheet.audit.attention[0] == OTHER
    assert sheet.audit.n_failed[0] == 1
    assert sheet.text("family", 3) == "not shown clean", "it cannot be exempt at any limit"


def test_what_was_tested_anew_is_exact_and_the_rest_stays_marked():
    fresh = {0: 0.0, 1: 0.0, 2: 1.0}
    for params in (OFF, ON):
        sheet = shown(params, fresh=fresh)
        found = [sheet.text("rpv_verdict", row) for row in range(5)]
        assert found == [
            *["too few spikes to say"] * 2,
            "shown clean",
            "not assessed",
            "shown clean, of the saved limit 0.1",
        ]
        keep = params is ON
        assert sheet.text("label", 0) == ("GOOD" if keep else "MUA")
        assert sheet.text("family", 0) == ("–" if keep else "undecidable")
        assert set(sheet.inputs.tried.answers.counted) == {"exact"}
    whole = shown(ON, fresh={**fresh, 4: 1.0})
    assert what_if_words(Book([whole]), Proposal.of(MOVED)).notes == ()


def test_an_estimate_is_compared_with_the_tried_limit_as_bombcell_does():
    sheet = shown({**OFF, "rpv_method": "hill"})
    found = [sheet.text("rpv_verdict", row) for row in range(5)]
    assert found == ["not shown clean"] * 2 + ["shown clean", "not assessed", "shown clean"]
    assert sheet.text("RPV_status", 2) == "-1 (saved limit)"


def test_which_units_are_to_be_tested_anew():
    run = make_run(UNITS, OFF)
    after = Proposal.of(MOVED).on(run.criteria)
    assert untested_rows(run, run.criteria, after).tolist() == [0, 1, 2, 4]
    assert untested_rows(run, run.criteria, run.criteria).tolist() == []
    without = make_run(UNITS, OFF, drop=["RPV_status"])
    assert verdicts(without, without.criteria, after) is None
    hill = make_run(UNITS, {**OFF, "rpv_method": "hill"}, drop=["fractionRPVs_estimatedTauR"])
    assert np.isnan(verdicts(hill, hill.criteria, after).status).all()


def test_what_is_written_is_by_what_was_tested_anew_as_what_is_shown():
    sheet, proposal = sheet_of(make_run(UNITS, ON)), Proposal.of(MOVED)
    wanted = to_retest(sheet.inputs, proposal)
    known = replace(wanted, statuses={0: 0.0, 1: -1.0})
    for found in ((), (wanted,), (known,), (replace(known, ended=True),)):
        (written,) = what_ifs([sheet], proposal, found)
        seen = again(sheet, tried=tried_of(sheet.inputs, proposal, found))
        assert written.codes.tolist() == seen.parts.verdicts.tolist()
        shown = seen.inputs.tried.answers.by_unit == "exact"
        assert (written.answers == "exact").tolist() == shown.tolist()
    assert written.answers.tolist() == ["exact"] * 5
    (waits,) = what_ifs([sheet], proposal, (wanted,))
    assert waits.answers[0].startswith("needs a run: "), "a file does not change any more"


def test_what_is_known_by_now_is_what_is_shown():
    inputs, proposal = sheet_of(make_run(UNITS, ON)).inputs, Proposal.of(MOVED)
    wanted = to_retest(inputs, proposal)
    assert wanted is not None
    assert (wanted.limit, wanted.n_units) == (0.2, 4)
    assert wanted.words == "RPV status of 4 units: 0 done"
    assert tried_of(inputs, proposal, (wanted,)).waits
    assert not tried_of(inputs, proposal, ()).waits
    ended = replace(wanted, statuses={0: 1.0, 1: 1.0, 2: 1.0}, ended=True, why="no spikes")
    assert ended.words == "RPV status of 4 units: 1 cannot be tested anew: no spikes"
    assert not tried_of(inputs, proposal, (ended,)).waits
    whole = replace(ended, statuses={**ended.statuses, 4: 1.0})
    assert whole.words == ""
    for other in (Proposal.of({"minSNR": 1.0}), Proposal()):
        assert to_retest(inputs, other) is None
    void = sheet_of(make_run({**UNITS, "RPV_status": [NAN] * 5}, ON)).inputs
    assert to_retest(void, proposal) is None
