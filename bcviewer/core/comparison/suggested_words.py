"""Agreement with the labels and Bombcell's suggestions in words: a line for each threshold."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from bcviewer.core.comparison.agreement import FEWEST, AgreementCurve, Agreements
from bcviewer.core.comparison.proposal import value_words
from bcviewer.core.comparison.suggested import OFFERED, Joint, Suggested, Suggestion
from bcviewer.core.comparison.what_if import NEEDS_RUN
from bcviewer.core.curation.counted import CountedLabels
from bcviewer.core.rules.comparisons import passing
from bcviewer.core.rules.counts import count_of
from bcviewer.core.rules.metric import NO_VALUE
from bcviewer.core.rules.rules import RULES, Rule
from bcviewer.core.sheet.sheet import Sheet

Changed = float | bool

HEADS: tuple[tuple[str, str], ...] = (
    ("threshold", "What passes; the value that is tried, in parentheses the saved one."),
    (
        "agrees",
        "Balanced accuracy, GOOD against all others, at that value; the others as they are shown.",
    ),
    ("best where", "Where it agrees best, and how well: on the labels that it was chosen by."),
    ("suggested", "What Bombcell suggests, and whether it stands by it; Bombcell's own words."),
    ("68 % interval", "Where the best threshold lies in 68 % of Bombcell's resamples."),
    (
        "held out",
        "Balanced accuracy of Bombcell's stage, noise or MUA: as it is → as suggested, held out.",
    ),
    ("labels", "Labels that Bombcell went by: of units to keep + to reject."),
)
"""What stands above the columns, and what it means."""
WITHHELD = "withheld"


@dataclass(frozen=True, slots=True)
class ThresholdWords:
    """What is said of one threshold.

    Attributes
    ----------
    name : str
        The threshold.
    texts : tuple of str
        One under each of :data:`HEADS`.
    tip : str
        What there is to know beside it.
    is_offered, is_taken : bool
        Whether Bombcell's suggestion can be taken, and whether the proposal has it.
    """

    name: str
    texts: tuple[str, ...]
    tip: str
    is_offered: bool
    is_taken: bool


def threshold_words(
    sheet: Sheet,
    found: Agreements,
    suggested: Suggested | None,
    changes: Mapping[str, Changed],
) -> tuple[ThresholdWords, ...]:
    """Return a line for each threshold of which anything is known; what can be taken comes first.

    Both parts are in the order of the rules.
    """
    out = []
    for rule in RULES:
        name = rule.parameter
        curve = found.of(name) if name else None
        one = suggested.of(name) if name and suggested is not None else None
        if curve is not None or one is not None:
            taken = suggested is not None and one in suggested.taken(changes)
            out.append(_line(sheet, rule, curve, one, taken))
    return tuple(sorted(out, key=lambda line: not line.is_offered))


def _line(
    sheet: Sheet, rule: Rule, curve: AgreementCurve | None, one: Suggestion | None, taken: bool
) -> ThresholdWords:
    name = rule.parameter
    now = sheet.criteria.thresholds.get(name, math.nan)
    saved = sheet.inputs.criteria.thresholds.get(name, math.nan)
    before = f" ({_value(saved)})" if now != saved and saved == saved else ""
    threshold = f"{passing(rule)} {_value(now)}{before}"
    texts = (threshold, *_curve_words(rule, curve, now), *_suggestion_words(one, taken))
    tips = [name, "" if curve is None else curve.caveat, "" if one is None else one.withheld]
    if one is not None and one.status == "too few labels":
        tips.append(f"Bombcell asks for {FEWEST} labels on either side.")
    return ThresholdWords(name, texts, "\n".join(filter(None, tips)), _offered(one), taken)


def _offered(one: Suggestion | None) -> bool:
    return one is not None and one.is_offered


def _curve_words(rule: Rule, curve: AgreementCurve | None, now: float) -> tuple[str, str]:
    if curve is None:
        return NO_VALUE, NO_VALUE
    if curve.needs_run:
        return NEEDS_RUN, NO_VALUE
    best = curve.best(now)
    at = NO_VALUE if math.isnan(now) else score_words(curve.at(now))
    if best is None:
        return at, NO_VALUE
    more = f" and {best.n_others} more" if best.n_others else ""
    return at, f"{interval_words(rule, best.low, best.high)}: {score_words(best.score)}{more}"


def interval_words(rule: Rule, low: float, high: float) -> str:
    """Return an interval of thresholds; a value at its open end is not in it."""
    if math.isinf(low) and math.isinf(high):
        return "anywhere"
    if math.isinf(low):
        return f"{'≤' if rule.op == '<' else '<'} {_value(high)}"
    if math.isinf(high):
        return f"{'>' if rule.op == '<' else '≥'} {_value(low)}"
    return f"{_value(low)} to {_value(high)}"


def _suggestion_words(one: Suggestion | None, taken: bool) -> tuple[str, str, str, str]:
    if one is None:
        return NO_VALUE, NO_VALUE, NO_VALUE, NO_VALUE
    labels = f"{one.n_pass:,} + {one.n_fail:,}"
    if one.withheld:
        status = NEEDS_RUN if one.withheld.startswith(NEEDS_RUN) else WITHHELD
        return status, NO_VALUE, NO_VALUE, labels
    sign = "✓ taken" if taken else one.status
    if one.status == OFFERED and not taken:
        sign = f"→ {one.status}"
    what = sign if math.isnan(one.suggested) else f"{_value(one.suggested)} {sign}"
    interval = NO_VALUE if math.isnan(one.low) else f"{_value(one.low)} to {_value(one.high)}"
    if one.is_rounded_out:
        interval += ", rounded out of it"
    accuracy = NO_VALUE
    if one.accuracy_now == one.accuracy_now:
        accuracy = f"{score_words(one.accuracy_now)} → {score_words(one.accuracy)}"
    return what, interval, accuracy, labels


def score_words(score: float) -> str:
    """Return an accuracy, which is 1.00 only where it is exactly that."""
    if math.isnan(score):
        return NO_VALUE
    text = f"{score:.2f}"
    return ">0.99" if score < 1.0 and text == "1.00" else text


def _value(value: float) -> str:
    return value_words(float(f"{value:.4g}")).replace("-", "−")


def label_words(found: Agreements, counted: CountedLabels) -> tuple[str, ...]:
    """Return how many labels stand behind it, how they were sampled, and what is left out."""
    kind = "blind label" if counted.blind else "label"
    parts = [f"{count_of(len(counted.labels), kind)}: {found.n_good:,} GOOD, {found.n_rest:,} not"]
    if counted.words:
        parts.append(counted.words)
    if found.left_out:
        parts.append(f"{count_of(found.left_out, 'unit')} without a verdict left out")
    if found.why:
        parts.append(found.why)
    return tuple(parts)


def answer_words(suggested: Suggested, counted: CountedLabels) -> tuple[str, ...]:
    """Return what Bombcell's answer goes by, and whether it is of these labels."""
    n = count_of(suggested.n_units, "label")
    offered = len(suggested.offered)
    what = count_of(offered, "suggestion") if offered else "no suggestion"
    parts = [f"Bombcell {suggested.version}, of {n} and the saved thresholds: {what}"]
    if suggested.counted.labels != counted.labels:
        parts.append("the labels are others by now: ask again")
    return tuple(parts)


def joint_words(
    suggested: Suggested, joints: tuple[Joint, ...], taken: bool
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return how well several suggestions hold together, and how that was found out."""
    told, how = [], []
    for one in joints:
        n = len(one.names)
        who = f"the {n} that are taken" if taken else f"all {n} that are suggested"
        stage = "noise" if one.stage == "noise" else one.stage.upper()
        scores = f"{score_words(one.now)} → {score_words(one.together)}"
        told.append(f"{stage}, {who} together: {scores} held out")
        found = [suggested.of(name) for name in one.names]
        alone = ", ".join(f"{a.name} {score_words(a.accuracy)}" for a in found if a is not None)
        how.append(
            f"Bombcell tunes each alone ({alone}); together: each tuned alone on the same"
            f" {one.n_folds} resamples of {count_of(one.n_units, 'label')}, all judging the labels"
            " that a resample left out"
        )
    return tuple(told), tuple(how)
