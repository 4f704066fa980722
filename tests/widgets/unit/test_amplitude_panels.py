"""Amplitudes over time, the cut-off fit and drift: what the panels draw and say of a unit."""

from __future__ import annotations

import csv
import math
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from evidence_fakes import FakeRecording, unit_spikes
from factories import make_run, sheet_of
from PySide6.QtCore import QEvent, QPoint, QPointF
from PySide6.QtGui import QHelpEvent, QImage
from PySide6.QtWidgets import QApplication
from qt_fixtures import WAIT_MS, OpenWindow, press, scene_of

from bcviewer.app.background.evidence_kinds import KINDS, compute
from bcviewer.app.scene import Scene
from bcviewer.core.audit.states import State
from bcviewer.core.evidence.ask import Ask, Evidence, Missing
from bcviewer.core.evidence.recording import UnitData, UnitSpikes
from bcviewer.errors import UserError
from bcviewer.oracle.amplitude_by_bombcell import CutOffFit
from bcviewer.widgets.base.evidence_panel import EvidencePanel
from bcviewer.widgets.drawing.theme import theme
from bcviewer.widgets.unit.amplitude_fit_panel import AmplitudeFitPanel
from bcviewer.widgets.unit.amplitudes_panel import AmplitudesPanel
from bcviewer.widgets.unit.drift_panel import SOURCE, DriftPanel
from bcviewer.widgets.unit.time_plot import TimePlot

NAN = float("nan")
END = 600.0
KEPT = {"useTheseTimesStart": 0.0, "useTheseTimesStop": END}


def steady(n: int, seed: int = 0, gap: tuple[float, float] = (0.0, 0.0)) -> UnitSpikes:
    """Return spikes all over the session but for a silent gap."""
    rng = np.random.default_rng(seed)
    times = np.sort(rng.uniform(0, END, n))
    times = times[(times < gap[0]) | (times >= gap[1])]
    size = len(times)
    return unit_spikes(times, rng.normal(20, 3, size), rng.normal(100, 4, size))


class Unit:
    """A run of one unit, and the scenes that its panels draw."""

    def __init__(
        self,
        spikes: UnitSpikes | None,
        columns: Any = None,
        params: Any = None,
        components: Any = None,
    ) -> None:
        run = make_run({**KEPT, **(columns or {})}, params, session_s=(0.0, END))
        self.table = sheet_of(run)
        recording = FakeRecording({} if spikes is None else {0: spikes})
        if components is not None:
            recording = replace(recording, components={0: components})
        self.data = UnitData(run, 0, recording)

    def scene(self, panel: EvidencePanel, **instead: object) -> Scene:
        """Return what a panel draws; ``instead`` gives answers by kind (None: under way)."""
        scene = scene_of(self.table)
        answers: dict[Ask, object] = {}
        for ask in panel.asks(scene):
            if ask.kind in instead:
                answer = instead[ask.kind]
            elif KINDS[ask.kind].by_bombcell:
                answer = Missing("bombcell is not asked")
            else:
                try:
                    answer = compute(ask, self.data, None)
                except UserError as error:
                    answer = Missing(error.message)
            if answer is not None:
                answers[ask] = answer
        return replace(scene, evidence=Evidence(0, MappingProxyType(answers), scene.run))


@pytest.fixture
def shown(keep: Any) -> Any:
    def made(kind: Any, unit: Unit, size: tuple[int, int] = (420, 260), **instead: object) -> Any:
        panel = kind()
        panel.resize(*size)
        keep(panel)
        panel.show_scene(unit.scene(panel, **instead))
        QApplication.processEvents()
        return panel

    return made


def rules(panel: Any) -> dict[str, State]:
    return {words.text: words.state for words in panel.rules.words}


def image(plot: TimePlot) -> np.ndarray:
    return np.asarray(plot.image.image)


# -- amplitudes over time --------------------------------------------------------------------


def test_many_spikes_are_one_image(shown: Any) -> None:
    panel = shown(AmplitudesPanel, Unit(steady(20_000)))
    plot = panel.plot
    assert plot.image.isVisible()
    assert not plot.points.isVisible()
    assert image(plot).shape == plot.shape_of_cells()
    np.testing.assert_array_equal(image(plot) > 0, panel.cells.counts > 0)
    assert panel.cells.counts.sum() + panel.cells.above == 20_000
    assert plot.getPlotItem().getViewBox().viewRange()[0] == [0.0, END / 60]
    assert plot.per_s == 60
    assert plot.getAxis("left").title == "amplitude (a.u.)"
    assert plot.getAxis("bottom").title == "time (min)"


