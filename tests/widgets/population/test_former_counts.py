"""Hollow bars: what the counts are by the saved thresholds, while others are tried."""

from __future__ import annotations

from typing import Any

import pytest
from factories import again, make_run, sheet_of
from qt_fixtures import scene_of, settle

from bcviewer.core.comparison.proposal import Proposal
from bcviewer.core.comparison.what_if import tried
from bcviewer.core.rules.labels import Label
from bcviewer.core.rules.rules import RULES
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.core.sheet.veil import HIDDEN_WORDS
from bcviewer.widgets.base.former import OUTLINE
from bcviewer.widgets.population.class_reasons_panel import ClassReasonsPanel
from bcviewer.widgets.population.classes_panel import ClassesPanel
from bcviewer.widgets.population.families_panel import FamiliesPanel
from bcviewer.widgets.population.heatmap_panel import HeatmapPanel
from bcviewer.widgets.population.reasons_panel import ReasonsPanel
from bcviewer.widgets.population.stacked_panel import StackedPanel

COLUMNS = {"presenceRatio": [0.5, 0.6, 0.65, 0.9, 0.9], "nSpikes": [900, 900, 900, 900, 10]}
PRESENCE = next(i for i, rule in enumerate(RULES) if rule.parameter == "minPresenceRatio")


@pytest.fixture(scope="module")
def saved() -> Sheet:
    return sheet_of(make_run(COLUMNS))


def moved(sheet: Sheet, value: float, source: str = "bombcell") -> Sheet:
    found = tried(sheet.inputs, Proposal.of({"minPresenceRatio": value}))
    return again(sheet, tried=found, source=source)


def widths(item: Any) -> list[float]:
    return [float(n) for n in item.opts["width"]]


def shown(keep: Any, kind: Any, sheet: Sheet) -> Any:
    panel = keep(kind())
    panel.resize(600, 400)
    panel.show_scene(scene_of(sheet))
    return panel


def test_classes_have_outlines_of_what_they_were(keep: Any, saved: Sheet) -> None:
    panel = shown(keep, ClassesPanel, moved(saved, 0.0))
    by_class = {label: n for label, split, n in panel.bars_of if not split}
    assert (by_class[Label.GOOD], by_class[Label.MUA]) == (4, 1)
    was = dict(zip(panel.figure.keys, panel.figure.former, strict=True))
    assert (was[Label.GOOD], was[Label.MUA]) == (1, 4)
    assert widths(panel.plot.outlines) == [1.0, 4.0]
    assert panel.plot.outlines.opts["brush"] is None
    assert "by the saved thresholds: 1" in panel.figure.bars[0].tip
    assert [entry.words for entry in panel.outline.entries] == [OUTLINE]
    assert not panel.outline.isHidden()


def test_facts_have_none(keep: Any, saved: Sheet) -> None:
    for sheet in (saved, moved(saved, 0.0, "saved")):  # saved labels are no proposal's
        panel = shown(keep, ClassesPanel, sheet)
        assert panel.figure.former == ()
        assert widths(panel.plot.outlines) == []
        assert panel.outline.isHidden()


def test_a_reason_that_is_gone_leaves_its_outline(keep: Any, saved: Sheet) -> None:
    for kind in (ReasonsPanel, StackedPanel):
        panel = shown(keep, kind, moved(saved, 0.0))
        row = panel.rules.index(PRESENCE)
        assert panel.figure.former[row] == 3
        item = panel.plot.outlines if kind is ReasonsPanel else panel.hollow
        assert 3.0 in widths(item)
    counts = dict(zip(panel.rules, panel.counts.sum(axis=1).tolist(), strict=True))
    assert counts[PRESENCE] == 0


def test_the_outline_fits_where_it_is_the_longest(keep: Any, saved: Sheet) -> None:
    panel = shown(keep, ReasonsPanel, moved(saved, 0.0))
    assert panel.figure.most == 3
    assert panel.plot.getPlotItem().getViewBox().viewRange()[0][1] >= 3


def test_the_note_of_the_families_says_how_many_are_hidden_by_now(keep: Any) -> None:
    """Seen: *1 hidden, 2 hidden*, and more with each unit, also where none was hidden any more."""
    panel, run = keep(FamiliesPanel()), make_run(COLUMNS)
    notes = []
    for hidden in ((1,), (1, 2), ()):
        panel.show_scene(scene_of(sheet_of(run, hidden=hidden)))
        settle()
        notes.append((panel.note.text(), HIDDEN_WORDS in panel.note.toolTip()))
    assert notes == [("1 hidden", True), ("2 hidden", True), ("", False)]


def test_families_and_reasons_of_a_class(keep: Any, saved: Sheet) -> None:
    panel = shown(keep, FamiliesPanel, moved(saved, 0.0))
    assert sorted(widths(panel.hollow)) == [1.0, 3.0]  # unstable; few spikes, as now
    panel = shown(keep, ClassReasonsPanel, moved(saved, 0.55))
    figure = panel.plots[Label.MUA].figure
    assert figure.former[figure.keys.index(PRESENCE)] == 3
    assert figure.counts[figure.keys.index(PRESENCE)] == 1


def test_cells_of_a_matrix_say_what_they_were(keep: Any, saved: Sheet) -> None:
    panel = shown(keep, HeatmapPanel, moved(saved, 0.55))
    row, column = panel.rules.index(PRESENCE), panel.labels.index(Label.MUA)
    assert panel.plot.matrix.cell_tips[row][column].endswith("by the saved thresholds: 3")


def test_moves_of_one_proposal_settle_once(keep: Any, saved: Sheet) -> None:
    panel = shown(keep, ClassesPanel, moved(saved, 0.0))
    first = panel.former.table(panel.scene)
    scene = scene_of(moved(saved, 0.1))
    assert panel.former.table(scene) is first
    assert panel.former.table(scene_of(saved)) is None
