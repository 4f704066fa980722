"""What is said of a comparison: numbers that add up, and words that name parameters and values."""

from __future__ import annotations

import numpy as np
from comparison.cases import any_pairs, run_of
from comparison.test_causes import compared
from factories import make_run
from hypothesis import given

from bcviewer.core.comparison.causes import Cause
from bcviewer.core.comparison.changes import (
    cause_counts,
    class_changes,
    label_by_label,
    labels_in,
    stays_words,
    summary_lines,
    unchanged_words,
    unsaid_words,
    why_words,
)
from bcviewer.core.comparison.comparison import RunVerdict, compare
from bcviewer.core.comparison.pairing import by_id, itself
from bcviewer.core.rules.criteria import ParameterChange
from bcviewer.core.rules.labels import Label


@given(any_pairs())
def test_every_number_adds_up(drawn):
    old, first, new, second = drawn
    before, after = run_of(old, first), run_of(new, second)
    n = before.n_units
    for pairing in (itself(before), by_id(before, after, "", unlike=range(0, n, 3))):
        found = compare(RunVerdict.of(before), RunVerdict.of(after), pairing)
        assert sum(cause_counts(found).values()) == found.changed.sum()
        table = label_by_label(found)
        met = {*found.label_before.tolist(), *found.label_after.tolist()}
        assert met >= set(labels_in(table)) >= met - {Label.UNKNOWN}
        assert table.sum() == found.n
        assert table.sum() - np.trace(table) == found.changed.sum()
        for one in class_changes(found):
            assert one.before == table[one.label].sum()
            assert one.after == table[:, one.label].sum()
            assert one.after - one.before == one.gained - one.lost
            assert sum(n for n, _ in one.whys if n > 0) == one.gained
            assert sum(-n for n, _ in one.whys if n < 0) == one.lost
        assert all(line and "\n" not in line for line in [*summary_lines(found)][1:])


def test_a_change_in_words():
    many = {"nSpikes": [250.0] * 5 + [2400.0] * 3, "presenceRatio": [1.0] * 4 + [0.1] + [1.0] * 3}
    found = compared(many, {}, many, {"minNumSpikes": 50, "minSNR": 4})
    lines = list(summary_lines(found))
    assert lines[1] == "8 units before, 8 after, 8 matched; 4 changed"
    assert lines[2] == ("GOOD 3 → 7 (+4 −0): +4 because minNumSpikes 300 → 50 alone")
    assert lines[3] == "MUA 5 → 1 (+0 −4): −4 because minNumSpikes 300 → 50 alone"
    assert lines[4] == "thresholds and flags that differ: minNumSpikes 300 → 50, minSNR 5 → 4"
    assert lines[5] == "measured otherwise: none"
    same = compared(many, {}, many, {})
    assert list(summary_lines(same))[2:] == [
        "No label changed: GOOD 3, MUA 5",
        "thresholds and flags that differ: none",
        "measured otherwise: none",
    ]
    nobody = by_id(same.before.run, same.after.run, "", unlike=range(8))
    apart = compare(same.before, same.after, nobody)
    assert not any(line.startswith("No label changed") for line in summary_lines(apart))


def test_a_label_that_stays_by_chance_is_a_line():
    old, new = {"presenceRatio": [0.65]}, {"presenceRatio": [0.55]}
    found = compared(old, {}, new, {"minPresenceRatio": 0.6})
    assert not found.changed.any()
    assert found.would_change.tolist() == [True]
    assert "1 label stays although thresholds or measurement alone would change it" in [
        *summary_lines(found)
    ]
    twice = compared(
        {"presenceRatio": [0.65] * 2}, {}, {"presenceRatio": [0.55] * 2}, {"minPresenceRatio": 0.6}
    )
    assert stays_words(twice).startswith("2 labels stay")
    assert stays_words(twice).endswith("would change them")
    assert stays_words(compared({}, {}, {}, {})) == ""


def test_units_without_spikes_are_told_as_such():
    found = compared({"nSpikes": [0.0, 2400.0]}, {}, {"nSpikes": [2400.0, 2400.0]}, {})
    words = [one.words for one in class_changes(found)]
    assert words == [
        "GOOD 1 → 2 (+1 −0): +1 because it was measured otherwise (nSpikes)",
        "no spikes 1 → 0 (+0 −1): −1 because it was measured otherwise (nSpikes)",
    ]
    assert found.label_before[0] == Label.EMPTY


