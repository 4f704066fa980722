"""The menus: the bar's, from the command table, and what a right click on units offers."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDockWidget, QMenu

from bcviewer.app.commands.command import SUBMENUS
from bcviewer.app.commands.table import COMMANDS
from bcviewer.app.mnemonics import entry_titles, menu_titles
from bcviewer.frame.command_group import Pieces
from bcviewer.frame.curate_actions import BAR_KEYS
from bcviewer.widgets.chrome.search_menu import SearchMenu

UNIT_MENU: tuple[str, ...] = (
    *BAR_KEYS,
    "",
    "export_labels",
    "export_selected",
    "copy_rows",
    "copy_ids",
    "",
    "open_in_phy",
)
"""What a right click on units offers; empty: a line."""


class Menus(QObject):
    """Owns the menu of what was opened before, and offers the menu of units."""

    def __init__(
        self, pieces: Pieces, actions: Mapping[str, QAction], docks: Mapping[str, QDockWidget]
    ) -> None:
        super().__init__(pieces.window)
        self._window, self._session, self._prefs = pieces.window, pieces.session, pieces.prefs
        self._actions = actions
        titles = entry_titles()
        self.recent = QMenu(titles[SUBMENUS["demo"]], self._window)
        self.recent.aboutToShow.connect(self.fill_recent)
        docks_menu = SearchMenu(titles[SUBMENUS["reset_layout"]], self._window)
        docks_menu.setObjectName("docksMenu")
        docks_menu.add([dock.toggleViewAction() for dock in docks.values()])
        below = {"demo": self.recent, "reset_layout": docks_menu}
        bar = self._window.menuBar()
        menus = {name: bar.addMenu(text) for name, text in menu_titles().items()}
        for command in COMMANDS:
            menu = menus[command.menu]
            if command.separate:
                menu.addSeparator()
            menu.addAction(actions[command.key])
            if command.key in below:
                menu.addMenu(below[command.key])
        pieces.unit_table.menu_requested.connect(self._offer_for_units)

    def fill_recent(self) -> None:
        """Offer what was opened before."""
        self.recent.clear()
        for path in self._prefs.recent():
            action = self.recent.addAction(path.replace("&", "&&"))
            action.triggered.connect(lambda _=False, p=path: self._session.open(p))
        if not self._prefs.recent():
            self.recent.addAction("Nothing yet").setEnabled(False)

    def _offer_for_units(self, place: QPoint) -> None:
        """Offer what can be done with the highlighted units."""
        menu = QMenu(self._window)
        menu.setObjectName("unitMenu")
        for key in UNIT_MENU:
            if key:
                menu.addAction(self._actions[key])
            else:
                menu.addSeparator()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(place)
