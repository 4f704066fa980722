"""Marks of units: a filled one is a fact, one in a frame is what is tried; dots are hollow."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from factories import again, make_run, sheet_of
from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainterPath
from qt_fixtures import scene_of, settle

from bcviewer.core.comparison.proposal import Proposal
from bcviewer.core.comparison.what_if import tried
from bcviewer.core.rules.labels import Label
from bcviewer.core.run.run import Sites
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.widgets.drawing.points import ORDER, SYMBOL, Points, symbol_of
from bcviewer.widgets.population.probe_panel import ProbePanel
from bcviewer.widgets.population.scatter_panel import ScatterPanel

COLUMNS = {
    "presenceRatio": [0.5, 0.6, 0.9],
    "nSpikes": [900, 800, 700],
    "maxChannels": [0.0, 1.0, 1.0],
}


@pytest.fixture(scope="module")
def saved() -> Sheet:
    return sheet_of(make_run(COLUMNS, sites=Sites(np.array([[0.0, 0.0], [9.0, 20.0]]))))


def moved(sheet: Sheet, source: str = "bombcell") -> Sheet:
    found = tried(sheet.inputs, Proposal.of({"minPresenceRatio": 0.0}))
    return again(sheet, tried=found, source=source)


def marks_of(panel: Any) -> list[Any]:
    """Return the scatters of GOOD units of a panel."""
    if isinstance(panel, ProbePanel):
        return [part.marks[Label.GOOD] for part in panel.parts_shown]
    return [panel.points.items[Label.GOOD]]


@pytest.mark.parametrize("kind", [ScatterPanel, ProbePanel])
def test_marks_have_frames_while_they_show_a_proposal(keep: Any, saved: Sheet, kind: Any) -> None:
    panel = keep(kind())
    panel.resize(400, 400)
    panel.show()
    for sheet in (saved, moved(saved), moved(saved, "saved"), saved):
        panel.show_scene(scene_of(sheet))
        settle()
        items, good = marks_of(panel), int((panel.scene.table.labels == Label.GOOD).sum())
        framed = panel.scene.table.proposes
        assert framed == (sheet.inputs.tried is not None and sheet.inputs.source == "bombcell")
        for item in items:
            assert isinstance(item.opts["symbol"], QPainterPath) == framed
            assert len(item.data) == good == (3 if framed else good)


@pytest.mark.parametrize("label", ORDER)
def test_a_frame_is_a_line_around_the_sign(label: Label) -> None:
    assert symbol_of(label, proposed=False) == SYMBOL[label][0]
    path = symbol_of(label, proposed=True)
    assert isinstance(path, QPainterPath)
    assert path.contains(QPointF(0.47, 0.47))  # in its line
    assert not path.contains(QPointF(0.4, 0.4))  # between it and the sign
    assert path.contains(QPointF(0.0, 0.0))


@pytest.mark.parametrize(("hollow", "wide"), [(False, 2), (True, 4)])
def test_dots_of_a_proposal_are_hollow(hollow: bool, wide: int) -> None:
    points, ink = Points(), 0xFF112233
    points.set_points(np.array([5.0]), np.array([5.0]), np.array([ink], np.uint32), hollow)
    image = points.drawn([0.0, 10.0], [0.0, 10.0], 10, 10)
    inked = {(x, y) for x in range(10) for y in range(10) if image.pixel(x, y) == ink}
    assert len(inked) == (12 if hollow else 4)
    assert max(x for x, _ in inked) - min(x for x, _ in inked) == wide - 1
    assert ((4, 4) in inked) != hollow
