"""Reasons by class as bars and as a matrix, and reasons that occur together."""

from __future__ import annotations

import csv
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from qt_fixtures import KINDS, WAIT_MS, click, scene_of, settle, shown_ids, table_of

from bcviewer.app.scene import Scene
from bcviewer.app.view import Marked, View
from bcviewer.core.figures.population import cooccurrence, reasons_by_class
from bcviewer.core.figures.words import cell_filter
from bcviewer.core.filter.language import evaluate, parse_filter
from bcviewer.core.rules.labels import CLASSES, LABEL_NAMES, Label
from bcviewer.core.rules.rules import RULES
from bcviewer.core.sheet.book import Book
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.frame.window import Window
from bcviewer.widgets.base.matrix_plot import MatrixPlot
from bcviewer.widgets.base.plot_panel import PlotPanel
from bcviewer.widgets.chrome.docks import DOCKS
from bcviewer.widgets.drawing.matrix_item import Matrix, MatrixHead, compact
from bcviewer.widgets.drawing.shades import STEPS, shade, text_on
from bcviewer.widgets.drawing.theme import LIGHT
from bcviewer.widgets.population.heatmap_panel import HeatmapPanel
from bcviewer.widgets.population.stacked_panel import StackedPanel
from bcviewer.widgets.population.together_panel import TogetherPanel

PANELS = (HeatmapPanel, StackedPanel, TogetherPanel)
CTRL = Qt.KeyboardModifier.ControlModifier
SPLIT = {"splitGoodAndMua_NonSomatic": True}


def crowd(n: int = 90, params: Any = None) -> Sheet:
    """Return units that fail in many ways, some without spikes."""
    rng = np.random.default_rng(5)
    return table_of(
        {
            "nSpikes": rng.choice([0.0, 150.0, 900.0, 900.0], n),
            "presenceRatio": rng.uniform(0.5, 1, n),
            "nPeaks": rng.choice([1.0, 1.0, 1.0, 5.0, np.nan], n),
            "nTroughs": rng.choice([1.0, 1.0, 4.0], n),
            "maxDriftEstimate": rng.uniform(0, 130, n),
            "mainPeakToTroughRatio": rng.uniform(0.2, 0.95, n),
        },
        params,
    )


def test_heads_are_drawn_again_where_the_cells_move(keep: Any) -> None:
    host = QWidget()
    plot = MatrixPlot(host)
    keep(host)
    host.resize(430, 345)
    plot.resize(430, 345)
    ones, texts = np.ones((5, 4)), ["text"] * 5
    heads = [MatrixHead("NON-SOMA GOOD")] * 4
    tips = [texts[:4]] * 5
    matrix = Matrix(texts, heads, ones.astype(np.int64), ones, texts, texts[:4], tips, "share")
    plot.show_matrix(matrix, LIGHT, "none")
    host.show()
    settle()
    drawn: list[QRectF] = []
    plot.scene().changed.connect(drawn.extend)
    view = plot.getPlotItem().getViewBox()
    for _ in range(2):  # what is drawn anew at first is all of it, anyway
        drawn.clear()
        area = QRectF(view.geometry())
        view.setGeometry(area.adjusted(0, 20, 0, 0))  # as a layout does that is late
        settle()
    assert any(part.contains(QPointF(area.center().x(), area.y() / 2)) for part in drawn)


def test_heads_that_are_turned_are_shortened_by_words(keep: Any) -> None:
    """Seen at 1280 × 720: “main peak / trough …” over two columns of *Reasons together*."""
    host = QWidget()
    plot = MatrixPlot(host)
    keep(host)
    names = ["main peak / trough > 0.8", "second peak / trough > 0.8"] * 4
    ones, cells = np.ones((8, 8)), [names] * 8
    heads = [MatrixHead(name) for name in names]
    plot.show_matrix(
        Matrix(names, heads, ones.astype(np.int64), ones, names, names, cells, "share"),
        LIGHT,
        "none",
    )
    assert plot.cells.set_heads(26.0) < plot.cells.set_heads(26.0, 400.0)
    assert plot.cells.head_text(heads[0]) == names[0], "with room for it it is whole"
    plot.cells.set_heads(26.0)
    assert plot.cells.head_text(heads[0]) == "main peak/trough > 0.8"


