"""What the rules say of a stretch that was chosen by hand: numbers beside the whole's, no label."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bcviewer.core.audit.states import State
from bcviewer.core.rules.comparisons import HOLDS, OPPOSITE, comparison
from bcviewer.core.rules.counts import count_of
from bcviewer.core.rules.labels import LABEL_NAMES, Label
from bcviewer.core.rules.metrics import METRICS
from bcviewer.core.rules.rules import RULE_INDEX, RULES
from bcviewer.core.run.precision import limit_in
from bcviewer.core.run.stretch import Stretch
from bcviewer.core.sheet.rule_lines import rule_line
from bcviewer.core.sheet.sheet import Sheet

JUDGED: tuple[str, ...] = (
    "fractionRPVs_estimatedTauR>maxRPVviolations",
    "percentageSpikesMissing_gaussian>maxPercSpikesMissing",
    "presenceRatio<minPresenceRatio",
    "nSpikes<minNumSpikes",
)
"""The rules whose metrics can be computed of any time; all others are of what the run has once."""

UNDER_WAY = "…"


@dataclass(frozen=True, slots=True)
class StretchLine:
    """One metric in a stretch, beside the whole.

    Attributes
    ----------
    name : str
        The metric's title.
    whole, stretch : str
        The comparison with the limit, or the value where there is none: as Bombcell saved it, and
        as its function says of the stretch.
    state : State
        What the rule says of the stretch.
    value : float
        The stretch's value; NaN: none.
    note : str
        Why there is none, or what it stands for.
    """

    name: str
    whole: str
    stretch: str
    state: State
    value: float
    note: str = ""


@dataclass(frozen=True, slots=True)
class StretchVerdict:
    """What can be said of a stretch.

    Attributes
    ----------
    chosen : Stretch
        The stretch.
    label : str
        The unit's label, which it does not change.
    lines : tuple of StretchLine
        The rules that can be judged, in the order of :data:`JUDGED`.
    others : tuple of str
        The metrics of the unit's other rules: not for a stretch.
    """

    chosen: Stretch
    label: str
    lines: tuple[StretchLine, ...]
    others: tuple[str, ...]

    @property
    def head(self) -> str:
        """What stands over it."""
        stays = f"the label stays {self.label}" if self.label else "no label follows from it"
        return f"{self.chosen.chosen} · {stays}"

    @property
    def words(self) -> str:
        """What the rules say, in a sentence."""
        known = [line for line in self.lines if line.state in (State.PASS, State.FAIL)]
        failed = [line.name for line in known if line.state == State.FAIL]
        of = f"{count_of(len(known), 'rule')} that can be judged in a stretch"
        if not known:
            return "No rule can be judged in this stretch so far."
        if failed:
            return f"Of {of} it fails {len(failed)}: {', '.join(failed)}."
        return f"It passes {'the only' if len(known) == 1 else 'all'} {of}."

    @property
    def others_words(self) -> str:
        """What is not said of a stretch, in a sentence; empty: nothing else is tested."""
        return f"Not for a stretch: {', '.join(self.others)}." if self.others else ""


def stretch_verdict(
    sheet: Sheet,
    row: int,
    chosen: Stretch,
    values: Mapping[str, float],
    why: Mapping[str, str],
    status: float,
) -> StretchVerdict:
    """Return what the rules say of a stretch.

    Parameters
    ----------
    sheet, row : Sheet, int
        The unit.
    chosen : Stretch
        The stretch.
    values : mapping of str to float
        Its metrics, as far as they are known, by Bombcell's names.
    why : mapping of str to str
        Why others cannot be computed (what is in neither is under way), and what is to be known
        of those that can.
    status : float
        ``RPV_status`` of the stretch; NaN: none.
    """
    lines = tuple(_line(sheet, row, RULE_INDEX[key], values, why, status) for key in JUDGED)
    others = dict.fromkeys(
        rule.declared.title
        for i, rule in enumerate(RULES)
        if rule.key not in JUDGED and rule.op != "missing" and sheet.audit.rules[i].tested
    )
    label = int(sheet.labels[row])
    return StretchVerdict(chosen, LABEL_NAMES[Label(label)], lines, tuple(others))


def _line(
    sheet: Sheet,
    row: int,
    index: int,
    values: Mapping[str, float],
    why: Mapping[str, str],
    status: float,
) -> StretchLine:
    rule, tested = RULES[index], sheet.audit.rules[index]
    metric, known = METRICS[rule.metric], rule_line(sheet, row, index)
    whole = known.comparison or (_saved(sheet, row, rule.metric) if tested.off else "–")
    if rule.metric not in values:
        note = why.get(rule.metric, UNDER_WAY)
        return StretchLine(metric.title, whole, "–", State.NOT_TESTED, float("nan"), note)
    value = float(values[rule.metric])
    if value != value:
        return StretchLine(metric.title, whole, "–", State.MISSING, value, "no value")
    note = metric.sentinel_words(value) or why.get(rule.metric, "")
    if not tested.tested:
        text, off = metric.text(value), tested.why or "not tested"
        return StretchLine(metric.title, whole, text, State.NOT_TESTED, value, off)
    column = sheet.run.units.numbers(rule.metric)
    as_saved = value if column is None else limit_in(column.dtype, value)
    fails = HOLDS[rule.op](as_saved, tested.threshold)
    words = comparison(metric, as_saved, rule.op if fails else OPPOSITE[rule.op], tested.threshold)
    state = State.FAIL if fails else State.PASS
    exempt = rule.exemption
    kept = exempt is not None and exempt.flag and sheet.criteria.flags[exempt.flag]
    if exempt is not None and kept and status == exempt.equals:
        state, note = State.EXEMPT, exempt.words
    return StretchLine(metric.title, whole, words, state, value, note)


def _saved(sheet: Sheet, row: int, name: str) -> str:
    column = sheet.floats(name)
    return "–" if column is None else METRICS[name].text(float(column[row]))
