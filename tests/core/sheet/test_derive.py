"""From inputs to a sheet: with a sheet of before it says the same, and computes less."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from curation_cases import act, note
from dice import examples
from factories import make_run
from hypothesis import given, settings
from hypothesis import strategies as st

from bcviewer.core.curation.label_source import LabelSource
from bcviewer.core.curation.replay import replay, with_action
from bcviewer.core.curation.state import CurationState
from bcviewer.core.rules.columns import COLUMNS
from bcviewer.core.rules.labels import Label
from bcviewer.core.run.foreign import ForeignColumn, named
from bcviewer.core.run.phy import Phy, PhyState, unread
from bcviewer.core.run.run import Provenance, Run, Sites
from bcviewer.core.sheet.derive import derive
from bcviewer.core.sheet.inputs import Inputs, Oracle
from bcviewer.core.sheet.sheet import Sheet

N = 6


def a_run() -> Run:
    """Return units of every class, with everything that can be beside them."""
    columns = {
        "presenceRatio": [1.0, 0.5, 1.0, 1.0, 1.0, np.nan],
        "nPeaks": [1.0, 1.0, 5.0, 1.0, 1.0, np.nan],
        "mainPeakToTroughRatio": [0.3, 0.3, 0.3, 3.0, 0.3, np.nan],
        "nSpikes": [2400.0, 2400.0, 2400.0, 2400.0, 100.0, 0.0],
        "maxChannels": [0.0, 1.0, 2.0, 3.0, 4.0, 5.0],
    }
    texts = np.array(["good", "mua", "", "noise", "good", ""], object)
    return make_run(
        columns,
        saved=["GOOD", "MUA", "NOISE", "GOOD", "?", ""],
        ks_label=texts,
        phy_group=texts,
        si_ids=texts,
        sites=Sites(np.array([[0.0, 20.0 * i] for i in range(9)]), np.zeros(9, np.int64)),
        provenance=Provenance("ks", "ks/b", "k", "A", region="MOp", roi_um=50.0),
        session_s=(0.0, 1300.0),
        emptied={5: -1},
        foreign=named(
            [
                ForeignColumn("Amplitude", "cluster_Amplitude.tsv", np.arange(6.0)),
                ForeignColumn("quality", "cluster_quality.tsv", texts),
            ]
        ),
    )


RUN = a_run()
STRICT = RUN.criteria.replace(minSNR=99.0)
LOOSE = RUN.criteria.replace(minPresenceRatio=0.1)
STATE = np.array([PhyState.CURRENT] * 5 + [PhyState.EMPTY] + [PhyState.NEW] * 2, np.int8)
CODES = np.array([int(Label.NOISE)] * N, np.int8)


def phy_of(new: list[int], emptied: dict[int, int] | None = None) -> Phy:
    details = {N + i: f"all from {i}" for i in range(len(new))} | {1: "it is 9 now"}
    return Phy(RUN, STATE[: N + len(new)], np.array(new, np.int64), details, "", emptied)


CHOICES: dict[str, list[Any]] = {
    "criteria": [RUN.criteria, STRICT, LOOSE],
    "phy": [None, unread(RUN), phy_of([], {5: 12}), phy_of([70, 90]), phy_of([71, 90])],
    "said": [
        CurationState(),
        replay([act("a", 1, unit=1), note("b", 2, "hm", unit=70)]),
        replay([act("a", 1, unit=1), act("c", 3, unit=2, label="MUA")]),
    ],
    "source": ["bombcell", "saved", "split", "final"],
    "sources": [(), (LabelSource("model", {1: Label.GOOD, 70: Label.MUA}, {1: 0.5}),)],
    "hidden": [(), (0, 2, 5), (1,)],
    "answered": [False, True],
}


def inputs_of(chosen: dict[str, Any]) -> Inputs:
    given = dict(chosen)
    answered = given.pop("answered")
    oracle = Oracle(RUN, given["criteria"], CODES) if answered else None
    return Inputs(RUN, oracle=oracle, **given)


def read(sheet: Sheet) -> None:
    for name in sheet.names():
        sheet.warm(name)
        sheet.order(name)
        sheet.order(name, True)


def same(sheet: Sheet, fresh: Sheet) -> None:
    """Check that two sheets say the same in all that can be asked of them."""
    assert sheet.names() == fresh.names()
    assert (sheet.n_units, sheet.n_scored) == (fresh.n_units, fresh.n_scored)
    for name in fresh.names():
        np.testing.assert_array_equal(sheet.values(name), fresh.values(name), name)
        assert sheet.values(name).dtype == fresh.values(name).dtype
        assert len(sheet.values(name)) == sheet.n_units
        for descending in (False, True):
            assert sheet.order(name, descending).tolist() == fresh.order(name, descending).tolist()
    for name in ("labels", "bombcell_labels", "saved_codes"):
        assert getattr(sheet, name).tolist() == getattr(fresh, name).tolist()
    assert sheet.weakest_pass.tolist() == fresh.weakest_pass.tolist()


STEP = st.fixed_dictionaries({name: st.sampled_from(values) for name, values in CHOICES.items()})


@pytest.mark.long
@settings(max_examples=examples(60), deadline=None)
@given(st.lists(STEP, min_size=2, max_size=4))
def test_with_any_sheet_of_before_it_says_the_same(steps: list[dict[str, Any]]) -> None:
    sheet = None
    for chosen in steps:
        inputs = inputs_of(chosen)
        sheet = derive(inputs, sheet)
        same(sheet, derive(inputs))


@pytest.mark.parametrize("changed", [name for name in CHOICES if name != "answered"])
def test_each_input_changes_only_columns_that_read_it(changed: str) -> None:
    """What survives is the same object; what does not, says that it reads the input."""
    chosen = {name: values[0] for name, values in CHOICES.items()} | {"phy": unread(RUN)}
    before = derive(inputs_of(chosen))
    read(before)
    other = {"criteria": STRICT, "phy": phy_of([], {5: 12})}.get(changed, CHOICES[changed][1])
    after = derive(replace(before.inputs, **{changed: other}), before)
    for name in before.names():
        column = before.column(name)
        kept = (after.values if column.kind != "text" else after.codes)(name) is (
            before.values if column.kind != "text" else before.codes
        )(name)
        assert kept == (changed not in column.reads), name
        assert (after.order(name) is before.order(name)) == (changed not in column.reads), name
    assert (after.basis is before.basis) == (changed in ("phy", "said", "sources"))


def test_bombcells_answer_changes_the_labels_only() -> None:
    before = derive(Inputs.of(RUN))
    read(before)
    after = derive(replace(before.inputs, oracle=Oracle(RUN, RUN.criteria, CODES)), before)
    assert after.audit is before.audit
    for name in before.names():
        get = "codes" if before.column(name).kind == "text" else "values"
        kept = getattr(after, get)(name) is getattr(before, get)(name)
        assert kept == ("oracle" not in before.column(name).reads), name


def test_every_column_names_inputs_that_there_are() -> None:
    known = {field.name for field in fields(Inputs)}
    for column in COLUMNS.values():
        assert column.reads
        assert column.reads <= known, column.key


def test_the_audit_is_made_once_for_a_run_and_criteria(monkeypatch: pytest.MonkeyPatch) -> None:
    from bcviewer.core.sheet import derive as module

    before = derive(Inputs.of(RUN))
    made: list[Any] = []
    true = module.audit
    monkeypatch.setattr(module, "audit", lambda *args: made.append(args) or true(*args))
    for changes in ({"phy": phy_of([70])}, {"source": "saved"}, {"said": CHOICES["said"][1]}):
        before = derive(replace(before.inputs, **changes), before)
    assert made == []
    assert before.audit.n_units == N + 1
    after = derive(replace(before.inputs, criteria=STRICT), before)
    assert made == [(RUN, STRICT)]
    assert (after.audit.label[:N] != before.audit.label[:N]).any()


def test_one_more_label_touches_one_row() -> None:
    said = CHOICES["said"][1]
    before = derive(replace(Inputs.of(RUN), said=said))
    state = with_action(said, act("z", 9, unit=3, label="NOISE"))
    after = derive(replace(before.inputs, said=state), before)
    assert np.flatnonzero(after.manual.labels != before.manual.labels).tolist() == [3]
    assert after.manual.note is before.manual.note
    undone = derive(before.inputs, after)  # to a state that knows less
    assert undone.manual.labels.tolist() == before.manual.labels.tolist()


def test_an_answer_about_something_else_is_no_input() -> None:
    other = a_run()
    with pytest.raises(ValueError, match="another run"):
        Inputs(RUN, RUN.criteria, phy=unread(other))
    for oracle in (Oracle(other, RUN.criteria, CODES), Oracle(RUN, STRICT, CODES)):
        with pytest.raises(ValueError, match="another run, or other criteria"):
            Inputs(RUN, RUN.criteria, oracle=oracle)


def test_a_run_is_never_longer_than_it_was_read() -> None:
    sheet = derive(replace(Inputs.of(RUN), phy=phy_of([70, 90])))
    assert (sheet.run.n_units, sheet.n_scored, sheet.n_units) == (N, N, N + 2)
    assert sheet.run is RUN
    assert sheet.ids.rows_of(90).tolist() == [N + 1]
    assert RUN.ids.rows_of(90).tolist() == []


@pytest.mark.parametrize("heading", ["source:model", "probability:model"])
@pytest.mark.parametrize("values", [np.array(["x", "y"], object), np.array([7.0, 8.0])])
def test_a_file_headed_like_an_imported_source_is_another_column(
    heading: str, values: np.ndarray
) -> None:
    beside = named([ForeignColumn(heading, "cluster_q.tsv", values)])
    run = make_run({"presenceRatio": [1.0, 1.0]}, {}, ["GOOD"] * 2, foreign=beside)
    without = Inputs.of(run)
    source = LabelSource("model", {0: Label.GOOD}, {0: 0.5})
    read(between := derive(replace(without, sources=(source,)), derive(without)))
    assert len(set(between.names())) == len(between.names())
    same(derive(without, between), derive(without))
    np.testing.assert_array_equal(between.values(beside[0].key), values)
