"""A metric with a rule is declared in ``core/rules``, and the whole window has it."""

from __future__ import annotations

from pathlib import Path

import pytest
from one_more_rule import run_with_one_more

PROGRAM = Path(__file__).parent / "window_with_one_more_rule.py"


@pytest.mark.gui
@pytest.mark.long
def test_the_window_has_a_metric_with_a_rule_that_only_the_rules_name(tmp_path: Path) -> None:
    done = run_with_one_more(tmp_path / "package", str(PROGRAM), str(tmp_path))
    assert done.stdout.strip().endswith("everywhere"), done.stdout + done.stderr[-3000:]
