"""What if over a cohort is what if of each of its runs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from audit.test_audit_parity import parameters, tables
from comparison.test_what_if import proposals
from factories import make_params, make_run, sheet_of
from hypothesis import given
from hypothesis import strategies as st

from bcviewer.core.cohort.judged import SavedRun, judged_by
from bcviewer.core.cohort.run_columns import COLUMNS_SAVED, MEASURED, PARAMETERS, run_facts
from bcviewer.core.cohort.unit_columns import unit_columns
from bcviewer.core.comparison.proposal import NO_PROPOSAL, Proposal
from bcviewer.core.comparison.what_if import what_if
from bcviewer.core.rules.labels import Label
from bcviewer.core.run.run import Run, SavedTable
from bcviewer.core.sheet.inputs import Inputs


def cohort_of(runs: list[Run], proposal: Proposal):
    """Return what a cohort of some runs says, by what it stores of them."""
    saved, start = [], 0
    sheets = [sheet_of(run) for run in runs]
    for sheet in sheets:
        facts = run_facts(sheet)
        told = (facts[name] for name in (PARAMETERS, COLUMNS_SAVED, MEASURED))
        saved.append(SavedRun(start, sheet.n_scored, *told))
        start += sheet.n_scored
    columns = [unit_columns(sheet) for sheet in sheets]

    def floats(name: str) -> np.ndarray:
        nothing = [np.full(sheet.n_scored, np.nan) for sheet in sheets]
        found = [c.get(name, none) for c, none in zip(columns, nothing, strict=True)]
        return np.concatenate(found)

    before = np.concatenate([sheet.bombcell_labels for sheet in sheets])
    return judged_by(proposal, saved, before, floats)


def drawn(data) -> Run:
    saved = data.draw(parameters())
    params = make_params(saved, drop=set(make_params().saved) - set(saved))
    return make_run(SavedTable.from_columns(data.draw(tables(saved))), params)


@given(st.data())
def test_every_unit_is_what_its_run_says(data):
    runs = [drawn(data), drawn(data)]
    runs.append(runs[0])  # judged together
    proposal = data.draw(proposals())
    found = cohort_of(runs, proposal)
    each = [what_if(Inputs.of(run), proposal, with_reasons=False) for run in runs]
    assert found.codes.tolist() == np.concatenate([one.codes for one in each]).tolist()
    assert found.answers.tolist() == np.concatenate([one.answers for one in each]).tolist()


def test_columns_are_compared_in_the_precision_that_they_were_saved_in():
    run = make_run({"presenceRatio": [0.1, 0.3]}, {"minPresenceRatio": 0.0})
    narrow = run.units.columns["presenceRatio"].astype(np.float32)
    table = SavedTable.from_columns({**run.units.columns, "presenceRatio": narrow})
    run = replace(run, units=table)
    proposal = Proposal.of({"minPresenceRatio": 0.1000000001})  # in float32 it is 0.1
    found = cohort_of([run], proposal)
    assert found.codes.tolist() == [Label.GOOD, Label.GOOD]
    assert found.codes.tolist() == what_if(Inputs.of(run), proposal).codes.tolist()


def test_whole_numbers_and_texts_in_place_of_metrics():
    run = make_run({"nPeaks": [1.0, 3.0], "Lratio": np.array(["x", None], dtype=object)})
    table = SavedTable.from_columns(
        {**run.units.columns, "nPeaks": run.units.columns["nPeaks"].astype(np.int32)}
    )
    run = replace(run, units=table)
    proposal = Proposal.of({"maxNPeaks": 1.0})
    assert (
        cohort_of([run], proposal).codes.tolist()
        == what_if(Inputs.of(run), proposal).codes.tolist()
    )


def test_what_moves_is_counted_by_run_and_what_is_open_apart():
    few = make_run({"presenceRatio": [0.65, 0.9]})
    none = make_run({"presenceRatio": [0.9]})
    found = cohort_of([few, none], Proposal.of({"minPresenceRatio": 0.6}))
    moved = found.moved()
    assert moved.shape == (2, len(Label), len(Label))
    assert moved[0, Label.MUA, Label.GOOD] == 1
    assert moved[0].sum() == 2
    assert moved[1, Label.GOOD, Label.GOOD] == moved[1].sum() == 1
    assert found.not_exact().tolist() == [0, 0]
    open_ = cohort_of([few, none], Proposal.of({"spDecayLinFit": True}))
    assert open_.not_exact().tolist() == [2, 1]
    assert open_.moved().sum() == 0


def test_nothing_tried_changes_nothing():
    found = cohort_of([make_run({"nSpikes": [0.0, 2400.0]})], NO_PROPOSAL)
    assert found.codes.tolist() == found.before.tolist()
