"""A place for plots that draw themselves: items in pixels, with tooltips and clicks."""

from __future__ import annotations

from typing import Any

import pyqtgraph as pg  # noqa: TID253  # imported by panels only, after the first paint
from PySide6.QtCore import QEvent, QPointF, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import QPainter, QResizeEvent
from PySide6.QtWidgets import QWidget

from bcviewer.widgets.drawing.theme import Theme
from bcviewer.widgets.drawing.tips import plain_tip
from bcviewer.widgets.drawing.zoom import Enlarging


class CanvasItem(pg.GraphicsObject):  # type: ignore[misc]
    """Something on a canvas that draws itself in pixels."""

    def __init__(self) -> None:
        super().__init__()
        self.size = QSizeF(0, 0)
        self.setCacheMode(self.CacheMode.DeviceCoordinateCache)
        self.marks = Marks(self)

    def resize(self, width: float, height: float) -> None:
        """Take another size."""
        if self.size != QSizeF(width, height):
            self.prepareGeometryChange()
            self.marks.prepareGeometryChange()
            self.size = QSizeF(width, height)

    def paint_marks(self, painter: QPainter) -> None:
        """Draw what changes with each step, over the rest, which is kept as it was drawn."""

    def boundingRect(self) -> QRectF:
        return QRectF(QPointF(0, 0), self.size)

    def tip_at(self, place: QPointF) -> str:
        """Return the tooltip of a place of the item, as plain text."""
        raise NotImplementedError

    def click_at(self, place: QPointF, add: bool) -> None:
        """Do what a click at a place of the item asks for; ``add``: with Ctrl."""
        raise NotImplementedError


class Marks(pg.GraphicsObject):  # type: ignore[misc]
    """What an item draws anew at each step."""

    def __init__(self, item: CanvasItem) -> None:
        super().__init__(item)
        self._item = item
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)

    def boundingRect(self) -> QRectF:
        return self._item.boundingRect()

    def paint(self, painter: QPainter, *_: Any) -> None:
        self._item.paint_marks(painter)


class Canvas(Enlarging, pg.GraphicsView):  # type: ignore[misc]
    """Shows items; its scene is in pixels.

    Attributes
    ----------
    resized : Signal()
        It has another size, or zoom.
    """

    resized = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colors: Theme | None = None
        self.setAntialiasing(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setCacheMode(self.CacheModeFlag.CacheNone)
        self.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.setResizeAnchor(self.ViewportAnchor.NoAnchor)
        self.scene().sigMouseClicked.connect(self._on_clicked)

    def recolor(self, colors: Theme) -> None:
        """Take the colours of the theme."""
        if colors is not self._colors:  # else all of it would be painted anew
            self._colors = colors
            self.setBackground(colors.base)

    def item_at(self, place: QPointF) -> tuple[CanvasItem | None, QPointF]:
        """Return the item at a place of the scene, and the place as the item sees it."""
        for item in self.scene().items(place):
            if isinstance(item, CanvasItem):
                return item, item.mapFromScene(place)
        return None, place

    def render(self, painter: QPainter, *_: Any) -> None:
        """Draw everything with a painter, as shapes and texts even if they are kept as pixels."""
        kept = CanvasItem.CacheMode.DeviceCoordinateCache
        items = [item for item in self.scene().items() if item.cacheMode() == kept]
        for item in items:
            item.setCacheMode(item.CacheMode.NoCache)
        super().render(painter, QRectF(self.rect()), self.rect())
        for item in items:
            item.setCacheMode(item.CacheMode.DeviceCoordinateCache)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.verticalScrollBar().setValue(0)  # Qt keeps the middle where it was
        self.resized.emit()

    def lay_out_zoomed(self) -> None:
        self.resized.emit()

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip:
            item, place = self.item_at(self.mapToScene(event.pos()))  # type: ignore[attr-defined]
            self.setToolTip(plain_tip(item.tip_at(place)) if item else "")
        return bool(super().viewportEvent(event))

    def _on_clicked(self, event: Any) -> None:
        item, place = self.item_at(event.scenePos())
        left = event.button() == Qt.MouseButton.LeftButton and not event.double()
        if item is not None and left:
            item.click_at(place, bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier))
