"""What thresholds cost, equal to another audit of every run at every value and step."""

from __future__ import annotations

import math

import numpy as np
from audit.test_audit_parity import MAY_LACK, parameters, tables
from comparison.cases import run_of
from dice import examples
from factories import again, make_params, make_run, sheet_of
from hypothesis import given, settings
from hypothesis import strategies as st

from bcviewer.core.audit.audit import audit
from bcviewer.core.comparison.cost_lines import cost_lines, heights, line_words
from bcviewer.core.comparison.cost_rows import FLAT, STEEP, cost_row, ranked, threshold_rules
from bcviewer.core.comparison.costs import Costs
from bcviewer.core.comparison.handles import stepped
from bcviewer.core.comparison.proposal import Proposal
from bcviewer.core.comparison.what_if import tried
from bcviewer.core.rules.labels import Label
from bcviewer.core.rules.rules import RULES
from bcviewer.core.sheet.book import Book


def rule_of(name):
    return next(i for i, rule in enumerate(RULES) if rule.parameter == name)


def counts_of(sheets, name, values, rows=None):
    """Count the labels of another audit of each run with one threshold moved."""
    codes = [
        audit(sheet.run, sheet.criteria.replace(**{name: value})).label
        for sheet, value in zip(sheets, values, strict=True)
    ]
    codes = np.concatenate(codes)
    return np.bincount(codes if rows is None else codes[rows], minlength=len(Label))


@settings(max_examples=examples(15))
@given(st.data())
def test_a_step_costs_what_another_audit_says(data):
    sheets = []
    for _ in range(2):
        saved = data.draw(parameters())
        sheets.append(sheet_of(run_of(data.draw(tables(saved, MAY_LACK, most=8)), saved)))
    book = Book(sheets, ["a", "b"])
    rows = None
    if data.draw(st.booleans()):
        rows = np.array(sorted(data.draw(st.sets(st.integers(0, book.n_units - 1)))), np.int64)
    costs = Costs(book, rows)
    for rule in threshold_rules():
        cost = costs.cost(rule)
        if cost is None:
            continue
        name, looser = cost.handle.name, -1.0 if RULES[rule].op == "<" else 1.0
        own = [sheet.criteria.thresholds.get(name, math.nan) for sheet in sheets]
        assert cost.now.tolist() == counts_of(sheets, name, own, rows).tolist(), name
        for sign, found in ((looser, cost.looser), (-looser, cost.stricter)):
            to = [stepped(sheet, -1, rule, sign) for sheet in sheets]
            to = [value if value == value else o for value, o in zip(to, own, strict=True)]
            assert (cost.now + found).tolist() == counts_of(sheets, name, to, rows).tolist(), name
        never = counts_of(sheets, name, [looser * math.inf] * 2, rows)
        assert cost.now[Label.GOOD] + cost.lost_alone == never[Label.GOOD], name


def made(columns, params=None, changes=None):
    sheet = sheet_of(make_run(columns, params))
    return again(sheet, tried=tried(sheet.inputs, Proposal.of(changes))) if changes else sheet


def test_all_other_thresholds_are_as_they_are_tried():
    columns = {"presenceRatio": [0.65, 0.65, 0.9], "nSpikes": [100, 5000, 5000]}
    presence, spikes = rule_of("minPresenceRatio"), rule_of("minNumSpikes")
    saved = Costs(Book([made(columns)]))
    moved = Costs(Book([made(columns, changes={"minPresenceRatio": 0.6})]))
    assert saved.cost(spikes).lost_alone == 0
    assert moved.cost(spikes).lost_alone == 1
    assert saved.cost(presence).lost_alone == 1
    assert moved.cost(presence).lost_alone == 0
    assert moved.cost(presence).handle.is_moved
    at = np.array([0.6, 0.7, 0.95])
    for costs in (saved, moved):  # a threshold's own curve hangs on the others only
        assert costs.curve(presence).along(at)[Label.GOOD].tolist() == [2, 1, 0]


def test_what_a_proposal_cannot_answer_is_counted_nowhere():
    columns = {"maxDriftEstimate": [np.nan, np.nan], "presenceRatio": [0.9, 0.1]}
    sheet = made(columns, {"computeDrift": False}, {"computeDrift": True})
    cost = Costs(Book([sheet])).cost(rule_of("minPresenceRatio"))
    assert cost.now.sum() == (sheet.labels != Label.UNSCORED).sum() < 2


