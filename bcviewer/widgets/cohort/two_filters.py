"""The two filters of a cohort: which runs are shown, and which of their units are counted."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from bcviewer.app.cohort.cohort_scene import CohortScene
from bcviewer.core.figures.words import share
from bcviewer.core.rules.counts import count_of
from bcviewer.widgets.chrome.filter_bar import TYPING_MS
from bcviewer.widgets.chrome.filter_edit import FilterEdit
from bcviewer.widgets.drawing.text_labels import ElidedLabel
from bcviewer.widgets.drawing.theme import theme


class TimedFilter(FilterEdit):
    """A filter box that says what is typed, a little after the last key.

    Attributes
    ----------
    chosen : Signal(str)
        A filter to apply.
    entered : Signal()
        It is to be applied at once, and the person is done with it.
    """

    chosen = Signal(str)
    entered = Signal()

    def __init__(self, what: str, example: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName(f"{what}Filter")
        self.setAccessibleName(f"Filter {what}")
        self.setPlaceholderText(f"Filter {what}:  {example}")
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(TYPING_MS)
        self._timer.timeout.connect(self._apply)
        self.textEdited.connect(self._timer.start)
        self.closed.connect(self._timer.start)
        self.textChanged.connect(self._on_changed)
        self.returnPressed.connect(self._on_return)

    def show_filter(self, text: str) -> None:
        """Show what is filtered for, but for what is being typed."""
        if self.text().strip() != text.strip() and not self._timer.isActive():
            self.show_text(text)
            self.setCursorPosition(0)

    def _apply(self) -> None:
        self._timer.stop()
        self.chosen.emit(self.text())

    def _on_changed(self, text: str) -> None:
        if not text and not self._timer.isActive():
            self.chosen.emit("")  # the clear button

    def _on_return(self) -> None:
        self._apply()
        self.entered.emit()


class TwoFilters(QWidget):
    """Shows what is filtered for, and what that shows.

    Attributes
    ----------
    runs, units : TimedFilter
        The boxes.
    left : Signal()
        The person is done with a box.
    """

    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.runs = TimedFilter("runs", "good_share < 5 and probe == 'A'", self)
        self.units = TimedFilter("units", "presence ratio < 0.7 and label == 'MUA'", self)
        self.run_count, self.unit_count = ElidedLabel(self), ElidedLabel(self)
        self.run_count.setObjectName("runsCount")
        self.unit_count.setObjectName("unitsCount")
        self.error = QLabel(self)
        self.error.setObjectName("cohortFilterError")
        self.error.setTextFormat(Qt.TextFormat.PlainText)
        self.error.setWordWrap(True)
        self.error.hide()
        grid = QGridLayout(self)
        grid.setContentsMargins(6, 4, 6, 4)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        pairs = ((self.runs, self.run_count), (self.units, self.unit_count))
        for column, (box, count) in enumerate(pairs):
            box.entered.connect(self._on_entered)
            grid.addWidget(box, 0, 2 * column)
            grid.addWidget(count, 0, 2 * column + 1)
            grid.setColumnStretch(2 * column, 1)
        grid.addWidget(self.error, 1, 0, 1, 4)
        self.retheme()

    def retheme(self) -> None:
        """Take the colours of the palette."""
        self.error.setStyleSheet(f"color:{theme().fail_text}")

    def has_focus(self) -> bool:
        """Whether the person is in a box."""
        return self.runs.hasFocus() or self.units.hasFocus()

    def show_scene(self, scene: CohortScene) -> None:
        """Show what is filtered for, and how much that shows."""
        opened = scene.opened
        self.setEnabled(opened is not None)
        self.runs.show_filter(scene.run_filter)
        self.units.show_filter(scene.unit_filter)
        matching = scene.known_matching
        errors = (scene.run_error, "" if matching is None else matching.error)
        self.error.setText(" ".join(filter(None, errors)))
        self.error.setVisible(any(errors) and not self._completing())
        if opened is None:
            return
        if self.runs.table is not opened.table:
            self.runs.set_table(opened.table)
            self.units.set_table(opened.cohort.units)
        n, of = int(scene.shown.sum()), len(scene.shown)
        self.run_count.setText(f"{n:,} of {count_of(of, 'run')}")
        self.unit_count.setText(_units_words(scene))

    def _completing(self) -> bool:
        return self.runs.completing() or self.units.completing()

    def _on_entered(self) -> None:
        """Leave the box if the filter could be read."""
        if self.error.isHidden():
            self.left.emit()


def _units_words(scene: CohortScene) -> str:
    """Return how many units of the shown runs match."""
    opened, matching = scene.opened, scene.known_matching
    if opened is None:
        return ""
    n = int(opened.table.counts("n_units")[scene.shown].sum())
    if not scene.unit_filter:
        return count_of(n, "unit")
    if matching is None:
        return f"… of {count_of(n, 'unit')}"
    if matching.units is None:
        return count_of(n, "unit")
    found = matching.units[scene.shown]
    m, runs = int(found.sum()), int((found > 0).sum())
    return f"{m:,} of {count_of(n, 'unit')} ({share(m, n)}) in {count_of(runs, 'run')}"
