"""What is to be known of a unit beside its rules: RPV in words, kept time, phy, other labels."""

from __future__ import annotations

import numpy as np

from bcviewer.core.audit.reasons import FOUR_WAY_NAME
from bcviewer.core.audit.rpv import Rpv
from bcviewer.core.audit.states import State
from bcviewer.core.curation.said_columns import NO_LABEL
from bcviewer.core.rules.labels import LABEL_NAMES, Label, parse_label
from bcviewer.core.rules.rules import RULE_INDEX
from bcviewer.core.run.phy import PhyState
from bcviewer.core.run.scored import BEING_SCORED, SCORED_HERE
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.core.sheet.table import Table

_RPV_WORDS: dict[Rpv, str] = {
    Rpv.CLEAN: "RPV: shown clean, below the limit at one tested refractory period or more",
    Rpv.NOT_SHOWN_CLEAN: "RPV: not shown clean although there were enough spikes",
    Rpv.UNDECIDABLE: "RPV: too few spikes to say",
    Rpv.NOT_ASSESSED: "RPV: not assessed (no verdict in these results)",
}
_OF_NOW: dict[Rpv, Rpv] = {
    Rpv.SAVED_CLEAN: Rpv.CLEAN,
    Rpv.SAVED_NOT_SHOWN_CLEAN: Rpv.NOT_SHOWN_CLEAN,
    Rpv.SAVED_UNDECIDABLE: Rpv.UNDECIDABLE,
}
_GROUPS = (Label.GOOD, Label.MUA, Label.NOISE)
"""The labels that are a group of phy's; of others ``bcv_label`` says whether they are the same."""


def facts_of(table: Sheet, row: int) -> list[str]:
    """Return what is to be known of a unit beside its rules, a line each."""
    facts = _phy_facts(table, row)
    if table.veil.hides(row):
        return facts
    facts += [told] if (told := saved_label(table, row)) else []
    facts += merged_facts(table, row) + other_facts(table, row)
    unscored = table.audit.label[row] == Label.UNSCORED
    return [*facts, *(_unscored_facts if unscored else measured_facts)(table, row)]


def measured_facts(table: Sheet, row: int) -> list[str]:
    """Return what is to be known of a unit's numbers, whatever row and id it has.

    What was scored here is of some spikes, not of a row: it says nothing of who has them.
    """
    audit = table.audit
    facts: list[str] = []
    label = Label(int(audit.label[row]))
    if label != Label.EMPTY:
        facts.append(_rpv_words(table, Rpv(int(audit.rpv[row]))))
        kept = float(table.values("kept_fraction")[row])
        facts.append(f"kept time: {f'{kept:.0%} of the session' if kept == kept else _lost(table)}")
        facts += _drift_facts(table, row) + _snr_facts(table, row)
    if label == Label.NON_SOMA:
        split = LABEL_NAMES[int(audit.split_label[row])]
        facts.append(f"if split, it would be {split}")
    width = RULE_INDEX["mainPeak_before_width<minWidthFirstPeak_nonSomatic"]
    if audit.states[width, row] == State.MISSING:
        facts.append(f"no first-peak width: the {FOUR_WAY_NAME} cannot fire")
    return [*facts, *_disagreements(table, row), *_compared(table, row)]


def _unscored_facts(table: Sheet, row: int) -> list[str]:
    """Return why a unit that phy made has no label, and no verdict that was scored here."""
    if table.phy is not None and table.phy.state[row] == PhyState.GONE:
        return ["it is no unit any more"]
    why = table.parts.scored_unit(row)
    tsv = tsv_facts(table, row)
    if why == BEING_SCORED:
        return [f"no verdict yet: {why}", *tsv]
    here = [f"not scored here: {why}"] if isinstance(why, str) and why else []
    return [*here, "no label: run Bombcell again to have it scored", *tsv]


def tsv_facts(table: Sheet, row: int) -> list[str]:
    """Return that a file has a label in Bombcell's name for a unit that this run never scored."""
    phy, cluster_id = table.phy, table.ids.id_of(row)
    label = "" if phy is None or cluster_id is None else phy.tsv_labels.get(cluster_id, "")
    if not label:
        return []
    says = f"cluster_bc_unitType.tsv says {label} of it: not by this run, which never scored it"
    return [f"{says} (phy's save copies labels to what it made)"]


def _compared(table: Sheet, row: int) -> list[str]:
    """Return what another run, with which this one is compared, says of a unit."""
    compared = table.inputs.compared
    fact = "" if compared is None else compared.fact(row)
    return [fact] if fact else []


def _rpv_words(table: Sheet, verdict: Rpv) -> str:
    """Return a verdict in words; one of the saved limit, while another is tried, says so."""
    tried = table.inputs.tried
    if verdict not in _OF_NOW or tried is None:
        return _RPV_WORDS[verdict]
    words = _RPV_WORDS[_OF_NOW[verdict]].removeprefix("RPV: ")
    return f"RPV {tried.of_saved_limit}: {words}; {tried.not_known}"


def _lost(table: Sheet) -> str:
    """Return why the kept fraction of a unit is not known."""
    first, last = table.run.session_s
    chunks = table.run.settings.saved.get("computeTimeChunks")
    if last > first or (chunks is not None and not chunks):
        return "unknown, Bombcell saved none of this unit"
    return "the session's length is unknown"


def _drift_facts(table: Sheet, row: int) -> list[str]:
    """Return that a drift is exactly 0: medians of depths that are measured are never the same.

    Bombcell takes a negative first component for 0, and so a spike without a positive one for depth
    0, wherever the probe is: on sorts of Kilosort 4 that may be most of a unit's spikes.
    """
    drift = table.run.units.floats("maxDriftEstimate")
    if drift is None or row >= len(drift) or drift[row] != 0:
        return []
    why = "most spikes have no positive first component, or there is one bin only"
    return [f"drift of exactly 0 shows nothing: {why}"]


