"""Rows without a cluster id: nothing is looked up, written or imported by a sentinel."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from factories import make_run, sheet_of

from bcviewer.core.curation.imported import conflicts
from bcviewer.core.curation.manual import ManualUnit
from bcviewer.core.rules.labels import Label
from bcviewer.core.run.unit_ids import NO_ID
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.errors import UserError
from bcviewer.io import names
from bcviewer.io.exchange.export import audit_frame, labels_frame
from bcviewer.io.exchange.export_units import exported_units
from bcviewer.io.exchange.import_labels import read_labels
from bcviewer.io.exchange.manual_frames import with_manual
from bcviewer.io.results.cluster_tsv import read_tsv_column
from bcviewer.io.spikes.waveforms import RawWaveforms

SAID = {NO_ID: ManualUnit(Label.MUA, "old"), 7: ManualUnit(Label.GOOD)}


@pytest.fixture
def table() -> Sheet:
    run = make_run({"nSpikes": [9.0, 8.0, 7.0, 6.0]}, cluster_id=np.array([4, NO_ID, 7, NO_ID]))
    return sheet_of(run)


def test_exports_leave_out_what_has_no_id(table: Sheet) -> None:
    units = exported_units(table, SAID)
    assert units.ids.tolist() == [4, 7]
    assert units.rows.tolist() == [0, 2]
    assert list(units.manual) == [7]
    assert units.warnings == ("2 rows without a cluster id: left out.",)


def test_a_table_of_units_has_an_empty_id(table: Sheet) -> None:
    frame = with_manual(audit_frame([table]), SAID)
    assert frame["cluster_id"].isna().tolist() == [False, True, False, True]
    assert frame["manual_label"].fillna("").tolist() == ["", "", "GOOD", ""]


def test_a_table_of_labels_has_none_of_no_id(table: Sheet) -> None:
    assert labels_frame([table], [SAID])["cluster_id"].tolist() == [7]


def test_a_file_that_speaks_of_no_id_labels_nothing(table: Sheet, tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("cluster_id,label\n-1,good\n7,mua\n")
    read = read_labels(tmp_path / "labels.csv")
    assert list(read.labels) == [7]
    assert [c.cluster_id for c in conflicts(read, {}, table.ids).new] == [7]
    (tmp_path / "cluster_group.tsv").write_text("cluster_id\tgroup\n-1\tgood\n4\tmua\n")
    column = read_tsv_column(tmp_path / "cluster_group.tsv")
    assert column.of(table.ids.cluster_id).tolist() == ["mua", "", "", ""]


def test_raw_waveforms_are_not_counted_off_by_no_id(table: Sheet, tmp_path: Path) -> None:
    from dataclasses import replace

    place = replace(table.run.provenance, ks_dir=str(tmp_path), results_dir=str(tmp_path))
    run = replace(table.run, provenance=place)
    np.save(tmp_path / names.RAW_IN_ORDER, np.ones((2, 3, 5)) * [[[1.0]], [[2.0]]])
    raw = RawWaveforms(run, run.ids)
    assert raw.waveform(2).values[0, 0] == 2.0
    with pytest.raises(UserError, match="This row has no id"):
        raw.waveform(1)
