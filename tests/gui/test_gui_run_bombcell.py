"""Bombcell run from the real window: asked, followed, opened beside, cancelled, offered."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QDesktopServices
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel
from qt_fixtures import WAIT_MS, press, settle
from raw_recording import RawRecording, write_raw_recording

from bcviewer.app.opening import bombcell_job
from bcviewer.app.wishes import Propose
from bcviewer.core.sheet.queue import QueueSpec
from bcviewer.frame.window import Window
from bcviewer.io.results.run_plan import RunPlan
from bcviewer.oracle.run_by_bombcell import BombcellRun, RunFailedError
from bcviewer.widgets.chrome.run_dialog import RunDialog

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> RawRecording:
    return write_raw_recording(tmp_path_factory.mktemp("made"))


@pytest.fixture
def ks_dir(made: RawRecording, tmp_path: Path) -> Path:
    shutil.copytree(made.ks_dir.parent, tmp_path / "rec")
    return tmp_path / "rec" / "kilosort4_A"


class Gate:
    """Runs Bombcell when it is let: its results are those that are there."""

    def __init__(self, results: Path) -> None:
        self.go = threading.Event()
        self.began = threading.Event()
        self.plans: list[RunPlan] = []
        self._results = results

    def run(
        self, plan: RunPlan, place: Path, tell: Any, check: Callable[[], None], *, or_next: bool
    ) -> BombcellRun:
        self.plans.append(plan)
        tell(0.5, "Metrics: 1/2 units")
        self.began.set()
        while not self.go.wait(0.005):
            check()
        shutil.copytree(self._results, place)
        return BombcellRun(plan.ks_dir, place, "0.94", "2 GOOD")


@pytest.fixture
def gate(made: RawRecording, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    gate = Gate(made.ks_dir / "bombcell")
    monkeypatch.setattr(bombcell_job, "run_bombcell", gate.run)
    yield gate
    gate.go.set()


def dialog_of(window: Window) -> RunDialog:
    """Return the dialog, once it knows what a run would be made with."""
    assert window.session.wait_idle(WAIT_MS)
    dialog = next(w for w in QApplication.topLevelWidgets() if isinstance(w, RunDialog))
    assert dialog.run.isEnabled(), dialog.notes.text()
    return dialog


def results(window: Window) -> str:
    return Path(window.session.catalogue.location.results_dir).name


def test_a_proposal_is_run_opened_beside_and_compared_with_what_was(
    open_window, ks_dir: Path, gate: Gate
):
    window = open_window(ks_dir, "--unit", 1)
    assert not window.docks["comparison"].isVisible()
    window.wires.grant(Propose("minPresenceRatio", 0.6))
    settle()
    assert "run Bombcell" in window.what_if_bar.text()
    window.what_if_bar.linkActivated.emit("run")
    dialog = dialog_of(window)
    assert dialog.table.item(0, 0).text() == "minPresenceRatio"
    assert dialog.name.text() == "bombcell_2"
    QTest.keyClicks(dialog.name, "_tried")
    assert window.session.wait_idle(WAIT_MS)
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    assert gate.began.wait(10)
    settle()
    press(window, "Up")  # the window answers meanwhile
    assert window.session.busy
    window.close()
    box = next(w for w in QApplication.topLevelWidgets() if w.objectName() == "quitDialog")
    assert box.text() == "bombcell_2_tried is still being written."
    next(b for b in box.buttons() if b.text() == "Stay").click()
    gate.go.set()
    assert window.session.wait_idle(WAIT_MS)
    settle()
    assert results(window) == "bombcell_2_tried"
    assert window.session.catalogue.next_mode(1) != window.session.catalogue.location.mode
    assert window.banner.text.startswith("Bombcell 0.94 wrote bombcell_2_tried: 2 GOOD. bombcell,")
    assert not window.banner.isHidden()
    assert not window.banner.offer.isVisible(), "what is next is done"
    two = window.session.scene.comparison
    sides = (two.found.before, two.found.after)
    places = [Path(side.run.provenance.results_dir).name for side in sides]
    assert (places, two.open_is_after) == (["bombcell", "bombcell_2_tried"], True)
    assert window.docked.is_in_front("comparison")
    assert window.panels["comparison"].seen
    assert window.compared.bar.isVisible()
    (plan,) = gate.plans
    assert plan.values["minPresenceRatio"] == 0.6
    assert (plan.tsv, plan.values["computeDrift"]) == (False, True)  # like the run that is open


def test_a_run_is_cancelled_and_nothing_is_there(open_window, ks_dir: Path, gate: Gate):
    window = open_window(ks_dir)
    window.actions_by_key.by_key["run_bombcell"].trigger()
    dialog_of(window).run.click()
    assert gate.began.wait(10)
    settle()
    window.status.cancel_chosen.emit()
    assert window.session.wait_idle(WAIT_MS)
    assert results(window) == "bombcell"
    assert [path.name for path in ks_dir.iterdir() if path.is_dir()] == ["bombcell"]


def test_a_sort_without_results_is_offered_a_run(open_window, ks_dir: Path, gate: Gate):
    shutil.rmtree(ks_dir / "bombcell")
    window = open_window(ks_dir)
    assert window.banner.is_error
    assert window.banner.offer.text() == "Run Bombcell…"
    QTest.mouseClick(window.banner.offer, Qt.MouseButton.LeftButton)
    dialog = dialog_of(window)
    assert (dialog.name.text(), dialog.like.count()) == ("bombcell", 1)
    gate.go.set()
    dialog.run.click()
    assert gate.began.wait(10)
    assert window.session.wait_idle(WAIT_MS)
    settle()
    assert results(window) == "bombcell"
    assert window.session.table.n_units == 2


def test_a_run_of_what_is_not_open_any_more_is_offered(
    open_window, ks_dir: Path, gate: Gate, tmp_path: Path
):
    window = open_window(ks_dir)
    window.actions_by_key.by_key["run_bombcell"].trigger()
    dialog_of(window).run.click()
    assert gate.began.wait(10)
    other = write_raw_recording(tmp_path / "other").ks_dir
    window.session.open(other)
    deadline = threading.Event()
    while window.session.catalogue.location.ks_dir != other and not deadline.wait(0.001):
        settle()
    gate.go.set()
    assert window.session.wait_idle(WAIT_MS)
    settle()
    assert window.session.catalogue.location.ks_dir == other
    assert window.banner.offer.text() == "Open"
    QTest.mouseClick(window.banner.offer, Qt.MouseButton.LeftButton)
    assert window.session.wait_idle(WAIT_MS)
    assert results(window) == "bombcell_2"


def test_closing_ends_a_run(open_window, ks_dir: Path, gate: Gate):
    window = open_window(ks_dir)
    window.actions_by_key.by_key["run_bombcell"].trigger()
    dialog_of(window).run.click()
    assert gate.began.wait(10)
    window.closes_anyway = True
    window.close()
    assert [path.name for path in ks_dir.iterdir() if path.is_dir()] == ["bombcell"]


def test_a_true_run(open_window, helper_at_once, ks_dir: Path):
    window = open_window(ks_dir)
    window.actions_by_key.by_key["run_bombcell"].trigger()
    dialog = dialog_of(window)
    table = dialog.table
    table.setCurrentCell(table.row_of("splitGoodAndMua_NonSomatic"), 1)
    table.setFocus()
    QTest.keyClick(table, Qt.Key.Key_Space)
    assert window.session.wait_idle(WAIT_MS)
    dialog.run.click()
    assert window.session.wait_idle(60_000)
    settle()
    assert results(window) == "bombcell_2"
    criteria = window.session.scene.sheet.run.criteria
    assert criteria.flags["splitGoodAndMua_NonSomatic"]
    assert window.session.wait_verified(60_000)
    sheet = window.session.scene.sheet
    assert sheet.run.saved.tolist() == [sheet.text("bombcell_label", row) for row in range(2)]
    assert sorted(p.name for p in ks_dir.iterdir() if p.is_dir()) == ["bombcell", "bombcell_2"]


def test_a_run_that_fails_says_why_and_offers_what_it_printed(
    open_window, ks_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    log = tmp_path / "run.log"

    def failing(*_: Any, **__: Any) -> BombcellRun:
        raise RunFailedError("Bombcell failed: KeyError: x.", str(log))

    opened: list[str] = []
    monkeypatch.setattr(bombcell_job, "run_bombcell", failing)
    monkeypatch.setattr(
        QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()) or True
    )
    window = open_window(ks_dir)
    window.actions_by_key.by_key["run_bombcell"].trigger()
    dialog_of(window).run.click()
    assert window.session.wait_idle(WAIT_MS)
    settle()
    assert window.banner.text.startswith("Bombcell failed: KeyError: x. What it printed: ")
    QTest.mouseClick(window.banner.offer, Qt.MouseButton.LeftButton)
    assert opened == [str(log)]


def test_a_blind_review_hears_of_no_counts(open_window, ks_dir: Path, gate: Gate):
    window = open_window(ks_dir)
    run = window.actions_by_key.by_key["run_bombcell"]
    run.trigger()
    dialog_of(window).run.click()
    assert gate.began.wait(10)
    window.session.set_queue(QueueSpec("random", 2, seed=7, blind=True))
    assert window.session.scene.book.n_hidden
    run.trigger()
    shown = [w for w in QApplication.topLevelWidgets() if w.isVisible()]
    assert not any(isinstance(w, RunDialog) for w in shown)
    gate.go.set()
    assert window.session.wait_idle(WAIT_MS)
    settle()
    assert "bombcell_2: a blind review is on." in window.banner.text
    assert window.session.scene.comparison is None
    assert window.banner.offer.text() == "Before against after"
    told = " ".join(label.text() for label in window.status.findChildren(QLabel))
    assert "2 GOOD" not in window.banner.text + told + window.status.currentMessage()
