"""The grammar of the filter language: text to a tree. What the names mean is not known here.

From the loosest to the tightest: ``or``, ``and``, ``not``, comparisons (they chain; also ``in``
and ``contains``), ``+ -``, ``* / %``, the sign, ``**``. Nothing is ever evaluated as Python.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bcviewer.core.filter.filter_error import FilterError
from bcviewer.core.filter.tokens import LongNames, Token, scan
from bcviewer.core.filter.tree import (
    Arithmetic,
    Call,
    Compare,
    Flag,
    In,
    Logic,
    Name,
    Negative,
    Node,
    Not,
    Number,
    Text,
)
from bcviewer.core.filter.vocabulary import FUNCTIONS

MAX_LENGTH = 4000
"""Characters a filter may have."""
MAX_DEPTH = 50
"""Levels a filter may be nested: parentheses, lists, functions, ``not``, signs and powers."""
MAX_COST = 500
"""Columns and operators a filter may have, so that none takes long; listed constants are free."""
_COST = {"**": 10, "contains": 5, "%": 3, "log10": 3}  # Measured; all others count 1.
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


def parse(text: str, names: LongNames | None = None) -> Node:
    """Return the tree of a filter that is not blank.

    Parameters
    ----------
    text : str
        The filter.
    names : LongNames, optional
        Names of several words that may stand for columns.

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
    return _Parser(text, names).parse()


class _Parser:
    """Recursive descent: one method a level of precedence, the loosest first."""

    def __init__(self, text: str, names: LongNames | None) -> None:
        self._text = text
        self._tokens = list(scan(text, names))
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
