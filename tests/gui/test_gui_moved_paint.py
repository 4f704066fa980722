"""While a threshold is moved only what looks otherwise is painted; the screen is as if all were."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from qt_fixtures import settle
from screens import at_rest, on_screen, paint_all

from bcviewer.app.wishes import Propose
from bcviewer.core.figures.histograms import Histograms
from bcviewer.frame.window import Window
from bcviewer.widgets.drawing.points import ORDER

# Each example paints the whole window several times.
pytestmark = pytest.mark.slow

VALUES: dict[str, list[float]] = {
    "minPresenceRatio": [0.2, 0.5, 0.71, 0.8, 0.95],
    "minNumSpikes": [1.0, 400.0, 1000.0, 1e5],
    "maxPercSpikesMissing": [0.5, 5.0, 40.0],
    "maxNPeaks": [0.0, 1.0, 3.0, 9.0],
    "maxRPVviolations": [0.0, 0.02, 0.1, 0.3, 1.0],
}
DRAG = st.sampled_from(sorted(VALUES)).flatmap(
    lambda name: st.lists(st.sampled_from(VALUES[name]), min_size=2, max_size=6).map(
        lambda values: (name, values)
    )
)
"""A threshold, and where it is moved one after the other: between two other places the bar that
says so is as high as it was, and the table is not laid out anew."""


def ready(window: Window) -> None:
    window.show_layout("metrics")
    settle()


@pytest.fixture
def window(shared_window: Any) -> Iterator[Window]:
    window = shared_window("demo", ready=ready)
    window.session.go_to_place(0)
    window.unit_table.setFocus()  # no caret blinks
    yield window
    window.session.viewing.proposing.reset()
    window.session.clear_filter()


@pytest.mark.long
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@example(drag=("minPresenceRatio", [0.71, 0.95, 0.2]), filtered=False, split=False, scroll=0)
@given(drag=DRAG, filtered=st.booleans(), split=st.booleans(), scroll=st.integers(0, 40))
def test_what_is_on_screen_is_what_would_be_painted_anew(
    window: Window, drag: tuple[str, list[float]], filtered: bool, split: bool, scroll: int
) -> None:
    name, values = drag
    window.session.viewing.proposing.reset()
    window.session.clear_filter()
    if filtered:
        window.session.toggle_chip("borderline")
    if split:
        window.wires.grant(Propose("splitGoodAndMua_NonSomatic", True))
    at_rest(window)
    bar = window.unit_table.verticalScrollBar()
    bar.setValue(min(scroll * 7, bar.maximum()))
    for value in values:
        window.wires.grant(Propose(name, value, goes_on=True))
        settle()
    at_rest(window)
    shown = on_screen(window)
    assert len(np.unique(shown)) > 50, "something is there"
    paint_all(window)
    differ = np.argwhere(shown != on_screen(window))
    assert not len(differ), (differ.min(axis=0), differ.max(axis=0), drag)
    check_numbers(window)


def check_numbers(window: Window) -> None:
    """Check that histograms and points are those of the table that is shown."""
    table, histograms = window.session.table, window.panels["histograms"]
    anew = Histograms(table, saved=histograms.limits.saved)
    for key, item in histograms.items.items():
        wanted = anew.of(key, histograms.rows(window.session.scene))
        assert np.array_equal(item.found.counts, wanted.counts), key
        assert np.array_equal(item.found.aside_counts, wanted.aside_counts), key
        assert item.found.limits == wanted.limits, key
    scatter = window.panels["scatter"]
    labels = table.labels[scatter.drawn.rows]
    for label in ORDER:
        x, y = scatter.points.items[label].getData()
        assert np.array_equal(x, scatter.drawn.x[labels == label])
        assert np.array_equal(y, scatter.drawn.y[labels == label])
