"""The lasso around spikes of a unit in the real window: drawn, previewed, ended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from factories import make_run
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from qt_fixtures import WAIT_MS, press, settle

from bcviewer.core.rules.labels import Label
from bcviewer.core.run.scored import Scored
from bcviewer.frame.window import Window
from bcviewer.oracle import split_by_bombcell

SQUARE = ((0.1, 0.1), (0.6, 0.1), (0.6, 0.9), (0.1, 0.9))


def ready(window: Window) -> None:
    press(window, "F6")
    window.session.go_to_place(0)


@pytest.fixture
def scored(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Let every part be GOOD but for drift; return how many spikes each has."""
    sizes: list[int] = []

    def score_spikes(run: Any, _: Any, spikes: Any, *__: Any) -> Scored:
        sizes.append(len(spikes.samples))
        unit = make_run({"fractionRPVs_estimatedTauR": [0.04]})
        return Scored(replace(unit, criteria=run.criteria), Label.GOOD, untested=("drift",))

    monkeypatch.setattr(split_by_bombcell, "score_spikes", score_spikes)
    return sizes


@pytest.fixture
def window(shared_window: Any, scored: list[int]) -> Iterator[Window]:
    window = shared_window("demo", ready=ready)
    yield window
    window.session.viewing.encircling.end()


def raised(window: Window, key: str) -> Any:
    window.docks[key].show()
    window.docks[key].raise_()
    settle()
    assert window.session.wait_idle(WAIT_MS)
    settle()
    return window.panels[key]


def draw(window: Window, panel: Any, *keys: str) -> None:
    """Draw a line; keys are pressed amid it."""
    viewport = panel.plot.viewport()
    area = panel.plot.getPlotItem().getViewBox().sceneBoundingRect()
    places = [
        QPoint(round(area.left() + x * area.width()), round(area.top() + y * area.height()))
        for x, y in SQUARE
    ]
    QTest.mousePress(viewport, Qt.MouseButton.LeftButton, pos=places[0])
    for place in places[1:]:
        QTest.mouseMove(viewport, place)
    press(window, *keys)
    settle()
    QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=places[-1])
    assert window.session.wait_idle(WAIT_MS)
    settle()


@pytest.mark.slow
def test_both_parts_are_previewed_in_the_dock_and_in_why_until_the_next_step(
    window: Window, scored: list[int]
) -> None:
    session, why = window.session, raised(window, "why")
    panel = raised(window, "amplitudes")
    labels = session.table.labels.copy()
    press(window, "L")
    assert panel.lasso_button.isChecked()
    draw(window, panel)
    assert session.scene.stretch is None, "while the lasso is on, a drag is no stretch"
    assert sum(scored) == session.scene.evidence.answers[panel.asks(session.scene)[0]].timeline.n
    assert min(scored) > 0
    assert panel.split.isVisible() or "lasso" in panel.caption.text
    assert panel.split.toolTip()
    raised(window, "why")
    said = [line for line in why.text().splitlines() if "lasso" in line or "outside" in line]
    assert said[0].startswith(
        f"If it were split: inside the lasso: GOOD as far as tested · {scored[0]:,} spikes · RPV"
    )
    assert said[1].startswith(f"outside it: GOOD as far as tested · {scored[1]:,} spikes · RPV")
    assert "drift not tested" in why.text()
    assert (session.table.labels == labels).all()
    assert session.table.kind("scored_here") is None
    press(window, "Down")
    assert session.scene.lasso is not None
    assert not session.scene.lasso.over
    assert "split" not in why.text()
    draw(window, raised(window, "drift"), "Down")
    assert not session.scene.lasso.over, "what was begun around one unit's spikes is of no other"
    draw(window, raised(window, "drift"))
    assert session.scene.lasso.over == "drift"
    session.set_filter("nSpikes > 0")
    press(window, "Esc")
    assert session.scene.lasso is None
    assert not panel.lasso_button.isChecked()
    assert session.filter.text == "nSpikes > 0", "the first Esc ends the lasso, and nothing else"
    press(window, "Esc")


@pytest.mark.slow
def test_the_key_says_where_to_draw_and_shows_the_plot(window: Window) -> None:
    window.docks["amplitudes"].hide()
    window.docks["drift"].hide()
    settle()
    press(window, "L")
    assert window.session.scene.lasso is not None
    assert not window.docks["amplitudes"].isHidden()
    panel = window.panels["amplitudes"]
    assert panel.lasso_button.isChecked()
    window.session.viewing.encircling.draw("amplitudes", np.full((3, 2), np.nan))
    assert not window.session.scene.lasso.over, "what is no number would be asked for ever again"
    panel.lasso_button.click()
    assert window.session.scene.lasso is None
