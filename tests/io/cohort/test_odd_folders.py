"""Cohorts of hostile folders, and of folders as people have them: each problem in one line."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from labs import built

from bcviewer.cli.audit import audit_place
from bcviewer.core.audit.summary import class_counts
from bcviewer.core.cohort.run_columns import COUNTS
from bcviewer.io.cohort.files import read_rows
from bcviewer.io.cohort.opened import open_cohort
from bcviewer.io.results.find import Search, every_run

pytestmark = pytest.mark.slow

BROKEN = {
    "truncated_parquet_no_csv": "no table of units can be read",
    "missing_qmetrics": "no table of units",
    "empty_bombcell_folder": "no table of units",
    "parquet_bomb": "more than",
}
ODD = {
    "truncated_parquet": "Read from the CSV",
    "missing_params": "no parameters can be read",
    "zero_rows": "no units in the table",
    "missing_columns": "no column nPeaks",
    "odd_labels": "labels that Bombcell spells otherwise",
    "duplicate_ids": "3",
    "truncated_npy": "templates.npy",
}


def check_counts(root: Path, folder: Path) -> dict[str, dict[str, object]]:
    """Hold every row against an audit of its run, and return the rows by folder."""
    rows = {str(row["results_dir"]): row for row in read_rows(folder)}
    for run in every_run(root, Search()).runs:
        row = rows.get(str(run.results_dir))
        if row is None or row["status"] != "read":
            continue
        sheet = audit_place(run)
        counted = class_counts(sheet.bombcell_labels)
        assert row["n_units"] == sheet.n_units
        assert {n: row[n] for n in COUNTS.values()} == {
            name: counted.get(label, 0) for label, name in COUNTS.items()
        }
    for row in rows.values():
        assert "\n" not in str(row.get("problem", ""))
        assert all(str(value).isprintable() for value in row.values())
    return rows


@pytest.mark.long
def test_hostile_folders(hostile: Path, tmp_path: Path) -> None:
    built(hostile, tmp_path / "cohort")
    rows = check_counts(hostile, tmp_path / "cohort")
    by_case: dict[str, list[dict[str, object]]] = {}
    for row in rows.values():
        case = Path(str(row["results_dir"])).relative_to(hostile).parts[0]
        by_case.setdefault(case, []).append(row)
    cases = {path.name for path in hostile.iterdir() if path.is_dir()}
    assert set(by_case) == cases
    for case, words in BROKEN.items():
        (row,) = by_case[case]
        assert (row["status"], words in str(row["problem"])) == ("failed", True), (case, row)
    for case, words in ODD.items():
        (row,) = by_case[case]
        assert (row["status"], words in str(row["problem"])) == ("read", True), (case, row)
    assert by_case["never_run"][0]["status"] == "skipped"
    assert len(by_case["staging_root"]) > 3
    assert not list(Path(tempfile.gettempdir()).glob("PWNED_*"))
    cohort = open_cohort(tmp_path / "cohort")
    values = cohort.units.values("presenceRatio")
    assert len(values) == sum(int(row["n_units"]) for row in cohort.runs)
    table = pq.read_table(tmp_path / "cohort" / "units.parquet")
    assert "dictionary" not in str(table.schema)


@pytest.mark.long
def test_folders_as_people_have_them(field: Path, tmp_path: Path) -> None:
    built(field, tmp_path / "cohort")
    rows = check_counts(field, tmp_path / "cohort")
    called = {
        Path(str(row["results_dir"])).relative_to(field).parts[0]: [] for row in rows.values()
    }
    for row in rows.values():
        case = Path(str(row["results_dir"])).relative_to(field).parts[0]
        called[case].append((row["recording"], row["probe"], row["run"], row["status"]))
    assert {(probe, run) for _, probe, run, _ in called["dated_runs"]} == {
        ("A", "batch_20260218"),
        ("B", "batch_20260218"),
        ("C", "batch_20260218"),
        ("B", "single_probe_20260218"),
    }
    assert {probe for _, probe, _, _ in called["spikeglx"]} == {"imec0", "imec1"}
    assert {probe for _, probe, _, _ in called["openephys"]} == {"ProbeA-AP", "ProbeB-AP"}
    assert {recording for recording, _, _, _ in called["sorter_output"]} == {"session0", "session1"}
    (gone,) = called["exported_only"]
    assert gone[3] == "failed"
    again = built(field, tmp_path / "cohort")
    assert again.read == 0
