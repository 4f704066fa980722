"""What is exported: the same numbers in every format, harmless texts, whole files or none."""

from __future__ import annotations

import csv
import io
import json
import math
import os
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from factories import again, make_run, sheet_of
from hypothesis import given
from hypothesis import strategies as st

from bcviewer.core.run.phy import Phy, PhyState
from bcviewer.core.run.run import Provenance
from bcviewer.core.sheet.book import Book
from bcviewer.core.sheet.frame import to_frame
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.errors import CancelledError, UserError
from bcviewer.io.exchange.export import (
    NOTEBOOK_COLUMNS,
    SUFFIXES,
    audit_frame,
    harmless,
    notebook_frame,
    write_frame,
)
from bcviewer.io.exchange.tsv_text import escaped, unescaped
from bcviewer.io.put_file import write_atomically

NAN, INF = float("nan"), float("inf")
NUMBERS = [0.1 + 0.2, 1 / 3, 5e-324, 1.7976931348623157e308, -0.0, -5.0, 1e22, NAN, INF, -INF]


def table(columns=None, params=None, **more) -> Sheet:
    run = make_run(columns, params, **more)
    return sheet_of(run)


def probe(letter: str, columns=None, params=None, **more) -> Sheet:
    folder = f"rec/kilosort4_{letter}"
    place = Provenance(folder, f"{folder}/bombcell", f"kilosort4_{letter}", letter)
    return table(columns, params, provenance=place, **more)


def read(path: Path) -> list[dict[str, object]]:
    """Return the rows of any format; missing is None, numbers stay as they were written."""
    if path.suffix == ".parquet":
        rows = pd.read_parquet(path).astype(object).to_dict("records")
    elif path.suffix == ".json":
        rows = json.loads(path.read_text("utf-8"))
    else:
        text = path.read_text("utf-8")
        rows = list(csv.DictReader(io.StringIO(text, newline=""), delimiter=comma(path)))
    return [{key: plain(value) for key, value in row.items()} for row in rows]


def comma(path: Path) -> str:
    return "\t" if path.suffix == ".tsv" else ","


def plain(value: object) -> object:
    if value is None or value is pd.NA or value == "" or value != value:
        return None
    if isinstance(value, str):
        if value in ("True", "False"):
            return value == "True"
        try:
            return float(value)
        except ValueError:
            return value
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    return float(value) if isinstance(value, (int, float, np.number)) else value


def same_bits(a: float, b: float) -> bool:
    return a == b and math.copysign(1, a) == math.copysign(1, b)


# The same numbers


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_floats_are_written_to_the_last_bit(tmp_path, suffix):
    path = tmp_path / f"out{suffix}"
    write_frame(pd.DataFrame({"x": NUMBERS, "n": range(len(NUMBERS))}), path)
    for row, number in zip(read(path), NUMBERS, strict=True):
        if math.isnan(number):
            assert row["x"] is None
        else:
            assert same_bits(row["x"], number)


@pytest.mark.slow
@given(number=st.floats())
def test_any_float_is_the_same_in_text(tmp_path_factory, number):
    folder = tmp_path_factory.getbasetemp()
    frame = pd.DataFrame({"x": [number], "y": [1.0]})
    for suffix in (".csv", ".json"):
        path = folder / f"any{suffix}"
        write_frame(frame, path)
        (row,) = read(path)
        if math.isnan(number):
            assert row["x"] is None
        else:
            assert same_bits(row["x"], number)


def test_every_format_holds_the_same_table(tmp_path):
    columns = {
        "presenceRatio": [1.0, 0.1, NAN, 1.0],
        "nSpikes": [2400.0, 2400.0, 10.0, 0.0],
        "nPeaks": [1.0, 1.0, NAN, NAN],
        "mainPeakToTroughRatio": [0.1, INF, -INF, 1 / 3],
        "phy_clusterID": np.array([4, 7, 8, 9]),
        "bc_unitType": np.array(["GOOD", "NON-SOMA", None, ""], object),
    }
    frame = audit_frame([table(columns, cluster_id=np.array([4, 7, 8, 9]))])
    found = {}
    for suffix in SUFFIXES:
        write_frame(frame, tmp_path / f"out{suffix}")
        found[suffix] = read(tmp_path / f"out{suffix}")
        assert list(found[suffix][0]) == list(frame)
    assert found[".csv"] == found[".tsv"] == found[".json"] == found[".parquet"]
    second = found[".json"][1]
    assert second["mainPeakToTroughRatio"] == INF
    assert second["mua_presenceRatio<minPresenceRatio"] is True
    assert second["n_failed"] == 2
    assert found[".csv"][3]["classification_reason"] == "EMPTY: no spikes"


