"""The review dock: what to look at, in which order, and how far that is."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from bcviewer.app.scene import Scene
from bcviewer.app.wishes import NextUnreviewed, Queue
from bcviewer.core.curation.said_columns import NO_LABEL
from bcviewer.core.rules.labels import CLASSES, LABEL_NAMES, Label
from bcviewer.core.sheet.queue import QueueProgress, QueueSpec, progress
from bcviewer.widgets.base.panel import Panel
from bcviewer.widgets.drawing.theme import label_icon

ORDERS: tuple[tuple[str, str], ...] = (
    ("attention", "that matter most"),
    ("random", "at random"),
)
SIZES: tuple[int, ...] = (20, 50, 100, 200)
FIRST_SIZE = 50


class ReviewPanel(Panel):
    """Draws up a queue, and shows how far the review is."""

    panel_id = "review"
    title = "Review"
    parts = ("table", "manual", "queue")

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.all_words, self.all_bar = self._progress("reviewAll")
        self.queue_words, self.queue_bar = self._progress("reviewQueue")
        self.most = QComboBox(self)
        self.most.setObjectName("queueSize")
        self.most.setAccessibleName("Size of the queue")
        for n in SIZES:
            self.most.addItem(f"the {n}", n)
        self.most.addItem("all", None)
        self.most.setCurrentIndex(SIZES.index(FIRST_SIZE))
        self.classes = QComboBox(self)
        self.classes.setObjectName("queueClass")
        self.classes.setAccessibleName("Classes in the queue")
        self.classes.addItem("units", None)
        for label in CLASSES:
            self.classes.addItem(label_icon(label), f"{LABEL_NAMES[label]} units", int(label))
        self.order = QComboBox(self)
        self.order.setObjectName("queueOrder")
        self.order.setAccessibleName("Order of the queue")
        for key, title in ORDERS:
            self.order.addItem(title, key)
        self.order.currentIndexChanged.connect(self._show_seed)
        self.seed = QSpinBox(self)
        self.seed.setObjectName("queueSeed")
        self.seed.setAccessibleName("Seed")
        self.seed.setPrefix("seed ")
        self.seed.setRange(0, 999_999)
        self.seed.setToolTip("The same seed gives every curator the same units in the same order.")
        self.start = QPushButton("Start queue", self)
        self.start.setObjectName("queueStart")
        self.start.setToolTip(
            "The table shows these units only, unreviewed ones first. Esc shows all units again."
        )
        self.start.clicked.connect(self._on_start)
        self.next = QPushButton("Next unreviewed", self)
        self.next.setObjectName("queueNext")
        self.next.setToolTip("Go to the next unit shown without a manual label (N)")
        self.next.clicked.connect(self._on_next)
        self.stop = QPushButton("End queue", self)
        self.stop.setObjectName("queueStop")
        self.stop.clicked.connect(self._on_stop)
        for widget in (self.most, self.classes, self.order):
            widget.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        for button in (self.start, self.next, self.stop):
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._lay_out()
        self._show_seed()

    def _progress(self, name: str) -> tuple[QLabel, QProgressBar]:
        words, bar = QLabel(self), QProgressBar(self)
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
        for widget in (self.most, self.classes, self.order, self.seed):
            what.addWidget(widget)
        what.addStretch(1)
        buttons = QHBoxLayout()
        for button in (self.start, self.stop):
            buttons.addWidget(button)
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
        code = self.classes.currentData()
        return QueueSpec(
            "random" if self.order.currentData() == "random" else "attention",
            self.most.currentData(),
            frozenset() if code is None else frozenset({Label(code)}),
            self.seed.value(),
        )

    def redraw(self, scene: Scene) -> None:
        table = scene.table
        self.setEnabled(table is not None)
        if table is None:
            return
        _show(self.all_words, self.all_bar, progress(table), "")
        on = scene.queue is not None
        self.stop.setEnabled(on)
        self.start.setText("New queue" if on else "Start queue")
        self.queue_words.setVisible(on)
        self.queue_bar.setVisible(on)
        if scene.queue is not None:
            done = progress(table, scene.queue)
            _show(self.queue_words, self.queue_bar, done, "queue: ")
        self.next.setEnabled(bool((table.manual.labels == NO_LABEL).any()))
        counts = {int(label): int((table.bombcell_labels == label).sum()) for label in CLASSES}
        for i in range(1, self.classes.count()):
            code = int(self.classes.itemData(i))
            self.classes.setItemText(i, f"{LABEL_NAMES[code]} units ({counts[code]:,})")

    def _show_seed(self) -> None:
        self.seed.setVisible(self.order.currentData() == "random")

    def _on_start(self) -> None:
        self.wish.emit(Queue(self.spec))

    def _on_stop(self) -> None:
        self.wish.emit(Queue(None))

    def _on_next(self) -> None:
        self.wish.emit(NextUnreviewed())


def _show(words: QLabel, bar: QProgressBar, done: QueueProgress, prefix: str) -> None:
    """Show how far it is."""
    words.setText(prefix + done.words)
    bar.setRange(0, max(done.total, 1))
    bar.setValue(done.reviewed)
