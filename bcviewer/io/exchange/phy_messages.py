"""What bcviewer and phy say to each other: one JSON object a line, with a version. No Qt.

Nothing of it is trusted: a line is bounded, and a message that is not what it should be is none.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bcviewer.core.run.phy_unsaved import PhyChange
from bcviewer.errors import UserError

VERSION = 1
LONGEST = 1_000_000
"""Bytes of a line; whoever sends a longer one speaks another language."""
MOST_IDS = 5_000
_LARGEST_ID = 2**31
_LONGEST_TEXT = 200
_MOST_WORDS = 50
_HISTORY = ("", "undo", "redo", "aside")


@dataclass(frozen=True, slots=True)
class Hello:
    """A phy that has a dataset open: what it shows, and what it did since it saved.

    ``dataset`` is the resolved path: the same where names differ only by links.
    """

    pid: int
    dataset: str
    selected: tuple[int, ...]
    changes: tuple[PhyChange, ...]
    can: tuple[str, ...] = ()
    """What its plugin does beside what each does: ``merge``."""


@dataclass(frozen=True, slots=True)
class Selected:
    """Somebody selected clusters in phy.

    ``after`` is the number of the last selection of ours that phy had applied by then; not ``own``:
    phy restored it at its start, and nobody chose it.
    """

    ids: tuple[int, ...]
    after: int
    own: bool


@dataclass(frozen=True, slots=True)
class PhyShows:
    """What became of a selection of ours: what phy shows, what is gone, what its filter hides."""

    seq: int
    ids: tuple[int, ...]
    gone: tuple[int, ...]
    hidden: tuple[int, ...]
    busy: bool


@dataclass(frozen=True, slots=True)
class Labelled:
    """What became of labels of ours: who has them, and who is gone."""

    seq: int
    ids: tuple[int, ...]
    gone: tuple[int, ...]
    busy: bool


@dataclass(frozen=True, slots=True)
class Merged:
    """What became of a merge of ours: the new cluster, if any, and who of it is gone."""

    seq: int
    made: tuple[int, ...]
    gone: tuple[int, ...]
    busy: bool


@dataclass(frozen=True, slots=True)
class Clustered:
    """Something was done in phy."""

    change: PhyChange


@dataclass(frozen=True, slots=True)
class Saved:
    """phy saved everything."""


Message = Hello | Selected | PhyShows | Labelled | Merged | Clustered | Saved


def written(kind: str, **fields: object) -> bytes:
    """Return a message of ours as a line."""
    return json.dumps({"v": VERSION, "type": kind, **fields}).encode("utf-8") + b"\n"


def read(line: bytes) -> Message:
    """Return what a line says.

    Raises
    ------
    UserError
        If it is no message of this protocol. The message is a reason.
    """
    try:
        said = json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError):
        raise UserError("it is no JSON") from None
    if not isinstance(said, dict):
        raise UserError("it is no JSON object")
    if said.get("v") != VERSION:
        raise UserError(f"its protocol is {str(said.get('v'))[:20]}, and ours {VERSION}")
    kind = _READERS.get(said["type"]) if isinstance(said.get("type"), str) else None
    if kind is None:
        raise UserError(f"nothing is called {str(said.get('type'))[:40]}")
    try:
        return kind(said)
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(f"a {said['type']} without what belongs to it ({error})"[:200]) from None


def _hello(said: Mapping[str, Any]) -> Message:
    changes = said["changes"]
    if not isinstance(changes, list):
        raise TypeError("changes")
    dataset = said["dataset"]
    if not isinstance(dataset, str):
        raise TypeError("dataset")
    done = tuple(_change(change) for change in changes)
    shown, can = _ids(said["selected"]), said.get("can", [])
    if not isinstance(can, list) or len(can) > _MOST_WORDS:
        raise TypeError("can")
    words = tuple(map(_text, can))
    return Hello(_number(said["pid"]), dataset, shown, done, words)


def _selected(said: Mapping[str, Any]) -> Message:
    return Selected(_ids(said["ids"]), _number(said["after"]), _flag(said["own"]))


def _shown(said: Mapping[str, Any]) -> Message:
    gone, hidden = _ids(said["gone"]), _ids(said["hidden"])
    return PhyShows(_number(said["seq"]), _ids(said["ids"]), gone, hidden, _flag(said["busy"]))


def _labelled(said: Mapping[str, Any]) -> Message:
    return Labelled(
        _number(said["seq"]), _ids(said["ids"]), _ids(said["gone"]), _flag(said["busy"])
    )


def _merged(said: Mapping[str, Any]) -> Message:
    made, gone = _ids(said["made"]), _ids(said["gone"])
    return Merged(_number(said["seq"]), made, gone, _flag(said["busy"]))


def _clustered(said: Mapping[str, Any]) -> Message:
    return Clustered(_change(said))


def _saved(_: Mapping[str, Any]) -> Message:
    return Saved()


def _change(said: object) -> PhyChange:
    if not isinstance(said, dict) or not isinstance(said["values"], dict):
        raise TypeError("a change")
    history = said["history"]
    if history not in _HISTORY:
        raise ValueError("history")
    pairs = said["descendants"]
    if not isinstance(pairs, list) or len(pairs) > MOST_IDS:
        raise TypeError("descendants")
    values = {int(i): _text(value) for i, value in said["values"].items()}
    _ids(list(values))
    couples = [_ids(pair) for pair in pairs]
    added = _ids(said["added"])
    if not {new for _, new in couples}.issuperset(added):
        raise ValueError("a cluster of none")  # phy has no cluster without spikes
    return PhyChange(
        _text(said["what"]),
        history,
        added,
        _ids(said["deleted"]),
        tuple((old, new) for old, new in couples),
        _text(said["field"]),
        values,
    )


def _ids(value: object) -> tuple[int, ...]:
    if not isinstance(value, list) or len(value) > MOST_IDS:
        raise TypeError("ids")
    return tuple(map(_number, value))


def _number(value: object) -> int:
    if type(value) is not int or not 0 <= value < _LARGEST_ID:
        raise ValueError("a number")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("a text")
    return value[:_LONGEST_TEXT]


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError("a flag")
    return value


_READERS: dict[str, Callable[[Mapping[str, Any]], Message]] = {
    "hello": _hello,
    "select": _selected,
    "shown": _shown,
    "labelled": _labelled,
    "merged": _merged,
    "cluster": _clustered,
    "saved": _saved,
}


class Lines:
    """Cuts what comes into lines, none of them longer than :data:`LONGEST`."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[bytes]:
        """Return the lines that are whole by now.

        Raises
        ------
        UserError
            If one is too long: nothing of what comes then can be understood.
        """
        *whole, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > LONGEST or any(len(line) > LONGEST for line in whole):
            self._rest = b""
            raise UserError("a line is too long")
        return whole
