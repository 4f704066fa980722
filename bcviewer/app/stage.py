"""The scene, and the only way to another one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar
from weakref import WeakSet

from PySide6.QtCore import QObject, Signal

from bcviewer.app.scene import Scene
from bcviewer.app.threads.waiting import OwnTurn, in_loop
from bcviewer.core.arrays import Ints
from bcviewer.core.run.run import Run


class Stage(QObject):
    """Owns the scene: what owners of state change and what viewers draw.

    Attributes
    ----------
    scene : Scene
        Everything that viewers draw. Only :meth:`become` assigns it.
    telling : Signal(Scene)
        The scene is about to be told, with the one that was told last: who adds to it (what is
        known of the current unit) does so now.
    changed : Signal(Scene, Scene)
        The scene as it was told last, and as it is: at most once a turn of the event loop.
    settled : Signal()
        A turn ended in which more was told.
    leaving : Signal(bool)
        What is open is about to be left, or (False) somebody wishes it: what is being written for
        it is to be saved.
    renumbered : Signal(numpy.ndarray)
        Rows of the book are elsewhere: by row, where. Phy made units of a sheet before others.
    writing : Signal()
        A note is being written: nothing of it is in the scene before it is left.
    notice : Signal(str)
        A short message for the status bar; empty: the one before is over.
    warning : Signal(str)
        A notice of what became of the person's data without their act: others do not replace it.
    failed : Signal(UserError)
        Something cannot be done; what was open is as it was.
    """

    telling = Signal(object)
    changed = Signal(object, object)
    settled = Signal()
    leaving = Signal(bool)
    renumbered = Signal(object)
    writing = Signal()
    notice = Signal(str)
    warning = Signal(str)
    failed = Signal(object)

    def __init__(self, scene: Scene, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.warning.connect(self.notice)
        self.scene = scene
        self._told = scene
        """The scene that was told last."""
        self._in_company: WeakSet[Run] = WeakSet()
        """The runs that were shown beside others: who holds rows may mean the rows of all."""
        self._depth = 0
        """How many intents are under way, one within another."""
        self._telling = self._closed = False
        self._turn = OwnTurn(self)
        self._turn.come.connect(self._end_turn)

    @property
    def closed(self) -> bool:
        """Whether nothing is told any more."""
        return self._closed

    @property
    def told(self) -> Scene:
        """The scene that was told last: what viewers draw."""
        return self._told

    @property
    def busy(self) -> bool:
        """Whether something is still to be told."""
        return self._told is not self.scene

    def become(self, **changes: Any) -> None:
        """Let other things be shown: the only assignment of the scene there is."""
        self.scene = replace(self.scene, **changes)
        if len(runs := self.scene.runs) > 1 and "book" in changes:
            self._in_company.update(runs)
        if not self._depth:
            self._tell()

    @contextmanager
    def acting(self) -> Iterator[None]:
        """Let what changes meanwhile be told once, at the end."""
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1
            if not self._depth:
                self._tell()

    def is_left(self, run: Run, rows: Ints | None = None) -> bool:
        """Whether another run than that one is open by now; say so, where it is.

        Whoever asks first and does later (a dialog, a job, a line that is typed into) holds rows
        and ids that mean other units elsewhere.
        """
        if self.now(run, rows) is not None:
            return False
        name = run.provenance.name
        self.notice.emit(f"Nothing was done: it was for {name}, which is open no more.")
        return True

    def now(self, run: Run, rows: Ints | None = None) -> Run | None:
        """Return a run as it is open now, maybe read again; None: another one is open.

        ``rows`` are those that are meant of it: those that phy made are others once it was read
        again. Rows among those of other runs are others then, too: it counts as another one.
        """
        if any(now is run for now in self.scene.runs):
            return run
        if run in self._in_company or len(self.scene.runs) > 1:
            return None
        made = rows is not None and bool((rows >= run.n_units).any())
        again = (now for now in self.scene.runs if not made and now.is_read_again(run))
        return next(again, None)

    def close(self) -> None:
        """Tell nothing any more."""
        self._closed = True
        self._turn.stop()

    def _tell(self) -> None:
        """Tell what changed, unless something was told just now: then in a turn of its own."""
        if self._told is self.scene or self._closed:
            return
        turns = in_loop()
        if self._telling or (turns and self._turn.is_coming):
            self._turn.start(0)
            return
        self._telling = True
        try:
            self._complete()
            before, self._told = self._told, self.scene
            if turns:
                self._turn.start(0)
            self.changed.emit(before, self._told)
        finally:
            self._telling = False

    def _complete(self) -> None:
        """Let be added what is told with it."""
        self._depth += 1
        try:
            self.telling.emit(self._told)
        finally:
            self._depth -= 1

    def _end_turn(self) -> None:
        """Tell what came after something was told."""
        if self.busy:
            self._tell()
            self.settled.emit()


class OnStage(Protocol):
    """Who changes the scene."""

    @property
    def stage(self) -> Stage:
        """Where the scene is."""


Owner = TypeVar("Owner", bound=OnStage)
Given = ParamSpec("Given")
Answer = TypeVar("Answer")


def intent(
    method: Callable[Concatenate[Owner, Given], Answer],
) -> Callable[Concatenate[Owner, Given], Answer]:
    """Let what a method changes be told once, at its end."""

    @wraps(method)
    def run(self: Owner, /, *args: Given.args, **kwargs: Given.kwargs) -> Answer:
        with self.stage.acting():
            return method(self, *args, **kwargs)

    return run
