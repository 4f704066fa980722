"""Which units are similar: by Kilosort's file as phy takes it, or computed, on disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from spike_folders import run_of, write_spikes

from bcviewer.core.run.unit_ids import UnitIds
from bcviewer.errors import UserError
from bcviewer.io import names
from bcviewer.io.spikes import recording as recordings
from bcviewer.io.spikes import waveforms
from bcviewer.io.spikes.recording import KilosortRecording, open_recording

N = 8
SPIKES = 20


def sorted_folder(tmp_path: Path, n: int) -> Path:
    """Write the spikes of some units, which take turns."""
    which = np.arange(n * SPIKES) % n
    return write_spikes(
        tmp_path / "kilosort4_A",
        spike_times=30 * np.arange(n * SPIKES),
        spike_templates=which,
        spike_clusters=which,
    )


def recluster(folder: Path, unit: int, into: tuple[int, ...]) -> None:
    """Give the spikes of a unit to others in turn, as phy merges (one) and splits (two)."""
    clusters = np.load(folder / names.SPIKE_CLUSTERS)
    where = np.flatnonzero(clusters == unit)
    clusters[where] = np.resize(into, len(where))
    np.save(folder / names.SPIKE_CLUSTERS, clusters)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return eight units, each with a template of its own on its own site and the next ones."""
    out = sorted_folder(tmp_path, N)
    rng = np.random.default_rng(5)
    templates = np.zeros((N, 21, N), np.float32)
    for i in range(N):
        for away in range(3):
            templates[i, 8:12, (i + away) % N] = -(3.0 - away)
    np.save(out / names.TEMPLATES, templates + rng.normal(0, 0.1, templates.shape))
    similar = rng.random((N, N)).astype(np.float32)
    similar = (similar + similar.T) / 2
    np.fill_diagonal(similar, 1.0)
    np.save(out / names.SIMILAR_TEMPLATES, similar)
    return out


def opened(folder: Path, made: tuple[int, ...] = (), n: int = N) -> KilosortRecording:
    """Open the arrays of a folder; ``made`` are ids of units that phy made, its last rows."""
    columns = {"nSpikes": [float(SPIKES)] * n, "maxChannels": np.arange(float(n))}
    run = run_of(folder, range(n), columns)
    recording = open_recording(run, folder.parent / "cache")
    return recording.with_ids(UnitIds(np.append(run.cluster_id, made).astype(np.int64)))


def by_phy(similar: Any, clusters: dict[int, list[int]], unit: int, others: list[int]) -> list[int]:
    """Return the likest clusters as phy ranks them: by the largest number of their templates."""
    value = {
        other: max(similar[a, b] for a in clusters[unit] for b in clusters[other])
        for other in others
    }
    return sorted(others, key=lambda other: -value[other])[:5]


def test_by_kilosorts_numbers(folder: Path) -> None:
    similar = np.load(folder / names.SIMILAR_TEMPLATES)
    recording = opened(folder)
    clusters = {i: [i] for i in range(N)}
    for row in range(N):
        found = recording.similar(row)
        others = [i for i in range(N) if i != row]
        assert found.rows.tolist() == by_phy(similar, clusters, row, others)
        assert found.values.tolist() == pytest.approx(similar[row, found.rows].tolist())
        assert found.by_kilosort
        assert found.source == "Kilosort's numbers (similar_templates.npy)."


