"""The curves of every class against every threshold, equal to another audit at every value."""

from __future__ import annotations

import math

import numpy as np
import pytest
from audit.test_audit_parity import MAY_LACK, parameters, tables
from comparison.cases import run_of
from dice import examples
from factories import make_run
from hypothesis import given, settings
from hypothesis import strategies as st

from bcviewer.core.audit.audit import audit
from bcviewer.core.comparison.curves import step_curves
from bcviewer.core.comparison.judging import labelled, mixed
from bcviewer.core.rules.criteria import FLAGS, THRESHOLDS
from bcviewer.core.rules.labels import Label
from bcviewer.core.rules.rules import RULES

NAN = float("nan")


def curves_of(run):
    return step_curves(run, run.criteria, audit(run))


def counts_at(run, name, value):
    """Count the labels of another audit with one threshold moved."""
    moved = mixed(run.criteria, run.criteria.replace(**{name: value}), [name])
    label, _ = labelled(run.units, moved)
    return np.bincount(label, minlength=len(Label)).tolist()


def agree_everywhere(run):
    for curve in curves_of(run):
        column = run.units.numbers(RULES[curve.rule].metric)
        values = np.unique(column[np.isfinite(column)]).tolist() if column is not None else []
        known = run.criteria.thresholds.get(curve.name, NAN)
        near = [math.nextafter(v, e) for v in values for e in (math.inf, -math.inf)]
        tried = {*values, *near, known, 0.0, math.inf, -math.inf} - {NAN}
        for value in tried:
            if value == value:
                expected = counts_at(run, curve.name, value)
                assert curve.at(value).tolist() == expected, (curve.name, value)


@settings(max_examples=examples(25))
@given(st.data())
def test_a_curve_is_another_audit_at_every_value(data):
    saved = data.draw(parameters())
    agree_everywhere(run_of(data.draw(tables(saved, most=12)), saved))


@settings(max_examples=examples(25))
@given(st.data())
def test_also_where_metrics_and_thresholds_are_absent(data):
    droppable = data.draw(st.sets(st.sampled_from(THRESHOLDS), max_size=3))
    saved = data.draw(parameters(droppable=droppable))
    table = data.draw(tables(saved, (*MAY_LACK, "RPV_status"), most=8))
    agree_everywhere(run_of(table, saved))


def test_ties_and_the_side_of_equal_values():
    run = make_run({"presenceRatio": [0.5, 0.7, 0.7, 0.9], "maxDriftEstimate": [50, 100, 100, 150]})
    curves = {curve.name: curve for curve in curves_of(run)}
    presence = curves["minPresenceRatio"]
    assert presence.values.tolist() == [0.5, 0.7]
    assert [curve.name for curve in curves_of(run)] == [*THRESHOLDS]
    low = {0.4: 3, 0.5: 3, 0.6: 2, 0.7: 2, 0.71: 0, 0.95: 0}
    for value, good in low.items():  # the last unit drifts, whatever its presence
        assert presence.at(value)[Label.GOOD] == good
        assert presence.at(value).sum() == 4
    drift = curves["maxDrift"]
    assert [int(drift.at(v)[Label.GOOD]) for v in (49, 50, 99, 100, 150)] == [0, 0, 0, 2, 3]
    assert drift.labels == (Label.GOOD, Label.MUA)


def test_a_narrow_column_is_compared_in_its_precision():
    column = np.array([0.1, 0.3], np.float32)
    run = make_run({"nPeaks": [1.0, 1.0]})
    units = type(run.units).from_columns({**run.units.columns, "Lratio": column})
    run = make_run(units)
    (curve,) = (c for c in curves_of(run) if c.name == "lratioMax")
    assert curve.values.dtype == np.float32
    assert curve.at(0.1)[Label.GOOD] == 1
    assert curve.at(1e300)[Label.GOOD] == 2
    agree_everywhere(run)


def test_a_rule_that_is_off_is_flat():
    run = make_run({"nPeaks": [1.0, 9.0]}, {"computeDrift": False})
    (curve,) = (c for c in curves_of(run) if c.name == "maxDrift")
    assert (len(curve.values), curve.labels) == (0, ())
    assert curve.at(0.0).tolist() == curve.at(1e9).tolist() == counts_at(run, "maxDrift", 1.0)


@pytest.mark.parametrize("flags", [{}, dict.fromkeys(FLAGS, True)])
def test_real_units(shared, flags):
    from bcviewer.io.results.bombcell import read_run
    from bcviewer.io.results.find import find_runs

    (place,) = find_runs(shared / "sim_3probes", probe="B")
    run = read_run(place)
    criteria = run.criteria.replace(**flags)
    judged = audit(run, criteria)
    rng = np.random.default_rng(0)
    for curve in step_curves(run, criteria, judged):
        column = run.units.floats(RULES[curve.rule].metric)
        finite = np.unique(column[np.isfinite(column)])
        for value in rng.choice(finite, min(8, len(finite)), replace=False).tolist():
            moved = mixed(criteria, criteria.replace(**{curve.name: value}), [curve.name])
            label, _ = labelled(run.units, moved)
            expected = np.bincount(label, minlength=len(Label))
            assert curve.at(value).tolist() == expected.tolist()