def test_missing_is_empty_or_null(tmp_path):
    frame = pd.DataFrame({"a": [1.5, NAN], "b": [INF, 2.0], "c": pd.array([True, None], "boolean")})
    for suffix in SUFFIXES:
        write_frame(frame, tmp_path / f"out{suffix}")
    assert (tmp_path / "out.csv").read_text() == "a,b,c\n1.5,inf,True\n,2.0,\n"
    assert (tmp_path / "out.tsv").read_text() == "a\tb\tc\n1.5\tinf\tTrue\n\t2.0\t\n"
    text = (tmp_path / "out.json").read_text()
    assert json.loads(text)[1] == {"a": None, "b": 2.0, "c": None}
    assert "NaN" not in text
    assert "Infinity" not in text
    back = pd.read_parquet(tmp_path / "out.parquet")
    assert back["c"].isna().tolist() == [False, True]


def test_ids_are_whole_numbers(tmp_path):
    frame = audit_frame([table({"nPeaks": [1.0, 1.0]}, cluster_id=np.array([3, 2**31 - 1]))])
    write_frame(frame, tmp_path / "out.csv")
    write_frame(frame, tmp_path / "out.json")
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        assert [row["cluster_id"] for row in csv.DictReader(file)] == ["3", "2147483647"]
    assert [row["cluster_id"] for row in json.loads((tmp_path / "out.json").read_text())] == [
        3,
        2**31 - 1,
    ]


# Texts


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r", "\n"])
@pytest.mark.parametrize("suffix", [".csv", ".tsv"])
def test_a_formula_is_made_harmless(tmp_path, suffix, first):
    text = f"{first}cmd|' /C calc'!A0"
    path = tmp_path / f"out{suffix}"
    write_frame(pd.DataFrame({"note": [text, "a=1"], "x": [-5.0, 1.0]}), path)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, delimiter=comma(path)))
    shown = "'" + text.replace("\r", "\n")
    assert rows[1] == [escaped(shown) if suffix == ".tsv" else shown, "-5.0"]
    assert rows[2] == ["a=1", "1.0"]
    assert not any(cell.startswith(("=", "+", "@")) for row in rows for cell in row)


def test_no_text_can_start_a_row_of_its_own(tmp_path):
    # The csv module does not quote a lone carriage return, at which spreadsheets end a row.
    texts = ["a\r=1+1", "a\r\n=1+1", "a\n=1+1", 'a"\r=1+1', "\r\r=1"]
    for suffix in (".csv", ".tsv"):
        path = tmp_path / f"out{suffix}"
        write_frame(pd.DataFrame({"x": [1.0] * len(texts), "t": texts}), path)
        data = path.read_bytes()
        assert b"\r" not in data
        back = pd.read_csv(path, sep=comma(path))
        assert back["x"].tolist() == [1.0] * len(texts)
        plain = unescaped if suffix == ".tsv" else str
        assert [plain(text) for text in back["t"]] == [harmless(text) for text in texts]


