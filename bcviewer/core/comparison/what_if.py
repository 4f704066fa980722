"""What a run's units would be called by other criteria, and whether its metrics can say so.

Bombcell decides some things while it measures: the time it keeps, what a gate computes, which slope
it fits, and the verdict of the refractory test. A proposal that touches one of these cannot be
answered from saved metrics, or only in part; which, is said unit by unit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from bcviewer.core.arrays import Array, Bools, Codes, Ints
from bcviewer.core.audit.again import audit_again
from bcviewer.core.audit.audit import Audit, audit
from bcviewer.core.audit.reasons import classification_reasons, keys
from bcviewer.core.comparison.either import agreed, of_answered
from bcviewer.core.comparison.judging import is_void
from bcviewer.core.comparison.proposal import Proposal, value_words
from bcviewer.core.comparison.retested import Retested, retested_of
from bcviewer.core.comparison.verdicts import LIMIT, STATUS, Verdicts, verdicts
from bcviewer.core.rules.criteria import Criteria
from bcviewer.core.rules.labels import Label, label_names
from bcviewer.core.rules.rules import KEPT_UNCERTAIN, RULES, mask_of
from bcviewer.core.run.run import Run, SavedTable
from bcviewer.core.sheet.inputs import Inputs
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.core.sheet.tried import EXACT, Answered, Tried

KEPT_TIME = "if the kept time stayed"
NEEDS_RUN = "needs a run"
WAITS = "not known yet"

CHOOSE_KEPT_TIME = ("maxRPVviolations", "maxPercSpikesMissing")
"""With ``computeTimeChunks`` they choose the time that is kept, hence every metric."""


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
    answered : Answered
        :data:`EXACT`, :data:`KEPT_TIME` or ``needs a run: why``, unit by unit.
    audit : Audit
        What the rules say of those units that have an answer; of the others nothing.
    saved_limit : str
        The limit of refractory period violations that the saved verdicts are of, where another one
        is proposed; else empty.
    """

    inputs: Inputs
    proposal: Proposal
    codes: Codes
    reasons: Array
    answered: Answered
    audit: Audit
    saved_limit: str = ""

    @property
    def labels(self) -> Array:
        """The labels in Bombcell's spelling; empty where there is none."""
        return label_names(self.codes)

    @property
    def answers(self) -> Array:
        """What is said of each unit's answer. Object array of str, shape (n_units,)."""
        return self.answered.by_unit

    @property
    def known(self) -> Bools:
        """Which units have an answer, shape (n_units,)."""
        return np.asarray(self.codes != Label.UNSCORED)


