"""The export for SpikeInterface: its curation format, as its own model reads and applies it."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from factories import sheet_of
from field_folder import field_folder

from bcviewer.core.curation.manual import MANUAL_LABELS, ManualUnit
from bcviewer.core.rules.labels import Label
from bcviewer.core.run.phy import Phy, PhyState, not_known, unread
from bcviewer.core.run.run import Run
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.errors import UsageError
from bcviewer.io.exchange.apply_plan import apply_plan
from bcviewer.io.exchange.export_si import BOMBCELL_NAMES, QUALITY_NAMES, plan_spikeinterface
from bcviewer.io.exchange.import_labels import read_labels
from bcviewer.io.exchange.label_words import label_of
from bcviewer.io.exchange.merge_file import KnownUnits, read_merges
from bcviewer.io.results.bombcell import read_run
from bcviewer.io.results.find import find_runs


def curation(table: Sheet, manual: dict[int, ManualUnit], path: Path) -> dict:
    apply_plan(plan_spikeinterface(table, manual, path))
    return json.loads(path.read_text("ascii"))


def test_both_labels_of_each_unit(on_disk, curated, tmp_path):
    table = on_disk({"presenceRatio": [0.1, 1.0, 1.0, 1.0, 1.0, 1.0]})
    made = curation(table, curated, tmp_path / "curation.json")
    assert made["format_version"] == "2"
    assert made["unit_ids"] == [0, 1, 2, 3, 4, 5]
    assert (made["removed"], made["merges"], made["splits"]) == ([], [], [])
    assert made["manual_labels"] == [
        {"unit_id": 0, "labels": {"quality": ["good"], "bombcell": ["mua"]}},
        {"unit_id": 1, "labels": {"quality": ["MUA"], "bombcell": ["good"]}},
        {"unit_id": 2, "labels": {"quality": ["noise"], "bombcell": ["good"]}},
        {"unit_id": 3, "labels": {"quality": ["non_soma"], "bombcell": ["good"]}},
        {"unit_id": 4, "labels": {"bombcell": ["good"]}},
        {"unit_id": 5, "labels": {"bombcell": ["good"]}},
    ]
    for key, definition in made["label_definitions"].items():
        assert (definition["name"], definition["exclusive"]) == (key, True)


def test_accepted_merges_are_written_and_read_back(on_disk, curated, tmp_path):
    table, path = (
        on_disk({"nSpikes": [500.0, 500.0, 0.0, 500.0, 500.0, 500.0]}),
        tmp_path / "c.json",
    )
    plan = plan_spikeinterface(table, curated, path, merges=[(0, 1), (2, 3), (4, 5)])
    assert "The merge of units 2, 3 is left out: not all of them are written." in plan.warnings
    apply_plan(plan)
    assert json.loads(path.read_text("ascii"))["merges"] == [
        {"unit_ids": [0, 1]},
        {"unit_ids": [4, 5]},
    ]
    queue, told = read_merges(path, KnownUnits(frozenset(range(6))))
    assert [merge.ids for merge in queue.merges] == [(0, 1), (4, 5)]
    assert not told


def after_phy(run: Run) -> Phy:
    """Return that phy merged 1 and 2 to 6, split that to 7 and 8, and has 3 and 4 merged unsaved.

    Of unit 0 Bombcell counted no spike in the time that it kept; of 5 nothing is known.
    """
    state = [PhyState.STALE, *[PhyState.GONE] * 2, *[PhyState.CURRENT] * 2, PhyState.UNKNOWN]
    made = [PhyState.GONE, PhyState.NEW, PhyState.LEFT_OUT]
    read = Phy(run, np.array([*state, *made], np.int8), np.array([6, 7, 8]), {})
    return read.with_unsaved({3: "merged", 4: "merged"}, {9: (3, 4)})


def test_units_are_those_of_the_saved_sort(on_disk, curated, tmp_path):
    table = on_disk({"nSpikes": [0.0, *[2400.0] * 5]})
    table = sheet_of(table.run, phy=after_phy(table.run))
    plan = plan_spikeinterface(table, curated, tmp_path / "c.json", merges=[(1, 2), (3, 4)])
    made = json.loads(plan.files[0].content)
    assert made["unit_ids"] == [0, 3, 4, 5, 7, 8]
    assert [entry["unit_id"] for entry in made["manual_labels"]] == [0, 3, 4, 5]
    assert made["merges"] == [{"unit_ids": [3, 4]}]
    gone = "3 units (units 1, 2, 6) no longer there, merged or split in phy: left out"
    assert f"{gone}, with 2 manual labels and 1 note." in plan.warnings
    assert not any("without spikes" in words for words in plan.warnings)


def test_units_with_spikeinterfaces_own_ids_are_those_of_its_sort(on_disk, tmp_path):
    table = on_disk()
    run = replace(table.run, si_ids=np.array(list("abcdef"), object))
    plan = plan_spikeinterface(sheet_of(run, phy=after_phy(run)), {}, tmp_path / "c.json")
    assert json.loads(plan.files[0].content)["unit_ids"] == list("abcdef")
    assert any(words.startswith("3 units (units 6, 7, 8) without an id") for words in plan.warnings)


def test_what_is_not_known_of_the_sort_is_said(on_disk, tmp_path):
    run = on_disk().run
    for phy, why in ((unread(run), "it is not read yet"), (not_known(run, "no files"), "no files")):
        plan = plan_spikeinterface(sheet_of(run, phy=phy), {}, tmp_path / "c.json")
        assert json.loads(plan.files[0].content)["unit_ids"] == list(range(6))
        words = f"Which units the sort has now is not known ({why}): those are written that"
        assert plan.warnings == (f"{words} Bombcell scored.",)


def test_the_preview_counts_labels(on_disk, curated, tmp_path):
    plan = plan_spikeinterface(on_disk(), curated, tmp_path / "curation.json")
    assert plan.files[0].head == ("quality: good 1, MUA 1, noise 1, non_soma 1", "bombcell: good 6")
    assert plan.warnings == ("2 notes (units 1, 5) stay here: the format has no notes.",)


def test_spikeinterfaces_own_ids(shared, tmp_path):
    folder = field_folder(shared, tmp_path, "si_ids")
    run = read_run(find_runs(folder)[0])
    table = sheet_of(run)
    known = run.cluster_id.tolist()
    manual = {known[0]: ManualUnit(Label.GOOD), known[3]: ManualUnit(Label.NOISE)}
    path = tmp_path / "curation.json"
    plan = plan_spikeinterface(table, manual, path)
    assert "Units have SpikeInterface's ids, from cluster_si_unit_ids.tsv." in plan.warnings
    made = curation(table, manual, path)
    spikes = run.units.floats("nSpikes")
    assert made["unit_ids"] == [i * 2 + 7 for i in np.sort(run.cluster_id[spikes != 0]).tolist()]
    said = {e["unit_id"]: e["labels"].get("quality") for e in made["manual_labels"]}
    assert {i: said[i] for i in said if said[i]} == {
        known[0] * 2 + 7: ["good"],
        known[3] * 2 + 7: ["noise"],
    }


def test_ids_that_are_no_numbers_and_units_that_have_none(on_disk, tmp_path):
    table = on_disk()
    ids = np.array(["0-7", "", "12", "u3", "", "x"], object)
    table = sheet_of(replace(table.run, si_ids=ids))
    plan = plan_spikeinterface(table, {1: ManualUnit(Label.GOOD)}, tmp_path / "c.json")
    left_out = "without an id there: left out, with 1 manual label, since"
    assert any(w.startswith("2 units (units ") and left_out in w for w in plan.warnings)
    made = json.loads(plan.files[0].content)
    assert made["unit_ids"] == ["0-7", "12", "u3", "x"]
    assert not any("quality" in e["labels"] for e in made["manual_labels"])


def test_units_without_spikes_are_left_out(on_disk, curated, tmp_path):
    table = on_disk({"nSpikes": [2400.0, 0.0, 2400.0, 2400.0, 2400.0, float("nan")]})
    plan = plan_spikeinterface(table, curated, tmp_path / "curation.json")
    assert plan.warnings[0] == (
        "1 unit (unit 1) without spikes: left out, with 1 manual label and 1 note, since"
        " SpikeInterface has no such units."
    )
    made = curation(table, curated, tmp_path / "curation.json")
    assert made["unit_ids"] == [0, 2, 3, 4, 5]
    assert {entry["unit_id"] for entry in made["manual_labels"]} <= set(made["unit_ids"])


def test_every_label_has_a_name_that_comes_back():
    for named in (QUALITY_NAMES, BOMBCELL_NAMES):
        assert set(named) == set(MANUAL_LABELS)
        assert {label_of(text, split=True): text for text in named.values()} == named


def test_another_ending_is_refused(on_disk, tmp_path):
    with pytest.raises(UsageError, match=r"End the name in \.json"):
        plan_spikeinterface(on_disk(), {}, tmp_path / "curation.csv")


APPLIED = """
import json, sys
import numpy as np
from spikeinterface.core import NumpySorting
from spikeinterface.curation.curation_format import (
    apply_curation, load_curation, validate_curation_dict
)
path = sys.argv[1]
with open(path) as file:
    validate_curation_dict(json.load(file))
