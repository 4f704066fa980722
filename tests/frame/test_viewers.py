"""Who is called when another scene is there: each viewer knows alone what it was given."""

from __future__ import annotations

from dataclasses import replace
from time import perf_counter, thread_time
from typing import Any, ClassVar

import numpy as np
import pytest
from factories import make_run, make_table, sheet_of
from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, QObject, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from bcviewer.app.scene import Scene
from bcviewer.app.threads.waiting import PAINTED_MS
from bcviewer.app.view import Marked, View
from bcviewer.core.comparison.proposal import Proposal
from bcviewer.core.run.phy import Phy, PhyState
from bcviewer.core.sheet.book import Book
from bcviewer.core.sheet.derive import derive
from bcviewer.core.sheet.ids import NO_ROWS
from bcviewer.core.sheet.queue import QueueSpec, Review
from bcviewer.frame.viewers import (
    AT_ONCE,
    DRAWING_MS,
    Appearing,
    Stopwatch,
    Viewers,
    are_in_place,
)
from bcviewer.widgets.base.panel import Panel
from bcviewer.widgets.drawing.painting import Curtain


class Page:
    """A viewer that counts."""

    parts: ClassVar[tuple[str, ...]] = ("person",)
    waits: ClassVar[bool] = False

    def __init__(self) -> None:
        self.scene: Scene | None = None
        self.seen, self.drew = True, 0

    def show_scene(self, scene: Scene) -> None:
        self.scene = scene
        self.drew += 1

    def forget(self) -> None:
        self.scene = None


@pytest.fixture
def page() -> Any:
    return Page()


def test_one_is_called_where_a_part_that_it_draws_is_another(page: Any) -> None:
    viewers = Viewers([page])
    for scene in (Scene(person="ada"), Scene(person="ada"), Scene(person="bob")):
        viewers.show(scene)
    assert page.drew == 2


def test_one_that_was_given_a_scene_by_another_way_is_not_called_again(page: Any) -> None:
    viewers, scene = Viewers([page]), Scene(person="ada")
    page.show_scene(scene)
    viewers.show(scene)
    assert page.drew == 1
    page.forget()  # whoever made it forget
    viewers.show(scene)
    assert page.drew == 2


def test_a_hidden_one_forgets_a_recording_that_is_left_and_draws_when_it_is_seen(page: Any) -> None:
    viewers = Viewers([page])
    here, there = (Scene(Book([sheet_of(make_run(make_table()))]), person="ada") for _ in range(2))
    viewers.show(here)
    page.seen = False
    viewers.show(there)
    assert (page.scene, page.drew) == (None, 1)
    page.seen = True
    viewers.call(page, there)
    assert (page.scene, page.drew) == (there, 2)


# -- a turn each -----------------------------------------------------------------------------


class Panes(list[Any]):
    """Viewers that wait, and what was drawn in each turn of the loop."""

    def __init__(self, n: int) -> None:
        super().__init__(Page() for _ in range(n))
        self.turns: list[list[int]] = []
        for i, page in enumerate(self):
            page.waits = True
            page.show_scene = self._noting(i, page, page.show_scene)

    def _noting(self, i: int, page: Page, show: Any) -> Any:
        def draw(scene: Scene) -> None:
            show(scene)
            self.turns[-1].append(i)

        return draw


def in_a_loop(viewers: Viewers, panes: Panes, *acts: Any, every_ms: int = 0) -> None:
    """Do each of some things in a turn of its own, and go on until nothing waits."""
    loop, clock, left = QEventLoop(), QTimer(), list(acts)

    def turn() -> None:
        panes.turns.append([])
        if left:
            left.pop(0)()
        elif not viewers.busy:
            loop.quit()

    clock.timeout.connect(turn)
    clock.start(every_ms)
    loop.exec()
    clock.stop()


def drawn(panes: Panes) -> list[list[int]]:
    return [turn for turn in panes.turns if turn]


