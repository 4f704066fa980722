"""Why MUA units are MUA, in one word: bars a family, and stacks by group."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bcviewer.core.arrays import Ints
from bcviewer.core.audit.rpv import SAVED_LIMIT
from bcviewer.core.figures.parts import Bars, FigureBar, LegendKey, StackedBars
from bcviewer.core.figures.population import Grouped
from bcviewer.core.figures.words import CLICK, counted, share
from bcviewer.core.filter.quote import quote
from bcviewer.core.rules.counts import count_of
from bcviewer.core.rules.palette import FAMILY_FILL
from bcviewer.core.rules.rules import FAMILY_NAMES, RULES, Family

FAMILIES: tuple[Family, ...] = tuple(FAMILY_FILL)
_VERDICTS = {
    Family.NOT_SHOWN_CLEAN: ", not for want of spikes where that was saved; not the same as"
    " contaminated",
    Family.UNDECIDABLE: ": too few spikes to say",
    Family.SAVED_LIMIT: f": the verdict is {SAVED_LIMIT}, and nobody has tested at the one that is"
    " tried",
}
"""What parts the families of the one rule on refractory period violations."""


def family_bars(grouped: Grouped, former: Grouped | None = None) -> Bars:
    """Return one bar a family, those without a unit too; ``former``: by the saved thresholds."""
    totals = _totals(grouped)
    of = sum(totals)
    was = [0] * len(totals) if former is None else _totals(former)
    each = zip(FAMILIES, totals, was, strict=True)
    known = [one for one in each if one[0] != Family.SAVED_LIMIT or any(one[1:])]
    bars = (_bar(family, n, of) for family, n, _ in known)
    found = Bars(tuple(bars), tuple(int(family) for family, _, _ in known), of)
    return found if former is None else found.beside([n for _, _, n in known])


def _totals(grouped: Grouped) -> list[int]:
    return [int(n) for n in grouped.counts[:, list(FAMILIES)].sum(axis=0)]


def _bar(family: Family, n: int, of: int) -> FigureBar:
    fill, tip = FAMILY_FILL[family], family_tip(family, n, of)
    return FigureBar(FAMILY_NAMES[family], n, counted(n, of), fill, tip, family_filter(family))


def family_stacks(grouped: Grouped, by: str) -> StackedBars:
    """Return a bar a group, made of families; the uppermost depth comes first, as in phy."""
    order = row_order(grouped.groups, by)
    all_counts = grouped.counts[np.ix_(order, FAMILIES)] if order else np.zeros((0, len(FAMILIES)))
    found = [k for k in range(len(FAMILIES)) if all_counts[:, k].any()]
    counts = np.asarray(all_counts[:, found], np.int64)
    shown = [FAMILIES[k] for k in found]
    totals = counts.sum(axis=1).tolist()
    groups, filters = ([texts[i] for i in order] for texts in (grouped.groups, grouped.filters))
    return StackedBars(
        tuple(_whole(*row, of=sum(totals)) for row in zip(groups, filters, totals, strict=True)),
        tuple(order),
        tuple(LegendKey(FAMILY_NAMES[f], FAMILY_FILL[f]) for f in shown),
        tuple(int(f) for f in shown),
        counts,
        _tips(groups, shown, counts),
        tuple(tuple(f"{family_filter(f)} and {chosen}" for f in shown) for chosen in filters),
    )


def row_order(groups: Sequence[str], by: str) -> list[int]:
    """Return the group of each row."""
    places = list(range(len(groups)))
    return places[::-1] if by == "depth" else places


def _whole(group: str, chosen: str, n: int, of: int) -> FigureBar:
    tip = f"{group}\n{count_of(n, 'MUA unit')}; {CLICK}"
    return FigureBar(group, n, counted(n, of), "", tip, f"not missing(family) and {chosen}")


def _tips(
    groups: Sequence[str], shown: Sequence[Family], counts: Ints
) -> tuple[tuple[str, ...], ...]:
    return tuple(
        tuple(
            f"{group}\n{family_tip(family, n, sum(row))}"
            for family, n in zip(shown, row, strict=True)
        )
        for group, row in zip(groups, counts.tolist(), strict=True)
    )


def family_filter(family: Family) -> str:
    """Return the filter for the units of a family."""
    return f"family == {quote(FAMILY_NAMES[family])}"


def family_tip(family: Family, n: int, total: int) -> str:
    """Return a family's rules in words, and how many of some MUA units it explains."""
    of = Family.NOT_SHOWN_CLEAN if family in _VERDICTS else family
    words = " or ".join(rule.title for rule in RULES if rule.family == of)
    of_all = f" ({share(n, total)})" if total else ""
    head = f"{FAMILY_NAMES[family]}: {words}{_VERDICTS.get(family, '')}"
    return f"{head}\n{n:,} of {count_of(total, 'MUA unit')}{of_all}; {CLICK}"
