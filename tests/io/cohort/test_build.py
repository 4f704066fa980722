"""Building a cohort: what is found, read again, gone, refused; and a build that was killed."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from factories import snapshot
from labs import built, content, lab, one_time, runs_in  # noqa: F401 - a fixture

from bcviewer.core.cohort.run_columns import COUNTS, RUN_COLUMNS
from bcviewer.core.cohort.unit_columns import UNIT_COLUMNS
from bcviewer.core.rules.labels import LABEL_NAMES
from bcviewer.errors import UsageError, UserError
from bcviewer.io import names
from bcviewer.io.cohort import place, read_one, to_read
from bcviewer.io.cohort.files import read_rows
from bcviewer.io.cohort.opened import open_cohort
from bcviewer.io.exchange.export import audit_frame
from bcviewer.io.resources import resource_path
from bcviewer.io.results.find import find_runs

TABLE = f"bombcell/{names.UNITS_PARQUET}"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return lab(tmp_path / "lab")


@pytest.fixture
def cohort(root: Path, tmp_path: Path) -> Path:
    built(root, tmp_path / "cohort")
    return tmp_path / "cohort"


def rows(folder: Path) -> list[dict[str, object]]:
    return read_rows(folder)


def statuses(folder: Path) -> list[str]:
    return [str(row["status"]) for row in rows(folder)]


def test_every_run_is_there_with_the_audits_units_and_counts(root: Path, tmp_path: Path) -> None:
    from bcviewer.cli.audit import audit_place

    out = built(root, tmp_path / "cohort")
    assert out.words == "5 runs found: 5 read, 0 unchanged, 0 failed, 0 gone"
    told = {row["results_dir"]: row for row in rows(tmp_path / "cohort")}
    for run in find_runs(root):
        row = told[str(run.results_dir)]
        frame = audit_frame([audit_place(run)])
        part = pq.read_table(tmp_path / "cohort" / row["part"]).to_pandas()
        assert (row["probe"], row["run"]) == (run.probe, run.mode)
        assert set(part["recording"]) == {row["recording"]}
        for name in frame.columns:
            if part[name].dtype == object or frame[name].dtype == object:
                assert part[name].astype(object).where(part[name].notna(), None).tolist() == (
                    frame[name].astype(object).where(frame[name].notna(), None).tolist()
                ), name
            else:
                assert part[name].equals(frame[name].astype(part[name].dtype)), name
        labels = frame["bombcell_label"].tolist()
        assert row["n_units"] == len(frame)
        counted = {name: labels.count(LABEL_NAMES[label]) for label, name in COUNTS.items()}
        assert {name: row[name] for name in counted} == counted


def test_the_files_have_one_schema_and_the_columns_are_in_order(cohort: Path) -> None:
    wanted = [each.name for each in UNIT_COLUMNS]
    for part in (cohort / "units").rglob("*.parquet"):
        assert pq.read_schema(part).names == wanted
    assert pq.read_schema(cohort / names.COHORT_JOINED).names == wanted
    assert pq.read_schema(cohort / names.COHORT_RUNS).names == [each.name for each in RUN_COLUMNS]
    joined = pq.read_table(cohort / names.COHORT_JOINED)
    parts = [pq.read_table(cohort / row["part"]) for row in rows(cohort)]
    assert joined.num_rows == sum(part.num_rows for part in parts)
    assert joined["place"].to_pylist() == [p for part in parts for p in part["place"].to_pylist()]


def test_an_open_cohort_has_the_label_by_the_name_of_other_windows(cohort: Path) -> None:
    units = open_cohort(cohort).units
    assert "label" in units.names()
    assert units.column("label").title == "label"
    assert units.column("bombcell_label").title == "Bombcell's label"
    assert units.values("label").tolist() == units.values("bombcell_label").tolist()


def test_with_nothing_changed_nothing_is_read_and_nothing_written(root: Path, cohort: Path) -> None:
    before = snapshot(cohort)
    out = built(root, cohort)
    assert out.words == "5 runs found: 0 read, 5 unchanged, 0 failed, 0 gone"
    assert snapshot(cohort) == before


def test_what_changed_is_read_again_and_nothing_else(root: Path, cohort: Path) -> None:
    before = snapshot(cohort)
    os.utime(runs_in(root)[2] / TABLE, (0, 1_600_000_000))
    out = built(root, cohort)
    assert out.words == "5 runs found: 1 read, 4 unchanged, 0 failed, 0 gone"
    changed = [name for name, now in snapshot(cohort).items() if before[name] != now]
    assert len([name for name in changed if name.startswith("units/")]) == 1


def test_another_version_of_ours_reads_all_again(
    root: Path, cohort: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (to_read, read_one):
        monkeypatch.setattr(module, "READ_BY", "9.9/1")
    monkeypatch.setattr(to_read.ToRead.__init__, "__defaults__", ("9.9/1",))
    assert built(root, cohort).read == 5


def test_a_part_that_was_taken_away_is_made_again(root: Path, cohort: Path) -> None:
    (cohort / rows(cohort)[3]["part"]).unlink()
    assert built(root, cohort).read == 1


def test_what_is_gone_is_marked_keeps_its_units_and_may_come_back(
    root: Path, cohort: Path, tmp_path: Path
) -> None:
    before = content(cohort)
    away = runs_in(root)[0]
    shutil.move(away, tmp_path / "away")
    out = built(root, cohort)
    assert out.words == "4 runs found: 0 read, 4 unchanged, 0 failed, 1 gone"
    assert sorted(statuses(cohort)) == ["gone"] + ["read"] * 4
    assert {k for k, v in content(cohort).items() if v != before[k]} == {names.COHORT_RUNS}
    shutil.move(tmp_path / "away", away)
    assert built(root, cohort).unchanged == 5
    assert content(cohort) == before


def test_a_root_that_is_not_there_says_so_and_nothing_below_it_is_gone(
    root: Path, cohort: Path, tmp_path: Path
) -> None:
    before = content(cohort)
    shutil.move(root, tmp_path / "unmounted")
    out = built(root, cohort)
    assert [error for error in out.errors if "does not exist" in error] == out.errors != []
    assert content(cohort) == before
    other = lab(tmp_path / "other")
    out = built([root, other], cohort)
    assert (out.read, out.gone, len(out.errors)) == (5, 0, 1)
    assert statuses(cohort) == ["read"] * 10
    assert len({row["part"] for row in rows(cohort)}) == 10


def test_a_run_that_cannot_be_read_is_a_row_with_the_reason_and_has_no_units(
    root: Path, cohort: Path
) -> None:
    part = next(row["part"] for row in rows(cohort) if str(runs_in(root)[1]) in row["ks_dir"])
    (runs_in(root)[1] / TABLE).write_bytes(b"PAR1 no")
    for _ in range(2):  # it is tried again each time
        out = built(root, cohort)
        assert out.words == "5 runs found: 0 read, 4 unchanged, 1 failed, 0 gone"
    failed = next(row for row in rows(cohort) if row["status"] == "failed")
    assert "no table of units can be read" in failed["problem"]
    assert "n_units" not in failed
    assert not (cohort / part).parent.exists()


def test_places_without_results_are_told_and_are_no_failures(root: Path, cohort: Path) -> None:
    shutil.rmtree(runs_in(root)[0] / "bombcell")
    out = built(root, cohort)
    assert out.words.endswith("0 failed, 0 gone; 1 place without a Bombcell run")
    assert out.skipped == [(str(runs_in(root)[0]), "Bombcell has not been run here")]
    assert statuses(cohort).count("skipped") == 1
    shutil.rmtree(runs_in(root)[0])
    built(root, cohort)
    assert statuses(cohort) == ["read"] * 4


def test_what_is_not_looked_into_is_told_and_links_are_not_followed(
    root: Path, tmp_path: Path
) -> None:
    other = lab(tmp_path / "other")
    (root / "elsewhere").symlink_to(other)
    out = built(root, tmp_path / "cohort")
    assert out.read == 5
    assert any("links to folders are not followed" in note for note in out.notes)


def test_roots_that_overlap_count_a_run_once_and_a_cohort_below_a_root_is_no_recording(
    root: Path,
) -> None:
    folder = root / "cohort"
    assert built([root, runs_in(root)[0]], folder).read == 5
    assert built([root, runs_in(root)[0]], folder).unchanged == 5


def test_recordings_of_one_name_below_two_roots_stay_apart(tmp_path: Path) -> None:
    roots = [lab(tmp_path / "a"), lab(tmp_path / "b")]
    out = built(roots, tmp_path / "cohort")
    assert out.read == 10
    told = rows(tmp_path / "cohort")
    assert len({row["place"] for row in told}) == 10
    assert len({(row["recording"], row["probe"], row["run"]) for row in told}) == 5
    assert len({row["recording_key"] for row in told}) == 3


@pytest.mark.parametrize(
    ("where", "what"),
    [
        ("{ks}", "is in a Kilosort directory"),
        ("{ks}/cohort", "is in a Kilosort directory"),
        ("{ks}/bombcell/c", "is in a folder of Bombcell's results"),
        ("{ks}/../cohort", "is in a run mode's folder"),
        ("{tmp}/file", "is no folder"),
        ("{tmp}/nowhere", "a link that leads nowhere"),
        ("{tmp}/loop", "a link that leads nowhere"),
        ("{tmp}/other", "there are files in it, and it is no cohort"),
    ],
)
def test_where_no_cohort_may_be(root: Path, tmp_path: Path, where: str, what: str) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.txt").write_text("x")
    (tmp_path / "nowhere").symlink_to(tmp_path / "nothing")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    before = snapshot(tmp_path)
    with pytest.raises(UsageError, match=what):
        built(root, Path(where.format(ks=runs_in(root)[0], tmp=tmp_path)))
    assert snapshot(tmp_path) == before


def test_a_folder_of_probes_and_the_demo_are_not_written_to(tmp_path: Path) -> None:
    (tmp_path / "kilosort4_A").mkdir()
    with pytest.raises(UsageError, match="is in a recording's folder"):
        place.check_output(tmp_path / "cohort")
    with pytest.raises(UsageError, match="demo recording is not written to"):
        place.check_output(resource_path("demo") / "c")


def test_a_cohort_of_a_later_version_is_left_alone(root: Path, cohort: Path) -> None:
    (cohort / names.COHORT_FILE).write_text(json.dumps({"cohort": 2}))
    before = snapshot(cohort)
    for act in (lambda: built(root, cohort), lambda: open_cohort(cohort)):
        with pytest.raises(UserError, match=r"another version of bcviewer \(format 2\)"):
            act()
    assert snapshot(cohort) == before


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"cohort": "1"}', "[" * 100_000, "\xff"])
def test_what_is_no_mark_of_a_cohort(tmp_path: Path, text: str) -> None:
    (tmp_path / names.COHORT_FILE).write_text(text, "latin-1")
    assert not place.is_cohort(tmp_path)


@pytest.mark.parametrize("link", ["units", "units/{part}", names.COHORT_RUNS, names.COHORT_JOINED])
def test_a_link_in_a_cohort_is_not_followed(
    root: Path, cohort: Path, tmp_path: Path, link: str
) -> None:
    aside = tmp_path / "aside"
    aside.mkdir()
    at = cohort / (rows(cohort)[0]["part"] if "part" in link else link)
    (shutil.rmtree if at.is_dir() else os.unlink)(at)
    target = aside if link == "units" else aside / "file"
    at.symlink_to(target)
    with pytest.raises(UserError, match="is a link, and is not followed"):
        built(root, cohort)
    assert list(aside.iterdir()) == []


def test_names_become_paths_that_every_system_takes() -> None:
    name = place.part_name("a/b=ü.", "", "x" * 100, "0" * 12)
    assert name == (
        f"units/recording=a%2Fb%3D%C3%BC%2E/probe=__HIVE_DEFAULT_PARTITION__/"
        f"run={'x' * 60}.{'0' * 12}/part.parquet"
    )
    assert "%" not in place.part_name("x" * 58 + "ü", "A", "r", "0").split("/")[1]


def test_what_a_table_of_others_names_is_not_removed(
    root: Path, cohort: Path, tmp_path: Path
) -> None:
    victim = tmp_path / "part.parquet"
    victim.write_bytes(b"a thesis")
    table = pq.read_table(cohort / names.COHORT_RUNS)
    parts = table["part"].to_pylist()
    assert all(place.is_part_name(part) for part in parts)
    for bad in (
        "../part.parquet",
        "units/../../part.parquet",
        "units/recording=a/../../part.parquet",
        "units/recording=..\\../probe=a/run=b/part.parquet",
        str(victim),
    ):
        column = pa.array([bad, *parts[1:]], pa.string())
        at = table.schema.get_field_index("part")
        pq.write_table(table.set_column(at, "part", column), cohort / names.COHORT_RUNS)
        assert built(root, cohort).read == 1
        assert victim.read_bytes() == b"a thesis"
        assert [row["part"] for row in rows(cohort)] == parts


class Killed(BaseException):
    """What ends a process at any moment."""


@pytest.mark.usefixtures("one_time")
def test_a_build_that_is_ended_at_any_write_goes_on_to_the_same_bytes(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one that is killed: what was being written is left behind."""
    built(root, tmp_path / "whole")
    wanted = content(tmp_path / "whole")
    rename = Path.replace
    writes = 0

    def counted(path: Path, target: Path) -> Path:
        nonlocal writes
        writes -= 1
        if writes < 0:
            shutil.copyfile(path, path.with_name(f"{path.name}.left"))
            raise Killed
        return rename(path, target)

    monkeypatch.setattr(Path, "replace", counted)
    for last in range(8):  # the mark, five parts, the runs, the units of all
        folder = tmp_path / f"killed{last}"
        writes = last
        with pytest.raises(Killed):
            built(root, folder)
        assert place.is_unfinished(folder)
        with pytest.raises(UserError):
            open_cohort(folder)
        writes = 99
        assert built(root, folder).read == 5 - max(0, min(last - 1, 5))
        assert content(folder) == wanted
        assert sorted(p.name for p in folder.iterdir()) == sorted(
            {name.split("/")[0] for name in wanted}
        )


