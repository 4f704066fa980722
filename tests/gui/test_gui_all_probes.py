"""All probes of a recording curated by keys: one table, a journal each."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.csv
import pytest
from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QLabel, QToolButton
from qt_fixtures import WAIT_MS, press, settle, write_recording

from bcviewer.app.opening import opening
from bcviewer.app.opening.report_job import report_command
from bcviewer.app.view import Marked, View
from bcviewer.app.wishes import GoTo, Select
from bcviewer.core.rules.labels import Label
from bcviewer.core.sheet.book import Book
from bcviewer.core.sheet.ids import GlobalRow
from bcviewer.frame.curate_actions import SPLIT_APART
from bcviewer.frame.window import Window

N = 3


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for i, probe in enumerate("AB"):
        columns = {"presenceRatio": [1.0, 0.65, 0.5], "maxChannels": [i * 10.0, 1.0, 2.0]}
        params = {"minPresenceRatio": 0.7 - 0.1 * i}
        write_recording(tmp_path / "session" / f"kilosort4_{probe}", columns, params)
    return tmp_path / "session"


@pytest.fixture
def window(as_people_open: None, open_window: Callable[..., Window], folder: Path) -> Window:
    window = open_window(folder)
    settle()
    return window


def named(window: Window) -> str:
    return str(window.session.table.named(window.session.current))


def reviewed(window: Window) -> list[list[int]]:
    every = window.session.saying.hearings.all
    return [sorted(one.curation.state.reviewed()) for one in every]


def test_units_of_two_probes_are_labelled_by_keys_each_in_its_own_journal(window: Window) -> None:
    session = window.session
    assert window.findChild(QToolButton, "probe.every").isChecked()
    assert window.windowTitle() == "session · All probes – bcviewer"
    assert window.unit_table.shown_columns()[0] == "probe"
    session.set_sort("probe")
    press(window, "Home")
    labels = ["Alt+G", "Alt+M", "Alt+N", "Alt+G", "Alt+M"]
    press(window, *labels)
    assert reviewed(window) == [[0, 1, 2], [0, 1]]
    assert named(window) == "unit B:2"
    press(window, "Ctrl+Z", "Ctrl+Z", "Ctrl+Z")
    assert reviewed(window) == [[0, 1], []]
    assert named(window) == "unit A:2"
    undo = window.actions_by_key.by_key["undo"].toolTip()
    assert undo.startswith("Undo: MUA for unit 1 in A")
    press(window, "Ctrl+Y", "Ctrl+Y")
    assert reviewed(window) == [[0, 1, 2], [0]]
    for hearing, codes in zip(session.saying.hearings.all, ["GMN", "G"], strict=True):
        state = hearing.curation.state
        wanted = {"G": Label.GOOD, "M": Label.MUA, "N": Label.NOISE}
        assert [state.label(i) for i in range(len(codes))] == [wanted[c] for c in codes]


def test_what_is_chosen_of_rows_that_were_left_is_no_other_unit(window: Window, qtbot: Any) -> None:
    """Seen: F5, and Ctrl+A before the table was told of it: an error, or units of another probe."""
    session, table, marked = window.session, window.unit_table, []
    panel = window.panels["probe"]
    window.docks["probe"].show()
    window.docks["probe"].raise_()
    qtbot.waitUntil(lambda: panel.scene is not None, timeout=WAIT_MS)
    panel.wish.emit(GoTo(GlobalRow(5)))
    assert session.current == 5, "what is wished of rows in place is granted"
    panel.wish.emit(Select(np.array([1, 2])))
    assert sorted(session.selected.tolist()) == [1, 2]

    def act() -> None:
        for row in (3, 4):  # one of the two is another one than before
            session.set_current(GlobalRow(row))
        before = session.scene
        book = Book([before.book.sheets[1]])
        session.stage.become(
            book=book, view=View.of(np.arange(N), np.ones(N, bool)), marked=Marked.one(GlobalRow(0))
        )
        assert session.stage.busy, "it is told in a turn of its own"
        for row in (1, 4):
            table.chosen.emit(row, np.array([row]))
            panel.wish.emit(GoTo(GlobalRow(row)))
            panel.wish.emit(Select(np.array([row])))
            marked.append(session.current)
        told = session.stage.told.current
        place = table.unit_model.place_of(GlobalRow(0 if told else 1))
        table.setCurrentIndex(table.unit_model.index(place, 0))
        assert table.current_unit() == told, "it highlights what it shows"
        session.stage.become(book=before.book, view=before.view, marked=before.marked)
        table.chosen.emit(1, np.array([1]))
        marked.append(session.current)

    QTimer.singleShot(0, act)
    qtbot.waitUntil(lambda: len(marked) == 3, timeout=WAIT_MS)
    assert marked == [0, 0, 1]


def test_what_differs_is_named_and_each_unit_is_judged_by_its_own_threshold(
    window: Window,
) -> None:
    text = window.banner.text
    assert "Parameters differ between the probes: minPresenceRatio 0.7 (A), 0.6 (B)." in text
    by_probe = window.session.table.labels.tolist()
    assert (by_probe[1], by_probe[N + 1]) == (Label.MUA, Label.GOOD)


def test_ids_go_with_their_probe(window: Window) -> None:
    session = window.session
    press(window, "Ctrl+G")
    press(window, "1", "Return")
    error = window.findChild(QLabel, "filterError")
    assert "1 is a unit of A and of B: write A:1." in error.text()
    press(window, "Esc")
    assert session.go_to_text("B1") == ""
    assert named(window) == "unit B:1"
    press(window, "Ctrl+A", "Ctrl+Shift+C")
    copied = QGuiApplication.clipboard().text().split()
    assert sorted(copied) == ["A:0", "A:1", "A:2", "B:0", "B:1", "B:2"]


def test_exports_and_report_are_of_all(window: Window, tmp_path: Path) -> None:
    session, path = window.session, tmp_path / "out.csv"
    window.actions_by_key.exports.export(session.view.rows, path)
    assert session.wait_idle(WAIT_MS)
    table = pyarrow.csv.read_csv(path)
    assert sorted(set(table["probe"].to_pylist())) == ["A", "B"]
    assert table.num_rows == 2 * N
    command = report_command(session.catalogue, tmp_path / "page.html")
    assert not any(word.startswith("--probe") for word in command)


def test_labels_go_out_and_in_of_all_probes(window: Window, tmp_path: Path) -> None:
    session = window.session
    for unit in ("A:0", "A:2", "B:2"):
        session.go_to_text(unit)
        press(window, "Alt+M")
    press(window, "Ctrl+L")
    dialog = window.actions_by_key.label_files.export_dialog
    for target, name in (("spikeinterface", "all.json"), ("table", "all.csv")):
        dialog.choose(target)
        dialog.path.setText(str(tmp_path / name))
        dialog.ask()
        assert session.wait_idle(WAIT_MS)
        text = dialog.preview.toPlainText()
        assert all(
            part in text for part in (["all_A.json", "all_B.json"] if target != "table" else [name])
        )
    assert "probe  cluster_id" in text.replace("\xa0", " ")  # an id alone says not whose it is
    dialog.write.click()
    assert session.wait_idle(WAIT_MS)
    table = pyarrow.csv.read_csv(tmp_path / "all.csv")
    said = zip(table["probe"].to_pylist(), table["cluster_id"].to_pylist(), strict=True)
    assert list(said) == [("A", 0), ("A", 2), ("B", 2)]
    for _ in range(3):
        session.undo()
    assert reviewed(window) == [[], []]
    window.actions_by_key.label_files.read_labels(tmp_path / "all.csv")
    assert session.wait_idle(WAIT_MS)
    asked: Any = window.findChild(QDialog, "importLabelsDialog")
    assert [line[:2] for line in asked.model.lines] == [
        ("new", "A:0"),
        ("new", "A:2"),
        ("new", "B:2"),
    ]
    asked.apply.click()
    assert reviewed(window) == [[0, 2], [2]]
    assert window.status.currentMessage().startswith("Labels or notes of 3 units taken over")
    session.undo()
    assert reviewed(window) == [[], []]


def test_one_probe_again_by_its_key_at_the_unit(window: Window) -> None:
    session = window.session
    session.go_to_text("B:2")
    press(window, "Ctrl+2")
    assert session.wait_idle(WAIT_MS)
    assert session.scene.book.probes == ("B",)
    assert session.current_id() == 2
    assert not window.findChild(QToolButton, "probe.every").isChecked()
    assert "differ" not in window.banner.text
    press(window, "Ctrl+0")
    assert session.wait_idle(WAIT_MS)
    assert named(window) == "unit B:2"
    assert session.scene.book.probes == ("B", "A")


def test_nonsoma_is_split_as_the_units_own_probe_does(
    as_people_open: None, open_window: Callable[..., Window], tmp_path: Path
) -> None:
    for i, probe in enumerate("AB"):
        params = {"splitGoodAndMua_NonSomatic": bool(i)}
        columns = {"presenceRatio": [1.0] * N, "maxChannels": [i * 10.0, 1.0, 2.0]}
        write_recording(tmp_path / "session" / f"kilosort4_{probe}", columns, params)
    window = open_window(tmp_path / "session")
    session = window.session
    for unit in ("A:0", "B:0"):
        session.go_to_text(unit)
        settle()
        press(window, "Alt+S")
    labels = [one.curation.state.label(0) for one in session.saying.hearings.all]
    assert labels == [Label.NON_SOMA, Label.NON_SOMA_GOOD]
    press(window, "Ctrl+A", "Alt+S")
    assert window.status.currentMessage() == SPLIT_APART
    assert reviewed(window) == [[0], [0]]


def test_a_probe_that_joins_takes_the_focus_from_nobody(
    as_people_open: None,
    open_window: Callable[..., Window],
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    qtbot: Any,
) -> None:
    go, load_further = threading.Event(), opening.load_further

    def held(*given: Any) -> Any:
        assert go.wait(WAIT_MS / 1000)
        return load_further(*given)

    monkeypatch.setattr(opening, "load_further", held)
    window = open_window(folder, idle=False)
    session = window.session
    qtbot.waitUntil(lambda: session.table is not None, timeout=WAIT_MS)
    settle()
    press(window, "/")
    here = window.focusWidget()
    assert here.objectName() == "filterEdit"
    go.set()
    assert session.wait_idle(WAIT_MS)
    settle()
    assert len(session.scene.book) == 2
    assert window.focusWidget() is here


def test_the_history_names_its_probe(window: Window) -> None:
    window.docks["history"].show()
    window.docks["history"].raise_()
    settle()
    panel: Any = window.panels["history"]
    window.session.go_to_text("B:0")
    press(window, "Alt+G")
    window.session.go_to_text("B:0")
    settle()
    assert panel.head.text() == "B: 1 action"
    window.session.go_to_text("A:0")
    settle()
    assert panel.head.text() == "A: Nothing was said yet."
