"""Runs read by the workers of a Dask cluster that is running already."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bcviewer.core.cohort.run_columns import RunRow
from bcviewer.errors import UsageError, UserError
from bcviewer.io.cohort.pool import ReadOne
from bcviewer.io.cohort.read_one import failed_row, read_one
from bcviewer.io.cohort.to_read import ToRead

_RETRIES = 2
"""How often a run is tried again that raised. (How many workers may die with it is the
scheduler's: ``distributed.scheduler.allowed-failures``.)"""
_WAIT = "20s"


@dataclass(frozen=True, slots=True)
class Cluster:
    """Reads runs by a Dask scheduler's workers, which see the same folders by the same names.

    Attributes
    ----------
    address : str
        The scheduler's, as ``tcp://10.0.0.5:8786``.
    read : callable
        Reads one run; a function of a module, which the workers can import.
    """

    address: str
    read: ReadOne = read_one

    def __call__(self, tasks: Sequence[ToRead]) -> Iterator[RunRow]:
        """Yield the row of each run, in any order.

        Raises
        ------
        UsageError
            If Dask is not installed, or there is no scheduler.
        UserError
            If the cohort cannot be written.
        """
        distributed = _dask()
        try:
            client = distributed.Client(self.address, timeout=_WAIT, set_as_default=False)
        except (OSError, ValueError) as error:
            raise UsageError(
                f"--scheduler {self.address}: no scheduler answers ({type(error).__name__}).",
                "Give the address that `dask scheduler` prints.",
            ) from None
        with client:
            # pure=False: what a file says may change, and a result that Dask kept would be stale
            futures = client.map(self.read, tasks, pure=False, retries=_RETRIES)
            whose = {future.key: task for future, task in zip(futures, tasks, strict=True)}
            for future in distributed.as_completed(futures, loop=client.loop):
                yield _row(distributed, future, whose[future.key])
                future.release()


def _row(distributed: Any, future: Any, task: ToRead) -> RunRow:
    try:
        row: RunRow = future.result()
    except distributed.KilledWorker:
        return failed_row(task, "the workers that read it died, as often as the scheduler allows")
    except UserError:
        raise
    except Exception as error:  # noqa: BLE001 - told, and the other runs go on
        return failed_row(task, f"a worker failed: {type(error).__name__}: {error}")
    return row


def _dask() -> Any:
    try:
        import distributed
    except ImportError:
        raise UsageError(
            "--scheduler: Dask is not installed.",
            "Install it with `python3 -m pip install 'bcviewer[cluster]'`.",
        ) from None
    return distributed
