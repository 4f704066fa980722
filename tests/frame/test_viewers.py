"""Who is called when another scene is there: each viewer knows alone what it was given."""

from __future__ import annotations

from dataclasses import replace
from time import perf_counter
from typing import Any, ClassVar

import numpy as np
import pytest
from factories import make_run, make_table, sheet_of
from PySide6.QtCore import QEventLoop, QTimer

from bcviewer.app.scene import Scene
from bcviewer.core.comparison.proposal import Proposal
from bcviewer.core.run.phy import Phy, PhyState
from bcviewer.core.sheet.book import Book
from bcviewer.core.sheet.derive import derive
from bcviewer.core.sheet.ids import NO_ROWS
from bcviewer.core.sheet.queue import QueueSpec, Review
from bcviewer.frame.viewers import Viewers


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


def in_a_loop(viewers: Viewers, panes: Panes, *acts: Any) -> None:
    """Do each of some things in a turn of its own, and go on until nothing waits."""
    loop, clock, left = QEventLoop(), QTimer(), list(acts)

    def turn() -> None:
        panes.turns.append([])
        if left:
            left.pop(0)()
        elif not viewers.busy:
            loop.quit()

    clock.timeout.connect(turn)
    clock.start(0)
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
    scenes = [Scene(person=str(i)) for i in range(30)]
    in_a_loop(viewers, panes, *(lambda s=s: viewers.show(s) for s in scenes))
    order = [i for turn in panes.turns[:30] for i in turn]
    assert order[:6] == [0, 1, 2, 0, 1, 2]
    assert min(order.count(i) for i in range(3)) >= 8, "a key that is held starves none"
    assert all(len(turn) == 1 for turn in drawn(panes))
    assert {one.scene.person for one in panes} == {"29"}


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


def test_quick_ones_draw_together_and_slow_ones_apart(panes: Panes) -> None:
    viewers = Viewers(panes, 20.0)
    panes.turns.append([])
    viewers.show(Scene(person="ada"))
    panes.turns.clear()
    in_a_loop(viewers, panes, lambda: viewers.show(Scene(person="bob")))
    assert drawn(panes) == [[0, 1, 2]]
    panes.turns.clear()
    quick = panes[1].show_scene

    def slow(scene: Scene) -> None:
        quick(scene)
        end = perf_counter() + 0.021
        while perf_counter() < end:
            pass

    panes[1].show_scene = slow
    in_a_loop(viewers, panes, lambda: viewers.show(Scene(person="eve")))
    assert drawn(panes) == [[0, 1], [2]]


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
        {"review": Review(QueueSpec(), NO_ROWS)},
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