def what_if(
    inputs: Inputs,
    proposal: Proposal,
    fresh: Mapping[int, float] | None = None,
    *,
    waits: bool = False,
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
    waits : bool
        Whether further verdicts at the proposed limit are on their way: then a unit that hangs on
        one waits for it, and needs no run yet.
    with_reasons : bool
        Whether the reasons are written: they take as long as all else while a threshold is moved.
    """
    run, before = inputs.run, inputs.criteria
    proposal = proposal.against(before)
    after = proposal.on(before)
    missing = unmeasured(run, before, after)
    table = without_columns(run.units, missing)
    found = verdicts(run, before, after, fresh)
    both = [_judged(run, one, after, found) for one in _completed(table, after, found)]
    first, codes = both[0], both[0].label.copy()
    stale = np.zeros(run.n_units, bool)
    shown = first
    for other in both[1:]:
        stale |= other.label != codes
        shown = agreed(first, other)
    undecided = (codes == Label.INCOMPLETE) | stale
    reasons = _reasons(shown, undecided) if with_reasons else np.full(run.n_units, "", object)
    answers = np.zeros(run.n_units, np.int8)
    if _kept_time_moves(run, before, after):
        answers[codes != Label.EMPTY] = 1
    answers[codes == Label.INCOMPLETE] = 2
    answers[stale] = 3
    words = (EXACT, KEPT_TIME, _why_incomplete(first, missing), why_stale(before, waits))
    codes[undecided] = Label.UNSCORED
    shown, said = of_answered(shown, codes, undecided), Answered(answers, words)
    limit = "" if found is None else value_words(before.thresholds.get(LIMIT))
    return WhatIf(inputs.judged_by(after), proposal, codes, reasons, said, shown, limit)


def _reasons(shown: Audit, undecided: Bools) -> Array:
    which, texts = classification_reasons(shown)
    reasons: Array = texts[which]
    reasons[undecided] = ""
    return reasons


def tried(
    inputs: Inputs,
    proposal: Proposal,
    fresh: Mapping[int, float] | None = None,
    *,
    waits: bool = False,
) -> Tried | None:
    """Return what a sheet shows of a proposal; None where it changes nothing for that run.

    ``fresh`` and ``waits`` are those of :func:`what_if`.
    """
    inputs = inputs.settled()
    if not proposal.against(inputs.criteria).changes:
        return None
    # a sheet has columns of its own
    found = what_if(inputs, proposal, fresh, waits=waits, with_reasons=False)
    criteria, words, limit = found.inputs.criteria, found.proposal.words, found.saved_limit
    return Tried(inputs.run, criteria, words, found.audit, found.answered, limit, waits)


def tried_of(inputs: Inputs, proposal: Proposal, known: Sequence[Retested]) -> Tried | None:
    """Return what a sheet shows of a proposal by what was tested anew so far."""
    found = _tested(inputs, proposal, known)
    if found is None:
        return tried(inputs, proposal)
    return tried(inputs, proposal, found.statuses, waits=not found.ended)


def what_ifs(
    sheets: Sequence[Sheet], proposal: Proposal, known: Sequence[Retested] = ()
) -> list[WhatIf]:
    """Return what a proposal makes of several runs; of nothing proposed, nothing.

    ``known`` is what was tested anew so far: a unit that still waits needs a run, for what is
    written does not change any more.
    """
    if not proposal.changes:
        return []
    found = []
    for inputs in (sheet.inputs.settled() for sheet in sheets):
        tested = _tested(inputs, proposal, known)
        found.append(what_if(inputs, proposal, None if tested is None else tested.statuses))
    return found


def _tested(inputs: Inputs, proposal: Proposal, known: Sequence[Retested]) -> Retested | None:
    """Return what is known of a run at the limit that is tried."""
    limit = proposal.on(inputs.criteria).thresholds.get(LIMIT)
    return retested_of(known, inputs.run, limit)


def stale_rows(inputs: Inputs, proposal: Proposal) -> Ints:
    """Return the rows whose label hangs on a verdict that was given at the old limit."""
    found = what_if(inputs, proposal, with_reasons=False)
    stale = found.answers == why_stale(inputs.criteria)
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
        elif moved and is_void(run.units, rule.metric):
            out[rule.metric] = f"{moved[0]} was off, and there are no values of {rule.metric}"
    return out


def without_columns(table: SavedTable, names: Mapping[str, str]) -> SavedTable:
    """Return a table without some columns: then rules that read them leave their block open."""
    if not names:
        return table
    kept = {name: column for name, column in table.columns.items() if name not in names}
    return SavedTable(kept, table.n_units)


def _judged(run: Run, table: SavedTable, criteria: Criteria, found: Verdicts | None) -> Audit:
    codes = None if found is None else found.codes
    if table is run.units:
        return audit_again(run, criteria, codes)
    return audit(replace(run, units=table), criteria, codes)


def _kept_time_moves(run: Run, before: Criteria, after: Criteria) -> bool:
    return any(chooses_kept_time(run, change.name) for change in before.diff(after))


def chooses_kept_time(run: Run, name: str) -> bool:
    """Whether a threshold chose the time that a run's metrics were computed on."""
    return name in CHOOSE_KEPT_TIME and is_on(run.settings.saved.get("computeTimeChunks"))


def is_on(value: object) -> bool:
    """Return whether Bombcell takes a saved flag as on; one that is not there is off."""
    return bool(value) and not (isinstance(value, str) and value.casefold() in ("false", "nan"))


def condition_of(run: Run, before: Criteria, after: Criteria) -> str:
    """Return on what the answer hangs where thresholds are moved; empty: it is exact."""
    found = verdicts(run, before, after)
    if after.flags[KEPT_UNCERTAIN.flag] and found is not None and found.saved.any():
        return NEEDS_RUN
    return KEPT_TIME if _kept_time_moves(run, before, after) else ""


def _completed(table: SavedTable, after: Criteria, found: Verdicts | None) -> list[SavedTable]:
    """Return the table; where verdicts are not known, with none and with all undecidable."""
    if found is None or not after.flags[KEPT_UNCERTAIN.flag]:
        return [table]  # no label depends on a verdict
    if not found.saved.any():
        return [found.assumed(table, 1.0)]
    return [found.assumed(table, 1.0), found.assumed(table, 0.0)]


def _why_incomplete(judged: Audit, missing: Mapping[str, str]) -> str:
    if missing:
        return f"{NEEDS_RUN}: {'; '.join(dict.fromkeys(missing.values()))}"
    still = mask_of(i for i, status in enumerate(judged.rules) if status.open)
    return f"{NEEDS_RUN}: not in these results: {keys(still)}"


def why_stale(before: Criteria, waits: bool = False) -> str:
    """Return what is said of a unit whose label hangs on a verdict of the saved limit."""
    limit = value_words(before.thresholds.get(LIMIT))
    said = f"{STATUS} was decided at {LIMIT} {limit}"
    return f"{WAITS}: {said}, and is tested anew" if waits else f"{NEEDS_RUN}: {said}"