def tokens_of(table: Sheet, row: int, masked: bool) -> set[str]:
    """Return a unit's reasons, read from its texts."""
    texts = [table.text("classification_reason", row)]
    texts += [table.text("masked_reasons", row)] if masked else []
    return {t for text in texts for t in text.split(" | ")} & {rule.token for rule in RULES}


def slow(table: Sheet, rows: Any, masked: bool, token: str, other: Any) -> int:
    """Count, unit by unit, those with a reason that are of a class or have another reason."""
    n = 0
    for row in range(table.n_units) if rows is None else rows:
        found = tokens_of(table, row, masked)
        fits = table.labels[row] == other if isinstance(other, Label) else other in found
        n += token in found and fits
    return n


def shown(panel: Any, keep: Any, table: Sheet | None, size: Any = (560, 400)) -> Any:
    panel.resize(*size)
    keep(panel)
    panel.show_scene(scene_of(table))
    settle()
    return panel


def cells_of(panel: Any) -> Any:
    return panel.counts if isinstance(panel, StackedPanel) else panel.plot.matrix.counts


def other_of(panel: Any, column: int) -> Any:
    """Return what a column stands for: a class, or the token of a reason."""
    if isinstance(panel, TogetherPanel):
        return RULES[panel.rules[column]].token
    return panel.labels[column]


def place_of(panel: Any, row: int, column: int) -> QPoint:
    plot = panel.plot
    centre = plot.segment_center if isinstance(panel, StackedPanel) else plot.cell_center
    return centre(row, column).toPoint()


def click_cell(panel: Any, row: int, column: int, modifiers: Any = Qt.KeyboardModifier.NoModifier):
    place = place_of(panel, row, column)
    QTest.mouseMove(panel.plot.viewport(), place)
    click(panel.plot.viewport(), place, modifiers)


def tip_at(panel: Any, place: QPoint) -> str:
    plot = panel.plot
    event = QHelpEvent(QEvent.Type.ToolTip, place, plot.viewport().mapToGlobal(place))
    QApplication.sendEvent(plot.viewport(), event)
    return plot.toolTip()


# -- numbers ---------------------------------------------------------------------------------


@pytest.mark.parametrize("params", [None, SPLIT], ids=["joined", "split"])
@pytest.mark.parametrize("masked", [False, True], ids=["deciding", "masked"])
@pytest.mark.parametrize("kind", PANELS, ids=lambda k: k.panel_id)
def test_numbers_are_those_of_a_slow_count(keep: Any, kind: Any, masked: bool, params: Any) -> None:
    table = crowd(params=params)
    panel = shown(kind(), keep, table)
    panel.masked.setChecked(masked)
    cells = cells_of(panel)
    assert cells.shape[0] == len(panel.rules) >= 5
    for (row, column), n in np.ndenumerate(cells):
        token = RULES[panel.rules[row]].token
        assert n == slow(table, None, masked, token, other_of(panel, column))
    if kind is TogetherPanel:
        core = cooccurrence(table, None, masked)[np.ix_(panel.rules, panel.rules)]
        totals = cells.diagonal()
        np.testing.assert_array_equal(cells, cells.T)
    else:
        core = reasons_by_class(table, None, masked)[np.ix_(panel.rules, panel.labels)]
        totals = cells.sum(axis=1)
        wanted = {Label.NON_SOMA_GOOD, Label.NON_SOMA_MUA} if params else {Label.NON_SOMA}
        assert wanted <= set(panel.labels)
        places = [CLASSES.index(label) for label in panel.labels if label in CLASSES]
        assert places == sorted(places)
    np.testing.assert_array_equal(cells, core)
    assert totals.tolist() == sorted(totals.tolist(), reverse=True)


