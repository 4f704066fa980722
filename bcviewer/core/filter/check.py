"""Checks a filter: finds its columns, and holds every part to the kind its place asks for."""

from __future__ import annotations

import difflib

from bcviewer.core.filter import tree
from bcviewer.core.filter.fields import FilterColumns, PartlyThere, quote_name
from bcviewer.core.filter.filter_error import FilterError
from bcviewer.core.filter.quote import quote
from bcviewer.core.filter.titles import Titles
from bcviewer.core.rules.barcode import BARCODE
from bcviewer.core.rules.column import Kind
from bcviewer.core.rules.columns import COLUMNS

_KIND_WORDS: dict[Kind, str] = {
    "number": "a number",
    "text": "text",
    "flag": "a condition (true or false)",
}
_NOTHING = ("nan", "none", "null", "na", "nat")


class Checker:
    """Finds the columns and holds every part to the kind its place asks for.

    Attributes
    ----------
    resolved : dict of str to str
        The column of every name as typed, once it was checked.
    """

    def __init__(self, text: str, columns: FilterColumns, titles: Titles) -> None:
        self._text = text
        self._titles = titles
        self._columns = columns
        self.resolved: dict[str, str] = {}

    def kind(self, node: tree.Node, beside_text: bool = False) -> Kind:
        """Check a part and return its kind."""
        match node:
            case tree.Number():
                return "number"
            case tree.Text():
                return "text"
            case tree.Flag():
                return "flag"
            case tree.Name():
                return self._column(node, beside_text)
            case tree.Negative(item=item):
                return self.need(item, "number")
            case tree.Arithmetic(first=first, rest=rest):
                for item in (first, *(item for _, item in rest)):
                    self.need(item, "number")
                return "number"
            case tree.Call():
                return self._call(node)
            case tree.Compare(items=items, ops=ops):
                self._comparison(items, ops)
            case tree.In(item=item, options=options):
                self._comparison((item, *options), None)
            case tree.Not(item=item):
                self.need(item, "flag")
            case tree.Logic(items=items):
                for item in items:
                    self.need(item, "flag")
        return "flag"

    def need(self, node: tree.Node, kind: Kind) -> Kind:
        """Check that a part is of a kind."""
        found = self.kind(node)
        if found == kind:
            return kind
        shown = self._shown(node)
        if kind == "flag":
            hint = f"Compare it with something, as in {self._compared(node, found)}."
        elif isinstance(node, tree.Text) and _is_number(node.value):
            hint = f"Write {node.value.strip()} without quotes."
        else:
            hint = f"Here must be {_KIND_WORDS[kind]}."
        raise self._error(node, f"{shown} is {_KIND_WORDS[found]}. {hint}")

    def _compared(self, node: tree.Node, kind: Kind) -> str:
        """Return a comparison with a part of the filter which may be true."""
        shown = self._shown(node)
        if kind == "number":
            return f"{shown} > 0"
        name = self._find(node.name) if isinstance(node, tree.Name) else None
        if name is None:
            return f"reason contains {shown}"
        values = self._columns.values(name).tolist()
        text = next((value for value in values if isinstance(value, str) and value), "")
        return f"{shown} == {quote(text)}" if text else f"missing({shown})"

    def _error(self, node: tree.Node, message: str) -> FilterError:
        return FilterError(message, node.start, node.end - node.start)

    def _shown(self, node: tree.Node) -> str:
        text = " ".join(self._text[node.start : node.end].split())
        return text if len(text) <= 40 else text[:39] + "…"

    def _call(self, node: tree.Call) -> Kind:
        if node.function == "missing":
            self.kind(node.args[0])
            return "flag"
        if node.function != "contains":
            for item in node.args:
                self.need(item, "number")
            return "number"
        self.need(node.args[0], "text")
        if not isinstance(node.args[1], tree.Text):
            raise self._error(node.args[1], "What is contained is a text in quotes, as in 'abc'.")
        return "flag"

    def _comparison(self, items: tuple[tree.Node, ...], ops: tuple[str, ...] | None) -> None:
        """Check neighbouring pairs, or, without operators, the first against all others."""
        beside_text = any(self._is_text(item) for item in items)
        kinds = [self.kind(item, beside_text) for item in items]
        for i in range(1, len(items)):
            left = i - 1 if ops else 0
            op = ops[i - 1] if ops else "=="
            if kinds[left] != kinds[i]:
                raise self._mismatch(items[left], kinds[left], items[i], kinds[i])
            if kinds[i] != "number" and op not in ("==", "!="):
                shown = self._shown(items[left])
                what = f"{shown} is {_KIND_WORDS[kinds[i]]}. It has no order: write == or !="
                raise self._error(items[left], f"{what}, not {op}.")

    def _is_text(self, node: tree.Node) -> bool:
        name = self._find(node.name) if isinstance(node, tree.Name) else None
        is_text_column = name is not None and self._columns.kind(name) == "text"
        return isinstance(node, tree.Text) or is_text_column

    def _mismatch(
        self, left: tree.Node, left_kind: Kind, right: tree.Node, right_kind: Kind
    ) -> FilterError:
        """Return the error for two sides of different kinds, saying what to write."""
        # The side to keep is the column; the other one is rewritten.
        swap = isinstance(left, tree.Text | tree.Number | tree.Flag | tree.Negative)
        keep, keep_kind = (right, right_kind) if swap else (left, left_kind)
        other, other_kind = (left, left_kind) if swap else (right, right_kind)
        shown, value = self._shown(keep), self._shown(other)
        message = f"{shown} is {_KIND_WORDS[keep_kind]}, and {value} is {_KIND_WORDS[other_kind]}."
        if keep_kind == "text" and isinstance(other, tree.Number | tree.Negative):
            hint = f"Write the value in quotes: {quote(value)}."
        elif keep_kind == "number" and isinstance(other, tree.Text):
            number = f": {other.value.strip()}" if _is_number(other.value) else ""
            hint = f"Write a number without quotes{number}."
        elif keep_kind == "flag" and not isinstance(keep, tree.Flag):
            hint = f"Write just {shown}, or not {shown}."
        else:
            hint = "They cannot be compared."
        return self._error(other, f"{message} {hint}")

    def _find(self, typed: str) -> str | None:
        if self._columns.kind(typed) is not None:
            return typed
        similar = self._similar(typed) or self._titles.named(typed)
        return similar[0] if len(similar) == 1 else None

    def _similar(self, typed: str) -> tuple[str, ...]:
        folded = typed.casefold()
        return tuple(name for name in self._columns.names() if name.casefold() == folded)

    def _column(self, node: tree.Name, beside_text: bool) -> Kind:
        name = self._find(node.name)
        kind = None if name is None else self._columns.kind(name)
        if name is None or kind is None:
            raise self._error(node, self._unknown(node, beside_text))
        self.resolved[node.name] = name
        return kind

    def _unknown(self, node: tree.Name, beside_text: bool) -> str:
        similar = self._similar(node.name) or self._titles.named(node.name)
        if len(similar) > 1:
            return f"{self._shown(node)} may be {' or '.join(similar)}: write it exactly."
        if node.name.casefold() in _NOTHING:
            return f"Nothing compares with {node.name}. Write missing(x), or not missing(x)."
        if node.name.casefold() == BARCODE.key:
            return (
                f"The column {self._shown(node)} is a picture. Filter by what a rule reads, as in"
                " presence ratio < 0.7, or by the reason, as in reason contains 'presence'."
            )
        if isinstance(self._columns, PartlyThere) and (why := self._columns.why_absent(node.name)):
            return f"Nothing can be compared: {why}."
        if node.name in COLUMNS or self._titles.named(node.name):  # of other runs
            return f"These results have no column {self._shown(node)}."
        message = f"There is no column {self._shown(node)}."
        folded = {title.casefold(): title for title in self._titles.columns_of}
        folded |= {name.casefold(): quote_name(name) for name in self._columns.names()}
        close = difflib.get_close_matches(node.name.casefold()[:80], folded, n=3, cutoff=0.6)
        if beside_text:
            message += f" Write text in quotes: {quote(self._shown(node))}."
        elif close:
            message += f" Did you mean {' or '.join(folded[c] for c in close)}?"
        return message


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
