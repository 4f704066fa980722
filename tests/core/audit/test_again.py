"""The audit while rules are moved equals a fresh one, to the last bit, after any changes."""

from __future__ import annotations

import gc
from dataclasses import fields

import numpy as np
import pytest
from audit.test_audit_parity import parameters, tables
from dice import examples
from factories import make_params, make_run
from hypothesis import given, settings
from hypothesis import strategies as st

from bcviewer.core.audit import again as module
from bcviewer.core.audit.again import audit_again
from bcviewer.core.audit.audit import Audit, audit
from bcviewer.core.audit.rpv import Rpv
from bcviewer.core.rules.criteria import FLAGS, THRESHOLDS
from bcviewer.core.rules.labels import Label
from bcviewer.core.run.run import Run, SavedTable

NUMBERS = [0.0, 0.1, 0.3, 0.8, 1.0, 2.0, 5.0, 100.0, 1150.0, -0.008, float("inf"), float("nan")]


def same(a: Audit, b: Audit) -> bool:
    """Whether two audits are the same, also in the bits of their zeros."""
    for field in fields(Audit):
        left, right = getattr(a, field.name), getattr(b, field.name)
        if field.name == "rules":
            assert [repr(one) for one in left] == [repr(one) for one in right]
            continue
        assert left.dtype == right.dtype, field.name
        assert np.array_equal(left, right, equal_nan=left.dtype.kind == "f"), field.name
        if left.dtype.kind == "f":
            assert np.array_equal(np.signbit(left), np.signbit(right)), field.name
    return True


def changes() -> st.SearchStrategy[list[tuple[str, object]]]:
    """Draw moves: often of the same parameter again, as a drag makes them."""
    one = st.one_of(
        st.tuples(st.sampled_from(THRESHOLDS), st.sampled_from(NUMBERS)),
        st.tuples(st.sampled_from(FLAGS), st.booleans()),
    )
    drag = st.tuples(st.sampled_from(THRESHOLDS), st.lists(st.sampled_from(NUMBERS), min_size=3))
    drags = drag.map(lambda found: [(found[0], value) for value in found[1]])
    return st.lists(st.one_of(one.map(lambda x: [x]), drags), max_size=4).map(
        lambda parts: [change for part in parts for change in part]
    )


@settings(max_examples=examples(100))
@given(st.data())
def test_after_any_changes_it_is_a_fresh_audit(data) -> None:
    saved = data.draw(parameters())
    columns = SavedTable.from_columns(data.draw(tables(saved)))
    run = make_run(columns, make_params(saved, drop=set(make_params().saved) - set(saved)))
    criteria = run.criteria
    for name, value in data.draw(changes()):
        criteria = criteria.replace(**{name: value})
        assert same(audit_again(run, criteria), audit(run, criteria))


def moved(run: Run, *values: float, name: str = "minPresenceRatio") -> list[Audit]:
    return [audit_again(run, run.criteria.replace(**{name: value})) for value in values]


def test_the_third_move_of_a_rule_judges_no_other_one(monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_run({"presenceRatio": [0.9, 0.65, 0.3]})
    moved(run, 0.7, 0.6)
    monkeypatch.setattr(module, "judged", None)
    monkeypatch.setattr(module, "audit", None)
    (found,) = moved(run, 0.2)
    assert found.label.tolist() == [Label.GOOD] * 3


@pytest.mark.parametrize("name", ["minTroughToPeak2Ratio_nonSomatic", "minPresenceRatio"])
def test_the_four_that_count_together_are_judged_whole(name: str) -> None:
    run = make_run({"presenceRatio": [0.9, 0.65, 0.3]})
    for value in (1.0, 5.0, 9.0):
        criteria = run.criteria.replace(**{name: value})
        assert same(audit_again(run, criteria), audit(run, criteria))


def test_verdicts_are_given_with_each_move() -> None:
    run = make_run({"fractionRPVs_estimatedTauR": [0.5, 0.5, 0.05], "RPV_status": [0.0, -1.0, 1.0]})
    rpv = np.array([Rpv.SAVED_UNDECIDABLE, Rpv.UNDECIDABLE, Rpv.CLEAN], np.int8)
    for limit in (0.2, 0.3, 0.4):
        criteria = run.criteria.replace(maxRPVviolations=limit)
        assert same(audit_again(run, criteria, rpv), audit(run, criteria, rpv))


def test_an_exemption_is_a_change_of_its_rule() -> None:
    run = make_run({"fractionRPVs_estimatedTauR": [0.5, 0.5], "RPV_status": [0.0, -1.0]})
    for keep in (True, False, True, False):
        criteria = run.criteria.replace(keepUncertainRPVUnits=keep)
        assert same(audit_again(run, criteria), audit(run, criteria))


def test_steps_without_a_size_are_no_margins() -> None:
    run = make_run({"waveformDuration_peakTrough": [100.0, 500.0]}, sample_rate=float("nan"))
    for value in (200.0, 300.0, 400.0, 50.0):
        criteria = run.criteria.replace(minWvDuration=value)
        assert same(audit_again(run, criteria), audit(run, criteria))


def test_what_is_kept_goes_with_its_run() -> None:
    run = make_run({"presenceRatio": [0.9, 0.65]})
    moved(run, 0.7, 0.6, 0.5)
    n = len(module.LAST_AUDITS)
    del run
    gc.collect()
    assert len(module.LAST_AUDITS) < n
