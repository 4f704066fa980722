"""Computes evidence off the GUI thread: the current unit first, its neighbours ahead of time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from types import MappingProxyType

from PySide6.QtCore import QObject, QTimer, Signal

from bcviewer.app.background.answering import Answers, answering
from bcviewer.app.background.arrays import Opener, RunArrays
from bcviewer.app.background.wanted import KnownAnswers, UnitAt, Wanted
from bcviewer.app.threads.worker import Outcome, Progress, Worker, close_all, join_all
from bcviewer.core.evidence.ask import Ask, AskValue, Evidence, Missing
from bcviewer.core.run.run import Run
from bcviewer.core.run.unit_ids import NO_ID
from bcviewer.core.sheet.ids import NO_ROW, SheetRow
from bcviewer.errors import CancelledError
from bcviewer.oracle.client import Bombcell

BOMBCELL_MS = 400
"""Bombcell is asked this long after a run is shown: importing it takes a whole core."""

AHEAD_MS = 18
"""Neighbours are computed this long after a step: Python threads would slow its painting down, and
a key that is held repeats every 33 ms."""

RAW_MS = 150
"""The raw file is read this long after a step: never while a key is held."""

_NUMBERS, _BOMBCELL, _RAW = "numbers", "bombcell", "raw"
"""As :mod:`bcviewer.app.background.evidence_kinds`, which is imported later."""


_NOBODY = UnitAt(NO_ROW, NO_ID)


class EvidenceService(QObject):
    """Answers what panels ask about units.

    Three threads answer: one with numbers of our own, one that waits for bombcell, one that waits
    for the raw file. Each answers the current unit first, then its neighbours; what nobody wants
    any more is not computed.

    Attributes
    ----------
    arrays : RunArrays
        What is read of the run.
    changed : Signal()
        There are more answers about the current unit.
    opened : Signal()
        The arrays of the run can be read, or they cannot, which is known by now.
    progressed : Signal(Progress or None)
        How far opening the arrays is; None: it ended.
    settled : Signal()
        Nothing is under way that the current unit needs.
    """

    changed = Signal()
    opened = Signal()
    progressed = Signal(object)
    settled = Signal()

    def __init__(self, bombcell: Bombcell, opener: Opener, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bombcell = bombcell
        self.arrays = RunArrays(opener, self)
        self.arrays.opened.connect(self._on_opened)
        self.arrays.progressed.connect(self.progressed)
        self._known = KnownAnswers()
        self._wanted = Wanted()
        self._lane_of: Callable[[Ask], str] = _numbers
        self._left: dict[tuple[AskValue, ...], Missing] = {}
        self._evidence = Evidence()
        self._about = _NOBODY
        """Whom it is about."""
        self._jobs: dict[str, tuple[UnitAt, tuple[Ask, ...]]] = {}
        self._lanes = {name: Worker(name, self) for name in (_NUMBERS, _BOMBCELL, _RAW)}
        for worker in self._lanes.values():
            worker.finished.connect(self._on_answered)
            worker.progressed.connect(self._on_silence)
        self._timers = tuple(QTimer(self) for _ in range(3))
        self._bombcell_rests, self._later, self._raw_rests = self._timers
        for timer in self._timers:
            timer.setSingleShot(True)
            timer.timeout.connect(self._dispatch)

    # -- what is asked -----------------------------------------------------------------------

    @property
    def evidence(self) -> Evidence:
        """The answers about the current unit that are there."""
        return self._evidence

    @property
    def busy(self) -> bool:
        """Whether something is under way that the current unit needs."""
        arrays = self.arrays
        return arrays.busy or (arrays.run is not None and bool(self._open_asks(self._wanted.row)))

    def open(self, run: Run) -> None:
        """Open the arrays of a run; answers about the one before are forgotten."""
        self._stop()
        self.arrays.open(run)
        self._known = KnownAnswers()
        self._left.clear()
        self._wanted = Wanted()
        self._evidence, self._about = Evidence(), _NOBODY
        self._bombcell_rests.start(BOMBCELL_MS)

    @property
    def run(self) -> Run | None:
        """The run that is asked about."""
        return self.arrays.run

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
        self._known.use(self._at(row))
        self._gather()
        if self._open_asks(row):
            self._dispatch()
        self._later.start(AHEAD_MS)

    def cancel(self) -> None:
        """Stop opening the arrays; what single units ask for takes no time that can be saved."""
        self.arrays.cancel()
        numbers, asked, of_raw = (worker.silence for worker in self._lanes.values())
        silence = numbers or asked
        if silence:
            self._stop()
            self.arrays.give_up(f"{silence}; F5 starts it again.")
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
        for worker in self._lanes.values():
            worker.cancel()

    def end(self) -> None:
        """Ask the threads to end."""
        for timer in self._timers:
            timer.stop()
        self.arrays.end()
        for worker in self._lanes.values():
            worker.end()

    def join(self, until: float) -> bool:
        """Wait until a time, s of the monotonic clock; return whether the threads ended."""
        return join_all((self.arrays, *self._lanes.values()), until)

    def close(self) -> None:
        """End the threads."""
        close_all([self])

    # -- threads -----------------------------------------------------------------------------

    def _on_opened(self) -> None:
        if self.arrays.shared is not None:
            from bcviewer.app.background.evidence_kinds import lane_of

            self._lane_of = lane_of
        self.opened.emit()
        self._gather()
        self.changed.emit()
        self._dispatch()
        self._check_settled()

    def _at(self, row: int) -> UnitAt:
        """Return the unit that is in a row now."""
        there = 0 <= row < len(self.arrays.ids)
        return UnitAt(row, int(self.arrays.ids.cluster_id[row])) if there else _NOBODY

    def _open_asks(self, row: int) -> tuple[Ask, ...]:
        """Return what is wanted of a unit and not known."""
        if self.arrays.problem:
            return ()
        known = self._known.of(self._at(row))
        asks = (ask for ask in self._wanted.of_row(row) if ask not in known)
        return tuple(ask for ask in asks if self._left_alone(ask) is None)

    def _left_alone(self, ask: Ask) -> Missing | None:
        """Return why an ask is not answered: its raw file did not, and was given up."""
        left = self._left.get(ask.settings)
        return left if left is not None and self._lane_of(ask) == _RAW else None

    def _dispatch(self) -> None:
        """Give each thread the first thing to do."""
        if self.arrays.shared is None:
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
            now = self._at(self._wanted.row)
            if under_way is None or (todo[0] == now and under_way[0] != now):
                self._start(lane, *todo)

    def _todo(self, lane: str) -> tuple[UnitAt, tuple[Ask, ...]] | None:
        wanted = self._wanted
        for row in (wanted.row, *(() if self._later.isActive() else wanted.ahead)):
            asks = tuple(ask for ask in self._open_asks(row) if self._lane_of(ask) == lane)
            if asks:  # those that read the raw file take long: each is shown when it is there
                return self._at(row), asks[:1] if lane == _RAW else asks
        return None

    def _start(self, lane: str, at: UnitAt, asks: tuple[Ask, ...]) -> None:
        run, recording = self.arrays.run, self.arrays.shared
        if run is None or recording is None:
            return
        from bcviewer.core.evidence.recording import UnitData  # it was imported with the arrays

        unit = UnitData(run, at.row, recording, self.arrays.ids)
        work = answering(unit, at, asks, self._bombcell)
        self._jobs[lane] = (at, asks)
        self._lanes[lane].submit(lane, work, run.provenance.ks_dir)

    def _on_answered(self, outcome: Outcome) -> None:
        if isinstance(outcome.error, CancelledError):
            return  # by _stop(), whose caller says what is next
        self.progressed.emit(None)  # should its place have been silent
        job = self._jobs.pop(outcome.tag, None)
        value = outcome.value
        if isinstance(value, Answers):
            if value.run is self.run:
                self._keep(value.at, value.answers)
        elif job is not None:
            failed = Missing("This could not be computed; see the report.")
            self._keep(job[0], dict.fromkeys(job[1], failed))
        self._dispatch()
        self._check_settled()
        if outcome.error is not None:
            raise outcome.error  # unexpected: reaches the excepthook and its report

    def _keep(self, at: UnitAt, answers: dict[Ask, object]) -> None:
        self._known.add(at, answers)
        if at == self._at(self._wanted.row):
            self._gather()
            self.changed.emit()

    def _gather(self) -> None:
        """Freeze what is known of the current unit, if an answer that is wanted is another one.

        One that nobody wants any more, asked for at another size or in another layout, draws
        nothing anew.
        """
        wanted, before, at = self._wanted, self._evidence, self._at(self._wanted.row)
        known = dict(self._known.of(at))
        if self.arrays.problem:
            known = dict.fromkeys(wanted.asks, Missing(self.arrays.problem))
        known.update((ask, left) for ask in wanted.asks if (left := self._left_alone(ask)))
        another = at != self._about or before.run is not self.run
        if another or any(before.answers.get(ask) is not known.get(ask) for ask in wanted.asks):
            self._about = at
            self._evidence = Evidence(wanted.row, MappingProxyType(known), self.run)

    def _check_settled(self) -> None:
        if not self.busy:
            self.settled.emit()


def _numbers(_: Ask) -> str:
    return _NUMBERS