model = load_curation(path)
units = {i: np.arange(3) for i in model.unit_ids}
sorting = NumpySorting.from_unit_dict([units], 30000)
done = apply_curation(sorting, model)
out = {"version": model.format_version, "options": {
    key: each.label_options for key, each in model.label_definitions.items()}}
for key in ("quality", "bombcell"):
    values = sorting.get_property(key).tolist()
    out[key] = dict(zip(map(str, sorting.unit_ids.tolist()), values))
out["units"] = done.unit_ids.tolist()
print(json.dumps(out))
"""


def test_spikeinterface_validates_and_applies_it(shared, tmp_path, python_with):
    run = read_run(find_runs(shared / "sim_3probes" / "kilosort4_B")[0])
    table = sheet_of(run)
    ids = run.cluster_id.tolist()
    manual = {i: ManualUnit(MANUAL_LABELS[i % 6], "a note") for i in ids if i % 2}
    path = tmp_path / "curation.json"
    apply_plan(plan_spikeinterface(table, manual, path))
    command = [python_with("spikeinterface"), "-c", APPLIED, str(path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)
    read = json.loads(done.stdout.splitlines()[-1])
    assert read["version"] == "2"
    assert read["units"] == ids  # nothing removed, merged or split
    assert {i: text for i, text in read["quality"].items() if text} == {
        str(i): QUALITY_NAMES[unit.label] for i, unit in manual.items()
    }
    labels = [Label(code) for code in table.bombcell_labels]
    assert read["bombcell"] == {
        str(i): BOMBCELL_NAMES[label] for i, label in zip(ids, labels, strict=True)
    }
    assert np.unique(labels).size > 2


BY_ITSELF = """
import sys
from spikeinterface.curation.curation_model import Curation
made = Curation(
    format_version="2",
    unit_ids=[7, 9, 11],
    label_definitions={"quality": {"label_options": ["good", "noise", "MUA", "artifact"],
                                   "exclusive": True}},
    manual_labels=[
        {"unit_id": 7, "labels": {"quality": ["good"]}},
        {"unit_id": 9, "labels": {"quality": ["artifact"]}},
        {"unit_id": 11, "labels": {"quality": ["MUA"]}},
    ],
    removed=[9],
)
with open(sys.argv[1], "w") as file:
    file.write(made.model_dump_json(indent=4))