@pytest.mark.parametrize("kind", PANELS, ids=lambda k: k.panel_id)
def test_scopes(keep: Any, kind: Any) -> None:
    table = crowd()
    panel = shown(kind(), keep, table)
    keep_mask = np.arange(table.n_units) % 3 == 0
    view = View.of(np.arange(table.n_units), keep_mask)
    selected = np.arange(0, table.n_units, 7)
    panel.show_scene(Scene(Book([table]), view, Marked(3, selected)))
    for scope, rows in (("all", None), ("shown", view.rows), ("selected", selected)):
        panel.scope.setCurrentIndex(panel.scope.findData(scope))
        for (row, column), n in np.ndenumerate(cells_of(panel)):
            token = RULES[panel.rules[row]].token
            assert n == slow(table, rows, False, token, other_of(panel, column))
    panel.show_scene(Scene(Book([table]), view, Marked(3, selected[:0])))
    assert panel.rules == ()
    assert panel.plot.names._rows[0][1] == "no failed rule"


@pytest.mark.parametrize("kind", PANELS, ids=lambda k: k.panel_id)
@pytest.mark.parametrize(
    "columns",
    [{}, {"nPeaks": []}, {"nSpikes": [0.0] * 15, "presenceRatio": [np.nan] * 15}],
    ids=["no failures", "zero rows", "all empty"],
)
def test_nothing_failed(keep: Any, kind: Any, columns: Any) -> None:
    panel = shown(kind(), keep, table_of(columns))
    assert panel.rules == ()
    assert [text for _, text in panel.plot.names._rows] == ["no failed rule"]
    QTest.mouseClick(panel.plot.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(150, 20))
    assert panel.numbers()[1] == []
    panel.show_scene(scene_of(None))
    panel.body.grab()


def test_the_shade_is_the_share_of_the_class(keep: Any) -> None:
    table = crowd(params=SPLIT)
    matrix = shown(HeatmapPanel(), keep, table).plot.matrix
    units = np.bincount(table.labels, minlength=len(Label))
    panel = shown(HeatmapPanel(), keep, table)
    for column, label in enumerate(panel.labels):
        assert matrix.heads[column].note == f"n = {units[label]:,}"
        assert matrix.heads[column].text == (LABEL_NAMES[label] or "no spikes")
        np.testing.assert_allclose(
            matrix.shades[:, column], matrix.counts[:, column] / units[label]
        )
    together = shown(TogetherPanel(), keep, table).plot.matrix
    assert np.isnan(together.shades.diagonal()).all()
    assert np.nanmax(together.shades) <= 1


# -- clicks ----------------------------------------------------------------------------------


def largest(cells: Any, k: int = 0) -> tuple[int, int]:
    """Return the place of the k-th largest number off the diagonal."""
    flat = np.argsort(-cells, axis=None, kind="stable")
    places = [divmod(int(i), cells.shape[1]) for i in flat]
    return [(r, c) for r, c in places if r != c and cells[r, c]][k]


def see_all(window: Window) -> None:
    window.show_layout("overview")
    for kind in PANELS:
        window.docks[kind.panel_id].raise_()
        assert window.session.wait_idle(WAIT_MS)


def in_window(window: Window, key: str, qtbot: Any) -> Any:
    window.show_layout("overview")
    window.docks[key].raise_()
    panel = window.panels[key]
    qtbot.waitUntil(panel.isVisible)
    settle()
    return panel


