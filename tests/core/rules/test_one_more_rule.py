"""A metric with a rule is declared in ``core/rules``, and is everywhere: nothing else names it."""

from __future__ import annotations

from pathlib import Path

import pytest
from one_more_rule import run_with_one_more

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


@pytest.mark.slow
def test_a_metric_with_a_rule_touches_the_rules_only(tmp_path: Path) -> None:
    done = run_with_one_more(tmp_path, "-c", SCRIPT)
    assert done.stdout.strip() == "everywhere", done.stderr[-2000:]
