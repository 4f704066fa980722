"""Failed rules per unit, top reasons of each class, MUA by family: numbers, marks and clicks."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QScrollArea
from qt_fixtures import (
    KINDS,
    WAIT_MS,
    OpenWindow,
    click,
    click_row,
    scene_of,
    shown_ids,
    table_of,
    write_recording,
)

from bcviewer.app.scene import Scene
from bcviewer.app.view import Marked, View
from bcviewer.app.wishes import ShowUnits
from bcviewer.core.figures.bars import TOP_OF_CLASS as TOP
from bcviewer.core.figures.family_bars import FAMILIES
from bcviewer.core.figures.population import class_reasons, families, groups_of, present_classes
from bcviewer.core.figures.words import counted
from bcviewer.core.filter.language import evaluate, parse_filter
from bcviewer.core.rules.labels import LABEL_NAMES, Label
from bcviewer.core.rules.rules import FAMILY_NAMES, RULES
from bcviewer.core.run.run import Provenance, Sites
from bcviewer.core.sheet.book import Book
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.frame.window import Window
from bcviewer.widgets.base.plot_panel import PlotPanel
from bcviewer.widgets.population.boxes_panel import FEW, BoxesPanel
from bcviewer.widgets.population.class_reasons_panel import ClassReasonsPanel
from bcviewer.widgets.population.families_panel import FamiliesPanel

NAN = float("nan")
CONTROL = Qt.KeyboardModifier.ControlModifier
PANELS = (BoxesPanel, ClassReasonsPanel, FamiliesPanel)
SITES = Sites(np.array([[0.0, y] for y in range(0, 400, 20)]))
WHERE = Provenance("ks", "ks/bombcell", "kilosort4_A", "A", roi_um=150.0)


def crowd_columns(n: int) -> dict[str, Any]:
    rng = np.random.default_rng(7)
    return {
        "nSpikes": rng.choice([2400.0, 200.0], n, p=[0.8, 0.2]),
        "nPeaks": rng.choice([1.0, 9.0], n, p=[0.8, 0.2]),
        "nTroughs": rng.choice([1.0, 5.0], n, p=[0.85, 0.15]),
        "presenceRatio": rng.uniform(0.4, 1.0, n),
        "fractionRPVs_estimatedTauR": rng.uniform(0.0, 0.2, n),
        "RPV_status": rng.choice([-1.0, 0.0, 1.0], n),
        "signalToNoiseRatio": rng.uniform(4.0, 12.0, n),
        "mainPeakToTroughRatio": rng.uniform(0.2, 0.9, n),
        "maxChannels": rng.choice([*range(20), 99.0], n).astype(float),
    }


@pytest.fixture(scope="module", params=[False, True], ids=["whole", "split"])
def crowd(request: pytest.FixtureRequest) -> Sheet:
    split = {"splitGoodAndMua_NonSomatic": request.param}
    return table_of(crowd_columns(900), split, sites=SITES, provenance=WHERE)


def shown(panel: Any, keep: Any, table: Sheet | None, size: tuple[int, int] = (560, 420)):
    panel.resize(*size)
    keep(panel)
    panel.show_scene(scene_of(table))
    QApplication.processEvents()
    return panel


def passing(table: Sheet, text: str) -> set[int]:
    return set(np.flatnonzero(evaluate(parse_filter(text, table), table)).tolist())


def tip_at(plot: Any, place: Any) -> str:
    event = QHelpEvent(QEvent.Type.ToolTip, place, plot.viewport().mapToGlobal(place))
    QApplication.sendEvent(plot.viewport(), event)
    return plot.toolTip()


def click_cell(plot: Any, index: int, modifiers: Any = Qt.KeyboardModifier.NoModifier) -> None:
    """Click the middle of a cell with the real mouse, after scrolling there."""
    place = plot.cell_center(index).toPoint()
    area = plot.parentWidget().parentWidget()
    assert isinstance(area, QScrollArea)
    area.ensureVisible(place.x(), place.y())
    click(plot.viewport(), place, modifiers)


# -- numbers ---------------------------------------------------------------------------------


@pytest.mark.parametrize("masked", [True, False])
def test_boxes_are_a_slow_count(keep: Any, crowd: Sheet, masked: bool) -> None:
    panel = shown(BoxesPanel(), keep, crowd)
    assert panel.masked.isVisible()
    assert panel.masked.isChecked()
    panel.masked.setChecked(masked)
    failed = crowd.values("n_failed" if masked else "n_deciding").astype(int)
    slow = Counter(zip(crowd.values("label").tolist(), failed.tolist(), strict=True))
    _, rows = panel.numbers()
    assert {(name, k): n for name, k, n, *_ in rows} == dict(slow)
    assert panel.classes == present_classes(crowd)
    for label, box in ((row.label, row.box) for row in panel.figure.rows):
        values = failed[crowd.labels == label]
        cuts = np.percentile(values, (25, 50, 75))
        assert [box.lower, box.median, box.upper] == cuts.tolist()
        assert box.n == len(values)
    for row, (left, width) in enumerate(
        zip(panel.boxes.boxes.opts["x0"], panel.boxes.boxes.opts["width"], strict=True)
    ):
        assert (left, left + width) == (
            panel.figure.rows[row].box.lower,
            panel.figure.rows[row].box.upper,
        )


def test_dots_grow_with_the_units_and_few_units_are_points(keep: Any, crowd: Sheet) -> None:
    panel = shown(BoxesPanel(), keep, crowd)
    x, y = panel.dots.getData()
    assert len(x)
    dots = dict(zip(zip(x, np.rint(y), strict=True), panel.dots.data["size"], strict=True))
    counts = {
        (k, float(row)): n
        for row, label in enumerate(panel.classes)
        if panel.counts[label].sum() > FEW
        for k, n in enumerate(panel.counts[label].tolist())
        if n
    }
    assert set(dots) == set(counts)
    largest = max(counts, key=counts.__getitem__)
    for place, n in counts.items():
        wanted = dots[largest] * (n / counts[largest]) ** 0.5
        assert dots[place] == pytest.approx(max(wanted, 3.0))
    few = [label for label in panel.classes if panel.counts[label].sum() <= FEW]
    x, y = panel.points.getData()
    assert len(x) == sum(panel.counts[label].sum() for label in few)
    failed = crowd.audit.n_failed
    for unit, (px, py) in panel._places.items():
        assert round(px) == failed[unit]
        assert panel.classes[round(py)] == crowd.labels[unit]


@pytest.mark.parametrize("masked", [True, False])
def test_the_top_reasons_of_each_class(keep: Any, crowd: Sheet, masked: bool) -> None:
    panel = shown(ClassReasonsPanel(), keep, crowd)
    panel.masked.setChecked(masked)
    assert panel.classes == tuple(c for c in present_classes(crowd) if c != Label.EMPTY)
    for label in panel.classes:
        multiple = panel.plots[label]
        counts = class_reasons(crowd, label, None, masked)
        assert (
            multiple.figure.counts == sorted((n for n in counts.tolist() if n), reverse=True)[:TOP]
        )
        assert [counts[i] for i in multiple.rules] == multiple.figure.counts
        assert list(multiple.bars.opts["width"]) == multiple.figure.counts
        tail = ": closest to failing" if label == Label.GOOD else ""
        n = int((crowd.labels == label).sum())
        assert multiple.title.text().endswith(f" {LABEL_NAMES[label]} {n:,}{tail}")
    header, rows = panel.numbers()
    assert header == ("class", "what", "rule", "units", "share")
    assert len(rows) == sum(len(panel.plots[label].rules) for label in panel.classes)
    assert {row[1] for row in rows if row[0] == "GOOD"} == {"closest to failing"}


def test_plots_of_classes_are_kept_between_redraws(keep: Any, crowd: Sheet) -> None:
    panel = shown(ClassReasonsPanel(), keep, crowd)
    before = dict(panel.plots)
    only_good = np.flatnonzero(crowd.labels == Label.GOOD)
    view = View.of(np.arange(crowd.n_units), crowd.labels == Label.GOOD)
    panel.show_scene(Scene(Book([crowd]), view, Marked(0, only_good[:1])))
    panel.scope.setCurrentIndex(1)
    assert panel.classes == (Label.GOOD,)
    assert [m.isVisible() for m in panel.plots.values()].count(True) == 1
    panel.scope.setCurrentIndex(0)
    assert panel.plots == before
    assert all(multiple.isVisible() for multiple in panel.plots.values())


def test_classes_stand_beside_each_other_where_there_is_room(keep: Any, crowd: Sheet) -> None:
    panel = shown(ClassReasonsPanel(), keep, crowd, (1300, 700))
    columns = {multiple.x() for multiple in panel.plots.values()}
    assert len(columns) == (2 if len(panel.classes) <= 4 else 3)
    panel.resize(300, 220)
    QApplication.processEvents()
    assert len({multiple.x() for multiple in panel.plots.values()}) == 1
    assert all(multiple.width() <= 300 for multiple in panel.plots.values())


@pytest.mark.parametrize("by", ["all", "roi", "depth"])
def test_families_are_a_slow_count(keep: Any, crowd: Sheet, by: str) -> None:
    panel = shown(FamiliesPanel(), keep, crowd)
    panel.by.setCurrentIndex(panel.by.findData(by))
    group = {
        "all": ["all units"] * crowd.n_units,
        "roi": crowd.values("roi_label").tolist(),
        "depth": [_depth_name(d) for d in crowd.values("depth_um").tolist()],
    }[by]
    pairs = zip(group, crowd.values("family").tolist(), strict=True)
    slow = Counter((g, f) for g, f in pairs if f and g)
    _, rows = panel.numbers()
    assert {(g, f): n for g, f, n, _ in rows if n} == dict(slow)
    drawn = sum(panel.bars.opts["width"])
    assert drawn == sum(slow.values())
    left_out = int((crowd.audit.family > 0).sum()) - sum(slow.values())
    assert panel.legend.isVisible() == (by != "all")
    if by == "all":
        assert left_out == 0
    else:
        assert f"{left_out:,} MUA units without a known" in panel.legend.text()
        assert all(
            FAMILY_NAMES[f].replace(" ", "&nbsp;") in panel.legend.text()
            for f in FAMILIES
            if any(family == FAMILY_NAMES[f] for _, family in slow)
        )


def _depth_name(depth: float) -> str:
    low = int(depth // 50 * 50) if depth == depth else 0
    return f"{low} to {low + 50} µm" if depth == depth else ""


def test_groups_that_are_not_known_cannot_be_chosen(keep: Any, crowd: Sheet) -> None:
    panel = shown(FamiliesPanel(), keep, crowd)
    model = panel.by.model()
    assert [model.item(i).isEnabled() for i in range(3)] == [True, True, True]
    panel.by.setCurrentIndex(2)
    panel.show_scene(scene_of(table_of(KINDS)))  # another run, without sites
    assert panel.by.currentData() == "all"
    assert [model.item(i).isEnabled() for i in range(3)] == [True, False, False]
    assert "depth" in model.item(2).toolTip()
    assert sum(panel.bars.opts["width"]) == 1


# -- clicks mean what the plot counts --------------------------------------------------------


def test_every_cell_filters_to_the_units_it_counts(qtbot: Any, keep: Any, crowd: Sheet):
    for panel in (shown(BoxesPanel(), keep, crowd), shown(FamiliesPanel(), keep, crowd)):
        for choice in range(3 if isinstance(panel, FamiliesPanel) else 1):
            if isinstance(panel, FamiliesPanel):
                panel.by.setCurrentIndex(choice)
            for index, cell in enumerate(panel.plot.cells):
                with qtbot.waitSignal(panel.wish) as chosen:
                    panel.plot.cell_clicked.emit(index, False)
                n = len(passing(crowd, chosen.args[0].text))
                said = cell.tip.split("\n")
                assert any(f"{n:,} " in line for line in said), (cell.tip, chosen.args)


def test_every_reason_filters_to_the_units_it_counts(qtbot: Any, keep: Any, crowd: Sheet):
    panel = shown(ClassReasonsPanel(), keep, crowd)
    for masked in (False, True):
        panel.masked.setChecked(masked)
        for label in panel.classes:
            multiple = panel.plots[label]
            for row, n in enumerate(multiple.figure.counts):
                with qtbot.waitSignal(panel.wish) as chosen:
                    multiple.plot.row_clicked.emit(row, True)
                assert chosen.args[0].add is True
                assert len(passing(crowd, chosen.args[0].text)) == n


def test_dots_boxes_and_names_are_different_places(qtbot: Any, keep: Any, crowd: Sheet):
    panel = shown(BoxesPanel(), keep, crowd)
    row = panel.classes.index(Label.MUA)
    plot, failed = panel.plot, crowd.audit.n_failed[crowd.labels == Label.MUA]
    most = int(np.bincount(failed).argmax())
    index = panel.filters.index(f"label == 'MUA' and n_failed == {most}")
    with qtbot.waitSignal(panel.wish) as chosen:
        click_cell(plot, index)
    assert chosen.args == [ShowUnits(f"label == 'MUA' and n_failed == {most}", False)]
    n = int((failed == most).sum())
    tip = tip_at(plot, plot.cell_center(index).toPoint())
    assert f"{n:,} MUA units fail {most} rule" in tip

    view = plot.getPlotItem().getViewBox()
    on_box = plot.mapFromScene(
        view.mapViewToScene(QPointF(panel.figure.rows[row].box.median, row - 0.25))
    )
    on_name = on_box.__class__(4, on_box.y())
    for place in (on_box, on_name):
        with qtbot.waitSignal(panel.wish) as chosen:
            click(plot.viewport(), place, CONTROL)
        assert chosen.args == [ShowUnits("label == 'MUA'", True)]
        assert "median" in tip_at(plot, place)


def test_boxes_behind_a_tab_are_resized_with_what_they_drew(keep: Any, crowd: Sheet) -> None:
    """The scene can be of another recording by then, with fewer units."""
    panel = shown(BoxesPanel(), keep, crowd)
    panel.set_behind(True)
    panel.show_scene(scene_of(table_of(KINDS), 1))
    before = panel.numbers()
    panel.resize(430, 300)
    QApplication.processEvents()
    assert panel.numbers() == before
    panel.set_behind(False)
    assert panel.numbers() != before


def test_nothing_is_marked_in_the_middle_of_drawing(
    keep: Any, crowd: Sheet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """New names make an axis wider, which resizes the plot: its places are new by then."""
    panel = shown(BoxesPanel(), keep, table_of(KINDS))
    redraw, during = panel.redraw, []

    def resized_meanwhile(scene: Any) -> None:
        redraw(scene)
        panel._on_resized()
        during.append(panel.shown)

    monkeypatch.setattr(panel, "redraw", resized_meanwhile)
    panel.show_scene(scene_of(crowd))
    monkeypatch.undo()  # which holds the panel
    assert during == [None]
    assert panel.shown.table is crowd


def test_the_masked_switch_of_the_boxes(qtbot: Any, keep: Any) -> None:
    panel = shown(BoxesPanel(), keep, table_of(KINDS))
    assert ("NOISE", 2) in {row[:2] for row in panel.numbers()[1]}
    panel.masked.setChecked(False)
    assert ("NOISE", 1) in {row[:2] for row in panel.numbers()[1]}
    assert "label == 'NOISE' and n_deciding == 1" in panel.filters
    assert "missing(label) and n_deciding == 0" in panel.filters
    assert "deciding" in panel.plot.getAxis("bottom").labelText


# -- marks -----------------------------------------------------------------------------------


def test_the_current_unit_and_the_selection_are_marked(keep: Any, crowd: Sheet) -> None:
    boxes, reasons, groups = (shown(kind(), keep, crowd) for kind in PANELS)
    groups.by.setCurrentIndex(2)
    selected = np.arange(0, crowd.n_units, 3)
    units = [int(np.flatnonzero(crowd.labels == label)[0]) for label in boxes.classes]
    for unit in units:
        view = View.of(selected, np.ones(crowd.n_units, bool))
        scene = Scene(Book([crowd]), view, Marked(unit, selected))
        for panel in (boxes, reasons, groups):
            panel.show_scene(scene)
        label = Label(int(crowd.labels[unit]))
        assert boxes.plot.names._marked == {boxes.classes.index(label)}
        (x,), (y,) = boxes.here.getData()
        assert (round(x), round(y)) == (crowd.audit.n_failed[unit], boxes.classes.index(label))
        for name, multiple in reasons.plots.items():
            assert multiple.title.text().startswith("▸") == (name == label)
            mine = {y for y, i in enumerate(multiple.rules) if _has(crowd, unit, i)}
            assert multiple.plot.names._marked == (mine if name == label else set())
            counts = class_reasons(crowd, name, selected)
            assert list(multiple.selected_bars.opts["width"]) == [counts[i] for i in multiple.rules]
        found = families(crowd, selected, "depth").counts.sum(axis=1).tolist()
        assert list(groups.selected_bars.opts["width"]) == found[::-1]
        group = groups_of(crowd, "depth").of[unit] if crowd.audit.family[unit] else -1
        wanted = {len(found) - 1 - int(group)} if group >= 0 else set()
        assert groups.plot.names._marked == wanted
    x, _ = boxes.chosen.getData()
    in_points = sum(unit in boxes._places for unit in selected.tolist())
    assert len(x) > in_points > 0


def _has(table: Sheet, unit: int, rule: int) -> bool:
    if table.labels[unit] == Label.GOOD:
        return table.weakest_pass[unit] == rule
    return bool(int(table.audit.deciding[unit]) >> rule & 1)


# -- any run ---------------------------------------------------------------------------------

RUNS = {
    "none": lambda: None,
    "zero rows": lambda: table_of({"nPeaks": []}),
    "all empty": lambda: table_of({"nSpikes": [0.0] * 5}),
    "no MUA": lambda: table_of({"nPeaks": [1.0, 9.0]}),
    "one": lambda: table_of({}),
    "incomplete": lambda: table_of({}, drop=["isolationDistance"], saved=["MUA"]),
}


@pytest.mark.parametrize("kind", PANELS, ids=lambda k: k.panel_id)
@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
@pytest.mark.parametrize("size", [(300, 220), (900, 700)], ids=["small", "large"])
def test_any_run_is_drawn(keep: Any, kind: Any, run: Any, size: tuple[int, int]) -> None:
    panel = shown(kind(), keep, run(), size)
    assert panel.width() == size[0]  # it does not force its dock to be wider
    header, rows = panel.numbers()
    assert all(len(row) == len(header) for row in rows)
    for scope in (1, 2, 0):
        panel.scope.setCurrentIndex(scope)
    panel.grab()


def test_what_an_empty_plot_says(keep: Any) -> None:
    nothing = table_of({"nSpikes": [0.0] * 5})
    assert shown(ClassReasonsPanel(), keep, nothing).nothing.isVisible()
    panel = shown(BoxesPanel(), keep, nothing)
    assert panel.plot.name_text(0) == "○ no spikes"
    assert shown(BoxesPanel(), keep, None).plot.name_text(0) == "no unit"
    assert [row[2] for row in shown(FamiliesPanel(), keep, nothing).numbers()[1]] == [0] * 7


def test_names_are_shortened_to_the_room_there_is_and_whole_in_the_tooltip(keep: Any, crowd: Sheet):
    panel = shown(ClassReasonsPanel(), keep, crowd, (300, 220))
    multiple = panel.plots[panel.classes[-1]]
    names = [multiple.plot.name_text(row) for row in range(len(multiple.rules))]
    assert multiple.plot.names.texts != names
    place = multiple.plot.row_center(0).toPoint()
    token = RULES[multiple.rules[0]].token.replace("<", "&lt;").replace(">", "&gt;")
    assert token in tip_at(multiple.plot, place)
    panel.resize(1300, 700)
    QApplication.processEvents()
    assert multiple.plot.names.texts == names


def test_shares_are_not_rounded_to_nothing_or_all() -> None:
    assert counted(0, 5) == "0"
    assert counted(0, 0) == "0"
    assert counted(1, 4) == "1 (25 %)"
    assert counted(1, 10_000) == "1 (< 0.1 %)"
    assert counted(1, 1000) == "1 (0.1 %)"
    assert counted(9999, 10_000) == "9,999 (> 99.9 %)"
    assert counted(1000, 1000) == "1,000 (100 %)"


@pytest.mark.parametrize("kind", PANELS, ids=lambda k: k.panel_id)
def test_a_hidden_panel_does_nothing(
    keep: Any, kind: type[PlotPanel], crowd: Sheet, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[str] = []
    redraw, mark = kind.redraw, kind.mark
    monkeypatch.setattr(kind, "redraw", lambda s, c: drawn.append("redraw") or redraw(s, c))
    monkeypatch.setattr(kind, "mark", lambda s, c: drawn.append("mark") or mark(s, c))
    panel = keep(kind(), shown=False)
    panel.show_scene(scene_of(crowd))
    panel.show_scene(scene_of(crowd, 1))
    panel.masked.toggle()
    assert drawn == []
    panel.show()
    assert drawn.count("redraw") == 1
    drawn.clear()
    scene = panel.scene
    panel.show_scene(Scene(Book([crowd]), scene.view, Marked(2, scene.selected)))
    assert "redraw" not in drawn  # a step only moves the marks
    panel.hide()
    drawn.clear()
    panel.show_scene(scene_of(crowd, 3))
    assert drawn == []


@pytest.mark.parametrize("kind", PANELS, ids=lambda k: k.panel_id)
def test_numbers_and_pictures_are_saved(
    keep: Any, kind: type[PlotPanel], crowd: Sheet, tmp_path: Path
) -> None:
    panel = shown(kind(), keep, crowd)
    panel.save(tmp_path / "numbers.csv")
    with (tmp_path / "numbers.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    wanted, numbers = panel.numbers()
    assert header == list(wanted)
    assert rows == [[str(value) for value in row] for row in numbers]
    panel.save(tmp_path / "plot.svg")
    words = (tmp_path / "plot.svg").read_text("utf-8")
    assert "<text" in words
    name = "not shown clean" if kind is FamiliesPanel else "MUA"
    assert name in words


# -- in the window ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a crowd, with positions."""
    folder = write_recording(tmp_path_factory.mktemp("crowd") / "kilosort4_A", crowd_columns(200))
    np.save(folder / "channel_positions.npy", SITES.xy)
    return folder


