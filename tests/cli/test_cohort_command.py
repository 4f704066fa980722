"""``bcviewer cohort``: what it says, its last line, and its status."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from labs import built, here, lab, runs_in

from bcviewer.cli.entry import main
from bcviewer.core.rules.labels import CLASSES, LABEL_NAMES
from bcviewer.io import names
from bcviewer.io.cohort import pool

Said = Callable[..., tuple[int, list[str], list[str]]]


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Said:
    """Return a function that runs the command in this process: status, output, errors."""
    monkeypatch.setattr(pool.Pool, "__call__", lambda _, tasks: here(tasks))

    def run(*arguments: str | Path) -> tuple[int, list[str], list[str]]:
        status = main(["cohort", *map(str, arguments)])
        captured = capsys.readouterr()
        return status, captured.out.splitlines(), captured.err.splitlines()

    return run


@pytest.fixture
def cohort(tmp_path: Path) -> Path:
    built(lab(tmp_path / "lab"), tmp_path / "cohort")
    return tmp_path / "cohort"


def test_a_build_ends_with_what_became_of_the_runs(said: Said, tmp_path: Path) -> None:
    root = lab(tmp_path / "lab")
    shutil.rmtree(runs_in(root)[0] / "bombcell")
    (runs_in(root)[1] / "bombcell" / names.UNITS_PARQUET).write_bytes(b"no")
    status, out, errors = said(root, tmp_path / "nothing", "-o", tmp_path / "cohort", "--jobs", 3)
    assert status == 1
    assert out == [
        "4 runs found: 3 read, 0 unchanged, 1 failed, 0 gone; 1 place without a Bombcell run"
    ]
    assert [line for line in errors if "skipped: Bombcell has not been run here" in line]
    assert [line for line in errors if "no table of units can be read" in line]
    assert [line for line in errors if "does not exist" in line]
    shutil.rmtree(runs_in(root)[1])
    status, out, errors = said(root, "-o", tmp_path / "cohort")
    assert (status, out[-1].partition(";")[0]) == (
        0,
        "3 runs found: 0 read, 3 unchanged, 0 failed, 1 gone",
    )


def test_the_summary(said: Said, cohort: Path) -> None:
    status, out, errors = said(cohort)
    assert (status, errors) == (0, [])
    assert out[0] == "5 runs: 5 read"
    assert out[1].startswith("344 units: GOOD 37, MUA 222, NOISE 40, ")
    runs = [line for line in out if " · batch: " in line or " · np20_rerun: " in line]
    assert len(runs) == 5
    at = out.index("what alone keeps units from GOOD:")
    assert out[at + 1] == "  fractionRPVs_estimatedTauR>maxRPVviolations: 48 units of 5 runs"
    differ = out[out.index("parameters that differ:") + 1 :]
    assert "  minPresenceRatio: 0.7 in 3 runs, 0.5 in 2 runs" in differ


def test_a_filter_and_a_proposal_by_run(said: Said, cohort: Path) -> None:
    status, out, _ = said(cohort, "--filter", "bombcell_label == 'GOOD' and presence ratio > 0.9")
    assert status == 0
    n, _, total = out[0].partition(" of ")
    assert 0 < int(n) == sum(int(line.split(": ")[1].split(" of ")[0]) for line in out[1:])
    assert total.endswith("units")
    status, out, _ = said(cohort, "--set", "minPresenceRatio=0")
    assert (status, len(out)) == (0, 6)
    assert out[0].startswith("all runs: GOOD ")
    assert " → " in out[0]
    assert any(LABEL_NAMES[label] in out[0] for label in CLASSES)
    status, out, _ = said(cohort, "--set", "spDecayLinFit=true")
    assert out[0].endswith("units not answered for certain")


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["{lab}"], "is no cohort. Say with -o DIR where to build one."),
        (["{lab}", "{cohort}"], "is no cohort"),
        (["{cohort}", "--filter", "presence"], "--filter: "),
        (["{cohort}", "--set", "x=1"], "x"),
        (["{lab}", "-o", "{cohort}", "--filter", "a"], "Leave -o out."),
        (["{lab}", "-o", "{lab}"], "is no cohort"),
        (["{lab}", "-o", "{cohort}", "--jobs", "0"], "give a number from 1 to 256"),
    ],
)
def test_wrong_usage(said: Said, cohort: Path, arguments: list[str], what: str, capsys) -> None:
    filled = [a.format(lab=cohort.parent / "lab", cohort=cohort) for a in arguments]
    try:
        status, _, errors = said(*filled)
    except SystemExit as ended:
        status, errors = ended.code, capsys.readouterr().err.splitlines()
    assert status == 2
    assert what in errors[-1]


def test_a_cohort_is_no_recording_for_other_commands(cohort: Path, capsys) -> None:
    assert main(["audit", str(cohort)]) == 1
    assert f"`bcviewer cohort {cohort}` says what is in it" in capsys.readouterr().err
