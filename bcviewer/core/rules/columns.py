"""Every column of the audit table, declared once.

The window's table, the filter language, the exports and their tooltips derive from it. What a
run has beyond these (columns of other programs, imported labels) is declared by
:mod:`bcviewer.core.run.foreign` and :mod:`bcviewer.core.curation.label_source`, and asked for by
``Sheet.column``.
"""

from __future__ import annotations

from bcviewer.core.rules.beside_columns import BETWEEN_RUNS, CURATED, TRIED
from bcviewer.core.rules.column import (
    AUDIT,
    HIDDEN,
    LABELS,
    OF_INTEREST,
    OTHERS,
    PHY,
    RUN,
    SAID,
    SCORED,
    Column,
)
from bcviewer.core.rules.comparisons import margin_sign
from bcviewer.core.rules.metrics import METRICS
from bcviewer.core.rules.rules import RULES


def _metric_columns() -> list[Column]:
    out = []
    for m in METRICS.values():
        rules = tuple(i for i, rule in enumerate(RULES) if rule.metric == m.key)
        column = Column(
            m.key, m.title, "number", m.unit, m.fmt, m.help, rules, head=m.head, reads=RUN
        )
        out.append(column)
    return out


OWN_COLUMNS: tuple[Column, ...] = (
    Column(
        "label",
        "label",
        "text",
        help="The label, by the source chosen in the tool bar: Bombcell's, from the rules (and by"
        " Bombcell itself once it has answered; the saved one where the audit is incomplete), the"
        " saved one, as if non-somatic units were split, or the final one: the curators' where"
        " they gave one.",
        reads=LABELS | {"source"},
    ),
    Column("cluster_id", "id", "number", fmt=".0f", help="phy's cluster id.", reads=RUN),
    Column(
        "unit_index",
        "row",
        "number",
        fmt=".0f",
        help="Row of the unit in Bombcell's table.",
        reads=RUN,
    ),
    Column(
        "reason",
        "reason",
        "text",
        help="Why the unit has its label, in short.",
        reads=AUDIT | PHY | SCORED,
    ),
    Column(
        "classification_reason",
        "classification reason",
        "text",
        help="Every deciding rule, in the notebook's grammar.",
        reads=AUDIT,
    ),
    *TRIED,
    *BETWEEN_RUNS,
    Column(
        "audit_label", "audit's label", "text", help="The label from the rules alone.", reads=AUDIT
    ),
    Column(
        "bombcell_label",
        "Bombcell's label",
        "text",
        help="Bombcell's label, whatever source the tool bar says: from the rules, and by Bombcell"
        " itself once it has answered; the saved one where the audit is incomplete.",
        reads=LABELS,
    ),
    Column(
        "saved_label", "saved label", "text", help="The label on disk (bc_unitType).", reads=OTHERS
    ),
    Column(
        "split_label",
        "split label",
        "text",
        help="The label as if non-somatic units were split into GOOD and MUA.",
        reads=AUDIT,
    ),
    Column(
        "family",
        "family",
        "text",
        help="Why a MUA unit is MUA, in one word: not shown clean, undecidable (RPV: too few spikes"
        " to say), incomplete, weak, unstable, poorly isolated, few spikes.",
        reads=AUDIT,
    ),
    Column(
        "masked_reasons",
        "masked reasons",
        "text",
        help="Failed rules that a stronger block hides.",
        reads=AUDIT,
    ),
    Column(
        "not_tested",
        "not tested",
        "text",
        help="Rules that are switched off or cannot be tested in this run.",
        reads=AUDIT | PHY,
    ),
    Column(
        "missing_values",
        "missing values",
        "text",
        help="Metrics without a value; Bombcell lets them pass (but for nPeaks).",
        reads=AUDIT,
    ),
    Column(
        "n_failed",
        "failed",
        "number",
        fmt=".0f",
        help="Failed rules, masked ones included.",
        reads=AUDIT,
    ),
    Column(
        "n_deciding",
        "deciding",
        "number",
        fmt=".0f",
        help="Failed rules that decided.",
        reads=AUDIT,
    ),
    Column(
        "weakest_pass",
        "weakest pass",
        "text",
        help="The rule that a GOOD unit came closest to failing.",
        reads=AUDIT,
    ),
    Column(
        "sole_blocker",
        "sole blocker",
        "text",
        help="The only failed condition: without it the unit would be GOOD.",
        reads=AUDIT,
    ),
    Column(
        "steps_to_good",
        "to GOOD",
        "number",
        "",
        ".1f",
        "The worst failure of a unit that is not GOOD, in steps of measurement error; 20 means"
        " 20 or more, a dash: no estimate. Counts of peaks and troughs have no such steps.",
        reads=AUDIT,
    ),
    Column(
        "safety_of_good",
        "safety",
        "number",
        "",
        ".1f",
        "The weakest pass of a GOOD unit, in steps of measurement error. Counts of peaks and"
        " troughs are left out: they have none.",
        reads=AUDIT,
    ),
    Column(
        "good_margin",
        "margin",
        "number",
        "",
        "",
        "How far from being GOOD, or from no longer being it, in steps: below zero the steps to"
        " GOOD of a unit that is not, above zero the safety of a GOOD one.",
        reads=AUDIT,
        words=margin_sign,
    ),
    Column(
        "borderline",
        "borderline",
        "flag",
        help="Within one step of becoming, or of no longer being, GOOD; never a unit that fails a"
        " count of peaks or troughs, which has no steps.",
        reads=AUDIT,
    ),
    Column(
        "rpv_verdict",
        "RPV verdict",
        "text",
        help="What Bombcell's sliding test said: shown clean; not shown clean, although there were"
        " enough spikes; or too few spikes to say. Not assessed by other methods and releases. Of"
        " units whose true contamination equals the limit 20 % are shown clean; not shown clean is"
        " not the same as contaminated: at 10,000 spikes 23 % of units with a true 5 % are not.",
        reads=AUDIT,
    ),
    Column(
        "presence_bins",
        "presence bins",
        "text",
        help="Presence bins with spikes, of those in the kept time.",
        reads=RUN,
    ),
    Column(
        "firing_rate",
        "rate",
        "number",
        "Hz",
        ".2f",
        "Spikes per second of the kept time.",
        reads=RUN,
    ),
    Column(
        "kept_fraction",
        "kept",
        "number",
        "",
        ".0%",
        "Share of the session that the metrics were computed on; a dash where that is unknown, as"
        " for units of fewer than 50 spikes, of which Bombcell computes nothing.",
        reads=RUN,
    ),
    Column(
        "depth_um", "depth", "number", "µm", ".0f", "y of the peak channel, as in phy.", reads=RUN
    ),
    Column(
        "shank",
        "shank",
        "number",
        "",
        ".0f",
        "Shank of the peak channel (channel_shanks.npy), as numbered there.",
        reads=RUN,
    ),
    Column(
        "roi_label",
        "region of interest",
        "text",
        help="Whether the peak channel is inside the region of interest: that of the config, or"
        " as a curator set it along depth.",
        head="region",
        reads=RUN | OF_INTEREST,
    ),
    Column(
        "brain_region",
        "brain region",
        "text",
        help="The probe's region, from the config.",
        reads=RUN,
    ),
    Column("ks_label", "Kilosort", "text", help="Kilosort's own label.", reads=OTHERS),
    Column(
        "phy_group",
        "phy",
        "text",
        help="phy's group (cluster_group.tsv, or phy 1's cluster_groups.csv).",
        reads=OTHERS | PHY,
    ),
    Column(
        "si_unit_id",
        "SpikeInterface id",
        "text",
        help="The id that SpikeInterface knows the unit by (cluster_si_unit_ids.tsv): its export"
        " to phy numbers the clusters anew.",
        reads=RUN,
    ),
    Column(
        "phy_state",
        "in phy now",
        "text",
        help="Whether the unit is as Bombcell saw it: current, stale (changed since), gone (merged"
        " or split since), new (made since), unsaved in phy (an open phy did it and has"
        " not saved it), no spikes, or not known.",
        reads=PHY,
    ),
    Column(
        "phy_change",
        "change in phy",
        "text",
        help="What phy did to the unit after Bombcell ran: into which units it went, or of which"
        " ones it was made.",
        reads=PHY | HIDDEN,
    ),
    Column(
        "scored_here",
        "scored here",
        "text",
        help="Of a unit that phy made: what bombcell says of it, asked here by the run's own"
        " parameters. It is no label of the run, and in no export of results.",
        reads=PHY | SCORED,
    ),
    Column(
        "disagreement",
        "disagreement",
        "flag",
        help="Label sources disagree: rules, Bombcell recomputed, saved, manual.",
        reads=LABELS | SAID,
    ),
    Column(
        "attention",
        "attention",
        "number",
        fmt=".0f",
        help="Place in the attention order: GOOD at risk, MUA only because nothing could be said,"
        " sole blockers, then by failed conditions and shortfall, NOISE last; the region of"
        " interest first.",
        reads=AUDIT | OF_INTEREST,
    ),
    *CURATED,
)

PROBE = Column(
    "probe",
    "probe",
    "text",
    help="The probe of the unit, where several are open together.",
    reads=RUN,
)
"""What tells the units of several sheets apart; one sheet alone has no such column."""

COLUMNS: dict[str, Column] = {
    column.key: column for column in (PROBE, *OWN_COLUMNS, *_metric_columns())
}
"""Every column by key."""


def reading(name: str) -> frozenset[str]:
    """Return the keys of the columns that read an input."""
    return frozenset(key for key, column in COLUMNS.items() if name in column.reads)


WHAT_IF: tuple[str, ...] = ("was", "flip")
"""The columns that a sheet has only while a proposal is tried."""
BETWEEN: tuple[str, ...] = tuple(column.key for column in BETWEEN_RUNS)
"""The columns that a sheet has only while its run is compared with another one."""
SAID_COLUMNS: frozenset[str] = reading("said")
"""The columns that a curator's label or note can change."""
MAYBE_EMPTY: frozenset[str] = SAID_COLUMNS.union(WHAT_IF, BETWEEN, ("scored_here",))
"""Text columns in which an empty cell says that there is nothing, not that nobody knows."""
