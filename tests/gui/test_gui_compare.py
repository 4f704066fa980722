"""A comparison in the real window: by keys, its bar, dock, matrix and files; hidden where blind."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QLabel, QListWidget, QPushButton
from qt_fixtures import WAIT_MS, click, press, settle, write_recording

from bcviewer.core.rules.columns import BETWEEN
from bcviewer.core.rules.labels import Label
from bcviewer.core.sheet.queue import QueueSpec
from bcviewer.frame.compare_actions import CompareActions
from bcviewer.frame.window import Window
from bcviewer.widgets.chrome.compare_dialog import NONE_OFFERED, CompareDialog

# Each test leaves the window as no other may have it.
pytestmark = pytest.mark.slow

COLUMNS: dict[str, Any] = {
    "presenceRatio": [0.65, 0.9, 0.65, 0.5],
    "maxChannels": [0.0, 1.0, 2.0, 3.0],
}
OTHERS: dict[str, Any] = {**COLUMNS, "presenceRatio": [0.65, 0.9, 0.65, 0.8]}


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a recording of one probe in two run modes: other thresholds, and another metric."""
    top = tmp_path_factory.mktemp("compared")
    for mode, columns, params in (
        ("DEFAULT", COLUMNS, {}),
        ("NP2.0", OTHERS, {"minPresenceRatio": 0.6}),
    ):
        folder = top / "s1" / "bombcell" / f"bombcell_{mode}" / "kilosort4_A"
        write_recording(folder, columns, params)
    (top / "recording_config.json").write_text(
        '{"recording_name": "s1", "recordings_root": ".", "np20_probes": ["A"],'
        ' "probe_stream_names": {"A": "x"}}'
    )
    return top / "recording_config.json"


@pytest.fixture
def window(shared_window: Any, config: Path) -> Iterator[Window]:
    made: Window = shared_window(config)
    yield made
    made.session.comparing.end()
    made.session.viewing.rows.set_queue(None)
    made.session.clear_filter()
    made.docks["comparison"].hide()


def idle(window: Window) -> None:
    assert window.session.wait_idle(WAIT_MS)
    settle()


def choose(window: Window, act: Callable[[CompareDialog], None], by: str = "menu") -> list[str]:
    """Ask for another run, read what is offered, and do something in the dialog."""
    offered: list[str] = []

    def answer() -> None:
        dialog = QApplication.activeModalWidget()
        if not isinstance(dialog, CompareDialog):  # it has not come yet
            QTimer.singleShot(0, answer)
            return
        runs = dialog.findChild(QListWidget, "compareRuns")
        offered.extend(runs.item(i).text() for i in range(runs.count()))
        act(dialog)

    QTimer.singleShot(0, answer)
    ask(window) if by == "menu" else press(window, by)
    idle(window)
    return offered


def take(dialog: CompareDialog) -> None:
    press(dialog, "Return")


def leave(dialog: CompareDialog) -> None:
    press(dialog, "Escape")


def folder(dialog: CompareDialog) -> None:
    dialog.findChild(QPushButton, "compareFolder").click()


def ask(window: Window) -> None:
    window.actions_by_key.by_key["compare"].trigger()


def compared(window: Window) -> Window:
    choose(window, take)
    assert window.session.scene.comparison is not None
    return window


def test_keys_compare_with_the_other_run_mode_and_end_it(window: Window) -> None:
    before = window.unit_table.shown_columns()
    assert not window.docks["comparison"].isVisible()
    (offered,) = choose(window, take, by="Ctrl+D")
    assert offered.startswith("np20_rerun\n")
    bar = window.compared.bar
    assert bar.isVisible()
    assert bar.accessibleName().startswith("Compared with np20_rerun · ")
    assert "GOOD 4 → 1 (+0 −3): −2 because minPresenceRatio 0.6 → 0.7 alone" in (
        bar.accessibleName()
    )
    assert {"change", "cause", "because"} <= set(window.unit_table.shown_columns())
    assert window.filter_bar.chips.findChild(object, "chip.changed").text() == "changed 3"
    window.activateWindow()  # as a desktop does once the dialog is gone
    assert QTest.qWaitForWindowActive(window)
    press(window, "Down", "Ctrl+Shift+D")
    settle()
    assert not bar.isVisible()
    assert window.unit_table.shown_columns() == before
    assert choose(window, leave)
    assert window.session.scene.comparison is None
    assert not window.filter_bar.chips.findChild(object, "chip.changed").isVisible()