@pytest.fixture
def capture_exceptions() -> Any:
    """Collect what is raised in turns of the loop; nothing fails by it."""
    from pytestqt.exceptions import capture_exceptions

    with capture_exceptions() as raised:
        yield raised


@pytest.fixture
def panes(qapp: Any) -> Panes:
    return Panes(3)


def test_panels_draw_one_in_a_turn_and_others_at_once(panes: Panes, page: Any) -> None:
    viewers, said = Viewers([page, *panes], 0), []
    viewers.waiting.connect(said.append)
    panes.turns.append([])
    viewers.show(Scene(person="ada"))
    assert (page.drew, panes.turns) == (1, [[0, 1, 2]]), "no loop runs: a script sees all at once"
    panes.turns.clear()
    in_a_loop(viewers, panes, lambda: viewers.show(Scene(person="bob")))
    assert (page.drew, drawn(panes)) == (2, [[0], [1], [2]])
    assert said == [True, False]
    assert not viewers.busy


def test_what_waits_draws_the_scene_of_now_and_whoever_waits_longest_comes_first(
    panes: Panes,
) -> None:
    viewers = Viewers(panes, 0)
    panes.turns.append([])
    viewers.show(Scene(person="ada"))
    panes.turns.clear()
    scenes = [Scene(person=str(i)) for i in range(150)]
    acts = (lambda s=s: viewers.show(s) for s in scenes)
    in_a_loop(viewers, panes, *acts, every_ms=PAINTED_MS // 5)
    order = [i for turn in panes.turns for i in turn][:-3]
    assert order[:6] == [0, 1, 2, 0, 1, 2]
    assert min(order.count(i) for i in range(3)) >= 5, "a key that is held starves none"
    assert {one.scene.person for one in panes} == {"149"}


def test_one_that_fails_keeps_no_other_from_drawing(
    panes: Panes, capture_exceptions: list[Any]
) -> None:
    viewers, said = Viewers(panes, 0), []
    viewers.waiting.connect(said.append)
    panes.turns.append([])
    viewers.show(Scene(person="ada"))
    panes.turns.clear()

    def fail(_: Scene) -> None:
        raise RuntimeError("it cannot")

    panes[1].show_scene = fail
    in_a_loop(viewers, panes, lambda: viewers.show(Scene(person="bob")))
    assert drawn(panes) == [[0], [2]]
    assert said == [True, False], "nobody waits for it"
    assert len(capture_exceptions) == 1


def test_one_that_draws_at_once_and_fails_keeps_none_after_it_from_drawing(
    panes: Panes, page: Any, capture_exceptions: list[Any]
) -> None:
    others, hidden = (Page(), Page()), Page()
    hidden.seen, hidden.scene = False, Scene(Book([sheet_of(make_run(make_table()))]))
    viewers = Viewers([others[0], page, *panes, hidden, others[1]])
    panes.turns.append([])

    def fail(_: Scene) -> None:
        raise RuntimeError("it cannot")

    page.show_scene = fail
    in_a_loop(viewers, panes, lambda: viewers.show(Scene(person="bob")))
    assert drawn(panes) == [[0, 1], [2]]
    assert [one.scene is None for one in others] == [False, False]
    assert hidden.scene is None, "it lets go of what was left"
    assert len(capture_exceptions) == 1


def test_a_few_draw_in_a_turn_and_the_next_ones_once_these_are_painted(qapp: Any) -> None:
    """Qt gathers what it is to paint for a while: the panels of several turns were one frame.

    One is painted in one frame with the table, where its rows are those that were.
    """
    panes = Panes(1 + 2 * AT_ONCE)
    viewers = Viewers(panes, 1e6)
    panes.turns.append([])
    viewers.show(Scene(person="ada"))
    panes.turns.clear()
    start, at = perf_counter(), []
    panes[1].show_scene = _after(panes[1].show_scene, lambda: at.append(perf_counter()))
    in_a_loop(viewers, panes, lambda: viewers.show(Scene(person="bob")))
    assert list(map(len, drawn(panes))) == [1, AT_ONCE, AT_ONCE]
    assert at[0] - start >= PAINTED_MS / 1e3


def test_rows_that_are_others_are_painted_before_any_panel_draws(panes: Panes) -> None:
    viewers = Viewers(panes, 1e6)
    panes.turns.append([])
    viewers.show(Scene(person="ada"))
    panes.turns.clear()
    other = Scene(person="bob", view=View.of(np.array([0]), np.array([True])))
    in_a_loop(viewers, panes, lambda: viewers.show(other))
    assert list(map(len, drawn(panes))) == [AT_ONCE, len(panes) - AT_ONCE]


def _after(show: Any, then: Any) -> Any:
    def both(scene: Scene) -> None:
        then()
        show(scene)

    return both


def test_quick_ones_draw_together_and_slow_ones_apart(panes: Panes) -> None:
    viewers = Viewers(panes, 20.0)
    panes.turns.append([])
    viewers.show(Scene(person="ada"))
    panes.turns.clear()
    in_a_loop(viewers, panes, lambda: viewers.show(Scene(person="bob")))
    assert drawn(panes) == [[0], [1, 2]]
    panes.turns.clear()
    quick = panes[1].show_scene

    def slow(scene: Scene) -> None:
        quick(scene)
        end = perf_counter() + 0.021
        while perf_counter() < end:
            pass

    panes[1].show_scene = slow
    in_a_loop(viewers, panes, lambda: viewers.show(Scene(person="eve")))
    assert drawn(panes) == [[0], [1], [2]]


def test_nobody_draws_once_the_window_closes(panes: Panes) -> None:
    viewers = Viewers(panes, 0)
    panes.turns.append([])
    viewers.show(Scene(person="ada"))
    panes.turns.clear()

    def close() -> None:
        viewers.show(Scene(person="bob"))
        assert viewers.busy
        viewers.stop()

    in_a_loop(viewers, panes, close)
    assert drawn(panes) == []
    assert not viewers.busy


def test_one_that_was_hidden_meanwhile_draws_nothing(panes: Panes) -> None:
    viewers = Viewers(panes, 0)
    panes.turns.append([])
    viewers.show(Scene(person="ada"))
    panes.turns.clear()

    def show() -> None:
        viewers.show(Scene(person="bob"))
        panes[1].seen = False

    in_a_loop(viewers, panes, show)
    assert drawn(panes) == [[0], [2]]
    assert panes[1].scene.person == "ada"


@pytest.mark.parametrize(
    "other",
    [
        {"label_source": "final"},
        {"book": None},
        {"review": Review(QueueSpec("random", blind=True), NO_ROWS)},
        {"proposal": Proposal((("minSNR", 3.0),))},
    ],
)
def test_a_recording_a_trial_and_a_blind_review_change_all_in_one_frame(
    panes: Panes, other: dict[str, Any]
) -> None:
    viewers = Viewers(panes, 0)
    panes.turns.append([])
    before = Scene(Book([sheet_of(make_run(make_table()))]), person="ada")
    viewers.show(before)
    panes.turns.clear()
    late, at_once = replace(before, person="bob"), replace(before, person="eve", **other)

    def show() -> None:
        viewers.show(late)
        viewers.show(at_once)

    in_a_loop(viewers, panes, show)
    assert drawn(panes) == [[0, 1, 2]], "what waited is drawn with it"
    assert not viewers.busy


def test_rows_are_in_place_where_further_probes_join_and_not_where_one_is_left_or_before() -> None:
    """Seen: until a panel had drawn them a click in it did nothing, and nobody said so."""
    run = make_run(make_table({"nSpikes": [500.0, 600.0]}))
    places = (replace(run.provenance, results_dir=name) for name in "abc")
    a, b, c = (sheet_of(replace(run, provenance=place)) for place in places)
    before = Scene(Book([a, b]))
    assert are_in_place(before, before)
    assert are_in_place(before, Scene(before.book.with_further(c)))
    for other in ([a], [b, a], [a, c], [c, a, b]):
        assert not are_in_place(before, Scene(Book(other)))
    assert not are_in_place(None, before)
    assert not are_in_place(Scene(), before)
    assert not are_in_place(before, Scene())


@pytest.mark.parametrize(
    ("changed", "turns"),
    [
        ({}, [[0], [1], [2]]),
        ({"cluster_id": np.array([7, 9])}, [[0, 1, 2]]),
        ({"provenance": "another"}, [[0, 1, 2]]),
    ],
)
def test_files_that_are_read_again_are_drawn_in_turns_and_others_in_one_frame(
    panes: Panes, changed: dict[str, Any], turns: list[list[int]]
) -> None:
    run = make_run(make_table({"nSpikes": [500.0, 600.0]}))
    elsewhere = replace(run.provenance, results_dir="elsewhere")
    changed = {"provenance": elsewhere} if "provenance" in changed else changed
    viewers = Viewers(panes, 0)
    panes.turns.append([])
    viewers.show(Scene(Book([sheet_of(run)])))
    panes.turns.clear()
    again = Scene(Book([sheet_of(replace(run, **changed))]), person="bob")
    in_a_loop(viewers, panes, lambda: viewers.show(again))
    assert drawn(panes) == turns


@pytest.mark.parametrize(("blind", "turns"), [(False, [[0], [1], [2]]), (True, [[0, 1, 2]])])
def test_files_that_are_read_again_without_what_phy_made_are_drawn_in_turns_too(
    panes: Panes, blind: bool, turns: list[list[int]]
) -> None:
    """Seen: in one frame of up to 87 ms, and with any review queue, which is read after them."""
    sheet = sheet_of(make_run(make_table()))
    state = np.array([PhyState.CURRENT] * sheet.n_units + [PhyState.NEW], np.int8)
    phy = Phy(sheet.run, state, np.array([sheet.n_units + 1]), {})
    queue = Review(QueueSpec("random", blind=blind), NO_ROWS)
    before = Scene(Book([derive(replace(sheet.inputs, phy=phy), sheet)]), review=queue)
    viewers = Viewers(panes, 0)
    panes.turns.append([])
    viewers.show(before)
    panes.turns.clear()
    again = Scene(Book([sheet_of(replace(sheet.run))]), person="bob")
    assert not are_in_place(before, again)
    in_a_loop(viewers, panes, lambda: viewers.show(again))
    assert drawn(panes) == turns


@pytest.mark.parametrize(("grows", "turns"), [(1, [[0], [1], [2]]), (0, [[0, 1, 2]])])
def test_what_phy_made_is_drawn_in_turns_unless_other_rows_move_for_it(
    panes: Panes, grows: int, turns: list[list[int]]
) -> None:
    """A panel that is a turn late knows units by their rows: they are to be where they were."""
    sheets = [sheet_of(make_run(make_table())) for _ in range(2)]
    viewers = Viewers(panes, 0)
    panes.turns.append([])
    before = Scene(Book(sheets), person="ada")
    viewers.show(before)
    panes.turns.clear()
    sheet = sheets[grows]
    n = sheet.n_units
    state = np.array([PhyState.CURRENT] * n + [PhyState.NEW], np.int8)
    phy = Phy(sheet.run, state, np.array([n + 1]), {})
    grown = derive(replace(sheet.inputs, phy=phy), sheet)
    after = replace(before, book=Book(sheets).with_sheet(grows, grown), person="bob")
    in_a_loop(viewers, panes, lambda: viewers.show(after))
    assert drawn(panes) == turns


# -- on screen in turns ----------------------------------------------------------------------


class Pane(Panel):
    """A panel that notes when it draws and when it is painted."""

    parts = ("person",)

    def __init__(self, parent: QWidget, notes: list[str], name: str) -> None:
        super().__init__(parent)
        self.notes, self.name = notes, name
        self.setMinimumSize(30, 30)

    def redraw(self, _: Scene) -> None:
        self.notes.append(f"draw {self.name}")

    def paintEvent(self, _: QPaintEvent) -> None:
        self.notes.append(f"paint {self.name}")
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor("#123456"))
        painter.end()


