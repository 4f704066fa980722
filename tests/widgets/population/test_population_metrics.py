"""Failure sets, metric histograms, the scatter: clicked in the real window with a real mouse."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from factories import sheet_of
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QHelpEvent, QImage, QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from qt_fixtures import KINDS, OpenWindow, click, scene_of, settle, shown_ids, table_of

from bcviewer.core.figures.histogram_words import part_filter
from bcviewer.core.figures.histograms import histogram_metrics
from bcviewer.core.rules.rules import RULES
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.frame.window import Window
from bcviewer.widgets.drawing.points import FEW
from bcviewer.widgets.drawing.scales import number, ticks
from bcviewer.widgets.population.histograms_panel import HistogramsPanel, whole_rows
from bcviewer.widgets.population.scatter_panel import ScatterPanel
from bcviewer.widgets.population.sets_panel import SetsPanel
from bcviewer.widgets.table.unit_table import UnitTable

NAN, INF = float("nan"), float("inf")
RPV = "fractionRPVs_estimatedTauR"
CTRL = Qt.KeyboardModifier.ControlModifier


def show_overview(window: Window) -> None:
    window.resize(1500, 1000)
    window.show_layout("overview")


def show_metrics(window: Window) -> None:
    window.resize(1500, 1000)
    window.show_layout("metrics")


def filter_text(window: Window) -> str:
    return window.findChild(QLineEdit, "filterEdit").text()


def rows_of(window: Window, ids: list[int]) -> set[int]:
    return {int(row) for i in ids for row in window.session.table.ids.rows_of(i)}


def raise_dock(window: Window, key: str) -> Any:
    dock = window.docks[key]
    dock.show()
    dock.raise_()
    settle()
    panel = window.panels[key]
    assert panel.isVisible()
    return panel


def canvas_place(item: Any, place: QPointF) -> QPoint:
    return item.mapToScene(place).toPoint()


def click_item(panel: Any, item: Any, place: QPointF, modifiers: Any = None) -> None:
    where = canvas_place(item, place)
    area = panel.area
    area.ensureVisible(where.x(), where.y(), 20, 20)
    settle()
    click(panel.canvas.viewport(), where, modifiers or Qt.KeyboardModifier.NoModifier)


def tip_at(widget: QWidget, viewport: QWidget, place: QPoint) -> str:
    event = QHelpEvent(QEvent.Type.ToolTip, place, viewport.mapToGlobal(place))
    QApplication.sendEvent(viewport, event)
    return widget.toolTip()


def saved_rows(panel: Any, tmp_path: Path) -> list[dict[str, str]]:
    path = tmp_path / "numbers.csv"
    panel.save(path)
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def set_of(table: Sheet, row: int, masked: bool) -> tuple[int, int]:
    deciding = int(table.audit.deciding[row])
    return (int(table.audit.failed[row]) if masked else deciding), deciding


# -- failure sets ----------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("masked", [True, False])
def test_sets_click_every_column(shared_window: OpenWindow, masked: bool) -> None:
    window = shared_window("demo", ready=show_overview)
    panel: SetsPanel = raise_dock(window, "sets")
    assert panel.masked.isChecked()
    if not masked:
        panel.masked.click()
    table = window.session.table
    keys = [set_of(table, row, masked) for row in range(table.n_units)]
    slow = Counter(key for key in keys if key[0])
    assert (
        sum(one.n for one in panel.figure.columns) <= sum(slow.values()) == panel.figure.n_failing
    )
    assert panel.figure.n_sets == len(slow)
    assert panel.item.n_drawn > 3
    for column in range(panel.item.n_drawn):
        one = panel.figure.columns[column]
        click_item(panel, panel.item, panel.item.column_center(column))
        assert filter_text(window) == panel.figure.columns[column].filter
        assert not window.session.filter.error
        wanted = {row for row, key in enumerate(keys) if key == divmod(one.key, 1 << 32)}
        assert rows_of(window, shown_ids(window)) == wanted
        assert len(wanted) == one.n == slow[divmod(one.key, 1 << 32)]


@pytest.mark.slow
def test_sets_ctrl_adds_and_marks_follow(shared_window: OpenWindow) -> None:
    window = shared_window("demo", ready=show_overview)
    panel: SetsPanel = raise_dock(window, "sets")
    click_item(panel, panel.item, panel.item.column_center(0))
    click_item(panel, panel.item, panel.item.column_center(1), CTRL)
    text = filter_text(window)
    assert panel.figure.columns[0].filter in text
    assert panel.figure.columns[1].filter in text
    assert not window.session.filter.error
    assert len(shown_ids(window)) == panel.figure.columns[0].n + panel.figure.columns[1].n
    window.session.clear_filter()
    window.unit_table.selectAll()
    settle()
    assert panel.item.selected == [one.n for one in panel.figure.columns]
    table = window.session.table
    for row in range(table.n_units):
        window.session.set_current(row)
        key = set_of(table, row, masked=True)
        wanted = [divmod(one.key, 1 << 32) for one in panel.figure.columns]
        assert panel.item.current == (wanted.index(key) if key in wanted else -1)


def test_sets_where_the_label_cannot_be_decided(keep: Any) -> None:
    """INCOMPLETE units fail rules that decide nothing; they are a set of their own."""
    from factories import make_run, sheet_of

    from bcviewer.core.filter.language import evaluate, parse_filter

    columns = {"presenceRatio": [0.5, 0.5, 1.0, 0.5], "nPeaks": [9.0, 1.0, 1.0, 1.0]}
    run = make_run(columns, drop=("nTroughs",))
    table = sheet_of(run)
    panel = keep(SetsPanel())
    panel.show_scene(scene_of(table))
    settle()
    assert any(not one.deciding for one in panel.figure.columns)
    for one in panel.figure.columns:
        found = np.flatnonzero(evaluate(parse_filter(one.filter, table), table))
        wanted = [r for r in range(4) if set_of(table, r, masked=True) == divmod(one.key, 1 << 32)]
        assert found.tolist() == wanted


def test_sets_sole_blockers_are_bold_and_told(keep: Any) -> None:
    panel = keep(SetsPanel())
    panel.resize(500, 320)
    table = table_of({**KINDS, "presenceRatio": [1.0, 0.61, 0.5, 1.0, NAN]})
    panel.show_scene(scene_of(table, 1))
    settle()
    sole = set(table.audit.sole_blocker.tolist()) - {0}
    for one, column in zip(panel.figure.columns, panel.item.columns, strict=True):
        assert column.sole == (one.key >> 32 in sole)
        assert ("Sole blocker" in column.tip) == column.sole
    assert any(column.sole for column in panel.item.columns)
    place = canvas_place(panel.item, panel.item.column_center(0))
    tip = tip_at(panel.canvas, panel.canvas.viewport(), place)
    assert "Click to show exactly these units" in tip
    assert f"{panel.figure.columns[0].n:,} of 5 units" in tip
    assert "&lt;" in tip or "&gt;" in tip


def test_sets_say_what_is_shown(keep: Any) -> None:
    panel = keep(SetsPanel())
    panel.resize(700, 320)
    panel.show_scene(scene_of(table_of(KINDS)))
    assert panel.said(1)[1].startswith(f"1 of {panel.figure.n_sets} sets, ")
    panel.show_scene(scene_of(table_of({"nSpikes": [900.0]})))
    assert panel.said(0) == ("No unit fails a rule.",)
    panel.show_scene(scene_of(table_of({"nSpikes": []})))
    assert panel.said(0) == ("No units.",)
    panel.show_scene(scene_of(None))
    assert panel.said(0) == ("",)
    settle()


def test_panels_without_a_scene_can_be_shown(keep: Any) -> None:
    for kind in PANELS:
        assert not keep(kind()).grab().isNull()


def test_sets_numbers(keep: Any, tmp_path: Path) -> None:
    panel = keep(SetsPanel())
    table = table_of(KINDS)
    panel.show_scene(scene_of(table))
    rows = saved_rows(panel, tmp_path)
    assert [int(row["units"]) for row in rows] == [one.n for one in panel.figure.columns]
    noise = next(row for row in rows if row["deciding"].startswith("NOISE"))
    assert noise["masked"] == "MUA: presenceRatio<minPresenceRatio"


# -- histograms ------------------------------------------------------------------------------


@pytest.mark.long
def test_histograms_click_bins(shared_window: OpenWindow) -> None:
    window = shared_window("demo", ready=show_metrics)
    panel: HistogramsPanel = raise_dock(window, "histograms")
    table = window.session.table
    assert list(panel.items) == list(histogram_metrics())
    clicked = 0
    for key, item in panel.items.items():
        found = item.found
        n = found.axis.n_bins
        filled = np.flatnonzero(found.counts.sum(axis=0)).tolist()[:2]
        filled += [word.part for word in item.places.words]
        for part in filled:
            click_item(panel, item, item.part_center(part))
            text = filter_text(window)
            if table.kind(key) is None:
                continue
            assert text == part_filter(found, part)
            counts = found.counts[:, part] if part < n else found.aside_counts[:, part - n]
            parts = panel._histograms.parts(key, np.arange(table.n_units))
            shown = rows_of(window, shown_ids(window))
            assert shown == set(np.flatnonzero(parts == part).tolist())
            assert len(shown) == counts.sum()
            clicked += 1
    assert clicked > 30


@pytest.mark.long
def test_histograms_sentinel_column_and_empty_bin(shared_window: OpenWindow) -> None:
    window = shared_window("demo", ready=show_metrics)
    panel: HistogramsPanel = raise_dock(window, "histograms")
    item = panel.items[RPV]
    table = window.session.table
    ones = set(np.flatnonzero(table.values(RPV) == 1.0).tolist())
    assert ones
    (slot,) = item.places.slots.values()
    click_item(panel, item, slot.center())
    assert filter_text(window) == f"{RPV} == 1.0"
    assert rows_of(window, shown_ids(window)) == ones
    empty = np.flatnonzero(item.found.counts.sum(axis=0) == 0)
    click_item(panel, item, item.part_center(int(empty[0])))
    assert filter_text(window) == f"{RPV} == 1.0"


def test_histograms_marks_and_tips(keep: Any) -> None:
    panel = keep(HistogramsPanel())
    panel.resize(560, 700)
    table = table_of({**KINDS, RPV: [0.03, 1.0, 0.05, 0.2, NAN]})
    panel.show_scene(scene_of(table, 1))
    item = panel.items[RPV]
    value, part, chosen = panel.mark_of(RPV)
    assert value == 1.0
    assert item.found.asides[part - item.found.axis.n_bins].short == "1.0"
    assert list(chosen) == []
    tip = panel._tip(RPV, part)
    assert "read the status" in tip
    assert "1 of 5 units (20 %)" in tip
    failing = int(panel._histograms.parts(RPV, np.array([3]))[0])
    assert f"past {next(r.token for r in RULES if r.metric == RPV)}" in panel._tip(RPV, failing)
    assert "fails: RPV fraction > 0.1" in panel._tip(RPV, -1)
    place = canvas_place(item, QPointF(item.size.width() / 2, 12))
    shown = tip_at(panel.canvas, panel.canvas.viewport(), place)
    assert "RPV fraction &gt; 0.1" in shown


def test_histograms_limit_is_at_its_exact_place(keep: Any) -> None:
    panel = keep(HistogramsPanel())
    panel.resize(560, 700)
    rng = np.random.default_rng(3)
    table = table_of({"rawAmplitude": rng.lognormal(4, 1, 200)})
    panel.show_scene(scene_of(table))
    places = panel.items["rawAmplitude"].places
    found = panel.items["rawAmplitude"].found
    share = (np.log(40.0) - np.log(found.edges[0])) / np.log(found.edges[-1] / found.edges[0])
    wanted = places.plot.left() + share * places.plot.width()
    assert [x for x, _ in panel.items["rawAmplitude"]._limits()] == pytest.approx([wanted])


def test_histograms_limit_of_a_count_leaves_the_last_passing_bar_whole(keep: Any) -> None:
    panel = keep(HistogramsPanel())
    panel.resize(560, 700)
    table = table_of({"nPeaks": [1.0, 2.0, 2.0, 3.0, 4.0, 5.0]})
    panel.show_scene(scene_of(table))
    item = panel.items["nPeaks"]
    ((x, rule),) = item._limits()
    assert (RULES[rule].op, item.found.limits[0].value) == (">", 2.0)
    passing, failing = (
        item.part_at(QPointF(x + by, item.places.plot.bottom() - 2)) for by in (-2, 2)
    )
    assert [item.found.bin_filter(i) for i in (passing, failing)] == [
        "nPeaks >= 1.5 and nPeaks < 2.5",
        "nPeaks >= 2.5 and nPeaks < 3.5",
    ]


@pytest.mark.parametrize("width", [300, 520, 900, 1600])
def test_histograms_words_stay_inside_and_apart(keep: Any, width: int) -> None:
    panel = keep(HistogramsPanel())
    panel.resize(width, 500)
    n = 30_000
    rng = np.random.default_rng(4)
    values = rng.lognormal(0, 3, n)
    values[: n // 4], values[n // 4 : n // 2] = NAN, 1e11
    values[-50:] = INF
    panel.show_scene(
        scene_of(table_of({"isolationDistance": values, RPV: rng.uniform(0, 1, n).round(1)}))
    )
    settle()
    for item in panel.items.values():
        areas = [word.area for word in item.places.words]
        for i, area in enumerate(areas):
            assert area.right() <= item.size.width()
            assert area.bottom() <= item.size.height()
            assert not any(area.intersects(other) for other in areas[:i])


def test_histograms_count_only_what_is_in_sight(keep: Any) -> None:
    panel = keep(HistogramsPanel())
    panel.resize(200, 300)
    panel.show_scene(scene_of(table_of(KINDS)))
    settle()
    counted = [key for key, item in panel.items.items() if item._found is not None]
    assert 0 < len(counted) < 5


def test_histograms_numbers(keep: Any, tmp_path: Path) -> None:
    panel = keep(HistogramsPanel())
    table = table_of({**KINDS, RPV: [0.03, 1.0, 0.05, 0.2, NAN]})
    panel.show_scene(scene_of(table))
    rows = saved_rows(panel, tmp_path)
    for key in histogram_metrics():
        mine = [row for row in rows if row["metric"] == key]
        assert sum(int(row[c]) for row in mine for c in list(row)[4:]) == table.n_units
    special = next(r for r in rows if r["metric"] == RPV and "read the status" in r["part"])
    assert special["MUA"] == "1"


# -- scatter ---------------------------------------------------------------------------------


def send_mouse(plot: Any, kind: QEvent.Type, place: QPointF, button: Any, buttons: Any) -> None:
    viewport = plot.viewport()
    where = QPointF(viewport.mapToGlobal(place.toPoint()))
    no = Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(viewport, QMouseEvent(kind, place, where, button, buttons, no))


def turn_wheel(plot: Any) -> None:
    """Turn the wheel over the middle of a plot: nearer."""
    middle = plot.viewport().rect().center()
    event = QWheelEvent(
        QPointF(middle),
        QPointF(plot.viewport().mapToGlobal(middle)),
        QPoint(0, 0),
        QPoint(0, 240),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(plot.viewport(), event)


def draw_around(plot: Any, corners: list[tuple[float, float]]) -> None:
    """Draw a line through places of the viewport with the left button held."""
    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    places = [QPointF(*corner) for corner in corners]
    QTest.mousePress(plot.viewport(), left, Qt.KeyboardModifier.NoModifier, places[0].toPoint())
    for place in places[1:]:
        send_mouse(plot, QEvent.Type.MouseMove, place, none, left)
    end = places[-1].toPoint()
    QTest.mouseRelease(plot.viewport(), left, Qt.KeyboardModifier.NoModifier, end)
    settle()


def pixels_of(panel: ScatterPanel) -> np.ndarray:
    return np.column_stack(panel.plot.pixels(panel.drawn.x, panel.drawn.y))


def selected_rows(window: Window) -> set[int]:
    table = window.unit_table
    return set(table.unit_model.unit_rows(table.selected_places()).tolist())


def lasso_window(shared_window: OpenWindow) -> tuple[Window, ScatterPanel]:
    window = shared_window("demo", ready=show_metrics)
    panel: ScatterPanel = raise_dock(window, "scatter")
    panel.choose("nSpikes", "scndPeakToTroughRatio")
    settle()
    return window, panel


def half_box(panel: ScatterPanel) -> tuple[list[tuple[float, float]], set[int]]:
    """Return a box around the points left of their median, and their rows."""
    at = pixels_of(panel)
    xs = np.sort(at[:, 0])
    middle = len(xs) // 2
    gap = int(np.argmax(np.diff(xs[middle - 3 : middle + 4]))) + middle - 3
    right = (xs[gap] + xs[gap + 1]) / 2
    low, high = at[:, 1].min() - 5, at[:, 1].max() + 5
    left = xs[0] - 5
    box = [(left, low), (right, low), (right, high), (left, high)]
    inside = at[:, 0] < round(right)
    return box, set(panel.drawn.rows[inside].tolist())


@pytest.mark.slow
def test_lasso_selects_exactly_the_enclosed_units(shared_window: OpenWindow) -> None:
    window, panel = lasso_window(shared_window)
    box, wanted = half_box(panel)
    assert 2 < len(wanted) < len(panel.drawn.rows)
    draw_around(panel.plot, box)
    assert selected_rows(window) == wanted
    assert set(window.session.selected.tolist()) == wanted
    assert window.session.current in wanted
    assert not filter_text(window)
    window.session.set_sort("nSpikes")  # the selection stays through a sort
    assert selected_rows(window) == wanted


@pytest.mark.long
def test_lasso_cannot_select_what_is_hidden(shared_window: OpenWindow) -> None:
    window, panel = lasso_window(shared_window)
    said: list[str] = []
    window.session.notice.connect(said.append)
    window.session.set_filter("label == 'MUA'")
    settle()
    box, inside = half_box(panel)
    draw_around(panel.plot, box)
    place = window.session.view.place
    shown = {row for row in inside if place[row] >= 0}
    assert shown
    assert selected_rows(window) == shown
    assert said[-1] == (
        f"{len(shown):,} units inside the line selected;"
        f" {len(inside) - len(shown):,} more are hidden by the filter."
    )
    before = selected_rows(window)
    draw_around(panel.plot, [(box[0][0], 20), (box[0][0] + 3, 20), (box[0][0] + 12, 21)])
    assert selected_rows(window) == before
    assert said[-1] == "0 units inside the line selected."


def test_a_scattered_selection_outlives_other_rows(keep: Any) -> None:
    """Qt alone takes minutes for tens of thousands of ranges."""
    n = 4000
    table = table_of({"nSpikes": np.arange(500.0, 500.0 + n)})
    units = keep(UnitTable())
    units.show_table(table, np.arange(n), ("cluster_id", "nSpikes"))
    units.show_marked(1, np.arange(1, n, 2))
    assert units.selected_units().tolist() == list(range(1, n, 2))
    assert units.currentIndex().row() == 1
    units.show_rows(np.arange(n)[::-1], "")
    assert sorted(units.selected_units().tolist()) == list(range(1, n, 2))
    units.show_rows(np.arange(0, n, 3), "")
    assert units.selected_units().tolist() == [i for i in range(0, n, 3) if i % 2]


@pytest.mark.long
def test_click_on_a_point_makes_its_unit_the_current_one(shared_window: OpenWindow) -> None:
    window, panel = lasso_window(shared_window)
    at = pixels_of(panel)
    for i in range(len(at)):
        others = np.delete(at, i, axis=0)
        if np.hypot(*(others - at[i]).T).min() > 4:
            click(panel.plot.viewport(), QPointF(*at[i]).toPoint())
            assert window.session.current == panel.drawn.rows[i]
            x, y = panel._ring.getData()
            assert (x[0], y[0]) == (panel.drawn.x[i], panel.drawn.y[i])
            place = QPointF(*at[i]).toPoint()
            tip = tip_at(panel.plot, panel.plot.viewport(), place)
            assert f"unit {window.session.current_id()} · " in tip


@pytest.mark.long
def test_scatter_zooms_with_the_wheel_and_a_double_click_resets(shared_window: OpenWindow) -> None:
    _, panel = lasso_window(shared_window)
    view = panel.plot.getPlotItem().getViewBox()
    before = np.array(view.viewRange())
    middle = panel.plot.viewport().rect().center()
    turn_wheel(panel.plot)
    zoomed = np.array(view.viewRange())
    assert (np.diff(zoomed) < np.diff(before) * 0.99).all()
    QTest.mouseDClick(
        panel.plot.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, middle
    )
    assert np.allclose(view.viewRange(), before, atol=0.01)  # ticks of another width


@pytest.mark.long
def test_right_click_offers_to_save(shared_window: OpenWindow) -> None:
    _, panel = lasso_window(shared_window)
    middle = panel.plot.viewport().rect().center()
    click(panel.plot.viewport(), middle, button=Qt.MouseButton.RightButton)
    menu = QApplication.activePopupWidget()
    assert menu is not None
    assert "Save numbers as CSV…" in [action.text() for action in menu.actions()]
    menu.close()


def test_scatter_numbers_left_out_and_limits(keep: Any, tmp_path: Path) -> None:
    panel = keep(ScatterPanel())
    panel.resize(400, 300)
    table = table_of({**KINDS, RPV: [0.03, 1.0, 0.05, 0.2, NAN]})
    panel.show_scene(scene_of(table))
    assert panel.content() == ("nSpikes", "presenceRatio")  # what every run has
    panel.choose(RPV, "presenceRatio")
    assert panel.note.text() == "2 of 5 left out"
    assert {(line.axis, line.place) for line in panel.plot.limits} == {
        ("bottom", 0.1),
        ("left", 0.7),
    }
    rows = saved_rows(panel, tmp_path)
    assert [int(row["cluster_id"]) for row in rows] == [0, 2, 3]
    assert [float(row[RPV]) for row in rows] == [0.03, 0.05, 0.2]
    panel.choose("nSpikes", "rawAmplitude")
    assert [line.place for line in panel.plot.limits] == pytest.approx(np.log10([300, 40]))
    assert panel.plot.getAxis("bottom").tickStrings([3.0], 1, 1) == ["1,000"]
    assert panel.note.text() == "1 of 5 left out"  # nSpikes 0 on a logarithmic axis


@pytest.mark.parametrize("size", [(420, 260), (420, 500)])
def test_no_unit_is_below_the_words_of_an_upright_threshold(
    keep: Any, size: tuple[int, int]
) -> None:
    panel = keep(ScatterPanel())
    panel.resize(400, 160)
    panel.show_scene(scene_of(table_of({"nSpikes": [270.0, 900.0], "presenceRatio": [1.0, 0.9]})))
    panel.resize(*size)
    settle()
    plot, drawn = panel.plot, panel.drawn
    assert [line.axis for line in plot.limits] == ["bottom", "left"]
    top = plot.getPlotItem().getViewBox().sceneBoundingRect().top()
    _, y = plot.pixels(drawn.x, drawn.y)
    assert y.min() >= top + plot.words_height + 5  # half a point
    assert y.min() <= top + plot.words_height + 12  # and no more room than that
    seen = plot.ends(0)
    turn_wheel(plot)
    assert plot.ends(0) != seen
    seen = plot.ends(0)
    panel.resize(500, 300)  # what the person zoomed stays
    settle()
    assert plot.ends(0) == seen


def test_scatter_without_its_columns(keep: Any) -> None:
    from factories import make_run

    panel = keep(ScatterPanel())
    run = make_run({"nSpikes": [900.0, 800.0]}, drop=(RPV,))
    panel.show_scene(scene_of(sheet_of(run)))
    assert panel.content() == ("nSpikes", "presenceRatio")
    run = make_run({"nSpikes": [900.0, 800.0]}, drop=(RPV, "presenceRatio"))
    panel.show_scene(scene_of(sheet_of(run)))
    assert None not in panel.content()
    panel.show_scene(scene_of(None))
    settle()


def test_scatter_many_points_are_one_image(keep: Any) -> None:
    panel = keep(ScatterPanel())
    panel.resize(400, 300)
    n = FEW + 1000
    rng = np.random.default_rng(5)
    columns = {RPV: rng.uniform(0, 0.3, n), "presenceRatio": rng.uniform(0.5, 1, n)}
    panel.show_scene(scene_of(table_of(columns)))
    panel.choose(RPV, "presenceRatio")
    settle()
    points = panel.points.image
    assert len(points._x) == n
    assert not points._image.isNull()
    assert all(len(item.getData()[0]) == 0 for item in panel.points.items.values())
    shot = panel.plot.grab().toImage()
    colors = {shot.pixelColor(x, 100).name().upper() for x in range(60, shot.width())}
    assert colors & {"#009E73", "#E69F00"}


# -- all of them -----------------------------------------------------------------------------

PANELS = [SetsPanel, HistogramsPanel, ScatterPanel]
TABLES: dict[str, Any] = {
    "kinds": KINDS,
    "no rows": {"nSpikes": []},
    "all empty": {"nSpikes": [0.0] * 3, "nPeaks": [NAN] * 3},
    "no failure": {"nSpikes": [900.0] * 2},
    "infinite": {RPV: [INF, -INF, 1e308, -1e308], "Lratio": [INF, 0.0, 1e308, 1e-320]},
}


@pytest.mark.parametrize("kind", PANELS)
@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("size", [(300, 220), (900, 700)])
def test_draws_anything(kind: Any, name: str, size: tuple[int, int], keep: Any) -> None:
    panel = keep(kind())
    panel.resize(*size)
    table = table_of(TABLES[name])
    for scope in range(3):
        panel.scope.setCurrentIndex(scope)
        panel.show_scene(scene_of(table))
        assert not panel.grab().isNull()
    header, rows = panel.numbers()
    assert all(len(row) == len(header) for row in rows)
    panel.show_scene(scene_of(None))
    panel.retheme()
    assert not panel.grab().isNull()


@pytest.mark.parametrize("kind", PANELS)
def test_hidden_panels_do_nothing(kind: Any, keep: Any, monkeypatch: Any) -> None:
    drawn: list[str] = []
    monkeypatch.setattr(kind, "redraw", lambda *_: drawn.append("redraw"))
    monkeypatch.setattr(kind, "mark", lambda *_: drawn.append("mark"))
    panel = keep(kind(), shown=False)
    panel.show_scene(scene_of(table_of(KINDS)))
    assert not drawn
    panel.show()
    assert drawn.count("redraw") == 1
    panel.show_scene(scene_of(panel.scene.table, 1))
    panel.hide()
    panel.show_scene(scene_of(table_of(KINDS)))
    assert drawn.count("redraw") <= 2


@pytest.mark.parametrize("kind", PANELS)
def test_a_step_only_marks(kind: Any, keep: Any, monkeypatch: Any) -> None:
    panel = keep(kind())
    scene = scene_of(table_of(KINDS))
    panel.show_scene(scene)
    monkeypatch.setattr(kind, "redraw", lambda *_: pytest.fail("redrawn"))
    panel.show_scene(scene_of(scene.table, 2))


@pytest.mark.long
def test_scope_is_what_is_counted(shared_window: OpenWindow) -> None:
    window = shared_window("demo", ready=show_metrics)
    sets: SetsPanel = raise_dock(window, "sets")
    histograms: HistogramsPanel = raise_dock(window, "histograms")
    scatter: ScatterPanel = raise_dock(window, "scatter")
    window.session.set_filter("label == 'MUA'")
    settle()
    shown, table = window.session.view.rows, window.session.table
    for panel in (sets, histograms, scatter):
        panel.scope.setCurrentIndex(1)
    assert sets.figure.n_units == len(shown)
    assert sets.figure.n_failing == np.count_nonzero(table.audit.failed[shown])
    found = histograms.items["nSpikes"].found
    assert found.counts.sum() + found.aside_counts.sum() == len(shown)
    assert len(scatter.drawn.rows) + scatter.drawn.left_out == len(shown)
    window.session.clear_filter()
    settle()
    assert sets.figure.n_units == table.n_units
    for panel in (sets, histograms, scatter):
        panel.scope.setCurrentIndex(2)
    assert sets.figure.n_units == len(window.session.selected) == 1


@pytest.mark.parametrize("kind", PANELS)
@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_saved_pictures_have_everything(kind: Any, suffix: str, keep: Any, tmp_path: Path) -> None:
    panel = keep(kind())
    panel.resize(420, 260)
    panel.show_scene(scene_of(table_of(KINDS)))
    settle()
    failed: list[object] = []
    panel.wish.connect(failed.append)
    path = tmp_path / f"plot{suffix}"
    panel.save(path, 2.0)
    assert not failed
    if suffix == ".png":
        image = QImage(str(path))
        assert image.size() == panel.body.size() * 2
        assert len({image.pixel(x, y) for x in range(0, 800, 7) for y in range(0, 400, 7)}) > 3
    elif suffix == ".svg":
        text = path.read_text("utf-8")
        wanted = {SetsPanel: "peaks &gt; 2", HistogramsPanel: "main peak / trough"}
        assert wanted.get(kind, "presence ratio") in text  # text stays text
        if kind is not ScatterPanel:
            assert "<image" not in text


# -- axes ------------------------------------------------------------------------------------


def test_numbers_of_axes() -> None:
    shown = [0.0, 0.05, 2.5, 1000.0, 12_500.0, 2e6, 1e-5, -3.0]
    assert [number(v) for v in shown] == [
        "0",
        "0.05",
        "2.5",
        "1,000",
        "12.5k",
        "2e6",
        "1e-5".replace("-", "−"),
        "−3",
    ]


@pytest.mark.parametrize(
    ("low", "high", "log"),
    [(0, 1, False), (0.7, 1.0, False), (1e-14, 120, True), (150, 190, True), (-5e19, 1e20, False)],
)
@pytest.mark.parametrize("most", [2, 4, 9])
def test_ticks(low: float, high: float, log: bool, most: int) -> None:
    found = ticks(low, high, log, most)
    assert 2 <= len(found) <= most + (most == 2)
    assert all(low - 1e-9 <= tick <= high * (1 + 1e-9) for tick in found)
    assert ticks(1.0, 1.0, log, most) == []


@pytest.mark.parametrize(
    ("high", "most", "found"),
    [
        (1.2, 9, [0, 1]),  # seen: 0.25 intervals
        (2.5, 9, [0, 1, 2]),
        (8.0, 3, [0, 5]),
        (60.0, 3, [0, 25, 50]),
        (4.5, 2, [0, 2, 4]),  # one more, else 0 stood alone
        (0.5, 9, [0]),
    ],
)
def test_counts_have_whole_numbers(high: float, most: int, found: list[float]) -> None:
    assert ticks(0.0, high, False, most, whole=True) == found


def test_histograms_the_last_row_in_sight_is_whole_and_limits_stay_in_their_cell(
    keep: Any,
) -> None:
    """Seen: half a title at the lower edge, and “> 0.8” beside the next one's “< 0.01”."""
    for room in (100, 357, 455, 1200):
        high = whole_rows(128, room)
        assert high >= 0.88 * 128 or room < 128
        assert room < 128 or room / high == pytest.approx(round(room / high))
    panel = keep(HistogramsPanel())
    panel.resize(430, 500)
    panel.show_scene(scene_of(table_of({RPV: [0.05, 0.2, 0.4]})))
    settle()
    item, inside = panel.items[RPV], panel.area.viewport().height()
    rows = {i.pos().y() + i.size.height() for i in panel.items.values()}
    assert any(abs(bottom - inside) < 1 for bottom in rows)
    assert item.size.height() > 0
