"""Curation by keys and mouse in the real window: what is pressed, shown, saved and found again."""

from __future__ import annotations

import errno
import os
import shutil
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from phy_recordings import merge, write_sorted
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QLabel,
    QMessageBox,
    QPushButton,
    QTextBrowser,
    QToolButton,
)
from qt_fixtures import (
    WAIT_MS,
    click,
    click_unit,
    current_id,
    delete,
    press,
    settle,
    shown_ids,
    write_recording,
)

from bcviewer.app.prefs import data_folder
from bcviewer.core.curation.draft import Draft
from bcviewer.core.rules.labels import Label
from bcviewer.core.sheet.queue import QueueSpec
from bcviewer.frame import curate_actions
from bcviewer.frame.menus import UNIT_MENU
from bcviewer.frame.window import Window
from bcviewer.io import names
from bcviewer.io.journal import append_file
from bcviewer.io.journal.draft_file import draft_path, read_drafts, write_drafts
from bcviewer.io.spikes import recording
from bcviewer.widgets.curate.export_labels import ExportLabelsDialog
from bcviewer.widgets.curate.import_labels import ImportLabelsDialog

# What is typed and said leaves no window as it was: nearly each test has a new one.
pytestmark = pytest.mark.slow

N = 8
COLUMNS: dict[str, Any] = {
    "presenceRatio": [1.0, 0.6, 1.0, 0.5, 1.0, 0.4, 1.0, 0.3],
    "nSpikes": [2400.0 - 10 * i for i in range(N)],
}
SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return eight units, GOOD and MUA in turn."""
    return write_recording(
        tmp_path_factory.mktemp("curate") / "ks",
        COLUMNS,
        saved=["GOOD", "MUA"] * (N // 2),
        params_py=True,
    )


@pytest.fixture
def window(shared_window: Any, folder: Path) -> Window:
    made: Window = shared_window(folder)
    made.session.set_sort("unit_index")
    press(made, "Home")
    assert current_id(made) == 0
    return made


def said(window: Window) -> dict[int, str]:
    """Return the manual labels that the table itself shows, by cluster id."""
    model = window.unit_table.unit_model
    ids, label = model.columns.index("cluster_id"), model.columns.index("manual_label")
    rows = range(model.rowCount())
    texts = {int(model.index(i, ids).data()): model.index(i, label).data() for i in rows}
    return {cluster: text for cluster, text in texts.items() if text}


def action(window: Window, key: str) -> Any:
    return window.actions_by_key.by_key[key]


def fill_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(append_file.os, "write", full)


# -- labels ----------------------------------------------------------------------------------


def test_each_key_gives_its_label_and_goes_on(window: Window) -> None:
    press(window, "Alt+G", "Alt+M", "Alt+N", "Alt+S")
    assert said(window) == {0: "GOOD", 1: "MUA", 2: "NOISE", 3: "NON-SOMA"}
    assert current_id(window) == 4
    press(window, "Up", "Alt+U")
    assert said(window) == {0: "GOOD", 1: "MUA", 2: "NOISE"}
    assert window.session.curation.state.reviewed() == {0, 1, 2}


def test_advancing_can_be_switched_off_and_is_remembered(window: Window) -> None:
    action(window, "advance").trigger()
    press(window, "Alt+M")
    assert current_id(window) == 0
    assert not window.prefs.advance()
    action(window, "advance").trigger()
    press(window, "Alt+G")
    assert current_id(window) == 1


def test_a_run_that_splits_has_two_keys(open_window: Any, tmp_path: Path) -> None:
    params = {"splitGoodAndMua_NonSomatic": True}
    window = open_window(write_recording(tmp_path / "ks", COLUMNS, params))
    window.session.set_sort("unit_index")
    press(window, "Home", "Alt+S", "Alt+Shift+S")
    assert said(window) == {0: "NON-SOMA GOOD", 1: "NON-SOMA MUA"}
    assert "does not split" not in window.status.currentMessage()
    buttons = [b for b in window.curate_bar.findChildren(QToolButton) if b.isVisible()]
    assert len([b for b in buttons if b.objectName().startswith("curate.label_")]) == 6


def test_a_run_that_does_not_split_has_no_second_key(window: Window) -> None:
    press(window, "Alt+Shift+S")
    assert said(window) == {}
    assert not action(window, "label_nonsoma_mua").isVisible()
    words = window.status.currentMessage()
    assert "does not split NON-SOMA (splitGoodAndMua_NonSomatic is off)" in words
    assert "Alt+S gives NON-SOMA" in words


def test_the_bar_says_of_many_units_what_is_so_of_each(window: Window) -> None:
    bar = window.curate_bar
    words = bar.findChild(QLabel, "manualLabel")
    press(window, "Alt+G", "Alt+G", "Alt+N", "Home")
    assert words.text() == "GOOD"
    click_unit(window, 1, SHIFT)
    assert (bar.findChild(QLabel, "labelGoesTo").text(), words.text()) == ("2 units", "GOOD")
    click_unit(window, 2, SHIFT)
    assert words.text() == "3 of 3 reviewed"
    press(window, "Ctrl+A")
    assert words.text() == f"3 of {N} reviewed"
    click_unit(window, 4)
    click_unit(window, 5, SHIFT)
    assert words.text() == "not reviewed"


def test_many_selected_units_are_one_step(window: Window) -> None:
    click_unit(window, 1)
    click_unit(window, 4, SHIFT)
    many = window.curate_bar.findChild(QToolButton, "curate.label_mua")
    assert window.curate_bar.findChild(QLabel, "labelGoesTo").text() == "4 units"
    click(many, many.rect().center())
    assert said(window) == dict.fromkeys((1, 2, 3, 4), "MUA")
    assert action(window, "undo").text().replace("&", "") == "Undo: MUA for 4 units"
    press(window, "Ctrl+Z")
    assert said(window) == {}
    assert action(window, "redo").text().replace("&", "") == "Redo: MUA for 4 units"
    press(window, "Ctrl+Y")
    assert said(window) == dict.fromkeys((1, 2, 3, 4), "MUA")


def test_undo_and_redo_are_grey_where_there_is_nothing(window: Window) -> None:
    assert not action(window, "undo").isEnabled()
    assert action(window, "undo").toolTip().startswith("Nothing to undo")
    press(window, "Alt+N")
    assert action(window, "undo").isEnabled()
    assert not action(window, "redo").isEnabled()
    press(window, "Ctrl+Z")
    assert not action(window, "undo").isEnabled()
    assert action(window, "redo").isEnabled()
    press(window, "Ctrl+Shift+Z")
    assert said(window) == {0: "NOISE"}


def test_undo_goes_to_the_unit_it_changed(window: Window) -> None:
    press(window, "Alt+M", "End", "Ctrl+Z")
    assert current_id(window) == 0
    assert window.status.currentMessage() == "Undid MUA for unit 0: no label again."


def test_labels_and_undo_are_there_after_a_restart(
    open_window: Any, window: Window, folder: Path
) -> None:
    press(window, "Alt+M", "Alt+N", "T")
    QTest.keyClicks(window.curate_bar.edit, "drifts")
    press(window, "Return")
    window.close()
    delete(window)
    again = open_window(folder)
    again.session.set_sort("unit_index")
    assert said(again) == {0: "MUA", 1: "NOISE"}
    assert action(again, "undo").text().replace("&", "") == "Undo: note of unit 2"
    press(again, "Ctrl+Z", "Ctrl+Z")
    assert said(again) == {0: "MUA"}
    press(again, "Ctrl+Shift+Z")
    assert said(again) == {0: "MUA", 1: "NOISE"}


# -- the table -------------------------------------------------------------------------------


@pytest.mark.parametrize("column", ["manual_label", "reviewed", "manual_at"])
def test_the_place_is_kept_where_a_label_sorts_the_table(window: Window, column: str) -> None:
    window.session.set_sort(column)
    press(window, "Home")
    before = shown_ids(window)
    for place in range(3):
        assert current_id(window) == before[place]
        press(window, "Alt+M")
    assert said(window) == dict.fromkeys(before[:3], "MUA")


def test_a_filter_by_label_hides_what_was_labelled_and_goes_on(window: Window) -> None:
    press(window, "/")
    QTest.keyClicks(window.filter_bar.edit, "not reviewed ")
    press(window, "Return")
    press(window, "Home", "Alt+G", "Alt+M")
    assert shown_ids(window) == [2, 3, 4, 5, 6, 7]
    assert current_id(window) == 2
    assert window.filter_bar.count.text() == "6 of 8 shown"


def test_a_label_repaints_its_row_only(window: Window) -> None:
    model = window.unit_table.unit_model
    told: list[tuple[int, int]] = []
    model.dataChanged.connect(lambda a, b: told.append((a.row(), b.row())))
    press(window, "Down", "Down", "Alt+M")
    assert set(told) == {(2, 2)}
    said = model.columns.index("manual_label")
    assert model.cell(2, said).sign is not None
    assert "reviewed: MUA" in model.index(2, model.columns.index("label")).data(
        Qt.ItemDataRole.ToolTipRole
    )
    assert model.cell(3, said).sign is None


def test_going_to_what_is_left(window: Window) -> None:
    press(window, "Alt+G", "Alt+G", "N")
    assert current_id(window) == 3
    press(window, "Shift+N")
    assert current_id(window) == 2
    press(window, "Home", "O")  # unit 1 is MUA, and was called GOOD
    assert current_id(window) == 1


# -- the note, and text fields ---------------------------------------------------------------


def test_a_note_is_written_and_saved_with_enter(window: Window) -> None:
    press(window, "T")
    edit = window.curate_bar.edit
    assert window.focusWidget() is edit
    QTest.keyClicks(edit, "two units? n 1")
    press(window, "Return")
    assert window.focusWidget() is window.unit_table
    assert window.curate_bar.note.text().startswith("“two units? n 1” ")  # who, when
    assert window.session.table.text("note", 0) == "two units? n 1"
    press(window, "T")
    assert edit.text() == "two units? n 1"
    QTest.keyClicks(edit, "x")
    press(window, "Esc")
    assert window.session.table.text("note", 0) == "two units? n 1"
    assert action(window, "undo").text().replace("&", "") == "Undo: note of unit 0"


def note_for(window: Window) -> str:
    words = window.curate_bar.findChild(QLabel, "noteFor")
    assert words.isVisible() == window.curate_bar.writing
    return words.text()


def test_a_note_names_its_unit_also_once_a_label_has_moved_on(window: Window) -> None:
    """Seen: Alt+M, then a note on what was seen: it was the next unit's."""
    press(window, "Alt+M", "T")
    assert note_for(window) == "note for unit 1:"
    press(window, "Esc", "Up", "T")
    assert note_for(window) == "note for unit 0:"
    QTest.keyClicks(window.curate_bar.edit, "drifts")
    press(window, "Return")
    assert window.session.table.text("note", 0) == "drifts"
    assert note_for(window)


