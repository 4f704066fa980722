"""Which units of a run are gone in phy, and which it made, where nothing else is asked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bcviewer.core.run.phy import Phy, PhyState


@dataclass(frozen=True, slots=True)
class SavedInPhy:
    """What phy saved since Bombcell ran, as far as which units there are.

    Attributes
    ----------
    gone : frozenset of int
        Cluster ids of units of the run that phy merged or split.
    made : frozenset of int
        Of units that are there and that the run does not have: those that phy made, unless
        ``who_made`` says that nobody knows.
    why : str
        Why none of it is known; empty: it is.
    who_made : str
        Why it is not known which clusters phy made, and which Bombcell did not score; empty: it is.
    """

    gone: frozenset[int] = frozenset()
    made: frozenset[int] = frozenset()
    why: str = ""
    who_made: str = ""

    @classmethod
    def of(cls, phy: Phy, who_made: str = "") -> SavedInPhy:
        """Return it as a comparison with phy's files found it."""
        if phy.why:
            return cls(why=phy.why)
        n, ids, states = phy.run.n_units, phy.run.ids, phy.state
        gone = ids.ids_of(np.flatnonzero((states[:n] == PhyState.GONE) & ids.has_id))
        made = phy.new[states[n:] == PhyState.NEW]
        return cls(frozenset(gone.tolist()), frozenset(made.tolist()), who_made=who_made)
