"""Correlogram, intervals and contamination: what is drawn, chosen, said and saved."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from evidence_fakes import SETUP, FakeRecording, contamination_of, unit_spikes
from factories import again
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from qt_fixtures import WAIT_MS, OpenWindow, click, press, scene_of, settle, table_of

from bcviewer.app.scene import Scene
from bcviewer.core.comparison.proposal import Proposal
from bcviewer.core.comparison.what_if import tried
from bcviewer.core.evidence.ask import Ask, Evidence, Missing
from bcviewer.core.evidence.correlogram import BINS_MS, WINDOWS_MS, auto_correlogram
from bcviewer.core.evidence.intervals import intervals
from bcviewer.core.evidence.recording import UnitData
from bcviewer.core.evidence.refractory import Need, Result
from bcviewer.widgets.drawing.scales import round_up
from bcviewer.widgets.unit.contamination_panel import ContaminationPanel
from bcviewer.widgets.unit.correlogram_panel import CorrelogramPanel
from bcviewer.widgets.unit.isi_panel import LONGEST_MS, IsiPanel

NAN = float("nan")
KINDS: Mapping[str, Callable[..., object]] = {"correlogram": auto_correlogram, "isi": intervals}
TIMES = np.cumsum([1.0, 0.0002, 0.001, 0.0021, 0.004, 0.004, 0.030, 0.9, 0.0021])


def scene(panel: Any, columns: Any = None, answers: Any = None, times: Any = TIMES) -> Scene:
    """Return a scene of one unit with what the panel asks for."""
    given = {"nSpikes": float(len(times)), "estimatedTauR": 0.0025, **(columns or {})}
    table = table_of(given, session_s=(0.0, 1200.0))
    unit = UnitData(table.run, 0, FakeRecording({0: unit_spikes(times)}))
    made = scene_of(table)
    if answers is None:
        answers = {ask: KINDS[ask.kind](unit, *ask.settings) for ask in panel.asks(made)}
    return replace(made, evidence=Evidence(0, answers, made.run))


def tip_at(panel: Any, x: float) -> str:
    return panel._tip(QPointF(x, 0.5))


def choose(box: Any, row: int, qtbot: Any) -> None:
    """Choose from a box with the mouse."""
    click(box, box.rect().center())
    view = box.view()
    qtbot.waitExposed(view.window())
    place = view.visualRect(view.model().index(row, 0)).center()
    QTest.mouseMove(view.viewport(), place)
    click(view.viewport(), place)


# -- correlogram -----------------------------------------------------------------------------


def test_a_correlogram_is_drawn_with_its_periods(keep: Any) -> None:
    panel = keep(CorrelogramPanel())
    panel.resize(420, 300)
    panel.show_scene(scene(panel))
    found = panel.found
    assert panel.bars.edges.tolist() == found.correlogram.edges_ms.tolist()
    assert panel.bars.counts.tolist() == found.correlogram.counts.tolist()
    assert panel.bars.boundingRect().height() == found.correlogram.counts.max()
    assert [line.value() for line in panel.marks.lines] == [-2.5, 2.5]
    assert all(line.isVisible() for line in panel.marks.lines)
    bands = (panel.marks.refractory.rect(), panel.marks.censored.rect())
    assert [(band.left(), band.right()) for band in bands] == [(-2.5, 2.5), (-0.25, 0.25)]
    assert panel.baseline.value() == pytest.approx(found.baseline)
    (low, high), (bottom, top) = panel.plot.getPlotItem().getViewBox().viewRange()
    assert (low, high, bottom) == (-50.0, 50.0, 0.0)
    assert top >= found.correlogram.counts.max()
    # 1 + 1.2 (past the censored one) + 2.1 + 2.1 ms
    assert found.n_violations == 4
    assert panel.note.text() == "τR 2.5 ms: 4 violations"
    assert "RPV" in panel.rules.words[0].text


def test_windows_and_bins_are_chosen_by_keys_and_stay_for_the_next_unit(
    keep: Any, qtbot: Any
) -> None:
    panel = keep(CorrelogramPanel())
    panel.show_scene(scene(panel))
    assert panel.asks(panel.scene) == (Ask("correlogram", (50.0, 0.5)),)
    with qtbot.waitSignal(panel.wish):
        QTest.keyClick(panel.window_choice, Qt.Key.Key_Down)
    with qtbot.waitSignal(panel.wish):
        QTest.keyClick(panel.bin_choice, Qt.Key.Key_End)
    assert panel.asks(panel.scene) == (Ask("correlogram", (100.0, 5.0)),)
    panel.show_scene(scene(panel))
    assert np.diff(panel.bars.edges) == pytest.approx(5.0)
    assert (panel.bars.edges[0], len(panel.bars.counts)) == (-100.0, 40)
    assert [panel.window_choice.itemText(i) for i in range(len(WINDOWS_MS))] == [
        "± 25 ms",
        "± 50 ms",
        "± 100 ms",
        "± 500 ms",
    ]
    assert panel.bin_choice.count() == len(BINS_MS)


def test_a_bin_is_chosen_by_the_mouse(keep: Any, qtbot: Any) -> None:
    panel = keep(CorrelogramPanel())
    panel.show_scene(scene(panel))
    with qtbot.waitSignal(panel.wish):
        choose(panel.bin_choice, 1, qtbot)
    assert panel.asks(panel.scene)[0].settings == (50.0, 1.0)


@pytest.mark.parametrize("rpv", [1.0, NAN])
def test_a_fallback_is_not_drawn_and_said(keep: Any, rpv: float) -> None:
    columns = {"fractionRPVs_estimatedTauR": rpv, "estimatedTauR": 0.001}
    for panel, noun in ((keep(CorrelogramPanel()), "pairs"), (keep(IsiPanel()), "interval")):
        panel.show_scene(scene(panel, columns))
        assert not any(line.isVisible() for line in panel.marks.lines)
        assert not panel.marks.refractory.isVisible()
        assert panel.marks.censored.isVisible()
        assert panel.legend.entries[0].words == "no refractory period could be estimated"
        assert f"{noun} within 2 ms" in panel.note.text()
        why = "estimated: none was confirmed" if rpv == 1.0 else "did not assess"
        assert why in tip_at(panel, 10.0)


def test_tips_and_numbers_of_a_correlogram(keep: Any) -> None:
    panel = keep(CorrelogramPanel())
    panel.show_scene(scene(panel))
    found = panel.found.correlogram
    middle = len(found.counts) // 2
    tip = tip_at(panel, 4.2)
    assert tip.startswith("lag 4 to 4.5 ms\n")
    assert f"{found.counts[middle + 8]} pairs, {found.rates[middle + 8]:.3g} spikes/s" in tip
    assert "4 pairs at least 0.25 and less than 2.5 ms apart" in tip
    assert "Dotted: " in tip
    assert tip_at(panel, 51.0) == ""
    header, rows = panel.numbers()
    assert header == ("from_ms", "to_ms", "pairs", "spikes_per_s")
    assert [row[2] for row in rows] == found.counts.tolist()


def test_what_was_left_out_is_said(keep: Any) -> None:
    columns = {"useTheseTimesStart": 1.0, "useTheseTimesStop": 1.5, "nSpikes": 7.0}
    for panel in (keep(CorrelogramPanel()), keep(IsiPanel())):
        panel.show_scene(scene(panel, columns))
        assert panel.note.text().endswith(" · kept time only")
        assert "Only the time that Bombcell kept: 1 to 2 s of 1,200 s" in tip_at(panel, 1.0)


@pytest.mark.parametrize("times", [[], [1.0], [1.0, 1.0], [1.0, 1.001]])
def test_units_of_a_few_spikes_are_drawn(keep: Any, times: list[float]) -> None:
    for panel in (keep(CorrelogramPanel()), keep(IsiPanel())):
        panel.show_scene(scene(panel, None, None, times))
        assert panel.bars.counts.sum() >= 0
        assert not panel.grab().isNull()
        assert tip_at(panel, 1.0)
        assert len(panel.numbers()[1]) == len(panel.bars.counts)


def test_a_missing_answer_says_why_and_has_no_numbers(keep: Any) -> None:
    for kind in (CorrelogramPanel, IsiPanel, ContaminationPanel):
        panel = keep(kind())
        assert panel._tip(QPointF(0, 0)) == ""
        (ask,) = panel.asks(scene_of(None))
        panel.show_scene(scene(panel, None, {ask: Missing("spike_times.npy: not there.")}))
        assert panel.cover.words == "spike_times.npy: not there."
        assert panel.cover.isVisible()
        assert list(panel.numbers()[1]) == []


# -- intervals -------------------------------------------------------------------------------


def test_intervals_are_drawn_with_their_violations(keep: Any) -> None:
    panel = keep(IsiPanel())
    panel.show_scene(scene(panel))
    found = panel.found
    assert panel.bars.counts.tolist() == found.counts.tolist()
    assert panel.violating.counts.tolist() == found.violating.tolist()
    assert found.violating.sum() == 3
    assert [line.value() for line in panel.marks.lines] == [2.5]
    band = panel.marks.censored.rect()
    assert (band.left(), band.right()) == (0.0, 0.25)
    assert panel.note.text() == "τR 2.5 ms: 3 violations (37.50%)"
    tip = tip_at(panel, 2.2)
    assert tip.startswith("2 to 2.5 ms\n2 intervals, 2 of them below 2.5 ms")
    assert f"8 intervals, median {found.median_ms:.4g} ms, CV {found.cv:.2f}." in tip
    assert "Intervals longer than the axis: 1." in tip
    header, rows = panel.numbers()
    assert header == ("from_ms", "to_ms", "intervals", "violations")
    assert sum(row[3] for row in rows) == 3


def test_intervals_on_a_logarithmic_axis(keep: Any, qtbot: Any) -> None:
    panel = keep(IsiPanel())
    panel.show_scene(scene(panel))
    with qtbot.waitSignal(panel.wish):
        QTest.keyClick(panel.range_choice, Qt.Key.Key_End)
    assert panel.asks(panel.scene) == (Ask("isi", (LONGEST_MS[-1],)),)
    panel.show_scene(scene(panel))
    assert panel.plot.getAxis("bottom").is_log
    assert panel.bars.edges == pytest.approx(np.log10(panel.found.edges_ms))
    assert panel.marks.lines[0].value() == pytest.approx(np.log10(2.5))
    assert panel.marks.censored.rect().right() == pytest.approx(np.log10(0.25))
    assert tip_at(panel, np.log10(4.0)).splitlines()[1] == "2 intervals"
    with qtbot.waitSignal(panel.wish):
        QTest.keyClick(panel.range_choice, Qt.Key.Key_Home)
    panel.show_scene(scene(panel))
    assert not panel.plot.getAxis("bottom").is_log
    assert panel.bars.edges[-1] == 20.0


# -- contamination ---------------------------------------------------------------------------


def shown(panel: Any, found: Any) -> Any:
    panel.resize(420, 320)
    panel.show_scene(scene(panel, None, {Ask("contamination"): found}))
    return panel


def test_contamination_says_that_it_is_of_the_saved_limit(keep: Any) -> None:
    panel = shown(keep(ContaminationPanel()), contamination_of())
    assert not panel.levels.tried.isVisible()
    made = panel.scene
    for limit, is_moved in ((0.2, True), (0.1, False)):
        found = tried(made.sheet.inputs, Proposal.of({"maxRPVviolations": limit}))
        now = scene_of(again(made.sheet, tried=found))
        panel.show_scene(replace(now, evidence=made.evidence))
        assert panel.note.text().startswith("at the saved limit · ") == is_moved
        assert panel.words.text.startswith("Of the saved limit 0.1: 0.2 is tried") == is_moved
        assert panel.levels.tried.isVisible() == is_moved
        words = [entry.words for entry in panel.legend.entries]
        assert ("saved limit" in words, "limit" in words) == (is_moved, not is_moved)
        assert ("limit that is tried" in words) == is_moved
    assert panel.levels.limit.value() == 10.0


def test_contamination_is_drawn_at_each_period(keep: Any) -> None:
    found = contamination_of()
    panel = shown(keep(ContaminationPanel()), found)
    counts, levels = panel.counts, panel.levels
    assert [list(a) for a in counts.line.getData()] == [[2.0, 5.0], [0.0, 3.0]]
    assert counts.above.getData()[1].tolist() == [4.5, 7.5]
    assert counts.clean.getData()[1][1] == 1.5
    assert counts.clean.getData()[1][0] < 0, "clean cannot be shown there"
    assert counts.expected.getData()[1].tolist() == [1.5, 4.0]
    assert [text.isVisible() for text in counts.texts] == [True, True]
    assert np.concatenate(levels.points.getData()) == pytest.approx([2.0, 3.5])
    assert list(levels.unconfirmed.getData()[0]) == [5.0]
    assert np.concatenate(levels.saved.getData()) == pytest.approx([2.0, 3.5])
    assert (levels.limit.value(), levels.limit.isVisible()) == (10.0, True)
    assert counts.viewRange()[0] == levels.viewRange()[0]
    assert panel.note.text() == "✓ shown clean"
    assert panel.words.text.startswith("Shown clean: contamination is below 10%")
    tip = panel._tip(QPointF(4.6, 0))
    assert tip.startswith("τR 5 ms: 3 violations\n4.0 expected at a contamination of 0.1\n")
    assert "1 or fewer: shown clean\n8 or more: confirmed above 0.1\nno level is confirmed" in tip
    assert "too few spikes" in panel._tip(QPointF(2.0, 0))
    header, rows = panel.numbers()
    assert header[:2] == ("tau_r_s", "observed")
    assert [row[1] for row in rows] == [0, 3]


def test_what_it_takes_and_what_differs_are_written(keep: Any) -> None:
    need = Need(0.002, 0, 1250, 42.4, 707)
    found = contamination_of(Result(1.0, 0.002, 0.0), Result(0.06, 0.005, 1.0), need=need)
    panel = shown(keep(ContaminationPanel()), replace(found, by_ourselves=True))
    assert panel.note.text() == "? too few spikes to say · differs from the saved"
    words = panel.words.text
    assert "1,250 spikes would be enough to show it clean (400 now)" in words
    assert "RPV = 1.0: no level up to 35% is confirmed" in words
    assert (
        "Saved was RPV 0.06 (now 1), τR 5 ms (now 2 ms), shown clean (now too few spikes to say)."
        in words
    )
    assert [list(a) for a in panel.levels.saved.getData()] == [[5.0], [6.0]]
    tip = panel._tip(QPointF(2.0, 0))
    assert "In the same time it would take 707 spikes." in tip
    assert "counted here, all of them" in tip
    assert "Method: sliding refractory period; pairs closer than 0.25 ms" in tip


def test_a_fallback_is_no_point_of_the_saved(keep: Any) -> None:
    panel = shown(keep(ContaminationPanel()), contamination_of(Result(1.0, 0.002, -1.0)))
    assert len(panel.levels.saved.getData()[0]) == 0
    assert panel.note.text() == "✗ not shown clean"


def test_estimates_are_drawn_without_what_would_decide(keep: Any) -> None:
    one = np.array([0.002])
    hill = contamination_of(
        Result(0.2, 0.002, -1.0),
        setup=replace(SETUP, method="hill", is_legacy=True),
        tau_r=one,
        observed=np.array([7]),
        level=np.array([0.2]),
        expected=one * NAN,
        clean_to=one * NAN,
        above_from=one * NAN,
        undecided=np.array([False]),
    )
    panel = keep(ContaminationPanel())
    shown(panel, contamination_of())
    shown(panel, hill)
    assert not panel.counts.clean.isVisible()
    assert not any(text.isVisible() for text in panel.counts.texts)
    assert panel.levels.getAxis("left").title == "estimate (%)"
    assert panel.levels.points.getData()[1].tolist() == [20.0]
    tip = panel._tip(QPointF(2.0, 0))
    assert tip.startswith("τR 2 ms: 7 violations\nestimate: 20.0%")
    assert "as computed before rpv_method existed" in tip
    nothing = dict.fromkeys(("tau_r", "level", "expected", "clean_to"), one[:0])
    empty = replace(hill, **nothing, observed=np.zeros(0, int), above_from=one[:0])
    shown(panel, replace(empty, now=Result(NAN, NAN, NAN)))
    assert panel.note.text().startswith("– not assessed")
    assert panel._tip(QPointF(2.0, 0)) == ""
    assert not panel.grab().isNull()


def test_the_words_never_move_the_plots_while_stepping(keep: Any) -> None:
    long = contamination_of(Result(1.0, 0.002, 0.0), need=Need(0.002, 0, 1250, 42.4, 707))
    panel = shown(keep(ContaminationPanel()), long)
    settle()
    tops = [panel.counts.y()]
    for found in (contamination_of(), long, contamination_of()):
        shown(panel, found)
        settle()
        tops.append(panel.counts.y())
    assert len(set(tops)) == 1
    panel.resize(900, 320)
    settle()
    assert panel.counts.y() < tops[0], "a wider dock needs fewer lines"


def test_in_a_low_dock_the_sentences_leave_the_plots_their_room(keep: Any) -> None:
    """Seen at 1280 × 720: five lines of words over two plots of nothing but axes."""
    found = contamination_of(
        Result(1.0, 0.002, 0.0), Result(0.06, 0.005, 1.0), need=Need(0.002, 0, 1250, 42.4, 707)
    )
    panel = shown(keep(ContaminationPanel()), found)
    for height in (420, 225, 190):
        panel.resize(420, height)
        settle()
        plots = panel.counts.height(), panel.levels.height()
        assert min(plots) >= 62, "what the titles of their axes need"
        assert panel.words.height() >= panel.words.fontMetrics().lineSpacing()
        assert "would be enough" in panel.words.text, "the tool tip has all of it"


def test_axes_end_at_round_numbers() -> None:
    assert [round_up(value) for value in (0, -1, 1, 1.01, 7, 99, 101, 2.5e6)] == [
        1,
        1,
        1,
        1.2,
        8,
        100,
        120,
        2.5e6,
    ]


def test_steps_in_the_window(open_window: OpenWindow, qtbot: Any) -> None:
    window = open_window("demo")
    keys = ("correlogram", "isi", "contamination")
    for key in keys:
        window.docks[key].show()
        window.docks[key].raise_()
    panels = [window.panels[key] for key in keys]
    rows = set()
    for _ in range(3):
        row = window.session.current
        drawn = panels[:2]
        qtbot.waitUntil(lambda: all(p.drawn_row == row for p in drawn), timeout=WAIT_MS)  # noqa: B023
        assert window.session.wait_idle(WAIT_MS)
        spikes = window.session.background.evidence.arrays.shared.spikes(row)
        for panel in drawn:
            assert panel.found.kept.n == spikes.n
            assert panel.found.kept.notes == ()
        lags = panels[0].found.correlogram
        assert panels[0].bars.counts is lags.counts
        assert (lags.n_a, lags.counts.sum() % 2) == (spikes.n, 0)
        assert panels[2].cover.words == "bombcell is not asked in this test"
        rows.add(row)
        press(window, "J")
    assert len(rows) == 3
    # Another bin is asked for at once, of the unit that is shown.
    choose(panels[0].bin_choice, 3, qtbot)
    qtbot.waitUntil(lambda: np.ptp(panels[0].bars.edges[:2]) > 4, timeout=WAIT_MS)
    assert panels[0].drawn_row == window.session.current
    assert window.session.wait_idle(WAIT_MS)
