"""The regions of interest that a curator sets along the probes: said as labels are, and undone."""

from __future__ import annotations

from PySide6.QtCore import QObject

from bcviewer.app.curating.hearing import Hearing
from bcviewer.app.curating.saying import Saying
from bcviewer.app.stage import Stage, intent
from bcviewer.core.curation.entries import NO_UNIT_ID, REGION, Action
from bcviewer.core.run.region import Region
from bcviewer.core.run.run import Run


class Regions(QObject):
    """Says what of a probe is of interest.

    Where it cannot be saved, nothing changes and the stage's ``failed`` tells.
    """

    def __init__(self, stage: Stage, saying: Saying, parent: QObject) -> None:
        super().__init__(parent)
        self.stage, self._saying = stage, saying

    @intent
    def set(self, run: Run, region: Region | None) -> None:
        """Set the region of interest of a run's probe; None: as the config says."""
        hearing = self._saying.hearing_of(run)
        if hearing is None:
            return
        said, spoken = self._saying.say_each([(hearing, lambda: self._say(hearing, region))])
        if said and spoken:
            where = f"is {region.words}" if region is not None else "is as the config says"
            probe = self.stage.scene.probe_of(run)
            words = f"The region of interest of {probe} {where}. Undo takes it back."
            self.stage.notice.emit(words)

    def _say(self, hearing: Hearing, region: Region | None) -> Action | None:
        curation, written = hearing.curation, "" if region is None else region.written
        speaker = self._saying.hearings.speaker
        return curation.act(REGION, speaker.changes(curation.state, REGION, {NO_UNIT_ID: written}))
