"""The open run against another one: columns, counts and links that agree, whichever was before."""

from __future__ import annotations

import numpy as np
import pytest
from comparison.cases import any_pairs, run_of
from dice import examples
from factories import again, make_run, sheet_of
from hypothesis import given, settings

from bcviewer.core.comparison.causes import CAUSE_WORDS, Cause
from bcviewer.core.comparison.comparison import RunVerdict, compare
from bcviewer.core.comparison.measures import differing
from bcviewer.core.comparison.pairing import (
    NOWHERE,
    Trains,
    by_id,
    itself,
    nothing_matched,
    turned,
    with_spikes,
)
from bcviewer.core.comparison.two_runs import TwoRuns, told
from bcviewer.core.comparison.two_runs_words import (
    CHANGED,
    HIDDEN_WORDS,
    cause_filter,
    cell_filter,
    elsewhere_words,
    line_words,
    matched_words,
    page_text,
    parameter_lines,
    why_filter,
)
from bcviewer.core.filter.language import evaluate, parse_filter
from bcviewer.core.rules.columns import BETWEEN
from bcviewer.core.rules.labels import Label
from bcviewer.core.run.run import Provenance, Run
from bcviewer.core.sheet.explain import explain
from bcviewer.core.sheet.sheet import Sheet

TITLES = ("old", "new")


def of(before: Run, after: Run, open_is_after: bool = True, pairing=None) -> TwoRuns:
    pairing = by_id(before, after, "By id.") if pairing is None else pairing
    found = compare(RunVerdict.of(before), RunVerdict.of(after), pairing)
    return TwoRuns.of(found, TITLES, open_is_after)


def beside(two: TwoRuns) -> Sheet:
    return again(sheet_of(two.run), compared=two.beside())


def count(sheet: Sheet, text: str) -> int:
    return int(evaluate(parse_filter(text, sheet), sheet).sum())


SPARSE = {"presenceRatio": [0.65, 0.9, 0.65, 0.5]}
LOW = {"minPresenceRatio": 0.6}


def test_the_columns_say_what_changed_and_why():
    two = of(make_run(SPARSE), make_run(SPARSE, LOW))
    sheet = beside(two)
    told_of = {name: [sheet.text(name, row) for row in range(4)] for name in BETWEEN}
    assert told_of["change"] == ["MUA → GOOD", "", "MUA → GOOD", ""]
    assert told_of["before"] == ["MUA", "GOOD", "MUA", "MUA"]
    assert told_of["after"] == ["GOOD", "GOOD", "GOOD", "MUA"]
    assert told_of["cause"] == ["thresholds", "", "thresholds", ""]
    assert told_of["because"][0] == "minPresenceRatio 0.7 → 0.6 alone"
    assert told_of["moved"] == [""] * 4
    facts = [explain(sheet, row).facts[-1] for row in range(2)]
    assert facts[0] == ("compared with old (before): MUA → GOOD: minPresenceRatio 0.7 → 0.6 alone")
    assert facts[1] == "compared with old (before): GOOD in both"
    line = line_words(two, hidden=False)
    assert line.text == (
        "Compared with old, before this run · matched 4 by id"
        " · GOOD 1 → 3 (+2 −0): 2 because minPresenceRatio 0.7 → 0.6 alone · MUA 3 → 1 (+0 −2)"
    )
    assert [one.text for one in line.shown] == ["show the 2 gained", "show the 2 changed"]


def test_measured_otherwise_names_the_metric_and_both_values():
    two = of(make_run(SPARSE), make_run({"presenceRatio": [0.65, 0.6, 0.8, 0.5]}), False)
    sheet = beside(two)
    assert sheet.text("because", 2) == "it was measured otherwise (presenceRatio)"
    assert sheet.text("moved", 2) == "presenceRatio 0.65 → 0.8"
    assert explain(sheet, 2).facts[-1] == (
        "compared with new (after): MUA → GOOD: it was measured otherwise (presenceRatio);"
        " presenceRatio 0.65 → 0.8"
    )
    line = line_words(two, hidden=False)
    assert line.head == "Compared with new, after this run"
    assert [one.text for one in line.shown] == [
        "show the 1 gained",
        "show the 1 lost",
        "show the 2 changed",
    ]
    (presence,) = [one for one in two.spreads if one.metric == "presenceRatio"]
    assert (presence.differ, presence.n_before, presence.n_after) == (2, 4, 4)
    assert presence.before[1] == pytest.approx(0.65)
    assert all(one.differ == 0 for one in two.spreads if one is not presence)


