"""The chooser in the tool bar: the run modes and probes of what is open."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLabel, QToolButton, QWidget

from bcviewer.app.catalogue import Catalogue
from bcviewer.io.files import one_line
from bcviewer.io.results.location import RunLocation
from bcviewer.io.results.naming import stream_letter
from bcviewer.widgets.chrome.key_box import KeyBox
from bcviewer.widgets.drawing.tips import plain_tip

MAX_BUTTONS = 8
"""More probes than this go into a list."""
MAX_LETTERS = 60
"""…and so do names that are longer than this together."""


class ProbeBar(QWidget):
    """Shows the probes and run modes, and which is open.

    Attributes
    ----------
    chosen : Signal(int)
        Place in the catalogue of the one to open.
    """

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("probeBar")
        self._catalogue: Catalogue | None = None
        self._name = QLabel(self)
        self._name.setObjectName("recordingName")
        self._name.setTextFormat(Qt.TextFormat.PlainText)
        self._modes = KeyBox(self)
        self._modes.setObjectName("modeChooser")
        self._modes.setToolTip("Run mode, or one of several results of a sort")
        self._modes.setAccessibleName("Run mode")
        self._modes.activated.connect(self._on_mode)
        self._probes = KeyBox(self)
        self._probes.setObjectName("probeChooser")
        self._probes.setAccessibleName("Probe")
        self._probes.activated.connect(self._on_listed)
        self._buttons = QWidget(self)
        self._line = QHBoxLayout(self._buttons)
        self._line.setContentsMargins(0, 0, 0, 0)
        self._line.setSpacing(2)
        self._group = QButtonGroup(self)
        self._group.idClicked.connect(self._on_probe)
        box = QHBoxLayout(self)
        box.setContentsMargins(6, 0, 6, 0)
        box.setSpacing(8)
        for widget in (self._name, self._modes, self._buttons, self._probes):
            box.addWidget(widget)
        self.show_catalogue(None)

    def show_catalogue(self, catalogue: Catalogue | None) -> None:
        """Show what there is and what is open."""
        self._catalogue = catalogue
        self._clear()
        if catalogue is None:
            for widget in (self._name, self._modes, self._buttons, self._probes):
                widget.hide()
            return
        here = catalogue.location
        modes = catalogue.modes
        for mode, title in modes.items():
            self._modes.addItem(one_line(title, 60), mode)
        self._modes.setCurrentIndex(list(modes).index(here.mode))
        self._modes.setVisible(len(modes) > 1)
        same = [i for i, loc in enumerate(catalogue.locations) if loc.mode == here.mode]
        letters = sum(len(catalogue.locations[i].probe) for i in same)
        many = len(same) > MAX_BUTTONS or (len(same) > 1 and letters > MAX_LETTERS)
        for i in same:
            if many:
                self._probes.addItem(catalogue.locations[i].probe, i)
            else:
                self._add_button(catalogue, i)
        self._probes.setCurrentIndex(same.index(catalogue.index))
        self._probes.setVisible(many)
        self._buttons.setVisible(not many and len(same) > 1)
        self._name.setText(one_line(here.name, 40))
        self._name.setToolTip(plain_tip(_whole_path(here)))
        self._name.setVisible(len(same) == 1 or here.name != here.probe)

    def index_of_letter(self, letter: str) -> int:
        """Return the place in the catalogue of a probe of the open mode, −1 if there is none."""
        if self._catalogue is None:
            return -1
        mode = self._catalogue.location.mode
        here = [(i, loc) for i, loc in enumerate(self._catalogue.locations) if loc.mode == mode]
        fits = [i for i, loc in here if loc.probe == letter]
        fits = fits or [i for i, loc in here if stream_letter(loc.probe) == letter]  # ProbeA-AP
        return fits[0] if len(fits) == 1 else -1

    def _add_button(self, catalogue: Catalogue, i: int) -> None:
        location = catalogue.locations[i]
        button = QToolButton(self._buttons)
        button.setText(location.probe.replace("&", "&&"))  # no mnemonic
        button.setCheckable(True)
        button.setChecked(i == catalogue.index)
        button.setAutoRaise(True)
        button.setMinimumSize(QSize(26, 0))
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.setObjectName(f"probe.{location.probe}")
        what = location.problem or str(location.results_dir)
        region = f"\n{location.region}" if location.region else ""
        button.setToolTip(plain_tip(f"Probe {location.probe}{region}\n{what}"))
        button.setEnabled(not location.problem)
        self._group.addButton(button, i)
        self._line.addWidget(button)

    def _clear(self) -> None:
        self._modes.clear()
        self._probes.clear()
        for button in self._group.buttons():
            self._group.removeButton(button)
            self._line.removeWidget(button)
            button.hide()
            button.deleteLater()

    def _on_mode(self, place: int) -> None:
        """Open the same probe in another mode, or the first one that has results there."""
        if self._catalogue is not None:
            self._choose(self._catalogue.in_mode(self._modes.itemData(place)))

    def _on_listed(self, place: int) -> None:
        self._choose(int(self._probes.itemData(place)))

    def _on_probe(self, index: int) -> None:
        self._choose(index)

    def _choose(self, index: int) -> None:
        if self._catalogue is not None and index != self._catalogue.index:
            self.chosen.emit(index)
        self.show_catalogue(self._catalogue)  # what is open is marked until the other one is


def _whole_path(location: RunLocation) -> str:
    """Return where a run is: its Kilosort directory, and its results if they are elsewhere."""
    if not location.sort_from:
        return str(location.ks_dir)
    return f"Kilosort directory: {location.ks_dir}\nresults: {location.results_dir}"
