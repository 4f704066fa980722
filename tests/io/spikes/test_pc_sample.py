"""A sample of first components: whose they are, and of which channel."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bcviewer.errors import UserError
from bcviewer.io import names
from bcviewer.io.spikes import pc_sample
from bcviewer.io.spikes.pc_sample import main_components
from bcviewer.io.spikes.spike_files import find_spike_files

N, NEAR = 4_000, 3


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a sort of two templates whose components say spike, component and channel."""
    templates = (np.arange(N) % 4 == 0).astype(np.int32)  # unit 1 has a quarter
    np.save(tmp_path / names.SPIKE_TIMES, 30 * np.arange(N))
    for name in (names.SPIKE_TEMPLATES, names.SPIKE_CLUSTERS):
        np.save(tmp_path / name, templates)
    values = np.arange(N)[:, None, None] + np.array([[0.0, 0.25, 0.5], [0.1, 0.35, 0.6]])
    np.save(tmp_path / names.PC_FEATURES, values.astype(np.float32))
    np.save(tmp_path / names.PC_FEATURE_CHANNELS, np.array([[0, 1, 2], [5, 7, 6]]))
    return tmp_path


def sample(folder: Path, unit: int = 1, channel: int = 7) -> np.ndarray:
    return main_components(
        folder, find_spike_files(folder, folder, duplicates=False), unit, channel
    )


@pytest.mark.parametrize("in_block", [500, 100_000])
def test_they_are_of_the_unit_and_the_channel_from_all_of_the_recording(
    folder: Path, monkeypatch: pytest.MonkeyPatch, in_block: int
) -> None:
    monkeypatch.setattr(pc_sample, "IN_BLOCK", in_block)
    found = sample(folder)
    assert 50 < len(found) <= pc_sample.MOST
    spikes = found - 0.25  # the first component, of the second channel that is near
    np.testing.assert_array_equal(spikes % 4, 0)
    assert spikes.min() < N / 10
    assert spikes.max() > N * 0.9


def test_what_cannot_be_used_is_named(folder: Path) -> None:
    with pytest.raises(UserError, match=r"pc_feature_ind\.npy: has not the main channel of unit 1"):
        sample(folder, channel=4)
    values = np.load(folder / names.PC_FEATURES)
    for other in (
        values[:-1],
        np.asfortranarray(values),
        values[:, :, :2],
        values[:, :0],  # seen: no plot of any unit could be computed beside Why
    ):
        np.save(folder / names.PC_FEATURES, other)
        with pytest.raises(UserError, match=r"pc_features\.npy: not of these spikes"):
            sample(folder)
    (folder / names.PC_FEATURES).unlink()
    with pytest.raises(UserError, match=r"pc_features\.npy: not there"):
        sample(folder)
