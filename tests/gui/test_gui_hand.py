"""The hand must not slip: what a key changes is what is highlighted, and nothing else moves it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dice import examples
from factories import again, shared_data
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QToolButton, QWidget
from qt_fixtures import (
    WAIT_MS,
    click,
    click_unit,
    current_id,
    press,
    settle,
    shown_ids,
    verified_as,
    write_recording,
)

from bcviewer.app.save_state import Done, Journals
from bcviewer.app.wishes import GoTo, Select
from bcviewer.core.curation.entries import LABEL, Action, Change, Who
from bcviewer.core.curation.said_columns import NO_LABEL, orphans
from bcviewer.core.curation.times import time_text
from bcviewer.core.rules.labels import LABEL_NAMES, Label
from bcviewer.core.run.unit_ids import NO_ID
from bcviewer.core.sheet.queue import QueueSpec
from bcviewer.frame.window import Window
from bcviewer.io.journal.store import JournalsRead
from bcviewer.io.results.tables import read_table
from bcviewer.widgets.curate import label_buttons

# Most tests leave the window as no other may have it.
pytestmark = pytest.mark.slow


N = 10
COLUMNS: dict[str, Any] = {
    "presenceRatio": [1.0, 0.6, 1.0, 0.5, 1.0, 0.4, 1.0, 0.3, 0.2, 1.0],
    "nSpikes": [2400.0 - 10 * i for i in range(N)],
    "maxChannels": [float(i % 7) for i in range(N)],
}
SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_recording(tmp_path_factory.mktemp("hand") / "ks", COLUMNS, params_py=True)


@pytest.fixture
def window(shared_window: Any, folder: Path) -> Window:
    made: Window = shared_window(folder)
    made.session.set_sort("unit_index")
    press(made, "Home")
    assert current_id(made) == 0
    return made


def labels(window: Window) -> dict[int, int]:
    """Return the manual labels by row of the run."""
    codes = window.session.table.manual.labels
    return {int(row): int(codes[row]) for row in np.flatnonzero(codes != NO_LABEL)}


def highlighted(window: Window) -> list[int]:
    """Return the rows of the run that Qt itself highlights in the table."""
    table = window.unit_table
    model: QItemSelectionModel = table.selectionModel()
    places = sorted({index.row() for index in model.selectedIndexes()})
    return sorted(table.unit_model.unit_rows(places).tolist())


def said(window: Window) -> str:
    return window.status.currentMessage()


def type_filter(window: Window, text: str) -> None:
    press(window, "/")
    QTest.keyClicks(window.filter_bar.edit, f"{text} ")
    press(window, "Return")


def colleague(window: Window, labels: dict[int, str | None]) -> None:
    """Let a colleague's labels arrive, as the journals tell it."""
    curation = window.session.curation
    changes = tuple(Change(i, LABEL, None, label) for i, label in labels.items())
    action = Action(
        f"c{len(curation.state.actions)}",
        time_text(datetime.now(UTC)),
        Who("colleague", "lab", "1"),
        "label",
        changes,
    )
    curation.journals.arrived.emit(JournalsRead((action,)))


def offer(window: Window) -> QToolButton:
    button = window.findChild(QToolButton, "refreshOrder")
    assert button is not None
    return button


# -- a label goes to what is highlighted -----------------------------------------------------


def test_a_hidden_unit_is_never_labelled(window: Window) -> None:
    """Seen: with one unit current, filter to two others, Ctrl+A, Alt+M labelled the hidden one."""
    press(window, "End")
    type_filter(window, "cluster_id in (3, 5)")
    assert current_id(window) == 3, "the first one shown"
    press(window, "Ctrl+A", "Alt+M")
    assert labels(window) == {3: Label.MUA, 5: Label.MUA}


def test_the_plots_follow_where_the_filter_hides_the_current_unit(window: Window) -> None:
    press(window, "Ctrl+A")
    type_filter(window, "presenceRatio < 0.7 and cluster_id > 1")
    assert highlighted(window) == [3]
    assert window.panels["why"].findChild(QWidget, "whyUnit").text() == "unit 3"
    assert window.curate_bar.findChild(QLabel, "labelGoesTo").text() == "unit 3"
    press(window, "Esc")
    assert highlighted(window) == [3], "what was hidden is not highlighted again"


