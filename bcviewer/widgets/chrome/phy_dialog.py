"""Link with phy: what is written and where, how the link is, and which ways things go."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGroupBox,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from bcviewer.core.run.phy_link import PhyLink
from bcviewer.io.exchange.phy_plugin import PluginState
from bcviewer.widgets.drawing.tick_box import TickBox
from bcviewer.widgets.drawing.tips import plain_tip

SWITCHES: dict[str, tuple[str, str]] = {
    "follow": ("A &selection in phy moves the unit here", "Units that a filter hides are told."),
    "lead": ("The units &highlighted here are selected in phy", "At most 20; of more the current."),
    "label": (
        "&Label in phy, too",
        "GOOD, MUA, NOISE as phy's group; NON-SOMA as bcv_label. An undo here undoes none there.",
    ),
}
"""The switches' names, words and explanations."""
_HEAD = (
    "One file in phy's own folder of plugins tells bcviewer what phy shows and does. It needs"
    " nothing but phy, is used from its next start on, and talks to this computer's bcviewer only."
    " phy_config.py is not touched."
)
_LINK_LINES = 5
"""So many lines are kept for how the link is."""


class PhyDialog(QDialog):
    """Links with phy, and says how the link is; it waits for nobody.

    Attributes
    ----------
    install_chosen, remove_chosen : Signal()
        The file is to be written, or removed.
    switched : Signal(str, bool)
        A switch, and whether it is on by now.
    """

    install_chosen = Signal()
    remove_chosen = Signal()
    switched = Signal(str, bool)

    def __init__(self, parent: QWidget | None, switches: Mapping[str, bool]) -> None:
        super().__init__(parent)
        self.setObjectName("phyDialog")
        self.setWindowTitle("Link with phy")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.link, self.place, self.there = self._label(), self._label(), self._label()
        self.text = QPlainTextEdit(self)
        self.text.setReadOnly(True)
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.text.setAccessibleName("What is written")
        self.install = QPushButton("&Install", self)
        self.install.clicked.connect(self.install_chosen)
        self.remove = QPushButton("&Remove", self)
        self.remove.clicked.connect(self.remove_chosen)
        # what it says grows with what phy does: the switches below stay where a hand goes for them
        self.link.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.link.setMinimumHeight(_LINK_LINES * self.link.fontMetrics().lineSpacing())
        self.boxes = {name: self._box(name, on) for name, on in switches.items()}
        self._lay_out()
        self.resize(660, 600)
        for button in (self.install, self.remove):
            button.setEnabled(False)

    def _label(self) -> QLabel:
        label = QLabel(self)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        return label

    def _box(self, name: str, on: bool) -> TickBox:
        words, tip = SWITCHES[name]
        box = TickBox(words, self)
        box.setObjectName(f"phy.{name}")
        box.setToolTip(plain_tip(tip))
        box.setChecked(on)
        box.toggled.connect(lambda checked: self.switched.emit(name, checked))
        return box

    def _lay_out(self) -> None:
        head = self._label()
        head.setText(_HEAD)
        ways = QGroupBox("What goes which way", self)
        inner = QVBoxLayout(ways)
        for switch in self.boxes.values():
            inner.addWidget(switch)
        file = QGroupBox("What is written", self)
        below = QVBoxLayout(file)
        for widget in (head, self.place, self.there):
            below.addWidget(widget)
        below.addWidget(self.text, 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.addButton(self.install, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.addButton(self.remove, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        self.close_button = buttons.button(QDialogButtonBox.StandardButton.Close)
        box = QVBoxLayout(self)
        box.addWidget(self.link)
        box.addWidget(ways)
        box.addWidget(file, 1)
        box.addWidget(buttons)

    def show_plugin(self, state: PluginState, text: str) -> None:
        """Show where the plugin is, or would be, and what is written."""
        self.place.setText(f"Where: {state.place}")
        self.there.setText(state.words)
        self.text.setPlainText(text)
        self.install.setText("&Update" if state.installed and not state.current else "&Install")
        can = not state.current and not state.refused
        if self.install.hasFocus() and not can:  # else it goes on to Remove
            self.close_button.setFocus()
        self.install.setEnabled(can)
        (self.install if can else self.close_button).setDefault(True)
        self.remove.setEnabled(state.installed and not state.refused)

    def show_link(self, link: PhyLink) -> None:
        """Show how the link is."""
        self.link.setText(link.tip.replace(" Click: Link with phy…", ""))
