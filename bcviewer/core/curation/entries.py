"""What a curator does: actions of one undoable step, and each as one line of JSON."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from bcviewer.core.curation.manual import MANUAL_LABELS
from bcviewer.core.rules.labels import LABEL_NAMES, Label

VERSION = 1
"""Version of the lines that are written; lines of later versions are kept, but not read."""

LABEL, NOTE = "label", "note"
"""The fields of a unit that an action can change."""
OF_SOURCE = "source:"
"""What begins the field that says whether a source of labels is there: it is of no unit."""
UNDO, REDO = "undo", "redo"
MARKS = (UNDO, REDO)
"""Kinds of actions that take back, or bring back, another action."""

EARLIEST, LATEST = "2020-01-01T00:00:00.000000Z", "2100-01-01T00:00:00.000000Z"
"""Times before the one, or from the other on, are no times: a clock was wrong."""
OWN_LATEST = "2101-01-01T00:00:00.000000Z"
"""Where the times of a person's own journal end: room to come after the last one of another."""
_UNDATED = "!"

DIFFERS = "differs"
"""Kind of what the reader of journals puts in the place of another action of a known id.

It says nothing of any unit; ``source`` is the file that it was found in.
"""
FOLDED = "folded"
"""Kind of the line that ends a folded journal, and the field that marks what is left of actions.

See :mod:`bcviewer.core.curation.folding`.
"""

MAX_NOTE = 10_000
"""Most characters of a note."""
MAX_WORD = 200
"""Most characters of a person's, a machine's or a source's name."""

Extra = tuple[tuple[str, Any], ...]
"""Fields that this version does not know, with their values."""

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
_LABELS: dict[str | None, Label | None] = {LABEL_NAMES[label]: label for label in MANUAL_LABELS}
_LABELS[None] = None


@dataclass(frozen=True, slots=True)
class Who:
    """Who acted: a person, at a machine, in one run of the program."""

    person: str
    machine: str = ""
    process: str = ""


# Named tuples where there are tens of thousands: they are made four times as fast as frozen
# dataclasses are, and a recording's journals are read while somebody waits.
class Change(NamedTuple):
    """What an action does to one field of one unit.

    Attributes
    ----------
    cluster_id : int
        The unit.
    field : str
        ``label`` or ``note``; others (of newer versions) are kept and not shown.
    old, new : str or None
        The value before and after. A label by Bombcell's spelling; None: none.
    extra : tuple
        What a newer version says beside it.
    """

    cluster_id: int
    field: str
    old: str | None
    new: str | None
    extra: Extra = ()


class Action(NamedTuple):
    """One undoable step of one person.

    Attributes
    ----------
    id : str
        Unique among all actions of all people.
    at : str
        When: ISO 8601 in UTC with microseconds and ``Z``, so that texts sort as times do. What
        :func:`undated` returns where the journal's time is none.
    who : Who
        Who did it, and may undo it.
    kind : str
        ``label``, ``note``, ``accept``, ``import``, or one of :data:`MARKS`.
    changes : tuple of Change
        What it does; for a mark: what it did to what was shown.
    target : str
        For a mark: the id of the action that it takes back or brings back.
    source : str
        Where the values came from (a file, a program), if not from looking.
    voice : str
        Whose opinion the values are, if not the person's own (an import quotes its source).
    extra : tuple
        Fields of newer versions; they are written back.
    """

    id: str
    at: str
    who: Who
    kind: str
    changes: tuple[Change, ...] = ()
    target: str = ""
    source: str = ""
    voice: str = ""
    extra: Extra = ()

    @property
    def key(self) -> tuple[str, str]:
        """What actions are ordered by: the time, then the id."""
        return self.at, self.id

    @property
    def is_folded(self) -> bool:
        """Whether it is what is left of an older action, which cannot be taken back any more."""
        return bool(self.extra) and any(name == FOLDED for name, _ in self.extra)

    @property
    def said_by(self) -> str:
        """Whose opinion it is."""
        return self.voice or self.who.person

    @property
    def is_mark(self) -> bool:
        """Whether it takes back or brings back another action."""
        return self.kind in MARKS


def label_text(label: Label | None) -> str | None:
    """Return a label as it is written in a change.

    Raises
    ------
    ValueError
        If it is none of :data:`~bcviewer.core.curation.manual.MANUAL_LABELS`.
    """
    if label is not None and label not in MANUAL_LABELS:
        raise ValueError(f"{label!r} is no label that a curator gives")
    return None if label is None else LABEL_NAMES[label]


