"""The window as a whole: opening, mouse, export, phy, layouts, and what goes wrong."""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PySide6.QtCore import (
    QEvent,
    QEventLoop,
    QMimeData,
    QObject,
    QPoint,
    QPointF,
    QSize,
    Qt,
    QTimer,
    QUrl,
    Slot,
)
from PySide6.QtGui import QContextMenuEvent, QDesktopServices, QDropEvent, QGuiApplication, QImage
from PySide6.QtWidgets import (
    QApplication,
    QDockWidget,
    QLabel,
    QListWidget,
    QMenu,
    QPushButton,
    QTableView,
    QTextBrowser,
    QToolButton,
    QWidget,
)
from qt_fixtures import (
    KINDS,
    WAIT_MS,
    click,
    click_row,
    click_unit,
    current_id,
    delete,
    press,
    settle,
    shown_ids,
    verified_as,
    write_recording,
)
from shared_window import rest

from bcviewer.app.catalogue import Catalogue, Request
from bcviewer.app.opening.report_job import report_command
from bcviewer.app.prefs import Prefs, settings_file
from bcviewer.cli import entry as cli
from bcviewer.cli.parsers import report_parser
from bcviewer.core.audit.summary import class_counts
from bcviewer.core.figures.words import reason_filter
from bcviewer.core.rules.column_choices import DEFAULT_COLUMNS, shown_at_first
from bcviewer.core.rules.labels import Label
from bcviewer.core.run.phy_link import PhyLink
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.errors import UserError
from bcviewer.frame import application, layouts, picture
from bcviewer.frame.application import draw_what_is_read
from bcviewer.frame.menus import UNIT_MENU
from bcviewer.frame.window import Window
from bcviewer.io.exchange.export import audit_frame
from bcviewer.io.results.location import RunLocation
from bcviewer.main import start
from bcviewer.oracle import client as verify
from bcviewer.widgets.chrome.dialogs import ErrorDialog
from bcviewer.widgets.chrome.docks import DOCKS
from bcviewer.widgets.drawing.painting import Curtain
from bcviewer.widgets.drawing.zoom_plot import ZoomPlot
from bcviewer.widgets.table.unit_table import UnitTable

MARKUP = "<img src='file:///etc/passwd'><b>GOOD</b>"


@pytest.fixture
def window(shared_window: Any) -> Window:
    return shared_window("demo")


def show_overview(window: Window) -> None:
    press(window, "F3")


@pytest.fixture
def overview(shared_window: Any) -> Window:
    return shared_window("demo", ready=show_overview)


# -- opening ---------------------------------------------------------------------------------


@pytest.mark.slow
def test_names_by_which_tests_and_scripts_find_things(window: Window) -> None:
    assert window.findChild(QTableView, "unitTable") is window.unit_table
    assert window.findChild(type(window.filter_bar.edit), "filterEdit") is window.filter_bar.edit
    for spec in DOCKS:
        assert window.findChild(QDockWidget, f"dock.{spec.key}") is window.docks[spec.key]
        panel = window.panels[spec.key]
        assert window.docks[spec.key].widget() is panel
        assert window.findChild(QWidget, f"panel.{spec.key}") is panel
        n_plots = len(panel.findChildren(ZoomPlot))
        assert panel.n_plots == n_plots, f"{spec.key}: so many are made ahead"
    with pytest.raises(KeyError):
        window.panels["nonsense"]
    assert window.findChild(QLabel, "countLabel").text() == "39 of 39 shown"
    assert window.findChild(QLabel, "unitsLabel").text().startswith("39 units · 39 of 39 labels")


@pytest.mark.slow
def test_default_columns_of_this_run(window: Window) -> None:
    table = window.session.table
    there = shown_at_first([k for k in DEFAULT_COLUMNS if table.kind(k) or k == "rules"])
    assert "roi_label" in there
    assert "depth_um" not in there
    assert window.unit_table.chosen_columns() == there
    assert set(there) - set(window.unit_table.shown_columns()) == {"manual_label", "note"}


def test_unit_mode_and_probe(open_window: Any) -> None:
    window = open_window("demo", "--unit", "21", "--probe", "C", "--mode", "np20_rerun")
    assert current_id(window) == 21
    assert window.session.catalogue.location.mode == "np20_rerun"
    assert window.windowTitle() == "Demo_20260201_session001 · C · np20_rerun – bcviewer"


def test_the_welcome_page_offers_demo_and_recent(open_window: Any, tmp_path: Path) -> None:
    path = write_recording(tmp_path / "ks & <b>\n\t7", KINDS)
    shown = str(path).replace("\n\t", "  ")  # a line a path, and no tab, which tells a menu's keys
    prefs = Prefs()
    prefs.add_recent(str(path))
    prefs.sync()
    window = open_window()
    welcome = window.welcome
    assert welcome.isVisible()
    assert not window.unit_table.isVisible()
    recent = window.findChild(QListWidget, "welcomeRecent")
    assert [recent.item(i).text() for i in range(recent.count())] == [shown]
    window.menus.fill_recent()
    assert window.menus.recent.actions()[0].text() == shown.replace("&", "&&")
    click(recent.viewport(), recent.visualItemRect(recent.item(0)).center())
    assert window.session.wait_idle(WAIT_MS)
    assert window.session.table.n_units == 5
    assert not welcome.isVisible()
    assert window.unit_table.isVisible()


