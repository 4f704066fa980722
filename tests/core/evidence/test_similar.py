"""Similar units: against slow references, and what is said of them."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from evidence_fakes import FakeRecording, unit_spikes
from factories import SAMPLE_RATE, make_run
from hypothesis import given
from hypothesis import strategies as st

from bcviewer.core.evidence.dip import ENOUGH, Dip, dip, few_digits
from bcviewer.core.evidence.likeness import by_cosine, likest
from bcviewer.core.evidence.minutes import Minutes
from bcviewer.core.evidence.pair import beside, pair
from bcviewer.core.evidence.pair_templates import cosine
from bcviewer.core.evidence.recording import Likeness, UnitData, Waveform
from bcviewer.core.evidence.similar import RAW_SIZE, SCALED_SIZE, similar, size_ratio
from bcviewer.core.evidence.similar_words import HEADS, cells, head_words, tip
from bcviewer.core.evidence.tau_r import PLAIN_TAU_R, Refractory
from bcviewer.core.evidence.together import Close
from bcviewer.core.run.run import Sites
from bcviewer.core.run.unit_ids import UnitIds
from bcviewer.errors import UserError

NAN = float("nan")
SITES = Sites(np.array([[0.0, 20.0 * i] for i in range(12)]))
NO_FILE = "similar_templates.npy: not there."


def template(channel: int, size: float = 1.0) -> Waveform:
    values = np.zeros((11, 12))
    for away in (-1, 0, 1):
        if 0 <= channel + away < 12:
            values[3:6, channel + away] = -size * 0.5 ** abs(away)
    return Waveform(values, NAN)


# -- pairs within the refractory period ------------------------------------------------------


def slow_dip(a, b, tau_c, limit):
    """Count pairs by looking at all of them."""
    lags = np.abs(np.subtract.outer(np.asarray(a), np.asarray(b))) / SAMPLE_RATE
    close = (lags >= tau_c - 1e-12) & (lags < limit - 1e-12)
    return int(close.sum())


PERIODS = st.sampled_from([0.0, 0.0001, 0.00025, 0.001, 0.0015, 0.002, 0.00333])


@given(
    st.lists(st.integers(0, 4000), max_size=40),
    st.lists(st.integers(0, 4000), max_size=40),
    PERIODS,
    PERIODS,
)
def test_pairs_are_counted_as_a_look_at_all_of_them_does(a, b, tau_c, limit):
    a, b = (np.sort(np.array(train, np.int64)) for train in (a, b))
    minutes = Minutes.of(a, b, SAMPLE_RATE)
    period = Refractory(tau_c, limit, limit)
    found = dip(a, b, minutes, (period, period))
    assert found.observed == slow_dip(a, b, tau_c, limit)
    n_lags = sum(tau_c - 1e-12 <= abs(k) / SAMPLE_RATE < limit - 1e-12 for k in range(-200, 201))
    assert found.expected == pytest.approx(minutes.pairs_within(n_lags / SAMPLE_RATE))
    back = dip(b, a, minutes.back, (period, period))
    assert (back.observed, back.expected) == (found.observed, pytest.approx(found.expected))


def test_one_neuron_in_two_parts_has_no_close_pairs_and_two_neurons_have_as_many_as_expected():
    rng = np.random.default_rng(3)
    times = np.cumsum(0.004 + rng.exponential(0.02, 20_000))
    part = rng.random(len(times)) < 0.5
    periods = Refractory(0.0001, 0.003, 0.003), Refractory(0.0001, 0.002, 0.002)
    a, b = (unit_spikes(times[which]).samples for which in (part, ~part))
    found = dip(a, b, Minutes.of(a, b, SAMPLE_RATE), periods)
    assert (found.observed, found.limit) == (0, 0.002)
    assert found.expected > 100
    assert found.words == f"0 of {found.expected:,.0f} expected (0.00×)"
    other = unit_spikes(rng.uniform(0, times[-1], len(b))).samples
    found = dip(a, other, Minutes.of(a, other, SAMPLE_RATE), periods)
    assert abs(found.observed - found.expected) < 4 * math.sqrt(found.expected)
    assert found.share == found.observed / found.expected


def test_up_to_where_pairs_are_counted():
    known, unknown = Refractory(0.0001, 0.003, 0.003), Refractory(0.0002, NAN, 0.002, "none")
    none = np.empty(0, np.int64)
    minutes = Minutes.of(none, none, SAMPLE_RATE)
    found = {
        (one.tau_r, other.tau_r): dip(none, none, minutes, (one, other))
        for one in (known, unknown, replace(known, tau_r=0.005, limit=0.005))
        for other in (known, unknown)
    }
    limits = [round(d.limit, 6) for d in found.values()]
    assert limits == [0.003, 0.003, 0.003, PLAIN_TAU_R, 0.003, 0.005]
    said = {d.why_limit for d in found.values()}
    assert said == {
        "the shorter of the two estimated refractory periods",
        "the refractory period of the one of which it could be estimated",
        "a refractory period could be estimated of neither",
    }
    assert {d.tau_c for d in found.values()} == {0.0001, 0.0002}  # the longer one of the two
    assert "at least 0.2 and less than 2 ms apart" in found[unknown.tau_r, unknown.tau_r].what


def test_too_few_expected_pairs_are_said_to_be_too_few():
    few = Dip(0, 5.9, 0.0, 0.002, "")
    assert (few.is_enough, few.words) == (False, "0 of 5.9 expected: too few to say")
    assert few.short == "(0 of 5.9)"
    assert "too few to say" in Close(0, 0, 5.9).words, "as of a pair together"
    assert Dip(0, ENOUGH, 0.0, 0.002, "").is_enough
    assert Close(0, 0, ENOUGH).words == "dip 0 of 6.0 expected pairs"
    enough = Dip(1, 1234.4, 0.0, 0.002, "")
    assert enough.words == "1 of 1,234 expected (0.00×)"
    assert enough.short == "1 of 1,234"
    none = Dip(0, 0.0, 0.0, 0.002, "")
    assert math.isnan(none.share)
    assert none.words == "0 pairs, none expected"
    assert [few_digits(x) for x in (0.0, 0.031, 3.14, 12.6)] == ["0", "0.031", "3.1", "13"]


# -- which units are the likest --------------------------------------------------------------


@given(st.lists(st.floats(-1, 1) | st.just(NAN), max_size=12), st.sets(st.integers(0, 11)))
def test_the_likest_are_the_largest_that_fit(values, unfit):
    rows, found = likest(np.array(values, float), lambda row: row not in unfit)
    ranked = sorted(
        (row for row, value in enumerate(values) if value > 0 and row not in unfit),
        key=lambda row: (-values[row], row),
    )
    assert rows.tolist() == ranked[:5]
    assert found.tolist() == [values[row] for row in ranked[:5]]


def test_no_more_rows_are_looked_at_than_needed():
    asked = []
    likest(np.linspace(1, 0.1, 1000), lambda row: asked.append(row) is None)
    assert asked == [0, 1, 2, 3, 4]


class Counted(FakeRecording):
    """Counts the templates that are read."""

    def template(self, row):
        self.__dict__.setdefault("read", []).append(row)
        return super().template(row)


def test_cosines_are_those_of_all_templates_around():
    rng = np.random.default_rng(0)
    peaks = rng.integers(0, 12, 30)
    given_ = {i: template(int(p), 1 + i) for i, p in enumerate(peaks)}
    for waveform in given_.values():
        waveform.values[:] += 0.05 * rng.standard_normal(waveform.values.shape)
    run = make_run({"maxChannels": peaks.astype(float)}, sites=SITES)
    found = by_cosine(UnitData(run, 4, FakeRecording(template_of=given_)), lambda _: True, NO_FILE)
    every = {r: cosine(given_[4].values, given_[r].values) for r in range(30) if r != 4}
    ranked = sorted(every, key=lambda r: -every[r])[:5]
    assert found.rows.tolist() == ranked
    assert found.values.tolist() == pytest.approx([every[r] for r in ranked])
    assert not found.by_kilosort
    words = "Computed: the cosine of the templates, with 29 other units. "
    assert found.source == words + NO_FILE


def test_no_more_templates_are_read_than_those_of_the_nearest_peaks():
    peaks = np.array([5.0, 0, 4, 6, 11, 5, 7, NAN, 99])
    recording = Counted(template_of={i: template(i % 12) for i in range(9)})
    run = make_run({"maxChannels": peaks}, sites=SITES)
    found = by_cosine(UnitData(run, 0, recording), lambda _: True, NO_FILE, 4)
    assert sorted(recording.read) == [0, 2, 3, 5, 6, 7, 8]  # 7 and 8 may be anywhere
    assert "with the 6 of 8 other units whose peak channels are the nearest" in found.source
    recording.read.clear()
    nowhere = UnitData(make_run({"maxChannels": peaks}), 0, recording)
    by_cosine(nowhere, lambda _: True, NO_FILE, 4)
    assert set(recording.read) == {0, 5, 2, 3, 6, 7}  # by channel where no place is known


def test_units_that_phy_made_and_odd_templates_are_compared_as_well():
    given_ = {0: template(3), 1: template(3), 2: Waveform(np.ones((4, 12)), NAN), 4: template(4)}
    run = make_run({"maxChannels": [3.0, 3.0, 3.0, 3.0]}, sites=SITES)
    ids = UnitIds(np.array([0, 1, 2, -1, 9]))
    unit = UnitData(run, 0, FakeRecording(template_of=given_), ids)
    assert by_cosine(unit, lambda _: True, NO_FILE).rows.tolist() == [1, 4]
    with pytest.raises(UserError, match=r"^similar_templates.npy: not there. templates.npy: not"):
        by_cosine(UnitData(run, 3, FakeRecording(template_of=given_)), lambda _: True, NO_FILE)
    only = make_run({"nSpikes": [9.0]})
    alone = by_cosine(UnitData(only, 0, FakeRecording(template_of=given_)), bool, NO_FILE)
    assert len(alone.rows) == 0


# -- the similar units of one ----------------------------------------------------------------


def five(**columns):
    """Return unit 0 of four with numbers of Kilosort's, some spikes and amplitudes."""
    rng = np.random.default_rng(1)
    trains = {
        row: unit_spikes(np.sort(rng.uniform(60 * start, 60 * stop, 600)), np.full(600, size))
        for row, start, stop, size in ((0, 0, 5, 20.0), (1, 0, 5, 10.0), (2, 2, 4, 30.0))
    }
    likest_ = {0: Likeness(np.array([2, 1]), np.array([0.9, 0.25]), "Kilosort's numbers.", True)}
    recording = FakeRecording(trains, {r: template(3 + r) for r in range(3)}, similar_to=likest_)
    given_ = {"maxChannels": [3.0, 4.0, 7.0, 9.0], "rawAmplitude": [NAN] * 4, **columns}
    return UnitData(make_run(given_, sites=SITES), 0, recording)


