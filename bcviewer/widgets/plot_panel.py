"""What the population plots have in common: a scope, masked failures, marks, saving."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import Signal
from PySide6.QtGui import QContextMenuEvent, QGuiApplication
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QInputDialog,
    QLabel,
    QMenu,
    QVBoxLayout,
    QWidget,
)

from bcviewer.app.session import Scene
from bcviewer.errors import UserError
from bcviewer.widgets.panel import Panel
from bcviewer.widgets.plot_export import picture, save_numbers, save_picture

Rows = npt.NDArray[np.int64]
SCOPES: tuple[tuple[str, str], ...] = (
    ("all", "all units"),
    ("shown", "shown units"),
    ("selected", "selected units"),
)


class PlotPanel(Panel):
    """A plot over the population.

    A subclass fills :attr:`body`, draws in :meth:`redraw` what depends on the units of the scope,
    marks in :meth:`mark` the current unit and the selection, and tells :meth:`numbers`.

    Attributes
    ----------
    offers_masked : bool
        Whether masked failures can be switched on.
    masked_first : bool
        Whether they are on to begin with.
    failed : Signal(UserError)
        A picture could not be saved.
    """

    parts = ("table", "view", "selected", "current")
    offers_masked: ClassVar[bool] = False
    masked_first: ClassVar[bool] = False

    failed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.scope = QComboBox(self)
        self.scope.setObjectName(f"scope.{self.panel_id}")
        self.scope.setAccessibleName("Units that the plot is about")
        for key, title in SCOPES:
            self.scope.addItem(title, key)
        self.masked = QCheckBox("masked too", self)
        self.masked.setObjectName(f"masked.{self.panel_id}")
        self.masked.setToolTip("Count failures that a stronger rule hides as well")
        self.masked.setVisible(self.offers_masked)
        self.masked.setChecked(self.masked_first)
        self.note = QLabel(self)
        self.note.setObjectName(f"note.{self.panel_id}")
        self.scope.currentIndexChanged.connect(self._draw)
        self.masked.toggled.connect(self._draw)
        self.head = QHBoxLayout()
        self.head.setContentsMargins(6, 2, 6, 0)
        self.head.addWidget(self.scope)
        self.head.addWidget(self.masked)
        self.head.addStretch(1)
        self.head.addWidget(self.note)
        self.body = QWidget(self)
        self.body.setAccessibleName(self.title)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 2, 0, 0)
        box.setSpacing(2)
        box.addLayout(self.head)
        box.addWidget(self.body, 1)
        self._content: tuple[object, ...] | None = None

    # -- for subclasses ----------------------------------------------------------------------

    def mark(self, scene: Scene) -> None:
        """Mark the current unit and the selection; called after each redraw and each step."""

    def numbers(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        """Return the plot's numbers as a header and rows."""
        raise NotImplementedError

    def content(self) -> tuple[object, ...]:
        """Return what the plot depends on beside scene and scope (its own choices)."""
        return (self.masked.isChecked(),)

    def rows(self, scene: Scene) -> Rows | None:
        """Return the rows of the scope; None: all units."""
        scope = self.scope.currentData()
        if scope == "shown":
            return scene.view.rows
        return scene.selected if scope == "selected" else None

    def say_units(self, scene: Scene) -> None:
        """Write beside the scope how many units it is about."""
        rows = self.rows(scene)
        total = scene.table.n_units if scene.table else 0
        n = total if rows is None else len(rows)
        self.note.setText(f"{n:,} unit{'' if n == 1 else 's'}")

    # -- drawing -----------------------------------------------------------------------------

    def retheme(self) -> None:
        self._content = None
        super().retheme()

    def _draw(self) -> None:
        scene = self.scene
        if scene is None or not self.seen:
            return
        state = (scene.table, self.rows(scene), *self.content())
        before = self._content
        same = before is not None and len(before) == len(state)
        if before is None or not same or not all(map(_equal, state, before)):
            self._content = state
            self.redraw(scene)
            self.say_units(scene)
        self.mark(scene)

    # -- saving ------------------------------------------------------------------------------

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = self.export_menu()
        menu.exec(event.globalPos())
        menu.deleteLater()

    def export_menu(self) -> QMenu:
        """Return the menu of a right click."""
        menu = QMenu(self)
        menu.addAction("Save as PNG…").triggered.connect(self._save_png)
        menu.addAction("Save as SVG…").triggered.connect(lambda: self._save(".svg"))
        menu.addAction("Save as PDF…").triggered.connect(lambda: self._save(".pdf"))
        menu.addAction("Save numbers as CSV…").triggered.connect(lambda: self._save(".csv"))
        menu.addSeparator()
        menu.addAction("Copy picture").triggered.connect(self.copy_picture)
        return menu

    def copy_picture(self) -> None:
        """Put the plot on the clipboard, at twice its size."""
        QGuiApplication.clipboard().setImage(picture(self.body, 2.0))

    def save(self, path: Path, scale: float = 1.0) -> None:
        """Write the plot, or with ``.csv`` its numbers, to a file."""
        try:
            if path.suffix.lower() == ".csv":
                save_numbers(*self.numbers(), path)
            else:
                save_picture(self.body, path, scale)
        except UserError as error:
            self.failed.emit(error)

    def _save_png(self) -> None:
        scale, ok = QInputDialog.getDouble(self, "Save as PNG", "Scale", 2.0, 0.25, 20.0, 2)
        if ok:
            self._save(".png", scale)

    def _save(self, suffix: str, scale: float = 1.0) -> None:
        name = f"{self.panel_id}{suffix}"
        path, _ = QFileDialog.getSaveFileName(self, f"Save {self.title}", name, f"(*{suffix})")
        if path:
            self.save(Path(path) if Path(path).suffix else Path(path + suffix), scale)


def _equal(a: object, b: object) -> bool:
    """Whether two parts of what was drawn are the same; arrays by identity, they are frozen."""
    if a is b:
        return True
    plain = (str, int, float, bool, tuple, type(None))
    return isinstance(a, plain) and isinstance(b, plain) and a == b
