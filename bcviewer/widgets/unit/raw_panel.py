"""Single spikes of the current unit in the raw file: what its verdict rests on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPointF
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from bcviewer.app.scene import Scene
from bcviewer.core.arrays import Floats
from bcviewer.core.evidence.ask import Ask, Missing
from bcviewer.core.evidence.raw_mean import MeanDifference
from bcviewer.core.evidence.raw_spikes import SEED, RawSpikes, Snippets
from bcviewer.core.evidence.raw_view import RawView
from bcviewer.core.evidence.waveform import peak_to_peak
from bcviewer.core.rules.counts import count_of
from bcviewer.core.rules.labels import Label
from bcviewer.oracle.raw_by_bombcell import MeanCheck, NearCutOff
from bcviewer.widgets.base.choice import choice
from bcviewer.widgets.base.evidence_panel import EvidencePanel
from bcviewer.widgets.base.fact_line import FactLine
from bcviewer.widgets.drawing.theme import FAIL_FILL, LABEL_FILL, theme
from bcviewer.widgets.drawing.tips import plain_tip
from bcviewer.widgets.unit.beside import halves, stretch_facts
from bcviewer.widgets.unit.raw_plots import DrawnSpikes, ProbeMeans, SpikePlot, span_of

_WIDE, _HIGH = 640, 290
"""Pixels: in a less wide body the four plots stand two by two, in one that is less high as well
the means and one of the others."""


class RawPanel(EvidencePanel):
    """Violating pairs, a sample of all spikes, and those nearest the cut-off, with their means."""

    panel_id = "raw"
    n_plots = 4
    title = "Raw spikes"
    rests: ClassVar[bool] = True
    parts: ClassVar[tuple[str, ...]] = (*EvidencePanel.parts, "raw_files")
    metrics = (
        "fractionRPVs_estimatedTauR",
        "percentageSpikesMissing_gaussian",
        "rawAmplitude",
        "signalToNoiseRatio",
    )

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.facts = FactLine(self)
        names = ("violating pairs", "all spikes", "near the cut-off")
        self.group_choice = choice(self, "rawGroup", "Spikes that are drawn", names, 0)
        self.head.insertWidget(0, self.group_choice)
        self.probe = ProbeMeans(self.body, self._probe_tip, 4)
        self.pairs = SpikePlot(self.body, self._spike_tip, 2)
        self.single = SpikePlot(self.body, self._spike_tip, 3)
        self.near = SpikePlot(self.body, self._spike_tip, 2)
        self._grid = QGridLayout(self.body)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(2)
        self._columns = 0
        self._shown: tuple[QWidget, ...] = ()
        self._arrange()
        self.group_choice.currentIndexChanged.connect(self._arrange)
        self.body.installEventFilter(self)
        box = self.layout()
        assert isinstance(box, QVBoxLayout)  # noqa: S101  the base class made it
        box.addWidget(self.facts)
        self._found: RawSpikes | None = None
        self._near: NearCutOff | None = None
        self._lines: tuple[DrawnSpikes, ...] = ()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Show as many plots as there is room for."""
        if event.type() == QEvent.Type.Resize and watched is self.body:
            self._arrange()
        return bool(super().eventFilter(watched, event))

    def _arrange(self) -> None:
        """Put the plots in a row, two by two, or show two of them, by the room there is."""
        wide, high = self.body.width() >= _WIDE, self.body.height() >= _HIGH
        little = not wide and not high
        self.group_choice.setVisible(little)
        groups = (self.pairs, self.single, self.near)
        shown: tuple[QWidget, ...] = (self.probe, self.single, self.pairs, self.near)
        if little:
            shown = (self.probe, groups[self.group_choice.currentIndex()])
        columns = 4 if wide else 2
        if (*shown, columns) == (*self._shown, self._columns):
            return
        self._shown, self._columns = shown, columns
        plots: tuple[QWidget, ...] = (self.probe, *groups)
        for plot in plots:
            self._grid.removeWidget(plot)
            plot.setVisible(plot in shown)
        for i, one in enumerate(shown):
            self._grid.addWidget(one, i // columns, i % columns)
        for i in range(4):
            self._grid.setColumnStretch(i, int(i < columns))
            self._grid.setRowStretch(i, int(i < len(shown) // columns))

    # -- what is asked -----------------------------------------------------------------------

    def asks(self, scene: Scene) -> tuple[Ask, ...]:
        run = scene.run
        chosen = "" if run is None else scene.raw_files.get(run.provenance.ks_dir, "")
        kinds = ("raw_spikes", "raw_near", "raw_check")
        return self.with_stretch(scene, *(Ask(kind, (chosen,)) for kind in kinds))

    def asks_ahead(self, scene: Scene) -> tuple[Ask, ...]:
        """Ask nothing of neighbours: hundreds of places of a large file a unit."""
        return ()

    # -- drawing -----------------------------------------------------------------------------

    def draw(self, scene: Scene, answers: tuple[object, ...]) -> None:
        (whole, near, check), part = halves(answers, 3)
        assert isinstance(whole, RawSpikes)  # noqa: S101  what this kind answers
        found = whole
        if part and isinstance(part[0], RawSpikes):
            found, near, check = part[0], *part[1:]
        self._found, self.drawn_stretch = found, found.kept.chosen
        self._near = near if isinstance(near, NearCutOff) else None
        colors = theme()
        for plot in (self.probe, self.pairs, self.single, self.near):
            plot.recolor(colors)
        first = DrawnSpikes("first", colors.accent, found.first.peak, found.first.mean)
        second = DrawnSpikes("second", FAIL_FILL, found.second.peak, found.second.mean)
        single = DrawnSpikes("single", colors.faint, found.single.peak)
        mean = DrawnSpikes(_mean_words(found), colors.text, None, _mean(found))
        beside: tuple[DrawnSpikes, ...] = ()
        if found is not whole:
            beside = (
                DrawnSpikes(f"whole, {_mean_words(whole)}", colors.accent, None, _mean(whole)),
            )
        low = DrawnSpikes("near the cut-off", LABEL_FILL[Label.NON_SOMA_MUA])
        if self._near is not None:
            group = self._near.snippets
            low = low._replace(words=self._near.group, spikes=group.peak, mean=group.mean)
        span = span_of([line.spikes for line in (first, second, single, low)])
        view = found.view
        self.pairs.draw(view, _pairs_title(found), (first, second), span)
        self.single.draw(view, _single_title(found), (single, mean, *beside), span)
        self.near.draw(view, self._near_title(near), (low, mean), span)
        drawn = (mean, *(beside or (first,)), second, low)
        self._lines = tuple(line for line in drawn if line.drawn_mean is not None)
        self.probe.draw(view, "means", self._lines)
        self.note.setText(f"channel {int(view.channels[0])}")
        self.note.setToolTip(plain_tip(self._about(found)))
        state = stretch_facts(scene, found is not whole, part)
        self._say(() if found is not whole else state, found, near, check)

    def _near_title(self, near: object) -> str:
        if isinstance(near, NearCutOff):
            return near.title()
        if isinstance(near, Missing):
            return "near the cut-off: not known"
        return "bombcell is fitting the cut-off …"

    def _say(self, first: tuple[str, ...], found: RawSpikes, near: object, check: object) -> None:
        facts = [*first, found.mean_words()]
        if isinstance(check, MeanCheck):
            facts.append(check.words())
        elif isinstance(check, Missing):
            facts.append(f"bombcell's own mean: {check.reason}")
        else:
            facts.append("bombcell is counting its own mean …")
        if isinstance(near, NearCutOff):
            facts.append(near.words())
        elif isinstance(near, Missing):
            facts.append(f"Spikes near the cut-off: {near.reason}")
        for group, word in ((found.single, "spike"), (found.first, "violating pair")):
            if group.n_outside:
                facts.append(f"{count_of(group.n_outside, word)} not wholly in the raw file")
        held = found.saved, check.against if isinstance(check, MeanCheck) else None
        warns = any(isinstance(one, MeanDifference) and not one.is_same for one in held)
        self.facts.set_facts((*facts, *found.view.notes), warns=warns)

    def _about(self, found: RawSpikes) -> str:
        view, cut = found.view, found.view.cut
        files = "\n".join(view.about.files)
        taken = "a straight line and " if cut.detrend else ""
        lines = [
            f"{files} ({view.about.source}): {count_of(view.about.n_channels, 'channel')}.",
            f"Each spike is {count_of(cut.width, 'sample')}, cut as Bombcell cuts it"
            + (", as far as the run tells how." if cut.assumed else "."),
            f"Taken off each: {taken}the mean of its first {count_of(cut.baseline, 'sample')}.",
            f"Mean of {found.n_mean:,}: of the spikes that Bombcell takes, spread over all.",
            f"Drawn of many: a sample at random (seed {SEED}), the same each time.",
            f"Pairs: {found.first.n_all:,} {found.refractory.words}.",
        ]
        if found.refractory.why_none:
            lines.append(f"No refractory period is known: {found.refractory.why_none}.")
        return "\n".join((*lines, *found.kept.notes))

    # -- what the mouse is at ------------------------------------------------------------------

    def _spike_tip(self, place: QPointF) -> str:
        found = self._found
        if found is None:
            return ""
        view, time = found.view, found.view.time
        i = int(np.argmin(np.abs(time - place.x())))
        lines = [f"{time[i]:.2f} {view.time_unit} from the spike"]
        for line in self._lines:
            assert line.mean is not None  # noqa: S101  those without are left out
            lines.append(f"{line.words}, mean {line.mean[i, 0]:.3g} {view.unit}")
        return "\n".join(lines)

    def _probe_tip(self, place: QPointF) -> str:
        found = self._found
        if found is None:
            return ""
        view = found.view
        away = np.hypot(*(view.offsets - [place.x(), place.y()]).T)
        i = int(np.argmin(away))
        lines = [f"channel {view.channels[i]}"]
        if not np.isnan(view.place[0]):
            x, y = view.offsets[i] + view.place
            lines.append(f"x {x:g}, y {y:g} µm")
        for line in self._lines:
            assert line.mean is not None  # noqa: S101  the same
            size = float(peak_to_peak(line.mean)[i])
            lines.append(f"{line.words}: {size:.3g} {view.unit} peak to peak")
        return "\n".join(lines)

    def numbers(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        """Return a row for each spike and sample on the peak channel."""
        found = self._found
        unit = "ms" if found is None else found.view.time_unit
        header = ("spikes", "number", "channel", f"{unit}_from_spike", "value", "unit")
        if found is None or self.drawn_row < 0:
            return header, ()
        view = found.view
        groups = {
            "first of a pair": found.first,
            "second of a pair": found.second,
            "single": found.single,
        }
        if self._near is not None:
            groups[self._near.group] = self._near.snippets
        rows: list[tuple[object, ...]] = []
        for name, group in groups.items():
            rows += _rows(name, group.peak, view)
        if (mean := _mean(found)) is not None:
            rows += _rows("mean of Bombcell's spikes", mean[None, :, 0], view)
        return header, rows


def _rows(name: str, spikes: object, view: RawView) -> list[tuple[object, ...]]:
    channel, time = int(view.channels[0]), view.time.tolist()
    return [
        (name, n, channel, ms, value, view.unit)
        for n, spike in enumerate(np.asarray(spikes).tolist())
        for ms, value in zip(time, spike, strict=True)
    ]


def _mean(found: RawSpikes) -> Floats | None:
    """Return the mean of Bombcell's spikes; None: it was not counted."""
    return None if isinstance(found.mean, str) else found.mean


def _mean_words(found: RawSpikes) -> str:
    return f"mean of {found.n_mean:,}"


def _some(group: Snippets, word: str) -> str:
    if group.n == group.n_all:
        return f"all {count_of(group.n, word)}"
    return f"{group.n:,} of {count_of(group.n_all, word)}"


def _single_title(found: RawSpikes) -> str:
    some, chosen = _some(found.single, "spike"), found.kept.chosen
    return some if chosen is None else f"{some}, {chosen.chosen}"


def _pairs_title(found: RawSpikes) -> str:
    apart = found.refractory.apart
    if not found.first.n_all:
        return f"no pair {apart}"
    return f"{_some(found.first, 'pair')} {apart}"
