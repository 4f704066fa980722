"""Has units that phy made scored by bombcell, one after the other, between the curator's steps."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from bcviewer.app.threads.worker import Control, Outcome, Progress, Worker
from bcviewer.core.run.phy import PhyState
from bcviewer.core.run.run import Run
from bcviewer.core.run.scored import Scored, ScoredUnits
from bcviewer.core.sheet.ids import NO_ROW
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.errors import CancelledError, UserError
from bcviewer.oracle.asked import AskedFor
from bcviewer.oracle.client import Bombcell

if TYPE_CHECKING:
    from bcviewer.core.evidence.recording import Recording

START_MS = 500
"""It goes on when the curator has rested for so long: what is on screen asks bombcell, too."""
TELL_EVERY_S = 1.0
"""What is known is told this often, s: each time the table is drawn anew."""
TAG = "score"
ENOUGH_SPIKES = 300
"""Of a unit with so many, all is measured."""

_Unit = tuple[int, tuple[int, ...]]
"""An id, and the clusters that it has the spikes of: another phy gives it to others."""


@dataclass(slots=True, eq=False)
class _Question:
    """What is to be scored: each unit by its id, of which clusters it is."""

    run: Run
    recording: Recording
    units: Mapping[int, tuple[int, ...]]
    raw_file: str
    control: int
    known: dict[_Unit, Scored | str] = field(default_factory=dict)

    warning: str | None = None
    is_told: bool = False
    """Whether all that is known was told."""
    waits: bool = False
    """Whether its files are read again: it is not known yet what is to be asked of them."""

    def left(self, first: int | None) -> list[_Unit]:
        """Return what is not known yet, a unit before the others."""
        left = [unit for unit in self.units.items() if unit not in self.known]
        return sorted(left, key=lambda unit: unit[0] != first)

    def give_up(self, left: list[_Unit]) -> None:
        """Go on without the unit that was worked at: what failed once would fail again."""
        self.warning = self.warning or ""
        self.known[next(unit for unit in left if unit not in self.known)] = FAILED

    def answer(self) -> ScoredUnits:
        """Return what is known of the units that are asked about."""
        units = {unit[0]: self.known[unit] for unit in self.units.items() if unit in self.known}
        return ScoredUnits(self.run, units, self.units)


class Scoring(QObject):
    """Scores the units of runs, one after the other, in a thread; the curator's step goes first.

    Attributes
    ----------
    told : Signal(ScoredUnits)
        What is known by now.
    """

    told = Signal(object)

    def __init__(self, bombcell: Bombcell, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bombcell = bombcell
        self._asked: dict[Run, _Question] = {}
        self._now: _Question | None = None
        """What is worked at."""
        self._first: tuple[Run | None, int | None] = (None, None)
        """The current unit, and its run: scored before all others."""
        self._worker = Worker("scoring", self)
        self._worker.progressed.connect(self._on_progressed)
        self._worker.finished.connect(self._on_finished)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self._start)

    def ask(
        self,
        run: Run,
        recording: Recording,
        units: Mapping[int, tuple[int, ...]],
        raw_file: str = "",
        control: int = NO_ROW,
        *,
        anew: bool,
        still: ScoredUnits | None = None,
    ) -> None:
        """Score units of a run; what was asked of it before is dropped.

        Parameters
        ----------
        run, recording : Run, Recording
            Where they are.
        units : mapping of int to tuple of int
            By id, the clusters whose spikes each has.
        raw_file : str
            The raw file that somebody pointed at.
        control : int
            A unit that phy has not changed, by its row: does it score as saved? −1: there is none.
        anew : bool
            Whether the spikes of an id may be others than before: nothing else is known then.
        still : ScoredUnits or None
            What is known of units that have the same spikes still.
        """
        self._worker.cancel()
        before = self._asked.get(run)
        asked = _Question(run, recording, units, raw_file, control)
        asked.waits = before is not None and before.waits and not anew
        if before is not None and not anew and before.raw_file == raw_file:
            asked.known, asked.warning = before.known, before.warning
        elif before is not None and still is not None:
            asked.known = {
                (one, still.clusters[one]): found
                for one, found in still.units.items()
                if isinstance(found, Scored) and found.chosen == raw_file
            }
            asked.warning = before.warning
        self._asked[run] = asked
        if anew:
            self.told.emit(asked.answer())  # which are being scored, and what is known of others
        self._rest()

    def hold(self, run: Run) -> None:
        """Neither score nor tell anything of a run until it is asked anew: phy has saved it."""
        if run in self._asked:
            self._worker.cancel()
            self._asked[run].waits = True
            self._rest()

    def release(self, run: Run | None = None) -> None:
        """Go on with a run (None: with all): what phy saved of it is not read after all."""
        for asked in self._asked.values():
            asked.waits = asked.waits and run not in (None, asked.run)
        self._rest()

    def step(self, run: Run, first: int | None) -> None:
        """Let the curator's step go first; then go on with a unit, where it is one of them."""
        self._first = run, first
        if self._soon.isActive() or self._worker.busy:
            self._worker.cancel()
            self._rest()

    def forget(self) -> None:
        """Drop what was asked: other runs are open."""
        self._soon.stop()
        self._worker.cancel()
        self._asked, self._now = {}, None

    def end(self) -> None:
        """Ask the thread to end."""
        self._soon.stop()
        self._worker.end()

    def join(self, until: float) -> bool:
        """Wait until a time, s of the monotonic clock; return whether the thread ended."""
        return self._worker.join(until)

    def _rest(self) -> None:
        self._soon.start(START_MS)

    def _start(self) -> None:
        run, first = self._first
        ready = [one for one in self._asked.values() if not one.waits]
        for asked in [one for one in ready if not one.left(None)]:
            self._tell(asked)
        due = [one for one in ready if one.left(None)]
        if not due:
            return
        self._now = asked = min(due, key=lambda one: one.run is not run)
        left, bombcell = asked.left(first if asked.run is run else None), self._bombcell
        place = asked.run.provenance.ks_dir

        def work(control: Control) -> None:
            try:
                _score(asked, left, AskedFor(bombcell, control, place), control)
            except Exception as error:
                if not isinstance(error, CancelledError):
                    asked.give_up(left)
                raise

        self._worker.submit(TAG, work, place)

    def _on_progressed(self, _: Progress) -> None:
        if self._now is not None:
            self.told.emit(self._now.answer())

    def _on_finished(self, outcome: Outcome) -> None:
        if isinstance(outcome.error, CancelledError):
            return
        self._start()  # tells what is known of all of a run
        if outcome.error is not None:
            raise outcome.error  # unexpected: reaches the excepthook and its report

    def _tell(self, asked: _Question) -> None:
        """Tell all that is known of a run, once."""
        if not asked.is_told:
            asked.is_told = True
            self.told.emit(asked.answer())


