"""Where units are on the probe: places, the spread on one site, sizes, the region of interest."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from factories import make_run, sheet_of
from hypothesis import given
from hypothesis import strategies as st

from bcviewer.core.figures.probe import (
    mark_size,
    probe_units,
    region_of_interest,
    unit_places,
    usable_sites,
)
from bcviewer.core.run.derived import depths, peak_sites, places
from bcviewer.core.run.run import Provenance, Run, Sites
from bcviewer.core.sheet.sheet import Sheet

NAN, INF = float("nan"), float("inf")
XY = np.array([[11.0, 0.0], [43.0, 0.0], [27.0, 20.0], [59.0, 20.0]])
CHANNELS = [0.0, 0.0, 3.0, 0.0, NAN, -1.0, 4.0, 0.5, INF]


def run_of(channels: list[float], xy: np.ndarray | None = XY, **fields: Any) -> Run:
    columns = {"maxChannels": channels, **fields.pop("columns", {})}
    return make_run(columns, sites=None if xy is None else Sites(xy), **fields)


def table_of(run: Run) -> Sheet:
    return sheet_of(run)


def test_places_are_those_of_the_peak_channel() -> None:
    run = run_of(CHANNELS)
    assert peak_sites(run).tolist() == [0, 0, 3, 0, -1, -1, -1, -1, -1]
    wanted = [[11, 0], [11, 0], [59, 20], [11, 0], *[[NAN, NAN]] * 5]
    np.testing.assert_array_equal(places(run), wanted)
    np.testing.assert_array_equal(depths(run), places(run)[:, 1])


@pytest.mark.parametrize("run", [run_of(CHANNELS, None), make_run({}, drop=("maxChannels",))])
def test_without_positions_or_channels_nothing_has_a_place(run: Run) -> None:
    assert np.isnan(places(run)).all()
    found = unit_places(run)
    assert (found.site == -1).all()
    assert probe_units(table_of(run), found).unplaced == run.n_units
    assert region_of_interest(table_of(run)) is None


def test_units_of_one_site_stand_side_by_side() -> None:
    found = unit_places(run_of(CHANNELS))
    assert found.room == 16.0  # the column between, not only the other site at this height
    assert found.x[:4].tolist() == pytest.approx([11 - 4.8, 11, 59, 11 + 4.8])
    assert found.y[:4].tolist() == [0, 0, 20, 0]
    assert np.isnan(found.x[4:]).all()


def test_sites_at_one_place_share_its_room() -> None:
    found = unit_places(run_of([0.0, 1.0], np.zeros((2, 2))))
    assert found.site.tolist() == [0, 1]
    assert found.x.tolist() == [-3, 3]


@given(st.lists(st.integers(-1, 5), min_size=1, max_size=60))
def test_the_spread_is_the_slow_one(channels: list[int]) -> None:
    found = unit_places(run_of([float(c) for c in channels]))
    for site in range(len(XY)):
        rows = [i for i, c in enumerate(channels) if c == site]
        xs = found.x[rows]
        assert len(set(xs.tolist())) == len(rows)
        assert (np.diff(xs) > 0).all()
        if rows:
            assert xs.mean() == pytest.approx(XY[site, 0])
            assert np.ptp(xs) <= 0.8 * found.room + 1e-9
            away = np.abs(xs[:, None] - XY[None, :, 0])
            assert (away[:, site] == away.min(axis=1)).all(), "nearest to its own column of sites"
    lost = [i for i, c in enumerate(channels) if not 0 <= c < len(XY)]
    assert np.flatnonzero(found.site < 0).tolist() == lost


@pytest.mark.parametrize(
    ("xy", "room"),
    [
        ([[5.0, 5.0]], 20.0),
        ([[0.0, 0.0], [0.0, 25.0]], 20.0),
        ([[0.0, 0.0], [16.0, 25.0]], 16.0),
        ([[0.0, 0.0], [32.0, 0.0], [250.0, 0.0], [282.0, 0.0]], 32.0),
    ],
)
def test_room_of_a_site(xy: list[list[float]], room: float) -> None:
    assert unit_places(run_of([0.0], np.array(xy))).room == room


def test_absurd_positions_are_no_places() -> None:
    run = run_of([0.0, 1.0], np.array([[1e308, 0.0], [0.0, 10.0]]))
    assert usable_sites(run).tolist() == [False, True]
    assert unit_places(run).site.tolist() == [-1, 1]
    assert unit_places(run_of([0.0], np.array([[1e308, 0.0]]))).site.tolist() == [-1]


def test_scope_rates_and_sizes() -> None:
    times = {"useTheseTimesStart": [0.0] * 5, "useTheseTimesStop": [100.0] * 4 + [0.0]}
    columns = {"nSpikes": [1.0, 100.0, 1e6, 0.0, 500.0], **times}
    table = table_of(run_of([0.0, 1.0, 2.0, 3.0, 9.0], columns=columns))
    found = unit_places(table.run)
    drawn = probe_units(table, found)
    assert drawn.rows.tolist() == [0, 1, 2, 3]
    assert drawn.unplaced == 1
    assert drawn.without_rate == 1
    np.testing.assert_allclose(drawn.log_rate, [-2, 0, 4, NAN])
    np.testing.assert_allclose(drawn.size, [0, 0.5, 1, 0])
    part = probe_units(table, found, np.array([4, 2]))
    assert part.rows.tolist() == [2]
    assert part.unplaced == 1
    assert part.x.tolist() == found.x[[2]].tolist()  # a scope moves nothing


def test_size_grows_evenly_with_the_logarithm() -> None:
    sizes = mark_size(np.array([-9.0, -2.0, -1.0, 0.0, 1.0, 2.0, 9.0, NAN]))
    np.testing.assert_allclose(sizes, [0, 0, 0.25, 0.5, 0.75, 1, 1, 0])


@pytest.mark.parametrize("at_top", [False, True])
def test_the_region_of_interest_holds_the_units_said_to_be_inside(at_top: bool) -> None:
    xy = np.column_stack([np.zeros(9), np.arange(9) * 20.0 + 100])
    said = Provenance("ks", "ks/b", "k", "A", roi_um=60.0, tip_at_top=at_top)
    table = table_of(run_of(list(np.arange(9.0)), xy, provenance=said))
    low, high = region_of_interest(table)
    assert (low, high) == ((200.0, INF) if at_top else (-INF, 160.0))
    y = depths(table.run)
    inside = table.values("roi_label") == "inside"
    assert inside.tolist() == ((y >= low) & (y <= high)).tolist()
    assert region_of_interest(table_of(run_of([0.0]))) is None


# -- shanks ----------------------------------------------------------------------------------


def on_shanks(xy: np.ndarray, shank: list[int], channels: list[float]) -> Run:
    return make_run({"maxChannels": channels}, sites=Sites(xy, np.array(shank, np.int64)))


@pytest.mark.parametrize("apart", [0.0, 250.0, -1000.0])
def test_each_shank_has_a_lane_wherever_its_sites_are(apart: float) -> None:
    shank = [7, 7, 2, 2, 2]
    xy = np.array([[0.0, 0.0], [32.0, 0.0], [0.0, 0.0], [32.0, 0.0], [0.0, 20.0]])
    xy[:, 0] += apart * np.array(shank)
    found = unit_places(on_shanks(xy, shank, [0.0, 1.0, 2.0, 3.0, 4.0, 4.0]))
    assert [(lane.shank, lane.low, lane.high) for lane in found.lanes] == [
        (2, 0.0, 32.0),
        (7, 96.0, 128.0),
    ]
    assert found.room == 32.0
    assert found.sites.tolist() == [[96, 0], [128, 0], [0, 0], [32, 0], [0, 20]]
    assert found.x[:4].tolist() == [96, 128, 0, 32]
    assert found.x[4] < 0 < found.x[5]  # two units of one site: side by side
    assert found.y.tolist() == [0, 0, 0, 0, 20, 20]


def test_one_shank_and_very_many_have_no_lanes() -> None:
    for shank in ([0, 0, 0, 0], list(range(4))):
        found = unit_places(on_shanks(XY, shank, [0.0]))
        assert bool(found.lanes) == (len(set(shank)) > 1)
    many = np.column_stack([np.arange(40.0), np.zeros(40)])
    found = unit_places(on_shanks(many, list(range(40)), [3.0]))
    assert (found.lanes, found.sites.tolist()) == ((), many.tolist())