def test_more_whys_than_there_is_room_for_are_counted():
    values = {"presenceRatio": 0.6, "nSpikes": 250.0, "rawAmplitude": 30.0}
    names = [*values]
    good = make_run()
    columns = {
        name: [value if i == j else float(good.units.floats(name)[0]) for j in range(3)]
        for i, (name, value) in enumerate(values.items())
    }
    low = {"minPresenceRatio": 0.5, "minNumSpikes": 200, "minAmplitude": 20}
    two = of(make_run(columns), make_run(columns, low))
    assert line_words(two, hidden=False).parts[1].endswith("; and 1 more cause")
    assert len(two.whys) == len(names)


def test_units_of_one_run_only_are_told_and_listed():
    before = make_run({"nPeaks": [1.0, 9.0, 1.0]}, cluster_id=np.array([1, 2, 3]))
    after = make_run({"nPeaks": [1.0, 1.0]}, cluster_id=np.array([1, 4]))
    two = of(before, after)
    assert matched_words(two) == "matched 1 by id, 2 only before, 1 only after"
    assert elsewhere_words(two) == "2 units only in old: 2 NOISE, 3 GOOD"
    sheet = beside(two)
    assert [sheet.text("change", row) for row in (0, 1)] == ["", "not there → GOOD"]
    assert sheet.text("cause", 1) == "only_after"
    other = of(before, after, False)
    assert elsewhere_words(other) == "1 unit only in new: 4 GOOD"
    text = page_text(two)
    assert text.startswith("old → new\n")
    assert text.endswith(elsewhere_words(two))
    assert elsewhere_words(of(before, before)) == ""
    many = make_run({"nPeaks": [1.0] * 70})
    none = make_run({"nPeaks": []})
    assert elsewhere_words(of(many, none, pairing=by_id(many, none, ""))).endswith(" and 10 more")


def test_where_nothing_is_matched_no_unit_is_told_to_have_changed():
    before, after = make_run(SPARSE), make_run(SPARSE, LOW)
    for open_is_after in (True, False):
        two = of(before, after, open_is_after, nothing_matched(before, after, "Two sorts."))
        assert two.beside() is None
        assert two.whys == ()
        line = line_words(two, hidden=False)
        assert line.parts == (
            "no unit is matched: counts side by side",
            "GOOD 1 before, 3 after",
            "MUA 3 before, 1 after",
        )
        assert line.shown == ()
        assert line.details
        assert {one.differ for one in two.spreads} == {-1}
        assert "GOOD 1 before, 3 after" in page_text(two)


def test_nothing_of_it_is_told_where_a_blind_review_hides_it():
    two = of(make_run(SPARSE), make_run(SPARSE, LOW))
    line = line_words(two, hidden=True)
    assert (line.parts, line.shown, line.details) == ((HIDDEN_WORDS,), (), False)
    sheet = again(beside(two), hidden=(0,))
    assert [sheet.text(name, 0) for name in BETWEEN] == [""] * len(BETWEEN)
    assert sheet.text("change", 2) == "MUA → GOOD"
    assert not any("compared" in fact for fact in explain(sheet, 0).facts)


def test_what_differs_but_for_labels():
    writers = [Provenance("ks", "ks/b", "k", "A", writer=name) for name in ("x", "y")]
    before = make_run(SPARSE, {"rpv_method": "hill"}, provenance=writers[0])
    after = make_run(SPARSE, {"rpv_method": "llobet", **LOW}, provenance=writers[1])
    lines = dict(parameter_lines(of(before, after)))
    assert lines["Thresholds and flags that differ"] == ["minPresenceRatio 0.7 → 0.6"]
    assert lines["Parameters of measurement that differ"] == [
        "written by x → y",
        "rpv_method hill → llobet",
    ]
    assert "written by x → y" in page_text(of(before, after)).splitlines()
    assert "written by" not in page_text(of(before, before))
    assert dict(parameter_lines(of(before, before)))["Parameters of measurement that differ"] == []


