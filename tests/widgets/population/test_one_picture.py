"""The window's panels and the page of the report draw the same numbers, labels and colours."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any

import numpy as np
import pytest
from factories import make_run, sheet_of
from PySide6.QtWidgets import QApplication
from qt_fixtures import scene_of

from bcviewer.core.figures.histograms import histogram_metrics
from bcviewer.core.rules.labels import Label
from bcviewer.core.rules.palette import FAIL_FILL, FAMILY_FILL, LABEL_FILL
from bcviewer.core.run.run import Provenance, Sites
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.report.figures import population_plots
from bcviewer.report.metric_figures import metric_plot
from bcviewer.report.set_figures import family_plots, upset_plot
from bcviewer.widgets.population.boxes_panel import BoxesPanel
from bcviewer.widgets.population.class_reasons_panel import ClassReasonsPanel
from bcviewer.widgets.population.classes_panel import ClassesPanel
from bcviewer.widgets.population.families_panel import FamiliesPanel
from bcviewer.widgets.population.heatmap_panel import HeatmapPanel
from bcviewer.widgets.population.histograms_panel import HistogramsPanel
from bcviewer.widgets.population.reasons_panel import ReasonsPanel
from bcviewer.widgets.population.sets_panel import SetsPanel
from bcviewer.widgets.population.stacked_panel import StackedPanel
from bcviewer.widgets.population.together_panel import TogetherPanel

SVG = "{http://www.w3.org/2000/svg}"
FILLS = {*LABEL_FILL.values(), *FAMILY_FILL.values(), FAIL_FILL}


@pytest.fixture(scope="module")
def table() -> Sheet:
    rng, n = np.random.default_rng(11), 120
    run = make_run(
        {
            "nPeaks": rng.choice([1.0, 1.0, 1.0, 5.0], n),
            "presenceRatio": rng.uniform(0.4, 1.0, n),
            "rawAmplitude": rng.uniform(10, 300, n),
            "fractionRPVs_estimatedTauR": rng.choice([0.02, 0.2], n),
            "mainPeakToTroughRatio": rng.uniform(0.2, 0.95, n),
            "maxChannels": rng.integers(0, 20, n).astype(float),
        },
        sites=Sites(np.array([[0.0, y] for y in range(0, 400, 20)])),
        provenance=Provenance("ks", "ks/bombcell", "kilosort4_A", "A", roi_um=150.0),
    )
    return sheet_of(run)


@pytest.fixture(scope="module")
def page(table: Sheet) -> dict[str, ET.Element]:
    plots = [*population_plots(table, "p"), *family_plots(table, "p"), upset_plot(table, "p")]
    return {plot.key[2:]: ET.fromstring(plot.svg) for plot in plots if plot.svg}


def shown(panel: Any, keep: Any, table: Sheet) -> Any:
    panel.resize(900, 700)
    keep(panel)
    panel.show_scene(scene_of(table))
    QApplication.processEvents()
    return panel


def texts(figure: ET.Element) -> list[str]:
    return [str(text.text) for text in figure.iter(f"{SVG}text")]


def fills(figure: ET.Element, shape: str = "rect") -> list[str]:
    styles = (str(part.get("style")).split(";")[0][5:] for part in figure.iter(f"{SVG}{shape}"))
    return [fill for fill in styles if fill in FILLS]


def drawn(item: Any) -> list[tuple[float, str]]:
    """Return width and colour of a panel's bars that have a width."""
    opts = item.opts
    brushes = [brush.color().name().upper() for brush in opts["brushes"]]
    return [(n, fill) for n, fill in zip(opts["width"], brushes, strict=True) if n]


def rects(figure: ET.Element) -> list[tuple[float, str]]:
    """Return width and colour of the page's bars."""
    found = []
    for part in figure.iter(f"{SVG}rect"):
        fill = str(part.get("style")).split(";")[0][5:]
        found += [(float(str(part.get("width"))), fill)] if fill in FILLS else []
    return found


def assert_same_bars(item: Any, figure: ET.Element, legend: int = 0) -> None:
    """Bars have the same colours, and the same lengths relative to the longest."""
    window, report = drawn(item), rects(figure)
    report = report[: len(report) - legend]
    assert [fill for _, fill in window] == [fill for _, fill in report]
    lengths = [np.array([width for width, _ in bars]) for bars in (window, report)]
    assert lengths[0] / lengths[0].max() == pytest.approx(lengths[1] / lengths[1].max(), abs=0.01)


def full(names: list[str], page_texts: list[str]) -> bool:
    """Whether each name is on the page, with its rule's block before it or without."""
    ends = {text.rpartition(" · ")[2] for text in page_texts}
    return all(name in ends for name in names)


def test_classes(keep: Any, table: Sheet, page: dict[str, ET.Element]) -> None:
    panel = shown(ClassesPanel(), keep, table)
    assert_same_bars_of_classes(panel, page["counts"])
    names, notes = panel.plot._texts[:2]
    whole = len(panel.figure.bars)
    assert set(names[:whole]) | set(notes[:whole]) <= set(texts(page["counts"]))
    assert fills(page["shares"]) == fills(page["counts"])


