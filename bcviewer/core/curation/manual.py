"""What curators said of units: labels and notes, by cluster id."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bcviewer.core.rules.counts import count_of
from bcviewer.core.rules.labels import Label
from bcviewer.core.run.scored import listed
from bcviewer.core.run.stretch import Stretch, read_stretch

MANUAL_LABELS: tuple[Label, ...] = (
    Label.GOOD,
    Label.MUA,
    Label.NOISE,
    Label.NON_SOMA,
    Label.NON_SOMA_GOOD,
    Label.NON_SOMA_MUA,
)
"""The labels a curator can give."""


@dataclass(frozen=True, slots=True)
class ManualUnit:
    """What was said last of one unit: a label and a note, each with who said it and when.

    Attributes
    ----------
    label : Label or None
        One of :data:`MANUAL_LABELS`; None: none was given, or it was cleared.
    note : str
        Plain text; empty: none.
    by, at : str
        Who gave, or cleared, the label last, and when, ISO 8601 in UTC; empty: nobody did.
    note_by, note_at : str
        Who wrote the note, and when; empty: there is none.
    opinions : str
        Where people differ, each one's label: ``ada: GOOD; bob: NOISE``; empty where nobody does.
    stable : str
        The time in which it is stable, as it is written in a change; empty: none was kept.
    """

    label: Label | None = None
    note: str = ""
    by: str = ""
    at: str = ""
    note_by: str = ""
    note_at: str = ""
    opinions: str = ""
    stable: str = ""

    @property
    def stretch(self) -> Stretch | None:
        """The time in which it is stable; None: none was kept."""
        return read_stretch(self.stable)


def said_words(units: Iterable[ManualUnit]) -> str:
    """Return how much was said of some units: ``2 manual labels and 1 note``; empty: nothing."""
    said = tuple(units)
    counts = {
        "manual label": sum(unit.label is not None for unit in said),
        "note": sum(bool(unit.note) for unit in said),
        "stable time": sum(bool(unit.stable) for unit in said),
    }
    return listed(tuple(count_of(n, thing) for thing, n in counts.items() if n))
