"""Data for the benchmarks that pytest-benchmark runs: ``pytest tests/bench --benchmark-only``."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from bench_measure import Data, environment


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Data:
    """Return where the recordings are; those that are not there are made."""
    big = os.environ.get("BCVIEWER_BIG_DATA")
    work = tmp_path_factory.mktemp("bench")
    os.environ.update(environment(work))
    return Data(work, Path(big) if big else None)
