"""What a panel shows where drawing it fails."""

from __future__ import annotations

from typing import Any

import pytest

from bcviewer.app.scene import Scene
from bcviewer.widgets.base.panel import Panel
from bcviewer.widgets.drawing.painting import Curtain


class Fragile(Panel):
    """Fails to draw what one person says."""

    parts = ("person",)

    def __init__(self) -> None:
        super().__init__()
        self.drawn: list[str] = []

    def redraw(self, scene: Scene) -> None:
        if scene.person == "bob" and "bob" not in self.drawn:
            self.drawn.append("bob")
            raise RuntimeError("it cannot")
        self.drawn.append(scene.person)


def test_what_failed_to_be_drawn_is_covered_and_drawn_once_more_when_it_is_seen_again(
    keep: Any,
) -> None:
    """Seen: of a unit on which *Why* failed it said what it had said of the one before."""
    panel = Fragile()
    keep(panel)
    curtain = panel.findChild(Curtain)
    panel.show_scene(Scene(person="ada"))
    assert not curtain.is_down
    with pytest.raises(RuntimeError):
        panel.show_scene(Scene(person="bob"))
    assert curtain.is_down
    panel.appear()
    assert not curtain.is_down
    panel.appear()
    assert panel.drawn == ["ada", "bob", "bob"]
