"""Each rule for one unit in words."""

from __future__ import annotations

import math

import numpy as np
import pytest
from factories import again, make_run, sheet_of

from bcviewer.core.audit.states import State
from bcviewer.core.comparison.proposal import Proposal
from bcviewer.core.comparison.what_if import tried
from bcviewer.core.rules.rules import RULE_INDEX, RULES
from bcviewer.core.sheet.explain import Verdict, explain
from bcviewer.core.sheet.rule_lines import RuleLine, Section, rest_words, rule_line
from bcviewer.core.sheet.sheet import Sheet

NAN, INF = float("nan"), float("inf")
PRESENCE = "presenceRatio<minPresenceRatio"
RPV = "fractionRPVs_estimatedTauR>maxRPVviolations"
RATIO = "mainPeakToTroughRatio>maxMainPeakToTroughRatio_nonSomatic"


def table(columns=None, params=None, recomputed=None, **more) -> Sheet:
    run = make_run(columns, params, **more)
    codes = None if recomputed is None else np.array(recomputed, np.int8)
    return sheet_of(run, codes=codes)


def line(key: str, columns=None, params=None, **more) -> RuleLine:
    return rule_line(table(columns, params, **more), 0, RULE_INDEX[key])


def verdict(columns=None, params=None, recomputed=None, **more) -> Verdict:
    return explain(table(columns, params, recomputed, **more), 0)


@pytest.mark.parametrize(
    ("key", "value", "note"),
    [
        (PRESENCE, 0.6, "0.100 short, −14%; 1.9 steps"),
        ("presenceRatio<minPresenceRatio", 0.6999999, "1e−07 short, −0%; under 0.1 steps"),
        ("wvDuration<minWvDuration", 90.0, "10 µs short, −10%; 0.3 steps"),
        (
            "percentageSpikesMissing_gaussian>maxPercSpikesMissing",
            35.0,
            "15.0% over, +75%; 1.5 steps",
        ),
        ("maxDriftEstimate>maxDrift", 130.0, "30.0 µm over, +30%; 3.0 steps"),
        ("nSpikes<minNumSpikes", 100.0, "200 short, −67%; 4.9 steps"),
        ("Lratio>lratioMax", 0.6, "0.3 over, +100%; 1.0 steps"),
        ("Lratio>lratioMax", 1e300, "1e+300 over, "),
        ("nTroughs>maxNTroughs", 3.0, "2 over, +200%; 1.5 steps"),
    ],
)
def test_a_failures_shortfall_in_units_and_steps(key, value, note):
    rule = RULES[RULE_INDEX[key]]
    found = line(key, {rule.metric: value})
    assert (found.state, found.section) == (State.FAIL, Section.DECIDING)
    assert found.note.startswith(note)
    assert found.margin < 0
    if not note.endswith(", "):
        assert found.note == note


def test_a_limit_of_zero_has_no_share():
    found = line("spatialDecaySlope<minSpatialDecaySlopeExp", {"spatialDecaySlope": -0.5}, {
        "minSpatialDecaySlopeExp": 0
    })  # fmt: skip
    assert found.comparison == "-0.5 < 0 1/µm"
    assert found.note.startswith("0.5 1/µm short; ")


def test_a_pass_says_by_how_much():
    found = line(PRESENCE, {"presenceRatio": 0.8})
    assert (found.state, found.section) == (State.PASS, Section.PASSED)
    assert (found.comparison, found.note) == ("0.800 ≥ 0.7", "by 1.9 steps")
    assert line(PRESENCE, {"presenceRatio": 0.7}).note == "by 0.0 steps"


@pytest.mark.parametrize(
    ("key", "columns", "params", "note"),
    [
        (RPV, {"fractionRPVs_estimatedTauR": 1.0}, {}, "1.0: no contamination level"),
        (
            "percentageSpikesMissing_gaussian>maxPercSpikesMissing",
            {"percentageSpikesMissing_gaussian": 100.0},
            {},
            "100 %: the peak of the distribution is cut off",
        ),
        (
            "spatialDecaySlope<minSpatialDecaySlope",
            {"spatialDecaySlope": -0.1},
            {"spDecayLinFit": True},
            "−0.1: the fit stayed at its starting value",
        ),
        ("isolationDistance<isoDmin", {"isolationDistance": 1e11}, {}, "≥ 1e10: the covariance"),
        (RATIO, {"mainPeakToTroughRatio": INF}, {}, "infinite: the fit or the ratio did not end"),
    ],
)
def test_a_sentinel_says_what_it_stands_for(key, columns, params, note):
    found = line(key, columns, params)
    assert found.note.startswith(note)
    assert math.isnan(found.margin)
    assert found.comparison