def test_where_nothing_is_shown_the_keys_say_so_and_do_nothing(window: Window) -> None:
    type_filter(window, "nSpikes < 0")
    assert current_id(window) is None
    assert highlighted(window) == []
    QGuiApplication.clipboard().setText("before")
    for key in ("Alt+G", "T", "N", "O", "Ctrl+C", "Ctrl+Shift+C", "Ctrl+E"):
        window.status.clearMessage()
        press(window, key)
        assert said(window) == "No unit is shown.", key
        press(window, *["Esc"] * window.curate_bar.writing)  # a line that takes what is typed
    for name in ("open_in_phy", "export_selected", "export_shown", "accept"):
        window.status.clearMessage()
        window.actions_by_key.by_key[name].trigger()
        assert said(window) == "No unit is shown.", name
    assert labels(window) == {}
    assert not window.curate_bar.writing
    assert QGuiApplication.clipboard().text() == "before"


def test_the_last_highlighted_unit_cannot_be_taken_out(window: Window) -> None:
    click_unit(window, 4)
    click_unit(window, 4, CTRL)
    assert highlighted(window) == [4]
    click_unit(window, 6, SHIFT)
    click_unit(window, 6, CTRL)
    assert highlighted(window) == [4, 5]
    assert window.session.current in (4, 5)
    viewport = window.unit_table.viewport()
    click(viewport, viewport.rect().bottomRight())  # below the last row
    assert highlighted(window) == sorted(window.session.selected.tolist()) != []


def test_going_to_a_hidden_unit_leaves_the_highlighted_one(window: Window) -> None:
    type_filter(window, "cluster_id in (3, 5)")
    press(window, "Ctrl+G")
    QTest.keyClicks(window.filter_bar.go_to, "7")
    press(window, "Return")
    assert highlighted(window) == [3]
    assert "hides this unit; Esc" in said(window)
    press(window, "Alt+M")
    assert labels(window) == {3: Label.MUA}
    press(window, "Ctrl+G")
    QTest.keyClicks(window.filter_bar.go_to, "7")
    press(window, "Return", "Esc")
    assert highlighted(window) == [7], "Esc shows it"


# -- the end of the rows -----------------------------------------------------------------------


def test_a_key_too_many_at_the_end_overwrites_no_label_unasked(window: Window) -> None:
    press(window, "End", "Alt+M")
    assert said(window) == "This is the last unit shown."
    press(window, "Alt+M")
    assert labels(window) == {N - 1: Label.MUA}
    press(window, "Alt+N")
    assert labels(window) == {N - 1: Label.MUA}
    asked = "No unit follows, and unit 9 was labelled MUA just now: not changed."
    assert said(window) == f"{asked} The same key again gives NOISE."
    press(window, "Alt+G")
    assert said(window) == f"{asked} The same key again gives GOOD.", "the same key, no other"
    press(window, "Alt+G")
    assert labels(window) == {N - 1: Label.GOOD}
    press(window, "Ctrl+Z")
    assert labels(window) == {N - 1: Label.MUA}
    press(window, "Alt+N")
    assert labels(window) == {N - 1: Label.NOISE}, "undone by hand: it is looked at"


def test_after_a_move_the_last_unit_is_labelled_anew(window: Window) -> None:
    press(window, "End", "Alt+M", "Up", "Down", "Alt+N")
    assert labels(window) == {N - 1: Label.NOISE}
    press(window, "Alt+U", "Alt+G")
    assert labels(window) == {N - 1: Label.GOOD}, "cleared: there is nothing to lose"
    window.session.undo()
    press(window, "Home")
    window.session.set_label(Label.GOOD)
    assert window.session.current == 1, "only the end is special"


def test_the_end_of_a_queue_is_an_end(window: Window) -> None:
    window.session.set_queue(QueueSpec("random", 2, seed=1))
    press(window, "Alt+M", "Alt+M")
    assert said(window) == "The queue is done: 2 of 2."
    was = labels(window)
    press(window, "Alt+N")
    assert labels(window) == was
    assert "not changed" in said(window)


# -- after a label ---------------------------------------------------------------------------


