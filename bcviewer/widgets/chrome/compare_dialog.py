"""Which run to compare with: another run mode of the probe, or a folder or config elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from bcviewer.io.files import one_line
from bcviewer.io.results.location import RunLocation

_PLACE = Qt.ItemDataRole.UserRole
_SIZE = (560, 320)
NONE_OFFERED = "No other run of this probe was found with it: choose a folder or a config file."


class CompareDialog(QDialog):
    """Lists the other runs of the open probe; Enter takes one, a button asks for another.

    Parameters
    ----------
    here : RunLocation
        The open run.
    offered : sequence of RunLocation
        The others.
    modes : mapping of str to str
        What each run mode is called.

    Attributes
    ----------
    asks_for_file : bool
        Whether a config file is to be asked for, where :meth:`place` is None: else a folder.
    """

    def __init__(
        self,
        parent: QWidget | None,
        here: RunLocation,
        offered: Sequence[RunLocation],
        modes: Mapping[str, str],
    ) -> None:
        super().__init__(parent)
        self.setObjectName("compareDialog")
        self.setWindowTitle("Compare with")
        self.asks_for_file = False
        self._place: RunLocation | None = None
        said = f"Compare probe {here.probe}, {modes.get(here.mode, here.mode)}, with"
        words = QLabel(one_line(said) if offered else NONE_OFFERED, self)
        words.setWordWrap(True)
        words.setTextFormat(Qt.TextFormat.PlainText)
        self.runs = QListWidget(self)
        self.runs.setObjectName("compareRuns")
        self.runs.setAccessibleName("Other runs of this probe")
        self.runs.setTextElideMode(Qt.TextElideMode.ElideMiddle)  # how a path begins and ends
        self.runs.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for place in offered:
            title = modes.get(place.mode, place.mode) or place.results_dir.name
            item = QListWidgetItem(f"{one_line(title)}\n{one_line(place.results_dir)}", self.runs)
            item.setData(_PLACE, place)
            item.setToolTip(str(place.results_dir))
        self.runs.setCurrentRow(0)
        self.runs.setVisible(bool(offered))
        self.runs.itemActivated.connect(self._take)
        box = QVBoxLayout(self)
        box.addWidget(words)
        box.addWidget(self.runs, 1)
        box.addWidget(self._buttons(bool(offered)))
        self.resize(*_SIZE) if offered else self.adjustSize()
        self.runs.setFocus()

    def _buttons(self, any_offered: bool) -> QDialogButtonBox:
        roles = QDialogButtonBox.ButtonRole
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        folder = buttons.addButton("Another &folder…", roles.ActionRole)
        folder.setObjectName("compareFolder")
        folder.clicked.connect(lambda: self._ask(False))
        file = buttons.addButton("&Config file…", roles.ActionRole)
        file.setObjectName("compareConfig")
        file.clicked.connect(lambda: self._ask(True))
        if any_offered:
            take = buttons.addButton("Compare", roles.AcceptRole)
            take.setObjectName("compareTake")
            take.setDefault(True)
            buttons.accepted.connect(self._take)
        else:
            folder.setDefault(True)
        buttons.rejected.connect(self.reject)
        return buttons

    def _take(self) -> None:
        item = self.runs.currentItem()
        if item is not None:
            self._place = item.data(_PLACE)
            self.accept()

    def _ask(self, for_file: bool) -> None:
        self.asks_for_file = for_file
        self.accept()

    def place(self) -> RunLocation | None:
        """Return the run that was taken; None: another one is to be asked for."""
        return self._place
