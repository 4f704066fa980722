"""Fixtures of the tests that need Qt; without PySide6 they are not collected."""

from __future__ import annotations

from importlib.util import find_spec

if find_spec("PySide6") is None:
    collect_ignore_glob = ["test_*.py"]
else:
    from fake_phy import runtime  # noqa: F401
    from qt_fixtures import (  # noqa: F401
        as_people_open,
        config_dir,
        helper_at_once,
        helper_later,
        keep,
        make_worker,
        no_leaks,
        one_probe,
        open_window,
        pool,
        pytest_runtest_makereport,
        qapp,
        shared_window,
    )