def test_exempt_missing_beyond_and_not_tested_rules_say_why():
    kept = line(
        RPV,
        {"fractionRPVs_estimatedTauR": 1.0, "RPV_status": 0.0},
        {"keepUncertainRPVUnits": True},
    )
    assert (kept.section, kept.comparison) == (Section.EXEMPT, "1.000 > 0.1")
    assert kept.note == "kept: too few spikes to say, and keepUncertainRPVUnits is on"
    snr = line("signalToNoiseRatio<minSNR", {"rawAmplitude": NAN, "signalToNoiseRatio": 1.0})
    assert (snr.section, snr.comparison) == (Section.EXEMPT, "1.0 < 5")
    assert snr.note.startswith("not applied: Bombcell tests amplitude and SNR only where")
    missing = line(PRESENCE, {"presenceRatio": NAN})
    assert (missing.section, missing.comparison) == (Section.MISSING, "")
    assert missing.note == "no value, so Bombcell lets it pass"
    width = line(
        "mainPeak_before_width<minWidthFirstPeak_nonSomatic", {"mainPeak_before_width": NAN}
    )
    assert width.note == "no value: the four-way non-somatic branch cannot fire"
    peaks = line("nPeaks>maxNPeaks", {"nPeaks": NAN})
    assert peaks.note == "no value: counted by the rule “nPeaks missing”"
    beyond = line(
        "troughToPeak2Ratio<minTroughToPeak2Ratio_nonSomatic", {"troughToPeak2Ratio": 1.0}
    )
    assert (beyond.section, beyond.comparison) == (Section.BEYOND, "1 < 5")
    assert beyond.note == "counts only when all four non-somatic comparisons hold"
    off = line("maxDriftEstimate>maxDrift", params={"computeDrift": False})
    assert (off.section, off.note) == (Section.NOT_TESTED, "switched off: computeDrift is off")
    gone = line("maxDriftEstimate>maxDrift", drop=["maxDriftEstimate"])
    assert gone.note == "no column maxDriftEstimate in these results"
    assert line(PRESENCE, absent=["minPresenceRatio"]).note.endswith("is not in the parameters")
    assert line(PRESENCE, {"nSpikes": 0.0}).note == "no spikes"


@pytest.mark.parametrize(
    ("spikes", "note"),
    [
        (12.0, "no peaks: 12 spikes, fewer than the 50 that Bombcell asks for"),
        (49.0, "no peaks: 49 spikes, fewer than the 50 that Bombcell asks for"),
        (50.0, "no peaks: Bombcell saved no number of peaks"),
        (5000.0, "no peaks: Bombcell saved no number of peaks"),
        (NAN, "no peaks: Bombcell saved no number of peaks"),
    ],
)
def test_fewer_than_fifty_spikes_are_said_only_where_there_are(spikes, note):
    columns = {"nPeaks": NAN, "nSpikes": spikes}
    found = line("nPeaks missing", columns)
    assert (found.state, found.comparison, found.note) == (State.FAIL, "", note)
    assert verdict(columns).headline == note
    assert line("nPeaks missing").note == "it has a value"


def test_without_a_spike_count_nothing_is_said_of_it():
    found = line("nPeaks missing", {"nPeaks": NAN}, drop=["nSpikes"])
    assert found.note == "no peaks: Bombcell saved no number of peaks"


# Rules without a line of their own


def test_what_has_no_line_of_its_own_is_counted_by_its_state():
    found = verdict(
        {"maxDriftEstimate": NAN, "rawAmplitude": NAN, "troughToPeak2Ratio": 1.0, "nSpikes": 9.0},
        {"computeDistanceMetrics": False},
    )
    tested = [each for each in found.lines if each.state != State.NOT_TESTED]
    untested = [each for each in found.lines if each.state == State.NOT_TESTED]
    assert rest_words((), untested) == (
        "3 not tested: spatial decay (minSpatialDecaySlope), isolation distance, L-ratio"
    )
    assert rest_words(tested[:2], untested, named=False) == (
        "1 more fails · 1 exempt · 3 not tested"
    )
    assert rest_words(tested, ()) == (
        "1 more fails · 16 more pass · 1 exempt · 1 beyond, not counted · 2 without a value"
    )
    assert rest_words(tested[:2], ()) == "1 more fails · 1 exempt"
    assert rest_words((), ()) == ""


def test_a_unit_of_which_nothing_is_tested_says_why_once():
    found = verdict({"nSpikes": 0.0})
    assert rest_words((), found.lines) == "24 not tested: no spikes"


def test_a_failure_is_open_where_a_rule_before_it_cannot_be_tested():
    found = line(PRESENCE, {"presenceRatio": [0.1]}, drop=("nPeaks",))
    assert (found.state, found.section) == (State.FAIL, Section.OPEN)


def test_lines_are_kept_of_the_last_units_only_and_are_the_same_when_made_again():
    sheet = table({"presenceRatio": [0.1, 0.9, 0.2, 0.8, 0.3, 0.7]})
    first = [rule_line(sheet, row, i) for row in range(6) for i in range(len(RULES))]
    again = [rule_line(sheet, row, i) for row in range(6) for i in range(len(RULES))]
    assert [*map(str, first)] == [*map(str, again)]
    assert first[0] is not again[0]
    assert rule_line(sheet, 5, 0) is again[-len(RULES)]


@pytest.mark.parametrize(
    ("tried_at", "said"), [({"minPresenceRatio": 0.5}, "saved 0.7"), ({"minNumSpikes": 200.0}, "")]
)
def test_a_threshold_that_is_only_tried_names_the_saved_one(tried_at, said):
    saved = table({"presenceRatio": 0.6})
    assert rule_line(saved, 0, RULE_INDEX[PRESENCE]).saved == ""
    moved = again(saved, tried=tried(saved.inputs, Proposal.of(tried_at)))
    assert rule_line(moved, 0, RULE_INDEX[PRESENCE]).saved == said
