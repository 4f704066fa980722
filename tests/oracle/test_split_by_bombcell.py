"""The parts of a unit by a lasso, against the same spikes truly split by phy and scored."""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from phy_recordings import merge, write_alike

from bcviewer.core.evidence.lasso import AMPLITUDES, DEPTHS
from bcviewer.core.evidence.recording import UnitData
from bcviewer.core.evidence.split import Split
from bcviewer.core.rules.labels import Label
from bcviewer.core.run.scored import Scored
from bcviewer.errors import UserError
from bcviewer.io.results.bombcell import read_run
from bcviewer.io.results.find import find_runs
from bcviewer.io.spikes.recording import open_recording
from bcviewer.oracle import split_by_bombcell
from bcviewer.oracle.client import Bombcell
from bcviewer.oracle.score_by_bombcell import score
from bcviewer.oracle.split_by_bombcell import CHANGED, split


def opened(folder: Path, cache: Path, row: int) -> UnitData:
    run = read_run(find_runs(folder)[0])
    return UnitData(run, row, open_recording(run, cache))


def around(unit: UnitData, values: np.ndarray) -> tuple[float, ...]:
    """Return a line around many of a unit's spikes, slanted, with corners amid them."""
    end = float(unit.recording.spikes(unit.row).times[-1])
    low, middle, high = (float(q) for q in np.quantile(values, (0.01, 0.45, 0.7)))
    return (
        *(-1.0, low),
        *(0.6 * end, middle),
        *(end + 1.0, high),
        *(0.5 * end, float(values.max()) + 1),
        *(-1.0, high),
    )


def same(a: float, b: float) -> bool:
    return a == b or (math.isnan(a) and math.isnan(b))


@pytest.mark.parametrize(
    ("name", "over", "rows"),
    [
        pytest.param("toy/kilosort4_A", AMPLITUDES, (0, 3, 6), marks=pytest.mark.long),
        pytest.param("sim_3probes/kilosort4_B", DEPTHS, (1, 12), marks=pytest.mark.slow),
    ],
)
def test_each_part_scores_as_the_unit_that_phy_makes_of_it(
    shared: Path, tmp_path: Path, real_bombcell: Bombcell, name: str, over: str, rows: Any
) -> None:
    copy = tmp_path / "kilosort4_A"
    shutil.copytree(shared / name, copy, ignore=shutil.ignore_patterns("*pc_feat*"))
    for path in (copy, *copy.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    clusters = np.load(copy / "spike_clusters.npy")
    previews: dict[int, Split] = {}
    for row in rows:
        unit = opened(copy, tmp_path / "cache", row)
        drawn = unit.recording.spikes(row)
        values = drawn.amplitudes if over == AMPLITUDES else drawn.depths
        assert values is not None
        line = around(unit, values)
        previews[row] = found = split(unit, real_bombcell, "", over, *line)
        own = np.flatnonzero(clusters == unit.unit_ids.asked_id(row))
        kept = by_hand(drawn.times, values, np.reshape(line, (-1, 2)))
        assert [part.n for part in found.parts] == [kept.sum(), (~kept).sum()]
        assert min(part.n for part in found.parts) > 50
        clusters[own[kept]], clusters[own[~kept]] = 1000 + 2 * row, 1001 + 2 * row
    np.save(copy / "spike_clusters.npy", clusters)
    again = opened(copy, tmp_path / "again", 0)
    for row, found in previews.items():
        for place, part in enumerate(found.parts):
            true = score(again.run, again.recording, [1000 + 2 * row + place], real_bombcell)
            assert_alike(part.scored, true)


def assert_alike(part: Scored, true: Scored) -> None:
    for column in true.unit.units:
        values = true.unit.units.floats(column)
        if values is not None:
            assert same(part.value(column), float(values[0])), column
    assert (part.label, part.weighted, part.remarks) == (true.label, true.weighted, true.remarks)
    assert any(note.startswith("its shape is template") for note in part.notes)


def by_hand(times: np.ndarray, values: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Return which points are inside: each by itself, an edge at a time."""
    out = []
    for time, value in zip(times, values, strict=True):
        crossed = 0
        for (t0, v0), (t1, v1) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
            if min(t0, t1) <= time < max(t0, t1):
                crossed += value < v0 + (time - t0) * ((v1 - v0) / (t1 - t0))
        out.append(crossed % 2 == 1)
    return np.array(out)


# -- without bombcell ------------------------------------------------------------------------


@pytest.fixture
def alike(tmp_path: Path) -> Path:
    return write_alike(tmp_path / "kilosort4_A")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Let every part be GOOD; return the spikes and the ids of each."""
    out: list[Any] = []

    def score_spikes(run: Any, _: Any, spikes: Any, ids: Any, *__: Any) -> Scored:
        out.append((spikes, ids))
        return Scored(replace(run), Label.GOOD, untested=("drift",))

    monkeypatch.setattr(split_by_bombcell, "score_spikes", score_spikes)
    monkeypatch.setattr(split_by_bombcell, "presence_of", lambda _: "3/4")
    return out


EARLY = (-1.0, 0.0, 0.0995, 0.0, 0.0995, 50.0, -1.0, 50.0)
"""The first half of the recording's 200 ms."""


def test_of_a_merged_unit_each_part_has_its_own_templates(
    alike: Path, tmp_path: Path, asked: list[Any]
) -> None:
    merge(alike, [0, 1], 0)
    unit = opened(alike, tmp_path / "cache", 0)
    with pytest.raises(UserError, match=CHANGED[:30]):  # Bombcell saw 40 spikes of it
        split(unit, None, "", AMPLITUDES, *EARLY)  # type: ignore[arg-type]
    unit = opened(alike, tmp_path / "cache", 2)
    found = split(unit, None, "", AMPLITUDES, *EARLY)  # type: ignore[arg-type]
    assert [part.n for part in found.parts] == [20, 20]
    assert [ids for _, ids in asked] == [(), ()]
    assert [set(spikes.templates.tolist()) for spikes, _ in asked] == [{2}, {2}]
    assert found.lines[0].startswith("inside the lasso: GOOD as far as tested · 20 spikes · RPV")
    assert found.lines[0].endswith("presence 3 of 4")
    assert found.lines[2].endswith("too few to say · drift not tested")
    assert found.verdicts.count("GOOD as far as tested") == 2


@pytest.mark.parametrize(
    ("over", "line", "why"),
    [
        (AMPLITUDES, (0.0, 90.0, 1.0, 90.0, 1.0, 99.0), "none of its spikes are inside"),
        (AMPLITUDES, (-1.0, -9.0, 9.0, -9.0, 9.0, 99.0, -1.0, 99.0), "all of its spikes"),
        (DEPTHS, EARLY, "spike_positions"),
    ],
)
def test_what_cannot_be_previewed_says_why(
    alike: Path, tmp_path: Path, asked: list[Any], over: str, line: Any, why: str
) -> None:
    unit = opened(alike, tmp_path / "cache", 2)
    find: Callable[..., Any] = split
    with pytest.raises(UserError, match=why):
        find(unit, None, "", over, *line)
    assert not asked
