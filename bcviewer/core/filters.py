"""The filter language: phy's, checked before use, and with missing values that satisfy nothing.

``presenceRatio < 0.7 and label == 'MUA'``. The grammar is in :mod:`bcviewer.core.filter_parser`;
here are the names, the kinds and the values.

- Three-valued: a comparison with a missing value (NaN, None or empty text) is neither true nor
  false, ``not`` leaves it so, and a unit is shown only where the whole filter is true. Arithmetic
  that has no result (0 / 0, log10(-1)) is missing. Only ``missing(x)`` is always decided, and
  ``x == ''`` means it.
- Text is compared whatever its case (curators type ``'mua'``), and only by ``==``, ``!=``,
  ``in`` and ``contains``.
- Column names are exact first, then case-insensitive where only one fits. A column whose name is
  not a plain word is written in backquotes. A quote inside a text is doubled: ``'it''s'``.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeAlias, runtime_checkable

import numpy as np
import numpy.typing as npt

from bcviewer.core import filter_parser as fp
from bcviewer.core.filter_parser import FUNCTIONS, KEYWORDS, FilterError
from bcviewer.core.metrics import Bools, Floats

__all__ = [
    "FUNCTIONS",
    "KEYWORDS",
    "CodedColumns",
    "Columns",
    "Completion",
    "Filter",
    "FilterError",
    "Kind",
    "complete",
    "evaluate",
    "factorise",
    "parse_filter",
    "quote",
    "quote_name",
]

Kind = Literal["number", "text", "flag"]
Array: TypeAlias = npt.NDArray[Any]


class Columns(Protocol):
    """What a filter reads."""

    @property
    def n_units(self) -> int:
        """Number of units."""

    def names(self) -> Sequence[str]:
        """Return the names of all columns."""

    def kind(self, name: str) -> Kind | None:
        """Return the kind of a column, or None where there is none of this very name."""

    def values(self, name: str) -> Array:
        """Return float64, object (str) or bool values, shape (n_units,)."""


@runtime_checkable
class CodedColumns(Protocol):
    """Columns that keep their texts factorised: filters on text are then twenty times faster."""

    def codes(self, name: str) -> tuple[Array, Sequence[str]]:
        """Return what :func:`factorise` returns for a text column."""


@dataclass(frozen=True, slots=True)
class Filter:
    """A checked filter, for the columns it was checked with.

    Attributes
    ----------
    text : str
        As it was typed.
    root : Node or None
        Its tree; None shows everything.
    resolved : tuple of (str, str)
        Every name as typed, and the column it means.
    """

    text: str
    root: fp.Node | None = None
    resolved: tuple[tuple[str, str], ...] = ()

    def names(self) -> frozenset[str]:
        """Return the columns it reads."""
        return frozenset(column for _, column in self.resolved)


@dataclass(frozen=True, slots=True)
class Completion:
    """What may replace ``length`` characters from ``start``; no candidates: nothing to offer."""

    start: int
    length: int
    candidates: tuple[str, ...] = ()


def parse_filter(text: str, columns: Columns) -> Filter:
    """Check a filter; blank text shows everything.

    Raises
    ------
    FilterError
        Whatever is wrong with it.
    """
    if len(text) <= fp.MAX_LENGTH and not text.strip():
        return Filter(text)
    checker = _Checker(text, columns)
    try:
        root = fp.parse(text)
        checker.need(root, "flag")
    except RecursionError:  # Only if the caller's own stack is nearly full.
        raise FilterError("The filter is nested too deeply.", 0, len(text)) from None
    return Filter(text, root, tuple(sorted(checker.resolved.items())))


def evaluate(filter_: Filter, columns: Columns) -> Bools:
    """Return which units a filter shows, shape (n_units,); ``columns`` as it was checked with."""
    if filter_.root is None:
        return np.ones(columns.n_units, bool)
    with np.errstate(all="ignore"):
        truth = _Evaluator(columns, dict(filter_.resolved)).truth(filter_.root)
    return np.array(np.broadcast_to(truth.yes, (columns.n_units,)), dtype=bool)


def quote(text: str) -> str:
    """Return a text as it is written in a filter, whatever is in it."""
    mark = '"' if "'" in text and '"' not in text else "'"
    return mark + text.replace(mark, mark * 2) + mark


def quote_name(name: str) -> str:
    """Return a column's name as it is written in a filter: bare where it is a plain word."""
    tokens = list(fp.scan(name))
    plain = len(tokens) == 2 and tokens[0].kind == "name" and tokens[0].text == name
    return name if plain else "`" + name.replace("`", "``") + "`"