def written_label(text: str | None) -> Label | None:
    """Return the label of a change that :func:`is_known` accepts."""
    return _LABELS[text]


def is_known(change: Change) -> bool:
    """Return whether this version understands what a change says."""
    if change.field == LABEL:
        return change.new in _LABELS
    named = change.field == NOTE or change.field.startswith(OF_SOURCE)
    return named and change.new is not None


def later(at: str, *others: str) -> str:
    """Return a time that is later than all others: ``at``, or a microsecond after the last one.

    Clocks of machines differ, and are set back: what is said in sight of something comes after it.
    """
    last = max(others, default="")
    if at > last:
        return at
    moment = datetime.fromisoformat(last) + timedelta(microseconds=1)
    return time_text(moment)


def stamp(now: datetime, *seen: str) -> str:
    """Return the time to write an action with: now, but after all times in ``seen``.

    It is always one that is read again, whatever the clock says: where that is out of bounds the
    time is the earliest that comes after what is seen.
    """
    at = time_text(now)
    return later(at if is_believed(at) else EARLIEST, *seen)


def is_believed(at: str, *, own: bool = False) -> bool:
    """Return whether a time can be one at which something was said.

    Parameters
    ----------
    at : str
        The time as it is written.
    own : bool
        Whether it is in a journal that this computer wrote.
    """
    return EARLIEST <= at < (OWN_LATEST if own else LATEST)


def undated(at: str) -> str:
    """Return what stands for a time that is not believed: it is before all times."""
    return _UNDATED + at


def raw_time(at: str) -> str:
    """Return a time as the journal has it, believed or not."""
    return at.removeprefix(_UNDATED)


def written_time(at: str) -> str:
    """Return :attr:`Action.at` as people may see it; empty where it is not believed."""
    return "" if at.startswith(_UNDATED) else at


def time_text(moment: datetime) -> str:
    """Return a moment as :attr:`Action.at` is written."""
    utc = moment.astimezone(UTC).replace(tzinfo=None)
    return utc.isoformat(timespec="microseconds") + "Z"


# -- lines -----------------------------------------------------------------------------------


class LineError(ValueError):
    """A line that is no action, with a few words why."""


class NewerError(LineError):
    """A line that a newer version wrote."""


class Line(NamedTuple):
    """An action as it is written, with the keys of the recording that it belongs to."""

    action: Action
    recording: str = ""
    results: str = ""


def format_line(line: Line) -> str:
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


def parse_line(text: str) -> Line:
    """Read a line; nothing in it is taken on trust.

    Raises
    ------
    NewerError
        If a newer version of the program wrote it.
    LineError
        If it is no action.
    """
    return read_line(json_value(text))


def json_value(text: str) -> object:
    """Return what a JSON text holds; raises ``LineError`` where it is none."""
    try:
        value: object = json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise LineError("not JSON") from None
    return value


def read_line(raw: object) -> Line:
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
    return Line(action, _word(raw, "recording", ""), _word(raw, "results", ""))


class LineReader:
    """Reads many lines as :func:`parse_line` does, most of them five times as fast.

    Nearly every line of a journal is one label of one unit, as :func:`format_line` writes it, and
    most lines of a file share who, where and what about: that part is checked once.
    """

    def __init__(self) -> None:
        self._heads: dict[str, tuple[Who, str, str, str]] = {}

    def read(self, text: str) -> Line:
        """Read a line; raises what :func:`parse_line` raises."""
        match = _PLAIN.fullmatch(text)
        if match is None:
            return parse_line(text)
        action_id, at, head, unit, old, new = match.groups()
        known = self._heads.get(head)
        if known is None or not _is_time(at):
            line = parse_line(text)
            action = line.action
            self._heads[head] = (action.who, action.kind, line.recording, line.results)
            return line
        who, kind, recording, results = known
        changes = (Change(int(unit), LABEL, old, new),)
        return Line(Action(action_id, at, who, kind, changes), recording, results)


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
    if not _is_time(value):
        raise LineError("a wrong at")
    return value


def _is_time(text: str) -> bool:
    """Return whether a text of the right form is a time, believed or not."""
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


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
    return value.isascii() or is_text(value)


def is_text(value: str) -> bool:
    """Return whether a text can be written as UTF-8 (a lone surrogate cannot)."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
