"""After any acts the screen is as if all were painted anew: no more is painted than differs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from paint_recorder import PaintRecorder
from PySide6.QtCore import QEvent, QEventLoop, QPoint, QTimer
from PySide6.QtWidgets import QApplication, QGraphicsView, QWidget
from qt_fixtures import settle
from screens import at_rest, on_screen, paint_all

from bcviewer.app.wishes import EndQueue, GoTo, Queue, ResumeQueue, ShowBeside
from bcviewer.core.rules.labels import Label
from bcviewer.core.sheet.parts import SHOWN_SOURCES
from bcviewer.core.sheet.queue import QueueSpec
from bcviewer.frame.window import Window
from bcviewer.widgets.drawing.painting import Curtain

# Each example paints the whole window several times.
pytestmark = [pytest.mark.slow, pytest.mark.long]

LABELS = (Label.GOOD, Label.MUA, Label.NOISE, Label.NON_SOMA, None)
FRAME = 8
PLACE = st.integers(0, 14)
ACT = st.one_of(
    st.tuples(st.just("step"), st.sampled_from((-3, -1, 1, 2))),
    st.tuples(st.just("go"), PLACE),
    st.tuples(st.just("label"), st.sampled_from(LABELS)),
    st.tuples(st.just("note"), st.sampled_from(("", "see phy"))),
    st.tuples(st.just("select"), st.lists(PLACE, min_size=1, max_size=4, unique=True)),
    st.tuples(st.just("undo"), st.none()),
    st.tuples(st.just("redo"), st.none()),
    st.tuples(st.just("sort"), st.sampled_from(("attention", "nSpikes", "label", "manual_label"))),
    st.tuples(st.just("chip"), st.sampled_from(("borderline", "sole_blocker", "disagreement"))),
    st.tuples(st.just("all"), st.none()),
    st.tuples(st.just("source"), st.sampled_from(SHOWN_SOURCES)),
    st.tuples(st.just("unsaved"), st.dictionaries(PLACE, st.sampled_from(("noise", "good")))),
    st.tuples(st.just("focus"), st.booleans()),
    st.tuples(st.just("blind"), st.booleans()),
    st.tuples(st.just("raise"), st.sampled_from(("similar", "correlogram", "thresholds", "why"))),
    st.tuples(st.just("layout"), st.sampled_from(("unit", "overview", "metrics", "curate"))),
    st.tuples(st.just("dock"), st.sampled_from(("similar", "thresholds", "waveform"))),
    st.tuples(st.just("reload"), st.none()),
    st.tuples(st.just("wide"), st.sampled_from((900, 1100))),
    st.tuples(st.just("down"), st.integers(0, 60)),
    st.tuples(st.just("across"), st.integers(0, 300)),
)


@pytest.fixture
def window(shared_window: Any) -> Iterator[Window]:
    window = shared_window("demo")
    window.resize(900, 420)  # rows and columns are out of sight
    window.session.go_to_place(0)
    window.unit_table.setFocus()  # no caret blinks
    yield window
    for act in (("blind", False), ("all", None), ("source", "bombcell"), ("layout", "unit")):
        do(window, act)
    settle()


def do(window: Window, act: tuple[str, Any]) -> None:
    """Do what a person, or a phy, does."""
    (kind, what), session, table = act, window.session, window.unit_table
    n = len(session.view.rows)
    match kind:
        case "step":
            session.step(what)
        case "go" if what < n:
            session.go_to_place(what)
        case "label":
            session.set_label(what)
        case "note":
            session.set_note(what)
        case "select":
            places = [p for p in what if p < n]
            rows = session.view.rows[places]
            if places:
                session.viewing.marking.mark(int(rows[0]), np.sort(rows))
        case "undo":
            session.undo()
        case "redo":
            session.redo()
        case "sort":
            session.set_sort(what, descending=session.sort.column == what)
        case "chip":
            session.toggle_chip(what)
        case "all":
            session.clear_filter()
        case "source":
            session.set_label_source(what)
        case "unsaved":
            ids = session.scene.sheet.ids.cluster_id
            words = {int(ids[i]): f"unsaved in phy: group {word}" for i, word in what.items()}
            session.background.show_unsaved(session.scene.run, words, {})
        case "blind" if what:
            there = session.scene.review is not None  # another one in its place is asked about
            window.wires.grant(ResumeQueue() if there else Queue(QueueSpec(blind=True)))
        case "blind":
            window.wires.grant(EndQueue())
        case "raise":
            window.docked.show(what)
        case "layout":
            window.show_layout(what)
        case "dock":
            window.docks[what].setVisible(window.docks[what].isHidden())
        case "reload":
            session.reload()
        case "wide":
            window.resize(what, 420)
        case "focus":
            table.setFocus() if what else table.clearFocus()
        case "down" | "across":
            bar = table.verticalScrollBar() if kind == "down" else table.horizontalScrollBar()
            bar.setValue(min(what, bar.maximum()))


def in_turns(window: Window, acts: list[tuple[str, Any]], apart_ms: int) -> None:
    """Do acts in turns of a running loop: panels draw in turns of their own between them."""
    loop, left = QEventLoop(), list(acts)

    def turn() -> None:
        if not left:
            loop.quit()
            return
        do(window, left.pop(0))
        QTimer.singleShot(apart_ms, turn)

    QTimer.singleShot(0, turn)
    loop.exec()


def drawn(window: Window) -> dict[str, np.ndarray]:
    """Return what is on the screen of the table and of each panel."""
    parts: dict[str, QWidget] = {key: p for key, p in window.panels.items() if p.seen}
    screen, out = on_screen(window), {}
    for key, part in {"table": window.unit_table, **parts}.items():
        left = part.mapTo(window, QPoint(0, 0))
        across = slice(left.x(), left.x() + part.width())
        out[key] = screen[left.y() : left.y() + part.height(), across]
    return out


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@example(
    acts=[("label", Label.MUA), ("undo", None), ("source", "final"), ("label", Label.NOISE)],
    apart_ms=0,
)
@example(acts=[("unsaved", {0: "noise", 3: "good"}), ("step", 1), ("unsaved", {})], apart_ms=2)
@example(
    acts=[("chip", "borderline"), ("label", Label.GOOD), ("all", None), ("down", 40)], apart_ms=30
)
@example(acts=[("step", 1)] * 6 + [("blind", True), ("step", 1), ("blind", False)], apart_ms=0)
@example(acts=[("layout", "metrics"), ("step", 1), ("layout", "unit"), ("step", 1)], apart_ms=0)
@example(acts=[("layout", "overview"), ("blind", True), ("blind", False)], apart_ms=0)
@example(acts=[("layout", "metrics"), ("wide", 1100), ("reload", None)], apart_ms=2)
@example(acts=[("step", 1), ("raise", "similar"), ("step", 1), ("raise", "waveform")], apart_ms=0)
@given(acts=st.lists(ACT, min_size=2, max_size=8), apart_ms=st.sampled_from((0, 2, 30)))
def test_what_is_on_screen_is_what_would_be_painted_anew(
    window: Window, acts: list[tuple[str, Any]], apart_ms: int
) -> None:
    in_turns(window, acts, apart_ms)
    at_rest(window)
    assert all(p.updatesEnabled() for p in window.panels.values()), "none is held"
    assert not any(curtain.is_down for curtain in window.findChildren(Curtain))
    assert not window.viewers.busy, "idle is when every panel has drawn"
    scene = window.session.scene
    behind = [
        key for key, p in window.panels.items() if p.seen and scene.differs(p.scene, *p.parts)
    ]
    assert not behind
    shown = drawn(window)
    assert len(np.unique(shown["table"])) > 20, "something is there"
    paint_all(window)
    anew = drawn(window)
    wrong = {key: int((shown[key] != anew[key]).sum()) for key in shown}
    # a corner of the current cell's frame is smoothed otherwise where it came in by scrolling
    assert {key: n for key, n in wrong.items() if n > FRAME * (key == "table")} == {}, acts


def test_a_glance_at_another_program_paints_no_plot(window: Window) -> None:
    window.show_layout("evidence")
    for _ in range(20):  # what the acts before left to be painted is no glance's
        with PaintRecorder(window) as still:
            at_rest(window)
        if not still.frames:
            break
    views = window.findChildren(QGraphicsView)
    assert len(views) > 3
    with PaintRecorder(window) as recorder:
        for kind in (QEvent.Type.WindowDeactivate, QEvent.Type.WindowActivate):
            for view in views:
                for target in (view, view.viewport()):
                    QApplication.sendEvent(target, QEvent(kind))
            settle()
    assert not recorder.frames
    window.show_layout("unit")


def test_a_click_on_what_is_of_the_unit_before_is_not_granted_for_this_one(window: Window) -> None:
    """A panel may draw a turn after the table: until then it shows another unit."""
    window.docked.show("similar")
    at_rest(window)
    panel, granted = window.panels["similar"], []
    session = window.session
    scenes: list[bool] = []

    def click() -> None:
        session.step(1)
        scenes.append(panel.scene.current != session.current)
        assert window.panels["why"].scene is session.scene, "the verdict is the table's unit's"
        panel.wish.emit(ShowBeside(1))
        granted.append(session.scene.beside.place)
        panel.wish.emit(GoTo(int(session.view.rows[5])))  # it says itself whom it means
        granted.append(session.current)
        QTimer.singleShot(0, leave)

    def leave() -> None:
        if window.viewers.busy:
            QTimer.singleShot(0, leave)
            return
        panel.wish.emit(ShowBeside(1))
        loop.quit()

    loop = QEventLoop()
    before = session.scene.beside.place
    QTimer.singleShot(0, click)
    loop.exec()
    assert scenes == [True]
    assert granted == [before, int(session.view.rows[5])]
    assert session.scene.beside.place == 1
