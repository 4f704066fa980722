"""The chooser in the tool bar: the run modes and probes of what is open."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLabel, QToolButton, QWidget

from bcviewer.app.catalogue import ALL_PROBES, Catalogue
from bcviewer.core.sheet.queue import QueueProgress
from bcviewer.io.files import one_line
from bcviewer.io.results.location import RunLocation
from bcviewer.io.results.naming import stream_letter
from bcviewer.widgets.chrome.key_box import KeyBox
from bcviewer.widgets.chrome.probe_button import UNKNOWN, ProbeButton, count_words
from bcviewer.widgets.drawing.tips import plain_tip

MAX_BUTTONS = 8
"""More probes than this go into a list."""
MAX_LETTERS = 60
"""…and so do names that are longer than this together."""
EVERY = -2
"""Stands for all probes where others stand for their places in the catalogue; Qt takes −1."""
MAX_COUNTS = 4
"""More buttons than this have a bar only of how far their curation is."""
_MODE_LETTERS = 20
"""So much is told of a run mode beside a probe that only it has."""


class ProbeBar(QWidget):
    """Shows the probes and run modes, and which is open.

    Attributes
    ----------
    chosen : Signal(int)
        Place in the catalogue of the one to open.
    every_chosen : Signal()
        All probes of the run mode are to be opened as one table.
    mode_chosen : Signal(str)
        The run mode to open.
    """

    chosen = Signal(int)
    every_chosen = Signal()
    mode_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("probeBar")
        self._catalogue: Catalogue | None = None
        self._done: dict[int, QueueProgress | None] = {}
        """How many units are decided, as it is shown, by place in the catalogue."""
        self._name = QLabel(self)
        self._name.setObjectName("recordingName")
        self._name.setTextFormat(Qt.TextFormat.PlainText)
        self._modes = KeyBox(self)
        self._modes.setObjectName("modeChooser")
        self._modes.setSizeAdjustPolicy(KeyBox.SizeAdjustPolicy.AdjustToContents)
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
        self._done = {}
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
        probes, several = catalogue.probes, len(catalogue.together) > 1
        titles = [_title(catalogue.locations[i], here, modes) for i in probes]
        letters = sum(map(len, titles))
        many = len(probes) > MAX_BUTTONS or (len(probes) > 1 and letters > MAX_LETTERS)
        if many and several:
            self._probes.addItem(ALL_PROBES, EVERY)
        elif several:
            self._add_every(catalogue)
        for i, title in zip(probes, titles, strict=True):
            if many:
                self._probes.addItem(title, i)
            else:
                self._add_button(catalogue, i, title, len(probes) <= MAX_COUNTS)
        shown = EVERY if catalogue.every else catalogue.index
        self._probes.setCurrentIndex(self._probes.findData(shown))
        self._probes.setVisible(many)
        self._buttons.setVisible(not many and len(probes) > 1)
        name = (catalogue.recording or ALL_PROBES) if catalogue.every else here.name
        self._name.setText(one_line(name, 40))
        self._name.setToolTip(plain_tip(_whole_path(here)))
        self._name.setVisible(len(probes) == 1 or name != here.probe)

    def show_decided(self, done_of: Callable[[RunLocation], QueueProgress | None]) -> None:
        """Show how many units of each probe are decided, as far as that is known."""
        places = () if self._catalogue is None else self._catalogue.locations
        done = {i: done_of(places[i]) for i in self._offered() if self._in_mode(i)}
        changed = [i for i in done if i not in self._done or done[i] != self._done[i]]
        self._done = done
        for i in changed:
            self._show_done(i, places[i], done[i])

    def _offered(self) -> list[int]:
        """Return the places in the catalogue of the probes that can be chosen."""
        listed = [int(self._probes.itemData(i)) for i in range(self._probes.count())]
        return [i for i in (*map(self._group.id, self._group.buttons()), *listed) if i != EVERY]

    def _in_mode(self, i: int) -> bool:
        """Whether a probe has results in the run mode that is open: others count when they are."""
        if self._catalogue is None:
            return False
        place = self._catalogue.locations[i]
        return place.mode == self._catalogue.location.mode and not place.problem

    def _show_done(self, i: int, place: RunLocation, done: QueueProgress | None) -> None:
        said = count_words(done)
        tip = plain_tip(f"{_probe_words(place)}\n{said}")
        button = self._group.button(i)
        if isinstance(button, ProbeButton):
            button.show_done(done)
            button.setToolTip(tip)
            button.setAccessibleDescription(said)
            return
        at = self._probes.findData(i)
        self._probes.setItemText(at, f"{place.probe} · {UNKNOWN if done is None else done.short}")
        self._probes.setItemData(at, tip, Qt.ItemDataRole.ToolTipRole)

    def index_of_letter(self, letter: str) -> int:
        """Return the place in the catalogue of a probe that is offered, −1 if there is none."""
        if self._catalogue is None:
            return -1
        here = [(i, self._catalogue.locations[i]) for i in self._catalogue.probes]
        fits = [i for i, loc in here if loc.probe == letter]
        fits = fits or [i for i, loc in here if stream_letter(loc.probe) == letter]  # ProbeA-AP
        return fits[0] if len(fits) == 1 else -1

    def _add_every(self, catalogue: Catalogue) -> None:
        button = QToolButton(self._buttons)
        button.setText("All")
        button.setCheckable(True)
        button.setChecked(catalogue.every)
        button.setAutoRaise(True)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.setObjectName("probe.every")
        button.setAccessibleName(ALL_PROBES)
        button.setToolTip("All probes of this run mode as one table (Ctrl+0)")
        self._group.addButton(button, EVERY)
        self._line.addWidget(button)

    def _add_button(self, catalogue: Catalogue, i: int, title: str, counts: bool) -> None:
        location = catalogue.locations[i]
        elsewhere = location.mode != catalogue.location.mode
        button = ProbeButton(counts and not elsewhere, self._buttons)
        button.setText(title.replace("&", "&&"))  # no mnemonic
        font = button.font()
        font.setItalic(elsewhere)
        button.setFont(font)
        button.setCheckable(True)
        button.setChecked(catalogue.is_alone(i))
        button.setAutoRaise(True)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.setObjectName(f"probe.{location.probe}")
        words = _probe_words(location)
        mode = one_line(catalogue.modes[location.mode], 60)
        button.setToolTip(plain_tip(f"{words}\nopens in {mode}" if elsewhere else words))
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
        """Say which run mode was chosen, unless it is open."""
        mode = str(self._modes.itemData(place))
        if self._catalogue is not None and mode != self._catalogue.location.mode:
            self.mode_chosen.emit(mode)
        self._show_open()

    def _on_listed(self, place: int) -> None:
        self._choose(int(self._probes.itemData(place)))

    def _on_probe(self, index: int) -> None:
        self._choose(index)

    def _choose(self, index: int) -> None:
        """Say what was chosen, unless it is open."""
        open_now = self._catalogue
        if open_now is not None and index == EVERY:
            if not open_now.every:
                self.every_chosen.emit()
        elif open_now is not None and not open_now.is_alone(index):
            self.chosen.emit(index)
        self._show_open()

    def _show_open(self) -> None:
        """Mark what is open, until the other one is."""
        done, catalogue = self._done, self._catalogue
        self.show_catalogue(catalogue)
        if catalogue is not None:
            places = {str(catalogue.locations[i].results_dir): known for i, known in done.items()}
            self.show_decided(lambda place: places.get(str(place.results_dir)))


def _title(place: RunLocation, here: RunLocation, modes: Mapping[str, str]) -> str:
    """Return what a probe is called; one that the open run mode lacks names its own."""
    if place.mode == here.mode:
        return place.probe
    return f"{place.probe} · {one_line(modes[place.mode], _MODE_LETTERS)}"


def _probe_words(location: RunLocation) -> str:
    what = location.problem or str(location.results_dir)
    region = f"\n{location.region}" if location.region else ""
    return f"Probe {location.probe}{region}\n{what}"


def _whole_path(location: RunLocation) -> str:
    """Return where a run is: its Kilosort directory, and its results if they are elsewhere."""
    if not location.sort_from:
        return str(location.ks_dir)
    return f"Kilosort directory: {location.ks_dir}\nresults: {location.results_dir}"
