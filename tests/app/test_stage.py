"""The scene: one way to another one, told once."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

import bcviewer
from bcviewer.app.scene import Scene
from bcviewer.app.stage import Stage, intent
from bcviewer.app.view import Sort

PACKAGE = Path(bcviewer.__file__).parent


class Teller:
    """Hears what a stage tells."""

    def __init__(self) -> None:
        self.stage = Stage(Scene())
        self.told: list[tuple[Scene, Scene]] = []
        self.stage.changed.connect(self.hear)

    def hear(self, before: Scene, scene: Scene) -> None:
        self.told.append((before, scene))

    @intent
    def sort(self, *columns: str) -> str:
        for column in columns:
            self.stage.become(sort=Sort(column))
        return columns[-1]

    @intent
    def both(self, *columns: str) -> None:
        for column in columns:
            self.sort(column)

    @intent
    def fail(self) -> None:
        self.stage.become(person="A")
        raise ZeroDivisionError


@pytest.fixture
def teller(qapp: Any) -> Iterator[Teller]:
    made = Teller()
    yield made
    made.stage.close()


def test_an_intent_is_told_once_however_many_are_in_it(teller: Teller) -> None:
    first = teller.stage.scene
    assert teller.sort("a", "b") == "b"
    teller.both("c", "d")
    assert [(b.sort.column, s.sort.column) for b, s in teller.told] == [
        (first.sort.column, "b"),
        ("b", "d"),
    ]
    assert not teller.stage.busy


def test_what_an_intent_changed_before_it_failed_is_told(teller: Teller) -> None:
    with pytest.raises(ZeroDivisionError):
        teller.fail()
    assert [scene.person for _, scene in teller.told] == ["A"]


def test_what_is_added_while_it_is_about_to_be_told_is_told_with_it(teller: Teller) -> None:
    def add(before: Scene) -> None:
        assert before.sort != teller.stage.scene.sort
        teller.stage.become(person="added")

    teller.stage.telling.connect(add)
    teller.sort("a")
    assert [(s.sort.column, s.person) for _, s in teller.told] == [("a", "added")]


def test_in_the_loop_a_turn_tells_once_and_its_end_the_rest(teller: Teller, qtbot: QtBot) -> None:
    told_in_turn: list[int] = []

    def turn() -> None:
        teller.sort("a")
        teller.sort("b")
        teller.sort("c")
        assert teller.stage.busy
        told_in_turn.append(len(teller.told))

    with qtbot.waitSignal(teller.stage.settled):
        QTimer.singleShot(0, turn)
    assert told_in_turn == [1]
    assert [s.sort.column for _, s in teller.told] == ["a", "c"]
    assert not teller.stage.busy


def test_what_changes_in_every_turn_puts_the_telling_off_no_further(
    teller: Teller, qtbot: QtBot
) -> None:
    """Seen: phy said a thousand acts, and nothing was told before the last one."""
    left = list("abcdefghijklmnop")
    one, other = QTimer(), QTimer()  # one of them ends before the telling, in any order
    for timer in (one, other):
        timer.timeout.connect(lambda: left and teller.sort(left.pop()))
        timer.start(0)
    qtbot.waitUntil(lambda: not left and not teller.stage.busy)
    one.stop()
    other.stop()
    assert len(teller.told) >= 4  # a sixth of them, or more


def test_a_listener_that_changes_more_is_told_later_and_never_within(
    teller: Teller, qtbot: QtBot
) -> None:
    depth = 0

    def again(_: Scene, scene: Scene) -> None:
        nonlocal depth
        depth += 1
        assert depth == 1
        if scene.person != "again":
            teller.stage.become(person="again")
        depth -= 1

    teller.stage.changed.connect(again)
    with qtbot.waitSignal(teller.stage.settled):
        teller.sort("a")
    assert [s.person for _, s in teller.told] == ["", "again"]


def test_a_closed_stage_tells_nothing(teller: Teller) -> None:
    teller.stage.close()
    teller.sort("a")
    assert teller.stage.closed
    assert not teller.told


def assigned(path: Path) -> Iterator[str]:
    """Yield the attributes that a module assigns, of whatever."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        targets = node.targets if isinstance(node, ast.Assign) else ()
        if isinstance(node, (ast.AnnAssign, ast.AugAssign)):
            targets = (node.target,)
        for target in targets:
            parts = target.elts if isinstance(target, ast.Tuple) else (target,)
            yield from (part.attr for part in parts if isinstance(part, ast.Attribute))


def test_nobody_but_the_stage_assigns_a_scene() -> None:
    """A panel's ``scene`` is the one that it drew."""
    folder = PACKAGE / "app"
    who = {path.name for path in folder.rglob("*.py") if "scene" in assigned(path)}
    assert who == {"stage.py"}


def test_a_session_has_owners_and_no_state_of_its_own() -> None:
    owners = {"stage", "viewing", "opening", "background", "saying", "labelling"}
    assert set(assigned(PACKAGE / "app" / "session.py")) == {*owners, "prefs", "under_way"}


def parts_set(path: Path) -> Iterator[str]:
    """Yield the parts of the scene that a module lets become others."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "become":
            yield from (word.arg for word in node.keywords if word.arg)


def test_each_part_of_the_scene_has_one_owner() -> None:
    """Only ``Shown``, which begins another recording, sets parts of others: as they start out."""
    owners: dict[str, set[str]] = {}
    for path in (PACKAGE / "app").rglob("*.py"):
        for part in parts_set(path):
            owners.setdefault(part, set()).add(path.stem)
    assert set(owners) == set(Scene.__dataclass_fields__)
    begins = owners.pop("book")
    assert begins == {"shown"}
    assert {part: who - begins for part, who in owners.items() if len(who - begins) > 1} == {}
