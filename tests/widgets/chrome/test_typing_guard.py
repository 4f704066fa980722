"""Nobody types into a text field because something else vanished: the table has the focus then."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QPushButton, QTableView, QVBoxLayout, QWidget

from bcviewer.widgets.chrome.typing_guard import TypingGuard


@pytest.fixture
def parts(keep: Any) -> tuple[QPushButton, QLineEdit, QTableView, TypingGuard]:
    window = keep(QWidget())
    button, field, table = QPushButton(window), QLineEdit(window), QTableView(window)
    box = QVBoxLayout(window)
    for widget in (button, field, table):
        box.addWidget(widget)
    guard = TypingGuard(["Alt+G"], window, table)
    window.show()
    window.activateWindow()
    assert QTest.qWaitForWindowActive(window)
    return button, field, table, guard


def test_the_table_gets_the_focus_of_what_vanished(parts: Any) -> None:
    button, field, table, _ = parts
    button.setFocus()
    button.hide()
    assert table.hasFocus()
    assert not field.hasFocus()


def test_who_goes_to_the_field_stays_there(parts: Any) -> None:
    button, field, table, _ = parts
    button.setFocus()
    QTest.keyClick(button, Qt.Key.Key_Tab)
    assert field.hasFocus()
    table.setFocus()
    field.setFocus()
    table.hide()
    assert field.hasFocus()
