"""The panels: what they say and draw of a unit and of the population."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from factories import again
from PySide6.QtCore import QEvent, QPoint, QRect, Qt
from PySide6.QtGui import QGuiApplication, QHelpEvent
from PySide6.QtWidgets import QApplication, QScrollArea, QToolTip, QWidget
from qt_fixtures import KINDS, click, click_row, scene_of, table_of

from bcviewer.app.wishes import ShowDock, ShowEvidence, ShowUnits
from bcviewer.core.audit.states import State
from bcviewer.core.audit.summary import class_counts, reason_counts, top
from bcviewer.core.figures.words import counted, reason_filter
from bcviewer.core.rules.labels import LABEL_NAMES, Label
from bcviewer.core.rules.metric import MARGIN_CLIP
from bcviewer.core.rules.rules import (
    BLOCK_NAMES,
    COUNTS,
    FOUR_WAY,
    MISSING_PEAKS,
    RULES,
    Block,
)
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.widgets.base.panel import Panel
from bcviewer.widgets.base.plot_export import picture
from bcviewer.widgets.drawing.still_label import StillLabel
from bcviewer.widgets.drawing.theme import FAIL_FILL
from bcviewer.widgets.population.classes_panel import ClassesPanel
from bcviewer.widgets.population.reasons_panel import ReasonsPanel
from bcviewer.widgets.unit.profile_panel import ProfilePanel
from bcviewer.widgets.unit.rule_marks import scaled
from bcviewer.widgets.unit.thresholds_panel import ThresholdsPanel, ordered
from bcviewer.widgets.unit.why_panel import WhyPanel

NAN = float("nan")


def rule(key: str) -> int:
    return next(i for i, r in enumerate(RULES) if r.key == key)


def row_of(panel: ThresholdsPanel, key: str) -> int:
    return [i for i, _ in panel.order].index(rule(key))


def words(panel: Any) -> dict[int, str]:
    return {round(y): text for y, text in panel.plot.values._rows}


def row_words_of(panel: ThresholdsPanel) -> dict[int, str]:
    return {i: row.words for i, row in enumerate(panel.plot.rows)}


def tip_of(plot: Any, row: int) -> str:
    place = plot.row_center(row).toPoint()
    event = QHelpEvent(QEvent.Type.ToolTip, place, plot.viewport().mapToGlobal(place))
    QApplication.sendEvent(plot.viewport(), event)
    return plot.toolTip()


def tip_at(panel: ThresholdsPanel, row: int) -> str:
    rows = panel.plot
    assert rows.row_at(rows.row_center(row)) == row
    return rows.rows[row].tip


# -- why -------------------------------------------------------------------------------------


@pytest.fixture
def why(keep: Any) -> WhyPanel:
    panel = WhyPanel()
    panel.resize(500, 700)
    return keep(panel)


def said(panel: WhyPanel, table: Sheet, row: int) -> tuple[str, str, str]:
    panel.show_scene(scene_of(table, row))
    label, headline = (panel.findChild(StillLabel, n).text() for n in ("whyLabel", "whyHeadline"))
    return label, headline, panel.text()


def test_why_good(why: WhyPanel) -> None:
    label, headline, text = said(why, table_of(KINDS), 0)
    assert label == "GOOD"
    assert headline.startswith("Passes every rule; the weakest pass is ")
    assert "✓ presence ratio: pass 1.000 ≥ 0.7" in text
    assert "FAIL" not in text
    assert why.findChild(StillLabel, "whyUnit").text() == "unit 0"


def test_why_mua_by_a_sole_blocker(why: WhyPanel) -> None:
    label, headline, text = said(why, table_of(KINDS), 1)
    assert label == "MUA"
    assert headline.startswith("Only presence ratio 0.610 < 0.7 keeps this from GOOD")
    assert "RPV: shown clean" in text
    assert "kept time" in text
    lines = text.splitlines()
    first = next(i for i, line in enumerate(lines) if line.startswith("✗"))
    assert lines[first] == "✗ presence ratio: FAIL 0.610 < 0.7"
    assert lines[first + 1].startswith("✓")


def test_why_noise_with_a_masked_failure(why: WhyPanel) -> None:
    label, headline, text = said(why, table_of(KINDS), 2)
    assert label == "NOISE"
    assert "5 > 2" in headline
    assert text.index("\n✗ peaks: FAIL 5 > 2") < text.index(
        "\n(✗) presence ratio: FAIL 0.500 < 0.7"
    )


def test_why_non_soma_and_what_it_would_be_if_split(why: WhyPanel) -> None:
    label, _, text = said(why, table_of(KINDS), 3)
    assert label == "NON-SOMA"
    assert "if split, it would be NON-SOMA GOOD" in text


def test_why_non_soma_mua(why: WhyPanel) -> None:
    columns = {"mainPeakToTroughRatio": [0.9], "nSpikes": [20.0]}
    table = table_of(columns, {"splitGoodAndMua_NonSomatic": True})
    label, _, text = said(why, table, 0)
    assert label == "NON-SOMA MUA"
    assert "20 < 300" in text


def test_why_without_spikes(why: WhyPanel) -> None:
    label, headline, text = said(why, table_of(KINDS), 4)
    assert label == "no label"
    assert headline == "No spikes: Bombcell gives it no label."
    assert "✗" not in text
    assert why.rows.shown == ()
    assert why.rows.rest == "24 not tested: no spikes"


def test_why_incomplete(why: WhyPanel) -> None:
    table = table_of({}, drop=["isolationDistance"], saved=["MUA"])
    label, headline, _ = said(why, table, 0)
    assert label == "MUA"  # the saved one
    assert headline.startswith("Cannot be decided: ")
    assert headline.endswith("The label shown is the saved one: MUA.")
    assert said(why, table_of({}, drop=["isolationDistance"]), 0)[0] == "incomplete"


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (1.0, "RPV: shown clean"),
        (-1.0, "RPV: not shown clean although there were enough spikes"),
        (0.0, "RPV: too few spikes to say"),
        (NAN, "RPV: not assessed"),
    ],
)
def test_why_rpv_in_words(why: WhyPanel, status: float, sentence: str) -> None:
    assert sentence in said(why, table_of({"RPV_status": [status]}), 0)[2]


def test_why_disagreements(why: WhyPanel) -> None:
    table = table_of(KINDS, saved=["NOISE", "MUA", "NOISE", "NON-SOMA", ""])
    assert "the saved label is NOISE" in said(why, table, 0)[2]
    assert "saved label" not in said(why, table, 1)[2]
    codes = table.audit.label.copy()
    codes[0] = Label.MUA
    told = again(table, codes)
    label, _, text = said(why, told, 0)
    assert label == "MUA"
    assert "Bombcell itself says MUA, our rules say GOOD" in text


def test_why_every_rule_is_there_once(why: WhyPanel) -> None:
    why.show_scene(scene_of(table_of(KINDS), 1))
    assert sorted(line.rule for line in why.verdict.lines) == list(range(len(RULES)))
    assert len(why.rows.texts()) == len(RULES)
    untested = [line for line in why.verdict.lines if line.state == State.NOT_TESTED]
    assert len(why.rows.shown) == len(RULES) - len(untested), "500 × 700 has room for all"
    assert why.rows.rest == "1 not tested: spatial decay (minSpatialDecaySlope)"


def test_why_markup_is_shown_literally(why: WhyPanel) -> None:
    text = said(why, table_of(KINDS), 1)[2]
    assert "0.610 < 0.7" in text  # an unescaped < would have swallowed it


def test_why_nothing_is_open(why: WhyPanel) -> None:
    why.show_scene(scene_of(None))
    assert why.findChild(StillLabel, "whyHeadline").text() == "Nothing is open."
    assert why.rows.texts() == []
    assert why.text() == "Nothing is open."


def why_with_failures(why: WhyPanel, size: tuple[int, int]) -> Sheet:
    """Show a MUA unit that fails three rules, in a panel of some size."""
    columns = {"presenceRatio": [0.1], "nSpikes": [100.0], "isolationDistance": [10.0]}
    table = table_of(columns)
    why.resize(*size)
    why.show()
    why.show_scene(scene_of(table))
    QApplication.processEvents()
    return table


@pytest.mark.parametrize("size", [(694, 205), (694, 190), (420, 190), (860, 240)])
def test_why_has_failing_rules_in_sight_then_the_weakest_passes(
    why: WhyPanel, size: tuple[int, int]
) -> None:
    table = why_with_failures(why, size)
    shown = [line.rule for line in why.rows.shown]
    failed = np.flatnonzero(table.audit.states[:, 0] == State.FAIL).tolist()
    assert shown[:3] == failed
    assert len(shown) < len(RULES)
    telling = [i for i in shown[3:] if i not in (*COUNTS, *FOUR_WAY, MISSING_PEAKS)]
    margins = [float(table.audit.margins[i, 0]) for i in telling]
    assert margins == sorted(margins), "the weakest first"
    assert shown[3 : 3 + len(telling)] == telling
    rows = why.rows
    places = [rows.place_of(i) for i in shown]
    assert all(place is not None and rows.rect().contains(place) for place in places)
    assert rows._last().bottom() <= rows.height()
    more = len(RULES) - 1 - len(shown)
    passes = "1 more passes" if more == 1 else f"{more} more pass"
    assert rows.rest == f"{passes} · 1 not tested: spatial decay (minSpatialDecaySlope)"
    assert rows.place_of(why.verdict.lines[-1].rule) is None


def test_why_has_all_rules_in_sight_at_the_size_of_the_first_screen(why: WhyPanel) -> None:
    why_with_failures(why, (790, 300))
    assert len(why.rows.shown) == len(RULES) - 1
    assert "more" not in why.rows.rest


def test_a_click_in_why_asks_for_the_evidence(why: WhyPanel, qtbot: Any) -> None:
    why_with_failures(why, (694, 205))
    rows = why.rows
    for key in ("presenceRatio<minPresenceRatio", "isolationDistance<isoDmin"):
        with qtbot.waitSignal(why.wish) as wished:
            click(rows, rows.place_of(rule(key)))
        assert wished.args == [ShowEvidence(RULES[rule(key)].metric)]
    with qtbot.waitSignal(why.wish) as wished:
        click(rows, rows._last().center().toPoint())
    assert wished.args == [ShowDock("thresholds")]


def test_hovering_why_tells_all_of_a_rule(why: WhyPanel) -> None:
    why_with_failures(why, (694, 205))
    rows = why.rows

    def tip(place: QPoint) -> str:
        event = QHelpEvent(QEvent.Type.ToolTip, place, rows.mapToGlobal(place))
        QApplication.sendEvent(rows, event)
        return QToolTip.text()

    text = tip(rows.place_of(rule("presenceRatio<minPresenceRatio")))
    for words in (
        "Failed, and decided the label",
        "FAIL 0.100 &lt; 0.7",
        "0.600 short",
        "One step",
    ):
        assert words in text, words
    rest = tip(rows._last().center().toPoint())
    assert "– spatial decay: not tested: switched off: spDecayLinFit is off" in rest
    assert "✓ troughs: pass 1 ≤ 1" in rest
    QToolTip.hideText()


def test_why_explains_the_four_way_branch_where_it_names_it(why: WhyPanel) -> None:
    _, _, text = said(why, table_of({"mainPeak_before_width": [NAN]}), 0)
    assert "no first-peak width: the four-way non-somatic branch cannot fire" in text
    assert "where one of them has no value it cannot fire" in why._facts.toolTip()
    said(why, table_of({}), 0)
    assert why._facts.toolTip() == ""


def test_why_is_copied_as_text(why: WhyPanel) -> None:
    said(why, table_of(KINDS), 1)
    (action,) = why.menu().actions()
    action.trigger()
    copied = QGuiApplication.clipboard().text()
    assert copied == why.text()
    assert copied.splitlines()[0] == "unit 1: MUA"


# -- thresholds ------------------------------------------------------------------------------


@pytest.fixture
def thresholds(keep: Any) -> ThresholdsPanel:
    panel = ThresholdsPanel()
    panel.resize(700, 620)
    return keep(panel)


def bars_of(panel: Any) -> dict[int, float]:
    return {i: row.end for i, row in enumerate(panel.plot.rows) if row.end is not None}


def test_thresholds_bars_are_the_margins(thresholds: ThresholdsPanel) -> None:
    table = table_of(KINDS)
    for row in range(5):
        thresholds.show_scene(scene_of(table, row))
        margins = table.audit.margins[:, row]
        places = [i for i, _ in thresholds.order]
        expected = {
            places.index(i): pytest.approx(scaled(float(m)))
            for i, m in enumerate(margins)
            if not np.isnan(m)
        }
        assert bars_of(thresholds) == expected
        passing = table.audit.states[:, row] == State.PASS
        assert all(w >= 0 for y, w in bars_of(thresholds).items() if passing[places[y]])


def test_thresholds_have_a_row_for_every_rule_failing_ones_first(
    thresholds: ThresholdsPanel,
) -> None:
    assert [head for _, head in ordered(()) if head] == list(BLOCK_NAMES)
    columns = {"nTroughs": [9.0], "presenceRatio": [0.1], "nSpikes": [100.0]}
    decided = (["FAILED", "FAILED, MASKED"], {})
    undecided = (["FAILED, UNDECIDED"], {"drop": ["nPeaks"]})
    for failed, absent in (decided, undecided):
        given = columns if not absent else {"presenceRatio": [0.1]}
        table = table_of(given, **absent)
        thresholds.show_scene(scene_of(table))
        assert sorted(i for i, _ in thresholds.order if i is not None) == list(range(len(RULES)))
        heads = [head for _, head in thresholds.order if head]
        assert heads == [*failed, *BLOCK_NAMES]
        under = ""
        for i, head in thresholds.order:
            under = head or under
            state = None if i is None else table.audit.states[i, 0]
            assert i is None or (state == State.FAIL) == under.startswith("FAILED")
            assert i is None or under in (*failed, BLOCK_NAMES[RULES[i].block])
    assert thresholds.plot.rows[0].name == heads[0]


def test_thresholds_words_are_true_as_written(thresholds: ThresholdsPanel) -> None:
    table = table_of({"presenceRatio": [0.6999], "maxDriftEstimate": [100.00001]})
    thresholds.show_scene(scene_of(table))
    text = row_words_of(thresholds)
    assert text[row_of(thresholds, "presenceRatio<minPresenceRatio")].startswith(
        "FAIL 0.6999 < 0.7"
    )
    assert text[row_of(thresholds, "maxDriftEstimate>maxDrift")].startswith("FAIL 100.00001 > 100")
    assert text[row_of(thresholds, "nSpikes<minNumSpikes")].startswith("pass 2,400 ≥ 300")
    fills = {i: row.fill.upper() for i, row in enumerate(thresholds.plot.rows)}
    assert fills[row_of(thresholds, "presenceRatio<minPresenceRatio")] == FAIL_FILL
    assert fills[row_of(thresholds, "nSpikes<minNumSpikes")] != FAIL_FILL


def test_thresholds_rows_without_a_bar_say_why(thresholds: ThresholdsPanel) -> None:
    table = table_of(
        {"presenceRatio": [NAN], "rawAmplitude": [NAN], "fractionRPVs_estimatedTauR": [1.0]},
        {"computeDrift": False},
    )
    thresholds.show_scene(scene_of(table))
    text, bars = row_words_of(thresholds), bars_of(thresholds)
    for key, word in (
        ("presenceRatio<minPresenceRatio", "missing: no value"),
        ("maxDriftEstimate>maxDrift", "not tested: "),
        ("rawAmplitude<minAmplitude", ""),
    ):
        row = row_of(thresholds, key)
        assert row not in bars, key
        # the axis elides what is too long; the tool tip has it all
        assert text[row].startswith(word[:10]), key
        assert len(tip_at(thresholds, row)) > len(text[row])
    assert "computeDrift" in tip_at(thresholds, row_of(thresholds, "maxDriftEstimate>maxDrift"))


def test_thresholds_sentinels_have_no_bar_and_say_why(thresholds: ThresholdsPanel) -> None:
    columns = {
        "fractionRPVs_estimatedTauR": [1.0],
        "percentageSpikesMissing_gaussian": [100.0],
        "isolationDistance": [1e12],
    }
    thresholds.show_scene(scene_of(table_of(columns)))
    for key, state, why in (
        ("fractionRPVs_estimatedTauR>maxRPVviolations", "FAIL", "read the status"),
        ("percentageSpikesMissing_gaussian>maxPercSpikesMissing", "FAIL", "no fit"),
        ("isolationDistance<isoDmin", "pass", "the covariance was singular"),
    ):
        assert row_of(thresholds, key) not in bars_of(thresholds)
        assert row_words_of(thresholds)[row_of(thresholds, key)].startswith(state)
        assert why in tip_at(thresholds, row_of(thresholds, key))


def test_thresholds_clipped_bars_have_an_arrow(thresholds: ThresholdsPanel) -> None:
    table = table_of({"nSpikes": [1e9], "maxDriftEstimate": [1e9]})
    thresholds.show_scene(scene_of(table))
    arrows = {i: row.end for i, row in enumerate(thresholds.plot.rows) if row.clipped}
    places = [i for i, _ in thresholds.order]
    clipped = {
        places.index(i) for i, m in enumerate(table.audit.margins[:, 0]) if abs(m) >= MARGIN_CLIP
    }
    assert set(arrows) == clipped
    assert arrows[row_of(thresholds, "nSpikes<minNumSpikes")] == scaled(MARGIN_CLIP)
    assert arrows[row_of(thresholds, "maxDriftEstimate>maxDrift")] == -scaled(MARGIN_CLIP)


def test_thresholds_axis_stays_in_sight(thresholds: ThresholdsPanel, keep: Any) -> None:
    thresholds.resize(700, 200)
    thresholds.show_scene(scene_of(table_of(KINDS), 1))
    thresholds.show()
    QApplication.processEvents()  # the scroll area learns how high its rows are
    bar = thresholds.findChild(QScrollArea).verticalScrollBar()
    rows, top = thresholds.plot, QPoint(300, 2)
    assert rows.row_at(top) == -1
    bar.setValue(bar.maximum())
    assert bar.value() > 100
    under = top + QPoint(0, bar.value())
    assert rows.row_at(under) == -1, "the axis lies over the rows"
    assert rows.row_at(under + QPoint(0, 60)) > 0
    head = QRect(0, bar.value(), rows.width(), 30)
    scrolled = rows.grab(head).toImage()
    whole = picture(rows).copy(QRect(0, 0, rows.width(), 30))
    assert whole.convertToFormat(scrolled.format()) == scrolled, "a picture has it at its top"


def test_a_click_in_thresholds_asks_for_the_evidence(
    thresholds: ThresholdsPanel, qtbot: Any
) -> None:
    thresholds.show()
    thresholds.show_scene(scene_of(table_of({"presenceRatio": [0.1]})))
    QApplication.processEvents()
    plot = thresholds.plot
    for key in ("presenceRatio<minPresenceRatio", "nPeaks>maxNPeaks"):
        with qtbot.waitSignal(thresholds.wish) as wished:
            click(plot, plot.row_center(row_of(thresholds, key)).toPoint())
        assert wished.args == [ShowEvidence(RULES[rule(key)].metric)]
    with qtbot.assertNotEmitted(thresholds.wish):
        click(plot, plot.row_center(0).toPoint())  # a heading
        thresholds.show_scene(scene_of(None))
        click(plot, plot.row_center(2).toPoint())


def test_thresholds_without_a_unit_are_empty(thresholds: ThresholdsPanel) -> None:
    thresholds.show_scene(scene_of(table_of(KINDS)))
    assert bars_of(thresholds)
    thresholds.show_scene(scene_of(None))
    assert bars_of(thresholds) == {}
    assert set(row_words_of(thresholds).values()) == {""}


# -- fail profile ----------------------------------------------------------------------------


def test_profile_counts(keep: Any) -> None:
    panel = ProfilePanel()
    panel.resize(500, 150)
    keep(panel)
    panel.show_scene(scene_of(table_of(KINDS), 2))
    text = words(panel)
    assert text[Block.NOISE].startswith("1 of ")
    assert text[Block.MUA].endswith("1 masked")
    assert text[Block.NON_SOMA].startswith("0 of ")
    total: dict[int, float] = {}
    for y, width in zip(panel.bars.opts["y"], panel.bars.opts["width"], strict=True):
        total[round(y)] = total.get(round(y), 0) + width
    tested = [int(text[b].split(" of ")[1].split()[0]) for b in Block]
    assert [total[b] for b in Block] == tested
    assert "1 deciding" in tip_of(panel.plot, Block.NOISE)
    panel.show_scene(scene_of(None))
    assert set(words(panel).values()) == {""}


# -- reasons and classes ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def crowd() -> Sheet:
    """Return 60 units that fail in many ways."""
    rng = np.random.default_rng(3)
    n = 60
    return table_of(
        {
            "nSpikes": rng.integers(100, 900, n).astype(float),
            "presenceRatio": rng.uniform(0.5, 1, n),
            "nPeaks": rng.integers(1, 4, n).astype(float),
            "maxDriftEstimate": rng.uniform(0, 120, n),
            "mainPeakToTroughRatio": rng.uniform(0.2, 0.9, n),
        }
    )


def shown(panel: Panel, keep: Any, table: Sheet | None) -> Any:
    panel.resize(560, 420)
    keep(panel)
    panel.show_scene(scene_of(table))
    return panel


def test_reasons_are_the_summarys(keep: Any, crowd: Sheet) -> None:
    panel = shown(ReasonsPanel(), keep, crowd)
    counts = reason_counts(crowd.audit)
    assert list(panel.rules) == top(counts, 15)
    assert panel.figure.counts == [counts[i] for i in panel.rules]
    assert list(panel.plot.bars.opts["width"]) == panel.figure.counts
    assert len(panel.rules) >= 5
    for row, count in enumerate(panel.figure.counts):
        assert words(panel)[row].startswith(f"{count:,} (")


@pytest.mark.parametrize(
    ("modifier", "add"),
    [(Qt.KeyboardModifier.NoModifier, False), (Qt.KeyboardModifier.ControlModifier, True)],
)
def test_a_click_on_a_reason_asks_for_its_filter(
    qtbot: Any, keep: Any, crowd: Sheet, modifier: Any, add: bool
) -> None:
    panel = shown(ReasonsPanel(), keep, crowd)
    with qtbot.waitSignal(panel.wish) as chosen:
        click_row(panel.plot, 2, modifier)
    assert chosen.args == [ShowUnits(reason_filter(panel.rules[2]), add)]


def test_long_names_are_elided_and_in_the_tooltip(keep: Any, crowd: Sheet) -> None:
    panel = shown(ReasonsPanel(), keep, crowd)
    for row, index in enumerate(panel.rules):
        tip = tip_of(panel.plot, row)
        assert RULES[index].token.replace("<", "&lt;").replace(">", "&gt;") in tip
    panel.plot.names.set_rows(["a very long name " * 9], ["#000000"])
    assert panel.plot.names._rows[0][1].endswith("…")


def test_no_reasons(keep: Any) -> None:
    panel = shown(ReasonsPanel(), keep, table_of({}))
    assert panel.rules == ()
    assert panel.plot.names._rows[0][1] == "no failed rule"
    click_row(panel.plot, 0)  # nothing to choose, and nothing breaks


def test_classes_are_counted_with_shares(keep: Any, crowd: Sheet) -> None:
    panel = shown(ClassesPanel(), keep, crowd)
    counts = {label: n for label, n in class_counts(crowd.labels).items() if n}
    texts = [text for _, text in panel.plot.names._rows]
    for label, n in counts.items():
        row = next(i for i, t in enumerate(texts) if t.endswith(f" {LABEL_NAMES[label]}"))
        assert panel.plot.bars.opts["width"][row] == n
        assert words(panel)[row] == counted(n, 60)
    split = [t for t in texts if t.startswith("split: ")]
    assert len(split) == 2


def test_a_click_on_a_class_filters_to_it(qtbot: Any, keep: Any, crowd: Sheet) -> None:
    panel = shown(ClassesPanel(), keep, crowd)
    with qtbot.waitSignal(panel.wish) as chosen:
        click_row(panel.plot, 1)
    assert chosen.args == [ShowUnits("label == 'MUA'", False)]
    texts = [text for _, text in panel.plot.names._rows]
    row = next(i for i, t in enumerate(texts) if t.startswith("split: "))
    with qtbot.waitSignal(panel.wish) as chosen:
        click_row(panel.plot, row)
    assert chosen.args == [ShowUnits("split_label == 'NON-SOMA GOOD'", False)]


def test_a_click_on_units_without_spikes(qtbot: Any, keep: Any) -> None:
    panel = shown(ClassesPanel(), keep, table_of(KINDS))
    texts = [text for _, text in panel.plot.names._rows]
    row = next(i for i, t in enumerate(texts) if t.endswith("no spikes"))
    with qtbot.waitSignal(panel.wish) as chosen:
        click_row(panel.plot, row)
    assert chosen.args == [ShowUnits("missing(label)", False)]


# -- all panels ------------------------------------------------------------------------------

PANELS = (WhyPanel, ThresholdsPanel, ProfilePanel, ReasonsPanel, ClassesPanel)


@pytest.mark.parametrize("kind", PANELS, ids=lambda k: k.panel_id)
def test_a_hidden_panel_does_nothing_and_is_drawn_when_shown(
    keep: Any, kind: type[Panel], monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[Any] = []
    redraw = kind.redraw
    monkeypatch.setattr(
        kind, "redraw", lambda self, scene: drawn.append(scene) or redraw(self, scene)
    )
    panel = keep(kind(), shown=False)
    first, second = scene_of(table_of(KINDS)), scene_of(table_of(KINDS), 1)
    panel.show_scene(first)
    panel.show_scene(second)
    assert drawn == []
    panel.show()
    assert drawn == [second]
    panel.hide()
    panel.show()
    assert drawn == [second]  # nothing changed meanwhile
    panel.show_scene(scene_of(None))
    assert len(drawn) == 2
    panel.retheme()
    assert len(drawn) == 3


@pytest.mark.parametrize("kind", PANELS, ids=lambda k: k.panel_id)
def test_panels_are_named_and_have_no_popup_windows(keep: Any, kind: type[Panel]) -> None:
    panel = keep(kind())
    assert panel.objectName() == f"panel.{kind.panel_id}"
    assert kind.title
    assert [w for w in panel.findChildren(QWidget) if w.isWindow() and w.isVisible()] == []


@pytest.mark.parametrize("kind", [ThresholdsPanel, ProfilePanel])
def test_a_units_plots_are_saved_too(kind: Any, keep: Any, crowd: Sheet, tmp_path: Path) -> None:
    panel = shown(kind(), keep, crowd)
    failed: list[object] = []
    panel.wish.connect(failed.append)
    for suffix in (".png", ".svg", ".pdf", ".csv"):
        panel.save(tmp_path / f"plot{suffix}", 2.0)
    assert not failed
    svg = (tmp_path / "plot.svg").read_text("utf-8")
    assert "<text" in svg
    assert "NOISE" in svg
    lines = (tmp_path / "plot.csv").read_text("utf-8").splitlines()
    assert len(lines) == 1 + (len(RULES) if kind is ThresholdsPanel else 3)
