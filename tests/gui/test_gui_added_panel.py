"""Adding a panel of a unit's evidence touches its own file and one line in the table of docks."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import pytest
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget
from qt_fixtures import WAIT_MS, click, press

from bcviewer.app.scene import Scene
from bcviewer.app.wishes import GoTo
from bcviewer.core.evidence.ask import Ask
from bcviewer.core.evidence.intervals import Intervals
from bcviewer.frame.window import Window
from bcviewer.widgets.base.evidence_panel import EvidencePanel
from bcviewer.widgets.chrome import docks
from bcviewer.widgets.chrome.docks import DockPlace, DockSpec
from bcviewer.widgets.chrome.search_menu import SearchMenu

# -- its own file ----------------------------------------------------------------------------

FIRST = 3
"""The unit that a click in the panel goes to."""


class LongestPanel(EvidencePanel):
    """The number of intervals of the current unit."""

    panel_id = "longest"
    title = "Longest interval"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.button = QPushButton("Go to it", self.body)
        self.button.clicked.connect(lambda: self.wish.emit(GoTo(FIRST)))
        QVBoxLayout(self.body).addWidget(self.button)
        self.drawn: list[tuple[int, Intervals]] = []

    def asks(self, scene: Scene) -> tuple[Ask, ...]:
        return (Ask("isi", (50.0,)),)

    def draw(self, scene: Scene, answers: tuple[object, ...]) -> None:
        found = answers[0]
        assert isinstance(found, Intervals)
        self.drawn.append((scene.current, found))
        self.button.setText(f"{found.counts.sum():,} intervals")


# -- one line in the table of docks ----------------------------------------------------------

LINE = DockSpec(
    "longest",
    "Longest interval",
    "unit.longest_panel",
    "LongestPanel",
    (DockPlace("curate", 1, 0, 200),),
)


@pytest.fixture
def window(open_window: Any, monkeypatch: pytest.MonkeyPatch) -> Window:
    file = ModuleType("bcviewer.widgets.unit.longest_panel")
    file.LongestPanel = LongestPanel  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, file.__name__, file)
    monkeypatch.setattr(docks, "DOCKS", (*docks.DOCKS, LINE))
    opened: Window = open_window("demo")
    return opened


def added(qtbot: Any, window: Window) -> LongestPanel:
    """Return the panel once its dock was seen and it has drawn the current unit."""
    window.show_layout("curate")
    qtbot.waitUntil(lambda: "longest" in window.panels, timeout=WAIT_MS)
    panel = window.panels["longest"]
    assert isinstance(panel, LongestPanel)
    qtbot.waitUntil(lambda: panel.drawn_row == window.session.current, timeout=WAIT_MS)
    return panel


@pytest.mark.long
def test_it_has_a_dock_a_place_and_an_entry_in_the_menu(qtbot: Any, window: Window) -> None:
    dock = window.docks["longest"]
    assert (dock.objectName(), dock.windowTitle()) == ("dock.longest", "Longest interval")
    assert dock.isHidden(), "it has no place in this layout"
    panel = added(qtbot, window)
    assert dock.widget() is panel
    assert dock.isVisible()
    assert dock.x() > window.docks["why"].geometry().right(), "in a column of its own"
    menu = window.findChild(SearchMenu, "docksMenu")
    assert dock.toggleViewAction() in menu.actions()
    dock.toggleViewAction().trigger()
    assert dock.isHidden()


def test_it_draws_the_current_unit_with_its_evidence(qtbot: Any, window: Window) -> None:
    panel = added(qtbot, window)
    for _ in range(2):
        press(window, "Down")
        here = window.session.current
        qtbot.waitUntil(lambda row=here: panel.drawn_row == row, timeout=WAIT_MS)
        row, found = panel.drawn[-1]
        scene = window.session.scene
        assert (row, scene.evidence.row) == (here, here)
        assert found is scene.evidence.get(Ask("isi", (50.0,)))
        assert panel.button.text() == f"{found.counts.sum():,} intervals"
    drawn = [row for row, _ in panel.drawn]
    assert len(drawn) == len(set(drawn)) == 3, "each unit once"


def test_what_it_wishes_is_granted(qtbot: Any, window: Window) -> None:
    panel = added(qtbot, window)
    click(panel.button, panel.button.rect().center())
    assert window.session.current == FIRST
    qtbot.waitUntil(lambda: panel.drawn_row == FIRST, timeout=WAIT_MS)


def test_hidden_it_is_not_called(qtbot: Any, window: Window) -> None:
    panel = added(qtbot, window)
    before = len(panel.drawn)
    window.show_layout("overview")
    press(window, "Down", "Down")
    assert window.session.wait_idle(WAIT_MS)
    assert len(panel.drawn) == before
    window.show_layout("curate")
    qtbot.waitUntil(lambda: panel.drawn_row == window.session.current, timeout=WAIT_MS)
    assert len(panel.drawn) == before + 1


def test_layouts_remembered_without_it_are_not_used(
    window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = window.saveState(docks.layout_version())
    monkeypatch.setattr(docks, "DOCKS", docks.DOCKS[:-1])
    assert not window.restoreState(state, docks.layout_version())
