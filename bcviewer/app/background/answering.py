"""What a thread does for the evidence service: some asks about one unit, one after the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bcviewer.app.background.wanted import UnitAt
from bcviewer.app.threads.worker import Control
from bcviewer.core.evidence.ask import Ask, Missing
from bcviewer.core.run.run import Run
from bcviewer.errors import UserError
from bcviewer.oracle.asked import AskedFor, Helper

if TYPE_CHECKING:
    from bcviewer.core.evidence.recording import UnitData


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """What a thread found out about one unit of a run, with what it was asked of."""

    run: Run
    at: UnitAt
    answers: dict[Ask, object]


def answering(
    unit: UnitData, at: UnitAt, asks: tuple[Ask, ...], bombcell: Helper
) -> Callable[[Control], Answers]:
    """Return the work that answers some asks; what cannot be answered is :class:`Missing`.

    Parameters
    ----------
    unit : UnitData
        The unit.
    at : UnitAt
        It, as it was asked about: another unit may be in its row by then.
    asks : tuple of Ask
        What is asked.
    bombcell : Helper
        For the kinds that need it.
    """

    def work(control: Control) -> Answers:
        from bcviewer.app.background.evidence_kinds import compute

        asked = AskedFor(bombcell, control, unit.run.provenance.ks_dir)
        out: dict[Ask, object] = {}
        for ask in asks:
            control.check()
            try:
                out[ask] = compute(ask, replace(unit, asker=control), asked)
            except UserError as error:
                out[ask] = Missing(error.message)
        return Answers(unit.run, at, out)

    return work
