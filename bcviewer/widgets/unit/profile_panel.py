"""The current unit's fail profile: how many rules of each block it fails."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QVBoxLayout, QWidget

from bcviewer.app.scene import Scene
from bcviewer.core.audit.summary import block_profile
from bcviewer.core.rules.rules import BLOCK_MASKS, BLOCK_NAMES, Block
from bcviewer.widgets.base.savable_panel import SavablePanel
from bcviewer.widgets.drawing.plots import RowPlot, bar_item, set_bars
from bcviewer.widgets.drawing.theme import FAIL_FILL, theme


class ProfilePanel(SavablePanel):
    """One bar a block: rules that decided, rules that are masked, rules that pass."""

    panel_id = "profile"
    n_plots = 1
    title = "Fail profile"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.body = QWidget(self)
        self.plot = RowPlot(self.body, 84, 150)
        self.bars = bar_item()
        self.plot.addItem(self.bars)
        self.plot.set_row_count(len(BLOCK_NAMES))
        self.plot.setXRange(0, 10, padding=0.02)
        self.plot.getAxis("bottom").setLabel("rules")
        self._counts: list[tuple[str, int, int, int, int]] = []
        inner = QVBoxLayout(self.body)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.addWidget(self.plot)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.body)

    def redraw(self, scene: Scene) -> None:
        colors = theme()
        self.plot.recolor(colors)
        sheet, row = scene.sheet, scene.sheet_row
        rows: list[float] = []
        starts: list[float] = []
        widths: list[float] = []
        fills: list[str] = []
        texts, tips = ["", "", ""], ["", "", ""]
        self._counts = []
        if sheet is not None and row >= 0:
            deciding = int(sheet.audit.deciding[row])
            for block, failed, tested, total in block_profile(sheet.audit, row):
                decided = (deciding & BLOCK_MASKS[block]).bit_count()
                counts = (decided, failed - decided, tested - failed, total - tested)
                self._counts.append((BLOCK_NAMES[block], *counts))
                parts = (decided, failed - decided, tested - failed)
                start = 0
                for width, fill in zip(
                    parts, (FAIL_FILL, colors.masked, colors.passed), strict=True
                ):
                    rows.append(float(block))
                    starts.append(start)
                    widths.append(width)
                    fills.append(fill)
                    start += width
                texts[block] = f"{failed} of {tested} fail" + (
                    f", {failed - decided} masked" if failed > decided else ""
                )
                tips[block] = (
                    f"{BLOCK_NAMES[block]}: {decided} deciding, {failed - decided} masked, "
                    f"{tested - failed} not failed, {total - tested} not tested"
                )
        set_bars(self.bars, rows or [0.0], starts or [0.0], widths or [0.0], fills or ["#000"])
        self.plot.names.set_rows(BLOCK_NAMES, [colors.text] * len(Block))
        self.plot.values.set_rows(texts, [colors.text] * len(Block))
        self.plot.set_tips(tips)

    def numbers(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        return ("block", "deciding", "masked", "not failed", "not tested"), self._counts
