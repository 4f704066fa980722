"""Has units tested anew by bombcell where another limit of refractory violations is tried."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from bcviewer.app.background.arrays import Opener
from bcviewer.app.threads.worker import Control, Outcome, Progress, Worker
from bcviewer.core.comparison.retested import Retested
from bcviewer.core.rules.criteria import Criteria
from bcviewer.core.rules.labels import Label
from bcviewer.core.run.run import Run
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.errors import CancelledError, UserError
from bcviewer.oracle.asked import AskedFor
from bcviewer.oracle.client import Bombcell

if TYPE_CHECKING:
    from bcviewer.oracle.status_by_bombcell import Counted

START_MS = 150
"""It starts when the limit has rested for so long: a drag asks for many."""
TELL_S = 1.0
"""What is known is told this often, s: each time all that is shown is judged anew."""
TAG = "retest"


@dataclass(slots=True, eq=False)
class _Known:
    """What was counted of a run's units: it holds for every limit."""

    run: Run
    counted: dict[int, Counted] = field(default_factory=dict)


class Retester(QObject):
    """Asks bombcell for ``RPV_status`` at the limit that is tried, in a thread.

    The pairs of a unit's spikes are counted once; another limit then takes half a millisecond a
    unit. A newer question ends the one before.

    Attributes
    ----------
    told : Signal(Retested)
        What is known by now of a run at a limit.
    settled : Signal()
        It has nothing to do.
    """

    told = Signal(object)
    settled = Signal()

    def __init__(self, bombcell: Bombcell, opener: Opener, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bombcell, self._opener = bombcell, opener
        self._wanted: tuple[tuple[Retested, Criteria, Sequence[int]], ...] = ()
        self._followed: tuple[tuple[Run, float], ...] = ()
        self._known: list[_Known] = []
        self._news: list[Retested] = []
        """What the thread found and nobody was told yet, the newest of each run last."""
        self._worker = Worker("retester", self)
        self._worker.progressed.connect(self._on_progressed)
        self._worker.finished.connect(self._on_finished)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(START_MS)
        self._soon.timeout.connect(self._start)

    @property
    def busy(self) -> bool:
        """Whether it is at work, or about to be."""
        return self._worker.busy or self._soon.isActive()

    def follow(self, retested: Sequence[Retested], find: Callable[[Run], Sheet | None]) -> None:
        """Test units anew at the limits that are tried; another question ends the one before.

        Those come first whose label hangs on it.
        """
        from bcviewer.core.comparison.verdicts import untested_rows

        open_ones = [one for one in retested if not one.ended]
        asked = tuple((one.run, one.limit) for one in open_ones)
        if retested and all(one in self._followed for one in asked):
            return  # it is at work on them, or all of it ended
        self._followed = asked
        wanted = []
        for one in open_ones:
            sheet = find(one.run)
            if sheet is not None:
                rows = untested_rows(one.run, sheet.inputs.criteria, sheet.criteria)
                hang = sheet.audit.label[rows] == Label.UNSCORED
                ordered = [*rows[hang].tolist(), *rows[~hang].tolist()]
                wanted.append((one, sheet.criteria, ordered))
        self.ask(wanted)

    def ask(self, wanted: Sequence[tuple[Retested, Criteria, Sequence[int]]]) -> None:
        """Test units anew; what was asked before is dropped, and what was counted is kept.

        Parameters
        ----------
        wanted : sequence of (Retested, Criteria, sequence of int)
            Of each run what is to be known, the criteria with the limit, and the rows to test, in
            the order in which they are tested. None: nothing is to be done any more.
        """
        self.cancel()
        self._wanted = tuple(wanted)
        for one, _, _ in wanted:
            if not any(known.run is one.run for known in self._known):
                self._known.append(_Known(one.run))
        if wanted:
            self._soon.start()

    def forget(self) -> None:
        """Drop all that is known: other runs are open."""
        self.cancel()
        self._known, self._wanted = [], ()

    def cancel(self) -> None:
        """Stop what is under way."""
        self._soon.stop()
        self._worker.cancel()
        self._news = []

    def end(self) -> None:
        """Ask the thread to end."""
        self._soon.stop()
        self._worker.end()

    def join(self, until: float) -> bool:
        """Wait until a time, s of the monotonic clock; return whether the thread ended."""
        return self._worker.join(until)

    def _start(self) -> None:
        wanted, known, news = self._wanted, self._known, self._news

        def work(control: Control) -> None:
            for one, criteria, rows in wanted:
                mine = next(each for each in known if each.run is one.run)
                _Work(self._bombcell, self._opener, control, news.append).do(
                    one, criteria, rows, mine.counted
                )

        self._worker.submit(TAG, work, wanted[0][0].run.provenance.ks_dir)

    def _tell(self) -> None:
        newest: dict[int, Retested] = {}
        while self._news:  # the thread may add to it meanwhile
            one = self._news.pop(0)
            newest[id(one.run)] = one
        for one in newest.values():
            self.told.emit(one)

    def _on_progressed(self, _: Progress) -> None:
        self._tell()

    def _on_finished(self, outcome: Outcome) -> None:
        if isinstance(outcome.error, CancelledError):
            self.settled.emit()
            return
        self._tell()
        self.settled.emit()
        if outcome.error is not None:
            raise outcome.error  # unexpected: reaches the excepthook and its report


@dataclass(slots=True, eq=False)
class _Work:
    """What the thread does for one run."""

    bombcell: Bombcell
    opener: Opener
    control: Control
    say: Callable[[Retested], None]
    said: float = field(default_factory=time.monotonic)

    def do(
        self,
        one: Retested,
        criteria: Criteria,
        rows: Sequence[int],
        counted: dict[int, Counted],
    ) -> None:
        """Count what is not counted, and say what follows from it, now and then."""
        from bcviewer.oracle.status_by_bombcell import counted as count

        run, place = one.run, one.run.provenance.ks_dir
        self.control.at(place)
        helper = AskedFor(self.bombcell, self.control, place)
        left = [row for row in rows if row not in counted]
        one = replace(one, n_done=len(rows) - len(left))
        try:
            one = self._with(one, criteria, rows, counted, helper)
            if left:
                recording = self.opener(run, self.control)
                for n, row in enumerate(left, 1):
                    self.control.check()
                    unit = count(run, row, recording, helper, self.control)
                    one = replace(one, n_done=len(rows) - len(left) + n)
                    if isinstance(unit, str):  # it may be read another time
                        one = replace(one, why=one.why or unit)
                    else:
                        counted[row] = unit
                    one = self._now_and_then(one, criteria, rows, counted, helper)
                one = self._with(one, criteria, rows, counted, helper)
        except UserError as error:
            one = replace(one, why=error.message)
        self.say(replace(one, ended=True))  # told with the end of the job, or what goes on

    def _now_and_then(
        self,
        one: Retested,
        criteria: Criteria,
        rows: Sequence[int],
        counted: dict[int, Counted],
        helper: AskedFor,
    ) -> Retested:
        """Say what is known by now, where that was long ago."""
        if time.monotonic() - self.said < TELL_S:
            return one
        one = self._with(one, criteria, rows, counted, helper)
        self._say(one)
        return one

    def _with(
        self,
        one: Retested,
        criteria: Criteria,
        rows: Sequence[int],
        counted: dict[int, Counted],
        helper: AskedFor,
    ) -> Retested:
        """Return it with the verdicts of all that is counted by now."""
        from bcviewer.oracle.status_by_bombcell import statuses

        new = [counted[row] for row in rows if row in counted and row not in one.statuses]
        found = statuses(new, one.run, criteria, helper, self.control.check)
        return replace(one, statuses={**one.statuses, **found})

    def _say(self, one: Retested) -> None:
        self.say(one)
        self.said = time.monotonic()
        self.control.progress(one.n_done / max(one.n_units, 1), "")
