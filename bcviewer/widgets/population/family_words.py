"""What a plot says of the families of MUA: tooltips and a legend."""

from __future__ import annotations

from html import escape

from bcviewer.core.figures.population import Counts
from bcviewer.core.rules.rules import FAMILY_NAMES, RULES, Family
from bcviewer.widgets.drawing.theme import FAMILY_FILL

_VERDICTS = {
    Family.NOT_SHOWN_CLEAN: ", not for want of spikes where that was saved; not the same as"
    " contaminated",
    Family.UNDECIDABLE: ": too few spikes to say",
}
"""What parts the two families of the one rule on refractory period violations."""


def family_tip(family: Family, n: int, total: int) -> str:
    """Return a family's rules in words, and how many of some MUA units it explains."""
    of = Family.NOT_SHOWN_CLEAN if family == Family.UNDECIDABLE else family
    words = " or ".join(rule.title for rule in RULES if rule.family == of)
    share = f" ({n / total:.1%})" if total else ""
    head = f"{FAMILY_NAMES[family]}: {words}{_VERDICTS.get(family, '')}"
    return f"{head}\n{n:,} of {total:,} MUA units{share}; click to show them"


def legend_parts(counts: Counts) -> list[str]:
    """Return the families that occur, each with its fill, as rich text that breaks between them."""
    return [
        f"<span style='color:{fill}'>■</span>&nbsp;"
        + escape(FAMILY_NAMES[family]).replace(" ", "&nbsp;")
        for family, fill in FAMILY_FILL.items()
        if counts[family]
    ]
