"""The five units whose templates are most like the current one's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHeaderView, QTableView, QVBoxLayout, QWidget

from bcviewer.app.scene import Scene
from bcviewer.app.wishes import GoTo, ShowBeside
from bcviewer.core.evidence.ask import Ask
from bcviewer.core.evidence.similar import Similar
from bcviewer.core.evidence.similar_words import NO_ADVICE, head_words
from bcviewer.core.run.unit_ids import NO_ID_SENTENCE
from bcviewer.core.sheet.ids import SheetRow
from bcviewer.widgets.base.evidence_panel import EvidencePanel
from bcviewer.widgets.drawing.row_list import leave_keys, set_up_rows
from bcviewer.widgets.drawing.theme import make_small
from bcviewer.widgets.drawing.tips import plain_tip
from bcviewer.widgets.unit.similar_model import SimilarModel

_PADDING = 3
_HOW = "Click a line, or press S, to see it over the current unit in Pair; double click goes to it."


_LEAST_UNIT = 60
"""Pixels that a sign and an id of some digits take."""


class SimilarPanel(EvidencePanel):
    """Their similarity, distance, size, overlap in time and close pairs; a click compares."""

    panel_id = "similar"
    title = "Similar"
    parts: ClassVar[tuple[str, ...]] = (*EvidencePanel.parts, "selected", "beside")

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = SimilarModel(self)
        self.list = QTableView(self.body)
        self.list.setObjectName("similarList")
        self.list.setAccessibleName("Similar units")
        self.list.setModel(self.model)
        self._set_up_list()
        box = QVBoxLayout(self.body)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(self.list)
        self.cover.raise_()

    def _set_up_list(self) -> None:
        view = self.list
        make_small(view)
        set_up_rows(view, _PADDING)
        leave_keys(view)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        columns = view.horizontalHeader()
        columns.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        columns.setSectionsClickable(False)
        view.clicked.connect(self._on_clicked)
        view.doubleClicked.connect(self._on_double_clicked)

    def _fit_columns(self) -> None:
        """Let the units' labels give way where a column has no room: their signs say them, too."""
        view, columns = self.list, self.list.horizontalHeader()
        wide = [
            max(view.sizeHintForColumn(i), columns.sectionSizeHint(i))
            for i in range(self.model.columnCount())
        ]
        over = sum(wide) - view.viewport().width()
        mode = QHeaderView.ResizeMode
        columns.setSectionResizeMode(0, mode.Fixed if over > 0 else mode.ResizeToContents)
        if over > 0:
            view.setColumnWidth(0, max(wide[0] - over, _LEAST_UNIT))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_columns()

    # -- what is asked -----------------------------------------------------------------------

    def no_unit(self, scene: Scene) -> str:
        problem = super().no_unit(scene)
        if problem or scene.table is None:
            return problem
        return "" if scene.table.ids.has_id[scene.current] else NO_ID_SENTENCE

    def asks(self, scene: Scene) -> tuple[Ask, ...]:
        return () if scene.sheet is None else (Ask("similar", (scene.sheet.n_units,)),)

    # -- drawing -----------------------------------------------------------------------------

    def draw(self, scene: Scene, answers: tuple[object, ...]) -> None:
        found = answers[0]
        assert isinstance(found, Similar)  # noqa: S101  what this kind answers
        assert scene.sheet is not None  # noqa: S101  the base class looked
        self.model.show_similar(found, scene.sheet)
        self._fit_columns()
        self.note.setText(head_words(found))
        self.note.setToolTip(plain_tip("\n".join((found.source, NO_ADVICE, _HOW))))
        if not found.others:
            self.cover.lay(found.why_none, opaque=True)

    def _draw(self) -> None:
        super()._draw()
        if self.scene is not None and self.drawn_row >= 0:
            self.model.mark(self.scene.beside_place)

    def _on_clicked(self, index: QModelIndex) -> None:
        self.wish.emit(ShowBeside(index.row()))

    def _on_double_clicked(self, index: QModelIndex) -> None:
        scene, found = self.scene, self.model.found
        if scene is not None and scene.book is not None and found is not None:
            row = SheetRow(found.others[index.row()].row)
            self.wish.emit(GoTo(scene.book.row_of(scene.which, row)))

    def numbers(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        header = self.model.heads
        if self.model.found is None or self.drawn_row < 0:
            return header, ()
        return header, [self.model.texts(line) for line in range(self.model.rowCount())]