class Shelf(QWidget):
    """Three panels, of which each is given a scene when it appears."""

    def __init__(self) -> None:
        super().__init__()
        self.notes: list[str] = []
        self.said: list[bool] = []
        self.panes = [Pane(self, self.notes, name) for name in "abc"]
        box = QVBoxLayout(self)
        self.appearing = Appearing(self)
        self.appearing.waiting.connect(self.said.append)
        for pane in self.panes:
            box.addWidget(pane)
            pane.appeared.connect(lambda pane=pane: self.on_appeared(pane))

    def on_appeared(self, pane: Pane) -> None:
        if not self.appearing.hold(pane):
            pane.show_scene(Scene(person="ada"))

    def paintEvent(self, _: QPaintEvent) -> None:
        self.notes.append("frame")

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.appearing.let_all()
        super().resizeEvent(event)


@pytest.fixture
def shelf(qtbot: Any) -> Shelf:
    shelf = Shelf()
    qtbot.addWidget(shelf)
    return shelf


def looped(*acts: Any, ms: int = 120) -> None:
    """Do each of some things in a loop, apart by the same time, and go on that long."""
    loop = QEventLoop()
    for i, act in enumerate((*acts, loop.quit)):
        QTimer.singleShot(i * ms, act)
    loop.exec()


