"""The stretch of the recording that is looked at: chosen by hand, for the current unit alone."""

from __future__ import annotations

from PySide6.QtCore import QObject

from bcviewer.app.stage import Stage, intent
from bcviewer.app.viewing.marking import Marking
from bcviewer.core.run.stretch import typed_stretch, within
from bcviewer.errors import UserError

NO_UNIT_WORDS = "Choose a unit first: a stretch is of one unit."


class Stretching(QObject):
    """Chooses a stretch, and ends it; another current unit ends it, too."""

    def __init__(self, stage: Stage, marking: Marking, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.stage = stage
        marking.moved.connect(self._on_moved)

    @intent
    def choose(self, start_s: float, stop_s: float) -> None:
        """Look at a stretch of the current unit's recording beside the whole.

        Parameters
        ----------
        start_s, stop_s : float
            Its limits, s, in any order; what is beyond the session is not in it.
        """
        scene = self.stage.scene
        if scene.run is None or scene.current < 0:
            self.stage.notice.emit(NO_UNIT_WORDS)
            return
        stretch = within(start_s, stop_s, *scene.run.session_s)
        if stretch is None:
            first, last = scene.run.session_s
            self.stage.notice.emit(
                f"Nothing of the session is in it: it goes from {first:.1f} to {last:.1f} s."
            )
        elif stretch != scene.stretch:
            self.stage.become(stretch=stretch)
            words = f"{stretch.words} beside the whole"
            self.stage.notice.emit(f"{words}: no label follows from it. Esc ends it.")

    def choose_typed(self, text: str) -> str:
        """Choose the stretch that somebody typed; return what is wrong, if anything."""
        run = self.stage.scene.run
        if run is None:
            return NO_UNIT_WORDS
        try:
            start, stop = typed_stretch(text, run.session_s[1])
        except UserError as error:
            return " ".join(filter(None, (error.message, error.hint)))
        self.choose(start, stop)
        return ""

    @intent
    def end(self) -> None:
        """Look at the whole again."""
        if self.stage.scene.stretch is not None:
            self.stage.become(stretch=None)

    def _on_moved(self) -> None:
        self.end()
