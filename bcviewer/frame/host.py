"""What the commands need of the window."""

from __future__ import annotations

from PySide6.QtWidgets import QMainWindow

from bcviewer.app.prefs import Prefs
from bcviewer.app.session import Session
from bcviewer.widgets.chrome.filter_bar import FilterBar
from bcviewer.widgets.chrome.status import StatusBar
from bcviewer.widgets.curate.curate_bar import CurateBar
from bcviewer.widgets.table.unit_table import UnitTable


class Host(QMainWindow):
    """What the commands need of the window."""

    session: Session
    prefs: Prefs
    unit_table: UnitTable
    filter_bar: FilterBar
    curate_bar: CurateBar
    status: StatusBar

    def open_probe(self, letter: str) -> None:
        """Open another probe of the recording, in the same run mode."""
        raise NotImplementedError

    def show_layout(self, name: str) -> None:
        """Show one of the layouts."""
        raise NotImplementedError

    def reset_layout(self) -> None:
        """Put every dock back in its place."""
        raise NotImplementedError

    def about_html(self) -> str:
        """Return versions and licence."""
        raise NotImplementedError
