"""Which units of a table are there: what phy merged or split away, and saved, is no work."""

from __future__ import annotations

import numpy as np

from bcviewer.core.arrays import Bools, Ints
from bcviewer.core.run.phy import PHY_STATES, PhyState
from bcviewer.core.sheet.table import Table

GONE_WORDS = "no longer in phy"
"""What is said of such units."""
_GONE = PHY_STATES[PhyState.GONE]


def is_gone(table: Table) -> Bools:
    """Return which units are no longer in phy, as it saved last, shape (n_units,)."""
    if table.kind("phy_state") is None:
        return np.zeros(table.n_units, bool)
    codes, texts = table.codes("phy_state")
    return np.asarray(texts == _GONE, bool)[codes]


def unscored_rows(table: Table) -> Ints:
    """Return the rows that Bombcell did not score: those that phy made since, nearly always."""
    unscored = np.ones(table.n_units, bool)
    unscored[table.scored_rows()] = False
    return np.flatnonzero(unscored)
