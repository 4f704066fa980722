"""Of which spikes clusters are, by cluster id: what stands there beside digests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

SpikesById = Mapping[int, str]
BEING_READ = "?"
"""Of which spikes a unit is that is being found out: no digest, so that it is none's."""
REST = -1
"""Stands for all clusters that are not named: no unit has this id."""
OF_NONE = "-"
"""…where the files say that phy made none of them: no digest, as all that are said are of some."""
NOT_YET: SpikesById = MappingProxyType({REST: BEING_READ})
"""What is known before the files are read: what is said of some spikes is of nobody."""


def known_after(had: SpikesById, now: SpikesById, is_there: Callable[[int], bool]) -> SpikesById:
    """Return what is known where files were read again: of what is gone, which it had.

    Where they do not say it any more, though they did, nobody knows until they do.
    """
    if REST in had and REST not in now:
        return NOT_YET
    return {**{i: was for i, was in had.items() if i != REST and not is_there(i)}, **now}