def show_overview(window: Window) -> None:
    window.resize(1600, 1000)
    window.show_layout("overview")
    for key in ("boxes", "class_reasons", "families"):
        window.docks[key].raise_()
        assert window.session.wait_idle(WAIT_MS)


@pytest.fixture
def window(shared_window: OpenWindow, folder: Path) -> Window:
    """Return the window with the Overview of a crowd, as large as a screen."""
    return shared_window(folder, ready=show_overview)


def panel_of(window: Window, key: str) -> Any:
    """Bring a dock to the front, as large as it can be, and return its panel."""
    dock = window.docks[key]
    dock.setVisible(True)
    dock.raise_()
    for other in window.docks.values():
        other.setVisible(other is dock)
    for _ in range(3):
        QApplication.processEvents()
    return window.panels[key]


def check(window: Window, texts: list[str], units: set[int]) -> None:
    """Check what stands in the filter box, brackets apart, and that the table holds the units."""
    edit = window.findChild(QLineEdit, "filterEdit")
    assert edit.text().replace("(", "").replace(")", "") == " or ".join(texts)
    assert set(shown_ids(window)) == units
    assert units


def units_where(window: Window, mask: Any) -> set[int]:
    return set(window.session.table.ids.cluster_id[np.asarray(mask)].tolist())


