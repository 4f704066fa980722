"""Labels from elsewhere: what is read, what is left out and why, and what is refused."""

from __future__ import annotations

import contextlib
import shutil
from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from qt_fixtures import KINDS, table_of

from bcviewer.core.curation.imported import conflicts
from bcviewer.core.curation.manual import ManualUnit
from bcviewer.core.rules.labels import Label
from bcviewer.core.run.stretch import Stretch
from bcviewer.errors import UserError
from bcviewer.io.exchange import import_labels as module
from bcviewer.io.exchange.export import SUFFIXES, write_frame
from bcviewer.io.exchange.import_labels import probes_of, read_labels
from bcviewer.io.exchange.label_words import label_of
from bcviewer.io.exchange.manual_frames import labels_of

GOOD, MUA, NOISE = Label.GOOD, Label.MUA, Label.NOISE


@pytest.fixture
def file(tmp_path):
    """Return a function that writes a file."""

    def write(content: str | bytes, name: str = "labels.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


# What a cell means


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("good", GOOD),
        (" GOOD ", GOOD),
        ("Mua", MUA),
        ("noise", NOISE),
        ("non-soma", Label.NON_SOMA),
        ("NON_SOMA", Label.NON_SOMA),
        ("Non-somatic", Label.NON_SOMA),
        ("NON-SOMA GOOD", Label.NON_SOMA_GOOD),
        ("non_soma_good", Label.NON_SOMA_GOOD),
        ("Non-somatic MUA", Label.NON_SOMA_MUA),
        ("0", NOISE),
        ("1", GOOD),
        ("2.0", MUA),
        ("3", Label.NON_SOMA),
        ("4", Label.NON_SOMA_MUA),
        ("-1", Label.EMPTY),
        ("-1.0", Label.EMPTY),
        ("", Label.EMPTY),
        ("unsorted", Label.EMPTY),
        ("Unclassified", Label.EMPTY),
        ("nan", Label.EMPTY),
        ("5", Label.UNKNOWN),
        ("-2", Label.UNKNOWN),
        ("1.5", Label.UNKNOWN),
        ("very good", Label.UNKNOWN),
        ("goood", Label.UNKNOWN),
        ("inf", Label.UNKNOWN),
        ("incomplete", Label.UNKNOWN),
        ("²", Label.UNKNOWN),
    ],
)
def test_what_a_cell_means(text, label):
    assert label_of(text) is label


def test_code_three_is_good_where_the_run_splits():
    assert label_of("3", split=True) is Label.NON_SOMA_GOOD
    assert label_of("Non-somatic", split=True) is Label.NON_SOMA


# What is read


def test_bombcells_files(shared):
    folder = shared / "bombcell_repo_history/py_2025-06_078522b_manual/bombcell"
    for name in ("manual_unit_classifications.csv", "manual_unit_classifications.tsv"):
        read = read_labels(folder / name)
        assert len(read.labels) + read.unlabelled == 15
        assert (read.labels[0], read.labels[5]) == (MUA, GOOD)
        assert (read.person, read.n_skipped) == (f"Bombcell's viewer ({name})", 0)
        assert read.source == str(folder / name)


def test_bombcells_unclassified_are_no_labels(file):
    read = read_labels(file("unit_id,manual_classification\n1,-1\n2,0\n3,3\n"))
    assert read.labels == {2: NOISE, 3: Label.NON_SOMA}
    assert (read.unlabelled, read.skipped) == (1, ())


def test_phys_groups(file):
    text = "cluster_id\tgroup\r\n1\tgood\r\n2\tmua\r\n3\tnoise\r\n4\tunsorted\r\n5\tartifact\r\n"
    read = read_labels(file(text, "cluster_group.tsv"))
    assert read.labels == {1: GOOD, 2: MUA, 3: NOISE}
    assert read.person == "phy (cluster_group.tsv)"
    assert read.unlabelled == 1
    (left,) = read.skipped
    assert (left.line, left.text, left.why) == (6, "5: artifact", "no label of ours")


def test_phys_groups_of_real_recordings(shared):
    phy = shared / "toy_variants/phy_curated_rerun/kilosort4_A/cluster_group.tsv"
    assert read_labels(phy).labels == {1: NOISE, 15: GOOD, 16: MUA, 17: MUA}
    with pytest.raises(UserError, match=r"has no label in it: \d+ units without one"):
        read_labels(shared / "spikeinterface_A/kilosort4_A_si_phy/cluster_group.tsv")


def test_kilosorts_copy_is_not_phys(shared, tmp_path):
    theirs = shared / "sim_3probes/kilosort4_B/cluster_group.tsv"
    with pytest.raises(UserError) as caught:
        read_labels(theirs)
    assert str(caught.value) == (
        f"{theirs}: not phy's: Kilosort's own labels. "
        "phy writes this file anew, with a column group, when it saves."
    )
    shutil.copy(theirs, tmp_path / "renamed.tsv")
    with pytest.raises(UserError, match="Kilosort's own labels, which nobody curated"):
        read_labels(tmp_path / "renamed.tsv")


