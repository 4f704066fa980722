"""Bombcell's verdict on a unit's refractory period violations, and what it means."""

from __future__ import annotations

from enum import IntEnum

import numpy as np

from bcviewer.core.arrays import Bools, Codes, Floats
from bcviewer.core.run.run import SavedTable

SLIDING = "ibl_sliding"
"""The ``rpv_method`` that gives one of three outcomes; others estimate contamination."""


class Rpv(IntEnum):
    """What Bombcell's sliding test said of a unit's contamination.

    *Not shown clean* is not *contaminated*: there were enough spikes to show the unit clean, and
    they did not. The last three are verdicts of the saved limit while another one is tried: what
    they would be at that one is not known.
    """

    NOT_ASSESSED = 0
    CLEAN = 1
    NOT_SHOWN_CLEAN = 2
    UNDECIDABLE = 3
    SAVED_CLEAN = 4
    SAVED_NOT_SHOWN_CLEAN = 5
    SAVED_UNDECIDABLE = 6


SAVED_LIMIT = "of the saved limit"
"""What is said of a verdict while another limit is tried, at which nobody has tested."""

RPV_NAMES: tuple[str, ...] = (
    "not assessed",
    "shown clean",
    "not shown clean",
    "too few spikes to say",
    f"shown clean, {SAVED_LIMIT}",
    f"not shown clean, {SAVED_LIMIT}",
    f"too few spikes to say, {SAVED_LIMIT}",
)
RPV_HELP: dict[Rpv, str] = {
    Rpv.NOT_ASSESSED: "No verdict in these results: another method, an older Bombcell, or too few"
    " spikes to compute anything.",
    Rpv.CLEAN: "At one tested refractory period or more, contamination is below the limit with the"
    " confidence asked for. The best of them counts: with Bombcell's defaults, of units whose true"
    " contamination equals the limit 20 % pass.",
    Rpv.NOT_SHOWN_CLEAN: "There were spikes enough to show it clean, and they did not. That is not"
    " the same as contaminated: at a limit of 10 % and 10,000 spikes, 23 % of simulated units with"
    " a true contamination of 5 % get it, with 8 % 67 %.",
    Rpv.UNDECIDABLE: "At some tested refractory period that does not speak against it, these spikes"
    " could not have shown it clean even without a violation.",
}
"""What each verdict means, and how often the test errs."""


def rpv_of(table: SavedTable) -> Codes:
    """Return the verdict on each unit, shape (n_units,)."""
    status = table.floats("RPV_status")
    return rpv_codes(np.full(table.n_units, np.nan) if status is None else status)


def rpv_codes(status: Floats, saved: Bools | None = None) -> Codes:
    """Return verdicts by ``RPV_status``; where ``saved`` they are of the saved limit."""
    out = np.full(len(status), Rpv.NOT_ASSESSED, np.int8)
    out[status == 1] = Rpv.CLEAN
    out[status == -1] = Rpv.NOT_SHOWN_CLEAN
    out[status == 0] = Rpv.UNDECIDABLE
    if saved is not None:
        out[saved & (out != Rpv.NOT_ASSESSED)] += np.int8(Rpv.SAVED_CLEAN - Rpv.CLEAN)
    return out


def is_saved(rpv: Codes) -> Bools:
    """Return which verdicts are of the saved limit while another one is tried."""
    return np.asarray(rpv >= Rpv.SAVED_CLEAN)
