"""``bcviewer labels``: what curators said, without a window and without Qt."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

from bcviewer.cli import entry as cli
from bcviewer.cli import labels as labels_command
from bcviewer.core.curation.manual import ManualUnit
from bcviewer.core.rules.labels import Label
from bcviewer.core.run.run import Issue
from bcviewer.errors import UserError
from bcviewer.io.exchange.import_labels import read_labels
from bcviewer.io.exchange.manual_frames import LABELS_COLUMNS

ANN = {"by": "Ann", "at": "2026-03-01T10:20:30.123456Z"}
SAID = {
    7: ManualUnit(Label.NON_SOMA, "", **ANN),
    2: ManualUnit(Label.GOOD, "a long note\nof two lines " + "x" * 80, **ANN),
    3: ManualUnit(None, "", **ANN),
    900: ManualUnit(None, "merged in phy", by="Bo"),
}


@pytest.fixture
def labels(capsys, monkeypatch):
    """Return a function that runs the command: its status, lines of output, lines of errors."""

    def run(*arguments: str | Path, said=SAID) -> tuple[int, list[str], list[str]]:
        monkeypatch.setattr(labels_command, "journal_reader", lambda: lambda run, tell: said)
        status = cli.main(["labels", *map(str, arguments)])
        captured = capsys.readouterr()
        return status, captured.out.splitlines(), captured.err.splitlines()

    return run


DEMO = ("demo", "--mode", "batch", "--probe", "A")


def test_the_table_that_it_prints(labels):
    status, out, err = labels(*DEMO)
    assert (status, err) == (0, [])
    head, _, folder = out[0].partition("   ")
    assert head == (
        "kilosort4_A (batch): 2 of 39 units labelled, 2 notes, 1 unit not in these results"
    )
    assert folder.endswith("bombcell")
    assert out[1].split() == [*LABELS_COLUMNS]
    assert out[2].split()[:2] == ["2", "GOOD"]
    assert "a long note of two lines xxx" in out[2]
    assert out[2].split("…")[1].split() == ["Ann", "2026-03-01T10:20:30Z", *"–––––"]
    assert out[3].split()[:2] == ["7", "NON-SOMA"]
    assert "not in these results  merged in phy" in out[4]
    assert out[4].split()[-7:] == ["Bo", *"––––––"]
    assert out[5:] == [""]
    starts = {line.index(word) for line, word in zip(out[1:4], ("by", "Ann", "Ann"), strict=True)}
    assert len(starts) == 1


def test_where_nobody_said_anything(labels):
    status, out, _ = labels(*DEMO, said={})
    assert status == 0
    assert out[0].startswith("kilosort4_A (batch): 0 of 39 units labelled, 0 notes   ")
    assert out[1:] == [""]


def test_the_table_that_it_writes(labels, tmp_path):
    output = tmp_path / "labels.json"
    status, out, _ = labels(*DEMO, "-o", output)
    assert status == 0
    assert out == [f"3 units written to {output}"]
    rows = json.loads(output.read_text("utf-8"))
    assert [row["cluster_id"] for row in rows] == [2, 7, 900]
    assert rows[0]["manual_label"] == "GOOD"
    assert rows[0]["note"] == SAID[2].note
    assert rows[0]["by"] == "Ann"
    assert rows[0]["at"] == ANN["at"]
    assert rows[0]["bombcell_label"] in {"GOOD", "MUA", "NOISE", "NON-SOMA"}
    assert rows[2]["bombcell_label"] is None


def test_a_tsv_holds_one_line_a_unit_and_is_read_back(labels, tmp_path):
    output = tmp_path / "labels.tsv"
    status, _, _ = labels(*DEMO, "-o", output)
    assert status == 0
    lines = output.read_text("utf-8").splitlines()
    assert len(lines) == 4
    assert lines[1].split("\t")[3].startswith("a long note\\nof two lines xxx")
    assert read_labels(output).notes[2] == SAID[2].note


def test_many_probes_are_one_table(labels, tmp_path):
    output = tmp_path / "labels.csv"
    status, out, err = labels("demo", "-o", output)
    assert status == 0
    assert err == []
    with output.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [*rows[0]] == [*LABELS_COLUMNS, "probe", "run_mode", "ks_dir"]
    told = {(row["probe"], row["run_mode"], row["cluster_id"]) for row in rows}
    assert len(told) == len(rows) == 15, "a row tells which results of the sort it is by"
    assert {row["run_mode"] for row in rows} == {"batch", "np20_rerun"}
    assert out[-1].startswith("15 rows (one for each unit and run) written to")


@pytest.mark.parametrize("name", ["labels.xlsx", "labels", "no/labels.csv"])
def test_a_wrong_output_is_wrong_usage(labels, tmp_path, name):
    status, out, err = labels(*DEMO, "-o", tmp_path / name)
    assert (status, out, len(err)) == (2, [], 1)


def test_what_is_no_recording_is_one_line(labels, tmp_path):
    status, out, err = labels(tmp_path / "gone", *DEMO)
    assert status == 1
    assert len(err) == 1
    assert out[0].startswith("kilosort4_A (batch): ")


def test_labels_that_cannot_be_read_are_one_line(capsys, monkeypatch):
    def broken(run: object, tell: object) -> None:
        raise UserError("labels.jsonl: damaged.")

    monkeypatch.setattr(labels_command, "journal_reader", lambda: broken)
    assert cli.main(["labels", *DEMO]) == 1
    assert capsys.readouterr().err == "bcviewer: labels.jsonl: damaged.\n"


def test_what_is_wrong_with_the_labels_is_told(capsys, monkeypatch):
    def reader(run: object, tell) -> dict:
        tell(Issue("labels-ann.jsonl", "1 line is cut off.", "It is skipped."))
        return SAID

    monkeypatch.setattr(labels_command, "journal_reader", lambda: reader)
    assert cli.main(["labels", *DEMO]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == "  note: labels-ann.jsonl: 1 line is cut off. It is skipped."


@pytest.mark.slow
def test_it_imports_no_qt():
    code = (
        "import sys, bcviewer.cli.entry, bcviewer.cli.labels\n"
        "bcviewer.cli.labels.journal_reader = lambda: lambda run, tell: {}\n"
        f"assert bcviewer.cli.entry.main(['labels', *{DEMO!r}]) == 0\n"
        "assert not {'PySide6', 'pyqtgraph', 'bombcell', 'matplotlib'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, timeout=60)


def test_help_names_it(capsys):
    for arguments in (["--help"], ["labels", "--help"]):
        with pytest.raises(SystemExit) as caught:
            cli.main(arguments)
        assert caught.value.code == 0
        assert "bcviewer labels" in capsys.readouterr().out
