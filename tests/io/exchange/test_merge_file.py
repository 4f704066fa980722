"""Files of proposed merges: SpikeInterface's curations, tables of pairs, and what is none."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, ClassVar

import pytest

from bcviewer.core.curation.merge_queue import MOST_MERGES
from bcviewer.errors import UserError
from bcviewer.io.exchange import merge_file
from bcviewer.io.exchange.merge_file import KnownUnits, read_merges

KNOWN = KnownUnits(frozenset(range(20)), frozenset({9}))


def read(folder: Path, name: str, content: Any, known: KnownUnits = KNOWN) -> Any:
    path = folder / name
    text = content if isinstance(content, str) else json.dumps(content)
    path.write_text(text, "utf-8")
    queue, told = read_merges(path, known)
    assert queue.source == name
    return [(merge.ids, merge.score) for merge in queue.merges], told


V1 = {"format_version": "1", "unit_ids": [1, 2, 3], "merge_unit_groups": [[1, 2], [3, 4, 5]]}
V2 = {"format_version": "2", "merges": [{"unit_ids": [1, 2], "new_unit_id": 40}, [3, 4, 5]]}
V2_NAMED = {"format_version": "2", "merges": {"40": [1, 2], "41": [3, 4, 5]}}
V0 = {"labelsByUnit": {}, "mergeGroups": [[1, 2], [3, 4, 5]]}


@pytest.mark.parametrize("content", [V0, V1, V2, V2_NAMED])
def test_curations_of_every_version(tmp_path: Path, content: Any) -> None:
    merges, told = read(tmp_path, "curation.json", content)
    assert merges == [((1, 2), ""), ((3, 4, 5), "")]
    assert told == ()


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("ID1,ID2,RecSes1,RecSes2,MatchProb\n3,4,1,1,0.8\n", [((3, 4), "0.8")]),
        ("cluster_a\tcluster_b\tscore\n3\t4\t0.5\n", [((3, 4), "0.5")]),
        ("unit_id_1;unit_id_2\n3;4\n", [((3, 4), "")]),
        ("3,4,0.25\n5.0,6.0,1\n", [((3, 4), "0.25"), ((5, 6), "1")]),
        ("similarity,unit1,unit2\n0.1,3,4\n", [((3, 4), "0.1")]),
        ("\r\n\r\na,b\r\n3,4\r\n", [((3, 4), "")]),
    ],
)
def test_tables_of_pairs(tmp_path: Path, text: str, pairs: Any) -> None:
    assert read(tmp_path, "pairs.csv", text) == (pairs, ())


def test_what_is_left_out_is_named_a_line_each(tmp_path: Path) -> None:
    lines = ["id1,id2", "1,2", "2,1", "1,99", "1,9", "x,2", "7", "1,1"]
    merges, told = read(tmp_path, "p.csv", "\n".join(lines))
    assert merges == [((1, 2), "")]
    assert told == (
        "p.csv, line 4: no unit of these results is called 99.",
        "p.csv, line 5: 9 no longer there: merged or split in phy.",
        "p.csv, line 6: no unit of these results is called x.",
        "p.csv, line 7: too few columns.",
        "p.csv, line 8: 1 with itself.",
        "p.csv: 1 named a second time: each is there once.",
    )
    odd = {
        "format_version": "2",
        "merges": [[1, 2], [3], list(range(9)), {"unit_ids": "12", "new_unit_id": 7}, [5, 5]],
        "splits": [{"unit_id": 3}],
    }
    merges, told = read(tmp_path, "c.json", odd)
    assert merges == [((1, 2), "")]
    assert told == (
        "c.json, splits: 1 split left out: only merges are taken.",
        "c.json, merge 2: no list of two units and more.",
        "c.json, merge 3: 9 units, more than 8 that are previewed.",
        "c.json, merge 4: no list of two units and more (7).",
        "c.json, merge 5: 5 with itself.",
    )


def test_a_unit_with_itself_is_counted_where_a_table_has_one_of_each(tmp_path: Path) -> None:
    rows = [f"{i},{i},1,1,1" for i in range(9)]
    text = "\n".join(["ID1,ID2,RecSes1,RecSes2,MatchProb", *rows, "3,4,1,1,0.8", "3,99,1,1,0.5"])
    merges, told = read(tmp_path, "p.csv", text)
    assert merges == [((3, 4), "0.8")]
    assert told == (
        "p.csv, line 12: no unit of these results is called 99.",
        "p.csv: 9 of a unit with itself: left out.",
    )


def test_of_a_long_list_no_unit_is_lost(tmp_path: Path) -> None:
    merges, told = read(tmp_path, "c.json", {"merges": [[1, 2] * 600 + [3]]})
    assert (merges, told) == ([((1, 2, 3), "")], ())


def test_many_problems_and_many_merges_are_counted(tmp_path: Path) -> None:
    _, told = read(tmp_path, "p.csv", "id1,id2\n1,2\n" + "1,77\n" * 30)
    assert len(told) == 21
    assert told[-1] == "p.csv: 10 more are left out like these."
    known = KnownUnits(frozenset(range(200)))
    pairs = [f"{a},{b}" for a in range(200) for b in range(a)][: MOST_MERGES + 5]
    merges, told = read(tmp_path, "p.csv", "id1,id2\n" + "\n".join(pairs), known)
    assert len(merges) == MOST_MERGES
    assert told == (f"p.csv: 5 beyond the first {MOST_MERGES:,}: make the file smaller.",)


class CountedIds(frozenset[int]):
    """Cluster ids that remember which were looked for."""

    asked: ClassVar[list[object]] = []

    def __contains__(self, one: object) -> bool:
        self.asked.append(one)
        return super().__contains__(one)


def test_so_many_are_read_and_the_others_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merge_file, "MOST_READ", 10)
    known = KnownUnits(CountedIds(range(20)))
    content = {"merges": [[1, 2]] * 9 + [[1, 1.0]] + [[4, 5]] * 7}
    merges, told = read(tmp_path, "c.json", content, known)
    assert merges == [((1, 2), "")]
    assert told == (
        "c.json, merge 10: 1 with itself.",
        "c.json: 8 named a second time: each is there once.",
        "c.json: 7 after the first 10 are not read: make the file smaller.",
    )
    assert CountedIds.asked == [1, 2, 1]  # 1, 2 and 1.0, each once
    merges, told = read(tmp_path, "p.csv", "a,b\n" + "1,2\n" * 10 + "4,5\n" * 7)
    assert merges == [((1, 2), "")]
    assert told[-1] == "p.csv: 7 after the first 10 are not read: make the file smaller."
    CountedIds.asked.clear()
    _, told = read(tmp_path, "c.json", {"merges": [[1, 2], [1, 2] * 50_001]}, known)
    assert told == ("c.json, merge 2: 100,002 units, more than 8 that are previewed.",)
    assert CountedIds.asked == [1, 2]


def test_a_curation_has_spikeinterfaces_ids_and_a_table_cluster_ids(tmp_path: Path) -> None:
    known = KnownUnits(frozenset({1, 2}), si_ids={"a": 1, "7": 2})
    merges, _ = read(tmp_path, "c.json", {"format_version": "2", "merges": [["a", 7]]}, known)
    assert merges == [((1, 2), "")]
    merges, told = read(tmp_path, "p.csv", "1,2\n", known)
    assert merges == [((1, 2), "")]
    assert told == ("p.csv: its ids are read as cluster ids, not SpikeInterface's.",)
    same = KnownUnits(frozenset({1, 2}), si_ids={"1": 1, "2": 2})
    assert read(tmp_path, "p.csv", "1,2\n", same)[1] == ()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("name,text\na,b\n", "no two columns of cluster ids among name, text"),
        ("{", "not JSON"),
        ('{"format_version": "9", "merges": []}', "format version 9"),
        ('{"format_version": "2"}', "no merge of units of these results"),
        ('id1,id2\n"1,2\n', "damaged"),
        ("\0", "not a text file"),
        ("0,1,2,3\n1,0,0,0\n", "no two columns of cluster ids among 0, 1, 2, 3"),
        ("a" + ",b" * 2_000, "2,001 columns"),
        ('{"merges": {"5": [1, 2], "5": [3, 4]}}', "“5” is in it twice"),
        ("ID1,ID2,RecSes1,RecSes2\n1,2,1,1\n1,2,2,2\n", "pairs within 2 recordings"),
        ("id1,id2,RecSes1,RecSes2\n1,2,1,2\n", "no merge of units"),
    ],
)
def test_what_is_none_says_why_with_its_name(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(UserError, match=why) as error:
        read(tmp_path, "p.csv", text)
    assert error.value.message.startswith("p.csv: ")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes")
def test_a_pipe_is_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(UserError, match=r"pipe\.csv: not a file"):
        read_merges(tmp_path / "pipe.csv", KNOWN)
