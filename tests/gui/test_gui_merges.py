"""Proposed merges in the real window: gone through by keys, kept, merged in phy, written."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fake_phy import linked_phy
from phy_recordings import merge, write_alike
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox
from qt_fixtures import WAIT_MS, click, press

from bcviewer.app.commands import curate_menu
from bcviewer.app.curating.undoing import OF_MERGES
from bcviewer.app.prefs import data_folder
from bcviewer.core.curation.merge_fates import Fate
from bcviewer.core.rules.labels import Label
from bcviewer.core.sheet.queue import QueueSpec
from bcviewer.frame.merge_actions import NONE_ACCEPTED, NONE_LEFT, NOT_COMPARED
from bcviewer.io.exchange import phy_plugin
from bcviewer.io.names import MERGES
from bcviewer.widgets.curate.merge_bar import MergeBar

pytestmark = pytest.mark.slow


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    path = tmp_path / "pairs.csv"
    path.write_text("id1,id2,score\n2,3,0.9\n3,4,0.8\n0,77,0.7\n0,1,0.6\n", "utf-8")
    return path


def told(window: Any, pairs: Path, qtbot: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """Open a file of proposals by its command; close what says what is left out; return that."""
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(pairs), ""))
    window.actions_by_key.by_key["open_merges"].trigger()
    merging = window.session.saying.merging
    qtbot.waitUntil(lambda: merging.queue is not None, timeout=WAIT_MS)
    box = next(w for w in QApplication.topLevelWidgets() if w.objectName() == "mergesLeftOut")
    assert isinstance(box, QMessageBox)
    assert " taken from pairs.csv. Left out" in box.text()
    text = box.informativeText()
    box.close()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=WAIT_MS)
    return text


def opened(window: Any, pairs: Path, qtbot: Any, monkeypatch: pytest.MonkeyPatch) -> MergeBar:
    """Open the file of proposals, of which one is left out."""
    text = told(window, pairs, qtbot, monkeypatch)
    assert text.startswith("pairs.csv, line 4: no unit of these results")
    bar: MergeBar = window.findChild(MergeBar)
    return bar


def selected(window: Any) -> list[int]:
    session = window.session
    return sorted(session.table.ids.ids_of(session.selected).tolist())


def test_they_are_gone_through_by_keys_and_what_is_said_stays(
    open_window: Any, tmp_path: Path, pairs: Path, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_alike(tmp_path / "kilosort4_A")
    window = open_window(folder)
    greyed = [window.actions_by_key.by_key[c.key] for c in curate_menu.MERGES[1:]]
    assert not any(action.isEnabled() for action in greyed)
    assert window.actions_by_key.by_key["open_merges"].isEnabled()
    press(window, "X")  # nothing is open: it is said
    assert "Open proposed merges" in window.status.currentMessage()
    window.session.set_filter("cluster_id > 1")
    window.session.viewing.rows.set_queue(QueueSpec(size=1))
    bar = opened(window, pairs, qtbot, monkeypatch)
    assert all(action.isEnabled() for action in greyed)
    assert selected(window) == [2, 3], "what hides them is taken away"
    assert window.status.currentMessage().endswith("lacks them, is left: it can be resumed.")
    assert window.session.scene.filter.text == "cluster_id > 1", "which hides neither of them"
    assert bar.isVisible()
    assert bar.accessibleName() == "Merge 1 of 3: 2 and 3 · score 0.9 · of pairs.csv"
    press(window, "Y")
    assert selected(window) == [3, 4]
    press(window, "X")
    assert window.status.currentMessage() == "The filter, which hid them, is cleared."
    press(window, "V")
    assert window.session.saying.merging.queue.done
    said = window.status.currentMessage()
    assert said.startswith("All of these are gone through, 1 skipped. Nothing is merged before")
    press(window, "U", "U")
    assert selected(window) == [3, 4]
    assert bar.accessibleName().endswith("1 accepted")
    press(window, "Y", "F5")  # what is read again ends nothing
    assert window.session.wait_idle(WAIT_MS)
    assert bar.isVisible()
    assert all(action.isEnabled() for action in greyed)
    assert window.session.saying.merging.run is window.session.scene.run
    window.close()
    again = open_window(folder)
    kept = next((data_folder() / MERGES).glob("*.json"))
    good = kept.read_text("utf-8")
    kept.write_text("{", "utf-8")
    assert "said before cannot be read" in told(again, pairs, qtbot, monkeypatch)
    again.session.saying.merging.end()
    kept.write_text(good, "utf-8")
    opened(again, pairs, qtbot, monkeypatch)
    assert again.session.saying.merging.queue.accepted == ((2, 3), (3, 4))
    assert selected(again) == [0, 1]

    out = tmp_path / "out.json"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(out), ""))
    again.actions_by_key.by_key["export_merges"].trigger()
    qtbot.waitUntil(out.exists, timeout=WAIT_MS)
    assert again.session.wait_idle(WAIT_MS)
    written = json.loads(out.read_text("utf-8"))
    assert [merge["unit_ids"] for merge in written["merges"]] == [[2, 3, 4]]
    said = again.status.currentMessage()
    assert said.startswith("1 file written"), "what is there is looked up in the job's thread, too"
    assert "which had no preview): 2, 3 and 4." in said
    bar = again.findChild(MergeBar)
    bar.linkActivated.emit("end_merges")
    assert not bar.isVisible()
    assert not again.actions_by_key.by_key["export_merges"].isEnabled()
    press(again, "Y")
    assert "Open proposed merges" in again.status.currentMessage()


def test_a_key_says_nothing_of_a_merge_that_is_not_highlighted(
    open_window: Any, tmp_path: Path, pairs: Path, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen: two steps away from the pair, Y accepted it without a word."""
    window = open_window(write_alike(tmp_path / "kilosort4_A"))
    bar = opened(window, pairs, qtbot, monkeypatch)
    merging = window.session.saying.merging
    for key in ("Y", "X", "V"):
        press(window, "End")
        assert selected(window) == [4]
        press(window, key)
        assert merging.queue.said == ("", "", "")
        told = "What is highlighted is another unit. Brought back: 2 and 3; press again."
        assert window.status.currentMessage() == told
        assert selected(window) == [2, 3]
    press(window, "Y")
    assert merging.queue.accepted == ((2, 3),)
    press(window, "End", "Home")
    bar.linkActivated.emit("show_merge")
    assert selected(window) == [3, 4]
    assert 'href="show_merge"' in bar.text()
    merging.end()
    merging.show()
    assert "Open proposed merges" in window.status.currentMessage()