@pytest.mark.parametrize("kind", [AmplitudesPanel, DriftPanel])
def test_cells_stay_where_they_are_when_the_panel_is_resized(shown: Any, kind: Any) -> None:
    unit = Unit(steady(20_000))
    panel = shown(kind, unit)
    plot, before = panel.plot, panel.plot.shape_of_cells()
    for size in ((900, 700), (420, 200), (1200, 500)):
        panel.resize(*size)
        QApplication.processEvents()
        panel._take_shape()
        panel.show_scene(unit.scene(panel))
        assert image(plot).shape == plot.shape_of_cells() != before
        before = plot.shape_of_cells()
        drawn = plot.image.mapRectToParent(plot.image.boundingRect())
        cells = panel.cells
        there = (drawn.left(), drawn.right(), drawn.top(), drawn.bottom())
        assert there == pytest.approx((0.0, cells.end_s / plot.per_s, cells.low, cells.high))


def test_few_spikes_are_points(shown: Any) -> None:
    panel = shown(AmplitudesPanel, Unit(steady(200)))
    assert panel.plot.points.isVisible()
    assert not panel.plot.image.isVisible()
    drawn = panel.drawn
    np.testing.assert_array_equal(panel.plot.points._x, drawn.times / 60)
    np.testing.assert_array_equal(panel.plot.points._y, drawn.amplitudes)
    assert len(drawn.times) + drawn.density.above == 200


def test_missing_bins_are_marked_and_counted(shown: Any) -> None:
    silent = steady(20_000, gap=(120.0, 240.0))
    panel = shown(AmplitudesPanel, Unit(silent, {"presenceRatio": 7 / 9}))
    assert panel.note.text() == "present in 7 of 9 bins"
    assert panel.plot.missing.spans.tolist() == [[2.0, 4.0]]  # minutes
    assert panel.strip.presence.missing_spans.tolist() == [[120.0, 240.0]]
    assert rules(panel) == {
        "presence ratio 0.778 ≥ 0.7": State.PASS,
        "spikes 2,400 ≥ 300": State.PASS,
        "spikes missing 2.0 ≤ 20%": State.PASS,
    }
    columns = slice(*(round(s / END * image(panel.plot).shape[1]) for s in (130, 230)))
    assert image(panel.plot)[:, columns].sum() == 0
    assert "presence bin 3 of 9: missing, 0 spikes" in panel.strip.words_at(150.0)
    assert "presence bin 1 of 9: present" in panel.strip.words_at(30.0)
    assert "whole ones only" in panel.strip.words_at(590.0)


def test_presence_other_than_saved(shown: Any) -> None:
    panel = shown(AmplitudesPanel, Unit(steady(20_000), {"presenceRatio": 0.61}))
    assert panel.note.text() == "present in 9 of 9 bins = 1.000 ≠ 0.610 saved"
    assert rules(panel)["presence ratio 0.610 < 0.7"] == State.FAIL


def test_time_that_was_left_out_is_shaded_and_said(shown: Any) -> None:
    columns = {"useTheseTimesStart": 228.0, "useTheseTimesStop": END}
    panel = shown(AmplitudesPanel, Unit(steady(5000), columns, {"computeTimeChunks": True}))
    assert panel.plot.left_out.spans.tolist() == [[0.0, 3.8]]
    assert panel.caption.text.startswith("kept 62 % of the session, 3:48 min to 10:00 min")
    assert "left out by Bombcell" in panel.strip.words_at(10.0)


def test_a_unit_without_metrics_still_shows_its_spikes(shown: Any) -> None:
    nothing = {"useTheseTimesStart": NAN, "useTheseTimesStop": NAN, "nSpikes": 3.0}
    panel = shown(AmplitudesPanel, Unit(steady(3), {**nothing, "presenceRatio": NAN}))
    assert panel.note.text() == "3 spikes"
    assert "no presence bins: 3 spikes: Bombcell computes nothing below 50" in panel.caption.text
    assert len(panel.plot.points._x) == 3
    assert panel.strip.presence is None


@pytest.mark.parametrize("n", [0, 1, 2])
def test_next_to_no_spikes(shown: Any, n: int) -> None:
    times = np.arange(n) * 50.0
    spikes = unit_spikes(times, np.full(n, 12.0), np.full(n, 50.0))
    for kind in (AmplitudesPanel, AmplitudeFitPanel, DriftPanel):
        panel = shown(kind, Unit(spikes, {"useTheseTimesStart": NAN, "nSpikes": float(n)}))
        assert panel.cover.isHidden()
        assert panel.drawn_row == 0


