"""What a run's units would be called by other criteria, and whether its metrics can say so.

Bombcell decides some things while it measures: the time it keeps, what a gate computes, which slope
it fits, and the verdict of the refractory test. A proposal that touches one of these cannot be
answered from saved metrics, or only in part; which, is said unit by unit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from bcviewer.core.arrays import Array, Bools, Codes, Floats, Ints, Masks
from bcviewer.core.audit.audit import Audit, audit
from bcviewer.core.audit.reasons import classification_reasons, keys
from bcviewer.core.audit.states import State
from bcviewer.core.comparison.proposal import Proposal, value_words
from bcviewer.core.rules.criteria import Criteria
from bcviewer.core.rules.labels import Label, label_names
from bcviewer.core.rules.rules import KEPT_UNCERTAIN, RULES, Family, mask_of
from bcviewer.core.run.run import Run, SavedTable
from bcviewer.core.sheet.inputs import Inputs
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.core.sheet.tried import Tried
from bcviewer.core.sheet.veil import Veil

EXACT = "exact"
KEPT_TIME = "if the kept time stayed"
NEEDS_RUN = "needs a run"

CHOOSE_KEPT_TIME = ("maxRPVviolations", "maxPercSpikesMissing")
"""With ``computeTimeChunks`` they choose the time that is kept, hence every metric."""

_STATUS = KEPT_UNCERTAIN.column


@dataclass(frozen=True, slots=True, eq=False)
class WhatIf:
    """A run judged by a proposal.

    Attributes
    ----------
    inputs : Inputs
        The run and the proposed criteria.
    proposal : Proposal
        What differs from the criteria before.
    codes : numpy.ndarray of int8
        The label of each unit, shape (n_units,); ``Label.UNSCORED`` where it needs a run.
    reasons : numpy.ndarray
        Why, in the notebook's words: only rules that decide however the open question comes out.
        Object array of str, shape (n_units,); empty where it needs a run.
    answers : numpy.ndarray
        :data:`EXACT`, :data:`KEPT_TIME` or ``needs a run: why``. Object array of str, shape
        (n_units,).
    audit : Audit
        What the rules say of those units that have an answer; of the others nothing.
    """

    inputs: Inputs
    proposal: Proposal
    codes: Codes
    reasons: Array
    answers: Array
    audit: Audit

    @property
    def labels(self) -> Array:
        """The labels in Bombcell's spelling; empty where there is none."""
        return label_names(self.codes)

    @property
    def known(self) -> Bools:
        """Which units have an answer, shape (n_units,)."""
        return np.asarray(self.codes != Label.UNSCORED)


def what_if(
    inputs: Inputs,
    proposal: Proposal,
    fresh: Mapping[int, float] | None = None,
    *,
    with_reasons: bool = True,
) -> WhatIf:
    """Judge a run by a proposal.

    Parameters
    ----------
    inputs : Inputs
        The run, and the criteria that the proposal changes.
    proposal : Proposal
        The changes.
    fresh : mapping of int to float, optional
        Bombcell's verdicts at the proposed limit (``RPV_status``), by row, of those units that
        :func:`stale_rows` names.
    with_reasons : bool
        Whether the reasons are written: they take as long as all else while a threshold is moved.
    """
    run, before = inputs.run, inputs.criteria
    proposal = proposal.against(before)
    after = proposal.on(before)
    missing = unmeasured(run, before, after)
    table = without_columns(run.units, missing)
    both = [_judged(run, one, after) for one in _completed(table, before, after, fresh, run)]
    first, codes = both[0], both[0].label.copy()
    stale = np.zeros(run.n_units, bool)
    deciding: Masks = first.deciding
    for other in both[1:]:
        stale |= other.label != codes
        deciding = deciding & other.deciding
    undecided = (codes == Label.INCOMPLETE) | stale
    reasons = np.full(run.n_units, "", dtype=object)
    if with_reasons:
        which, texts = classification_reasons(replace(first, deciding=deciding))
        reasons = texts[which]
        reasons[undecided] = ""
    answers = np.full(run.n_units, EXACT, dtype=object)
    if _kept_time_moves(run, before, after):
        answers[codes != Label.EMPTY] = KEPT_TIME
    answers[codes == Label.INCOMPLETE] = _why_incomplete(first, missing)
    answers[stale] = _why_stale(before)
    codes[undecided] = Label.UNSCORED
    shown = _shown(both, undecided, codes, _limit_moves(run, before, after))
    return WhatIf(inputs.judged_by(after), proposal, codes, reasons, answers, shown)


def tried(inputs: Inputs, proposal: Proposal) -> Tried | None:
    """Return what a sheet shows of a proposal; None where it changes nothing for that run."""
    inputs = inputs.settled()
    if not proposal.against(inputs.criteria).changes:
        return None
    found = what_if(inputs, proposal, with_reasons=False)  # a sheet has columns of its own
    criteria = found.inputs.criteria
    return Tried(inputs.run, criteria, found.proposal.words, found.audit, found.answers)


def what_ifs(sheets: Sequence[Sheet], proposal: Proposal) -> list[WhatIf]:
    """Return what a proposal makes of several runs; of nothing proposed, nothing."""
    if not proposal.changes:
        return []
    return [what_if(sheet.inputs.settled(), proposal) for sheet in sheets]


