"""Figures: what is drawn has the size of its number, and texts are only texts."""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from factories import make_run, sheet_of
from hypothesis import given
from hypothesis import strategies as st

from bcviewer.core.audit.summary import class_counts, top
from bcviewer.core.figures.histograms import histogram
from bcviewer.core.figures.population import reasons_by_class
from bcviewer.core.rules.labels import Label
from bcviewer.core.rules.palette import FAIL_FILL, LABEL_FILL
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.report import svg
from bcviewer.report.figures import counts_plot, reasons_plot, stacked_plot
from bcviewer.report.metric_figures import metric_plot
from bcviewer.report.svg import Axes, Drawing, Margins

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def table() -> Sheet:
    rng = np.random.default_rng(5)
    n = 90
    columns = {
        "nPeaks": rng.integers(1, 5, n).astype(float),
        "presenceRatio": rng.uniform(0.3, 1.0, n),
        "rawAmplitude": rng.uniform(10, 300, n),
        "fractionRPVs_estimatedTauR": rng.choice([0.02, 0.2], n),
    }
    run = make_run(columns)
    return sheet_of(run)


def bars(markup: str) -> list[tuple[float, str]]:
    """Return the width and the colour of each rectangle."""
    found = ET.fromstring(markup).iter(f"{SVG}rect")
    return [(float(r.get("width")), r.get("style").split(";")[0][5:]) for r in found]


def test_bars_are_as_long_as_their_numbers(table: Sheet) -> None:
    counts = {c: n for c, n in class_counts(table.labels).items() if n}
    drawn = bars(counts_plot(table, "p").svg)
    assert [color for _, color in drawn] == [LABEL_FILL[c] for c in counts]
    longest = max(width for width, _ in drawn)
    for (width, _), n in zip(drawn, counts.values(), strict=True):
        assert width / longest == pytest.approx(n / max(counts.values()), abs=0.001)
    reasons = reasons_by_class(table).sum(axis=1)
    wanted = [int(reasons[i]) for i in top(reasons, 15)]
    widths = [width for width, _ in bars(reasons_plot(table, "p").svg)]
    assert np.array(widths) / widths[0] == pytest.approx(np.array(wanted) / wanted[0], abs=0.001)


def test_stacked_bars_add_up(table: Sheet) -> None:
    counts = reasons_by_class(table)
    rules = top(counts.sum(axis=1), 12)
    drawn = bars(stacked_plot(table, "p").svg)
    scale = max(counts[rules].sum(axis=1)) / sum_of_first_row(drawn, counts[rules[0]])
    for label in (Label.MUA, Label.NOISE):
        mine = [w for w, color in drawn if color == LABEL_FILL[label] and w != 8]  # 8: the legend
        wanted = [int(counts[i, label]) for i in rules if counts[i, label]]
        assert np.array(mine) * scale == pytest.approx(np.array(wanted), abs=0.05)


def sum_of_first_row(drawn: list[tuple[float, str]], counts: np.ndarray) -> float:
    return sum(width for width, _ in drawn[: np.count_nonzero(counts)])


@pytest.mark.parametrize("metric", ["presenceRatio", "rawAmplitude", "nPeaks"])
def test_the_area_of_a_histogram_is_the_units(table: Sheet, metric: str) -> None:
    found = histogram(table, metric)
    tree = ET.fromstring(metric_plot(table, metric, "p").svg)
    areas: dict[str, float] = {}
    for path in tree.iter(f"{SVG}path"):
        style = path.get("style", "")
        if path.get("d").endswith("Z"):
            bins = re.findall(r"M([\d.]+) ([\d.]+)V([\d.]+)H([\d.]+)V\2Z", path.get("d"))
            assert len(bins) == path.get("d").count("M")
            sizes = (
                abs((float(x1) - float(x0)) * (float(y1) - float(y0))) for x0, y0, y1, x1 in bins
            )
            areas[style[5:]] = sum(sizes)
    total = sum(areas.values())
    counts = {LABEL_FILL[label]: int(found.counts[label].sum()) for label in Label}
    for color, area in areas.items():
        assert area / total == pytest.approx(counts[color] / found.counts.sum(), abs=0.002)
    assert {color for color, n in counts.items() if n} == set(areas)


def test_a_threshold_of_a_count_is_behind_the_last_bin_that_passes(table: Sheet) -> None:
    found = histogram(table, "nPeaks")
    (limit,) = found.limits
    tree = ET.fromstring(metric_plot(table, "nPeaks", "p").svg)
    (line,) = [p for p in tree.iter(f"{SVG}path") if p.get("style", "").endswith("width:1.4")]
    place = float(re.findall(r"-?[\d.]+", line.get("d"))[0])
    (tint,) = [r for r in tree.iter(f"{SVG}rect") if "fill-opacity:0.1" in r.get("style")]
    assert tint.get("style").startswith(f"fill:{FAIL_FILL}")
    assert place == float(tint.get("x"))
    low, high = float(found.edges[0]), float(found.edges[-1])
    end = float(tint.get("x")) + float(tint.get("width"))
    left = 0.5 * svg.POINTS
    share = (limit.value + 0.5 - low) / (high - low)
    assert (place - left) / (end - left) == pytest.approx(share, abs=0.002)


def test_texts_are_only_texts() -> None:
    mark = "<b a='1'>&\"x"
    drawing = Drawing("k", (2, 1))
    drawing.text(1, 1, mark)
    (text,) = ET.fromstring(drawing.markup()).iter(f"{SVG}text")
    assert text.text == mark


def test_places() -> None:
    ax = Axes(Drawing("k", (2, 1)), (1.0, 100.0), (0.0, 10.0), Margins(0.5, 0.5, 0.25, 0.25), True)
    assert (ax.x(1), ax.x(10), ax.x(100)) == (36, 72, 108)
    assert (ax.y(0), ax.y(5), ax.y(10)) == (54, 36, 18)
    assert (ax.x(0), ax.x(-5), ax.x(1e9), ax.y(math.inf)) == (36, 36, 108, 18)  # the nearer end


@given(
    st.floats(-1e4, 1e4),
    st.floats(1e-3, 1e9),
    st.integers(2, 9),
    st.booleans(),
    st.sampled_from([(1, 2, 5), (1, 2, 2.5, 5)]),
)
def test_round_values_are_round_inside_and_not_too_many(low, span, most, whole, steps):
    high = low + span
    values = svg.round_values(low, high, most, whole=whole, steps=steps)
    tolerance = span * 1e-6 + 1e-9
    assert len(values) <= most + 1
    assert all(low - tolerance <= v <= high + tolerance for v in values)
    if len(values) > 1:
        step = values[1] - values[0]
        mantissa = step / 10 ** math.floor(math.log10(step) + 1e-6)
        assert min(abs(mantissa - s) for s in (*steps, 10)) < 1e-3
        assert np.diff(values) == pytest.approx(step, rel=1e-3)
    if whole:
        assert all(v == round(v) for v in values)
    elif span > 1e-3:
        assert values  # an axis always has a number on it


def test_ticks_of_counts() -> None:
    assert [text for _, text in svg.count_ticks(14, 8)] == [f"{i}" for i in range(0, 15, 2)]
    assert [text for _, text in svg.count_ticks(2500, 4)] == ["0", "1,000", "2,000"]
    assert [text for _, text in svg.count_ticks(1, 8)] == ["0", "1"]
