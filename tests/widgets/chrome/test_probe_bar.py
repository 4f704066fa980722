"""The chooser of run modes and probes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QComboBox, QLabel, QToolButton
from qt_fixtures import click, settle

from bcviewer.app.catalogue import Catalogue, Request
from bcviewer.core.sheet.queue import QueueProgress
from bcviewer.io.results.location import RunLocation
from bcviewer.widgets.chrome.probe_bar import MAX_BUTTONS, ProbeBar
from bcviewer.widgets.chrome.probe_button import UNKNOWN, UNKNOWN_WORDS
from bcviewer.widgets.drawing.theme import theme


def place(probe: str, mode: str = "batch", problem: str = "", name: str = "") -> RunLocation:
    folder = Path(f"rec_{mode}") / f"kilosort4_{probe}"
    told = {"region": "CA1 <i>", "problem": problem}
    return RunLocation(folder, folder / "bombcell", name or folder.name, probe, mode, **told)


def catalogue(*locations: RunLocation, index: int = 0) -> Catalogue:
    return Catalogue(Request("rec"), locations, index)


FIVE = (
    place("A"),
    place("B"),
    place("C", problem="Bombcell has not been run here"),
    place("A", "np20_rerun"),
    place("C", "np20_rerun"),
)


@pytest.fixture
def bar(keep: Any) -> ProbeBar:
    made = ProbeBar()
    made.resize(600, 40)
    return keep(made)


def buttons(bar: ProbeBar) -> dict[str, QToolButton]:
    """Return the buttons of single probes."""
    shown = [b for b in bar.findChildren(QToolButton) if b.isVisible()]
    return {b.text(): b for b in shown if b.objectName() != "probe.every"}


def test_all_probes_are_chosen_by_a_button_or_in_the_list(qtbot: Any, bar: ProbeBar) -> None:
    bar.show_catalogue(catalogue(*FIVE, index=1))
    every = bar.findChild(QToolButton, "probe.every")
    assert (every.text(), every.isChecked()) == ("All", False)
    with qtbot.waitSignal(bar.every_chosen), qtbot.assertNotEmitted(bar.chosen):
        click(every, every.rect().center())
    bar.show_catalogue(replace(catalogue(*FIVE, index=1), every=True))
    settle()
    assert bar.findChild(QToolButton, "probe.every").isChecked()
    assert not any(b.isChecked() for b in buttons(bar).values())
    with qtbot.waitSignal(bar.chosen) as told:  # the one that was shown first, alone
        buttons(bar)["B"].click()
    assert told.args == [1]
    bar.show_catalogue(catalogue(place("A", "")))
    settle()
    assert bar.findChild(QToolButton, "probe.every") is None, "one probe has no others"
    bar.show_catalogue(replace(catalogue(*(place(f"p{i}") for i in range(9))), every=True))
    box = bar.findChild(QComboBox, "probeChooser")
    assert box.currentText() == box.itemText(0) == "All probes"


def test_nothing_open_nothing_shown(bar: ProbeBar) -> None:
    assert [w for w in bar.findChildren(QComboBox) if w.isVisible()] == []
    assert buttons(bar) == {}
    assert bar.index_of_letter("A") == -1


def test_probes_of_the_open_mode(bar: ProbeBar) -> None:
    bar.show_catalogue(catalogue(*FIVE, index=1))
    shown = buttons(bar)
    assert list(shown) == ["A", "B", "C"]
    assert [name for name, b in shown.items() if b.isChecked()] == ["B"]
    assert not shown["C"].isEnabled()
    assert "has not been run" in shown["C"].toolTip()
    assert "CA1 &lt;i&gt;" in shown["A"].toolTip()
    assert bar.findChild(QLabel, "recordingName").text() == "kilosort4_B"
    modes = bar.findChild(QComboBox, "modeChooser")
    assert modes.isVisible()
    assert [modes.itemText(i) for i in range(modes.count())] == ["batch", "np20_rerun"]
    assert [bar.index_of_letter(letter) for letter in "ABCD"] == [0, 1, 2, -1]


def test_a_click_opens_a_probe_and_what_is_open_stays_marked(qtbot: Any, bar: ProbeBar) -> None:
    bar.show_catalogue(catalogue(*FIVE))
    with qtbot.waitSignal(bar.chosen) as told:
        button = buttons(bar)["B"]
        click(button, button.rect().center())
    assert told.args == [1]
    settle()
    assert [name for name, b in buttons(bar).items() if b.isChecked()] == ["A"]
    with qtbot.assertNotEmitted(bar.chosen):
        button = buttons(bar)["A"]
        click(button, button.rect().center())


def test_another_mode_is_told_and_what_is_open_stays_marked(qtbot: Any, bar: ProbeBar) -> None:
    bar.show_catalogue(catalogue(*FIVE))
    modes = bar.findChild(QComboBox, "modeChooser")
    with qtbot.waitSignal(bar.mode_chosen) as told, qtbot.assertNotEmitted(bar.chosen):
        modes.activated.emit(1)
    assert told.args == ["np20_rerun"]
    assert modes.currentIndex() == 0
    with qtbot.assertNotEmitted(bar.mode_chosen):
        modes.activated.emit(0)


def test_probes_that_the_open_mode_lacks_stay_reachable_in_their_own(
    qtbot: Any, bar: ProbeBar
) -> None:
    """Bombcell was run anew on A alone: B and C are where they were."""
    usual = [place(probe, "") for probe in "ABC"]
    anew = replace(place("A", "bombcell_2"), ks_dir=usual[0].ks_dir, variant="bombcell_2")
    bar.show_catalogue(catalogue(*usual, anew, index=3))
    bar.show_decided(decided(A=QueueProgress(1, 9)))
    shown = buttons(bar)
    assert list(shown) == ["A", "B · bombcell", "C · bombcell"]
    assert shown["A"].isChecked()
    assert [b.font().italic() for b in shown.values()] == [False, True, True]
    assert [b.count for b in shown.values()] == ["1/9", "", ""]
    assert shown["C · bombcell"].toolTip().count("opens in bombcell")
    assert [bar.index_of_letter(letter) for letter in "ABCD"] == [3, 1, 2, -1]
    with qtbot.waitSignal(bar.chosen) as told:
        shown["C · bombcell"].click()
    assert told.args == [2]
    settle()
    bar.show_catalogue(catalogue(*usual, anew, index=2))
    settle()
    assert list(buttons(bar)) == ["A", "B", "C"]
    bar.show_catalogue(catalogue(*(place(f"P{i}", "") for i in range(MAX_BUTTONS)), anew, index=8))
    bar.show_decided(decided(P0=QueueProgress(1, 9)))
    box = bar.findChild(QComboBox, "probeChooser")
    assert [box.itemText(i) for i in (0, 8)] == ["P0 · bombcell", f"A · {UNKNOWN}"]


def test_one_probe_needs_no_buttons(bar: ProbeBar) -> None:
    bar.show_catalogue(catalogue(place("A", "", name="<b>ks</b>")))
    assert buttons(bar) == {}
    assert not bar.findChild(QComboBox, "modeChooser").isVisible()
    label = bar.findChild(QLabel, "recordingName")
    assert label.text() == "<b>ks</b>"
    assert label.textFormat() == Qt.TextFormat.PlainText


def test_many_probes_are_a_list(qtbot: Any, bar: ProbeBar) -> None:
    many = [place(f"p{i}") for i in range(MAX_BUTTONS + 1)]
    bar.show_catalogue(catalogue(*many, index=2))
    probes = bar.findChild(QComboBox, "probeChooser")
    assert buttons(bar) == {}
    assert probes.count() == 1 + len(many)
    assert probes.currentText() == "p2"
    with qtbot.waitSignal(bar.chosen) as told:
        probes.activated.emit(6)
    assert told.args == [5]


def test_long_names_are_a_list(bar: ProbeBar) -> None:
    many = [place(f"session_with_a_long_name_{i} imec0") for i in range(3)]
    bar.show_catalogue(catalogue(*many))
    assert buttons(bar) == {}
    assert bar.findChild(QComboBox, "probeChooser").count() == 4


def test_letters_of_streams(bar: ProbeBar) -> None:
    streams = (place("ProbeA-AP"), place("ProbeB-AP"), place("ProbeC-AP"), place("ProbeC-LF"))
    bar.show_catalogue(catalogue(*streams))
    assert [bar.index_of_letter(letter) for letter in "ABCD"] == [0, 1, -1, -1]


def test_several_results_of_a_sort_are_modes(qtbot: Any, bar: ProbeBar) -> None:
    usual, strict = place("A", ""), place("A", "bombcell_strict")
    bar.show_catalogue(catalogue(usual, replace(strict, variant="bombcell_strict")))
    modes = bar.findChild(QComboBox, "modeChooser")
    assert [modes.itemText(i) for i in range(modes.count())] == ["bombcell", "bombcell_strict"]
    with qtbot.waitSignal(bar.mode_chosen):
        modes.activated.emit(1)


def decided(**done: QueueProgress) -> Any:
    return lambda place: done.get(place.probe)


def test_each_button_says_how_many_units_are_decided_and_what_is_unknown_is_not_none(
    bar: ProbeBar,
) -> None:
    bar.show_catalogue(catalogue(*FIVE, place("D")))
    bar.show_decided(decided(A=QueueProgress(12, 1316), D=QueueProgress(0, 9, 2)))
    shown = buttons(bar)
    assert {name: b.count for name, b in shown.items()} == {
        "A": "12/1,316",
        "B": UNKNOWN,
        "C": "",  # nothing was decided there, nor can be
        "D": "≥ 0/9",
    }
    assert "12 of 1,316 reviewed." in shown["A"].toolTip()
    assert UNKNOWN_WORDS in shown["B"].toolTip()
    assert shown["B"].accessibleDescription() == UNKNOWN_WORDS
    assert "Bombcell has not been run here" in shown["C"].toolTip()
    assert "reviewed" not in shown["B"].toolTip() + shown["C"].toolTip()
    wide = shown["A"].sizeHint().width()
    bar.show_decided(decided(A=QueueProgress(2, 9)))
    assert shown["A"].sizeHint().width() < wide
    assert shown["D"].count == UNKNOWN  # it is known no longer
    shown["B"].click()  # which rebuilds them until it is open
    settle()
    assert buttons(bar)["A"].count == "2/9"


def test_many_buttons_have_a_bar_only_and_a_list_its_counts(bar: ProbeBar) -> None:
    many = [place(f"P{i}") for i in range(MAX_BUTTONS)]
    bar.show_catalogue(catalogue(*many))
    bar.show_decided(decided(P0=QueueProgress(3, 9)))
    shown = buttons(bar)
    assert {b.count for b in shown.values()} == {""}
    assert "3 of 9 reviewed." in shown["P0"].toolTip()
    bar.show_catalogue(catalogue(*many, place("more")))
    bar.show_decided(decided(P0=QueueProgress(3, 9)))
    box = bar.findChild(QComboBox, "probeChooser")
    assert [box.itemText(i) for i in (1, 2)] == ["P0 · 3/9", f"P1 · {UNKNOWN}"]
    assert UNKNOWN_WORDS in box.itemData(2, Qt.ItemDataRole.ToolTipRole)


def test_the_bar_under_a_letter_is_as_long_as_what_is_decided(bar: ProbeBar) -> None:
    bar.show_catalogue(catalogue(*FIVE, index=1))
    button = buttons(bar)["A"]
    lengths = []
    for done in (None, QueueProgress(0, 8), QueueProgress(4, 8), QueueProgress(8, 8)):
        bar.show_decided(decided(A=done))
        button.resize(button.sizeHint())
        image = button.grab().toImage()
        line = [image.pixelColor(x, image.height() - 2).name() for x in range(image.width())]
        lengths.append(line.count(QColor(theme().accent).name()))
    assert lengths[:2] == [0, 0]
    assert lengths[3] > 1.8 * lengths[2] > 0
