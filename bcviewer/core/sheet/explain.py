"""One unit's verdict in words: every rule with its value, limit, shortfall and state."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from enum import IntEnum
from weakref import WeakKeyDictionary

import numpy as np

from bcviewer.core.audit.audit import Rpv
from bcviewer.core.audit.reasons import FOUR_WAY_NAME, NO_SPIKES, bits, empty_words
from bcviewer.core.audit.states import State
from bcviewer.core.rules.counts import count_of
from bcviewer.core.rules.labels import LABEL_NAMES, Label
from bcviewer.core.rules.metrics import MARGIN_CLIP, Metric
from bcviewer.core.rules.rules import (
    COUNTS,
    FAMILY_NAMES,
    FOUR_WAY,
    FOUR_WAY_MASK,
    RULE_INDEX,
    RULES,
    Rule,
)
from bcviewer.core.run.derived import MIN_SPIKES
from bcviewer.core.run.phy import PhyState
from bcviewer.core.run.unit_ids import NO_ID_WORDS
from bcviewer.core.sheet.sheet import Sheet


class Section(IntEnum):
    """Where a rule's sentence stands, in reading order."""

    DECIDING = 0
    MASKED = 1
    OPEN = 2
    EXEMPT = 3
    PASSED = 4
    BEYOND = 5
    MISSING = 6
    NOT_TESTED = 7


SECTION_TITLES: tuple[str, ...] = (
    "Failed, and decided the label",
    "Failed, but hidden by a stronger rule",
    "Failed, while the label cannot be decided",
    "Exempt",
    "Passed",
    "Beyond the limit, not counted",
    "No value: Bombcell lets it pass",
    "Not tested",
)


@dataclass(frozen=True, slots=True)
class Line:
    """One rule for one unit, in words.

    Attributes
    ----------
    rule : int
        Index in ``RULES``.
    state : State
        Its state.
    section : Section
        Where it stands.
    comparison : str
        The comparison, true as written (``0.61 < 0.70``); empty where there is none.
    note : str
        Shortfall or reason.
    margin : float
        Steps from the threshold; NaN where there is none.
    """

    rule: int
    state: State
    section: Section
    comparison: str
    note: str
    margin: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why one unit has its label.

    Attributes
    ----------
    row : int
        Row of the unit.
    cluster_id : int or None
        Its id; None where the row has none.
    label : str
        The label shown; empty for a unit without spikes.
    headline : str
        The reason in one line.
    facts : tuple of str
        RPV in words, kept time, split label, disagreements.
    lines : tuple of Line
        Every rule, in reading order.
    """

    row: int
    cluster_id: int | None
    label: str
    headline: str
    facts: tuple[str, ...]
    lines: tuple[Line, ...]


_HOLDS = {"<": operator.lt, ">": operator.gt, "≥": operator.ge, "≤": operator.le}
_OPPOSITE = {"<": "≥", ">": "≤"}


def comparison(metric: Metric, value: float, op: str, threshold: float) -> str:
    """Return ``value op threshold`` with as many digits as make it true as written.

    Parameters
    ----------
    metric : Metric
        Gives the usual number of digits and the unit.
    value, threshold : float
        The numbers; ``op`` must hold between them.
    op : {'<', '>', '≥', '≤'}
        The comparison.
    """
    unit = f" {metric.unit}" if metric.unit and metric.unit != "%" else metric.unit
    short = format(threshold, "g")  # the limit as it was typed, where that is all of it
    for digits in (metric.fmt, ".4g", ".6g", ".9g", ".17g"):
        left = format(value, digits)
        right = short if float(short) == threshold else format(threshold, digits)
        as_written = float(left.replace(",", "")), float(right.replace(",", ""))
        if as_written == (value, threshold) or (
            _HOLDS[op](*as_written) and (as_written[0] == as_written[1]) == (value == threshold)
        ):
            break
    return f"{left} {op} {right}{unit}"


def margin_words(margin: float) -> str:
    """Return a margin as ``1.3 steps``; clipped ones as ``20 steps or more``."""
    if np.isnan(margin):
        return ""
    size = abs(margin)
    if size >= MARGIN_CLIP:
        return f"{MARGIN_CLIP:.0f} steps or more"
    return f"{size:.1f} steps" if size >= 0.05 or size == 0 else "under 0.1 steps"


def _shortfall(rule: Rule, value: float, threshold: float) -> str:
    """Return how far a value is from its limit, in the metric's unit and as a share of it."""
    difference = value - threshold
    if not np.isfinite(difference):
        return ""
    number = format(abs(difference), rule.declared.fmt.replace("%", "f"))
    if float(number.replace(",", "")) == 0:
        number = format(abs(difference), ".2g")
    unit = rule.declared.unit
    gap = f"{number} {unit}" if unit and unit != "%" else number + unit
    side = "over" if difference > 0 else "short"
    share = f", {difference / abs(threshold):+.0%}" if threshold else ""
    return f"{gap} {side}{share}".replace("-", "−")


