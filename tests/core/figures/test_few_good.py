"""Why so few units are GOOD: one sentence, whose parts are filters for what they count."""

from __future__ import annotations

import re

import numpy as np
import pytest
from factories import again, make_run, sheet_of
from hypothesis import given
from hypothesis import strategies as st

from bcviewer.core.audit.summary import agreement, class_counts, family_counts
from bcviewer.core.figures.few_good import FEW, UNDECIDABLE_FILTER, FewGood, Part, few_good
from bcviewer.core.filter.language import evaluate, parse_filter
from bcviewer.core.rules.labels import Label
from bcviewer.core.sheet.book import Book
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.io.results.bombcell import read_run
from bcviewer.io.results.find import find_runs

NAN = float("nan")
UNIT = st.fixed_dictionaries(
    {
        "nSpikes": st.sampled_from([0.0, 20.0, 2400.0]),
        "nPeaks": st.sampled_from([1.0, 1.0, 9.0, NAN]),
        "presenceRatio": st.sampled_from([1.0, 1.0, 0.1, NAN]),
        "fractionRPVs_estimatedTauR": st.sampled_from([0.01, 1.0, 1.0]),
        "RPV_status": st.sampled_from([-1.0, 0.0, 1.0]),
        "mainPeakToTroughRatio": st.sampled_from([0.1, 0.1, 2.0]),
    }
)


def said(columns=None, params=None, **more) -> FewGood:
    return few_good(sheet_of(make_run(columns, params, **more)))


def chosen(table: Sheet, part: Part) -> int:
    """Return how many units the filter of a part lets through."""
    return int(evaluate(parse_filter(part.filter, table), table).sum())


def check_counts(table: Sheet) -> FewGood:
    """See that each part that counts units is a filter for exactly as many."""
    found = few_good(table)
    for part in found.parts:
        number = re.match(
            r"(?:in )?(?:(?:the other )?([\d,]+) |the o(?:nly|ther one)|undecidable)",
            part.text,
            re.I,
        )
        assert bool(number) == bool(part.filter), part
        assert not re.search(r"\b1 of 1\b|\b([\d,]+) of the other \1\b", part.text), part
        if number:
            assert chosen(table, part) == int((number[1] or "1").replace(",", "")), part
    return found


def test_the_chip_and_the_sentence_never_say_two_numbers_of_one_word():
    """Seen: "7 of them undecidable" beside a chip that says 11, by another source of labels."""
    columns = {
        "fractionRPVs_estimatedTauR": [1.0, 1.0, 1.0, 1.0, 1.0],
        "RPV_status": [0.0, 0.0, 0.0, -1.0, -1.0],
    }
    for saved, words in (
        (["MUA"] * 5, "5 of 5 units fail RPV fraction > 0.1 (3 of them undecidable: MUA"),
        (["GOOD", *["MUA"] * 4], "4 fail RPV fraction > 0.1 (2 of the 3 undecidable: MUA"),
        (["GOOD", "GOOD", "MUA", "GOOD", "GOOD"], "(1 of the 3 undecidable: MUA"),
    ):
        assert words in check_counts(sheet_of(make_run(columns, saved=saved), source="saved")).text


@given(units=st.lists(UNIT, max_size=15), codes=st.data(), disagrees=st.booleans())
def test_each_part_is_a_filter_for_as_many_units_as_it_says(units, codes, disagrees):
    names = list(units[0]) if units else ["nPeaks"]
    table = sheet_of(make_run({name: [unit[name] for unit in units] for name in names}))
    if disagrees:  # units that Bombcell calls GOOD, or not, whatever the rules say
        labels = st.sampled_from([Label.GOOD, Label.MUA])
        drawn = codes.draw(st.lists(labels, min_size=len(units), max_size=len(units)))
        table = again(table, np.array(drawn, np.int8))
    found = check_counts(table)
    alive = int((~np.isin(table.audit.label, [Label.EMPTY]) | (table.labels == Label.GOOD)).sum())
    good = int((table.labels == Label.GOOD).sum())
    assert found.few == (good == 0 or good < FEW * alive)
    assert found.text.endswith(".")


@given(units=st.lists(UNIT, min_size=1, max_size=9))
def test_runs_that_cannot_be_decided_are_counted_as_exactly(units):
    columns = {name: [unit[name] for unit in units] for name in units[0]}
    check_counts(sheet_of(make_run(columns, drop=["isolationDistance"])))


def test_no_units():
    assert said({"nPeaks": []}).text == "There is no unit in these results."
    assert said({"nPeaks": []}).few


def test_all_units_are_empty():
    assert said({"nSpikes": [0.0, 0.0]}).text == "No GOOD unit: no unit has a spike."


def test_no_unit_can_be_decided():
    wanted = "No unit can be decided: no column nPeaks in these results."
    assert said({"nSpikes": [500.0, 0.0]}, drop=["nPeaks"]).text == wanted
    wanted = "No unit can be decided: threshold minNumSpikes is not in the parameters."
    assert said(absent=["minNumSpikes"]).text == wanted


def test_saved_labels_of_units_that_cannot_be_decided_count():
    found = said({"nSpikes": [500.0, 500.0]}, drop=["nPeaks"], saved=["GOOD", "MUA"])
    assert (found.text, found.few) == ("1 of 2 units is GOOD (50 %).", False)


def test_one_reason_for_all():
    sentence = "No GOOD unit: 2 of 2 units fail presence ratio < 0.7."
    assert said({"presenceRatio": [0.1, 0.2]}).text == sentence


