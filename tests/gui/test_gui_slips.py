"""Slips of the hand and of time: nothing that is begun ends in another recording, or is lost."""

from __future__ import annotations

import errno
import json
import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from phy_recordings import merge, write_sorted
from PySide6.QtCore import QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QMessageBox
from qt_fixtures import WAIT_MS, current_id, press, settle, write_recording
from shared_window import rest

from bcviewer.app.prefs import data_folder
from bcviewer.core.curation.draft import Draft
from bcviewer.core.curation.entries import LABEL, NOTE, Action, Change, Who
from bcviewer.core.curation.times import stamp
from bcviewer.core.sheet.queue import QueueSpec
from bcviewer.frame.window import Window
from bcviewer.frame.wires import NOW_READ
from bcviewer.io import names
from bcviewer.io.exchange.export import audit_frame
from bcviewer.io.exchange.export_bombcell import plan_bombcell
from bcviewer.io.exchange.manual_frames import labels_of
from bcviewer.io.journal import append_file
from bcviewer.io.journal.draft_file import read_drafts
from bcviewer.io.journal.store import JournalsRead, JournalStore
from bcviewer.widgets.curate.import_labels import ImportLabelsDialog

N = 6
COLUMNS: dict[str, Any] = {
    "presenceRatio": [1.0, 0.6, 1.0, 0.5, 1.0, 0.4],
    "nSpikes": [2400.0 - 10 * i for i in range(N)],
}


@pytest.fixture
def probes(tmp_path: Path) -> tuple[Path, Path]:
    """Return two probes of the same ids, and other channels."""
    made = []
    for place, channel in enumerate((1.0, 50.0)):
        columns = {**COLUMNS, "maxChannels": [channel + i for i in range(N)]}
        folder = tmp_path / f"kilosort4_{'AB'[place]}"
        made.append(write_recording(folder, columns, params_py=True))
    return made[0], made[1]


@pytest.fixture
def window(open_window: Any, probes: tuple[Path, Path]) -> Window:
    made: Window = open_window(probes[0])
    made.session.set_sort("unit_index")
    press(made, "Home")
    return made


def show(window: Window, folder: Path) -> None:
    window.session.open(str(folder))
    assert window.session.wait_idle(WAIT_MS)


