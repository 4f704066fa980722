"""Proposals as files: written whole, read within bounds, refused in one line."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bcviewer.core.comparison.kept_proposal import KeptProposal
from bcviewer.core.comparison.proposal import Proposal
from bcviewer.errors import UserError
from bcviewer.io.exchange.proposal_file import LARGEST, read_proposal, write_proposal
from bcviewer.io.names import LABELS_TSV, UNITS_PARQUET

KEPT = KeptProposal("µ", "because\n…", Proposal.of({"minPresenceRatio": 0.6}), by="ada")


def test_json_is_read_again_and_python_is_for_bombcell(tmp_path: Path) -> None:
    file, code = tmp_path / "a.json", tmp_path / "a.PY"
    write_proposal(KEPT, file)
    assert read_proposal(file) == KEPT
    write_proposal(KEPT, code)
    assert 'param["minPresenceRatio"] = 0.6' in code.read_text("utf-8")
    assert sorted(tmp_path.iterdir()) == [code, file], "nothing else is left"
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    assert read_proposal(file) == KEPT, "some editors put a mark there"


@pytest.mark.parametrize("name", ["a.txt", "a", UNITS_PARQUET, LABELS_TSV])
def test_no_other_file_is_written(tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError):
        write_proposal(KEPT, tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_a_text_that_is_no_unicode_is_written_all_the_same(tmp_path: Path) -> None:
    odd = KeptProposal("a", "\udcff", KEPT.proposal)
    write_proposal(odd, tmp_path / "a.json")
    assert read_proposal(tmp_path / "a.json").reason == "?"


def test_what_is_no_file_or_no_proposal_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "large.json").write_bytes(b" " * (LARGEST + 1))
    (tmp_path / "odd.json").write_text("{")
    (tmp_path / "folder.json").mkdir()
    names = ["large.json", "odd.json", "folder.json", "none.json"]
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.json")
        names.append("pipe.json")
    for name in names:
        with pytest.raises(UserError, match=name) as caught:
            read_proposal(tmp_path / name)
        assert "\n" not in str(caught.value)
