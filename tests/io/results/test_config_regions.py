"""Lengths of regions of interest put into a config's text: all else stays, byte for byte."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcviewer.errors import UserError
from bcviewer.io.results.config_regions import KEY, with_regions

LIKE_THE_NOTEBOOKS = b"""{
  "recording_name": "Demo \\u00b5m {\\"x\\": 1}",\r
  "probe_recording_roi": {"A": 180, "B": 250.5, "C": null},
  "np20_probes": ["A",   "C"]
}
"""


def said(data: bytes) -> dict:
    return json.loads(data.decode("utf-8-sig"))


def test_a_number_takes_the_place_of_another_and_all_else_stays():
    after = with_regions(LIKE_THE_NOTEBOOKS, {"A": 480.0, "C": 99.96})
    wanted = LIKE_THE_NOTEBOOKS.replace(b'"A": 180', b'"A": 480').replace(b"null", b"100")
    assert after == wanted


def test_further_probes_stand_after_the_others():
    after = with_regions(LIKE_THE_NOTEBOOKS, {"D": 12.5})
    assert after == LIKE_THE_NOTEBOOKS.replace(b"null}", b'null, "D": 12.5}')


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b'{"a": 1}', b'{"a": 1, "%b": {"A": 5}}'),
        (b'{\n    "a": 1\n}\n', b'{\n    "a": 1,\n    "%b": {"A": 5}\n}\n'),
        (b'{"a":1,\r\n "b":2}', b'{"a":1,\r\n "b":2,\r\n "%b": {"A": 5}}'),
        (b"{ }", b'{"%b": {"A": 5}}'),
        (b'{"%b": null}', b'{"%b": {"A": 5}}'),
        (b'{"%b": { }}', b'{"%b": {"A": 5}}'),
        (b'{"%b": {"A": "180 \xb5m"}, "x": "\xb5"}', b'{"%b": {"A": 5}, "x": "\xb5"}'),
        (b'\xef\xbb\xbf{"%b": {"A": 1}}', b'\xef\xbb\xbf{"%b": {"A": 5}}'),
        (b'{"%b": {"A": 1, "A": 2}}', b'{"%b": {"A": 1, "A": 5}}'),
    ],
)
def test_where_there_is_none_it_is_added_as_the_others_stand(before: bytes, after: bytes):
    key = KEY.encode()
    assert with_regions(before.replace(b"%b", key), {"A": 5.0}) == after.replace(b"%b", key)


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_a_text_in_utf_16_stays_one(codec: str):
    mark = "\ufeff".encode(codec)
    after = with_regions(mark + f'{{"{KEY}": {{"A": 1}}}}'.encode(codec), {"A": 5.0})
    assert after == mark + f'{{"{KEY}": {{"A": 5}}}}'.encode(codec)


@pytest.mark.parametrize(
    "text",
    [b"", b"[1]", b"{", b'{"a": }', b'{"%b": [1]}', b'{"%b": 5}', b"\xff\xfe\x00", b"[" * 100_000],
)
def test_what_is_no_config_is_refused(text: bytes):
    with pytest.raises(UserError):
        with_regions(text.replace(b"%b", KEY.encode()), {"A": 5.0})


plain = st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3)
objects = st.dictionaries(st.text(max_size=3), plain | st.lists(plain, max_size=2), max_size=3)


@given(
    objects,
    st.none() | st.dictionaries(st.sampled_from("ABC"), st.integers(1, 9), max_size=3),
    st.dictionaries(st.sampled_from("ABCD"), st.integers(10, 99), min_size=1, max_size=3),
    st.sampled_from([None, 0, 2]),
    st.booleans(),
)
def test_read_again_only_these_lengths_are_others(rest, there, lengths, indent, known):
    before = {**rest, **({KEY: there} if known else {}), "z": 1}
    text = json.dumps(before, indent=indent)
    after = with_regions(text.encode(), lengths).decode()
    assert json.loads(after) == {**before, KEY: {**((there or {}) if known else {}), **lengths}}
    assert re.sub(r"\s", "", text.rpartition('"z"')[2]).startswith(":1")