def test_hidden_verdicts_are_not_counted():
    sheet = again(made({"presenceRatio": [0.65, 0.9, 0.9]}), hidden=(0,))
    cost = Costs(Book([sheet])).cost(rule_of("minPresenceRatio"))
    assert (cost.now.sum(), cost.lost_alone) == (2, 0)


def test_flat_steep_and_conditions_are_words():
    columns = {"presenceRatio": [0.699, 0.698, 0.9, 0.9]}
    book = Book([made(columns, {"computeTimeChunks": True})])
    rows = [row for i in threshold_rules() if (row := cost_row(Costs(book), i))]
    by_name = {row.cost.handle.name: row for row in rows}
    presence, spikes = by_name["minPresenceRatio"], by_name["minNumSpikes"]
    assert presence.texts[-1] == STEEP
    assert presence.texts[3] == "GOOD +2 · MUA −2"
    assert (presence.cost.gained, presence.cost.lost, presence.texts[1]) == (2, 0, "2")
    assert spikes.texts[-1] == FLAT
    assert spikes.texts[3] == spikes.texts[4] == "–"
    assert by_name["maxPercSpikesMissing"].texts[-1] == f"{FLAT} · if the kept time stayed"
    assert {row.texts[-1] for row in ranked(rows)[:2]} == {STEEP}
    for column in range(6):
        up, down = (ranked(rows, column, way) for way in (False, True))
        assert {id(row) for row in up} == {id(row) for row in down}
    assert ranked(rows, 1)[0] is ranked(rows, 3)[0] is presence
    assert ranked(rows, 5)[0].texts[-1].startswith("steep")
    names = [row.texts[0] for row in ranked(rows, 0, False)]
    assert names == sorted(names, key=str.casefold)


def test_verdicts_given_at_another_limit_need_a_run():
    params = {"keepUncertainRPVUnits": True, "rpv_method": "ibl_sliding"}
    cost = Costs(Book([made({"RPV_status": [2.0]}, params)])).cost(rule_of("maxRPVviolations"))
    assert cost.condition == "needs a run"


def test_probes_may_differ_and_a_threshold_may_be_nowhere():
    one, other = made(None), made(None, {"minPresenceRatio": 0.5})
    differ = Costs(Book([one, other], ["a", "b"])).cost(rule_of("minPresenceRatio"))
    assert differ.differs
    lacks = sheet_of(make_run(None, make_params(drop={"minPresenceRatio"})))
    both = Costs(Book([one, lacks], ["a", "b"])).cost(rule_of("minPresenceRatio"))
    assert (both.handle.saved, both.condition) == (0.7, "")
    off = Costs(Book([made(None, {"computeDrift": False})]))
    assert off.cost(rule_of("maxDrift")) is None
    assert cost_row(off, rule_of("maxDrift")) is None


def test_two_thresholds_share_an_axis_half_way():
    costs = Costs(Book([made({"waveformDuration_peakTrough": [50.0, 500.0, 2000.0]})]))
    low, high = (costs.curve(rule_of(name)) for name in ("minWvDuration", "maxWvDuration"))
    lines = cost_lines([(high, 1150.0), (low, 100.0)], 0.0, 2500.0, log=False)
    assert [(line.low, line.high) for line in lines] == [(0.0, 625.0), (625.0, 2500.0)]
    assert lines[0].curve is low
    first, second = cost_lines([(high, 1000.0), (low, 10.0)], 1.0, 1e4, log=True)
    assert first.high == second.low == 100.0
    tall = heights(lines[0], np.array([0.0, 100.0]), 3)
    assert tall.shape == (len(low.labels), 2)
    assert tall.min() >= 0
    assert tall.max() <= 1
    said = line_words(lines[0], 40.0)
    assert said.startswith("What if duration ≥ 40 (it is 100)")
    assert "● GOOD 2 (+1)" in said
    assert "✕ NOISE 1 (−1)" in said
    gone = Costs(Book([made(None, {"computeDrift": False})])).curve(rule_of("maxDrift"))
    (line,) = cost_lines([(gone, 100.0)], 0.0, 200.0, log=False)
    assert line_words(line, 50.0).endswith("No label hangs on it.")
