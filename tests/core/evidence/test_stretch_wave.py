"""The mean raw waveform of a stretch over the saved one: sample by sample, or it says why not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from raw_recording import extract_by_bombcell, write_raw_recording

from bcviewer.core.evidence.raw_spikes import RawSpikes, raw_spikes
from bcviewer.core.evidence.stretch_wave import mean_over
from bcviewer.core.evidence.waveform import Picture, picture
from bcviewer.core.run.stretch import Stretch


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Picture, RawSpikes, RawSpikes]:
    folder: Path = tmp_path_factory.mktemp("raw")
    recording = write_raw_recording(folder)
    extract_by_bombcell(recording)
    unit = recording.unit()
    part = replace(unit, stretch=Stretch(2.0, 7.0))
    return picture(unit), raw_spikes(unit, ""), raw_spikes(part, "")


def test_the_whole_s_mean_lies_on_the_saved_one_and_a_part_s_is_its_own(
    made: tuple[Picture, RawSpikes, RawSpikes],
) -> None:
    drawn, whole, part = made
    mean, why = mean_over(drawn, whole)
    assert why == ""
    assert drawn.raw is not None
    np.testing.assert_allclose(mean, drawn.raw[:, 0], rtol=1e-4, atol=1e-3)
    mean, why = mean_over(drawn, part)
    assert why == ""
    np.testing.assert_array_equal(mean, part.mean[:, 0])
    assert not np.allclose(mean, drawn.raw[:, 0])


def test_what_cannot_be_drawn_over_it_says_why(
    made: tuple[Picture, RawSpikes, RawSpikes],
) -> None:
    drawn, _, part = made
    other = replace(part.view, unit="raw units")
    for found, over, words in (
        (replace(part, mean="no spike is taken for it."), drawn, "no spike is taken for it"),
        (part, replace(drawn, raw=None), "saved no raw waveform"),
        (replace(part, mean=part.mean[:-1]), drawn, "cut otherwise"),
        (part, replace(drawn, channels=drawn.channels + 1), "cut otherwise"),
        (replace(part, view=other), drawn, "its unit is another"),
    ):
        mean, why = mean_over(over, found)
        assert mean is None
        assert words in why