@pytest.mark.skipif(sys.platform == "win32", reason="sockets with a path")
def test_what_was_accepted_is_merged_in_phy_on_the_persons_word(
    open_window: Any,
    tmp_path: Path,
    pairs: Path,
    qtbot: Any,
    monkeypatch: pytest.MonkeyPatch,
    runtime: Path,
) -> None:
    phy_plugin.install(phy_plugin.where())
    folder = write_alike(tmp_path / "kilosort4_A")
    window = open_window(folder)
    phy = linked_phy(window, folder, qtbot, 5)
    window.session.set_current(4)
    window.session.set_label(Label.MUA)
    opened(window, pairs, qtbot, monkeypatch)
    press(window, "Y", "X")
    asked: list[str] = []

    def answer() -> None:
        box = QApplication.activeModalWidget()
        if not isinstance(box, QMessageBox):
            QTimer.singleShot(10, answer)
            return
        asked.append(box.informativeText())
        yes = next(b for b in box.buttons() if "phy" in b.text())
        click(yes, yes.rect().center())

    QTimer.singleShot(0, answer)
    window.actions_by_key.by_key["merges_in_phy"].trigger()
    assert asked[0].splitlines()[0] == "2 and 3"
    qtbot.waitUntil(lambda: phy.clusters == {0, 1, 4, 5}, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: "→ 5" in window.status.currentMessage(), timeout=WAIT_MS)
    # seen: an older note of another unit was undone, which was gone to, and the merge stayed
    session = window.session
    said = session.scene.sheet.inputs.said
    window.actions_by_key.by_key["undo"].trigger()
    assert window.status.currentMessage().startswith("Merges in phy are undone there")
    assert session.scene.sheet.inputs.said is said
    window.actions_by_key.by_key["undo"].trigger()
    assert window.status.currentMessage().startswith("Undid MUA for unit 4")
    session.labelling.undoing.awaits_phy()()
    session.set_label(Label.GOOD)
    window.actions_by_key.by_key["undo"].trigger()  # something was said since: that is meant
    assert window.status.currentMessage().startswith("Undid GOOD")
    phy.close()


