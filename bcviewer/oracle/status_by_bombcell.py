"""Verdicts on refractory periods at another limit, by bombcell's own test in the helper process."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bcviewer.core.evidence.recording import Recording, UnitData
from bcviewer.core.rules.criteria import Criteria
from bcviewer.core.run.run import Run
from bcviewer.errors import UserError
from bcviewer.oracle.asked import Helper
from bcviewer.oracle.refractory_by_bombcell import contamination


def fresh_statuses(
    run: Run, criteria: Criteria, rows: Iterable[int], recording: Recording, bombcell: Helper
) -> dict[int, float]:
    """Return ``RPV_status`` of some units at the limit of other criteria, by row.

    A unit is left out where its spikes cannot be read, or where bombcell does not give, at the
    run's own limit, what the run saved: then these are not the spikes, or not the periods, that
    were tested, and nothing follows from them.
    """
    judged = replace(run, criteria=criteria)
    out: dict[int, float] = {}
    for row in rows:
        try:
            before = contamination(UnitData(run, row, recording), bombcell)
            now, saved = before.now, before.saved
            if (now.rpv, now.status) != (saved.rpv, saved.status):
                continue
            out[row] = contamination(UnitData(judged, row, recording), bombcell).now.status
        except UserError:
            continue
    return out
