"""The line that is drawn around spikes of the current unit, by hand, and nothing follows from."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QObject

from bcviewer.app.stage import Stage, intent
from bcviewer.app.viewing.marking import Marking
from bcviewer.core.arrays import Floats
from bcviewer.core.evidence.lasso import Lasso

NO_UNIT_WORDS = "Choose a unit first: the lasso is for spikes of one unit."
DRAW = "Draw a lasso around spikes, in Amplitudes or Drift. Esc ends it."


class Encircling(QObject):
    """Begins with the lasso, takes what was drawn, and ends it; a step takes the line away."""

    def __init__(self, stage: Stage, marking: Marking, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.stage = stage
        marking.moved.connect(self._on_moved)

    @intent
    def begin(self) -> bool:
        """Let a line be drawn; return whether there is a unit for it."""
        scene = self.stage.scene
        if scene.run is None or scene.current < 0:
            self.stage.notice.emit(NO_UNIT_WORDS)
            return False
        if scene.lasso is None:
            self.stage.become(lasso=Lasso())
        self.stage.notice.emit(DRAW)
        return True

    @intent
    def draw(self, over: str, corners: Floats) -> None:
        """Ask what both parts would be; without corners the line is taken away.

        Parameters
        ----------
        over : str
            Over which value of the spikes, as :attr:`Lasso.over`.
        corners : numpy.ndarray
            Time, s, and value of each corner, shape (n, 2).
        """
        scene = self.stage.scene
        if scene.lasso is not None:
            drawn = len(corners) > 2 and np.isfinite(corners).all()  # NaN: never the same ask again
            self.stage.become(lasso=Lasso(over, corners) if drawn else Lasso())

    @intent
    def end(self) -> None:
        """Draw no more, and take the line away."""
        if self.stage.scene.lasso is not None:
            self.stage.become(lasso=None)

    def _on_moved(self) -> None:
        if self.stage.scene.lasso is not None:  # another value: what is being drawn ends, too
            self.draw("", Lasso().corners)
