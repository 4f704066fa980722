"""Asks bombcell for the ephys properties of all units of a sort, and for their cell types."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from bcviewer.core.arrays import Array, Floats, Ints
from bcviewer.core.calls import TellProgress
from bcviewer.core.rules.counts import count_of
from bcviewer.core.run.cells import CellTypes, cells_of, rate_to_ask
from bcviewer.core.run.run import Run
from bcviewer.core.run.unit_ids import UnitIds
from bcviewer.errors import UserError
from bcviewer.oracle.asked import Helper


class Sorted(Protocol):
    """The clusters of a sort as they are now."""

    def clustered(self, row: int) -> Ints:
        """Return the spikes of a unit's cluster, samples in the order of time."""
        ...

    def clustered_template(self, row: int) -> Array:
        """Return its unwhitened template."""
        ...


def ask_cells(
    run: Run,
    ids: UnitIds,
    recording: Sorted,
    bombcell: Helper,
    region: str,
    tell: TellProgress,
) -> CellTypes:
    """Return what bombcell says of the cells of a run, one unit after the other.

    Parameters
    ----------
    run : Run
        The run.
    ids : UnitIds
        The units in the rows of its sheet; those that phy made come last.
    recording : Sorted
        Its sort.
    bombcell : Helper
        Who is asked.
    region : str
        Whose rule tells the types: ``cortex`` or ``striatum``.
    tell : callable
        Called before each unit with a fraction (0 to 1) and what is done; may raise.

    Raises
    ------
    UserError
        Where bombcell cannot be asked, or nothing is known of any unit; one line.
    """
    rate = rate_to_ask(run.sample_rate)
    if not run.sample_rate > 0:
        raise UserError("The sample rate is not known: no cell types.", "Put it into params.py.")
    found = _Found(len(ids))
    for row in np.flatnonzero(ids.has_id).tolist():
        tell(row / len(ids), f"Cell types ({region}): {ids.named(row)}")
        try:
            samples = recording.clustered(row)
            if not len(samples):
                continue
            template = recording.clustered_template(row)
        except UserError as error:
            found.miss(ids.named(row), error.message)
            continue
        params: dict[str, float | bool | str] = {"region": region, "sample_rate": rate}
        arrays: dict[str, Array] = {"samples": samples, "template": template}
        found.take(row, ids.named(row), bombcell.ask("cells", params, arrays))
    if not found.n_known:
        why = found.why or "No unit has spikes in the sort."
        raise UserError(f"No cell types: {why}", "They follow from spikes and templates.")
    return cells_of(run, region, found.version, found.columns(), found.left_out())


class _Found:
    """What was answered so far."""

    def __init__(self, n: int) -> None:
        self.version, self.why = "", ""
        self.n_known = 0
        self._n, self._n_missed = n, 0
        self._types: Array = np.full(n, "", dtype=object)
        self._properties: dict[str, Floats] = {}

    def take(self, row: int, named: str, answer: dict[str, Array]) -> None:
        """Take the answer for a unit."""
        kind, version, trouble = (
            answer.pop(name).tobytes().decode() for name in ("cell_type", "version", "trouble")
        )
        self.version = version
        if trouble:
            self.miss(named, trouble)
            return
        self.n_known += 1
        self._types[row] = kind
        for name, value in answer.items():
            self._properties.setdefault(name, np.full(self._n, np.nan))[row] = float(value)

    def miss(self, named: str, why: str) -> None:
        """Remember that nothing is known of a unit; of the first one, why."""
        self._n_missed += 1
        self.why = self.why or f"{named}: {why}"

    def columns(self) -> dict[str, Array]:
        """Return the types and the properties, by row."""
        return {"cell_type": self._types, **self._properties}

    def left_out(self) -> str:
        """Say of how many units it is not known, and why."""
        n = self._n_missed
        return f"{count_of(n, 'unit')} left out ({self.why})" if n else ""
