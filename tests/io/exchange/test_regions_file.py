"""Regions of interest written into a config: planned, shown, and refused where that is not safe."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from bcviewer.core.run.region import Region
from bcviewer.errors import UserError
from bcviewer.io.exchange.apply_plan import apply_plan
from bcviewer.io.exchange.regions_file import plan_regions
from bcviewer.io.results.config import read_config

TEXT = """{
  "recording_name": "rec",
  "recordings_root": ".",
  "probe_stream_names": {"A": "x.ProbeA-AP", "B": "x.ProbeB-AP"},
  "probe_recording_roi": {"A": 180}
}
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "recording_config.json"
    path.write_text(TEXT)
    return path


def test_what_is_planned_is_written_and_the_file_of_before_stays(config: Path):
    config.chmod(0o640)
    sets = [("rec/kilosort4_A", Region(0.0, 480.0)), ("rec/ProbeB-AP", Region(0.0, 99.5))]
    found = plan_regions(config, sets)
    assert found.changes == ("A: 180 → 480 µm", "B: none → 99.5 µm")
    assert found.left_out == ()
    assert config.read_text() == TEXT, "nothing is written yet"
    done = apply_plan(found.plan)
    assert config.read_text() == TEXT.replace('"A": 180', '"A": 480, "B": 99.5')
    assert config.stat().st_mode & 0o777 == 0o640 or os.name == "nt"
    assert [path.read_text() for path in done.backups] == [TEXT]
    assert done.backups[0].parent == config.parent


def test_what_a_config_cannot_say_is_left_out_or_refused(config: Path):
    sets = [("kilosort4_A", Region(10.0, 480.0)), ("kilosort4_B", Region(0.0, 50.0))]
    found = plan_regions(config, sets)
    assert found.left_out == ("A: 10–480 µm: a config holds a length from the tip only",)
    with pytest.raises(UserError, match="nothing to write: A: 10–480 µm"):
        plan_regions(config, sets[:1])
    with pytest.raises(UserError, match="nothing to write: it says the same"):
        plan_regions(config, [("kilosort4_A", Region(0.0, 180.0))])


def test_a_config_that_would_not_be_read_again_is_not_written(config: Path):
    sets = [("kilosort4_A", Region(0.0, 0.04)), ("kilosort4_B", Region(0.0, 50.0))]
    found = plan_regions(config, sets)
    assert found.left_out == ("A: 0–0 µm: a config holds tenths of a µm",)
    apply_plan(found.plan)
    assert read_config(config).roi_um == {"A": 180.0, "B": 50.0}


def test_several_sorts_of_a_probe_have_one_line_and_differing_ones_none(config: Path):
    sets = [("kilosort4_A", Region(0.0, 90.0)), ("kilosort25_A", Region(0.0, 90.0))]
    assert plan_regions(config, sets).changes == ("A: 180 → 90 µm",)
    with pytest.raises(UserError, match="A: 0–90 µm, 0–80 µm: its sorts differ"):
        plan_regions(config, [*sets, ("rec/ProbeA-AP", Region(0.0, 80.0))])


def test_one_that_changed_meanwhile_is_not_written_over(config: Path):
    found = plan_regions(config, [("kilosort4_A", Region(0.0, 480.0))])
    config.write_text(TEXT.replace('"rec"', '"other"'))
    with pytest.raises(UserError, match="has changed since the preview"):
        apply_plan(found.plan)
    assert json.loads(config.read_text())["probe_recording_roi"] == {"A": 180}
    assert [path.name for path in config.parent.iterdir()] == [config.name]


def test_a_link_and_what_is_no_file_are_refused(config: Path):
    region = [("kilosort4_A", Region(0.0, 480.0))]
    link = config.with_name("link.json")
    link.symlink_to(config)
    folder = config.with_name("folder.json")
    folder.mkdir()
    for path in (link, folder):
        with pytest.raises(UserError, match="not a plain file"):
            plan_regions(path, region)
    with pytest.raises(UserError, match="not there any more"):
        plan_regions(config.with_name("gone.json"), region)
    assert config.read_text() == TEXT
