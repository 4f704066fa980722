"""Labels of curators as columns of exported tables, the same in every format."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from factories import make_run, sheet_of

from bcviewer.core.curation.manual import ManualUnit
from bcviewer.core.rules.labels import Label
from bcviewer.core.run.run import Provenance
from bcviewer.core.run.stretch import Stretch
from bcviewer.core.sheet.frame import to_frame
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.errors import UserError
from bcviewer.io.exchange.apply_plan import apply_plan
from bcviewer.io.exchange.export import SUFFIXES, audit_frame, labels_frame
from bcviewer.io.exchange.export_bombcell import plan_bombcell
from bcviewer.io.exchange.export_si import plan_spikeinterface
from bcviewer.io.exchange.export_table import plan_table
from bcviewer.io.exchange.import_labels import read_labels
from bcviewer.io.exchange.manual_frames import (
    LABELS_COLUMNS,
    MANUAL_COLUMNS,
    all_labels_of,
    labels_of,
)
from bcviewer.io.exchange.note_text import note_cell
from bcviewer.io.exchange.tsv_text import escaped

HOSTILE = [
    '=HYPERLINK("x")',
    "tab\there",
    'quote " and , comma; semicolon',
    "two\nlines",
    "µ → 細胞",
    "'=1",
    "-1",
    "@x",
    "#",
    "NA",
    "null",
]


def table_of(n: int = 4, letter: str = "A", **more) -> Sheet:
    folder = f"rec/kilosort4_{letter}"
    place = Provenance(folder, f"{folder}/bombcell", f"kilosort4_{letter}", letter)
    run = make_run({"nPeaks": [1.0] * n}, provenance=place, **more)
    return sheet_of(run)


N_MANUAL = len(MANUAL_COLUMNS)
ANN = {"by": "Ann", "at": "2026-03-01T10:20:30.000000Z"}
BO = {"note_by": "Bo", "note_at": "2026-03-02T10:20:30.000000Z"}
SAID = {
    1: ManualUnit(Label.NON_SOMA_MUA, "why?", **ANN, **BO, opinions="Ann: NOISE; Bo: MUA"),
    2: ManualUnit(None, "", **ANN),
    3: ManualUnit(None, "only a note", **ANN),
    77: ManualUnit(Label.NOISE, "gone", **ANN),
}


def read(path: Path) -> pd.DataFrame:
    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    if path.suffix == ".json":
        return pd.DataFrame(json.loads(path.read_text("utf-8")), dtype=object)
    return pd.read_csv(path, sep="," if path.suffix == ".csv" else "\t", keep_default_na=False)


def texts(frame: pd.DataFrame, name: str) -> list[str]:
    return ["" if value is None or value is pd.NA else value for value in frame[name]]


def test_without_labels_the_table_is_as_it_was():
    table = table_of()
    assert list(audit_frame([table])) == list(to_frame(table))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_labels_notes_who_and_when_are_appended(tmp_path, suffix):
    table = table_of()
    frame = audit_frame([table], manual=[SAID])
    assert tuple(frame)[-N_MANUAL:] == MANUAL_COLUMNS
    assert list(frame)[:-N_MANUAL] == list(to_frame(table))
    path = tmp_path / f"units{suffix}"
    apply_plan(plan_table(frame, path))
    back = read(path)
    assert texts(back, "manual_label") == ["", "NON-SOMA MUA", "", ""]
    assert texts(back, "manual_note") == ["", "why?", "", "only a note"]
    assert texts(back, "manual_by") == ["", "Ann", "Ann", "Ann"]
    assert texts(back, "manual_at") == ["", ANN["at"], ANN["at"], ANN["at"]]
    assert texts(back, "note_by") == ["", "Bo", "", ""]
    assert texts(back, "note_at") == ["", BO["note_at"], "", ""]
    assert texts(back, "opinions") == ["", "Ann: NOISE; Bo: MUA", "", ""]


def test_missing_is_null_where_a_format_knows_it(tmp_path):
    frame = audit_frame([table_of()], manual=[{}])
    for suffix in (".parquet", ".json"):
        apply_plan(plan_table(frame, tmp_path / f"units{suffix}"))
        assert read(tmp_path / f"units{suffix}")["manual_label"].isna().all()


def test_chosen_rows_of_a_run_have_their_own_labels():
    frame = audit_frame([table_of()], np.array([3, 1]), [SAID])
    assert frame["cluster_id"].tolist() == [3, 1]
    assert frame["manual_note"].tolist() == ["only a note", "why?"]


def test_labels_follow_the_cluster_id_and_not_the_row():
    table = table_of(cluster_id=np.array([9, 77, 1, 5]))
    frame = audit_frame([table], manual=[SAID])
    assert frame["manual_note"].fillna("").tolist() == ["", "gone", "why?", ""]


def test_several_probes_have_their_own_labels():
    frame = audit_frame([table_of(2), table_of(2, "B")], manual=[{0: ManualUnit(Label.GOOD)}, SAID])
    assert frame["manual_label"].fillna("").tolist() == ["GOOD", "", "", "NON-SOMA MUA"]
    assert list(frame)[-3:] == ["probe", "run_mode", "ks_dir"]


def test_a_column_of_the_results_by_the_same_name_is_replaced():
    run = make_run({"nPeaks": [1.0], "manual_label": np.array(["theirs"], object)})
    frame = audit_frame([sheet_of(run)], manual=[{0: ManualUnit(Label.MUA)}])
    assert list(frame).count("manual_label") == 1
    assert tuple(frame)[-N_MANUAL:] == MANUAL_COLUMNS
    assert frame["manual_label"].tolist() == ["MUA"]


def test_a_table_without_units():
    frame = audit_frame([table_of(0)], manual=[SAID])
    assert tuple(frame)[-N_MANUAL:] == MANUAL_COLUMNS
    assert len(frame) == 0


# The labels alone


def test_the_labels_table_has_gone_units_too():
    frame = labels_frame([table_of(params=None)], [SAID])
    assert tuple(frame) == LABELS_COLUMNS
    assert frame["cluster_id"].tolist() == [1, 3, 77]
    assert frame["manual_label"].fillna("–").tolist() == ["NON-SOMA MUA", "–", "NOISE"]
    assert frame["bombcell_label"].fillna("–").tolist() == ["GOOD", "GOOD", "–"]
    assert frame["note"].tolist() == ["why?", "only a note", "gone"]
    assert frame["by"].tolist() == ["Ann"] * 3


def test_the_labels_table_of_several_probes():
    frame = labels_frame([table_of(2), table_of(2, "B")], [{}, SAID])
    assert frame["probe"].tolist() == ["B"] * 3
    assert len(labels_frame([table_of(2)], [{}])) == 0


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_hostile_texts_are_the_same_in_every_format(tmp_path, suffix):
    said = {i: ManualUnit(Label.GOOD, text, f"{text}!") for i, text in enumerate(HOSTILE)}
    frame = labels_frame([table_of(len(HOSTILE))], [said])
    path = tmp_path / f"labels{suffix}"
    apply_plan(plan_table(frame, path))
    back = read(path)
    cell = {".csv": note_cell, ".tsv": lambda text: escaped(note_cell(text))}.get(suffix, str)
    assert texts(back, "note") == [cell(text) for text in HOSTILE]


@pytest.mark.parametrize("suffix", [".csv", ".tsv"])
def test_labels_and_notes_come_back_as_they_went(tmp_path, suffix):
    labels = [Label.GOOD, Label.NON_SOMA, Label.NON_SOMA_MUA, None]
    said = {i: ManualUnit(labels[i % 4], text) for i, text in enumerate(HOSTILE)}
    path = tmp_path / f"labels{suffix}"
    apply_plan(plan_table(labels_frame([table_of(12)], [said]), path))
    read_back = read_labels(path)
    assert read_back.labels == {i: u.label for i, u in said.items() if u.label is not None}
    assert read_back.notes == {i: unit.note for i, unit in said.items()}


def test_a_text_that_cannot_be_written_has_question_marks(tmp_path):
    said = {0: ManualUnit(Label.GOOD, "a\ud800b", "c\udcff")}
    for suffix in SUFFIXES:
        apply_plan(plan_table(labels_frame([table_of()], [said]), tmp_path / f"x{suffix}"))
        assert texts(read(tmp_path / f"x{suffix}"), "note") == ["a?b"]


# Where it goes


def test_the_plan_of_a_table_shows_its_columns_and_first_rows(tmp_path):
    frame = labels_frame([table_of()], [SAID])
    plan = plan_table(frame, tmp_path / "labels.csv")
    assert plan.preview()[0] == f"{tmp_path / 'labels.csv'}: 3 units, 11 columns, new"
    head = plan.files[0].head
    assert len(head) == 1 + len(frame)
    assert head[0].split()[:3] == list(LABELS_COLUMNS[:3])
    assert re.search(r"  and \d+ more columns$", head[0])
    first = frame.iloc[0]
    assert re.split(" {2,}", head[1])[:2] == [str(first["cluster_id"]), first["manual_label"]]
    many = plan_table(audit_frame([table_of()]), tmp_path / "units.csv")
    assert len(many.files[0].head) == 1 + 3 + (len(audit_frame([table_of()])) > 3)
    none = plan_table(frame[:0], tmp_path / "labels.csv")
    assert len(none.files[0].head) == 1


def test_no_table_where_phy_would_read_it(tmp_path):
    (tmp_path / "params.py").touch()
    with pytest.raises(UserError, match="phy would read this file"):
        plan_table(labels_frame([table_of()], [SAID]), tmp_path / "labels.csv")
    with pytest.raises(UserError, match="cannot tell the format"):
        plan_table(labels_frame([table_of()], [SAID]), tmp_path / "labels.xlsx")


def test_all_units_have_their_final_label_before_what_was_said():
    table = table_of()
    frame = all_labels_of(table, {**SAID, 77: ManualUnit(Label.MUA)})
    assert list(frame)[:3] == ["cluster_id", "final_label", "manual_label"]
    assert frame["cluster_id"].tolist() == [0, 1, 2, 3, 77]
    bombcell = labels_of(table, {0: ManualUnit(Label.MUA)})["bombcell_label"][0]
    assert texts(frame, "final_label") == [bombcell, "NON-SOMA MUA", bombcell, bombcell, "MUA"]
    assert texts(frame, "manual_label") == ["", "NON-SOMA MUA", "", "", "MUA"]
    assert texts(frame, "bombcell_label") == [bombcell] * 4 + [""]


# The time in which a unit is stable


def test_the_stable_time_is_the_same_in_every_format_to_the_last_digit(tmp_path):
    kept = Stretch(1 / 3, 2520.000123456789)
    said = {1: ManualUnit(Label.GOOD, kept.stable, **ANN, stable=kept.written), 3: SAID[3]}
    limits = [kept.start_s, kept.stop_s]
    for frame in (labels_frame([table_of()], [said]), audit_frame([table_of()], manual=[said])):
        for suffix in SUFFIXES:
            path = tmp_path / f"{len(frame)}{suffix}"
            apply_plan(plan_table(frame, path))
            found = read(path)
            row = found.loc[found["cluster_id"].astype(int) == 1].iloc[0]
            assert [float(row["stable_from_s"]), float(row["stable_to_s"])] == limits
            other = found.loc[found["cluster_id"].astype(int) == 3].iloc[0]
            assert other["stable_from_s"] in (None, "") or np.isnan(float(other["stable_from_s"]))


def test_a_unit_with_nothing_but_a_stable_time_is_listed():
    only = {2: ManualUnit(stable=Stretch(0.0, 60.0).written)}
    frame = labels_frame([table_of()], [only])
    assert frame["cluster_id"].tolist() == [2]
    assert frame["stable_to_s"].tolist() == [60.0]


def test_programs_without_stable_times_say_that_they_stay_here(tmp_path):
    said = {1: ManualUnit(Label.GOOD, stable=Stretch(0.0, 60.0).written, **ANN)}
    for plan in (
        plan_spikeinterface(table_of(), said, tmp_path / "x.json"),
        plan_bombcell(table_of(), said),
    ):
        assert any("1 stable time (unit 1) stays here" in words for words in plan.warnings)
