"""What the rules say of a unit however an open question comes out: where two audits agree."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bcviewer.core.arrays import Bools, Codes, Floats
from bcviewer.core.audit.audit import Audit, families
from bcviewer.core.audit.order import attention_groups
from bcviewer.core.audit.rpv import Rpv
from bcviewer.core.audit.states import State
from bcviewer.core.sheet.veil import without_rows


def agreed(first: Audit, other: Audit) -> Audit:
    """Return what two audits of the same units agree on; ``label`` is the first one's.

    What they do not agree on is not tested, has no margin, and is neither a failure nor a pass;
    what follows from it (the sole blocker, the steps to GOOD) is not said.
    """
    differs = other.states != first.states
    failed, deciding = first.failed & other.failed, first.deciding & other.deciding
    sole = np.where(first.sole_blocker == other.sole_blocker, first.sole_blocker, np.uint32(0))
    borderline = first.borderline & other.borderline
    undecidable = first.rpv == Rpv.UNDECIDABLE
    return replace(
        first,
        states=np.where(differs, np.uint8(State.NOT_TESTED), first.states),
        margins=np.where(differs, np.float32(np.nan), first.margins),
        failed=failed,
        deciding=deciding,
        masked=first.masked & other.masked,
        n_failed=np.bitwise_count(failed).astype(np.int64),
        family=families(first.label, deciding, first.rpv),
        sole_blocker=sole,
        steps_to_good=_same(first.steps_to_good, other.steps_to_good),
        safety_of_good=_same(first.safety_of_good, other.safety_of_good),
        borderline=borderline,
        attention=attention_groups(first.label, failed, sole, borderline, undecidable),
    )


def of_answered(audit: Audit, codes: Codes, unanswered: Bools) -> Audit:
    """Return an audit with the labels that there are; of units without an answer nothing."""
    if unanswered.any():
        audit = without_rows(audit, np.flatnonzero(unanswered))
    return replace(audit, label=codes)


def _same(a: Floats, b: Floats) -> Floats:
    return np.where(a == b, a, np.nan)
