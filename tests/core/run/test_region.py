"""The region of interest of a probe: written, read, between two depths, and what is in it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from factories import make_run, sheet_of
from hypothesis import given
from hypothesis import strategies as st

from bcviewer.core.run.region import (
    Region,
    ends_of,
    is_inside,
    make_region,
    read_region,
    region_between,
)
from bcviewer.core.run.run import Provenance, Sites
from bcviewer.core.sheet.derive import derive

INF = float("inf")
lengths = st.floats(0, 1e6, allow_nan=False)


def run(*, top: bool = False, roi: float | None = None, sites: bool = True):
    where = Provenance("ks", "ks/b", "ks", "A", roi_um=roi, tip_at_top=top)
    return make_run(
        {"maxChannels": [0.0, 1.0, 2.0, np.nan], "presenceRatio": [1.0] * 4},
        provenance=where,
        sites=Sites(np.array([[0.0, 100.0], [0.0, 600.0], [0.0, 1100.0]])) if sites else None,
    )


@given(lengths, lengths)
def test_what_is_written_is_read_to_the_last_digit(one: float, other: float):
    region = make_region(min(one, other), max(one, other))
    assert region is None if one == other else read_region(region.written) == region


@pytest.mark.parametrize("text", ["", "180", "5..1", "-1..4", "1..nan", "0..1e9", "1..2 "])
def test_what_is_no_region_is_not_read(text: str):
    assert read_region(text) is None


def test_it_is_told_from_the_tip():
    assert Region(0.0, 180.0).words == "180 µm from the tip"
    assert Region(0.0, 1180.0).ends == "0–1,180 µm"
    assert Region(120.5, 480.0).words == "120.5–480 µm from the tip"


@pytest.mark.parametrize(
    ("top", "region", "inside", "ends"),
    [
        (False, Region(0.0, 500.0), [1, 1, 0, 0], (-INF, 600.0)),
        (True, Region(0.0, 500.0), [0, 1, 1, 0], (600.0, INF)),
        (False, Region(400.0, 2000.0), [0, 1, 1, 0], (500.0, 2100.0)),
        (True, Region(400.0, 700.0), [0, 1, 0, 0], (400.0, 700.0)),
    ],
)
def test_what_is_in_it_lies_between_its_ends(top: bool, region: Region, inside: list, ends: tuple):
    of = run(top=top)
    found, known = is_inside(of, region)
    assert (found & known).tolist() == [bool(one) for one in inside]
    assert known.tolist() == [True, True, True, False]
    assert ends_of(of, region) == ends


def test_two_depths_enclose_what_the_probe_has_of_it():
    sites = (100.0, 1100.0)
    assert region_between(sites, False, 300.0, -50.0) == Region(0.0, 200.0)
    assert region_between(sites, True, 300.0, 5000.0) == Region(0.0, 800.0)
    assert region_between(sites, False, 50.0, 60.0) is None
    bare = run(sites=False)
    assert ends_of(bare, Region(0.0, 1.0)) is None
    assert not is_inside(bare, Region(0.0, 1.0))[1].any()


def test_a_curators_region_counts_before_the_configs_and_nothing_else_is_computed_anew():
    sheet = sheet_of(run(roi=400.0))
    assert sheet.values("roi_label").tolist() == ["inside", "outside", "outside", ""]
    sheet.warm("firing_rate")
    before = sheet.attention_rows().tolist()
    after = derive(replace(sheet.inputs, region=Region(400.0, 600.0)), sheet)
    assert after.values("roi_label").tolist() == ["outside", "inside", "outside", ""]
    assert after.values("firing_rate") is sheet.values("firing_rate")
    assert after.attention_rows().tolist() != before
    assert after.attention_rows()[0] == 1, "what is of interest comes first"
    alone = derive(after.inputs)
    assert alone.attention_rows().tolist() == after.attention_rows().tolist()
    none = sheet_of(run())
    assert none.kind("roi_label") is None
    given = derive(replace(none.inputs, region=Region(0.0, 1.0)), none)
    assert given.values("roi_label").tolist() == ["inside", "outside", "outside", ""]
