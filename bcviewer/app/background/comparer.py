"""Compares Bombcell's units with phy's clusters, off the GUI thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from bcviewer.app.threads.worker import Control, Outcome, Worker
from bcviewer.core.run.phy import Phy, not_known
from bcviewer.core.run.run import Run
from bcviewer.core.sheet.derive import derive
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.errors import CancelledError

if TYPE_CHECKING:
    from bcviewer.core.evidence.recording import Recording
    from bcviewer.core.run.scored import ScoredUnits


TO_SHOW = ("bcviewer.app.background.unsaved", "numpy.ma")
"""What it takes to show what was found, and NumPy to tell what is distinct, is imported in the
thread: it takes longer than the window may be silent."""


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """What became of the units of a run.

    Attributes
    ----------
    phy : Phy
        The answer; it names the run that it answers.
    sheet : Sheet
        The sheet that was asked about, with it: it is not shown, because it may be of criteria and
        labels of before; but what it computed need not be computed again.
    scored : ScoredUnits or None
        What was scored here when it was asked, and is of the very same spikes still.
    """

    phy: Phy
    sheet: Sheet
    scored: ScoredUnits | None = None

    def still_scored(self, now: ScoredUnits | None) -> ScoredUnits | None:
        """Return what holds of what is scored by now: it may have been scored anew meanwhile."""
        if now is None or self.scored is None:
            return None
        digests = self.scored.digests()
        return now.still(lambda clusters: digests.get(clusters, ""))


def _digest(recording: Recording, phy: Phy, control: Control, clusters: tuple[int, ...]) -> str:
    control.check()
    known = phy.spikes.get(clusters[0]) if len(clusters) == 1 else None
    return recording.digest(clusters) if known is None else known


def _with_labels(phy: Phy) -> Phy:
    """Return the same with what phy saved of labels: ``bcv_label``, and its groups.

    Those of units that it made, and of the run's: it may have saved since the run was read. And
    with what phy's table has in Bombcell's name of those that it made.
    """
    from bcviewer.io.results.beside import read_bcv_labels, read_groups, read_tsv_labels

    folder = Path(phy.run.provenance.ks_dir)
    groups = read_groups(folder, phy.run.cluster_id)
    phy = replace(phy, bcv_labels=read_bcv_labels(folder), groups=groups)
    if len(phy.new):
        phy = replace(phy, tsv_labels=read_tsv_labels(folder, phy.new.tolist()))
    made = read_groups(folder, phy.new) if len(phy.new) else None
    if made is None:
        return phy
    return replace(phy, groups_made=dict(zip(phy.new.tolist(), map(str, made), strict=True)))


class Comparer(QObject):
    """Finds out what became of the units of the runs that are open, one after the other.

    Attributes
    ----------
    compared : Signal(Compared)
        What it found.
    failed : Signal(Run)
        It found nothing out about a run, or was told to stop before it did.
    settled : Signal()
        It has nothing to do.
    """

    compared = Signal(object)
    failed = Signal(object)
    settled = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker = Worker("comparer", self)
        self._worker.finished.connect(self._on_finished)
        self._due: list[tuple[Run, Callable[[Control], Compared]]] = []
        """What is still to be done, and (first) what is being done."""

    @property
    def busy(self) -> bool:
        """Whether it is at work."""
        return self._worker.busy

    def ask(self, table: Sheet, recording: Recording | None, problem: str) -> None:
        """Compare a run; what was asked of it before is dropped.

        Parameters
        ----------
        table : Sheet
            The run, as it is shown now.
        recording : Recording or None
            Its arrays.
        problem : str
            Why there are none.
        """
        run = table.run

        def work(control: Control) -> Compared:
            from bcviewer.core.evidence.compare_phy import compare_phy  # not on the GUI thread
            from bcviewer.io.spikes.emptied import count_emptied

            before, scored = table.inputs.scored, None
            if recording is None:
                phy = not_known(run, problem)
            else:
                phy = compare_phy(run, recording, control.check)
                scored = before and before.still(partial(_digest, recording, phy, control))
            phy = replace(phy, emptied=count_emptied(run, control.check).emptied)
            phy = _with_labels(phy)
            sheet = derive(replace(table.inputs, phy=phy, scored=scored), table)
            sheet.warm("reason")
            sheet.order("attention")
            for module in TO_SHOW:
                import_module(module)
            return Compared(phy, sheet, scored)

        now = self._due[:1] if self._worker.busy else []
        if now and now[0][0] is run:
            self._start(run, work)
            return
        later = [one for one in self._due[len(now) :] if one[0] is not run]
        self._due = [*now, *later, (run, work)]
        if not now:
            self._start(*self._due[0])

    def _start(self, run: Run, work: Callable[[Control], Compared]) -> None:
        self._due[0] = run, work
        self._worker.submit("compare", work, run.provenance.ks_dir)

    def cancel(self) -> None:
        """Stop what is under way, and do nothing else that was asked; that is told."""
        due = self._due
        self.forget()
        for run, _ in due:
            self.failed.emit(run)

    def forget(self) -> None:
        """Stop it as well where nobody asks any more."""
        self._due = []
        self._worker.cancel()

    def end(self) -> None:
        """Ask the thread to end."""
        self._worker.end()

    def join(self, until: float) -> bool:
        """Wait until a time, s of the monotonic clock; return whether the thread ended."""
        return self._worker.join(until)

    def _on_finished(self, outcome: Outcome) -> None:
        done, self._due = self._due[:1], self._due[1:]
        if isinstance(outcome.value, Compared):
            self.compared.emit(outcome.value)
        elif done:  # else that is told, or nobody asks
            self.failed.emit(done[0][0])
        if self._due and not self._worker.busy:
            self._start(*self._due[0])
        self.settled.emit()
        if outcome.error is not None and not isinstance(outcome.error, CancelledError):
            raise outcome.error  # unexpected: reaches the excepthook and its report
