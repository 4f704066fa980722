"""SpikeInterface's curation and the tables of models: read, matched, or refused."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from factories import sheet_of
from field_folder import field_folder
from hypothesis import given
from hypothesis import strategies as st

from bcviewer.core.curation.manual import MANUAL_LABELS, ManualUnit
from bcviewer.core.rules.labels import Label
from bcviewer.errors import UserError
from bcviewer.io.exchange.apply_plan import apply_plan
from bcviewer.io.exchange.export_si import plan_spikeinterface
from bcviewer.io.exchange.import_labels import read_labels
from bcviewer.io.results.bombcell import read_run
from bcviewer.io.results.find import find_runs

GOOD, MUA, NOISE = Label.GOOD, Label.MUA, Label.NOISE


def written(folder: Path, content: Any, name: str = "curation.json") -> Path:
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def entry(unit: object, **labels: Any) -> dict[str, Any]:
    return {"unit_id": unit, "labels": labels}


def curation(*entries: Any, version: str = "2", **more: Any) -> dict[str, Any]:
    return {"format_version": version, "manual_labels": list(entries), **more}


# -- as people have them ---------------------------------------------------------------------


def test_every_file_of_others_labels(shared: Path, tmp_path: Path) -> None:
    top = field_folder(shared, tmp_path, "labels_of_others") / "labels"
    wanted = {0: GOOD, 1: MUA, 2: NOISE}
    model = read_labels(top / "model.csv")
    assert (model.labels, model.probability) == (wanted, {0: 0.93, 1: 0.71, 2: 0.99})
    assert (model.name, model.person) == ("model.csv (prediction)", "model (model.csv)")
    assert [(w.text, w.label) for w in model.words if w.label is Label.UNKNOWN] == [
        ("neural", Label.UNKNOWN)
    ]
    bare = read_labels(top / "model_noheading.csv")
    assert (bare.labels, bare.probability) == (wanted, model.probability)
    assert bare.remark == "The column of ids has no heading: the first one was taken."
    gui = read_labels(top / "gui.csv")
    assert (gui.labels, gui.column, gui.remark) == (wanted, "quality", "")
    found = read_labels(top / "curation.json")
    assert (found.labels, found.column) == ({0: GOOD, 2: NOISE}, "quality")
    assert (found.person, found.name) == (
        "SpikeInterface (curation.json)",
        "curation.json (quality)",
    )
    assert found.remark == "Not taken over: 1 merge."


def test_our_own_export_comes_back(shared: Path, tmp_path: Path) -> None:
    run = read_run(find_runs(field_folder(shared, tmp_path, "si_ids"))[0])
    table = sheet_of(run)
    ids = run.cluster_id.tolist()
    manual = {ids[i]: ManualUnit(label) for i, label in enumerate(MANUAL_LABELS)}
    path = tmp_path / "ours.json"
    apply_plan(plan_spikeinterface(table, manual, path))
    back = read_labels(path, si_ids=run.clusters_by_si_id())
    assert back.labels == {i: unit.label for i, unit in manual.items()}
    assert (back.columns, back.ids, back.unmatched) == (("quality",), "si", ())


# -- whose ids they are ----------------------------------------------------------------------


def test_ids_are_spikeinterfaces_by_format_and_heading(tmp_path: Path) -> None:
    si = {"7": 0, "9": 1, "u3": 2}
    json_file = written(
        tmp_path, curation(entry(7, q=["good"]), entry("u3", q=["noise"]), entry(8, q=["good"]))
    )
    found = read_labels(json_file, si_ids=si)
    assert (found.labels, found.unmatched, found.ids) == ({0: GOOD, 2: NOISE}, ("8",), "si")
    assert read_labels(json_file).labels == {7: GOOD, 8: GOOD}  # nothing says otherwise
    as_clusters = read_labels(json_file, si_ids=si, ids="cluster")
    assert (as_clusters.labels, as_clusters.ids) == ({7: GOOD, 8: GOOD}, "cluster")
    for head, wanted in (
        ("unit_id", {0: GOOD}),
        ("", {0: GOOD}),
        ("cluster_id", {7: GOOD}),
        ("phy_clusterID", {7: GOOD}),
    ):
        table = written(tmp_path, f"{head},quality\n7.0,good\n", "t.csv")
        assert read_labels(table, si_ids=si).labels == wanted, head
        assert read_labels(table, si_ids=si, ids="si").labels == {0: GOOD}
    viewer = written(tmp_path, "unit_id,manual_classification\n7,1\n", "v.csv")
    assert read_labels(viewer, si_ids=si).labels == {7: GOOD}  # Bombcell's viewer: cluster ids


def test_none_of_the_ids_is_there(tmp_path: Path) -> None:
    path = written(tmp_path, curation(entry(7, q=["good"]), entry(9, q=["good"])))
    with pytest.raises(UserError, match=r"no label in it: 2 ids that SpikeInterface has not here"):
        read_labels(path, si_ids={"1": 1})


# -- formats ---------------------------------------------------------------------------------


def test_version_1_has_the_labels_beside_the_id(tmp_path: Path) -> None:
    entries = [{"unit_id": 3, "quality": ["MUA"]}, {"unit_id": "4", "quality": "good"}]
    found = read_labels(written(tmp_path, curation(*entries, version="1")))
    assert found.labels == {3: MUA, 4: GOOD}


def test_sortingviews_labels_are_those_of_version_0(tmp_path: Path) -> None:
    content = {
        "labelsByUnit": {"3": ["mua"], "4": ["noise"], "5": ["accept"]},
        "mergeGroups": [[3, 4]],
    }
    found = read_labels(written(tmp_path, content))
    assert (found.labels, found.column) == ({3: MUA, 4: NOISE}, "all_labels")
    assert found.remark == "Not taken over: 1 merge."
    assert found.skipped[0].text == "5: accept"


def test_the_column_can_be_chosen(tmp_path: Path) -> None:
    path = written(tmp_path, curation(entry(1, a=["good"], quality=["noise"], bombcell=["mua"])))
    assert read_labels(path).columns == ("a", "quality")
    assert read_labels(path).labels == {1: NOISE}
    assert read_labels(path, column="a").labels == {1: GOOD}
    table = written(tmp_path, "cluster_id,quality,prediction\n1,good,noise\n", "two.csv")
    assert read_labels(table).columns == ("quality", "prediction")
    assert read_labels(table, column="prediction").labels == {1: NOISE}


def test_two_labels_of_a_unit_are_none(tmp_path: Path) -> None:
    path = written(tmp_path, curation(entry(1, q=["good", "noise"]), entry(2, q=["mua"])))
    found = read_labels(path)
    assert found.labels == {2: MUA}
    assert found.skipped[0].why == "the unit has two labels in this file"


def test_a_models_numbers_are_not_bombcells_codes(tmp_path: Path) -> None:
    path = written(
        tmp_path, "unit_id,prediction,probability\n1,0,0.9\n2,good,1.5\n3,mua,x\n", "m.csv"
    )
    found = read_labels(path)
    assert found.labels == {2: GOOD, 3: MUA}
    assert found.probability == {}  # 1.5 and x are none
    assert found.skipped[0].why == "no label of ours"


REFUSED = {
    "not json": ("{", "not JSON, or cut off"),
    "deep": ('{"a":' * 100_000, "not JSON, or cut off"),
    "huge number": ('{"manual_labels": [' + "9" * 10_000 + "]}", "not JSON, or cut off"),
    "another object": ("{}", "no curation of SpikeInterface"),
    "no list": ('{"format_version": "2", "manual_labels": {}}', "no curation of SpikeInterface"),
    "no version": ('{"manual_labels": []}', "format version none"),
    "newer": ('{"format_version": "3", "manual_labels": []}', "format version 3"),
    "nothing": ('{"format_version": "2", "manual_labels": []}', "no label definition"),
    "automatic": (json.dumps(curation(entry(1, bombcell=["good"]))), "which nobody curated"),
    "unknown words": (json.dumps(curation(entry(1, q=["fine"]))), "line 1 has no label of ours"),
    "odd": (json.dumps(curation(entry([1], q=["good"]))), "line 1 has no unit with a label"),
    "odder": (json.dumps(curation(entry(True, q=["good"]), 3, {"unit_id": 1})), "no unit with"),
    "no id": (json.dumps(curation(entry("u1", q=["good"]))), "line 1 has no cluster id"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_curation_is_refused_in_one_line(tmp_path: Path, case: str) -> None:
    content, message = REFUSED[case]
    path = written(tmp_path, content)
    with pytest.raises(UserError, match=message) as caught:
        read_labels(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert str(caught.value).isprintable()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=10,
)


@given(entries=st.lists(json_values), labels=json_values, more=json_values)
def test_any_json_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, entries: list[Any], labels: Any, more: Any
) -> None:
    made = {**curation(*entries, entry(1, q=labels), {"unit_id": more}), "removed": more}
    path = written(tmp_path_factory.getbasetemp(), {**made, "label_definitions": more}, "any.json")
    with contextlib.suppress(UserError):
        assert read_labels(path).labels