def _snr_facts(table: Sheet, row: int) -> list[str]:
    """Return that a signal-to-noise ratio may be of another unit.

    Without the raw file Bombcell takes it from waveforms that an earlier run saved, by their place
    among the units that have spikes: phy has changed which these are.
    """
    snr, phy = table.run.units.floats("signalToNoiseRatio"), table.phy
    if phy is None or not phy.after_phy or table.run.criteria.flags["extractRaw"]:
        return []
    if snr is None or row >= len(snr) or not np.isfinite(snr[row]):
        return []
    return ["SNR may be of another unit: Bombcell was run after phy without the raw file"]


def merged_facts(table: Sheet, row: int) -> list[str]:
    """Return what was scored here of the units that an open phy merged this one into."""
    scored, cluster_id = table.inputs.scored, table.ids.id_of(row)
    if scored is None or cluster_id is None:
        return []
    return [
        " · ".join((f"{one} {SCORED_HERE}: {found.verdict}", *found.remarks))
        for one, found in scored.merged_from(cluster_id)
    ]


_PHY_WORDS: dict[PhyState, str] = {
    PhyState.STALE: "changed since: ",
    PhyState.GONE: "no longer in phy: ",
    PhyState.UNKNOWN: "whether phy changed it is not known: ",
}


def _phy_facts(table: Sheet, row: int) -> list[str]:
    """Return what became of the unit in phy after Bombcell ran; nothing where nothing did."""
    out = _double_facts(table, row)
    phy = table.phy
    if phy is None or table.ids.id_of(row) is None:
        return out
    state = PhyState(int(phy.state[row]))
    gone = state == PhyState.GONE or phy.there_again(row)
    in_headline = gone and row >= table.n_scored
    if state == PhyState.UNSAVED and not in_headline:
        return [*out, table.veil.unsaved(phy, row)]
    words = "" if in_headline else _PHY_WORDS.get(state)
    return [*out, words + phy.detail(row)] if words else out


def other_facts(table: Sheet, row: int) -> list[str]:
    """Return what was said of a unit of other spikes that had the same id: phy gives one again."""
    cluster_id, said = table.ids.id_of(row), table.inputs.said
    if cluster_id is None or not said.elsewhere:
        return []
    from bcviewer.core.curation.whose_spikes import said_of_another  # hardly ever needed

    words = said_of_another(said, cluster_id)
    return [words] if words else []


def _double_facts(table: Sheet, row: int) -> list[str]:
    """Return why nothing can be said of a row, and what stands on it that was said by its id."""
    unsaid = table.ids.why_unsaid(np.array([row]))
    if not unsaid:
        return []
    said, cluster_id = table.manual.said_of(row), table.ids.id_of(row)
    label = "" if said.label is None else f"the label {LABEL_NAMES[said.label]}"
    stands = " and ".join(filter(None, (label, "the note" if said.note else "")))
    if cluster_id is None or not stands:
        return [unsaid]
    verb = "stand" if label and said.note else "stands"
    which = f"{stands} that id {cluster_id} was given {verb} on each of these rows"
    return [unsaid, f"{which}: which one was meant is not known"]


def _disagreements(table: Sheet, row: int) -> list[str]:
    ours, saved = int(table.parts.rule_labels[row]), int(table.saved_codes[row])
    out: list[str] = []
    if ours == Label.INCOMPLETE:
        return out
    if table.recomputed is not None and int(table.recomputed[row]) != ours:
        theirs = LABEL_NAMES[int(table.recomputed[row])] or "no label"
        mine = LABEL_NAMES[ours] or "no label"
        out.append(f"Bombcell itself says {theirs}, our rules say {mine}")
    if saved not in (ours, Label.UNKNOWN):
        was = LABEL_NAMES[saved] or "no label"
        out.append(f"the saved label is {was}: made with other parameters or another release")
    return out


def saved_label(sheet: Sheet, row: int) -> str:
    """Return the label that phy saved, as ``phy: good``; empty: it has none, or the same.

    It is held against the manual label, or else against Bombcell's. Then a group that is Kilosort's
    own label says nothing: Kilosort 4 writes it for all units, and nobody chose it.

    Parameters
    ----------
    sheet, row : Sheet, int
        The units, and the row of one; −1: of none.
    """
    cluster_id = None if row < 0 or sheet.veil.hides(row) else sheet.ids.id_of(row)
    if cluster_id is None:
        return ""
    bcv_labels = None if sheet.phy is None else sheet.phy.bcv_labels
    bcv_label = (bcv_labels or {}).get(cluster_id, "")
    said, group = int(sheet.manual.labels[row]), _text(sheet, "phy_group", row)
    ours = int(sheet.bombcell_labels[row]) if said == NO_LABEL else said
    group = "" if group == "unsorted" else group
    if said == NO_LABEL and group.casefold() == _text(sheet, "ks_label", row).casefold():
        group = ""
    is_same = [int(parse_label(text)) == ours for text in (group, bcv_label) if text]
    if all(is_same) or (ours not in _GROUPS and bcv_label and is_same[-1]):
        return ""
    return f"phy: {', '.join(filter(None, (group, bcv_label and f'bcv_label {bcv_label}')))}"


def _text(table: Table, name: str, row: int) -> str:
    if table.kind(name) is None:
        return ""
    codes, texts = table.codes(name)
    return str(texts[codes[row]])
