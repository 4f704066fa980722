"""Computes evidence off the GUI thread: the current unit first, its neighbours ahead of time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from types import MappingProxyType

from PySide6.QtCore import QObject, QTimer, Signal

from bcviewer.app.background.answering import Answers, answering
from bcviewer.app.background.arrays import OpenArrays, Opener, RunArrays
from bcviewer.app.background.wanted import Elsewhere, KnownAnswers, UnitAt, Wanted
from bcviewer.app.threads.worker import Outcome, Progress, Worker, close_all, join_all
from bcviewer.core.evidence.ask import Ask, AskValue, Evidence, Missing
from bcviewer.core.run.run import Run
from bcviewer.core.run.unit_ids import NO_ID
from bcviewer.core.sheet.ids import NO_ROW, SheetRow
from bcviewer.errors import CancelledError
from bcviewer.oracle.client import Bombcell

PREVIEWS = ("together", "split")
"""What is asked of units as a person chose or drew them: it ends with the next step."""

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
    open_arrays : OpenArrays
        What is read of the runs that are open.
    changed : Signal()
        There are more answers about the current unit.
    opened : Signal(RunArrays)
        The arrays of a run can be read, or they cannot, which is known by now.
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
        self.open_arrays = OpenArrays(opener, self)
        self.open_arrays.opened.connect(self._on_opened)
        self.open_arrays.progressed.connect(self.progressed)
        self._known = KnownAnswers()
        self._wanted = Wanted()
        self._lane_of: Callable[[Ask], str] = _numbers
        self._left: dict[tuple[Run | None, tuple[AskValue, ...]], Missing] = {}
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
        """Whether something is under way that the current unit needs, or arrays are opened."""
        return self.open_arrays.busy or bool(self.run and self._open_asks(self._now))

    @property
    def arrays(self) -> RunArrays:
        """What is read of the current unit's run."""
        return self.open_arrays.now

    @property
    def run(self) -> Run | None:
        """The current unit's run."""
        return self.arrays.run

    def open(self, run: Run) -> None:
        """Open the arrays of a run; answers about what was open before are forgotten."""
        self._stop()
        self.open_arrays.open(run)
        self._known = KnownAnswers()
        self._left.clear()
        self._wanted = Wanted()
        self._evidence, self._about = Evidence(), _NOBODY
        self._bombcell_rests.start(BOMBCELL_MS)

    def open_again(self, run: Run) -> None:
        """Open the arrays of one of the runs again; answers about it are forgotten."""
        self._stop()
        self.open_arrays.open_again(run)
        self._known.forget(run)
        if run is self.run:
            self._evidence, self._about = Evidence(), _NOBODY

    def turn_to(self, run: Run) -> None:
        """Go on with a unit of another run that is open, too; what is known of it is kept."""
        self.open_arrays.turn_to(run)
        self._wanted = Wanted()
        self._evidence, self._about = Evidence(), _NOBODY

    def want(
        self,
        row: SheetRow,
        asks: Sequence[Ask],
        ahead: Sequence[SheetRow],
        asks_ahead: Sequence[Ask],
        elsewhere: Sequence[Elsewhere] = (),
    ) -> None:
        """Say what is wanted of the current unit, and of those that are likely to be next.

        All rows but those ``elsewhere`` are of the current unit's run.
        """
        if row != self._wanted.row:
            self._raw_rests.start(RAW_MS)
        self._wanted = Wanted.of(row, asks, ahead, asks_ahead, elsewhere)
        self._known.use(self._now)
        self._drop_unwanted()
        self._gather()
        if self._open_asks(self._now):
            self._dispatch()
        self._later.start(AHEAD_MS)

    def _drop_unwanted(self) -> None:
        """Stop a preview that nobody looks at any more: none is asked for ahead of time."""
        if _RAW not in self._jobs:
            return
        at, asks = self._jobs[_RAW]
        looked_at = at == self._now and not set(asks).isdisjoint(self._wanted.asks)
        if not looked_at and all(ask.kind in PREVIEWS for ask in asks):
            del self._jobs[_RAW]
            self._lanes[_RAW].cancel()
            self._check_settled()

    def cancel(self) -> None:
        """Stop opening the arrays; what single units ask for takes no time that can be saved."""
        self.open_arrays.cancel()
        silent = {name: worker.silence for name, worker in self._lanes.items() if worker.silence}
        of_raw, silence = silent.pop(_RAW, ""), next(iter(silent.values()), "")
        if silence:
            runs = {self._jobs[name][0].run for name in silent}
            self._stop()
            self.open_arrays.give_up(runs, f"{silence}; F5 starts it again.")
        elif of_raw:  # the rest goes on
            at, (ask,) = self._jobs.pop(_RAW)
            self._left[at.run, ask.settings] = Missing(f"{of_raw}; F5 starts it again.")
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
        self.open_arrays.end()
        for worker in self._lanes.values():
            worker.end()

    def join(self, until: float) -> bool:
        """Wait until a time, s of the monotonic clock; return whether the threads ended."""
        return join_all((self.open_arrays, *self._lanes.values()), until)

    def close(self) -> None:
        """End the threads."""
        close_all([self])

    # -- threads -----------------------------------------------------------------------------

    def _on_opened(self, arrays: RunArrays) -> None:
        if arrays.shared is not None:
            from bcviewer.app.background.evidence_kinds import lane_of

            self._lane_of = lane_of
        self.opened.emit(arrays)
        self._gather()
        self.changed.emit()
        self._dispatch()
        self._check_settled()

    def _at(self, row: int, of: RunArrays | None = None) -> UnitAt:
        """Return the unit that is in a row of a run (None: the current unit's) now."""
        arrays = of or self.arrays
        there = 0 <= row < len(arrays.ids)
        return UnitAt(row, int(arrays.ids.cluster_id[row]), arrays.run) if there else _NOBODY

    @property
    def _now(self) -> UnitAt:
        """The current unit."""
        return self._at(self._wanted.row)

    def _open_asks(self, at: UnitAt, asks: Sequence[Ask] | None = None) -> tuple[Ask, ...]:
        """Return what of some asks (None: of what is wanted of its run's units) is not known."""
        arrays = self.open_arrays.of(at.run)
        if arrays is None or arrays.problem or at.row < 0:
            return ()
        known = self._known.of(at)
        wanted = asks
        if wanted is None:
            wanted = self._wanted.asks if at == self._now else self._wanted.asks_ahead
        left = (ask for ask in wanted if ask not in known)
        return tuple(ask for ask in left if self._left_alone(at, ask) is None)

    def _left_alone(self, at: UnitAt, ask: Ask) -> Missing | None:
        """Return why an ask is not answered: its raw file did not, and was given up."""
        left = self._left.get((at.run, ask.settings))
        return left if left is not None and self._lane_of(ask) == _RAW else None

    def _dispatch(self) -> None:
        """Give each thread the first thing to do."""
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
            now = self._now
            if under_way is None or (todo[0] == now and under_way[0] != now):
                self._start(lane, *todo)

    def _todo(self, lane: str) -> tuple[UnitAt, tuple[Ask, ...]] | None:
        for at, wanted in self._in_turn():
            arrays = self.open_arrays.of(at.run)
            if arrays is None or arrays.shared is None:
                continue
            asks = tuple(ask for ask in self._open_asks(at, wanted) if self._lane_of(ask) == lane)
            if asks:  # those that read the raw file take long: each is shown when it is there
                return at, asks[:1] if lane == _RAW else asks
        return None

    def _in_turn(self) -> Iterator[tuple[UnitAt, tuple[Ask, ...]]]:
        """Yield the units of which something is wanted, and what, the first one to do first."""
        wanted = self._wanted
        yield self._now, wanted.asks
        if self._later.isActive():
            return
        for row in wanted.ahead:
            yield self._at(row), wanted.asks_ahead
        for run, row, asks in wanted.elsewhere:
            if (arrays := self.open_arrays.of(run)) is not None:
                yield self._at(row, arrays), asks

    def _start(self, lane: str, at: UnitAt, asks: tuple[Ask, ...]) -> None:
        arrays = self.open_arrays.of(at.run)
        if arrays is None or arrays.run is None or arrays.shared is None:
            return
        from bcviewer.core.evidence.recording import UnitData  # it was imported with the arrays

        unit = UnitData(arrays.run, at.row, arrays.shared, arrays.ids)
        work = answering(unit, at, asks, self._bombcell)
        self._jobs[lane] = (at, asks)
        self._lanes[lane].submit(lane, work, arrays.run.provenance.ks_dir)

    def _on_answered(self, outcome: Outcome) -> None:
        if isinstance(outcome.error, CancelledError):
            return  # by _stop(), whose caller says what is next
        self.progressed.emit(None)  # should its place have been silent
        job = self._jobs.pop(outcome.tag, None)
        value = outcome.value
        if isinstance(value, Answers):
            if self.open_arrays.of(value.run) is not None:
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
        if at == self._now:
            self._gather()
            self.changed.emit()

    def _gather(self) -> None:
        """Freeze what is known of the current unit, if an answer that is wanted is another one.

        One that nobody wants any more, asked for at another size or in another layout, draws
        nothing anew.
        """
        wanted, before, at = self._wanted, self._evidence, self._now
        known = dict(self._known.of(at))
        if self.arrays.problem:
            known = dict.fromkeys(wanted.asks, Missing(self.arrays.problem))
        known.update((ask, left) for ask in wanted.asks if (left := self._left_alone(at, ask)))
        another = at != self._about or before.run is not self.run
        if another or any(before.answers.get(ask) is not known.get(ask) for ask in wanted.asks):
            self._about = at
            self._evidence = Evidence(wanted.row, MappingProxyType(known), self.run)

    def _check_settled(self) -> None:
        if not self.busy:
            self.settled.emit()


def _numbers(_: Ask) -> str:
    return _NUMBERS