def test_similar_units_of_one():
    unit = five(rawAmplitude=[50.0, 60.0, NAN, 9.0])
    found = similar(unit, 4)
    assert [alike.row for alike in found.others] == [2, 1]
    assert [alike.similarity for alike in found.others] == [0.9, 0.25]
    assert [alike.distance_um for alike in found.others] == [80.0, 20.0]
    assert [(a.size.ratio, a.size.source) for a in found.others] == [
        (1.5, SCALED_SIZE),
        (1.2, RAW_SIZE),
    ]
    assert [(a.n_both, a.n_either, a.overlap) for a in found.others] == [(2, 5, 0.4), (5, 5, 1.0)]
    own = unit.recording.spikes(0).samples
    for alike in found.others:
        other = unit.recording.spikes(alike.row).samples
        assert alike.dip.observed == slow_dip(own, other, alike.dip.tau_c, alike.dip.limit)
    assert head_words(found) == "similarity by Kilosort · evidence, no advice"
    texts = cells(found.others[0])
    assert texts == ("0.90", "80", "1.50×", "40%", found.others[0].dip.short)
    assert len(texts) == len(HEADS) - 1
    said = tip(found, found.others[0], ("unit 0", "unit 2")).splitlines()
    assert said[0] == "Unit 2 beside unit 0"
    assert said[1] == "similarity 0.900: Kilosort's numbers."
    assert "both active in 2 of the 5 min in which either fires" in said


