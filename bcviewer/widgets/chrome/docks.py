"""The docks and the layouts to start from, declared once."""

from __future__ import annotations

import zlib
from functools import lru_cache
from typing import NamedTuple


class DockPlace(NamedTuple):
    """Where a dock stands in a layout; docks of one column and row share it as tabs.

    Attributes
    ----------
    layout : str
        One of :data:`LAYOUTS`.
    column, row : int
        Beside the table, from the left and from the top.
    height : int
        Wanted height, in pixels.
    part : int
        Which of several docks beside each other in one row of one column.
    least : int
        Pixels that it has in a low window, too; the rows above it give them.
    """

    layout: str
    column: int
    row: int
    height: int
    part: int = 0
    least: int = 0


class DockSpec(NamedTuple):
    """A dock: its id and title, where its panel's class is, and its places in the layouts."""

    key: str
    title: str
    module: str
    panel: str
    places: tuple[DockPlace, ...]

    def place(self, layout: str) -> DockPlace | None:
        """Return where it stands in a layout; None: nowhere."""
        found = next((place for place in self.places if place.layout == layout), None)
        if found is None and layout in LIKE:
            found = self.place(LIKE[layout])
        return found


LIKE: dict[str, str] = {"curate": "unit"}
"""Layouts that have all that another one has, in its places, and more."""


class LayoutSpec(NamedTuple):
    """A layout to start from: its id, and the least share of the window's width that docks take."""

    key: str
    share: float


LAYOUTS: tuple[LayoutSpec, ...] = (
    LayoutSpec("unit", 0.5),
    LayoutSpec("overview", 0.62),
    LayoutSpec("metrics", 0.66),
    LayoutSpec("evidence", 0.67),
    LayoutSpec("curate", 0.5),
    LayoutSpec("recording", 0.67),
)

DOCKS: tuple[DockSpec, ...] = (
    DockSpec("why", "Why", "", "WhyPanel", (DockPlace("unit", 0, 0, 350),)),
    DockSpec(
        "thresholds",
        "Thresholds",
        "unit.thresholds_panel",
        "ThresholdsPanel",
        (DockPlace("unit", 0, 0, 350),),
    ),
    DockSpec(
        "waveform",
        "Waveform",
        "unit.waveform_panel",
        "WaveformPanel",
        (DockPlace("unit", 0, 1, 290), DockPlace("evidence", 0, 0, 290)),
    ),
    DockSpec(
        "decay",
        "Spatial decay",
        "unit.decay_panel",
        "DecayPanel",
        (DockPlace("evidence", 1, 0, 290),),
    ),
    DockSpec(
        "profile",
        "Fail profile",
        "unit.profile_panel",
        "ProfilePanel",
        (DockPlace("unit", 0, 0, 350),),
    ),
    DockSpec(
        "classes",
        "Classes",
        "population.classes_panel",
        "ClassesPanel",
        (DockPlace("overview", 0, 0, 260),),
    ),
    DockSpec(
        "reasons",
        "Top reasons",
        "population.reasons_panel",
        "ReasonsPanel",
        (DockPlace("overview", 0, 1, 480),),
    ),
    DockSpec(
        "heatmap",
        "Reason × class",
        "population.heatmap_panel",
        "HeatmapPanel",
        (DockPlace("overview", 1, 0, 380),),
    ),
    DockSpec(
        "stacked",
        "Reasons by class",
        "population.stacked_panel",
        "StackedPanel",
        (DockPlace("overview", 1, 0, 380),),
    ),
    DockSpec(
        "together",
        "Reasons together",
        "population.together_panel",
        "TogetherPanel",
        (DockPlace("overview", 1, 0, 380),),
    ),
    DockSpec(
        "sets",
        "Failure sets",
        "population.sets_panel",
        "SetsPanel",
        (DockPlace("overview", 1, 1, 320),),
    ),
    DockSpec(
        "families",
        "MUA families",
        "population.families_panel",
        "FamiliesPanel",
        (DockPlace("overview", 1, 1, 320),),
    ),
    DockSpec(
        "class_reasons",
        "Class reasons",
        "population.class_reasons_panel",
        "ClassReasonsPanel",
        (DockPlace("overview", 1, 1, 320),),
    ),
    DockSpec(
        "boxes",
        "Failed rules",
        "population.boxes_panel",
        "BoxesPanel",
        (DockPlace("overview", 1, 1, 320),),
    ),
    DockSpec(
        "histograms",
        "Metric histograms",
        "population.histograms_panel",
        "HistogramsPanel",
        (DockPlace("metrics", 0, 0, 595),),
    ),
    DockSpec(
        "scatter",
        "Two metrics",
        "population.scatter_panel",
        "ScatterPanel",
        (DockPlace("metrics", 0, 1, 265, least=250),),
    ),
    DockSpec(
        "amplitudes",
        "Amplitudes",
        "unit.amplitudes_panel",
        "AmplitudesPanel",
        (DockPlace("unit", 0, 2, 210), DockPlace("evidence", 0, 2, 242)),
    ),
    DockSpec(
        "amplitude_fit",
        "Amplitude fit",
        "unit.amplitude_fit_panel",
        "AmplitudeFitPanel",
        (DockPlace("evidence", 1, 2, 242),),
    ),
    DockSpec(
        "drift", "Drift", "unit.drift_panel", "DriftPanel", (DockPlace("evidence", 1, 2, 242),)
    ),
    DockSpec("pair", "Pair", "unit.pair_panel", "PairPanel", (DockPlace("evidence", 1, 2, 242),)),
    DockSpec(
        "probe", "Probe", "population.probe_panel", "ProbePanel", (DockPlace("metrics", 1, 0, 800),)
    ),
    DockSpec(
        "cost",
        "Cost of thresholds",
        "population.cost_panel",
        "CostPanel",
        (DockPlace("metrics", 1, 0, 800),),
    ),
    DockSpec(
        "suggestions",
        "Suggestions",
        "population.suggestions_panel",
        "SuggestionsPanel",
        (DockPlace("metrics", 1, 0, 800),),
    ),
    DockSpec(
        "review", "Review", "curate.review_panel", "ReviewPanel", (DockPlace("curate", 0, 0, 310),)
    ),
    DockSpec(
        "history",
        "History",
        "curate.history_panel",
        "HistoryPanel",
        (DockPlace("curate", 0, 0, 310),),
    ),
    DockSpec(
        "sources",
        "Label sources",
        "population.sources_panel",
        "SourcesPanel",
        (DockPlace("curate", 0, 0, 310),),
    ),
    DockSpec(
        "dashboard",
        "Recording",
        "population.dashboard_panel",
        "DashboardPanel",
        (DockPlace("recording", 0, 0, 800),),
    ),
    DockSpec("comparison", "Comparison", "population.comparison_panel", "ComparisonPanel", ()),
    DockSpec(
        "correlogram",
        "Correlogram",
        "unit.correlogram_panel",
        "CorrelogramPanel",
        (DockPlace("unit", 0, 1, 290, 1), DockPlace("evidence", 0, 1, 292)),
    ),
    DockSpec("isi", "ISI", "unit.isi_panel", "IsiPanel", (DockPlace("evidence", 1, 1, 292),)),
    DockSpec(
        "contamination",
        "Contamination",
        "unit.contamination_panel",
        "ContaminationPanel",
        (DockPlace("evidence", 1, 1, 292),),
    ),
    DockSpec(
        "stretch",
        "Stretch",
        "unit.stretch_panel",
        "StretchPanel",
        (DockPlace("evidence", 1, 1, 292),),
    ),
    DockSpec(
        "raw", "Raw spikes", "unit.raw_panel", "RawPanel", (DockPlace("evidence", 0, 0, 290),)
    ),
    DockSpec(
        "similar",
        "Similar",
        "unit.similar_panel",
        "SimilarPanel",
        (DockPlace("unit", 0, 1, 290, 1), DockPlace("evidence", 1, 1, 292)),
    ),
)
"""The docks in their order; those with a module are built after the first paint."""

