"""What the page of several probes begins with: the dashboard's numbers, and GOOD along depth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bcviewer.core.figures.depth_profile import DepthProfile, ProbeDepths, along_depth
from bcviewer.core.figures.recording_dashboard import Head, ProbeSummary, heads_of, total_of
from bcviewer.core.figures.words import signed_name
from bcviewer.core.rules.labels import Label
from bcviewer.core.rules.palette import LABEL_FILL
from bcviewer.report import svg
from bcviewer.report.pens import Plot
from bcviewer.report.svg import Drawing, Margins

LANES, MOST_LANES = 6, 24
"""Probes beside each other in one picture; of more than so many in all there is none."""
_REGION = "#6B2FB3"


@dataclass(frozen=True, slots=True)
class SideBySide:
    """The dashboard of some probes.

    Attributes
    ----------
    heads : tuple of Head
        The columns.
    total : ProbeSummary
        The row of all probes.
    depths : tuple of Plot
        GOOD along depth.
    """

    heads: tuple[Head, ...]
    total: ProbeSummary
    depths: tuple[Plot, ...]


def recording_of(
    names: Sequence[str], rows: Sequence[ProbeSummary], depths: Sequence[ProbeDepths]
) -> SideBySide:
    """Return the dashboard of some probes, each with its name on the page."""
    named = [replace(one, probe=name) for name, one in zip(names, depths, strict=True)]
    profiles = along_depth(named) if len(named) <= MOST_LANES else ()
    plots = (_plot(i, part) for i, part in enumerate(_parts(profiles)))
    return SideBySide(heads_of(rows), total_of(rows), tuple(plots))


def _parts(profiles: Sequence[DepthProfile]) -> list[Sequence[DepthProfile]]:
    return [profiles[i : i + LANES] for i in range(0, len(profiles), LANES)]


def _plot(number: int, profiles: Sequence[DepthProfile]) -> Plot:
    key, title = f"along-depth-{number}", "GOOD along depth" + ("" if not number else ", continued")
    low, high = min(p.lowest for p in profiles), max(p.highest for p in profiles)
    most = max(1, *(int(one.good.max(initial=0)) for one in profiles))

    def build(drawing: Drawing) -> None:
        margins = Margins(0.62, 0.1, 0.35, 0.42)
        ax = svg.Axes(drawing, (0.0, float(len(profiles))), (low, high), margins)
        ticks = svg.round_values(low, high, 8)
        ax.y_ticks([(value, f"{value:,.0f}") for value in ticks], grid=True)
        for lane, one in enumerate(profiles):
            _lane(ax, lane, one, most)
        ax.left_side()
        drawing.text(10, (ax.top + ax.bottom) / 2 + 24, "depth (µm)", size=8.5, turned=True)
        shaded = [("region of interest", _REGION)] if any(p.region for p in profiles) else []
        ax.legend([(signed_name(Label.GOOD), LABEL_FILL[Label.GOOD]), *shaded])

    step = float(profiles[0].edges[1] - profiles[0].edges[0])
    said = "; ".join(f"{one.probe}: {one.ends}, {one.said}" for one in profiles if one.region)
    caption = f"GOOD units per {step:g} µm of depth (y of the peak channel)."
    caption += f" Region of interest, from the tip: {said}." if said else ""
    return Plot(key, title, caption, svg.draw(key, (svg.WIDE, 4.2), build))


def _lane(ax: svg.Axes, lane: int, one: DepthProfile, most: int) -> None:
    """Draw a probe: its region, its length, its GOOD units, and its name below."""
    if one.region is not None:
        ax.bar((lane + 0.02, lane + 0.98), one.region, _REGION, 0.14)
    if one.sites is not None:
        ax.line((lane + 0.05, lane + 0.05), one.sites, svg.FAINT, 1.5)
    edges = one.edges.tolist()
    for low, high, n in zip(edges, edges[1:], one.good.tolist(), strict=False):
        if n:
            end = lane + 0.06 + 0.72 * n / most
            ax.bar((lane + 0.06, end), (low, high), LABEL_FILL[Label.GOOD], edge=svg.PAPER)
            ax.note(end, (low + high) / 2, f"{n:,}")
    middle = ax.x(lane + 0.5)
    ax.drawing.text(middle, ax.bottom + 11, one.probe, anchor="middle")
