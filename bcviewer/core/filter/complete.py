"""What the word at the cursor of the filter box may become."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bcviewer.core.filter.fields import FilterColumns, quote_name
from bcviewer.core.filter.titles import Titles
from bcviewer.core.filter.tokens import Token, scan
from bcviewer.core.filter.vocabulary import FUNCTIONS, KEYWORDS

_REST = re.compile(r"\w*")
"""What is left of a word that the cursor is in."""


@dataclass(frozen=True, slots=True)
class Completion:
    """What may replace ``length`` characters from ``start``; no candidates: nothing to offer."""

    start: int
    length: int
    candidates: tuple[str, ...] = ()


def complete(text: str, cursor: int, columns: FilterColumns) -> Completion:
    """Return what the word at the cursor may become: columns, functions and keywords.

    Of columns there are their names and their titles. After a value only what can follow one is
    offered; inside a text and a number, nothing.
    Candidates are as they are inserted (``missing(``; odd names in backquotes): those that start
    with what stands before the cursor first, then columns that contain it. The whole word is
    replaced.
    """
    cursor = min(max(cursor, 0), len(text))
    titles = Titles(columns)
    before: Token | None = None
    start = end = cursor
    for token in scan(text, titles):
        if token.kind == "end" or token.start >= cursor:
            break
        if longer := _longer(text[token.start : cursor], titles):
            rest = _REST.match(text, cursor)
            end = rest.end() if rest else cursor
            whole = longer == (text[token.start : end],)
            return Completion(token.start, end - token.start, () if whole else longer)
        first = text[token.start]
        if cursor <= token.end and (first == "`" or first.isidentifier()):
            start, end = token.start, cursor if token.kind == "bad" else token.end
            break
        if cursor < token.end + (token.kind in ("text", "number", "bad")):
            return Completion(cursor, 0)
        before = token
    typed = text[start:cursor].strip("`").casefold()
    candidates = _candidates(typed, columns, titles, _ends_value(before))
    if candidates == (text[start:end],):
        candidates = ()
    return Completion(start, end - start, candidates)


def _ends_value(token: Token | None) -> bool:
    if token is None or token.kind == "op":
        return token is not None and token.text in (")", "]")
    return token.kind != "bad"


def _longer(typed: str, titles: Titles) -> tuple[str, ...]:
    """Return the titles that start with more than one word of what was typed."""
    begun = " ".join(typed.split()).casefold() + " " * typed[-1:].isspace()
    if begun.isidentifier() or titles.named(begun):
        return ()
    found = (title for title in titles.columns_of if title.casefold().startswith(begun))
    return tuple(title for title in found if title.casefold() != begun)


def _candidates(
    typed: str, columns: FilterColumns, titles: Titles, after_value: bool
) -> tuple[str, ...]:
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
    first += [title for title in titles.columns_of if title.casefold().startswith(typed)]
    second = [word for word in words if word.startswith(typed)]
    third = [quote_name(name) for name in names if typed in name.casefold()] if typed else []
    third += [title for title in titles.columns_of if typed and typed in title.casefold()]
    return tuple(dict.fromkeys(first + second + third))
