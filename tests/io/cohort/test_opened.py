"""An open cohort: its filter and its what-if say what each run's own sheet says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from labs import built, lab

from bcviewer.cli.audit import audit_place
from bcviewer.core.comparison.proposal import Proposal
from bcviewer.core.comparison.what_if import what_if
from bcviewer.core.filter.filter_error import FilterError
from bcviewer.core.filter.language import evaluate, parse_filter
from bcviewer.core.rules.rules import RULES
from bcviewer.errors import UserError
from bcviewer.io import names
from bcviewer.io.cohort import files
from bcviewer.io.cohort.opened import Cohort, open_cohort
from bcviewer.io.results.find import find_runs

FILTERS = (
    "presence ratio < 0.7 and bombcell_label == 'MUA'",
    "not missing(rawAmplitude)",
    "missing(mainPeak_before_width) or nPeaks > 1",
    "family in ('incomplete', 'weak')",
    "family != 'weak'",
    "sole_blocker == ''",
    "classification_reason contains 'presence'",
    "steps_to_good < 2 and not (nSpikes > 1000)",
    "cluster_id % 2 == 0",
    "label == 'GOOD'",
    "probe == 'b'",
    "",
)


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    root, folder = (tmp_path_factory.mktemp(name) for name in ("lab", "cohort"))
    built(lab(root), folder)
    return root, folder


@pytest.fixture(scope="module")
def cohort(places: tuple[Path, Path]) -> Cohort:
    return open_cohort(places[1])


@pytest.fixture(scope="module")
def sheets(places: tuple[Path, Path], cohort: Cohort) -> list:
    by_folder = {str(run.results_dir): run for run in find_runs(places[0])}
    return [audit_place(by_folder[row["results_dir"]]) for row in cohort.runs]


@pytest.mark.parametrize("text", FILTERS)
def test_a_filter_shows_what_it_shows_of_each_run(text: str, cohort: Cohort, sheets: list) -> None:
    typed = text.replace("label ==", "bombcell_label ==") if text.startswith("label") else text
    if "probe" in text:
        wanted = [np.full(sheet.n_units, sheet.run.provenance.probe == "B") for sheet in sheets]
    else:
        wanted = [evaluate(parse_filter(text, sheet), sheet) for sheet in sheets]
    shown = cohort.shown(typed)
    assert shown.tolist() == np.concatenate(wanted).tolist()
    assert cohort.by_run(shown).tolist() == [int(one.sum()) for one in wanted]
    assert shown.sum() > 0


def test_a_flag_of_a_rule_that_is_not_tested_is_neither_true_nor_false(
    tmp_path: Path, places: tuple[Path, Path]
) -> None:
    run = find_runs(places[0])[0]
    table = pq.read_table(run.results_dir / names.UNITS_PARQUET)
    other = lab(tmp_path / "lab")
    for path in other.rglob(names.UNITS_PARQUET):
        pq.write_table(table.drop_columns(["presenceRatio"]), path)
        break
    built(other, tmp_path / "cohort")
    cohort = open_cohort(tmp_path / "cohort")
    name = next(rule.flag for rule in RULES if rule.metric == "presenceRatio")
    true, false = cohort.shown(f"`{name}`"), cohort.shown(f"not `{name}`")
    unknown = cohort.shown(f"missing(`{name}`)")
    n = cohort.units.n_units
    assert unknown.sum() == table.num_rows
    assert true.sum() + false.sum() + unknown.sum() == n
    assert not (true & false).any()
    assert cohort.units.values(name).dtype == bool
    assert cohort.shown("missing(presenceRatio)")[unknown].all()


def test_what_cannot_be_read_of_a_filter_is_said(cohort: Cohort) -> None:
    with pytest.raises(FilterError, match="presenceRato"):
        cohort.shown("presenceRato < 1")


def test_texts_are_given_as_they_are(cohort: Cohort, sheets: list) -> None:
    wanted = np.concatenate([sheet.values("family") for sheet in sheets])
    assert cohort.units.values("family").tolist() == wanted.tolist()
    assert cohort.units.kind("nothing") is None


@pytest.mark.parametrize(
    "changes",
    [
        {"minPresenceRatio": 0.5},
        {"maxRPVviolations": 0.2, "minNumSpikes": 100.0},
        {"spDecayLinFit": True},
        {"splitGoodAndMua_NonSomatic": True, "minSNR": 1.0},
    ],
)
def test_what_if_is_that_of_each_run(changes: dict, cohort: Cohort, sheets: list) -> None:
    proposal = Proposal.of(changes)
    found = cohort.what_if(proposal)
    each = [what_if(sheet.inputs, proposal) for sheet in sheets]
    assert found.codes.tolist() == np.concatenate([one.codes for one in each]).tolist()
    assert found.answers.tolist() == np.concatenate([one.answers for one in each]).tolist()
    for i, sheet in enumerate(sheets):
        known = each[i].known
        assert found.moved()[i].sum() == known.sum()
        before = np.bincount(sheet.bombcell_labels[known], minlength=found.moved().shape[1])
        assert found.moved()[i].sum(axis=1).tolist() == before.tolist()


def test_nothing_of_the_units_is_read_until_it_is_asked_for(
    places: tuple[Path, Path], tmp_path: Path
) -> None:
    cohort = open_cohort(places[1])
    moved = tmp_path / names.COHORT_JOINED
    (places[1] / names.COHORT_JOINED).rename(moved)
    try:
        assert cohort.units.n_units == sum(int(row["n_units"]) for row in cohort.runs)
        with pytest.raises(UserError, match="cannot be read"):
            cohort.shown("nSpikes > 1")
    finally:
        moved.rename(places[1] / names.COHORT_JOINED)


def test_many_row_groups_hold_the_same(
    places: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "ROWS_IN_GROUP", 37)
    built(places[0], tmp_path / "cohort")
    file = pq.ParquetFile(tmp_path / "cohort" / names.COHORT_JOINED)
    sizes = [file.metadata.row_group(i).num_rows for i in range(file.metadata.num_row_groups)]
    assert set(sizes[:-1]) == {37}
    small, whole = open_cohort(tmp_path / "cohort"), open_cohort(places[1])
    for name in whole.units.names():
        if name != "place":
            np.testing.assert_array_equal(small.units.values(name), whole.units.values(name))


def test_what_is_no_cohort_or_not_finished_is_not_opened(
    places: tuple[Path, Path], tmp_path: Path
) -> None:
    with pytest.raises(UserError, match="no cohort"):
        open_cohort(tmp_path)
    built(places[0], tmp_path)
    (tmp_path / names.COHORT_JOINED).write_bytes(b"PAR1")
    with pytest.raises(UserError, match="a build was ended before its end"):
        open_cohort(tmp_path)
    (tmp_path / names.COHORT_RUNS).write_bytes(b"PAR1")
    with pytest.raises(UserError, match=r"has no runs.parquet"):
        open_cohort(tmp_path)
    built(places[0], tmp_path)  # from its parts
    assert len(open_cohort(tmp_path).runs) == 5


def test_a_cohort_of_no_units_is_one(tmp_path: Path) -> None:
    (tmp_path / "lab" / "kilosort4_A" / "bombcell").mkdir(parents=True)
    (tmp_path / "lab" / "kilosort4_A" / names.PARAMS_PY).write_text("sample_rate = 30000\n")
    out = built(tmp_path / "lab", tmp_path / "cohort")
    assert len(out.failed) == 1
    cohort = open_cohort(tmp_path / "cohort")
    assert cohort.shown("nSpikes > 1 and family == 'weak'").tolist() == []
    assert cohort.what_if(Proposal.of({"minSNR": 1.0})).moved().shape[0] == 0
