"""Every rule for one unit in words: the comparison, the shortfall, and where it stands."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from weakref import WeakKeyDictionary

from bcviewer.core.audit.reasons import FOUR_WAY_NAME, empty_words
from bcviewer.core.audit.states import State
from bcviewer.core.rules.comparisons import HOLDS, OPPOSITE, comparison, margin_words, shortfall
from bcviewer.core.rules.counts import verb_of
from bcviewer.core.rules.defaults import LEAST_SPIKES
from bcviewer.core.rules.labels import Label
from bcviewer.core.rules.rules import COUNTS, FOUR_WAY, RULES, Rule
from bcviewer.core.run.scored import SCORED_HERE
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.core.sheet.veil import HIDDEN_WORDS

SEE_WHY = f"{SCORED_HERE}: see Why"
"""What stands for a rule of a unit whose verdict here, and what it is by, *Why* tells."""
NOT_BY_THIS_RUN = f"not by this run; {SEE_WHY}"


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
class RuleLine:
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
    saved : str
        While another threshold is tried in the comparison, which one is saved (``saved 0.7``).
    """

    rule: int
    state: State
    section: Section
    comparison: str
    note: str
    margin: float
    saved: str = ""


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


_LINES: WeakKeyDictionary[Sheet, dict[tuple[int, int], RuleLine]] = WeakKeyDictionary()
"""Lines of the last units, because several panels write the same rules at each step; by sheet, and
no longer than it is there."""
_MOST_LINES = 4 * len(RULES)


def rule_line(table: Sheet, row: int, index: int) -> RuleLine:
    """Return one rule for one unit, in words."""
    lines = _LINES.setdefault(table, {})
    found = lines.get((row, index))
    if found is None:
        if len(lines) >= _MOST_LINES:
            lines.clear()
        found = lines[row, index] = _line(table, row, index)
    return found


def _line(table: Sheet, row: int, index: int) -> RuleLine:
    audit, rule = table.audit, RULES[index]
    state = State(int(audit.states[index, row]))
    deciding = bool(int(audit.deciding[row]) >> index & 1)
    section = _section(state, deciding, audit.label[row] == Label.INCOMPLETE)
    margin = float(audit.margins[index, row])
    words, note = "", ""
    if state == State.NOT_TESTED:
        note = _why_not_tested(table, row)
        note = note if table.veil.hides(row) else audit.rules[index].why or note
    elif rule.op == "missing":
        note = _missing_peaks(table, row) if state == State.FAIL else "it has a value"
    elif state == State.MISSING:
        note = _missing_note(rule)
    else:
        value = float(table.values(rule.metric)[row])
        threshold = audit.rules[index].threshold
        holds = HOLDS[rule.op](value, threshold)
        words = comparison(rule.declared, value, rule.op if holds else OPPOSITE[rule.op], threshold)
        note = _note(rule, state, value, threshold, margin)
    saved = _saved(table, rule) if words else ""
    return RuleLine(index, state, section, words, note, margin, saved)


def _saved(table: Sheet, rule: Rule) -> str:
    """Return which threshold is saved where the one that is tried is another."""
    saved = table.inputs.criteria.thresholds.get(rule.parameter, math.nan)
    moved = saved != table.criteria.thresholds.get(rule.parameter, math.nan)
    return f"saved {saved:.6g}" if moved and not math.isnan(saved) else ""


def _why_not_tested(table: Sheet, row: int) -> str:
    if table.veil.hides(row):
        return HIDDEN_WORDS
    tried = table.inputs.tried
    if table.parts.scored_here(row):
        return NOT_BY_THIS_RUN
    if table.audit.label[row] == Label.UNSCORED:
        return ("" if tried is None else tried.why_unanswered(row)) or "not scored"
    if tried is not None and table.audit.label[row] != Label.EMPTY:
        return tried.why_untested
    return empty_words(table.parts.emptied.get(row, 0))


def _missing_note(rule: Rule) -> str:
    if rule.metric == "nPeaks":
        return "no value: counted by the rule “nPeaks missing”"
    if rule.metric == "mainPeak_before_width":
        return f"no value: the {FOUR_WAY_NAME} cannot fire"
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
        gap = shortfall(rule, value, threshold)
        return "; ".join(part for part in (gap, margin_words(margin)) if part)
    return f"by {margin_words(margin)}" if margin_words(margin) else ""


def _missing_peaks(table: Sheet, row: int) -> str:
    spikes = table.floats("nSpikes")
    if spikes is not None and spikes[row] < LEAST_SPIKES:
        few = f"{spikes[row]:.0f} spikes, fewer than the {LEAST_SPIKES} that Bombcell asks for"
        return f"no peaks: {few}"
    return "no peaks: Bombcell saved no number of peaks"


_REST = (
    (State.FAIL, "more fails", "more fail"),
    (State.PASS, "more passes", "more pass"),
    (State.EXEMPT, "exempt", "exempt"),
    (State.BEYOND, "beyond, not counted", "beyond, not counted"),
    (State.MISSING, "without a value", "without a value"),
)


def reading_order(lines: Iterable[RuleLine]) -> list[RuleLine]:
    """Return rules as they are read: failed ones, then passes from the weakest on, then others.

    Counts, and each of the four comparisons that count only together, say little of how safely a
    unit passes: they stand behind the other passes.
    """

    def key(line: RuleLine) -> tuple[int, bool, float, int]:
        if line.section != Section.PASSED:
            return line.section, False, 0.0, line.rule
        aside = line.rule in FOUR_WAY or line.rule in COUNTS or line.margin != line.margin
        return line.section, aside, 0.0 if line.margin != line.margin else line.margin, line.rule

    return sorted(lines, key=key)


def _named(rule: Rule) -> str:
    """Return what a rule is about, with its limit where another rule of the metric may be on."""
    gates = {other.gates for other in RULES if other.metric == rule.metric}
    title = rule.declared.title
    return f"{title} ({rule.parameter})" if len(gates) > 1 else title


def rest_words(
    rest: Iterable[RuleLine], untested: Sequence[RuleLine], *, named: bool = True
) -> str:
    """Return what rules say that have no line of their own: ``12 more pass · 3 not tested: …``.

    Parameters
    ----------
    rest : iterable of RuleLine
        Tested rules for which there was no room.
    untested : sequence of RuleLine
        Those that are not tested.
    named : bool
        Whether they are named, once each, or counted only.
    """
    states = [line.state for line in rest]
    parts = []
    for state, one, more in _REST:
        if n := states.count(state):
            parts.append(f"{n} {verb_of(n, one, more)}")
    if untested:
        names = dict.fromkeys(_named(RULES[line.rule]) for line in untested)
        hidden = untested[0].note == HIDDEN_WORDS
        every = hidden or len(untested) == len(RULES)
        which = untested[0].note if every else ", ".join(names)
        called = "rules" if hidden else "not tested"
        parts.append(f"{len(untested)} {called}" + (f": {which}" if named else ""))
    return " · ".join(parts)
