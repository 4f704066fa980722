"""A bar a row for how many units there are, and a thin one for how many of them are selected."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from bcviewer.core.figures.parts import Bars
from bcviewer.widgets.drawing.cell_plot import FitPlot, show_bars
from bcviewer.widgets.drawing.plots import (
    bar_item,
    outline_item,
    set_outlines,
    set_thin_bars,
    thin_bar_item,
)
from bcviewer.widgets.drawing.theme import theme


class CountPlot(FitPlot):
    """Rows of units."""

    def __init__(self, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.bars = bar_item()
        self.selected_bars = thin_bar_item()
        self.outlines = outline_item()
        self.addItem(self.bars)
        self.addItem(self.outlines)
        self.addItem(self.selected_bars)
        scale = self.getAxis("bottom")
        scale.setLabel("units")
        # The counts stand beside the bars, and never overlap; ticks without numbers say nothing.
        scale.setStyle(showValues=False)
        scale.setTicks([])

    def show_counts(self, figure: Bars, empty: str, colors: Sequence[str] = ()) -> None:
        """Draw a figure's bars; without any, a text in place of their names."""
        self.recolor(theme())
        show_bars(self, self.bars, figure, empty, colors)
        set_outlines(self.outlines, figure.former, theme().text)

    def show_selected(self, counts: Sequence[int]) -> None:
        """Draw how many of each row's units are selected."""
        rows = [float(y) for y in range(len(counts))]
        set_thin_bars(self.selected_bars, rows, [float(n) for n in counts], theme().accent)
