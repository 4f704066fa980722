"""The rules that are written on a plot."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PySide6.QtWidgets import QHBoxLayout, QWidget
from qt_fixtures import table_of

from bcviewer.core.audit.states import State
from bcviewer.core.rules.labels import Label
from bcviewer.core.rules.metrics import METRICS
from bcviewer.core.rules.rules import RULES
from bcviewer.core.run.phy import Phy, PhyState
from bcviewer.core.run.scored import Scored, ScoredUnits
from bcviewer.core.sheet.derive import derive
from bcviewer.widgets.base.rule_words import RuleWords, metric_words

NAN = float("nan")
KEYS = ("nPeaks", "waveformDuration_peakTrough", "waveformBaselineFlatness", "presenceRatio")


def words(columns: Any, key: str, params: Any = None, **more: Any) -> tuple[State, str]:
    said = metric_words(table_of(columns, params, **more), 0, key)
    assert said is not None
    return said.state, said.text


def test_words_of_each_state() -> None:
    assert words({"nPeaks": [3.0]}, "nPeaks") == (State.FAIL, "peaks 3 > 2")
    assert words({"nPeaks": [2.0]}, "nPeaks") == (State.PASS, "peaks 2 ≤ 2")
    assert words({"nPeaks": [NAN]}, "nPeaks") == (State.FAIL, "peaks: no value")
    assert words({"nTroughs": [NAN]}, "nTroughs") == (State.MISSING, "troughs: no value")
    beyond = words({"mainTrough_width": [2.0]}, "mainTrough_width")
    assert beyond == (State.BEYOND, "trough width 2.00 < 5 samples (not counted)")
    kept = {"fractionRPVs_estimatedTauR": [0.5], "RPV_status": [0.0]}
    exempt = words(kept, "fractionRPVs_estimatedTauR", {"keepUncertainRPVUnits": True})
    assert exempt == (State.EXEMPT, "RPV fraction 0.500 > 0.1 (exempt)")
    off = words({}, "maxDriftEstimate", {"computeDrift": False})
    assert off == (State.NOT_TESTED, "drift 5.0 µm: not tested")
    gone = words({}, "presenceRatio", drop=["presenceRatio"])
    assert gone == (State.NOT_TESTED, "presence ratio: not tested")


def test_two_limits_of_one_metric_stand_together() -> None:
    key = "waveformDuration_peakTrough"
    assert words({key: [400.0]}, key) == (State.PASS, "duration 400 ≥ 100, ≤ 1150 µs")
    assert words({key: [80.0]}, key) == (State.FAIL, "duration 80 < 100, ≤ 1150 µs")


def test_only_the_fit_that_was_made_is_compared() -> None:
    said = metric_words(table_of({}, {"spDecayLinFit": True}), 0, "spatialDecaySlope")
    assert said is not None
    assert said.text == "spatial decay 0.03 ≥ -0.008 1/µm"
    assert "switched off: spDecayLinFit is on" in said.tip


def test_a_metric_that_no_rule_reads_says_nothing() -> None:
    assert metric_words(table_of({}), 0, "cumDriftEstimate") is None


def test_every_rule_has_words() -> None:
    table = table_of({})
    for key in {rule.metric for rule in RULES}:
        said = metric_words(table, 0, key)
        assert said is not None
        assert said.text.startswith(METRICS[key].title)


@pytest.fixture
def shown(keep: Any) -> Any:
    host = QWidget()
    box = QHBoxLayout(host)
    box.setContentsMargins(0, 0, 0, 0)
    widget = RuleWords(host, 2)
    box.addWidget(widget)
    host.resize(700, 60)
    keep(host)
    return widget


def test_failures_are_the_last_to_be_left_out(shown: RuleWords) -> None:
    shown.set_rules(table_of({"presenceRatio": [0.5]}), 0, KEYS)
    assert len(shown.shown) == 4
    shown.window().resize(240, 60)
    assert shown.shown[-1].startswith("+")
    assert any("presence ratio 0.500 < 0.7" in text for text in shown.shown)
    assert all(word.tip for word in shown.words)


def test_it_never_makes_its_dock_wider(shown: RuleWords) -> None:
    shown.set_rules(table_of({}), 0, KEYS)
    assert shown.window().minimumSizeHint().width() <= 40
    shown.window().resize(60, 60)
    assert shown.width() == 60
    assert all(box.right() <= 60 for box, _, _ in shown._placed)


def test_stepping_moves_no_plot_and_nothing_is_said_without_a_unit(shown: RuleWords) -> None:
    shown.window().resize(240, 60)
    shown.set_rules(table_of({}), 0, KEYS)
    height = shown.sizeHint().height()
    shown.set_rules(table_of({}), 0, KEYS[:1])
    assert shown.sizeHint().height() == height
    shown.set_rules(None, -1, KEYS)
    assert shown.shown == ()


def test_of_a_unit_that_was_scored_here_it_says_where_that_is_told() -> None:
    """Seen: “RPV fraction: not tested” beside a verdict in Why that was by RPV."""
    table = table_of({"presenceRatio": [1.0]})
    made = Phy(table.run, np.array([1, PhyState.NEW], np.int8), np.array([7]), {1: "all from 0"})
    with_made = derive(replace(table.inputs, phy=made), table)
    assert metric_words(with_made, 1, "presenceRatio").text == "presence ratio: not tested"
    found = ScoredUnits(table.run, {7: Scored(table.run, Label.GOOD)})
    scored = derive(replace(with_made.inputs, scored=found), with_made)
    said = metric_words(scored, 1, "presenceRatio")
    assert said.text == "presence ratio scored here: see Why"
    assert "not by this run" in said.tip
