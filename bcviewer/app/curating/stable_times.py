"""The time in which the current unit is stable: kept, taken back, looked at again."""

from __future__ import annotations

from PySide6.QtCore import QObject

from bcviewer.app.curating.saying import NOT_OPEN, Saying
from bcviewer.app.curating.telling import Telling
from bcviewer.app.stage import Stage, intent
from bcviewer.core.curation.stable import stable_time
from bcviewer.core.run.stretch import Stretch
from bcviewer.core.sheet.ids import ClusterId


class StableTimes(QObject):
    """Says of the current unit, and of no other, in which stretch it is stable.

    Where it cannot be saved, nothing changes and the stage's ``failed`` tells.

    Parameters
    ----------
    telling : Telling
        Tells what was done.
    """

    def __init__(
        self,
        stage: Stage,
        saying: Saying,
        telling: Telling,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._telling = telling
        self.stage = stage
        self._saying = saying

    @intent
    def keep(self) -> None:
        """Keep the stretch that is looked at as the time in which the current unit is stable."""
        stretch = self.stage.scene.stretch
        if stretch is None:
            self.stage.notice.emit("Choose a stretch first: drag over Amplitudes.")
            return
        self._say(stretch, stretch.stable)

    @intent
    def forget(self) -> None:
        """Take back that the current unit has a stable time."""
        unit = self._unit()
        if unit is None:
            return
        if stable_time(self._saying.curation.state, unit) is None:
            self.stage.notice.emit(f"Unit {unit} has no stable time.")
            return
        self._say(None, "stable time removed")

    def kept(self) -> Stretch | None:
        """Return the stable time of the current unit; None: there is none."""
        unit = self._unit()
        return None if unit is None else stable_time(self._saying.curation.state, unit)

    def _say(self, stretch: Stretch | None, what: str) -> None:
        unit = self._unit()
        if unit is None:
            return
        rows = self.stage.scene.selected
        own = rows[rows == self.stage.scene.current]
        said, spoken = self._saying.say_of(
            own, lambda curation, _: curation.keep_stable(unit, stretch)
        )
        if said:
            self._telling.done(what, own, spoken)

    def _unit(self) -> ClusterId | None:
        """Return the current unit's id; None where nothing can be said of it, and say why."""
        scene = self.stage.scene
        if scene.table is None or scene.current < 0:
            return None
        rows = scene.marked.selected[scene.marked.selected == scene.current]
        own = self._saying.own(rows)
        if len(own) and scene.table.ids.sayable[own].all():
            return ClusterId(int(scene.table.ids.ids_of(own)[0]))
        why = scene.table.ids.why_unsaid(own)
        self.stage.notice.emit(f"{why[:1].upper()}{why[1:]}." if why else NOT_OPEN)
        return None
