"""Evaluates a checked filter with three values: true, false, and missing, which is neither.

Only numbers can be missing so: a text that is absent is the empty text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

from bcviewer.core.arrays import Array, Floats
from bcviewer.core.filter import tree
from bcviewer.core.filter.fields import ALIASES, CodedColumns, FilterColumns, PartlyKnown, factorise


@dataclass(frozen=True, slots=True)
class Truth:
    """Where a condition holds and where it does not; neither where it cannot be told."""

    yes: Array
    no: Array

    def negated(self) -> Truth:
        """Return ``not`` this."""
        return Truth(self.no, self.yes)

    def both(self, other: Truth) -> Truth:
        """Return this ``and`` the other."""
        return Truth(self.yes & other.yes, self.no | other.no)

    def either(self, other: Truth) -> Truth:
        """Return this ``or`` the other."""
        return Truth(self.yes | other.yes, self.no & other.no)

    def same(self, other: Truth) -> Truth:
        """Return where both are true or both are false."""
        yes = (self.yes & other.yes) | (self.no & other.no)
        return Truth(yes, (self.yes & other.no) | (self.no & other.yes))


@dataclass(frozen=True, slots=True)
class _Texts:
    """Texts as codes of categories without case; a literal's code has no dimension.

    ``aliases`` are words of a column that were others once.
    """

    codes: Array
    folded: tuple[str, ...]
    literal: bool = False
    aliases: Mapping[str, str] = field(default_factory=dict)

    def where(self, test: Callable[[str], bool]) -> Truth:
        """Test every category once, and the empty text for those that are absent."""
        yes = self._take(map(test, self.folded), test(""))
        return Truth(yes, ~yes)

    def word(self, typed: str) -> str:
        """Return what a word means in this column, in which it may have been another once."""
        return typed if typed in self.folded else self.aliases.get(typed, typed)

    def missing(self) -> Array:
        return self._take((not text for text in self.folded), True)

    def same(self, other: _Texts) -> Truth:
        """Compare without case; the literal '' asks whether the other side is missing."""
        for literal, side in ((other, self), (self, other)):
            if literal.literal:
                return side.where(side.word(literal.folded[0]).__eq__)
        ids: dict[str, int] = {}
        left, right = (
            np.array([ids.setdefault(t, len(ids)) if t else -1 for t in side.folded] + [-1])[
                side.codes
            ]
            for side in (self, other)
        )
        yes = np.asarray(left == right)
        return Truth(yes, ~yes)

    def _take(self, flags: Iterable[bool], if_missing: bool) -> Array:
        # Code -1 takes the last element.
        return np.asarray(np.array([*flags, if_missing], bool)[self.codes])


_Value: TypeAlias = Floats | _Texts | Truth

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


class Evaluator:
    """Values of a checked tree. Constants have no dimension until the end.

    Parameters
    ----------
    columns : FilterColumns
        Those that the tree was checked with.
    resolved : dict of str to str
        The column of every name in the tree.
    """

    def __init__(self, columns: FilterColumns, resolved: dict[str, str]) -> None:
        self._columns = columns
        self._resolved = resolved
        self._read: dict[str, _Value] = {}

    def truth(self, node: tree.Node) -> Truth:
        """Return where a condition holds."""
        match node:
            case tree.Logic(op=op, items=items):
                truth = self.truth(items[0])
                for item in items[1:]:
                    other = self.truth(item)
                    truth = truth.both(other) if op == "and" else truth.either(other)
                return truth
            case tree.Not(item=item):
                return self.truth(item).negated()
            case tree.Compare(items=items, ops=ops):
                return self._comparison([self._value(item) for item in items], ops)
            case tree.In(item=item, options=options):
                return _in(self._value(item), [self._value(option) for option in options])
            case tree.Call(function="missing", args=args):
                missing = _missing(self._value(args[0]))
                return Truth(missing, ~missing)
            case tree.Call(function="contains", args=(item, tree.Text(value=needle))):
                texts = self._value(item)
                assert isinstance(texts, _Texts)  # noqa: S101  # the checker saw to it
                part = texts.word(needle.casefold())
                return texts.where(lambda text: part in text)
            case tree.Flag(value=value):
                return Truth(np.asarray(value), np.asarray(not value))
        column = self._column(node)
        assert isinstance(column, Truth)  # noqa: S101  # the checker saw to it
        return column

    def _value(self, node: tree.Node) -> _Value:
        match node:
            case tree.Number(value=value):
                return np.asarray(value, np.float64)
            case tree.Text(value=value):
                return _Texts(np.asarray(0), (value.casefold(),), literal=True)
            case tree.Name():
                return self._column(node)
            case tree.Negative(item=item):
                return np.asarray(-self._number(item))
            case tree.Arithmetic(first=first, rest=rest):
                total = self._number(first)
                for op, item in rest:
                    total = _apply(op, total, self._number(item))
                return total
            case tree.Call(function=function, args=args) if function in _ARITHMETIC:
                result, *others = (self._number(item) for item in args)
                if not others:
                    return np.asarray(_ARITHMETIC[function](result))
                for other in others:
                    result = _apply(function, result, other)
                return result
        return self.truth(node)

    def _number(self, node: tree.Node) -> Floats:
        value = self._value(node)
        assert isinstance(value, np.ndarray)  # noqa: S101  # the checker saw to it
        return value

    def _column(self, node: tree.Node) -> _Value:
        assert isinstance(node, tree.Name)  # noqa: S101  # all other nodes are handled
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
            known = columns.known(name) if isinstance(columns, PartlyKnown) else True
            return Truth(flags & known, ~flags & known)
        if isinstance(columns, CodedColumns):
            codes, categories = columns.codes(name)
        else:
            codes, categories = factorise(np.asarray(columns.values(name), object))
        folded = tuple((category or "").casefold() for category in categories)
        return _Texts(codes, folded, aliases=ALIASES.get(name, {}))

    def _comparison(self, values: list[_Value], ops: tuple[str, ...]) -> Truth:
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
    if isinstance(value, Truth):
        return ~(value.yes | value.no)
    if isinstance(value, _Texts):
        return value.missing()
    return np.asarray(np.isnan(value))


def _compare(left: _Value, op: str, right: _Value) -> Truth:
    if isinstance(left, Truth) and isinstance(right, Truth):
        same = left.same(right)
        return same if op == "==" else same.negated()
    if isinstance(left, _Texts) and isinstance(right, _Texts):
        same = left.same(right)
        return same if op == "==" else same.negated()
    yes, no = (np.asarray(test(left, right), bool) for test in _OPPOSITE[op])
    if op in ("==", "!="):  # NaN is unequal to all; the other comparisons fail with it by nature.
        known = ~(_missing(left) | _missing(right))
        yes, no = yes & known, no & known
    return Truth(yes, no)


def _in(value: _Value, options: list[_Value]) -> Truth:
    """Return where a value equals one of the options: constants at once, the others in turn."""
    truth = Truth(np.asarray(False), np.asarray(True))
    at_once = isinstance(value, np.ndarray) or (isinstance(value, _Texts) and not value.literal)
    constant: list[Floats] = []
    texts: list[str] = []
    for option in options:
        if not at_once:
            truth = truth.either(_compare(value, "==", option))
        elif isinstance(option, np.ndarray) and option.ndim == 0 and not np.isnan(option):
            constant.append(option)
        elif isinstance(option, _Texts) and option.literal and option.folded[0]:
            texts.append(value.word(option.folded[0]) if isinstance(value, _Texts) else "")
        else:
            truth = truth.either(_compare(value, "==", option))
    if constant and isinstance(value, np.ndarray):
        found, missing = np.isin(value, np.stack(constant)), np.isnan(value)
        truth = truth.either(Truth(found, ~(found | missing)))
    if texts and isinstance(value, _Texts):
        truth = truth.either(value.where(frozenset(texts).__contains__))
    return truth
