"""The attention order: where a minute of looking changes the data set most, first.

``tests/bench/bench_attention.py`` holds it against simulated units of which the truth is known.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bcviewer.core.arrays import Bools, Codes, Floats, Ints, Masks
from bcviewer.core.rules.labels import Label
from bcviewer.core.rules.rules import FEW_SPIKES_RULE, RPV_RULE

ATTENTION_NAMES: tuple[str, ...] = (
    "GOOD at risk",
    "undecidable only",
    "sole blocker",
    "other",
    "NOISE",
    "no spikes",
    "not scored",
)
AT_RISK, UNDECIDABLE_ONLY, SOLE_BLOCKER, OTHER, NOISE, NO_SPIKES, UNSCORED_GROUP = range(
    len(ATTENTION_NAMES)
)


def attention_groups(
    label: Codes, failed: Masks, sole: Masks, borderline: Bools, undecidable: Bools
) -> Codes:
    """Return each unit's group, an index of :data:`ATTENTION_NAMES`.

    GOOD units at risk are those within one step of losing it. A unit that is MUA only because
    there are too few spikes to say (its RPV fails for want of spikes, and it fails nothing else
    but at most the number of spikes) is not called a sole blocker here: no threshold would settle
    it.
    """
    group = np.full(len(label), OTHER, np.int8)
    group[label == Label.NOISE] = NOISE
    group[(label == Label.GOOD) & borderline] = AT_RISK
    group[sole != 0] = SOLE_BLOCKER
    rpv = np.uint32(1 << RPV_RULE)
    silent = np.uint32((1 << RPV_RULE) | (1 << FEW_SPIKES_RULE))
    is_mua = (label == Label.MUA) | (label == Label.NON_SOMA_MUA)
    only_silent = is_mua & undecidable & ((failed & rpv) != 0) & ((failed & ~silent) == 0)
    group[only_silent] = UNDECIDABLE_ONLY
    group[label == Label.EMPTY] = NO_SPIKES
    return group


def attention_order(
    group: Codes, conditions: Ints, distance: Floats, room: Floats, in_roi: Bools | None = None
) -> npt.NDArray[np.int64]:
    """Return the rows in attention order: the region of interest first, then by group.

    Within a group the fewest failed conditions come first, then the least distance (no estimate
    last), then the most room in what is passed; what is still equal keeps the table's order.

    Parameters
    ----------
    group : numpy.ndarray
        By :func:`attention_groups`, shape (n_units,).
    conditions : numpy.ndarray
        Failed conditions.
    distance : numpy.ndarray
        Safety of a GOOD unit, else the sum of the shortfalls, in steps; not negative.
    room : numpy.ndarray
        Sum of the margins of the rules that a unit passes, in steps.
    in_roi : numpy.ndarray, optional
        Whether a unit is in the region of interest.
    """
    outside = np.zeros(len(group), bool) if in_roi is None else ~in_roi
    rank = outside * np.int32(1 << 16) + group * np.int32(1 << 8) + conditions
    # One sort of whole numbers is several times faster than one of three keys: the bits of a
    # positive float32 are in the order of its values, NaN last. What is equal in them is few.
    near = np.abs(distance).astype(np.float32).view(np.uint32)
    key = rank.astype(np.uint64) << np.uint64(32) | near
    order = np.argsort(key, kind="stable")
    key = key[order]
    equal = np.zeros(len(key), bool)
    equal[1:] = key[1:] == key[:-1]
    equal[:-1] |= equal[1:]
    rows = order[equal]
    order[equal] = rows[np.lexsort((-room[rows], distance[rows], key[equal]))]
    return order
