"""A filter cut into words, whatever they mean together."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

from bcviewer.core.filter.vocabulary import KEYWORDS

TokenKind = Literal["number", "text", "name", "column", "flag", "op", "bad", "end"]


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a filter. ``text`` is canonical (``and`` for ``&&``) and has no quotes."""

    kind: TokenKind
    text: str
    start: int
    end: int


# Possessive, so that an unclosed 'it''s is one bad token and not the text 'it' and a rest.
_TOKEN = re.compile(
    r"""\s*(?:(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)
    |(?P<text>'(?:[^']|'')*+'|"(?:[^"]|"")*+")
    |(?P<column>`(?:[^`]|``)*+`)
    |(?P<name>[^\W\d]\w*)
    |(?P<op>\*\*|&&|\|\||==|!=|<>|<=|>=|[-−+*/%()\[\],<>=!~≤≥≠])
    |(?P<bad>['"`][\s\S]*|\S))""",
    re.VERBOSE,
)
_SAME = {"&&": "and", "||": "or", "!": "not", "~": "contains", "=": "==", "<>": "!="}
_SAME |= {"≠": "!=", "≤": "<=", "≥": ">=", "−": "-"}


class LongNames(Protocol):
    """Names of several words."""

    def match(self, text: str, start: int) -> int:
        """Return where such a name that starts at a place of a text ends, −1: none does."""

    def named(self, title: str) -> tuple[str, ...]:
        """Return the columns of a name."""


def scan(text: str, names: LongNames | None = None) -> Iterator[Token]:
    """Yield the tokens of a text, those that cannot be read as ``bad``; then one ``end``."""
    at = 0
    while (match := _TOKEN.match(text, at)) is not None:
        at = match.end()
        start = match.start(match.lastgroup or 0)
        end = -1 if names is None else names.match(text, start)
        if names is not None and end > 0:
            named = names.named(text[start:end])
            yield Token("column", named[0] if len(named) == 1 else text[start:end], start, end)
            at = end
            continue
        kind: TokenKind = match.lastgroup  # type: ignore[assignment]  # the groups' names
        word = match[kind]
        start, end = match.span(kind)
        if kind in ("text", "column"):
            word = word[1:-1].replace(word[0] * 2, word[0])
        elif kind == "op":
            word = _SAME.get(word, word)
        elif kind == "name" and word.lower() in KEYWORDS:
            word = word.lower()
            kind = "flag" if word in ("true", "false") else "op"
        yield Token(kind, word, start, end)
    yield Token("end", "", len(text), len(text))