def said_on_disk() -> dict[tuple[str, int], str | None]:
    """Return what the journals of this computer say, by field and cluster id."""
    out: dict[tuple[str, int], str | None] = {}
    for path in sorted(data_folder().rglob("*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            for change in json.loads(line).get("changes", ()):
                out[change["field"], change.get("unit", change.get("cluster_id"))] = change["new"]
    return out


def write_note(window: Window, text: str) -> None:
    press(window, "T")
    QTest.keyClicks(window.curate_bar.edit, text)


def notes(window: Window) -> dict[int, str]:
    table = window.session.table
    return {i: table.text("note", i) for i in range(table.n_units) if table.text("note", i)}


# -- what is begun in one recording ----------------------------------------------------------


def test_a_note_being_written_stays_in_its_recording(
    window: Window, probes: tuple[Path, Path]
) -> None:
    press(window, "Down")
    write_note(window, "of A")
    show(window, probes[1])
    assert notes(window) == {}
    assert not window.curate_bar.writing
    press(window, "Down")
    assert notes(window) == {}
    show(window, probes[0])
    assert notes(window) == {1: "of A"}


def test_a_note_is_saved_at_its_own_recording_also_while_another_is_loaded(
    window: Window, probes: tuple[Path, Path]
) -> None:
    window.session.open(str(probes[1]))
    write_note(window, "typed while B is read")
    assert window.session.wait_idle(WAIT_MS)
    assert notes(window) == {}
    show(window, probes[0])
    assert notes(window) == {0: "typed while B is read"}


def test_a_note_that_cannot_be_saved_is_kept_said_and_saved_on_coming_back(
    window: Window, probes: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_note(window, "of A")
    told: list[str] = []
    window.session.notice.connect(told.append)
    with monkeypatch.context() as patch:
        fill_disk(patch)
        show(window, probes[1])
    assert notes(window) == {}
    assert "The note of unit 0 of kilosort4_A could not be saved" in told[-1]
    press(window, "T", "Return")
    assert notes(window) == {}
    show(window, probes[0])
    assert notes(window) == {0: "of A"}


def test_a_note_of_a_unit_that_phy_made_is_kept_too(
    open_window: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, other = (write_sorted(tmp_path / f"kilosort4_{name}", 6) for name in "AB")
    merge(first, [2, 3], 60)
    window = open_window(first)
    window.session.set_sort("cluster_id")
    press(window, "End")
    assert current_id(window) == 60
    write_note(window, "precious")
    with monkeypatch.context() as full:
        fill_disk(full)
        show(window, other)
    show(window, first)
    assert list(notes(window).values()) == ["precious"]


def test_rows_that_phy_made_are_others_once_the_run_was_read_again(
    open_window: Any, tmp_path: Path
) -> None:
    folder = write_sorted(tmp_path / "kilosort4_A", 6)
    merge(folder, [2, 3], 60)
    window = open_window(folder)
    window.session.set_sort("cluster_id")
    press(window, "End")
    run, rows = window.session.scene.run, window.session.selected.copy()
    merge(folder, [60], 61)
    press(window, "F5")
    assert window.session.wait_idle(WAIT_MS)
    assert not window.session.labelling.set_note("meant for 60", rows, run)
    assert not notes(window)


def fill_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(append_file.os, "write", full)


@pytest.mark.parametrize("how", ["Ctrl+Q", "closed"])
def test_a_note_being_written_is_saved_at_closing(window: Window, how: str) -> None:
    write_note(window, "last words")
    if how == "closed":
        window.close()
    else:
        press(window, how)
    assert not window.isVisible()
    assert said_on_disk() == {("note", 0): "last words"}


def test_a_window_with_a_note_that_cannot_be_saved_closes_only_when_it_is_said(
    window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_note(window, "last words")
    with monkeypatch.context() as patch:
        fill_disk(patch)
        window.close()
        assert window.isVisible()
        assert "Not closed. The note of unit 0 of kilosort4_A could not be" in window.banner.text
        assert "it is offered when that is open again" in window.banner.text
        window.close()
    assert not window.isVisible()
    (draft,) = (data_folder() / names.DRAFTS).rglob("*.json")
    assert read_drafts(draft, window.session.scene.person) == (Draft((0,), "last words"),)


def test_a_note_that_could_not_be_saved_at_closing_is_saved_by_f5(
    window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_note(window, "last words")
    with monkeypatch.context() as patch:
        fill_disk(patch)
        window.close()
    press(window, "F5")
    assert window.session.wait_idle(WAIT_MS)
    assert notes(window) == {0: "last words"}
    window.close()
    assert not window.isVisible()


def meanwhile(window: Window, folder: Path, then: Callable[[], None]) -> None:
    """Let another recording be opened while a dialog is on screen, and then answer the dialog."""

    def act() -> None:
        show(window, folder)
        then()

    QTimer.singleShot(0, act)


def test_bombcells_labels_are_accepted_for_the_recording_that_was_asked_about(
    window: Window, probes: tuple[Path, Path]
) -> None:
    press(window, "Alt+N")  # differs: it is asked

    def accept() -> None:
        box = next(w for w in QApplication.topLevelWidgets() if isinstance(w, QMessageBox))
        box.defaultButton().click()

    meanwhile(window, probes[1], accept)
    window.actions_by_key.by_key["accept"].trigger()
    assert window.session.table.manual.n_labels == 0
    assert "it was for kilosort4_A, which is open no more" in window.status.currentMessage()


def test_the_blind_review_of_another_recording_is_not_revealed(
    window: Window, probes: tuple[Path, Path]
) -> None:
    """It cannot be taken back."""
    session = window.session
    for folder in reversed(probes):
        show(window, folder)
        session.set_queue(QueueSpec("random", None, seed=7, blind=True))
        assert session.wait_idle(WAIT_MS)

    def sure() -> None:
        assert session.scene.book.n_hidden == N
        box = next(w for w in QApplication.topLevelWidgets() if isinstance(w, QMessageBox))
        next(b for b in box.buttons() if b.text() == "Reveal").click()

    meanwhile(window, probes[1], sure)
    window.actions_by_key.curate.reveal()
    assert session.scene.book.n_hidden == N
    assert session.scene.review.is_blind
    assert session.curation.state.said == {}
    assert "it was for kilosort4_A, which is open no more" in window.status.currentMessage()
    show(window, probes[0])
    assert session.scene.book.n_hidden == N


def test_a_plot_of_another_recording_is_not_saved(
    window: Window, probes: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.show_layout("overview")
    panel = window.panels["classes"]
    assert window.session.wait_idle(WAIT_MS)
    out = tmp_path / "classes.csv"

    def chosen(*_: Any) -> Any:
        show(window, probes[1])
        return str(out), "(*.csv)"

    with monkeypatch.context() as patch:
        patch.setattr(QFileDialog, "getSaveFileName", chosen)
        menu = panel.export_menu()
        next(a for a in menu.actions() if "CSV" in a.text()).trigger()
    assert not out.exists()
    assert window.banner.text.startswith("Nothing was saved: another recording is open by now.")


@pytest.mark.parametrize(
    "key", ["import_labels", "export_selected", "report", "kilosort_folder", "raw_file"]
)
def test_a_file_that_was_asked_for_another_recording_is_left_alone(
    window: Window,
    probes: tuple[Path, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    key: str,
) -> None:
    out = tmp_path / "given.csv"
    given = key in ("import_labels", "raw_file")
    if given:
        out.write_text("cluster_id,label\n1,good\n", "utf-8")

    def chosen(*_: Any) -> Any:
        show(window, probes[1])
        return str(out.parent) if key == "kilosort_folder" else (str(out), "CSV (*.csv)")

    with monkeypatch.context() as patch:
        for name in ("getOpenFileName", "getSaveFileName", "getExistingDirectory"):
            patch.setattr(QFileDialog, name, chosen)
        window.actions_by_key.by_key[key].trigger()
    assert window.session.wait_idle(WAIT_MS)
    assert "it was for kilosort4_A, which is open no more" in window.status.currentMessage()
    assert not window.findChildren(ImportLabelsDialog)
    assert out.exists() == given
    assert not window.session.scene.raw_files
    assert not window.banner.is_error


def test_labels_of_a_file_are_not_taken_over_into_another_recording(
    qtbot: Any, window: Window, probes: tuple[Path, Path], tmp_path: Path
) -> None:
    path = tmp_path / "given.csv"
    path.write_text("cluster_id,label\n1,good\n", "utf-8")
    window.actions_by_key.label_files.read_labels(path)
    qtbot.waitUntil(lambda: bool(window.findChildren(ImportLabelsDialog)), timeout=WAIT_MS)
    (dialog,) = window.findChildren(ImportLabelsDialog)
    show(window, probes[1])
    dialog.keep.click()
    assert window.session.table.sources == ()
    dialog.apply.click()
    assert window.session.table.manual.n_labels == 0
    dialog.reject()
    settle()


# -- results whose sort is found later -------------------------------------------------------


@pytest.mark.long
def test_a_label_of_before_results_were_pointed_at_their_sort_is_known_to_all_of_it(
    open_window: Any, tmp_path: Path
) -> None:
    sort = write_sorted(tmp_path / "sort", N, maxChannels=[float(i) for i in range(N)])
    elsewhere = tmp_path / "elsewhere"
    others = {"maxChannels": [float(i % 2) for i in range(N)]}
    (write_recording(tmp_path / "made", {**COLUMNS, **others}) / "bombcell").rename(elsewhere)
    window = open_window(elsewhere)
    window.session.go_to_id(2)
    press(window, "Alt+N")
    show(window, sort)
    assert window.session.table.manual.n_labels == 0  # nobody knows that they are of one sort
    show(window, elsewhere)
    window.session.opening.point_at_sort(str(sort))
    assert window.session.wait_idle(WAIT_MS)
    assert window.session.curation.wait_saved(WAIT_MS)
    assert window.session.table.text("manual_label", 2) == "NOISE"
    show(window, sort)
    assert window.session.table.text("manual_label", 2) == "NOISE"
    window.session.go_to_id(3)
    press(window, "Alt+M")
    window.close()
    again = open_window(elsewhere)
    assert again.session.table.text("manual_label", 3) == "MUA"
    assert again.session.table.text("manual_label", 2) == "NOISE"


# -- an id on two rows -----------------------------------------------------------------------


@pytest.fixture
def doubled(open_window: Any, tmp_path: Path) -> Window:
    ids = [0, 1, 3, 3, 4, 5]
    made: Window = open_window(write_recording(tmp_path / "ks", COLUMNS, ids=ids, params_py=True))
    made.session.set_sort("unit_index")
    press(made, "Home")
    return made


def test_a_row_whose_id_is_on_another_row_takes_no_label(doubled: Window) -> None:
    window, why = doubled, "Id 3 is on two rows: nothing can be said about one of them."
    press(window, "Down", "Down")
    for key in ("Alt+M", "Alt+U", "T"):
        window.status.clearMessage()
        press(window, key)
        assert window.status.currentMessage() == why
    assert window.session.table.manual.n_labels == 0
    assert window.session.current == 2
    assert window.curate_bar._label.text() == "several rows"
    assert why[1:-1] in window.panels["why"].text()


def test_what_is_typed_where_no_note_can_be_goes_nowhere(doubled: Window) -> None:
    window, bar = doubled, doubled.curate_bar
    before = window.session.sort
    press(window, "Down", "Down", "T")
    QTest.keyClicks(window.focusWidget(), "noise, two peaks d")
    assert bar.edit.placeholderText().startswith("No note: id 3 is on two rows")
    assert bar.edit.text() == ""
    press(window, "Return")
    assert not bar.writing
    assert window.session.sort == before
    assert window.session.current == 2
    assert notes(window) == {}
    assert window.session.table.manual.n_labels == 0
    press(window, "Up", "T")
    QTest.keyClicks(window.focusWidget(), "of unit 1")
    press(window, "Return")
    assert notes(window) == {1: "of unit 1"}


def test_of_many_rows_those_of_double_ids_are_left_out(doubled: Window) -> None:
    window = doubled
    press(window, "Ctrl+A", "Alt+N")
    labels = window.session.table.manual.labels
    assert np.flatnonzero(labels >= 0).tolist() == [0, 1, 4, 5]
    words = "NOISE → 4 units (2 left out: id 3 is on two rows) ·"
    assert window.curate_bar.done.text() == words
    window.session.undo()
    window.session.accept_bombcell()
    labels = window.session.table.manual.labels
    assert np.flatnonzero(labels >= 0).tolist() == [0, 1, 4, 5]
    press(window, "N")
    assert "Every unit shown is reviewed." in window.status.currentMessage()


# -- where people differ, and who said what --------------------------------------------------


def bob_says(window: Window, field: str, values: dict[int, str]) -> None:
    """Let a colleague's journal arrive, as the watcher of the folders brings it."""
    changes = tuple(Change(i, field, None, new) for i, new in values.items())
    at = stamp(datetime.now(UTC), *(a.at for a in window.session.curation.state.newest_first()))
    who = Who("bob", "far", "b1")
    action = Action(f"bobs{field}{len(values)}{at[-8:-1]}", at, who, field, changes)
    known = window.session.curation.known
    known._on_arrived(JournalsRead((action,)))


def test_a_note_by_somebody_else_leaves_the_label_with_who_gave_it(window: Window) -> None:
    press(window, "Alt+M", "Up")
    me = window.session.scene.person
    bob_says(window, NOTE, {0: "two cells?"})
    table = window.session.table
    assert [table.text(k, 0) for k in ("manual_by", "note_by")] == [me, "bob"]
    assert table.text("manual_at", 0)
    assert table.text("note_at", 0)
    assert window.curate_bar._by.text().startswith(f"{me}, ")
    assert window.curate_bar.note.text().startswith("“two cells?” bob, ")
    unit = window.session.curation.state.unit(0)
    frame = labels_of(table, {0: unit}).iloc[0]
    assert (frame["by"], frame["note_by"]) == (me, "bob")


def test_what_others_say_of_a_hidden_unit_is_no_news(window: Window) -> None:
    """Whom one has judged oneself is never hidden: what others say of it can be told."""
    session = window.session
    press(window, "Alt+M", "Alt+M")
    first, second, third = (int(i) for i in session.table.ids.cluster_id[:3])
    session.set_queue(QueueSpec("random", None, seed=7, blind=True))
    settle()
    assert session.scene.hides_any(session.scene.run, (third,))
    assert not session.scene.hides_any(session.scene.run, (first, second))
    window.status.clearMessage()
    bob_says(window, LABEL, {third: "GOOD"})
    assert "bob" not in window.status.currentMessage()
    bob_says(window, LABEL, {second: "GOOD"})
    assert f"Unit {second}: you said MUA, bob said GOOD" in window.status.currentMessage()


def test_where_people_differ_it_is_a_conflict_and_exports_list_both(window: Window) -> None:
    press(window, "Alt+M", "Alt+G", "Alt+N")
    me = window.session.scene.person
    bob_says(window, LABEL, {0: "GOOD", 1: "GOOD", 2: "GOOD"})
    told = window.status.currentMessage()
    assert told.startswith("Unit 0: you said MUA, bob said GOOD")
    assert "and so for unit 2." in told
    session, table = window.session, window.session.table
    session.set_filter("conflict")
    assert session.view.rows.tolist() == [0, 2]
    assert table.text("opinions", 0) == f"{me}: MUA; bob: GOOD"
    model = window.unit_table.unit_model
    cell = model.index(0, model.columns.index("manual_label"))
    assert cell.data() == "GOOD ≠"
    assert f"{me}: MUA; bob: GOOD" in window.curate_bar._by.text()
    plan = plan_bombcell(table, session.curation.state.units)
    both = f"0 ({me}: MUA; bob: GOOD), 2 ({me}: NOISE; bob: GOOD)"
    assert f"People differ about 2 units: the latest labels are written. {both}." in plan.warnings
    assert next(iter(audit_frame([table], np.arange(N))["opinions"])) == f"{me}: MUA; bob: GOOD"
    frame = labels_of(table, session.curation.state.units)
    assert list(frame["opinions"].dropna()) == [f"{me}: MUA; bob: GOOD", f"{me}: NOISE; bob: GOOD"]
    press(window, "Home", "Alt+G")  # agrees: the conflict is over
    assert table.text("opinions", 0) != session.table.text("opinions", 0) == ""


# -- what is said is true --------------------------------------------------------------------


def test_the_error_that_labels_are_still_read_goes_when_they_are(
    window: Window, probes: tuple[Path, Path]
) -> None:
    session = window.session
    session.curation.open(session.table.run)
    press(window, "Alt+M")
    assert "still being read" in window.banner.text
    assert window.banner.is_error
    assert session.wait_idle(WAIT_MS)
    assert not window.banner.is_error
    assert "still being read" not in window.banner.text
    assert window.status.currentMessage() == NOW_READ  # what was refused does not vanish unread


def test_an_undo_says_what_is_there_now(window: Window) -> None:
    press(window, "Alt+M", "Ctrl+Z")
    assert window.status.currentMessage() == "Undid MUA for unit 0: no label again."
    press(window, "Alt+G", "Up", "Alt+M", "Ctrl+Z")
    assert window.status.currentMessage() == "Undid MUA for unit 0: GOOD again."
    press(window, "Alt+U", "Ctrl+Z")
    assert window.status.currentMessage() == "Undid label cleared of unit 0: GOOD again."
    write_note(window, "hm")
    press(window, "Return", "Ctrl+Z")
    assert window.status.currentMessage() == "Undid note of unit 0: no note again."
    press(window, "Ctrl+Y")
    assert window.status.currentMessage() == "Redid note of unit 0."


def test_a_note_goes_on_with_the_one_there_is(window: Window) -> None:
    write_note(window, "two peaks")
    press(window, "Return", "T")
    QTest.keyClicks(window.curate_bar.edit, " and drift")
    press(window, "Return")
    assert notes(window) == {0: "two peaks and drift"}


def test_notes_that_would_be_replaced_are_said_before(window: Window) -> None:
    write_note(window, "one")
    press(window, "Return", "Shift+Down", "T")
    bar = window.curate_bar
    assert bar.findChild(QLabel, "noteFor").text() == "note for 2 units:"
    assert bar.edit.placeholderText() == "in place of 1 note"
    press(window, "Esc")
    assert notes(window) == {0: "one"}


def test_a_note_that_came_while_one_was_written_is_said(window: Window) -> None:
    write_note(window, "mine")
    bob_says(window, NOTE, {0: "bob's"})
    assert window.curate_bar.writing
    press(window, "Return")
    assert notes(window) == {0: "mine"}
    words = "Another note came meanwhile; yours is shown now, and History has both: unit 0."
    assert window.status.currentMessage() == words


def test_the_bar_counts_what_changed(window: Window) -> None:
    press(window, "Alt+G", "Home", "Ctrl+A", "Alt+G")
    n = window.session.table.n_units
    done = window.curate_bar.done.text()
    assert done.startswith(f"GOOD → {n} units (1 had it already)")


def test_after_all_were_labelled_nothing_is_said_of_the_first_that_is_not_true(
    window: Window,
) -> None:
    press(window, "Ctrl+A", "Alt+M")
    assert window.session.current == 0
    assert window.status.currentMessage() == "No unit shown follows those that were highlighted."
    press(window, "End")
    assert window.status.currentMessage() == ""
    press(window, "Alt+G")
    assert window.status.currentMessage() == "This is the last unit shown."


def test_a_label_of_ones_own_ends_the_mark_of_what_came_from_elsewhere(window: Window) -> None:
    bob_says(window, LABEL, {0: "GOOD", 1: "GOOD"})
    model = window.unit_table.unit_model
    assert model._is_news(0)
    press(window, "Alt+M")
    assert not model._is_news(0)


def test_a_key_without_anything_to_do_says_so_and_does_nothing(window: Window) -> None:
    press(window, "Alt+U")
    assert window.status.currentMessage() == "Unit 0 has no label."
    assert current_id(window) == 0
    assert not window.actions_by_key.by_key["undo"].isEnabled()
    press(window, "Ctrl+5")
    assert window.status.currentMessage() == "There is no probe E in what is open."


@pytest.mark.parametrize(
    ("key", "head", "unread"),
    [
        ("history", lambda panel: panel.head, "Not read yet."),
        ("review", lambda panel: panel.all_words, "labels not read yet"),
    ],
)
def test_what_is_not_read_yet_is_not_called_unsaid(
    window: Window,
    probes: tuple[Path, Path],
    monkeypatch: pytest.MonkeyPatch,
    key: str,
    head: Any,
    unread: str,
) -> None:
    """For as long as another recording's journals are read, which may be seconds."""
    shown, whole = threading.Event(), JournalStore.read_local

    def read(*args: Any, **named: Any) -> Any:
        shown.wait(WAIT_MS / 1000)  # else they may be read before anything is shown
        return whole(*args, **named)

    monkeypatch.setattr(JournalStore, "read_local", read)
    window.show_layout("curate")
    window.docks[key].raise_()
    rest(window)  # its panel is built: who asks for it earlier gets one that drew nothing
    heard: list[tuple[bool, str, str]] = []

    def look(*_: object) -> None:
        if window.viewers.busy:  # panels draw it in a moment
            return
        is_read, text = window.session.scene.is_read, head(window.panels[key]).text()
        heard.append((is_read, window.curate_bar._label.text(), text))
        if not is_read:
            shown.set()

    signals = window.session.changed, window.viewers.waiting
    for signal in signals:
        signal.connect(look)
    show(window, probes[1])
    look()
    for signal in signals:
        signal.disconnect(look)
    told = {said[1:] for said in heard if not said[0]}
    assert told == {("labels not read yet", unread)}
    assert heard[-1][:2] == (True, "not reviewed")
    assert key != "history" or heard[-1][2] == "Nothing was said yet."
