"""Which spikes are inside a line, against each point by itself."""

from __future__ import annotations

import numpy as np

from bcviewer.core.evidence.lasso import AMPLITUDES, Lasso, inside
from bcviewer.core.figures.scatter import enclosed


def test_points_are_inside_as_in_any_plot_and_what_is_no_number_is_outside() -> None:
    rng = np.random.default_rng(3)
    times, values = np.sort(rng.random(3000)), rng.random(3000).astype(np.float32)
    turn = np.linspace(0, 2 * np.pi, 40)
    for radius in (0.4, 0.3 + 0.1 * np.sin(5 * turn)):  # a star is not convex
        line = 0.5 + np.column_stack((radius * np.cos(turn), radius * np.sin(turn)))
        found = np.flatnonzero(inside(times, values, line))
        assert found.tolist() == enclosed(times, values.astype(np.float64), line).tolist()
        assert 0 < len(found) < 3000
    values[:10] = [np.nan, np.inf, -np.inf, *[0.5] * 7]
    times[:10] = 0.5
    order = np.argsort(times, kind="stable")
    found = inside(times[order], values[order], line)
    assert not found[~np.isfinite(values[order])].any()


def test_what_is_asked_is_the_line_and_nothing_without_one() -> None:
    assert Lasso().ask("") is None
    ask = Lasso(AMPLITUDES, np.array([[0.0, 1.0], [2.0, 3.0]])).ask("raw.bin")
    assert ask is not None
    assert ask.settings == ("raw.bin", AMPLITUDES, 0.0, 1.0, 2.0, 3.0)