def test_the_welcome_pages_demo_button(open_window: Any) -> None:
    window = open_window()
    assert not window.findChild(QListWidget, "welcomeRecent").isVisible()
    button = window.findChild(QPushButton, "welcomeDemo")
    click(button, button.rect().center())
    assert window.session.wait_idle(WAIT_MS)
    assert window.session.table.n_units == 39
    assert Prefs().recent() == [application.demo_path()]


def test_a_recent_path_is_found_from_any_folder(
    open_window: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_recording(tmp_path / "ks", KINDS)
    monkeypatch.chdir(tmp_path)
    assert open_window("ks").prefs.recent() == [str(path)]


def test_recent_files_are_in_the_menu(open_window: Any, tmp_path: Path) -> None:
    paths = [write_recording(tmp_path / name, KINDS) for name in ("one", "a & b")]
    window = open_window(paths[0])
    window.session.open(paths[1])
    assert window.session.wait_idle(WAIT_MS)
    window.menus.recent.aboutToShow.emit()
    actions = window.menus.recent.actions()
    assert [a.text().replace("&&", "&") for a in actions[:2]] == [str(p) for p in paths[::-1]]
    actions[1].trigger()
    assert window.session.wait_idle(WAIT_MS)
    assert window.session.table.run.provenance.name == "one"


def drop(window: Window, *urls: QUrl) -> QDropEvent:
    data = QMimeData()
    data.setUrls(list(urls))
    event = QDropEvent(
        QPointF(20, 20),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    window.dropEvent(event)
    return event


def test_a_path_is_dropped_on_the_window(open_window: Any, tmp_path: Path) -> None:
    window = open_window()
    path = write_recording(tmp_path / "dröp %20", KINDS)
    drop(window, QUrl.fromLocalFile(str(path)))
    assert window.session.wait_idle(WAIT_MS)
    assert window.session.table.run.provenance.ks_dir == str(path)
    table = window.session.table
    drop(window, QUrl("https://example.org/x"))
    assert not window.session.busy
    assert window.session.table is table


def test_a_failed_open_keeps_the_table_and_says_why_in_one_line(
    window: Window, tmp_path: Path
) -> None:
    press(window, "Down")
    before, unit = window.session.table, current_id(window)
    folder = tmp_path / "<b>nothing"
    folder.mkdir()
    drop(window, QUrl.fromLocalFile(str(folder)))
    assert window.session.wait_idle(WAIT_MS)
    banner = window.banner
    assert banner.isVisible()
    assert "<b>nothing" in banner.text
    assert "\n" not in banner.text
    assert "Traceback" not in banner.text
    assert window.session.table is before
    assert current_id(window) == unit
    assert window.unit_table.unit_model.table is before
    assert str(folder) not in Prefs().recent()
    assert window.findChild(QToolButton, "cancelButton").isHidden()


@pytest.mark.slow
def test_panels_never_show_a_unit_of_the_run_before(window: Window) -> None:
    press(window, "F3", "F2", "End")
    window.session.open_location(2)
    assert window.session.wait_idle(WAIT_MS)
    for panel in window.panels.values():
        if panel.seen:
            assert panel.scene.run is window.session.scene.run
            assert panel.scene.current == window.session.current
        else:
            assert panel.scene is None, "it keeps nothing of the run before"
    lines = sorted(window.panels["why"].verdict.lines, key=lambda line: line.rule)
    expected = window.session.table.audit.margins[:, window.session.current]
    np.testing.assert_array_equal([line.margin for line in lines], expected)
    press(window, "F3")  # drawn only now
    reasons = window.panels["reasons"]
    assert sum(reasons.figure.counts) > 39
    counts = class_counts(window.session.table.labels)
    chips = {c.objectName(): c.text() for c in window.findChildren(QToolButton)}
    for label, n in counts.items():
        name = label.name.replace("_", "-") if "SOMA" not in label.name else ""
        if name:
            assert chips[f"chip.{name}"] == f"{name} {n}"


def test_issues_of_the_files_are_in_the_banner(open_window: Any, tmp_path: Path) -> None:
    path = write_recording(tmp_path / "ks", KINDS)
    (path / "bombcell" / "templates._bc_qMetrics.parquet").write_bytes(b"PAR1 damaged")
    pd.DataFrame({"phy_clusterID": [0, 1], "nSpikes": [500.0, 20.0], "nPeaks": [1.0, 1.0]}).to_csv(
        path / "bombcell" / "templates._bc_qMetrics.csv", index=False
    )
    window = open_window(path)
    assert window.banner.isVisible()
    assert "templates._bc_qMetrics" in window.banner.text
    assert window.session.table.n_units == 2


def test_markup_in_text_is_shown_literally(open_window: Any, tmp_path: Path) -> None:
    path = write_recording(
        tmp_path / "<b>ks", KINDS, saved=[MARKUP, "=1+2", "a\nb\tc\x1b[31m", "MUA", "x" * 5000]
    )
    window = open_window(path)
    model = window.unit_table.unit_model
    column = model.columns.index("saved_label")
    saved = {model.unit_row(i): model.index(i, column).data() for i in range(5)}
    assert saved[0] == MARKUP
    window.session.go_to_text("#0")
    assert "passwd" not in window.panels["why"].text()
    assert window.windowTitle() == f"{tmp_path.name} · <b>ks – bcviewer"
    assert window.findChild(QLabel, "recordingName").text() == "<b>ks"
    window.unit_table.set_shown_columns(["saved_label", "label"])
    click_all = "Ctrl+A"
    press(window, click_all, "Ctrl+C")
    lines = QGuiApplication.clipboard().text().split("\n")
    assert len(lines) == 6  # one a unit: line breaks and tabs in a text are blanks
    assert any(line.startswith("'=1+2\t") for line in lines)  # pasted, it would be run
    assert all(line.count("\t") == 1 for line in lines)


# -- the mouse -------------------------------------------------------------------------------

CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.mark.slow
def test_clicks_select_units_one_by_one_and_in_ranges(window: Window) -> None:
    rows = window.session.view.rows.tolist()
    click_unit(window, 2)
    assert window.session.current == rows[2]
    assert window.session.selected.tolist() == [rows[2]]
    click_unit(window, 4, CONTROL)
    click_unit(window, 7, CONTROL)
    assert window.session.selected.tolist() == [rows[i] for i in (2, 4, 7)]
    assert window.session.current == rows[7]
    click_unit(window, 4, CONTROL)
    assert window.session.selected.tolist() == [rows[i] for i in (2, 7)]
    click_unit(window, 9, Qt.KeyboardModifier.ShiftModifier)
    assert rows[9] in window.session.selected
    press(window, "Down")
    assert window.session.selected.tolist() == [window.session.current]


@pytest.mark.slow
def test_a_click_on_a_reason_shows_its_units(overview: Window) -> None:
    window = overview
    panel = window.panels["reasons"]
    session = window.session
    bit = np.uint32(1 << panel.rules[0])
    click_row(panel.plot, 0)
    assert window.filter_bar.edit.text() == reason_filter(panel.rules[0])
    expected = np.flatnonzero(session.table.audit.deciding & bit)
    assert sorted(session.view.rows) == expected.tolist()
    assert len(expected) == panel.figure.counts[0]
    click_row(panel.plot, 1, CONTROL)
    both = bit | np.uint32(1 << panel.rules[1])
    assert sorted(session.view.rows) == np.flatnonzero(session.table.audit.deciding & both).tolist()
    assert " or " in window.filter_bar.edit.text()
    press(window, "Esc")
    assert len(shown_ids(window)) == 39


def test_adding_a_reason_to_a_filter_with_and(overview: Window) -> None:
    window = overview
    session, panel = window.session, window.panels["reasons"]
    session.set_filter("nSpikes > 1e9 and 1 < 2")
    click_row(panel.plot, 0, CONTROL)
    bit = np.uint32(1 << panel.rules[0])
    assert session.filter.error == ""
    assert sorted(session.view.rows) == np.flatnonzero(session.table.audit.deciding & bit).tolist()


def test_a_click_on_a_class_and_on_its_chip(overview: Window) -> None:
    window = overview
    settle()  # the docks take their sizes
    panel = window.panels["classes"]
    row = next(i for i, (_, text) in enumerate(panel.plot.names._rows) if text.endswith(" MUA"))
    click_row(panel.plot, row)
    assert window.filter_bar.edit.text() == "label == 'MUA'"
    assert window.filter_bar.count.text() == "14 of 39 shown"
    press(window, "Esc")
    chip = window.findChild(QToolButton, "chip.MUA")
    click(chip, chip.rect().center())
    assert window.session.filter.classes == {Label.MUA}
    assert window.filter_bar.count.text() == "14 of 39 shown"
    assert chip.isChecked()
    click(chip, chip.rect().center())
    assert window.session.filter.classes == frozenset()
    assert not chip.isChecked()


def test_a_plot_behind_a_tab_draws_only_when_it_is_raised(overview: Window) -> None:
    window = overview
    settle()
    front, behind = window.panels["heatmap"], window.panels["stacked"]
    drawn: list[str] = []
    for panel in (front, behind):
        panel.scope.setCurrentIndex(1)  # the shown units: a filter redraws it
        redraw = panel.redraw
        panel.redraw = lambda scene, p=panel, r=redraw: (drawn.append(p.panel_id), r(scene))  # type: ignore[method-assign]
    window.session.set_filter("nSpikes > 600")
    settle()
    assert drawn == ["heatmap"]
    window.docks["stacked"].raise_()
    settle()
    assert drawn == ["heatmap", "stacked"]


def in_front(window: Window) -> set[str]:
    return {key for key, dock in window.docks.items() if not dock.visibleRegion().isEmpty()}


@pytest.mark.long
def test_a_panel_is_built_when_its_dock_is_first_seen(window: Window) -> None:
    built = in_front(window)
    assert built == {"why", "waveform", "correlogram", "amplitudes"}
    assert set(window.panels) == built
    assert window.findChild(QWidget, "panel.sets") is None
    for keys in ("F3", "F4", "F5", "F6", "F2"):
        press(window, *keys.split())
        assert window.session.wait_idle(WAIT_MS)
        settle()
        built |= in_front(window)
        assert set(window.panels) == built
        for key in in_front(window):
            panel = window.findChild(QWidget, f"panel.{key}")
            assert panel.seen
            assert panel.scene.run is window.session.scene.run
    assert "sets" in built
    assert "together" not in built
    first = window.panels["sets"]
    press(window, "F3")
    assert window.session.wait_idle(WAIT_MS)
    window.docks["together"].raise_()
    assert window.session.wait_idle(WAIT_MS)  # by the mouse or the menu as well
    assert set(window.panels) == built | {"together"}
    assert window.panels["sets"] is first


@pytest.mark.slow
def test_a_panel_that_cannot_be_built_leaves_the_others(
    window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("no such plot")

    monkeypatch.setattr("bcviewer.widgets.population.classes_panel.ClassesPanel.__init__", broken)
    press(window, "F3")
    window.docked.waiting.sort(key="classes".__ne__)
    window.docked.build_next()  # its plot is made first
    with pytest.raises(RuntimeError, match="no such plot"):
        window.docked.build_next()
    assert window.session.wait_idle(WAIT_MS)
    assert set(window.panels) >= {"reasons", "heatmap", "sets"}
    assert "classes" not in window.panels


@pytest.mark.slow
def test_a_window_closed_while_panels_are_built_builds_no_more(window: Window) -> None:
    press(window, "F3")
    assert window.session.busy
    window.close()
    settle()
    assert "reasons" not in window.panels


def test_header_clicks_sort(window: Window) -> None:
    view, session = window.unit_table, window.session
    section = view.unit_model.columns.index("nSpikes")
    header = view.horizontalHeader()
    view.scrollTo(view.unit_model.index(0, section))
    place = QPoint(
        header.sectionViewportPosition(section) + header.sectionSize(section) // 2,
        header.height() // 2,
    )
    unit = current_id(window)
    for sign in (1, -1):
        click(header.viewport(), place)
        spikes = session.table.values("nSpikes")[session.view.rows]
        assert (sign * np.diff(spikes) >= 0).all()
        assert current_id(window) == unit
    assert window.unit_table.unit_model.index(0, section).data() == f"{spikes[0]:,.0f}"


@pytest.mark.slow
@pytest.mark.parametrize("state", ["waiting", "connected"])
def test_the_context_menu_of_units(window: Window, state: str) -> None:
    click_unit(window, 1)  # before: the link tells how it is where another unit is current
    before = window.session.scene.phy_link
    window.session.stage.become(phy_link=PhyLink(state))
    view = window.unit_table
    place = view.visualRect(view.unit_model.index(1, 3)).center()
    event = QContextMenuEvent(
        QContextMenuEvent.Reason.Mouse, place, view.viewport().mapToGlobal(place)
    )
    QApplication.sendEvent(view.viewport(), event)
    menu = window.findChild(QMenu, "unitMenu")
    assert menu.isVisible()
    window.session.stage.become(phy_link=before)
    actions = window.actions_by_key.by_key
    wanted = [actions[key] for key in UNIT_MENU if key]
    if state != "connected":
        wanted.remove(actions["label_in_phy"])
    assert [a for a in menu.actions() if not a.isSeparator()] == wanted
    actions["copy_ids"].trigger()
    menu.close()
    settle()
    assert QGuiApplication.clipboard().text() == str(shown_ids(window)[1])
    assert window.findChild(QMenu, "unitMenu") is None


# -- export ----------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".parquet", ".json"])
def test_export_of_the_selected_units(
    window: Window, tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    click_unit(window, 1)
    click_unit(window, 3, CONTROL)
    click_unit(window, 2, CONTROL)
    rows = window.session.selected
    assert len(rows) == 3
    path = tmp_path / f"units{suffix}"
    monkeypatch.setattr(
        "bcviewer.frame.export_actions.QFileDialog.getSaveFileName",
        lambda *_: (str(path), f"X (*{suffix})"),
    )
    press(window, "Ctrl+E")
    assert window.session.wait_idle(WAIT_MS)
    read = {
        ".csv": pd.read_csv,
        ".tsv": lambda p: pd.read_csv(p, sep="\t"),
        ".parquet": pd.read_parquet,
        ".json": lambda p: pd.DataFrame(json.loads(p.read_text("utf-8"))),
    }[suffix](path)
    expected = audit_frame([window.session.table], rows)
    assert list(read.columns) == list(expected.columns)
    assert read["cluster_id"].tolist() == expected["cluster_id"].tolist()
    for name in expected.columns:
        if pd.api.types.is_numeric_dtype(expected[name]):
            np.testing.assert_allclose(
                read[name].astype(float), expected[name].astype(float), rtol=1e-12
            )
        else:
            texts = [["" if pd.isna(v) else v for v in f[name]] for f in (read, expected)]
            assert texts[0] == texts[1], name
    assert window.status.currentMessage() == f"3 units written to {path}"


@pytest.mark.slow
def test_export_of_the_shown_units_and_a_name_without_an_ending(
    window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    press(window, "1")
    monkeypatch.setattr(
        "bcviewer.frame.export_actions.QFileDialog.getSaveFileName",
        lambda *_: (str(tmp_path / "good"), "TSV (*.tsv)"),
    )
    press(window, "Ctrl+Shift+E")
    assert window.session.wait_idle(WAIT_MS)
    read = pd.read_csv(tmp_path / "good.tsv", sep="\t")
    assert read["cluster_id"].tolist() == shown_ids(window)
    assert set(read["bombcell_label"]) == {"GOOD"}


def test_an_export_that_fails_says_why(window: Window, tmp_path: Path) -> None:
    window.actions_by_key.exports.export(window.session.selected, tmp_path / "nowhere" / "x.csv")
    assert window.session.wait_idle(WAIT_MS)
    assert "x.csv" in window.banner.text
    assert "cannot be written" in window.banner.text


def _never(*_: object) -> tuple[str, str]:
    pytest.fail("asked for a file")


def test_nothing_to_export(window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bcviewer.frame.export_actions.QFileDialog.getSaveFileName", _never)
    press(window, "1", "5", "1")  # an empty class: nothing is shown or selected
    press(window, "Ctrl+E", "Ctrl+Shift+E")
    assert window.status.currentMessage() == "No unit is shown."


# -- the report ------------------------------------------------------------------------------


def test_the_reports_command_takes_no_name_for_an_option(tmp_path: Path) -> None:
    place = RunLocation(tmp_path, tmp_path, "-x", "-o/etc/x", mode="--root=y")
    catalogue = Catalogue(Request("-dir", root="-r"), (place,), 0)
    command = report_command(catalogue, tmp_path / "a.html")
    given = report_parser().parse_args(command[command.index("report") + 1 :])
    assert (given.probe, given.mode, given.root) == ("-o/etc/x", "--root=y", "-r")
    assert given.paths == [str(Path.cwd() / "-dir")]
    assert given.output == str(tmp_path / "a.html")


@pytest.mark.slow
def test_a_report_runs_no_module_of_the_current_folder(
    window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("numpy", "argparse", "bcviewer"):
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    monkeypatch.chdir(tmp_path)
    window.actions_by_key.exports.report(tmp_path / "no" / "report.html")
    assert window.session.wait_idle(WAIT_MS)
    assert "there is no such folder to write to" in window.banner.text
    assert not (tmp_path / "ran").exists()


class Opener(QObject):
    """Stands for the desktop."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []

    @Slot(QUrl)
    def take(self, url: QUrl) -> None:
        self.opened.append(url.toLocalFile())


@pytest.mark.long
def test_a_report_that_is_written_can_be_opened_and_knows_the_curators(
    open_window: Any, tmp_path: Path
) -> None:
    window = open_window(write_recording(tmp_path / "ks", {"presenceRatio": [1.0, 0.5]}))
    press(window, "Home", "Alt+N")
    label = int(window.session.table.ids.cluster_id[window.session.scene.view.rows[0]])
    page = tmp_path / "report.html"
    window.actions_by_key.exports.report(page)
    assert window.session.wait_idle(60_000)
    assert window.banner.text == f"The report was written to {page}."
    text = page.read_text("utf-8")
    assert f'<tr><td class="data">unit {label}</td><td class="c NOISE">NOISE</td>' in text
    desktop = Opener()
    QDesktopServices.setUrlHandler("file", desktop, "take")
    try:
        click(window.banner.offer, window.banner.offer.rect().center())
    finally:
        QDesktopServices.unsetUrlHandler("file")
    assert desktop.opened == [str(page)]
    assert window.banner.isHidden()
    window.banner.show_error("another thing")
    assert window.banner.offer.isHidden()


# -- what is remembered ----------------------------------------------------------------------


def closed(window: Window) -> None:
    window.close()
    delete(window)


def from_header_menu(table: UnitTable, words: str) -> None:
    """Choose from the menu of the first column's head."""

    def choose() -> None:
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        next(a for a in menu.actions() if a.text().casefold() == words.casefold()).trigger()
        menu.close()

    header = table.horizontalHeader()
    QTimer.singleShot(0, choose)
    first = header.logicalIndex(0)
    place = QPoint(header.sectionViewportPosition(first) + 5, 5)
    header.customContextMenuRequested.emit(place)


@pytest.mark.long
def test_columns_order_and_widths_are_remembered(open_window: Any) -> None:
    first = open_window("demo")
    first.unit_table.set_shown_columns(["nSpikes", "label", "cluster_id"])
    first.unit_table.setColumnWidth(first.unit_table.unit_model.columns.index("nSpikes"), 177)
    first.unit_table.horizontalHeader().moveSection(0, 2)
    from_header_menu(first.unit_table, "Freeze up to “label”")
    closed(first)
    second = open_window("demo", "--probe", "B")
    view = second.unit_table
    assert view.shown_columns() == ["label", "cluster_id", "nSpikes"]
    assert view.columnWidth(view.unit_model.columns.index("nSpikes")) == 177
    assert view.frozen_count == 1


def test_columns_that_another_run_lacks_are_not_forgotten(open_window: Any, tmp_path: Path) -> None:
    window = open_window("demo")
    window.unit_table.set_shown_columns(["label", "ks_label", "nSpikes"])
    window.session.open(write_recording(tmp_path / "ks", KINDS))
    assert window.session.wait_idle(WAIT_MS)
    assert window.unit_table.shown_columns() == ["label", "nSpikes"]
    window.session.open(application.demo_path())
    assert window.session.wait_idle(WAIT_MS)
    assert window.unit_table.shown_columns() == ["label", "ks_label", "nSpikes"]


def test_the_layout_is_remembered(open_window: Any) -> None:
    first = open_window("demo")
    press(first, "F3")
    first.docks["classes"].hide()
    first.docks["why"].show()
    closed(first)
    second = open_window("demo")
    assert second.docks["classes"].isHidden()
    assert not second.docks["why"].isHidden()
    assert not second.docks["reasons"].isHidden()
    press(second, "F2")
    assert second.docks["reasons"].isHidden()
    press(second, "F3")
    assert not second.docks["why"].isHidden()
    second.actions_by_key.by_key["reset_layout"].trigger()
    assert second.docks["why"].isHidden()
    assert not second.docks["classes"].isHidden()


def test_docks_are_arranged_once_at_the_start(
    open_window: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    arranged: list[str] = []
    real = layouts.arrange

    def counted(window: Window, docks: Any, layout: str, beside: int) -> None:
        arranged.append(layout)
        real(window, docks, layout, beside)

    monkeypatch.setattr(layouts, "arrange", counted)
    window = open_window("demo")
    rest(window)  # what arrives after the first paint may ask for more room
    assert arranged == ["unit"]
    sizes = {key: dock.size() for key, dock in window.docks.items() if key in window.panels}
    window.arrange()  # now that it has its size
    rest(window)
    off = [window.docks[key].size() - size for key, size in sizes.items()]
    assert max(max(abs(d.width()), abs(d.height())) for d in off) <= 4  # pixels, of rounding


@pytest.mark.long
def test_reset_settings(open_window: Any) -> None:
    first = open_window("demo")
    press(first, "F3")
    first.unit_table.set_shown_columns(["label"])
    closed(first)
    assert Prefs().columns() == ["label"]
    second = open_window("demo", "--reset-settings")
    assert not second.docks["why"].isHidden()
    assert second.docks["reasons"].isHidden()
    assert second.unit_table.shown_columns()[:4] == ["label", "cluster_id", "rules", "reason"]


def test_a_damaged_settings_file_costs_the_settings_only(
    open_window: Any, config_dir: Path
) -> None:
    config_dir.mkdir()
    settings_file().write_bytes(
        b"[table]\ncolumns=nonsense, label\nwidths=label:99999999999, x\nfrozen=-3\n"
        b"[window]\nlayout=nonsense\ngeometry=@ByteArray(\\x1\\x2)\n"
        b"layout-unit=@ByteArray(nonsense)\n\x00\xff"
    )
    window = open_window("demo")
    assert window.unit_table.shown_columns()
    assert not window.docks["why"].isHidden()


# -- bombcell's own answer -------------------------------------------------------------------


def verdict(window: Window) -> str:
    return window.findChild(QLabel, "verificationLabel").text()


@pytest.mark.long
def test_bombcell_agrees(open_window: Any, helper_at_once: None) -> None:
    window = open_window("demo", idle=False)
    assert window.session.wait_idle(WAIT_MS)
    assert window.session.wait_verified(60_000)
    assert verdict(window).startswith("· 39 of 39 labels agree with bombcell 0.9")


def test_the_helper_cannot_start(
    open_window: Any, helper_at_once: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verify, "_command", lambda: ["no-such-program-of-ours"])
    window = open_window("demo")
    assert window.session.wait_verified(WAIT_MS)
    assert verdict(window).startswith("· not verified: the helper process does not start")
    press(window, "Down")
    assert current_id(window) == shown_ids(window)[1]


def test_the_helper_dies(
    open_window: Any, helper_at_once: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verify, "_command", lambda: [sys.executable, "-c", "raise SystemExit(3)"])
    window = open_window("demo")
    assert window.session.wait_verified(WAIT_MS)
    assert "not verified: the helper process died" in verdict(window)


def test_bombcell_wins_where_it_disagrees(open_window: Any, tmp_path: Path) -> None:
    window = open_window(write_recording(tmp_path / "ks", KINDS))
    session = window.session
    assert verdict(window) == "· asking bombcell …"
    codes = session.table.audit.label.copy()
    codes[0] = 3
    window.session.go_to_text("#0")
    verified_as(session, verify.Verification("verified", "0.94", codes))
    settle()
    assert verdict(window) == "· 4 of 5 labels agree with bombcell 0.94 (bombcell's are shown)"
    assert isinstance(window.unit_table.unit_model.table, Sheet)
    model = window.unit_table.unit_model
    labels = {model.unit_row(i): model.index(i, 0).data() for i in range(5)}
    assert labels[0] == "MUA"
    assert current_id(window) == 0
    why = window.panels["why"].text()
    assert "Bombcell itself says MUA, our rules say GOOD" in why
    assert window.findChild(QToolButton, "chip.disagreement").text() == "disagreement 1"


def test_closing_while_bombcell_is_asked(
    open_window: Any, helper_at_once: None, qtbot: Any
) -> None:
    window = open_window("demo", idle=False)
    bombcell = window.session.background.bombcell
    qtbot.waitUntil(lambda: bombcell.pid is not None, timeout=WAIT_MS)
    window.close()
    assert window.session.scene.verification is None
    assert bombcell.pid is None


def test_closing_while_loading(open_window: Any) -> None:
    window = open_window("demo", idle=False)
    window.close()
    settle()
    assert not window.session.opening._worker._thread.alive
    assert not window.docked.imports._thread.alive


# -- pictures, traces, errors ----------------------------------------------------------------


def test_screenshot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, open_window: Any) -> None:
    path = tmp_path / "shot.png"
    window = open_window("demo")
    monkeypatch.setattr(window.session, "wait_verified", lambda _: True)
    assert picture.screenshot(window, path) == 0
    image = QImage(str(path))
    assert image.size() == QSize(*picture.SCREENSHOT_SIZE) == QSize(1440, 900)
    colors = {image.pixel(x, y) for x in range(0, 1440, 40) for y in range(0, 900, 20)}
    assert len(colors) > 10
    assert not window.isVisible()


def test_screenshot_of_a_unit_that_is_not_there_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, open_window: Any
) -> None:
    """A script's picture of unit 99999 must not show another one."""
    window = open_window("demo", "--unit", "99999")
    monkeypatch.setattr(window.session, "wait_verified", lambda _: True)
    path = tmp_path / "shot.png"
    with pytest.raises(UserError, match="as unit 99999 is not in these results"):
        picture.screenshot(window, path, unit=99999)
    assert not path.exists()


def test_a_picture_of_a_unit_is_of_that_unit(window: Window) -> None:
    session = window.session
    unit = session.current_id()
    assert unit is not None
    assert picture.why_not_current(session, unit) == ""
    session.set_filter(f"cluster_id != {unit}")
    assert picture.why_not_current(session, unit) == f"unit {unit} is hidden"
    assert picture.why_not_current(session, 99999) == "unit 99999 is not in these results"


def test_screenshot_shows_what_belongs_to_its_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, open_window: Any
) -> None:
    window = open_window("demo", "--unit", "5")
    monkeypatch.setattr(window.session, "wait_verified", lambda _: True)
    window.show_layout("evidence")
    assert window.session.wait_idle(WAIT_MS)
    shapes: list[tuple[Any, Any]] = []
    grab = Window.grab

    def grabbed(shown: Window) -> Any:
        panel = shown.panels["amplitudes"]
        shapes.append((panel.cells.counts.shape, panel.plot.shape_of_cells()))
        return grab(shown)

    monkeypatch.setattr(Window, "grab", grabbed)
    assert picture.screenshot(window, tmp_path / "shot.png") == 0
    cells, wanted = shapes[0]
    assert cells == wanted


def test_screenshot_of_what_cannot_be_opened_is_an_error(keep: Any, tmp_path: Path) -> None:
    _, window = start([str(tmp_path / "nothing")])
    keep(window, shown=False)
    with pytest.raises(UserError, match="nothing"):
        picture.screenshot(window, tmp_path / "shot.png")


def test_screenshot_of_what_failed_as_nobody_thought_of_is_an_error(
    qtbot: Any, keep: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise OverflowError("int too large")

    monkeypatch.setattr("bcviewer.app.opening.opening.load", broken)
    with qtbot.capture_exceptions() as raised:
        _, window = start([str(tmp_path)])
        keep(window, shown=False)
        with pytest.raises(UserError, match="nothing was opened"):
            picture.screenshot(window, tmp_path / "shot.png")
    assert [kind for kind, *_ in raised] == [OverflowError]
    assert not (tmp_path / "shot.png").exists()


def test_screenshot_that_cannot_be_written(
    open_window: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = open_window("demo")
    monkeypatch.setattr(window.session, "wait_verified", lambda _: True)
    with pytest.raises(UserError, match="cannot be written"):
        picture.screenshot(window, tmp_path / "nowhere" / "shot.png")


def test_trace(qtbot: Any, open_window: Any, tmp_path: Path) -> None:
    path = tmp_path / "trace.jsonl"
    window = open_window("demo", "--trace", path)
    press(window, "Down")
    press(window, "1")
    press(window, "D")
    window.session.open(tmp_path / "nothing")
    assert window.session.wait_idle(WAIT_MS)

    def events() -> list[str]:
        return [json.loads(line)["event"] for line in path.read_text("utf-8").splitlines()]

    wanted = {"start", "window", "loaded", "painted", "plots", "step", "filter", "sort", "error"}
    qtbot.waitUntil(lambda: wanted <= set(events()), timeout=WAIT_MS)
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert events()[:2] == ["start", "window"]
    times = [line["t"] for line in lines]
    assert times == sorted(times)
    by_event = {line["event"]: line for line in lines}
    assert by_event["loaded"]["units"] == 39
    assert by_event["loaded"]["path"].endswith("bombcell")
    assert "nothing" in by_event["error"]["message"]
    assert by_event["step"]["ms"] >= 0


def test_a_trace_that_cannot_be_written_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(application, "set_up_log", lambda: None)
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)  # put back afterwards
    monkeypatch.setattr(application, "qInstallMessageHandler", lambda _: None)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    assert cli.main(["demo", "--trace", str(tmp_path)]) == cli.WRONG_USAGE
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_an_unexpected_error_is_shown_as_a_report(
    qtbot: Any, open_window: Any, capsys: pytest.CaptureFixture[str], keep: Any
) -> None:
    window = open_window("demo")
    try:
        raise ZeroDivisionError("<b>a defect</b>")
    except ZeroDivisionError as error:
        application.report(ZeroDivisionError, error, error.__traceback__)

    def dialogs() -> list[ErrorDialog]:
        return [w for w in QApplication.topLevelWidgets() if isinstance(w, ErrorDialog)]

    qtbot.waitUntil(lambda: len(dialogs()) == 1, timeout=WAIT_MS)
    dialog = keep(dialogs()[0])
    assert dialog.objectName() == "errorDialog"
    report = dialog.report.toPlainText()
    assert "ZeroDivisionError: <b>a defect</b>" in report
    assert "test_gui_window.py" in report
    assert report.startswith("bcviewer ")
    assert "ZeroDivisionError" in capsys.readouterr().err
    application.report(ValueError, ValueError("another"), None)  # the next repaint's
    settle()
    assert dialogs() == [dialog]
    button = next(b for b in dialog.findChildren(QPushButton) if b.text() == "Copy report")
    click(button, button.rect().center())
    assert QGuiApplication.clipboard().text() == report
    assert window.session.table is not None


def test_about_has_versions(window: Window) -> None:
    window.actions_by_key.by_key["about"].trigger()
    about = next(
        w for w in QApplication.topLevelWidgets() if w.objectName() == "aboutDialog"
    ).findChild(QTextBrowser)
    for word in ("bcviewer", "Python", "PySide6-Essentials", "bombcell", "GPL-3.0-or-later"):
        assert word in about.toPlainText()


def test_columns_dialog_from_the_menu(window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    from bcviewer.frame import dialog_actions

    def accept(dialog: Any) -> int:
        for i in range(dialog.list.count()):
            item = dialog.list.item(i)
            wanted = item.data(Qt.ItemDataRole.UserRole) in ("label", "silhouetteScore")
            item.setCheckState(Qt.CheckState.Checked if wanted else Qt.CheckState.Unchecked)
        return 1

    monkeypatch.setattr(dialog_actions.ColumnsDialog, "exec", accept)
    press(window, "Down", "Down")
    unit = current_id(window)
    window.actions_by_key.by_key["columns"].trigger()
    assert window.unit_table.shown_columns() == ["label", "silhouetteScore"]
    assert current_id(window) == unit


def test_what_was_read_while_the_window_was_built_is_drawn_before_the_event_loop(
    no_leaks: None,
) -> None:
    window = start(["demo"])[1]
    try:
        deadline = monotonic() + 30
        while not window.unit_table.unit_model.rowCount() and monotonic() < deadline:
            draw_what_is_read(window)
        assert window.unit_table.unit_model.rowCount()
        assert window.windowTitle() != "bcviewer"
    finally:
        window.close()
        delete(window)


def test_cells_that_fail_to_be_painted_end_no_start(
    no_leaks: None, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []

    def fail(*_: Any) -> None:
        raise ValueError("no such colour")

    monkeypatch.setattr(UnitTable, "make_ready", fail)
    monkeypatch.setattr(application, "report", lambda _, error, __: told.append(str(error)))
    window = start(["demo"])[1]
    try:
        with qtbot.capture_exceptions() as raised:
            qtbot.waitUntil(lambda: draw_what_is_read(window) or bool(told))
            qtbot.waitUntil(lambda: not window.docked.rows.busy)
        assert told == ["no such colour"]
        assert {str(error) for _, error, _ in raised} == {"no such colour"}
        assert window.unit_table.updatesEnabled()
    finally:
        window.close()
        delete(window)


class FirstFrames(QObject):
    """Notes what of a table was painted in each frame: its cells, or what covers it."""

    def __init__(self, window: Window) -> None:
        super().__init__()
        self._window = window
        self.frames: list[set[str]] = [set()]
        QApplication.instance().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        table = self._window.unit_table
        if event.type() == QEvent.Type.UpdateRequest and watched is self._window:
            self.frames.append(set())
        elif event.type() == QEvent.Type.Paint and watched.isWidgetType():
            names = {id(table.viewport()): "cells", id(self._window): "window"}
            name = names.get(id(watched))
            name = "cover" if isinstance(watched, Curtain) and watched.parent() is table else name
            self.frames[-1] |= {name} if name else set()
        return False


def test_a_start_paints_the_window_first_and_its_table_in_a_frame_of_its_own(
    no_leaks: None, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen: 57 ms for both on a slow machine."""
    monkeypatch.setattr(UnitTable, "make_ready", lambda *_: None)  # paints, on no screen
    window = start(["demo"])[1]
    seen = FirstFrames(window)
    try:
        deadline = monotonic() + 30
        while not window.unit_table.unit_model.rowCount() and monotonic() < deadline:
            draw_what_is_read(window)
        window.update()
        cover = window.unit_table.findChild(Curtain)
        assert cover.is_down
        qtbot.waitUntil(lambda: not cover.is_down)
        qtbot.waitUntil(lambda: "cells" in seen.frames[-1])
        with_cells = next(i for i, frame in enumerate(seen.frames) if "cells" in frame)
        assert any(frame >= {"window", "cover"} for frame in seen.frames[:with_cells])
        assert window.unit_table.updatesEnabled()
    finally:
        QApplication.instance().removeEventFilter(seen)
        window.close()
        delete(window)


def test_nothing_is_black_in_a_window_made_larger(window: Window) -> None:
    """Seen: where the table is, and not painted yet."""
    blacks: list[str] = []

    def look(when: str) -> None:
        image = window.screen().grabWindow(window.winId()).toImage()
        places = [(x, y) for x in range(5, image.width(), 40) for y in range(5, image.height(), 40)]
        n = sum(image.pixelColor(x, y).name() == "#000000" for x, y in places)
        if n > len(places) // 50:
            blacks.append(when)

    loop, timer, turns = QEventLoop(), QTimer(), iter(range(40))

    def step() -> None:
        turn = next(turns, None)
        if turn is None:
            loop.quit()
        elif turn == 5:
            window.resize(window.width() + 200, window.height() + 150)
        elif turn == 20:
            window.show_layout("overview")
        elif turn is not None and turn > 6:
            look(f"turn {turn}")

    timer.timeout.connect(step)
    timer.start(5)
    loop.exec()
    assert not blacks
