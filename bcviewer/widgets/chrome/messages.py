"""The banner above the table: errors, and what was odd about the files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from bcviewer.widgets.drawing.theme import theme
from bcviewer.widgets.drawing.tips import plain_tip


class Severity(Enum):
    """How bad it is; the value is the sign in front of the text."""

    ERROR = "✗"
    WARNING = "!"
    DONE = "✓"


class Banner(QFrame):
    """One line of plain text that stays until it is closed, with more lines on demand.

    Attributes
    ----------
    closed : Signal()
        It is closed.
    open_chosen : Signal(str)
        The file that was offered is to be opened.
    """

    closed = Signal()
    open_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("banner")
        self._severity = Severity.ERROR
        self._lines: tuple[str, ...] = ()
        self._sign = QLabel(self)
        self._text = QLabel(self)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setWordWrap(True)
        self._text.setObjectName("bannerText")
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._text.setMinimumWidth(160)  # a path is one long word: it must not widen the window
        self._more = QPushButton(self)
        self._more.setCheckable(True)
        self._more.setFlat(True)
        self._more.toggled.connect(self._show_lines)
        self._do: Callable[[], None] | None = None
        self._pinned: tuple[str, str, Callable[[], None] | None] | None = None
        self.offer = QPushButton("Open", self)
        self.offer.setObjectName("bannerOpen")
        self.offer.clicked.connect(self._on_offer)
        close = QToolButton(self)
        close.setText("✕")
        close.setAutoRaise(True)
        close.setToolTip("Close this message")
        close.setAccessibleName("Close this message")
        close.clicked.connect(self.clear)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 5, 6, 5)
        row.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._text, 1)
        row.addWidget(self.offer, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._more, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        self.hide()

    @property
    def text(self) -> str:
        """What it says."""
        return self._text.text()

    @property
    def is_error(self) -> bool:
        """Whether an error is shown."""
        return not self.isHidden() and self._severity is Severity.ERROR

    def show_error(self, message: str, hint: str = "") -> None:
        """Show what cannot be done, and what to do about it."""
        self._pinned = None
        self._show(Severity.ERROR, (f"{message} {hint}".strip(),))

    def show_written(self, message: str, path: str) -> None:
        """Show that a file was written, and offer to open it."""
        self._show(Severity.DONE, (message,))
        self.also_offer("Open", lambda: self.open_chosen.emit(path))
        self.offer.setToolTip(plain_tip(path))

    def pin(self, message: str, words: str = "", do: Callable[[], None] | None = None) -> None:
        """Say that something was done, over what is odd about the files, and what may be next.

        It stays until it is closed, an error comes, or :meth:`unpin`.
        """
        shown = self._lines if self.isVisible() and self._severity is Severity.WARNING else ()
        self._pinned = message, words, do
        self.show_issues(shown)

    def unpin(self) -> None:
        """Let what is odd about the files stand alone again."""
        if self._pinned is not None:
            self._pinned = None
            self.show_issues(self._lines[1:])

    def also_offer(self, words: str, do: Callable[[], None]) -> None:
        """Offer, beside what is shown, something to do."""
        self._do = do
        self.offer.setText(words)
        self.offer.setToolTip("")
        self.offer.show()

    def show_issues(self, lines: Sequence[str]) -> None:
        """Show what was odd about the files; no lines: close."""
        if self._pinned is not None:
            message, words, do = self._pinned
            self._show(Severity.DONE, (message, *lines))
            if do is not None:
                self.also_offer(words, do)
        elif lines:
            self._show(Severity.WARNING, tuple(lines))
        else:
            self.clear()

    def clear(self) -> None:
        """Close the banner."""
        self._pinned = None
        if not self.isHidden():
            self.hide()
            self.closed.emit()

    def retheme(self) -> None:
        """Take the colours of the palette."""
        colors = theme()
        tints = {Severity.ERROR: colors.error_tint, Severity.WARNING: colors.warn_tint}
        tint = tints.get(self._severity, colors.base)
        self.setStyleSheet(
            f"#banner {{background:{tint}; border-bottom:1px solid {colors.grid};}}"
            f"#banner QLabel {{color:{colors.text};}}"
        )

    def _show(self, severity: Severity, lines: tuple[str, ...]) -> None:
        self._severity, self._lines = severity, lines
        self._sign.setText(severity.value)
        self.offer.hide()
        self._do = None
        self._more.setVisible(len(lines) > 1)
        self._more.setChecked(False)
        self._show_lines(False)
        self.retheme()
        self.show()

    def _on_offer(self) -> None:
        do, self._do = self._do, None
        self.clear()
        if do is not None:
            do()

    def _show_lines(self, every: bool) -> None:
        rest = len(self._lines) - 1
        self._more.setText("Less" if every else f"{rest} more" if rest > 0 else "")
        self._text.setText("\n".join(self._lines if every else self._lines[:1]))
