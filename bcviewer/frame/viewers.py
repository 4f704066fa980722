"""Who draws the scene: one small protocol, and who is called when another scene is there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from time import perf_counter
from typing import ClassVar, Protocol

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from bcviewer.app.scene import Scene
from bcviewer.app.threads.under_way import Busy
from bcviewer.app.threads.waiting import LONG_MS, PAINTED_MS, OwnTurn, in_loop
from bcviewer.app.trace import Trace
from bcviewer.widgets.base.panel import Panel
from bcviewer.widgets.drawing.painting import PaintedApart

_SAME_FRAME = ("proposal", "retested", "label_source", "is_hidden")
"""Where one of these is another one, all that is on screen changes in one frame: what is tried,
what a blind review hides; and where a row is another unit's, by which panels know it."""
DRAWING_MS = LONG_MS
"""Panels draw in a turn as long as they have not taken this long."""
AT_ONCE = 2
"""…and at most so many: to paint one takes longer than to draw what moved in it. Together with the
table only one is painted."""


class Viewer(Protocol):
    """Draws some parts of the scene.

    Attributes
    ----------
    parts : tuple of str
        The parts that it draws; a change of others costs it nothing.
    waits : bool
        Whether it may draw in a later turn of the event loop than others do: a panel.
    scene : Scene or None
        The scene that it was given last. None: none, or it was forgotten.
    """

    parts: ClassVar[tuple[str, ...]]
    waits: ClassVar[bool]
    scene: Scene | None

    @property
    def seen(self) -> bool:
        """Whether it is on screen."""

    def show_scene(self, scene: Scene) -> None:
        """Draw another scene."""

    def forget(self) -> None:
        """Let go of the recording that was drawn: another one is open."""


class Viewers(QObject):
    """Calls a viewer when a part that it draws is another one and it is on screen.

    Panels draw in further turns of the event loop, a few in each: all of them together take longer
    than the window may be silent. In between it answers, and Qt paints what was drawn: the next
    ones draw once that is painted, else one frame would gather the panels of several turns.

    Parameters
    ----------
    viewers : iterable of Viewer
        Who draws.
    drawing_ms : float
        How long panels draw in a turn; one does in any case.

    Attributes
    ----------
    waiting : Signal(bool)
        Whether panels are still to draw.
    same_frame : Signal()
        All that is on screen is drawn in one frame now.
    """

    waiting = Signal(bool)
    same_frame = Signal()

    def __init__(self, viewers: Iterable[Viewer], drawing_ms: float = DRAWING_MS) -> None:
        super().__init__()
        self._viewers, self._drawing_ms = list(viewers), drawing_ms
        self._apart: PaintedApart | None = None
        self._with_table = False
        """Whether the next one is painted with the table and the bars, in one frame."""
        self._scene: Scene | None = None
        """The scene that was shown last."""
        self._later: list[Viewer] = []
        self._told_busy = False
        self._next = OwnTurn(self)
        self._next.come.connect(self._draw_next)

    @property
    def busy(self) -> bool:
        """Whether panels are still to draw."""
        return bool(self._later)

    def paint_apart(self, window: QWidget) -> None:
        """Let nothing be painted in a turn that drew long; they are on this window."""
        self._apart = PaintedApart(window, LONG_MS)

    @property
    def is_painted(self) -> bool:
        """Whether what was drawn is on the screen: asked once Qt has handled what there was."""
        return not self.busy and (self._apart is None or not self._apart.is_due)

    def __iter__(self) -> Iterator[Viewer]:
        return iter(self._viewers)

    def add(self, viewer: Viewer) -> None:
        """Call one more."""
        self._viewers.append(viewer)

    def show(self, scene: Scene) -> None:
        """Let them draw another scene; who is hidden draws it when it is seen."""
        before, self._scene = self._scene, scene
        in_turns = in_loop() and not scene.differs(before, *_SAME_FRAME)
        in_turns = in_turns and is_row_by_row(before, scene) and _blind(before) is _blind(scene)
        if not in_turns:
            self._later.clear()
            self.same_frame.emit()
        viewers = iter(self._viewers)
        try:
            for viewer in viewers:
                self._show_to(viewer, scene, keep=viewer.waits and in_turns)
        finally:  # one that fails keeps no other from drawing: those after it do in a later turn
            for viewer in viewers:
                self._show_to(viewer, scene, keep=True)
            # rows that are all others, or say something else, are painted first
            others = before is None or scene.differs(before, "book", "view", "table")
            self._with_table = not others and (self._with_table or not self._next.is_coming)
            self._go_on(0 if self._with_table else PAINTED_MS)

    def _show_to(self, viewer: Viewer, scene: Scene, *, keep: bool) -> None:
        """Let one draw, now or later; one that is hidden lets go of a recording that is left."""
        if not viewer.seen:
            if viewer.scene is not None and viewer.scene.runs != scene.runs:
                viewer.forget()
        elif not keep:
            self.call(viewer, scene)
        elif viewer not in self._later and scene.differs(viewer.scene, *viewer.parts):
            self._later.append(viewer)

    def stop(self) -> None:
        """Let nobody draw any more: the window closes."""
        self._next.stop()
        self._later.clear()
        self._go_on()

    def _go_on(self, ms: int = PAINTED_MS) -> None:
        """Let the next ones draw in a turn of their own; say whether there are any."""
        if self._later:
            self._next.start(ms)
        if self.busy != self._told_busy:
            self._told_busy = self.busy
            self.waiting.emit(self.busy)

    def _draw_next(self) -> None:
        """Let some draw what there is by now: whoever waits longest."""
        if not self._with_table and self._apart is not None and self._apart.awaits():
            self._go_on()
            return
        end = perf_counter() + self._drawing_ms / 1e3
        left, self._with_table = 1 if self._with_table else AT_ONCE, False
        try:
            while self._later and self._scene is not None:
                viewer = self._later.pop(0)
                if viewer.seen:
                    left -= self.call(viewer, self._scene)
                if not left or perf_counter() >= end:
                    break
        finally:
            self._go_on()

    def call(self, viewer: Viewer, scene: Scene) -> bool:
        """Let one that is on screen draw the scene, where it has not; return whether it did."""
        differs = scene.differs(viewer.scene, *viewer.parts)
        if differs:
            if self._apart is not None:
                self._apart.expect()
            viewer.show_scene(scene)
        return differs


