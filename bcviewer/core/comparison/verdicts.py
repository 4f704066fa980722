"""The refractory test's verdicts while another limit is tried: which hold, and which are saved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from bcviewer.core.arrays import Bools, Codes, Floats, Ints
from bcviewer.core.audit.rpv import SLIDING, rpv_codes
from bcviewer.core.rules.criteria import Criteria
from bcviewer.core.rules.rules import KEPT_UNCERTAIN, RPV_RULE, RULES
from bcviewer.core.run.precision import limit_in
from bcviewer.core.run.run import Run, SavedTable

STATUS = KEPT_UNCERTAIN.column
LIMIT = RULES[RPV_RULE].parameter
_ESTIMATE = RULES[RPV_RULE].metric


@dataclass(frozen=True, slots=True, eq=False)
class Verdicts:
    """The verdicts of a run under a proposal that moves their limit.

    Attributes
    ----------
    status : numpy.ndarray
        ``RPV_status``, float64, shape (n_units,): at the proposed limit, or else the saved one.
    saved : numpy.ndarray of bool
        Where it is the saved one: what it would be at the proposed limit is not known.
    """

    status: Floats
    saved: Bools

    @property
    def codes(self) -> Codes:
        """:class:`~bcviewer.core.audit.rpv.Rpv` of each unit."""
        return rpv_codes(self.status, self.saved)

    def assumed(self, table: SavedTable, status: float) -> SavedTable:
        """Return a table in which each unknown verdict is one and the same."""
        column: Floats = np.where(self.saved, status, self.status)
        return SavedTable({**table.columns, STATUS: column}, table.n_units)


def verdicts(
    run: Run, before: Criteria, after: Criteria, fresh: Mapping[int, float] | None = None
) -> Verdicts | None:
    """Return the verdicts under changed criteria; None: the run's own hold, or it has none.

    Parameters
    ----------
    run : Run
        The run.
    before, after : Criteria
        Those by which its verdicts were given, and the proposed ones.
    fresh : mapping of int to float, optional
        Bombcell's verdicts at the proposed limit, by row.
    """
    saved = run.units.floats(STATUS)
    old, new = before.thresholds.get(LIMIT), after.thresholds.get(LIMIT)
    if saved is None or new is None or old == new:
        return None
    assessed = ~np.isnan(saved)
    if run.settings.text("rpv_method") not in (SLIDING, ""):
        return Verdicts(_of_estimates(run, new, saved), np.zeros(run.n_units, bool))
    status = saved.copy()
    for row, verdict in (fresh or {}).items():
        status[row], assessed[row] = verdict, False
    return Verdicts(status, assessed)


def _of_estimates(run: Run, limit: float, saved: Floats) -> Floats:
    """Return the verdicts of a method that estimates contamination and compares it.

    As ``bombcell.helper_functions`` gives them: 1 up to the limit, −1 above it.
    """
    estimate = run.units.numbers(_ESTIMATE)
    if estimate is None:
        return np.full(len(saved), np.nan)
    status = np.where(estimate <= limit_in(estimate.dtype, limit), 1.0, -1.0)
    status[np.isnan(estimate) | np.isnan(saved)] = np.nan
    return status


def untested_rows(run: Run, before: Criteria, after: Criteria) -> Ints:
    """Return the rows whose verdict is of another limit than the proposed one."""
    found = verdicts(run, before, after)
    return np.empty(0, np.int64) if found is None else np.flatnonzero(found.saved)
