"""The columns of a cohort's units: one schema, what the audit writes, and nothing lost."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
from audit.test_audit_parity import parameters, tables
from factories import make_params, make_run, sheet_of
from hypothesis import given
from hypothesis import strategies as st

from bcviewer.core.cohort.run_columns import COUNTS, RUN_COLUMNS, run_facts
from bcviewer.core.cohort.unit_columns import (
    IDENTITY,
    OTHER_COLUMNS,
    UNIT_COLUMNS,
    plain_value,
    unit_columns,
)
from bcviewer.core.rules.labels import LABEL_NAMES
from bcviewer.core.run.foreign import ForeignColumn
from bcviewer.core.run.run import SavedTable, Sites
from bcviewer.core.run.unit_ids import NO_ID
from bcviewer.core.sheet.frame import exported

NAN = float("nan")
BY_NAME = {each.name: each for each in UNIT_COLUMNS}


def listed(column):
    return (column[1][column[0]] if isinstance(column, tuple) else column).tolist()


def test_every_column_is_declared_once_and_in_one_kind():
    assert len(BY_NAME) == len(UNIT_COLUMNS)
    assert [each.name for each in UNIT_COLUMNS[: len(IDENTITY)]] == list(IDENTITY)
    kinds = {name: BY_NAME[name].stored for name in ("nSpikes", "cluster_id", "family", "shank")}
    assert kinds == {
        "nSpikes": "number",
        "cluster_id": "whole",
        "family": "text",
        "shank": "number",
    }
    assert BY_NAME["mua_nSpikes<minNumSpikes"].stored == "flag"
    assert BY_NAME["cluster_id"].kind == "number"
    assert BY_NAME["presenceRatio"].column.title == "presence ratio"
    assert BY_NAME["place"].column.kind == "text"
    assert len({each.name for each in RUN_COLUMNS}) == len(RUN_COLUMNS)


@given(st.data())
def test_what_the_audit_writes_is_there_and_counts_are_equal(data):
    saved = data.draw(parameters())
    params = make_params(saved, drop=set(make_params().saved) - set(saved))
    run = make_run(SavedTable.from_columns(data.draw(tables(saved))), params)
    sheet = sheet_of(run)
    columns, written = unit_columns(sheet), exported(sheet)
    assert set(columns) <= set(BY_NAME)
    others = [
        json.loads(text) if text else {}
        for text in listed(columns.get(OTHER_COLUMNS, np.array([None] * run.n_units)))
    ]
    for name, column in written.items():
        if name in columns:
            np.testing.assert_array_equal(listed(columns[name]), listed(column))
        else:
            wanted = [plain_value(value) for value in listed(column)]
            found = [each.get(name) for each in others]
            assert [w if w != "" else None for w in wanted] == found
    facts = run_facts(sheet)
    labels = listed(written["bombcell_label"])
    assert facts["n_units"] == run.n_units == sum(facts[name] for name in COUNTS.values())
    for label, name in COUNTS.items():
        assert facts[name] == labels.count(LABEL_NAMES[label]), name


def test_numbers_of_less_digits_are_the_decimals_that_they_stand_for():
    run = make_run({"presenceRatio": [0.1, NAN, 0.7]})
    narrow = run.units.columns["presenceRatio"].astype(np.float32)
    table = SavedTable.from_columns({**run.units.columns, "presenceRatio": narrow})
    found = unit_columns(sheet_of(replace(run, units=table)))["presenceRatio"]
    np.testing.assert_array_equal(found, [0.1, NAN, 0.7])


def test_an_id_that_is_missing_is_masked_and_one_that_is_no_number_is_among_the_others():
    run = make_run({"phy_clusterID": [0.0, NAN, 7.0]}, cluster_id=np.array([0, NO_ID, 7]))
    found = unit_columns(sheet_of(run))
    assert found["cluster_id"].tolist() == [0, None, 7]
    assert found["phy_clusterID"].tolist() == [0, None, 7]
    assert OTHER_COLUMNS not in found
    found = unit_columns(sheet_of(make_run({"phy_clusterID": [0.5, 1.0]})))
    assert "phy_clusterID" not in found
    assert [json.loads(t) for t in listed(found[OTHER_COLUMNS])] == [
        {"phy_clusterID": 0.5},
        {"phy_clusterID": 1.0},
    ]


def test_what_has_no_column_is_kept_as_json_and_a_column_of_another_kind_is_too():
    texts = np.array(["x", None], dtype=object)
    columns = {"isSomatic": [1.0, NAN], "silhouetteScore": texts, "bc_unitType": [1.0, 2.0]}
    values = np.array([np.inf, 2.5])
    foreign = ForeignColumn("quality", "cluster_quality.tsv", values, "quality")
    words = ForeignColumn("area", "cluster_area.tsv", np.array(["CA1", ""], dtype=object), "area")
    found = unit_columns(sheet_of(make_run(columns, foreign=(foreign, words))))
    told = [json.loads(text) for text in listed(found[OTHER_COLUMNS])]
    assert told[0] == {
        "isSomatic": 1.0,
        "silhouetteScore": "x",
        "bc_unitType": 1.0,
        "quality": "inf",
        "area": "CA1",
    }
    assert told[1] == {"bc_unitType": 2.0, "quality": 2.5}
    assert "silhouetteScore" not in found
    assert "bc_unitType" not in found


def test_of_a_unit_of_which_nothing_else_is_said_there_is_no_json():
    found = unit_columns(sheet_of(make_run({"isSomatic": [1.0, NAN]})))
    assert listed(found[OTHER_COLUMNS]) == ['{"isSomatic": 1.0}', None]


def test_kilosorts_own_columns_and_the_shank_have_a_column():
    amplitude = ForeignColumn("Amplitude", "cluster_Amplitude.tsv", np.array([33.4]), "Amplitude")
    sites = Sites(np.zeros((4, 2)), np.array([0, 1, 2, 3]))
    found = unit_columns(sheet_of(make_run(n_units := None, foreign=(amplitude,), sites=sites)))
    assert n_units is None
    assert found["Amplitude"].tolist() == [33.4]
    assert found["shank"].dtype == np.float64
    assert found["shank"].tolist() == [3.0]