"""


def test_what_spikeinterface_itself_writes_is_read(tmp_path, python_with):
    path = tmp_path / "theirs.json"
    command = [python_with("spikeinterface"), "-c", BY_ITSELF, str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    read = read_labels(path, si_ids={"7": 0, "9": 1, "11": 2})
    assert (read.labels, read.ids) == ({0: Label.GOOD, 2: Label.MUA}, "si")
    assert read.remark == "Not taken over: 1 removed unit."
    assert [word.text for word in read.words if word.label is Label.UNKNOWN] == ["artifact"]


def test_spikeinterface_applies_it_to_its_own_ids(shared, tmp_path, python_with):
    run = read_run(find_runs(field_folder(shared, tmp_path, "si_ids"))[0])
    table = sheet_of(run)
    ids = run.cluster_id.tolist()
    manual = {i: ManualUnit(MANUAL_LABELS[i % 6]) for i in ids if i % 2}
    path = tmp_path / "curation.json"
    apply_plan(plan_spikeinterface(table, manual, path))
    command = [python_with("spikeinterface"), "-c", APPLIED, str(path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)
    read = json.loads(done.stdout.splitlines()[-1])
    assert {i: text for i, text in read["quality"].items() if text} == {
        str(i * 2 + 7): QUALITY_NAMES[unit.label] for i, unit in manual.items()
    }


def test_final_labels_stand_beside_the_others_where_they_are_asked_for(on_disk, curated, tmp_path):
    table = on_disk({"presenceRatio": [0.1, 1.0, 1.0, 1.0, 1.0, 1.0]})
    path = tmp_path / "curation.json"
    plan = plan_spikeinterface(table, curated, path, final=True)
    assert plan.files[0].head[2] == "final: good 3, MUA 1, noise 1, non_soma 1"
    apply_plan(plan)
    made = json.loads(path.read_text("ascii"))
    assert list(made["label_definitions"]) == ["quality", "bombcell", "final"]
    ends = [entry["labels"]["final"] for entry in made["manual_labels"]]
    assert ends == [["good"], ["MUA"], ["noise"], ["non_soma"], ["good"], ["good"]]
