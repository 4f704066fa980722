"""Small dialogs: the list of keys, columns, about, an unexpected error."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QPushButton,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from bcviewer.app.commands.table import COMMANDS
from bcviewer.core.filter.vocabulary import FUNCTIONS, KEYWORDS
from bcviewer.core.rules.barcode import TABLE_COLUMNS
from bcviewer.core.rules.column import Column
from bcviewer.core.rules.columns import COLUMNS
from bcviewer.widgets.chrome.native_keys import native_keys


class TextDialog(QDialog):
    """A dialog that shows one page of rich text of ours."""

    def __init__(self, parent: QWidget | None, name: str, title: str, html: str) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        text = QTextBrowser(self)
        text.setHtml(html)
        text.setOpenExternalLinks(True)
        text.setFrameShape(QTextBrowser.Shape.NoFrame)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.reject)
        box = QVBoxLayout(self)
        box.addWidget(text)
        box.addWidget(buttons)
        self.resize(560, 600)


def keys_html() -> str:
    """Return the list of keys, from the same table as the menus."""
    rows = []
    menu = ""
    for command in COMMANDS:
        if not command.shortcuts:
            continue
        if command.menu != menu:
            menu = command.menu
            rows.append(f"<tr><td colspan='2'><br><b>{escape(menu)}</b></td></tr>")
        keys = escape(native_keys(command.shortcuts))
        rows.append(
            f"<tr><td><b>{keys}</b>&nbsp;&nbsp;&nbsp;</td><td>{escape(command.help)}</td></tr>"
        )
    rows.append("<tr><td colspan='2'><br><b>The mouse in every plot</b></td></tr>")
    rows += [f"<tr><td><b>{how}</b></td><td>{what}</td></tr>" for how, what in MOUSE]
    return f"<table cellpadding='2'>{''.join(rows)}</table>"


MOUSE = (
    ("Wheel", "Zoom; over an axis, that one only. Where there is more to scroll to, with Ctrl."),
    ("Middle button", "Move what is zoomed."),
    ("Double click", "Show all of it again."),
    ("Right button", "Save the plot, or its numbers."),
)
"""What the mouse does, and how."""


def filter_html() -> str:
    """Return what a filter can say, from the language's own tables."""
    words = "".join(
        f"<tr><td><code>{escape(word)}</code>&nbsp;&nbsp;</td><td>{escape(text)}</td></tr>"
        for word, text in KEYWORDS.items()
    )
    functions = "".join(
        f"<tr><td><code>{escape(f.usage)}</code>&nbsp;&nbsp;</td><td>{escape(f.help)}</td></tr>"
        for f in FUNCTIONS.values()
    )
    names = "".join(
        f"<tr><td><code>{escape(c.key)}</code>&nbsp;&nbsp;</td>"
        f"<td><code>{escape(c.head or c.title)}</code>&nbsp;&nbsp;</td>"
        f"<td>{escape(c.help)}</td></tr>"
        for c in COLUMNS.values()
    )
    return (
        "<p>For example <code>presenceRatio &lt; 0.7 and label == 'MUA'</code>. What stands over a"
        " column names it, too: <code>presence ratio &lt; 0.7</code>.</p>"
        "<p>A missing number satisfies no comparison, <code>!=</code> and <code>not</code> neither:"
        " it was not measured, so nobody knows on which side it is. Ask for it with"
        " <code>missing(name)</code>. A text that is absent is not unknown, it is unlike any word:"
        " <code>family != 'weak'</code> and <code>family not in ('weak')</code> keep units without"
        " a family.</p>"
        f"<h4>Words</h4><table>{words}</table><h4>Functions</h4><table>{functions}</table>"
        f"<h4>Names</h4><table>{names}</table>"
    )


class ColumnsDialog(QDialog):
    """Chooses the table's columns and their order.

    Parameters
    ----------
    parent : QWidget or None
        The window.
    shown, known : sequence of str
        Keys of the columns that are shown, and of all.
    column : callable
        Returns what a column is.
    """

    def __init__(
        self,
        parent: QWidget | None,
        shown: Sequence[str],
        known: Sequence[str],
        column: Callable[[str], Column] = TABLE_COLUMNS.__getitem__,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("columnsDialog")
        self.setWindowTitle("Columns")
        self._search = QLineEdit(self)
        self._search.setPlaceholderText("Search columns")
        self._search.setClearButtonEnabled(True)
        self._search.textChanged.connect(self._filter)
        self.list = QListWidget(self)
        self.list.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.list.setAccessibleName("Columns")
        for key in shown:
            self._add(column(key), Qt.CheckState.Checked)
        group = ""
        for other in (column(key) for key in known if key not in shown):
            if other.group != group:
                group = other.group
                self._add_heading(group)
            self._add(other, Qt.CheckState.Unchecked)
        hint = QLabel("Tick the columns to show; drag them into their order.", self)
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel, self
        )
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        box = QVBoxLayout(self)
        box.addWidget(hint)
        box.addWidget(self._search)
        box.addWidget(self.list)
        box.addWidget(buttons)
        self.resize(460, 560)

    def _add(self, column: Column, state: Qt.CheckState) -> None:
        unit = f" ({column.unit})" if column.unit else ""
        item = QListWidgetItem(f"{column.title}{unit}   {column.key}")
        item.setData(Qt.ItemDataRole.UserRole, column.key)
        item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
        item.setCheckState(state)
        item.setToolTip(f"<p>{escape(column.help)}</p>")
        self.list.addItem(item)

    def _add_heading(self, text: str) -> None:
        """Say whose the columns after it are."""
        item = QListWidgetItem(text)
        item.setFlags(Qt.ItemFlag.NoItemFlags)
        font = item.font()
        font.setItalic(True)
        item.setFont(font)
        self.list.addItem(item)

    def columns(self) -> list[str]:
        """Return the keys that are ticked, in their order."""
        items = [self.list.item(i) for i in range(self.list.count())]
        ticked = [item for item in items if item.checkState() == Qt.CheckState.Checked]
        return [str(item.data(Qt.ItemDataRole.UserRole)) for item in ticked]

    def _filter(self, text: str) -> None:
        for i in range(self.list.count()):
            item = self.list.item(i)
            item.setHidden(text.casefold() not in item.text().casefold())


class ErrorDialog(QDialog):
    """An unexpected error, with a report that can be copied."""

    def __init__(self, parent: QWidget | None, summary: str, report: str) -> None:
        super().__init__(parent)
        self.setObjectName("errorDialog")
        self.setWindowTitle("bcviewer: unexpected error")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        head = QLabel(
            "Something went wrong that bcviewer did not expect. Your recording was not changed.\n"
            "Please send this report to the developers; it names paths of this computer.",
            self,
        )
        what = QLabel(summary, self)
        what.setTextFormat(Qt.TextFormat.PlainText)
        what.setWordWrap(True)
        self.report = QPlainTextEdit(report, self)
        self.report.setReadOnly(True)
        self.report.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        copy = QPushButton("Copy report", self)
        copy.clicked.connect(self.copy)
        buttons.addButton(copy, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        box = QVBoxLayout(self)
        for widget in (head, what, self.report, buttons):
            box.addWidget(widget)
        self.resize(720, 460)

    def copy(self) -> None:
        """Put the report on the clipboard."""
        QGuiApplication.clipboard().setText(self.report.toPlainText())
