"""Proposals as JSON: of a file, of a journal's action, and what is tried between two sessions."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bcviewer.core.comparison.kept_proposal import (
    MAX_REASON,
    MOST_TRIED,
    KeptProposal,
    ParameterValues,
    Trial,
    TriedRecord,
)
from bcviewer.core.comparison.proposal import OFFERED, Proposal, parse_value, value_words
from bcviewer.core.curation.entries import MAX_WORD
from bcviewer.core.rules.labels import LABEL_NAMES
from bcviewer.errors import UserError

VERSION = 1
FORMAT = "bcviewer proposal"
_ABOUT = ("name", "by", "at", "recording")
MAX_PATH = 4_096
"""Most characters of what it is about: the path of results is one."""
_LARGEST = 2**53
_CLASSES = frozenset(LABEL_NAMES)
_WRONG_RECORD = "a wrong record of what was tried"


def to_text(kept: KeptProposal) -> str:
    """Return a proposal as the JSON of a file."""
    about = {name: getattr(kept, name) for name in _ABOUT}
    out = {"format": FORMAT, "version": VERSION, **about, **value_of(kept)}
    return json.dumps(out, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def from_text(text: str) -> KeptProposal:
    """Read the JSON of a file; nothing in it is taken on trust.

    Raises
    ------
    UserError
        If it is no proposal; a reason in one line.
    """
    try:
        raw: object = json.loads(text, object_pairs_hook=_once_each)
    except (ValueError, RecursionError):
        raise UserError("it is no JSON") from None
    if not isinstance(raw, dict) or raw.get("format") != FORMAT:
        raise UserError("it is no proposal of bcviewer")
    if type(raw.get("version")) is not int or raw["version"] != VERSION:
        raise UserError("a newer version wrote it")
    about = {name: _word(raw, name) for name in _ABOUT}
    kept = replace(read_value(raw), **about)  # type: ignore[arg-type]
    if not kept.proposal.changes:
        raise UserError("it changes nothing")
    return kept


def _once_each(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Return an object of JSON; programs do not agree on which of two same names counts."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise UserError("it has a name twice")
    return found


def record_text(proposal: Proposal, record: TriedRecord) -> str:
    """Return what is tried, and what was, as it is kept between two sessions."""
    return json.dumps({"v": VERSION, **value_of(KeptProposal("", "", proposal, record=record))})


def read_record(text: str) -> tuple[Proposal, TriedRecord] | None:
    """Return what :func:`record_text` wrote; None: it is damaged."""
    try:
        raw = json.loads(text)
        if not isinstance(raw, dict) or raw.get("v") != VERSION:
            return None
        kept = read_value(raw)
    except (ValueError, RecursionError, UserError):
        return None
    return kept.proposal, kept.record


def value_of(kept: KeptProposal) -> dict[str, Any]:
    """Return what JSON holds of a proposal, but for what it is called and whose it is."""
    tried = [
        {"changes": _plain(t.proposal.changes), "counts": dict(t.counts)}
        | ({"need a run": t.unanswered} if t.unanswered else {})
        for t in kept.record.trials
    ]
    return {
        "reason": kept.reason,
        "results": kept.results,
        "changes": _plain(kept.proposal.changes),
        "base": _plain(kept.base),
        "tried": tried,
        "n_tried": kept.record.n,
    }


def _plain(values: ParameterValues) -> dict[str, float | bool | str | None]:
    """Return values as JSON has them; an infinite one, which it has not, as a text."""
    return {n: value_words(v) if v is not None and math.isinf(v) else v for n, v in values}


def read_value(raw: Mapping[str, Any]) -> KeptProposal:
    """Return what :func:`value_of` gave.

    Raises
    ------
    UserError
        If it is anything else; why, in one line.
    """
    reason, tried, n = raw.get("reason", ""), raw.get("tried", []), raw.get("n_tried", 0)
    if not isinstance(reason, str) or len(reason) > MAX_REASON:
        raise UserError("a wrong reason")
    if not isinstance(tried, list) or len(tried) > MOST_TRIED or not _is_count(n):
        raise UserError(_WRONG_RECORD)
    proposal = _proposal(raw.get("changes"))
    base = _values(raw.get("base", {}), "base", absent=True)
    record = TriedRecord(tuple(map(_trial, tried)), max(n, len(tried)))
    return KeptProposal("", reason, proposal, base, record, results=_word(raw, "results"))


def _trial(raw: object) -> Trial:
    if not isinstance(raw, dict):
        raise UserError(_WRONG_RECORD)
    counts, unanswered = raw.get("counts", {}), raw.get("need a run", 0)
    told = isinstance(counts, dict) and counts.keys() <= _CLASSES
    if not told or not all(map(_is_count, (*counts.values(), unanswered))):
        raise UserError(_WRONG_RECORD)
    return Trial(_proposal(raw.get("changes")), tuple(counts.items()), unanswered)


def _proposal(raw: object) -> Proposal:
    return Proposal.of({n: v for n, v in _values(raw, "changes") if v is not None})


def _values(raw: object, what: str, *, absent: bool = False) -> ParameterValues:
    if not isinstance(raw, dict):
        raise UserError(f"no {what}")
    out: dict[str, float | bool | None] = {}
    for name, value in raw.items():
        if value is None and absent and name in OFFERED:
            out[name] = None
        elif isinstance(value, (bool, int, float, str)) and _is_finite(value):
            out[name] = parse_value(str(name)[:MAX_WORD], value_words(value))
        else:
            raise UserError(f"{str(name)[:MAX_WORD]}: a wrong value")
    return tuple(out.items())


def _word(raw: Mapping[str, Any], name: str) -> str:
    value = raw.get(name, "")
    if not isinstance(value, str) or len(value) > MAX_PATH or not value.isprintable():
        raise UserError(f"a wrong {name}")
    return value


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value < _LARGEST


def _is_finite(value: bool | float | str) -> bool:
    """Whether a value is a number as it was written, or a short text.

    An infinite one is a text in our files: ``1e999`` is what nobody meant, and a part of a longer
    text would be another number.
    """
    if isinstance(value, str):
        return len(value) <= MAX_WORD
    return abs(value) < _LARGEST if isinstance(value, int) else math.isfinite(value)
