"""Which run a path means beside an open one, and what the two are called."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from factories import make_run

from bcviewer.core.run.run import Provenance, Run
from bcviewer.errors import UserError
from bcviewer.io.comparing.other_run import find_other, titles_of
from bcviewer.io.resources import resource_path
from bcviewer.io.results.find import Search

DEMO = resource_path("demo", "recording_config.json")


def run(results: Path, probe: str = "A", mode: str = "", writer: str = "w") -> Run:
    place = Provenance(
        str(results.parent), str(results), results.parent.name, probe, mode=mode, writer=writer
    )
    return make_run(provenance=place)


def test_names_are_as_short_as_tells_them_apart() -> None:
    one, other = Path("/d/toy/ks_A/bombcell"), Path("/d/variants/strict/ks_A/bombcell")
    assert titles_of(run(one), run(other)) == ("toy", "variants/strict")
    assert titles_of(run(one, mode="batch"), run(one, mode="np20")) == ("batch", "np20")
    assert titles_of(run(one, mode="batch"), run(other, mode="batch")) == ("toy", "variants/strict")
    first, second = one.with_name("bombcell_1"), one.with_name("bombcell_2")
    assert titles_of(run(first), run(second)) == ("bombcell_1", "bombcell_2")
    assert titles_of(run(one), run(one)) == ("/", "/")
    titles = titles_of(run(first), run(second, writer="x"))
    assert titles == ("bombcell_1 · w", "bombcell_2 · x")


def test_the_day_is_that_of_the_table(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("b1", "b2")]
    for folder, name in zip(folders, ("parquet", "csv"), strict=True):
        folder.mkdir()
        table = folder / f"templates._bc_qMetrics.{name}"
        table.touch()
        os.utime(table, (1_700_000_000, 1_700_000_000))  # 14 November 2023, anywhere
    first, second = titles_of(*map(run, folders))
    assert first.startswith(("b1 · 14 ", "b1 · 15 "))
    assert second.endswith(" 2023")


def test_of_a_config_the_same_probe_is_meant_and_never_itself() -> None:
    from bcviewer.io.results.find import find_runs

    places = find_runs(DEMO, mode="batch")
    here = run(places[0].results_dir, places[0].probe)
    other = find_other(DEMO, here, Search())
    assert other.probe == places[0].probe
    assert other.results_dir != places[0].results_dir
    with pytest.raises(UserError, match="is the run that is open"):
        find_other(places[0].results_dir, here, Search())
    stranger = run(Path("/elsewhere/bombcell"), "Q")
    with pytest.raises(UserError, match="has no probe Q; there is: A"):
        find_other(DEMO, stranger, Search())
    with pytest.raises(UserError, match="leads to several runs of this probe") as caught:
        find_other(DEMO, run(Path("/elsewhere/bombcell"), "A"), Search())
    assert "Choose one: " in caught.value.hint
