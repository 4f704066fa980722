"""Which units are gone in phy, and which it made, as a comparison with its files says."""

from __future__ import annotations

import numpy as np
from factories import make_run

from bcviewer.core.run.phy import Phy, PhyState, not_known
from bcviewer.core.run.saved_in_phy import SavedInPhy


def test_units_that_are_gone_and_those_that_phy_made() -> None:
    run = make_run({"nSpikes": [1.0] * 5}, cluster_id=np.array([0, 3, 4, 5, -1]))
    states = [
        PhyState.CURRENT,
        PhyState.GONE,
        PhyState.EMPTY,
        PhyState.GONE,
        PhyState.GONE,
        PhyState.NEW,
        PhyState.LEFT_OUT,
    ]
    phy = Phy(run, np.array(states, np.int8), np.array([9, 10]), {})
    assert SavedInPhy.of(phy) == SavedInPhy(frozenset({3, 5}), frozenset({9}))
    assert SavedInPhy.of(phy, "no file").who_made == "no file"
    assert SavedInPhy.of(not_known(run, "no spikes")) == SavedInPhy(why="no spikes")