def test_units_that_phy_merged_and_split(folder: Path) -> None:
    """8 is 2 and 3; 9 and 10 are halves of 5: ids that are no templates."""
    similar = np.load(folder / names.SIMILAR_TEMPLATES)
    for unit, into in ((2, (8,)), (3, (8,)), (5, (9, 10))):
        recluster(folder, unit, into)
    recording = opened(folder, (8, 9, 10))
    clusters = {0: [0], 1: [1], 4: [4], 6: [6], 7: [7], 8: [2, 3], 9: [5], 10: [5]}
    for unit in clusters:
        others = [other for other in clusters if other != unit]
        found = recording.similar(unit)
        expected = by_phy(similar, clusters, unit, others)
        assert found.rows.tolist() == expected, unit
    said = "; of a unit that phy made, the largest of its templates'."
    assert all(recording.similar(unit).source.endswith(said) for unit in (8, 9))
    assert recording.similar(9).rows[0] == 10  # the other half: of the same template
    assert recording.similarity(9, 10) == similar[5, 5]
    assert recording.similarity(8, 1) == max(similar[2, 1], similar[3, 1])
    # 2, 3 and 5 are not there any more, and what holds the spikes of 2 is no other unit
    for gone, without in ((2, {2, 3, 5, 8}), (5, {2, 3, 5, 9, 10})):
        assert not without & set(recording.similar(gone).rows.tolist())
        assert len(recording.similar(gone).rows) == 5


def test_computed_where_there_are_no_numbers(folder: Path) -> None:
    (folder / names.SIMILAR_TEMPLATES).unlink()
    for unit in (2, 3):
        recluster(folder, unit, (8,))
    templates = np.load(folder / names.TEMPLATES).astype(float).reshape(N, -1)
    recording = opened(folder, (8,))
    shape = {i: templates[i] for i in range(N) if i not in (2, 3)} | {8: templates[2:4].mean(0)}
    for row, own in shape.items():
        cosines = {
            other: float(own @ theirs / np.linalg.norm(own) / np.linalg.norm(theirs))
            for other, theirs in shape.items()
            if other != row
        }
        ranked = [i for i in sorted(cosines, key=lambda i: -cosines[i]) if cosines[i] > 0][:5]
        found = recording.similar(row)
        assert found.rows.tolist() == ranked
        assert found.values.tolist() == pytest.approx([cosines[i] for i in ranked], abs=1e-5)
        assert not found.by_kilosort
        assert "cosine" in found.source
        assert found.source.endswith("similar_templates.npy: not there.")


def test_few_templates_are_read_where_each_takes_the_whole_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / names.SIMILAR_TEMPLATES).unlink()
    templates = np.load(folder / names.TEMPLATES)
    monkeypatch.setattr(recordings, "MOST_BYTES", 3 * templates.nbytes)
    monkeypatch.setattr(recordings, "FEWEST", 2)
    assert "with 7 other units" in opened(folder).similar(0).source
    np.save(folder / names.TEMPLATES, np.asfortranarray(templates))
    assert "with the 3 of 7 other units whose peak" in opened(folder).similar(0).source
    monkeypatch.setattr(recordings, "MOST_BYTES", 1)
    assert "with the 2 of 7 other units" in opened(folder).similar(0).source