@pytest.mark.parametrize(
    "header",
    [
        "cluster_id,label,note",
        "Unit_ID,Quality,Comment",
        "id,MANUAL_LABEL,notes",
        "phy_clusterID,bcv_label,bcv_note",
    ],
)
def test_tables_of_many_headings(file, header):
    read = read_labels(file(f"{header}\n7,good,\n8.0,Non-Soma,why\n\n"))
    assert read.labels == {7: GOOD, 8: Label.NON_SOMA}
    assert read.notes == {8: "why"}
    assert read.person == "import (labels.csv)"


def test_one_other_column_is_the_label(file):
    assert read_labels(file("cluster_id,verdict of Ann\n1,MUA\n")).labels == {1: MUA}


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_marks_between_cells_and_ends_of_lines(file, mark, end):
    rows = ["cluster_id|label|note", '1|good|"a|b\nc"', "2|mua|"]
    read = read_labels(file(end.join(rows).replace("|", mark)))
    assert read.labels == {1: GOOD, 2: MUA}
    assert read.notes == {1: f"a{mark}b\nc"}


NOTES = {3: "0012", 4: "'=x", 5: "=1+1", 6: "a\nb\tc", 7: "'", 8: "NA", 9: "ä"}


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_what_bcviewer_exports_is_read_back(tmp_path, suffix):
    """In each of the formats that it offers: labels, notes and who gave them."""
    frame = pd.DataFrame({"cluster_id": list(NOTES), "manual_label": "MUA", "note": NOTES.values()})
    frame.loc[0, "manual_label"] = None
    path = tmp_path / f"labels{suffix}"
    write_frame(frame, path)
    if suffix == ".parquet":
        with pytest.raises(UserError, match=r"not a text|not text"):
            read_labels(path)
        return
    found = read_labels(path)
    assert found.labels == dict.fromkeys(list(NOTES)[1:], MUA)
    assert found.notes == NOTES


