"""The curator's widgets by themselves: the history's model, label sources, times, the status."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from PySide6.QtWidgets import QComboBox, QLineEdit, QPlainTextEdit, QSpinBox, QTableView, QWidget
from qt_fixtures import KINDS, scene_of, settle, table_of

from bcviewer.app.curating.label_jobs import Read
from bcviewer.app.save_state import SavedWhere, SaveState
from bcviewer.core.curation.entries import LABEL, STABLE, Action, Change, Who
from bcviewer.core.curation.history import brief
from bcviewer.core.curation.imported import ImportedLabels, conflicts
from bcviewer.core.curation.replay import replay, with_action
from bcviewer.core.curation.said_columns import NO_LABEL
from bcviewer.core.rules.labels import Label
from bcviewer.core.run.stretch import Stretch
from bcviewer.core.sheet.kappa import kappa_words, share_words
from bcviewer.core.sheet.queue import QueueSpec, Review
from bcviewer.core.sheet.sources import cross_table
from bcviewer.widgets.chrome.status import StatusBar
from bcviewer.widgets.chrome.typing_guard import is_typed_into
from bcviewer.widgets.curate.history_model import HistoryModel
from bcviewer.widgets.curate.import_labels import STABLE_COLUMNS, ImportLabelsDialog
from bcviewer.widgets.curate.queue_bar import QueueBar
from bcviewer.widgets.drawing.local_time import local_time
from bcviewer.widgets.population.sources_panel import SourcesPanel


def said(number: int, unit: int, new: str | None, person: str = "anna", **more: Any) -> Action:
    at = f"2026-03-04T{number // 3600:02d}:{number // 60 % 60:02d}:{number % 60:02d}.{number:06d}Z"
    change = Change(unit, "label", None, new)
    return Action(f"action{number:06d}", at, Who(person, "m"), "label", (change,), **more)


# -- the history -----------------------------------------------------------------------------


def test_a_long_history_is_put_in_words_only_where_it_is_seen(keep: Any) -> None:
    state = replay(said(i, i % 900, "MUA") for i in range(20_000))
    model = HistoryModel()
    view = keep(QTableView())
    view.resize(500, 300)
    view.setModel(model)
    model.show_state(state, frozenset(range(900)))
    view.scrollToBottom()
    view.grab()
    assert model.rowCount() == 20_000
    assert model.index(0, 2).data() == "unit 199: no label → MUA"
    assert len(model._read) < 100
    view.setModel(None)


def test_one_more_action_is_put_on_top(qapp: Any) -> None:
    ids = frozenset({1, 2})
    first = replay([said(1, 1, "MUA"), said(2, 2, "GOOD")])
    model = HistoryModel()
    model.show_state(first, ids)
    resets, added = [], []
    model.modelReset.connect(lambda: resets.append(1))
    model.rowsInserted.connect(lambda _, a, b: added.append((a, b)))
    second = with_action(first, said(3, 9, "NOISE", "ben"))
    model.show_state(second, ids)
    assert (resets, added) == ([], [(0, 0)])
    assert model.gone == {9}
    model.show_state(with_action(second, said(4, 1, "NOISE", "ben")), ids)
    assert model.apart == {1}
    model.show_state(first, ids)
    assert resets == [1]
    assert (model.apart, model.gone) == (set(), set())


def test_ids_that_came_or_went_are_told(qapp: Any) -> None:
    state = replay([said(1, 1, "MUA"), said(2, 2, "GOOD")])
    model = HistoryModel()
    model.show_state(state, frozenset({1, 2}))
    assert model.gone == set()
    model.show_state(state, frozenset({1}))
    assert model.gone == {2}
    assert model.index(0, 2).data().endswith("(not in these results)")


def test_what_is_hidden_of_nothing_is_told_of_nothing(qapp: Any) -> None:
    model, told = HistoryModel(), list[tuple[int, int]]()
    model.dataChanged.connect(lambda first, last: told.append((first.row(), last.row())))
    model.hide_units(frozenset({1}))
    assert told == []  # there is no line, and so no range of lines
    model.show_state(replay([said(1, 1, "MUA"), said(2, 2, "GOOD")]), frozenset({1, 2}))
    model.hide_units(frozenset({2}))
    assert told == [(0, 1)]


@pytest.mark.parametrize(
    ("changes", "source", "words"),
    [
        ([(1, "label", "MUA")], "", "MUA for unit 1"),
        ([(1, "label", "MUA"), (2, "label", "MUA"), (3, "label", "MUA")], "", "MUA for 3 units"),
        ([(1, "label", "MUA"), (2, "label", "GOOD")], "", "labels of 2 units"),
        ([(1, "label", None)], "", "label cleared of unit 1"),
        ([(1, "note", "x")], "", "note of unit 1"),
        (
            [(1, "label", "MUA"), (2, "label", "GOOD")],
            "Bombcell's label",
            "Bombcell's label for 2 units",
        ),
    ],
)
def test_undo_names_what_it_would_take_back(changes: Any, source: str, words: str) -> None:
    made = tuple(Change(unit, field, None, new) for unit, field, new in changes)
    assert brief(Action("action000001", "", Who("a"), "label", made, source=source)) == words


# -- label sources ---------------------------------------------------------------------------


def test_the_cross_table_counts_every_unit_once() -> None:
    generator = np.random.default_rng(3)
    codes = [NO_LABEL, int(Label.GOOD), int(Label.MUA), int(Label.NOISE)]
    first, second = generator.choice(codes, (2, 500)).astype(np.int8)
    classes = (Label.GOOD, Label.MUA, Label.NOISE)
    found = cross_table(first, second, classes)
    lines = [*map(int, classes), NO_LABEL]
    slow = [[int(((first == a) & (second == b)).sum()) for b in lines] for a in lines]
    assert found[:-1, :-1].tolist() == slow
    assert found[-1].tolist() == found[:-1].sum(0).tolist()
    assert found[:, -1].tolist() == found[:, :-1].sum(1).tolist()
    assert found[-1, -1] == 500


def test_sources_that_a_run_lacks_are_not_offered(keep: Any) -> None:
    panel = keep(SourcesPanel())
    panel.resize(500, 300)
    panel.show_scene(scene_of(table_of({"presenceRatio": [1.0, 0.5]})))
    box = panel.findChild(QComboBox, "sources.first")
    offered = [box.itemData(i) for i in range(box.count())]
    assert "manual" in offered
    assert "kilosort" not in offered
    panel.choose("audit", "bombcell")
    assert panel.kappa.text() == "2 of 2 agree (100.0%) · Cohen's κ 1.00"
    panel.choose("bombcell", "manual")
    assert (
        panel.kappa.text() == "No unit has a label by both · left out: 2 without a label by manual"
    )


def test_nearly_all_is_not_all() -> None:
    assert [share_words(*pair) for pair in ((0, 5), (1, 100_000), (99_999, 100_000), (5, 5))] == [
        "0.0%",
        "<0.1%",
        ">99.9%",
        "100.0%",
    ]
    assert [kappa_words(k) for k in (1.0, 0.9999, -0.25)] == ["1.00", ">0.99", "-0.25"]
    assert "not defined" in kappa_words(float("nan"))


# -- small things ----------------------------------------------------------------------------


def test_times_are_local_and_short_today() -> None:
    now = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
    local = now.astimezone()
    assert local_time("2026-03-04T12:00:00.000001Z", now) == f"{local:%H:%M}"
    assert local_time("2026-03-04 12:00:00", now) == f"{local:%H:%M}"
    assert local_time("2024-03-04 12:00:00", now).startswith("2024-03-0")
    assert local_time("", now) == ""
    assert local_time("whenever", now) == "whenever"


def test_the_status_says_where_things_are(keep: Any) -> None:
    bar = keep(StatusBar())
    at = datetime(2026, 3, 4, 14, 2)
    bar.show_saved(0, SaveState())
    assert bar.saved.text() == ""
    bar.show_saved(12, SaveState(SavedWhere.BOTH, at, 3))
    assert bar.saved.text() == "· 12 reviewed, saved 14:02"
    bar.show_saved(12, SaveState(SavedWhere.LOCAL, at, 3, 2, "the drive is gone"))
    assert bar.saved.text() == "· 12 reviewed, saved 14:02 on this computer only: the drive is gone"
    assert "2 of them wait" in bar.saved.toolTip()
    bar.show_saved(12, SaveState(SavedWhere.FAILED, at, 3, 0, "the disk is full"))
    assert bar.saved.text() == "✗ 12 reviewed, not saved: the disk is full"
    assert "bold" in bar.saved.styleSheet()


def test_what_is_typed_into(keep: Any) -> None:
    fields = [keep(kind(), shown=False) for kind in (QLineEdit, QPlainTextEdit, QSpinBox)]
    assert all(map(is_typed_into, fields))
    fields[0].setReadOnly(True)
    assert not is_typed_into(fields[0])
    box = keep(QComboBox(), shown=False)
    assert not is_typed_into(box)
    box.setEditable(True)
    assert is_typed_into(box)
    assert not is_typed_into(None)


def test_the_import_shows_and_takes_over_stable_times_where_the_file_has_them(qtbot: Any) -> None:
    table, stretch = table_of(KINDS), Stretch(1 / 3, 2520.123456789012)

    def read(stable: dict[int, Stretch]) -> Read:
        imported = ImportedLabels("t.csv", "t", {0: Label.GOOD}, {}, stable=stable)
        return Read(table.run, imported, conflicts(imported, {}, table.ids))

    dialog = ImportLabelsDialog(None, read({1: stretch}))
    qtbot.addWidget(dialog)
    assert [dialog.table.isColumnHidden(column) for column in STABLE_COLUMNS] == [False, False]
    at = dialog.model.index(1, STABLE_COLUMNS[1])
    assert at.data() == "0.333–2520.123 s"
    wanted = (Change(0, LABEL, None, "GOOD"), Change(1, STABLE, None, stretch.written))
    assert dialog.changes() == [(table.run, wanted)]
    dialog.show_read(read({}))
    assert all(dialog.table.isColumnHidden(column) for column in STABLE_COLUMNS)


# -- the queue's bar -------------------------------------------------------------------------


def test_the_queues_bar_folds_where_it_is_narrow_and_asks_for_no_width(keep: Any) -> None:
    parent, table = keep(QWidget()), table_of(KINDS)
    bar = QueueBar(parent)
    bar.offer(True)
    missing = tuple(range(10, 40))
    spec = QueueSpec("random", 5, seed=1, blind=True)
    bar.show_review(table, Review(spec, np.arange(5), missing=missing), 5)
    buttons = (bar.go, bar.end, bar.reveal, bar.new)
    assert "(30 units missing in these results)" in bar.words.text()
    bar.show_review(table, Review(spec, np.arange(5), missing=missing), 5, compared=False)
    assert "(30 units not compared with phy yet)" in bar.words.text(), "nobody knows yet"
    for width, folded in ((1200, False), (bar.minimumSizeHint().width(), True), (1200, False)):
        bar.resize(width, 60)
        settle()
        assert (bar.width(), bar.go.x() < bar.words.x() + 20) == (width, folded)
        assert all(bar.rect().contains(button.geometry()) for button in buttons)
        assert bar.words.geometry().right() <= bar.width()
        whole = bar.words.sizeHint().width() <= bar.words.width()
        assert bar.bar.isHidden() or whole, "its picture takes no room from the words"
    assert bar.words.toolTip(), "whole where it is elided"
    assert bar.minimumSizeHint().width() < 320
