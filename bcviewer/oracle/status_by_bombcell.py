"""Verdicts on refractory periods at another limit, by bombcell's own test in the helper process.

A unit's pairs of spikes are counted once; the verdict at any limit follows from the counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from bcviewer.core.arrays import Floats, Ints
from bcviewer.core.evidence.recording import PATIENT, Asker, Recording, UnitData
from bcviewer.core.rules.criteria import Criteria
from bcviewer.core.run.run import Run
from bcviewer.errors import UserError
from bcviewer.oracle.asked import Helper
from bcviewer.oracle.refractory_by_bombcell import contamination, given_of

_AT_ONCE = 100
"""Units in one request: who asks is not kept longer than some 50 ms."""


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """The violations of one unit at each tested refractory period.

    Attributes
    ----------
    row : int
        The unit.
    n : int
        Spikes in the kept time.
    duration : float
        Its length, s.
    tau_r : numpy.ndarray
        The periods that were tested, s, shape (k,); none where nothing could be computed.
    counts : numpy.ndarray of int64
        Violations at each, shape (k,).
    """

    row: int
    n: int
    duration: float
    tau_r: Floats
    counts: Ints


def counted(
    run: Run, row: int, recording: Recording, bombcell: Helper, asker: Asker = PATIENT
) -> Counted | str:
    """Return the violations of a unit, or why nothing follows from its spikes.

    They cannot be read, or bombcell does not give, at the run's own limit, what the run saved: then
    these are not the spikes, or not the periods, that were tested.
    """
    try:
        found = contamination(UnitData(run, row, recording, asker=asker), bombcell)
    except UserError as error:
        return error.message
    now, saved = found.now, found.saved
    if not found.is_sliding or (now.rpv, now.status) != (saved.rpv, saved.status):
        return "bombcell does not find, from these spikes, what the run saved"
    return Counted(row, found.n, found.kept.duration_s, found.tau_r, found.observed)


def statuses(
    units: Sequence[Counted],
    run: Run,
    criteria: Criteria,
    bombcell: Helper,
    check: Callable[[], None] = PATIENT.check,
) -> dict[int, float]:
    """Return ``RPV_status`` of units at the limit of some criteria, by row.

    Raises
    ------
    UserError
        If bombcell cannot be asked.
    """
    out = {unit.row: float("nan") for unit in units}
    units = [unit for unit in units if len(unit.tau_r)]
    for start in range(0, len(units), _AT_ONCE):
        check()
        part = units[start : start + _AT_ONCE]
        arrays = {
            "tau_r": part[0].tau_r,  # the same for all units of a run
            "n": np.array([unit.n for unit in part]),
            "duration": np.array([unit.duration for unit in part]),
            "counts": np.concatenate([unit.counts for unit in part]),
        }
        found = bombcell.ask("status", given_of(run, criteria), arrays, check)["status"]
        out.update(zip((unit.row for unit in part), found.tolist(), strict=True))
    return out


def fresh_statuses(
    run: Run,
    criteria: Criteria,
    rows: Iterable[int],
    recording: Recording,
    bombcell: Helper,
    progress: Callable[[int], None] = lambda _: None,
) -> dict[int, float]:
    """Return ``RPV_status`` of some units at the limit of other criteria, by row.

    A unit is left out where :func:`counted` says nothing of it. ``progress`` is told how many
    units were counted.
    """
    units = []
    for i, row in enumerate(rows):
        progress(i)
        unit = counted(run, row, recording, bombcell)
        units += [] if isinstance(unit, str) else [unit]
    return statuses(units, run, criteria, bombcell)
