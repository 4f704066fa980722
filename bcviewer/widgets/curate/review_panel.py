"""The review dock: what to look at, in which order, and how far that is."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from bcviewer.app.scene import Scene
from bcviewer.app.viewing.review import unreviewed
from bcviewer.app.wishes import EndQueue, NextUnreviewed, Queue
from bcviewer.core.audit.summary import class_counts
from bcviewer.core.rules.counts import known_count
from bcviewer.core.rules.labels import CLASSES, LABEL_NAMES, Label
from bcviewer.core.sheet.queue import QueueProgress, QueueSpec, progress
from bcviewer.widgets.base.panel import Panel
from bcviewer.widgets.drawing.own_keys import keeps_key
from bcviewer.widgets.drawing.text_labels import LateBar
from bcviewer.widgets.drawing.theme import label_icon

ORDERS: tuple[tuple[str, str], ...] = (
    ("attention", "that matter most"),
    ("random", "at random"),
    ("blind", "at random, blind"),
)
BLIND_HELP = (
    "Blind: label, reasons and margins are hidden in every dock until you label the unit. Only such"
    " labels can judge Bombcell: those given in sight of its verdict are circular."
)
SIZES: tuple[int, ...] = (20, 50, 100, 200)
FIRST_SIZE = 50


class _Choice(QComboBox):
    """A box whose arrows choose: elsewhere they step from unit to unit."""

    def event(self, event: QEvent) -> bool:
        return keeps_key(event, (Qt.Key.Key_Up, Qt.Key.Key_Down)) or super().event(event)


class ReviewPanel(Panel):
    """Draws up a queue, and shows how far the review is."""

    panel_id = "review"
    title = "Review"
    parts = ("table", "manual", "review", "queue", "journals")

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._drawn_up: QueueSpec | None = None
        self._odd_size = False
        """Whether the first size is none of :data:`SIZES`, but that of the queue there is."""
        self.all_words, self.all_bar = self._progress("reviewAll")
        self.queue_words, self.queue_bar = self._progress("reviewQueue")
        self.most = self._choice("queueSize", "Size of the queue")
        for n in SIZES:
            self.most.addItem(f"the {n}", n)
        self.most.addItem("all", None)
        self.most.setCurrentIndex(SIZES.index(FIRST_SIZE))
        self.classes = self._choice("queueClass", "Classes in the queue")
        self.classes.addItem("units", None)
        for label in CLASSES:
            self.classes.addItem(label_icon(label), f"{LABEL_NAMES[label]} units", int(label))
        self.order = self._choice("queueOrder", "Order of the queue")
        for key, title in ORDERS:
            self.order.addItem(title, key)
        self.order.setToolTip(BLIND_HELP)
        self.order.currentIndexChanged.connect(self._show_order)
        self.seed = self._seed()
        self.start = self._button("queueStart", "Start queue", self._on_start)
        self.next = self._button("queueNext", "Next unreviewed", self._on_next)
        self.next.setToolTip("Go to the next unit shown without a manual label (N)")
        self.stop = self._button("queueStop", "End queue", self._on_stop)
        self._lay_out()
        self._show_order()
        self.setFocusProxy(self.most)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Start the queue that is chosen: its boxes leave Enter to the form."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.start.isEnabled():
            self._on_start()
        else:
            super().keyPressEvent(event)

    def _choice(self, name: str, what: str) -> QComboBox:
        box = _Choice(self)
        box.setObjectName(name)
        box.setAccessibleName(what)
        box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        return box

    def _seed(self) -> QSpinBox:
        seed = QSpinBox(self)
        seed.setObjectName("queueSeed")
        seed.setAccessibleName("Seed")
        seed.setPrefix("seed ")
        seed.setRange(0, 999_999)
        seed.setToolTip("The same seed gives every curator the same units in the same order.")
        return seed

    def _button(self, name: str, text: str, pressed: Callable[[], None]) -> QPushButton:
        button = QPushButton(text, self)
        button.setObjectName(name)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.clicked.connect(pressed)
        return button

    def _progress(self, name: str) -> tuple[QLabel, LateBar]:
        words, bar = QLabel(self), LateBar(self)
        words.setObjectName(f"{name}Words")
        bar.setObjectName(f"{name}Bar")
        bar.setTextVisible(False)
        bar.setFixedHeight(8)
        return words, bar

    def _lay_out(self) -> None:
        bars = QGridLayout()
        bars.setHorizontalSpacing(10)
        for i, (words, bar) in enumerate(
            ((self.all_words, self.all_bar), (self.queue_words, self.queue_bar))
        ):
            bars.addWidget(words, i, 0)
            bars.addWidget(bar, i, 1)
        bars.setColumnStretch(1, 1)
        what = QHBoxLayout()
        for widget in (self.most, self.classes, self.order):
            what.addWidget(widget)
        what.addStretch(1)
        buttons = QHBoxLayout()
        for button in (self.start, self.stop):
            buttons.addWidget(button)
        buttons.addWidget(self.seed)  # where it comes nothing moves, and no dock is wider
        buttons.addStretch(1)
        buttons.addWidget(self.next)
        box = QVBoxLayout(self)
        box.setContentsMargins(8, 6, 8, 6)
        box.addLayout(bars)
        box.addLayout(what)
        box.addLayout(buttons)
        box.addStretch(1)

    @property
    def spec(self) -> QueueSpec:
        """The queue that is chosen."""
        code, order = self.classes.currentData(), self.order.currentData()
        return QueueSpec(
            "attention" if order == "attention" else "random",
            self.most.currentData(),
            frozenset() if code is None else frozenset({Label(code)}),
            self.seed.value(),
            order == "blind",
        )

    def redraw(self, scene: Scene) -> None:
        table = scene.table
        self.setEnabled(table is not None)
        if table is None:
            return
        n_hidden = 0 if scene.book is None else scene.book.n_hidden
        _show(self.all_words, self.all_bar, progress(table, n_hidden=n_hidden), "")
        if not scene.is_read:
            self.all_words.setText("labels not read yet")
        self._show_spec(None if scene.review is None else scene.review.spec)
        on = scene.queue is not None
        self.stop.setEnabled(on)
        self.start.setText("New queue" if on else "Start queue")
        self.queue_words.setVisible(on)
        self.queue_bar.setVisible(on)
        if on:
            done = progress(table, scene.review)
            _show(self.queue_words, self.queue_bar, done, "queue: ")
        self.next.setEnabled(bool(unreviewed(table, scene.review).any()))
        counts = class_counts(table.bombcell_labels)
        for i in range(1, self.classes.count()):
            label = Label(self.classes.itemData(i))
            n = known_count(int(counts[label]), n_hidden)
            self.classes.setItemText(i, f"{LABEL_NAMES[label]} units ({n})")

    def _show_spec(self, spec: QueueSpec | None) -> None:
        """Show the choices of the queue that there is, when it comes; those of the hand stay."""
        if spec == self._drawn_up:
            return
        self._drawn_up = spec
        if self._odd_size:
            self.most.removeItem(0)
        self._odd_size = spec is not None and _place_of(self.most, spec.size) < 0
        if spec is None:
            return
        if self._odd_size:
            self.most.insertItem(0, f"the {spec.size:,}", spec.size)
        one = int(next(iter(spec.classes))) if len(spec.classes) == 1 else None
        self.most.setCurrentIndex(_place_of(self.most, spec.size))
        self.classes.setCurrentIndex(_place_of(self.classes, one))
        order = "blind" if spec.blind else spec.order
        self.order.setCurrentIndex(_place_of(self.order, order))
        self.seed.setValue(spec.seed)

    def _show_order(self) -> None:
        """Say what the chosen order is like."""
        order = self.order.currentData()
        self.seed.setVisible(order != "attention")
        which = "whether reviewed before or not" if order == "blind" else "unreviewed ones first"
        self.start.setToolTip(
            f"The table shows these units only, {which}. Esc shows all units again."
        )

    def _on_start(self) -> None:
        self.wish.emit(Queue(self.spec))

    def _on_stop(self) -> None:
        self.wish.emit(EndQueue())

    def _on_next(self) -> None:
        self.wish.emit(NextUnreviewed())


def _place_of(box: QComboBox, value: object) -> int:
    """Return the place of a value in a box, −1: it is not there."""
    return next((i for i in range(box.count()) if box.itemData(i) == value), -1)


def _show(words: QLabel, bar: LateBar, done: QueueProgress, prefix: str) -> None:
    """Show how far it is."""
    words.setText(prefix + done.words)
    bar.setRange(0, max(done.total, 1))
    bar.setValue(done.reviewed)