def _section(state: State, deciding: bool, undecided: bool) -> Section:
    if state == State.FAIL:
        if undecided:
            return Section.OPEN
        return Section.DECIDING if deciding else Section.MASKED
    return {
        State.PASS: Section.PASSED,
        State.BEYOND: Section.BEYOND,
        State.NOT_TESTED: Section.NOT_TESTED,
        State.EXEMPT: Section.EXEMPT,
        State.MISSING: Section.MISSING,
    }[state]


_LINES: WeakKeyDictionary[Sheet, dict[tuple[int, int], Line]] = WeakKeyDictionary()
"""Lines of the last units, because several panels write the same rules at each step; by sheet, and
no longer than it is there."""
_MOST_LINES = 4 * len(RULES)


def rule_line(table: Sheet, row: int, index: int) -> Line:
    """Return one rule for one unit, in words."""
    lines = _LINES.setdefault(table, {})
    found = lines.get((row, index))
    if found is None:
        if len(lines) >= _MOST_LINES:
            lines.clear()
        found = lines[row, index] = _line(table, row, index)
    return found


def _line(table: Sheet, row: int, index: int) -> Line:
    audit, rule = table.audit, RULES[index]
    state = State(int(audit.states[index, row]))
    deciding = bool(int(audit.deciding[row]) >> index & 1)
    section = _section(state, deciding, audit.label[row] == Label.INCOMPLETE)
    margin = float(audit.margins[index, row])
    words, note = "", ""
    if state == State.NOT_TESTED:
        note = audit.rules[index].why or _why_not_tested(table, row)
    elif rule.op == "missing":
        note = _missing_peaks(table, row) if state == State.FAIL else "it has a value"
    elif state == State.MISSING:
        note = _missing_note(rule)
    else:
        value = float(table.values(rule.metric)[row])
        threshold = audit.rules[index].threshold
        holds = _HOLDS[rule.op](value, threshold)
        words = comparison(
            rule.declared, value, rule.op if holds else _OPPOSITE[rule.op], threshold
        )
        note = _note(rule, state, value, threshold, margin)
    return Line(index, state, section, words, note, margin)


def _why_not_tested(table: Sheet, row: int) -> str:
    if table.audit.label[row] == Label.UNSCORED:
        return "not scored"
    # the sort has some of a unit whose spikes were all removed as duplicates
    return "no spikes left" if row in table.parts.emptied else NO_SPIKES


def _missing_note(rule: Rule) -> str:
    if rule.metric == "nPeaks":
        return "no value: counted by the rule “nPeaks missing”"
    if rule.metric == "mainPeak_before_width":
        return "no value: the four-way branch cannot fire"
    return "no value, so Bombcell lets it pass"


def _note(rule: Rule, state: State, value: float, threshold: float, margin: float) -> str:
    special = rule.declared.sentinel_words(value)
    if state == State.EXEMPT and rule.exemption:
        return rule.exemption.words
    if state == State.BEYOND:
        return "counts only when all four non-somatic comparisons hold"
    if special:
        return special
    if state == State.FAIL:
        gap = _shortfall(rule, value, threshold)
        return "; ".join(part for part in (gap, margin_words(margin)) if part)
    return f"by {margin_words(margin)}" if margin_words(margin) else ""


def _missing_peaks(table: Sheet, row: int) -> str:
    spikes = table.floats("nSpikes")
    if spikes is not None and spikes[row] < MIN_SPIKES:
        return (
            f"no peaks: {count_of(spikes[row], 'spike')}, fewer than the 50 that Bombcell asks for"
        )
    return "no peaks: Bombcell saved no number of peaks"


def explain(table: Sheet, row: int) -> Verdict:
    """Return why a unit has its label.

    Parameters
    ----------
    table : Sheet
        The run and its audit.
    row : int
        Row of the unit.
    """
    lines = [rule_line(table, row, i) for i in range(len(RULES))]
    ordered = sorted(lines, key=lambda line: (line.section, line.rule))
    return Verdict(
        row,
        table.ids.id_of(row),
        LABEL_NAMES[int(table.bombcell_labels[row])],
        headline(table, row),
        tuple(_facts(table, row)),
        tuple(ordered),
    )


def headline(table: Sheet, row: int) -> str:
    """Return a unit's reason in one line."""
    audit = table.audit
    label = Label(int(audit.label[row]))
    if label == Label.EMPTY:
        return _empty(table, row)
    if label == Label.UNSCORED:
        return _unscored(table, row)
    if label == Label.INCOMPLETE:
        return _undecided(table, row)
    if label == Label.GOOD:
        return _weakest(table, row)
    failures = _failures(table, row, int(audit.deciding[row]))
    if audit.sole_blocker[row]:
        steps = margin_words(-float(audit.steps_to_good[row]))
        away = f" ({steps} away)" if steps else ""
        return f"Only {failures} keeps this from GOOD{away}."
    family = FAMILY_NAMES[int(audit.family[row])]
    return f"{family.capitalize()}: {failures}" if family else failures


