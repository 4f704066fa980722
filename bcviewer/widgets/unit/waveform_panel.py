"""The waveform of the current unit, with what Bombcell counted and measured on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPointF, QRectF
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget

from bcviewer.app.scene import Scene
from bcviewer.core.arrays import Floats
from bcviewer.core.audit.reasons import FOUR_WAY_NAME
from bcviewer.core.audit.states import State
from bcviewer.core.evidence.ask import Ask, Missing
from bcviewer.core.evidence.raw_spikes import RawSpikes
from bcviewer.core.evidence.shape import (
    NO_SAMPLES,
    WAVEFORM_METRICS,
    Samples,
    Shape,
    mismatch,
    waveform_facts,
)
from bcviewer.core.evidence.stretch_wave import mean_over
from bcviewer.core.evidence.waveform import Picture, peak_to_peak
from bcviewer.core.rules.counts import count_of
from bcviewer.core.rules.metrics import SHORT_TITLES
from bcviewer.core.rules.rules import MISSING_PEAKS, RULE_INDEX, RULES
from bcviewer.core.run.stretch import Stretch
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.widgets.base.evidence_panel import NOT_FOR, EvidencePanel
from bcviewer.widgets.base.fact_line import FactLine
from bcviewer.widgets.base.rule_words import RuleWords
from bcviewer.widgets.drawing.legend import Entry, LegendLine, Stroke
from bcviewer.widgets.drawing.theme import FAIL_FILL, mixed, theme
from bcviewer.widgets.unit.waveform_plots import PeakPlot, ProbePicture

_WAVEFORM, _SHAPE = Ask("waveform"), Ask("shape")


_NARROW = 320
"""Plots of a body narrower than that, and not much wider than high, stand one above the other."""


def fails(table: Sheet, row: int, key: str) -> bool:
    """Return whether a unit fails a rule that reads a metric."""
    states = table.audit.states[:, row]
    return any(states[i] == State.FAIL for i, rule in enumerate(RULES) if rule.metric == key)


_SHORT = {**SHORT_TITLES, " samples": "", " (not counted)": ""}
"""Ten metrics are to be written over one plot; the tool tip has the whole words."""


_PER_LINE = 90
"""Pixels of a dock's height for each line of rules."""


class _ShortWords(RuleWords):
    """The rules in fewer letters."""

    def _flow(
        self, chips: Sequence[tuple[State, str]], wide: dict[str, float]
    ) -> Iterator[tuple[QRectF, State, str]]:
        short = []
        for state, text in chips:
            for long, less in _SHORT.items():
                text = text.replace(long, less)
            short.append((state, text))
        known = {text: self._metrics.horizontalAdvance(text) for _, text in short}
        return super()._flow(short, known or wide)


