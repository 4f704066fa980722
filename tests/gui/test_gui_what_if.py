"""A proposal in the real window: the bar, its links, its signs, exports that name it, its end."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolButton
from qt_fixtures import WAIT_MS, press, settle

from bcviewer.app.wishes import Propose
from bcviewer.core.comparison.proposal import NO_PROPOSAL, OFFERED
from bcviewer.core.sheet.queue import QueueSpec
from bcviewer.frame.window import Window
from bcviewer.widgets.chrome.what_if_dialog import WhatIfDialog
from bcviewer.widgets.table.plain_cell import CELL_PADDING

# Each test leaves the window as no other may have it.
pytestmark = pytest.mark.slow


MOVED = ("minNumSpikes", 1e9)
"""No unit of the demonstration is GOOD by it."""


def ready(window: Window) -> None:
    press(window, "F3")
    window.session.go_to_place(0)


@pytest.fixture
def window(shared_window: Any) -> Iterator[Window]:
    window = shared_window("demo", ready=ready)
    yield window
    window.session.viewing.proposing.reset()
    window.session.viewing.filtering.clear_filter()
    window.session.set_label_source("bombcell")


def propose(window: Window, name: str = MOVED[0], value: float | bool = MOVED[1]) -> None:
    window.wires.grant(Propose(name, value))
    settle()


def was(window: Window) -> list[str]:
    table = window.session.table
    assert table is not None
    return [table.text("bombcell_label", row) for row in range(table.n_units)]


def test_the_bar_says_it_and_its_links_show_and_reset(window: Window) -> None:
    assert not window.what_if_bar.isVisible()
    facts, table = was(window), window.session.table
    n_good = facts.count("GOOD")
    propose(window)
    assert window.what_if_bar.isVisible()
    said = window.what_if_bar.accessibleName()
    assert said.startswith("What if · spikes ≥ 1000000000 (300) · GOOD ")
    assert f"GOOD {n_good} → 0 (+0 −{n_good})" in said
    assert was(window) == facts, "Bombcell's label is a fact"
    assert window.session.table is not table
    assert {"was", "flip"} <= set(window.unit_table.shown_columns())
    window.what_if_bar.linkActivated.emit("show")
    settle()
    flips = window.session.view.n_shown
    assert flips == sum(bool(window.session.table.text("flip", r)) for r in range(len(facts)))
    assert f"show the {flips}" in window.what_if_bar.text()
    window.what_if_bar.linkActivated.emit("reset minNumSpikes")
    settle()
    assert not window.what_if_bar.isVisible()
    assert window.session.view.n_shown == len(facts)
    assert not {"was", "flip"} & set(window.unit_table.shown_columns())


@pytest.mark.long
def test_flips_are_whole_also_where_the_first_proposal_had_none(window: Window) -> None:
    """Seen: “…” in place of “MUA → GOOD”: the column was as wide as when nothing flipped."""
    propose(window, "minPresenceRatio", 0.0)
    propose(window)
    table, view = window.session.table, window.unit_table
    assert table is not None
    section = view.unit_model.columns.index("flip")
    longest = max((table.text("flip", row) for row in range(table.n_units)), key=len)
    assert longest
    advance = view.fontMetrics().horizontalAdvance(longest)
    assert view.columnWidth(section) >= advance + CELL_PADDING


@pytest.mark.long
def test_keys_take_it_back_and_leave_labels_alone(window: Window) -> None:
    propose(window)
    press(window, "Ctrl+Alt+Z")
    assert window.session.scene.proposal == NO_PROPOSAL
    press(window, "Ctrl+Alt+Y")
    assert window.session.scene.proposal.words == "minNumSpikes=1000000000"
    press(window, "Ctrl+Alt+R")
    assert window.session.scene.proposal == NO_PROPOSAL


def test_a_wrong_value_is_said_and_nothing_is_tried(window: Window) -> None:
    propose(window, "tauR_valuesMin", 1.0)
    assert window.session.scene.proposal == NO_PROPOSAL


def test_a_proposed_sign_has_an_outline(window: Window) -> None:
    def sign() -> bytes:
        cell = window.unit_table.unit_model.cell(0, columns().index("label"))
        image = cell.sign.pixmap(36, 36).toImage()
        return bytes(image.constBits())

    def columns() -> list[str]:
        return list(window.unit_table.unit_model.columns)

    fact = sign()
    propose(window, "maxPercSpikesMissing", 99.5)
    row = window.unit_table.unit_model.unit_row(0)
    assert window.session.table.text("flip", row) == ""
    assert sign() != fact, "the same label, and no fact"


def test_why_says_the_fact_first_and_then_what_if(window: Window) -> None:
    facts = was(window)
    good = facts.index("GOOD")
    window.session.set_current(good)
    propose(window)
    text = window.panels["why"].text()
    window.panels["why"].show_scene(window.session.scene)
    window.panels["why"].redraw(window.session.scene)
    text = window.panels["why"].text()
    assert "what if: MUA" in text
    assert "GOOD → with minNumSpikes=1000000000: MUA: spikes" in text


def test_exports_name_the_proposal_and_keep_the_facts(window: Window, tmp_path: Path) -> None:
    facts = was(window)
    propose(window)
    exports = window.actions_by_key.exports
    path = tmp_path / "units.csv"
    exports.export(np.arange(len(facts)), path)
    assert window.session.wait_idle(WAIT_MS)
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["bombcell_label"] for row in rows] == facts
    assert {row["whatif_parameters"] for row in rows} == {"minNumSpikes=1000000000"}
    assert "GOOD" not in {row["whatif_label"] for row in rows}
    assert all(
        "spikes" not in r["classification_reason"] for r in rows if r["bombcell_label"] == "GOOD"
    )
    panel = window.panels["classes"]
    panel.show_scene(window.session.scene)
    panel.save(tmp_path / "classes.csv")
    header = (tmp_path / "classes.csv").read_text("utf-8").splitlines()[0]
    assert header.endswith(",whatif_parameters")


def test_rows_that_are_copied_name_it(window: Window) -> None:
    propose(window)
    press(window, "Ctrl+A", "Ctrl+C")
    head, *rows = QApplication.clipboard().text().split("\n")
    assert head.split("\t")[-1] == "what if"
    assert {row.split("\t")[-1] for row in rows} == {"minNumSpikes=1000000000"}


def test_a_blind_review_tells_no_count_of_it(window: Window) -> None:
    window.session.set_queue(QueueSpec("random", 5, seed=7, blind=True))
    settle()
    try:
        propose(window)
        said = window.what_if_bar.accessibleName()
        assert said.endswith("its counts are hidden by the blind review")
        assert "GOOD" not in said
        table = window.session.table
        hidden = window.session.scene.book.hidden_rows().tolist()
        assert hidden
        assert {table.text("flip", row) for row in hidden} == {""}
        assert {table.text("was", row) for row in hidden} == {""}
    finally:
        window.session.viewing.rows.reveal()
        window.session.viewing.rows.end_queue()
        settle()


@pytest.mark.long
def test_a_moved_limit_is_tested_anew_and_until_then_nothing_is_told_of_it(
    open_window: Any, helper_at_once: None
) -> None:
    window = open_window("demo")
    ready(window)
    session = window.session
    propose(window, "maxRPVviolations", 0.3)
    said = window.what_if_bar.accessibleName()
    assert "RPV verdicts of the saved limit 0.1" in said
    assert ": 0 done" in said
    chip = window.findChild(QToolButton, "chip.undecidable")
    assert chip.text().startswith("undecidable ≥ 0 · ")
    assert "of the saved limit" in chip.text()
    assert "not assessed" not in window.panels["why"].text()
    assert session.wait_idle(WAIT_MS)
    settle()
    said = window.what_if_bar.accessibleName()
    assert "saved limit" not in said
    assert not any("saved limit" in text for text in session.table.values("rpv_verdict"))
    assert "≥" not in chip.text()


def test_flags_are_tried_from_a_list_that_follows(window: Window, qtbot: Any) -> None:
    press(window, "Ctrl+Alt+T")
    dialog = window.findChild(WhatIfDialog)
    try:
        qtbot.waitUntil(dialog.isActiveWindow, timeout=WAIT_MS)
        row = OFFERED.index("splitGoodAndMua_NonSomatic")
        dialog.table.setCurrentCell(row, 0)
        QTest.keyClick(dialog.table, Qt.Key.Key_Space)
        settle()
        assert window.session.scene.proposal.words == "splitGoodAndMua_NonSomatic=true"
        assert dialog.table.item(row, 2).checkState() == Qt.CheckState.Checked
        QTest.keyClick(dialog.table, Qt.Key.Key_Delete)
        settle()
        assert window.session.scene.proposal == NO_PROPOSAL
        assert dialog.table.item(row, 2).checkState() == Qt.CheckState.Unchecked
    finally:
        dialog.close()
        settle()
