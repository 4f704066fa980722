"""What a run says of itself where a number alone would mislead: slips, duplicates, precision."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from factories import sheet_of
from field_folder import field_folder

from bcviewer.core.evidence.compare_phy import compare_phy
from bcviewer.core.evidence.presence import kept_time
from bcviewer.core.evidence.recording import Recording, UnitData
from bcviewer.core.evidence.shape import unmeasured
from bcviewer.core.run.phy import PhyState
from bcviewer.core.run.run import Run
from bcviewer.core.sheet.explain import explain, headline
from bcviewer.errors import CancelledError
from bcviewer.io import names
from bcviewer.io.results.bombcell import read_run
from bcviewer.io.results.find import find_runs
from bcviewer.io.spikes import emptied as module
from bcviewer.io.spikes.emptied import count_emptied
from bcviewer.io.spikes.recording import open_recording

Field = Callable[[str], Run]


@pytest.fixture
def field(shared: Path, tmp_path: Path) -> Field:
    """Return a function that makes one of ``make_field.py``'s folders and reads its run."""

    def make(case: str) -> Run:
        return read_run(find_runs(str(field_folder(shared, tmp_path, case)))[0])

    return make


def test_a_fraction_for_a_percentage_is_pointed_at(field: Field) -> None:
    run = field("fraction_for_percent")
    (said,) = [str(issue) for issue in run.issues if "default" in str(issue)]
    assert "maxPercSpikesMissing is 0.2 %; Bombcell's default is 20 %." in said
    assert said.startswith(names.PARAMS_PARQUET)


def test_a_unit_of_duplicates_alone_is_not_without_spikes(field: Field) -> None:
    run = count_emptied(field("all_duplicates"))
    table = sheet_of(run)
    one = run.cluster_id[0]
    ids = np.load(Path(run.provenance.ks_dir) / names.SPIKE_CLUSTERS)
    n = int((ids == one).sum())
    assert n > 1
    assert dict(run.emptied) == {0: n}
    assert table.text("reason", 0) == f"all {n:,} spikes removed as duplicates"
    assert headline(table, 0) == (
        f"All {n:,} spikes removed as duplicates: Bombcell gives it no label."
    )
    notes = {line.note for line in explain(table, 0).lines}
    words = f"all {n:,} spikes removed as duplicates"
    assert words in notes
    assert "no spikes" not in notes
    assert table.text("not_tested", 0) == f"all rules: {words}"
    unit = UnitData(run, 0, cast("Recording", None))
    assert unmeasured(unit) == f"Bombcell measured nothing: {words}"
    assert kept_time(unit).why == words
    assert table.text("classification_reason", 0) == "EMPTY: no spikes"  # the notebook's grammar
    assert (table.text("label", 0), table.text("kept_fraction", 0)) == ("–", "–")


def test_phy_still_has_what_bombcell_removed(field: Field, tmp_path: Path) -> None:
    run = field("all_duplicates")
    identity = compare_phy(run, open_recording(run, tmp_path / "cache"), lambda: None)
    assert identity.state[0] == PhyState.CURRENT
    assert not (identity.state == PhyState.STALE).any()


def emptied(make_run: Any, clusters: Any, templates: Any = None, removed: Any = True) -> Run:
    columns = {"phy_clusterID": [0, 1], "nSpikes": [500.0, 0.0], "nPeaks": [1.0, None]}
    ks_dir = make_run(columns, {"removeDuplicateSpikes": removed, "computeTimeChunks": False})
    for name, ids in ((names.SPIKE_CLUSTERS, clusters), (names.SPIKE_TEMPLATES, templates)):
        if ids is not None:
            np.save(ks_dir / name, np.array(ids))
    return count_emptied(read_run(find_runs(str(ks_dir))[0]))


def said(run: Run) -> str:
    return headline(sheet_of(run), 1).removesuffix(": Bombcell gives it no label.")


def test_what_the_sort_had_of_a_unit_without_spikes(make_run: Any) -> None:
    assert said(emptied(make_run, [0, 1, 1, 0])) == "All 2 spikes removed as duplicates"


def test_the_only_spike(make_run: Any) -> None:
    assert said(emptied(make_run, [[0], [1]])) == "Its only spike removed as duplicates"


def test_phy_moved_the_spikes_since(make_run: Any) -> None:
    assert said(emptied(make_run, [0, 0, 7], [0, 0, 1])) == "Its only spike removed as duplicates"


def test_the_sort_had_none_either(make_run: Any) -> None:
    assert said(emptied(make_run, [0, 0, 0], [0, 0, 2])) == "No spikes"


def test_the_sort_cannot_say(make_run: Any) -> None:
    assert said(emptied(make_run, None)) == "No spikes left after duplicates were removed"


def test_a_run_is_read_without_the_arrays_of_all_spikes(make_run: Any) -> None:
    run = emptied(make_run, [0, 1, 1])
    before = read_run(find_runs(run.provenance.ks_dir)[0])
    assert (dict(before.emptied), dict(run.emptied)) == ({1: -1}, {1: 2})
    assert said(before) == "No spikes left after duplicates were removed"


def test_the_arrays_are_read_in_blocks_that_can_be_ended(
    make_run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_BLOCK", 2)
    checks: list[None] = []
    run = emptied(make_run, [0, 1, 1, 1, 7])
    assert dict(run.emptied) == {1: 3}
    count_emptied(run, lambda: checks.append(None))
    assert len(checks) == 3
    with pytest.raises(CancelledError):
        count_emptied(run, _end)


def _end() -> None:
    raise CancelledError


def test_nothing_is_read_where_nothing_was_removed(make_run: Any) -> None:
    run = emptied(make_run, [0, 1, 1], removed=False)
    assert dict(run.emptied) == {}
    assert said(run) == "No spikes"


def test_few_spikes_have_no_kept_time(make_run: Any) -> None:
    columns = {
        "phy_clusterID": [0, 1],
        "nSpikes": [500.0, 20.0],
        "nPeaks": [1.0, None],
        "useTheseTimesStart": [0.0, None],
        "useTheseTimesStop": [10.0, None],
    }
    ks_dir = make_run(columns, {"computeTimeChunks": False, "ephys_sample_rate": 30000.0})
    run = read_run(find_runs(str(ks_dir))[0])
    table = sheet_of(run)
    np.testing.assert_array_equal(table.values("kept_fraction"), [1.0, np.nan])
    words = [fact for fact in explain(table, 1).facts if fact.startswith("kept time")]
    assert words == ["kept time: unknown, Bombcell saved none of this unit"]
