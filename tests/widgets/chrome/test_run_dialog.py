"""The dialog that asks what Bombcell is run with: its rows, what is typed, what is asked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLineEdit, QWidget
from qt_fixtures import settle

from bcviewer.app.opening.bombcell_job import PlannedRun, RunAsked
from bcviewer.core.comparison.run_parameters import RUN_PARAMETERS
from bcviewer.core.rules.settings import Settings
from bcviewer.io.results.run_plan import RunPlan
from bcviewer.io.results.run_sort import FoundSort
from bcviewer.widgets.chrome.run_dialog import RunDialog
from bcviewer.widgets.chrome.run_table import RunTable

KS = Path("/data/kilosort4_A")
Keep = Callable[[QWidget], Any]


@pytest.fixture
def table(keep: Keep) -> RunTable:
    table = keep(RunTable({"minNumSpikes": 50, "computeDrift": True}))
    table.show_values({"tauC": 0.0004, "minSNR": 3, "minPresenceRatio": 0.7})
    table.show()
    return table


@pytest.fixture
def dialog(keep: Keep) -> RunDialog:
    parent = keep(QWidget())
    return RunDialog(parent, KS, [("The parameters of x", None), ("d", None)], {}, "")


def shown(table: RunTable, name: str) -> str:
    item = table.item(table.row_of(name), 1)
    assert item is not None
    return item.text()


def type_in(table: RunTable, name: str, text: str) -> None:
    """Type a value by keys: F2, the text, Enter."""
    table.setCurrentCell(table.row_of(name), 1)
    table.setFocus()
    QTest.keyClick(table, Qt.Key.Key_F2)
    (edit,) = table.findChildren(QLineEdit)
    edit.selectAll()
    QTest.keyClick(edit, Qt.Key.Key_Delete)
    QTest.keyClicks(edit, text)
    QTest.keyClick(edit, Qt.Key.Key_Return)
    settle()  # the editor is gone


def test_what_is_not_a_default_is_on_top_in_bold(table: RunTable):
    top = [table.item(row, 0) for row in range(5)]
    assert [item.text() for item in top] == [
        "minNumSpikes",
        "minSNR",
        "computeDrift",
        "maxNPeaks",
        "maxNTroughs",
    ]
    assert [item.font().bold() for item in top] == [True, True, True, False, False]
    assert table.rowCount() == len(RUN_PARAMETERS)
    assert (shown(table, "minNumSpikes"), shown(table, "computeDrift")) == ("50", "on")
    assert (shown(table, "tauC"), shown(table, "gain_to_uV")) == ("0.0004", "none")


def test_a_value_is_typed_refused_and_taken_back(table: RunTable):
    changed, refused = [], []
    table.changed.connect(lambda: changed.append(dict(table.given)))
    table.refused.connect(refused.append)
    type_in(table, "minSNR", "4.5")
    assert changed[-1]["minSNR"] == 4.5
    type_in(table, "minSNR", "x")
    assert shown(table, "minSNR") == "4.5"
    assert refused == ["minSNR=x: is a threshold. Give a number, as 0.6 or 1e-3."]
    type_in(table, "minSNR", "")
    assert (shown(table, "minSNR"), "minSNR" in table.given) == ("3", False)
    assert len(changed) == 2


def test_a_flag_is_switched_by_keys_and_mouse(table: RunTable):
    row = table.row_of("computeDrift")
    table.setCurrentCell(row, 1)
    table.setFocus()
    QTest.keyClick(table, Qt.Key.Key_Space)
    assert (table.given["computeDrift"], shown(table, "computeDrift")) == (False, "off")
    QTest.keyClick(table, Qt.Key.Key_Return)  # and not the dialog's button
    assert (table.given["computeDrift"], shown(table, "computeDrift")) == (True, "on")
    place = table.visualItemRect(table.item(row, 0)).center()
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    QTest.mouseDClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert table.given["computeDrift"] is False
    QTest.keyClick(table, Qt.Key.Key_Delete)
    assert "computeDrift" not in table.given
    assert shown(table, "computeDrift") == "off"


def test_it_can_be_searched(table: RunTable):
    table.filter("refractory period")
    visible = [n for n in RUN_PARAMETERS if not table.isRowHidden(table.row_of(n))]
    assert "tauR_values" in visible
    assert "minSNR" not in visible
    table.filter("")
    assert not any(table.isRowHidden(row) for row in range(table.rowCount()))


def planned(asked: RunAsked, **changes: Any) -> PlannedRun:
    given = {"raw": "", "meta": "", "notes": ("no raw file.",), **changes}
    sort = FoundSort(KS, 15, 0, False, "", Settings({}), False, 61, None)
    plan = RunPlan(sort, {"extractRaw": False}, **given)
    return PlannedRun(asked, plan, KS / (asked.name or "bombcell_2"))


def test_run_waits_for_the_answer_to_the_last_question(dialog: RunDialog):
    asked: list[RunAsked] = []
    dialog.asked.connect(asked.append)
    dialog.start()
    assert (len(asked), dialog.run.isEnabled()) == (1, False)
    dialog.show_planned(planned(asked[0]))
    assert (dialog.run.isEnabled(), dialog.name.text()) == (True, "bombcell_2")
    assert dialog.notes.text() == "• No raw file."
    QTest.keyClicks(dialog.name, "b")
    assert (asked[-1].name, dialog.run.isEnabled()) == ("bombcell_2b", False)
    dialog.show_planned(planned(asked[0]))
    assert not dialog.run.isEnabled()
    assert asked[-1].sort is not None  # it is not looked through for each key
    dialog.show_planned(PlannedRun(asked[-1], why="It is there already."))
    assert (dialog.run.isEnabled(), dialog.notes.text()) == (False, "✗ It is there already.")


@pytest.mark.parametrize("name", ["..", "a/b", "a\\b", " "])
def test_what_is_no_name(dialog: RunDialog, name: str):
    asked: list[RunAsked] = []
    dialog.start()
    dialog.asked.connect(asked.append)
    dialog.name.clear()
    QTest.keyClicks(dialog.name, name)
    assert "is no name for a folder" in dialog.notes.text()
    assert not dialog.run.isEnabled()


def test_a_raw_file_is_chosen(dialog: RunDialog, monkeypatch: pytest.MonkeyPatch):
    asked: list[RunAsked] = []
    dialog.asked.connect(asked.append)
    dialog.start()
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("/r.bin", ""))
    button = next(b for b in dialog.findChildren(QWidget) if b.objectName() == "runRawChoose")
    button.click()
    assert asked[-1].raw == "/r.bin"
    dialog.show_planned(planned(asked[-1], raw="/r.bin", notes=()))
    assert not dialog.notes.isVisible()
