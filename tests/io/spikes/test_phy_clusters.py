"""Which units phy merged, split or made, by its clusters alone: as the window finds it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from spike_folders import listing, run_of, some_spikes, write_spikes

from bcviewer.core.evidence.compare_phy import compare_phy
from bcviewer.core.run.run import Run
from bcviewer.core.run.saved_in_phy import SavedInPhy
from bcviewer.io import names
from bcviewer.io.spikes import index_build
from bcviewer.io.spikes.phy_clusters import saved_in_phy
from bcviewer.io.spikes.recording import open_recording

GONE, MADE = frozenset({1, 2, 3}), frozenset({6, 7, 8})


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Return a run of six units, of which phy merged 1 and 2 to 6, and split 3 to 7 and 8."""
    arrays = some_spikes()
    folder = write_spikes(tmp_path / "ks", **arrays)
    counts = np.bincount(arrays["spike_templates"], minlength=6).astype(float)
    return run_of(folder, range(6), {"nSpikes": counts})


def ks_dir(run: Run) -> Path:
    return Path(run.provenance.ks_dir)


def test_it_is_what_the_window_finds(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = listing(ks_dir(run))
    whole = compare_phy(run, open_recording(run, tmp_path / "cache"), lambda: None)
    assert saved_in_phy(run) == SavedInPhy.of(whole) == SavedInPhy(GONE, MADE)
    monkeypatch.setattr(index_build, "BLOCK", 7)
    assert saved_in_phy(run) == SavedInPhy(GONE, MADE)
    assert listing(ks_dir(run)) == before


def test_where_phy_changed_nothing(run: Run) -> None:
    templates = (ks_dir(run) / names.SPIKE_TEMPLATES).read_bytes()
    (ks_dir(run) / names.SPIKE_CLUSTERS).write_bytes(templates)
    assert saved_in_phy(run) == SavedInPhy()


def test_without_clusters_there_was_no_phy(run: Run, tmp_path: Path) -> None:
    (ks_dir(run) / names.SPIKE_CLUSTERS).unlink()
    assert saved_in_phy(run) is None
    for elsewhere in (tmp_path / "none", tmp_path / "ks" / names.SPIKE_TIMES, Path("a\0b")):
        assert saved_in_phy(run_of(elsewhere, range(6))) is None


def test_without_units_nothing_can_be_gone(tmp_path: Path) -> None:
    assert saved_in_phy(run_of(write_spikes(tmp_path / "ks", **some_spikes(0)), [])) is None


def test_clusters_that_cannot_be_read_are_not_guessed(run: Run) -> None:
    path = ks_dir(run) / names.SPIKE_CLUSTERS
    good = path.read_bytes()
    for damage in (b"", good[:-8], b"no numbers"):
        path.write_bytes(damage)
        assert saved_in_phy(run).why.startswith(names.SPIKE_CLUSTERS), damage
    np.save(path, np.array([{"a": 1}] * 400, object), allow_pickle=True)
    assert saved_in_phy(run).why.startswith(names.SPIKE_CLUSTERS)
    path.write_bytes(good)
    (ks_dir(run) / names.SPIKE_TIMES).unlink()
    assert saved_in_phy(run).why.startswith(names.SPIKE_TIMES)


def test_without_templates_nobody_knows_who_made_a_cluster(run: Run) -> None:
    (ks_dir(run) / names.SPIKE_TEMPLATES).unlink()
    found = saved_in_phy(run)
    assert (found.gone, found.made) == (GONE, MADE)
    assert names.SPIKE_TEMPLATES in found.who_made
