"""A unit's amplitudes over the session, when it fires, and where it is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from bcviewer.app.scene import Scene
from bcviewer.core.evidence.amplitudes import AmplitudesOverTime
from bcviewer.core.evidence.ask import Ask
from bcviewer.core.evidence.presence import Presence
from bcviewer.core.evidence.time_numbers import TimeNumbers
from bcviewer.core.rules.counts import count_of
from bcviewer.widgets.drawing.theme import theme
from bcviewer.widgets.drawing.tips import plain_tip
from bcviewer.widgets.unit.beside import stretch_facts
from bcviewer.widgets.unit.time_panel import TimePanel, kept_words


class AmplitudesPanel(TimePanel):
    """Amplitudes, firing rate and presence over time."""

    panel_id = "amplitudes"
    n_plots = 1
    title = "Amplitudes over time"
    kind = "amplitudes"
    metrics = ("presenceRatio", "nSpikes", "percentageSpikesMissing_gaussian")
    y_title = "amplitude (a.u.)"
    bins = True

    drawn: AmplitudesOverTime | None = None
    of_stretch: TimeNumbers | None = None

    def asks_of_stretch(self, scene: Scene) -> tuple[Ask, ...]:
        chosen = scene.stretch
        return () if chosen is None else (Ask("time", stretch=chosen),)

    def draw(self, scene: Scene, answers: tuple[object, ...]) -> None:
        found, part = answers[0], answers[1 : 1 + len(self.asks_of_stretch(scene))]
        assert isinstance(found, AmplitudesOverTime)  # noqa: S101  what its kind answers
        self.of_stretch = part[0] if part and isinstance(part[0], TimeNumbers) else None
        if scene.is_hidden:  # which bins fail, and how many, is a verdict
            found = replace(found, presence=None)
            self.of_stretch = self.of_stretch and replace(self.of_stretch, presence=None)
        self.drawn, self.cells = found, found.density
        line, presence = found.timeline, found.presence
        self.plot.recolor(theme())
        self.plot.set_end(line.end_s)
        self.plot.show_spikes(found.density, found.times, found.amplitudes)
        per_s = self.plot.per_s
        self.plot.left_out.set_spans(line.left_out / per_s)
        gone = presence.missing_spans if presence is not None else np.zeros((0, 2))
        self.plot.missing.set_spans(gone / per_s)
        self.strip.show_rate(line, presence)
        self.show_stretch(scene, line)
        words = _presence_words(presence) or count_of(line.n, "spike")
        beside = _stretch_words(self.of_stretch)
        self.note.setText(f"{beside} · whole: {words}" if beside else words)
        self.note.setToolTip(
            plain_tip("\n".join(filter(None, (self.note.text(), _rest(presence)))))
        )
        kept = kept_words(line)
        why = f"no presence bins: {found.no_presence}" if found.no_presence else ""
        first = stretch_facts(scene, self.of_stretch is not None, part)
        self.caption.say(
            self.split_in_caption(scene),
            *first,
            kept,
            why,
            found.no_amplitudes,
            *self.axis_words(line, found.density),
        )

    def numbers(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        header = ("what", "start_s", "stop_s", "value", "present")
        found = self.drawn
        if found is None:
            return header, []
        line, rows = found.timeline, list[Sequence[object]]()
        ends = zip(line.edges[:-1].tolist(), line.edges[1:].tolist(), strict=True)
        for (start, stop), rate in zip(ends, line.rate.tolist(), strict=True):
            rows.append(("spikes per second", start, stop, rate, ""))
        if found.presence is not None:
            edges = found.presence.edges.tolist()
            bins = zip(found.presence.counts.tolist(), found.presence.present.tolist(), strict=True)
            for i, (count, there) in enumerate(bins):
                rows.append(("spikes in presence bin", edges[i], edges[i + 1], count, int(there)))
        part = self.of_stretch
        if part is not None and part.presence is not None:
            edges = part.presence.edges.tolist()
            bins = zip(part.presence.counts.tolist(), part.presence.present.tolist(), strict=True)
            for i, (count, there) in enumerate(bins):
                what = "spikes in presence bin of the stretch"
                rows.append((what, edges[i], edges[i + 1], count, int(there)))
        for time, value in zip(found.times.tolist(), found.amplitudes.tolist(), strict=True):
            rows.append(("amplitude", time, time, value, ""))
        return header, rows


def _stretch_words(found: TimeNumbers | None) -> str:
    """Return the count of a stretch in words: ``0–42 min: present in 40 of 42 bins``."""
    if found is None or found.kept.chosen is None:
        return ""
    words = _presence_words(found.presence) or count_of(found.kept.n, "spike")
    return f"{found.kept.chosen.words}: {words}"


def _presence_words(presence: Presence | None) -> str:
    """Return the count in words, and the saved ratio where it is another."""
    if presence is None:
        return ""
    words = f"present in {presence.n_present} of {count_of(presence.n_bins, 'bin')}"
    if presence.agrees:
        return words
    return f"{words} = {presence.ratio:.3f} ≠ {presence.saved:.3f} saved"


def _rest(presence: Presence | None) -> str:
    if presence is None or presence.n_bins < 2:
        return ""
    width = presence.edges[1] - presence.edges[0]
    return f"bins of {width:g} s; a rest at the end is not counted"
