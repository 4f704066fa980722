"""What phy changed after Bombcell ran, in the real window: shown, and nothing moves for it."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from phy_recordings import merge, split, write_sorted
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton
from qt_fixtures import WAIT_MS, click, click_unit, current_id, press, shown_ids, verified_as

from bcviewer.app.background import background as module
from bcviewer.core.figures.recording_dashboard import total_of
from bcviewer.core.rules.labels import Label
from bcviewer.core.sheet.queue import QueueSpec
from bcviewer.oracle.client import Verification
from bcviewer.widgets.unit import previews


class Gate:
    """Lets a recording's arrays be opened only when a test says so."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._event = threading.Event()
        real = module.open_arrays

        def open_late(run: Any, control: Any) -> Any:
            assert self._event.wait(WAIT_MS / 1000)
            return real(run, control)

        monkeypatch.setattr(module, "open_arrays", open_late)

    def open(self, window: Any) -> None:
        self._event.set()
        assert window.session.wait_idle(WAIT_MS)


@pytest.fixture
def curated(tmp_path: Path) -> Path:
    """Return 60 units of which phy merged 2 and 3 to 60, and split 5 to 61 and 62."""
    folder = write_sorted(tmp_path / "kilosort4_A", 60, presenceRatio=[0.5] * 10 + [1.0] * 50)
    merge(folder, [2, 3], 60)
    split(folder, 5, 30, (61, 62))
    return folder


def chip(window: Any, name: str) -> QToolButton:
    return window.findChild(QToolButton, f"chip.{name}")


def top_of(window: Any) -> tuple[int, int]:
    """Return the cluster id at the top of the table, and where in the viewport it begins."""
    table = window.unit_table
    place = table.rowAt(0)
    row = table.unit_model.unit_row(place)
    return int(window.session.table.ids.cluster_id[row]), table.rowViewportPosition(place)


def test_the_merge_and_the_split_are_rows_states_a_chip_and_a_sentence(
    open_window: Any, curated: Path, qtbot: Any
) -> None:
    window = open_window(curated, "--unit", 2)
    table = window.session.table
    assert table.n_units == 63
    assert window.status.units.text().startswith("60 units + 3 not scored · ")
    changed = chip(window, "changed_in_phy")
    assert changed.isVisible()
    assert changed.text() == "changed in phy 6"
    why = window.panels["why"]
    assert "no longer in phy: merged into 60 with 3" in why.text()
    click(changed, changed.rect().center())
    assert sorted(shown_ids(window)) == [2, 3, 5, 60, 61, 62]
    click(changed, changed.rect().center())
    press(window, "End")
    assert current_id(window) == 62
    assert "24 not tested: not scored" in why.rows.rest
    headline = window.panels["why"]._headline.text()
    assert headline == "Made by phy: all from 5 (25% of its spikes)."
    press(window, "1")  # GOOD only
    assert not set(shown_ids(window)) & {60, 61, 62}


def test_unchanged_recordings_show_no_chip_and_no_further_row(
    open_window: Any, tmp_path: Path
) -> None:
    window = open_window(write_sorted(tmp_path / "kilosort4_A", 5))
    assert set(window.session.table.values("phy_state")) == {"current"}
    assert not chip(window, "changed_in_phy").isVisible()
    assert window.status.units.text().startswith("5 units · ")


