"""What the word at the cursor of the filter box may become."""

from __future__ import annotations

from dataclasses import dataclass

from bcviewer.core.filter.fields import Columns, quote_name
from bcviewer.core.filter.tokens import Token, scan
from bcviewer.core.filter.vocabulary import FUNCTIONS, KEYWORDS


@dataclass(frozen=True, slots=True)
class Completion:
    """What may replace ``length`` characters from ``start``; no candidates: nothing to offer."""

    start: int
    length: int
    candidates: tuple[str, ...] = ()


def complete(text: str, cursor: int, columns: Columns) -> Completion:
    """Return what the word at the cursor may become: columns, functions and keywords.

    After a value only what can follow one is offered; inside a text and a number, nothing.
    Candidates are as they are inserted (``missing(``; odd names in backquotes): those that start
    with what stands before the cursor first, then columns that contain it. The whole word is
    replaced.
    """
    cursor = min(max(cursor, 0), len(text))
    before: Token | None = None
    start = end = cursor
    for token in scan(text):
        if token.kind == "end" or token.start >= cursor:
            break
        first = text[token.start]
        if cursor <= token.end and (first == "`" or first.isidentifier()):
            start, end = token.start, cursor if token.kind == "bad" else token.end
            break
        if cursor < token.end + (token.kind in ("text", "number", "bad")):
            return Completion(cursor, 0)
        before = token
    typed = text[start:cursor].strip("`").casefold()
    candidates = _candidates(typed, columns, _ends_value(before))
    if candidates == (text[start:end],):
        candidates = ()
    return Completion(start, end - start, candidates)


def _ends_value(token: Token | None) -> bool:
    if token is None or token.kind == "op":
        return token is not None and token.text in (")", "]")
    return token.kind != "bad"


def _candidates(typed: str, columns: Columns, after_value: bool) -> tuple[str, ...]:
    constants = ("true", "false")
    if after_value:
        follow = (word for word in KEYWORDS if word not in constants)
        return tuple(word for word in follow if word.startswith(typed))
    names = columns.names()
    words = [*(f"{name}(" for name in FUNCTIONS), "not", *constants]
    # Numbers first: what is typed next is most often a comparison with one.
    starting = [name for name in names if name.casefold().startswith(typed)]
    starting.sort(key=lambda name: columns.kind(name) != "number")
    first = [quote_name(name) for name in starting]
    second = [word for word in words if word.startswith(typed)]
    third = [quote_name(name) for name in names if typed in name.casefold()] if typed else []
    return tuple(dict.fromkeys(first + second + third))
