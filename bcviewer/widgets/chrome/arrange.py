"""Puts docks where a layout starts out with them, with tabs that are read."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtWidgets import QApplication, QDockWidget, QMainWindow, QStyle, QTabBar

from bcviewer.widgets.chrome.docks import DockPlace, dock_order
from bcviewer.widgets.chrome.shares import separator

RIGHT = Qt.DockWidgetArea.RightDockWidgetArea
_Cell = tuple[int, int, int]
_LEAST_POINTS = 9.0
"""A tab's letters get no smaller than these; from an application's as small, one point smaller."""


def arrange(
    window: QMainWindow, docks: Mapping[str, QDockWidget], layout: str, beside: int
) -> None:
    """Arrange all docks as a layout starts out; those without a place in it are hidden.

    Parameters
    ----------
    window, docks
        The window, and its docks by id.
    layout : str
        One of ``LAYOUTS``.
    beside : int
        The width beside the table that the docks are to have, in pixels.
    """
    first: dict[_Cell, QDockWidget] = {}
    for dock in docks.values():  # all, first: Qt keeps the tab bars of docks moved one by one
        if dock.isFloating():  # to say so of one that does not costs as much
            dock.setFloating(False)
        window.removeDockWidget(dock)
    for dock_spec in dock_order(layout):
        dock, place = docks[dock_spec.key], dock_spec.place(layout)
        if place is None:
            window.addDockWidget(RIGHT, dock)
        else:
            _put(window, dock, place, first)
        # A hidden dock stays in the layout: Qt shows those that a remembered state lacks.
        dock.setVisible(place is not None)
    for dock in first.values():
        dock.raise_()
    resize(window, docks, layout, beside)


def resize(window: QMainWindow, docks: Mapping[str, QDockWidget], layout: str, beside: int) -> None:
    """Give the docks of a layout, which are in their places, the sizes that it starts out with."""
    first: dict[_Cell, tuple[QDockWidget, DockPlace]] = {}
    for dock_spec in dock_order(layout):
        place = dock_spec.place(layout)
        if place is not None and not docks[dock_spec.key].isHidden():
            cell = (place.column, place.row, place.part)
            first.setdefault(cell, (docks[dock_spec.key], place))
    if first:
        heads, places = zip(*first.values(), strict=True)
        _resize(window, list(heads), list(places), beside)


def _put(
    window: QMainWindow, dock: QDockWidget, place: DockPlace, first: dict[_Cell, QDockWidget]
) -> None:
    """Add a dock; one that is not the first of its cell is a tab."""
    here = (place.column, place.row, place.part)
    above = first.get((place.column, place.row - 1, 0))
    beside = first.get((place.column, place.row, place.part - 1))
    left = first.get((place.column - 1, 0, 0))
    if here in first:
        window.tabifyDockWidget(first[here], dock)
        return
    if place.part and beside is not None:
        window.splitDockWidget(beside, dock, Qt.Orientation.Horizontal)
    elif above is not None:
        window.splitDockWidget(above, dock, Qt.Orientation.Vertical)
    elif left is not None:
        window.splitDockWidget(left, dock, Qt.Orientation.Horizontal)
    else:
        window.addDockWidget(RIGHT, dock)
    first[here] = dock


def _resize(
    window: QMainWindow, docks: list[QDockWidget], places: list[DockPlace], beside: int
) -> None:
    columns = max(1, len({place.column for place in places}))
    parts = [
        sum(other.column == place.column and other.row == place.row for other in places)
        for place in places
    ]
    line = separator(window)
    column = beside // columns - line
    widths = [max(1, (column - (n - 1) * line) // n) for n in parts]
    window.resizeDocks(docks, widths, Qt.Orientation.Horizontal)
    # Docks beside each other have one height: told twice, Qt would add them up.
    heads = [(dock, place) for dock, place in zip(docks, places, strict=True) if not place.part]
    columns_of = [place.column for _, place in heads]
    rows = max(map(columns_of.count, columns_of))
    room = window.centralWidget().height() - (rows - 1) * line
    window.resizeDocks(
        [dock for dock, _ in heads],
        _heights([place for _, place in heads], room),
        Qt.Orientation.Vertical,
    )


def _heights(places: list[DockPlace], room: int) -> list[int]:
    """Return the heights of docks: each has its share of its column, and the least that it has."""
    out = []
    for place in places:
        column = [other for other in places if other.column == place.column]
        free, wanted = room, sum(other.height for other in column)
        if any(room * other.height // wanted < other.least for other in column):
            low = [other for other in column if other.least]
            free -= sum(other.least for other in low)
            wanted -= sum(other.height for other in low)
            if place.least:
                out.append(place.least)
                continue
        out.append(max(1, free * place.height // wanted))
    return out


class DockTabs(QObject):
    """Gives each bar of tabs that it watches the largest letters in which no name is cut.

    Qt makes the bars, and makes more of them when docks are moved.
    """

    def watch(self, bar: QTabBar) -> None:
        """Look after a bar."""
        bar.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Choose the letters before tabs are painted: names and room are what they are by then."""
        if event.type() == QEvent.Type.Paint and isinstance(watched, QTabBar):
            points = fitting_points(watched, QApplication.font())
            if points != watched.font().pointSizeF():
                font = QFont(QApplication.font())
                font.setPointSizeF(points)
                watched.setFont(font)
        return super().eventFilter(watched, event)


def fitting_points(bar: QTabBar, font: QFont) -> float:
    """Return the size of the letters in which all names are whole, or the smallest there is."""
    space = bar.style().pixelMetric(QStyle.PixelMetric.PM_TabBarTabHSpace, None, bar)
    names = [bar.tabText(i) for i in range(bar.count())]
    points, tried = font.pointSizeF(), QFont(font)
    least = min(_LEAST_POINTS, points - 1)
    while points > least:
        tried.setPointSizeF(points)
        metrics = QFontMetrics(tried)
        if sum(metrics.horizontalAdvance(name) + space for name in names) <= bar.width():
            break
        points = max(points - 0.5, least)
    return points
