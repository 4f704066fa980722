"""Why, Thresholds and the sentence over the table in the real window, by keys and mouse."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint
from PySide6.QtGui import QFontMetricsF
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QScrollArea, QToolButton
from qt_fixtures import WAIT_MS, click, press, settle, shown_ids, write_recording

from bcviewer.core.audit.states import State
from bcviewer.core.evidence.shape import WAVEFORM_METRICS
from bcviewer.core.figures.few_good import few_good
from bcviewer.core.rules.rules import RULES
from bcviewer.frame.window import Window
from bcviewer.io import names
from bcviewer.widgets.unit import verdict_rows


@pytest.fixture
def window(shared_window: Any) -> Window:
    return shared_window("demo")


def link(window: Window, part: int) -> QPoint:
    """Return where a part of the sentence over the table can be clicked."""
    bar, hovered = window.few_good, []
    bar.linkHovered.connect(hovered.append)
    try:
        for y in range(6, bar.height(), 6):
            for x in range(8, bar.width(), 8):
                QTest.mouseMove(bar, QPoint(x, y))
                if hovered and hovered[-1] == str(part):
                    return QPoint(x, y)
    finally:
        bar.linkHovered.disconnect(hovered.append)
    raise AssertionError(f"part {part} is no link")


# The sentence


def test_a_few_good_units_are_explained_over_the_table_and_its_parts_filter(
    open_window: Any, tmp_path: Path
) -> None:
    columns = {
        "fractionRPVs_estimatedTauR": [1.0, 1.0, 1.0, 1.0, 0.01],
        "RPV_status": [0.0, 0.0, 0.0, -1.0, 1.0],
        "nTroughs": [1.0, 1.0, 9.0, 1.0, 9.0],
    }
    window = open_window(write_recording(tmp_path / "ks", columns))
    bar = window.few_good
    assert bar.isVisible()
    assert bar.accessibleName() == (
        "No GOOD unit: 4 of 5 units fail RPV fraction > 0.1 (2 of them undecidable: MUA with too"
        " few spikes to say); the other one fails troughs > 1."
    )
    assert bar.geometry().bottom() < window.filter_bar.geometry().top() + 1
    parts = few_good(window.session.table).parts
    texts = [part.text for part in parts]
    undecidable = texts.index("2 of them undecidable")
    place = link(window, undecidable)
    assert "family == " in bar.toolTip()
    click(bar, place)
    assert window.session.scene.filter.text == parts[undecidable].filter
    assert sorted(shown_ids(window)) == [0, 1]
    chip = window.findChild(QToolButton, "chip.undecidable")
    assert chip.text() == "undecidable 2", "the chip counts what the sentence counts"
    click(bar, link(window, texts.index("the other one fails troughs > 1")))
    assert shown_ids(window) == [4]
    assert window.unit_table.hasFocus(), "a click leaves the keys to the table"
    press(window, "Escape")
    assert len(shown_ids(window)) == 5


@pytest.mark.slow
def test_the_overview_always_has_the_sentence(window: Window) -> None:
    bar = window.few_good
    assert not bar.isVisible(), "8 of 39 units are GOOD"
    press(window, "F3")
    assert bar.isVisible()
    assert bar.accessibleName().startswith("8 of 39 units are GOOD (21 %); ")
    assert window.findChild(QToolButton, "chip.GOOD").text() == "GOOD 8"
    press(window, "F2")
    assert not bar.isVisible()


# Evidence


def front(window: Window, dock: str) -> bool:
    settle()
    return not window.docks[dock].visibleRegion().isEmpty()


def click_threshold(window: Window, metric: str) -> None:
    """Click the rule of a metric in Thresholds."""
    window.docks["thresholds"].raise_()
    settle()
    panel = window.panels["thresholds"]
    rules = [-1 if rule is None else rule for rule, _ in panel.order]
    at = next(i for i, rule in enumerate(rules) if rule >= 0 and RULES[rule].metric == metric)
    place = panel.plot.row_center(at).toPoint()
    panel.findChild(QScrollArea).ensureVisible(place.x(), place.y())
    click(panel.plot, place)


def test_a_click_on_a_rule_raises_its_evidence(window: Window) -> None:
    assert window.docks["decay"].isHidden()
    click_threshold(window, "spatialDecaySlope")
    assert front(window, "decay")
    assert window.docks["decay"] in window.tabifiedDockWidgets(window.docks["waveform"])
    window.docks["why"].raise_()
    settle()
    rows = window.panels["why"].rows
    shown = [line.rule for line in rows.shown]
    counted = next(rule for rule in shown if RULES[rule].metric in WAVEFORM_METRICS)
    click(rows, rows.place_of(counted))
    assert front(window, "waveform")
    assert not front(window, "decay")


@pytest.mark.slow
def test_what_no_plot_is_the_evidence_of_is_scrolled_to_in_its_histogram(window: Window) -> None:
    for metric in ("isolationDistance", "Lratio"):
        click_threshold(window, metric)
        assert front(window, "histograms")
        found = window.panels["histograms"]
        item = found.items[metric]
        bar = found.area.verticalScrollBar()
        assert bar.value() == min(round(item.pos().y()), bar.maximum()) > 0
    assert window.docks["histograms"] in window.tabifiedDockWidgets(window.docks["amplitudes"])


@pytest.mark.slow
@pytest.mark.parametrize(("width", "columns"), [(690, 2), (1620, 2)])
def test_rules_use_the_width_and_their_bars_are_seen(
    window: Window, width: int, columns: int
) -> None:
    """Seen: bars of 8 pixels at 1440, and half of *Why* empty at 2560."""
    window.resize(1440, 900)
    rows = window.panels["why"].rows
    rows.resize(width, 210 if width < 1000 else 430)
    boxes = [box for _, box in rows._cells()]
    assert len({box.x() for box in boxes}) == columns
    words, bar = rows._shared(boxes[0].width())
    assert bar >= 52
    assert rows._fixed + words + bar >= 0.9 * boxes[0].width()


def test_the_last_line_of_why_shows_all_thresholds(window: Window) -> None:
    rows = window.panels["why"].rows
    assert rows.rest
    click(rows, rows._last().center().toPoint())
    assert front(window, "thresholds")


# The first screen


@pytest.mark.long
@pytest.mark.parametrize(("size", "all_rules"), [((1280, 720), False), ((1440, 900), True)])
def test_failing_rules_are_in_sight_without_a_scroll(
    open_window: Any, shared: Path, size: tuple[int, int], all_rules: bool
) -> None:
    window = open_window(shared / "sim_3probes" / "kilosort4_C")
    window.resize(*size)
    settle()
    window.arrange()
    settle()
    sheet, why = window.session.scene.sheet, window.panels["why"]
    most = np.argsort(-sheet.audit.n_failed, kind="stable")
    for row in [*most[:6].tolist(), *range(0, sheet.n_units, 14)]:
        window.session.set_current(row)
        settle()
        states = sheet.audit.states[:, row]
        shown = [line.rule for line in why.rows.shown]
        wanted = states != State.NOT_TESTED if all_rules else states == State.FAIL
        assert set(np.flatnonzero(wanted).tolist()) <= set(shown), why.text()
        for rule in shown:
            assert why.rows.rect().contains(why.rows.place_of(rule))
        assert why.rows._last().bottom() <= why.rows.height()


@pytest.mark.long
def test_at_1440_every_unit_has_all_its_failing_rules_on_the_first_screen(
    open_window: Any, shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Issue 11: for every unit of sim_3probes C, without a scroll, and no comparison is cut off."""
    window = open_window(shared / "sim_3probes" / "kilosort4_C")
    window.resize(1440, 900)
    settle()
    window.arrange()
    settle()
    sheet, rows = window.session.scene.sheet, window.panels["why"].rows
    area = rows.visibleRegion().boundingRect()
    for row in range(sheet.n_units):
        window.session.set_current(row)
        settle()
        failed = np.flatnonzero(sheet.audit.states[:, row] == State.FAIL).tolist()
        places = [rows.place_of(rule) for rule in failed]
        assert all(place is not None and area.contains(place) for place in places), row
    cut: list[str] = []
    measured: list[str] = []

    class Metrics(QFontMetricsF):
        def horizontalAdvance(self, text: str, *more: Any) -> float:
            measured.append(text)
            return super().horizontalAdvance(text, *more)

        def elidedText(self, text: str, *more: Any) -> str:
            cut.append(text)
            return super().elidedText(text, *more)

    monkeypatch.setattr(verdict_rows, "QFontMetricsF", Metrics)
    rows.changeEvent(QEvent(QEvent.Type.FontChange))
    measured.clear()
    for row in range(0, sheet.n_units, 7):
        window.session.set_current(row)
        settle()
        rows.grab()
    assert len([text for text in measured if text[0].isdigit()]) > 20, "it is asked of these"
    # a value that is none, and what is said where there is nothing to compare, may be
    assert [text for text in cut if text[0].isdigit() and len(text) <= 18] == []