class Appearing(QObject):
    """Lets panels that came on screen, or have another place on it, follow one in a turn.

    To draw and to paint all of a layout takes longer than the window may be silent. Until its turn
    comes, what was on the screen in a panel's place stays there.

    Parameters
    ----------
    parent : QObject
        Who owns it.
    first : Busy, optional
        What is painted before them.

    Attributes
    ----------
    waiting : Signal(bool)
        Whether panels are still to follow.
    """

    waiting = Signal(bool)

    def __init__(self, parent: QObject, first: Busy | None = None) -> None:
        super().__init__(parent)
        self._first = first
        self._held: list[Panel] = []
        self._let: Panel | None = None
        self._next = OwnTurn(self)
        self._next.come.connect(self._let_next)

    @property
    def busy(self) -> bool:
        """Whether panels are still to follow."""
        return bool(self._held)

    def hold(self, panel: Panel) -> bool:
        """Keep a panel from being painted until its turn comes; return whether it has to wait.

        It draws when it appears once more, by then. Outside an event loop nobody waits.
        """
        if panel is self._let or not in_loop():
            return False
        if panel not in self._held:
            if not self._held:
                self.waiting.emit(True)
                self._next.start(0)
            self._held.append(panel)
            panel.keep_back()
            handle = panel.window().windowHandle()
            if handle is None or not handle.isExposed():  # nothing is there yet: it would be black
                panel.blank()
        return True

    def hold_all(self, panels: Iterable[Panel]) -> None:
        """Keep those on screen from being painted together with the window around them.

        What waits for its turn is put off until that is painted.
        """
        for panel in panels:
            if panel.seen:
                self.hold(panel)
        if self._held:
            self._next.stop()
            self._next.start()

    def blank(self) -> None:
        """Show nothing in the place of those that wait: else a layout that was left is there."""
        for panel in self._held:
            panel.blank()

    def let_all(self) -> None:
        """Let all follow now: what they covered is another size, or may be seen no longer."""
        while self._held:
            self._let_one()

    def stop(self) -> None:
        """Let nobody follow any more: the window closes."""
        self._next.stop()
        if self._held:
            self._held.clear()
            self.waiting.emit(False)

    def _let_next(self) -> None:
        """Let the next one follow that is on screen."""
        if self._first is not None and self._first.busy:
            self._next.start()
            return
        while self._held:
            if self._let_one():
                break

    def _let_one(self) -> bool:
        """Let the first one follow; return whether it is on screen."""
        self._let = panel = self._held.pop(0)
        try:
            panel.come_forward()
        finally:  # one that fails keeps no other from being painted
            self._let = None
            if self._held:
                self._next.start()
            else:
                self._next.stop()
                self.waiting.emit(False)
        return panel.seen


class Stopwatch(QObject):
    """Traces how long it takes until a change of the scene is on the screen."""

    def __init__(self, trace: Trace, viewers: Viewers, parent: QObject) -> None:
        super().__init__(parent)
        self._trace, self._viewers = trace, viewers

    def start(self, before: Scene, scene: Scene) -> None:
        """Trace the kinds of change between two scenes."""
        if not self._trace.on or scene.runs != before.runs:
            return
        if scene.differs(before, "manual"):
            self._time("label")
        if scene.differs(before, "view"):
            self._time("filter" if scene.view.n_shown != before.view.n_shown else "sort")
        if scene.differs(before, "current"):
            self._time("step")

    def _time(self, event: str) -> None:
        start = perf_counter()

        def painted() -> None:  # a timer of no time runs after the paint events in the queue
            if not self._viewers.is_painted:
                QTimer.singleShot(0, self, painted)
                return
            self._trace.write(event, ms=round((perf_counter() - start) * 1000, 2))

        QTimer.singleShot(0, self, painted)


def _blind(scene: Scene | None) -> object:
    """Return a review queue that hides verdicts: where it is another one, others are shown."""
    review = None if scene is None else scene.review
    return review if review is not None and review.spec.blind else None


def is_row_by_row(before: Scene | None, scene: Scene) -> bool:
    """Whether no row is another unit's, but those that phy made may be gone, or there again.

    They are, for a moment, where the files are read again.
    """
    if are_in_place(before, scene):
        return True
    was, now = None if before is None else before.book, scene.book
    return was is not None and now is not None and now.keeps_rows(was)


def are_in_place(before: Scene | None, scene: Scene) -> bool:
    """Whether the rows are of the units that they were: read again, or phy may have made some.

    Further probes may have joined: their rows come after those.
    """
    was, now = None if before is None else before.book, scene.book
    if was is now:
        return True
    if before is None or was is None or now is None:
        return False
    same = scene.runs[: len(before.runs)] == before.runs
    return now.moved(was) is None if same else now.is_read_again(was)