def test_each_cause_has_its_words():
    changes = {"a": ParameterChange("a", 1.0, 2.0), "b": ParameterChange("b", False, True)}
    assert why_words(Cause.THRESHOLDS, "a", changes) == "because a 1 → 2 alone"
    assert (
        why_words(Cause.THRESHOLDS, "a | b", changes)
        == "because a 1 → 2 alone or b false → true alone"
    )
    assert (
        why_words(Cause.THRESHOLDS, "a+b", changes) == "because a 1 → 2 and b false → true together"
    )
    assert why_words(Cause.EITHER, "b", changes).startswith("because b false → true alone, or")
    assert why_words(Cause.TOGETHER, "a", changes) == (
        "only by both: measured otherwise, and a 1 → 2 alone"
    )
    assert why_words(Cause.GATE, "b", changes).endswith("not measured before: b false → true alone")
    assert (
        why_words(Cause.THRESHOLDS, "at least a+b", changes)
        == "because at least a 1 → 2 and b false → true"
    )
    assert why_words(Cause.ONLY_AFTER, "", changes) == "only in the second"
    assert why_words(Cause.ONLY_BEFORE, "", changes) == "only in the first"
    assert why_words(Cause.UNKNOWN, "", changes).startswith("why, cannot be said")
    assert why_words(Cause.NONE, "", changes) == ""


def test_many_causes_are_counted():
    names = ["minNumSpikes", "minPresenceRatio", "minAmplitude", "minSNR", "isoDmin"]
    values = {"nSpikes": 400.0, "presenceRatio": 0.8, "rawAmplitude": 60.0}
    values |= {"signalToNoiseRatio": 7.0, "isolationDistance": 30.0}
    columns = {}
    for i, (name, value) in enumerate(values.items()):
        good = make_run().units.floats(name)[0]
        columns[name] = [value if j == i or j >= 5 else good for j in range(8)]
    limits = dict(zip(names, (500, 0.9, 80, 9, 40), strict=True))
    columns["presenceRatio"][5] = columns["nSpikes"][6] = columns["rawAmplitude"][7] = 1e4
    found = compared(columns, {}, columns, limits)
    (mua,) = (one for one in class_changes(found) if one.label == Label.MUA)
    assert len(mua.whys) == 8
    assert mua.words.endswith("; and 2 more causes")


def test_a_run_without_units_is_compared_too():
    none, some = make_run({"nPeaks": []}), make_run({"nPeaks": [1.0, 9.0]})
    for before, after in ((none, some), (some, none), (none, none)):
        found = compare(RunVerdict.of(before), RunVerdict.of(after), by_id(before, after, "w"))
        assert found.changed.sum() == found.n == before.n_units + after.n_units
        assert len([*summary_lines(found)]) >= 4


def test_what_cannot_be_said_says_what_lacks():
    """As of old MATLAB results, of which bombcell itself raises: a rule's metric is not there."""
    columns, column = {"presenceRatio": [0.9, 0.9, 0.5]}, "scndPeakToTroughRatio"
    fine, old = make_run(columns), make_run(columns, drop=[column])
    lacks = f"no column {column} in these results"
    said = "of 3 units it cannot be said what changed, or why"
    found = compare(RunVerdict.of(old), RunVerdict.of(fine), by_id(old, fine, ""))
    assert found.label_before.tolist() == [Label.INCOMPLETE] * 3
    assert cause_counts(found) == {Cause.UNKNOWN: 3}
    assert f"{said}; before: {lacks}" in [*summary_lines(found)]
    turned = compare(RunVerdict.of(fine), RunVerdict.of(old), by_id(fine, old, ""))
    assert f"{said}; after: {lacks}" in [*summary_lines(turned)]
    same = compare(RunVerdict.of(old), RunVerdict.of(old), itself(old))
    assert not same.changed.any()
    assert unchanged_words(same) == "", "what is unknown twice is not known to be the same"
    assert unsaid_words(same).startswith(said)
    assert unsaid_words(found)
    assert not unsaid_words(compared({}, {}, {}, {}))
    apart = by_id(old, fine, "", unlike=range(3))
    assert unsaid_words(compare(RunVerdict.of(old), RunVerdict.of(fine), apart)) == ""
