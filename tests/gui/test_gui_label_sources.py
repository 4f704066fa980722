"""Labels of others in the real window: read, kept beside one's own, compared, adopted, removed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from factories import sheet_of
from field_folder import field_folder
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from qt_fixtures import WAIT_MS, click, press, settle, shown_ids, write_recording

from bcviewer.app.curating.saying import NOT_OPEN
from bcviewer.core.rules.labels import Label
from bcviewer.core.sheet.book import Book
from bcviewer.frame.window import Window
from bcviewer.io.results.bombcell import read_run
from bcviewer.io.results.find import find_runs
from bcviewer.widgets.curate.export_labels import ExportLabelsDialog
from bcviewer.widgets.curate.import_labels import ImportLabelsDialog

N = 8
MODEL = "unit_id,prediction,probability\n0,sua,0.93\n1,mua,0.71\n2,noise,0.99\n3,neural,0.5\n"
SOURCE = "source:model.csv (prediction)"


@pytest.fixture
def window(open_window: Any, tmp_path: Path) -> Window:
    columns = {"presenceRatio": [1.0, 0.6] * (N // 2)}
    made: Window = open_window(write_recording(tmp_path / "ks", columns))
    made.session.set_sort("unit_index")
    press(made, "Home")
    return made


def import_dialog(qtbot: Any, window: Window, path: Path) -> ImportLabelsDialog:
    files = window.actions_by_key.label_files
    files.read_labels(path)
    qtbot.waitUntil(lambda: files._import is not None, timeout=WAIT_MS)
    return files._import


def back(qtbot: Any, window: Window) -> None:
    settle()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=WAIT_MS)


def kept(qtbot: Any, window: Window, tmp_path: Path, text: str = MODEL) -> None:
    path = tmp_path / "model.csv"
    path.write_text(text)
    dialog = import_dialog(qtbot, window, path)
    click(dialog.keep, dialog.keep.rect().center())
    back(qtbot, window)


def cells(window: Window, key: str) -> list[str]:
    model = window.unit_table.unit_model
    column = model.columns.index(key)
    return [model.index(i, column).data() for i in range(model.rowCount())]


def test_labels_that_are_not_open_go_to_no_file_and_come_from_none(
    qtbot: Any, window: Window, tmp_path: Path
) -> None:
    session, files = window.session, window.actions_by_key.label_files
    kept(qtbot, window, tmp_path)
    session.set_label(Label.NOISE)
    (place,) = find_runs(write_recording(tmp_path / "ks_B", {"presenceRatio": [1.0] * N}))
    a, b = session.scene.sheet, sheet_of(read_run(place))
    session.stage.become(book=Book([a, b]))
    session.viewing.rows.show_anew()
    assert session.view.n_shown == 2 * N
    heard: list[str] = []
    session.notice.connect(heard.append)

    session.set_current(N + 1)  # of the one whose labels are not open
    window.actions_by_key.by_key["export_labels"].trigger()
    files.read_labels(tmp_path / "model.csv")
    files.adopt("model.csv (prediction)")
    assert session.wait_idle(WAIT_MS)
    assert heard == [NOT_OPEN] * 2, "and there is no such source of that one"
    assert window.findChildren(ImportLabelsDialog) == []
    assert window.findChildren(ExportLabelsDialog) == []
    back(qtbot, window)


def test_a_models_labels_are_kept_beside_ones_own(
    qtbot: Any, window: Window, tmp_path: Path
) -> None:
    path = tmp_path / "model.csv"
    path.write_text(MODEL)
    dialog = import_dialog(qtbot, window, path)
    words = [
        tuple(dialog.words.item(row, column).text() for column in range(3))
        for row in range(dialog.words.rowCount())
    ]
    assert sorted(words) == [
        ("mua", "MUA", "1"),
        ("neural", "none of ours: not taken", "1"),
        ("noise", "NOISE", "1"),
        ("sua", "GOOD", "1"),
    ]
    assert not dialog._form.isRowVisible(dialog.column)
    assert not dialog._form.isRowVisible(dialog.ids)
    assert dialog.keep.isDefault()
    assert dialog.name.text() == "model.csv (prediction)"
    dialog.name.clear()
    press(dialog, "Tab")
    dialog.name.setFocus()
    press(dialog, "x", "Backspace")
    assert not dialog.keep.isEnabled()  # without a name
    dialog.name.setText("model.csv (prediction)")
    dialog.name.textEdited.emit(dialog.name.text())
    click(dialog.keep, dialog.keep.rect().center())
    back(qtbot, window)
    chosen = window.unit_table.chosen_columns()
    assert chosen[chosen.index("manual_label") + 1] == SOURCE
    assert SOURCE in window.unit_table.shown_columns()
    assert cells(window, SOURCE) == ["GOOD", "MUA", "NOISE", *"–" * (N - 3)]
    assert cells(window, "manual_label") == [""] * N  # adopted on the curator's word only
    assert window.session.curation.state.units == {}
    window.filter_bar.edit.setFocus()
    window.session.set_filter(f"`{SOURCE}` == 'mua' or `probability:model.csv (prediction)` > 0.95")
    assert shown_ids(window) == [1, 2]
    window.session.clear_filter()
    window.unit_table.setFocus()
    press(window, "Ctrl+Z")
    assert SOURCE not in window.unit_table.shown_columns()
    assert window.session.table.sources == ()
    press(window, "Ctrl+Y")
    assert SOURCE in window.unit_table.shown_columns()


def test_any_two_sources_are_compared_and_one_is_adopted(
    qtbot: Any, window: Window, tmp_path: Path
) -> None:
    kept(qtbot, window, tmp_path)
    window.show_layout("curate")
    window.docks["sources"].show()
    window.docks["sources"].raise_()
    panel = window.panels["sources"]
    qtbot.waitUntil(lambda: panel.seen, timeout=WAIT_MS)
    place = panel.second.findData(SOURCE)
    panel.second.setCurrentIndex(place)
    panel.second.activated.emit(place)
    header, rows = panel.numbers()
    assert header[0] == f"bombcell_label / {SOURCE}"
    assert tuple(rows[0]) == ("GOOD", 1, 0, 1, 2, 4)
    assert panel.kappa.text().startswith("2 of 3 agree (66.7%) · Cohen's κ 0.50")
    panel.menu.aboutToShow.emit()
    texts = [action.text() for action in panel.menu.actions() if action.text()]
    assert texts == [
        "Import labels…",
        "Take over “model.csv (prediction)”…",
        "Remove “model.csv (prediction)”",
    ]
    panel.menu.actions()[2].trigger()
    dialog = window.findChild(ImportLabelsDialog)
    assert dialog.windowTitle() == "Adopt labels"
    assert not dialog.keep.isVisible()
    assert dialog.apply.text() == "Take over 3 units"
    click(dialog.apply, dialog.apply.rect().center())
    back(qtbot, window)
    state = window.session.curation.state
    assert [state.label(i) for i in range(4)] == [Label.GOOD, Label.MUA, Label.NOISE, None]
    assert state.unit(0).by == "model.csv (prediction)"
    assert window.session.table.sources  # it stays what it was
    window.unit_table.setFocus()
    press(window, "Ctrl+Z")
    assert window.session.curation.state.units == {}
    assert window.session.table.sources
    panel.menu.aboutToShow.emit()
    panel.menu.actions()[3].trigger()
    assert window.session.table.sources == ()
    assert panel.second.findData(SOURCE) == -1
    press(window, "Ctrl+Z")
    assert panel.second.findData(SOURCE) > 0


def test_the_same_file_read_again_replaces_its_source(
    qtbot: Any, window: Window, tmp_path: Path
) -> None:
    kept(qtbot, window, tmp_path)
    path = tmp_path / "model.csv"
    path.write_text(MODEL.replace("1,mua", "1,noise"))
    dialog = import_dialog(qtbot, window, path)
    assert dialog.keep.text() == "Replace the label source"
    dialog.name.setFocus()
    press(dialog, "x")
    assert dialog.keep.text() == "Keep as a label source"
    press(dialog, "Backspace")
    click(dialog.keep, dialog.keep.rect().center())
    back(qtbot, window)
    assert cells(window, SOURCE)[:3] == ["GOOD", "NOISE", "NOISE"]
    assert len(window.session.table.sources) == 1
    press(window, "Ctrl+Z")
    assert cells(window, SOURCE)[:3] == ["GOOD", "MUA", "NOISE"]
    press(window, "Ctrl+Z")
    assert window.session.table.sources == ()


def test_a_source_that_is_there_already_is_shown_and_no_other(
    qtbot: Any, window: Window, tmp_path: Path
) -> None:
    kept(qtbot, window, tmp_path)
    path = tmp_path / "other.csv"
    path.write_text(MODEL)
    for file in (path, tmp_path / "model.csv"):
        before = window.unit_table.shown_columns()
        window.unit_table.set_shown_columns([key for key in before if ".csv" not in key])
        click((dialog := import_dialog(qtbot, window, file)).keep, dialog.keep.rect().center())
        back(qtbot, window)
        shown = [key for key in window.unit_table.shown_columns() if ".csv" in key]
        assert shown == [f"source:{file.name} (prediction)"]


def test_a_source_that_is_sorted_and_filtered_by_may_go(
    qtbot: Any, window: Window, tmp_path: Path
) -> None:
    kept(qtbot, window, tmp_path)
    window.session.set_sort(SOURCE)
    window.session.set_filter(f"not missing(`{SOURCE}`)")
    assert shown_ids(window) == [0, 1, 2]
    window.session.labelling.remove_source("model.csv (prediction)")
    settle()
    assert window.session.sort.column == "attention"
    assert "There is no column" in window.session.filter.error
    assert len(shown_ids(window)) == N
    window.grab()  # every cell on screen can be painted
    window.session.undo()
    assert sorted(shown_ids(window)) == [0, 1, 2]
    window.session.set_sort(SOURCE, True)
    window.session.reload()  # the journals are read after the tables
    assert window.session.wait_idle(WAIT_MS)
    assert (window.session.sort.column, window.session.filter.error) == (SOURCE, "")
    assert shown_ids(window) == [2, 1, 0]


def test_a_source_survives_a_restart_and_a_lost_disk(
    qtbot: Any, open_window: Any, window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept(qtbot, window, tmp_path)
    assert window.session.curation.wait_saved(WAIT_MS)
    window.close()
    again = open_window(tmp_path / "ks")
    (source,) = again.session.table.sources
    assert (source.name, source.labels[2], source.probability[2]) == (
        "model.csv (prediction)",
        Label.NOISE,
        0.99,
    )
    assert SOURCE in again.unit_table.shown_columns()  # as it was chosen
    again.close()
    monkeypatch.setenv("BCVIEWER_CONFIG_DIR", str(tmp_path / "another machine"))
    third = open_window(tmp_path / "ks")
    assert [s.name for s in third.session.table.sources] == ["model.csv (prediction)"]
    assert [line for line in journal_text(tmp_path / "ks") if '"kind":"source"' in line]


def journal_text(ks_dir: Path) -> list[str]:
    files = (ks_dir / "bombcell" / "bcviewer").glob("labels-*.jsonl")
    return [line for file in files for line in file.read_text("utf-8").splitlines()]


def test_spikeinterfaces_ids_are_matched_or_cluster_ids_on_the_persons_word(
    qtbot: Any, open_window: Any, shared: Path, tmp_path: Path
) -> None:
    top = field_folder(shared, tmp_path, "si_ids")
    window = open_window(top)
    ids = window.session.table.ids.cluster_id.tolist()
    entries = [
        {"unit_id": ids[0] * 2 + 7, "labels": {"quality": ["good"], "tag": ["noise"]}},
        {"unit_id": 100_000, "labels": {"quality": ["noise"]}},
    ]
    path = tmp_path / "curation.json"
    path.write_text(json.dumps({"format_version": "2", "manual_labels": entries}))
    dialog = import_dialog(qtbot, window, path)
    assert dialog._form.isRowVisible(dialog.ids)
    assert dialog._read.imported.labels == {ids[0]: Label.GOOD}
    assert "1 with an id that SpikeInterface has not here" in dialog._head.text()
    assert any("100000" in label.text() for label in dialog.findChildren(QLabel))
    dialog.column.setCurrentText("tag")
    dialog.column.activated.emit(1)
    qtbot.waitUntil(lambda: dialog._read.imported.column == "tag", timeout=WAIT_MS)
    assert dialog._read.imported.labels == {ids[0]: Label.NOISE}
    dialog.ids.setCurrentIndex(dialog.ids.findData("cluster"))
    dialog.ids.activated.emit(1)
    qtbot.waitUntil(lambda: dialog._read.imported.ids == "cluster", timeout=WAIT_MS)
    assert dialog._read.imported.column == "tag"
    assert dialog._read.imported.labels == {ids[0] * 2 + 7: Label.NOISE}
    path.write_text("{}")  # it changed meanwhile
    dialog.ids.activated.emit(1)
    qtbot.waitUntil(lambda: "no curation" in dialog._left.text(), timeout=WAIT_MS)
    assert not dialog.keep.isEnabled()
    assert not dialog.apply.isEnabled()
    press(dialog, "Escape")
    back(qtbot, window)
    assert window.session.table.sources == ()


def test_columns_of_other_programs_are_listed_apart(
    open_window: Any, window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ks = write_recording(tmp_path / "other")
    (ks / "cluster_ContamPct.tsv").write_text("cluster_id\tContamPct\n0\t12.5\n")
    shown = [*window.unit_table.shown_columns()]
    other = open_window(ks)
    seen: list[str] = []

    def accept(dialog: Any) -> int:
        texts = [dialog.list.item(i).text() for i in range(dialog.list.count())]
        seen.extend(texts[texts.index("from files beside (phy / Kilosort / others)") :])
        item = dialog.list.item(texts.index("ContamPct [.tsv]   ContamPct"))
        assert "Not a verdict of Bombcell" in item.toolTip()
        item.setCheckState(Qt.CheckState.Checked)
        return 1

    monkeypatch.setattr("bcviewer.frame.dialog_actions.ColumnsDialog.exec", accept)
    other.actions_by_key.by_key["columns"].trigger()
    assert seen == ["from files beside (phy / Kilosort / others)", "ContamPct [.tsv]   ContamPct"]
    assert cells(other, "ContamPct") == ["12.5"]
    header = other.unit_table.unit_model
    title = header.headerData(header.columns.index("ContamPct"), Qt.Orientation.Horizontal)
    assert title == "ContamPct [.tsv]"
    window.unit_table.set_shown_columns(shown[:4])  # a run without it forgets nothing
    assert window.prefs.columns() == [*shown[:4], "ContamPct"]
