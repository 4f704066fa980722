"""Histograms against slow counting; edges, sentinels and filters; the scatter and its polygon."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from dice import Dice, examples, thrown
from factories import make_run, sheet_of
from hypothesis import given, settings
from hypothesis import strategies as st

from bcviewer.core.figures.edges import MAX_BINS, DrawnThreshold, find_edges
from bcviewer.core.figures.histograms import Histograms, histogram, histogram_metrics, limits_of
from bcviewer.core.figures.scatter import SCATTER_COLUMNS, enclosed, scatter
from bcviewer.core.filter.language import evaluate, parse_filter
from bcviewer.core.rules.labels import Label
from bcviewer.core.rules.metrics import METRICS
from bcviewer.core.rules.rules import RULES
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.io.results.bombcell import read_run
from bcviewer.io.results.find import find_runs

NAN, INF = float("nan"), float("inf")
RPV, MISSING = "fractionRPVs_estimatedTauR", "percentageSpikesMissing_gaussian"

SPECIAL = [1.0, NAN, INF, -INF, 0.0, 100.0, -0.1, 1e10, 0.1, 0.7, 20.0, 300.0]
WHOLE = range(41)


def values_by(dice: Dice, n: int) -> list[float]:
    """Return values: special ones, any, of a metric's size, and counts, a quarter of each."""
    kinds, special, counts = dice.picks(range(4), n), dice.picks(SPECIAL, n), dice.picks(WHOLE, n)
    choices = (special, dice.floats(n), dice.spread(0.001, 2000, n), counts)
    return [float(choices[kind][i]) for i, kind in enumerate(kinds)]


VALUES = thrown(lambda dice: values_by(dice, dice.number(1, 40)), 1 + 40 * (3 + 8 + 4))


def table_of(columns=None, params=None) -> Sheet:
    run = make_run(columns, params)
    return sheet_of(run)


def passing(table: Sheet, text: str) -> np.ndarray:
    return evaluate(parse_filter(text, table), table)


def shown_by(table: Sheet, text: str) -> np.ndarray:
    return np.flatnonzero(passing(table, text))


def check(table: Sheet, key: str, *scopes: np.ndarray | None) -> None:
    """Count every part's units by its own filter and compare; in all scopes, or of all units."""
    every = np.arange(table.n_units)
    parts = Histograms(table).parts(key, every)
    shown = cache(lambda text: passing(table, text))  # two scopes have most filters in common
    for rows in scopes or (None,):
        found = histogram(table, key, rows)
        scope = every if rows is None else rows
        among = np.isin(every, scope)
        n = found.axis.n_bins
        whole = np.hstack([found.counts, found.aside_counts])
        assert whole.sum() == len(scope)
        of_labels = np.bincount(table.labels[scope], minlength=len(Label))
        assert np.array_equal(whole.sum(axis=1), of_labels)
        filters = [found.bin_filter(i) for i in range(n)] + [a.filter for a in found.asides]
        seen = np.zeros(table.n_units, int)
        for part, text in enumerate(filters):
            units = shown(text)
            assert np.array_equal(units, parts == part), text
            seen += units
            mine = table.labels[units & among]
            assert np.array_equal(np.bincount(mine, minlength=len(Label)), whole[:, part]), text
        assert (seen == 1).all()


@pytest.mark.slow
@pytest.mark.parametrize("key", histogram_metrics())
@settings(max_examples=examples(12))  # of some 20 units each, as many parts
@given(values=VALUES)
def test_every_unit_once_and_filters_exact(key: str, values: list[float]) -> None:
    table = table_of({key: values})
    check(table, key, None, np.arange(0, len(values), 2))


@pytest.mark.parametrize("key", histogram_metrics())
@settings(max_examples=examples(12))  # of some 20 units each, as many parts
@given(values=VALUES, limit=st.floats(1e-6, 1e6))
def test_thresholds_are_on_the_axis(key: str, values: list[float], limit: float) -> None:
    params = {r.parameter: limit for r in RULES if r.metric == key and r.parameter}
    table = table_of({key: values}, params)
    found = histogram(table, key)
    edges = found.edges
    assert found.limits == limits_of(table, key)
    assert (np.diff(edges) > 0).all()
    assert np.isfinite(edges).all()
    assert len(edges) <= 2.5 * MAX_BINS
    for one in found.limits:
        assert edges[0] <= one.value <= edges[-1]