class WaveformPanel(EvidencePanel):
    """The template on the probe and on its peak channel, over the mean raw waveform."""

    panel_id = "waveform"
    n_plots = 2
    title = "Waveform"
    metrics = WAVEFORM_METRICS
    rules_apart = True

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.facts = FactLine(self)
        self.probe = ProbePicture(self.body, self._probe_tip)
        self.peak = PeakPlot(self.body, self._peak_tip)
        self.legend = LegendLine(self.body)
        self._plots = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._plots.setSpacing(0)
        self._plots.addWidget(self.probe, 4)
        self._plots.addWidget(self.peak, 5)
        self.body.installEventFilter(self)
        inner = QVBoxLayout(self.body)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(0)
        inner.addWidget(self.legend)
        inner.addLayout(self._plots, 1)
        box = self.layout()
        assert isinstance(box, QVBoxLayout)  # noqa: S101  the base class made it
        box.addWidget(self.facts)
        self._picture: Picture | None = None
        self._shape: Shape | None = None
        self._limit = np.nan
        self._part: Floats | None = None

    def make_rules(self) -> RuleWords:
        return _ShortWords(self, 2)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let the rules have a line for each 90 pixels: the plot comes first."""
        super().resizeEvent(event)
        self.rules.set_most(min(max(self.height() // _PER_LINE, 1), 5))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Put the two plots one above the other in a narrow dock."""
        if event.type() == QEvent.Type.Resize and watched is self.body:
            tall = self.body.width() < min(_NARROW, self.body.height() * 1.2)
            way = QBoxLayout.Direction
            self._plots.setDirection(way.TopToBottom if tall else way.LeftToRight)
        return bool(super().eventFilter(watched, event))

    def asks(self, scene: Scene) -> tuple[Ask, ...]:
        run, of = scene.run, scene.stretch
        if of is None or run is None:
            return _WAVEFORM, _SHAPE
        chosen = scene.raw_files.get(run.provenance.ks_dir, "")
        return _WAVEFORM, _SHAPE, Ask("raw_spikes", (chosen,), of)

    def draw(self, scene: Scene, answers: tuple[object, ...]) -> None:
        picture, shape, *part = answers
        sheet, row = scene.sheet, scene.sheet_row
        assert isinstance(picture, Picture)  # noqa: S101  the base class looked
        assert sheet is not None  # noqa: S101  the same
        mean, why = self._of_stretch(picture, part)
        new = picture is not self._picture or mean is not None or self._part is not None
        self._picture, self._part = picture, mean
        self.drawn_stretch = None if mean is None else scene.stretch
        self._shape = shape if isinstance(shape, Shape) else None
        recolored = self.probe.recolor(theme()) | self.peak.recolor(theme())
        limit = sheet.criteria.thresholds.get("maxWvBaselineFraction", np.nan)
        limit = np.nan if sheet.veil.hides(row) else limit
        other = not np.array_equal([limit], [self._limit], equal_nan=True)
        self._limit = limit
        if new or recolored or other:
            self.peak.draw(picture, limit, mean)
            self.probe.setVisible(len(picture.channels) > 1)
            self.probe.draw(picture)
            self.legend.set_entries(tuple(self._entries(picture, scene.stretch)))
        self.peak.mark(picture, self._shape, self._failed(sheet, row))
        none = scene.stretch is not None and mean is None
        self.note.setText(_where(picture) + f" · {NOT_FOR}" * none)
        of = "" if scene.stretch is None else f"{scene.stretch.chosen}: {why}"
        self._say(of, picture, shape, sheet, row)
        if not new:  # the marks came after the curves, which paint nothing then
            self.peak.viewport().update()

    @staticmethod
    def _of_stretch(picture: Picture, part: Sequence[object]) -> tuple[Floats | None, str]:
        """Return the mean raw waveform of the stretch, and what is to be said of it."""
        found = part[0] if part else None
        if not isinstance(found, RawSpikes):
            why = found.reason if isinstance(found, Missing) else "its raw spikes are read …"
            return None, f"no mean of its own ({why})" if isinstance(found, Missing) else why
        mean, why = mean_over(picture, found)
        if mean is None:
            return None, f"no mean of its own ({why})"
        of = count_of(found.n_mean, "spike")
        return mean, f"its mean is of {of}; the template and its measures are of the whole"

    def _entries(self, picture: Picture, chosen: Stretch | None) -> Iterator[Entry]:
        """Return what is drawn of a unit, for the legend."""
        colors = theme()
        yield Entry("template", colors.text)
        if picture.raw is not None:
            yield Entry("mean raw", colors.faint if self._part is not None else colors.accent)
        if chosen is not None and self._part is not None:
            yield Entry(f"mean raw, {chosen.chosen}", colors.accent)
        if picture.baseline is not None:
            tint = mixed(colors.accent, 0.28, colors).name()  # more than in the plot: it is small
            yield Entry("baseline", tint, Stroke.BLOCK)
        if self.peak.flat == self.peak.flat:
            yield Entry("its limit", FAIL_FILL, Stroke.DASH)

    @staticmethod
    def _failed(table: Sheet, row: int) -> frozenset[str]:
        keys = ("nPeaks", "nTroughs", "waveformDuration_peakTrough")
        return frozenset(key for key in keys if fails(table, row, key))

    def _say(self, of: str, picture: Picture, shape: object, table: Sheet, row: int) -> None:
        facts: list[str] = []
        if isinstance(shape, Shape):
            facts += waveform_facts(shape, table.run.provenance.writer)
        elif isinstance(shape, Missing):
            facts.append(f"Peaks are not marked: {shape.reason}")
        else:
            facts.append("Bombcell is counting …")
        width = RULE_INDEX["mainPeak_before_width<minWidthFirstPeak_nonSomatic"]
        states = table.audit.states[:, row]
        # Without any peaks nothing was measured: that is said by the rules already.
        if states[width] == State.MISSING and states[MISSING_PEAKS] != State.FAIL:
            facts.insert(0, f"No first-peak width: the {FOUR_WAY_NAME} cannot fire")
        if of:
            facts.insert(0, of)
        facts += picture.notes
        if picture.raw is not None:
            facts.append("Template scaled to the raw waveform: Kilosort's unit is arbitrary")
        self.facts.set_facts(facts, warns=mismatch(shape, decay=False))

    # -- what the mouse is at ------------------------------------------------------------------

    def _peak_tip(self, place: QPointF) -> str:
        picture = self._picture
        if picture is None:
            return ""
        sample = round(place.x() / picture.step)
        if not 0 <= sample < picture.n_samples:
            return ""
        value = picture.template[sample, 0] * picture.scale
        ms = "" if np.isnan(picture.sample_ms) else f" · {sample * picture.step:.2f} ms"
        lines = [f"sample {sample}{ms}", f"template {value:.3g} {picture.unit}"]
        at = sample - picture.raw_shift
        if picture.raw is not None and 0 <= at < len(picture.raw):
            lines.append(f"mean raw {picture.raw[at, 0]:.3g} {picture.unit}")
        for name, samples in (("peak", self._peaks), ("trough", self._troughs)):
            near = np.flatnonzero(np.abs(samples - sample) <= 1)
            if len(near):
                lines.append(f"{name} {near[0] + 1} of {len(samples)}, as Bombcell counts")
        if picture.baseline and picture.baseline[0] <= sample < picture.baseline[1]:
            lines.append("in Bombcell's baseline window")
        return "\n".join(lines)

    @property
    def _peaks(self) -> Samples:
        return NO_SAMPLES if self._shape is None else self._shape.peaks

    @property
    def _troughs(self) -> Samples:
        return NO_SAMPLES if self._shape is None else self._shape.troughs

    def _probe_tip(self, place: QPointF) -> str:
        picture = self._picture
        if picture is None:
            return ""
        away = np.hypot(*(picture.offsets - [place.x(), place.y()]).T)
        i = int(np.argmin(away))
        size = float(peak_to_peak(picture.template)[i]) * picture.scale
        lines = [f"channel {picture.channels[i]}"]
        if not np.isnan(picture.place[0]):
            x, y = picture.offsets[i] + picture.place
            distance = float(np.hypot(*picture.offsets[i]))
            lines.append(f"x {x:g}, y {y:g} µm, {distance:.0f} µm from the peak channel")
        lines.append(f"template {size:.3g} {picture.unit} peak to peak")
        if picture.raw is not None:
            size = float(peak_to_peak(picture.raw)[i])
            lines.append(f"mean raw {size:.3g} {picture.unit} peak to peak")
        return "\n".join(lines)

    def numbers(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        """Return a row for each channel and sample; a stretch has its mean on the peak channel."""
        picture, part = self._picture, self._part
        header: tuple[str, ...]
        header = ("channel", "dx_um", "dy_um", "sample", "ms", "template", "raw", "raw_unit")
        if picture is None or self.drawn_row < 0:
            return header, []
        header = header if part is None else (*header, "raw_of_stretch")
        rows: list[tuple[object, ...]] = []
        for i, channel in enumerate(picture.channels):
            x, y = picture.offsets[i]
            for n, value in enumerate(picture.template[:, i]):
                at, raw = n - picture.raw_shift, np.nan
                if picture.raw is not None and 0 <= at < len(picture.raw):
                    raw = picture.raw[at, i]
                ms = n * picture.sample_ms
                row = (channel, x, y, n, ms, value, raw, picture.unit)
                seen = part is not None and i == 0 and 0 <= at < len(part)
                of_part = () if part is None else (part[at] if seen else np.nan,)
                rows.append((*row, *of_part))
        return header, rows


def _where(picture: Picture) -> str:
    x, y = picture.place
    place = "" if np.isnan(y) else f" · x {x:g}, y {y:g} µm"
    return f"channel {picture.peak_channel}{place}"
