"""Folders and files as people really have them, by the shared script that makes them."""

from __future__ import annotations

import importlib.util
from pathlib import Path


def field_folder(shared: Path, out: Path, case: str) -> Path:
    """Make one case of ``make_field.py`` below a folder, and return the case's folder."""
    spec = importlib.util.spec_from_file_location("make_field", shared / "make_field.py")
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    top = out / case
    top.mkdir(parents=True)
    script.CASES[case](top)
    return top