@pytest.mark.parametrize(
    ("sort", "text"),
    [
        (("attention", False), ""),
        (("cluster_id", True), ""),
        (("label", False), "cluster_id != 7"),
    ],
)
def test_nothing_moves_when_it_is_known(
    open_window: Any,
    curated: Path,
    qtbot: Any,
    monkeypatch: pytest.MonkeyPatch,
    sort: tuple[str, bool],
    text: str,
) -> None:
    gate = Gate(monkeypatch)
    window = open_window(curated, idle=False)
    qtbot.waitUntil(lambda: window.session.table is not None, timeout=WAIT_MS)
    session, table = window.session, window.unit_table
    session.set_sort(*sort)
    session.set_filter(text)
    table.setFocus()
    click_unit(window, 25)
    press(window, "Shift+Down")
    bar = table.verticalScrollBar()
    assert bar.maximum() > 0
    bar.setValue(bar.maximum() // 2 + 3)
    assert set(session.table.values("phy_state")) == {""}
    before = (
        current_id(window),
        session.selected.tolist(),
        top_of(window),
        session.filter,
        session.sort,
    )
    steps = session.table.ids.cluster_id[session.view.rows].tolist()
    moves: list[object] = []
    session.changed.connect(lambda was, now: now.differs(was, "marked") and moves.append(now))
    gate.open(window)
    after = (
        current_id(window),
        session.selected.tolist(),
        top_of(window),
        session.filter,
        session.sort,
    )
    assert session.table.n_units == 63
    assert before == after
    assert moves == []
    assert [i for i in shown_ids(window) if i < 60] == steps
    assert {60, 61, 62} <= set(shown_ids(window))
    assert len(table.selected_places()) == 2


def test_a_filter_for_what_is_not_known_yet_comes_true(
    open_window: Any, curated: Path, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate(monkeypatch)
    window = open_window(curated, idle=False)
    qtbot.waitUntil(lambda: window.session.table is not None, timeout=WAIT_MS)
    window.session.set_filter("phy_state == 'gone'")
    assert shown_ids(window) == []
    gate.open(window)
    assert sorted(shown_ids(window)) == [2, 3, 5]


def test_reloading_stays_at_a_unit_that_phy_made(
    open_window: Any, curated: Path, qtbot: Any
) -> None:
    window = open_window(curated, "--unit", 61)
    assert current_id(window) == 61
    assert "No unit" not in window.status.currentMessage()
    press(window, "F5")
    assert window.session.wait_idle(WAIT_MS)
    assert current_id(window) == 61
    with qtbot.waitSignal(window.session.notice, timeout=WAIT_MS) as said:
        window.session.open(str(curated), unit=99)
    assert said.args == ["No unit has the cluster id 99 in kilosort4_A."]
    assert window.session.wait_idle(WAIT_MS)


def test_bombcells_answer_before_and_after(open_window: Any, curated: Path) -> None:
    window = open_window(curated)
    session = window.session
    codes = session.table.audit.label[:60].copy()
    verified_as(session, Verification("verified", "0.94", codes))
    assert window.status.verdict.text() == "· 60 of 60 labels agree with bombcell 0.94"
    codes[0] = Label.NOISE
    verified_as(session, Verification("verified", "0.94", codes))
    assert session.table.labels[0] == Label.NOISE
    assert session.table.labels[60:].tolist() == [Label.UNSCORED] * 3
    assert "59 of 60 labels agree" in window.status.verdict.text()


def test_all_plots_leave_them_out(open_window: Any, curated: Path) -> None:
    """Every panel draws, and counts what Bombcell scored."""
    window = open_window(curated)
    for layout in ("overview", "metrics"):
        window.show_layout(layout)
        window.session.wait_idle(WAIT_MS)
        for panel in window.panels.values():
            panel.show_scene(window.session.scene)
        window.session.set_current(62)
        window.session.set_selected(np.array([0, 61, 62]))
    classes = window.panels["classes"]
    assert sum(n for _, of_split, n in classes.bars_of if not of_split) == 60
    for key in ("classes", "reasons", "histograms"):
        panel = window.panels[key]
        panel.scope.setCurrentIndex(2)
        assert panel.rows(window.session.scene).tolist() == [0]
        assert panel.rows(window.session.scene) is panel.rows(window.session.scene)


def test_export_leaves_them_out(open_window: Any, curated: Path, tmp_path: Path) -> None:
    window = open_window(curated)
    window.actions_by_key.exports.export(np.array([0, 61, 4]), tmp_path / "some.csv")
    assert window.session.wait_idle(WAIT_MS)
    assert pd.read_csv(tmp_path / "some.csv")["cluster_id"].tolist() == [0, 4]
    window.session.set_selected(np.array([61]))
    window.actions_by_key.by_key["export_selected"].trigger()
    none = "No unit to export: Bombcell's run has no row of"
    assert f"{none} unit 61, which phy made." in window.status.currentMessage()
    window.session.set_selected(np.array([61, 62]))
    window.actions_by_key.by_key["export_selected"].trigger()
    assert f"{none} 2 units, which phy made." in window.status.currentMessage()


def test_what_is_gone_is_no_work_and_what_phy_made_is(
    open_window: Any, curated: Path, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A queue of before skips what is gone; a new one has none of it, and phy's units last."""
    gate = Gate(monkeypatch)
    window = open_window(curated, idle=False)
    session, bar, panel = window.session, window.queue_bar, window.panels["review"]
    qtbot.waitUntil(lambda: session.table is not None, timeout=WAIT_MS)
    session.set_queue(QueueSpec())
    assert bar.words.text() == "0 of 60"
    gate.open(window)
    gone = {2, 3, 5}
    for unit in (3, 10):  # what is said of a unit that is gone stays, and is no work done
        session.set_current(int(session.table.ids.rows_of(unit)[0]))
        session.set_label(Label.MUA)
    assert session.table.text("manual_label", 3) == "MUA"
    assert bar.words.text() == "1 of 57 (3 units no longer in phy)"
    press(window, "F7")
    window.docks["review"].raise_()
    qtbot.waitUntil(lambda: panel.queue_words.text() != "", timeout=WAIT_MS)
    assert panel.queue_words.text() == "queue: 1 of 57 reviewed"
    assert panel.all_words.text() == "1 of 60 reviewed"
    place = session.scene.catalogue.locations[0]
    assert session.scene.decided_of(place).words == panel.all_words.text()  # at its button, too
    window.unit_table.setFocus()
    seen = set()
    for _ in range(60):
        press(window, "N")
        seen.add(current_id(window))
    assert not seen & gone
    session.set_queue(QueueSpec())
    assert bar.words.text() == "1 of 60"
    assert not set(shown_ids(window)) & gone
    assert {60, 61, 62} <= set(shown_ids(window)[-4:])
    shown = set(shown_ids(window))
    press(window, "F5")  # what phy made is known later than the queue, which is kept by ids
    assert session.wait_idle(WAIT_MS)
    assert set(shown_ids(window)) == shown
    assert bar.words.text() == "1 of 60"


def test_units_that_are_gone_have_no_preview_and_it_is_said_into_what_they_went(
    open_window: Any, curated: Path, qtbot: Any
) -> None:
    """Seen: *Together with 22: not scored: Unit 4 has no spikes in spike_clusters.npy.*"""
    session = open_window(curated).session
    session.set_selected(np.array([2, 3]))
    together = lambda: previews.together_words(session.scene)  # noqa: E731
    qtbot.waitUntil(lambda: "not scored" in together(), timeout=WAIT_MS)
    assert together().endswith(": not scored: Units 2, 3 are gone: merged into 60.")


def test_of_more_units_than_are_previewed_it_is_said(open_window: Any, curated: Path) -> None:
    """Seen: with more than eight highlighted the preview was absent without a word."""
    window = open_window(curated)
    window.session.set_selected(np.arange(10, 18))
    assert "no preview" not in window.panels["why"].text()
    window.session.set_selected(np.arange(10, 19))
    told = "Together: no preview of 9, 8 units at most."
    assert previews.together_words(window.session.scene) == told


def test_it_opens_at_and_goes_on_to_units_that_are_there(
    open_window: Any, tmp_path: Path, qtbot: Any
) -> None:
    """Seen: it opened at a unit that was struck through, and a label went on to another."""
    folder = write_sorted(tmp_path / "kilosort4_A", 8)
    merge(folder, [0, 1], 8)
    merge(folder, [4, 5], 9)
    window = open_window(folder)
    session = window.session
    assert shown_ids(window)[:2] == [0, 1]
    assert current_id(window) == 2
    session.set_current(int(session.table.ids.rows_of(3)[0]))
    session.set_label(Label.MUA)
    assert current_id(window) == 6
    tips = [one.toolTip() for one in window.findChildren(QToolButton)]
    assert any("Of these 4 are gone in phy." in tip for tip in tips)
    press(window, "F8")
    window.docks["dashboard"].show()
    window.docks["dashboard"].raise_()
    model = window.panels["dashboard"].view.table
    qtbot.waitUntil(lambda: model.rowCount() > 0, timeout=WAIT_MS)
    tips = [model.data(model.index(0, i), Qt.ItemDataRole.ToolTipRole) for i in range(3)]
    assert any("Of these 4 are gone in phy." in tip for tip in tips)
    summary = model.rows[0]
    assert total_of((summary, summary)).gone["units"] == 8


def test_another_run_opened_meanwhile(
    open_window: Any, curated: Path, tmp_path: Path, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is found out about a run is shown in that run only."""
    gate = Gate(monkeypatch)
    window = open_window(curated, idle=False)
    qtbot.waitUntil(lambda: window.session.table is not None, timeout=WAIT_MS)
    other = write_sorted(tmp_path / "kilosort4_B", 4)
    first = window.session.scene.run
    window.session.open(str(other))
    qtbot.waitUntil(lambda: window.session.scene.run is not first, timeout=WAIT_MS)
    gate.open(window)
    assert window.session.table.n_units == 4
    assert set(window.session.table.values("phy_state")) == {"current"}


def test_a_unit_that_phy_made_can_be_labelled(open_window: Any, curated: Path, qtbot: Any) -> None:
    """The label is there again when the recording is opened anew, before and after it is known."""
    window = open_window(curated, "--unit", 61)
    session = window.session
    session.set_label(Label.MUA)
    row = session.table.ids.rows_of(61)[0]
    assert session.table.text("manual_label", row) == "MUA"
    gone = []
    session.changed.connect(lambda: gone.extend(i for j in session.scene.journals for i in j.gone))
    press(window, "F5")
    assert session.wait_idle(WAIT_MS)
    assert session.table.n_units == 63
    assert session.table.text("manual_label", session.table.ids.rows_of(61)[0]) == "MUA"
    assert "Labels or notes" not in window.banner.text, "it has a row: nothing is gone"
    assert not gone, "nor is it said for a moment, before phy's units are known"
    session.undo()
    assert session.table.text("manual_label", session.table.ids.rows_of(61)[0]) == ""


def test_labels_given_before_it_is_known_stay(
    open_window: Any, curated: Path, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate(monkeypatch)
    window = open_window(curated, idle=False)
    session = window.session
    qtbot.waitUntil(lambda: session.table is not None, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: session.curation.is_open, timeout=WAIT_MS)
    session.go_to_id(7)
    session.set_label(Label.GOOD)
    gate.open(window)
    assert session.table.n_units == 63
    assert session.table.text("manual_label", 7) == "GOOD"
    session.go_to_id(8)
    session.set_label(Label.NOISE)
    assert session.table.text("manual_label", 8) == "NOISE"
