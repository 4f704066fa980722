"""Sampled stacks of a turn, put together as a tree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

LEAST_SHARE = 0.08
"""Of a turn's samples; rarer branches are left out."""


def stack_lines(stacks: Sequence[Sequence[str]]) -> list[str]:
    """Return the tree of what was running, each with its samples; chains stand in one column."""
    whole = [list(stack) for stack in stacks]
    return _branches(whole, 0, 1, max(1.0, LEAST_SHARE * len(whole)))


def _branches(stacks: list[list[str]], depth: int, indent: int, least: float) -> list[str]:
    lines: list[str] = []
    heads = Counter(stack[depth] for stack in stacks if len(stack) > depth)
    for head, n in heads.most_common():
        if n < least:
            continue
        lines.append(f"{'  ' * indent}{n:4} {head}")
        inside = [stack for stack in stacks if len(stack) > depth and stack[depth] == head]
        below = Counter(stack[depth + 1] for stack in inside if len(stack) > depth + 1)
        alone = len(below) == 1 and sum(below.values()) == len(inside)
        lines += _branches(inside, depth + 1, indent + (not alone), least)
    return lines
