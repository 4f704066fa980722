"""Has the two parts of a unit scored by bombcell: what is inside a line, and what is not."""

from __future__ import annotations

import numpy as np

from bcviewer.core.arrays import Array
from bcviewer.core.evidence.cluster_spikes import ClusterSpikes
from bcviewer.core.evidence.lasso import AMPLITUDES, inside
from bcviewer.core.evidence.recording import UnitData
from bcviewer.core.evidence.split import Split, SplitPart
from bcviewer.core.evidence.together import close_of
from bcviewer.errors import UserError
from bcviewer.oracle.asked import Helper
from bcviewer.oracle.score_by_bombcell import score_spikes
from bcviewer.oracle.together_by_bombcell import presence_of, rpv_alone

CHANGED = (
    "what is drawn are the spikes that Bombcell saw, and phy has changed the unit since: a split"
    " in phy would be of other spikes"
)


def split(unit: UnitData, bombcell: Helper, chosen: str, over: str, *corners: float) -> Split:
    """Return what a unit's spikes inside a line, and the others, would be as units of phy's.

    Parameters
    ----------
    unit : UnitData
        The unit.
    bombcell : Helper
        Who is asked.
    chosen : str
        The raw file that somebody pointed at; empty: nobody did.
    over : str
        Over which value of the spikes the line is drawn, as :attr:`Lasso.over`.
    *corners : float
        Time and value of each corner, one after the other.

    Raises
    ------
    UserError
        Where one part has no spikes, or they cannot be scored.
    """
    spikes = unit.recording.clusters((unit.unit_ids.asked_id(unit.row),))
    saved = unit.row < unit.run.n_units  # one that phy made is drawn as it is
    if saved and not np.array_equal(unit.recording.spikes(unit.row).samples, spikes.samples):
        raise UserError(CHANGED)
    unit.asker.check()
    line = np.array(corners, np.float64).reshape(-1, 2)
    kept = inside(spikes.samples / spikes.sample_rate, _values(spikes, over), line)
    if kept.all() or not kept.any():
        raise UserError(f"{'all' if kept.any() else 'none'} of its spikes are inside the lasso")
    halves = spikes.among(kept), spikes.among(~kept)
    close = close_of([half.samples for half in halves], spikes.sample_rate)
    whole = rpv_alone(unit, unit.row, bombcell)
    first, second = (_part(unit, half, bombcell, chosen) for half in halves)
    return Split((first, second), whole, close)


def _part(unit: UnitData, spikes: ClusterSpikes, bombcell: Helper, chosen: str) -> SplitPart:
    """Return a part, scored as a cluster that phy gives an id of its own."""
    unit.asker.check()
    scored = score_spikes(unit.run, unit.recording, spikes, (), bombcell, chosen, unit.asker)
    return SplitPart(scored, presence_of(scored), len(spikes.samples))


def _values(spikes: ClusterSpikes, over: str) -> Array:
    if over == AMPLITUDES:
        values, why = spikes.amplitudes, spikes.no_amplitudes or "amplitudes.npy: not usable."
    else:
        values, why = spikes.depths, spikes.no_depths or "spike_positions.npy: not usable."
    if values is None:
        raise UserError(why)
    return values