def assert_same_bars_of_classes(panel: ClassesPanel, figure: ET.Element) -> None:
    whole = [(bar.n, bar.fill) for bar in panel.figure.bars if bar.n]
    assert drawn(panel.plot.bars)[: len(whole)] == whole
    assert [fill for _, fill in rects(figure)] == [fill for _, fill in whole]


def test_reasons(keep: Any, table: Sheet, page: dict[str, ET.Element]) -> None:
    panel = shown(ReasonsPanel(), keep, table)
    assert_same_bars(panel.plot.bars, page["reasons"])
    names, notes, _ = panel.plot._texts
    assert full(names, texts(page["reasons"]))
    assert set(notes) <= set(texts(page["reasons"]))
    assert len(set(fills(page["reasons"]))) == 3  # by block


def test_reasons_by_class(keep: Any, table: Sheet, page: dict[str, ET.Element]) -> None:
    panel = shown(StackedPanel(), keep, table)
    assert_same_bars(panel.bars, page["stacked"], legend=len(panel.figure.legend))
    names, notes = panel.plot._texts
    assert full([*names], texts(page["stacked"]))
    assert set(notes) <= set(texts(page["stacked"]))


def test_matrix(keep: Any, table: Sheet, page: dict[str, ET.Element]) -> None:
    matrix = shown(HeatmapPanel(), keep, table).plot.matrix
    written = texts(page["heatmap"])
    assert full(list(matrix.rows), written)
    assert {f"{head.sign} {head.text}" for head in matrix.heads} <= set(written)
    numbers = [f"{n:,}" if n else "·" for n in matrix.counts.ravel().tolist()]
    assert written[: len(numbers)] == numbers


def test_together(keep: Any, table: Sheet, page: dict[str, ET.Element]) -> None:
    matrix = shown(TogetherPanel(), keep, table).plot.matrix
    written = texts(page["pairs"])
    half = matrix.counts[np.tril_indices(len(matrix.rows))].tolist()
    assert written[: len(half)] == [f"{n:,}" if n else "·" for n in half]
    assert full(list(matrix.rows), [text.partition("\u2003")[0] for text in written])


def test_failed_rules(keep: Any, table: Sheet, page: dict[str, ET.Element]) -> None:
    panel = shown(BoxesPanel(), keep, table)
    piles = [(row.bar.fill, pile.n) for row in panel.figure.rows for pile in row.piles]
    assert fills(page["failed"], "circle") == [fill for fill, _ in piles]
    areas = np.array([float(str(c.get("r"))) ** 2 for c in page["failed"].iter(f"{SVG}circle")])
    assert (np.argmax(areas), np.argmin(areas)) == (
        np.argmax([n for _, n in piles]),
        np.argmin([n for _, n in piles]),
    )
    assert set(panel.plot._texts[0]) <= set(texts(page["failed"]))


def test_reasons_of_each_class(keep: Any, table: Sheet, page: dict[str, ET.Element]) -> None:
    panel = shown(ClassReasonsPanel(), keep, table)
    assert Label.MUA in panel.classes
    for label in panel.classes:
        figure = page[f"top-{label.name.casefold().replace('_', '-')}"]
        plot = panel.plots[label]
        assert_same_bars(plot.bars, figure)
        names, notes, _ = plot.plot._texts
        assert full(names, texts(figure))
        assert set(notes) <= set(texts(figure))


def test_families(keep: Any, table: Sheet, page: dict[str, ET.Element]) -> None:
    panel = shown(FamiliesPanel(), keep, table)
    assert_same_bars(panel.bars, page["family"])
    assert set(panel.plot._texts[0]) | set(panel.plot._texts[1]) <= set(texts(page["family"]))
    for by in ("roi", "depth"):
        panel.by.setCurrentIndex(panel.by.findData(by))
        figure = page[f"family-{by}"]
        assert_same_bars(panel.bars, figure, legend=len(panel.figure.legend))
        assert set(panel.plot._texts[0]) | set(panel.plot._texts[1]) <= set(texts(figure))


def test_sets(keep: Any, table: Sheet, page: dict[str, ET.Element]) -> None:
    item = shown(SetsPanel(), keep, table).item
    assert fills(page["sets"]) == [column.fill for column in item.columns]
    written = texts(page["sets"])
    numbers = [text for text in written if text.replace(",", "").isdigit()]
    assert numbers[-len(item.columns) :] == [f"{column.n:,}" for column in item.columns]
    assert full([row.name for row in item._all], written)


def test_histograms(keep: Any, table: Sheet) -> None:
    items = shown(HistogramsPanel(), keep, table).items
    for key in histogram_metrics():
        if table.kind(key) is None:
            continue
        plot = metric_plot(table, key, "p-metric")
        assert plot.title == items[key].title
        if not plot.svg:
            continue
        lines = [
            part
            for part in ET.fromstring(plot.svg).iter(f"{SVG}path")
            if f"stroke:{FAIL_FILL}" in str(part.get("style"))
        ]
        assert len(lines) == len(items[key]._limits())
