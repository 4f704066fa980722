"""A stretch: of the whole it says what the whole says, of a part what a plain count says."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from evidence_fakes import FakeRecording, unit_data, unit_spikes
from evidence_files import read_units
from hypothesis import given
from hypothesis import strategies as st

from bcviewer.core.evidence.amplitudes import distribution
from bcviewer.core.evidence.correlogram import auto_correlogram
from bcviewer.core.evidence.intervals import intervals
from bcviewer.core.evidence.kept import kept_spikes
from bcviewer.core.evidence.recording import UnitData
from bcviewer.core.evidence.time_numbers import beside_words, time_numbers
from bcviewer.core.run.stretch import Stretch
from bcviewer.frame.application import demo_path

NAN = float("nan")
END = 400.0
KINDS = {
    "correlogram": lambda unit: auto_correlogram(unit, 50.0, 1.0),
    "isi": lambda unit: intervals(unit, 50.0),
    "log isi": lambda unit: intervals(unit, 0.0),
    "distribution": distribution,
    "time": time_numbers,
}
ABOUT = ("kept", "saved")
"""What answers say of the time itself, and of what Bombcell saved: not of a stretch."""


def assert_same(one: Any, other: Any) -> None:
    """Compare two answers, but for what they are of."""
    if is_dataclass(one):
        assert type(one) is type(other)
        for field in fields(one):
            if field.name not in ABOUT:
                assert_same(getattr(one, field.name), getattr(other, field.name))
    else:
        np.testing.assert_array_equal(one, other)


@pytest.fixture(scope="module")
def demo() -> list[UnitData]:
    places = sorted(Path(demo_path()).parent.rglob("kilosort4_A"))
    return read_units(places[0])


@pytest.mark.parametrize("kind", KINDS)
def test_the_whole_as_a_stretch_is_the_whole(demo: list[UnitData], kind: str) -> None:
    compared = 0
    for unit in demo:
        start, stop = unit.kept_s()
        if not stop > start:
            continue
        of_all = KINDS[kind](unit)
        of_stretch = KINDS[kind](replace(unit, stretch=Stretch(start, stop)))
        assert_same(of_stretch, of_all)
        kept = of_stretch.kept
        assert kept.chosen == Stretch(start, stop)
        assert of_all.kept.chosen is None
        compared += 1
    assert compared > 10


times_s = st.lists(st.integers(0, 40 * 300), max_size=80).map(
    lambda values: np.sort(np.array(values, np.float64)) / 30.0
)
limits = st.tuples(st.integers(0, 400), st.integers(1, 400)).map(
    lambda e: Stretch(float(e[0]), float(e[0] + e[1]))
)


def unit_of(times: np.ndarray, stretch: Stretch | None) -> UnitData:
    amplitudes = np.arange(len(times), dtype=np.float64)
    spikes = unit_spikes(times, amplitudes, amplitudes + 100)
    kept = {"useTheseTimesStart": 0.0, "useTheseTimesStop": END, "nSpikes": float(len(times))}
    made = unit_data(FakeRecording({0: spikes}), columns=kept, session_s=(0.0, END))
    return replace(made, stretch=stretch)


@given(times_s, limits)
def test_a_part_is_counted_as_by_hand(times: np.ndarray, chosen: Stretch) -> None:
    unit = unit_of(times, chosen)
    spikes, kept = kept_spikes(unit)
    inside = [t for t in times if chosen.start_s <= t <= chosen.stop_s]
    np.testing.assert_allclose(spikes.times, inside, atol=1e-4)
    assert kept.n == len(inside)
    assert kept.is_part == (len(inside) < len(times))
    assert kept.duration_s == chosen.stop_s - chosen.start_s
    gaps = np.diff(spikes.samples)
    found = intervals(unit, 100.0)
    assert found.n == max(0, len(inside) - 1)
    assert found.counts.sum() + found.above == len(gaps)
    lags = [b - a for i, a in enumerate(spikes.samples) for b in spikes.samples[i + 1 :]]
    width = round(0.05 * spikes.sample_rate)
    counts = auto_correlogram(unit, 50.0, 1.0).correlogram
    assert counts.counts.sum() == 2 * sum(0 < lag < width for lag in lags)
    values = distribution(unit)
    before_end = [t for t in inside if t < chosen.stop_s]
    assert abs(values.n - len(before_end)) <= 1  # a spike on the very end, rounded to a sample


@given(times_s, limits)
def test_presence_in_a_part_is_that_of_its_own_bins(times: np.ndarray, chosen: Stretch) -> None:
    found = time_numbers(unit_of(times, chosen)).presence
    assert found is not None
    assert found.saved != found.saved, "of a stretch nothing is saved"
    edges = np.arange(chosen.start_s, chosen.stop_s, 60.0)
    edges = edges if len(edges) > 1 else np.array([chosen.start_s, chosen.stop_s])
    samples = np.rint(times * 30000) / 30000
    counts = [int(((samples >= a) & (samples < b)).sum()) for a, b in pairwise(edges)]
    assert found.counts.tolist() == counts


def test_it_says_that_it_was_chosen_and_what_bombcell_left_out() -> None:
    times = np.arange(0.0, END, 2.0)
    kept = {"useTheseTimesStart": 100.0, "useTheseTimesStop": 300.0}
    spikes = unit_spikes(times)
    unit = unit_data(FakeRecording({0: spikes}), columns=kept, session_s=(0.0, END))
    _, about = kept_spikes(replace(unit, stretch=Stretch(50.0, 200.0)))
    assert about.notes == (
        "Chosen by hand: 50–200 s (76 of 200 spikes).",
        "Bombcell left out some of it: it kept 100 to 300 s.",
    )
    assert about.short == ("50–200 s",)
    _, inside = kept_spikes(replace(unit, stretch=Stretch(100.0, 300.0)))
    assert len(inside.notes) == 1


def test_what_no_rule_reads_stands_beside_the_whole() -> None:
    times = np.arange(0.0, END, 0.5)
    chosen, whole = (time_numbers(unit_of(times, s)) for s in (Stretch(0.0, 200.0), None))
    assert beside_words(chosen, whole) == (
        "firing rate 2 Hz (whole: 2)",
        "median amplitude 200 a.u. (whole: 399.5)",
        f"drift of the saved depths {chosen.drift_um:.1f} µm (whole: {whole.drift_um:.1f})",
    )
    none = time_numbers(unit_of(times[:1], Stretch(0.0, 200.0)))
    assert np.isnan(none.drift_um)
    assert len(beside_words(none, whole)) == 2


def test_without_spikes_depths_and_amplitudes_there_is_no_number_made_up() -> None:
    spikes = unit_spikes([1.0, 2.0])
    unit = unit_data(FakeRecording({0: spikes}), session_s=(0.0, END))
    found = time_numbers(replace(unit, stretch=Stretch(100.0, 200.0)))
    assert found.kept.n == 0
    assert np.isnan(found.amplitude)
    assert np.isnan(found.drift_um)
    assert found.presence is not None
    assert found.presence.ratio == 0.0
