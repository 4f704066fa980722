"""Has several units scored by bombcell as if they were one."""

from __future__ import annotations

import math

import numpy as np

from bcviewer.core.evidence.recording import UnitData
from bcviewer.core.evidence.together import CONTAMINATION, Together, close_of
from bcviewer.core.sheet.derive import derive
from bcviewer.core.sheet.inputs import Inputs
from bcviewer.oracle.asked import Helper
from bcviewer.oracle.score_by_bombcell import score


def together(unit: UnitData, bombcell: Helper, chosen: str, *rows: int) -> Together:
    """Return what several units of a sheet would be as one, from their spikes in phy now.

    Parameters
    ----------
    unit : UnitData
        Gives the run and the recording; which unit it is says nothing.
    bombcell : Helper
        Who is asked.
    chosen : str
        The raw file that somebody pointed at; empty: nobody did.
    *rows : int
        The units.

    Raises
    ------
    UserError
        Where one of them has no spikes now, or they cannot be scored.
    """
    ids = tuple(unit.unit_ids.asked_id(row) for row in rows)
    trains = [unit.recording.clusters((one,)) for one in ids]
    unit.asker.check()
    close = close_of([train.samples for train in trains], trains[0].sample_rate)
    unit.asker.check()
    scored = score(unit.run, unit.recording, ids, bombcell, chosen, unit.asker)
    apart = []
    for row, one in zip(rows, ids, strict=True):
        saved = unit.at(row).metric(CONTAMINATION)
        if math.isnan(saved) and row >= unit.run.n_units:  # phy made it: nothing is saved of it
            unit.asker.check()
            saved = score(unit.run, unit.recording, (one,), bombcell).value(CONTAMINATION)
        apart.append(saved)
    alone = derive(Inputs.of(scored.unit))
    presence = alone.codes("presence_bins")
    text = str(np.asarray(presence[1])[presence[0][0]])
    sizes = tuple(len(train.samples) for train in trains)
    return Together(ids, scored, text, tuple(apart), sizes, close)