def test_without_amplitudes_rate_and_presence_are_there(shown: Any) -> None:
    spikes = replace(steady(5000), amplitudes=None, no_amplitudes="amplitudes.npy: cut off.")
    panel = shown(AmplitudesPanel, Unit(spikes))
    assert "amplitudes.npy: cut off." in panel.caption.text
    assert not panel.plot.image.isVisible()
    assert panel.note.text() == "present in 9 of 9 bins"
    assert panel.strip.timeline.rate.max() > 5


def test_what_is_not_on_the_axis_is_said(shown: Any) -> None:
    values = np.r_[np.full(98, 20.0), NAN, 9999.0]
    spikes = unit_spikes(np.linspace(1, 599, 100), values)
    panel = shown(AmplitudesPanel, Unit(replace(spikes, note="phy changed this unit")))
    said = panel.caption.text
    assert "1 spike above the axis" in said
    assert "1 spike without a finite value" in said
    assert "phy changed this unit" in said


def test_missing_file_stands_in_place_of_the_plot(shown: Any) -> None:
    for kind in (AmplitudesPanel, AmplitudeFitPanel, DriftPanel):
        panel = shown(kind, Unit(None))
        assert panel.cover.isVisible()
        assert panel.cover.words == "spike_times.npy: not there."


def test_another_size_asks_for_other_cells(shown: Any, qtbot: Any) -> None:
    unit = Unit(steady(20_000))
    panel = shown(AmplitudesPanel, unit)
    small = panel.asks(unit.scene(panel))
    with qtbot.waitSignal(panel.wish, timeout=5000):
        panel.resize(1200, 800)
    large = panel.asks(unit.scene(panel))
    assert large != small
    assert np.prod(large[0].settings) > np.prod(small[0].settings)
    panel.show_scene(unit.scene(panel))
    assert image(panel.plot).shape == large[0].settings


