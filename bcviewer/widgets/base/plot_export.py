"""Saves a plot as a picture, in which text stays text, or its numbers as CSV."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QMarginsF, QPoint, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QImage, QPageSize, QPainter, QPdfWriter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QWidget

from bcviewer.errors import UserError
from bcviewer.io.exchange.export import harmless
from bcviewer.io.put_file import write_atomically

PICTURES: tuple[str, ...] = (".png", ".svg", ".pdf")
_DPI = 96
_NAME_HEIGHT = 20
"""Room for the name of a proposal, pixels."""


def picture(widget: QWidget, scale: float = 1.0, proposal: str = "") -> QImage:
    """Return a widget as an image, drawn (not enlarged) at a scale; a proposal is named below."""
    size = _size(widget, proposal) * scale
    image = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.scale(scale, scale)
    _render(widget, painter, proposal)
    painter.end()
    return image


def _size(widget: QWidget, proposal: str) -> QSize:
    """Return how large a picture is, with room for the name of a proposal."""
    return widget.size() + QSize(0, _NAME_HEIGHT if proposal else 0)


def _render(widget: QWidget, painter: QPainter, proposal: str) -> None:
    """Draw a widget, and below it what is tried: no picture of a proposal passes for a fact."""
    widget.render(painter, QPoint())
    if proposal:
        area, palette = QRectF(0, widget.height(), widget.width(), _NAME_HEIGHT), widget.palette()
        painter.fillRect(area, palette.base())
        painter.setPen(palette.text().color())
        words = f"What if: {proposal}"
        cut = painter.fontMetrics().elidedText(
            words, Qt.TextElideMode.ElideRight, widget.width() - 8
        )
        painter.drawText(area.adjusted(4, 0, -4, 0), int(Qt.AlignmentFlag.AlignVCenter), cut)


def save_picture(widget: QWidget, path: Path, scale: float = 1.0, proposal: str = "") -> None:
    """Write a widget as PNG, SVG or PDF, by the ending of the file's name.

    Raises
    ------
    UserError
        Where the ending is another one or the file cannot be written.
    """
    suffix = path.suffix.lower()
    if suffix not in PICTURES:
        raise UserError(f"{path.name}: not a picture.", f"End the name in {', '.join(PICTURES)}.")
    writers = {".png": _png, ".svg": _svg, ".pdf": _pdf}
    write_atomically(path, lambda temporary: writers[suffix](widget, temporary, scale, proposal))


def _png(widget: QWidget, path: Path, scale: float, proposal: str) -> None:
    if not picture(widget, scale, proposal).save(str(path), "PNG"):  # type: ignore[call-overload]
        raise OSError("the picture could not be saved")


def _svg(widget: QWidget, path: Path, scale: float, proposal: str) -> None:
    generator = QSvgGenerator()
    generator.setFileName(str(path))
    size = _size(widget, proposal)
    generator.setSize(QSize(round(size.width() * scale), round(size.height() * scale)))
    generator.setViewBox(QRectF(0, 0, size.width() * scale, size.height() * scale))
    generator.setResolution(_DPI)
    generator.setTitle(widget.accessibleName() or "bcviewer")
    painter = QPainter(generator)
    painter.scale(scale, scale)
    _render(widget, painter, proposal)
    painter.end()


def _pdf(widget: QWidget, path: Path, scale: float, proposal: str) -> None:
    writer = QPdfWriter(str(path))
    writer.setResolution(_DPI)
    points = QSizeF(_size(widget, proposal)) * (72 / _DPI) * scale
    writer.setPageSize(QPageSize(points, QPageSize.Unit.Point))
    writer.setPageMargins(QMarginsF(0, 0, 0, 0))
    painter = QPainter(writer)
    painter.scale(scale, scale)
    _render(widget, painter, proposal)
    painter.end()


def save_numbers(header: Sequence[str], rows: Sequence[Sequence[object]], path: Path) -> None:
    """Write a plot's numbers as CSV; texts are made harmless for spreadsheets."""

    def write(temporary: Path) -> None:
        with temporary.open("w", encoding="utf-8", newline="") as file:
            out = csv.writer(file, lineterminator="\n")
            out.writerow([harmless(name) for name in header])
            for row in rows:
                out.writerow([harmless(v) if isinstance(v, str) else v for v in row])

    write_atomically(path, write)
