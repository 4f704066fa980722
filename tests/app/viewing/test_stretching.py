"""The stretch that is looked at: of one unit, within the session, and no act of labelling."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from factories import make_run, sheet_of
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication
from qt_fixtures import scene_of

from bcviewer.app.scene import Scene
from bcviewer.app.stage import Stage
from bcviewer.app.viewing.marking import Marking
from bcviewer.app.viewing.stretching import NO_UNIT_WORDS, Stretching
from bcviewer.core.run.stretch import Stretch
from bcviewer.core.sheet.ids import GlobalRow

SESSION = (1.0, 3000.0)


class Made:
    """A stage with three units, who marks them, and what was noticed."""

    def __init__(self, scene: Scene, parent: QObject) -> None:
        self.stage = Stage(scene, parent)
        self.marking = Marking(self.stage, parent)
        self.stretching = Stretching(self.stage, self.marking, parent)
        self.notices: list[str] = []
        self.stage.notice.connect(self.notices.append)

    @property
    def stretch(self) -> Stretch | None:
        return self.stage.scene.stretch


@pytest.fixture
def made(qapp: QApplication, no_leaks: None) -> Iterator[Made]:
    parent = QObject()
    sheet = sheet_of(make_run({"nPeaks": [1.0] * 3}, session_s=SESSION))
    found = Made(scene_of(sheet), parent)
    yield found
    found.stage.close()
    parent.deleteLater()


def test_it_is_cut_at_the_session_s_ends_and_said(made: Made) -> None:
    made.stretching.choose(2520.0, -5.0)
    assert made.stretch == Stretch(1.0, 2520.0)
    assert made.notices == ["0–42 min beside the whole: no label follows from it. Esc ends it."]
    made.stretching.choose(1.0, 2520.0)
    assert len(made.notices) == 1, "it is that one already"
    made.stretching.choose(5000.0, 6000.0)
    assert made.stretch == Stretch(1.0, 2520.0)
    assert made.notices[-1].startswith("Nothing of the session is in it")


def test_another_unit_ends_it_and_the_same_one_does_not(made: Made) -> None:
    made.stretching.choose(0.0, 100.0)
    made.marking.set_current(GlobalRow(0))
    made.marking.mark(GlobalRow(0), np.array([0, 2]))
    assert made.stretch is not None
    told: list[tuple[Scene, Scene]] = []
    made.stage.changed.connect(lambda before, after: told.append((before, after)))
    made.marking.step(1)
    assert made.stretch is None
    assert len(told) == 1, "no scene has another unit and the stretch of the one before"


def test_without_a_unit_there_is_nothing_to_look_at(made: Made) -> None:
    made.stage.become(marked=type(made.stage.scene.marked)())
    made.stretching.choose(0.0, 100.0)
    assert made.stretch is None
    assert made.notices == [NO_UNIT_WORDS]


def test_what_is_typed_is_in_the_unit_of_the_axes(made: Made) -> None:
    assert made.stretching.choose_typed("0-42") == ""
    assert made.stretch == Stretch(1.0, 2520.0)
    wrong = made.stretching.choose_typed("soon")
    assert wrong.startswith("“soon” is no stretch of time")
    assert "0-42 min" in wrong
    assert made.stretch == Stretch(1.0, 2520.0)
    made.stretching.end()
    assert made.stretch is None
