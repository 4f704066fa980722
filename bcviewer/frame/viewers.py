"""Who draws the scene: one small protocol, and who is called when another scene is there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar, Protocol

from bcviewer.app.scene import Scene


class Viewer(Protocol):
    """Draws some parts of the scene.

    Attributes
    ----------
    parts : tuple of str
        The parts that it draws; a change of others costs it nothing.
    scene : Scene or None
        The scene that it was given last: nobody else keeps it. None: none, or it was forgotten.
    """

    parts: ClassVar[tuple[str, ...]]
    scene: Scene | None

    @property
    def seen(self) -> bool:
        """Whether it is on screen."""

    def show_scene(self, scene: Scene) -> None:
        """Draw another scene."""

    def forget(self) -> None:
        """Let go of the recording that was drawn: another one is open."""


class Viewers:
    """Calls a viewer when a part that it draws is another one and it is on screen."""

    def __init__(self, viewers: Iterable[Viewer]) -> None:
        self._viewers = list(viewers)

    def __iter__(self) -> Iterator[Viewer]:
        return iter(self._viewers)

    def add(self, viewer: Viewer) -> None:
        """Call one more."""
        self._viewers.append(viewer)

    def show(self, scene: Scene) -> None:
        """Let them draw another scene; who is hidden draws it when it is seen."""
        for viewer in self._viewers:
            if viewer.seen:
                self.call(viewer, scene)
            elif viewer.scene is not None and viewer.scene.runs != scene.runs:
                viewer.forget()

    def call(self, viewer: Viewer, scene: Scene) -> None:
        """Let one that is on screen draw the scene, where it has not."""
        if scene.differs(viewer.scene, *viewer.parts):
            viewer.show_scene(scene)
