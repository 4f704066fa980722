"""The waveform and the spatial decay: what the panels draw and say of a unit."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from evidence_fakes import FakeRecording
from factories import again, make_run, sheet_of
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip
from qt_fixtures import WAIT_MS, OpenWindow, press, scene_of

from bcviewer.app.background.evidence_kinds import KINDS, compute
from bcviewer.app.scene import Scene
from bcviewer.app.wishes import Propose, ResetProposal
from bcviewer.core.comparison.proposal import Proposal
from bcviewer.core.comparison.what_if import tried
from bcviewer.core.evidence.ask import Ask, Evidence, Missing
from bcviewer.core.evidence.recording import UnitData, Waveform
from bcviewer.core.evidence.shape import DECAY_METRIC, WAVEFORM_METRICS, Fit, Shape
from bcviewer.core.run.run import Sites
from bcviewer.errors import UserError
from bcviewer.widgets.base.fact_line import FactLine
from bcviewer.widgets.drawing.theme import theme
from bcviewer.widgets.unit.decay_panel import DecayPanel
from bcviewer.widgets.unit.decay_plot import share_of
from bcviewer.widgets.unit.waveform_panel import WaveformPanel

NAN = float("nan")
XY = np.column_stack([np.tile([0.0, 32.0], 12), np.repeat(20.0 * np.arange(12), 2)])
GAIN = 2.0
T = np.arange(61.0)
ONE = -10 * np.exp(-((T - 20) ** 2) / 8) + 3 * np.exp(-((T - 35) ** 2) / 40)
AWAY = np.hypot(*(XY - XY[3]).T)
TEMPLATE = ONE[:, None] * np.exp(-AWAY / 50)


def fit(slope: float = -0.02, linear: bool = False) -> Fit:
    near = np.argsort(AWAY, kind="stable")[:10]
    return Fit(AWAY[near], np.exp(-AWAY[near] / 50), slope, 1.0, linear)


class Unit:
    """A run of one unit, and the scenes that its panels draw."""

    def __init__(
        self,
        columns: Any = None,
        params: Any = None,
        raw: Any = None,
        template: Any = TEMPLATE,
        **fields: Any,
    ) -> None:
        fields.setdefault("sites", Sites(XY))
        run = make_run(columns, params, **fields)
        self.table = sheet_of(run)
        templates = {} if template is None else {0: Waveform(np.asarray(template), NAN)}
        raws = {} if raw is None else {0: Waveform(np.asarray(raw), GAIN)}
        self.data = UnitData(run, 0, FakeRecording(template_of=templates, raw_of=raws))

    def shape(self, **fields: Any) -> Shape:
        measures = {key: self.data.metric(key) for key in (*WAVEFORM_METRICS, DECAY_METRIC)}
        given = {
            "measures": measures,
            "peaks": np.array([35]),
            "troughs": np.array([20]),
            "peak": 35,
            "trough": 20,
            "fit": fit(),
            "no_fit": "",
            "differences": (),
            "unpaired": (),
            "unmeasured": "",
            "notes": (),
        }
        return Shape(**{**given, **fields})

    def scene(self, panel: Any, shape: object) -> Scene:
        scene, answers = scene_of(self.table), {}
        for ask in panel.asks(scene):
            answer = shape
            if not KINDS[ask.kind].by_bombcell:
                try:
                    answer = compute(ask, self.data, None)
                except UserError as error:
                    answer = Missing(error.message)
            if answer is not None:
                answers[ask] = answer
        known: MappingProxyType[Ask, object] = MappingProxyType(answers)
        return replace(scene, evidence=Evidence(0, known, scene.run))


@pytest.fixture
def shown(keep: Any) -> Any:
    def made(kind: Any, unit: Unit, shape: object = "found", **fields: Any) -> Any:
        panel = kind()
        panel.resize(460, 330)
        keep(panel)
        found = unit.shape(**fields) if shape == "found" else shape
        panel.show_scene(unit.scene(panel, found))
        QApplication.processEvents()
        return panel

    return made


def tip_of(plot: Any, x: float, y: float) -> str:
    view = plot.getPlotItem().getViewBox()
    place = plot.mapFromScene(view.mapViewToScene(QPointF(x, y)))
    event = QHelpEvent(QEvent.Type.ToolTip, place, plot.viewport().mapToGlobal(place))
    QApplication.sendEvent(plot.viewport(), event)
    return plot.toolTip()


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def drawn(item: Any) -> int:
    """Return how many points a curve draws."""
    x, _ = item.getData()
    return 0 if x is None else len(x)


# -- the waveform ----------------------------------------------------------------------------


def test_template_and_raw_waveform_lie_over_each_other(shown: Any) -> None:
    panel = shown(WaveformPanel, Unit(raw=TEMPLATE * 6))
    x, y = panel.peak.template.getData()
    np.testing.assert_allclose(x, T / 30)
    np.testing.assert_allclose(y, ONE * 6 * GAIN)
    np.testing.assert_allclose(panel.peak.raw.getData()[1], ONE * 6 * GAIN)
    assert [entry.words for entry in panel.legend.entries][:2] == ["template", "mean raw"]
    picture = panel._picture
    neighbours = panel.probe.template.getData()[1]
    peak = panel.probe.peak.getData()[1]
    assert len(neighbours) + len(peak) == len(picture.channels) * 62
    assert len(panel.probe.raw.getData()[0]) == len(picture.channels) * 62
    assert panel.note.text() == "channel 3 · x 32, y 20 µm"
    assert any("Template scaled to the raw waveform" in fact for fact in panel.facts.facts)


def test_scale_bars_have_round_lengths_and_units(shown: Any) -> None:
    panel = shown(WaveformPanel, Unit(raw=TEMPLATE * 6))
    size = np.ptp(ONE * 12)
    number, unit = panel.peak.up.text.split()
    assert unit == "µV"
    assert panel.peak.up.length == float(number) <= 0.4 * size
    assert panel.peak.across.text == "0.5 ms"
    assert panel.peak.across.length == pytest.approx(0.5)
    assert panel.probe.across.length == pytest.approx(0.5 * 30 / 60 * panel._picture.room[0])
    alone = shown(WaveformPanel, Unit())
    assert alone.peak.up.text.endswith(" a.u.")
    unknown = shown(WaveformPanel, Unit(absent=["ephys_sample_rate"], sample_rate=NAN))
    assert unknown.peak.across.text == "20 samples"
    assert unknown.peak.template.getData()[0].tolist() == T.tolist()


def test_what_bombcell_counted_is_marked_where_it_counted_it(shown: Any) -> None:
    peaks, troughs = np.array([10, 35]), np.array([20])
    panel = shown(WaveformPanel, Unit(), peaks=peaks, troughs=troughs)
    marks = panel.peak.marks
    np.testing.assert_allclose(marks.peaks, np.column_stack([peaks / 30, ONE[peaks]]))
    np.testing.assert_allclose(marks.troughs, [[20 / 30, ONE[20]]])
    np.testing.assert_allclose(marks.duration[[0, -1]], [[20 / 30, ONE[20]], [35 / 30, ONE[35]]])
    assert marks.words == "400 µs"
    assert marks.failed == frozenset()
    low, high = panel.peak._y
    assert low < marks.duration[1, 1] < ONE.min()
    assert high > ONE.max()


def test_what_fails_is_marked_as_failing(shown: Any) -> None:
    columns = {"nPeaks": 3.0, "waveformDuration_peakTrough": 80.0, "nTroughs": 1.0}
    panel = shown(WaveformPanel, Unit(columns))
    assert panel.peak.marks.failed == {"nPeaks", "waveformDuration_peakTrough"}
    assert panel.peak._state_color("nPeaks").name() == theme().fail_text.lower()
    assert panel.peak._state_color("nTroughs").name() == theme().pass_text.lower()
    assert any("peaks 3 > 2" in text for text in panel.rules.shown)


def test_the_baseline_window_and_its_limit(shown: Any) -> None:
    panel = shown(WaveformPanel, Unit())
    assert panel.peak.baseline == pytest.approx((-0.5 / 30, 9.5 / 30))
    assert panel.peak.flat == pytest.approx(0.3 * np.abs(ONE).max())
    none = shown(WaveformPanel, Unit(absent=["waveform_baseline_window_stop"]))
    assert none.peak.baseline is None
    assert np.isnan(none.peak.flat)


@pytest.mark.parametrize("hidden", [False, True])
def test_what_lies_under_the_curves_is_of_this_unit_as_well(shown: Any, hidden: bool) -> None:
    """Zero and the limits stayed where the unit before had them, also for one that is hidden."""
    panel, other = shown(WaveformPanel, Unit()), Unit(template=-TEMPLATE)
    panel.peak.setFixedSize(240, 200)  # at another size all is painted anew
    panel.peak.grab()
    if hidden:
        other.table = sheet_of(other.table.run, hidden=(0,))
    panel.show_scene(other.scene(panel, other.shape()))
    assert bool(np.isnan(panel.peak.flat)) == hidden
    there = panel.peak.grab().toImage()
    panel.peak.resetCachedContent()
    assert there == panel.peak.grab().toImage()


def test_a_recount_that_differs_stands_out(shown: Any) -> None:
    panel = shown(WaveformPanel, Unit(), differences=("peaks: recount 3, saved 2",))
    assert panel.facts.facts[0].startswith("peaks: recount 3, saved 2 (saved by")
    assert panel.facts.warns
    missing = shown(WaveformPanel, Unit(), unpaired=("trough width: recount 1, saved none",))
    assert missing.facts.facts[0].startswith("trough width: recount 1, saved none")
    assert not missing.facts.warns, "what is missing is no mismatch"
    same = shown(WaveformPanel, Unit())
    assert same.facts.facts[0] == "Recount by bombcell: as saved"
    assert not same.facts.warns


def test_a_missing_first_peak_width_is_said(shown: Any) -> None:
    words = "No first-peak width: the four-way non-somatic branch cannot fire"
    assert words in shown(WaveformPanel, Unit({"mainPeak_before_width": NAN})).facts.facts
    assert words not in shown(WaveformPanel, Unit()).facts.facts
    nothing = Unit({"mainPeak_before_width": NAN, "nPeaks": NAN, "nSpikes": 9.0})
    assert words not in shown(WaveformPanel, nothing).facts.facts


def test_every_rule_of_the_waveform_is_written(shown: Any) -> None:
    panel = shown(WaveformPanel, Unit())
    panel.resize(640, 500)
    assert len(panel.rules.words) == len(WAVEFORM_METRICS)
    assert len(panel.rules.shown) == len(WAVEFORM_METRICS)
    panel.resize(640, 150)
    assert panel.rules.shown[-1].startswith("+"), "in a low dock the plot comes first"


def test_marks_wait_for_bombcell_or_say_why_there_are_none(shown: Any) -> None:
    waiting = shown(WaveformPanel, Unit(), None)
    assert len(waiting.peak.marks.peaks) == 0
    assert "Bombcell is counting …" in waiting.facts.facts
    failed = shown(WaveformPanel, Unit(), Missing("it died"))
    assert "Peaks are not marked: it died" in failed.facts.facts
    assert len(failed.peak.template.getData()[0]) == 61


def test_without_a_template_its_reason_stands_there(shown: Any) -> None:
    panel = shown(WaveformPanel, Unit(template=None))
    assert panel.cover.words == "templates.npy: not there."
    assert panel.cover.opaque
    assert panel.numbers()[1] == []


@pytest.mark.parametrize("bad", [0.0, NAN, float("inf")])
def test_hostile_waveforms_are_drawn(shown: Any, bad: float) -> None:
    for template in (np.full_like(TEMPLATE, bad), np.where(AWAY > 50, bad, TEMPLATE)):
        for raw in (None, template, TEMPLATE):
            panel = shown(WaveformPanel, Unit(template=template, raw=raw))
            assert np.isfinite(panel.peak._y).all()
            panel.grab()


def test_one_channel_has_no_picture_of_the_probe(shown: Any) -> None:
    columns = {"maxChannels": 0.0}
    one = Unit(columns, template=TEMPLATE[:, 3:4], sites=Sites(np.zeros((1, 2))))
    panel = shown(WaveformPanel, one)
    assert not panel.probe.isVisible()
    assert panel.peak.isVisible()
    assert shown(WaveformPanel, Unit()).probe.isVisible()


def test_in_a_narrow_dock_the_plots_stand_one_above_the_other(shown: Any) -> None:
    panel = shown(WaveformPanel, Unit())
    assert panel.probe.y() == panel.peak.y()
    panel.resize(220, 420)
    QApplication.processEvents()
    assert panel.probe.x() == panel.peak.x()
    assert panel.peak.y() >= panel.probe.geometry().bottom()
    panel.resize(460, 330)
    QApplication.processEvents()
    assert panel.probe.y() == panel.peak.y()


def test_tips(shown: Any) -> None:
    panel = shown(WaveformPanel, Unit(raw=TEMPLATE * 6), peaks=np.array([10, 35]))
    tip = tip_of(panel.peak, 35 / 30, 0)
    assert "sample 35 · 1.17 ms" in tip
    assert "peak 2 of 2, as Bombcell counts" in tip
    assert "mean raw 36 µV" in tip
    assert "baseline window" in tip_of(panel.peak, 5 / 30, 0)
    tip = tip_of(panel.probe, 0, 20)
    assert "channel 5" in tip
    assert "x 32, y 40 µm, 20 µm from the peak channel" in tip


def test_numbers_of_the_waveform(shown: Any, tmp_path: Path) -> None:
    panel = shown(WaveformPanel, Unit(raw=TEMPLATE * 6))
    panel.save(tmp_path / "w.csv")
    rows = table(tmp_path / "w.csv")
    assert len(rows) == len(panel._picture.channels) * 61
    assert float(rows[20]["template"]) == pytest.approx(ONE[20])
    assert float(rows[20]["raw"]) == pytest.approx(ONE[20] * 12)
    assert (rows[20]["channel"], rows[20]["raw_unit"]) == ("3", "µV")
    for suffix in (".png", ".svg", ".pdf"):
        panel.save(tmp_path / f"w{suffix}")
        assert (tmp_path / f"w{suffix}").stat().st_size > 500


# -- the spatial decay -----------------------------------------------------------------------


def test_points_fit_and_limits(shown: Any) -> None:
    panel = shown(DecayPanel, Unit())
    plot, found = panel.plot, fit()
    x, y = plot.fitted.getData()
    np.testing.assert_allclose(x, found.distance)
    np.testing.assert_allclose(y, found.amplitude)
    near, shares = plot.others.getData()
    np.testing.assert_allclose(shares, np.exp(-near / 50))
    x, y = plot.line.getData()
    np.testing.assert_allclose(y, np.exp(-0.02 * x))
    for item, limit in zip(plot.limits, (0.01, 0.1), strict=True):
        np.testing.assert_allclose(item.getData()[1], np.exp(-limit * x))
    assert len(plot.between.getData()[0]) == 2 * len(x)
    assert plot.legend == [("line", "its fit, 0.02 /µm"), ("dash", "limits 0.01 and 0.1 /µm")]
    assert panel.facts.facts == ("Falls to 37 % in 50 µm", "Recount by bombcell: as saved")
    assert panel.note.text().startswith("exponential fit, 10 of ")
    assert "spatial decay 0.03 ≥ 0.01, ≤ 0.1 1/µm" in panel.rules.shown[0]


def test_limits_are_handles_on_their_curves(shown: Any) -> None:
    panel = shown(DecayPanel, Unit())
    low, high = (knob.knob for knob in panel.knobs.knobs if knob.isVisible())
    for knob, limit in ((low, 0.01), (high, 0.1)):
        middle = QPointF(knob.area.center())
        assert knob.value_at(middle) == pytest.approx(limit, rel=0.1), "the curve goes through it"
    wishes: list[object] = []
    panel.wish.connect(wishes.append)
    knob = panel.knobs.of(low.rule)[0]
    start = knob.rect().center()
    QTest.mousePress(knob, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(knob, start - QPoint(15, 0))
    QTest.mouseRelease(knob, Qt.MouseButton.LeftButton, pos=start - QPoint(20, 0))
    last = wishes[-1]
    assert isinstance(last, Propose)
    assert (last.name, last.goes_on) == ("minSpatialDecaySlopeExp", False)
    assert last.value > 0.01, "steeper to the left"
    QTest.mouseDClick(knob, Qt.MouseButton.LeftButton)
    assert wishes[-1] == ResetProposal("minSpatialDecaySlopeExp")


def test_a_limit_that_is_tried_leaves_the_saved_one_as_a_thin_line(shown: Any) -> None:
    unit = Unit()
    proposal = Proposal.of({"minSpatialDecaySlopeExp": 0.02})
    unit.table = again(unit.table, tried=tried(unit.table.inputs, proposal))
    panel = shown(DecayPanel, unit)
    x, y = panel.plot.saved[0].getData()
    np.testing.assert_allclose(y, np.exp(-0.01 * x))
    assert drawn(panel.plot.saved[1]) == 0
    assert panel.plot.legend[-1] == ("dot", "0.01 /µm saved")
    moved = [knob.handle.is_moved for knob in panel.knobs.knobs]
    assert moved == [True, False]


def test_a_line_has_a_handle_where_it_has_fallen_by_half(shown: Any) -> None:
    params = {"spDecayLinFit": True, "minSpatialDecaySlope": 0.01}
    panel = shown(DecayPanel, Unit(params=params), fit=fit(-0.01, linear=True))
    (knob,) = (one.knob for one in panel.knobs.knobs if one.isVisible())
    assert knob.value_at(QPointF(knob.area.center())) == pytest.approx(0.01, rel=0.1)


def test_without_a_fit_there_is_no_handle(shown: Any) -> None:
    panel = shown(DecayPanel, Unit(), fit=None)
    assert not [knob for knob in panel.knobs.knobs if knob.isVisible()]


def test_a_linear_fit_has_one_limit_and_a_length(shown: Any) -> None:
    unit = Unit(params={"spDecayLinFit": True})
    panel = shown(DecayPanel, unit, fit=fit(-0.01, linear=True))
    x, y = panel.plot.line.getData()
    np.testing.assert_allclose(y, 1 - 0.01 * x)
    np.testing.assert_allclose(panel.plot.limits[0].getData()[1], 1 + 0.008 * x)
    assert drawn(panel.plot.limits[1]) == 0
    assert panel.facts.facts[0] == "Falls to zero at 100 µm"
    assert panel.plot.legend[-1] == ("dash", "limit −0.008 /µm")


def test_the_starting_value_is_said_and_not_drawn(shown: Any) -> None:
    panel = shown(DecayPanel, Unit({DECAY_METRIC: -0.1}), fit=fit(0.1))
    assert "starting value" in panel.facts.facts[0]
    assert drawn(panel.plot.line) == 0
    assert len(panel.plot.fitted.getData()[0]) == 10


def test_a_slope_that_differs_stands_out(shown: Any) -> None:
    words = "spatial decay: recount 0.02, saved 0.03"
    panel = shown(DecayPanel, Unit(), differences=(words, "peaks: recount 1, saved 2"))
    assert panel.facts.facts[0].startswith(words)
    assert panel.facts.warns
    missing = shown(DecayPanel, Unit(), unpaired=("spatial decay: recount 0.02, saved none",))
    assert "saved none" in missing.facts.facts[0]
    assert not missing.facts.warns
    assert not shown(DecayPanel, Unit()).facts.warns


def test_without_a_fit_the_points_are_there_with_the_reason(shown: Any) -> None:
    off = Unit(params={"computeSpatialDecay": False})
    panel = shown(DecayPanel, off, fit=None, no_fit="spatial decay is switched off in this run")
    assert panel.facts.facts == ("No slope: spatial decay is switched off in this run.",)
    assert panel.note.text() == "switched off"
    assert len(panel.plot.others.getData()[0]) > 10
    assert len(panel.plot.fitted.getData()[0]) == 0
    assert panel.plot.legend == []
    assert "not tested" in panel.rules.shown[0]
    waiting = shown(DecayPanel, Unit(), None)
    assert waiting.facts.facts == ("Bombcell is fitting …",)
    failed = shown(DecayPanel, Unit(), Missing("it died"))
    assert failed.facts.facts == ("No fit: it died",)


def test_a_unit_without_a_fit_keeps_nothing_of_the_one_before(shown: Any) -> None:
    unit = Unit()
    panel = shown(DecayPanel, unit)
    panel.show_scene(unit.scene(panel, unit.shape(fit=None, no_fit="none")))
    for item in (panel.plot.line, panel.plot.between, *panel.plot.limits):
        assert drawn(item) == 0


def test_amplitudes_that_were_not_normalised_share_the_scale(shown: Any) -> None:
    raw = fit()
    larger = Fit(raw.distance, raw.amplitude * 10, raw.slope, 10.0, False)
    panel = shown(DecayPanel, Unit(params={"normalizeSpDecay": False}), fit=larger)
    assert share_of(panel._falloff, larger) == pytest.approx(panel._falloff.amplitude[0])
    np.testing.assert_allclose(panel.plot.fitted.getData()[1], raw.amplitude)
    np.testing.assert_allclose(panel.plot.line.getData()[1][0], 1.0)


@pytest.mark.parametrize("bad", [0.0, NAN, float("inf")])
def test_hostile_decays_are_drawn(shown: Any, bad: float) -> None:
    panel = shown(DecayPanel, Unit(template=np.full_like(TEMPLATE, bad)), Missing("nothing"))
    assert np.isfinite(panel.plot.others.getData()[1]).all()
    panel.grab()
    wild = Fit(np.array([0.0, 1e4]), np.array([1.0, 0.5]), 5.0, 1.0, False)
    shown(DecayPanel, Unit(), fit=wild).grab()


def test_tip_and_numbers_of_the_decay(shown: Any, tmp_path: Path) -> None:
    panel = shown(DecayPanel, Unit())
    assert "channel 3\n0.0 µm away\n100% of the largest" in tip_of(panel.plot, 0, 1)
    assert tip_of(panel.plot, 60, 1.05) == ""
    panel.save(tmp_path / "d.csv")
    rows = table(tmp_path / "d.csv")
    assert [row["what"] for row in rows].count("fitted by Bombcell") == 10
    assert float(rows[-1]["fitted"]) == pytest.approx(float(rows[-1]["amplitude"]))


def test_without_positions_there_are_no_distances(shown: Any) -> None:
    panel = shown(DecayPanel, Unit(sites=None))
    assert "channel_positions.npy" in panel.cover.words


# -- the line of facts -----------------------------------------------------------------------


def test_facts_never_widen_the_dock_and_are_all_in_the_tip(keep: Any) -> None:
    line = FactLine(None)  # type: ignore[arg-type]
    keep(line)
    line.resize(80, 30)
    line.set_facts(["a <b>long</b> sentence that does not fit", "another"], warns=True)
    line.grab()
    assert line.minimumSizeHint().width() <= 40
    event = QHelpEvent(QEvent.Type.ToolTip, QPoint(5, 5), line.mapToGlobal(QPoint(5, 5)))
    QApplication.sendEvent(line, event)
    assert "&lt;b&gt;long" in QToolTip.text()
    assert "another" in QToolTip.text()
    assert "where one of them has no value it cannot fire" not in QToolTip.text()
    line.set_facts(["No first-peak width: the four-way non-somatic branch cannot fire"])
    QApplication.sendEvent(line, event)
    assert "where one of them has no value it cannot fire" in QToolTip.text()
    QToolTip.hideText()
    line.set_facts([])
    line.grab()


# -- in the real window ----------------------------------------------------------------------


def test_both_step_with_the_table(shared: Path, qtbot: Any, open_window: OpenWindow) -> None:
    window = open_window(shared / "sim_3probes" / "kilosort4_A")
    for key in ("waveform", "decay"):
        window.docks[key].show()
        window.docks[key].raise_()
    panels = [window.panels[key] for key in ("waveform", "decay")]
    rows = set()
    for _ in range(3):
        row = window.session.current
        for panel in panels:
            qtbot.waitUntil(lambda p=panel, r=row: p.drawn_row == r, timeout=WAIT_MS)
        template = window.session.background.evidence.arrays.shared.template(row).values
        picture = panels[0]._picture
        np.testing.assert_array_equal(picture.template, template[:, picture.channels])
        assert panels[1]._falloff.channels[0] == picture.peak_channel
        rows.add(row)
        assert window.session.wait_idle(WAIT_MS)
        press(window, "J")
    assert len(rows) == 3
