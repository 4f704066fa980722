"""Finds out, in a thread, of which spikes units are that open phys merged and have not saved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from bcviewer.app.threads.worker import Control, Outcome, Worker
from bcviewer.core.run.run import Run
from bcviewer.errors import CancelledError

if TYPE_CHECKING:
    from bcviewer.core.evidence.recording import Recording

AsOne = tuple[tuple[int, ...], ...]
"""Clusters that are one unit in phy, of each unit."""


class MergedSpikes(QObject):
    """Reads the digests of clusters that are one: a few milliseconds, where a drive answers.

    Attributes
    ----------
    found : Signal(Run, dict of tuple of int to str)
        Of which spikes clusters of a run are together; empty: that cannot be known.
    """

    found = Signal(object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._asked: dict[Run, tuple[Recording, AsOne]] = {}
        self._worker = Worker("merged spikes", self)
        self._worker.finished.connect(self._on_finished)

    def ask(self, run: Run, recording: Recording | None, groups: AsOne) -> None:
        """Ask of a run; what was asked of it before is dropped."""
        if recording is None or not groups:
            self._asked.pop(run, None)
            return
        if self._asked.get(run) == (recording, groups):
            return  # it is being read
        self._asked[run] = recording, groups
        asked = dict(self._asked)

        def work(control: Control) -> Mapping[Run, Mapping[tuple[int, ...], str]]:
            out: dict[Run, dict[tuple[int, ...], str]] = {}
            for of, (arrays, each) in asked.items():
                out[of] = {}
                for group in each:
                    control.check()
                    out[of][group] = arrays.digest(group)
            return out

        self._worker.submit("merged spikes", work, run.provenance.ks_dir)

    def end(self) -> None:
        """Ask the thread to end."""
        self._worker.end()

    def join(self, until: float) -> bool:
        """Wait until a time, s of the monotonic clock; return whether the thread ended."""
        return self._worker.join(until)

    def _on_finished(self, outcome: Outcome) -> None:
        if isinstance(outcome.error, CancelledError):
            return
        asked, self._asked = self._asked, {}
        told = outcome.value if isinstance(outcome.value, dict) else {}
        for run, (_, groups) in asked.items():
            self.found.emit(run, told.get(run, dict.fromkeys(groups, "")))
        if outcome.error is not None:
            raise outcome.error  # unexpected: reaches the excepthook and its report