def test_panels_that_appear_draw_and_are_painted_one_by_one(shelf: Shelf) -> None:
    looped(lambda: (shelf.show(), shelf.appearing.hold_all(shelf.panes)))
    notes = [note for note in shelf.notes if note != "frame"]
    assert shelf.notes[0] == "frame", "what is around them comes first"
    assert notes == [f"{what} {name}" for name in "abc" for what in ("draw", "paint")]
    assert (shelf.said, shelf.appearing.busy) == ([True, False], False)


def test_nothing_of_a_layout_that_was_left_is_seen_in_their_place(shelf: Shelf) -> None:
    shades: list[object] = []

    def shade() -> None:
        image = shelf.grab().toImage()
        shades.append(image.pixelColor(shelf.panes[2].geometry().center()).name())

    looped(shelf.show)
    appearing, panes = shelf.appearing, shelf.panes

    def leave() -> None:
        appearing.hold_all(panes)
        appearing.blank()
        appearing.blank()
        shade()

    looped(leave, shade)
    before, after = shades
    assert before == shelf.palette().window().color().name()
    assert after == "#123456"
    curtains = [curtain for pane in panes for curtain in pane.findChildren(Curtain)]
    assert len(curtains) == len(panes), "one each, however often"
    assert not any(curtain.is_down for curtain in curtains)


