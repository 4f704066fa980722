"""What thresholds cost, below the histograms and in their dock."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from factories import again, make_run, sheet_of
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from qt_fixtures import KINDS, press, scene_of, settle, table_of

from bcviewer.app.view import Marked
from bcviewer.app.wishes import ShowEvidence
from bcviewer.core.comparison.cost_rows import FLAT, threshold_rules
from bcviewer.core.comparison.proposal import Proposal
from bcviewer.core.comparison.what_if import tried
from bcviewer.core.rules.labels import Label
from bcviewer.core.rules.rules import RULES
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.frame.window import Window
from bcviewer.widgets.drawing.legend import Stroke
from bcviewer.widgets.population.cost_panel import NO_UNIT, CostPanel
from bcviewer.widgets.population.cost_strip import drawn_classes
from bcviewer.widgets.population.histograms_panel import HistogramsPanel

PRESENCE = {"presenceRatio": [0.65, 0.66, 0.9, 0.95], "nSpikes": [900, 900, 900, 900]}


def with_presence(value: float, sheet: Sheet | None = None) -> Sheet:
    sheet = sheet or sheet_of(make_run(PRESENCE))
    return again(sheet, tried=tried(sheet.inputs, Proposal.of({"minPresenceRatio": value})))


def histograms(keep: Any, sheet: Sheet, size: tuple[int, int] = (900, 600)) -> HistogramsPanel:
    panel: HistogramsPanel = keep(HistogramsPanel())
    panel.resize(*size)
    panel.show_scene(scene_of(sheet))
    settle()
    panel.settle()
    return panel


def test_a_strip_is_below_each_histogram_and_tells_every_class(keep: Any) -> None:
    panel = histograms(keep, sheet_of(make_run(PRESENCE)))
    item = panel.items["presenceRatio"]
    places, (line,) = item.places, item.strip.lines
    assert places.plot.bottom() < places.strip.top() < places.strip.bottom() == places.foot
    assert (places.strip.left(), places.strip.right()) == (places.plot.left(), places.plot.right())
    assert line.curve.labels == (Label.GOOD, Label.MUA), "GOOD is never alone"
    tip = item.tip_at(QPointF(places.of(0.655), places.strip.center().y()))
    assert "GOOD 3 (+1)" in tip
    assert "MUA 1 (−1)" in tip
    assert item.part_at(QPointF(places.of(0.655), places.strip.center().y())) == -1
    words = [entry.words for entry in panel.legend.entries]
    assert {"GOOD", "MUA", "NOISE", "NON-SOMA"} <= set(words)
    lines = [entry.stroke for entry in panel.legend.entries if entry.words in ("GOOD", "MUA")]
    assert lines == [Stroke.LINE, Stroke.DASH], "colour is not the only sign"


def test_classes_of_a_split_run_have_lines_of_their_own() -> None:
    assert Label.NON_SOMA in drawn_classes(False)
    assert {Label.NON_SOMA_GOOD, Label.NON_SOMA_MUA} <= {*drawn_classes(True)}
    assert Label.NON_SOMA not in drawn_classes(True)


def test_curves_follow_what_is_tried_and_the_bars_do_not_wait(keep: Any) -> None:
    sheet = sheet_of(make_run(PRESENCE))
    panel = histograms(keep, sheet)
    item = panel.items["nSpikes"]
    before = item.strip.lines
    panel.show_scene(scene_of(with_presence(0.6, sheet)))
    assert item.strip.lines is before, "the bars come first"
    panel.settle()
    (line,) = item.strip.lines
    assert line.curve.along(np.array([0.0]))[Label.GOOD].tolist() == [4]
    assert before[0].curve.along(np.array([0.0]))[Label.GOOD].tolist() == [2]


def test_another_recording_has_no_curve_of_the_one_before(keep: Any) -> None:
    panel = histograms(keep, sheet_of(make_run(PRESENCE)))
    assert panel.items["nSpikes"].strip.lines
    panel.show_scene(scene_of(sheet_of(make_run(PRESENCE))))
    assert not panel.items["nSpikes"].strip.lines


def test_strips_give_way_where_eight_histograms_would_not_fit(keep: Any) -> None:
    panel = histograms(keep, sheet_of(make_run(PRESENCE)), (440, 420))
    assert not any(item.strip_height for item in panel.items.values())
    assert "GOOD" not in [entry.words for entry in panel.legend.entries]
    panel.resize(470, 520)
    settle()
    assert panel.items["nSpikes"].strip_height
    panel.with_costs.setChecked(False)
    assert not panel.items["nSpikes"].strip_height


def cost(keep: Any, sheet: Sheet) -> CostPanel:
    panel: CostPanel = keep(CostPanel())
    panel.resize(900, 500)
    panel.show_scene(scene_of(sheet))
    panel.settle()
    return panel


def test_thresholds_are_ranked_sorted_and_said(keep: Any, tmp_path: Path) -> None:
    panel = cost(keep, with_presence(0.655))
    rows = panel.model.rows
    assert {row.cost.rule for row in rows} <= {*threshold_rules()}
    presence = next(row for row in rows if row.cost.handle.name == "minPresenceRatio")
    assert presence.texts[0] == "presence ratio ≥ 0.655 (0.7)"
    assert presence.texts[1] == "1"
    assert FLAT in {row.texts[-1] for row in rows}
    panel.view.horizontalHeader().setSortIndicator(1, Qt.SortOrder.DescendingOrder)
    assert panel.model.rows[0].cost.handle.name == "minPresenceRatio"
    panel.save(tmp_path / "cost.csv")
    with (tmp_path / "cost.csv").open(encoding="utf-8", newline="") as file:
        saved = list(csv.DictReader(file))
    assert len(saved) == len(rows)
    assert saved[0]["threshold"] == "minPresenceRatio"
    assert saved[0]["units_kept_from_good_by_it_alone"] == "1"


def test_a_row_leads_to_its_histogram_by_keys(keep: Any) -> None:
    panel = cost(keep, sheet_of(make_run(PRESENCE)))
    wishes: list[object] = []
    panel.wish.connect(wishes.append)
    panel.view.setFocus()
    panel.view.selectRow(0)
    QTest.keyClick(panel.view, Qt.Key.Key_Down)
    QTest.keyClick(panel.view, Qt.Key.Key_Return)
    rule = panel.model.rows[1].cost.rule
    assert wishes == [ShowEvidence(RULES[rule].metric, "histograms")]


def test_without_units_it_says_so(keep: Any) -> None:
    panel = cost(keep, table_of(KINDS))
    assert panel.model.rows
    panel.scope.setCurrentIndex(2)
    panel.show_scene(replace(scene_of(table_of(KINDS)), marked=Marked()))
    assert panel.nothing.text() == NO_UNIT
    assert not panel.nothing.isHidden()
    panel.forget()
    assert not panel.model.rows


@pytest.mark.slow
def test_a_row_scrolls_the_histograms_and_a_command_shows_them(shared_window: Any) -> None:
    window: Window = shared_window("demo", ready=lambda window: press(window, "F4"))
    window.docks["cost"].raise_()
    settle()
    panel, shown = window.panels["cost"], window.panels["histograms"]
    panel.settle()
    row = next(k for k, one in enumerate(panel.model.rows) if one.cost.handle.name == "lratioMax")
    panel.view.setFocus()
    panel.view.selectRow(row)
    unit = window.session.current
    QTest.keyClick(panel.view, Qt.Key.Key_Return)
    settle()
    assert shown.area.verticalScrollBar().value() > 0
    assert window.session.current == unit, "the table's keys wait"
    on = shown.with_costs.isChecked()
    window.actions_by_key.by_key["cost_curves"].trigger()
    assert shown.with_costs.isChecked() is not on
    window.actions_by_key.by_key["cost_curves"].trigger()
    assert shown.with_costs.isChecked() is on
