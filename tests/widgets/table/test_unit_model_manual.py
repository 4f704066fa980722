"""Labels in the table and in the panels: what changed is painted, and nothing else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from factories import again
from PySide6.QtCore import Qt
from qt_fixtures import KINDS, WAIT_MS, OpenWindow, scene_of, settle, table_of, write_recording

from bcviewer.core.curation.entries import LABEL, Action, Change, Who
from bcviewer.core.curation.replay import replay
from bcviewer.core.rules.columns import SAID_COLUMNS
from bcviewer.core.rules.labels import Label
from bcviewer.widgets.table.unit_model import UnitModel


def labelled(table: Any, *rows: int) -> Any:
    changes = tuple(Change(row, LABEL, None, "NOISE") for row in rows)
    at = "2026-03-01T00:00:00.000000Z"
    state = replay([Action("0" * 8, at, Who("ada"), "label", changes)])
    return again(table, said=state)


@pytest.mark.parametrize("rows", [[0, 1, 2, 3, 4], [4, 2, 0]])
def test_only_the_cells_that_changed_are_painted(rows: list[int]) -> None:
    table = table_of(KINDS)
    model = UnitModel()
    model.set_table(table, np.array(rows), tuple(table.names()))
    heard: set[tuple[int, str]] = set()

    def changed(first: Any, last: Any, _: Any = None) -> None:
        heard.update(
            (row, model.columns[column])
            for row in range(first.row(), last.row() + 1)
            for column in range(first.column(), last.column() + 1)
        )

    model.dataChanged.connect(changed)
    model.set_manual(labelled(table, 1, 4), np.array([1, 4]))
    shown = [place for place, row in enumerate(rows) if row in (1, 4)]
    marked = (*(k for k in SAID_COLUMNS if table.kind(k)), "label")  # which shows it, too
    assert heard == {(place, key) for place in shown for key in marked}
    column = model.columns.index("manual_label")
    texts = [model.index(place, column).data() for place in range(len(rows))]
    assert texts == ["NOISE" if row in (1, 4) else "" for row in rows]


def test_many_changed_rows_are_painted_in_one_go() -> None:
    table = table_of({"presenceRatio": [1.0] * 100})
    model = UnitModel()
    model.set_table(table, np.arange(100), ("label", "manual_label"))
    spans: list[tuple[int, int]] = []
    model.dataChanged.connect(lambda a, b, _=None: spans.append((a.row(), b.row())))
    model.set_manual(labelled(table, *range(5, 95)), np.arange(5, 95))
    assert spans == [(5, 94)] * 2  # of either column


def test_a_label_redraws_no_plot_and_is_in_the_table(
    open_window: OpenWindow, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = open_window(write_recording(tmp_path / "ks", KINDS))
    window.session.prefs.set_advance(False)
    window.show_layout("overview")
    assert window.session.wait_idle(WAIT_MS)
    drawn: list[str] = []
    for kind in {type(panel) for panel in window.panels.values() if "manual" not in panel.parts}:
        if hasattr(kind, "redraw"):
            monkeypatch.setattr(kind, "redraw", lambda self, _scene: drawn.append(self.panel_id))
    row = window.session.current
    window.session.set_label(Label.NOISE)
    settle()
    assert drawn == []
    model = window.unit_table.unit_model
    column = model.columns.index("manual_label")
    assert model.index(int(window.session.view.place[row]), column).data() == "NOISE"
    window.session.set_label_source("saved")  # but other labels do redraw them
    assert window.session.wait_idle(WAIT_MS)
    assert drawn
    assert window.filter_bar.edit.table is window.session.table


def test_a_scene_of_a_labelled_table_is_the_same_to_a_plot() -> None:
    table = table_of(KINDS)
    before, after = scene_of(table), scene_of(labelled(table, 2))
    assert before.part("table") is after.part("table")
    assert before.part("manual") is not after.part("manual")
    assert scene_of(None).part("table") is None
    assert scene_of(None).manual is None


def test_a_note_that_was_not_saved_is_told_where_its_unit_is_seen() -> None:
    table = table_of(KINDS)
    model = UnitModel()
    model.set_table(table, np.array([4, 2, 0]), tuple(table.names()))
    spans: list[tuple[int, int]] = []
    model.dataChanged.connect(lambda a, b, _=None: spans.append((a.row(), b.row())))
    at = model.index(1, model.columns.index("label"))
    model.set_drafts({2: "half a no", 3: "of a unit that is not shown"})
    assert spans == [(1, 1)]
    assert "note that was not saved: half a no" in at.data(Qt.ItemDataRole.ToolTipRole)
    model.set_drafts({})
    assert spans == [(1, 1)] * 2
    assert "saved" not in at.data(Qt.ItemDataRole.ToolTipRole)
