"""The unit table's model: what each cell says, and that Qt's rules for models are kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from curation_cases import act
from factories import again
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QIcon, QPalette
from PySide6.QtWidgets import QApplication
from qt_fixtures import KINDS, table_of

from bcviewer.app.commands.table import COMMANDS
from bcviewer.core.curation.replay import replay
from bcviewer.core.rules.barcode import TABLE_COLUMNS
from bcviewer.core.rules.column_choices import DEFAULT_COLUMNS
from bcviewer.core.rules.columns import COLUMNS
from bcviewer.core.rules.labels import Label
from bcviewer.core.run.phy import Phy, PhyState, unread
from bcviewer.core.sheet.joined import Joined
from bcviewer.widgets.drawing.theme import (
    DARK,
    LABEL_FILL,
    LIGHT,
    Theme,
    dark_palette,
    label_icon,
    light_palette,
)
from bcviewer.widgets.table.plain_cell import Cell
from bcviewer.widgets.table.unit_model import ROW_ROLE, SORT_ROLE, UnitModel

MARKUP = "<b>GOOD</b> & <img src=x>"
ROLE = Qt.ItemDataRole


def model_of(table: Any = None, rows: Any = None, columns: Any = None) -> UnitModel:
    table = table or table_of(KINDS, saved=["GOOD", "MUA", "NOISE", MARKUP, None])
    if rows is None:
        rows = np.arange(table.n_units)
    model = UnitModel()
    model.set_table(table, np.asarray(rows), columns or tuple(table.names()))
    return model


def cell(model: UnitModel, row: int, key: str, role: int = ROLE.DisplayRole) -> Any:
    return model.index(row, model.columns.index(key)).data(role)


def look(model: UnitModel, row: int, key: str) -> Cell:
    return model.cell(row, model.columns.index(key))


def test_it_is_a_good_model(qtmodeltester: Any) -> None:
    model = UnitModel()
    qtmodeltester.check(model)
    table = table_of(KINDS)
    qtmodeltester.check(model)
    model.set_table(table, np.arange(5), tuple(table.names()))
    assert model.rowCount() == 5
    qtmodeltester.check(model)


def test_what_phy_has_no_more_is_struck_through_and_says_where_it_went() -> None:
    table = table_of(KINDS)
    states = np.full(table.n_units, PhyState.CURRENT, np.int8)
    here = Phy(table.run, states, np.empty(0, np.int64), {})
    states = states.copy()
    states[1] = PhyState.GONE
    saved = replace(here, state=states, details={1: "merged into 7 with 3"})
    keys = ("label", "cluster_id", "nSpikes")
    before, model = again(table, phy=here), model_of(table, columns=keys)
    assert not any(look(model, 1, key).is_gone for key in keys)  # nothing is read yet
    model.set_labels(before)
    assert not any(look(model, row, key).is_gone for key in keys for row in (0, 1))
    after = again(before, phy=saved)
    told: list[tuple[int, int]] = []
    model.dataChanged.connect(lambda top, end: told.append((top.row(), top.column())))
    model.set_labels(after, range(table.n_units), (0, 1, 2))
    assert told == [(1, 0), (1, 1)]  # these are painted anew, and no others
    assert [look(model, 1, key).is_gone for key in keys] == [True, True, False]
    assert not any(look(model, 0, key).is_gone for key in keys)
    for key in ("label", "cluster_id"):
        assert "no longer in phy: merged into 7 with 3" in cell(model, 1, key, ROLE.ToolTipRole)
        assert "phy" not in cell(model, 0, key, ROLE.ToolTipRole)


def test_what_phy_has_not_saved_has_a_star_that_is_painted_where_it_comes_and_goes() -> None:
    table = table_of(KINDS)
    states = np.full(table.n_units, PhyState.CURRENT, np.int8)
    keys = ("label", "cluster_id", "nSpikes")
    here = again(table, phy=Phy(table.run, states, np.empty(0, np.int64), {}))
    assert here.phy is not None
    unsaved = again(here, phy=here.phy.with_unsaved({1: "merged into 7 with 3"}))
    model = model_of(here, columns=keys)
    told: list[tuple[int, int]] = []
    model.dataChanged.connect(lambda top, end: told.append((top.row(), top.column())))
    for sheet, starred in ((unsaved, True), (here, False)):
        model.set_labels(sheet, range(table.n_units), (0, 1, 2))
        assert told == [(1, 1)]  # that cell is painted anew, and no other
        assert [look(model, 1, key).has_star for key in keys] == [False, starred, False]
        assert not look(model, 0, "cluster_id").has_star
        told.clear()


def test_it_stays_one_when_rows_change(qtmodeltester: Any) -> None:
    model = model_of()
    qtmodeltester.check(model)
    for rows in ([4, 3, 2, 1, 0], [2], [], [0, 1, 2, 3, 4]):
        model.set_rows(np.array(rows, np.int64))
        assert model.rowCount() == len(rows)
        assert [cell(model, i, "unit_index") for i in range(len(rows))] == [str(r) for r in rows]
        qtmodeltester.check(model)


def test_it_is_one_without_rows_and_with_text_only(qtmodeltester: Any) -> None:
    model = model_of(rows=np.empty(0, np.int64))
    assert model.rowCount() == 0
    qtmodeltester.check(model)
    text = tuple(k for k in DEFAULT_COLUMNS if TABLE_COLUMNS[k].kind == "text")
    model = model_of(columns=text)
    assert model.columnCount() == len(text) > 2
    qtmodeltester.check(model)


def test_cells_have_no_children() -> None:
    model = model_of()
    inside = model.index(0, 0)
    assert model.rowCount(inside) == model.columnCount(inside) == 0
    assert model.data(QModelIndex(), ROLE.DisplayRole) is None


def test_persistent_indexes_stay_with_their_unit() -> None:
    model = model_of(columns=("unit_index", "label"))
    kept = QPersistentModelIndex(model.index(1, 1))
    gone = QPersistentModelIndex(model.index(4, 0))
    model.set_rows(np.array([3, 2, 1]))
    assert (kept.row(), kept.column()) == (2, 1)
    assert kept.data(ROW_ROLE) == 1
    assert not gone.isValid()


def test_numbers_align_right_and_text_left() -> None:
    model = model_of()
    right = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    left = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    for key in model.columns:
        wanted = right if COLUMNS[key].kind == "number" else left
        assert look(model, 0, key).is_right == bool(wanted & Qt.AlignmentFlag.AlignRight)
        section = model.columns.index(key)
        header = model.headerData(section, Qt.Orientation.Horizontal, ROLE.TextAlignmentRole)
        assert int(header) == wanted


def test_a_missing_value_is_a_dash() -> None:
    model = model_of()
    assert cell(model, 4, "presenceRatio") == "–"
    assert cell(model, 4, "nPeaks") == "–"
    assert cell(model, 0, "silhouetteScore") == "–"
    assert cell(model, 4, "saved_label") == "–"
    assert cell(model, 4, "nSpikes") == "0"


def test_infinity_is_written() -> None:
    table = table_of({"isolationDistance": [np.inf, -np.inf, 3.0]})
    model = model_of(table)
    assert [cell(model, i, "isolationDistance")[:1] for i in range(2)] == ["∞", "−"]


def test_failing_cells_are_marked_and_no_others() -> None:
    model = model_of()
    marked = {
        (row, key) for row in range(5) for key in model.columns if look(model, row, key).fails
    }
    assert marked == {
        (1, "presenceRatio"),
        (2, "presenceRatio"),
        (2, "nPeaks"),
        (3, "mainPeakToTroughRatio"),
    }


def test_the_label_has_its_sign() -> None:
    model = model_of()
    icons = [look(model, row, "label").sign for row in range(5)]
    assert all(not icon.isNull() for icon in icons)
    assert len({icon.cacheKey() for icon in icons}) == 5
    assert look(model, 0, "family").sign is None


def test_tooltips_say_the_comparison_and_are_escaped() -> None:
    model = model_of()
    tip = cell(model, 1, "presenceRatio", ROLE.ToolTipRole)
    assert "fail: presenceRatio&lt;minPresenceRatio" in tip
    assert "0.610 &lt; 0.7" in tip
    tip = cell(model, 0, "presenceRatio", ROLE.ToolTipRole)
    assert "pass: presenceRatio&lt;minPresenceRatio" in tip
    assert "1.000 ≥ 0.7" in tip
    tip = cell(model, 4, "presenceRatio", ROLE.ToolTipRole)
    assert "0.7" not in tip
    assert "not tested" in tip
    tip = cell(model, 3, "saved_label", ROLE.ToolTipRole)
    assert "&lt;b&gt;GOOD&lt;/b&gt; &amp; &lt;img src=x&gt;" in tip
    assert "<b>" not in tip
    assert "Multi-unit" in cell(model, 1, "label", ROLE.ToolTipRole)


def test_markup_stays_text_in_cells() -> None:
    assert cell(model_of(), 3, "saved_label") == MARKUP


def test_headers_name_title_unit_and_rules() -> None:
    model = model_of()
    assert len(model.columns) > 30
    for section, key in enumerate(model.columns):
        text = model.headerData(section, Qt.Orientation.Horizontal)
        tip = model.headerData(section, Qt.Orientation.Horizontal, ROLE.ToolTipRole)
        column = COLUMNS[key]
        assert text == column.heading
        assert text.startswith(column.head or column.title)
        assert key in tip
        if column.unit:
            assert text.endswith(f"({column.unit})")
            assert f"unit: {column.unit}" in tip
    section = model.columns.index("nPeaks")
    tip = model.headerData(section, Qt.Orientation.Horizontal, ROLE.ToolTipRole)
    assert "rule: nPeaks&gt;maxNPeaks" in tip
    assert model.headerData(0, Qt.Orientation.Vertical) is None
    assert model.headerData(999, Qt.Orientation.Horizontal) is None


def test_values_for_sorting_are_numbers_and_text() -> None:
    model = model_of(rows=[2, 1])
    assert cell(model, 0, "nPeaks", SORT_ROLE) == 5.0
    assert cell(model, 1, "label", SORT_ROLE) == "MUA"
    assert cell(model, 0, "borderline", SORT_ROLE) is False
    assert cell(model, 0, "label", ROW_ROLE) == 2
    assert model.unit_row(1) == 1
    assert model.unit_rows([1, 0]).tolist() == [1, 2]


@pytest.mark.parametrize("key", ["ks_label", "phy_group", "roi_label", "brain_region"])
def test_columns_that_a_run_lacks_are_not_offered(key: str) -> None:
    table = table_of(KINDS)
    assert key not in table.names()
    assert table.kind(key) is None


@pytest.mark.parametrize("label", [Label.GOOD, Label.MUA, Label.NON_SOMA])
def test_a_class_has_its_colour_in_selected_rows_too(qtbot: Any, label: Label) -> None:
    icon = label_icon(label)
    normal, selected = (
        icon.pixmap(12, 12, mode).toImage().pixelColor(6, 7).name()
        for mode in (QIcon.Mode.Normal, QIcon.Mode.Selected)
    )
    assert normal == selected == LABEL_FILL[label].lower()


@pytest.mark.parametrize(("palette", "colors"), [(light_palette, LIGHT), (dark_palette, DARK)])
def test_a_sign_in_a_selected_row_stands_on_the_ground_of_the_others(
    qapp: QApplication, palette: Callable[[], QPalette], colors: Theme
) -> None:
    before = qapp.palette()
    qapp.setPalette(palette())
    try:
        sign = label_icon(Label.GOOD).pixmap(12, 12, QIcon.Mode.Selected).toImage()
    finally:
        qapp.setPalette(before)
    assert sign.pixelColor(1, 1).name() == colors.base.lower()


def test_the_tip_of_a_label_says_which_one_phy_saved() -> None:
    table = table_of({"nSpikes": [500.0, 500.0]}, phy_group=np.array(["noise", "good"], object))
    model = model_of(table)
    for key in ("label", "manual_label"):
        assert "phy: noise" in cell(model, 0, key, ROLE.ToolTipRole)
        assert "phy:" not in cell(model, 1, key, ROLE.ToolTipRole)


def test_the_tip_of_a_label_says_of_phys_what_why_says() -> None:
    """Seen: *phy: good* of a unit that was made NON-SOMA in both; and nothing of its field."""
    groups = {"phy_group": np.array(["good", "good"], object)}
    table = table_of({"nSpikes": [500.0, 500.0]}, **groups)
    phy = replace(unread(table.run), bcv_labels={1: "NON-SOMA"})
    said = replay([act(f"a{i}", i + 1, label="NON-SOMA", unit=i) for i in range(2)])
    one = again(table, phy=phy, said=said)
    shown_as = (one, 0), (Joined((table, one), ("A", "B")), 2)
    for shown, first in shown_as:
        model = model_of(shown, columns=("label", "manual_label"))
        for key in model.columns:
            assert "phy: good" in cell(model, first, key, ROLE.ToolTipRole)
            assert "phy:" not in cell(model, first + 1, key, ROLE.ToolTipRole)


def test_the_tip_of_a_row_in_italics_says_why_and_what_takes_that_away() -> None:
    # seen: purple italics after an undo in phy, which nothing explained
    model = model_of()
    model.set_news(np.array([1]))
    for key in ("label", "cluster_id", "nSpikes", "presenceRatio"):
        tip = cell(model, 1, key, ROLE.ToolTipRole)
        assert "In italics: changed from elsewhere (phy, another window or person" in tip
        assert "It may be as before by now: an undo there is a change, too." in tip
        assert "In italics" not in cell(model, 0, key, ROLE.ToolTipRole)
    assert next(c for c in COMMANDS if c.key == "refresh_order").shortcuts == ("R",)