def test_tool_tip_of_the_plot(shown: Any) -> None:
    panel = shown(AmplitudesPanel, Unit(steady(20_000)))
    plot = panel.plot
    place = QPoint(plot.width() // 2, plot.height() // 2)
    event = QHelpEvent(QEvent.Type.ToolTip, place, plot.viewport().mapToGlobal(place))
    QApplication.sendEvent(plot.viewport(), event)
    assert "spikes/s" in plot.toolTip()
    assert "spikes in this cell" in plot.toolTip()


def test_numbers_and_pictures(shown: Any, tmp_path: Path) -> None:
    panel = shown(AmplitudesPanel, Unit(steady(200)))
    panel.save(tmp_path / "a.csv")
    rows = list(csv.DictReader((tmp_path / "a.csv").read_text("utf-8").splitlines()))
    kinds = [row["what"] for row in rows]
    assert kinds.count("spikes in presence bin") == 9
    assert kinds.count("amplitude") == len(panel.drawn.times)
    for name in ("a.png", "a.svg", "a.pdf"):
        panel.save(tmp_path / name)
        assert (tmp_path / name).stat().st_size > 1000
    assert not QImage(str(tmp_path / "a.png")).isNull()


# -- the fit ---------------------------------------------------------------------------------


def fit_of(percent: float = 30.0, saved: float = 30.0, **more: Any) -> CutOffFit:
    given = {"height": 90.0, "centre": 20.0, "width": 3.0, "cut_off": 18.5, **more}
    x = np.linspace(0.5, 30, 60)
    return CutOffFit(percent, saved, x, np.ones(60), **given)


def no_fit(percent: float, saved: float) -> CutOffFit:
    return CutOffFit(percent, saved, np.empty(0), np.empty(0), NAN, NAN, NAN, NAN)


def test_distribution_fit_and_cut_off(shown: Any) -> None:
    panel = shown(AmplitudeFitPanel, Unit(steady(5000)), amplitude_fit=fit_of())
    edges, counts = panel.bars.getData()
    np.testing.assert_array_equal(edges, panel.drawn.edges)
    np.testing.assert_array_equal(counts, panel.drawn.counts)
    assert counts.sum() + panel.drawn.outliers == panel.drawn.n
    lost, fitted = panel.lost.getData(), panel.fit.getData()
    assert lost[0][-1] == fitted[0][0] == panel.plot.cut_off == 18.5
    assert lost[0][0] == 0
    assert fitted[1].max() == pytest.approx(90, rel=1e-3)
    assert panel.note.text() == "missing: 30.0 %, as saved"
    assert set(rules(panel).values()) == {State.PASS}
    assert [text.split()[0] for text in rules(panel)] == ["spikes", "amplitude", "SNR"]
    assert panel.plot.getAxis("bottom").title == "amplitude (a.u.)"
    words = [entry.words for entry in panel.legend.entries]
    assert words == ["spikes", "Gaussian of Bombcell", "missing", "limit 20 %"]


def test_the_limit_is_a_handle_where_as_many_would_be_missing(shown: Any) -> None:
    panel = shown(AmplitudeFitPanel, Unit(steady(3000)), amplitude_fit=fit_of())
    plot, found = panel.plot, panel.drawn_fit
    assert plot.limit == pytest.approx(found.cut_off_at(20.0))
    assert found.percent_at(plot.limit) == pytest.approx(20.0)
    assert "limit 20 %" in [entry.words for entry in panel.legend.entries]
    (knob,) = (one for one in panel.knobs.knobs if one.isVisible())
    assert "spikes missing ≤ 20 %" in knob.toolTip()
    centre = QPointF(knob.knob.area.center())
    assert knob.knob.value_at(centre) == pytest.approx(20.0, rel=0.1)
    assert knob.knob.value_at(centre + QPointF(20, 0)) > 25
    assert math.isnan(found.cut_off_at(0.0))
    assert math.isnan(no_fit(100.0, NAN).cut_off_at(20.0))


def test_without_a_fit_the_limit_is_nowhere(shown: Any) -> None:
    panel = shown(AmplitudeFitPanel, Unit(steady(3000)), amplitude_fit=no_fit(100.0, 100.0))
    assert math.isnan(panel.plot.limit)
    assert not [knob for knob in panel.knobs.knobs if knob.isVisible()]


def test_fit_other_than_saved(shown: Any) -> None:
    panel = shown(AmplitudeFitPanel, Unit(steady(5000)), amplitude_fit=fit_of(saved=12.0))
    assert panel.note.text() == "missing: 30.0 % ≠ 12.0 % saved"
    assert "the saved percentage was made from other spikes" in panel.caption.text


def test_no_fit_is_said(shown: Any) -> None:
    unit = Unit(steady(5000))
    panel = shown(AmplitudeFitPanel, unit, amplitude_fit=no_fit(100.0, 100.0))
    assert panel.note.text() == "missing: 100.0 %, as saved"
    assert "the peak of the distribution is cut off" in panel.caption.text
    assert not panel.fit.isVisible()
    panel.show_scene(unit.scene(panel, amplitude_fit=no_fit(NAN, NAN)))
    assert panel.note.text() == "missing: no percentage, none saved"
    assert "five spikes or less" in panel.caption.text


def test_a_fit_under_way_is_not_the_last_one(shown: Any) -> None:
    unit = Unit(steady(5000))
    panel = shown(AmplitudeFitPanel, unit, amplitude_fit=fit_of())
    assert panel.fit.isVisible()
    panel.show_scene(unit.scene(panel, amplitude_fit=None))
    assert panel.note.text() == "asking bombcell …"
    assert panel.bars.isVisible()
    assert not panel.fit.isVisible()
    assert np.isnan(panel.plot.cut_off)
    panel.show_scene(unit.scene(panel, amplitude_fit=Missing("bombcell cannot be asked: gone")))
    assert panel.note.text() == "no fit"
    assert panel.caption.text.startswith("bombcell cannot be asked: gone")


def test_a_centre_left_of_the_axis_is_said(shown: Any) -> None:
    fit = fit_of(centre=-4.0, height=5e4)
    panel = shown(AmplitudeFitPanel, Unit(steady(5000)), amplitude_fit=fit)
    assert "the fitted centre is −4, left of the axis" in panel.caption.text
    assert panel.plot.getPlotItem().getViewBox().viewRange()[1][1] < 1500
    header, rows = panel.numbers()
    assert header == ("low", "high", "spikes", "gaussian")
    assert len(rows) == 50


# -- drift -----------------------------------------------------------------------------------


def test_drift_beside_the_saved_one(shown: Any) -> None:
    times = np.arange(0.0, 600.0, 0.05)
    depths = 100 + 10.0 * (times // 60)
    spikes = unit_spikes(times, np.full(len(times), 20.0), depths)
    columns = {"maxDriftEstimate": 55.0, "cumDriftEstimate": 60.0}
    panel = shown(DriftPanel, Unit(spikes, columns))
    assert panel.note.text() == "saved 55.0 µm, summed 60.0 µm · here 80.0 µm"
    assert panel.note.toolTip().startswith(SOURCE)
    assert "what registration left" in panel.note.toolTip()
    assert "from spike_positions.npy" in panel.caption.text
    assert panel.legend.isVisible()
    assert panel.legend.entries[0].words.startswith("median of bins of 60 s")
    x, y = panel.medians.getData()
    assert y.tolist() == np.repeat(100 + 10.0 * np.arange(9), 2).tolist()
    assert x[0] == 0
    assert x[-1] == 9.0  # minutes
    assert rules(panel) == {"drift 55.0 ≤ 100 µm": State.PASS}
    assert panel.cells.counts.sum() == len(times)
    assert len(panel.numbers()[1]) == 9


def test_a_saved_drift_of_exactly_0_is_told(shown: Any) -> None:
    times = np.linspace(0.0, 540.0, 900)
    spikes = unit_spikes(times, np.full(900, 20.0), np.linspace(0.0, 60.0, 900))
    panel = shown(DriftPanel, Unit(spikes, {"maxDriftEstimate": 0.0}))
    assert panel.caption.text.startswith("saved drift exactly 0, which shows no stability: most")


def test_of_few_spikes_main_channels_the_saved_drift_is_not_to_be_trusted(shown: Any) -> None:
    times = np.linspace(0.0, 540.0, 900)
    spikes = unit_spikes(times, np.full(900, 20.0), np.linspace(0.0, 60.0, 900))
    for n, told in ((16, True), (90, False)):
        components = np.where(np.arange(100) < n, 1.0, -1.0)
        panel = shown(DriftPanel, Unit(spikes, {"maxDriftEstimate": 70.0}, components=components))
        words = "saved drift not to be trusted: PC1 on the main channel is positive in about 16%"
        assert (words in panel.caption.text) == told


def test_a_single_bin_has_no_drift_to_see(shown: Any) -> None:
    times = np.linspace(180.0, 220.0, 300)
    spikes = unit_spikes(times, np.full(300, 20.0), np.linspace(0.0, 60.0, 300))
    panel = shown(DriftPanel, Unit(spikes, {"maxDriftEstimate": 0.0}))
    assert panel.drawn.n_medians == 1
    assert panel.caption.text.startswith("one bin only: its drift is 0")


def test_unknown_depths(shown: Any) -> None:
    panel = shown(DriftPanel, Unit(replace(steady(500), depths=None)))
    assert "spike_positions.npy" in panel.cover.words
    assert "a drift of 5.0 µm" in panel.cover.words


def test_colours_follow_the_theme(shown: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from bcviewer.widgets.drawing.theme import DARK
    from bcviewer.widgets.unit import amplitudes_panel, time_panel, time_plot

    panel = shown(AmplitudesPanel, Unit(steady(20_000)))
    before = np.array(panel.plot.image.lut)
    assert theme() is not DARK
    for module in (amplitudes_panel, time_plot, time_panel):
        monkeypatch.setattr(module, "theme", lambda: DARK, raising=False)
    panel.retheme()
    after = np.array(panel.plot.image.lut)
    assert before[1, :3].mean() > before[255, :3].mean()
    assert before[0, 3] == 0  # no spikes: what is behind shows
    assert after[1, :3].mean() < after[255, :3].mean()
    assert after[0, 3] == 0


def test_steps_in_the_window(open_window: OpenWindow, qtbot: Any) -> None:
    window = open_window("demo")
    for key in ("amplitudes", "amplitude_fit", "drift"):
        window.docks[key].show()
        window.docks[key].raise_()
    panel = window.panels["amplitudes"]
    rows = set()
    for _ in range(3):
        qtbot.waitUntil(lambda: panel.drawn_row == window.session.current, timeout=WAIT_MS)
        assert window.session.wait_idle(WAIT_MS)
        rows.add(panel.drawn_row)
        spikes = window.session.background.evidence.arrays.shared.spikes(panel.drawn_row)
        assert panel.drawn.timeline.n == spikes.n
        assert panel.drawn.presence is None or panel.drawn.presence.agrees
        press(window, "J")
    assert len(rows) == 3
    assert window.session.wait_idle(WAIT_MS)
    assert "spike_positions.npy" in window.panels["drift"].cover.words
