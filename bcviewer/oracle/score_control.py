"""Whether a unit that nobody changed scores here as the run saved it: else no other one does."""

from __future__ import annotations

import math

from bcviewer.core.evidence.recording import PATIENT, Asker, Recording
from bcviewer.core.evidence.shape import same
from bcviewer.core.rules.metrics import METRICS
from bcviewer.core.run.run import Run
from bcviewer.oracle.asked import Helper
from bcviewer.oracle.score_by_bombcell import score

_COMPARED = (
    "nSpikes",
    "fractionRPVs_estimatedTauR",
    "percentageSpikesMissing_gaussian",
    "presenceRatio",
    "nPeaks",
    "nTroughs",
    "waveformDuration_peakTrough",
    "spatialDecaySlope",
)


def not_as_saved(
    run: Run, recording: Recording, row: int, bombcell: Helper, asker: Asker = PATIENT
) -> str:
    """Return how a unit, scored again, differs from what the run saved of it; empty: it does not.

    Then the files are of another sort, or the run was measured by something that it does not tell.

    Parameters
    ----------
    run, recording : Run, Recording
        The run, and its arrays.
    row : int
        A unit that phy has not changed.
    bombcell : Helper
        Who is asked.
    asker : Asker
        Who waits for the answer.

    Raises
    ------
    UserError
        Where it cannot be scored.
    """
    cluster_id = run.ids.asked_id(row)
    found = score(run, recording, (cluster_id,), bombcell, "", asker)
    for name in _COMPARED:
        column = run.units.floats(name)
        now, saved = found.value(name), math.nan if column is None else float(column[row])
        if not math.isnan(now) and not math.isnan(saved) and not same(saved, now):
            metric = METRICS[name]
            return (
                f"unit {cluster_id}, which nobody changed, does not score as saved:"
                f" {metric.title} {now:.6g}, saved {saved:.6g}"
            )
    return ""
