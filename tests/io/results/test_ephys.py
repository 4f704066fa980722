"""Ephys properties: read by unit ids, and typed as bombcell's own rules type them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from factories import bombcell, make_run, quiet, sheet_of
from hypothesis import given
from hypothesis import strategies as st

from bcviewer.core.filter.language import evaluate, parse_filter
from bcviewer.core.run.cell_types import (
    DURATION,
    LONG_ISI,
    SUPPRESSION,
    Definition,
    cortex_types,
    striatum_types,
)
from bcviewer.core.run.foreign import named
from bcviewer.io import names
from bcviewer.io.results.bombcell import read_run
from bcviewer.io.results.ephys import CELL_TYPES, read_ephys
from bcviewer.io.results.find import find_runs

IDS = np.array([0, 3, 7])
PROPERTIES = {
    DURATION: [500.0, 400.0, 500.0, 300.0],
    SUPPRESSION: [3.0, 50.0, 40.0, 1.0],
    LONG_ISI: [0.5, 0.1, 0.2, 0.11],
}


def write(folder: Path, columns: dict[str, Any], file: str = names.EPHYS_PARQUET) -> Path:
    folder.mkdir(exist_ok=True)
    pq.write_table(pa.table(columns), folder / file)
    return folder


def by_key(folder: Path, ids: np.ndarray = IDS) -> dict[str, Any]:
    columns, issues = read_ephys(folder, ids)
    assert issues == ()
    return {column.name: column for column in columns}


values = st.one_of(
    st.just(float("nan")), st.sampled_from([0.0, 0.1, 40.0, 400.0]), st.floats(0, 900)
)


@given(st.lists(st.tuples(values, values, values), min_size=1, max_size=30))
def test_types_are_those_of_bombcell(rows: list[tuple[float, float, float]]) -> None:
    bombcell()
    from bombcell import classification

    keys = (DURATION, SUPPRESSION, LONG_ISI)
    units = [dict(zip(keys, row, strict=True)) for row in rows]
    columns = {key: np.array([unit[key] for unit in units]) for key in keys}
    by = Definition("Python")
    with quiet():
        striatum = classification.classify_striatum_cells(units, {})
        cortex = classification.classify_cortex_cells(units, {})
    assert striatum_types(columns, by).tolist() == striatum
    assert cortex_types(columns, by).tolist() == cortex


def test_python_s_properties_belong_to_units_by_their_ids(tmp_path: Path) -> None:
    folder = write(
        tmp_path / "b", {"unit_id": [7, 0, 3, 9], "isi_cv": [1.0, 2.0, 3.0, 4.0], **PROPERTIES}
    )
    found = by_key(folder)
    assert found["cell_type_striatum"].values.tolist() == ["FSI", "TAN", "MSN"]
    assert found["cell_type_cortex"].values.tolist() == [
        "Narrow-spiking",
        "Wide-spiking",
        "Wide-spiking",
    ]
    np.testing.assert_array_equal(found["ephys_isi_cv"].values, [2.0, 3.0, 1.0])
    assert "ephys_unit_id" not in found
    column = found["cell_type_striatum"].column
    assert column.title == "striatum type [Bombcell, Python]"
    assert column.group == CELL_TYPES
    for word in ("limits fixed in its code", "MATLAB and Python differ", "no label of quality"):
        assert word in column.help


def test_a_unit_without_properties_has_none_and_no_type_is_made_up(tmp_path: Path) -> None:
    folder = write(tmp_path / "b", {"unit_id": [0], **{k: v[:1] for k, v in PROPERTIES.items()}})
    found = by_key(folder)
    assert found["cell_type_striatum"].values.tolist() == ["MSN", "Unknown", "Unknown"]
    assert np.isnan(found[f"ephys_{DURATION}"].values[1:]).all()
    some = write(tmp_path / "c", {"unit_id": [0], DURATION: [500.0]})
    assert "cell_type_striatum" not in by_key(some)
    none = write(tmp_path / "d", {"unit_id": [0], "isi_cv": [1.0]})
    assert set(by_key(none)) == {"ephys_isi_cv"}


def test_matlab_s_have_their_own_name_and_the_limits_that_it_saved(tmp_path: Path) -> None:
    matlab = {"clusterID": [1.0, 4.0, 8.0], "phy_clusterID": [0.0, 3.0, 7.0]}
    three = {name: column[:3] for name, column in PROPERTIES.items()}
    folder = write(tmp_path / "b", {**matlab, **three})
    assert by_key(folder)["cell_type_striatum"].values.tolist() == ["MSN", "FSI", "TAN"]
    limits = {
        "templateDuration_CP_threshold": [550.0],
        "postSpikeSup_CP_threshold": [40.0],
        "propISI_CP_threshold": [0.3],
        "templateDuration_Ctx_threshold": [450.0],
    }
    write(folder, limits, names.EPHYS_PARAMS_MATLAB)
    found = by_key(folder)
    assert found["cell_type_striatum"].values.tolist() == ["UIN", "FSI", "FSI"]
    assert found["cell_type_cortex"].values.tolist() == [
        "Wide-spiking",
        "Narrow-spiking",
        "Wide-spiking",
    ]
    column = found["cell_type_striatum"].column
    assert column.title == "striatum type [Bombcell, MATLAB]"
    assert "limits saved with them" in column.help
    (folder / names.EPHYS_PARAMS_MATLAB).write_bytes(b"PAR1 damaged")
    _, issues = read_ephys(folder, IDS)
    assert [issue.file for issue in issues] == [names.EPHYS_PARAMS_MATLAB]


@pytest.mark.parametrize("ids", [{}, {"unit_id": ["a", "b"]}, {"unit_id": [3, 3]}])
def test_properties_of_nobody_knows_whom_are_not_shown(tmp_path: Path, ids: dict[str, Any]) -> None:
    folder = write(tmp_path / "b", {**ids, DURATION: [500.0, 300.0]})
    columns, issues = read_ephys(folder, IDS)
    assert columns == ()
    assert issues[0].file == names.EPHYS_PARQUET
    assert "no column of unit ids" in issues[0].what


def test_a_damaged_file_is_named_and_no_file_is_no_issue(tmp_path: Path) -> None:
    assert read_ephys(tmp_path, IDS) == ((), ())
    (tmp_path / names.EPHYS_PARQUET).write_bytes(b"no parquet")
    columns, issues = read_ephys(tmp_path, IDS)
    assert columns == ()
    assert issues[0].file == names.EPHYS_PARQUET


def test_they_are_filtered_and_change_no_label(tmp_path: Path) -> None:
    folder = write(
        tmp_path / "b", {"unit_id": [0, 3, 7], **{k: v[:3] for k, v in PROPERTIES.items()}}
    )
    columns, _ = read_ephys(folder, IDS)
    run = make_run({"cluster_id": IDS, "nPeaks": [1.0] * 3})
    plain = sheet_of(run)
    sheet = sheet_of(replace(run, foreign=named(columns, run.units.columns)))
    np.testing.assert_array_equal(sheet.labels, plain.labels)
    wanted = parse_filter("cell_type_striatum == 'TAN'", sheet)
    assert evaluate(wanted, sheet).tolist() == [False, False, True]
    codes, texts = sheet.codes("cell_type_striatum")
    assert texts[codes].tolist() == ["MSN", "FSI", "TAN"]


def test_real_results_by_both_versions(shared: Path) -> None:
    history = shared / "bombcell_repo_history"
    found = {}
    for folder in (
        "py_2025-06_078522b_manual",
        "matlab_2024-11_34082d64",
        "py_2025-05_4fe08b2c_ephysprops",
    ):
        run = read_run(find_runs(history / folder)[0])
        found[folder] = run
    python, matlab, without = found.values()
    titles = {column.key: column.title for column in python.foreign}
    assert titles["cell_type_striatum"] == "striatum type [Bombcell, Python]"
    titles = {column.key: column.title for column in matlab.foreign}
    assert titles["cell_type_striatum"] == "striatum type [Bombcell, MATLAB]"
    assert any("no column of unit ids" in issue.what for issue in without.issues)
    suppression = [
        next(c.values for c in run.foreign if c.key == f"ephys_{SUPPRESSION}")
        for run in (python, matlab)
    ]
    assert suppression[0][0] != suppression[1][0], "the two versions measure it otherwise"
