"""The similar dock, and the key that compares: real keys and clicks in the real window."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from phy_recordings import SPIKES, merge, write_alike, write_sorted
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from qt_fixtures import KINDS, WAIT_MS, click_unit, current_id, press, write_recording

from bcviewer.core.evidence.similar_words import HEADS, NO_ADVICE
from bcviewer.core.rules.labels import Label
from bcviewer.core.run.unit_ids import NO_ID_SENTENCE
from bcviewer.widgets.drawing.theme import label_icon
from bcviewer.widgets.unit.pair_panel import PairPanel
from bcviewer.widgets.unit.similar_panel import SimilarPanel

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return five units; 2 and 3 were merged to 5 in phy."""
    out = write_alike(tmp_path / "kilosort4_A")
    merge(out, [2, 3], 5)
    return out


@pytest.fixture
def window(open_window: Any, folder: Path) -> Any:
    made = open_window(folder)
    made.session.set_sort("cluster_id")
    made.unit_table.setFocus()
    press(made, "Home")
    assert made.session.wait_idle(WAIT_MS)
    return made


def raised(window: Any) -> SimilarPanel:
    """Bring the dock to the front as a click on its tab does."""
    window.docks["similar"].show()
    window.docks["similar"].raise_()
    panel = window.panels["similar"]
    assert window.session.wait_idle(WAIT_MS)
    return panel


def says(panel: Any) -> str:
    return "" if panel.cover.isHidden() else panel.cover.words


def pair_of(window: Any) -> PairPanel:
    """Return the pair dock's panel once it is built and has drawn what is wished."""
    assert window.session.wait_idle(WAIT_MS)
    panel = window.panels["pair"]
    assert window.session.wait_idle(WAIT_MS)
    return panel


def click_line(panel: SimilarPanel, line: int, *, double: bool = False) -> None:
    place = panel.list.visualRect(panel.model.index(line, 1)).center()
    view = panel.list.viewport()
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
    if double:
        QTest.mouseDClick(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)


def test_one_key_compares_with_the_most_similar_unit_and_again_with_the_next(window: Any) -> None:
    assert "pair" not in dict.keys(window.panels)  # not on screen, and not built
    press(window, "S")
    panel = pair_of(window)
    assert panel.seen
    assert says(panel) == ""
    assert panel.note.text() == "1 of 3 similar · lag from 0 to 1"
    assert panel.found.similarity == 0.75
    assert len(panel.dots.points[1]._x) == SPIKES
    for curve in panel.plot.autos:
        assert curve.isVisible()
    seen = [panel.note.text()]
    for _ in range(3):
        press(window, "S")
        seen.append(pair_of(window).note.text())
    others = [text.split()[-1] for text in seen]
    assert [text.split()[0] for text in seen] == ["1", "2", "3", "1"]
    assert (others[0], others[3]) == ("1", "1")
    assert sorted(others[:3]) == ["1", "4", "5"]  # 2 and 3 are not there any more: they are 5
    press(window, "Shift+S")
    assert pair_of(window).note.text().startswith("3 of 3 similar")
    assert current_id(window) == 0
    press(window, "Down")  # another unit begins with its own most similar one
    assert pair_of(window).note.text() == "1 of 3 similar · lag from 1 to 0"


def test_a_label_goes_to_the_highlighted_unit_and_never_to_the_similar_one(window: Any) -> None:
    press(window, "S", "S", "Alt+M")
    assert window.session.wait_idle(WAIT_MS)
    labelled = {i: unit.label for i, unit in window.session.scene.said.units.items() if unit.label}
    assert labelled == {0: Label.MUA}
    assert window.session.selected.tolist() == [window.session.current]


