"""Why one unit has its label: a headline, the facts, and every rule."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from bcviewer.core.audit.reasons import FOUR_WAY_NAME, bits, empty_words
from bcviewer.core.audit.states import State
from bcviewer.core.rules.comparisons import margin_words
from bcviewer.core.rules.labels import LABEL_NAMES, Label
from bcviewer.core.rules.rules import COUNTS, FAMILY_NAMES, FOUR_WAY, FOUR_WAY_MASK, RULES
from bcviewer.core.run.scored import SCORED_HERE, Scored
from bcviewer.core.sheet.derive import derive, settled
from bcviewer.core.sheet.facts import (
    facts_of,
    measured_facts,
    merged_facts,
    other_facts,
    saved_label,
    tsv_facts,
)
from bcviewer.core.sheet.inputs import Inputs
from bcviewer.core.sheet.rule_lines import RuleLine, Section, reading_order, rule_line
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.core.sheet.veil import HIDDEN_WORDS


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
    lines : tuple of RuleLine
        Every rule, in reading order.
    here : str
        The verdict on a unit that Bombcell did not score, where it was scored here; then headline,
        facts and lines are of that, and there is no label.
    """

    row: int
    cluster_id: int | None
    label: str
    headline: str
    facts: tuple[str, ...]
    lines: tuple[RuleLine, ...]
    here: str = ""


def explain(table: Sheet, row: int) -> Verdict:
    """Return why a unit has its label.

    Parameters
    ----------
    table : Sheet
        The run and its audit.
    row : int
        Row of the unit.
    """
    found = table.parts.scored_unit(row)
    if not isinstance(found, str):
        return _explained_here(table, row, found)
    lines = [rule_line(table, row, i) for i in range(len(RULES))]
    return Verdict(
        row,
        table.ids.id_of(row),
        LABEL_NAMES[int(table.parts.verdicts[row])],
        headline(table, row) if table.inputs.tried is None else proposed_headline(table, row),
        tuple(facts_of(table, row)),
        tuple(reading_order(lines)),
    )


def _explained_here(table: Sheet, row: int, found: Scored) -> Verdict:
    """Return why a unit that phy made has the verdict that bombcell gave it here."""
    phy, alone = table.phy, derive(Inputs.of(found.unit))
    lines, said = [], headline(alone, 0)
    for line in explain(alone, 0).lines:
        title = RULES[line.rule].declared.title
        if title in found.untested:
            why = "not tested: it cannot be measured here"
            line = replace(line, state=State.NOT_TESTED, section=Section.NOT_TESTED, note=why)
        lines.append(line)
    made = [] if phy is None else [phy.unsaved(row)]
    if phy is not None and not phy.there_again(row):
        made.insert(0, phy.as_read.text(row))
    others = bool(table.run.criteria.diff(table.criteria))
    by = "by the run's own parameters, whatever is tried" if others else ""
    told = (saved_label(table, row), *merged_facts(table, row), *other_facts(table, row), by)
    facts = [*made, *told, *found.remarks, *measured_facts(alone, 0)]
    facts += ["no label of Bombcell's run", *tsv_facts(table, row)]
    return Verdict(
        row,
        table.ids.id_of(row),
        "",
        f"As far as tested: {said[:1].lower()}{said[1:]}" if found.untested else said,
        tuple(fact for fact in facts if fact),
        tuple(reading_order(lines)),
        f"{SCORED_HERE}: {found.verdict}",
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


def proposed_headline(table: Sheet, row: int) -> str:
    """Return what a proposal makes of a unit in one line: ``MUA: presence … → with …: GOOD``."""
    tried = table.inputs.tried
    now, was = int(table.parts.verdicts[row]), int(table.bombcell_labels[row])
    if tried is None or table.veil.hides(row) or row >= table.n_scored:
        return headline(table, row)
    if why := tried.why_unanswered(row):
        return f"What if {tried.words}: {why}. Bombcell's label stays {LABEL_NAMES[was]}."
    if now == was:
        return headline(table, row)
    answer = tried.answers.of(row)
    marked = f", {answer}" if tried.answers.codes[row] else ""
    before, after = _decided_by(settled(table), row), _decided_by(table, row)
    old = f"{LABEL_NAMES[was]}{f': {before}' if before else ''}"
    new = f"{LABEL_NAMES[now]}{f': {after}' if after else ''}"
    return f"{old} → with {tried.words}{marked}: {new}"


def _decided_by(table: Sheet, row: int) -> str:
    """Return the failures that gave a unit its label; nothing of a GOOD one."""
    return _failures(table, row, int(table.audit.deciding[row]))


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
    if table.veil.hides(row):
        return f"Blind review: the verdict is {HIDDEN_WORDS}."
    phy = table.phy
    told = phy if phy is None or phy.there_again(row) else phy.as_read
    text = "not scored" if told is None else told.text(row)
    return f"{text[:1].upper()}{text[1:]}."


def _undecided(table: Sheet, row: int) -> str:
    why = "; ".join(dict.fromkeys(s.why for s in table.audit.rules if s.open))
    saved = LABEL_NAMES[int(table.bombcell_labels[row])]
    tail = f" The label shown is the saved one: {saved}." if saved != "incomplete" else ""
    return f"Cannot be decided: {why}.{tail}"
