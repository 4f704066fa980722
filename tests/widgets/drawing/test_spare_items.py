"""Plots that are made ahead, one in a turn, and taken by a panel's plots."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtWidgets import QWidget

from bcviewer.widgets.drawing.spare_items import forget_spare, make_spare, take_item
from bcviewer.widgets.drawing.trace_axis import TraceAxis
from bcviewer.widgets.drawing.trace_plot import TracePlot


@pytest.fixture(autouse=True)
def nothing_is_left(qapp: Any) -> Iterator[None]:
    forget_spare()
    yield
    forget_spare()


def test_one_is_made_at_a_time_and_a_panel_in_a_turn_after_the_last() -> None:
    assert [make_spare(3) for _ in range(4)] == [False, False, False, True]
    assert make_spare(2)
    taken = {id(take_item()) for _ in range(3)}
    assert not make_spare(2), "all were taken"
    assert len(taken) == 3


def test_a_plot_takes_one_and_makes_its_own_where_there_is_none(qtbot: Any) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    make_spare(1)
    one, other = (TracePlot(parent, "lag (ms)", "pairs", lambda _: "") for _ in range(2))
    assert one.getPlotItem() is not other.getPlotItem()
    for plot in (one, other):
        axes = [plot.getAxis(where) for where in ("bottom", "left")]
        assert all(isinstance(axis, TraceAxis) for axis in axes)
        assert [axis.title for axis in axes] == ["lag (ms)", "pairs"]
    assert not make_spare(2), "none was left over"


def test_those_that_nobody_took_are_forgotten() -> None:
    make_spare(1)
    assert make_spare(1)
    forget_spare()
    assert not make_spare(1)
