"""The lengths of the regions of interest put into a config's text; nothing else of it changes."""

from __future__ import annotations

import codecs
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from bcviewer.errors import UserError

KEY = "probe_recording_roi"
_BLANK = " \t\r\n"
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class _Member(NamedTuple):
    """A member of an object in a text of JSON: its key, and where it and its value are."""

    key: str
    start: int
    value: int
    end: int


def with_regions(data: bytes, lengths: Mapping[str, float]) -> bytes:
    """Return a config with other lengths of the regions of interest, µm from the tip, by probe.

    Every other byte is as it was.

    Raises
    ------
    UserError
        If the text is no config, or could not be written back as it is. The message is a reason
        without the file's name.
    """
    text, codec, mark = _decoded(data)
    try:
        before = json.loads(text)
        after = _with_each(text, lengths)
        said = json.loads(after)
    except (ValueError, RecursionError, IndexError):
        raise UserError("not valid JSON") from None
    wanted: dict[str, Any] = dict(before) if isinstance(before, dict) else {}
    wanted[KEY] = {**(wanted.get(KEY) or {}), **{p: _number(n) for p, n in lengths.items()}}
    if said != wanted:
        raise UserError("cannot be changed without changing more of it")
    return mark + after.encode(codec)


def _decoded(data: bytes) -> tuple[str, str, bytes]:
    """Return a text, its coding, and the mark before it; written back they are the same bytes."""
    mark, codec = next(((m, c) for m, c in _MARKS if data.startswith(m)), (b"", "utf-8"))
    try:
        text = data[len(mark) :].decode(codec)
    except UnicodeDecodeError:
        if mark:
            raise UserError("damaged") from None
        text, codec = data.decode("latin-1"), "latin-1"
    return text, codec, mark


def _with_each(text: str, lengths: Mapping[str, float]) -> str:
    """Return the text of a config with these lengths."""
    for probe, length in lengths.items():
        value = json.dumps(_number(length))
        whole = _members(text, _skipped(text, 0))
        found = _last(whole, KEY)
        if found is None:
            text = _added(text, whole, _skipped(text, 0), KEY, f"{{{json.dumps(probe)}: {value}}}")
        elif text[found.value : found.end] == "null":
            text = f"{text[: found.value]}{{{json.dumps(probe)}: {value}}}{text[found.end :]}"
        else:
            inner = _members(text, found.value)
            one = _last(inner, probe)
            if one is None:
                text = _added(text, inner, found.value, probe, value)
            else:
                text = f"{text[: one.value]}{value}{text[one.end :]}"
    return text


def _members(text: str, at: int) -> list[_Member]:
    """Return the members of the object that begins at a place."""
    if text[at] != "{":
        raise ValueError("no object")
    read, out, at = json.JSONDecoder().raw_decode, list[_Member](), _skipped(text, at + 1)
    while text[at] != "}":
        start = at
        key, at = read(text, at)
        value = _skipped(text, _skipped(text, at) + 1)
        _, end = read(text, value)
        out.append(_Member(key, start, value, end))
        at = _skipped(text, end)
        at = _skipped(text, at + 1) if text[at] == "," else at
    return out


def _last(members: list[_Member], key: str) -> _Member | None:
    """Return the member of a name: of several the last, as readers of JSON take it."""
    return next((one for one in reversed(members) if one.key == key), None)


def _added(text: str, members: list[_Member], brace: int, key: str, value: str) -> str:
    """Return a text with one more member of an object, set apart as the others are."""
    new = f"{json.dumps(key)}: {value}"
    if not members:
        return f"{text[: brace + 1]}{new}{text[_skipped(text, brace + 1) :]}"
    one, last = members[0], members[-1]
    before = text[brace + 1 : one.start]
    if len(members) > 1:  # as between the last two, where the first follows its brace at once
        before = text[members[-2].end : last.start].partition(",")[2]
    return f"{text[: last.end]},{before or ' '}{new}{text[last.end :]}"


def _skipped(text: str, at: int) -> int:
    while at < len(text) and text[at] in _BLANK:
        at += 1
    return at


def _number(length: float) -> float | int:
    """Return a length as it is written: to a tenth of a µm."""
    tenths = round(float(length), 1)
    return int(tenths) if tenths.is_integer() else tenths
