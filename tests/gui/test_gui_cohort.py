"""The window of a cohort, by keys and mouse."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cohort_windows import BROKEN, demo_cohort
from labs import built
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import (
    QDragEnterEvent,
    QDropEvent,
    QFontMetricsF,
    QGuiApplication,
    QImage,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QFileDialog,
    QHeaderView,
    QTableView,
    QTextBrowser,
)
from qt_fixtures import WAIT_MS, click, delete, press
from shared_window import settle

from bcviewer.app.prefs import Prefs
from bcviewer.core.comparison.proposal import Proposal
from bcviewer.errors import UserError
from bcviewer.frame import application, picture
from bcviewer.frame.cohort_window import CohortWindow
from bcviewer.frame.looks import apply_looks
from bcviewer.frame.window import Window
from bcviewer.io.cohort.files import join_units, write_rows
from bcviewer.io.cohort.place import finish, make_cohort
from bcviewer.widgets.chrome.what_if_dialog import WhatIfDialog
from bcviewer.widgets.drawing.theme import theme

Open = Callable[[Path], CohortWindow]


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return demo_cohort(tmp_path_factory.mktemp("demo_cohort"))


@pytest.fixture
def opens(qtbot: Any, no_leaks: None) -> Iterator[Open]:
    def opened(folder: Path) -> CohortWindow:
        application.application()  # it keeps what the desktop gave, for whoever tries another look
        window = application.open_cohort(str(folder), Prefs())
        ready(window, qtbot)
        return window

    yield opened
    for window in windows(CohortWindow) + windows(Window):
        window.close()
        delete(window)


def ready(window: CohortWindow, qtbot: Any) -> None:
    assert window.desk.under_way.wait(WAIT_MS)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=WAIT_MS)


def windows(kind: type) -> list[Any]:
    return [widget for widget in QApplication.topLevelWidgets() if type(widget) is kind]


@pytest.fixture
def window(opens: Open, cohort: Path) -> CohortWindow:
    return opens(cohort)


def column(window: CohortWindow, key: str) -> list[str]:
    """Return the texts of a column, from the top."""
    model = window.runs.model()
    section = window.runs.runs.section(key)
    return [str(model.index(row, section).data()) for row in range(model.rowCount())]


def click_head(window: CohortWindow, key: str) -> None:
    header = window.runs.horizontalHeader()
    section = window.runs.runs.section(key)
    window.runs.scrollTo(window.runs.model().index(0, section))
    x = header.sectionViewportPosition(section) + header.sectionSize(section) // 2
    click(header.viewport(), QPoint(x, header.height() // 2))


def type_into(window: CohortWindow, keys: str, text: str) -> None:
    """Go to a filter box by its keys, and type into it."""
    press(window, keys)
    box = window.focusWidget()
    QTest.keyClicks(box, text)
    box.completing() and press(window, "Esc")
    press(window, "Return")
    assert window.desk.under_way.wait(WAIT_MS)


def center(view: QTableView, row: int, section: int = 0) -> QPoint:
    return view.visualRect(view.model().index(row, section)).center()


def double_click(view: QTableView, row: int) -> None:
    place = center(view, row)
    click(view.viewport(), place)
    QTest.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)


def test_a_run_a_row_and_a_broken_one_is_one_line(window: CohortWindow) -> None:
    assert column(window, "probe") == ["A", "A", "B", "C", "C"]
    assert column(window, "n_good") == ["8", "13", "", "0", "5"]
    assert column(window, "good_share")[0] == "21 %"
    runs = window.runs
    version = runs.runs.section("bombcell_version")
    assert runs.columnSpan(BROKEN, version) == len(runs.runs.heads) - version
    assert column(window, "bombcell_version")[BROKEN].startswith("failed: ")
    assert "no table of units can be read" in column(window, "bombcell_version")[BROKEN]
    assert runs.columnSpan(0, version) == 1
    assert "5 runs: 4 read, 1 failed · 308 units: GOOD 26" in window.heading.text()
    parts = runs.runs.parts(0)
    assert sum(share for _, share in parts) == pytest.approx(1.0)
    assert runs.runs.parts(BROKEN) == []


def test_a_click_on_a_head_sorts_and_what_has_no_number_is_last(window: CohortWindow) -> None:
    window.runs.show_current(3)
    click_head(window, "n_good")
    assert column(window, "n_good") == ["13", "8", "5", "0", ""]
    assert window.runs.current == 3
    click_head(window, "n_good")
    assert column(window, "n_good") == ["0", "5", "8", "13", ""]
    assert window.runs.columnSpan(4, window.runs.runs.section("bombcell_version")) > 1
    click_head(window, "run")
    assert column(window, "run")[0] == "batch"
    click_head(window, "classes")
    assert column(window, "good_share")[0] == "33 %"


def test_runs_are_filtered_by_keys(window: CohortWindow) -> None:
    type_into(window, "Ctrl+F", "probe == 'C' and n_mua > 89")
    assert column(window, "n_mua") == ["90"]
    assert window.filters.run_count.text() == "1 of 5 runs"
    assert window.runs.hasFocus()
    press(window, "Esc")
    assert len(column(window, "probe")) == 5
    assert window.filters.runs.text() == ""
    type_into(window, "/", "probe ===")
    assert not window.filters.error.isHidden()
    assert window.filters.runs.hasFocus()
    assert len(column(window, "probe")) == 5


def test_units_are_counted_by_keys(window: CohortWindow) -> None:
    type_into(window, "Ctrl+Shift+F", "label == 'GOOD' and presence ratio > 0")
    assert column(window, "matching") == ["8", "13", "", "0", "5"]
    assert window.filters.unit_count.text() == "26 of 308 units (8.4 %) in 3 runs"
    click_head(window, "matching")
    assert column(window, "matching") == ["13", "8", "5", "0", ""]
    press(window, "Esc")
    assert window.runs.runs.section("matching") == -1
    type_into(window, "Ctrl+Shift+F", "label =")
    assert not window.filters.error.isHidden()
    assert set(column(window, "matching")) == {""}


def test_what_costs_good_units_is_a_filter(window: CohortWindow) -> None:
    rows = window.blockers.rows
    first = rows.model().index(0, 0).data()
    assert first == "RPV fraction > maxRPVviolations"
    n = rows.model().index(0, 1).data()
    click(rows.viewport(), center(rows, 0))
    assert window.desk.under_way.wait(WAIT_MS)
    assert window.filters.unit_count.text().startswith(f"{n} of 308 units")
    click(rows.viewport(), center(rows, 0))
    assert window.desk.now.unit_filter == ""
    window.desk.filter_runs("probe == 'C'")
    assert rows.model().index(0, 2).data() == "2"
    window.desk.filter_runs("probe == 'none'")
    assert not rows.isVisible()
    assert window.blockers.heading.text() == "No unit of 0 runs has a sole blocker"


def test_parameters_that_differ_are_filters(window: CohortWindow) -> None:
    rows = window.differ.rows
    texts = [[rows.model().index(r, c).data() for c in range(3)] for r in range(2)]
    assert texts == [["maxNPeaks", "2", "2"], ["maxNPeaks", "4", "2"]]
    rows.setFocus()
    rows.setCurrentIndex(rows.model().index(1, 0))
    press(window, "Return")
    assert column(window, "run") == ["np20_rerun"] * 2
    assert window.differ.heading.text() == "2 runs: judged by the same parameters"
    assert not rows.isVisible()


@pytest.mark.slow
def test_enter_and_a_double_click_open_the_run(window: CohortWindow, qtbot: Any) -> None:
    window.runs.show_current(3)
    window.runs.setFocus()
    press(window, "Return")
    (opened,) = windows(Window)
    assert opened.session.wait_idle(WAIT_MS)
    where = window.desk.now.opened.table.rows[3]["results_dir"]
    assert str(opened.session.catalogue.location.results_dir) == where
    assert opened.session.table.n_units == 115
    window.activateWindow()
    runs = window.runs
    double_click(runs, 3)
    assert windows(Window) == [opened]
    double_click(runs, 0)
    assert len(windows(Window)) == 2
    for each in windows(Window):
        assert each.session.wait_idle(WAIT_MS)
        each.close()
    qtbot.waitUntil(lambda: not windows(Window), timeout=WAIT_MS)
    runs.show_current(BROKEN)
    window.actions_by_act["open_run"].trigger()
    assert windows(Window) == []
    assert "nothing to open" in window.status.currentMessage()
    assert window.status.units.text().startswith("failed: ")


def test_what_if_over_all_runs(window: CohortWindow) -> None:
    press(window, "Ctrl+Alt+T")
    dialog = window.findChild(WhatIfDialog)
    names = [dialog.table.item(row, 0).text() for row in range(dialog.table.rowCount())]
    row = names.index("minPresenceRatio")
    assert dialog.table.item(row, 3).text() == "0.7, 0.5"
    dialog.table.item(row, 2).setText("0.1")
    assert window.desk.under_way.wait(WAIT_MS)
    tried = window.desk.now.known_tried
    assert column(window, "tried_good")[BROKEN] == ""
    assert column(window, "tried_change")[4] == f"+{tried.gained[4]} −{tried.lost[4]}"
    assert tried.gained[4] > 0
    assert "GOOD 26 → " in window.tried_bar.text().replace("&nbsp;", " ")
    assert window.trend.legend.entries[2].words == "as tried"
    dialog.table.item(row, 2).setText("nothing")
    assert dialog.said.text()
    press(dialog, "Esc")
    window.tried_bar.linkActivated.emit("reset minPresenceRatio")
    assert window.runs.runs.section("tried_good") == -1
    assert window.tried_bar.isHidden()
    press(window, "Ctrl+Alt+T")
    dialog = window.findChildren(WhatIfDialog)[-1]
    dialog.table.item(row, 2).setText("0.2")
    assert window.desk.now.proposal.words == "minPresenceRatio=0.2"
    dialog.reset.click()
    assert window.desk.now.proposal.words == ""
    dialog.table.item(row, 2).setText("0.2")
    press(window, "Ctrl+Alt+R")
    assert window.desk.now.proposal.words == ""


def test_a_click_on_a_point_makes_its_run_the_current_one(window: CohortWindow) -> None:
    plot, trend = window.trend.shares, window.trend
    view = plot.getPlotItem().getViewBox()
    share = window.desk.now.opened.table.values("good_share")[1]
    at = plot.mapFromScene(view.mapViewToScene(QPointF(0.0, share)))
    click(plot.viewport(), at)
    assert window.runs.current == 1
    settle()
    far = plot.mapFromScene(view.mapViewToScene(QPointF(0.5, 90.0)))
    click(plot.viewport(), far)
    assert window.runs.current == 1
    assert "GOOD" in trend.shares.tip(QPointF(0.0, 1.0))
    assert trend.shares.tip(QPointF(7.0, 1.0)) == ""


def test_no_name_is_cut_at_the_left_of_the_axis(window: CohortWindow) -> None:
    axis = window.trend.units.names
    axis.names = tuple(f"recording_with_a_long_name_{i:02}" for i in range(30))
    places = axis.laid_out(-0.5, 29.5, 400.0)
    half = QFontMetricsF(axis.style["tickFont"] or axis.font()).horizontalAdvance(places[0][1]) / 2
    assert axis.pos().x() + (places[0][0] + 0.5) * 400.0 / 30 >= half


def test_the_layout_is_kept(window: CohortWindow, opens: Open, cohort: Path, qtbot: Any) -> None:
    click_head(window, "n_mua")
    header = window.runs.horizontalHeader()
    assert header.sectionResizeMode(0) == QHeaderView.ResizeMode.Interactive
    header.resizeSection(window.runs.runs.section("probe"), 111)
    window.stacked.setSizes([200, 400])
    upper, lower = window.stacked.sizes()
    press(window, "Ctrl+W")
    qtbot.waitUntil(lambda: not windows(CohortWindow), timeout=WAIT_MS)
    again = opens(cohort)
    assert again.runs.runs.sorted_by == ("n_mua", True)
    assert column(again, "n_mua")[0] == "90"
    assert again.runs.columnWidth(again.runs.runs.section("probe")) == 111
    settle()
    now = again.stacked.sizes()
    assert now[0] / now[1] == pytest.approx(upper / lower, rel=0.02)
    assert Prefs().recent() == [str(cohort)]


def test_another_theme(window: CohortWindow) -> None:
    try:
        apply_looks("dark", 0)
        settle()
        assert theme().dark
        assert theme().selected in window.runs.styleSheet()
        assert theme().selected in window.differ.rows.styleSheet()
        assert window.trend.shares.backgroundBrush().color().name().upper() == theme().base
    finally:
        apply_looks("", 0)


def test_larger_letters(window: CohortWindow) -> None:
    section = window.runs.runs.section("recording")
    wide, high = window.runs.columnWidth(section), window.differ.rows.rowHeight(0)
    try:
        apply_looks("", 13)
        settle()
        assert window.runs.columnWidth(section) > wide
        assert window.differ.rows.rowHeight(0) > high
        assert window.runs.rowHeight(0) > high
    finally:
        apply_looks("", 0)


@pytest.mark.slow
def test_a_cohort_that_is_opened_as_a_recording_gets_its_own_window(
    open_window: Any, opens: Open, cohort: Path, qtbot: Any
) -> None:
    ordinary = open_window(cohort)
    (found,) = windows(CohortWindow)
    ready(found, qtbot)
    assert len(column(found, "probe")) == 5
    assert ordinary.banner.isHidden()
    ordinary.session.open(str(cohort))
    assert ordinary.session.wait_idle(WAIT_MS)
    assert windows(CohortWindow) == [found], "it comes forward"


def test_copy_read_again_and_keys(window: CohortWindow) -> None:
    window.runs.setFocus()
    press(window, "Ctrl+C")
    where = window.desk.now.opened.table.rows[0]["results_dir"]
    assert QGuiApplication.clipboard().text() == where
    before = window.desk.now.opened
    press(window, "F5")
    assert window.desk.under_way.wait(WAIT_MS)
    assert window.desk.now.opened is not before
    press(window, "F1")
    dialog = window.findChild(QDialog, "cohortKeys")
    assert "Ctrl+Shift+F" in dialog.findChild(QTextBrowser).toPlainText()
    dialog.close()
    window.actions_by_act["language"].trigger()
    language = window.findChild(QDialog, "filterDialog")
    assert "presence ratio" in language.findChild(QTextBrowser).toPlainText()
    language.close()


def test_what_is_dropped_is_opened(window: CohortWindow, cohort: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(cohort)), QUrl("https://example.org")])
    copy, left = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    nothing = Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(9, 9), copy, data, left, nothing)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    drop = QDropEvent(QPointF(9, 9), copy, data, left, nothing)
    QApplication.sendEvent(window, drop)
    assert windows(CohortWindow) == [window], "it is this one"


def test_a_folder_is_asked_for(
    window: CohortWindow, cohort: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def choose(_: object, __: str, start: str) -> str:
        asked.append(start)
        return str(cohort)

    monkeypatch.setattr(QFileDialog, "getExistingDirectory", choose)
    press(window, "Ctrl+O")
    assert asked == [str(cohort.parent)]
    assert windows(CohortWindow) == [window], "it is this one"


def test_what_cannot_be_opened_is_told(opens: Open, cohort: Path, tmp_path: Path) -> None:
    window = opens(tmp_path / "nothing")
    assert "no cohort" in window.banner.text
    assert window.runs.model().rowCount() == 0
    press(window, "Return")
    assert windows(Window) == []
    window.desk.read()
    with pytest.raises(UserError, match="nothing"):
        picture.screenshot_of_cohort(window, tmp_path / "shot.png")
    assert not (tmp_path / "shot.png").exists()


def test_a_cohort_without_a_run(opens: Open, tmp_path: Path) -> None:
    folder = tmp_path / "cohort"
    make_cohort(folder)
    write_rows(folder, [])
    join_units(folder, [])
    finish(folder)
    window = opens(folder)
    assert "No run is in it yet" in window.heading.text()
    window.desk.filter_units("label == 'GOOD'")
    assert window.desk.under_way.wait(WAIT_MS)
    assert window.filters.unit_count.text() == "0 of 0 units (–) in 0 runs"


def test_a_picture(window: CohortWindow, tmp_path: Path) -> None:
    path = tmp_path / "shot.png"
    assert picture.screenshot_of_cohort(window, path) == 0
    image = QImage(str(path))
    assert (image.width(), image.height()) == picture.SCREENSHOT_SIZE
    colors = {image.pixel(x, y) for x in range(0, 1440, 40) for y in range(0, 900, 20)}
    assert len(colors) > 10


@pytest.mark.long
@pytest.mark.parametrize("kind", ["hostile", "field"])
def test_odd_folders_open_with_each_problem_in_one_line(
    opens: Open, tmp_path: Path, request: pytest.FixtureRequest, kind: str
) -> None:
    built(request.getfixturevalue(kind), tmp_path / "cohort")
    window = opens(tmp_path / "cohort")
    runs, rows = window.runs.runs, window.desk.now.opened.table.rows
    assert window.banner.isHidden()
    assert runs.rowCount() == len(rows) > 20
    section = runs.section("bombcell_version")
    broken = runs.broken()
    assert len(broken) == sum(row["status"] in ("failed", "skipped") for row in rows) > 0
    for place in range(runs.rowCount()):
        texts = [str(runs.index(place, i).data() or "") for i in range(runs.columnCount())]
        assert all(text.isprintable() for text in texts), texts
        assert window.runs.rowHeight(place) == window.runs.rowHeight(0)
        if place in broken:
            assert texts[section].startswith(("failed: ", "skipped: "))
            assert window.runs.columnSpan(place, section) == len(runs.heads) - section
    window.desk.propose(Proposal.of({"minPresenceRatio": 0.1}))
    window.desk.filter_units("label == 'GOOD'")
    assert window.desk.under_way.wait(WAIT_MS)
    found = window.desk.now.known_matching
    assert found.units.sum() == sum(int(row.get("n_good") or 0) for row in rows)
    assert window.desk.now.known_tried is not None
