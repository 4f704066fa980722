"""What is wanted of units, and what is known of them already: values of the evidence service."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from bcviewer.core.evidence.ask import Ask
from bcviewer.core.run.run import Run
from bcviewer.core.sheet.ids import NO_ROW, SheetRow

KEPT_UNITS = 128
"""Units whose answers are kept; the least recently wanted ones go first."""

KEPT_STRETCHES = 4
"""Stretches of a unit whose answers are kept."""

_NOTHING: Mapping[Ask, object] = MappingProxyType({})


class Elsewhere(NamedTuple):
    """A unit of another run than the current one's, and what is wanted of it."""

    run: Run
    row: SheetRow
    asks: tuple[Ask, ...]


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
    elsewhere : tuple of Elsewhere
        Those of other runs that are likely to be next.
    """

    row: SheetRow = NO_ROW
    asks: tuple[Ask, ...] = ()
    ahead: tuple[SheetRow, ...] = ()
    asks_ahead: tuple[Ask, ...] = ()
    elsewhere: tuple[Elsewhere, ...] = ()

    @classmethod
    def of(
        cls,
        row: SheetRow,
        asks: Iterable[Ask],
        ahead: Sequence[SheetRow],
        asks_ahead: Iterable[Ask],
        elsewhere: Sequence[Elsewhere] = (),
    ) -> Wanted:
        """Return what several panels want, each thing once."""
        once, once_ahead = dict.fromkeys(asks), dict.fromkeys(asks_ahead)
        return cls(row, tuple(once), tuple(ahead), tuple(once_ahead), tuple(elsewhere))


class UnitAt(NamedTuple):
    """A unit of a run, as answers are kept by.

    By its row alone it could be taken for another one that phy made later, by its id alone for
    one that has the same: in damaged results ids are double, or there are none.
    """

    row: int
    cluster_id: int
    run: Run | None = None


class KnownAnswers:
    """The answers about the units that were wanted last, of any run that is open."""

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

    def forget(self, run: Run) -> None:
        """Keep nothing of the units of a run any more."""
        for unit in [unit for unit in self._units if unit.run is run]:
            del self._units[unit]

    def add(self, unit: UnitAt, answers: Mapping[Ask, object]) -> None:
        """Keep answers about a unit; of the stretches that were chosen of it only the last ones."""
        known = self._units.setdefault(unit, {})
        known.update(answers)
        chosen = list(dict.fromkeys(ask.stretch for ask in reversed(known) if ask.stretch))
        for ask in [ask for ask in known if ask.stretch in chosen[KEPT_STRETCHES:]]:
            del known[ask]
        while len(self._units) > KEPT_UNITS:
            self._units.popitem(last=False)