@settings(max_examples=examples(20))
@given(values=st.lists(st.floats(-50, 150), min_size=3, max_size=60))
def test_no_bin_has_both_sides_of_a_threshold(values: list[float]) -> None:
    table = table_of({MISSING: values, "presenceRatio": np.abs(values) / 150})
    for key, fails in ((MISSING, lambda v: v > 20), ("presenceRatio", lambda v: v < 0.7)):
        parts = Histograms(table).parts(key, np.arange(table.n_units))
        n = histogram(table, key).axis.n_bins
        failing = fails(table.values(key))
        for part in set(parts[parts < n].tolist()):
            assert len(set(failing[parts == part].tolist())) == 1


def test_a_value_at_the_limit_is_with_those_that_pass() -> None:
    table = table_of({RPV: [0.095, 0.1, 0.105, 0.3], "presenceRatio": [0.69, 0.7, 0.71, 1.0]})
    rpv = Histograms(table).parts(RPV, np.arange(4))
    assert rpv[1] < rpv[2]
    presence = Histograms(table).parts("presenceRatio", np.arange(4))
    assert presence[0] < presence[1]


def test_thresholds_are_edges() -> None:
    rng = np.random.default_rng(1)
    table = table_of({"rawAmplitude": rng.lognormal(4, 1, 500), MISSING: rng.uniform(0, 60, 500)})
    assert 40.0 in histogram(table, "rawAmplitude").edges
    assert 20.0 in histogram(table, MISSING).edges
    both = histogram(
        table_of({"spatialDecaySlope": rng.lognormal(-3.5, 1, 500)}), "spatialDecaySlope"
    )
    assert {0.01, 0.1} <= set(both.edges.tolist())


def test_counts_and_samples_stand_in_the_middle_of_their_bins() -> None:
    table = table_of({"nPeaks": [1.0, 2.0, 2.0, 5.0]})
    found = histogram(table, "nPeaks")
    assert found.edges.tolist() == [0.5, 1.5, 2.5, 3.5, 4.5, 5.5]
    assert found.counts.sum(axis=0).tolist() == [1, 2, 0, 0, 1]
    sample = 1e6 / table.run.sample_rate
    key = "waveformDuration_peakTrough"
    duration = histogram(table_of({key: np.array([10, 11, 11, 20]) * sample}), key)
    middle = (duration.edges / sample % 1) - 0.5
    assert np.allclose(middle, 0, atol=1e-6)


def test_sentinels_have_their_own_bins() -> None:
    table = table_of({RPV: [0.05, 1.0, 1.0, INF, NAN], "nSpikes": [900.0] * 5})
    found = histogram(table, RPV)
    beside = dict(zip((a.short for a in found.asides), found.aside_counts.sum(axis=0), strict=True))
    assert beside["1.0"] == 2
    assert beside["∞"] == 1
    assert found.missing.sum() == 1
    assert found.sentinel.sum() == 3
    one = next(a for a in found.asides if a.short == "1.0")
    assert one.filter == f"{RPV} == 1.0"
    assert shown_by(table, one.filter).tolist() == [1, 2]
    isolated = histogram(table_of({"isolationDistance": [50.0, 1e12, INF]}), "isolationDistance")
    assert [a.short for a in isolated.asides if a.kind == "sentinel"] == ["≥ 1e10", "∞"]


def test_an_outlier_does_not_spoil_the_axis() -> None:
    table = table_of({"maxDriftEstimate": [*np.linspace(0, 30, 50), 1e300]})
    found = histogram(table, "maxDriftEstimate")
    assert found.above.sum() == 1
    assert found.edges[-1] < 5000


@pytest.mark.parametrize("column", [[], [NAN, NAN], [0.0, 0.0], [5.0]])
def test_little_or_nothing(column: list[float]) -> None:
    table = table_of({"Lratio": column, "nSpikes": [900.0] * len(column)})
    for key in histogram_metrics():
        check(table, key)


def test_a_metric_without_column_has_no_filter() -> None:
    run = make_run({"nSpikes": [900.0, 900.0]}, drop=("rawAmplitude",))
    table = sheet_of(run)
    found = histogram(table, "rawAmplitude")
    assert found.missing.sum() == 2
    assert not any(aside.filter for aside in found.asides)


def test_another_scope_moves_no_edge() -> None:
    rng = np.random.default_rng(2)
    table = table_of({"rawAmplitude": rng.lognormal(4, 1, 300)})
    of = Histograms(table)
    whole, part = of.of("rawAmplitude"), of.of("rawAmplitude", np.arange(10))
    assert np.array_equal(whole.edges, part.edges)
    assert part.counts.sum() + part.aside_counts.sum() == 10
    assert (part.counts <= whole.counts).all()