def test_of_one_unit_nothing_is_counted():
    """Words for one: never “1 of the other 1”."""
    other = said({"presenceRatio": [1.0, 0.1]}).text
    assert other == "1 of 2 units is GOOD (50 %); the other one fails presence ratio < 0.7."
    second = said({"presenceRatio": [0.1, 0.1, 1.0], "nTroughs": [1.0, 1.0, 9.0]}).text
    assert second.endswith("; the other one fails troughs > 1.")
    assert said({"nPeaks": [1.0]}).text == "The only unit is GOOD."
    peaks = said({"nPeaks": [NAN]}).text
    assert peaks == "No GOOD unit: in the only unit no peaks were found."
    silent = said({"fractionRPVs_estimatedTauR": [1.0], "RPV_status": [0.0]}).text
    assert silent == (
        "No GOOD unit: the only unit fails RPV fraction > 0.1 (undecidable: MUA with too few"
        " spikes to say)."
    )


def test_units_without_spikes_are_not_among_them():
    columns = {"presenceRatio": [0.1, 0.2], "nSpikes": [2400.0, 0.0]}
    sentence = "No GOOD unit: the only unit with spikes fails presence ratio < 0.7."
    assert said(columns).text == sentence


def test_undecidable_units_are_those_of_the_chip_and_what_the_others_fail():
    columns = {
        "fractionRPVs_estimatedTauR": [1.0, 1.0, 1.0, 0.01, 0.01],
        "RPV_status": [0.0, 0.0, -1.0, 1.0, 1.0],
        "presenceRatio": [1.0, 0.1, 1.0, 0.1, 1.0],
        "nTroughs": [1.0, 9.0, 1.0, 1.0, 9.0],
        "nSpikes": [2400.0] * 5,
    }
    table = sheet_of(make_run(columns))
    # of two that Bombcell's test cannot say anything of one is NOISE: not undecidable, no MUA.
    # A tie among the others: the first in the rules' order is named.
    assert few_good(table).text == (
        "No GOOD unit: 3 of 5 units fail RPV fraction > 0.1 (1 of them undecidable: MUA with"
        " too few spikes to say); 1 of the other 2 fails troughs > 1."
    )
    check_counts(table)


def test_a_few_good_units_are_counted_first():
    columns = {"presenceRatio": [1.0] + [0.1] * 99, "nSpikes": [2400.0] * 100}
    found = said(columns)
    assert (found.text, found.few) == (
        "1 of 100 units is GOOD (1.0 %); the other 99 fail presence ratio < 0.7.",
        True,
    )
    assert found.parts[0] == Part("1 of 100 units is GOOD", "label == 'GOOD'")
    assert not said({"presenceRatio": [1.0, 1.0] + [0.1] * 98}).few
    assert said({"nSpikes": [2400.0, 2400.0]}).text == "2 of 2 units are GOOD (100 %)."


def test_a_non_soma_good_unit_is_no_good_unit():
    found = said({"mainPeakToTroughRatio": 2.0}, {"splitGoodAndMua_NonSomatic": True})
    assert found.text.startswith("No GOOD unit: the only unit fails main peak / trough > 0.8")


def test_no_word_on_spikes_where_there_were_enough():
    columns = {"fractionRPVs_estimatedTauR": [1.0, 1.0], "RPV_status": [-1.0, -1.0]}
    assert said(columns).text == "No GOOD unit: 2 of 2 units fail RPV fraction > 0.1."


def test_others_that_fail_nothing_are_not_said_to_fail():
    columns = {"nTroughs": [9.0, 1.0], "nSpikes": [2400.0, 2400.0]}
    found = said(columns, drop=["nPeaks"])  # the second cannot be decided
    assert found.text == "No GOOD unit: 1 of 2 units fails troughs > 1."


def test_units_that_bombcell_calls_otherwise_are_counted_by_its_label():
    table = sheet_of(make_run({"presenceRatio": [1.0, 0.1, 0.1]}))
    told = again(table, np.array([Label.MUA, Label.MUA, Label.GOOD], np.int8))
    assert check_counts(told).text == (
        "1 of 3 units is GOOD (33 %); 1 of the other 2 fails presence ratio < 0.7."
    )


def test_a_probe_without_any_good_unit_says_why(shared):
    (place,) = find_runs(shared / "sim_3probes", probe="C")
    table = sheet_of(read_run(place))
    assert check_counts(table).text == (
        "No GOOD unit: 95 of 98 units fail RPV fraction > 0.1 (61 of them undecidable: MUA"
        " with too few spikes to say); in the other 3 no peaks were found."
    )
    assert chosen(table, Part("", UNDECIDABLE_FILTER)) == 61
    assert class_counts(table.labels)[Label.MUA] == 77
    assert family_counts(table.audit) == {"not shown clean": 16, "undecidable": 61}
    assert agreement(table.audit.label, table.saved_codes).agree == 98


@pytest.mark.parametrize("probe", ["A", "B", "C"])
def test_recordings_count_as_their_filters(shared, probe):
    for place in find_runs(shared / "session_demo", probe=probe):
        check_counts(sheet_of(read_run(place)))


def test_several_probes_together_are_counted_by_filters_of_the_table(shared):
    places = find_runs(shared / "session_demo", mode="batch")
    sheets = [sheet_of(read_run(place)) for place in places]
    assert len(sheets) == 3
    table = Book(sheets).table
    found = check_counts(table)
    good = sum(int((sheet.labels == Label.GOOD).sum()) for sheet in sheets)
    assert found.parts[0] == Part(f"{good} of {table.n_units} units are GOOD", "label == 'GOOD'")
