"""The comparison as rich text: why labels changed, what differs, what only one run has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from itertools import groupby

from bcviewer.core.comparison.causes import CAUSE_WORDS, Cause
from bcviewer.core.comparison.changes import (
    CAUSE_HELP,
    stays_words,
    unchanged_words,
    unsaid_words,
)
from bcviewer.core.comparison.measures import Spread, differing
from bcviewer.core.comparison.two_runs import TwoRuns
from bcviewer.core.comparison.two_runs_words import (
    CHANGED,
    cause_filter,
    elsewhere_words,
    parameter_lines,
    why_filter,
)
from bcviewer.core.rules.counts import count_of
from bcviewer.core.rules.metrics import METRICS
from bcviewer.widgets.drawing.text_labels import link

_APART = ' style="margin-top:5px"'
"""Of a title from what is above it."""
_MOST_WHYS = 12
"""Of each cause so many whys are listed."""


class Links(dict[str, str]):
    """The filters of links, by what the links are called in the text."""

    def to(self, text: str, shown: str) -> str:
        """Return a link that shows units, with its text."""
        href = str(len(self))
        self[href] = shown
        return link(href, text)


def whys_html(two: TwoRuns) -> tuple[str, dict[str, str]]:
    """Return why units changed, and the filters of the links."""
    links = Links()
    parts = [escape(two.found.pairing.words), *_whys(two, links)]
    further = filter(None, (stays_words(two.found), unsaid_words(two.found)))
    parts += [escape(f"{words[:1].upper()}{words[1:]}.") for words in further]
    return _lines(parts), links


def differences_html(two: TwoRuns) -> str:
    """Return what differs but for labels: parameters, what was measured, units of one run only."""
    parts: list[str] = []
    for title, lines in parameter_lines(two):
        parts += [_title(title), "<br>".join(map(escape, lines)) or "none"]
    parts += [_title("What was measured"), _spreads(two)]
    if words := elsewhere_words(two):
        parts += [_title("Not in this run"), escape(words)]
    return _lines(parts)


def _lines(parts: Iterable[str]) -> str:
    return "".join(
        f"<div{_APART if part.startswith('<b>') else ''}>{part}</div>" for part in parts if part
    )


def _title(text: str) -> str:
    return f"<b>{escape(text)}</b>"


def _whys(two: TwoRuns, links: Links) -> Iterator[str]:
    n = int(two.found.changed.sum())
    if not two.found.matched:
        yield _title("No unit is matched: counts side by side")
        yield "<br>".join(escape(one.counts) for one in two.classes)
        return
    if not n:
        yield _title(unchanged_words(two.found) or "No label is known to have changed")
        return
    yield _title(f"Why {count_of(n, 'unit')} changed")
    if any(two.here[two.found.changed] >= 0):
        yield links.to("show all that this run has", CHANGED)
    lines = []
    for cause, group in groupby(two.whys, lambda why: why.cause):
        whys = [*group]
        total, here = sum(why.n for why in whys), any(why.n_here for why in whys)
        name = CAUSE_WORDS[cause].replace("_", " ")
        head = links.to(name, cause_filter(cause)) if here else escape(name)
        lines.append(_row(f"<b>{total:,}</b>", f"<b>{head}</b>: {escape(CAUSE_HELP[cause])}"))
        if cause in (Cause.ONLY_BEFORE, Cause.ONLY_AFTER):
            continue
        for why in whys[:_MOST_WHYS]:
            words = links.to(why.words, why_filter(why)) if why.n_here else escape(why.words)
            lines.append(_row(f"{why.n:,}", words))
        if left := whys[_MOST_WHYS:]:
            n_left = sum(why.n for why in left)
            lines.append(_row(f"{n_left:,}", f"by {count_of(len(left), 'other why')}"))
    yield f"<table cellspacing='0' cellpadding='1'>{''.join(lines)}</table>"


def _row(number: str, text: str) -> str:
    return f"<tr><td align='right'>{number}&nbsp;&nbsp;</td><td>{text}</td></tr>"


def _spreads(two: TwoRuns) -> str:
    """Return how metrics are spread: where units are matched only those that differ."""
    matched = bool(two.found.pairing.both.any())
    told = differing(two.spreads)
    if not told:
        return "every metric that a rule reads is the same"
    units = "<td align='right'>units</td>" if matched else ""
    head = f"<tr><td></td>{units}<td align='right'>before</td><td align='right'>after</td></tr>"
    rows = "".join(_spread(one, matched) for one in told)
    what = "differ in so many units; " if matched else ""
    return f"{what}median (quartiles)<table cellspacing='0' cellpadding='2'>{head}{rows}</table>"


def _spread(one: Spread, matched: bool) -> str:
    differ = f"<td align='right'>{one.differ:,}</td>" if matched else ""
    cells = "".join(f"<td align='right'>&nbsp;{escape(text)}</td>" for text in one.texts)
    return f"<tr><td>{escape(METRICS[one.metric].title)}</td>{differ}{cells}</tr>"