def test_the_five_are_listed_with_what_is_known_of_them(window: Any) -> None:
    panel = raised(window)
    assert says(panel) == ""
    assert panel.note.text() == "similarity by Kilosort · evidence, no advice"
    assert NO_ADVICE in panel.note.toolTip()
    header, lines = panel.numbers()
    assert header == tuple(head.title for head in HEADS)
    label = window.session.table.text("label", 1)
    assert lines[0][:3] == (f"1 {label}", "0.75", "30")
    assert sorted(line[0].split()[0] for line in lines) == ["1", "4", "5"]
    model = panel.model
    assert model.shown == 0
    tip = model.index(0, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert "Unit 1 beside unit 0" in tip
    assert "Kilosort's numbers (similar_templates.npy); of a unit that phy made, the largest" in tip
    assert model.headerData(5, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole)
    assert not model.index(0, 0).data(Qt.ItemDataRole.DecorationRole).isNull()
    press(window, "S")
    press(window, "S")
    pair_of(window)
    assert model.shown == 1
    tints = [model.index(i, 0).data(Qt.ItemDataRole.BackgroundRole) for i in range(3)]
    assert [tint is not None for tint in tints] == [False, True, False]
    panel.retheme()
    assert model.shown == 1


def test_labels_that_are_tried_are_no_facts_here_either(window: Any) -> None:
    """Seen: “unit 38 ● GOOD” in Pair, and a filled sign in Similar, of a proposal."""
    panel = raised(window)
    press(window, "S")
    pair = pair_of(window)

    def sign() -> Any:
        return panel.model.index(0, 0).data(Qt.ItemDataRole.DecorationRole).pixmap(12).toImage()

    fact, named = sign(), pair.facts.legend[1].name
    assert "what if" not in named
    window.session.viewing.proposing.propose("minPresenceRatio", 0.0)
    assert window.session.wait_idle(WAIT_MS)
    table = window.session.table
    label = Label(int(table.labels[panel.model.found.others[0].row]))
    assert sign() == label_icon(label, proposed=True).pixmap(12).toImage() != fact
    names = [key.name for key in pair.facts.legend[:2]]
    assert all(" what if: " in name for name in names), names
    window.session.viewing.proposing.reset()
    assert window.session.wait_idle(WAIT_MS)
    assert (sign(), pair.facts.legend[1].name) == (fact, named)


def test_a_click_compares_and_a_double_click_goes_there(window: Any) -> None:
    panel = raised(window)
    click_line(panel, 2)
    assert pair_of(window).note.text().startswith("3 of 3 similar")
    assert panel.model.shown == 2
    assert current_id(window) == 0
    click_line(panel, 0, double=True)
    assert window.session.wait_idle(WAIT_MS)
    assert current_id(window) == 1
    assert panel.numbers()[1][0][0].startswith("0 ")


def test_of_several_selected_units_the_current_one_is_compared_once_it_is_wished(
    window: Any,
) -> None:
    press(window, "S")
    pair_of(window)
    for place in (1, 4):
        click_unit(window, place, CTRL)
    panel = pair_of(window)
    assert "3 units are selected" in says(panel)
    assert raised(window).model.shown == -1
    press(window, "S")
    panel = pair_of(window)
    assert says(panel) == ""
    assert panel.note.text().startswith("1 of 3 similar · lag from 4 to ")
    assert len(window.session.selected) == 3  # it is left as it is
    press(window, "S")
    assert pair_of(window).note.text().startswith("2 of 3 similar")
    click_unit(window, 4, CTRL)
    assert pair_of(window).note.text() == "lag from 0 to 1"


def test_computed_similarity_is_said_to_be_computed(open_window: Any, folder: Path) -> None:
    np.save(folder / "similar_templates.npy", np.ones((5, 7)))
    window = open_window(folder)
    panel = raised(window)
    assert panel.note.text() == "similarity computed here · evidence, no advice"
    assert "similar_templates.npy: has shape (5, 7)" in panel.note.toolTip()
    press(window, "S")
    assert says(pair_of(window)) == ""


def test_one_unit_alone(open_window: Any, tmp_path: Path) -> None:
    alone = write_sorted(tmp_path / "kilosort4_A", 1)
    np.save(alone / "templates.npy", np.ones((1, 5, 4)))
    window = open_window(alone)
    panel = raised(window)
    nobody = "There is no other unit to compare this one with."
    assert says(panel) == nobody
    assert panel.numbers()[1] == []
    press(window, "S")
    assert says(pair_of(window)) == nobody


def test_where_no_unit_is_shown_the_key_says_so_and_does_nothing(window: Any) -> None:
    said = []
    window.session.notice.connect(said.append)
    window.session.set_filter("cluster_id > 99")
    assert window.session.wait_idle(WAIT_MS)
    window.unit_table.setFocus()
    press(window, "S")
    assert said == ["No unit is shown."]
    assert window.docks["pair"].isHidden()
    assert says(raised(window)) == "No unit is shown."


def test_a_row_without_an_id_has_no_similar_unit(open_window: Any, tmp_path: Path) -> None:
    window = open_window(write_recording(tmp_path / "kilosort4_A", KINDS, ids=[0, 1, -1, 3, 4]))
    rows = np.flatnonzero(~window.session.table.ids.has_id)
    window.session.set_current(int(rows[0]))
    assert says(raised(window)) == NO_ID_SENTENCE
    press(window, "S")
    assert says(pair_of(window)) == NO_ID_SENTENCE


def test_plots_and_facts_stand_where_there_is_room(window: Any) -> None:
    press(window, "S")
    panel = pair_of(window)
    places = {}
    for name, size in {"low": (760, 170), "square": (480, 260), "tall": (360, 500)}.items():
        panel.resize(*size)
        panel.layout().activate()
        panel.body.layout().activate()
        assert not panel.grab().isNull()
        parts = {n: getattr(panel, n).geometry() for n in ("plot", "traces", "dots", "facts")}
        places[name] = parts
        for one in parts.values():
            assert panel.body.rect().contains(one)
        assert not any(a.intersects(b) for a in parts.values() for b in parts.values() if a != b)
    assert places["low"]["facts"].left() > places["low"]["dots"].left()
    assert places["square"]["facts"].top() > places["square"]["dots"].top()
    assert places["square"]["dots"].top() == places["square"]["plot"].top()
    assert places["tall"]["dots"].top() > places["tall"]["plot"].top()


def test_units_that_phy_made_are_among_them_once_they_are_known(window: Any) -> None:
    panel = raised(window)
    press(window, "S")
    pair_of(window)
    for _ in range(3):  # whichever is first: what became of the units, or the answer about one
        press(window, "F5")
        assert window.session.wait_idle(WAIT_MS)
        press(window, "Home")
        assert sorted(line[0].split()[0] for line in panel.numbers()[1]) == ["1", "4", "5"]
        assert pair_of(window).note.text().startswith("1 of 3 similar")
