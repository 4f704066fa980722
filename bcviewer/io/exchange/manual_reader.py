"""What curators said of a run, read from their journals; nothing is written beside them.

Where anything was said of what phy made, its spikes are read, by an index of them in the folder for
temporary files, which goes again: this room knows no folder of its own that would keep one.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from bcviewer.core.curation.replay import replay, with_spikes
from bcviewer.core.curation.state import CurationState
from bcviewer.core.curation.whose_spikes import words_of_others
from bcviewer.core.evidence.digests import spikes_of
from bcviewer.core.run.run import Issue, Run
from bcviewer.core.run.unit_ids import REST
from bcviewer.errors import UserError
from bcviewer.io.exchange.manual_frames import Manual
from bcviewer.io.files import reason
from bcviewer.io.journal.recording_key import recording_key
from bcviewer.io.journal.store import JournalStore, process_name
from bcviewer.io.journal.user_data import journals_folder


def read_manual(run: Run, tell: Callable[[Issue], object]) -> Manual:
    """Return what was said last of each unit, by cluster id, as :func:`read_said` reads it."""
    return read_said(run, tell).units


def read_said(run: Run, tell: Callable[[Issue], object]) -> CurationState:
    """Return all that was said of a run's units.

    Parameters
    ----------
    run : Run
        The run; its journals are those of this machine and those in its results folder.
    tell : callable
        Called with each thing that is wrong with the journals, and with what is left out because it
        was said of other spikes.

    Raises
    ------
    UserError
        If the spikes of what phy made are asked for, and there is no folder for temporary files.
    """
    results = Path(run.provenance.results_dir)
    store = JournalStore(recording_key(run), journals_folder(), results, process_name())
    reading = store.read()
    for issue in reading.issues:
        tell(issue)
    state, there = _now_and_there(run, replay(reading.actions))
    if left_out := words_of_others(state, there.intersection(i for i, _ in state.of_others)):
        tell(Issue("Labels", left_out, "It is left out."))
    return state


def of_the_spikes_now(
    run: Run, state: CurationState, cancelled: Callable[[], bool] | None = None
) -> CurationState:
    """Return a state without what was said of other spikes: the files are read where any was.

    ``cancelled`` is asked some times a second; where it says so, ``CancelledError`` is raised.
    """
    return _now_and_there(run, state, cancelled)[0]


def _now_and_there(
    run: Run, state: CurationState, cancelled: Callable[[], bool] | None = None
) -> tuple[CurationState, set[int]]:
    """Return it, and the units that there are: one that is gone is not another one."""
    ids, there = state.ids_of_spikes(), {*run.ids.ids_of().tolist()}
    if not ids:
        return state, there
    from bcviewer.io.spikes.recording import open_recording

    try:
        with tempfile.TemporaryDirectory(prefix="bcviewer-") as cache:
            recording = open_recording(run, Path(cache), cancelled=cancelled)
            found = spikes_of(recording, ids)
            if REST in found:
                there &= {*recording.table().cluster.tolist()}
            del recording  # its index is mapped from the folder that goes now
    except OSError as error:
        raise UserError(
            f"the folder for temporary files cannot be used: {reason(error)}.",
            "What was said of what phy made is told by its spikes, which are read there: TMPDIR.",
        ) from None
    return with_spikes(state, found), there.union(found)
