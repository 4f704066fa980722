"""Words where there is little room: fewer of them, whole; what took room gives it back."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QPoint
from PySide6.QtGui import QFont, QFontMetrics, QFontMetricsF, QHelpEvent
from PySide6.QtWidgets import QApplication, QToolTip, QWidget
from qt_fixtures import settle

from bcviewer.widgets.base.caption import Caption
from bcviewer.widgets.base.fact_line import FactLine
from bcviewer.widgets.drawing.lasso_plot import LassoPlot
from bcviewer.widgets.drawing.legend import Entry, LegendLine
from bcviewer.widgets.drawing.still_label import StillLabel, in_room
from bcviewer.widgets.drawing.text_labels import BriefLabel, counts_together, together
from bcviewer.widgets.drawing.trace_axis import LEFT_WIDTH, TraceAxis

LONG, SHORT = "τR 2.5 ms: 1,204 violations", "1,204 violations"


def test_a_note_says_less_before_it_is_cut(keep: Any) -> None:
    label = keep(StillLabel(None, "note"))
    wide = label.fontMetrics().horizontalAdvance
    label.setText(LONG, SHORT)
    for room, seen in ((wide(LONG) + 1, LONG), (wide(LONG) - 2, SHORT), (wide(SHORT), SHORT)):
        label.resize(room, 20)
        assert (label.shown(), label.fits()) == (seen, True)
    label.resize(wide(SHORT) - 4, 20)
    assert label.shown().endswith("…")
    assert not label.fits()
    assert label.text() == LONG
    assert label.sizeHint().width() >= wide(LONG)
    place = QPoint(1, 1)
    QApplication.sendEvent(label, QHelpEvent(QEvent.Type.ToolTip, place, label.mapToGlobal(place)))
    assert LONG in QToolTip.text()
    QToolTip.hideText()


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("no value: the four-way branch cannot fire", "no value"),
        ("no value, so Bombcell lets it pass", "no value"),
        ("0.80 (cosine of the templates)", "0.80"),
        ("32 µm", "32 µm"),
    ],
)
def test_what_explains_a_fact_goes_before_the_fact(
    qapp: QApplication, text: str, part: str
) -> None:
    metrics = QFontMetrics(qapp.font())
    assert in_room(text, metrics, metrics.horizontalAdvance(text)) == text
    assert in_room(text, metrics, metrics.horizontalAdvance(part)) == part
    assert in_room(text, metrics, metrics.horizontalAdvance(part) - 1).endswith("…")


def legend(parent: QWidget) -> tuple[LegendLine, Callable[[int], None]]:
    made = LegendLine(parent)
    return made, lambda n: made.set_entries([Entry(f"the whole {i}", "#000000") for i in range(n)])


def caption(parent: QWidget) -> tuple[Caption, Callable[[int], None]]:
    made = Caption(parent)
    return made, lambda n: made.say(" ".join(["words"] * n * 4))


def facts(parent: QWidget) -> tuple[FactLine, Callable[[int], None]]:
    made = FactLine(parent, 1)
    made.set_most(3)
    return made, lambda n: made.set_facts([" ".join(["words"] * n * 4)])


@pytest.mark.parametrize("kind", [legend, caption, facts])
def test_lines_of_a_stretch_are_given_back_when_they_are_told_to(keep: Any, kind: Any) -> None:
    parent = keep(QWidget())
    words, say = kind(parent)
    words.resize(200, 20)
    say(1)
    low = words.sizeHint().height()
    say(6)
    high = words.sizeHint().height()
    say(1)
    assert low < high == words.sizeHint().height()  # a step moves no plot twice
    words.forget_room()
    assert words.sizeHint().height() == low


@pytest.mark.parametrize("points", [9, 16])
def test_numbers_beside_a_plot_do_not_run_into_its_title(keep: Any, points: int) -> None:
    plot, font = keep(LassoPlot(None, lambda _: "")), QFont()
    plot.resize(300, 400)
    plot.set_title("left", "depth (µm)")
    axis = plot.getAxis("left")
    font.setPointSize(points)
    axis.setTickFont(font)
    plot.getPlotItem().getViewBox().setYRange(0.0, 3840.0)
    settle()
    texts = [text for _, text in axis.laid_out(*axis.range, axis.height())]
    widest = max(map(QFontMetrics(font).horizontalAdvance, texts))
    assert axis.width() >= widest + QFontMetrics(axis.small()).height()
    assert axis.width() >= LEFT_WIDTH


def test_numbers_that_a_higher_plot_has_do_not_run_into_its_title_either(keep: Any) -> None:
    """Seen on a probe of 384 sites: “depth (µm)” over “2,000”; and “30k” cut at the right."""
    plot = keep(LassoPlot(None, lambda _: ""))
    plot.set_title("left", "depth (µm)")
    plot.getPlotItem().getViewBox().setYRange(0.0, 3840.0)
    plot.show()
    for height in (60, 700):
        plot.resize(300, height)
        settle()
        axis = plot.getAxis("left")
        assert axis.width() >= axis.width_beside()
    area = plot.getPlotItem().getViewBox().sceneBoundingRect()
    assert plot.width() - area.right() >= 5


def test_lines_of_a_bar_end_between_what_it_says() -> None:
    """Seen: “NON-” at the end of a line, and “−1)” at the beginning of one."""
    assert together("NON-SOMA 3 → 2 (+0 −1)") == (
        "NON&#8209;SOMA&nbsp;3&nbsp;→&nbsp;2&nbsp;(+0&nbsp;−1)"
    )
    words = "MUA 12 → 14 (+3 −1): 1 because a < b"
    assert counts_together(words) == ("MUA 12&nbsp;→&nbsp;14&nbsp;(+3&nbsp;−1): 1 because a &lt; b")


@pytest.mark.parametrize("length", [60.0, 110.0, 200.0, 400.0])
def test_no_number_of_an_axis_stands_over_another(qapp: QApplication, length: float) -> None:
    """Seen in *Two metrics*: “2,0003,000”, on a logarithmic axis of spikes."""
    axis = TraceAxis("bottom")
    axis.is_log = True
    low, high = math.log10(90), math.log10(3_400)
    at = [((v - low) / (high - low) * length, text) for v, text in axis.laid_out(low, high, length)]
    boxes = [box for box, _ in axis.numbers_below(at, length)]
    assert boxes
    assert all(b.left() >= a.right() for a, b in pairwise(boxes))
    wide = QFontMetricsF(axis.style["tickFont"] or axis.font()).horizontalAdvance("3,000")
    near = [(50.0, "2,000"), (50 + wide - 6, "3,000"), (400.0, "10k")]
    assert [text for _, text in axis.numbers_below(near, 420)] == ["2,000", "10k"]


def test_what_stands_behind_the_first_part_gives_way_and_asks_for_no_room(keep: Any) -> None:
    label = BriefLabel()
    keep(label, shown=False)
    wide = label.fontMetrics().horizontalAdvance
    label.setText("1,316 units, 900 hidden · what if")
    assert label.has_more()
    assert label.minimumSizeHint().width() == wide("1,316 units")
    rooms = (label.text(), "1,316 units …", "1,316 units")
    shown = [label.fitted(wide(room)) for room in rooms]
    assert shown == [*rooms[:2], "1,316 …"]
    assert label.fitted(wide("1,3…") + 1) == "1,3…"
    label.setText("41 units")
    assert not label.has_more()
    assert label.fitted(wide("41 units")) == "41 units"
    assert label.fitted(wide("41 un…") + 1) == "41 un…"
