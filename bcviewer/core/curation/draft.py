"""Notes that are being written: a journal knows a note only once it is saved."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from bcviewer.core.curation.state import CurationState
from bcviewer.core.run.unit_ids import BEING_READ, OF_NONE

Whose = Callable[[int, str], bool]
"""Whether a draft of a unit, and of some spikes, is meant."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A note that was not saved.

    Attributes
    ----------
    cluster_ids : tuple of int
        The units that it is for, by cluster id.
    text : str
        What was written of it.
    spikes : tuple of str
        Of which spikes each of them was, as a digest; empty: of those that Kilosort made;
        ``BEING_READ``: nobody knew yet. None at all: so are all of them.
    """

    cluster_ids: tuple[int, ...]
    text: str
    spikes: tuple[str, ...] = ()

    @property
    def units(self) -> Iterator[tuple[int, str]]:
        """Each of its units, with its spikes."""
        spikes = self.spikes or ("",) * len(self.cluster_ids)
        return zip(self.cluster_ids, spikes, strict=True)


def draft_of(units: Collection[tuple[int, str]], text: str) -> Draft:
    """Return a draft of some units, each with its spikes."""
    spikes = tuple(one for _, one in units)
    return Draft(tuple(i for i, _ in units), text, spikes if any(spikes) else ())


def only(drafts: Sequence[Draft], whose: Whose) -> tuple[Draft, ...]:
    """Return what there is of drafts for those units that are meant."""
    kept = (([unit for unit in draft.units if whose(*unit)], draft.text) for draft in drafts)
    return tuple(draft_of(units, text) for units, text in kept if units)


def is_now(state: CurationState, cluster_id: int, spikes: str) -> bool:
    """Whether a draft of some spikes is of the unit that has the id now.

    One without a digest is of a unit that Kilosort made: as all are of older versions. One that was
    begun before anybody knew is offered once it is known of which spikes the unit is.
    """
    if spikes == BEING_READ:
        return state.is_known(cluster_id)
    if spikes:
        return not state.is_of_others(cluster_id, spikes)
    return state.spikes_now(cluster_id) in (None, OF_NONE)


def any_unit(_: int, __: str) -> bool:
    """Mean every unit."""
    return True


def without(
    drafts: Sequence[Draft], cluster_ids: Collection[int], whose: Whose = any_unit
) -> tuple[Draft, ...]:
    """Return what is left where the last draft of each of some units is saved, or given up.

    Parameters
    ----------
    drafts : sequence of Draft
        What there was.
    cluster_ids : collection of int
        The units.
    whose : callable
        Which drafts of these ids are of them.
    """
    gone, left = set(cluster_ids), list[Draft]()
    for draft in reversed(drafts):
        units = [(i, spikes) for i, spikes in draft.units if i not in gone or not whose(i, spikes)]
        gone -= {i for i, spikes in draft.units if whose(i, spikes)}
        if units:
            left.append(draft_of(units, draft.text))
    return tuple(reversed(left))
