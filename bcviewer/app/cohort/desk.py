"""Owns what is shown of a cohort, and has it worked out in threads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Signal

from bcviewer.app.cohort.cohort_scene import (
    Blocking,
    CohortScene,
    Matching,
    OpenedCohort,
    TriedRows,
    find_blockers,
    match_units,
    read_cohort,
    try_on_runs,
)
from bcviewer.app.threads.under_way import UnderWay
from bcviewer.app.threads.worker import Control, Outcome, Worker, close_all
from bcviewer.core.comparison.proposal import NO_PROPOSAL, Proposal
from bcviewer.core.filter.filter_error import FilterError
from bcviewer.errors import CancelledError, UserError

_READ, _BLOCK, _MATCH, _TRY = "read", "block", "match", "try"


class CohortDesk(QObject):
    """Opens a cohort, filters it, and tries other thresholds on it.

    Parameters
    ----------
    folder : Path
        The cohort.

    Attributes
    ----------
    now : CohortScene
        Everything that is drawn.
    under_way : UnderWay
        How far what is worked out is.
    changed : Signal(CohortScene, CohortScene)
        The scene as it was, and as it is.
    failed : Signal(UserError)
        Something cannot be done; what was shown is as it was.
    notice : Signal(str)
        A short message.
    """

    changed = Signal(object, object)
    failed = Signal(object)
    notice = Signal(str)

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.now = CohortScene(folder)
        self.under_way = UnderWay(self)
        self._reader, self._filter, self._trial = (
            Worker(name, self) for name in ("cohort", "cohort filter", "cohort what if")
        )
        self._workers = (self._reader, self._filter, self._trial)
        self.under_way.follow(self._workers)
        for worker in self._workers:
            worker.finished.connect(self._on_finished)
            worker.progressed.connect(self.under_way.show)

    def read(self) -> None:
        """Read the cohort, again where it was; what is shown stays until that is done."""
        folder = self.now.folder
        self._submit(self._reader, _READ, lambda control: read_cohort(folder, control))

    def filter_runs(self, text: str) -> None:
        """Show the runs that a filter shows; where it cannot be read, those that are shown."""
        self._become(**self._filtered(self.now, text))

    def filter_units(self, text: str) -> None:
        """Count the units of each run that a filter shows; empty: none are counted."""
        text = text.strip()
        if text != self.now.unit_filter:
            self._become(unit_filter=text, **({} if text else {"matching": None}))
            self._match()

    def propose(self, proposal: Proposal) -> None:
        """Try other thresholds and flags on all runs."""
        self._become(proposal=proposal)
        self._try()

    def cancel(self) -> None:
        """Stop what is under way."""
        for worker in self._workers:
            worker.cancel()

    def close(self) -> None:
        """End the threads."""
        self.under_way.close()
        close_all(self._workers)

    # -- in threads --------------------------------------------------------------------------

    def _submit(self, worker: Worker, tag: str, work: Callable[[Control], object]) -> None:
        worker.submit(tag, work, str(self.now.folder))

    def _match(self) -> None:
        opened, text = self.now.opened, self.now.unit_filter
        if opened is not None and text:
            self._submit(self._filter, _MATCH, lambda c: match_units(opened, text, c))

    def _try(self) -> None:
        opened, proposal = self.now.opened, self.now.proposal
        if proposal == NO_PROPOSAL:
            self._become(tried=None)
        elif opened is not None:
            self._submit(self._trial, _TRY, lambda c: try_on_runs(opened, proposal, c))

    def _on_finished(self, outcome: Outcome) -> None:
        self.under_way.end(outcome.tag)
        error, value = outcome.error, outcome.value
        if error is not None:
            self._take_back(outcome.tag)
        elif isinstance(value, OpenedCohort):
            self._on_read(value)
        elif isinstance(value, Blocking):
            self._become(blocking=value)
        elif isinstance(value, Matching) and value.text == self.now.unit_filter:
            self._become(matching=value)
        elif isinstance(value, TriedRows) and value.all.proposal == self.now.proposal:
            self._become(tried=value)
        self.under_way.check()
        if isinstance(error, UserError):
            self.failed.emit(error)
        elif isinstance(error, CancelledError):
            self.notice.emit("Cancelled; nothing was changed.")
        elif error is not None:
            raise error  # unexpected: reaches the excepthook and its report

    def _take_back(self, tag: str) -> None:
        """Go back to what was asked before, which is known."""
        scene = self.now
        if tag == _MATCH:
            self._become(unit_filter="" if scene.matching is None else scene.matching.text)
        elif tag == _TRY:
            tried = scene.tried
            self._become(proposal=NO_PROPOSAL if tried is None else tried.all.proposal)

    def _on_read(self, opened: OpenedCohort) -> None:
        before = self.now
        scene = replace(before, opened=opened, shown=np.ones(opened.table.n_units, bool))
        filtered = self._filtered(scene, before.run_filter)
        nothing = {"matching": None, "blocking": None, "tried": None}
        self._become(**{"opened": opened, "shown": scene.shown, **filtered, **nothing})
        self._submit(self._reader, _BLOCK, lambda control: find_blockers(opened, control))
        self._match()
        self._try()

    @staticmethod
    def _filtered(scene: CohortScene, text: str) -> dict[str, Any]:
        if scene.opened is None:
            return {"run_filter": text}
        try:
            shown = scene.opened.table.shown(text)
        except FilterError as error:
            return {"run_filter": text, "run_error": str(error)}
        return {"run_filter": text, "run_error": "", "shown": shown}

    def _become(self, **changes: Any) -> None:
        before, self.now = self.now, replace(self.now, **changes)
        self.changed.emit(before, self.now)
