"""A metric with a rule is declared in ``core/rules``, and is everywhere: nothing else names it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import bcviewer

METRIC = 'Metric("wobble", "wobble", "µm", ".1f", "How far it wobbles.", Step("add", 2.0)),\n    '
RULE = '_rule("wobble", ">", "maxWobble", _M, family=Family.UNSTABLE),\n    '
EDITS = {
    "metrics.py": ('Metric("silhouetteScore"', METRIC),
    "rules.py": ('_rule("troughToPeak2Ratio"', RULE),
    "defaults.py": ('"maxDrift": 100.0,', '"maxWobble": 7.0,\n    '),
}
SCRIPT = """
import numpy as np
from factories import make_run, sheet_of
from bcviewer.core.figures.histograms import histogram, limits_of
from bcviewer.core.filter.language import evaluate, parse_filter
from bcviewer.core.rules.defaults import settings
from bcviewer.core.rules.labels import Label
from bcviewer.core.sheet.explain import explain
from bcviewer.core.sheet.frame import to_frame

run = make_run({"wobble": [1.0, 9.0, np.nan]}, {"maxWobble": 7})
sheet = sheet_of(run)
assert sheet.labels.tolist() == [Label.GOOD, Label.MUA, Label.GOOD]
assert sheet.text("family", 1) == "unstable"
assert sheet.text("reason", 1), "and it has a reason"
assert "wobble" in sheet.names() and sheet.column("wobble").rules
assert sheet.order("wobble").tolist() == [0, 1, 2]
shown = evaluate(parse_filter("wobble > 2 and label == 'MUA'", sheet), sheet)
assert shown.tolist() == [False, True, False]
frame = to_frame(sheet)
assert frame["mua_wobble>maxWobble"].tolist() == [False, True, False]
assert "wobble" in frame.columns
assert any("9.0 > 7" in line.comparison for line in explain(sheet, 1).lines)
assert abs(float(sheet.values("steps_to_good")[1]) - 1.0) < 1e-6
assert "maxWobble" in {s.name for s in settings(run.criteria)}
assert limits_of(sheet, "wobble") and histogram(sheet, "wobble"), "a line in its histogram"
print("everywhere")
"""


def test_a_metric_with_a_rule_touches_the_rules_only(tmp_path: Path) -> None:
    package = Path(bcviewer.__file__).parent
    shutil.copytree(package, tmp_path / "bcviewer", ignore=shutil.ignore_patterns("__pycache__"))
    for name, (before, more) in EDITS.items():
        file = tmp_path / "bcviewer" / "core" / "rules" / name
        text = file.read_text("utf-8")
        assert text.count(before) == 1, name
        file.write_text(text.replace(before, more + before), "utf-8")
    path = os.pathsep.join([str(tmp_path), str(Path(__file__).parents[2])])
    done = subprocess.run(
        [sys.executable, "-B", "-c", SCRIPT],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.strip() == "everywhere", done.stderr[-2000:]
