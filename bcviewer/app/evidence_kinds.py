"""What can be asked of a unit, and who answers. Imported in the thread that first needs it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from bcviewer.core.evidence.ask import Ask


class Kind(NamedTuple):
    """Who answers an ask.

    Attributes
    ----------
    compute : callable
        ``compute(unit, *settings)`` for numbers of our own, ``compute(unit, bombcell, *settings)``
        where bombcell's functions are needed. Raises ``UserError`` where there is no answer.
    by_bombcell : bool
        Whether it asks the helper process.
    """

    compute: Callable[..., object]
    by_bombcell: bool = False


KINDS: dict[str, Kind] = {}
"""Every kind of ask."""


def is_by_bombcell(ask: Ask) -> bool:
    """Return whether an ask needs the helper process."""
    return KINDS[ask.kind].by_bombcell


def compute(ask: Ask, unit: Any, bombcell: Any) -> object:
    """Return the answer to one ask."""
    kind = KINDS[ask.kind]
    if kind.by_bombcell:
        return kind.compute(unit, bombcell, *ask.settings)
    return kind.compute(unit, *ask.settings)
