"""``bcviewer compare``: the exact columns, in every format, and what is refused in one line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bcviewer.cli import compare as command
from bcviewer.cli import entry as cli
from bcviewer.core.comparison.pairing import nothing_matched
from bcviewer.core.rules.rules import RULE_METRICS, RULES
from bcviewer.core.run.run import Run

MODES = ("demo", "--mode", "batch", "--against", "np20_rerun")
FIRST = [
    "probe",
    "cluster_id",
    "cluster_id_after",
    "matched_by",
    "label_before",
    "label_after",
    "cause",
    "parameters",
    "metrics",
]


@pytest.fixture
def compare(capsys):
    """Return a function that runs the command: its status, lines of output, lines of errors."""

    def run(*arguments: str | Path) -> tuple[int, list[str], list[str]]:
        status = cli.main(["compare", *map(str, arguments)])
        captured = capsys.readouterr()
        return status, captured.out.splitlines(), captured.err.splitlines()

    return run


def test_two_run_modes_of_a_config(compare, tmp_path):
    file = tmp_path / "c.csv"
    status, out, err = compare(*MODES, "-o", file)
    assert (status, err) == (0, ["bcviewer: note: only before: B"])
    assert out[0].startswith("A: ")
    assert out[1] == "  One sort: matched by cluster id."
    assert out[2] == "  39 units before, 39 after, 39 matched; 20 changed"
    assert out[3] == "  GOOD 8 → 13 (+5 −0): +5 because maxRPVviolations 0.1 → 0.3 alone"
    assert out[-1] == f"154 units written to {file}"
    frame = pd.read_csv(file, keep_default_na=False)
    ends = [f"{name}_{end}" for name in RULE_METRICS for end in ("before", "after")]
    assert list(frame.columns) == [*FIRST, *ends]
    assert set(RULE_METRICS) == {rule.metric for rule in RULES}
    assert frame["probe"].tolist() == ["A"] * 39 + ["C"] * 115
    assert (frame["cause"] != "").sum() == 20 + 28
    changed = frame["label_before"] != frame["label_after"]
    assert (changed == (frame["cause"] != "")).all()
    assert (frame["cluster_id"] == frame["cluster_id_after"]).all()
    assert set(frame["matched_by"]) == {"id"}
    assert set(frame["cause"]) == {"", "thresholds"}
    together = "maxNPeaks+maxNTroughs+maxWvBaselineFraction"
    assert (frame["parameters"] == together).sum() == 6


def test_the_formats_say_the_same(compare, tmp_path):
    frames = []
    for ending in ("json", "parquet", "tsv"):
        file = tmp_path / f"c.{ending}"
        assert compare(*MODES, "--probe", "A", "-o", file)[0] == 0
        if ending == "json":
            frames.append(pd.DataFrame(json.loads(file.read_text("utf-8"))))
        else:
            read = pd.read_parquet if ending == "parquet" else pd.read_table
            frames.append(read(file, **({} if ending == "parquet" else {"keep_default_na": False})))
    for name in FIRST:
        assert frames[0][name].tolist() == frames[1][name].tolist() == frames[2][name].tolist()


def test_two_folders_are_compared_whatever_their_probes_are_called(compare, tmp_path):
    from bcviewer.cli.lookup import demo_config

    (demo,) = demo_config().parent.glob("*/bombcell/bombcell_DEFAULT")
    file = tmp_path / "c.parquet"
    status, out, _ = compare(demo / "kilosort4_A", demo / "kilosort4_B", "-o", file)
    assert status == 0
    frame = pd.read_parquet(file)
    assert len(frame) >= 39
    only = frame[frame["cause"] == "only_after"]
    assert only["cluster_id"].isna().all()
    assert only["cluster_id_after"].notna().all()
    assert only["nSpikes_before"].isna().all()
    assert (only["label_before"] == "").all()
    assert "compare" not in out[0]


def test_the_page(compare, tmp_path):
    file = tmp_path / "c.html"
    status, out, _ = compare(*MODES, "-o", file)
    assert (status, out[-1]) == (0, f"154 units written to {file}")
    text = file.read_text("utf-8")
    assert '<h1 class="data">What changed: A, C</h1>' in text
    assert "because maxRPVviolations 0.1 → 0.3 alone" in text
    assert text.count("<tr><td>") >= 48


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (("demo",), 2, "demo: is one path; two are compared."),
        (("demo", "--mode", "batch"), 2, "demo: is one path"),
        (("demo", "demo", "demo"), 2, "3 paths: two are compared."),
        (("demo", "demo"), 1, "Probe A is there 2 times or more (run modes: batch, np20_rerun)."),
        (("nowhere", "demo"), 1, "nowhere does not exist."),
        (
            (*MODES, "-o", "c.xlsx"),
            2,
            "c.xlsx: cannot tell the format. End the name in .csv, .tsv, .parquet, .json, .html",
        ),
        ((*MODES, "-o", "no/such/c.html"), 2, "no/such/c.html: cannot be written"),
        (
            ("demo", "--mode", "batch", "--against", "x"),
            1,
            "Choose one of them with --against.",
        ),
    ],
)
def test_what_cannot_be_is_one_line(compare, tmp_path, monkeypatch, arguments, status, message):
    monkeypatch.chdir(tmp_path)
    found, out, err = compare(*arguments)
    assert (found, out, len(err)) == (status, [], 1)
    assert message in err[0]
    assert not list(tmp_path.iterdir())


def test_a_probe_that_cannot_be_read_does_not_end_the_others(compare, monkeypatch):
    from bcviewer.cli import compare as command
    from bcviewer.errors import UserError

    read = command.read_run

    def half(place):
        if place.probe == "A":
            raise UserError("templates: broken")
        return read(place)

    monkeypatch.setattr(command, "read_run", half)
    status, out, err = compare(*MODES)
    assert status == 1
    assert out[0].startswith("C: ")
    assert "bcviewer: A: templates: broken" in err


def test_probes_that_only_one_side_has_are_told(shared, compare):
    config = shared / "session_demo" / "recording_config.json"
    status, out, err = compare(config, "--mode", "single_probe", "--against", "np20_rerun")
    assert (status, out) == (1, [])
    assert err == ["bcviewer: No probe is in both: B before, A, C after."]


def test_where_nothing_is_matched_the_metrics_stand_side_by_side(compare, monkeypatch):
    monkeypatch.setattr(
        command, "pair_runs", lambda one, other: nothing_matched(one, other, "Two sorts.")
    )
    read: list[Run] = []
    whole = command.read_run
    monkeypatch.setattr(command, "read_run", lambda place: read.append(whole(place)) or read[-1])
    status, out, _ = compare(*MODES)
    assert status == 0
    at = out.index("  median (quartiles), before → after:")
    lines = (line.strip() for line in out[at + 1 : out.index("", at)])
    told = dict(line.split(": ", 1) for line in lines)
    middles = [text.split(" ")[0] for text in told["spikes"].split(" → ")]
    wanted = [np.nanmedian(run.units.floats("nSpikes")) for run in read[:2]]
    assert [float(text.replace(",", "")) for text in middles] == pytest.approx(wanted, abs=0.5)
    assert not any("because" in line for line in out)


def test_older_releases_and_variants(shared, compare, tmp_path):
    file = tmp_path / "c.parquet"
    status, out, _ = compare(shared / "toy_v0.90", shared / "toy", "-o", file)
    assert status == 0
    assert (
        "  GOOD 3 → 1 (+0 −2): −2 because it was measured otherwise (fractionRPVs_estimatedTauR)"
        in out
    )
    assert any("rpv_method hill → ibl_sliding" in line for line in out)
    frame = pd.read_parquet(file)
    assert frame["cause"].value_counts().to_dict() == {"": 13, "measurement": 2}
    assert frame["metrics"][frame["cause"] != ""].str.startswith("fractionRPVs").all()
    _, out, _ = compare(shared / "toy", shared / "toy_variants" / "keep_uncertain")
    assert "  GOOD 1 → 4 (+3 −0): +3 because keepUncertainRPVUnits false → true alone" in out
    _, out, _ = compare(shared / "toy", shared / "toy_variants" / "phy_curated_rerun")
    assert "  15 units before, 18 after, 12 matched; 9 changed" in out