@pytest.mark.long
@pytest.mark.parametrize("masked", [False, True], ids=["deciding", "masked"])
@pytest.mark.parametrize("kind", PANELS, ids=lambda k: k.panel_id)
def test_a_real_click_shows_exactly_the_units_of_a_cell(
    shared_window: Any, qtbot: Any, kind: Any, masked: bool
) -> None:
    window = shared_window("demo", ready=see_all)
    panel = in_window(window, kind.panel_id, qtbot)
    panel.masked.setChecked(masked)
    settle()
    table, cells = window.session.table, cells_of(panel).copy()
    edit = window.findChild(QLineEdit, "filterEdit")
    first, second = largest(cells), largest(cells, 2)

    def units_of(place: tuple[int, int]) -> set[int]:
        token, other = RULES[panel.rules[place[0]]].token, other_of(panel, place[1])
        return {
            int(table.ids.cluster_id[row])
            for row in range(table.n_units)
            if slow(table, [row], masked, token, other)
        }

    click_cell(panel, *first)
    assert len(shown_ids(window)) == cells[first] > 0
    assert set(shown_ids(window)) == units_of(first)
    assert RULES[panel.rules[first[0]]].token in edit.text()
    assert ("masked_reasons" in edit.text()) == masked
    if kind is not TogetherPanel:
        assert f"label == '{LABEL_NAMES[panel.labels[first[1]]]}'" in edit.text()
    settle()
    click_cell(panel, *second, CTRL)
    assert " or " in edit.text()
    assert set(shown_ids(window)) == units_of(first) | units_of(second)
    click_cell(panel, *second)
    assert set(shown_ids(window)) == units_of(second)


@pytest.mark.slow
def test_every_cell_has_a_filter_of_its_own_units(keep: Any) -> None:
    for params in (None, SPLIT):
        table = crowd(params=params)
        for masked in (False, True):
            counts = reasons_by_class(table, None, masked)
            for (index, label), n in np.ndenumerate(counts):
                text = cell_filter(index, Label(label), masked)
                assert np.count_nonzero(evaluate(parse_filter(text, table), table)) == n


def test_the_diagonal_is_one_reason(keep: Any, qtbot: Any) -> None:
    table = crowd()
    panel = shown(TogetherPanel(), keep, table)
    with qtbot.waitSignal(panel.wish) as chosen:
        click_cell(panel, 2, 2)
    text, add = chosen.args[0].text, chosen.args[0].add
    assert text == f"classification_reason contains '{RULES[panel.rules[2]].token}'"
    assert not add


@pytest.mark.parametrize("kind", PANELS, ids=lambda k: k.panel_id)
def test_empty_cells_and_names_choose_nothing(keep: Any, qtbot: Any, kind: Any) -> None:
    panel = shown(kind(), keep, crowd())
    row, column = np.argwhere(cells_of(panel) == 0)[0].tolist()
    plot = panel.plot
    with qtbot.assertNotEmitted(panel.wish):
        if kind is not StackedPanel:
            click_cell(panel, row, column)
        click(plot.viewport(), QPoint(4, place_of(panel, 0, 0).y()))
        click(plot.viewport(), place_of(panel, 0, 1), button=Qt.MouseButton.MiddleButton)


def test_segments_thinner_than_a_pixel_can_be_clicked(keep: Any, qtbot: Any) -> None:
    """One NOISE unit beside 3,000 MUA units."""
    n = 3000
    columns = {"presenceRatio": [0.1] * n, "nPeaks": [1.0] * (n - 1) + [9.0]}
    panel = shown(StackedPanel(), keep, table_of(columns))
    panel.masked.setChecked(True)
    row = panel.rules.index(next(i for i, r in enumerate(RULES) if r.metric == "presenceRatio"))
    column = panel.labels.index(Label.NOISE)
    assert panel.counts[row, column] == 1
    with qtbot.waitSignal(panel.wish) as chosen:
        place = place_of(panel, row, column) + QPoint(2, 0)
        click(panel.plot.viewport(), place)
    assert "label == 'NOISE'" in chosen.args[0].text


# -- tool tips, marks, room ------------------------------------------------------------------


@pytest.mark.parametrize("kind", PANELS, ids=lambda k: k.panel_id)
def test_tool_tips_tell_count_share_and_rule(keep: Any, kind: Any) -> None:
    table = crowd()
    panel = shown(kind(), keep, table)
    row, column = largest(cells_of(panel))
    tip = tip_at(panel, place_of(panel, row, column))
    rule = RULES[panel.rules[row]]
    assert rule.token.replace("<", "&lt;").replace(">", "&gt;") in tip
    assert rule.title in tip
    assert f"{cells_of(panel)[row, column]:,} of " in tip
    assert "%" in tip
    assert "click" in tip
    if kind is TogetherPanel:
        assert RULES[panel.rules[column]].title in tip
    else:
        assert LABEL_NAMES[panel.labels[column]] in tip
    beside = QPoint(4, place_of(panel, row, column).y())
    assert rule.title in tip_at(panel, beside)
    if kind is not StackedPanel:
        above = QPoint(place_of(panel, 0, column).x(), 6)
        wanted = panel.plot.matrix.heads[column].text
        assert wanted.replace("<", "&lt;").replace(">", "&gt;") in tip_at(panel, above)


