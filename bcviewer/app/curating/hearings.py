"""What was said of all recordings that are open: each has journals of its own."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QObject, Signal

from bcviewer.app.curating.curation import Curation
from bcviewer.app.curating.hearing import Hearing
from bcviewer.app.curating.speaker import Speaker
from bcviewer.app.save_state import saved_of_all
from bcviewer.app.scene import Scene
from bcviewer.app.stage import Stage
from bcviewer.app.threads.under_way import UnderWay
from bcviewer.app.threads.worker import Closing
from bcviewer.app.viewing.viewing import Viewing
from bcviewer.core.arrays import Ints
from bcviewer.core.run.run import Run
from bcviewer.core.sheet.ids import NO_ROWS
from bcviewer.io.journal.queue_file import QueueFiles


class Hearings(QObject):
    """Owns a :class:`Hearing` for each recording that is open; the first one is always there.

    Those of recordings that were left stay for the next ones: what they owe the results' folders
    is still written.

    Attributes
    ----------
    speaker : Speaker
        Who says things in this window.
    read : Signal(Hearing, Opened)
        The journals of a recording were read on this computer.
    ended : Signal(Hearing)
        Reading them ended, however it did.
    left : Signal(Hearing)
        They are open no more.
    opened : Signal(Hearing)
        It is known what is in them.
    heard : Signal(Hearing)
        Somebody else said something.
    told : Signal(str)
        What a curator should know now.
    """

    read = Signal(object, object)
    ended = Signal(object)
    left = Signal(object)
    opened = Signal(object)
    heard = Signal(object)
    told = Signal(str)

    def __init__(
        self,
        stage: Stage,
        viewing: Viewing,
        under_way: UnderWay,
        queues: QueueFiles,
        is_acting: Callable[[], bool],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.stage, self.speaker = stage, Speaker(stage.scene.person)
        self._viewing, self._queues, self._is_acting = viewing, queues, is_acting
        self._under_way = under_way
        self._made: list[Hearing] = []
        self._n_open = 1
        """How many of them are of what is open; of the first one, where nothing is."""
        self._make()
        stage.telling.connect(self._on_telling)

    @property
    def all(self) -> tuple[Hearing, ...]:
        """Those of the recordings that are open, in the order in which they were."""
        return tuple(self._made[: self._n_open])

    @property
    def now(self) -> Hearing:
        """That of the current unit's recording; the first one where it has none."""
        run = self.stage.scene.run
        return (None if run is None else self.of(run)) or self._made[0]

    @property
    def busy(self) -> bool:
        """Whether journals are being read, here or where they are mirrored."""
        return any(hearing.curation.busy for hearing in self.all)

    def of(self, run: Run) -> Hearing | None:
        """Return that of a run; None: its journals are not open, nor about to be."""
        return next((hearing for hearing in self.all if hearing.run is run), None)

    def open(self, run: Run) -> None:
        """Read the journals of a recording, in place of all others."""
        left, self._n_open = self._made[1:], 1
        for hearing in left:
            hearing.curation.journals.leave()
        self._made[0].curation.open(run)

    def join(self, run: Run) -> None:
        """Read the journals of one more recording."""
        if self._n_open == len(self._made):
            self._make()
        self._n_open += 1
        self._made[self._n_open - 1].curation.open(run)

    def own(self, rows: Ints) -> Ints:
        """Return those of some rows that are of recordings whose journals are open, in order."""
        if self._n_open == 1:
            return self._made[0].own(rows)
        found = np.concatenate([NO_ROWS, *(hearing.own(rows) for hearing in self.all)])
        return rows[np.isin(rows, found)]

    def apart(self, rows: Ints) -> list[tuple[Hearing, Ints]]:
        """Return which of some rows are of which recording; those without any are left out."""
        parts = ((hearing, hearing.own(rows)) for hearing in self.all)
        return [(hearing, own) for hearing, own in parts if len(own)]

    def set_person(self, name: str) -> None:
        """Say who curates from now on."""
        self.speaker.set_person(name)

    def cancel(self) -> None:
        """Wait no more for journals on other drives."""
        for hearing in self.all:
            hearing.curation.cancel()

    def close(self) -> tuple[Closing, ...]:
        """Return the threads that are to be ended."""
        return tuple(
            thread for each in self._made for thread in (each.curation, each.drafts.writer)
        )

    def _make(self) -> None:
        hearing = Hearing(
            self.stage, self._viewing, self.speaker, self._queues, self._is_acting, self
        )
        curation: Curation = hearing.curation
        hearing.read.connect(self.read)
        hearing.ended.connect(self.ended)
        hearing.left.connect(self.left)
        hearing.opened.connect(self.opened)
        hearing.heard.connect(self.heard)
        hearing.saved.connect(self._on_saved)
        hearing.drafts.told.connect(self.told)
        hearing.drafts.told.connect(self.stage.notice)
        curation.told.connect(self.told)
        curation.told.connect(self.stage.notice)
        curation.failed.connect(self.stage.failed)
        curation.progressed.connect(self._under_way.show)
        curation.settled.connect(self._on_settled)
        self._made.append(hearing)

    def _on_telling(self, _: Scene) -> None:
        for hearing in self.all:
            hearing.agree()

    def _on_saved(self) -> None:
        self.stage.become(save=saved_of_all([one.curation.save for one in self.all]))

    def _on_settled(self) -> None:
        if not self.busy:
            self._under_way.end("curation")
        self._under_way.check()
