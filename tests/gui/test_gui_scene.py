"""Who is called when the scene becomes another one: each viewer once, and no torn picture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pyqtgraph as pg
import pytest
from curation_cases import act
from dice import examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import (
    QLabel,
    QProgressBar,
    QTableView,
    QTextBrowser,
    QToolButton,
    QWidget,
)
from qt_fixtures import WAIT_MS, press, settle, verified_as

from bcviewer.app.background.verifier import Verified
from bcviewer.app.background.wanted import UnitAt
from bcviewer.app.scene import Scene
from bcviewer.core.rules.labels import Label
from bcviewer.core.sheet.queue import QueueSpec
from bcviewer.frame.window import Window
from bcviewer.io.journal.store import JournalsRead
from bcviewer.oracle.client import Verification
from bcviewer.widgets.base.evidence_panel import EvidencePanel
from bcviewer.widgets.base.panel import Panel

LAYOUTS = ("unit", "overview", "metrics", "evidence", "curate", "recording")


@pytest.fixture
def window(shared_window: Any) -> Window:
    return shared_window("demo")


def see_all(window: Window) -> None:
    for layout in (*LAYOUTS, LAYOUTS[0]):
        window.show_layout(layout)
        assert window.session.wait_idle(WAIT_MS)
        settle()


@pytest.fixture
def full(shared_window: Any) -> Window:
    """A window whose panels were all seen."""
    return shared_window("demo", ready=see_all)


def watch(window: Window, then: Callable[[Any, Scene], None] | None = None) -> Counter[Any]:
    """Count the calls of each viewer from now on."""
    calls: Counter[Any] = Counter()

    def counted(viewer: Any) -> Callable[[Scene], None]:
        show = viewer.show_scene

        def call(scene: Scene) -> None:
            calls[viewer] += 1
            show(scene)
            if then is not None:
                then(viewer, scene)

        return call

    for viewer in window.viewers:
        viewer.show_scene = counted(viewer)
    return calls


def of_panels(calls: Counter[Any]) -> dict[str, int]:
    return {v.panel_id: n for v, n in calls.items() if isinstance(v, Panel)}


def seen(window: Window) -> set[str]:
    return {key for key, panel in window.panels.items() if panel.seen}


def wait_for_sizes(window: Window) -> None:
    """Wait until the panels have asked for what fits their size, and have it.

    A caption of another height gives its plot another size, at a later turn of the loop: it is
    quiet when nothing else was asked for in a whole round.
    """
    session = window.session
    asked: Any = None
    while asked != (asked := session.background.evidence._wanted.asks):
        settle()
        for panel in window.panels.values():
            panel.settle()
        assert session.wait_idle(WAIT_MS)
        settle()


@pytest.fixture
def release() -> Iterator[list[Window]]:
    """Take the counters away: they hold on to what they count."""
    windows: list[Window] = []
    yield windows
    for window in windows:
        for viewer in window.viewers:
            vars(viewer).pop("show_scene", None)


# -- who is called ---------------------------------------------------------------------------


@pytest.mark.long
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_step_calls_each_visible_panel_once_and_no_hidden_one(
    full: Window, qtbot: Any, layout: str, release: list[Window]
) -> None:
    release.append(full)
    full.show_layout(layout)
    settle()
    press(full, "Home", "Down")
    session = full.session
    wait_for_sizes(full)
    following, evidence = int(session.view.rows[2]), session.background.evidence
    at = UnitAt(following, int(session.table.ids.cluster_id[following]), session.scene.run)
    qtbot.waitUntil(lambda: not evidence._open_asks(at), timeout=WAIT_MS)
    settle()
    calls = watch(full)
    press(full, "Down")
    assert session.current == following
    once = dict.fromkeys(seen(full) - {"review", "history", "dashboard"}, 1)  # of no single unit
    assert of_panels(calls) == once
    settle()
    assert session.wait_idle(WAIT_MS)
    assert of_panels(calls) == once
    assert len(calls) > 2
    assert set(calls.values()) == {1}, "the table and the bars, too"


@pytest.mark.slow
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_label_calls_only_what_shows_labels(
    full: Window, layout: str, release: list[Window]
) -> None:
    release.append(full)
    full.show_layout(layout)
    full.session.prefs.set_advance(False)
    assert full.session.wait_idle(WAIT_MS)
    settle()
    calls = watch(full)
    press(full, "Alt+M")
    assert full.session.table.manual.n_labels == 1
    told = {"review", "history", "sources", "dashboard"}
    assert of_panels(calls) == dict.fromkeys(seen(full) & told, 1)
    chrome = {type(v).__name__ for v in calls if not isinstance(v, Panel)}
    assert chrome == {
        "TableViewer",
        "FilterBarViewer",
        "StatusViewer",
        "CurateBarViewer",
        "QueueBarViewer",
        "ActionsViewer",
        "ProbeViewer",  # how many units are decided
    }
    assert set(calls.values()) == {1}


@pytest.mark.slow
def test_a_hidden_panel_draws_when_it_is_seen(full: Window, release: list[Window]) -> None:
    full.show_layout("unit")
    assert full.session.wait_idle(WAIT_MS)
    release.append(full)
    calls = watch(full)
    full.session.toggle_class(Label.MUA)
    assert "classes" not in of_panels(calls)
    full.show_layout("overview")
    settle()
    assert of_panels(calls)["classes"] == 1
    assert full.panels["classes"].scene.view is full.session.view
    calls.clear()
    full.show_layout("unit")
    settle()
    full.show_layout("overview")
    settle()
    assert "classes" not in of_panels(calls), "nothing is another thing since"


# -- no two recordings at once ---------------------------------------------------------------


@pytest.mark.slow
def test_no_viewer_ever_draws_two_recordings(full: Window, release: list[Window]) -> None:
    """Seen before: History with an action of probe A under the units of probe B."""
    session = full.session
    full.show_layout("curate")
    full.docks["history"].raise_()
    settle()
    press(full, "Alt+M")
    assert session.wait_idle(WAIT_MS)
    mine = set(session.curation.state.actions)
    assert mine
    first = session.scene.run
    history = full.panels["history"]
    assert history.seen
    assert history.model.rowCount() == len(mine)
    drawn: list[tuple[Any, bool]] = []

    def check(viewer: Any, scene: Scene) -> None:
        others = scene.run.provenance.results_dir != first.provenance.results_dir
        drawn.append((viewer, others))
        assert str(scene.catalogue.location.results_dir) == scene.run.provenance.results_dir
        assert scene.view.rows.max(initial=0) < scene.table.n_units
        assert len(scene.manual.labels) == scene.table.n_units
        if others:
            assert not mine & set(scene.said.actions)
            assert scene.table.manual.n_labels == 0
            assert scene.done is None
        if viewer is history:
            there = {history.model.action(i).id for i in range(history.model.rowCount())}
            assert there <= set(scene.said.actions)

    def whole(_: Scene, scene: Scene) -> None:
        for panel in full.panels.values():
            assert panel.scene is None or not panel.seen or panel.scene.run is scene.run
        assert full.unit_table.unit_model.table.run is scene.run
        assert full.windowTitle() == f"{scene.catalogue.title} – bcviewer"

    release.append(full)
    watch(full, check)
    session.changed.connect(whole)
    session.open_location(1)
    assert session.wait_idle(WAIT_MS)
    assert session.scene.run is not first
    assert any(viewer is history and others for viewer, others in drawn)
    assert history.model.rowCount() == 0
    session.open_location(0)
    assert session.wait_idle(WAIT_MS)
    assert history.model.rowCount() == len(mine)
    session.changed.disconnect(whole)


# -- at most once a turn ---------------------------------------------------------------------


def in_turns(*turns: Callable[[], None]) -> None:
    """Do each of some things in a turn of its own of a running event loop."""
    loop = QEventLoop()
    waiting = list(turns)
    timer = QTimer()
    timer.setInterval(1)

    def next_turn() -> None:
        if waiting:
            waiting.pop(0)()
        else:
            loop.quit()

    timer.timeout.connect(next_turn)
    timer.start()
    loop.exec()
    timer.stop()


_INTENTS: dict[str, Callable[[Any], None]] = {
    "down": lambda s: s.step(1),
    "up": lambda s: s.step(-1),
    "class": lambda s: s.toggle_class(Label.MUA),
    "chip": lambda s: s.toggle_chip("borderline"),
    "label": lambda s: s.set_label(Label.NOISE),
    "undo": lambda s: s.undo(),
    "sort": lambda s: s.set_sort("nSpikes", s.sort.column != "nSpikes"),
    "attention": lambda s: s.set_sort("attention"),
    "queue": lambda s: s.set_queue(QueueSpec("random", 7, seed=2)),
    "no queue": lambda s: s.set_queue(None),
    "clear": lambda s: s.clear_filter(),
    "some": lambda s: s.set_selected(s.view.rows[:3]),
    "filter": lambda s: s.set_filter("nSpikes > 1000"),
    "source": lambda s: s.set_label_source(
        "saved" if s.scene.label_source != "saved" else "bombcell"
    ),
}
_SOME = st.lists(st.sampled_from(sorted(_INTENTS)), min_size=1, max_size=5)


@pytest.mark.slow
@pytest.mark.hypothesis
def test_it_is_told_at_most_once_a_turn(window: Window) -> None:
    session = window.session
    told: list[tuple[int, Scene, Scene]] = []
    turn = [0]
    listen = lambda before, scene: told.append((turn[0], before, scene))  # noqa: E731
    session.changed.connect(listen)

    @settings(
        max_examples=examples(12),
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(st.lists(_SOME, min_size=1, max_size=4))
    def play(turns: list[list[str]]) -> None:
        told.clear()
        first = session.scene

        def act(names: list[str]) -> Callable[[], None]:
            def acting() -> None:
                turn[0] += 1
                n = len(told)
                for name in names:
                    _INTENTS[name](session)
                assert len(told) <= n + 1, "twice in a turn"

            return acting

        in_turns(*map(act, turns))
        assert session.wait_idle(WAIT_MS)
        was = first
        for _, before, scene in told:  # nothing is left out, nothing is told twice
            assert before is was
            assert scene is not before
            was = scene
        assert was is session.scene

    play()
    session.changed.disconnect(listen)


@pytest.mark.long
def test_key_repeat_skips_no_unit(window: Window) -> None:
    press(window, "Home")
    rows = window.session.view.rows.tolist()
    visited: list[int] = []
    told: list[Scene] = []
    n = 12

    def burst() -> None:
        for _ in range(n):
            press(window, "Down")
            visited.append(window.session.current)

    def listen(before: Scene, scene: Scene) -> None:
        if scene.current != before.current:  # what was found out meanwhile may be told, too
            told.append(scene)

    window.session.changed.connect(listen)
    in_turns(burst, lambda: None)
    window.session.changed.disconnect(listen)
    assert [scene.current for scene in told] == [rows[1], rows[n]]
    assert visited == rows[1 : n + 1]
    assert window.session.current == rows[n]
    assert window.panels["why"].scene.current == rows[n]
    assert window.unit_table.currentIndex().row() == n


# -- what is drawn is what a new panel would draw --------------------------------------------


def drawing(panel: Panel) -> list[Any]:
    """Return what a panel shows: its texts and the data of its plots.

    What lies under an opaque cover is not seen: it is drawn anew before that goes.
    """
    out: list[Any] = []
    covered = isinstance(panel, EvidencePanel) and panel.cover.isVisible() and panel.cover.opaque
    for widget in panel.findChildren(QWidget):
        under = covered and panel.body.isAncestorOf(widget) and widget is not panel.cover
        if under or not widget.isVisibleTo(panel):
            continue
        if isinstance(widget, (QLabel, QToolButton)):
            out.append((widget.objectName(), widget.text(), widget.isEnabled()))
        elif isinstance(widget, QTextBrowser):
            out.append(widget.toPlainText())
        elif isinstance(widget, QProgressBar):
            out.append((widget.value(), widget.maximum()))
        elif isinstance(widget, QTableView):
            model = widget.model()
            spots = [(i, j) for i in range(model.rowCount()) for j in range(model.columnCount())]
            out += [model.index(i, j).data() for i, j in spots]
        elif isinstance(widget, pg.GraphicsView):
            for item in widget.scene().items():
                if item.isVisible():
                    out += _data(item)
    if hasattr(panel, "numbers") and getattr(panel, "drawn_row", 0) >= 0:
        header, rows = panel.numbers()
        out.append((tuple(header), tuple(tuple(row) for row in rows)))
    if covered:
        out.append(panel.cover.words)
    return [_plain(thing) for thing in out]


def _data(item: Any) -> list[Any]:
    if isinstance(item, (pg.PlotCurveItem, pg.PlotDataItem, pg.ScatterPlotItem)):
        x, y = item.getData()
        return [(None if x is None else np.asarray(x), None if y is None else np.asarray(y))]
    if isinstance(item, pg.InfiniteLine):
        return [item.value()]
    if isinstance(item, pg.BarGraphItem):
        return [item.opts.get("width"), item.opts.get("height")]
    if isinstance(item, pg.TextItem):
        return [item.toPlainText()]
    return []


def _plain(thing: Any) -> str:
    if isinstance(thing, np.ndarray):
        return repr(thing.tolist())
    if isinstance(thing, tuple):
        return repr(tuple(_plain(part) for part in thing))
    return repr(thing)


def go_to(session: Any, index: int) -> None:
    """Open another probe or run mode, and wait until it is there; what is read later is not."""
    run = session.scene.run
    session.open_location(index % len(session.catalogue.locations))
    loop, longest = QEventLoop(), QTimer()
    longest.setSingleShot(True)
    for signal in (session.opening.loaded, longest.timeout):
        signal.connect(loop.quit)
    longest.start(WAIT_MS)
    loop.exec()
    longest.stop()
    session.opening.loaded.disconnect(loop.quit)
    assert session.scene.run is not run


def somebody_says(session: Any) -> None:
    """Let a line of a colleague's journal arrive."""
    unit = int(session.table.ids.cluster_id[session.view.rows[0] if session.view.n_shown else 0])
    n = len(session.curation.state.actions)
    said = act(f"eve{n}", n, "eve", "MUA", unit)
    session.curation.journals.arrived.emit(JournalsRead((said,)))


