"""Proposals kept, opened, removed, copied and brought back, by keys in the real window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog
from pytestqt.qtbot import QtBot
from qt_fixtures import KINDS, WAIT_MS, press, settle, write_recording

from bcviewer.app.wishes import Propose
from bcviewer.core.comparison.proposal import NO_PROPOSAL
from bcviewer.core.curation.under import under_labels
from bcviewer.frame.window import Window
from bcviewer.widgets.chrome.kept_proposals import KeptProposalsDialog

pytestmark = pytest.mark.slow

LOW = ("minPresenceRatio", 0.6)


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """Return a recording that may be written to."""
    return write_recording(tmp_path / "ks", KINDS)


@pytest.fixture
def started(open_window: Any, copied: Path) -> Callable[[], Window]:
    def start() -> Window:
        window: Window = open_window(str(copied))
        assert window.session.wait_idle(WAIT_MS)
        settle()
        return window

    return start


def propose(window: Window, name: str = LOW[0], value: float | bool = LOW[1]) -> None:
    window.wires.grant(Propose(name, value))
    settle()


def dialog(window: Window, name: str) -> Any:
    found = window.findChild(QDialog, name)
    assert found is not None
    assert found.isVisible()
    found.activateWindow()  # which a desktop does
    settle()
    return found


def back(window: Window) -> None:
    """Give the window the focus again, which a desktop does when a dialog closes."""
    settle()
    window.activateWindow()
    settle()


def keep(window: Window, qtbot: QtBot, name: str, reason: str) -> None:
    press(window, "Ctrl+Alt+K")
    asked = dialog(window, "keepProposalDialog")
    assert not asked.keep.isEnabled(), "a reason is asked for"
    asked.name.selectAll()
    qtbot.keyClicks(asked.name, name)
    assert not asked.keep.isEnabled()
    qtbot.keyClick(asked.name, Qt.Key.Key_Tab)
    asked.reason.selectAll()
    qtbot.keyClicks(asked.reason, reason)
    qtbot.keyClick(asked.reason, Qt.Key.Key_Return)
    back(window)


def listed(window: Window) -> KeptProposalsDialog:
    press(window, "Ctrl+Alt+O")
    found: KeptProposalsDialog = dialog(window, "keptProposalsDialog")
    return found


def words(window: Window) -> str:
    return window.session.scene.proposal.words


def test_kept_listed_opened_undone_and_removed(
    started: Callable[[], Window], qtbot: QtBot, copied: Path, tmp_path: Path
) -> None:
    window = started()
    press(window, "Ctrl+Alt+K")
    assert window.status.currentMessage() == "Nothing is tried: move a threshold first."
    propose(window, value=0.5)
    propose(window)
    keep(window, qtbot, "short", "units come and go")
    assert "Proposal “short” kept" in window.status.currentMessage()
    press(window, "Ctrl+Alt+R")
    assert words(window) == ""
    shown = listed(window)
    assert shown.list.topLevelItemCount() == 1
    line = shown.list.topLevelItem(0)
    told = [line.text(i) for i in range(3)]
    assert told == ["short", "minPresenceRatio=0.6", "units come and go"]
    record = shown.tried.toPlainText()
    assert "as saved: GOOD" in record
    assert "  minPresenceRatio=0.5: GOOD" in record
    qtbot.keyClick(shown.list, Qt.Key.Key_Return)
    back(window)
    assert words(window) == "minPresenceRatio=0.6"
    press(window, "Ctrl+Alt+Z")
    assert words(window) == ""
    assert window.session.curation.wait_saved(WAIT_MS)
    shared = list((copied / "bombcell" / "bcviewer").glob("labels-*.jsonl"))
    assert len(shared) == 1, "kept with the labels, in the results"
    assert "units come and go" in shared[0].read_text("utf-8")
    shown = listed(window)
    qtbot.keyClick(shown.list, Qt.Key.Key_Delete)
    settle()
    assert shown.list.topLevelItemCount() == 0
    qtbot.keyClick(shown, Qt.Key.Key_Escape)
    back(window)
    press(window, "Ctrl+Z")
    assert "keeping" not in window.status.currentMessage()
    assert "removing the proposal short" in window.status.currentMessage()
    assert len(window.session.saying.proposals.all()) == 1
    file = tmp_path / "short.json"
    window.actions_by_key.kept_proposals.write(window.session.saying.proposals.all()[0], file)
    assert window.session.wait_idle(WAIT_MS)
    window.actions_by_key.kept_proposals.read(file)
    assert window.session.wait_idle(WAIT_MS)
    settle()
    assert words(window) == "minPresenceRatio=0.6"
    press(window, "Ctrl+Alt+C")
    assert 'param["minPresenceRatio"] = 0.6  # was 0.7' in QApplication.clipboard().text()
    file.write_text("{}")
    window.actions_by_key.kept_proposals.read(file)
    assert window.session.wait_idle(WAIT_MS)
    assert "it is no proposal of bcviewer" in window.banner.text


def test_somebody_elses_is_shown_with_their_name_and_stays(
    started: Callable[[], Window], qtbot: QtBot
) -> None:
    window = started()
    window.actions_by_key.files.set_person("bob")
    propose(window)
    keep(window, qtbot, "theirs", "bob's reason")
    window.actions_by_key.files.set_person("ada")
    settle()
    shown = listed(window)
    assert shown.list.topLevelItem(0).text(3) == "bob"
    assert not shown.remove.isEnabled()
    qtbot.keyClick(shown.list, Qt.Key.Key_Delete)
    settle()
    assert shown.list.topLevelItemCount() == 1
    qtbot.keyClick(shown, Qt.Key.Key_Escape)
    back(window)


@pytest.mark.long
def test_what_is_on_is_on_again_after_a_restart_and_labels_say_so(
    started: Callable[[], Window],
) -> None:
    window = started()
    propose(window)
    window.session.go_to_place(0)
    press(window, "Alt+M")
    unit = window.session.scene.said.reviewed()
    assert under_labels(window.session.scene.said) == dict.fromkeys(unit, "minPresenceRatio=0.6")
    record = window.session.viewing.proposing.record
    window.close()
    again = started()
    assert words(again) == "minPresenceRatio=0.6"
    assert again.what_if_bar.isVisible()
    assert "What was tried is on again" in again.status.currentMessage()
    assert again.session.viewing.proposing.record == record
    press(again, "F5")
    assert again.session.wait_idle(WAIT_MS)
    settle()
    assert words(again) == "minPresenceRatio=0.6", "read again, it stays"
    press(again, "Ctrl+Alt+R")
    assert again.session.scene.proposal == NO_PROPOSAL
    again.close()
    last = started()
    assert words(last) == ""
    assert not last.what_if_bar.isVisible()


def test_it_goes_along_to_other_probes_where_that_is_wanted(
    open_window: Any, tmp_path: Path, qtbot: QtBot
) -> None:
    for probe in "AB":
        write_recording(tmp_path / "all" / f"kilosort4_{probe}", KINDS)
    window: Window = open_window(str(tmp_path / "all"))
    session = window.session
    assert session.wait_idle(WAIT_MS)
    propose(window)

    def to(index: int) -> None:
        session.open_location(index)
        assert session.wait_idle(WAIT_MS)
        settle()

    here = session.catalogue.index
    to(1 - here)
    assert words(window) == "", "a proposal is of one recording"
    to(here)
    assert words(window) == "minPresenceRatio=0.6", "it is on where it was left"
    goes_along = window.actions_by_key.by_key["proposal_for_all"]
    goes_along.trigger()
    assert goes_along.isChecked()
    settle()
    assert "goes along to all probes" in window.what_if_bar.accessibleName()
    to(1 - here)
    assert words(window) == "minPresenceRatio=0.6"
    assert session.scene.for_all
    press(window, "Ctrl+Alt+R")
    assert not goes_along.isChecked()
    goes_along.trigger()
    assert not goes_along.isChecked(), "there is nothing that could"


def test_a_dialog_asks_where_to_and_from(
    started: Callable[[], Window], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    window, file = started(), tmp_path / "mine"
    propose(window)
    monkeypatch.setattr(
        QFileDialog, "getSaveFileName", lambda *_: (str(file), "Python for Bombcell (*.py)")
    )
    window.actions_by_key.by_key["export_proposal"].trigger()
    assert window.session.wait_idle(WAIT_MS)
    assert 'param["minPresenceRatio"] = 0.6' in (tmp_path / "mine.py").read_text("utf-8")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(file) + ".py", ""))
    window.actions_by_key.by_key["import_proposal"].trigger()
    assert window.session.wait_idle(WAIT_MS)
    assert "it is no JSON" in window.banner.text
    assert words(window) == "minPresenceRatio=0.6"