def test_a_pair_with_the_place_th_similar_unit_goes_around_their_end():
    unit = five()
    for place, other, similarity in ((0, 2, 0.9), (1, 1, 0.25), (2, 2, 0.9), (-1, 1, 0.25)):
        found = beside(unit, place, 50.0, 1.0, 4)
        assert (found.rows, found.similarity) == ((0, other), similarity)
        assert (found.place, found.n_places) == (place % 2, 2)
    both = pair(unit, 0, 2, 50.0, 1.0)
    assert both.place == -1
    assert both.dip == beside(unit, 0, 50.0, 1.0, 4).dip
    assert both.dip == similar(unit, 4).others[0].dip
    assert both.size == similar(unit, 4).others[0].size


def test_where_there_is_none_it_is_said_why():
    nobody = {0: Likeness(np.empty(0, np.int64), np.empty(0), "", True)}
    recording = FakeRecording({0: unit_spikes([1.0])}, similar_to=nobody)
    several = UnitData(make_run({"nSpikes": [1.0, 2.0]}), 0, recording)
    assert similar(several, 2).why_none.startswith("No other unit with spikes has a template")
    alone = UnitData(make_run({"nSpikes": [1.0]}), 0, recording)
    assert similar(alone, 1).why_none == "There is no other unit to compare this one with."
    with pytest.raises(UserError, match="no other unit to compare"):
        beside(alone, 0, 50.0, 1.0, 1)


