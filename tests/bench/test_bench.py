"""The steps that are worth comparing between commits, for pytest-benchmark.

They are skipped in the normal suite (``--benchmark-skip``) and assert nothing about time; the
table of all goals is ``run.py``'s. Figures: ``pytest tests/bench --benchmark-only``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from bench_audit import frame_of, read
from bench_measure import BIG_UNITS, UNITS, Data, open_window, settle, until_painted
from bench_step import stepper

from bcviewer.core.audit.audit import audit
from bcviewer.core.rules.labels import Label

ROUNDS = 20
N = pytest.mark.parametrize("window", [UNITS, BIG_UNITS[0]], indirect=True)


@pytest.fixture
def window(request: pytest.FixtureRequest, data: Data, benchmark: Any) -> Iterator[Any]:
    """Return the real window with so many units; the helper is not asked."""
    if benchmark.disabled or benchmark.skipped:
        pytest.skip("timed with --benchmark-only")
    opened = open_window(data, data.units(request.param), verified=False)
    yield opened
    opened.close()
    opened.deleteLater()
    settle()


@pytest.mark.parametrize("n", [UNITS, BIG_UNITS[0]])
def test_audit(benchmark: Any, data: Data, n: int) -> None:
    run = read(data.units(n))
    assert benchmark(audit, run).n_units == n


def test_file_to_frame(benchmark: Any, data: Data) -> None:
    assert len(benchmark(frame_of, data.units(BIG_UNITS[0]))) == BIG_UNITS[0]


@N
def test_step(benchmark: Any, window: Any) -> None:
    benchmark.pedantic(stepper(window), rounds=200)


@N
def test_sort(benchmark: Any, window: Any) -> None:
    session, columns = window.session, ["rawAmplitude", "label"] * ROUNDS

    def sort() -> None:
        session.table._orders.clear()
        session.set_sort(columns.pop())

    benchmark.pedantic(until_painted(sort), rounds=ROUNDS)


@N
def test_filter(benchmark: Any, window: Any) -> None:
    session, texts = window.session, ["", "presenceRatio < 0.7 and label == 'MUA'"] * ROUNDS
    filtered = until_painted(lambda: session.set_filter(texts.pop()))
    benchmark.pedantic(filtered, rounds=ROUNDS)


@N
def test_class_chip(benchmark: Any, window: Any) -> None:
    toggled = until_painted(lambda: window.session.toggle_class(Label.MUA))
    benchmark.pedantic(toggled, rounds=ROUNDS)