BESIDE: dict[str, str] = {
    "decay": "waveform",
    "raw": "waveform",
    "isi": "correlogram",
    "contamination": "correlogram",
    "amplitude_fit": "amplitudes",
    "drift": "amplitudes",
    "stretch": "correlogram",
    "pair": "amplitudes",
    "similar": "correlogram",
    "histograms": "amplitudes",
    "suggestions": "why",
    "cost": "why",
    "thresholds": "why",
    "comparison": "why",
    "dashboard": "why",
}
"""Where a dock that is not on screen appears when it is asked for: as a tab of another one."""
ANY_METRIC = "histograms"
"""The dock that shows every metric that a rule reads: for those that no evidence is drawn of."""


def layout_version() -> int:
    """Return a number of this set of docks and tool bars, and of where they start out.

    Remembered layouts of another set are not used: Qt would show docks at odd places.
    """
    return _version_of(DOCKS)


@lru_cache(maxsize=1)
def _version_of(specs: tuple[DockSpec, ...]) -> int:
    """Return :func:`layout_version` of some docks: each layout that is shown asks for it."""
    starts = ("chips", *(f"{spec.key} {spec.places}" for spec in specs))
    return zlib.crc32(" ".join(starts).encode()) >> 1


def dock_order(layout: str) -> list[DockSpec]:
    """Return the docks as they must be added.

    Columns first, then what stands below, then what stands beside that, then tabs, then others:
    Qt cannot split a dock that is a tab already.
    """
    placed = [(spec, place) for spec in DOCKS if (place := spec.place(layout)) is not None]
    placed.sort(key=lambda pair: (pair[1].part, pair[1].row, pair[1].column))
    heads: dict[tuple[int, int, int], DockSpec] = {}
    for spec, place in placed:
        heads.setdefault((place.column, place.row, place.part), spec)
    tabs = [spec for spec, _ in placed if spec not in heads.values()]
    return [*heads.values(), *tabs, *(spec for spec in DOCKS if spec.place(layout) is None)]