def test_what_needs_a_comparison_is_greyed_without_one_and_no_change_is_told(
    window: Window, config: Path, tmp_path: Path
) -> None:
    by_key = window.actions_by_key.by_key
    needy = [by_key[f"{what}_comparison"] for what in ("swap", "export", "end")]
    assert not any(action.isEnabled() for action in needy)
    same = write_recording(tmp_path / "same" / "kilosort4_A", COLUMNS)
    window.docked.show("comparison")
    idle(window)
    panel = window.panels["comparison"]
    assert not any(button.isEnabled() for button in panel.buttons.values())
    window.session.comparing.compare_with(same)
    idle(window)
    assert all(action.isEnabled() for action in needy)
    assert all(button.isEnabled() for button in panel.buttons.values())
    words = "No label changed: GOOD 1, MUA 3"
    assert words in window.compared.bar.accessibleName()
    assert words in panel.whys.text()
    by_key["end_comparison"].trigger()
    settle()
    assert not any(action.isEnabled() for action in needy)
    assert not any(button.isEnabled() for button in panel.buttons.values())


def test_links_of_the_bar_show_units_details_swap_and_end(window: Window) -> None:
    bar = compared(window).compared.bar
    assert "show the 3 lost" in bar.text()
    bar.linkActivated.emit("0")
    assert window.session.filter.text == "before == 'GOOD' and after != 'GOOD'"
    assert window.session.view.n_shown == 3
    bar.linkActivated.emit("details")
    idle(window)
    assert window.docks["comparison"].isVisible()
    assert not window.panels["comparison"].plot.isHidden()
    bar.linkActivated.emit("swap")
    idle(window)
    assert "GOOD 1 → 4 (+3 −0)" in bar.accessibleName()
    assert ", after this run" in bar.accessibleName()
    bar.linkActivated.emit("end")
    settle()
    assert not bar.isVisible()
    assert window.panels["comparison"].plot.isHidden()


def test_the_dock_says_why_and_a_cell_of_its_matrix_filters(window: Window) -> None:
    compared(window)
    window.docked.show("comparison")
    idle(window)
    panel = window.panels["comparison"]
    whys, rest = panel.whys.text(), panel.differences.text()
    assert "Why 3 units changed" in whys
    assert "because minPresenceRatio 0.6 → 0.7 alone" in whys
    assert "minPresenceRatio 0.6 → 0.7" in rest
    assert "presence ratio" in rest
    assert panel.labels == (Label.GOOD, Label.MUA)
    assert panel.plot.matrix.counts.tolist() == [[1, 3], [0, 0]]
    click(panel.plot.viewport(), panel.plot.cell_center(0, 1).toPoint())
    settle()
    assert window.session.filter.text == "before == 'GOOD' and after == 'MUA'"
    assert window.session.view.n_shown == 3
    for text in panel.links.values():
        window.session.set_filter(text)
        assert window.session.filter.error == ""
        assert window.session.view.n_shown
    panel.whys.linkActivated.emit("0")
    assert window.session.filter.text == "not missing(cause)"
    panel.copy()
    copied = QApplication.clipboard().text()
    assert "measured otherwise: none" in copied
    assert "GOOD 4 → 1 (+0 −3)" in copied


def test_why_names_both_labels_and_rows_are_copied_with_the_runs(window: Window) -> None:
    compared(window)
    window.session.go_to_id(0)
    window.session.wait_idle(WAIT_MS)
    settle()
    assert "GOOD → MUA: minPresenceRatio 0.6 → 0.7 alone" in window.panels["why"].text()
    assert window.panels["why"].verdict.label == "MUA", "the label of the run that is open"
    window.actions_by_key.by_key["copy_rows"].trigger()
    head, row = QApplication.clipboard().text().splitlines()
    assert head.endswith("\tcompared")
    assert "np20_rerun" in row


