"""``bcviewer methods``: what is written where, and what a proposal must say of itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bcviewer.cli import entry as cli
from bcviewer.cli import methods as command
from bcviewer.core.comparison.kept_proposal import KeptProposal
from bcviewer.core.comparison.proposal import Proposal
from bcviewer.core.comparison.proposal_text import to_text
from bcviewer.oracle.methods_by_bombcell import Methods

A = ("demo", "--mode", "batch", "--probe", "A")


@pytest.fixture
def run(capsys, monkeypatch):
    """Return a function that runs the command, bombcell's text a short one."""
    asked: list[tuple] = []

    def short(run, criteria, labels, bombcell):
        asked.append((run, criteria, labels))
        return Methods("Text.", ("Ref",), ("@ref",), ("Look.",))

    def go(*arguments: str | Path):
        asked.clear()
        status = cli.main(["methods", *map(str, arguments)])
        captured = capsys.readouterr()
        return status, captured.out.splitlines(), captured.err.splitlines(), list(asked)

    monkeypatch.setattr(command, "methods", short)
    return go


def test_a_probe_is_printed(run):
    status, out, err, asked = run(*A)
    assert (status, err) == (0, [])
    assert out[:3] == ["Methods", "-------", ""]
    assert out[-1] == "- Look."
    assert any(line.startswith("- Not the defaults of bombcell 0.94") for line in out)
    ((_, criteria, labels),) = asked
    assert criteria.thresholds["minPresenceRatio"] == 0.7
    assert np.bincount(labels)[1:4].tolist() == [14, 8, 14]


@pytest.mark.parametrize("ending", ["txt", "md", "bib"])
def test_a_file_for_all_probes(run, tmp_path, ending):
    file = tmp_path / f"m.{ending}"
    status, out, _, _ = run("demo", "--mode", "batch", "-o", file)
    assert (status, out) == (0, [f"3 probes written to {file}"])
    text = file.read_text("utf-8")
    if ending == "bib":
        assert text == "@ref\n"
    else:
        assert text.count("Text.") == 3
        assert "kilosort4_B (batch)" in text


def test_a_proposal_says_that_it_is_one(run):
    _, out, _, asked = run(*A, "--set", "minPresenceRatio=0.5", "--set", "maxRPVviolations=0.2")
    (line,) = (line for line in out if line.startswith("A proposal of "))  # in the text itself
    assert (
        "by which Bombcell was not run: maxRPVviolations 0.1 → 0.2, minPresenceRatio 0.7 → 0.5."
        " Not the defaults of bombcell 0.94 (in parentheses): "
    ) in line
    assert "maxRPVviolations 0.2 (0.1)" in line
    ((_, criteria, labels),) = asked
    assert criteria.thresholds["maxRPVviolations"] == 0.2
    assert np.bincount(labels)[2] == 13


def test_a_proposal_of_a_file_is_of_the_day_it_was_kept(run, tmp_path):
    low = Proposal.of({"minPresenceRatio": 0.5})
    file = tmp_path / "p.json"
    for at, day in (("2026-03-01T12:00:00.000000Z", "2026-03-01"), ("9999-12-31", "(not kept)")):
        file.write_text(to_text(KeptProposal("p", "why", low, at=at)), "utf-8")
        _, out, _, _ = run(*A, "--proposal", file)
        (line,) = (line for line in out if line.startswith("A proposal of "))
        assert f"{day}, by which Bombcell was not run: minPresenceRatio 0.7 → 0.5." in line
    _, out, _, _ = run(*A, "--proposal", file, "--set", "minSNR=1")  # another one by now
    assert any("(not kept), by which" in line for line in out)


def test_a_proposal_that_needs_a_run_has_no_counts(run):
    _, out, _, asked = run(*A, "--set", "spDecayLinFit=1")
    assert "- No counts: 25 units need a run." in out
    assert asked[0][2] is None


def test_a_change_that_is_none_is_no_proposal(run):
    _, out, _, _ = run(*A, "--set", "minPresenceRatio=0.7")
    assert not [line for line in out if "proposal" in line]


def test_kept_time_is_told(run, shared):
    place = shared / "toy_variants" / "time_chunks"
    _, out, _, _ = run(place, "--set", "maxPercSpikesMissing=30")
    assert "- The counts hold the kept time fixed, which these thresholds choose." in out


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        ((*A, "-o", "m.html"), 2, "m.html: cannot tell the format. End the name in .txt, .md"),
        ((*A, "-o", "no/such/m.md"), 2, "no/such/m.md: cannot be written"),
        ((*A, "--set", "tauC=1"), 2, "needs `bcviewer run`"),
        (("nowhere",), 1, "nowhere does not exist."),
    ],
)
def test_what_cannot_be_is_one_line(run, tmp_path, monkeypatch, arguments, status, message):
    monkeypatch.chdir(tmp_path)
    found, out, err, _ = run(*arguments)
    assert (found, out, len(err)) == (status, [], 1)
    assert message in err[0]
    assert not list(tmp_path.iterdir())


def test_a_run_of_which_bombcell_cannot_write_does_not_end_the_others(run, monkeypatch):
    from bcviewer.errors import UserError

    def half(run, criteria, labels, bombcell):
        if run.provenance.probe == "A":
            raise UserError("bombcell cannot compute this")
        return Methods("Text.", (), (), ())

    monkeypatch.setattr(command, "methods", half)
    status, out, err, _ = run("demo", "--mode", "batch")
    assert status == 1
    assert err == ["bcviewer: kilosort4_A: bombcell cannot compute this"]
    assert sum(line == "Text." for line in out) == 2


@pytest.mark.long
def test_the_helper_writes_it(capsys):
    assert cli.main(["methods", *A]) == 0
    out = capsys.readouterr().out
    assert "Of 39 total units, 8 good, 14 mua, 14 noise, 3 non-soma." in out
