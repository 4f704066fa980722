"""What one rule says of one unit in a few words, for tool tips; of one run or of several."""

from __future__ import annotations

import numpy as np

from bcviewer.core.audit.cells import CELL_WORDS
from bcviewer.core.audit.states import STATE_NAMES, State
from bcviewer.core.rules.comparisons import OPPOSITE, comparison, margin_words
from bcviewer.core.rules.rules import RULES
from bcviewer.core.sheet.table import Table

_COMPARED = (State.PASS, State.FAIL, State.BEYOND)


def compared(table: Table, rule: int, row: int) -> str:
    """Return value and limit, true as written (``0.61 < 0.70``); empty where there are not both."""
    state, status = table.judged(rule, row)
    declared = RULES[rule]
    if state not in _COMPARED or declared.op == "missing":
        return ""
    value = float(table.values(declared.metric)[row])
    op = declared.op if state != State.PASS else OPPOSITE[declared.op]
    return comparison(declared.declared, value, op, status.threshold)


def rule_says(table: Table, rule: int, row: int) -> str:
    """Return a rule's state with the comparison: ``fail: presenceRatio<…   0.61 < 0.70``."""
    state, _ = table.judged(rule, row)
    words = compared(table, rule, row)
    return f"{STATE_NAMES[state]}: {RULES[rule].key}" + (f"   {words}" if words else "")


def cell_words(table: Table, rule: int, row: int) -> str:
    """Return what a cell of the barcode stands for: metric, comparison, state, margin, rule."""
    declared = RULES[rule]
    state, status = table.judged(rule, row)
    what = CELL_WORDS[int(table.audit.cells_at(np.array([row]))[0, rule])]
    if state == State.NOT_TESTED and status.why:
        what = f"{what}: {status.why}"
    margin = float(table.audit.margin_key(rule)[row])
    steps = margin_words(margin) if abs(margin) < float("inf") else ""
    head = " ".join(part for part in (declared.declared.title, compared(table, rule, row)) if part)
    said = ", ".join(part for part in (what, steps) if part)
    return f"{head}\n{said}\n{declared.token}"
