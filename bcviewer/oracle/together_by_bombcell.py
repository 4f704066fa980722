"""Has several units scored by bombcell as if they were one."""

from __future__ import annotations

import math

import numpy as np

from bcviewer.core.evidence.recording import UnitData
from bcviewer.core.evidence.together import CONTAMINATION, Together, close_of
from bcviewer.core.run.scored import Scored
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
    apart = tuple(rpv_alone(unit, row, bombcell) for row in rows)
    sizes = tuple(len(train.samples) for train in trains)
    return Together(ids, scored, presence_of(scored), apart, sizes, close)


def rpv_alone(unit: UnitData, row: int, bombcell: Helper) -> float:
    """Return the RPV fraction of a unit by itself; of one that phy made nothing is saved."""
    saved = unit.at(row).metric(CONTAMINATION)
    if math.isnan(saved) and row >= unit.run.n_units:
        unit.asker.check()
        ids = (unit.unit_ids.asked_id(row),)
        saved = score(unit.run, unit.recording, ids, bombcell).value(CONTAMINATION)
    return saved


def presence_of(scored: Scored) -> str:
    """Return in how many bins of its kept time a scored unit is present; empty: not known."""
    codes, texts = derive(Inputs.of(scored.unit)).codes("presence_bins")
    return str(np.asarray(texts)[codes[0]])
