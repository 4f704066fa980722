"""Whether a part of the scene is the one that was drawn."""

from __future__ import annotations

from bcviewer.app.save_state import SaveState
from bcviewer.app.view import FilterState, Sort
from bcviewer.core.comparison.proposal import Proposal
from bcviewer.core.run.phy_link import PhyLink
from bcviewer.core.run.stretch import Stretch


def is_same(a: object, b: object) -> bool:
    """Whether two parts of a scene are the same one, or are equal plain values."""
    if a is b:
        return True
    return isinstance(a, _PLAIN) and isinstance(b, _PLAIN) and a == b


_PLAIN = (str, int, float, bool, tuple, Sort, FilterState, SaveState, Stretch, Proposal, PhyLink)
