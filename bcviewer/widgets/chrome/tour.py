"""The tour: the six things that matter, each pointed at where it is, in a sentence. Keys only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QPainter, QPaintEvent, QRegion
from PySide6.QtWidgets import QFrame, QLabel, QMainWindow, QVBoxLayout, QWidget

from bcviewer.app.commands.table import COMMANDS
from bcviewer.widgets.chrome.native_keys import native_keys
from bcviewer.widgets.drawing.theme import Theme, make_large, theme

GAP, EDGE, WIDTH = 12, 3, 330
"""Between the card and what it points at; of the line around that; of the card. Pixels."""

_KEYS: dict[int, int] = {
    int(Qt.Key.Key_Return): 1,
    int(Qt.Key.Key_Enter): 1,
    int(Qt.Key.Key_Backspace): -1,
    int(Qt.Key.Key_Escape): 0,
}
"""The keys of the tour, and which stop is next; 0: it ends. All others do what they always do."""
_NOWHERE = (int(Qt.Key.Key_Tab), int(Qt.Key.Key_Backtab))
_STAYS = (Qt.FocusReason.ActiveWindowFocusReason, Qt.FocusReason.PopupFocusReason)
_MOVES = (QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.Show, QEvent.Type.Hide)


class Stop(NamedTuple):
    """What is pointed at.

    Attributes
    ----------
    places : tuple of str
        Object names of widgets that stand beside each other; those that are hidden do not count.
    title : str
        What it is called.
    sentence : str
        Why it matters; keys as ``{command}``.
    """

    places: tuple[str, ...]
    title: str
    sentence: str


STOPS: tuple[Stop, ...] = (
    Stop(
        ("unitTable",),
        "The table",
        "Units at which a minute of looking changes most stand first; {next_unit} goes to the"
        " next.",
    ),
    Stop(
        ("dock.why",),
        "Why",
        "Why this unit has its label, in a line, and each rule with its value and its limit.",
    ),
    Stop(
        ("dock.waveform", "dock.correlogram", "dock.amplitudes"),
        "The evidence",
        "What the rules have measured, drawn; a click on a rule shows the plot that it is about.",
    ),
    Stop(
        ("curateBar",),
        "Your label",
        "{label_good}, {label_mua} and {label_noise} label the unit: Bombcell's label stays beside"
        " yours, and {undo} takes yours back, also tomorrow.",
    ),
    Stop(
        ("chipBar",),
        "Filters",
        "Keys {class_1} to {class_6} and these chips show some units only, and so does"
        " every bar in a plot ({layout_overview}).",
    ),
    Stop(
        ("dock.thresholds",),
        "What if",
        "Click a rule and type another limit into the line below to see what each class gains and"
        " loses: nothing that is saved changes.",
    ),
)
"""The stops, in their order, by names that stay (ARCHITECTURE.md)."""


def words_of(stop: Stop) -> str:
    """Return the sentence of a stop, with the keys as this desktop spells them."""
    keys = {command.key: native_keys(command.shortcuts[:1]) for command in COMMANDS}
    return stop.sentence.format_map(keys)


def card_place(target: QRect, card: QSize, room: QRect) -> QPoint:
    """Return where a card stands: beside what it points at, else within it.

    Parameters
    ----------
    target : QRect
        What it points at.
    card : QSize
        How large it is.
    room : QRect
        Where it may be.
    """
    width, height = card.width(), card.height()
    left, top = target.left(), target.top()
    places = (
        QPoint(target.right() + 1 + GAP, top),
        QPoint(left - GAP - width, top),
        QPoint(left, target.bottom() + 1 + GAP),
        QPoint(left, top - GAP - height),
    )
    right, bottom = room.right() + 1 - width, room.bottom() + 1 - height
    for place in places:
        moved = QPoint(
            max(room.left(), min(place.x(), right)), max(room.top(), min(place.y(), bottom))
        )
        if not QRect(moved, card).intersects(target):
            return moved
    return target.center() - QPoint(width // 2, height // 2)


class TourOutline(QWidget):
    """A line around what is pointed at, that the mouse does not notice."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("tourOutline")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def put_around(self, target: QRect) -> None:
        """Go around a rectangle of the window; an empty one: be hidden."""
        self.setVisible(not target.isEmpty())
        self.setGeometry(target)
        whole = QRect(QPoint(0, 0), target.size())
        # Nothing of what is within is painted anew because of it.
        self.setMask(QRegion(whole).subtracted(whole.adjusted(EDGE, EDGE, -EDGE, -EDGE)))
        self.raise_()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme().accent))


