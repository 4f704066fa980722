"""What panels say of a stretch that was chosen by hand, and draw of the whole beside it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg  # noqa: TID253  # imported by panels only, after the first paint

from bcviewer.app.scene import Scene
from bcviewer.core.arrays import Array, Floats
from bcviewer.core.evidence.ask import Missing
from bcviewer.widgets.drawing.legend import Entry, Stroke
from bcviewer.widgets.drawing.scales import number
from bcviewer.widgets.drawing.theme import Theme


def halves(
    answers: tuple[object, ...], n: int = 1
) -> tuple[tuple[object, ...], tuple[object, ...]]:
    """Return the answers about the whole, and those about the stretch; empty: none is chosen.

    ``answers`` are those to :meth:`EvidencePanel.with_stretch`'s asks, of which there are ``n``.
    """
    return answers[:n], answers[n:]


def stretch_state(scene: Scene, part: object) -> str:
    """Return why the stretch is not drawn: it is under way, or cannot be; else empty."""
    chosen = scene.stretch
    if chosen is None or not (part is None or isinstance(part, Missing)):
        return ""
    if part is None:
        return f"{chosen.words} …"
    said = part.reason.startswith("Not for")
    return part.reason if said else f"Not for {chosen.words}: {part.reason}"


def stretch_facts(scene: Scene, drawn: bool, part: tuple[object, ...]) -> tuple[str, ...]:
    """Return what is to be said first: which stretch is drawn, or why it is not."""
    if scene.stretch is None:
        return ()
    return (scene.stretch.chosen if drawn else stretch_state(scene, part[0] if part else None),)


def stretch_entries(scene: Scene, drawn: bool, part: tuple[object, ...]) -> tuple[Entry, ...]:
    """Return the same for a legend."""
    facts = stretch_facts(scene, drawn, part)
    return tuple(Entry(fact, stroke=Stroke.NONE) for fact in facts)


class Outline:
    """The whole's histogram as a line over the bars of a stretch.

    Attributes
    ----------
    item : pyqtgraph.PlotCurveItem
        The line.
    entries : tuple of Entry
        What it is, for the legend; empty where it is not drawn.
    top : float
        Its highest value.
    """

    def __init__(self) -> None:
        self.item: Any = pg.PlotCurveItem([0.0, 1.0], [0.0], stepMode="center")
        self.item.setZValue(5)
        self.entries: tuple[Entry, ...] = ()
        self._color = ""
        self.top = 0.0
        self.hide()

    def recolor(self, colors: Theme) -> None:
        """Take the colours of the theme."""
        self._color = colors.text
        self.item.setPen(pg.mkPen(colors.text, width=1.2))

    def hide(self) -> None:
        """Draw no whole: all that is drawn is the whole."""
        self.item.setVisible(False)
        self.entries, self.top = (), 0.0

    def show(self, edges: Floats, counts: Array, share: float) -> None:
        """Draw the whole's counts times a share; where that is not known nothing is drawn."""
        if not (np.isfinite(share) and share > 0 and len(counts)):
            self.hide()
            return
        self.item.setData(edges, counts * share)
        self.item.setVisible(True)
        self.top = float(counts.max(initial=0)) * share
        times = number(float(f"{share:.3g}"))
        self.entries = (Entry(f"the whole × {times}", self._color),)

    def entries_with(self, words: str) -> tuple[Entry, ...]:
        """Return its legend, with what else is known of the whole."""
        return tuple(entry._replace(words=f"{entry.words}: {words}") for entry in self.entries)
