"""The picture of all rules in the window's table, and the order by one of them."""

from __future__ import annotations

from bcviewer.core.rules.column import AUDIT, Column
from bcviewer.core.rules.columns import COLUMNS
from bcviewer.core.rules.rules import RULE_INDEX, RULES

BARCODE = Column(
    "rules",
    "rules",
    "text",
    help="What every rule says of the unit, a cell a rule in Bombcell's order: NOISE, MUA,"
    " NON-SOMA. A full block failed and decided the label, an outline failed but did not decide, a"
    " grey outline is beyond its limit without counting, a half block passed within a step, a small"
    " square passed, a point has no value, a ring is exempt, a line was not tested. A click on a"
    " cell in the header sorts by that rule's margin; on a failed one in a row it filters.",
    reads=AUDIT,
)
"""A column of the window's table only: nothing filters by it, and no export has it."""

TABLE_COLUMNS: dict[str, Column] = {**COLUMNS, BARCODE.key: BARCODE}
"""Every column that the window's table can show, by key."""

_PREFIX = f"{BARCODE.key}:"


def sort_of(rule: int) -> str:
    """Return what the rows are sorted by where it is the margin of a rule."""
    return _PREFIX + RULES[rule].key


def rule_of_sort(name: str) -> int | None:
    """Return the rule whose margin rows are sorted by; None: it is a column."""
    return RULE_INDEX.get(name[len(_PREFIX) :]) if name.startswith(_PREFIX) else None
