"""Columns of other programs: what is read, what is Bombcell's own, and the bounds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from factories import sheet_of
from field_folder import field_folder

from bcviewer.core.filter.language import evaluate, parse_filter
from bcviewer.core.run.unit_ids import NO_ID
from bcviewer.core.sheet.frame import to_frame
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.io import names
from bcviewer.io.results import cluster_tsv
from bcviewer.io.results import foreign as module
from bcviewer.io.results.bombcell import read_run
from bcviewer.io.results.cluster_tsv import read_tsv_values
from bcviewer.io.results.find import find_runs
from bcviewer.io.results.foreign import read_foreign

IDS = np.array([0, 2, 7], np.int64)
PRESENCE = np.array([1.0, 0.5, 0.25])


def read(folder: Path, **columns: Any) -> tuple[dict[str, list[Any]], list[str]]:
    found, issues = read_foreign(folder, IDS, columns)
    return {c.key: c.values.tolist() for c in found}, [str(issue) for issue in issues]


def write(folder: Path, name: str, heading: str, *values: object) -> None:
    lines = "".join(f"{i}\t{value}\n" for i, value in zip(IDS, values, strict=True))
    (folder / name).write_text(f"cluster_id\t{heading}\n{lines}", "utf-8")


def test_numbers_and_texts_by_cluster_id(tmp_path: Path) -> None:
    (tmp_path / "cluster_ContamPct.tsv").write_text("cluster_id\tContamPct\n7\t12.5\n0\t0\n99\t1\n")
    write(tmp_path, "cluster_layer.tsv", "layer", "L5", "", "L6")
    (tmp_path / "cluster_two.csv").write_text("cluster_id,depth,x y\n0,10,1\n2,,nan\n")
    found, issues = read(tmp_path)
    assert issues == []
    assert found["layer"] == ["L5", "", "L6"]
    np.testing.assert_array_equal(found["ContamPct"], [0.0, np.nan, 12.5])
    np.testing.assert_array_equal(found["depth"], [10.0, np.nan, np.nan])
    np.testing.assert_array_equal(found["x y"], [1.0, np.nan, np.nan])


def test_bombcells_own_files_are_left_out_by_name_or_by_what_is_in_them(tmp_path: Path) -> None:
    for name in ("presenceRatio", "presence_ratio", "SNR", "bc_unitType", "frac_RPVs"):
        write(tmp_path, f"cluster_{name}.tsv", name, 3, 2, 1)
    write(tmp_path, "cluster_SNR (Case Conflict 1).tsv", "presenceRatio", 3, 2, 1)
    write(tmp_path, "cluster_again.tsv", "again", *PRESENCE)  # a copy under another name
    write(tmp_path, "cluster_ones.tsv", "ones", 1, 1, 1)  # as nTroughs is by chance
    found, issues = read(tmp_path, presenceRatio=PRESENCE, nTroughs=np.ones(3))
    assert (list(found), issues) == (["ones"], [])


def test_labels_and_our_own_exports_are_no_foreign_columns(tmp_path: Path) -> None:
    own = (names.KS_LABEL_TSV, names.GROUP_TSV, names.GROUPS_CSV, names.SI_IDS_TSV)
    for name in (*own, names.INFO_TSV, *names.PHY_EXPORTS):
        write(tmp_path, name, "x", 1, 2, 3)
    assert read(tmp_path) == ({}, [])


def test_a_name_that_is_ours_gets_another(tmp_path: Path) -> None:
    write(tmp_path, "cluster_label.tsv", "LABEL", "a", "b", "c")
    write(tmp_path, "cluster_zz.tsv", "label", "d", "e", "f")
    assert list(read(tmp_path)[0]) == ["LABEL_file", "label_2"]


def test_a_heading_is_no_formula_and_no_second_line(tmp_path: Path) -> None:
    write(tmp_path, "cluster_a.tsv", "=HYPERLINK(1)", 1, 2, 3)
    write(tmp_path, "cluster_b.tsv", "x\u202ey\x07z", 1, 2, 4)
    write(tmp_path, "cluster_c.tsv", "@'", 1, 2, 5)
    assert list(read(tmp_path)[0]) == ["HYPERLINK(1)", "x y z", "column"]


def test_what_cannot_be_read_is_told_by_name(tmp_path: Path) -> None:
    (tmp_path / "cluster_torn.tsv").write_text("no table\n")
    (tmp_path / "cluster_folder.tsv").mkdir()
    (tmp_path / "cluster_empty.tsv").touch()
    found, issues = read(tmp_path)
    assert found == {}
    assert issues == [
        "cluster_empty.tsv: empty (zero bytes). It is not shown.",
        "cluster_folder.tsv: not a file. It is not shown.",
        "cluster_torn.tsv: no column cluster_id. It is not shown.",
    ]


def test_files_and_columns_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_FILES", 2)
    monkeypatch.setattr(module, "LARGEST", 1000)
    for i in range(4):
        write(tmp_path, f"cluster_n{i}.tsv", f"n{i}", i, 2, 3)
    wide = "\t".join(f"w{i}" for i in range(40))
    (tmp_path / "cluster_a.tsv").write_text(f"cluster_id\t{wide}\n")
    found, issues = read(tmp_path)
    assert len(found) == 16 + 1
    assert issues[0].endswith("5 files of other programs; 2 are read. Move away what nobody needs.")
    (tmp_path / "cluster_a.tsv").write_text("cluster_id\tw\n" + "0\t1\n" * 1000)
    assert "more than is read" in read(tmp_path)[1][1]


BODIES = (
    "0\t1\n2\t3.5\n7\t-1e3\n",
    "7.0\tinf\n0\tnan\n0\t4\n",
    "99\t1\n",
    "-1\t5\n0\t2\n",
    "\n0\t2\n\n",
)


@pytest.mark.parametrize("body", [*BODIES, "0\tx\n", "0\n2\t3\n", '"0"\t1\n', "0.5\t1\n2\t2\n", ""])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_numbers_are_the_same_by_the_fast_way(
    tmp_path: Path, body: str, end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "cluster_x.tsv"
    path.write_bytes(("cluster_id\tx\n" + body).replace("\n", end).encode())
    (fast,) = read_tsv_values(path, IDS)
    plain = cluster_tsv._numbers(path.read_text(), "\t", IDS, 1) is not None
    assert plain == (body in BODIES)
    monkeypatch.setattr(cluster_tsv, "_numbers", lambda *_: None)
    (slow,) = read_tsv_values(path, IDS)
    assert fast[0] == slow[0] == "x"
    assert fast[1].dtype == slow[1].dtype
    np.testing.assert_array_equal(fast[1], slow[1])


# -- in a run --------------------------------------------------------------------------------


def table_in(folder: Path) -> Sheet:
    run = read_run(find_runs(folder)[0])
    return sheet_of(run)


def test_kilosorts_contamination_is_a_column_and_no_verdict(shared: Path) -> None:
    table = table_in(shared / "sim_3probes/kilosort4_A")
    column = table.column("ContamPct")
    assert column.title == "ContamPct [.tsv]"
    assert "Not a verdict of Bombcell: read from cluster_ContamPct.tsv" in column.help
    assert "After phy has saved" in column.help
    assert column.group.startswith("from files beside")
    assert {"Amplitude", "ContamPct"} <= set(table.names())
    chosen = evaluate(parse_filter("contampct > 50", table), table)
    values = table.values("ContamPct")
    assert chosen.tolist() == (values > 50).tolist()
    assert 0 < chosen.sum() < table.n_units
    order = table.order("ContamPct")
    assert (np.diff(values[order]) >= 0).all()
    frame = to_frame(table)
    assert list(frame)[-3:] == ["shank", "Amplitude", "ContamPct"]
    np.testing.assert_array_equal(frame["ContamPct"], values)
    assert table.text("ContamPct", 0) == format(values[0], ".6g")


def test_bombcells_forty_files_for_phy_are_not_shown_twice(shared: Path) -> None:
    for name in ("toy/kilosort4_A", "toy_v0.62/kilosort4_A"):
        assert table_in(shared / name).run.foreign == ()


def test_shanks_are_a_column_and_a_filter(shared: Path, tmp_path: Path) -> None:
    table = table_in(field_folder(shared, tmp_path, "four_shanks"))
    sites = table.run.sites
    assert sites is not None
    assert sites.shanks == [0, 1, 2, 3]
    channel = table.run.units.columns["maxChannels"].astype(int)
    shank = np.load(tmp_path / "four_shanks/kilosort4" / names.CHANNEL_SHANKS)[channel]
    assert table.values("shank").tolist() == shank.tolist()
    shown = evaluate(parse_filter("shank == 2", table), table)
    assert shown.tolist() == (shank == 2).tolist()
    assert shown.any()
    assert table.text("shank", 0) == str(shank[0])
    frame = to_frame(table)
    assert (frame["shank"].dtype, frame["shank"].tolist()) == (np.int64, shank.tolist())


def test_phy_1s_groups(shared: Path, tmp_path: Path) -> None:
    table = table_in(field_folder(shared, tmp_path, "phy1_groups"))
    groups = ("good", "noise", "mua")
    assert table.values("phy_group").tolist() == [groups[i % 3] for i in table.ids.cluster_id]
    assert not any("cluster_groups" in str(issue) for issue in table.run.issues)


def test_spikeinterfaces_ids_are_a_column(shared: Path, tmp_path: Path) -> None:
    table = table_in(field_folder(shared, tmp_path, "si_ids"))
    wanted = [str(i * 2 + 7) for i in table.ids.cluster_id.tolist()]
    assert table.values("si_unit_id").tolist() == wanted


@pytest.mark.parametrize("text", [False, True])
def test_a_unit_without_an_id_has_no_value_whatever_the_file_says(
    tmp_path: Path, text: bool
) -> None:
    path = tmp_path / "cluster_x.tsv"
    path.write_text(f"cluster_id\tx\n-1\t5\n3\t{'six' if text else 6}\n")
    ((_, values),) = read_tsv_values(path, np.array([NO_ID, 3]))
    if text:
        assert values.tolist() == ["", "six"]
    else:
        np.testing.assert_array_equal(values, [np.nan, 6.0])


def test_names_of_units_with_an_underscore_are_no_numbers(tmp_path: Path) -> None:
    """Python's ``float`` takes 1_0 for ten."""
    assert cluster_tsv.whole_number("1_0") is None
    assert cluster_tsv.whole_number("1.0") == 1
    path = tmp_path / "cluster_x.tsv"
    path.write_text("cluster_id\tx\n1_0\t5\n10\t2_1\n")
    ((_, values),) = read_tsv_values(path, np.array([10, 1]))
    assert values.tolist() == ["2_1", ""]
