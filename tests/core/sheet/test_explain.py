"""One unit's verdict in words: true as written, in order, and for every label."""

from __future__ import annotations

import operator
import re

import numpy as np
import pytest
from factories import good_unit, make_run, sheet_of
from hypothesis import given
from hypothesis import strategies as st

from bcviewer.core.audit.states import State
from bcviewer.core.rules.rules import COUNTS, FOUR_WAY, MISSING_PEAKS, RULES
from bcviewer.core.sheet.explain import Verdict, explain, headline
from bcviewer.core.sheet.rule_lines import SECTION_TITLES, Section
from bcviewer.core.sheet.sheet import Sheet

NAN, INF = float("nan"), float("inf")
ROOMY = {"maxNPeaks": 9, "maxNTroughs": 9}
SPLIT = {"splitGoodAndMua_NonSomatic": True}
PRESENCE = "presenceRatio<minPresenceRatio"
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


def verdict(columns=None, params=None, recomputed=None, **more) -> Verdict:
    return explain(table(columns, params, recomputed, **more), 0)


def read_back(text: str) -> tuple[float, str, float]:
    found = re.fullmatch(r"(\S+) ([<>≥≤]) (\S+?)(%| \S+)?", text)
    assert found, text
    return float(found[1].replace(",", "")), found[2], float(found[3].replace(",", ""))


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
    sections = [each.section for each in found.lines]
    assert sections == sorted(sections)
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
    passed = [each for each in found.lines if each.section == Section.PASSED]
    aside = [each.rule in (*COUNTS, *FOUR_WAY, MISSING_PEAKS) for each in passed]
    assert aside == sorted(aside)
    margins = [each.margin for each, last in zip(passed, aside, strict=True) if not last]
    assert margins == sorted(margins), "the weakest pass first"
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
