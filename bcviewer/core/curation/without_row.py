"""What curators said of units that a table has no row of: it is counted, not dropped silently.

Such are units that phy made after Bombcell ran, or that were in older results; and what was said of
spikes that no unit has by now under its id, since phy merged or split that unit, or gave the id to
another one.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import NamedTuple

from bcviewer.core.curation.entries import LABEL, NOTE, STABLE, written_label
from bcviewer.core.curation.manual import ManualUnit, said_words
from bcviewer.core.curation.state import CurationState


class WithoutRow(NamedTuple):
    """What was said of units without a row.

    Attributes
    ----------
    units : mapping of int to ManualUnit
        Of those that have none, by cluster id.
    of_others : tuple of ManualUnit
        Of other spikes than the units of their ids have; by whom and when is not told.
    """

    units: Mapping[int, ManualUnit]
    of_others: tuple[ManualUnit, ...]

    @property
    def words(self) -> str:
        """How much that is, ``2 manual labels and 1 note``; empty: nothing."""
        return said_words((*self.units.values(), *self.of_others))


def without_row(state: CurationState, ids: Container[int]) -> WithoutRow:
    """Return what was said of units whose ids are none of some.

    What older journals say of −1 is left out: it stood for rows without an id.
    """
    units = {i: unit for i, unit in state.units.items() if i >= 0 and i not in ids}
    return WithoutRow(units, _of_others(state))


def _of_others(state: CurationState) -> tuple[ManualUnit, ...]:
    """Return what was said last of each unit whose spikes are others by now."""
    last: dict[tuple[int, str], dict[str, str | None]] = {}
    for (cluster_id, field), of_it in state.elsewhere.items():
        for said in of_it:
            if not state.is_undone(said.key[1]):
                last.setdefault((cluster_id, said.spikes), {})[field] = said.value
    return tuple(
        ManualUnit(
            written_label(said.get(LABEL)),
            note=said.get(NOTE) or "",
            stable=said.get(STABLE) or "",
        )
        for said in last.values()
    )
