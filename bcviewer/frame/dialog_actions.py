"""The commands that open a small dialog: columns, the guide, keys, what is new, about."""

from __future__ import annotations

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QTextDocument
from PySide6.QtWidgets import QDialog

from bcviewer.app.prefs import log_file
from bcviewer.core.rules.barcode import BARCODE
from bcviewer.errors import UserError
from bcviewer.frame.about import about_html
from bcviewer.frame.command_group import CommandGroup
from bcviewer.io.guide import built_guide, newest_changes
from bcviewer.widgets.chrome.dialogs import ColumnsDialog, TextDialog, filter_html, keys_html
from bcviewer.widgets.chrome.guide_dialog import MARKDOWN, GuideDialog, all_pages


class DialogActions(CommandGroup):
    """Asks which columns are shown, and shows pages of text."""

    def do_columns(self) -> None:
        """Choose columns."""
        table = self.session.table
        if table is None:
            return
        view = self.pieces.unit_table
        known = (BARCODE.key, *table.names())
        dialog = ColumnsDialog(self.window, view.chosen_columns(), known, view.unit_model.column)
        if dialog.exec() == QDialog.DialogCode.Accepted and dialog.columns():
            view.set_shown_columns(dialog.columns())
        dialog.deleteLater()

    def do_guide(self) -> None:
        """Open the guide in the browser where it is installed as a site, else within the window."""
        site = built_guide()
        if site is not None and QDesktopServices.openUrl(QUrl.fromLocalFile(str(site))):
            return
        try:
            pages = all_pages()
        except FileNotFoundError as error:
            self.session.failed.emit(UserError(f"{error}."))
            return
        GuideDialog(self.window, pages).show()

    def do_keys(self) -> None:
        """Show the keys."""
        self._show_text("keysDialog", "Keys", keys_html())

    def do_filter_help(self) -> None:
        """Show the filter language."""
        self._show_text("filterHelpDialog", "The filter language", filter_html())

    def do_whats_new(self) -> None:
        """Show what changed with this version."""
        try:
            text = newest_changes()
        except FileNotFoundError as error:
            self.session.failed.emit(UserError(f"{error}."))
            return
        page = QTextDocument()
        page.setMarkdown(text, MARKDOWN)
        self._show_text("whatsNewDialog", "What's new", page.toHtml())

    def do_log(self) -> None:
        """Open the folder of the log file."""
        folder = log_file().parent
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))):
            self.session.notice.emit(f"The log file is {log_file()}")

    def do_about(self) -> None:
        """Show versions and licence."""
        self._show_text("aboutDialog", "About bcviewer", about_html())

    def _show_text(self, name: str, title: str, html: str) -> None:
        TextDialog(self.window, name, title, html).show()
