"""The guide within the program: chapters on the left, plain text, nothing from a network."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QTextCursor, QTextDocument
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QListWidget,
    QListWidgetItem,
    QSplitter,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from bcviewer.core.rules.rules_page import PAGE, rules_page
from bcviewer.io.guide import INDEX, chapters, guide_pages
from bcviewer.widgets.chrome.docks import DOCKS

_PICTURE = re.compile(r"!\[([^]]*)\]\([^)]*\)")
MARKDOWN = (
    QTextDocument.MarkdownFeature.MarkdownDialectGitHub
    | QTextDocument.MarkdownFeature.MarkdownNoHTML
)
"""How pages of ours are read."""
_CHAPTERS_WIDTH, _WIDTH, _HEIGHT = 230, 980, 720


def all_pages() -> dict[str, str]:
    """Return the guide's pages, with the one that is written from the rules."""
    titles = {dock.key: dock.title for dock in DOCKS}
    return guide_pages({PAGE: rules_page(titles.__getitem__)})


def slug(heading: str) -> str:
    """Return what a heading is called in a link, as the site's Markdown does it."""
    text = unicodedata.normalize("NFKD", heading).encode("ascii", "ignore").decode("ascii")
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", text).strip().lower())


class GuideDialog(QDialog):
    """Shows the chapters of the guide.

    Parameters
    ----------
    parent : QWidget or None
        The window.
    pages : mapping of str to str
        Markdown of the pages by file name, the one that lists the others first.
    """

    def __init__(self, parent: QWidget | None, pages: Mapping[str, str]) -> None:
        super().__init__(parent)
        self.setObjectName("guideDialog")
        self.setWindowTitle("Guide")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._pages = pages
        self.chapters = QListWidget(self)
        self.chapters.setAccessibleName("Chapters")
        titles = {INDEX: "Guide", **chapters(pages[INDEX])}
        for name in pages:
            item = QListWidgetItem(titles.get(name, name), self.chapters)
            item.setData(Qt.ItemDataRole.UserRole, name)
        self.text = QTextBrowser(self)
        self.text.setOpenLinks(False)
        self.text.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.text.document().setDocumentMargin(16)
        self.text.anchorClicked.connect(self._follow)
        self.chapters.currentItemChanged.connect(lambda item: self._show(item))
        self._put_together()
        self.chapters.setCurrentRow(0)

    def _put_together(self) -> None:
        halves = QSplitter(self)
        halves.addWidget(self.chapters)
        halves.addWidget(self.text)
        halves.setStretchFactor(1, 1)
        halves.setSizes([_CHAPTERS_WIDTH, _WIDTH - _CHAPTERS_WIDTH])
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.reject)
        box = QVBoxLayout(self)
        box.addWidget(halves, 1)
        box.addWidget(buttons)
        self.resize(_WIDTH, _HEIGHT)

    def _show(self, item: QListWidgetItem) -> None:
        text = self._pages[str(item.data(Qt.ItemDataRole.UserRole))]
        # The pictures show the window, which is open: what is on them stands in their words.
        self.text.document().setMarkdown(_PICTURE.sub(r"*\1*", text), MARKDOWN)
        self.text.moveCursor(QTextCursor.MoveOperation.Start)

    def _follow(self, url: QUrl) -> None:
        """Go to another page or heading; an address outside is the browser's, on a click only."""
        if url.scheme() == "https":
            QDesktopServices.openUrl(url)
            return
        name = url.path()
        if name in self._pages:
            self.chapters.setCurrentRow(list(self._pages).index(name))
        if url.fragment():
            self._go_to(url.fragment())

    def _go_to(self, wanted: str) -> None:
        block = self.text.document().begin()
        while block.isValid():
            if block.blockFormat().headingLevel() and slug(block.text()) == wanted:
                self.text.moveCursor(QTextCursor.MoveOperation.End)  # so that it is at the top
                self.text.setTextCursor(QTextCursor(block))
                return
            block = block.next()
