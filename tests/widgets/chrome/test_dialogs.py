"""The dialogs, made from the same tables as everything else."""

from __future__ import annotations

from html import escape
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QPushButton, QTextBrowser
from qt_fixtures import click, settle

from bcviewer.app.commands.table import COMMANDS
from bcviewer.core.filter.vocabulary import FUNCTIONS, KEYWORDS
from bcviewer.core.rules.column_choices import DEFAULT_COLUMNS
from bcviewer.core.rules.columns import COLUMNS
from bcviewer.widgets.chrome.dialogs import (
    ColumnsDialog,
    ErrorDialog,
    TextDialog,
    filter_html,
    keys_html,
    native_keys,
)


def test_the_list_of_keys_has_every_command_with_a_key() -> None:
    html = keys_html()
    for command in COMMANDS:
        if command.shortcuts:
            assert escape(command.help) in html, command.key
            assert f"<b>{escape(native_keys(command.shortcuts))}</b>" in html, command.key
    without = [c for c in COMMANDS if not c.shortcuts]
    assert without
    assert not any(f"<td>{escape(c.help)}</td>" in html for c in without)


def test_the_filter_page_has_every_word() -> None:
    html = filter_html()
    for word in (*KEYWORDS, *(f.usage for f in FUNCTIONS.values()), *COLUMNS):
        assert f"<code>{escape(word)}</code>" in html


def test_a_page_is_shown_and_gone_when_closed(keep: Any) -> None:
    dialog = keep(TextDialog(None, "keysDialog", "Keys", keys_html()))
    text = dialog.findChild(QTextBrowser).toPlainText()
    assert "Go to the next unit in table order." in text
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    settle()
    with pytest.raises(RuntimeError, match="already deleted"):
        dialog.objectName()


def test_columns_dialog(keep: Any) -> None:
    shown = ["nSpikes", "label"]
    dialog = keep(ColumnsDialog(None, shown, list(DEFAULT_COLUMNS)))
    assert dialog.columns() == shown
    assert dialog.list.count() == len(DEFAULT_COLUMNS)
    keys = [dialog.list.item(i).data(Qt.ItemDataRole.UserRole) for i in range(dialog.list.count())]
    assert keys[:2] == shown
    dialog.list.item(keys.index("reason")).setCheckState(Qt.CheckState.Checked)
    assert dialog.columns() == ["nSpikes", "label", "reason"]
    dialog.list.insertItem(0, dialog.list.takeItem(keys.index("reason")))
    dialog.list.item(1).setCheckState(Qt.CheckState.Unchecked)
    assert dialog.columns() == ["reason", "label"]


def test_columns_dialog_searches(keep: Any) -> None:
    dialog = keep(ColumnsDialog(None, ["label"], list(COLUMNS)))
    QTest.keyClicks(dialog.findChild(QLineEdit), "PRESENCE")
    found = [
        dialog.list.item(i).data(Qt.ItemDataRole.UserRole)
        for i in range(dialog.list.count())
        if not dialog.list.item(i).isHidden()
    ]
    assert set(found) == {"presenceRatio", "presence_bins"}
    assert dialog.columns() == ["label"]  # what is hidden by the search stays chosen


def test_columns_dialog_names_unit_and_key(keep: Any) -> None:
    dialog = keep(ColumnsDialog(None, ["depth_um"], []))
    assert dialog.list.item(0).text() == "depth (µm)   depth_um"


def test_error_dialog_copies_its_report(keep: Any) -> None:
    report = 'Traceback: <b>"x"</b>\n  µ'
    dialog = keep(ErrorDialog(None, "<b>bad</b>", report))
    labels = [w.text() for w in dialog.findChildren(type(dialog.findChild(QPushButton)))]
    assert "Copy report" in labels
    copy = next(b for b in dialog.findChildren(QPushButton) if b.text() == "Copy report")
    click(copy, copy.rect().center())
    assert QGuiApplication.clipboard().text() == report
    assert dialog.report.toPlainText() == report
    assert dialog.report.isReadOnly()
