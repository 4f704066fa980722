"""Thresholds that are dragged in the histograms: the newest value is what is tried."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, QTimer

from bcviewer.app.scene import Scene
from bcviewer.app.wishes import Propose
from bcviewer.core.comparison.handles import handle_of
from bcviewer.core.rules.rules import RULES


class DraggedLimits(QObject):
    """Wishes for what is dragged: a value that a newer one follows before it is tried never is.

    Parameters
    ----------
    wish : callable
        Takes what is wished.
    scene : callable
        Returns the scene that is drawn.
    """

    def __init__(
        self,
        wish: Callable[[Propose], None],
        scene: Callable[[], Scene | None],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._wish, self._scene = wish, scene
        self._newest: Propose | None = None
        self._turn = QTimer(self)
        self._turn.setSingleShot(True)
        self._turn.timeout.connect(self._on_turn)

    def saved(self, key: str) -> Sequence[float]:
        """Return the saved thresholds of a metric from which others are tried."""
        scene = self._scene()
        book = None if scene is None or not scene.proposal.changes else scene.book
        out: dict[float, None] = {}
        for sheet in () if book is None else book.sheets:
            for i, rule in enumerate(RULES):
                handle = handle_of(sheet, i) if rule.metric == key else None
                if handle is not None and handle.is_moved:
                    out[handle.saved] = None
        return tuple(out)

    def moved(self, rule: int, value: float, ends: bool) -> None:
        """Try another threshold; ``ends``: it is let go."""
        self._newest = Propose(RULES[rule].parameter, value, goes_on=True)
        if ends:
            self._turn.stop()
            self._on_turn()
            self._wish(Propose(RULES[rule].parameter, value))
        elif not self._turn.isActive():
            self._turn.start()

    def _on_turn(self) -> None:
        newest, self._newest = self._newest, None
        if newest is not None:
            self._wish(newest)
