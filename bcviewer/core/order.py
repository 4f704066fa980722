"""The attention order: where a minute of looking changes the data set most, first."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bcviewer.core.labels import Codes, Label
from bcviewer.core.metrics import Bools, Floats
from bcviewer.core.rules import FEW_SPIKES_RULE, RPV_RULE

Masks = npt.NDArray[np.uint32]

ATTENTION_NAMES: tuple[str, ...] = (
    "GOOD at risk",
    "sole blocker",
    "undecidable only",
    "safely GOOD",
    "other",
    "no spikes",
    "not scored",
)
UNSCORED_GROUP = ATTENTION_NAMES.index("not scored")


def attention_groups(
    label: Codes, failed: Masks, sole: Masks, borderline: Bools, undecidable: Bools
) -> Codes:
    """Return each unit's group, an index of :data:`ATTENTION_NAMES`.

    GOOD units at risk are those within one step of losing it. A unit that is MUA only because
    there are too few spikes to say (its RPV is undecidable, and it fails nothing else but at
    most the number of spikes) is not called a sole blocker here: no threshold would settle it.
    """
    group = np.full(len(label), 4, np.int8)
    group[label == Label.GOOD] = 3
    group[(label == Label.GOOD) & borderline] = 0
    group[sole != 0] = 1
    rpv = np.uint32(1 << RPV_RULE)
    silent = np.uint32((1 << RPV_RULE) | (1 << FEW_SPIKES_RULE))
    is_mua = (label == Label.MUA) | (label == Label.NON_SOMA_MUA)
    group[is_mua & undecidable & ((failed & rpv) != 0) & ((failed & ~silent) == 0)] = 2
    group[label == Label.EMPTY] = 5
    return group


def attention_order(
    group: Codes, safety: Floats, steps: Floats, in_roi: Bools | None = None
) -> npt.NDArray[np.int64]:
    """Return the rows in attention order: the region of interest first, then by group.

    Within a group the least safety, or the fewest steps to GOOD, comes first; no estimate last.
    Ties keep the table's order.
    """
    distance = np.where(np.isnan(safety), steps, safety)
    outside = np.zeros(len(group), bool) if in_roi is None else ~in_roi
    return np.lexsort((distance, group, outside))