class Tour(QFrame):
    """A card that goes from stop to stop, until its end, Esc, or something else has the focus.

    Parameters
    ----------
    window : QMainWindow
        What it shows.
    bring : callable
        Told the object name of each place before it is pointed at: it is to be in sight.

    Attributes
    ----------
    ended : Signal(bool)
        It is over, and whether it had the keys until then.
    """

    ended = Signal(bool)

    def __init__(self, window: QMainWindow, bring: Callable[[str], None]) -> None:
        super().__init__(window)
        self.setObjectName("tour")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAutoFillBackground(True)
        self._window, self._bring = window, bring
        self._targets: Sequence[QWidget] = ()
        self._at = 0
        self._over = False
        self._colors: Theme | None = None
        self._outline = TourOutline(window)
        self._title, self._sentence, self._keys = (QLabel(self) for _ in range(3))
        make_large(self._title, 1.25, bold=True)
        box = QVBoxLayout(self)
        box.setContentsMargins(16, 12, 16, 12)
        box.setSpacing(8)
        for label in (self._title, self._sentence, self._keys):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
            box.addWidget(label)
        self._placing, self._leaving = QTimer(self), QTimer(self)
        for timer, what in ((self._placing, self._place), (self._leaving, self._leave)):
            timer.setSingleShot(True)
            timer.timeout.connect(what)
        self.retheme()
        self._go_to(0)
        self.show()
        self.setFocus()

    @property
    def words(self) -> str:
        """What it says."""
        return self._sentence.text()

    @property
    def title(self) -> str:
        """What it says that it points at."""
        return self._title.text()

    @property
    def pointed_at(self) -> QRect:
        """What it points at, in the window's coordinates."""
        whole = QRect()
        for target in filter(QWidget.isVisible, self._targets):
            place = QRect(target.mapTo(self._window, QPoint(0, 0)), target.size())
            whole = whole.united(place.intersected(self._window.rect()))
        return whole

    def end(self, *, has_keys: bool = True) -> None:
        """Be over."""
        if self._over:
            return
        self._over = True
        self._placing.stop()
        self._leaving.stop()
        for watched in (self._window, *self._targets):
            watched.removeEventFilter(self)
        for widget in (self._outline, self):
            widget.hide()
            widget.deleteLater()
        self.ended.emit(has_keys)

    def retheme(self) -> None:
        """Take the colours of the palette."""
        colors = theme()
        if colors is self._colors:
            return  # a style sheet changes the palette, too
        self._colors = colors
        self.setStyleSheet(
            f"#tour {{background:{colors.base}; border:2px solid {colors.accent};"
            f" border-radius:6px;}} #tour QLabel {{color:{colors.text};}}"
        )
        self._keys.setStyleSheet(f"color:{colors.faint};")

    def _leave(self) -> None:
        if not self.hasFocus():
            self.end(has_keys=False)

    def _go_to(self, number: int) -> None:
        self._at = number
        stop = STOPS[number]
        for name in stop.places:
            self._bring(name)
        for watched in (self._window, *self._targets):
            watched.removeEventFilter(self)
        found = (self._window.findChild(QWidget, name) for name in stop.places)
        self._targets = [widget for widget in found if isinstance(widget, QWidget)]
        for watched in (self._window, *self._targets):
            watched.installEventFilter(self)
        last = number + 1 == len(STOPS)
        self._title.setText(f"{number + 1} of {len(STOPS)}   {stop.title}")
        self._sentence.setText(words_of(stop))
        back = "" if number == 0 else "Backspace: back   "
        self._keys.setText(f"Enter: {'done' if last else 'next'}   {back}Esc: end")
        self.setAccessibleName(f"Tour, {self.title}: {self.words} {self._keys.text()}")
        self._place()

    def _place(self) -> None:
        """Stand beside what is pointed at."""
        self.setFixedWidth(WIDTH)
        self.adjustSize()
        target = self.pointed_at
        self._outline.put_around(target)
        room = self._window.rect().adjusted(GAP, GAP, -GAP, -GAP)
        self.move(card_place(target if target.isValid() else room, self.size(), room))
        self.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._window and event.type() == QEvent.Type.PaletteChange:
            self.retheme()
        if event.type() in _MOVES:
            self._placing.start(0)  # when all that moves with it has moved
        return False

    def event(self, event: QEvent) -> bool:
        override = event.type() == QEvent.Type.ShortcutOverride
        if override and isinstance(event, QKeyEvent) and event.key() in _KEYS:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = _KEYS.get(event.key())
        if step is None:
            event.setAccepted(event.key() in _NOWHERE)
        elif step == 0 or self._at + step == len(STOPS):
            self.end()
        else:
            self._go_to(max(self._at + step, 0))

    def focusNextPrevChild(self, forwards: bool) -> bool:  # noqa: ARG002
        return False

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() not in _STAYS:
            self._leaving.start(0)  # somebody has begun to work, and has the focus then
