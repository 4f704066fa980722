"""The current unit is in sight, and named where a label would go, whatever changed the rows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QTableView
from qt_fixtures import WAIT_MS, click, current_id, press, settle, write_recording

from bcviewer.core.sheet.queue import QueueSpec
from bcviewer.frame.window import Window

# Most tests leave the window as no other may have it.
pytestmark = pytest.mark.slow


N = 300
COLUMNS: dict[str, Any] = {
    "presenceRatio": [(0.5 if i % 3 else 1.0) for i in range(N)],
    "nSpikes": [2400.0 + i for i in range(N)],
    "maxChannels": [float(i % 50) for i in range(N)],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_recording(tmp_path_factory.mktemp("sight") / "ks", COLUMNS, params_py=True)


@pytest.fixture
def window(shared_window: Any, folder: Path) -> Window:
    made: Window = shared_window(folder)
    made.session.set_sort("unit_index")
    press(made, "Home")
    return made


def type_filter(window: Window, text: str) -> None:
    press(window, "/")
    QTest.keyClicks(window.filter_bar.edit, f"{text} ")
    press(window, "Return")


def in_sight(window: Window) -> bool:
    """Whether the current unit's row is wholly on screen, in both parts of the table."""
    table = window.unit_table
    index = table.currentIndex()
    frozen = window.findChild(QTableView, "unitTable.frozen")
    assert index.isValid()
    whole = table.viewport().rect()
    seen = [
        view.visualRect(index.siblingAtColumn(view.shown_sections()[0])) for view in (table, frozen)
    ]
    assert seen[0].y() == seen[1].y(), "the frozen part stands beside its own rows"
    return whole.top() <= seen[0].top() and seen[0].bottom() <= whole.bottom()


def click_header(window: Window, key: str) -> None:
    header = window.unit_table.horizontalHeader()
    section = window.unit_table.unit_model.columns.index(key)
    x = header.sectionViewportPosition(section) + header.sectionSize(section) // 2
    click(header.viewport(), QPoint(x, header.height() // 2))


def filtered_then_all(window: Window) -> None:
    type_filter(window, "cluster_id > 200")
    press(window, "End", "Esc")


def filtered_from_below(window: Window) -> None:
    press(window, "End", "Up")
    type_filter(window, "cluster_id in (3, 298)")
    press(window, "Esc")


def out_of_a_queue(window: Window) -> None:
    window.session.set_queue(QueueSpec("random", 20, seed=3))
    press(window, "End")
    window.session.set_queue(None)


def by_a_header(window: Window) -> None:
    click_header(window, "cluster_id")
    click_header(window, "cluster_id")


def by_a_key(window: Window) -> None:
    press(window, "D")


def by_another_order(window: Window) -> None:
    press(window, "End")
    window.session.set_sort("attention")


def by_columns(window: Window) -> None:
    press(window, "End")
    window.unit_table.set_shown_columns(["label", "cluster_id", "nSpikes"])


WAYS: tuple[Callable[[Window], None], ...] = (
    filtered_then_all,
    filtered_from_below,
    out_of_a_queue,
    by_a_header,
    by_a_key,
    by_another_order,
    by_columns,
)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_the_current_unit_stays_in_sight(window: Window, way: Callable[[Window], None]) -> None:
    """Seen: the label key after `depth < 100`, End, Esc went to a unit that nobody saw."""
    before = current_id(window)
    way(window)
    assert current_id(window) is not None
    assert in_sight(window), before
    settle()
    assert in_sight(window)


def test_the_bar_names_whom_a_label_goes_to(window: Window) -> None:
    whom = window.curate_bar.findChild(QLabel, "labelGoesTo")
    for _ in range(3):  # whatever is on screen
        press(window, "Down")
        assert whom.isVisible()
        assert whom.text() == f"unit {current_id(window)}"
    press(window, "Shift+Down", "Shift+Down")
    assert whom.text() == "3 units"
    press(window, "Alt+M")
    assert window.curate_bar.done.text().startswith("MUA → 3 units")
    assert whom.text() == "unit 6"
    type_filter(window, "nSpikes < 0")
    assert whom.isHidden(), "no unit is shown: a key does nothing"


def test_a_smaller_window_or_larger_letters_leave_it_in_sight(window: Window) -> None:
    table = window.unit_table
    press(window, "End")
    window.resize(window.width(), window.height() - 200)
    settle()
    assert in_sight(window)
    window.session.set_current(150)
    font = table.font()
    font.setPointSizeF(font.pointSizeF() * 2)
    table.setFont(font)
    settle()
    seen = in_sight(window)
    table.setFont(window.font())
    assert seen


def test_what_the_hand_scrolled_away_stays_away(window: Window) -> None:
    """The wheel is the person's own act: a window that is made smaller does not undo it."""
    bar = window.unit_table.verticalScrollBar()
    bar.setValue(bar.maximum() // 2)
    before = bar.value()
    window.resize(window.width(), window.height() - 50)
    settle()
    assert bar.value() == before
    press(window, "Down")
    assert in_sight(window)


def test_another_probe_and_a_queue_that_was_left_there(open_window: Any, tmp_path: Path) -> None:
    """Seen: a blind queue was left, the program started anew, Ctrl+3: the first row was no row."""
    top = tmp_path / "rec" / "s1" / "bombcell" / "bombcell_DEFAULT"
    for probe in "AB":
        write_recording(top / f"kilosort4_{probe}", COLUMNS, params_py=True)
    (tmp_path / "rec" / "recording_config.json").write_text(
        '{"recording_name": "s1", "recordings_root": ".", "np20_probes": [],'
        ' "probe_stream_names": {"A": "x", "B": "y"}}'
    )
    window = open_window(tmp_path / "rec" / "recording_config.json")
    session = window.session
    press(window, "Ctrl+2")
    assert session.wait_idle(WAIT_MS)
    session.set_queue(QueueSpec("random", 40, seed=2, blind=True))
    press(window, "End")
    session.set_queue(None)
    for key in ("Ctrl+1", "Ctrl+2"):
        press(window, "End", key)
        assert session.wait_idle(WAIT_MS)
        settle()
        assert in_sight(window), key


def test_the_first_label_and_the_first_note_take_nothing_from_the_reason(window: Window) -> None:
    """Seen at 1440: the column *manual* came, the reason was “unde…”, and a scroll bar came."""
    table, bar = window.unit_table, window.unit_table.horizontalScrollBar()
    window.resize(1440, 900)
    settle()
    reason = table.unit_model.columns.index("reason")
    wide = table.columnWidth(reason)
    least = 16 * table.fontMetrics().averageCharWidth()
    assert (wide >= least, bar.maximum()) == (True, 0)
    press(window, "Alt+M", "T")
    QTest.keyClicks(window.curate_bar.edit, "drifts")
    press(window, "Return")
    settle()
    assert table.columnWidth(reason) >= min(wide, least)
    assert bar.maximum() == 0
    label = table.unit_model.index(1, table.unit_model.columns.index("label"))
    assert "note: drifts" in label.data(Qt.ItemDataRole.ToolTipRole)