@pytest.mark.parametrize("text", ["[1, 2]", "[{", '[["cluster_id"]]', "[]", '[{"x": 1}]'])
def test_a_list_of_something_else_is_refused(file, text):
    with pytest.raises(UserError, match=r"labels\.json: "):
        read_labels(file(text, "labels.json"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings_that_say_what_they_are(file, encoding):
    text = "cluster_id,label,note\n1,good,µ → 細胞\n"
    assert read_labels(file(text.encode(encoding))).notes == {1: "µ → 細胞"}


def test_what_is_left_out_is_told(file):
    rows = ["1,good", "x,good", "-4,good", "1e99,good", "nan,good", "5", "6,bad", "7,mua", "7,good"]
    read = read_labels(file("cluster_id,label\n" + "\n".join([*rows, "7,mua"]) + "\n"))
    assert read.labels == {1: GOOD}  # of 7 nobody can tell which
    assert [(s.line, s.why) for s in read.skipped] == [
        (3, "no cluster id"),
        (4, "no cluster id"),
        (5, "no cluster id"),
        (6, "no cluster id"),
        (7, "too few columns"),
        (8, "no label of ours"),
        (10, "the unit has two labels in this file"),
        (11, "the unit has two labels in this file"),
    ]
    assert read.n_skipped == 8


def test_a_label_that_is_repeated_is_one(file):
    assert read_labels(file("cluster_id,label\n7,mua\n7,MUA\n")).labels == {7: MUA}


def test_of_many_skipped_lines_the_first_are_listed(file):
    read = read_labels(file("cluster_id,label\n1,good\n" + "x,good\n" * 5000))
    assert (read.n_skipped, len(read.skipped)) == (5000, 200)


def test_notes_are_not_longer_than_they_may_be(file):
    read = read_labels(
        file(f"cluster_id,label,note\n1,good,{'x' * 10_000}\n2,mua,{'x' * 10_001}\n")
    )
    assert read.labels == {1: GOOD, 2: MUA}
    assert list(read.notes) == [1]
    assert read.skipped[0].why == "a note of 10,001 characters"


def test_notes_alone(file):
    read = read_labels(file("cluster_id\tbcv_note\n1\t'=1\n2\t\n"))
    assert (read.labels, read.notes) == ({}, {1: "=1"})


# What is refused, with one clear line


BAD = {
    "empty": (b"", r"empty \(zero bytes\)"),
    "only a header": (b"cluster_id,label\n", "has no label in it"),
    "no ids": (b"a,b\n1,good\n", r"no column cluster_id \(or unit_id\)"),
    "no labels": (b"cluster_id,x,y\n1,good,2\n", "no column of labels among cluster_id, x, y"),
    "bombcell's own": (
        b"cluster_id\tbc_unitType\n1\tGOOD\n",
        "Bombcell's own labels, which nobody",
    ),
    "nothing known": (b"cluster_id,label\n1,fine\n", r"line 2 has no label of ours \(1: fine\)"),
    "latin-1": ("cluster_id,label\n1,g\xf6\xf6d\n".encode("latin-1"), "not text in UTF-8"),
    "torn utf-16": (b"\xff\xfec\x00l", "no column cluster_id|not text"),
    "odd utf-16": (b"\xff\xfec\x00l\x00u\xd8", "not text in UTF-8"),
    "numpy": (b"\x93NUMPY\x01\x00v\x00{'descr'", "not text in UTF-8"),
    "binary": (b"cluster_id,label\n1,\0\n", "not a text file"),
    "a torn quote": (b'cluster_id,label,note\n1,good,"x\n2,mua,\n', r"damaged \(unexpected end"),
    "a long cell": (b"cluster_id,label\n1," + b"x" * 200_000, r"damaged \(field larger"),
    "json": (b'[{"cluster_id": 1}]', r"no column of labels"),
    "control": (b"cluster_id,label\n1,\x1b[31mred\n", r"\(1: \[31mred\)"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_no_such_table_is_refused(file, case):
    content, message = BAD[case]
    path = file(content)
    with pytest.raises(UserError, match=message) as caught:
        read_labels(path)
    text = str(caught.value)
    assert text.startswith(f"{path}: ")
    assert text.isprintable()
    assert len(text) < 400 + len(str(path))


def test_a_huge_file_is_not_read(file, monkeypatch):
    monkeypatch.setattr(module, "LARGEST", 1_000)
    with pytest.raises(UserError, match="more than is read"):
        read_labels(file("cluster_id,label\n" + "1,good\n" * 200))


def test_what_is_no_file_is_refused(tmp_path):
    for path in (tmp_path, tmp_path / "gone.csv"):
        with pytest.raises(UserError, match=r"not a file|not there"):
            read_labels(path)


@given(data=st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(b"cluster_id,label,note\n1,good,\n" + data)
    with contextlib.suppress(UserError):
        read = read_labels(path)
        assert all(0 <= i < 2**31 for i in (*read.labels, *read.notes))


# Stable times


LIMITS = (1 / 3, 2520.123456789012)
"""As a mouse gives them: no decimal writes the first but with all of its digits."""


@pytest.mark.parametrize("suffix", [s for s in SUFFIXES if s != ".parquet"])
def test_stable_times_of_our_own_export_come_back_to_the_last_digit(tmp_path, suffix):
    stretch = Stretch(*LIMITS)
    said = {
        0: ManualUnit(Label.GOOD, "drifts; stable 0–42 min", stable=stretch.written),
        1: ManualUnit(None, "two cells"),
        2: ManualUnit(stable=Stretch(0.0, 60.1).written),
    }
    path = tmp_path / f"labels{suffix}"
    write_frame(labels_of(table_of(KINDS), said), path)
    read = read_labels(path)
    assert read.stable == {0: stretch, 2: Stretch(0.0, 60.1)}
    assert (read.labels, read.notes[1]) == ({0: GOOD}, "two cells")
    assert read.n_skipped == 0
    found = conflicts(read, said, table_of(KINDS).ids)
    assert [change.cluster_id for change in found.same] == [0, 1, 2]
    assert str(conflicts(read, {}, table_of(KINDS).ids).new[2]) == "2: stable 0–60.1 s"
    moved = said | {0: replace(said[0], stable=Stretch(0.0, 9.0).written)}
    assert [c.cluster_id for c in conflicts(read, moved, table_of(KINDS).ids).conflicting] == [0]


def test_a_table_of_stable_times_alone_is_read_and_what_is_no_time_is_told(file):
    text = "cluster_id,stable_from_s,stable_to_s\n3,0,60\n4,60,0\n5,,\n6,1,\n7,a,b\n8,0,nan\n"
    read = read_labels(file(text))
    assert (read.stable, read.labels) == ({3: Stretch(0.0, 60.0)}, {})
    assert [skipped.line for skipped in read.skipped] == [3, 5, 6, 7]
    assert {skipped.why for skipped in read.skipped} == {"no stable time from … to, in s"}
    with pytest.raises(UserError, match="no column of labels"):
        read_labels(file("cluster_id,stable_from_s,depth,rate\n3,0,1,2\n"))  # until when?


def test_of_a_table_of_several_probes_only_the_lines_of_one_are_taken(file) -> None:
    path = file("cluster_id,manual_label,probe\n1,GOOD,A\n1,MUA,B\n2,MUA,b\n3,GOOD,\n")
    assert probes_of(path) == ("A", "B", "b")
    read = read_labels(path, probe="B")
    assert read.labels == {1: MUA, 2: MUA}
    assert read.remark == "2 lines are of other probes, or of none that is named."
    with pytest.raises(UserError, match="has no line of C: its column probe says A, B, b"):
        read_labels(path, probe="C")
    one = file("cluster_id,manual_label,probe\n1,GOOD,imec0\n")
    assert read_labels(one, probe="A").labels == {1: GOOD}, "of one, whatever it is called"
    assert probes_of(file("cluster_id,manual_label\n1,GOOD\n")) == ()
    assert probes_of(file('{"format_version": "2"}', "c.json")) == ()
    with pytest.raises(UserError, match="damaged"):
        probes_of(file('probe,x\n"a,\n'))