def factorise(values: Array) -> tuple[npt.NDArray[np.int32], tuple[str, ...]]:
    """Return the category of each text and the categories; -1 is missing.

    Parameters
    ----------
    values : ndarray of object, shape (n,)
        Texts; None, NaN and "" are missing, numbers are taken as they print.
    """
    listed = values.tolist()
    lookup: dict[object, int] = {}
    categories: dict[str, int] = {}
    for value in set(listed):
        text = value if isinstance(value, str) else _printed(value)
        lookup[value] = categories.setdefault(text, len(categories)) if text else -1
    codes = np.fromiter(map(lookup.__getitem__, listed), np.int32, len(listed))
    return codes, tuple(categories)


def _printed(value: object) -> str:
    known = isinstance(value, bool | int | float | np.generic) and value == value
    return str(value) if known else ""


def complete(text: str, cursor: int, columns: Columns) -> Completion:
    """Return what the word at the cursor may become: columns, functions and keywords.

    After a value only what can follow one is offered; inside a text and a number, nothing.
    Candidates are as they are inserted (``missing(``; odd names in backquotes): those that start
    with what stands before the cursor first, then columns that contain it. The whole word is
    replaced.
    """
    cursor = min(max(cursor, 0), len(text))
    before: fp.Token | None = None
    start = end = cursor
    for token in fp.scan(text):
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


def _ends_value(token: fp.Token | None) -> bool:
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
    first = [quote_name(name) for name in names if name.casefold().startswith(typed)]
    second = [word for word in words if word.startswith(typed)]
    third = [quote_name(name) for name in names if typed in name.casefold()] if typed else []
    return tuple(dict.fromkeys(first + second + third))


_KIND_WORDS: dict[Kind, str] = {
    "number": "a number",
    "text": "text",
    "flag": "a condition (true or false)",
}
_NOTHING = ("nan", "none", "null", "na", "nat")


