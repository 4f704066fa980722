"""A copy of the package with one metric more and a rule about it: in ``core/rules`` only."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import bcviewer
from bcviewer.io.resources import resource_path

METRIC = 'Metric("wobble", "wobble", "µm", ".1f", "How far it wobbles.", Step("add", 2.0)),\n    '
RULE = '_rule("wobble", ">", "maxWobble", _M, family=Family.UNSTABLE),\n    '
EDITS = {
    "metrics.py": ('Metric("silhouetteScore"', METRIC),
    "rules.py": ('_rule("troughToPeak2Ratio"', RULE),
    "defaults.py": ('"maxDrift": 100.0,', '"maxWobble": 7.0,\n    '),
}
"""What stands in a file of ``core/rules``, and what is declared before it."""
TESTS = Path(__file__).parent


def package_with_one_more(folder: Path) -> Path:
    """Copy the package into a folder, with what is declared more, and return the folder."""
    shutil.copytree(Path(bcviewer.__file__).parent, folder / "bcviewer")
    heavy = shutil.ignore_patterns("demo")
    shutil.copytree(resource_path(), folder / "resources", ignore=heavy)
    # Bombcell does not know the rule: its label would win over ours
    (folder / "bombcell.py").write_text('raise ImportError("not in this test")\n', "utf-8")
    for name, (before, more) in EDITS.items():
        file = folder / "bcviewer" / "core" / "rules" / name
        text = file.read_text("utf-8")
        assert text.count(before) == 1, name
        file.write_text(text.replace(before, more + before), "utf-8")
    return folder


def run_with_one_more(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python with the package of :func:`package_with_one_more`."""
    path = os.pathsep.join(map(str, (package_with_one_more(folder), TESTS)))
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path, "PYTHONUTF8": "1"},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