def test_a_note_for_many_units(window: Window) -> None:
    press(window, "Ctrl+A", "T")
    edit = window.curate_bar.edit
    assert note_for(window) == "note for 8 units:"
    assert edit.placeholderText() == ""
    QTest.keyClicks(edit, "ok")
    press(window, "Return")
    assert {window.session.table.text("note", i) for i in range(N)} == {"ok"}


def test_a_note_being_written_stays_with_its_unit(window: Window) -> None:
    press(window, "T")
    QTest.keyClicks(window.curate_bar.edit, "of unit 0")
    window.session.set_current(5)  # a click in a plot, which takes no focus
    assert window.session.table.text("note", 0) == "of unit 0"
    assert window.session.table.text("note", 5) == ""
    press(window, "T")
    QTest.keyClicks(window.curate_bar.edit, "of unit 5")
    click_unit(window, 3)
    assert window.session.table.text("note", 5) == "of unit 5"
    assert window.session.table.text("note", 3) == ""


def test_a_note_goes_on_after_a_glance_at_another_program(
    window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen: a click in phy, which is followed, saved half a note; its other half were keys."""
    bar = window.curate_bar
    press(window, "T")
    QTest.keyClicks(bar.edit, "burst")
    monkeypatch.setattr(QApplication, "activeWindow", lambda: None)
    window.session.set_current(5)  # phy selected it
    assert bar.writing
    monkeypatch.undo()
    QTest.keyClicks(bar.edit, "ing")
    assert note_for(window) == "note for unit 0:"
    press(window, "Return")
    assert window.session.table.text("note", 0) == "bursting"
    assert window.session.table.text("note", 5) == ""
    assert window.session.current == 5


@pytest.mark.parametrize("where", ["filter", "note", "go to"])
def test_the_curators_keys_are_typed_in_text_fields(window: Window, where: str) -> None:
    press(window, "Alt+M")  # something that undo could take back
    press(window, {"filter": "/", "note": "T", "go to": "Ctrl+G"}[where])
    edit = window.focusWidget()
    QTest.keyClicks(edit, "12")
    press(window, "Alt+G", "Alt+M", "Alt+N", "Alt+S", "Alt+U", "Ctrl+Y", "N", "O", "T")
    assert edit.text() == "12not"
    press(window, "Ctrl+Z")
    assert edit.text() == ""
    press(window, "Ctrl+Z", "Ctrl+Shift+Z")
    assert edit.text() != ""
    assert said(window) == {0: "MUA"}
    assert len(window.session.curation.state.order) == 1


def test_the_keys_are_back_when_the_text_field_is_left(window: Window) -> None:
    press(window, "/", "Esc", "Alt+N")
    assert said(window) == {0: "NOISE"}


# -- where it is saved -----------------------------------------------------------------------


def test_the_status_bar_says_how_many_and_where(qtbot: Any, window: Window) -> None:
    press(window, "Alt+M", "Alt+M")
    assert window.session.curation.wait_saved(WAIT_MS)
    save = window.session.curation.save
    qtbot.waitUntil(
        lambda: window.status.saved.text() == f"· 2 reviewed, saved {save.at:%H:%M}",
        timeout=WAIT_MS,
    )
    assert "in the results" in window.status.saved.toolTip()


def test_what_is_not_saved_is_not_shown_and_cannot_be_overlooked(
    window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    press(window, "Alt+G")
    with monkeypatch.context() as patch:
        fill_disk(patch)
        press(window, "Alt+M")
    assert said(window) == {0: "GOOD"}
    assert current_id(window) == 1
    assert window.banner.is_error
    assert "no space left" in window.banner.text
    assert window.status.saved.text().startswith("✗ 1 reviewed, not saved")
    press(window, "Alt+M")
    assert said(window) == {0: "GOOD", 1: "MUA"}
    assert window.banner.isHidden()
    assert window.status.saved.text().startswith("· 2 reviewed, saved")


def test_a_note_that_is_not_saved_stays_in_its_line(
    window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    press(window, "T")
    edit = window.curate_bar.edit
    QTest.keyClicks(edit, "long thoughts")
    with monkeypatch.context() as patch:
        fill_disk(patch)
        press(window, "Return")
    assert window.banner.is_error
    assert edit.isVisible()
    assert edit.text() == "long thoughts"
    press(window, "Return")
    assert window.session.table.text("note", 0) == "long thoughts"


def drafts() -> list[Path]:
    return sorted((data_folder() / names.DRAFTS).rglob("*.json"))


def test_a_note_is_kept_while_it_is_typed_until_it_ends(qtbot: Any, window: Window) -> None:
    edit, person = window.curate_bar.edit, window.session.scene.person
    for keys, ends in (("thoughts", "Return"), (" of it", "Esc")):
        press(window, "T")
        assert drafts() == []
        QTest.keyClicks(edit, keys)
        qtbot.waitUntil(lambda: len(drafts()) == 1)
        press(window, ends)
        qtbot.waitUntil(lambda: drafts() == [])
    press(window, "T")
    QTest.keyClicks(edit, "!")
    qtbot.waitUntil(lambda: len(drafts()) == 1)
    assert read_drafts(drafts()[0], person) == (Draft((0,), "thoughts!"),)
    QTest.keyClick(edit, Qt.Key.Key_Backspace)  # as it was: nothing is lost
    qtbot.waitUntil(lambda: drafts() == [])
    press(window, "Esc")


def test_a_note_left_unsaved_is_said_and_gone_on_with(qtbot: Any, window: Window) -> None:
    """What was found after a crash: said at its unit, never written by itself."""
    bar, session, person = window.curate_bar, window.session, window.session.scene.person
    key = session.curation.journals.store.key.primary
    path = draft_path(data_folder(), key, person, "20260101T000000-1-abcdef")
    write_drafts(path, person, [Draft((1,), "half a tho")])
    session.curation.refresh()
    qtbot.waitUntil(lambda: len(session.scene.drafts) == 1, timeout=WAIT_MS)
    assert "A note of unit 1 was not saved" in window.status.currentMessage()
    press(window, "Down")
    assert current_id(window) == 1
    assert bar.note.text() == "not saved: “half a tho” (T goes on)"
    assert "half a tho" in bar.note.toolTip()
    press(window, "Down", "Up")  # to walk past it writes nothing
    assert window.session.table.text("note", 1) == ""
    press(window, "T")
    assert note_for(window) == "unsaved note for unit 1:"
    assert bar.edit.text() == "half a tho"
    press(window, "Return")
    assert window.session.table.text("note", 1) == "half a tho"
    assert session.scene.drafts == ()
    assert bar.note.text().startswith("“half a tho”")


def test_a_results_folder_that_cannot_be_written_is_said(
    qtbot: Any, window: Window, folder: Path
) -> None:
    """Root may write everywhere, so a file takes the name of the folder of journals."""
    (folder / "bombcell" / names.JOURNAL_FOLDER).write_text("", "utf-8")
    press(window, "Alt+M")
    qtbot.waitUntil(lambda: "only" in window.status.saved.text(), timeout=WAIT_MS)
    assert said(window) == {0: "MUA"}
    assert "on this computer only" in window.status.saved.text()


def test_units_that_are_gone_are_in_the_banner_and_the_history(
    open_window: Any, window: Window, folder: Path
) -> None:
    press(window, "Alt+M", "End", "Alt+N")
    assert window.session.curation.wait_saved(WAIT_MS)
    journals = sorted((folder / "bombcell" / names.JOURNAL_FOLDER).iterdir())
    kept = [path.read_bytes() for path in journals]
    text = kept[0].replace(b'"unit":7', b'"unit":70')
    window.close()
    delete(window)
    for path in journals:
        path.write_bytes(text)
    local = next(Path(os.environ["BCVIEWER_CONFIG_DIR"]).glob("journals/*/*.jsonl"))
    local.write_bytes(text)
    again = open_window(folder)
    assert "Labels or notes of 1 unit that these results do not have: 70." in again.banner.text
    again.show_layout("curate")
    again.docks["history"].raise_()
    settle()
    history = again.panels["history"]
    assert history.model.index(0, 2).data() == "unit 70: no label → NOISE  (not in these results)"
    assert "70" in history.gone.text()


# -- docks -----------------------------------------------------------------------------------


def show_curate(window: Window) -> None:
    press(window, "F7")
    window.docks["sources"].raise_()
    assert window.session.wait_idle(WAIT_MS)
    window.docks["history"].raise_()
    assert window.session.wait_idle(WAIT_MS)
    assert window.panels["history"].seen


@pytest.fixture
def curating(shared_window: Any, folder: Path) -> Window:
    """Return the window with the Curate layout."""
    made: Window = shared_window(folder, ready=show_curate)
    made.session.set_sort("unit_index")
    press(made, "Home")
    return made


def test_the_history_is_newest_first_and_goes_to_units(curating: Window) -> None:
    window, panel = curating, curating.panels["history"]
    press(window, "Alt+M", "Alt+N", "Ctrl+Z")
    lines = [panel.model.index(i, 2).data() for i in range(panel.model.rowCount())]
    assert lines == [
        "undid NOISE for unit 1: no label again",
        "unit 1: no label → NOISE",
        "unit 0: no label → MUA",
    ]
    struck = [
        font is not None and font.strikeOut()
        for i in range(3)
        for font in [panel.model.index(i, 2).data(Qt.ItemDataRole.FontRole)]
    ]
    assert struck == [False, True, False]
    press(window, "End")
    place = panel.list.visualRect(panel.model.index(2, 2)).center()
    click(panel.list.viewport(), place)
    assert current_id(window) == 0
    press(window, "Alt+G")  # keys stay the table's
    assert said(window)[0] == "GOOD"


def test_people_who_disagree_are_marked(curating: Window) -> None:
    window, panel = curating, curating.panels["history"]
    window.actions_by_key.files.set_person("anna")
    press(window, "Alt+M")
    window.actions_by_key.files.set_person("ben")
    assert not action(window, "undo").isEnabled()  # not his
    press(window, "Home", "Alt+N")
    assert panel.model.index(0, 2).data() == "⚡ unit 0: MUA → NOISE"
    assert panel.head.text() == "2 actions by 2 people"
    click(panel.apart, panel.apart.rect().center())
    assert shown_ids(window) == [0]
    press(window, "Esc", "Ctrl+Z")
    assert said(window) == {0: "MUA"}
    assert panel.model.apart == set()


def test_a_queue_is_the_table_until_esc(curating: Window) -> None:
    window, panel = curating, curating.panels["review"]
    window.docks["review"].raise_()
    settle()
    panel.most.setItemData(0, 3)
    panel.most.setCurrentIndex(0)
    click(panel.start, panel.start.rect().center())
    queue = window.session.scene.queue.tolist()
    assert shown_ids(window) == queue
    assert len(queue) == 3
    assert window.filter_bar.queue.text() == "review queue 3 ✕"
    window.docks["review"].raise_()  # it gave way to what it covered
    settle()
    press(window, "Alt+M")
    assert panel.queue_words.text() == "queue: 1 of 3 reviewed"
    assert panel.all_words.text() == "1 of 8 reviewed"
    assert (panel.queue_bar.value(), panel.queue_bar.maximum()) == (1, 3)
    assert shown_ids(window) == queue
    click(panel.next, panel.next.rect().center())
    assert current_id(window) == queue[2]
    press(window, "2", "Esc")  # a filter within it goes first
    assert shown_ids(window) == queue
    press(window, "Esc")
    assert sorted(shown_ids(window)) == list(range(N))
    assert window.filter_bar.queue.isHidden()
    assert window.session.sort.column == "unit_index"


def test_the_curate_layout_is_the_unit_layout_with_a_queue_bar(curating: Window) -> None:
    window = curating
    window.docks["why"].raise_()
    settle()
    assert window.queue_bar.isVisible()
    assert window.queue_bar.words.text() == "No review queue"
    for key in ("why", "waveform", "correlogram", "amplitudes"):
        assert not window.docks[key].isHidden()
        assert window.panels[key].seen, key
    click(window.queue_bar.new, window.queue_bar.new.rect().center())
    settle()
    assert window.panels["review"].seen
    press(window, "F2")
    assert window.queue_bar.isHidden()


def test_the_queue_bar_leads_through_the_queue(curating: Window) -> None:
    window, bar = curating, curating.queue_bar
    window.session.set_queue(QueueSpec(size=5))
    queue = window.session.scene.queue.tolist()
    assert (bar.words.text(), bar.bar.maximum()) == ("0 of 5", 5)
    assert bar.next.text().startswith("next: ")
    press(window, "F2")
    assert bar.isVisible()  # a queue is never out of sight
    press(window, "Alt+M", "Alt+M")
    assert (bar.words.text(), bar.bar.value()) == ("2 of 5", 2)
    press(window, "Home")
    click(bar.go, bar.go.rect().center())
    assert current_id(window) == queue[2]
    press(window, "Esc")
    assert bar.isHidden()
    press(window, "F7")
    assert bar.words.text() == "Queue left at 2 of 5"
    click(bar.resume, bar.resume.rect().center())
    assert shown_ids(window) == queue
    assert current_id(window) == queue[2]
    press(window, "Alt+M", "Alt+M", "Alt+M")
    assert bar.next.text() == "done"
    click(bar.end, bar.end.rect().center())
    assert sorted(shown_ids(window)) == list(range(N))
    action(window, "resume_queue").trigger()
    assert shown_ids(window) == queue


@pytest.mark.long
def test_the_queue_survives_a_restart_and_nobody_loses_their_place(
    open_window: Any, folder: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "ks"
    shutil.copytree(folder, copy)
    first = open_window(copy)
    first.session.set_queue(QueueSpec("random", 5, seed=3))
    queue = first.session.scene.queue.tolist()
    press(first, "Alt+M", "Alt+G")
    place = first.session.current
    first.close()
    delete(first)
    second = open_window(copy)
    assert shown_ids(second) == queue
    assert second.queue_bar.words.text() == "2 of 5"
    assert second.session.current == place == queue[2]
    press(second, "Down")
    second.session.reload()
    assert second.session.wait_idle(WAIT_MS)
    assert (shown_ids(second), second.session.current) == (queue, queue[3])
    press(second, "Esc")
    second.close()
    delete(second)
    third = open_window(copy)  # it was left: all units, and the queue can be resumed
    assert sorted(shown_ids(third)) == list(range(N))
    action(third, "resume_queue").trigger()
    assert shown_ids(third) == queue


def test_the_queues_bar_says_what_is_missing_as_soon_as_that_is_known(
    open_window: Any, tmp_path: Path, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen: *not compared with phy yet* stood there until the next label."""
    folder = write_sorted(tmp_path / "kilosort4_A", N)
    before = np.load(folder / names.SPIKE_CLUSTERS)
    merge(folder, [6, 7], 10)
    first = open_window(folder)
    first.session.set_queue(QueueSpec())
    first.close()
    delete(first)
    np.save(folder / names.SPIKE_CLUSTERS, before)
    window, go_on, real = open_window(folder), threading.Event(), recording.open_recording
    words = window.queue_bar.words
    assert "(1 unit missing in these results)" in words.text()

    def held(*given: Any) -> Any:
        assert go_on.wait(WAIT_MS / 1000)
        return real(*given)

    monkeypatch.setattr(recording, "open_recording", held)
    press(window, "F5")
    qtbot.waitUntil(lambda: "not compared with phy yet" in words.text(), timeout=WAIT_MS)
    go_on.set()
    assert window.session.wait_idle(WAIT_MS)
    assert "(1 unit missing in these results)" in words.text()


def test_who_asks_for_another_unit_gets_it_and_keeps_the_queue(
    open_window: Any, folder: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "ks"
    shutil.copytree(folder, copy)
    first = open_window(copy)
    first.session.set_queue(QueueSpec("random", 3, seed=3))
    queue = first.session.scene.queue.tolist()
    other = next(i for i in range(N) if i not in queue)
    first.close()
    delete(first)
    second = open_window(copy, "--unit", str(other))
    assert current_id(second) == other
    assert sorted(shown_ids(second)) == list(range(N))
    assert "Resume review queue" in second.status.currentMessage()
    action(second, "resume_queue").trigger()
    assert shown_ids(second) == queue


def test_a_blind_review_is_drawn_up_without_a_mouse(curating: Window) -> None:
    window, panel = curating, curating.panels["review"]
    before = window.session.current
    action(window, "new_queue").trigger()
    settle()
    assert panel.seen
    assert QApplication.focusWidget() is panel.most

    def key(which: Qt.Key) -> None:
        QTest.keyClick(QApplication.focusWidget(), which)

    key(Qt.Key.Key_Up)
    assert (panel.most.currentText(), window.session.current) == ("the 20", before)
    key(Qt.Key.Key_Tab)
    key(Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is panel.order
    key(Qt.Key.Key_Down)
    key(Qt.Key.Key_Down)
    key(Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is panel.seed
    key(Qt.Key.Key_Return)
    assert window.session.scene.review is not None
    assert window.session.scene.review.spec == QueueSpec("random", 20, blind=True)
    assert QApplication.focusWidget() is window.unit_table


def test_a_queue_at_random_has_a_seed(curating: Window) -> None:
    window, panel = curating, curating.panels["review"]
    window.docks["review"].raise_()
    settle()
    assert panel.seed.isHidden()
    panel.order.setCurrentIndex(1)
    panel.seed.setValue(7)
    assert panel.seed.isVisible()
    click(panel.start, panel.start.rect().center())
    first = shown_ids(window)
    click(window.filter_bar.queue, window.filter_bar.queue.rect().center())
    assert shown_ids(window) == list(range(N))
    click(panel.start, panel.start.rect().center())
    assert shown_ids(window) == first
    assert sorted(first) == list(range(N))
    assert first != list(range(N))


def test_a_cell_of_the_sources_filters_for_exactly_its_units(qtbot: Any, curating: Window) -> None:
    window, panel = curating, curating.panels["sources"]
    press(window, "Alt+G", "Alt+G", "Alt+N")
    window.docks["sources"].raise_()
    qtbot.waitUntil(lambda: panel.seen, timeout=WAIT_MS)
    header, rows = panel.numbers()
    assert header == ("bombcell_label / manual_label", "GOOD", "MUA", "NOISE", "no label", "total")
    assert [tuple(row) for row in rows] == [
        ("GOOD", 1, 0, 1, 2, 4),
        ("MUA", 1, 0, 0, 3, 4),
        ("NOISE", 0, 0, 0, 0, 0),
        ("total", 2, 0, 1, 5, 8),
    ]
    assert panel.kappa.text().startswith("1 of 3 agree (33.3%) · Cohen's κ")
    assert "5 without a label by manual" in panel.kappa.text()

    def click_cell(row: int, column: int, modifiers: Any = Qt.KeyboardModifier.NoModifier) -> None:
        place: QPointF = panel.plot.cell_center(row, column)
        QTest.mouseMove(panel.plot.viewport(), place.toPoint())
        click(panel.plot.viewport(), place.toPoint(), modifiers)

    click_cell(0, 2)
    assert shown_ids(window) == [2]
    click_cell(1, 0, CTRL)
    assert shown_ids(window) == [1, 2]
    click_cell(1, 3)
    assert shown_ids(window) == [3, 5, 7]
    click_cell(3, 4)
    assert shown_ids(window) == list(range(N))


# -- accepting, exporting, importing ---------------------------------------------------------


def test_bombcells_labels_are_accepted_as_one_step(
    window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def refuse(box: QMessageBox) -> int:
        asked.append(f"{box.text()} {box.informativeText()}")
        return 0

    monkeypatch.setattr(QMessageBox, "exec", refuse)
    press(window, "2")
    action(window, "accept").trigger()
    assert asked == []
    press(window, "2")
    assert said(window) == dict.fromkeys((1, 3, 5, 7), "MUA")
    press(window, "Home", "Alt+N")
    action(window, "accept").trigger()  # it would replace NOISE of unit 0
    assert len(asked) == 1
    assert "1 manual label that differs is replaced" in asked[0]
    assert said(window)[0] == "NOISE"
    press(window, "Ctrl+Z", "Ctrl+Z")
    assert said(window) == {}
    monkeypatch.setattr(curate_actions, "ASK_ABOVE", 7)
    action(window, "accept").trigger()
    assert len(asked) == 2


def export_dialog(qtbot: Any, window: Window) -> ExportLabelsDialog:
    action(window, "export_labels").trigger()
    dialog: ExportLabelsDialog = window.findChild(ExportLabelsDialog)
    qtbot.waitUntil(dialog.write.isEnabled, timeout=WAIT_MS)
    return dialog


def preview(dialog: ExportLabelsDialog) -> str:
    return dialog.findChild(QTextBrowser, "exportPreview").toPlainText()


def test_an_export_shows_what_it_writes_and_writes_only_then(
    qtbot: Any, window: Window, folder: Path
) -> None:
    press(window, "Alt+M", "Alt+G")
    before = {path.name for path in folder.iterdir()}
    dialog = export_dialog(qtbot, window)
    assert "cluster_bcv_label.tsv" in preview(dialog)
    assert {path.name for path in folder.iterdir()} == before
    click(dialog.write, dialog.write.rect().center())
    assert window.session.wait_idle(WAIT_MS)
    text = (folder / "cluster_bcv_label.tsv").read_text("utf-8")
    assert text.splitlines()[:3] == ["cluster_id\tbcv_label", "0\tMUA", "1\tGOOD"]
    assert "written to" in window.status.currentMessage()
    press(window, "Alt+N")
    dialog = export_dialog(qtbot, window)
    assert "replaces" in preview(dialog)
    assert "a copy is kept in" in preview(dialog)
    press(dialog.focusWidget(), "Right")
    assert dialog.choice.target == "bombcell"
    press(dialog, "Esc")


def test_an_export_to_a_file_of_choice(qtbot: Any, window: Window, tmp_path: Path) -> None:
    press(window, "Alt+M", "Alt+G", "Up")
    dialog = export_dialog(qtbot, window)
    dialog.choose("spikeinterface")
    dialog.path.setText(str(tmp_path / "curation.json"))
    dialog.ask()
    qtbot.waitUntil(dialog.write.isEnabled, timeout=WAIT_MS)
    assert "curation.json" in preview(dialog)
    dialog.choose("table")
    dialog.path.setText(str(tmp_path / "labels.xyz"))
    dialog.ask()
    qtbot.waitUntil(lambda: "✗" in preview(dialog), timeout=WAIT_MS)
    assert not dialog.write.isEnabled()
    dialog.path.setText(str(tmp_path / "labels.csv"))
    dialog.scope.setCurrentIndex(2)  # the selected unit
    dialog.ask()
    qtbot.waitUntil(dialog.write.isEnabled, timeout=WAIT_MS)
    click(dialog.write, dialog.write.rect().center())
    assert window.session.wait_idle(WAIT_MS)
    lines = (tmp_path / "labels.csv").read_text("utf-8").splitlines()
    assert [line.split(",")[:2] for line in lines] == [
        ["cluster_id", "manual_label"],
        ["1", "GOOD"],
    ]
    assert not (tmp_path / "curation.json").exists()


def test_the_preview_of_a_table_has_rows_and_counts_the_units_it_writes(
    qtbot: Any, window: Window, tmp_path: Path
) -> None:
    press(window, "Alt+M", "Alt+G", "Up")
    dialog = export_dialog(qtbot, window)
    dialog.choose("table")
    dialog.path.setText(str(tmp_path / "labels.csv"))
    dialog.ask()
    qtbot.waitUntil(dialog.write.isEnabled, timeout=WAIT_MS)
    lines = [line.replace("\xa0", " ").split() for line in preview(dialog).splitlines()]
    assert ["1", "GOOD", "MUA"] in [line[:3] for line in lines]
    scopes = [dialog.scope.itemText(i) for i in range(dialog.scope.count())]
    assert scopes == [
        "all units with a label or note (2)",
        "shown units with a label or note (2)",
        "selected units with a label or note (1)",
    ]
    click(dialog.final, QPoint(8, dialog.final.height() // 2))
    assert dialog.scope.itemText(0) == f"all units ({N})"
    qtbot.waitUntil(dialog.write.isEnabled, timeout=WAIT_MS)
    assert f"… {N - 3} more" in preview(dialog)
    press(dialog, "Esc")


def test_an_export_of_final_labels_has_every_unit(
    qtbot: Any, window: Window, tmp_path: Path
) -> None:
    press(window, "Alt+N")
    dialog = export_dialog(qtbot, window)
    click(dialog.final, QPoint(8, dialog.final.height() // 2))
    qtbot.waitUntil(dialog.write.isEnabled, timeout=WAIT_MS)
    assert "cluster_bcv_final.tsv" in preview(dialog)
    dialog.choose("bombcell")
    assert not dialog.final.isEnabled()  # its own files hold what curators said
    assert not dialog.choice.final
    dialog.choose("table")
    dialog.path.setText(str(tmp_path / "final.csv"))
    dialog.ask()
    qtbot.waitUntil(dialog.write.isEnabled, timeout=WAIT_MS)
    click(dialog.write, dialog.write.rect().center())
    assert window.session.wait_idle(WAIT_MS)
    lines = (tmp_path / "final.csv").read_text("utf-8").splitlines()
    cells = [line.split(",")[:3] for line in lines]
    assert cells[:3] == [
        ["cluster_id", "final_label", "manual_label"],
        ["0", "NOISE", "NOISE"],
        ["1", "MUA", ""],
    ]
    assert len(lines) == N + 1


def test_final_labels_drive_the_chips_and_the_classes_shown(window: Window) -> None:
    box = window.label_source
    box.setCurrentIndex(box.findData("final"))
    box.activated.emit(box.currentIndex())
    names = ("GOOD", "NOISE")
    found = (window.findChild(QToolButton, f"chip.{name}") for name in names)
    good, noise = (chip for chip in found if chip is not None)
    assert (good.text(), noise.text()) == ("GOOD 4", "NOISE 0")
    press(window, "Alt+N")
    assert (good.text(), noise.text()) == ("GOOD 3", "NOISE 1")
    press(window, "3")  # NOISE only
    assert shown_ids(window) == [0]
    press(window, "Ctrl+Z")
    assert shown_ids(window) == []
    press(window, "3", "Home")
    assert good.text() == "GOOD 4"


def test_an_import_shows_conflicts_and_is_one_step(
    qtbot: Any, window: Window, tmp_path: Path
) -> None:
    press(window, "Alt+M", "Alt+G")
    group = tmp_path / "cluster_group.tsv"
    group.write_text("cluster_id\tgroup\n0\tnoise\n1\tgood\n2\tmua\n99\tgood\n", "utf-8")
    window.actions_by_key.label_files.read_labels(group)
    qtbot.waitUntil(lambda: window.findChild(ImportLabelsDialog) is not None, timeout=WAIT_MS)
    dialog = window.findChild(ImportLabelsDialog)
    kinds = [(kind, unit) for kind, unit, _ in dialog.model.lines]
    assert kinds == [("differs", "0"), ("new", "2"), ("same", "1"), ("no such unit", "99")]
    take = dialog.apply
    assert isinstance(take, QPushButton)
    assert take.text() == "Take over 1 unit"
    press(dialog, "Tab")
    dialog.replace.click()
    assert take.text() == "Take over 2 units"
    click(take, take.rect().center())
    settle()
    assert said(window) == {0: "NOISE ≠", 1: "GOOD", 2: "MUA"}  # others say another of 0
    unit = window.session.curation.state.unit(2)
    assert unit.label == Label.MUA
    assert unit.by == "phy (cluster_group.tsv)"
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=WAIT_MS)
    press(window, "Ctrl+Z")
    assert said(window) == {0: "MUA", 1: "GOOD"}


def test_the_menu_of_units_offers_labels_and_exports(window: Window) -> None:
    assert {"label_good", "label_clear", "note", "export_labels"} <= set(UNIT_MENU)