class _Checker:
    """Finds the columns and holds every part to the kind its place asks for."""

    def __init__(self, text: str, columns: Columns) -> None:
        self._text = text
        self._columns = columns
        self.resolved: dict[str, str] = {}

    def kind(self, node: fp.Node, beside_text: bool = False) -> Kind:
        """Check a part and return its kind."""
        match node:
            case fp.Number():
                return "number"
            case fp.Text():
                return "text"
            case fp.Flag():
                return "flag"
            case fp.Name():
                return self._column(node, beside_text)
            case fp.Negative(item=item):
                return self.need(item, "number")
            case fp.Arithmetic(first=first, rest=rest):
                for item in (first, *(item for _, item in rest)):
                    self.need(item, "number")
                return "number"
            case fp.Call():
                return self._call(node)
            case fp.Compare(items=items, ops=ops):
                self._comparison(items, ops)
            case fp.In(item=item, options=options):
                self._comparison((item, *options), None)
            case fp.Not(item=item):
                self.need(item, "flag")
            case fp.Logic(items=items):
                for item in items:
                    self.need(item, "flag")
        return "flag"

    def need(self, node: fp.Node, kind: Kind) -> Kind:
        """Check that a part is of a kind."""
        found = self.kind(node)
        if found == kind:
            return kind
        shown = self._shown(node)
        if kind == "flag":
            example = "> 0" if found == "number" else "== 'MUA'"
            hint = f"Compare it with something, as in {shown} {example}."
        elif isinstance(node, fp.Text) and _is_number(node.value):
            hint = f"Write {node.value.strip()} without quotes."
        else:
            hint = f"Here must be {_KIND_WORDS[kind]}."
        raise self._error(node, f"{shown} is {_KIND_WORDS[found]}. {hint}")

    def _error(self, node: fp.Node, message: str) -> FilterError:
        return FilterError(message, node.start, node.end - node.start)

    def _shown(self, node: fp.Node) -> str:
        text = " ".join(self._text[node.start : node.end].split())
        return text if len(text) <= 40 else text[:39] + "…"

    def _call(self, node: fp.Call) -> Kind:
        if node.function == "missing":
            self.kind(node.args[0])
            return "flag"
        if node.function != "contains":
            for item in node.args:
                self.need(item, "number")
            return "number"
        self.need(node.args[0], "text")
        if not isinstance(node.args[1], fp.Text):
            raise self._error(node.args[1], "What is contained is a text in quotes, as in 'abc'.")
        return "flag"

    def _comparison(self, items: tuple[fp.Node, ...], ops: tuple[str, ...] | None) -> None:
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

    def _is_text(self, node: fp.Node) -> bool:
        name = self._find(node.name) if isinstance(node, fp.Name) else None
        is_text_column = name is not None and self._columns.kind(name) == "text"
        return isinstance(node, fp.Text) or is_text_column

    def _mismatch(
        self, left: fp.Node, left_kind: Kind, right: fp.Node, right_kind: Kind
    ) -> FilterError:
        """Return the error for two sides of different kinds, saying what to write."""
        # The side to keep is the column; the other one is rewritten.
        swap = isinstance(left, fp.Text | fp.Number | fp.Flag | fp.Negative)
        keep, keep_kind = (right, right_kind) if swap else (left, left_kind)
        other, other_kind = (left, left_kind) if swap else (right, right_kind)
        shown, value = self._shown(keep), self._shown(other)
        message = f"{shown} is {_KIND_WORDS[keep_kind]}, and {value} is {_KIND_WORDS[other_kind]}."
        if keep_kind == "text" and isinstance(other, fp.Number | fp.Negative):
            hint = f"Write the value in quotes: {quote(value)}."
        elif keep_kind == "number" and isinstance(other, fp.Text):
            number = f": {other.value.strip()}" if _is_number(other.value) else ""
            hint = f"Write a number without quotes{number}."
        elif keep_kind == "flag" and not isinstance(keep, fp.Flag):
            hint = f"Write just {shown}, or not {shown}."
        else:
            hint = "They cannot be compared."
        return self._error(other, f"{message} {hint}")

    def _find(self, typed: str) -> str | None:
        if self._columns.kind(typed) is not None:
            return typed
        similar = self._similar(typed)
        return similar[0] if len(similar) == 1 else None

    def _similar(self, typed: str) -> list[str]:
        folded = typed.casefold()
        return [name for name in self._columns.names() if name.casefold() == folded]

    def _column(self, node: fp.Name, beside_text: bool) -> Kind:
        name = self._find(node.name)
        kind = None if name is None else self._columns.kind(name)
        if name is None or kind is None:
            raise self._error(node, self._unknown(node, beside_text))
        self.resolved[node.name] = name
        return kind

    def _unknown(self, node: fp.Name, beside_text: bool) -> str:
        similar = self._similar(node.name)
        if len(similar) > 1:
            return f"{self._shown(node)} may be {' or '.join(similar)}: write it exactly."
        if node.name.casefold() in _NOTHING:
            return f"Nothing compares with {node.name}. Write missing(x), or not missing(x)."
        message = f"There is no column {self._shown(node)}."
        folded = {name.casefold(): name for name in self._columns.names()}
        close = difflib.get_close_matches(node.name.casefold()[:80], folded, n=3, cutoff=0.6)
        if beside_text:
            message += f" Write text in quotes: {quote(self._shown(node))}."
        elif close:
            message += f" Did you mean {' or '.join(quote_name(folded[c]) for c in close)}?"
        return message


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class _Truth:
    """Where a condition holds and where it does not; neither where it cannot be told."""

    yes: Array
    no: Array

    def negated(self) -> _Truth:
        return _Truth(self.no, self.yes)

    def both(self, other: _Truth) -> _Truth:
        return _Truth(self.yes & other.yes, self.no | other.no)

    def either(self, other: _Truth) -> _Truth:
        return _Truth(self.yes | other.yes, self.no & other.no)

    def same(self, other: _Truth) -> _Truth:
        yes = (self.yes & other.yes) | (self.no & other.no)
        return _Truth(yes, (self.yes & other.no) | (self.no & other.yes))


