"""What was said of a field of a unit, in order, and apart by the spikes that it was said of."""

from __future__ import annotations

from bisect import insort
from collections.abc import Sequence
from operator import attrgetter

from bcviewer.core.curation.entries import Change, is_known
from bcviewer.core.curation.state import CurationState, Field, Said

_KEY = attrgetter("key")


def last_of_each(changes: Sequence[Change]) -> Sequence[Change]:
    """Return the changes of an action that say something; of a field said twice the last one.

    Unless it was said of other spikes: then each is of its own.
    """
    if len(changes) == 1:
        return changes if is_known(changes[0]) else ()
    last: dict[tuple[int, str, str], Change] = {}
    for change in reversed(changes):
        if is_known(change):
            last.setdefault((change.cluster_id, change.field, change.spikes), change)
    return list(reversed(last.values()))


def put_in(before: list[Said], said: Said) -> None:
    """Put one more value among those that were said of a field, by its time."""
    insort(before, said, key=_KEY)


def tell_apart(state: CurationState, field: Field) -> None:
    """Keep what was said of the spikes that a unit has apart from what was said of others."""
    apart = list[Said](), list[Said]()
    for said in state.of_spikes[field]:
        apart[state.is_of_others(field[0], said.spikes)].append(said)
    for kept, found in zip((state.said, state.elsewhere), apart, strict=True):
        kept.pop(field, None)
        if found:
            kept[field] = tuple(found)
