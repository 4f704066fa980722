"""Notes come back as they were from every format, and are text to whoever reads it."""

from __future__ import annotations

import csv
import json
import tempfile
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from dice import examples
from factories import make_run, sheet_of
from hypothesis import given, settings
from hypothesis import strategies as st

from bcviewer.core.curation.manual import ManualUnit
from bcviewer.core.rules.labels import Label
from bcviewer.core.run.run import Provenance
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.io import names
from bcviewer.io.exchange.apply_plan import apply_plan
from bcviewer.io.exchange.export import audit_frame, labels_frame
from bcviewer.io.exchange.export_bombcell import plan_bombcell
from bcviewer.io.exchange.export_phy import plan_phy
from bcviewer.io.exchange.export_si import plan_spikeinterface
from bcviewer.io.exchange.export_table import plan_table
from bcviewer.io.exchange.import_labels import read_labels
from bcviewer.io.exchange.manual_frames import Manual
from bcviewer.io.exchange.note_text import note_cell, note_of_cell, note_warnings, units_named

HARD = (
    "0012", "=1+1", "two\nlines", "a\tb", "'quoted", "''=1", "'0012", "'", '"', '""x"', "1e5",
    "nan", "Infinity", "NA", "TRUE", "1/2", "12:30", "3,5", "-", "- unclear", "@x", "+1", " 12 ",
    "  blanks  ", "\t", "猫 naïve", "\u0661\u0662", "1_000", "a;b,c", "\\n", "a\\tb", "\u2028x\x0b",
    "=cmd|' /C calc'!A0", "#N/A", ".5", "0x1F", "12 spikes", "ends in\n", "\n=1", "x\x1cy",
)  # fmt: skip
"""Notes that something reads as something else."""

_PLAIN = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\r\0"))
_NOTES = st.one_of(st.sampled_from(HARD), _PLAIN, _PLAIN.map(lambda text: "'" + text))


def said(*notes: str) -> dict[int, ManualUnit]:
    who = {"by": "0012", "at": "2026-03-01T10:20:30.000000Z"}
    return {i: ManualUnit(Label.MUA, note, **who) for i, note in enumerate(notes)}


def phys_reading(path: Path) -> dict[int, Any]:
    """Read a field as phylib 2.7.1 does: every cell that can be a number is one."""

    def number(value: str) -> Any:
        for kind in (int, float):
            try:
                return kind(value)
            except ValueError:
                pass
        return value

    with path.open(encoding="utf-8") as file:
        rows = csv.reader(file, delimiter="\t")
        next(rows)
        return {int(row[0]): number(row[1]) for row in rows if row[1] != ""}


@given(_NOTES)
def test_a_cell_is_the_note_again_and_no_two_notes_are_one_cell(note: str) -> None:
    assert note_of_cell(note_cell(note)) == note


@pytest.mark.slow
@settings(max_examples=examples(40), deadline=None)
@given(st.lists(_NOTES.filter(bool), min_size=1, max_size=5))
@pytest.mark.parametrize("suffix", [".csv", ".tsv"])
@pytest.mark.parametrize("whole", [False, True])
def test_tables_of_text_come_back(suffix: str, whole: bool, notes: list[str]) -> None:
    manual = said(*notes)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"x{suffix}"
        apply_plan(plan_table(frame_of(manual, whole), path))
        read = read_labels(path)
    assert read.notes == {i: unit.note for i, unit in manual.items()}
    assert set(read.labels.values()) == {Label.MUA}
    assert read.n_skipped == 0


def frame_of(manual: Manual, whole: bool) -> Any:
    table = some_table(max(manual) + 1)
    return audit_frame([table], manual=[manual]) if whole else labels_frame([table], [manual])


def some_table(n: int) -> Sheet:
    run = make_run({"nSpikes": [2400.0] * n})
    return sheet_of(run)


@pytest.mark.parametrize("whole", [False, True])
def test_parquet_and_json_have_notes_as_they_are(tmp_path: Path, whole: bool) -> None:
    manual = said(*HARD, "cr\rlf\r\nnull\0")
    name = "manual_note" if whole else "note"
    for suffix in (".parquet", ".json"):
        plan = plan_table(frame_of(manual, whole), tmp_path / f"x{suffix}")
        assert plan.warnings == ()
        apply_plan(plan)
    notes = [unit.note for unit in manual.values()]
    assert pq.read_table(tmp_path / "x.parquet").column(name).to_pylist() == notes
    assert [row[name] for row in json.loads((tmp_path / "x.json").read_text("utf-8"))] == notes


@pytest.mark.slow
@settings(max_examples=examples(40), deadline=None)
@given(notes=st.lists(_NOTES.filter(bool), min_size=1, max_size=6))
def test_phy_has_every_note_as_text_and_it_comes_back(notes: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        table, manual = table_in(Path(folder)), said(*notes)
        apply_plan(plan_phy(table, manual))
        path = Path(table.run.provenance.ks_dir) / names.PHY_NOTE_TSV
        seen = phys_reading(path)
        assert all(isinstance(value, str) for value in seen.values())
        wanted = {i: unit.note for i, unit in manual.items()}
        assert {i: note_of_cell(value) for i, value in seen.items()} == wanted
        assert read_labels(path).notes == wanted


def table_in(folder: Path) -> Sheet:
    (folder / "bombcell").mkdir()
    (folder / names.PARAMS_PY).write_text("sample_rate = 30000\n")
    place = Provenance(str(folder), str(folder / "bombcell"), "ks", "A")
    run = make_run({"nSpikes": [2400.0] * 6}, provenance=place)
    return sheet_of(run)


def test_the_preview_says_what_a_format_cannot_carry(tmp_path: Path) -> None:
    table, manual = table_in(tmp_path), said("fine", "0012", "cr\rlf", "=1", "nu\0ll")
    marked = (
        "Written with an apostrophe before it, so that it stays text: the note of units 1, 3."
        " An import takes it off again."
    )
    changed = (
        "Written with line breaks of one kind and without null characters: the note of units 2, 4."
    )
    assert plan_phy(table, manual).warnings == (marked, changed)
    frame = labels_frame([table], [manual])
    assert plan_table(frame, tmp_path / "out" / "x.csv").warnings == (marked, changed)
    stay = "5 notes (units 0, 1, 2, 3, 4) stay here: "
    for plan in (plan_bombcell(table, manual), plan_spikeinterface(table, manual, Path("x.json"))):
        assert any(warning.startswith(stay) for warning in plan.warnings)
    assert note_warnings({1: "fine"}) == []
    assert units_named(range(11)) == "units 0, 1, 2, 3, 4, 5, 6, 7 and 3 more"


def test_labels_come_back_from_bombcells_files(tmp_path: Path) -> None:
    table, manual = table_in(tmp_path), said("0012", "=1+1")
    plan = plan_bombcell(table, manual)
    apply_plan(plan)
    for file in plan.files:
        assert read_labels(file.path).labels == {0: Label.MUA, 1: Label.MUA}