def test_why_says_of_how_few_spikes_a_drift_is(
    open_window: Any, tmp_path: Path, qtbot: Any
) -> None:
    n = 400
    times, templates = 30 * np.arange(n), np.arange(n) % 2
    columns = {
        "nSpikes": [200.0, 200.0],
        "maxChannels": [0.0, 0.0],
        "maxDriftEstimate": [12.0, 0.5],
    }
    folder = write_recording(tmp_path / "kilosort4_A", columns, params_py=True, ids=[0, 1])
    components = np.ones((n, 3, 2), np.float32)
    components[(templates == 1) & (np.arange(n) >= 40)] = -1  # on the main channel, 0
    for name, values in (
        (names.SPIKE_TIMES, times),
        (names.SPIKE_TEMPLATES, templates),
        (names.SPIKE_CLUSTERS, templates),
        (names.PC_FEATURES, components),
        (names.PC_FEATURE_CHANNELS, np.array([[0, 1], [0, 1]])),
    ):
        np.save(folder / name, values)
    window = open_window(folder, "--unit", 1)
    window.session.wait_idle(WAIT_MS)
    why = window.panels["why"]
    told = "drift not to be trusted: PC1 on the main channel is positive in about 10% of spikes"
    qtbot.waitUntil(lambda: told in why.verdict.facts, timeout=WAIT_MS)
    assert told in why.text()
    window.session.set_current(0)
    assert window.session.wait_idle(WAIT_MS)
    assert "not to be trusted" not in why.text()