def answer(session: Any) -> None:
    """Let Bombcell answer about what is open: one label is another one."""
    codes = session.scene.sheet.audit.label[: session.scene.sheet.n_scored].copy()
    codes[0] = Label.NOISE if codes[0] != Label.NOISE else Label.MUA
    verified_as(session, Verification("verified", "0.94", codes))


def answer_late(session: Any) -> None:
    """Let Bombcell answer about what was open before: nobody may draw that."""
    sheet = session.scene.sheet
    go_to(session, session.catalogue.index + 1)
    before, table = session.scene, session.table
    codes = np.full(sheet.n_scored, Label.NOISE, np.int8)
    late = Verified(sheet.run, sheet.criteria, Verification("verified", "0.94", codes))
    session.background.verifier.answered.emit(late)
    assert session.scene.verification is before.verification
    assert session.table.labels.tolist() == table.labels.tolist()


_FROM_ELSEWHERE: dict[str, Callable[[Any], None]] = {
    "probe": lambda s: go_to(s, s.catalogue.index + 1),
    "mode": lambda s: go_to(s, s.catalogue.index + 2),
    "reload": lambda s: s.reload(),
    "colleague": somebody_says,
    "bombcell": answer,
    "late": answer_late,
}
"""What comes while a curator works: files, colleagues, processes."""