def test_files_of_the_window_are_those_of_the_command(
    window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    actions: CompareActions = window.actions_by_key.compare
    actions.do_export_comparison()
    assert "no comparison" in window.status.currentMessage()
    compared(window)
    page = tmp_path / "page.html"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(page), ""))
    window.panels["comparison"].buttons["export"].click()
    idle(window)
    assert "because minPresenceRatio 0.6 → 0.7 alone" in page.read_text("utf-8")
    actions.export(tmp_path / "table.csv")
    idle(window)
    with (tmp_path / "table.csv").open(encoding="utf-8") as file:
        rows = [*csv.DictReader(file)]
    assert [row["cause"] for row in rows] == ["thresholds", "", "thresholds", "measurement"]
    window.actions_by_key.exports.export(window.session.view.rows, tmp_path / "units.csv")
    idle(window)
    with (tmp_path / "units.csv").open(encoding="utf-8") as file:
        units = [*csv.DictReader(file)]
    assert {"compared_before", "compared_with"} <= set(units[0])
    assert all("np20_rerun" in unit["compared_with"] for unit in units)
    assert {unit["bombcell_label"] for unit in units} == {"GOOD", "MUA"}


def test_a_folder_elsewhere_is_asked_for_and_a_bad_one_is_a_line(
    window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))

    compared(window)
    said = window.compared.bar.accessibleName()
    choose(window, folder)
    assert window.banner.is_error
    assert window.compared.bar.accessibleName() == said, "what was compared stays"
    window.banner.clear()
    write_recording(tmp_path / "kilosort4_A", OTHERS)
    choose(window, folder)
    assert "GOOD 2 → 1 (+0 −1)" in window.compared.bar.accessibleName()


def test_a_blind_review_hides_all_of_it(window: Window) -> None:
    compared(window)
    window.docked.show("comparison")
    idle(window)
    panel, bar = window.panels["comparison"], window.compared.bar
    window.session.set_queue(QueueSpec("random", 2, seed=1, blind=True))
    idle(window)
    hidden = window.session.scene.book.hidden_rows().tolist()
    assert len(hidden) == 2
    table = window.session.table
    assert {table.text(name, row) for name in BETWEEN for row in hidden} == {""}
    for text in (bar.text(), panel.whys.text()):
        assert "hidden by the blind review" in text
        assert "→" not in text
    assert panel.plot.isHidden()
    assert panel.differences.isHidden()
    assert not panel.buttons["export"].isEnabled()
    QApplication.clipboard().setText("nothing")
    panel.copy()
    assert QApplication.clipboard().text() == "nothing"
    window.session.set_current(hidden[0])
    window.docked.show("why")
    settle()
    assert "compared with" not in window.panels["why"].text()
    ask(window)
    assert "blind review hides" in window.status.currentMessage()
    window.session.viewing.rows.reveal()
    idle(window)
    assert "GOOD 4 → 1" in bar.accessibleName()


def test_a_theme_changes_the_bar_too(window: Window) -> None:
    from bcviewer.frame.looks import apply_looks

    bar = compared(window).compared.bar
    before = bar.styleSheet()
    apply_looks("dark", 0)
    settle()
    assert bar.styleSheet() != before
    apply_looks("light", 0)
    settle()
    assert bar.styleSheet() == before


def test_where_no_other_run_is_known_a_folder_or_a_file_is_asked_for(window: Window) -> None:
    catalogue = window.session.catalogue
    dialog = CompareDialog(window, catalogue.location, [], catalogue.modes)
    assert NONE_OFFERED in [label.text() for label in dialog.findChildren(QLabel)]
    dialog.findChild(QPushButton, "compareConfig").click()
    assert (dialog.result(), dialog.place()) == (QDialog.DialogCode.Accepted.value, None)
    assert dialog.asks_for_file
    dialog.deleteLater()