def test_a_saved_threshold_stays_on_the_axis_where_another_one_is_tried() -> None:
    """Seen: presence ≥ 0.8 was tried, and the axis began above the saved 0.7."""
    table = table_of({"presenceRatio": [0.75, *[1.0] * 30]}, {"minPresenceRatio": 0.9})
    before = Histograms(table)
    assert before.of("presenceRatio").edges[0] > 0.7
    saved = (0.7, NAN, INF)
    now = Histograms(table, before, lambda key: saved if key == "presenceRatio" else ())
    found = now.of("presenceRatio")
    assert found.edges[0] < 0.7
    assert found.counts.sum() + found.aside_counts.sum() == 31
    assert found.limits == limits_of(table, "presenceRatio"), "it is no threshold any more"
    again = Histograms(table, now, lambda _: ())
    assert np.array_equal(
        again.of("presenceRatio").edges, Histograms(table).of("presenceRatio").edges
    )


def test_what_a_logarithmic_axis_cannot_reach_is_left_out() -> None:
    values, step = np.array([10.0, 20.0, 40.0]), METRICS["rawAmplitude"].step
    plain = find_edges(values, [DrawnThreshold(20.0, "<")], step, True, 33.3)
    left_out = find_edges(values, [DrawnThreshold(20.0, "<")], step, True, 33.3, (0.0,))
    assert np.array_equal(left_out.places, plain.places)
    wide = find_edges(values, [DrawnThreshold(20.0, "<")], step, True, 33.3, (2.0,))
    assert wide.places[0] < 2.0 < plain.places[0]


@pytest.mark.long
def test_all_shared_recordings(shared) -> None:
    seen = 0
    for location in find_runs(str(shared / "sim_3probes")):
        run = read_run(location)
        table = sheet_of(run)
        for key in histogram_metrics():
            if table.kind(key):
                check(table, key)
                seen += 1
    assert seen > 50


def test_edges_without_values_are_around_the_thresholds() -> None:
    edges = find_edges(
        np.empty(0), [DrawnThreshold(0.7, "<")], METRICS["presenceRatio"].step, False, 33.3
    )
    assert edges.places[0] < 0.7 < edges.places[-1]
    assert find_edges(np.empty(0), [], None, False, 33.3).n_bins == 0
    assert find_edges(np.empty(0), [DrawnThreshold(0.0, "<")], None, True, 33.3).n_bins == 0


# -- scatter ---------------------------------------------------------------------------------


@settings(max_examples=examples(20))
@given(pair=thrown(lambda dice: [values_by(dice, n) for n in [dice.number(1, 30)] * 2], 901))
def test_scatter_leaves_out_what_it_says(pair: list[list[float]]) -> None:
    x, y = pair
    n = len(x)
    table = table_of({RPV: x, "rawAmplitude": y})
    found = scatter(table, RPV, "rawAmplitude")
    kept = [i for i in range(n) if abs(x[i]) < 1e150 and x[i] != 1.0 and 0 < y[i] < 1e150]
    assert found.rows.tolist() == kept
    assert found.left_out == n - len(kept)
    assert np.array_equal(found.x, [x[i] for i in kept])
    assert np.allclose(10.0**found.y, [y[i] for i in kept])
    assert (found.log_x, found.log_y) == (False, True)
    some = np.arange(0, n, 2)
    assert scatter(table, RPV, "rawAmplitude", some).rows.tolist() == [
        i for i in kept if i % 2 == 0
    ]


def test_scatter_columns_all_work() -> None:
    table = table_of({"nSpikes": [900.0, 0.0, 5.0]})
    for key in SCATTER_COLUMNS:
        found = scatter(table, key, "presenceRatio")
        assert len(found.rows) + found.left_out == 3


def test_enclosed() -> None:
    x, y = (v.ravel().astype(float) for v in np.meshgrid(np.arange(10), np.arange(10)))
    square = np.array([(1.5, 1.5), (4.5, 1.5), (4.5, 3.5), (1.5, 3.5)])
    inside = {(int(x[i]), int(y[i])) for i in enclosed(x, y, square)}
    assert inside == {(a, b) for a in (2, 3, 4) for b in (2, 3)}
    concave = np.array([(-0.5, -0.5), (9.5, -0.5), (9.5, 9.5), (4.5, 0.5), (-0.5, 9.5)])
    found = {(int(x[i]), int(y[i])) for i in enclosed(x, y, concave)}
    assert (4, 0) in found
    assert (4, 9) not in found
    assert len(enclosed(x, y, square[:2])) == 0
    assert len(enclosed(np.empty(0), np.empty(0), square)) == 0
