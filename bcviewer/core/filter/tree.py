"""A filter as a tree of what it says; each part knows the characters that it was written with."""

from __future__ import annotations

from dataclasses import dataclass


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
    """A function of the vocabulary with its arguments; also infix ``contains``."""

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
