"""What the page says of one probe, as plain words and numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from bcviewer.core.audit.reasons import FOUR_WAY_HELP, FOUR_WAY_NAME, blocker
from bcviewer.core.audit.rpv import Rpv
from bcviewer.core.audit.states import State
from bcviewer.core.audit.summary import family_counts
from bcviewer.core.figures.few_good import FewGood, few_good
from bcviewer.core.figures.words import rule_words
from bcviewer.core.rules.counts import count_of
from bcviewer.core.rules.criteria import FLAGS
from bcviewer.core.rules.defaults import computation, settings
from bcviewer.core.rules.labels import Label
from bcviewer.core.rules.rules import RULES, Family
from bcviewer.core.run.saved_in_phy import SavedInPhy
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.oracle.client import Verification
from bcviewer.report.agreement import agreement_words, verified_words
from bcviewer.report.beside_phy import BesidePhy, beside_phy_words
from bcviewer.report.counts import Count, label_counts
from bcviewer.report.curators import Curators, curators_of
from bcviewer.report.parameters import Parameter, parameter
from bcviewer.report.unit_rows import Units, unit_table


@dataclass(frozen=True, slots=True)
class ProbeText:
    """Everything but the figures."""

    facts: tuple[tuple[str, str], ...]
    few_good: FewGood
    undecided: str
    beside_phy: str
    changed: tuple[Parameter, ...]
    thresholds: tuple[Parameter, ...]
    flags: tuple[Parameter, ...]
    computation: tuple[Parameter, ...]
    issues: tuple[str, ...]
    counts: tuple[Count, ...]
    split: tuple[Count, ...]
    families: Mapping[str, int]
    blockers: tuple[tuple[str, int, str], ...]
    not_tested: tuple[tuple[str, str, str], ...]
    no_value: tuple[tuple[str, str, str], ...]
    agreement: tuple[str, ...]
    curators: Curators
    units: Units = field(repr=False)


def probe_text(
    table: Sheet, answer: Verification | None, phy: SavedInPhy | None = None
) -> ProbeText:
    """Return the words and numbers about one run, and about what phy saved since."""
    listed = settings(table.criteria)
    computed = computation(table.run.settings)
    return ProbeText(
        facts=tuple(_facts(table, answer)),
        few_good=few_good(table),
        undecided=_undecided(table),
        beside_phy=beside_phy_words(BesidePhy(table, phy)),
        changed=tuple(parameter(s) for s in (*listed, *computed) if s.differs),
        thresholds=tuple(parameter(s) for s in listed if s.name not in FLAGS),
        flags=tuple(parameter(s) for s in listed if s.name in FLAGS),
        computation=tuple(parameter(s) for s in computed),
        issues=tuple(str(issue) for issue in table.run.issues),
        counts=label_counts(table.labels),
        split=_split(table),
        families=family_counts(table.audit),
        blockers=_blockers(table),
        not_tested=tuple(_not_tested(table)),
        no_value=tuple(_no_value(table)),
        agreement=tuple(agreement_words(table, answer)),
        curators=curators_of(table),
        units=unit_table(table),
    )


def _split(table: Sheet) -> tuple[Count, ...]:
    """Return the counts as if non-somatic units were split, where that says more."""
    if not (table.labels == Label.NON_SOMA).any():
        return ()
    return label_counts(table.audit.split_label)


def kept_words(table: Sheet) -> str:
    """Return which share of the session the metrics were computed on."""
    kept = table.values("kept_fraction")
    known = kept[np.isfinite(kept)]
    if not table.n_units:
        return "no units"
    if not len(known):
        return "unknown: the length of the session is not known"
    low, middle, high = (float(q) for q in np.quantile(known, (0, 0.5, 1)))
    unknown = len(kept) - len(known)
    rest = f"; unknown for {count_of(unknown, 'unit')}" if unknown else ""
    if low == high == 1.0:
        return "the whole session" + rest
    return f"median {middle:.0%} of the session (from {low:.0%} to {high:.0%} by unit){rest}"


SORT_WORDS = {
    "": "",
    "parameters": " (named by the saved parameters; the results are elsewhere)",
    "person": " (chosen by hand; the results are elsewhere)",
}
"""How it is known which sort the results belong to."""


def _facts(table: Sheet, answer: Verification | None) -> list[tuple[str, str]]:
    where = table.run.provenance
    facts = [
        ("Kilosort directory", where.ks_dir + SORT_WORDS[where.sort_from]),
        ("Bombcell results", where.results_dir),
        ("Written by", where.writer or "unknown"),
        ("Labels verified by", verified_words(answer)),
        ("Kept time", kept_words(table)),
    ]
    if where.mode:
        facts.insert(2, ("Run mode", where.mode))
    if where.region:
        facts.append(("Brain region", where.region))
    region = table.inputs.of_interest
    if region is not None:
        end = "the highest" if where.tip_at_top else "the lowest"
        words = f"{region.words} ({end} y), {table.inputs.of_interest_by}"
        facts.append(("Region of interest", words))
    too_few = int((table.audit.rpv == Rpv.UNDECIDABLE).sum())
    if too_few:
        mua = int((table.audit.family == Family.UNDECIDABLE).sum())
        of_them = f"{count_of(too_few, 'unit')}, {mua:,} of them undecidable MUA"
        facts.append(("RPV: too few spikes to say", f"{of_them} ({_kept_rpv(table)})"))
    return facts


def _kept_rpv(table: Sheet) -> str:
    if table.criteria.flags["keepUncertainRPVUnits"]:
        return "kept: keepUncertainRPVUnits is on"
    return "they fail the rule: keepUncertainRPVUnits is off"


def _undecided(table: Sheet) -> str:
    n = int((table.audit.label == Label.INCOMPLETE).sum())
    if not n:
        return ""
    why = "; ".join(dict.fromkeys(s.why for s in table.audit.rules if s.open))
    saved = int(
        ((table.audit.label == Label.INCOMPLETE) & (table.labels != Label.INCOMPLETE)).sum()
    )
    text = f"The rules alone cannot decide {n:,} of {count_of(table.n_units, 'unit')}: {why}."
    return text + (f" For {saved:,} of them the saved label is shown." if saved else "")


def _blockers(table: Sheet) -> tuple[tuple[str, int, str], ...]:
    """Return each sole blocker with its units, and how many of them are within one step."""
    audit = table.audit
    out = []
    masks, counts = np.unique(audit.sole_blocker[audit.sole_blocker != 0], return_counts=True)
    for i in np.argsort(-counts, kind="stable"):
        near = (audit.sole_blocker == masks[i]) & audit.borderline
        out.append((blocker(int(masks[i])), int(counts[i]), f"{int(near.sum()):,}"))
    return tuple(out)


def _not_tested(table: Sheet) -> list[tuple[str, str, str]]:
    out = []
    for rule, status in zip(RULES, table.audit.rules, strict=True):
        if not status.tested:
            effect = "may leave labels undecided" if status.open else "changes no label"
            out.append((rule.token, status.why, effect))
    return out


def _no_value(table: Sheet) -> list[tuple[str, str, str]]:
    """Return the tested rules that some units could not be put to."""
    out = []
    for i, rule in enumerate(RULES):
        states = table.audit.states[i]
        if missing := int((states == State.MISSING).sum()):
            out.append(
                (rule_words(table, i), count_of(missing, "unit"), _missing_words(rule.metric))
            )
        if exempt := int((states == State.EXEMPT).sum()):
            words = rule.exemption.words if rule.exemption else "exempt"
            out.append((rule_words(table, i), count_of(exempt, "unit"), words))
    return out


def _missing_words(metric: str) -> str:
    if metric == "nPeaks":
        return "no value: NOISE by the rule “nPeaks missing”"
    if metric == "mainPeak_before_width":
        return f"no value: the {FOUR_WAY_NAME} cannot fire. {FOUR_WAY_HELP}"
    return "no value: Bombcell lets it pass"