def _score(asked: _Question, left: list[_Unit], helper: AskedFor, control: Control) -> None:
    """Score what is left, and tell now and then; where bombcell cannot be asked, all at once."""
    from bcviewer.oracle.score_by_bombcell import score

    said = time.monotonic()
    if asked.warning is None:
        asked.warning = _warning(asked, helper, control)
    for n, unit in enumerate(left):
        control.check()
        try:
            found: Scored | str
            found = score(asked.run, asked.recording, unit[1], helper, asked.raw_file, control)
            if asked.warning:
                found = replace(found, notes=(asked.warning, *found.notes))
        except UserError as error:
            found = error.message
        asked.known[unit] = found
        if isinstance(found, str) and found.startswith(CANNOT):
            asked.known |= dict.fromkeys(left[n:], found)  # those before it are scored
            return
        if time.monotonic() - said >= TELL_EVERY_S:
            control.progress((n + 1) / len(left), "")
            said = time.monotonic()


def _warning(asked: _Question, helper: AskedFor, control: Control) -> str:
    """Return how a unit that nobody changed differs from what the run saved; empty: it does not."""
    from bcviewer.oracle.score_control import not_as_saved

    if asked.control < 0:
        return ""
    try:
        return not_as_saved(asked.run, asked.recording, asked.control, helper, control)
    except UserError:
        return ""  # each unit says itself why it cannot be scored


def control_of(sheet: Sheet) -> int:
    """Return the row of a unit that phy has not changed, of few spikes; −1: there is none."""
    spikes, phy = sheet.run.units.floats("nSpikes"), sheet.phy
    if spikes is None or phy is None:
        return NO_ROW
    fit = (phy.state[: sheet.n_scored] == PhyState.CURRENT) & (spikes >= ENOUGH_SPIKES)
    return int(np.argmin(np.where(fit, spikes, np.inf))) if fit.any() else NO_ROW


FAILED = "It could not be scored; see the report."
CANNOT = "bombcell cannot be"
"""How an answer begins that is the same of all units: it cannot be asked, or not be imported."""
