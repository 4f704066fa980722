"""Thresholds that are moved where they are drawn: the newest value is what is tried."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, QTimer

from bcviewer.app.scene import Scene
from bcviewer.app.wishes import Propose, ResetProposal, Wish
from bcviewer.core.comparison.handles import Handle, handle_of, stepped
from bcviewer.core.rules.rules import RULES


class DraggedLimits(QObject):
    """Wishes for what is moved: a value that a newer one follows before it is tried never is.

    Parameters
    ----------
    wish : callable
        Takes what is wished.
    scene : callable
        Returns the scene that is drawn.
    """

    def __init__(
        self,
        wish: Callable[[Wish], None],
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
        return tuple(dict.fromkeys(h.saved for _, h in self.handles(key) if h.is_moved))

    def handles(self, key: str) -> list[tuple[int, Handle]]:
        """Return the handles of a metric in all that is open, each with its rule."""
        scene = self._scene()
        sheets = () if scene is None or scene.book is None else scene.book.sheets
        rules = [i for i, rule in enumerate(RULES) if rule.metric == key]
        found = ((i, handle_of(sheet, i)) for sheet in sheets for i in rules)
        return [(i, handle) for i, handle in found if handle is not None]

    def handle(self, rule: int) -> Handle | None:
        """Return the handle of a rule: of the current unit's run, or of the first that has it."""
        scene = self._scene()
        if scene is None or scene.book is None or scene.sheet is None:
            return None
        found = (handle_of(sheet, rule) for sheet in (scene.sheet, *scene.book.sheets))
        return next((handle for handle in found if handle is not None), None)

    def moved(self, rule: int, value: float, ends: bool) -> None:
        """Try another threshold; ``ends``: it is let go."""
        if RULES[rule].is_count:
            value = float(round(value))
        self._newest = Propose(RULES[rule].parameter, value, goes_on=True)
        if ends:
            self._turn.stop()
            self._on_turn()
            self._wish(Propose(RULES[rule].parameter, value))
        elif not self._turn.isActive():
            self._turn.start()

    def typed(self, rule: int, value: float) -> None:
        """Try a threshold that was typed."""
        self._wish(Propose(RULES[rule].parameter, value))

    def stepped(self, rule: int, steps: float) -> None:
        """Move a threshold by some steps of measurement error: one change with those before."""
        scene = self._scene()
        if scene is None or scene.sheet is None or handle_of(scene.sheet, rule) is None:
            return
        value = stepped(scene.sheet, scene.sheet_row, rule, steps)
        self._wish(Propose(RULES[rule].parameter, value, goes_on=True))

    def reset(self, rule: int) -> None:
        """Take the saved threshold again."""
        self._wish(ResetProposal(RULES[rule].parameter))

    def _on_turn(self) -> None:
        newest, self._newest = self._newest, None
        if newest is not None:
            self._wish(newest)
