"""Fixtures of the window's own tests; without PySide6 they are not collected."""

from __future__ import annotations

from importlib.util import find_spec

if find_spec("PySide6") is None:
    collect_ignore_glob = ["test_*.py"]
else:
    from qt_fixtures import config_dir, qapp  # noqa: F401  # one application for all tests
