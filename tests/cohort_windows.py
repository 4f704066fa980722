"""A cohort of the demo's runs, one of which is broken, and its window."""

from __future__ import annotations

from pathlib import Path

from labs import built, lab, runs_in

from bcviewer.io import names

BROKEN = 2
"""The row of the run that cannot be read: that of probe B."""


def demo_cohort(folder: Path) -> Path:
    """Build a cohort of the demo's five runs, with a broken one."""
    root = lab(folder / "lab")
    for found in runs_in(root):
        if found.name.endswith("_B"):
            for table in found.rglob(names.UNITS_PARQUET):
                table.write_bytes(b"no table")
    built(root, folder / "cohort")
    return folder / "cohort"
