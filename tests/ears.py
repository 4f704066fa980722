"""Hears what a session tells: which parts of the scene are others, and its events."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bcviewer.app.scene import Scene
from bcviewer.app.session import Session


class Ear:
    """Hears some parts of the scene and some events of a session, by their names."""

    def __init__(self, session: Session, *names: str) -> None:
        self.heard: list[tuple[str, Any]] = []
        self.turns: list[list[str]] = []
        """The parts that were told together."""
        parts = set(Scene.__dataclass_fields__) | {n for n in dir(Scene) if n[:1] != "_"}
        self._parts = [name for name in names if name in parts]
        for name in names:
            if name not in self._parts:
                getattr(session, name).connect(self._listener(name))
        session.changed.connect(self._on_changed)

    def _listener(self, name: str) -> Callable[..., None]:
        return lambda *args: self.heard.append((name, *args))

    def _on_changed(self, before: Scene, scene: Scene) -> None:
        told = [name for name in self._parts if scene.differs(before, name)]
        self.turns.append(told)
        self.heard += [(name, scene.part(name)) for name in told]

    def names(self) -> list[str]:
        """Return the names of what was heard."""
        return [name for name, *_ in self.heard]

    def take(self, name: str) -> list[Any]:
        """Return what was heard of one, and forget all."""
        found = [args[0] for n, *args in self.heard if n == name]
        self.heard.clear()
        return found
