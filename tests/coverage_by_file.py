"""Hold files of the core to all of their branches: run its tests, and compare file by file.

    python tests/coverage_by_file.py

A file of WHOLE that falls under 100 % fails; so does one of NOT_YET that falls under its floor.
A file at 100 % that is not in WHOLE, or one in neither list, is told. The same examples are drawn
each time (the profile ``few``), so that a figure moves only with the code and its tests.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("rules", "audit", "cohort", "comparison", "curation", "run", "sheet")

WHOLE = frozenset(
    {
        "audit/again.py",
        "audit/audit.py",
        "audit/cells.py",
        "audit/labelling.py",
        "audit/margins.py",
        "audit/order.py",
        "audit/outcomes.py",
        "audit/reasons.py",
        "audit/rpv.py",
        "audit/states.py",
        "audit/summary.py",
        "audit/suspect.py",
        "cohort/judged.py",
        "cohort/overview.py",
        "cohort/run_cells.py",
        "cohort/run_columns.py",
        "cohort/cohort_runs.py",
        "cohort/tried_runs.py",
        "cohort/trend.py",
        "cohort/unit_columns.py",
        "comparison/agreement.py",
        "comparison/causes.py",
        "comparison/changes.py",
        "comparison/comparison.py",
        "comparison/cost_lines.py",
        "comparison/cost_rows.py",
        "comparison/costs.py",
        "comparison/curves.py",
        "comparison/differing.py",
        "comparison/either.py",
        "comparison/judging.py",
        "comparison/kept_proposal.py",
        "comparison/measured.py",
        "comparison/measures.py",
        "comparison/pairing.py",
        "comparison/handles.py",
        "comparison/offers.py",
        "comparison/proposal.py",
        "comparison/proposal_actions.py",
        "comparison/proposal_text.py",
        "comparison/run_parameters.py",
        "comparison/smallest.py",
        "comparison/two_runs.py",
        "comparison/two_runs_words.py",
        "comparison/suggested.py",
        "comparison/suggested_words.py",
        "comparison/retested.py",
        "comparison/verdicts.py",
        "comparison/what_if.py",
        "comparison/what_if_words.py",
        "curation/across.py",
        "curation/blind.py",
        "curation/counted.py",
        "curation/entries.py",
        "curation/folding.py",
        "curation/said_columns.py",
        "curation/history.py",
        "curation/imported.py",
        "curation/label_source.py",
        "curation/lines.py",
        "curation/manual.py",
        "curation/merge_fates.py",
        "curation/merge_queue.py",
        "curation/opinions.py",
        "curation/overruled.py",
        "curation/replay.py",
        "curation/stable.py",
        "curation/state.py",
        "curation/draft.py",
        "curation/times.py",
        "curation/under.py",
        "curation/undo_stacks.py",
        "curation/whose_spikes.py",
        "curation/without_row.py",
        "rules/barcode.py",
        "rules/column.py",
        "rules/column_choices.py",
        "rules/columns.py",
        "rules/beside_columns.py",
        "rules/comparisons.py",
        "rules/defaults.py",
        "rules/explained.py",
        "rules/rules_page.py",
        "rules/labels.py",
        "rules/metric.py",
        "rules/metrics.py",
        "rules/palette.py",
        "rules/counts.py",
        "rules/criteria.py",
        "rules/rules.py",
        "rules/settings.py",
        "run/cells.py",
        "run/phy.py",
        "run/phy_unsaved.py",
        "run/precision.py",
        "run/region.py",
        "run/saved_in_phy.py",
        "run/scored.py",
        "run/stretch.py",
        "run/unsaved_words.py",
        "sheet/unsaved_only.py",
        "sheet/frame.py",
        "sheet/inputs.py",
        "sheet/padding.py",
        "sheet/agreed.py",
        "sheet/between.py",
        "sheet/book.py",
        "sheet/cell_words.py",
        "sheet/derive.py",
        "sheet/explain.py",
        "sheet/facts.py",
        "sheet/ids.py",
        "sheet/joined.py",
        "sheet/joined_audit.py",
        "sheet/joining.py",
        "sheet/kappa.py",
        "sheet/kept.py",
        "sheet/kept_queue.py",
        "sheet/label_beside.py",
        "sheet/ordering.py",
        "sheet/parts.py",
        "sheet/queue.py",
        "sheet/queue_spikes.py",
        "sheet/rule_lines.py",
        "sheet/sources.py",
        "sheet/table.py",
        "sheet/tried.py",
        "sheet/veil.py",
    }
)
"""Every statement and every branch is run by the tests of the core."""

NOT_YET: dict[str, int] = {
    "run/cell_types.py": 61,
    "run/derived.py": 95,
    "run/foreign.py": 75,
    "run/run.py": 90,
    "run/unit_ids.py": 97,
    "sheet/compute.py": 97,
    "sheet/sheet.py": 99,
}
"""Per cent of statements and branches that may not be lost; raise it with the tests."""


def main() -> int:
    """Run the tests of the core and judge each file; the exit status is 1 where one fell."""
    with tempfile.TemporaryDirectory(prefix="bcviewer-coverage-") as folder:
        report = Path(folder) / "coverage.json"
        status = run_tests(Path(folder), report)
        if status:
            print(f"the tests of the core failed (pytest's status {status}): nothing is judged")
            return 1
        found = figures(json.loads(report.read_text("utf-8")))
    bad, told = judge(found)
    for line in [*told, *bad]:
        print(line)
    whole = len(WHOLE) - sum(line.startswith("FELL") for line in bad)
    print(f"{whole} files at 100 % of branches, {len(NOT_YET)} on their way, {len(bad)} fell")
    return 1 if bad else 0


def run_tests(folder: Path, report: Path) -> int:
    """Run the tests of the core with branch coverage, write it as JSON, return pytest's status."""
    settings = folder / "coveragerc"
    packages = "".join(f"\n    bcviewer.core.{room}" for room in ROOMS)
    settings.write_text(f"[run]\nbranch = true\nsource ={packages}\n", "utf-8")
    command = [
        *(sys.executable, "-m", "pytest", "tests/core", "--hypothesis-profile=few"),
        *("-m", "not slow and not long and not shared"),  # the same figures on every machine
        *("--cov", f"--cov-config={settings}", f"--cov-report=json:{report}"),
    ]
    environment = {**os.environ, "COVERAGE_FILE": str(folder / "coverage")}
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def figures(report: dict) -> dict[str, float]:
    """Return per cent of statements and branches by file, as ``audit/order.py``."""
    out = {}
    for path, file in report["files"].items():
        summary = file["summary"]
        if summary["num_statements"]:
            key = "/".join(Path(path).parts[-2:])
            out[key] = float(summary["percent_covered"])
    return out


def judge(
    found: dict[str, float],
    whole: frozenset[str] = WHOLE,
    not_yet: dict[str, int] | None = None,
) -> tuple[list[str], list[str]]:
    """Return lines that fail, and lines that only tell."""
    floors = NOT_YET if not_yet is None else not_yet
    bad = [
        f"FELL {key}: it is on a list, but there is no such file"
        for key in sorted({*whole, *floors} - set(found))
    ]
    told = []
    for key, percent in sorted(found.items()):
        if key in whole:
            if percent < 100:
                bad.append(f"FELL {key}: {percent:.2f} %, held to 100 %")
        elif percent == 100:
            told.append(f"{key}: 100 %, put it into WHOLE")
        elif key not in floors:
            told.append(f"{key}: {percent:.1f} %, in neither list")
        elif percent < floors[key]:
            bad.append(f"FELL {key}: {percent:.1f} %, its floor is {floors[key]} %")
        elif math.floor(percent) > floors[key]:
            told.append(f"{key}: {percent:.1f} %, raise its floor of {floors[key]} %")
    return bad, told


if __name__ == "__main__":
    raise SystemExit(main())
