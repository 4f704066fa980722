"""What cells of the table say: text, whether a rule fails, the barcode, and words for tool tips."""

from __future__ import annotations

import numpy as np

from bcviewer.core.arrays import Ints
from bcviewer.core.audit.cells import CELL_WORDS
from bcviewer.core.audit.states import STATE_NAMES, State
from bcviewer.core.rules.columns import COLUMNS
from bcviewer.core.rules.comparisons import OPPOSITE, comparison, margin_words
from bcviewer.core.rules.rules import RULES
from bcviewer.core.sheet.table import Table

RULE_BITS = {key: sum(1 << i for i in column.rules) for key, column in COLUMNS.items()}
"""By column the bits of the rules that read it."""
_AHEAD = 48
"""So many rows of the table are made at once: about what is in sight."""
_MOST = 4096
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


def display_text(table: Table, key: str, row: int) -> str:
    """Return what stands in a cell."""
    text = table.text(key, row)
    differ = key == "manual_label" and table.manual.opinions.codes[row]
    return f"{text} ≠".lstrip() if differ else text


def fails(table: Table, key: str, row: int) -> bool:
    """Whether a rule that reads a column fails for a unit."""
    return int(table.audit.failed[row]) & RULE_BITS.get(key, 0) != 0


class SeenCells:
    """The barcodes of the units in sight, made when they are asked for.

    Those of all units would take as long as judging them, at each move of a threshold.
    """

    def __init__(self) -> None:
        self._table: Table | None = None
        self._kept: dict[int, bytes] = {}

    def of(self, table: Table, rows: Ints, place: int) -> bytes:
        """Return a code for each rule of one of some rows of the run, as the table shows them."""
        if table is not self._table or len(self._kept) > _MOST:
            self._table, self._kept = table, {}
        row = int(rows[place])
        if row not in self._kept:
            some = rows[place : place + _AHEAD]
            made = table.audit.cells_at(some)
            self._kept |= {r: cells.tobytes() for r, cells in zip(some.tolist(), made, strict=True)}
        return self._kept[row]
