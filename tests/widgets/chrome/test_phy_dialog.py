"""The dialog that links with phy, by its keys."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from qt_fixtures import WAIT_MS, press

from bcviewer.io.exchange.phy_plugin import PluginState
from bcviewer.widgets.chrome.phy_dialog import SWITCHES, PhyDialog

PLACE = Path("/home/ada/.phy/plugins/bcviewer_link.py")
ABSENT = PluginState(PLACE, "Not installed.")
OLD = PluginState(PLACE, "Another version.", installed=True)
THERE = PluginState(PLACE, "Installed.", installed=True, current=True)
Keep = Callable[[QWidget], Any]


@pytest.fixture
def dialog(keep: Keep, qtbot: Any) -> PhyDialog:
    made: PhyDialog = keep(PhyDialog(keep(QWidget()), dict.fromkeys(SWITCHES, False)))
    made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    made.show_plugin(ABSENT, "import phy")
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    return made


@pytest.mark.parametrize("held", [True, False])
@pytest.mark.parametrize("state", [ABSENT, OLD])
def test_return_installs_and_then_closes(dialog: PhyDialog, held: bool, state: PluginState) -> None:
    """Seen: the button that could be pressed no more stayed the default, and Return did nothing."""
    dialog.show_plugin(state, "import phy")
    asked: list[str] = []
    dialog.install_chosen.connect(lambda: asked.append("install"))
    dialog.remove_chosen.connect(lambda: asked.append("remove"))
    (dialog.install if held else dialog.boxes["lead"]).setFocus()
    QTest.keyClick(dialog.focusWidget(), Qt.Key.Key_Return)
    assert asked == ["install"]
    dialog.show_plugin(THERE, "import phy")
    QTest.keyClick(dialog.focusWidget(), Qt.Key.Key_Return)
    assert asked == ["install"]
    assert not dialog.isVisible()


def test_each_switch_and_button_has_a_letter_of_its_own(dialog: PhyDialog, qtbot: Any) -> None:
    on: list[tuple[str, bool]] = []
    dialog.switched.connect(lambda *given: on.append(given))
    for n, letter in enumerate("SHL"):
        press(dialog, f"Alt+{letter}")
        qtbot.waitUntil(lambda n=n: len(on) > n, timeout=WAIT_MS)  # it is seen to be pressed
    assert on == [("follow", True), ("lead", True), ("label", True)]
    buttons = (*dialog.boxes.values(), dialog.install, dialog.remove)
    letters = [QKeySequence.mnemonic(one.text()).toString() for one in buttons]
    assert len(set(letters) - {""}) == len(letters)
