"""``bcviewer audit --set``: the exact columns, the one line, and bombcell's agreement."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from bcviewer.cli import entry as cli
from bcviewer.core.comparison.kept_proposal import KeptProposal
from bcviewer.core.comparison.proposal import parse_changes
from bcviewer.io.exchange.proposal_file import write_proposal

DEMO = ("demo", "--mode", "batch", "--probe", "A")


@pytest.fixture
def audit(capsys):
    """Return a function that runs the audit: its status, lines of output, lines of errors."""

    def run(*arguments: str | Path) -> tuple[int, list[str], list[str]]:
        status = cli.main(["audit", *map(str, arguments)])
        captured = capsys.readouterr()
        return status, captured.out.splitlines(), captured.err.splitlines()

    return run


def test_the_columns_of_a_proposal(audit, tmp_path):
    file = tmp_path / "a.csv"
    changes = ("--set", "minPresenceRatio=0.5", "--set", "maxRPVviolations=0.2")
    status, out, err = audit(*DEMO, *changes, "-o", file)
    assert (status, err) == (0, [])
    assert "  what if maxRPVviolations 0.1 → 0.2, minPresenceRatio 0.7 → 0.5:" in out
    assert "    GOOD 8 → 13 (+5 −0), MUA 14 → 9 (+0 −5)" in out
    frame = pd.read_csv(file, keep_default_na=False)
    last = ["whatif_label", "whatif_reason", "whatif_answer", "whatif_parameters"]
    assert list(frame.columns[-4:]) == last
    assert frame["whatif_label"].value_counts()["GOOD"] == 13
    assert frame["bombcell_label"].value_counts()["GOOD"] == 8
    assert set(frame["whatif_answer"]) == {"exact"}
    assert set(frame["whatif_parameters"]) == {"maxRPVviolations=0.2 minPresenceRatio=0.5"}


def test_without_a_proposal_there_are_no_such_columns(audit, tmp_path):
    file = tmp_path / "a.parquet"
    assert audit(*DEMO, "-o", file)[0] == 0
    assert not [name for name in pd.read_parquet(file) if name.startswith("whatif")]


def test_several_probes_have_them_in_one_table(audit, tmp_path):
    file = tmp_path / "a.json"
    status, _, _ = audit("demo", "--mode", "batch", "--set", "spDecayLinFit=1", "-o", file)
    assert status == 0
    frame = pd.read_json(file)
    refused = frame["whatif_answer"].str.startswith("needs a run: ")
    assert refused.any()
    assert not refused.all()
    assert set(frame["whatif_label"][refused]) == {""}
    assert set(frame["whatif_label"][~refused]) == {"NOISE"}


def test_a_change_that_is_none_says_so(audit):
    status, out, _ = audit(*DEMO, "--set", "minPresenceRatio=0.7")
    assert status == 0
    assert "  what if: the run was judged by these very parameters" in out


def test_what_bombcell_fills_in_is_told_apart(tmp_path, audit):
    status, out, _ = audit(*DEMO, "--set", "minAmplitude=1", "--set", "extractRaw=false")
    assert status == 0
    (line,) = (line for line in out if line.startswith("  what if "))
    assert line == "  what if minAmplitude 40 → 1, extractRaw true → false:"
    assert "    no label changes" in out


@pytest.mark.parametrize("change", ["nonsense=1", "minSNR=x", "tauC=0.1", "minSNR"])
def test_wrong_usage_is_one_line_and_status_2(audit, change, tmp_path):
    status, out, err = audit("nowhere", "--set", change, "-o", tmp_path / "a.csv")
    assert (status, out, len(err)) == (2, [], 1)
    assert not list(tmp_path.iterdir())


@pytest.mark.long
def test_bombcell_agrees_with_the_proposal(audit):
    status, out, err = audit(*DEMO, "--set", "minPresenceRatio=0.5", "--verify")
    assert (status, err) == (0, [])
    assert "  what if: 39 of 39 labels agree with bombcell 0.94" in out


def test_a_proposal_that_was_exported_is_audited_as_it_is_typed(audit, tmp_path):
    file, table = tmp_path / "p.json", tmp_path / "a.csv"
    write_proposal(KeptProposal("p", "why", parse_changes(["minPresenceRatio=0.5"])), file)
    more = ("--set", "maxRPVviolations=0.2")
    status, out, err = audit(*DEMO, "--proposal", file, *more, "-o", table)
    assert (status, err) == (0, [])
    assert "    GOOD 8 → 13 (+5 −0), MUA 14 → 9 (+0 −5)" in out
    words = "maxRPVviolations=0.2 minPresenceRatio=0.5"
    assert set(pd.read_csv(table)["whatif_parameters"]) == {words}
    status, _, err = audit(*DEMO, "--proposal", file, "--set", "minPresenceRatio=0.4")
    assert (status, len(err)) == (2, 1)
    assert "is in" in err[0]
    file.write_text("[]")
    status, _, err = audit(*DEMO, "--proposal", file)
    assert (status, len(err)) == (2, 1)
    assert "p.json: cannot be taken for a proposal: it is no proposal of bcviewer" in err[0]
