"""The barcode's cells: one code for each rule and unit, and the order by a rule's margin."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import numpy as np
import pytest
from factories import make_run, sheet_of
from hypothesis import given
from hypothesis import strategies as st

from bcviewer.core.audit import cells as module
from bcviewer.core.audit.cells import CELL_WORDS, RuleCell, cells_of
from bcviewer.core.audit.states import State
from bcviewer.core.rules.labels import Label
from bcviewer.core.rules.rules import COUNTS, MISSING_PEAKS, RULE_INDEX, RULES
from bcviewer.core.sheet.book import Book
from bcviewer.core.sheet.sheet import Sheet

NAN = float("nan")
PRESENCE = RULE_INDEX["presenceRatio<minPresenceRatio"]
SNR = RULE_INDEX["signalToNoiseRatio<minSNR"]
WIDTH = RULE_INDEX["mainTrough_width<minWidthMainTrough_nonSomatic"]
DRIFT = RULE_INDEX["maxDriftEstimate>maxDrift"]


def sheet(columns: dict[str, Any], **kept: Any) -> Sheet:
    return sheet_of(make_run(columns, **kept))


def code(table: Sheet, rule: int, row: int = 0) -> RuleCell:
    return RuleCell(int(table.audit.cells[row, rule]))


def test_each_state_has_a_code_of_its_own() -> None:
    assert code(sheet({"presenceRatio": [1.0]}), PRESENCE) == RuleCell.PASSED
    assert code(sheet({"presenceRatio": [0.7]}), PRESENCE) == RuleCell.NEAR
    assert code(sheet({"presenceRatio": [0.1]}), PRESENCE) == RuleCell.DECIDED
    assert code(sheet({"presenceRatio": [0.1], "nPeaks": [9.0]}), PRESENCE) == RuleCell.MASKED
    assert code(sheet({"presenceRatio": [NAN]}), PRESENCE) == RuleCell.MISSING
    assert code(sheet({"rawAmplitude": [NAN], "signalToNoiseRatio": [9.0]}), SNR) == RuleCell.EXEMPT
    assert code(sheet({"mainTrough_width": [1.0]}), WIDTH) == RuleCell.BEYOND
    off = sheet_of(make_run({"presenceRatio": [1.0]}, {"computeDrift": False}))
    assert code(off, DRIFT) == RuleCell.NOT_TESTED
    undecided = sheet({"presenceRatio": [0.1]}, drop=("nPeaks",))
    assert undecided.audit.label[0] == Label.INCOMPLETE
    assert code(undecided, PRESENCE) == RuleCell.OPEN


def test_every_code_has_words() -> None:
    assert len(CELL_WORDS) == len(RuleCell)
    assert len(set(CELL_WORDS)) == len(CELL_WORDS)


def brute(table: Sheet, rule: int, row: int) -> RuleCell:
    audit = table.audit
    state, margin = State(int(audit.states[rule, row])), float(audit.margins[rule, row])
    if state == State.FAIL:
        if int(audit.deciding[row]) >> rule & 1:
            return RuleCell.DECIDED
        return RuleCell.OPEN if audit.label[row] == Label.INCOMPLETE else RuleCell.MASKED
    if state == State.PASS:
        return RuleCell.NEAR if margin < 1.0 and rule not in COUNTS else RuleCell.PASSED
    return {
        State.BEYOND: RuleCell.BEYOND,
        State.EXEMPT: RuleCell.EXEMPT,
        State.MISSING: RuleCell.MISSING,
        State.NOT_TESTED: RuleCell.NOT_TESTED,
    }[state]


VALUES = {
    "presenceRatio": [1.0, 0.69, 0.71, NAN],
    "nPeaks": [1.0, 9.0, NAN],
    "rawAmplitude": [200.0, 39.0, 41.0, NAN],
    "mainTrough_width": [1.0, 9.0, NAN],
    "mainPeak_before_width": [1.0, 9.0],
    "nSpikes": [2400.0, 0.0, 299.0],
}


@given(st.data())
def test_as_one_by_one_in_pieces_too(data: Any) -> None:
    n = data.draw(st.integers(1, 7))
    columns = {key: [data.draw(st.sampled_from(v)) for _ in range(n)] for key, v in VALUES.items()}
    table = sheet(columns, drop=data.draw(st.sampled_from([(), ("nTroughs",)])))
    rows = np.array(data.draw(st.lists(st.integers(0, n - 1), max_size=9)), np.int64)
    some = table.audit.cells_at(rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_CHUNK", 3)
        got = cells_of(table.audit)
    wanted = [[brute(table, i, row) for i in range(len(RULES))] for row in range(n)]
    assert got.tolist() == [[int(c) for c in row] for row in wanted]
    assert got.flags.c_contiguous
    assert np.array_equal(some, got[rows]), "made for these alone"
    assert np.array_equal(table.audit.cells_at(rows), cells_of(table.audit)[rows]), "or kept"


def test_made_once_and_forgotten_with_the_audit() -> None:
    table = sheet({"presenceRatio": [1.0]})
    assert table.audit.cells is table.audit.cells
    known, gone = len(module._KEPT), weakref.ref(table.audit)
    del table
    gc.collect()
    assert gone() is None
    assert len(module._KEPT) < known


def test_sorted_by_a_rule_its_worst_failure_comes_first_and_what_says_nothing_last() -> None:
    table = sheet({"presenceRatio": [0.9, NAN, 0.1, 0.69, 0.71]})
    name = "rules:presenceRatio<minPresenceRatio"
    assert table.order(name).tolist() == [2, 3, 4, 0, 1]
    assert table.order(name, descending=True).tolist() == [0, 4, 3, 2, 1]
    peaks = sheet({"nPeaks": [NAN, 1.0, NAN]})  # it fails and passes without any margin
    assert np.isnan(peaks.audit.margins[MISSING_PEAKS]).all()
    assert peaks.order("rules:nPeaks missing").tolist() == [0, 2, 1]


def test_several_sheets_have_their_cells_one_after_the_other() -> None:
    a, b = sheet({"presenceRatio": [1.0, 0.1]}), sheet({"presenceRatio": [0.69]})
    table = Book((a, b)).table
    rows = np.array([2, 0, 1, 2])
    assert table.audit.cells_at(rows).tolist() == table.audit.cells[rows].tolist()
    assert table.audit.cells.tolist() == [*a.audit.cells.tolist(), *b.audit.cells.tolist()]
    name = "rules:presenceRatio<minPresenceRatio"
    assert table.order(name).tolist() == [1, 2, 0]
    assert table.order(name, descending=True).tolist() == [0, 2, 1]
