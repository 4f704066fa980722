"""Colours and signs: one for each class everywhere, safe for the colour-blind, light and dark."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QIcon, QPainter, QPalette, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import QApplication, QWidget

from bcviewer.core.audit.states import State
from bcviewer.core.rules.labels import Label
from bcviewer.core.rules.palette import FAIL_FILL as FAIL_FILL
from bcviewer.core.rules.palette import FAMILY_FILL as FAMILY_FILL
from bcviewer.core.rules.palette import LABEL_FILL as LABEL_FILL
from bcviewer.core.rules.palette import LABEL_SIGN as LABEL_SIGN
from bcviewer.core.rules.palette import ON_FILL as ON_FILL
from bcviewer.io.resources import resource_path

_LESS, _FACTOR = "pointsLess", "fontFactor"
"""Properties of widgets whose font is not the application's."""
STATE_SIGN: dict[State, str] = {
    State.PASS: "✓",
    State.FAIL: "✗",
    State.BEYOND: "▸",
    State.NOT_TESTED: "–",
    State.EXEMPT: "◦",
    State.MISSING: "·",
}


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours that depend on light or dark.

    Attributes
    ----------
    dark : bool
        Whether the desktop is dark.
    base, text, faint, grid : str
        Background, text, secondary text and lines, as ``#rrggbb``.
    fail_text, pass_text, fail_tint, warn_tint : str
        Text and backgrounds with enough contrast on ``base``.
    masked : str
        Fill of failures that a stronger rule hides.
    passed : str
        Fill of passes.
    accent : str
        Marks the current unit.
    selected : str
        Ground of selected rows and of chips that are on.
    fail_selected : str
        Ground of what fails in a selected row: as clear as ``fail_tint`` beside it.
    """

    dark: bool
    base: str
    text: str
    faint: str
    grid: str
    fail_text: str
    pass_text: str
    fail_tint: str
    warn_tint: str
    error_tint: str
    masked: str
    passed: str
    accent: str
    selected: str
    fail_selected: str


LIGHT = Theme(
    False,
    "#FFFFFF",
    "#1B1B1B",
    "#5C5C5C",
    "#D5D5D5",
    "#A84300",
    "#00694D",
    "#FBE3D3",
    "#FFF3D1",
    "#FBDCDC",
    "#EFB68F",
    "#8FCDB9",
    "#6B2FB3",
    "#E5DEF7",
    "#F6C6AC",
)
DARK = Theme(
    True,
    "#1E1F22",
    "#E8E8E8",
    "#A3A6AB",
    "#45484D",
    "#FF9A5C",
    "#5FD3AE",
    "#4A2C18",
    "#443A1C",
    "#4B2326",
    "#8A5330",
    "#2F6B59",
    "#C5A8FF",
    "#3F345E",
    "#6B3B22",
)


def theme() -> Theme:
    """Return the theme that fits the application's palette."""
    base = QApplication.palette().color(QPalette.ColorRole.Base)
    return DARK if base.lightness() < 128 else LIGHT


def mixed(color: str, share: float, colors: Theme) -> QColor:
    """Return a colour of which a share is left, over the theme's background.

    Opaque: filling large areas with a translucent colour costs milliseconds a plot.
    """
    over, under = QColor(color), QColor(colors.base)

    def part(a: int, b: int) -> int:
        return round(a * share + b * (1 - share))

    return QColor(
        part(over.red(), under.red()),
        part(over.green(), under.green()),
        part(over.blue(), under.blue()),
    )


def dark_palette() -> QPalette:
    """Return a dark palette, for desktops that ask for one without bringing it."""
    role, palette = QPalette.ColorRole, QPalette()
    colors = {
        role.Window: "#2A2B2F",
        role.WindowText: DARK.text,
        role.Base: DARK.base,
        role.AlternateBase: "#242529",
        role.Text: DARK.text,
        role.Button: "#35373B",
        role.ButtonText: DARK.text,
        role.BrightText: "#FFFFFF",
        role.ToolTipBase: "#35373B",
        role.ToolTipText: DARK.text,
        role.Link: DARK.accent,
        role.Highlight: DARK.selected,
        role.HighlightedText: DARK.text,
        role.PlaceholderText: "#8A8D92",
        role.Light: "#4A4C51",
        role.Midlight: "#3D3F44",
        role.Mid: "#2F3034",
        role.Dark: "#17181A",
        role.Shadow: "#0E0F10",
    }
    for which, color in colors.items():
        palette.setColor(which, QColor(color))
    group = QPalette.ColorGroup.Disabled
    for which in (role.Text, role.ButtonText, role.WindowText):
        palette.setColor(group, which, QColor("#7A7D82"))
    return palette