def test_after_a_label_comes_the_unit_that_followed(window: Window) -> None:
    type_filter(window, "not reviewed")
    press(window, "Down", "Down", "Alt+M")
    assert current_id(window) == 3
    assert 2 not in shown_ids(window), "the curator's own label takes the row away"
    press(window, "Alt+M", "Alt+G")
    assert current_id(window) == 5
    press(window, "End", "Alt+N")
    assert current_id(window) == 8, "behind the last one there is the one before"
    press(window, "Ctrl+Z")
    assert current_id(window) == 9
    assert 9 in shown_ids(window)


def test_the_row_that_followed_also_without_going_on(window: Window) -> None:
    window.actions_by_key.by_key["advance"].trigger()
    type_filter(window, "not reviewed")
    press(window, "Down", "Shift+Down", "Alt+M")
    assert labels(window) == {1: Label.MUA, 2: Label.MUA}
    assert highlighted(window) == [3]


def test_the_bar_names_what_was_done_and_takes_it_back(
    qtbot: Any, window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    done, undo = window.curate_bar.done, window.curate_bar.undo
    assert done.isHidden()
    assert undo.isHidden()
    press(window, "Alt+M")
    assert done.isVisible()
    assert done.text() == "MUA → unit 0 ·"
    press(window, "Alt+U")
    assert window.status.currentMessage() == "Unit 1 has no label."
    press(window, "Up", "Alt+M")
    assert done.text() == "unit 0: MUA already"
    assert undo.isHidden()
    press(window, "Ctrl+A", "Alt+N")
    assert done.text() == "NOISE → 10 units (1 was MUA) ·"
    click(undo, undo.rect().center())
    assert labels(window) == {0: Label.MUA}
    assert done.isHidden()
    monkeypatch.setattr(window.curate_bar.just._while, "interval", lambda: 0)
    assert window.curate_bar.just._while.isSingleShot()
    assert label_buttons.DONE_MS == 3000
    window.curate_bar.just._while.setInterval(1)
    press(window, "Alt+G")
    qtbot.waitUntil(done.isHidden, timeout=WAIT_MS)


def test_the_bars_undo_takes_back_nothing_else(window: Window) -> None:
    press(window, "Alt+M")
    window.session.curation.set_label([7], Label.NOISE)  # another window of the same person
    assert window.curate_bar.undo.isHidden(), "what it would take back is not the last any more"
    window.curate_bar.undo.click()
    window.session.labelling.undo_done(Done("MUA → unit 0", "an older one"))
    assert labels(window) == {0: Label.MUA, 7: Label.NOISE}
    assert "Something else was said since" in said(window)


def test_what_is_undone_is_not_offered_to_be_undone(window: Window) -> None:
    """Seen: after Alt+M and Ctrl+Z the bar still said “MUA → unit 0 · undo”."""
    done, undo = window.curate_bar.done, window.curate_bar.undo
    press(window, "Alt+G", "Alt+M", "Ctrl+Z")
    assert labels(window) == {0: Label.GOOD}
    assert done.isHidden()
    assert undo.isHidden()
    undo.click()  # a click that was under way
    assert labels(window) == {0: Label.GOOD}, "not the action before it"
    press(window, "Alt+U", "Ctrl+Z")
    assert done.isHidden(), "“cleared already” is over, too"
    press(window, "Ctrl+Y", "Alt+N")
    assert done.isVisible()
    assert undo.isVisible()


# -- what arrives from elsewhere -------------------------------------------------------------


def test_a_colleagues_label_moves_nothing_and_is_offered(window: Window) -> None:
    type_filter(window, "not reviewed")
    press(window, "Down", "Down")
    before = shown_ids(window)
    assert offer(window).isHidden()
    colleague(window, {2: "GOOD", 4: "MUA"})
    assert shown_ids(window) == before
    assert highlighted(window) == [2]
    assert labels(window) == {2: Label.GOOD, 4: Label.MUA}
    assert offer(window).isVisible()
    assert window.session.scene.arrived.rows.tolist() == [2, 4]
    model = window.unit_table.unit_model
    assert [model.cell(i, 1).is_news for i in (3, 4)] == [False, True]
    press(window, "Alt+N")  # one's own label takes only one's own row away
    assert shown_ids(window) == [i for i in before if i != 2]
    assert current_id(window) == 3
    press(window, "Down")
    assert window.session.scene.arrived.rows.tolist() == [], "2 was labelled, 4 was looked at"
    press(window, "R")
    assert shown_ids(window) == [i for i in before if i not in (2, 4)]
    assert current_id(window) == 5, "the one that followed"
    assert offer(window).isHidden()
    assert len(window.session.scene.arrived.rows) == 0


def test_a_label_that_moves_nothing_is_only_marked_and_the_offer_is_clicked(
    window: Window,
) -> None:
    colleague(window, {4: "MUA"})
    assert offer(window).isHidden()
    assert window.session.scene.arrived.rows.tolist() == [4]
    press(window, "D")
    assert len(window.session.scene.arrived.rows) == 0
    colleague(window, {4: None})
    press(window, "Home")
    window.session.set_sort("manual_label")
    colleague(window, {9: "GOOD"})
    current = current_id(window)
    assert shown_ids(window)[0] != 9
    click(offer(window), offer(window).rect().center())
    assert shown_ids(window)[0] == 9
    assert current_id(window) == current
    assert window.focusWidget() is window.unit_table


def test_a_finished_verification_moves_nothing(window: Window) -> None:
    type_filter(window, "label == 'GOOD'")
    press(window, "Ctrl+A")
    before, chosen = shown_ids(window), highlighted(window)
    table = window.session.table
    codes = table.audit.label.copy()
    codes[[0, 1]] = Label.NOISE
    answer = type("Answer", (), {"codes": codes, "status": "verified", "version": "", "why": ""})
    verified_as(window.session, answer())
    assert (shown_ids(window), highlighted(window)) == (before, chosen)
    assert window.session.scene.arrived.rows.tolist() == [0, 1]
    assert offer(window).isVisible()
    window.session.viewing.rows.refresh_order()
    assert shown_ids(window) == [i for i in before if i != 0]
    assert highlighted(window) == [2], "the one that followed"
    press(window, "Down", "Shift+Down")
    chosen = highlighted(window)
    window.session.set_label_source("split")
    assert highlighted(window) == chosen


# -- other runs ------------------------------------------------------------------------------


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """Return a recording of two probes, in two run modes each."""
    top = tmp_path / "rec"
    for mode, ids in (("DEFAULT", None), ("NP2.0", list(range(N))[::-1])):
        for probe in "AB":
            columns = dict(COLUMNS)
            if ids is not None:
                columns = {key: value[::-1] for key, value in COLUMNS.items()}
            folder = top / "s1" / "bombcell" / f"bombcell_{mode}" / f"kilosort4_{probe}"
            write_recording(folder, columns, ids=ids)
    (top / "recording_config.json").write_text(
        '{"recording_name": "s1", "recordings_root": ".", "np20_probes": ["A", "B"],'
        ' "probe_stream_names": {"A": "x", "B": "y"}}'
    )
    return top / "recording_config.json"


def other_mode(window: Window) -> int:
    catalogue = window.session.catalogue
    here = catalogue.location
    return next(
        i
        for i, place in enumerate(catalogue.locations)
        if place.probe == here.probe and place.mode != here.mode
    )


def test_another_run_mode_keeps_the_unit_by_its_id(open_window: Any, recording: Path) -> None:
    window = open_window(recording)
    session = window.session
    session.go_to_id(6)
    row = session.current
    session.open_location(other_mode(window))
    assert session.wait_idle(WAIT_MS)
    assert session.current != row
    assert current_id(window) == 6
    assert len(highlighted(window)) == 1
    press(window, "F5")
    assert session.wait_idle(WAIT_MS)
    assert current_id(window) == 6
    for unit in (4, 6, 8):
        session.go_to_id(unit)
        session.set_label(Label.MUA)
    session.set_filter("reviewed")  # known only once the journals are read
    session.go_to_id(6)
    press(window, "F5")
    assert session.wait_idle(WAIT_MS)
    assert current_id(window) == 6
    assert sorted(shown_ids(window)) == [4, 6, 8]
    session.set_filter("")
    press(window, "Ctrl+2")
    assert session.wait_idle(WAIT_MS)
    assert current_id(window) == shown_ids(window)[0], "another probe has other units"


# -- rows without an id ----------------------------------------------------------------------


@pytest.fixture
def nameless(open_window: Any, tmp_path: Path) -> Window:
    ids = [0.0, 1.0, float("nan"), 3.0, float("nan"), *range(5, N)]
    window = open_window(write_recording(tmp_path / "ks", COLUMNS, ids=ids, params_py=True))
    window.session.set_sort("unit_index")
    press(window, "Home")
    return window


def test_rows_without_an_id_take_no_label_and_share_none(nameless: Window) -> None:
    window, model = nameless, nameless.unit_table.unit_model
    column = model.columns.index("cluster_id")
    assert [model.index(i, column).data() for i in (1, 2, 4)] == ["1", "–", "–"]
    words = "this row has no id: nothing can be said about it"
    assert words in model.index(2, column).data(Qt.ItemDataRole.ToolTipRole)
    press(window, "Down", "Down")
    assert window.session.current == 2
    for key in ("Alt+M", "Alt+U", "T"):
        window.status.clearMessage()
        press(window, key)
        assert said(window) == "This row has no id: nothing can be said about it."
    press(window, "Esc")
    assert window.session.current == 2
    assert labels(window) == {}
    assert window.panels["why"].findChild(QWidget, "whyUnit").text() == "row 2 (no id)"
    assert words in window.panels["why"].text()
    assert window.curate_bar._label.text() == "no id"
    assert not window.curate_bar.writing
    press(window, "Ctrl+Shift+C")
    assert QGuiApplication.clipboard().text() == ""


def test_what_was_said_of_an_act_goes_with_the_next_one(nameless: Window) -> None:
    """Whatever is done next, by key, click or menu: its own message is shown, or none."""
    window = nameless
    words = "This row has no id: nothing can be said about it."

    def again() -> None:
        window.session.set_current(2)
        press(window, "Alt+M")
        assert said(window) == words

    nexts = {
        "a step": lambda: press(window, "Down"),
        "a filter": lambda: press(window, "1"),
        "a sort": lambda: window.unit_table.sort_chosen.emit("nSpikes", True),
        "a click": lambda: click_unit(window, 0),
        "a menu": window.actions_by_key.by_key["next_unit"].trigger,
        "a plot": lambda: window.wires.grant(GoTo(0)),
    }
    for name, act in nexts.items():
        window.session.clear_filter()
        again()
        act()
        assert said(window) == "", name
    window.session.clear_filter()
    window.session.set_current(0)
    press(window, "Alt+M", "Ctrl+Z")
    assert said(window).startswith("Undid MUA for unit 0")
    press(window, "Down")
    assert said(window) == ""
    window.session.curation.told.emit("news from elsewhere")
    press(window, "Down")
    assert said(window) == "news from elsewhere", "nobody's own act: it stays its time"


def test_of_many_those_with_an_id_are_labelled(nameless: Window) -> None:
    window = nameless
    press(window, "Ctrl+A")
    assert window.curate_bar.findChild(QLabel, "labelGoesTo").text() == "8 units"
    press(window, "Alt+N")
    assert sorted(labels(window)) == [0, 1, 3, *range(5, N)]
    assert window.curate_bar.done.text() == "NOISE → 8 units (2 without an id left out) ·"
    assert NO_ID not in window.session.curation.state.units
    press(window, "Ctrl+Shift+C")
    assert QGuiApplication.clipboard().text() == "0 1 3 5 6 7 8 9"
    window.session.undo()
    window.session.accept_bombcell()
    assert sorted(labels(window)) == [0, 1, 3, *range(5, N)]


def test_no_id_is_spoken_of_gone_to_filtered_for_or_queued(nameless: Window) -> None:
    session = nameless.session
    colleague(nameless, {NO_ID: "MUA", 3: "GOOD"})  # as older versions wrote
    assert labels(nameless) == {3: Label.GOOD}
    assert orphans(session.table.ids, session.curation.state) == []
    assert "No unit has the cluster id -1" in session.go_to_text("-1")
    session.set_filter("cluster_id < 0")
    assert session.view.n_shown == 0
    session.set_filter("missing(cluster_id)")
    assert session.view.rows.tolist() == [2, 4]
    session.clear_filter()
    session.set_queue(QueueSpec())
    assert set(session.view.rows.tolist()) == {0, 1, 3, *range(5, N)}


def test_a_unit_whose_row_has_lost_its_id_is_not_said_to_be_missing(nameless: Window) -> None:
    run = nameless.session.scene.run
    nameless.session.stage.become(journals=(Journals(run, (), (4,)),))
    settle()
    assert "1 unit whose id is on no row of these results: 4 (2 rows have no id)." in (
        nameless.banner.text
    )


def test_exports_write_an_empty_id(nameless: Window, tmp_path: Path) -> None:
    for name in ("units.csv", "units.parquet", "units.json"):
        nameless.actions_by_key.exports.export(np.arange(N), tmp_path / name)
    assert nameless.session.wait_idle(WAIT_MS)
    table = read_table(tmp_path / "units.csv")
    assert np.isnan(table.columns["cluster_id"]).nonzero()[0].tolist() == [2, 4]
    assert '"cluster_id": null' in (tmp_path / "units.json").read_text("utf-8")
    assert "-1" not in (tmp_path / "units.json").read_text("utf-8").split('"cluster_id"')[3][:8]
    read = read_table(tmp_path / "units.parquet")
    assert np.isnan(read.columns["cluster_id"].astype(float)).nonzero()[0].tolist() == [2, 4]


@pytest.mark.shared
@pytest.mark.skipif(shared_data() is None, reason="needs the shared recordings")
def test_a_field_recording_with_lost_ids(open_window: Any, tmp_path: Path) -> None:
    import runpy

    runpy.run_path(str(shared_data() / "make_field.py"))["lost_ids"](tmp_path)
    window = open_window(tmp_path / "kilosort4")
    run = window.session.table.run
    lost = np.flatnonzero(~run.ids.has_id).tolist()
    assert len(lost) == 2
    assert any("2 units without a usable cluster id" in str(issue) for issue in run.issues)
    for row in lost:
        window.session.set_current(row)
        assert window.session.wait_idle(WAIT_MS)
        why = window.panels["why"].text()
        assert "this row has no id: nothing can be said about it" in why
        for invented in ("no longer in phy", "phy had made it", "changed since", "−1", "-1:"):
            assert invented not in why
        waveform = window.panels["waveform"]
        assert waveform.seen
        assert waveform.cover.words.startswith("This row has no id")
        assert waveform.facts.facts == (), "nothing stays there of another unit"
    window.session.viewing.marking.mark(lost[0], np.array(lost))
    press(window, "Alt+M")
    assert labels(window) == {}


# -- any sequence ----------------------------------------------------------------------------

_KEYS = (
    *("Down", "Up", "Home", "End", "Space", "J", "K", "B", "N", "Shift+N", "O", "A", "D", "R"),
    *("Shift+Down", "Shift+Up", "Ctrl+Down", "Ctrl+Space", "Ctrl+A", "Esc", "1", "2", "3"),
    *("F2", "F3", "F7", "Ctrl+Z", "Ctrl+Y", "F5", "Ctrl+1", "Ctrl+2"),
)
_FILTERS = (
    *("cluster_id in (3, 5)", "not reviewed", "reviewed", "nSpikes < 0", "presenceRatio < 0.7"),
    *("label == 'MUA'", "manual_label == 'MUA'", "no such", "cluster_id > 4", ""),
)
_SORTS = ("nSpikes", "cluster_id", "manual_label", "attention", "presenceRatio")
_PLACES = st.integers(0, N - 1)
_SOME = st.lists(_PLACES, min_size=1, max_size=4)
_OPS = st.one_of(
    st.tuples(st.just("key"), st.sampled_from(_KEYS)),
    st.tuples(st.just("filter"), st.sampled_from(_FILTERS)),
    st.tuples(st.just("chip"), st.sampled_from(("sole_blocker", "borderline", "disagreement"))),
    st.tuples(st.just("sort"), st.sampled_from(_SORTS)),
    st.tuples(st.just("click"), st.tuples(_PLACES, st.sampled_from((None, SHIFT, CTRL)))),
    st.tuples(st.just("lasso"), _SOME),
    st.tuples(st.just("plot"), _PLACES),
    st.tuples(st.just("colleague"), _SOME),
    st.tuples(st.just("verified"), _SOME),
    st.tuples(st.just("mode"), st.none()),
    st.tuples(st.just("source"), st.sampled_from(("bombcell", "saved", "split", "final"))),
    st.tuples(st.just("queue"), st.sampled_from((3, None))),
    st.tuples(st.just("label"), st.sampled_from(("Alt+G", "Alt+M", "Alt+N", "Alt+S", "Alt+U"))),
)


class Hand:
    """Does to one window what a curator, and others, may do; checks what must always hold."""

    def __init__(self, window: Window) -> None:
        self.window, self.session, self.n_said = window, window.session, 0

    def key(self, key: str) -> None:
        press(self.window, key)
        if key in ("F5", "Ctrl+1", "Ctrl+2"):
            assert self.session.wait_idle(WAIT_MS)

    def filter(self, text: str) -> None:
        self.window.filter_bar.text_chosen.emit(text)

    def chip(self, name: str) -> None:
        self.window.actions_by_key.by_key[f"chip_{name}"].trigger()

    def sort(self, column: str) -> None:
        self.window.unit_table.sort_chosen.emit(column, self.session.sort.column == column)

    def click(self, what: tuple[int, Any]) -> None:
        place, modifiers = what
        if place < self.window.unit_table.unit_model.rowCount():
            click_unit(self.window, place, modifiers or Qt.KeyboardModifier.NoModifier)

    def lasso(self, rows: list[int]) -> None:
        self.window.wires.grant(Select(np.array(rows)))

    def plot(self, row: int) -> None:
        self.session.set_current(row)

    def colleague(self, rows: list[int]) -> None:
        before = self._look()
        self.n_said += 1
        colleague(self.window, dict.fromkeys(rows, ("GOOD", "MUA", None)[self.n_said % 3]))
        assert self._look() == before, "what arrives moves nothing"

    def verified(self, rows: list[int]) -> None:
        before = self._look()
        table = self.session.table
        codes = table.audit.label.copy()
        codes[rows] = Label.NOISE
        self.session.viewing.shown.show(again(table, codes), changed=np.array(rows))
        assert self._look() == before, "what arrives moves nothing"

    def mode(self, _: None) -> None:
        unit = self.session.current_id()
        self.session.open_location(other_mode(self.window))
        assert self.session.wait_idle(WAIT_MS)
        if unit in shown_ids(self.window):
            assert self.session.current_id() == unit

    def source(self, source: str) -> None:
        self.session.set_label_source(source)

    def queue(self, size: int | None) -> None:
        self.session.set_queue(None if size is None else QueueSpec("random", size, seed=1))

    def label(self, key: str) -> None:
        rows = highlighted(self.window)
        ids = set(self.session.table.ids.ids_of(np.array(rows, np.int64)).tolist())
        state = self.session.curation.state
        press(self.window, key)
        after = self.session.curation.state
        changed = {
            c.cluster_id
            for i in after.actions
            if i not in state.actions
            for c in after.actions[i].changes
        }
        assert changed <= ids, "a label goes to what is highlighted"
        nonsoma = LABEL_NAMES[self.window.actions_by_key.curate.nonsoma()]
        wanted = {"Alt+G": "GOOD", "Alt+M": "MUA", "Alt+N": "NOISE", "Alt+S": nonsoma}.get(key)
        assert all(after.value(i, LABEL) == wanted for i in ids)

    def _look(self) -> tuple[Any, ...]:
        return shown_ids(self.window), highlighted(self.window), self.session.current

    def check(self) -> None:
        session, table = self.session, self.window.unit_table
        rows = highlighted(self.window)
        assert rows == sorted(session.selected.tolist())
        assert table.current_unit() == session.current
        assert (session.current in rows) == bool(rows)
        assert bool(rows) == (session.view.n_shown > 0)
        assert table.unit_model.unit_rows(range(table.unit_model.rowCount())).tolist() == (
            session.view.rows.tolist()
        )

    def start(self) -> None:
        """Go back to where every sequence starts."""
        session = self.session
        session.set_queue(None)
        session.clear_filter()
        session.set_label_source("bombcell")
        session.set_sort("unit_index")
        self.check()


@pytest.fixture
def hand(open_window: Any, recording: Path) -> Hand:
    window: Window = open_window(recording)
    for key in list(window.docks):
        if key not in ("why", "review", "history"):
            window.docks[key].hide()
    return Hand(window)


@pytest.mark.hypothesis
def test_a_label_changes_exactly_what_is_highlighted(hand: Hand) -> None:
    """After any sequence of what a curator and others do."""

    @settings(
        max_examples=examples(30),
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(st.lists(_OPS, min_size=4, max_size=14))
    def sequence(ops: list[tuple[str, Any]]) -> None:
        hand.start()
        for name, argument in ops:
            doer: Callable[[Any], None] = getattr(hand, name)
            doer(argument)
            hand.check()
        hand.label("Alt+M")
        hand.check()

    sequence()
    settle()
