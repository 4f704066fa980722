"""Texts on one line: what is escaped is read back the same."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcviewer.io.exchange.export import write_frame
from bcviewer.io.exchange.import_labels import read_labels
from bcviewer.io.exchange.tsv_text import escaped, unescaped


@given(st.text(alphabet="\\ntr\n\t\r aé"))
def test_a_text_is_on_one_line_and_comes_back(text):
    line = escaped(text)
    assert not set("\n\r\t") & set(line)
    assert unescaped(line) == text


@pytest.mark.parametrize("text", ["C:\\data\\x", "a note", "0012", "=1+1", "\\", "µ\\d"])
def test_a_text_that_needs_nothing_stays(text):
    assert escaped(text) == text


NOTES = ["two\nlines", "a\ttab", "C:\\new", "\\n", "=1+1\n", "plain", "\n=2", "a\r\nb"]


def test_labels_in_a_tsv_hold_one_line_a_unit_and_come_back(tmp_path):
    n = len(NOTES)
    frame = pd.DataFrame(
        {
            "cluster_id": range(n),
            "manual_label": pd.Series(["GOOD"] * n, dtype="string"),
            "note": pd.Series(NOTES, dtype="string"),
        }
    )
    path = tmp_path / "labels.tsv"
    write_frame(frame, path)
    assert len(path.read_bytes().split(b"\n")) == n + 2  # its head, and the end of the last line
    read = read_labels(path)
    assert [read.notes[i].strip() for i in range(n)] == [
        note.replace("\r\n", "\n").strip() for note in NOTES
    ]
