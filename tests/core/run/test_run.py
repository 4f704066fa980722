"""Rows and their cluster ids: what has none has nothing in common with what has none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from factories import make_run

import bcviewer
from bcviewer.core.audit.audit import audit
from bcviewer.core.audit.unscored import with_identity
from bcviewer.core.curation.manual import ManualUnit
from bcviewer.core.curation.replay import CurationState
from bcviewer.core.curation.said_columns import (
    NO_LABEL,
    ManualColumns,
    orphans,
    rows_of_ids,
    told_apart,
)
from bcviewer.core.evidence.identify import identify
from bcviewer.core.evidence.recording import Contingency
from bcviewer.core.rules.labels import Label
from bcviewer.core.run.identity import PhyState
from bcviewer.core.run.run import NO_ID, NO_ID_WORDS
from bcviewer.core.sheet.explain import explain
from bcviewer.core.sheet.queue import QueueSpec, review_queue
from bcviewer.core.sheet.table import AuditTable
from bcviewer.errors import UserError

IDS = np.array([4, NO_ID, 7, NO_ID])


@pytest.fixture
def table() -> AuditTable:
    run = make_run({"nSpikes": [100.0, 90.0, 80.0, 70.0]}, cluster_id=IDS)
    return AuditTable(run, audit(run))


def test_only_real_ids_are_given(table: AuditTable) -> None:
    run = table.run
    assert run.has_id.tolist() == [True, False, True, False]
    assert [run.id_of(row) for row in range(4)] == [4, None, 7, None]
    assert run.ids_of().tolist() == [4, 7]
    assert run.ids_of(np.array([1, 2])).tolist() == [7]
    assert run.rows_of(NO_ID).tolist() == []
    assert rows_of_ids(run, [NO_ID]).tolist() == []
    assert rows_of_ids(run, [NO_ID, 4]).tolist() == [0]
    assert (run.named(0), run.named(1)) == ("unit 4", "row 1 (no id)")
    assert run.asked_id(2) == 7
    with pytest.raises(UserError, match="This row has no id: nothing can be said about it"):
        run.asked_id(3)


def test_what_older_journals_said_of_no_id_is_of_no_row(table: AuditTable) -> None:
    state = CurationState()
    state.units = {NO_ID: ManualUnit(Label.MUA, "hm"), 7: ManualUnit(Label.GOOD)}
    manual = ManualColumns.of(table.run, state)
    assert manual.labels.tolist() == [NO_LABEL, NO_LABEL, Label.GOOD, NO_LABEL]
    assert not manual.note.codes.any()
    assert orphans(table.run, state) == []
    empty = ManualColumns.empty(4)
    assert told_apart(empty, manual, np.arange(4)).tolist() == [False, False, True, False]
    noted = empty.with_ids(table.run, state_of(4, ManualUnit(None, "a note")), [4])
    assert told_apart(empty, noted, np.arange(4)).tolist() == [True, False, False, False]
    assert told_apart(empty, ManualColumns.empty(5), np.arange(5)).all()


def state_of(cluster_id: int, unit: ManualUnit) -> CurationState:
    state = CurationState()
    state.units = {cluster_id: unit}
    return state


def test_no_id_is_missing_in_the_table_and_in_frames(table: AuditTable) -> None:
    assert np.isnan(table.values("cluster_id")).tolist() == [False, True, False, True]
    assert table.text("cluster_id", 1) == "–"
    frame = table.to_frame()
    assert frame["cluster_id"].isna().tolist() == [False, True, False, True]
    assert frame["cluster_id"].dropna().tolist() == [4, 7]
    whole = make_run({"nSpikes": [1.0, 2.0]})
    assert AuditTable(whole, audit(whole)).to_frame()["cluster_id"].dtype == np.int64


def test_what_became_of_a_row_without_an_id_is_not_made_up(table: AuditTable) -> None:
    ints = [np.array(a) for a in ([4, 7, -1], [4, 7, -1], [100, 80, 90], [100, 80, 90])]
    identity = identify(table.run, Contingency(*ints), lambda row: 0)
    assert identity.state.tolist()[:4] == [
        PhyState.CURRENT,
        PhyState.UNKNOWN,
        PhyState.CURRENT,
        PhyState.UNKNOWN,
    ]
    assert identity.detail(1) == NO_ID_WORDS
    run, more = with_identity(table.run, table.audit, identity)
    facts = explain(AuditTable(run, more), 1).facts
    assert facts[0] == NO_ID_WORDS
    assert not any("phy" in fact for fact in facts)
    assert explain(table, 1).cluster_id is None


@pytest.mark.parametrize("order", ["attention", "random"])
def test_a_queue_holds_what_can_be_labelled(table: AuditTable, order: str) -> None:
    assert sorted(review_queue(table, QueueSpec(order)).tolist()) == [0, 2]


WITH_THE_SENTINEL = {
    "core/evidence/identify.py",  # marks rows without an id first
    "core/curation/said_columns.py",  # rows that were found by a real id
    "core/sheet/queue.py",  # an order; rows without an id are left out after
    "core/run/run.py",
    "core/sheet/table.py",  # made missing values
    "core/audit/unscored.py",  # further rows
    "io/exchange/export_units.py",  # rows that have an id
    "io/exchange/manual_frames.py",  # left out
    "io/journal/recording_key.py",  # a fingerprint of all rows
    "io/spikes/waveforms.py",  # rows that have an id
}
"""Who may read the column that holds the sentinel, and how that does no harm."""


def test_nobody_else_reads_the_column_that_holds_the_sentinel() -> None:
    """An id is asked for by ``id_of``, ``ids_of``, ``rows_of``, ``named`` or ``asked_id``."""
    package = Path(bcviewer.__file__).parent
    readers = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if "run.cluster_id" in (text := path.read_text("utf-8")) or "self.cluster_id[" in text
    }
    assert readers == WITH_THE_SENTINEL
