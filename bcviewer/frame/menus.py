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
from bcviewer.io.files import LONGEST_PATH, one_line, printable
from bcviewer.widgets.chrome.search_menu import MenuBar, SearchMenu

UNIT_MENU: tuple[str, ...] = (
    *BAR_KEYS,
    "label_in_phy",
    "",
    "export_labels",
    "export_selected",
    "copy_rows",
    "copy_ids",
    "",
    "open_in_phy",
)
"""What a right click on units offers; empty: a line."""
ONLY_LINKED = ("label_in_phy",)
"""What of it is offered where a phy is linked only."""


class Menus(QObject):
    """Owns the menu of what was opened before, and offers the menu of units."""

    def __init__(
        self, pieces: Pieces, actions: Mapping[str, QAction], docks: Mapping[str, QDockWidget]
    ) -> None:
        super().__init__(pieces.window)
        self._window, self._session, self._prefs = pieces.window, pieces.session, pieces.prefs
        self._actions, self._status = actions, pieces.status
        titles = entry_titles()
        self.recent = QMenu(titles[SUBMENUS["demo"]], self._window)
        self.recent.aboutToShow.connect(self.fill_recent)
        docks_menu = SearchMenu(titles[SUBMENUS["reset_layout"]], self._window)
        docks_menu.setObjectName("docksMenu")
        docks_menu.add([dock.toggleViewAction() for dock in docks.values()])
        self.modes = QMenu(titles[SUBMENUS["mode_previous"]], self._window)
        self.modes.setObjectName("modesMenu")
        below = {"demo": self.recent, "reset_layout": docks_menu, "mode_previous": self.modes}
        bar = MenuBar(self._window, pieces.unit_table)
        self._window.setMenuBar(bar)
        menus = {name: bar.add(text) for name, text in menu_titles().items()}
        for command in COMMANDS:
            menu = menus[command.menu]
            if command.separate:
                menu.addSeparator()
            menu.addAction(actions[command.key])
            if command.key in below:
                menu.addMenu(below[command.key])
        menus["View"].aboutToShow.connect(self.fill_modes)
        pieces.unit_table.menu_requested.connect(self._offer_for_units)

    def fill_recent(self) -> None:
        """Offer what was opened before."""
        self.recent.clear()
        for path in self._prefs.recent():
            action = self.recent.addAction(printable(path, LONGEST_PATH).replace("&", "&&"))
            action.triggered.connect(lambda _=False, p=path: self._session.open(p))
        if not self._prefs.recent():
            self.recent.addAction("Nothing yet").setEnabled(False)

    def fill_modes(self) -> None:
        """Offer the run modes of what is open, the open one marked."""
        self.modes.clear()
        catalogue = self._session.catalogue
        titles = {} if catalogue is None else catalogue.modes
        for mode, title in titles.items():
            here = catalogue is not None and mode == catalogue.location.mode
            action = self.modes.addAction(one_line(title, 60).replace("&", "&&"))
            action.setCheckable(True)
            action.setChecked(here)
            action.triggered.connect(lambda _=False, m=mode: self._open_mode(m))
        self.modes.menuAction().setEnabled(len(titles) > 1)

    def _open_mode(self, mode: str) -> None:
        """Open the same probe in a run mode; the open one stays as it is."""
        catalogue = self._session.catalogue
        if catalogue is not None and mode != catalogue.location.mode:
            self._status.next_act()
            self._session.opening.open_mode(mode)

    def _offer_for_units(self, place: QPoint) -> None:
        """Offer what can be done with the highlighted units."""
        menu = QMenu(self._window)
        menu.setObjectName("unitMenu")
        is_linked = self._session.scene.phy_link.state == "connected"
        for key in UNIT_MENU:
            if key in ONLY_LINKED and not is_linked:
                continue
            if key:
                menu.addAction(self._actions[key])
            else:
                menu.addSeparator()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(place)
