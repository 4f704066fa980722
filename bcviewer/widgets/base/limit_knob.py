"""A threshold to take hold of, wherever one is drawn: dragged, stepped, typed, reset."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from PySide6.QtCore import QEvent, QObject, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QLineEdit, QWidget

from bcviewer.core.comparison.handles import Handle
from bcviewer.core.comparison.proposal import parse_value, value_words
from bcviewer.core.rules.metrics import METRICS
from bcviewer.core.rules.rules import RULES
from bcviewer.errors import UsageError
from bcviewer.widgets.base.dragged_limits import DraggedLimits
from bcviewer.widgets.drawing.hand import TREMOR
from bcviewer.widgets.drawing.own_keys import keeps_key
from bcviewer.widgets.drawing.theme import FAIL_FILL, make_small, theme
from bcviewer.widgets.drawing.tips import plain_tip

REACH = 5
"""So near, in pixels, a line is taken hold of."""
TENTH = 0.1
"""What Shift makes of a step."""
_GRIP = (7.0, 11.0)
_HOW = (
    "Drag it; arrow keys move it by one step of measurement error, with Shift by a tenth; type a"
    " number; a double click takes the saved one."
)
_STEPS = {Qt.Key.Key_Up: 1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: -1, Qt.Key.Key_Left: -1}
_BACK = (Qt.Key.Key_Delete, Qt.Key.Key_Backspace)
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class Knob(NamedTuple):
    """Where a threshold is drawn, in pixels of the plot.

    Attributes
    ----------
    rule : int
        Which of ``RULES``.
    area : QRect
        Its line, and as much room beside it as takes hold of it.
    upright : bool
        Whether the line stands upright: it is moved to the left and right.
    value_at : callable
        Returns the threshold at a place.
    grip : float
        Where on the line the grip is: from 0 (the top, or left) to 1.
    """

    rule: int
    area: QRect
    upright: bool
    value_at: Callable[[QPointF], float]
    grip: float = 0.5


class LimitKnob(QWidget):
    """Lies over the line of one threshold; the line itself is the plot's.

    Attributes
    ----------
    clicked : Signal(QPointF, bool)
        A click without a drag, in the plot's pixels, and whether with Ctrl: what lies below is
        meant.
    """

    clicked = Signal(QPointF, bool)

    def __init__(self, parent: QWidget, limits: DraggedLimits) -> None:
        super().__init__(parent)
        self._plot, self._limits = parent, limits
        self.knob: Knob | None = None
        self._pressed: QPointF | None = None
        self._drags = False
        self._edit: _NumberBox | None = None
        self._told: Handle | None = None
        """What was said of it last."""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)

    @property
    def handle(self) -> Handle | None:
        """The threshold; None where there is none any more."""
        return None if self.knob is None else self._limits.handle(self.knob.rule)

    @property
    def drags(self) -> bool:
        """Whether it is being dragged."""
        return bool(self._drags)

    def place(self, knob: Knob) -> None:
        """Lie where a threshold is drawn by now; while it is dragged its scale stays."""
        if self._drags and self.knob is not None:
            knob = knob._replace(value_at=self.knob.value_at)
        before, self.knob = self.knob, knob
        if self.geometry() != knob.area:
            self.setGeometry(knob.area)
        if before is None or before.upright != knob.upright:
            way = Qt.CursorShape.SplitHCursor if knob.upright else Qt.CursorShape.SplitVCursor
            self.setCursor(way)
        if self.isHidden():
            self.show()
        told, self._told = self._told, self.handle
        if self._told != told:  # most stay as they are while one is moved
            self.update()
            if self._told is not None:
                self._say(self._told, knob)

    def _say(self, handle: Handle, knob: Knob) -> None:
        unit = METRICS[RULES[knob.rule].metric].unit
        now = " ".join(filter(None, (handle.title, value_words(handle.value), unit)))
        saved = f"What if: the saved one is {value_words(handle.saved)}." if handle.is_moved else ""
        self.setAccessibleName(f"Threshold {now}")
        self.setAccessibleDescription(saved or "as saved")
        lines = (now, handle.name, saved, handle.off, _HOW)
        self.setToolTip(plain_tip("\n".join(filter(None, lines))))

    # -- the mouse ---------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        self._pressed, self._drags = self.mapToParent(event.position()), False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is None or self.knob is None:
            return
        place = self.mapToParent(event.position())
        self._drags = self._drags or (place - self._pressed).manhattanLength() >= TREMOR
        if self._drags:
            self._limits.moved(self.knob.rule, self.knob.value_at(place), False)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._pressed is None or event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        place = self.mapToParent(event.position())
        drags, self._pressed, self._drags = self._drags, None, False
        if drags and self.knob is not None:
            self._limits.moved(self.knob.rule, self.knob.value_at(place), True)
        elif not drags:
            add = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
            self.clicked.emit(place, add)

    def mouseDoubleClickEvent(self, _: QMouseEvent) -> None:
        self._pressed = None
        self._reset()

    def _reset(self) -> None:
        if self.knob is not None:
            self._limits.reset(self.knob.rule)

    # -- keys --------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        override = event.type() == QEvent.Type.ShortcutOverride
        if override and isinstance(event, QKeyEvent) and self._is_own(event):
            event.accept()  # the window's keys for units wait
            return True
        return super().event(event)

    @staticmethod
    def _is_own(event: QKeyEvent) -> bool:
        key = Qt.Key(event.key())
        named = (*_STEPS, *_BACK, *_ENTER, Qt.Key.Key_Escape)
        return key in named or _starts_number(event.text())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, knob = Qt.Key(event.key()), self.knob
        if knob is None:
            return
        if key in _STEPS:
            tenth = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self._limits.stepped(knob.rule, _STEPS[key] * (TENTH if tenth else 1.0))
        elif key in _BACK:
            self._reset()
        elif key in _ENTER or _starts_number(event.text()):
            self._type("" if key in _ENTER else event.text())
        elif key == Qt.Key.Key_Escape:
            self.clearFocus()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    # -- typing ------------------------------------------------------------------------------

    def _type(self, begun: str) -> None:
        """Open a box beside the line, with what was typed already."""
        handle = self.handle
        if handle is None or self.knob is None:
            return
        edit = self._edit = _NumberBox(self._plot)
        edit.setAccessibleName(self.accessibleName())
        edit.setToolTip(plain_tip("Enter tries it, Esc leaves it."))
        edit.setText(begun or value_words(handle.value))
        if not begun:
            edit.selectAll()
        edit.resize(84, edit.sizeHint().height())
        room, middle = self._plot.rect(), self.geometry().center()
        left = min(middle.x() + 8, room.right() - edit.width())
        edit.move(max(left, 0), max(min(middle.y(), room.bottom() - edit.height()), 0))
        edit.done.connect(self._on_typed)
        edit.show()
        edit.setFocus()

    def _on_typed(self, text: str) -> None:
        edit, self._edit = self._edit, None
        handle = self.handle
        if edit is None or handle is None or self.knob is None:
            return
        try:
            value = float(parse_value(handle.name, text)) if text else None
        except UsageError as error:
            self._edit = edit
            edit.refuse(error.hint or error.message)
            return
        edit.deleteLater()
        self.setFocus()
        if value is not None:
            self._limits.typed(self.knob.rule, value)

    # -- drawing -----------------------------------------------------------------------------

    def paintEvent(self, _: QPaintEvent) -> None:
        knob, handle, colors = self.knob, self._told, theme()
        if knob is None or handle is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        wide, high = _GRIP if knob.upright else _GRIP[::-1]
        centre = QRectF(self.rect()).center()
        if knob.upright:
            centre.setY(high / 2 + 1 + knob.grip * max(self.height() - high - 2, 0))
        else:
            centre.setX(wide / 2 + 1 + knob.grip * max(self.width() - wide - 2, 0))
        grip = QRectF(centre.x() - wide / 2, centre.y() - high / 2, wide, high)
        # filled is a fact, an outline is what is tried
        painter.setBrush(QColor(colors.base if handle.is_moved else FAIL_FILL))
        painter.setPen(QPen(QColor(FAIL_FILL if handle.is_moved else colors.base), 1.6))
        painter.drawRoundedRect(grip, 2, 2)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(colors.accent), 2))
            painter.drawRoundedRect(grip.adjusted(-2, -2, 2, 2).intersected(self.rect()), 3, 3)
        painter.end()


class LimitKnobs(QObject):
    """The knobs of one plot: as many as it has thresholds, kept as long as they are there.

    Parameters
    ----------
    plot : QWidget
        What they lie over.
    limits : DraggedLimits
        Who is told.
    clicked : callable, optional
        Takes a click on a line that means what lies below: the place, and whether with Ctrl.
    """

    def __init__(
        self,
        plot: QWidget,
        limits: DraggedLimits,
        clicked: Callable[[QPointF, bool], None] | None = None,
    ) -> None:
        super().__init__(plot)
        self._plot, self._limits, self._clicked = plot, limits, clicked
        self.knobs: list[LimitKnob] = []

    def place(self, knobs: Iterable[Knob]) -> None:
        """Show exactly these; each rule keeps its own, and with it the focus."""
        left = list(self.knobs)
        for knob in knobs:
            found = next((k for k in left if k.knob and k.knob.rule == knob.rule), None)
            if found is None:
                found = LimitKnob(self._plot, self._limits)
                if self._clicked is not None:
                    found.clicked.connect(self._clicked)
                self.knobs.append(found)
            else:
                left.remove(found)
            found.place(knob)
        for one in left:
            one.hide()

    def of(self, rule: int) -> Sequence[LimitKnob]:
        """Return the knobs of a rule."""
        return [k for k in self.knobs if k.knob is not None and k.knob.rule == rule]


class _NumberBox(QLineEdit):
    """A number that is typed over a plot."""

    done = Signal(str)
    """What was typed; empty: nothing is wished."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        make_small(self)
        colors = theme()
        self.setStyleSheet(f"background:{colors.warn_tint};color:{colors.text}")
        self.returnPressed.connect(lambda: self.done.emit(self.text()))

    def refuse(self, why: str) -> None:
        """Say why it is no threshold."""
        self.setToolTip(plain_tip(why))
        self.setStyleSheet(f"background:{theme().error_tint};color:{theme().text}")
        self.selectAll()

    def event(self, event: QEvent) -> bool:
        return keeps_key(event, (Qt.Key.Key_Escape,)) or super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.done.emit("")
        else:
            super().keyPressEvent(event)


def _starts_number(text: str) -> bool:
    return len(text) == 1 and (text.isdecimal() or text in ".-−")
