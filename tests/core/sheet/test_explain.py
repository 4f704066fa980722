"""One unit's verdict in words: true as written, in order, and for every label."""

from __future__ import annotations

import math
import operator
import re

import numpy as np
import pytest
from factories import good_unit, make_run, sheet_of
from hypothesis import example, given
from hypothesis import strategies as st

from bcviewer.core.audit.states import State
from bcviewer.core.rules.comparisons import comparison, margin_words
from bcviewer.core.rules.labels import Label
from bcviewer.core.rules.metrics import METRICS
from bcviewer.core.rules.rules import RULE_INDEX, RULES
from bcviewer.core.sheet.explain import Verdict, explain, headline
from bcviewer.core.sheet.rule_lines import SECTION_TITLES, Line, Section, rule_line
from bcviewer.core.sheet.sheet import Sheet

NAN, INF = float("nan"), float("inf")
ROOMY = {"maxNPeaks": 9, "maxNTroughs": 9}
SPLIT = {"splitGoodAndMua_NonSomatic": True}
PRESENCE = "presenceRatio<minPresenceRatio"
RPV = "fractionRPVs_estimatedTauR>maxRPVviolations"
RATIO = "mainPeakToTroughRatio>maxMainPeakToTroughRatio_nonSomatic"
FIRED = {
    "troughToPeak2Ratio": 4.0,
    "mainPeak_before_width": 3.0,
    "mainTrough_width": 4.0,
    "peak1ToPeak2Ratio": 4.0,
}
HOLDS = {"<": operator.lt, ">": operator.gt, "≥": operator.ge, "≤": operator.le}


def table(columns=None, params=None, recomputed=None, **more) -> Sheet:
    run = make_run(columns, params, **more)
    codes = None if recomputed is None else np.array(recomputed, np.int8)
    return sheet_of(run, codes=codes)


def line(key: str, columns=None, params=None, **more) -> Line:
    return rule_line(table(columns, params, **more), 0, RULE_INDEX[key])


def verdict(columns=None, params=None, recomputed=None, **more) -> Verdict:
    return explain(table(columns, params, recomputed, **more), 0)


def read_back(text: str) -> tuple[float, str, float]:
    found = re.fullmatch(r"(\S+) ([<>≥≤]) (\S+?)(%| \S+)?", text)
    assert found, text
    return float(found[1].replace(",", "")), found[2], float(found[3].replace(",", ""))


# The comparison

NUMBERS = st.one_of(
    st.floats(allow_nan=False),
    st.floats(-2000, 2000),
    st.sampled_from([0.0, 0.7, 0.1, 1150.0, 5e-324, 1.7e308, INF, -INF, -0.008, 0.7004, 99.5]),
    st.integers(-(10**6), 10**6).map(float),
)


@given(
    metric=st.sampled_from(sorted(METRICS)),
    threshold=NUMBERS,
    how=st.one_of(NUMBERS, st.integers(-3, 3), st.floats(-1e-3, 1e-3).map(lambda f: ("x", f))),
    below=st.booleans(),
)
@example("presenceRatio", 0.7004, 0, True)  # equal, with more digits than the metric is shown
@example("waveformDuration_peakTrough", 99.5, 0, False)
@example("nSpikes", 1e16, 1, False)
def test_a_comparison_is_true_as_written(metric, threshold, how, below):
    if isinstance(how, int):  # some units in the last place away
        value = threshold
        for _ in range(abs(how)):
            value = math.nextafter(value, math.copysign(INF, how))
    elif isinstance(how, tuple):
        value = threshold * (1 + how[1])
    else:
        value = how
    if math.isnan(value):
        return
    failing = "<" if below else ">"
    op = failing if HOLDS[failing](value, threshold) else {"<": "≥", ">": "≤"}[failing]
    left, written, right = read_back(comparison(METRICS[metric], value, op, threshold))
    assert written == op
    assert HOLDS[op](left, right)
    assert (left == right) == (value == threshold)


