"""The probe: clicked in the real window with a real mouse, marks, what is missing, saving."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from factories import make_run, sheet_of
from field_folder import field_folder
from PySide6.QtCore import QEvent, QPoint, QPointF
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication
from qt_fixtures import KINDS, OpenWindow, click, scene_of, settle, table_of

from bcviewer.app.scene import Scene
from bcviewer.app.view import Marked
from bcviewer.core.figures.probe import region_of_interest
from bcviewer.core.run.run import Issue, Provenance, Sites
from bcviewer.core.sheet.book import Book
from bcviewer.core.sheet.veil import HIDDEN_WORDS
from bcviewer.frame.window import Window
from bcviewer.io import names
from bcviewer.widgets.drawing.points import FEW
from bcviewer.widgets.drawing.theme import theme
from bcviewer.widgets.population.probe_panel import ProbePanel
from bcviewer.widgets.population.probe_plots import diameters

NAN = float("nan")
XY = np.array([[11.0, 0.0], [43.0, 0.0], [27.0, 20.0], [59.0, 20.0]])
CHANNELS = [0.0, 0.0, 3.0, 2.0, NAN]


def table_at(channels: Any = CHANNELS, xy: np.ndarray | None = XY, **fields: Any) -> Any:
    columns = {**KINDS, "maxChannels": channels}
    return table_of(columns, sites=None if xy is None else Sites(xy), **fields)


def panel_of(keep: Any, table: Any, current: int = 0, size: tuple[int, int] = (420, 420)) -> Any:
    panel = keep(ProbePanel())
    panel.resize(*size)
    panel.show_scene(scene_of(table, current))
    settle()
    return panel


def show_metrics(window: Window) -> None:
    window.resize(1500, 1000)
    window.show_layout("metrics")


def opened(shared_window: OpenWindow, *arguments: object) -> tuple[Window, ProbePanel]:
    window = shared_window(*(arguments or ("demo",)), ready=show_metrics)
    panel = window.panels["probe"]
    assert isinstance(panel, ProbePanel)
    assert panel.isVisible()
    return window, panel


def pixels(part: Any) -> np.ndarray:
    return np.column_stack(part.pixels(part.x, part.y))


def tip_at(part: Any, place: QPoint) -> str:
    event = QHelpEvent(QEvent.Type.ToolTip, place, part.viewport().mapToGlobal(place))
    QApplication.sendEvent(part.viewport(), event)
    return part.toolTip()


def drawn_labels(part: Any) -> dict[str, int]:
    return {label.name: len(item.data) for label, item in part.marks.items() if len(item.data)}


@pytest.mark.slow
@pytest.mark.parametrize("which", ["front", "rates"])
def test_click_makes_the_unit_current(shared_window: OpenWindow, which: str) -> None:
    window, panel = opened(shared_window)
    part = getattr(panel, which)
    at, clicked = pixels(part), 0
    for i in range(len(at)):
        others = np.hypot(*(np.delete(at, i, axis=0) - at[i]).T)
        if not np.isfinite(at[i]).all() or np.nanmin(others) < 4:
            continue
        place = QPointF(*at[i]).toPoint()
        click(part.viewport(), place)
        row = int(panel.drawn.rows[i])
        assert window.session.current == row
        for each in (panel.front, panel.rates):
            x, y = each.ring.getData()
            assert (x.tolist(), y.tolist()) == ([each.x[i]], [each.y[i]])
            assert each.channel.isVisible()
            assert each.channel.value() == window.session.table.values("depth_um")[row]
        site = window.session.table.run.sites.xy[panel.places.site[row]]
        assert np.ravel(panel.front.spot.getData()).tolist() == site.tolist()
        tip = tip_at(part, place)
        assert f"unit {window.session.current_id()} · " in tip
        assert f"depth {site[1]:.0f} µm" in tip
        assert " Hz" in tip
        clicked += 1
    assert clicked > 10
    click(part.viewport(), QPoint(5, 5))  # beside everything
    assert window.session.current == row


@pytest.mark.slow
def test_a_step_moves_the_marks_only(shared_window: OpenWindow, monkeypatch: Any) -> None:
    window, panel = opened(shared_window)
    monkeypatch.setattr(ProbePanel, "redraw", lambda *_: pytest.fail("redrawn"))
    for _ in range(5):
        window.session.step(1)
        i = int(np.flatnonzero(panel.drawn.rows == window.session.current)[0])
        assert panel.front.ring.getData()[0].tolist() == [panel.drawn.x[i]]


def test_both_parts_show_the_same_depths(keep: Any) -> None:
    panel = panel_of(keep, table_at())
    views = [part.getPlotItem().getViewBox() for part in (panel.front, panel.rates)]
    assert views[0].viewRange()[1] == views[1].viewRange()[1]
    panel.rates.setYRange(3, 9, padding=0)
    assert views[0].viewRange()[1] == views[1].viewRange()[1] == [3, 9]
    panel.resize(500, 300)  # leaves axes that the person moved where they are
    settle()
    assert views[0].viewRange()[1] == [3, 9]
    panel.rates.reset_chosen.emit()
    low, high = views[1].viewRange()[1]
    assert low < 0
    assert high > 20
    areas = [view.sceneBoundingRect() for view in views]
    assert (areas[0].top(), areas[0].bottom()) == (areas[1].top(), areas[1].bottom())


def test_resizing_keeps_the_probe_in_sight(keep: Any) -> None:
    panel = panel_of(keep, table_at(), size=(300, 200))
    panel.resize(600, 700)
    settle()
    low, high = panel.front.getPlotItem().getViewBox().viewRange()[1]
    assert -2 < low < 0
    assert 20 < high < 22


def test_units_marks_and_note(keep: Any) -> None:
    panel = panel_of(keep, table_at(), 1)
    assert drawn_labels(panel.front) == {"GOOD": 1, "MUA": 1, "NOISE": 1, "NON_SOMA": 1}
    assert panel.note.text() == "1 without a place"
    assert names.CHANNEL_POSITIONS in panel.note.toolTip()
    assert "logarithm of the firing rate" in panel.note.toolTip()
    assert panel.front.x[:2].tolist() == pytest.approx([11 - 2.4, 11 + 2.4])
    assert "logarithm of the firing rate" in tip_at(panel.front, QPoint(2, 2))
    scene = panel.scene
    panel.show_scene(Scene(scene.book, scene.view, Marked(4, np.array([0, 1, 4]))))  # 4: no place
    assert not len(panel.front.ring.data)
    assert not panel.front.channel.isVisible()
    assert panel.front.chosen.getData()[0].tolist() == panel.front.x[:2].tolist()
    panel.show_scene(scene_of(scene.table, 2))
    assert not len(panel.front.chosen.data)
    assert panel.front.ring.getData()[0].tolist() == [59]


def test_sizes_follow_the_rate() -> None:
    sizes = diameters(np.linspace(0, 1, 12))
    assert (np.diff(sizes) > 0).all()
    assert np.diff(sizes**2) == pytest.approx(np.full(11, np.diff(sizes**2)[0]))
    assert diameters(np.ones(2000))[0] < sizes[-1]


def test_units_without_a_rate_are_in_the_left_part_only(keep: Any) -> None:
    panel = panel_of(keep, table_at([0.0, 1.0, 2.0, 3.0, 3.0]), 4)  # nSpikes is 0 for the last
    assert len(panel.front.ring.data) == 1
    assert not len(panel.rates.ring.data)
    assert panel.rates.channel.isVisible()
    assert sum(drawn_labels(panel.front).values()) == 5
    assert sum(drawn_labels(panel.rates).values()) == 4
    assert panel.note.text() == "5 units"
    assert "1 units without a rate" not in panel.note.toolTip()
    assert "1 unit without a rate is in the left part only" in panel.note.toolTip()


@pytest.mark.slow
def test_scope(shared_window: OpenWindow) -> None:
    window, panel = opened(shared_window)
    everywhere = dict(zip(panel.drawn.rows.tolist(), panel.drawn.x.tolist(), strict=True))
    panel.scope.setCurrentIndex(1)
    window.session.set_filter("label == 'MUA'")
    settle()
    assert set(panel.drawn.rows.tolist()) == set(window.session.view.rows.tolist())
    assert set(drawn_labels(panel.front)) == {"MUA"}
    for row, x in zip(panel.drawn.rows.tolist(), panel.drawn.x.tolist(), strict=True):
        assert everywhere[row] == x


def test_a_line_selects(shared_window: OpenWindow) -> None:
    window, panel = opened(shared_window)
    y = float(np.median(panel.drawn.y))
    panel.front.encircled.emit(np.array([(-1e4, -1e4), (1e4, -1e4), (1e4, y), (-1e4, y)]))
    wanted = set(panel.drawn.rows[panel.drawn.y < y].tolist())
    assert wanted
    assert set(window.session.selected.tolist()) >= wanted
    assert len(panel.front.chosen.data) >= len(wanted)


# -- what is missing, what a config says -----------------------------------------------------


def test_no_positions(keep: Any) -> None:
    panel = panel_of(keep, table_at(xy=None))
    said = "channel_positions.npy is not there: units cannot be placed"
    assert panel.missing.text() == said
    assert panel.missing.isVisible()
    assert not panel.front.isVisible()
    assert panel.numbers()[1] == []
    issue = Issue(names.CHANNEL_POSITIONS, "has shape (3, 3), not (channels, 2).")
    panel.show_scene(scene_of(table_at(xy=None, issues=(issue,))))
    assert "has shape (3, 3), not (channels, 2): units" in panel.missing.text()
    panel.show_scene(scene_of(table_at(xy=np.array([[1e300, 0.0]]))))
    assert "no place that can be drawn" in panel.missing.text()
    panel.show_scene(scene_of(table_at()))
    assert not panel.missing.isVisible()
    assert panel.front.isVisible()
    assert len(panel.front.ring.data) == 1


def test_no_column_of_channels(keep: Any) -> None:

    run = make_run({"nSpikes": [900.0]}, drop=("maxChannels",), sites=Sites(XY))
    panel = panel_of(keep, sheet_of(run))
    assert "maxChannels" in panel.missing.text()


@pytest.mark.slow
def test_region_of_a_config(shared_window: OpenWindow, shared: Path) -> None:
    config = shared / "session_demo" / "recording_config.json"
    _, panel = opened(shared_window, config, "--mode", "np20_rerun")
    run = panel.scene.table.run
    assert run.provenance.region
    assert run.provenance.region in panel.about.text()
    assert f"{run.provenance.roi_um:g} µm from the tip (lowest y)" in panel.about.text()
    low, high = panel.front.band.getRegion()
    assert panel.front.band.isVisible()
    assert (
        high
        == region_of_interest(panel.scene.table)[1]
        == run.sites.xy[:, 1].min() + run.provenance.roi_um
    )
    assert low < run.sites.xy[:, 1].min() - 1000
    assert panel.rates.band.getRegion() == (low, high)


@pytest.mark.parametrize("at_top", [False, True])
def test_the_shade_is_at_the_tip(keep: Any, at_top: bool) -> None:
    said = Provenance("k", "k/b", "k", "A", region="<b>CA1</b>", roi_um=6.0, tip_at_top=at_top)
    panel = panel_of(keep, table_at(provenance=said))
    assert panel.about.text().startswith("<b>CA1</b> · shaded: 6 µm")
    assert "&lt;b&gt;" in panel.about.toolTip()
    shot = panel.rates.grab().toImage()
    x = QPointF(panel.rates.width() / 2, 0).x()
    _, ys = panel.rates.pixels(np.zeros(2), np.array([2.5, 17.5]))
    found = [shot.pixelColor(round(x), round(y)).name() != theme().base.lower() for y in ys]
    assert found == [not at_top, at_top]
    panel.show_scene(scene_of(table_at()))
    assert not panel.about.isVisible()
    assert not panel.front.band.isVisible()


# -- any table, saving -----------------------------------------------------------------------

TABLES: dict[str, Any] = {
    "kinds": lambda: table_at(),
    "no rows": lambda: table_of({"nSpikes": [], "maxChannels": []}, sites=Sites(XY)),
    "one site": lambda: table_at([0.0] * 5, np.array([[5.0, 5.0]])),
    "odd sites": lambda: table_at(
        [0.0, 1.0, 2.0, 0.0, 0.0], XY * 1e7 + [[0, 0], [0, 0], [1e300, 0], [1, 1]]
    ),
    "rates": lambda: table_of(
        {"nSpikes": [1e300, 1e-300, 0.0, NAN], "maxChannels": 0.0}, sites=Sites(XY)
    ),
}


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("size", [(300, 220), (900, 700)])
def test_draws_anything(name: str, size: tuple[int, int], keep: Any) -> None:
    panel = keep(ProbePanel())
    assert not panel.grab().isNull()
    panel.resize(*size)
    for scope in range(3):
        panel.scope.setCurrentIndex(scope)
        panel.show_scene(scene_of(TABLES[name]()))
        assert not panel.grab().isNull()
    header, rows = panel.numbers()
    assert all(len(row) == len(header) for row in rows)
    panel.show_scene(scene_of(None))
    panel.retheme()
    assert not panel.grab().isNull()


def test_the_tip_of_how_many_units_is_one_plain_text(keep: Any) -> None:
    """Seen: *<p style=…* stood in it where a blind review hides units."""
    table = table_at()
    panel = panel_of(keep, sheet_of(table.run, hidden=(1, 2)))
    lead = panel.note.toolTip().split("\n")[0]
    assert lead == f"<p style='white-space:pre-wrap'>{panel.note.text()}"
    assert panel.note.text().endswith(", 2 hidden")
    assert panel.note.toolTip().count("<") == 2
    assert HIDDEN_WORDS in panel.note.toolTip()


def test_many_units_are_dots(keep: Any) -> None:
    n = FEW + 10
    table = table_of(
        {"nSpikes": np.full(n, 900.0), "maxChannels": np.arange(n) % 4.0}, sites=Sites(XY)
    )
    panel = panel_of(keep, table)
    assert not drawn_labels(panel.front)
    assert "dot" in panel.note.toolTip()
    scene = panel.scene
    panel.show_scene(Scene(Book([table]), scene.view, Marked(0, np.arange(n))))
    shot = panel.front.grab().toImage()
    colors = {
        shot.pixelColor(x, y).name()
        for x in range(shot.width())
        for y in range(0, shot.height(), 3)
    }
    assert theme().accent.lower() in colors


def test_hidden_panels_do_nothing(keep: Any, monkeypatch: Any) -> None:
    drawn: list[str] = []
    monkeypatch.setattr(ProbePanel, "redraw", lambda *_: drawn.append("redraw"))
    panel = keep(ProbePanel(), shown=False)
    panel.show_scene(scene_of(table_at()))
    assert not drawn


def test_numbers(keep: Any, tmp_path: Path) -> None:
    panel = panel_of(keep, table_at([0.0, 0.0, 3.0, NAN, 2.0]))
    path = tmp_path / "probe.csv"
    panel.save(path)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["cluster_id", "label", "channel", "x_um", "y_um", "rate_hz"]
    assert [row["cluster_id"] for row in rows] == ["0", "1", "2", "4"]
    assert [row["label"] for row in rows] == ["GOOD", "MUA", "NOISE", ""]
    assert [(row["channel"], row["x_um"], row["y_um"]) for row in rows] == [
        ("0", "11.0", "0.0"),
        ("0", "11.0", "0.0"),  # its site, not where it is drawn
        ("3", "59.0", "20.0"),
        ("2", "27.0", "20.0"),
    ]
    assert float(rows[0]["rate_hz"]) == panel.scene.table.values("firing_rate")[0]
    assert float(rows[3]["rate_hz"]) == 0


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_saved_pictures(keep: Any, suffix: str, tmp_path: Path) -> None:
    said = Provenance("k", "k/b", "k", "A", region="Pons & more", roi_um=6.0)
    panel = panel_of(keep, table_at(provenance=said))
    failed: list[object] = []
    panel.wish.connect(failed.append)
    path = tmp_path / f"probe{suffix}"
    panel.save(path, 2.0)
    assert not failed
    assert path.stat().st_size > 1000
    if suffix == ".svg":
        text = path.read_text("utf-8")  # text stays text
        assert all(word in text for word in ("depth (µm)", "rate (Hz)", "Pons &amp; more"))


def test_ticks_of_rates(keep: Any) -> None:
    axis = panel_of(keep, table_at()).rates.getAxis("bottom")
    for low, high, size in ((-1.1, 2.1, 80), (-300, 300, 100), (0.1, 0.4, 90), (-2.2, 1.0, 300)):
        values = axis.tickValues(low, high, size)[0][1]
        assert values
        assert all(low <= v <= high for v in values)
    assert axis.tickValues(-1.1, 2.1, 160)[0][1] == [-1, 0, 1, 2]
    assert axis.tickStrings([-1.0, 2.0], 1, 1) == ["0.1", "100"]


@pytest.mark.slow
def test_four_shanks_are_four_lanes(
    shared_window: OpenWindow, shared: Path, tmp_path: Path
) -> None:
    window, panel = opened(shared_window, field_folder(shared, tmp_path, "four_shanks"))
    table = window.session.table
    axis = panel.front.getAxis("bottom")
    (labels,) = axis._tickLevels
    assert [text for _, text in labels] == ["0", "1", "2", "3"]
    assert axis.title == "shank"
    assert len(panel.front.walls) == 3
    shank = table.values("shank")[panel.drawn.rows]
    lanes = {lane.shank: lane for lane in panel.places.lanes}
    half = panel.places.room / 2
    for x, number in zip(panel.front.x.tolist(), shank.tolist(), strict=True):
        assert lanes[number].low - half <= x <= lanes[number].high + half
    low, high = panel.front.getPlotItem().getViewBox().viewRange()[0]
    assert low < min(panel.front.x) <= max(panel.front.x) < high < 1000  # no gaps of 250 µm
    header, rows = panel.numbers()
    assert header[-1] == "shank"
    assert [row[-1] for row in rows] == shank.tolist()
    xs = table.run.sites.xy[panel.places.site[panel.drawn.rows], 0]
    assert [row[3] for row in rows] == xs.tolist()  # where they are, not where they are drawn
    window.session.set_filter("shank == 2")
    panel.scope.setCurrentIndex(panel.scope.findData("shown"))
    settle()
    assert 0 < len(panel.drawn.rows) == int((shank == 2).sum())
    row = int(panel.drawn.rows[0])
    window.session.set_current(row)
    site = panel.places.sites[panel.places.site[row]]
    assert np.ravel(panel.front.spot.getData()).tolist() == site.tolist()
    assert "shank 2, depth" in panel._tip(panel.front, QPointF(*pixels(panel.front)[0]))
    window.session.open(shared / "sim_synthetic" / "kilosort4_A")
    assert window.session.wait_idle(20_000)
    settle()
    assert axis._tickLevels is None
    assert (panel.front.walls, axis.title) == ([], "x (µm)")
