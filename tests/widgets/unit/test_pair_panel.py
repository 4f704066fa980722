"""The pair dock: real selections in the table of the real window."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from phy_recordings import SPIKES, merge, write_alike
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QWidget
from qt_fixtures import WAIT_MS, click_unit, current_id, press

from bcviewer.app.background import evidence_kinds
from bcviewer.app.background.evidence_kinds import EvidenceKind
from bcviewer.core.evidence import pair as pairs
from bcviewer.core.evidence.pair_time import Dots
from bcviewer.core.evidence.pair_words import near_words
from bcviewer.widgets.drawing.theme import small_font
from bcviewer.widgets.unit.pair_panel import PairPanel
from bcviewer.widgets.unit.pair_plots import DotsPlot

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return five units with templates on five sites; 2 and 3 were merged to 5 in phy."""
    out = write_alike(tmp_path / "kilosort4_A")
    merge(out, [2, 3], 5)
    return out


@pytest.fixture
def window(open_window: Any, folder: Path, qtbot: Any) -> Any:
    made = open_window(folder)
    dock = made.docks["pair"]
    dock.show()
    dock.raise_()
    qtbot.waitUntil(lambda: "pair" in made.panels and made.panels["pair"].seen, timeout=WAIT_MS)
    made.session.set_sort("cluster_id")
    made.unit_table.setFocus()
    return made


def panel_of(window: Any) -> PairPanel:
    panel = window.panels["pair"]
    assert window.session.wait_idle(WAIT_MS)
    return panel


def select(window: Any, first: int, *others: int) -> PairPanel:
    """Click a place of the table, then others with Ctrl."""
    click_unit(window, first)
    for place in others:
        click_unit(window, place, CTRL)
    return panel_of(window)


def says(panel: PairPanel) -> str:
    """Return the words in place of the plots; empty where these are there."""
    return "" if panel.cover.isHidden() else panel.cover.words


def fact(panel: PairPanel, name: str) -> str:
    return {fact.name: fact.words for fact in panel.facts.facts}[name]


def test_three_units_are_no_pair_and_one_has_the_most_similar_one_beside_it(window: Any) -> None:
    panel = select(window, 0, 1, 4)
    three = "3 units are selected. Select two of them to compare."
    assert says(panel) == f"{three} S compares the current one with the most similar unit."
    assert panel.cover.opaque
    assert panel.asks(window.session.scene) == ()
    assert panel.numbers()[1] == ()
    click_unit(window, 4, CTRL)
    panel = panel_of(window)
    assert says(panel) == ""
    assert panel.note.text() == "lag from 0 to 1"
    assert panel.asks(window.session.scene)
    press(window, "Home")  # to one unit
    panel = panel_of(window)
    assert says(panel) == ""
    assert panel.note.text() == "1 of 3 similar · lag from 0 to 1"
    assert panel.asks(window.session.scene) == panel.asks_ahead(window.session.scene)


def test_two_units_are_compared(window: Any) -> None:
    panel = select(window, 1, 0)
    assert says(panel) == ""
    assert panel.note.text() == "lag from 0 to 1"  # as in the table, whichever was clicked last
    labels = [window.session.table.text("label", row) for row in panel.found.rows]
    units = [f"unit {row} ◆ {label}" for row, label in enumerate(labels)]
    assert [key.name for key in panel.facts.legend] == [*units, "pairs", "by chance"]
    assert fact(panel, "similarity") == "0.75 (Kilosort's)"
    # each spike of 1 is 1 ms after one of 0
    assert fact(panel, "0 near 1").startswith("100% within 2 ms; by chance ")
    assert fact(panel, "both active") == "1 of 1 min (100%)"
    assert fact(panel, "peaks apart") == "30 µm"
    assert fact(panel, "close pairs") == panel.found.dip.words
    assert panel.plot.bars.counts.sum() == panel.found.lags.counts.sum() > SPIKES
    edges = panel.plot.bars.edges
    at = int(np.searchsorted(edges, 1.0, "right")) - 1
    assert panel.plot.bars.counts[at] == SPIKES
    assert panel.plot.chance.value() == panel.found.chance > 0
    x, y = panel.traces.curves[0].getData()
    assert np.isnan(y).sum() == 4  # channels within 100 µm of both
    assert len(x) == 4 * 42
    header, rows = panel.numbers()
    assert header[:4] == ("from_ms", "to_ms", "pairs", "pairs_by_chance")
    assert sum(row[2] for row in rows) == panel.found.lags.counts.sum()
    tip = panel._tip(QPointF(1.2, 0.0))
    assert tip.startswith(f"lag 1 to 2 ms\n{SPIKES} pairs\n")
    assert "of the whole session" in tip
    assert "0 (thick) and 1 (thin)" in panel._overlay_tip(QPointF(0, 0))


