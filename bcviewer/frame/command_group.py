"""What the commands and the wires of a window are given: its pieces."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMainWindow

from bcviewer.app.no_unit import NOTHING_SHOWN
from bcviewer.app.prefs import Prefs
from bcviewer.app.session import Session
from bcviewer.app.trace import Trace
from bcviewer.widgets.chrome.filter_bar import FilterBar
from bcviewer.widgets.chrome.label_source import LabelSourceBox
from bcviewer.widgets.chrome.messages import Banner
from bcviewer.widgets.chrome.probe_bar import ProbeBar
from bcviewer.widgets.chrome.status import StatusBar
from bcviewer.widgets.chrome.welcome import WelcomePage
from bcviewer.widgets.chrome.what_if_bar import WhatIfBar
from bcviewer.widgets.curate.curate_bar import CurateBar
from bcviewer.widgets.curate.queue_bar import QueueBar
from bcviewer.widgets.table.unit_table import UnitTable


@dataclass(frozen=True, slots=True)
class Pieces:
    """What a window is made of; ``window`` itself is the parent of dialogs and actions."""

    window: QMainWindow
    session: Session
    prefs: Prefs
    trace: Trace
    banner: Banner
    filter_bar: FilterBar
    curate_bar: CurateBar
    queue_bar: QueueBar
    what_if_bar: WhatIfBar
    unit_table: UnitTable
    welcome: WelcomePage
    probe_bar: ProbeBar
    label_source: LabelSourceBox
    status: StatusBar


class CommandGroup(QObject):
    """Does some of the commands: ``do_<act>`` does the command with this ``act``."""

    def __init__(self, pieces: Pieces) -> None:
        super().__init__(pieces.window)
        self.window = pieces.window
        self.session = pieces.session
        self.prefs = pieces.prefs
        self.pieces = pieces

    def verdicts_hidden(self) -> bool:
        """Return whether a blind review hides any verdict; if so, say that nothing tells one.

        Whatever writes labels or reasons, or compares others with them, asks this first.
        """
        scene = self.session.scene
        hidden = scene.book is not None and scene.book.n_hidden > 0
        if hidden:
            todo = "Reveal first." if scene.review else "Try again when the labels are read."
            self.session.notice.emit(
                f"Not done: it would tell the verdicts that the blind review hides. {todo}"
            )
        return hidden

    def something_shown(self) -> bool:
        """Return whether any unit is highlighted; where none is, say so: nothing is done then."""
        if self.session.table is not None and not len(self.session.selected):
            self.session.notice.emit(NOTHING_SHOWN)
        return len(self.session.selected) > 0

    def named_open(self) -> str:
        """Return what a file is called that is of all that is open."""
        scene = self.session.scene
        if scene.catalogue is not None and scene.catalogue.every:
            return scene.catalogue.recording or "recording"
        return "" if scene.run is None else scene.run.provenance.name

    def tell_one_probe(self, what: str) -> None:
        """Say of which probe something is, where all are open: it takes one at a time."""
        scene = self.session.scene
        if scene.book is not None and len(scene.book) > 1:
            probe = scene.book.probes[scene.which]
            self.session.notice.emit(f"{what} one probe at a time: of {probe}, the current unit's.")