def light_palette() -> QPalette:
    """Return a light palette that is the same everywhere (screenshots use it)."""
    role, palette = QPalette.ColorRole, QPalette(QColor("#F0F0F0"), QColor("#F0F0F0"))
    palette.setColor(role.Base, QColor(LIGHT.base))
    palette.setColor(role.AlternateBase, QColor("#F6F6F6"))
    palette.setColor(role.Text, QColor(LIGHT.text))
    palette.setColor(role.WindowText, QColor(LIGHT.text))
    palette.setColor(role.ButtonText, QColor(LIGHT.text))
    palette.setColor(role.Highlight, QColor(LIGHT.selected))
    palette.setColor(role.HighlightedText, QColor(LIGHT.text))
    palette.setColor(role.Link, QColor(LIGHT.accent))
    palette.setColor(role.PlaceholderText, QColor("#767676"))
    for which in (role.Text, role.ButtonText, role.WindowText):  # set above for all groups
        palette.setColor(QPalette.ColorGroup.Disabled, which, QColor("#9A9A9A"))
    return palette


def label_icon(label: Label, size: int = 12, *, proposed: bool = False) -> QIcon:
    """Return the sign of a class in its colour; in selected rows on the ground of the others.

    A ``proposed`` one has an outline around it: it is no fact.
    """
    return _label_icon(label, size, theme().base, theme().text if proposed else "")


def tried_icon(size: int = 12) -> QIcon:
    """Return the outline without a sign: what stands beside it is of what is tried, no fact."""
    return _label_icon(None, size, theme().base, theme().text)


@cache
def _label_icon(label: Label | None, size: int, ground: str, outline: str) -> QIcon:
    icon = QIcon(_sign_pixmap(label, size, None, outline))
    # Qt would tint it there: a class has one colour everywhere, and the highlight may hide it
    icon.addPixmap(_sign_pixmap(label, size, QColor(ground), outline), QIcon.Mode.Selected)
    return icon


def _sign_pixmap(label: Label | None, size: int, ground: QColor | None, outline: str) -> QPixmap:
    scale = 3  # drawn large, so that it stays sharp on high-density screens
    pixmap = QPixmap(size * scale, size * scale)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(scale * size / 12, scale * size / 12)
    if ground is not None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(0, 0, 12, 12, 3, 3)
        painter.setBrush(Qt.BrushStyle.NoBrush)
    if outline:
        painter.setPen(QPen(QColor(outline), 1))
        painter.drawRoundedRect(QRectF(0.5, 0.5, 11, 11), 2, 2)
        painter.translate(2.4, 2.4)
        painter.scale(0.6, 0.6)
    if label is not None:
        _draw_sign(painter, label)
    painter.end()
    pixmap.setDevicePixelRatio(scale)
    return pixmap


def _draw_sign(painter: QPainter, label: Label) -> None:
    color = QColor(LABEL_FILL[label])
    painter.setPen(QPen(color, 2))
    if label in (Label.GOOD, Label.EMPTY):
        painter.setBrush(color if label == Label.GOOD else Qt.BrushStyle.NoBrush)
        painter.drawEllipse(QPointF(6, 6), 4, 4)
    elif label == Label.NOISE:
        painter.drawLine(2, 2, 10, 10)
        painter.drawLine(2, 10, 10, 2)
    elif label == Label.UNSCORED:
        painter.drawLine(6, 2, 6, 10)
        painter.drawLine(2, 6, 10, 6)
    elif label in (Label.INCOMPLETE, Label.UNKNOWN):
        font = QFont()
        font.setPixelSize(11)
        font.setBold(True)
        painter.setFont(font)
        painter.drawText(2, 10, "?")
    else:
        shapes = {
            Label.MUA: ((6, 1), (11, 6), (6, 11), (1, 6)),
            Label.NON_SOMA: ((6, 1.5), (11, 10.5), (1, 10.5)),
            Label.NON_SOMA_GOOD: ((6, 2), (10.5, 10), (1.5, 10)),
            Label.NON_SOMA_MUA: ((6, 10), (10.5, 2), (1.5, 2)),
        }
        solid = label in (Label.MUA, Label.NON_SOMA)
        painter.setPen(QPen(color, 1 if solid else 1.8))
        painter.setBrush(color if solid else Qt.BrushStyle.NoBrush)
        painter.drawPolygon(QPolygonF([QPointF(x, y) for x, y in shapes[label]]))