def test_names_of_columns_are_made_harmless_too(tmp_path):
    write_frame(pd.DataFrame({"=1+1": [1.0], "b": [-2]}), tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text() == "'=1+1,b\n1.0,-2\n"


@pytest.mark.parametrize("suffix", [".parquet", ".json"])
def test_other_formats_keep_the_text_as_it_is(tmp_path, suffix):
    texts = ["=1+1", "a\rb\nc", 'quote " and , and \t', "Δ µm 日本 🧠", ""]
    path = tmp_path / f"out{suffix}"
    write_frame(pd.DataFrame({"t": texts}), path)
    rows = pd.read_parquet(path)["t"].tolist() if suffix == ".parquet" else None
    if rows is None:
        rows = [row["t"] for row in json.loads(path.read_text("utf-8"))]
    assert rows == texts


@pytest.mark.parametrize("suffix", [".csv", ".tsv"])
def test_newlines_quotes_and_any_script_survive(tmp_path, suffix):
    texts = ["two\nlines", 'quote " and , and \t tab', "Δ µm 日本 🧠"]
    path = tmp_path / f"out{suffix}"
    write_frame(pd.DataFrame({"t": texts, "x": [1, 2, 3]}), path)
    back = pd.read_csv(path, sep=comma(path))
    plain = unescaped if suffix == ".tsv" else str
    assert [plain(text) for text in back["t"]] == texts
    assert back["x"].tolist() == [1, 2, 3]
    lines = 1 + len(texts) + (suffix == ".csv")  # a TSV holds one line a unit
    assert len(path.read_bytes().splitlines()) == lines


@given(text=st.text(max_size=20))
def test_any_text_comes_back_but_for_what_makes_it_harmless(tmp_path_factory, text):
    path = tmp_path_factory.getbasetemp() / "any_text.csv"
    if any("\ud800" <= c <= "\udfff" for c in text):
        return
    write_frame(pd.DataFrame({"t": [text], "x": [1.0]}), path)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows == [["t", "x"], [harmless(text), "1.0"]]
    assert not harmless(text).startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


# Several probes


def test_several_probes_say_whose_unit_a_row_is():
    one = audit_frame([probe("A", {"nPeaks": [1.0, 1.0]})])
    assert "probe" not in one
    assert "ks_dir" not in one
    both = audit_frame([probe("A", {"nPeaks": [1.0, 1.0]}), probe("B")])
    assert list(both)[-3:] == ["probe", "run_mode", "ks_dir"]
    assert both["probe"].tolist() == ["A", "A", "B"]
    assert both["ks_dir"].tolist() == ["rec/kilosort4_A"] * 2 + ["rec/kilosort4_B"]
    assert both["unit_index"].tolist() == [0, 1, 0]


DRIFT = "mua_maxDriftEstimate>maxDrift"
LINEAR = "noise_spatialDecaySlope<minSpatialDecaySlope"


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_flag_is_null_where_a_probe_does_not_test_it(tmp_path, suffix):
    tables = [
        probe("A", {"maxDriftEstimate": [500.0, 1.0]}),
        probe("B", {"extra": [7.0]}, {"computeDrift": False, "spDecayLinFit": True}),
    ]
    frame = audit_frame(tables)
    assert frame[DRIFT].isna().tolist() == [False, False, True]
    path = tmp_path / f"out{suffix}"
    write_frame(frame, path)
    rows = read(path)
    assert [row[DRIFT] for row in rows] == [True, False, None]
    assert [row[LINEAR] for row in rows] == [None, None, False]
    assert [row["extra"] for row in rows] == [None, None, 7.0]


def test_columns_of_several_probes_stay_in_order():
    tables = [
        probe("A", {"extra": [7.0]}, {"computeDrift": False}),
        probe("B", None, {"spDecayLinFit": True}, drop=["Lratio"]),
    ]
    names = list(audit_frame(tables))
    assert len(names) == len(set(names))
    for each in tables:
        own = list(to_frame(each))
        assert [name for name in names if name in own] == own
    assert names.index("extra") < names.index("bombcell_label")
    assert names.index(LINEAR) < names.index("classification_reason")


def test_a_probe_without_units_changes_nothing():
    full = probe("A", {"nPeaks": [1.0, 1.0], "phy_clusterID": np.array([0, 1])})
    frame = audit_frame([full, probe("B", {"nPeaks": []})])
    assert len(frame) == 2
    assert list(frame)[-3:] == ["probe", "run_mode", "ks_dir"]


def test_a_column_of_numbers_here_and_of_text_there_can_be_written(tmp_path):
    note = np.array(["why", None], object)
    tables = [probe("A", {"note": note}), probe("B", {"note": [1.5]})]
    for suffix in SUFFIXES:
        path = tmp_path / f"out{suffix}"
        write_frame(audit_frame(tables), path)
        assert [row["note"] for row in read(path)][:2] == ["why", None]
        assert float(read(path)[2]["note"]) == 1.5


def test_a_folder_whose_name_is_no_text_can_be_written(tmp_path):
    place = Provenance("rec\udcff/k", "b", "k", "k\udcff")
    tables = [table(provenance=place), probe("B")]
    for suffix in SUFFIXES:
        path = tmp_path / f"out{suffix}"
        write_frame(audit_frame(tables), path)
        assert read(path)[0]["ks_dir"] == "rec?/k"


def test_chosen_rows_keep_their_order():
    frame = audit_frame([table({"nPeaks": [1.0] * 4})], np.array([3, 1]))
    assert frame["unit_index"].tolist() == [3, 1]
    assert frame.index.tolist() == [0, 1]


def test_chosen_rows_of_several_probes_keep_their_order():
    tables = [probe(name, {"nPeaks": [1.0] * 3}) for name in "AB"]
    book = Book([made_by_phy(tables[0]), tables[1]])
    rows = np.array([6, 3, 0, 4])  # the last unit of B, one that phy made in A, the firsts of both
    frame = audit_frame(book.sheets, rows)
    assert frame["unit_index"].tolist() == [2, 0, 0]
    assert frame["probe"].tolist() == ["B", "A", "B"]
    assert frame.index.tolist() == [0, 1, 2]
    whole = audit_frame(book.sheets)
    pd.testing.assert_frame_equal(frame, whole.iloc[[5, 0, 3]].reset_index(drop=True))
    assert len(audit_frame(book.sheets, rows[:0])) == 0


def made_by_phy(sheet):
    run = sheet.run
    state = np.array([PhyState.CURRENT] * run.n_units + [PhyState.NEW], np.int8)
    return again(sheet, phy=Phy(run, state, np.array([99]), {run.n_units: "all from 0"}))


def test_the_notebooks_columns_come_first():
    frame = notebook_frame(table())
    assert tuple(frame)[: len(NOTEBOOK_COLUMNS)] == NOTEBOOK_COLUMNS
    assert sorted(frame) == sorted(to_frame(table()))
    less = notebook_frame(table({"nTroughs": [1.0]}, drop=["nPeaks"]))
    assert tuple(less)[:5] == (*NOTEBOOK_COLUMNS[:4], "nTroughs")


# Whole or not at all


FRAME = pd.DataFrame({"x": [1.0, 2.0], "t": ["a", "b"]})


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("suffix", [*SUFFIXES, ".CSV"])
def test_a_file_replaces_the_old_one(tmp_path, suffix):
    path = tmp_path / f"out{suffix}"
    path.write_text("old")
    write_frame(FRAME, path)
    assert path.read_bytes() != b"old"
    assert files(tmp_path) == [path.name]


@pytest.mark.skipif(os.name == "nt", reason="POSIX modes")
def test_a_file_has_the_usual_mode(tmp_path):
    write_frame(FRAME, tmp_path / "out.csv")
    plain_file = tmp_path / "plain"
    plain_file.write_text("")
    assert (tmp_path / "out.csv").stat().st_mode == plain_file.stat().st_mode


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), ValueError("x")])
def test_a_failing_write_leaves_the_old_file_and_nothing_else(tmp_path, error):
    path = tmp_path / "out.csv"
    path.write_text("old")

    def write(temporary: Path) -> None:
        temporary.write_text("half")
        raise error

    wanted = UserError if isinstance(error, OSError) else ValueError
    with pytest.raises(wanted) as caught:
        write_atomically(path, write)
    assert path.read_text() == "old"
    assert files(tmp_path) == ["out.csv"]
    if wanted is UserError:
        assert str(caught.value) == f"{path}: cannot be written: No space left on device."


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".json"])
@pytest.mark.parametrize("after", [1, 2])
def test_cancelling_leaves_nothing_behind(tmp_path, suffix, after):
    calls = 0

    def check() -> None:
        nonlocal calls
        calls += 1
        if calls > after:
            raise CancelledError

    path = tmp_path / f"out{suffix}"
    path.write_text("old")
    big = pd.DataFrame({"x": np.zeros(120_000), "t": ["a"] * 120_000})
    with pytest.raises(CancelledError):
        write_frame(big, path, check)
    assert path.read_text() == "old"
    assert files(tmp_path) == [path.name]