def test_sizes_that_are_not_known_say_why():
    unit = five()
    units = unit, unit.at(1)
    plain = unit_spikes([1.0, 2.0])
    missing = replace(plain, no_amplitudes="amplitudes.npy: not there.")
    assert size_ratio(units, (plain, missing)).source == "amplitudes.npy: not usable."
    assert size_ratio(units, (missing, plain)).source == "amplitudes.npy: not there."
    for odd in ([NAN, NAN], [0.0, 0.0], [-1.0, -1.0]):
        found = size_ratio(units, (unit_spikes([1.0, 2.0], odd), unit_spikes([1.0], [2.0])))
        assert math.isnan(found.ratio)
        assert found.source == "no amplitudes above 0"
    huge = five(rawAmplitude=[np.inf, 60.0, 1.0, 1.0])
    assert similar(huge, 4).others[1].size.source == SCALED_SIZE


def test_units_without_places_and_spikes():
    unit = five()
    lonely = replace(
        unit, run=make_run({"maxChannels": [3.0] + [NAN] * 3, "rawAmplitude": [NAN] * 4})
    )
    recording = lonely.recording
    recording.spikes_of = {**recording.spikes_of, 2: unit_spikes([])}
    recording.template_of = {0: template(3)}
    found = similar(lonely, 4).others[0]
    assert math.isnan(found.distance_um)
    assert cells(found)[1] == "–"
    assert found.dip.words == "0 pairs, none expected"
    assert cells(found)[2] == "–"
    said = tip(similar(lonely, 4), found, ("unit 0", "unit 2"))
    assert "peak channels apart: not known" in said
    assert "size: not known: amplitudes.npy: not usable." in said