@cache
def tick_icon(color: str, size: int = 11) -> QIcon:
    """Return a tick in a colour."""
    scale = 3
    pixmap = QPixmap(size * scale, size * scale)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(scale * size / 12, scale * size / 12)
    pen = QPen(QColor(color), 2)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.drawPolyline(QPolygonF([QPointF(1.5, 6.5), QPointF(4.5, 9.5), QPointF(10.5, 2.5)]))
    painter.end()
    pixmap.setDevicePixelRatio(scale)
    tick = QIcon(pixmap)
    tick.addPixmap(pixmap, QIcon.Mode.Selected)  # Qt would tint it there
    return tick


_ICON_SIZES = (16, 18, 36)
"""Of menus, the tool bar, and sharp screens."""
_UNAVAILABLE = 0.4
"""Opacity of an icon whose action cannot be done."""


@cache
def icon(name: str) -> QIcon:
    """Return a toolbar icon by name, fainter where it cannot be used; empty where there is none.

    Qt would derive that one from the palette: in a dark theme it is as bright as the other.
    """
    path, found = resource_path("icons", f"{name}.svg"), QIcon()
    if not path.exists():
        return found
    drawn = QIcon(str(path))
    for size in _ICON_SIZES:
        usable = drawn.pixmap(QSize(size, size), 1.0)
        faint = QPixmap(usable.size())
        faint.fill(Qt.GlobalColor.transparent)
        painter = QPainter(faint)
        painter.setOpacity(_UNAVAILABLE)
        painter.drawPixmap(0, 0, usable)
        painter.end()
        found.addPixmap(usable)
        found.addPixmap(faint, QIcon.Mode.Disabled)
    return found


def make_small(widget: QWidget) -> None:
    """Give a widget a font one point smaller, also when the application's font changes."""
    widget.setFont(small_font(widget))
    widget.setProperty(_LESS, 1.0)


def make_large(widget: QWidget, factor: float, *, bold: bool = False) -> None:
    """Give a widget a font larger by a factor, also when the application's font changes."""
    font = QFont(widget.font())
    font.setPointSizeF(font.pointSizeF() * factor)
    font.setBold(bold)
    widget.setFont(font)
    widget.setProperty(_FACTOR, factor)


def refit_fonts(window: QWidget) -> None:
    """Give widgets of a window a font that fits the application's of now, where Qt does not.

    It does not where a widget is small or large, or it, or one it is in, has a style sheet; nor
    inside such a one, which it tells nothing: a header's titles are measured in its viewport's.
    """
    points, styled = QApplication.font().pointSizeF(), Qt.WidgetAttribute.WA_StyleSheet
    for widget in window.findChildren(QWidget):
        less, factor = widget.property(_LESS), widget.property(_FACTOR)
        own = less is not None or factor is not None or widget.testAttribute(styled)
        around = widget.parentWidget() or window
        if own or around.testAttribute(styled):
            fit = max(6.0, points * (factor or 1.0) - (less or 0.0))
            font = QFont(widget.font())
            font.setPointSizeF(fit if own else around.font().pointSizeF())  # fitted before it
            widget.setFont(font)


def small_font(widget: QWidget) -> QFont:
    """Return a widget's font, one point smaller."""
    font = QFont(widget.font())
    font.setPointSizeF(max(6.0, font.pointSizeF() - 1))
    return font