def test_a_unit_that_phy_made_is_compared_with_nothing():
    found = of(make_run(SPARSE), make_run(SPARSE, LOW)).beside()
    assert found is not None
    assert found.fact(4) == ""
    assert cell_filter(None, None) == "not missing(before)"
    assert cell_filter(Label.UNSCORED, None) == f"before == '{told(Label.UNSCORED)}'"


@settings(max_examples=examples(60))
@given(any_pairs())
def test_columns_filters_and_counts_agree_either_way_round(drawn):
    old, first, new, second = drawn
    before, after = run_of(old, first), run_of(new, second)
    n = before.n_units
    pairing = by_id(before, after, "", unlike=range(0, n, 3)) if n > 3 else itself(before)
    two = of(before, after, True, pairing)
    back = of(after, before, False, turned(pairing))
    assert (back.found.changed.sum(), back.run) == (two.found.changed.sum(), two.run)
    for one in (two, back):
        if one.beside() is None:
            continue
        sheet = beside(one)
        changed = one.found.changed & (one.here != NOWHERE)
        assert count(sheet, CHANGED) == changed.sum()
        for cause in {why.cause for why in one.whys}:
            n_here = sum(why.n_here for why in one.whys if why.cause == cause)
            assert count(sheet, cause_filter(cause)) == n_here
        for why in one.whys:
            assert count(sheet, why_filter(why)) == why.n_here
        for shown in line_words(one, hidden=False).shown:
            assert f"the {count(sheet, shown.filter)} " in shown.text
    assert sum(why.n for why in two.whys) == (two.found.changed.sum() if two.found.matched else 0)
    labels = [sheet_of(two.run).audit.label, two.found.label_after[np.argsort(two.here)][-n:]]
    assert np.array_equal(*labels)


def test_every_cause_has_a_word():
    assert len(CAUSE_WORDS) == len(Cause)


def test_more_pairs_than_can_be_counted_are_matched_to_nothing():
    n = 4001
    runs = [make_run({"nPeaks": [1.0] * n}) for _ in range(2)]
    none = np.zeros(0, np.int64)
    trains = Trains(none, none, np.arange(n))
    apart = nothing_matched(*runs, "Two sorts.")
    found = with_spikes(apart, trains, trains, 12)
    assert not found.both.any()
    assert found.words == (
        "Two sorts. Too many pairs to match by spikes (4,001 × 4,001):"
        " those are matched to nothing."
    )


def test_a_sheet_takes_no_comparison_of_another_run():
    found = of(make_run(SPARSE), make_run(SPARSE, LOW)).beside()
    with pytest.raises(ValueError, match="another run was compared"):
        sheet_of(make_run(SPARSE), compared=found)


def test_a_metric_that_one_run_lacks_has_no_quartiles_there_and_none_where_both_do():
    lacks = make_run(SPARSE, drop=["maxDriftEstimate", "Lratio"])
    two = of(lacks, make_run(SPARSE, drop=["Lratio"]))
    by_name = {one.metric: one for one in two.spreads}
    assert "Lratio" not in by_name
    drift = by_name["maxDriftEstimate"]
    assert (drift.n_before, drift.n_after, drift.differ) == (0, 4, 4)
    assert np.isnan(drift.before).all()
    assert drift.texts == ("no value", "5.0 µm (5.0 µm–5.0 µm)")
    assert [one.metric for one in differing(two.spreads)] == ["maxDriftEstimate"]


def test_a_comparison_without_a_change_says_so():
    two = of(make_run(SPARSE), make_run(SPARSE))
    words = line_words(two, False)
    assert words.parts == ("matched 4 by id", "No label changed: GOOD 1, MUA 3")
    assert (words.shown, words.details) == ((), True)
    assert "No label changed: GOOD 1, MUA 3" in page_text(two).splitlines()
