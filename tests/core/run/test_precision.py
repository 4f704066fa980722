"""Columns in their own precision: labels, flags, margins and words are those of Bombcell."""

from __future__ import annotations

import math
import operator
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from dice import Dice, examples, thrown
from factories import (
    Params,
    bombcell,
    bombcell_labels,
    default_params,
    good_unit,
    make_columns,
    make_run,
    quiet,
    sheet_of,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from bcviewer.core.audit.audit import audit
from bcviewer.core.audit.states import State
from bcviewer.core.filter.language import evaluate, parse_filter
from bcviewer.core.rules.criteria import THRESHOLDS
from bcviewer.core.rules.labels import label_names
from bcviewer.core.rules.rules import RULE_INDEX, RULES
from bcviewer.core.run.precision import as_floats, limit_in
from bcviewer.core.run.run import SavedTable
from bcviewer.core.sheet.frame import flag_columns, to_frame
from bcviewer.core.sheet.rule_lines import rule_line
from bcviewer.io import names
from bcviewer.io.results.bombcell import read_run
from bcviewer.io.results.find import find_runs

NARROW = (np.float16, np.float32)
DTYPES = (np.float64, np.float32, np.float16, np.int64, np.int32, np.int16, np.uint8, np.bool_)
METRICS_READ = tuple(dict.fromkeys(rule.metric for rule in RULES))
COMPARE = {"<": operator.lt, ">": operator.gt}


@given(st.sampled_from(NARROW).flatmap(lambda t: hnp.arrays(t, st.integers(0, 30))))
def test_a_value_is_a_decimal_that_is_it_and_no_other(column):
    wide = as_floats(column)
    assert wide.dtype == np.float64
    with np.errstate(over="ignore"):
        np.testing.assert_array_equal(wide.astype(column.dtype), column)  # and no other value
    finite = np.unique(column[np.isfinite(column)])
    assert (np.diff(as_floats(finite)) > 0).all()  # in the same order, none equal


@given(st.integers(-999_999, 999_999), st.integers(-9, 9))
def test_what_float32_holds_of_a_short_decimal_is_that_decimal(digits, power):
    typed = float(f"{digits}e{power}")
    assert as_floats(np.array([typed], np.float32))[0] == typed


@pytest.mark.parametrize("dtype", NARROW)
@pytest.mark.parametrize("text", ["0.1", "0.7", "-0.008", "0.3", "40", "1150", "0.01", "5e-05"])
def test_a_number_that_was_typed_is_itself(dtype, text):
    assert as_floats(np.array([float(text)], dtype))[0] == float(text)
    assert limit_in(np.dtype(dtype), float(text)) == float(text)


@given(st.sampled_from(NARROW), st.floats(), st.floats(width=16))
def test_a_limit_compares_as_numpy_compares(dtype, limit, value):
    column = np.array([value], dtype)
    ours = limit_in(np.dtype(dtype), limit)
    for compare in (*COMPARE.values(), operator.eq):
        with np.errstate(over="ignore"):
            assert compare(as_floats(column), ours) == compare(column, limit)


def around(metric: str, saved: dict[str, object], dtype: type) -> np.ndarray:
    """Return a GOOD unit's value, every threshold and its neighbours, and odd ones, in a dtype."""
    near = [good_unit()[metric] if metric != "RPV_status" else 1.0, 0.0, 1.0]
    for rule in RULES:
        if rule.metric == metric and rule.parameter:
            limit = float(saved[rule.parameter])
            near += [limit, math.nextafter(limit, math.inf), math.nextafter(limit, -math.inf)]
            near += [limit * 2, math.floor(limit), math.ceil(limit)]
    kind = np.dtype(dtype)
    with np.errstate(all="ignore"):
        if kind.kind == "f":
            values = np.array([*near, math.nan, math.inf, -math.inf, -0.0]).astype(dtype)
            at = values[np.isfinite(values)]
            return np.concatenate([values, np.nextafter(at, dtype(np.inf)), np.nextafter(at, -at)])
        if kind == np.bool_:
            return np.array([True, False])
        info = np.iinfo(dtype)
        return np.clip(np.rint(np.array(near, float)), info.min, info.max).astype(dtype)


USUAL_FLAGS = ("spDecayLinFit", "splitGoodAndMua_NonSomatic", "keepUncertainRPVUnits")


def saved_by(dice: Dice) -> dict[str, object]:
    """Return thresholds as usual, as floats, or others: a third of each."""
    saved = default_params()
    for name in THRESHOLDS:
        usual = float(saved[name])
        other = [usual * 1.37, usual / 3, 1 / 3, -usual, 70000.0, 1e300]
        saved[name] = (saved[name], usual, dice.pick(other))[dice.number(0, 2)]
    return saved | {name: dice.flag() for name in USUAL_FLAGS}


def table_by(dice: Dice, saved: dict[str, object]) -> dict[str, np.ndarray]:
    """Return units on and next to the thresholds; every column in a precision of its own."""
    rng = np.random.default_rng(int.from_bytes(dice.take(4)))
    n = dice.number(1, 150)
    one = dice.pick([None, *DTYPES[:3]])
    columns = {}
    for metric in (*METRICS_READ, "RPV_status"):
        dtype = one or DTYPES[rng.integers(len(DTYPES))]
        choices = around(metric, saved, dtype)
        which = rng.integers(0, len(choices), n)
        which[rng.random(n) < dice.pick([0.0, 0.9])] = 0
        columns[metric] = choices[which]
    return columns


def saved_tables() -> st.SearchStrategy[tuple[dict[str, object], dict[str, np.ndarray]]]:
    """Draw parameters, and units by them."""

    def build(dice: Dice) -> tuple[dict[str, object], dict[str, np.ndarray]]:
        saved = saved_by(dice)
        return saved, table_by(dice, saved)

    return thrown(build, 2 * len(THRESHOLDS) + len(USUAL_FLAGS) + 6 + len(METRICS_READ) + 1)


@pytest.mark.slow
@settings(max_examples=examples(75), deadline=None)  # of some 60 units each
@given(saved_tables())
def test_every_label_is_bombcells_in_every_precision(drawn):
    saved, columns = drawn
    params = Params.from_saved(saved)
    run = make_run(SavedTable.from_columns(columns), params)
    result = audit(run)
    theirs = bombcell_labels(columns, saved)
    assert (
        list(label_names(result.label)) == theirs == bombcell_labels(columns, params.for_bombcell())
    )
    table = sheet_of(run)
    flags = flag_columns(table)
    for i, rule in enumerate(RULES):
        if not rule.flag or rule.flag not in flags:
            continue
        with np.errstate(over="ignore"):
            beyond = COMPARE[rule.op](columns[rule.metric], saved[rule.parameter])
        assert (flags[rule.flag] == beyond).all()
        # neither the margin nor the words contradict the comparison
        margin, state = result.margins[i], result.states[i]
        decided = (state == State.PASS) | (state == State.FAIL) | (state == State.BEYOND)
        assert (np.isnan(margin) | ((margin < 0) == beyond))[decided].all()
        wide, limit = run.units.floats(rule.metric), result.rules[i].threshold
        assert (COMPARE[rule.op](wide, limit) == beyond).all()
        for row in np.flatnonzero(decided)[:8].tolist():
            words = rule_line(table, row, i).comparison
            assert (f" {rule.op} " in words) == bool(beyond[row]), words


def test_a_float32_limit_is_not_above_itself():
    columns = make_columns({"fractionRPVs_estimatedTauR": [0.1, 0.105], "presenceRatio": 0.7})
    columns = {name: column.astype(np.float32) for name, column in columns.items()}
    run = make_run(SavedTable.from_columns(columns))
    table = sheet_of(run)
    assert table.values("label").tolist() == ["GOOD", "MUA"]
    assert table.audit.safety_of_good[0] == 0.0
    rule = RULE_INDEX["fractionRPVs_estimatedTauR>maxRPVviolations"]
    assert rule_line(table, 0, rule).comparison == "0.100 ≤ 0.1"
    for text, rows in (
        ("fractionRPVs_estimatedTauR > 0.1", [1]),
        ("fractionRPVs_estimatedTauR == 0.1", [0]),
        ("presenceRatio >= 0.7", [0, 1]),
    ):
        found = evaluate(parse_filter(text, table), table)
        assert np.flatnonzero(found).tolist() == rows, text
    assert to_frame(table)["presenceRatio"].dtype == np.float32


SAVED_AS = {
    "float64": pa.float64(),
    "float32": pa.float32(),
    "float16": pa.float16(),
    "int64": pa.int64(),
    "int32": pa.int32(),
    "uint8": pa.uint8(),
    "bool": pa.bool_(),
}
WITH_GAPS = ("float64", "float32", "float16", "int64", "int32", "uint8")


def write_results(folder: Path, columns: dict[str, pa.Array], saved: dict[str, object]) -> Path:
    (folder / "bombcell").mkdir(parents=True)
    pq.write_table(pa.table(columns), folder / "bombcell" / names.UNITS_PARQUET)
    row = {key: [value] for key, value in saved.items() if not isinstance(value, str)}
    pq.write_table(pa.table(row), folder / "bombcell" / names.PARAMS_PARQUET)
    return folder


def theirs(folder: Path) -> list[str]:
    """Return the labels that Bombcell gives to what it reads itself."""
    with quiet():
        param, metrics, _ = bombcell().load_bc_results(str(folder / "bombcell"))
        return list(bombcell().get_quality_unit_type(param, metrics)[1])


@pytest.mark.slow
@settings(max_examples=examples(40), deadline=None)
@given(thrown(lambda dice: dice, 4 + len(METRICS_READ) + 1))
def test_a_parquet_of_any_precision_is_labelled_as_bombcell_reads_it(dice):
    saved = default_params()
    rng = np.random.default_rng(int.from_bytes(dice.take(4)))
    columns = {"phy_clusterID": pa.array(np.arange(20))}
    for metric in (*METRICS_READ, "RPV_status"):
        kind = dice.pick(list(SAVED_AS))
        dtype = np.dtype(kind)
        choices = around(metric, saved, dtype.type)
        which = rng.integers(0, len(choices), 20)
        which[rng.random(20) < 0.8] = 0
        gaps = rng.random(20) < 0.1 if kind in WITH_GAPS and metric != "nSpikes" else None
        columns[metric] = pa.array(choices[which], SAVED_AS[kind], mask=gaps)
    with tempfile.TemporaryDirectory() as name:
        folder = write_results(Path(name) / "kilosort4_A", columns, saved)
        run = read_run(find_runs(str(folder))[0])
        for metric, column in columns.items():
            whole = pa.types.is_integer(column.type) or pa.types.is_boolean(column.type)
            wanted = "float64" if whole and column.null_count else column.type.to_pandas_dtype()
            assert run.units.columns[metric].dtype == np.dtype(wanted)
        assert list(label_names(audit(run).label)) == theirs(folder)


@pytest.mark.parametrize("kind", [pa.float64(), pa.float32(), pa.int64(), pa.bool_(), pa.null()])
@pytest.mark.parametrize(
    "flag", ["extractRaw", "computeDrift", "keepUncertainRPVUnits", "splitGoodAndMua_NonSomatic"]
)
def test_a_flag_that_is_null_is_what_bombcell_takes_it_for(tmp_path, kind, flag):
    """In a column of numbers it is NaN, and that is on."""
    columns = {
        name: pa.array(column)
        for name, column in make_columns(
            {
                "rawAmplitude": [10.0, 200.0, 200.0, 200.0],
                "maxDriftEstimate": [5.0, 500.0, 5.0, 5.0],
                "fractionRPVs_estimatedTauR": [0.03, 0.03, 0.5, 0.03],
                "RPV_status": [1.0, 1.0, 0.0, 1.0],
                "mainPeakToTroughRatio": [0.35, 0.35, 0.35, 2.0],
            }
        ).items()
    }
    folder = write_results(tmp_path / "kilosort4_A", columns, default_params() | {flag: True})
    record = folder / "bombcell" / names.PARAMS_PARQUET
    table = pq.read_table(record)
    at = table.column_names.index(flag)
    pq.write_table(table.set_column(at, flag, pa.array([None], kind)), record)
    run = read_run(find_runs(str(folder))[0])
    numbers = kind not in (pa.bool_(), pa.null())
    assert run.criteria.flags[flag] == numbers
    assert list(label_names(audit(run).label)) == theirs(folder)