@pytest.mark.long
@pytest.mark.hypothesis
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_panel_is_as_one_freshly_built(
    full: Window, keep: Any, qtbot: Any, layout: str
) -> None:
    session = full.session
    full.show_layout(layout)
    settle()
    wait_for_sizes(full)
    drawn: list[int] = []

    @settings(
        max_examples=examples(3),
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(
        st.lists(st.sampled_from(sorted(_INTENTS)), min_size=3, max_size=6),
        st.lists(st.sampled_from(sorted(_FROM_ELSEWHERE)), min_size=1, max_size=2),
        st.lists(st.sampled_from(sorted(_INTENTS)), max_size=3),
    )
    def play(first: list[str], elsewhere: list[str], then: list[str]) -> None:
        names = [*first, *elsewhere, *then]
        for name in names:
            (_INTENTS | _FROM_ELSEWHERE)[name](session)
        assert session.wait_idle(WAIT_MS)
        settle()
        wait_for_sizes(full)
        for key in sorted(seen(full)):
            panel = full.panels[key]
            fresh = type(panel)()
            fresh.resize(panel.size())
            keep(fresh)
            settle()
            if hasattr(panel, "_shape"):  # of its plot in the dock, which is what it asks for
                fresh._shape = panel._shape
            fresh.show_scene(session.scene)
            assert drawing(fresh) == drawing(panel), (key, names)
            drawn.append(len(drawing(panel)))
            fresh.close()
            fresh.deleteLater()

    play()
    assert sum(drawn) > 9
    if session.catalogue.index:
        go_to(session, 0)
    assert session.wait_idle(WAIT_MS)
    settle()