def test_templates_are_kept_as_long_as_the_file_is_the_same(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    templates = np.load(folder / names.TEMPLATES)
    monkeypatch.setattr(waveforms, "_KEPT_BYTES", 2 * templates[0].nbytes)
    recording, reads = opened(folder), []
    row = recording._templates._rows.row
    monkeypatch.setattr(recording._templates._rows, "row", lambda i: reads.append(i) or row(i))
    for template in (0, 1, 0, 2, 0, 1):
        assert np.array_equal(recording.template(template).values, templates[template])
    assert reads == [0, 1, 2, 1]  # the one that was wanted least recently goes
    other = templates[::-1, :, :-1]
    np.save(folder / names.TEMPLATES, other)
    assert np.array_equal(recording.template(0).values, other[0])


ODD: dict[str, tuple[Any, str]] = {
    "not square": (np.ones((N, N + 1)), "has shape (8, 9), and should have"),
    "too few": (np.ones((3, 3)), "has 3 templates, templates.npy 8: which is which is not known"),
    "too many": (np.ones((99, 99)), "has 99 templates, templates.npy 8"),
    "a line": (np.ones(N), "has 1 dimensions"),
    "a cube": (np.ones((2, 2, 2)), "has 3 dimensions"),
    "none": (np.ones((0, 0)), "has 0 templates"),
    "zeros": (np.zeros((N, N)), "has no number above 0 for template 1"),
    "no numbers": (np.full((N, N), np.nan), "has no number above 0 for template 1"),
    "infinite": (np.full((N, N), np.inf), "has no number above 0 for template 1"),
    "negative": (-np.ones((N, N)), "has no number above 0 for template 1"),
    "words": (np.full((N, N), "x"), "holds <U1, not numbers"),
    "objects": (np.full((N, N), None), "holds Python objects and was not opened"),
}


@pytest.mark.parametrize("odd", list(ODD))
def test_an_odd_file_is_named_and_not_believed(folder: Path, odd: str) -> None:
    values, said = ODD[odd]
    np.save(folder / names.SIMILAR_TEMPLATES, values, allow_pickle=True)
    found = opened(folder).similar(1)
    assert not found.by_kilosort
    assert "similar_templates.npy: " + said in found.source
    assert 0 in found.rows


@pytest.mark.parametrize("content", [b"", b"no array", b"\x93NUMPY\x01\x00"])
def test_a_broken_file_is_named(folder: Path, content: bytes) -> None:
    (folder / names.SIMILAR_TEMPLATES).write_bytes(content)
    found = opened(folder).similar(1)
    assert "similar_templates.npy: " in found.source
    assert len(found.rows) > 0


def test_a_cut_file_is_not_believed(folder: Path) -> None:
    path = folder / names.SIMILAR_TEMPLATES
    path.write_bytes(path.read_bytes()[:-4])
    assert "similar_templates.npy: cut off" in opened(folder).similar(1).source


def test_some_numbers_may_be_missing(folder: Path) -> None:
    similar = np.load(folder / names.SIMILAR_TEMPLATES)
    similar[1, [0, 2, 3]] = np.nan, np.inf, -np.inf
    np.save(folder / names.SIMILAR_TEMPLATES, similar)
    recording = opened(folder)
    assert set(recording.similar(1).rows.tolist()) == {4, 5, 6, 7}
    assert np.isnan(recording.similarity(1, 0))


def test_one_unit_has_nobody(tmp_path: Path) -> None:
    alone = sorted_folder(tmp_path, 1)
    np.save(alone / names.SIMILAR_TEMPLATES, np.ones((1, 1)))
    np.save(alone / names.TEMPLATES, np.ones((1, 5, 4)))
    found = opened(alone, n=1).similar(0)
    assert (len(found.rows), len(found.values), found.by_kilosort) == (0, 0, True)
    (alone / names.SIMILAR_TEMPLATES).unlink()
    assert len(opened(alone, n=1).similar(0).rows) == 0


def test_rows_without_an_id_without_spikes_and_double_ones(folder: Path) -> None:
    columns = {"nSpikes": [float(SPIKES)] * N, "maxChannels": np.arange(float(N))}
    run = run_of(folder, [0, 1, 2, -1, 4, 0, 400, 7], columns)
    recording = open_recording(run, folder.parent / "cache")
    assert set(recording.similar(1).rows.tolist()) == {0, 2, 4, 5, 7}  # 400 has no spikes
    assert set(recording.similar(0).rows.tolist()) == {1, 2, 4, 7}  # row 5 is the same unit
    with pytest.raises(UserError, match="no id"):
        recording.similar(3)
    with pytest.raises(UserError, match="Unit 400 has no spikes"):
        recording.similar(6)


def test_without_spikes_there_is_nothing_to_compare(folder: Path) -> None:
    (folder / names.SPIKE_TIMES).unlink()
    with pytest.raises(UserError, match=r"spike_times\.npy: not there"):
        opened(folder).similar(1)


def test_templates_that_are_not_there_are_no_reason_to_doubt_the_file(folder: Path) -> None:
    (folder / names.TEMPLATES).unlink()
    assert opened(folder).similar(1).by_kilosort
    (folder / names.SIMILAR_TEMPLATES).unlink()
    said = r"similar_templates\.npy: not there\. templates\.npy: not there\."
    with pytest.raises(UserError, match=said):
        opened(folder).similar(1)