@dataclass(frozen=True, slots=True)
class _Texts:
    """Texts as codes of categories without case; a literal's code has no dimension."""

    codes: Array
    folded: tuple[str, ...]
    literal: bool = False

    def where(self, test: Callable[[str], bool]) -> _Truth:
        """Test every category once; missing texts are undecided."""
        hits = [bool(text) and test(text) for text in self.folded]
        misses = (bool(text) and not hit for text, hit in zip(self.folded, hits, strict=True))
        return _Truth(self._take(hits, False), self._take(misses, False))

    def missing(self) -> Array:
        return self._take((not text for text in self.folded), True)

    def same(self, other: _Texts) -> _Truth:
        """Compare without case; the literal '' asks whether the other side is missing."""
        for literal, side in ((other, self), (self, other)):
            if literal.literal and not literal.folded[0]:
                missing = side.missing()
                return _Truth(missing, ~missing)
        for literal, side in ((other, self), (self, other)):
            if literal.literal:
                return side.where(literal.folded[0].__eq__)
        ids: dict[str, int] = {}
        left, right = (
            np.array([ids.setdefault(t, len(ids)) if t else -1 for t in side.folded] + [-1])[
                side.codes
            ]
            for side in (self, other)
        )
        known = (left >= 0) & (right >= 0)
        return _Truth(known & (left == right), known & (left != right))

    def _take(self, flags: Iterable[bool], if_missing: bool) -> Array:
        # Code -1 takes the last element.
        return np.asarray(np.array([*flags, if_missing], bool)[self.codes])


_Value: TypeAlias = Floats | _Texts | _Truth

_OPPOSITE: dict[str, tuple[np.ufunc, np.ufunc]] = {
    "==": (np.equal, np.not_equal),
    "!=": (np.not_equal, np.equal),
    "<": (np.less, np.greater_equal),
    "<=": (np.less_equal, np.greater),
    ">": (np.greater, np.less_equal),
    ">=": (np.greater_equal, np.less),
}
_ARITHMETIC: dict[str, np.ufunc] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "%": np.mod,
    "**": np.power,
    "abs": np.abs,
    "log10": np.log10,
    "min": np.minimum,
    "max": np.maximum,
}