def _failures(table: Sheet, row: int, mask: int) -> str:
    parts = []
    for i in bits(mask & ~FOUR_WAY_MASK):
        line = rule_line(table, row, i)
        text = f"{RULES[i].declared.title} {line.comparison}" if line.comparison else line.note
        parts.append(text)
    if mask & FOUR_WAY_MASK:
        parts.append(f"the {FOUR_WAY_NAME} (all four comparisons hold)")
    return ", ".join(parts)


def _weakest(table: Sheet, row: int) -> str:
    audit = table.audit
    margins = audit.margins[:, row].copy()
    margins[[*FOUR_WAY, *COUNTS]] = np.nan
    if np.isnan(margins).all():
        return "Passes every rule that is tested."
    i = int(np.nanargmin(margins))
    line = rule_line(table, row, i)
    safety = float(audit.safety_of_good[row])
    if safety < line.margin - 1e-6:
        return (
            f"Passes every rule; the weakest pass is the {FOUR_WAY_NAME} ({margin_words(safety)})."
        )
    return (
        f"Passes every rule; the weakest pass is {RULES[i].declared.title} {line.comparison}"
        f" ({margin_words(line.margin)})."
    )


def _empty(table: Sheet, row: int) -> str:
    """Return why a unit without spikes has no label; what the sort had of it, where known."""
    words = empty_words(table.parts.emptied.get(row, 0))
    return f"{words[:1].upper()}{words[1:]}: Bombcell gives it no label."


def _unscored(table: Sheet, row: int) -> str:
    phy = table.phy
    text = "not scored" if phy is None else phy.text(row)
    return f"{text[:1].upper()}{text[1:]}."


def _undecided(table: Sheet, row: int) -> str:
    why = "; ".join(dict.fromkeys(s.why for s in table.audit.rules if s.open))
    saved = LABEL_NAMES[int(table.bombcell_labels[row])]
    tail = f" The label shown is the saved one: {saved}." if saved != "incomplete" else ""
    return f"Cannot be decided: {why}.{tail}"


_RPV_WORDS: dict[Rpv, str] = {
    Rpv.CLEAN: "RPV: shown clean, below the limit at one tested refractory period or more",
    Rpv.NOT_SHOWN_CLEAN: "RPV: not shown clean although there were enough spikes",
    Rpv.UNDECIDABLE: "RPV: too few spikes to say",
    Rpv.NOT_ASSESSED: "RPV: not assessed (no verdict in these results)",
}


def _facts(table: Sheet, row: int) -> list[str]:
    audit = table.audit
    label = Label(int(audit.label[row]))
    facts = _phy_facts(table, row)
    if label == Label.UNSCORED:
        return [*facts, "no label: run Bombcell again to have it scored"]
    if label != Label.EMPTY:
        facts.append(_RPV_WORDS[Rpv(int(audit.rpv[row]))])
        kept = float(table.values("kept_fraction")[row])
        facts.append(f"kept time: {f'{kept:.0%} of the session' if kept == kept else _lost(table)}")
    if label == Label.NON_SOMA:
        split = LABEL_NAMES[int(audit.split_label[row])]
        facts.append(f"if split, it would be {split}")
    if audit.sole_blocker[row]:
        facts.append("sole blocker: without it the unit would be GOOD")
    width = RULE_INDEX["mainPeak_before_width<minWidthFirstPeak_nonSomatic"]
    if audit.states[width, row] == State.MISSING:
        facts.append("first-peak width is missing: the four-way branch cannot fire")
    return facts + _disagreements(table, row)


def _lost(table: Sheet) -> str:
    """Return why the kept fraction of a unit is not known."""
    first, last = table.run.session_s
    chunks = table.run.settings.saved.get("computeTimeChunks")
    if last > first or (chunks is not None and not chunks):
        return "unknown, Bombcell saved none of this unit"
    return "the session's length is unknown"


_PHY_WORDS: dict[PhyState, str] = {
    PhyState.STALE: "changed since: ",
    PhyState.GONE: "no longer in phy: ",
    PhyState.UNKNOWN: "whether phy changed it is not known: ",
}


def _phy_facts(table: Sheet, row: int) -> list[str]:
    """Return what became of the unit in phy after Bombcell ran; nothing where nothing did."""
    if table.ids.id_of(row) is None:
        return [NO_ID_WORDS]
    phy = table.phy
    if phy is None:
        return []
    words = _PHY_WORDS.get(PhyState(int(phy.state[row])))
    return [words + phy.detail(row)] if words else []


def _disagreements(table: Sheet, row: int) -> list[str]:
    ours, saved = int(table.audit.label[row]), int(table.saved_codes[row])
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