@pytest.mark.usefixtures("one_time")
def test_parts_that_a_killed_build_left_and_nobody_names_go(
    root: Path, cohort: Path, tmp_path: Path
) -> None:
    wanted = content(cohort)
    stray = cohort / "units" / "recording=x" / "probe=A" / "run=y.0" / names.COHORT_PART
    stray.parent.mkdir(parents=True)
    stray.write_bytes(b"PAR1 cut off")
    (cohort / names.COHORT_NEW).mkdir()
    assert built(root, cohort).unchanged == 5
    assert content(cohort).keys() == wanted.keys()
    assert not stray.parents[2].exists()


def test_a_disk_that_is_full_ends_the_build_with_one_line(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, data: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(place, "_write", full)
    with pytest.raises(UserError, match="cannot be written: No space left on device"):
        built(root, tmp_path / "cohort")


def test_a_worker_of_another_version_is_refused(root: Path, tmp_path: Path) -> None:
    task = to_read.task_of(find_runs(root)[0], tmp_path)
    with pytest.raises(UserError, match=r"Install the same version everywhere"):
        read_one.read_one(replace(task, read_by="0.0/1"))


def test_what_nobody_expected_is_a_failed_row(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("by nobody\nexpected")

    monkeypatch.setattr(read_one, "read_run", broken)
    out = built(root, tmp_path / "cohort")
    assert len(out.failed) == 5
    assert out.failed[0][1] == "unexpected RuntimeError: by nobody expected"


def test_times_are_those_of_the_parts(cohort: Path) -> None:
    for row in rows(cohort):
        written = (cohort / row["part"]).stat().st_mtime
        assert datetime.fromisoformat(row["read_at"]).timestamp() == int(written)
