"""Single raw spikes: which plots there is room for, what they draw, say and save."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from factories import sheet_of
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from qt_fixtures import scene_of
from raw_recording import CLOSE_PAIRS, RawRecording, write_raw_recording

from bcviewer.app.scene import Scene
from bcviewer.core.evidence.ask import Ask, Evidence, Missing
from bcviewer.core.evidence.raw_mean import MeanDifference
from bcviewer.core.evidence.raw_spikes import RawSpikes, raw_spikes
from bcviewer.errors import UserError
from bcviewer.oracle.client import Bombcell
from bcviewer.oracle.raw_by_bombcell import MeanCheck, NearCutOff, near_cut_off
from bcviewer.widgets.drawing.theme import theme
from bcviewer.widgets.unit.raw_panel import RawPanel
from bcviewer.widgets.unit.raw_plots import span_of

SAME = MeanCheck(100, MeanDifference(0.0, is_same=True), "µV")
OTHER = MeanDifference(3.0, is_same=False)


class Absent(Bombcell):
    def ask(self, *_: Any) -> dict[str, Any]:
        raise UserError("bombcell is not there")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> RawRecording:
    return write_raw_recording(tmp_path_factory.mktemp("raw"))


@pytest.fixture(scope="module")
def answers(made: RawRecording) -> tuple[RawSpikes, NearCutOff]:
    unit = made.unit()
    return raw_spikes(unit, ""), near_cut_off(unit, Absent(), "")


@pytest.fixture
def panel(keep: Any) -> RawPanel:
    panel = RawPanel()
    panel.resize(800, 330)
    return keep(panel)


def scene(made: RawRecording, panel: RawPanel, *answers: object) -> Scene:
    shown = scene_of(sheet_of(made.unit().run))
    asks = panel.asks(shown)
    known = {a: b for a, b in zip(asks, answers, strict=False) if b is not None}
    return replace(shown, evidence=Evidence(0, known, shown.run))


def show(panel: RawPanel, shown: Scene) -> None:
    panel.show_scene(shown)
    QApplication.processEvents()


def spikes_in(item: Any) -> int:
    """Return how many spikes a curve draws: each ends with a gap."""
    _, y = item.getData()
    return 0 if y is None else int(np.isnan(y).sum())


def test_each_group_is_drawn_with_its_mean_and_named(
    panel: RawPanel, made: RawRecording, answers: tuple[RawSpikes, NearCutOff]
) -> None:
    found, near = answers
    show(panel, scene(made, panel, found, near, SAME))
    assert [spikes_in(item) for item in panel.pairs.spikes] == [CLOSE_PAIRS] * 2
    assert spikes_in(panel.single.spikes[0]) == found.single.n
    assert spikes_in(panel.near.spikes[0]) == 60
    np.testing.assert_allclose(panel.single.means[1].getData()[1], found.mean[:, 0])
    np.testing.assert_allclose(panel.pairs.means[1].getData()[1], found.second.mean[:, 0])
    assert panel.pairs.title == f"all {CLOSE_PAIRS} pairs 0.25 to 2 ms apart"
    assert panel.near.title == "cut-off not known: 60 smallest amplitudes"
    for plot, words in (
        (panel.pairs, ["first", "second"]),
        (panel.single, ["single", "mean of 100"]),
        (panel.near, ["smallest", "mean of 100"]),
        (panel.probe, ["mean of 100", "first", "second", "smallest"]),
    ):
        assert [line.words for line in plot.legend] == words
    width, k = found.view.cut.width, len(found.view.channels)
    assert [len(item.getData()[0]) for item in panel.probe.means] == [k * (width + 1)] * 4
    assert panel.note.text() == "channel 1"


def test_all_plots_of_spikes_have_one_scale(
    panel: RawPanel, made: RawRecording, answers: tuple[RawSpikes, NearCutOff]
) -> None:
    show(panel, scene(made, panel, *answers, SAME))
    ranges = {
        tuple(np.round(plot.getPlotItem().getViewBox().viewRange(), 6).ravel())
        for plot in (panel.pairs, panel.single, panel.near)
    }
    assert len(ranges) == 1
    ((left, right, low, high),) = ranges
    assert (left, right) == pytest.approx((-0.7, 39 / 30))
    assert low < answers[0].mean[:, 0].min()
    assert high > answers[0].mean[:, 0].max()
    assert panel.pairs.up.text.endswith(" µV")
    assert panel.pairs.across.text == "0.5 ms"


def test_there_is_room_for_the_scale_bars_below_the_spikes_at_any_size(
    panel: RawPanel, made: RawRecording, answers: tuple[RawSpikes, NearCutOff]
) -> None:
    found, near = answers
    show(panel, scene(made, panel, found, near, SAME))
    for size in ((400, 200), (400, 480), (1200, 700)):
        panel.resize(*size)
        QApplication.processEvents()
        for plot in (panel.probe, panel.pairs):
            curves = plot.means if plot is panel.probe else plot.spikes
            ends = [(np.nanmin(y), np.nanmax(y)) for _, y in (item.getData() for item in curves)]
            bottom, _ = plot.getPlotItem().getViewBox().viewRange()[1]
            assert bottom <= min(low for low, _ in ends), (size, plot.title)
            assert plot.height() - plot.area().bottom() >= plot.text_below().height() + 4
            assert plot.width() - plot.area().right() >= plot.text_below().height() + 4


def test_one_artefact_does_not_flatten_the_rest() -> None:
    spikes = np.random.default_rng(2).normal(0, 10, (200, 61))
    spikes[7, 30:33] = -1e6
    low, high = span_of([spikes])
    assert -60 < low < 0 < high < 60
    assert span_of([None, np.empty((0, 5))]) == (-1.0, 1.0)
    assert span_of([np.full((2, 3), np.nan)]) == (-1.0, 1.0)


def test_what_is_under_way_is_said_and_the_rest_is_drawn(
    panel: RawPanel, made: RawRecording, answers: tuple[RawSpikes, NearCutOff]
) -> None:
    found, near = answers
    show(panel, scene(made, panel, found))
    assert panel.cover.isHidden()
    assert spikes_in(panel.pairs.spikes[0]) == CLOSE_PAIRS
    assert spikes_in(panel.near.spikes[0]) == 0
    assert panel.near.title == "bombcell is fitting the cut-off …"
    assert "bombcell is counting its own mean …" in panel.facts.facts
    why = Missing("amplitudes.npy: not there.")
    show(panel, scene(made, panel, found, why, Missing("bombcell is not there")))
    assert panel.near.title == "near the cut-off: not known"
    assert "Spikes near the cut-off: amplitudes.npy: not there." in panel.facts.facts
    assert "bombcell's own mean: bombcell is not there" in panel.facts.facts
    show(panel, scene(made, panel, found, near, SAME))
    assert SAME.words() in panel.facts.facts
    assert spikes_in(panel.near.spikes[0]) == 60


def test_pairs_that_are_not_in_the_file_are_no_missing_pairs(
    panel: RawPanel, made: RawRecording, answers: tuple[RawSpikes, NearCutOff]
) -> None:
    found, near = answers
    assert "2 spikes not wholly in the raw file" in facts(panel, made, found, near)
    assert panel.single.title == f"{found.single.n} of {found.single.n_all} spikes"
    some = replace(found.first, n_all=CLOSE_PAIRS + 2, n_outside=2)
    assert "2 violating pairs not wholly in the raw file" in facts(
        panel, made, replace(found, first=some), near
    )
    assert panel.pairs.title == f"{CLOSE_PAIRS} of {CLOSE_PAIRS + 2} pairs 0.25 to 2 ms apart"


def test_what_is_cut_by_assumption_is_not_said_to_be_as_bombcell_cuts(
    panel: RawPanel, made: RawRecording, answers: tuple[RawSpikes, NearCutOff]
) -> None:
    found, near = answers
    facts(panel, made, found, near)
    assert "61 samples, cut as Bombcell cuts it.\n" in panel.note.toolTip()
    cut = replace(found.view.cut, assumed=("spike_width 61 as the templates",))
    facts(panel, made, replace(found, view=replace(found.view, cut=cut)), near)
    assert "cut as Bombcell cuts it, as far as the run tells how.\n" in panel.note.toolTip()


def facts(panel: RawPanel, made: RawRecording, *answers: object) -> tuple[str, ...]:
    show(panel, scene(made, panel, *answers, SAME))
    return tuple(panel.facts.facts)


def test_a_mean_that_is_another_draws_attention(
    panel: RawPanel, made: RawRecording, answers: tuple[RawSpikes, NearCutOff]
) -> None:
    found, near = answers
    show(panel, scene(made, panel, found, near, SAME))
    assert not panel.facts.warns, "no saved mean, which is no difference"
    show(panel, scene(made, panel, found, near, MeanCheck(100, OTHER, "µV")))
    assert panel.facts.warns
    other = replace(found, saved=OTHER)
    show(panel, scene(made, panel, other, near, SAME))
    assert panel.facts.warns
    assert "differs from the saved one by up to 3 µV" in panel.facts.facts[0]
    show(panel, scene(made, panel, replace(other, saved=SAME.against), near, SAME))
    assert not panel.facts.warns


def test_a_mean_that_was_not_counted_is_not_drawn_and_times_may_be_samples(
    panel: RawPanel, made: RawRecording, answers: tuple[RawSpikes, NearCutOff]
) -> None:
    found, near = answers
    show(panel, scene(made, panel, replace(found, mean="it is of many."), near, SAME))
    assert panel.single.means[1].getData()[1] is None or not len(panel.single.means[1].getData()[1])
    assert "mean of 100" not in [line.words for line in panel.probe.legend]
    assert [line.words for line in panel.single.legend] == ["single"]
    header, rows = panel.numbers()
    assert header[3] == "ms_from_spike"
    assert {row[0] for row in rows}.isdisjoint({"mean of Bombcell's spikes"})
    show(panel, scene(made, panel))
    view = replace(found.view, sample_ms=np.nan)
    show(panel, scene(made, panel, replace(found, view=view), near, SAME))
    assert panel.pairs.across.text == "20 samples"
    assert panel.pairs.tip(QPointF(0.2, 0.0)).startswith("0.00 samples from the spike")
    header, rows = panel.numbers()
    assert header[3] == "samples_from_spike"
    assert rows[0][3] == -21.0


def test_without_a_raw_file_it_is_said_where_it_was_expected(
    panel: RawPanel, made: RawRecording, answers: tuple[RawSpikes, NearCutOff]
) -> None:
    show(panel, scene(made, panel, *answers, SAME))
    why = "No raw file where it was expected: D:/x.bin: not there (dat_path of params.py)."
    show(panel, scene(made, panel, Missing(why), Missing(why), Missing(why)))
    assert panel.cover.opaque
    assert panel.cover.words == why
    assert panel.numbers()[1] == ()


def test_a_unit_without_violations_says_so(panel: RawPanel, made: RawRecording) -> None:
    unit = made.unit(1)
    shown = scene_of(sheet_of(unit.run), 1)
    found = raw_spikes(unit, "")
    known = {panel.asks(shown)[0]: found}
    show(panel, replace(shown, evidence=Evidence(1, known, shown.run)))
    assert panel.pairs.title == "no pair 0.25 to 2 ms apart"
    assert [spikes_in(item) for item in panel.pairs.spikes] == [0, 0]
    assert [line.words for line in panel.probe.legend] == ["mean of 100"]
    drawn = [len(item.getData()[0]) for item in panel.probe.means if item.getData()[0] is not None]
    assert sorted(drawn)[:3] == [0, 0, 0]


def test_there_are_as_many_plots_as_there_is_room_for(
    panel: RawPanel, made: RawRecording, answers: tuple[RawSpikes, NearCutOff]
) -> None:
    show(panel, scene(made, panel, *answers, SAME))
    plots = (panel.probe, panel.single, panel.pairs, panel.near)

    def places() -> list[tuple[int, int]]:
        QApplication.processEvents()
        return [(p.x() > 5, p.y() > 5) for p in plots if p.isVisible()]

    assert places() == [(False, False), (True, False), (True, False), (True, False)]
    assert len({p.y() for p in plots}) == 1
    panel.resize(400, 480)
    assert places() == [(False, False), (True, False), (False, True), (True, True)]
    assert not panel.group_choice.isVisible()
    panel.resize(400, 230)
    assert places() == [(False, False), (True, False)]
    assert panel.pairs.isVisible()
    assert panel.group_choice.isVisible()
    QTest.keyClick(panel.group_choice, Qt.Key.Key_Down)
    assert panel.single.isVisible()
    assert not panel.pairs.isVisible()
    QTest.keyClick(panel.group_choice, Qt.Key.Key_Down)
    assert panel.near.isVisible()
    panel.resize(800, 330)
    assert len(places()) == 4


def test_tips_tell_time_channel_and_sizes(
    panel: RawPanel, made: RawRecording, answers: tuple[RawSpikes, NearCutOff]
) -> None:
    found, near = answers
    show(panel, scene(made, panel, found, near, SAME))
    at = panel.pairs.tip(QPointF(0.01, 0.0)).split("\n")
    assert at[0] == "0.00 ms from the spike"
    assert at[1] == f"mean of 100, mean {found.mean[21, 0]:.3g} µV"
    assert len(at) == 5
    near_it = panel.probe.tip(QPointF(0.0, 21.0)).split("\n")
    assert near_it[:2] == ["channel 2", "x 0, y 40 µm"]
    assert near_it[2].startswith("mean of 100: ")
    assert near_it[2].endswith(" µV peak to peak")
    about = panel.note.toolTip()
    for words in ("params.py", "61 samples", "a straight line", "seed 0", "at least 0.25 and"):
        assert words in about


def test_the_numbers_are_every_spike_that_is_drawn(
    panel: RawPanel, made: RawRecording, answers: tuple[RawSpikes, NearCutOff], tmp_path: Path
) -> None:
    found, near = answers
    show(panel, scene(made, panel, found, near, SAME))
    panel.save(tmp_path / "raw.csv")
    with (tmp_path / "raw.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    spikes = 2 * CLOSE_PAIRS + found.single.n + near.snippets.n + 1
    assert len(rows) == spikes * found.view.cut.width
    assert {row["unit"] for row in rows} == {"µV"}
    mean = [float(r["value"]) for r in rows if r["spikes"] == "mean of Bombcell's spikes"]
    np.testing.assert_allclose(mean, found.mean[:, 0])
    panel.save(tmp_path / "raw.png")
    assert (tmp_path / "raw.png").stat().st_size > 1000


def test_it_follows_the_theme(
    panel: RawPanel,
    made: RawRecording,
    answers: tuple[RawSpikes, NearCutOff],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    show(panel, scene(made, panel, *answers, SAME))
    before = panel.single.means[1].opts["pen"].color().name()
    dark = replace(theme(), dark=True, base="#101010", text="#FAFAFA")
    monkeypatch.setattr("bcviewer.widgets.unit.raw_panel.theme", lambda: dark)
    panel.retheme()
    assert panel.single.means[1].opts["pen"].color().name() == "#fafafa" != before


def test_the_file_that_was_chosen_is_asked_for_and_nothing_of_neighbours(
    panel: RawPanel, made: RawRecording
) -> None:
    shown = scene(made, panel)
    kinds = ("raw_spikes", "raw_near", "raw_check")
    assert panel.asks(shown) == tuple(Ask(kind, ("",)) for kind in kinds)
    chosen = replace(shown, raw_files={str(made.ks_dir): "E:/mine.bin", "elsewhere": "x"})
    assert panel.asks(chosen) == tuple(Ask(kind, ("E:/mine.bin",)) for kind in kinds)
    assert panel.asks_ahead(chosen) == ()