@pytest.mark.parametrize(
    ("metric", "value", "op", "threshold", "text"),
    [
        ("presenceRatio", 0.61, "<", 0.7, "0.610 < 0.7"),
        ("presenceRatio", 0.69996, "<", 0.7, "0.69996 < 0.7"),
        ("presenceRatio", 0.7, "≥", 0.7, "0.700 ≥ 0.7"),
        ("presenceRatio", 0.7004, "≥", 0.7004, "0.7004 ≥ 0.7004"),
        ("nSpikes", 12345.0, "≥", 300.0, "12,345 ≥ 300"),
        ("nSpikes", 299.0, "<", 300.0, "299 < 300"),
        ("waveformDuration_peakTrough", 1150.4, ">", 1150.0, "1150.4 > 1150 µs"),
        ("percentageSpikesMissing_gaussian", 25.04, ">", 20.0, "25.0 > 20%"),
        ("spatialDecaySlope", -0.0123, "<", -0.008, "-0.0123 < -0.008 1/µm"),
        ("mainPeakToTroughRatio", INF, ">", 0.8, "inf > 0.8"),
        ("maxDriftEstimate", 5.0, "≤", 100.0, "5.0 ≤ 100 µm"),
        ("Lratio", 1e-12, "≤", 0.3, "1e-12 ≤ 0.3"),
    ],
)
def test_comparisons_as_people_read_them(metric, value, op, threshold, text):
    assert comparison(METRICS[metric], value, op, threshold) == text


# One rule


@pytest.mark.parametrize(
    ("margin", "words"),
    [
        (NAN, ""),
        (0.0, "0.0 steps"),
        (-1.34, "1.3 steps"),
        (0.04, "under 0.1 steps"),
        (-1e-30, "under 0.1 steps"),
        (20.0, "20 steps or more"),
        (-20.0, "20 steps or more"),
    ],
)
def test_margins_in_words(margin, words):
    assert margin_words(margin) == words


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
    assert width.note == "no value: the four-way branch cannot fire"
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


# A unit


def test_the_sections_come_in_reading_order():
    columns = {
        "nTroughs": 9.0,
        "presenceRatio": 0.1,
        "rawAmplitude": NAN,
        "signalToNoiseRatio": 1.0,
        "troughToPeak2Ratio": 1.0,
        "maxDriftEstimate": NAN,
    }
    found = verdict(columns, {"computeDistanceMetrics": False})
    assert len(found.lines) == len(RULES)
    order = [(each.section, each.rule) for each in found.lines]
    assert order == sorted(order)
    by_section = {
        section: [RULES[each.rule].key for each in found.lines if each.section == section]
        for section in Section
    }
    assert by_section[Section.DECIDING] == ["nTroughs>maxNTroughs"]
    assert by_section[Section.MASKED] == [PRESENCE]
    assert by_section[Section.EXEMPT] == ["signalToNoiseRatio<minSNR"]
    assert by_section[Section.BEYOND] == ["troughToPeak2Ratio<minTroughToPeak2Ratio_nonSomatic"]
    assert by_section[Section.MISSING] == ["rawAmplitude<minAmplitude", "maxDriftEstimate>maxDrift"]
    assert "isolationDistance<isoDmin" in by_section[Section.NOT_TESTED]
    assert by_section[Section.PASSED][0] == "nPeaks missing"
    assert len(SECTION_TITLES) == len(Section)


def test_a_verdict_names_its_unit():
    runs = table({"presenceRatio": [1.0, 0.1]}, cluster_id=np.array([12, 7]))
    found = explain(runs, 1)
    assert (found.row, found.cluster_id, found.label) == (1, 7, "MUA")