class _Evaluator:
    """Values of a checked tree. Constants have no dimension until the end."""

    def __init__(self, columns: Columns, resolved: dict[str, str]) -> None:
        self._columns = columns
        self._resolved = resolved
        self._read: dict[str, _Value] = {}

    def truth(self, node: fp.Node) -> _Truth:
        match node:
            case fp.Logic(op=op, items=items):
                truth = self.truth(items[0])
                for item in items[1:]:
                    other = self.truth(item)
                    truth = truth.both(other) if op == "and" else truth.either(other)
                return truth
            case fp.Not(item=item):
                return self.truth(item).negated()
            case fp.Compare(items=items, ops=ops):
                return self._comparison([self._value(item) for item in items], ops)
            case fp.In(item=item, options=options):
                return _in(self._value(item), [self._value(option) for option in options])
            case fp.Call(function="missing", args=args):
                missing = _missing(self._value(args[0]))
                return _Truth(missing, ~missing)
            case fp.Call(function="contains", args=(item, fp.Text(value=needle))):
                part = needle.casefold()
                texts = self._value(item)
                assert isinstance(texts, _Texts)  # noqa: S101  # the checker saw to it
                return texts.where(lambda text: part in text)
            case fp.Flag(value=value):
                return _Truth(np.asarray(value), np.asarray(not value))
        column = self._column(node)
        assert isinstance(column, _Truth)  # noqa: S101  # the checker saw to it
        return column

    def _value(self, node: fp.Node) -> _Value:
        match node:
            case fp.Number(value=value):
                return np.asarray(value, np.float64)
            case fp.Text(value=value):
                return _Texts(np.asarray(0), (value.casefold(),), literal=True)
            case fp.Name():
                return self._column(node)
            case fp.Negative(item=item):
                return np.asarray(-self._number(item))
            case fp.Arithmetic(first=first, rest=rest):
                total = self._number(first)
                for op, item in rest:
                    total = _apply(op, total, self._number(item))
                return total
            case fp.Call(function=function, args=args) if function in _ARITHMETIC:
                result, *others = (self._number(item) for item in args)
                if not others:
                    return np.asarray(_ARITHMETIC[function](result))
                for other in others:
                    result = _apply(function, result, other)
                return result
        return self.truth(node)

    def _number(self, node: fp.Node) -> Floats:
        value = self._value(node)
        assert isinstance(value, np.ndarray)  # noqa: S101  # the checker saw to it
        return value

    def _column(self, node: fp.Node) -> _Value:
        assert isinstance(node, fp.Name)  # noqa: S101  # all other nodes are handled
        name = self._resolved[node.name]
        if name not in self._read:
            self._read[name] = self._load(name)
        return self._read[name]

    def _load(self, name: str) -> _Value:
        columns = self._columns
        kind = columns.kind(name)
        if kind == "number":
            return np.asarray(columns.values(name), np.float64)
        if kind == "flag":
            flags = np.asarray(columns.values(name), bool)
            return _Truth(flags, ~flags)
        if isinstance(columns, CodedColumns):
            codes, categories = columns.codes(name)
        else:
            codes, categories = factorise(np.asarray(columns.values(name), object))
        return _Texts(codes, tuple((category or "").casefold() for category in categories))

    def _comparison(self, values: list[_Value], ops: tuple[str, ...]) -> _Truth:
        truth = _compare(values[0], ops[0], values[1])
        for i in range(1, len(ops)):
            truth = truth.both(_compare(values[i], ops[i], values[i + 1]))
        return truth


def _apply(op: str, left: Floats, right: Floats) -> Floats:
    result = np.asarray(_ARITHMETIC[op](left, right), np.float64)
    if op == "**":  # The one operation that makes a number of NaN: nan ** 0 and 1 ** nan.
        return np.where(np.isnan(left) | np.isnan(right), np.nan, result)
    return result


def _missing(value: _Value) -> Array:
    if isinstance(value, _Truth):
        return ~(value.yes | value.no)
    if isinstance(value, _Texts):
        return value.missing()
    return np.asarray(np.isnan(value))


def _compare(left: _Value, op: str, right: _Value) -> _Truth:
    if isinstance(left, _Truth) and isinstance(right, _Truth):
        same = left.same(right)
        return same if op == "==" else same.negated()
    if isinstance(left, _Texts) and isinstance(right, _Texts):
        same = left.same(right)
        return same if op == "==" else same.negated()
    yes, no = (np.asarray(test(left, right), bool) for test in _OPPOSITE[op])
    if op in ("==", "!="):  # NaN is unequal to all; the other comparisons fail with it by nature.
        known = ~(_missing(left) | _missing(right))
        yes, no = yes & known, no & known
    return _Truth(yes, no)


def _in(value: _Value, options: list[_Value]) -> _Truth:
    """Return where a value equals one of the options: constants at once, the others in turn."""
    truth = _Truth(np.asarray(False), np.asarray(True))
    at_once = isinstance(value, np.ndarray) or (isinstance(value, _Texts) and not value.literal)
    constant: list[Floats] = []
    texts: list[str] = []
    for option in options:
        if not at_once:
            truth = truth.either(_compare(value, "==", option))
        elif isinstance(option, np.ndarray) and option.ndim == 0 and not np.isnan(option):
            constant.append(option)
        elif isinstance(option, _Texts) and option.literal and option.folded[0]:
            texts.append(option.folded[0])
        else:
            truth = truth.either(_compare(value, "==", option))
    if constant and isinstance(value, np.ndarray):
        found, missing = np.isin(value, np.stack(constant)), np.isnan(value)
        truth = truth.either(_Truth(found, ~(found | missing)))
    if texts and isinstance(value, _Texts):
        truth = truth.either(value.where(frozenset(texts).__contains__))
    return truth