def test_cancelling_before_a_parquet_is_written(tmp_path):
    def check() -> None:
        raise CancelledError

    with pytest.raises(CancelledError):
        write_frame(FRAME, tmp_path / "out.parquet", check)
    assert files(tmp_path) == []


def test_many_rows_are_written_in_parts(tmp_path):
    big = pd.DataFrame({"x": np.arange(120_000.0)})
    write_frame(big, tmp_path / "out.csv")
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "out.csv"), big)


@pytest.mark.parametrize("name", ["out.xlsx", "out", "out.csv.gz"])
def test_an_unknown_ending_is_refused(tmp_path, name):
    with pytest.raises(UserError, match=r"cannot tell the format .* End the name in \.csv, \.tsv"):
        write_frame(FRAME, tmp_path / name)
    assert files(tmp_path) == []


@pytest.mark.parametrize(
    "name", ["templates._bc_qMetrics.parquet", "templates._bc_qMetrics.csv", ".phy/units.csv"]
)
def test_a_recordings_own_file_is_never_replaced(tmp_path, name):
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("theirs")
    with pytest.raises(UserError, match="belongs to the recording"):
        write_frame(pd.DataFrame({"a": [1]}), path)
    assert path.read_text() == "theirs"


def test_no_text_table_into_a_kilosort_directory(tmp_path):
    (tmp_path / "params.py").touch()
    for name in ("units.csv", "cluster_group.tsv"):
        with pytest.raises(UserError, match="phy would read this file"):
            write_frame(pd.DataFrame({"cluster_id": [1]}), tmp_path / name)
    write_frame(pd.DataFrame({"cluster_id": [1]}), tmp_path / "units.json")
    assert {path.name for path in tmp_path.iterdir()} == {"params.py", "units.json"}


