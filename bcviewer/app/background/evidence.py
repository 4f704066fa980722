"""Computes evidence off the GUI thread: the current unit first, its neighbours ahead of time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import cast

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from bcviewer.app.background.answering import Answers, answering
from bcviewer.app.background.shared_recording import SharedRecording
from bcviewer.app.background.wanted import KnownAnswers, Wanted
from bcviewer.app.threads.worker import Control, Outcome, Progress, Worker, close_all, join_all
from bcviewer.core.evidence.ask import Ask, Evidence, Missing, Setting
from bcviewer.core.evidence.recording import Recording, UnitData
from bcviewer.core.run.run import Run
from bcviewer.core.run.unit_ids import UnitIds
from bcviewer.core.sheet.ids import SheetRow
from bcviewer.errors import CancelledError, UserError
from bcviewer.oracle.client import Bombcell

Opener = Callable[[Run, Control], Recording]

OPEN_MS = 40
"""The arrays are opened this long after a run is shown: its table is painted first."""

BOMBCELL_MS = 400
"""Bombcell is asked this long after a run is shown: importing it takes a whole core."""

AHEAD_MS = 18
"""Neighbours are computed this long after a step: Python threads would slow its painting down, and
a key that is held repeats every 33 ms."""

RAW_MS = 150
"""The raw file is read this long after a step: never while a key is held."""

_NUMBERS, _BOMBCELL, _RAW = "numbers", "bombcell", "raw"
"""As :mod:`bcviewer.app.background.evidence_kinds`, which is imported later."""


class EvidenceService(QObject):
    """Answers what panels ask about units.

    The arrays of a run are opened (and its spike index built) in one thread; three more answer:
    one with numbers of our own, one that waits for bombcell, one that waits for the raw file. Each
    answers the current unit first, then its neighbours; what nobody wants any more is not computed.

    Attributes
    ----------
    changed : Signal()
        There are more answers about the current unit.
    opened : Signal(Recording or None)
        The arrays of the run can be read; None: they cannot.
    progressed : Signal(Progress or None)
        How far opening the arrays is; None: it ended.
    settled : Signal()
        Nothing is under way that the current unit needs.
    """

    changed = Signal()
    opened = Signal(object)
    progressed = Signal(object)
    settled = Signal()

    def __init__(self, bombcell: Bombcell, opener: Opener, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bombcell = bombcell
        self._opener = opener
        self._run: Run | None = None
        self._ids = UnitIds(np.empty(0, np.int64))
        self._recording: SharedRecording | None = None
        self._problem = ""
        self._known = KnownAnswers()
        self._wanted = Wanted()
        self._lane_of: Callable[[Ask], str] = _numbers
        self._left: dict[tuple[Setting, ...], Missing] = {}
        self._evidence = Evidence()
        self._jobs: dict[str, tuple[int, tuple[Ask, ...]]] = {}
        self._opening = Worker("recording", self)
        self._opening.finished.connect(self._on_opened)
        self._opening.progressed.connect(self.progressed)
        self._lanes = {name: Worker(name, self) for name in (_NUMBERS, _BOMBCELL, _RAW)}
        for worker in self._lanes.values():
            worker.finished.connect(self._on_answered)
        # One waits for bombcell as well: nothing is said of a drive then.
        for lane in (_NUMBERS, _RAW):
            self._lanes[lane].progressed.connect(self._on_silence)
        self._timers = tuple(QTimer(self) for _ in range(4))
        self._bombcell_rests, self._soon, self._later, self._raw_rests = self._timers
        for timer in self._timers:
            timer.setSingleShot(True)
            timer.timeout.connect(self._open if timer is self._soon else self._dispatch)

    # -- what is asked -----------------------------------------------------------------------

    @property
    def evidence(self) -> Evidence:
        """The answers about the current unit that are there."""
        return self._evidence

    @property
    def recording(self) -> Recording | None:
        """The arrays of the run, once they are open."""
        return self._recording.inner if self._recording is not None else None

    @property
    def shared(self) -> Recording | None:
        """The same, for another thread to read."""
        return self._recording

    @property
    def problem(self) -> str:
        """Why the arrays cannot be read; empty where they can, or are not open yet."""
        return self._problem

    @property
    def busy(self) -> bool:
        """Whether something is under way that the current unit needs."""
        opening = self._opening.busy or self._soon.isActive()
        return opening or (self._run is not None and bool(self._open_asks(self._wanted.row)))

    def open(self, run: Run) -> None:
        """Open the arrays of a run; answers about the one before are forgotten."""
        self._run, self._recording = None, None
        self._stop()
        self._run, self._ids, self._problem = run, run.ids, ""
        self._known.clear()
        self._left.clear()
        self._wanted = Wanted()
        self._evidence = Evidence()
        self._bombcell_rests.start(BOMBCELL_MS)
        self._soon.start(OPEN_MS)

    def _open(self) -> None:
        run, opener = self._run, self._opener
        if run is None:
            return

        def work(control: Control) -> Recording:
            from bcviewer.app.background import evidence_kinds  # noqa: F401  here, not on the GUI thread

            return opener(run, control)

        self._opening.submit("evidence", work, run.provenance.ks_dir)

    def adopt(self, ids: UnitIds) -> None:
        """Take over the rows of the run's sheet: phy may have made some, which are its last."""
        if self._run is not None and len(ids) != len(self._ids):
            self._ids = ids
            if self._recording is not None:
                self._recording = self._recording.with_ids(ids)

    @property
    def run(self) -> Run | None:
        """The run that is asked about."""
        return self._run

    def want(
        self,
        row: SheetRow,
        asks: Sequence[Ask],
        ahead: Sequence[SheetRow],
        asks_ahead: Sequence[Ask],
    ) -> None:
        """Say what is wanted of the current unit, and of those that are likely to be next.

        All of them are rows of the sheet of the run that was opened last.
        """
        if row != self._wanted.row:
            self._raw_rests.start(RAW_MS)
        self._wanted = Wanted.of(row, asks, ahead, asks_ahead)
        self._known.use(row)
        self._gather()
        if self._open_asks(row):
            self._dispatch()
        self._later.start(AHEAD_MS)

    def cancel(self) -> None:
        """Stop opening the arrays; what single units ask for takes no time that can be saved."""
        if self._soon.isActive():
            self._open()
        if self._opening.busy:
            self._opening.cancel()
        silence, of_raw = (self._lanes[lane].silence for lane in (_NUMBERS, _RAW))
        if silence:
            self._stop()
            self._problem = f"{silence}; F5 starts it again."
        elif of_raw:  # the rest goes on
            (ask,) = self._jobs.pop(_RAW)[1]
            self._left[ask.settings] = Missing(f"{of_raw}; F5 starts it again.")
            self._lanes[_RAW].cancel()
        if silence or of_raw:
            self.progressed.emit(None)
            self._gather()
            self.changed.emit()
            self._check_settled()

    def _on_silence(self, progress: Progress) -> None:
        self.progressed.emit(replace(progress, tag="evidence"))

    def _stop(self) -> None:
        self._jobs.clear()
        for worker in (*self._lanes.values(), self._opening):
            worker.cancel()

    def end(self) -> None:
        """Ask the threads to end."""
        for timer in self._timers:
            timer.stop()
        self._run = None
        for worker in (self._opening, *self._lanes.values()):
            worker.end()

    def join(self, until: float) -> bool:
        """Wait until a time, s of the monotonic clock; return whether the threads ended."""
        return join_all((self._opening, *self._lanes.values()), until)

    def close(self) -> None:
        """End the threads."""
        close_all([self])

    # -- threads -----------------------------------------------------------------------------

    def _on_opened(self, outcome: Outcome) -> None:
        self.progressed.emit(None)
        if self._run is None:
            return  # another run is about to be opened
        if isinstance(outcome.error, CancelledError):
            why = f" ({outcome.error})" if str(outcome.error) else ""
            self._problem = f"Reading the spikes was cancelled{why}; F5 starts it again."
        elif isinstance(outcome.error, UserError):
            self._problem = outcome.error.message
        elif outcome.error is not None:
            self._problem = "Reading the spikes failed; see the report."
        else:
            from bcviewer.app.background.evidence_kinds import lane_of

            self._lane_of = lane_of
            self._recording = SharedRecording(cast(Recording, outcome.value))
        self.opened.emit(self.recording)
        self._gather()
        self.changed.emit()
        self._dispatch()
        self._check_settled()
        if outcome.error is not None and not isinstance(outcome.error, (CancelledError, UserError)):
            raise outcome.error

    def _open_asks(self, row: int) -> tuple[Ask, ...]:
        """Return what is wanted of a unit and not known."""
        if self._problem:
            return ()
        known = self._known.of(row)
        asks = (ask for ask in self._wanted.of_row(row) if ask not in known)
        return tuple(ask for ask in asks if self._left_alone(ask) is None)

    def _left_alone(self, ask: Ask) -> Missing | None:
        """Return why an ask is not answered: its raw file did not, and was given up."""
        left = self._left.get(ask.settings)
        return left if left is not None and self._lane_of(ask) == _RAW else None

    def _dispatch(self) -> None:
        """Give each thread the first thing to do."""
        if self._recording is None:
            return
        for lane in self._lanes:
            if lane != _NUMBERS and self._bombcell_rests.isActive():
                continue
            if lane == _RAW and self._raw_rests.isActive():
                continue
            todo = self._todo(lane)
            under_way = self._jobs.get(lane)
            if todo is None or todo == under_way:
                continue
            # Neighbours wait for what is under way; the current unit does not.
            row = self._wanted.row
            if under_way is None or (todo[0] == row and under_way[0] != row):
                self._start(lane, *todo)

    def _todo(self, lane: str) -> tuple[int, tuple[Ask, ...]] | None:
        wanted = self._wanted
        for row in (wanted.row, *(() if self._later.isActive() else wanted.ahead)):
            asks = tuple(ask for ask in self._open_asks(row) if self._lane_of(ask) == lane)
            if asks:  # those that read the raw file take long: each is shown when it is there
                return row, asks[:1] if lane == _RAW else asks
        return None

    def _start(self, lane: str, row: int, asks: tuple[Ask, ...]) -> None:
        run, recording, bombcell = self._run, self._recording, self._bombcell
        if run is None or recording is None:
            return
        unit = UnitData(run, row, recording, self._ids)
        work = answering(unit, int(self._ids.cluster_id[row]), asks, bombcell)
        self._jobs[lane] = (row, asks)
        self._lanes[lane].submit(lane, work, run.provenance.ks_dir)

    def _on_answered(self, outcome: Outcome) -> None:
        if isinstance(outcome.error, CancelledError):
            return  # by _stop(), whose caller says what is next
        if outcome.tag != _BOMBCELL:
            self.progressed.emit(None)  # should its place have been silent
        job = self._jobs.pop(outcome.tag, None)
        value = outcome.value
        if isinstance(value, Answers):
            if value.run is self._run and value.cluster_id == self._ids.cluster_id[value.row]:
                self._keep(value.row, value.answers)
        elif job is not None:
            failed = Missing("This could not be computed; see the report.")
            self._keep(job[0], dict.fromkeys(job[1], failed))
        self._dispatch()
        self._check_settled()
        if outcome.error is not None:
            raise outcome.error  # unexpected: reaches the excepthook and its report

    def _keep(self, row: int, answers: dict[Ask, object]) -> None:
        self._known.add(row, answers)
        if row == self._wanted.row:
            self._gather()
            self.changed.emit()

    def _gather(self) -> None:
        """Freeze what is known of the current unit, if an answer that is wanted is another one.

        One that nobody wants any more, asked for at another size or in another layout, draws
        nothing anew.
        """
        wanted, before = self._wanted, self._evidence
        known = dict(self._known.of(wanted.row))
        if self._problem:
            known = dict.fromkeys(wanted.asks, Missing(self._problem))
        known.update((ask, left) for ask in wanted.asks if (left := self._left_alone(ask)))
        another = before.row != wanted.row or before.run is not self._run
        if another or any(before.answers.get(ask) is not known.get(ask) for ask in wanted.asks):
            self._evidence = Evidence(wanted.row, MappingProxyType(known), self._run)

    def _check_settled(self) -> None:
        if not self.busy:
            self.settled.emit()


def _numbers(_: Ask) -> str:
    return _NUMBERS