@pytest.mark.parametrize(
    ("columns", "params", "label", "words"),
    [
        ({"nSpikes": 0.0}, {}, "", "No spikes: Bombcell gives it no label."),
        (
            {"presenceRatio": 0.65},
            {},
            "MUA",
            "Only presence ratio 0.650 < 0.7 keeps this from GOOD (0.9 steps away).",
        ),
        (
            {"fractionRPVs_estimatedTauR": 1.0},
            {},
            "MUA",
            "Only RPV fraction 1.000 > 0.1 keeps this from GOOD.",
        ),
        (
            {"nTroughs": 2.0},
            {},
            "NOISE",
            "Only troughs 2 > 1 keeps this from GOOD.",
        ),
        (
            {"presenceRatio": 0.1, "fractionRPVs_estimatedTauR": 0.5, "RPV_status": -1.0},
            {},
            "MUA",
            "Not shown clean: RPV fraction 0.500 > 0.1, presence ratio 0.100 < 0.7",
        ),
        (
            {"nTroughs": 2.0, "presenceRatio": 0.1, "nPeaks": 7.0},
            {},
            "NOISE",
            "peaks 7 > 2, troughs 2 > 1",
        ),
        (
            {**FIRED, "presenceRatio": 0.1},
            {},
            "NON-SOMA",
            "the four-way non-somatic branch (all four comparisons hold)",
        ),
        (
            {"mainPeakToTroughRatio": 2.0},
            SPLIT,
            "NON-SOMA GOOD",
            "Only main peak / trough 2 > 0.8 keeps this from GOOD (4.1 steps away).",
        ),
        (
            {"mainPeakToTroughRatio": 2.0, "presenceRatio": 0.1},
            SPLIT,
            "NON-SOMA MUA",
            "Incomplete: presence ratio 0.100 < 0.7, main peak / trough 2 > 0.8",
        ),
        (
            {"nPeaks": NAN, "nTroughs": 3.0},
            {},
            "NOISE",
            "no peaks: Bombcell saved no number of peaks, troughs 3 > 1",
        ),
        (
            FIRED,
            {},
            "NON-SOMA",
            (
                "Only the four-way non-somatic branch (all four comparisons hold) keeps this from"
                " GOOD (1.0 steps away)."
            ),
        ),
    ],
)
def test_the_headline_of_every_label(columns, params, label, words):
    found = verdict(columns, params)
    assert (found.label, found.headline) == (label, words)


def test_the_headline_of_a_good_unit_is_its_weakest_pass():
    assert verdict({"presenceRatio": 0.75}, ROOMY).headline == (
        "Passes every rule; the weakest pass is presence ratio 0.750 ≥ 0.7 (0.9 steps)."
    )
    assert "troughs" not in verdict().headline  # a count has no measurement error


def test_the_four_way_branch_can_be_the_weakest_pass():
    columns = {**FIRED, "mainTrough_width": 5.05}
    found = verdict(columns, ROOMY)
    assert found.label == "GOOD"
    assert found.headline == (
        "Passes every rule; the weakest pass is the four-way non-somatic branch (under 0.1 steps)."
    )
    assert verdict({**columns, "mainTrough_width": 5.5}, ROOMY).headline.endswith("(0.4 steps).")
    # without a first-peak width the branch cannot fire, so that it is no pass to lose
    missing = verdict({**columns, "mainPeak_before_width": NAN}, ROOMY)
    assert "four-way" not in missing.headline


def test_a_good_unit_without_margins():
    none = {rule.metric: NAN for rule in RULES if rule.metric != "nPeaks"}
    found = verdict({**none, "nPeaks": INF}, {"maxNPeaks": INF})
    assert found.label == "GOOD"
    assert found.headline == "Passes every rule that is tested."


def test_what_cannot_be_decided_says_why_and_what_is_shown():
    columns = {"nTroughs": [1.0]}
    why = "Cannot be decided: no column nPeaks in these results."
    assert headline(table(columns, drop=["nPeaks"]), 0) == why
    saved = table(columns, drop=["nPeaks"], saved=["MUA"])
    assert headline(saved, 0) == f"{why} The label shown is the saved one: MUA."
    assert explain(saved, 0).label == "MUA"
    assert explain(table(columns, drop=["nPeaks"]), 0).label == "incomplete"
    two = table(columns, drop=["nPeaks", "presenceRatio"])
    assert headline(two, 0) == (
        "Cannot be decided: no column nPeaks in these results;"
        " no column presenceRatio in these results."
    )