@pytest.mark.parametrize("kind", PANELS, ids=lambda k: k.panel_id)
def test_the_current_unit_and_the_selection_are_marked(keep: Any, kind: Any) -> None:
    table = crowd()
    panel = shown(kind(), keep, table)
    row = int(np.argmax(np.bitwise_count(table.audit.deciding)))
    selected = np.arange(0, table.n_units, 4)
    panel.show_scene(Scene(Book([table]), scene_of(table).view, Marked(row, selected)))
    mine = tokens_of(table, row, False)
    rows = {y for y, i in enumerate(panel.rules) if RULES[i].token in mine}
    assert panel.plot.names._marked == rows
    cells = {
        (y, c)
        for y in rows
        for c in range(cells_of(panel).shape[1])
        if slow(table, [row], False, RULES[panel.rules[y]].token, other_of(panel, c))
    }
    expected = {
        (r, c): slow(table, selected, False, RULES[panel.rules[r]].token, other_of(panel, c))
        for r, c in np.ndindex(*cells_of(panel).shape)
    }
    if kind is StackedPanel:
        starts = {(r, float(panel.plot.edges[r, c])): (r, c) for r, c in np.argwhere(
            panel.counts > 0).tolist()}  # fmt: skip
        opts = panel.own_bars.opts
        outlined = {starts[y, x] for y, x in zip(opts["y"], opts["x0"], strict=True)}
        opts = panel.selected_bars.opts
        bars = zip(opts["y"], opts["x0"], opts["width"], strict=True)
        found = {starts[y, x]: width for y, x, width in bars}
    else:
        item = panel.plot.cells
        outlined = {tuple(place) for place in np.argwhere(item.marked).tolist()}
        found = {place: n for place, n in np.ndenumerate(item.selected) if n}
    assert outlined == cells != set()
    assert found == {place: n for place, n in expected.items() if n}


