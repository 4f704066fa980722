"""Who is called when another scene is there: each viewer knows alone what it was given."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest
from factories import make_run, make_table, sheet_of

from bcviewer.app.scene import Scene
from bcviewer.core.sheet.book import Book
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
