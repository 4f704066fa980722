"""A panel whose plot is saved by a right click: as a picture, or its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtGui import QContextMenuEvent, QGuiApplication
from PySide6.QtWidgets import QFileDialog, QInputDialog, QMenu, QWidget

from bcviewer.app.threads.answers import is_silent, remember_saved, start_file
from bcviewer.app.wishes import Fail
from bcviewer.errors import UserError
from bcviewer.io.exchange.export import WHAT_IF_COLUMNS
from bcviewer.widgets.base.panel import Panel
from bcviewer.widgets.base.plot_export import picture, save_numbers, save_picture


class SavablePanel(Panel):
    """A panel with one plot.

    Attributes
    ----------
    body : QWidget
        What a picture shows.
    """

    body: QWidget

    def numbers(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        """Return the plot's numbers as a header and rows."""
        raise NotImplementedError

    def exported(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        """Return the numbers as they are written to a file."""
        return self.numbers()

    @property
    def _proposal(self) -> str:
        """What is tried while it was drawn, as it is typed: nothing leaves without it."""
        return "" if self.scene is None else self.scene.proposal.words

    def _named(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        """Return the numbers as they are written; those of a proposal name it in each row."""
        header, rows = self.exported()
        if not self._proposal:
            return header, rows
        return (*header, WHAT_IF_COLUMNS[-1]), [(*row, self._proposal) for row in rows]

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = self.export_menu()
        menu.exec(event.globalPos())
        menu.deleteLater()

    def export_menu(self) -> QMenu:
        """Return the menu of a right click."""
        menu = QMenu(self)
        menu.addAction("Save as PNG…").triggered.connect(lambda: self._save(".png"))
        menu.addAction("Save as SVG…").triggered.connect(lambda: self._save(".svg"))
        menu.addAction("Save as PDF…").triggered.connect(lambda: self._save(".pdf"))
        menu.addAction("Save numbers as CSV…").triggered.connect(lambda: self._save(".csv"))
        menu.addSeparator()
        menu.addAction("Copy picture").triggered.connect(self.copy_picture)
        return menu

    def copy_picture(self) -> None:
        """Put the plot on the clipboard, at twice its size."""
        self.settle()
        QGuiApplication.clipboard().setImage(picture(self.body, 2.0, self._proposal))

    def save(self, path: Path, scale: float = 1.0) -> None:
        """Write the plot, or with ``.csv`` its numbers, to a file."""
        try:
            if is_silent(path.parent):
                raise UserError(f"{path.parent} does not answer.", "Choose another folder.")
            remember_saved(path)
            self.settle()
            if path.suffix.lower() == ".csv":
                save_numbers(*self._named(), path)
            else:
                save_picture(self.body, path, scale, self._proposal)
        except UserError as error:
            self.wish.emit(Fail(error))

    def _save(self, suffix: str) -> None:
        """Ask where to, and save what was shown: not what was opened while it was asked."""
        shown, scale, wanted = self._drawn_from(), 1.0, True
        if suffix == ".png":
            scale, wanted = QInputDialog.getDouble(self, "Save as PNG", "Scale", 2.0, 0.25, 20.0, 2)
        if not wanted:
            return
        name = start_file(f"{self.panel_id}{suffix}")
        path, _ = QFileDialog.getSaveFileName(self, f"Save {self.title}", name, f"(*{suffix})")
        if path and self._drawn_from() != shown:
            self.wish.emit(Fail(UserError("Nothing was saved: another recording is open by now.")))
        elif path:
            self.save(Path(path) if Path(path).suffix else Path(path + suffix), scale)

    def _drawn_from(self) -> tuple[str, ...]:
        """Return where the recordings are that it draws."""
        return () if self.scene is None else tuple(o.results_dir for o in self.scene.origins)
