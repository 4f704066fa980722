"""What the columns of a sheet are computed from: its inputs, and what follows from them by row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from bcviewer.core.arrays import Codes
from bcviewer.core.audit.audit import Audit, audit
from bcviewer.core.curation.said_columns import NO_LABEL, ManualColumns
from bcviewer.core.rules.criteria import Criteria
from bcviewer.core.rules.labels import Label
from bcviewer.core.run.phy import Phy
from bcviewer.core.run.run import Run
from bcviewer.core.run.unit_ids import UnitIds
from bcviewer.core.sheet.inputs import Inputs
from bcviewer.core.sheet.padding import padded_audit, padded_labels
from bcviewer.core.sheet.veil import Veil

if TYPE_CHECKING:
    from bcviewer.core.run.scored import Scored

FINAL = "final"
"""The source of labels that are the curators' where they gave one, and else Bombcell's."""
SHOWN_SOURCES = ("bombcell", "saved", "split", FINAL)
"""Whose labels can be shown; the first one's are, unless the person chose another's."""
PROPOSED_SOURCES = ("bombcell", "split")
"""Those that follow from the rules, and so from what is tried."""


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """Everything by row that is there as soon as a sheet is.

    Rows are the run's units, and after them those that phy made and Bombcell has not scored.

    Attributes
    ----------
    inputs : Inputs
        What all of it follows from.
    ids : UnitIds
        The cluster ids of the rows.
    veil : Veil
        What hides the verdicts of some of them.
    scored : Audit
        What the rules say of the run's units by its criteria.
    audit : Audit
        What they say of all rows, as far as it may be shown: by what is tried, where that is.
    rule_labels : numpy.ndarray of int8
        The labels that they give by its criteria, whatever is tried.
    heard : ManualColumns
        What curators said.
    manual : ManualColumns
        As far as it may be shown.
    saved_codes : numpy.ndarray of int8
        The saved labels.
    recomputed : numpy.ndarray of int8 or None
        The labels that Bombcell itself gave; None: it has not answered.
    bombcell_labels : numpy.ndarray of int8
        Bombcell's label of each unit, whatever the source and whatever is tried.
    verdicts : numpy.ndarray of int8
        The label that the rules shown lead to: of what is tried, else Bombcell's.
    labels : numpy.ndarray of int8
        The label by the source.
    """

    inputs: Inputs
    ids: UnitIds
    veil: Veil
    scored: Audit
    audit: Audit
    rule_labels: Codes
    heard: ManualColumns
    manual: ManualColumns
    saved_codes: Codes
    recomputed: Codes | None
    bombcell_labels: Codes
    verdicts: Codes
    labels: Codes

    @classmethod
    def of(
        cls, inputs: Inputs, ids: UnitIds, scored: Audit, audit: Audit, heard: ManualColumns
    ) -> Parts:
        """Put together what is there, add the labels, and hide what must not be shown."""
        n, veil = len(ids), Veil(inputs.hidden)
        audit = veil.audit(audit)
        saved = veil.labels(padded_labels(inputs.run.saved_codes, n), Label.UNKNOWN)
        oracle = inputs.oracle
        recomputed = None if oracle is None else veil.labels(padded_labels(oracle.codes, n))
        own = veil.labels(padded_labels(scored.label, n))
        shown = _shown_labels(own, saved, recomputed)
        # where what is tried changes nothing that the rules say, nothing that Bombcell says changes
        verdicts = (
            shown if inputs.tried is None else np.where(audit.label == own, shown, audit.label)
        )
        by_source = {"saved": saved, "split": audit.split_label, FINAL: shown}
        labels = veil.labels(by_source.get(inputs.source, verdicts))
        said = veil.said(heard)
        given = (heard, said, saved, recomputed, shown, verdicts, labels)
        parts = cls(inputs, ids, veil, scored, audit, own, *given)
        return replace(parts, labels=parts.final_labels()) if inputs.source == FINAL else parts

    def settled_labels(self) -> Codes:
        """Return Bombcell's label of each unit by the run's own criteria.

        Where others are tried, what follows from them is a proposal, and nothing is settled by it.
        """
        if not self.run.criteria.diff(self.inputs.criteria):
            return self.bombcell_labels
        own = padded_audit(audit(self.run, self.run.criteria), self.n_units)
        settled = _shown_labels(own.label, self.saved_codes, None)
        return self.veil.labels(settled)

    def final_labels(self) -> Codes:
        """Return the final label of each unit: the manual one, else Bombcell's settled one."""
        said = self.manual.labels
        return np.where(said == NO_LABEL, self.settled_labels(), said).astype(np.int8)

    @property
    def run(self) -> Run:
        """The run."""
        return self.inputs.run

    @property
    def criteria(self) -> Criteria:
        """The thresholds and flags of the audit: those that are tried, where any are."""
        return self.inputs.criteria if self.inputs.tried is None else self.inputs.tried.criteria

    @property
    def proposes(self) -> bool:
        """Whether :attr:`labels` are those of a proposal: other sources have none."""
        return self.inputs.tried is not None and self.inputs.source in PROPOSED_SOURCES

    @property
    def phy(self) -> Phy | None:
        """What became of the units in phy."""
        return self.inputs.phy

    @property
    def emptied(self) -> Mapping[int, int]:
        """By row, the spikes in the sort of units that Bombcell left none of (``Run.emptied``)."""
        counted = None if self.phy is None else self.phy.emptied
        return self.run.emptied if counted is None else counted

    def scored_here(self, row: int) -> str:
        """Return the verdict on a unit that phy made, as a cell says it; empty: none is shown."""
        found = self.scored_unit(row)
        return "" if isinstance(found, str) else found.verdict

    def scored_unit(self, row: int) -> Scored | str:
        """Return what was scored here of a unit that phy made, or why there is nothing."""
        scored, cluster_id = self.inputs.scored, self.ids.id_of(row)
        if scored is None or cluster_id is None or row < self.n_scored or self.veil.hides(row):
            return ""
        phy = self.inputs.phy
        return scored.said_of(cluster_id, None if phy is None else phy.spikes.get(cluster_id))

    @property
    def n_units(self) -> int:
        """Number of rows."""
        return len(self.ids)

    @property
    def n_scored(self) -> int:
        """Number of rows that Bombcell scored: the first ones. Those after it have no values."""
        return self.inputs.run.n_units

    @property
    def n_made(self) -> int:
        """Number of rows that phy made since."""
        return self.n_units - self.n_scored


def _shown_labels(label: Codes, saved: Codes, recomputed: Codes | None) -> Codes:
    """Return the label to show: Bombcell's own wins, the saved one fills an incomplete audit."""
    if recomputed is not None:
        return recomputed
    use_saved = (label == Label.INCOMPLETE) & (saved != Label.UNKNOWN)
    return np.where(use_saved, saved, label).astype(np.int8)