# Facts


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (1.0, "RPV: shown clean, below the limit at one tested refractory period or more"),
        (-1.0, "RPV: not shown clean although there were enough spikes"),
        (0.0, "RPV: too few spikes to say"),
        (NAN, "RPV: not assessed (no verdict in these results)"),
    ],
)
def test_the_rpv_verdict_in_words(status, words):
    assert verdict({"RPV_status": status}).facts[0] == words


def test_kept_time_in_words():
    chunks = {"computeTimeChunks": True}
    half = verdict(None, chunks, session_s=(0.0, 2400.0))
    assert half.facts[1] == "kept time: 50% of the session"
    assert verdict().facts[1] == "kept time: 100% of the session"
    assert verdict(None, chunks).facts[1] == "kept time: the session's length is unknown"


def test_a_good_unit_has_two_facts_and_an_empty_one_none():
    assert len(verdict().facts) == 2
    assert verdict({"nSpikes": 0.0}).facts == ()


def test_facts_of_what_a_unit_would_be():
    plain = verdict({"mainPeakToTroughRatio": 2.0, "presenceRatio": 0.1})
    assert "if split, it would be NON-SOMA MUA" in plain.facts
    assert "sole blocker: without it the unit would be GOOD" not in plain.facts
    sole = verdict({"mainPeakToTroughRatio": 2.0})
    assert "if split, it would be NON-SOMA GOOD" in sole.facts
    assert "sole blocker: without it the unit would be GOOD" in sole.facts
    assert not any("split" in fact for fact in verdict({"mainPeakToTroughRatio": 2.0}, SPLIT).facts)


def test_a_missing_first_peak_width_is_a_fact():
    words = "first-peak width is missing: the four-way branch cannot fire"
    assert words in verdict({"mainPeak_before_width": NAN}).facts
    assert words not in verdict().facts
    assert words not in verdict(drop=["mainPeak_before_width"]).facts


def test_label_sources_that_disagree_are_facts():
    made = "made with other parameters or another release"
    assert f"the saved label is MUA: {made}" in verdict(saved=["MUA"]).facts
    assert f"the saved label is no label: {made}" in verdict(saved=[""]).facts
    for agreeing in ("GOOD", "good", None, "what"):
        assert len(verdict(saved=[agreeing]).facts) == 2
    theirs = verdict(recomputed=[Label.NOISE])
    assert "Bombcell itself says NOISE, our rules say GOOD" in theirs.facts
    assert theirs.label == "NOISE"
    empty = verdict({"nSpikes": 0.0}, recomputed=[Label.MUA])
    assert empty.facts == ("Bombcell itself says MUA, our rules say no label",)
    gone = verdict(recomputed=[Label.EMPTY])
    assert "Bombcell itself says no label, our rules say GOOD" in gone.facts
    undecided = verdict({"nTroughs": [1.0]}, drop=["nPeaks"], saved=["MUA"])
    assert not any("saved" in fact for fact in undecided.facts)


# Any unit

ANY = {
    metric: st.sampled_from([good_unit()[metric], 0.0, -1.0, 1.0, 1e12, NAN, INF, -INF, 1e-9])
    for metric in {rule.metric for rule in RULES}
}


@given(unit=st.fixed_dictionaries({**ANY, "RPV_status": st.sampled_from([-1.0, 0.0, 1.0, NAN])}))
def test_every_verdict_is_true_as_written(unit):
    runs = table(unit, {"keepUncertainRPVUnits": True})
    found = explain(runs, 0)
    assert found.headline
    assert "\n" not in found.headline
    assert "nan" not in " ".join([found.headline, *found.facts, *(e.note for e in found.lines)])
    for each in found.lines:
        rule = RULES[each.rule]
        if not each.comparison:
            continue
        left, op, right = read_back(each.comparison)
        assert HOLDS[op](left, right)
        if each.state in (State.FAIL, State.BEYOND):
            assert op == rule.op
        if each.state == State.PASS:
            assert op != rule.op