@pytest.mark.slow
def test_a_click_on_a_dot_shows_its_units_in_the_table(window: Window) -> None:
    panel = panel_of(window, "boxes")
    table = window.session.table
    failed, is_mua = table.audit.n_failed, table.labels == Label.MUA
    one, two = (panel.filters.index(f"label == 'MUA' and n_failed == {k}") for k in (1, 2))
    first, second = (units_where(window, is_mua & (failed == k)) for k in (1, 2))
    click_cell(panel.plot, one)
    check(window, ["label == 'MUA' and n_failed == 1"], first)
    assert len(first) == panel.counts[Label.MUA, 1]
    click_cell(panel.plot, two, CONTROL)
    texts = [f"label == 'MUA' and n_failed == {k}" for k in (1, 2)]
    check(window, texts, first | second)
    panel.scope.setCurrentIndex(1)
    assert panel.classes == (Label.MUA,)
    assert panel.counts[Label.MUA].sum() == len(first | second)
    panel.scope.setCurrentIndex(2)
    assert panel.counts.sum() == len(window.session.selected)


@pytest.mark.slow
def test_a_click_on_a_reason_of_a_class_shows_its_units(window: Window) -> None:
    panel = panel_of(window, "class_reasons")
    table = window.session.table
    good, mua = panel.plots[Label.GOOD], panel.plots[Label.MUA]
    closest = (table.labels == Label.GOOD) & (table.weakest_pass == good.rules[0])
    click_row(good.plot, 0)
    key = RULES[good.rules[0]].key
    texts = [f"label == 'GOOD' and weakest_pass == '{key}'"]
    check(window, texts, first := units_where(window, closest))
    assert len(first) == good.figure.counts[0]
    bit = np.uint32(1 << mua.rules[1])
    has = (table.labels == Label.MUA) & (table.audit.deciding & bit != 0)
    click_row(mua.plot, 1, CONTROL)
    token = RULES[mua.rules[1]].token
    texts.append(f"label == 'MUA' and classification_reason contains '{token}'")
    check(window, texts, first | units_where(window, has))
    assert int(has.sum()) == mua.figure.counts[1]


