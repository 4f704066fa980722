"""What is wanted of units, and what is known of them already: values of the evidence service."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from bcviewer.core.evidence.ask import Ask
from bcviewer.core.sheet.ids import NO_ROW, SheetRow

KEPT_UNITS = 128
"""Units whose answers are kept; the least recently wanted ones go first."""

KEPT_STRETCHES = 4
"""Stretches of a unit whose answers are kept."""

_NOTHING: Mapping[Ask, object] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is wanted of the current unit, and of those that are likely to be next.

    Attributes
    ----------
    row : SheetRow
        The current unit, −1: none.
    asks : tuple of Ask
        What is wanted of it.
    ahead : tuple of SheetRow
        Those that are likely to be next, the likeliest first.
    asks_ahead : tuple of Ask
        What is wanted of them.
    """

    row: SheetRow = NO_ROW
    asks: tuple[Ask, ...] = ()
    ahead: tuple[SheetRow, ...] = ()
    asks_ahead: tuple[Ask, ...] = ()

    @classmethod
    def of(
        cls,
        row: SheetRow,
        asks: Iterable[Ask],
        ahead: Sequence[SheetRow],
        asks_ahead: Iterable[Ask],
    ) -> Wanted:
        """Return what several panels want, each thing once."""
        once, once_ahead = dict.fromkeys(asks), dict.fromkeys(asks_ahead)
        return cls(row, tuple(once), tuple(ahead), tuple(once_ahead))

    def of_row(self, row: int) -> tuple[Ask, ...]:
        """Return what is wanted of a unit."""
        if row < 0:
            return ()
        return self.asks if row == self.row else self.asks_ahead


class UnitAt(NamedTuple):
    """A unit of the run that is asked about, as answers are kept by.

    By its row alone it could be taken for another one that phy made later, by its id alone for
    one that has the same: in damaged results ids are double, or there are none.
    """

    row: int
    cluster_id: int


class KnownAnswers:
    """The answers about the units of one run that were wanted last."""

    def __init__(self) -> None:
        self._units: OrderedDict[UnitAt, dict[Ask, object]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._units)

    def __contains__(self, unit: UnitAt) -> bool:
        return unit in self._units

    def of(self, unit: UnitAt) -> Mapping[Ask, object]:
        """Return what is known of a unit."""
        return self._units.get(unit, _NOTHING)

    def use(self, unit: UnitAt) -> None:
        """Note that a unit is wanted."""
        if unit in self._units:
            self._units.move_to_end(unit)

    def add(self, unit: UnitAt, answers: Mapping[Ask, object]) -> None:
        """Keep answers about a unit; of the stretches that were chosen of it only the last ones."""
        known = self._units.setdefault(unit, {})
        known.update(answers)
        chosen = list(dict.fromkeys(ask.stretch for ask in reversed(known) if ask.stretch))
        for ask in [ask for ask in known if ask.stretch in chosen[KEPT_STRETCHES:]]:
            del known[ask]
        while len(self._units) > KEPT_UNITS:
            self._units.popitem(last=False)
