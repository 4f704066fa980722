"""The audit's labels are Bombcell's, for every unit, over random and over real results."""

from __future__ import annotations

import itertools
import math
from dataclasses import fields
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from dice import Dice, examples, thrown
from factories import (
    Params,
    bombcell_filled,
    bombcell_labels,
    default_params,
    good_unit,
    make_run,
    shared_data,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from bcviewer.core.audit.audit import Audit, audit
from bcviewer.core.audit.states import State
from bcviewer.core.rules.criteria import FLAGS, THRESHOLDS
from bcviewer.core.rules.labels import Label, label_names
from bcviewer.core.rules.rules import BLOCK_MASKS, RULE_METRICS, RULES, Block
from bcviewer.core.run.run import SavedTable

COLUMNS = (*RULE_METRICS, "RPV_status")
ODD = (math.nan, math.inf, -math.inf, -0.0, 0.0, 1.0, 100.0, -0.1, 1e10, 5e-324, -1e300)
FILLABLE = {
    "minSpatialDecaySlopeExp",
    "maxSpatialDecaySlopeExp",
    "maxScndPeakToTroughRatio_noise",
    "maxMainPeakToTroughRatio_nonSomatic",
    "minTroughToPeak2Ratio_nonSomatic",
    "minWidthFirstPeak_nonSomatic",
    "minWidthMainTrough_nonSomatic",
    "maxPeak1ToPeak2Ratio_nonSomatic",
}
ABSENT = object()


def values_to_try(column: str, filled: dict[str, object]) -> np.ndarray:
    """Return a GOOD unit's value, the thresholds, their neighbours, and odd values."""
    if column == "RPV_status":
        return np.array([1.0, 0.0, -1.0, -0.0, math.nan, 2.0])
    out = [good_unit()[column]]
    for rule in RULES:
        limit = filled.get(rule.parameter)
        if rule.metric == column and isinstance(limit, (int, float)):
            limit = float(limit)
            out += [limit, math.nextafter(limit, math.inf), math.nextafter(limit, -math.inf)]
            out += [limit * 0.5, limit * 2.0]
    return np.array([*out, *ODD])


ODD_LIMITS = (math.nan, math.inf, -math.inf, 0, -0.0)


def thresholds(dice: Dice, droppable: set[str], odd_values: bool) -> dict[str, object]:
    """Return every threshold: as usual, near it, odd, any number, or absent."""
    anything = dice.floats(4).tolist()
    usual = default_params()
    out = {}
    for byte, name in zip(dice.take(len(THRESHOLDS)), THRESHOLDS, strict=True):
        value = usual[name]
        choices = [value] * 4 + [float(value), value * 1.5]
        if odd_values:
            odd = (*ODD_LIMITS, -value)
            choices += [odd[byte // 12 % len(odd)], anything[byte // 12 % len(anything)]]
        if name in droppable:
            choices += [ABSENT] * 4
        out[name] = choices[byte % len(choices)]
    return out


WHOLE_FLAGS = (False, True, 0, 1, ABSENT)
ANY_FLAGS = (False, True, 0.0, 1.0, math.nan, 0, 1, None, ABSENT)
WIDTHS = (
    [{}, {"spikeWidth": 61, "standardSpikeWidth": 82}, {"spikeWidth": 61.0}]
    + [{"spikeWidth": w, "standardSpikeWidth": 61} for w in (82, 31.0, 0, math.nan, math.inf, 200)]
    + [{"spikeWidth": 82, "standardSpikeWidth": s} for s in (0, -1, math.nan, math.inf)]
)


def parameters(
    kinds: tuple[object, ...] = WHOLE_FLAGS,
    droppable: set[str] = FILLABLE,
    odd_values: bool = True,
) -> st.SearchStrategy[dict[str, object]]:
    """Draw a set of parameters."""

    def build(dice: Dice) -> dict[str, object]:
        saved = {
            **thresholds(dice, droppable, odd_values),
            **{name: dice.pick(kinds) for name in FLAGS},
            **dice.pick(WIDTHS),
        }
        return {name: value for name, value in saved.items() if value is not ABSENT}

    return thrown(build, 4 * 8 + len(THRESHOLDS) + len(FLAGS) + 1)


def tables(
    saved: dict[str, object],
    maybe_absent: tuple[str, ...] = ("RPV_status",),
    most: int = 80,
) -> st.SearchStrategy[dict[str, np.ndarray]]:
    """Draw a table: mostly GOOD units with some odd cells, or all cells at random."""
    filled = {**default_params(), **saved}
    odd_cells = 40

    def build(dice: Dice) -> dict[str, np.ndarray]:
        n = dice.number(1, most)
        if dice.flag():
            rng = np.random.default_rng(int.from_bytes(dice.take(4)))
            cells = rng.integers(0, 64, (len(COLUMNS), n))
            cells[rng.random(cells.shape) < dice.pick([0.0, 0.5, 0.8, 0.9, 0.95])] = 0
        else:
            cells = np.zeros((len(COLUMNS), n), np.int64)
            for _ in range(dice.number(0, odd_cells)):
                at = dice.number(0, len(COLUMNS) - 1), dice.number(0, n - 1)
                cells[at] = dice.number(0, 63)
        table = {}
        for row, column in zip(cells, COLUMNS, strict=True):
            choices = values_to_try(column, filled)
            table[column] = choices[row % len(choices)]
        table["nSpikes"][dice.number(0, n - 1)] = dice.pick([0.0, 2400.0])
        dropped = set(dice.picks(maybe_absent, dice.number(0, 3)))
        return {name: column for name, column in table.items() if name not in dropped}

    return thrown(build, 2 + 1 + 3 * odd_cells + 2 + 4)


def our_labels(table: dict[str, np.ndarray], saved: dict[str, object] | Params) -> list[str]:
    params = saved if isinstance(saved, Params) else Params.from_saved(saved)
    return list(label_names(audit(make_run(SavedTable.from_columns(table), params)).label))


@settings(max_examples=examples(200))
@given(st.data())
def test_every_label_is_bombcells(data):
    saved = data.draw(parameters())
    table = data.draw(tables(saved))
    assert our_labels(table, saved) == bombcell_labels(table, saved)


@pytest.mark.slow
@settings(max_examples=examples(100))
@given(st.data())
def test_every_label_is_bombcells_by_for_bombcell(data):
    saved = data.draw(parameters(kinds=ANY_FLAGS))
    table = data.draw(tables(saved))
    params = Params.from_saved(saved)
    ours = our_labels(table, params)
    assert ours == bombcell_labels(table, params.for_bombcell())
    decay = [saved.get(name, True) for name in ("computeSpatialDecay", "spDecayLinFit")]
    if all(isinstance(value, int) for value in decay):
        assert ours == bombcell_labels(table, saved)
    else:  # MATLAB's floats, and None
        with pytest.raises(TypeError, match="&"):
            bombcell_labels(table, saved)


@given(st.data())
def test_split_label_is_bombcells_with_the_split_on(data):
    saved = data.draw(parameters())
    table = data.draw(tables(saved))
    result = audit(make_run(SavedTable.from_columns(table), Params.from_saved(saved)))
    split = {**saved, "splitGoodAndMua_NonSomatic": True}
    assert list(label_names(result.split_label)) == bombcell_labels(table, split)


@given(st.data())
def test_the_label_follows_from_the_failures(data):
    saved = data.draw(parameters())
    table = data.draw(tables(saved))
    result = audit(make_run(SavedTable.from_columns(table), Params.from_saved(saved)))
    noise, mua, soma = (result.failed & np.uint32(BLOCK_MASKS[block]) != 0 for block in Block)
    expected = np.where(mua, Label.MUA, Label.GOOD)
    expected[soma] = Label.NON_SOMA
    if Params.from_saved(saved).flags["splitGoodAndMua_NonSomatic"]:
        expected[soma] = np.where(mua, Label.NON_SOMA_MUA, Label.NON_SOMA_GOOD)[soma]
    expected[noise] = Label.NOISE
    expected[table["nSpikes"] == 0] = Label.EMPTY
    assert result.label.tolist() == expected.tolist()
    assert (result.deciding | result.masked).tolist() == result.failed.tolist()
    assert not (result.deciding & result.masked).any()
    decided = np.isin(result.label, [Label.EMPTY, Label.GOOD], invert=True)
    assert ((result.deciding != 0) == decided).all()
    assert result.n_failed.tolist() == [int(m).bit_count() for m in result.failed]


@given(st.data())
def test_a_bit_is_a_failing_state(data):
    saved = data.draw(parameters())
    table = data.draw(tables(saved))
    result = audit(make_run(SavedTable.from_columns(table), Params.from_saved(saved)))
    bits = (result.failed[None] >> np.arange(len(RULES), dtype=np.uint32)[:, None]) & 1
    assert (bits == (result.states == State.FAIL)).all()
    none_empty = table["nSpikes"] != 0
    for i, rule in enumerate(RULES):
        if result.rules[i].tested and rule.op != "missing":
            missing = np.isnan(table[rule.metric]) & none_empty
            assert (missing == (result.states[i] == State.MISSING)).all()
        elif not result.rules[i].tested:
            assert (result.states[i] == State.NOT_TESTED).all()
            assert result.rules[i].why


@given(parameters())
def test_the_back_fill_is_bombcells(saved):
    params = Params.from_saved(saved)
    filled = bombcell_filled(saved)
    assert set(params.filled) == set(filled) - set(saved)
    for name in THRESHOLDS:
        np.testing.assert_equal(params.thresholds[name], float(filled[name]))
    assert dict(params.flags) == {name: bool(filled[name]) for name in FLAGS}


@given(parameters())
def test_for_bombcell_is_filled_as_the_saved_ones_are(saved):
    ours = bombcell_filled(Params.from_saved(saved).for_bombcell())
    raw = bombcell_filled(saved)
    for name in (*THRESHOLDS, *FLAGS):
        np.testing.assert_equal(float(ours[name]), float(raw[name]))


# What cannot be decided: the reference tries the values that the absent could have.


def completions(table: dict[str, np.ndarray], saved: dict[str, object]):
    """Yield tables and parameters with the absent filled in, for each block as bad or as good
    as it could be. The reference for three-valued logic: a label is decided where all agree."""
    n = len(next(iter(table.values())))
    for tries in itertools.product(("mild", "low", "high"), repeat=len(Block)):
        full, params = dict(table), dict(saved)
        for rule in RULES:
            how = tries[rule.block]
            worst = math.inf if rule.op == ">" else -math.inf
            if rule.parameter and rule.parameter not in FILLABLE and rule.parameter not in saved:
                params[rule.parameter] = math.nan if how == "mild" else -worst
            if rule.metric in table:
                continue
            two_sided = sum(r.metric == rule.metric for r in RULES) > 1
            if how == "mild":
                value = -math.inf if rule.metric == "nPeaks" else math.nan
            elif rule.metric == "nPeaks":
                value = math.nan
            elif two_sided:
                value = -math.inf if how == "low" else math.inf
            else:
                value = worst
            full[rule.metric] = np.full(n, value)
        yield full, params


def decided(table: dict[str, np.ndarray], saved: dict[str, object]) -> list[str]:
    """Ask bombcell of all completions, those that are judged by the same in one table."""
    n = len(next(iter(table.values())))
    alike: dict[str, tuple[dict[str, object], list[dict[str, np.ndarray]]]] = {}
    for full, params in completions(table, saved):
        alike.setdefault(repr(sorted(params.items())), (params, []))[1].append(full)
    possible: list[list[str]] = [[] for _ in range(n)]
    for params, fulls in alike.values():
        stacked = {name: np.concatenate([full[name] for full in fulls]) for name in fulls[0]}
        labels = bombcell_labels(stacked, params)
        assert len(labels) == n * len(fulls)
        for row in range(n):
            possible[row] += labels[row::n]
    assert all(len(labels) == 3 ** len(Block) for labels in possible)
    return [labels[0] if len(set(labels)) == 1 else "incomplete" for labels in possible]


MAY_LACK = tuple(name for name in RULE_METRICS if name != "nSpikes")


@pytest.mark.slow
@settings(max_examples=examples(100))
@given(st.data())
def test_incomplete_only_where_no_value_would_settle_it(data):
    droppable = data.draw(st.sets(st.sampled_from(THRESHOLDS), max_size=3))
    saved = data.draw(parameters(droppable=droppable, odd_values=data.draw(st.booleans())))
    lacks = data.draw(st.sampled_from([("RPV_status",), (*MAY_LACK, "RPV_status")]))
    table = data.draw(tables(saved, lacks))
    params = Params.from_saved(saved)
    assert our_labels(table, params) == decided(table, saved)
    split = {**saved, "splitGoodAndMua_NonSomatic": True}
    result = audit(make_run(SavedTable.from_columns(table), params))
    assert list(label_names(result.split_label)) == decided(table, split)
    absent = set(THRESHOLDS) - set(saved) - FILLABLE
    assert set(params.absent) == absent
    if absent and "nPeaks" in table:
        with pytest.raises(KeyError):
            bombcell_labels(table, saved)


@given(st.data(), st.integers(1, 9))
def test_the_chunks_do_not_show(data, size):
    saved = data.draw(parameters())
    table = data.draw(tables(saved, most=40))
    run = make_run(SavedTable.from_columns(table), Params.from_saved(saved))
    whole = audit(run)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bcviewer.core.audit.audit._CHUNK", size)
        parts = audit(run)
    for name in (field.name for field in fields(Audit) if field.name != "rules"):
        np.testing.assert_array_equal(getattr(whole, name), getattr(parts, name))


# Real results.

NEEDED = ("session_demo", "sim_3probes", "sim_synthetic", "toy", "toy_variants", "toy_v0.90")
HISTORY = "bombcell_repo_history/py_"
OLDER = (
    "toy_v0.51",
    "toy_v0.62",
    "toy_v0.80",
    HISTORY + "2025-06_74edc651_unitmatch",
    HISTORY + "2025-12_10332f98",
    HISTORY + "2026-02_9cb36f4d",
)
TABLE = "templates._bc_qMetrics.parquet"
PARAMETERS = "_bc_parameters._bc_qMetrics.parquet"


def recordings(folders: tuple[str, ...]) -> list[str]:
    root = shared_data()
    if root is None:
        return []
    found = [path for name in folders for path in (root / name).rglob(TABLE)]
    return sorted(path.parent.relative_to(root).as_posix() for path in found)


def read(folder: Path) -> tuple[dict[str, np.ndarray], dict[str, object], list[object]]:
    table = pq.read_table(folder / TABLE)
    saved = pq.read_table(folder / PARAMETERS).to_pylist()[0]
    labels = table["bc_unitType"].to_pylist() if "bc_unitType" in table.column_names else []
    columns = {
        name: np.array(table[name].to_numpy(), dtype=np.float64)
        for name in table.column_names
        if name != "bc_unitType" and not name.startswith("__")
    }
    return columns, saved, labels


def test_the_recordings_are_found(shared):
    found = recordings(NEEDED)
    per_folder = {name: sum(path.startswith(name + "/") for path in found) for name in NEEDED}
    assert per_folder == {
        "session_demo": 6,
        "sim_3probes": 3,
        "sim_synthetic": 1,
        "toy": 1,
        "toy_variants": 15,
        "toy_v0.90": 1,
    }


@pytest.mark.parametrize("folder", recordings(NEEDED) or [""])
def test_a_recordings_labels_are_bombcells_and_the_saved_ones(shared, folder):
    columns, saved, labels = read(shared / folder)
    params = Params.from_saved(saved)
    ours = our_labels(columns, params)
    assert len(ours) > 0
    assert ours == bombcell_labels(columns, saved)
    assert ours == bombcell_labels(columns, params.for_bombcell())
    assert ours == [label or "" for label in labels]


@pytest.mark.parametrize("folder", recordings(OLDER) or [""])
def test_older_results_without_labels_are_bombcells(shared, folder):
    columns, saved, labels = read(shared / folder)
    assert not labels
    assert our_labels(columns, saved) == bombcell_labels(columns, saved)
