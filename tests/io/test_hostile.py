"""Every broken, odd and hostile recording has a written outcome; this is where it is written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.skipif(os.name == "nt", reason="resource limits and users are POSIX")

PQ = "templates._bc_qMetrics.parquet"


@dataclass(frozen=True)
class Opens:
    """It opens; each text is in one of its warnings (none are named: there must be none)."""

    units: int
    warns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Refused:
    """It is refused; the text is in the message."""

    message: str


def opens(units: int = 15, *warns: str) -> Opens:
    return Opens(units, warns)


EXPECTED: dict[str, Opens | Refused] = {
    # broken result files
    "truncated_parquet": opens(15, f"{PQ}: damaged", "Read from the CSV."),
    "truncated_parquet_no_csv": Refused(f"no table of units can be read ({PQ}: damaged"),
    "zero_byte_parquet": opens(15, f"{PQ}: empty (zero bytes). Read from the CSV."),
    "missing_params": opens(15, "no parameters can be read"),
    "params_csv_only": opens(15, "_bc_parameters._bc_qMetrics.parquet: not there"),
    "zero_byte_params": opens(15, "_bc_parameters._bc_qMetrics.parquet: empty (zero bytes)"),
    "missing_qmetrics": Refused("Bombcell's run was aborted: bombcell has no table of units"),
    "csv_only": opens(15, f"{PQ}: not there. Read from the CSV."),
    "empty_bombcell_folder": Refused("Bombcell has not been run here, or it wrote nothing"),
    "never_run": Refused("Bombcell has not been run here."),
    "no_kilosort_files": opens(15, "not there: spike_times.npy, spike_clusters.npy"),
    "zero_rows": opens(0, f"{PQ}: no units in the table."),
    "one_unit": opens(1),
    # columns
    "missing_columns": opens(15, f"{PQ}: no column nPeaks."),
    "no_labels": opens(15, "no saved labels (no column bc_unitType)."),
    "no_id_column": opens(15, "The ids are row numbers."),
    "nan_columns": opens(),
    "inf_huge": opens(),
    "odd_dtypes": opens(),
    "duplicate_ids": opens(15, "cluster ids that are there more than once: 3."),
    "missing_units": opens(10),
    "empty_units": opens(),
    "all_empty": opens(),
    # labels
    "odd_labels": opens(
        15,
        "labels that Bombcell spells otherwise (5 units): 'good' (GOOD), 'Good ' (GOOD)",
        "no saved label for 1 of 15 units.",
    ),
    "non_utf8_tsv": opens(),
    "markup_in_text": opens(15, "labels that Bombcell spells otherwise (5 units): '<img src"),
    # parameters
    "params_missing": opens(15, "no threshold maxNPeaks.", "maxScndPeakToTroughRatio_noise"),
    "foreign_paths": opens(),
    # Kilosort's files
    "phy_curated_stale": opens(),
    "truncated_npy": opens(15, "templates.npy: cut off", "amplitudes.npy: empty (zero bytes)"),
    "missing_npy": opens(15, "kilosort4_A: not there: spike_clusters.npy"),
    "zero_spikes": opens(15, "spike_times.npy: no spikes."),
    "sparse_ids": opens(),
    # hostile
    "malicious_params_py": opens(15, "sample_rate: not plain values. They are ignored"),
    "pickle_npy": opens(15, "amplitudes.npy: holds Python objects and was not opened."),
    "pickle_gui_data": opens(),
    "read_only": opens(),
    "no_permission": opens(
        15, f"{PQ}: permission denied. Read from the CSV.", "spike_times.npy: permission denied"
    ),
    "odd_path": opens(),
    "staging_root": opens(60, f"{PQ}: damaged"),
    "parquet_bomb": Refused(f"{PQ}: 200,000,000 rows, more than any recording has units."),
}
FOR_NOBODY = ("no_permission", "read_only")


def where(hostile: Path, case: str) -> Path:
    """Return what a person would open of a case: its folder of probes."""
    folder = hostile / case
    if case == "odd_path":
        (folder,) = (child for child in folder.iterdir() if child.is_dir())
    return folder


def listing(folder: Path) -> dict[str, tuple[int, int, int]]:
    """Return path, size, time and mode of everything below a folder."""
    infos = {str(path): path.lstat() for path in folder.rglob("*")}
    return {path: (info.st_size, info.st_mtime_ns, info.st_mode) for path, info in infos.items()}


def open_cases(hostile: Path, cases: list[str], user: str = "me") -> Any:
    script = Path(__file__).with_name("open_cases.py")
    paths = [str(where(hostile, case)) for case in cases]
    done = subprocess.run(
        [sys.executable, "-W", "error", str(script), user, *paths],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    result = json.loads(done.stdout)
    by_case = dict(zip(cases, result["outcomes"].values(), strict=True))
    return {**result, "outcomes": by_case}


@pytest.fixture(scope="session")
def opened(hostile: Path) -> Any:
    """Open every case once; what it left behind is in the result."""
    before = listing(hostile)
    mine = [case for case in EXPECTED if case not in (*FOR_NOBODY, "parquet_bomb")]
    result = open_cases(hostile, mine)
    bomb = open_cases(hostile, ["parquet_bomb"])
    theirs = open_cases(hostile, ["one_unit", *FOR_NOBODY], "nobody")
    outcomes = {**theirs["outcomes"], **bomb["outcomes"], **result["outcomes"]}
    written = {path for path, info in listing(hostile).items() if before.get(path) != info}
    return {
        "outcomes": outcomes,
        "written": written | (before.keys() - listing(hostile).keys()),
        "peak": max(result["peak"], theirs["peak"]),
        "bomb_peak": bomb["peak"],
        "modules": result["modules"],
        "root": theirs["root"],
    }


def test_every_case_has_an_outcome(shared: Path) -> None:
    script = shared / "make_hostile.py"
    listed = subprocess.run(
        [sys.executable, str(script), "--list"], capture_output=True, text=True, check=True
    )
    lines = listed.stdout.splitlines()
    # One name is as wide as its column, so that its text follows without a blank.
    longest = sorted(EXPECTED, key=len, reverse=True)
    named = [next((case for case in longest if line.startswith(case)), line) for line in lines]
    assert sorted(named) == sorted(EXPECTED)


@pytest.mark.parametrize("case", EXPECTED)
def test_outcome(case: str, opened: Any) -> None:
    outcome = opened["outcomes"][case]
    expected = EXPECTED[case]
    if case == "no_permission" and opened["root"]:
        expected = opens()  # nothing stops root
    for message in (*outcome["warnings"], *outcome["refused"]):
        assert message.isprintable(), "a message is one line of printable characters"
        assert len(message) < 600
    if isinstance(expected, Refused):
        assert outcome["units"] == {}
        (message,) = outcome["refused"]
        assert expected.message in message
        return
    assert sum(outcome["units"].values()) == expected.units
    for text in expected.warns:
        assert any(text in warning for warning in outcome["warnings"]), outcome["warnings"]
    if not expected.warns:
        assert outcome["warnings"] == []


def test_staging_root_lists_what_cannot_be_opened(opened: Any) -> None:
    outcome = opened["outcomes"]["staging_root"]
    assert set(outcome["units"]) == {"kilosort4", "kilosort4_A", "kilosort4_B", "kilosort4_D"}
    assert any("kilosort4_C: Bombcell has not been run here" in r for r in outcome["refused"])
    assert any("kilosort4_E: no Kilosort output" in r for r in outcome["refused"])
    assert not any("kilosort4_F" in r for r in outcome["refused"])


def test_no_code_of_a_recording_ran(opened: Any) -> None:
    assert list(Path(tempfile.gettempdir()).glob("PWNED_*")) == []


def test_nothing_was_written(opened: Any) -> None:
    assert opened["written"] == set()


def test_memory(opened: Any) -> None:
    assert opened["peak"] < 500e6
    assert opened["bomb_peak"] < 300e6


def test_neither_pandas_nor_qt_was_imported(opened: Any) -> None:
    assert {"pandas", "PySide6", "pyqtgraph", "bombcell"}.isdisjoint(opened["modules"])
