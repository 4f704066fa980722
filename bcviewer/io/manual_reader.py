"""What curators said of a run, read from their journals; nothing is written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bcviewer.core.curation import replay
from bcviewer.core.run import Issue, RunData
from bcviewer.io.journal import JournalStore, process_name
from bcviewer.io.manual_columns import Manual
from bcviewer.io.recording_key import recording_key
from bcviewer.io.user_data import journals_folder


def read_manual(run: RunData, tell: Callable[[Issue], object]) -> Manual:
    """Return what was said last of each unit, by cluster id, gone units included.

    Parameters
    ----------
    run : RunData
        The run; its journals are those of this machine and those in its results folder.
    tell : callable
        Called with each thing that is wrong with the journals.
    """
    results = Path(run.provenance.results_dir)
    store = JournalStore(recording_key(run), journals_folder(), results, process_name())
    reading = store.read()
    for issue in reading.issues:
        tell(issue)
    return replay(reading.actions).units
