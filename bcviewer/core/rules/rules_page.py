"""The guide's page of rules, written from what is declared: nobody edits it by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bcviewer.core.rules.defaults import DEFAULT_THRESHOLDS, DEFAULTS_OF
from bcviewer.core.rules.explained import EXPLAINED, SOURCES
from bcviewer.core.rules.metrics import METRICS
from bcviewer.core.rules.rules import (
    BLOCK_NAMES,
    FAMILY_NAMES,
    RULES,
    Block,
    Exemption,
    Family,
    Rule,
)

PAGE = "rules.md"
"""Its name among the pages of the guide."""

_LEADS = {
    Block.NOISE: "One failure makes a unit NOISE, and hides what follows.",
    Block.MUA: "One failure makes a unit that is not NOISE MUA. The *family* says in a word why.",
    Block.NON_SOMA: "Four comparisons count only together (the *four-way branch*); the one of"
    " `mainPeakToTroughRatio` counts alone. A unit that is NOISE is not asked. Where"
    " `splitGoodAndMua_NonSomatic` is on, NON-SOMA is told apart by the rules of MUA.",
}
_HEAD = f"""# The rules

This page is written from the tables by which the program judges. Limits are the defaults of
{DEFAULTS_OF}; those of your run are in *Thresholds*. A comparison is strict: a value that is equal
to its limit passes. A missing value fails no rule but *nPeaks missing*.
"""


def rules_page(dock_title: Callable[[str], str]) -> str:
    """Return the page as Markdown: a part for each block, and in it one for each metric.

    Parameters
    ----------
    dock_title : callable
        Returns the title of a dock by its id.
    """
    parts = [_HEAD]
    for block in Block:
        parts.append(f"## {BLOCK_NAMES[block]}\n\n{_LEADS[block]}\n")
        of_block = [rule for rule in RULES if rule.block == block]
        for metric in dict.fromkeys(rule.metric for rule in of_block):
            rules = [rule for rule in of_block if rule.metric == metric]
            parts.append("\n".join(_part(metric, rules, dock_title)))
    sources = "\n".join(f"* [{name}]({address})" for name, address in SOURCES.values())
    return "\n".join([*parts, f"## Sources\n\n{sources}\n"])


def _part(metric: str, rules: list[Rule], dock_title: Callable[[str], str]) -> Iterator[str]:
    declared, told = METRICS[metric], EXPLAINED[metric]
    yield f"### {_capital(declared.title)}\n"
    yield f"`{metric}`{f', in {declared.unit}' if declared.unit else ''}. {declared.help}\n"
    yield "| fails where | by default | told as |\n| --- | --- | --- |"
    for rule in rules:
        yield f"| {_comparison(rule)} | {_default(rule)} | `{rule.token}` |"
    yield ""
    for rule in rules:
        yield from _conditions(rule)
    words = (rule.step.words(declared.unit) for rule in rules if rule.step)
    steps = " or ".join(dict.fromkeys(words))
    by_fit = ", as the fit is linear or exponential" if " or " in steps else ""
    yield f"* One step: {steps}{by_fit}."
    yield f"* Formula: {told.formula}"
    names = "; ".join(f"[{SOURCES[key][0]}]({SOURCES[key][1]})" for key in told.sources)
    yield f"* Source: {names}."
    docks = ", ".join(f"*{dock_title(dock)}*" for dock in told.seen_in)
    yield f"* Seen in: {docks}."
    yield "* When to distrust it:"
    for sentinel in declared.sentinels:
        yield f"    * {sentinel.words[0].upper()}{sentinel.words[1:]}."
    for line in told.distrust:
        yield f"    * {line}"
    yield ""


def _comparison(rule: Rule) -> str:
    if rule.op == "missing":
        return f"`{rule.metric}` has no value"
    return f"`{rule.metric}` {rule.op} `{rule.parameter}`"


def _default(rule: Rule) -> str:
    if rule.op == "missing":
        return "–"
    limit = rule.declared.text(DEFAULT_THRESHOLDS[rule.parameter])
    number = f"{DEFAULT_THRESHOLDS[rule.parameter]:g}"
    unit = limit.rpartition(" ")[2] if " " in limit else "%" if limit.endswith("%") else ""
    return f"{number} {unit}".rstrip()


def _conditions(rule: Rule) -> Iterator[str]:
    """Return lines about when a rule is asked, and what a failure means."""
    if rule.gates:
        flags = " and ".join(f"`{name}` is {'on' if on else 'off'}" for name, on in rule.gates)
        yield f"* `{rule.key}` is asked only where {flags}."
    if rule.exemption is not None:
        yield f"* Left out are units {_left_out(rule.exemption)}."
    if rule.family is not Family.NONE:
        yield f"* Family: {_family(rule.family)}."


def _left_out(exemption: Exemption) -> str:
    if exemption.flag:
        return f"whose `{exemption.column}` is {exemption.equals:g}, if `{exemption.flag}` is on"
    return f"without a value of `{exemption.column}`"


def _family(family: Family) -> str:
    name = FAMILY_NAMES[family]
    if family is Family.NOT_SHOWN_CLEAN:
        return f"{name}, or {FAMILY_NAMES[Family.UNDECIDABLE]} where `RPV_status` is 0"
    return name


def _capital(text: str) -> str:
    """Return a title with a capital; ``RPV fraction`` and ``L-ratio`` have theirs."""
    return text[0].upper() + text[1:]