def test_undo_says_which_key_takes_back_what_was_said_of_a_merge(
    open_window: Any, tmp_path: Path, pairs: Path, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen: it took back an older note of another unit, went there, and the merge stayed."""
    window = open_window(write_alike(tmp_path / "kilosort4_A"))
    session = window.session
    session.set_note("a note")
    opened(window, pairs, qtbot, monkeypatch)
    notes = session.table.manual
    for n in (1, 2):
        press(window, "Y")
        press(window, "Ctrl+Z")
        assert window.status.currentMessage() == OF_MERGES
        assert session.table.manual is notes
        assert len(session.saying.merging.queue.past) == n
    press(window, "U", "Ctrl+Z")
    assert window.status.currentMessage() == OF_MERGES, "one is left"
    press(window, "U", "Ctrl+Z")
    assert window.status.currentMessage().startswith("Undid note")


def test_what_is_not_compared_with_phy_is_not_said_to_be_accepted_by_nobody(
    open_window: Any, tmp_path: Path, pairs: Path, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = open_window(write_alike(tmp_path / "kilosort4_A"))
    opened(window, pairs, qtbot, monkeypatch)
    press(window, "Y")
    merging = window.session.saying.merging
    command = window.actions_by_key.by_key["merges_in_phy"]
    merging.queue = replace(merging.queue, unknown=frozenset({((2, 3), ())}))
    command.trigger()
    assert window.status.currentMessage() == NOT_COMPARED
    merging.queue = replace(merging.queue, unknown=frozenset(), said=("", "", ""))
    command.trigger()
    assert window.status.currentMessage() == NONE_ACCEPTED


def test_what_is_left_out_as_it_is_not_compared_is_said_before_and_after(
    open_window: Any, tmp_path: Path, pairs: Path, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen: of ten that were accepted seven were written, and nobody was told of the three."""
    window = open_window(write_alike(tmp_path / "kilosort4_A"))
    opened(window, pairs, qtbot, monkeypatch)
    press(window, "Y", "Y", "Y")
    merging, asked = window.session.saying.merging, []
    merging.queue = replace(merging.queue, unknown=frozenset({((3, 4), ()), ((0, 1), ())}))
    monkeypatch.setattr(QMessageBox, "exec", lambda box: asked.append(box.informativeText()))
    window.actions_by_key.by_key["merges_in_phy"].trigger()
    left_out = "2 accepted are not compared with phy yet: left out."
    assert asked[0].splitlines()[:2] == ["2 and 3", left_out]
    out = tmp_path / "out.json"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(out), ""))
    window.actions_by_key.by_key["export_merges"].trigger()
    qtbot.waitUntil(out.exists, timeout=WAIT_MS)
    assert window.session.wait_idle(WAIT_MS)
    written = json.loads(out.read_text("utf-8"))
    assert [one["unit_ids"] for one in written["merges"]] == [[2, 3]]
    assert left_out in window.status.currentMessage()
    merging.queue = replace(merging.queue, fates={(2, 3): Fate(5)})
    window.actions_by_key.by_key["merges_in_phy"].trigger()
    assert window.status.currentMessage() == f"{NONE_LEFT} {left_out}"


@pytest.mark.skipif(sys.platform == "win32", reason="sockets with a path")
def test_what_became_of_merges_in_phy_is_in_the_bar_and_only_what_is_left_is_written(
    open_window: Any,
    tmp_path: Path,
    pairs: Path,
    qtbot: Any,
    monkeypatch: pytest.MonkeyPatch,
    runtime: Path,
) -> None:
    phy_plugin.install(phy_plugin.where())
    folder = write_alike(tmp_path / "kilosort4_A")
    window = open_window(folder)
    phy = linked_phy(window, folder, qtbot, 5)
    bar = opened(window, pairs, qtbot, monkeypatch)
    merging = window.session.saying.merging
    press(window, "Y", "X", "Y")
    phy.merge(5, 2, 3)
    phy.merge(6, 0, 1)
    qtbot.waitUntil(lambda: len(merging.queue.fates) == 3, timeout=WAIT_MS)
    assert bar.accessibleName().endswith(
        " · this one done in phy (6, not saved) · 2 done in phy · 1 no longer there"
    )
    said = merging.queue.said
    press(window, "U")  # seen: the acceptance was taken from what phy had done
    told = "0 and 1 is done in phy (6, not saved): it is undone there."
    assert window.status.currentMessage().startswith(told)
    assert merging.queue.said == said
    press(window, "U")
    assert merging.queue.now.ids == (3, 4), "what was said before it is taken back"
    press(window, "X")
    assert merging.queue.said == said
    assert 'href="merges_in_phy"' not in bar.text()
    window.actions_by_key.by_key["merges_in_phy"].trigger()  # nothing is asked
    assert window.status.currentMessage().startswith("Nothing that was accepted is left")
    phy.change("merge", history="undo", added=[0, 1], deleted=[6], descendants=[[6, 0], [6, 1]])
    merge(folder, [2, 3], 5)
    phy.say("saved")
    qtbot.waitUntil(lambda: merging.queue.fates.get((2, 3)) == Fate(5), timeout=WAIT_MS)
    assert merging.queue.left == ((0, 1),), "what phy undid is open again"
    assert bar.accessibleName().endswith(
        " · this one no longer there · 1 accepted · 1 done in phy · 1 no longer there"
    )
    assert 'href="merges_in_phy"' in bar.text()

    out = tmp_path / "out.json"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(out), ""))
    window.actions_by_key.by_key["export_merges"].trigger()
    qtbot.waitUntil(out.exists, timeout=WAIT_MS)
    assert window.session.wait_idle(WAIT_MS)
    written = json.loads(out.read_text("utf-8"))
    assert written["unit_ids"] == [0, 1, 4, 5]
    assert [one["unit_ids"] for one in written["merges"]] == [[0, 1]]
    assert "1 merge is done in phy already (5): left out." in window.status.currentMessage()
    phy.close()
