"""The table, the filter bar and the panels with three probes in one book."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from factories import again, sheet_of
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QApplication, QToolButton
from qt_fixtures import scene_of

from bcviewer.app.scene import Verified
from bcviewer.app.view import CHIPS, Marked, chip_mask
from bcviewer.app.wishes import GoTo
from bcviewer.core.audit.summary import class_counts
from bcviewer.core.evidence.ask import Evidence, Missing
from bcviewer.core.filter.language import evaluate, parse_filter
from bcviewer.core.rules.column_choices import DEFAULT_COLUMNS
from bcviewer.core.rules.labels import CLASSES, LABEL_NAMES
from bcviewer.core.sheet.book import Book
from bcviewer.core.sheet.derive import derive
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.frame.chrome import StatusViewer
from bcviewer.io.results.bombcell import read_run
from bcviewer.io.results.find import find_runs
from bcviewer.oracle.client import Verification
from bcviewer.widgets.chrome.docks import DOCKS
from bcviewer.widgets.chrome.filter_bar import FilterBar
from bcviewer.widgets.chrome.status import StatusBar
from bcviewer.widgets.population.boxes_panel import BoxesPanel
from bcviewer.widgets.population.class_reasons_panel import ClassReasonsPanel
from bcviewer.widgets.population.classes_panel import ClassesPanel
from bcviewer.widgets.population.families_panel import FamiliesPanel
from bcviewer.widgets.population.heatmap_panel import HeatmapPanel
from bcviewer.widgets.population.histograms_panel import HistogramsPanel
from bcviewer.widgets.population.probe_panel import ProbePanel
from bcviewer.widgets.population.reasons_panel import ReasonsPanel
from bcviewer.widgets.population.scatter_panel import ScatterPanel
from bcviewer.widgets.population.sets_panel import SetsPanel
from bcviewer.widgets.population.sources_panel import SourcesPanel
from bcviewer.widgets.population.stacked_panel import StackedPanel
from bcviewer.widgets.population.together_panel import TogetherPanel
from bcviewer.widgets.table.unit_model import ROW_ROLE, UnitModel
from bcviewer.widgets.table.unit_table import UnitTable
from bcviewer.widgets.unit.isi_panel import IsiPanel
from bcviewer.widgets.unit.pair_panel import OF_TWO, PairPanel
from bcviewer.widgets.unit.profile_panel import ProfilePanel
from bcviewer.widgets.unit.thresholds_panel import ThresholdsPanel
from bcviewer.widgets.unit.why_panel import WhyPanel

POPULATION = (
    BoxesPanel,
    ClassReasonsPanel,
    ClassesPanel,
    FamiliesPanel,
    HeatmapPanel,
    HistogramsPanel,
    ProbePanel,
    ReasonsPanel,
    ScatterPanel,
    SetsPanel,
    SourcesPanel,
    StackedPanel,
    TogetherPanel,
)
ROLE = Qt.ItemDataRole


@pytest.fixture(scope="module")
def sheets(shared: Path) -> list[Sheet]:
    """Return three probes, the second by another threshold."""
    a, b, c = (sheet_of(read_run(place)) for place in find_runs(shared / "sim_3probes"))
    looser = b.inputs.judged_by(b.criteria.replace(minPresenceRatio=0.5))
    return [a, derive(looser), c]


@pytest.fixture(scope="module")
def book(sheets: list[Sheet]) -> Book:
    return Book(sheets)


def shown(panel: Any, keep: Any, book: Book, current: int = 0) -> Any:
    panel.resize(900, 700)
    keep(panel)
    panel.show_scene(scene_of(book, current))
    QApplication.processEvents()
    return panel


# The table


@pytest.mark.slow
def test_the_model_is_a_good_one(qtmodeltester: Any, book: Book) -> None:
    model = UnitModel()
    columns = tuple(book.table.names())
    model.set_table(book.table, book.table.attention_rows(), columns)
    assert (model.rowCount(), model.columns[0]) == (book.n_units, "probe")
    qtmodeltester.check(model)
    rows = np.flatnonzero(evaluate(parse_filter("probe == 'B'", book.table), book.table))
    model.set_rows(rows)
    qtmodeltester.check(model)
    after = book.with_sheet(1, again(book.sheets[1], source="split"))
    model.set_labels(after.table)
    assert model.data(model.index(0, 0)) == "B"


def test_cells_are_those_of_the_rows_own_sheet(book: Book) -> None:
    model = UnitModel()
    columns = ("probe", "label", "cluster_id", "presenceRatio", "reason")
    model.set_table(book.table, book.table.order("presenceRatio"), columns)
    for place in range(0, book.n_units, 7):
        row = model.index(place, 0).data(ROW_ROLE)
        assert row == model.unit_row(place)
        sheet, at = book.sheet_of(row), book.sheet_row(row)
        texts = [model.index(place, i).data() for i in range(len(columns))]
        probe = book.probes[book.number_of(row)]
        assert texts == [probe, *(sheet.text(key, at) for key in columns[1:])]


def test_a_cells_tip_has_its_own_probes_threshold(book: Book) -> None:
    model = UnitModel()
    model.set_table(book.table, np.arange(book.n_units), ("presenceRatio",))
    seen = set()
    for row in range(book.n_units):
        tip = str(model.index(row, 0).data(ROLE.ToolTipRole))
        own = {"A": "0.7", "B": "0.5", "C": "0.7"}[book.probes[book.number_of(row)]]
        if "presenceRatio" in tip and any(word in tip for word in ("pass", "fail")):
            assert own in tip
            seen.add(own)
    assert seen == {"0.7", "0.5"}


def test_the_table_shows_the_probe_first(keep: Any, book: Book) -> None:
    view = keep(UnitTable())
    view.show_table(book.table, book.table.attention_rows(), DEFAULT_COLUMNS)
    assert view.shown_columns()[:3] == ["probe", "label", "cluster_id"]
    view.show_table(book.table, np.arange(3), ("label", "nSpikes"))  # as chosen with one probe
    assert view.shown_columns() == ["probe", "label", "nSpikes"]
    view.show_table(book.sheets[0], np.arange(3), DEFAULT_COLUMNS)
    assert view.shown_columns()[0] == "label"


# The chrome


def test_the_filter_bar_counts_all_probes(keep: Any, book: Book) -> None:
    bar = keep(FilterBar())
    bar.show_table(book.table)
    total = class_counts(book.table.labels)
    for label in CLASSES:
        n = sum(class_counts(sheet.labels)[label] for sheet in book.sheets)
        assert n == total[label]
        chip = bar.findChild(QToolButton, f"chip.{LABEL_NAMES[label]}")
        assert chip.text() == f"{LABEL_NAMES[label]} {n:,}"
    for name in CHIPS:
        n = sum(int(chip_mask(sheet, name).sum()) for sheet in book.sheets)
        assert bar.findChild(QToolButton, f"chip.{name}").text().endswith(f" {n:,}")
    bar.show_manual(book.table)
    bar.edit.setText("prob")
    bar.edit.textEdited.emit("prob")
    assert "probe" in bar.edit._words.stringList()


def test_the_status_counts_all_probes(keep: Any, book: Book) -> None:
    status = keep(StatusBar())
    status.show_book(book)
    assert status.units.text().startswith(f"{book.n_units:,} units · ")
    viewer = StatusViewer(status)
    b = book.sheets[1]
    answer = Verification("verified", "0.94", b.bombcell_labels)
    verified = Verified(b.run, b.criteria, answer)
    for current in (0, book.row_of(1, 3)):  # whichever unit is looked at
        scene = replace(scene_of(book, current), verified=(verified,))
        viewer.show_scene(scene)
        assert status.verdict.text() == "· B: 41 of 41 labels agree with bombcell 0.94"
        viewer = StatusViewer(status)
    viewer.show_scene(replace(scene_of(b), verified=(verified,)))
    assert status.verdict.text() == "· 41 of 41 labels agree with bombcell 0.94"
    stricter = b.criteria.replace(minPresenceRatio=0.99)
    other = sheet_of(b.run).inputs.judged_by(stricter)
    viewer.show_scene(replace(scene_of(derive(other)), verified=(verified,)))
    assert status.verdict.text() == "· asking bombcell …", "it was asked by other criteria"
    status.show_book(None)
    assert status.units.text() == ""


# The pictures of the population


@pytest.mark.parametrize("kind", POPULATION, ids=lambda kind: kind.panel_id)
def test_a_panel_draws_three_probes(kind: Any, keep: Any, book: Book) -> None:
    assert {panel.panel_id for panel in POPULATION} <= {dock.key for dock in DOCKS}
    panel = shown(kind(), keep, book, current=book.n_units - 1)
    for scope in range(panel.scope.count()):
        panel.scope.setCurrentIndex(scope)
        assert not panel.grab().isNull()
    panel.scope.setCurrentIndex(0)
    header, rows = panel.numbers()
    assert rows
    assert all(len(row) == len(header) for row in rows)
    panel.show_scene(scene_of(book.sheets[0]))
    assert not panel.grab().isNull()
    panel.show_scene(scene_of(None))


def test_counts_are_those_of_the_three(keep: Any, book: Book) -> None:
    def counts(of: Book) -> dict[str, int]:
        rows = shown(ClassesPanel(), keep, of).numbers()[1]
        return {name: n for name, labels, n, _ in rows if labels == "as labelled"}

    total: dict[str, int] = {}
    for sheet in book.sheets:
        for name, n in counts(Book([sheet])).items():
            total[name] = total.get(name, 0) + n
    assert counts(book) == total
    assert sum(total.values()) == book.n_units


def test_reasons_are_named_with_each_probes_limit(keep: Any, book: Book) -> None:
    panel = shown(ReasonsPanel(), keep, book)
    names = [bar.name for bar in panel.figure.bars]
    assert "presence ratio < 0.7 (A, C) or 0.5 (B)" in names


def test_a_metrics_limits_are_drawn_for_each_probe(keep: Any, book: Book) -> None:
    panel = shown(HistogramsPanel(), keep, book)
    found = panel._histograms.of("presenceRatio")
    assert [(limit.value, limit.where) for limit in found.limits] == [
        (0.7, " (A, C)"),
        (0.5, " (B)"),
    ]
    said = [text for _, text in panel.items["presenceRatio"].limit_words()]
    assert said in (["< 0.5 (B)", "< 0.7 (A, C)"], ["< 0.5", "< 0.7"]), "as there is room"


def test_a_scatters_numbers_say_whose_unit_a_row_is(keep: Any, book: Book) -> None:
    panel = shown(ScatterPanel(), keep, book)
    header, rows = panel.numbers()
    assert header[:3] == ("probe", "cluster_id", "label")
    for row, line in zip(panel.drawn.rows.tolist(), rows, strict=True):
        sheet, at = book.sheet_of(row), book.sheet_row(row)
        assert line[:2] == (book.probes[book.number_of(row)], sheet.ids.id_of(at))
    alone = shown(ScatterPanel(), keep, Book(book.sheets[:1])).numbers()
    assert alone[0][0] == "cluster_id"


def test_probes_stand_side_by_side(keep: Any, book: Book) -> None:
    panel = shown(ProbePanel(), keep, book)
    lanes = panel.places.lanes
    assert [lane.name for lane in lanes] == ["A", "B", "C"]
    assert all(a.high < b.low for a, b in pairwise(lanes))
    assert panel.front.getAxis("bottom").title == "probe"
    for row, x in zip(panel.drawn.rows.tolist(), panel.drawn.x.tolist(), strict=True):
        lane = lanes[book.number_of(row)]
        assert lane.low - panel.places.room <= x <= lane.high + panel.places.room
        sheet, at = book.sheet_of(row), book.sheet_row(row)
        channel = int(sheet.values("maxChannels")[at])
        assert panel.places.channel[panel.places.site[row]] == channel
    header, rows = panel.numbers()
    assert header[-1] == "probe"
    assert [row[-1] for row in rows] == book.table.values("probe")[panel.drawn.rows].tolist()
    wished: list[Any] = []
    panel.wish.connect(wished.append)
    last = len(panel.drawn.rows) - 1
    view = panel.front.getPlotItem().getViewBox()
    place = QPointF(panel.drawn.x[last], panel.drawn.y[last])
    panel._on_clicked(panel.front, panel.front.mapFromScene(view.mapViewToScene(place)))
    assert isinstance(wished[0], GoTo)
    assert book.probes[book.number_of(wished[0].row)] == "C"


# Panels of one unit ask its own sheet


@pytest.mark.parametrize("kind", [ThresholdsPanel, ProfilePanel])
def test_a_unit_is_judged_by_its_own_probe(kind: Any, keep: Any, book: Book) -> None:
    for which, at in ((0, 2), (1, 5), (2, 40)):
        row = book.row_of(which, at)
        of_book = shown(kind(), keep, book, current=row).numbers()
        assert of_book == shown(kind(), keep, Book([book.sheets[which]]), current=at).numbers()


def test_why_names_the_unit_with_its_probe(keep: Any, book: Book) -> None:
    row = book.row_of(1, 5)
    panel = shown(WhyPanel(), keep, book, current=row)
    alone = shown(WhyPanel(), keep, Book([book.sheets[1]]), current=5)
    assert panel._unit.text() == f"unit B:{book.sheets[1].ids.id_of(5)}"
    assert panel._headline.text() == alone._headline.text()
    assert panel.rows.texts() == alone.rows.texts()


def test_evidence_of_another_probes_unit_of_the_same_row_is_not_shown(
    keep: Any, book: Book
) -> None:
    row = book.row_of(1, 5)
    panel = keep(IsiPanel())
    scene = scene_of(book, row)
    (ask,) = panel.asks(scene)
    of_a, of_b = (
        replace(scene, evidence=Evidence(5, {ask: Missing("no spikes")}, sheet.run))
        for sheet in book.sheets[:2]
    )
    panel.show_scene(of_a)
    assert panel.cover.words == f"unit B:{book.sheets[1].ids.id_of(5)} …"
    panel.show_scene(of_b)
    assert panel.cover.words == "no spikes"


def test_two_units_of_different_probes_are_no_pair(keep: Any, book: Book) -> None:
    panel = keep(PairPanel())
    for rows, words in (([3, book.row_of(1, 3)], OF_TWO), ([3, 4], "")):
        scene = replace(scene_of(book, 3), marked=Marked(3, np.array(rows)))
        panel.show_scene(scene)
        assert panel.no_unit(scene) == words
        assert bool(panel.asks(scene)) == (not words)
    second = [book.row_of(1, 3), book.row_of(1, 8)]
    scene = replace(scene_of(book, second[0]), marked=Marked(second[0], np.array(second)))
    pair, both = panel.asks(scene)
    assert both.settings[1:] == (3, 8)
    assert pair.settings[:2] == (3, 8)  # as the sheet's rows, of which its spikes are asked
