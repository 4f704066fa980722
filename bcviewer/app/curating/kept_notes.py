"""Notes whose recording was left before they could be saved: no word of a curator is lost."""

from __future__ import annotations

from dataclasses import dataclass

from bcviewer.core.rules.counts import units_named
from bcviewer.core.run.run import Run
from bcviewer.core.sheet.ids import ClusterId

_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class KeptNote:
    """A note that is still to be saved.

    Attributes
    ----------
    results_dir, name : str
        The results that it was written in sight of: ids mean these units there only.
    cluster_ids : tuple of ClusterId
        Whose it is.
    text : str
        The note.
    """

    results_dir: str
    name: str
    cluster_ids: tuple[ClusterId, ...]
    text: str


class KeptNotes:
    """Keeps notes until their recording is open again, or the program ends."""

    def __init__(self) -> None:
        self._notes: list[KeptNote] = []

    def __len__(self) -> int:
        return len(self._notes)

    @property
    def texts(self) -> list[str]:
        """The notes themselves."""
        return [note.text for note in self._notes]

    def keep(self, run: Run, cluster_ids: tuple[ClusterId, ...], text: str) -> None:
        """Keep a note of some units of a run."""
        of = run.provenance
        self._notes.append(KeptNote(of.results_dir, of.name, cluster_ids, text))

    def take(self, run: Run) -> list[KeptNote]:
        """Return the notes of a run, oldest first, and keep them no longer."""
        here = run.provenance.results_dir
        due = [note for note in self._notes if note.results_dir == here]
        self._notes = [note for note in self._notes if note.results_dir != here]
        return due

    def words(self) -> str:
        """Say whose notes are kept; empty: none is."""
        whose = [f"{units_named(n.cluster_ids, _MOST_NAMED)} of {n.name}" for n in self._notes]
        if not whose:
            return ""
        which = "; ".join(dict.fromkeys(whose))
        return f"The note of {which} could not be saved; it is saved when that is open again."