def test_without_a_loop_all_are_there_at_once(shelf: Shelf) -> None:
    shelf.show()
    assert shelf.notes[:3] == ["draw a", "draw b", "draw c"]
    assert all(pane.updatesEnabled() for pane in shelf.panes)


def test_in_a_window_of_another_size_none_is_left_blank(shelf: Shelf) -> None:
    def show() -> None:
        shelf.show()
        shelf.notes.clear()
        shelf.resize(200, 300)
        assert shelf.notes == ["draw a", "draw b", "draw c"]

    looped(show)
    assert {"paint a", "paint b", "paint c"} <= {*shelf.notes}
    assert shelf.said == [True, False]


def test_who_is_hidden_meanwhile_takes_no_turn_and_is_painted_when_it_is_seen(
    shelf: Shelf,
) -> None:
    def show() -> None:
        shelf.show()
        shelf.panes[0].hide()

    looped(show, shelf.panes[0].show)
    assert shelf.notes.count("draw a") == shelf.notes.count("draw b") == 1
    assert "paint a" in shelf.notes
    assert shelf.panes[0].updatesEnabled()


def test_a_panel_that_fails_keeps_no_other_from_being_painted(
    shelf: Shelf, capture_exceptions: list[Any]
) -> None:
    def fail(_: Scene) -> None:
        raise RuntimeError("it cannot")

    shelf.panes[0].redraw = fail  # type: ignore[method-assign]
    looped(shelf.show)
    assert {str(error) for _, error, _ in capture_exceptions} == {"it cannot"}
    assert {"draw b", "paint b", "draw c", "paint c"} <= {*shelf.notes}
    assert shelf.panes[0].updatesEnabled()
    assert not shelf.appearing.busy


