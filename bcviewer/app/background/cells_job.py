"""Asks bombcell for cell types as a job: with its progress, and cancelled as any other."""

from __future__ import annotations

from collections.abc import Callable

from bcviewer.app.prefs import cache_folder
from bcviewer.app.threads.worker import Control
from bcviewer.core.run.cells import CellTypes
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.oracle.asked import AskedFor, Helper


def cells_job(sheet: Sheet, region: str, bombcell: Helper) -> Callable[[Control], CellTypes]:
    """Return the work that finds out the cell types of a sheet's units.

    Parameters
    ----------
    sheet : Sheet
        Whose: also those that phy made.
    region : str
        Whose rule tells them; see :func:`bcviewer.oracle.cells_by_bombcell.ask_cells`.
    bombcell : Helper
        Who is asked.
    """
    run, ids = sheet.run, sheet.ids

    def work(control: Control) -> CellTypes:
        from bcviewer.io.spikes.recording import open_recording
        from bcviewer.oracle.cells_by_bombcell import ask_cells

        # of its own: panels that read a unit need not wait for this one to have read its
        recording = open_recording(run, cache_folder(), control.progress, control.cancelled)
        asked = AskedFor(bombcell, control, run.provenance.ks_dir)
        return ask_cells(run, ids, recording.with_ids(ids), asked, region, control.progress)

    return work
