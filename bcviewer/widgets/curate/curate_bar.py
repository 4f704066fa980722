"""The curator's bar above the table: label buttons, the current unit's label and note."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLabel, QSizePolicy, QWidget

from bcviewer.core.arrays import Ints
from bcviewer.core.curation.entries import MAX_NOTE
from bcviewer.core.curation.manual import ManualUnit
from bcviewer.core.curation.said_columns import NO_LABEL
from bcviewer.core.rules.labels import LABEL_NAMES
from bcviewer.core.run.run import Run
from bcviewer.core.sheet.table import Table, units_called
from bcviewer.widgets.curate.label_buttons import ICON, JustDone, LabelButtons
from bcviewer.widgets.curate.note_edit import NoteEdit
from bcviewer.widgets.curate.note_words import by_whom, note_line, note_tip
from bcviewer.widgets.drawing.text_labels import ElidedLabel
from bcviewer.widgets.drawing.theme import label_icon, theme
from bcviewer.widgets.drawing.tips import plain_tip

_GAP = 6
_LEAST_CHARS = 30
"""Beside the buttons there is room for so many letters."""


class CurateBar(QWidget):
    """Shows what was said of the current unit, and takes a note.

    Attributes
    ----------
    note_chosen : Signal(str, numpy.ndarray, Run)
        A note to save, the rows of its units, and whose rows these are; :meth:`note_saved` ends
        the writing.
    note_typed : Signal(str, numpy.ndarray, Run)
        What is written of it by now, not saved yet; empty: it is left as it was.
    note_left : Signal(str, numpy.ndarray, Run)
        A note that could not be saved, and whose recording is left.
    undo_chosen : Signal(Done)
        What was just done is to be taken back.
    left : Signal()
        The table should have the focus.
    """

    note_chosen = Signal(str, object, object)
    note_typed = Signal(str, object, object)
    note_left = Signal(str, object, object)
    undo_chosen = Signal(object)
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("curateBar")
        self._buttons = LabelButtons()
        self._sign = QLabel(self)
        self._whom = self._words("labelGoesTo", bold=True)
        self._label = self._words("manualLabel", bold=True)
        self._by, self.note = (self._words(n, elided=True) for n in ("manualBy", "manualNote"))
        self.note.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.just = JustDone(self)
        self.done, self.undo = self.just.words, self.just.undo
        self.just.undo_chosen.connect(self.undo_chosen)
        self.just.changed.connect(self._share_line)
        self._note_for, self.edit = self._words("noteFor", bold=True), NoteEdit(self)
        for widget in (self._note_for, self.edit):
            widget.hide()
        self.edit.ended.connect(self._on_ended)
        self.edit.textChanged.connect(self._on_typed)
        self._lay_out()
        self._rows: Ints = np.empty(0, np.int64)
        self._run: Run | None = None
        self._at = -1  # the current unit
        self._before = ""
        self._saving = self._has_sign = False
        self._many = False
        """Whether a label would go to several units."""
        self.retheme()

    def _words(self, name: str, *, bold: bool = False, elided: bool = False) -> QLabel:
        label = ElidedLabel(self) if elided else QLabel(self)
        label.setObjectName(name)
        label.setTextFormat(Qt.TextFormat.PlainText)
        if bold:  # the others keep the window's font, and follow it
            font = label.font()
            font.setBold(True)
            label.setFont(font)
        return label

    def _lay_out(self) -> None:
        line = QHBoxLayout(self)
        line.setContentsMargins(_GAP, 0, _GAP, 4)
        line.setSpacing(_GAP)
        line.addLayout(self._buttons)
        for widget in (self._whom, self._sign, self._label, self._by):
            line.addWidget(widget)
        line.addWidget(self.note, 1)
        line.addWidget(self._note_for)
        line.addWidget(self.edit, 1)
        line.addWidget(self.done)
        line.addWidget(self.undo)

    def minimumSizeHint(self) -> QSize:
        """Ask for the same width at all times: what was just done pushed the docks about."""
        wide = self._buttons.needed + self._least()
        return QSize(wide, super().minimumSizeHint().height())

    def _least(self) -> int:
        return _LEAST_CHARS * self.fontMetrics().averageCharWidth()

    def add_actions(self, actions: Iterable[QAction]) -> None:
        """Add a button for each of the window's actions."""
        self._buttons.add_actions(actions)

    def retheme(self) -> None:
        """Take the colours of the palette."""
        colors = theme()
        self._by.setStyleSheet(f"color:{colors.faint}")
        self._show_whom(self._many)
        self._note_for.setStyleSheet(f"color:{colors.accent}")
        self.just.retheme()
        self._show_faint(self._label.text() in (_UNREVIEWED, NOT_READ))

    # -- set from outside --------------------------------------------------------------------

    def show_unit(
        self, table: Table | None, row: int, whom: Ints, is_read: bool, draft: str = ""
    ) -> None:
        """Show what was said of a unit, and whom a label would go to.

        A note that is being written for other units is saved first, unless the person is in another
        program. What is not read yet is not called unsaid.

        Parameters
        ----------
        table : Table or None
            The units.
        row : int
            The current one; −1: there is none.
        whom : numpy.ndarray
            The rows that a label or a note is for.
        is_read : bool
            Whether it is known what was said.
        draft : str
            What was written of its note, and not saved.
        """
        # what another program's hand selects ends no sentence: it goes on, and names its unit
        moved, self._at = row != self._at and QApplication.activeWindow() is not None, row
        if self.writing and moved and row not in self._rows:
            self.finish()
        self._name_whom(table, row, whom)
        if table is None or row < 0:
            self._show(ManualUnit())
            self._label.setText("no unit")
            return
        rows = whom if len(whom) > 1 else np.array([row])
        said = table.manual.said_of_all(rows)
        self._show(said, draft if len(rows) == 1 else "")
        self._label.setToolTip("")
        n_said = int(np.count_nonzero(table.manual.labels[rows] != NO_LABEL))
        if said.label is None and n_said:
            self._label.setText(f"{n_said:,} of {len(rows):,} reviewed")
        if said.label is None and not is_read:
            self._label.setText(NOT_READ)
        if why := table.ids.why_unsaid(np.array([row])):
            stands = "" if said.label is None else f"{LABEL_NAMES[said.label]} on "
            self._label.setText(f"{stands}several rows" if table.ids.has_id[row] else "no id")
            self._label.setToolTip(f"{why}.")

    def _name_whom(self, table: Table | None, row: int, whom: Ints) -> None:
        """Name the unit that a label goes to, or say how many: it may be out of sight."""
        named = (
            "" if table is None or row < 0 else units_called(table, whom if len(whom) else [row])
        )
        self._whom.setText(named)
        many = len(whom) > 1
        self._whom.setToolTip(_FOR_ALL if many else _FOR_ONE if len(whom) else "")
        if many != self._many:
            self._show_whom(many)

    def _show_whom(self, many: bool) -> None:
        self._many, colors = many, theme()
        self._whom.setStyleSheet(f"color:{colors.accent if many else colors.text}")

    def _show(self, said: ManualUnit, draft: str = "") -> None:
        label = said.label
        self._has_sign = label is not None
        if label is not None:
            self._sign.setPixmap(label_icon(label, ICON).pixmap(ICON, ICON))
        self._label.setText(_UNREVIEWED if label is None else LABEL_NAMES[label])
        self._show_faint(label is None)
        by = by_whom(said.by, said.at)
        differ = f"people differ: {said.opinions}" if said.opinions else ""
        self._by.setText(" · ".join(filter(None, (by, differ))))
        self._share_line()
        self.note.setText(note_line(said, draft))
        self.note.setToolTip(plain_tip(note_tip(said, draft)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share_line()

    def _share_line(self) -> None:
        """Show what was said of the unit and just done; a note that is written has the line.

        In a narrow bar the buttons give way, too; and what was said of the unit that is next to
        what was just done.
        """
        free = not self.writing
        beside = self._buttons.needed + self._note_for.sizeHint().width()
        self._buttons.give_way(not free and self.width() - beside < self._least())
        self._whom.setVisible(free and bool(self._whom.text()))
        said = free and not self._is_crowded()
        self._sign.setVisible(said and self._has_sign)
        self._by.setVisible(said and bool(self._by.text()))
        self._label.setVisible(said)
        self.note.setVisible(free)
        self.just.give_way(not free)

    def _is_crowded(self) -> bool:
        """Whether what was just done would be cut beside the label of the current unit."""
        widgets = (self._whom, self._label, *([self._sign] if self._has_sign else []))
        beside = sum(widget.sizeHint().width() + _GAP for widget in widgets)
        room = self.width() - 2 * _GAP - self._buttons.needed - beside
        return self.just.needed + 3 * _GAP > room if self.just.needed else False

    def _show_faint(self, faint: bool) -> None:
        colors = theme()
        style = f"color:{colors.faint if faint else colors.text}"
        if style != self._label.styleSheet():  # Qt polishes the label anew each time
            self._label.setStyleSheet(style)

    # -- the note ----------------------------------------------------------------------------

    @property
    def writing(self) -> bool:
        """Whether a note is being written."""
        return not self.edit.isHidden()

    def ask_note(
        self, run: Run, rows: Ints, note: str, whom: str, hint: str, draft: str = ""
    ) -> None:
        """Let the person write a note for some rows of a run, going on with the one there is.

        The line says whose it is: after a label that is no longer the unit that was looked at; and
        that what it goes on with (``draft``) was not saved.
        """
        self.edit.setMaxLength(MAX_NOTE)
        self.edit.setToolTip("Enter saves the note, Esc leaves it as it was.")
        self._note_for.setText(f"{'unsaved ' if draft else ''}note for {whom}:")
        self._note_for.show()
        self._open_line(run, rows, note, hint, draft)

    def renumber(self, to: Ints) -> None:
        """Let a note that is being written follow its units: by row, where it is now."""
        self._rows = to[self._rows]
        self._at = int(to[self._at]) if self._at >= 0 else -1

    def refuse_note(self, run: Run, rows: Ints, why: str) -> None:
        """Say in the line that no note can be written, and take what is typed into nothing.

        Were the line not there, the letters of the note would be taken for commands.
        """
        self.edit.setMaxLength(0)
        self.edit.setToolTip("Enter or Esc closes this line.")
        self._note_for.hide()
        self._open_line(run, rows, "", why)

    def _open_line(self, run: Run, rows: Ints, text: str, hint: str, draft: str = "") -> None:
        self._run, self._rows, self._before = run, rows, text
        self.edit.setPlaceholderText(hint)
        self.edit.setText(draft or text)
        self.edit.show()
        self._share_line()
        # Not as by a shortcut, which marks all of it: a letter adds to what is there.
        self.edit.setFocus(Qt.FocusReason.OtherFocusReason)
        self.edit.end(False)

    def note_saved(self, saved: bool) -> None:
        """Say whether the note is on the disk; where it is not, its text stays to be saved."""
        if saved:
            self._end()

    def finish(self) -> None:
        """Save what is being written, as where the person goes on to something else."""
        self._on_ended(True)

    def leave(self, for_certain: bool) -> None:
        """Save what is being written: its recording is left, or somebody wishes it.

        What cannot be saved then is handed on, or is still being written.
        """
        self.finish()
        if self.writing and for_certain:
            self.note_left.emit(self.edit.text(), self._rows, self._run)
            self._end()

    def _on_ended(self, save: bool) -> None:
        if self._saving or not self.writing:
            return
        had_focus = self.edit.hasFocus()
        if save and self.edit.text() != self._before:
            self._saving = True
            try:
                self.note_chosen.emit(self.edit.text(), self._rows, self._run)
            finally:
                self._saving = False
        else:
            self._tell_typed("")
            self._end()
        if had_focus and not self.writing:
            self.left.emit()

    def _on_typed(self, text: str) -> None:
        if self.writing:  # else it is the line that is opened
            self._tell_typed(text if text != self._before else "")

    def _tell_typed(self, text: str) -> None:
        if self.edit.maxLength():
            self.note_typed.emit(text, self._rows, self._run)

    def _end(self) -> None:
        self.edit.hide()
        self._note_for.hide()
        self._share_line()


_UNREVIEWED, NOT_READ = "not reviewed", "labels not read yet"
_FOR_ONE = "A label or a note is for this unit."
_FOR_ALL = "A label or a note is for all of them, in one step to undo."