def test_nobody_follows_once_the_window_closes(shelf: Shelf) -> None:
    looped(lambda: (shelf.show(), shelf.appearing.stop()))
    assert not [note for note in shelf.notes if note.startswith("draw")]
    assert shelf.said == [True, False]
    shelf.appearing.stop()
    assert shelf.said == [True, False]


class Canvas(QWidget):
    """Notes what had been drawn when it is painted."""

    drawn = 0
    painted = -1

    def paintEvent(self, _: QPaintEvent) -> None:
        self.painted = self.drawn


class Late(QObject):
    """Lets a widget be painted only some time after Qt would."""

    def __init__(self, widget: QWidget, ms: int) -> None:
        super().__init__(widget)
        self.ms, self.is_time = ms, False
        widget.installEventFilter(self)

    def eventFilter(self, watched: Any, event: QEvent) -> bool:
        if event.type() != QEvent.Type.UpdateRequest or self.is_time:
            return False
        QTimer.singleShot(self.ms, self, self.paint)
        return True

    def paint(self) -> None:
        self.is_time = True
        QCoreApplication.sendEvent(self.parent(), QEvent(QEvent.Type.UpdateRequest))
        self.is_time = False


class Drawing(Page):
    """A viewer that draws on a canvas, and notes how much of it was painted by then."""

    waits: ClassVar[bool] = True

    def __init__(self, canvas: Canvas) -> None:
        super().__init__()
        self.canvas, self.found = canvas, (0, 0)

    def show_scene(self, scene: Scene) -> None:
        super().show_scene(scene)
        self.found = self.canvas.painted, self.canvas.drawn
        self.canvas.drawn += 1
        self.canvas.update()


@pytest.mark.parametrize("is_seen", [True, False])
def test_panels_wait_for_a_painting_that_comes_late_but_not_for_none(
    qtbot: Any, is_seen: bool
) -> None:
    """On a slow machine it came after their time: one frame gathered what three turns drew."""
    canvas = Canvas()
    qtbot.addWidget(canvas)
    drawings = [Drawing(canvas) for _ in range(4)]
    viewers = Viewers(drawings, 0)
    viewers.paint_apart(canvas)
    if is_seen:
        canvas.show()
        qtbot.waitUntil(lambda: canvas.painted == 0)
    viewers.show(Scene(person="ada"))
    Late(canvas, 3 * PAINTED_MS // 2)
    loop = QEventLoop()
    viewers.waiting.connect(lambda waits: waits or loop.quit())
    QTimer.singleShot(0, loop, lambda: viewers.show(Scene(person="bob")))
    loop.exec()
    assert all(one.scene.person == "bob" for one in drawings)
    found = [one.found for one in drawings[1:]]
    assert all((painted == drawn) == is_seen for painted, drawn in found), found


def test_what_is_put_off_is_timed_until_it_is_painted(qtbot: Any) -> None:
    viewers, written, canvas = Viewers(()), [], Canvas()
    qtbot.addWidget(canvas)
    viewers.paint_apart(canvas)
    canvas.show()
    qtbot.waitUntil(lambda: canvas.painted == 0)

    class Told:
        on = True

        def write(self, event: str, ms: float) -> None:
            written.append((event, canvas.painted))

    watch = Stopwatch(Told(), viewers, canvas)

    def act() -> None:
        before = Scene()
        watch.start(before, replace(before, marked=Marked.one(0)))
        end = thread_time() + 2 * DRAWING_MS / 1e3
        while thread_time() < end:
            pass
        canvas.drawn = 1
        canvas.update()
        QCoreApplication.sendEvent(canvas, QEvent(QEvent.Type.UpdateRequest))
        assert canvas.painted == 0

    looped(act)
    assert written == [("step", 1)]
