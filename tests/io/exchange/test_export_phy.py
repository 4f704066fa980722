"""The export for phy: fields of our own only, as phy's own library and SpikeInterface read them."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from factories import sheet_of, snapshot

from bcviewer.core.curation.manual import ManualUnit
from bcviewer.core.rules.labels import Label
from bcviewer.core.run.phy import Phy
from bcviewer.core.run.run import Sites
from bcviewer.core.run.stretch import Stretch
from bcviewer.core.sheet.derive import derive, settled
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.errors import UserError
from bcviewer.io import names
from bcviewer.io.exchange.apply_plan import apply_plan
from bcviewer.io.exchange.export_phy import plan_phy, single_line
from bcviewer.io.exchange.import_labels import read_labels
from bcviewer.io.results.bombcell import read_run
from bcviewer.io.results.cluster_tsv import read_tsv_column
from bcviewer.io.results.find import find_runs

MARKED = "Written with an apostrophe before it, so that it stays text:"


def ks_dir_of(table: Sheet) -> Path:
    return Path(table.run.provenance.ks_dir)


def written(table: Sheet) -> set[str]:
    return {path.name for path in ks_dir_of(table).glob("*.[tc]sv")}


def column(table: Sheet, name: str) -> dict[int, str]:
    return read_tsv_column(ks_dir_of(table) / name).values


def test_units_that_are_gone_in_phy_have_no_row(on_disk, curated):
    """phy shows no cluster of such an id: what is said of it stays in the journal."""
    table = on_disk({"presenceRatio": [0.1] * 6})
    state = np.array([1, 3, 1, 1, 3, 1], np.int8)
    gone = Phy(table.run, state, np.empty(0, np.int64), {1: "merged into 9", 4: "merged into 9"})
    plan = plan_phy(settled(derive(replace(table.inputs, phy=gone), table)), curated)
    left_out = "2 units that are no longer in phy left out (units 1, 4)"
    assert f"{left_out}, with 1 manual label and 1 note." in plan.warnings
    nobody = plan_phy(settled(derive(replace(table.inputs, phy=gone), table)), {})
    assert f"{left_out}." in nobody.warnings
    apply_plan(plan)
    assert set(column(table, names.PHY_LABEL_TSV)) == {0, 2, 3, 5}


def test_labels_notes_and_every_deciding_reason(on_disk, curated):
    failing = {"presenceRatio": [0.1] * 6, "rawAmplitude": [1.0] + [200.0] * 5}
    table = on_disk(failing)
    plan = plan_phy(table, curated)
    assert [file.summary for file in plan.files] == [
        "4 labels, in 6 rows",
        "2 notes, in 6 rows",
        "6 units, in 6 rows",
    ]
    apply_plan(plan)
    assert written(table) == {
        names.PHY_LABEL_TSV,
        names.PHY_NOTE_TSV,
        names.PHY_REASON_TSV,
    }
    given = {0: "GOOD", 1: "MUA", 2: "NOISE", 3: "NON-SOMA", 4: "", 5: ""}
    assert column(table, names.PHY_LABEL_TSV) == given
    note = '\'=1+1\tof "µ"\nsecond\nline'
    notes = dict.fromkeys(given, "") | {1: "two cells?", 5: note}
    assert column(table, names.PHY_NOTE_TSV) == notes
    reasons = column(table, names.PHY_REASON_TSV)
    assert reasons[0] == "MUA: presenceRatio<minPresenceRatio | MUA: rawAmplitude<minAmplitude"
    assert reasons[5] == "MUA: presenceRatio<minPresenceRatio"
    text = (ks_dir_of(table) / names.PHY_LABEL_TSV).read_bytes()
    assert text.startswith(b"cluster_id\tbcv_label\n0\tGOOD\n1\tMUA\n")


def test_the_preview_shows_units_that_have_something(on_disk, curated):
    note = curated[1]
    plan = plan_phy(on_disk(), {**curated, 4: note, 3: note})
    heads = {file.path.name: file.head for file in plan.files}
    assert heads[names.PHY_NOTE_TSV] == (
        "cluster_id  bcv_note",
        "1  two cells?",
        "3  two cells?",
        "4  two cells?",
        "… 1 more note and 2 units with an empty cell",
    )
    assert heads[names.PHY_LABEL_TSV][1:3] == ("0  GOOD", "1  MUA")


def test_the_region_of_interest_where_one_is_set(on_disk):
    xy = np.array([[0.0, 0.0], [0.0, 500.0]])
    sites = Sites(xy)
    table = on_disk({"maxChannels": [0.0, 1.0] * 3}, roi_um=100.0, sites=sites)
    apply_plan(plan_phy(table, {}))
    assert written(table) == {names.PHY_REASON_TSV, names.PHY_ROI_TSV}
    assert set(column(table, names.PHY_ROI_TSV).values()) == {"inside", "outside"}
    assert column(table, names.PHY_ROI_TSV)[0] == table.values("roi_label")[0]


def test_ids_are_phys_integers_in_order_and_each_once(on_disk):
    ids = np.array([30, 4, 4, 2, 10, 11], dtype=np.int64)
    table = on_disk(cluster_id=ids)
    plan = plan_phy(table, {4: ManualUnit(Label.GOOD), 99: ManualUnit(Label.MUA, "gone")})
    assert plan.warnings == (
        "Labels and notes of 1 unit (unit 99) that are not in these results are left out.",
        "1 row that repeats a cluster id is left out: unit 4.",
    )
    apply_plan(plan)
    lines = (ks_dir_of(table) / names.PHY_LABEL_TSV).read_text().splitlines()
    assert [line.split("\t")[0] for line in lines[1:]] == ["2", "4", "10", "11", "30"]


def test_a_label_that_was_cleared_is_cleared_there_too(on_disk, curated):
    table = on_disk()
    apply_plan(plan_phy(table, curated))
    plan = plan_phy(table, {})
    assert [file.summary for file in plan.files] == [
        "0 labels, in 6 rows",
        "0 notes, in 6 rows",
        "6 units, in 6 rows",
    ]
    done = apply_plan(plan)
    assert set(column(table, names.PHY_LABEL_TSV).values()) == {""}
    assert [copy.parent for copy in done.backups] == [
        Path(table.run.provenance.results_dir) / "bcviewer" / "backup"
    ] * 3
    assert not any(copy.suffix in (".tsv", ".csv") for copy in done.backups)


def test_nothing_else_of_the_recording_changes(on_disk, curated):
    table = on_disk()
    ks_dir = ks_dir_of(table)
    (ks_dir / ".phy").mkdir()
    for name in ("cluster_group.tsv", "spike_clusters.npy", "cluster_info.tsv", ".phy/state.json"):
        (ks_dir / name).write_text("theirs")
    before = snapshot(ks_dir)
    apply_plan(plan_phy(table, curated))
    apply_plan(plan_phy(table, curated))
    after = snapshot(ks_dir)
    ours = {*names.PHY_EXPORTS}
    assert {k: v for k, v in after.items() if k in before} == before
    added = set(after) - set(before) - ours
    assert all(name.startswith("bombcell/bcviewer/backup/") for name in added)
    assert len(added) == 3


def test_results_alone_are_no_place_for_phys_fields(on_disk):
    table = on_disk()
    (ks_dir_of(table) / names.PARAMS_PY).unlink()
    with pytest.raises(UserError, match="is not a Kilosort directory"):
        plan_phy(table, {})


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a\tb\nc\r\nd\x0be\u2028f", "a b c d e f"),
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("\t-1", "'-1"),
        ("\x1b[0m\u202ex\ud800", "[0m x"),
        (' "quoted" ', '"quoted"'),
        ("  ", ""),
    ],
)
def test_reasons_are_one_harmless_line(text, line):
    assert single_line(text) == line


def test_what_a_person_should_know_before(on_disk, curated):
    table = on_disk()
    changed = sheet_of(table.run, criteria=table.run.criteria.replace(minSNR=99.0))
    assert plan_phy(changed, curated).warnings == (
        "1 note with characters beyond ASCII: phy on Windows may show other characters.",
        f"{MARKED} the note of unit 5. An import takes it off again.",
        "Written with line breaks of one kind and without null characters: the note of unit 5.",
        "Bombcell's labels and reasons are by changed thresholds, not by the saved ones.",
    )


def test_labels_come_back_as_they_went(on_disk, curated):
    table = on_disk()
    apply_plan(plan_phy(table, curated))
    labels = read_labels(ks_dir_of(table) / names.PHY_LABEL_TSV)
    assert labels.labels == {i: u.label for i, u in curated.items() if u.label is not None}
    assert (labels.notes, labels.unlabelled, labels.skipped) == ({}, 2, ())
    notes = read_labels(ks_dir_of(table) / names.PHY_NOTE_TSV)
    assert notes.labels == {}
    assert notes.notes == {1: "two cells?", 5: curated[5].note.replace("\r", "\n")}


# Read by the programs themselves

READ_BY_PHY = """
import json, sys
from pathlib import Path
from phylib.io.model import TemplateModel
model = object.__new__(TemplateModel)  # its own reader of all tables, without the spikes
model.dir_path = Path(sys.argv[1])
print(json.dumps(model._load_metadata()))
"""


def test_phys_own_library_reads_them(on_disk, curated, python_with):
    table = on_disk({"presenceRatio": [0.1] * 6})
    ks_dir = ks_dir_of(table)
    (ks_dir / "cluster_group.tsv").write_text("cluster_id\tgroup\n0\tgood\n")
    apply_plan(plan_phy(table, curated))
    apply_plan(plan_phy(table, curated))  # copies of the first must not be columns
    command = [python_with("phylib"), "-c", READ_BY_PHY, str(ks_dir)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)
    read = json.loads(done.stdout.splitlines()[-1])
    assert read == {
        "group": {"0": "good"},
        "bcv_label": {"0": "GOOD", "1": "MUA", "2": "NOISE", "3": "NON-SOMA"},
        "bcv_note": {"1": "two cells?", "5": '\'=1+1\tof "µ"\nsecond\nline'},
        "bc_classificationReason": dict.fromkeys("012345", "MUA: presenceRatio<minPresenceRatio"),
    }


READ_BY_SPIKEINTERFACE = """
import sys
from spikeinterface.extractors import read_phy
print(read_phy(sys.argv[1]).unit_ids.tolist())
"""


def test_spikeinterface_still_finds_every_unit(on_disk, curated, python_with):
    table = on_disk()
    ks_dir = ks_dir_of(table)
    np.save(ks_dir / "spike_times.npy", np.arange(6))
    np.save(ks_dir / "spike_clusters.npy", np.arange(6))
    apply_plan(plan_phy(table, curated))
    command = [python_with("spikeinterface"), "-c", READ_BY_SPIKEINTERFACE, str(ks_dir)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)
    assert json.loads(done.stdout.splitlines()[-1]) == [0, 1, 2, 3, 4, 5]


def test_a_whole_recording(shared, tmp_path):
    ks_dir = tmp_path / "kilosort4_B"
    shutil.copytree(shared / "sim_3probes" / "kilosort4_B", ks_dir)
    for path in (ks_dir, ks_dir / "bombcell"):
        path.chmod(0o755)
    run = read_run(find_runs(ks_dir)[0])
    table = sheet_of(run)
    before = snapshot(ks_dir)
    ids = run.cluster_id.tolist()
    manual = {i: ManualUnit(label) for i, label in zip(ids, table.labels, strict=True) if label}
    manual = {i: ManualUnit(Label(int(unit.label))) for i, unit in manual.items()}
    apply_plan(plan_phy(table, manual))
    again = read_labels(ks_dir / names.PHY_LABEL_TSV)
    assert again.labels == {i: unit.label for i, unit in manual.items()}
    after = snapshot(ks_dir)
    assert set(after) - set(before) == {
        names.PHY_LABEL_TSV,
        names.PHY_REASON_TSV,
    }
    assert {name: after[name] for name in before} == before
    assert not list(Path(tempfile.gettempdir()).glob("PWNED_*"))


def test_final_labels_are_a_field_of_their_own_and_only_where_they_are_asked_for(on_disk, curated):
    table = on_disk({"presenceRatio": [0.1] * 5 + [1.0], "nSpikes": [2400.0] * 4 + [0.0, 2400.0]})
    assert names.PHY_FINAL_TSV not in {f.path.name for f in plan_phy(table, curated).files}
    apply_plan(plan_phy(table, curated, final=True))
    given = {0: "GOOD", 1: "MUA", 2: "NOISE", 3: "NON-SOMA", 4: "", 5: "GOOD"}
    assert column(table, names.PHY_FINAL_TSV) == given
    assert column(table, names.PHY_LABEL_TSV) == {**given, 5: ""}  # nobody said it of 5


def test_a_stable_time_is_two_numbers_beside_the_note(on_disk):
    kept = Stretch(1 / 3, 2520.5)
    table = on_disk({"presenceRatio": [0.9] * 6})
    apply_plan(plan_phy(table, {1: ManualUnit(note=kept.stable, stable=kept.written)}))
    first, last = (column(table, name) for name in names.PHY_STABLE_TSVS)
    assert {i: text for i, text in first.items() if text} == {1: repr(kept.start_s)}
    assert {i: text for i, text in last.items() if text} == {1: "2520.5"}
    assert column(table, names.PHY_NOTE_TSV)[1] == "stable 0–42 min"
