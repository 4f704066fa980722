"""The grammar of the filter language: text to a tree. What the names mean is not known here.

From the loosest to the tightest: ``or``, ``and``, ``not``, comparisons (they chain; also ``in``
and ``contains``), ``+ -``, ``* / %``, the sign, ``**``. Nothing is ever evaluated as Python.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

MAX_LENGTH = 4000
"""Characters a filter may have."""
MAX_DEPTH = 50
"""Levels a filter may be nested: parentheses, lists, functions, ``not``, signs and powers."""
MAX_COST = 500
"""Columns and operators a filter may have, so that none takes long; listed constants are free."""
_COST = {"**": 10, "contains": 5, "%": 3, "log10": 3}  # Measured; all others count 1.

KEYWORDS: dict[str, str] = {
    "and": "Both sides hold; also &&.",
    "or": "At least one side holds; also ||.",
    "not": "The condition does not hold; also !. Looser than comparisons: not x < 2.",
    "in": "The value is one of a list: label in ('MUA', 'GOOD'); also not in.",
    "contains": "The text has this part, whatever its case: reason contains 'drift'; also ~.",
    "true": "Yes: borderline == true is the same as borderline.",
    "false": "No: borderline == false is the same as not borderline.",
}
"""Every keyword (any case) and its help."""


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the language: how it is written, its help, and how many arguments it takes."""

    usage: str
    help: str
    n_min: int
    n_max: int


FUNCTIONS: dict[str, Function] = {
    "missing": Function("missing(x)", "x has no value. Comparisons with it never hold.", 1, 1),
    "contains": Function("contains(text, 'abc')", "text has 'abc' in it, any case.", 2, 2),
    "abs": Function("abs(x)", "x without its sign.", 1, 1),
    "log10": Function("log10(x)", "Decimal logarithm of x; missing where x < 0.", 1, 1),
    "min": Function("min(a, b)", "The least; missing where one is missing.", 2, 99),
    "max": Function("max(a, b)", "The greatest; missing where one is missing.", 2, 99),
}
"""Every function (any case)."""


