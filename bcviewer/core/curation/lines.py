"""Actions as lines of JSON: how they are written, and read without trusting anything in them."""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

from bcviewer.core.curation.entries import LABEL, MAX_NOTE, MAX_WORD, Action, Change, Extra, Who
from bcviewer.core.curation.times import is_time

VERSION = 1
"""Version of the lines that are written; lines of later versions are kept, but not read."""

_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"
_ID = "[0-9A-Za-z_-]{8,64}"
_TEXT = r'"[^"\\\x00-\x1f]{0,200}"'
_PLAIN = re.compile(
    rf'\{{"v":1,"id":"({_ID})","at":"({_TIME})",'
    rf'("person":{_TEXT},"machine":{_TEXT},"process":{_TEXT},"kind":{_TEXT},'
    rf'"recording":{_TEXT},"results":{_TEXT}),'
    r'"changes":\[\{"unit":(-?(?:0|[1-9]\d{0,17})),"field":"label",'
    r'"old":(?:null|"([A-Z -]{0,20})"),"new":(?:null|"([A-Z -]{0,20})")\}\]\}',
    re.ASCII,
)
"""One label of one unit, as it is written; all such texts are JSON."""
_LARGEST_ID = 2**63
_OWN = {"v", "id", "at", "person", "machine", "process", "kind", "changes", "source", "voice"}
_OWN |= {"target", "recording", "results"}
_OF_CHANGE = {"unit", "field", "old", "new"}


class LineError(ValueError):
    """A line that is no action, with a few words why."""


class NewerError(LineError):
    """A line that a newer version wrote."""


class JournalLine(NamedTuple):
    """An action as it is written, with the keys of the recording that it belongs to."""

    action: Action
    recording: str = ""
    results: str = ""


def format_line(line: JournalLine) -> str:
    """Return an action as one line of JSON, without the line's end."""
    action = line.action
    out: dict[str, Any] = {**dict(action.extra), "v": VERSION, "id": action.id, "at": action.at}
    out["person"], out["machine"] = action.who.person, action.who.machine
    out["process"], out["kind"] = action.who.process, action.kind
    out |= {"recording": line.recording, "results": line.results}
    optional = {"target": action.target, "source": action.source, "voice": action.voice}
    out |= {name: text for name, text in optional.items() if text}
    out["changes"] = [
        {**dict(c.extra), "unit": c.cluster_id, "field": c.field, "old": c.old, "new": c.new}
        for c in action.changes
    ]
    return json.dumps(out, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def parse_line(text: str) -> JournalLine:
    """Read a line; nothing in it is taken on trust.

    Raises
    ------
    NewerError
        If a newer version of the program wrote it.
    LineError
        If it is no action.
    """
    return _action_line(_json_value(text))


def _json_value(text: str) -> object:
    """Return what a JSON text holds; raises ``LineError`` where it is none."""
    try:
        value: object = json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise LineError("not JSON") from None
    return value


def _action_line(raw: object) -> JournalLine:
    """Return the action in what JSON gave; see :func:`parse_line`."""
    if not isinstance(raw, dict):
        raise LineError("not an action")
    version = raw.get("v")
    if type(version) is not int or version < 1:
        raise LineError("not an action")
    if version > VERSION:
        raise NewerError(f"of version {version}")
    changes = raw.get("changes")
    if not isinstance(changes, list):
        raise LineError("no changes")
    action = Action(
        _matching(raw, "id", _ID),
        _time(raw),
        Who(_word(raw, "person"), _word(raw, "machine", ""), _word(raw, "process", "")),
        _word(raw, "kind"),
        tuple(map(_change, changes)),
        _word(raw, "target", ""),
        _word(raw, "source", ""),
        _word(raw, "voice", ""),
        _extra(raw, _OWN),
    )
    if action.is_mark and not action.target:
        raise LineError(f"{action.kind} of nothing")
    return JournalLine(action, _word(raw, "recording", ""), _word(raw, "results", ""))


class LineReader:
    """Reads many lines as :func:`parse_line` does, most of them five times as fast.

    Nearly every line of a journal is one label of one unit, as :func:`format_line` writes it, and
    most lines of a file share who, where and what about: that part is checked once.
    """

    def __init__(self) -> None:
        self._heads: dict[str, tuple[Who, str, str, str]] = {}

    def read(self, text: str) -> JournalLine:
        """Read a line; raises what :func:`parse_line` raises."""
        match = _PLAIN.fullmatch(text)
        if match is None:
            return parse_line(text)
        action_id, at, head, unit, old, new = match.groups()
        known = self._heads.get(head)
        if known is None or not is_time(at):
            line = parse_line(text)
            action = line.action
            self._heads[head] = (action.who, action.kind, line.recording, line.results)
            return line
        who, kind, recording, results = known
        changes = (Change(int(unit), LABEL, old, new),)
        return JournalLine(Action(action_id, at, who, kind, changes), recording, results)


def _no_number(name: str) -> float:
    raise ValueError(name)  # NaN and the infinities are not JSON


def _extra(raw: dict[str, Any], known: set[str]) -> Extra:
    return () if raw.keys() <= known else tuple((k, raw[k]) for k in raw if k not in known)


def _word(raw: dict[str, Any], name: str, default: str | None = None) -> str:
    value = raw.get(name, default)
    if not isinstance(value, str) or len(value) > MAX_WORD or not value.isprintable():
        raise LineError(f"a wrong {name}")
    if not value and default is None:
        raise LineError(f"no {name}")
    return value


def _matching(raw: dict[str, Any], name: str, pattern: str) -> str:
    value = raw.get(name)
    if not isinstance(value, str) or not re.fullmatch(pattern, value, re.ASCII):
        raise LineError(f"a wrong {name}")
    return value


def _time(raw: dict[str, Any]) -> str:
    value = _matching(raw, "at", _TIME)
    if not is_time(value):
        raise LineError("a wrong at")
    return value


def _change(raw: object) -> Change:
    if not isinstance(raw, dict):
        raise LineError("a wrong change")
    unit, name, old, new = raw.get("unit"), raw.get("field"), raw.get("old"), raw.get("new")
    if type(unit) is not int or not -_LARGEST_ID <= unit < _LARGEST_ID:
        raise LineError("a wrong unit")
    if not isinstance(name, str) or not name or len(name) > MAX_WORD:
        raise LineError("a wrong field")
    if not _is_value(old) or not _is_value(new):
        raise LineError(f"a wrong value of {name[:20]}")
    return Change(unit, name, old, new, _extra(raw, _OF_CHANGE))


def _is_value(value: object) -> bool:
    if value is None:
        return True
    if not isinstance(value, str) or len(value) > MAX_NOTE:
        return False
    return value.isascii() or _is_text(value)


def _is_text(value: str) -> bool:
    """Return whether a text can be written as UTF-8 (a lone surrogate cannot)."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