@pytest.mark.parametrize("size", [(300, 220), (560, 400), (1200, 800)], ids=str)
@pytest.mark.parametrize("kind", PANELS, ids=lambda k: k.panel_id)
def test_texts_fit_their_room(
    keep: Any, kind: Any, size: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = shown(kind(), keep, crowd(400, SPLIT), size)
    settle()
    axis = panel.plot.names
    assert axis.width() <= max(230, size[0] * 0.45)
    metrics = axis.scene().views()[0].fontMetrics()
    for _, text in axis._rows:
        assert text.startswith(tuple("abcdefghijklmnopqrstuvwxyzLRS"))
        assert metrics.horizontalAdvance(f"▸ {text}") <= axis.width() + 2
    assert panel.plot.height() >= len(panel.rules) * 15
    if kind is StackedPanel:
        return
    item, drawn = panel.plot.cells, []
    area, width, height = item.grid()
    assert height >= 14
    right = area.x() + width * len(panel.plot.matrix.heads)
    assert right <= panel.plot.viewport().width()
    bottom = area.y() + height * len(panel.rules)
    assert bottom <= panel.plot.viewport().height()

    class Spy(QPainter):
        def drawText(self, place: Any, flags: int, text: str) -> None:
            drawn.append((place, text, self.fontMetrics().horizontalAdvance(text)))

    image = panel.plot.grab().toImage()
    painter = Spy(image)
    item.paint(painter, None)
    painter.end()
    assert len(drawn) > len(panel.plot.matrix.heads)
    for place, text, needs in drawn:
        assert needs <= place.width() + 3, text


@pytest.mark.parametrize(
    ("n", "text"),
    [(7, "7"), (999, "999"), (1000, "1.0k"), (9940, "9.9k"), (9960, "10k"), (83175, "83k"),
     (999_600, "1.0M"), (12_000_000, "12M")],
)  # fmt: skip
def test_compact_counts(n: int, text: str) -> None:
    assert compact(n) == text


@pytest.mark.parametrize("dark", [False, True])
def test_shades_are_even_and_their_text_is_readable(dark: bool) -> None:
    def luminance(color: QColor) -> float:
        parts = [color.redF(), color.greenF(), color.blueF()]
        flat = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return float(np.dot(flat, (0.2126, 0.7152, 0.0722)))

    scale = [shade(i / (STEPS - 1), dark) for i in range(STEPS)]
    steps = np.diff([luminance(color) for color in scale])
    assert (steps > 0).all() if dark else (steps < 0).all()
    for color in scale:
        pair = sorted((luminance(color), luminance(text_on(color))))
        assert (pair[1] + 0.05) / (pair[0] + 0.05) >= 4.5
    assert shade(2.0, dark) == scale[-1]


# -- saving, hiding, places ------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("kind", PANELS, ids=lambda k: k.panel_id)
def test_saved_numbers_and_pictures(keep: Any, kind: Any, tmp_path: Any) -> None:
    panel = shown(kind(), keep, crowd(params=SPLIT), (300, 220))
    failed: list[Any] = []
    panel.wish.connect(failed.append)
    panel.save(tmp_path / "a.csv")
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        header, *body = list(csv.reader(file))
    cells = cells_of(panel)
    assert header[0] == "reason"
    assert [row[0] for row in body] == [RULES[i].token for i in panel.rules]
    numbers = np.array([[int(v) for v in row[1:]] for row in body])
    if kind is StackedPanel:
        assert header[-1] == "units"
        np.testing.assert_array_equal(numbers[:, -1], cells.sum(axis=1))
        numbers = numbers[:, :-1]
    np.testing.assert_array_equal(numbers, cells)
    others = [other_of(panel, c) for c in range(cells.shape[1])]
    names = [LABEL_NAMES[o] if isinstance(o, Label) else o for o in others]
    assert header[1 : len(names) + 1] == names
    panel.save(tmp_path / "a.svg")
    svg = (tmp_path / "a.svg").read_text("utf-8")
    assert "<text" in svg
    last = panel.plot.names._rows[-1][1].rstrip("…").split("<")[0].split(">")[0].strip()
    assert last in svg  # also what had to be scrolled to
    panel.save(tmp_path / "a.pdf")
    panel.save(tmp_path / "a.png", 2.0)
    assert failed == []


@pytest.mark.parametrize("kind", PANELS, ids=lambda k: k.panel_id)
def test_hidden_panels_do_nothing(keep: Any, kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[Any] = []
    redraw = kind.redraw
    monkeypatch.setattr(kind, "redraw", lambda self, s: drawn.append(s) or redraw(self, s))
    panel: PlotPanel = keep(kind(), shown=False)
    table = table_of(KINDS)
    panel.show_scene(scene_of(table))
    panel.masked.setChecked(True)
    assert drawn == []
    panel.show()
    assert len(drawn) == 1
    panel.show_scene(scene_of(table, 2))
    assert len(drawn) == 1  # a step marks, but redraws nothing
    panel.masked.setChecked(False)
    assert len(drawn) == 2
    panel.retheme()
    assert len(drawn) == 3


def test_docks_stand_as_tabs_in_their_order() -> None:
    keys = [spec.key for spec in DOCKS]
    specs = [spec for spec in DOCKS if spec.key in ("heatmap", "stacked", "together")]
    assert [spec.key for spec in specs] == ["heatmap", "stacked", "together"]
    assert keys.index("heatmap") < keys.index("stacked") < keys.index("together")
    assert len({(p.column, p.row) for spec in specs for p in spec.places}) == 1
    for spec, kind in zip(specs, PANELS, strict=True):
        assert (spec.title, spec.panel) == (kind.title, kind.__name__)