def test_other_pairs_windows_and_bins(window: Any) -> None:
    panel = select(window, 0, 1)
    assert current_id(window) == 1
    found = panel.found.lags.counts.tolist()
    assert len(panel.plot.bars.counts) == 50
    panel = select(window, 1, 0)  # the current unit may be any of the two
    assert current_id(window) == 0
    assert panel.found.lags.counts.tolist() == found
    panel.window_choice.setCurrentIndex(1)
    panel.bin_choice.setCurrentIndex(2)
    panel = panel_of(window)
    assert len(panel.plot.bars.counts) == 50
    assert panel.plot.bars.edges[-1] == 50.0
    panel = select(window, 5, 4)  # 5 was made by phy
    assert panel.note.text() == "lag from 4 to 5"
    assert panel.found.lags.n_b == 2 * SPIKES
    assert fact(panel, "similarity") == "0.25 (Kilosort's)"  # the larger one of 2's and 3's
    assert fact(panel, "peaks apart") == "30 µm"  # 5 is largest where 3 was
    panel.retheme()
    assert says(panel_of(window)) == ""


def test_while_it_waits_the_pair_before_is_greyed_and_named(
    window: Any, monkeypatch: pytest.MonkeyPatch, qtbot: Any
) -> None:
    panel = select(window, 0, 1)
    gate = threading.Event()

    def slowly(*args: Any) -> Any:
        assert gate.wait(WAIT_MS / 1000)
        return pairs.pair(*args)

    monkeypatch.setitem(evidence_kinds.KINDS, "pair", EvidenceKind(slowly))
    rows = window.session.table.ids.rows_of
    window.session.set_selected(np.concatenate([rows(0), rows(4)]))
    assert says(panel) == "units 0 and 1, waiting for units 0 and 4 …"
    assert not panel.cover.opaque
    assert panel.note.text() == "lag from 0 to 1"
    click_unit(window, 4)
    click_unit(window, 1, CTRL)
    assert says(panel) == "units 0 and 1, waiting for units 1 and 4 …"
    gate.set()
    panel = panel_of(window)
    assert says(panel) == ""
    assert panel.note.text() == "lag from 1 to 4"


def test_far_units_have_no_template_beside_each_other(
    open_window: Any, folder: Path, qtbot: Any
) -> None:
    np.save(folder / "channel_positions.npy", [[0.0, 300.0 * i] for i in range(5)])
    made = open_window(folder)
    made.docks["pair"].show()
    made.docks["pair"].raise_()
    qtbot.waitUntil(lambda: "pair" in made.panels and made.panels["pair"].seen, timeout=WAIT_MS)
    made.session.set_sort("cluster_id")
    panel = select(made, 0, 4)
    assert panel.traces.isHidden()
    far = "peak channels 1200 µm apart: none within 100 µm of both"
    assert fact(panel, "peaks apart") == far


def test_a_missing_file_is_named(open_window: Any, folder: Path, qtbot: Any) -> None:
    (folder / "spike_times.npy").unlink()
    made = open_window(folder)
    made.docks["pair"].show()
    made.docks["pair"].raise_()
    qtbot.waitUntil(lambda: "pair" in made.panels and made.panels["pair"].seen, timeout=WAIT_MS)
    panel = select(made, 0, 1)
    assert says(panel) == "spike_times.npy: not there."


def test_words() -> None:
    assert near_words(pairs.Near(float("nan"), 0.1)) == "no spikes to compare"
    assert near_words(pairs.Near(0.0, 0.0123)) == "0% within 2 ms; by chance 1.2%"
    assert near_words(pairs.Near(0.5, 1.0)) == "50% within 2 ms; by chance 100%"


@pytest.mark.parametrize(("end_s", "title"), [(60.0, "time (s)"), (7200.0, "time (min)")])
def test_amplitudes_over_time_have_one_title_in_their_unit(
    keep: Any, end_s: float, title: str
) -> None:
    """Seen: “time (min)” written over “time (s)”."""
    holder = QWidget()
    keep(holder)
    plot = DotsPlot(holder, lambda _: "")
    dots = Dots(np.array([1.0, 2.0]), np.array([10.0, 12.0], np.float32), 1, "")
    plot.show_dots((dots, dots), end_s)
    axis = plot.getAxis("bottom")
    assert axis.title == title
    assert axis.labelText == "", "no second title, by pyqtgraph"


def test_the_words_in_the_corner_are_whole_where_there_is_little_room(keep: Any) -> None:
    """Seen 1000 pixels wide: “amplitude (…”."""
    holder = keep(QWidget())
    plot = DotsPlot(holder, lambda *_: "")
    wide = QFontMetricsF(small_font(plot)).horizontalAdvance
    whole = wide("amplitude (a.u.)") + 6
    for room, words in (
        (whole, "amplitude (a.u.)"),
        (whole - 1, "amplitude"),
        (wide("amplitude"), "a.u."),
    ):
        assert plot.corner_words(room) == words


def test_the_words_in_the_corner_lie_over_no_dot(keep: Any) -> None:
    """Seen: “amplitude (a.u.)” over the highest spikes."""
    holder = QWidget()
    keep(holder)
    plot = DotsPlot(holder, lambda _: "")
    for size in ((160, 90), (160, 60), (400, 300)):
        plot.resize(*size)
        dots = Dots(np.array([1.0, 2.0]), np.array([10.0, 52.0], np.float32), 1, "")
        plot.show_dots((dots, dots), 60.0)
        area = plot.getPlotItem().getViewBox()
        low, high = plot.ends(1)
        below = (high - 52.0) / (high - low) * area.height()
        assert below >= QFontMetricsF(small_font(plot)).height() - 1, size