def test_a_folder_that_is_not_there(tmp_path):
    path = tmp_path / "no" / "out.csv"
    with pytest.raises(UserError, match="there is no such folder to write to"):
        write_frame(FRAME, path)


def test_a_folder_in_the_files_place(tmp_path):
    (tmp_path / "out.csv").mkdir()
    with pytest.raises(UserError, match=r"out\.csv: is a folder\. Give the name of a file\."):
        write_frame(FRAME, tmp_path / "out.csv")
    assert files(tmp_path) == ["out.csv"]


@pytest.mark.skipif(
    os.name == "nt" or (hasattr(os, "geteuid") and os.geteuid() == 0), reason="root writes anywhere"
)
def test_a_folder_that_is_read_only(tmp_path):
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(UserError, match=r"Permission denied\. Choose another folder\."):
            write_frame(FRAME, tmp_path / "out.csv")
    finally:
        tmp_path.chmod(0o700)


def test_a_folder_that_refuses(tmp_path, monkeypatch):
    def refuse(_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("bcviewer.io.put_file.new_beside", refuse)
    with pytest.raises(UserError) as caught:
        write_frame(FRAME, tmp_path / "out.csv")
    assert str(caught.value) == (
        f"{tmp_path / 'out.csv'}: cannot be written: Permission denied. Choose another folder."
    )


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_table_without_rows(tmp_path, suffix):
    path = tmp_path / f"out{suffix}"
    write_frame(FRAME.iloc[:0], path)
    assert read(path) == []
    if suffix == ".csv":
        assert path.read_text() == "x,t\n"


def test_the_frame_itself_is_not_changed(tmp_path):
    frame = pd.DataFrame({"=t": ["=1"], "x": [1.0]})
    write_frame(frame, tmp_path / "out.csv")
    assert list(frame) == ["=t", "x"]
    assert frame["=t"].tolist() == ["=1"]


def test_pandas_is_not_imported_with_the_module():
    source = Path(sys.modules["bcviewer.io.exchange.export"].__file__ or "").read_text("utf-8")
    assert "\nimport pandas" not in source
