"""An item of a plot that is as large as what is seen of it."""

from __future__ import annotations

import pyqtgraph as pg  # noqa: TID253  # imported by panels only, after the first paint
from PySide6.QtCore import QRectF


class ViewItem(pg.GraphicsObject):  # type: ignore[misc]
    """Covers the view, whatever its range; a subclass paints."""

    def boundingRect(self) -> QRectF:
        view = self.getViewBox()
        return QRectF() if view is None else QRectF(view.viewRect())

    def viewRangeChanged(self, *_: object) -> None:
        """Cover another part (called by pyqtgraph)."""
        self.prepareGeometryChange()
        self.update()
