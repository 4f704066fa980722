"""What commands and wires need of the window."""

from __future__ import annotations

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QComboBox, QMainWindow

from bcviewer.app.prefs import Prefs
from bcviewer.app.session import Session
from bcviewer.app.trace import Trace
from bcviewer.frame.viewers import Viewers
from bcviewer.widgets.chrome.filter_bar import FilterBar
from bcviewer.widgets.chrome.messages import Banner
from bcviewer.widgets.chrome.probe_bar import ProbeBar
from bcviewer.widgets.chrome.status import StatusBar
from bcviewer.widgets.chrome.welcome import WelcomePage
from bcviewer.widgets.curate.curate_bar import CurateBar
from bcviewer.widgets.table.unit_table import UnitTable


class Host(QMainWindow):
    """What commands and wires need of the window."""

    session: Session
    prefs: Prefs
    unit_table: UnitTable
    filter_bar: FilterBar
    curate_bar: CurateBar
    trace: Trace
    viewers: Viewers
    banner: Banner
    status: StatusBar
    welcome: WelcomePage
    probe_bar: ProbeBar
    label_source: QComboBox

    def open_probe(self, letter: str) -> None:
        """Open another probe of the recording, in the same run mode."""
        raise NotImplementedError

    def unit_menu(self, place: QPoint) -> None:
        """Offer what can be done with the highlighted units."""
        raise NotImplementedError

    def show_layout(self, name: str) -> None:
        """Show one of the layouts."""
        raise NotImplementedError

    def reset_layout(self) -> None:
        """Put every dock back in its place."""
        raise NotImplementedError