@pytest.mark.long
def test_a_click_on_a_family_of_a_depth_shows_its_units(window: Window) -> None:
    panel = panel_of(window, "families")
    table = window.session.table
    family, depth = table.values("family"), table.values("depth_um")
    click_cell(panel.plot, 0)
    check(window, ["family == 'not shown clean'"], units_where(window, family == "not shown clean"))
    panel.by.setCurrentIndex(2)
    QApplication.processEvents()
    index = next(i for i, text in enumerate(panel.filters) if "'undecidable'" in text)
    text = panel.filters[index]
    low, high = float(text.split(">= ")[1].split()[0]), float(text.split("< ")[1])
    click_cell(panel.plot, index)
    inside = (family == "undecidable") & (depth >= low) & (depth < high)
    check(window, [text], units_where(window, inside))


@pytest.mark.slow
def test_hidden_docks_stay_still_while_the_filter_changes(
    window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel_of(window, "boxes")
    drawn: list[str] = []
    for kind in PANELS:
        redraw = kind.redraw
        monkeypatch.setattr(
            kind, "redraw", lambda s, c, r=redraw: drawn.append(s.panel_id) or r(s, c)
        )
    window.panels["boxes"].scope.setCurrentIndex(1)
    drawn.clear()
    window.session.set_filter("label == 'MUA'")
    assert drawn == ["boxes"]