def _shown(both: Sequence[Audit], undecided: Bools, codes: Codes, stale: bool) -> Audit:
    """Return what holds however open questions come out; of undecided rows nothing.

    ``stale`` says that the verdicts of the refractory test are of another limit: none is shown.
    """
    first = Veil(tuple(np.flatnonzero(undecided).tolist())).audit(both[0])
    out = replace(first, label=codes)
    for other in both[1:]:
        differs = other.states != both[0].states
        out = replace(
            out,
            states=np.where(differs, np.uint8(State.NOT_TESTED), out.states),
            margins=np.where(differs, np.float32(np.nan), out.margins),
            failed=out.failed & other.failed,
            deciding=out.deciding & other.deciding,
            masked=out.masked & other.masked,
            n_failed=np.bitwise_count(out.failed & other.failed).astype(np.int64),
        )
    if stale:
        settled = out.family != Family.UNDECIDABLE
        family = np.where(settled, out.family, np.int8(Family.NOT_SHOWN_CLEAN))
        out = replace(out, rpv=np.zeros_like(out.rpv), family=family)
    return out


def stale_rows(inputs: Inputs, proposal: Proposal) -> Ints:
    """Return the rows whose label hangs on a verdict that was given at the old limit."""
    found = what_if(inputs, proposal)
    stale = found.answers == _why_stale(inputs.criteria)
    return np.flatnonzero(stale)


def unmeasured(run: Run, before: Criteria, after: Criteria) -> dict[str, str]:
    """Return the columns that the changed criteria read and the run does not hold, and why."""
    out: dict[str, str] = {}
    for rule in RULES:
        flags = [flag for flag, _ in rule.gates]
        if not all(after.flags[flag] == wanted for flag, wanted in rule.gates):
            continue
        moved = [flag for flag in flags if after.flags[flag] != before.flags[flag]]
        if "spDecayLinFit" in moved:
            out[rule.metric] = "spDecayLinFit chooses another slope"
        elif moved and _is_void(run.units, rule.metric):
            out[rule.metric] = f"{moved[0]} was off, and there are no values of {rule.metric}"
    return out


def without_columns(table: SavedTable, names: Mapping[str, str]) -> SavedTable:
    """Return a table without some columns: then rules that read them leave their block open."""
    if not names:
        return table
    kept = {name: column for name, column in table.columns.items() if name not in names}
    return SavedTable(kept, table.n_units)


def _is_void(table: SavedTable, name: str) -> bool:
    column = table.floats(name)
    return column is None or bool(np.isnan(column).all())


def _judged(run: Run, table: SavedTable, criteria: Criteria) -> Audit:
    return audit(run if table is run.units else replace(run, units=table), criteria)


def _kept_time_moves(run: Run, before: Criteria, after: Criteria) -> bool:
    moved = {change.name for change in before.diff(after)}
    return is_on(run.settings.saved.get("computeTimeChunks")) and bool(
        moved.intersection(CHOOSE_KEPT_TIME)
    )


def is_on(value: object) -> bool:
    """Return whether Bombcell takes a saved flag as on; one that is not there is off."""
    return bool(value) and not (isinstance(value, str) and value.casefold() in ("false", "nan"))


def _limit_moves(run: Run, before: Criteria, after: Criteria) -> bool:
    """Whether the verdicts of the refractory test were given at another limit."""
    old, new = (c.thresholds.get("maxRPVviolations") for c in (before, after))
    return run.settings.text("rpv_method") in ("ibl_sliding", "") and old != new


def condition_of(run: Run, before: Criteria, after: Criteria) -> str:
    """Return on what the answer hangs where thresholds are moved; empty: it is exact."""
    if _status_is_stale(run, before, after):
        return NEEDS_RUN
    return KEPT_TIME if _kept_time_moves(run, before, after) else ""


def _status_is_stale(run: Run, before: Criteria, after: Criteria) -> bool:
    """Whether who is exempt from the refractory rule was decided at another limit."""
    return after.flags[KEPT_UNCERTAIN.flag] and _limit_moves(run, before, after)


def _completed(
    table: SavedTable,
    before: Criteria,
    after: Criteria,
    fresh: Mapping[int, float] | None,
    run: Run,
) -> list[SavedTable]:
    """Return the table; where verdicts are of the old limit, with none and with all undecidable."""
    status = table.floats(_STATUS)
    if status is None or not _status_is_stale(run, before, after):
        return [table]
    out = []
    for assumed in (1.0, 0.0):
        verdicts: Floats = np.where(np.isnan(status), np.nan, assumed)
        for row, verdict in (fresh or {}).items():
            verdicts[row] = verdict
        out.append(SavedTable({**table.columns, _STATUS: verdicts}, table.n_units))
    return out


def _why_incomplete(judged: Audit, missing: Mapping[str, str]) -> str:
    if missing:
        return f"{NEEDS_RUN}: {'; '.join(dict.fromkeys(missing.values()))}"
    still = mask_of(i for i, status in enumerate(judged.rules) if status.open)
    return f"{NEEDS_RUN}: not in these results: {keys(still)}"


def _why_stale(before: Criteria) -> str:
    limit = value_words(before.thresholds.get("maxRPVviolations"))
    return f"{NEEDS_RUN}: {_STATUS} was decided at maxRPVviolations {limit}"
