"""Probes are called after the nearest folder whose name tells something, no two alike."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcviewer.io.results.naming import (
    distinct,
    own_names,
    recording_and_probe,
    short,
    stream_letter,
    telling,
)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("rec/kilosort4_A", "A"),
        ("run_g0/run_g0_imec0/kilosort4", "imec0"),
        ("catgt_run_g0/run_g0_tcat.imec1.ap/kilosort4_output/sorter_output", "imec1"),
        ("continuous/Neuropix-PXI-100.ProbeA-AP/kilosort4", "ProbeA-AP"),
        ("continuous/Acquisition_Board-100.Rhythm Data/kilosort2.5", "Rhythm Data"),
        ("session1/kilosort4_output/sorter_output", "session1"),
        ("rec/group_0/sorter_output", "group_0"),
        ("mouse/alf/probe00/pykilosort", "probe00"),
        ("mouse12/Kilosort4/phy", "mouse12"),
        ("mouse12/ks25", "mouse12"),
        ("outputs/mouse3/BombcellOutput", "mouse3"),
    ],
)
def test_the_nearest_telling_folder(path: str, name: str) -> None:
    assert short(telling(Path("/data") / path)) == name


@pytest.mark.parametrize(
    ("stream", "letter"),
    [("Neuropix-PXI-100.ProbeA-AP", "A"), ("ProbeB", "B"), ("Probe", ""), ("ProbeApp", "")],
)
def test_stream_letter(stream: str, letter: str) -> None:
    assert stream_letter(stream) == letter


def named(*paths: str) -> list[str]:
    places = [Path("/data") / path for path in paths]
    found = distinct(own_names(places))
    return [found[place] for place in places]


def test_what_differs_tells_alike_names_apart() -> None:
    assert named("r1/kilosort4_A", "r2/kilosort4_A", "r2/kilosort4_B") == ["r1 A", "r2 A", "B"]
    assert named("g0/g0_imec0/ks", "g1/g1_imec0/ks") == ["g0 imec0", "g1 imec0"]
    assert named("r/imec0/kilosort4", "r/imec0/kilosort2.5") == [
        "kilosort4 imec0",
        "kilosort2.5 imec0",
    ]
    assert named("m1/s1/kilosort4_A", "m1/s2/kilosort4_A", "m2/s1/kilosort4_A") == [
        "m1 s1 A",
        "m1 s2 A",
        "m2 s1 A",
    ]


def test_a_sort_beside_lettered_ones_keeps_its_own_name() -> None:
    assert named("rec/kilosort4", "rec/kilosort4_A") == ["kilosort4", "A"]
    assert named("rec/kilosort4") == ["rec"]


PARTS = st.sampled_from(["a", "A", "b", "a b", "kilosort4", "kilosort4_a", "x_imec0", "a (2)"])


@given(st.lists(st.lists(PARTS, min_size=1, max_size=4), min_size=1, max_size=8))
def test_never_two_alike(parts: list[list[str]]) -> None:
    places = list(dict.fromkeys(Path("/").joinpath(*p) for p in parts))
    found = distinct(own_names(places))
    assert set(found) == set(places)
    assert len({name.casefold() for name in found.values()}) == len(places)
    assert all(found.values())
    assert found == distinct(own_names(places))


@pytest.mark.parametrize(
    ("path", "recording", "probe"),
    [
        ("/lab/m1_g0/bombcell/bombcell_DEFAULT/kilosort4_A", "m1_g0", "A"),
        ("/lab/run_g0/run_g0_imec0/kilosort4", "run_g0", "imec0"),
        ("/lab/run/imec1/kilosort4", "run", "imec1"),
        ("/lab/mouse/alf/probe00/pykilosort", "mouse", "probe00"),
        (
            "/lab/s1/Record Node 1/experiment1/continuous/P-100.ProbeB-AP/ks4",
            "s1",
            "ProbeB-AP",
        ),
        ("/lab/session1/kilosort4_output/sorter_output", "session1", "session1"),
        ("/kilosort4_A", "kilosort4_A", "A"),
        ("/", "/", "/"),
    ],
)
def test_a_recording_and_its_probe_from_the_path_alone(
    path: str, recording: str, probe: str
) -> None:
    assert recording_and_probe(Path(path)) == (recording, probe)