class FilterError(ValueError):
    """A filter that cannot be used.

    Parameters
    ----------
    message : str
        One or two sentences: what is wrong, and what to write.
    start, length : int
        Where: the first character (from 0; the text's length means its end) and how many (≥ 1).
    """

    def __init__(self, message: str, start: int, length: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.start = start
        self.length = max(length, 1)


TokenKind = Literal["number", "text", "name", "column", "flag", "op", "bad", "end"]


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a filter. ``text`` is canonical (``and`` for ``&&``) and has no quotes."""

    kind: TokenKind
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Node:
    """A part of a filter and the characters it was written with."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Number(Node):
    """A number as written."""

    value: float


@dataclass(frozen=True, slots=True)
class Text(Node):
    """A text in quotes."""

    value: str


@dataclass(frozen=True, slots=True)
class Flag(Node):
    """``true`` or ``false``."""

    value: bool


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A column, as it was typed."""

    name: str


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A function of :data:`FUNCTIONS` with its arguments; also infix ``contains``."""

    function: str
    args: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Negative(Node):
    """``-item``."""

    item: Node


@dataclass(frozen=True, slots=True)
class Arithmetic(Node):
    """``first op item op item …``, from the left. Flat, so that a long sum is not a deep one."""

    first: Node
    rest: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class Compare(Node):
    """``items[0] ops[0] items[1] ops[1] …``: every neighbouring pair must hold."""

    items: tuple[Node, ...]
    ops: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class In(Node):
    """``item in (options)``."""

    item: Node
    options: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not(Node):
    """``not item``."""

    item: Node


@dataclass(frozen=True, slots=True)
class Logic(Node):
    """``items`` joined by ``and`` or by ``or``."""

    op: str
    items: tuple[Node, ...]


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
_COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")
_CLOSING = {"(": ")", "[": "]"}
_HINTS = {
    "&": "Write 'and' or '&&'.",
    "|": "Write 'or' or '||'.",
    "^": "Write ** for a power.",
    "{": "Write lists with ( ) or [ ].",
    **dict.fromkeys("‘’“”´", "Write text in straight quotes: ' or \"."),
    **dict.fromkeys("'\"`", "This quote is never closed. (One inside a text is doubled.)"),
}


def scan(text: str) -> Iterator[Token]:
    """Yield the tokens of a text, those that cannot be read as ``bad``; then one ``end``."""
    for match in _TOKEN.finditer(text):
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


def parse(text: str) -> Node:
    """Return the tree of a filter that is not blank.

    Raises
    ------
    FilterError
        If it is too long, too deep, or not a sentence of the language.
    """
    if len(text) > MAX_LENGTH:
        raise FilterError(
            f"The filter is too long: {len(text):,} characters; {MAX_LENGTH:,} are allowed.",
            MAX_LENGTH,
            len(text) - MAX_LENGTH,
        )
    return _Parser(text).parse()


class _Parser:
    """Recursive descent: one method a level of precedence, the loosest first."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(scan(text))
        self._at = 0
        self._depth = 0
        self._cost = 0
        for token in self._tokens:
            if token.kind == "bad":
                hint = _HINTS.get(token.text[0], "It has no meaning in a filter.")
                raise self._error(token, f"{_shown(token.text)} cannot be read. {hint}")

    def parse(self) -> Node:
        node = self._either()
        if self._here.kind != "end":
            raise self._leftover("the end")
        return node

    @property
    def _here(self) -> Token:
        return self._tokens[self._at]

    def _error(self, token: Token, message: str) -> FilterError:
        return FilterError(message, token.start, token.end - token.start)

    def _leftover(self, expected: str) -> FilterError:
        """Return the error for a token that cannot follow what was read."""
        token, before = self._here, self._tokens[self._at - 1]
        if token.kind == "end":
            return self._error(token, f"The filter ends before {expected}.")
        if token.text in (")", "]") and token.kind == "op":
            return self._error(token, f"{token.text} closes nothing here.")
        if token.text == "," and before.kind == "number":
            hint = "Write numbers with a point and without commas: 0.5, 1000."
            return self._error(token, f"A comma cannot be here. {hint}")
        shown = _shown(self._text[token.start : token.end])
        return self._error(token, f"Expected 'and', 'or' or {expected} here, not {shown}.")

    def _accept(self, *ops: str) -> Token | None:
        """Step over the next token if it is one of these operators, and return it."""
        token = self._here
        if token.kind != "op" or token.text not in ops:
            return None
        self._at += 1
        return token

    def _spend(self, token: Token) -> None:
        """Count a column, an operator or a function."""
        self._cost += _COST.get(token.text, 1)
        if self._cost > MAX_COST:
            hint = "To find one of many values, write x in (1, 2, 3)."
            raise self._error(token, f"The filter has too many parts. {hint}")

    def _nested(self, rule: Callable[[], Node]) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._error(self._here, f"Nested too deeply: {MAX_DEPTH} levels are allowed.")
        node = rule()
        self._depth -= 1
        return node

    def _either(self) -> Node:
        return self._joined("or", self._both)

    def _both(self) -> Node:
        return self._joined("and", self._negation)

    def _joined(self, op: str, rule: Callable[[], Node]) -> Node:
        items = [rule()]
        while token := self._accept(op):
            self._spend(token)
            items.append(rule())
        if len(items) == 1:
            return items[0]
        return Logic(items[0].start, items[-1].end, op, tuple(items))

    def _negation(self) -> Node:
        if token := self._accept("not"):
            item = self._nested(self._negation)
            return Not(token.start, item.end, item)
        return self._comparison()

    def _comparison(self) -> Node:
        first = self._sum()
        following = self._tokens[min(self._at + 1, len(self._tokens) - 1)]
        if following.kind == "op" and following.text in ("in", "contains") and self._accept("not"):
            node = self._membership(first)
            return Not(node.start, node.end, node)
        if self._here.kind == "op" and self._here.text in ("in", "contains"):
            return self._membership(first)
        items, ops = [first], []
        while token := self._accept(*_COMPARISONS):
            self._spend(token)
            ops.append(token.text)
            items.append(self._sum())
        return Compare(first.start, items[-1].end, tuple(items), tuple(ops)) if ops else first

    def _membership(self, item: Node) -> Node:
        """Read ``in (…)`` or ``contains '…'`` after its left side."""
        self._spend(self._here)
        if self._accept("contains"):
            needle = self._sum()
            return Call(item.start, needle.end, "contains", (item, needle))
        self._accept("in")
        opening = self._accept("(", "[")
        if opening is None:
            raise self._error(self._here, "After 'in' comes a list: in ('MUA', 'GOOD').")
        options = self._list(opening)
        end = self._tokens[self._at - 1].end
        if not options:
            raise FilterError("The list is empty.", opening.start, end - opening.start)
        return In(item.start, end, item, options)

    def _list(self, opening: Token) -> tuple[Node, ...]:
        """Read values up to the bracket that closes this one; a last comma is allowed."""
        items: list[Node] = []
        closing = _CLOSING[opening.text]
        while not self._accept(closing):
            if items and not self._accept(","):
                raise self._unclosed(opening)
            if items and self._accept(closing):
                break
            items.append(self._nested(self._either))
        return tuple(items)

    def _unclosed(self, opening: Token) -> FilterError:
        if self._here.kind == "end":
            return self._error(opening, f"This {opening.text} is never closed.")
        return self._leftover(f"'{_CLOSING[opening.text]}'")

    def _sum(self) -> Node:
        return self._arithmetic(self._product, "+", "-")

    def _product(self) -> Node:
        return self._arithmetic(self._signed, "*", "/", "%")

    def _arithmetic(self, rule: Callable[[], Node], *ops: str) -> Node:
        first = rule()
        rest: list[tuple[str, Node]] = []
        while token := self._accept(*ops):
            self._spend(token)
            rest.append((token.text, rule()))
        return Arithmetic(first.start, rest[-1][1].end, first, tuple(rest)) if rest else first

    def _signed(self) -> Node:
        if token := self._accept("-"):
            item = self._nested(self._signed)
            return Negative(token.start, item.end, item)
        if self._accept("+"):
            return self._nested(self._signed)
        base = self._atom()
        if token := self._accept("**"):
            self._spend(token)
            power = self._nested(self._signed)
            return Arithmetic(base.start, power.end, base, (("**", power),))
        return base

    def _atom(self) -> Node:
        token = self._here
        typed = self._text[token.start : token.end]
        starts = token.text == "(" or typed.lower() == "contains"
        if token.kind == "end" or (token.kind == "op" and not starts):
            found = "the filter ends" if token.kind == "end" else f"there is {_shown(typed)}"
            raise self._error(token, f"A value is missing: {found} where one should be.")
        self._at += 1
        start, end = token.start, token.end
        if token.kind == "flag" or not token.text:
            self._spend(token)  # Lists of these are compared one by one.
        if token.kind == "number":
            return Number(start, end, float(token.text))
        if token.kind == "text":
            return Text(start, end, token.text)
        if token.kind == "flag":
            return Flag(start, end, token.text == "true")
        if token.kind == "op" and token.text == "(":
            node = self._nested(self._either)
            if not self._accept(")"):
                raise self._unclosed(token)
            return replace(node, start=start, end=self._tokens[self._at - 1].end)
        self._spend(token)
        opening = None if token.kind == "column" else self._accept("(")
        if opening:
            return self._call(token, opening)
        if token.kind == "op":
            raise self._error(token, "Write contains(text, 'abc') or text contains 'abc'.")
        return Name(start, end, token.text)

    def _call(self, token: Token, opening: Token) -> Node:
        name = token.text.lower()
        function = FUNCTIONS.get(name)
        if function is None:
            known = ", ".join(FUNCTIONS)
            shown = _shown(token.text)
            raise self._error(token, f"There is no function {shown}. There are: {known}.")
        args = self._list(opening)
        end = self._tokens[self._at - 1].end
        if not function.n_min <= len(args) <= function.n_max:
            message = f"{name} is written {function.usage}, not with {len(args)} values."
            raise FilterError(message, token.start, end - token.start)
        return Call(token.start, end, name, args)


def _shown(text: str) -> str:
    """Return a piece of the filter for a message: on one line, in quotes, never long."""
    return repr(text if len(text) <= 40 else text[:39] + "…")
