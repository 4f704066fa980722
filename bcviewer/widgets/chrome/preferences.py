"""The preferences: how it looks, which columns are shown, who curates, and where phy is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from bcviewer.core.rules.counts import count_of

THEMES = (("", "as the desktop"), ("light", "light"), ("dark", "dark"))


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a person prefers.

    Attributes
    ----------
    theme : str
        ``light``, ``dark``, or empty: as the desktop.
    font_size : int
        In points; 0: as the desktop's.
    columns : tuple of str
        The table's columns in their order; empty: those to start with.
    person : str
        Who curates.
    phy : str
        The command that starts phy; empty: ``phy`` on the PATH.
    """

    theme: str = ""
    font_size: int = 0
    columns: tuple[str, ...] = ()
    person: str = ""
    phy: str = ""


class PreferencesDialog(QDialog):
    """Sets what a person prefers; nothing changes before *OK*.

    Parameters
    ----------
    parent : QWidget or None
        The window.
    now : Preferences
        What is preferred now.
    sizes : tuple of int
        The smallest and the largest size of the font, points.
    choose : callable
        Lets the person choose columns, from those chosen so far; returns the same where cancelled.
    """

    def __init__(
        self,
        parent: QWidget | None,
        now: Preferences,
        sizes: tuple[int, int],
        choose: Callable[[Sequence[str]], Sequence[str]],
    ) -> None:
        super().__init__(parent)
        self.setObjectName("preferencesDialog")
        self.setWindowTitle("Preferences")
        self._choose, self._columns = choose, now.columns
        self.theme = QComboBox(self)
        for key, title in THEMES:
            self.theme.addItem(title, key)
        self.theme.setCurrentIndex([key for key, _ in THEMES].index(now.theme))
        self.font_size = self._size_box(sizes, now.font_size)
        self.person = QLineEdit(now.person, self)
        self.person.setMaxLength(100)
        self.person.setToolTip(
            "Your labels and notes carry this name; undo takes back only what it said."
        )
        self.phy = QLineEdit(now.phy, self)
        self.phy.setPlaceholderText("phy on the PATH")
        self.phy.setMinimumWidth(360)
        self.phy.setToolTip("The phy program, for example ~/miniconda3/envs/phy2/bin/phy")
        form = QFormLayout()
        form.addRow("Theme", self.theme)
        form.addRow("Font size", self.font_size)
        form.addRow("Columns", self._column_row())
        form.addRow("Your name", self.person)
        form.addRow("phy program", self.phy)
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel, self
        )
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        box = QVBoxLayout(self)
        box.addLayout(form)
        box.addWidget(buttons)

    def _size_box(self, sizes: tuple[int, int], now: int) -> QSpinBox:
        box = QSpinBox(self)
        box.setRange(sizes[0] - 1, sizes[1])
        box.setSpecialValueText("as the desktop")
        box.setSuffix(" pt")
        box.setValue(now or sizes[0] - 1)
        return box

    def _column_row(self) -> QHBoxLayout:
        self.columns_label = QLabel(self)
        self.choose_columns = QPushButton("Choose…", self)
        self.choose_columns.setAutoDefault(False)
        self.first_columns = QPushButton("Those to start with", self)
        self.first_columns.setAutoDefault(False)
        self.choose_columns.clicked.connect(lambda: self._set(self._choose(self._columns)))
        self.first_columns.clicked.connect(lambda: self._set(()))
        row = QHBoxLayout()
        row.addWidget(self.columns_label, 1)
        row.addWidget(self.choose_columns)
        row.addWidget(self.first_columns)
        self._set(self._columns)
        return row

    def _set(self, columns: Sequence[str]) -> None:
        self._columns = tuple(columns)
        n = len(self._columns)
        self.columns_label.setText(count_of(n, "column") if n else "those to start with")
        self.first_columns.setEnabled(n > 0)

    def chosen(self) -> Preferences:
        """Return what the person prefers now."""
        size = self.font_size.value()
        return Preferences(
            str(self.theme.currentData()),
            0 if size == self.font_size.minimum() else size,
            self._columns,
            self.person.text(),
            self.phy.text().strip(),
        )
