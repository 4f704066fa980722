"""Rows and their cluster ids: what has none has nothing in common with what has none."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from factories import again, make_run, sheet_of

import bcviewer
from bcviewer.core.curation.manual import ManualUnit
from bcviewer.core.curation.said_columns import (
    NO_LABEL,
    ManualColumns,
    orphans,
    told_apart,
)
from bcviewer.core.curation.state import CurationState
from bcviewer.core.evidence.compare_phy import phy_of
from bcviewer.core.evidence.recording import Contingency
from bcviewer.core.rules.labels import Label
from bcviewer.core.run.phy import PhyState
from bcviewer.core.run.unit_ids import NO_ID, NO_ID_WORDS
from bcviewer.core.sheet.explain import explain
from bcviewer.core.sheet.frame import to_frame
from bcviewer.core.sheet.ids import NO_ROW, NO_UNIT
from bcviewer.core.sheet.queue import QueueSpec, draw_up
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.errors import UserError

IDS = np.array([4, NO_ID, 7, NO_ID])


@pytest.fixture
def table() -> Sheet:
    run = make_run({"nSpikes": [100.0, 90.0, 80.0, 70.0]}, cluster_id=IDS)
    return sheet_of(run)


def test_only_real_ids_are_given(table: Sheet) -> None:
    run = table.run
    assert run.ids.has_id.tolist() == [True, False, True, False]
    assert [run.ids.id_of(row) for row in range(4)] == [4, None, 7, None]
    assert run.ids.ids_of().tolist() == [4, 7]
    assert run.ids.ids_of(np.array([1, 2])).tolist() == [7]
    assert run.ids.rows_of(NO_ID).tolist() == []
    assert run.ids.rows_of_any([NO_ID]).tolist() == []
    assert run.ids.rows_of_any([NO_ID, 4]).tolist() == [0]
    assert (run.ids.named(0), run.ids.named(1)) == ("unit 4", "row 1 (no id)")
    assert run.ids.asked_id(2) == 7
    with pytest.raises(UserError, match="This row has no id: nothing can be said about it"):
        run.ids.asked_id(3)


def test_where_there_is_no_unit_there_is_no_id() -> None:
    ids = make_run({"nSpikes": [100.0, 90.0]}, cluster_id=np.array([4, 7])).ids
    assert (NO_UNIT, NO_ROW) == (-1, -1)
    for nothing in (NO_UNIT, NO_ROW, -2):
        assert ids.id_of(nothing) is None
        assert "7" not in ids.named(nothing)
        with pytest.raises(UserError, match="This row has no id"):
            ids.asked_id(nothing)


def test_what_older_journals_said_of_no_id_is_of_no_row(table: Sheet) -> None:
    state = CurationState()
    state.units = {NO_ID: ManualUnit(Label.MUA, "hm"), 7: ManualUnit(Label.GOOD)}
    manual = ManualColumns.of(table.run.ids, state)
    assert manual.labels.tolist() == [NO_LABEL, NO_LABEL, Label.GOOD, NO_LABEL]
    assert not manual.note.codes.any()
    assert orphans(table.ids, state) == []
    empty = ManualColumns.empty(4)
    assert told_apart(empty, manual, np.arange(4)).tolist() == [False, False, True, False]
    noted = empty.with_units(table.ids, state_of(4, ManualUnit(None, "a note")), [4])
    assert told_apart(empty, noted, np.arange(4)).tolist() == [True, False, False, False]
    assert told_apart(empty, ManualColumns.empty(5), np.arange(5)).all()


def state_of(cluster_id: int, unit: ManualUnit) -> CurationState:
    state = CurationState()
    state.units = {cluster_id: unit}
    return state


def test_no_id_is_missing_in_the_table_and_in_frames(table: Sheet) -> None:
    assert np.isnan(table.values("cluster_id")).tolist() == [False, True, False, True]
    assert table.text("cluster_id", 1) == "–"
    frame = to_frame(table)
    assert frame["cluster_id"].isna().tolist() == [False, True, False, True]
    assert frame["cluster_id"].dropna().tolist() == [4, 7]
    whole = make_run({"nSpikes": [1.0, 2.0]})
    assert to_frame(sheet_of(whole))["cluster_id"].dtype == np.int64


def test_what_became_of_a_row_without_an_id_is_not_made_up(table: Sheet) -> None:
    ints = [np.array(a) for a in ([4, 7, -1], [4, 7, -1], [100, 80, 90], [100, 80, 90])]
    found = phy_of(table.run, Contingency(*ints), lambda row: 0)
    assert found.state.tolist()[:4] == [
        PhyState.CURRENT,
        PhyState.UNKNOWN,
        PhyState.CURRENT,
        PhyState.UNKNOWN,
    ]
    assert found.detail(1) == NO_ID_WORDS
    facts = explain(again(table, phy=found), 1).facts
    assert facts[0] == NO_ID_WORDS
    assert not any("phy" in fact for fact in facts)
    assert explain(table, 1).cluster_id is None


@pytest.mark.parametrize("order", ["attention", "random"])
def test_a_queue_holds_what_can_be_labelled(table: Sheet, order: str) -> None:
    assert sorted(draw_up(table, QueueSpec(order)).rows.tolist()) == [0, 2]


WITH_THE_SENTINEL = {
    "app/background/comparer.py",  # a row without an id has no group
    "app/background/evidence.py",  # the same row's id, then and now
    "core/curation/said_columns.py",  # rows that were found by a real id
    "core/evidence/compare_phy.py",  # marks rows without an id first
    "core/sheet/compute.py",  # made missing values
    "core/sheet/frame.py",  # made missing values
    "core/sheet/padding.py",  # those that phy made come after
    "core/sheet/queue.py",  # an order; rows without an id are left out after
    "core/sheet/sheet.py",  # sources of labels speak of real ids only
    "io/exchange/export_units.py",  # rows that have an id
    "io/exchange/manual_frames.py",  # left out
    "io/journal/recording_key.py",  # a fingerprint of all rows
    "io/spikes/relatives.py",  # rows that have an id
    "io/spikes/waveforms.py",  # rows that have an id
}
"""Who may read the column that holds the sentinel, and how that does no harm."""


def test_nobody_else_reads_the_column_that_holds_the_sentinel() -> None:
    """An id is asked for by ``id_of``, ``ids_of``, ``rows_of``, ``named`` or ``asked_id``."""
    package = Path(bcviewer.__file__).parent
    readers = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if re.search(r"\b(run|_ids|ids|there)\.cluster_id\b", path.read_text("utf-8"))
    }
    assert readers == WITH_THE_SENTINEL
